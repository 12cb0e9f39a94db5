"""What the detector leaves on disk, in the process and as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.waiting import PATIENCE, wait_until

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.__main__ import CauseReport, main, parser, report_of_cause
from dqmconsole.simulation.run import Options, Stop, run, write_whole
from dqmconsole.simulation.table.causes import aimed, parse_cause

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("Info", "FED")
FATAL = "FED/FEDIntegrity_EvF/FedFatal"
SNAPSHOT = re.compile(
    r"DQM_V0001_(\w+)_R(\d{9})\.root(\.ls(\d{8})_host([\w-]+)_pid(\d{8}))?"
)


def test_names_and_runs(tmp_path: Path) -> None:
    options = Options(
        tmp_path, causes=(parse_cause("stop-start@3"),), keep=True, only=ONLY,
        snapshot_every=2, lumisections_per_run=4, runs=2, speed=1e6,
    )  # fmt: skip
    run(options, lambda _: None)
    found = {}
    for path in tmp_path.iterdir():
        form = SNAPSHOT.fullmatch(path.name)
        assert form is not None, path.name
        found[form[1], int(form[2]), form[4]] = path.stat().st_mtime
    written = [
        (398214, "00000002"), (398214, None),
        (398215, "00000002"), (398215, None),
    ]  # fmt: skip
    assert set(found) == {(name, *each) for name in ONLY for each in written}
    times = [found["FED", *each] for each in written]
    assert times == sorted(times)


def test_without_keep_only_the_latest_stays(tmp_path: Path) -> None:
    write_whole(Options(tmp_path, only=ONLY), 4)
    assert sorted(path.name.split(".root.")[1][:10] for path in tmp_path.iterdir()) == [
        "ls00000004",
        "ls00000004",
    ]


def test_the_same_seed_writes_the_same_histograms(tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        write_whole(Options(folder, only=ONLY, seed=4), 2)
        (path,) = folder.glob("*_FED_*")
        with DqmFile(path) as file:
            items = {each.path: file.element(each.path) for each in file.entries()}
        written.append(
            {
                name: item.contents.tobytes()
                for name, item in items.items()
                if isinstance(item, Histogram)
            }
        )
    assert written[0] == written[1] != {}


@pytest.mark.slow
def test_a_running_detector_goes_from_run_to_run(tmp_path: Path) -> None:
    waited: list[float] = []

    def wait(moment: float) -> None:
        waited.append(moment)
        if len(waited) > 120:
            raise Stop

    options = Options(tmp_path, speed=1e6, lumisections_per_run=2, runs=2)
    run(options, wait)
    names = {path.name for path in tmp_path.iterdir()}
    assert "DQM_V0001_Hcal_R000398214.root" in names
    assert "DQM_V0001_Hcal_R000398215.root" in names
    assert not [name for name in names if ".root." in name]


def test_a_folder_that_fills_up_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dqmconsole.simulation.writer.write_dqm", full)
    run(Options(tmp_path, speed=1e6, lumisections_per_run=1, runs=1), lambda _: None)
    assert "No space left" in caplog.text
    assert list(tmp_path.iterdir()) == []
    caplog.clear()


def command(folder: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "dqmconsole.simulation", "--folder", str(folder),
        "--speed", "200", "--cause", "hv-trip@2", *more,
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", ["sigterm", "pipe"])
def test_the_process_ends_cleanly(tmp_path: Path, how: str) -> None:
    with subprocess.Popen(
        command(tmp_path), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: any(tmp_path.glob("*.root.ls*")), "a snapshot")
        assert process.stdin is not None
        if how == "sigterm":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert not list(tmp_path.glob("*.tmp"))


def test_it_says_that_it_is_a_simulation(tmp_path: Path) -> None:
    assert "SIMULATED" in parser().format_help()
    write_whole(Options(tmp_path, only=("Info",)), 1)
    (path,) = tmp_path.iterdir()
    with DqmFile(path) as file:
        text = file.element("Info/ProvInfo/Simulation")
    assert isinstance(text, Scalar)
    assert "SIMULATED" in str(text.value)


def test_a_whole_run_tells_the_cell_that_is_hot_in_its_file(tmp_path: Path) -> None:
    only = ("Hcal", "Info")
    cause = aimed(parse_cause("hot-channel:Hcal@2*60#0"), only)
    options = Options(tmp_path, seed=9, causes=(cause,), only=only)
    write_whole(options, 6)
    (path,) = tmp_path.glob("*_Hcal_*.ls00000006*")
    hottest = {}
    with DqmFile(path) as file:
        for depth in (1, 2, 3):
            name = f"Hcal/DigiTask/Occupancy/depth/depth{depth}"
            found = file.element(name)
            assert isinstance(found, Histogram)
            values = found.values()
            at = np.unravel_index(int(values.argmax()), values.shape)
            rest = np.delete(values.ravel(), values.argmax()).max()
            edges = [
                axis.edges[n : n + 2] for axis, n in zip(found.axes, at, strict=True)
            ]
            hottest[name] = (values.max() / rest, np.concatenate(edges).tolist())
    mine = max(hottest, key=lambda each: hottest[each][0])
    assert hottest[mine][0] > 5
    scaled = {each: {"pileup"} for each in hottest}
    found_out = report_of_cause(options, 6, scaled)  # type: ignore[arg-type]
    assert found_out == CauseReport((), (mine,), tuple(hottest[mine][1]))


@pytest.mark.parametrize(
    ("cause", "plots"),
    [("stop-start@3", None), ("client-frozen:FED@3", (FATAL,)), ("", None)],
)
def test_what_acts_on_no_plot_tells_of_none(
    tmp_path: Path, cause: str, plots: tuple[str, ...] | None
) -> None:
    causes = (aimed(parse_cause(cause), ONLY),) if cause else ()
    options = Options(tmp_path, causes=causes, only=ONLY)
    assert report_of_cause(options, 5, {FATAL: {"events"}}).plots == plots


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cause", "hv-tripp@1"], "did you mean 'hv-trip'"),
        (["--cause", "hv-trip:Hkal@1"], "did you mean 'Hcal'"),
        (["--speed", "0"], "above 0"),
        (["--look", "events/Hcal"], "HOW:PATH with HOW one of events"),
    ],
)
def test_wrong_arguments(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--folder", str(tmp_path), *arguments])
    assert end.value.code == 2
    assert words in capsys.readouterr().err
