"""Lines, a rectangle and a crosshair over a plot, moved by hand.

They lie in the view box of the data's pane, in the axes' values (of a logarithmic axis
their decimal logarithm), and are drawn in two strokes, a dark and a light one: they
are seen on every map.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPen

from dqmconsole.ui.plot.painting import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QGraphicsItem

    from dqmconsole.ui.plot.canvas import PlotCanvas
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.view_box import ViewBox
    from dqmconsole.ui.theme import Theme

Ranges = tuple[tuple[float, float], ...]
"""Lowest and highest value, for x alone or for x and y."""

_ABOVE = 5.0  # z of the layer, over what is drawn of the data
_HANDLE = 6  # px


class Stroke(pg.InfiniteLine):
    """A line across the whole plot, in two strokes."""

    def __init__(self, angle: int) -> None:
        super().__init__(angle=angle, movable=False)
        self._under = QPen()

    def set_pens(self, over: QPen, under: QPen) -> None:
        """Draw one stroke over a wider one."""
        self._under = under
        self.setPen(under)  # the wider one: room is made for it
        self.currentPen = over

    @guarded
    def paint(self, painter: QPainter, *told: object) -> None:
        """Draw both strokes."""
        over = self.currentPen
        self.currentPen = self._under
        super().paint(painter, *told)
        self.currentPen = over
        super().paint(painter, *told)


class Rectangle(pg.ROI):
    """A rectangle with a handle at every corner, in two strokes."""

    def __init__(self) -> None:
        super().__init__((0.0, 0.0), (1.0, 1.0))
        for x in (0.0, 1.0):
            for y in (0.0, 1.0):
                self.addScaleHandle((x, y), (1.0 - x, 1.0 - y))
        self._under = QPen()

    def set_pens(self, over: QPen, under: QPen) -> None:
        """Draw one stroke over a wider one."""
        self._under = under
        self.hoverPen = over
        self.setPen(over)
        for each in self.getHandles():
            each.pen = each.currentPen = each.hoverPen = over
            each.update()

    @guarded
    def paint(self, painter: QPainter, *told: object) -> None:
        """Draw both strokes."""
        over = self.currentPen
        for pen in (self._under, over):
            painter.save()
            self.currentPen = pen
            super().paint(painter, *told)
            painter.restore()


class Overlays(QObject):
    """What lies over the plot of one canvas; made when it is first asked for.

    Args:
        canvas: the canvas.
        theme: the colours.

    Signals:
        dragged: Ranges of lines or rectangle moved by the mouse, and whether it has
            let go of them.
        pointed: values of x and y under the mouse, while the crosshair is shown.
    """

    dragged = Signal(object, bool)
    pointed = Signal(float, float)

    def __init__(self, canvas: PlotCanvas, theme: Theme) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._theme = theme
        self._strokes: list[Stroke] = []
        self._band: pg.LinearRegionItem | None = None
        self._rectangle: Rectangle | None = None
        self._crossed = False
        canvas.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._paint_all()

    def show_lines(self, x: tuple[float, float]) -> None:
        """Show two upright lines at two values of x."""
        box = self._box()
        if self._band is None:
            self._band = pg.LinearRegionItem(movable=True)
            self._band.setZValue(_ABOVE - 1)
            box.addItem(self._band, ignoreBounds=True)
            self._band.sigRegionChanged.connect(self._band_moved)
            self._band.sigRegionChangeFinished.connect(self._band_left)
            self._paint_all()
        with QSignalBlocker(self._band):
            self._band.setRegion(tuple(_at(value, box.x_scale) for value in x))
        self._show_alone(self._band, *self._strokes)
        self._place_strokes([(value, 90) for value in x])

    def show_rectangle(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show a rectangle from one value to another on both axes."""
        box = self._box()
        if self._rectangle is None:
            self._rectangle = Rectangle()
            self._rectangle.setZValue(_ABOVE)
            box.addItem(self._rectangle, ignoreBounds=True)
            self._rectangle.sigRegionChanged.connect(self._rectangle_moved)
            self._rectangle.sigRegionChangeFinished.connect(self._rectangle_left)
            self._paint_all()
        left, right = (_at(value, box.x_scale) for value in x)
        low, high = (_at(value, box.y_scale) for value in y)
        with QSignalBlocker(self._rectangle):
            self._rectangle.setPos((left, low), finish=False)
            self._rectangle.setSize((right - left, high - low), finish=False)
        self._show_alone(self._rectangle)

    def show_cross(self, x: float, y: float | None) -> None:
        """Show a crosshair; y None: the upright line alone."""
        self._show_alone()
        self._crossed = True
        lines = [(x, 90)]
        if y is not None and math.isfinite(y):
            lines.append((y, 0))
        self._place_strokes(lines)

    def hide(self) -> None:
        """Show nothing of it."""
        self._show_alone()

    @property
    def ranges(self) -> Ranges | None:
        """What lies between the lines or in the rectangle as they are seen; or None."""
        box = self._box()
        if self._band is not None and self._band.isVisible():
            low, high = self._band.getRegion()
            return ((_value(low, box.x_scale), _value(high, box.x_scale)),)
        if self._rectangle is not None and self._rectangle.isVisible():
            at, size = self._rectangle.pos(), self._rectangle.size()
            x = (_value(at.x(), box.x_scale), _value(at.x() + size.x(), box.x_scale))
            y = (_value(at.y(), box.y_scale), _value(at.y() + size.y(), box.y_scale))
            return (_ordered(x), _ordered(y))
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the crosshair follow the mouse."""
        if (
            self._crossed
            and event.type() == QEvent.Type.MouseMove
            and isinstance(event, QMouseEvent)
            and not event.buttons()
        ):
            at = event.position().toPoint()
            for pane in self._canvas.panes:
                if pane.rect.contains(at):
                    x = (at.x() + 0.5 - pane.rect.left()) / pane.rect.width()
                    y = (pane.rect.bottom() + 0.5 - at.y()) / pane.rect.height()
                    self.pointed.emit(pane.x.scale.value(x), pane.y.scale.value(y))
                    break
        return super().eventFilter(watched, event)

    # -- inside --------------------------------------------------------------------

    def _box(self) -> ViewBox:
        box = self._canvas.plot_items.pane(0).box
        box.childGroup.setZValue(_ABOVE)
        return box

    def _show_alone(self, *shown: QGraphicsItem) -> None:
        """Show some of the items, and hide the others."""
        self._crossed = False
        for item in (*self._strokes, self._band, self._rectangle):
            if item is not None:
                item.setVisible(item in shown)

    def _place_strokes(self, lines: Sequence[tuple[float, int]]) -> None:
        box = self._box()
        while len(self._strokes) < len(lines):
            stroke = Stroke(90)
            stroke.setZValue(_ABOVE)
            stroke.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
            box.addItem(stroke, ignoreBounds=True)
            self._strokes.append(stroke)
            self._paint_all()
        for stroke, (value, angle) in zip(self._strokes, lines, strict=False):
            stroke.setAngle(angle)
            stroke.setValue(_at(value, box.x_scale if angle else box.y_scale))
            stroke.show()

    def _paint_all(self) -> None:
        over, under = QPen(QColor(self._theme.ink)), QPen(QColor(self._theme.tile))
        over.setCosmetic(True)
        under.setCosmetic(True)
        under.setWidthF(3.0)
        shade = QColor(self._theme.selection)
        shade.setAlpha(40)
        for stroke in self._strokes:
            stroke.set_pens(over, under)
        if self._rectangle is not None:
            self._rectangle.set_pens(over, under)
        if self._band is not None:
            self._band.setBrush(QBrush(shade))
            self._band.setHoverBrush(QBrush(shade))
            for line in self._band.lines:  # their strokes are drawn over them
                line.setPen(QPen(Qt.PenStyle.NoPen))
                line.setHoverPen(QPen(Qt.PenStyle.NoPen))
        self._canvas.viewport().update()

    def _band_moved(self) -> None:
        self._moved(done=False)

    def _band_left(self) -> None:
        self._moved(done=True)

    def _rectangle_moved(self) -> None:
        self._moved(done=False)

    def _rectangle_left(self) -> None:
        self._moved(done=True)

    def _moved(self, *, done: bool) -> None:
        ranges = self.ranges
        if ranges is None:
            return
        if len(ranges) == 1:
            self._place_strokes([(value, 90) for value in ranges[0]])
        self._canvas.viewport().update()
        self.dragged.emit(ranges, done)


def _at(value: float, scale: Scale) -> float:
    """Where a value lies in the view's coordinates."""
    return math.log10(max(value, 1e-300)) if scale.log else value


def _value(at: float, scale: Scale) -> float:
    """The value at a place of the view's coordinates."""
    return float(10.0 ** min(max(at, -300.0), 300.0)) if scale.log else float(at)


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    return (min(pair), max(pair))
