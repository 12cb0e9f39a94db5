"""Known regions as rectangles of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QColor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.known_issue import Region
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.scale import Scale


_DARK, _LIGHT = QColor("#14171A"), QColor("#FFFFFF")
_SOLID = QColor("#858C92")
_VEIL = QColor(133, 140, 146, 150)  # what lies beneath is seen
_LINES = 6  # px; the pattern repeats after eight


def region_rects(
    regions: Iterable[Region], pane: Pane, x: Axis, y: Axis | None
) -> list[QRect]:
    """Return the rectangles to hatch; a region outside the view gives none.

    Args:
        regions: the known regions.
        pane: where they are drawn.
        x: the histogram's x axis.
        y: its y axis, or None for one dimension (the whole height is hatched).
    """
    rect = pane.rect
    found = []
    for region in regions:
        across = _ranges(region.x, region.x_labels, x, pane.x.scale)
        up = [(0.0, 1.0)]
        if y is not None:
            up = _ranges(region.y, region.y_labels, y, pane.y.scale)
        for left, right in across:
            for low, high in up:
                start = rect.left() + round(left * rect.width())
                top = rect.top() + round((1 - high) * rect.height())
                width = max(round((right - left) * rect.width()), 2)
                height = max(round((high - low) * rect.height()), 2)
                made = QRect(start, top, width, height).intersected(rect)
                if not made.isEmpty():
                    found.append(made)
    return found


def hatched_rects(
    regions: Iterable[Region], pane: Pane, x: Axis, y: Axis
) -> tuple[QRect, ...]:
    """The same of two dimensions, in pixels of the pane."""
    corner = -pane.rect.topLeft()
    rects = region_rects(regions, pane, x, y)
    return tuple(rect.translated(corner) for rect in rects)


def stretches(
    regions: Iterable[Region], x: Axis, scale: Scale
) -> tuple[tuple[float, float], ...]:
    """Return the stretches of x to hatch, as clipped fractions of the axis."""
    return tuple(
        stretch
        for region in regions
        for stretch in _ranges(region.x, region.x_labels, x, scale)
    )


def paint_hatch(painter: QPainter, rect: QRect) -> None:
    """Hatch a part of a map: light lines with dark ones beside them, on grey.

    One colour would vanish on one end of the palette, and without the grey what is
    empty beneath looks like no data. A part that is too low or narrow for lines is
    grey within a dark outline.
    """
    small = min(rect.width(), rect.height()) < _LINES
    painter.fillRect(rect, _SOLID if small else _VEIL)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if small:
        painter.setPen(_DARK)
        painter.drawRect(rect.adjusted(-1, -1, 0, 0))
        return
    painter.setBrushOrigin(0, 0)
    painter.fillRect(rect, QBrush(_DARK, Qt.BrushStyle.BDiagPattern))
    painter.setBrushOrigin(1, 0)
    painter.fillRect(rect, QBrush(_LIGHT, Qt.BrushStyle.BDiagPattern))
    painter.setBrushOrigin(0, 0)
    painter.setPen(_DARK)
    painter.drawRect(rect.adjusted(0, 0, -1, -1))
    painter.setPen(_LIGHT)
    painter.drawRect(rect.adjusted(1, 1, -2, -2))


def _ranges(
    limits: tuple[float, float] | None,
    labels: tuple[str, ...],
    axis: Axis,
    scale: Scale,
) -> list[tuple[float, float]]:
    """Return the stretches, as clipped fractions of the axis."""
    if labels:
        edges = axis.edges
        chosen = [i for i, label in enumerate(axis.labels) if label in labels]
        pairs: Array = np.array([(edges[i], edges[i + 1]) for i in chosen])
        if len(pairs) == 0:
            return []
    elif limits is not None:
        pairs = np.array([sorted(limits)], dtype=np.float64)
    else:
        return [(0.0, 1.0)]
    fractions = np.clip(scale.fractions(pairs), 0.0, 1.0)
    return [(float(low), float(high)) for low, high in fractions if high > low]
