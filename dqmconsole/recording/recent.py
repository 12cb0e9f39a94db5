"""What the last updates of a source added to each plot, kept in memory.

An update is one snapshot of a client that is another than the one before. Of every
plot that accumulates over the run the difference of the two is kept, packed, for the
last :data:`KEPT` of them; for more, where a layout asks for a window of so many
lumisections. A restart of the client (entries or bins fall, another
process), another run, another binning and a gap begin a new span: nothing is ever
added up across one. The judge has its windows from here, be anything recorded or not;
the recorder writes the same packed differences.
"""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, read_only
from dqmconsole.model.past import length_words, span_words
from dqmconsole.model.sums import ARRAYS
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.packing import (
    Increment,
    began_again,
    difference,
    fell,
    pack,
    same_booking,
    total_unpacked,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.run import Client
    from dqmconsole.recording.packing import Stack

KEPT = 15  # updates
LONG = 3  # times as many lumisections as any update before are a gap
_FIRST = 1  # number of a plot's first update, and of those of the record before it


class Snapshot(NamedTuple):
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
    def of(cls, client: Client | None, run: int, version: int) -> Snapshot:
        """A client's latest snapshot."""
        if client is None or client.run != run:
            return cls(run, version, None, None, ("", 0))
        process = (client.host, client.pid)
        return cls(run, version, client.reached, client.events, process)


class Window(NamedTuple):
    """The sum of the last updates of a plot.

    Attributes:
        histogram: what they added.
        updates: how many there are.
        first, last: lumisections from and until, or None.
        events: that were processed in them, or None.
        pileup: their mean pile-up, where somebody looked it up; else None.
        unit: what a lumisection is called.
    """

    histogram: Histogram
    updates: int
    first: int | None
    last: int | None
    events: float | None
    pileup: float | None = None
    unit: str = "LS"

    @property
    def words(self) -> str:
        """What it covers: "LS 12–14"; without lumisections "the last 3 updates"."""
        if self.first is None or self.last is None:
            many = self.updates
            return "the last update" if many == 1 else f"the last {many} updates"
        return span_words(self.first, self.last, self.unit)

    def words_for(self, asked: int) -> str:
        """What it covers of the lumisections that were asked for."""
        if self.first is None or self.last is None:
            return f"{self.words}, for {length_words(asked, self.unit)} asked"
        length = self.last - self.first + 1
        if length > asked:
            return f"{self.words}, the last update ({asked} asked)"
        if length < asked:
            return f"{self.words}, {length} of {asked} asked"
        return self.words


class Gained(NamedTuple):
    """What an element gained with an update, within a span.

    Attributes:
        before: the element before.
        data: the difference, as of :func:`~dqmconsole.recording.packing.pack`.
        moved: whether that is anything.
    """

    before: Histogram
    data: bytes
    moved: bool


class Step(NamedTuple):
    """A recorded update of an element.

    Attributes:
        data: what it added, packed.
        first, last: its lumisections, or None.
        events: that were processed in it, or None.
    """

    data: bytes
    first: int | None
    last: int | None
    events: float | None


class Recalled(NamedTuple):
    """What an earlier engine recorded of a client, up to an update of this one.

    Attributes:
        run: the run.
        lumisection, events: of the update, as of :class:`Snapshot`.
        steps: by path, the oldest first, those of one span; with the update itself.
    """

    run: int
    lumisection: int | None
    events: float | None
    steps: Mapping[str, Sequence[Step]]


class _Update(NamedTuple):
    number: int
    step: Step


class _Sum(NamedTuple):
    """Updates that were added up.

    Attributes:
        steps: the updates.
        numbers: entries and ROOT's statistics of each, ``(n, k)``.
        counts: all that they added is counted: taking one away loses nothing.
        histogram: the sum.
    """

    steps: list[Step]
    numbers: list[Array]
    counts: bool
    histogram: Histogram


class _Plot:
    """The last snapshot of one element, and what the updates before it added.

    Attributes:
        began: the snapshot with which its span began.
        first: the number of that.
        sum: of the updates in its window, when somebody asked last.
    """

    def __init__(self, histogram: Histogram, snapshot: Snapshot, number: int) -> None:
        self.histogram = histogram
        self.snapshot = self.began = snapshot
        self.number = self.first = number
        self.updates: list[_Update] = []
        self.sum: _Sum | None = None

    def put_before(self, steps: Sequence[Step]) -> None:
        """Put what was recorded before the span, the last with its first snapshot."""
        self.updates[:0] = [_Update(self.first, step) for step in steps]

    @property
    def goes_on(self) -> bool:
        """What was recorded before the span is there."""
        return bool(self.updates) and self.updates[0].number == self.first


class Recent:
    """Takes snapshots in, and gives what the last updates added.

    Args:
        gained: is told what each element gained: path, element, what.
        recorded: what a record has of the last lumisections of an element: run, path,
            how many; the oldest first.
    """

    def __init__(
        self,
        gained: Callable[[str, Histogram, Gained], None] | None = None,
        recorded: Callable[[int, str, int], Sequence[Step]] | None = None,
    ) -> None:
        self._gained = gained
        self._recorded = recorded
        self._plots: dict[str, _Plot] = {}
        self._asked: dict[str, int] = {}

    def keep(self, path: str, lumisections: int) -> None:
        """Keep as many updates of an element as so many lumisections have."""
        self._asked[path] = max(lumisections, self._asked.get(path, 0))

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(
            plot.histogram.nbytes + sum(len(each.step.data) for each in plot.updates)
            for plot in self._plots.values()
        )

    def take(self, path: str, histogram: Histogram, snapshot: Snapshot) -> int:
        """Take in an element of the latest snapshot; one that is known is passed over.

        Args:
            path: of the element.
            histogram: the element.
            snapshot: the snapshot it is of.

        Returns:
            The number of the latest update of the element, which grows with each.
        """
        plot = self._plots.get(path)
        if plot is None:
            plot = self._plots[path] = _Plot(histogram, snapshot, _FIRST)
            if self._recorded is not None and path in self._asked:
                steps = self._recorded(snapshot.run, path, self._asked[path])
                if steps and steps[-1].last == snapshot.lumisection:
                    plot.put_before(steps)
                    self._drop_old(path, plot)
            return _FIRST
        before = plot.snapshot
        if (before.run, before.version) == (snapshot.run, snapshot.version):
            return plot.number
        number = plot.number + 1
        span = _span(before, snapshot)
        increment = None if span is None else _increment(plot.histogram, histogram)
        if span is None or increment is None:
            self._plots[path] = _Plot(histogram, snapshot, number)
            return number
        moved = bool(increment.entries) or bool(increment.contents.any())
        if not moved and snapshot[2:] == before[2:]:
            plot.snapshot = snapshot  # the same content in another file
            return plot.number
        step = Step(pack([increment]), *span)
        if self._gained is not None:
            found = Gained(plot.histogram, step.data, moved)
            self._gained(path, histogram, found)
        if _is_gap(plot.updates, step):
            plot.updates.clear()
        plot.updates.append(_Update(number, step))
        self._drop_old(path, plot)
        plot.histogram, plot.snapshot, plot.number = histogram, snapshot, number
        return number

    def recall(self, recalled: Recalled) -> bool:
        """Put what was recorded before what was seen, where that goes on from it.

        Returns:
            Whether any window is longer than before.
        """
        longer = False
        known = (recalled.run, recalled.lumisection, recalled.events)
        for path, steps in recalled.steps.items():
            plot = self._plots.get(path)
            if plot is None:
                continue
            began = plot.began
            seen = (began.run, began.lumisection, began.events)
            if seen != known or not steps or plot.goes_on:
                continue
            before = len(plot.updates)
            plot.put_before(steps)
            self._drop_old(path, plot)
            longer |= len(plot.updates) > before
        return longer

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
        usable = [each.step for each in plot.updates if each.number > after]
        wanted = sorted({min(many, len(usable)) for many in updates if many > 0})
        found: list[Window] = []
        sums: dict[str, Array] = {}
        entries, events = 0.0, 0.0
        for many, each in enumerate(reversed(usable), 1):
            if many > (wanted[-1] if wanted else 0):
                break
            stack = unpack(each.data)
            for name, array in stack.arrays.items():
                if many == 1:
                    sums[name] = array[0].astype(float)
                else:
                    sums[name] += array[0]
            entries += float(stack.entries[0])
            events += np.nan if each.events is None else each.events
            if many not in wanted:
                continue
            fields = {
                name: read_only(total.reshape(stack.shape, order="F").copy(order="F"))
                for name, total in sums.items()
            }
            summed = msgspec.structs.replace(
                histogram, **fields, entries=entries, sums=()
            )
            if np.array_equal(summed.contents, histogram.contents):
                break  # as much as the whole run
            seen = None if np.isnan(events) else events
            found.append(Window(summed, many, each.first, usable[-1].last, seen))
        return found

    def last(
        self, path: str, histogram: Histogram, lumisections: int, after: int = 0
    ) -> Window | None:
        """What the last lumisections of an element added, by whole updates.

        It is the last update at least, be that longer, and ends where its span began.
        Of a source that counts no lumisections each update is taken for one.

        Args:
            path: of the element.
            histogram: the element as it is now, for names and axes.
            lumisections: how many at most, 1 or more.
            after: number of the update whose successors alone count.

        Returns:
            None where no update is known.
        """
        plot = self._plots.get(path)
        updates = [] if plot is None else plot.updates
        usable = [each.step for each in updates if each.number > after]
        steps = usable[len(usable) - _within(usable, lumisections) :]
        if plot is None or not steps:
            return None
        before = plot.sum if lumisections == self._asked.get(path) else None
        found = None if before is None else _moved_on(before, steps, histogram)
        found = found or _summed(steps, histogram)
        if lumisections == self._asked.get(path):
            plot.sum = found
        events = [each.events for each in steps]
        counted = [each for each in events if each is not None]
        return Window(
            found.histogram,
            len(steps),
            steps[0].first,
            steps[-1].last,
            sum(counted) if len(counted) == len(events) else None,
        )

    def steps(self, path: str) -> list[Step]:
        """The last updates of an element within a span, the oldest first."""
        plot = self._plots.get(path)
        return [] if plot is None else [each.step for each in plot.updates]

    def knows(self, path: str, updates: int) -> bool:
        """Tell whether so many of the last updates of an element are known.

        All that are kept will do, and all since its client began to fill it, or since
        its record began.
        """
        plot = self._plots.get(path)
        if plot is None:
            return False
        whole = plot.first > _FIRST or plot.goes_on
        return whole or len(plot.updates) >= min(updates, KEPT)

    def forget(self, path: str) -> None:
        """Forget an element."""
        self._plots.pop(path, None)

    def _drop_old(self, path: str, plot: _Plot) -> None:
        steps = [each.step for each in plot.updates]
        many = max(KEPT, _within(steps, self._asked.get(path, 0)))
        del plot.updates[:-many]


def is_gap(longest: int, length: int) -> bool:
    """Tell whether an update is so much longer than any before that some are missing.

    Args:
        longest: lumisections of the longest before.
        length: its own.
    """
    return length > LONG * longest


def _span(
    before: Snapshot, now: Snapshot
) -> tuple[int | None, int | None, float | None] | None:
    """First and last lumisection and events between snapshots of one filling.

    None where the client began again.
    """
    known = before.process[1] and now.process[1]  # a final file names no process
    if before.run != now.run or (known and before.process != now.process):
        return None
    first, last, events = None, now.lumisection, None
    if before.lumisection is not None and last is not None:
        if last < before.lumisection:
            return None
        first = min(before.lumisection + 1, last)
    if before.events is not None and now.events is not None:
        events = now.events - before.events
        if events < 0:
            return None
    return first, last, events


def _increment(before: Histogram, now: Histogram) -> Increment | None:
    """What an update added; None where the two are of no filling, or no numbers."""
    if not same_booking(now, before) or began_again(now, before):
        return None
    found = difference(now, before)
    for name in ARRAYS:
        array = getattr(found, name)
        if array is not None and array.dtype.kind == "f":
            with np.errstate(all="ignore"):
                if not np.isfinite(array.sum()):
                    return None
    return None if fell(found) else found


def _summed(steps: list[Step], histogram: Histogram) -> _Sum:
    """Updates added up, as a histogram like that."""
    numbers: list[Array] = []
    counts = True

    def stacks() -> Iterator[Stack]:
        nonlocal counts
        for step in steps:
            stack = unpack(step.data)
            numbers.append(_numbers(stack))
            counts &= _is_counted(stack)
            yield stack

    increment = total_unpacked(stacks())
    return _Sum(steps, numbers, counts, Booking.of(histogram).filled(increment))


def _moved_on(before: _Sum, steps: list[Step], histogram: Histogram) -> _Sum | None:
    """The same of later updates, where most of them were in the sum before.

    What came is added, and what went is taken away; None where that might lose
    something, or would take longer.
    """
    went = next((n for n, e in enumerate(before.steps) if e is steps[0]), None)
    if went is None or not before.counts:
        return None
    stayed = before.steps[went:]
    came = steps[len(stayed) :]
    alike = len(stayed) <= len(steps) and all(map(is_, stayed, steps))
    if not alike or went + len(came) > len(steps) // 2:
        return None
    sums = {}
    for name in ARRAYS:
        array = getattr(before.histogram, name)
        if array is not None:
            wide = np.int64 if array.dtype.kind == "i" else np.float64
            sums[name] = array.reshape(-1, order="F").astype(wide)
    numbers = before.numbers[went:]
    for sign, some in ((-1, before.steps[:went]), (1, came)):
        for step in some:
            stack = unpack(step.data)
            same = stack.shape == before.histogram.contents.shape
            if not (same and stack.arrays.keys() == sums.keys() and _is_counted(stack)):
                return None
            for name, array in sums.items():
                array += sign * stack.arrays[name][0].astype(array.dtype)
            if sign > 0:
                numbers.append(_numbers(stack))
    fields: dict[str, Any] = dict.fromkeys(ARRAYS)
    for name, array in sums.items():
        shape = before.histogram.contents.shape
        fields[name] = read_only(array.reshape(shape, order="F"))
    entries, *others = np.add.reduce(numbers).tolist()
    increment = Increment(**fields, entries=entries, sums=tuple(others))
    filled = Booking.of(histogram).filled(increment)
    return _Sum(steps, numbers, before.counts, filled)


def _numbers(stack: Stack) -> Array:
    return np.append(stack.entries, stack.sums[0])


def _is_counted(stack: Stack) -> bool:
    return all(each.dtype.kind in "iu" for each in stack.arrays.values())


def _within(steps: Sequence[Step], lumisections: int) -> int:
    """How many of the last steps lie within so many lumisections; one at least."""
    if not steps or not lumisections:
        return 0
    last = steps[-1].last
    for many, step in enumerate(reversed(steps)):
        if last is None or step.first is None:
            full = many >= lumisections
        else:
            full = last - step.first + 1 > lumisections
        if many and full:
            return many
    return len(steps)


def _is_gap(kept: Sequence[_Update], new: Step) -> bool:
    lengths = [_length(each.step) for each in kept]
    known = [each for each in lengths if each is not None]
    length = _length(new)
    return bool(known) and length is not None and is_gap(max(known), length)


def _length(step: Step) -> int | None:
    if step.first is None or step.last is None:
        return None
    return step.last - step.first + 1
