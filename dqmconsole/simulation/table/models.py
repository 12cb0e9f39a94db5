"""How each fault and harmless event acts on the state, by its name in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.state.parts import REMNANT, FedStatus, Voltage
from dqmconsole.simulation.state.trigger import SEEDS
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.cause import Cause, generator

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

FaultModel = Callable[[Cause, DetectorState, float], None]
"""Changes the state of the lumisection at hand.

It gets the cause with its target, the state, and the strength, 0 to 1.
"""

RESPONSES = ("Ecal", "Hcal", "CSC", "PixelPhase1", "SiStrip")
"""Subsystems that show the response of their channels."""

NOISY_BOARDS = 4
"""Boards that pick up noise together."""

MICROMETRE = 1e-4
"""In cm."""

SEEN = 0.005
"""Share of all accepts from which on a seed is looked at."""

FLAT_TOP, BEAM_DUMP = 8, 13
"""Modes of the beam in which nothing collides."""

ADJUST = 10
"""The beam mode in which the LHC collides without declaring stable beams."""

HOT_SEED = "L1_SingleEG36er2p5"
"""The seed that one hot tower fires; its prescale is 1 in every column."""

DIFFERING = ("jets", "egammas", "taus", "sums")
"""Kinds of object that may differ: the calorimeter's, which one page shows."""


def _trip_sectors(cause: Cause, state: DetectorState, _strength: float) -> None:
    struck = targets.sectors(cause, state)
    state.channels[cause.target].voltage[struck] = int(Voltage.OFF)


def _put_in_standby(cause: Cause, state: DetectorState, _strength: float) -> None:
    targets.sectors(cause, state)
    state.channels[cause.target].voltage[:] = int(Voltage.STANDBY)


