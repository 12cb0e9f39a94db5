"""Bins beyond a limit are counted and named."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.batch import Batch
from dqmconsole.checks.bins import BinsAbove, BinsBelow, BinsOutside, SumInRange
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status


def test_bins_of_a_profile_are_named() -> None:
    means = np.where(np.arange(20) < 3, 9.0, 0.1)[None]
    rows = rows_of(means, np.full((1, 20), 100.0))
    check = BinsOutside(
        low=-2, high=2, unit="ns", share=True, warn_above=0.02, bad_above=0.05
    )

    (result,) = check.judge(seen(rows, np.nan, Axis(20, -10, 10, title="iη")))

    assert result.status is Status.BAD
    words = "3 of 20 bins outside −2 to 2 ns (iη −9.5 to −7.5)"
    assert result.sentence == words
    assert result.offending is not None
    assert result.offending.tolist() == [0, 1, 2]


def test_bins_of_a_profile_with_few_entries_are_left_out() -> None:
    rows = rows_of(np.array([[0.0, 9, 9]]), np.array([[100.0, 19, 0]]))

    (result,) = BinsOutside(low=-2, high=2).judge(seen(rows))

    assert result.status is Status.GOOD
    assert result.sentence == "0 of 1 bins outside −2 to 2"


def test_a_profile_lacks_nothing_where_there_were_no_events() -> None:
    none = rows_of(np.zeros((2, 2)), np.zeros((2, 2)))
    full = rows_of(np.ones((2, 2)), np.full((2, 2), 500.0))
    batch = Batch(none, ("", "LS 4"), np.array([900.0, 0.0]), full, np.ones(2))
    times = BinsOutside(low=-4, high=4)
    assert [each.status for each in times.judge(batch)] == ["BAD", "LOW STATISTICS"]


def test_bins_are_set_against_events() -> None:
    noisy = BinsAbove(limit=0.01, per_event=True)
    counts = np.array([[0.0, 5, 20]])

    (quiet,) = noisy.judge(seen(rows_of(counts), 10_000))
    (loud,) = noisy.judge(seen(rows_of(counts), 1000))
    (unknown,) = noisy.judge(seen(rows_of(counts)))

    assert quiet.status is Status.GOOD
    assert loud.sentence == "1 of 3 bins above 0.01 per event (bin 3)"
    assert unknown.status is Status.LOW_STATISTICS


def test_an_empty_map_is_bad_once_events_were_seen() -> None:
    full = BinsBelow(limit=1, events=50)
    empty = rows_of(np.zeros((1, 4, 4)))

    (early,) = full.judge(seen(empty, 20))
    (late,) = full.judge(seen(empty, 60))
    (unknown,) = full.judge(seen(empty))

    assert early.status is unknown.status is Status.LOW_STATISTICS
    assert early.sentence == "20 events seen, 50 needed"
    assert late.status is Status.BAD
    assert late.gross


def test_bins_known_to_be_wrong_are_of_exam() -> None:
    known = np.array([[True, False, False]])
    batch = msgspec.structs.replace(
        seen(rows_of(np.array([[0.0, 5, 5]])), 100), known=known
    )

    (result,) = BinsBelow().judge(batch)

    assert result.sentence == "0 of 2 bins below 1"
    everything = msgspec.structs.replace(batch, known=np.ones((1, 3), bool))
    assert BinsBelow().judge(everything)[0].status is Status.NOT_CHECKED


def test_the_share_of_a_range_counts_flow() -> None:
    rows = rows_of(np.array([[0.0, 90, 900, 10, 0]]))
    rows.contents[0, 0] = 500
    crossing = SumInRange(low=0, high=0, what="in BX 0", warn_below=0.95)

    (result,) = crossing.judge(seen(rows, np.nan, Axis(5, -2.5, 2.5, title="BX")))

    assert result.status is Status.WARNING
    assert result.sentence == "60 % in BX 0, expected at least 95 %"


def test_a_range_of_y_is_named_by_its_bins() -> None:
    rows = rows_of(np.array([[[300.0, 100], [300, 100]]]))
    axes = Axis(2, 0, 2), Axis(2, 0, 2, title="side", labels=("left", "right"))

    (result,) = SumInRange(axis="y", high=1, bad_above=0.6).judge(
        seen(rows, np.nan, *axes)
    )

    assert result.status is Status.BAD
    assert result.sentence == "75 % in left, expected at most 60 %"
    number = SumInRange(axis="y", low=1, share=False, bad_above=100)
    (result,) = number.judge(seen(rows, np.nan, *axes))
    assert result.sentence == "200 entries in right, expected at most 100"


@pytest.mark.parametrize(
    ("low", "entries", "status"),
    [
        (0.75, 400, Status.GOOD),
        (0.62, 400, Status.WARNING),
        (0.50, 400, Status.BAD),
        (0.75, 1e6, Status.WARNING),
        (0.64, 1e6, Status.BAD),
    ],
)
def test_a_share_is_beyond_a_limit_where_chance_alone_does_not_do_it(
    low: float, entries: float, status: Status
) -> None:
    near = SumInRange(high=0, what="near", warn_below=0.76, bad_below=0.65)
    far = SumInRange(low=0.1, what="far", warn_above=0.24, bad_above=0.35)
    rows = rows_of(np.array([[low, 1 - low]]) * entries)

    for check in (near, far):
        (result,) = check.judge(seen(rows, np.nan, Axis(2, -1, 1)))

        assert result.status is status
        said = "within the error of 400 entries" in result.sentence
        assert said == (entries == 400 and low > 0.5)


def test_weights_make_no_more_entries_of_a_share_than_there_were() -> None:
    rows = rows_of(np.array([[50.0, 50]]) * 1e4)
    weighted = msgspec.structs.replace(rows, sumw2=rows.contents * 1e4)
    near = SumInRange(high=0, warn_below=0.76)

    (many,) = near.judge(seen(rows, np.nan, Axis(2, -1, 1)))
    (hundred,) = near.judge(seen(weighted, np.nan, Axis(2, -1, 1)))

    assert many.status is Status.WARNING
    assert hundred.status is Status.LOW_STATISTICS


def test_what_no_entry_may_do_one_does() -> None:
    none = SumInRange(low=0, what="late", bad_above=0)

    (result,) = none.judge(
        seen(rows_of(np.array([[999.0, 1]])), np.nan, Axis(2, -1, 1))
    )

    assert result.status is Status.BAD
