from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dqm_files import PATHS, T0, file_name, write

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import UNNUMBERED, RunState
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.rootio.write import write_root
from dqmconsole.sources.one_file import SingleFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return renew(tmp_path, 1)


def renew(folder: Path, ls: int, *, at: float = T0, name: str = "") -> Path:
    return write(
        folder,
        name or file_name("Hcal", 10),
        run=10,
        subsystems=("Hcal", "L1T"),
        ls=ls,
        events=100 * ls,
        stamp=at - 3,
        written=at,
        value=ls,
    )


@pytest.fixture
def source(path: Path) -> Iterator[SingleFile]:
    made = SingleFile(path, PATHS)
    assert not made.ready
    assert made.poll(T0)
    assert made.ready
    yield made
    made.close()


def value(source: SingleFile) -> object:
    element = source.element(10, "Hcal/Task/value")
    assert isinstance(element, Scalar)
    return element.value


@pytest.mark.parametrize(
    ("name", "banner"),
    [
        ("DQM_V0001_Hcal_R000000010.root", ""),
        ("Playback_V0001_Hcal_R000000010.root", "PLAYBACK"),
        ("anything.root", ""),
    ],
)
def test_a_playback_says_so(tmp_path: Path, name: str, banner: str) -> None:
    assert SingleFile(tmp_path / name, PATHS).banner == banner


def test_one_file_is_final(source: SingleFile) -> None:
    assert (source.current_run, source.runs()) == (10, (10,))
    assert source.run_state(10) is RunState.FINAL
    clients = source.clients(T0 + 1e6)
    assert [(it.subsystem, it.state) for it in clients] == [
        ("Hcal", "final"),
        ("L1T", "final"),
    ]
    assert clients[0].produced == T0 - 3
    assert value(source) == 1
    assert source.version(10, "Hcal") == 1
    assert source.version(10, "Ecal") == 0
    assert source.version(9, "Hcal") == 0
    assert source.folder(9, "Hcal") is None
    assert {entry.path for entry in source.entries(10)} >= {"L1T/Task/value"}
    with pytest.raises(NotInFileError):
        source.element(9, "Hcal/Task/value")
    assert source.problems() == ()
    assert not source.poll(T0 + 1)


def test_it_is_read_again_when_it_changes(source: SingleFile, tmp_path: Path) -> None:
    renew(tmp_path, 2, at=T0 + 20)
    assert source.poll(T0 + 20)
    assert value(source) == 2
    assert source.version(10, "Hcal") == 2
    assert source.run_state(10) is RunState.RUNNING
    assert source.clients(T0 + 21)[0].state == "live"
    renew(tmp_path, 3, at=T0 + 40)
    source.poll(T0 + 40)
    client = source.clients(T0 + 41)[0]
    assert (client.period, client.rate) == (20, 5)
    assert source.clients(T0 + 81)[0].state == "silent"


def test_the_old_picture_is_kept_while_the_new_cannot_be_read(
    source: SingleFile, path: Path, tmp_path: Path
) -> None:
    half = path.read_bytes()[:40]
    broken = tmp_path / "broken"
    broken.write_bytes(half)
    broken.rename(path)
    assert source.poll(T0 + 1)
    assert value(source) == 1
    (problem,) = source.problems()
    assert problem.file == str(path)
    assert source.clients(T0 + 1)[0].state == "unreadable"
    renew(tmp_path, 2, at=T0 + 2)
    assert source.poll(T0 + 2)
    assert value(source) == 2
    assert source.problems() == ()


def test_a_file_cut_in_place_is_refused(source: SingleFile, path: Path) -> None:
    os.truncate(path, 40)
    with pytest.raises(RootFileError):
        value(source)


def test_a_deleted_file_stays_as_it_was(source: SingleFile, path: Path) -> None:
    path.unlink()
    assert source.poll(T0 + 1)
    assert "No such file" in source.problems()[0].message
    assert value(source) == 1
    renew(path.parent, 2, at=T0 + 5)
    source.poll(T0 + 6)
    assert value(source) == 2
    assert source.problems() == ()


