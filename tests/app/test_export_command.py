"""``dqmconsole export``: recorded runs, files and folders as ROOT and Parquet."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.foreign import write_foreign
from support.recorded import MAP, PATH, RUN, record

from dqmconsole.app.commands.export import export_command
from dqmconsole.model.histogram import Histogram
from dqmconsole.recording.run_file import run_path
from dqmconsole.rootio.dqmfile import DqmFile

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

LAST = 12


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    record(folder, LAST)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(export_command, [str(each) for each in arguments])


def contents(file: Path, path: str = PATH) -> list[float]:
    opened = DqmFile(file)
    try:
        found = opened.element(path)
    finally:
        opened.close()
    assert isinstance(found, Histogram)
    return [float(each) for each in found.values()]


def paths_of(file: Path) -> set[str]:
    opened = DqmFile(file)
    try:
        return {entry.path for entry in opened.entries()}
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("part", "held"),
    [
        ((), [12.0, 24.0]),
        (("--until", 5), [5.0, 10.0]),
        (("--span", "3-5"), [3.0, 6.0]),
    ],
)
def test_a_recorded_run_as_it_stood(
    runs: Path, tmp_path: Path, part: tuple[object, ...], held: list[float]
) -> None:
    target = tmp_path / "out.root"
    done = run(f"recorded:{runs}/{RUN}", *part, "-o", target)
    assert (done.exit_code, done.stderr) == (0, "")
    many = 2 if part else 4  # scalars are known as they were last
    assert done.stdout == f"{target}: {many} plots of run {RUN}\n"
    assert contents(target) == held


def test_only_the_plots_that_are_asked_for(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.root"
    done = run(f"recorded:{runs}/{RUN}", "--plots", "*/map", "-o", target)
    assert done.stdout.endswith(f": 1 plot of run {RUN}\n")
    assert paths_of(target) == {MAP}


def test_lumisections_that_were_not_recorded_are_said(
    runs: Path, tmp_path: Path
) -> None:
    done = run(
        *(f"recorded:{runs}/{RUN}", "--span", "10-40", "--plots", PATH),
        *("-o", tmp_path / "out.root"),
    )
    assert done.exit_code == 0
    assert done.stderr == (f"{PATH} is recorded of another span than 10–40: 10–12\n")


@pytest.mark.slow  # needs pyarrow, which is large
def test_a_file_and_its_numbers(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    source = write_foreign(tmp_path / "now.root", 500, 2)
    assert run(source, "-o", tmp_path / "out.root").exit_code == 0
    assert paths_of(tmp_path / "out.root") == paths_of(source)
    done = run(source, "-o", tmp_path / "out.parquet")
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert done.stdout == f"{tmp_path}/out.parquet: {len(rows)} rows of run 7\n"
    assert {"entries", "mean", "rms"} <= {row["quantity"] for row in rows}


def damaged(runs: Path, tmp_path: Path) -> Path:
    """The record with the plot's last increments overwritten."""
    there = run_path(tmp_path, RUN)
    there.write_bytes(run_path(runs, RUN).read_bytes())
    with sqlite3.connect(there) as connection:
        (number,) = connection.execute(
            "SELECT id FROM plot WHERE path = ?", (PATH,)
        ).fetchone()
        connection.execute(
            "UPDATE live SET data = ? WHERE id & ? = ?",
            (b"\xff" * 40, (1 << 24) - 1, number),
        )
    connection.close()
    return there


def test_a_plot_that_cannot_be_read_is_left_out_and_named(
    runs: Path, tmp_path: Path
) -> None:
    there = damaged(runs, tmp_path)
    done = run(f"recorded:{there}", "-o", tmp_path / "out.root")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{PATH} is left out: ")
    assert MAP in paths_of(tmp_path / "out.root")


def refusals(runs: Path, tmp_path: Path) -> list[tuple[list[object], str]]:
    there, here = f"recorded:{runs}/{RUN}", tmp_path / "new.root"
    old = tmp_path / "old.root"
    old.write_text("mine")
    source = write_foreign(tmp_path / "now.root", 50, 2)
    (tmp_path / "empty").mkdir()
    return [
        ([there, "-o", old], f"{old} is there already; --force replaces it"),
        ([there, "-o", tmp_path / "x.csv"], "ends neither in .root nor in .parquet"),
        ([there, "--until", 3, "--span", "1-2", "-o", here], "exclude each other"),
        ([there, "--span", "5-2", "-o", here], "is not FIRST-LAST, such as 41-60"),
        ([there, "--plots", "Ecal/*", "-o", here], f"no plot of run {RUN} matches Eca"),
        ([there, "--span", "40-50", "-o", here], "no update within 40"),
        ([f"recorded:{runs}/8", "-o", here], "run 8 is not recorded in"),
        ([source, "--until", 3, "-o", here], "is known of recorded runs alone"),
        ([tmp_path / "empty", "-o", here], "there is no file that can be read"),
        ([there, "-o", tmp_path / "no" / "x.root"], "No such file or directory"),
        ([there, "-o", tmp_path / f"{'x' * 300}.root"], "File name too long"),
    ]


def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    runs: Path, tmp_path: Path
) -> None:
    for arguments, words in refusals(runs, tmp_path):
        done = run(*arguments)
        assert done.exit_code == 2
        assert words in done.stderr
        assert not (tmp_path / "new.root").exists()
    assert (tmp_path / "old.root").read_text() == "mine"
    done = run(f"recorded:{runs}/{RUN}", "-o", tmp_path / "old.root", "--force")
    assert done.exit_code == 0
    assert contents(tmp_path / "old.root") == [12.0, 24.0]


def test_without_pyarrow_the_extra_is_named(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run(f"recorded:{runs}/{RUN}", "-o", tmp_path / "out.parquet")
    assert done.exit_code == 2
    assert "pip install 'dqmconsole[parquet]'" in done.stderr


def test_a_full_disk_is_said_and_what_was_there_stays(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.root"
    target.write_text("mine")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.replace", full)
    done = run(f"recorded:{runs}/{RUN}", "-o", target, "--force")
    assert done.exit_code == 2
    assert done.stderr == (f"dqmconsole export: {target}: No space left on device\n")
    assert target.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["out.root"]
