"""What engines keep across restarts, on a real disk."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.waiting import PATIENCE, wait_until

from dqmconsole.engine import memory as module
from dqmconsole.engine.grouping import Row
from dqmconsole.engine.memory import (
    FILE,
    KEPT_DAYS,
    Memory,
    Onset,
    after,
    kept_alarms,
)
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.verdict import LastVerdict, Status
from dqmconsole.recording.database import open_writing
from dqmconsole.sources.clients import KeptContent

if TYPE_CHECKING:
    from pathlib import Path

BAD = Onset(7, Status.BAD, 8, 100.0)
KEY = "Hcal › Digi › Hcal/Digi/Occupancy"


def reopened(folder: Path, source: str = "/dqm") -> Memory:
    memory = Memory(folder, source)
    memory.close()
    return memory


def test_onsets_and_content_survive_a_restart(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.note(KEY, Onset(7, Status.GOOD, 1, 10.0))
    memory.note(KEY, BAD)
    memory.keep("Hcal", KeptContent("ab", 0))
    memory.keep("Hcal", KeptContent("cd", 3))
    memory.close()
    again = reopened(tmp_path)
    assert dict(again.onsets) == {KEY: BAD}
    assert again.recall("Hcal") == KeptContent("cd", 3)
    assert again.recall("L1T") is None
    assert again.trouble == ""
    other = reopened(tmp_path, "/elsewhere")
    assert (dict(other.onsets), other.recall("Hcal")) == ({}, None)


def test_what_was_judged_is_kept_beside_what_is_not_judged(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.note(KEY, BAD)
    memory.note(KEY, Onset(7, Status.STALE, 17, 300.0))
    memory.close()
    (stale,) = reopened(tmp_path).onsets.values()
    assert (stale.status, stale.since) == (Status.STALE, 17)
    assert stale.last == LastVerdict(Status.BAD, 7, 8, 100.0)


@pytest.mark.parametrize(
    ("way", "since"),
    [
        pytest.param([(7, Status.BAD, 480)], 8, id="found-again"),
        pytest.param(
            [(7, Status.STALE, 17), (7, Status.BAD, 480)], 8, id="silent-between"
        ),
        pytest.param(
            [(0, Status.WAITING, None), (7, Status.WAITING, 9), (7, Status.BAD, 9)],
            8,
            id="engine-restarted",
        ),
        pytest.param(
            [(7, Status.STALE, 17), (7, Status.GOOD, 18), (7, Status.BAD, 19)],
            19,
            id="good-between",
        ),
        pytest.param([(8, Status.WAITING, None), (8, Status.BAD, 3)], 3, id="next-run"),
    ],
)
def test_an_onset_goes_on_until_something_else_was_judged(
    way: list[tuple[int, Status, int | None]], since: int
) -> None:
    onset = BAD
    for run, status, lumisection in way:
        onset = after(onset, Onset(run, status, lumisection, 900.0))
    assert (onset.status, onset.since, onset.last) == (Status.BAD, since, None)


def test_two_engines_on_one_source_corrupt_nothing(tmp_path: Path) -> None:
    one, other = Memory(tmp_path, "/dqm"), Memory(tmp_path, "/dqm")
    for number in range(300):
        for memory in (one, other):
            memory.note(KEY, Onset(7, Status.BAD if number % 2 else Status.GOOD, 8))
            memory.note(f"plot {number}", BAD)
    one.close()
    other.close()
    assert (one.trouble, other.trouble) == ("", "")
    again = reopened(tmp_path)
    assert len(again.onsets) == 301
    assert again.onsets[KEY].status is Status.BAD


STATES = (Status.GOOD, Status.BAD, Status.GOOD, Status.WARNING, Status.BAD)


def kept(folder: Path) -> list[tuple[str, Status, int | None]]:
    """All transitions, as they are stored."""
    connection = sqlite3.connect(folder / FILE)
    try:
        rows = connection.execute(
            "SELECT key, status, since FROM transition ORDER BY id"
        )
        return [(key, Status(status), since) for key, status, since in rows]
    finally:
        connection.close()


class Lease:
    """Whether an engine writes; it is asked of a thread, and can be waited for."""

    def __init__(self, held: bool | None) -> None:
        self.held = held
        self.asked = threading.Event()

    def __call__(self) -> bool | None:
        self.asked.set()
        return self.held


@pytest.mark.parametrize("written", range(len(STATES) + 1))
def test_who_takes_over_writes_what_was_not_written_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr(module, "FOLLOWS", 0.001)
    lease = Lease(held=False)
    one, other = Memory(tmp_path, "/dqm"), Memory(tmp_path, "/dqm", lease)
    for number, status in enumerate(STATES):
        for key in (KEY, "another"):
            onset = Onset(7, status, number + 1, 100.0 + number)
            other.note(key, onset)  # each engine sees it at a moment of its own
            if number < written:
                one.note(key, onset)
    one.close()
    assert len(kept(tmp_path)) == 2 * written
    lease.held = True
    lease.asked.clear()
    assert lease.asked.wait(PATIENCE), "it looks who writes by itself"
    other.close()
    for key in (KEY, "another"):
        rows = [
            (status, since) for name, status, since in kept(tmp_path) if name == key
        ]
        assert rows == [(status, at + 1) for at, status in enumerate(STATES)]


def test_who_does_not_write_leaves_nothing_and_keeps_conditions(tmp_path: Path) -> None:
    lease = Lease(held=False)
    other = Memory(tmp_path, "/dqm", lease)
    other.note(KEY, BAD)
    other.keep("Hcal", KeptContent("ab", 0))
    other.close()
    assert lease.asked.is_set()
    assert kept(tmp_path) == []
    assert reopened(tmp_path).recall("Hcal") == KeptContent("ab", 0)


@pytest.mark.parametrize("held", [True, False])
def test_who_writes_stays_so_where_that_cannot_be_seen_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr(module, "FOLLOWS", 0.001)
    lease = Lease(held)
    memory = Memory(tmp_path, "/dqm", lease)
    lease.held = None
    for _ in range(3):
        lease.asked.clear()
        assert lease.asked.wait(PATIENCE)
    assert memory.decides is held
    memory.close()


def test_where_nobody_can_see_who_writes_rather_twice_than_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr(module, "LEASE", 0.01)
    memory = Memory(tmp_path, "/dqm", Lease(None))
    memory.note(KEY, BAD)
    wait_until(lambda: kept(tmp_path), "it is kept")
    memory.close()


def test_what_a_locked_file_did_not_take_is_written_without_more_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.001)
    monkeypatch.setattr("dqmconsole.recording.database.BUSY", 0.001)
    memory = Memory(tmp_path, "/dqm")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    memory.note(KEY, BAD)
    wait_until(lambda: memory.trouble, "it is said")
    other.execute("COMMIT")
    other.close()
    wait_until(lambda: not memory.trouble, "it is over")
    assert kept(tmp_path) == [(KEY, Status.BAD, 8)]
    memory.close()
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    caplog.clear()


def test_it_is_bounded_by_age_and_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_ROWS", 5)
    memory = Memory(tmp_path, "/dqm")
    for number in range(20):
        memory.note(f"plot {number}", BAD)
    memory.keep("Hcal", KeptContent("ab"))
    memory.close()
    memory = Memory(tmp_path, "/dqm")
    memory.note("the last", BAD)  # with its first writing it forgets
    memory.close()
    assert len(reopened(tmp_path).onsets) == 6
    with sqlite3.connect(tmp_path / FILE) as connection:
        old = time.time() - (KEPT_DAYS + 1) * 86400
        connection.execute("UPDATE transition SET at = ?", (old,))
        connection.execute("UPDATE content SET at = ?", (old,))
    connection.close()
    memory = Memory(tmp_path, "/dqm")
    memory.note("the last", BAD)
    memory.close()
    again = reopened(tmp_path)
    assert set(again.onsets) == {"the last"}
    assert again.recall("Hcal") is None


def test_it_is_bounded_while_an_engine_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_ROWS", 5)
    monkeypatch.setattr(module, "FORGETS_EVERY", 0.0)
    memory = Memory(tmp_path, "/dqm")

    def written(key: str) -> bool:
        return (tmp_path / FILE).exists() and key in reopened(tmp_path).onsets

    for number in range(20):
        memory.note(f"plot {number}", BAD)
    wait_until(lambda: written("plot 19"), "they are written")
    memory.note("the last", BAD)
    memory.close()
    assert len(reopened(tmp_path).onsets) == 6


def test_a_clock_that_jumps_ahead_makes_nothing_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FORGETS_EVERY", 0.0)
    ahead, clock = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: clock() + ahead[0])
    memory = Memory(tmp_path, "/dqm")

    def note(key: str) -> None:
        memory.note(key, BAD)
        with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection:
            wait_until(lambda: key in keys(connection), "it is written")

    def keys(connection: sqlite3.Connection) -> set[str]:
        with contextlib.suppress(sqlite3.OperationalError):  # no table yet
            return {key for (key,) in connection.execute("SELECT key FROM transition")}
        return set()

    note("before")
    ahead[0] = (KEPT_DAYS + 1) * 86400.0
    note("after")
    note("later")
    ahead[0] = 0.0
    memory.close()
    assert set(reopened(tmp_path).onsets) == {"before", "after", "later"}


def test_a_damaged_file_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    memory = Memory(tmp_path, "/dqm")
    memory.note(KEY, BAD)
    memory.close()
    assert "set aside" in caplog.text
    caplog.clear()
    assert memory.trouble.startswith("not all is known of the alarms")
    again = reopened(tmp_path)
    assert (dict(again.onsets), again.trouble) == ({KEY: BAD}, "")
    assert (tmp_path / f"{FILE}.damaged").exists()


def test_where_nothing_can_be_kept_it_is_said_and_judging_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    memory = Memory(tmp_path / "file", "/dqm")
    memory.note(KEY, BAD)
    memory.close()
    assert memory.trouble.startswith("onsets and alarms are not kept across restarts")
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    caplog.clear()


def test_what_could_not_be_written_is_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.recording.database.BUSY", 0.01)
    memory = Memory(tmp_path, "/dqm")
    locked = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")  # another engine writes, for long
    memory.note(KEY, BAD)
    wait_until(lambda: memory.trouble, "it is said", 0.001)
    locked.execute("COMMIT")
    locked.close()
    memory.note("another", Onset(7, Status.GOOD, 9, 110.0))
    memory.close()
    assert memory.trouble == ""
    assert set(reopened(tmp_path).onsets) == {KEY, "another"}
    caplog.clear()


def test_no_note_waits_for_the_disk(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "/dqm")
    locked = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")  # another engine writes
    memory.note(KEY, BAD)
    assert threading.active_count() > 1
    locked.execute("COMMIT")
    locked.close()
    memory.close()
    assert dict(reopened(tmp_path).onsets) == {KEY: BAD}


HCAL = Member("Hcal", Status.STALE, "silent", "stale", "now")
ROW = Row(Alarm("7/Hcal/stale/1", 7, "Hcal", "stale", (HCAL,), 100.0, 100.0), {}, {})


def edited(folder: Path, statement: str, *values: object) -> None:
    """Change the file by another program."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_what_a_newer_program_kept_takes_nothing_else_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.note("newer", BAD)
    memory.note(KEY, BAD)
    memory.keep_rows([ROW])
    memory.close()
    edited(tmp_path, "UPDATE transition SET status = 'WOBBLY' WHERE key = 'newer'")
    edited(tmp_path, "ALTER TABLE alarm ADD COLUMN more TEXT")
    memory = Memory(tmp_path, "/dqm")
    memory.keep_rows([ROW])
    wait_until(lambda: memory.take_history() is not None, "history is read")
    memory.close()
    assert memory.trouble == ""
    assert (dict(memory.onsets), memory.rows) == ({KEY: BAD}, (ROW,))
    row = msgspec.msgpack.encode(ROW).replace(b"stale", b"stall")
    edited(tmp_path, "UPDATE alarm SET row = ?", row)
    memory = reopened(tmp_path)
    assert memory.trouble.endswith("1 alarm cannot be read, perhaps of a newer program")
    assert (memory.rows, memory.is_whole) == ((), False)
    caplog.clear()


