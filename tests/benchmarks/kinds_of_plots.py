"""Say what is found of faults in plots of every kind, where no layout names a check.

A small experiment writes one ROOT file, again and again while its run lasts, without
quality results. Its site has layouts without ``checks:``, and one good run, or six, as
references. Of each plot each fault begins at a known update; the engine's own
`SourceContext` judges the file after every update, in a run of another length and rate
than the reference's, whose channels differ a little from those of any other run.

``table`` prints for each plot and fault how often it was found, by which check, after
how many updates, and the sentence; and everything that was said of healthy plots.
``check`` runs ``dqmconsole check`` on the end of a run with two dead regions.

    python tests/benchmarks/kinds_of_plots.py table [--seeds N] [--first N]
        [--good N ...] [--plot PART] [--json FILE]
    python tests/benchmarks/kinds_of_plots.py check
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dqmconsole.engine.context import SourceContext
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_root
from dqmconsole.site.site import read_site
from dqmconsole.sources.open import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmconsole.model.histogram import Array

Where = int | slice | tuple[int | slice, ...]
WRONG = (Status.WARNING, Status.BAD)
ONSET, AFTER = 10, 12  # updates: the first with a fault, and those looked at from it on
EVENTS = 1500  # in an update of the reference
GOOD_UPDATES = 40  # of a reference
SPILLS = 3  # in an update
PERIOD = 60.0  # s between two updates
STARTED = 1_790_000_000.0  # unix time, s
RUN_SCATTER = 0.01  # of what each bin gets, from run to run
# recorded runs are found under these names alone
RECORDED = "DQM_V0001_R{:09d}.root"
GOOD_SEED = 900_000
SITE = """\
experiment: a small one
recorded: [good]
conditions:
  events: run/events
  lumisection: run/spill
lumisection: spill
"""
RULE = "- {{{}, chosen_by: A. Runner, chosen_on: 2026-11-01, why: all was well}}\n"


class Content(NamedTuple):
    """What a plot gets in an update, and what it holds.

    Attributes:
        rates: entries per event, with flow bins.
        means: of what is filled into a profile, or the values that are set; flow too.
        spread: of those.
        weight: of one entry; 1 is none.
        broken: inner bins that hold no number.
        frozen: nothing is added.
    """

    rates: Array
    means: Array | None = None
    spread: float = 0.0
    weight: float = 1.0
    broken: Array | None = None
    frozen: bool = False


class Kind(NamedTuple):
    """One plot, and what may go wrong with it.

    Attributes:
        path: where it lies.
        title: its own.
        axes: its axes.
        good: what it gets.
        faults: by name, what it gets instead.
        holds: "counts", "means" or "shares" (means of 0 and 1) of the run, "values"
            that are set with every update, or a "trend" of them, a bin for each spill.
        layout: what the layout says beside the path.
    """

    path: str
    title: str
    axes: tuple[Axis, ...]
    good: Content
    faults: dict[str, Content]
    holds: str = "counts"
    layout: str = ""


class Filled:
    """One plot of a run, filled update by update.

    Args:
        kind: the plot.
        fault: its name, or "".
        seed: of the run.
    """

    def __init__(self, kind: Kind, fault: str, seed: int) -> None:
        self.kind, self.fault = kind, fault
        self._draw = np.random.default_rng([seed, *kind.path.encode()])
        shape = tuple(axis.bins + 2 for axis in kind.axes)
        # no two runs are quite alike
        self._scatter = 1 + RUN_SCATTER * self._draw.standard_normal(shape)
        self._off = 0.2 * RUN_SCATTER * self._draw.standard_normal(shape)
        self._entries, self._sums, self._squares = np.zeros((3, *shape))
        self._updates = 0
        self._broken: Array | None = None
        self._fills = 0.0

    def update(self, events: int, *, wrong: bool) -> None:
        """Fill one more update."""
        kind = self.kind
        now = kind.faults[self.fault] if wrong and self.fault else kind.good
        self._broken = now.broken
        self._updates += 1
        if now.frozen:
            return
        entries = self._draw.poisson(
            np.clip(now.rates * self._scatter, 0, None) * events
        )
        if kind.holds == "counts":
            self._entries += entries * now.weight
            self._squares += entries * now.weight**2
            self._fills += entries.sum()
            return
        assert now.means is not None
        means = now.means * (1 + self._off)
        noise = self._draw.standard_normal(means.shape) * now.spread
        if kind.holds == "means":
            self._entries += entries
            self._sums += entries * means + np.sqrt(entries) * noise
            self._squares += entries * (means**2 + now.spread**2)
            self._fills += entries.sum()
        elif kind.holds == "shares":
            passed = self._draw.binomial(entries, np.clip(means, 0, 1))
            self._entries += entries
            self._sums += passed
            self._squares += passed
            self._fills += entries.sum()
        elif kind.holds == "trend":
            at = slice(SPILLS * (self._updates - 1) + 1, SPILLS * self._updates + 1)
            self._sums[at] = (means + noise)[at]
        else:
            self._sums = means + noise

    def histogram(self) -> Histogram:
        """It as the experiment's program would write it now."""
        kind = self.kind
        contents, squares, weights = self._sums, None, None
        fills = float(self._updates)
        if kind.holds == "counts":
            contents, fills = self._entries, self._fills
            squares = self._squares if kind.good.weight != 1.0 else None
        elif kind.holds in ("means", "shares"):
            squares, weights, fills = self._squares, self._entries, self._fills
        contents = np.array(contents, float, order="F")
        if self._broken is not None:
            inner = contents[(slice(1, -1),) * contents.ndim]
            inner[self._broken] = np.nan
        dimension = len(kind.axes)
        names = {1: "TProfile", 2: "TProfile2D"} if weights is not None else {}
        return Histogram(
            kind.path.rpartition("/")[2],
            kind.title,
            names.get(dimension, f"TH{dimension}D"),
            kind.axes,
            contents,
            sumw2=None if squares is None else np.array(squares, order="F"),
            bin_entries=None if weights is None else np.array(weights, order="F"),
            entries=fills,
        )


