"""All checks by the names that layouts give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.checks import (
    bins,
    channels,
    clusters,
    comparison,
    entries,
    fits,
    moments,
    pulls,
    shape,
    trend,
)

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check

CHECKS: dict[str, type[Check]] = {
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
        trend.MustGrow,
        trend.MustNotGrow,
        trend.Frozen,
        trend.Rate,
        channels.DeadChannels,
        channels.NoisyChannels,
        clusters.Holes,
        clusters.HotClusters,
        comparison.Equal,
        comparison.Chi2PerDegree,
        comparison.KolmogorovDistance,
        comparison.BinsAgainstReference,
        comparison.Deviation,
        pulls.BetaBinomial,
        pulls.RunBand,
        fits.Fit,
        fits.TurnOn,
    )
}
