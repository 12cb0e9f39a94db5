"""The band over every view that says TRAINING, and the slim bar over a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.fonts import TEXT, set_fixed, set_text
from dqmconsole.ui.labels import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from dqmconsole.ui.theme import Colours

HEIGHT = 26  # px of the band
LINE = 4  # px of the line that shows the time left
GAP = 6  # px under the bar


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
        set_fixed(self, height=HEIGHT)
        self._over = window
        self._strip = QFrame(window)
        self._strip.setProperty("role", "training")
        self._strip.setAccessibleName("Training band")
        word = QLabel(TRAINING)
        word.setAccessibleName("Kind of session")
        self._left = ElidedLabel()
        self._left.setAccessibleName("What is trained")
        self._right = ElidedLabel(Qt.TextElideMode.ElideLeft)
        self._right.setAccessibleName("How far, and how to leave")
        for label in (word, self._left, self._right):
            set_text(label, TEXT, bold=True)
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
        self._strip.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the strip with it."""
        super().hideEvent(event)
        if self.isHidden():  # not when the whole window goes
            self._strip.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the strip be as wide as the window."""
        super().resizeEvent(event)
        self._strip.setGeometry(0, 0, self._over.width(), HEIGHT)


class SlimBar(QFrame):
    """One line of words with buttons at its right, and a line for the time under it.

    Args:
        name: its accessible name.
        colours: the colours.
    """

    def __init__(self, name: str, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.update)
        self._share = 0.0
        self.setProperty("role", "panel")
        self.setStyleSheet(f"SlimBar {{ margin-bottom: {GAP}px; }}")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._what = ElidedLabel()
        self._what.setAccessibleName(f"{name}: what goes on")
        set_text(self._what, TEXT, bold=True)
        self._time = ElidedLabel()
        self._time.setAccessibleName(f"{name}: time left")
        set_text(self._time, TEXT, bold=True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 5, 8, 5 + LINE)
        self._row.setSpacing(14)
        self._row.addWidget(self._what)
        self._answer = ElidedLabel()
        self._answer.setProperty("role", "muted")
        self._answer.setAccessibleName(f"{name}: answer")
        self._row.addWidget(self._time)
        # it has what the others leave: the time left is read at every glance
        self._answer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row.addWidget(self._answer, 1)
        self.hide()

    def add_button(
        self, words: str, name: str, pressed: Callable[[], None]
    ) -> QPushButton:
        """Add a button for the mouse; the keyboard has the key that its words name.

        Args:
            words: what it says.
            name: its accessible name.
            pressed: what it does.
        """
        button = QPushButton(words)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: pressed())
        self._row.addWidget(button)
        return button

    def show_state(self, what: str, time: str, share: float) -> None:
        """Say what goes on, and the time left.

        Args:
            what: what goes on.
            time: the time left, in words.
            share: of all the time there was, 0 to 1.
        """
        self._what.set_words(what)
        self._time.set_words(time)
        share = min(max(share, 0.0), 1.0)
        if round(share * self.width()) != round(self._share * self.width()):
            self.update(0, self.height() - GAP - LINE - 1, self.width(), LINE + 1)
        self._share = share

    def say(self, words: str) -> None:
        """Say what a command did or why it did not; "" takes that away."""
        self._answer.set_words(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the time line over the frame's foot."""
        super().paintEvent(event)
        painter = QPainter(self)
        top = self.height() - GAP - LINE - 1
        foot = QRectF(1, top, self.width() - 2, LINE)
        painter.fillRect(foot, QColor(self._colours.theme.hover))
        foot.setWidth(foot.width() * self._share)
        painter.fillRect(foot, QColor(self._colours.theme.edge))
        painter.end()
