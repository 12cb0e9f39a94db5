"""No input breaks a check or is called good for it; what is worse is never better."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.batches import rows_of

from dqmconsole.checks.batch import Band, Batch, Rows
from dqmconsole.checks.declared import declared
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.checks.check import Check, Result
    from dqmconsole.model.histogram import Array

pytestmark = pytest.mark.slow

NUMBERS = (0.0, 0.0, 1.0, 7.0, 400.0, 1e5, 0.25, -3.0, 1e-300, 1e300, -1e300)
NO_NUMBERS = (np.nan, np.inf, -np.inf)
SIZES = (1, 2, 3, 7)

WORST = {Status.GOOD: 0, Status.WARNING: 2, Status.BAD: 3}  # others: 1


@st.composite
def batches(draw: st.DrawFn, check: type[Check], *, finite: bool, rows: int) -> Batch:
    """Rows of any kind the check can judge, of any content."""
    dimension = draw(st.sampled_from(check.DIMENSIONS))
    most = {1: 7, 2: 3, 3: 2}[dimension]
    sizes = draw(
        st.tuples(*[st.sampled_from([n for n in SIZES if n <= most])] * dimension)
    )
    shape = (rows, *(size + 2 for size in sizes))
    pool = NUMBERS if finite else NUMBERS + NO_NUMBERS
    seeds = st.integers(0, 2**32 - 1)

    def array(numbers: tuple[float, ...]) -> Array:
        rng = np.random.default_rng(draw(seeds))
        few = rng.choice(numbers, draw(st.integers(1, 4)))
        return rng.choice(few, shape)

    profile = check.PROFILES and draw(st.booleans())
    axes = tuple(_axis(draw, size) for size in sizes)

    def made() -> Rows:
        weighted = draw(st.booleans())
        bin_entries = array(pool) if profile else None
        return Rows(
            array(pool),
            (axes,) * rows,
            np.asarray(draw(st.lists(st.sampled_from(pool), min_size=rows,
                                     max_size=rows))),
            sumw2=array(pool) if weighted or profile else None,
            bin_entries=bin_entries,
            bin_sumw2=array(pool) if weighted and profile else None,
            error_mode=draw(st.sampled_from(("", "s", "i", "g"))) if profile else "",
        )  # fmt: skip

    some = st.lists(
        st.sampled_from((np.nan, 0.0, 1.0, 1e6)), min_size=rows, max_size=rows
    )
    reference = made() if draw(st.booleans()) else None
    band = known = None
    inside = (rows, *sizes)
    if draw(st.booleans()):
        rng = np.random.default_rng(draw(seeds))
        mean, spread = (rng.choice(pool, inside) for _ in range(2))
        band = Band(mean, np.abs(spread), rng.choice((0.0, 1, 3, 9), rows))
    if draw(st.booleans()):
        known = np.random.default_rng(draw(seeds)).random(inside) < 0.5
    return Batch(
        made(),
        ("",) * rows,
        np.asarray(draw(some)),
        reference=reference,
        scale=None if reference is None else np.asarray(draw(some)),
        no_reference="none is chosen" if reference is None else "",
        band=band,
        known=known,
    )


def _axis(draw: st.DrawFn, size: int) -> Axis:
    if draw(st.booleans()):
        return Axis(
            size, -1.0, 1.0, labels=("a", "", "c", "d")[:size] if size < 4 else ()
        )
    edges = np.cumsum(np.arange(size + 1.0))
    return Axis(size, 0.0, float(edges[-1]), variable=edges, title="x [mm]")


def configured(name: str) -> st.SearchStrategy[Check]:
    """The checks of the examples: with all kinds of limits."""
    return st.sampled_from([each.check for each in CHECKS[name].examples()])


def row_of(batch: Batch, row: int) -> Batch:
    """One row of a batch, by itself."""

    def cut(value: object) -> object:
        if isinstance(value, Rows | Band | Batch):
            names = [field.name for field in msgspec.structs.fields(value)]
            return msgspec.structs.replace(
                value, **{name: cut(getattr(value, name)) for name in names}
            )
        if isinstance(value, np.ndarray | tuple):
            return value[row : row + 1]
        return value

    found = cut(batch)
    assert isinstance(found, Batch)
    return found


def quietly(check: Check, batch: Batch) -> list[Result]:
    """What a check finds, without numpy's news of numbers that are too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return check.judge(batch)


