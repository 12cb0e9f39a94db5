"""The line above a map: what it is, or what the colours of its states mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor

from dqmconsole.ui.plot.painting import guarded
from dqmconsole.ui.plot.palettes import COLOURS

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look

_APART = 10  # px between entries
_GAP = 4  # px between a sample and its name


class CaptionItem(pg.GraphicsObject):
    """A line of words, or a key of states, in pixels of the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRect()
        self._words = ""
        self._states: tuple[str, ...] = ()
        self._table: Array | None = None
        self._look: Look | None = None

    def show_words(self, rect: QRect, words: str, look: Look) -> None:
        """Write a line."""
        self._show(rect, look, words, (), None)

    def show_states(
        self, rect: QRect, states: tuple[str, str], table: Array, look: Look
    ) -> None:
        """Say which colour is which state; what is not known is hatched.

        Args:
            rect: where.
            states: names of 0 and 1.
            table: the colours of the strip.
            look: fonts and colours.
        """
        self._show(rect, look, "", (states[1], states[0], "not known"), table)

    def forget(self) -> None:
        """Drop what was drawn."""
        self.prepareGeometryChange()
        self._rect, self._words, self._states = QRect(), "", ()
        self._table = self._look = None

    def boundingRect(self) -> QRectF:
        """The line."""
        return self._rect.toRectF()

    @guarded
    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the line."""
        look = self._look
        if look is None:
            return
        painter.setFont(look.font)
        painter.setPen(look.muted)
        if self._table is None:
            words = look.metrics.elidedText(
                self._words, Qt.TextElideMode.ElideRight, self._rect.width()
            )
            painter.drawText(self._rect, Qt.AlignmentFlag.AlignLeft, words)
            return
        self._paint_states(painter, look, self._table)

    # -- inside ------------------------------------------------------------------

    def _show(
        self,
        rect: QRect,
        look: Look,
        words: str,
        states: tuple[str, ...],
        table: Array | None,
    ) -> None:
        if rect != self._rect:
            self.prepareGeometryChange()
        shown = (rect, look, words, states)
        if shown == (self._rect, self._look, self._words, self._states) and (
            table is self._table
        ):
            return
        self._rect, self._look, self._words = QRect(rect), look, words
        self._states, self._table = states, table
        self.update()

    def _paint_states(self, painter: QPainter, look: Look, table: Array) -> None:
        metrics = look.metrics
        side = metrics.ascent() - 2
        left, top = self._rect.left(), self._rect.top()
        brushes = (
            QBrush(QColor.fromRgb(int(table[COLOURS - 1]))),
            QBrush(QColor.fromRgb(int(table[0]))),
            QBrush(look.muted.color(), Qt.BrushStyle.BDiagPattern),
        )
        for name, brush in zip(self._states, brushes, strict=True):
            wide = side + _GAP + metrics.horizontalAdvance(name)
            if left + wide > self._rect.right():
                return
            painter.fillRect(QRect(left, top + 2, side, side), brush)
            at = QPoint(left + side + _GAP, top + metrics.ascent())
            painter.drawText(at, name)
            left += wide + _APART
