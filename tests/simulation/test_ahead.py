"""Lumisections taken ahead: as though they had been taken live, and whole runs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.waiting import PATIENCE, wait_until

from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.__main__ import main
from dqmconsole.simulation.ahead import WRITING_SHARE
from dqmconsole.simulation.run import Options, Stop, run, write_whole
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import parse_cause

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("Info", "FED")
LUMISECTION = re.compile(r"DQM_V0001_(\w+)_R(\d{9})\.root(?:\.ls(\d{8})_.*)?")


def there(folder: Path) -> dict[str, list[tuple[int, int]]]:
    """Subsystem -> its (run, lumisection) of snapshots; 0 for a final file."""
    found: dict[str, list[tuple[int, int]]] = {}
    for path in sorted(folder.iterdir()):
        form = LUMISECTION.fullmatch(path.name)
        assert form is not None, path.name
        found.setdefault(form[1], []).append((int(form[2]), int(form[3] or 0)))
    return found


def numbers(path: Path, *names: str) -> list[float]:
    with DqmFile(path) as file:
        items = [file.element(name) for name in names]
    return [float(item.value) for item in items if isinstance(item, Scalar)]


class Clock:
    """Lets a detector go on for some waits, then stops it."""

    def __init__(self, waits: int) -> None:
        self.left = waits

    def wait(self, moment: float) -> None:
        if moment > time.monotonic():
            self.left -= 1
            if self.left < 0:
                raise Stop


def ahead(options: Options) -> tuple[float, float]:
    """Take only what is ahead; gives the times before and after."""
    before = time.time()
    with pytest.raises(Stop):
        run(options, Clock(0).wait)
    return before, time.time()


def test_what_is_ahead_has_its_files_just_now(tmp_path: Path) -> None:
    options = Options(tmp_path, speed=10, ahead=8, only=ONLY)
    before, after = ahead(options)
    assert there(tmp_path) == {name: [(398214, 7), (398214, 8)] for name in ONLY}
    for path in tmp_path.glob("*.ls00000007_*"):
        path.unlink()  # by which content is seen to have moved
    times = sorted(path.stat().st_mtime for path in tmp_path.iterdir())
    period = LUMISECTION_SECONDS / 10
    assert before - WRITING_SHARE * period - 1e-3 <= times[0] < times[-1] <= after
    (info,) = tmp_path.glob("*_Info_*")
    begun, seen = numbers(
        info, "Info/EventInfo/runStartTimeStamp", "Info/EventInfo/processTimeStamp"
    )
    assert seen - begun == pytest.approx(8 * period)
    assert times[0] - period < seen <= times[0] + 1e-3


def test_it_goes_on_live_with_the_same_run(tmp_path: Path) -> None:
    options = Options(tmp_path, speed=500, ahead=3, only=ONLY)
    with pytest.raises(Stop):
        run(options, Clock(9).wait)
    (run_, latest), = there(tmp_path)["Info"]  # fmt: skip
    assert run_ == 398214
    assert latest >= 5
    (info,) = tmp_path.glob("*_Info_*")
    with DqmFile(info) as file:
        events = file.element("Info/EventInfo/dqmEvents")
    assert isinstance(events, Histogram)
    assert np.count_nonzero(events.values()) == latest


def test_runs_that_ended_leave_their_final_files(tmp_path: Path) -> None:
    cause = parse_cause("stop-start@4")
    options = Options(tmp_path, speed=5, ahead=10, causes=(cause,), only=ONLY)
    ahead(options)
    assert there(tmp_path)["FED"] == [(398214, 0), (398215, 5), (398215, 6)]
    final, _, latest = sorted(tmp_path.glob("*_FED_*"))
    apart = latest.stat().st_mtime - final.stat().st_mtime
    assert apart == pytest.approx((6 * LUMISECTION_SECONDS + 45) / 5, abs=0.01)


@pytest.mark.parametrize(
    ("ends", "files"),
    [(7, [(398214, 0), (398215, 1)]), (4, [(398214, 0), (398215, 0)])],
)
def test_a_run_of_some_length_ends_ahead_too(
    tmp_path: Path, ends: int, files: list[tuple[int, int]]
) -> None:
    options = Options(tmp_path, speed=20, ahead=8, lumisections_per_run=ends, only=ONLY)
    ahead(options)
    assert there(tmp_path)["Info"] == files


def test_a_late_client_is_behind(tmp_path: Path) -> None:
    cause = parse_cause("late-snapshots:FED@3*4")
    options = Options(tmp_path, speed=20, ahead=8, causes=(cause,), only=ONLY)
    ahead(options)
    assert there(tmp_path) == {
        "FED": [(398214, 2), (398214, 6)],
        "Info": [(398214, 7), (398214, 8)],
    }


@pytest.mark.slow
def test_ahead_is_what_a_live_run_would_have_written(tmp_path: Path) -> None:
    """The same histograms and the same verdicts as with a snapshot each time."""
    cause = parse_cause("hv-trip:Hcal@9")
    live, whole, early = (tmp_path / name for name in ("live", "whole", "early"))
    only = ("Info", "Hcal")
    live_options = Options(live, causes=(cause,), only=only, speed=1e6,
                           lumisections_per_run=14, runs=1)  # fmt: skip
    run(live_options, lambda _: None)
    write_whole(Options(whole, causes=(cause,), only=only), 14)
    ahead(Options(early, ahead=14, speed=20, causes=(cause,), only=only))
    contents = []
    for folder in (live, whole, early):
        path = max(folder.glob("*_Hcal_*"))
        contents.append(items_of(path))
    assert contents[0] == contents[1] == contents[2]
    codes = {each.code for _, each in contents[0] if isinstance(each, QualityResult)}
    assert {100, 300} <= codes


def items_of(path: Path) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    with DqmFile(path) as file:
        for entry in file.entries():
            item = file.element(entry.path)
            if isinstance(item, Histogram):
                found.append((entry.path, item.contents.tobytes()))
                above, _, name = entry.path.rpartition("/")
                folder = file.folder(above)
                assert folder is not None
                results = folder.qualities.get(name, ())
                found += [(entry.path, each) for each in results]
    return found


def test_a_whole_run_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    def stop(_moment: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        write_whole(Options(tmp_path, only=ONLY), 7, stop)
    assert not list(tmp_path.iterdir())


def test_a_whole_run_keeps_the_latest_alone(tmp_path: Path) -> None:
    write_whole(Options(tmp_path, only=ONLY), 7)
    assert there(tmp_path) == {name: [(398214, 7)] for name in ONLY}


def test_two_snapshots_of_a_whole_run(tmp_path: Path) -> None:
    write_whole(Options(tmp_path, only=ONLY, keep=True), 14)
    assert there(tmp_path)["Info"] == [(398214, 9), (398214, 14)]


def process(folder: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "dqmconsole.simulation", "--folder", str(folder), *more,
    ]  # fmt: skip


@pytest.mark.slow
def test_a_process_writes_a_whole_run_and_ends(tmp_path: Path) -> None:
    ended = subprocess.run(
        process(tmp_path, "--whole", "6", "--only", "info,Hcal",
                "--cause", "hv-trip:Hcal@3*2", "--run-type", "cosmics"),
        capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert there(tmp_path) == {"Hcal": [(398214, 6)], "Info": [(398214, 6)]}


@pytest.mark.slow
def test_a_process_takes_some_ahead_and_goes_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        process(tmp_path, "--ahead", "6", "--only", "Info", "--speed", "200"),
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        wait_until(lambda: any(tmp_path.glob("*.ls0000001?_*")), "a snapshot")
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
        assert child.stderr is not None
        assert child.stderr.read() == b""
    ((number, latest),) = there(tmp_path)["Info"]
    assert number == 398214
    assert latest >= 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "Hkal"], "no subsystem 'Hkal'; did you mean 'Hcal'"),
        (["--only", "Info,"], "no subsystem ''"),
        (["--only", "Info", "--cause", "hv-trip:Hcal"], "no subsystem 'Hcal'"),
        (["--ahead", "-1"], "0 to 2000 lumisections"),
        (["--whole", "2001"], "0 to 2000 lumisections"),
    ],
)
def test_wrong_arguments(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--folder", str(tmp_path), *arguments])
    assert end.value.code == 2
    assert words in capsys.readouterr().err


def test_a_cause_that_cannot_act_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--whole", "3", "--only", "Info,FED", "--cause", "prefiring@2"]
    assert main(["--folder", str(tmp_path), *arguments]) == 1
    assert "prefiring: 'FED' has nothing it could act on" in capsys.readouterr().err
