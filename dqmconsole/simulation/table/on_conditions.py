"""Causes of the beam, the magnet and the trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.parts import REMNANT
from dqmconsole.simulation.state.trigger import MUON_SEEDS, SEEDS
from dqmconsole.simulation.table import places
from dqmconsole.simulation.table.act import Act
from dqmconsole.simulation.table.cause import Cause, Effect, generator

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.detector import DetectorState

ADJUST = 10
"""The beam mode in which the LHC collides without declaring stable beams."""

HOT_SEED = "L1_SingleEG36er2p5"
"""The seed that one hot tower fires; its prescale is 1 in every column."""

DEAD_TIME = 0.05
"""Dead time that comes with as many accepts again."""

DIFFERING = ("jets", "egammas", "taus", "sums")
"""Kinds of object that may differ: the calorimeter's, which one page shows."""


def _dim(cause: Cause, state: DetectorState, strength: float) -> None:
    left = 1 + strength * (1 / cause.size - 1)
    beam = state.beam
    beam.luminosity *= left
    beam.pileup *= left
    beam.activity *= left


def _dim_effect(cause: Cause, _state: DetectorState) -> Effect:
    return Effect(activity=1 / cause.size, events=1 / cause.size)


def _withdraw(_cause: Cause, state: DetectorState, _strength: float) -> None:
    if state.beam.stable:
        state.beam.mode = ADJUST


def _withdraw_effect(_cause: Cause, state: DetectorState) -> Effect:
    if state.run_type == "cosmics":
        return Effect()
    return Effect(partitions_off=frozenset({"Stable B", "PhysDecl"}))


def _ramp_down(_cause: Cause, state: DetectorState, _strength: float) -> None:
    state.magnet *= REMNANT


def _ramp_down_effect(_cause: Cause, _state: DetectorState) -> Effect:
    return Effect(straight=True)


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
    return Effect(seeds=factors, seed_shares=_shares(rates * old), events=events)


def _drive(cause: Cause, state: DetectorState, _strength: float) -> None:
    share = cause.size / (1 + cause.size)
    for name, channel in places.hot_tower(cause, state).items():
        channels = state.channels[name]
        # it is hit in every event that it triggers
        channels.boost[channel] += share / channels.built.rate[channel]
    state.trigger.noise[HOT_SEED] = cause.size
    state.trigger.dead_time = _dead_time(cause, state.trigger.dead_time)


def _dead_time(cause: Cause, usual: float) -> float:
    return min(usual + DEAD_TIME * cause.size, 0.9)


def _drive_effect(cause: Cause, state: DetectorState) -> Effect:
    share = cause.size / (1 + cause.size)
    keep = {}
    for name, channel in places.hot_tower(cause, state).items():
        rate = state.channels[name].built.rate
        keep[name] = np.ones(rate.size)
        keep[name][channel] += share / rate[channel]
    trigger = state.trigger
    before = float(trigger.after.sum()) / (1 + sum(trigger.noise.values()))
    seeds = {seed.name: 1 / (1 + cause.size) for seed in SEEDS}
    noise = np.array([trigger.noise.get(seed.name, 0.0) for seed in SEEDS])
    usual_rates = trigger.after - before * noise
    own = float(usual_rates[[seed.name for seed in SEEDS].index(HOT_SEED)])
    if own > 0:
        seeds[HOT_SEED] *= 1 + cause.size * before / own
    usual = type(trigger)(trigger.run_type).dead_time
    alive = (1 - _dead_time(cause, usual)) / (1 - usual)
    return Effect(
        keep=keep,
        seeds=seeds,
        seed_shares=_shares(usual_rates),
        events=(1 + cause.size) * alive,
    )


def _shares(rates: Array) -> dict[str, float]:
    """Share of all accepts that each seed has."""
    total = max(float(rates.sum()), 1e-12)
    return {
        seed.name: float(rate) / total for seed, rate in zip(SEEDS, rates, strict=True)
    }


def _fire_early(cause: Cause, state: DetectorState, strength: float) -> None:
    mine = places.muon_system(cause, state)
    early = strength * _share_early(cause)
    state.channels[cause.target].early[mine] = early


def _fire_early_effect(cause: Cause, state: DetectorState) -> Effect:
    where = places.built(cause, state)
    mine = places.muon_system(cause, state)
    early = np.where(mine, _share_early(cause), 0.0)
    muons = places.muons(where)
    share = float(where.rate[muons] @ early[muons] / where.rate[muons].sum())
    return Effect(
        early={cause.target: early}, early_seeds=dict.fromkeys(MUON_SEEDS, share)
    )


def _share_early(cause: Cause) -> float:
    return min(cause.size / 100, 1.0)


def _differ(cause: Cause, state: DetectorState, strength: float) -> None:
    places.only_on(cause, "L1TEMU")
    state.trigger.mismatch[_object(cause, state)] += strength * cause.size / 1000


def _differ_effect(cause: Cause, state: DetectorState) -> Effect:
    places.only_on(cause, "L1TEMU")
    return Effect(differs={_object(cause, state): cause.size / 1000})


def _object(cause: Cause, state: DetectorState) -> str:
    return DIFFERING[int(generator(cause, state.seed).integers(len(DIFFERING)))]


ON_CONDITIONS: dict[str, Act] = {
    "lumi-drop": Act(_dim, _dim_effect),
    "emittance-scan": Act(_dim, _dim_effect),
    "not-stable": Act(_withdraw, _withdraw_effect),
    "field-off": Act(_ramp_down, _ramp_down_effect),
    "prescale": Act(_prescale, _prescale_effect),
    "hot-trigger": Act(_drive, _drive_effect),
    "prefiring": Act(_fire_early, _fire_early_effect),
    "emulator-mismatch": Act(_differ, _differ_effect),
}
