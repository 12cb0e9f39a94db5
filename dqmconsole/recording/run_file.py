"""The record of one run: an SQLite file (WAL, local disk), one blob a plot and update.

``moment`` has a row for each update of a client; its number grows over the whole run.
``live`` has what each plot gained with it. Of a plot with many live rows the oldest
:data:`BLOCK` become one row of ``block``, in one transaction that also adds them to
``base``, the plot with all its bins as it stood then. Large maps are thinned on the
way: every :data:`THINNED` updates are added up, and bins taken together until there are
at most :data:`COARSE` on a side. So nothing that was counted is ever lost; only when,
and of maps exactly where.

A row can begin a span (:class:`Begins`): the first of a run, the first after a restart,
one over a gap in which nobody recorded. A window never reaches back over it.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import math
import os
import sqlite3
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, Scalar
from dqmconsole.model.paths import with_home
from dqmconsole.model.pieces import ended
from dqmconsole.model.rebin import block_size, rebinned
from dqmconsole.model.run import run_words
from dqmconsole.model.site import ALL_SOURCES
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.database import open_reading, open_writing, transaction
from dqmconsole.recording.others import Other, decode_other
from dqmconsole.recording.packing import (
    DamagedRecordError,
    Increment,
    numbers,
    pack,
    total,
    total_packed,
    unpack,
    whole,
)
from dqmconsole.recording.recent import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from dqmconsole.model.graph import Collection, Graph, Polygons
    from dqmconsole.model.history import NumberOf


VERSION = 2
BLOCK = 64  # updates of a plot in a block
KEPT_LIVE = 64  # updates of which maps are kept whole, at least
THINNED = 8  # updates of a large map that are added up when it is thinned
COARSE = 64  # bins on a side of a thinned map
_ALL = 1 << 40  # updates
_AT_ONCE = 8  # increments held while they are added up
_PLOTS = 24  # bits of a live row's id that name the plot
_TABLES = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS booking (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS plot (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, client TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS moment (
    number INTEGER PRIMARY KEY, client TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, at REAL NOT NULL, events REAL, mark TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS moments_of ON moment (client, number);
CREATE TABLE IF NOT EXISTS live (
    id INTEGER PRIMARY KEY, first INTEGER NOT NULL, booking INTEGER NOT NULL,
    begins INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS block (
    plot INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    booking INTEGER NOT NULL, spans BLOB NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS blocks_of ON block (plot, first);
CREATE TABLE IF NOT EXISTS base (
    plot INTEGER PRIMARY KEY, first INTEGER NOT NULL, number INTEGER NOT NULL,
    booking INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS other (
    plot INTEGER NOT NULL, step INTEGER NOT NULL, number INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (plot, step));
"""


def run_path(folder: Path, run: int) -> Path:
    """Where the record of a run stands."""
    return folder / f"run-{run}.sqlite"


def recorded_runs(folder: Path) -> dict[int, Path]:
    """The records in a folder, by run.

    Raises:
        OSError: the folder cannot be listed.
    """
    if not folder.is_dir():
        return {}
    # a glob passes over a folder that may not be read
    paths = (path for path in folder.iterdir() if path.match("run-*.sqlite"))
    return {
        int(path.stem.removeprefix("run-")): path
        for path in paths
        if path.stem.removeprefix("run-").removeprefix("-").isdecimal()
    }


def what_became_of(folder: Path, run: int) -> str:
    """Why a record of a run cannot be found, in words; "" where it is, or never was.

    Args:
        folder: where the runs of a source are recorded.
        run: the run.
    """
    path = run_path(folder, run)
    try:
        path.lstat()
    except FileNotFoundError:
        aside = sorted(folder.glob(f"{path.name}.damaged*"))
        return f"it was damaged, and set aside as {aside[-1]}" if aside else ""
    except OSError as error:
        return f"{path} cannot be looked for: {error.strerror}"
    return ""


def why_not_recorded(folder: Path, run: int) -> str:
    """Why there is no record of a run, in words; "" where there is one."""
    why = what_became_of(folder, run)
    if why:
        return f"{run_words(run)} is not recorded: {why}"
    there = os.path.lexists(run_path(folder, run))
    return "" if there else f"{run_words(run)} is not recorded"


ALONE = " alone"
"""Ends the name of a main source that is opened, and recorded, without its streams."""


def whole_name(source: str) -> str:
    """The absolute name of a source as a person names it.

    Without a look at the disk: the source may stand on one that does not answer. A main
    source is recorded with its streams, under its own name.
    """
    source = source.removeprefix(ALL_SOURCES)
    return os.path.abspath(with_home(source))  # noqa: PTH100


def source_folder(root: Path, source: str) -> Path:
    """Where the runs of a source are recorded, below a folder for all sources.

    Args:
        root: that folder.
        source: the source as a person names it.
    """
    whole = whole_name(source)
    digest = hashlib.blake2b(whole.encode(errors="surrogateescape"), digest_size=4)
    name = "".join(sign if sign.isalnum() else "-" for sign in Path(whole).name[:40])
    return root / f"{name or 'root'}-{digest.hexdigest()}"


