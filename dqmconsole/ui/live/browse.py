"""All elements of the source: the tree, folder by folder, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from dqmconsole.model.message import Children, Found, FoundItem, Receipt
    from dqmconsole.shift.client import EngineClient

SHOWN = 2000  # elements of one folder; more are for the search
_PATH = Qt.ItemDataRole.UserRole
_IS_FOLDER = Qt.ItemDataRole.UserRole + 1
_ELEMENT = "application/x-dqmconsole-element"  # what a drag of one carries


def kind_words(item: FoundItem) -> str:
    """Write what an element is: "TH1F, 1234"."""
    return item.kind if item.entries is None else f"{item.kind}, {item.entries:.6g}"


def element_drag(view: QAbstractItemView, path: str) -> QDrag | None:
    """A drag of the current row of a view, to be begun; None where it is no element.

    Args:
        view: where it begins.
        path: of the element; "" for none.
    """
    if not path:
        return None
    data = QMimeData()
    data.setData(_ELEMENT, path.encode())
    data.setText(path)  # it can be dropped where one types
    drag = QDrag(view)
    drag.setMimeData(data)
    drag.setPixmap(view.viewport().grab(view.visualRect(view.currentIndex())))
    return drag


def dragged_element(data: QMimeData) -> str:
    """Path of the element that is dragged; "" for anything else."""
    return bytes(data.data(_ELEMENT).data()).decode(errors="replace")


class ElementTree(QTreeWidget):
    """Every monitor element of the current run; folders are asked for as opened.

    Signals:
        opened: path of the element to show.
    """

    opened = Signal(str)

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._asked: dict[int, str] = {}
        self._folders: dict[str, QTreeWidgetItem] = {}
        self._fresh = False
        self.setObjectName("ElementTree")
        self.setAccessibleName("All elements")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.itemExpanded.connect(self._expanded)
        self.itemActivated.connect(self._activated)

    def forget(self) -> None:
        """Forget everything: another source or run; asked again when seen."""
        self._fresh = False
        self._asked.clear()
        self.clear()
        self._folders.clear()
        if self.isVisible():
            self._ask_top()

    def renew(self) -> None:
        """Look whether the top holds more: another client entered the run."""
        if self._fresh and self.isVisible():
            self._ask_top()
        else:
            self._fresh = False

    def show_children(self, children: Children) -> None:
        """Fill in the folder an answer is about; late answers are dropped."""
        folder = self._asked.pop(children.request, None)
        if folder is None or not self._stands(folder):
            return
        if not folder and self._grows(children):
            return
        parent = self._emptied(folder)
        for name in children.folders:
            self._add_folder(parent, children.folder, name)
        for item in children.items[:SHOWN]:
            self._add_element(parent, item)
        beyond = len(children.items) - SHOWN
        if beyond > 0:
            _add_words(parent, f"… {beyond} more: search for them")
        if not children.folders and not children.items:
            empty = folder or children.run
            _add_words(parent, "nothing here" if empty else "no run yet")

    def show_refused(self, receipt: Receipt) -> None:
        """Say why a folder stays empty; it is asked for when opened again."""
        folder = self._asked.pop(receipt.request, None)
        if folder is None or not self._stands(folder):
            return
        parent = self._emptied(folder)
        if isinstance(parent, QTreeWidgetItem):
            parent.setExpanded(False)
        else:
            self._fresh = False
            _add_words(parent, receipt.sentence)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the top when first seen."""
        super().showEvent(event)
        if not self._fresh:
            self._ask_top()

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Let the element of the current row be dragged; no folder."""
        del actions
        if (drag := element_drag(self, self.element)) is not None:
            drag.exec(Qt.DropAction.CopyAction)

    @property
    def element(self) -> str:
        """Path of the element of the current row; "" for a folder, or none."""
        item = self.currentItem()
        if item is None or item.data(0, _IS_FOLDER):
            return ""
        return item.data(0, _PATH) or ""

    def open_current(self) -> None:
        """Show the element of the current row, or unfold its folder."""
        item = self.currentItem()
        if item is not None:
            self._activated(item)

    def _ask_top(self) -> None:
        if self._client.source:
            self._fresh = True
            self._asked[self._client.browse("")] = ""

    def _grows(self, children: Children) -> bool:
        """Add to the top what it has not; False where something of it went."""
        shown = [folder for folder in self._folders if "/" not in folder]
        loose = self.topLevelItemCount() - len(shown)
        if not shown or loose or children.items or not {*shown} <= {*children.folders}:
            return False
        for at, name in enumerate(children.folders):
            if name not in self._folders:
                self._add_folder(self, "", name)
                added = self.takeTopLevelItem(self.topLevelItemCount() - 1)
                assert added is not None
                self.insertTopLevelItem(at, added)
        return True

    def _stands(self, folder: str) -> bool:
        """Tell whether a folder is still in the tree."""
        return not folder or folder in self._folders

    def _emptied(self, folder: str) -> QTreeWidget | QTreeWidgetItem:
        """Where the children of a folder hang, without any.

        The top is the tree itself, never its invisible root: Qt deletes that one behind
        Python's back, and what is next at its address would be taken for it.
        """
        if not folder:
            self.clear()
            self._folders.clear()
            return self
        parent = self._folders[folder]
        parent.takeChildren()
        return parent

    def _add_folder(
        self, parent: QTreeWidget | QTreeWidgetItem, folder: str, name: str
    ) -> None:
        name = name.rstrip("/").rsplit("/", 1)[-1]
        item = QTreeWidgetItem(parent, [name])
        path = f"{folder}/{name}" if folder else name
        self._folders[path] = item
        item.setData(0, _PATH, path)
        item.setData(0, _IS_FOLDER, True)
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)

    def _add_element(
        self, parent: QTreeWidget | QTreeWidgetItem, element: FoundItem
    ) -> None:
        name = element.path.rsplit("/", 1)[-1]
        item = QTreeWidgetItem(parent, [name, kind_words(element)])
        item.setData(0, _PATH, element.path)
        item.setToolTip(0, tip(element.path))
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)

    def _expanded(self, item: QTreeWidgetItem) -> None:
        folder = item.data(0, _PATH)
        if item.childCount() or not isinstance(folder, str):
            return
        _add_words(item, "loading …")
        self._asked[self._client.browse(folder)] = folder

    def _activated(self, item: QTreeWidgetItem) -> None:
        path = item.data(0, _PATH)
        if item.data(0, _IS_FOLDER):
            item.setExpanded(not item.isExpanded())
        elif isinstance(path, str):
            self.opened.emit(path)


def _add_words(parent: QTreeWidget | QTreeWidgetItem, words: str) -> None:
    item = QTreeWidgetItem(parent, [words])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)


class _FoundList(QListWidget):
    """The elements that were found."""

    @property
    def element(self) -> str:
        """Path of the element of the current row; "" for none."""
        row = self.currentRow()
        return str(self.item(row).data(_PATH)) if row >= 0 else ""

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Let the element of the current row be dragged."""
        del actions
        if (drag := element_drag(self, self.element)) is not None:
            drag.exec(Qt.DropAction.CopyAction)


