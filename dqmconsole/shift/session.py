"""The shift at this console: who has it, its book, and what asks for attention."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.logbook.author import Author, Signature, account_before
from dqmconsole.logbook.state import BookState
from dqmconsole.logbook.view import BookFiles, Logbook
from dqmconsole.model.layout import KEY_STEP, path_of, subsystem_of
from dqmconsole.model.message import TRAINING
from dqmconsole.model.permission import ROLES, role_of
from dqmconsole.model.record import (
    Read,
    ShiftBegan,
    ShiftEnded,
    StoredFile,
    TookUp,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift import reading
from dqmconsole.shift.alarms import (
    LEFT_AFTER,
    OF_CONSOLE,
    Standing,
    ended_shifts,
    open_shifts,
    own_id,
    refusal_words,
    standings,
    waiting_calls,
)
from dqmconsole.shift.checking import Due, Viewed, due, reminder
from dqmconsole.shift.console_alarms import ConsoleAlarms
from dqmconsole.shift.elog import ElogDesk
from dqmconsole.shift.good_runs import SignedRuns
from dqmconsole.shift.guidance import Guide, Patience, UnansweredPlot
from dqmconsole.shift.overrides import as_judged, in_force
from dqmconsole.shift.proposals import Proposer
from dqmconsole.shift.runs import RunWatch, quiet_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.logbook.state import BookNews
    from dqmconsole.model.alarm import Alarm, Member
    from dqmconsole.model.message import Override
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import ElogSettings, Site
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.shift.elog import ElogThread
    from dqmconsole.shift.guidance import Guidance
    from dqmconsole.shift.reading import News

LOOK_EVERY = 1.0  # s between two looks at runs, flags, check-lists and patience
WHOLE = ""  # the name of the whole source, as of a subsystem
NO_BOOK = BookState("closed", "no book is open")
NOBODY = "nobody has the shift at this console: begin it first (F2)"


class BookWriter(Protocol):
    """The book's thread, as ``logbook.replicate.BookThread`` is."""

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        """Write a record when it can; never waits."""

    def take(self) -> BookNews:
        """What happened since the last call; never waits."""

    def fetch(self, name: str, /) -> None:
        """Ask for the file of a hash; it comes with a later :meth:`take`."""

    def sign_in(self, user: str, password: str) -> None:
        """Open the book again under an account."""

    def close(self, patience: float = 3.0) -> str:
        """Write what waits, as far as that can be done, and end: what is lost."""


class ShiftChanges(msgspec.Struct, frozen=True):
    """What one look brought.

    Attributes:
        records: records came, were saved or refused.
        state: the state of the book changed.
        attention: alarms, check-lists, reminders or unanswered plots changed.
        refused: why records were refused, in words.
        lost: what a book that was left could not keep, in words.
    """

    records: bool = False
    state: bool = False
    attention: bool = False
    refused: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


NOTHING_NEW = ShiftChanges()


