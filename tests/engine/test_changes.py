"""Generic changes of histograms: of any kind, of any experiment."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.engine.changes import (
    GENERIC,
    dead_region,
    emptied,
    frozen,
    hot_bin,
    scaled,
    shifted,
    smeared,
    stretched,
)
from dqmconsole.model.histogram import Axis, Histogram, read_only

X = Axis(40, 0.0, 40.0, title="Wire")
Y = Axis(20, 0.0, 20.0, title="Plane")


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def peak(dtype: type = np.float32) -> Histogram:
    contents = np.zeros(42)
    contents[1:-1] = np.round(1000 * np.exp(-0.5 * ((X.centers - 20) / 4) ** 2))
    bins = read_only(contents.astype(dtype))
    return Histogram("p", "", "TH1F", (X,), bins, entries=float(contents.sum()))


def flat_map() -> Histogram:
    contents = np.zeros((42, 22), np.float32)
    contents[1:-1, 1:-1] = 50
    return Histogram("m", "", "TH2F", (X, Y), read_only(contents), entries=40_000.0)


def profile() -> Histogram:
    fills = np.full(42, 10.0)
    means = np.linspace(1.0, 2.0, 42)
    return Histogram(
        "t", "", "TProfile", (X,), read_only(fills * means),
        sumw2=read_only(fills * (means**2 + 0.01)), bin_entries=read_only(fills),
        entries=420.0,
    )  # fmt: skip


def mean(histogram: Histogram) -> float:
    return float(np.average(X.centers, weights=histogram.values()))


@pytest.mark.parametrize("name", GENERIC)
@pytest.mark.parametrize("make", [peak, flat_map, profile])
def test_each_change_is_the_same_each_time_and_keeps_the_rest(
    name: str, make: type
) -> None:
    given = make()
    first, second = GENERIC[name](given, rng()), GENERIC[name](given, rng())
    assert np.array_equal(first.values(), second.values())
    assert (first.axes, first.root_class) == (given.axes, given.root_class)
    assert first.contents.dtype == given.contents.dtype
    assert first.contents.shape == given.contents.shape
    assert np.array_equal(first.values(), given.values()) == (name == "frozen")
    assert np.isfinite(first.variances()).all()


def test_a_dead_region_is_one_block_of_a_map() -> None:
    empty = dead_region(flat_map(), rng()).values() == 0
    assert empty.sum() == (40 // 5) * (20 // 5)
    rows, columns = np.nonzero(empty)
    assert np.ptp(rows) == 40 // 5 - 1
    assert np.ptp(columns) == 20 // 5 - 1


@pytest.mark.parametrize(
    ("region", "lost"),
    [
        ((3, 7, 10, 12), 4 * 2),
        ((3, 7), 4 * 20),
        ((-9, 100, 10, 12), 40 * 2),
        ((90, 99), 0),
    ],
)
def test_what_is_emptied_lies_where_it_is_said(
    region: tuple[float, ...], lost: int
) -> None:
    found = emptied(flat_map(), region).values()
    assert (found == 0).sum() == lost
    if lost == 8:
        assert (found[3:7, 10:12] == 0).all()


def test_a_dead_region_of_a_profile_has_no_fills() -> None:
    found = dead_region(profile(), rng())
    assert found.bin_entries is not None
    assert (found.bin_entries == 0).sum() == 40 // 5
    assert found.entries < 420


def test_a_hot_bin_stands_out_of_an_empty_plot_too() -> None:
    found = hot_bin(flat_map(), rng()).values()
    assert (found > 50).sum() == 1
    assert found.max() == 20 * 50
    nothing = Histogram("e", "", "TH1F", (X,), read_only(np.zeros(42, np.float32)))
    assert np.count_nonzero(hot_bin(nothing, rng()).values()) == 1


def test_scaled_counts_stay_whole_numbers() -> None:
    found = scaled(peak(), rng()).values()
    assert np.array_equal(found, np.round(found))
    assert found.sum() == pytest.approx(peak().values().sum() / 3, rel=0.01)


def test_a_shift_goes_both_ways_and_loses_nothing() -> None:
    given = peak()
    later, earlier = shifted(given, rng()), shifted(given, rng(), -1.5)
    assert mean(later) - mean(given) == pytest.approx(6, abs=0.5)
    assert mean(given) - mean(earlier) == pytest.approx(6, abs=0.5)
    for found in (later, earlier):
        assert found.contents.sum() == given.contents.sum()
        assert found.entries == given.entries


def test_a_shift_may_be_given_in_the_unit_of_the_axis() -> None:
    found = shifted(peak(), rng(), by=-3.0)
    assert mean(found) - mean(peak()) == pytest.approx(-3, abs=0.01)
    moved = shifted(profile(), rng(), by=2.5).values() - profile().values()
    assert moved == pytest.approx(np.full(40, 2.5))


def test_stretching_keeps_the_entries_and_moves_their_mean() -> None:
    found = stretched(peak(), rng(), 0.5)
    assert found.contents.sum() == pytest.approx(peak().contents.sum(), rel=0.01)
    assert mean(found) == pytest.approx(10, abs=0.2)
    assert stretched(flat_map(), rng(), 0.5).values().sum() == flat_map().values().sum()


def test_the_means_of_a_profile_move_together() -> None:
    change = shifted(profile(), rng()).values() - profile().values()
    assert change == pytest.approx(np.full(40, change[0]))
    assert change[0] > 0


def test_smearing_widens_a_peak() -> None:
    def width(histogram: Histogram) -> float:
        weights = histogram.values()
        center = float(np.average(X.centers, weights=weights))
        return float(np.average((X.centers - center) ** 2, weights=weights)) ** 0.5

    assert width(smeared(peak(), rng())) > width(peak())


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.float64])
def test_whole_numbers_of_any_width_are_changed(dtype: type) -> None:
    given = Histogram("c", "", "TH1C", (X,), read_only(np.full(42, 30).astype(dtype)))
    assert frozen(given, rng()) is given
    for change in GENERIC.values():
        found = change(given, rng())
        assert found.contents.dtype == dtype
        assert found.values().min() >= 0
