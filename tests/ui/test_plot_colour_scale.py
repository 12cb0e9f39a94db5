"""The range of a map's colours stands still; deviations are calm when all is well."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support import plots

from dqmconsole.model.compare import difference, ratio
from dqmconsole.model.frame import Comparison
from dqmconsole.ui.plot.cells import colour_indices
from dqmconsole.ui.plot.colour_scale import (
    ColourScale,
    ladder_step,
    next_scale,
    summary,
    with_ends,
)
from dqmconsole.ui.plot.deviation import Deviation, deviation_of
from dqmconsole.ui.plot.palettes import OVER, UNDER, lookup_table
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.theme import DARK, LIGHT

Array = npt.NDArray[np.float64]

SHAPE = (72, 60)
# the means of a healthy map: uneven, as detectors are
SHARES = 1.0 + 0.5 * np.sin(np.arange(72))[:, None] * np.cos(np.arange(60))[None, :]


def filled(exposure: float, seed: int = 1) -> Array:
    """A healthy occupancy after some exposure: NaN where nothing is yet."""
    found = np.random.default_rng(seed).poisson(SHARES * exposure).astype(float)
    return np.where(found == 0, np.nan, found)


def anything() -> st.SearchStrategy[Array]:
    return arrays.arrays(
        np.float64,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.one_of(
            st.floats(width=64), st.integers(0, 5).map(float), st.just(math.nan)
        ),
    )


# -- what may never happen ----------------------------------------------------------


@given(anything(), anything(), st.booleans(), st.booleans(), st.booleans())
def test_whatever_a_map_holds_its_range_is_one(
    first: Array, then: Array, log: bool, grows: bool, from_zero: bool
) -> None:
    scale = None
    for values in (first, then, first):
        with np.errstate(all="ignore"):
            scale = next_scale(scale, values, log=log, grows=grows, from_zero=from_zero)
            indices = colour_indices(values, scale)
        assert math.isfinite(scale.scale.low)
        assert scale.scale.low < scale.scale.high < math.inf
        assert not log or scale.scale.low > 0
        assert scale.under <= scale.scale.low
        assert scale.over >= scale.scale.high
        assert ((indices >= 0) & (indices <= OVER)).all()


@given(anything(), st.booleans(), st.booleans())
def test_what_did_not_change_moves_nothing(
    values: Array, log: bool, grows: bool
) -> None:
    with np.errstate(all="ignore"):
        once = next_scale(None, values, log=log, grows=grows)
        assert next_scale(once, values, log=log, grows=grows) == once


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        np.full((3, 3), np.nan),
        np.zeros((3, 3)),
        np.full((3, 3), -4.0),
        np.array([[7.0]]),
        np.empty((0, 0)),
        np.full((2, 2), np.inf),
    ],
)
def test_degenerate_maps_have_a_range(values: Array, log: bool) -> None:
    scale = next_scale(None, values, log=log).scale
    assert scale.low < scale.high


# -- what fills up -------------------------------------------------------------------


@pytest.mark.parametrize("log", [False, True])
def test_a_healthy_map_that_fills_up_keeps_its_hues(log: bool) -> None:
    scale = None
    seen = []
    for lumisection in range(1, 200):
        values = filled(3.0 * lumisection)
        scale = next_scale(scale, values, log=log, grows=True)
        if lumisection >= 8:
            typical = np.nanmedian(values)
            seen.append(scale.scale.fraction(float(typical)))
    # a hundredth of the bar is what nobody sees
    assert max(seen) - min(seen) < (0.12 if log else 0.03)


def test_the_range_grows_smoothly_from_the_first_entries_on() -> None:
    scale = None
    tops = []
    for exposure in np.geomspace(0.5, 1000, 300):
        scale = next_scale(scale, filled(float(exposure)), grows=True)
        tops.append(scale.scale.high)
    steps = np.diff(np.log(tops))
    # a tenth at once is seen by nobody; a ladder that was climbed would be
    assert steps.max() < 0.45
    assert np.abs(np.sort(np.abs(steps))[:-4]).max() < 0.2


def test_noise_alone_is_not_out_of_range() -> None:
    for exposure in (0.3, 1, 4, 20, 100, 3000):
        values = filled(exposure, seed=5)
        scale = next_scale(None, values, grows=True)
        share = (colour_indices(values, scale) == OVER).mean()
        assert share < 0.002, exposure


@given(st.integers(1, 40), st.sampled_from([50.0, 1000.0, 1e6]))
def test_hot_cells_neither_blind_nor_recolour(count: int, times: float) -> None:
    healthy = filled(40.0)
    scale = next_scale(None, healthy, grows=True)
    hot = healthy.copy()
    hot.flat[:: healthy.size // count] *= times
    for before in (scale, None):
        after = next_scale(before, hot, grows=True)
        assert after.multiples == scale.multiples
        assert after.scale.high == pytest.approx(scale.scale.high, rel=0.02)
        indices = colour_indices(hot, after)
        assert (indices == OVER).sum() >= count - 1


def test_a_dead_half_does_not_recolour_the_other() -> None:
    healthy = filled(40.0)
    scale = next_scale(None, healthy, grows=True)
    dead = healthy.copy()
    dead[:36] = np.nan
    after = next_scale(scale, dead, grows=True)
    assert after.multiples == scale.multiples
    assert after.scale.high == pytest.approx(scale.scale.high, rel=0.06)


def test_a_logarithmic_range_moves_at_the_end_that_is_clearly_left() -> None:
    def scale_of(
        low: float, high: float, old: ColourScale | None = None
    ) -> ColourScale:
        values = np.full(SHAPE, 100.0)
        values[:20], values[-20:] = low, high
        return next_scale(old, values, log=True, grows=True)

    first = scale_of(10.0, 1000.0)
    # a tenth of a decade beyond either end is not clearly beyond
    assert scale_of(9.0, 1100.0, first).multiples == first.multiples
    below, above = scale_of(1.0, 1000.0, first), scale_of(10.0, 1e4, first)
    assert below.multiples is not None
    assert above.multiples is not None
    assert first.multiples is not None
    assert below.multiples[0] < first.multiples[0]
    assert above.multiples[1] > first.multiples[1]
    # what uses a small part of the bar gets one of its own
    assert (
        scale_of(95.0, 105.0, scale_of(1.0, 1e4)).multiples
        == scale_of(95.0, 105.0).multiples
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_few_cells_that_are_not_zero_are_seen(sign: float) -> None:
    values = np.zeros(200)
    values[7] = sign * 5.0
    found = summary(values)
    assert found is not None
    assert (found.low, found.high) == (min(values), max(values))


def test_a_lasting_change_of_shape_moves_the_range() -> None:
    scale = next_scale(None, filled(40.0), grows=True)
    peaked = filled(40.0)
    peaked[:20, :20] *= 30
    after = next_scale(scale, peaked, grows=True)
    assert after.multiples is not None
    assert scale.multiples is not None
    assert after.multiples[1] > 5 * scale.multiples[1]


# -- what does not -------------------------------------------------------------------


def test_means_keep_their_range_until_they_clearly_leave_it() -> None:
    rng = np.random.default_rng(3)
    first = rng.normal(5.0, 1.0, SHAPE)
    scale = next_scale(None, first, from_zero=False)
    for _ in range(30):
        assert next_scale(scale, rng.normal(5.0, 1.0, SHAPE), from_zero=False) == scale
    moved = next_scale(scale, rng.normal(15.0, 1.0, SHAPE), from_zero=False)
    assert moved.scale.high > 15.0


def test_one_wild_mean_has_no_say_at_either_end() -> None:
    values = np.random.default_rng(3).normal(0.0, 1.0, SHAPE)
    calm = next_scale(None, values, from_zero=False)
    values[0, 0], values[1, 1] = 1e6, -1e6
    wild = next_scale(None, values, from_zero=False)
    assert wild.scale.high == pytest.approx(calm.scale.high, rel=0.25)
    indices = colour_indices(values, wild)
    assert (indices[0, 0], indices[1, 1]) == (OVER, UNDER)


def test_set_ends_win_and_are_sharp() -> None:
    found = next_scale(None, filled(40.0), grows=True)
    layout, file = (None, 3.0), (1.0, 50.0)
    ended = with_ends(found, layout, file)
    assert (ended.scale.low, ended.scale.high) == (1.0, 3.0)
    indices = colour_indices(np.array([0.5, 1.0, 3.0, 3.1]), ended)
    assert indices.tolist() == [UNDER, 0, 255, OVER]
    assert with_ends(found, None, (None, None)) is found


def test_zero_on_a_logarithmic_range_is_below_it() -> None:
    scale = ColourScale(Scale(1.0, 100.0, log=True))
    indices = colour_indices(np.array([0.0, -3.0, 1.0, 100.0]), scale)
    assert indices.tolist() == [UNDER, UNDER, 0, 255]


@given(st.floats(1e-6, 1e9), st.floats(1e-6, 1e9))
def test_a_ladder_holds_what_it_is_for(before: float, wanted: float) -> None:
    start = ladder_step(None, before)
    assert start >= before
    step = ladder_step(start, wanted)
    assert step * 1.12 >= wanted


def test_many_cells_are_judged_by_some_of_them() -> None:
    values = np.random.default_rng(2).normal(50, 4, (1500, 1500))
    found = summary(values)
    assert found is not None
    assert found.typical == pytest.approx(50, abs=0.3)
    assert 60 < found.high < 75


# -- deviations ----------------------------------------------------------------------


def deviation(
    data: Array, reference: Array, mode: str, old: ColourScale | None = None
) -> Deviation:
    mine, other = plots.plane(data), plots.plane(reference)
    compare = {"ratio": ratio, "difference": difference}[mode]
    return deviation_of(compare(mine, other), mine, other, 1.0, old)


def healthy(seed: int, exposure: float = 200.0) -> Array:
    return np.nan_to_num(filled(exposure, seed))


@pytest.mark.parametrize("mode", ["ratio", "difference"])
@pytest.mark.parametrize("exposure", [0.5, 5.0, 200.0, 20_000.0])
def test_a_healthy_comparison_is_neutral(mode: str, exposure: float) -> None:
    found = deviation(healthy(1, exposure), healthy(2, exposure), mode)
    at = np.abs(found.positions())
    at = at[np.isfinite(at)]
    assert (at > 0.25).mean() < 0.002
    assert (at < 0.02).mean() > 0.9


@pytest.mark.parametrize("mode", ["ratio", "difference"])
def test_a_hot_cell_does_not_hide_a_dead_region(mode: str) -> None:
    data, reference = healthy(1), healthy(2)
    data[20:28, 10:20] = 0
    data[50, 50] *= 1000
    at = deviation(data, reference, mode).positions()
    assert (at[20:28, 10:20] <= -0.45).all()
    assert np.median(at[20:28, 10:20]) < -0.7
    assert at[50, 50] > 1
    elsewhere = at.copy()
    elsewhere[20:28, 10:20] = elsewhere[50, 50] = 0
    assert (np.abs(elsewhere) > 0.3).mean() < 0.002


def test_a_difference_keeps_its_range_while_it_fills() -> None:
    scale, widths = None, set()
    for exposure in np.linspace(50, 2000, 40):
        found = deviation(
            healthy(1, float(exposure)),
            healthy(2, float(exposure)),
            "difference",
            scale,
        )
        scale = found.colours
        widths.add(scale.multiples)
    assert len(widths) <= 3


def test_an_expected_handful_that_did_not_come_is_no_finding() -> None:
    data, reference = np.zeros((8, 8)), np.full((8, 8), 3.0)
    at = deviation(data, reference, "ratio").positions()
    assert (at == 0).all()
    many = deviation(data, np.full((8, 8), 300.0), "ratio").positions()
    assert (many < -1).all()


def test_without_errors_everything_counts() -> None:
    values = np.array([[1.0, 2.0], [0.5, np.nan]])
    found = deviation_of(Comparison("ratio", values), None, None, 1.0, None)
    at = found.positions()
    assert at[0].tolist() == pytest.approx([0.0, 1.0])
    assert at[1, 0] == pytest.approx(-1.0)
    assert np.isnan(at[1, 1])


def test_pulls_are_neutral_to_two_and_full_at_five() -> None:
    values = np.array([[0.0, 1.9, -2.0, 3.5, -5.0, 9.0]])
    at = deviation_of(Comparison("pull", values), None, None, 1.0, None).positions()
    assert at[0].tolist() == pytest.approx([0, 0, 0, 0.175, -1.0, 2.0])


@given(anything(), anything(), st.sampled_from(["ratio", "difference", "pull"]))
def test_whatever_is_compared_has_a_place(
    values: Array, errors: Array, mode: str
) -> None:
    given_errors = np.abs(errors) if errors.shape == values.shape else None
    compared = Comparison(mode, values, given_errors)  # type: ignore[arg-type]
    with np.errstate(all="ignore"):
        found = deviation_of(compared, None, None, 1.0, None)
        at = found.positions()
    assert found.colours.scale.low < found.colours.scale.high
    defined = np.isfinite(at)
    assert (np.abs(at[defined]) <= 2).all()


# -- colours -------------------------------------------------------------------------


def parts(colour: str | int) -> Array:
    number = int(colour[1:], 16) if isinstance(colour, str) else int(colour)
    return np.array([number >> 16 & 255, number >> 8 & 255, number & 255], float)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    "palette", ["cividis", "viridis", "grey", "diverging", "shares", "flags", "stale"]
)
def test_no_palette_has_a_colour_of_a_status(palette: str, theme: object) -> None:
    table = lookup_table(palette, theme.tile)  # type: ignore[attr-defined]
    for name in ("bad", "warning", "training"):
        status = parts(getattr(theme, name))
        distances = [np.linalg.norm(parts(each) - status) for each in table]
        assert min(distances) > 40, (palette, name, np.argmin(distances))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("palette", ["cividis", "viridis", "diverging", "flags"])
def test_only_what_is_stale_is_grey(palette: str, theme: object) -> None:
    table = lookup_table(palette, theme.tile)  # type: ignore[attr-defined]
    chroma = [parts(each).max() - parts(each).min() for each in table[[0, 255]]]
    assert min(chroma) > 40
    stale = lookup_table("stale", theme.tile)  # type: ignore[attr-defined]
    assert max(np.ptp(parts(each)) for each in stale[:256]) <= 16


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_agreement_is_calm_but_not_empty(theme: object) -> None:
    tile = theme.tile  # type: ignore[attr-defined]
    table = lookup_table("diverging", tile)
    middle = np.linalg.norm(parts(table[128]) - parts(tile))
    assert 25 < middle < 90
    for end in (0, 255):
        assert np.linalg.norm(parts(table[end]) - parts(tile)) > 2 * middle
