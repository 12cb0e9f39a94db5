"""L1TEMU: the first-level trigger's data against its emulator.

Every comparison counts events (or objects) by what differs; a bin is the share of
them, so that one that always agrees is at 0 (or, for agreements, at 1). Paths as
cmssw DQM/L1TMonitor books them. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import bins_within, last_within, occupancy
from dqmconsole.simulation.elements import Element, MonitorElement, labelled
from dqmconsole.simulation.lumisection import Lumisection, drawn_once
from dqmconsole.simulation.quality import (
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)
from dqmconsole.simulation.rows import distribution, inner_bins, trend
from dqmconsole.simulation.subsystem import Subsystem, alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

MUON_QUANTITIES = (
    "BX range", "Collection size", "Muons", "pT", "η", "φ", "Charge", "Quality",
    "Isolation",
)  # fmt: skip
MUON_SHARES = np.array([0.1, 0.4, 1.0, 0.5, 0.25, 0.35, 0.15, 0.3, 0.2])
CALO_QUANTITIES = ("ET", "ET ratio", "Feature bit", "Tower count")
CALO_SHARES = np.array([1.0, 0.6, 0.4, 0.3])
OBJECTS = {
    "Jet": ("jets", "jets"),
    "EG": ("egammas", "EG"),
    "Tau": ("taus", "taus"),
    "Energy Sum": ("sums", "sums"),
}
"""Object -> its kind in the trigger's state, and its word in labels."""

PER_EVENT = {
    "collisions": {"Jet": 6.0, "EG": 6.0, "Tau": 4.0, "Energy Sum": 4.0},
    "heavy-ions": {"Jet": 3.0, "EG": 3.0, "Tau": 2.0, "Energy Sum": 4.0},
    "cosmics": {"Jet": 0.3, "EG": 0.3, "Tau": 0.2, "Energy Sum": 4.0},
}
LAYER1 = "L1TEMU/L1TdeStage2CaloLayer1"
LAYER2 = "L1TEMU/L1TStage2CaloLayer2/L1TdeStage2CaloLayer2"
HIGH_LEVEL = f"{LAYER2}/High level summary"
PROBLEMS = f"{LAYER2}/Problem Summary"
GLOBAL = "L1TEMU/L1TdeStage2uGT/dataEmulMismatchRatio_CentralBX"
MUON_FOLDERS = {
    "uGMT": ("L1TEMU/L1TdeStage2uGMT/data_vs_emulator_comparison", 0.6),
    "BMTF": ("L1TEMU/L1TdeStage2BMTF", 0.5),
    "OMTF": ("L1TEMU/L1TdeStage2OMTF", 1.2),
    "EMTF": ("L1TEMU/L1TdeStage2EMTF", 1.5),
}
"""Muon system -> its folder, and how often its muons differ."""

INTERMEDIATE = ("BMTF", "OMTF_neg", "OMTF_pos", "EMTF_neg", "EMTF_pos")
GLOBAL_QUANTITIES = (
    "Data only, initial", "Emulation only, initial",
    "Data only, final", "Emulation only, final",
)  # fmt: skip
GLOBAL_SHARES = np.array([1.0, 0.8, 1.2, 1.0])
OFF_SHARE = 0.35
"""Share of the objects that differ which differ in their position."""

TOWERS = (Axis(57, -28.5, 28.5, title="iη"), Axis(72, 0.5, 72.5, title="iφ"))
BY_LUMI = f"{LAYER1}/etMismatchByLumi"


def intermediate(name: str) -> str:
    """Path of the comparison of one muon system inside the global muon trigger."""
    return (
        f"L1TEMU/L1TdeStage2uGMT/intermediate_muons/{name}/"
        "data_vs_emulator_comparison/mismatchRatio"
    )


