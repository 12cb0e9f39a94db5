"""The conditions of a run by lumisection: as they are read, and from its trends.

Each lumisection that the source reaches while it is watched is told with the conditions
of that moment, and kept. What passed before anybody watched is told from the trends
among the site's ``conditions``, where its paths are trends; of those lumisections the
conditions are known then, but no verdict.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.engine.conditions import ON_FROM
from dqmconsole.engine.elements import PLOT_ERRORS
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.history import LumisectionsFact
from dqmconsole.model.site import PRESCALE_COLUMN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.engine.memory import Memory
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.site import SiteSettings

    Read = Callable[[str], Element | None]

_log = logging.getLogger(__name__)
UNWATCHED = 60.0  # s between two looks: what passed meanwhile nobody watched
MOST_FACTS = 500  # from trends, so many at most
MOST_LUMISECTIONS = 20_000  # of a run, that its trends are read for
MOST_NAMES = 8  # of partitions that are off


class RunRecord:
    """What was seen of the current run, lumisection by lumisection.

    Args:
        memory: keeps it across restarts, or None.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory
        self._looked: float | None = None
        self._told: LumisectionsFact | None = None
        self._trends_wanted = False

    def look(
        self,
        state: SourceState,
        read: Read,
        settings: SiteSettings,
    ) -> list[LumisectionsFact]:
        """What is to be told now: nothing while neither run nor conditions move.

        Args:
            state: the moment.
            read: gives the element of a path in the current run, or None.
            settings: of the site: where conditions stand.
        """
        looked, self._looked = self._looked, state.now
        reached, before = state.reached, self._told
        if not state.run or reached is None:
            return []
        gap = looked is None or not 0 <= state.now - looked < UNWATCHED
        if before is None or gap:
            first = reached
        elif before.run != state.run:
            first = 1  # it began while it was watched
        elif reached > before.last:
            first = before.last + 1
        else:
            first, reached = before.first, before.last
        first = min(first, reached)
        fact = _of_moment(state, first, reached)
        if before is None or gap or before.run != state.run:
            self._trends_wanted = True
        facts = []
        if not _alike(before, fact):
            self._told = fact
            facts.append(fact)
            if self._trends_wanted:
                past = self._past(state.run, reached, read, settings)
                self._trends_wanted = not past
                facts += past
        for each in facts:
            if self._memory is not None:
                self._memory.note_lumisections(each)
        return facts

    def _past(
        self, run: int, reached: int, read: Read, settings: SiteSettings
    ) -> list[LumisectionsFact]:
        try:
            return from_trends(run, reached, read, settings)
        except PLOT_ERRORS:  # a freak of the data: the strip of conditions stays empty
            _log.exception("the trends of run %d", run)
            return []


