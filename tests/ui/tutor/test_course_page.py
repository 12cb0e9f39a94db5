"""The course page: names, lessons, and how progress is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QTreeWidget, QWidget
from support.fake_book import FakeWriter
from support.fake_session import NOW
from support.lesson_scene import ADA, Classroom, course
from support.taught import taught

from dqmconsole.logbook.state import BookState
from dqmconsole.model.record import Record
from dqmconsole.training.course import Standing, covered
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import LessonDone, LessonStepDone
from dqmconsole.ui.training.course_page import well_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Classroom]:  # noqa: ARG001 - Qt
    room = Classroom(tmp_path / "c.ini")
    yield room
    room.close()


def lines(room: Classroom) -> list[tuple[str, ...]]:
    tree = room.find(QTreeWidget, "Lessons")
    found = []
    for at in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(at)
        assert item is not None
        found.append(tuple(item.text(column).strip() for column in range(4)))
    return found


def test_it_begins_with_the_name(room: Classroom) -> None:
    assert room.focus() == "Your name"
    assert len(lines(room)) == 12
    assert lines(room)[4] == ("5", "An empty rectangle", "6 min", "new")
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)  # in the list, without a name
    assert room.focus() == "Your name"
    assert room.says("How far you are").startswith("First: your name")
    assert room.trainer is not None
    assert room.trainer.activity is None


@pytest.mark.parametrize("width", [1100, 1366, 1920])
def test_no_title_is_cut(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    width: int,
) -> None:
    long = "Frozen, or compared with the wrong run"
    lessons = tuple(msgspec.structs.replace(each, title=long) for each in course())
    room = Classroom(tmp_path / "c.ini", size=(width, 768), lessons=lessons)
    tree = room.find(QTreeWidget, "Lessons")
    assert tree.sizeHintForColumn(1) <= tree.columnWidth(1)
    shown = [at for at in range(4) if not tree.isColumnHidden(at)]
    assert sum(tree.columnWidth(at) for at in shown) <= tree.viewport().width()
    assert shown in ([0, 1, 3], [0, 1, 2, 3])
    room.close()


def test_two_trainees_are_two_records(room: Classroom) -> None:
    room.begin(6)
    room.press(Qt.Key.Key_F7)  # its one step
    room.press(Qt.Key.Key_Escape)
    assert lines(room)[5][3] == "✓ done"
    name = room.find(QLineEdit, "Your name")
    name.setFocus()
    name.selectAll()
    room.type("Ben")
    assert lines(room)[5][3] == "new"
    assert room.says("About the name").startswith("A new name")
    room.press(Qt.Key.Key_Down)  # through the names that are known
    assert room.find(QLineEdit, "Your name").text() == ADA
    assert room.says("About the name").startswith("Known")
    assert lines(room)[5][3] == "✓ done"


def test_the_record_says_what_was_mastered(room: Classroom) -> None:
    room.begin(6)
    room.press(Qt.Key.Key_F7)
    room.press(Qt.Key.Key_Escape)
    button = room.find(QPushButton, "Record of completion")
    button.setFocus()
    room.press(Qt.Key.Key_Space)
    assert room.says("Title of Record of completion") == f"Record of completion: {ADA}"
    room.press(Qt.Key.Key_Escape)
    assert not room.sees(QWidget, "Record of completion sheet")
    assert room.sees(QWidget, "Course")


@pytest.mark.parametrize(
    ("hints", "came", "said"),
    [
        (0, 0, "5 min, no hint, 1 wrong answer"),
        (3, 0, "5 min, 3 hints, 1 wrong answer"),
        (2, 2, "5 min, no hint asked for (2 came by themselves), 1 wrong answer"),
        (3, 1, "5 min, 2 hints asked for (1 came by itself), 1 wrong answer"),
    ],
)
def test_hints_that_came_are_told_apart(hints: int, came: int, said: str) -> None:
    standing = Standing(
        course()[0], "done", seconds=300.0, hints=hints, wrong=1, hints_by_time=came
    )
    assert well_words(standing) == said


def test_a_refresher_says_why(qtbot: QtBot, tmp_path: Path) -> None:  # noqa: ARG001
    told = course()[4]
    scene = Classroom(tmp_path / "a.ini")
    there = covered(told.covers, scene.site)
    scene.close()
    assert there
    gone = dict.fromkeys(there, "1 something else")
    done = LessonDone(told.id, 1, told.hash, 300.0, 2, 0, gone)
    ledger = FakeWriter([Record("u1", NOW - 9, done, ADA)])
    room = Classroom(tmp_path / "c.ini", ledger=ledger)
    room.type(ADA)
    room.press(Qt.Key.Key_Return)
    assert lines(room)[4][3] == "refresher"
    for _ in range(12):
        room.press(Qt.Key.Key_Up)
    for _ in range(4):
        room.press(Qt.Key.Key_Down)
    assert "hcal/digi-occupancy changed" in room.says("Why it wants a refresher")
    assert "5 min, 2 hints, no wrong answer" in room.says("Where it stands")
    room.close()


def test_the_book_says_how_it_is(room: Classroom) -> None:
    keeps = "Where your progress is kept"
    assert room.says(keeps) == "Progress saved in the book."
    room.ledger.saving = False
    room.ledger.state = BookState("waiting", "the database is away")
    room.begin(6)
    room.press(Qt.Key.Key_F7)
    room.press(Qt.Key.Key_Escape)
    assert room.says(keeps).startswith("Book waiting: the database is away; ")
    room.ledger.state = BookState("refused", "who are you?", asks=True)
    room.wait(1)
    room.find(QLineEdit, "Database account").setFocus()
    room.type("ada")
    room.press(Qt.Key.Key_Return)
    room.type("secret")
    room.press(Qt.Key.Key_Return)
    assert room.ledger.signed_in == [("ada", "secret")]
    assert room.find(QLineEdit, "Password").text() == ""
    room.ledger.state = BookState("ready")
    room.ledger.save()
    room.wait(1)
    assert room.says(keeps) == f"Progress saved in the book under “{ADA}”."
    assert [e for e in room.ledger.kept if isinstance(e.body, LessonStepDone)]


def test_a_mentor_signs_in_to_a_shared_book_that_asks_nobody(room: Classroom) -> None:
    assert not room.sees(QLineEdit, "Database account")  # a file knows no accounts
    settings = msgspec.structs.replace(
        room.site.settings, database="postgresql://db.example.org/dqm"
    )
    room.client.put_site(msgspec.structs.replace(room.site, settings=settings))
    room.ledger.state = BookState("ready", account="ada", role="trainee")
    room.wait(1)
    words = "Progress saved in the book. Signed in as ada."
    assert room.says("Where your progress is kept") == words
    room.find(QLineEdit, "Database account").setFocus()
    room.type("max")
    room.press(Qt.Key.Key_Return)
    room.type("secret")
    room.press(Qt.Key.Key_Return)
    assert room.ledger.signed_in == [("max", "secret")]


def test_a_run_that_cannot_be_started_is_said(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        message = "no room left"
        raise OSError(message)

    monkeypatch.setattr(room.runs, "start", fail)
    room.type(ADA)
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    assert "no room left" in room.says("How far you are")
    assert room.focus() == "Lessons"


def test_a_site_without_lessons_says_so(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    room = Classroom(tmp_path / "c.ini", lessons=())
    assert room.says("Lesson selected") == "This site has no lessons"
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    room.close()


def test_f5_in_a_lesson_shows_the_course_and_esc_goes_back(room: Classroom) -> None:
    room.begin()
    room.press(Qt.Key.Key_F7)
    room.press(Qt.Key.Key_F5)
    assert room.sees(QWidget, "Course")
    assert not room.bubble.isVisible()
    assert not room.ring.isVisible()
    room.press(Qt.Key.Key_Escape)
    room.wait(0)
    assert room.told == "see"
    assert room.bubble.isVisible()
    room.until("which")
    room.press(Qt.Key.Key_F5)
    room.press(Qt.Key.Key_Escape)
    room.wait(0)
    assert room.bubble.isVisible()
    assert not room.bubble.has_keyboard  # it took it once, as the lesson began


def test_lessons_that_change_are_listed_anew(room: Classroom) -> None:
    first = msgspec.structs.replace(
        teaching(room.site).lessons[0], title="Another title"
    )
    site = taught(msgspec.structs.replace(room.site, hash="b2"), lessons=(first,))
    room.client.put_site(site)
    room.wait(1)
    assert [line[1] for line in lines(room)] == ["Another title"]
