"""Nonsense on the command line is answered before anything is started."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dqmconsole.app import crash
from dqmconsole.app.cli import run
from dqmconsole.app.options import (
    account_of_process,
    source_asked,
    why_not_writable,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["demo", "--seconds", "nan"], "not a finite number"),
        (["demo", "--seconds", "inf"], "not in the range"),
        (["demo", "--speed", "nan"], "not a finite number"),
        (["demo", "--screenshot", "/proc/none/f.png"], "no such folder can be made"),
        (["demo", "--keep", "/proc/none"], "no simulated detector"),
        (["demo", "--fault", "hot-channel:Ekal"], "did you mean 'Ecal'?"),
        (["snapshot", ".", "--page", "A/B", "-o", "f.png", "--size", "0x0"], "pixels"),
        (["snapshot", ".", "--page", "A/B", "-o", "f.png", "--size", "²x³"], "WIDTHx"),
        (["snapshot", ".", "--page", "A/B", "-o", "f.xyz"], "try .png"),
        (["snapshot", ".", "--page", "A/B", "-o", "/proc/x/f.png"], "no such folder"),
        (["reference", "tune", "--every", "nan"], "not a finite number"),
        (["reference", "tune", "--hours", "inf"], "not a finite number"),
        (["open", "a\udcff"], "not UTF-8"),
    ],
)
def test_nonsense_is_refused(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    result = CliRunner().invoke(run, arguments)
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert words in result.output


def test_a_picture_that_can_be_saved(tmp_path: Path) -> None:
    assert not why_not_writable(tmp_path / "new" / "page.PNG")
    assert (tmp_path / "new").is_dir()
    assert why_not_writable(tmp_path / "new.png" / "") == ""
    (tmp_path / "file").touch()
    assert why_not_writable(tmp_path / "file" / "page.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in why_not_writable(tmp_path / "pipe.png")


def test_the_same_trouble_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crash, "report_folder", lambda: tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    told: list[str] = []
    crash.install(told.append)
    for number in range(50):
        with pytest.raises(ValueError) as found:  # noqa: PT011 - any will do
            int(f"no number {number}")
        sys.excepthook(ValueError, found.value, found.value.__traceback__)
    assert len(told) == 1
    assert len(list(tmp_path.iterdir())) == 1
    assert capsys.readouterr().err.count("Traceback") == 1


def test_without_a_site_the_names_of_the_files_are_those_that_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("calo_run000007.root", "muon_run000007.root"):
        (tmp_path / name).touch()
    assert source_asked(str(tmp_path)) == f"{tmp_path}//{{client}}_run{{run}}.root"
    assert "{client}_run{run}.root" in capsys.readouterr().err
    (tmp_path / "DQM_V0001_Hcal_R000000007.root").touch()
    assert source_asked(str(tmp_path)) == str(tmp_path)


def test_a_folder_that_is_closed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.is_dir", closed)
    result = CliRunner().invoke(run, ["ls", str(tmp_path)])
    assert result.exit_code == 2
    assert f"dqmconsole ls: {tmp_path}: Permission denied" in result.output


def test_an_account_without_a_name_or_a_home_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HOME")

    def unknown(_: str) -> str:
        msg = "no home folder"
        raise RuntimeError(msg)

    monkeypatch.setattr("platformdirs.user_state_dir", unknown)
    monkeypatch.setattr(os, "getuid", lambda: 65533)
    assert account_of_process() == "65533"
    result = CliRunner().invoke(run, ["doctor"])
    assert result.exit_code == 3
    assert "this account has no home folder: set HOME to a folder" in result.output
