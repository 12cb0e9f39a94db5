"""What an engine keeps across restarts: verdicts, conditions, and content last seen.

It stands in an SQLite file on local disk, in the user's state folder, or with the
recorded runs where all users of a machine share those: killed at any moment, engine or
console, it holds all that was committed. Of several engines on one source the one that
records it writes the transitions, and decides about alarms; the others keep their
transitions at hand, and one that takes over writes those that the engine before it did
not. All of them tell the alarms that stand here, whichever decided. It is read when a
source is opened, and written by a thread of its own, so that judging never waits for a
disk. Each change of a status is a row; the present verdict and its onset are found in
the last rows. What a row does not say about the strip of a run stands in `told`; the
conditions of a run stand in `lumisections`; alarms, each with what decides how it goes
on, in `alarm`, where the number of a row (``rowid``) grows whenever it is written: by
that each engine finds what is new, and overwrites nothing that it has not read. Rows go
after `KEPT_DAYS`, and the oldest beyond `KEPT_ROWS`.
How the last runs came to be what they are is read back by the thread, once, in
:meth:`Memory.take_history`.

What cannot be read or written is said once, in the log and by :attr:`Memory.trouble`;
a file that is damaged is set aside.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import queue
import sqlite3
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.engine.grouping import Row, in_one_row
from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.verdict import JUDGED, LastVerdict, Status
from dqmconsole.model.words import counted
from dqmconsole.recording.database import (
    is_damage,
    open_reading,
    open_writing,
    set_aside,
    transaction,
)
from dqmconsole.recording.index import BEAT, LEASE
from dqmconsole.recording.run_file import whole_name
from dqmconsole.sources.clients import KeptContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dqmconsole.model.alarm import Alarm

    _Row = tuple[str, tuple[object, ...]]

_log = logging.getLogger(__name__)
FILE = "onsets.sqlite"
KEPT_DAYS = 14
KEPT_ROWS = 200_000
FORGETS_EVERY = 6 * 3600.0  # s, of an engine that goes on
CLOCK_JUMPED = 3600.0  # s by which the clock differs from what passed
KEPT_WAITING = 20_000  # rows that could not be written yet
TOLD_ROWS = 10_000  # of each kind, to a console that opens the source
TOLD_ALARMS = 1_000
LONGEST = 300  # letters of a sentence
FOLLOWS = 0.5  # s between two looks for the alarms of the engine that decides
_TABLES = """
CREATE TABLE IF NOT EXISTS transition (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL,
    run INTEGER NOT NULL, status TEXT NOT NULL, since INTEGER, began REAL);
CREATE INDEX IF NOT EXISTS by_source ON transition (source, id);
CREATE TABLE IF NOT EXISTS content (
    source TEXT NOT NULL, client TEXT NOT NULL, at REAL NOT NULL,
    digest TEXT NOT NULL, repeats INTEGER NOT NULL, PRIMARY KEY (source, client));
