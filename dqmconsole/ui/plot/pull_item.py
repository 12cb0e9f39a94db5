"""How far each bin is off, in standard deviations: bars up and down from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPen

from dqmconsole.ui.plot.painting import PaintedItem

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.shapes import Raster

_NO_PEN = QPen(Qt.PenStyle.NoPen)


class PullItem(PaintedItem):
    """Draws the pulls of a histogram: bins that the verdict names vivid, others calm.

    A child of a :class:`~dqmconsole.ui.plot.view_box.ViewBox`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[tuple[QBrush, list[QRectF]]] = []
        self._zero: tuple[int, int, QPen] | None = None

    def show_pulls(
        self, pulls: Array, edges: Array, loud: Array, raster: Raster, look: Look
    ) -> None:
        """Draw something else.

        Args:
            pulls: standard deviations, shape (n,); of NaN nothing is drawn, what is
                beyond the pane ends at its edge.
            edges: of the bins, shape (n + 1,).
            loud: which bins are vivid, bool, shape (n,).
            raster: where values lie.
            look: pens and brushes.
        """
        self.lie(QRectF(0, 0, raster.width, raster.height))
        left, right = raster.across(edges[:-1]), raster.across(edges[1:])
        zero = raster.row(0.0)
        top = raster.down(np.clip(pulls, raster.y.low, raster.y.high))
        seen = np.isfinite(top) & (right >= 0) & (left <= raster.width)
        self._bars = []
        for brush, chosen in ((look.fill, ~loud), (look.mark, loud)):
            at = np.flatnonzero(seen & chosen)
            ends = zip(left[at], right[at], top[at], strict=True)
            bars = [
                QRectF(x, min(y, zero), max(stop - x, 1.0), abs(y - zero))
                for x, stop, y in ends
            ]
            self._bars.append((brush, bars))
        self._zero = (zero, raster.width, look.line)

    def forget(self) -> None:
        """Drop what was drawn."""
        self._bars, self._zero = [], None

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        painter.setPen(_NO_PEN)
        for brush, bars in self._bars:
            painter.setBrush(brush)
            painter.drawRects(bars)
        if self._zero is not None:
            y, width, pen = self._zero
            painter.setPen(pen)
            painter.drawLine(0, y, width, y)
