"""Every bundled lesson played wrong on purpose, in every step, and right in two orders.

On the level of what is written and in view: the tutor takes in what a trainee did, and
must not let a wrong plot, cause, call or range pass. Where a cause really shows is not
taken from the lesson: its run is played. ``tests/journeys/test_lessons.py`` plays the
lessons right, with keys.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from support.bundled import read_bundled
from support.trainees import Sight

from dqmconsole.app.lesson_plays import PlayedLesson
from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    RunSeen,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.site.layouts import plots_of
from dqmconsole.training.goals import matches_one
from dqmconsole.training.lesson import (
    Lesson,
    LessonStep,
    last_of,
    onset,
    split_cause,
    teaching,
)
from dqmconsole.training.records import Finding
from dqmconsole.training.tutor import Tutor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.record import Body
    from dqmconsole.training.lesson import EntryGoal, FindingGoal, FlagGoal

pytestmark = pytest.mark.slow

SITE = read_bundled()
LESSONS = {each.id: each for each in teaching(SITE).lessons}
KEYS = {
    plot.path: plot_key(layout.layout, page.page, plot.path)
    for layout, page, plot in plots_of(SITE)
}
PAGES = [
    f"{layout.layout}/{page.page}" for layout in SITE.layouts for page in layout.pages
]
RUN = 398214
NO_END = 1000  # lumisections of a run that goes on


class Did(NamedTuple):
    """Something a trainee does: what is written, what is in view, a command."""

    body: Body | None = None
    subsystem: str = ""
    shows: dict[str, object] | None = None
    used: str = ""

    def at(self, sight: Sight) -> None:
        """Do it."""
        if self.body is not None:
            sight.wrote(self.body, subsystem=self.subsystem, run=RUN)
        if self.shows:
            sight.shows(**self.shows)
        if self.used:
            sight.used(self.used)


class Tried:
    """A lesson that a trainee has come far in.

    Args:
        lesson: the lesson.
        done: ids of steps that are done before.
        lumisection: how far the run has come.
    """

    def __init__(
        self, lesson: Lesson, done: set[str], lumisection: int = NO_END
    ) -> None:
        self.tutor, self.sight = Tutor(lesson, 0.0), Sight()
        self.tutor.resume(done)
        self.sight.shows(lumisection=lumisection)
        self.sight.wrote(RunSeen("running"), run=RUN)
        self.tutor.look(self.sight.facts)

    def does(self, *done: Did) -> None:
        """Do one thing after the other, with a look after each."""
        for each in done:
            each.at(self.sight)
            self.tutor.look(self.sight.facts)

    def ids(self) -> set[str]:
        """The steps that are done."""
        state = self.tutor.state
        return {
            step.id
            for step, is_done in zip(state.lesson.steps, state.done, strict=True)
            if is_done
        }


@pytest.fixture(scope="module", params=sorted(LESSONS))
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return LESSONS[request.param]


@pytest.fixture(scope="module")
def played(lesson: Lesson) -> PlayedLesson:
    """Its run: played only if something is asked of it."""
    asked = [part for step in lesson.steps if (goal := step.done) is not None
             for part in (goal.finding, goal.entry) if part]  # fmt: skip
    return PlayedLesson(lesson.run, SITE, [glob for e in asked for glob in e.plots])


def test_no_step_passes_with_what_is_wrong(
    lesson: Lesson, played: PlayedLesson
) -> None:
    tried: Counter[str] = Counter()
    for step in lesson.steps:
        others = {each.id for each in lesson.steps} - {step.id}
        for what, wrong in wrong_ways(lesson, step, played):
            waits = step.done.lumisection if step.done else 0
            trial = Tried(lesson, others, waits - 1 if waits else NO_END)
            trial.does(*wrong)
            assert step.id not in trial.ids(), (step.id, what, wrong)
            tried[step.id] += 1
        if step.question is not None:
            for choice in range(1, len(step.question.choices) + 1):
                trial = Tried(lesson, others)
                if choice != step.question.right:
                    trial.tutor.answer(choice)
                    assert step.id not in trial.ids(), (step.id, choice)
                    assert trial.tutor.state.said
                    tried[step.id] += 1
    assert set(tried) == {
        each.id for each in lesson.steps if each.done is not None or each.question
    }


def test_a_wrong_thing_is_never_passed_over_in_silence(
    lesson: Lesson, played: PlayedLesson
) -> None:
    """The tutor says something of a finding, flag, call or entry that is wrong."""
    for step in lesson.steps:
        others = {each.id for each in lesson.steps} - {step.id}
        for what, wrong in wrong_ways(lesson, step, played):
            if what in {"view", "tick", "nothing", "component", "status", "shift"}:
                continue
            trial = Tried(lesson, others)
            trial.does(*wrong)
            assert trial.tutor.state.said, (step.id, what, wrong)


@pytest.mark.parametrize("backwards", [False, True])
def test_it_is_played_to_its_end(
    lesson: Lesson, played: PlayedLesson, *, backwards: bool
) -> None:
    """In the order written, and from its end as far as `after` allows."""
    trial = Tried(lesson, set())
    while (step := trial.tutor.state.step) is not None:
        done = trial.ids()
        ready = [
            each
            for each in (reversed(lesson.steps) if backwards else lesson.steps)
            if each.done is not None
            and each.id not in done
            and done.issuperset(each.after)
            # what is in view counts while it is told
            and not (each.done.page or each.done.plot or each.done.alone)
            and not each.done.used
        ]
        if step.question is not None:
            trial.tutor.answer(step.question.right)
            trial.tutor.go_on()
        elif trial.tutor.state.can_go_on:  # it is read, or done already
            trial.tutor.go_on()
        else:
            wanted = ready[0] if backwards and ready else step
            trial.does(*right_way(lesson, wanted, played))
            assert wanted.id in trial.ids(), (wanted.id, trial.tutor.state.said)
    assert trial.tutor.state.finished


# -- what is right -----------------------------------------------------------------


def right_way(lesson: Lesson, step: LessonStep, played: PlayedLesson) -> list[Did]:
    """What meets the goal of a step: a finding is of a plot that shows it."""
    goal = step.done
    assert goal is not None
    found: list[Did] = []
    shows: dict[str, object] = {}
    if goal.page:
        shows["page"] = goal.page
    if goal.plot:
        shows["plot"] = next(path for path in KEYS if matches_one(path, (goal.plot,)))
    if goal.alone:
        shows["alone"] = True
    if goal.mode:
        shows["mode"] = goal.mode
    if goal.used:
        found.append(Did(used=goal.used))
    if goal.read:
        shows["read"] = frozenset({goal.read})
    if goal.runs:
        shows["runs"] = goal.runs
    if shows:
        found.append(Did(shows=shows))
    if goal.finding is not None:
        found.append(said(goal.finding, right_plot(goal.finding, played)))
    if goal.entry is not None:
        plot = seen_plots(goal.entry, played)[0]
        found.append(Did(Entry("A hole", plots=(KEYS[plot],), evidence="abc")))
    if goal.call:
        found.append(Did(Call(goal.call)))
    if goal.tick is not None:
        found.append(Did(Tick(goal.tick.instruction, 1, goal.tick.step - 1, "")))
    if goal.shift:
        shifts: dict[str, Body] = {
            "begun": ShiftBegan(),
            "hand-over read": Read("hand-over", "a"),
            "handed over": HandOver("a", "b"),
        }
        found.append(Did(shifts[goal.shift]))
    if goal.flag is not None:
        found.append(flagged(lesson, goal.flag))
    if goal.settled:
        found.append(Did(SignOff()))
    return found


def said(finding: FindingGoal, path: str, **changes: str) -> Did:
    cause = finding.causes[0] if finding.causes else "hv-trip"
    right = Finding(finding.verdict, KEYS[path], cause, finding.urgency or "call now")
    return Did(msgspec.structs.replace(right, **changes))


def flagged(lesson: Lesson, flag: FlagGoal, **changes: object) -> Did:
    """The flag from the onset of the component's fault until that, or the run, ends."""
    first, last = began(lesson, flag), over(lesson, flag)
    right = Flag(flag.status, first=first, last=last or None, cause=flag.causes[0])
    return Did(msgspec.structs.replace(right, **changes), flag.component)


