"""Names that name each other in a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def rings(names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Find rings among names, as the names on the way round.

    No name is in two of them; without their names there are none left.

    Args:
        names: each name -> those that it names; others than these lead nowhere.
    """
    left = dict(names)
    for start in names:
        if ring := _shortest(start, left):
            for name in ring:
                del left[name]
            yield ring


def _shortest(start: str, names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from a name back to itself; empty when there is none."""
    before: dict[str, str] = {}
    ways = [start] if start in names else []
    for name in ways:
        for other in names[name]:
            if other == start:
                ring = [name]
                while ring[-1] != start:
                    ring.append(before[ring[-1]])
                return tuple(reversed(ring))
            if other in names and other not in before:
                before[other] = name
                ways.append(other)
    return ()
