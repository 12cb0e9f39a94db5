"""Tables of the book: filled anew without losing the place where somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from dqmconsole.ui.labels import tip
from dqmconsole.ui.logbook.flag_marks import flag_icon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.model.record import FlagStatus
    from dqmconsole.ui.theme import Colours

_NAME = Qt.ItemDataRole.UserRole
HEIGHT = 21  # px of a row
PADDING = 12  # px beside the words of a cell
MARK = 22  # px of the mark of a flag


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        name: by it the row is found again, unique in the table.
        cells: its words.
        mark: the flag whose mark it has, and whether that is proposed; or None.
        muted: written in the colour of secondary text.
        bold: its first cell is written bold.
        below: rows that are shown when it is opened.
        opened: whether they are shown at first.
    """

    name: str
    cells: tuple[str, ...]
    mark: tuple[FlagStatus, bool] | None = None
    muted: bool = False
    bold: bool = False
    below: tuple[Row, ...] = ()
    opened: bool = False


class RowTable(QTreeWidget):
    """A table of rows known by their names.

    Args:
        name: its accessible name.
        headings: of its columns; none is shown when empty.
        colours: the colours.
        mark_column: the column that shows the marks.
        primary: columns that are not written as secondary text.
    """

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        colours: Colours,
        *,
        columns: int = 0,
        mark_column: int = 0,
        primary: Sequence[int] = (0,),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._mark_column = mark_column
        self._primary = frozenset(primary)
        self._rows: tuple[Row, ...] | None = None
        self.setAccessibleName(name)
        self.setColumnCount(len(headings) or columns or 1)
        self.setHeaderHidden(not headings)
        if headings:
            self.setHeaderLabels(list(headings))
        self.header().setStretchLastSection(True)
        self.header().setMinimumSectionSize(24)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setItemsExpandable(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; nothing is touched when nothing is new."""
        wanted = tuple(rows)
        if wanted == self._rows:
            return
        self._rows = wanted
        at, place = self.current(), self.verticalScrollBar().value()
        index = self._flat_index()
        blocked = self.blockSignals(True)
        self.clear()
        for row in wanted:
            self._add(self.invisibleRootItem(), row)
        self.blockSignals(blocked)
        if not self.choose(at) and not self.choose(self.heir(at)):
            self._choose_near(index)
        self.verticalScrollBar().setValue(place)

    def heir(self, name: str) -> str:  # noqa: ARG002 - the tables that have one use it
        """The row that is selected where the row of a name is gone; "" for none."""
        return ""

    def fit(self, least: Mapping[int, int]) -> None:
        """Make columns as wide as their words.

        Args:
            least: column -> px it has at least.
        """
        for column, width in least.items():
            heading = self.headerItem().text(column)
            widths = [width, self.header().fontMetrics().horizontalAdvance(heading)]
            widths[1] += PADDING
            for item in self._items():
                font = item.font(column)
                words = item.text(column)
                # some fonts draw bold words a little wider than they say
                room = QFontMetrics(font).horizontalAdvance(words) * 1.04 + PADDING
                mark = column == self._mark_column and not item.icon(column).isNull()
                widths.append(round(room) + (MARK if mark else 0))
            self.header().resizeSection(column, max(widths))

    def forget(self) -> None:
        """Show nothing, and forget the place: what comes is of something else."""
        self._rows = None
        self.clear()
        self.verticalScrollBar().setValue(0)

    def current(self) -> str:
        """The name of the row that is selected; "" when there is none."""
        item = self.currentItem()
        found = item.data(0, _NAME) if item is not None else ""
        return found if isinstance(found, str) else ""

    def names(self) -> list[str]:
        """The names of the rows, top to bottom, without what lies below others."""
        return [row.name for row in self._rows or ()]

    def choose(self, name: str) -> bool:
        """Select a row by its name, if it is there."""
        for item in self._items():
            if name and item.data(0, _NAME) == name:
                self.setCurrentItem(item)
                self.scrollToItem(item)
                return True
        return False

    def _recolour(self) -> None:
        rows, self._rows = self._rows, None
        self.show_rows(rows or ())

    def words(self) -> list[str]:
        """What the rows say, top to bottom, for people who hear them."""
        return [
            " · ".join(
                each for each in map(item.text, range(item.columnCount())) if each
            )
            for item in self._items()
        ]

    def _items(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            if item is not None:
                found += [item, *children_of(item)]
        return found

    def _flat_index(self) -> int:
        item = self.currentItem()
        return self._items().index(item) if item is not None else 0

    def _choose_near(self, index: int) -> None:
        items = self._items()
        if items:
            self.setCurrentItem(items[min(index, len(items) - 1)])

    def _add(self, parent: QTreeWidgetItem, row: Row) -> None:
        item = QTreeWidgetItem(parent, list(row.cells))
        item.setData(0, _NAME, row.name)
        item.setSizeHint(0, QSize(0, HEIGHT))
        muted = QBrush(QColor(self._colours.theme.muted))
        for column, words in enumerate(row.cells):
            if row.muted or column not in self._primary:
                item.setForeground(column, muted)
            if words:
                item.setToolTip(column, tip(words))
        if row.bold:
            font = item.font(0)
            font.setBold(True)
            item.setFont(0, font)
        if row.mark is not None:
            icon = flag_icon(row.mark[0], self._colours.theme, proposed=row.mark[1])
            item.setIcon(self._mark_column, icon)
        for each in row.below:
            self._add(item, each)
        item.setExpanded(row.opened)


def children_of(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """The children of an item, in order."""
    for index in range(item.childCount()):
        child = item.child(index)
        if child is not None:
            yield child