def _lose_fed(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.feds[targets.drivers(cause, state)] = int(FedStatus.LOST)


def _kill_board(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.channels[cause.target].board_dead[targets.boards(cause, state)] = True


def _lose_ring(cause: Cause, state: DetectorState, _strength: float) -> None:
    boards = targets.block(cause, state, round(cause.size))
    state.channels[cause.target].board_dead[boards] = True


def _make_hot(cause: Cause, state: DetectorState, _strength: float) -> None:
    _add_noise(cause, state, targets.channel(cause, state))


def _make_noisy(cause: Cause, state: DetectorState, _strength: float) -> None:
    noisy = np.isin(
        targets.built(cause, state).board, targets.block(cause, state, NOISY_BOARDS)
    )
    _add_noise(cause, state, noisy)


def _add_noise(cause: Cause, state: DetectorState, struck: Array | int) -> None:
    """So much noise that these channels have the cause's size times their hits."""
    channels = state.channels[cause.target]
    channels.noise[struck] += channels.built.rate[struck] * max(cause.size - 1, 0.0)


def _shift_times(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.built(cause, state)
    state.channels[cause.target].t0 += strength * cause.size


def _lower_response(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.only_on(cause, *RESPONSES)
    targets.built(cause, state)
    state.channels[cause.target].gain *= 1 - strength * (1 - _response_left(cause))


def _response_left(cause: Cause) -> float:
    return max(1 - cause.size / 100, 0.02)


def _swap_cables(cause: Cause, state: DetectorState, _strength: float) -> None:
    # people reach cables at an access alone: no run goes on meanwhile
    if 1 < cause.onset == state.elapsed:
        state.run_ends = True
    if not _began_after(cause, state):
        return
    first, second = targets.exchanged(cause, state)
    state.channels[cause.target].exchange(first, second)


def _began_after(cause: Cause, state: DetectorState) -> bool:
    """Whether the run at hand began after the cause's onset, or is the first of all."""
    began = state.elapsed - state.lumisection + 1
    return cause.onset == 1 or began > cause.onset


def _lower_luminosity(cause: Cause, state: DetectorState, strength: float) -> None:
    left = 1 + strength * (1 / cause.size - 1)
    beam = state.beam
    beam.luminosity *= left
    beam.pileup *= left
    if beam.run_type == "collisions":  # an event of ions is one interaction
        beam.activity *= left


def _declare_adjust(_cause: Cause, state: DetectorState, _strength: float) -> None:
    if state.beam.stable:
        state.beam.mode = ADJUST


def _ramp_magnet_down(_cause: Cause, state: DetectorState, _strength: float) -> None:
    state.magnet *= REMNANT


def _change_prescale(cause: Cause, state: DetectorState, _strength: float) -> None:
    columns = len(SEEDS[0].prescales)
    state.trigger.column = min(state.trigger.column + round(cause.size), columns - 1)


def _fire_seed(cause: Cause, state: DetectorState, _strength: float) -> None:
    share = cause.size / (1 + cause.size)
    for name, channel in targets.hot_tower(cause, state).items():
        channels = state.channels[name]
        # it is hit in every event that it triggers
        channels.boost[channel] += share / channels.built.rate[channel]
    state.trigger.noise[HOT_SEED] = cause.size


def _fire_early(cause: Cause, state: DetectorState, strength: float) -> None:
    mine = targets.muon_system(cause, state)
    early = strength * _share_early(cause)
    state.channels[cause.target].early[mine] = early


def _share_early(cause: Cause) -> float:
    return min(cause.size / 100, 1.0)


def _differ(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.only_on(cause, "L1TEMU")
    state.trigger.mismatch[_differing_object(cause, state)] += (
        strength * cause.size / 1000
    )


def _differing_object(cause: Cause, state: DetectorState) -> str:
    return DIFFERING[int(generator(cause, state.seed).integers(len(DIFFERING)))]


def _freeze_client(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.clients[cause.target].frozen = True


def _restart_client(cause: Cause, state: DetectorState, _strength: float) -> None:
    client = state.clients[cause.target]
    client.restart = True
    client.pid += 1113


def _write_late(cause: Cause, state: DetectorState, _strength: float) -> None:
    every = max(1, round(cause.size))
    since = state.elapsed - cause.onset + 1
    state.clients[cause.target].writes = since % every == 0


def _stop_run(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.run_ends = True
    state.gap = cause.size


def _take_out(cause: Cause, state: DetectorState, _strength: float) -> None:
    if state.elapsed == 1:
        state.take_out(cause.target)
    else:
        # a subsystem leaves only between two runs
        state.leaving = frozenset({cause.target})
        state.run_ends = True


def _pause_trigger(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.trigger.paused = state.elapsed - cause.onset < round(cause.size)


def _end_run_early(cause: Cause, state: DetectorState, _strength: float) -> None:
    # the run at hand ends at the onset, unless it has only begun, and the next early
    first = cause.onset if cause.onset > 1 else 0
    ends = {first, first + max(1, round(cause.size))}
    state.run_ends = state.run_ends or state.elapsed in ends


def _lose_links(cause: Cause, state: DetectorState, strength: float) -> None:
    mine = targets.driver(cause, state)
    state.channels[cause.target].delivered[mine] *= _left(cause, strength)


def _left(cause: Cause, strength: float) -> float:
    """What is left of all when so many per cent are lost, 0 to 1."""
    return max(1 - strength * cause.size / 100, 0.0)


def _lose_efficiency(cause: Cause, state: DetectorState, strength: float) -> None:
    mine = targets.layer(cause, state)
    state.channels[cause.target].boost[mine] *= _left(cause, strength)


def _kill_channels(cause: Cause, state: DetectorState, strength: float) -> None:
    dead = targets.scattered(cause, state, strength * cause.size / 100)
    state.channels[cause.target].boost[dead] = 0.0


def _delay_board(cause: Cause, state: DetectorState, strength: float) -> None:
    mine = targets.board(cause, state)
    state.channels[cause.target].t0[mine] += strength * cause.size


def _move_beam(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.only_on(cause, "BeamMonitor")
    angle = generator(cause, state.seed).uniform(0.0, 2 * np.pi)
    moved = strength * cause.size * MICROMETRE
    state.beam.position[:2] += moved * np.array([np.cos(angle), np.sin(angle)])


def _raise_background(cause: Cause, state: DetectorState, strength: float) -> None:
    targets.only_on(cause, "BRIL")
    state.beam.background *= 1 + strength * cause.size / 100


def _fill_twice(cause: Cause, state: DetectorState, strength: float) -> None:
    state.clients[cause.target].repeated = strength * cause.size / 100


def _lose_events(cause: Cause, state: DetectorState, strength: float) -> None:
    state.clients[cause.target].efficiency *= _left(cause, strength)


def _change_one_prescale(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.trigger.wrong[targets.seed(cause, state, SEEN)] = cause.size


def _lose_path(cause: Cause, state: DetectorState, strength: float) -> None:
    state.trigger.wrong[targets.seed(cause, state, SEEN)] = _left(cause, strength)


def _dump_beams(_cause: Cause, state: DetectorState, _strength: float) -> None:
    _without_collisions(state, BEAM_DUMP)


def _begin_fill(_cause: Cause, state: DetectorState, _strength: float) -> None:
    _without_collisions(state, FLAT_TOP)


def _without_collisions(state: DetectorState, mode: int) -> None:
    beam = state.beam
    if beam.run_type != "cosmics":
        beam.mode = mode
        beam.luminosity = beam.pileup = beam.activity = 0.0


def _resynchronise(cause: Cause, state: DetectorState, _strength: float) -> None:
    trigger = state.trigger
    trigger.inhibited = min(trigger.inhibited + cause.size / 100, 0.9)


def _begin_late(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.clients[cause.target].writes = False


def _do_nothing(_cause: Cause, _state: DetectorState, _strength: float) -> None:
    """The detector has no part in it: the console acts."""


def _stop_tests(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.clients[cause.target].tests = False


FAULT_MODELS: dict[str, FaultModel] = {
    "hv-trip": _trip_sectors,
    "hv-on": _put_in_standby,
    "fed-lost": _lose_fed,
    "board-dead": _kill_board,
    "ring-lost": _lose_ring,
    "hot-channel": _make_hot,
    "noise-burst": _make_noisy,
    "t0-drift": _shift_times,
    "gain-drift": _lower_response,
    "cable-swap": _swap_cables,
    "lumi-drop": _lower_luminosity,
    "emittance-scan": _lower_luminosity,
    "not-stable": _declare_adjust,
    "field-off": _ramp_magnet_down,
    "prescale": _change_prescale,
    "hot-trigger": _fire_seed,
    "prefiring": _fire_early,
    "emulator-mismatch": _differ,
    "client-frozen": _freeze_client,
    "client-restart": _restart_client,
    "late-snapshots": _write_late,
    "stop-start": _stop_run,
    "subsystem-out": _take_out,
    "daq-pause": _pause_trigger,
    "short-run": _end_run_early,
    "wrong-reference": _do_nothing,
    "link-loss": _lose_links,
    "layer-inefficient": _lose_efficiency,
    "channels-dying": _kill_channels,
    "board-late": _delay_board,
    "beam-jump": _move_beam,
    "background-rise": _raise_background,
    "events-twice": _fill_twice,
    "events-missed": _lose_events,
    "prescale-wrong": _change_one_prescale,
    "path-dead": _lose_path,
    "beam-dump": _dump_beams,
    "fill-begin": _begin_fill,
    "vdm-scan": _lower_luminosity,
    "levelling": _lower_luminosity,
    "resync": _resynchronise,
    "client-late": _begin_late,
    "tests-stopped": _stop_tests,
}