# -- what goes wrong ---------------------------------------------------------------


def changed(content: Content, where: Where, times: float) -> Content:
    """So many times the entries in some inner bins."""
    rates = content.rates.copy()
    rates[(slice(1, -1),) * rates.ndim][where] *= times
    return content._replace(rates=rates)


def more(content: Content, where: Where, rate: float) -> Content:
    """So many entries per event more in some inner bins."""
    rates = content.rates.copy()
    rates[(slice(1, -1),) * rates.ndim][where] += rate
    return content._replace(rates=rates)


def scaled(content: Content, times: float) -> Content:
    """So many times the entries everywhere."""
    return content._replace(rates=content.rates * times)


def swapped(content: Content, one: Where, other: Where) -> Content:
    """Two regions exchanged."""
    rates = content.rates.copy()
    inner = rates[(slice(1, -1),) * rates.ndim]
    inner[one], inner[other] = inner[other].copy(), inner[one].copy()
    return content._replace(rates=rates)


def set_to(
    content: Content, where: Where, times: float = 1.0, value: float = 0.0
) -> Content:
    """Other means in some inner bins: so many times, and so much more."""
    assert content.means is not None
    means = content.means.copy()
    inner = means[(slice(1, -1),) * means.ndim]
    inner[where] = inner[where] * times + value
    return content._replace(means=means)


def broken(content: Content, where: Where) -> Content:
    """No number in some inner bins."""
    shape = tuple(size - 2 for size in content.rates.shape)
    found = np.zeros(shape, bool)
    found[where] = True
    return content._replace(broken=found)


def stopped(content: Content) -> Content:
    """Nothing is filled any more."""
    return content._replace(frozen=True)


ALL = slice(None)

# -- the plots ---------------------------------------------------------------------


def drawn(
    axis: Axis, per_event: float, *parts: tuple[float, Callable[[Array], Array]]
) -> Content:
    """Entries of a mixture of distributions, by their cumulated ones."""
    edges = np.concatenate([[-np.inf], axis.edges, [np.inf]])
    total = sum(share for share, _ in parts)
    rates = sum(share / total * np.diff(cumulated(edges)) for share, cumulated in parts)
    return Content(per_event * np.asarray(rates))


def normal(mean: float, sigma: float) -> Callable[[Array], Array]:
    """A Gaussian."""
    erf = np.vectorize(math.erf)
    return lambda edges: 0.5 + 0.5 * erf((edges - mean) / (sigma * math.sqrt(2)))


