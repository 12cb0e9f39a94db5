"""Killed for real, at fifty moments: what was kept is there, and the sums are right."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.recorded import MAP, PATH, RUN, history, large_map
from support.waiting import PATIENCE

from dqmconsole.recording.index import FILE
from dqmconsole.recording.run_file import RunFile, run_path

CHILD = Path(__file__).parent.parent / "support" / "recording_child.py"
MOMENTS = 50


def recorded_until_killed(folder: Path, start: int, updates: int, wait: float) -> int:
    """The last update that a child kept before it was killed.

    Args:
        folder: where it records.
        start: its first update.
        updates: how many it keeps before.
        wait: s that it goes on then.
    """
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), str(start)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        last = start - 1
        for _ in range(updates):
            line = child.stdout.readline()
            assert line, "the child ended by itself"
            last = int(line)
        try:
            child.wait(wait)  # somewhere in the midst of the next ones
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        assert child.wait(PATIENCE) == -signal.SIGKILL
        rest = child.stdout.read().splitlines()
    return int(rest[-1]) if rest else last


def forget_the_lease(folder: Path) -> None:
    """As if ten seconds had gone by since the holder was killed."""
    with sqlite3.connect(folder / FILE) as connection:
        connection.execute("UPDATE lease SET at = 0")
    connection.close()


@pytest.mark.slow
def test_killed_at_fifty_moments_nothing_that_was_kept_is_lost(tmp_path: Path) -> None:
    chance = random.Random(10)
    start, blocks = 1, 0
    for _ in range(MOMENTS):
        # long enough that rows are put together now and then
        updates, wait = chance.choice((1, 5, 25)), chance.uniform(0, 0.05)
        kept = recorded_until_killed(tmp_path, start, updates, wait)
        with sqlite3.connect(run_path(tmp_path, RUN)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            (blocks,) = connection.execute("SELECT count(*) FROM block").fetchone()
        connection.close()
        file = RunFile.read(run_path(tmp_path, RUN))
        moments = file.moments("Hcal")
        last = moments[-1].last
        assert last in (kept, kept + 1)  # it was killed before it could say so
        assert [each.last for each in moments] == list(range(1, last + 1))
        assert file.cumulative(PATH).histogram.values().tolist() == [last, 2 * last]
        whole = file.cumulative(MAP).histogram
        expected = large_map(last, bins=(70, 60))
        np.testing.assert_array_equal(whole.contents, expected.contents)
        series = history(file, PATH, "bin", (2,))
        assert series.values.tolist() == [2.0] * last
        assert history(file, MAP, "entries").values.sum() == expected.entries
        file.close()
        forget_the_lease(tmp_path)
        start = last + 1
    assert blocks > 4
