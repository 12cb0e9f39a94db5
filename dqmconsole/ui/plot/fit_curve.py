"""The curve of a fitted function over the data of a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from dqmconsole.ui.plot.painting import guarded
from dqmconsole.ui.plot.view_box import ViewBox

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.theme import Theme

_WIDE = 2.0  # px
_DATA_Z = 10.0  # above the data and their reference


class FitCurve(pg.PlotCurveItem):
    """One function, in the coordinates of the view box that it was added to.

    It follows the axes: on a logarithmic one it is drawn in logarithms, and what is
    not above zero is left out. pyqtgraph's own log mode belongs to another item.
    """

    def __init__(self) -> None:
        super().__init__(connect="finite", antialias=True)
        self.setZValue(_DATA_Z)
        self._x: Array = np.zeros(0)
        self._y: Array = np.zeros(0)
        self._logs = (False, False)

    def show_curve(self, x: Array, y: Array, theme: Theme, *, old: bool) -> None:
        """Draw another curve.

        Args:
            x: of its points, in the unit of the axis, float64, shape (n,).
            y: likewise.
            theme: the colours.
            old: it was fitted to what is no longer shown: dashed.
        """
        self._x, self._y = x, y
        pen = QPen(QColor(theme.overlays[2]))
        pen.setWidthF(_WIDE)
        pen.setCosmetic(True)
        if old:
            pen.setDashPattern([4.0, 3.0])
        self.setPen(pen)
        self._logs = self._logs_of_axes()
        self._lay_out()

    @guarded
    def paint(self, painter: QPainter, *given: object) -> None:
        """Draw it."""
        super().paint(painter, *given)

    def viewRangeChanged(self) -> None:
        """Follow axes that turned logarithmic, or back."""
        super().viewRangeChanged()
        logs = self._logs_of_axes()
        if logs != self._logs:
            self._logs = logs
            self._lay_out()

    def _logs_of_axes(self) -> tuple[bool, bool]:
        box = self.getViewBox()
        if not isinstance(box, ViewBox):
            return (False, False)
        return (box.x_scale.log, box.y_scale.log)

    def _lay_out(self) -> None:
        x, y = (
            _decimal_log(values) if log else values
            for values, log in zip((self._x, self._y), self._logs, strict=True)
        )
        self.setData(x, y)


def _decimal_log(values: Array) -> Array:
    found = np.full(values.shape, np.nan)
    np.log10(values, out=found, where=values > 0)
    return found
