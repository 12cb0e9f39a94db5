from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from support.recorded_site import SHAPE, make_recorded_site, plot

from dqmconsole.app.cli import run
from dqmconsole.desk import study_pieces
from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.desk.injections import (
    RecordedGround,
    closes,
    injected,
    with_fault,
)
from dqmconsole.desk.judge_source import JudgeError
from dqmconsole.desk.study import Study
from dqmconsole.desk.study_found import Cell
from dqmconsole.desk.study_pieces import StudyError
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.packing import Increment
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import run_path
from dqmconsole.site.site import read_site
from dqmconsole.sources.recorded_steps import RecordedSteps

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from dqmconsole.engine.context import SourceContext
    from dqmconsole.model.histogram import Array

RUN = 7
UPDATES = 24
LAYOUT = """\
layout: Hcal
owner: hcal-dqm
pages:
  - page: One
    audience: expert
    plots:
      - path: Hcal/Digi/a
        window: 5 LS
        axes: {x: tower}
        checks: [{kolmogorov: {warn_above: 0.05, bad_above: 0.1}}]
"""
REFERENCES = """\
- {run: 100, chosen_by: A. Shifter, chosen_on: 2026-05-01, why: smooth}
"""
_places = st.integers(0, 10**6)


def _site(folder: Path, updates: int = UPDATES) -> Path:
    """A site, with a recorded run that fills a plot as its reference is filled."""
    make_recorded_site(folder, REFERENCES)
    (folder / "layouts/Hcal.yaml").write_text(LAYOUT)
    (folder / "layouts/DT.yaml").unlink()
    recorder = Recorder(folder / "records", "/dqm")
    total, rng = np.zeros(12), np.random.default_rng(1)
    for at in range(1, updates + 1):
        total[1:-1] += rng.poisson(10 * np.array(SHAPE))
        filled = plot("a", SHAPE, 0)
        whole = Histogram(
            *("a", "a", "TH1F", filled.axes, total.astype("f4")),
            entries=float(total.sum()),
        )
        items = [Item("Hcal/Digi/a", whole), Item("Hcal/Digi/b", whole)]
        recorder.note(RUN, Update("Hcal", at, 1000.0 + 20 * at, 1000.0 * at), items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    return folder


@given(st.sampled_from(sorted(INJECTIONS)), _places, st.integers(1, 3))
def test_a_fault_is_the_same_each_time_and_changes_something(
    fault: str, place: int, size: int
) -> None:
    rng = np.random.default_rng(place)
    usual = np.pad(rng.uniform(1, 9, (20, 10)), 1)
    sizes = INJECTIONS[fault].sizes
    once, twice = (
        injected(fault, sizes[min(size, len(sizes) - 1)], place, usual, usual * 7)
        for _ in range(2)
    )

    assert (once == twice).all()
    assert (once >= 0).all()
    assert not np.allclose(once, usual * 7)


@given(_places, st.sampled_from([1.0, 3.0, 10.0, 30.0]))
def test_a_dead_block_is_as_large_as_it_is_asked_to_be(place: int, size: float) -> None:
    usual = np.pad(np.ones((40, 40)), 1)
    lost = injected("dead-block", size, place, usual, usual)[1:-1, 1:-1] == 0

    assert lost.mean() == pytest.approx(size / 100, abs=0.02)
    rows, columns = np.flatnonzero(lost.any(axis=1)), np.flatnonzero(lost.any(axis=0))
    assert lost.sum() == rows.size * columns.size == (
        np.ptp(rows) + 1) * (np.ptp(columns) + 1)  # fmt: skip


@given(_places)
def test_one_cell_alone_is_hot(place: int) -> None:
    usual = np.pad(np.full(50, 2.0), 1)
    hot = injected("hot-cell", 10.0, place, usual, usual * 3)

    assert sorted(hot[1:-1])[-2:] == pytest.approx([6.0, 66.0])
    assert (hot != usual * 3).sum() == 1


@given(
    npst.arrays(
        np.float64,
        npst.array_shapes(min_dims=1, max_dims=2, min_side=3, max_side=14),
        elements=st.integers(0, 99),
    ).filter(lambda each: each[(slice(1, -1),) * each.ndim].any()),
    st.floats(0.01, 9.0),
    st.booleans(),
)
def test_a_shift_loses_nothing_and_turns_round_closed_axes_alone(
    gained: Array, size: float, closed: bool
) -> None:
    moved = injected("shift", size, 1, gained, gained, closed=closed)

    assert moved.sum() == gained.sum()
    assert (moved[0] == gained[0]).all()  # what was below the axis stays there
    inner = slice(1, -1)
    if closed:
        assert (moved[-1] == gained[-1]).all()
        assert sorted(moved[inner].ravel()) == sorted(gained[inner].ravel())
        return
    by = next(
        n
        for n in range(1, len(gained) - 1)
        if (moved[1 : 1 + n] == 0).all()
        and (moved[1 + n : -1] == gained[1 : -1 - n]).all()
    )
    lost = gained[len(gained) - 1 - by : -1].sum(axis=0)
    assert (moved[-1] == gained[-1] + lost).all()


@pytest.mark.parametrize(
    ("axis", "title", "does"),
    [
        (Axis(24, -math.pi, math.pi, title="φ [rad]"), "", True),
        (Axis(64, -3.2, 3.2, title="Track #phi"), "", True),
        (Axis(72, 0.5, 72.5, title="iphi"), "", True),
        (Axis(72, 0.0, 360.0), "Digi occupancy, i#phi", True),
        (Axis(3564, -0.5, 3563.5, title="Bx"), "", True),
        (Axis(64, -3.2, 3.2, title="η"), "Track #phi", False),
        (Axis(18, 0.5, 18.5, title="iφ"), "", False),
        (Axis(7, -3.5, 3.5, title="BX"), "", False),
        (Axis(72, 0.5, 72.5, title="chip hits"), "chiphi", False),
        (
            Axis(2, -math.pi, math.pi, np.array([-math.pi, 1.0, math.pi]), "φ"),
            *("", False),
        ),
    ],
)
def test_a_full_turn_and_an_orbit_close_on_themselves(
    axis: Axis, title: str, does: bool
) -> None:
    assert closes(axis, title) is does


def test_entries_of_a_shift_count_what_fell_off() -> None:
    contents = np.array([0, 0, 5, 9, 5, 0, 0], "f4")
    booking = Booking("h", "t", "TH1F", (Axis(5, 0.0, 5.0),), ("f4", "", "", ""))
    gained = Increment(contents, None, None, None, entries=19.0)
    cell = Cell("shift", "Hcal", 9.0, "RMS along x", 1, "recorded")
    found = with_fault(cell, contents.astype(float), booking, gained, 7)
    assert found.entries == 19.0
    assert found.contents.tolist() == [0, 0, 0, 0, 0, 0, 19]


def test_the_updates_of_a_record_come_again(tmp_path: Path) -> None:
    _site(tmp_path)
    source = RecordedSteps(run_path(tmp_path / "records", RUN))
    assert source.lumisections == tuple(range(2, UPDATES + 1))

    at = source.go_on(2)
    assert at == pytest.approx(1040.0)
    assert source.poll(0.0)
    assert not source.poll(0.0)
    (client,) = source.clients(0.0)
    assert (client.state, client.lumisection) == ("unmoved", 2)
    for lumisection in source.lumisections[1:]:
        source.go_on(lumisection)
    (client,) = source.clients(0.0)
    assert (client.state, client.lumisection) == ("live", UPDATES)
    gained = sum(
        source.increment("Hcal/Digi/a", each).contents for each in source.lumisections
    )
    element = source.element(RUN, "Hcal/Digi/a")
    assert isinstance(element, Histogram)
    assert (element.contents == gained).all()
    source.close()


def test_too_few_updates_and_unknown_faults_are_refused(tmp_path: Path) -> None:
    site = _site(tmp_path, 9)
    path = run_path(tmp_path / "records", RUN)

    with pytest.raises(StudyError, match="8 whole updates; 12 are needed"):
        RecordedGround(path, read_site(site), 1, 1)
    with pytest.raises(StudyError, match="'hv-trip' is put into records, but dead"):
        RecordedGround(path, read_site(site), 1, 1, ("hv-trip",))


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    site = _site(tmp_path)
    path = run_path(tmp_path / "records", RUN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE live SET data = x'00'")

    with pytest.raises(StudyError, match="cannot be read"):
        RecordedGround(path, read_site(site), 1, 1)


def _study(site: Path, tmp_path: Path) -> Result:
    words = ["study", "--site", str(site), "--fault", "loss", "--places", "1"]
    words += ["--on", f"recorded:{tmp_path / 'records'}/{RUN}"]
    return CliRunner().invoke(run, words)


def test_a_study_ends_with_a_sentence_where_a_plot_of_no_layout_is_damaged(
    tmp_path: Path,
) -> None:
    site = _site(tmp_path)
    path = run_path(tmp_path / "records", RUN)
    intact = RecordedGround(path, read_site(site), 1, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        (plot_id,) = connection.execute(
            "SELECT id FROM plot WHERE path = 'Hcal/Digi/b'"
        ).fetchone()
        connection.execute(
            "UPDATE live SET data = x'00' WHERE id % 1024 = ?", (plot_id,)
        )
    assert RecordedGround(path, read_site(site), 1, 1).cells() == intact.cells()

    result = _study(site, tmp_path)

    assert result.exit_code == 2
    assert "records" in result.output
    assert "cannot be read" in result.output


def test_a_study_ends_with_a_sentence_where_a_reference_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(context: SourceContext, now: float) -> None:
        message = f"{context.source.name}: a reference is still being read at {now}"
        raise JudgeError(message)

    monkeypatch.setattr(study_pieces, "judge_at", judge)
    result = _study(_site(tmp_path), tmp_path)

    assert result.exit_code == 2
    assert "a reference is still being read" in result.output


@pytest.mark.slow
def test_faults_are_found_in_a_recorded_run(tmp_path: Path) -> None:
    site, file = _site(tmp_path), tmp_path / "study.json"
    words = ["study", "--site", str(site), "--fault", "shift", "--places", "1"]
    words += ["--on", f"recorded:{tmp_path / 'records'}/{RUN}", "--json", str(file)]
    result = CliRunner().invoke(run, words)

    assert result.exit_code == 0, result.output
    assert "SIMULATED" not in result.output
    assert "shift: Hcal" in result.output
    (row,) = msgspec.json.decode(file.read_bytes(), type=Study).faults
    assert (row.findable, row.found, row.right) == (4, 4, 4)


def test_a_long_run_is_gone_through_from_its_start(tmp_path: Path) -> None:
    site = _site(tmp_path, updates=300)
    with closing(RecordedSteps(run_path(site / "records", RUN))) as source:
        assert source.updates("Hcal/Digi/a") == tuple(range(2, 301))
        first = source.increment("Hcal/Digi/a", 2).contents.sum()
        last = source.increment("Hcal/Digi/a", 300).contents.sum()
    assert 0 < first < 2 * last < 4 * first


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE moment SET events = 9e999",
        "UPDATE moment SET at = 'soon'",
        "UPDATE moment SET last = x'00'",
        "UPDATE live SET begins = 77",
        "UPDATE plot SET client = 'DT'",
        "UPDATE booking SET data = 1.5",
    ],
)
def test_a_record_with_other_than_what_was_written_is_refused(
    tmp_path: Path, damage: str
) -> None:
    site = _site(tmp_path)
    path = run_path(site / "records", RUN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)

    with pytest.raises(StudyError, match=r"damaged|0 whole updates"):
        RecordedGround(path, read_site(site), 1, 1)


def test_events_of_which_an_update_says_nothing_are_of_exam(tmp_path: Path) -> None:
    site = _site(tmp_path)
    path = run_path(site / "records", RUN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE moment SET events = NULL WHERE number = 2")
    with closing(RecordedSteps(path)) as steps:
        counted = []
        for at in (1, 2):
            steps.go_on(at)
            counted += [each.events for each in steps.clients(0.0)]

    assert counted == [1000, None]
