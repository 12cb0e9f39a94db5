from __future__ import annotations

import errno
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dqm_files import PATHS, T0, direct, file_name, settle, write
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.waiting import PATIENCE as GIVEN_UP

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import RunState
from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.rootio.write import write_dqm, write_root
from dqmconsole.sources.clients import DEFAULT_PERIOD, KeptContent
from dqmconsole.sources.folder import FILES_PER_POLL, RETRY, RETRY_OLDER, DqmFolder
from dqmconsole.sources.open_files import ROOM
from dqmconsole.sources.scan import FolderListing, Scan
from dqmconsole.sources.scanner import PATIENCE, ChildScanner, DirectScanner

if TYPE_CHECKING:
    from collections.abc import Iterator


def put(
    folder: Path,
    subsystem: str,
    run: int,
    ls: int | None = None,
    *,
    at: float = T0,
    pid: int = 12,
    value: int | None = None,
    events: int | None = None,
) -> Path:
    """One client's snapshot, or its final file; the value tells run and LS."""
    return write(
        folder,
        file_name(subsystem, run, ls, pid),
        run=run,
        subsystems=(subsystem,),
        ls=ls,
        events=100 * ls if events is None and ls is not None else events,
        stamp=at - 1,
        written=at,
        value=1000 * run + (ls or 999) if value is None else value,
    )


def open_files() -> int:
    return sum(1 for _ in os.scandir("/proc/self/fd"))


def value(source: DqmFolder, run: int, subsystem: str = "Hcal") -> object:
    element = source.element(run, f"{subsystem}/Task/value")
    assert isinstance(element, Scalar)
    return element.value


def state_of(source: DqmFolder, now: float, subsystem: str = "Hcal") -> str:
    return {it.subsystem: it.state for it in source.clients(now)}[subsystem]


def sentences(source: DqmFolder) -> list[str]:
    return [fact.sentence for fact in source.facts()]


@pytest.fixture
def hcal(tmp_path: Path) -> Iterator[DqmFolder]:
    source = direct(tmp_path)
    yield source
    source.close()


