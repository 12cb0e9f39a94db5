"""What could betray an injected fault: simple features of two snapshots of a run."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.sums import statistics
from dqmconsole.simulation.table.scales import Sums, between, kept_share
from tests.support.realism import recorded, sights

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.simulation.state.sight import Sight
    from tests.support.realism import Item, Scenario

Features = dict[str, float]
TINY = 1e-6
POPULOUS = 20.0
"""Entries from which a bin's pull is judged."""


def features(item: Item, of: Scenario) -> Features:
    """All features of one item: of each kind of plot, and of the plots together."""
    seen = sights(of.only)
    gathered: dict[str, list[float]] = defaultdict(list)
    for path in seen:
        if path not in item.after:
            continue
        sight, after = seen[path], item.after[path]
        grown = Sums.of(after, after).minus(Sums.of(item.before.get(path), after))
        kind = f"{sight.subsystem or path.split('/')[0]} {sight.quantity}"
        for name, value in _of_plot(grown, after, sight, item).items():
            gathered[f"{kind}: {name}"].append(value)
    found: Features = {}
    for name, values in gathered.items():
        found[name] = float(np.mean(values))
        if len(values) > 1:
            found[f"{name}, worst"] = float(np.max(values))
    return found | _of_sisters(item, of)


def _log(value: float) -> float:
    return float(np.log10(max(abs(value), TINY)))


def _of_plot(grown: Sums, after: Histogram, sight: Sight, item: Item) -> Features:
    found: Features = {}
    if after.sums:
        kept, anew = np.array(after.sums), np.array(statistics(after))
        size = np.abs(anew).max(initial=1.0)
        found["stored statistics"] = _log(float(np.abs(kept - anew).max() / size))
    counts = grown.contents if grown.bin_entries is None else grown.bin_entries
    if sight.quantity.startswith("trend") or sight.quantity in ("flags", "partitions"):
        return found | _of_trend(after, sight, item)
    total = float(counts.sum())
    found["whole numbers"] = _log(float(np.abs(counts - counts.round()).max()))
    found["entries"] = _log((grown.entries - total) / max(total, 1.0))
    found["negative bins"] = _log(1 + float((counts < 0).sum()))
    found["filled bins"] = _log(float((counts > 0).sum()))
    found["total"] = _log(total)
    if grown.bin_entries is not None:
        return found | _of_profile(grown, sight, item)
    if counts.ndim == 1:
        found |= _of_spectrum(counts)
    found |= _of_map(counts, sight, item)
    return found


def _of_trend(after: Histogram, sight: Sight, item: Item) -> Features:
    inside = slice(item.span.first, item.span.last + 1)
    values = after.values(flow=True)[inside]
    found = {"mean value": float(values.mean()), "spread": float(values.std())}
    if sight.quantity in ("flags", "partitions"):
        found["whole numbers"] = _log(float(np.abs(values - values.round()).max()))
        return found
    steps = np.diff(values)
    found["steps"] = _log(float(np.abs(steps).mean()))
    found["last step"] = float(steps[-1]) if steps.size else 0.0
    if after.bin_entries is not None:
        number = after.bin_entries[inside]
        found["whole events"] = _log(float(np.abs(number - number.round()).max()))
        sums = after.contents[inside]
        found["whole hits"] = _log(float(np.abs(sums - sums.round()).max()))
    if after.sumw2 is not None:
        found["errors"] = _log(float(after.variances(flow=True)[inside].mean()))
    return found


def _of_spectrum(counts: Array) -> Features:
    inner, total = counts[1:-1], max(float(counts.sum()), 1.0)
    at = np.arange(inner.size)
    weight = max(float(inner.sum()), 1.0)
    mean = float(inner @ at) / weight
    rms = float(inner @ (at - mean) ** 2 / weight) ** 0.5
    second = inner[:-2] - 2 * inner[1:-1] + inner[2:]
    variance = inner[:-2] + 4 * inner[1:-1] + inner[2:]
    many = variance > 6 * POPULOUS
    rough = float((second**2 / variance.clip(1))[many].mean()) if many.any() else 0.0
    return {
        "underflow": float(counts[0]) / total,
        "overflow": float(counts[-1]) / total,
        "mean": mean,
        "rms": rms,
        "skewness": float(inner @ (at - mean) ** 3) / weight / max(rms, TINY) ** 3,
        "neighbours": rough,
    }


