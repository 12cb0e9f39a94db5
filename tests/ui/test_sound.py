"""Alarms are heard at the console on shift: played, notified, muted."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from support.book_scene import console_on_shift
from support.keyboard import CTRL
from support.programs import FakePath
from support.waiting import wait_until

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.record import Record, ShiftBegan, ShiftEnded
from dqmconsole.model.verdict import Status
from dqmconsole.shift.sounding import AGAIN_AFTER, MUTE_FOR, REPEATS, STEP
from dqmconsole.ui.player import PATIENCE, Player

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.consoles import Console

    from dqmconsole.model.cause import Urgency

SHIFT = Qt.KeyboardModifier.ShiftModifier
MUTE = Qt.Key.Key_M


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePath:
    folder = tmp_path / "bin"
    folder.mkdir()
    return FakePath(folder, monkeypatch)


@pytest.fixture
def console(tmp_path: Path, path: FakePath, qapp: QApplication) -> Iterator[Console]:
    del path, qapp
    console = console_on_shift(tmp_path)
    yield console
    console.close()


_numbers = itertools.count(1)


def raise_alarm(console: Console, urgency: Urgency = "now") -> Alarm:
    """Let the engine tell of an alarm."""
    member = Member("Hcal › Page › Hcal/a", Status.BAD, "12 % dead", "missing", urgency)
    at = console.now
    name = f"7/Hcal/missing/{next(_numbers)}"
    alarm = Alarm(name, 7, "Hcal", "missing", (member,), at, at, urgency=urgency)
    console.client.mailbox.alarms[name] = alarm
    console.wait(1)
    return alarm


def pass_time(console: Console, seconds: float) -> None:
    """Let time pass as it does: a look is a few seconds after another at most."""
    for _ in range(int(seconds // STEP) + 1):
        console.wait(STEP)


def tones_played(path: FakePath, name: str = "aplay") -> list[str]:
    """The files that were played."""
    return [each.rpartition("/")[2] for each in path.called(name) if "/" in each]


def played(console: Console, path: FakePath, many: int) -> list[str]:
    """The files played, once there are so many and the player has ended."""
    passing = iter([1] * 30)  # s; however long the player takes, nothing sounds again

    def ended() -> bool:
        console.wait(next(passing, 0))
        return len(tones_played(path)) == many

    wait_until(ended, f"{many} sounds")
    return tones_played(path)


def test_an_alarm_is_played(console: Console, path: FakePath) -> None:
    path.put("aplay")
    raise_alarm(console)
    assert played(console, path, 1) == ["3.wav"]
    raise_alarm(console, "next-day")
    raise_alarm(console, "dump")
    pass_time(console, 20)
    assert played(console, path, 2) == ["3.wav", "1.wav"]


def test_nothing_sounds_with_a_banner(console: Console, path: FakePath) -> None:
    path.put("aplay")
    console.client.banner = "REPLAY"
    raise_alarm(console)
    pass_time(console, 30)
    assert tones_played(path) == []
    console.press(MUTE, CTRL)
    assert console.says("Answer") == "REPLAY: no alarm sounds"


def test_it_is_muted_and_unmuted_by_key(console: Console, path: FakePath) -> None:
    path.put("aplay")
    console.press(MUTE, CTRL)
    assert console.says("Sound of alarms") == "ALARMS MUTED until 11:21 UTC"
    assert console.says("Answer") == "No alarm sounds until 11:21 UTC"
    raise_alarm(console)
    pass_time(console, 60)
    assert tones_played(path) == []
    console.press(MUTE, CTRL | SHIFT)
    assert not console.sees(QWidget, "Sound of alarms")
    assert played(console, path, 1) == ["3.wav"]
    console.press(MUTE, CTRL | SHIFT)
    assert console.says("Answer") == "Alarms are not muted"


def test_a_mute_ends_by_itself(console: Console, path: FakePath) -> None:
    path.put("aplay")
    console.press(MUTE, CTRL)
    raise_alarm(console)
    pass_time(console, MUTE_FOR)
    assert not console.sees(QWidget, "Sound of alarms")
    assert played(console, path, 1) == ["3.wav"]


def test_what_is_off_is_seen_and_heard_by_nobody(
    console: Console, path: FakePath
) -> None:
    path.put("aplay")
    console.window.context.switch_sound()
    raise_alarm(console)
    pass_time(console, 20)
    assert console.says("Sound of alarms") == "ALARM SOUND OFF"
    assert tones_played(path) == []


def test_without_a_player_it_is_said_once(console: Console) -> None:
    raise_alarm(console)
    console.wait(1)
    assert console.says("Notice") == (
        "Alarms are not heard, the bell was rung: "
        "this machine has no player (pw-play, paplay, aplay, ffplay)"
    )
    pass_time(console, AGAIN_AFTER)
    assert len(console.window._presenter._told) == 1
    assert console.session.alarms[0].asks  # seen it is, as before


def test_a_player_that_hangs_is_said(
    console: Console, path: FakePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.put("paplay", then="while :; do :; done")
    now = 0.0
    player = Player(lambda: None, lambda: now)
    monkeypatch.setattr(console.window.parts.sound, "_player", player)
    raise_alarm(console)
    wait_until(lambda: path.called("paplay"), "the player")
    now += PATIENCE + 1

    def said() -> bool:
        console.wait(1)
        return "paplay did not end" in console.says("Notice")

    wait_until(said, "the notice")


def test_the_shift_leader_is_named_in_the_end(console: Console, path: FakePath) -> None:
    path.put("aplay")
    raise_alarm(console)
    pass_time(console, REPEATS * AGAIN_AFTER + 30)
    played(console, path, 1 + REPEATS)
    assert console.says("Notice") == (
        "Not acknowledged though it sounded again and again, call the shift leader, "
        "Leo: Hcal missing: 12 % dead"
    )


def test_beside_another_window_the_desktop_shows_it(
    console: Console, path: FakePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerted: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", alerted.append)
    path.put("aplay")
    path.put("notify-send")
    raise_alarm(console)
    pass_time(console, 15)
    assert alerted == []
    assert path.called("notify-send") == []
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    raise_alarm(console, "dump")
    pass_time(console, 15)
    assert alerted == []
    raise_alarm(console)
    pass_time(console, 15)
    assert alerted == [console.window]
    wait_until(lambda: path.called("notify-send"), "the notification")
    assert path.called("notify-send")[-2:] == ["Alarm", "Hcal missing: 12 % dead"]


def test_the_sound_is_tested_from_the_settings(
    console: Console, path: FakePath
) -> None:
    path.put("aplay")
    console.press(",", CTRL)
    console.tab_to("Test the sound")
    console.press(Qt.Key.Key_Return)
    assert played(console, path, 1) == ["3.wav"]
    console.tab_to("Notifications")
    console.press(Qt.Key.Key_Space)
    assert not console.window.context.settings.notify


def test_only_the_console_that_holds_the_shift_sounds(
    console: Console, path: FakePath
) -> None:
    path.put("aplay")
    assert console.writer is not None
    began = Record("b", console.now + 1, ShiftBegan(), who="Ben Ode", role="shifter")
    console.writer.come(began)
    raise_alarm(console)
    pass_time(console, 30)
    assert tones_played(path) == []
    assert console.says("Sound of alarms") == "ALARMS SOUND ELSEWHERE"
    assert console.says("Who has the shift").startswith(
        "alarms sound at Ben Ode’s console · Anna"
    )
    console.press(MUTE, CTRL)
    assert "holds the shift: alarms sound there" in console.says("Answer")
    console.press(Qt.Key.Key_F2)
    said = console.says("You have the shift")
    assert "Not ended either: Ben Ode (shifter), since " in said
    assert said.endswith("Alarms sound at Ben Ode’s console.")
    console.writer.come(Record("e", console.now, ShiftEnded(), shift="b"))
    console.wait(1)
    assert not console.sees(QWidget, "Sound of alarms")
    assert played(console, path, 1) == ["3.wav"]
