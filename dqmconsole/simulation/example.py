"""A cause of THE TABLE on a histogram that is given: for drawn examples.

What comes out is simulated, and whoever shows it must say so.
"""

from __future__ import annotations

import copy
import functools
import zlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import aimed, effect, parse_cause
from dqmconsole.simulation.table.increments import inject
from dqmconsole.simulation.table.scales import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Cause

SEED = 20261125
"""Where causes strike follows from it."""
_LUMISECTIONS = 15  # of the bundled references
_SPAN = Span(1, _LUMISECTIONS, (1.0,) * _LUMISECTIONS)
_TRIES = 24  # places a cause may strike, until it shows in the plot
_PLAIN = 10.0  # standard deviations in one bin: nobody misses that


class _Booked(NamedTuple):
    """What the detector books in runs of one type: elements and their subsystems."""

    state: DetectorState
    elements: dict[str, Element]
    homes: dict[str, str]


def with_cause(
    reference: Histogram,
    path: str,
    run_type: RunType,
    text: str,
    beside: Callable[[str], Histogram | None] = lambda _path: None,
) -> Histogram:
    """What a histogram would hold, had a cause acted at full size all the time.

    The same each time. A cause without a target strikes the element's own subsystem
    if it can, else the table's first; and where it strikes it is to be seen here: it
    is let strike elsewhere until it is.

    Args:
        reference: the histogram, without any cause.
        path: its path in the simulated detector.
        run_type: type of the run it is of.
        text: the cause, "NAME" or "NAME:SUBSYSTEM".
        beside: gives other histograms of that run, by path: how many events there
            were stands in another one.

    Raises:
        CauseError: there is no such cause or element, the bins are others, or the
            cause leaves the histogram as it is.
    """
    booked = _booked(run_type)
    element = booked.elements.get(path)
    if element is None:
        message = "the simulated detector has no such element to draw it on"
        raise CauseError(message)
    if len(element.axes) != len(reference.axes) or not all(
        mine.same_bins(its)
        for mine, its in zip(element.axes, reference.axes, strict=True)
    ):
        message = "the reference is binned otherwise than the simulated detector's"
        raise CauseError(message)
    cause = _at(parse_cause(text), booked, booked.homes[path])
    after, sights = {path: reference}, _sights(element)
    if element.sight is not None and element.sight.quantity == "fed fatal":
        for other in _event_counters(booked, booked.homes[path]):
            counter = beside(other.path)
            if counter is not None:
                after[other.path] = counter
                sights |= _sights(other)
    found, best = reference, 0.0
    for number in range(_TRIES):
        strikes = effect(cause, _with_seed(booked.state, SEED + number))
        if strikes is None:
            message = f"{cause.name} acts on the {cause.acts_on}: no histogram shows it"
            raise CauseError(message)
        seeds = [SEED, number, zlib.crc32(path.encode()), zlib.crc32(text.encode())]
        rng = np.random.default_rng(seeds)
        drawn = inject(strikes, _SPAN, {}, after, sights, rng)[path]
        change = _change(reference, drawn)
        if change > best:
            found, best = drawn, change
        if best >= _PLAIN:
            return found
    if not best:
        message = f"{text} leaves this plot as it is"
        raise CauseError(message)
    return found


@functools.lru_cache(maxsize=3)
def _booked(run_type: RunType) -> _Booked:
    built = {
        each.name: None if each.geometry is None else each.geometry(run_type)
        for each in all_subsystems()
    }
    state = DetectorState(run_type, built, SEED)
    state.begin()
    state.settle()
    elements: dict[str, Element] = {}
    homes: dict[str, str] = {}
    for each in all_subsystems():
        for element in each.book(run_type, built[each.name]):
            elements[element.path] = element
            homes[element.path] = each.name
    return _Booked(state, elements, homes)


def _at(cause: Cause, booked: _Booked, home: str) -> Cause:
    names = [each.name for each in all_subsystems()]
    if cause.targets and not cause.target and home in booked.state.channels:
        return msgspec.structs.replace(cause, target=home)
    return aimed(cause, names)


def _sights(element: Element) -> dict[str, Sight]:
    return {} if element.sight is None else {element.path: element.sight}


def _event_counters(booked: _Booked, home: str) -> list[Element]:
    return [
        element
        for path, element in booked.elements.items()
        if element.sight is not None
        and element.sight.quantity == "fed entries"
        and booked.homes[path] == home
    ]


def _with_seed(state: DetectorState, seed: int) -> DetectorState:
    other = copy.copy(state)
    other.seed = seed
    return other


def _change(reference: Histogram, drawn: Histogram) -> float:
    """The largest change of a bin in its standard deviations; 0 when none shows."""
    before, after = reference.values(), drawn.values()
    with np.errstate(all="ignore"):
        change = np.nan_to_num(np.abs(after - before))
        # Sums of a profile that were scaled give back their means but for rounding.
        change[change <= 1e-9 * np.nan_to_num(np.abs(before))] = 0.0
        deviations = change / np.sqrt(reference.variances())
    return float(np.where(change > 0, deviations, 0.0).max(initial=0.0))