def _factors(counts: Array, sight: Sight, item: Item) -> Array | None:
    """Factor of the fault on the hits of each bin; None where bins are no channels."""
    if sight.bins is None or sight.weights is None or sight.quantity == "row":
        return None
    if item.effect is None:
        return np.ones(counts.shape)
    share = kept_share(item.effect, sight, counts.size)
    return between(share, item.span.mean).reshape(counts.shape)


def _of_map(counts: Array, sight: Sight, item: Item) -> Features:
    factors = _factors(counts, sight, item)
    if factors is None or sight.bins is None or sight.weights is None:
        return {}
    seen = sight.bins >= 0
    usual = np.bincount(sight.bins[seen], sight.weights[seen], minlength=counts.size)
    usual = usual.reshape(counts.shape)
    struck = np.abs(factors - 1) > 1e-9
    expected = usual * factors
    calm = ~struck if (~struck & (usual > 0)).any() else np.ones_like(struck)
    expected *= counts[calm].sum() / max(float(expected[calm].sum()), TINY)
    pulls = (counts - expected) / np.sqrt(expected.clip(1))
    many = expected > POPULOUS
    found = {
        "empty bins": float((counts[expected > 5] == 0).mean())
        if (expected > 5).any() else 0.0,
        "strange bins": _log(1 + float(counts[expected <= 0].sum())),
    }  # fmt: skip
    for name, where in (
        ("calm", ~struck & many), ("struck", struck & many), ("edge", _edge(struck)),
    ):  # fmt: skip
        where = where & (expected > 1)
        if where.any():
            found[f"dispersion, {name}"] = _log(float((pulls[where] ** 2).mean()))
            found[f"pull, {name}"] = float(pulls[where].mean())
            found[f"worst pull, {name}"] = _log(float(np.abs(pulls[where]).max()))
    quiet = struck & (expected <= 1) & (usual > 0)
    if quiet.any():
        found["in dead bins"] = _log(1 + float(counts[quiet].sum()))
    return found


def _edge(struck: Array) -> Array:
    """Bins beside the region that is struck."""
    near = np.zeros_like(struck)
    for axis in range(struck.ndim):
        near |= np.roll(struck, 1, axis) | np.roll(struck, -1, axis)
    return near & ~struck


def _of_profile(grown: Sums, sight: Sight, item: Item) -> Features:
    assert grown.bin_entries is not None
    assert grown.sumw2 is not None
    number = grown.bin_entries
    filled = number > 0
    mean = np.divide(grown.contents, number, out=np.zeros_like(number), where=filled)
    square = np.divide(grown.sumw2, number, out=np.zeros_like(number), where=filled)
    spread = square - mean**2
    found = {"single entries": 0.0}
    single = number == 1
    if single.any():
        found["single entries"] = _log(float(spread[single].clip(0).mean()))
    many = number > POPULOUS
    if not many.any():
        return found
    found["spread"] = float(spread[many].mean())
    found["spread of the spread"] = _log(float(spread[many].std()))
    factors = _factors(number, sight, item)
    struck = np.zeros_like(many) if factors is None else np.abs(factors - 1) > 1e-9
    middle = np.zeros_like(mean)
    if sight.times is not None and sight.bins is not None and sight.weights is not None:
        seen = sight.bins >= 0
        bins, weights = sight.bins[seen], sight.weights[seen]
        weight = np.bincount(bins, weights, minlength=mean.size)
        sums = np.bincount(bins, weights * sight.times[seen], minlength=mean.size)
        middle = np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
        middle = middle.reshape(mean.shape)
    for name, where in (("calm", many & ~struck), ("struck", many & struck)):
        if where.any():
            off = (mean - middle)[where]
            error = np.sqrt((spread / np.maximum(number, 1))[where].clip(TINY))
            pulls = (off - off.mean()) / error
            found[f"mean, {name}"] = float(off.mean())
            found[f"scatter of means, {name}"] = _log(float((pulls**2).mean()))
            found[f"spread, {name}"] = float(spread[where].mean())
    few = (number > 1) & (number <= POPULOUS)
    if few.any():
        found["spread of few"] = float(spread[few].mean())
    return found


