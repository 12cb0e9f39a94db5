from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dqm_files import T0, snapshot
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.run import Client, RunState
from dqmconsole.sources.clients import DEFAULT_PERIOD, Track, client_at
from dqmconsole.sources.open_files import FileProgress

if TYPE_CHECKING:
    from dqmconsole.sources.snapshots import Snapshot


def feed(track: Track, ls: int, at: float, events: int, pid: int = 12) -> str:
    """One snapshot arrives `at` and is read; what was said of it."""
    found = snapshot(10, ls, pid=pid, written=at)
    said = track.arrive(found, at, first_look=False)
    content = FileProgress(lumisection=ls, events=events, timestamp=at - 2)
    return said or track.read(found, content)


def at(
    track: Track,
    now: float,
    used: Snapshot | None,
    state: RunState = RunState.RUNNING,
    run: int = 10,
) -> Client:
    return client_at(track, now, subsystem="Hcal", run=run, state=state, used=used)


def test_period_is_measured_and_silence_follows_it() -> None:
    track = Track("Hcal")
    feed(track, 1, T0, 10)
    assert track.period is None
    used = snapshot(10, 1)
    assert at(track, T0 + 2 * DEFAULT_PERIOD - 1, used).state == "live"
    assert at(track, T0 + 2 * DEFAULT_PERIOD + 1, used).state == "silent"
    for ls, moment in ((2, T0 + 20), (3, T0 + 43), (4, T0 + 66)):
        feed(track, ls, moment, 10 * ls)
    assert track.period == pytest.approx(23)
    used = snapshot(10, 4, written=T0 + 66)
    client = at(track, T0 + 66 + 45, used)
    assert client.state == "live"
    assert client.rate == pytest.approx(10 / 23)
    assert client.lag == pytest.approx(2)
    assert client.produced == pytest.approx(T0 + 64)
    client = at(track, T0 + 66 + 47, used)
    assert (client.state, client.rate) == ("silent", None)
    assert "47 s" in client.sentence
    assert "23 s" in client.sentence


def test_frozen_content_in_fresh_files() -> None:
    track = Track("Hcal")
    content = FileProgress(lumisection=3, events=900, timestamp=T0)
    for ls in (3, 4, 5):
        found = snapshot(10, ls, written=T0 + ls)
        track.arrive(found, T0 + ls, first_look=False)
        track.read(found, content)
        expected = "frozen" if ls == 5 else "live"
        assert at(track, T0 + ls, found).state == expected
    found = snapshot(10, 6, written=T0 + 6)
    track.arrive(found, T0 + 6, first_look=False)
    track.read(found, FileProgress(lumisection=6, events=901, timestamp=T0 + 6))
    assert at(track, T0 + 6, found).state == "live"


def test_no_events_without_beam_is_not_frozen() -> None:
    track = Track("Hcal")
    for ls in range(1, 6):
        found = snapshot(10, ls, written=T0 + ls)
        track.arrive(found, T0 + ls, first_look=False)
        track.read(found, FileProgress(lumisection=ls, events=0, timestamp=T0 + ls))
    assert at(track, T0 + 5, found).state == "live"


def test_files_that_say_nothing_are_not_frozen() -> None:
    track = Track("Hcal")
    for ls in range(1, 6):
        found = snapshot(10, ls, written=T0 + ls)
        track.arrive(found, T0 + ls, first_look=False)
        track.read(found, FileProgress())
    client = at(track, T0 + 5, found)
    assert client.state == "live"
    assert client.produced == T0 + 5


def test_a_restart_is_said_once_and_alarms_nobody() -> None:
    track = Track("Hcal")
    for ls in (39, 40):
        assert feed(track, ls, T0 + ls, 1000 * ls) == ""
    said = feed(track, 41, T0 + 41, 12, pid=13)
    assert said == (
        "Hcal client restarted (pid 12 → 13), its counts begin again at LS 41"
    )
    assert feed(track, 42, T0 + 42, 50, pid=13) == ""
    assert track.writers == ()
    client = at(track, T0 + 42, snapshot(10, 42, pid=13))
    assert client.state == "live"
    assert client.since == 41
    track.arrive(snapshot(11, 1, written=T0 + 50), T0 + 50, first_look=False)
    track.read(snapshot(11, 1, written=T0 + 50), FileProgress(events=9, lumisection=1))
    assert track.since is None  # in a new run nothing is missing


def test_a_restarted_client_that_reads_all_again_has_the_whole_run() -> None:
    track = Track("Hcal")
    feed(track, 40, T0, 40_000)
    feed(track, 3, T0 + 1, 3000, pid=13)
    assert track.since is None


def test_counts_that_fall_in_the_same_process_are_said() -> None:
    track = Track("Hcal")
    feed(track, 5, T0, 5000)
    said = feed(track, 6, T0 + 1, 20)
    assert (
        said == "Hcal client starts counting again at LS 6: 5000 events before, 20 now"
    )
    assert track.rate is None


def test_two_writers_that_take_turns() -> None:
    track = Track("Hcal")
    feed(track, 1, T0, 100)
    feed(track, 1, T0 + 1, 50, pid=13)
    assert track.writers == ()
    feed(track, 2, T0 + 20, 200)
    feed(track, 2, T0 + 21, 150, pid=13)
    assert track.writers == (("a", 12), ("a", 13))
    used = snapshot(10, 2, pid=13, written=T0 + 21)
    assert at(track, T0 + 21, used).sentence.startswith(
        "2 Hcal clients write at once (pid 12 and pid 13)"
    )
    for ls in range(3, 8):  # one of them ends
        feed(track, ls, T0 + 20 * ls, 100 * ls)
    assert track.writers == ()


