"""The course of a tutorial: a lesson's run is opened at once, and only once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import msgspec
import pytest
from PySide6.QtCore import QObject
from support import recorded_shift
from support.books import Place, store_in_1970
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.fake_session import NOW, FakeSession
from support.instructed import instructed_site
from support.taught import taught
from support.trainees import ADA, Sight, lesson, reading, record_of
from support.waiting import PATIENCE_MS

from dqmconsole.app import lesson_runs, training
from dqmconsole.app.books import Books, book_file
from dqmconsole.app.idle_run import idle_run
from dqmconsole.app.training import Course
from dqmconsole.logbook.author import login_name
from dqmconsole.model.message import TRAINING
from dqmconsole.model.record import Call
from dqmconsole.shift.session import ShiftSession
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.lesson import Goal, LessonRun
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import LessonDone, LessonStepDone

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dqmconsole.training.lesson import Lesson

LESSON = lesson(reading("hello"), run=LessonRun(seed=5, causes=("wrong-reference@1",)))
OF_EVIDENCE = lesson(reading("hello"), run=LessonRun(evidence="/hole.dqmevidence"))
SITE = msgspec.structs.replace(
    taught(instructed_site(), lessons=(LESSON,)), home="/site"
)


class Runs(FakeRuns):
    """Runs that the application closes."""

    def __init__(self, _site_folder: object = None) -> None:
        super().__init__()
        self.closed = 0
        self.gone: LessonRun | None = None

    def start(self, run: LessonRun) -> str:
        if run == self.gone:
            message = "it is gone"
            raise OSError(message)
        return super().start(run)

    def close(self) -> None:
        self.closed += 1


class Window(QObject):
    """What the course asks of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.context = SimpleNamespace(said=self.told.append)

    def tell(self, words: str) -> None:
        self.told.append(words)


class Scene:
    """A course on a fake session, its book and its runs."""

    def __init__(self, folder: Path = Path("/asked")) -> None:
        self.client: Any = FakeSession()
        self.writer = FakeWriter()
        self.banners: list[str] = []
        self.runs = Runs()
        session = ShiftSession(
            self.client, lambda _site, _banner: FakeWriter(), lambda: NOW
        )
        books: Any = self
        self.course = Course(self.client, session, books, "/asked", folder)
        self.trainer = self.course.trainer
        self.window: Any = Window()
        self.courses = 0
        self.opened: list[Lesson] = []  # lessons whose page was shown

    def show_course(self) -> None:
        self.courses += 1

    def open(self, _site: object, banner: str, *, age: float | None) -> FakeWriter:
        assert age is None  # all of the book
        self.banners.append(banner)
        return self.writer

    def look(self) -> None:
        self.trainer.look(Sight(NOW).shows())

    def begin_of_evidence(self) -> None:
        self.course.begin(OF_EVIDENCE, ADA)
        self.course.follow(self.window, page=False)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Runs()
    monkeypatch.setattr(training, "LessonRuns", lambda *_, **__: made)
    found = Scene()
    monkeypatch.setattr(found.course.training, "show_course", found.show_course)
    monkeypatch.setattr(found.course.training, "show_opening", found.opened.append)
    found.runs = made
    return found


def test_a_lesson_is_opened_before_anything_is_read(scene: Scene) -> None:
    scene.course.begin(LESSON, ADA)
    assert scene.runs.started == [LESSON.run]
    assert scene.client.opened == ["/runs/1"]
    assert scene.client.banner == TRAINING
    assert scene.client.feed.opens[-1].site == "/asked"
    assert scene.client.feed.opens[-1].reference == "/other.root"


def test_a_recording_ends_with_the_course_and_has_what_was_done(scene: Scene) -> None:
    recording = Recording("my-hole", LESSON.run)
    scene.course.record(recording, "Ann Expert")
    scene.course.follow(scene.window, page=False)
    assert scene.runs.started == [LESSON.run]
    assert scene.client.banner == TRAINING
    scene.client.put_site(SITE)
    scene.trainer.look(Sight(NOW).wrote(Call("hcal-dqm")))
    assert scene.courses == 0  # it does not go before the run
    scene.course.close()
    assert recording.over
    assert [each.done for each in recording.steps] == [Goal(call="hcal-dqm")]


