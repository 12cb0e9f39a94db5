"""What a subsystem of the simulation declares: one value, in one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from dqmconsole.model.histogram import Array, Histogram
from dqmconsole.simulation.elements import Element
from dqmconsole.simulation.lumisection import Lumisection
from dqmconsole.simulation.state.beam import RunType
from dqmconsole.simulation.state.channels import Geometry
from dqmconsole.simulation.state.detector import DetectorState


def by_pileup(state: DetectorState) -> Array | float:
    """Hits per event follow the pile-up."""
    return state.activity


def alike(_state: DetectorState) -> Array | float:
    """An event has as many at any pile-up."""
    return 1.0


def by_event(_state: DetectorState, events: int) -> float:
    """Hits are those of the events that the client processes."""
    return events


class Subsystem(msgspec.Struct, frozen=True, eq=False):
    """One subsystem.

    Attributes:
        name: the first part of its paths.
        rows: its elements by run type; gets its channels (None without). They are
            filled in this order.
        geometry: its channels by run type; None for a subsystem without.
        activity: hits per event relative to those as built: of all channels, or of
            each.
        counted: crossings whose hits it sees, from the events that it processes.
        parts: the parts of its report summary, in their order; those that are not
            named come last, as their elements do.
        report: part of the report summary -> its value in [0, 1] or -1, from the
            elements as written; by default from the tests' results.
        scalars: path -> value, set in each lumisection.
    """

    name: str
    rows: Callable[[RunType, Geometry | None], tuple[Element, ...]]
    geometry: Callable[[RunType], Geometry] | None = None
    activity: Callable[[DetectorState], Array | float] = by_pileup
    counted: Callable[[DetectorState, int], float] = by_event
    parts: tuple[str, ...] = ()
    report: Callable[[Mapping[str, Histogram]], dict[str, float]] | None = None
    scalars: Callable[[Lumisection], Mapping[str, int | float | str]] | None = None
