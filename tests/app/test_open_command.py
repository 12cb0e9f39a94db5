from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner
from PySide6.QtWidgets import QWidget
from support.fake_session import FakeSession, site
from support.recorded import record
from support.waiting import PATIENCE_MS

from dqmconsole.app.commands import open as opening
from dqmconsole.app.console import ConsoleOptions, _see_whether_there
from dqmconsole.model.view_link import ViewLink

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("kind", ["", "replay:"])
def test_a_link_is_opened_as_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "show", shown.append)
    (tmp_path / "run_124").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "run_124")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(opening.open_command, [f"{kind}current"])
    assert result.exit_code == 0, result.output
    assert [options.source for options in shown] == [f"{kind}{tmp_path / 'current'}"]


def test_a_link_to_what_is_shown_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "show", shown.append)
    link = "dqm:7/Hcal/Digi%20occupancy?ls=120-134"
    result = CliRunner().invoke(opening.open_command, [str(tmp_path), "--at", link])
    assert result.exit_code == 0, result.output
    assert [str(options.at) for options in shown] == [link]
    wrong = "dqm:7?ls=134-120"
    result = CliRunner().invoke(opening.open_command, [str(tmp_path), "--at", wrong])
    assert result.exit_code == 1
    assert f"--at {wrong}: the span 134-120 ends before it begins" in result.output
    assert len(shown) == 1


def test_a_link_to_what_was_never_recorded_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "show", shown.append)
    record(tmp_path, 3)
    for link, words in (
        ("dqm:0?ls=4", "run 7 is recorded up to 3: take ls=3"),
        ("dqm:7?ls=2-4", "run 7 is recorded up to 3: take ls=3"),
        ("dqm:8?ls=1", f"run 8 is not recorded in {tmp_path}; there: 7"),
    ):
        source = f"recorded:{tmp_path}/7"
        result = CliRunner().invoke(opening.open_command, [source, "--at", link])
        assert result.exit_code == 1
        assert words in result.output
    assert not shown
    result = CliRunner().invoke(opening.open_command, [source, "--at", "dqm:7?ls=3"])
    assert result.exit_code == 0, result.output
    assert len(shown) == 1


class Window(QWidget):
    """As much of the window as hears that something is wrong."""

    told = ""

    def tell(self, words: str) -> None:
        self.told = words


def test_a_link_to_no_page_is_said_where_the_console_was_started(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    window, client = Window(), FakeSession(site())
    qtbot.addWidget(window)
    for page in ("Digi occupancy", "Digi ocupancy"):
        options = ConsoleOptions(at=ViewLink(7, "Hcal", page))
        _see_whether_there(options, client, cast("Any", window), cast("Any", None))
    qtbot.waitUntil(lambda: bool(window.told), timeout=PATIENCE_MS)
    assert "did you mean 'Hcal/Digi occupancy'?" in window.told
    assert capsys.readouterr().err == f"{window.told}\n"
