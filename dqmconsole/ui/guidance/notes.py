"""Short-term notes: above the instruction while they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dqmconsole.ui.labels import SMALL, PlainLabel
from dqmconsole.ui.markdown import Inks
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.instruction import Note
    from dqmconsole.ui.theme import Colours


class NoteList(QWidget):
    """The notes that hold for a plot, newest first.

    Signals:
        followed: the Link somebody chose in one.
    """

    followed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._shown: tuple[object, ...] = ()
        self._texts: list[SafeText] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setAccessibleName("Short-term notes")

    @property
    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return list(self._texts)

    def show_notes(self, notes: Sequence[Note]) -> None:
        """Show notes; nothing is touched when they are the ones shown.

        Args:
            notes: newest first.
        """
        shown = (tuple(each.hash for each in notes), self._colours.theme.name)
        self.setVisible(bool(notes))
        if shown == self._shown:
            return
        self._shown = shown
        self._texts = []
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for note in notes:
            self._column.addWidget(self._frame(note))

    def _frame(self, note: Note) -> QFrame:
        frame = QFrame()
        frame.setObjectName("Note")
        frame.setAccessibleName(f"Note: {note.title}")
        frame.setStyleSheet(
            f"#Note {{ background: {self._colours.theme.hover}; border: none;"
            f" border-left: 3px solid {self._colours.theme.ink}; }}"
        )
        title = PlainLabel("Title of the note", bold=True, words=f"Note: {note.title}")
        words = f"{note.author}, {note.written} · until {note.expires}"
        who = PlainLabel("Who wrote the note", SMALL, words=words)
        text = SafeText(f"Note {note.title}")
        text.show_markdown(
            note.text, Inks(self._colours.theme.ink, self._colours.theme.selection)
        )
        text.followed.connect(self.followed)
        self._texts.append(text)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(3)
        for part in (title, who, text):
            column.addWidget(part)
        return frame
