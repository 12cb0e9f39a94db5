"""Checks against a reference, beside ROOT's numbers and on hostile bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from support.batches import rows_of

from dqmconsole.checks.batch import Batch
from dqmconsole.checks.beta_binomial import BetaBinomial
from dqmconsole.checks.comparison import Chi2PerDegree, Equal, KolmogorovDistance
from dqmconsole.checks.deviations import (
    BinsAgainstReference,
    Deviation,
    deviations,
    li_ma,
)
from dqmconsole.checks.root_statistics import (
    Sides,
    chi2_test,
    kolmogorov_probability,
    kolmogorov_test,
)
from dqmconsole.checks.sentences import bins_of
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Rows
    from dqmconsole.checks.check import Check

ALL: tuple[Check, ...] = (
    BetaBinomial(),
    BinsAgainstReference(),
    Chi2PerDegree(),
    Deviation(),
    Equal(),
    KolmogorovDistance(),
)
DATA = np.array([[12.0, 0, 31, 0, 47, 9]])
REFERENCE = np.array([[110.0, 4, 290, 0, 520, 70]])


def against(data: np.ndarray, reference: np.ndarray, scale: float = 1.0) -> Batch:
    count = len(data)
    return Batch(
        rows_of(data),
        ("",) * count,
        np.full(count, np.nan),
        reference=rows_of(reference),
        scale=np.full(count, scale),
    )


def test_chi2_of_counts_leaves_out_bins_that_are_empty_on_both_sides() -> None:
    """The numbers are ROOT 6.40's, Chi2Test "UU"."""
    found = chi2_test(Sides(DATA, REFERENCE))

    assert found.ndf.tolist() == [4]
    assert found.chi2 == pytest.approx([1.557492143327907], rel=1e-6)
    assert found.p == pytest.approx([0.8164109711187502], rel=1e-6)


def test_a_weighted_reference_makes_an_empty_bin_cost_an_entry() -> None:
    """The numbers are ROOT 6.40's, Chi2Test "UW"."""
    data = np.array([[120.0, 0, 310, 0, 470, 90]])
    reference = np.array([[11.0, 1, 29, 0, 52, 7]])

    found = chi2_test(Sides(data, 3 * reference, None, 9 * reference))

    assert found.ndf.tolist() == [4]
    assert found.chi2 == pytest.approx([1.9814536920501578], rel=1e-6)
    assert found.p == pytest.approx([0.7391702359258787], rel=1e-6)


def test_kolmogorov_in_two_dimensions_is_the_mean_of_both_orders() -> None:
    """The numbers are ROOT 6.40's, TH2::KolmogorovTest."""
    data = np.array([[10.0, 3, 5, 40, 8, 2]])
    reference = np.array([[30.0, 30, 30, 30, 30, 30]])

    found = kolmogorov_test(Sides(data, reference), (2, 3))

    assert found.distance == pytest.approx([0.31862745098], rel=1e-6)
    assert found.p == pytest.approx([8.8882074894e-05], rel=1e-5)


def test_a_map_is_not_like_a_normalised_reference_whatever_it_holds() -> None:
    shape = np.linspace(0.4, 1.6, 100).reshape(1, 10, 10)
    sides = against(200 * shape, 10_000 * shape[:, ::-1])
    assert sides.reference is not None
    weight = 1e-6
    normal = msgspec.structs.replace(
        sides.reference,
        contents=weight * sides.reference.contents,
        sumw2=weight**2 * sides.reference.contents,
    )
    normalised = msgspec.structs.replace(
        sides, reference=normal, scale=np.array([0.02 / weight])
    )

    (counts,) = KolmogorovDistance().judge(sides)
    (found,) = KolmogorovDistance().judge(normalised)

    assert found.status is counts.status is Status.BAD
    assert found.value == pytest.approx(counts.value)


@pytest.mark.parametrize("z", [0.1, 0.3, 0.7, 0.8, 1.2, 2.5, 5.0])
def test_the_probability_of_a_distance_is_kolmogorovs(z: float) -> None:
    j = np.arange(1, 200)
    exact = 2 * np.sum((-1.0) ** (j - 1) * np.exp(-2 * j**2 * z**2))

    found = kolmogorov_probability(np.array([z]))[0]

    assert found == pytest.approx(1.0 if z < 0.2 else exact, abs=1e-6)


def test_a_large_distance_has_no_probability_and_nan_has_none_at_all() -> None:
    found = kolmogorov_probability(np.array([8.0, np.nan]))

    assert found[0] == 0
    assert np.isnan(found[1])