def falling(scale: float, start: float = 0.0) -> Callable[[Array], Array]:
    """An exponential that falls."""
    return lambda edges: -np.expm1(-np.maximum(edges - start, 0.0) / scale)


def power(index: float, start: float) -> Callable[[Array], Array]:
    """A power law that falls, from a start on."""
    return lambda edges: 1 - np.maximum(edges / start, 1.0) ** -index


def cells(values: Array) -> Array:
    """With flow bins, which hold nothing."""
    return np.pad(values, 1)


def channels(seed: int, shape: tuple[int, ...], scatter: float) -> Array:
    """The channels of a detector, no two quite alike, 1 on average."""
    draw = np.random.default_rng(seed)
    return np.clip(1 + scatter * draw.standard_normal(shape), 0.3, None)


def labelled(title: str, *labels: str) -> Axis:
    """An axis of names."""
    return Axis(len(labels), 0.0, float(len(labels)), title=title, labels=labels)


def kinds() -> Iterator[Kind]:
    """All plots."""
    yield from spectra()
    yield from occupancies()
    yield from counts()
    yield from means()
    yield from values()


def spectra() -> Iterator[Kind]:
    """Distributions of what was measured."""
    axis = Axis(100, 0.0, 50.0, title="Momentum [GeV]")
    good = drawn(axis, 3.0, (1, falling(8.0)))
    yield Kind("tracker/momentum", "Momentum of tracks", (axis,), good, {
        "dead region": changed(good, slice(10, 20), 0.0),
        "scale 1.4 times": drawn(axis, 3.0, (1, falling(11.2))),
        "half is lost": scaled(good, 0.4),
        "all empty": scaled(good, 0.0),
        "frozen": stopped(good),
    })  # fmt: skip
    axis = Axis(80, -20.0, 20.0, title="Time of arrival [ns]")
    good = drawn(axis, 4.0, (0.95, normal(0, 2)), (0.05, normal(0, 8)))
    yield Kind("tof/time", "Time of arrival", (axis,), good, {
        "shifted by 4 ns": drawn(
            axis, 4.0, (0.95, normal(4, 2)), (0.05, normal(4, 8))
        ),
        "twice as broad": drawn(axis, 4.0, (0.95, normal(0, 4)), (0.05, normal(0, 8))),
        "a second peak": drawn(
            axis, 4.0, (0.6, normal(0, 2)), (0.35, normal(9, 2)), (0.05, normal(0, 8))
        ),
        "a third off the axis": drawn(
            axis, 4.0, (0.66, normal(0, 2)), (0.34, normal(60, 2))
        ),
    })  # fmt: skip
    axis = Axis(60, -3.0, 3.0, title="Residual [mm]")
    good = drawn(axis, 5.0, (1, normal(0, 0.5)))
    yield Kind("tracker/residual", "Residuals of tracks", (axis,), good, {
        "shifted by one sigma": drawn(axis, 5.0, (1, normal(0.5, 0.5))),
        "twice as broad": drawn(axis, 5.0, (1, normal(0, 1.0))),
        "a quarter in a tail": drawn(
            axis, 5.0, (0.75, normal(0, 0.5)), (0.25, normal(1.5, 0.7))
        ),
    })  # fmt: skip
    axis = Axis(20, 0.5, 20.5, title="Size [pixels]")
    good = drawn(axis, 6.0, (1, falling(1.7, 0.5)))
    yield Kind("pixel/cluster_size", "Size of clusters", (axis,), good, {
        "twice as large": drawn(axis, 6.0, (1, falling(3.4, 0.5))),
        "stuck at one": drawn(axis, 6.0, (1, normal(1.0, 0.01))),
        "all empty": scaled(good, 0.0),
    })  # fmt: skip
    axis = Axis(80, 60.0, 140.0, title="Mass [MeV]")
    good = drawn(axis, 0.5, (0.3, normal(100, 3)), (0.7, falling(60, 60)))
    yield Kind("physics/mass", "Mass of pairs", (axis,), good, {
        "peak moved by 10 MeV": drawn(
            axis, 0.5, (0.3, normal(110, 3)), (0.7, falling(60, 60))
        ),
        "peak gone": drawn(axis, 0.35, (1, falling(60, 60))),
        "three times as broad": drawn(
            axis, 0.5, (0.3, normal(100, 9)), (0.7, falling(60, 60))
        ),
    })  # fmt: skip
    axis = Axis(100, 0.0, 100.0, title="Energy [keV]")
    good = drawn(axis, 0.02, (1, falling(30)))
    yield Kind("physics/rare", "Energy of rare events", (axis,), good, {
        "a line at 40 keV": more(good, 40, 0.02),
        "all empty": scaled(good, 0.0),
        "ten times as many": scaled(good, 10.0),
    })  # fmt: skip
    axis = Axis(50, 0.0, 5.0, title="Dose [mGy]")
    good = drawn(axis, 2.0, (1, normal(2, 0.6)))._replace(weight=0.25)
    moved = drawn(axis, 2.0, (1, normal(2.8, 0.6)))._replace(weight=0.25)
    yield Kind("physics/dose", "Dose, weighted", (axis,), good, {
        "shifted by 0.8": moved,
        "half is lost": scaled(good, 0.4),
        "a hot bin": changed(good, 12, 40.0),
        "no number in a bin": broken(good, 7),
    })  # fmt: skip
    axis = Axis(100, 0.0, 1000.0, title="Charge [fC]")
    good = drawn(axis, 20.0, (1, power(1.8, 10.0)))
    tail = drawn(axis, 20.0, (0.97, power(1.8, 10.0)), (0.03, normal(600, 40)))
    yield Kind("calo/charge", "Charge of hits", (axis,), good, {
        "nothing above 300 fC": changed(good, slice(30, None), 0.0),
        "noise at 600 fC": tail,
        "a fifth above the axis": drawn(
            axis, 20.0, (0.8, power(1.8, 10.0)), (0.2, normal(2000, 50))
        ),
        "gain 2 times": drawn(axis, 20.0, (1, power(1.8, 20.0))),
    })  # fmt: skip


