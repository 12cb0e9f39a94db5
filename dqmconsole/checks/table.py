"""All checks by the names that layouts give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.checks import bins, entries, moments, shape, trend

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
    )
}
