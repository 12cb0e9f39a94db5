"""The question whether to leave an exam or practice; asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.fonts import sized
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (580, 170)


class LeaveSheet(Overlay):
    """Leave or stay; Esc stays.

    Signals:
        left: leave it.
        stayed: go on.
    """

    left = Signal()
    stayed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__("Leave or stay", window, SIZE)
        self._title = QLabel()
        self._title.setFont(sized(self.font(), 13.5, bold=True))
        self._title.setAccessibleName("Question")
        self._words = PlainLabel("What leaving means")
        self._stay = self._button("Stay", self.dismiss)
        self._leave = self._button("", self._leave_it)
        self._buttons = (self._stay, self._leave)
        row = QHBoxLayout()
        row.addWidget(one_line("Keys", "Tab choose   Return does it   Esc stays"))
        row.addStretch(1)
        for button in self._buttons:
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addStretch(1)
        column.addLayout(row)

    def ask(self, question: str, words: str, leave: str) -> None:
        """Ask.

        Args:
            question: the question.
            words: what leaving means.
            leave: the word of the button that leaves.
        """
        self._title.setText(question)
        self._words.show_words(words)
        self._leave.setText(leave)
        self._leave.setAccessibleName(leave)
        self.open()

    def first_field(self) -> QWidget:
        """Staying is the first thing: Return by habit loses nothing."""
        return self._stay

    def focusNextPrevChild(self, _forward: bool) -> bool:
        """Go from one button to the other, and not to what lies beneath."""
        here = QApplication.focusWidget()
        other = self._leave if here is self._stay else self._stay
        other.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def dismiss(self) -> None:
        """Close it without a choice: that means to stay."""
        super().dismiss()
        self.stayed.emit()

    def _leave_it(self) -> None:
        self.hide()
        self.left.emit()

    def _button(self, words: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAutoDefault(True)  # Return presses what has the keyboard
        button.clicked.connect(pressed)
        return button
