"""A box to tick, drawn so that it is seen in every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from dqmconsole.ui.fonts import px

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from dqmconsole.ui.theme import Colours

BOX = 18  # px at scale 1
GAP = 8  # px between the box and its words
_TICK = ((0.26, 0.53), (0.43, 0.7), (0.75, 0.3))  # in a unit square, y down


class TickBox(QCheckBox):
    """A box in the theme's colours; a ring round it while it has the keyboard.

    Args:
        colours: the colours.
        words: what stands beside it.
        wraps: the words may take several lines; else they are one, whole.
    """

    def __init__(
        self, colours: Colours, words: str = "", *, wraps: bool = False
    ) -> None:
        super().__init__(words)
        self._colours, self._wraps = colours, wraps
        if wraps:
            policy = QSizePolicy(
                QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum
            )
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        colours.changed.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        """The box, and the words beside it."""
        metrics = self.fontMetrics()
        words = self.text()
        box, gap = px(BOX), px(GAP)
        wide = gap + metrics.horizontalAdvance(words) + 2 if words else 0
        return QSize(box + wide, max(box, metrics.height()) if words else box)

    def minimumSizeHint(self) -> QSize:
        """The same, where its words are one line: nothing of them gives way."""
        hint = self.sizeHint()
        return QSize(px(BOX), hint.height()) if self._wraps else hint

    def hasHeightForWidth(self) -> bool:
        """Words of several lines make it higher where it is narrow."""
        return self._wraps

    def heightForWidth(self, width: int) -> int:
        """As high as its words are in that width, px."""
        room = QRect(0, 0, max(width - px(BOX) - px(GAP), 1), 0)
        words = self.fontMetrics().boundingRect(room, self._flags, self.text())
        return max(self.sizeHint().height(), words.height())

    def hitButton(self, pos: QPoint) -> bool:
        """A click on the words is one on the box; one beside them is not."""
        return self.rect().contains(pos) and pos.x() < self.sizeHint().width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw box, tick, ring and words."""
        theme, painter = self._colours.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setPen(
            QPen(QColor(theme.selection if ring else theme.muted), 2 if ring else 1)
        )
        painter.setBrush(QColor(theme.tile))
        box = px(BOX)
        top = (self.height() - box) // 2
        painter.drawRoundedRect(QRectF(1.5, top + 1.5, box - 3, box - 3), 2, 2)
        if self.isChecked():
            pen = QPen(QColor(theme.ink), 2.2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPolyline(
                QPolygonF([QPointF(x * box, top + y * box) for x, y in _TICK])
            )
        painter.setPen(QColor(theme.ink))
        room = self.rect().adjusted(box + px(GAP), 0, 0, 0)
        painter.drawText(room, self._flags, self.text())
        painter.end()

    @property
    def _flags(self) -> int:
        wraps = Qt.TextFlag.TextWordWrap.value if self._wraps else 0
        return Qt.AlignmentFlag.AlignVCenter.value | wraps
