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
from dqmconsole.simulation.booking import Booking
from dqmconsole.simulation.elements import LUMISECTIONS, Element, labelled
from dqmconsole.simulation.quality import (
    Evidence,
    Judgement,
    QualityTest,
    graded,
    too_few,
)
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.state.trigger import Trigger
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import BinsWithin, LastWithin, Occupancy

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.state.channels import Geometry

MUON_QUANTITIES = (
    "BX range", "Collection size", "Muons", "pT", "η", "φ", "Charge", "Quality",
    "Isolation",
)  # fmt: skip
MUON_SHARES = np.array([0.1, 0.4, 1.0, 0.5, 0.25, 0.35, 0.15, 0.3, 0.2])
CALO_QUANTITIES = ("ET", "ET ratio", "Feature bit", "Tower count")
CALO_SHARES = np.array([1.0, 0.6, 0.4, 0.3])
OBJECTS = ("Jet", "EG", "Tau", "Energy Sum")
OBJECT_KEYS = {"Jet": "jets", "EG": "egammas", "Tau": "taus", "Energy Sum": "sums"}
WORDS = {"Jet": "jets", "EG": "EG", "Tau": "taus", "Energy Sum": "sums"}
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
    "uGMT": "L1TEMU/L1TdeStage2uGMT/data_vs_emulator_comparison",
    "BMTF": "L1TEMU/L1TdeStage2BMTF",
    "OMTF": "L1TEMU/L1TdeStage2OMTF",
    "EMTF": "L1TEMU/L1TdeStage2EMTF",
}
MUON_WEIGHTS = {"uGMT": 0.6, "BMTF": 0.5, "OMTF": 1.2, "EMTF": 1.5}
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


def agreement(name: str) -> str:
    """Path of the summary of one kind of object."""
    return f"{LAYER2}/{name} Agreement Summary"


