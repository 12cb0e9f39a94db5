"""A site without a simulator: its run is recorded, faults are put into it and found."""

from __future__ import annotations

import secrets
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.lesson_console import LessonConsole
from support.recorded_ground import RUN, Daq, in_folders, make_site
from support.waiting import wait_until

from dqmconsole.app.cli import run
from dqmconsole.model.run import RunState
from dqmconsole.recording.run_file import RunFile
from dqmconsole.rootio.write import write_root
from dqmconsole.shift.client import EngineClient
from dqmconsole.training import practice
from dqmconsole.training.practice import Practice
from dqmconsole.training.records import Finding
from dqmconsole.training.trainer import record_finding
from dqmconsole.training.truth import happenings

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

UPDATES = 15


def _write(folder: Path, daq: Daq) -> None:
    """The files of the experiment, under its own name and in its own tree."""
    made = daq.update(time.time())
    write_root(folder / f"run_{RUN}.root", in_folders(made))


def _recorded(site: Path) -> int:
    """How many updates of the program are recorded."""
    found = list((site / "runs").glob(f"*/run-{RUN}.sqlite"))
    if not found:
        return 1  # that nobody saw the content move before
    try:
        file = RunFile.read(found[0])
    except sqlite3.DatabaseError:  # it is being made
        return 0
    try:
        moments = file.moments("Calo")
    finally:
        file.close()
    return moments[-1].last - 40 if moments else 0


def _record(folder: Path, site: Path) -> None:
    """Let an engine record a run while it is taken."""
    folder.mkdir()
    source = f"{folder}//run_{{run}}.root"
    client = EngineClient(memory=str(site.parent), recordings=str(site / "runs"))
    daq = Daq()
    try:
        _write(folder, daq)
        client.open(source, site=str(site))

        def came() -> bool:
            client.take()
            return client.mailbox.run.run == RUN

        wait_until(came, "the run is seen", 0.02)

        def recorded() -> bool:
            client.take()
            return _recorded(site) == daq.at

        for _ in range(UPDATES):
            _write(folder, daq)
            wait_until(recorded, f"update {daq.at} is recorded", 0.02, 25.0)
    finally:
        client.close()


@pytest.mark.slow
def test_a_site_without_a_simulator_has_practice(
    qapp: QApplication,  # noqa: ARG001 - Qt
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(practice, "SPEED", 30.0)
    monkeypatch.setattr(practice, "SLOWEST", 30.0)
    monkeypatch.setattr(secrets, "randbelow", lambda _below: 7)  # one plan of many
    site = make_site(tmp_path / "site")
    _record(tmp_path / "daq", site)
    words = ["training", "inject", str(RUN), "--site", str(site), "--items", "6"]
    result = CliRunner().invoke(run, words)
    assert result.exit_code == 0, result.output

    console = LessonConsole(tmp_path / "books", site=site)
    try:
        trainer = console.trainer
        trainer.who = "Ada"
        assert trainer.begin_practice(8, "collisions", 1) == ""
        shift = trainer.activity
        assert isinstance(shift, Practice)
        (fault, *_) = happenings(shift._run, console.site, "fault")
        states = set()

        def has_come() -> bool:
            seen = console.client.mailbox.run
            if seen.run == RUN:
                states.add(seen.state)
            return seen.run == RUN and (seen.lumisection or 0) >= fault.onset + 3

        console.until(has_come, "the fault has come")
        (plot,) = fault.plots
        tile = console.client.mailbox.run
        assert tile.conditions.run_type == "beam"
        assert RunState.RUNNING in states  # it may be over by now
        said = Finding("bad", plot, fault.name, "nobody", tile.lumisection or 0)
        console.until(
            lambda: record_finding(console.session, said, RUN) == "", "it is said"
        )
        console.until(lambda: shift.feedback, "it is answered")
        assert shift.feedback[0].right, shift.feedback
        assert fault.name in shift.feedback[0].words
        shift.end()
        marks = {each.on: each for each in shift.marks if each.cause == fault.text}
        for on in ("found", "cause"):
            assert marks[on].points == marks[on].of > 0
        trainer.leave()
    finally:
        console.close()
