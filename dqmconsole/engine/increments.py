"""What the last updates of a source added to each plot, kept in memory.

An update is one snapshot of a client that is another than the one before. Of every
plot that accumulates over the run the difference of the two is kept, for the last
:data:`KEPT` of them. A restart of the client (entries or bins fall, another process),
another run, another binning and a gap begin a new span: nothing is ever added up
across one.
"""

from __future__ import annotations

import zlib
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, read_only

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.run import Client

KEPT = 15  # updates
GAP = 3.0  # times as many lumisections as usual between two updates are a gap
_WHOLE = 2.0**53  # float64 holds all whole numbers up to it
_SMALL = 2048  # bytes; compressing less saves nothing
_COUNTED = ("u1", "i1", "u2", "i2", "u4", "i4")
_BINS = ("contents", "sumw2", "bin_entries", "bin_sumw2")


class Moment(NamedTuple):
    """How far a client had come in a snapshot.

    Attributes:
        run: its run.
        version: of the subsystem, as the source counts.
        lumisection: the last in its content, or None.
        events: that it had processed, or None.
        process: who wrote it (host, pid).
    """

    run: int
    version: int
    lumisection: int | None
    events: float | None
    process: tuple[str, int]

    @classmethod
    def of(cls, client: Client | None, run: int, version: int) -> Moment:
        """The moment of a client's latest snapshot."""
        if client is None or client.run != run:
            return cls(run, version, None, None, ("", 0))
        content = client.lumisection if client.content is None else client.content
        process = (client.host, client.pid)
        return cls(run, version, content, client.events, process)


class Window(NamedTuple):
    """The sum of the last updates of a plot.

    Attributes:
        histogram: what they added.
        updates: how many there are.
        first, last: lumisections from and until, or None.
        events: that were processed in them, or None.
    """

    histogram: Histogram
    updates: int
    first: int | None
    last: int | None
    events: float | None

    @property
    def words(self) -> str:
        """What it covers: "LS 12–14"; without lumisections "the last 3 updates"."""
        if self.first is None or self.last is None:
            many = self.updates
            return "the last update" if many == 1 else f"the last {many} updates"
        if self.first == self.last:
            return f"LS {self.last}"
        return f"LS {self.first}–{self.last}"


class Packed(NamedTuple):
    """An array in few bytes."""

    data: bytes
    kind: str
    shape: tuple[int, ...]
    compressed: bool


class _Increment(NamedTuple):
    bins: tuple[Packed | None, ...]
    anything: bool
    entries: float
    number: int
    first: int | None
    last: int | None
    events: float | None


class _Plot:
    """The last snapshot of one element, and what the updates before it added."""

    def __init__(self, histogram: Histogram, moment: Moment, number: int) -> None:
        self.bins = _packed_bins(histogram)
        self.entries = histogram.entries
        self.axes = histogram.axes
        self.moment = moment
        self.number = number
        self.increments: list[_Increment] = []


