"""Scales, ticks, words: numbers to places, and ranges that move in steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.scale import Scale, joined, sane, span_of, stepped
from dqmconsole.ui.plot.ticks import number_ticks

ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(ANY, ANY, st.booleans())
def test_any_two_numbers_make_a_scale(low: float, high: float, log: bool) -> None:
    scale = sane(low, high, log=log)
    assert math.isfinite(scale.low)
    assert math.isfinite(scale.high)
    assert scale.low < scale.high
    assert not log or scale.low > 0
    assert len(number_ticks(scale, 6)) < 200
    for tick in number_ticks(scale, 6):
        assert -0.01 <= tick.at <= 1.01


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_linear_ticks_are_few_rising_and_distinct(
    low: float, width: float, most: int
) -> None:
    ticks = number_ticks(Scale(low, low + width), most)
    places = [tick.at for tick in ticks]
    assert places == sorted(places)
    assert len(ticks) <= most + 2
    assert len({tick.text for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("scale", "texts"),
    [
        (Scale(0, 980), ["0", "200", "400", "600", "800"]),
        (Scale(-3, 3), ["−2", "0", "2"]),
        (Scale(0, 45_000), ["0", "10k", "20k", "30k", "40k"]),
        (Scale(0.91, 0.99), ["0.92", "0.94", "0.96", "0.98"]),
        (
            Scale(302_055_000, 302_058_000),
            ["302.055M", "302.056M", "302.057M", "302.058M"],
        ),
        (Scale(0.5, 2e4, log=True), ["1", "10", "10²", "10³", "10⁴"]),
        (Scale(2, 9, log=True), ["2", "4", "6", "8"]),
    ],
)
def test_ticks_are_round_numbers(scale: Scale, texts: list[str]) -> None:
    assert [tick.text for tick in number_ticks(scale, 5) if tick.text] == texts


def test_log_scale_puts_zero_and_negatives_far_below() -> None:
    scale = Scale(1, 1000, log=True)
    places = scale.fractions(np.array([0.0, -5.0, 1.0, 10.0, 1000.0]))
    assert places[0] < -100
    assert places[1] < -100
    assert places[2:] == pytest.approx([0, 1 / 3, 1])
    assert scale.value(1 / 3) == pytest.approx(10)


def test_ranges_move_in_steps() -> None:
    first = stepped(None, (0, 100))
    assert (first.low, first.high) == (0, pytest.approx(108))
    assert stepped(first, (0, 102)) is first
    assert stepped(first, (0, 45)) is first
    grown = stepped(first, (0, 110))
    assert grown.high == pytest.approx(1.6 * 110)
    fallen = stepped(grown, (0, 20))
    assert fallen.high == pytest.approx(21.6)


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=20), st.booleans())
def test_what_is_highest_never_lies_on_the_frame(
    peaks: list[float], from_zero: bool
) -> None:
    scale = None
    for peak in peaks:
        scale = stepped(scale, (0.05, peak), from_zero=from_zero)
        assert scale.fraction(peak) < 0.951


def test_colours_use_their_whole_range() -> None:
    first = stepped(None, (0, 100), headroom=1.0)
    assert (first.low, first.high) == (0, 100)
    assert stepped(first, (0, 100), headroom=1.0) is first


@pytest.mark.parametrize(
    ("scale", "texts"),
    [
        (Scale(0.5, 3.5), ["1", "2", "3"]),
        (Scale(0.5, 4.5), ["1", "2", "3", "4"]),
        (Scale(-2.5, 2.5), ["−2", "−1", "0", "1", "2"]),
        (Scale(1.6, 2.4), ["2"]),
        (Scale(0.5, 72.5), ["10", "20", "30", "40", "50", "60", "70"]),
    ],
)
def test_whole_numbers_have_whole_ticks(scale: Scale, texts: list[str]) -> None:
    assert [tick.text for tick in number_ticks(scale, 8, whole=True)] == texts


def test_a_growing_run_repaints_its_axes_rarely() -> None:
    scale, moves = None, 0
    for counts in range(1, 1000):
        fresh = stepped(scale, (0, counts))
        moves += fresh is not scale
        scale = fresh
    assert moves < 18


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)), st.booleans())
def test_span_of_ignores_what_is_not_a_number(values: list[float], log: bool) -> None:
    span = span_of([np.array(values, dtype=float)], log=log)
    kept = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
    assert span == ((min(kept), max(kept)) if kept else None)


def test_joined_spans() -> None:
    assert joined([(0, 1), None, (-2, 0.5)]) == (-2, 1)
    assert joined([None]) is None


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("i#eta", "iη"),
        ("E_{T} [GeV]", "E_T [GeV]"),
        ("#Delta#phi [#mum]", "Δφ [μm]"),
        ("L [10^{34} cm^{-2}s^{-1}]", "L [10³⁴ cm⁻²s⁻¹]"),
        ("  plain ", "plain"),
        ("#unknown{x}", "#unknownx"),
        (
            "#hat{p}#upoint#vec{q}",
            "p\N{COMBINING CIRCUMFLEX ACCENT}·q\N{COMBINING RIGHT ARROW ABOVE}",
        ),
    ],
)
def test_tlatex_becomes_plain(title: str, words: str) -> None:
    assert plain_title(title) == words


def test_short_numbers() -> None:
    assert short(12345.0) == "12\u202f345"
    assert short(0.123456) == "0.1235"
    assert short(math.nan) == "not a number"
    assert short(math.inf) == "inf"


def test_a_number_that_grows_away_does_not_cling_to_the_edge() -> None:
    scale = None
    for value in (6e6, 9e6, 18e6, 35e6):
        span = (value - 1e3, value + 1e3)
        scale = stepped(scale, span, from_zero=False, headroom=1.25)
        assert scale.low < span[0]
        assert span[1] <= scale.high - 0.1 * (scale.high - scale.low)
