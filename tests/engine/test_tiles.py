"""What of a map goes out when its bins are merged for a tile."""

from __future__ import annotations

import numpy as np

from dqmconsole.engine.tiles import compared, reduced
from dqmconsole.model.frame import Expected, Picture
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import WatchItem


def a_map(contents: np.ndarray) -> Histogram:
    axes = tuple(Axis(bins, 0.0, float(bins)) for bins in contents.shape)
    return Histogram("m", "m", "TH2D", axes, np.pad(contents, 1))


def test_errors_and_offending_cells_go_with_a_reduced_map() -> None:
    rng = np.random.default_rng(1)
    contents, other = (rng.poisson(100, (60, 40)).astype(float) for _ in "ab")
    contents[31, 22] = 0
    data, reference = a_map(contents), a_map(other)
    picture = Picture(
        data,
        reference=reference,
        expected=Expected(offending=np.array([31 * 40 + 22]), low=np.zeros((60, 40))),
    )
    picture = compared(picture, "difference", 1.0)
    small = reduced(picture, WatchItem("k", "m", width=20, height=20))
    assert small.comparison is not None
    assert small.comparison.errors is not None
    assert small.comparison.errors.shape == small.comparison.values.shape == (20, 20)
    assert small.comparison.values[10, 11] == -other[31, 22]
    assert small.comparison.errors[10, 11] == np.sqrt(other[31, 22])
    assert small.expected is not None
    assert small.expected.offending is not None
    assert small.expected.offending.tolist() == [10 * 20 + 11]
    assert small.expected.low is None
