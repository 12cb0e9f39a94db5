"""The choices of a question, one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.ui.guidance.labels import PlainLabel, set_role

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent

MOST = 5
_KEY_WIDTH = 42  # px of the number, with the mark of a choice that was made
_GAP = 4
_SIDE = 8  # px left and right in a row


class ChoiceRow(QFrame):
    """One choice: its number, which is its key, and its words.

    Signals:
        chosen: its number.
    """

    chosen = Signal(int)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.setProperty("role", "choice")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._key = QLabel(str(number))
        self._key.setProperty("role", "key")
        self._key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._key.setFixedWidth(_KEY_WIDTH)
        self.words = PlainLabel(f"Choice {number}")
        row = QHBoxLayout(self)
        row.setContentsMargins(_SIDE, 3, _SIDE, 3)
        row.setSpacing(_SIDE)
        row.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def show_choice(self, words: str, mark: str) -> None:
        """Show what it says.

        Args:
            words: the choice.
            mark: "✗" of one that was wrong, "✓" of the right one, else "".
        """
        self.words.show_words(words)
        self._key.setText(f"{mark} {self.number}" if mark else str(self.number))
        set_role(self.words, "muted" if mark == "✗" else "")
        said = {"✗": ", wrong", "✓": ", right"}.get(mark, "")
        self.setAccessibleName(f"Answer {self.number}: {words}{said}")

    def height_for(self, width: int) -> int:
        """The height, px, that it takes in a width."""
        inside = width - _KEY_WIDTH - 3 * _SIDE - 2
        return max(self.words.heightForWidth(inside), self._key.sizeHint().height()) + 8

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose it with Return or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.number)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it with a click."""
        self.chosen.emit(self.number)
        event.accept()


class Choices(QWidget):
    """All choices of a question; hidden while there are none.

    Signals:
        chosen: number of a choice, from 1.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.rows = [ChoiceRow(number) for number in range(1, MOST + 1)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        for row in self.rows:
            row.chosen.connect(self.chosen)
            column.addWidget(row)
        self.hide()

    def show_choices(
        self, choices: Sequence[str], wrong: Collection[int], right: int
    ) -> None:
        """Show the choices of a question.

        Args:
            choices: Markdown of one line each.
            wrong: numbers of those that were tried, from 1.
            right: number of the right one once it was found; else 0.
        """
        self.setVisible(bool(choices))
        for row in self.rows:
            shown = row.number <= len(choices)
            row.setVisible(shown)
            if shown:
                mark = "✗" if row.number in wrong else ""
                mark = "✓" if row.number == right else mark
                row.show_choice(plain_line(choices[row.number - 1]), mark)

    def height_for(self, width: int) -> int:
        """The height, px, that they take in a width."""
        heights = [row.height_for(width) for row in self.rows if not row.isHidden()]
        return sum(heights) + _GAP * max(len(heights) - 1, 0)
