"""How much encoded data would become, seen before any of it is decoded.

A byte of an encoded list can become a hundred in memory, so the bytes alone are no
bound: what is declared and how deep it nests is counted first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator

MOST_ITEMS = 500_000
"""Values in one member, those inside others included."""
MOST_DEPTH = 64
"""Values inside each other."""
MOST_TEXT = 64 << 20
"""Bytes of all texts in one member; in memory they may take four times as many."""
_STEP = 10_000  # items looked at between two pauses


class TooMuchError(ValueError):
    """Encoded data that declare more than is decoded here."""


class _Head(NamedTuple):
    """How an item of MessagePack begins.

    Attributes:
        size: bytes of the number that follows the first byte; 0: the number is in it.
        extra: further bytes that belong to it.
        inner: values inside it for each that the number counts.
        text: the number counts bytes of text.
    """

    size: int
    extra: int = 0
    inner: int = 0
    text: bool = False


# https://github.com/msgpack/msgpack/blob/master/spec.md
_HEADS = {
    0xC4: _Head(1), 0xC5: _Head(2), 0xC6: _Head(4),
    0xC7: _Head(1, 1), 0xC8: _Head(2, 1), 0xC9: _Head(4, 1),
    0xD9: _Head(1, text=True), 0xDA: _Head(2, text=True), 0xDB: _Head(4, text=True),
    0xDC: _Head(2, inner=1), 0xDD: _Head(4, inner=1),
    0xDE: _Head(2, inner=2), 0xDF: _Head(4, inner=2),
}  # fmt: skip
_FIXED = {
    0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8,
    0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip


def check_msgpack(data: bytes | bytearray) -> Generator[None, None, None]:
    """See in short steps that MessagePack can be decoded in little memory.

    Damaged bytes pass: the decoder says what is wrong with them.

    Raises:
        TooMuchError: it has too many values, too deep, or too much text.
    """
    waiting = [1]  # values still to come, level by level
    declared = text = position = looked = 0
    end = len(data)
    while waiting:
        if waiting[-1] == 0:
            waiting.pop()
            continue
        waiting[-1] -= 1
        looked += 1
        if looked % _STEP == 0:
            yield
        if position >= end:
            return
        first = data[position]
        position += 1
        inner = size = 0
        if 0x80 <= first <= 0x8F:
            inner = 2 * (first & 0x0F)
        elif 0x90 <= first <= 0x9F:
            inner = first & 0x0F
        elif 0xA0 <= first <= 0xBF:
            size = first & 0x1F
            text += size
        elif first in _FIXED:
            size = _FIXED[first]
        elif first in _HEADS:
            head = _HEADS[first]
            number = int.from_bytes(data[position : position + head.size], "big")
            position += head.size
            inner = head.inner * number
            size = head.extra + (0 if head.inner else number)
            text += number if head.text else 0
        position += size
        if inner:
            declared += inner
            waiting.append(inner)
        _check(declared, len(waiting), text)


def check_json(data: bytes | bytearray) -> None:
    """See that JSON can be decoded in little memory.

    How deep it nests is left to the decoder, which refuses what is too deep.

    Raises:
        TooMuchError: it has too many values.
    """
    # What stands in a text is counted as well: at most too much.
    _check(sum(data.count(sign) for sign in (b",", b"[", b"{")), 0, len(data))


def _check(items: int, depth: int, text: int) -> None:
    if items > MOST_ITEMS:
        message = f"more than {MOST_ITEMS:,} values"
        raise TooMuchError(message)
    if depth > MOST_DEPTH:
        message = f"values more than {MOST_DEPTH} deep in each other"
        raise TooMuchError(message)
    if text > MOST_TEXT:
        message = f"more than {MOST_TEXT:,} bytes of text"
        raise TooMuchError(message)