def occupancies() -> Iterator[Kind]:
    """What each channel counts."""
    wires = Axis(96, 0.0, 96.0, title="wire")
    shape = 0.8 * (1 + 0.3 * np.sin(np.arange(96) / 7)) * channels(1, (96,), 0.05)
    good = Content(cells(shape))
    yield Kind("tracker/wires", "Hits by wire", (wires,), good, {
        "dead region": changed(good, slice(40, 50), 0.0),
        "dead wire": changed(good, 17, 0.0),
        "hot wire": changed(good, 60, 20.0),
        "half is lost": scaled(good, 0.4),
        "swapped cables": swapped(good, slice(8, 16), slice(32, 40)),
        "frozen": stopped(good),
    })  # fmt: skip
    axes = (Axis(30, 0.0, 30.0, title="column"), Axis(20, 0.0, 20.0, title="row"))
    shape = 0.2 * np.outer(np.linspace(1.5, 0.4, 30), np.ones(20))
    good = Content(cells(shape * channels(2, (30, 20), 0.1)))
    yield Kind("calo/towers", "Hits by tower", axes, good, {
        "dead region": changed(good, np.s_[10:14, 5:9], 0.0),
        "dead tower": changed(good, (3, 4), 0.0),
        "hot tower": changed(good, (20, 11), 30.0),
        "half is lost": scaled(good, 0.4),
        "swapped cables": swapped(good, np.s_[2:6, 5:9], np.s_[22:26, 5:9]),
        "all empty": scaled(good, 0.0),
        "frozen": stopped(good),
    })  # fmt: skip
    axes = (Axis(64, 0.0, 64.0, title="x"), Axis(64, 0.0, 64.0, title="y"))
    shape = np.full((64, 64), 0.02) * channels(3, (64, 64), 0.15)
    shape[15::16] = shape[:, 15::16] = 0.0  # between modules
    shape[5, 7] = shape[40:44, 20] = 0.0  # long known
    good = Content(cells(shape))
    yield Kind("pixel/hits", "Hits by pixel", axes, good, {
        "dead module": changed(good, np.s_[16:31, 32:47], 0.0),
        "two dead columns, 0.8 % each": changed(good, np.s_[20:22, 0:31], 0.0),
        "hot pixel": more(good, (9, 50), 2.0),
        "all empty": scaled(good, 0.0),
        "frozen": stopped(good),
    })  # fmt: skip
    axes = (
        labelled("wheel", "W−2", "W−1", "W0", "W+1", "W+2"),
        Axis(12, 0.5, 12.5, title="sector"),
    )
    by_wheel = np.array([1.0, 0.8, 0.6, 0.8, 1.0])[:, None]
    good = Content(cells(0.3 * by_wheel * channels(4, (5, 12), 0.1)))
    yield Kind("muon/sectors", "Segments by wheel and sector", axes, good, {
        "dead sector": changed(good, (1, 4), 0.0),
        "half a wheel is dead": changed(good, np.s_[3, 0:6], 0.0),
        "hot sector": changed(good, (2, 9), 15.0),
        "a wheel at half": changed(good, (4, ALL), 0.45),
        "swapped cables": swapped(good, np.s_[0, 2:4], np.s_[2, 2:4]),
    })  # fmt: skip
    cube = tuple(Axis(8, 0.0, 8.0, title=each) for each in "xyz")
    good = Content(cells(np.full((8, 8, 8), 0.02)))
    yield Kind("calo/cube", "Hits in the cube", cube, good, {
        "dead corner": changed(good, np.s_[:4, :4, :4], 0.0),
        "all empty": scaled(good, 0.0),
        "no number in a bin": broken(good, (1, 2, 3)),
    })  # fmt: skip