class Increments:
    """Takes snapshots in, and gives what the last updates added.

    Args:
        kept: updates to keep of each element.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._plots: dict[str, _Plot] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(
            len(packed.data)
            for plot in self._plots.values()
            for bins in (plot.bins, *(each.bins for each in plot.increments))
            for packed in bins
            if packed is not None
        )

    def take(self, path: str, histogram: Histogram, moment: Moment) -> int:
        """Take in an element of the latest snapshot; one that is known is passed over.

        Args:
            path: of the element.
            histogram: the element.
            moment: of the snapshot it is of.

        Returns:
            The number of the latest update of the element, which grows with each.
        """
        plot = self._plots.get(path)
        if plot is None:
            self._plots[path] = _Plot(histogram, moment, 1)
            return 1
        before = plot.moment
        if (before.run, before.version) == (moment.run, moment.version):
            return plot.number
        increment = _difference(plot, histogram, moment)
        if increment is None:
            self._plots[path] = _Plot(histogram, moment, plot.number + 1)
            return plot.number + 1
        if not increment.anything and moment[2:] == before[2:]:
            plot.moment = moment  # the same content in another file
            return plot.number
        if _is_gap(plot.increments, increment):
            plot.increments.clear()
        plot.increments.append(increment)
        del plot.increments[: -self._kept]
        plot.bins, plot.entries = _packed_bins(histogram), histogram.entries
        plot.moment, plot.number = moment, increment.number
        return plot.number

    def number(self, path: str) -> int:
        """The number of the latest update of an element; 0 of one never taken in."""
        plot = self._plots.get(path)
        return 0 if plot is None else plot.number

    def windows(
        self, path: str, histogram: Histogram, updates: Collection[int], after: int = 0
    ) -> list[Window]:
        """What the last updates of an element added, shortest first.

        Where there are fewer than asked for, all there are make the longest; one that
        is the whole run so far is left out.

        Args:
            path: of the element.
            histogram: the element as it is now, for names and axes.
            updates: how many updates each window has.
            after: number of the update whose successors alone count.
        """
        plot = self._plots.get(path)
        if plot is None or not updates:
            return []
        usable = [each for each in plot.increments if each.number > after]
        wanted = sorted({min(many, len(usable)) for many in updates if many > 0})
        found: list[Window] = []
        sums: list[Array | None] | None = None
        entries, events = 0.0, 0.0
        for many, each in enumerate(reversed(usable), 1):
            if many > (wanted[-1] if wanted else 0):
                break
            bins = [None if part is None else unpack(part) for part in each.bins]
            if sums is None:
                sums = [None if part is None else part.astype(float) for part in bins]
            else:
                for total, part in zip(sums, bins, strict=True):
                    if total is not None and part is not None:
                        total += part
            entries += each.entries
            events += np.nan if each.events is None else each.events
            if many not in wanted:
                continue
            fields = {
                name: None if total is None else read_only(total.copy())
                for name, total in zip(_BINS, sums, strict=True)
            }
            summed = msgspec.structs.replace(
                histogram, **fields, entries=entries, sums=()
            )
            if np.array_equal(summed.contents, histogram.contents):
                break  # as much as the whole run
            seen = None if np.isnan(events) else events
            found.append(Window(summed, many, each.first, usable[-1].last, seen))
        return found

    def forget(self, path: str) -> None:
        """Forget an element."""
        self._plots.pop(path, None)


def pack(array: Array) -> Packed:
    """An array in few bytes: counts in the smallest integers that hold them."""
    kind = array.dtype.str
    if array.dtype.kind in "fiu" and array.size:
        low, high = float(array.min()), float(array.max())
        if low > -_WHOLE and high < _WHOLE:
            for small in _COUNTED:
                info = np.iinfo(small)
                if info.min <= low and high <= info.max:
                    whole = array.astype(small)
                    if np.array_equal(whole, array):
                        array, kind = whole, small
                    break
    data = array.tobytes()
    if len(data) < _SMALL:
        return Packed(data, kind, array.shape, False)
    return Packed(zlib.compress(data, 1), kind, array.shape, True)


def unpack(packed: Packed) -> Array:
    """The array, as it was but for its type."""
    data = zlib.decompress(packed.data) if packed.compressed else packed.data
    return np.frombuffer(data, packed.kind).reshape(packed.shape)


def _packed_bins(histogram: Histogram) -> tuple[Packed | None, ...]:
    arrays = (getattr(histogram, name) for name in _BINS)
    return tuple(None if array is None else pack(array) for array in arrays)


def _difference(plot: _Plot, histogram: Histogram, moment: Moment) -> _Increment | None:
    """What an update added; None where the two are no snapshots of one filling."""
    before = plot.moment
    if before.run != moment.run or before.process != moment.process:
        return None
    if histogram.entries < plot.entries:
        return None
    if [(a.bins, a.low, a.high, a.labels) for a in plot.axes] != [
        (a.bins, a.low, a.high, a.labels) for a in histogram.axes
    ]:
        return None
    first, last, events = None, moment.lumisection, None
    if before.lumisection is not None and last is not None:
        if last < before.lumisection:
            return None
        first = min(before.lumisection + 1, last)
    if before.events is not None and moment.events is not None:
        events = moment.events - before.events
        if events < 0:
            return None
    bins: list[Packed | None] = []
    anything = histogram.entries != plot.entries
    for name, old in zip(_BINS, plot.bins, strict=True):
        new = getattr(histogram, name)
        if (new is None) != (old is None):
            return None
        if new is None or old is None:
            bins.append(None)
            continue
        if old.shape != new.shape:
            return None
        with np.errstate(invalid="ignore", over="ignore"):
            added = np.asarray(new, np.float64) - unpack(old)
        if not np.isfinite(added.sum()):
            return None
        plain = name != "contents" or not histogram.is_profile
        counted = plain and (histogram.sumw2 is None or name != "contents")
        if counted and added.size and added.min() < 0:
            return None
        if new.dtype == np.float32 and not _whole(added):
            added = added.astype(np.float32)
        anything = anything or bool(added.any())
        bins.append(pack(added))
    entries = histogram.entries - plot.entries
    number = plot.number + 1
    return _Increment(tuple(bins), anything, entries, number, first, last, events)


def _whole(array: Array) -> bool:
    return bool((array == np.rint(array)).all())


def _is_gap(kept: list[_Increment], new: _Increment) -> bool:
    lengths = [_length(each) for each in kept]
    length = _length(new)
    known = [each for each in lengths if each is not None]
    return bool(known) and length is not None and length > GAP * median(known)


def _length(increment: _Increment) -> int | None:
    if increment.first is None or increment.last is None:
        return None
    return increment.last - increment.first + 1
