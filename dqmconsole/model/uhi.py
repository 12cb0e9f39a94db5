"""Histograms of other libraries: boost-histogram, hist, uproot, whatever speaks UHI."""

from __future__ import annotations

import math
from typing import Any, Protocol, runtime_checkable

import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram, read_only

_CLASSES = {
    "COUNT": ("TH1D", "TH2D", "TH3D"),
    "MEAN": ("TProfile", "TProfile2D"),
}


@runtime_checkable
class UhiHistogram(Protocol):
    """What is needed of UHI's ``PlottableHistogram`` (https://uhi.readthedocs.io)."""

    @property
    def kind(self) -> Any:  # noqa: ANN401 - a text, or an enumeration of texts
        """Either "COUNT" or "MEAN"."""

    @property
    def axes(self) -> Any:  # noqa: ANN401 - any sequence of any axes
        """The axes."""

    def values(self) -> Any:  # noqa: ANN401 - an array of any library
        """Contents, of a "MEAN" the means."""

    def variances(self) -> Any:  # noqa: ANN401 - or None
        """Squared errors."""

    def counts(self) -> Any:  # noqa: ANN401 - or None
        """Effective entries."""


def from_uhi(name: str, given: UhiHistogram) -> Histogram:
    """A histogram of another library as ours.

    Flow bins come along where it gives them. Statistics that ROOT keeps beside the bins
    are unknown.

    Args:
        name: of the element.
        given: of one to three axes; a "MEAN" of one or two.

    Raises:
        ValueError: it has other axes, or what it gives does not fit them.
    """
    kind = str(getattr(given.kind, "value", given.kind))
    axes = tuple(_axis(each) for each in given.axes)
    classes = _CLASSES.get(kind, ())
    if not 1 <= len(axes) <= len(classes):
        message = f"{kind} histograms of {len(axes)} axes are not known"
        raise ValueError(message)
    values = _array(given, "values", axes)
    variances = _array(given, "variances", axes)
    if values is None:
        message = "it has no values"
        raise ValueError(message)
    title = str(getattr(given, "title", "") or getattr(given, "label", "") or "")
    root_class = classes[len(axes) - 1]
    if kind == "COUNT":
        plain = variances is None or np.array_equal(values, variances)
        entries = values if plain else _array(given, "counts", axes)
        return Histogram(
            name,
            title,
            root_class,
            axes,
            read_only(values),
            sumw2=None if plain or variances is None else read_only(variances),
            entries=0.0 if entries is None else float(entries.sum()),
        )
    counts = _array(given, "counts", axes)
    if counts is None or variances is None:
        message = "it has means without counts and variances"
        raise ValueError(message)
    counts, values, variances = map(np.nan_to_num, (counts, values, variances))
    squares = counts * (variances * counts + values**2)
    return Histogram(
        name,
        title,
        root_class,
        axes,
        read_only(counts * values),
        sumw2=read_only(squares),
        bin_entries=read_only(counts),
        entries=float(counts.sum()),
    )


def _axis(given: Any) -> Axis:  # noqa: ANN401 - of any library
    title = str(
        getattr(given, "label", "")
        or getattr(given, "title", "")
        or getattr(given, "name", "")
        or ""
    )
    bins = len(given)
    found = [given[i] for i in range(bins)]
    if getattr(getattr(given, "traits", None), "discrete", False):
        if all(isinstance(each, str) for each in found):
            return Axis(bins, 0.0, float(bins), title=title, labels=tuple(found))
        found = [(float(each), float(each) + 1.0) for each in found]
    edges = np.array([*(low for low, _ in found), found[-1][1]], np.float64)
    if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):
        message = "the edges of its bins do not rise"
        raise ValueError(message)
    even = np.linspace(edges[0], edges[-1], bins + 1)
    alike = np.allclose(edges, even, rtol=0, atol=1e-9 * (edges[-1] - edges[0]))
    variable = None if alike else read_only(edges)
    return Axis(bins, float(edges[0]), float(edges[-1]), variable, title)


def _array(given: UhiHistogram, what: str, axes: tuple[Axis, ...]) -> Array | None:
    """One of its arrays with both flow bins of each axis, float64; None: it has none.

    Raises:
        ValueError: of another shape.
    """
    get = getattr(given, what)
    try:
        found = get(flow=True)
    except TypeError:  # the protocol knows no flow
        found = get()
    if found is None:
        return None
    array = np.asarray(found, np.float64)
    if array.ndim != len(axes):
        message = f"its {what} have {array.ndim} axes, not {len(axes)}"
        raise ValueError(message)
    widths = []
    for size, axis, other in zip(array.shape, axes, given.axes, strict=True):
        missing = axis.bins + 2 - size
        if not 0 <= missing <= 2:
            message = f"its {what} have {size} bins on an axis of {axis.bins}"
            raise ValueError(message)
        under = getattr(getattr(other, "traits", None), "underflow", False)
        first = math.ceil(missing / 2) if not (missing == 1 and under) else 0
        widths.append((first, missing - first))
    # ROOT's order: x runs fastest
    return np.asfortranarray(np.pad(array, widths))
