"""A line of words that never asks for more room than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class ElidedLabel(QLabel):
    """A label cut with "…" where it is too long; its accessible text is whole.

    Args:
        mode: where it is cut.
        parent: as always.
    """

    def __init__(
        self,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.words = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Write other words."""
        if words != self.words:
            self.words = words
            self.setAccessibleDescription(words)
            self.updateGeometry()
            self.fit()

    def fit(self) -> None:
        """Cut the words to the room there is; after a change of the font, too."""
        metrics = self.fontMetrics()
        self.setText(metrics.elidedText(self.words, self._mode, self.width()))

    def sizeHint(self) -> QSize:
        """Return the room the whole words would take."""
        metrics = self.fontMetrics()
        # bold words are drawn a little wider than measured by some fonts
        return QSize(metrics.horizontalAdvance(self.words) + 4, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return next to nothing: the words give way."""
        return QSize(20, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self.fit()
