"""AutoDQM's pull, the band of good runs, and a template that follows them."""

from __future__ import annotations

import importlib
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from interop.toys import chi2_of
from support.batches import rows_of

from dqmconsole.checks.batch import Band, Batch
from dqmconsole.checks.beta_binomial import (
    BetaBinomial,
    beta_binomial_pulls,
    farthest_of,
)
from dqmconsole.checks.pulls import (
    RunBand,
    Template,
    band_of,
    followed,
    statistical,
    widened,
)
from dqmconsole.model.verdict import Status

STATS: Any = importlib.import_module("scipy.stats")
MEAN = np.array([1000.0, 400, 2000, 50, 700, 900])


def batch(data: np.ndarray, band: Band | None, *, entries: bool = False) -> Batch:
    rows = rows_of(data, np.full(data.shape, 400.0) if entries else None)
    nothing = np.full(len(data), np.nan)
    return Batch(rows, ("",) * len(data), nothing, band=band)


def band(runs: int = 12, share: float = 0.05) -> Band:
    return Band(MEAN[None], share * MEAN[None], np.array([float(runs)]))


def test_the_pull_is_that_of_the_beta_binomial_distribution() -> None:
    """As AutoDQM computes it, with the tolerance that makes a reference weigh less."""
    data, tolerance = np.array([30.0, 0, 66, 4]), 0.01
    references = np.array([[300.0, 40, 600, 60], [2500.0, 600, 6500, 400]])
    chances = []
    for reference in references:
        less = (1 + (reference * tolerance**2) ** 2) ** -0.5
        a = np.round(reference * less) + 1
        b = np.round(reference.sum() * less) - a + 2
        expected = data.sum() * reference / reference.sum()
        best = np.maximum(
            STATS.betabinom.pmf(np.ceil(expected), data.sum(), a, b),
            STATS.betabinom.pmf(np.floor(expected), data.sum(), a, b),
        )
        chances.append(
            np.minimum(STATS.betabinom.pmf(data, data.sum(), a, b) / best, 1)
        )
    wanted = np.sqrt(STATS.chi2.isf(np.mean(chances, axis=0), 1))

    found = beta_binomial_pulls(data[None], references[:, None], tolerance)

    assert np.abs(found[0]) == pytest.approx(wanted, abs=1e-6)
    assert found[0, 1] < 0


def test_the_farthest_of_many_bins_is_worth_less() -> None:
    found = farthest_of(np.array([4.0, 4.0, 36.0]), np.array([1, 1000, 1000]))

    assert found[0] == pytest.approx(4, abs=1e-6)
    assert 1.8 < found[1] < 1.9  # 1000 looks of 6.3e-5
    assert found[2] > 35


def test_fewer_references_allow_more() -> None:
    data, reference = np.array([[100.0, 100, 160]]), np.array([[1000.0, 1000, 1000]])
    one = Batch(
        rows_of(data),
        ("",),
        np.array([np.nan]),
        reference=rows_of(reference),
        scale=np.array([0.12]),
    )
    many = BetaBinomial(bad_above=2.0, per_reference=4.0, references=8)
    few = BetaBinomial(bad_above=2.0, per_reference=4.0, references=1)

    assert many.judge(one)[0].limits == ((2.5, "bad above"),)
    assert many.judge(one)[0].status is Status.BAD
    assert few.judge(one)[0].status is Status.GOOD


def test_weighted_fills_are_no_counts() -> None:
    data = np.array([[100.0, 100, 160]])
    rows = msgspec.structs.replace(rows_of(data), sumw2=rows_of(data).contents * 0.1)
    one = Batch(rows, ("",), np.zeros(1), reference=rows_of(data), scale=np.ones(1))

    assert BetaBinomial().judge(one)[0].status is Status.NOT_CHECKED


def test_of_weighted_fills_that_are_few_the_error_is_not_their_own() -> None:
    """Two entries where 12 are usual are 2.9 standard deviations, and not 7."""
    values, mean = np.array([[100.0, 2.0]]), np.array([[100.0, 12.0]])
    rows = rows_of(0.25 * values)
    rows = msgspec.structs.replace(rows, sumw2=0.25 * rows.contents)
    (found,) = statistical(rows, 0.25 * mean, np.array([1e6]))
    assert found == pytest.approx([0.0, -10 / np.sqrt(12)], rel=1e-3)