def folder_of_file(root: Path, file: str) -> Path:
    """Where runs are recorded of a file, or of the folder that it lies in.

    Args:
        root: below it the runs of each source are recorded.
        file: the file, as a person names it.

    Returns:
        Of its own record and those of the folders above it the one with most runs;
        its own where there are none.
    """
    whole = Path(whole_name(file))
    places = [source_folder(root, str(each)) for each in (whole, *whole.parents)]

    def runs(place: Path) -> int:
        try:
            return len(recorded_runs(place))
        except OSError:
            return 0  # whoever reads it says so

    return max(places, key=runs)


BROKEN_RECORD = (DamagedRecordError, sqlite3.Error)
"""What reading a record raises that is damaged, locked or none."""


class NotRecordedError(KeyError):
    """Nothing of that is in the record."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnmadeRecordError(sqlite3.OperationalError):
    """Whoever makes the file has not said yet what is recorded in it."""


class OtherWriterError(RuntimeError):
    """Another engine records this run now."""


class OtherSourceError(RuntimeError):
    """A record of that run is there, of another source."""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """One update of a client.

    Attributes:
        number: in the order of recording, from 1.
        client: the client, by its subsystem.
        first, last: lumisections that it added.
        at: when its content was made, unix time, s.
        events: events that it added, or None.
        mark: "restart" or "gap" where it begins a span, else "".
    """

    number: int
    client: str
    first: int
    last: int
    at: float
    events: float | None = None
    mark: str = ""


class Begins(enum.IntEnum):
    """Why a row begins a span of its own; all but GAP begin from nothing."""

    NOT = 0
    RUN = 1
    RESTART = 2
    GAP = 3
    EMPTIED = 4
    REBOOKED = 5

    @property
    def words(self) -> str:
        """In words; "" where it goes on."""
        return _BEGINS[self]

    @property
    def whole(self) -> bool:
        """The row holds all there is since the histogram was empty."""
        return self not in {Begins.NOT, Begins.GAP}


_BEGINS = {
    Begins.NOT: "",
    Begins.RUN: "run start",
    Begins.RESTART: "restart",
    Begins.GAP: "gap",
    Begins.EMPTIED: "emptied",
    Begins.REBOOKED: "other bins",
}


class PackedRow(NamedTuple):
    """What a plot gained with one update, packed.

    Attributes:
        path: path of the element.
        booking: how it is booked.
        begins: whether it begins a span.
        data: as of :func:`~dqmconsole.recording.packing.pack`, one row.
        first: number of the first update it covers, where it missed some; else 0.
    """

    path: str
    booking: Booking
    begins: Begins
    data: bytes
    first: int = 0


class Window(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a plot gained in some updates, or holds after them.

    Attributes:
        histogram: it.
        first, last: lumisections it truly covers.
        updates: how many it covers.
        asked: how many were asked for.
        events: events in them, or None where nobody counted.
        at: when the last was made, unix time, s.
        ends: why it covers fewer than were asked: words of :class:`Begins`, or
            "recorded in coarser steps"; "" where it does not.
    """

    histogram: Histogram
    first: int
    last: int
    updates: int
    asked: int
    events: float | None
    at: float
    ends: str = ""


