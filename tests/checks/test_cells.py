"""Checks of cells and regions, whatever the histograms hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support.batches import rows_of

from dqmconsole.checks.batch import Batch
from dqmconsole.checks.cells import neighbours_median
from dqmconsole.checks.channels import DeadChannels, NoisyChannels
from dqmconsole.checks.clusters import Holes, HotClusters
from dqmconsole.model.verdict import JUDGED, Status

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check
    from dqmconsole.model.histogram import Array

KINDS: tuple[type[Check], ...] = (DeadChannels, NoisyChannels, Holes, HotClusters)
CHECKS = [
    pytest.param(
        msgspec.convert({"against": against, "ring": ring}, kind),
        id=f"{kind.NAME}-{against}-{ring}",
    )
    for kind in KINDS
    for against, ring in (
        ("ring", "x"),
        ("neighbours", "none"),
        ("reference", "y"),
    )
]
SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 6)) | st.tuples(
    st.integers(1, 2), st.integers(1, 5), st.integers(1, 5)
)
VALUES = st.sampled_from([0.0, 1.0, 30.0, 500.0, -4.0, 1e308, np.nan, np.inf, -np.inf])


@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=15)
@given(st.data())
def test_no_contents_break_a_check(check: Check, data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    counts = data.draw(arrays.arrays(np.float64, shape, elements=VALUES))
    reference = data.draw(arrays.arrays(np.float64, shape, elements=VALUES))
    known = data.draw(arrays.arrays(np.bool_, shape))
    scale = data.draw(st.sampled_from([1.0, 0.0, 1e-300, 1e300, np.nan]))
    rows = len(counts)

    with np.errstate(all="ignore"):
        stacked, good = rows_of(counts), rows_of(reference)

    results = check.judge(
        Batch(
            stacked,
            ("",) * rows,
            np.full(rows, np.nan),
            reference=good,
            scale=np.full(rows, scale),
            known=known,
        )
    )

    for number, result in enumerate(results):
        judged: Array = counts[number][~known[number]]
        assert result.sentence
        if not np.isfinite(judged).all():
            assert result.status not in JUDGED


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("shape", [(1, 60), (1, 20, 12)])
def test_a_level_map_is_good(check: Check, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(100.0, shape).astype(np.float64)
    batch = Batch(
        rows_of(counts),
        ("",),
        np.full(1, np.nan),
        reference=rows_of(np.full(shape, 100.0)),
        scale=np.ones(1),
    )
    assert [each.status for each in check.judge(batch)] == [Status.GOOD]


def test_the_median_of_neighbours_leaves_out_the_cell_and_what_is_not_chosen() -> None:
    values = np.array([[1.0, 2.0, 99.0, 4.0, 5.0]])
    chosen = np.array([[True, True, True, True, False]])

    found = neighbours_median(values, chosen, 1)

    assert found[0].tolist()[:4] == [2.0, 50.0, 3.0, 99.0]
    cross = np.arange(9.0).reshape(1, 3, 3)
    middle = neighbours_median(cross, np.ones((1, 3, 3), bool), 1)
    assert middle[0, 1, 1] == 4.0  # of 1, 3, 5 and 7
    assert np.isnan(neighbours_median(np.ones((1, 1)), np.ones((1, 1), bool), 2)).all()


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"warn_above": 0.2, "bad_above": 0.1}, "bad_above"),
        ({"warn_above": None, "bad_above": None}, ""),
        ({"reach": 0}, "reach"),
        ({"expected": 0.0}, "expected"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_limits_that_cannot_be_meant_are_named(
    kind: type[Check], written: dict[str, object], key: str
) -> None:
    assert key in [name for name, _ in msgspec.convert(written, kind).wrong()]


@pytest.mark.parametrize(
    ("check", "key"),
    [
        (DeadChannels(dead=0.0), "dead"),
        (NoisyChannels(times=1.0), "times"),
        (Holes(below=1.0), "below"),
        (Holes(chance=0.0), "chance"),
        (HotClusters(above=0.5), "above"),
    ],
)
def test_what_is_dead_or_hot_by_itself_is_no_limit(check: Check, key: str) -> None:
    assert [name for name, _ in check.wrong()] == [key]


def test_a_growing_hole_is_never_better() -> None:
    rng = np.random.default_rng(9)
    counts = rng.poisson(50.0, (1, 20, 12)).astype(np.float64)
    reference = rows_of(np.full((1, 20, 12), 50.0))
    order = [Status.GOOD, Status.WARNING, Status.BAD]
    worst = 0
    for cell in range(240):
        counts.reshape(-1)[cell] = 0
        batch = Batch(
            rows_of(counts),
            ("",),
            np.full(1, np.nan),
            reference=reference,
            scale=np.ones(1),
        )
        (result,) = Holes().judge(batch)
        assert order.index(result.status) >= worst
        worst = order.index(result.status)
    assert worst == 2
