"""Which histograms have a bin for each channel, by axes and by what good runs show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.checks.defaults import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Axis, Histogram
    from dqmconsole.model.layout import Plot

LEAST_BINS = 16
_PIECES = (
    r"fib(?:re|er)|strip|wire|pad|module|ladder|sector|station|crate|board|tower|chip"
    r"|roc|fed|cell|pixel|layer|plane|view|row|col(?:umn)?|bar|tube|straw|pmt|sipm"
    r"|paddle|scintillator|side|ring|wheel|disk|i[ηφxy]|i(?:eta|phi)"
)
_NUMBER = r"(?:[ _]?(?:number|num|nr|no\.?|id|index|\#))?"
_ONE = re.compile(rf"\b(?:{_PIECES}){_NUMBER}(?![a-z])", re.IGNORECASE)
# it may be how many there are, or a channel of an ADC
_SOME = re.compile(rf"\b(?:(?:{_PIECES})s|channels?|ch){_NUMBER}\b", re.IGNORECASE)
_MEASURED = re.compile(
    r"[\[(%]|\b(?:[aqt]dc|mca|energy|charge|amplitude|time|clock|pulse|height|mass"
    r"|momentum|angle|phi|theta|eta|bx|bunch|crossing|orbit|lumi\w*|spill|events?"
    r"|multiplicity|sizes?|counts?|number of|no\. of|per|fired|active|dead|noisy)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"multiplicity|\bsize\b|\bper[ _](?:event|cluster|track|trigger|hit|spill)",
    re.IGNORECASE,
)
_OCCUPANCY = re.compile(r"occupanc|\bhit ?map\b", re.IGNORECASE)
_SURE = 3.0  # standard deviations
_ROUGH = 0.1  # of the neighbours: what two channels differ by, and steps of an ADC not
_SPAN = 10.0  # from the low to the high bins: more is a spectrum
_EVEN = 2.0  # times the median, and the part of it
_ENTRIES = 20.0


def is_of_channels(runs: Sequence[Histogram], plot: Plot) -> bool:
    """Tell whether each bin of a histogram is a channel; when in doubt it is none.

    Its bins are numbers, or have labels. Of one dimension, the axis says what piece of
    the detector they count; else channels show by how they differ from their
    neighbours, alike in all runs, or where the title speaks of channels by all being
    alike. Of two dimensions both axes say so, or the title that it is an occupancy.

    Args:
        runs: it in good runs, one or more; what is none in some is none in more.
        plot: what is drawn of it.
    """
    first = runs[0]
    if not all(_same_bins(first, each) for each in runs) or _COUNTED.search(
        first.title
    ):
        return False
    if not all(map(_is_numbered, first.axes)) or first.values().size < LEAST_BINS:
        return False
    kind, titles = kind_of(first, plot), [each.title.strip() for each in first.axes]
    occupancy = bool(_OCCUPANCY.search(first.title))
    if kind is Kind.MAP:
        named = [bool(_ONE.search(each) or _SOME.search(each)) for each in titles]
        known = (one or not each for one, each in zip(named, titles, strict=True))
        return all(named) or (occupancy and all(known))
    if kind not in (Kind.CHANNELS, Kind.DISTRIBUTION):
        return False
    if _ONE.search(titles[0]):
        return True
    values = np.array([each.values() for each in runs], np.float64)
    even = bool(_SOME.search(titles[0]) or occupancy) and _are_alike(values)
    return even or _differ_alike(values)


def _same_bins(one: Histogram, other: Histogram) -> bool:
    return len(one.axes) == len(other.axes) and all(
        axis.same_bins(each) for axis, each in zip(one.axes, other.axes, strict=True)
    )


def _is_numbered(axis: Axis) -> bool:
    """Tell whether bins may be channels: labels, or numbers that have no unit."""
    if _MEASURED.search(axis.title) or axis.time:
        return False
    if axis.traits.discrete:
        return True
    width = (axis.high - axis.low) / axis.bins
    whole = width >= 1 and width.is_integer() and (2 * axis.low).is_integer()
    return axis.variable is None and whole


def _are_alike(values: Array) -> bool:
    """Tell whether bins hold about as much, ``(runs, bins)``: spectra have tails."""
    usual = np.median(values, axis=1, keepdims=True)
    alike = (values > usual / _EVEN) & (values < usual * _EVEN)
    return bool((usual >= _ENTRIES).all() and (alike.mean(1) >= 0.9).all())


def _differ_alike(values: Array) -> bool:
    """Tell whether bins differ from those beside them, and so in all runs.

    Args:
        values: ``(runs, bins)``.
    """
    beside = (values[:, :-2] + values[:, 2:]) / 2
    inner = values[:, 1:-1]
    enough = (beside >= _ENTRIES).all(0)
    if 2 * enough.sum() < values.shape[1]:
        return False
    inner, beside = inner[:, enough], beside[:, enough]
    low, high = np.percentile(beside, (10, 90), axis=1)
    off = inner - beside
    sure = np.abs(off) > _SURE * np.sqrt(inner + beside / 2)
    sure &= np.abs(off) > _ROUGH * beside
    same = sure.all(0) & ((off > 0).all(0) | (off < 0).all(0))
    return bool((high < _SPAN * low).all() and 2 * same.sum() >= same.size)
