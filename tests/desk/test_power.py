from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.desk.power import SizeFound, Tried, size_with, tried, wilson


@st.composite
def _trials(draw: st.DrawFn) -> list[Tried]:
    sizes = draw(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True))
    many = [draw(st.integers(1, 30)) for _ in sizes]
    return [
        Tried(float(size), each, draw(st.integers(0, each)))
        for size, each in zip(sorted(sizes), many, strict=True)
    ]


@given(st.integers(0, 40), st.integers(1, 40))
def test_the_share_lies_within_its_interval(found: int, more: int) -> None:
    low, high = wilson(found, found + more)

    assert 0 <= low <= found / (found + more) <= high <= 1


@given(_trials(), st.sampled_from([0.5, 0.95]))
def test_the_size_lies_within_its_interval_and_among_those_tried(
    trials: list[Tried], power: float
) -> None:
    found = size_with(power, trials)

    if found.size is not None:
        assert trials[0].size <= found.size * (1 + 1e-9)
        assert found.size <= trials[-1].size * (1 + 1e-9)
        assert found.low is None or found.low <= found.size
        assert found.high is None or found.high >= found.size


@given(_trials())
def test_more_power_asks_for_a_larger_size(trials: list[Tried]) -> None:
    half, most = size_with(0.5, trials).size, size_with(0.95, trials).size

    if most is not None:
        assert half is not None
        assert half <= most * (1 + 1e-9)


def test_between_two_sizes_the_logarithm_is_interpolated() -> None:
    found = size_with(0.5, [Tried(1, 40, 0), Tried(4, 40, 40)])

    assert found.size == pytest.approx(2.0)
    assert (found.low, found.high) == (1, 4)


def test_what_is_never_found_has_no_size() -> None:
    assert size_with(0.5, [Tried(1, 20, 0), Tried(2, 20, 1)]) == SizeFound(None, 2)


def test_what_is_always_found_is_no_larger_than_the_smallest() -> None:
    assert size_with(0.5, [Tried(3, 20, 20)]) == SizeFound(3, None, 3)


def test_few_trials_leave_it_open() -> None:
    assert size_with(0.95, [Tried(3, 2, 2)]) == SizeFound(3, None, None)


def test_trials_are_put_together_by_size() -> None:
    assert tried([(2.0, True), (1.0, False), (2.0, False)]) == [
        Tried(1.0, 1, 0),
        Tried(2.0, 2, 1),
    ]
