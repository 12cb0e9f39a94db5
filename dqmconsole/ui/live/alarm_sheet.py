"""What is asked for before an answer to an alarm is written: a reason, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.moment import clock_words
from dqmconsole.shift.answering import end_of_shift
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from dqmconsole.ui.context import Context

SPANS = {"15 minutes": 900.0, "1 hour": 3600.0, "2 hours": 7200.0}


class AlarmSheet(Overlay):
    """Asks for the words of an answer to an alarm; Enter writes it.

    Args:
        context: the session.
    """

    keeps_letters = True

    def __init__(self, context: Context) -> None:
        super().__init__("Answer to an alarm", context.window, (620, 260))
        self._context = context
        self._write: Callable[[str, float | None], str] = lambda _words, _until: ""
        self._done = ""
        self._title = PlainLabel("What is answered", TITLE, bold=True)
        self._about = PlainLabel("Alarm that is answered", role="muted")
        self._until = QComboBox()
        self._until.setAccessibleName("Until when")
        self._until_row = QWidget()
        self._until_row.setProperty("role", "clear")
        until = QHBoxLayout(self._until_row)
        until.setContentsMargins(0, 0, 0, 0)
        until.setSpacing(8)
        until.addWidget(one_line("Label of the time", "How long:"))
        until.addWidget(self._until)
        until.addStretch(1)
        self._words = QLineEdit()
        self._words.setAccessibleName("In words")
        self._said = PlainLabel("Why it is not written", bold=True)
        button = push_button("Write it (Enter)", "Write the answer", self.write)
        foot = QHBoxLayout()
        foot.addWidget(one_line("How to leave", "Esc closes"))
        foot.addStretch(1)
        foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        for widget in (self._title, self._about, self._words, self._until_row):
            column.addWidget(widget)
        column.addWidget(self._said)
        column.addStretch(1)
        column.addLayout(foot)

    def ask(
        self,
        title: str,
        about: str,
        hint: str,
        write: Callable[[str, float | None], str],
        done: str,
        *,
        until: bool = False,
    ) -> None:
        """Ask for words.

        Args:
            title: what is answered.
            about: the alarm or plot.
            hint: what is asked for.
            write: writes it, of the words and the unix time until which it holds, s;
                returns why that is refused, or "".
            done: what is said once it is written.
            until: ask until when it holds, too.
        """
        self._write, self._done = write, done
        self._title.show_words(title)
        self._about.show_words(about)
        self._words.clear()
        self._words.setPlaceholderText(hint)
        self._said.show_words("")
        self._until_row.setVisible(until)
        if until:
            session = self._context.session
            now, end = session.now(), end_of_shift(session)
            self._until.clear()
            for words, seconds in SPANS.items():
                if now + seconds < end:
                    self._until.addItem(words)
            self._until.addItem(f"until the shift ends, {clock_words(end)}", end)
        self.open()

    def write(self) -> None:
        """Write the answer, or say why not."""
        refused = self._write(self._words.text().strip(), self._until_when())
        if refused:
            self._said.show_words(f"Not written: {refused}")
            return
        self.dismiss()
        self._context.say(self._done)
        self._context.session_changed.emit()

    def _until_when(self) -> float | None:
        """Unix time until which it holds, s, of what is chosen; None if not asked."""
        if self._until_row.isHidden():
            return None
        end: float = self._until.itemData(self._until.count() - 1)
        seconds = SPANS.get(self._until.currentText())
        if seconds is None:
            return end  # a time of the clock, as it is read there
        # from now on: the words may have taken a while
        return min(self._context.session.now() + seconds, end)

    def first_field(self) -> QWidget:
        """The words come first."""
        return self._words

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Write on Return, whatever has the keyboard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.write()
        else:
            super().keyPressEvent(event)