def test_an_old_file_is_a_recording_until_it_changes(tmp_path: Path) -> None:
    now = T0 + 7000
    unfinished = SingleFile(renew(tmp_path, 3, name=file_name("Hcal", 10, 3)), PATHS)
    unfinished.poll(now)
    assert unfinished.recorded == T0 - 3
    assert unfinished.run_state(10) is RunState.RECORDED
    assert {client.state for client in unfinished.clients(now)} == {"recorded"}
    unfinished.close()
    path = renew(tmp_path, 3)
    source = SingleFile(path, PATHS)
    source.poll(now)
    assert source.recorded == T0 - 3
    assert source.run_state(10) is RunState.FINAL
    os.utime(path, (now + 1, now + 1))
    source.poll(now + 1)
    assert source.recorded is not None
    assert source.run_state(10) is RunState.RECORDED
    renew(tmp_path, 4, at=now + 2)
    source.poll(now + 2)
    assert source.recorded is None
    assert source.run_state(10) is RunState.RUNNING
    assert {client.state for client in source.clients(now + 3)} == {"live"}
    source.close()


def test_a_link_is_followed_at_every_look(tmp_path: Path) -> None:
    old = renew(tmp_path, 4, name=file_name("Hcal", 10))
    new = write(
        tmp_path,
        file_name("Hcal", 11),
        run=11,
        ls=2,
        written=T0 + 5,
        value=7,
    )
    link, fresh = tmp_path / "current.root", tmp_path / "fresh"
    link.symlink_to(old)
    source = SingleFile(link, PATHS)
    source.poll(T0 + 6)
    assert value(source) == 4
    assert source.run_state(10) is RunState.FINAL
    version = source.version(10, "Hcal")
    fresh.symlink_to(new)
    fresh.rename(link)
    assert source.poll(T0 + 7)
    assert source.current_run == 11
    assert source.element(11, "Hcal/Task/value") == Scalar("value", 7)
    assert source.version(11, "Hcal") > version
    # a final file that the link was moved to is not one that is being written
    assert source.run_state(11) is RunState.FINAL
    assert [fact.sentence for fact in source.facts()] == [f"{link} leads to {new} now"]
    source.close()


def test_what_is_no_root_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.root"
    path.write_bytes(b"this is text")
    source = SingleFile(path, PATHS)
    source.poll(T0)
    assert source.ready
    assert source.runs() == ()
    assert len(source.problems()) == 1
    assert list(source.entries(0)) == []
    source.close()


def test_a_snapshot_of_a_run_in_progress_is_not_final(tmp_path: Path) -> None:
    path = renew(tmp_path, 7, name=file_name("Hcal", 10, 7))
    source = SingleFile(path, PATHS)
    source.poll(T0)
    assert source.run_state(10) is RunState.ENDED
    client = source.clients(T0)[0]
    assert (client.state, client.lumisection) == ("ended", 7)
    source.close()


def test_a_file_without_run_number_is_shown_as_it_is(tmp_path: Path) -> None:
    axes = (Axis(4, 0.0, 4.0),)
    plot = Histogram("adc", "", "TH1F", axes, np.ones(6, np.float32), entries=4.0)
    path = tmp_path / "beam.root"
    write_root(path, {"": [plot], "det/front": [plot]})
    source = SingleFile(path, PATHS)
    source.poll(T0)
    assert source.runs() == (UNNUMBERED,)
    assert source.current_run == UNNUMBERED
    for subsystem, name in (("", "adc"), ("det", "det/front/adc")):
        assert source.version(UNNUMBERED, subsystem) > 0
        assert isinstance(source.element(UNNUMBERED, name), Histogram)
    assert {client.state for client in source.clients(T0)} == {"final"}
    source.close()


def test_a_file_named_as_of_run_0_is_shown_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / file_name("DT", 0)
    axes = (Axis(4, 0.0, 4.0),)
    plot = Histogram("adc", "", "TH1F", axes, np.ones(6, np.float32), entries=4.0)
    write_root(path, {"DT": [plot]})
    source = SingleFile(path, PATHS)
    source.poll(T0)
    assert source.runs() == (UNNUMBERED,)
    assert isinstance(source.element(UNNUMBERED, "DT/adc"), Histogram)
    assert {client.run for client in source.clients(T0)} == {UNNUMBERED}
    source.close()
