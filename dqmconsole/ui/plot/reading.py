"""What lies under the mouse, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.words import plain, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Comparison
    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.ui.plot.plane import Plane
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.series import Series


def bin_at(value: float, edges: Array) -> int | None:
    """Return the bin that holds `value`, or None outside."""
    index = int(np.searchsorted(edges, value, "right")) - 1
    if index == len(edges) - 1 and value == edges[-1]:
        index -= 1
    return index if 0 <= index < len(edges) - 1 else None


def bin_words(axis: Axis, edges: Array, index: int) -> str:
    """Name a bin: its label, its whole number, or its range."""
    if index < len(axis.labels) and axis.labels[index]:
        return plain(axis.labels[index])
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
        name = plain(graph.title) or graph.name
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
