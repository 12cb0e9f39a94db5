"""Tables of rows: filled again without losing the place where somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from dqmconsole.model.moment import zone_words
from dqmconsole.ui.flag_marks import flag_icon
from dqmconsole.ui.fonts import emphasised, px
from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from dqmconsole.model.record import FlagStatus
    from dqmconsole.ui.theme import Colours

    Index = QModelIndex | QPersistentModelIndex

HEIGHT = 24  # px of a row, at least, at scale 1
PADDING = 6  # px beside what a cell asks for: some fonts draw bold words wider
_NAME = Qt.ItemDataRole.UserRole


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        name: by it the row is found again, unique in the table.
        cells: its words.
        mark: the flag whose mark it has, and whether that is proposed; or None.
        muted: written in the colour of secondary text.
        bold: its first cell is written bold.
        below: rows that are shown below it, a step to the right.
    """

    name: str
    cells: tuple[str, ...]
    mark: tuple[FlagStatus, bool] | None = None
    muted: bool = False
    bold: bool = False
    below: tuple[Row, ...] = ()


class RowDelegate(QStyledItemDelegate):
    """Draws cells, none lower than the rows of the other tables."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The room that mark and words take."""
        return super().sizeHint(option, index).expandedTo(QSize(0, px(HEIGHT)))


class RowTable(QTreeView):
    """A table of rows known by their names.

    Args:
        name: its accessible name.
        headings: of its columns, "UTC" in them stands for the zone shown; none is
            shown when empty.
        colours: the colours.
        mark_column: the column that shows the marks.
        primary: columns that are not written as secondary text.

    Signals:
        moved: another row is selected, or the same one again.
    """

    moved = Signal()

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        colours: Colours,
        *,
        mark_column: int = 0,
        primary: Sequence[int] = (0,),
    ) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._mark_column = mark_column
        self._primary = frozenset(primary)
        self._rows: tuple[Row, ...] = ()
        self._items = QStandardItemModel(0, max(len(headings), 1), self)
        self._headings = tuple(headings)
        self._least: Mapping[int, int] = {}
        self._name_columns()
        self.setModel(self._items)
        self.setItemDelegate(RowDelegate(self))
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(name)
        self.setHeaderHidden(not headings)
        self.header().setMinimumSectionSize(24)
        self.header().setResizeContentsPrecision(-1)  # of all rows
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setItemsExpandable(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; nothing is touched when nothing is new."""
        wanted = tuple(rows)
        if wanted != self._rows:
            self._fill(wanted)

    def instead(self, name: str, number: int) -> str:  # noqa: ARG002 - others use it
        """The row that is selected where another is gone; "" for none.

        Args:
            name: of that which is gone.
            number: which it was, from the top.
        """
        now = self._all_names()
        return now[min(number, len(now) - 1)] if now else ""

    def fit(self, least: Mapping[int, int]) -> None:
        """Make columns as wide as their words.

        Args:
            least: column -> px it has at least, at scale 1.
        """
        self._least = least
        for column, width in least.items():
            asked = self.sizeHintForColumn(column) + PADDING
            heading = self.header().sectionSizeHint(column)
            self.header().resizeSection(column, max(px(width), heading, asked))

    def forget(self) -> None:
        """Show nothing, and forget the place: what comes is of something else."""
        self._rows = ()
        self._items.setRowCount(0)
        self.verticalScrollBar().setValue(0)

    def current(self) -> str:
        """The name of the row that is selected; "" when there is none."""
        return self.currentIndex().siblingAtColumn(0).data(_NAME) or ""

    def names(self) -> list[str]:
        """The names of the rows, top to bottom, without what lies below others."""
        return [row.name for row in self._rows]

    def choose(self, name: str) -> bool:
        """Select a row by its name, if it is there."""
        flags = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
        first = self._items.index(0, 0)
        found = self._items.match(first, _NAME, name, 1, flags) if name else []
        for index in found:
            self.setCurrentIndex(index)
            self.scrollTo(index)
        return bool(found)

    def words(self) -> list[str]:
        """What the rows say, top to bottom, for people who hear them."""
        return [" · ".join(filter(None, row.cells)) for row in _flat(self._rows)]

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell that another row is selected."""
        super().currentChanged(current, previous)
        self.moved.emit()

    def name_column(self, column: int, heading: str) -> None:
        """Give a column another heading."""
        if self._headings[column] != heading:
            before, after = self._headings[:column], self._headings[column + 1 :]
            self._headings = (*before, heading, *after)
            self._name_columns()

    # -- inside ------------------------------------------------------------------

    def _all_names(self) -> list[str]:
        return [row.name for row in _flat(self._rows)]

    def _recolour(self) -> None:
        self._name_columns()
        self._fill(self._rows)
        self.fit(self._least)

    def _name_columns(self) -> None:
        zone = zone_words()
        names = [heading.replace("UTC", zone) for heading in self._headings]
        self._items.setHorizontalHeaderLabels(names)

    def _fill(self, rows: tuple[Row, ...]) -> None:
        name, place = self.current(), self.verticalScrollBar().value()
        number = self._all_names().index(name) if name else 0
        self._rows = rows
        self._items.setRowCount(0)
        for row in rows:
            self._add(self._items, row)
        self.expandAll()
        if not self.choose(name):
            self.choose(self.instead(name, number))
        self.verticalScrollBar().setValue(place)

    def _add(self, above: QStandardItem | QStandardItemModel, row: Row) -> None:
        cells = [QStandardItem(words) for words in row.cells]
        cells[0].setData(row.name, _NAME)
        muted = QBrush(QColor(self._colours.theme.muted))
        for column, cell in enumerate(cells):
            if row.muted or column not in self._primary:
                cell.setForeground(muted)
            if cell.text():
                cell.setToolTip(tip(cell.text()))
        if row.bold:
            cells[0].setFont(emphasised())
        if row.mark is not None:
            icon = flag_icon(row.mark[0], self._colours.theme, proposed=row.mark[1])
            cells[self._mark_column].setIcon(icon)
        above.appendRow(cells)
        for each in row.below:
            self._add(cells[0], each)


def _flat(rows: Sequence[Row]) -> list[Row]:
    """Rows and what lies below them, top to bottom."""
    return [each for row in rows for each in (row, *row.below)]
