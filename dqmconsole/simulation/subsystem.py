"""What a subsystem of the simulated detector declares: one value, in one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram
from dqmconsole.model.layout import RunType
from dqmconsole.simulation.elements import Book, Element
from dqmconsole.simulation.quality import QualityTest
from dqmconsole.simulation.state.channels import Channels, Geometry
from dqmconsole.simulation.state.detector import DetectorState


class Lumisection(msgspec.Struct, frozen=True, eq=False):
    """All that a subsystem needs to fill its elements for one lumisection.

    Attributes:
        state: the detector, settled.
        book: the elements to fill.
        rng: the subsystem's own generator.
        number: the lumisection in the run, from 1.
        events: events this client processes in it.
        channels: its channels now; None for a subsystem without.
        hits: hits of each channel's address in it, int64 (empty without channels).
    """

    state: DetectorState
    book: Book
    rng: np.random.Generator
    number: int
    events: int
    channels: Channels | None
    hits: Array


class Subsystem(msgspec.Struct, frozen=True, eq=False):
    """One subsystem.

    Attributes:
        name: the first part of its paths.
        book: its elements by run type; gets its channels (None without).
        fill: adds one lumisection to the elements.
        tests: its quality tests by run type.
        geometry: its channels by run type; None for a subsystem without.
        follows_pileup: hits per event are proportional to the pile-up.
        report: part of the report summary -> its value in [0, 1] or -1, from the
            elements as written; by default from the tests' results.
    """

    name: str
    book: Callable[[RunType, Geometry | None], tuple[Element, ...]]
    fill: Callable[[Lumisection], None]
    tests: Callable[[RunType, Geometry | None], tuple[QualityTest, ...]]
    geometry: Callable[[RunType], Geometry] | None = None
    follows_pileup: bool = True
    report: Callable[[Mapping[str, Histogram]], dict[str, float]] | None = None
