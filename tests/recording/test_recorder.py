"""The recorder: windows, restarts, the lease, and what goes wrong with disks."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import weakref
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from support.recorded import (
    MAP,
    PATH,
    RUN,
    history,
    kept,
    large_map,
    last_updates,
    plot,
    record,
)
from support.waiting import PATIENCE, wait_until

from dqmconsole.model.graph import Collection, Graph
from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.recording import recorder as module
from dqmconsole.recording.database import open_reading
from dqmconsole.recording.index import FILE, LEASE, Index, Quantity, kept_conditions
from dqmconsole.recording.packing import DamagedRecordError, unpack, whole
from dqmconsole.recording.recent import Recent, Snapshot
from dqmconsole.recording.recorder import Item, Limits, Recorder, Update
from dqmconsole.recording.run_file import VERSION, RunFile, recorded_runs, run_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.recording.packing import Increment
    from dqmconsole.recording.recent import Gained


def note(
    recorder: Recorder,
    last: int,
    *contents: float,
    events: float | None = None,
    restarted: bool = False,
    run: int = RUN,
) -> None:
    update = Update("Hcal", last, 100.0 + last, events, restarted)
    recorder.note(run, update, [Item(PATH, plot(*contents))])


def content(recorder: Recorder, updates: int) -> list[float]:
    window = kept(recorder, lambda file: last_updates(file, PATH, updates))
    values: list[float] = window.histogram.values().tolist()
    return values


def until(true: Callable[[], object]) -> None:
    wait_until(true, "it is over", 0.005)


def test_a_window_is_what_was_gained(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at in range(1, 31):
        note(recorder, at, at, 2 * at, events=at)
        recorder.drain()
    recorder.close()
    for updates in (1, 3, 15, 20):
        window = kept(
            recorder, lambda file, many=updates: last_updates(file, PATH, many)
        )
        assert window.histogram.values().tolist() == [updates, 2 * updates]
        assert (window.first, window.last) == (31 - updates, 30)
        assert (window.updates, window.events) == (updates, updates)
        assert (window.at, window.ends) == (130.0, "")
        assert window.histogram.root_class == "TH1F"
        assert window.histogram.contents.dtype == np.float32
    window = kept(recorder, lambda file: last_updates(file, PATH, 60))
    assert (window.first, window.updates, window.asked) == (1, 30, 30)
    assert recorder.steps(RUN, "Hcal/other", 3) == ()
    assert recorder.steps(RUN + 1, PATH, 3) == ()
    assert recorder.trouble == ""
    recorder.close()


def test_a_window_never_reaches_over_a_restart(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, counts in enumerate((5, 9, 2, 3), start=1):  # it fell at LS 3
        note(recorder, at, counts, 0, events=counts)
        recorder.drain()
    note(recorder, 5, 20, 0, events=20, restarted=True)  # it was told so
    recorder.drain()
    assert content(recorder, 1) == [20, 0]
    window = kept(recorder, lambda file: last_updates(file, PATH, 3))
    assert (window.first, window.last, window.updates) == (5, 5, 1)
    assert (window.ends, window.events) == ("restart", 20)
    before = kept(recorder, lambda file: file.between(PATH, 3, 4))
    assert before.histogram.values().tolist() == [3, 0]
    assert (before.first, before.last, before.events) == (3, 4, 3)
    earlier = kept(recorder, lambda file: file.cumulative(PATH, 2))
    assert earlier.histogram.values().tolist() == [9, 0]
    recorder.close()


def test_one_plot_that_is_emptied_is_no_restart(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at in range(1, 5):
        items = [
            Item(PATH, plot(at, 0)),
            Item("Hcal/a", plot(at, 0)),
            Item("Hcal/reset", plot(7 if at < 3 else 1, 0)),
            Item("Hcal/latest", plot(100 + at, 0), accumulates=False),
        ]
        recorder.note(RUN, Update("Hcal", at, 1.0), items)
        recorder.drain()
    window = kept(recorder, lambda file: last_updates(file, "Hcal/reset", 3))
    assert (window.histogram.values().tolist(), window.ends) == ([1, 0], "emptied")
    latest = kept(recorder, lambda file: last_updates(file, "Hcal/latest", 3))
    assert (latest.histogram.values().tolist(), latest.updates) == ([104, 0], 1)
    assert content(recorder, 3) == [3, 0]
    recorder.close()


def test_a_plot_that_was_filled_past_what_it_held_began_again(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, contents in enumerate(((5, 1), (9, 1), (2, 30)), start=1):
        note(recorder, at, *contents)
        recorder.drain()
    window = kept(recorder, lambda file: last_updates(file, PATH, 3))
    assert (window.histogram.values().tolist(), window.updates) == ([2, 30], 1)
    recorder.close()


def test_a_plot_that_was_missing_covers_what_it_missed(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at in range(1, 21):
        items = [Item(PATH, plot(at, 0)), Item("Hcal/now and then", plot(at, 0))]
        there = items if at not in (18, 19) else items[:1]
        recorder.note(RUN, Update("Hcal", at, 1.0, at), there)
        recorder.drain()
    file = RunFile.read(run_path(tmp_path, RUN))
    window = last_updates(file, "Hcal/now and then", 5)
    assert window.histogram.values().tolist() == [3, 0]
    assert (window.first, window.last, window.ends) == (18, 20, "gap")
    assert file.cumulative("Hcal/now and then").histogram.values().tolist() == [20, 0]
    with pytest.raises(KeyError):
        file.between("Hcal/now and then", 19, 20)
    assert content(recorder, 5) == [5, 0]
    file.close()
    recorder.close()


def test_what_one_plot_holds_keeps_no_other_from_being_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def odd(histogram: Histogram) -> Increment:
        if histogram.name == "odd":
            message = "a freak"
            raise ValueError(message)
        return whole(histogram)

    monkeypatch.setattr(module, "whole", odd)
    recorder = Recorder(tmp_path, "/dqm")
    items = [Item("Hcal/odd", plot(1, 0, name="odd")), Item(PATH, plot(4, 0))]
    recorder.note(RUN, Update("Hcal", 1, 1.0), items)
    recorder.drain()
    assert recorder.trouble == "Hcal/odd is not recorded: a freak"
    assert content(recorder, 1) == [4, 0]
    recorder.close()
    caplog.clear()


@pytest.mark.parametrize(
    ("lasts", "found"),
    [((1, 3, 5), [3, 5]), ((1, 3, 5, 2, 4, 6), [4, 6]), ((0, 0, 0), [])],
)
def test_each_update_since_a_span_began_is_gone_through(
    tmp_path: Path, lasts: tuple[int, ...], found: list[int]
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, last in enumerate(lasts):
        note(recorder, last, at, 1, restarted=at == 3)
        recorder.drain()
    recorder.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    updates = file.each_update(PATH)
    gained = [unpack(each.data).row(each.row).contents.sum() for each in updates]
    assert [each.last for each in updates] == found
    assert gained == [1] * len(found)
    file.close()


def test_other_bins_begin_a_span(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, contents in enumerate(((1, 1), (2, 2), (3, 3, 3), (4, 4, 4)), start=1):
        note(recorder, at, *contents)
        recorder.drain()
    window = kept(recorder, lambda file: last_updates(file, PATH, 4))
    assert (window.updates, window.ends) == (2, "other bins")
    assert window.histogram.values().tolist() == [4, 4, 4]
    old = kept(recorder, lambda file: file.between(PATH, 1, 2))
    assert old.histogram.values().tolist() == [2, 2]
    recorder.close()


def test_recording_goes_on_after_a_restart_of_the_engine(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at in (1, 2, 3):
        note(recorder, at, at, 0, events=at)
        recorder.drain()
    recorder.close()
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 9, 90, 0, events=90)
    note(recorder, 10, 91, 0, events=91)
    recorder.drain()
    window = kept(recorder, lambda file: last_updates(file, PATH, 10))
    assert (window.first, window.last, window.updates) == (4, 10, 2)
    assert (window.ends, window.events) == ("gap", 88)
    assert window.histogram.values().tolist() == [88, 0]
    whole = kept(recorder, lambda file: file.cumulative(PATH))
    assert whole.histogram.values().tolist() == [91, 0]
    assert (whole.first, whole.last, whole.updates) == (1, 10, 5)
    recorder.close()


def test_an_update_much_longer_than_any_before_is_a_gap(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for last in (1, 3, 5, 11, 30, 36):  # of two lumisections, six, nineteen, six
        note(recorder, last, last, 0)
        recorder.drain()
    window = kept(recorder, lambda file: last_updates(file, PATH, 9))
    assert (window.first, window.last, window.ends) == (12, 36, "gap")
    earlier = kept(recorder, lambda file: file.between(PATH, 2, 11))
    assert (earlier.first, earlier.last, earlier.ends) == (2, 11, "")
    recorder.close()


def test_updates_that_cannot_wait_are_recorded_as_one_and_are_no_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_WAITING", 3)
    recorder = Recorder(tmp_path, "/dqm")
    for last in (1, 2):
        note(recorder, last, last, 0)
        recorder.drain()
    begun, go_on = threading.Event(), threading.Event()
    run_of = Recorder._run

    def slow(self: Recorder, run: int) -> Any:  # noqa: ANN401 - of the recorder
        begun.set()
        assert go_on.wait(PATIENCE)
        return run_of(self, run)

    monkeypatch.setattr(Recorder, "_run", slow)
    note(recorder, 3, 3, 0)
    assert begun.wait(PATIENCE)
    recorder.note(RUN, Update("Ecal", 1, 101.0), [Item("Ecal/a", plot(1, 0))])
    for last in range(4, 13):
        note(recorder, last, last, 0)
    go_on.set()
    recorder.drain()
    recorder.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    spans = [(each.first, each.last, each.mark) for each in file.moments("Hcal")]
    assert spans == [(1, 1, ""), (2, 2, ""), (3, 3, ""), (4, 11, ""), (12, 12, "")]
    assert file.clients() == ("Ecal", "Hcal")  # the only update of that waited
    assert last_updates(file, PATH, 2).histogram.values().tolist() == [9, 0]
    file.close()


def test_no_plot_is_held_as_it_stood_before(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    told: list[tuple[str, Histogram, Gained]] = []
    recent = Recent(gained=lambda *one: told.append(one))
    held = []
    for at in (1, 2, 3):
        histogram = plot(at, 0)
        held.append(weakref.ref(histogram.contents))
        recent.take(PATH, histogram, Snapshot(RUN, at, at, at, ("host", 7)))
        item = Item(PATH, histogram, gained=told.pop()[2] if told else None)
        recorder.note(RUN, Update("Hcal", at, 100.0 + at), [item])
        recorder.drain()
    del item, histogram
    gone = [each() is None for each in held]
    recorder.close()
    assert gone == [True, True, False]


def test_a_run_is_recorded_though_two_of_higher_numbers_were_before(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for run in (9001, 9002):
        note(recorder, 1, 1, 0, run=run)
        recorder.drain()
    for at in (1, 2, 3):
        note(recorder, at, 5 * at, 0)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    with closing(RunFile.read(run_path(tmp_path, RUN))) as file:
        assert [each.last for each in file.moments("Hcal")] == [1, 2, 3]
        assert history(file, PATH, "entries").values.tolist() == [5, 5, 5]


def test_the_same_snapshot_once_more_is_not_recorded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for _ in range(3):
        note(recorder, 4, 4, 0)
        recorder.drain()
    note(recorder, 4, 5, 0)  # the final file of the same lumisection
    recorder.drain()
    recorder.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert [(each.first, each.last) for each in file.moments("Hcal")] == [
        (1, 4),
        (4, 4),
    ]
    file.close()


@pytest.mark.parametrize("updates", [64, 200, 320])
def test_rows_are_put_together_and_nothing_is_lost(
    tmp_path: Path, updates: int
) -> None:
    record(tmp_path, updates)
    file = RunFile.read(run_path(tmp_path, RUN))
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        (blocks,) = connection.execute("SELECT count(*) FROM block").fetchone()
        (live,) = connection.execute("SELECT count(*) FROM live").fetchone()
    connection.close()
    assert live <= 2 * (64 + 64 + 64)
    assert (blocks > 0) == (updates > 64)
    for at in range(1, updates + 1):
        assert file.cumulative(PATH, at).histogram.values().tolist() == [at, 2 * at]
    for first, last in ((1, updates), (3, 40), (updates - 60, updates - 1)):
        window = file.between(PATH, first, last)
        count = last - first + 1
        assert window.histogram.values().tolist() == [count, 2 * count]
        assert (window.first, window.last, window.events) == (first, last, 10 * count)
    series = history(file, PATH, "bin", (2,))
    assert series.values.tolist() == [2.0] * updates
    assert series.last.tolist() == list(range(1, updates + 1))
    assert series.first.tolist() == series.last.tolist()
    file.close()


def test_old_maps_are_thinned_and_no_count_is_lost(tmp_path: Path) -> None:
    updates = 320
    record(tmp_path, updates)
    file = RunFile.read(run_path(tmp_path, RUN))
    one = large_map(1)
    for at in range(updates - 63, updates + 1):
        whole = file.cumulative(MAP, at).histogram
        np.testing.assert_array_equal(whole.contents, one.contents * at)
        assert whole.entries == one.entries * at
    recent = last_updates(file, MAP, 60)
    np.testing.assert_array_equal(recent.histogram.contents, one.contents * 60)
    old = file.cumulative(MAP, 50)  # of the whole steps of eight before
    assert (old.first, old.last) == (1, 48)
    assert old.histogram.axes[0].bins <= 64
    assert old.histogram.axes[1].bins <= 64
    assert old.histogram.contents.sum() == one.contents.sum() * 48
    assert old.histogram.entries == one.entries * 48
    window = file.between(MAP, 20, 50)
    assert (window.first, window.last, window.updates) == (25, 48, 24)
    assert window.histogram.contents.sum() == one.contents.sum() * 24
    across = file.between(MAP, 9, updates)  # old and new together
    assert (across.first, across.last) == (9, updates)
    assert across.histogram.contents.sum() == one.contents.sum() * (updates - 8)
    entries = history(file, MAP, "entries")
    assert entries.values.sum() == one.entries * updates
    assert (entries.first[0], entries.last[0]) == (1, 8)
    file.close()


def test_the_history_of_a_number(tmp_path: Path) -> None:
    record(tmp_path, 10)
    file = RunFile.read(run_path(tmp_path, RUN))
    assert history(file, PATH, "entries").values.tolist() == [3.0] * 10
    np.testing.assert_allclose(history(file, PATH, "mean").values, 0.5)
    rms = history(file, PATH, "rms")
    np.testing.assert_allclose(rms.values, (1 / 3 - 0.25) ** 0.5)
    np.testing.assert_allclose(rms.errors, rms.values / 6**0.5)
    assert rms.at.tolist() == [1001.0 + at for at in range(10)]
    with pytest.raises(KeyError, match="has no bin"):
        history(file, PATH, "bin", (9,))
    file.close()


def test_what_is_no_histogram_is_kept_when_it_changes(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    points = np.array([1.0, 2.0])
    for at in range(1, 4):
        items = [
            Item("Hcal/graph", Graph("graph", "", "TGraph", points, points * at)),
            Item("Hcal/run type", Scalar("run type", "cosmics")),
        ]
        recorder.note(RUN, Update("Hcal", at, 1.0), items)
        recorder.drain()
    recorder.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    found = file.others()
    assert found["Hcal/run type"].element == Scalar("run type", "cosmics")
    graph = found["Hcal/graph"].element
    assert isinstance(graph, Graph)
    assert graph.y.tolist() == [3.0, 6.0]
    file.close()
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        counted = connection.execute("SELECT count(*) FROM other GROUP BY plot")
        assert sorted(count for (count,) in counted) == [1, 3]
    connection.close()


def test_lists_and_the_producers_results_are_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    points = np.array([1.0, 2.0])
    parts = (Graph("graph", "", "TGraph", points, points), plot(1, 2))
    bad = QualityResult("occupancy", "dead", 300, 0.2, "Dead", "4 dead")
    for at, results in ((1, (bad,)), (2, (bad,)), (3, ())):
        items = [
            Item("Hcal/all", Collection("all", "", "TObjArray", parts)),
            Item(PATH, plot(at, at), qualities=results),
        ]
        recorder.note(RUN, Update("Hcal", at, 1.0), items)
        recorder.drain()
        if at == 2:
            with_results = RunFile.read(run_path(tmp_path, RUN))
            assert with_results.others()[PATH].qualities == (bad,)
            with_results.close()
    recorder.close()
    assert recorder.trouble == ""
    file = RunFile.read(run_path(tmp_path, RUN))
    found = file.others()
    file.close()
    assert (found[PATH].element, found[PATH].qualities) == (None, ())
    kept = found["Hcal/all"].element
    assert isinstance(kept, Collection)
    graph, histogram = kept.parts
    assert isinstance(graph, Graph)
    assert isinstance(histogram, Histogram)
    assert histogram.values().tolist() == [1, 2]
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        counted = connection.execute("SELECT count(*) FROM other GROUP BY plot")
        assert sorted(count for (count,) in counted) == [1, 2]
    connection.close()


# -- the index -----------------------------------------------------------------


def test_numbers_of_runs_are_rows(tmp_path: Path) -> None:
    for run, fill in ((7, 100), (8, 101), (9, 100)):
        recorder = Recorder(tmp_path, "/dqm")
        recorder.note_conditions(run, Conditions(fill=fill))
        note(recorder, 1, run, 0, run=run)
        recorder.drain()
        recorder.close()
    assert set(recorded_runs(tmp_path)) == {7, 8, 9}
    index = Index(tmp_path / FILE, reading=True)
    trend = index.trend(PATH, "entries")
    assert [(row.run, row.value, row.n) for row in trend] == [
        (7, 7.0, 7.0), (8, 8.0, 8.0), (9, 9.0, 9.0),
    ]  # fmt: skip
    assert len({row.digest for row in trend}) == 1
    assert {row.quantity for row in index.of_run(8)} == {"entries", "mean", "rms"}
    assert index.runs()[8].fill == 101
    index.close()


# -- the lease -----------------------------------------------------------------


@pytest.mark.slow  # waits for a heart-beat
def test_one_records_and_the_others_read(tmp_path: Path) -> None:
    one = Recorder(tmp_path, "/dqm")
    until(lambda: one.holds)
    other = Recorder(tmp_path, "/dqm")
    until(lambda: other.holds is False)
    note(one, 1, 1, 0)
    one.drain()
    note(other, 1, 1, 0)  # is not recorded twice
    other.drain()
    assert content(other, 1) == [1, 0]
    assert other.trouble == ""
    one.close()
    until(lambda: other.holds)  # given up, it is taken at the next heart-beat
    note(other, 2, 5, 0)
    other.drain()
    assert content(other, 1) == [4, 0]
    other.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert len(file.moments("Hcal")) == 2
    file.close()


def test_a_holder_that_has_ended_is_replaced_at_once(tmp_path: Path) -> None:
    one = Recorder(tmp_path, "/dqm")
    until(lambda: one.holds)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with sqlite3.connect(tmp_path / FILE) as connection:
        (held,) = connection.execute("SELECT holder FROM lease").fetchone()
        place, own, name = held.split(" ")
        assert own == str(os.getpid())
        ended = f"{place} {child.pid} {name}"
        connection.execute("UPDATE lease SET holder = ?", (ended,))
    connection.close()
    other = Recorder(tmp_path, "/dqm")
    until(lambda: other.holds is not None)
    assert other.holds
    other.close()
    one.close()


def test_a_lease_is_held_only_while_somebody_keeps_it(tmp_path: Path) -> None:
    index = Index(tmp_path / FILE)
    index.hold("/dqm", "cms-1 7 ab", 1000.0)
    held = {at: index.is_held("/dqm", at) for at in (990.0, 1000.0 + LEASE, 1010.0)}
    assert held == {990.0: False, 1000.0 + LEASE: True, 1010.0: False}
    assert not index.is_held("/elsewhere", 1000.0)
    index.close()


def test_a_silent_holder_is_replaced_and_writes_no_more(tmp_path: Path) -> None:
    now = [1000.0]
    one = Recorder(tmp_path, "/dqm", clock=lambda: now[0])
    note(one, 1, 1, 0)
    one.drain()
    # its heart stands still, as that of a process that was stopped
    ahead = Recorder(tmp_path, "/dqm", clock=lambda: now[0] + LEASE + 0.1)
    until(lambda: ahead.holds)
    note(ahead, 2, 3, 0)
    ahead.drain()
    now[0] += LEASE  # it wakes up
    note(one, 2, 3, 0)
    one.drain()
    assert one.holds is False
    assert one.trouble == ""
    assert content(ahead, 1) == [2, 0]
    ahead.close()
    one.close()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert [each.last for each in file.moments("Hcal")] == [1, 2]
    file.close()


def test_a_run_of_another_source_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 3, source="/one")
    recorder = Recorder(tmp_path, "/other")
    note(recorder, 1, 1, 0)
    recorder.drain()
    assert "is a record of /one, not of /other" in recorder.trouble
    recorder.close()
    assert "is a record of /one" in caplog.text
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert len(file.moments("Hcal")) == 3
    file.close()


# -- what goes wrong -------------------------------------------------------------


def full(_file: RunFile, *_: object) -> None:
    message = "database or disk is full"
    raise sqlite3.OperationalError(message)


@pytest.mark.slow  # waits for a heart-beat
def test_a_full_disk_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 1, 1, 0)
    recorder.drain()
    with monkeypatch.context() as patch:
        patch.setattr(RunFile, "add", full)
        for at in (2, 3, 4):
            note(recorder, at, at * at, 0)
            recorder.drain()
        assert "run 7 is not recorded" in recorder.trouble
        assert "full" in recorder.trouble
        assert caplog.text.count("is full") == 1
    until(lambda: not recorder.trouble)
    recorder.close()
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert history(file, PATH, "entries").values.tolist() == [1, 3, 5, 7]
    file.close()


def test_a_file_that_may_not_grow_is_whole_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [1 << 20]
    real = RunFile.add

    def bounded(file: RunFile, *update: Any) -> None:  # noqa: ANN401 - as `add` has it
        file._connection.execute(f"PRAGMA max_page_count = {pages[0]}")
        real(file, *update)

    monkeypatch.setattr(RunFile, "add", bounded)
    rng = np.random.default_rng(3)
    whole = large_map(0)
    recorder = Recorder(tmp_path, "/dqm")
    for at in range(1, 31):
        pages[0] = 20 if at < 30 else 1 << 20  # SQLite itself says that it is full
        cells = whole.contents + rng.poisson(9.0, whole.contents.shape)
        entries = float(cells.sum())
        whole = msgspec.structs.replace(
            whole, contents=cells.astype("f4"), entries=entries
        )
        items = [Item(MAP, whole), Item(PATH, plot(at, 0))]
        recorder.note(RUN, Update("Hcal", at, 1.0), items)
        recorder.drain()
        if at == 29:
            assert "full" in recorder.trouble
            file = RunFile.read(run_path(tmp_path, RUN))
            kept = len(file.moments("Hcal"))
            assert 0 < kept < 29
            assert file.cumulative(PATH).histogram.values().tolist() == [kept, 0]
            file.close()
    until(lambda: not recorder.trouble)
    recorder.close()
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert [each.last for each in file.moments("Hcal")] == list(range(1, 31))
    np.testing.assert_array_equal(
        file.cumulative(MAP).histogram.contents, whole.contents
    )
    file.close()


@pytest.mark.slow  # waits for a heart-beat
def test_what_waits_for_a_full_disk_is_bounded_and_its_counts_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 300)
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 1, 1, 0)
    recorder.drain()
    with monkeypatch.context() as patch:
        patch.setattr(RunFile, "add", full)
        for at in range(2, 12):
            note(recorder, at, at, 0)
            recorder.drain()
    until(lambda: not recorder.trouble)
    recorder.close()
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert file.cumulative(PATH).histogram.values().tolist() == [11, 0]
    assert history(file, PATH, "entries").values.sum() == 11
    file.close()


@pytest.mark.slow  # waits for a heart-beat
def test_a_file_that_is_locked_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dqmconsole.recording.database.BUSY", 0.01)
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 1, 1, 0)
    recorder.drain()
    other = sqlite3.connect(run_path(tmp_path, RUN), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    note(recorder, 2, 5, 0)
    recorder.drain()
    assert "locked" in recorder.trouble
    other.execute("COMMIT")
    until(lambda: not recorder.trouble)
    other.execute("BEGIN IMMEDIATE")
    recorder.note_end(RUN)
    recorder.drain()
    assert "the end of run 7 is not kept" in recorder.trouble
    other.execute("COMMIT")
    other.close()
    until(lambda: not recorder.trouble)
    recorder.close()
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert last_updates(file, PATH, 1).histogram.values().tolist() == [4, 0]
    assert file.has_end()
    file.close()


def test_a_damaged_file_is_set_aside_and_all_is_recorded_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = run_path(tmp_path, RUN)
    path.write_bytes(b"no database " * 1000)
    (tmp_path / FILE).write_bytes(b"no index " * 1000)
    recorder = Recorder(tmp_path, "/dqm")
    for at in (3, 4):
        note(recorder, at, at, 0)
        recorder.drain()
    until(lambda: not recorder.trouble)
    recorder.close()
    assert caplog.text.count("set aside") == 2
    caplog.clear()
    assert path.with_name(path.name + ".damaged").exists()
    file = RunFile.read(path)
    assert file.cumulative(PATH).histogram.values().tolist() == [4, 0]
    assert [(each.first, each.last) for each in file.moments("Hcal")] == [
        (1, 3),
        (4, 4),
    ]
    file.close()


def test_a_record_of_a_newer_version_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 2)
    connection = sqlite3.connect(run_path(tmp_path, RUN))
    with connection:
        connection.execute("UPDATE about SET value = '99' WHERE key = 'version'")
    connection.close()
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 3, 3, 0)
    recorder.drain()
    assert "recorded by a newer version" in recorder.trouble
    recorder.close()
    assert not list(tmp_path.glob("*.damaged*"))
    assert "set aside" not in caplog.text
    caplog.clear()


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE about SET value = ? WHERE key = 'version'", (str(version),)
        )


def test_a_run_whose_file_cannot_be_opened_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 2)
    path = run_path(tmp_path, RUN)
    set_version(path, 99)
    recorder = Recorder(tmp_path, "/dqm")
    for at in (3, 4):
        note(recorder, at, at, 0)
        note(recorder, at, at, 0, run=RUN + 1)
        recorder.drain()
    assert "run 7 is not recorded" in recorder.trouble
    assert recorder.waiting == 2
    with closing(RunFile.read(run_path(tmp_path, RUN + 1))) as file:
        assert [each.last for each in file.moments("Hcal")] == [3, 4]
    set_version(path, VERSION)
    recorder.drain()  # what waited is recorded in order
    recorder.close()
    caplog.clear()
    with closing(RunFile.read(path)) as file:
        assert [each.last for each in file.moments("Hcal")] == [1, 2, 3, 4]


def test_a_run_whose_file_cannot_be_written_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 1, 1, 0)
    recorder.drain()
    real = RunFile.add

    def failing(file: RunFile, *update: Any) -> None:  # noqa: ANN401 - as `add` has it
        if file.run == RUN:
            full(file)
        real(file, *update)

    with monkeypatch.context() as patch:
        patch.setattr(RunFile, "add", failing)
        for at in (2, 3):
            note(recorder, at, at, 0)
            note(recorder, at, at, 0, run=RUN + 1)
            recorder.drain()
        assert "run 7 is not recorded" in recorder.trouble
        with closing(RunFile.read(run_path(tmp_path, RUN + 1))) as file:
            assert [each.last for each in file.moments("Hcal")] == [2, 3]
    recorder.drain()
    recorder.close()
    caplog.clear()
    with closing(RunFile.read(run_path(tmp_path, RUN))) as file:
        assert [each.last for each in file.moments("Hcal")] == [1, 2, 3]


def test_a_file_of_damaged_updates_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 2)
    path = run_path(tmp_path, RUN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE moment SET at = 'x'")
    recorder = Recorder(tmp_path, "/dqm")
    for at in (3, 4):
        note(recorder, at, at, 0)
        recorder.drain()
    recorder.drain()
    recorder.close()
    assert "set aside" in caplog.text
    caplog.clear()
    with closing(RunFile.read(path)) as file:
        assert file.cumulative(PATH).histogram.values().tolist() == [4, 0]
        assert [each.last for each in file.moments("Hcal")] == [3, 4]


def test_a_damaged_row_is_an_error_and_no_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 5)
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        connection.execute("UPDATE live SET data = zeroblob(length(data))")
    connection.close()
    recorder = Recorder(tmp_path, "/dqm")
    with pytest.raises(DamagedRecordError):
        kept(recorder, lambda file: last_updates(file, PATH, 3))
    run_path(tmp_path, 8).write_bytes(b"no record")
    assert recorder.steps(8, PATH, 3) == ()
    assert "the record of run 8 cannot be read" in recorder.trouble
    recorder.close()
    caplog.clear()


def test_a_record_that_is_just_being_made_is_no_trouble(tmp_path: Path) -> None:
    connection = sqlite3.connect(run_path(tmp_path, RUN))
    recorder = Recorder(tmp_path, "/dqm")
    try:
        for step in (
            "PRAGMA journal_mode = WAL",
            "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        ):
            connection.execute(step)
            assert recorder.steps(RUN, PATH, 5) == ()
            assert recorder.trouble == ""
    finally:
        recorder.close()
        connection.close()


def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    recorder = Recorder(tmp_path / "file", "/dqm")
    note(recorder, 1, 1, 0)
    recorder.close()
    assert recorder.trouble
    assert recorder.steps(RUN, PATH, 1) == ()
    caplog.clear()


def test_a_bug_with_one_update_does_not_end_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "_prepare", lambda *_: [][0])
        note(recorder, 1, 1, 0)
        recorder.drain()
    assert recorder.trouble.startswith("an update is not recorded")
    note(recorder, 2, 2, 0)
    recorder.drain()
    assert recorder.trouble == ""
    assert content(recorder, 1) == [2, 0]
    recorder.close()
    recorder.drain()  # nobody is there to wait for
    caplog.clear()


def test_a_plot_whose_name_is_no_text_keeps_no_other_from_being_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/data/of \udcff")
    titled = msgspec.structs.replace(plot(1, 1), title="\udcff")
    for at in (1, 2):
        items = [Item(PATH, plot(at, 0)), Item("Hcal/\udcff", plot(at, 0))]
        items.append(Item("Hcal/titled", titled))
        recorder.note(RUN, Update("Hcal", at, 1.0), items)
        recorder.drain()
    assert recorder.waiting == 0
    assert content(recorder, 1) == [1, 0]
    assert "is not recorded" in recorder.trouble
    assert recorder.trouble.encode()
    recorder.close()
    index = Index(tmp_path / FILE, reading=True)
    assert index.trend(PATH, "entries")
    index.close()
    caplog.clear()


def test_a_plot_that_holds_numbers_again_is_recorded_with_them(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, lost in enumerate((np.nan, np.inf, 5.0, 6.0), start=1):
        note(recorder, at, lost, at)
        recorder.drain()
    found = kept(recorder, lambda file: file.cumulative(PATH))
    assert found.histogram.values().tolist() == [6, 4]
    assert content(recorder, 1) == [1, 1]
    recorder.close()


def test_an_update_that_can_never_be_written_is_covered_by_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    other = [Item("Ecal/a", plot(5, 0))]
    recorder.note(RUN, Update("Ecal", 1, 1.0), other)
    for at in (1, 2**70, 3, 4):  # the second is wider than a number of SQLite
        note(recorder, at, at if at < 9 else 2, 0)
        recorder.drain()
    assert recorder.waiting == 0
    found = kept(recorder, lambda file: file.cumulative(PATH))
    assert found.histogram.values().tolist() == [4, 0]
    found = kept(recorder, lambda file: file.cumulative("Ecal/a"))
    assert found.histogram.values().tolist() == [5, 0]
    recorder.close()
    assert "too large" in caplog.text
    caplog.clear()


def test_a_record_that_is_removed_while_it_is_written_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.05)
    folder = tmp_path / "records"
    recorder = Recorder(folder, "/dqm")
    note(recorder, 1, 3, 0)
    recorder.drain()
    shutil.rmtree(folder)
    until(run_path(folder, RUN).exists)
    recorder.drain()
    note(recorder, 2, 5, 0)
    recorder.drain()
    found = kept(recorder, lambda file: file.cumulative(PATH))
    assert found.histogram.values().tolist() == [5, 0]
    recorder.close()
    assert "was removed" in caplog.text
    caplog.clear()


def test_a_folder_that_cannot_be_seen_for_a_moment_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.05)
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 1, 3, 0)
    recorder.drain()
    recorder.note_conditions(RUN, Conditions(fill=8))

    def refuse(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        until(lambda: recorder.trouble)
        assert "Permission denied" in recorder.trouble
        assert kept_conditions(tmp_path, RUN) == Conditions()
        note(recorder, 2, 5, 0)
        recorder.note_end(RUN)
    recorder.drain()
    note(recorder, 3, 9, 0)
    until(lambda: not recorder.trouble)
    recorder.close()
    caplog.clear()
    with closing(RunFile.read(run_path(tmp_path, RUN))) as file:
        assert history(file, PATH, "entries").values.tolist() == [3, 2, 4]
        assert file.has_end()
    assert kept_conditions(tmp_path, RUN).fill == 8


def test_what_ends_the_recorder_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    until(lambda: recorder.holds)

    def fail(_: Recorder) -> None:
        message = "no such thing"
        raise AssertionError(message)

    monkeypatch.setattr(Recorder, "_take_notes", fail)
    note(recorder, 1, 1, 0)
    recorder.drain()
    recorder.close()
    assert "nothing more is recorded" in recorder.trouble
    assert "no such thing" in recorder.trouble
    assert recorder.steps(RUN, PATH, 1) == ()
    assert recorder.trouble
    caplog.clear()


def test_the_oldest_runs_go(tmp_path: Path) -> None:
    for run in (5, 6, 7):
        record(tmp_path, 2, run=run)
        os.utime(run_path(tmp_path, run), (run * 1000.0, run * 1000.0))
    old = 6.5 * 1000 + 86400
    recorder = Recorder(tmp_path, "/dqm", Limits(days=1.0), clock=lambda: old)
    until(lambda: recorder.holds)
    recorder.close()
    assert set(recorded_runs(tmp_path)) == {7}
    record(tmp_path, 2, run=8)
    record(tmp_path, 2, run=9)
    recorder = Recorder(tmp_path, "/dqm", Limits(bytes=1))
    until(lambda: recorder.holds)
    recorder.close()
    assert set(recorded_runs(tmp_path)) == {9}  # the newest never
    index = Index(tmp_path / FILE, reading=True)
    assert len(index.trend(PATH, "entries")) == 5  # for trends
    assert set(index.runs()) == {9}
    index.close()


def test_a_clock_that_was_set_ahead_makes_no_run_old(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = 0.0
    recorder = Recorder(tmp_path, "/dqm", clock=lambda: time.time() + ahead)
    for run in range(5, 10):
        if run == 9:
            ahead = 100 * 86400.0
        note(recorder, 1, 1, 0, run=run)
        recorder.drain()
    assert set(recorded_runs(tmp_path)) == {5, 6, 7, 8, 9}
    assert "no record is removed for its age" in caplog.text
    ahead = 0.0  # it was set right
    caplog.clear()
    os.utime(run_path(tmp_path, 5), (1000.0, 1000.0))
    note(recorder, 1, 1, 0, run=10)
    recorder.drain()
    assert set(recorded_runs(tmp_path)) == {6, 7, 8, 9, 10}
    recorder.close()
    assert recorder.trouble == ""


@pytest.mark.parametrize("name", [FILE, run_path(Path(), RUN).name])
def test_a_file_whose_names_are_no_text_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    record(tmp_path, 3)
    path = tmp_path / name
    damaged = path.read_bytes().replace(b"tablerun", b"table\x95un")
    path.write_bytes(damaged.replace(b"tablemoment", b"table\x95oment"))
    with pytest.raises(sqlite3.DatabaseError, match="its names are no text"):
        open_reading(path)
    recorder = Recorder(tmp_path, "/dqm")
    note(recorder, 4, 4, 0)
    recorder.drain()
    until(lambda: not recorder.trouble)
    recorder.close()
    assert "set aside" in caplog.text
    caplog.clear()
    assert path.with_name(f"{name}.damaged").exists()
    found = kept(recorder, lambda file: file.cumulative(PATH))
    assert found.histogram.values().tolist() == [4, 0]


def test_a_record_that_is_empty_is_said_to_be_begun_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_path(tmp_path, RUN).touch()
    recorder = Recorder(tmp_path, "/dqm")
    for at in (3, 4):  # what was said holds until the next is written
        note(recorder, at, at, 0)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    assert caplog.text.count("it was empty, and is begun again") == 1
    caplog.clear()
    found = kept(recorder, lambda file: file.cumulative(PATH))
    assert found.histogram.values().tolist() == [4, 0]


def test_a_plot_whose_record_is_damaged_is_begun_again_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tmp_path, 5)
    with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
        (number,) = connection.execute(
            "SELECT id FROM plot WHERE path = ?", (PATH,)
        ).fetchone()
        connection.execute(
            "UPDATE live SET data = zeroblob(length(data)) WHERE id & ? = ?",
            ((1 << 24) - 1, number),
        )
    connection.close()
    recorder = Recorder(tmp_path, "/dqm")
    for at in (6, 7):
        items = [Item(PATH, plot(at, 0)), Item(MAP, large_map(at))]
        recorder.note(RUN, Update("Hcal", at, 1000.0 + at, 10.0 * at), items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    assert f"{PATH} is begun again in run {RUN}" in caplog.text
    caplog.clear()
    file = RunFile.read(run_path(tmp_path, RUN))
    assert file.cumulative(PATH).histogram.values().tolist() == [7, 0]
    assert last_updates(file, MAP, 7).updates == 7  # of the others nothing is lost
    file.close()


def test_a_damaged_index_is_begun_again_and_the_numbers_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Index.keep
    broken = [True]

    def damaged(index: Index, rows: Iterable[Quantity]) -> None:
        if broken.pop() if broken else False:
            message = "database disk image is malformed"
            raise sqlite3.DatabaseError(message)
        keep(index, rows)

    monkeypatch.setattr(Index, "keep", damaged)
    monkeypatch.setattr(module, "INDEXED_EVERY", 1)
    recorder = Recorder(tmp_path, "/dqm")
    for at in (1, 2):
        note(recorder, at, at, 0)
        recorder.drain()
    recorder.close()
    assert "numbers of run 7 are not kept" in caplog.text
    assert (tmp_path / f"{FILE}.damaged").exists()
    caplog.clear()
    index = Index(tmp_path / FILE, reading=True)
    assert [each.value for each in index.trend(PATH, "entries")] == [2]
    index.close()
