"""The trainer: what the window works with; it opens runs and keeps what is going on."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.message import TRAINING
from dqmconsole.model.record import OtherBody, hash_of
from dqmconsole.model.words import listed
from dqmconsole.training.certificate import issue
from dqmconsole.training.drill import plan_drill
from dqmconsole.training.exam import Exam
from dqmconsole.training.exam_history import (
    past_exams,
    place_of,
    unfinished,
)
from dqmconsole.training.handed_over import write_hand_over
from dqmconsole.training.item_bank import (
    PlanError,
    bank_changes,
    bank_of,
    is_recorded_alone,
    make_plan,
    recorded_runs,
    why_no_exam,
)
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import LessonRun, teaching
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.observed_records import ObservedBegan
from dqmconsole.training.observed_shift import (
    ObservedShift,
    next_plan,
    plan_hash,
    run_of,
)
from dqmconsole.training.practice import Practice, plan_shift
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import ExamBegan, ExamGivenUp, Finding, of_training
from dqmconsole.training.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.session import BookWriter, ShiftSession
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.facts import Facts, Runs
    from dqmconsole.training.item_bank import Plan
    from dqmconsole.training.lesson import (
        ExamName,
        HandedOver,
        Lesson,
        RunType,
    )

NO_NAME = "say your name first: your progress is kept under it"
NO_BOOK_YET = "the book is not read to its end yet: try again in a moment"
UNFINISHED = "one of yours is not over yet: resume it"
NO_SITE = "the site is not read yet: try again in a moment"
CHANGED = "it is over, or the items of this site changed: begin another one"
OTHER_ITEMS = (
    "the items of this site are not those of that sitting any more: its pages cannot "
    "be shown again"
)
SEEDS = 2**31

Activity = LessonSession | Exam | Practice | ObservedShift | Replay | Recording


class Trainer:
    """Lessons, practice and exams at this console, one after the other.

    Args:
        client: the session of the same console.
        session: its shift; while something goes on its book is thrown away.
        runs: begins the runs.
        open_ledger: opens the real book of a site, or None where there is none.
        clock: unix time, s.
        monotonic: of a monotonic clock, s.
        account: the account of this process.
        console: "host:process", for the records.
        site: the folder of the site that was asked for, "" for the bundled one.

    Attributes:
        monotonic: as given.
        ledger: the records of training.
        activity: what goes on, or None.
        site: the site whose lessons these are; None until it is read.
        opened: how many sources were opened: when it grows, the window starts over.
        shown: the run that was opened last; None where none is to be seen.
    """

    def __init__(
        self,
        client: EngineClient,
        session: ShiftSession,
        runs: Runs,
        open_ledger: Callable[[Site], BookWriter | None],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        account: str = "",
        console: str = "",
        site: str = "",
    ) -> None:
        self._client = client
        self._session = session
        session.cause_said = partial(cause_said, session)
        self._runs = runs
        self._clock = clock
        self._open_ledger = open_ledger
        self.monotonic = monotonic
        self._folder = site
        self._opened_for: tuple[str, str] | None = None
        self._shift_wanted = False
        self._handed: HandedOver | None = None  # still to be written
        self._shift_before = ""  # uid of the shift that handed over
        self._certified = ""  # uid of the last exam after whose end one was issued
        self._who = ""
        self.ledger = Ledger(None, clock, account, console)
        self.activity: Activity | None = None
        self.site: Site | None = None
        self.opened = 0
        self.shown: LessonRun | None = None
        self._shift_is_shown = False

    @property
    def who(self) -> str:
        """The trainee; "" until somebody said a name. Another one ends what goes on."""
        return self._who

    @who.setter
    def who(self, name: str) -> None:
        before, self._who = self._who, " ".join(name.split())
        if isinstance(self.activity, LessonSession) and not before:
            self.activity.who = self._who
        elif self._who != before:
            self.leave()  # what goes on is somebody else's
            if self._shift_is_shown:  # whoever comes next may still have it before them
                self.show_nothing()

    @property
    def broke_off(self) -> bool:
        """Whether the run of what goes on ended by itself: leave, and begin again."""
        live = isinstance(
            self.activity, LessonSession | Practice | ObservedShift | Recording
        )
        return live and self._runs.broke_off()

    # -- what goes on --------------------------------------------------------------

    def begin_lesson(self, lesson: Lesson) -> str:
        """Begin a lesson, or go on where this person stopped in it; why not, or "".

        Neither the site nor a name is needed for it; progress is kept once both are
        known.
        """
        self.leave()
        asked = any(
            step.done is not None and step.done.shift == "begun"
            for step in lesson.steps
        )
        if refused := self.start_run(
            lesson.run, shift=not asked, handed=lesson.hand_over
        ):
            return refused
        self.activity = LessonSession(lesson, self.ledger, self._who, self.monotonic())
        return ""

    def begin_recording(self, recording: Recording) -> str:
        """Begin to record a lesson; why not, or "".

        No shift is begun: where the expert begins one, that is a step.
        """
        self.leave()
        if refused := self.start_run(recording.run, shift=False):
            return refused
        self.activity = recording
        return ""

    def begin_exam(self, name: ExamName = "collisions") -> str:
        """Draw the items of an exam, note that in the book, begin; why not, or "".

        One that is not over yet is taken up again: nobody gets out of it by beginning
        another.

        Args:
            name: of the exam.
        """
        self.leave()
        if refused := self.exam_refusal(name):
            return refused
        assert self.site is not None  # else it is refused
        try:
            plan = make_plan(self.site, secrets.randbelow(SEEDS), name)
        except PlanError as error:
            return str(error)
        exam = teaching(self.site).exam
        assert exam is not None  # it has a plan
        for each in self.changed_since():  # from now on it is said what became of it
            changed = bank_changes(self.site, each.began.exam, each.began.bank)
            self.ledger.write(self._who, ExamGivenUp(each.record.uid, changed))
        began = ExamBegan(
            *("items", plan.seed, plan.hash),
            items=len(plan.items),
            exam=name,
            found=exam.pass_mark.found,
            bank=bank_of(self.site, name),
        )
        self._sit(self.site, self.ledger.write(self._who, began), plan)
        return ""

    def exam_refusal(self, name: ExamName) -> str:
        """Why this person can begin no exam of a name, in words; "" where they can."""
        if self.site is None or not self._who:
            return NO_NAME if self.site is not None else NO_SITE
        if not self.ledger.came:  # what is not over may be in what is to come
            return NO_BOOK_YET
        if self.resumable():
            return UNFINISHED
        return why_no_exam(self.site, name) or self._why_nothing_to_show(name)

    def gone_runs(self, name: ExamName) -> tuple[str, ...]:
        """Why recorded runs of an exam cannot be shown any more, and where it is said.

        Where others are left, their pages take the place of those.
        """
        runs = recorded_runs(self.site, name) if self.site is not None else ()
        return self._runs.gone(runs)

    def begin_drill(self, now: float) -> str:
        """Begin two minutes of what this person needs most; why not, or "".

        Args:
            now: unix time, s.
        """
        self.leave()
        if self.site is None or not self._who:
            return NO_NAME if self.site is not None else NO_SITE
        if not self.ledger.came:  # what is due may be in what is to come
            return NO_BOOK_YET
        seed, records = secrets.randbelow(SEEDS), self.ledger.records
        try:
            plan = plan_drill(self.site, records, self._who, now, seed)
        except PlanError as error:
            return str(error)
        began = ExamBegan("drill", plan.seed, plan.hash, items=len(plan.items))
        self._sit(self.site, self.ledger.write(self._who, began), plan)
        return ""

    def begin_practice(self, minutes: float, run_type: RunType, difficulty: int) -> str:
        """Begin a shift with feedback at once, as it is planned; why not, or "".

        Args:
            minutes: how long it is to last.
            run_type: type of the run.
            difficulty: 1 to 3.
        """
        self.leave()
        if self.site is None or not self._who:
            return NO_NAME if self.site is not None else NO_SITE
        seed = secrets.randbelow(SEEDS)
        try:
            run = plan_shift(self.site, minutes, run_type, difficulty, seed)
        except PlanError as error:
            return str(error)
        exam = teaching(self.site).exam
        handed = exam.hand_over if exam is not None else None
        if refused := self.start_run(run, handed=handed):
            return refused
        began = ExamBegan("practice", seed, hash_of(msgspec.json.encode(run)))
        record = self.ledger.write(self._who, began)
        self.activity = Practice(
            self.site,
            self.ledger,
            self._client,
            run,
            record,
            minutes,
            lambda: self._runs.plots_of_causes(run),
        )
        return ""

    def begin_observed(self) -> str:
        """Begin the next observed shift, which is spent from now on; why not, or ""."""
        self.leave()
        if self.site is None or not self._who:
            return NO_NAME if self.site is not None else NO_SITE
        if not self.ledger.came:  # what is spent may be in what is to come
            return NO_BOOK_YET
        plan, refused = next_plan(self.site, self.ledger.records, self._who)
        if plan is None:
            return refused
        if refused := self.start_run(
            run_of(plan), handed=plan.hand_over, can_look_back=True
        ):
            return refused
        self._shift_is_shown = True
        began = ObservedBegan(plan.id, plan_hash(plan), plan.minutes)
        record = self.ledger.write(self._who, began)
        self.activity = ObservedShift(self.site, self.ledger, plan, record)
        return ""

    def resumable(self) -> tuple[Record, ...]:
        """The exams that this person can take up again, the oldest first."""
        return tuple(each.record for each in self.unfinished()[0])

    def changed_since(self) -> tuple[PastExam, ...]:
        """The exams of this person that are not over, and whose items are others."""
        return self.unfinished()[1]

    def unfinished(self) -> tuple[tuple[PastExam, ...], tuple[PastExam, ...]]:
        """Both of these: it draws the items of each again, to compare them."""
        if self.site is None:
            return (), ()
        return unfinished(self.site, self.ledger.records, self._who)

    def resume(self, record: Record) -> str:
        """Take up an exam where the book's records end; why not, or ""."""
        if record.who != self._who:
            return "this exam is not yours"
        if not self.ledger.came:  # what is spent may be in what is to come
            return NO_BOOK_YET
        self.leave()
        if self.site is None or record not in self.resumable():
            return CHANGED
        began = record.body
        assert isinstance(began, ExamBegan)
        if refused := self._why_nothing_to_show(began.exam):
            return refused
        try:
            plan = make_plan(self.site, began.seed, began.exam)
        except PlanError as error:
            return str(error)
        self._sit(self.site, record, plan)
        return ""

    def last_sitting(self, uid: str = "") -> PastExam | None:
        """The last exam that this person has sat to its end, or one of their own.

        Args:
            uid: of the record by which it was begun; "" for the last one.
        """
        over = [
            each
            for each in past_exams(self.ledger.records)
            if each.record.who == self._who
            and each.began.part == "items"
            and each.ended is not None
            and uid in ("", each.record.uid)
        ]
        return over[-1] if over else None

    def begin_replay(self, sitting: PastExam, at: int = 0) -> str:
        """Show the items of an exam that is over again.

        Args:
            sitting: the exam.
            at: index, among what was answered, of the item that is shown first.

        Returns:
            Why not, or "".
        """
        self.leave()
        if self.site is None:
            return NO_SITE
        try:
            plan = make_plan(self.site, sitting.began.seed, sitting.began.exam)
        except PlanError as error:
            return str(error)
        if plan.hash != sitting.began.plan or not sitting.answers:
            return OTHER_ITEMS
        shown = place_of(self.ledger.records, sitting.record.uid).shown
        self._client.close_source()
        self.activity = Replay(
            self.site,
            plan,
            sitting.answers,
            self._runs,
            self.show,
            self._client.close_source,
            shown,
            at,
        )
        return ""

    def leave(self) -> None:
        """End what goes on; its run stays in view until the next one."""
        self._handed, self._shift_wanted = None, False  # of a run that is given up
        activity, self.activity = self.activity, None
        if activity is not None:
            activity.leave()
        if isinstance(activity, Exam):
            self._certify(activity)
        self._client.end_ahead()

    def look(self, facts: Facts) -> None:
        """Go by the facts of this moment; once per tick, after the session and shift.

        Args:
            facts: of what is in view; while the source of a lesson is being opened
                they are those of the one before, and do not count.
        """
        site = self._client.site
        # that of an evidence bundle is a part of a site, and of the past
        if site is not None and self._client.moment is None:
            self._use_site(site)
        self._hand_over()
        self._sign()
        self.ledger.look()
        if self.activity is None:
            return
        early = isinstance(self.activity, LessonSession | Recording)
        if early and site is None:
            return
        if self._shift_before:  # what the shift before wrote, the trainee did not do
            own = (each for each in facts.records
                   if self._shift_before not in (each.shift, each.uid))  # fmt: skip
            facts = msgspec.structs.replace(facts, records=tuple(own))
        self.activity.look(facts)
        if isinstance(self.activity, Exam):
            self._certify(self.activity)
        if isinstance(self.activity, Exam | Replay):
            self._open_ahead(self.activity)

    def start_run(
        self,
        run: LessonRun,
        *,
        shift: bool = True,
        handed: HandedOver | None = None,
        can_look_back: bool = False,
    ) -> str:
        """Open a simulated or recorded run; why not, or "".

        Args:
            run: what to simulate, or which run to play.
            shift: a shift begins in it, in the trainee's name.
            handed: what the shift before hands over.
            can_look_back: its updates are recorded while it goes on, as those of a real
                run are.
        """
        try:
            source = self._runs.start(run)
        except (OSError, ValueError) as error:
            return f"the run cannot be started: {error}"
        # what was written in the last run is not of this one
        self._session.leave_book()
        self._shift_wanted, self._handed, self._shift_before = shift, handed, ""
        recordings = self._runs.recordings() if can_look_back else ""
        self.show(source, run, recorded=False, recordings=recordings)
        return ""

    def show_nothing(self) -> str:
        """Open no run, and the site all the same; why not, or ""."""
        try:
            source = self._runs.nothing()
        except OSError as error:
            return f"the site cannot be read: {error}"
        self._session.leave_book()
        self._shift_wanted, self._handed, self._shift_before = False, None, ""
        self.show(source, LessonRun(), recorded=False)
        self.shown = None
        return ""

    def show(
        self,
        source: str,
        run: LessonRun,
        *,
        recorded: bool = True,
        recordings: str = "",
    ) -> None:
        """Open the source of a run as part of the training.

        Args:
            source: where it is.
            run: what is in it.
            recorded: it is over.
            recordings: folder below which its updates are recorded; "" for nowhere.
        """
        self._client.open(
            source,
            site=self._folder,
            reference=self._runs.reference(run),
            banner=TRAINING,
            recorded=recorded,
            recordings=recordings,
        )
        self.opened += 1
        self.shown, self._shift_is_shown = run, False

    def _open_ahead(self, items: Exam | Replay) -> None:
        """Let the run of the next item be read while this one is looked at.

        Between two items that goes on, for it is about to be shown.
        """
        over = items.state in {"paused", "over", "failed"}
        stands = items.is_timed if isinstance(items, Exam) else items.drawn
        if not stands and not over:
            return
        coming = None if over else items.coming
        if coming is None:
            self._client.end_ahead()
        else:
            source, run = coming
            self._client.open_ahead(
                source,
                site=self._folder,
                reference=self._runs.reference(run),
                banner=TRAINING,
                recorded=True,
            )

    def close(self, patience: float = 3.0) -> str:
        """End everything within about `patience` s; what could not be kept, or ""."""
        self.leave()
        self._runs.stop()
        return self.ledger.close(patience)

    # -- inside --------------------------------------------------------------------

    def _use_site(self, site: Site) -> None:
        """Teach the lessons of a site, and keep progress in its book."""
        if site is self.site:
            return
        where = (site.home or site.folder, site.settings.database)
        if where != self._opened_for:
            if self._opened_for is not None:
                self.leave()
            self._opened_for = where
            self.ledger.open(self._open_ledger(site))
        self.site = self.ledger.site = site

    def _why_nothing_to_show(self, name: ExamName) -> str:
        """That all recorded runs of an exam are gone, or ""; see :meth:`gone_runs`."""
        gone = self.gone_runs(name)
        if self.site is None or not is_recorded_alone(self.site):
            return ""
        whole = len(gone) == len(recorded_runs(self.site, name))
        return listed(gone, 2) if whole else ""

    def _sit(self, site: Site, record: Record, plan: Plan) -> None:
        self.activity = Exam(
            site, self.ledger, self._runs, self.show, self.monotonic, record, plan
        )

    def _certify(self, exam: Exam) -> None:
        """Issue the certificate that an exam earns which is over, if it earns one.

        One that an observed shift earns is issued when its mentor signs.
        """
        over = exam.state == "over" and not exam.is_drill
        if not over or exam.uid == self._certified or self.site is None:
            return
        self._certified, ledger = exam.uid, self.ledger
        for each in ledger.records:
            if each.uid == exam.uid:
                issue(ledger, self.site, each.who, self._clock())

    def _hand_over(self) -> None:
        """Let the shift before hand over, once its book and its run are there."""
        site, session = self._client.site, self._session
        if self._handed is None or site is None or not self._book_is_open():
            return
        if self._client.mailbox.run.run > 0:
            self._shift_before = write_hand_over(session, site, self._handed)
            self._handed = None

    def _book_is_open(self) -> bool:
        if self._client.site is None or self._client.banner != TRAINING:
            return False
        return self._session.book.word not in {"closed", "opening"}

    def _sign(self) -> None:
        """The trainee's name stands under all that is written into the book."""
        session = self._session
        if not self._who or not self._book_is_open() or self._handed is not None:
            return
        if self._shift_wanted:
            self._shift_wanted = False
            session.begin(self._who)
        elif not session.author.signature.who:
            session.author.signature = msgspec.structs.replace(
                session.author.signature, who=self._who
            )


def cause_said(session: ShiftSession, key: str) -> str:
    """The cause that was last found for what a plot shows; "" where none was.

    What was found for one plot counts for all that are in the same alarm.
    """
    run, logbook = session.client.mailbox.run.run, session.logbook
    # what the book has comes back as it is stored, what is still being saved as it is
    written = (
        record
        for kind in (OtherBody, Finding)
        for record, _ in logbook.of_run(kind, run)
    )
    found = [
        each.body for each in of_training(written) if isinstance(each.body, Finding)
    ]
    if not found:
        return ""
    plots = session.with_one_cause(key)
    said = [each for each in found if each.plot in plots]
    return said[-1].cause if said and said[-1].verdict == "bad" else ""


def record_finding(session: ShiftSession, finding: Finding, run: int) -> str:
    """Put on record what a trainee says of a plot; why not, or "".

    A shift is not needed for it.
    """
    if session.client.banner != TRAINING:
        return "only a training asks for findings: write an entry instead"
    if session.site is None or session.author.writer is None:
        return "no book is open yet: try again in a moment"
    if not session.author.signature.who:
        return "say your name: every record carries it"
    session.author.write(finding, run=run)
    return ""
