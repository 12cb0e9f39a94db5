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


class Stroke(pg.InfiniteLine):
    """A line across the whole plot, in two strokes."""

    def __init__(self) -> None:
        super().__init__(movable=False)
        self._under = QPen()

    def set_pens(self, over: QPen, under: QPen) -> None:
        """Draw one stroke over a wider one."""
        self._under = under
        self.setPen(under)  # the wider one: room is made for it
        self.currentPen = over

    @guarded
    def paint(self, painter: QPainter, *given: object) -> None:
        """Draw both strokes."""
        over = self.currentPen
        self.currentPen = self._under
        super().paint(painter, *given)
        self.currentPen = over
        super().paint(painter, *given)


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
    def paint(self, painter: QPainter, *given: object) -> None:
        """Draw both strokes."""
        over = self.currentPen
        for pen in (self._under, over):
            painter.save()
            painter.setBrush(Qt.BrushStyle.NoBrush)  # not that of the item before
            self.currentPen = pen
            super().paint(painter, *given)
            painter.restore()


class Band(QObject):
    """Two lines across a plot, and what lies between them, moved by the mouse.

    Signals:
        dragged: lowest and highest value between them.
        dropped: the mouse has let go.
    """

    dragged = Signal(float, float)
    dropped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._region: pg.LinearRegionItem | None = None
        self._box: ViewBox | None = None
        self._across = False
        self._held = False
        self._ends = (0.0, 0.0)

    def lie(
        self,
        box: ViewBox,
        ends: tuple[float, float],
        limits: tuple[float, float] | None = None,
        *,
        across: bool = False,
    ) -> None:
        """Lie between two values of an axis, once the mouse lets go.

        Args:
            box: the plot's view box.
            ends: the values.
            limits: how far the lines can go; None for anywhere.
            across: the lines lie across the plot, at values of y; else at those of x.
        """
        if self._region is None or box is not self._box or across != self._across:
            self.take_away()
            kind = "horizontal" if across else "vertical"
            self._region = pg.LinearRegionItem(orientation=kind)
            self._region.setZValue(_ABOVE - 1)
            self._region.sigRegionChanged.connect(self._moved)
            self._region.sigRegionChangeFinished.connect(self._let_go)
            box.addItem(self._region, ignoreBounds=True)
            self._box, self._across = box, across
        self._ends = ends
        self._region.show()
        if not self._held:
            with QSignalBlocker(self._region):
                if limits is not None:
                    self._region.setBounds(self._placed(limits))
                self._region.setRegion(self._placed(ends))

    def set_look(
        self, colour: QColor, shade: int, *, lines: bool, movable: bool = True
    ) -> None:
        """Draw it so.

        Args:
            colour: of the lines, and of what lies between them.
            shade: how opaque that is, 0 to 255.
            lines: they are drawn.
            movable: it moves as a whole, too.
        """
        if self._region is None:
            return
        body, under_mouse, pen = QColor(colour), QColor(colour), QPen(colour)
        body.setAlpha(shade)
        under_mouse.setAlpha(shade * 8 // 5)
        pen.setCosmetic(True)
        pen.setWidthF(2.0)
        hover = QPen(pen)
        hover.setWidthF(4.0)
        if not lines:
            pen = hover = QPen(Qt.PenStyle.NoPen)
        self._region.setBrush(QBrush(body))
        self._region.setHoverBrush(QBrush(under_mouse))
        for line in self._region.lines:
            line.setPen(pen)
            line.setHoverPen(hover)
        self._region.movable = movable

    def hide(self) -> None:
        """Hide it until it is placed again."""
        self._held = False
        if self._region is not None:
            self._region.hide()

    def take_away(self) -> None:
        """Take it out of its plot."""
        if self._region is not None and self._box is not None:
            self._box.removeItem(self._region)
        self._region = self._box = None
        self._held = False

    @property
    def _scale(self) -> Scale:
        assert self._box is not None
        return self._box.y_scale if self._across else self._box.x_scale

    def _placed(self, ends: tuple[float, float]) -> tuple[float, float]:
        return (_at(ends[0], self._scale), _at(ends[1], self._scale))

    def _moved(self) -> None:
        assert self._region is not None
        self._held = True
        low, high = self._region.getRegion()
        self.dragged.emit(_value(low, self._scale), _value(high, self._scale))

    def _let_go(self) -> None:
        self._held = False
        self.dropped.emit()
        if self._region is not None and self._box is not None:
            with QSignalBlocker(self._region):
                self._region.setRegion(self._placed(self._ends))


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
        self._lines: Ranges = ()
        self._band = Band(self)
        self._band.dragged.connect(self._band_moved)
        self._band.dropped.connect(lambda: self._moved(self._lines, done=True))
        self._rectangle: Rectangle | None = None
        self._crossed = False
        canvas.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._paint_all()

    def show_lines(self, x: tuple[float, float]) -> None:
        """Show two upright lines at two values of x."""
        self._show_alone(*self._strokes, band=True)
        self._lines = (x,)
        self._band.lie(self._box(), x)
        # strokes are drawn over its lines
        self._band.set_look(QColor(self._theme.selection), 40, lines=False)
        self._place_strokes([(value, 90) for value in x])

    def show_rectangle(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show a rectangle from one value to another on both axes."""
        box = self._box()
        if self._rectangle is None:
            self._rectangle = Rectangle()
            self._rectangle.setZValue(_ABOVE)
            box.addItem(self._rectangle, ignoreBounds=True)
            self._rectangle.sigRegionChanged.connect(
                lambda: self._moved(self._corners(), done=False)
            )
            self._rectangle.sigRegionChangeFinished.connect(
                lambda: self._moved(self._corners(), done=True)
            )
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
                    self.pointed.emit(*pane.values_at(at))
                    break
        return super().eventFilter(watched, event)

    # -- inside --------------------------------------------------------------------

    def _box(self) -> ViewBox:
        box = self._canvas.plot_items.pane(0).box
        box.childGroup.setZValue(_ABOVE)
        return box

    def _show_alone(self, *shown: QGraphicsItem, band: bool = False) -> None:
        """Show some of the items, and hide the others."""
        self._crossed = False
        if not band:
            self._band.hide()
        for item in (*self._strokes, self._rectangle):
            if item is not None:
                item.setVisible(item in shown)

    def _place_strokes(self, lines: Sequence[tuple[float, int]]) -> None:
        box = self._box()
        while len(self._strokes) < len(lines):
            stroke = Stroke()
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
        for stroke in self._strokes:
            stroke.set_pens(over, under)
        if self._rectangle is not None:
            self._rectangle.set_pens(over, under)
        self._canvas.viewport().update()

    def _band_moved(self, low: float, high: float) -> None:
        self._lines = ((low, high),)
        self._place_strokes([(value, 90) for value in (low, high)])
        self._moved(self._lines, done=False)

    def _corners(self) -> Ranges:
        assert self._rectangle is not None
        box, at, size = self._box(), self._rectangle.pos(), self._rectangle.size()
        x = (_value(at.x(), box.x_scale), _value(at.x() + size.x(), box.x_scale))
        y = (_value(at.y(), box.y_scale), _value(at.y() + size.y(), box.y_scale))
        return (_ordered(x), _ordered(y))

    def _moved(self, ranges: Ranges, *, done: bool) -> None:
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