def test_few_entries_are_compared_by_likelihood() -> None:
    pulls = li_ma(np.array([0.0, 3.0, 0.0]), np.array([50.0, 0.0, 0.0]), np.array(0.1))

    # 5 expected and none: by Gauss 2.2 sigma from the data, infinitely many from it
    assert pulls == pytest.approx([-3.087, 3.794, 0.0], abs=2e-3)


def test_one_bin_of_very_many_is_that_far_off_by_chance() -> None:
    """One good map in 75 of 23,000 cells has one beyond 5 sigma."""
    few, many = np.full((1, 100), 400.0), np.full((1, 23_000), 400.0)
    far = 400 + 5.4 * 20 * 1.05  # sigma of 400 entries beside as many again

    def judged(reference: np.ndarray, check: BinsAgainstReference) -> Status:
        data = reference.copy()
        data[0, 0] = far
        return check.judge(against(data, 1000 * reference, 0.001))[0].status

    check = BinsAgainstReference()
    assert judged(few, check) is Status.WARNING
    assert judged(many, check) is Status.GOOD
    assert judged(many, BinsAgainstReference(chance=1)) is Status.WARNING
    (result,) = check.judge(against(many, many))
    assert (
        result.sentence
        == "none of 23,000 bins off the reference by more than 5.87 sigma"
    )


def test_known_bins_are_left_out_on_both_sides() -> None:
    data, reference = np.full((1, 10), 100.0), np.full((1, 10), 100.0)
    data[0, 3] = 0
    known = np.zeros((1, 10), bool)
    known[0, 3] = True
    batch = against(data, reference)

    for check in (Chi2PerDegree(), BinsAgainstReference(), Equal()):
        (bare,) = check.judge(batch)
        (masked,) = check.judge(msgspec.structs.replace(batch, known=known))
        assert bare.status is not Status.GOOD, bare.sentence
        assert masked.status is Status.GOOD, masked.sentence


def test_what_is_off_is_named_with_its_pulls() -> None:
    data, reference = np.full((1, 50), 100.0), np.full((1, 50), 100.0)
    data[0, 10:13] = 0

    for check in (Chi2PerDegree(), BinsAgainstReference(), BetaBinomial(bad_above=5)):
        (result,) = check.judge(against(data, reference))
        assert result.status is Status.BAD
        assert "bin 11–13" in result.sentence
        assert result.offending is not None
        assert result.offending.tolist() == [10, 11, 12]
        assert result.pulls is not None
        assert set(np.argsort(result.pulls)[:3].tolist()) == {10, 11, 12}


def test_a_great_chi2_of_few_degrees_is_good_where_chance_makes_it() -> None:
    """Two bins of a handful of entries differ as much in one run of fifty."""
    (result,) = Chi2PerDegree(entries=1).judge(
        against(np.array([[10.0, 2.0]]), np.array([[400.0, 400.0]]), 0.015)
    )

    assert result.status is Status.GOOD
    assert "it may be chance with so few" in result.sentence


def test_loss_of_everything_is_bad_where_enough_is_expected() -> None:
    reference = np.full((1, 10), 100.0)
    for check in ALL:
        (result,) = check.judge(against(np.zeros((1, 10)), reference, 0.1))
        assert result.status is Status.BAD, (check.NAME, result.sentence)
        (few,) = check.judge(against(np.zeros((1, 10)), reference, 1e-3))
        wanted = Status.BAD if isinstance(check, Equal) else Status.LOW_STATISTICS
        assert few.status is wanted, (check.NAME, few.sentence)


def test_the_greatest_contents_have_a_chance() -> None:
    data = np.array([[1e300, 1e300]])

    (result,) = KolmogorovDistance().judge(against(data, data))

    assert (result.value, result.p_value) == (0.0, 1.0)


def test_shape_alone_does_not_hide_that_nearly_all_is_lost() -> None:
    data = np.full((1, 10), 1.0)
    for check in (Chi2PerDegree(), KolmogorovDistance(), BetaBinomial(entries=20)):
        (result,) = check.judge(against(data, np.full((1, 10), 1000.0)))
        assert result.status is Status.BAD
        assert result.gross
        assert "10 entries where 10,000 are expected" in result.sentence


def test_means_are_compared_by_the_spread_of_both_sides() -> None:
    means, entries = np.full((1, 4), 0.95), np.full((1, 4), 200.0)
    ones = rows_of(means, entries)
    shares = msgspec.structs.replace(ones, sumw2=ones.contents)
    data = msgspec.structs.replace(
        shares,
        contents=shares.contents * np.array([[0, 1, 1, 0.6, 1, 0]]),
        sumw2=shares.contents * np.array([[0, 1, 1, 0.6, 1, 0]]),
    )
    batch = Batch(data, ("",), np.array([np.nan]), shares, np.ones(1))

    (result,) = BinsAgainstReference(absolute=0.05, bad_above=0).judge(batch)

    assert result.status is Status.BAD
    assert result.offending is not None
    assert result.offending.tolist() == [2]
    # 114 of 200 beside 190 of 200: 8.8 sigma by the pooled share
    assert result.pulls is not None
    assert result.pulls[2] == pytest.approx(-8.8, abs=0.1)


