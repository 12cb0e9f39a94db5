"""Lessons and exam as a kind of files of a site: what the core is given of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.release import SiteChange
from dqmconsole.model.words import counted, listed
from dqmconsole.simulation.table.cause import WHOLE
from dqmconsole.simulation.table.causes import CAUSES
from dqmconsole.site.differences import first_names
from dqmconsole.site.kinds import SiteTables
from dqmconsole.site.rules.reading import Rule
from dqmconsole.site.schema import described, schema_text
from dqmconsole.site.texts import FilesRead
from dqmconsole.site.versions import Versioned
from dqmconsole.site.wording import added_and_removed, fields, moved
from dqmconsole.training import lesson
from dqmconsole.training.files.agreement import agreeing_lessons
from dqmconsole.training.files.folder import read_lessons
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.files.observed_shifts import OBSERVED
from dqmconsole.training.files.review import check_lessons
from dqmconsole.training.files.sound import EXAM
from dqmconsole.training.files.steps import check_steps
from dqmconsole.training.lesson import (
    LESSONS,
    NOTHING,
    CauseWords,
    ExamSettings,
    Teaching,
    decoded,
    encoded,
    split_cause,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Findings
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.lesson import Lesson, ObservedSettings

RULES = (
    Rule("lesson", "error",
         "A lesson, or the exam, cannot be used as it is written. Example: a step "
         "that waits for a plot which the site does not have."),
    Rule("lesson-advice", "advice",
         "A lesson, or the exam, can be used, but something in it may not be meant. "
         "Example: it covers no instruction, so it never asks for a refresher."),
)  # fmt: skip

STEP_RULES = (
    Rule("cause-without-step", "advice",
         "A fault is judged on a plot, by the exam or a lesson, and every step of the "
         "plot's instruction that calls somebody is for other causes. Example: add it "
         "to a line for: …, or write a step without one, which is for all the rest."),
)  # fmt: skip

OWN_FAMILY = "named by the site"
"""The family of causes that a site names itself: it says of none what it looks like."""
_APART = ("id", "version", "hash", "steps")


def causes() -> tuple[CauseWords, ...]:
    """The simulation's table as people choose among it, in its order."""
    return tuple(
        CauseWords(
            cause.name,
            cause.kind,
            cause.family,
            cause.description,
            cause.targets,
            cause.before,
            cause.acts_on,
            cause.ends_run,
            cause.from_run,
            cause.urgency,
            0 if cause.before else cause.duration or 0,
            cause.may_end,
            f"{cause.shows} {cause.unit}" if cause.unit in WHOLE else "",
        )
        for cause in CAUSES
    )


def causes_for(found: Teaching, site: Site) -> tuple[CauseWords, ...]:
    """The causes to choose among at a site.

    Where runs are simulated these are the simulation's, beside those that are put into
    recorded runs, if there are any. Where all that is shown was recorded, none of the
    simulation's is right for it: then these are the faults for recorded runs and what
    the site's own files name.
    """
    shifts = found.observed.shifts if found.observed is not None else ()
    simulated = (
        any(not each.run.evidence for each in found.lessons)
        or any(not (each.evidence or each.recorded) for each in found.matter)
        or any(not each.run.recorded for each in shifts)
    )
    recorded = tuple(
        CauseWords(
            *(name, "fault", each.family, each.description),
            acts_on="plot",
            trace=each.trace,
        )
        for name, each in INJECTIONS.items()
    )
    if simulated:
        put = any(each.recorded for each in found.matter)
        put = put or any(each.run.recorded for each in shifts)
        return (*causes(), *recorded) if put else causes()
    if found.lessons or found.matter or shifts:
        return (*recorded, *_named(found, site))
    return causes()  # nothing to learn on yet: what can be opened is simulated


def _named(found: Teaching, site: Site) -> Iterator[CauseWords]:
    """What steps of instructions, evidence and site.yaml call what may go wrong."""
    steps: dict[str, list[str]] = {}
    for instruction in site.instructions:
        for cause in dict.fromkeys(e for s in instruction.steps for e in s.causes):
            steps.setdefault(cause, []).append(instruction.id)
    goals = [
        step.done.finding
        for lesson in found.lessons
        for step in lesson.steps
        if step.done is not None and step.done.finding is not None
    ]
    shown = [split_cause(each.cause)[0] for each in found.matter if each.evidence]
    shown += [cause for goal in goals for cause in goal.causes]
    known = {each.name: each for each in causes()}
    named = dict.fromkeys((*site.settings.causes, *steps, *shown))
    for name in (each for each in named if each not in INJECTIONS):
        if name in known:
            yield known[name]
        elif name in site.settings.causes:
            whose = "this site calls"
            if by := steps.get(name):
                one = len(by) == 1
                whose = f"{'the instruction' if one else 'the instructions'} "
                whose += f"{listed(by)} {'calls' if one else 'call'}"
            yield CauseWords(name, "fault", OWN_FAMILY, f"what {whose} {name}")


def lesson_schema() -> str:
    """Return the JSON Schema of a lesson's YAML; see ``schema.layout_schema``."""
    return schema_text(described(lesson.Lesson), "lesson")


def exam_schema() -> str:
    """Return the JSON Schema of the exam's settings; see ``schema.layout_schema``."""
    return schema_text(described(ExamSettings), "exam")


def observed_schema() -> str:
    """Return the JSON Schema of the observed shifts; see ``schema.layout_schema``."""
    return schema_text(described(lesson.ObservedSettings), "observed-shifts")


