"""Dead and noisy cells: what the examples do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support.batches import rows_of

from dqmconsole.checks.batch import Batch
from dqmconsole.checks.channels import DeadChannels, NoisyChannels
from dqmconsole.model.histogram import Array, Axis
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check, Result

X = Axis(20, -10.0, 10.0, title="iη")
Y = Axis(12, 0.5, 12.5, title="iφ")


def batch(
    values: Array, reference: Array | None = None, known: Array | None = None
) -> Batch:
    """Maps of 20 × 12 cells, one a row."""
    rows = msgspec.structs.replace(rows_of(values), axes=((X, Y),) * len(values))
    return Batch(
        rows,
        ("",) * len(values),
        np.full(len(values), np.nan),
        reference=None if reference is None else rows_of(reference),
        scale=None if reference is None else np.ones(len(values)),
        known=known,
    )


def full(value: float = 100.0) -> Array:
    return np.full((1, 20, 12), value)


def one(check: Check, given: Batch) -> Result:
    (result,) = check.judge(given)
    return result


def test_dead_cells_are_named_by_axes() -> None:
    counts = full()
    counts[0, 4:8, 2:5] = 0

    result = one(DeadChannels(noun="towers"), batch(counts))

    assert result.status is Status.BAD
    assert result.sentence == "12 of 240 towers dead (iη −5.5 to −2.5; iφ 3–5)"
    assert result.value == pytest.approx(12 / 240)
    assert result.offending is not None
    assert result.offending.tolist() == [
        12 * x + y for x in range(4, 8) for y in range(2, 5)
    ]
    assert not result.gross


def test_what_is_known_to_be_dead_is_of_exam() -> None:
    counts = full()
    counts[0, 4:8, 2:5] = 0

    result = one(DeadChannels(), batch(counts, known=counts == 0))

    assert result.status is Status.GOOD
    assert result.sentence == "0 of 228 cells dead"


def test_a_whole_ring_is_found_by_the_rings_beside_it() -> None:
    counts = full() * np.linspace(1, 5, 20)[None, :, None]
    counts[0, 7:9] = 0

    result = one(DeadChannels(), batch(counts))

    assert result.status is Status.BAD
    assert result.sentence == "24 of 240 cells dead (iη −2.5 to −1.5; iφ 1–12)"
    assert result.gross


def test_rings_beyond_both_edges_need_a_reference() -> None:
    counts = full()
    counts[0, 17:] = counts[0, :3] = 0

    assert one(DeadChannels(), batch(counts)).status is Status.GOOD
    found = one(DeadChannels(), batch(counts, full(50)))
    assert found.status is Status.BAD
    assert "72 of 240 cells dead" in found.sentence


@pytest.mark.parametrize("lost", [slice(0, 1), slice(17, 20), slice(12, 20)])
def test_rings_at_one_edge_are_found_by_those_at_the_other(lost: slice) -> None:
    counts = full()
    counts[0, lost] = 0

    found = one(DeadChannels(), batch(counts))

    assert found.status is Status.BAD
    assert found.sentence.startswith(f"{int((counts == 0).sum())} of 240 cells dead")


@pytest.mark.parametrize("ring", [0, 8, 19])
def test_a_ring_that_is_noisy_as_a_whole_is_found_by_others(ring: int) -> None:
    counts = full() * np.linspace(1, 4, 20)[None, :, None]
    usual = counts.copy()
    counts[0, ring] *= 50

    found = one(NoisyChannels(bad_above=11), batch(counts))

    assert found.status is Status.BAD
    assert found.sentence.startswith("12 of 240 cells noisy; ")
    assert found.sentence.endswith("times the rings beside it")
    assert one(NoisyChannels(), batch(counts, usual)).status is Status.BAD
    assert one(NoisyChannels(), batch(counts, counts)).status is Status.GOOD
    assert one(NoisyChannels(), batch(usual)).status is Status.GOOD


def test_rings_that_the_reference_lacks_too_are_not_missed() -> None:
    counts = full()
    counts[0, 9:11] = 0

    assert one(DeadChannels(), batch(counts, counts)).status is Status.GOOD


def test_half_a_map_is_found_where_half_of_each_ring_is_lost() -> None:
    counts = full()
    counts[0, :, 5:] = 0

    result = one(DeadChannels(), batch(counts))

    assert (result.status, result.gross) == (Status.BAD, True)


def test_weights_do_not_make_entries() -> None:
    given = batch(full(100.0))
    heavy = np.where(given.data.contents > 0, 2500.0, 0.0)  # four entries of weight 25
    rows = msgspec.structs.replace(given.data, sumw2=heavy)

    result = one(DeadChannels(), msgspec.structs.replace(given, data=rows))

    assert result.status is Status.LOW_STATISTICS
    assert result.sentence == "4 entries expected in a typical cell, 20 needed"


def test_the_loudest_cell_is_named() -> None:
    counts = full()
    counts[0, 3, 7], counts[0, 3, 8] = 4000, 700

    result = one(NoisyChannels(bad_above=1), batch(counts))

    assert result.status is Status.BAD
    words = "2 of 240 cells noisy; iη −6.5, iφ 8 has 4000, 40 times its ring"
    assert result.sentence == words


def test_cells_are_dead_where_that_is_no_chance() -> None:
    counts = full()
    counts[0, 3] = 24  # enough, and yet 5 of 24 happen in one of thousands of cells
    counts[0, 3, 7:10] = 5
    assert one(DeadChannels(), batch(counts)).status is Status.GOOD

    counts[0, 3] = 16
    counts[0, 3, 7:10] = 0
    assert one(DeadChannels(), batch(counts)).status is Status.BAD

    counts[0, 3, 7:10] = 3  # less than a quarter, but that may be
    assert one(DeadChannels(), batch(counts)).status is Status.GOOD

    counts = full(16.0)  # nor is a map of few entries known to be even
    counts[0, 3, 7:10] = 0
    assert one(DeadChannels(), batch(counts)).status is Status.LOW_STATISTICS
    assert one(DeadChannels(expected=16), batch(counts)).status is Status.BAD


def test_noise_is_found_among_few_entries() -> None:
    counts = full(2.0)
    counts[0, 3, 7] = 150

    result = one(NoisyChannels(), batch(counts))

    assert result.status is Status.WARNING
    words = "iη −6.5, iφ 8 has 150 where fewer than 20 are expected"
    assert result.sentence == f"1 of 240 cells noisy; {words}"


@pytest.mark.parametrize("check", [DeadChannels(), NoisyChannels()])
def test_what_is_no_number_is_never_good(check: Check) -> None:
    counts = full()
    counts[0, 3, 7] = np.nan

    assert one(check, batch(counts)).status is Status.FAILED


@pytest.mark.parametrize("against", ["ring", "neighbours", "reference"])
def test_rows_do_not_change_one_another(against: str) -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(60.0, (30, 20, 12)).astype(np.float64)
    counts[10:20] *= rng.random((10, 20, 12)) > 0.03
    counts[15, :, 3] = 0
    counts[25] *= 0.01
    reference = np.full(counts.shape, 60.0)
    known = rng.random(counts.shape) < 0.02
    checks = [
        msgspec.convert({"against": against}, kind)
        for kind in (DeadChannels, NoisyChannels)
    ]

    for check in checks:
        together = check.judge(batch(counts, reference, known))
        alone = [
            one(check, batch(counts[[n]], reference[[n]], known[[n]]))
            for n in range(len(counts))
        ]
        assert [each.sentence for each in together] == [each.sentence for each in alone]
        assert [each.status for each in together] == [each.status for each in alone]


@pytest.mark.parametrize("against", ["ring", "neighbours", "reference"])
def test_more_dead_cells_are_never_better(against: str) -> None:
    rng = np.random.default_rng(5)
    check = msgspec.convert({"against": against}, DeadChannels)
    counts = rng.poisson(80.0, (1, 20, 12)).astype(np.float64)
    reference = full(80.0)
    worst = 0
    order = [Status.GOOD, Status.WARNING, Status.BAD]
    for cell in rng.permutation(240):
        counts.reshape(-1)[cell] = 0
        status = one(check, batch(counts, reference)).status
        assert order.index(status) >= worst
        worst = order.index(status)
    assert worst == 2


@pytest.mark.parametrize("before", [7.0, 20.0])
def test_a_low_reference_of_few_counts_makes_no_cell_noisy(before: float) -> None:
    was, now = full(20.0), full(100.0)
    was[0, 3, 3], now[0, 3, 3] = before, 120.0
    check = NoisyChannels(against="reference", times=3.0, bad_above=0.0)

    def judged() -> Result:
        given = batch(now, was)
        return one(check, msgspec.structs.replace(given, scale=np.array([5.0])))

    assert judged().status is Status.GOOD
    now[0, 3, 3] = 1000.0
    found = judged()
    assert found.status is Status.BAD
    assert found.offending is not None
    assert found.offending.tolist() == [3 * 12 + 3]
