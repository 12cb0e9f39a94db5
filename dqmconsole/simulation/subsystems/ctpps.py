"""CTPPS: Roman pots on both arms, strip tracking and diamond timing detectors.

Paths as cmssw DQM/CTPPS books them (TotemRPDQMSource, CTPPSDiamondDQMSource). The
pots go in for collisions alone; otherwise only noise arrives. Numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import FedIntegrity
from dqmconsole.simulation.shapes import exponential, gaussian, spread, times
from dqmconsole.simulation.state.beam import OPTICS, bunch_pattern
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.state.sight import Sight
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

POTS = tuple((arm, unit) for arm in ("45", "56") for unit in ("nr", "fr"))
ARMS = ("45", "56")
PLANES, VFATS = 10, 4
DIAMOND_PLANES, DIAMOND_CHANNELS = 4, 12

PLANE = Axis(PLANES, -0.5, PLANES - 0.5, title="Plane")
VFAT = labelled(tuple(f"VFAT {each}" for each in range(VFATS)), "Chip")
DIAMOND_PLANE = Axis(DIAMOND_PLANES, -0.5, 3.5, title="Plane")
DIAMOND_CHANNEL = Axis(DIAMOND_CHANNELS, -0.5, 11.5, title="Channel")
FITTED = Axis(6, -0.5, 5.5, title="Planes in the fit")
X = Axis(40, -2.0, 18.0, title="x [mm]")
Y = Axis(40, -10.0, 10.0, title="y [mm]")
CROSSING = Axis(102, -1.5, 100.5, title="BX")
EDGE = Axis(140, -5.0, 30.0, title="Leading edge [ns]")

POTS_OUT = 1e-5
"""Rate with the pots out, in cosmics and heavy ions, relative to collisions."""

EDGE_TIME, EDGE_SIGMA = 6.0, 1.1
ACTIVE = 0.5
IN_TRACKS = 0.06
FITTED_CHANCE = {"U": (0, 0, 0, 0.04, 0.22, 0.74), "V": (0, 0, 0, 0.05, 0.25, 0.70)}

POT = "CTPPS/TrackingStrip/sector {}/station 210/{}_hr"
DIAMOND = "CTPPS/TimingDiamond/sector {}/station 220cyl/cyl_hr"
EVENTS_PER_BX = "CTPPS/events per BX (short)"
PER_EVENT = "CTPPS/TrackingStrip/sector {}/hits per event vs LS"
READOUT = FedIntegrity("CTPPS", "CTPPS/FEDIntegrity")


def channels(run_type: RunType) -> Geometry:
    """160 front-end chips of the strips, 96 channels of the diamonds."""
    strips = [
        (0, pot, plane, vfat)
        for pot in range(len(POTS))
        for plane in range(PLANES)
        for vfat in range(VFATS)
    ]
    diamonds = [
        (1, arm, plane, channel)
        for arm in range(len(ARMS))
        for plane in range(DIAMOND_PLANES)
        for channel in range(DIAMOND_CHANNELS)
    ]
    kind, unit, plane, position = np.array(strips + diamonds).T
    # protons crowd on the side of the beam
    rate = np.where(
        kind == 0, 0.22 * np.exp(-position / 1.1), 0.16 * np.exp(-position / 5.0)
    )
    rate = rate * (1 + 0.02 * np.cos(plane))
    known = (kind == 0) & (unit == 0) & (plane == 7)
    known |= (kind == 0) & (unit == 3) & (plane == 2) & np.isin(position, (1, 2))
    known |= (kind == 1) & (unit == 0) & (plane == 2) & (position >= 10)
    return geometry(
        {
            "kind": kind, "unit": unit, "plane": plane, "position": position,
            "chip": position + 0.5,
        },
        rate * (1.0 if run_type == "collisions" else POTS_OUT),
        known=known,
        fed=np.where(kind == 0, 578 + unit, 582 + unit),
        board=np.where(kind == 0, PLANES * unit + plane, 40 + 4 * unit + plane),
        t0=EDGE_TIME,
        t0_spread=0.3,
        seed=578,
    )  # fmt: skip


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    booking = Booking("CTPPS", built)
    for number, (arm, unit) in enumerate(POTS):
        mine, pot = _of(built, 0, number), POT.format(arm, unit)
        words = f"{arm} {'near' if unit == 'nr' else 'far'}"
        booking.hits(
            f"{pot}/activity in planes (2D)", f"{words}: hits by plane and chip",
            (PLANE, VFAT), ("plane", "chip"), select=mine, y_title="Hits",
        )  # fmt: skip
        booking.add(
            Element(
                f"{pot}/track XY profile",
                f"{words}: tracks",
                (X, Y),
                root_class="TH2F",
                sight=booking.sight("shape", None, mine),
                y_title="Tracks",
            )
        )
        for view in FITTED_CHANCE:
            booking.spectrum(
                f"{pot}/planes contributing to fit {view}",
                f"{words}: planes in the fit, view {view}", FITTED, select=mine,
                y_title="Tracks",
            )  # fmt: skip
        booking.spectrum(
            f"{pot}/activity per BX (short)", f"{words}: hits by crossing", CROSSING,
            select=mine, y_title="Hits",
        )  # fmt: skip
    for number, arm in enumerate(ARMS):
        mine, folder = _of(built, 1, number), DIAMOND.format(arm)
        booking.hits(
            f"{folder}/digi distribution", f"{arm} diamonds: hits",
            (DIAMOND_PLANE, DIAMOND_CHANNEL), ("plane", "position"), select=mine,
            y_title="Hits",
        )  # fmt: skip
        booking.spectrum(
            f"{folder}/leading edge (le and te)", f"{arm} diamonds: leading edge",
            EDGE, select=mine, quantity="time", y_title="Hits",
        )  # fmt: skip
        booking.hits_per_event_trend(
            PER_EVENT.format(arm), f"{arm} strip hits per event",
            select=_strips_of_arm(built, number), y_title="Hits per event",
        )  # fmt: skip
    booking.add(
        Element(
            EVENTS_PER_BX,
            "Events by crossing",
            (CROSSING,),
            sight=Sight("events"),
            y_title="Events",
        )
    )
    READOUT.book(booking)
    return booking.done()


@functools.cache
def _of(built: Geometry, kind: int, unit: int) -> Array:
    """Channels of a pot (kind 0) or of the diamonds of an arm (kind 1)."""
    where = built.coordinates
    mine: Array = (where["kind"] == kind) & (where["unit"] == unit)
    return mine


@functools.cache
def _strips_of_arm(built: Geometry, arm: int) -> Array:
    where = built.coordinates
    mine: Array = (where["kind"] == 0) & (where["unit"] // 2 == arm)
    return mine


@functools.cache
def _plane() -> Array:
    """Where tracks cross: a band that opens away from the beam."""
    band = np.outer(exponential(X, 2.6, 1.2), gaussian(Y, 0.3, 1.6))
    wide = np.outer(exponential(X, 5.0, 1.2), gaussian(Y, 0.3, 3.2))
    return 0.75 * band + 0.25 * wide


@functools.cache
def _crossings(run_type: RunType) -> Array:
    """Share of the events in each of the first crossings; the rest lies beyond."""
    pattern = bunch_pattern(OPTICS[run_type].bunches)
    chance = np.zeros(CROSSING.bins + 2)
    chance[2:-1] = pattern[: CROSSING.bins - 1]
    if run_type == "cosmics":
        chance[2:-1] = 1.0
        chance[-1] = 3564.0 - 101.0
    else:
        chance[-1] = pattern.sum() - chance.sum()
    return chance


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    chance = _crossings(now.state.run_type)
    for number, (arm, unit) in enumerate(POTS):
        pot, mine = POT.format(arm, unit), _of(built, 0, number)
        book_[f"{pot}/activity in planes (2D)"].add_hits(hits)
        total = int(hits[mine].sum())
        tracks = float(rng.binomial(total, IN_TRACKS))
        book_[f"{pot}/track XY profile"].add(spread(rng, tracks, _plane()))
        for view, shares in FITTED_CHANCE.items():
            book_[f"{pot}/planes contributing to fit {view}"].add(
                spread(rng, tracks, np.array(shares))
            )
        book_[f"{pot}/activity per BX (short)"].add(spread(rng, total, chance))
    for number, arm in enumerate(ARMS):
        folder, mine = DIAMOND.format(arm), _of(built, 1, number)
        book_[f"{folder}/digi distribution"].add_hits(hits)
        both = rng.binomial(hits[mine], ACTIVE)
        book_[f"{folder}/leading edge (le and te)"].add(
            times(rng, EDGE, both, now.channels.t0[mine], EDGE_SIGMA)
        )
        if now.events:
            mean = float(hits[_strips_of_arm(built, number)].sum()) / now.events
            book_[PER_EVENT.format(arm)].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    book_[EVENTS_PER_BX].add(spread(rng, now.events, chance))
    READOUT.fill(now)


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book(run_type, built)}
    found: list[QualityTest] = []
    for arm, unit in POTS:
        pot = POT.format(arm, unit)
        path = f"{pot}/activity in planes (2D)"
        found.append(
            Occupancy(
                path, cells(elements[path]), known=known_cells(elements[path], built),
                noun="chips", ring_axis=1, bad=0.02, part=f"{arm} {unit}",
            )
        )  # fmt: skip
        found.append(
            ShareWithin(
                f"{pot}/track XY profile", 1, 7, "within 7 mm of the beam side",
                warn=0.76, bad=0.65, part=f"{arm} {unit}",
            )
        )  # fmt: skip
        found += [
            MeanWithin(
                f"{pot}/planes contributing to fit {view}", 4.4, 5, 0.3, unit="planes",
                part=f"{arm} {unit}",
            )
            for view in FITTED_CHANCE
        ]  # fmt: skip
    for arm in ARMS:
        path = f"{DIAMOND.format(arm)}/digi distribution"
        found += [
            Occupancy(
                path, cells(elements[path]), known=known_cells(elements[path], built),
                noun="channels", ring_axis=1, bad=0.03, part=f"{arm} diamonds",
            ),
            MeanWithin(
                f"{DIAMOND.format(arm)}/leading edge (le and te)", 4.5, 7.5, 1,
                unit="ns", part=f"{arm} diamonds",
            ),
            LastWithin(
                PER_EVENT.format(arm), 0, 40, 10, unit="hits per event", part="Rate"
            ),
        ]  # fmt: skip
    return tuple(found + READOUT.tests())


SUBSYSTEM = Subsystem(
    name="CTPPS", book=book, fill=fill, tests=tests, geometry=channels
)
