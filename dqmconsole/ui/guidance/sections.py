"""What the panel shows of a plot: notes, sections with headings, whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dqmconsole.ui.fonts import SMALL, TEXT
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.instruction import Note
    from dqmconsole.ui.theme import Colours


class Section(QWidget):
    """A heading and what stands under it.

    Args:
        heading: the heading.
        content: what stands under it.
    """

    def __init__(self, heading: str, content: QWidget) -> None:
        super().__init__()
        title = PlainLabel(f"Heading {heading}", TEXT, bold=True, words=heading)
        self._note = PlainLabel(f"Note on {heading}", SMALL, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(title)
        column.addWidget(self._note)
        column.addWidget(content)

    def show_note(self, words: str) -> None:
        """Show words beneath the heading; none hide them."""
        self._note.show_words(words)


class WhomToCall(QWidget):
    """Who is on call now, in the order of escalation, and the last call made."""

    def __init__(self) -> None:
        super().__init__()
        self._first = PlainLabel("Whom to call first", bold=True)
        self._next = PlainLabel("Whom to call next")
        self._called = PlainLabel("Last call", SMALL, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for part in (self._first, self._next, self._called):
            column.addWidget(part)

    def show_people(self, people: Sequence[str], called: str) -> None:
        """Show whom to call.

        Args:
            people: in the order of escalation.
            called: the last call about this layout in this run, or "".
        """
        if not people:
            people = ["The site names nobody for this plot."]
        self._first.show_words(f"1. {people[0]}" if len(people) > 1 else people[0])
        later = [f"{at}. {words}" for at, words in enumerate(people[1:], 2)]
        self._next.show_words("\n".join(later))
        self._called.show_words(f"Last call: {called}" if called else "")


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
        self._frames: list[QFrame] = []
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
        for frame in self._frames:
            frame.hide()
            frame.deleteLater()
        self._texts.clear()
        self._frames = [self._frame(each) for each in notes]
        for frame in self._frames:
            self._column.addWidget(frame)

    def _frame(self, note: Note) -> QFrame:
        frame = QFrame()
        frame.setObjectName("Note")
        frame.setAccessibleName(f"Note: {note.title}")
        frame.setStyleSheet(
            f"#Note {{ background: {self._colours.theme.hover}; border: none;"
            f" border-left: 3px solid {self._colours.theme.ink}; }}"
        )
        title = PlainLabel("Title of the note", bold=True, words=f"Note: {note.title}")
        words = f"{note.author}, {note.written} · this note holds until {note.expires}"
        who = PlainLabel("Who wrote the note", SMALL, words=words)
        text = SafeText(f"Note {note.title}")
        text.show_markdown(note.text, inks_of(self._colours.theme))
        text.followed.connect(self.followed)
        self._texts.append(text)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(3)
        for part in (title, who, text):
            column.addWidget(part)
        return frame