def same(one: Array | float | None, other: Array | float | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.allclose(one, other, rtol=1e-9, equal_nan=True))


@pytest.mark.parametrize("name", CHECKS)
@settings(max_examples=25)
@given(data=st.data())
def test_no_input_breaks_a_check(name: str, data: st.DataObject) -> None:
    check = data.draw(configured(name))
    batch = data.draw(batches(CHECKS[name], finite=False, rows=2))

    results = quietly(check, batch)

    assert len(results) == 2
    for result in results:
        assert result.sentence.strip()
        if result.value is not None and np.isnan(result.value):
            assert result.status is not Status.GOOD


@pytest.mark.parametrize("name", CHECKS)
@settings(max_examples=25)
@given(data=st.data())
def test_rows_are_judged_together_as_by_themselves(
    name: str, data: st.DataObject
) -> None:
    check = data.draw(configured(name))
    batch = data.draw(batches(CHECKS[name], finite=True, rows=3))

    together = quietly(check, batch)
    alone = [quietly(check, row_of(batch, row))[0] for row in range(3)]

    for one, other in zip(together, alone, strict=True):
        assert one.status is other.status
        assert one.sentence == other.sentence
        assert (one.limits, one.gross) == (other.limits, other.gross)
        for each in ("value", "p_value", "offending", "pulls", "low", "high"):
            assert same(getattr(one, each), getattr(other, each)), each


class Worse(NamedTuple):
    """How to make the input of a check worse.

    Attributes:
        limits: of the check.
        batch: the input, from how much worse it is (0 to 1) and how large.
    """

    limits: dict[str, object]
    batch: Callable[[float, float], Batch]


X = np.arange(20) + 0.5
PEAK = np.exp(-0.5 * ((X - 8) / 2) ** 2)
MAP = np.ones((12, 12))


def of(
    values: Array,
    reference: Array | None = None,
    entries: float | None = None,
    flow: float = 0.0,
) -> Batch:
    """One row with these inner bins, of a million events."""

    def rows(inside: Array) -> Rows:
        shown = None if entries is None else np.full((1, *inside.shape), entries)
        return rows_of(inside[None], shown)

    data = rows(values)
    if flow:
        data.contents[0, -1] = flow
    return Batch(
        data,
        ("",),
        np.array([1e6]),
        reference=None if reference is None else rows(reference),
        scale=None if reference is None else np.ones(1),
    )


def first(values: Array, share: float, new: float) -> Array:
    """The values with a share of the bins, the first ones, replaced."""
    changed = values.ravel().copy()
    changed[: round(share * changed.size)] = new
    return changed.reshape(values.shape)


def across(size: float, share: float, new: float) -> Array:
    """An even map of which a share of the cells is replaced, in each ring alike."""
    return first(MAP.T * size, share, new).T


def wide(share: float) -> Array:
    """A peak of one area that is wider, the worse it is."""
    shape = np.exp(-0.5 * ((X - 10) / (2 + 4 * share)) ** 2)
    return np.asarray(5 * shape / shape.sum())


def moved(share: float) -> Array:
    """A peak that lies further on, the worse it is."""
    return np.asarray(np.exp(-0.5 * ((X - 6 - 8 * share) / 2) ** 2))


def banded(values: Array, mean: Array) -> Batch:
    """One row, and good runs that differ by a twentieth of the mean."""
    runs = Band(mean[None], 0.05 * mean[None], np.array([12.0]))
    return msgspec.structs.replace(of(values), band=runs)


def trend(values: Array) -> Array:
    """A steady trend of 40 points that ends with these."""
    steady = 100.0 + np.resize([0.0, 3, -2, 1, -1], 40)
    steady[40 - len(values) :] = values
    return steady


