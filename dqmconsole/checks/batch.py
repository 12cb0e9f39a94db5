"""What checks judge: histograms of one shape, stacked, each with what it is set by.

A batch holds many plots at one moment, or one plot over several spans (the run and its
last 1, 3 and 15 updates): to a check each is a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, profile_variances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Histogram

# What comes out of contents of any size is inf or NaN, and not taken for a number.
quiet = np.errstate(all="ignore")


class Rows(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Histograms of one shape, stacked; all float64, flow bins included.

    Attributes:
        contents: shape ``(n, nx+2[, ny+2[, nz+2]])``; of profiles the sums of weight
            times y.
        axes: of each row.
        entries: number of fills, shape ``(n,)``.
        sumw2, bin_entries, bin_sumw2: as of :class:`Histogram`, stacked, or None. A
            row that has none beside rows that have some holds its contents (sumw2)
            or its bin entries (bin_sumw2).
        error_mode: of profiles.
    """

    contents: Array
    axes: tuple[tuple[Axis, ...], ...]
    entries: Array
    sumw2: Array | None = None
    bin_entries: Array | None = None
    bin_sumw2: Array | None = None
    error_mode: str = ""

    def __len__(self) -> int:
        return len(self.axes)

    @property
    def dimension(self) -> int:
        """Number of axes of each row."""
        return self.contents.ndim - 1

    @quiet
    def values(self) -> Array:
        """Contents (of profiles: means) of the inner bins, ``(n, nx[, ny[, nz]])``."""
        if self.bin_entries is None:
            return inner(self.contents)
        weights = inner(self.bin_entries)
        sums = inner(self.contents)
        return np.divide(sums, weights, out=np.zeros_like(sums), where=weights != 0)

    @quiet
    def variances(self) -> Array:
        """Squared errors of the values, as :meth:`Histogram.variances`."""
        if self.bin_entries is None:
            return np.abs(inner(self.contents if self.sumw2 is None else self.sumw2))
        found = profile_variances(
            self.contents,
            self.bin_entries,
            self.sumw2,
            self.bin_sumw2,
            self.error_mode,
        )
        return inner(found)

    def weights(self, *, flow: bool = False) -> Array:
        """What was filled into each inner bin: counts; of profiles the bin entries.

        Args:
            flow: with the flow bins.
        """
        raw = self.contents if self.bin_entries is None else self.bin_entries
        return raw if flow else inner(raw)

    def edges(self, axis: int) -> Array:
        """Edges of the bins of an axis, ``(n, bins + 1)``, float64."""
        each = [axes[axis] for axes in self.axes]
        low = np.array([one.low for one in each], np.float64)
        high = np.array([one.high for one in each], np.float64)
        edges: Array = np.linspace(low, high, each[0].bins + 1, axis=1)
        for row, one in enumerate(each):
            if one.variable is not None:
                edges[row] = one.variable
        return edges

    def centers(self, axis: int) -> Array:
        """Centres of the bins of an axis, ``(n, bins)``, float64."""
        edges = self.edges(axis)
        centers: Array = 0.5 * (edges[:, 1:] + edges[:, :-1])
        return centers


class Band(msgspec.Struct, frozen=True, eq=False, gc=False):
    """How good runs differ from one another, bin by bin.

    Attributes:
        mean, spread: shape as the values of the rows; of contents per unit of exposure
            where they grow with it, scaled to the row.
        runs: number of good runs, shape ``(n,)``.
    """

    mean: Array
    spread: Array
    runs: Array

    def scaled(self, by: Array) -> Band:
        """That of one row for rows with so many times its exposure, ``(n,)``."""
        factor = column(by, self.mean.ndim)
        runs = np.full(len(by), self.runs[0])
        return Band(self.mean * factor, self.spread * factor, runs)


