"""Checks that did not end, from one engine to the next."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal

import pytest

from dqmconsole.engine import quarantine
from dqmconsole.engine.quarantine import HUNG_FOR, MANY, Quarantine
from dqmconsole.model.message import EngineEnded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = "/data/live"
PATH = "Hcal/Digi/occupancy"


class Engines:
    """Engines of one source, one after the other; their checks as they are told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.pid = 100
        self.patch = monkeypatch
        self.now = 1_800_000_000.0
        monkeypatch.setattr(time, "time", lambda: self.now)
        self.before: EngineEnded | None = None
        self.site = "site1"
        self.open: Quarantine | None = None

    def start(self) -> Quarantine:
        if self.open is not None:
            self.open.close()
        self.pid += 1
        self.patch.setattr(os, "getpid", lambda: self.pid)
        self.open = Quarantine(self.folder, SOURCE, self.before)
        self.open.use_site(self.site)
        return self.open

    def end_within(
        self,
        check: str,
        path: str = PATH,
        *,
        after: float = 10.0,
        how: Literal["hung", "crashed", "killed"] | None = "hung",
    ) -> None:
        """An engine is ended while a check runs, so long after that began."""
        engine = self.start()
        with engine.noted(check, path):
            self.now += after
            left = {file: file.read_bytes() for file in self.folder.iterdir()}
        engine.close()
        for file, data in left.items():  # of a killed process: its files, and no lock
            file.write_bytes(data)
        self.before = None if how is None else EngineEnded(how, self.now, self.pid)
        self.now += 1.0


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    made = Engines(tmp_path / "state", monkeypatch)
    yield made
    if made.open is not None:
        made.open.close()


def test_a_check_that_did_not_end_is_in_quarantine_for_its_plot(
    engines: Engines,
) -> None:
    engines.end_within("endless")
    now = engines.start()
    said = "quarantined: it did not end (engine restarted 08:00:11 UTC)"
    assert now.why("endless", PATH) == said
    assert now.why("endless", "Hcal/Digi/charge") == ""
    assert now.why("mean", PATH) == ""
    (problem,) = now.problems()
    assert problem.message == f"the check endless of {PATH} is {said}"


def test_it_stays_there_until_the_site_or_the_program_is_another(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines.end_within("endless")
    assert engines.start().why("endless", PATH)
    engines.before = None
    assert engines.start().why("endless", PATH)  # a later day
    monkeypatch.setattr(quarantine, "home_of", lambda _check: "lab-dqm 1.1")
    assert not engines.start().why("endless", PATH)
    monkeypatch.undo()
    later = Quarantine(engines.folder, SOURCE)
    later.use_site("site1")
    assert later.why("endless", PATH)
    later.use_site("site2")
    assert not later.why("endless", PATH)
    assert later.problems() == ()
    later.close()


@pytest.mark.parametrize(
    ("after", "how", "why"),
    [
        (HUNG_FOR + 1, "hung", "it did not end"),
        (0.001, "hung", ""),  # it was another thing that hung
        (60.0, None, ""),  # the machine was
        (60.0, "killed", ""),  # by a person, perhaps
        (0.001, "crashed", "it crashed the engine"),
    ],
)
def test_the_innocent_are_left_alone(
    engines: Engines,
    after: float,
    how: Literal["hung", "crashed", "killed"] | None,
    why: str,
) -> None:
    engines.end_within("mean", after=after, how=how)
    said = engines.start().why("mean", PATH)
    assert why in said if why else not said


def test_a_check_in_which_the_engine_is_killed_twice_is_in_quarantine(
    engines: Engines,
) -> None:
    for _ in range(2):
        now = engines.start()
        assert not now.why("hungry", PATH)
        assert now.problems() == ()
        engines.end_within("hungry", after=0.001, how="killed")
    said = "quarantined: the engine was killed twice while it ran (engine restarted "
    assert engines.start().why("hungry", PATH).startswith(said)
    assert len(engines.start().problems()) == 1


def test_a_check_that_ended_since_is_not_why_the_engine_was_killed(
    engines: Engines,
) -> None:
    for _ in range(3):
        engines.end_within("mean", after=0.001, how="killed")
        with engines.start().noted("mean", PATH):
            pass
        engines.before = None
    engines.end_within("mean", "Hcal/other", after=0.001, how="killed")
    engines.end_within("mean", after=0.001, how="killed")
    assert not engines.start().why("mean", PATH)


def test_what_ended_is_not_to_blame(engines: Engines) -> None:
    with engines.start().noted("mean", PATH):
        pass
    engines.end_within("endless")
    assert not engines.start().why("mean", PATH)


def test_what_did_not_end_on_many_plots_is_asked_on_none(engines: Engines) -> None:
    for number in range(MANY):
        assert not engines.start().why("endless", "Hcal/other")
        engines.end_within("endless", f"Hcal/{number}")
    assert "it did not end" in engines.start().why("endless", "Hcal/other")


def test_another_engine_s_check_is_left_alone_while_it_lives(
    engines: Engines, tmp_path: Path
) -> None:
    living = engines.start()
    with living.noted("mean", PATH):
        engines.now += 60.0
        before = EngineEnded("hung", engines.now, engines.pid)
        engines.patch.setattr(os, "getpid", lambda: 7)
        other = Quarantine(tmp_path / "state", SOURCE, before)
        other.use_site("site1")
        assert not other.why("mean", PATH)
        other.close()


def test_what_cannot_be_kept_stops_nothing(engines: Engines, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = Quarantine(tmp_path / "file" / "state", SOURCE)
    with nowhere.noted("mean", PATH):
        pass
    assert not nowhere.why("mean", PATH)
    engines.end_within("endless")
    (kept,) = engines.folder.iterdir()
    assert kept.name.startswith("running-")
    kept.write_bytes(b"\xff")
    engines.start().close()
    kept = next(engines.folder.glob("quarantine-*"), engines.folder / "quarantine-x")
    assert not kept.exists()


def test_a_broken_list_is_written_again(engines: Engines) -> None:
    engines.end_within("endless")
    engines.start()
    (kept,) = engines.folder.glob("quarantine-*.json")
    kept.write_bytes(b"{")
    engines.before = None
    assert not engines.start().why("endless", PATH)
    engines.end_within("endless")
    assert engines.start().why("endless", PATH)
