"""Rows to go through: as high as they are, and calm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListWidget

from dqmconsole.model.verdict import Status
from dqmconsole.ui.marks import paint_mark

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from dqmconsole.ui.theme import Colours, Theme

BOX = 14  # px


class Rows(QListWidget):
    """A list whose rows break their words and take the room they need.

    Args:
        name: its accessible name.
        most: rows seen at once.
        colours: the colours.
    """

    def __init__(self, name: str, most: int, colours: Colours) -> None:
        super().__init__()
        self._most = most
        self.setAccessibleName(name)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._recolour()

    def go_to(self, row: int) -> None:
        """Let a row, or the last one, be where the keyboard is."""
        self.setCurrentRow(min(row, self.count() - 1))

    def fit(self) -> None:
        """Take the room the first rows need."""
        many = min(self.count(), self._most)
        if not many:
            return
        self.doItemsLayout()
        first = self.visualItemRect(self.item(0)).top()
        last = self.visualItemRect(self.item(many - 1)).bottom()
        height = last - first + 1 + 2 * self.frameWidth() + 2
        if height != self.height():
            self.setFixedHeight(height)

    def _recolour(self) -> None:
        """Let the ring of the list alone say where the keyboard is."""
        theme = self._colours.theme
        self.setStyleSheet(
            "QListView::item:selected "
            f"{{ background: {theme.hover}; color: {theme.ink}; }}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the words anew."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()


def box_icon(theme: Theme, *, done: bool) -> QIcon:
    """A box that is ticked or not."""
    icon = QIcon()
    for ratio in (1, 2):
        pixmap = QPixmap(BOX * ratio, BOX * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.muted), 1.2))
        painter.setBrush(QColor(theme.tile))
        painter.drawRoundedRect(QRectF(1, 1, BOX - 2, BOX - 2), 2, 2)
        if done:
            paint_mark(painter, QRectF(2, 2, BOX - 4, BOX - 4), Status.GOOD, theme)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
