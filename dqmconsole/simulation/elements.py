"""Monitor elements of the simulation: declared once, filled by increments.

An :class:`Element` is a row of a subsystem's table; a :class:`MonitorElement` holds
its bins while the run goes on. Nothing here loops over events: a row adds the counts
of a whole lumisection at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.model.sums import statistics
from dqmconsole.simulation.lumisection import Lumisection
from dqmconsole.simulation.quality import QualityTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Accumulates = Literal["run", "lumisection", "latest", "trend"]

LUMISECTIONS = Axis(60, 0.5, 60.5, title="Lumisection")
"""x axis of a trend; it doubles whenever the run outgrows it."""

_DTYPES: dict[str, type] = {
    "C": np.int8, "S": np.int16, "I": np.int32, "F": np.float32, "D": np.float64,
}  # fmt: skip


Fill = Callable[[Lumisection, "MonitorElement"], None]
"""Adds one lumisection to the bins of an element."""


def unfilled(_now: Lumisection, _element: MonitorElement) -> None:
    """Fill nothing."""


_NO_BINS = np.zeros(0, np.int64)


class FillSpecification(msgspec.Struct, frozen=True, eq=False):
    """Which bin of an element each channel fills.

    Attributes:
        channels: numbers of the channels that fill a bin.
        flat: the flat index of the bin of each of them (flow bins counted, C order).
        cells: the inner bins that any channel fills, flat.
        known: those of them that known bad channels alone fill.
    """

    channels: Array
    flat: Array
    cells: Array
    known: Array

    @classmethod
    def of(
        cls,
        bins: Array,
        axes: tuple[Axis, ...],
        known: Array,
        select: Array | None = None,
    ) -> FillSpecification:
        """Of the bin of each channel.

        Args:
            bins: flat index per channel.
            axes: of the element.
            known: bool per channel: bad for long.
            select: bool per channel: those that the element sees; all when None.
        """
        channels = np.arange(bins.size) if select is None else np.flatnonzero(select)
        flat = bins[channels]
        inner = np.zeros(tuple(axis.bins + 2 for axis in axes), bool)
        inner[(slice(1, -1),) * len(axes)] = True
        filled = np.unique(flat)
        cells = filled[inner.ravel()[filled]]
        working = np.unique(flat[~known[channels]])
        return cls(channels, flat, cells, np.setdiff1d(cells, working))


class Element(msgspec.Struct, frozen=True, eq=False):
    """One monitor element as booked.

    Attributes:
        path: "Subsystem/folder/name".
        title: as the tile may show it.
        axes: one to three axes.
        fill: adds one lumisection to the element's bins.
        root_class: "TH1F", "TH2F", "TProfile", "TProfile2D", ...
        accumulates: over what; "lumisection" is emptied at each lumisection,
            "trend" has lumisections along x and grows.
        bins: which bin each channel fills, where that is fixed.
        cells: flat indices of the bins that an occupancy test judges, where no
            channels fill them.
        y_title: title of the ordinate or colour scale.
        efficiency: never normalise it.
        empty: content of bins nobody filled (-1 for maps of flags).
        test: its quality test, or None.
    """

    path: str
    title: str
    axes: tuple[Axis, ...]
    fill: Fill = unfilled
    root_class: str = "TH1F"
    accumulates: Accumulates = "run"
    bins: FillSpecification | None = None
    cells: Array = _NO_BINS
    y_title: str = ""
    efficiency: bool = False
    empty: float = 0.0
    test: QualityTest | None = None

    @property
    def is_profile(self) -> bool:
        """Whether its bins hold means."""
        return self.root_class.startswith("TProfile")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the bins, flow bins included."""
        return tuple(axis.bins + 2 for axis in self.axes)


