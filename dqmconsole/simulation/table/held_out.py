"""The held-out table: faults and harmless events that nothing is tuned on.

Written by somebody who knew the detector's state, but neither the checks nor the
layouts; tried once, at the end, by ``dqmconsole study --held-out``. Each is a kind of
its own, not another size of one of THE TABLE. They are what such detectors can have;
which experiment had which, how often and how large, is not looked up, but chosen:

address-stuck   One bit of an address line sticks after a radiation upset or on a bad
                solder joint: every second channel is empty and its neighbour has twice
                as much.
cooling-lost    A cooling loop trips: the front ends of one sector warm up, and photo
                detectors lose gain (ECAL: some 2 % of light yield and as much of APD
                gain for each degree); most hits go on.
gas-wrong       The mixer gives a wrong mixture, or air leaks in: one whole gas system
                loses efficiency within minutes to hours, and its pulses get smaller.
orbit-slip      The phase of the orbit signal moves by some crossings: the trigger's
                counter of crossings no longer agrees with the filling scheme.

pressure        The weather: the gain of gas chambers goes against the air pressure, by
                some per cent within hours, until the working point is corrected.
beta-star       The LHC levels by focusing: the luminous region gets narrower across the
                beam from step to step, as in Run 3.
upset-recovered A radiation upset stops one driver, and its automatic recovery brings it
                back within a lumisection.
stream-thinned  The event server cannot keep up and passes fewer events on, to all
                clients alike, as when the rate is high or its discs are busy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.parts import FedStatus
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.cause import Cause, generator

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState
    from dqmconsole.simulation.table.models import FaultModel

HELD_OUT: tuple[Cause, ...] = (
    Cause(
        "address-stuck", "fault", "readout",
        "An address bit of some boards sticks: the data of every second channel arrive "
        "at the channel before it.",
        2, "boards",
        targets=("Hcal", "Ecal", "SiStrip", "PixelPhase1", "CSC"),
        sizes=(1, 2, 4, 8), shows="missing", urgency="dump",
    ),
    Cause(
        "cooling-lost", "fault", "temperature",
        "The cooling of one sector fails: its response falls, while most of its hits "
        "go on.",
        20, "% of the response", rise=4,
        targets=("Ecal", "Hcal", "CSC", "SiStrip", "PixelPhase1"),
        sizes=(3, 8, 20, 40), shows="shift", urgency="now", matters=8,
    ),
    Cause(
        "gas-wrong", "fault", "gas",
        "The gas mixture is wrong: all chambers lose efficiency, and twice as much "
        "gain.",
        15, "% of the hits", rise=10, targets=("DT", "CSC", "RPC"),
        sizes=(2, 6, 15, 40), shows="missing", urgency="now", matters=6,
    ),
    Cause(
        "orbit-slip", "fault", "clock",
        "The orbit signal moves: the trigger numbers the crossings of the orbit "
        "wrongly.",
        2, "crossings", targets=("L1T",),
        sizes=(1, 2, 4, 20), shows="shift", urgency="now",
    ),
    Cause(
        "pressure", "harmless", "gas",
        "The air pressure moves: the gain of gas chambers rises by some per cent.",
        4, "% of the gain", rise=60, duration=300, targets=("CSC", "DT", "RPC"),
    ),
    Cause(
        "beta-star", "harmless", "beam",
        "The LHC focuses the beams more: the luminous region gets narrower.",
        1.4, "times narrower",
    ),
    Cause(
        "upset-recovered", "harmless", "readout",
        "A front-end driver stops after an upset and is recovered at once.",
        1, "drivers", duration=1,
        targets=("PixelPhase1", "SiStrip", "Ecal", "Hcal"),
    ),
    Cause(
        "stream-thinned", "harmless", "stream",
        "The event server passes fewer events on, to all clients alike.",
        50, "% of the events",
    ),
)  # fmt: skip

HELD_OUT_PER_SHIFT = {
    "pressure": 1.0,
    "beta-star": 2.0,
    "upset-recovered": 10.0,
    "stream-thinned": 1.0,
}
"""Of each harmless event in eight hours."""

HITS_OF_GAIN = 0.2
"""Per cent more hits where the gain of a gas chamber is one per cent higher."""


def _stick_address(cause: Cause, state: DetectorState, _strength: float) -> None:
    board = targets.built(cause, state).board
    cable = state.channels[cause.target].cable
    for each in targets.boards(cause, state).tolist():
        mine = np.flatnonzero(board == each)
        cable[mine[1::2]] = mine[: mine.size // 2 * 2 : 2]


def _lose_cooling(cause: Cause, state: DetectorState, strength: float) -> None:
    warm = np.isin(targets.built(cause, state).sector, targets.sectors(cause, state)[0])
    state.channels[cause.target].gain[warm] *= _left(cause, strength)


def _spoil_gas(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.built(cause, state)
    channels = state.channels[cause.target]
    channels.boost *= _left(cause, strength)
    channels.gain *= max(2 * _left(cause, strength) - 1, 0.02)


def _slip_orbit(cause: Cause, state: DetectorState, _strength: float) -> None:
    targets.only_on(cause, "L1T")
    earlier = generator(cause, state.seed).choice([-1, 1])
    by = int(earlier) * max(1, round(cause.size))
    state.beam.colliding = np.roll(state.beam.colliding, by)


def _move_pressure(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.built(cause, state)
    channels, more = state.channels[cause.target], strength * cause.size / 100
    channels.gain *= 1 + more
    channels.boost *= 1 + HITS_OF_GAIN * more


def _focus(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.beam.widths[:2] /= cause.size


def _upset_driver(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.feds[targets.drivers(cause, state)] = int(FedStatus.LOST)


def _thin_stream(cause: Cause, state: DetectorState, strength: float) -> None:
    for client in state.clients.values():
        client.efficiency *= _left(cause, strength)


def _left(cause: Cause, strength: float) -> float:
    return max(1 - strength * cause.size / 100, 0.0)


HELD_OUT_MODELS: dict[str, FaultModel] = {
    "address-stuck": _stick_address,
    "cooling-lost": _lose_cooling,
    "gas-wrong": _spoil_gas,
    "orbit-slip": _slip_orbit,
    "pressure": _move_pressure,
    "beta-star": _focus,
    "upset-recovered": _upset_driver,
    "stream-thinned": _thin_stream,
}
