"""Deviation maps: calm where data and reference agree, vivid where they do not.

What a cell is painted follows from two numbers. How *far* it is from agreement gives
the hue: on a scale of its own for each mode, symmetric about agreement, so that equal
deviations up and down look equally strong. How *sure* that is takes the colour away
where there is no deviation to speak of: up to two standard deviations a cell is
neutral, from five on it has its full colour, and between them it gains colour slowly
first. So a healthy map is neutral however few entries it has, and noise never looks
like a finding.

- **ratio**: logarithmic, from 1/2 to 2; a dead cell (ratio 0) is below the range.
- **difference**: in multiples of the typical cell of the data. One hot cell has no say,
  so a dead region still stands at the end of the scale beside it.
- **pull**: from −5 to 5 standard deviations, whatever the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.colour_scale import ColourScale, ladder_step, summary
from dqmconsole.ui.plot.scale import Scale

if TYPE_CHECKING:
    from dqmconsole.model.frame import Comparison, ComparisonMode
    from dqmconsole.model.histogram import Array, Histogram

NEUTRAL_PULL = 2.0  # standard deviations up to which a cell is neutral
FULL_PULL = 5.0  # from here on it has its full colour
_RATIO = Scale(0.5, 2.0, log=True)
_PULL = Scale(-FULL_PULL, FULL_PULL)
# The difference's ladder, in multiples of the typical cell, starts at 2 × this; a dead
# cell is 1 below, so there is no use in a range that reaches much farther.
_UNIT = 0.2
_WIDEST = 1.0
_NOISE = 8.0  # a scale is at least so many typical errors wide to each side


@dataclass(frozen=True, eq=False)
class Deviation:
    """A comparison as numbers to paint.

    Attributes:
        mode: what is compared how.
        values: as compared, shape (nx, ny); NaN where undefined.
        strength: 0 (within the errors) to 1 (sure) per cell, or None where errors are
            not known: then everything counts as sure.
        colours: the range of the colours.
    """

    mode: ComparisonMode
    values: Array
    strength: Array | None
    colours: ColourScale

    def positions(self) -> Array:
        """Where each cell lies on the colours: −1 to 1, 0 neutral, ±2 out of range.

        NaN where undefined.
        """
        scale = self.colours.scale
        if scale.log:
            # 0 lies below every logarithmic range, and is defined
            at = 2.0 * scale.fractions(self.values) - 1.0
        else:
            at = self.values * (2.0 / (scale.high - scale.low))
        clipped = np.clip(at, -1.0, 1.0)
        if self.strength is not None:
            clipped = clipped * self.strength
            sure = self.strength >= 0.5
            at = np.where(sure, at, clipped)
        out: Array = np.where(np.abs(at) > 1.0 + 1e-9, np.sign(at) * 2.0, clipped)
        return out


def strength_of(pulls: Array) -> Array:
    """How much of its colour a cell has that is so many standard deviations off."""
    share = (np.abs(pulls) - NEUTRAL_PULL) * (1.0 / (FULL_PULL - NEUTRAL_PULL))
    found: Array = np.square(np.clip(share, 0.0, 1.0))
    return found


def deviation_of(
    compared: Comparison,
    data: Histogram | None,
    reference: Histogram | None,
    scale: float,
    old: ColourScale | None,
    half_width: float | None = None,
) -> Deviation:
    """Prepare a comparison of two dimensions.

    Args:
        compared: from the engine.
        data: what was compared, in the same bins.
        reference: with what, unscaled; None where unknown.
        scale: the factor that brings it to the data.
        old: the range of the colours so far.
        half_width: of a difference's range, where a layout fixes the data's.
    """
    values = np.asarray(compared.values, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    pulls = _pulls(compared, values, data, reference, scale)
    strength = None if pulls is None else _strength(pulls)
    if compared.mode == "ratio":
        colours = ColourScale(_RATIO)
    elif compared.mode == "pull":
        colours = ColourScale(_PULL)
    elif half_width is not None:
        colours = ColourScale(Scale(-half_width, half_width))
    else:
        colours = _difference_colours(values, compared.errors, strength, data, old)
    return Deviation(compared.mode, values, strength, colours)


def _pulls(
    compared: Comparison,
    values: Array,
    data: Histogram | None,
    reference: Histogram | None,
    scale: float,
) -> Array | None:
    """How many standard deviations each cell is off; None where that is not known.

    Of counts the error is that of the data *or* of what was expected, whichever is
    larger: where 2 entries are expected and none came, the data alone would say that
    this is certain.
    """
    if compared.mode == "pull":
        return np.abs(values)
    errors = compared.errors
    if errors is None or errors.shape != values.shape:
        return None
    errors = np.asarray(errors, dtype=np.float64)
    expected = _expected(values.shape, data, reference)
    if expected is not None:
        with np.errstate(all="ignore"):
            mean = expected * scale
            if compared.mode == "ratio":
                null = np.sqrt((1.0 + scale) / mean)
            else:
                null = np.sqrt(mean * (1.0 + scale))
        errors = np.fmax(errors, np.where(np.isfinite(null), null, 0.0))
    neutral = 1.0 if compared.mode == "ratio" else 0.0
    with np.errstate(all="ignore"):
        found: Array = np.abs(values - neutral) / errors
    # without an error nothing is known about it, unless there is nothing to know
    found = np.where(np.isnan(errors), np.inf, found)
    return np.where(values == neutral, 0.0, found)


def _expected(
    shape: tuple[int, ...], data: Histogram | None, reference: Histogram | None
) -> Array | None:
    """The unscaled contents of a reference of plain counts, else None."""
    if data is None or reference is None:
        return None
    if data.is_profile or reference.is_profile or data.efficiency:
        return None
    if data.sumw2 is not None or reference.sumw2 is not None:
        return None
    values = reference.values()
    return values if values.shape == shape else None


def _strength(pulls: Array) -> Array:
    found: Array = strength_of(pulls)
    return np.where(np.isnan(found), 0.0, found)


def _difference_colours(
    values: Array,
    errors: Array | None,
    strength: Array | None,
    data: Histogram | None,
    old: ColourScale | None,
) -> ColourScale:
    """A range that is steady: in typical cells of the data, by steps."""
    size = np.abs(values)
    counted = size if strength is None else np.where(strength > 0.5, size, np.nan)
    seen = summary(counted)
    wanted = seen.high if seen is not None else 0.0
    if errors is not None and errors.shape == values.shape:
        spread = summary(np.where(errors > 0, errors, np.nan))
        if spread is not None:
            wanted = max(wanted, _NOISE * spread.typical)
    unit = _typical_content(data)
    if unit is None:
        everything = summary(np.where(size > 0, size, np.nan))
        if everything is None:
            return old or ColourScale(Scale(-1.0, 1.0))
        before = None if old is None else old.scale.high
        top = wanted or everything.high
        if before is not None and 0.38 * before <= top <= 1.12 * before:
            top = before
        return ColourScale(Scale(-top, top)) if top > 1e-290 else _one()
    before = old.multiples[1] / _UNIT if old is not None and old.multiples else None
    wanted = min(max(wanted / unit, 1e-9), _WIDEST)
    times = _UNIT * ladder_step(before, wanted / _UNIT)
    top = times * unit
    if not 1e-290 < top < math.inf:
        return _one()
    return ColourScale(Scale(-top, top), (-times, times))


def _one() -> ColourScale:
    return ColourScale(Scale(-1.0, 1.0))


def _typical_content(data: Histogram | None) -> float | None:
    """What a typical cell of counts holds; None of means, and of what holds nothing."""
    if data is None or data.is_profile:
        return None
    values = data.values()
    found = summary(np.where(values > 0, values, np.nan))
    if found is None or bool((values < 0).any()):
        return None
    return found.typical
