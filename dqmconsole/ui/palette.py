"""The command palette: everything that can be done, found by typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.fonts import px
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH = 620
ROWS = 12
SHOWN = 200
_IN_THE_LIST = (
    Qt.Key.Key_Down,
    Qt.Key.Key_Up,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_PageUp,
)


class PaletteEntry(NamedTuple):
    """One thing to do: its words, its key ("" for none), and how."""

    words: str
    key: str
    run: Callable[[], None]


def matching(entries: Sequence[PaletteEntry], text: str) -> list[PaletteEntry]:
    """The entries that contain all words of `text`; beginnings of words first."""
    words = text.casefold().split()

    def rank(entry: PaletteEntry) -> int:
        parts = entry.words.casefold().split()
        return sum(not any(p.startswith(w) for p in parts) for w in words)

    found = [e for e in entries if all(word in e.words.casefold() for word in words)]
    return sorted(found, key=rank)


class Chooser(Overlay):
    """A field, and beneath it a list of what fits the words typed there.

    Args:
        name: its accessible name.
        parent: the window it lies over.
        asks: stands in the empty field.
        field: accessible name of the field.
        rows: that of the list.
    """

    def __init__(
        self, name: str, parent: QWidget, *, asks: str, field: str, rows: str
    ) -> None:
        super().__init__(name, parent, (WIDTH, 0))
        self._now: list[PaletteEntry] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText(asks)
        self.field.setAccessibleName(field)
        self.field.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setAccessibleName(rows)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 8, 8, 8)
        self.column.addWidget(self.field)
        self.column.addWidget(self.list)
        self.field.textChanged.connect(self._filter)
        self.list.itemClicked.connect(lambda _item: self.run())

    def found(self, text: str) -> Sequence[PaletteEntry]:
        """What fits a text, the best first."""
        raise NotImplementedError

    def open(self) -> None:
        """Show it with everything that there is now."""
        self.field.clear()
        self._filter("")
        super().open()

    def first_field(self) -> QWidget:
        """One types at once."""
        return self.field

    def room(self) -> tuple[int, int]:
        """Room for the field and some rows."""
        row = max(self.list.sizeHintForRow(0), 18) + 2
        return px(WIDTH), self.field.sizeHint().height() + row * ROWS + 40

    def place(self, width: int, height: int) -> QRect:
        """Higher than the middle: what it finds lies near the field.

        Args:
            width: the most it takes, px.
            height: the same.
        """
        place = super().place(width, height)
        place.moveTop(self._over.height() // 9)
        return place

    def words(self) -> list[str]:
        """What is listed, top to bottom."""
        return [entry.words for entry in self._now]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list with the arrows while the field has the keyboard."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() in _IN_THE_LIST
        ):
            return QApplication.sendEvent(self.list, event)
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        self._now = list(self.found(text)[:SHOWN])
        self.list.clear()
        for entry in self._now:
            item = QTreeWidgetItem(self.list, [entry.words, entry.key])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
        self.list.setCurrentIndex(self.list.model().index(0, 0))

    def run(self) -> None:
        """Do what the current row stands for."""
        row = self.list.currentIndex().row()
        if row >= 0:
            entry = self._now[row]
            self.dismiss()
            entry.run()


class Palette(Chooser):
    """Everything that can be done.

    Args:
        entries: gives what can be done now.
        parent: the window it lies over.
    """

    def __init__(
        self, entries: Callable[[], Sequence[PaletteEntry]], parent: QWidget
    ) -> None:
        super().__init__(
            "Command palette", parent, asks="What do you want to do?",
            field="Command", rows="Commands",
        )  # fmt: skip
        self._entries = entries
        self.field.returnPressed.connect(self.run)

    def found(self, text: str) -> Sequence[PaletteEntry]:
        """What can be done and has all the words."""
        return matching(self._entries(), text)
