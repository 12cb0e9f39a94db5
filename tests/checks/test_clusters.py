"""Holes and hot clusters: what the examples do not show."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of

from dqmconsole.checks.batch import Batch
from dqmconsole.checks.clusters import Holes, HotClusters
from dqmconsole.model.histogram import Array, Axis
from dqmconsole.model.verdict import Status

X = Axis(40, -20.0, 20.0, title="iη")
Y = Axis(36, 0.5, 36.5, title="iφ")


def batch(values: Array, reference: Array | None = None) -> Batch:
    """Maps of 40 × 36 cells, one a row."""
    rows = msgspec.structs.replace(rows_of(values), axes=((X, Y),) * len(values))
    return Batch(
        rows,
        ("",) * len(values),
        np.full(len(values), np.nan),
        reference=None if reference is None else rows_of(reference),
        scale=None if reference is None else np.ones(len(values)),
    )


def full(value: float, rows: int = 1) -> Array:
    return np.full((rows, 40, 36), value)


def test_a_hole_is_named_by_axes() -> None:
    counts = full(100.0)
    counts[0, 17:23, 10:24] = 20

    (result,) = Holes(noun="towers").judge(batch(counts, full(100.0)))

    assert result.status is Status.BAD
    assert result.sentence == (
        "a hole of 84 towers, 5.8 % of all (iη −2.5 to 2.5; iφ 11–24): "
        "20 % of the reference"
    )
    assert result.offending is not None
    assert len(result.offending) == 84
    assert result.p_value is not None
    assert result.p_value < 1e-100


def test_single_dead_cells_all_over_are_no_hole() -> None:
    counts = full(100.0)
    counts[0, ::2, ::2] = 0  # a quarter of all cells

    (result,) = Holes().judge(batch(counts, full(100.0)))

    assert result.status is Status.GOOD


def test_two_holes_of_neighbouring_rows_are_not_one() -> None:
    counts = full(100.0, rows=3)
    counts[0, 0:4, 0:4] = 0
    counts[1, 0:4, 0:4] = 0
    counts[1, 10:20, 10:20] = 0

    results = Holes().judge(batch(counts, full(100.0, rows=3)))

    assert [each.value for each in results] == pytest.approx([16 / 1440, 100 / 1440, 0])
    assert [each.status for each in results] == ["WARNING", "BAD", "GOOD"]
    assert results[1].sentence.endswith("; 1 region more")


@pytest.mark.parametrize("level", [0.5, 2.0, 5.0, 20.0, 60.0])
@pytest.mark.parametrize("check", [Holes, HotClusters])
def test_chance_alone_makes_no_region(
    level: float, check: type[Holes | HotClusters]
) -> None:
    """At no level, not even where most cells are low by chance."""
    rng = np.random.default_rng(int(10 * level))
    counts = rng.poisson(level, (200, 40, 36)).astype(np.float64)
    reference = rng.poisson(level, (200, 40, 36)).astype(np.float64)

    results = check(warn_above=0.0, chance=1e-4).judge(batch(counts, reference))
    found = [each.sentence for each in results if each.status is not Status.GOOD]

    assert [each for each in found if "expected in a typical" not in each] == []


def test_a_large_hole_is_found_among_few_entries() -> None:
    rng = np.random.default_rng(8)
    counts = rng.poisson(5.0, (1, 40, 36)).astype(np.float64)
    counts[0, 10:20, 10:20] = 0

    (result,) = Holes().judge(batch(counts, full(5.0)))

    assert result.status is Status.BAD


def test_a_hot_cluster_is_named() -> None:
    counts = full(100.0)
    counts[0, 3:8, 3:8] = 400

    (result,) = HotClusters(against="ring").judge(batch(counts))

    assert result.status is Status.BAD
    assert result.sentence == (
        "a hot cluster of 25 cells, 1.7 % of all (iη −16.5 to −12.5; iφ 4–8): "
        "4 times its ring"
    )


def test_an_empty_map_is_bad_where_the_reference_is_full() -> None:
    (result,) = Holes().judge(batch(full(0.0), full(0.1)))

    assert (result.status, result.gross) == (Status.BAD, True)
    assert result.sentence == "it is empty where 144 are expected"


@pytest.mark.parametrize("left", [0.0, 0.2])
def test_a_hole_is_found_among_its_neighbours(left: float) -> None:
    rng = np.random.default_rng(6)
    falling = 400 * np.exp(-np.abs(X.centers) / 8)[None, :, None]
    counts = rng.poisson(falling * np.ones((1, 40, 36))).astype(np.float64)
    check = Holes(against="neighbours")

    assert check.judge(batch(counts))[0].status is Status.GOOD
    counts[0, 20:26, 14:24] = np.floor(left * counts[0, 20:26, 14:24])
    (result,) = check.judge(batch(counts))

    assert result.status is Status.WARNING
    assert result.value is not None
    assert 50 / 1440 <= result.value <= 60 / 1440
    assert "(iη 0.5–5.5; iφ 15–24)" in result.sentence


def test_a_gap_between_modules_is_no_hole_but_one_that_is_new_in_the_run() -> None:
    """Without a reference: each row is set against its run before it."""
    rng = np.random.default_rng(8)
    built = np.full((40, 36), 30.0)
    built[18:22] = built[:, 8:11] = 0.0  # for good
    failed = built.copy()
    failed[24:29, 14:24] = 0.0
    updates = [rng.poisson(level) for level in (*[built] * 6, failed)]
    run, last, others = sum(updates), updates[-1], sum(updates[3:6])
    rows = batch(np.array([run, last, others], np.float64))
    parts = msgspec.structs.replace(rows, whole=np.array([-1, 0, 0]))

    found = Holes(against="before").judge(parts)

    assert found[0].status is Status.NOT_CHECKED
    assert (found[1].status, found[2].status) == (Status.WARNING, Status.GOOD)
    assert "(iη 4.5–8.5; iφ 15–24): empty, unlike the run before" in found[1].sentence
    alone = Holes(against="before").judge(rows)
    assert {one.status for one in alone} == {Status.NOT_CHECKED}


def test_what_the_reference_lacks_is_no_hole() -> None:
    """Not even where the reference has few entries."""
    rng = np.random.default_rng(7)
    counts = rng.poisson(60.0, (1, 40, 36)).astype(np.float64)
    reference = rng.poisson(6.0, (1, 40, 36)).astype(np.float64)
    for each in (counts, reference):
        each[0, :, 20:25] = 0
        each[0, :4] = 0

    for against in ("ring", "neighbours", "reference"):
        check = msgspec.convert({"against": against}, Holes)
        made = msgspec.structs.replace(batch(counts, reference), scale=np.array([10.0]))
        (result,) = check.judge(made)
        assert result.status is Status.GOOD, result.sentence