class LessonFiles:
    """Implements ``site.kinds.FileKind`` for the folder ``instructions/lessons/``."""

    name = LESSONS
    folder = FOLDER.rpartition("/")[2]
    blank = encoded(Teaching(causes=causes()))

    def read(
        self,
        names: Iterable[str],
        data: Callable[[str, Findings, int], bytes | None],
        size: Callable[[str], int | None],
    ) -> FilesRead:
        """Read the folder; see :func:`read_lessons`."""
        found = read_lessons(names, data, size)
        problems = _under_rules(found.problems)
        return FilesRead(found, found.places, found.links, problems)

    def agree(self, context: SiteReading) -> tuple[bytes, tuple[Problem, ...]]:
        """What of the lessons can be played on this site, and why not the rest."""
        read = context.texts.kinds[self.name].value
        found, problems = agreeing_lessons(read, context)
        found = msgspec.structs.replace(found, causes=causes_for(found, context.site))
        return encoded(found), _under_rules(problems)

    def versioned(self, part: bytes) -> Iterator[Versioned]:
        """The lessons, as far as their versions are concerned."""
        for each in decoded(part).lessons:
            both = (f"{FOLDER}/{each.id}.yaml", f"{FOLDER}/{each.id}.md")
            key = f"{self.folder}/{each.id}"
            yield Versioned(key, each.version, each.written, both)

    def first(self, part: bytes) -> Iterator[SiteChange]:
        """What a first release says of lessons and exam."""
        found = decoded(part)
        if found.lessons:
            count = counted(len(found.lessons), "lesson")
            names = first_names(each.title for each in found.lessons)
            words = f"published for the first time: {count}: {names}"
            yield SiteChange(self.name, self.folder, words)
        if found.exam is not None:
            words = f"published for the first time: {_exam(found.exam)}"
            yield SiteChange(self.name, EXAM, words)
        if found.observed is not None:
            words = f"published for the first time: {_observed(found.observed)}"
            yield SiteChange(self.name, OBSERVED, words)

    def changes(self, before: bytes | None, after: bytes) -> Iterator[SiteChange]:
        """The changes, lesson by lesson, and those of the exam."""
        was, now = NOTHING if before is None else decoded(before), decoded(after)
        old = {each.id: each for each in was.lessons}
        new = {each.id: each for each in now.lessons}
        for name, change in added_and_removed(old, new):
            which = (old if change == "removed" else new)[name]
            words = f'lesson {which.number}, "{which.title}", {change}'
            yield SiteChange(self.name, name, words)
        for name in new:
            if name in old and old[name].hash != new[name].hash:
                words = "; ".join(_lesson(old[name], new[name]))
                yield SiteChange(self.name, name, words)
        if was.exam is None and now.exam is not None:
            yield SiteChange(self.name, EXAM, f"added: {_exam(now.exam)}")
        elif was.exam is not None and now.exam is None:
            yield SiteChange(self.name, EXAM, "removed")
        elif was.exam is not None and now.exam is not None:
            for words in fields(was.exam, now.exam, ExamSettings.UNWRITTEN):
                yield SiteChange(self.name, EXAM, words)
            if was.exam.measured != now.exam.measured:
                words = (
                    f"{counted(len(now.exam.measured), 'measured row')}, not as before"
                )
                yield SiteChange(self.name, EXAM, words)
        # what happens in them stays untold: a trainee reads what was published
        if now.observed is not None and now.observed != was.observed:
            yield SiteChange(self.name, OBSERVED, f"now {_observed(now.observed)}")
        elif now.observed is None and was.observed is not None:
            yield SiteChange(self.name, OBSERVED, "removed")


TABLES = SiteTables(
    (LessonFiles(),),
    ((check_lessons, RULES), (check_steps, STEP_RULES)),
    (*(each.name for each in CAUSES), *INJECTIONS),
)
"""What training adds to a site."""


def _under_rules(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, those without a rule of their own under that of lessons."""
    return tuple(
        each
        if each.code
        else msgspec.structs.replace(
            each, code="lesson" if each.severity == "error" else "lesson-advice"
        )
        for each in problems
    )


def _exam(exam: ExamSettings) -> str:
    """An exam in few words."""
    return f"{counted(exam.items, 'item')} in {exam.minutes:g} min"


def _observed(settings: ObservedSettings) -> str:
    """Observed shifts in few words."""
    return (
        f"{counted(len(settings.shifts), 'observed shift')}, "
        f"{counted(settings.shadow_shifts, 'shadow shift')}"
    )


def _lesson(old: Lesson, new: Lesson) -> Iterator[str]:
    if old.version == new.version:
        yield f"changed under the same version {new.version}"
    else:
        yield f"version {old.version} → {new.version}"
    count = 0
    for words in (*_steps(old, new), *fields(old, new, _APART)):
        count += 1
        yield words
    if not count:
        yield "the same lesson"


def _steps(old: Lesson, new: Lesson) -> Iterator[str]:
    before = {each.id: each for each in old.steps}
    after = {each.id: each for each in new.steps}
    for name, change in added_and_removed(before, after):
        yield f"step {name} {change}"
    if shifted := list(moved(before, after)):
        yield f"{counted(len(shifted), 'step')} moved: {listed(shifted)}"
    for name in after:
        if name in before:
            for words in fields(before[name], after[name], ("id",)):
                yield f"step {name}: {words}"
