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
from dqmconsole.ui.guidance.labels import PlainLabel, one_line
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (580, 170)


class LeaveSheet(Overlay):
    """Leave, end now, or stay; Esc stays.

    Signals:
        left: leave it, to be resumed where that can be done.
        ended: end it now; it is scored as it stands.
        stayed: go on.
    """

    left = Signal()
    ended = Signal()
    stayed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__("Leave or stay", window, SIZE)
        self._title = QLabel()
        self._title.setFont(sized(self.font(), 13.5, bold=True))
        self._title.setAccessibleName("Question")
        self._words = PlainLabel("What leaving means")
        self._stay = self._button("Stay", self.dismiss)
        self._end = self._button("End it now", self._end_it)
        self._leave = self._button("Leave", self._leave_it)
        self._buttons = (self._stay, self._end, self._leave)
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

    def ask(self, question: str, words: str, *, can_leave: bool, can_end: bool) -> None:
        """Ask.

        Args:
            question: the question.
            words: what leaving means.
            can_leave: it can be left, and resumed.
            can_end: it can be ended, and scored as it stands.
        """
        self._title.setText(question)
        self._words.show_words(words)
        self._leave.setVisible(can_leave)
        self._end.setVisible(can_end)
        self.open()

    def first_field(self) -> QWidget:
        """Staying is the first thing: Return by habit loses nothing."""
        return self._stay

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go from button to button, and not to what lies beneath."""
        shown = [button for button in self._buttons if not button.isHidden()]
        here = QApplication.focusWidget()
        at = shown.index(here) if here in shown else -1
        step = 1 if forward else -1
        shown[(at + step) % len(shown)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def dismiss(self) -> None:
        """Close it without a choice: that means to stay."""
        super().dismiss()
        self.stayed.emit()

    def _leave_it(self) -> None:
        self.hide()
        self.left.emit()

    def _end_it(self) -> None:
        self.hide()
        self.ended.emit()

    def _button(self, words: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAutoDefault(True)  # Return presses what has the keyboard
        button.clicked.connect(pressed)
        return button
