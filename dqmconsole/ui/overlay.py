"""A sheet over the window that asks for something; never modal."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from dqmconsole.ui.fonts import TITLE, px, set_text
from dqmconsole.ui.keyboard import keep_letter

MARGIN = 40  # px kept free around it
LEAST = 320  # px of height, at scale 1, in which a list is of use


def is_covered(window: QWidget) -> bool:
    """Tell whether a sheet lies over a window: its reader is not disturbed."""
    return any(each.isVisible() for each in window.findChildren(Overlay))


class Overlay(QFrame):
    """A sheet over a window: data go on beneath it, Esc leaves it.

    Args:
        name: its accessible name.
        parent: the window it lies over.
        size: the most it takes, width and height in px at scale 1.

    Attributes:
        shrinks: what it lists can be scrolled: it covers no alarms even where it is
            lower for that.
        keeps_letters: letters typed in it are none of the window's commands.
    """

    shrinks = False
    keeps_letters = False

    def __init__(self, name: str, parent: QWidget, size: tuple[int, int]) -> None:
        super().__init__(parent, Qt.WindowType.SubWindow)
        self._over = parent
        self._size = size
        self._before: QWidget | None = None
        self.setProperty("role", "overlay")
        self.setAccessibleName(name)
        self.hide()

    def open(self) -> None:
        """Show it over the window, and give it the keyboard."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.replace()
        self.show()
        self.raise_()
        self.first_field().setFocus(Qt.FocusReason.PopupFocusReason)

    def replace(self) -> None:
        """Lay it over the window as it is now."""
        self.setGeometry(self.place(*self.room()))

    def dismiss(self) -> None:
        """Hide it and give the keyboard back."""
        # before it is hidden: else Qt gives the keyboard to whatever comes first, and
        # a plot that has it is selected
        # what had it may be gone, with a window of its own
        before = self._before
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
        self.hide()

    def begin_column(self, heading: str, keys: str, about: str) -> QVBoxLayout:
        """Lay out its heading with the keys, and what it is about; the rest follows."""
        title, leave, words = QLabel(heading), QLabel(keys), QLabel(about)
        set_text(title, TITLE, bold=True)
        words.setWordWrap(True)
        for label in (leave, words):
            label.setProperty("role", "muted")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(words)
        return column

    def focusNextPrevChild(self, following: bool) -> bool:
        """Let Tab go round in it, as in any sub-window, and never beneath it."""
        super().focusNextPrevChild(following)
        return True  # where there is one field, too

    def event(self, event: QEvent) -> bool:
        """Keep letters from the window's commands, where it does."""
        return (self.keeps_letters and keep_letter(event)) or super().event(event)

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self

    def room(self) -> tuple[int, int]:
        """The most it takes, width and height in px."""
        return px(self._size[0]), px(self._size[1])

    def place(self, width: int, height: int) -> QRect:
        """Where it lies: in the middle beneath header and alarms, if it has room there.

        Args:
            width: the most it takes, px.
            height: the same.
        """
        over = self._over.rect()
        head = self._over.menuWidget() if isinstance(self._over, QMainWindow) else None
        if head is not None:
            beneath = over.adjusted(0, head.geometry().bottom(), 0, 0)
            least = px(LEAST) if self.shrinks else height
            if least <= beneath.height() - MARGIN:
                over = beneath
        place = QRect(
            0, 0, min(width, over.width() - MARGIN), min(height, over.height() - MARGIN)
        )
        place.moveCenter(over.center())
        return place
