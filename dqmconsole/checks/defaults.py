"""The checks of a plot whose layout names none: by its kind (ALARMS §2).

A default says at most WARNING until the owner of the layout adopts it, and is quiet
before it is clever: what cannot be told without a reference or a band is left to them.
"""

from __future__ import annotations

import enum
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmconsole.checks.declared import Declared, declared
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.trend import is_against_lumisection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import Plot

PERSIST = 3  # updates in a row before a default goes off, and before it returns
BAND_RUNS = 5  # good runs from which their spread says what is usual
_SHARE = re.compile(
    r"efficienc|fraction|ratio|purity|percent|average|mean|\bshare\b|summary",
    re.IGNORECASE,
)
_STATES = (-1.0, 0.0, 1.0)


class Kind(enum.StrEnum):
    """What a plot is, as far as its checks go."""

    DISTRIBUTION = "distribution"
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
    * SHARES: a profile, or an efficiency by its flag or its title;
    * VALUES: contents that no filling gives (negative or broken, without weights);
    * MAP: two dimensions; CATEGORIES: every bin has a label; else DISTRIBUTION.

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
    if histogram.is_profile or histogram.efficiency or _SHARE.search(titled):
        return Kind.SHARES
    if not _is_filled(histogram):
        return Kind.VALUES
    if histogram.dimension == 2:
        return Kind.MAP
    return Kind.CATEGORIES if histogram.axes[0].traits.discrete else Kind.DISTRIBUTION


def defaults_for(
    histogram: Histogram, plot: Plot, reference: Histogram | None = None, runs: int = 1
) -> tuple[Declared, ...]:
    """The checks of a plot by its kind; those that are not installed are left out.

    Args:
        histogram: the plot's element.
        plot: what the layout says of it.
        reference: of the same bins, or None.
        runs: good runs that it is compared with, whose spread is known from
            :data:`BAND_RUNS` on.
    """
    kind = kind_of(histogram, plot)
    found = _declared(kind, with_reference=reference is not None)
    if runs >= BAND_RUNS and kind in _BANDED:
        found += (declared({"run_band": {"relative": 0.05}}),)
    if reference is None or kind is not Kind.SHARES:
        return found
    return found + _shares(_largest(reference) if reference.is_profile else 1.0)


@cache
def _declared(kind: Kind, *, with_reference: bool) -> tuple[Declared, ...]:
    more = _WITH_REFERENCE if with_reference else _WITHOUT_REFERENCE
    items = (*_ANY, *more.get(kind, ()))
    return tuple(declared(item) for item in items if next(iter(item)) in CHECKS)


_Items = tuple["Mapping[str, Any]", ...]
_ANY: _Items = ({"no_bad_numbers": {}},)
_WITH_REFERENCE: dict[Kind, _Items] = {
    Kind.DISTRIBUTION: (
        {"kolmogorov": {"warn_above": 0.1, "bad_above": 0.2, "entries": 1000.0}},
        {"mean": {"warn_shift": 0.5, "bad_shift": 1.0, "entries": 1000.0}},
        {"holes": {"warn_above": 0.03, "bad_above": 0.1, "noun": "bins"}},
    ),
    Kind.MAP: (
        {"holes": {"warn_above": 0.01, "bad_above": 0.05}},
        {"noisy_channels": {"against": "reference", "times": 10.0}},
    ),
    Kind.CATEGORIES: ({"bins_against_reference": {"relative": 2.0, "entries": 10.0}},),
}
_BANDED = (Kind.DISTRIBUTION, Kind.CATEGORIES, Kind.SHARES, Kind.LATEST, Kind.VALUES)
_WITHOUT_REFERENCE: dict[Kind, _Items] = {
    Kind.MAP: ({"holes": {"against": "neighbours", "warn_above": 0.01}},),
}


@lru_cache(256)
def _shares(size: float) -> tuple[Declared, ...]:
    """Means or efficiencies: a tenth of the bins, each beyond 5 sigma and 5 %.

    Args:
        size: of what the 5 % are: 1 of shares, of means the largest in the reference.
    """
    limits: dict[str, Any] = {"sigma": 5.0, "absolute": 0.05 * size, "entries": 100.0}
    limits |= {"of": "share", "warn_above": 0.1, "bad_above": 0.25}
    return (declared({"bins_against_reference": limits}),)


def _largest(reference: Histogram) -> float:
    values = np.abs(reference.values())
    return float(values[np.isfinite(values)].max(initial=0.0))


def _holds_states(histogram: Histogram) -> bool:
    if histogram.is_profile or histogram.sumw2 is not None:
        return False
    values = histogram.values()
    if not np.isin(values, _STATES).all():
        return False
    # filled ones were filled as often as they hold
    return bool(values.any()) and histogram.entries != np.abs(values).sum()


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
