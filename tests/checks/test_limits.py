"""Limits that cannot be meant are refused; what is few is not what is lost."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen

from dqmconsole.checks.batch import Batch, Rows
from dqmconsole.checks.comparison import Chi2PerDegree
from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.entries import Entries
from dqmconsole.checks.limits import entry_weights, few, moved
from dqmconsole.checks.moments import Mean
from dqmconsole.model.verdict import Status


@pytest.mark.parametrize(
    ("item", "key", "words"),
    [
        ({"mean": None}, "", "no limit is set"),
        ({"mean": {"warn_above": float("nan")}}, "warn_above", "is no number"),
        ({"mean": {"warn_above": 2, "bad_above": 1}}, "bad_above", "below"),
        ({"mean": {"warn_below": 3, "warn_above": 2}}, "warn_below", "no value"),
        ({"mean": {"warn_below": 1, "bad_below": 2}}, "bad_below", "above"),
        ({"rms": {"warn_shift": 2, "bad_shift": 1}}, "bad_shift", "below"),
        ({"bins_outside": None}, "high", "no limit is set"),
        ({"bins_outside": {"low": 2, "high": 1}}, "low", "above high"),
        ({"sum_in_range": {"low": 2, "high": 1, "bad_above": 1}}, "low", "above high"),
        ({"flags": {"warn_above": None, "bad_above": None}}, "", "no limit"),
        ({"last_bins": {"bad_above": 1, "beyond": 9}}, "beyond", "number of bins"),
        ({"step": {"last": 0}}, "last", "less than one"),
        ({"rate": None}, "", "no limit is set"),
        ({"dead_channels": {"bad_above": 3}}, "bad_above", "3 % is 0.03"),
        ({"holes": {"bad_above": 5}}, "bad_above", "a share of 0 to 1"),
        ({"entries": None}, "", "no limit is set"),
        ({"flow": {"warn_above": None}}, "", "no limit is set"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant(
    item: dict[str, object], key: str, words: str
) -> None:
    with pytest.raises(DeclarationError, match=words) as caught:
        declared(item)

    assert caught.value.keys == tuple(filter(None, (*item, key)))


def test_what_is_few_is_not_what_is_lost() -> None:
    rows = rows_of(np.array([[10.0, 5], [0, 0], [0, 0], [40, 0]]))
    batch = msgspec.structs.replace(
        seen(rows),
        reference=rows_of(np.full((4, 2), 10.0)),
        scale=np.array([1.0, 1, 2, 20]),
    )

    found = few(batch, np.array([15.0, 0, 0, 40]), 100)

    assert [found[row].status for row in range(4)] == [
        Status.LOW_STATISTICS,
        Status.LOW_STATISTICS,  # 20 are expected
        Status.BAD,
        Status.BAD,
    ]
    assert found[0].sentence == "15 entries, 100 needed"
    assert found[2].sentence == "it is empty where 40 are expected"
    assert found[3].sentence == "40 entries where 400 are expected"
    assert found[2].gross


def energies(hits: object, of_one: float = 40.0) -> Rows:
    """Sums of energies, of so many hits in each bin."""
    rows = rows_of(np.array(hits, np.float64))
    return msgspec.structs.replace(
        rows, contents=of_one * rows.contents, sumw2=of_one**2 * rows.contents
    )


def test_half_of_it_is_lost_where_half_of_the_entries_is() -> None:
    batch = Batch(
        energies([[0, 0], [2, 1], [2, 1], [0, 0]]),
        ("",) * 4,
        np.ones(4),
        reference=energies(np.full((4, 2), 1e4)),
        scale=np.array([5e-4, 5e-4, 5e-3, 5e-3]),  # 10 and 100 hits are expected
    )

    found = few(batch, np.zeros(4), 200)
    compared = [each.status for each in Chi2PerDegree(entries=200).judge(batch)]

    wanted = [Status.LOW_STATISTICS] * 2 + [Status.BAD] * 2
    assert [found[row].status for row in range(4)] == wanted
    assert compared == wanted
    amounts = [each.status for each in Entries(bad_percent=50).judge(batch)]
    assert amounts == [Status.GOOD] * 2 + [Status.BAD] * 2


def test_a_few_entries_weigh_what_those_of_their_run_do() -> None:
    batch = Batch(
        energies([[50, 50], [0, 0], [0, 1]]),
        ("",) * 3,
        np.ones(3),
        reference=energies(np.full((3, 2), 1e4), 1e-4),  # it is scaled to a sum of 2
        scale=np.full(3, 1000.0),
        whole=np.array([-1, 0, 0]),
    )

    assert entry_weights(batch).tolist() == [40.0, 40.0, 40.0]
    alone = msgspec.structs.replace(batch, whole=None)
    assert entry_weights(alone).tolist() == [40.0, 1.0, 40.0]


def test_entries_without_weights_are_counted_by_the_weights_of_the_reference() -> None:
    reference = energies(np.full((1, 10), 1e5), 1e-4)  # 10 entries in each bin
    batch = Batch(
        rows_of(np.full((1, 10), 6.0)), ("",), np.ones(1), reference, np.ones(1)
    )

    (result,) = Chi2PerDegree(entries=101).judge(batch)

    assert result.status is Status.LOW_STATISTICS
    assert result.sentence == "60 entries where 100 are expected, 101 needed"


def test_limits_on_one_side_are_said_as_such() -> None:
    assert Mean(bad_above=3).expected("ns") == ", expected at most 3 ns"
    assert Mean(warn_below=-3, bad_below=-9).expected() == ", expected at least −3"
    assert Mean(warn_below=0, bad_above=9).expected() == ", expected 0 to 9"
    assert Mean(warn_above=0.1).expected(share=True) == ", expected at most 10 %"


def profile(means: list[float], squares: list[float]) -> Rows:
    """Profiles of one row, of 100 fills a bin, with these means of squares."""
    rows = rows_of(np.array([means]), np.full((1, len(means)), 100.0))
    return msgspec.structs.replace(rows, sumw2=np.array([[0.0, *squares, 0.0]]) * 100)


@pytest.mark.parametrize(
    ("off", "family"),
    [
        ([-5.0, -3.0], "missing"),
        ([-5.0, 1.0], "missing"),
        ([-5.0, 2.0], "shift"),
        ([-5.0, 5.0], "shift"),
        ([7.0], "excess"),
        ([], "shift"),
        ([np.nan, -1.0], "shift"),
        ([np.inf], "shift"),
    ],
)
def test_what_lies_on_one_side_is_missing_or_excess(
    off: list[float], family: str
) -> None:
    rows = rows_of(np.array([[10.0, 5.0]]))
    assert moved(rows, 0, np.array(off)) == family


def test_means_are_shifted_but_of_shares_less_passes() -> None:
    low = np.array([-0.5])
    assert moved(profile([0.4, 3.0], [1.0, 9.5]), 0, low) == "shift"
    assert moved(profile([0.4, 0.9], [0.4, 0.9]), 0, low) == "missing"
