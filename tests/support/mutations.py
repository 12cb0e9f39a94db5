"""Pieces that texts are mutated with."""

from __future__ import annotations

PIECES = (
    b"\t", b"\n", b"\r\n", b": ", b"- ", b"1. ", b"[", b"](", b"<", b">", b"---\n",
    b"## ", b"`", b"```\n", b"&a ", b"*a", b"!!x ", b"'", b"> ", b"<!--", b"![", b"\0",
    b"\xff", b"call ", b"; ", "\u2028".encode(), b"    ", b"good: ", b"==\n",
)  # fmt: skip
