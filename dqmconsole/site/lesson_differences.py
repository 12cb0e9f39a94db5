"""What differs between the lessons, and the exams, of two states of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.release import SiteChange
from dqmconsole.site.lesson_sound import EXAM
from dqmconsole.site.wording import added_and_removed, fields, listed, many, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.lesson import ExamSettings, Lesson
    from dqmconsole.model.site import Site

_APART = ("id", "version", "hash", "steps")


def lesson_changes(before: Site, after: Site) -> Iterator[SiteChange]:
    """The changes, lesson by lesson, and those of the exam."""
    old = {each.id: each for each in before.lessons}
    new = {each.id: each for each in after.lessons}
    for name, change in added_and_removed(old, new):
        which = (old if change == "removed" else new)[name]
        words = f'lesson {which.number}, "{which.title}", {change}'
        yield SiteChange("lesson", name, words)
    for name in new:
        if name in old and old[name].hash != new[name].hash:
            words = "; ".join(_lesson(old[name], new[name]))
            yield SiteChange("lesson", name, words)
    if before.exam is None and after.exam is not None:
        yield SiteChange("lesson", EXAM, f"added: {exam_words(after.exam)}")
    elif before.exam is not None and after.exam is None:
        yield SiteChange("lesson", EXAM, "removed")
    elif before.exam is not None and after.exam is not None:
        for words in fields(before.exam, after.exam):
            yield SiteChange("lesson", EXAM, words)


def exam_words(exam: ExamSettings) -> str:
    """An exam in few words."""
    return f"{many(exam.items, 'item')} of {exam.seconds:g} s"


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
        yield f"{many(len(shifted), 'step')} moved: {listed(shifted)}"
    for name in after:
        if name in before:
            for words in fields(before[name], after[name], ("id",)):
                yield f"step {name}: {words}"
