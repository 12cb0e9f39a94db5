"""Sheets of the training: the end of a lesson, and the record of completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from dqmconsole.ui.markdown import Link
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TextSheet(Overlay):
    """A title, a quiet line, a text that scrolls, and what Return does.

    Args:
        name: its accessible name.
        parts: the parts of the window.
        size: the most it takes, px.

    Signals:
        entered: Return was pressed.
        closed: it was left.
    """

    entered = Signal()
    closed = Signal()

    def __init__(self, name: str, parts: Parts, size: tuple[int, int]) -> None:
        super().__init__(name, parts.context.window, size)
        self._parts = parts
        self._markdown = ""
        self._title = PlainLabel(f"Title of {name}", 13, bold=True)
        self._went = PlainLabel("How it went", bold=True)
        self._text = SafeText(f"Text of {name}", fitted=False)
        self._text.followed.connect(self._follow)
        self._text.installEventFilter(self)
        self._keys = one_line("Keys", " ")
        foot = QHBoxLayout()
        foot.addWidget(self._keys)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 14)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._went)
        column.addWidget(self._text, 1)
        column.addLayout(foot)

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
        self._text.show_markdown(markdown, inks_of(self._parts.context.theme))
        self.open()

    def first_field(self) -> QWidget:
        """The text has the keyboard: arrows scroll it."""
        return self._text

    def dismiss(self) -> None:
        """Close it."""
        super().dismiss()
        self.closed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._text.show_markdown(self._markdown, inks_of(theme))

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

    def _follow(self, link: Link) -> None:
        self.dismiss()
        self._parts.guidance.follow(link)