class Agrees(msgspec.Struct, frozen=True):
    """The share of objects that agree: one bin of an agreement summary.

    Attributes:
        warn, bad: a smaller share is a warning, an error.
        bins: how many of the first bins are agreements.
        enough: objects a bin needs to be judged.
    """

    warn: float = 0.985
    bad: float = 0.95
    bins: int = 1
    enough: float = 50.0
    name: str = "Agreement"
    window: int = 5
    part: str = "Layer 2"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        assert given.weights is not None
        inside = slice(1, 1 + self.bins)
        number, agreed = given.weights[inside], given.increase[inside]
        judged = number >= self.enough
        if not judged.any():
            return too_few(f"{number.max():.0f} objects in {given.span}")
        shares = np.divide(agreed, number, out=np.ones(self.bins), where=judged)
        worst = int(np.argmin(shares))
        label = given.now.axes[0].labels[worst].lower()
        share = float(shares[worst])
        words = f"{share:.2%} {label}, {self.warn:.1%} expected, in {given.span}"
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


@functools.cache
def _tower_chance() -> Array:
    """Chance of each tower in an event, by iη and iφ."""
    rings = abs(TOWERS[0].centers)
    there = np.where(rings >= 1, 0.02 * (1 + 0.5 * (rings / 28) ** 2), 0.0)
    return np.repeat(there[:, None], TOWERS[1].bins, axis=1)


def _shares(
    path: str,
    title: str,
    axis: Axis,
    counts: Callable[[Lumisection], tuple[Array, Array]],
    *,
    y_title: str = "Mismatch ratio",
    test: QualityTest,
) -> Element:
    """A profile of shares.

    Args:
        path: of the element.
        title: of the element.
        axis: one bin per share.
        counts: gives how many were compared and how many of them count, per bin.
        y_title: title of the share.
        test: its quality test.
    """

    def fill(now: Lumisection, element: MonitorElement) -> None:
        if now.events:
            tried, found = counts(now)
            element.add_means(np.arange(1, tried.size + 1), tried, found, found)

    return Element(
        path, title, (axis,), fill, root_class="TProfile", efficiency=True,
        y_title=y_title, test=test,
    )  # fmt: skip


def _mismatches(
    path: str, title: str, axis: Axis, kind: str, shares: Array, part: str
) -> Element:
    """Shares of the events in which a kind of object differs.

    Args:
        path: of the element.
        title: of the element.
        axis: one bin per quantity that may differ.
        kind: of object, as the trigger's state names it.
        shares: in each quantity, relative to all that differ.
        part: of the report summary; a mismatch above 1 % is worth a word, as in CMS
            (MismatchRatioMax0p01 in cmssw DQM/L1TMonitorClient).
    """

    def counts(now: Lumisection) -> tuple[Array, Array]:
        chance = np.clip(now.state.trigger.mismatch[kind] * shares, 0, 1)
        found = now.rng.binomial(now.events, chance)
        return np.full(found.size, now.events), found

    return _shares(
        path, title, axis, counts,
        test=bins_within(
            0.0, 0.01, noun="quantities", warn=0.0, bad=0.3, enough=200, part=part
        ),
    )  # fmt: skip


@drawn_once
def _calo_mismatches(now: Lumisection) -> tuple[Array, Array]:
    """Events, and those of them that differ, by quantity of the first layer."""
    wrong = now.state.trigger.mismatch["sums"]
    found = now.rng.binomial(now.events, np.clip(wrong * CALO_SHARES, 0, 1))
    return np.full(found.size, now.events), found


def _differing_events(now: Lumisection) -> tuple[float, float] | None:
    """Share of the events with a tower that differs, and its error."""
    if not now.events:
        return None
    found = float(_calo_mismatches(now)[1][0])
    return found / now.events, max(found, 1.0) ** 0.5 / now.events


@drawn_once
def _received(now: Lumisection) -> Array:
    """Towers received."""
    return now.rng.poisson(now.events * _tower_chance())


@drawn_once
def _failed(now: Lumisection) -> Array:
    """Towers received whose ET differs."""
    wrong = now.state.trigger.mismatch["sums"]
    return now.rng.binomial(_received(now), np.clip(wrong, 0, 1))


def _emulated(now: Lumisection) -> Array:
    failed = _failed(now)
    return _received(now) - failed + now.rng.poisson(failed)


@drawn_once
def _objects(now: Lumisection, name: str) -> tuple[int, int, int]:
    """Objects of a kind, those that differ, and those that differ in position."""
    mean = PER_EVENT[now.state.run_type][name]
    wrong = now.state.trigger.mismatch[OBJECTS[name][0]]
    number = int(now.rng.poisson(now.events * mean))
    bad = int(now.rng.binomial(number, min(wrong, 1.0)))
    return number, bad, int(now.rng.binomial(bad, OFF_SHARE))


