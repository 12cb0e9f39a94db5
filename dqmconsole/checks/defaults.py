"""The checks of a plot whose layout names none: by its kind.

A default says at most WARNING until the owner of the layout adopts it, and is quiet
before it is clever: what cannot be told without a reference or a band is left to them.
"""

from __future__ import annotations

import enum
import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmconsole.checks.declared import Declared, declared
from dqmconsole.checks.limits import ENOUGH_RUNS
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.trend import is_against_lumisection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import Plot

PERSIST = 3  # updates in a row before a default goes off, and before it returns
_STEP = 0.1  # in which it is said how far apart interactions per event are
_ALIKE = 0.03  # nearer than this is the same
_COMPARED = 0.3  # farther than this no shapes are compared
_SHARE = re.compile(
    r"efficienc|fraction|ratio|purity|percent|average|mean|\bshare\b|summary",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[\[(].*?[\])]")
_OCCUPANCY = re.compile("occupanc", re.IGNORECASE)
_ERRORS = re.compile(
    r"errors|error.?(code|flag|count|rate|type|word|bit)|fatal|corrupt|unreadable"
    r"|mismatch|invalid|desync|out.of.sync",
    re.IGNORECASE,
)
_CHANNELS = re.compile(
    r"\bi[ηφ]|\bi(eta|phi)|\b(channel|wire|strip|pad|module|ladder|sector"
    r"|station|crate|board|tower|chip|roc|fed|fib(re|er)|cell|pixel)s?\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"percent|%", re.IGNORECASE)
_STATES = (-1.0, 0.0, 1.0)


class Kind(enum.StrEnum):
    """What a plot is, as far as its checks go."""

    DISTRIBUTION = "distribution"
    CHANNELS = "occupancy of channels"
    ERRORS = "counts of errors"
    CATEGORIES = "categories"
    MAP = "map"
    SHARES = "efficiency or profile"
    TREND = "trend"
    LATEST = "latest value"
    STATES = "states"
    VALUES = "values that were set"
    OTHER = "other"


def kind_of(histogram: Histogram, plot: Plot) -> Kind:
    """The kind of a histogram; the first that fits.

    * LATEST: it holds the latest value (``accumulates: latest``);
    * TREND: it grows along lumisections (``accumulates: trend``, or x says so);
    * STATES: it is drawn as a strip, or holds nothing but -1, 0 and 1, and fills
      do not explain them;
    * OTHER: of three dimensions;
    * SHARES: a profile, an efficiency by its flag, or by its title what holds no
      counts (a summary of occupancies does);
    * VALUES: contents that no filling gives (negative or broken, without weights);
    * ERRORS: by its title or name; none at all are good;
    * MAP: two dimensions; CATEGORIES: every bin has a label;
    * CHANNELS: the title of x says that bins are channels, or its own an occupancy;
    * else DISTRIBUTION: its tails move with pile-up and rate, and are no holes.

    Args:
        histogram: the plot's element.
        plot: what the layout says of it.
    """
    if plot.accumulates == "latest":
        return Kind.LATEST
    if plot.accumulates == "trend" or is_against_lumisection(histogram.axes[0], plot):
        return Kind.TREND
    if histogram.dimension > 2:
        return Kind.OTHER
    strip = plot.draw is not None and plot.draw.style == "strip"
    if strip or _holds_states(histogram):
        return Kind.STATES
    titled = f"{histogram.title} {histogram.name} {histogram.y_title}"
    if histogram.is_profile or histogram.efficiency:
        return Kind.SHARES
    if _SHARE.search(titled) and not _are_counts(histogram, titled):
        return Kind.SHARES
    if not _is_filled(histogram):
        return Kind.VALUES
    if _ERRORS.search(f"{histogram.title} {histogram.name}"):
        return Kind.ERRORS
    if histogram.dimension == 2:
        return Kind.MAP
    if histogram.axes[0].traits.discrete:
        return Kind.CATEGORIES
    along = _UNIT.sub("", histogram.axes[0].title)  # what has a unit is measured
    of_channels = _CHANNELS.search(along) or _OCCUPANCY.search(histogram.title)
    return Kind.CHANNELS if of_channels else Kind.DISTRIBUTION


def defaults_for(
    histogram: Histogram,
    plot: Plot,
    reference: Histogram | None = None,
    runs: int = 1,
    apart: float = 0.0,
) -> tuple[Declared, ...]:
    """The checks of a plot by its kind; those that are not installed are left out.

    Args:
        histogram: the plot's element.
        plot: what the layout says of it.
        reference: of the same bins, or None.
        runs: good runs that it is compared with. From :data:`ENOUGH_RUNS` on their
            spread is known; with fewer the limits of shapes, means and steps double.
        apart: how far its interactions per event are from those of the reference, see
            :func:`apart`. What is counted per event moves with them, and its tails
            first: limits of shapes widen, then shapes are not compared.
    """
    kind = kind_of(histogram, plot)
    if kind is Kind.VALUES and reference is not None:
        kind = kind_of(reference, plot)  # negative or broken counts are no other kind
    banded = runs >= ENOUGH_RUNS
    wide = 1.0 if banded else 2.0
    if kind is Kind.TREND:  # it is its own past that it is set against
        return _trend(wide) if histogram.dimension == 1 else _declared(*_ANY)
    if reference is None:
        return _without_reference(kind)
    found = _with_reference(kind, wide, apart)
    if kind is Kind.SHARES:
        means = reference.is_profile
        size = _largest(reference) if means else 1.0
        found += _shares(wide * size, increments=means)
    if banded and kind in _BANDED:
        was_set = kind is Kind.VALUES or (
            kind is Kind.LATEST and not _are_fills(histogram)
        )
        share = kind is Kind.SHARES and not histogram.is_profile
        found += _run_band(increments=not (was_set or share), counts=not was_set)
    return found


def apart(pileup: float | None, of_reference: float | None) -> float:
    """How far the interactions per event are from those of a reference, in steps.

    The logarithm of their ratio, rounded up to tenths: 0 within 3 %, or where one is
    not known. An event has one interaction at least; with hardly any pile-up (ions)
    another luminosity changes none.

    Args:
        pileup: mean interactions per crossing.
        of_reference: likewise.
    """
    if pileup is None or of_reference is None:
        return 0.0
    if not (pileup >= 0 and of_reference >= 0):
        return 0.0
    far = abs(math.log((1 + pileup) / (1 + of_reference)))
    steps = math.ceil((far - _ALIKE) / _STEP)
    return round(max(steps, 0) * _STEP, 3)


@cache
def _without_reference(kind: Kind) -> tuple[Declared, ...]:
    return _declared(*_ANY, *_WITHOUT_REFERENCE.get(kind, ()))


@cache
def _with_reference(kind: Kind, wide: float, apart: float) -> tuple[Declared, ...]:
    """The checks against a reference.

    Args:
        kind: of the plot.
        wide: what the limits of shapes and means are multiplied by.
        apart: interactions per event beside those of the reference.
    """
    distance = {"warn_above": 0.1 * wide, "bad_above": 0.2 * wide, "entries": 1000.0}
    shift = {"warn_shift": 0.5 * wide, "bad_shift": 1.0 * wide, "entries": 1000.0}
    wider = {key: round(number + 2 * apart, 3) for key, number in distance.items()}
    farther = {key: round(number + 4 * apart, 3) for key, number in shift.items()}
    width = {key: round(number / 2 + 4 * apart, 3) for key, number in shift.items()}
    off_axis: dict[str, Any] = {"flow": {"warn_above": 0.05 * wide}}
    shapes: _Items = (
        {"kolmogorov": wider | {"entries": 1000.0}},
        {"mean": farther | {"entries": 1000.0}},
        {"rms": width | {"entries": 1000.0}},
        # a tail falls to a tenth where the mean moves by half an RMS, too
        {"holes": _LINE | {"below": 0.1}},
        off_axis,
    )
    if apart > 0:  # what is counted per event has other tails
        shapes = shapes[:3] if apart <= _COMPARED else ()
    # shapes alone do not see that most of it is lost; without a scale by events silent
    amount: _Items = () if apart else ({"entries": {"warn_percent": 30.0 * wide}},)
    items: dict[Kind, _Items] = {
        Kind.DISTRIBUTION: (*amount, *shapes),
        Kind.CHANNELS: (
            *amount,
            {"kolmogorov": distance},
            {"holes": _LINE | {"warn_above": 0.01}},
            {"noisy_channels": _OF_REFERENCE | {"times": 10.0, "noun": "bins"}},
            off_axis,
        ),
        Kind.MAP: (
            {"holes": {"warn_above": 0.01, "bad_above": 0.05}},
            {"noisy_channels": _OF_REFERENCE | {"times": 10.0}},
            off_axis,
        ),
        Kind.CATEGORIES: (
            {"bins_against_reference": {"relative": 2.0, "entries": 10.0}},
            {
                "dead_channels": _OF_REFERENCE
                | {"dead": 0.1, "warn_above": 0.0, "noun": "categories"}
            },
        ),
        Kind.OTHER: amount,
        Kind.ERRORS: (
            {
                "bins_against_reference": {
                    "relative": 2.0,
                    "absolute": 10.0,
                    "entries": 10.0,
                    "excess": True,
                }
            },
        ),
    }
    return _declared(*_ANY, *items.get(kind, ()))


@cache
def _trend(wide: float) -> tuple[Declared, ...]:
    step = {"warn_above": 5.0 * wide, "percent": 10.0 * wide}
    return _declared(*_ANY, {"step": step})


@cache
def _run_band(*, increments: bool, counts: bool) -> tuple[Declared, ...]:
    limits = {"relative": 0.05, "counts": counts}
    return _declared({"run_band": limits} | _UPDATES[increments])


def _declared(*items: Mapping[str, Any]) -> tuple[Declared, ...]:
    return tuple(declared(item) for item in items if next(iter(item)) in CHECKS)


_Items = tuple["Mapping[str, Any]", ...]
_ANY: _Items = ({"no_bad_numbers": {}},)
_LINE: dict[str, Any] = {"warn_above": 0.03, "bad_above": 0.1, "noun": "bins"}
_OF_REFERENCE: dict[str, Any] = {"against": "reference"}
_UPDATES: dict[bool, dict[str, Any]] = {True: {}, False: {"updates": []}}
_BANDED = (
    Kind.DISTRIBUTION,
    Kind.CHANNELS,
    Kind.CATEGORIES,
    Kind.SHARES,
    Kind.LATEST,
    Kind.VALUES,
)
_WITHOUT_REFERENCE: dict[Kind, _Items] = {
    # real maps have gaps between their modules: only a hole that is new is one
    Kind.MAP: ({"holes": {"against": "before", "warn_above": 0.01}},),
}


@lru_cache(256)
def _shares(size: float, *, increments: bool) -> tuple[Declared, ...]:
    """Means or efficiencies: a tenth of the bins, each beyond 5 sigma and 5 %.

    Args:
        size: of what the 5 % are: 1 of shares, of means the largest in the reference.
        increments: it was filled; of shares that were set no difference means anything.
    """
    limits: dict[str, Any] = {"sigma": 5.0, "absolute": 0.05 * size, "entries": 100.0}
    limits |= {"of": "share", "warn_above": 0.1, "bad_above": 0.25}
    return _declared({"bins_against_reference": limits} | _UPDATES[increments])


def _largest(reference: Histogram) -> float:
    values = np.abs(reference.values())
    return float(values[np.isfinite(values)].max(initial=0.0))


def _holds_states(histogram: Histogram) -> bool:
    if histogram.is_profile or histogram.sumw2 is not None:
        return False
    values = histogram.values()
    if not np.isin(values, _STATES).all():
        return False
    return bool(values.any()) and not _are_fills(histogram)


def _are_fills(histogram: Histogram) -> bool:
    """Tell what was filled: as often as it holds, or with weights."""
    if histogram.is_profile or histogram.sumw2 is not None:
        return True
    return bool(histogram.entries == np.abs(histogram.values(flow=True)).sum())


def _are_counts(histogram: Histogram, titled: str) -> bool:
    """Tell what was counted from shares that were set, whatever it is called."""
    values = histogram.values()
    most = values[np.isfinite(values)].max(initial=0.0)
    whole = 1.0 if not _PERCENT.search(titled) else 100.0
    return bool(most > whole) and _is_filled(histogram)


def _is_filled(histogram: Histogram) -> bool:
    if histogram.sumw2 is not None:
        return True
    contents = histogram.contents
    if contents.dtype.kind != "f":
        return bool((contents >= 0).all())
    with np.errstate(all="ignore"):
        whole = np.isfinite(contents) & (contents >= 0)
        whole &= contents == np.rint(contents)
    return bool(whole.all() | ~np.isfinite(contents).all())
