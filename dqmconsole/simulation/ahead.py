"""Lumisections that are over when the console opens: simulated at once.

Their files, and the times in them, are as though they had been taken live.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.simulation.table.causes import act

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.simulation.simulation import Simulation
    from dqmconsole.simulation.writer import FolderWriter

WRITING_SHARE = 0.6
"""Within this share of a lumisection all clients have written."""

JUDGED_OVER = 10
"""Lumisections of which the quality tests see a snapshot; those that look back further
look at the whole run."""


class _Ahead(NamedTuple):
    """What a lumisection will be: whether the run ends, and who writes."""

    run_ends: bool
    gap: float
    writing: frozenset[str]


class Pace(NamedTuple):
    """How time goes by.

    Attributes:
        period: seconds per lumisection.
        speed: detector seconds per second.
        run_length: lumisections after which a run ends; 0: never by itself.
    """

    period: float
    speed: float
    run_length: int = 0


def take_ahead(
    simulation: Simulation,
    writer: FolderWriter,
    pace: Pace,
    lumisections: int,
    now: float,
    *,
    due: frozenset[int] | None = None,
    every: int = 1,
    check: Callable[[], None] = lambda: None,
) -> float:
    """Simulate lumisections at once and write what would be there by now.

    Runs that ended leave their final files. Of the run that goes on each client
    leaves its latest two snapshots, by which its content is seen to move, or all of
    them if the writer keeps them.

    Args:
        simulation: before its first lumisection.
        writer: writes the files.
        pace: how time goes by.
        lumisections: how many, 1 or more.
        now: unix time by which all is written, s.
        due: numbers, from 1, of further lumisections whose snapshots are written;
            when None, all of them if the writer keeps them.
        every: lumisections between two snapshots.
        check: called before each lumisection; may raise to stop.

    Returns:
        unix time of the start of the run that goes on, s.

    Raises:
        OSError: a file cannot be written.
    """
    plan = _plan(simulation, pace, lumisections)
    last_run = max((n for n, each in enumerate(plan, 1) if each.run_ends), default=0)
    gaps = sum(each.gap for each in plan[:-1] if each.run_ends) / pace.speed
    length = lumisections * pace.period + gaps
    clock = begun = now - WRITING_SHARE * pace.period - length
    for number, each in enumerate(plan, start=1):
        check()
        clock += pace.period
        simulation.step(clock)
        wanted = writer.keep if due is None else number in due
        leave = due is None and number > last_run
        for name, client in simulation.clients.items():
            state = simulation.state.clients[name]
            moment = clock + WRITING_SHARE * pace.period * state.phase
            if each.run_ends:
                writer.final(simulation, client, begun, moment)
            elif name not in each.writing:
                continue
            elif wanted or number == _latest(plan, name):
                writer.snapshot(simulation, client, begun, moment, leave=leave)
            elif leave and number == _latest(plan[: _latest(plan, name) - every], name):
                writer.snapshot(simulation, client, begun, moment)
            elif number >= max(last_run, lumisections - JUDGED_OVER):
                # what the tests of the latest snapshot are to look back on
                client.contents(begun)
        if each.run_ends and number < lumisections:
            clock += each.gap / pace.speed
            begun = clock
            simulation.next_run()
    return begun


def _plan(simulation: Simulation, pace: Pace, lumisections: int) -> list[_Ahead]:
    """What the state will do, found on a copy of it.

    Args:
        simulation: stays as it is.
        pace: how time goes by.
        lumisections: how many, 1 or more.
    """
    state = copy.deepcopy(simulation.state)
    found: list[_Ahead] = []
    for _ in range(lumisections):
        if found and found[-1].run_ends:
            state.next_run()
        state.begin()
        for cause in simulation.causes:
            act(cause, state)
        writing = (name for name, each in state.clients.items() if each.writes)
        over = state.run_ends or state.lumisection == pace.run_length
        found.append(_Ahead(over, state.gap, frozenset(writing)))
    return found


def _latest(plan: list[_Ahead], name: str) -> int:
    """The last lumisection in which a client writes, of those of the last run."""
    for number in range(len(plan), 0, -1):
        if plan[number - 1].run_ends:
            break
        if name in plan[number - 1].writing:
            return number
    return 0
