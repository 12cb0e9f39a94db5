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
