"""Practice: a simulated shift of chosen length, with feedback on each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.verdict import Status
from dqmconsole.training.plan import PlanError, plan_shift, shift_choices
from dqmconsole.training.scenario import Scenario, begin_shift
from dqmconsole.training.sealed import ExamError
from dqmconsole.training.truth import Happening, belongs_to, happenings, right_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.layout import RunType
    from dqmconsole.model.lesson import LessonRun
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.model.training import Deed, Mark
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.scenario import Start
    from dqmconsole.training.sealed import Progress

SHOWN_AFTER = 180.0  # s after its onset a fault that nobody found is shown
NOTHING_WRONG = "Nothing is wrong here."
MINUTES_PER_FAULT = {1: 12.0, 2: 8.0, 3: 5.0}


class Feedback(msgspec.Struct, frozen=True):
    """What is said of a finding, or of a fault that was not found.

    Attributes:
        words: plain sentences.
        plot: key of the plot on which it is to be seen, or "".
        right: the finding was right.
        instruction: id of the instruction that says what to do, or "".
        step: number of its right step, from 1; 0 where it has none.
        seconds: of the practice.
    """

    words: str
    plot: str
    right: bool
    instruction: str = ""
    step: int = 0
    seconds: float = 0.0


class Practice:
    """A watched shift that answers at once.

    Args:
        site: what was right follows from it.
        ledger: keeps its marks.
        view: the console's session: its verdicts are explained.
        run: the plan.
        record: of the practice, as it was begun.
        minutes: how long it lasts.

    Attributes:
        feedback: all that was said, the latest last.
    """

    def __init__(
        self,
        site: Site,
        ledger: Progress,
        view: EngineClient,
        run: LessonRun,
        record: Record,
        minutes: float,
    ) -> None:
        self._site, self._view, self._run = site, view, run
        self._shift = Scenario(site, ledger, view, run, record, minutes)
        self._faults = happenings(run, site, "fault")
        self._harmless = happenings(run, site, "harmless")
        self._shown: set[str] = set()
        self.feedback: tuple[Feedback, ...] = ()

    @property
    def left(self) -> float:
        """The s that are left."""
        return self._shift.left

    @property
    def over(self) -> bool:
        """It ended."""
        return self._shift.over

    @property
    def marks(self) -> tuple[Mark, ...]:
        """As a scenario's, once it is over."""
        return self._shift.marks

    def look(self, facts: Facts) -> None:
        """Take in what was done since the last look, and answer it."""
        before = len(self._shift.deeds)
        self._shift.look(facts)
        for deed in self._shift.deeds[before:]:
            if deed.what == "finding":
                self._say(self._of_finding(deed))
        for fault in self._faults:
            late = self._shift.seconds - fault.seconds
            if late >= SHOWN_AFTER and fault.text not in self._shown:
                self._shown.add(fault.text)
                words = f"Not found yet: {fault.words}. {fault.description}"
                self._say(self._explain(words, fault, fault.plots, right=False))

    def leave(self) -> None:
        """Go away; a practice is not taken up again: it is scored as it stands."""
        self._shift.end()

    def end(self) -> None:
        """End it now, and score it as it stands."""
        self._shift.end()

    def _say(self, feedback: Feedback) -> None:
        feedback = msgspec.structs.replace(feedback, seconds=self._shift.seconds)
        self.feedback = (*self.feedback, feedback)

    def _of_finding(self, deed: Deed) -> Feedback:
        plot = next(iter(deed.plots), "")
        fault = belongs_to(deed, self._faults)
        if fault is None:
            event = belongs_to(deed, self._harmless)
            why = f" {event.words}, which is harmless." if event is not None else ""
            right = deed.verdict == "good"
            if right and not plot:
                return Feedback("Of which plot? This finding names none.", "", False)
            words = "Right: nothing is wrong here." if right else NOTHING_WRONG
            return Feedback(words + why, plot, right)
        plots = (*deed.plots, *fault.plots)
        if deed.verdict == "good":
            words = f"Something is wrong here: {fault.words}. {fault.description}"
            return self._explain(words, fault, plots, right=False)
        self._shown.add(fault.text)
        if deed.cause == fault.name:
            words = f"Right: {fault.words}. {fault.description}"
            return self._explain(words, fault, plots, right=True)
        named = f"not {deed.cause}, but" if deed.cause else "it is"
        words = f"Something is wrong here: {named} {fault.words}. {fault.description}"
        return self._explain(words, fault, plots, right=False)

    def _explain(
        self, words: str, fault: Happening, plots: Iterable[str], *, right: bool
    ) -> Feedback:
        """Add where it is to be seen, why, and what the instruction asks for."""
        plots = tuple(plots)
        seen = self._seen(fault, plots)
        if seen:
            _, page, path = seen.split(KEY_STEP)
            words += f" {page} › {path}: {self._view.mailbox.verdicts[seen].sentence}"
        mode = self._view.mailbox.run.conditions.beam_mode or ""
        places = ((seen,), plots) if seen else (plots,)
        steps = (right_step(self._site, each, self._run.run_type, mode)
                 for each in places)  # fmt: skip
        step = next((each for each in steps if each is not None), None)
        plot = seen or next(iter(plots), "")
        if step is None:
            return Feedback(words, plot, right)
        return Feedback(words, plot, right, step.instruction, step.step)

    def _seen(self, fault: Happening, plots: tuple[str, ...]) -> str:
        """The plot with a BAD verdict: one of those given, else of its layouts."""
        bad = [
            key
            for key, each in self._view.mailbox.verdicts.items()
            if each.status is Status.BAD and key.split(KEY_STEP)[0] in fault.layouts
        ]
        return next((each for each in plots if each in bad), next(iter(bad), ""))


def begin_practice(
    site: Site,
    ledger: Progress,
    view: EngineClient,
    start: Start,
    who: str,
    minutes: float,
    run_type: RunType,
    difficulty: int,
    seed: int,
) -> Practice:
    """Plan a practice shift, and begin it.

    Args:
        site: the exam's matter is that of practice too.
        ledger: keeps that it was begun, and its marks.
        view: the console's session.
        start: opens a run.
        who: the trainee.
        minutes: how long it is to last.
        run_type: type of the run.
        difficulty: 1 to 3.
        seed: of the plan.

    Raises:
        ExamError: no plan can be made, or its run cannot be started.
    """
    difficulty = min(max(difficulty, 1), 3)
    there = len(shift_choices(site, "fault", run_type, difficulty))
    faults = min(there, max(1, round(minutes / MINUTES_PER_FAULT[difficulty])))
    if not faults:
        message = f"the exam's matter has no faults for {run_type}"
        raise ExamError(message)
    try:
        run = plan_shift(site, minutes, faults, run_type, difficulty, seed)
    except PlanError as error:
        raise ExamError(str(error)) from error
    record = begin_shift(site, ledger, start, who, "practice", seed, run)
    return Practice(site, ledger, view, run, record, minutes)