def counts() -> Iterator[Kind]:
    """Categories and errors."""
    boards = Axis(16, 0.5, 16.5, title="board")
    rates = np.full(16, 0.0004)
    rates[3] = 0.004
    good = Content(cells(rates))
    yield Kind("daq/errors", "Errors by board", (boards,), good, {
        "one board": more(good, 9, 0.05),
        "all boards, ten times": scaled(good, 10.0),
        "the noisy board, five times": changed(good, 3, 5.0),
    })  # fmt: skip
    bits = labelled("bit", "single", "double", "muon", "jet", "total", "random", "zero")
    good = Content(cells(np.array([0.4, 0.12, 0.2, 0.07, 0.15, 0.05, 0.01])))
    yield Kind("trigger/bits", "Accepted by trigger bit", (bits,), good, {
        "a bit is missing": changed(good, 3, 0.0),
        "the largest is missing": changed(good, 0, 0.0),
        "one five times": changed(good, 1, 5.0),
        "two swapped": swapped(good, 1, 5),
        "all empty": scaled(good, 0.0),
    })  # fmt: skip


def means() -> Iterator[Kind]:
    """Profiles and efficiencies."""
    axis = Axis(64, 0.0, 64.0, title="channel")
    gain = 50 * channels(5, (64,), 0.04)
    good = Content(cells(np.full(64, 0.3)), cells(gain), 6.0)
    yield Kind("calo/gain", "Gain by channel", (axis,), good, {
        "a board of 8 at 70 %": set_to(good, slice(16, 24), 0.7),
        "one channel at 50 %": set_to(good, 40, 0.5),
        "all at 80 %": set_to(good, ALL, 0.8),
        "one stuck at 4095": set_to(good, 12, 0.0, 4095.0),
        "a board of 8 is silent": changed(good, slice(32, 40), 0.0),
        "frozen": stopped(good),
    }, "means")  # fmt: skip
    axes = (Axis(20, 0.0, 20.0, title="x"), Axis(20, 0.0, 20.0, title="y"))
    level = 12 * channels(6, (20, 20), 0.05)
    good = Content(cells(np.full((20, 20), 0.05)), cells(level), 2.0)
    yield Kind("calo/response", "Response by position", axes, good, {
        "a corner at 60 %": set_to(good, np.s_[:7, :7], 0.6),
        "all at 80 %": set_to(good, np.s_[:, :], 0.8),
        "no number in a bin": broken(good, (3, 3)),
    }, "means")  # fmt: skip
    axis = Axis(25, 0.0, 50.0, title="Momentum [GeV]")
    turn_on = 0.96 / (1 + np.exp(-(axis.centers - 12) / 2))
    filled = 0.4 * np.exp(-axis.centers / 20)
    good = Content(cells(filled), cells(turn_on))
    late = 0.96 / (1 + np.exp(-(axis.centers - 20) / 2))
    yield Kind("trigger/turn_on", "Efficiency of the trigger", (axis,), good, {
        "plateau at 75 %": set_to(good, ALL, 0.78),
        "threshold moved": good._replace(means=cells(late)),
        "a dip of 5 bins": set_to(good, slice(10, 15), 0.6),
    }, "shares")  # fmt: skip
    axis = Axis(24, 0.5, 24.5, title="module")
    level = 0.97 * np.minimum(channels(7, (24,), 0.01), 1.02)
    good = Content(cells(np.ones(24)), cells(level), 0.004)
    yield Kind("tracker/efficiency", "Efficiency by module", (axis,), good, {
        "a module at 60 %": set_to(good, 5, 0.6),
        "all at 80 %": set_to(good, ALL, 0.82),
        "a module at 250 %": set_to(good, 8, 2.5),
        "no number in a bin": broken(good, 2),
    }, "values")  # fmt: skip


