"""All checks by the names that layouts give them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
from dqmconsole.checks.registered import registered_checks

if TYPE_CHECKING:
    from collections.abc import Mapping

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

REGISTERED = registered_checks(BUNDLED)
"""Those of installed packages."""

CHECKS: Mapping[str, type[Check]] = {**BUNDLED, **REGISTERED.checks}
"""All that layouts may name."""


def why_left_out(name: str) -> str:
    """Why a check that a package registers cannot be used; "" where none does."""
    found = (str(each) for each in REGISTERED.left_out if each.name == name)
    return next(found, "")


def import_functions() -> None:
    """Import the functions that checks import when they first run: 0.1 s."""
    for name in ("scipy.special", "scipy.ndimage"):
        import_module(name)


def home_of(name: str) -> str:
    """The package of a check, with its version; "" of the program's own."""
    return REGISTERED.packages.get(name, "")