@pytest.mark.parametrize("row", [1.5, "no bytes", b""])
def test_an_alarm_that_is_no_bytes_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: object
) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.keep_rows([ROW])
    memory.close()
    assert kept_alarms(tmp_path / FILE) == (ROW.alarm,)
    edited(tmp_path, "UPDATE alarm SET row = ?", row)
    assert kept_alarms(tmp_path / FILE) == ()
    memory = Memory(tmp_path, "/dqm")
    assert memory.trouble.endswith("1 alarm cannot be read, perhaps of a newer program")
    edited(tmp_path, "UPDATE alarm SET rowid = rowid + 1")  # by another engine
    memory.note(KEY, BAD)
    memory.close()
    assert reopened(tmp_path).onsets == {KEY: BAD}
    caplog.clear()


def test_alarms_of_a_locked_file_are_unknown_and_no_name_of_theirs_is_given_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.keep_rows([ROW])
    memory.close()
    monkeypatch.setattr("dqmconsole.recording.database.BUSY", 0.01)
    with contextlib.closing(
        sqlite3.connect(tmp_path / FILE, isolation_level=None)
    ) as locked:
        locked.execute("PRAGMA locking_mode = EXCLUSIVE")
        locked.execute("BEGIN EXCLUSIVE")
        memory = Memory(tmp_path, "/dqm")
    assert (memory.is_whole, memory.rows) == (False, ())
    memory.note(KEY, BAD)
    memory.close()
    assert memory.trouble.startswith("not all is known of the alarms")
    assert reopened(tmp_path).rows == (ROW,)
    caplog.clear()


