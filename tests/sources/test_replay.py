from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dqm_files import PATHS, T0, file_name, settle, snapshot, write
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.run import RunState
from dqmconsole.sources.replay import (
    LONGEST_WAIT,
    LUMISECTION,
    Timeline,
    open_replay,
    recorded_times,
)
from dqmconsole.sources.scanner import DirectScanner
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from pathlib import Path

NOW = T0 + 1e7


def record(folder: Path, *, copied: bool = False) -> None:
    """Two runs of Hcal, a snapshot every 20 s, then the final file."""
    moment = T0
    for run in (10, 11):
        for ls in (1, 2, 3, None):
            write(
                folder,
                file_name("Hcal", run, ls),
                run=run,
                ls=ls or 3,
                events=10 * (ls or 3),
                stamp=moment - 4,
                written=NOW - 100 if copied else moment,
                value=1000 * run + (ls or 9),
            )
            moment += 20
        moment += 3600  # an hour without a run


@pytest.mark.parametrize("copied", [False, True])
def test_a_recorded_run_is_played_at_ten_times_its_speed(
    tmp_path: Path, copied: bool
) -> None:
    record(tmp_path, copied=copied)
    replay = open_replay(
        tmp_path, speed=10, paths=PATHS, scanner=DirectScanner.of(tmp_path)
    )
    assert replay.banner == "REPLAY"
    settle(replay, NOW)
    seen = []
    for tenths in range(1000):
        now = NOW + tenths / 10
        while replay.poll(now):
            pass
        element = replay.element(replay.current_run, "Hcal/Task/value")
        assert isinstance(element, Scalar)
        (client,) = replay.clients(now)
        if not seen or seen[-1][1] != element.value:
            seen.append((tenths / 10, element.value, client.state))
            assert client.produced is not None
            age = 0.0 if copied else 0.4  # without times on disk, the producer's
            assert -0.01 <= now - client.produced - age <= 0.11
    assert [(value, state) for _, value, state in seen] == [
        (10_001, "live"),
        (10_002, "live"),
        (10_003, "live"),
        (10_009, "final"),
        (11_001, "live"),
        (11_002, "live"),
        (11_003, "live"),
        (11_009, "final"),
    ]
    assert [when for when, _, _ in seen[:4]] == pytest.approx([0, 2, 4, 6], abs=0.11)
    assert seen[4][0] == pytest.approx(6 + LONGEST_WAIT / 10, abs=0.11)
    assert replay.run_state(11) is RunState.FINAL
    assert replay.problems() == ()
    replay.close()


def test_the_speed_must_be_above_zero(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="speed above 0"):
        open_replay(tmp_path, speed=0, scanner=DirectScanner.of(tmp_path))


def test_a_recording_without_any_time_goes_by_lumisection() -> None:
    files = [snapshot(10, ls) for ls in (1, 4, None)]
    times = recorded_times(files, lambda _: None)
    ordered = [times[file.file] for file in files]
    assert ordered == pytest.approx([LUMISECTION, 4 * LUMISECTION, 5 * LUMISECTION])


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=20),
    st.floats(0.1, 100),
    st.lists(st.floats(-1e4, 2e6), min_size=2, max_size=10),
)
def test_a_timeline_never_runs_backwards(
    times: list[float], speed: float, moments: list[float]
) -> None:
    timeline = Timeline(times, NOW, speed)
    played = [timeline.played(moment) for moment in sorted(moments)]
    assert played == sorted(played)
    assert timeline.played(min(times)) == pytest.approx(NOW)
