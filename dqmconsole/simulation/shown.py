"""On which elements a cause shows: its run is played with it and without it.

Both are played without chance, each draw its mean, so that all that differs is the
cause's. It shows where more differs than chance alone makes differ, by a share that
can be seen, once the reference is scaled as the plot has it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.simulation.expected import expected_detector
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.table.causes import act

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.model.layout import Normalization
    from dqmconsole.simulation.elements import Accumulates
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.table.cause import Cause

NEAR = 2  # bins: what lies no further from a place belongs to it
CHANGED = 0.1  # of a bin's content: what an eye can see
LEAST_CHANGED = 0.02  # of it: what one who compares bin by bin can tell
STEPPED = 0.015  # of a trend, whose points stand in one line
BEYOND_CHANCE = 5.0  # standard deviations


class Written(NamedTuple):
    """An element as it stands.

    Attributes:
        subsystem: of its client.
        histogram: its content.
        accumulates: over what.
        events: that its client has processed.
        activity: hits in an event, relative to nominal, so far on average.
    """

    subsystem: str
    histogram: Histogram
    accumulates: Accumulates
    events: float
    activity: float


class Trace(NamedTuple):
    """A cause on an element.

    Attributes:
        path: of the element.
        sigmas: standard deviations by which the bin that differs most does; infinite
            where there is no chance, or where all that is written is wrong.
        region: the place about that bin, in units of the axes: x from, x to and, of a
            map, y from, y to; empty where it has none.
    """

    path: str
    sigmas: float
    region: tuple[float, ...] = ()


class PlayedRun:
    """A run that is played without chance, with all its causes and without each.

    Args:
        run_type: collisions, cosmics or heavy-ions.
        seed: where causes strike follows from it.
        causes: all that happens in it, aimed.
        moments: lumisections after which it is looked at; a run that reaches its length
            before is looked at as it ended. Where a cause ends it, the next goes on.
        scaled: paths of the elements that are looked at -> how their references are
            scaled, each of which counts.
        only: names of the subsystems that are played; all when None.
        length: lumisections after which a run ends; 0: never.
        changed: share of a bin's content from which on it differs.
    """

    def __init__(
        self,
        run_type: RunType,
        seed: int,
        causes: Sequence[Cause],
        moments: Collection[int],
        scaled: Mapping[str, Collection[Normalization]],
        only: Collection[str] | None = None,
        length: int = 0,
        changed: float = CHANGED,
    ) -> None:
        self._changed = changed
        self._run_type: RunType = run_type
        self._seed, self._causes, self._length = seed, tuple(causes), length
        self._moments, self._scaled = frozenset(moments), scaled
        self._names = [
            each.name for each in all_subsystems() if only is None or each.name in only
        ]
        self._whole: list[dict[str, Written]] | None = None
        self._run_ends: set[int] = set()

    def showing(self, cause: Cause) -> frozenset[str]:
        """Paths of the elements on which one of its causes shows, in some moment.

        Where a client writes what is not so (its content stands still, it begins
        again), all that it writes shows it. What acts on the console alone shows on
        all; how runs begin and end, and what tests say, on none.
        """
        return frozenset(each.path for each in self.traces(cause))

    def traces(self, cause: Cause) -> tuple[Trace, ...]:
        """One of its causes on each element on which it shows, the clearest first.

        Elements as of :meth:`showing`; of several moments that in which it is clearest.
        """
        if cause.acts_on == "session":
            return tuple(Trace(path, math.inf) for path in self._scaled)
        if cause.acts_on in {"run", "tests"}:
            return ()
        if self._whole is None:
            self._whole = self._play(self._causes)
        if cause.acts_on == "stream":
            theirs = {
                path
                for seen in self._whole
                for path, each in seen.items()
                if each.subsystem == cause.target
            }
            return tuple(Trace(e, math.inf) for e in self._scaled if e in theirs)
        rest = self._play([each for each in self._causes if each != cause])
        found: dict[str, Trace] = {}
        for seen, usual in zip(self._whole, rest, strict=True):
            for path, each in seen.items():
                for how in self._scaled[path]:
                    trace = _trace(path, each, usual[path], how, self._changed)
                    before = found.get(path)
                    if trace and (before is None or trace.sigmas > before.sigmas):
                        found[path] = trace
        return tuple(sorted(found.values(), key=lambda each: -each.sigmas))

    def _play(self, causes: Sequence[Cause]) -> list[dict[str, Written]]:
        """The elements after each of the moments, in order.

        Without a cause runs end where they end with it: call it with all of them first.
        """
        clients, state = expected_detector(self._run_type, *self._names)
        state.seed = self._seed
        found = []
        events = hits = 0.0
        for lumisection in range(1, max(self._moments, default=0) + 1):
            state.begin()
            for cause in causes:
                act(cause, state)
            state.settle()
            events += state.events
            hits += state.events * state.activity
            for client in clients:
                client.step(0.0)
            ends = state.lumisection == self._length
            if state.run_ends:
                self._run_ends.add(lumisection)
            if lumisection in self._moments or ends:
                found.append(
                    {
                        path: Written(
                            client.subsystem.name,
                            each.frozen(),
                            each.element.accumulates,
                            float(client.processed),
                            hits / events if events else 0.0,
                        )
                        for client in clients
                        for path, each in client.book.elements.items()
                        if path in self._scaled
                    }
                )
            if ends:
                break
            if lumisection in self._run_ends:
                events = hits = 0.0
                state.next_run()
                for client in clients:
                    client.begin_run()
        return found


def _trace(
    path: str, seen: Written, usual: Written, how: Normalization, changed: float
) -> Trace | None:
    """What differs on an element, scaled so, by a share; None where nothing shows."""
    one, other = seen.histogram, usual.histogram
    if one.axes != other.axes:  # a trend that grew
        return Trace(path, math.inf)
    values, known = one.values(), other.values()
    errors = one.variances() + other.variances()
    factor = _factor(seen, usual, how)
    differs = np.abs(values - factor * known)
    larger = np.maximum(np.abs(values), np.abs(factor * known))
    share = np.divide(differs, larger, out=np.zeros_like(larger), where=larger > 0)
    trend = seen.accumulates == "trend"
    by_eye = share > (STEPPED if trend else changed)
    if not by_eye.any():
        return None
    if not trend and not _beyond_chance(differs[by_eye], errors[by_eye], values.size):
        return None
    sure = np.where(differs > 0, math.inf, 0.0)
    pulls = np.divide(differs, np.sqrt(errors), out=sure, where=errors > 0)
    pulls = np.where(by_eye, pulls, 0.0)
    return Trace(path, float(pulls.max()), _region(one, pulls))


def _region(histogram: Histogram, pulls: Array) -> tuple[float, ...]:
    """The place about the largest pull; nothing where it is half of all, or more."""
    if pulls.ndim > 2:
        return ()
    most = float(pulls.max())
    mine = pulls >= most / 2
    low = [int(at) for at in np.unravel_index(int(pulls.argmax()), pulls.shape)]
    high = [each + 1 for each in low]
    grew = True
    while grew:
        before = (*low, *high)
        for axis in range(pulls.ndim):
            beside = [slice(*ends) for ends in zip(low, high, strict=True)]
            beside[axis] = slice(max(low[axis] - NEAR, 0), high[axis] + NEAR)
            others = tuple(each for each in range(pulls.ndim) if each != axis)
            there = np.flatnonzero(mine[tuple(beside)].any(axis=others))
            first = int(beside[axis].start)
            low[axis], high[axis] = first + int(there[0]), first + int(there[-1]) + 1
        grew = (*low, *high) != before
    inside = math.prod(end - begin for begin, end in zip(low, high, strict=True))
    if inside > max(1, pulls.size // 2):
        return ()
    found: list[float] = []
    for at, drawn in enumerate(histogram.axes):
        found += [float(drawn.edges[low[at]]), float(drawn.edges[high[at]])]
    return tuple(found)


def _beyond_chance(differs: Array, errors: Array, bins: int) -> bool:
    """Tell whether a difference is more than chance among so many bins."""
    if not differs.size:
        return False
    sure = differs[errors <= 0]
    if sure.any():
        return True
    chance = errors > 0
    squares = float((differs[chance] ** 2 / errors[chance]).sum())
    return squares > BEYOND_CHANCE**2 + BEYOND_CHANCE * math.sqrt(2.0 * bins)


def _factor(seen: Written, usual: Written, how: Normalization) -> float:
    """What brings the usual content to the exposure of what is seen."""
    one, other = seen.histogram, usual.histogram
    if seen.accumulates != "run" or one.is_profile or one.efficiency or how == "none":
        return 1.0
    if how == "area":
        whole = float(other.values().sum())
        return float(one.values().sum()) / whole if whole else 1.0
    factor = seen.events / usual.events if usual.events else 1.0
    if how == "pileup" and usual.activity:
        factor *= seen.activity / usual.activity
    return factor
