"""The head of an instruction: title, version, whether it holds, what changed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dqmconsole.ui import difference
from dqmconsole.ui.fonts import SMALL, TEXT
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.text import SafeText, bring_into_view

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.shift.guidance import Guidance
    from dqmconsole.shift.reading import News
    from dqmconsole.ui.theme import Colours


def version_words(instruction: Instruction, now: float) -> str:
    """Version, author and date; and that its review is overdue, when it is.

    Args:
        instruction: the instruction.
        now: unix time, s.
    """
    if not instruction.written:
        return "by the console itself, instead of what the site says of the plot"
    words = f"version {instruction.version} · {instruction.author}"
    words += f" · {instruction.written}"
    today = datetime.datetime.fromtimestamp(now, datetime.UTC).date().isoformat()
    if instruction.review_due and instruction.review_due < today:
        words += f" · its review was due on {instruction.review_due}"
    return words


def change_words(news: News) -> str:
    """How an instruction differs from what the person on shift last read."""
    if not news.before_hash:
        return "new: you have not read it yet"
    what = "it"
    if news.before and news.before != news.item.version:
        what = f"version {news.before}"
    return f"changed since you read {what}: D shows the difference"


class InstructionHead(QWidget):
    """Title and version; below them what changed since it was read.

    Signals:
        difference_wanted: show what changed, or hide it.
        read: the person has read the instruction as it is.
    """

    difference_wanted = Signal()
    read = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.hide_difference)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Instruction")
        self._title = PlainLabel("Title of the instruction", TEXT, bold=True)
        self._version = PlainLabel("Version of the instruction", SMALL, role="muted")
        self._state = PlainLabel("Whether the instruction holds", bold=True)
        self._changed = PlainLabel("Change of the instruction", SMALL, role="warning")
        self._show = QPushButton("Difference (D)")
        self._show.setAccessibleName("Show the difference")
        self._read = QPushButton("I have read it")
        self._read.setAccessibleName("I have read the instruction")
        self._text = SafeText("Difference, word by word")
        self._legend = PlainLabel("How to read the difference", SMALL, role="muted")
        self._acts = QWidget()
        self._acts.setProperty("role", "clear")
        row = QHBoxLayout(self._acts)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(self._show)
        row.addWidget(self._read)
        row.addStretch(1)
        self._show.clicked.connect(self.difference_wanted)
        self._read.clicked.connect(self.read)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 2, 0, 2)
        column.setSpacing(3)
        for part in (
            self._title,
            self._version,
            self._state,
            self._changed,
            self._acts,
            self._legend,
            self._text,
        ):
            column.addWidget(part)
        self.hide_difference()

    @property
    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [self, self._show, self._read]

    @property
    def shows_difference(self) -> bool:
        """Tell whether the difference is shown."""
        return not self._text.isHidden()

    @property
    def waits(self) -> bool:
        """Tell whether the difference waits for what the book keeps."""
        return self._text.isHidden() and not self._legend.isHidden()

    def show_guidance(
        self, guidance: Guidance, changed: News | None, now: float
    ) -> None:
        """Show what heads an instruction, or that there is none.

        Args:
            guidance: of the plot.
            changed: how it differs from what the person read, or None.
            now: unix time, s.
        """
        found, sentence = guidance.instruction, guidance.sentence
        if sentence:
            sentence = f"{sentence[:1].upper()}{sentence[1:]}."
        if found is None:
            self._title.show_words("No instruction")
            self._version.show_words(sentence)
            self._state.show_words("")
        else:
            self._title.show_words(f"Instruction: {found.title}")
            self._version.show_words(version_words(found, now))
            self._state.show_words(sentence)
        self._changed.show_words("" if changed is None else change_words(changed))
        self._acts.setVisible(changed is not None)
        self._show.setVisible(changed is not None and bool(changed.before_hash))
        if changed is None:
            self.hide_difference()

    def show_difference(self, before: str | None, after: str) -> None:
        """Show two texts word by word; `before` None: the book has yet to give it."""
        if before is None:
            self._legend.show_words("The text read before comes from the book …")
            self._text.hide()
            return
        self._legend.show_words("Underlined: added. Struck through: removed.")
        parts = difference.parts_of(before, after)
        self._text.show_document(
            difference.document(parts, self._colours.theme, self._text.font())
        )
        self._text.setAccessibleDescription(difference.in_words(parts))
        self._text.show()

    def hide_difference(self) -> None:
        """Hide it."""
        self._text.hide()
        self._legend.show_words("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let it be seen."""
        super().focusInEvent(event)
        bring_into_view(self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a bar beside what has the keyboard."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(
                0, 0, 3, self.height(), QColor(self._colours.theme.selection)
            )
            painter.end()