CREATE TABLE IF NOT EXISTS told (
    transition INTEGER PRIMARY KEY, lumisection INTEGER, sentence TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lumisections (
    source TEXT NOT NULL, run INTEGER NOT NULL, first INTEGER NOT NULL,
    watched INTEGER NOT NULL, at REAL NOT NULL, fact BLOB NOT NULL,
    PRIMARY KEY (source, run, first, watched));
CREATE TABLE IF NOT EXISTS alarm (
    source TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, row BLOB NOT NULL,
    PRIMARY KEY (source, id));
"""


class Onset(msgspec.Struct, frozen=True, gc=False):
    """The status of a plot, and since when it holds.

    Attributes:
        run: the run in which it was.
        status: the status.
        since: lumisection since which it holds, or None.
        began: unix time since which it holds, s, or None.
        last: what the plot was judged before, while it is not judged.
    """

    run: int
    status: Status
    since: int | None = None
    began: float | None = None
    last: LastVerdict | None = None


class _Kept(NamedTuple):
    """An alarm that is to be kept, and the number of the row that it goes on from."""

    id: str
    row: bytes
    number: int


class _Noted(NamedTuple):
    """A change of status that is to be kept."""

    key: str
    onset: Onset
    at: float
    told: TransitionFact | None

    @property
    def state(self) -> tuple[int, str, int | None]:
        """What it became, as it is stored."""
        return self.onset.run, self.onset.status.value, self.onset.since


class Memory:
    """The memory of one source.

    Args:
        folder: where the file stands; made when missing.
        source: the source as a person names it.
        has_lease: tells whether this engine is the one of the source that writes; None
            where that cannot be seen. Left out: it writes.

    Attributes:
        onsets: how the plots stood when the source was last judged, by key.
        rows: the alarms that were kept, the oldest first.
        decides: this engine is the one to say which alarms there are, and all that
            was kept when it became that was given to :meth:`take_others`.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        has_lease: Callable[[], bool | None] = lambda: True,
    ) -> None:
        self._unread = self._unwritten = self._unfit = ""
        self._has_lease = has_lease
        self._unseen = time.monotonic()  # since when nobody can see who writes
        self._path = folder / FILE
        self._source = whole_name(source)
        self._rows: queue.SimpleQueue[_Noted | _Kept | _Row | None] = (
            queue.SimpleQueue()
        )
        self._standing_by: deque[_Noted] = deque(maxlen=KEPT_WAITING)
        self._alarms_by: dict[str, _Kept] = {}  # not written yet, by id
        self._others: queue.SimpleQueue[tuple[int, Row]] = queue.SimpleQueue()
        self._newest = 0  # number of the last row of an alarm that was read
        self._own: dict[str, int] = {}  # numbers of the rows that this one wrote, by id
        self._writing: dict[str, int] = {}  # of those that are not committed yet
        self._known: dict[str, int] = {}  # and of those that were taken
        self._contents: dict[str, KeptContent] = {}
        self._history: History | None = None
        self.onsets: dict[str, Onset] = {}
        self.rows: tuple[Row, ...] = ()
        self.decides = False
        self.decides = self._writes()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._read()
        except (OSError, sqlite3.Error, ValueError) as error:
            self._miss(f"{self._path}: {error}")
        self._thread = threading.Thread(
            target=self._write, args=(self.decides,), name="engine memory"
        )
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why nothing is kept, or what was kept is not known; "" while all is well."""
        return "; ".join(filter(None, (self._unwritten, self._unfit, self._unread)))

    @property
    def is_whole(self) -> bool:
        """All that was kept is known."""
        return not self._unread

    def recall(self, client: str) -> KeptContent | None:
        """What was kept of a client's content."""
        return self._contents.get(client)

    def keep(self, client: str, content: KeptContent) -> None:
        """Keep this of a client's content; never waits."""
        self._rows.put(
            (
                "INSERT OR REPLACE INTO content (source, client, at, digest, repeats)"
                " VALUES (?, ?, ?, ?, ?)",
                (self._source, client, time.time(), content.digest, content.repeats),
            )
        )

    def note(
        self, key: str, onset: Onset, transition: TransitionFact | None = None
    ) -> None:
        """Keep that the status of a plot changed; never waits.

        Args:
            key: the plot.
            onset: how it stands now.
            transition: the change as consoles are told of it, or None.
        """
        at = time.time() if transition is None else transition.at
        self._rows.put(_Noted(key, onset, at, transition))

    def note_lumisections(self, fact: LumisectionsFact) -> None:
        """Keep the conditions of some lumisections; never waits."""
        self._rows.put(
            (
                "INSERT OR REPLACE INTO lumisections"
                " (source, run, first, watched, at, fact) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(self._source, fact.run, fact.first, int(fact.watched)),
                    *(time.time(), msgspec.json.encode(fact)),
                ),
            )
        )

    def keep_rows(self, rows: Iterable[Row]) -> None:
        """Keep alarms as they stand; never waits."""
        for row in rows:
            try:
                encoded = msgspec.msgpack.encode(row)
            except (ValueError, OverflowError) as error:
                self._leave_out(error)
                continue
            name = row.alarm.id
            self._rows.put(_Kept(name, encoded, self._known.get(name, 0)))

    def take_others(self) -> list[Row]:
        """The alarms as other engines have kept them since; never waits."""
        found = {}
        with contextlib.suppress(queue.Empty):
            while True:
                number, row = self._others.get_nowait()
                self._known[row.alarm.id] = number
                found[row.alarm.id] = row
        return list(found.values())

    def take_history(self) -> History | None:
        """What was kept of the last runs, once it is read; then no more."""
        history, self._history = self._history, None
        return history

    def close(self) -> None:
        """Write what waits."""
        self._rows.put(None)
        self._thread.join()

    def _read(self) -> None:
        try:
            self._read_kept()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise  # locked, or not readable
            aside = set_aside(self._path, error)
            self._miss(f"{self._path} was damaged, and is now {aside.name}")

    def _read_kept(self) -> None:
        with contextlib.closing(self._open()) as connection:
            for key, run, status, since, began in connection.execute(
                "SELECT key, run, status, since, began FROM transition"
                " WHERE source = ? ORDER BY id",
                (self._source,),
            ):
                known = _status(status)
                if known is not None:
                    row = Onset(run, known, since, began)
                    self.onsets[key] = after(self.onsets.get(key), row)
            for client, digest, repeats in connection.execute(
                "SELECT client, digest, repeats FROM content WHERE source = ?",
                (self._source,),
            ):
                self._contents[client] = KeptContent(digest, repeats)
            self._newest = _newest(connection)
            found = sorted(self._alarms(connection), key=lambda row: row.alarm.began)
            self.rows = tuple(in_one_row(found))

    def _open(self) -> sqlite3.Connection:
        """Open the file for reading: where nothing can be written, too."""
        try:
            return self._connect()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
            return open_reading(self._path)

    def _connect(self) -> sqlite3.Connection:
        return open_writing(self._path, _TABLES)

    def _write(self, wrote: bool) -> None:
        """What the thread does.

        Args:
            wrote: this engine was the one to write when it began.
        """
        self._read_history()
        rows: list[_Noted | _Row] = []
        connection: sqlite3.Connection | None = None
        ends, writes = False, wrote
        forgot = -math.inf
        clock = time.time() - time.monotonic()
        while not ends:
            ends = self._take(rows, writes=writes)
            writes = self._writes()
            if not (writes and wrote):
                # some of it may be from before this engine was the one to write
                self._standing_by += [e for e in rows if isinstance(e, _Noted)]
                rows = [e for e in rows if not isinstance(e, _Noted)]
            wrote = wrote and writes
            try:
                if connection is None:
                    connection = self._connect()
                if time.monotonic() - forgot >= FORGETS_EVERY:
                    jumped = time.time() - time.monotonic() - clock
                    self._forget(connection, by_age=abs(jumped) < CLOCK_JUMPED)
                    forgot = time.monotonic()
                self._follow(connection)
                self.decides = writes
                self._commit(connection, rows, writes=writes)
                self._unwritten = ""
                rows.clear()
                self._alarms_by.clear()
                if writes:
                    self._standing_by.clear()
                    wrote = True
            except (OSError, sqlite3.Error) as error:
                self._fail(error)
                self.decides = writes
                del rows[:-KEPT_WAITING]  # the rest is tried again
        if connection is not None:
            connection.close()

    def _commit(
        self,
        connection: sqlite3.Connection,
        rows: list[_Noted | _Row],
        *,
        writes: bool,
    ) -> None:
        """Write what waits in one transaction, without what no file can hold."""
        if not (rows or self._alarms_by or (writes and self._standing_by)):
            return
        self._writing.clear()
        with transaction(connection):
            missed = self._missed(connection) if writes else []
            for each in (*missed, *self._alarms_by.values(), *rows):
                try:
                    self._put(connection, each)
                except (ValueError, OverflowError) as error:  # no text, no such number
                    self._leave_out(error)
        self._own |= self._writing

    def _follow(self, connection: sqlite3.Connection) -> None:
        """Find the alarms that other engines have kept since."""
        if _newest(connection) < self._newest:  # the file is another one
            self._newest = 0
        for number, name, row in connection.execute(
            "SELECT rowid, id, row FROM alarm WHERE source = ? AND rowid > ?"
            " ORDER BY rowid",
            (self._source, self._newest),
        ):
            self._newest = number
            if number != self._own.get(name):
                decoded = _kept_row(row)
                if decoded is not None:
                    self._others.put((number, decoded))

    def _take(self, rows: list[_Noted | _Row], *, writes: bool) -> bool:
        """Wait for what is to be written, and add it; tell whether no more comes."""
        patience = BEAT if writes else FOLLOWS
        with contextlib.suppress(queue.Empty):
            taken = self._rows.get(timeout=patience)
            while taken is not None:
                if isinstance(taken, _Kept):
                    self._alarms_by[taken.id] = taken  # as it stands now
                else:
                    rows.append(taken)
                taken = self._rows.get_nowait()
            return True
        return False

    def _writes(self) -> bool:
        """Tell whether this engine writes the transitions now."""
        found, now = self._has_lease(), time.monotonic()
        if found is None:  # nobody can see who: rather twice than never
            return self.decides or now - self._unseen > LEASE
        self._unseen = now
        return found

    def _put(self, connection: sqlite3.Connection, row: _Noted | _Kept | _Row) -> None:
        if isinstance(row, _Kept):
            self._put_alarm(connection, row)
            return
        if not isinstance(row, _Noted):
            connection.execute(*row)
            return
        number = connection.execute(
            "INSERT INTO transition (at, source, key, run, status, since, began)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.at, self._source, row.key, *row.state, row.onset.began),
        ).lastrowid
        if row.told is not None:
            connection.execute(
                "INSERT OR REPLACE INTO told (transition, lumisection, sentence)"
                " VALUES (?, ?, ?)",
                (number, row.told.lumisection, row.told.sentence[:LONGEST]),
            )

    def _put_alarm(self, connection: sqlite3.Connection, row: _Kept) -> None:
        """Write an alarm, unless another engine wrote it in between: that is read."""
        found = connection.execute(
            "SELECT rowid FROM alarm WHERE source = ? AND id = ?",
            (self._source, row.id),
        ).fetchone()
        if found is None or found[0] <= max(row.number, self._own.get(row.id, 0)):
            number = connection.execute(
                "INSERT OR REPLACE INTO alarm (source, id, at, row)"
                " VALUES (?, ?, ?, ?)",
                (self._source, row.id, time.time(), row.row),
            ).lastrowid
            assert number is not None
            self._writing[row.id] = number

    def _missed(self, connection: sqlite3.Connection) -> list[_Noted]:
        """What was noted while another engine wrote, and that did not write."""
        if not self._standing_by:
            return []
        mine: dict[str, list[_Noted]] = {}
        for each in self._standing_by:
            mine.setdefault(each.key, []).append(each)
        unknown = set(mine)
        for key, at, *state in connection.execute(
            "SELECT key, at, run, status, since FROM transition WHERE source = ?"
            " ORDER BY id DESC",
            (self._source,),
        ):
            if key not in unknown:
                continue
            unknown.remove(key)
            noted = mine[key]
            same = [n for n, each in enumerate(noted) if each.state == tuple(state)]
            if same:
                mine[key] = noted[same[-1] + 1 :]
            else:  # it was not seen here in the same lumisection
                mine[key] = [each for each in noted if each.at > at]
            if not unknown:
                break
        return sorted(itertools.chain(*mine.values()), key=lambda each: each.at)

    def _read_history(self) -> None:
        try:
            with contextlib.closing(self._open()) as connection:
                self._history = History(
                    tuple(reversed(list(self._transitions(connection)))),
                    tuple(reversed(list(self._lumisections(connection)))),
                    tuple(row.alarm for row in self.rows),
                )
        except (OSError, sqlite3.Error, ValueError) as error:
            self._fail(error)

    def _transitions(self, connection: sqlite3.Connection) -> Iterator[TransitionFact]:
        """The changes of status, newest first."""
        for at, key, run, status, since, lumisection, sentence in connection.execute(
            "SELECT at, key, run, status, since, lumisection, sentence FROM transition"
            " LEFT JOIN told ON told.transition = transition.id"
            " WHERE source = ? ORDER BY id DESC LIMIT ?",
            (self._source, TOLD_ROWS),
        ):
            # rows of a program that kept no lumisections have those of their onset
            reached = since if sentence is None else lumisection
            known = _status(status)
            if known is not None:
                yield TransitionFact(key, run, known, at, reached, sentence or "")

    def _lumisections(
        self, connection: sqlite3.Connection
    ) -> Iterator[LumisectionsFact]:
        """The conditions, newest first; a row that cannot be read is left out."""
        for (fact,) in connection.execute(
            "SELECT fact FROM lumisections WHERE source = ? ORDER BY rowid DESC"
            " LIMIT ?",
            (self._source, TOLD_ROWS),
        ):
            with contextlib.suppress(msgspec.MsgspecError):
                yield msgspec.json.decode(fact, type=LumisectionsFact)

    def _alarms(self, connection: sqlite3.Connection) -> Iterator[Row]:
        """The last alarms, in any order; of one that cannot be read it is said."""
        unread = 0
        for number, row in connection.execute(
            "SELECT rowid, row FROM alarm WHERE source = ? ORDER BY rowid DESC LIMIT ?",
            (self._source, TOLD_ALARMS),
        ):
            found = _kept_row(row)
            if found is not None:
                self._known[found.alarm.id] = number
                yield found
            else:
                unread += 1
        if unread:
            words = f"{counted(unread, 'alarm')} cannot be read, perhaps of a newer"
            self._miss(f"{self._path}: {words} program")

    def _forget(self, connection: sqlite3.Connection, *, by_age: bool) -> None:
        # by a clock that jumped nothing has an age
        oldest = time.time() - KEPT_DAYS * 86400 if by_age else -math.inf
        with transaction(connection):
            connection.execute(
                "DELETE FROM alarm WHERE at < ?"
                " AND rowid < (SELECT max(rowid) FROM alarm)",  # numbers grow
                (oldest,),
            )
            connection.execute("DELETE FROM transition WHERE at < ?", (oldest,))
            connection.execute("DELETE FROM content WHERE at < ?", (oldest,))
            connection.execute(
                "DELETE FROM transition WHERE id <="
                " (SELECT max(id) FROM transition) - ?",
                (KEPT_ROWS,),
            )
            connection.execute(
                "DELETE FROM told WHERE transition <"
                " (SELECT coalesce(min(id), 1e18) FROM transition)"
            )
            connection.execute("DELETE FROM lumisections WHERE at < ?", (oldest,))
            connection.execute(
                "DELETE FROM lumisections WHERE rowid <="
                " (SELECT max(rowid) FROM lumisections) - ?",
                (KEPT_ROWS,),
            )

    def _fail(self, error: Exception | str) -> None:
        if not self.trouble:
            _log.warning("%s: %s", self._path, error)
        self._unwritten = (
            f"onsets and alarms are not kept across restarts: {self._path}: {error}"
        )

    def _leave_out(self, error: Exception) -> None:
        """Take in that something cannot be kept, whatever is kept after it."""
        if not self.trouble:
            _log.warning("%s: left out: %s", self._path, error)
        self._unfit = f"some alarm is not kept across restarts: left out: {error}"

    def _miss(self, why: str) -> None:
        """Take in that something which was kept is not known."""
        _log.warning("%s", why)
        self._unread = (
            "not all is known of the alarms from before this engine: what is wrong "
            f"since then asks again, with a later beginning: {why}"
        )


