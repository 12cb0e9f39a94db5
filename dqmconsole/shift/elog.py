"""What of the book goes to the elog: which console sends it, and from which thread."""

from __future__ import annotations

import collections
import logging
import threading
import uuid
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.record import ElogSent, Entry, HandOver, ShiftBegan
from dqmconsole.shift.alarms import ended_shifts
from dqmconsole.shift.elog_server import ElogServer, ElogTrouble, Wire, account_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.logbook.author import Author
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record, StoredFile
    from dqmconsole.model.site import ElogSettings
    from dqmconsole.shift.elog_server import Account

log = logging.getLogger(__name__)
FIRST_PAUSE = 5.0  # s until the next try; doubled after every failure
LONGEST_PAUSE = 300.0  # s
DEADLINE = 60.0  # s one question may take, however its answer trickles in
TAKEN_OVER_AFTER = 600.0  # s after which a newer shift of the host sends what waits
FILES_PATIENCE = 60.0  # s after which a record goes without the files it names
LOOK_EVERY = 10.0  # s between two looks while the book does not change

_SENT = uuid.UUID("0f6f7a52-5b0c-4a53-9f0e-8f1f0a7c2b11")


def unsent(logbook: Logbook) -> list[Record]:
    """The records that are to go to the elog and are not there, in order.

    Only what the book has saved goes.
    """
    there = {body.entry for _, body in logbook.of(ElogSent)}
    found = [record for record, body in logbook.of(Entry) if body.elog]
    found += [record for record, body in logbook.of(HandOver) if body.elog]
    waiting = [each for each in found if each.number and each.uid not in there]
    return sorted(waiting, key=lambda each: each.number)


def sender(logbook: Logbook, record: Record, now: float) -> str:
    """The shift whose console sends a record: every console finds the same.

    It is the shift that wrote it, while that goes on. When it ended, or the record
    waits for more than ten minutes (its console may be dead), it is the shift that
    began last on the same host and goes on; without one, the shift that wrote it.
    """
    over = ended_shifts(logbook)
    waits = now - record.at > TAKEN_OVER_AFTER
    if record.shift not in over and not waits:
        return record.shift
    going_on = [
        each.uid
        for each, _ in logbook.of(ShiftBegan)
        if each.uid not in over and _host_of(each.console) == _host_of(record.console)
    ]
    return going_on[-1] if going_on else record.shift


def _host_of(console: str) -> str:
    """The host in a record's "host:process"."""
    return console.partition(":")[0].partition(" ")[0]


class ElogDesk:
    """Hands to the elog what this console has to send, and notes what arrived.

    Args:
        start: starts the thread of a logbook; None: this console sends nothing.

    Attributes:
        trouble: why records are not sent, in words, or "".
        waiting: how many wait.
    """

    def __init__(self, start: Callable[[ElogSettings], ElogThread] | None) -> None:
        self._start = start
        self._settings: ElogSettings | None = None
        self._thread: ElogThread | None = None
        self.trouble = ""
        self.waiting = 0
        self._mine: set[str] = set()  # shifts that were begun at this console
        self._handed: set[str] = set()
        self._found: dict[str, Record] = {}
        self._asked: dict[str, float] = {}
        self._looked = (0, -1)
        self._looked_at = 0.0

    def use(self, settings: ElogSettings | None) -> None:
        """Send to this logbook from now on; None: to none."""
        if settings == self._settings:
            return
        self.close()
        self._settings = settings
        if settings is not None and self._start is not None:
            self._thread = self._start(settings)

    def look(
        self,
        logbook: Logbook,
        author: Author,
        file: Callable[[str], StoredFile | None],
        now: float,
    ) -> bool:
        """Send what is new, note what arrived; never waits.

        Args:
            logbook: all records.
            author: notes what arrived.
            file: a file of the book by its hash; None until it came.
            now: unix time, s.

        Returns:
            Whether `trouble` or `waiting` changed.
        """
        if self._thread is None:
            return False
        before = (self.trouble, self.waiting)
        self._mine.add(author.signature.shift)
        news = self._thread.take()
        for sent in news.sent:
            self._note(logbook, author, sent)
        looked = (id(logbook), logbook.version)
        if looked != self._looked or not 0 <= now - self._looked_at < LOOK_EVERY:
            self._looked, self._looked_at = looked, now
            self._find(logbook, now)
        for record in list(self._found.values()):
            self._hand_on(record, file, now)
        self.trouble = news.trouble
        self.waiting = news.waiting + len(self._found)
        return before != (self.trouble, self.waiting)

    def close(self, patience: float = 2.0) -> None:
        """End the thread; a question that hangs is cut off after `patience` s."""
        if self._thread is not None:
            self._thread.close(patience)
        self._thread = self._settings = None
        self.trouble, self.waiting = "", 0
        for each in (self._mine, self._handed, self._found, self._asked):
            each.clear()
        self._looked = (0, -1)

    def _find(self, logbook: Logbook, now: float) -> None:
        self._found = {
            each.uid: each
            for each in unsent(logbook)
            if each.uid not in self._handed
            and each.shift
            and sender(logbook, each, now) in self._mine
        }

    def _hand_on(
        self, record: Record, file: Callable[[str], StoredFile | None], now: float
    ) -> None:
        assert self._thread is not None
        body = record.body
        named = (body.picture, body.evidence) if isinstance(body, Entry) else ()
        files = [file(each) for each in named if each]
        asked = self._asked.setdefault(record.uid, now)
        if None in files and 0 <= now - asked < FILES_PATIENCE:
            return
        self._found.pop(record.uid)
        self._asked.pop(record.uid)
        self._handed.add(record.uid)
        self._thread.want(record, [each for each in files if each is not None])

    def _note(self, logbook: Logbook, author: Author, sent: ElogSent) -> None:
        # the same uid wherever it is noted: the book takes it once
        uid = uuid.uuid5(_SENT, sent.entry).hex
        if logbook.get(uid) is not None:
            return
        record = logbook.get(sent.entry)
        run, subsystem = (record.run, record.subsystem) if record else (0, "")
        author.write(sent, run=run, subsystem=subsystem, uid=uid)