WORSE: dict[str, tuple[Worse, ...]] = {
    "not_empty": (Worse({}, lambda s, n: of(np.full(9, np.floor(n * (1 - s))))),),
    "entries": (
        Worse({"warn_percent": 30, "bad_percent": 60},
              lambda s, n: of(PEAK * n * (1 + s), PEAK * n)),
        Worse({"warn_percent": 30}, lambda s, n: of(PEAK * n * (1 - s), PEAK * n)),
        Worse({"warn_below": 100, "bad_below": 10},
              lambda s, n: of(PEAK * n * (1 - s))),
    ),
    "flow": (
        Worse({"bad_above": 0.2}, lambda s, n: of(PEAK * n, flow=5 * s * n)),
        Worse({"warn_new_above": 0, "bad_new_above": 0.5},
              lambda s, n: of(PEAK * n, PEAK * n, flow=s)),
    ),
    "no_bad_numbers": (
        Worse({"warn_above": 0, "bad_above": 5},
              lambda s, n: of(first(PEAK * n, s, np.nan))),
    ),
    "bins_above": (
        Worse({"limit": 1e9, "warn_above": 0, "bad_above": 5},
              lambda s, n: of(first(MAP * n, s, 2e9))),
    ),
    "bins_below": (
        Worse({"limit": 10, "share": True, "warn_above": 0.1, "bad_above": 0.4},
              lambda s, n: of(first(MAP * n, s, 0))),
    ),
    "bins_equal": (
        Worse({"warn_above": 3, "bad_above": 50},
              lambda s, n: of(first(MAP * n, s, 0))),
    ),
    "bins_outside": (
        Worse({"low": -2, "high": 2, "share": True, "warn_above": 0.1,
               "bad_above": 0.4},
              lambda s, n: of(first(np.zeros(20), s, 3), entries=n)),
        Worse({"low": 1, "high": 1e6, "bad_above": 3},
              lambda s, n: of(first(MAP * n, s, 1e7))),
    ),
    "sum_in_range": (
        Worse({"low": 4, "high": 12, "warn_below": 0.9, "bad_below": 0.7},
              lambda s, n: of((1 - s) * PEAK * n + s * n * (X > 12))),
    ),
    "mean": (
        Worse({"warn_above": 9, "bad_above": 10},
              lambda s, n: of((1 - s) * PEAK * n + s * n * PEAK[::-1])),
        Worse({"warn_shift": 0.5, "bad_shift": 1},
              lambda s, n: of((1 - s) * PEAK * n + s * n * PEAK[::-1], PEAK * n)),
    ),
    "rms": (
        Worse({"warn_above": 3, "bad_above": 4},
              lambda s, n: of(n * wide(s))),
    ),
    "skewness": (
        Worse({"warn_above": 0.2, "bad_above": 0.3},
              lambda s, n: of(n * PEAK + n * 0.01 * s * (X > 15))),
    ),
    "symmetric": (
        Worse({}, lambda s, _: of(1e5 * MAP * np.where(X[:12] < 6, 1 - s, 1)[:, None])),
        Worse({"by": "halves", "entries": 100},
              lambda s, n: of(n * np.where(X < 10, 1 - s, 1))),
    ),
    "side_band": (
        Worse({"low": 4, "high": 12, "warn_above": 0.1, "bad_above": 0.3},
              lambda s, n: of(n * PEAK + n * s * (X > 12))),
    ),
    "peak": (
        Worse({"warn_above": 10, "bad_above": 14},
              lambda s, n: of(n * np.roll(PEAK, round(10 * s)))),
        Worse({"of": "width", "warn_above": 7, "bad_above": 10},
              lambda s, n: of(n * wide(s))),
        Worse({"of": "share", "warn_below": 0.15, "bad_below": 0.1},
              lambda s, n: of(n * (1 - s) * PEAK + s * n * PEAK.mean())),
    ),
    "flat": (
        Worse({"warn_above": 0.1, "bad_above": 0.3},
              lambda s, n: of(n * (1 + 0.5 * s * (X - 10) / 10))),
        Worse({"warn_outliers_above": 1, "bad_outliers_above": 3},
              lambda s, n: of(first(np.full(20, n), 0.3 * s, 99 * n))),
    ),
    "correlated": (
        Worse({"warn_below": 0.9, "bad_below": 0.5},
              lambda s, n: of(n * ((1 - s) * np.eye(12) + s * MAP / 12))),
    ),
    "last_bins": (
        Worse({"warn_above": 150, "bad_above": 170},
              lambda s, _: of(trend(np.full(3, 100 + 100 * s)))),
        Worse({"bad_below": 50, "last": 5, "beyond": 3},
              lambda s, _: of(trend(np.full(5, 100.0 - 99 * s)))),
    ),
    "flags": (
        Worse({"warn_above": 0, "bad_above": 5},
              lambda s, _: of(np.tile(first(np.ones(12), s, 0), (9, 1)))),
    ),
    "step": (
        Worse({"warn_above": 5, "bad_above": 20},
              lambda s, _: of(trend(np.full(5, 100 + 100 * s)))),
    ),
    "must_grow": (Worse({}, lambda s, n: of(np.full(9, np.floor(n * (1 - s))))),),
    "must_not_grow": (
        Worse({"warn_above": 0, "bad_above": 50}, lambda s, n: of(n * s * PEAK)),
    ),
    "frozen": (
        Worse({"warn_below": 9}, lambda s, n: of(first(MAP * n, s, 0))),
    ),
    "rate": (
        Worse({"warn_above": 1e-3, "bad_above": 2e-3},
              lambda s, _: of(s * 900 * PEAK)),
        Worse({"bad_below": 1e-4}, lambda s, n: of((1 - s) * n * PEAK)),
    ),
    "dead_channels": (
        Worse({}, lambda s, n: of(across(n, 0.4 * s, 0), MAP * n)),
        Worse({}, lambda s, n: of(first(MAP * n, s, 0), MAP * n)),
    ),
    "noisy_channels": (
        Worse({"warn_above": 0, "bad_above": 9},
              lambda s, n: of(across(n, 0.3 * s, 50 * n))),
    ),
    "run_band": (
        Worse({}, lambda s, n: banded(first(MAP * n, s, 0), MAP * n)),
        Worse({}, lambda s, n: banded(MAP * n * (1 - s), MAP * n)),
        Worse({"bad_chi2_above": 9},
              lambda s, n: banded(MAP * n * (1 + s), MAP * n)),
        Worse({}, lambda s, n: banded((PEAK + 0.1) * n * (1 - s * (X < 8)),
                                      (PEAK + 0.1) * n)),
    ),
    "fit": (
        Worse({"parameters": {"Mean": {"warn_above": 8, "bad_above": 10}}},
              lambda s, n: of(n * moved(s))),
        Worse({"parameters": {"Mean": {"warn_above": 9, "bad_above": 10}}},
              lambda s, n: of(n * np.exp(-0.5 * ((X - 8 - 4 * s) / 2) ** 2))),
    ),
    "turn_on": (
        Worse({"parameters": {"Threshold": {"warn_above": 9, "bad_above": 11}}},
              lambda s, n: of(0.97 / (1 + np.exp(8 + 6 * s - X)), entries=n)),
        Worse({"function": "fermi",
               "parameters": {"Plateau": {"warn_below": 0.9, "bad_below": 0.7}}},
              lambda s, n: of((1 - 0.5 * s) / (1 + np.exp(8 - X)), entries=n)),
    ),
    "holes": (Worse({}, lambda s, n: of(first(MAP * n, s, 0), MAP * n)),),
    "hot_clusters": (
        Worse({}, lambda s, n: of(first(MAP * n, 0.3 * s, 50 * n), MAP * n)),
    ),
}  # fmt: skip
for _name in (
    "equal", "chi2", "kolmogorov", "bins_against_reference", "deviation",
    "beta_binomial",
):  # fmt: skip
    WORSE[_name] = (
        Worse({}, lambda s, n: of(np.round((PEAK + 0.1) * n * (1 - s * (X < 8))),
                                  np.round((PEAK + 0.1) * n))),
    )  # fmt: skip


def judged(name: str, worse: Worse, step: float, size: float) -> Result:
    check = declared({name: worse.limits}).check
    (result,) = check.judge(worse.batch(step, size))
    return result


CASES = [
    pytest.param(name, worse, id=f"{name}-{number}")
    for name, each in WORSE.items()
    for number, worse in enumerate(each)
    if name in CHECKS
]


def test_of_each_check_it_is_said_what_is_worse() -> None:
    assert not set(CHECKS) - set(WORSE)


@pytest.mark.parametrize(("name", "worse"), CASES)
def test_what_is_worst_is_wrong_and_the_start_is_good(name: str, worse: Worse) -> None:
    assert judged(name, worse, 0, 1e4).status is Status.GOOD
    assert judged(name, worse, 1, 1e4).status in {Status.WARNING, Status.BAD}


@pytest.mark.parametrize(("name", "worse"), CASES)
@given(
    steps=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    size=st.integers(1, 20_000),
)
def test_what_is_worse_is_never_better(
    name: str, worse: Worse, steps: list[float], size: int
) -> None:
    better, less = (judged(name, worse, step, float(size)) for step in steps)

    assert WORST.get(less.status, 1) >= WORST.get(better.status, 1), (better, less)
