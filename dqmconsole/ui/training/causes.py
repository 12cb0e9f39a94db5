"""The sheet that asks for the cause, once an item of the exam was called wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dqmconsole.training.lesson import short_name
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import SMALL, TITLE
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.training.beside import BesideSheet
from dqmconsole.ui.training.finding import (
    URGENCY_WORDS,
    cause_words,
    causes_of,
    choice_list,
    keep_lines,
    urgency_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import CauseWords
    from dqmconsole.ui.parts import Parts

UNNAMED = "I cannot name it"
UNSAID = "I do not say"


class CauseSheet(BesideSheet):
    """Short names of the faults, and how soon to call; Return answers, Esc goes back.

    Args:
        parts: the window's parts.
        taught: the site whose causes they are: an evidence bundle brings none of them.

    Signals:
        named: the cause, or "", and how soon to call, or "".
    """

    named = Signal(str, str)
    keeps_letters = True

    def __init__(self, parts: Parts, taught: Callable[[], Site | None]) -> None:
        super().__init__("Cause", parts, (760, 520))
        self._taught = taught
        self._causes: Sequence[CauseWords] = ()
        self._title = PlainLabel("Question", TITLE, bold=True)
        self._about = PlainLabel("What the cause means", role="muted", words=" ")
        self._cause = choice_list(self, "Cause", ())
        self._urgency = choice_list(self, "How soon to call", ())
        self._cause.currentRowChanged.connect(lambda _row: self._describe())
        columns = QHBoxLayout()
        columns.setSpacing(14)
        for heading, field, share in (
            ("Cause", self._cause, 3),
            ("How soon to call (not scored)", self._urgency, 4),
        ):
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(PlainLabel(f"Heading {heading}", bold=True, words=heading))
            column.addWidget(field, 1)
            columns.addLayout(column, share)
        foot = QHBoxLayout()
        keys = "↑ ↓ or a letter choose   → next list   Return answers   Esc goes back"
        foot.addWidget(PlainLabel("Keys", SMALL, role="muted", words=keys), 1)
        foot.addWidget(push_button("Answer   Return", "Answer", self._answer))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addLayout(columns, 1)
        column.addWidget(self._about)
        column.addLayout(foot)

    def ask(self, plot: str) -> None:
        """Ask for the cause of what is wrong in a plot.

        Args:
            plot: its title; "" for the page.
        """
        self._causes = causes_of(self._taught(), bad=True)
        self._cause.keyboardSearch("")  # what was typed for the last page is over
        self._title.show_words(f"What is wrong in {plot or 'this page'}?")
        self._cause.clear()
        self._cause.addItem(UNNAMED)
        self._cause.addItems([short_name(each.name) for each in self._causes])
        self._cause.setCurrentRow(0)
        self._urgency.clear()
        self._urgency.addItems([UNSAID, *urgency_words(self._taught()).values()])
        self._urgency.setCurrentRow(0)
        keep_lines(self._about)
        self.open()

    def first_field(self) -> QWidget:
        """The causes have the keyboard first."""
        return self._cause

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go to the other list with Right and Left; Return answers."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._answer()
                return True
            if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left):
                right = event.key() == Qt.Key.Key_Right
                to = self._urgency if right else self._cause
                to.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)

    # -- inside ------------------------------------------------------------------------

    @property
    def _chosen(self) -> CauseWords | None:
        row = self._cause.currentRow() - 1  # the first is that it cannot be named
        return self._causes[row] if 0 <= row < len(self._causes) else None

    def _describe(self) -> None:
        chosen = self._chosen
        self._about.show_words(f"{cause_words(chosen)}." if chosen is not None else " ")

    def _answer(self) -> None:
        cause = self._chosen.name if self._chosen is not None else ""
        urgency = ("", *URGENCY_WORDS)[max(self._urgency.currentRow(), 0)]
        self.dismiss()
        self.named.emit(cause, urgency)
