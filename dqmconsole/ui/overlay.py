"""A sheet over the window that asks for something; never modal."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QWidget

MARGIN = 40  # px kept free around it


class Overlay(QFrame):
    """A sheet over a window: data go on beneath it, Esc leaves it.

    Args:
        name: its accessible name.
        parent: the window it lies over.
        size: the most it takes, width and height in px.
    """

    def __init__(self, name: str, parent: QWidget, size: tuple[int, int]) -> None:
        super().__init__(parent)
        self._over = parent
        self._size = size
        self._before: QWidget | None = None
        self.setProperty("role", "overlay")
        self.setAccessibleName(name)
        self.hide()

    def open(self) -> None:
        """Show it over the middle of the window, and give it the keyboard."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        width = min(self._size[0], self._over.width() - MARGIN)
        height = min(self._size[1], self._over.height() - MARGIN)
        self.setGeometry(
            (self._over.width() - width) // 2,
            (self._over.height() - height) // 2,
            width,
            height,
        )
        self.show()
        self.raise_()
        self.first_field().setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hide it and give the keyboard back."""
        # before it is hidden: else Qt gives the keyboard to whatever comes first, and
        # a plot that has it is selected
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
        self.hide()

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self