def test_what_cannot_be_written_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(tmp_path, "/dqm")
    memory.note(KEY, BAD)
    memory.keep_rows([ROW])
    memory.close()

    def closed(path: Path, _tables: str) -> sqlite3.Connection:
        words = f"unable to open database file {path}"
        raise sqlite3.OperationalError(words)

    monkeypatch.setattr(module, "open_writing", closed)
    memory = Memory(tmp_path, "/dqm")
    memory.keep_rows([ROW])
    memory.close()
    assert (dict(memory.onsets), memory.rows) == ({KEY: BAD}, (ROW,))
    assert memory.trouble.startswith("onsets and alarms are not kept across restarts")
    caplog.clear()


def test_alarms_that_are_told_again_and_again_displace_nothing_while_it_is_full(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_WAITING", 5)
    opened = open_writing
    full = threading.Event()
    full.set()

    def small(path: Path, tables: str) -> sqlite3.Connection:
        if full.is_set():
            words = "database or disk is full"
            raise sqlite3.OperationalError(words)
        return opened(path, tables)

    monkeypatch.setattr(module, "open_writing", small)
    memory = Memory(tmp_path, "/dqm")
    memory.note(KEY, BAD)
    for _ in range(10):
        memory.keep_rows([ROW])
    wait_until(lambda: "full" in memory.trouble, "it is said")
    full.clear()
    memory.close()
    again = reopened(tmp_path)
    assert (dict(again.onsets), again.rows) == ({KEY: BAD}, (ROW,))
    caplog.clear()


@pytest.mark.parametrize(
    ("name", "run"), [("Hcal\udcff", 7), ("Hcal", 2**64), ("Hcal", -(2**64))]
)
def test_what_no_file_can_hold_is_left_out_and_said_and_the_rest_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, run: int
) -> None:
    memory = Memory(tmp_path, "/dqm")
    alarm = msgspec.structs.replace(ROW.alarm, id=name, root=name, run=run)
    memory.note(name, Onset(run, Status.BAD))
    memory.keep_rows([msgspec.structs.replace(ROW, alarm=alarm), ROW])
    memory.note(KEY, BAD)
    memory.close()
    assert "left out" in memory.trouble
    again = reopened(tmp_path)
    assert (dict(again.onsets), again.rows) == ({KEY: BAD}, (ROW,))
    caplog.clear()
