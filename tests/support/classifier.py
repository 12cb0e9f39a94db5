"""A simple classifier: nearest shrunken centroids, and what it can claim.

Tibshirani, Hastie, Narasimhan & Chu, PNAS 99 (2002) 6567: features that do not tell
the classes apart drop out, which suits many features and few examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.training.score import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

SHRINKAGE = 3.0
"""Standard errors of a difference of means that count for nothing."""


class Outcome(msgspec.Struct, frozen=True, eq=False):
    """How well two classes were told apart, each item judged once, unseen.

    Attributes:
        right, of: items given to their own class, and all.
        scores: of each item; higher is more like the second class.
        classes: its true class, 0 or 1.
        telling: names of the features that told most, with the size of their
            difference in standard errors.
    """

    right: int
    of: int
    scores: Array
    classes: Array
    telling: tuple[tuple[str, float], ...]

    @property
    def accuracy(self) -> float:
        """Share that was given to its own class."""
        return self.right / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the accuracy, 95 %."""
        return wilson(self.right, self.of)

    @property
    def auc(self) -> float:
        """Area under the ROC curve (Mann & Whitney); 0.5 is chance."""
        zero, one = (self.scores[self.classes == each] for each in (0, 1))
        above = (one[:, None] > zero[None, :]).mean()
        return float(above + 0.5 * (one[:, None] == zero[None, :]).mean())


def told_apart(
    zero: Sequence[dict[str, float]], one: Sequence[dict[str, float]]
) -> Outcome:
    """Train on half of the items and judge the other half, then the other way round."""
    names = sorted(set().union(*zero, *one))
    table = np.array(
        [[item.get(name, np.nan) for name in names] for item in (*zero, *one)]
    )
    classes = np.array([0] * len(zero) + [1] * len(one))
    number = np.concatenate([np.arange(len(zero)), np.arange(len(one))])
    scores = np.zeros(classes.size)
    for half in (0, 1):
        train = number % 2 == half
        scores[~train] = _scores(table[train], classes[train], table[~train])
    difference = _difference(_both_sides(table, table), classes)[0]
    doubled = [*names, *(f"|{name}|" for name in names)]
    order = np.argsort(-np.abs(difference))[:6]
    right = int(((scores > 0) == classes.astype(bool)).sum())
    return Outcome(
        right,
        classes.size,
        scores,
        classes,
        tuple((doubled[each], round(float(difference[each]), 1)) for each in order),
    )


def pooled(outcomes: Sequence[Outcome]) -> Outcome:
    """All of them together."""
    return Outcome(
        sum(each.right for each in outcomes),
        sum(each.of for each in outcomes),
        np.concatenate([each.scores for each in outcomes]),
        np.concatenate([each.classes for each in outcomes]),
        (),
    )


def _both_sides(table: Array, like: Array) -> Array:
    """Every feature, and how far it lies from the middle, on either side."""
    filled = np.where(np.isfinite(table), table, -99.0)
    middle = np.median(np.where(np.isfinite(like), like, -99.0), axis=0)
    return np.concatenate([filled, np.abs(filled - middle)], axis=1)


def _difference(table: Array, classes: Array) -> tuple[Array, Array]:
    """Differences of the means of the classes in their standard errors; spreads."""
    zero, one = table[classes == 0], table[classes == 1]
    degrees = max(classes.size - 2, 1)
    squares = zero.var(axis=0) * len(zero) + one.var(axis=0) * len(one)
    spread = np.sqrt(squares / degrees)
    # what differs by less than the rounding of a file's floats cannot be seen
    spread = spread + 1e-4 * (1 + np.abs(table).max(axis=0))
    error = spread * np.sqrt(1 / len(zero) + 1 / len(one))
    return (one.mean(axis=0) - zero.mean(axis=0)) / error, spread


def _scores(train: Array, classes: Array, judged: Array) -> Array:
    seen, asked = _both_sides(train, train), _both_sides(judged, train)
    difference, spread = _difference(seen, classes)
    most = float(np.abs(difference).max(initial=0.0))
    threshold = min(SHRINKAGE, 0.8 * most)
    left = np.sign(difference) * (np.abs(difference) - threshold).clip(0)
    middle = 0.5 * (seen[classes == 0].mean(axis=0) + seen[classes == 1].mean(axis=0))
    pulls = ((asked - middle) / spread).clip(-20, 20)
    found: Array = pulls @ left
    return found
