"""What the histograms of a subsystem gain in a lumisection on average, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dqmconsole.simulation.client import SubsystemClient
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.causes import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.table.cause import Cause

SCALE = 1000  # times the events, so that whole numbers of them do not matter


class Means(np.random.Generator):
    """A generator whose draws are the means of what is drawn from."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    # numpy declares one signature for each type of argument; the rows use these

    def poisson(self, lam: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The mean itself."""
        return np.asarray(lam, np.float64) + 0.0

    def binomial(self, n: Any, p: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The mean number of successes."""
        return np.asarray(n, np.float64) * p

    def multinomial(self, n: Any, pvals: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The mean number in each bin, along the last axis."""
        return np.asarray(n, np.float64)[..., None] * np.asarray(pvals)

    def normal(
        self,
        loc: Any = 0.0,  # noqa: ANN401
        scale: Any = 1.0,  # noqa: ANN401
        size: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """The mean: an array, or a number where a generator gives one."""
        shape = np.broadcast_shapes(np.shape(loc), np.shape(scale))
        return np.broadcast_to(loc, shape if size is None else size) + 0.0

    def chisquare(self, df: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The number of degrees of freedom."""
        return np.asarray(df, np.float64) + 0.0

    def random(self) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The middle."""
        return 0.5


def expected_detector(
    run_type: RunType, *subsystems: str
) -> tuple[list[SubsystemClient], DetectorState]:
    """Some subsystems and the detector that they are part of, which draw means."""
    known = {each.name: each for each in all_subsystems()}
    these = [known[name] for name in subsystems]
    built = {
        each.name: None if each.geometry is None else each.geometry(run_type)
        for each in these
    }
    state = DetectorState(run_type, built, seed=1)
    state.rng = Means()
    return [SubsystemClient(each, state, state.rng) for each in these], state


class ExpectedIncrements:
    """What the elements of subsystems gain in one lumisection, on average.

    Args:
        run_type: collisions, cosmics or heavy-ions.
        subsystems: their names.
        age: lumisections since the fill began.

    Attributes:
        elements: their elements, by path.
    """

    def __init__(
        self, run_type: RunType, subsystems: Iterable[str], age: int = 1
    ) -> None:
        self._clients, self._state = expected_detector(run_type, *subsystems)
        self._age = age
        self.elements = {
            path: each
            for client in self._clients
            for path, each in client.book.elements.items()
        }

    def gained(self, *causes: Cause, seed: int = 0) -> dict[str, Array]:
        """What each element gains for one unit of the exposure of its subsystem.

        Args:
            causes: what acts, aimed at the subsystems, in its whole strength.
            seed: where they strike follows from it.

        Returns:
            path -> contents, flow bins included: of profiles sums, of trends how they
            would stand.

        Raises:
            CauseError: one cannot act there.
        """
        state = self._state
        state.next_run()
        for client in self._clients:
            client.begin_run()
        state.seed, state.elapsed, state.beam.age = seed, 0, self._age - 1
        state.begin()
        for cause in causes:
            now = msgspec.structs.replace(cause, onset=1)
            MODELS[cause.name](now, state, 1.0)
        state.settle()
        state.events *= SCALE
        found = {}
        for client in self._clients:
            exposure = exposure_of(client, state)
            client.step(0.0)
            for path, each in client.book.elements.items():
                if each.element.accumulates == "trend":
                    found[path] = each.contents.copy()
                elif exposure:
                    found[path] = each.contents / exposure
                else:
                    found[path] = each.contents * 0.0
        return found


def exposure_of(client: SubsystemClient, state: DetectorState) -> float:
    """What the gain of a subsystem is proportional to, in a lumisection."""
    activity = client.subsystem.activity(state)
    counted = client.subsystem.counted(state, state.events)
    return counted * (activity if isinstance(activity, float) else 1.0)