def of_weight(counts: np.ndarray, weight: float) -> Rows:
    rows = rows_of(weight * counts)
    return msgspec.structs.replace(rows, sumw2=weight * rows.contents)


@pytest.mark.parametrize("weight", [1e-3, 1.0, 40.0])
def test_weighted_fills_are_as_far_off_as_counts_where_there_are_few(
    weight: float,
) -> None:
    few, many = np.array([[2.0, 0, 11, 30, 9]]), np.full((1, 5), 1e5)
    batch = against(few, many, 1e-4)
    assert batch.scale is not None
    of_data = Batch(
        of_weight(few, weight), ("",), np.ones(1), batch.reference, weight * batch.scale
    )
    of_both = msgspec.structs.replace(
        of_data, reference=of_weight(many, weight), scale=batch.scale
    )
    of_reference = msgspec.structs.replace(
        batch, reference=of_weight(many, weight), scale=batch.scale / weight
    )
    normalised = msgspec.structs.replace(
        batch, reference=of_weight(many, 1e-4), scale=np.ones(1)
    )
    for each in (batch, of_data, of_both, of_reference, normalised):
        assert each.reference is not None
        pulls, expected, filled = deviations(each, each.reference)
        # 2 beside 10 are 3.1 sigma by the likelihood ratio, none 4.5, 30 are 5.1
        assert pulls[0, :3] == pytest.approx([-2.8, -3.8, 0.3], abs=0.7)
        assert 3 < pulls[0, 3] < 5.2
        assert filled == pytest.approx(few, abs=1.0)
        if each is not of_data:
            assert expected == pytest.approx(np.full((1, 5), 10.0))


def test_values_that_were_set_have_their_own_errors() -> None:
    data, reference = np.array([[0.05, 0.9, 0.02]]), np.array([[0.9, 0.9, 0.04]])
    rows = msgspec.structs.replace(rows_of(data), sumw2=np.full((1, 5), 1e-4))
    beside = msgspec.structs.replace(rows_of(reference), sumw2=np.full((1, 5), 1e-4))

    pulls, _, _ = deviations(Batch(rows, ("",), np.ones(1), beside, np.ones(1)), beside)

    assert pulls[0] == pytest.approx(np.array([-85, 0, -2]) / np.sqrt(2))


def test_means_of_weighted_fills_count_the_fills() -> None:
    chance = np.random.default_rng(5)

    def profile(fills: int) -> Rows:
        bins = np.arange(fills) % 20
        y, weight = chance.normal(1, 1, fills), chance.exponential(40.0, fills)
        sums, squares, entries, weights2 = (
            np.pad(np.bincount(bins, each, 20), 1)[None]
            for each in (weight * y, weight * y**2, weight, weight**2)
        )
        return msgspec.structs.replace(
            rows_of(np.zeros((1, 20)), np.ones((1, 20))),
            contents=sums,
            sumw2=squares,
            bin_entries=entries,
            bin_sumw2=weights2,
        )

    reference = profile(200_000)
    off = [
        deviations(
            Batch(profile(4000), ("",), np.ones(1), reference, np.ones(1)), reference
        )
        for _ in range(50)
    ]

    assert np.std([pulls for pulls, _, _ in off]) == pytest.approx(1.0, abs=0.1)
    # 200 exponential weights are worth 100
    assert np.mean([filled for _, _, filled in off]) == pytest.approx(100, abs=5)
    assert np.mean([expected for _, expected, _ in off]) == pytest.approx(100, abs=5)


def test_rare_hits_are_compared_as_counts() -> None:
    entries = np.full((1, 3), 10_000.0)
    rare = rows_of(np.array([[1e-4, 1e-4, 1e-4]]), entries)
    reference = msgspec.structs.replace(rare, sumw2=rare.contents)
    more = rare.contents * np.array([[0, 9, 40, 1, 0]])
    data = msgspec.structs.replace(rare, contents=more, sumw2=more)
    batch = Batch(data, ("",), np.array([np.nan]), reference, np.ones(1))

    (result,) = BinsAgainstReference(sigma=2, chance=1.0, bad_above=0).judge(batch)

    # 9 beside 1 and 40 beside 1
    assert result.pulls is not None
    assert result.pulls[:2] == pytest.approx([2.713, 6.887], abs=0.001)
    assert result.offending is not None
    assert result.offending.tolist() == [0, 1]


ORDER = (Status.GOOD, Status.WARNING, Status.BAD)


