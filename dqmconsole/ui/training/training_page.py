"""What the pages of exam and practice are made of: a title, panels, a foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.fonts import sized
from dqmconsole.ui.labels import ElidedLabel, PlainLabel
from dqmconsole.ui.start.card import Headed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDEST = 1180  # px: longer lines are hard to read


class Panel(Headed):
    """A part of a page: its title, and sentences or other widgets below."""

    def __init__(self, title: str) -> None:
        super().__init__(title, title)

    def add_facts(self, facts: Iterable[str]) -> None:
        """Add sentences, one below the other."""
        for number, words in enumerate(facts, 1):
            label = PlainLabel(f"{self.accessibleName()}: {number}", words=words)
            self.column.addWidget(label)


class TrainingPage(QWidget):
    """A page in the middle of the window: title, scrolled content, a foot.

    Args:
        name: title and accessible name.

    Attributes:
        content: the column of what is scrolled; it has a stretch at its end.
        area: what scrolls.
        foot: the row of words and buttons.
        said: words at the foot.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._title = ElidedLabel()
        self._title.setFont(sized(self.font(), 13.5, bold=True))
        self._title.setAccessibleName("Page")
        self._title.set_words(name)
        inner = QWidget()
        inner.setMaximumWidth(WIDEST)
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(8)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner, 1)
        row.addStretch(0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(middle)
        self.said = PlainLabel("What is to be said", role="warning")
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(2, 6, 4, 4)
        self.foot.setSpacing(10)
        self.foot.addWidget(self.said, 1)
        self.foot.addStretch(0)  # keeps buttons small where nothing is said
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._title)
        column.addWidget(self.area, 1)
        column.addLayout(self.foot)

    def set_title(self, words: str) -> None:
        """Write another title."""
        self._title.set_words(words)


def push_button(words: str, name: str, pressed: Callable[[], None]) -> QPushButton:
    """A button that Return presses, too.

    Args:
        words: what it says.
        name: its accessible name.
        pressed: what it does.
    """
    button = QPushButton(words)
    button.setAccessibleName(name)
    button.setAutoDefault(True)
    button.clicked.connect(lambda: pressed())
    return button


def sentence(words: str) -> str:
    """Words as a sentence; nothing for none."""
    words = words.strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}." if words else ""
