"""From the lesson a person names to the lesson there is, before the site is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.site.ledger import (
    LedgerError,
    current_number,
    has_ledger,
    release_folder,
)
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.training.files.lessons import FOLDER, read_lesson
from dqmconsole.training.files.observed_shifts import OBSERVED
from dqmconsole.training.files.sound import EXAM

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.training.lesson import Lesson


class LessonError(ValueError):
    """There is no such lesson, or it is broken; the message names the nearest."""


def folder_in_force(home: Path) -> Path:
    """The folder that a console reads of a site: its release in force, or itself."""
    try:
        number = current_number(home) if has_ledger(home) else 0
    except LedgerError:
        return home
    return release_folder(home, number) if number else home


def lesson_named(folder: Path, name: str, home: Path | None = None) -> Lesson:
    """The lesson of an id or a number.

    Args:
        folder: as :func:`folder_in_force` gives it.
        name: the id, case ignored, or the number.
        home: the site's own folder: a lesson that is only there is not published.

    Raises:
        LessonError: there is none, or its files have an error.
    """
    ids = _ids(folder)
    if not ids:
        message = f"this site has no lessons: {folder / FOLDER} holds none"
        raise LessonError(message)
    known = {each.casefold(): each for each in ids}
    if name.casefold() in known:
        return _read(folder, known[name.casefold()])
    if name.isdecimal():
        for each in ids:
            found = read_one(folder, each)
            if found is not None and found.number == int(name):
                return found
    drafts = _ids(home) if home is not None else []
    if name.casefold() in {each.casefold() for each in drafts}:
        message = (
            f"the lesson {name!r} is not published yet; try it in a copy of the site "
            "without layouts/releases"
        )
        raise LessonError(message)
    near = did_you_mean(name, ids) or f"; the lessons are {', '.join(ids)}"
    message = f"no lesson {name!r} in this site{near}"
    raise LessonError(message)


def _ids(folder: Path) -> list[str]:
    """The ids that its files have."""
    return sorted(
        path.stem
        for path in (folder / FOLDER).glob("*.yaml")
        if path.stem not in {EXAM, OBSERVED}
    )


def read_one(folder: Path, name: str) -> Lesson | None:
    """The lesson of an id; None when it is broken."""
    try:
        return _read(folder, name)
    except LessonError:
        return None


def _read(folder: Path, name: str) -> Lesson:
    try:
        data = (folder / FOLDER / f"{name}.yaml").read_bytes()
        words = (folder / FOLDER / f"{name}.md").read_bytes()
    except OSError as error:
        message = f"{error.filename} cannot be read: {error.strerror}"
        raise LessonError(message) from error
    found = read_lesson(data, words, name)
    if found.value is None:
        first = found.problems[0] if found.problems else "it cannot be read"
        message = f"the lesson {name!r} is broken: {first}"
        raise LessonError(message)
    return found.value
