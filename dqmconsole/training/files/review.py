"""Reviewing lessons and exam: what makes no sense, though it can be played."""

from __future__ import annotations

import itertools
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import plot_key
from dqmconsole.model.words import counted
from dqmconsole.site.bundle import BundleError, read_bundle
from dqmconsole.site.findings import Place
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.references import as_date
from dqmconsole.site.rules.context import Violation
from dqmconsole.training.files.lessons import FOLDER, lesson_key
from dqmconsole.training.files.observed_shifts import OBSERVED, impossible_causes
from dqmconsole.training.files.scene import CAUSE_KINDS, LessonScene
from dqmconsole.training.files.sound import EXAM, MEASURED
from dqmconsole.training.item_bank import (
    bank_words,
    exams_of,
    pages_left_out,
    why_no_exam,
    why_nobody_passes,
)
from dqmconsole.training.lesson import (
    LESSONS,
    NOBODY,
    MeasuredPage,
    kind_of,
    teaching,
)
from dqmconsole.training.marks import SNAPSHOTS
from dqmconsole.training.passing import how_chance_decides
from dqmconsole.training.truth import LUMISECTION, right_step

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.files.folder import Lessons
    from dqmconsole.training.lesson import (
        ExamSettings,
        FindingGoal,
        FlagGoal,
        Goal,
        Lesson,
        LessonStep,
    )

    Said = Iterator[tuple[str, str]]  # the part, and the words


def check_lessons(context: SiteReading) -> Iterator[Violation]:
    """Find what is wrong with the lessons and the exam of a site.

    What they name and is not there, and what can never become true, the reading of
    the site has said already.
    """
    if LESSONS not in context.texts.kinds:
        return  # of a site in a newer format nothing is read
    read: Lessons = context.texts.kinds[LESSONS].value
    site, places = context.drafts, context.places
    scene = LessonScene(site, context.texts, context.broken)
    lessons = read.lessons + read.drafts
    numbers = {each.id: each.number for each in lessons}
    for lesson in lessons:
        for part, words in _errors(lesson, context.folder, context.today):
            yield Violation("lesson", places.get(lesson_key(lesson.id, part)), words)
        for part, words in _Review(lesson, site, scene, numbers).advice():
            place = places.get(lesson_key(lesson.id, part))
            place = place or places.get(lesson_key(lesson.id))
            yield Violation("lesson-advice", place, words)
    if read.observed is not None:
        kept = teaching(context.site).observed
        for part, words in impossible_causes(read.observed, kept):
            yield Violation("lesson", places.get(lesson_key(OBSERVED, part)), words)
    if read.exam is None:
        return
    for part, words in _bundles(read.exam, context.folder):
        yield Violation("lesson", places.get(lesson_key(EXAM, part)), words)
    # An exam grows bundle by bundle: that it is not yet whole stops no release.
    found = (
        *_plans(context.site),
        *_unmeasured(read.exam),
        *_left_out(read.exam),
        *_unfair(read.exam, site),
    )
    for part, words in found:
        yield Violation("lesson-advice", places.get(lesson_key(EXAM, part)), words)
    kept_exam = teaching(context.site).exam
    if kept_exam is not None and kept_exam.measured_before:
        place = Place(f"{FOLDER}/{MEASURED}", 1, 1)
        yield Violation("lesson-advice", place, bank_words(kept_exam))


# -- lessons -----------------------------------------------------------------------


def _errors(lesson: Lesson, folder: Path, today: datetime.date) -> Said:
    """What must be fixed before it is published."""
    shown = _look_into(folder, lesson.run.evidence)
    if shown is not None and shown.trouble:
        yield "run.evidence", shown.trouble
    elif shown is not None:
        yield from _not_shown(lesson, shown)
    written = as_date(lesson.written)
    if written and written > today:
        yield "written", f"written {written} is yet to come"


