"""The line over a page or plot: where it is, and a summary."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dqmconsole.ui.elided import ElidedLabel
from dqmconsole.ui.fonts import sized


class Heading(QWidget):
    """Title at the left, summary at the right; the title gives way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self._title.setFont(sized(self.font(), 13.5, bold=True))
        self._title.setAccessibleName("Page")
        self._summary = ElidedLabel()
        self._summary.setProperty("role", "muted")
        self._summary.setAccessibleName("Page summary")
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 4, 5)
        row.setSpacing(16)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._summary, 0, Qt.AlignmentFlag.AlignBottom)

    @property
    def title(self) -> str:
        """The title, uncut."""
        return self._title.words

    def show_words(self, title: str, summary: str) -> None:
        """Write other words."""
        self._title.set_words(title)
        self._summary.set_words(summary)
