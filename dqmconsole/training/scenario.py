"""The exam's second part: half an hour with few faults, and the verdicts shown.

The trainee works in the throw-away book, which is gone after a crash. What is scored is
therefore told to the real book at once, as deeds in :class:`ScenarioAt` and not as
calls, flags or entries: those of a simulated run must never look like real ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.record import Call, Entry, Flag, hash_of
from dqmconsole.model.training import (
    Deed,
    ExamBegan,
    ExamEnded,
    Finding,
    Mark,
    ScenarioAt,
)
from dqmconsole.training.item_bank import run_types
from dqmconsole.training.marks import marks
from dqmconsole.training.plan import PlanError, lumisections, plan_shift, seal
from dqmconsole.training.sealed import ExamError, check_seal

if TYPE_CHECKING:
    from dqmconsole.model.lesson import LessonRun
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.sealed import Progress

HEART_BEAT = 10.0  # s between two records of how far it came
SLACK = 5  # lumisections by which a run may be ahead of the scenario's clock
DIFFICULTY = 2  # of the exam's scenario: sizes in the middle


class View(Protocol):
    """What the console shows of the run, as ``shift.client.EngineClient`` has it."""

    @property
    def run(self) -> RunInfo:
        """The run header."""


class Start(Protocol):
    """Opens a simulated run, as ``training.trainer.Trainer.start_run`` does."""

    def __call__(self, run: LessonRun, since: int = 0) -> str:
        """Begin it, so many lumisections late; why not, or ""."""


class Scenario:
    """A shift on a planned run, watched; its clock begins with the first look.

    Args:
        site: what was right follows from it.
        ledger: keeps how far it came.
        view: the console's session, for the beam mode.
        run: the plan.
        record: of the exam or practice, as it was begun.
        minutes: how long it lasts.
        past: what the book has of it; it was taken up again.

    Attributes:
        left: s that are left.
        over: it ended.
        deeds: what the trainee did, in order.
        marks: once it is over.
    """

    def __init__(
        self,
        site: Site,
        ledger: Progress,
        view: View,
        run: LessonRun,
        record: Record,
        minutes: float,
        past: tuple[ScenarioAt, ...] = (),
    ) -> None:
        self._site, self._ledger, self._view = site, ledger, view
        self._who, self._exam = record.who, record.uid
        begun = record.body
        assert isinstance(begun, ExamBegan)
        self._part = begun.part
        self.run = run
        self._length = minutes * 60
        self._spent = max((each.seconds for each in past), default=0.0)
        self._lumisection = max((each.lumisection for each in past), default=0)
        self._told = self._spent
        self._last: float | None = None
        self._known: set[str] = set()
        self._new: list[Deed] = []
        self.deeds: tuple[Deed, ...] = tuple(
            deed for each in past for deed in each.deeds
        )
        self.left = max(0.0, self._length - self._spent)
        self.over = False
        self.marks: tuple[Mark, ...] = ()

    @property
    def seconds(self) -> float:
        """Of its time that are spent."""
        return self._spent

    def look(self, facts: Facts) -> None:
        """Take in what was done since the last look; end when the time is over."""
        if self.over:
            return
        if self._last is not None:
            self._spent += max(0.0, facts.now - self._last)
        self._last = facts.now
        self.left = max(0.0, self._length - self._spent)
        # right after the start the header may still be that of the run before
        possible = self.run.ahead + lumisections(self._spent, self.run.speed) + SLACK
        if facts.lumisection <= possible:
            self._lumisection = max(self._lumisection, facts.lumisection)
        for record in facts.records:
            self._take(record)
        if self.left == 0.0:
            self.end()
        elif self._new or self._spent - self._told >= HEART_BEAT:
            self._tell()

    def leave(self) -> None:
        """Go away; it can be taken up again where it stands."""
        if not self.over:
            self._tell()

    def end(self) -> None:
        """End it now, and score it as it stands."""
        if self.over:
            return
        self.over = True
        self._tell()
        self.marks = marks(self.run, self._site, self.deeds)
        ended = ExamEnded(exam=self._exam, part=self._part, marks=self.marks)
        self._ledger.write(self._who, ended)

    def _take(self, record: Record) -> None:
        if record.uid in self._known:
            return
        self._known.add(record.uid)
        deed = deed_of(record)
        if deed is None or record.who != self._who:
            return
        mode = self._view.run.conditions.beam_mode or ""
        deed = msgspec.structs.replace(
            deed,
            seconds=self._spent,
            lumisection=self._lumisection,
            beam_mode=mode,
        )
        self._new.append(deed)
        self.deeds = (*self.deeds, deed)

    def _tell(self) -> None:
        self._told = self._spent
        new, self._new = tuple(self._new), []
        if self._part == "practice":
            return  # it is not taken up again: its marks alone are kept
        at = ScenarioAt(self._exam, self._spent, self._lumisection, new)
        self._ledger.write(self._who, at)


def deed_of(record: Record) -> Deed | None:
    """What is scored of a record of the throw-away book; None of all others."""
    body = record.body
    if isinstance(body, Finding):
        return Deed(
            "finding",
            0.0,
            verdict=body.verdict,
            cause=body.cause,
            urgency=body.urgency,
            plots=(body.plot,) if body.plot else (),
        )
    if isinstance(body, Call):
        about = (body.about,) if KEY_STEP in body.about else ()
        return Deed("call", 0.0, role=body.role, plots=about)
    if isinstance(body, Flag) and not body.proposed:
        return Deed(
            "flag",
            0.0,
            component=record.subsystem,
            status=body.status,
            first=body.first,
            earliest=body.earliest or 0,
        )
    if isinstance(body, Entry):
        return Deed("entry", 0.0, plots=body.plots, evidence=bool(body.evidence))
    return None


def begin_scenario(
    site: Site, ledger: Progress, view: View, start: Start, who: str, seed: int
) -> Scenario:
    """Seal the plan of a scenario in the book, and begin.

    Args:
        site: its exam settings say how long and how many faults.
        ledger: keeps how far it came.
        view: the console's session.
        start: opens a run.
        who: the trainee.
        seed: of the plan.

    Raises:
        ExamError: no plan can be made, or its run cannot be started.
    """
    run = plan_scenario(site, seed)
    record = begin_shift(site, ledger, start, who, "scenario", seed, run)
    assert site.exam is not None
    return Scenario(site, ledger, view, run, record, site.exam.scenario_minutes)


def resume_scenario(
    site: Site, ledger: Progress, view: View, start: Start, record: Record
) -> Scenario:
    """Take a scenario up again where the book's records end: at most 10 s before.

    Args:
        site: must be what it was planned of.
        ledger: has its records.
        view: the console's session.
        start: opens a run, as far as it had come.
        record: the exam's own.

    Raises:
        ExamError: it is over, the site changed, or its run cannot be started.
    """
    begun = check_seal(site, ledger.records, record, "scenario")
    run = plan_scenario(site, begun.seed)
    if begun.plan != hash_of_run(run):
        message = "another version of the program plans it otherwise: begin anew"
        raise ExamError(message)
    past = tuple(
        each.body
        for each in ledger.records
        if isinstance(each.body, ScenarioAt) and each.body.exam == record.uid
    )
    came = max((each.lumisection for each in past), default=0)
    if refused := start(run, max(0, came - run.ahead)):
        raise ExamError(refused)
    assert site.exam is not None
    minutes = site.exam.scenario_minutes
    return Scenario(site, ledger, view, run, record, minutes, past)


def plan_scenario(site: Site, seed: int) -> LessonRun:
    """The run of the exam's scenario.

    Raises:
        ExamError: no plan can be made.
    """
    types = run_types(site)
    if site.exam is None or not types:
        message = "this site has no exam, or no faults to make one of"
        raise ExamError(message)
    minutes, faults = site.exam.scenario_minutes, site.exam.scenario_faults
    try:
        return plan_shift(site, minutes, faults, types[0], DIFFICULTY, seed)
    except PlanError as error:
        raise ExamError(str(error)) from error


def begin_shift(
    site: Site,
    ledger: Progress,
    start: Start,
    who: str,
    part: Literal["scenario", "practice"],
    seed: int,
    run: LessonRun,
) -> Record:
    """Start the run, and then write that it began.

    Raises:
        ExamError: the run cannot be started.
    """
    if refused := start(run, 0):
        raise ExamError(refused)
    return ledger.write(who, ExamBegan(part, seed, hash_of_run(run), seal(site)))


def hash_of_run(run: LessonRun) -> str:
    """The seal of a planned run."""
    return hash_of(msgspec.json.encode(run))
