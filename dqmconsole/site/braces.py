r"""Brace lists in the texts of a plot: ``{1..4}``, ``{01..12}``, ``{a,b,c}``.

They look as in a shell, but all lists of one plot run in step instead of being
combined. A brace without comma or ``..`` is a brace (``p_{T}``); ``\{`` is one too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ITEMS = 5000
MAX_LENGTH = 2000
MAX_NESTING = 10

_NUMBERS = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})(?:\.\.(-?[0-9]{1,9}))?")
_LETTERS = re.compile(r"([A-Za-z])\.\.([A-Za-z])")
_ESCAPED = "{},\\"


class BraceError(ValueError):
    """A brace list that cannot be expanded.

    Attributes:
        index: which of the texts is wrong.
    """

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


def in_step(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Expand texts together: row i holds every text with its i-th items.

    Args:
        texts: the texts of one plot; one without a list repeats in every row.

    Returns:
        As many rows as the lists have items; one row when there is no list.

    Raises:
        BraceError: lists differ in length, or one cannot be read.
    """
    pieces = []
    length: int | None = None
    for index, text in enumerate(texts):
        if len(text) > MAX_LENGTH:
            message = f"a text of more than {MAX_LENGTH} characters"
            raise BraceError(message, index)
        try:
            pieces.append(_pieces(text))
        except BraceError as error:
            raise BraceError(str(error), index) from None
        for piece in pieces[-1]:
            if isinstance(piece, str):
                continue
            if length is not None and len(piece) != length:
                message = (
                    f'a list of {len(piece)} in "{text}", but one of {length} before '
                    "it: all brace lists of a plot have one length"
                )
                raise BraceError(message, index)
            length = len(piece)
    return tuple(
        tuple(
            "".join(piece if isinstance(piece, str) else piece[row] for piece in parts)
            for parts in pieces
        )
        for row in range(1 if length is None else length)
    )


def _pieces(text: str) -> list[str | tuple[str, ...]]:
    pieces: list[str | tuple[str, ...]] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] in tuple(_ESCAPED):
            pieces.append(text[at + 1])
            at += 2
        elif letter == "{":
            parts, at = _parts(text, at)
            items = _items(parts)
            if items is None:
                pieces += ["{", *_pieces(",".join(parts)), "}"]
            else:
                pieces.append(items)
        elif letter == "}":
            message = f'a "}}" without "{{" in "{text}"; write \\}} for a plain brace'
            raise BraceError(message)
        else:
            pieces.append(letter)
            at += 1
    return pieces


def _parts(text: str, start: int) -> tuple[list[str], int]:
    """What stands in a brace, parted at its commas, and where the text goes on."""
    parts = [""]
    depth = 0
    at = start
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            parts[-1] += text[at : at + 2]
            at += 2
            continue
        depth += (letter == "{") - (letter == "}")
        if depth > MAX_NESTING:
            message = f"braces nested more than {MAX_NESTING} deep"
            raise BraceError(message)
        at += 1
        if depth == 0:
            return parts, at
        if letter == "," and depth == 1:
            parts.append("")
        elif at > start + 1:
            parts[-1] += letter
    message = f'a "{{" that is never closed in "{text}"; write \\{{ for a plain brace'
    raise BraceError(message)


def _items(parts: list[str]) -> tuple[str, ...] | None:
    """The items of a brace; None for one that is no list."""
    body = ",".join(parts)
    if found := _NUMBERS.fullmatch(body):
        return _numbers(body, found[1], found[2], found[3])
    if found := _LETTERS.fullmatch(body):
        first, last = ord(found[1]), ord(found[2])
        way = 1 if last >= first else -1
        return tuple(chr(each) for each in range(first, last + way, way))
    if len(parts) == 1:
        if ".." in body and "{" not in body:
            message = (
                f'"{{{body}}}" is not a range such as {{1..4}} or {{a..d}}; '
                "write \\{ for a plain brace"
            )
            raise BraceError(message)
        return None
    if len(parts) > MAX_ITEMS:
        message = f"a brace list of more than {MAX_ITEMS} items"
        raise BraceError(message)
    items = []
    for part in parts:
        inner = _pieces(part)
        if not all(isinstance(piece, str) for piece in inner):
            message = f'a brace list inside another in "{{{body}}}": write it out'
            raise BraceError(message)
        items.append("".join(str(piece) for piece in inner))
    return tuple(items)


def _numbers(body: str, low: str, high: str, step: str | None) -> tuple[str, ...]:
    first, last = int(low), int(high)
    stride = abs(int(step)) if step else 1
    if stride == 0:
        message = f'a step of 0 in "{{{body}}}"'
        raise BraceError(message)
    way = 1 if last >= first else -1
    numbers = range(first, last + way, way * stride)
    if len(numbers) > MAX_ITEMS:
        message = f'"{{{body}}}" has more than {MAX_ITEMS} items'
        raise BraceError(message)
    padded = any(re.match(r"-?0[0-9]", each) for each in (low, high))
    width = max(len(low), len(high)) if padded else 0
    return tuple(f"{number:0{width}d}" for number in numbers)
