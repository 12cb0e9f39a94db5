"""What all windows of a console watch, told the engine as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import subsystem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.message import WatchItem
    from dqmconsole.model.past import PastMoment
    from dqmconsole.shift.client import EngineClient


def pooled(wanted: Iterable[Sequence[WatchItem]]) -> list[WatchItem]:
    """One item for each plot that somebody sees, in the size of the largest.

    Args:
        wanted: what each window sees, the main window first; the comparison with the
            reference is chosen for a plot, in whichever window it is seen.
    """
    found: dict[str, WatchItem] = {}
    for items in wanted:
        for item in items:
            other = found.get(item.key)
            found[item.key] = item if other is None else msgspec.structs.replace(
                other,
                width=max(item.width, other.width),
                height=max(item.height, other.height),
                whole=item.whole or other.whole,
            )  # fmt: skip
    return list(found.values())


class Watching:
    """The one Watch of a console.

    Args:
        client: what is rendered.

    Attributes:
        past: the moment that all plots are of; None for now.
    """

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._wanted: dict[object, tuple[WatchItem, ...]] = {}
        self.past: PastMoment | None = None

    @property
    def subsystems(self) -> frozenset[str]:
        """Those of the plots that somebody sees."""
        seen = (item.path for items in self._wanted.values() for item in items)
        return frozenset(map(subsystem_of, seen))

    def look_back(self, past: PastMoment | None) -> None:
        """Have all plots of a moment from now on; of now with None."""
        self.past = past
        self._tell()

    def want(self, window: object, items: Iterable[WatchItem]) -> None:
        """Say what a window sees now; what the others see is watched as before."""
        self._wanted[window] = tuple(items)
        self._tell()

    def forget(self, window: object) -> None:
        """A window is gone: what only that one saw is watched no more."""
        if self._wanted.pop(window, None) is not None:
            self._tell()

    def _tell(self) -> None:
        self._client.watch(pooled(self._wanted.values()), self.past)