def values() -> Iterator[Kind]:
    """Trends, latest values, states."""
    trend, latest = "accumulates: trend", "accumulates: latest"
    many = SPILLS * GOOD_UPDATES
    axis = Axis(many, 0.5, many + 0.5, title="spill")
    level = np.full(many, 120.0)
    good = Content(cells(np.ones(many)), cells(level), 2.0)
    yield Kind("run/rate", "Rate of the trigger", (axis,), good, {
        "a step to half": set_to(good, ALL, 0.5),
        "zero": good._replace(means=0 * cells(level), spread=0.0),
        "stuck": good._replace(spread=0.0),
        "no number": broken(good, slice(SPILLS * ONSET, SPILLS * ONSET + 3)),
    }, "trend", trend)  # fmt: skip
    good = Content(cells(np.ones(many)), cells(np.full(many, 1.5)), 0.05)
    yield Kind("beam/position", "Position of the beam", (axis,), good, {
        "a step of 1 mm": set_to(good, ALL, 1.0, 1.0),
        "scatters ten times": good._replace(spread=0.5),
    }, "trend", trend)  # fmt: skip
    axis = labelled("supply", *(f"HV{each}" for each in range(1, 13)))
    level = 1500 + 20.0 * np.arange(12)
    good = Content(cells(np.ones(12)), cells(level), 0.5)
    yield Kind("power/voltages", "Voltages", (axis,), good, {
        "one is off": set_to(good, 4, 0.0),
        "one is 100 V low": set_to(good, 7, 1.0, -100.0),
        "all are off": set_to(good, ALL, 0.0),
        "one is out of range": set_to(good, 2, 0.0, 1e9),
        "no number in a bin": broken(good, 1),
    }, "values", latest)  # fmt: skip
    axes = (
        labelled("crate", "A", "B", "C", "D"),
        labelled("state", "power", "clock", "link"),
    )
    good = Content(cells(np.ones((4, 3))), cells(np.ones((4, 3))))
    yield Kind("power/states", "States of the crates", axes, good, {
        "one link is off": set_to(good, (2, 2), 0.0),
        "all are off": set_to(good, np.s_[:, :], 0.0),
    }, "values", f"{latest}, draw: {{style: strip}}")  # fmt: skip


# -- runs and sites ----------------------------------------------------------------