def began(lesson: Lesson, flag: FlagGoal) -> int:
    return onset(flagged_cause(lesson, flag))


def over(lesson: Lesson, flag: FlagGoal) -> int:
    return last_of(flagged_cause(lesson, flag))


def flagged_cause(lesson: Lesson, flag: FlagGoal) -> str:
    (layout,) = SITE.settings.components[flag.component]
    (cause,) = (each for each in lesson.run.causes if split_cause(each)[1] == layout)
    return cause


def right_plot(finding: FindingGoal, played: PlayedLesson) -> str:
    shown = frozenset.intersection(*map(played.showing, played.meant(finding)))
    return next(
        path for path in KEYS if path in shown and matches_one(path, finding.plots)
    )


def seen_plots(entry: EntryGoal, played: PlayedLesson) -> list[str]:
    shown = frozenset[str]().union(*map(played.showing, played.causes))
    return [path for path in KEYS if path in shown and matches_one(path, entry.plots)]


# -- what is wrong -----------------------------------------------------------------


def wrong_ways(
    lesson: Lesson, step: LessonStep, played: PlayedLesson
) -> Iterator[tuple[str, list[Did]]]:
    """Ways to miss the goal of a step: what is wrong, and what is done."""
    goal = step.done
    if goal is None:
        return
    yield "nothing", []
    if goal.page or goal.plot:
        page = next(each for each in PAGES if each != goal.page)
        plot = next(p for p in KEYS if not matches_one(p, (goal.plot or "?",)))
        yield "view", [Did(shows={"page": page, "plot": plot})]
    if goal.finding is not None:
        yield from wrong_findings(goal.finding, played)
    if goal.entry is not None:
        (plot, *_) = seen_plots(goal.entry, played)
        yield "evidence", [Did(Entry("A hole", plots=(KEYS[plot],)))]
        yield "plot", [Did(Entry("A hole", evidence="abc"))]
        shown = frozenset[str]().union(*map(played.showing, played.causes))
        for path in KEYS.keys() - shown:
            yield "plot", [Did(Entry("A hole", plots=(KEYS[path],), evidence="abc"))]
    if goal.call:
        for role in SITE.contacts.roles:
            others = {e.done.call for e in lesson.steps if e.done and e.done.call}
            if role not in others:
                yield "role", [Did(Call(role))]
    if goal.tick is not None:
        for number in range(9):
            if number != goal.tick.step - 1:
                yield "tick", [Did(Tick(goal.tick.instruction, 1, number, ""))]
        right = Tick(goal.tick.instruction, 1, goal.tick.step - 1, "")
        yield "tick", [Did(msgspec.structs.replace(right, instruction="dt/other"))]
    if goal.shift:
        wrong: dict[str, Body] = {
            "begun": HandOver("a", "b"),
            "hand-over read": Read("instruction", "a"),
            "handed over": SignOff(),
        }
        yield "shift", [Did(wrong[goal.shift])]
    if goal.flag is not None:
        more = [Did(SignOff())] if goal.settled else []
        for what, flags in wrong_flags(lesson, goal.flag):
            yield what, [*flags, *more]
        if goal.settled:
            yield "nothing", [flagged(lesson, goal.flag)]
            for flags in spoiled_flags(lesson, goal.flag):
                yield "signed", [*flags, *more]


