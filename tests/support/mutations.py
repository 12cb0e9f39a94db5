"""Texts changed at random."""

from __future__ import annotations

import random

PIECES = (
    b"\t", b"\n", b"\r\n", b": ", b"- ", b"1. ", b"[", b"](", b"<", b">", b"---\n",
    b"## ", b"`", b"```\n", b"&a ", b"*a", b"!!x ", b"'", b"> ", b"<!--", b"![", b"\0",
    b"\xff", b"call ", b"; ", "\u2028".encode(), b"    ", b"good: ", b"==\n",
)  # fmt: skip


def changed(text: str, seed: int) -> bytes:
    """A text with one to four changes of its bytes."""
    dice = random.Random(seed)
    data = bytearray(text.encode())
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) or 1)
        match dice.randrange(5):
            case 0 if data:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randint(1, 30)]
            case 2:
                data[at:at] = dice.choice(PIECES)
            case 3:
                data[at:at] = data[at : at + dice.randint(1, 60)]
            case 4:
                data = data[:at] or bytearray(b"x")
    return bytes(data)
