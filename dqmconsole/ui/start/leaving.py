"""The question that closing the window raises while somebody has the shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout

from dqmconsole.shift.words import shift_words
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.start.card import key_button, words_label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.context import Context

SIZE = (680, 190)
MEANING = (
    "Hand over first where somebody follows you. A shift that is left open is taken "
    "up again when this console is started next."
)


class OpenShiftSheet(Overlay):
    """Stay, hand over, end the shift, or leave with it open; Esc stays.

    Signals:
        hand_over_wanted: write the hand-over; the window stays.
        left: close the window.
    """

    hand_over_wanted = Signal()
    left = Signal()
    keeps_letters = True

    def __init__(self, context: Context) -> None:
        super().__init__("The shift is open", context.window, SIZE)
        self._context = context
        title = words_label("Question", "")
        title.setText("The shift is open")
        set_text(title, TITLE, bold=True)
        self._who = words_label("Who has the shift that is open", "")
        meaning = words_label("What leaving means", "muted")
        meaning.setText(MEANING)
        self._buttons = (
            key_button("Stay", "Esc", self.dismiss),
            key_button("Hand over", "Ctrl+H", self.hand_over),
            key_button("End the shift and leave", "Ctrl+E", self.end),
            key_button("Leave it open", "Ctrl+L", self.leave_open),
        )
        row = QHBoxLayout()
        row.addStretch(1)
        for button in self._buttons:
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self._who)
        column.addWidget(meaning)
        column.addStretch(1)
        column.addLayout(row)

    def open(self) -> None:
        """Ask, about whoever has the shift now."""
        self._who.setText(shift_words(self._context.session.shift))
        super().open()

    def room(self) -> tuple[int, int]:
        """Room for the words of all buttons."""
        self.show()  # before that they know nothing of their fonts and frames
        QApplication.sendPostedEvents(self)
        width, height = super().room()
        wanted = self.minimumSizeHint()
        return max(width, wanted.width()), max(height, wanted.height())

    def first_field(self) -> QWidget:
        """Staying comes first: Return by habit ends nothing."""
        return self._buttons[0]

    def hand_over(self) -> None:
        """Stay, and write the hand-over."""
        self.dismiss()
        self.hand_over_wanted.emit()

    def end(self) -> None:
        """End the shift and leave."""
        self.dismiss()
        if refused := self._context.session.end():
            self._context.said.emit(refused)
        else:
            self.left.emit()

    def leave_open(self) -> None:
        """Leave with the shift open."""
        self.dismiss()
        self.left.emit()