class ElogNews(msgspec.Struct, frozen=True):
    """What happened since the last look.

    Attributes:
        sent: records that are in the logbook now.
        trouble: why others are not, in words; "" when nothing is wrong.
        waiting: records that are still to be sent.
    """

    sent: tuple[ElogSent, ...] = ()
    trouble: str = ""
    waiting: int = 0


class ElogThread:
    """Sends records to a logbook, one after the other; the caller never waits.

    A message carries the record's uid, and before any message is posted the logbook
    is searched for that uid: a record whose answer was lost, by the network or by a
    crash of the console, is found there and not posted again. What that cannot rule
    out: a server that takes a message in only after it was searched again (it was slow
    and the console gave up on it), two consoles that send the same record within the
    same second, and a message whose uid somebody removed, all lead to a second
    message. A server that does not let itself be searched gets no message.

    Args:
        settings: the logbook.
        account: finds the account; called before every try, in the thread.
        pause: s until the first retry.
        deadline: s one question may take; :meth:`take` sees to it.
    """

    def __init__(
        self,
        settings: ElogSettings,
        account: Callable[[str], Account | None] = account_of,
        pause: float = FIRST_PAUSE,
        deadline: float = DEADLINE,
    ) -> None:
        self._settings = settings
        self._account = account
        self._first_pause = pause
        self._deadline = deadline
        self._lock = threading.Condition()
        self._waiting: collections.OrderedDict[str, _Letter] = collections.OrderedDict()
        self._known: set[str] = set()
        self._sent: list[ElogSent] = []
        self._troubles: dict[str, str] = {}
        self._closing = False
        self._wire = Wire()
        # daemon: the look-up of a host name cannot be interrupted, and must not keep
        # a console from ending
        self._thread = threading.Thread(target=self._run, name="elog", daemon=True)
        self._thread.start()

    def want(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        """Send a record, once, with the files it names; never waits."""
        with self._lock:
            if record.uid in self._known or self._closing:
                return
            self._known.add(record.uid)
            self._waiting[record.uid] = _Letter(record, tuple(files))
            self._lock.notify_all()

    def take(self) -> ElogNews:
        """What happened since the last call; never waits."""
        self._wire.cut_if_longer_than(self._deadline)
        with self._lock:
            sent, self._sent = self._sent, []
            last = next(reversed(self._troubles.values()), "")
            return ElogNews(tuple(sent), last, len(self._waiting))

    def close(self, patience: float = 2.0) -> None:
        """End the thread; what was not sent is sent by a later one."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join(patience)
        self._wire.cut(for_good=True)
        self._thread.join(patience)

    def _run(self) -> None:
        pause = self._first_pause
        while (letter := self._next()) is not None:
            uid = letter.record.uid
            trouble = ""
            sent = None
            try:
                server = ElogServer(self._settings, self._account, self._wire)
                sent = server.deliver(letter.record, letter.files)
            except ElogTrouble as error:
                trouble = str(error)
            except ValueError as error:  # what a library makes of a nonsensical answer
                trouble = f"the elog answered what cannot be read: {error}"
            except Exception as error:  # the one place that sees them: the thread's top
                trouble = (
                    f"unexpected trouble with the elog: {type(error).__name__}: {error}"
                )
                if trouble not in self._troubles.values():
                    log.exception("unexpected trouble with the elog")
            with self._lock:
                self._troubles.pop(uid, None)
                if sent is not None:
                    self._sent.append(sent)
                    self._waiting.pop(uid)
                    pause = self._first_pause
                    continue
                self._troubles[uid] = trouble
                # one that the server will not have must not hold up the others
                self._waiting.move_to_end(uid)
                self._lock.wait_for(lambda: self._closing, pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _next(self) -> _Letter | None:
        with self._lock:
            self._lock.wait_for(lambda: self._closing or bool(self._waiting))
            return None if self._closing else next(iter(self._waiting.values()))


class _Letter(NamedTuple):
    record: Record
    files: tuple[StoredFile, ...]
