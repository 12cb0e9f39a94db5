"""The line under the entries in which a problem is settled."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit

from dqmconsole.ui.labels import ElidedLabel

TITLE_WIDTH = 420  # px at most


class SettleLine(QFrame):
    """Asks why a problem is no longer open; Return settles it, Esc does not.

    Signals:
        settled: uid and title of the entry, and the reason.
    """

    settled = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._uid = self._entry = ""
        self.setAccessibleName("Settle a problem")
        self._title = ElidedLabel()
        self._title.setAccessibleName("Problem to settle")
        self._title.setMaximumWidth(TITLE_WIDTH)
        self.why = QLineEdit()
        self.why.setAccessibleName("Why it is settled")
        self.why.setPlaceholderText("how it was solved, or by whom")
        hint = QLabel("Enter settles · Esc does not")
        hint.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.addWidget(self._title)
        row.addWidget(self.why, 1)
        row.addWidget(hint)
        self.why.returnPressed.connect(self._settle)
        self.hide()

    def open(self, uid: str, title: str) -> None:
        """Ask for the reason.

        Args:
            uid: of the entry.
            title: of the entry.
        """
        self._uid, self._entry = uid, title
        self._title.set_words(f"Settle “{title}”:")
        self.why.clear()
        self.show()
        self.why.setFocus()

    def _settle(self) -> None:
        self.hide()
        self.settled.emit(self._uid, self._entry, self.why.text().strip())