def _differing_objects(now: Lumisection) -> Array:
    """Objects that differ, by kind."""
    if not now.events:
        return np.zeros(len(OBJECTS))
    return np.array([_objects(now, name)[1] for name in OBJECTS])


def _agreements(now: Lumisection) -> tuple[Array, Array]:
    """Events and objects of each kind, and those of them that agree."""
    found = [_objects(now, name) for name in OBJECTS]
    events = max(now.events - sum(bad for _, bad, _ in found), 0)
    tried = np.array([now.events, *(number for number, _, _ in found)])
    return tried, np.array([events, *(number - bad for number, bad, _ in found)])


def _agreement_row(name: str) -> Element:
    """Objects of one kind that agree, or differ in position or ET."""

    def counts(now: Lumisection) -> tuple[Array, Array]:
        number, bad, off = _objects(now, name)
        return np.full(3, number), np.array([number - bad, off, bad - off])

    word = OBJECTS[name][1]
    return _shares(
        f"{LAYER2}/{name} Agreement Summary", f"{name} agreement",
        labelled((f"Good {word}", "Position off", "ET off"), ""), counts,
        y_title="Share", test=Agrees(),
    )  # fmt: skip


def _tower_row(
    name: str, title: str, towers: Callable[[Lumisection], Array]
) -> Element:
    """A map of the towers that are compared."""
    row = distribution(
        f"{LAYER1}/{name}", title, TOWERS, towers, y_title="Towers",
        test=occupancy(noun="towers", part="Layer 1"),
    )  # fmt: skip
    bins = inner_bins(TOWERS)
    ring = bins // (TOWERS[1].bins + 2)
    # there is no iη 0
    return msgspec.structs.replace(row, cells=bins[ring != TOWERS[0].bins // 2 + 1])


def rows(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    muons = labelled(MUON_QUANTITIES, "What differs")
    good = tuple(f"Good {word}" for _, word in OBJECTS.values())
    return (
        *(
            _mismatches(
                f"{folder}/mismatchRatio", f"{name} data against emulator", muons,
                "muons", weight * MUON_SHARES, name,
            )
            for name, (folder, weight) in MUON_FOLDERS.items()
        ),
        *(
            _mismatches(
                intermediate(name),
                f"{name.replace('_', ' ')} muons in uGMT, data against emulator",
                muons, "muons", 0.3 * MUON_SHARES, "uGMT",
            )
            for name in INTERMEDIATE
        ),
        _mismatches(
            GLOBAL, "Global trigger, data against emulator",
            labelled(GLOBAL_QUANTITIES, "What differs"), "algorithms", GLOBAL_SHARES,
            "uGT",
        ),
        _shares(
            f"{LAYER1}/dataEmulSummary", "Calorimeter layer 1, data against emulator",
            labelled(CALO_QUANTITIES, "What differs"), _calo_mismatches,
            test=bins_within(
                0.0, 0.01, noun="quantities", warn=0.0, bad=0.3, enough=200,
                part="Layer 1",
            ),
        ),
        trend(
            BY_LUMI, "Events with a tower whose ET differs", "Share of events",
            _differing_events, last_within(0, 0.01, 0.03, part="Layer 1"),
        ),
        _tower_row("dataOcc", "Towers received", _received),
        _tower_row("emulOcc", "Towers emulated", _emulated),
        distribution(
            f"{LAYER1}/failureOccEtMismatch", "Towers whose ET differs", TOWERS,
            _failed, y_title="Towers",
        ),
        *map(_agreement_row, OBJECTS),
        _shares(
            HIGH_LEVEL, "Calorimeter layer 2, agreement",
            labelled(("Good events", *good), ""), _agreements,
            y_title="Share that agrees", test=Agrees(bins=5, warn=0.96, bad=0.9),
        ),
        distribution(
            PROBLEMS, "Objects that differ, by kind",
            (labelled(tuple(word for _, word in OBJECTS.values()), ""),),
            _differing_objects, y_title="Objects",
        ),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "L1TEMU", rows, activity=alike,
    parts=("uGMT", "BMTF", "OMTF", "EMTF", "Layer 1", "uGT", "Layer 2"),
)  # fmt: skip
