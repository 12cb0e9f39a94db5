"""L1T: what the first-level trigger receives and finds, and what it accepts.

Paths as cmssw DQM/L1TMonitor books them (binning coarser than there). Channels
are the trigger towers of both calorimeters and cells of the muon system. All
numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.l1_channels import (
    BMTF,
    ECAL,
    EMTF,
    ETA,
    HCAL,
    OMTF,
    PHI,
    channels,
)
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    one_earlier,
    power,
    spread,
)
from dqmconsole.simulation.state.beam import ORBIT_CROSSINGS
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.state.trigger import MUON_SEEDS, SEEDS
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    LastWithin,
    MeanWithin,
    Occupancy,
    ShareWithin,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.channels import Geometry

IETA_ECAL = Axis(57, -28.5, 28.5, title="iη")
IETA_HCAL = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
HW_IETA = Axis(57, -114.0, 114.0, title="Hardware iη")
HW_IPHI = Axis(36, -0.5, 143.5, title="Hardware iφ")
BX = Axis(5, -2.5, 2.5, title="BX")
PT = Axis(128, -0.5, 255.5, title="pT [GeV]")
ET = Axis(128, 0.0, 256.0, title="Hardware ET [0.5 GeV]")
HW_PT = Axis(128, 0.0, 512.0, title="Hardware pT [0.5 GeV]")
SUM_ET = Axis(100, 0.0, 1000.0, title="ET [GeV]")
WEDGES = labelled(tuple(str(number) for number in range(1, 13)), "Wedge")
SEED_NAMES = tuple(seed.name for seed in SEEDS)
SYSTEMS = {"BMTF": BMTF, "OMTF": OMTF, "EMTF": EMTF}
IN_TIME = np.array([0.002, 0.008, 0.978, 0.010, 0.002])
LAYER2 = {
    # path below L1TStage2CaloLayer2: (kinds, |ieta| from, to, share of tower hits)
    "Central-Jets/CenJets": ((ECAL, HCAL), 1, 28, 0.02),
    "Forward-Jets/ForJets": ((HCAL,), 30, 41, 0.15),
    "Isolated-EG/IsoEGs": ((ECAL,), 1, 28, 0.025),
    "NonIsolated-EG/NonIsoEGs": ((ECAL,), 1, 28, 0.035),
    "Isolated-Tau/IsoTaus": ((ECAL, HCAL), 1, 20, 0.018),
    "NonIsolated-Tau/Taus": ((ECAL, HCAL), 1, 20, 0.028),
}


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    kind = built.coordinates["kind"]
    booking = Booking("L1T", built, pileup=False)
    layer1 = "L1T/L1TStage2CaloLayer1"
    booking.hits(
        f"{layer1}/ecalOccupancy", "ECAL trigger towers received", (IETA_ECAL, IPHI),
        ("ieta", "iphi"), select=kind == ECAL, y_title="Towers",
    )  # fmt: skip
    booking.hits(
        f"{layer1}/hcalOccupancy", "HCAL trigger towers received", (IETA_HCAL, IPHI),
        ("ieta", "iphi"), select=kind == HCAL, y_title="Towers",
    )  # fmt: skip
    for name in LAYER2:
        mine = _sources(built, name)
        path = f"L1T/L1TStage2CaloLayer2/{name}"
        words = name.split("/")[0].replace("-", " ")
        booking.hits(
            f"{path}Occ", f"{words} by iη and iφ", (HW_IETA, HW_IPHI),
            ("hw_ieta", "hw_iphi"), select=mine, y_title="Objects",
        )  # fmt: skip
        booking.spectrum(
            f"{path}Rank", f"{words}: ET", ET, select=mine, y_title="Objects"
        )
    sums = "L1T/L1TStage2CaloLayer2/Energy-Sums"
    booking.events(f"{sums}/METRank", "Missing ET", (SUM_ET,))
    booking.add(
        Element(
            f"{sums}/ETTRank",
            "Total ET",
            (SUM_ET,),
            sight=Sight("sum"),
            y_title="Events",
        )
    )
    _book_muons(booking, built)
    folder = "L1T/L1TStage2uGT"
    seeds = labelled(SEED_NAMES, "Algorithm")
    booking.add(
        Element(
            f"{folder}/algoBits_after_prescale",
            "Algorithms fired, after prescale",
            (seeds,),
            sight=Sight("seed", seeds=SEED_NAMES),
            y_title="Events",
        )
    )
    booking.add(
        Element(
            f"{folder}/algoBits_after_prescale_bx_inEvt",
            "Algorithms fired by crossing in the event",
            (BX, seeds),
            root_class="TH2F",
            sight=Sight("seed", seeds=SEED_NAMES, axis=1),
            y_title="Events",
        )
    )
    booking.events(
        f"{folder}/bx_global", "Events by bunch crossing of the orbit",
        (Axis(ORBIT_CROSSINGS // 4, -0.5, ORBIT_CROSSINGS - 0.5, title="Global BX"),),
    )  # fmt: skip
    booking.trend(f"{folder}/prescaleFactorSet", "Prescale column", "Column")
    booking.trend(
        "L1T/L1TRates/l1Rate", "Rate accepted by the first level", "Rate [kHz]",
        "trend of events",
    )  # fmt: skip
    booking.trend("L1T/L1TRates/deadTime", "Dead time", "Dead time [%]")
    return booking.done()


def _book_muons(booking: Booking, built: Geometry) -> None:
    kind = built.coordinates["kind"]
    muon = kind >= BMTF
    folder = "L1T/L1TStage2uGMT"
    booking.hits(
        f"{folder}/ugmtMuonPhivsEta", "Muons by η and φ", (ETA, PHI), ("eta", "phi"),
        select=muon, y_title="Muons",
    )  # fmt: skip
    for name, axis, coordinate in (("Eta", ETA, "eta"), ("Phi", PHI, "phi")):
        booking.hits(
            f"{folder}/ugmtMuon{name}", f"Muons by {axis.title[0]}", (axis,),
            (coordinate,), select=muon, y_title="Muons",
        )  # fmt: skip
    booking.momenta(
        f"{folder}/ugmtMuonPt", "Muon pT", PT, _straight(PT), select=muon,
        y_title="Muons",
    )  # fmt: skip
    booking.spectrum(
        f"{folder}/ugmtMuonBX", "Muons by BX", BX, select=muon, quantity="crossing"
    )
    booking.spectrum(
        f"{folder}/ugmtMuonCharge", "Muon charge", Axis(3, -1.5, 1.5, title="Charge"),
        select=muon, y_title="Muons",
    )  # fmt: skip
    for system, number in SYSTEMS.items():
        mine = kind == number
        path = f"{folder}/{system}Input/ugmt{system}"
        booking.spectrum(
            f"{path}BX", f"{system} muons by BX", BX, select=mine, quantity="crossing"
        )
        booking.hits(
            f"{path}glbhwPhi", f"{system} muons by φ", (PHI,), ("phi",),
            select=mine, y_title="Muons",
        )  # fmt: skip
        booking.hits(
            f"{path}hwEta", f"{system} muons by η", (ETA,), ("eta",),
            select=mine, y_title="Muons",
        )  # fmt: skip
    booking.add(
        Element(
            "L1T/L1TStage2BMTF/bmtf_wedge_bx",
            "BMTF muons by wedge and BX",
            (WEDGES, BX),
            root_class="TH2F",
            y_title="Muons",
            sight=booking.sight("row", built.coordinates["wedge"] + 1, kind == BMTF),
        )
    )
    booking.momenta(
        "L1T/L1TStage2BMTF/bmtf_hwPt", "BMTF muon pT", HW_PT, _straight(HW_PT),
        select=kind == BMTF, y_title="Muons",
    )  # fmt: skip


@functools.cache
def _sources(built: Geometry, name: str) -> Array:
    kinds, first, last, _ = LAYER2[name]
    ring = abs(built.coordinates["ieta"])
    mine: Array = np.isin(built.coordinates["kind"], kinds) & (ring >= first)
    return mine & (ring <= last)


def _straight(axis: Axis) -> Array:
    """Straight muons: most saturate at the highest momentum, few scatter."""
    found = 0.3 * power(axis, 1.5, axis.high / 64)
    found[axis.bins] += 0.7 + found[-1]
    found[-1] = 0.0
    return found


@functools.cache
def _slopes() -> dict[str, Array]:
    return {
        "pt": power(PT, 2.6, 4.0),
        "hw_pt": power(HW_PT, 2.6, 8.0),
        "met": exponential(SUM_ET, 28.0),
        "charge": np.array([0.0, 0.495, 0.0, 0.505, 0.0]),
        "et": exponential(ET, 22.0, 8.0),
    }


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    slopes = _slopes()
    for name in ("ecalOccupancy", "hcalOccupancy"):
        book_[f"L1T/L1TStage2CaloLayer1/{name}"].add_hits(hits)
    for name, (_, _, _, share) in LAYER2.items():
        mine = _sources(built, name)
        objects = np.zeros_like(hits)
        objects[mine] = rng.binomial(hits[mine], share)
        path = f"L1T/L1TStage2CaloLayer2/{name}"
        book_[f"{path}Occ"].add_hits(objects)
        book_[f"{path}Rank"].add(spread(rng, float(objects.sum()), slopes["et"]))
    sums = "L1T/L1TStage2CaloLayer2/Energy-Sums"
    book_[f"{sums}/METRank"].add(spread(rng, now.events, slopes["met"]))
    total = 360.0 * now.state.activity
    book_[f"{sums}/ETTRank"].add(
        spread(rng, now.events, gaussian(SUM_ET, total, 0.22 * total))
    )
    _fill_muons(now)
    _fill_global(now)


def _fill_muons(now: Lumisection) -> None:
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    kind = built.coordinates["kind"]
    slopes = _slopes()
    momenta, hw_momenta = slopes["pt"], slopes["hw_pt"]
    if not now.state.field_on:
        momenta, hw_momenta = _straight(PT), _straight(HW_PT)
    folder = "L1T/L1TStage2uGMT"
    for name in ("PhivsEta", "Eta", "Phi"):
        book_[f"{folder}/ugmtMuon{name}"].add_hits(hits)
    number = float(hits[kind >= BMTF].sum())
    book_[f"{folder}/ugmtMuonPt"].add(spread(rng, number, momenta))
    book_[f"{folder}/ugmtMuonCharge"].add(spread(rng, number, slopes["charge"]))
    everywhere = np.zeros(BX.bins, np.int64)
    for system, code in SYSTEMS.items():
        path = f"{folder}/{system}Input/ugmt{system}"
        mine = kind == code
        crossing = np.roll(IN_TIME, now.state.trigger.offset.get(system, 0))
        crossing = one_earlier(crossing, now.channels.share_early(hits, mine))
        found = spread(rng, float(hits[mine].sum()), crossing)
        everywhere += found
        book_[f"{path}BX"].add(found)
        book_[f"{path}glbhwPhi"].add_hits(hits)
        book_[f"{path}hwEta"].add_hits(hits)
        if system == "BMTF":
            wedges = np.bincount(built.coordinates["wedge"][mine], hits[mine], 12)
            book_["L1T/L1TStage2BMTF/bmtf_wedge_bx"].add(
                rng.multinomial(wedges.astype(np.int64), crossing / crossing.sum())
            )
            book_["L1T/L1TStage2BMTF/bmtf_hwPt"].add(
                spread(rng, float(hits[mine].sum()), hw_momenta)
            )
    book_[f"{folder}/ugmtMuonBX"].add(everywhere)


def _fill_global(now: Lumisection) -> None:
    rng, book_, trigger = now.rng, now.book, now.state.trigger
    folder = "L1T/L1TStage2uGT"
    rates = trigger.after / max(float(trigger.after.sum()), 1e-9)
    fired = rng.poisson(1.4 * now.events * rates)
    in_time = rng.multinomial(fired, _crossings(now))
    book_[f"{folder}/algoBits_after_prescale"].add(fired)
    book_[f"{folder}/algoBits_after_prescale_bx_inEvt"].add(in_time.T)
    colliding = now.state.beam.colliding
    where = np.where(colliding, 1.0, 1e-4 if colliding.any() else 1.0)
    where = where.reshape(-1, 4).sum(axis=1)
    book_[f"{folder}/bx_global"].add(spread(rng, now.events, where))
    book_[f"{folder}/prescaleFactorSet"].set_at(now.number, trigger.column)
    book_["L1T/L1TRates/l1Rate"].set_at(now.number, trigger.l1_rate / 1000)
    book_["L1T/L1TRates/deadTime"].set_at(now.number, 100 * trigger.dead_time)


def _crossings(now: Lumisection) -> Array:
    """Chance of each crossing, by seed where those of muons are early."""
    assert now.channels is not None
    usual: Array = IN_TIME / IN_TIME.sum()
    muons = now.channels.built.coordinates["kind"] >= BMTF
    share = now.channels.share_early(now.hits, muons)
    if not share:
        return usual
    early = one_earlier(usual, share)
    return np.array([early if each in MUON_SEEDS else usual for each in SEED_NAMES])


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    found: list[QualityTest] = []
    for element in book(run_type, built):
        path = element.path
        if path.endswith(("ecalOccupancy", "hcalOccupancy", "Occ", "PhivsEta")):
            layer1, muons = "CaloLayer1" in path, "uGMT" in path
            sparse = muons and run_type == "cosmics"
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    known=known_cells(element, built),
                    noun="towers" if layer1 else "cells",
                    empty_below=0.1 if sparse else 0.25,
                    enough=60 if sparse else 40,
                    window=5 if layer1 else 10,
                    part="Layer 1" if layer1 else "Muons" if muons else "Layer 2",
                )
            )
        elif path.endswith(("glbhwPhi", "MuonPhi")):
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    noun="φ bins",
                    ring_axis=-1,
                    empty_below=0.3 if run_type == "cosmics" else 0.5,
                    warn=0.0,
                    bad=0.03,
                    part="Muons",
                )
            )
        elif path.endswith("BX"):
            found.append(ShareWithin(path, 0, 0, "in BX 0", part="Timing"))
        elif path.endswith("Rank") and "Energy" not in path:
            found.append(MeanWithin(path, 20, 45, 10, part="Layer 2"))
        elif path.endswith("MuonPt"):
            found.append(MeanWithin(path, 7, 14, 4, unit="GeV", part="Muons"))
        elif path.endswith("Charge"):
            found.append(MeanWithin(path, -0.08, 0.08, 0.1, part="Muons"))
    folder = "L1T/L1TStage2uGT"
    found += [
        ShareWithin(
            f"{folder}/algoBits_after_prescale_bx_inEvt", 0, 0, "in BX 0", part="uGT"
        ),
        ShareWithin(
            "L1T/L1TStage2BMTF/bmtf_wedge_bx", 0, 0, "in BX 0", axis=1, part="Timing"
        ),
        LastWithin("L1T/L1TRates/l1Rate", 0.1, 115, 5, unit="kHz", part="Rates"),
        LastWithin("L1T/L1TRates/deadTime", 0, 5, 5, unit="%", part="Rates"),
        MeanWithin(
            "L1T/L1TStage2CaloLayer2/Energy-Sums/METRank", 15, 50, 20, unit="GeV",
            part="Layer 2",
        ),
        MeanWithin(
            "L1T/L1TStage2BMTF/bmtf_hwPt", 12, 30, 8, part="Muons"
        ),
    ]  # fmt: skip
    return tuple(found)


SUBSYSTEM = Subsystem(
    name="L1T", book=book, fill=fill, tests=tests, geometry=channels,
    follows_pileup=False,
)  # fmt: skip
