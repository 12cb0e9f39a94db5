"""What may be chosen, by keyboard alone, holds at once and is remembered."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from support.consoles import Console
from support.fake_session import HCAL, NOW, live_session
from support.keyboard import CTRL, ESC

from dqmconsole.model.moment import show_local
from dqmconsole.ui import fonts
from dqmconsole.ui.fonts import apply_scale
from dqmconsole.ui.settings import INTERVALS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

DOWN, UP, SPACE = Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space


@pytest.fixture
def console(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Console]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Zurich")
        time.tzset()
        console = Console(live_session(), tmp_path / "console.ini")
        yield console
        console.close()
    show_local(local=False)
    apply_scale(qapp, 1.0, 1.0, ())
    assert os.environ["TZ"] == "UTC"
    time.tzset()


def test_it_is_as_high_as_its_choices_the_first_time(console: Console) -> None:
    console.press(",", CTRL)
    sheet = console.window.parts.choices
    assert sheet.layouts.isVisible()
    assert sheet.height() == sheet.sizeHint().height()


def test_everything_is_chosen_by_keyboard(console: Console, tmp_path: Path) -> None:
    window = console.window
    console.press(",", CTRL)
    assert console.focus() == "Text size"
    console.press(DOWN)
    assert fonts.scale() == pytest.approx(1.1)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Density"
    console.press(DOWN)
    assert window.context.colours.density == "compact"
    console.tab_to("Colours")
    console.press(DOWN)
    assert window.context.theme.name == "dark"
    assert console.says("Clock of the header").endswith("UTC")
    console.tab_to("Clock")
    console.press(DOWN)
    assert console.says("Clock of the header").endswith(("CET", "CEST"))
    console.tab_to("Sound")
    console.press(SPACE)
    console.tab_to("A page stays")
    console.press(DOWN)
    console.tab_to("Wall: what is not good first")
    console.press(SPACE)
    console.tab_to("Layouts on the wall")
    console.press(DOWN)
    console.press(SPACE)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Text size"  # round, and not into the window
    console.press(ESC)
    assert not window.parts.choices.isVisible()
    window.context.settings.save()
    kept = Settings(tmp_path / "console.ini")
    assert kept.text_size == 1.1
    assert kept.density == "compact"
    assert kept.theme == "dark"
    assert kept.local_time
    assert not kept.sound
    assert kept.wall_interval == INTERVALS[2]
    assert not kept.wall_abnormal
    assert kept.wall_without == {window.parts.choices.layouts.rows[1].name}


def test_letters_do_nothing_else_there(console: Console) -> None:
    used: list[str] = []
    console.press(",", CTRL)
    console.window.context.used.connect(used.append)
    for name in ("Density", "Sound", "Layouts on the wall"):
        console.tab_to(name)
        console.type("nplrq")
    assert used == []


def test_a_changed_clock_shows_wherever_times_stand(console: Console) -> None:
    console.session.begin("Ada")
    console.wait(1)
    context = console.window.context
    context.choose_clock(local=True)
    console.wait(1)
    assert console.says("Clock of the header") == "12:06 CET"
    context.choose_clock(local=False)
    console.wait(1)
    assert console.says("Clock of the header") == "11:06 UTC"
    assert NOW == 1_795_000_000.0


def test_each_setting_is_a_command_too(console: Console) -> None:
    context = console.window.context
    for words, changed in (
        ("Comfortable or compact", lambda: context.settings.density),
        ("Times in UTC", lambda: context.settings.local_time),
        ("Sound of alarms", lambda: context.settings.sound),
        ("Light or dark", lambda: context.theme.name),
        ("Larger text", lambda: context.settings.text_size),
        ("Smaller text", lambda: context.settings.text_size),
    ):
        before = changed()
        console.press("k", CTRL)
        console.type(words)
        console.press(Qt.Key.Key_Return)
        assert changed() != before, words


def test_rubbish_that_was_remembered_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "console.ini"
    file.write_text(
        "[look]\ntext=huge\ndensity=none\nlocal=5\n[wall]\ninterval=-3\n"
        "without\\count=zz\n[windows]\ncount=99999999999\n0=x\n"
    )
    settings = Settings(file)
    assert settings.text_size == 1.0
    assert settings.density == "comfortable"
    assert not settings.local_time
    assert settings.sound
    assert settings.wall_interval == INTERVALS[1]
    assert settings.wall_without == frozenset()
    assert settings.windows == ("x",)
    settings.text_size = 7.0
    assert settings.text_size == 1.0
    settings.wall_without = [HCAL]
    assert settings.wall_without == {HCAL}