class _Review:
    """What is to be reviewed of one lesson, though it can be played."""

    def __init__(
        self, lesson: Lesson, site: Site, scene: LessonScene, numbers: Mapping[str, int]
    ) -> None:
        self._lesson = lesson
        self._site = site
        self._numbers = numbers
        self._causes = dict(scene.causes(lesson.run))
        goals = [each.done for each in lesson.steps if each.done is not None]
        self._flags = [each.flag for each in goals if each.flag is not None]

    def advice(self) -> Said:
        """All of it."""
        lesson = self._lesson
        if not lesson.covers:
            words = "it covers nothing: it will never ask for a refresher (covers: …)"
            yield "", words
        for item, name in enumerate(lesson.requires):
            number = self._numbers.get(name, 0)
            if number > lesson.number:
                words = f'requires: "{name}" is lesson {number}, and comes later'
                yield f"requires[{item}]", words
        goals = [each.done for each in lesson.steps if each.done is not None]
        asks = any(each.question is not None for each in lesson.steps)
        # what is only read is a tour
        if goals and not asks and all(each.finding is None for each in goals):
            words = (
                "nobody has to say anything in it: no step asks for a finding "
                "(done: {finding: …}) or a question"
            )
            yield "steps", words
        yield from self._too_late()
        for item, step in enumerate(lesson.steps):
            yield from self._step(f"steps[{item}]", step)

    def _too_late(self) -> Said:
        """Causes of the run that act when the lesson is long over."""
        for item, cause in self._causes.items():
            if cause.onset > self._end():
                words = f"causes: {cause.name} begins in lumisection {cause.onset}"
                yield f"run.causes[{item}]", f"{words}; {self._end_words()}"

    def _end(self) -> float:
        """The lumisection that the run has come to when the lesson's time is over."""
        lesson, run = self._lesson, self._lesson.run
        return run.ahead + lesson.minutes * 60 * run.speed / LUMISECTION

    def _end_words(self) -> str:
        return f"after {self._lesson.minutes} minutes the run is at {self._end():.0f}"

    def _step(self, part: str, step: LessonStep) -> Said:
        goal = step.done
        if goal is None:
            if step.hints and step.question is None:
                words = "nobody waits for the hints of a step that is only read"
                yield f"{part}:text", words
            return
        ahead = self._lesson.run.ahead
        if 0 < goal.lumisection <= ahead:
            words = (
                f"lumisection {goal.lumisection} is over when the lesson begins "
                f"(ahead: {ahead})"
            )
            yield f"{part}.done.lumisection", words
        if goal.lumisection > self._end() and not self._lesson.run.evidence:
            words = f"lumisection {goal.lumisection} comes late: {self._end_words()}"
            yield f"{part}.done.lumisection", words
        for key, globs in (
            ("plot", (goal.plot,) if goal.plot else ()),
            ("finding.plot", goal.finding.plots if goal.finding else ()),
            ("entry.plot", goal.entry.plots if goal.entry else ()),
        ):
            if globs and all(map(self._is_for_experts, globs)):
                words = f'"{globs[0]}" stands on pages for experts only'
                yield f"{part}.done.{key}", words
        if goal.finding is not None and not self._is_called_about(goal.finding):
            yield from _urgency(f"{part}.done.finding.urgency", goal.finding)
            yield from self._unlike_steps(f"{part}.done.finding.urgency", goal.finding)
        if goal.flag is not None:
            yield from self._flag(f"{part}.done.flag.component", goal.flag)
            yield from self._first(f"{part}.done.flag.first", goal.flag)
            yield from self._range(f"{part}.done.flag", goal.flag)
            yield from self._last(f"{part}.done.flag", goal.flag)
        if goal.settled and goal.flag is None and self._flags:
            words = (
                "whatever flags are in force then are signed off: ask for them here, "
                f"too (flag: {{component: {self._flags[0].component}, …}})"
            )
            yield f"{part}.done.settled", words
        # A role that is nobody has its problem.
        if goal.call in self._site.contacts.roles and not self._names(goal.call):
            words = f"no instruction of this lesson names {goal.call}: who could know?"
            yield f"{part}.done.call", words

    def _is_called_about(self, finding: FindingGoal) -> bool:
        """Whether the shift before called about it already: then nobody does again."""
        handed = self._lesson.hand_over
        return handed is not None and any(
            fnmatchcase(each.plot, glob)
            for each in handed.open
            for glob in finding.plots
        )

    def _unlike_steps(self, part: str, finding: FindingGoal) -> Said:
        """How soon to call, where the instruction of a plot says otherwise."""
        if finding.verdict != "bad" or not finding.urgency:
            return
        keys: dict[str, str] = {}  # one plot of each instruction
        for layout, page, plot in plots_of(self._site):
            if any(fnmatchcase(plot.path, each) for each in finding.plots):
                key = plot_key(layout.layout, page.page, plot.path)
                keys.setdefault(plot.instruction or "", key)
        run_type = self._lesson.run.run_type
        for key, cause in itertools.product(keys.values(), finding.causes):
            step = right_step(self._site, [key], cause, run_type, "")
            if step is None or not step.step:
                continue
            if step.urgency != finding.urgency:
                words = f'of {cause}, step {step.step} of "{step.instruction}" says'
                yield part, f"urgency: {finding.urgency}: {words} {step.urgency}"

    def _is_for_experts(self, glob: str) -> bool:
        audiences = {
            page.audience
            for _, page, plot in plots_of(self._site)
            if fnmatchcase(plot.path, glob)
        }
        return audiences == {"expert"}

    def _flag(self, part: str, flag: FlagGoal) -> Said:
        """A BAD flag of a component that no fault of the run touches."""
        if flag.status != "BAD" or self._lesson.run.evidence:
            return
        covered = self._site.settings.components.get(flag.component, (flag.component,))
        touched = {
            each.target for each in self._causes.values() if each.kind == "fault"
        }
        names = {each.lower() for each in covered}
        if "" not in touched and names.isdisjoint(each.lower() for each in touched):
            on = f"act on {', '.join(sorted(touched))}" if touched else "are none"
            yield part, f"the faults of the run {on}: is {flag.component} BAD?"

    def _first(self, part: str, flag: FlagGoal) -> Said:
        """A first lumisection that no console can propose.

        What is ahead is seen all at once: when in it something began is not known.
        """
        ahead = self._lesson.run.ahead
        if flag.first and flag.first[0] > 1 and flag.first[-1] <= ahead:
            words = (
                f"first: lumisections 1 to {ahead} are over when the lesson begins "
                "(ahead), and the console proposes the flag from 1"
            )
            yield part, words

    def _range(self, part: str, flag: FlagGoal) -> Said:
        """A range that the fault of the component does not fit, or that says nothing.

        What is ahead of the lesson is proposed from 1, and may be flagged so.
        """
        onsets = self._onsets(flag)
        if flag.status != "BAD" or not onsets:
            return
        if not flag.causes:
            yield part, "a BAD flag without its cause passes (causes: …)"
        begins = min(onsets)
        if not flag.first:
            words = f"a flag from any lumisection passes; it is bad from {begins} on"
            yield part, f"{words} (first: …)"
            return
        low, high = flag.first[0], flag.first[-1]
        early = begins > self._lesson.run.ahead and low < begins - SNAPSHOTS
        if early or not low <= begins <= high or high > begins + SNAPSHOTS:
            words = (
                f"first: it is bad from lumisection {begins} on, and {low} to {high} "
                f"is not within {SNAPSHOTS} of that"
            )
            yield f"{part}.first", words

    def _last(self, part: str, flag: FlagGoal) -> Said:
        """An end of a flag that does not fit that of the component's faults."""
        lasting = [each.duration for each in self._struck(flag)]
        if flag.status != "BAD" or not lasting or None in lasting:
            return
        over = max(
            each.onset + each.duration - 1
            for each in self._struck(flag)
            if each.duration is not None
        )
        if not flag.last:
            words = f"a BAD flag to the run's end passes; it is over after {over}"
            yield part, f"{words} (last: …)"
        elif not flag.last[0] <= over <= flag.last[-1] <= over + SNAPSHOTS:
            yield (
                f"{part}.last",
                (
                    f"last: it is bad until lumisection {over}, and {flag.last[0]} to "
                    f"{flag.last[-1]} is not within {SNAPSHOTS} of that"
                ),
            )

    def _onsets(self, flag: FlagGoal) -> list[int]:
        """Lumisections in which faults of a component's layouts begin."""
        return [each.onset for each in self._struck(flag)]

    def _struck(self, flag: FlagGoal) -> list[Cause]:
        """The faults that strike a component's layouts."""
        covered = self._site.settings.components.get(flag.component, (flag.component,))
        names = {each.lower() for each in covered}
        return [
            each
            for each in self._causes.values()
            if each.kind == "fault"
            and each.acts_on != "tests"
            and each.target.lower() in names
        ]

    def _names(self, role: str) -> bool:
        """Whether an instruction that the lesson comes upon names a role."""
        named: set[str] = set()
        for text in self._instructions():
            named.update(each.role for each in text.steps)
            named.update(each.role for each in text.turns)
        return role in named

    def _instructions(self) -> Iterator[Instruction]:
        lesson = self._lesson
        goals = [each.done for each in lesson.steps if each.done]
        read = {each.read for each in goals}
        read |= {each.tick.instruction for each in goals if each.tick}
        globs = [each.plot for each in goals]
        globs += [glob for each in goals for _, glob in _globs(each)]
        pages = {each.page for each in goals}
        for step in lesson.steps:
            what, _, name = step.point.partition(" ")
            globs += [name] if what == "plot" else []
            pages |= {name} if what == "page" else set()
        for layout, page, plot in plots_of(self._site):
            shown = f"{layout.layout}/{page.page}" in pages
            if shown or any(each and fnmatchcase(plot.path, each) for each in globs):
                read.add(plot.instruction or "")
        for text in self._site.instructions:
            if text.id in read or any(
                fnmatchcase(text.id, each) for each in lesson.covers
            ):
                yield text


