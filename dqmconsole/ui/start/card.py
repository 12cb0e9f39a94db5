"""What the page of a start and pages like it are made of: cards and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import SMALL, TEXT, set_text
from dqmconsole.ui.labels import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable


class Headed(QFrame):
    """A heading, a quiet word beside it, and a column of widgets.

    Args:
        heading: what stands at the top.
        name: its accessible name.
        title: how the quiet word is called; the heading when left out.

    Attributes:
        column: what lies in it.
    """

    def __init__(self, heading: str, name: str, title: str = "") -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(name)
        label = QLabel(heading)
        set_text(label, TEXT, bold=True)
        self._aside = ElidedLabel()
        self._aside.setProperty("role", "muted")
        set_text(self._aside, SMALL)
        self._aside.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._aside.setAccessibleName(f"{title or heading}: in short")
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(label)
        head.addWidget(self._aside, 1, Qt.AlignmentFlag.AlignBottom)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 10, 14, 12)
        self.column.setSpacing(7)
        self.column.addLayout(head)

    def set_aside(self, words: str) -> None:
        """Write the quiet word beside the heading."""
        self._aside.set_words(words)


class Card(Headed):
    """One step of the start of a shift.

    Args:
        number: its number.
        title: its title.
    """

    def __init__(self, number: int, title: str) -> None:
        super().__init__(f"{number}  {title}", f"Step {number}: {title}", title)


def key_button(words: str, key: str, pressed: Callable[[], object]) -> QPushButton:
    """A button that names the key of what it does; Return presses it, too."""
    return push_button(f"{words}   {key}", words, pressed)


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