@pytest.mark.parametrize("check", [BinsAgainstReference(), Deviation()])
def test_means_that_are_all_no_numbers_are_never_good(check: Check) -> None:
    data = rows_of(np.full((1, 3), np.nan), np.full((1, 3), 200.0))
    means = rows_of(np.ones((1, 3)), np.full((1, 3), 200.0))

    (result,) = check.judge(Batch(data, ("",), np.ones(1), means, np.ones(1)))

    assert result.status is Status.FAILED


@pytest.mark.parametrize("check", ALL, ids=lambda check: str(check.NAME))
def test_losing_more_bins_never_makes_it_better(check: Check) -> None:
    chance = np.random.default_rng(7)
    data = np.repeat(chance.poisson(500, (1, 20)).astype(float), 21, axis=0)
    if isinstance(check, Equal):
        reference = np.repeat(data[:1], 21, axis=0)
    else:
        reference = np.repeat(chance.poisson(5000, (1, 20)).astype(float), 21, axis=0)
    for lost in range(21):
        data[lost, :lost] = 0

    results = check.judge(against(data, reference, data[0].sum() / reference[0].sum()))

    found = [ORDER.index(result.status) for result in results]
    assert found[0] == 0
    assert found == sorted(found)
    assert found[-1] == 2


BINS = npst.arrays(
    np.float64,
    (3, 6),
    elements=st.one_of(
        st.sampled_from([0.0, 1.0, 50.0, 1e6, -5.0, np.nan, np.inf, 1e300]),
        st.floats(0, 1000),
    ),
)


@given(data=BINS, reference=BINS, weighted=st.booleans(), scale=st.floats(0, 10))
def test_nothing_raises_and_no_number_is_never_good(
    data: np.ndarray, reference: np.ndarray, *, weighted: bool, scale: float
) -> None:
    batch = against(data, reference, scale)
    if weighted:
        contents = batch.data.contents
        rows = msgspec.structs.replace(batch.data, sumw2=np.abs(contents) * 0.5)
        batch = msgspec.structs.replace(batch, data=rows)
    for check in ALL:
        results = check.judge(batch)
        assert len(results) == 3
        for row, result in enumerate(results):
            assert result.sentence
            if not np.isfinite(data[row]).all():
                assert result.status is not Status.GOOD, (check.NAME, result.sentence)


def test_means_of_which_no_bin_has_a_spread_are_no_news_of_numpys() -> None:
    data = rows_of(np.array([[3.0, 3.0]]), np.array([[50.0, 50.0]]))
    lost = rows_of(np.array([[np.nan, np.nan]]), np.array([[50.0, 50.0]]))
    batch = msgspec.structs.replace(against(DATA[:, :2], DATA[:, :2]), data=data)
    for check in (BinsAgainstReference(), Deviation()):
        (found,) = check.judge(msgspec.structs.replace(batch, reference=lost))
        assert found.status is not Status.GOOD


def test_a_distance_that_nothing_reaches_is_no_limit() -> None:
    wrong = dict(KolmogorovDistance(warn_above=0.5, bad_above=20).wrong())
    assert set(wrong) == {"bad_above"}
    assert "no distance is above 1" in wrong["bad_above"]
    assert not dict(KolmogorovDistance(warn_above=0.5, bad_above=1).wrong())


def test_what_differs_is_said_as_numbers_of_a_shifter() -> None:
    time = Axis(3, 0.0, 6.0, title="Time [ns]")
    one = against(np.array([[1000.0, 1000, 8000]]), np.array([[4000.0, 5000, 1000]]))
    rows = msgspec.structs.replace(one.data, axes=((time,),))
    (shape,) = KolmogorovDistance().judge(msgspec.structs.replace(one, data=rows))
    assert shape.sentence.endswith("; 20 % up to Time 3 ns, 90 % in the reference")
    check = BinsAgainstReference(excess=True, absolute=10, relative=2.0)
    (bins,) = check.judge(against(np.array([[40.0, 4, 900]]), np.array([[2.0, 3, 5]])))
    assert bins.sentence == (
        "2 of 3 bins above the reference by more than 5 sigma, 200 % of it and 10, "
        "none allowed: bin 1, 3, farthest off at bin 3 (900, 5 expected)"
    )


def test_channels_from_whole_edges_are_called_by_their_lower_one() -> None:
    wires, towers = Axis(96, 0.0, 96.0, title="wire"), Axis(3, 1.0, 4.0, title="tower")
    assert bins_of(wires, range(40, 50)) == "wire 40–49"
    assert bins_of(towers, [0]) == "tower 1"
    measured = Axis(96, 0.0, 96.0, title="Energy [GeV]")
    assert bins_of(measured, range(40, 50)) == "Energy 40.5–49.5 GeV"
