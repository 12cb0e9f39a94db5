"""The statistics box, from the sums the producer kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.words import short

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Histogram


def statistics_lines(histogram: Histogram) -> list[tuple[str, str]]:
    """Return names and values of the statistics, as ROOT prints them.

    Mean and RMS come from the kept sums (TH1::GetStats): sum of w x over sum of w,
    and the root of the mean square less the squared mean; ROOT calls that standard
    deviation "Std Dev", the control room RMS. They are left out when unknown.
    """
    lines = [("entries", short(histogram.entries, 6))]
    sums = histogram.sums
    names = "xyz"[: histogram.dimension]
    weight = sums[0] if sums else 0.0
    if weight and math.isfinite(weight) and len(sums) >= 4:
        # TH2 puts sumwxy after the sums of y
        for name, start in zip(names, (2, 4, 7), strict=False):
            if len(sums) < start + 2:
                break
            mean = sums[start] / weight
            rms = math.sqrt(max(sums[start + 1] / weight - mean * mean, 0.0))
            which = f" {name}" if histogram.dimension > 1 else ""
            lines += [(f"mean{which}", short(mean)), (f"RMS{which}", short(rms))]
    if histogram.dimension == 1:
        counts = histogram.counts(flow=True)
        lines.append(("underflow", short(float(counts[0]))))
        lines.append(("overflow", short(float(counts[-1]))))
    else:
        whole = float(np.sum(histogram.counts(flow=True)))
        inside = float(np.sum(histogram.counts()))
        lines.append(("outside", short(whole - inside)))
    return lines
