"""Practice: a shift of chosen length, with feedback on each finding.

It is on a simulated run, or on a recorded one with faults put in. The trainee works in
the throw-away book. What is scored stays in memory until the end, and only the marks go
into the real one: calls, flags and entries of such a run must never look like real
ones.
"""

from __future__ import annotations

import collections
import random
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import KEY_STEP, layout_of, path_of
from dqmconsole.model.record import Call, Entry, Flag
from dqmconsole.model.verdict import Status
from dqmconsole.shift.flags import components
from dqmconsole.training.item_bank import PlanError, choices, from_start
from dqmconsole.training.lesson import (
    LessonRun,
    onset,
    split_cause,
    teaching,
)
from dqmconsole.training.marks import marks
from dqmconsole.training.records import Action, ExamEnded, Finding, Mark
from dqmconsole.training.truth import (
    LUMISECTION,
    Happening,
    belongs_to,
    happenings,
    lumisections,
    right_step,
    with_plots,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.item_bank import Choice
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import ItemKind, RunType

SPEED = 3.0
"""Seconds of the detector per second of practice: a fault is to be seen after about
five lumisections, which is two minutes of a real shift and forty seconds here."""

SLOWEST = 1.0
"""The same for a recorded run that would be over too soon: the detector's own pace."""
AFTER_RUN = 60.0  # s to say what is still to be said, once a recorded run is over
OF_THE_RUN = (
    "The recorded run is bad here by itself: nothing was put into this plot. What is "
    "said and done about it does not count."
)
QUIET_END = 5.0  # min without a new fault at the end of a shift
SHOWN_AFTER = 180.0  # s after its onset a fault that nobody found is shown
SLACK = 5  # lumisections by which a run may be ahead of the shift's clock
MINUTES_PER_FAULT = {1: 12.0, 2: 8.0, 3: 5.0}  # by difficulty
AT_ONCE = 3  # lumisections between two faults that come together, at most
RECOVERED = ("voltage", "readout")
"""Families of faults that an expert can bring back within a shift: a supply that is
switched on again, a driver that is reset."""
RECOVERS = 1 / 3  # of these, as far as there is time
RECOVERED_AFTER = (15, 30)
"""Lumisections, two to four minutes of practice: there is time to find and to call."""


class Feedback(msgspec.Struct, frozen=True):
    """What is said of a finding, or of a fault that was not found.

    Attributes:
        words: plain sentences.
        plot: key of the plot on which it is to be seen, or "".
        right: the finding was right.
        instruction: id of the instruction that says what to do, or "".
        step: number of its right step, from 1; 0 where it has none.
    """

    words: str
    plot: str
    right: bool
    instruction: str = ""
    step: int = 0


class Practice:
    """A watched shift that answers at once; its clock begins with the first look.

    Args:
        site: what was right follows from it.
        ledger: keeps its marks.
        view: the console's session: its verdicts are explained.
        run: the plan.
        record: of the practice, as it was begun.
        minutes: how long it lasts.
        shown: gives the plots on which each cause of the plan shows, by its text;
            None until that is known.

    Attributes:
        recorded: number of the recorded run that is played; 0 of a simulated one.
        updates: how many of that run are played.
        left: s that are left: no longer than the recorded run goes on.
        over: it ended.
        actions: what the trainee did, in order, as far as it counts.
        marks: once it is over.
        feedback: all that was said, the latest last.
    """

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        view: EngineClient,
        run: LessonRun,
        record: Record,
        minutes: float,
        shown: Callable[[], Mapping[str, frozenset[str]] | None] = lambda: None,
    ) -> None:
        self._site, self._ledger, self._view = site, ledger, view
        self._plots = shown
        self._knows_plots = False
        self._run, self._record = run, record
        self._faults = happenings(run, site, "fault")
        self._harmless = happenings(run, site, "harmless")
        self._shown: set[str] = set()
        self._length = minutes * 60
        self._run_over = self._length
        if run.updates:
            self._run_over = (run.updates - run.ahead) * LUMISECTION / run.speed
            self._length = min(self._length, self._run_over + AFTER_RUN)
        self._spent = 0.0
        self._last: float | None = None
        self._lumisection = 0
        self._known: set[str] = set()
        self.recorded, self.updates = run.recorded, run.updates
        self.left = self._length
        self.over = False
        self.actions: tuple[Action, ...] = ()
        self.marks: tuple[Mark, ...] = ()
        self.feedback: tuple[Feedback, ...] = ()

    @property
    def run_is_over(self) -> bool:
        """The last update of its recorded run was played: nothing more comes."""
        return self.updates > 0 and self._spent >= self._run_over

    def look(self, facts: Facts) -> None:
        """Take in what was done since the last look, and answer it."""
        if self.over:
            return
        if self._last is not None:
            self._spent += max(0.0, facts.now - self._last)
        self._last = facts.now
        self._learn_plots()
        self.left = max(0.0, self._length - self._spent)
        # right after the start the header may still be that of the run before
        possible = self._run.ahead + lumisections(self._spent, self._run.speed) + SLACK
        if facts.lumisection <= possible:
            self._lumisection = max(self._lumisection, facts.lumisection)
        for record in facts.records:
            if record.uid not in self._known:
                self._known.add(record.uid)
                self._take(record)
        for fault in self._faults:
            late = self._spent - fault.seconds
            if late >= SHOWN_AFTER and fault.text not in self._shown:
                self._shown.add(fault.text)
                so_far = self._so_far(fault)
                words = f"Not found yet: {so_far.words}. {fault.description}"
                shown = self._explained(words, fault, fault.plots, right=False)
                self.feedback = (*self.feedback, shown)
        if self.left == 0.0:
            self.end()

    def leave(self) -> None:
        """Go away; it is not taken up again, and is scored as it stands."""
        self.end()

    def end(self) -> None:
        """End it now, and score it as it stands."""
        if self.over:
            return
        self.over = True
        # what is not over yet when the shift is cannot be flagged until its end
        faults = tuple(map(self._so_far, self._faults))
        self.marks = marks(self._run, self._site, self.actions, faults)
        ended = ExamEnded(exam=self._record.uid, part="practice", marks=self.marks)
        self._ledger.write(self._record.who, ended)

    # -- inside ----------------------------------------------------------------------

    def _so_far(self, fault: Happening) -> Happening:
        """A fault as one can know it now: that it will be over is not known before."""
        if fault.onset > 1 and fault.end > self._lumisection:
            return msgspec.structs.replace(fault, end=0)
        return fault

    def _learn_plots(self) -> None:
        """Learn on which plots its causes show, once that is known."""
        if not self._knows_plots and (shown := self._plots()) is not None:
            self._knows_plots = True
            self._faults = with_plots(self._faults, shown)
            self._harmless = with_plots(self._harmless, shown)

    def _add_bad(self, plots: Iterable[str]) -> None:
        """What the console calls BAD of a fault's layouts shows the fault, too.

        But what shows a harmless event may be BAD for that.
        """
        mild = {path for each in self._harmless for path in each.shows or ()}
        bad = {
            path_of(each): layout_of(each)
            for each in plots
            if (verdict := self._view.mailbox.verdicts.get(each)) is not None
            and verdict.status is Status.BAD
        }
        for fault in self._faults if bad else ():
            here = {path for path, layout in bad.items() if layout in fault.layouts}
            here -= mild
            if fault.shows is not None and here:
                more = {fault.text: fault.shows | here}
                self._faults = with_plots(self._faults, more)

    def _take(self, record: Record) -> None:
        action = action_of(record)
        if action is None or record.who != self._record.who:
            return
        action = msgspec.structs.replace(
            action,
            seconds=self._spent,
            lumisection=self._lumisection,
            beam_mode=self._view.mailbox.run.conditions.beam_mode or "",
        )
        if self._is_of_the_run(action):
            if action.what == "finding":
                plot = next(iter(action.plots), "")
                said = Feedback(OF_THE_RUN, plot, action.verdict == "bad")
                self.feedback = (*self.feedback, said)
            return
        self.actions = (*self.actions, action)
        if not self.recorded:  # there each fault is in its plot, and in no other
            self._add_bad(action.plots)
        if action.what == "finding":
            self.feedback = (*self.feedback, self._of_finding(action))

    def _is_of_the_run(self, action: Action) -> bool:
        """Tell whether it is about what is wrong in the recorded run itself.

        The console calls a plot BAD into which nothing was put, or not yet.
        """
        if not self.recorded or belongs_to(action, self._faults) is not None:
            return False
        begun = [each for each in self._faults if each.onset <= self._lumisection]
        put = {each.target for each in begun}
        bad = {
            key
            for key, each in self._view.mailbox.verdicts.items()
            if each.status is Status.BAD and path_of(key) not in put
        }
        if action.what != "flag":
            return not bad.isdisjoint(action.plots)
        covered = set(components(self._site).get(action.component, ()))
        if any(each.layouts & covered for each in begun):
            return False
        return action.status == "BAD" and not covered.isdisjoint(map(layout_of, bad))

    def _of_finding(self, action: Action) -> Feedback:
        plot = next(iter(action.plots), "")
        fault = belongs_to(action, self._faults)
        if fault is None:
            event = belongs_to(action, self._harmless)
            why = ""
            if event is not None:
                why = f" {self._so_far(event).words}, which is harmless."
            right = action.verdict == "good"
            if right and not plot:
                return Feedback("Of which plot? This finding names none.", "", False)
            words = "Right: nothing" if right else "Nothing"
            return Feedback(f"{words} is wrong here.{why}", plot, right)
        right = action.verdict == "bad" and action.cause == fault.name
        if action.verdict == "bad":
            self._shown.add(fault.text)
        begin = "Right:" if right else "Something is wrong here:"
        if action.verdict == "bad" and not right:
            begin += f" not {action.cause}, but" if action.cause else " it is"
        words = f"{begin} {self._so_far(fault).words}. {fault.description}"
        if self.recorded and action.cause and action.cause != fault.name:
            words += " What is put into a recorded run is named by what it looks like."
        plots = (*action.plots, *fault.plots)
        return self._explained(words, fault, plots, right=right)

    def _explained(
        self, words: str, fault: Happening, plots: tuple[str, ...], *, right: bool
    ) -> Feedback:
        """Add where it is to be seen, why, and what the instruction asks for."""
        seen = self._seen(fault, plots)
        if seen:
            _, page, path = seen.split(KEY_STEP)
            words += f" {page} › {path}: {self._view.mailbox.verdicts[seen].sentence}"
        mode = self._view.mailbox.run.conditions.beam_mode or ""
        places = ((seen,), plots) if seen else (plots,)
        run_type = self._run.known_type
        steps = (right_step(self._site, each, fault.name, run_type, mode)
                 for each in places)  # fmt: skip
        step = next((each for each in steps if each is not None), None)
        plot = seen or next(iter(plots), "")
        if step is None:
            return Feedback(words, plot, right)
        return Feedback(words, plot, right, step.instruction, step.step)

    def _seen(self, fault: Happening, plots: tuple[str, ...]) -> str:
        """The plot with a BAD verdict that shows it: one of those given, else any."""
        bad = [
            key
            for key, each in self._view.mailbox.verdicts.items()
            if each.status is Status.BAD
            and layout_of(key) in fault.layouts
            and (fault.shows is None or path_of(key) in fault.shows)
        ]
        return next((each for each in plots if each in bad), next(iter(bad), ""))