def test_evidence_is_recorded_once_the_causes_of_the_site_are_known(
    scene: Scene, qtbot: QtBot
) -> None:
    recording = Recording("my-hole", OF_EVIDENCE.run)
    scene.course.record(recording, "Ann Expert")
    scene.course.follow(scene.window, page=False)
    assert scene.runs.started == [LessonRun()]
    scene.client.put_site(SITE)
    scene.look()
    qtbot.waitUntil(lambda: scene.trainer.activity is recording, timeout=PATIENCE_MS)
    assert scene.client.opened[-1] == "/hole.dqmevidence"
    assert scene.trainer.site is SITE
    assert scene.courses == 0


def test_nobody_who_learns_on_recorded_runs_looks_at_another_detector(
    tmp_path: Path, scene: Scene
) -> None:
    file = tmp_path / "instructions/lessons/exam.yaml"
    file.parent.mkdir(parents=True)
    recorded = (
        "{pages: [Calo/Hits], cause: 'loss:Calo/hits', recorded: [7], updates: 24}"
    )
    simulated = "{pages: [Calo/Hits], cause: fed-lost}"
    assert idle_run(tmp_path) == LessonRun()  # there is no exam
    file.write_text(f"matter:\n  - {recorded}\n  - {simulated}\n")
    assert idle_run(tmp_path) == LessonRun()
    file.write_text(f"matter:\n  - {recorded}\n")
    run = idle_run(tmp_path)
    assert run is not None
    assert (run.recorded, run.ahead, run.causes) == (7, 12, ())
    # what is simulated and no fault makes no other detector of it
    harmless = "{pages: [Calo/Hits], cause: lumi-drop}"
    file.write_text(f"matter:\n  - {harmless}\n  - {recorded}\n")
    assert idle_run(tmp_path) == run

    other = Scene(tmp_path)
    other.course.begin(None, ADA)
    assert scene.runs.started == [run]
    scene.runs.gone = run
    other.course.begin(None, ADA)
    # nor where that run is gone
    assert scene.runs.started == [run]
    assert other.client.opened[-1] == "/nothing"
    assert other.trainer.shown is None


def test_the_run_of_an_observed_shift_is_not_seen_before_it(tmp_path: Path) -> None:
    lessons = tmp_path / FOLDER
    lessons.mkdir(parents=True)
    (tmp_path / recorded_shift.FILE).write_text(recorded_shift.SHIFT)
    assert idle_run(tmp_path) is None  # nor is another detector
    item = "{pages: [Calo/Hits], cause: 'loss:Calo/hits', recorded: RUNS, updates: 24}"
    spent = recorded_shift.RUN
    for recorded, seen in (([spent], None), ([spent, 8], 8)):
        line = item.replace("RUNS", str(recorded))
        (lessons / "exam.yaml").write_text(f"matter:\n  - {line}\n")
        run = idle_run(tmp_path)
        assert (run and run.recorded) == seen
    (lessons / "exam.yaml").write_text("matter:\n  - {pages: [A/B], cause: fed-lost}\n")
    assert idle_run(tmp_path) == LessonRun()


def test_it_goes_on_when_site_and_book_come(scene: Scene, qtbot: QtBot) -> None:
    scene.course.begin(LESSON, ADA)
    scene.course.follow(scene.window, page=False)
    activity = scene.trainer.activity
    assert isinstance(activity, LessonSession)
    assert activity.who == ADA
    scene.client.put_site(SITE)
    scene.look()
    qtbot.wait(3 * training.LOOK_EVERY)
    assert scene.trainer.activity is activity
    assert scene.runs.started == [LESSON.run]  # not a second time
    assert scene.banners == [""]  # the real book
    assert scene.courses == 0
    assert scene.opened == [LESSON]  # once it is known where it opens
    assert not scene.window.told


