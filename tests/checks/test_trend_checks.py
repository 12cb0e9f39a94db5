"""The last points of a trend, its flags, and what must go on."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.batch import Band
from dqmconsole.checks.growth import Frozen, MustGrow, MustNotGrow, Rate
from dqmconsole.checks.trend import Flags, LastBins, Step
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

LS = Axis(60, 0.5, 60.5, title="Lumisection")


def test_the_last_bins_are_named() -> None:
    rate = LastBins(
        warn_below=10, warn_above=20, bad_below=5, bad_above=25, unit="kHz", last=2
    )
    values = np.zeros((2, 60))
    values[:, :5] = 15, 15, 15, 40, 40
    values[1, 5:7] = 24_000.4

    some, more = rate.judge(seen(rows_of(values), np.nan, LS))

    assert some.sentence == "40 kHz in LS 4–5, expected 10 to 20"
    assert more.sentence == "24,000 kHz in LS 6–7, expected 10 to 20"
    assert some.status is more.status is Status.BAD


def test_a_measured_zero_of_a_profile_is_a_value() -> None:
    values = np.array([[15.0, 15, 0, 0]])
    rows = rows_of(values, np.array([[1.0, 1, 1, 0]]))

    (result,) = LastBins(bad_below=5, last=1).judge(seen(rows))
    (skipped,) = LastBins(bad_below=5, last=1, skip_zeros=True).judge(seen(rows))

    assert result.status is Status.BAD
    assert skipped.status is Status.GOOD


def test_so_many_of_the_last_are_beyond() -> None:
    check = LastBins(warn_above=20, bad_above=30, last=4, beyond=2, unit="Hz")
    values = np.array([[9.0, 40, 9, 9, 0], [9, 40, 9, 40, 0], [9, 40, 25, 9, 0]])

    once, twice, less = check.judge(seen(rows_of(values)))

    assert once.status is Status.GOOD
    assert twice.status is Status.BAD
    assert less.status is Status.WARNING
    words = "2 of the last 4 values beyond the limits (bin 1–4); 40 Hz"
    assert twice.sentence == f"{words}, expected at most 20"
    (few,) = check.judge(seen(rows_of(np.array([[40.0, 0]]))))
    assert few.sentence == "1 value, 2 needed"


def test_flags_that_are_not_set_are_not_judged() -> None:
    rows = Axis(3, 0, 3, labels=("700", "701", "702"))
    flags = np.full((2, 60, 3), -1.0)
    flags[0, 0] = 1, 1, -1
    flags[1, :3] = (1, 1, -1), (1, 0, -1), (1, 0, -1)
    check = Flags(noun="FEDs", bad_above=0)

    good, bad = check.judge(seen(rows_of(flags), np.nan, LS, rows))

    assert good.sentence == "all 2 FEDs good in LS 1"
    assert bad.status is Status.BAD
    assert bad.sentence == "1 of 2 FEDs bad: 701 in LS 3"
    assert bad.offending is not None
    assert bad.offending.tolist() == [1 * 3 + 1, 2 * 3 + 1]


def test_a_step_is_large_against_what_the_points_did_before() -> None:
    rng = np.random.default_rng(1)
    values = np.zeros((3, 60))
    values[:, :40] = 100 + rng.normal(0, 5, (3, 40))
    values[1, 35:40] += 60
    values[2, 37] += 900  # one point is no step
    check = Step(warn_above=5, bad_above=8, unit="Hz")

    still, step, spike = check.judge(seen(rows_of(values), np.nan, LS))

    assert still.status is spike.status is Status.GOOD
    assert step.status is Status.BAD
    assert "Hz in LS 36–40" in step.sentence
    assert step.offending is not None
    assert step.offending.tolist() == list(range(35, 40))


def test_a_small_step_of_a_steady_trend_is_none() -> None:
    values = np.full((2, 30), 100.0)
    values[0, 25:] = 105
    values[1, 25:] = 120

    small, large = Step(bad_above=5).judge(seen(rows_of(values)))

    assert small.status is Status.GOOD
    assert large.status is Status.BAD


def test_what_must_not_grow_names_its_bins() -> None:
    (result,) = MustNotGrow().judge(seen(rows_of(np.array([[0.0, 3, 0]])), 100))
    flow = rows_of(np.zeros((1, 3)))
    flow.contents[0, -1] = 2
    (outside,) = MustNotGrow().judge(seen(flow, 100))

    assert result.sentence == "3 new entries in 100 events (bin 2)"
    assert outside.status is Status.BAD
    assert outside.sentence == "2 new entries in 100 events"


def test_what_must_grow_grows_where_nobody_counts_events() -> None:
    full, empty = rows_of(np.ones((1, 3))), rows_of(np.zeros((1, 3)))

    (grew,) = MustGrow().judge(seen(full))
    (did_not,) = MustGrow().judge(seen(empty))
    (late,) = MustGrow().judge(seen(empty, 100))

    assert grew.status is Status.GOOD
    assert did_not.status is Status.LOW_STATISTICS
    assert late.status is Status.BAD
    assert late.gross
    assert late.sentence == "no new entries in 100 events"


def test_a_profile_is_frozen_where_no_bin_was_filled() -> None:
    rows = rows_of(np.zeros((2, 3)), np.array([[0.0, 0, 0], [5, 0, 0]]))

    frozen, alive = Frozen().judge(seen(rows, 1000))

    assert frozen.status is Status.BAD
    assert alive.status is Status.GOOD  # means of 0 are filled, too


def test_a_rate_is_beyond_a_limit_by_more_than_its_error() -> None:
    check = Rate(bad_above=0.01, unit="event")
    counts = np.array([[2.0], [30.0]])

    few, many = check.judge(seen(rows_of(counts), 100))
    (more,) = check.judge(seen(rows_of(np.array([[1100.0]])), 100_000))
    (sure,) = check.judge(seen(rows_of(np.array([[1500.0]])), 100_000))

    assert few.status is Status.LOW_STATISTICS
    assert many.status is sure.status is Status.BAD
    assert more.status is Status.BAD  # 1000 ± 32 would be allowed


def test_a_rate_within_its_error_is_said() -> None:
    (result,) = Rate(bad_above=0.01).judge(seen(rows_of(np.array([[1050.0]])), 1e5))

    assert result.status is Status.GOOD
    words = "0.0105 entries per event, expected at most 0.01"
    assert result.sentence == f"{words}, within the statistical error"


def test_a_rate_is_set_against_good_runs() -> None:
    band = Band(np.full((2, 2), 500.0), np.full((2, 2), 25.0), np.array([9.0, 3.0]))
    batch = seen(rows_of(np.full((2, 2), 650.0)), 1000)
    batch = msgspec.structs.replace(batch, band=band)

    many, few = Rate(warn_spread=4).judge(batch)

    assert many.status is Status.WARNING  # 300 beside √(50² + 1000)
    assert few.status is Status.GOOD
    assert few.sentence.endswith("limits doubled for so few")


def test_a_rate_per_luminosity_needs_it() -> None:
    rows = rows_of(np.array([[50.0, 50]]))
    check = Rate(per="against", bad_below=10, unit="1/nb")
    lumi = msgspec.structs.replace(
        seen(rows), reference=rows_of(np.array([[20.0, 30]])), scale=np.ones(1)
    )

    (low,) = check.judge(lumi)
    (none,) = check.judge(seen(rows))

    assert low.sentence == "2 entries per 1/nb, expected at least 10"
    assert low.status is Status.BAD
    assert none.status is Status.NO_REFERENCE


def test_the_last_updates_have_their_share_of_the_luminosity() -> None:
    rows = rows_of(np.array([[500.0, 500], [20, 30], [0, 1], [20, 30]]))
    batch = msgspec.structs.replace(
        seen(rows),
        reference=rows_of(np.full((4, 2), 50.0)),
        scale=np.array([2.0, 0.1, 0.1, 0.1]),
        whole=np.array([-1, 0, 0, 0]),
        by_area=np.array([False, False, False, True]),
    )

    results = Rate(per="against", warn_below=9, bad_below=5).judge(batch)

    assert [each.value for each in results] == pytest.approx([10.0, 10.0, 0.2, None])
    assert [each.status for each in results] == [
        Status.GOOD,
        Status.GOOD,
        Status.BAD,
        Status.LOW_STATISTICS,  # how much of it came meanwhile is not known
    ]