def plan_shift(
    site: Site, minutes: float, run_type: RunType, difficulty: int, seed: int
) -> LessonRun:
    """Plan the run of a practice shift.

    Faults and harmless events come at random times, no fault in the last five minutes
    (the last half of less than ten). From the second difficulty on two of several come
    together. Some are brought back, all others stay until the end. It is a simulated
    run or one of the recorded ones that exam.yaml names, which have any type. A
    recorded one that is short for so many minutes is played slower, down to the
    detector's own pace.

    Args:
        site: its exam settings and its table of causes.
        minutes: how long it lasts.
        run_type: type of the run.
        difficulty: 1 to 3: sizes from easy to hard, more faults and harmless events.
        seed: everything follows from it.

    Raises:
        PlanError: the site has no exam, or no fault for such a run.
    """
    bad = shift_choices(site, "fault", run_type, difficulty)
    if not bad:
        message = f"the site's exam.yaml has no faults for {run_type}"
        raise PlanError(message)
    generator = random.Random(f"shift {seed}")
    bad = _of_one_run(bad, generator)
    recorded, updates = bad[0].recorded, bad[0].updates
    ahead, speed = generator.randint(6, 10), SPEED
    if recorded:
        ahead = min(ahead, updates // 2)
        lasts = (updates - ahead) * LUMISECTION / 60  # min, at the detector's own pace
        speed = max(SLOWEST, min(SPEED, lasts / minutes))
        minutes = min(minutes, lasts / speed)
    faults = max(1, round(minutes / MINUTES_PER_FAULT[difficulty]))
    # a recorded run has one fault in a plot at most
    most = len({split_cause(each.cause)[1] for each in bad}) if recorded else len(bad)
    faults = min(most, faults)
    mild = shift_choices(site, "harmless", run_type, difficulty)
    mild = [each for each in mild if each.recorded == recorded]
    events = min(len(mild), faults + difficulty - 1)
    last = ahead + lumisections(minutes * 60, speed)
    quiet = lumisections(min(QUIET_END, minutes / 2) * 60, speed)
    if recorded:
        quiet = min(quiet, (last - ahead) // 2)
    first = min(ahead + 2, last)
    # what acts until its onset must not hide what comes after
    early = {each.name for each in teaching(site).causes if each.before}
    whole = from_start(site)

    def begins(each: Choice, until: int) -> int:
        if split_cause(each.cause)[0] in whole:
            return 1
        if split_cause(each.cause)[0] in early:
            return first
        return generator.randint(first, max(first, last - until))

    chosen = _spread(bad, faults, generator)
    onsets = [begins(each, quiet) for each in chosen]
    drawn = {split_cause(each.cause)[0] for each in chosen[:2]}
    if difficulty > 1 and len(chosen) > 1 and not recorded and not drawn & whole:
        latest = max(first, last - quiet)
        onsets[1] = min(onsets[0] + generator.randint(0, AT_ONCE), latest)
    ends = [
        _recovery(site, each, begin, last, generator)
        for each, begin in zip(chosen, onsets, strict=True)
    ]
    causes = [
        f"{each.cause}@{begin}{end}{each.times}"
        for each, begin, end in zip(chosen, onsets, ends, strict=True)
    ]
    causes += [
        f"{each.cause}@{begins(each, 2)}{each.times}"
        for each in _spread(mild, events, generator)
    ]
    return LessonRun(
        run_type=run_type,
        seed=generator.randrange(1, 2**31),
        causes=tuple(sorted(causes, key=onset)),
        ahead=ahead,
        speed=speed,
        recorded=recorded,
        updates=updates if recorded else 0,
    )


def shift_choices(
    site: Site, kind: ItemKind, run_type: RunType, difficulty: int
) -> list[Choice]:
    """The different causes of one kind that a shift can have, each of one size."""
    # a shift is one run, else its lumisections, by which causes and flags are
    # compared, would begin again; and a wrong reference is loaded with the run.
    # What stands from the start of a run can be there from the first on
    left_out = {
        each.name
        for each in teaching(site).causes
        if (each.ends_run and not (each.from_run and each.kind == "fault"))
        or each.acts_on == "session"
    }
    found: dict[tuple[str, int], list[Choice]] = {}
    for each in choices(site):
        fits = each.run_type == run_type or each.recorded
        if each.kind == kind and fits and not each.evidence:
            found.setdefault((each.cause, each.recorded), []).append(each)
    return [
        sized[round((len(sized) - 1) * (difficulty - 1) / 2)]
        for (cause, _), sized in found.items()
        if split_cause(cause)[0] not in left_out
    ]


def action_of(record: Record) -> Action | None:
    """What is scored of a record of the throw-away book; None of all others."""
    body = record.body
    if isinstance(body, Finding):
        return Action(
            "finding",
            0.0,
            verdict=body.verdict,
            cause=body.cause,
            urgency=body.urgency,
            plots=(body.plot,) if body.plot else (),
        )
    if isinstance(body, Call):
        about = (body.about,) if KEY_STEP in body.about else ()
        answered = body.answered is not False
        return Action("call", 0.0, role=body.role, plots=about, answered=answered)
    if isinstance(body, Flag) and not body.proposed:
        return Action(
            "flag",
            0.0,
            component=record.subsystem,
            status=body.status,
            cause=body.cause,
            first=body.first,
            last=body.last or 0,
            earliest=body.earliest or 0,
        )
    if isinstance(body, Entry):
        return Action("entry", 0.0, plots=body.plots, evidence=bool(body.evidence))
    return None


def _of_one_run(given: list[Choice], generator: random.Random) -> list[Choice]:
    """Those of the simulated run, or of one of the recorded ones, each as likely."""
    runs = sorted({each.recorded for each in given})
    if len(runs) == 1:
        return given
    chosen = generator.choice(runs)
    return [each for each in given if each.recorded == chosen]


def _recovery(
    site: Site, fault: Choice, begin: int, last: int, generator: random.Random
) -> str:
    """The end of a fault of a shift, as it is written: "-40"; "" of one that stays.

    Args:
        site: its table of causes.
        fault: what begins.
        begin: when.
        last: lumisection of the shift.
        generator: draws it.
    """
    name, _ = split_cause(fault.cause)
    known = next(each for each in teaching(site).causes if each.name == name)
    end = begin + generator.randint(*RECOVERED_AFTER)
    draws = generator.random() < RECOVERS
    can = known.may_end and known.family in RECOVERED and not fault.recorded
    return f"-{end}" if draws and can and end < last else ""


def _spread(
    given: Sequence[Choice], count: int, generator: random.Random
) -> list[Choice]:
    """Choose so many different causes, on as many subsystems as can be."""
    left = list(given)
    targets: collections.Counter[str] = collections.Counter()
    found: list[Choice] = []
    while left and len(found) < count:
        generator.shuffle(left)
        least = min(left, key=lambda each: targets[split_cause(each.cause)[1]])
        found.append(least)
        left.remove(least)
        targets[split_cause(least.cause)[1]] += 1
    return found