def _totals(item: Item, of: Scenario) -> dict[str, float]:
    """What plots, and folders of plots, counted: totals that may agree."""
    found: dict[str, float] = defaultdict(float)
    for path in sights(of.only):
        if path not in item.after:
            continue
        after = item.after[path]
        grown = Sums.of(after, after).minus(Sums.of(item.before.get(path), after))
        parts = {"": grown.entries}
        if after.bin_entries is not None:
            parts = {
                "": float(grown.bin_entries.sum()),  # type: ignore[union-attr]
                "#y": float(grown.contents.sum()),
            }
        for mark, value in parts.items():
            found[path + mark] = value
            found[path.rpartition("/")[0] + "/*" + mark] += value
    return found


@functools.cache
def _agreeing(of: Scenario) -> tuple[tuple[str, ...], ...]:
    """Groups of totals that are the same in every good run."""
    runs = [_totals(recorded(of, seed), of) for seed in (901, 902, 903)]
    groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for name in runs[0]:
        values = tuple(round(each[name]) for each in runs)
        if min(values) > 10 and len(set(values)) > 1:
            groups[values].append(name)
    return tuple(tuple(each) for each in groups.values())


@functools.cache
def _pairs(of: Scenario) -> tuple[tuple[str, str, bool], ...]:
    """Plots of the same bins: (one, other, they are equal or the one is part)."""
    good = recorded(of, 901)
    found, shown = [], sights(of.only)
    counted = [
        path for path, sight in shown.items()
        if sight.bins is not None and path in good.after
        and sight.quantity in ("count", "mean time", "mean", "mean response")
    ]  # fmt: skip
    for number, one in enumerate(counted):
        for other in counted[number + 1 :]:
            a, b = shown[one].bins, shown[other].bins
            if a is None or b is None or a.shape != b.shape or (a != b).any():
                continue
            mine, its = (_counts(good.after[each]) for each in (one, other))
            if mine.shape != its.shape:
                continue
            if (mine == its).all():
                found.append((one, other, True))
            elif (mine <= its).mean() > 0.999:
                found.append((one, other, False))
            elif (mine >= its).mean() > 0.999:
                found.append((other, one, False))
    return tuple(found)


def _counts(histogram: Histogram) -> Array:
    found = histogram.contents
    if histogram.bin_entries is not None:
        found = histogram.bin_entries
    return np.asarray(found, np.float64)


def _of_sisters(item: Item, of: Scenario) -> Features:
    found: Features = {}
    totals = _totals(item, of)
    off = [0.0]
    for group in _agreeing(of):
        values = np.array([totals[name] for name in group])
        off.append(float(np.ptp(values) / max(values.mean(), 1.0) ** 0.5))
        found[f"size of {group[0]}"] = float(np.log(values.mean().clip(1)))
    found["sisters' totals"] = _log(max(off))
    found["sisters' totals, mean"] = _log(float(np.mean(off)))
    fleeting = found.copy()
    names = [name for name in fleeting if name.startswith("size of")]
    for one, other in itertools.pairwise(names):
        found[f"ratio {one} : {other}"] = fleeting[one] - fleeting[other]
    equal, scatter, above = [0.0], [], [0.0]
    for one, other, same in _pairs(of):
        a = _counts(item.after[one]) - _before(item, one)
        b = _counts(item.after[other]) - _before(item, other)
        if same:
            equal.append(float(np.abs(a - b).max()))
            continue
        above.append(float((a > b).sum()))
        share = float(a.sum() / max(b.sum(), 1.0))
        many = b * share > 5
        if many.any() and share < 0.99:
            pulls = (a - share * b)[many] ** 2 / (share * (1 - share) * b[many])
            scatter.append(float(pulls.mean()))
    found["sisters' bins"] = _log(max(equal))
    found["part above the whole"] = max(above)
    if scatter:
        found["scatter of the part"] = float(np.mean(scatter))
    return found


def _before(item: Item, path: str) -> Array | float:
    return _counts(item.before[path]) if path in item.before else 0.0
