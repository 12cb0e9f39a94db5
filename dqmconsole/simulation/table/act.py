"""How a cause acts: on the state, and as an effect on given histograms."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.cause import Cause, Effect


class Act(msgspec.Struct, frozen=True):
    """How one cause acts.

    Attributes:
        apply: changes the state of the lumisection, at a strength of 0 to 1.
        effect: the same at full strength, for given histograms; None for what
            acts on the stream, the run or the session alone.
    """

    apply: Callable[[Cause, DetectorState, float], None]
    effect: Callable[[Cause, DetectorState], Effect] | None = None
