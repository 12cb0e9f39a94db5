"""Checking lessons: what makes no sense, though it can be played."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dqmconsole.desk.check_evidence import look_into, not_shown
from dqmconsole.desk.finding import problem_at
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.lesson import NOBODY
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import aimed, parse_cause
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.lessons import lesson_key
from dqmconsole.site.references import as_date
from dqmconsole.training.truth import LUMISECTION

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.lesson import FindingGoal, FlagGoal, Lesson, LessonStep
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.site.findings import Place

    Places = Mapping[str, Place]
    Said = Iterator[tuple[str, str]]  # the part, and the words


def check_lessons(
    site: Site, places: Places, folder: Path, today: datetime.date
) -> list[Problem]:
    """Find what is wrong with the lessons of a site.

    What they name and is not there, and what can never become true, the reading of
    the site has said already.

    Args:
        site: the site, its drafts included.
        places: of its parts.
        folder: the site's.
        today: the date that dates are judged by.
    """
    found: list[Problem] = []
    numbers = {each.id: each.number for each in site.lessons}
    for lesson in site.lessons:
        for part, words in _errors(lesson, folder, today):
            place = places.get(lesson_key(lesson.id, part))
            found.append(problem_at(place, words))
        for part, words in _Review(lesson, site, numbers).advice():
            place = places.get(lesson_key(lesson.id, part))
            place = place or places.get(lesson_key(lesson.id))
            found.append(problem_at(place, words, advice=True))
    return found


def _errors(lesson: Lesson, folder: Path, today: datetime.date) -> Said:
    """What must be mended before it is published."""
    shown = look_into(folder, lesson.run.evidence)
    if shown is not None and shown.trouble:
        yield "run.evidence", shown.trouble
    elif shown is not None:
        yield from not_shown(lesson, shown)
    written = as_date(lesson.written)
    if written and written > today:
        yield "written", f"written {written} is yet to come"


class _Review:
    """What is to be reviewed of one lesson, though it can be played."""

    def __init__(self, lesson: Lesson, site: Site, numbers: Mapping[str, int]) -> None:
        self._lesson = lesson
        self._site = site
        self._numbers = numbers
        self._causes = dict(_causes(lesson, site))

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
        for key, glob in (
            ("plot", goal.plot),
            ("finding.plot", goal.finding.plot if goal.finding else ""),
            ("entry.plot", goal.entry.plot if goal.entry else ""),
        ):
            if glob and self._is_for_experts(glob):
                words = f'"{glob}" stands on pages for experts only'
                yield f"{part}.done.{key}", words
        if goal.finding is not None:
            yield from _urgency(f"{part}.done.finding.urgency", goal.finding)
        if goal.flag is not None:
            yield from self._flag(f"{part}.done.flag.component", goal.flag)
            yield from self._first(f"{part}.done.flag.first", goal.flag)
        # A role that is nobody has its problem.
        if goal.call in self._site.contacts.roles and not self._names(goal.call):
            words = f"no instruction of this lesson names {goal.call}: who could know?"
            yield f"{part}.done.call", words

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
        globs += [each.finding.plot for each in goals if each.finding]
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


def _urgency(part: str, finding: FindingGoal) -> Said:
    if finding.verdict == "good" and finding.urgency not in ("", NOBODY):
        yield part, f"nothing is wrong, and {finding.urgency}: is that meant?"
    if finding.verdict == "bad" and finding.urgency == NOBODY:
        yield part, "something is wrong, and nobody is told: is that meant?"


def _causes(lesson: Lesson, site: Site) -> Iterator[tuple[int, Cause]]:
    """The causes of a run that can be read, by place; others have their problem."""
    subsystems = {subsystem_of(plot.path) for _, _, plot in plots_of(site)} - {""}
    for item, text in enumerate(lesson.run.causes):
        try:
            yield item, aimed(parse_cause(text), subsystems or {""})
        except CauseError:
            continue