def test_a_late_file_of_the_old_process_is_not_a_second_writer() -> None:
    track = Track("Hcal")
    feed(track, 1, T0, 100)
    feed(track, 3, T0 + 60, 5, pid=13)
    late = snapshot(10, 2, written=T0 + 30)
    assert track.arrive(late, T0 + 61, first_look=False) == ""
    assert track.writers == ()


def test_a_clock_that_is_ahead_does_not_keep_data_young() -> None:
    track = Track("Hcal")
    found = snapshot(10, 1, written=T0)
    track.arrive(found, T0 + 0.2, first_look=False)
    track.read(found, FileProgress(lumisection=1, events=1, timestamp=T0 + 3600))
    client = at(track, T0 + 10, found)
    assert client.produced == T0
    assert track.reading is not None
    assert track.reading.skew == pytest.approx(3599.8)


def test_a_file_server_that_is_ahead_does_not_either() -> None:
    track = Track("Hcal")
    found = snapshot(10, 1, written=T0 + 500)
    track.arrive(found, T0, first_look=False)
    track.read(found, FileProgress())
    client = at(track, T0 + 10, found)
    assert (client.produced, client.written) == (T0, T0)


def test_one_file_from_the_future_does_not_silence_those_after_it() -> None:
    track = Track("Hcal")
    for ls in range(1, 9):
        moment = T0 + 20 * ls
        written = T0 + 86400 if ls == 4 else moment
        track.arrive(snapshot(10, ls, written=written), moment, first_look=False)
    assert track.period == pytest.approx(20)
    used = snapshot(10, 8, written=T0 + 160)
    assert at(track, T0 + 170, used).state == "unmoved"
    assert at(track, T0 + 201, used).state == "silent"
    later = snapshot(10, 9, written=T0 + 180)
    track.arrive(later, T0 + 200, first_look=False)
    assert at(track, T0 + 230, later).state == "unmoved"


def test_waiting_ended_final_unreadable() -> None:
    track = Track("Hcal")
    feed(track, 7, T0, 100)
    used = snapshot(10, 7)
    waiting = at(track, T0 + 1, None, run=11)
    assert (waiting.state, waiting.run) == ("waiting", 10)
    assert waiting.sentence == "Has not entered run 11; its latest file is of run 10"
    assert at(track, T0 + 1, used, RunState.ENDED).state == "ended"
    assert at(track, T0 + 1e6, snapshot(10), RunState.FINAL).state == "final"
    broken = client_at(
        track,
        T0 + 1,
        subsystem="Hcal",
        run=10,
        state=RunState.RUNNING,
        used=used,
        unreadable="x.root: cut short",
    )
    assert broken.state == "unreadable"
    assert "the last good file is shown, LS 7" in broken.sentence


def test_repeated_files_are_no_sign_of_life() -> None:
    track = Track("Hcal")
    feed(track, 1, T0, 10)
    feed(track, 2, T0 + 10, 20)
    again = snapshot(10, 2, written=T0 + 300)
    track.arrive(again, T0 + 300, first_look=False)
    assert at(track, T0 + 301, snapshot(10, 2)).state == "silent"


@given(st.permutations(range(1, 9)))
def test_the_period_does_not_depend_on_the_order(order: list[int]) -> None:
    track = Track("Hcal")
    for ls in order:
        found = snapshot(10, ls, written=T0 + 23 * ls)
        track.arrive(found, T0 + 1000, first_look=True)
    assert track.period == pytest.approx(23)
    assert track.last is not None
    assert track.last.lumisection == 8


def test_a_restarted_client_that_reads_the_run_again() -> None:
    track = Track("Hcal")
    for ls in (40, 41):
        feed(track, ls, T0 + ls, 100 * ls)
    behind = snapshot(10, 15, pid=13, written=T0 + 60)
    assert "restarted" in track.arrive(behind, T0 + 60, first_look=False)
    client = at(track, T0 + 60, snapshot(10, 41, written=T0 + 41))
    assert client.sentence.startswith("Live at LS 41, its new process is at LS 15")


def test_each_sentence_calls_a_lumisection_as_the_site_does() -> None:
    track = Track("Hcal", unit="spill")
    feed(track, 40, T0, 100)
    assert "again at spill 41" in feed(track, 41, T0 + 20, 50)
    assert "again at spill 42" in feed(track, 42, T0 + 40, 5, pid=13)
    behind = snapshot(10, 15, pid=14, written=T0 + 60)
    track.arrive(behind, T0 + 60, first_look=False)
    used = snapshot(10, 42, written=T0 + 40)
    found = at(track, T0 + 60, used).sentence
    assert found.startswith("Live at spill 42, its new process is at spill 15")
    run = {"subsystem": "Hcal", "run": 10, "state": RunState.RUNNING, "used": used}
    broken = client_at(track, T0 + 60, **run, unreadable="cut short")  # type: ignore[arg-type]
    assert "the last good file is shown, spill 42" in broken.sentence


def test_content_that_stands_still_ends_where_it_ended() -> None:
    track = Track("Hcal")
    told = FileProgress(lumisection=2, events=900, timestamp=T0)
    silent = FileProgress(events=900)  # it does not say its lumisection
    for content, ends in ((told, 2), (silent, 3)):
        track = Track("Hcal")
        for ls in (3, 4, 5):
            found = snapshot(10, ls, written=T0 + ls)
            track.arrive(found, T0 + ls, first_look=False)
            track.read(found, content)
        client = at(track, T0 + 5, found)
        assert (client.state, client.lumisection, client.content) == ("frozen", 5, ends)
    found = snapshot(10, 6, written=T0 + 6)
    track.arrive(found, T0 + 6, first_look=False)
    track.read(found, FileProgress(events=901))
    assert at(track, T0 + 6, found).content == 6
