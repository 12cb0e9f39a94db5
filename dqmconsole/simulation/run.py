"""The simulation as a process: lumisection after lumisection, run after run."""

from __future__ import annotations

import logging
import os
import select
import signal
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.simulation.ahead import WRITING_SHARE, Pace, take_ahead
from dqmconsole.simulation.simulation import FIRST_RUN, Simulation
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS, RunType
from dqmconsole.simulation.table.cause import Cause
from dqmconsole.simulation.writer import FolderWriter

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


LOOK_BACK = 5
"""Lumisections between the two snapshots of a whole run: what most tests look at."""


class Options(msgspec.Struct, frozen=True):
    """What the process is asked to do.

    Attributes:
        folder: where the files go.
        run_type: collisions, cosmics or heavy-ions.
        speed: detector seconds per second.
        seed: everything random follows from it.
        causes: what is to happen.
        keep: older snapshots stay.
        first_run: number of the first run.
        lumisections_per_run: a run ends after so many; 0: never by itself.
        snapshot_every: lumisections between two snapshots.
        runs: stop after so many runs; 0: never.
        ahead: lumisections that are over at the start.
        only: names of the subsystems; all when empty.
    """

    folder: Path
    run_type: RunType = "collisions"
    speed: float = 1.0
    seed: int = 1
    causes: tuple[Cause, ...] = ()
    keep: bool = False
    first_run: int = FIRST_RUN
    lumisections_per_run: int = 0
    snapshot_every: int = 1
    runs: int = 0
    ahead: int = 0
    only: tuple[str, ...] = ()

    def simulation(self) -> Simulation:
        """The simulated detector that is asked for.

        Raises:
            CauseError: a cause aims at a subsystem that is not there.
        """
        only = self.only or None
        return Simulation(self.run_type, self.seed, self.causes, self.first_run, only)

    @property
    def pace(self) -> Pace:
        """How time goes by."""
        period = LUMISECTION_SECONDS / self.speed
        return Pace(period, self.speed, self.lumisections_per_run)


class Stop(Exception):
    """Somebody asked the process to stop."""


def run(options: Options, wait: Callable[[float], None]) -> None:
    """Simulate until `wait` raises :class:`Stop` or the runs are done.

    Args:
        options: what to do.
        wait: waits until a time of the monotonic clock, s; raises Stop to end.
    """
    simulation = options.simulation()
    writer = FolderWriter(options.folder, keep=options.keep)
    period = options.pace.period
    done, begun = 0, None
    if options.ahead:
        begun = _ahead(simulation, writer, options, wait)
        done = simulation.state.run - options.first_run
        if simulation.state.run_ends:
            begun, done = None, done + 1
            if done == options.runs:
                return
            wait(time.monotonic() + simulation.state.gap / options.speed)
            simulation.next_run()
    while True:
        started = time.time() if begun is None else begun
        ends = time.monotonic()
        if begun is not None:
            # all clients have just written: that much of a lumisection is over
            ends -= WRITING_SHARE * period
        begun = None
        while True:
            # a machine too slow for the speed asked for must not pile up debts
            ends = max(ends + period, time.monotonic())
            wait(ends)
            simulation.step(time.time())
            number = simulation.state.lumisection
            over = simulation.state.run_ends or number == options.lumisections_per_run
            if over or number % options.snapshot_every == 0:
                _write_all(simulation, writer, started, ends, period, wait, final=over)
            if over:
                break
        done += 1
        if done == options.runs:
            return
        wait(time.monotonic() + simulation.state.gap / options.speed)
        simulation.next_run()


def _ahead(
    simulation: Simulation,
    writer: FolderWriter,
    options: Options,
    wait: Callable[[float], None],
) -> float:
    """Take lumisections ahead; gives the start of the run at hand, unix time, s.

    Args:
        simulation: before its first lumisection.
        writer: writes the files.
        options: `ahead` says how many, 1 or more.
        wait: waits until a time of the monotonic clock, s; raises Stop to end.
    """
    every = options.snapshot_every
    due = None
    if every > 1 and options.keep:
        due = frozenset(range(every, options.ahead + 1, every))
    return take_ahead(
        simulation, writer, options.pace, options.ahead, time.time(), due=due,
        every=every, check=lambda: wait(time.monotonic()),
    )  # fmt: skip


def write_whole(
    options: Options,
    lumisections: int,
    wait: Callable[[float], None] = lambda _: None,
) -> None:
    """Write what is there after so many lumisections, at once.

    Each client writes two snapshots, of which the second, of the last lumisection,
    stays (or both, if they are to be kept).

    Args:
        options: what to do; `ahead` does not count.
        lumisections: how many, 1 or more.
        wait: waits until a time of the monotonic clock, s; raises Stop to end.

    Raises:
        OSError: a file cannot be written.
    """
    first = max(1, lumisections - LOOK_BACK)
    take_ahead(
        options.simulation(), FolderWriter(options.folder, keep=options.keep),
        options.pace, lumisections, time.time(), due=frozenset({first, lumisections}),
        check=lambda: wait(time.monotonic()),
    )  # fmt: skip


def _write_all(
    simulation: Simulation,
    writer: FolderWriter,
    started: float,
    ends: float,
    period: float,
    wait: Callable[[float], None],
    *,
    final: bool,
) -> None:
    """Let every client write, each at its own moment.

    Args:
        simulation: whose clients they are.
        writer: writes their files.
        started: unix time of the run's start, s.
        ends: when the lumisection ended, s of the monotonic clock.
        period: seconds per lumisection.
        wait: waits until a time of the monotonic clock, s; raises Stop to end.
        final: they write their final files of the run.
    """
    clients = sorted(
        simulation.clients.values(),
        key=lambda each: simulation.state.clients[each.subsystem.name].phase,
    )
    for client in clients:
        mine = simulation.state.clients[client.subsystem.name]
        wait(ends + WRITING_SHARE * period * mine.phase)
        if not mine.writes and not final:
            continue
        write = writer.final if final else writer.snapshot
        try:
            write(simulation, client, started)
        except OSError as problem:
            _log.warning("%s: not written: %s", client.subsystem.name, problem)


class SimulationClock:
    """Waits for the monotonic clock, SIGTERM, SIGINT, and the end of standard input.

    Only a pipe or socket on standard input counts: whoever started the process
    holds its other end, and it closes when that process goes away.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        os.set_blocking(self._read, False)
        self._watched = [self._read]
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.set_wakeup_fd(self._write)
        try:
            mode = os.fstat(0).st_mode
        except OSError:
            return
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            self._watched.append(0)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stopped = True

    def until(self, moment: float) -> None:
        """Wait until `moment` of the monotonic clock.

        Raises:
            Stop: a signal came, or standard input ended.
        """
        while True:
            left = max(0.0, moment - time.monotonic())
            ready, _, _ = select.select(self._watched, [], [], left)
            if self._stopped or (0 in ready and not os.read(0, 4096)):
                raise Stop
            if self._read in ready:
                os.read(self._read, 4096)
            if not ready and time.monotonic() >= moment:
                return