def test_a_run_from_its_first_snapshot_to_the_next_run(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    settle(hcal, T0)
    assert (hcal.current_run, hcal.runs(), hcal.clients(T0)) == (0, (), ())
    old = put(tmp_path, "Hcal", 10, 1)
    put(tmp_path, "L1T", 10, 1)
    assert hcal.poll(T0)
    assert hcal.current_run == 10
    assert value(hcal, 10) == 10_001
    first = hcal.version(10, "Hcal")
    assert not hcal.poll(T0 + 0.5)
    put(tmp_path, "Hcal", 10, 2, at=T0 + 20)
    old.unlink()
    assert hcal.poll(T0 + 20)
    assert hcal.version(10, "Hcal") > first
    assert value(hcal, 10) == 10_002
    assert sentences(hcal) == [
        "Run 10 is running",
        "Hcal entered run 10",
        "L1T entered run 10",
    ]
    put(tmp_path, "Hcal", 10, at=T0 + 30)
    hcal.poll(T0 + 30)
    assert hcal.run_state(10) is RunState.ENDED
    assert (state_of(hcal, T0 + 30), state_of(hcal, T0 + 30, "L1T")) == (
        "final",
        "ended",
    )
    put(tmp_path, "Hcal", 11, 1, at=T0 + 40)
    hcal.poll(T0 + 40)
    assert (hcal.current_run, hcal.runs()) == (11, (10, 11))
    assert state_of(hcal, T0 + 40) == "live"
    assert state_of(hcal, T0 + 40, "L1T") == "waiting"
    put(tmp_path, "L1T", 10, at=T0 + 50)  # late: the picture of run 11 stays
    hcal.poll(T0 + 50)
    assert hcal.run_state(10) is RunState.FINAL
    assert value(hcal, 11) == 11_001
    assert value(hcal, 10, "L1T") == 10_999
    assert hcal.version(11, "L1T") == 0
    put(tmp_path, "L1T", 11, 1, at=T0 + 55)
    hcal.poll(T0 + 55)
    assert state_of(hcal, T0 + 55, "L1T") == "live"
    assert sentences(hcal) == [
        "Run 10 ended, waiting for the final files",
        "Run 11 is running",
        "Hcal entered run 11",
        "Run 10 is final",
        "L1T entered run 11",
    ]
    assert hcal.problems() == ()


def test_a_newer_run_that_nobody_writes_is_silent_and_left_when_its_files_go(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    for step, run in enumerate((8, 8, 99, 99, 8, 8, 8), 1):
        put(tmp_path, "Hcal", run, step, at=T0 + 10 * step)
        settle(hcal, T0 + 10 * step)
        if step == 5:  # it may be late
            assert state_of(hcal, T0 + 50) == "live"
            assert hcal.problems() == ()
    assert hcal.current_run == 99
    (client,) = hcal.clients(T0 + 70)
    assert client.state == "silent"
    assert client.sentence.endswith("its latest file is of run 8")
    words = "files of run 8 are renewed, those of run 99 are not; run 99 is shown"
    assert words in hcal.problems()[0].message
    for wrong in tmp_path.glob("*R000000099*"):
        wrong.unlink()
    settle(hcal, T0 + 71)
    assert hcal.current_run == 8
    put(tmp_path, "Hcal", 8, 8, at=T0 + 80)
    settle(hcal, T0 + 80)
    assert state_of(hcal, T0 + 80) == "live"
    assert value(hcal, 8) == 8008
    assert hcal.problems() == ()
    put(tmp_path, "Hcal", 9, 1, at=T0 + 90).unlink()
    put(tmp_path, "Hcal", 9, 2, at=T0 + 95)
    settle(hcal, T0 + 95)
    (tmp_path / file_name("Hcal", 9, 2)).unlink()  # whoever reads them deletes them
    put(tmp_path, "Hcal", 8, 9, at=T0 + 96)
    settle(hcal, T0 + 96)
    assert hcal.current_run == 9


def test_runs_of_three_lumisections_stop_and_start_within_a_minute(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    settle(hcal, T0 - 1)
    now = T0
    for run in (10, 11, 12):
        for ls in (1, 2, 3):
            for subsystem in ("Hcal", "L1T"):
                put(tmp_path, subsystem, run, ls, at=now)
            settle(hcal, now)
            assert value(hcal, run) == 1000 * run + ls
            assert {it.state for it in hcal.clients(now)} == {"live"}
            now += 2
        # the final files of the run before come when the next one is under way
        if run > 10:
            put(tmp_path, "Hcal", run - 1, at=now)
            put(tmp_path, "L1T", run - 1, at=now)
            settle(hcal, now)
            assert hcal.run_state(run - 1) is RunState.FINAL
        assert hcal.current_run == run
        assert value(hcal, run, "L1T") == 1000 * run + 3
    assert hcal.runs() == (10, 11, 12)
    assert hcal.problems() == ()


def test_a_corrupt_file_keeps_the_last_good_one_and_says_so(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    bad = tmp_path / file_name("Hcal", 10, 2)
    bad.write_bytes(b"root then nothing")
    hcal.poll(T0 + 1)
    assert value(hcal, 10) == 10_001
    assert [problem.file for problem in hcal.problems()] == [str(bad)]
    client = hcal.clients(T0 + 1)[0]
    assert client.state == "unreadable"
    assert bad.name in client.sentence
    assert not hcal.poll(T0 + 1 + RETRY)  # tried again: that is no change
    assert len(hcal.problems()) == 1
    put(tmp_path, "Hcal", 10, 2, at=T0 + 2)  # written again, whole
    hcal.poll(T0 + 2)
    assert value(hcal, 10) == 10_002
    assert hcal.problems() == ()
    assert state_of(hcal, T0 + 2) == "live"


def test_a_file_cut_short_is_a_problem_until_its_follower_comes(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    cut = put(tmp_path, "Hcal", 10, 2, at=T0 + 1)
    os.truncate(cut, cut.stat().st_size // 2)
    hcal.poll(T0 + 1)
    assert len(hcal.problems()) == 1
    assert value(hcal, 10) == 10_001
    put(tmp_path, "Hcal", 10, 3, at=T0 + 2)
    hcal.poll(T0 + 2)
    assert hcal.problems() == ()
    assert value(hcal, 10) == 10_003


def test_a_file_written_to_while_in_use_is_refused_then_taken(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    path = put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(len(whole) // 2)
    with pytest.raises(RootFileError):
        value(hcal, 10)
    hcal.poll(T0 + 1)
    assert len(hcal.problems()) == 1
    path.write_bytes(whole)
    hcal.poll(T0 + 2)
    assert value(hcal, 10) == 10_001
    assert hcal.problems() == ()


def test_a_file_of_another_run_than_its_name_says_is_never_shown(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    put(tmp_path, "Hcal", 10, 1)
    write(tmp_path, file_name("Hcal", 11, 1), run=10)
    settle(hcal, T0)
    assert hcal.current_run == 10
    assert "named as of run 11, but it holds run 10" in hcal.problems()[0].message


def test_a_snapshot_that_vanishes_before_it_is_opened_is_looked_up_again(
    tmp_path: Path,
) -> None:
    vanishing = [put(tmp_path, "Hcal", 10, 1)]

    def opener(path: Path) -> DqmFile:
        if vanishing:
            vanishing.pop().unlink()
            put(tmp_path, "Hcal", 10, 2, at=T0 + 1)
        return DqmFile(path)

    source = DqmFolder(
        tmp_path, PATHS, scanner=DirectScanner.of(tmp_path), opener=opener
    )
    settle(source, T0)
    source.poll(T0 + 1)
    assert value(source, 10) == 10_002
    assert source.problems() == ()
    source.close()


def test_what_is_deleted_after_it_was_opened_can_still_be_read(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    path = put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    path.unlink()
    hcal.poll(T0 + 1)
    assert value(hcal, 10) == 10_001
    assert "Hcal/Task/value" in {entry.path for entry in hcal.entries(10)}


def test_restart_and_two_writers(tmp_path: Path, hcal: DqmFolder) -> None:
    put(tmp_path, "Hcal", 10, 39, at=T0)
    put(tmp_path, "Hcal", 10, 40, at=T0 + 20)
    settle(hcal, T0 + 20)
    put(tmp_path, "Hcal", 10, 41, at=T0 + 40, pid=13, events=10)
    hcal.poll(T0 + 40)
    assert (
        "Hcal client restarted (pid 12 → 13), its counts begin again at LS 41"
        in sentences(hcal)
    )
    assert hcal.problems() == ()
    assert state_of(hcal, T0 + 41) == "live"
    put(tmp_path, "Hcal", 10, 42, at=T0 + 60, pid=12)
    hcal.poll(T0 + 60)
    assert hcal.problems()[0].message == (
        "2 Hcal clients write at once (pid 12 and pid 13): shown is one of 2 "
        "producers: half the statistics may be missing"
    )
    assert hcal.producers(10, "Hcal/Task/value") == 2
    hcal.poll(T0 + 60 + 3 * DEFAULT_PERIOD)  # both are silent: half is still shown
    assert hcal.producers(10, "Hcal/Task/value") == 2
    for ls in range(43, 46):  # one goes on, the other has ended
        put(tmp_path, "Hcal", 10, ls, at=T0 + 1000 * ls, pid=13)
        hcal.poll(T0 + 1000 * ls)
    assert hcal.problems() == ()
    assert hcal.producers(10, "Hcal/Task/value") == 1


def test_a_restarted_client_is_one_producer(tmp_path: Path, hcal: DqmFolder) -> None:
    for ls, pid in ((1, 12), (2, 12), (3, 13), (4, 13), (5, 14)):
        put(tmp_path, "Hcal", 10, ls, at=T0 + 20 * ls, pid=pid)
        settle(hcal, T0 + 20 * ls)
        assert hcal.producers(10, "Hcal/Task/value") == 1
        assert [client.producers for client in hcal.clients(T0 + 20 * ls)] == [1]
    assert hcal.problems() == ()


def test_two_producers_are_known_of_a_recording_too(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    for ls in (1, 2, 3):
        put(tmp_path, "Hcal", 10, ls, at=T0 + 20 * ls, pid=12)
        put(tmp_path, "Hcal", 10, ls, at=T0 + 20 * ls + 1, pid=13)
    settle(hcal, T0 + 90000)
    assert hcal.recorded is not None
    assert hcal.producers(10, "Hcal/Task/value") == 2
    assert hcal.clients(T0 + 90000)[0].producers == 2


def test_two_files_of_one_element_are_said(tmp_path: Path, hcal: DqmFolder) -> None:
    put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    assert hcal.producers(10, "Hcal/Task/value") == 1
    name = file_name("Calo", 10, 1)
    write(tmp_path, name, run=10, subsystems=("Hcal", "Zdc"), ls=1, written=T0 + 1)
    settle(hcal, T0 + 1)
    assert hcal.producers(10, "Hcal/Task/value") == 2
    assert hcal.producers(10, "Zdc/Task/value") == 1
    assert hcal.producers(10, "Hcal/Task/none") == 0
    hcal.poll(T0 + 2)
    assert [problem.message for problem in hcal.problems()] == [
        f"2 files hold Hcal/Task/value ({file_name('Hcal', 10, 1)}, {name}): shown is "
        "one of 2 producers: half the statistics may be missing"
    ]


def test_first_look_at_a_folder_of_old_runs_opens_only_the_newest(
    tmp_path: Path,
) -> None:
    opened: list[str] = []

    def opener(path: Path) -> DqmFile:
        opened.append(path.name)
        return DqmFile(path)

    for run in range(10, 16):
        for subsystem in ("Hcal", "L1T"):
            put(tmp_path, subsystem, run)
    source = DqmFolder(
        tmp_path, PATHS, scanner=DirectScanner.of(tmp_path), opener=opener
    )
    settle(source, T0 + 1)
    assert source.runs() == tuple(range(10, 16))
    assert {name[-7:-5] for name in opened} == {"15"}
    assert sentences(source) == ["Run 15 is final"]
    assert value(source, 12) == 12_999
    assert len(opened) == 3
    source.close()


def test_descriptors_are_bounded(tmp_path: Path, hcal: DqmFolder) -> None:
    names = [f"S{index}" for index in range(20)]
    for run in range(10, 16):
        for subsystem in names:
            put(tmp_path, subsystem, run)
    settle(hcal, T0)
    before = open_files()
    for run in range(10, 16):
        for subsystem in names:
            assert value(hcal, run, subsystem) == 1000 * run + 999
    assert open_files() - before <= ROOM
    assert value(hcal, 10, "S0") == 10_999


def test_files_that_hold_other_subsystems_or_all(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    write(
        tmp_path,
        file_name("Ecal", 10, 1),
        run=10,
        subsystems=("EcalBarrel", "EcalEndcap"),
        ls=1,
    )
    settle(hcal, T0)
    assert [it.subsystem for it in hcal.clients(T0)] == ["EcalBarrel", "EcalEndcap"]
    assert value(hcal, 10, "EcalEndcap") == 0
    assert hcal.version(10, "EcalEndcap") > 0
    write(
        tmp_path,
        "DQM_V0001_R000000011.root",
        run=11,
        subsystems=("Hcal", "EcalBarrel"),
        written=T0,
    )
    settle(hcal, T0 + 1)
    assert hcal.current_run == 11
    assert value(hcal, 11) == 0
    assert hcal.folder(11, "EcalBarrel/Task") is not None


def test_what_is_not_there(tmp_path: Path, hcal: DqmFolder) -> None:
    put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0)
    assert hcal.folder(10, "Hcal/Nowhere") is None
    assert hcal.folder(10, "Hcl/Task") is None
    assert hcal.folder(9, "Hcal/Task") is None
    with pytest.raises(NotInFileError):
        hcal.element(10, "Hcal/Task/vale")
    with pytest.raises(NotInFileError, match="Hcal"):
        hcal.element(10, "Hcl/Task/value")
    assert list(hcal.entries(9)) == []


def test_an_old_run_that_cannot_be_read_says_why_when_it_is_asked_for(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    broken = put(tmp_path, "Hcal", 10)
    broken.write_bytes(b"nothing")
    put(tmp_path, "Hcal", 11)
    settle(hcal, T0)
    assert hcal.runs() == (10, 11)
    with pytest.raises(RootFileError, match=broken.name):
        value(hcal, 10)
    with pytest.raises(RootFileError, match=broken.name):
        hcal.folder(10, "Hcal/Task")
    assert hcal.version(10, "Hcal") == 0
    assert not hcal.poll(T0 + 1 + RETRY)
    assert list(hcal.entries(10)) == []
    assert hcal.runs() == (11,)


def test_a_passing_error_hides_no_older_run_for_good(tmp_path: Path) -> None:
    good = put(tmp_path, "Hcal", 10)
    broken = put(tmp_path, "L1T", 10)
    broken.write_bytes(b"nothing")
    put(tmp_path, "Hcal", 11)
    stale: set[Path] = set()
    tried: list[Path] = []

    def opener(path: Path) -> DqmFile:
        tried.append(path)
        if path in stale:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return DqmFile(path)

    source = DqmFolder(
        tmp_path, PATHS, scanner=DirectScanner(Scan(str(tmp_path)).look), opener=opener
    )
    settle(source, T0)
    stale.add(good)
    for subsystem in ("Hcal", "L1T"):
        with pytest.raises(RootFileError):
            value(source, 10, subsystem)
    stale.clear()
    source.poll(T0 + 1 + RETRY)
    with pytest.raises(RootFileError, match="Stale"):  # not so often
        value(source, 10)
    source.poll(T0 + 1 + RETRY_OLDER)
    assert value(source, 10) == 10_999
    with pytest.raises(RootFileError, match=broken.name):
        value(source, 10, "L1T")
    assert tried.count(broken) == 1  # what is broken is so until it changes
    source.close()


def test_strangers_are_named_as_advice(tmp_path: Path, hcal: DqmFolder) -> None:
    put(tmp_path, "Hcal", 10, 1)
    (tmp_path / "histos.root").touch()
    settle(hcal, T0)
    (problem,) = hcal.problems()
    assert problem.severity == "advice"
    assert "histos.root" in problem.message


def test_where_all_are_strangers_a_pattern_of_their_names_is_proposed(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    for run in (8, 9):
        (tmp_path / f"run_{run:06d}.root").touch()
    settle(hcal, T0)
    (problem,) = hcal.problems()
    assert problem.severity == "error"
    assert "2 ROOT files have no DQM name" in problem.message
    assert '--files "run_{run}.root"' in problem.message


def test_a_clock_that_was_set_back_keeps_no_dead_client_alive(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    settle(hcal, T0)
    for ls in (1, 2, 3):
        put(tmp_path, "Hcal", 10, ls, at=T0 + 20 * ls)
        put(tmp_path, "L1T", 10, ls, at=T0 + 20 * ls)
        settle(hcal, T0 + 20 * ls)
    back = T0 - 3600  # the clocks of all are set back by an hour
    hcal.poll(back)
    assert (state_of(hcal, back), state_of(hcal, back, "L1T")) == ("live", "live")
    for ls in (4, 5, 6):
        put(tmp_path, "Hcal", 10, ls, at=back + 20 * (ls - 3))
        settle(hcal, back + 20 * (ls - 3))
    now = back + 65
    assert (state_of(hcal, now), state_of(hcal, now, "L1T")) == ("live", "silent")
    assert state_of(hcal, back + 120) == "silent"


def test_a_vanished_folder_is_a_problem_and_pictures_stay(tmp_path: Path) -> None:
    folder = tmp_path / "dqm"
    folder.mkdir()
    source = direct(folder)
    settle(source, T0 - 1)
    put(folder, "Hcal", 10, 1)
    settle(source, T0)
    moved = tmp_path / "away"
    folder.rename(moved)
    assert source.poll(T0 + 1)
    assert source.problems()[0].message == (
        "the folder cannot be listed: No such file or directory"
    )
    assert value(source, 10) == 10_001
    assert state_of(source, T0 + 2) == "live"
    assert state_of(source, T0 + 3 * DEFAULT_PERIOD) == "silent"
    moved.rename(folder)
    source.poll(T0 + 3)
    assert source.problems() == ()
    source.close()


LONG = 2 * DEFAULT_PERIOD + 1  # a folder this long unwritten is a recording


def test_an_old_folder_is_a_recording_until_somebody_writes(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    for ls in (1, 2, 3):
        put(tmp_path, "Hcal", 10, ls, at=T0 + 23 * ls)
        put(tmp_path, "L1T", 10, ls, at=T0 + 23 * ls + 1)
    end = T0 + 23 * 3 + 1
    now = end + LONG
    settle(hcal, now)
    assert hcal.recorded == end - 1  # as the content says of itself
    assert hcal.run_state(10) is RunState.RECORDED
    assert state_of(hcal, now) == "recorded"
    assert hcal.clients(now)[0].sentence == (
        "Recorded: no newer file than 2023-11-14 22:14 UTC"
    )
    assert sentences(hcal) == ["Run 10 is recorded, without its final files"]
    hcal.poll(now + 86400)
    assert state_of(hcal, now + 86400) == "recorded"
    # a file that is only renewed, or copied there with its old time, is no writer
    put(tmp_path, "Hcal", 10, 3, at=now + 10, events=300).touch()
    os.utime(tmp_path / file_name("Hcal", 10, 3), (now + 10, now + 10))
    put(tmp_path, "Ecal", 10, 3, at=end)
    settle(hcal, now + 86401)
    assert hcal.recorded is not None
    put(tmp_path, "Hcal", 10, 4, at=now + 86402)
    settle(hcal, now + 86403)
    assert hcal.recorded is None
    assert hcal.run_state(10) is RunState.RUNNING
    assert state_of(hcal, now + 86403) == "live"
    assert state_of(hcal, now + 86403, "L1T") == "silent"
    assert "Run 10 is running" in sentences(hcal)


def test_a_recording_of_final_files_stays_final(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    put(tmp_path, "Hcal", 10)
    settle(hcal, T0 + LONG)
    assert hcal.run_state(10) is RunState.FINAL
    assert state_of(hcal, T0 + LONG) == "final"
    assert hcal.recorded == T0 - 1


def test_what_was_live_when_it_was_opened_falls_silent(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    put(tmp_path, "Hcal", 10, 1)
    settle(hcal, T0 + 60)
    hcal.poll(T0 + LONG)
    assert hcal.recorded is None
    assert state_of(hcal, T0 + LONG) == "silent"
    # so it does for an engine that takes over from a dead one later
    later = DqmFolder(
        tmp_path, PATHS, scanner=DirectScanner.of(tmp_path), opened=T0 + 60
    )
    settle(later, T0 + LONG)
    assert later.recorded is None
    assert state_of(later, T0 + LONG) == "silent"
    later.close()


def test_slow_clients_are_no_recording_within_two_of_their_periods(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    for ls in (1, 2, 3):
        put(tmp_path, "Hcal", 10, ls, at=T0 + 3600 * ls)
    settle(hcal, T0 + 3600 * 4.9)
    assert hcal.recorded is None
    assert state_of(hcal, T0 + 3600 * 4.9) == "live"


def point(link: Path, target: Path) -> None:
    """Let a link lead elsewhere, in one step."""
    fresh = link.with_name("fresh")
    fresh.symlink_to(target)
    fresh.rename(link)


@pytest.mark.parametrize("run", [11, 9, 10])
def test_a_link_to_a_folder_is_followed_at_every_look(tmp_path: Path, run: int) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    put(first, "Hcal", 10, 4)
    put(second, "Hcal", run, 2, at=T0 + 5, value=7)
    link = tmp_path / "current"
    point(link, first)
    source = direct(link)
    settle(source, T0 + 6)
    assert value(source, 10) == 10_004
    version = source.version(10, "Hcal")
    sentences(source)
    point(link, second)
    settle(source, T0 + 7)
    assert source.current_run == run
    assert value(source, run) == 7
    assert source.version(run, "Hcal") > version
    assert f"{link} leads to {second} now" in sentences(source)
    assert source.problems() == ()
    # what is read from the start there was not seen to move yet
    assert state_of(source, T0 + 8) == ("live" if run == 11 else "unmoved")
    put(second, "Hcal", run, 3, at=T0 + 20, value=8)
    settle(source, T0 + 20)
    assert value(source, run) == 8
    assert state_of(source, T0 + 20) == "live"
    source.close()


def test_a_link_that_leads_nowhere_is_a_problem_until_it_leads_somewhere(
    tmp_path: Path,
) -> None:
    first, link = tmp_path / "first", tmp_path / "current"
    first.mkdir()
    put(first, "Hcal", 10, 4)
    point(link, first)
    source = direct(link)
    settle(source, T0)
    point(link, tmp_path / "nowhere")
    source.poll(T0 + 1)
    assert "cannot be listed" in source.problems()[0].message
    assert value(source, 10) == 10_004
    point(link, first)
    source.poll(T0 + 2)
    assert source.problems() == ()
    assert value(source, 10) == 10_004
    source.close()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    scan = Scan(str(tmp_path))

    def look() -> FolderListing:
        found = scan.look()
        return FolderListing(found.changed, found.gone, found.whole, found.error, 4096)

    source = DqmFolder(tmp_path, PATHS, scanner=DirectScanner(look))
    put(tmp_path, "Hcal", 10, 1)
    settle(source, T0)
    assert "the disk is full" in source.problems()[0].message
    put(tmp_path, "Hcal", 10)
    settle(source, T0 + 1)
    assert source.problems() == ()  # all is written
    source.close()


def test_files_renewed_at_once_are_taken_in_bounded_steps(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    settle(hcal, T0)
    names = [f"S{index:02}" for index in range(FILES_PER_POLL + 4)]
    for subsystem in names:
        put(tmp_path, subsystem, 10, 1)
    assert hcal.poll(T0)
    assert not hcal.ready
    assert len(hcal.clients(T0)) == len(names)
    assert hcal.poll(T0)
    assert hcal.ready
    assert {it.state for it in hcal.clients(T0)} == {"live"}
    assert not hcal.poll(T0)


def test_a_hanging_folder_is_said_and_not_touched(tmp_path: Path) -> None:
    """The scanner is stopped, as if stat did not come back."""
    put(tmp_path, "Hcal", 10, 1)
    scanner = ChildScanner(tmp_path)
    source = DqmFolder(tmp_path, PATHS, scanner=scanner)
    end = time.monotonic() + GIVEN_UP
    while not source.current_run:
        source.poll(time.time())
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(scanner.pid, signal.SIGSTOP)
    while scanner.read(time.time()):
        pass
    now = time.time() + PATIENCE + 1
    assert source.poll(now)
    assert "the folder does not answer since" in source.problems()[0].message
    assert "does not answer" in source.clients(now)[0].sentence
    with pytest.raises(RootFileError, match="does not answer"):
        source.element(10, "Hcal/Task/value")
    while source.problems():
        now += 0.2
        source.poll(now)
        assert time.monotonic() < end
        time.sleep(0.01)
    assert value(source, 10) == 10_001
    source.close()


ARRIVALS = [
    (run, subsystem, ls)
    for run in (10, 11)
    for subsystem in ("Hcal", "L1T")
    for ls in (1, 2, None)
]


@settings(max_examples=25)
@given(st.permutations(ARRIVALS), st.sets(st.integers(0, len(ARRIVALS))))
@example([*ARRIVALS[6:], *ARRIVALS[:6]], {8})
def test_no_picture_of_the_wrong_run_in_any_order_of_arrival(
    order: list[tuple[int, str, int | None]], looks: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = direct(folder)
        for index, (run, subsystem, ls) in enumerate(order):
            put(folder, subsystem, run, ls, at=T0 + index)
            if index not in looks:
                continue
            settle(source, T0 + index)
            for known in source.runs():
                for client in ("Hcal", "L1T"):
                    if source.version(known, client):
                        shown = value(source, known, client)
                        assert isinstance(shown, int)
                        assert shown // 1000 == known
        settle(source, T0 + len(order))
        assert source.current_run == 11
        assert [source.run_state(run) for run in (10, 11)] == [RunState.FINAL] * 2
        for run, subsystem, _ in order:
            assert value(source, run, subsystem) == 1000 * run + 999
        assert {it.state for it in source.clients(T0 + 100)} == {"final"}
        # rightly, where those of the older run came last
        renewed = "files of run 10 are renewed, those of run 11 are not"
        assert all(each.message.startswith(renewed) for each in source.problems())
        source.close()


class Memory:
    """What is kept across restarts, without a disk."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptContent] = {}

    def recall(self, client: str) -> KeptContent | None:
        return self.kept.get(client)

    def keep(self, client: str, content: KeptContent) -> None:
        self.kept[client] = content


def remembering(folder: Path, memory: Memory) -> DqmFolder:
    return DqmFolder(folder, PATHS, scanner=DirectScanner.of(folder), memory=memory)


def test_what_stands_there_at_the_start_is_live_once_it_moved(tmp_path: Path) -> None:
    old = put(tmp_path, "Hcal", 10, 7)
    source = direct(tmp_path)
    settle(source, T0 + 1)
    assert state_of(source, T0 + 1) == "unmoved"
    old.unlink()
    put(tmp_path, "Hcal", 10, 8, at=T0 + 23)
    settle(source, T0 + 23)
    assert state_of(source, T0 + 23) == "live"
    source.close()


def test_a_frozen_client_is_not_live_after_a_restart(tmp_path: Path) -> None:
    memory = Memory()
    source = remembering(tmp_path, memory)
    settle(source, T0)
    for ls in (7, 8, 9, 10):
        frozen(tmp_path, ls, T0 + 23 * ls)
        settle(source, T0 + 23 * ls)
    assert state_of(source, T0 + 230) == "frozen"
    source.close()
    again = remembering(tmp_path, memory)
    settle(again, T0 + 231)
    assert state_of(again, T0 + 231) == "frozen"
    again.close()
    forgetful = remembering(tmp_path, Memory())
    for ls, state in ((10, "unmoved"), (11, "unmoved"), (12, "frozen")):
        frozen(tmp_path, ls, T0 + 23 * ls)
        settle(forgetful, T0 + 23 * ls + 1)
        assert state_of(forgetful, T0 + 23 * ls + 1) == state
    forgetful.close()


def frozen(folder: Path, ls: int, at: float) -> None:
    """A new file of content that stands still; the one before is gone."""
    for old in folder.iterdir():
        old.unlink()
    write(
        folder,
        file_name("Hcal", 10, ls),
        run=10,
        ls=7,
        events=700,
        stamp=T0 + 160,
        written=at,
    )


@pytest.mark.parametrize(
    ("ls", "age", "state"),
    [
        pytest.param(8, 1.0, "live", id="other-and-fresh"),
        pytest.param(7, 1.0, "unmoved", id="the-same"),
        pytest.param(8, 2 * DEFAULT_PERIOD + 1, "recorded", id="other-and-old"),
    ],
)
def test_content_is_compared_with_what_was_kept(
    tmp_path: Path, ls: int, age: float, state: str
) -> None:
    memory = Memory()
    source = remembering(tmp_path, memory)
    old = put(tmp_path, "Hcal", 10, 7)
    settle(source, T0)
    source.close()
    if ls != 7:
        old.unlink()
        put(tmp_path, "Hcal", 10, ls)
    again = remembering(tmp_path, memory)
    settle(again, T0 + age)
    assert state_of(again, T0 + age) == state
    again.close()


def test_a_file_that_was_not_followed_up_shows_that_content_moved(
    tmp_path: Path,
) -> None:
    put(tmp_path, "Hcal", 10, 7, at=T0 - 23)
    put(tmp_path, "Hcal", 10, 8)
    put(tmp_path, "L1T", 10, 8)
    source = direct(tmp_path)
    settle(source, T0 + 1)
    assert state_of(source, T0 + 1) == "live"
    assert state_of(source, T0 + 1, "L1T") == "unmoved"  # each for itself
    source.close()


def test_a_restarted_client_that_gives_old_content_is_not_live(
    tmp_path: Path, hcal: DqmFolder
) -> None:
    settle(hcal, T0 - 1)
    put(tmp_path, "Hcal", 10, 7)
    settle(hcal, T0)
    assert state_of(hcal, T0) == "live"
    write(tmp_path, file_name("Hcal", 10, 8, pid=13), run=10, ls=7, events=700,
          stamp=T0 - 1, written=T0 + 9)  # fmt: skip
    settle(hcal, T0 + 9)
    assert state_of(hcal, T0 + 9) == "unmoved"
    put(tmp_path, "Hcal", 10, 9, at=T0 + 18, pid=13)
    settle(hcal, T0 + 18)
    assert state_of(hcal, T0 + 18) == "live"


def test_what_is_recorded_is_judged_as_it_is(tmp_path: Path) -> None:
    put(tmp_path, "Hcal", 10, 7)
    source = DqmFolder(
        tmp_path, PATHS, scanner=DirectScanner.of(tmp_path), recorded=True
    )
    settle(source, T0 + 1)
    assert state_of(source, T0 + 1) == "live"
    source.close()


def test_the_top_of_the_tree_is_that_of_all_files(tmp_path: Path) -> None:
    put(tmp_path, "Hcal", 10, 1)
    put(tmp_path, "DT", 10, 1)
    write(
        tmp_path,
        file_name("Shared", 10, 1, pid=3),
        run=10,
        subsystems=("Shared", "Hcal"),
        value=3,
    )
    source = direct(tmp_path)
    settle(source, T0 + 1)
    top = source.folder(10, "")
    assert top is not None
    assert sorted(top.folders) == ["DT", "Hcal", "Shared"]
    hcal = source.folder(10, "Hcal")
    assert hcal is not None
    assert sorted(hcal.folders) == ["EventInfo", "Task"]
    assert source.folder(11, "") is None
    source.close()


def test_a_folder_in_two_files_holds_what_both_have(tmp_path: Path) -> None:
    for client, name in (("A", "one"), ("B", "two")):
        write_dqm(
            tmp_path / file_name(client, 10, 1),
            10,
            {"Hcal/Task": [Scalar(name, 1)], client: [Scalar("n", 1)]},
        )
    source = direct(tmp_path)
    settle(source, time.time())
    task = source.folder(10, "Hcal/Task")
    assert task is not None
    assert sorted(task.scalars) == ["one", "two"]
    assert source.element(10, "Hcal/Task/two") == Scalar("two", 1)
    source.close()


@pytest.mark.parametrize(
    "paths",
    [
        ConditionPaths(lumisection="run/block", events="{subsystem}/run/seen"),
        ConditionPaths(lumisection="Tracker/run/block", events="run/seen"),
    ],
)
def test_how_far_a_client_has_come_stands_where_the_site_says(
    tmp_path: Path, paths: ConditionPaths
) -> None:
    axes = (Axis(1, 0.0, 1.0),)
    counts = Histogram("seen", "", "TH1F", axes, np.array([0.0, 250, 0], np.float32))
    write_dqm(
        tmp_path / file_name("Tracker", 10, 4),
        10,
        {"Tracker/run": [Scalar("block", 3), counts]},
    )
    source = DqmFolder(tmp_path, paths, scanner=DirectScanner.of(tmp_path))
    settle(source, time.time())
    (client,) = source.clients(time.time())
    assert (client.lumisection, client.content, client.events) == (4, 3, 250)
    source.close()


def test_counts_of_more_than_64_bits_are_none(tmp_path: Path) -> None:
    info = [Scalar(name, 1e30) for name in ("iLumiSection", "processedEvents")]
    path = tmp_path / file_name("Hcal", 10, 4)
    write_dqm(path, 10, {"Hcal/EventInfo": info})
    source = direct(tmp_path)
    settle(source, time.time())
    (client,) = source.clients(time.time())
    assert (client.lumisection, client.content, client.events) == (4, 4, None)
    source.close()


@pytest.mark.parametrize("client", ["Hcal", ""])
def test_references_stored_in_the_files_are_found(tmp_path: Path, client: str) -> None:
    plot, stored = (
        Histogram("h", "", "TH1F", (Axis(2, 0.0, 1.0),), np.full(4, value, np.float32))
        for value in (1.0, 2.0)
    )
    name = "_".join(filter(None, ("DQM_V0001", client, "R000000007.root")))
    write_root(
        tmp_path / name,
        {
            "DQMData/Run 7/Hcal/Run summary/Digi": [plot],
            "DQMData/Reference/Run 7/Hcal/Run summary/Digi": [stored],
        },
    )
    source = direct(tmp_path)
    settle(source, time.time())
    for path, value in (("Hcal/Digi/h", 1.0), ("Reference/Hcal/Digi/h", 2.0)):
        found = source.element(7, path)
        assert isinstance(found, Histogram)
        assert found.values().tolist() == [value] * 2
    with pytest.raises(NotInFileError):
        source.element(7, "Reference/Hcal/Digi/other")
    source.close()
