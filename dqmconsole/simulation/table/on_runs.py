"""Causes of the stream of files, of the run, and of the console's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.parts import FED_OWNERS, FEDS
from dqmconsole.simulation.table import places
from dqmconsole.simulation.table.act import Act
from dqmconsole.simulation.table.cause import Cause, Effect

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState


def _freeze(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.clients[cause.target].frozen = True


def _restart(cause: Cause, state: DetectorState, _strength: float) -> None:
    client = state.clients[cause.target]
    client.restart = True
    client.pid += 1113


def _be_late(cause: Cause, state: DetectorState, _strength: float) -> None:
    every = max(1, round(cause.size))
    since = state.elapsed - cause.onset + 1
    state.clients[cause.target].writes = since % every == 0


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
    return Effect(
        keep=silent,
        feds_out=frozenset(gone),
        out=frozenset({cause.target}),
        partitions_off=places.dcs_rows(cause.target),
    )


def _pause(cause: Cause, state: DetectorState, _strength: float) -> None:
    state.trigger.paused = state.elapsed - cause.onset < round(cause.size)


def _cut_short(cause: Cause, state: DetectorState, _strength: float) -> None:
    # the run at hand ends at the onset, unless it has only begun, and the next early
    first = cause.onset if cause.onset > 1 else 0
    ends = {first, first + max(1, round(cause.size))}
    state.run_ends = state.run_ends or state.elapsed in ends


def _do_nothing(_cause: Cause, _state: DetectorState, _strength: float) -> None:
    """The detector has no part in it: the session acts."""


ON_RUNS: dict[str, Act] = {
    "client-frozen": Act(_freeze),
    "client-restart": Act(_restart),
    "late-snapshots": Act(_be_late),
    "stop-start": Act(_stop),
    "subsystem-out": Act(_leave, _leave_effect),
    "daq-pause": Act(_pause),
    "short-run": Act(_cut_short),
    "wrong-reference": Act(_do_nothing),
}
