"""What the histograms of a subsystem gain in a lumisection on average, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmconsole.simulation.client import SubsystemClient
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.causes import MODELS

if TYPE_CHECKING:
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
    run_type: RunType, subsystem: str
) -> tuple[SubsystemClient, DetectorState]:
    """A subsystem and the detector that it is part of, which draw means."""
    (mine,) = (each for each in all_subsystems() if each.name == subsystem)
    built = None if mine.geometry is None else mine.geometry(run_type)
    state = DetectorState(run_type, {subsystem: built}, seed=1)
    state.rng = Means()
    return SubsystemClient(mine, state, state.rng), state


class ExpectedIncrements:
    """What a subsystem's elements gain in one lumisection, on average.

    Args:
        run_type: collisions, cosmics or heavy-ions.
        subsystem: its name.
        age: lumisections since the fill began.

    Attributes:
        elements: its elements, by path.
        follows_pileup: hits per event are proportional to the pile-up.
    """

    def __init__(self, run_type: RunType, subsystem: str, age: int = 1) -> None:
        self._client, self._state = expected_detector(run_type, subsystem)
        self._age = age
        self.elements = self._client.book.elements
        self.follows_pileup = self._client.subsystem.follows_pileup

    def exposure(self, state: DetectorState) -> float:
        """What the gain of a subsystem is proportional to, in a lumisection."""
        return state.events * (state.activity if self.follows_pileup else 1.0)

    def gained(
        self, cause: Cause | None = None, seed: int = 0, strength: float = 1.0
    ) -> dict[str, Array]:
        """What each element gains for one unit of exposure.

        Args:
            cause: what acts, aimed at the subsystem, or None.
            seed: where it strikes follows from it.
            strength: of the cause, 0 to 1.

        Returns:
            path -> contents, flow bins included: of profiles sums, of what is no
            count how it would stand.

        Raises:
            CauseError: it cannot act there.
        """
        state, client = self._state, self._client
        state.next_run()
        client.begin_run()
        state.seed, state.elapsed, state.beam.age = seed, 0, self._age - 1
        state.begin()
        if cause is not None:
            MODELS[cause.name](cause, state, strength)
        state.settle()
        state.events *= SCALE
        exposure = self.exposure(state)
        client.step(0.0)
        return {
            path: each.contents / exposure if exposure else each.contents * 0.0
            for path, each in self.elements.items()
        }