class Bench:
    """A run of the experiment as it is judged, update by update.

    Args:
        home: an empty folder.
        site: of the experiment.
        faults: by path of the plot; the others are healthy.
        seed: of the run.
        plots: the plots.
    """

    def __init__(
        self,
        home: Path,
        site: Path,
        faults: dict[str, str],
        seed: int,
        plots: list[Kind],
    ) -> None:
        self._file = home / "monitor.root"
        self._filled = [Filled(each, faults.get(each.path, ""), seed) for each in plots]
        self._draw = np.random.default_rng(seed)
        self._per_update = EVENTS * self._draw.uniform(0.8, 1.2)
        self._events, self.updates = 0, 0
        self._site = site
        self.context: SourceContext | None = None

    def go_on(self) -> dict[str, tuple[Status, str, str]]:
        """One update: status, check and sentence of each plot."""
        self.fill()
        now = STARTED + PERIOD * self.updates
        os.utime(self._file, (now, now))
        if self.context is None:
            paths = read_site(self._site).settings.conditions
            source = open_source(str(self._file), paths=paths)
            self.context = SourceContext(source, self._site)
        while True:
            self.context.poll(now + 1)
            self.context.judge(math.inf)
            if self.context.settled:
                break
            time.sleep(0.01)  # good runs are being looked for
        return {
            one.plot.path: (one.verdict.status, one.verdict.test, one.verdict.sentence)
            for one in self.context.judging.plots.values()
            if one.verdict is not None
        }

    def fill(self) -> None:
        """One update, written and not judged."""
        self.updates += 1
        events = int(
            self._draw.poisson(self._per_update * self._draw.uniform(0.9, 1.1))
        )
        self._events += events
        for each in self._filled:
            each.update(events, wrong=self.updates >= ONSET)
        write_plots(self._file, self._filled, self._events, self.updates)

    def close(self) -> None:
        """Close the source."""
        if self.context is not None:
            self.context.close()


def write_plots(file: Path, filled: list[Filled], events: int, spill: int) -> None:
    """Write the file of the experiment."""
    folders: dict[str, list[Histogram | Scalar]] = {}
    for each in filled:
        folder = each.kind.path.rpartition("/")[0]
        folders.setdefault(folder, []).append(each.histogram())
    folders.setdefault("run", []).extend(
        (Scalar("events", events), Scalar("spill", SPILLS * spill))
    )
    write_root(file, folders, compression="none")


def make_site(home: Path, plots: list[Kind], good: int) -> Path:
    """The experiment's site, with so many good runs as references."""
    layouts, runs = home / "layouts", home / "good"
    layouts.mkdir(parents=True)
    runs.mkdir()
    (home / "instructions").mkdir()
    (layouts / "site.yaml").write_text(SITE)
    for run in range(1, good + 1):
        filled = [Filled(each, "", GOOD_SEED + run) for each in plots]
        draw = np.random.default_rng(GOOD_SEED + run)
        per_update = EVENTS * draw.uniform(0.8, 1.2)
        events = draw.poisson(per_update, GOOD_UPDATES)
        for many in events.tolist():
            for each in filled:
                each.update(many, wrong=False)
        file = runs / RECORDED.format(run)
        write_plots(file, filled, int(events.sum()), GOOD_UPDATES)
    every = f"runs: {list(range(1, good + 1))}"
    one = f"file: ../good/{RECORDED.format(1)}"
    rule = RULE.format(one if good == 1 else every)
    (layouts / "references.yaml").write_text(rule)
    for top in dict.fromkeys(each.path.partition("/")[0] for each in plots):
        lines = [f"layout: {top}", "pages:", "  - page: All", "    plots:"]
        for kind in plots:
            if kind.path.startswith(f"{top}/"):
                beside = f", {kind.layout}" if kind.layout else ""
                lines.append(f"      - {{path: {kind.path}{beside}}}")
        (layouts / f"{top}.yaml").write_text("\n".join(lines) + "\n")
    return home


# -- counting ----------------------------------------------------------------------


class Looked(NamedTuple):
    """One run.

    Attributes:
        wrongly: what was said of healthy plots, a row each.
        rows: what was said of each fault.
        looks: at healthy plots.
    """

    wrongly: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    looks: int


def look(home: Path, site: Path, at: int, seed: int, plots: list[Kind]) -> Looked:
    """One run in which each plot has its fault of this number, or none at all.

    A verdict depends on its own plot alone, so that each may have its own fault.
    """
    names = {each.path: list(each.faults) for each in plots}
    faults = {
        path: known[at] if 0 <= at < len(known) else "" for path, known in names.items()
    }
    wrongly: list[dict[str, Any]] = []
    found: dict[str, dict[str, Any]] = {}
    latest: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=home) as own:
        bench = Bench(Path(own), site, faults, seed, plots)
        for update in range(1, ONSET + AFTER):
            for path, (status, test, sentence) in bench.go_on().items():
                fault = faults[path]
                latest[path] = f"{status}: {sentence}"
                if status not in WRONG:
                    continue
                if not fault or update < ONSET:
                    wrongly.append(
                        {"plot": path, "update": update, "seed": seed, "check": test,
                         "sentence": sentence}
                    )  # fmt: skip
                elif path not in found:
                    found[path] = {
                        "after": update - ONSET + 1,
                        "check": test,
                        "status": status.value,
                        "sentence": sentence,
                    }
        bench.close()
    rows = [
        {"plot": path, "fault": fault, "seed": seed, "found": found.get(path),
         "latest": latest.get(path, "")}
        for path, fault in faults.items()
        if fault
    ]  # fmt: skip
    healthy = sum(not fault for fault in faults.values()) * (ONSET + AFTER - 1)
    healthy += sum(bool(fault) for fault in faults.values()) * (ONSET - 1)
    return Looked(wrongly, rows, healthy)