class Series(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One number of a plot along a run; all arrays of one length.

    Attributes:
        first, last: lumisections of each value, int64.
        at: unix time of each, s.
        values: the numbers; NaN where there is none.
        errors: one standard deviation of each, or NaN.
    """

    first: Array
    last: Array
    at: Array
    values: Array
    errors: Array


class Span(NamedTuple):
    """What a row covers: numbers of moments, how many updates, how it begins."""

    first: int
    last: int
    updates: int
    begins: Begins


_decode_spans = msgspec.msgpack.Decoder(list[Span]).decode


def _moment(row: tuple[Any, ...]) -> Moment:
    """An update by its row.

    Raises:
        DamagedRecordError: it is not what was written.
    """
    number, client, first, last, at, events, mark = row
    try:
        whole = isinstance(first, int) and isinstance(last, int)
        sound = whole and math.isfinite(at) and math.isfinite(events or 0)
    except TypeError:
        sound = False
    if not sound:
        message = f"a damaged record: update {number} is not what was written"
        raise DamagedRecordError(message)
    return Moment(number, client, first, last, at, events, mark)


def _begins(number: int) -> Begins:
    """Why a row begins a span; see :func:`_moment`."""
    try:
        return Begins(number)
    except ValueError as error:
        message = f"a damaged record: {error}"
        raise DamagedRecordError(message) from error


class Kept(NamedTuple):
    """What a plot gained with the update that ends there: a row of packed data."""

    last: int
    data: bytes
    row: int


class Part(NamedTuple):
    """Rows of one booking that lie beside one another, the oldest first."""

    spans: Sequence[Span]
    booking: Booking
    data: bytes


class Sum(NamedTuple):
    """Rows added up: the sum, what it covers, and why it ends there."""

    histogram: Histogram
    span: Span
    ends: str


def _adding_up(
    parts: Iterable[Part], asked: int, low: int = 0, *, over_gaps: bool = False
) -> Generator[None, None, Sum | None]:
    """Add up the last `asked` updates, never over the beginning of a span; by pieces.

    Args:
        parts: the newest first.
        asked: most updates; of rows that cover several only whole ones count.
        low: number of the first update that may count.
        over_gaps: what lies before a gap is added too.

    Returns:
        None where there are no parts, or the newest row covers more than were asked.

    Raises:
        DamagedRecordError: what is kept is damaged.
    """
    found: _Gathered | None = None
    count, first, last = 0, 0, 0
    begins, ends = Begins.NOT, ""
    for part in parts:
        start = len(part.spans)
        for span in reversed(part.spans):
            if count + span.updates > asked or span.first < low:
                ends = "recorded in coarser steps" if count < asked else ""
                break
            start -= 1
            count += span.updates
            first, last = span.first, last or span.last
            begins = span.begins
            if over_gaps and begins is Begins.GAP:
                begins = Begins.NOT
            if begins:
                break
        if start < len(part.spans):
            stack = unpack(part.data)
            alone = len(stack) == 1
            increment = stack.row(0) if alone else stack.total(start, len(part.spans))
            if found is None:
                found = _Gathered(part.booking, increment)
            elif not found.add(part.booking, increment):
                ends = Begins.REBOOKED.words
                break
        yield
        if begins or ends or count >= asked:
            break
    if found is None:
        return None
    if count < asked:
        ends = ends or begins.words
    return Sum(found.histogram(), Span(first, last, count, begins), ends)


class _Gathered:
    """Increments being added up, the newest first; coarser ones make all coarser."""

    def __init__(self, booking: Booking, increment: Increment) -> None:
        self._booking = booking
        self._increments = [increment]

    def add(self, booking: Booking, increment: Increment) -> bool:
        """Add one more; tell whether that can be."""
        if booking is not self._booking and not booking.adds_to(self._booking):
            thin = coarse(self._booking, total(self._increments))
            if not booking.adds_to(thin[0]):
                return False
            self._booking, self._increments = thin[0], [thin[1]]
        self._increments.append(increment)
        if len(self._increments) == _AT_ONCE:
            self._increments = [total(self._increments)]
        return True

    def histogram(self) -> Histogram:
        return self._booking.filled(total(self._increments))


def is_large(booking: Booking) -> bool:
    """Tell whether a plot is thinned when it grows old."""
    return math.prod(axis.bins for axis in booking.axes) > COARSE * COARSE


def coarse(booking: Booking, increment: Increment) -> tuple[Booking, Increment]:
    """With bins taken together, at most :data:`COARSE` on a side; of maps alone.

    ROOT's statistics stay those of the fine bins.
    """
    if len(booking.axes) == 1:
        return booking, increment
    fine = booking.filled(increment, wide=True)
    factors = [block_size(axis.bins, COARSE) for axis in fine.axes]
    found = msgspec.structs.replace(rebinned(fine, factors), sums=fine.sums)
    if found.contents.dtype.kind in "iu":  # they may not fit the class any more
        found = msgspec.structs.replace(found, root_class=f"TH{found.dimension}D")
    return Booking.of(found), whole(found)


class RunFile:
    """The record of one run, opened for reading or writing.

    Args:
        path: the file.
        connection: to it.

    Attributes:
        path: the file.
        run: the run.
        source: whose run it is, as a person named it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        about = _about(connection)
        try:
            version = int(about["version"])
            self.run = int(about["run"])
        except (KeyError, ValueError) as error:
            message = "it is no record of a run"
            raise sqlite3.DatabaseError(message) from error
        if version > VERSION:
            message = f"it was recorded by a newer version of dqmconsole ({version})"
            raise sqlite3.NotSupportedError(message)
        self.source = about.get("source", "")
        self._bookings: dict[int, Booking] = {}
        self._booking_ids: dict[str, int] = {}
        self._plots: dict[str, tuple[int, str]] = {}
        self._writer = ""

    @classmethod
    def read(cls, path: Path) -> RunFile:
        """Open a record that exists, for reading alone.

        Raises:
            UnmadeRecordError: it is just being made.
            sqlite3.Error: it is not there, locked, damaged or no record.
        """
        return cls._opened(path, open_reading(path))

    @classmethod
    def write(cls, path: Path, run: int, source: str, writer: str) -> RunFile:
        """Open a record for writing, made when missing; others write no more.

        Args:
            path: the file.
            run: the run.
            source: whose run it is.
            writer: who writes; unlike all others.

        Raises:
            OtherSourceError: it is of another source.
            sqlite3.Error: it cannot be made, is locked or damaged.
        """
        connection = open_writing(path, _TABLES)
        try:
            about = {"version": VERSION, "run": run, "source": source, "end": ""}
            with transaction(connection):
                connection.executemany(
                    "INSERT OR IGNORE INTO about VALUES (?, ?)",
                    [(key, str(value)) for key, value in about.items()],
                )
                (whose,) = connection.execute(
                    "SELECT value FROM about WHERE key = 'source'"
                ).fetchone()
                _check_source(whose, source, path)
                connection.execute(
                    "INSERT OR REPLACE INTO about VALUES ('writer', ?)", (writer,)
                )
        except BaseException:
            connection.close()
            raise
        found = cls._opened(path, connection)
        found._writer = writer
        return found

    @classmethod
    def _opened(cls, path: Path, connection: sqlite3.Connection) -> RunFile:
        try:
            return cls(path, connection)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # -- what is there ----------------------------------------------------------

    def has_end(self) -> bool | None:
        """Tell whether the run was seen to be over while it was recorded.

        Whoever records it may be killed, or be ended in mid-run.

        Returns:
            None of a record that was made before that was kept.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        row = self._connection.execute(
            "SELECT value FROM about WHERE key = 'end'"
        ).fetchone()
        return None if row is None else bool(row[0])

    def clients(self) -> tuple[str, ...]:
        """The clients that were recorded."""
        rows = self._connection.execute("SELECT DISTINCT client FROM moment")
        return tuple(sorted(client for (client,) in rows))

    def booked(self) -> dict[str, Booking]:
        """How each histogram is booked as it stood last, by its path.

        Raises:
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        paths = dict(self._connection.execute("SELECT id, path FROM plot"))
        newest = dict(self._connection.execute("SELECT plot, booking FROM base"))
        live = self._connection.execute(
            "SELECT id & ?, booking, max(id) FROM live GROUP BY 1",
            ((1 << _PLOTS) - 1,),
        )
        newest.update((plot, booking) for plot, booking, _ in live)
        return {
            paths[plot]: self._booking(booking)
            for plot, booking in newest.items()
            if plot in paths
        }

    def others(self) -> dict[str, Other]:
        """What is no histogram, as it was last, by its path.

        Raises:
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        return {path: decode_other(data) for path, data in self.packed_others().items()}

    def other(
        self, path: str, lumisection: int
    ) -> tuple[Scalar | Graph | Polygons | Collection, Moment] | None:
        """An element that is no histogram as it stood at the end of a lumisection.

        Args:
            path: path of the element.
            lumisection: the lumisection.

        Returns:
            It, and the update it is of; of old ones not all are kept. None where
            nothing of that is recorded.

        Raises:
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        row = self._connection.execute(
            "SELECT data, moment.number, moment.client, first, last, at, events, mark"
            " FROM other JOIN plot ON plot.id = other.plot"
            " JOIN moment ON moment.number = other.number"
            " WHERE path = ? AND last <= ? ORDER BY step DESC LIMIT 1",
            (path, lumisection),
        ).fetchone()
        element = None if row is None else decode_other(row[0]).element
        return None if element is None else (element, _moment(row[1:]))

    def packed_others(self) -> dict[str, bytes]:
        """The same as it is kept."""
        rows = self._connection.execute(
            "SELECT path, data, max(step) FROM other JOIN plot"
            " ON plot.id = other.plot GROUP BY plot.id ORDER BY path"
        )
        return {path: data for path, data, _ in rows}

    def last_moment(self) -> Moment | None:
        """The newest update, of any client."""
        rows = self._connection.execute(
            "SELECT number, client, first, last, at, events, mark FROM moment"
            " ORDER BY number DESC LIMIT 1"
        )
        return next(map(_moment, rows), None)

    def moments(self, client: str) -> tuple[Moment, ...]:
        """All updates of a client, the oldest first.

        Raises:
            DamagedRecordError: one is not what was written.
            sqlite3.Error: the file cannot be read.
        """
        rows = self._connection.execute(
            "SELECT number, client, first, last, at, events, mark FROM moment"
            " WHERE client = ? ORDER BY number",
            (client,),
        )
        return tuple(map(_moment, rows))

    def recent(
        self, client: str, updates: int, path: str | None = None
    ) -> dict[str, list[Step]]:
        """What the last updates of a client added, by path, the oldest first.

        Of each plot those since it began a span; what begins from nothing is left out.

        Args:
            client: the client.
            updates: how many at most.
            path: of the one element that is asked for; of all when left out.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        found: dict[str, list[Step]] = {}
        for element, begins, data, first, last, events in self._connection.execute(
            "SELECT path, begins, data, began.first, moment.last,"
            " CASE WHEN began.number = moment.number THEN moment.events END"
            " FROM (SELECT * FROM moment WHERE client = ?"
            " ORDER BY number DESC LIMIT ?) AS moment"
            " JOIN live ON live.id BETWEEN moment.number << ? AND"
            " (moment.number << ?) | ?"
            " JOIN moment AS began ON began.number = live.first"
            " JOIN plot ON plot.id = live.id & ? WHERE ? IS NULL OR plot.path = ?"
            " ORDER BY moment.number",
            (client, updates, _PLOTS, _PLOTS, *((1 << _PLOTS) - 1,) * 2, path, path),
        ):
            kept = found.setdefault(element, [])
            if begins:
                kept.clear()
            if not _begins(begins).whole:
                kept.append(Step(data, first or None, last or None, events))
        return found

    def steps(self, path: str, lumisections: int) -> list[Step]:
        """What the last updates of an element added, within a span, the oldest first.

        Args:
            path: path of the element.
            lumisections: how many are asked for; an update is taken for one.

        Raises:
            NotRecordedError: it is not recorded.
            sqlite3.Error: the file cannot be read.
        """
        _, client = self._plot(path)
        many = min(lumisections, KEPT_LIVE)
        return self.recent(client, many, path).get(path, [])

    def each_update(self, path: str) -> list[Kept]:
        """What each update added to an element since it began, the oldest first.

        As far back as it is kept with the bins that it has now; what begins from
        nothing is left out, and so are updates of unknown lumisections.

        Raises:
            NotRecordedError: it is not recorded.
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        plot, client = self._plot(path)
        lasts = {each.number: each.last for each in self.moments(client) if each.last}
        found: list[Kept] = []
        newest = None
        end = self._end(path)
        for part in chain(self._live(path, 1, end), self._blocks(plot, 1, end)):
            newest = newest or part.booking
            if part.booking != newest:
                break
            for row, span in reversed(list(enumerate(part.spans))):
                if span.begins.whole:
                    return found[::-1]
                if span.last in lasts:
                    found.append(Kept(lasts[span.last], part.data, row))
        return found[::-1]

    # -- what plots hold --------------------------------------------------------

    def between(self, path: str, first: int, last: int) -> Window:
        """What a plot gained from one lumisection to another, both within.

        Only whole updates count: the span of the window may be shorter.

        Raises:
            NotRecordedError: no update lies within.
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        return ended(self._between(path, first, last))

    def read_past(
        self, path: str, last: int | None, first: int | None = None
    ) -> Generator[None, None, Window]:
        """:meth:`cumulative` at the end of `last`, or :meth:`between`, by pieces.

        Until it has ended nothing else is asked of this file.

        Args:
            path: path of the element.
            last: the last lumisection; None: up to now.
            first: the first one; None: all since the run began.

        Raises:
            NotRecordedError: nothing of that is recorded.
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        with self._unchanged():
            if first is None or last is None:
                return (yield from self._cumulative(path, last))
            return (yield from self._between(path, first, last))

    def _between(
        self, path: str, first: int, last: int
    ) -> Generator[None, None, Window]:
        _, client = self._plot(path)
        low, high, count = self._connection.execute(
            "SELECT min(number), max(number), count(*) FROM moment"
            " WHERE client = ? AND first >= ? AND last <= ?",
            (client, first, last),
        ).fetchone()
        if not count:
            message = f"{path}: no update within {first} to {last}"
            raise NotRecordedError(message)
        return (yield from self._window(path, high, count, low))

    def cumulative(self, path: str, lumisection: int | None = None) -> Window:
        """A plot as it stood at the end of a lumisection, or last.

        With all bins for the last :data:`KEPT_LIVE` updates; earlier, large maps have
        coarser ones, and are of up to :data:`THINNED` updates before.

        Raises:
            NotRecordedError: nothing was recorded until then.
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        return ended(self._cumulative(path, lumisection))

    def _cumulative(
        self, path: str, lumisection: int | None
    ) -> Generator[None, None, Window]:
        plot, _ = self._plot(path)
        end = self._end(path, lumisection)
        base = self._connection.execute(
            "SELECT number, booking, data, first FROM base WHERE plot = ?", (plot,)
        ).fetchone()
        if base is None or base[0] > end:
            return (yield from self._window(path, end, _ALL, over_gaps=True))

        def parts() -> Iterator[Part]:
            yield from self._live(path, base[0] + 1, end)
            span = Span(base[3], base[0], 1, Begins.RUN)
            yield Part((span,), self._booking(base[1]), base[2])

        return (yield from self._told(path, parts(), _ALL, over_gaps=True))

    def read_history(
        self, path: str, of: NumberOf, bins: tuple[int, ...] = ()
    ) -> Generator[None, None, Series]:
        """One number of a plot in each of its updates, along the run, piece by piece.

        Until it has ended nothing else is asked of this file.

        Args:
            path: path of the element.
            of: "entries"; "mean" or "rms" along x, of what was gained; "bin".
            bins: of "bin", which: counted from 0, where 0 is the underflow, one an
                axis. It holds NaN where bins were taken together since.

        Raises:
            NotRecordedError: nothing of that is recorded, or there is no such bin.
            DamagedRecordError: what is kept is damaged.
            sqlite3.Error: the file cannot be read.
        """
        with self._unchanged():
            return (yield from self._read_history(path, of, bins))

    def _read_history(
        self, path: str, of: NumberOf, bins: tuple[int, ...]
    ) -> Generator[None, None, Series]:
        end = self._end(path)
        plot, client = self._plot(path)
        newest = None
        found: list[tuple[Sequence[Span], Array, Array]] = []
        for part in chain(self._live(path, 1, end), self._blocks(plot, 1, end)):
            newest = newest or part.booking
            if of == "bin" and (
                len(bins) != len(newest.shape)
                or any(
                    not 0 <= at < size
                    for at, size in zip(bins, newest.shape, strict=True)
                )
            ):
                message = f"{path} has no bin {bins}"
                raise NotRecordedError(message)
            found.append(
                (part.spans, *numbers(unpack(part.data), of, bins, newest.shape))
            )
            yield
        found.reverse()
        moments = {each.number: each for each in self.moments(client)}
        spans = [span for each in found for span in each[0]]
        try:
            firsts = [moments[span.first].first for span in spans]
            lasts = [moments[span.last] for span in spans]
        except KeyError as error:
            message = f"a damaged record: there is no update {error}"
            raise DamagedRecordError(message) from error
        return Series(
            np.array(firsts, np.int64),
            np.array([each.last for each in lasts], np.int64),
            np.array([each.at for each in lasts]),
            np.concatenate([each[1] for each in found]),
            np.concatenate([each[2] for each in found]),
        )

    # -- writing ----------------------------------------------------------------

    def add(
        self,
        moment: Moment,
        rows: Iterable[PackedRow],
        others: Iterable[tuple[str, bytes]] = (),
    ) -> None:
        """Add an update, whole or not at all.

        Args:
            moment: the update; its number is above all that were added.
            rows: what each plot gained.
            others: what changed besides the contents of histograms, by path, of
                :func:`encode_other`.

        Raises:
            OtherWriterError: another engine writes this file now.
            sqlite3.Error: it cannot be written.
        """
        try:
            with transaction(self._connection):
                self._check_writer()
                self._connection.execute(
                    "INSERT INTO moment VALUES (?, ?, ?, ?, ?, ?, ?)",
                    msgspec.structs.astuple(moment),
                )
                self._connection.executemany(
                    "INSERT INTO live VALUES (?, ?, ?, ?, ?)",
                    [
                        (
                            moment.number << _PLOTS | self._plot_id(row.path, moment),
                            row.first or moment.number,
                            self._booking_id(row.booking),
                            int(row.begins),
                            row.data,
                        )
                        for row in rows
                    ],
                )
                for path, data in others:
                    plot = self._plot_id(path, moment)
                    self._connection.execute(
                        "INSERT INTO other SELECT ?, coalesce(max(step), 0) + 1, ?, ?"
                        " FROM other WHERE plot = ?",
                        (plot, moment.number, data, plot),
                    )
        except BaseException:
            self._forget_ids()  # they may not have been kept
            raise

    def keep_end(self) -> None:
        """Keep that the run is over.

        Raises:
            OtherWriterError: another engine writes this file now.
            sqlite3.Error: it cannot be written.
        """
        with transaction(self._connection):
            self._check_writer()
            self._connection.execute("UPDATE about SET value = '1' WHERE key = 'end'")

    def live_counts(self) -> dict[str, int]:
        """How many live rows each plot has, by its path."""
        rows = self._connection.execute(
            "SELECT path, count(*) FROM live JOIN plot ON plot.id = live.id & ?"
            " GROUP BY plot.id",
            ((1 << _PLOTS) - 1,),
        )
        return dict(rows)

    def compact(self, path: str) -> int:
        """Put the oldest :data:`BLOCK` live rows of a plot together; all or nothing.

        Returns:
            How many rows were put together; 0 where there are not that many.

        Raises:
            DamagedRecordError: what is kept is damaged.
            OtherWriterError: another engine writes this file now.
            sqlite3.Error: it cannot be written.
        """
        plot, client = self._plot(path)
        try:
            with transaction(self._connection):
                self._check_writer()
                rows = self._connection.execute(
                    "SELECT live.first, moment.number, booking, begins, data"
                    " FROM moment JOIN live ON live.id = (moment.number << ?) | ?"
                    " WHERE client = ? ORDER BY moment.number LIMIT ?",
                    (_PLOTS, plot, client, BLOCK),
                ).fetchall()
                if len(rows) < BLOCK:
                    return 0
                old = [
                    _OldRow(
                        Span(first, number, 1, _begins(begins)),
                        self._booking(booking),
                        data,
                    )
                    for first, number, booking, begins, data in rows
                ]
                groups = list(_groups(old))
                self._renew_base(plot, groups)
                for run in _same_booked(map(_thinned, groups)):
                    self._connection.execute(
                        "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)",
                        (
                            *(plot, run[0].span.first, run[-1].span.last),
                            self._booking_id(run[0].booking),
                            msgspec.msgpack.encode([each.span for each in run]),
                            pack([each.increment for each in run]),
                        ),
                    )
                self._connection.executemany(
                    "DELETE FROM live WHERE id = ?",
                    [(number << _PLOTS | plot,) for _, number, *_ in rows],
                )
        except BaseException:
            self._forget_ids()
            raise
        return len(rows)

    def thin_others(self) -> None:
        """Of what is no histogram keep the last states, then every 8th.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        with transaction(self._connection):
            self._check_writer()
            self._connection.execute(
                "DELETE FROM other WHERE step % ? AND step <="
                " (SELECT max(step) FROM other AS o WHERE o.plot = other.plot) - ?",
                (THINNED, KEPT_LIVE),
            )

    def _check_writer(self) -> None:
        (writer,) = self._connection.execute(
            "SELECT value FROM about WHERE key = 'writer'"
        ).fetchone()
        if writer != self._writer:
            message = f"{self.path}: another engine records {run_words(self.run)} now"
            raise OtherWriterError(message)

    def _renew_base(self, plot: int, groups: Sequence[_Group]) -> None:
        """Let the kept whole of a plot go on to the last of some rows."""
        row = self._connection.execute(
            "SELECT booking, data, first FROM base WHERE plot = ?", (plot,)
        ).fetchone()
        start = max(
            (at for at, each in enumerate(groups) if each.span.begins.whole), default=-1
        )
        rows = list(groups[max(start, 0) :])
        first = rows[0].span.first
        increments = [each.increment for each in rows]
        if start < 0 and row is not None:
            first = row[2]
            increments.insert(0, unpack(row[1]).row(0))
        self._connection.execute(
            "INSERT OR REPLACE INTO base VALUES (?, ?, ?, ?, ?)",
            (
                *(plot, first, rows[-1].span.last),
                self._booking_id(rows[-1].booking),
                pack([total(increments)]),
            ),
        )

    # -- rows -------------------------------------------------------------------

    @contextlib.contextmanager
    def _unchanged(self) -> Iterator[None]:
        """All is read as it stood at once: rows are put together meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # it may have been closed meanwhile
            with contextlib.suppress(sqlite3.ProgrammingError):
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT")

    def named(self, path: str, former: Iterable[str]) -> str:
        """What an element is called here: its path, else a name that it had.

        Args:
            path: what it is called now.
            former: names that it had.
        """
        return next(filter(self._has, (path, *former)), path)

    def _has(self, path: str) -> bool:
        try:
            self._plot(path)
        except NotRecordedError:
            return False
        return True

    def _plot(self, path: str) -> tuple[int, str]:
        found = self._plots.get(path)
        if found is None:
            row = self._connection.execute(
                "SELECT id, client FROM plot WHERE path = ?", (path,)
            ).fetchone()
            if row is None:
                message = f"{path} is not recorded"
                raise NotRecordedError(message)
            found = self._plots[path] = (int(row[0]), str(row[1]))
        return found

    def _plot_id(self, path: str, moment: Moment) -> int:
        known = self._plots.get(path)
        if known is not None and known[1] == moment.client:
            return known[0]
        self._connection.execute(
            "INSERT INTO plot (path, client) VALUES (?, ?)"
            " ON CONFLICT (path) DO UPDATE SET client = excluded.client",
            (path, moment.client),
        )
        self._plots.pop(path, None)
        return self._plot(path)[0]

    def _booking(self, number: int) -> Booking:
        found = self._bookings.get(number)
        if found is None:
            row = self._connection.execute(
                "SELECT data FROM booking WHERE id = ?", (number,)
            ).fetchone()
            if row is None:
                message = f"a damaged record: there is no booking {number}"
                raise DamagedRecordError(message)
            found = self._bookings[number] = Booking.from_bytes(row[0])
        return found

    def _booking_id(self, booking: Booking) -> int:
        digest = booking.digest
        found = self._booking_ids.get(digest)
        if found is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO booking (digest, data) VALUES (?, ?)",
                (digest, booking.to_bytes()),
            )
            (found,) = self._connection.execute(
                "SELECT id FROM booking WHERE digest = ?", (digest,)
            ).fetchone()
            self._booking_ids[digest] = int(found)
        return int(found)

    def _forget_ids(self) -> None:
        self._bookings.clear()
        self._booking_ids.clear()
        self._plots.clear()

    def _end(self, path: str, lumisection: int | None = None) -> int:
        """Number of the last update of a plot's client, to the end of a lumisection."""
        _, client = self._plot(path)
        (end,) = self._connection.execute(
            "SELECT max(number) FROM moment"
            " WHERE client = ? AND (? IS NULL OR last <= ?)",
            (client, lumisection, lumisection),
        ).fetchone()
        if end is None:
            message = f"{path}: nothing was recorded until {lumisection}"
            raise NotRecordedError(message)
        return int(end)

    def _live(self, path: str, low: int, high: int) -> Iterator[Part]:
        plot, client = self._plot(path)
        for first, number, booking, begins, data in self._connection.execute(
            "SELECT live.first, moment.number, booking, begins, data FROM moment"
            " JOIN live ON live.id = (moment.number << ?) | ?"
            " WHERE client = ? AND moment.number BETWEEN ? AND ?"
            " ORDER BY moment.number DESC",
            (_PLOTS, plot, client, low, high),
        ):
            span = Span(first, number, 1, _begins(begins))
            yield Part((span,), self._booking(booking), data)

    def _blocks(self, plot: int, low: int, high: int) -> Iterator[Part]:
        for booking, packed, data in self._connection.execute(
            "SELECT booking, spans, data FROM block WHERE plot = ? AND first <= ?"
            " AND last >= ? ORDER BY first DESC",
            (plot, high, low),
        ):
            try:
                spans = _decode_spans(packed)
            except msgspec.MsgspecError as error:
                message = f"a damaged record: {error}"
                raise DamagedRecordError(message) from error
            yield Part(
                [span for span in spans if span.last <= high],
                self._booking(booking),
                data,
            )

    def _window(
        self, path: str, end: int, asked: int, low: int = 1, *, over_gaps: bool = False
    ) -> Generator[None, None, Window]:
        plot, _ = self._plot(path)

        def parts() -> Iterator[Part]:
            yield from self._live(path, low, end)
            yield from self._blocks(plot, 1, end)

        return (yield from self._told(path, parts(), asked, low, over_gaps=over_gaps))

    def _told(
        self,
        path: str,
        parts: Iterator[Part],
        asked: int,
        low: int = 0,
        *,
        over_gaps: bool = False,
    ) -> Generator[None, None, Window]:
        _, client = self._plot(path)
        found = yield from _adding_up(parts, asked, low, over_gaps=over_gaps)
        if found is None:
            message = f"{path}: recorded in steps of more than {asked} updates"
            raise NotRecordedError(message)
        first, last, events, counted, number, at = self._connection.execute(
            "SELECT min(first), max(last), sum(events), count(events), count(*),"
            " max(at) FROM moment WHERE client = ? AND number BETWEEN ? AND ?",
            (client, found.span.first, found.span.last),
        ).fetchone()
        if not number:
            message = f"a damaged record: {path} is of no update"
            raise DamagedRecordError(message)
        return Window(
            histogram=found.histogram,
            first=first,
            last=last,
            updates=number if asked == _ALL else found.span.updates,
            asked=number if asked == _ALL else asked,
            events=events if counted == number else None,
            at=at,
            ends="" if asked == _ALL else found.ends,
        )


def _about(connection: sqlite3.Connection) -> dict[str, str]:
    """What a record says of itself; its tables are made before."""
    made = "SELECT name FROM sqlite_master WHERE name = 'about'"
    if connection.execute(made).fetchone() is not None:
        about = dict(connection.execute("SELECT key, value FROM about"))
        if about:
            return about
    message = "nothing is recorded in it yet"
    raise UnmadeRecordError(message)


def _check_source(recorded: str, source: str, path: Path) -> None:
    if recorded != source:
        message = f"{path} is a record of {recorded}, not of {source}"
        raise OtherSourceError(message)


class _OldRow(NamedTuple):
    span: Span
    booking: Booking
    data: bytes


class _Group(NamedTuple):
    """Rows added up: one alone, or of a large plot up to :data:`THINNED`."""

    span: Span
    booking: Booking
    increment: Increment


def _groups(rows: Iterable[_OldRow]) -> Iterator[_Group]:
    """The rows, those of large plots added up by some, never over a beginning."""
    waiting: list[_OldRow] = []
    for row in rows:
        if waiting and (row.span.begins or not is_large(row.booking)):
            yield _added_up(waiting)
            waiting = []
        waiting.append(row)
        if len(waiting) == THINNED or not is_large(row.booking):
            yield _added_up(waiting)
            waiting = []
    if waiting:
        yield _added_up(waiting)


def _added_up(rows: Sequence[_OldRow]) -> _Group:
    first, last = rows[0].span, rows[-1].span
    return _Group(
        Span(first.first, last.last, len(rows), first.begins),
        rows[-1].booking,
        total_packed([row.data for row in rows]),
    )


def _thinned(group: _Group) -> _Group:
    """With fewer bins, where it is of a large plot."""
    if not is_large(group.booking):
        return group
    return _Group(group.span, *coarse(group.booking, group.increment))


def _same_booked(rows: Iterable[_Group]) -> Iterator[list[_Group]]:
    run: list[_Group] = []
    for row in rows:
        if run and row.booking.digest != run[0].booking.digest:
            yield run
            run = []
        run.append(row)
    if run:
        yield run