def test_what_was_done_years_ago_is_known(
    scene: Scene, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books(tmp_path)
    first = books.open(SITE, "")
    assert first is not None
    first.put(record_of(LessonDone(LESSON.id)))
    assert first.close(20.0) == ""
    url = f"sqlite:///{book_file(SITE.settings.experiment, tmp_path)}"
    store_in_1970(Place(url, None), 1)
    monkeypatch.setattr(scene, "open", books.open)
    scene.course.begin(None, ADA)
    scene.client.put_site(SITE)
    ledger = scene.trainer.ledger

    def is_read() -> bool:
        scene.look()
        return ledger.came

    qtbot.waitUntil(is_read, timeout=PATIENCE_MS)
    assert [each.body for each in ledger.records] == [LessonDone(LESSON.id)]
    scene.course.close()


def test_what_is_done_in_a_lesson_of_evidence_is_kept(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.begin_of_evidence()
    assert scene.runs.started == [LessonRun()]
    scene.client.put_site(taught(SITE, lessons=(OF_EVIDENCE,)))
    scene.look()
    qtbot.waitUntil(lambda: bool(scene.opened), timeout=PATIENCE_MS)
    assert scene.client.opened[-1] == "/hole.dqmevidence"
    assert scene.banners == [""]  # the real book, which the bundle does not name
    activity = scene.trainer.activity
    assert isinstance(activity, LessonSession)
    scene.client.moment = NOW - 1e6
    scene.client.put_site(msgspec.structs.replace(SITE, home="/bundle"))
    scene.look()
    activity.tutor.go_on()
    scene.look()
    kept = [type(each.body) for each in scene.writer.kept]
    assert kept == [LessonStepDone, LessonDone]
    assert {each.who for each in scene.writer.kept} == {ADA}


def test_a_lesson_of_evidence_that_lies_elsewhere_is_told(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.begin_of_evidence()
    scene.runs.refused = "it lies elsewhere"
    scene.client.put_site(taught(SITE, lessons=(OF_EVIDENCE,)))
    scene.look()
    qtbot.waitUntil(lambda: bool(scene.window.told), timeout=PATIENCE_MS)
    assert "it lies elsewhere" in scene.window.told[0]
    assert scene.courses == 1


def test_a_lesson_that_is_gone_is_told(scene: Scene, qtbot: QtBot) -> None:
    scene.course.begin(LESSON, ADA)
    scene.course.follow(scene.window, page=False)
    scene.client.put_site(taught(SITE, lessons=()))
    scene.look()
    qtbot.waitUntil(lambda: bool(scene.window.told), timeout=PATIENCE_MS)
    assert "does not agree" in scene.window.told[0]
    assert scene.courses == 1
    assert scene.trainer.activity is None


def test_without_a_lesson_the_course_is_shown(scene: Scene) -> None:
    scene.course.begin(None, "")
    scene.course.follow(scene.window, page=False)
    assert scene.courses == 1
    assert scene.runs.started == [LessonRun()]
    assert scene.trainer.who == ""  # it is asked there


def test_it_begins_at_an_exam_that_was_asked_for(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(scene.course.training, "show_exam", shown.append)
    scene.course.begin(None, ADA, "heavy-ions")
    scene.course.follow(scene.window, page=False)
    assert shown == []  # what exams there are the site says
    scene.client.put_site(SITE)
    scene.look()
    qtbot.waitUntil(lambda: bool(shown), timeout=PATIENCE_MS)
    assert shown == ["heavy-ions"]


def test_a_page_that_was_asked_for_stays(scene: Scene) -> None:
    scene.course.begin(None, "")
    scene.course.follow(scene.window, page=True)
    assert scene.courses == 0


def test_a_page_that_was_asked_for_goes_before_that_of_a_lesson(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.course.begin(LESSON, ADA)
    scene.course.follow(scene.window, page=True)
    scene.client.put_site(SITE)
    scene.look()
    qtbot.wait(3 * training.LOOK_EVERY)
    assert scene.opened == []


def test_a_lesson_without_a_name_is_the_accounts(scene: Scene) -> None:
    scene.course.begin(LESSON, "")
    assert scene.trainer.who == login_name()


def test_a_detector_that_cannot_be_started(scene: Scene) -> None:
    scene.runs.refused = "no memory"
    with pytest.raises(click.ClickException, match="no memory"):
        scene.course.begin(LESSON, ADA)


def test_its_end_says_what_was_lost(scene: Scene) -> None:
    scene.client.put_site(SITE)
    scene.look()
    scene.writer.lost = "1 record is lost"
    assert scene.course.close() == "1 record is lost"
    assert scene.runs.closed == 1


def test_names_that_are_written_twice_for_a_quick_start_agree() -> None:
    assert lesson_runs.LESSONS == FOLDER
