"""Mean, RMS and skewness are ROOT's, and said as a shifter reads them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.moments import Mean, Rms, Skewness, moments
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.sums import range_statistics
from dqmconsole.model.verdict import Status


def test_moments_are_those_of_the_statistics_box() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(40, (1, 12, 7)).astype(float)
    edges = np.array([0, 1, 2, 4, 8, 9, 10, 11, 12, 15, 20, 21, 30], float)
    axes = (Axis(12, 0, 30, variable=edges), Axis(7, -3.5, 3.5))
    rows = seen(rows_of(counts), np.nan, *axes).data
    histogram = Histogram("h", "", "TH2D", axes, rows.contents[0])
    expected = range_statistics(histogram, (None, None))

    everything = np.ones(counts.shape, bool)
    along = [moments(rows, axis, everything) for axis in (0, 1)]

    assert [float(one.mean[0]) for one in along] == pytest.approx(expected.means)
    assert [float(one.rms[0]) for one in along] == pytest.approx(expected.deviations)


def test_skewness_is_the_third_moment() -> None:
    values = np.repeat(np.arange(5) + 0.5, [400, 250, 100, 30, 20])
    rows = rows_of(np.histogram(values, 5, (0, 5))[0][None].astype(float))

    (result,) = Skewness(bad_above=9).judge(seen(rows))

    third = ((values - values.mean()) ** 3).mean() / values.std() ** 3
    assert result.value == pytest.approx(third)


def test_the_mean_has_its_unit_and_no_digits_that_mean_nothing() -> None:
    times = Mean(warn_below=-1, warn_above=1, bad_below=-2, bad_above=2, unit="ns")
    axis = Axis(20, -10, 10, title="time [ns]")
    even = np.eye(20)[9] * 90_000 + np.eye(20)[10] * 90_001
    late = np.eye(20)[11] * 900

    even_result, late_result = times.judge(
        seen(rows_of(np.array([even, late])), np.nan, axis)
    )

    assert even_result.sentence == "mean 0 ns, expected −1 to 1 ns"
    assert late_result.sentence == "mean 1.5 ns, expected −1 to 1 ns"
    assert late_result.status is Status.WARNING
    assert late_result.limits[-1] == (2, "bad above")


def test_the_axis_of_values_of_a_profile_has_a_mean() -> None:
    rows = rows_of(np.array([[2.0, 4.0]]), np.array([[300.0, 100.0]]))

    (mean,) = Mean(axis="y", bad_above=9).judge(seen(rows))
    (rms,) = Rms(axis="y", bad_above=9).judge(seen(rows))

    assert mean.value == pytest.approx(2.5)
    assert rms.value == pytest.approx(np.sqrt(1 + 0.75))  # within bins, and between


def test_a_shift_is_measured_in_widths_of_the_reference() -> None:
    data, reference = np.array([[0, 0, 400.0, 400]]), np.array([[400.0, 400, 0, 0]])
    batch = msgspec.structs.replace(
        seen(rows_of(data)), reference=rows_of(reference), scale=np.ones(1)
    )

    (result,) = Mean(warn_shift=0.5, bad_shift=5).judge(batch)

    assert result.status is Status.WARNING
    assert result.value == pytest.approx(4)
    assert result.sentence == "mean 3; 1 in the reference, 4 RMS apart"


@pytest.mark.parametrize(
    ("entries", "status"), [(400.0, Status.GOOD), (40_000.0, Status.WARNING)]
)
def test_a_shift_that_chance_makes_of_few_entries_is_none(
    entries: float, status: Status
) -> None:
    here, there = np.array([[0.45, 0.55]]), np.array([[0.5, 0.5]])
    batch = seen(rows_of(entries * here))
    batch = msgspec.structs.replace(
        batch, reference=rows_of(1e6 * there), scale=np.ones(1)
    )
    (result,) = Mean(warn_shift=0.05).judge(batch)
    assert result.status is status


def test_bins_known_to_be_wrong_are_left_out_of_both() -> None:
    data, reference = np.array([[300.0, 300, 9000]]), np.array([[300.0, 300, 300]])
    known = np.array([[False, False, True]])
    batch = msgspec.structs.replace(
        seen(rows_of(data)),
        reference=rows_of(reference),
        scale=np.ones(1),
        known=known,
    )

    (result,) = Mean(bad_shift=0.01).judge(batch)

    assert result.status is Status.GOOD


def test_a_change_of_skewness_has_no_unit() -> None:
    batch = msgspec.structs.replace(
        seen(rows_of(np.array([[500.0, 300, 100]]))),
        reference=rows_of(np.array([[300.0, 300, 300]])),
        scale=np.ones(1),
    )

    (result,) = Skewness(warn_shift=0.5).judge(batch)

    assert result.status is Status.WARNING
    assert result.sentence == "skewness 0.8367; 0 in the reference, 0.84 apart"


@pytest.mark.parametrize(
    ("shift", "entries", "status"),
    [
        (0.3, 300, Status.GOOD),
        (1.2, 300, Status.WARNING),
        (0.3, 1e6, Status.WARNING),
    ],
)
def test_a_mean_is_beyond_a_limit_where_chance_alone_does_not_do_it(
    shift: float, entries: float, status: Status
) -> None:
    """A bell 2.5 ns wide, whose mean is so far beyond its limit."""
    axis = Axis(60, -15, 15)
    bell = np.exp(-0.5 * ((axis.centers - 3 - shift) / 2.5) ** 2)
    rows = rows_of(bell[None] / bell.sum() * entries)

    (result,) = Mean(warn_above=3, unit="ns").judge(seen(rows, np.nan, axis))

    assert result.status is status
    said = result.sentence.endswith("within the error of 300 entries")
    assert said == (status is Status.GOOD)


def test_a_width_is_beyond_a_limit_where_chance_alone_does_not_do_it() -> None:
    axis = Axis(60, -15, 15)
    bell = np.exp(-0.5 * (axis.centers / 2.5) ** 2)
    rows = rows_of(bell / bell.sum() * np.array([[300], [1e6]]))

    few, many = Rms(warn_above=2.3).judge(seen(rows, np.nan, axis))

    assert few.status is Status.GOOD
    assert many.status is Status.WARNING


@pytest.mark.parametrize("check", [Mean, Rms])
def test_entries_in_the_one_bin_of_the_reference_are_not_apart(
    check: type[Mean | Rms],
) -> None:
    axis = Axis(64, 0.0, 6.4)
    batch = msgspec.structs.replace(
        seen(rows_of(777.0 * np.eye(64)), np.nan, axis),
        reference=seen(rows_of(12_345.0 * np.eye(64)), np.nan, axis).data,
        scale=np.full(64, 777 / 12_345),
    )

    results = check(warn_shift=1, bad_shift=2).judge(batch)

    assert {each.status for each in results} == {Status.GOOD}
    assert {each.value for each in results} == {0.0}
