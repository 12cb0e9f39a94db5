"""The band over every view that says TRAINING."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.fonts import sized
from dqmconsole.ui.labels import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QMoveEvent, QResizeEvent, QShowEvent

HEIGHT = 26  # px
POINTS = 9.5


class TrainingBand(QWidget):
    """Violet, over the whole width, above the menus; it pushes everything down.

    It lies in the window's column as room of its height; the strip that is seen lies
    over that room and over the margins beside it.

    Args:
        window: the window.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.setFixedHeight(HEIGHT)
        self._over = window
        self._strip = QFrame(window)
        self._strip.setProperty("role", "training")
        self._strip.setAccessibleName("Training band")
        word = QLabel(TRAINING)
        word.setAccessibleName("Kind of session")
        word.setFont(sized(self.font(), POINTS, bold=True))
        self._left = ElidedLabel()
        self._left.setAccessibleName("What is trained")
        self._right = ElidedLabel(Qt.TextElideMode.ElideLeft)
        self._right.setAccessibleName("How far, and how to leave")
        for label in (self._left, self._right):
            label.setFont(sized(self.font(), POINTS, bold=True))
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(18, 0, 18, 0)
        row.setSpacing(18)
        row.addWidget(word)
        row.addWidget(self._left)
        row.addStretch(1)
        row.addWidget(self._right)
        self._strip.hide()
        self.hide()

    def show_words(self, left: str, right: str) -> None:
        """Say what is trained, and how far it has come.

        Args:
            left: the lesson or exam, and where the data come from.
            right: the step, and how to leave.
        """
        self._left.set_words(left)
        self._right.set_words(right)

    def showEvent(self, event: QShowEvent) -> None:
        """Show the strip with it."""
        super().showEvent(event)
        self._follow()
        self._strip.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the strip with it."""
        super().hideEvent(event)
        if self.isHidden():  # not when the whole window goes
            self._strip.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the window."""
        super().resizeEvent(event)
        self._follow()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Follow the window."""
        super().moveEvent(event)
        self._follow()

    def _follow(self) -> None:
        at = self.mapTo(self._over, self.rect().topLeft())
        self._strip.setGeometry(0, at.y(), self._over.width(), HEIGHT)
