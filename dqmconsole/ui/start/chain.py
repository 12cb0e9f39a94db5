"""The test of the chain of alarms: its row under the header, its step of the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from dqmconsole.shift.chain import AlarmChain, chain_words
from dqmconsole.shift.sounding import why_silent
from dqmconsole.ui.fonts import TEXT, set_text
from dqmconsole.ui.labels import ElidedLabel, set_role
from dqmconsole.ui.start.card import Card, key_button, words_label

if TYPE_CHECKING:
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.sound import AlarmSound

ABOUT = (
    "The engine sends an alarm that is marked as a test. You say whether you heard it, "
    "and that goes on record."
)


class ChainTestRow(QFrame):
    """The row of an alarm that is a test, with what is asked about it.

    Args:
        context: what it works with.
        sound: how alarms are heard.
    """

    def __init__(self, context: Context, sound: AlarmSound) -> None:
        super().__init__()
        self._context = context
        self._sound = sound
        self._chain = AlarmChain(context.session)
        self.setProperty("role", "panel")
        self.setAccessibleName("Test of the alarms")
        mark = QLabel("TEST")
        mark.setProperty("role", "banner")
        self._words = ElidedLabel()
        self._words.setAccessibleName("How the test stands")
        set_text(self._words, TEXT, bold=True)
        self._buttons = (
            key_button("I heard it", "Alt+Y", lambda: self._answer(heard=True)),
            key_button("I did not", "Alt+N", lambda: self._answer(heard=False)),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(12)
        row.addWidget(mark)
        row.addWidget(self._words, 1)
        for button in self._buttons:
            row.addWidget(button)
        self.hide()

    def begin(self) -> str:
        """Ask the engine for a test alarm; what came of it, in words."""
        off = self._sound.words(self._context.wall_clock())
        if off:
            return f"{off}: let alarms sound first (Ctrl+Shift+M, or Ctrl+,)"
        refused = self._chain.begin()
        self._show()
        return refused or "the engine is asked for a test alarm"

    def answer(self, *, heard: bool) -> str:
        """Say whether it was heard; what came of it, in words."""
        refused = self._chain.answer(heard=heard)
        self._show()
        if refused:
            return refused
        self._context.session_changed.emit()
        if heard:
            return "alarms are heard at this console: that is on record"
        return "not heard: test the sound (Ctrl+,), then again; that is on record"

    def look(self, now: float) -> None:
        """Take in what a look brought.

        Args:
            now: unix time, s.
        """
        if words := self._chain.look(now):
            self._context.say(words)
            self._context.session_changed.emit()
        self._show()

    def _answer(self, *, heard: bool) -> None:
        self._context.say(self.answer(heard=heard))

    def _show(self) -> None:
        self.setVisible(self._chain.on)
        came = self._chain.seconds
        for button in self._buttons:
            button.setEnabled(came is not None)
        if came is None:
            self._words.set_words("The engine was asked for a test alarm …")
        else:
            said = f"A test alarm, nothing is wrong. It came after {came:.1f} s."
            self._words.set_words(f"{said} Did you hear it?")


class ChainCard(Card):
    """The step of the start that tests whether alarms are heard.

    Args:
        session: the shift.

    Signals:
        wanted: begin the test.
    """

    wanted = Signal()

    def __init__(self, session: ShiftSession) -> None:
        super().__init__(6, "Alarms are heard")
        self._session = session
        about = words_label("About the test of the alarms", "muted")
        about.setText(ABOUT)
        self._state = words_label("What came of the test")
        self.button = key_button("Test the alarms", "Ctrl+Shift+T", self.wanted.emit)
        row = QHBoxLayout()
        row.addWidget(self._state, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addWidget(about)
        self.column.addLayout(row)

    def show_session(self) -> None:
        """Show what came of the last test."""
        words, worry = chain_words(self._session)
        self._state.setText(words)
        set_role(self._state, "warning" if worry else "")
        self.button.setEnabled(not why_silent(self._session))
