"""Which recorded runs are good: kept in the index, by whoever records."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from support.recorded import RUN, record

from dqmconsole.model.run_quality import FalseAlarms, RunQuality
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


def known(folder: Path) -> list[RunQuality]:
    with closing(Index(folder / FILE, reading=True)) as index:
        return index.good_runs()


def test_what_was_said_later_holds_and_only_of_runs_that_are_recorded(
    tmp_path: Path,
) -> None:
    record(tmp_path, 2)
    good = RunQuality(RUN, "Hcal", True, (), "Ada", 20.0)
    bad = RunQuality(RUN, "Hcal", False, ((3, 5), (9, 0)), "Leo", 30.0, "noise")
    other = RunQuality(RUN + 1, "Hcal", True, (), "Ada", 20.0)
    with closing(Index(tmp_path / FILE)) as index:
        index.keep_good([good, other])
        assert index.good_runs() == [good]
        index.keep_good([bad])
        index.keep_good([good])  # the flags of the shift, told again
        assert index.good_runs() == [bad]


def test_of_two_that_were_said_at_one_time_the_worse_holds(tmp_path: Path) -> None:
    """Clocks of consoles differ: a flag that came later is not later by all of them."""
    record(tmp_path, 2)
    good = RunQuality(RUN, "Hcal", True, (), "Ada", 20.0)
    bad = RunQuality(RUN, "Hcal", False, (), "Leo", 20.0)
    with closing(Index(tmp_path / FILE)) as index:
        index.keep_good([good])
        index.keep_good([bad])
        assert index.good_runs() == [bad]
        index.keep_good([good])
        assert index.good_runs() == [bad]


def test_rows_that_hold_something_else_are_left_out(tmp_path: Path) -> None:
    record(tmp_path, 2)
    rate = FalseAlarms("Hcal/a", "mean", "cosmics", "a1", 2, 10.0, 5, 1.0)
    with closing(Index(tmp_path / FILE)) as index:
        index.keep_false_alarms([rate])
    alarms = "INSERT INTO false_alarm VALUES ('p', ?, 'c', 'd', ?, ?, 5, 1.0)"
    runs = "INSERT INTO good_run VALUES (?, ?, ?, ?, ?, ?, '')"
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        for row in (
            ("a", "many", 1.0),
            ("b", 1, "long"),
            ("c", 1, b"1"),
            ("d", -1, 1.0),
        ):
            connection.execute(alarms, row)
        for hours in (0.0, -1.0, float("inf")):
            connection.execute(alarms, (f"{hours}", 1, hours))
        connection.execute(runs, (RUN, "A", "no", "[]", "Ada", 1.0))
        connection.execute(runs, (RUN, "B", 1, b"\xff", "Ada", 1.0))
        connection.execute(runs, (RUN, "C", 1, "[]", b"Ada", 1.0))
        connection.execute(runs, (RUN, "D", 1, "[]", "Ada", "yesterday"))
    with closing(Index(tmp_path / FILE, reading=True)) as index:
        assert index.false_alarms() == [rate]
        assert [(each.subsystem, each.good) for each in index.good_runs()] == [
            ("A", False),
            ("B", True),
        ]


def test_whoever_records_keeps_it_and_nobody_else(tmp_path: Path) -> None:
    record(tmp_path, 2)
    said = RunQuality(RUN, "Hcal", True, (), "Ada", 20.0)
    first = Recorder(tmp_path, "/dqm")
    first.drain()
    second = Recorder(tmp_path, "/dqm")
    second.drain()
    try:
        second.note_quality([RunQuality(RUN, "Ecal", True, (), "Ada", 20.0)])
        second.drain()
        first.note_quality([said])
        first.drain()
        assert known(tmp_path) == [said]
    finally:
        first.close()
        second.close()


def test_an_index_of_an_earlier_version_knows_of_none(tmp_path: Path) -> None:
    record(tmp_path, 2)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.executescript("DROP TABLE good_run; DROP TABLE false_alarm;")
    assert known(tmp_path) == []
    with closing(Index(tmp_path / FILE, reading=True)) as index:
        assert index.false_alarms() == []
        assert list(index.runs()) == [RUN]


def test_a_check_is_counted_again_with_other_limits(tmp_path: Path) -> None:
    old = FalseAlarms("Hcal/a", "mean", "cosmics", "a1", 2, 10.0, 5, 1.0)
    new = FalseAlarms("Hcal/a", "mean", "cosmics", "b2", 0, 12.0, 6, 2.0)
    with closing(Index(tmp_path / FILE)) as index:
        index.keep_false_alarms([old])
        index.keep_false_alarms([new])
        assert index.false_alarms() == [new]
