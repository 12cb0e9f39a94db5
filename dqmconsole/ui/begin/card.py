"""One step of the start of a shift: a number, a title, and what belongs to it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dqmconsole.ui.elided import ElidedLabel
from dqmconsole.ui.fonts import sized


class Card(QFrame):
    """A step: its heading, a quiet word beside it, and a column of widgets.

    Args:
        number: its number.
        title: its title.
        parent: as always.
    """

    def __init__(self, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName(f"Step {number}: {title}")
        heading = QLabel(f"{number}  {title}")
        heading.setFont(sized(self.font(), 11, bold=True))
        self._aside = ElidedLabel()
        self._aside.setProperty("role", "muted")
        self._aside.setFont(sized(self.font(), 8.5))
        self._aside.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._aside.setAccessibleName(f"{title}: in short")
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(heading)
        head.addWidget(self._aside, 1, Qt.AlignmentFlag.AlignBottom)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 10, 14, 12)
        self.column.setSpacing(7)
        self.column.addLayout(head)

    def set_aside(self, words: str) -> None:
        """Write the quiet word beside the heading."""
        self._aside.set_words(words)


def words_label(name: str, role: str = "") -> QLabel:
    """A label of plain words that breaks its lines.

    Args:
        name: its accessible name.
        role: "", "muted", "bad" or "warning".
    """
    label = QLabel()
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # else its longest word would keep a narrow page wide
    if role:
        label.setProperty("role", role)
    return label
