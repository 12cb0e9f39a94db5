"""The moving template on DINAMO's toy sets, beside DINAMO-S on the same sets.

    python tests/interop/toys.py FOLDER [--sets N]

FOLDER holds what the generator of ArseniiGav/DINAMO (arXiv:2501.19237) wrote,
``1d_gaussians_SEED.npz``; beside them, where they are there, results of DINAMO-S on
the same sets, ``dinamo_s_SEED.json`` with ``sensitivity``, ``specificity`` and
``steps``. Nothing is fetched, and none of it is kept here.

As in the paper the first 1,000 runs are history, of which labels are known, and the
others are judged one by one; templates follow the good ones. Adaptation is the number
of good runs that are still called bad after a rapid change, the mean of a set. What is
printed is the median of the sets, with the 2.5 and 97.5 % quantiles.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.checks.batch import Band, Batch, Rows
from dqmconsole.checks.pulls import RunBand, Template, band_of, followed
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.histogram import Array

HISTORY = 1000
KEEPS = (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
DEFAULT_KEEP = 0.9
LAST = 20  # good runs of a band that does not fade
GOOD_CALLED_BAD = (
    0.05  # of good runs of the history, where limits are set by them alone
)


class Toys(NamedTuple):
    """A set: counts ``(runs, bins)``, which runs are bad, runs with a rapid change."""

    counts: Array
    bad: Array
    changes: Array


class Scores(NamedTuple):
    """How a set was judged after its history."""

    sensitivity: float
    specificity: float
    steps: float

    @property
    def balanced(self) -> float:
        """Balanced accuracy."""
        return 0.5 * (self.sensitivity + self.specificity)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", type=int, default=200)
    options = parser.parse_args()
    found: dict[str, list[Scores]] = {}
    out = sys.stdout.write
    paths = sorted(options.folder.rglob("1d_gaussians_*.npz"))[: options.sets]
    for path in paths:
        for name, scores in _scores(path):
            found.setdefault(name, []).append(scores)
    out(f"{len(paths)} sets; median (2.5 %, 97.5 %)\n")
    out(f"{'':52} balanced accuracy    sensitivity          specificity\n")
    for name, each in found.items():
        numbers = [
            np.array([getattr(one, what) for one in each])
            for what in ("balanced", "sensitivity", "specificity", "steps")
        ]
        words = " ".join(map(_spread, numbers))
        out(f"{name:52} {words}  (steps last, {len(each)} sets)\n")


def _spread(values: Array) -> str:
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
    return f"{middle:.3f} ({low:.3f}, {high:.3f})"


def _scores(path: Path) -> Iterator[tuple[str, Scores]]:
    with np.load(path) as file:
        changes = [file[name] for name in file.files if name.startswith("inds_for_rap")]
        toys = Toys(
            file["x"].astype(np.float64),
            file["y"].astype(bool),
            np.unique(np.concatenate(changes)),
        )
    seed = path.stem.rpartition("_")[2]
    for theirs in path.parent.parent.glob(f"**/dinamo_s_{seed}.json"):
        said = json.loads(theirs.read_text())
        names = ("sensitivity", "specificity", "steps")
        yield "DINAMO-S, its own code and tuning", Scores(*(said[one] for one in names))
    history = toys.bad[:HISTORY]
    logs = {keep: _log_chi2(toys, keep) for keep in KEEPS}
    best = max(KEEPS, key=lambda keep: _auc(logs[keep][:HISTORY], history))
    name = "template chi2, keep and limit by labels (as DINAMO-S)"
    limit = _best_limit(logs[best][:HISTORY], history)
    yield name, scored(toys, logs[best] > limit)
    for keep, which in ((best, "keep by labels"), (DEFAULT_KEEP, "keep 0.9")):
        good = logs[keep][:HISTORY][~history]
        limit = float(np.quantile(good[20:], 1 - GOOD_CALLED_BAD))
        name = f"template chi2, {which}, limit by good runs alone"
        yield name, scored(toys, logs[keep] > limit)
    for keep, which in ((best, "keep by labels"), (DEFAULT_KEEP, "keep 0.9")):
        band = _followed_band(toys, keep)
        for status, called in _by_band(toys, band):
            yield f"run_band on the template, {which}: {status}", called
        yield from _by_band_chi2(toys, band, f"run_band chi2, {which}, limit by good")
    for status, called in _by_band(toys, _last_band(toys)):
        yield f"run_band on the last {LAST} good runs: {status}", called


def scored(toys: Toys, called: Array) -> Scores:
    """What was called bad, ``(runs,)``, beside what is."""
    after, bad = called[HISTORY:], toys.bad[HISTORY:]
    steps = []
    starts = toys.changes[toys.changes >= HISTORY]
    for start, end in zip(starts, [*starts[1:], len(called)], strict=True):
        of_good = called[start:end][~toys.bad[start:end]]
        still = np.flatnonzero(~of_good)
        steps.append(int(still[0]) if still.size else len(of_good))
    return Scores(
        float(after[bad].mean()),
        float((~after[~bad]).mean()),
        float(np.mean(steps)) if steps else 0.0,
    )


def _templates(toys: Toys, keep: float) -> Iterator[Template | None]:
    """The template that each run meets."""
    template: Template | None = None
    for counts, bad in zip(toys.counts, toys.bad, strict=True):
        yield template
        if not bad:
            template = followed(template, counts, keep)


def _log_chi2(toys: Toys, keep: float) -> Array:
    each = zip(toys.counts, _templates(toys, keep), strict=True)
    chi2 = [0.0 if one is None else chi2_of(one, counts) for counts, one in each]
    bins = toys.counts.shape[1]
    found: Array = np.log(np.maximum(np.nan_to_num(chi2, posinf=1e9), 1e-9) / bins)
    return found


def chi2_of(template: Template, contents: Array) -> float:
    """How far another run is: sum of (x - mean)^2 / (errors^2 + spread^2).

    Args:
        template: of the good runs before.
        contents: counts of the inner bins, shape of the mean; x are their shares.

    Returns:
        NaN where it has no entries.
    """
    total = float(contents.sum())
    if not total > 0:
        return float("nan")
    share = contents / total
    # expected errors: those of an empty bin would be 0; and that of one entry at
    # least, for what good runs hold in a bin that they leave empty is not known
    variance = np.maximum(template.mean, 1 / total) / total + template.spread**2
    off = np.where(share == template.mean, 0.0, (share - template.mean) ** 2 / variance)
    return float(off.sum())


def _followed_band(toys: Toys, keep: float) -> Band:
    parts = []
    for counts, template in zip(toys.counts, _templates(toys, keep), strict=True):
        total = np.array([counts.sum()])
        nothing = np.zeros((1, counts.size))
        none = Band(nothing, nothing, np.zeros(1))
        parts.append(none if template is None else template.band(total))
    return _together(parts)


def _last_band(toys: Toys) -> Band:
    parts: list[Band] = []
    good: list[int] = []
    for at, counts in enumerate(toys.counts):
        chosen = toys.counts[good[-LAST:] or [0]]
        total = np.array([counts.sum()])
        parts.append(band_of(_rows(chosen), chosen.sum(axis=1), total))
        if not toys.bad[at]:
            good.append(at)
    return _together(parts)


def _together(parts: list[Band]) -> Band:
    return Band(
        np.concatenate([each.mean for each in parts]),
        np.concatenate([each.spread for each in parts]),
        np.concatenate([each.runs for each in parts]),
    )


def _rows(counts: Array) -> Rows:
    axes = (Axis(counts.shape[1], -5.0, 5.0),)
    padded = np.pad(counts, [(0, 0), (1, 1)])
    return Rows(padded, (axes,) * len(counts), counts.sum(axis=1))


def _judged(toys: Toys, band: Band, check: RunBand) -> tuple[Array, Array, Array]:
    """Status is WARNING or BAD, is BAD; value."""
    rows = _rows(toys.counts)
    nothing = np.full(len(rows), np.nan)
    results = check.judge(Batch(rows, ("",) * len(rows), nothing, band=band))
    off = [one.status in (Status.WARNING, Status.BAD) for one in results]
    bad = [one.status is Status.BAD for one in results]
    values = [np.nan if one.value is None else one.value for one in results]
    return np.array(off), np.array(bad), np.array(values)


def _by_band(toys: Toys, band: Band) -> Iterator[tuple[str, Scores]]:
    off, bad, _ = _judged(toys, band, RunBand(relative=0.05))
    yield "WARNING", scored(toys, off)
    yield "BAD", scored(toys, bad)


def _by_band_chi2(toys: Toys, band: Band, name: str) -> Iterator[tuple[str, Scores]]:
    """The limit of chi2 that calls so few of the good runs of the history bad."""
    early = Toys(toys.counts[:HISTORY], toys.bad[:HISTORY], toys.changes)
    start = Band(*(each[:HISTORY] for each in (band.mean, band.spread, band.runs)))
    good = ~early.bad

    def share(limit: float) -> float:
        check = RunBand(warn_above=None, bad_above=None, warn_chi2_above=limit)
        return float(_judged(early, start, check)[0][good][20:].mean())

    low, high = 0.0, 64.0
    for _ in range(12):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(middle) > GOOD_CALLED_BAD else (low, middle)
    check = RunBand(warn_above=None, bad_above=None, warn_chi2_above=high)
    yield name, scored(toys, _judged(toys, band, check)[0])


def _auc(values: Array, bad: Array) -> float:
    order = np.argsort(values)
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    many, others = int(bad.sum()), int((~bad).sum())
    above = float(ranks[bad].sum()) - many * (many + 1) / 2
    return above / (many * others)


def _best_limit(values: Array, bad: Array) -> float:
    """The limit of the greatest balanced accuracy."""

    def accuracy(limit: float) -> float:
        return float((values[bad] > limit).mean() + (values[~bad] <= limit).mean())

    limits: list[float] = np.linspace(-3.25, 7.5, 1000).tolist()
    return max(limits, key=accuracy)


if __name__ == "__main__":
    main()
