"""Statistics of a range and bins taken together, against ROOT's."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histograms
from zoo import needs_root

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.rebin import rebinned
from dqmconsole.model.sums import bins_within, range_statistics, statistics

SCRIPT = Path(__file__).parents[1] / "data" / "fit_with_root.py"


def sample(bins: int = 60) -> Histogram:
    contents = np.random.default_rng(5).poisson(40, bins + 2).astype(float)
    return Histogram("h", "", "TH1D", (Axis(bins, -3.0, 3.0),), contents)


@pytest.mark.slow
@needs_root
def test_statistics_of_a_range_and_rebinning_are_those_of_root() -> None:
    made = sample()
    asked = [((-1.0, 2.0), 7), ((-0.95, 0.33), 4), ((-3.0, 3.0), 60), ((1.0, 1.05), 1)]
    questions = [
        {"contents": made.contents.tolist(), "edges": [-3, 3]}
        | {"range": within, "rebin": factor}
        for within, factor in asked
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT)],
        input=json.dumps(questions).encode(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    for (within, factor), wanted in zip(asked, json.loads(done.stdout), strict=True):
        found = range_statistics(made, [within])
        assert found.means[0] == pytest.approx(wanted["mean"], abs=1e-9)
        assert found.deviations[0] == pytest.approx(wanted["rms"], abs=1e-9)
        assert found.mean_errors[0] == pytest.approx(wanted["mean_error"], abs=1e-9)
        assert found.integral == pytest.approx(wanted["integral"])
        joined = rebinned(made, [factor])
        assert joined.contents.tolist() == wanted["rebinned"]
        assert joined.axes[0].high == pytest.approx(wanted["high"])


def test_the_whole_range_uses_what_was_kept_while_filling() -> None:
    made = msgspec.structs.replace(sample(), sums=(10.0, 10.0, 15.0, 32.5))
    assert range_statistics(made, [None]).means == (1.5,)
    assert range_statistics(made, [(-1, 1)]).means != (1.5,)


def test_bins_without_a_number_and_empty_ranges_say_nothing() -> None:
    made = sample(4)
    made = msgspec.structs.replace(
        made, contents=np.array([1, 2, np.nan, 3, np.inf, 4])
    )
    found = range_statistics(made, [None])
    assert found.integral == 5
    assert (found.underflow, found.overflow) == (1, 4)
    empty = range_statistics(made, [(50.0, 60.0)])
    assert empty.integral == 0
    assert math.isnan(empty.means[0])


@pytest.mark.parametrize(
    ("within", "bins"),
    [
        ((0.1, 0.3), slice(1, 3)),
        ((0.3, 0.1), slice(1, 3)),
        # edges that are met but for rounding belong to one bin
        ((0.1 + 1e-13, 0.3 + 1e-13), slice(1, 3)),
        ((0.1 - 1e-13, 0.3 - 1e-13), slice(1, 3)),
        ((0.15, 0.16), slice(1, 2)),
        ((0.15, 0.25), slice(1, 3)),
        ((-9.0, 0.05), slice(0, 1)),
        ((0.95, 9.0), slice(9, 10)),
        ((-2.0, -1.0), slice(0, 0)),
        ((2.0, 3.0), slice(10, 10)),
    ],
)
def test_the_bins_of_a_range(within: tuple[float, float], bins: slice) -> None:
    assert bins_within(Axis(10, 0.0, 1.0), within) == bins


def test_a_range_within_bins_too_narrow_to_tell_apart_is_empty() -> None:
    narrow = Axis(3, 0.0, 1.0, variable=np.array([0.0, 0.5, 0.5 + 1e-12, 1.0]))
    assert bins_within(narrow, (0.5, 0.5)) == slice(2, 2)


def test_weighted_fills_keep_their_squares_in_the_statistics() -> None:
    axis = (Axis(2, 0.0, 2.0),)
    contents, squares = np.array([1.0, 2, 4, 8]), np.array([1.0, 6, 20, 9])
    plain = Histogram("h", "", "TH1D", axis, contents)
    assert statistics(plain)[:2] == (6.0, 6.0)
    weighted = msgspec.structs.replace(plain, sumw2=squares)
    assert statistics(weighted) == (6.0, 26.0, 2 * 0.5 + 4 * 1.5, 2 * 0.25 + 4 * 2.25)
    found = range_statistics(weighted, [None])
    assert found.integral_error == pytest.approx(math.sqrt(26))
    assert found.mean_errors[0] == pytest.approx(
        found.deviations[0] / math.sqrt(36 / 26)
    )
    # of a profile the weights are its entries, and its squares those of the entries
    profile = msgspec.structs.replace(
        weighted, root_class="TProfile", bin_entries=np.array([0.0, 1, 3, 0])
    )
    assert statistics(profile)[:2] == (4.0, 4.0)
    assert statistics(profile)[-2:] == (6.0, 26.0)
    profile = msgspec.structs.replace(profile, bin_sumw2=np.array([0.0, 2, 5, 0]))
    assert statistics(profile)[:2] == (4.0, 7.0)


@given(histograms())
def test_a_range_and_what_is_outside_are_all_of_it(made: Histogram) -> None:
    found = range_statistics(made, [None] * made.dimension)
    assert len(found.means) == made.dimension
    assert all(bins_within(axis, None) == slice(0, axis.bins) for axis in made.axes)


@given(st.data())
def test_rebinning_loses_nothing(data: st.DataObject) -> None:
    made = data.draw(histograms())
    factors = [data.draw(st.integers(1, axis.bins + 1)) for axis in made.axes]
    with np.errstate(all="ignore"):
        joined = rebinned(made, factors)
        assert joined.contents.sum() == pytest.approx(
            float(np.asarray(made.contents, float).sum()), rel=1e-3, nan_ok=True
        ) or not np.isfinite(np.asarray(made.contents, float).sum())
    for axis, old, factor in zip(joined.axes, made.axes, factors, strict=True):
        assert axis.bins == max(old.bins // factor, 1)
        assert len(axis.labels) in (0, axis.bins)


def test_labels_and_profiles_are_joined() -> None:
    axis = Axis(4, 0, 4, labels=("a", "b", "", "d"))
    one = np.arange(6.0)
    made = Histogram("p", "", "TProfile", (axis,), one, one * 2, one + 1)
    joined = rebinned(made, [2])
    assert joined.axes[0].labels == ("a…b", "d")
    assert joined.bin_entries is not None
    assert joined.bin_entries.tolist() == [1, 5, 9, 6]
    with pytest.raises(ValueError, match="1 or more"):
        rebinned(made, [0])
    assert statistics(joined)[0] == 14


def test_contents_whose_square_is_no_number_raise_nothing() -> None:
    huge = Histogram("h", "", "TH1D", (Axis(1, 0, 1),), np.full(3, 1.4e154))
    found = range_statistics(huge, [None])
    assert found.integral == 1.4e154
    assert found.means == (0.5,)
    largest = np.full(5, 1.7e308)
    made = Histogram("h", "", "TProfile", (Axis(3, 0, 3),), *[largest] * 3)
    assert range_statistics(made, [(0, 2)]).integral == math.inf
