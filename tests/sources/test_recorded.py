"""A recorded run as a source."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.recorded import MAP, PATH, RUN, large_map, plot, record

from dqmconsole.app.commands.ls import ls_command
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.run import RunState
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import ALONE, run_path, source_folder
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.sources.open import check_source, open_source
from dqmconsole.sources.recorded import RecordedRun, in_folder
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LUMISECTION = "Hcal/EventInfo/lumisection"


def test_it_shows_the_plots_as_they_stood_last(tmp_path: Path) -> None:
    record(tmp_path, 80)
    source = open_source(f"recorded:{tmp_path}/{RUN}")
    assert isinstance(source, RecordedRun)
    assert source.banner == "REPLAY"
    assert not source.ready
    assert source.poll(0.0)
    assert not source.poll(1.0)
    assert source.ready
    assert (source.current_run, source.runs()) == (RUN, (RUN,))
    assert source.run_state(RUN) is RunState.RECORDED
    assert source.recorded == 1080.0
    (client,) = source.clients(2000.0)
    assert (client.subsystem, client.state, client.run) == ("Hcal", "recorded", RUN)
    assert (client.lumisection, client.events, client.period) == (80, 800, 1.0)
    found = source.element(RUN, PATH)
    assert isinstance(found, Histogram)
    assert found.values().tolist() == [80, 160]
    whole = source.element(RUN, MAP)
    assert isinstance(whole, Histogram)
    assert (whole.contents == large_map(80).contents).all()
    assert source.element(RUN, LUMISECTION) == Scalar("lumisection", 80)
    assert source.version(RUN, "Hcal") == 1
    assert source.version(RUN, "L1T") == source.version(6, "Hcal") == 0
    source.close()


def test_its_events_are_those_that_its_plots_were_filled_with(tmp_path: Path) -> None:
    """Since the client began again, as what they hold."""
    recorder = Recorder(tmp_path, "/dqm")
    for last, events, restarted in ((1, 10.0, False), (2, 7.0, True), (3, 9.0, False)):
        update = Update("Hcal", last, 1000.0 + last, events, restarted)
        recorder.note(RUN, update, [Item(PATH, plot(int(events), 0))])
        recorder.drain()
    recorder.close()
    source = open_source(f"recorded:{tmp_path}/{RUN}")
    source.poll(0.0)
    (client,) = source.clients(2000.0)
    found = source.element(RUN, PATH)
    assert isinstance(found, Histogram)
    assert found.values().tolist() == [9, 0]
    assert client.events == 9
    source.close()


def test_its_tree(tmp_path: Path) -> None:
    record(tmp_path, 2)
    source = open_source(f"recorded:{run_path(tmp_path, RUN)}")
    source.poll(0.0)
    top = source.folder(RUN, "")
    assert top is not None
    assert (top.folders, top.elements) == (("Hcal",), {})
    digi = source.folder(RUN, "Hcal/Digi")
    assert digi is not None
    assert {name: key.root_class for name, key in digi.elements.items()} == {
        "occupancy": "TH1F",
        "map": "TH2F",
    }
    info = source.folder(RUN, "Hcal/EventInfo")
    assert info is not None
    assert info.scalars["run type"].value == "cosmics"
    assert source.folder(RUN, "L1T") is None
    assert source.folder(6, "") is None
    assert [(each.path, each.kind) for each in source.entries(RUN)] == [
        (MAP, "TH2F"),
        (PATH, "TH1F"),
        (LUMISECTION, "int"),
        ("Hcal/EventInfo/run type", "text"),
    ]
    with pytest.raises(NotInFileError, match="occupancy"):
        source.element(RUN, "Hcal/Digi/ocupancy")
    source.close()


def test_a_run_that_is_still_recorded_goes_on(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    recorder.note(RUN, Update("Hcal", 1, 1.0), [Item(PATH, plot(1, 1))])
    recorder.drain()
    source = open_source(f"recorded:{tmp_path}/{RUN}")
    assert source.poll(0.0)
    recorder.note(RUN, Update("Hcal", 2, 2.0), [Item(PATH, plot(5, 1))])
    recorder.drain()
    assert source.poll(1.0)
    assert source.version(RUN, "Hcal") == 2
    found = source.element(RUN, PATH)
    assert isinstance(found, Histogram)
    assert found.values().tolist() == [5, 1]
    recorder.close()
    source.close()


@contextlib.contextmanager
def nobody_writes(folder: Path) -> Iterator[None]:
    """A folder is closed to writing; to root, who may write everywhere, as a mount."""
    folder.chmod(0o500)
    with contextlib.ExitStack() as after:
        after.callback(folder.chmod, 0o700)
        for how in ("bind", "remount,bind,ro") if os.geteuid() == 0 else ():
            command = ["mount", "-o", how, folder, folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:  # not in every container
                pytest.skip(f"root may write everywhere: {done.stderr.strip()}")
            if how == "bind":
                after.callback(subprocess.run, ["umount", folder], check=True)
        yield


def test_a_folder_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    record(folder, 2)
    with nobody_writes(folder):
        with pytest.raises(OSError, match=r"denied|Read-only"):
            (folder / "new").touch()
        source = open_source(f"recorded:{folder}/{RUN}")
        assert source.poll(0.0)
        source.close()


def test_what_is_damaged_is_an_error_and_no_plot(tmp_path: Path) -> None:
    record(tmp_path, 3)
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        connection.execute("UPDATE live SET data = zeroblob(length(data))")
    connection.close()
    source = open_source(f"recorded:{tmp_path}/{RUN}")
    source.poll(0.0)
    with pytest.raises(RootFileError, match="damaged"):
        source.element(RUN, PATH)
    source.close()
    run_path(tmp_path, RUN).write_bytes(b"nothing of the kind " * 100)
    with pytest.raises(SourceError, match="not a database"):
        open_source(f"recorded:{tmp_path}/{RUN}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recorded:", "names no source"),
        ("recorded:{}/8", "run 8 is not recorded in .*; there: 7"),
        ("recorded:{}/none/7", "no run is recorded in"),
        ("recorded:{}/abc", "run abc is not recorded in"),
        ("recorded:{}/other.sqlite", "run other is not recorded in"),
    ],
)
def test_what_is_not_recorded_is_said(tmp_path: Path, text: str, words: str) -> None:
    record(tmp_path, 1)
    with pytest.raises(SourceError, match=words):
        check_source(text.format(tmp_path))


def test_a_record_that_was_damaged_is_said_to_be_set_aside(tmp_path: Path) -> None:
    words = r"is recorded|is not recorded"
    for others in (1, 0):
        folder = tmp_path / f"{others}-runs"
        record(folder, 1)
        file = run_path(folder, RUN)
        file.rename(file.with_name(f"{file.name}.damaged2"))
        if others:
            run_path(folder, RUN + 1).touch()
        said = rf"({words}) .*; it was damaged, and set aside as .*\.damaged2"
        for ask in (
            lambda at: check_source(f"recorded:{at}/{RUN}"),
            lambda at: in_folder(f"recorded:{RUN}", at.parent),
        ):
            with pytest.raises(SourceError, match=said):
                ask(folder)


def test_a_folder_that_may_not_be_read_is_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, 1)

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(SourceError, match="Permission denied"):
        check_source(f"recorded:{tmp_path}/{RUN + 1}")


def test_a_run_alone_is_looked_for_below_the_folder_of_all(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="run 7 is not recorded below"):
        in_folder("recorded:7", tmp_path)
    one, other = (source_folder(tmp_path, each) for each in ("/dqm", "/a/dqm"))
    assert one != other
    record(one, 1)
    assert in_folder("recorded:7", tmp_path) == f"recorded:{run_path(one, 7)}"
    assert in_folder("/x/7", tmp_path) == "/x/7"
    assert in_folder("recorded:/x/7", tmp_path) == "recorded:/x/7"
    record(source_folder(tmp_path, f"/dqm{ALONE}"), 1, source=f"/dqm{ALONE}")
    assert in_folder("recorded:7", tmp_path) == f"recorded:{run_path(one, 7)}"
    record(other, 1, source="/a/dqm")
    with pytest.raises(SourceError, match="of 2 sources; give one"):
        in_folder("recorded:7", tmp_path)


def test_its_elements_are_listed(tmp_path: Path) -> None:
    record(tmp_path, 3)
    found = CliRunner().invoke(ls_command, [f"recorded:{tmp_path}/{RUN}", "--json"])
    assert found.exit_code == 0, found.output
    rows = [json.loads(line) for line in found.output.splitlines()]
    assert {"path": PATH, "kind": "TH1F", "entries": 9.0} in rows
