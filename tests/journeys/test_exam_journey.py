"""An exam on real runs of a measured bank, sat and seen again by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from support.exam_ground import make_exam_ground, measured
from support.keyboard import CTRL, ESC, RETURN
from support.lesson_console import LessonConsole

from dqmconsole.model.verdict import Status
from dqmconsole.training import trainer
from dqmconsole.training.item_bank import Plan, make_plan
from dqmconsole.training.lesson import short_name, split_cause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import ExamName

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]


def short_plan(site: Site, seed: int, name: ExamName) -> Plan:
    """Of a whole form a gross fault, then a good page, of few subsystems."""
    whole = make_plan(site, seed, name)
    chosen = [
        next(
            each
            for each in whole.items
            if each.truth == truth
            and each.choice.row is not None
            and (truth == "good" or each.choice.row.band == "gross")
        )
        for truth in ("bad", "good")
    ]
    items = tuple(
        msgspec.structs.replace(each, number=number)
        for number, each in enumerate(chosen)
    )
    return Plan(seed, items, whole.hash)


@pytest.fixture(params=["simulated", "recorded"])
def console(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LessonConsole]:
    """One at the bundled site, one at a site that has recorded runs alone."""
    monkeypatch.setattr(trainer, "make_plan", short_plan)
    site = None
    if request.param == "recorded":
        site = make_exam_ground(tmp_path / "site")
        assert measured(site).exit_code == 0
    made = LessonConsole(tmp_path, site=site)
    made.trainer.who = "Ada"
    yield made
    made.close()


def test_a_fault_and_a_good_page_are_judged_and_seen_again(
    console: LessonConsole,
) -> None:
    parts = console.window.parts
    part = console.course.training.part
    assert part is not None
    exam = part.exam
    part.exam.open_exam()
    console.press(RETURN)
    going = console.trainer.activity
    assert isinstance(going, trainer.Exam)

    # the fault: the plot on which it shows, and its cause by name
    console.until(lambda: exam.items.takes_answers, "the first page is in view")
    item = going.item
    assert item is not None
    assert item.choice.row is not None
    assert parts.docks["panel"].isVisible()
    shown = {tile.status() for tile in parts.view.grid.visible_tiles()}
    assert shown == {Status.NOT_CHECKED}
    for _ in range(len(parts.view.grid.tiles)):
        place = parts.view.selected
        if place is not None and place.plot.path in item.choice.row.plots:
            break
        console.press(Qt.Key.Key_Right)
    console.press("b")
    console.type(short_name(split_cause(item.choice.cause)[0]))
    console.press(RETURN)

    # the good page
    console.until(
        lambda: exam.items.takes_answers and going.number == 2, "the second page"
    )
    console.press("g")
    console.until(lambda: going.state == "over", "the exam is over")
    assert going.score is not None
    assert (going.score.hits.count, going.score.causes.count) == (1, 1)
    assert going.score.alarms.count == 0

    # both again
    console.until(lambda: console.focus() == "See every page again", "the result")
    console.press(RETURN)
    console.until(lambda: _ring(console), "a ring is on the plot")
    assert "Right." in _says(console, "What it showed")
    console.press(Qt.Key.Key_PageDown, CTRL)
    console.until(
        lambda: _says(console, "Replay: what goes on") == "Page 2 of 2", "the next page"
    )
    assert not _ring(console)
    console.press(ESC)
    console.until(lambda: console.trainer.activity is None, "back at the result")


def _ring(console: LessonConsole) -> bool:
    rings = console.window.findChildren(QWidget)
    return any(
        each.isVisible() and each.accessibleName() == "Ring of the replay"
        for each in rings
    )


def _says(console: LessonConsole, name: str) -> str:
    labels = console.window.findChildren(QLabel)
    shown = (each for each in labels if each.isVisible())
    return next(each.text() for each in shown if each.accessibleName() == name)
