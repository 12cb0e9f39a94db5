"""The slim bar over the page: what goes on, the time left, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy

from dqmconsole.ui.fonts import sized, tabular
from dqmconsole.ui.labels import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.ui.theme import Theme

LINE = 4  # px of the line that tells the time left
GAP = 6  # px under the bar


class SlimBar(QFrame):
    """One line of words with buttons at its right, and a line for the time under it.

    Args:
        name: its accessible name.
        theme: the colours.
    """

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setProperty("role", "panel")
        self.setStyleSheet(f"SlimBar {{ margin-bottom: {GAP}px; }}")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._what = ElidedLabel()
        self._what.setAccessibleName(f"{name}: what goes on")
        self._what.setFont(sized(self.font(), 10.5, bold=True))
        self._time = ElidedLabel()
        self._time.setAccessibleName(f"{name}: time left")
        self._time.setFont(tabular(sized(self.font(), 10.5, bold=True)))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 5, 8, 5 + LINE)
        self._row.setSpacing(14)
        self._row.addWidget(self._what)
        self._row.addWidget(self._time)
        self._row.addStretch(1)
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
        button.clicked.connect(pressed)
        self._row.addWidget(button)
        return button

    def show_words(self, what: str) -> None:
        """Say what goes on."""
        self._what.set_words(what)

    def show_time(self, words: str, share: float) -> None:
        """Show the time left.

        Args:
            words: in words.
            share: of all the time there was, 0 to 1.
        """
        self._time.set_words(words)
        share = min(max(share, 0.0), 1.0)
        if round(share * self.width()) != round(self._share * self.width()):
            self.update(0, self.height() - GAP - LINE - 1, self.width(), LINE + 1)
        self._share = share

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the time line over the frame's foot."""
        super().paintEvent(event)
        painter = QPainter(self)
        top = self.height() - GAP - LINE - 1
        foot = QRectF(1, top, self.width() - 2, LINE)
        painter.fillRect(foot, QColor(self._theme.hover))
        foot.setWidth(foot.width() * self._share)
        painter.fillRect(foot, QColor(self._theme.edge))
        painter.end()
