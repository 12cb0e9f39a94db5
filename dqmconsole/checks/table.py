"""All checks by the names that layouts give them."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from dqmconsole import plugins
from dqmconsole.checks import (
    beta_binomial,
    bins,
    channels,
    clusters,
    comparison,
    deviations,
    entries,
    fits,
    growth,
    moments,
    pulls,
    shape,
    trend,
)
from dqmconsole.checks.registered import load_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.checks.check import Check

BUNDLED: Mapping[str, type[Check]] = {
    check.NAME: check
    for check in (
        entries.NotEmpty,
        entries.Entries,
        entries.Flow,
        entries.NoBadNumbers,
        bins.BinsAbove,
        bins.BinsBelow,
        bins.BinsEqual,
        bins.BinsOutside,
        bins.SumInRange,
        moments.Mean,
        moments.Rms,
        moments.Skewness,
        shape.Symmetric,
        shape.SideBand,
        shape.Peak,
        shape.Flat,
        shape.Correlated,
        trend.LastBins,
        trend.Flags,
        trend.Step,
        growth.MustGrow,
        growth.MustNotGrow,
        growth.Frozen,
        growth.Rate,
        channels.DeadChannels,
        channels.NoisyChannels,
        clusters.Holes,
        clusters.HotClusters,
        comparison.Equal,
        comparison.Chi2PerDegree,
        comparison.KolmogorovDistance,
        deviations.BinsAgainstReference,
        deviations.Deviation,
        beta_binomial.BetaBinomial,
        pulls.RunBand,
        fits.Fit,
        fits.TurnOn,
    )
}
"""Those that come with the program."""

REGISTERED = plugins.registered(plugins.CHECKS, load_check, BUNDLED)
"""Those of installed packages."""

CHECKS: Mapping[str, type[Check]] = {**BUNDLED, **REGISTERED.usable}
"""All that layouts may name."""


_IMPORTING = threading.Lock()


def why_left_out(name: str) -> str:
    """Why a check that a package registers cannot be used; "" where none does."""
    return REGISTERED.why_left_out(name)


def import_functions() -> None:
    """Import the functions that checks import when they first run: 0.1 s."""
    _import("scipy.special", "scipy.ndimage")


def import_fits(items: Iterable[Mapping[str, object]]) -> None:
    """Import what fits alone need, where there is one: 0.15 s; of Landau 0.2 s more.

    Args:
        items: of ``checks:``.
    """
    names = []
    for item in items:
        if fits.Fit.NAME in item or fits.TurnOn.NAME in item:
            names.append("scipy.optimize")
        limits = item.get(fits.Fit.NAME)
        if isinstance(limits, dict) and limits.get("function") == "landau":
            names.append("scipy.stats")
    if names:
        _import(*names)


def _import(*names: str) -> None:
    with _IMPORTING:  # two threads that import parts of one package may see half of it
        for name in names:
            import_module(name)


def home_of(name: str) -> str:
    """The package of a check, with its version; "" of the program's own."""
    return REGISTERED.packages.get(name, "")
