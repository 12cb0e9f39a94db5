"""The recorder of one source: what its plots gained, kept for each run.

Whoever judges hands it each update (:meth:`Recorder.note`) and goes on; a thread of the
recorder's own packs and writes them. What the last updates added is also at hand in
memory (``recent.py``); the thread packs again only what was not packed there.

Of several engines on one source one records: it holds the lease in ``index.db`` and
renews it every two seconds. One that fell silent is replaced within ten, one that is
known to have ended at the next heart-beat; should it wake up again, the file of the run
refuses it. The others only read.

What cannot be written is said once, in the log and by :attr:`Recorder.trouble`, and
tried again; a file that is damaged is set aside, and another is begun with all that
the plots hold.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import socket
import sqlite3
import threading
import time
import uuid
import zlib
from collections import OrderedDict, deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
import numpy as np

from dqmconsole.model.escape import escaped
from dqmconsole.model.histogram import Array, Histogram, QualityResult
from dqmconsole.model.run import run_number, run_words
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.database import is_damage, remove, set_aside
from dqmconsole.recording.index import BEAT, FILE, Index, quantities
from dqmconsole.recording.others import NOTHING, encode_other
from dqmconsole.recording.packing import (
    DamagedRecordError,
    began_again,
    difference,
    fell,
    pack,
    same_booking,
    whole,
)
from dqmconsole.recording.recent import KEPT, Gained, Recalled, Step, is_gap
from dqmconsole.recording.run_file import (
    BLOCK,
    KEPT_LIVE,
    Begins,
    Moment,
    NotRecordedError,
    OtherSourceError,
    OtherWriterError,
    PackedRow,
    RunFile,
    UnmadeRecordError,
    recorded_runs,
    run_path,
    whole_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.run_quality import RunQuality

_log = logging.getLogger(__name__)
CLOCK_JUMPED = 3600.0  # s by which the clock differs from what passed
KEPT_WAITING = 64  # updates that wait to be recorded; of more two become one
BEHIND = KEPT_WAITING // 4  # updates that wait: rows are put together later
KEPT_BYTES = 128 << 20  # packed and not written yet; more begins a gap
INDEXED_EVERY = 64  # updates of a run
_NEWS = threading.Event()  # there is something to do; nobody waits for it
_RUNS_AT_ONCE = 2  # that are recorded: the late files of one come in the next
OPEN_RUNS = 4  # files that reading keeps open
T = TypeVar("T")
# What damage, a bug or a freak of the data may raise of one plot.
FREAKS = (ValueError, KeyError, ArithmeticError, IndexError, TypeError)
BROKEN = (OSError, sqlite3.Error, UnicodeDecodeError, DamagedRecordError)


class Limits(msgspec.Struct, frozen=True):
    """How much is kept; the oldest runs go first, the newest never.

    Attributes:
        days: age of a run, since it was last recorded.
        bytes: of all runs in the folder.
    """

    days: float = 90.0
    bytes: int = 50 << 30


class Update(msgspec.Struct, frozen=True, gc=False):
    """One update of a client, as the source found it.

    Attributes:
        client: the client, by its subsystem.
        last: the last lumisection of its content.
        at: when the content was made, unix time, s.
        events: events the client processed so far, or None.
        restarted: the client is known to have begun again since the last update.
    """

    client: str
    last: int
    at: float
    events: float | None = None
    restarted: bool = False


class Item(NamedTuple):
    """An element as it stands after an update.

    Attributes:
        path: its path.
        element: it; whole, never an increment.
        accumulates: over the run; False for one that its producer fills each time.
        gained: what it gained with the update, where that is known.
        qualities: the producer's quality results for it.
    """

    path: str
    element: Element
    accumulates: bool = True
    gained: Gained | None = None
    qualities: tuple[QualityResult, ...] = ()


class _Note(NamedTuple):
    """An update that waits; it may cover others before it, which could not wait."""

    run: int
    update: Update
    items: tuple[Item, ...]
    covers: int = 1


class _Prepared(NamedTuple):
    """An update, packed and not written yet."""

    run: int
    moment: Moment
    rows: list[PackedRow]
    others: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        packed = sum(len(row.data) for row in self.rows)
        return packed + sum(len(data) for _, data in self.others)


class _Client:
    """How far a client was recorded in a run.

    Attributes:
        last: lumisection; 0 before the first update.
        events: that it processed so far, or None.
        number: of its last update.
        longest: lumisections of the longest update that was no gap; 0 unknown.
        reopened: its updates so far are of an earlier engine.
        unread: who judges was not told of those.
    """

    def __init__(self, moments: Sequence[Moment] = ()) -> None:
        self.last = moments[-1].last if moments else 0
        self.number = moments[-1].number if moments else 0
        self.reopened = self.unread = bool(moments)
        self.longest = max(
            (each.last - each.first + 1 for each in moments[1:] if not each.mark),
            default=0,
        )
        self.events: float | None = 0.0
        for moment in moments:
            if moment.mark == Begins.RESTART.words:
                self.events = 0.0
            if self.events is not None:
                added = moment.events
                self.events = None if added is None else self.events + added

    def is_gap(self, length: int) -> bool:
        """Tell whether an update of so many lumisections spans a gap."""
        if self.longest:
            return is_gap(self.longest, length)
        return self.reopened and length > 1


class _Run:
    """A run while it is recorded.

    Attributes:
        number: of the last update.
        clients: how far each has come.
        before: each plot as it stood with the last update that has it.
        bookings: of each plot, likewise.
        seen: number of that update, likewise.
        others: the bytes of what is no histogram, likewise.
        counts: live rows in the file, by plot.
        indexed: number of the update with which it was indexed.
        at: when the last update was made, unix time, s.
    """

    def __init__(self) -> None:
        self.number = self.indexed = 0
        self.at = 0.0
        self.clients: dict[str, _Client] = {}
        self.before: dict[str, Histogram] = {}
        self.bookings: dict[str, Booking] = {}
        self.seen: dict[str, int] = {}
        self.others: dict[str, bytes] = {}
        self.counts: dict[str, int] = {}


class Recorder:
    """Records one source.

    Args:
        folder: where ``run-N.sqlite`` and ``index.db`` stand, on local disk; made when
            missing.
        source: the source as a person names it.
        limits: how much is kept.
        clock: unix time, s.

    Attributes:
        folder: as given.
        trouble: why something is not recorded, in a sentence; "" while all is.
        holds: this recorder has the lease; None until that is known.
        windows: of how many of its last lumisections an element is judged, by path.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.trouble = ""
        self.holds: bool | None = None
        self.windows: Mapping[str, int] = {}
        self.folder = folder
        # as SQLite can keep it
        name = whole_name(source).encode(errors="backslashreplace")
        self._source = name.decode()
        self._limits = limits or Limits()
        self._clock = clock
        self._began = clock() - time.monotonic()
        self._holder = f"{_place()} {os.getpid()} {uuid.uuid4().hex[:8]}"
        self._said: set[str] = set()
        # what waits for the thread
        self._lock = threading.Lock()
        self._notes: deque[_Note] = deque()
        self._conditions: dict[int, Conditions] = {}
        self._over: set[int] = set()  # runs
        self._qualities: dict[tuple[int, str], RunQuality] = {}
        self._wake: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
        # what the thread has at hand
        self._index: Index | None = None
        self._runs: dict[int, _Run] = {}
        self._files: dict[int, RunFile] = {}
        self._latest: dict[tuple[int, str], _Note] = {}
        self._pending: deque[_Prepared] = deque()
        self._beat_at = 0.0
        self._failed = False
        # what was recorded last, for whoever asks; behind the lock
        self._recalled: list[Recalled] = []
        # files that whoever asks reads
        self._read: OrderedDict[tuple[int, int], RunFile] = OrderedDict()
        self._thread = threading.Thread(target=self._work, name="recorder")
        self._thread.start()

    # -- for whoever judges: nothing here waits for the thread ------------------

    def note(self, run: int, update: Update, items: Iterable[Item]) -> None:
        """Record an update of a client; never waits.

        Args:
            run: the run.
            update: the update.
            items: elements of that client as they stand now.
        """
        if self.holds is False:
            return  # another engine records them
        with self._lock:
            self._notes.append(_Note(run, update, tuple(items)))
            if len(self._notes) > KEPT_WAITING:
                self._cover_oldest()
        self._wake.put(_NEWS)

    def note_end(self, run: int) -> None:
        """Keep that a run that is recorded is over; never waits."""
        if self.holds is False:
            return
        with self._lock:
            self._over.add(run)
        self._wake.put(_NEWS)

    def note_conditions(self, run: int, conditions: Conditions) -> None:
        """Keep the conditions of a run; never waits."""
        with self._lock:
            self._conditions[run] = conditions

    def note_quality(self, runs: Iterable[RunQuality]) -> None:
        """Keep whether runs are good, as soon as this one records; never waits."""
        with self._lock:
            for each in runs:
                self._qualities[each.run, each.subsystem] = each
        self._wake.put(_NEWS)

    def take_recalled(self) -> list[Recalled]:
        """What an earlier engine recorded before this one came; each once."""
        with self._lock:
            found, self._recalled = self._recalled, []
        return found

    @property
    def waiting(self) -> int:
        """Updates that are not written yet."""
        with self._lock:
            return len(self._notes) + len(self._pending)

    def steps(self, run: int, path: str, lumisections: int) -> Sequence[Step]:
        """What the last updates of a plot added; see :meth:`RunFile.steps`."""
        return self._ask(run, lambda file: file.steps(path, lumisections)) or ()

    def has_lease(self) -> bool | None:
        """Ask the index whether this records just now.

        Returns:
            None where that cannot be told, or nobody does: as where nothing can be
            written.
        """
        try:
            with contextlib.closing(Index(self.folder / FILE, reading=True)) as index:
                if index.holder(self._source) == self._holder:
                    return True
                return False if index.is_held(self._source, self._clock()) else None
        except sqlite3.Error:
            return None

    def drain(self) -> None:
        """Wait until what was noted so far was recorded, or was tried to be."""
        done = threading.Event()
        self._wake.put(done)
        while self._thread.is_alive() and not done.wait(BEAT):
            pass

    def close(self) -> None:
        """Write what waits, give up the lease."""
        self._wake.put(None)
        self._thread.join()
        for file in self._read.values():
            file.close()
        self._read.clear()

    def _ask(self, run: int, question: Callable[[RunFile], T]) -> T | None:
        """The answer of a run's file; None where it has none, or cannot be read."""
        path = run_path(self.folder, run)
        try:
            inode = path.stat().st_ino
            file = self._read.pop((run, inode), None) or RunFile.read(path)
            self._read[run, inode] = file
            while len(self._read) > OPEN_RUNS:
                self._read.popitem(last=False)[1].close()
            answer = question(file)
        except (NotRecordedError, UnmadeRecordError, FileNotFoundError):
            return None
        except BROKEN as error:
            self._fail(
                f"the record of {run_words(run)} cannot be read: {path}: {error}"
            )
            return None
        if not self.holds and self.trouble and self._thread.is_alive():
            self._recover()  # who records has troubles of its own
        return answer

    def _cover_oldest(self) -> None:
        """Leave out the oldest update that is not the last one of its client."""
        first: dict[tuple[int, str], int] = {}
        for at, note in enumerate(self._notes):
            of = (note.run, note.update.client)
            if of in first:
                old = self._notes[first[of]]
                restarted = old.update.restarted or note.update.restarted
                update = msgspec.structs.replace(note.update, restarted=restarted)
                covers = old.covers + note.covers
                self._notes[at] = note._replace(update=update, covers=covers)
                del self._notes[first[of]]
                return
            first[of] = at

    # -- the thread -------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._record()
        except Exception as error:  # noqa: BLE001 - a bug: nobody else would say it
            _log.exception("the recorder ends")
            self._fail(f"nothing more is recorded: {error!r}")

    def _record(self) -> None:
        going = True
        while going:
            self._beat()
            asked: threading.Event | None = _NEWS
            with contextlib.suppress(queue.Empty):
                wait = self._beat_at - time.monotonic()
                asked = self._wake.get(timeout=max(wait, 0.0))
            going = asked is not None
            if self.holds:
                self._failed = False
                try:
                    self._take_notes()
                    self._keep_qualities()
                    written = self._write()
                    ended = self._keep_ends()
                    if (written or ended) and not self._failed:
                        self._recover()
                except FREAKS as error:  # a bug: what comes next is recorded
                    _log.exception("the recorder fails")
                    self._fail(f"an update is not recorded: {error}")
            if asked is not None:
                asked.set()
        self._end()

    def _beat(self) -> None:
        """Keep the lease, or take it, if it is time to."""
        now = time.monotonic()
        if now < self._beat_at:
            return
        self._beat_at = now + BEAT
        path = self.folder / FILE
        try:
            self._miss_removed(path)
            index = self._opened_index()
            holder = index.holder(self._source)
            if _has_ended(holder):
                index.release(self._source, holder)
            holds = index.hold(self._source, self._holder, self._clock())
        except BROKEN as error:
            self._close_index()
            self._fail(f"it cannot be seen who records: {path}: {error}")
            if is_damage(error):
                self._set_aside(path, error)
                self._beat_at = 0.0
            return
        if holds and not self.holds:
            self.holds = True
            self._bound()
        elif not holds and self.holds is not False:
            self._stand_back()

    def _opened_index(self) -> Index:
        if self._index is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._index = Index(self.folder / FILE)
        return self._index

    def _miss_removed(self, index: Path) -> None:
        """Begin again what somebody removed: what is written to it would be lost."""
        if self._index is not None and not index.exists():
            self._close_index()
        for run, file in list(self._files.items()):
            if not file.path.exists():
                words = "it was removed, and is begun again with what the plots hold"
                self._fail(f"the record of {run_words(run)}: {file.path}: {words}")
                self._begin_again(run)

    def _stand_back(self) -> None:
        """Another engine records: keep nothing of it here."""
        self.holds = False
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._runs.clear()
        self._latest.clear()
        self._pending.clear()
        with self._lock:
            self._notes.clear()
            self._recalled.clear()

    def _take_notes(self) -> None:
        waits: list[_Note] = []  # of runs whose files fail: other runs go on
        try:
            while True:
                with self._lock:
                    if not self._notes:
                        return
                    note = self._notes.popleft()
                if any(each.run == note.run for each in waits):
                    waits.append(note)
                    continue
                try:
                    self._prepare(note)
                except OtherSourceError as error:
                    self._fail(str(error))
                except BROKEN as error:
                    waits.append(note)
                    path = run_path(self.folder, note.run)
                    words = f"{run_words(note.run)} is not recorded"
                    self._fail(f"{words}: {path}: {error}")
                    damaged = is_damage(error) or isinstance(error, DamagedRecordError)
                    if damaged and self._set_aside(path, error):
                        self._forget(note.run)
        finally:
            with self._lock:  # tried again with the next, or the next heart-beat
                self._notes.extendleft(reversed(waits))

    def _run(self, number: int) -> _Run:
        """A run that is recorded, begun or taken up again.

        Raises:
            OtherSourceError: a record of that run is of another source.
            sqlite3.Error, OSError: there is a file that cannot be opened.
            DamagedRecordError: it holds what was not written.
        """
        found = self._runs.get(number)
        if found is not None:
            return found
        found = _Run()
        path = run_path(self.folder, number)
        if path.exists():
            if not path.stat().st_size:  # as a crash of the machine may leave it
                words = "it was empty, and is begun again with what the plots hold"
                self._fail(f"the record of run {number}: {path}: {words}")
            file = self._file(number)
            last = file.last_moment()
            found.number = found.indexed = 0 if last is None else last.number
            found.counts = file.live_counts()
            found.others = file.packed_others()
            for client in file.clients():
                found.clients[client] = _Client(file.moments(client))
        self._runs[number] = found
        if len(self._runs) > _RUNS_AT_ONCE:
            # not the one that begins: of a wrong higher number there may be two
            self._close_run(min(run for run in self._runs if run != number))
        self._bound()
        return found

    def _file(self, number: int) -> RunFile:
        file = self._files.get(number)
        if file is None:
            path = run_path(self.folder, number)
            file = RunFile.write(path, number, self._source, self._holder)
            self._files[number] = file
        return file

    def _prepare(self, note: _Note) -> None:
        """Take the differences of an update to what was before, and pack them."""
        run, update = self._run(note.run), note.update
        client = run.clients.setdefault(update.client, _Client())
        plots = {
            item.path: item
            for item in note.items
            if isinstance(item.element, Histogram)
        }
        before = {path: self._before(note.run, run, path) for path in plots}
        first = min(client.last + 1, update.last)
        length = update.last - first + 1
        restarted = update.restarted or _most_began_again(plots.values(), before)
        each = -(-length // note.covers)  # lumisections of one of those it covers
        gap = bool(client.last) and not restarted and client.is_gap(each)
        moment = Moment(
            number=run.number + 1,
            client=update.client,
            first=first,
            last=update.last,
            at=update.at,
            events=_events_gained(update, client, restarted=restarted),
            mark=_mark(restarted=restarted and bool(client.last), gap=gap),
        )
        rows, idle = [], True
        for path, item in plots.items():
            # what it gained while it was not seen is of all those updates
            missed = run.seen.get(path, client.number) != client.number
            try:
                path.encode()  # SQLite keeps nothing that is no text
                row, moved = _packed(
                    *(item, before[path], run.bookings.get(path)),
                    restarted=restarted,
                    gap=gap or missed,
                )
                _ = row.booking.digest  # that it has one
            except FREAKS as error:  # of one plot: the others are recorded
                self._fail(f"{path} is not recorded: {error}")
                continue
            if missed and not row.begins.whole:
                row = row._replace(first=run.seen[path] + 1)
            idle &= not moved
            rows.append(row)
        others = self._others(note, run)
        idle = idle and update.last <= client.last and not others
        if client.unread:
            client.unread = False
            self._recall(note.run, update, moment, () if idle else rows)
        if idle:
            return  # the same once more
        run.number, run.at = moment.number, update.at
        client.last, client.events, client.reopened = update.last, update.events, False
        client.number = moment.number
        if not moment.mark and moment.number > 1 and first > 1:
            client.longest = max(client.longest, each)
        run.others.update(others)
        for row in rows:
            element = plots[row.path].element
            assert isinstance(element, Histogram)
            run.before[row.path] = element
            run.bookings[row.path] = row.booking
            run.seen[row.path] = moment.number
        # without what was gained: that holds each plot as it stood before
        items = tuple(item._replace(gained=None) for item in note.items)
        self._latest[note.run, update.client] = note._replace(items=items)
        self._pending.append(_Prepared(note.run, moment, rows, others))

    def _others(self, note: _Note, run: _Run) -> list[tuple[str, bytes]]:
        """What changed of a client's elements besides the contents of histograms."""
        found = []
        for item in note.items:
            try:
                data = encode_other(item.element, item.qualities)
            except FREAKS as error:  # of one plot: the others are recorded
                self._fail(f"{item.path} is not recorded: {error}")
                continue
            if data != run.others.get(item.path, NOTHING):
                found.append((item.path, data))
        return found

    def _before(self, number: int, run: _Run, path: str) -> Histogram | None:
        """A plot as it stood with the last update that has it, if there is one."""
        found = run.before.get(path)
        file = self._files.get(number)
        if found is not None or file is None or path not in run.counts:
            return found
        try:
            return file.cumulative(path).histogram
        except NotRecordedError:
            return None
        except DamagedRecordError as error:
            self._fail(f"{path} is begun again in run {number}: {file.path}: {error}")
            return None  # what comes now is whole: it needs nothing of that

    def _recall(
        self, number: int, update: Update, moment: Moment, rows: Iterable[PackedRow]
    ) -> None:
        """Hand what an earlier engine recorded, and this update, to who judges."""
        file = self._file(number)
        try:
            steps = file.recent(update.client, KEPT)
            for path, lumisections in self.windows.items():
                if path in steps and lumisections > KEPT:
                    steps[path] = file.steps(path, lumisections)
        except DamagedRecordError as error:  # recording needs nothing of that
            words = f"{update.client} is judged without its updates before"
            self._fail(f"{words}: {file.path}: {error}")
            return
        first, last = moment.first or None, moment.last or None
        for row in rows:
            kept = steps.setdefault(row.path, [])
            if row.begins:
                kept.clear()
            if not row.begins.whole:
                kept.append(Step(row.data, first, last, moment.events))
        recalled = Recalled(number, update.last or None, update.events, steps)
        with self._lock:
            self._recalled.append(recalled)

    def _write(self) -> bool:
        """Write what is packed, each run in order; what cannot be written waits.

        Returns:
            Whether anything was written.
        """
        written = False
        fails: set[int] = set()  # runs
        while found := [each for each in self._pending if each.run not in fails]:
            first = found[0]
            try:
                self._file(first.run).add(first.moment, first.rows, first.others)
                self._pending.remove(first)
                written = True
                self._settle(first)
            except OtherWriterError:
                self._stand_back()
                return written
            except OtherSourceError as error:
                self._fail(str(error))
                self._pending.remove(first)
            except BROKEN as error:
                self._cannot_write(first.run, error)
                fails.add(first.run)
            except FREAKS as error:
                _log.exception("an update cannot be written")
                self._fail(
                    f"an update of {run_words(first.run)} is not recorded: {error}"
                )
                self._pass_over(first)
                return written
        return written

    def _keep_ends(self) -> bool:
        """Keep which runs are over, once something of them is written.

        What cannot be kept is tried again.

        Returns:
            Whether any was kept.
        """
        with self._lock:
            over = tuple(self._over)
        kept = False
        for run in over:
            path = run_path(self.folder, run)
            try:
                if not self.holds or not path.exists():
                    continue
                self._file(run).keep_end()
                kept = True
            except OtherWriterError:
                self._stand_back()
                return kept
            except OtherSourceError as error:
                self._fail(str(error))
            except BROKEN as error:
                self._fail(f"the end of {run_words(run)} is not kept: {path}: {error}")
                continue
            with self._lock:
                self._over.discard(run)
        return kept

    def _pass_over(self, freak: _Prepared) -> None:
        """Leave out an update that can never be written; what comes next covers it."""
        run, moment = freak.run, freak.moment
        note = self._latest.get((run, moment.client))
        if note is not None and note.update.last == moment.last:
            del self._latest[run, moment.client]
        self._begin_again(run)

    def _cannot_write(self, run: int, error: Exception) -> None:
        path = run_path(self.folder, run)
        self._fail(f"{run_words(run)} is not recorded: {path}: {error}")
        damaged = is_damage(error) or isinstance(error, sqlite3.IntegrityError)
        if is_damage(error) and not self._set_aside(path, error):
            return
        if damaged or sum(each.size for each in self._pending) > KEPT_BYTES:
            self._begin_again(run, at_once=damaged)

    def _begin_again(self, run: int, *, at_once: bool = True) -> None:
        """Record what the plots hold as one step, once that can be."""
        notes = [note for key, note in self._latest.items() if key[0] == run]
        self._forget(run)
        with self._lock:
            self._notes.extendleft(reversed(notes))
        if at_once and notes:
            self._wake.put(_NEWS)

    def _settle(self, written: _Prepared) -> None:
        """What is to be done once an update is written: put rows together, index."""
        run = self._runs.get(written.run)
        if run is None:
            return
        file = self._file(written.run)
        enough = KEPT_LIVE + BLOCK
        if self.waiting > BEHIND:
            enough += 4 * BLOCK
        for row in written.rows:
            count = run.counts[row.path] = run.counts.get(row.path, 0) + 1
            # not all plots at once
            if count >= enough + zlib.crc32(row.path.encode()) % BLOCK:
                try:
                    run.counts[row.path] -= file.compact(row.path)
                except FREAKS as error:
                    run.counts[row.path] = -(1 << 30)  # once is enough
                    self._fail(f"{file.path}: {row.path}: {error}")
        if written.others and written.moment.number % BLOCK == 0:
            file.thin_others()
        if run.number - run.indexed >= INDEXED_EVERY:
            self._keep_index(written.run, run)

    def _keep_index(self, number: int, run: _Run) -> None:
        """Keep the numbers of a run's plots, and its conditions."""
        run.indexed = run.number
        with self._lock:
            conditions = self._conditions.get(number)
        try:
            index = self._opened_index()
            index.keep_run(number, self._source, run.at, conditions)
            index.keep(
                row
                for path, histogram in run.before.items()
                for row in quantities(
                    path, number, histogram, run.bookings[path].digest
                )
            )
        except (*BROKEN, *FREAKS) as error:
            self._close_index()
            self._fail(f"numbers of run {number} are not kept: {error}")
            if is_damage(error) and self._set_aside(self.folder / FILE, error):
                run.indexed -= INDEXED_EVERY  # with the next update
                self._beat_at = 0.0  # the lease stood there

    def _keep_qualities(self) -> None:
        with self._lock:
            rows = tuple(self._qualities.values())
        if not rows:
            return
        try:
            self._opened_index().keep_good(rows)
        except BROKEN as error:
            self._close_index()
            self._fail(f"which runs are good is not kept: {error}")
            return
        with self._lock:  # what was said meanwhile stays
            for each in rows:
                if self._qualities.get((each.run, each.subsystem)) is each:
                    del self._qualities[each.run, each.subsystem]

    def _close_run(self, number: int) -> None:
        run = self._runs.get(number)
        if run is not None and run.number > run.indexed:
            self._keep_index(number, run)
        self._forget(number)

    def _forget(self, number: int) -> None:
        """Forget how far a run was recorded: its file is asked again."""
        self._runs.pop(number, None)
        file = self._files.pop(number, None)
        if file is not None:
            file.close()
        kept = [each for each in self._pending if each.run != number]
        self._pending = deque(kept)
        for key in [key for key in self._latest if key[0] == number]:
            del self._latest[key]

    def _bound(self) -> None:
        """Remove the oldest runs beyond the limits.

        Where the clock was set since this recorder began, nobody knows how old a run
        is: only those beyond the limit by size go then.
        """
        try:
            sizes = {
                run: (path.stat().st_mtime, _size(path), path)
                for run, path in recorded_runs(self.folder).items()
            }
        except OSError:
            return  # somebody else removes them
        total = sum(size for _, size, _ in sizes.values())
        oldest = self._clock() - self._limits.days * 86400
        jumped = self._clock() - time.monotonic() - self._began
        if abs(jumped) >= CLOCK_JUMPED:
            oldest = -math.inf
            words = "the clock was set by %.0f h: no record is removed for its age"
            _log.warning(words, jumped / 3600)
        newest = max(sizes, default=0)
        for run, (written, size, path) in sorted(
            sizes.items(), key=lambda each: each[1][0]
        ):
            if total <= self._limits.bytes and written >= oldest:
                return
            if run in self._runs or run == newest:
                continue
            try:
                remove(path)
                if self._index is not None:
                    self._index.forget_run(run)
            except BROKEN as error:
                words = f"the old run {run_number(run)} cannot be removed"
                self._fail(f"{words}: {path}: {error}")
                return
            total -= size
            _log.info("the record of run %d is removed: %s", run, path)

    def _set_aside(self, path: Path, error: Exception) -> bool:
        file = next((each for each in self._files.values() if each.path == path), None)
        if file is not None:
            self._files.pop(file.run).close()
        try:
            set_aside(path, error)
        except OSError as refused:
            self._fail(f"{path} is damaged and cannot be set aside: {refused}")
            return False
        return True

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _end(self) -> None:
        for number in sorted(self._runs):
            self._close_run(number)
        try:
            if self._index is not None and self.holds:
                self._index.release(self._source, self._holder)
        except BROKEN as error:
            self._fail(f"the lease is not given up: {error}")
        self._close_index()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _recover(self) -> None:
        self._said.clear()
        self.trouble = ""

    def _fail(self, words: str) -> None:
        self._failed = True
        words = escaped(words, lines=False)  # a name that is no text cannot be sent
        if words not in self._said:
            self._said.add(words)
            _log.warning("%s", words)
        self.trouble = words


def _place() -> str:
    """Where the number of a process means this process: the machine, the container."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()}/{space}"


def _has_ended(holder: str) -> bool:
    """Tell whether a holder is known to have ended: nobody has to wait for it."""
    place, _, rest = holder.partition(" ")
    number = rest.partition(" ")[0]
    if place != _place() or not number.isdecimal() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False  # somebody else's
    return False


def _packed(
    item: Item,
    before: Histogram | None,
    booked: Booking | None,
    *,
    restarted: bool,
    gap: bool,
) -> tuple[PackedRow, bool]:
    """What a plot gained, packed, and whether that is anything."""
    now, gained = item.element, item.gained
    assert isinstance(now, Histogram)
    if (
        gained is not None
        and gained.before is before
        and booked is not None
        and not restarted
    ):
        begins = Begins.GAP if gap else Begins.NOT
        return PackedRow(item.path, booked, begins, gained.data), gained.moved
    begins = _begins(item, now, before, restarted=restarted, gap=gap)
    if before is None or begins.whole:
        increment = whole(now)
    else:
        increment = difference(now, before)
        # it was filled past what it held before, or that was no number
        if fell(increment) or (
            _is_lost(increment.contents) and not _is_lost(now.contents)
        ):
            begins, increment = Begins.EMPTIED, whole(now)
    booking = Booking.of(now)
    if booked is not None and booked.digest == booking.digest:
        booking = booked
    row = PackedRow(item.path, booking, begins, pack([increment]))
    if begins.whole:  # one that is filled each time may hold the same once more
        return row, item.accumulates or before is None or not _same(now, before)
    return row, bool(increment.entries) or bool(increment.contents.any())


def _is_lost(contents: Array) -> bool:
    with np.errstate(all="ignore"):
        return not np.isfinite(contents.sum())


def _same(now: Histogram, before: Histogram) -> bool:
    return now.entries == before.entries and np.array_equal(
        now.contents, before.contents
    )


def _begins(
    item: Item,
    now: Histogram,
    before: Histogram | None,
    *,
    restarted: bool,
    gap: bool,
) -> Begins:
    if before is None:
        return Begins.RUN
    if not item.accumulates:
        return Begins.EMPTIED
    if restarted:
        return Begins.RESTART
    if not same_booking(now, before):
        return Begins.REBOOKED
    if began_again(now, before):
        return Begins.EMPTIED
    return Begins.GAP if gap else Begins.NOT


def _most_began_again(
    plots: Iterable[Item], before: dict[str, Histogram | None]
) -> bool:
    """Tell whether a client was restarted: most of what accumulates fell."""
    fell = compared = 0
    for path, now in ((item.path, item.element) for item in plots if item.accumulates):
        then = before[path]
        if then is not None and isinstance(now, Histogram):
            compared += 1
            fell += began_again(now, then)
    return 2 * fell > compared


def _mark(*, restarted: bool, gap: bool) -> str:
    if restarted:
        return Begins.RESTART.words
    return Begins.GAP.words if gap else ""


def _events_gained(update: Update, client: _Client, *, restarted: bool) -> float | None:
    if update.events is None:
        return None
    if restarted or not client.last:
        return update.events
    if client.events is None or update.events < client.events:
        return None
    return update.events - client.events


def _size(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
