"""Plots that ask their checks side by side: one question where they ask the same."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np
import pytest
from support.batches import batch_of

from dqmconsole.checks.batch import Band, Batch, Rows, form, joined
from dqmconsole.checks.channels import DeadChannels
from dqmconsole.checks.check import Check, Result
from dqmconsole.checks.comparison import Chi2PerDegree, KolmogorovDistance
from dqmconsole.checks.entries import Entries
from dqmconsole.checks.table import CHECKS
from dqmconsole.engine.asking import Question, answered
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dqmconsole.engine.asking import Asking
    from dqmconsole.model.histogram import Array

TOGETHER = [check for check in CHECKS.values() if check.TOGETHER]


class Counting(Check, frozen=True):
    """Good, but it cannot judge a row whose first bin holds 13."""

    NAME: ClassVar[str] = "counting"
    TOGETHER: ClassVar[bool] = True
    asked: ClassVar[list[int]] = []
    bad_above: float | None = 1.0

    def judge(self, batch: Batch) -> list[Result]:
        self.asked.append(len(batch.data))
        if (batch.data.values()[:, 0] == 13).any():
            message = "thirteen"
            raise RuntimeError(message)
        return [Result(Status.GOOD, f"{each:g}") for each in batch.data.values()[:, 0]]


def asking(check: Check, batch: Batch) -> Asking[list[str]]:
    try:
        results = yield Question(check, batch)
    except RuntimeError as error:
        return [str(error)]
    return [each.sentence for each in results]


def noted(check: Check, at: int) -> AbstractContextManager[None]:
    del check, at
    return nullcontext()


def plot(random: np.random.Generator, *, dead: bool = False) -> Batch:
    """A run and its last update, with a reference."""
    axes = ((Axis(20, 0.0, 20.0),),) * 2

    def rows(contents: Array) -> Rows:
        return Rows(contents, axes, contents.sum(axis=1))

    contents = random.poisson([[300.0], [60.0]], (2, 22)).astype(float)
    if dead:
        contents[:, 5:9] = 0
    reference = np.broadcast_to(random.poisson(1000, 22).astype(float), (2, 22))
    return Batch(
        rows(contents),
        ("", "LS 3"),
        np.array([30.0, 6.0]),
        reference=rows(reference),
        scale=np.array([0.3, 0.06]),
        known=np.zeros((2, 20), bool),
        whole=np.array([-1, 0]),
        by_area=np.array([not dead, False]),
        why_by_area="no events",
    )


def said(results: list[Result]) -> list[tuple[object, ...]]:
    return [(each.status, each.sentence, each.value, each.gross) for each in results]


@pytest.mark.parametrize("check", TOGETHER, ids=lambda each: each.NAME)
def test_a_row_is_judged_beside_others_as_it_is_alone(check: type[Check]) -> None:
    examples = [(one.check, batch_of(one)) for one in check.examples()]
    examples = [each for each in examples if each[1].band is None]
    assert examples
    for one, like in examples:
        batches = [batch for _, batch in examples if form(batch) == form(like)]
        alone = [said(one.judge(each))[0] for each in batches]
        assert said(one.judge(joined(batches))) == alone


@pytest.mark.parametrize(
    "check",
    [
        Chi2PerDegree(),
        KolmogorovDistance(),
        DeadChannels(),
        DeadChannels(against="reference"),
        DeadChannels(against="before"),
        Entries(warn_percent=10),
    ],
    ids=str,
)
def test_the_updates_of_plots_stay_with_their_run(check: Check) -> None:
    random = np.random.default_rng(4)
    plots = [plot(random, dead=at == 1) for at in range(3)]
    askings = [asking(check, each) for each in plots]
    together = answered(askings, noted)
    assert together == [answered([asking(check, each)], noted)[0] for each in plots]
    assert together[1] != together[0]


def any_plot(random: np.random.Generator, shape: tuple[int, ...]) -> Batch:
    """A run and its last update of a plot of any axes, contents, scale and holes."""
    label = random.integers(1000)
    axes = tuple(
        (
            Axis(bins, 0.0, float(bins)),
            Axis(bins, -5.0, 123.0),
            Axis(bins, 0.0, 7.0, variable=np.sort(7 * random.random(bins + 1))),
            Axis(bins, 0.0, 1.0, labels=tuple(f"{label}.{at}" for at in range(bins))),
        )[random.integers(4)]
        for bins in shape
    )
    cells = tuple(bins + 2 for bins in shape)
    level = random.random(cells) * random.choice([0.0, 1.0, 30.0, 5e3, 5e6])
    contents = random.poisson([level, 0.3 * level]).astype(float)
    if random.random() < 0.3:
        contents[:, 2:4] = 0
    if random.random() < 0.3:
        contents[-1, 1] *= 50
    if random.random() < 0.2:
        contents[0, 1] = -7
    reference = np.broadcast_to(random.poisson(3 * level), contents.shape)

    def rows(held: Array) -> Rows:
        return Rows(held, (axes,) * 2, held.reshape(2, -1).sum(1))

    return Batch(
        rows(contents),
        ("", f"LS {random.integers(99)}"),
        np.array([random.choice([np.nan, 300.0]), 20.0]),
        reference=rows(reference.astype(float)),
        scale=np.array([1 / 3, random.choice([0.1, np.nan])]),
        known=np.broadcast_to(random.random(shape) < 0.2, (2, *shape)),
        whole=np.array([-1, 0]),
    )


@pytest.mark.parametrize(
    ("check", "shape"),
    [
        pytest.param(check, shape, id=f"{check.NAME}-{shape}")
        for check in TOGETHER
        for shape in ((12,), (1,), (6, 5))
        if len(shape) in check.DIMENSIONS
    ],
)
def test_each_plot_is_answered_by_its_own(
    check: type[Check], shape: tuple[int, ...]
) -> None:
    variants = {each.check for each in check.examples()}
    for against in ("ring", "neighbours", "reference", "before"):
        if "against" in check.__struct_fields__:
            variants.add(check(against=against))  # type: ignore[call-arg]
    for one in variants:
        for seed in range(4):
            random = np.random.default_rng(seed)
            plots = [any_plot(random, shape) for _ in range(4)]
            together = one.judge(joined(plots))
            alone = [result for each in plots for result in one.judge(each)]
            for ours, its in zip(together, alone, strict=True):
                assert (ours.status, ours.sentence) == (its.status, its.sentence)
                assert ours.value == pytest.approx(its.value, nan_ok=True)
                for name in ("offending", "pulls", "low", "high"):
                    both = (getattr(ours, name), getattr(its, name))
                    assert (both[0] is None) == (both[1] is None)
                    if both[0] is not None:
                        np.testing.assert_allclose(*both)


def test_plots_that_ask_the_same_ask_once_and_fail_alone() -> None:
    random = np.random.default_rng(5)
    plots = [plot(random) for _ in range(3)]
    Counting.asked.clear()
    answered([asking(Counting(), each) for each in plots], noted)
    assert Counting.asked == [6]
    plots[1].data.contents[0, 1] = 13
    Counting.asked.clear()
    found = answered([asking(Counting(), each) for each in plots], noted)
    assert Counting.asked == [6, 2, 2, 2]
    assert [each == ["thirteen"] for each in found] == [False, True, False]
    Counting.asked.clear()
    others = [Counting(bad_above=float(at)) for at in range(3)]
    answered([asking(*each) for each in zip(others, plots, strict=True)], noted)
    assert Counting.asked == [2, 2, 2]


def test_all_of_a_batch_is_joined() -> None:
    """What is added to these is to be joined, too."""
    names = [{each.name for each in msgspec.structs.fields(of)} for of in (Batch, Rows)]
    assert names == [
        {
            *("data", "spans", "exposure", "reference", "scale", "no_reference"),
            *("band", "known", "whole", "by_area", "why_by_area"),
        },
        {
            *("contents", "axes", "entries", "sumw2", "bin_entries", "bin_sumw2"),
            "error_mode",
        },
    ]
    random = np.random.default_rng(6)
    lone = msgspec.structs.replace(
        plot(random), band=Band(np.zeros((2, 20)), np.ones((2, 20)), np.ones(2))
    )
    Counting.asked.clear()
    answered([asking(Counting(), each) for each in (lone, lone)], noted)
    assert Counting.asked == [2, 2]
