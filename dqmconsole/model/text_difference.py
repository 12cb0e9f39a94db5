"""The difference of two texts, word by word."""

from __future__ import annotations

import difflib
import re
from typing import Literal

Change = Literal["same", "added", "removed"]


def text_difference(before: str, after: str) -> list[tuple[Change, str]]:
    """Two texts, word by word; lines that were only broken elsewhere are the same.

    Returns:
        Runs of text in order: what stayed, was added, was removed. Joined without the
        removed ones they are `after`, without the added ones the words of `before`.
    """
    old, new = _words(before), _words(after)
    found: list[tuple[Change, str]] = []
    # white space goes with the word before it: as words of their own, spaces would
    # be nearly all that two texts have in common
    matcher = difflib.SequenceMatcher(
        None, [each.rstrip() for each in old], [each.rstrip() for each in new],
        autojunk=False,
    )  # fmt: skip
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(new[c:d])))
            continue
        if b > a:
            # it must not run into the words beside it, which have their own spaces
            parted = not found or found[-1][1][-1:].isspace()
            gone = "".join(old[a:b]) if parted else " " + "".join(old[a:b])
            closed = gone[-1:].isspace() or c == len(new)
            found.append(("removed", gone if closed else gone + " "))
        if d > c:
            found.append(("added", "".join(new[c:d])))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|^\s+", text)
