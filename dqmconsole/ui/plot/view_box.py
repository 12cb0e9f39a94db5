"""The area of a plot that is drawn into, set up for monitoring.

Nothing here follows the data by itself: auto-range, menu and pyqtgraph's own mouse
are off. The canvas says which ranges are shown (:meth:`ViewBox.show_ranges`), and is
told which ones the shifter would like (:attr:`ViewBox.ranges_chosen`).

Two systems of coordinates meet here. The view box's own are whole pixels from its
upper left corner; what each picture draws (histogram, points, map) is a child of the
view box and draws in them. Those of ``addItem`` are the view's: the axis's values, on
a logarithmic axis their decimal logarithm; lines and regions to be moved by hand live
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from dqmconsole.ui.plot.painting import guarded
from dqmconsole.ui.plot.scale import Scale

if TYPE_CHECKING:
    from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent
    from PySide6.QtGui import QPainter, QPen
    from PySide6.QtWidgets import (
        QGraphicsSceneWheelEvent,
        QStyleOptionGraphicsItem,
        QWidget,
    )

DRAG = 6  # pixels; less is a click
_STEP = 0.8  # one notch of the wheel zooms in to this share
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class ViewBox(pg.ViewBox):
    """A plotting area with its ranges and its mouse.

    The wheel zooms about the pointer, over an axis that axis alone; the left button
    draws a rectangle to zoom into; the middle one moves the plot by a drag and shows
    the whole range by a click. The right one is the canvas's, for its menu.

    Attributes:
        x_scale, y_scale: the ranges shown.
        both: the wheel zooms y as well as x (maps).
        y_free: y can be chosen by a rectangle; else x alone (a comparison beneath).

    Signals:
        ranges_chosen: x and y, each a Scale or None where it is left alone, and the
            gesture in a word ("wheel", "box", "pan begins", "pan").
        whole_wanted: the whole range is to be shown.
    """

    ranges_chosen = Signal(object, object, str)
    whole_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(enableMouse=False, enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsFocusable, enabled=False)
        self.borderRect.hide()
        self.childGroup.setZValue(1.0)  # above the data; pyqtgraph has it beneath
        self.x_scale = self.y_scale = Scale(0.0, 1.0)
        self._pan_from = (self.x_scale, self.y_scale)
        self.both = False
        self.y_free = True
        self._box: QGraphicsRectItem | None = None
        self._pen: QPen | None = None

    def show_ranges(
        self, x: Scale, y: Scale, *, both: bool = False, y_free: bool = True
    ) -> None:
        """Show other ranges.

        Args:
            x: the range of x.
            y: the range of y.
            both: the wheel zooms y as well as x.
            y_free: a rectangle chooses y, too.
        """
        self.both, self.y_free = both, y_free
        if (x, y) != (self.x_scale, self.y_scale):
            self.x_scale, self.y_scale = x, y
            self.setRange(xRange=x.ends, yRange=y.ends, padding=0.0)

    def set_box_pen(self, pen: QPen) -> None:
        """Draw the rectangle of a drag so."""
        self._pen = pen

    # -- Qt and pyqtgraph --------------------------------------------------------

    @guarded
    def paint(
        self,
        _painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw nothing: the ground is the canvas's, the frame the axes'."""

    def wheelEvent(
        self, event: QGraphicsSceneWheelEvent, axis: int | None = None
    ) -> None:
        """Zoom about the pointer; `axis` 0 or 1: that one alone."""
        turned = event.delta()
        if not turned:
            event.ignore()
            return
        at = self._fractions(event.scenePos())
        factor = _STEP ** (turned / 120)
        x = y = None
        if axis != 1:
            x = self.x_scale.part(*_ends(at.x(), factor))
        if axis == 1 or (self.both and axis is None):
            y = self.y_scale.part(*_ends(at.y(), factor))
        self.ranges_chosen.emit(x, y if self.y_free else None, "wheel")
        event.accept()

    def mouseDragEvent(self, event: MouseDragEvent, axis: int | None = None) -> None:
        """Draw the rectangle to zoom into, or move the plot."""
        if event.button() == _MIDDLE:
            event.accept()
            self._pan(event, axis)
        elif event.button() == _LEFT:
            event.accept()
            self._zoom(event, axis)
        else:
            event.ignore()

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Show the whole range."""
        if event.button() == _MIDDLE:
            event.accept()
            self.whole_wanted.emit()

    # -- inside ------------------------------------------------------------------

    def _fractions(self, at: QPointF) -> QPointF:
        """A point of the scene in fractions of x and y, from the lower left."""
        rect = self.sceneBoundingRect()
        wide, high = max(self.width(), 1.0), max(self.height(), 1.0)
        x, y = (at.x() - rect.left()) / wide, 1 - (at.y() - rect.top()) / high
        return QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def _inside(self, at: QPointF) -> QPointF:
        """A point of the scene in the view box's pixels, moved inside."""
        here = self.mapFromScene(at)
        x, y = min(max(here.x(), 0.0), self.width()), max(here.y(), 0.0)
        return QPointF(x, min(y, self.height()))

    def _pan(self, event: MouseDragEvent, axis: int | None) -> None:
        if event.isStart():
            self._pan_from = (self.x_scale, self.y_scale)
        moved = event.scenePos() - event.buttonDownScenePos()
        across = moved.x() / max(self.width(), 1.0)
        up = -moved.y() / max(self.height(), 1.0)
        x = y = None
        if axis != 1:
            x = self._pan_from[0].part(-across, 1 - across)
        if axis == 1 or (self.both and axis is None):
            y = self._pan_from[1].part(-up, 1 - up)
        gesture = "pan begins" if event.isStart() else "pan"
        self.ranges_chosen.emit(x, y if self.y_free else None, gesture)

    def _zoom(self, event: MouseDragEvent, axis: int | None) -> None:
        start = self._inside(event.buttonDownScenePos())
        stop = self._inside(event.scenePos())
        drag, wide, high = QRectF(start, stop).normalized(), self.width(), self.height()
        if axis == 0:
            drag.setRect(drag.left(), 0, drag.width(), high)
        elif axis == 1:
            drag.setRect(0, drag.top(), wide, drag.height())
        if not event.isFinish():
            self._show_box(drag)
            return
        if self._box is not None:
            self._box.hide()
        x = y = None
        if axis != 1 and drag.width() >= DRAG:
            x = self.x_scale.part(drag.left() / wide, drag.right() / wide)
        # a flat rectangle chooses x alone
        if self.y_free and axis != 0 and drag.height() >= 2 * DRAG:
            y = self.y_scale.part(1 - drag.bottom() / high, 1 - drag.top() / high)
        if x is not None or y is not None:
            self.ranges_chosen.emit(x, y, "box")

    def _show_box(self, rect: QRectF) -> None:
        if self._box is None:
            self._box = QGraphicsRectItem(self)
            self._box.setZValue(1e3)
        if self._pen is not None:
            self._box.setPen(self._pen)
        self._box.setRect(rect)
        self._box.show()


def _ends(at: float, factor: float) -> tuple[float, float]:
    return at - at * factor, at + (1 - at) * factor
