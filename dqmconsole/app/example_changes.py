"""How the examples of the bundled site's instructions are drawn, by name of the fault.

The names are the simulation's; the changes are the engine's generic ones, chosen by
the kind of plot.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dqmconsole.engine.changes import (
    Change,
    OfBeam,
    dead_region,
    frozen,
    hot_bin,
    scaled,
    shifted,
    smeared,
    stretched,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from dqmconsole.model.histogram import Histogram

BINNED_BY_PART = ("FED", "BX", "Global BX", "Algorithm")
"""Titles of x axes whose bins stand for parts of the detector or the orbit."""


def _counts_events(histogram: Histogram) -> bool:
    """Whether it has events by how much is in them: their hits, or an energy."""
    return (
        histogram.dimension == 1
        and not histogram.is_profile
        and histogram.y_title == "Events"
        and histogram.axes[0].title not in BINNED_BY_PART
        and histogram.name != "METRank"  # made of what is missing, not of hits
    )


def _silent(histogram: Histogram, rng: np.random.Generator) -> Histogram:
    """Part of the channels gives nothing; a plot of errors gains one bin."""
    if not histogram.values().any():
        return hot_bin(histogram, rng)
    if _counts_events(histogram):
        if "error" in histogram.axes[0].title:
            return shifted(histogram, rng, by=1.0)
        return stretched(histogram, rng, 0.75)
    return dead_region(histogram, rng, 0.0 if histogram.axes[0].title == "FED" else 0.2)


def _hot(histogram: Histogram, rng: np.random.Generator) -> Histogram:
    """A channel fires far more often."""
    if _counts_events(histogram):
        return stretched(histogram, rng, 1.3)
    return hot_bin(histogram, rng)


def _late(histogram: Histogram, rng: np.random.Generator) -> Histogram:
    """All times are 9 ns later."""
    titles = (histogram.y_title, *(axis.title for axis in histogram.axes))
    return shifted(histogram, rng, by=9.0 if any("[ns]" in t for t in titles) else None)


def _fewer(
    histogram: Histogram, rng: np.random.Generator, factor: float = 1 / 3
) -> Histogram:
    """Every event has fewer hits, by one factor."""
    if _counts_events(histogram):
        return stretched(histogram, rng, factor)
    return scaled(histogram, rng, factor)


EXAMPLE_CHANGES: Mapping[str, Change] = {
    "hv-trip": _silent,
    "fed-lost": _silent,
    "board-dead": _silent,
    "ring-lost": _silent,
    "subsystem-out": functools.partial(scaled, factor=0.0),
    "hot-channel": _hot,
    "hot-trigger": hot_bin,
    "noise-burst": hot_bin,
    "prescale": functools.partial(hot_bin, factor=2.5),
    "t0-drift": _late,
    "prefiring": functools.partial(shifted, spreads=-1.0),
    "gain-drift": functools.partial(shifted, spreads=-0.5),
    "cable-swap": dead_region,
    "emulator-mismatch": functools.partial(hot_bin, factor=5.0),
    "field-off": smeared,
    "lumi-drop": OfBeam(_fewer),
    "emittance-scan": OfBeam(functools.partial(_fewer, factor=0.2)),
    "hv-on": functools.partial(_fewer, factor=0.002),
    "client-frozen": frozen,
    "link-loss": dead_region,
    "layer-inefficient": functools.partial(dead_region, share=0.4),
    "channels-dying": functools.partial(dead_region, share=0.0),
    "board-late": _late,
    "beam-jump": shifted,
    "background-rise": functools.partial(scaled, factor=2.5),
    "prescale-wrong": functools.partial(hot_bin, factor=5.0),
    "path-dead": functools.partial(dead_region, share=0.0),
    "beam-dump": functools.partial(scaled, factor=0.0),
    "fill-begin": functools.partial(scaled, factor=0.0),
    "vdm-scan": OfBeam(functools.partial(_fewer, factor=1 / 30)),
    "levelling": OfBeam(functools.partial(_fewer, factor=1 / 1.3)),
    "resync": functools.partial(scaled, factor=0.5),
}
"""Name of a fault or harmless event of the simulation -> the change that shows it."""
