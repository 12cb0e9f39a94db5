"""Both sides alike, a peak, a flat top: each named where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.shape import Correlated, Flat, Peak, SideBand, Symmetric
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status


def test_the_weak_side_is_named() -> None:
    counts = np.full((1, 20), 10_000.0)
    counts[0, 15] = 5000

    (result,) = Symmetric().judge(
        seen(rows_of(counts), np.nan, Axis(20, -10, 10, title="iη"))
    )

    assert result.status is Status.BAD
    assert result.sentence == "the plus side is weaker by 50 % at iη 5.5"
    assert result.gross
    assert result.offending is not None
    assert result.offending.tolist() == [15]


def test_a_map_is_mirrored_in_one_of_its_axes() -> None:
    counts = np.full((1, 3, 4), 10_000.0)
    counts[0, 2, 0] = 7000

    (along_y,) = Symmetric(axis="y").judge(seen(rows_of(counts)))
    (halves,) = Symmetric(axis="y", by="halves").judge(seen(rows_of(counts)))

    assert along_y.status is Status.BAD
    assert along_y.sentence == "the minus side is weaker by 30 % at x bin 3; y bin 1"
    assert halves.sentence == "both sides agree within 2.6 %"


def test_side_bands_count_flow_and_name_the_range() -> None:
    rows = rows_of(np.array([[0.0, 50, 900, 50, 0]]))
    rows.contents[0, -1] = 1000

    (all_of_it,) = SideBand(low=2, high=3, bad_above=0.3).judge(seen(rows))
    (shown,) = SideBand(low=2, high=3, flow=False, bad_above=0.3).judge(seen(rows))
    (entries,) = SideBand(high=3, absolute=True, bad_above=9).judge(seen(rows))

    words = "55 % outside 2 to 3, expected at most 30 %"
    assert all_of_it.sentence == words
    assert shown.status is Status.GOOD
    assert entries.sentence == "1050 entries above 3, expected at most 9"


def test_the_peak_is_where_its_highest_bin_is() -> None:
    heights = np.array([[10.0, 40, 100, 60, 50, 10, 55, 0]])
    batch = seen(rows_of(heights), np.nan, Axis(8, 0, 16, title="t [ns]"))

    (position,) = Peak(bad_above=4, unit="ns").judge(batch)
    (width,) = Peak(of="width", bad_above=9, unit="ns").judge(batch)
    (share,) = Peak(of="share", bad_below=0.1).judge(batch)

    assert position.sentence == "the highest bin is at 5 ns, expected at most 4 ns"
    assert position.status is Status.BAD
    assert width.value == 6  # the second peak is not its own
    words = "30.8 % of the entries in the highest bin, expected at least 10 %"
    assert share.sentence == words


def test_flat_is_told_without_the_outliers() -> None:
    values = np.full((2, 20), 1000.0)
    values[0, 7] = 9000
    values[1] *= np.linspace(1, 0.5, 20)

    spike, slope = Flat(warn_outliers_above=0).judge(seen(rows_of(values)))

    assert spike.status is Status.WARNING
    assert spike.sentence == "0 % from flat; 1 outlier (bin 8)"
    assert slope.value == pytest.approx(1 / 3)
    assert slope.sentence == "33.3 % from flat"


def test_the_correlation_of_a_map_is_that_of_its_entries() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 5, 3000)
    y = np.clip(x + rng.integers(-1, 2, 3000), 0, 4)
    counts = np.histogram2d(x, y, 5, ((-0.5, 4.5), (-0.5, 4.5)))[0][None]

    (result,) = Correlated(bad_below=0).judge(seen(rows_of(counts)))
    (slope,) = Correlated(of="slope", bad_below=0).judge(seen(rows_of(counts)))

    assert result.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert slope.value == pytest.approx(np.polyfit(x, y, 1)[0])


def test_the_correlation_of_a_profile_is_that_of_its_entries() -> None:
    means, entries = np.array([[1.0, 2, 4]]), np.array([[100.0, 200, 300]])

    (result,) = Correlated(bad_below=0).judge(seen(rows_of(means, entries)))

    # within a bin y is the mean − 1 or + 1: as wide as rows_of makes it
    x = np.repeat([0.5, 1.5, 2.5], [100, 200, 300])
    y = np.repeat(means[0], [100, 200, 300]) + np.tile([-1.0, 1], 300)
    assert result.value == pytest.approx(np.corrcoef(x, y)[0, 1])