def count(wanted: argparse.Namespace) -> dict[str, Any]:
    """All plots, faults and seeds, by the number of good runs."""
    plots = [each for each in kinds() if wanted.plot in each.path]
    most = max(len(each.faults) for each in plots)
    found: dict[str, Any] = {}
    for good in wanted.good:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            site = make_site(home / "site", plots, good)
            wrongly: list[Any] = []
            rows: list[Any] = []
            looks = 0
            for seed in range(wanted.first, wanted.first + wanted.seeds):
                for at in range(-1, most if wanted.faults else 0):
                    one = look(home, site, at, seed * 100 + at + 1, plots)
                    wrongly += one.wrongly
                    rows += one.rows
                    looks += one.looks
            found[str(good)] = {"wrongly": wrongly, "rows": rows, "looks": looks}
    return found


def print_table(kept: dict[str, Any]) -> None:
    """What was found, and what was said wrongly."""
    for good, one in kept.items():
        print(f"\n== {good} good run{'s' if good != '1' else ''} as reference")
        faults: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in one["rows"]:
            faults.setdefault((row["plot"], row["fault"]), []).append(row)
        seen = 0
        for (plot, fault), rows in faults.items():
            hits = [row["found"] for row in rows if row["found"] is not None]
            seen += len(hits) == len(rows)
            after = f"{median(each['after'] for each in hits):g}" if hits else "–"
            checks = Counter(each["check"] for each in hits)
            names = ", ".join(name for name, _ in checks.most_common(2)) or "–"
            print(
                f"{plot:20} {fault:26} {len(hits):2}/{len(rows):<2} {after:>4} {names}"
            )
            missed = next((row["latest"] for row in rows if row["found"] is None), "")
            said = f"{hits[0]['status']}: {hits[0]['sentence']}" if hits else missed
            print(f"    {said[:300]}")
        print(f"found always: {seen} of {len(faults)} faults")
        wrong = one["wrongly"]
        print(f"said wrongly: {len(wrong)} of {one['looks']:,} looks at healthy plots")
        by_plot = Counter((each["plot"], each["check"]) for each in wrong)
        for (plot, check), many in by_plot.most_common():
            first = next(
                each for each in wrong if (each["plot"], each["check"]) == (plot, check)
            )
            print(f"    {many:4} {plot} | {check}: {first['sentence'][:240]}")


def run_check() -> None:
    """``dqmconsole check`` on the end of a run with two dead regions."""
    plots = list(kinds())
    faults = {"tracker/wires": "dead region", "calo/towers": "dead region"}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        site = make_site(home / "site", plots, 1)
        data = home / "data"
        data.mkdir()
        bench = Bench(data, site, faults, 1, plots)
        for _ in range(ONSET + AFTER):
            bench.fill()
        file = str(data / "monitor.root")
        good = str(site / "good" / RECORDED.format(1))
        command = [sys.executable, "-m", "dqmconsole", "check", file]
        for beside in (["--site", str(site)], ["--reference", good]):
            print(f"dqmconsole check monitor.root {beside[0]} …", flush=True)
            subprocess.run([*command, *beside], check=False)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("table", "check"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1, help="seed")
    parser.add_argument("--good", type=int, nargs="+", default=[1, 6])
    parser.add_argument("--plot", default="", help="part of the path of some plots")
    parser.add_argument("--healthy", dest="faults", action="store_false")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    wanted = options()
    if wanted.what == "check":
        run_check()
        return
    found = count(wanted)
    print_table(found)
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