class Batch(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Rows to judge, with what each is set against.

    Attributes:
        data: the rows.
        spans: what each covers, in words ("LS 12–14"; "" where that says nothing).
        reference: aligned with the data, or None: there is none at all.
        scale: what the reference is multiplied by, ``(n,)``; NaN where a row has none.
        no_reference: why there is none.
        band: how good runs differ, or None.
        exposure: events that each row saw, ``(n,)``; NaN where unknown.
        known: bins known to be wrong, bool, shape of the values; or None.
        whole: the row of the run that each is the last updates of, ``(n,)``; -1 for a
            row that is no part of another; None: none is.
        by_area: rows whose reference is scaled to what they hold, or is of another
            element, bool, ``(n,)``: their shapes can be compared, how much there
            should be is not known; None: none.
        why_by_area: why.
    """

    data: Rows
    spans: tuple[str, ...]
    exposure: Array
    reference: Rows | None = None
    scale: Array | None = None
    no_reference: str = ""
    band: Band | None = None
    known: Array | None = None
    whole: Array | None = None
    by_area: Array | None = None
    why_by_area: str = ""

    @property
    def judged(self) -> Array:
        """The inner bins to be judged: those that are not known to be wrong."""
        shape = inner(self.data.contents).shape
        return np.ones(shape, bool) if self.known is None else ~self.known

    @property
    def has_reference(self) -> Array:
        """Which rows have a reference, bool, ``(n,)``."""
        if self.reference is None or self.scale is None:
            return np.zeros(len(self.data), bool)
        return np.isfinite(self.scale)

    @quiet
    def scaled_reference(self) -> Array:
        """Values of the reference as they are expected in the data; NaN without one.

        Means are not scaled.
        """
        if self.reference is None or self.scale is None:
            return np.full(inner(self.data.contents).shape, np.nan)
        values = self.reference.values()
        scale = self.scale
        if self.reference.bin_entries is not None:
            scale = np.where(np.isfinite(scale), 1.0, np.nan)
        return values * column(scale, values.ndim)


def sealed(batch: Batch) -> Batch:
    """A batch that no check can write into: other checks judge by it, too."""
    for part in (batch, batch.data, batch.reference, batch.band):
        for name in () if part is None else part.__struct_fields__:
            if isinstance(array := getattr(part, name), np.ndarray):
                array.setflags(write=False)
    return batch


def inner(stacked: Array) -> Array:
    """The inner bins of stacked arrays with flow bins."""
    cut: Array = stacked[(slice(None), *(slice(1, -1),) * (stacked.ndim - 1))]
    return cut


def column(numbers: Array, dimensions: int) -> Array:
    """One number a row, to be set against arrays of so many dimensions."""
    return numbers.reshape(-1, *(1,) * (dimensions - 1))


def flat(values: Array) -> Array:
    """Stacked arrays with the bins of each row in one line, ``(n, bins)``."""
    return values.reshape(values.shape[0], -1)


def stacked(histograms: Sequence[Histogram]) -> Rows:
    """Histograms of one shape, one a row.

    Args:
        histograms: one or more, all profiles or none.

    Raises:
        ValueError: they are not of one shape.
    """
    first = histograms[0]
    if any(
        one.contents.shape != first.contents.shape or one.is_profile != first.is_profile
        for one in histograms
    ):
        message = "histograms of different shapes cannot be judged together"
        raise ValueError(message)

    def stack(name: str, otherwise: str) -> Array | None:
        if all(getattr(one, name) is None for one in histograms):
            return None
        arrays = [
            getattr(one, otherwise if getattr(one, name) is None else name)
            for one in histograms
        ]
        return np.stack([np.asarray(array, np.float64) for array in arrays])

    contents = stack("contents", "contents")
    assert contents is not None
    return Rows(
        contents=contents,
        axes=tuple(one.axes for one in histograms),
        entries=np.array([one.entries for one in histograms], np.float64),
        sumw2=stack("sumw2", "contents"),
        bin_entries=stack("bin_entries", "bin_entries"),
        bin_sumw2=stack("bin_sumw2", "bin_entries"),
        error_mode=first.error_mode,
    )


def form(batch: Batch) -> tuple[object, ...]:
    """Equal where batches can be joined; those with a band cannot."""
    return (
        *(_form(batch.data), _form(batch.reference), batch.scale is None),
        *(batch.no_reference, batch.known is None, batch.whole is None),
        *(batch.by_area is None, batch.why_by_area),
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """The rows of all, in their order; of one form, and without bands."""
    first = batches[0]
    starts = np.cumsum([0, *(len(each.data) for each in batches)])
    return Batch(
        data=_joined_rows([each.data for each in batches]),
        spans=tuple(span for each in batches for span in each.spans),
        exposure=np.concatenate([each.exposure for each in batches]),
        reference=None
        if first.reference is None
        else _joined_rows([each.reference for each in batches if each.reference]),
        scale=_joined([each.scale for each in batches]),
        no_reference=first.no_reference,
        known=_joined([each.known for each in batches]),
        whole=_joined(
            [
                None
                if each.whole is None
                else np.where(each.whole < 0, -1, each.whole + at)
                for at, each in zip(starts.tolist(), batches, strict=False)
            ]
        ),
        by_area=_joined([each.by_area for each in batches]),
        why_by_area=first.why_by_area,
    )


def _form(rows: Rows | None) -> tuple[object, ...] | None:
    if rows is None:
        return None
    arrays = (rows.sumw2, rows.bin_entries, rows.bin_sumw2)
    held = [array is not None for array in arrays]
    return (rows.contents.shape[1:], *held, rows.error_mode)


def _joined_rows(every: Sequence[Rows]) -> Rows:
    contents = _joined([each.contents for each in every])
    assert contents is not None
    return Rows(
        contents=contents,
        axes=tuple(axes for each in every for axes in each.axes),
        entries=np.concatenate([each.entries for each in every]),
        sumw2=_joined([each.sumw2 for each in every]),
        bin_entries=_joined([each.bin_entries for each in every]),
        bin_sumw2=_joined([each.bin_sumw2 for each in every]),
        error_mode=every[0].error_mode,
    )


def _joined(arrays: Sequence[Array | None]) -> Array | None:
    there = [each for each in arrays if each is not None]
    return np.concatenate(there) if there else None
