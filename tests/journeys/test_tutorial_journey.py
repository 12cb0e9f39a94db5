"""The tutorial as it is put together, by keyboard alone: what goes into which book.

One lesson as a newcomer plays it, and the one whose run has a wrong reference.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.trainee import ADA, Pupil

from dqmconsole.logbook.book import Book
from dqmconsole.training.records import LessonDone, LessonStepDone, understood

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def pupil(
    qapp: QApplication, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Pupil]:
    del qapp
    found = Pupil(tmp_path, request.param)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("pupil", "shuffled"),
    [("console-in-five-minutes", False), ("frozen-or-wrong", True)],
    indirect=["pupil"],
)
def test_a_lesson_is_played_to_its_end(
    pupil: Pupil, tmp_path: Path, *, shuffled: bool
) -> None:
    pupil.until(lambda: bool(pupil.client.mailbox.tiles), "no live page")
    steps = list(pupil.lesson.steps)
    if shuffled:
        random.Random(pupil.lesson.id).shuffle(steps)
        for step in steps:
            pupil.try_to(step)
    told = []
    while (step := pupil.step) is not None:
        assert step.id not in told
        told.append(step.id)
        pupil.do(step)
    pupil.until(pupil.is_kept, "the lesson is not in the book")
    (path,) = tmp_path.glob("book-*.sqlite")
    book = Book.open(f"sqlite:///{path}")
    try:
        records = book.read(0).records
    finally:
        book.close()
    assert {each.who for each in records} == {ADA}
    kept = [understood(each).body for each in records]
    done = {each.step for each in kept if isinstance(each, LessonStepDone)}
    assert done == {each.id for each in steps}
    (whole,) = (each for each in kept if isinstance(each, LessonDone))
    assert whole.lesson == pupil.lesson.id
    assert whole.covered
    # what is found and called in a lesson goes into the book that is thrown away
    assert not [e for e in kept if not isinstance(e, LessonStepDone | LessonDone)]