def test_a_band_is_the_mean_and_spread_of_runs_for_one_exposure() -> None:
    runs = np.array([[100.0, 10], [220, 20], [900, 90]])
    exposure = np.array([1e3, 2e3, np.nan])  # of the last one nothing is known

    found = band_of(rows_of(runs), exposure, np.array([10.0, 100.0]))

    assert found.mean == pytest.approx(np.array([[3.2 / 3, 0.1], [32 / 3, 1.0]]))
    rates = np.array([0.1, 0.11])
    wanted = np.sqrt(((rates - 0.32 / 3) ** 2).sum()) * 10
    assert found.spread[0] == pytest.approx([wanted, 0.0])
    assert found.runs.tolist() == [2, 2]


def test_a_band_of_means_does_not_grow_with_exposure() -> None:
    runs = np.array([[5.0, 1.0], [7.0, 1.0]])

    found = band_of(rows_of(runs, np.full((2, 2), 50.0)))

    assert found.mean.tolist() == [[6.0, 1.0]]
    assert found.spread[0] == pytest.approx([np.sqrt(2), 0])


def test_no_good_run_makes_no_band() -> None:
    found = band_of(rows_of(np.ones((2, 3))), np.array([np.nan, 0.0]), np.ones(1))

    (result,) = RunBand().judge(batch(np.ones((1, 3)), found))
    assert result.status is Status.NO_REFERENCE


def test_significance_alone_is_normal_and_size_alone_is_chance() -> None:
    many = 1e4 * MEAN
    wide = Band(many[None], 0.05 * many[None], np.array([12.0]))

    (sure,) = RunBand().judge(batch(many[None] * 1.03, wide))
    low = Band(np.array([[6.0, 100]]), np.array([[0.3, 5]]), np.array([12.0]))
    (rare,) = RunBand().judge(batch(np.array([[2.0, 100]]), low))

    assert sure.status is Status.GOOD
    assert "sigma statistically, " in sure.sentence
    assert sure.sentence.endswith("of the usual spread: normal")
    assert rare.status is Status.GOOD


def test_both_together_are_bad_and_the_band_comes_with_it() -> None:
    data = MEAN[None].copy()
    data[0, 2] *= 0.5

    (result,) = RunBand().judge(batch(data, band()))

    assert result.status is Status.BAD
    assert result.offending is not None
    assert result.offending.tolist() == [2]
    assert result.low is not None
    assert result.high is not None
    assert data[0, 2] < result.low[2] < MEAN[2] < result.high[2]
    assert ": bin 3, " in result.sentence
    assert "times the usual spread, at most 5 allowed" in result.sentence


def test_many_bins_that_are_each_a_little_off_are_bad_together() -> None:
    mean = np.full((1, 40), 10_000.0)
    of_runs = Band(mean, 0.05 * mean, np.array([1000.0]))
    off = mean * np.where(np.arange(40) % 2, 1.12, 0.88)
    check = RunBand(bad_chi2_above=3.0)

    (alone,) = RunBand().judge(batch(off, of_runs))
    (together,) = check.judge(batch(off, of_runs))
    (usual,) = check.judge(batch(mean * 1.05, of_runs))

    assert alone.status is Status.GOOD
    assert together.status is Status.BAD
    # 2.4 spreads of 5 %, and 1 % by counting
    assert "chi2 5.5" in together.sentence
    assert usual.status is Status.GOOD


def test_of_values_that_were_set_the_spread_alone_tells() -> None:
    """A temperature of 20 degrees has no error of 4.5 of its own."""
    of_runs = Band(np.full((1, 1), 20.0), np.full((1, 1), 0.1), np.array([50.0]))

    check = RunBand(counts=False)

    (off,) = check.judge(batch(np.array([[20.8]]), of_runs))
    (same,) = check.judge(batch(np.array([[20.1]]), of_runs))

    assert off.status is Status.BAD
    assert "sigma" not in off.sentence
    assert "times the usual spread, at most 5 allowed" in off.sentence
    assert off.pulls is not None
    assert np.isfinite(off.pulls).all()
    assert same.status is Status.GOOD
    assert (
        RunBand(entries=1).judge(batch(np.array([[26.0]]), of_runs))[0].status
        is Status.GOOD
    )


def test_of_few_runs_more_is_allowed_and_it_is_said() -> None:
    data = MEAN[None] * np.array([1, 1, 0.65, 1, 1, 1])
    statuses = []
    for runs in (100, 12, 5, 4):
        (result,) = RunBand(warn_above=None, bad_above=3).judge(batch(data, band(runs)))
        statuses.append(result.status)

    assert statuses == [Status.BAD, Status.BAD, Status.GOOD, Status.GOOD]
    assert "so few that their spread is taken twice as wide" in result.sentence
    five, four = (widened(MEAN[None], MEAN[None], np.array([n]))[0, 0] for n in (5, 4))
    assert four > five


