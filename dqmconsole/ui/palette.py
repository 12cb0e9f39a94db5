"""The command palette: everything that can be done, found by typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH = 620
ROWS = 12
SHOWN = 200


class Entry(NamedTuple):
    """One thing to do: its words, its key ("" for none), and how."""

    words: str
    key: str
    run: Callable[[], None]


def matching(entries: Sequence[Entry], text: str) -> list[Entry]:
    """The entries that contain all words of `text`; beginnings of words first."""
    words = text.casefold().split()

    def rank(entry: Entry) -> int:
        parts = entry.words.casefold().split()
        return sum(not any(p.startswith(w) for p in parts) for w in words)

    found = [e for e in entries if all(word in e.words.casefold() for word in words)]
    return sorted(found, key=rank)


class Palette(QFrame):
    """A field and a list over the window; it is not modal, data go on beneath it.

    Args:
        entries: gives what can be done now.
        parent: the window it lies over.
    """

    def __init__(self, entries: Callable[[], Sequence[Entry]], parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = entries
        self._over = parent
        self._now: list[Entry] = []
        self._before: QWidget | None = None
        self.setProperty("role", "overlay")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Command")
        self.field.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run)
        self.list.itemClicked.connect(lambda _item: self._run())
        self.hide()

    def open(self) -> None:
        """Show it with everything that can be done now."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.field.clear()
        self._filter("")
        over = self._over
        width = min(WIDTH, over.width() - 40)
        row = max(self.list.sizeHintForRow(0), 18) + 2
        height = self.field.sizeHint().height() + row * ROWS + 40
        self.setGeometry((over.width() - width) // 2, over.height() // 9, width, height)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hide it and give the keyboard back."""
        # before it is hidden: else Qt gives the keyboard to whatever comes first, and
        # a plot that has it is selected
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
        self.hide()

    def words(self) -> list[str]:
        """What is listed, top to bottom."""
        return [entry.words for entry in self._now]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list with the arrows while the field has the keyboard."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: ROWS,
            Qt.Key.Key_PageUp: -ROWS,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._now:
            return super().eventFilter(watched, event)
        self._go_to(min(max(self._row() + step, 0), len(self._now) - 1))
        return True

    def _row(self) -> int:
        item = self.list.currentItem()
        return -1 if item is None else self.list.indexOfTopLevelItem(item)

    def _go_to(self, row: int) -> None:
        item = self.list.topLevelItem(row)
        if item is not None:
            self.list.setCurrentItem(item)

    def _filter(self, text: str) -> None:
        self._now = matching(self._entries(), text)[:SHOWN]
        self.list.clear()
        for entry in self._now:
            item = QTreeWidgetItem(self.list, [entry.words, entry.key])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
        self._go_to(0)

    def _run(self) -> None:
        row = self._row() if self._now else -1
        if not 0 <= row < len(self._now):
            return
        entry = self._now[row]
        self.dismiss()
        entry.run()
