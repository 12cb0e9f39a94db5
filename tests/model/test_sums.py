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


@given(histograms())
def test_a_range_and_what_is_outside_are_all_of_it(made: Histogram) -> None:
    with np.errstate(all="ignore"):
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
