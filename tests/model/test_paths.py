from __future__ import annotations

from pathlib import Path

import pytest

from dqmconsole.model.paths import is_of_nobody, with_home


def test_a_home_folder_stands_in_place_of_its_sign(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert with_home("~/runs/7.root") == tmp_path / "runs" / "7.root"
    assert with_home("runs/~7.root") == Path("runs/~7.root")
    assert not is_of_nobody("~/runs")
    assert not is_of_nobody("runs/~7.root")


@pytest.mark.parametrize("path", ["~no-such-user", "~no-such-user/runs"])
def test_a_user_that_is_not_there_has_none(path: str) -> None:
    assert with_home(path) == Path(path)
    assert is_of_nobody(path)
