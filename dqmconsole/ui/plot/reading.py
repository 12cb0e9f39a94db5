"""What lies under the mouse, and the statistics of what is seen, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.sums import bins_within, range_statistics
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.ticks import power_of_ten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Comparison
    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array, Axis, Histogram
    from dqmconsole.ui.plot.plane import Plane
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.series import Series


def short(value: float, digits: int = 4) -> str:
    """Write a number with few digits; thousands apart by a thin space.

    Beyond 10 million and below 0.0001 it has a power of ten ("1.318×10⁸").
    """
    if value != value or value in (float("inf"), float("-inf")):
        return "not a number" if value != value else str(value).replace("-", "−")
    rounded = f"{value:.{digits}g}"
    if abs(value) < 1e7 and (value == int(value) or "e+" in rounded):
        whole = f"{round(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        return whole.replace("-", "−")
    mantissa, power, exponent = rounded.partition("e")
    if power:
        mantissa += f"×{power_of_ten(int(exponent))}"
    return mantissa.replace("-", "−")


def bin_at(value: float, edges: Array) -> int | None:
    """Return the bin that holds `value`, or None outside."""
    index = int(np.searchsorted(edges, value, "right")) - 1
    if index == len(edges) - 1 and value == edges[-1]:
        index -= 1
    return index if 0 <= index < len(edges) - 1 else None


def bin_words(axis: Axis, edges: Array, index: int) -> str:
    """Name a bin: its label, its whole number, or its range."""
    if index < len(axis.labels) and axis.labels[index]:
        return plain_title(axis.labels[index])
    low, high = float(edges[index]), float(edges[index + 1])
    middle = 0.5 * (low + high)
    if abs(high - low - 1.0) < 1e-9 and abs(middle - round(middle)) < 1e-6:
        return short(round(middle))
    return f"{short(low)} to {short(high)}"


def read_curve(
    value: float,
    data: Series,
    reference: Series | None,
    overlays: Sequence[tuple[str, Series]],
    compared: Comparison | None,
) -> str:
    """Say what the bin at `value` holds: content, error, reference, comparison."""
    index = bin_at(value, data.edges)
    if index is None:
        return ""
    axis = data.histogram.axes[0]
    content = float(data.histogram.values()[index])
    error = float(data.errors()[index])
    words = f"{bin_words(axis, data.edges, index)}: {short(content)}"
    if error > 0:
        words += f" ± {short(error, 3)}"
    parts = [words]
    if reference is not None:
        parts.append(f"ref {short(float(reference.values[index]))}")
    if compared is not None and index < compared.values.size:
        parts.append(f"{compared.mode} {short(float(compared.values[index]), 3)}")
    for name, other in overlays:
        at = bin_at(value, other.edges)
        if at is not None:
            parts.append(f"{name} {short(float(other.values[at]))}")
    return " · ".join(parts)


def read_graphs(fraction: float, x: Scale, graphs: Sequence[Graph]) -> str:
    """Say which point of each graph lies nearest to a fraction of the x axis."""
    parts = []
    for graph in graphs:
        away = np.abs(x.fractions(graph.x) - fraction)
        away = np.where(np.isfinite(graph.y), away, np.nan)
        if not np.isfinite(away).any():
            continue
        at = int(np.nanargmin(away))
        words = f"{short(float(graph.x[at]))}: {short(float(graph.y[at]))}"
        if graph.y_errors is not None:
            down, up = (float(errors[at]) for errors in graph.y_errors)
            same = f" ± {short(up, 3)}" if up > 0 else ""
            apart = f" −{short(down, 3)} +{short(up, 3)}"
            words += same if down == up else apart
        name = plain_title(graph.title) or graph.name
        parts.append(f"{name} {words}" if len(graphs) > 1 else words)
    return " · ".join(parts)


def read_map(
    x: float,
    y: float,
    data: Plane,
    reference: Plane | None,
    compared: Comparison | None,
) -> str:
    """Say what the cell at (x, y) holds: content, error, reference, comparison."""
    x_edges, y_edges = data.edges
    column, row = bin_at(x, x_edges), bin_at(y, y_edges)
    if column is None or row is None:
        return ""
    x_axis, y_axis = data.axes
    place = f"{bin_words(x_axis, x_edges, column)}, {bin_words(y_axis, y_edges, row)}"
    words = f"{place}: {_or_empty(float(data.values[column, row]))}"
    if data.histogram.dimension == 2:
        error = float(np.sqrt(data.histogram.variances()[column, row]))
        if error > 0:
            words += f" ± {short(error, 3)}"
    parts = [words]
    if reference is not None:
        parts.append(f"ref {_or_empty(float(reference.values[column, row]))}")
    if compared is not None and compared.values.shape == data.values.shape:
        value = float(compared.values[column, row])
        parts.append(f"{compared.mode} {_or_empty(value, 'undefined')}")
    return " · ".join(parts)


def _or_empty(value: float, otherwise: str = "empty") -> str:
    return short(value) if np.isfinite(value) else otherwise


@np.errstate(all="ignore")  # sums of infinite contents are no number
def statistics_lines(histogram: Histogram) -> list[tuple[str, str]]:
    """Return names and values of the statistics, as ROOT prints them.

    Mean and RMS come from the kept sums (TH1::GetStats): sum of w x over sum of w,
    and the root of the mean square less the squared mean; ROOT calls that standard
    deviation "Std Dev", the control room RMS. They are left out when unknown.
    """
    lines = [("entries", short(histogram.entries))]
    sums = histogram.sums
    names = "xyz"[: histogram.dimension]
    weight = sums[0] if sums else 0.0
    if weight and math.isfinite(weight) and len(sums) >= 4:
        # TH2 puts sumwxy after the sums of y
        for name, start in zip(names, (2, 4, 7), strict=False):
            if len(sums) < start + 2:
                break
            mean = sums[start] / weight
            rms = math.sqrt(max(sums[start + 1] / weight - mean * mean, 0.0))
            which = f" {name}" if histogram.dimension > 1 else ""
            lines += [(f"mean{which}", short(mean)), (f"RMS{which}", short(rms))]
    if histogram.dimension == 1:
        counts = histogram.counts(flow=True)
        lines.append(("underflow", short(float(counts[0]))))
        lines.append(("overflow", short(float(counts[-1]))))
    else:
        whole = float(np.sum(histogram.counts(flow=True)))
        inside = float(np.sum(histogram.counts()))
        lines.append(("outside", short(whole - inside)))
    return lines


def statistics_in_view(
    histogram: Histogram, within: Sequence[tuple[float, float] | None]
) -> list[tuple[str, str]]:
    """Return names and values of the statistics of what a zoom shows.

    Args:
        histogram: the histogram.
        within: lowest and highest value seen on each axis; None: all of it.

    Returns:
        Those of the whole where all of it is seen.
    """
    seen = tuple(within)[: histogram.dimension]
    seen += (None,) * (histogram.dimension - len(seen))
    if all(each is None for each in seen):
        return statistics_lines(histogram)
    found = range_statistics(histogram, seen)
    parts = map(bins_within, histogram.axes, seen)
    counted = [f"{part.stop - part.start}" for part in parts]
    weights = "entries" if histogram.is_profile else "integral"
    bins = "bin" if counted == ["1"] else "bins" if len(counted) == 1 else "cells"
    lines = [("in view", f"{' × '.join(counted)} {bins}")]
    lines.append((weights, short(found.integral)))
    if histogram.dimension == 1:
        if math.isfinite(found.means[0]):
            lines.append(("mean", short(found.means[0])))
            lines.append(("RMS", short(found.deviations[0])))
        return [*lines, ("not in view", short(found.outside))]
    for name, mean, deviation in zip(
        "xyz", found.means, found.deviations, strict=False
    ):
        if math.isfinite(mean):  # in one line: there is no more room
            words = f"{short(mean, 3)}, RMS {short(deviation, 3)}"
            lines.append((f"mean {name}", words))
    return lines


@np.errstate(all="ignore")
def trend_words(histogram: Histogram, within: tuple[float, float] | None) -> str:
    """Write the last value of a trend, and mean and RMS of its values.

    Args:
        histogram: of one dimension; bins that were never filled do not count.
        within: lowest and highest x that are seen; None: all.

    Returns:
        The words, "" where nothing is filled.
    """
    values, part = histogram.values(), bins_within(histogram.axes[0], within)
    filled = histogram.counts() != 0 if histogram.is_profile else values != 0
    filled &= np.isfinite(values)
    if not histogram.is_profile and filled.any():
        # what lies beyond the last filled bin is the future, a zero before it a value
        filled = np.isfinite(values) & (
            np.arange(values.size) <= filled.nonzero()[0][-1]
        )
    seen = values[part][filled[part]]
    if not seen.size:
        return ""
    mean, deviation = short(float(seen.mean())), short(float(seen.std()), 3)
    return f"last {short(float(seen[-1]))}, mean {mean} ± {deviation} (RMS)"
