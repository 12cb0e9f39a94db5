"""Entries against limits and what is expected; flow; numbers that are none."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.batch import Band, Batch
from dqmconsole.checks.entries import Entries, Flow, NoBadNumbers
from dqmconsole.model.verdict import Status


def against(data: list[float], reference: list[float], scale: float = 1.0) -> Batch:
    return msgspec.structs.replace(
        seen(rows_of(np.array([data]))),
        reference=rows_of(np.array([reference])),
        scale=np.array([scale]),
    )


def test_a_difference_must_be_large_and_certain() -> None:
    check = Entries(warn_percent=10, sigma=5)

    (uncertain,) = check.judge(against([120.0], [100.0]))
    (small,) = check.judge(against([1_050_000.0], [1_000_000.0]))
    (both,) = check.judge(against([12_000.0], [1000.0], 10))

    assert uncertain.status is small.status is Status.GOOD
    assert both.status is Status.WARNING
    assert both.value == pytest.approx(20)
    # the error is that of the data and of the reference, scaled: 10,000 + 100 × 1000
    assert (
        both.sentence == "12,000 entries, 20 % more than the 10,000 expected, 6 sigma"
    )


def test_a_rounding_error_is_no_difference() -> None:
    (result,) = Entries(warn_percent=10).judge(against([0.3e6], [0.1e6], 3 - 1e-15))

    assert result.sentence == "300,000 entries, as many as expected"


def test_the_band_of_good_runs_comes_before_the_reference() -> None:
    band = Band(np.array([[1000.0, 1000]]), np.array([[90.0, 90]]), np.array([9.0]))
    batch = msgspec.structs.replace(against([1300.0, 1300], [9000.0, 9000]), band=band)

    (tolerant,) = Entries(warn_percent=20).judge(batch)
    (strict,) = Entries(warn_percent=20, sigma=3).judge(batch)

    assert tolerant.status is Status.GOOD  # 3.2 of the usual spread
    assert strict.status is Status.WARNING


def test_what_is_lost_is_bad_whatever_the_limits_say() -> None:
    (result,) = Entries(warn_percent=500).judge(against([40.0], [100.0]))

    assert result.status is Status.BAD
    assert result.gross
    assert result.sentence == "40 entries where 100 are expected"


def test_the_worse_kind_of_limit_decides() -> None:
    check = Entries(bad_above=1000, warn_percent=30)

    (result,) = check.judge(against([1200.0], [1000.0]))

    assert result.status is Status.BAD
    assert result.sentence == "1200 entries, expected at most 1000"


def test_flow_is_a_share_of_all_and_may_be_usual() -> None:
    batch = against([800.0, 800], [800.0, 800])
    batch.data.contents[0, -1] = 400

    (new,) = Flow().judge(batch)
    (under,) = Flow(side="under").judge(batch)
    assert new.status is Status.WARNING
    assert new.sentence == "20 % of the entries in the under- or overflow"
    assert under.status is Status.GOOD
    assert batch.reference is not None
    batch.reference.contents[0, -1] = 300
    (usual,) = Flow().judge(batch)
    (never_mind,) = Flow(times=None).judge(batch)
    assert usual.status is Status.GOOD
    # the limit that is said is the one that was applied
    assert new.limits == ((0.05, "warning above"),)
    assert usual.limits == ((pytest.approx(3 * 300 / 1900), "warning above"),)
    batch.reference.contents[0, -1] = 900
    (all_is_usual,) = Flow().judge(batch)
    assert (all_is_usual.status, all_is_usual.limits) == (Status.GOOD, ())
    assert never_mind.status is Status.WARNING
    assert never_mind.limits == ((0.05, "warning above"),)


def test_flow_that_is_newly_filled_is_told_by_its_number() -> None:
    batch = against([800.0, 800], [800.0, 800])
    batch.data.contents[0, 0] = 3

    (result,) = Flow(warn_new_above=0, bad_new_above=10).judge(batch)

    assert result.status is Status.WARNING
    assert result.sentence == (
        "3 entries in the under- or overflow, none in the reference"
    )


def test_flow_of_a_map_is_all_around_it() -> None:
    rows = rows_of(np.full((1, 3, 3), 200.0))
    rows.contents[0, 2, 0] = 300
    rows.contents[0, 4, 2] = 200

    (both,) = Flow().judge(seen(rows))
    (over,) = Flow(side="over").judge(seen(rows))

    assert both.value == pytest.approx(500 / 2300)
    assert over.value == pytest.approx(200 / 2300)


def test_bins_that_hold_no_number_are_named() -> None:
    rows = rows_of(np.array([[1.0, np.nan, np.inf], [1, 2, 3]]))
    rows.contents[1, -1] = np.nan

    within, flow = NoBadNumbers().judge(seen(rows))

    assert within.sentence == "2 bins with no finite number (bin 2–3)"
    assert flow.sentence == "1 bin with no finite number (under- or overflow)"
    assert within.status is flow.status is Status.BAD


@pytest.mark.parametrize("entries", [np.nan, np.inf, -np.inf])
def test_entries_that_are_no_number_are_never_good(entries: float) -> None:
    batch = seen(rows_of(np.array([[1.0, 2.0]])), 10.0)
    data = msgspec.structs.replace(batch.data, entries=np.array([entries]))
    (found,) = NoBadNumbers().judge(msgspec.structs.replace(batch, data=data))
    assert found.status is Status.BAD
    assert found.sentence == "the number of entries is not finite"
