"""The test that knows a fault's shape and size, but not its place: what can be reached.

For each place where the fault may be, the Poisson log-likelihood ratio of what one plot
gained is added up from lumisection to lumisection, never below 0 (Page's test); the
highest of all places counts. All arrays are of the bins that the fault may change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.histogram import Array

FEWEST = 1e-9  # of a bin's content for a unit of exposure: no bin is impossible
SAME = 1e-6  # relative difference up to which a bin is not changed
PLACES = 100  # of a fault that it looks at, at most
DRAWN = 2000  # lumisections of good running that a threshold is counted on
_BLOCK = 10  # lumisections whose alarms count as one
_COUNTED = 10  # highest of them that set the threshold


class Hypotheses(NamedTuple):
    """What a plot gains for a unit of exposure, in good running and with a fault.

    Attributes:
        bins: flat indices of the bins that the fault changes anywhere, shape (b,).
        usual: what they gain in good running, shape (b,).
        changed: with the fault, for each place, shape (places, b).
    """

    bins: Array
    usual: Array
    changed: Array


def hypotheses(usual: Array, places: Iterable[Array]) -> Hypotheses:
    """What a plot gains, of the bins that change in any of the places.

    Args:
        usual: in good running, any shape.
        places: with the fault, for each place where it may be; of the same shape.
    """
    flat = np.maximum(usual.ravel(), FEWEST)
    stack = np.array([np.maximum(each.ravel(), FEWEST) for each in places])
    stack = stack.reshape(-1, flat.size)
    differs = np.abs(stack - flat) > SAME * np.maximum(stack, flat)
    bins = np.flatnonzero(differs.any(axis=0))
    return Hypotheses(bins, flat[bins], stack[:, bins])


def information(usual: Array, changed: Array) -> float:
    """How clearly a unit of exposure shows a fault, in units of log-likelihood."""
    one = np.maximum(usual.ravel(), FEWEST)
    other = np.maximum(changed.ravel(), FEWEST)
    return float((other * np.log(other / one) - (other - one)).sum())


def log_ratios(known: Hypotheses, counts: Array, exposures: Array) -> Array:
    """The log-likelihood ratio of each lumisection and place, shape (n, places).

    Args:
        known: the hypotheses.
        counts: what the bins gained, shape (n, b).
        exposures: of each lumisection, shape (n,).
    """
    weights = np.log(known.changed / known.usual)
    more = (known.changed - known.usual).sum(axis=1)
    found: Array = counts @ weights.T - exposures[:, None] * more
    return found


def highest(ratios: Array) -> Array:
    """The sums of all places, none below 0: the highest of each lumisection, (n,)."""
    sums = np.zeros(ratios.shape[1])
    found = np.zeros(len(ratios))
    for at, row in enumerate(ratios):
        sums = np.maximum(sums + row, 0.0)
        found[at] = sums.max(initial=0.0)
    return found


def threshold(good: Array, rate: float) -> float:
    """What the highest sum exceeds in good running no more often than that.

    Beyond what was counted, alarms fall by e with each unit, as sums of
    log-likelihood ratios do.

    Args:
        good: the highest sums of lumisections of good running; 100 at least.
        rate: alarms a lumisection.
    """
    whole = good[: len(good) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    blocks = np.sort(whole.max(axis=1))[::-1]
    asked = rate * len(good)
    counted = max(_COUNTED, math.floor(asked))
    level = float(blocks[min(counted, len(blocks)) - 1])
    return level + max(math.log(counted / asked), 0.0)


def threshold_of(known: Hypotheses, exposure: float, rate: float, seed: int) -> float:
    """The threshold, counted on :data:`DRAWN` lumisections of good running.

    Args:
        known: the hypotheses.
        exposure: of a usual lumisection.
        rate: alarms a lumisection.
        seed: of the good running.
    """
    rng = np.random.default_rng([seed, 0x1DEA])
    counts = rng.poisson(known.usual * exposure, (DRAWN, known.bins.size))
    ratios = log_ratios(known, counts, np.full(DRAWN, exposure))
    return threshold(highest(ratios), rate)


def first_found(
    known: Hypotheses,
    counts: Array,
    exposures: Array,
    since: Array,
    rate: float,
    seed: int,
) -> int | None:
    """Lumisections from the onset of a fault until it is found; None: it is not.

    Args:
        known: the hypotheses.
        counts: what the bins gained in each update, shape (n, b).
        exposures: of each update, shape (n,).
        since: lumisections from the onset to each update, from 1; before it below 1.
        rate: false alarms an update.
        seed: of the good running on which the threshold is counted.
    """
    usual = float(np.median(exposures))
    limit = threshold_of(known, usual, rate, seed)
    sums = highest(log_ratios(known, counts, exposures))
    (found,) = np.nonzero((sums > limit) & (since > 0))
    return int(since[found[0]]) if found.size else None


def is_poisson(usual: Array, counts: Array, exposures: Array) -> bool:
    """Tell whether a plot counts: whole numbers that scatter as counts do.

    Args:
        usual: what it gains for a unit of exposure, flat.
        counts: what it gained in good running, shape (n, bins).
        exposures: of each lumisection, shape (n,).
    """
    if (counts < 0).any() or (counts != np.round(counts)).any():
        return False
    means = exposures[:, None] * usual
    enough = means >= 1.0
    if not enough.any():
        return True
    scatter = float((((counts - means) ** 2)[enough] / means[enough]).mean())
    return 0.5 < scatter < 1.5


def best_plot(usual: Mapping[str, Array], changed: Mapping[str, Array]) -> str | None:
    """The plot that shows a fault best, the last of equals; None where none does."""
    known = {path: information(each, changed[path]) for path, each in usual.items()}
    best = max(reversed(known), key=known.__getitem__, default=None)
    return None if best is None or known[best] <= 0 else best
