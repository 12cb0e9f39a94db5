from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dqmconsole.app.commands import open as opening

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.app.console import ConsoleOptions


@pytest.mark.parametrize("kind", ["", "replay:"])
def test_a_link_is_opened_as_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "_show", shown.append)
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
    monkeypatch.setattr(opening, "_show", shown.append)
    link = "dqm:7/Hcal/Digi%20occupancy?ls=120-134"
    result = CliRunner().invoke(opening.open_command, [str(tmp_path), "--at", link])
    assert result.exit_code == 0, result.output
    assert [str(options.at) for options in shown] == [link]
    wrong = "dqm:7?ls=134-120"
    result = CliRunner().invoke(opening.open_command, [str(tmp_path), "--at", wrong])
    assert result.exit_code == 1
    assert f"--at {wrong}: the span 134-120 ends before it begins" in result.output
    assert len(shown) == 1