def _globs(goal: Goal) -> Iterator[tuple[str, str]]:
    """The plots that a finding or an entry of a goal is about: key and glob."""
    for key, asked in (("finding", goal.finding), ("entry", goal.entry)):
        for item, glob in enumerate(asked.plots if asked is not None else ()):
            yield f"{key}.plot[{item}]", glob


def _urgency(part: str, finding: FindingGoal) -> Said:
    if finding.verdict == "good" and finding.urgency not in ("", NOBODY):
        yield part, f"nothing is wrong, and {finding.urgency}: is that meant?"
    if finding.verdict == "bad" and finding.urgency == NOBODY:
        yield part, "something is wrong, and nobody is told: is that meant?"


# -- the exam ------------------------------------------------------------------------


def _bundles(exam: ExamSettings, folder: Path) -> Said:
    for item, source in enumerate(exam.matter):
        shown = _look_into(folder, source.evidence)
        if shown is None:
            continue
        if shown.trouble:
            yield f"matter[{item}].evidence", shown.trouble
            continue
        for at, page in enumerate(source.pages):
            if page not in shown.pages:
                words = f'the evidence bundle does not show the page "{page}"'
                yield f"matter[{item}].pages[{at}]", words


def _plans(site: Site) -> Said:
    """Why no plan can be made of its exams."""
    if teaching(site).exam is None:
        return
    for name in exams_of(site) or ("collisions",):
        if words := why_no_exam(site, name):
            yield "matter", words
        elif words := how_chance_decides(site, name):
            yield "items", words
        if words := why_nobody_passes(site, name, telling=True):
            yield "matter", words


