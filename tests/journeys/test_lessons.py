"""Every lesson of the bundled site, played to its end with keys alone.

One window teaches them one after the other, as a trainee goes through the course:
once in the order written, and once with all that can be done early done first, in a
shuffled order. Detector, engine and books are the real ones; in the second order the
detector has only the subsystems that the lesson speaks of.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import psutil
import pytest
from support.lesson_console import LessonConsole
from support.lesson_player import LessonPlayer

from dqmconsole.logbook.book import Book
from dqmconsole.site.site import bundled_site
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import LessonDone, LessonStepDone, understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from dqmconsole.model.record import Record

SEED = 20261126
FOLDER = bundled_site() / "instructions" / "lessons"
LESSONS = sorted(
    each.stem for each in FOLDER.glob("*.yaml") if each.with_suffix(".md").is_file()
)
NAMES = {"written": "Ada Trainee", "shuffled": "Bob Trainee"}


@pytest.fixture(scope="module", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Look for what is left only once the one window of all tests is closed."""
    here = psutil.Process()
    threads, children = set(threading.enumerate()), set(here.children(recursive=True))
    yield
    assert set(threading.enumerate()) <= threads
    assert set(here.children(recursive=True)) <= children


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("book")


@pytest.fixture(scope="module")
def console(
    qapp: QApplication,  # noqa: ARG001 - Qt
    nothing_left_running: None,  # noqa: ARG001 - it is closed before that looks
    books: Path,
) -> Iterator[LessonConsole]:
    found = LessonConsole(books)
    yield found
    found.close()


@pytest.mark.parametrize("order", list(NAMES))
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_played_to_its_end(
    console: LessonConsole, books: Path, name: str, order: str
) -> None:
    (lesson,) = (each for each in teaching(console.site).lessons if each.id == name)
    is_shuffled = order == "shuffled"
    player = LessonPlayer(console, part=is_shuffled)
    dice = random.Random(SEED) if is_shuffled else None
    player.play(lesson, NAMES[order], dice)
    assert not player.wrong_hints
    bodies = [understood(each).body for each in in_the_book(books, NAMES[order])]
    # what is found and called in a lesson goes into the book that is thrown away
    assert not [e for e in bodies if not isinstance(e, LessonStepDone | LessonDone)]
    (done,) = (e for e in bodies if isinstance(e, LessonDone) and e.lesson == name)
    assert bool(done.covered) == bool(lesson.covers)


def in_the_book(folder: Path, who: str) -> list[Record]:
    """What somebody wrote into the real book; nobody else but the trainees did."""
    (path,) = folder.glob("book-*.sqlite")
    book = Book.open(f"sqlite:///{path}")
    try:
        records = book.read(limit=100_000).records
    finally:
        book.close()
    assert {each.who for each in records} <= set(NAMES.values())
    return [each for each in records if each.who == who]
