"""Names that name each other in a ring."""

from __future__ import annotations

import graphlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def rings(names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Find rings among names, as the names on the way round.

    No name is in two of them; without their names there are none left. Each begins
    with its first name in the order of `names`.

    Args:
        names: each name -> those that it names; others than these lead nowhere.
    """
    order = list(names)
    left = dict(names)
    while True:
        try:
            graphlib.TopologicalSorter(left).prepare()
        except graphlib.CycleError as error:
            ring = error.args[1][:0:-1]  # each named by the one before it
            first = ring.index(min(ring, key=order.index))
            yield (*ring[first:], *ring[:first])
            for name in ring:
                del left[name]
        else:
            return