def book(run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    booking = Booking("L1TEMU", None, pileup=False)
    muons = labelled(MUON_QUANTITIES, "What differs")
    for name, folder in MUON_FOLDERS.items():
        _ratio(
            booking, f"{folder}/mismatchRatio", f"{name} data against emulator", muons,
            {"muons": MUON_WEIGHTS[name] * MUON_SHARES},
        )  # fmt: skip
    for name in INTERMEDIATE:
        words = f"{name.replace('_', ' ')} muons in uGMT, data against emulator"
        _ratio(booking, intermediate(name), words, muons, {"muons": 0.3 * MUON_SHARES})
    _ratio(
        booking, f"{LAYER1}/dataEmulSummary",
        "Calorimeter layer 1, data against emulator",
        labelled(CALO_QUANTITIES, "What differs"), {"sums": CALO_SHARES},
    )  # fmt: skip
    _ratio(
        booking, GLOBAL, "Global trigger, data against emulator",
        labelled(GLOBAL_QUANTITIES, "What differs"), {"algorithms": GLOBAL_SHARES},
    )  # fmt: skip
    good = tuple(f"Good {word}" for word in WORDS.values())
    _ratio(
        booking, HIGH_LEVEL, "Calorimeter layer 2, agreement",
        labelled(("Good events", *good), ""), _disagreeing(run_type),
        "Share that agrees",
    )  # fmt: skip
    for name, word in WORDS.items():
        labels = labelled((f"Good {word}", "Position off", "ET off"), "")
        kinds = {OBJECT_KEYS[name]: np.array([-1.0, OFF_SHARE, 1 - OFF_SHARE])}
        _ratio(booking, agreement(name), f"{name} agreement", labels, kinds, "Share")
    usual, rates = Trigger(run_type).mismatch, PER_EVENT[run_type]
    differing = sum(rates[name] * usual[kind] for name, kind in OBJECT_KEYS.items())
    booking.add(
        Element(
            PROBLEMS,
            "Objects that differ, by kind",
            (labelled(tuple(WORDS.values()), ""),),
            sight=Sight(
                "differing",
                pileup=False,
                differs={
                    kind: np.eye(len(OBJECTS))[number] * rates[name] / differing
                    for number, (name, kind) in enumerate(OBJECT_KEYS.items())
                },
            ),
            y_title="Objects",
        )
    )
    for name, words in (
        ("dataOcc", "Towers received"), ("emulOcc", "Towers emulated"),
    ):  # fmt: skip
        booking.events(f"{LAYER1}/{name}", words, TOWERS, y_title="Towers")
    everywhere = _towers() / (_towers().sum() * usual["sums"])
    booking.add(
        Element(
            f"{LAYER1}/failureOccEtMismatch",
            "Towers whose ET differs",
            TOWERS,
            root_class="TH2F",
            sight=Sight("differing", pileup=False, differs={"sums": everywhere}),
            y_title="Towers",
        )
    )
    booking.add(
        Element(
            BY_LUMI,
            "Events with a tower whose ET differs",
            (LUMISECTIONS,),
            accumulates="trend",
            sight=Sight(
                "trend of differing", pileup=False, differs={"sums": np.ones(1)}
            ),
            y_title="Share of events",
        )
    )
    return booking.done()


def _disagreeing(run_type: RunType) -> dict[str, Array]:
    """What the share of good events, and of each kind, loses."""
    found: dict[str, Array] = {}
    for number, (name, mean) in enumerate(PER_EVENT[run_type].items()):
        lost = np.zeros(1 + len(OBJECTS))
        lost[0], lost[1 + number] = -mean, -1.0
        found[OBJECT_KEYS[name]] = lost
    return found


def _ratio(
    booking: Booking,
    path: str,
    title: str,
    axis: Axis,
    differs: dict[str, Array],
    y_title: str = "Mismatch ratio",
) -> None:
    booking.add(
        Element(
            path,
            title,
            (axis,),
            root_class="TProfile",
            sight=Sight("differing", pileup=False, differs=differs),
            efficiency=True,
            y_title=y_title,
        )
    )


def _add_shares(now: Lumisection, path: str, tried: Array, found: Array) -> None:
    bins = np.arange(1, tried.size + 1)
    now.book[path].add_means(bins, tried, found, found)


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    rng, events = now.rng, now.events
    if not events:
        return
    wrong = now.state.trigger.mismatch
    every = np.full(len(MUON_QUANTITIES), events)
    chance = np.clip(wrong["muons"] * MUON_SHARES, 0, 1)
    for name, folder in MUON_FOLDERS.items():
        share = np.clip(MUON_WEIGHTS[name] * chance, 0, 1)
        _add_shares(now, f"{folder}/mismatchRatio", every, rng.binomial(events, share))
    for name in INTERMEDIATE:
        _add_shares(now, intermediate(name), every, rng.binomial(events, 0.3 * chance))
    share = np.clip(wrong["algorithms"] * GLOBAL_SHARES, 0, 1)
    _add_shares(now, GLOBAL, np.full(4, events), rng.binomial(events, share))
    _fill_layer1(now)
    _fill_layer2(now)


def _fill_layer1(now: Lumisection) -> None:
    rng, events, book_ = now.rng, now.events, now.book
    wrong = now.state.trigger.mismatch["sums"]
    found = rng.binomial(events, np.clip(wrong * CALO_SHARES, 0, 1))
    _add_shares(now, f"{LAYER1}/dataEmulSummary", np.full(4, events), found)
    error = max(float(found[0]), 1.0) ** 0.5 / events
    book_[BY_LUMI].set_at(now.number, float(found[0]) / events, error)
    data = rng.poisson(events * _towers())
    failed = rng.binomial(data, np.clip(wrong, 0, 1))
    book_[f"{LAYER1}/dataOcc"].add(data)
    book_[f"{LAYER1}/emulOcc"].add(data - failed + rng.poisson(failed))
    book_[f"{LAYER1}/failureOccEtMismatch"].add(failed)


@functools.cache
def _towers() -> Array:
    """Chance of each tower in an event, by iη and iφ."""
    rings = abs(TOWERS[0].centers)
    there = np.where(rings >= 1, 0.02 * (1 + 0.5 * (rings / 28) ** 2), 0.0)
    return np.repeat(there[:, None], TOWERS[1].bins, axis=1)


def _fill_layer2(now: Lumisection) -> None:
    rng, events = now.rng, now.events
    wrong = now.state.trigger.mismatch
    tried, good, problems = [events], [0], []
    for name, mean in PER_EVENT[now.state.run_type].items():
        number = int(rng.poisson(events * mean))
        bad = int(rng.binomial(number, min(wrong[OBJECT_KEYS[name]], 1.0)))
        off = int(rng.binomial(bad, OFF_SHARE))
        every = np.full(3, number)
        _add_shares(
            now, agreement(name), every, np.array([number - bad, off, bad - off])
        )
        tried.append(number)
        good.append(number - bad)
        problems.append(bad)
    good[0] = max(events - sum(problems), 0)
    _add_shares(now, HIGH_LEVEL, np.array(tried), np.array(good))
    now.book[PROBLEMS].add(np.array(problems))


class Agrees(msgspec.Struct, frozen=True):
    """The share of objects that agree: one bin of an agreement summary.

    Attributes:
        warn, bad: a smaller share is a warning, an error.
        bins: how many of the first bins are agreements.
        enough: objects a bin needs to be judged.
    """

    path: str
    warn: float = 0.985
    bad: float = 0.95
    bins: int = 1
    enough: float = 50.0
    name: str = "Agreement"
    window: int = 5
    part: str = "Layer 2"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        assert evidence.weights is not None
        inside = slice(1, 1 + self.bins)
        number, agreed = evidence.weights[inside], evidence.increase[inside]
        judged = number >= self.enough
        if not judged.any():
            return too_few(f"{number.max():.0f} objects in {evidence.span}")
        shares = np.divide(agreed, number, out=np.ones(self.bins), where=judged)
        worst = int(np.argmin(shares))
        label = evidence.now.axes[0].labels[worst].lower()
        share = float(shares[worst])
        words = f"{share:.2%} {label} in {evidence.span}, {self.warn:.1%} expected"
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


def tests(_run_type: RunType, _built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests; a mismatch above 1 % is worth a word, as in CMS."""
    found: list[QualityTest] = []
    ratios = {f"{folder}/mismatchRatio": name for name, folder in MUON_FOLDERS.items()}
    ratios |= {intermediate(name): "uGMT" for name in INTERMEDIATE}
    ratios |= {f"{LAYER1}/dataEmulSummary": "Layer 1", GLOBAL: "uGT"}
    found += [
        BinsWithin(
            path, 0.0, 0.01, noun="quantities", warn=0.0, bad=0.3, enough=200, part=part
        )
        for path, part in ratios.items()
    ]
    found += [Agrees(agreement(name)) for name in OBJECTS]
    found.append(Agrees(HIGH_LEVEL, bins=5, warn=0.96, bad=0.9))
    found.append(LastWithin(BY_LUMI, 0, 0.01, 0.03, part="Layer 1"))
    towers = _all_towers()
    found += [
        Occupancy(f"{LAYER1}/{name}", towers, noun="towers", part="Layer 1")
        for name in ("dataOcc", "emulOcc")
    ]
    return tuple(found)


def _all_towers() -> Array:
    """Flat indices of the towers: every bin but those of iη 0."""
    x, y = (axis.bins for axis in TOWERS)
    inner = np.zeros((x + 2, y + 2), bool)
    inner[1:-1, 1:-1] = True
    inner[x // 2 + 1] = False
    return np.flatnonzero(inner)


SUBSYSTEM = Subsystem(
    name="L1TEMU", book=book, fill=fill, tests=tests, follows_pileup=False
)
