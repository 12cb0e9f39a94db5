"""What a monitor element sees of the state: how a cause must show in it.

A histogram that was filled from the state changes by itself when the state
does. For histograms *given* (recorded ones, say) the same change has to be made
by hand: the sight tells which bins a channel fills and what they count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from dqmconsole.model.histogram import Array

Quantity = Literal[
    "count",  # hits, binned by channel
    "row",  # hits; a channel fixes only the bin along `axis`: `bins` says which, from 1
    "shape",  # hits of many channels, binned by something no cause moves
    "response",  # hits of many channels, binned by their charge or energy along x
    "crossing",  # hits of many channels, binned by bunch crossing along x
    "momentum",  # hits of many channels, binned by a momentum along x
    "time",  # hits of many channels, binned by their time in ns along x
    "mean time",  # profile binned by channel of the hits' time in ns
    "mean count",  # profile (filled once per event) of hits per event
    "multiplicity",  # events binned by their number of hits along x
    "sum",  # events binned by a sum over their hits along x (an energy)
    "mean",  # profile binned by channel of something no cause moves
    "mean response",  # profile binned by channel of the hits' charge or energy
    "events",  # events, binned by something no cause moves
    "fed entries",  # events by front-end driver along x
    "fed fatal",  # likewise, those without data
    "feds missing",  # events by the number of drivers without data (of `subsystem`)
    "differing",  # profile of shares, or counts, of what differs from the emulator
    "seed",  # events by trigger seed; labels or `seeds` name them
    "trend of hits",  # one value per lumisection, proportional to the hits
    "trend of events",  # likewise, proportional to the events
    "trend of activity",  # likewise, proportional to the luminosity
    "trend of differing",  # one share per lumisection of what differs
    "trend of field",  # one value per lumisection, proportional to the magnet's field
    "trend of mean count",  # profile vs lumisection of hits per event
    "flags",  # map of flags vs lumisection; `bins`: the row (from 1) of each channel
    "partitions",  # map of DCS bits vs lumisection, partitions as y labels
]


class Sight(msgspec.Struct, frozen=True, eq=False):
    """What an element sees.

    Attributes:
        quantity: what its bins hold.
        subsystem: whose channels it sees; "" when none.
        bins: the flat index (flow bins counted, C order) each channel fills; -1
            when it fills none; None when all channels share the whole range.
        weights: what each channel contributes nominally (its rate; known bad
            channels 0).
        seeds: for "seed": trigger seed of each x or y bin, by `axis`.
        axis: for "seed" and "row": 0 when the seeds, the rows are along x, 1 along y.
        pileup: its hits per event follow the pile-up.
        times: for "time" and "mean time": the mean time of each channel's hits, ns,
            nominally.
        gains: for "mean response": the relative response of each channel, nominally.
        straight: for "momentum": the distribution without a magnetic field, with flow
            bins, sum 1.
        differs: for "differing": kind of object -> what each inner bin gains per
            share of such objects that differ (of counts: relative to their sum).
        start: for "response": nominally there is nothing below.
        least: for "flags": a row with no more than this share of its like is bad.
        first_fed: for front-end drivers: identifier of the driver in the first bin.
    """

    quantity: Quantity
    subsystem: str = ""
    bins: Array | None = None
    weights: Array | None = None
    seeds: tuple[str, ...] = ()
    axis: int = 0
    pileup: bool = True
    times: Array | None = None
    gains: Array | None = None
    straight: Array | None = None
    differs: Mapping[str, Array] = {}
    start: float = -math.inf
    least: float = 0.5
    first_fed: int = 0