def _kept_row(kept: bytes) -> Row | None:
    """An alarm as it was kept; None where that is none, or only a newer program's."""
    try:
        row = msgspec.msgpack.decode(kept, type=Row)
    except (msgspec.MsgspecError, TypeError, ValueError):  # it may be no bytes
        return None
    return row if row.alarm.members else None


def _status(word: str) -> Status | None:
    """A status by its word; None where only a newer program knows it."""
    try:
        return Status(word)
    except ValueError:
        return None


def _newest(connection: sqlite3.Connection) -> int:
    """The number of the row of an alarm that was written last."""
    (number,) = connection.execute("SELECT max(rowid) FROM alarm").fetchone()
    return number or 0


def after(before: Onset | None, new: Onset) -> Onset:
    """How a plot stands after its status became another, or was found again.

    A verdict that was only interrupted, by what cannot be judged, goes on from its
    own onset; what cannot be judged keeps the verdict before.

    Args:
        before: how it stood; None where nobody knows.
        new: run, status, and the onset if the status is new.
    """
    if before is None:
        return new
    judged = new.status in JUDGED
    if (before.run, before.status) == (new.run, new.status):
        return before
    was = before.last
    if before.status in JUDGED:
        was = LastVerdict(before.status, before.run, before.since, before.began)
    if not judged:
        return msgspec.structs.replace(new, last=was)
    if was is not None and (was.run, was.status) == (new.run, new.status):
        return msgspec.structs.replace(new, since=was.since, began=was.began)
    return new


def kept_alarms(file: Path) -> tuple[Alarm, ...]:
    """The alarms of all sources that stand in a file, the oldest first.

    One that cannot be read is left out.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    if not file.exists():
        words = f"{file}: no such file"
        raise FileNotFoundError(words)
    found = []
    try:
        with contextlib.closing(open_reading(file)) as connection:
            for (row,) in connection.execute("SELECT row FROM alarm"):
                kept = _kept_row(row)
                if kept is not None:
                    found.append(kept.alarm)
    except sqlite3.Error as error:
        words = f"{file}: {error}"
        raise OSError(words) from error
    return tuple(sorted(found, key=lambda each: each.began))