def wrong_findings(
    finding: FindingGoal, played: PlayedLesson
) -> Iterator[tuple[str, list[Did]]]:
    right = right_plot(finding, played)
    other = "good" if finding.verdict == "bad" else "bad"
    yield "verdict", [said(finding, right, verdict=other)]
    for cause in (*(each.name for each in teaching(SITE).causes), ""):
        if cause not in finding.causes:
            yield "cause", [said(finding, right, cause=cause)]
    if finding.urgency:
        for soon in ("call now", "call in working hours", "write only", "nobody", ""):
            if soon != finding.urgency:
                yield "urgency", [said(finding, right, urgency=soon)]
    yield "plot", [said(finding, right, plot="")]
    shown = frozenset[str]().union(*map(played.showing, played.meant(finding)))
    for path in KEYS.keys() - shown:
        yield "plot", [said(finding, path)]


def spoiled_flags(lesson: Lesson, flag: FlagGoal) -> Iterator[list[Did]]:
    """The right flag, and another one over it."""
    first, right = began(lesson, flag), flagged(lesson, flag)
    end = lesson.run.run_length or first + 20
    yield [right, flagged(lesson, flag, first=1, last=end)]
    yield [right, flagged(lesson, flag, first=3, last=5)]
    yield [right, flagged(lesson, flag, status="GOOD", first=first + 4)]
    yield [right, flagged(lesson, flag, status="GOOD", first=1)]
    yield [right, flagged(lesson, flag, first=first + 3, cause="")]


def wrong_flags(lesson: Lesson, flag: FlagGoal) -> Iterator[tuple[str, list[Did]]]:
    first = began(lesson, flag)
    right = flagged(lesson, flag)
    last = over(lesson, flag)
    # another end than the right one; where that is the run's, well before it
    end = last + 14 if last else lesson.run.run_length or first + 20
    if last:
        yield "range", [flagged(lesson, flag, last=None)]
        yield "range", [flagged(lesson, flag, last=last - 6)]
    yield "range", [flagged(lesson, flag, first=1)]
    yield "range", [flagged(lesson, flag, first=1, last=end)]
    yield "range", [flagged(lesson, flag, first=first + 6)]
    yield "range", [flagged(lesson, flag, first=first - 6)]
    yield "range", [flagged(lesson, flag, last=end - 8)]
    yield "cause", [flagged(lesson, flag, cause="")]
    yield "cause", [flagged(lesson, flag, cause="timing")]
    yield "status", [flagged(lesson, flag, status="EXCLUDED")]
    yield "status", [flagged(lesson, flag, proposed=True)]
    for name in SITE.settings.components:
        if name != flag.component:
            yield "component", [Did(right.body, name)]
