"""The one timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from support.consoles import Console
from support.fake_session import FakeSession, live_session, run_info
from support.waiting import PATIENCE_MS

from dqmconsole.model.verdict import Status
from dqmconsole.shift.client import Changes
from dqmconsole.ui import presenter
from dqmconsole.ui.clock import FRAMES_LATELY, HURRIED, PERIOD, PaintClock
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.presenter import slow_words

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_a_look_brings_the_changes_once(qtbot: QtBot) -> None:  # noqa: ARG001
    client = live_session()
    clock = PaintClock(client, lambda: 100.25)
    seen: list[tuple[float, Changes]] = []
    clock.looked.connect(lambda now, changes: seen.append((now, changes)))
    clock.tick()
    clock.tick()
    assert [now for now, _ in seen] == [100.25, 100.25]
    assert seen[0][1].site
    assert seen[1][1] == Changes()
    client.put_run(run_info())
    clock.tick()
    assert seen[2][1].run


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0.02, ""), (0.49, ""), (0.6, "takes 0.6 s"), (12.3, "takes 12 s")],
)
def test_a_slow_window_says_so(seconds: float | None, said: str) -> None:
    words = slow_words(seconds)
    assert len(words) == bool(said)
    assert said in "".join(words)


def test_what_is_bad_is_said_before_that_the_window_is_slow(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Console(live_session(), tmp_path / "console.ini")
    monkeypatch.setattr(presenter, "slow_words", lambda _: ["This window is slow"])
    console.wait(1)
    assert console.says("Notice").startswith("BAD: ")
    console.client.mailbox.rollups.clear()
    console.client.mailbox.verdicts.clear()
    console.wait(1)
    assert console.says("Notice") == "This window is slow"
    mark = console.window.parts.notices.findChild(MarkLabel)
    assert mark.status is Status.WARNING
    console.close()


def test_seconds_are_told_once_each(qtbot: QtBot) -> None:  # noqa: ARG001
    now = [10.0]
    clock = PaintClock(FakeSession(), lambda: now[0])
    told: list[float] = []
    clock.second.connect(told.append)
    for time in (10.0, 10.03, 10.9, 11.0, 11.5, 14.2):
        now[0] = time
        clock.tick()
    assert told == [10.0, 11.0, 14.2]


def test_it_looks_by_itself_and_measures_its_frames(qtbot: QtBot) -> None:
    clock = PaintClock(FakeSession(), lambda: 0.0)
    assert clock.frame_time() is None
    with qtbot.waitSignal(clock.looked):
        clock.start()
    qtbot.waitUntil(lambda: clock.frame_time() is not None, timeout=PATIENCE_MS)
    clock.stop()
    assert min(clock.frames) <= clock.frame_time() <= max(clock.frames)
    clock.frames.extend([9.0] * 7 + [1.0] * FRAMES_LATELY)
    assert clock.frame_time() == 1.0
    assert [timer.isActive() for timer in clock.findChildren(QTimer)] == [False]
    QApplication.processEvents()


def test_it_looks_often_at_first(qtbot: QtBot) -> None:
    clock = PaintClock(FakeSession(), lambda: 0.0)
    timer = clock.findChild(QTimer)
    assert isinstance(timer, QTimer)
    clock.start()
    assert timer.interval() == HURRIED
    qtbot.waitUntil(lambda: timer.interval() == PERIOD, timeout=PATIENCE_MS)
    clock.stop()
