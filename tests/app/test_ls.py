from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dqmconsole.app.commands.ls import _listed, ls_command
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

pytestmark = pytest.mark.usefixtures("patient")


def histogram(name: str, entries: float) -> Histogram:
    return Histogram(
        name=name,
        title=name,
        root_class="TH1F",
        axes=(Axis(4, 0.0, 4.0),),
        contents=np.ones(6, dtype=np.float32),
        entries=entries,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for run in (10, 11):
        for subsystem in ("Hcal", "L1T"):
            write_dqm(
                tmp_path / f"DQM_V0001_{subsystem}_R{run:09d}.root",
                run,
                {
                    f"{subsystem}/Task": [histogram("energy", run), histogram("t", 7)],
                    f"{subsystem}/EventInfo": [Scalar("iRun", run)],
                },
            )
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(ls_command, [str(argument) for argument in arguments])


def test_a_folder_lists_its_newest_run(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Hcal/EventInfo/iRun", "int", "11"],
        ["Hcal/Task/energy", "TH1F", "11"],
        ["Hcal/Task/t", "TH1F", "7"],
        ["L1T/EventInfo/iRun", "int", "11"],
        ["L1T/Task/energy", "TH1F", "11"],
        ["L1T/Task/t", "TH1F", "7"],
    ]


@pytest.mark.parametrize("pattern", ["*/energy", "Task/en", "[HL]*/Task/e?ergy"])
def test_patterns(folder: Path, pattern: str) -> None:
    result = run(folder, pattern, "--run", 10, "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"path": "Hcal/Task/energy", "kind": "TH1F", "entries": 10.0},
        {"path": "L1T/Task/energy", "kind": "TH1F", "entries": 10.0},
    ]


def test_one_file_and_a_replay(folder: Path) -> None:
    file = folder / "DQM_V0001_Hcal_R000000010.root"
    result = run(file, "iRun", "--json")
    assert json.loads(result.stdout) == {
        "path": "Hcal/EventInfo/iRun",
        "kind": "int",
        "value": 10,
    }
    assert run(f"replay:{folder}", "energy", "--no-entries").stdout.split()[1] == "TH1F"


def test_of_a_replay_the_last_snapshots_are_listed(tmp_path: Path) -> None:
    for lumisection, subsystem in ((1, "Hcal"), (9, "L1T")):
        name = f"DQM_V0001_{subsystem}_R000000010.root.ls{lumisection:08d}"
        element = {f"{subsystem}/Task": [histogram("t", lumisection)]}
        file = tmp_path / f"{name}_hosta_pid00000001"
        write_dqm(file, 10, element)
        os.utime(file, (1e9 + 23 * lumisection,) * 2)
    listed = run(f"replay:{tmp_path}").stdout.split()
    assert listed[::3] == ["Hcal/Task/t", "L1T/Task/t"]


def test_without_entries_nothing_is_decoded(folder: Path) -> None:
    result = run(folder, "Hcal/Task", "--no-entries")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Hcal/Task/energy", "TH1F"],
        ["Hcal/Task/t", "TH1F"],
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("{}/no.root",), 2, "no such file"),
        (("{}", "nothing*"), 1, "no element of run 11 matches nothing*"),
        (("{}", "hcal/*y"), 1, "lower case count: Hcal/Task/energy"),
        (("{}", "--run", "9"), 2, "the nearest is 10"),
        (("{}/text.root",), 2, "no file that can be read"),
        (("{}/empty",), 2, "no file that can be read"),
    ],
)
def test_what_cannot_be_listed_says_why(
    folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (folder / "text.root").write_text("this is no ROOT file")
    (folder / "empty").mkdir()
    result = run(*(argument.format(folder) for argument in arguments))
    assert result.exit_code == code
    assert words in result.stderr


def test_a_corrupt_file_is_said_and_the_others_are_listed(folder: Path) -> None:
    broken = folder / "DQM_V0001_Hcal_R000000011.root"
    broken.write_bytes(broken.read_bytes()[:500])
    result = run(folder, "energy")
    assert result.exit_code == 0
    assert result.stdout.split()[0] == "L1T/Task/energy"
    assert broken.name in result.stderr


def test_what_was_listed_before_the_damage_is_kept() -> None:
    class Damaged:
        def entries(self, run: int) -> Iterator[str]:
            yield f"A/of run {run}"
            where = "broken.root"
            raise RootFileError(where, "a list of keys in -1 bytes", "B")

    listed, damage = _listed(Damaged(), 7)  # type: ignore[arg-type]  # no more is used
    assert listed == ["A/of run 7"]
    assert "broken.root" in damage


def test_a_corrupt_directory_is_named_without_a_traceback(tmp_path: Path) -> None:
    content = bytearray((Path(__file__).parent.parent / "data/dqm.root").read_bytes())
    content[2000:2100] = b"\xff" * 100  # in the directory of Hcal/DigiTask
    path = tmp_path / "corrupt.root"
    path.write_bytes(content)
    result = run(path)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert "the list ends early" in result.stderr
    assert "Hcal/DigiTask" in result.stderr


def test_graphs_and_their_like_are_counted() -> None:
    objects = Path(__file__).parents[1] / "data" / "objects" / "objects.root"
    result = run(objects, "[TsepcG]*0", "--json")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    found = {row["path"]: (row["kind"], row["entries"]) for row in rows}
    assert found["stack0"][0] == "THStack"
    assert found["stack0"][1] >= 1
    assert found["TGraphErrors0"][0] == "TGraphErrors"
    assert found["TGraphErrors0"][1] >= 1
    assert found["poly0"][0] == "TH2Poly"
    assert found["cube0"][1] == 300.0
    assert found["eff0"][0] == "TEfficiency"
