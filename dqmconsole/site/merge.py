"""Two changes of one text put together, line by line."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARKS = ("<<<<<<< yours", "=======", ">>>>>>> on the disk")
"""Between these stand both texts where they cannot be put together, as git has them."""


class Merged(NamedTuple):
    """Two texts put together.

    Attributes:
        text: them, with marks where they conflict.
        conflicts: the lines, from 1, of the marks that each conflict begins with.
    """

    text: str
    conflicts: tuple[int, ...]


class _Same(NamedTuple):
    """Lines that all three texts have: where they begin in each, and how many."""

    base: int
    ours: int
    theirs: int
    lines: int


def merged(base: str, ours: str, theirs: str) -> Merged:
    """Put together what two have made of a text.

    Args:
        base: what both began with.
        ours: what one has made of it.
        theirs: what the other has made of it.
    """
    three = [each.splitlines(keepends=True) for each in (base, ours, theirs)]
    newline = "\r\n" if "\r\n" in ours else "\n"
    made: list[str] = []
    conflicts: list[int] = []
    at = (0, 0, 0)
    for same in _same_in_all(*three):
        starts = (same.base, same.ours, same.theirs)
        old, own, other = (
            lines[begin:end]
            for lines, begin, end in zip(three, at, starts, strict=True)
        )
        if own in (old, other):
            made += other
        elif other == old:
            made += own
        else:
            conflicts.append(len(made) + 1)
            marks = [f"{each}{newline}" for each in MARKS]
            parts = [_ended(own, newline), _ended(other, newline)]
            made += [marks[0], *parts[0], marks[1], *parts[1], marks[2]]
        made += three[0][same.base : same.base + same.lines]
        at = (
            same.base + same.lines,
            same.ours + same.lines,
            same.theirs + same.lines,
        )
    return Merged("".join(made), tuple(conflicts))


def _ended(lines: list[str], newline: str) -> list[str]:
    """Lines of which the last ends, too."""
    if not lines or lines[-1].endswith("\n"):
        return lines
    return [*lines[:-1], lines[-1] + newline]


def _same_in_all(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[_Same]:
    """The lines that stand in all three, in order; at last their ends."""
    one = SequenceMatcher(None, base, ours).get_matching_blocks()
    other = SequenceMatcher(None, base, theirs).get_matching_blocks()
    a = b = 0
    while a < len(one) and b < len(other):
        start = max(one[a].a, other[b].a)
        stop = min(one[a].a + one[a].size, other[b].a + other[b].size)
        if start < stop:
            yield _Same(
                start,
                one[a].b + start - one[a].a,
                other[b].b + start - other[b].a,
                stop - start,
            )
        if one[a].a + one[a].size < other[b].a + other[b].size:
            a += 1
        else:
            b += 1
    yield _Same(len(base), len(ours), len(theirs), 0)
