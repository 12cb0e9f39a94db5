"""The hand-over of the last shift, to read and to put on record as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from dqmconsole.model.moment import day_words
from dqmconsole.model.record import HandOver
from dqmconsole.shift import actions
from dqmconsole.shift.words import newest_hand_over, was_read
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.text import Prose

if TYPE_CHECKING:
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours


class HandOverCard(Card):
    """The newest hand-over that another shift gave.

    Args:
        session: the shift.
        colours: the colours.

    Signals:
        refused: why something could not be put on record.
    """

    refused = Signal(str)

    def __init__(self, session: ShiftSession, colours: Colours) -> None:
        super().__init__(2, "Hand-over of the last shift")
        self._session = session
        self._uid = ""
        self._had_shift = False
        self._about = words_label("Hand-over from", "muted")
        self.text = Prose("Hand-over", colours)
        self.text.setMinimumHeight(150)
        self.read = QPushButton()
        self.read.setCheckable(True)
        self.read.setAccessibleName("I have read the hand-over")
        self.column.addWidget(self._about)
        self.column.addWidget(self.text, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.read)
        foot.addStretch(1)
        self.column.addLayout(foot)
        self.column.setStretchFactor(self.text, 100)
        self.column.addStretch(1)  # for when there is nothing to read
        self.read.clicked.connect(self._press)

    @property
    def read_uid(self) -> str:
        """Uid of the hand-over, if it was read; else ""."""
        return self._uid if self.read.isChecked() else ""

    @property
    def unread(self) -> bool:
        """Tell whether there is one that is not marked as read."""
        return bool(self._uid) and not self.read.isChecked()

    def forget(self) -> None:
        """Another person is there, who has not read it."""
        self.read.setChecked(False)
        self.show_session()

    def show_session(self) -> None:
        """Show the newest one; another than the one shown is not read yet."""
        shift = self._session.shift
        record = newest_hand_over(self._session)
        uid = record.uid if record is not None else ""
        ended = self._had_shift and shift is None  # whoever comes has not read it
        self._had_shift = shift is not None
        if uid != self._uid or ended:
            self._uid = uid
            self.read.setChecked(False)
        self.text.setVisible(record is not None)
        self.read.setVisible(record is not None)
        if record is None or not isinstance(record.body, HandOver):
            words = "No hand-over is in this book yet."
            if self._session.book.word == "opening":
                words = "The book is being opened …"
            self._about.setText(words)
            return
        self._about.setText(
            f"{record.body.title}, by {record.who}, {day_words(record.made_at)}"
        )
        self.text.show_text(record.body.text)
        on_record = shift is not None and was_read(self._session, shift, uid)
        if shift is not None:
            self.read.setChecked(on_record)
        self.read.setEnabled(not on_record)
        read = self.read.isChecked()
        self.read.setText("✓  I have read it" if read else "I have read it   Space")
        words = "not read yet"
        if read:
            words = "read, on record" if on_record else "on record as the shift begins"
        self.set_aside(words)

    def _press(self) -> None:
        if self._session.shift is not None:
            refused = actions.read_hand_over(self._session, self._uid)
            if refused:
                self.refused.emit(refused)
        self.show_session()
