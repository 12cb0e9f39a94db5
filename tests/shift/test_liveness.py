"""Whether the data are live, whatever the engine is."""

from __future__ import annotations

import msgspec
import pytest

from dqmconsole.model.run import Client, ClientState, Conditions, RunInfo, RunState
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.liveness import (
    PLAYED,
    Liveness,
    liveness,
    since_words,
    stale_since,
)

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
LIVE = EngineState("live", "", 0.3)


def run_of(*states: ClientState) -> RunInfo:
    clients = tuple(
        Client(f"S{at}", 7, 9, each, produced=NOW - 700, written=NOW - 600 - at)
        for at, each in enumerate(states)
    )
    return RunInfo(7, lumisection=9, clients=clients)


@pytest.mark.parametrize(
    ("states", "words", "alarming"),
    [
        (["live"] * 16, "LIVE", False),
        (["live"] * 14 + ["silent", "frozen"], "LIVE, 2 of 16 stale", True),
        (["live", "waiting"], "LIVE", False),
        (["silent", "silent"], "STALE since 10:56 UTC", True),
        (["frozen"], "STALE since 10:55 UTC", True),
        (["unreadable", "waiting"], "STALE since 10:56 UTC", True),
        (["waiting"], "WAITING", False),
        ([], "WAITING", False),
    ],
)
def test_live_is_what_the_data_are(
    states: list[ClientState], words: str, alarming: bool
) -> None:
    found = liveness(run_of(*states), LIVE, NOW)
    assert found == Liveness(words, alarming)
    played = liveness(run_of(*states), LIVE, NOW, PLAYED)
    assert played == Liveness(words.replace("LIVE", "PLAYED"), alarming)


def test_a_pause_is_a_state_and_alarms_nobody() -> None:
    paused = Conditions(daq_state="paused")
    run = msgspec.structs.replace(run_of("silent", "frozen"), conditions=paused)
    words = "DAQ paused since 10:56 UTC"
    assert liveness(run, LIVE, NOW) == Liveness(words, alarming=False)
    one = msgspec.structs.replace(run_of("silent", "live"), conditions=paused)
    assert liveness(one, LIVE, NOW) == Liveness("LIVE, 1 of 2 stale", alarming=True)


def test_behind_a_silent_engine_nothing_is_live() -> None:
    silent = EngineState("silent", "", 120.0)
    found = liveness(run_of("live"), silent, NOW)
    assert found == Liveness("STALE since 11:04 UTC", alarming=True)


def test_a_run_that_is_over_is_neither_live_nor_stale() -> None:
    over = msgspec.structs.replace(run_of("ended", "silent"), state=RunState.ENDED)
    assert liveness(over, LIVE, NOW) == Liveness("ENDED", alarming=False)
    final = msgspec.structs.replace(over, state=RunState.FINAL)
    assert liveness(final, LIVE, NOW) == Liveness("FINAL", alarming=False)


def test_a_recording_is_not_live_and_not_stale() -> None:
    old = RunInfo(7, RunState.RECORDED, recorded=1_777_677_245.0)
    words = "RECORDED 2026-05-01 23:14 UTC"
    assert liveness(old, LIVE, NOW) == Liveness(words, alarming=False, recorded=True)


def test_an_onset_of_another_day_has_its_day() -> None:
    assert since_words(NOW - 86400, NOW) == "2026-11-17 11:06 UTC"
    assert since_words(NOW - 60, NOW) == "11:05 UTC"


def test_a_client_without_times_has_no_onset() -> None:
    assert stale_since(Client("Hcal", 7, state="silent")) is None
    nameless = RunInfo(7, clients=(Client("Hcal", 7, state="silent"),))
    assert liveness(nameless, LIVE, NOW).words == "STALE"
