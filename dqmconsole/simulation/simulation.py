"""The simulated detector as a whole: state, causes and clients, stepped together.

This is a simulation. Nothing in it comes from a real detector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.simulation.client import SubsystemClient
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.causes import act, aimed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.table.cause import Cause

FIRST_RUN = 398214


class Simulation:
    """State, causes and clients.

    Attributes:
        state: the detector.
        causes: aimed at their subsystems.
        clients: by subsystem, in the order in which they write.
    """

    def __init__(
        self,
        run_type: RunType,
        seed: int,
        causes: Iterable[Cause] = (),
        first_run: int = FIRST_RUN,
        only: Iterable[str] | None = None,
        *,
        tested: bool = True,
    ) -> None:
        """Build the detector.

        Args:
            run_type: collisions, cosmics or heavy-ions.
            seed: everything random follows from it.
            causes: what is to happen; without target they go to their default.
            first_run: number of the first run.
            only: names of the subsystems to have; all when None.
            tested: the clients make their quality tests.

        Raises:
            CauseError: a cause aims at a subsystem that is not there.
        """
        chosen = [
            each for each in all_subsystems() if only is None or each.name in set(only)
        ]
        names = [each.name for each in chosen]
        self.causes = tuple(aimed(cause, names) for cause in causes)
        geometries = {
            each.name: None if each.geometry is None else each.geometry(run_type)
            for each in chosen
        }
        self.state = DetectorState(run_type, geometries, seed, first_run)
        self.clients = {
            each.name: SubsystemClient(each, self.state, tested=tested)
            for each in chosen
        }

    def step(self, now: float = 0.0) -> None:
        """Go on by one lumisection, ending at unix time `now`, s."""
        self.state.begin()
        for cause in self.causes:
            act(cause, self.state)
        self.state.settle()
        for client in self.clients.values():
            client.step(now)

    def next_run(self) -> None:
        """End the run and begin the next."""
        self.state.next_run()
        for client in self.clients.values():
            client.begin_run()