def _unmeasured(exam: ExamSettings) -> Said:
    """Items of which not all pages are measured: said at the first of them.

    A bank of simulated runs may wait until all of it is written.
    """
    there = {each.measured_page for each in exam.measured}
    missing = [
        item
        for item, source in enumerate(exam.matter)
        if kind_of(source, CAUSE_KINDS) == "fault"
        and not source.evidence
        and (source.recorded or there)
        and not there.issuperset(
            MeasuredPage(page, run_type, bool(source.recorded))
            for page, run_type in itertools.product(source.pages, source.run_types)
        )
    ]
    if not missing:
        return
    others = f", as {counted(len(missing) - 1, 'other')}" if missing[1:] else ""
    so = "no exam shows it" if exam.measured else "nobody passes by the exam"
    yield (
        f"matter[{missing[0]}]",
        f"it is not measured{others}, so {so}: dqmconsole training measure",
    )


def _left_out(exam: ExamSettings) -> Said:
    """Pages of which no measured fault is in an exam, where they stand first."""
    for page, words in pages_left_out(exam).items():
        named = (
            f"matter[{item}].pages[{source.pages.index(page)}]"
            for item, source in enumerate(exam.matter)
            if page in source.pages and kind_of(source, CAUSE_KINDS) == "fault"
        )
        yield next(named, "matter"), words