class ShiftSession:
    """Everything about the shift that the window shows, and what people do with it.

    Args:
        client: of the engine of the same console.
        open_book: opens the book of a site, or None where there is to be none; its
            second argument is the banner: what is not the detector's goes into a
            book that is thrown away.
        clock: unix time, s.
        account: the account of this process.
        console: "host:process", for the records.
        start_elog: starts the thread of a logbook; None: nothing is sent.

    Attributes:
        client: of the engine.
        logbook: all records.
        author: writes records.
        guide: instructions by plot.
        book: how the book is.
        files: what is at hand of the files of the book.
        due: the check-lists of this moment.
        viewed: the pages this console showed in this run.
        alarms: what the engine and this console tell, and how it stands, what asks
            for an answer first.
        tests: the alarms that only test the way of alarms; no list has them.
        reminder: what to remind of, or "".
        unanswered: BAD plots that nobody answered in time.
        elog: what goes to the elog, and why it does not get there.
        taking: the release that was asked for and is not read yet, or None.
        before_leaving: called before the shift ends or its book is left: writes what
            was handed in and still waits for something.
        cause_said: what a person has said the cause is of what a plot shows, or "";
            by its key.
    """

    def __init__(
        self,
        client: EngineClient,
        open_book: Callable[[Site, str], BookWriter | None],
        clock: Callable[[], float],
        account: str = "",
        console: str = "",
        start_elog: Callable[[ElogSettings], ElogThread] | None = None,
    ) -> None:
        self.client = client
        self._open_book = open_book
        self._clock = clock
        self._login = account
        self._signed_in = ""
        self.book = NO_BOOK
        self.due: tuple[Due, ...] = ()
        self.viewed = Viewed()
        self.alarms: tuple[Standing, ...] = ()
        self.tests: tuple[Standing, ...] = ()
        self._console_alarms = ConsoleAlarms(console)
        self._alarms_of: tuple[object, ...] = ()
        self._gone: dict[str, Alarm] = {}  # over and acknowledged; there may be many
        self._row_of: dict[tuple[str, bool], Standing] | None = None
        self._open_shifts: tuple[tuple[object, ...], tuple[Record, ...]] = ((), ())
        self.reminder = ""
        self.unanswered: tuple[UnansweredPlot, ...] = ()
        self.evidence_folder = Path(tempfile.gettempdir()) / f"dqmconsole-{os.getuid()}"
        self.elog = ElogDesk(start_elog)
        self.taking: TookUp | None = None
        self.before_leaving: Callable[[], None] = lambda: None
        self.cause_said: Callable[[str], str] = lambda _key: ""
        self._writer: BookWriter | None = None
        self._opened_for: tuple[str, str, str] | None = None
        self._left_open: dict[tuple[str, str, str], str] = {}
        self._looked = 0.0
        self._lost: list[str] = []
        self._told = 0  # of those
        self._overrides: tuple[Override, ...] = ()
        self._news: tuple[tuple[object, ...], tuple[News, ...]] | None = None
        self._start_over(Signature(account=account, console=console))

    # -- who has the shift ---------------------------------------------------------

    @property
    def shift(self) -> Record | None:
        """The record that began the shift at this console; None while nobody has it."""
        return self.logbook.get(self.author.signature.shift)

    @property
    def open_shifts(self) -> tuple[Record, ...]:
        """The records that began the shifts of all consoles, the one that holds first.

        Those that were left open are known up to a minute late.
        """
        now = self._clock()
        of = (self.logbook, self.logbook.version, now // 60)
        if of != self._open_shifts[0]:
            self._open_shifts = of, open_shifts(self.logbook, now)
        return self._open_shifts[1]

    def now(self) -> float:
        """Unix time, s."""
        return self._clock()

    @property
    def no_data_since(self) -> float | None:
        """Unix time of the last data, s, of a run that is dead; None if it is not."""
        return quiet_since(self.client.mailbox.run, self._clock())

    @property
    def site(self) -> Site | None:
        """The site in force."""
        return self.client.site

    def begin(self, who: str, leader: str = "", read: str = "") -> str:
        """Take the shift in somebody's name.

        Args:
            who: the person.
            leader: name of the shift leader.
            read: uid of the hand-over that was read, or "".

        Returns:
            Why that is refused, or "".
        """
        who = " ".join(who.split())
        if not who:
            return "say your name: every record carries it"
        if self._writer is None:
            return "no book is open: open a source first"
        if self.author.signature.shift:
            self.end("taken over")
        self.author.sign(who, "")
        began = ShiftBegan(leader=" ".join(leader.split()), read=read)
        record = self.author.write(began)
        self.author.sign(who, record.uid)
        self.files.put(_with_everything_read(self))
        self._looked = 0.0
        return ""

    def end(self, comment: str = "") -> str:
        """Give the shift away; why that is refused, or ""."""
        if not self.author.signature.shift:
            return NOBODY
        self.before_leaving()
        self.author.write(ShiftEnded(comment))
        self.author.sign("", "")
        self._looked = 0.0
        return ""

    @property
    def open_shift(self) -> str:
        """Uid of the shift that stays open when this console ends; "" for none.

        What is not the detector's is not kept: there is nothing to come back to.
        """
        return "" if self.client.banner else self.author.signature.shift

    @property
    def left_open(self) -> str:
        """Uid of the shift that stayed open when this console left its book, or ""."""
        if self._opened_for is None:
            return ""
        return self._left_open.get(self._opened_for, "")

    def resume(self, uid: str) -> bool:
        """Take up a shift that this account left open; tell whether that was done.

        Not one that began long ago: whoever is here then is somebody else.

        Args:
            uid: of the record that began it.
        """
        signed = self.author.signature
        if not uid or signed.shift or self.client.banner:
            return False
        began = [
            record
            for record, _ in self.logbook.of(ShiftBegan)
            if record.account == signed.account
        ]
        if not began or began[-1].uid != uid or uid in ended_shifts(self.logbook):
            return False
        if self._clock() - began[-1].made_at >= LEFT_AFTER:
            return False
        self.author.sign(began[-1].who, uid)
        self._looked = 0.0
        return True

    def sign_in(self, user: str, password: str) -> None:
        """Use an account of the database; the password is kept nowhere."""
        self._signed_in = user or self._signed_in
        if self._writer is not None:
            self._writer.sign_in(user, password)
        self._use_site()

    # -- what changed since the last shift -----------------------------------------

    def news(self, who: str) -> tuple[News, ...] | None:
        """What a person has not read; None until the book gave what that needs."""
        site = self.site
        if site is None or self.book.word == "opening":
            return None
        name = reading.baseline_hash(self.logbook, who)
        if not name:
            # a first shift begins with everything; a book that cannot be read yet
            # does not say that this is one
            return () if self.book.whole else None
        kept = self.file(name)
        if kept is None and name not in self.files.lost:
            return None
        day = int(self._clock() // 86400)  # notes expire with the day, UTC
        asked = (site, self.logbook, self.logbook.version, day, who)
        if self._news is None or self._news[0] != asked:
            found = reading.items(site, self._clock())
            # where the book lost it, everything is news
            known = reading.read_baseline(kept.data) if kept is not None else {}
            self._news = (asked, reading.news(found, self.logbook, who, known))
        return self._news[1]

    def file(self, name: str) -> StoredFile | None:
        """A file of the book by its hash; None until it came, or if it is lost."""
        kept = self.files.get(name)
        if kept is None and name not in self.files.lost and self._writer is not None:
            self._writer.fetch(name)
        return kept

    def guidance(self, key: str) -> Guidance:
        """What is to be done about a plot now, or about what gives nothing to judge."""
        given = self.client.mailbox.run.conditions
        found, quiet = self.guide.of(key, given, self._clock()), self._quiet(key)
        found = msgspec.structs.replace(found, cause=self.cause_said(key))
        if quiet is None:
            return found
        return self.guide.of_quiet(quiet.key, quiet.sentence, found)

    # -- looking -------------------------------------------------------------------

    def look(self, now: float, changes: Changes) -> ShiftChanges:
        """Take in what the book brought, note what happened; once per tick.

        Args:
            now: unix time, s.
            changes: what the client's look brought.
        """
        if changes.not_taken_up:
            self.taking = None
        if changes.site:
            self._use_site()
        came = self._take()
        if changes.site:  # of another engine or source, which knows nothing yet
            self._signed = SignedRuns()
        if came.records or changes.site:
            self._say_good()
        self._override(now, new_engine=changes.site)
        if lost := tuple(self._lost[self._told :]):
            self._told = len(self._lost)
            came = msgspec.structs.replace(came, lost=lost)
        attention = self._look_at_alarms(now)
        if not 0 <= now - self._looked < LOOK_EVERY:
            self._looked = now
            attention |= self._attend(now)
        return msgspec.structs.replace(came, attention=attention)

    def alarm_of(self, key: str) -> Standing | None:
        """The alarm that a plot shows; if it is good again, the one it showed.

        A plot that is in none shows that of its subsystem, or of the whole source, if
        that gives nothing to judge.
        """
        if self._row_of is None:
            self._row_of = _rows_by_name(self.alarms)
        found, names = self._row_of, names_shown(key)
        wanted = ((name, good) for good in (False, True) for name in names)
        return next((found[each] for each in wanted if each in found), None)

    def shown_by(self, key: str, chosen: Standing | None) -> Standing | None:
        """The alarm that a plot shows: the chosen one, if it shows that, too."""
        if chosen is not None and not chosen.alarm.keys.isdisjoint(names_shown(key)):
            return chosen
        return self.alarm_of(key)

    def with_one_cause(self, key: str) -> frozenset[str]:
        """Keys of all plots of the alarm that a plot shows, itself among them."""
        row, quiet = self.alarm_of(key), self._quiet(key)
        if quiet is not None:
            return self.guide.plots_of(quiet.key) | {key}
        return frozenset((key,)) if row is None else row.alarm.keys | {key}

    def leave_book(self) -> None:
        """Close the book; the next site opens its own, and nobody has a shift."""
        if self._opened_for is not None:
            self._left_open[self._opened_for] = self.author.signature.shift
        self.close(patience=0.0)  # what is not written yet waits in the spool
        self.author.sign("", "")
        self._start_over(self.author.signature)
        self._opened_for, self.book = None, NO_BOOK
        self._signed_in = ""

    def close(self, patience: float = 3.0) -> str:
        """End the threads within `patience` s.

        Returns:
            What none of the session's books could keep, however often it is closed;
            "" when all is well.
        """
        self.before_leaving()
        self.elog.close(min(patience, 2.0))
        writer, self._writer, self.author.writer = self._writer, None, None
        lost = writer.close(patience) if writer is not None else ""
        if lost:
            self._lost.append(lost)
        return "; ".join(self._lost)

    def _quiet(self, key: str) -> Member | None:
        """What gives nothing to judge, of the alarm that a plot shows; or None."""
        row, names = self.alarm_of(key), names_shown(key)
        if row is None or row.alarm.family != "stale" or self.client.blinded:
            return None
        quiet = [one for one in row.alarm.wrong if KEY_STEP not in one.key]
        return next((one for one in quiet if one.key in names), None)

    def _take(self) -> ShiftChanges:
        if self._writer is None:
            return ShiftChanges()
        news = self._writer.take()
        for record in news.records:
            self.logbook.put(record)
        for uid in news.saved:
            self.author.saved(uid)
        refused = tuple(
            refusal_words(self.logbook.get(uid), sentence)
            for uid, sentence in news.refused
        )
        for uid, _ in news.refused:
            self.author.refused(uid)
        self.files.put(news.files, news.missing)
        before, self.book = self.book, news.state
        self.author.permissions = self.book.permissions
        known = (before.account, before.role) == (self.book.account, self.book.role)
        if not known and self.site is not None:
            self._sign_as_known(self.site)
        return ShiftChanges(
            records=bool(news.records or news.saved or news.refused or news.files),
            state=before != self.book,
            refused=refused,
        )

    def _look_at_alarms(self, now: float) -> bool:
        """Find out how the alarms stand, if they may stand otherwise; whether they do.

        What is shelved counts again up to a minute late.
        """
        own = self._console_alarms.look(self.client, self.book, now)
        told = (*self.client.mailbox.alarms.values(), *own)
        tests = tuple(self.client.mailbox.tests.values())
        of = (told, tests, self.logbook, self.logbook.version, now // 60)
        if of == self._alarms_of:
            return False
        if self._alarms_of[2:3] != (self.logbook,):
            self._gone = {}
        self._alarms_of, gone = of, self._gone
        stand = [each for each in told if gone.get(each.id) is not each]
        before, self.alarms = self.alarms, standings(stand, self.logbook, now, gone)
        if not self.author.unsaved:  # else the log may refuse what they went by
            listed = {own_id(one.id) for row in self.alarms for one in row.parts}
            self._gone = {each.id: each for each in told if each.id not in listed}
        self.tests = standings(tests, self.logbook, now)
        self._row_of = None
        return before != self.alarms

    def _attend(self, now: float) -> bool:
        site, info = self.site, self.client.mailbox.run
        if site is None:
            return False
        if self.author.signature.shift:
            self.files.put(_with_everything_read(self))
            shift = self.shift
            began = shift.made_at if shift is not None else 0.0
            self._runs.look(info, site, now, self.client.source, began)
            mail = self.client.mailbox
            self._proposer.look(
                info, site, mail.verdicts, mail.outages, mail.alarms.values()
            )
        given = info.conditions
        before = (self.due, self.reminder, self.unanswered)
        # a recording was not taken today, nor its verdicts begun
        past = info.recorded is not None or self.client.moment is not None
        self.unanswered = self._patience.look(
            self.guide,
            self.client.mailbox.verdicts,
            info.run,
            given,
            now,
            math.inf if past else info.started or 0.0,
            self.with_one_cause,
            self.cause_said,
            self._perhaps_called,
        )
        uid = self.author.signature.shift
        about = (site, self.logbook, uid, info.run, given.run_type)
        self.due = due(*about, now, self.viewed.of(info.run)) if uid else ()
        waiting = waiting_calls(self.alarms, now, site)
        reminders = reminder(self.due, now, self.shift), waiting
        self.reminder = "; ".join(filter(None, reminders))
        sent = self.elog.look(self.logbook, self.author, self.file, now)
        return sent or before != (self.due, self.reminder, self.unanswered)

    def _perhaps_called(self, key: str, role: str) -> bool:
        """Tell whether a role was called about what a plot's alarm is perhaps with."""
        row = self.alarm_of(key)
        name = "" if row is None else row.alarm.perhaps_with
        others = (each for each in self.alarms if each.alarm.id == name)
        return any(each.last_call(role) is not None for each in others)

    def _override(self, now: float, *, new_engine: bool) -> None:
        """Let the engine judge by what the shift says of the detector control."""
        run = self.client.mailbox.run.run
        said = as_judged(in_force(self.logbook, run, now))
        before, self._overrides = self._overrides, said
        if said != before or (new_engine and said):  # that knows nothing of them yet
            self.client.override(run, said)

    def _say_good(self) -> None:
        """Let the engine keep which runs are good; what trainees say is not kept."""
        site = self.site
        if site is None or self.client.banner == TRAINING:
            return
        if new := self._signed.look(self.logbook, site):
            self.client.say_good(new)

    # -- inside --------------------------------------------------------------------

    def _use_site(self) -> None:
        site = self.site
        if site is not None:
            given, banner = site.settings, self.client.banner
            wanted = (site.home or site.folder, given.database, banner)
            if self._opened_for != wanted:
                self._open(site, wanted)
            self._sign_as_known(site)
            self.elog.use(None if banner else given.elog)
        self.guide = Guide(site)
        self.author.site = site
        read = site.release.number if site is not None and site.release else 0
        if self.taking is not None and self.taking.release == read:
            if self.author.signature.shift:
                self.author.write(self.taking)
            self.taking = None

    def _sign_as_known(self, site: Site) -> None:
        url = "" if self.client.banner else site.settings.database
        account = self._signed_in or account_before(url, self._login)
        self.author.signature = _as_known(self, site, account)

    def _open(self, site: Site, wanted: tuple[str, str, str]) -> None:
        self.leave_book()
        self._opened_for = wanted
        self._writer = self.author.writer = self._open_book(site, self.client.banner)
        if self._writer is None:
            self.book = BookState("closed", "this console keeps no book")

    def _start_over(self, signature: Signature) -> None:
        """Another book: nothing of the one before is true of it."""
        self.logbook, self.files = Logbook(), BookFiles()
        self.author = Author(self.logbook, self._clock, signature)
        self.guide = Guide(None)
        self._patience = Patience(self.logbook)
        self._runs = RunWatch(self.logbook, self.author)
        self._proposer = Proposer(self.logbook, self.author)
        self._signed = SignedRuns()


def names_shown(key: str) -> tuple[str, ...]:
    """What members of alarms a plot shows: itself, its subsystem, the whole source."""
    return (key, subsystem_of(path_of(key)), WHOLE)


def _rows_by_name(rows: Sequence[Standing]) -> dict[tuple[str, bool], Standing]:
    """The first row of each plot, and of what gives nothing to judge; if good again."""
    found: dict[tuple[str, bool], Standing] = {}
    for row in rows:
        quiet = row.alarm.family == "stale" and row.alarm.root not in OF_CONSOLE
        for one in row.alarm.members:
            if quiet or KEY_STEP in one.key:
                found.setdefault((one.key, one.status is Status.GOOD), row)
    return found


def _as_known(session: ShiftSession, site: Site, account: str) -> Signature:
    """Write under the account that the book knows, with the role it gives it."""
    account = session.book.account or account
    role = role_of(account, site.settings.permissions)
    if session.book.role in ROLES:
        role = session.book.role
    if session.client.banner == TRAINING:
        role = "shifter"  # what a trainee practises goes into a throw-away book
    return msgspec.structs.replace(session.author.signature, account=account, role=role)


def _with_everything_read(session: ShiftSession) -> tuple[StoredFile, ...]:
    """Note what a first shift begins with, once it is known to be one."""
    site, who = session.site, session.author.signature.who
    if site is None or not session.book.whole:
        return ()
    if reading.baseline_hash(session.logbook, who):
        return ()
    kept = reading.baseline(reading.items(site, session.now()))
    session.author.write(Read(reading.ALL, site.hash, hash=kept.hash), files=(kept,))
    return (kept,)
