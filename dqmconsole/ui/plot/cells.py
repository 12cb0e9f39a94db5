"""The values of a map, written into its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor

from dqmconsole.ui.plot.palettes import bright
from dqmconsole.ui.plot.raster import colour_indices
from dqmconsole.ui.plot.words import short

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale

_MOST = 2000  # cells; of more none is large enough to be read


def paint_cells(
    painter: QPainter,
    pane: Pane,
    edges: tuple[Array, Array],
    values: Array,
    z: Scale,
    table: Array,
    look: Look,
) -> None:
    """Write each cell's value into it, where there is room.

    Args:
        painter: it draws.
        pane: where the map lies.
        edges: of its columns and rows, n + 1 and m + 1.
        values: shape (n, m).
        z: the range of the colours.
        table: the colours, from the lowest.
        look: fonts.
    """
    rect, metrics = pane.rect, look.metrics
    x = rect.left() + pane.x.scale.fractions(edges[0]) * rect.width()
    y = rect.bottom() + 1 - pane.y.scale.fractions(edges[1]) * rect.height()
    shown = np.flatnonzero((x[1:] > rect.left()) & (x[:-1] < rect.right()))
    if shown.size * (len(y) - 1) > _MOST:
        return
    indices = colour_indices(values, z)
    painter.setFont(look.font)
    for column in shown.tolist():
        for row in range(len(y) - 1):
            value = float(values[column, row])
            cell = QRect(
                QPoint(int(x[column]), int(y[row + 1])),
                QPoint(int(x[column + 1]) - 1, int(y[row]) - 1),
            )
            words = short(value, 3)
            if (
                value != value
                or cell.width() < metrics.horizontalAdvance(words)
                or cell.height() < metrics.ascent()
            ):
                continue
            dark = bright(int(table[indices[column, row]]))
            painter.setPen(QColor("#14171A" if dark else "#FFFFFF"))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
