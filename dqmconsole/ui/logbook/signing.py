"""The sheet that says what is open while a run is signed off, and asks why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from dqmconsole.model.run import run_number
from dqmconsole.model.verdict import Status
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE, px, set_text
from dqmconsole.ui.marks import mark_icon
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from dqmconsole.shift.signing import Gate
    from dqmconsole.ui.context import Context

SIZE = (760, 380)
GRAVE = (
    "What has a mark is signed off only for a reason. All of this is put on record "
    "and stands in the hand-over."
)
MILD = "It can be signed off like this: what is open stands in the hand-over."


class SigningSheet(Overlay):
    """What is open of a run, and the reason for which it is signed off all the same.

    Args:
        context: what it works with.

    Signals:
        signed: the run, and the reason; it is to be signed off.
    """

    signed = Signal(object, str)
    keeps_letters = True

    def __init__(self, context: Context) -> None:
        super().__init__("Sign off with something open", context.window, SIZE)
        self._context = context
        self._run = 0
        self._grave = False
        self.list = QListWidget()
        self.list.setAccessibleName("What is open")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Reason to sign off")
        self.reason.returnPressed.connect(self.sign)
        self._refusal = QLabel()
        self._refusal.setAccessibleName("Why it is not signed off")
        sign = push_button("Sign with open (Ctrl+Enter)", "Sign with open", self.sign)
        back = push_button("Back to the flags (Esc)", "Back to the flags", self.dismiss)
        self._title, self._about, keys = QLabel(), QLabel(), QLabel("Esc closes")
        set_text(self._title, TITLE, bold=True)
        self._about.setWordWrap(True)
        for label in (self._about, keys):
            label.setProperty("role", "muted")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._about)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(QLabel("Reason"))
        row.addWidget(self.reason, 1)
        column.addLayout(row)
        foot = QHBoxLayout()
        foot.addWidget(self._refusal, 1)
        for button in (back, sign):
            foot.addWidget(button)
        column.addLayout(foot)

    def ask(self, run: int, gate: Gate) -> None:
        """Say what is open of a run, and of those that are signed off with it."""
        self._run, self._grave = run, bool(gate.grave)
        runs = ", ".join(run_number(each) for each in gate.runs)
        many = f"Runs {runs}" if len(gate.runs) > 1 else f"Run {runs}"
        self._title.setText(f"{many}: sign off with something open")
        self._about.setText(GRAVE if gate.grave else MILD)
        self.list.clear()
        mark, none = mark_icon(Status.BAD, self._context.theme), QPixmap(px(14), px(14))
        none.fill(Qt.GlobalColor.transparent)  # all words begin in one column
        for words in gate.grave:
            self.list.addItem(QListWidgetItem(mark, words))
        for words in gate.rest:
            self.list.addItem(QListWidgetItem(QIcon(none), words))
        self.reason.clear()
        self.reason.setPlaceholderText("needed" if gate.grave else "if there is one")
        self._refusal.clear()
        self.open()

    def sign(self) -> None:
        """Sign the run off with what is open; something grave takes a reason."""
        reason = self.reason.text().strip()
        if self._grave and not reason:
            self._refusal.setText("Say why it is signed off all the same.")
            self.reason.setFocus()
            return
        self.dismiss()
        self.signed.emit(self._run, reason)

    def first_field(self) -> QLineEdit:
        """What has the keyboard first."""
        return self.reason
