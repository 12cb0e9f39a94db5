"""Batches of rows for tests of checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.checks.batch import Band, Batch, Rows
from dqmconsole.model.histogram import Axis

if TYPE_CHECKING:
    from dqmconsole.checks.check import Example
    from dqmconsole.model.histogram import Array


def rows_of(
    values: Array, entries: Array | None = None, labels: tuple[str, ...] = ()
) -> Rows:
    """Rows with these inner bins, shape ``(n, nx[, ny])``; with entries: profiles."""
    edge = [(0, 0)] + [(1, 1)] * (values.ndim - 1)
    sizes = values.shape[1:]
    axes = tuple(
        Axis(size, 0.0, float(size), labels=labels if number == 0 else ())
        for number, size in enumerate(sizes)
    )
    contents = np.pad(np.asarray(values, np.float64), edge)
    bin_entries = sumw2 = None
    if entries is not None:
        bin_entries = np.pad(np.asarray(entries, np.float64), edge)
        sumw2 = contents**2 * bin_entries + bin_entries
        contents = contents * bin_entries
    weights = contents if bin_entries is None else bin_entries
    return Rows(
        contents,
        (axes,) * len(values),
        weights.reshape(len(values), -1).sum(1),
        sumw2=sumw2,
        bin_entries=bin_entries,
    )


def seen(rows: Rows, events: float = np.nan, *axes: Axis) -> Batch:
    """Rows in a batch, each of so many events; with these axes."""
    if axes:
        rows = msgspec.structs.replace(rows, axes=(axes,) * len(rows))
    return Batch(rows, ("",) * len(rows), np.full(len(rows), events))


def batch_of(example: Example) -> Batch:
    """The one row of an example."""
    entries = None if example.entries is None else np.array([example.entries])
    data = rows_of(np.array([example.data], np.float64), entries, example.labels)
    reference = scale = None
    if example.reference is not None:
        reference = rows_of(np.array([example.reference], np.float64), entries)
        scale = np.ones(1)
    band = None
    if example.band is not None:
        means, spreads, runs = example.band
        band = Band(
            np.array([means], np.float64),
            np.array([spreads], np.float64),
            np.array([float(runs)]),
        )
    exposure = np.nan if example.exposure is None else example.exposure
    return Batch(
        data,
        ("",),
        np.array([exposure]),
        reference=reference,
        scale=scale,
        no_reference="none is chosen" if reference is None else "",
        band=band,
    )
