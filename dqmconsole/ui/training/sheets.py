"""Sheets of the training: a text to read, and the question whether to leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.markdown import Link

_TEXT_FRAME = 24  # px of its padding and frame, both sides
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TextSheet(Overlay):
    """A title, a quiet line, a text that scrolls, and what Return does.

    Args:
        name: its accessible name.
        context: of the window.
        size: the most it takes, px.

    Signals:
        entered: Return was pressed.
        closed: it was left.
    """

    entered = Signal()
    closed = Signal()

    def __init__(self, name: str, context: Context, size: tuple[int, int]) -> None:
        super().__init__(name, context.window, size)
        self._context = context
        context.colours.changed.connect(self._write)
        self._markdown = ""
        self._title = PlainLabel(f"Title of {name}", TITLE, bold=True)
        self._went = PlainLabel("How it went", bold=True)
        self._text = SafeText(f"Text of {name}", fitted=False)
        self._text.followed.connect(self._follow)
        self._text.installEventFilter(self)
        self._keys = one_line("Keys", " ")
        foot = QHBoxLayout()
        foot.addWidget(self._keys)
        foot.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(22, 18, 22, 14)
        self._column.setSpacing(8)
        self._column.addWidget(self._title)
        self._column.addWidget(self._went)
        self._column.addWidget(self._text, 1)
        self._column.addLayout(foot)

    def show_text(self, title: str, went: str, markdown: str, keys: str) -> None:
        """Write it, and open it.

        Args:
            title: its title.
            went: one line beneath, or "".
            markdown: the text.
            keys: what the keys do.
        """
        self._title.show_words(title)
        self._went.show_words(went)
        self._keys.setText(keys)
        self._markdown = markdown
        self._write()
        self.open()

    def first_field(self) -> QWidget:
        """The text has the keyboard: arrows scroll it."""
        return self._text

    def room(self) -> tuple[int, int]:
        """No more height than its words take: what lies beneath was just looked at."""
        width, most = super().room()
        sides = self._column.contentsMargins()
        words = self._text.document().clone()
        words.setTextWidth(width - sides.left() - sides.right() - _TEXT_FRAME)
        other = self._column.heightForWidth(width) - self._text.sizeHint().height()
        return width, min(math.ceil(words.size().height()) + _TEXT_FRAME + other, most)

    def dismiss(self) -> None:
        """Close it, and say so."""
        super().dismiss()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Return, unless a link has it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() in _ENTER
            and not self._text.textCursor().hasSelection()
        ):
            self.entered.emit()
            return True
        return super().eventFilter(watched, event)

    def _write(self) -> None:
        self._text.show_markdown(self._markdown, inks_of(self._context.theme))

    def _follow(self, link: Link) -> None:
        self.dismiss()
        self._context.link_wanted.emit(link)


class LeaveSheet(Overlay):
    """Leave or stay; Esc stays.

    Signals:
        left: leave it.
        stayed: go on.
    """

    left = Signal()
    stayed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__("Leave or stay", window, (580, 170))
        self._title = PlainLabel("Question", TITLE, bold=True)
        self._words = PlainLabel("What leaving means")
        self._stay = push_button("Stay", "Stay", self.dismiss)
        self._leave = push_button("", "", self._leave_it)
        row = QHBoxLayout()
        row.addWidget(one_line("Keys", "Tab choose   Return does it   Esc stays"))
        row.addStretch(1)
        for button in (self._stay, self._leave):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
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
        self._title.show_words(question)
        self._words.show_words(words)
        self._leave.setText(leave)
        self._leave.setAccessibleName(leave)
        self.open()

    def first_field(self) -> QWidget:
        """Staying is the first thing: Return by habit loses nothing."""
        return self._stay

    def dismiss(self) -> None:
        """Close it without a choice: that means to stay."""
        super().dismiss()
        self.stayed.emit()

    def _leave_it(self) -> None:
        self.hide()
        self.left.emit()