def test_a_bin_without_spread_by_accident_has_the_usual_one() -> None:
    spread = 0.05 * MEAN
    spread[0] = 0.0

    found = widened(spread[None], MEAN[None], np.array([1e9]))

    assert found[0, 0] == pytest.approx(0.05 * MEAN[0], rel=1e-3)


def test_means_are_judged_where_enough_was_filled() -> None:
    of_means = Band(np.full((1, 3), 5.0), np.full((1, 3), 0.1), np.array([12.0]))

    (same,) = RunBand().judge(
        batch(np.array([[5.0, 5.1, 4.9]]), of_means, entries=True)
    )
    (off,) = RunBand().judge(batch(np.array([[5.0, 9.0, 4.9]]), of_means, entries=True))

    assert same.status is Status.GOOD
    assert off.status is Status.BAD
    assert off.offending is not None
    assert off.offending.tolist() == [1]


def follow(shapes: np.ndarray, entries: int, chance: np.random.Generator) -> Template:
    template = None
    for shape in shapes:
        template = followed(template, chance.multinomial(entries, shape).astype(float))
    assert template is not None
    return template


def test_a_template_follows_a_slow_drift_and_finds_a_dead_bin() -> None:
    chance = np.random.default_rng(5)
    drift = np.linspace(0, 0.3, 60)[:, None] * np.linspace(-1, 1, 20)
    shapes = (1 + drift) / (1 + drift).sum(axis=1, keepdims=True)

    template = follow(shapes, 100_000, chance)
    next_one = chance.multinomial(100_000, shapes[-1]).astype(float)
    dead = next_one.copy()
    dead[7] = 0
    still = Template(shapes[0], np.zeros(20), 1.0, 1.0)

    assert chi2_of(template, next_one) / 20 < 2
    assert chi2_of(still, next_one) / 20 > 20
    assert chi2_of(template, dead) / 20 > 50
    assert template.runs == pytest.approx(19, abs=0.5)  # (1 + keep) / (1 - keep)


def test_one_entry_where_good_runs_have_none_is_no_fault() -> None:
    """An empty bin of a template, or of a band, is not known to stay empty."""
    template, shape = None, np.array([0, 4000.0, 6000, 0])
    for _ in range(20):
        template = followed(template, shape)
    assert template is not None
    here, there = np.array([[1.0, 4000, 6000, 0], [12, 4000, 6000, 0]])

    assert chi2_of(template, here) < 2
    assert chi2_of(template, there) > 100

    shapes = np.array([shape, shape])
    band = Band(shapes, 0.05 * shapes, np.array([20.0, 20]))
    found = RunBand().judge(batch(np.array([here, there]), band))
    assert [one.status for one in found] == [Status.GOOD, Status.BAD]


def test_few_runs_of_few_entries_do_not_know_their_mean() -> None:
    """As in a cell of a real map: 3 and 2 hits, then 17, among twenty thousand."""
    data = np.array([[1e5, 17.0], [1e5, 17]])
    means = np.array([[1e5, 2.5], [1e5, 2.5]])
    found = statistical(rows_of(data), means, np.array([2.0, 1e6]))

    assert found[0, 1] == pytest.approx(4.22, abs=0.01)
    assert found[1, 1] == pytest.approx(6.01, abs=0.01)  # of a mean that is known


def test_a_run_without_entries_leaves_a_template_as_it_was() -> None:
    template = followed(None, np.array([1.0, 3.0]))

    assert followed(template, np.zeros(2)) is template
    assert followed(template, np.array([np.nan, 1])) is template
    assert followed(None, np.zeros(2)) is None
    assert template is not None
    assert np.isnan(chi2_of(template, np.zeros(2)))


BINS = npst.arrays(
    np.float64,
    (2, 4),
    elements=st.one_of(
        st.sampled_from([0.0, 1.0, 1e6, -5.0, np.nan, np.inf, 1e300]), st.floats(0, 900)
    ),
)


@given(data=BINS, mean=BINS, spread=BINS, runs=st.integers(0, 20) | st.just(np.nan))
def test_nothing_raises_and_no_number_is_never_good(
    data: np.ndarray, mean: np.ndarray, spread: np.ndarray, runs: float
) -> None:
    one = batch(data, Band(mean, np.abs(spread), np.full(2, runs)))

    for row, result in enumerate(RunBand().judge(one)):
        assert result.sentence
        if not np.isfinite(data[row]).all() and np.isfinite(mean[row]).all():
            assert result.status is not Status.GOOD, result.sentence
