"""An axis of a plot: its line, its ticks with their words, its title.

An :class:`AxisItem` is told where its plot lies (:meth:`AxisItem.place`, with the
:class:`~dqmconsole.ui.plot.axes.Pane` that ``lay_out`` made) and draws the pane's
ticks straight in ``paint``. Of pyqtgraph's axis it has the mouse: wheel and drag go
on to the view box, for that axis alone. pyqtgraph's own ticks cost 1.4 ms an axis
(``generateDrawSpecs``), its label is rich text, and a picture of an axis that was
kept and played again died of SIGSEGV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pyqtgraph as pg
from PySide6.QtCore import QLine, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtWidgets import QGraphicsItem

from dqmconsole.ui.plot.axes import GAP, INSET, TICK, cut, elided, letters_high
from dqmconsole.ui.plot.painting import guarded, saved
from dqmconsole.ui.plot.title import paint_title, title_width

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem

    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.view_box import ViewBox

_CENTRE = Qt.AlignmentFlag.AlignHCenter
_LARGEST = 1e6


class AxisItem(pg.AxisItem):
    """The axis at the left of a view box, or beneath it."""

    def __init__(self, side: Literal["left", "bottom"], box: ViewBox) -> None:
        super().__init__(side)
        self._side = side
        self._view_box = box
        self._pane: Pane | None = None
        self._look: Look | None = None
        self._bounds = QRectF()
        # pyqtgraph fixes the width to what its own ticks would need
        self.setMinimumSize(0, 0)
        self.setMaximumSize(_LARGEST, _LARGEST)
        # `paint` is given what has to be drawn again
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def place(self, pane: Pane, look: Look) -> None:
        """Lie beside a pane and show its ticks."""
        rect, bounds = pane.rect, QRect(pane.bounds)
        if self._side == "left":
            bounds.setRight(rect.left() - 1)
        else:
            bounds.setTop(rect.bottom() + 1)
        self._pane, self._look = pane, look
        self.setGeometry(QRectF(bounds))
        self._bounds = QRectF(QPointF(), self.size())
        self.update()

    # -- Qt and pyqtgraph --------------------------------------------------------

    def linkedView(self) -> ViewBox:
        """The view box that the mouse on the axis moves."""
        return self._view_box

    def boundingRect(self) -> QRectF:
        """All it may draw into."""
        return self._bounds

    def resizeEvent(self, _event: object = None) -> None:
        """Leave pyqtgraph's label where it is: it is never shown."""

    def _updateLabel(self) -> None:
        """Leave it without words, too: laying out rich text takes 1 ms an axis."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, *_given: object
    ) -> None:
        """Draw the axis."""
        # Qt asks for one pixel more than has to be drawn: an axis whose plot alone is
        # new has nothing to do
        exposed = option.exposedRect
        if min(exposed.width(), exposed.height()) > 1:
            self._draw(painter)

    @guarded
    def _draw(self, painter: QPainter) -> None:
        pane, look = self._pane, self._look
        if pane is None or look is None:
            return
        painter.translate(-self.pos())
        painter.setFont(look.font)
        painter.setPen(look.muted)
        rect = pane.rect
        left, bottom = rect.left() - 1, rect.bottom() + 1
        if self._side == "left":
            painter.drawLine(left, rect.top(), left, bottom)
            _paint_y_ticks(painter, pane, look)
            _paint_y_title(painter, pane, look)
            return
        painter.drawLine(left, bottom, rect.right(), bottom)
        if pane.upright:
            _paint_upright(painter, pane, look)
        else:
            _paint_x_ticks(painter, pane, look)
        if pane.x_title is not None:
            title = QRect(pane.x_title)
            title.setLeft(max(rect.left() - 20, pane.bounds.left()))
            title.setRight(pane.bounds.right())
            paint_title(painter, title.toRectF(), pane.x.title, look.font, _CENTRE)


def _paint_y_ticks(painter: QPainter, pane: Pane, look: Look) -> None:
    rect, bounds, metrics = pane.rect, pane.bounds, look.metrics
    left, line = rect.left() - 1, look.metrics.height()
    room = left - TICK - GAP + 1 - bounds.left() - INSET
    room -= line + 3 if pane.y_title is not None else 0
    lowest_top = bounds.bottom() - line
    lines = []
    for tick in pane.y_ticks:
        y = rect.bottom() + 1 - round(tick.at * rect.height())
        lines.append(QLine(left - (TICK if tick.text else 2), y, left, y))
    painter.drawLines(lines)
    texts = cut([tick.text for tick in pane.y_ticks], metrics, room)
    taken: list[int] = []
    # names of rows were laid out as near as their letters allow
    least = letters_high(metrics) - 1 if pane.y.labels else line - 2
    ticks = list(zip(pane.y_ticks, texts, strict=True))
    if pane.y.first is not None:
        first = pane.y.scale.fraction(pane.y.first)
        ticks.sort(key=lambda each: abs(each[0].at - first))
    for tick, words in ticks:
        y = rect.bottom() + 1 - round(tick.at * rect.height())
        if not tick.text:
            continue
        top = min(max(y - line // 2, bounds.top()), lowest_top)
        if any(abs(other - top) < least for other in taken):
            continue
        taken.append(top)
        width = metrics.horizontalAdvance(words)
        at = QPoint(left - TICK - GAP + 1 - width, top + metrics.ascent())
        painter.drawText(at, words)


def _paint_x_ticks(painter: QPainter, pane: Pane, look: Look) -> None:
    rect, bounds, metrics = pane.rect, pane.bounds, look.metrics
    bottom = rect.bottom() + 1
    _paint_x_marks(painter, pane)
    taken = bounds.left() - 1
    first = bottom + TICK + metrics.ascent()
    for tick in pane.x_ticks:
        if not tick.text:
            continue
        x = rect.left() + round(tick.at * rect.width())
        words = elided(metrics, tick.text, bounds.width() - 4)
        wide, below = metrics.horizontalAdvance(words), 0
        if tick.below:
            below = metrics.horizontalAdvance(tick.below)
        room = max(wide, below)
        start = min(max(x - room // 2, bounds.left() + 1), bounds.right() - room - 1)
        if start <= taken:
            continue
        taken = start + room + 3
        painter.drawText(QPoint(start + (room - wide) // 2, first), words)
        if tick.below:
            at = QPoint(start + (room - below) // 2, first + metrics.height() - 1)
            painter.drawText(at, tick.below)


def _paint_x_marks(painter: QPainter, pane: Pane) -> None:
    rect, bottom = pane.rect, pane.rect.bottom() + 1
    lines = []
    for tick in pane.x_ticks:
        x = rect.left() + round(tick.at * rect.width())
        lines.append(QLine(x, bottom, x, bottom + (TICK if tick.text else 2)))
    painter.drawLines(lines)


def _paint_upright(painter: QPainter, pane: Pane, look: Look) -> None:
    rect, bounds, metrics = pane.rect, pane.bounds, look.metrics
    bottom = rect.bottom() + 1
    end = bounds.bottom() if pane.x_title is None else pane.x_title.top()
    room = end - bottom - TICK - 4
    _paint_x_marks(painter, pane)
    taken = -10_000
    texts = cut([tick.text for tick in pane.x_ticks], metrics, room)
    for tick, words in zip(pane.x_ticks, texts, strict=True):
        x = rect.left() + round(tick.at * rect.width())
        if not tick.text or x - taken < metrics.height() - 2:
            continue
        taken = x
        width = metrics.horizontalAdvance(words)
        with saved(painter):
            painter.translate(x - metrics.height() // 2, bottom + TICK + 3 + width)
            painter.rotate(-90)
            painter.drawText(QPoint(0, metrics.ascent()), words)


def _paint_y_title(painter: QPainter, pane: Pane, look: Look) -> None:
    if pane.y_title is None:
        return
    bounds, metrics = pane.bounds, look.metrics
    longest = pane.y_title.height() + metrics.height()
    half = min(title_width(pane.y.title, look.font), longest) // 2 + 1
    middle = pane.y_title.center().y()
    middle = min(max(middle, bounds.top() + half), bounds.bottom() - half)
    with saved(painter):
        painter.translate(pane.y_title.left(), middle + half)
        painter.rotate(-90)
        room = QRectF(0, 0, 2 * half, pane.y_title.width())
        paint_title(painter, room, pane.y.title, look.font, _CENTRE)
