"""Sizes of faults that the best possible test finds half the time, or nearly always.

The test is the likelihood ratio of what one update adds (10 lumisections), with the
fault against without it, in the plots that show it best. It knows the fault and its
size, but not its place: it takes the largest ratio of all places, and gives one false
alarm in 8 hours. What it expects are the simulation's own expected contents, without
any difference between runs, so nothing that judges real runs can do as well.

    python -m dqmconsole.simulation.table.ideal        writes ideal.tsv
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.simulation.expected import expected_detector
from dqmconsole.simulation.l1_channels import BARREL_TOWERS
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS, RUN_TYPES
from dqmconsole.simulation.table import models, targets
from dqmconsole.simulation.table.cause import WHOLE, CauseError
from dqmconsole.simulation.table.causes import TABLE, act

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.client import SubsystemClient
    from dqmconsole.simulation.elements import MonitorElement
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.detector import DetectorState
    from dqmconsole.simulation.table.cause import Cause

UPDATE = 10
"""Lumisections of one update."""

FALSE_ALARM = UPDATE * LUMISECTION_SECONDS / (8 * 3600)
"""Chance of a false alarm in one update: one in 8 hours."""

SAMPLED = 3
"""Places whose ratios stand for those of all places."""

LEAST = 1e-3
"""Entries that are expected at least in a bin of an update, with a fault or without."""

HALF, NEARLY = 0.5, 0.95
FACTORS = ("times its rate", "times their rate")
"""Units of which 1 changes nothing."""

HEADER = ("run type", "fault", "subsystem", "places", "half", "nearly")
FILE = Path(__file__).with_name("ideal.tsv")


class Shown(NamedTuple):
    """What one element shows of an update.

    Attributes:
        counts: expected entries per bin; empty of what holds means.
        means: mean per bin; empty of what holds counts.
        errors: of the means, of an update; 0 where there is none.
        channels: bool per channel: those that fill it; None where that is not known.
    """

    counts: Array
    means: Array
    errors: Array
    channels: Array | None


_NONE = np.zeros(0)


def shown(
    cause: Cause | None, target: str, run_type: RunType = "collisions"
) -> dict[str, Shown]:
    """What the elements of a subsystem hold of an update, by path.

    Args:
        cause: with target, size and place, in its whole strength; None: nothing.
        target: the subsystem.
        run_type: of the run.
    """
    client, state = _detector(target, run_type)
    client.begin_run()
    state.lumisection = state.elapsed = 0
    state.beam.age = 0
    state.beam.integrated = state.beam.recorded = 0.0
    state.begin()
    if cause is not None:
        onset = 2 if cause.before else 1
        act(msgspec.structs.replace(cause, onset=onset, rise=1), state)
    state.settle()
    client.step(0.0)
    size = state.channels[target].built.size if target in state.channels else 0
    found = {}
    for path, element in client.book.elements.items():
        one = _shown(element, size)
        if one is not None:
            found[path] = one
    return found


@functools.cache
def _usual(target: str, run_type: RunType) -> dict[str, Shown]:
    return shown(None, target, run_type)


@functools.cache
def _detector(target: str, run_type: RunType) -> tuple[SubsystemClient, DetectorState]:
    (client,), state = expected_detector(run_type, target)
    return client, state


def _shown(element: MonitorElement, size: int) -> Shown | None:
    """What an element shows; None of what holds no counts, and no means with errors.

    Args:
        element: of a subsystem after one lumisection.
        size: channels of the subsystem.
    """
    booked = element.element
    if booked.accumulates not in ("run", "trend"):
        return None
    channels = None
    if booked.bins is not None:
        channels = np.zeros(size, bool)
        channels[booked.bins.channels] = True
    if element.bin_entries is not None and element.sumw2 is not None:
        number = element.bin_entries.ravel()
        there = number > 0
        means = np.divide(
            element.contents.ravel(), number, out=np.zeros(number.size), where=there
        )
        squares = np.divide(
            element.sumw2.ravel(), number, out=np.zeros(number.size), where=there
        )
        variance = np.maximum(squares - means**2, 0)
        errors = np.sqrt(variance / np.maximum(UPDATE * number, 1e-9)) * there
        return Shown(_NONE, means, errors, channels)
    if booked.accumulates == "run":
        if booked.root_class[3] != "F":
            return None
        return Shown(UPDATE * element.contents.ravel(), _NONE, _NONE, channels)
    if element.sumw2 is None:
        return None
    errors = np.sqrt(element.sumw2.ravel() / UPDATE)
    return Shown(_NONE, element.contents.ravel(), errors, channels)


class Ratio(NamedTuple):
    """The likelihood ratio of one place: what its distribution follows from.

    Attributes:
        usual: expected entries without the fault, in the bins that it changes.
        times: how much more they are with it.
        separation: squared distance of the means, in their errors, summed.
    """

    usual: Array
    times: Array
    separation: float

    @property
    def information(self) -> float:
        """Mean of the log of the ratio when the fault is there."""
        more = self.times * np.log(self.times) - self.times + 1
        return float(self.usual @ more) + 0.5 * self.separation


def ratio(usual: dict[str, Shown], now: dict[str, Shown]) -> Ratio:
    """The ratio in the element that shows a fault best, and in others apart from it.

    Elements that see the same channels are not independent: the best one is taken, and
    others of whose channels none is in those before.
    """
    ratios = {path: _ratio_of(usual[path], one) for path, one in now.items()}
    order = sorted(ratios, key=lambda path: -ratios[path].information)
    best = order[0]
    taken, seen = [ratios[best]], usual[best].channels
    for path in order[1:]:
        channels = usual[path].channels
        if seen is None or ratios[path].information < LEAST:
            break
        if channels is not None and not (channels & seen).any():
            taken.append(ratios[path])
            seen = seen | channels
    return Ratio(
        np.concatenate([each.usual for each in taken]),
        np.concatenate([each.times for each in taken]),
        sum(each.separation for each in taken),
    )


def _ratio_of(usual: Shown, now: Shown) -> Ratio:
    before, after = usual.counts, now.counts
    moved = np.flatnonzero(abs(after - before) > 1e-6 * before)
    before, after = np.maximum(before[moved], LEAST), np.maximum(after[moved], LEAST)
    # bins that change alike are as good as one
    logs, alike = np.unique(np.log(after / before).round(6), return_inverse=True)
    before = np.bincount(alike, before, minlength=logs.size)
    there = (usual.errors > 0) & (now.errors > 0)
    away = now.means[there] - usual.means[there]
    separation = float(((away / usual.errors[there]) ** 2).sum())
    return Ratio(before, np.exp(logs), separation)


def chances(one: Ratio, limit: float) -> tuple[float, float]:
    """Chances that the log of the ratio is above a limit, without and with the fault.

    By the saddle-point approximation of Lugannani and Rice (Adv. Appl. Prob. 12
    (1980) 475): good to some per cent of the chance, however small it is.
    """
    logs = np.log(one.times)
    slope = one.usual @ (one.times - 1)

    def generating(at: float) -> tuple[float, float, float]:
        """The cumulant generating function and its first two derivatives."""
        powers = one.usual * np.exp(np.clip(at * logs, -700, 700))
        half = 0.5 * one.separation
        return (
            float(powers.sum() - one.usual.sum() - at * slope) + half * (at * at - at),
            float(powers @ logs - slope) + half * (2 * at - 1),
            float(powers @ logs**2) + 2 * half,
        )

    low, high = -20.0, 40.0
    if generating(high)[1] < limit:
        return 0.0, 0.0
    if generating(low)[1] > limit:
        return 1.0, 1.0
    for _ in range(34):
        at = 0.5 * (low + high)
        low, high = (at, high) if generating(at)[1] < limit else (low, at)
    value, _, curvature = generating(at)
    return (
        _tail(at, value - at * limit, curvature),
        _tail(at - 1, value - (at - 1) * limit, curvature),
    )


def _tail(at: float, exponent: float, curvature: float) -> float:
    """The upper tail where the saddle point is `at`."""
    root = math.copysign(math.sqrt(max(-2 * exponent, 0.0)), at)
    if abs(root) < 1e-3:
        return 0.5
    scaled = at * math.sqrt(curvature)
    normal = 0.5 * math.erfc(root / math.sqrt(2))
    density = math.exp(-0.5 * root * root) / math.sqrt(2 * math.pi)
    return min(max(normal + density * (1 / scaled - 1 / root), 0.0), 1.0)


def power(cause: Cause, number: int, run_type: RunType = "collisions") -> float:
    """Chance that the test finds an aimed cause of its size.

    Args:
        cause: with its target and size; its place does not count.
        number: of places that it may have.
        run_type: of the run.
    """
    return found_in(_ratios(cause, number, run_type), number)


def _ratios(cause: Cause, number: int, run_type: RunType) -> list[Ratio]:
    """The ratios at some of the places, in one update."""
    usual = _usual(cause.target, run_type)
    found = []
    for place in range(SAMPLED if number > 1 else 1):
        one = msgspec.structs.replace(cause, place=place)
        found.append(ratio(usual, shown(one, cause.target, run_type)))
    return found


def found_in(ratios: Sequence[Ratio], number: int) -> float:
    """Chance that the largest ratio of all places gives an alarm.

    Args:
        ratios: of some places, which stand for all.
        number: of all places.
    """
    allowed = -math.log1p(-FALSE_ALARM) / number
    if max(each.information for each in ratios) < LEAST:
        return FALSE_ALARM
    low, high = -50.0, 60.0
    for _ in range(24):
        limit = 0.5 * (low + high)
        false = float(np.mean([chances(each, limit)[0] for each in ratios]))
        low, high = (limit, high) if false > allowed else (low, limit)
    return float(np.mean([chances(each, high)[1] for each in ratios]))


def places(cause: Cause, run_type: RunType = "collisions") -> int:
    """How many places an aimed cause may strike in a run of that type."""
    _, state = _detector(cause.target, run_type)
    count = _COUNTS.get(cause.name)
    return 1 if count is None else max(1, count(cause, state))


def _busy(cause: Cause, state: DetectorState) -> int:
    where = targets.built(cause, state)
    working = ~where.known & (where.rate > 0)
    return int((working & (where.rate >= np.median(where.rate[working]))).sum())


def _sectors(cause: Cause, state: DetectorState) -> int:
    return len(targets.built(cause, state).partitions)


def _drivers(cause: Cause, state: DetectorState) -> int:
    return int(np.unique(targets.built(cause, state).fed).size)


def _boards(cause: Cause, state: DetectorState) -> int:
    return int(np.unique(targets.built(cause, state).board).size)


def _layers(cause: Cause, state: DetectorState) -> int:
    share = targets.layer(cause, state).mean()
    return round(1 / float(share))


def _seeds(_cause: Cause, state: DetectorState) -> int:
    rates = state.trigger.nominal
    return int((rates > models.SEEN * rates.sum()).sum())


_COUNTS: dict[str, Callable[[Cause, DetectorState], int]] = {
    "hv-trip": _sectors,
    "fed-lost": _drivers,
    "board-dead": _boards,
    "ring-lost": lambda cause, state: _boards(cause, state) // round(cause.size),
    "hot-channel": _busy,
    "noise-burst": lambda cause, state: _boards(cause, state) // models.NOISY_BOARDS,
    "cable-swap": lambda cause, state: _boards(cause, state) ** 2 // 4,
    "hot-trigger": lambda _cause, _state: 2 * BARREL_TOWERS * 72,
    "prefiring": lambda _cause, _state: 3,
    "emulator-mismatch": lambda _cause, _state: len(models.DIFFERING),
    "link-loss": _drivers,
    "layer-inefficient": _layers,
    "channels-dying": lambda cause, state: 2 * _busy(cause, state),
    "board-late": _boards,
    "beam-jump": lambda _cause, _state: 8,  # directions that can be told apart
    "prescale-wrong": _seeds,
    "path-dead": _seeds,
}
"""Fault -> how many places it may have; one where it strikes the whole."""


def found_at(
    cause: Cause, run_type: RunType = "collisions"
) -> tuple[float | None, float | None]:
    """Sizes at which the test finds an aimed cause half the time, and nearly always.

    None where no size that may be asked for is found so often.
    """
    if cause.unit in WHOLE:
        half = _whole(cause, run_type, HALF, 1)
        return half, None if half is None else _whole(
            cause, run_type, NEARLY, int(half)
        )
    if cause.name == "channels-dying":
        return _dying(cause, run_type)
    return _size_of(cause, run_type, HALF), _size_of(cause, run_type, NEARLY)


def _whole(cause: Cause, run_type: RunType, least: float, first: int) -> float | None:
    for size in range(first, int(cause.sizes[-1]) + 1):
        one = msgspec.structs.replace(cause, size=float(size))
        if power(one, places(one, run_type), run_type) >= least:
            return float(size)
    return None


def _dying(cause: Cause, run_type: RunType) -> tuple[float | None, float | None]:
    """Of single channels any one is enough: the more there are, the likelier."""
    number = places(cause, run_type)
    one = 100 / number
    alone = power(msgspec.structs.replace(cause, size=one), number, run_type)
    sizes = [
        one * max(1.0, math.log1p(-least) / math.log1p(-min(alone, 1 - 1e-9)))
        for least in (HALF, NEARLY)
    ]
    return sizes[0], sizes[1]


def _size_of(cause: Cause, run_type: RunType, least: float) -> float | None:
    nothing = 1.0 if cause.unit in FACTORS else 0.0
    low, high = cause.size / 10_000, cause.sizes[-1] - nothing
    number = places(cause, run_type)

    def found(more: float) -> bool:
        one = msgspec.structs.replace(cause, size=nothing + more)
        return power(one, number, run_type) >= least

    if not found(high):
        return None
    while high / low > 1.03:
        more = math.sqrt(low * high)
        low, high = (low, more) if found(more) else (more, high)
    return nothing + high


def write() -> None:
    """Work all sizes out and write them; takes some minutes."""
    rows: list[tuple[str, ...]] = [HEADER]
    for run_type in RUN_TYPES:
        for cause in TABLE:
            if cause.shows is None or cause.shows == "stale":
                continue
            rows += (
                _row(msgspec.structs.replace(cause, target=target), run_type)
                for target in cause.targets
            )
    FILE.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")


def _row(cause: Cause, run_type: RunType) -> tuple[str, ...]:
    try:
        number, found = places(cause, run_type), found_at(cause, run_type)
    except CauseError:
        number, found = 0, (None, None)
    sizes = ["" if each is None else f"{each:.6g}" for each in found]
    return run_type, cause.name, cause.target, str(number), *sizes


class IdealSizes(NamedTuple):
    """What the ideal test finds of a fault in a subsystem.

    Attributes:
        places: how many there are; 0 where there is nothing that it could act on.
        half: size that it finds in half of all updates; None: no size that is tried.
        nearly: size that it finds in 95 % of them, likewise.
    """

    places: int
    half: float | None
    nearly: float | None


NOTHING = IdealSizes(1, None, None)
"""Of a fault whose sizes are not committed."""


@functools.cache
def ideal_sizes() -> dict[tuple[str, str, str], IdealSizes]:
    """The committed sizes, by type of run, fault and subsystem."""
    found = {}
    for line in FILE.read_text("utf-8").splitlines()[1:]:
        run_type, fault, target, number, half, nearly = line.split("\t")
        found[run_type, fault, target] = IdealSizes(
            int(number),
            float(half) if half else None,
            float(nearly) if nearly else None,
        )
    return found


if __name__ == "__main__":
    write()
