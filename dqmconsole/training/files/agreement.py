"""Whether lessons and exam agree with the rest of the site, and can be played."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.injection_table import (
    INJECTIONS,
    InjectionError,
    parse_injection,
)
from dqmconsole.model.problem import Problem
from dqmconsole.model.words import counted
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rings import rings
from dqmconsole.training.files.goals import GoalCheck
from dqmconsole.training.files.handed_over import wrong_hand_over
from dqmconsole.training.files.lessons import FOLDER, lesson_key
from dqmconsole.training.files.measured_on import measured_otherwise, stamps
from dqmconsole.training.files.observed_shifts import agreeing_shifts
from dqmconsole.training.files.scene import (
    CAUSE_KINDS,
    SIMULATED,
    LessonScene,
    is_shown,
)
from dqmconsole.training.files.sound import CONTROLS, EXAM
from dqmconsole.training.lesson import Teaching, kind_of, split_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal

    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.files.folder import Lessons
    from dqmconsole.training.lesson import ExamSettings, ItemSource, Lesson

    Severity = Literal["error", "advice"]


def agreeing_lessons(
    read: Lessons, context: SiteReading
) -> tuple[Teaching, tuple[Problem, ...]]:
    """Leave out lessons that name what is not there, or can never be finished.

    Args:
        read: the folder of lessons.
        context: the site; a lesson that may need one of its layouts that are broken
            is left out with one word of advice.

    Returns:
        What can be played, and why the rest is left out.
    """
    if not any((read.lessons, read.drafts, read.exam, read.observed)):
        return Teaching(observed_mistaken=read.has_observed), ()
    scene = LessonScene(context.site, context.texts, context.broken)
    places = context.places
    problems: list[Problem] = []
    kept: list[Lesson] = []
    healthy = {each.id for each in read.lessons}
    for name, ring in _rings((*read.lessons, *read.drafts), places):
        healthy.discard(name)
        problems += [ring] if ring else []
    for lesson in (*read.lessons, *read.drafts):
        found = _LessonCheck(lesson, scene, read, places).problems()
        problems += found
        if lesson.id in healthy and not found:
            kept.append(lesson)
    exam, more = _exam(read, scene, places)
    if exam is not None and exam.measured:
        now = stamps(context.folder, context.site, exam.matter)
        before = measured_otherwise(exam.measured, now)
        exam = msgspec.structs.replace(exam, measured_before=before)
    observed, mistaken = None, read.has_observed
    if read.observed is not None:
        observed, wrong = agreeing_shifts(
            read.observed, read.observed_drafts, scene, context.site, places
        )
        more += wrong
        usable = observed.shifts if observed is not None else ()
        mistaken = len(usable) < len(read.observed.shifts) or not usable
    teaching = Teaching(
        tuple(kept), exam, observed=observed, observed_mistaken=mistaken
    )
    return teaching, (*problems, *more)


def _rings(
    lessons: Iterable[Lesson], places: Mapping[str, Place]
) -> Iterator[tuple[str, Problem | None]]:
    """The ids of lessons that require each other; with the first of a ring, why."""
    by_id = {each.id: each for each in lessons}
    for ring in rings({name: each.requires for name, each in by_id.items()}):
        start = min(ring, key=lambda name: (by_id[name].number, name))
        begin = ring.index(start)
        way = " → ".join((*ring[begin:], *ring[:begin], start))
        place = places[lesson_key(start, "requires")]
        words = f"requires: lessons that wait for each other: {way}"
        problem = Problem(words, place.file, place.line, place.column)
        for name in ring:
            yield name, problem if name == start else None


class _LessonCheck:
    """Checks one lesson against the site."""

    def __init__(
        self,
        lesson: Lesson,
        scene: LessonScene,
        read: Lessons,
        places: Mapping[str, Place],
    ) -> None:
        self._lesson = lesson
        self._scene = scene
        self._read = read
        self._places = places
        self._hidden: dict[str, None] = {}
        self._found: list[Problem] = []

    def problems(self) -> list[Problem]:
        """All that is wrong; empty when the lesson can be played."""
        lesson = self._lesson
        self._run()
        for item, name in enumerate(lesson.requires):
            if name not in self._read.ids:
                words = f'requires: there is no lesson "{name}"'
                ids = self._read.ids - {lesson.id}
                self._say(f"requires[{item}]", words + did_you_mean(name, ids))
        run_type = lesson.run.run_type
        for part, words in wrong_hand_over(lesson.hand_over, run_type, self._scene):
            if words:
                self._say(f"hand_over.{part}".rstrip("."), words)
            else:
                self._hidden["hand_over"] = None
        for item, glob in enumerate(lesson.covers):
            self._covers(f"covers[{item}]", glob)
        for item, step in enumerate(lesson.steps):
            self._point(f"steps[{item}].point", step.point)
            if step.done is not None:
                if step.done.shift == "hand-over read" and lesson.hand_over is None:
                    words = "shift: the lesson has no hand_over: there is none to read"
                    self._say(f"steps[{item}].done.shift", words)
                check = GoalCheck(step.done, lesson.run, self._scene)
                for part, words in check.problems():
                    self._say(f"steps[{item}].done.{part}", words)
                self._hidden |= check.hidden
        if not self._found and self._hidden:
            name = next(iter(self._hidden))
            words = f'is left out until the layout with "{name}" is fixed'
            place = self._places[lesson_key(lesson.id)]
            self._found.append(
                Problem(words, place.file, place.line, place.column, "advice")
            )
        return self._found

    def _say(self, part: str, words: str) -> None:
        while part and lesson_key(self._lesson.id, part) not in self._places:
            part = part.rpartition(".")[0]
        place = self._places.get(lesson_key(self._lesson.id, part), Place(FOLDER))
        self._found.append(Problem(words, place.file, place.line, place.column))

    def _run(self) -> None:
        run = self._lesson.run
        if run.evidence and run.evidence not in self._read.files:
            hint = did_you_mean(run.evidence, self._read.files)
            words = f'evidence: there is no file "{run.evidence}" beside this one{hint}'
            self._say("run.evidence", words)
        for item, text in enumerate(run.causes):
            if not text.strip():
                continue
            try:
                self._scene.aim(text)
            except CauseError as error:
                if self._scene.may_hide_target(text, error):
                    self._hidden[text] = None
                else:
                    self._say(f"run.causes[{item}]", f"causes: {error}")

    def _covers(self, part: str, glob: str) -> None:
        names = self._scene.ids | self._scene.layouts
        if not glob.strip() or any(fnmatchcase(name, glob) for name in names):
            return
        if self._scene.may_be_hidden(glob):
            self._hidden[glob] = None
            return
        words = f'covers: no instruction and no layout is called "{glob}"'
        self._say(part, words + did_you_mean(glob, names))

    def _point(self, part: str, point: str) -> None:
        what, _, name = point.partition(" ")
        if point in CONTROLS or what not in ("plot", "page") or not name.strip():
            return
        kinds = self._scene.plots if what == "plot" else self._scene.pages
        run_type = self._lesson.run.run_type
        if name not in kinds:
            if self._scene.may_be_hidden(name):
                self._hidden[name] = None
            else:
                words = f'the site has no {what} "{name}"{did_you_mean(name, kinds)}'
                self._say(part, words)
        elif not (
            self._lesson.run.evidence
            or any(is_shown(where, run_type) for where in kinds[name])
        ):
            self._say(part, f'"{name}" is not shown in {run_type}: nothing to point at')


def _exam(
    read: Lessons, scene: LessonScene, places: Mapping[str, Place]
) -> tuple[ExamSettings | None, list[Problem]]:
    """The exam without what cannot be shown, and why that cannot."""
    exam = read.exam
    if exam is None:
        return None, []
    found: list[Problem] = []

    def say(part: str, words: str, severity: Severity = "error") -> None:
        while part and lesson_key(EXAM, part) not in places:
            part = part.rpartition(".")[0]
        place = places[lesson_key(EXAM, part)]
        found.append(Problem(words, place.file, place.line, place.column, severity))

    wrong_parts = list(wrong_hand_over(exam.hand_over, "collisions", scene))
    for part, words in wrong_parts:
        if words:
            say(f"hand_over.{part}".rstrip("."), words)
    if exam.hand_over is not None and exam.hand_over.open:
        words = "open: the faults of a practice are drawn each time: none is open yet"
        wrong_parts.append(("open", words))
        say("hand_over.open", words)
    handed = None if wrong_parts else exam.hand_over
    kept = []
    hidden = False
    for item, source in enumerate(exam.matter):
        wrong = tuple(_wrong_source(source, scene, read))
        for part, words in wrong:
            if words:
                say(f"matter[{item}].{part}", words)
        hidden = hidden or any(not words for _, words in wrong)
        kept += [] if wrong else [source]
    without = not any(kind_of(each, CAUSE_KINDS) == "fault" for each in kept)
    if hidden:
        words = "is left out" if without else "some of it is left out"
        say("matter", f"{words} until a layout that it needs is fixed", "advice")
    elif without:
        say("matter", "no exam yet: no item could have a fault", "advice")
    if without:
        return None, found
    # a row of a page that is gone waits until the bank is measured again
    there = {
        (page, run)
        for source in kept
        for page in source.pages
        for run in source.recorded or (0,)
    }
    rows = tuple(e for e in exam.measured if (e.page, e.recorded) in there)
    gone = [e for e in exam.measured if (e.page, e.recorded) not in there]
    if gone:
        of = "pages or runs" if any(e.recorded for e in gone) else "pages"
        many = counted(len(gone), "measured row")
        words = f"{many} of {of} that are not in it: left out"
        say("matter", words, "advice")
    sound = msgspec.structs.replace(
        exam, matter=tuple(kept), measured=rows, hand_over=handed
    )
    return sound, found


def _wrong_source(
    source: ItemSource, scene: LessonScene, read: Lessons
) -> Iterator[tuple[str, str]]:
    """The parts that are wrong, and why; "" for what a broken layout may explain."""
    for item, page in enumerate(source.pages):
        part = f"pages[{item}]"
        if page not in scene.pages:
            words = f'the site has no page "{page}"{did_you_mean(page, scene.pages)}'
            yield part, "" if scene.may_be_hidden(page) else words
            continue
        # what was recorded has the type that it has, which may be no simulated one
        given = source.recorded or source.evidence
        for run_type in () if given else source.run_types:
            if not any(is_shown(where, run_type) for where in scene.pages[page]):
                yield part, f'the page "{page}" shows nothing in {run_type}'
    if source.evidence and source.evidence not in read.files:
        hint = did_you_mean(source.evidence, read.files)
        words = f'evidence: there is no file "{source.evidence}" beside this one{hint}'
        yield "evidence", words
    if not source.cause:
        return
    if source.recorded:
        yield from _wrong_injection(source, scene)
        return
    name = split_cause(source.cause)[0]
    if source.evidence and name in scene.kinds and name not in SIMULATED:
        return
    if name in INJECTIONS:
        words = "is put into recorded runs: recorded: [RUN]"
        yield "cause", f"cause: {name} {words}"
        return
    try:
        cause = scene.aim(source.cause)
    except CauseError as error:
        hidden = scene.may_hide_target(source.cause, error)
        yield "cause", "" if hidden else f"cause: {error}"
        return
    if cause.acts_on == "tests":
        yield "cause", f"cause: {cause.name} shows on no plot: it is for lessons"
        return
    for item, size in enumerate(source.sizes):
        try:
            scene.aim(f"{source.cause}*{size:g}")
        except CauseError as error:
            yield f"sizes[{item}]", f"sizes: {error}"


def _wrong_injection(
    source: ItemSource, scene: LessonScene
) -> Iterator[tuple[str, str]]:
    """What is wrong with a fault for recorded runs, as of :func:`_wrong_source`."""
    try:
        path = parse_injection(source.cause).path
    except InjectionError as error:
        yield "cause", f"cause: {error}"
        return
    for page in source.pages:
        shown = [plot.path for _, _, plot in scene.pages.get(page, ())]
        if page in scene.pages and path not in shown:
            words = f'cause: the page "{page}" has no plot "{path}"'
            hidden = scene.may_be_hidden(path)
            yield "cause", "" if hidden else words + did_you_mean(path, shown)
    for item, size in enumerate(source.sizes):
        try:
            parse_injection(f"{source.cause}*{size:g}")
        except InjectionError as error:
            yield f"sizes[{item}]", f"sizes: {error}"
