"""The words for a call, and what of them the caller notes to have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel

from dqmconsole.shift.phone_words import SAID, phone_lines
from dqmconsole.ui.fonts import SMALL, TEXT, set_text
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours


class PhoneWords(QFrame):
    """What to say in a call, sentence by sentence: to be read, while one speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.setAccessibleName("What to say")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        heading = QLabel("What to say")
        set_text(heading, TEXT, bold=True)
        self._grid.addWidget(heading, 0, 0, 1, 2)
        self._lines: dict[str, PlainLabel] = {}

    def show_call(
        self,
        session: ShiftSession,
        place: PlotPlace,
        urgency: Urgency | None,
        sooner: Sequence[Step],
    ) -> None:
        """Show the words for a call about a plot; see :func:`phone_lines`."""
        for line in phone_lines(session, place, urgency, sooner):
            if line.about not in self._lines:
                self._add(line.about)
            self._lines[line.about].show_words(line.words)

    def _add(self, about: str) -> None:
        name, words = QLabel(about), PlainLabel(f"Say: {about}", SMALL)
        name.setProperty("role", "muted")
        set_text(name, SMALL)
        row = len(self._lines) + 1
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(words, row, 1)
        self._lines[about] = words


class SaidBoxes(QFrame):
    """What the caller notes to have said; nobody listens, so nobody else can tell.

    Args:
        colours: the colours.
    """

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.setAccessibleName("What I said")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(QLabel("I said:"))
        self._boxes: dict[str, TickBox] = {}
        for each in SAID:
            box = TickBox(colours, each)
            box.setAccessibleName(f"I said: {each}")
            row.addWidget(box)
            self._boxes[each] = box
        row.addStretch(1)

    @property
    def said(self) -> tuple[str, ...]:
        """What is ticked, in its order."""
        return tuple(each for each, box in self._boxes.items() if box.isChecked())

    def clear(self) -> None:
        """Tick nothing."""
        for box in self._boxes.values():
            box.setChecked(False)