def from_trends(
    run: int, reached: int, read: Read, settings: SiteSettings
) -> list[LumisectionsFact]:
    """The conditions of a run so far, as its trends have them; none where none is.

    Args:
        run: the run.
        reached: its latest lumisection.
        read: gives the element of a path, or None where there is none.
        settings: ``settings.conditions`` names the paths.
    """
    if not 1 < reached <= MOST_LUMISECTIONS:
        return []
    paths = settings.conditions
    numbers = np.arange(1, reached + 1)
    modes = _modes(_element(read, paths.beam_mode), settings.beam_modes, numbers)
    light = _trend(_element(read, paths.luminosity), numbers)
    magnet = _trend(_element(read, paths.magnet), numbers)
    dead = _trend(_element(read, paths.dead_time), numbers)
    column = _trend(_element(read, paths.scalars.get(PRESCALE_COLUMN, "")), numbers)
    on, names = _partitions(_element(read, paths.dcs), numbers)
    paths_shown = [each.show for each in settings.shown]
    trends = {each: _trend(_element(read, each), numbers) for each in paths_shown}
    shown = {path: each for path, each in trends.items() if each is not None}
    known = (modes, light, magnet, dead, column, on)
    if all(each is None for each in known) and not shown:
        return []
    step = -(-reached // MOST_FACTS)
    found: list[LumisectionsFact] = []
    for number in numbers:
        at = int(number) - 1
        fact = LumisectionsFact(
            run,
            at + 1,
            at + 1,
            watched=False,
            beam_mode=None if modes is None else modes[at],
            luminosity=None if light is None else _value(light[at]),
            magnet=None if magnet is None else _value(magnet[at]),
            dead_time=None if dead is None else _value(dead[at]),
            column=None if column is None else _value(column[at]),
            shown=_values(shown, at),
        )
        if on is not None:
            fact = _with_partitions(fact, on[at], names)
        before = found[-1] if found else None
        if (
            before is not None
            and at + 1 - before.first < step
            and msgspec.structs.replace(
                fact,
                first=before.first,
                luminosity=before.luminosity,
                dead_time=before.dead_time,
                shown=before.shown,
            )
            == msgspec.structs.replace(before, last=at + 1)
        ):
            found[-1] = msgspec.structs.replace(before, last=at + 1)
        else:
            found.append(fact)
    return found


def _of_moment(state: SourceState, first: int, last: int) -> LumisectionsFact:
    """The conditions of this moment."""
    given = state.conditions
    times = [
        client.written if client.produced is None else client.produced
        for client in state.clients.values()
        if client.run == state.run and client.lumisection == last
    ]
    dcs = given.dcs
    return LumisectionsFact(
        state.run,
        first,
        last,
        min((each for each in times if each is not None), default=None),
        beam_mode=given.beam_mode,
        on=None if dcs is None else sum(dcs.values()),
        partitions=None if dcs is None else len(dcs),
        off=()
        if dcs is None
        else tuple(name for name, on in dcs.items() if not on)[:MOST_NAMES],
        luminosity=given.luminosity,
        magnet=given.magnet,
        daq_state=given.daq_state,
        dead_time=given.dead_time,
        column=(given.scalars or {}).get(PRESCALE_COLUMN),
        shown=given.shown,
    )


def _alike(before: LumisectionsFact | None, fact: LumisectionsFact) -> bool:
    """Tell whether a fact says nothing new; its time is that of the first word."""
    if before is None:
        return False
    return msgspec.structs.replace(fact, at=before.at) == before and (
        before.at is not None or fact.at is None
    )


def _with_partitions(
    fact: LumisectionsFact, column: Array, names: tuple[str, ...]
) -> LumisectionsFact:
    known = [
        (name, bool(value >= ON_FROM))
        for name, value in zip(names, column, strict=False)
        if name and value >= 0
    ]
    if not known:
        return fact
    off = tuple(name for name, on in known if not on)
    return msgspec.structs.replace(
        fact, on=len(known) - len(off), partitions=len(known), off=off[:MOST_NAMES]
    )


def _element(read: Read, path: str) -> Histogram | None:
    found = read(path) if path else None
    return found if isinstance(found, Histogram) else None


def _bins(element: Histogram, numbers: Array) -> tuple[Array, Array]:
    """The bins of x that hold the lumisections, and which lie on the axis at all."""
    axis = element.axes[0]
    at = np.searchsorted(axis.edges, numbers, side="right") - 1
    inside = (at >= 0) & (at < axis.bins)
    return np.where(inside, at, 0), inside


def _trend(element: Histogram | None, numbers: Array) -> Array | None:
    """The values at each lumisection, NaN where there is none; None for no trend."""
    if element is None or element.dimension != 1:
        return None
    at, inside = _bins(element, numbers)
    values = np.asarray(element.values(), np.float64)[at]
    filled = np.isfinite(values) & inside
    if element.bin_entries is not None:
        filled &= (np.asarray(element.bin_entries)[1:-1] != 0)[at]
    if not filled.any():
        return None
    return np.where(filled, values, np.nan)


def _modes(
    element: Histogram | None, names: tuple[str, ...], numbers: Array
) -> list[str | None] | None:
    """The beam mode of each lumisection in words."""
    if element is not None and element.dimension == 2:
        labels = element.axes[1].labels
        at, inside = _bins(element, numbers)
        columns = np.nan_to_num(np.asarray(element.values(), np.float64))[at]
        filled = inside & (columns > 0).any(axis=1)
        if not labels or not filled.any():
            return None
        rows = columns.argmax(axis=1)
        return [
            labels[row].lower() or None if here and row < len(labels) else None
            for row, here in zip(rows.tolist(), filled.tolist(), strict=True)
        ]
    values = _trend(element, numbers)
    if values is None:
        return None
    return [
        names[int(value) - 1].lower()
        if value == value // 1 and 1 <= value <= len(names)
        else None
        for value in values.tolist()
    ]


def _partitions(
    element: Histogram | None, numbers: Array
) -> tuple[Array | None, tuple[str, ...]]:
    """What each partition was in each lumisection: 1 on, 0 off, below 0 unknown."""
    if element is None or element.dimension != 2 or not element.axes[1].labels:
        return None, ()
    at, inside = _bins(element, numbers)
    columns = np.asarray(element.values(), np.float64)[at]
    columns = np.where(inside[:, None] & np.isfinite(columns), columns, -1.0)
    return columns, element.axes[1].labels


def _values(trends: Mapping[str, Array], at: int) -> dict[str, float | str] | None:
    """What each trend was in a lumisection; None where none is known."""
    values = {path: _value(trend[at]) for path, trend in trends.items()}
    found = {path: each for path, each in values.items() if each is not None}
    return dict[str, float | str](found) or None


def _value(value: float) -> float | None:
    return None if value != value else float(value)