class MonitorElement:
    """The bins of one element, float64, flow bins included."""

    __slots__ = (
        "_shape", "axes", "bin_entries", "contents", "element", "entries", "sumw2",
    )  # fmt: skip

    def __init__(self, element: Element) -> None:
        self.element = element
        self.reset()

    def reset(self) -> None:
        """Empty it, as at the start of a run."""
        self.axes = self.element.axes
        self._shape = self.element.shape
        self.contents = np.zeros(self._shape)
        if self.element.empty:
            inner = (slice(1, -1),) * len(self._shape)
            self.contents[inner] = self.element.empty
        profile = self.element.is_profile
        self.bin_entries = np.zeros(self._shape) if profile else None
        self.sumw2 = np.zeros(self._shape) if profile else None
        self.entries = 0.0

    def add(self, counts: Array) -> None:
        """Add counts per bin, shaped as the inner bins or with the flow bins."""
        if counts.shape == self._shape:
            self.contents += counts
        else:
            self.contents[(slice(1, -1),) * counts.ndim] += counts
        self.entries += float(counts.sum())

    def add_hits(self, hits: Array) -> None:
        """Add hits by channel, shape (channels,), each to its channel's bin."""
        where = self.element.bins
        assert where is not None
        counts = hits[where.channels]
        added = np.bincount(where.flat, counts, minlength=self.contents.size)
        self.contents += added.reshape(self._shape)
        self.entries += float(counts.sum())

    def add_means(
        self, bins: Array, number: Array, sums: Array, squares: Array
    ) -> None:
        """Add to a profile.

        Args:
            bins: flat index of the bins that are filled, flow bins counted.
            number: fills of each of them.
            sums: sums of y, likewise.
            squares: sums of y squared, likewise.
        """
        assert self.bin_entries is not None
        assert self.sumw2 is not None
        size = self.contents.size
        for array, values in (
            (self.bin_entries, number),
            (self.contents, sums),
            (self.sumw2, squares),
        ):
            array += np.bincount(bins, values, minlength=size).reshape(self._shape)
        self.entries += float(number.sum())

    def add_hit_means(self, hits: Array, sums: Array, squares: Array) -> None:
        """Add to a profile by channel, each to its channel's bin.

        Args:
            hits: number of fills per channel.
            sums: sum of y per channel.
            squares: sum of y squared per channel.
        """
        where = self.element.bins
        assert where is not None
        mine = where.channels
        self.add_means(where.flat, hits[mine], sums[mine], squares[mine])

    def add_trend(
        self, lumisection: int, number: float, mean: float, spread: float
    ) -> None:
        """Add to a profile against lumisection.

        Args:
            lumisection: from 1; the axis grows as needed.
            number: of fills.
            mean: of their y.
            spread: root mean square of their y about the mean.
        """
        self.grow(lumisection)
        one = np.array([1.0])
        self.add_means(
            np.array([lumisection]),
            one * number,
            one * number * mean,
            one * number * (mean**2 + spread**2),
        )

    def set_at(
        self, lumisection: int, value: float, error: float | None = None
    ) -> None:
        """Set one bin of a trend (TH1 against lumisection).

        Args:
            lumisection: from 1; the axis grows as needed.
            value: in the unit of the ordinate.
            error: likewise; none is kept when None.
        """
        self.grow(lumisection)
        self.contents[lumisection] = value
        if error is not None:
            if self.sumw2 is None:
                self.sumw2 = np.zeros(self._shape)
            self.sumw2[lumisection] = error**2
        self.entries += 1

    def set_column(self, lumisection: int, values: Array) -> None:
        """Set one column of a map against lumisection, growing it as needed."""
        self.grow(lumisection)
        self.contents[lumisection, 1:-1] = values
        self.entries += float(values.size)

    def grow(self, lumisection: int) -> None:
        """Double the x axis until it holds `lumisection`."""
        while lumisection > self.axes[0].bins:
            old = self.axes[0]
            width = (old.high - old.low) / old.bins
            grown = msgspec.structs.replace(
                old, bins=2 * old.bins, high=old.low + 2 * old.bins * width
            )
            self.axes = (grown, *self.axes[1:])
            self._shape = (2 * old.bins + 2, *self._shape[1:])
            self.contents = self._stretched(self.contents, old.bins, self.element.empty)
            if self.sumw2 is not None:
                self.sumw2 = self._stretched(self.sumw2, old.bins, 0.0)
            if self.bin_entries is not None:
                self.bin_entries = self._stretched(self.bin_entries, old.bins, 0.0)

    def _stretched(self, array: Array, bins: int, empty: float) -> Array:
        """The array with the longer x axis.

        Args:
            array: with flow bins.
            bins: of its x axis, without flow bins.
            empty: what the new inner bins hold.
        """
        longer = np.zeros(self._shape)
        if empty:
            longer[(slice(1, -1),) * len(self._shape)] = empty
        longer[: bins + 1] = array[: bins + 1]
        return longer

    def frozen(self) -> Histogram:
        """The element as a value: a copy, read-only, in its class's types."""
        element = self.element
        wide = element.is_profile
        dtype = np.float64 if wide else _DTYPES[element.root_class[3]]
        found = Histogram(
            name=element.path.rpartition("/")[2],
            title=element.title,
            root_class=element.root_class,
            axes=self.axes,
            contents=read_only(self.contents.astype(dtype)),
            sumw2=None if self.sumw2 is None else read_only(self.sumw2.copy()),
            bin_entries=(
                None if self.bin_entries is None else read_only(self.bin_entries.copy())
            ),
            entries=self.entries,
            efficiency=element.efficiency,
            y_title=element.y_title,
        )
        return msgspec.structs.replace(found, sums=statistics(found))