class FoundElements(QWidget):
    """What a search found among all elements of the source.

    Signals:
        opened: path of the element to show.
    """

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "clear")
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setProperty("role", "muted")
        self._words.setAccessibleName("Found in the source")
        self.list = _FoundList()
        self.list.setObjectName("FoundList")
        self.list.setAccessibleName("Found elements")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setUniformItemSizes(True)
        # only without it are long paths cut in their middle
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._activated)
        self.list.itemClicked.connect(self._activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)

    def say(self, words: str) -> None:
        """Show words and no elements."""
        self._words.setText(words)
        self.list.clear()

    def show_found(self, found: Found) -> None:
        """Show what was found."""
        more = f", first {len(found.items)}" if len(found.items) < found.total else ""
        self._words.setText(f"In the source: {found.total}{more}")
        self.list.clear()
        for element in found.items:
            item = QListWidgetItem(element.path, self.list)
            item.setToolTip(tip(f"{element.path}\n{kind_words(element)}"))
            item.setData(_PATH, element.path)
        if self.list.hasFocus():  # it was awaited there
            self.list.setCurrentRow(0)

    @property
    def element(self) -> str:
        """Path of the element of the current row; "" for none."""
        return self.list.element

    def first(self) -> str:
        """Path of the first element found, or ""."""
        return str(self.list.item(0).data(_PATH)) if self.list.count() else ""

    def _activated(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_PATH))
