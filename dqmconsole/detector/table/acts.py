"""How each cause acts: on the state, and as an effect on given histograms."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from dqmconsole.detector.state.detector import DetectorState
from dqmconsole.detector.state.parts import (
    FED_OWNERS,
    FEDS,
    PARTITIONS,
    FedStatus,
    Voltage,
)
from dqmconsole.detector.state.trigger import SEEDS
from dqmconsole.detector.table import places
from dqmconsole.detector.table.cause import Cause, Effect


class Act(msgspec.Struct, frozen=True):
    """How one cause acts.

    Attributes:
        apply: changes the state of the lumisection, at a strength of 0 to 1.
        effect: the same at full strength, for given histograms; None for what
            acts on the stream or the run alone.
    """

    apply: Callable[[Cause, DetectorState, float], None]
    effect: Callable[[Cause, DetectorState], Effect] | None = None


def _trip(cause: Cause, state: DetectorState, _strength: float) -> None:
    struck = places.sectors(cause, state)
    state.channels[cause.target].voltage[struck] = int(Voltage.OFF)


def _trip_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    off = np.isin(where.sector, places.sectors(cause, state))
    return Effect(keep={cause.target: np.where(off, 0.0, 1.0)})


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


def _heat(cause: Cause, state: DetectorState, _strength: float) -> None:
    struck = places.channel(cause, state)
    state.channels[cause.target].boost[struck] *= cause.size


def _heat_effect(cause: Cause, state: DetectorState) -> Effect:
    factor = np.ones(places.built(cause, state).size)
    factor[places.channel(cause, state)] = cause.size
    return Effect(keep={cause.target: factor})


def _drift(cause: Cause, state: DetectorState, strength: float) -> None:
    places.built(cause, state)
    state.channels[cause.target].t0 += strength * cause.size


def _drift_effect(cause: Cause, state: DetectorState) -> Effect:
    size = places.built(cause, state).size
    return Effect(shift={cause.target: np.full(size, cause.size)})


def _freeze(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.clients[cause.target].frozen = True


def _dim(cause: Cause, state: DetectorState, _strength: float) -> None:
    beam = state.beam
    beam.luminosity /= cause.size
    beam.pileup /= cause.size
    beam.activity /= cause.size


def _dim_effect(cause: Cause, _state: DetectorState) -> Effect:
    return Effect(activity=1 / cause.size, events=1 / cause.size)


def _stand_by(cause: Cause, state: DetectorState, _strength: float) -> None:
    places.sectors(cause, state)
    state.channels[cause.target].voltage[:] = int(Voltage.STANDBY)


def _stand_by_effect(cause: Cause, state: DetectorState) -> Effect:
    places.sectors(cause, state)
    where = places.built(cause, state)
    keep = np.where(where.sector >= 0, 0.002, 1.0)
    off = frozenset(PARTITIONS.get(cause.target, ()))
    return Effect(keep={cause.target: keep}, partitions_off=off)


def _prescale(cause: Cause, state: DetectorState, _strength: float) -> None:
    columns = len(SEEDS[0].prescales)
    state.trigger.column = min(state.trigger.column + round(cause.size), columns - 1)


def _prescale_effect(cause: Cause, state: DetectorState) -> Effect:
    if state.trigger.cosmic:
        return Effect()
    columns = len(SEEDS[0].prescales)
    usual = state.trigger.usual_column
    old = state.trigger.shares(usual)
    new = state.trigger.shares(min(usual + round(cause.size), columns - 1))
    rates = state.trigger.before
    events = float((rates * new).sum() / max((rates * old).sum(), 1e-12))
    factors = {
        seed.name: float(now / was) / events
        for seed, was, now in zip(SEEDS, old, new, strict=True)
        if was > 0
    }
    return Effect(seeds=factors, events=events)


def _restart(cause: Cause, state: DetectorState, _strength: float) -> None:
    client = state.clients[cause.target]
    client.restart = True
    client.pid += 1113


def _stop(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.run_ends = True
    state.gap = cause.size


def _leave(cause: Cause, state: DetectorState, _strength: float) -> None:
    if state.elapsed == 1:
        state.take_out(cause.target)
    else:
        # a subsystem leaves only between two runs
        state.leaving = frozenset({cause.target})
        state.run_ends = True


def _leave_effect(cause: Cause, state: DetectorState) -> Effect:
    channels = state.channels.get(cause.target)
    silent = {} if channels is None else {cause.target: np.zeros(channels.built.size)}
    names = FED_OWNERS.get(cause.target, (cause.target,))
    gone = {each for name in names for each in FEDS.get(name, ())}
    off = frozenset(PARTITIONS.get(cause.target, ()))
    return Effect(keep=silent, feds_out=frozenset(gone), partitions_off=off)


ACTS: dict[str, Act] = {
    "hv-trip": Act(_trip, _trip_effect),
    "fed-lost": Act(_lose_fed, _lose_fed_effect),
    "board-dead": Act(_kill_board, _kill_board_effect),
    "hot-channel": Act(_heat, _heat_effect),
    "t0-drift": Act(_drift, _drift_effect),
    "client-frozen": Act(_freeze),
    "lumi-drop": Act(_dim, _dim_effect),
    "hv-on": Act(_stand_by, _stand_by_effect),
    "prescale": Act(_prescale, _prescale_effect),
    "client-restart": Act(_restart),
    "stop-start": Act(_stop),
    "subsystem-out": Act(_leave, _leave_effect),
}
