"""The plotting area of a tile: draws a scene, zooms, and reads bins.

A plain QWidget painted by QPainter, not a pyqtgraph PlotWidget: of the time a
stock plot takes, most goes into the scene graph (an item's bounding rectangles,
its transformation, the axes' own pictures, range signals) and not into pixels.
Here axes lie in a pixmap that is drawn anew only when a range moves, and a
histogram is one polygon and one polyline in whole device pixels, filled straight
from numpy. tests/benchmarks/redraw.py measures both side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.drawing import ShownRange
from dqmconsole.ui.plot.look import Look, look_of
from dqmconsole.ui.plot.maps import Maps
from dqmconsole.ui.plot.notes import (
    paint_notice,
    paint_remark,
    paint_statistics,
    paint_text,
)
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.statistics import statistics_lines
from dqmconsole.ui.plot.zooming import DRAG, about, into

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.drawing import Drawing
    from dqmconsole.ui.theme import Theme


class PlotCanvas(QWidget):
    """Draws one plot.

    Attributes:
        scene: what it draws.
        zoomed: the shifter chose the range of an axis.

    Signals:
        read: what lies under the mouse, in words; "" when it leaves.
        pressed: a click.
        double_clicked: a double click.
        zoom_changed: whether the plot is zoomed now.
    """

    read = Signal(str)
    pressed = Signal()
    double_clicked = Signal()
    zoom_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grey = False
        self._large = False
        self.scene = Scene()
        self._drawing: Drawing | None = None
        self._view = ShownRange()
        self._painted = self.size()
        self._from: QPoint | None = None
        self._to: QPoint | None = None
        self._hover: QPoint | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    @property
    def zoomed(self) -> bool:
        """Tell whether the shifter chose the range of an axis."""
        return self._view != ShownRange()

    @property
    def panes(self) -> list[Pane]:
        """The panes as last painted, the data's first."""
        return self._drawing.panes() if self._drawing is not None else []

    def lay_out(self) -> list[Pane]:
        """The panes as they lie at its present size, painted or not."""
        if self._drawing is not None:
            look, ratio = self._look(), self.devicePixelRatioF()
            with np.errstate(all="ignore"):
                self._drawing.prepare(self.rect(), look, self._view, ratio)
            self._painted = self.size()
        return self.panes

    def show_scene(self, scene: Scene) -> None:
        """Draw another scene; the zoom stays."""
        self.scene = scene
        data = scene.data
        if data is None:
            self._drawing = None
        else:
            kind = Curves if data.dimension == 1 else Maps
            if not isinstance(self._drawing, kind):
                self._drawing = kind()
            with np.errstate(all="ignore"):
                self._drawing.take(scene)
        self.update()
        if self._hover is not None:
            self.read.emit(self._words_at(self._hover))

    def clear(self) -> None:
        """Forget picture, ranges and zoom."""
        self.scene = Scene()
        self._drawing = None
        self._set_view(ShownRange())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def set_large(self, on: bool) -> None:
        """Draw with larger letters and the statistics box."""
        self._large = on
        self.update()

    def set_grey(self, on: bool) -> None:
        """Draw stale data without their colour."""
        if on != self._grey:
            self._grey = on
            self.update()

    def reset_zoom(self) -> None:
        """Show the whole range again."""
        self._set_view(ShownRange())

    def zoom_by(self, factor: float) -> None:
        """Zoom x about its middle; a factor below 1 zooms in."""
        self._zoom_about(0.5, 0.5, factor)

    def pan_by(self, share: float) -> None:
        """Move x by a share of what is seen."""
        pane = self._pane()
        if pane is not None:
            x = pane.x.scale.part(share, 1 + share)
            self._set_view(ShownRange(x, self._view.y))

    def plot_pixels(self) -> tuple[int, int]:
        """Width and height of the data's plotting area, in pixels."""
        pane = self._pane()
        if pane is None:
            return (max(self.width() - 60, 1), max(self.height() - 40, 1))
        # since it was painted the canvas may have grown; the margins did not
        grown = self.size() - self._painted
        panes = self._drawing.panes() if isinstance(self._drawing, Maps) else [pane]
        beside = len({each.rect.left() for each in panes})
        above = len({each.rect.top() for each in panes})
        wide = pane.rect.width() + grown.width() // beside
        return (max(wide, 1), max(pane.rect.height() + grown.height() // above, 1))

    # -- Qt --------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the scene."""
        painter = QPainter(self)
        # what overflows or is undefined becomes a gap; that is no news to a log
        with np.errstate(all="ignore"):
            self._paint(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag or a click."""
        self.pressed.emit()
        if event.button() == Qt.MouseButton.MiddleButton:
            self.reset_zoom()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().toPoint()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read bins, and draw the rectangle of a drag."""
        at = event.position().toPoint()
        self._hover = at
        self.read.emit(self._words_at(at))
        if self._from is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._to = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Zoom into the rectangle of a drag."""
        start, stop = self._from, event.position().toPoint()
        self._from = self._to = None
        if start is not None and (stop - start).manhattanLength() >= DRAG:
            drag, maps = (
                QRect(start, stop).normalized(),
                isinstance(self._drawing, Maps),
            )
            self._set_view(into(self._view, self.panes, drag, maps=maps))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to open the plot."""
        self._from = self._to = None
        self.double_clicked.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        super().leaveEvent(event)
        self._hover = None
        self.read.emit("")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom x (of maps y as well) about the pointer."""
        pane = self._pane()
        turned = event.angleDelta().y()
        if pane is None or not turned:
            event.ignore()
            return
        at = event.position()
        x = (at.x() - pane.rect.left()) / pane.rect.width()
        y = (pane.rect.bottom() - at.y()) / pane.rect.height()
        self._zoom_about(min(max(x, 0), 1), min(max(y, 0), 1), 0.8 ** (turned / 120))
        event.accept()

    # -- inside ------------------------------------------------------------------

    def _paint(self, painter: QPainter) -> None:
        look = self._look()
        area, scene = self.rect(), self.scene
        if self._drawing is None:
            painter.fillRect(area, look.ground)
            if scene.text:
                paint_text(painter, area, look, scene.text)
            elif scene.heading:
                paint_notice(painter, area, look, scene.heading, scene.words)
            return
        ratio = self.devicePixelRatioF()
        self._drawing.paint(painter, area, look, self._view, ratio)
        self._painted = self.size()
        pane = self._pane()
        remark = self._drawing.remark()
        if remark and pane is not None:
            paint_remark(painter, pane.rect, look, remark)
        wanted = self._large or scene.draw.stats
        if isinstance(self._drawing, Curves) and scene.data and pane and wanted:
            lines = statistics_lines(scene.data)
            left = self._drawing.leans_right()
            paint_statistics(painter, pane.rect, look, lines, left=left)
        if self._from is not None and self._to is not None:
            painter.setPen(look.selection)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(self._from, self._to).normalized())

    def _look(self) -> Look:
        family = self.font().family()
        return look_of(self._theme, family, grey=self._grey, large=self._large)

    def _pane(self) -> Pane | None:
        return next(iter(self.panes), None)

    def _words_at(self, at: QPoint) -> str:
        if self._drawing is None:
            return ""
        with np.errstate(all="ignore"):
            return self._drawing.read(at)

    def _set_view(self, view: ShownRange) -> None:
        if view == self._view:
            return
        was = self.zoomed
        self._view = view
        self.update()
        if self.zoomed != was:
            self.zoom_changed.emit(self.zoomed)

    def _zoom_about(self, x: float, y: float, factor: float) -> None:
        pane = self._pane()
        if pane is None:
            return
        if not isinstance(self._drawing, Maps):
            y = -1.0  # the height of curves follows from what is seen
        self._set_view(about(self._view, pane, (x, y), factor))
