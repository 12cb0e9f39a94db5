"""CTPPS: Roman pots on both arms, strip tracking and diamond timing detectors.

Paths as cmssw DQM/CTPPS books them (TotemRPDQMSource, CTPPSDiamondDQMSource) where it
has such an element. The pots go in for collisions alone; otherwise only noise arrives.
Numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    last_within,
    mean_within,
    occupancy,
    share_within,
)
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import fed_rows
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    hits_per_event,
    spread_events,
    spread_hits,
)
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    spread,
    times,
)
from dqmconsole.simulation.state.beam import OPTICS, bunch_pattern
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

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
LEAST_PLANES = 3
"""Planes of a view that a fit takes."""
FITTED_CHANCE = {"U": (0, 0, 0, 0.04, 0.22, 0.74), "V": (0, 0, 0, 0.05, 0.25, 0.70)}

POT = "CTPPS/TrackingStrip/sector {}/station 210/{}_hr"
DIAMOND = "CTPPS/TimingDiamond/sector {}/station 220cyl/cyl_hr"
EVENTS_PER_BX = "CTPPS/events per BX (short)"
PER_EVENT = "CTPPS/TrackingStrip/sector {}/hits per event vs LS"


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


@functools.cache
def _plane() -> Array:
    """Where tracks cross: a band that opens away from the beam."""
    band = np.outer(exponential(X, 2.6, 1.2), gaussian(Y, 0.3, 1.6))
    wide = np.outer(exponential(X, 5.0, 1.2), gaussian(Y, 0.3, 3.2))
    return 0.75 * band + 0.25 * wide


@functools.cache
def _crossings(run_type: RunType) -> Array:
    """Share of the events in each of the first crossings; the rest lies beyond."""
    pattern = bunch_pattern(OPTICS[run_type])
    chance = np.zeros(CROSSING.bins + 2)
    chance[2:-1] = pattern[: CROSSING.bins - 1]
    if run_type == "cosmics":
        chance[2:-1] = 1.0
        chance[-1] = 3564.0 - 101.0
    else:
        chance[-1] = pattern.sum() - chance.sum()
    return chance


def _without(chance: Array, lost: float) -> Array:
    """Chances by planes in the fit when one of the planes loses a share of its hits.

    Args:
        chance: of 0 to 5 planes.
        lost: that share, 0 to 1.
    """
    number = np.arange(chance.size)
    fewer = chance * lost * number / number[-1]
    left: Array = chance - fewer
    left[:-1] += fewer[1:]
    left[:LEAST_PLANES] = 0.0
    return left


def _pot_rows(run_type: RunType, built: Geometry, number: int) -> list[Element]:
    """The elements of one pot."""
    arm, unit = POTS[number]
    pot, words = POT.format(arm, unit), f"{arm} {'near' if unit == 'nr' else 'far'}"
    where = built.coordinates
    mine = (where["kind"] == 0) & (where["unit"] == number)
    part = f"{arm} {unit}"

    @drawn_once
    def tracks(now: Lumisection) -> float:
        return float(now.rng.binomial(int(now.particles[mine].sum()), IN_TRACKS))

    def views(view: str, usual: Array) -> Element:
        number = list(FITTED_CHANCE).index(view)
        planes = [mine & (where["plane"] == each) for each in range(number, PLANES, 2)]

        def fitted(now: Lumisection) -> Array:
            chance = usual
            for each in planes:
                arrived = now.arrived(each)
                if arrived < 1:
                    chance = _without(chance, 1 - arrived)
            return spread(now.rng, tracks(now), chance)

        return distribution(
            f"{pot}/planes contributing to fit {view}",
            f"{words}: planes in the fit, view {view}", (FITTED,), fitted,
            y_title="Tracks",
            test=mean_within(4.4, 5, 0.3, unit="planes", part=part),
        )  # fmt: skip

    return [
        hit_map(
            built, f"{pot}/activity in planes (2D)",
            f"{words}: hits by plane and chip", (PLANE, VFAT), ("plane", "chip"),
            all_hits, select=mine, y_title="Hits",
            test=occupancy(noun="chips", ring="y", bad=0.02, part=part),
        ),
        distribution(
            f"{pot}/track XY profile", f"{words}: tracks", (X, Y),
            lambda now: spread(now.rng, tracks(now), _plane()), y_title="Tracks",
            test=share_within(
                1, 7, "within 7 mm of the beam side", warn=0.76, bad=0.65, part=part
            ),
        ),
        *(views(view, np.array(shares)) for view, shares in FITTED_CHANCE.items()),
        distribution(
            f"{pot}/activity per BX (short)", f"{words}: hits by crossing",
            (CROSSING,), spread_hits(all_hits, _crossings(run_type), mine),
            y_title="Hits",
        ),
    ]  # fmt: skip


def _arm_rows(built: Geometry, number: int) -> list[Element]:
    """The diamonds of one arm, and the hits of its strips."""
    arm, where = ARMS[number], built.coordinates
    folder = DIAMOND.format(arm)
    mine = (where["kind"] == 1) & (where["unit"] == number)
    strips = (where["kind"] == 0) & (where["unit"] // 2 == number)

    def edges(now: Lumisection) -> Array:
        both = now.rng.binomial(now.hits[mine], ACTIVE)
        return times(now.rng, EDGE, both, now.t0[mine], EDGE_SIGMA)

    return [
        hit_map(
            built, f"{folder}/digi distribution", f"{arm} diamonds: hits",
            (DIAMOND_PLANE, DIAMOND_CHANNEL), ("plane", "position"), all_hits,
            select=mine, y_title="Hits",
            test=occupancy(
                noun="channels", ring="y", bad=0.03, part=f"{arm} diamonds"
            ),
        ),
        distribution(
            f"{folder}/leading edge (le and te)", f"{arm} diamonds: leading edge",
            (EDGE,), edges, y_title="Hits",
            test=mean_within(4.5, 7.5, 1, unit="ns", part=f"{arm} diamonds"),
        ),
        hits_per_event(
            PER_EVENT.format(arm), f"{arm} strip hits per event",
            select=strips, y_title="Hits per event",
            test=last_within(0, 40, 10, unit="hits per event", part="Rate"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    pots = [
        row for each in range(len(POTS)) for row in _pot_rows(run_type, built, each)
    ]
    arms = [row for each in range(len(ARMS)) for row in _arm_rows(built, each)]
    events = distribution(
        EVENTS_PER_BX, "Events by crossing", (CROSSING,),
        spread_events(_crossings(run_type)),
    )  # fmt: skip
    return (*pots, *arms, events, *fed_rows("CTPPS"))


SUBSYSTEM = Subsystem("CTPPS", rows, channels)
