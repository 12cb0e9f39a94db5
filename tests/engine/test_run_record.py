"""The conditions of a run by lumisection, as an engine tells and keeps them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support import plots

from dqmconsole.engine.memory import FILE, Memory, Onset
from dqmconsole.engine.run_record import (
    MOST_FACTS,
    UNWATCHED,
    RunRecord,
    from_trends,
)
from dqmconsole.engine.source_state import SourceState
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.run import Client, Conditions
from dqmconsole.model.site import ConditionPaths, HeaderItem, SiteSettings
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path

MODES = ("injection", "flat top", "stable beams")
SETTINGS = SiteSettings(
    "test",
    beam_modes=MODES,
    conditions=ConditionPaths(
        beam_mode="Info/mode", luminosity="Info/light", magnet="Info/field",
        dcs="Info/dcs",
    ),
)  # fmt: skip
STABLE = Conditions(
    beam_mode="stable beams",
    luminosity=2e4,
    magnet=3.8,
    dcs={"HBHEa": True, "RPC": False},
)


def state(
    lumisection: int | None, now: float, run: int = 7, given: Conditions = STABLE
) -> SourceState:
    """A moment in which one client has come so far, and one is behind."""
    clients = {
        "Hcal": Client("Hcal", run, lumisection, "live", produced=now - 5),
        "DT": Client("DT", run, 1 if lumisection else None, "live", produced=now - 99),
    }
    return SourceState(now=now, run=run, clients=clients, conditions=given)


def nothing(_path: str) -> None:
    return None


def told(record: RunRecord, *moments: SourceState) -> list[tuple[int, int, int]]:
    return [
        (fact.run, fact.first, fact.last)
        for moment in moments
        for fact in record.look(moment, nothing, SETTINGS)
    ]


def test_each_lumisection_is_told_once_with_its_conditions() -> None:
    record = RunRecord()
    (fact,) = record.look(state(4, 100.0), nothing, SETTINGS)
    assert fact == LumisectionsFact(
        7, 4, 4, 95.0, True, "stable beams", 1, 2, ("RPC",), 2e4, 3.8
    )
    assert record.look(state(4, 100.5), nothing, SETTINGS) == []
    assert told(record, state(19, 101.0), state(20, 102.0)) == [(7, 5, 19), (7, 20, 20)]
    off = msgspec.structs.replace(STABLE, magnet=0.0)
    (changed,) = record.look(state(20, 103.0, given=off), nothing, SETTINGS)
    assert (changed.first, changed.last, changed.magnet) == (20, 20, 0.0)
    assert told(record, state(18, 104.0, given=off)) == []  # a client began again


def test_a_run_that_begins_meanwhile_was_watched_from_its_beginning() -> None:
    record = RunRecord()
    moments = (state(40, 100.0), state(None, 101.0, run=8), state(3, 102.0, run=8))
    assert told(record, *moments) == [(7, 40, 40), (8, 1, 3)]


def test_what_passed_while_the_engine_stood_still_nobody_watched() -> None:
    record = RunRecord()
    later = 100.0 + UNWATCHED + 1
    assert told(record, state(4, 100.0), state(30, later), state(31, later + 1)) == [
        (7, 4, 4), (7, 30, 30), (7, 31, 31),
    ]  # fmt: skip
    assert told(RunRecord(), state(None, 1.0), state(4, 2.0, run=0)) == []


def trends(last: int) -> dict[str, Histogram]:
    """Trends of a run: three lumisections without stable beams, RPC off in 5 and 6."""
    numbers = np.arange(1, 101)
    until = numbers <= last
    dcs = np.where(until[:, None], 1.0, -1.0) * np.ones((100, 2))
    dcs[4:6, 1] = 0
    return {
        "Info/mode": plots.curve(np.where(numbers < 4, 2, 3) * until, 0.5, 100.5),
        "Info/light": plots.curve(np.where(until, 2e4 - numbers, 0), 0.5, 100.5),
        "Info/field": plots.curve(np.where(until, 3.8, 0), 0.5, 100.5),
        "Info/dcs": _plane(dcs),
    }


def _plane(values: np.ndarray) -> Histogram:
    found = plots.plane(values)
    x, y = found.axes
    axes = (
        msgspec.structs.replace(x, low=0.5, high=100.5, bins=100),
        msgspec.structs.replace(y, labels=("HBHEa", "RPC")),
    )
    return msgspec.structs.replace(found, axes=axes)


def test_the_past_is_told_by_the_trends_but_not_as_watched() -> None:
    record = RunRecord()
    now, *past = record.look(state(20, 100.0), trends(20).get, SETTINGS)
    assert now.watched
    assert not any(each.watched for each in past)
    assert [each.last for each in past] == list(range(1, 21))
    assert [each.beam_mode for each in past[:4]] == [*["flat top"] * 3, "stable beams"]
    assert [(e.first, e.off) for e in past if e.off] == [(5, ("RPC",)), (6, ("RPC",))]
    assert (past[3].luminosity, past[3].magnet) == (2e4 - 4, pytest.approx(3.8))
    assert len(record.look(state(21, 101.0), trends(21).get, SETTINGS)) == 1


def test_trends_are_read_again_until_there_are_some() -> None:
    record = RunRecord()
    assert len(record.look(state(20, 100.0), nothing, SETTINGS)) == 1
    assert len(record.look(state(21, 101.0), trends(21).get, SETTINGS)) == 22


def test_what_is_no_trend_tells_nothing_of_the_past() -> None:
    scalars = {path: Scalar("x", 3) for path in trends(3)}
    assert from_trends(7, 20, scalars.get, SETTINGS) == []
    odd = {"Info/mode": trends(9)["Info/dcs"], "Info/dcs": trends(9)["Info/mode"]}
    found = from_trends(7, 9, odd.get, SETTINGS)
    assert {each.partitions for each in found} == {None}
    assert from_trends(7, 10**9, trends(9).get, SETTINGS) == []


def test_a_long_run_is_told_in_few_words() -> None:
    values = np.full(5000, 2e4)
    light = {"Info/light": plots.curve(values, 0.5, 5000.5)}
    found = from_trends(7, 5000, light.get, SETTINGS)
    assert len(found) == MOST_FACTS
    assert (found[0].first, found[-1].last) == (1, 5000)


def test_trends_that_cannot_be_computed_leave_the_strip_empty(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_path: str) -> None:
        message = "no such bin"
        raise IndexError(message)

    (fact,) = RunRecord().look(state(20, 100.0), broken, SETTINGS)
    assert fact.watched
    assert "the trends of run 7" in caplog.text
    caplog.clear()


# -- kept across restarts --------------------------------------------------------------


def history(folder: Path) -> History:
    memory = Memory(folder, "/dqm")
    memory.close()
    found = memory.take_history()
    assert found is not None
    assert memory.take_history() is None
    return found


def change(number: int, status: Status = Status.BAD) -> TransitionFact:
    return TransitionFact("Hcal › a › Hcal/a", 7, status, 100.0 + number, number, "why")


def test_the_strip_survives_a_restart(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "/dqm")
    record = RunRecord(memory)
    told(record, state(4, 100.0), state(5, 101.0))
    facts = [change(1), change(2, Status.GOOD)]
    for fact in facts:
        memory.note(fact.key, Onset(7, fact.status, 1, 10.0), fact)
    memory.close()
    again = history(tmp_path)
    assert again.transitions == tuple(facts)
    assert [(each.first, each.last) for each in again.lumisections] == [(4, 4), (5, 5)]
    other = Memory(tmp_path, "/elsewhere")
    other.close()
    assert other.take_history() == History()


def test_a_file_without_these_tables_is_opened_and_its_onsets_used(
    tmp_path: Path,
) -> None:
    """Rows of an earlier version have the lumisection of their onset."""
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.executescript("""
            CREATE TABLE transition (
                id INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL,
                key TEXT NOT NULL, run INTEGER NOT NULL, status TEXT NOT NULL,
                since INTEGER, began REAL);
            INSERT INTO transition (at, source, key, run, status, since, began)
                VALUES (100.0, '/dqm', 'Hcal › a › Hcal/a', 7, 'BAD', 8, 90.0);
            CREATE TABLE content (
                source TEXT NOT NULL, client TEXT NOT NULL, at REAL NOT NULL,
                digest TEXT NOT NULL, repeats INTEGER NOT NULL,
                PRIMARY KEY (source, client));
        """)
    connection.close()
    memory = Memory(tmp_path, "/dqm")
    assert memory.onsets["Hcal › a › Hcal/a"].since == 8
    memory.close()
    assert memory.take_history() == History(
        (TransitionFact("Hcal › a › Hcal/a", 7, Status.BAD, 100.0, 8),)
    )
    assert memory.trouble == ""


def test_what_is_told_of_the_past_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dqmconsole.engine import memory as module

    monkeypatch.setattr(module, "TOLD_ROWS", 3)
    memory = Memory(tmp_path, "/dqm")
    for number in range(9):
        memory.note("x", Onset(7, Status.BAD), change(number))
        memory.note_lumisections(LumisectionsFact(7, number, number))
    memory.close()
    found = history(tmp_path)
    assert [each.lumisection for each in found.transitions] == [6, 7, 8]
    assert [each.first for each in found.lumisections] == [6, 7, 8]


def test_a_row_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.note_lumisections(LumisectionsFact(7, 1, 1))
    memory.note_lumisections(LumisectionsFact(7, 2, 2))
    memory.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE lumisections SET fact = 'odd' WHERE first = 1")
    connection.close()
    assert [each.first for each in history(tmp_path).lumisections] == [2]


def test_what_the_header_shows_is_told_by_lumisection() -> None:
    settings = SiteSettings("Small", shown=(HeaderItem("daq/energy"),))
    energy = trends(3)["Info/light"]
    found = from_trends(7, 3, {"daq/energy": energy}.get, settings)
    values = [float(each) for each in energy.values()[:3]]
    assert [each.shown for each in found] == [{"daq/energy": each} for each in values]
    now = Conditions(shown={"daq/energy": 80.0, "daq/target": "lead"})
    (fact,) = RunRecord().look(state(4, 100.0, given=now), nothing, settings)
    assert fact.shown == now.shown
