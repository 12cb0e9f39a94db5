"""A known issue drafted from a verdict: to read, complete, and copy or write down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QWidget,
)

from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context

_ABOUT = (
    "For layouts/known.yaml, by way of the owner of the plot. It is a draft: look at "
    "its regions, its owner, and what would be new. Nothing is known before it is "
    "published."
)


class DraftSheet(Overlay):
    """The draft of a known issue, which can be changed here.

    Args:
        context: what it works with.

    Signals:
        entry_wanted: it is to be written as an entry of the log.
    """

    entry_wanted = Signal()
    keeps_letters = True

    def __init__(self, context: Context) -> None:
        super().__init__("Known issue, a draft", context.window, (680, 400))
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Draft of the known issue")
        self.text.setTabChangesFocus(True)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        copy = push_button(
            "Copy (Ctrl+Enter)", "Copy the draft", lambda: context.say(self.copy())
        )
        note = push_button(
            "Write as an entry (Ctrl+E)",
            "Write the draft as an entry",
            self.entry_wanted.emit,
        )
        foot = QHBoxLayout()
        foot.addStretch(1)
        for button in (note, copy):
            foot.addWidget(button)
        column = self.begin_column("Known issue, a draft", "Esc closes", _ABOUT)
        column.addWidget(self.text, 1)
        column.addLayout(foot)

    def show_draft(self, text: str) -> None:
        """Show a draft, in the place of the one before."""
        self.text.setPlainText(text)
        self.open()

    def copy(self) -> str:
        """Copy the draft as it stands, and close."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.dismiss()
        return "The draft of the known issue is copied."

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.text