class BookedElements:
    """All elements of one client, by path, and its scalars.

    Attributes:
        elements: path -> element.
        scalars: path -> integer, float or text.
    """

    def __init__(self, elements: Iterable[Element]) -> None:
        self.elements: dict[str, MonitorElement] = {}
        self.scalars: dict[str, int | float | str] = {}
        for element in elements:
            if element.path in self.elements:
                message = f"{element.path} is booked twice"
                raise ValueError(message)
            self.elements[element.path] = MonitorElement(element)
        self._fleeting = [
            each
            for each in self.elements.values()
            if each.element.accumulates == "lumisection"
        ]

    def __getitem__(self, path: str) -> MonitorElement:
        return self.elements[path]

    def __contains__(self, path: str) -> bool:
        return path in self.elements

    def reset(self) -> None:
        """Empty everything, as at the start of a run."""
        for element in self.elements.values():
            element.reset()
        self.scalars.clear()

    def begin_lumisection(self) -> None:
        """Empty what holds one lumisection only."""
        for element in self._fleeting:
            element.reset()

    def fill(self, now: Lumisection) -> None:
        """Add one lumisection to every element, in their order."""
        for element in self.elements.values():
            element.element.fill(now, element)


def flat_bins(axes: tuple[Axis, ...], *values: Array) -> Array:
    """Flat index of each channel's bin, flow bins counted, C order.

    Args:
        axes: the axes (uniform bins).
        values: one array per axis, in the axis' unit.

    Returns:
        int64 array; values off an axis go to its flow bins.
    """
    index: Array = np.zeros(values[0].shape, np.int64)
    for axis, value in zip(axes, values, strict=True):
        width = (axis.high - axis.low) / axis.bins
        bins = np.floor((value - axis.low) / width).astype(np.int64) + 1
        index = index * (axis.bins + 2) + bins.clip(0, axis.bins + 1)
    return index


def labelled(labels: tuple[str, ...], title: str = "") -> Axis:
    """An axis with one bin per label."""
    return Axis(len(labels), 0.0, float(len(labels)), title=title, labels=labels)


def frozen_all(elements: Mapping[str, MonitorElement]) -> dict[str, Histogram]:
    """Every element as a value, by path."""
    return {path: element.frozen() for path, element in elements.items()}
