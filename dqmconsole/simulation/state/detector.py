"""The whole state: everything from which the histograms of a lumisection follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS, Beam
from dqmconsole.simulation.state.channels import Channels, Geometry
from dqmconsole.simulation.state.client import ClientState
from dqmconsole.simulation.state.parts import (
    FED_COUNT,
    FED_OWNERS,
    FEDS,
    PARTITION_ON_SHARE,
    PARTITIONS,
    FedStatus,
    Voltage,
)
from dqmconsole.simulation.state.trigger import Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.simulation.state.beam import RunType


class DetectorState:
    """The detector in the lumisection at hand.

    A lumisection goes: :meth:`begin` (nature takes its course, everything a cause
    may have changed is nominal again), the causes act, :meth:`settle` (rates and
    the number of events follow).

    Attributes:
        run_type: collisions, cosmics or heavy-ions.
        run: number of the run.
        lumisection: in the run, from 1; 0 before the first.
        elapsed: lumisections since the detector was made, over all runs.
        beam: fill, mode, luminosity, luminous region.
        magnet: field, tesla.
        trigger: rates and prescales.
        channels: subsystem -> its channels.
        clients: subsystem -> its client.
        feds: :class:`FedStatus` by front-end driver, shape (FED_COUNT,).
        out: subsystems that are out of this run.
        events: events of the DQM stream in this lumisection.
        run_ends: a cause asks for a new run after this lumisection.
        gap: seconds of detector time between that run and the next.
        leaving: subsystems that will be out of the next run.
    """

    def __init__(
        self,
        run_type: RunType,
        geometries: Mapping[str, Geometry | None],
        seed: int,
        run: int = 398214,
    ) -> None:
        self.run_type = run_type
        self.seed = seed
        self.run = run
        self.lumisection = 0
        self.elapsed = 0
        self.rng = np.random.default_rng([seed, 1])
        self.beam = Beam(run_type, 10_200 + seed % 100)
        self.magnet = 3.8
        self.trigger = Trigger(run_type)
        self.channels = {
            name: Channels(built)
            for name, built in geometries.items()
            if built is not None
        }
        names = sorted(geometries)
        self.clients = {
            name: ClientState(
                name, 12_000 + 37 * number + seed % 7, number / len(names)
            )
            for number, name in enumerate(names)
        }
        self.out: frozenset[str] = frozenset()
        self.leaving: frozenset[str] = frozenset()
        self.feds = np.zeros(FED_COUNT, np.int64)
        self.events = 0
        self.run_ends = False
        self.gap = 30.0

    def begin(self) -> None:
        """Start the next lumisection: nature goes on, what causes did is undone."""
        self.lumisection += 1
        self.elapsed += 1
        self.beam.step(self.rng)
        self.magnet = 3.8 + float(self.rng.normal(0.0, 2e-4))
        self.trigger.reset()
        self.run_ends = False
        self.gap = 30.0
        for channels in self.channels.values():
            channels.reset()
        for client in self.clients.values():
            client.reset()
        self.feds[:] = int(FedStatus.OUT)
        for identifiers in FEDS.values():
            self.feds[identifiers.start : identifiers.stop] = int(FedStatus.IN)
        for name in self.out:
            self.take_out(name)

    def take_out(self, subsystem: str) -> None:
        """Take a subsystem out of the run, with its front-end drivers."""
        self.out |= {subsystem}
        for name in FED_OWNERS.get(subsystem, (subsystem,)):
            mine = FEDS.get(name, range(0))
            self.feds[mine.start : mine.stop] = int(FedStatus.OUT)

    def settle(self) -> None:
        """Let trigger rates and the number of events follow, once causes acted."""
        self.trigger.settle(self.activity)
        seen = self.trigger.stream_rate * LUMISECTION_SECONDS
        self.events = int(self.rng.poisson(seen))
        delivered = self.beam.luminosity * LUMISECTION_SECONDS
        self.beam.integrated += delivered
        if not self.trigger.paused:
            self.beam.recorded += delivered * (1 - self.trigger.dead_time)

    @property
    def activity(self) -> float:
        """Hits per event relative to nominal (luminosity driven)."""
        return self.beam.activity

    def next_run(self) -> None:
        """Begin another run; the subsystems that asked to leave are out of it."""
        self.out |= self.leaving
        self.leaving = frozenset()
        self.run += 1
        self.lumisection = 0
        self.beam.integrated = self.beam.recorded = 0.0

    @property
    def field_on(self) -> bool:
        """Whether the solenoid bends tracks."""
        return self.magnet > 1.0

    def partitions(self) -> dict[str, int]:
        """DCS partition -> 1 on, 0 off or out of the run."""
        bits: dict[str, int] = {}
        for subsystem, names in PARTITIONS.items():
            channels = self.channels.get(subsystem)
            for name in names:
                bits[name] = 0 if subsystem in self.out else 1
                if bits[name] and channels is not None:
                    of = np.array([each == name for each in channels.built.partitions])
                    if of.any():
                        on = channels.voltage[of] == int(Voltage.ON)
                        bits[name] = int(on.mean() >= PARTITION_ON_SHARE)
        return bits

    def powered(self, subsystem: str) -> bool:
        """Whether the DCS bits of all partitions of a subsystem are on."""
        bits = self.partitions()
        return all(bits[each] for each in PARTITIONS[subsystem])

    def response(self, *subsystems: str) -> float:
        """Mean response of some subsystems relative to the usual; 1 as a rule."""
        found = [
            self.channels[name].response(np.ones(self.channels[name].built.size))
            for name in subsystems
            if name in self.channels
        ]
        return float(np.mean(found)) if found else 1.0

    def tracking(self) -> float:
        """Share of the pixel barrel that is on: without it there are no tracks."""
        if "PixelPhase1" in self.out:
            return 0.0
        channels = self.channels.get("PixelPhase1")
        if channels is None or not channels.sectors:
            return 1.0
        return float((channels.voltage == int(Voltage.ON)).mean())
