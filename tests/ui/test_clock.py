"""The one timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from support.fake_session import FakeSession, live_session, run_info

from dqmconsole.shift.session import Changes
from dqmconsole.ui.clock import PaintClock

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_look_brings_the_changes_once(qtbot: QtBot) -> None:  # noqa: ARG001
    session = live_session()
    clock = PaintClock(session, lambda: 100.25)
    seen: list[tuple[float, Changes]] = []
    clock.looked.connect(lambda now, changes: seen.append((now, changes)))
    clock.tick()
    clock.tick()
    assert [now for now, _ in seen] == [100.25, 100.25]
    assert seen[0][1].site
    assert seen[1][1] == Changes()
    session.put_run(run_info())
    clock.tick()
    assert seen[2][1].run


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
    assert clock.frame_time(0.99) is None
    with qtbot.waitSignal(clock.looked):
        clock.start()
    qtbot.waitUntil(lambda: clock.frame_time(0.5) is not None)
    assert 0 <= clock.frame_time(0.0) <= clock.frame_time(1.0)
    clock.stop()
    assert [timer.isActive() for timer in clock.findChildren(QTimer)] == [False]
    QApplication.processEvents()
