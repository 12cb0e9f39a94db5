"""The values that tuning sets against limits decide as the checks themselves do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support.batches import batch_of

from dqmconsole.checks.comparison import Chi2PerDegree, KolmogorovDistance
from dqmconsole.checks.entries import Entries, NotEmpty
from dqmconsole.checks.moments import Mean
from dqmconsole.checks.table import BUNDLED
from dqmconsole.desk.limit_pairs import Pair, pairs_of, probing, values_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check, Example


def set_limits(check: Check) -> set[str]:
    names = [each.name for each in msgspec.structs.fields(check)]
    limits = [each for each in names if each.startswith(("warn_", "bad_"))]
    return {each for each in limits if getattr(check, each) is not None}


ONE_PAIR = [
    pytest.param(example, id=f"{name}: {example.words}")
    for name, check in BUNDLED.items()
    for example in check.examples()
    if len(pairs := pairs_of(example.check)) == 1
    and set(pairs[0].names) == set_limits(example.check)
]


@pytest.mark.parametrize("example", ONE_PAIR)
def test_what_is_beyond_the_limits_of_an_example_is_wrong(example: Example) -> None:
    check, batch = example.check, batch_of(example)
    (pair,) = pairs_of(check)
    (result,) = check.judge(batch)
    (value,) = values_of(probing(check, pair).judge(batch), check, pair)
    if np.isnan(value):  # not judged, or lost whatever the limits
        assert result.status is not Status.WARNING
        return
    sign = -1.0 if pair.below else 1.0
    warn, bad = (
        np.inf if name is None else sign * getattr(check, name)
        for name in (pair.warn, pair.bad)
    )
    if result.status is Status.WARNING:
        assert warn < sign * value <= bad
    if result.status is Status.BAD and not result.gross:
        assert sign * value > bad
    if sign * value <= min(warn, bad):
        assert result.status in (Status.GOOD, Status.LOW_STATISTICS) or result.gross


EVERY_PAIR = [
    pytest.param(example, pair, id=f"{name}: {example.words}: {pair.suffix}")
    for name, check in BUNDLED.items()
    for example in check.examples()
    for pair in pairs_of(example.check)
]


@pytest.mark.parametrize(("example", "pair"), EVERY_PAIR)
def test_every_probe_finds_a_number_where_the_check_judges(
    example: Example, pair: Pair
) -> None:
    batch = batch_of(example)
    probe = probing(example.check, pair)
    (value,) = values_of(probe.judge(batch), example.check, pair)
    (result,) = example.check.judge(batch)
    if result.status is Status.GOOD:
        assert np.isfinite(value)


def test_limits_that_are_no_sizes_have_no_values() -> None:
    def names(check: Check) -> list[Pair]:
        return pairs_of(check)

    assert names(NotEmpty()) == []
    assert names(Entries(warn_below=10)) == []
    assert names(Entries(warn_percent=30)) == [Pair("percent", "warn_percent", None)]
    assert names(Chi2PerDegree(warn_p_below=0.01)) == [
        Pair("above", "warn_above", "bad_above")
    ]
    both = Mean(warn_below=1, bad_above=3, warn_shift=1)
    assert [each.names for each in names(both)] == [
        ("warn_below",),
        ("bad_above",),
        ("warn_shift",),
    ]


def test_a_probe_has_no_other_limit() -> None:
    check = KolmogorovDistance(warn_p_below=0.01, bad_above=0.3)
    (pair,) = pairs_of(check)
    probe = probing(check, pair)
    assert isinstance(probe, KolmogorovDistance)
    assert (probe.bad_above, probe.warn_p_below) == (None, None)
    assert probe.warn_above is not None
    assert 0 < probe.warn_above < 1e-9