def _unfair(exam: ExamSettings, site: Site) -> Said:
    kinds = [kind_of(each, CAUSE_KINDS) for each in exam.matter]
    simulated = any(each.cause and not each.recorded for each in exam.matter)
    if "harmless" not in kinds and simulated:
        words = "no harmless event is in it: who calls at all of them is not found out"
        yield "matter", words
    there = {
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
    }
    with_fault = {
        page
        for source, kind in zip(exam.matter, kinds, strict=True)
        for page in source.pages
        if kind == "fault"
    }
    for item, (source, kind) in enumerate(zip(exam.matter, kinds, strict=True)):
        for at, page in enumerate(source.pages if kind == "harmless" else ()):
            if page in there and page not in with_fault:
                words = (
                    f'no fault is ever shown on "{page}": it betrays that it is good'
                )
                yield f"matter[{item}].pages[{at}]", words


# -- evidence that is shown instead of a run -------------------------------------------


class _Shown(NamedTuple):
    """What an evidence bundle shows.

    Attributes:
        trouble: why it cannot be shown; "" when it can.
        pages: "Layout/Page" names.
        plots: paths.
    """

    trouble: str
    pages: frozenset[str] = frozenset()
    plots: frozenset[str] = frozenset()


def _look_into(folder: Path, name: str) -> _Shown | None:
    """Look into a bundle beside the lessons; None where it is not there.

    Args:
        folder: the site's.
        name: of the file.
    """
    path = folder / FOLDER / name
    if not name or not path.is_file():
        return None
    try:
        site = read_bundle(path).site
    except (BundleError, OSError) as error:
        return _Shown(f"evidence: {str(error).removeprefix(f'{path}: ')}")
    where = list(plots_of(site))
    return _Shown(
        "",
        frozenset(f"{layout.layout}/{page.page}" for layout, page, _ in where),
        frozenset(plot.path for _, _, plot in where),
    )


def _not_shown(lesson: Lesson, shown: _Shown) -> Said:
    """The parts of a lesson that name what its bundle does not show, and why."""
    for item, step in enumerate(lesson.steps):
        part = f"steps[{item}]"
        what, _, name = step.point.partition(" ")
        wanted = [
            (f"{part}.point", name if what == "page" else "", ""),
            (f"{part}.point", "", name if what == "plot" else ""),
        ]
        if (goal := step.done) is not None:
            wanted += [
                (f"{part}.done.page", goal.page, ""),
                (f"{part}.done.plot", "", goal.plot),
                *((f"{part}.done.{key}", "", glob) for key, glob in _globs(goal)),
            ]
        for key, page, glob in wanted:
            if page and page not in shown.pages:
                yield key, f'the evidence bundle does not show the page "{page}"'
            if glob and not any(fnmatchcase(each, glob) for each in shown.plots):
                yield key, f'the evidence bundle does not show a plot "{glob}"'
