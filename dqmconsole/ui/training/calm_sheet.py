"""The calm grey sheet over the page while the next item is prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from dqmconsole.ui.fonts import sized

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class CalmSheet(QFrame):
    """Covers all of a widget but what lies above a line; takes the keyboard.

    Args:
        over: the widget it covers.
        below: what stays free, at the top of `over`.
    """

    def __init__(self, over: QWidget, below: QWidget) -> None:
        super().__init__(over)
        self._over, self._below = over, below
        self.setAccessibleName("Between two items")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words = QLabel()
        self._words.setAccessibleName("Why nothing is shown yet")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "muted")
        self._words.setFont(sized(self.font(), 13))
        column = QVBoxLayout(self)
        column.setContentsMargins(60, 40, 60, 40)
        column.addWidget(self._words)
        over.installEventFilter(self)
        below.installEventFilter(self)
        self.hide()

    def cover(self, words: str) -> None:
        """Cover the page, with a few words on the sheet."""
        if words != self._words.text():
            self._words.setText(words)
        if not self.isVisible():
            self._fit()
            self.show()
            self.raise_()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take every key: what lies beneath is not to be seen, nor used."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover what there is, whatever its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        room, below = self._over.rect(), self._below
        top = 0 if below.isHidden() else below.geometry().bottom() + 1
        self.setGeometry(QRect(0, top, room.width(), max(room.height() - top, 0)))
