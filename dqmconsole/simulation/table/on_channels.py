"""Causes that strike channels: voltages, front ends, noise, timing, response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.parts import FedStatus, Voltage
from dqmconsole.simulation.table import places
from dqmconsole.simulation.table.act import Act
from dqmconsole.simulation.table.cause import Cause, Effect

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState

RESPONSES = ("Ecal", "Hcal", "CSC", "PixelPhase1", "SiStrip")
"""Subsystems that show the response of their channels."""

NOISY_BOARDS = 4
"""Boards that pick up noise together."""


def _trip(cause: Cause, state: DetectorState, _strength: float) -> None:
    struck = places.sectors(cause, state)
    state.channels[cause.target].voltage[struck] = int(Voltage.OFF)


def _trip_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    off = np.isin(where.sector, places.sectors(cause, state))
    return Effect(keep={cause.target: np.where(off, 0.0, 1.0)})


def _stand_by(cause: Cause, state: DetectorState, _strength: float) -> None:
    places.sectors(cause, state)
    state.channels[cause.target].voltage[:] = int(Voltage.STANDBY)


def _stand_by_effect(cause: Cause, state: DetectorState) -> Effect:
    places.sectors(cause, state)
    where = places.built(cause, state)
    keep = np.where(where.sector >= 0, 0.002, 1.0)
    off = places.dcs_rows(cause.target)
    return Effect(keep={cause.target: keep}, partitions_off=off)


def _lose_fed(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.feds[places.drivers(cause, state)] = int(FedStatus.LOST)


def _lose_fed_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    lost = places.drivers(cause, state)
    return Effect(
        keep={cause.target: np.where(np.isin(where.fed, lost), 0.0, 1.0)},
        feds_lost=frozenset(int(each) for each in lost),
    )


def _kill_board(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.channels[cause.target].board_dead[places.boards(cause, state)] = True


def _kill_board_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    dead = np.isin(where.board, places.boards(cause, state))
    return Effect(keep={cause.target: np.where(dead, 0.0, 1.0)})


def _lose_ring(cause: Cause, state: DetectorState, _strength: float) -> None:
    boards = places.block(cause, state, round(cause.size))
    state.channels[cause.target].board_dead[boards] = True


def _lose_ring_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    dead = np.isin(where.board, places.block(cause, state, round(cause.size)))
    return Effect(keep={cause.target: np.where(dead, 0.0, 1.0)})


def _heat(cause: Cause, state: DetectorState, _strength: float) -> None:
    struck = places.channel(cause, state)
    state.channels[cause.target].boost[struck] *= cause.size


def _heat_effect(cause: Cause, state: DetectorState) -> Effect:
    factor = np.ones(places.built(cause, state).size)
    factor[places.channel(cause, state)] = cause.size
    return Effect(keep={cause.target: factor})


def _burst(cause: Cause, state: DetectorState, _strength: float) -> None:
    noisy = np.isin(
        places.built(cause, state).board, places.block(cause, state, NOISY_BOARDS)
    )
    state.channels[cause.target].boost[noisy] *= cause.size


def _burst_effect(cause: Cause, state: DetectorState) -> Effect:
    noisy = np.isin(
        places.built(cause, state).board, places.block(cause, state, NOISY_BOARDS)
    )
    return Effect(keep={cause.target: np.where(noisy, cause.size, 1.0)})


def _drift(cause: Cause, state: DetectorState, strength: float) -> None:
    places.built(cause, state)
    state.channels[cause.target].t0 += strength * cause.size


def _drift_effect(cause: Cause, state: DetectorState) -> Effect:
    size = places.built(cause, state).size
    return Effect(shift={cause.target: np.full(size, cause.size)})


def _weaken(cause: Cause, state: DetectorState, strength: float) -> None:
    places.only_on(cause, *RESPONSES)
    places.built(cause, state)
    state.channels[cause.target].gain *= 1 - strength * (1 - _response_left(cause))


def _weaken_effect(cause: Cause, state: DetectorState) -> Effect:
    places.only_on(cause, *RESPONSES)
    size = places.built(cause, state).size
    return Effect(gain={cause.target: np.full(size, _response_left(cause))})


def _response_left(cause: Cause) -> float:
    return max(1 - cause.size / 100, 0.02)


def _swap(cause: Cause, state: DetectorState, _strength: float) -> None:
    first, second = places.exchanged(cause, state)
    state.channels[cause.target].exchange(first, second)


def _swap_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    first, second = places.exchanged(cause, state)
    here, there = np.concatenate([first, second]), np.concatenate([second, first])
    keep, gain, shift = np.ones(where.size), np.ones(where.size), np.zeros(where.size)
    keep[here] = where.rate[there] / where.rate[here]
    gain[here] = where.gain[there] / where.gain[here]
    shift[here] = where.t0[there] - where.t0[here]
    return Effect(
        keep={cause.target: keep},
        gain={cause.target: gain},
        shift={cause.target: shift},
    )


ON_CHANNELS: dict[str, Act] = {
    "hv-trip": Act(_trip, _trip_effect),
    "hv-on": Act(_stand_by, _stand_by_effect),
    "fed-lost": Act(_lose_fed, _lose_fed_effect),
    "board-dead": Act(_kill_board, _kill_board_effect),
    "ring-lost": Act(_lose_ring, _lose_ring_effect),
    "hot-channel": Act(_heat, _heat_effect),
    "noise-burst": Act(_burst, _burst_effect),
    "t0-drift": Act(_drift, _drift_effect),
    "gain-drift": Act(_weaken, _weaken_effect),
    "cable-swap": Act(_swap, _swap_effect),
}
