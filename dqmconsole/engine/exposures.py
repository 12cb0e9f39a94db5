"""How much was seen in what is judged, read once for each snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import (
    exposure,
    exposure_in,
    pileup_between,
    pileup_until,
)
from dqmconsole.model.layout import subsystem_of

if TYPE_CHECKING:
    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.compare import Exposure
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.recording.recent import Window

_KEPT = 200


class Exposures:
    """How much the clients of the current run have seen, and what windows hold of it.

    Args:
        elements: where it is read.
        paths: of what says it.
    """

    def __init__(self, elements: Elements, paths: ConditionPaths) -> None:
        self._elements = elements
        self._paths = paths
        self._exposures: dict[tuple[object, ...], Exposure] = {}
        self._pileups: dict[tuple[object, ...], float | None] = {}
        self._until: tuple[tuple[object, ...], int | None] = ((), None)

    def of(
        self, path: str, how: str, state: SourceState, window: Window | None
    ) -> Exposure:
        """How much the client of an element saw in the run so far, or in a window.

        Args:
            path: of the element.
            how: what it is scaled by: "events" needs no luminosity and no pile-up.
            state: run and clients, at one moment.
            window: the window that is judged, or None.
        """
        run, subsystem, client = state.run, subsystem_of(path), state.client_of(path)
        last = None if client is None else client.reached
        since = None if client is None else client.since
        paths = self._paths
        if how == "events":
            paths = msgspec.structs.replace(paths, integrated="", pileup="")
        homes = {subsystem, *map(subsystem_of, (paths.integrated, paths.pileup))}
        versions = self._versions(run, homes)
        key = (run, subsystem, how == "events", last, since, versions)
        found = self._exposures.get(key)
        if found is None:
            if len(self._exposures) > _KEPT:  # of snapshots long gone
                self._exposures.clear()
            found = self._exposures[key] = exposure(
                lambda each: self._elements.readable(run, each),
                *(paths, subsystem, last, since),
            )
        return found if window is None else exposure_in(window, found)

    def pileup_until(self, run: int) -> int | None:
        """The last lumisection whose pile-up is known; None where it is no trend."""
        home = subsystem_of(self._paths.pileup)
        key = (run, self._versions(run, {home}))
        if self._until[0] != key:
            found = pileup_until(
                lambda each: self._elements.readable(run, each), self._paths
            )
            self._until = key, found
        return self._until[1]

    def with_pileup(self, window: Window, run: int) -> Window:
        """The window with its mean pile-up."""
        first, last, paths = window.first, window.last, self._paths
        if first is None or last is None:
            return window
        homes = {subsystem_of(paths.pileup), subsystem_of(paths.events_by_lumisection)}
        key = (run, first, last, self._versions(run, homes))
        if key not in self._pileups:
            if len(self._pileups) > _KEPT:
                self._pileups.clear()
            self._pileups[key] = pileup_between(
                lambda each: self._elements.readable(run, each), paths, first, last
            )
        return window._replace(pileup=self._pileups[key])

    def _versions(self, run: int, subsystems: set[str]) -> tuple[int, ...]:
        return tuple(self._elements.version(run, f"{each}/") for each in subsystems)
