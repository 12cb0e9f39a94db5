"""An exam item of the evidence in view: the palette's command, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from PySide6.QtGui import QAction
from support.consoles import Console
from support.fake_session import FakeSession, site
from support.instruction_texts import make_whole_site
from support.waiting import PATIENCE_MS
from training.test_import_evidence import written_bundle

from dqmconsole.app.exam_items import ExamItems
from dqmconsole.ui.training.feature import TrainingFeature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_whole_site(tmp_path / "site")


@pytest.fixture
def items(home: Path, qapp: object) -> Iterator[ExamItems]:
    del qapp
    made = ExamItems(str(home))
    yield made
    made.close()


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path, items: ExamItems) -> Iterator[Console]:
    shown = Console(
        FakeSession(site()),
        tmp_path / "console.ini",
        training=TrainingFeature(make_item=items.make),
    )
    qtbot.addWidget(shown.window)
    items.said.connect(shown.window.context.said)
    yield shown
    shown.window.close()


def test_evidence_in_view_becomes_an_item(
    console: Console, items: ExamItems, home: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    context = console.window.context
    bad, good = (
        console.window.findChild(QAction, name) for name in ("item-bad", "item-good")
    )
    assert not bad.isEnabled()  # a live run is no evidence
    console.client.source = str(written_bundle(tmp_path / "a.dqmevidence"))
    console.client.moment = 1.8e9
    context.sense_changed.emit()
    assert bad.isEnabled()
    with qtbot.waitSignal(context.said, timeout=PATIENCE_MS) as said:
        bad.trigger()
    assert "is an exam item now" in said.args[0]
    exam = home / "instructions" / "lessons" / "exam.yaml"
    (item,) = yaml.safe_load(exam.read_text())["matter"]
    assert item["truth"] == "bad"
    with qtbot.waitSignal(items.said, timeout=PATIENCE_MS) as said:
        good.trigger()
    assert said.args[0].startswith("No exam item: ")
    assert "already" in said.args[0]


def test_a_bundle_that_is_gone_is_said(
    items: ExamItems, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(items.said, timeout=PATIENCE_MS) as said:
        items.make(str(tmp_path / "none.dqmevidence"), "good")
    assert "No such file" in said.args[0]


def test_its_end_waits_for_what_was_begun(
    items: ExamItems, home: Path, tmp_path: Path
) -> None:
    items.make(str(written_bundle(tmp_path / "a.dqmevidence")), "good")
    items.close()
    assert (home / "instructions" / "lessons" / "exam.yaml").is_file()


def test_trouble_that_nobody_thought_of_is_said(
    items: ExamItems,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def take(*_: object) -> None:
        message = "the disk is on fire"
        raise RuntimeError(message)

    monkeypatch.setattr("dqmconsole.training.files.import_evidence.take", take)
    with qtbot.waitSignal(items.said, timeout=PATIENCE_MS) as said:
        items.make(str(tmp_path / "a.dqmevidence"), "good")
    assert said.args[0].startswith("No exam item: ")
    assert "RuntimeError: the disk is on fire" in said.args[0]
    assert "unexpected trouble with an exam item" in caplog.text
