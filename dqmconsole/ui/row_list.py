"""A list whose rows break their words, each with a mark or a box to tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from dqmconsole.ui.labels import tip
from dqmconsole.ui.marks import box_icon, mark_icon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QResizeEvent

    from dqmconsole.model.verdict import Status
    from dqmconsole.ui.theme import Colours

_SPOKEN = Qt.ItemDataRole.AccessibleTextRole


class ListRow(NamedTuple):
    """A row of a list.

    Attributes:
        name: what it stands for; by it the row is found again.
        words: what it says.
        mark: a status; or a box, ticked or not; or nothing.
        tip: its tooltip.
        spoken: said where its words do not say all; else "".
        bold: whether it is written bold.
    """

    name: str
    words: str
    mark: Status | bool | None = None
    tip: str = ""
    spoken: str = ""
    bold: bool = False


class RowList(QListWidget):
    """A list whose rows break their words and take the room they need.

    Args:
        name: its accessible name.
        most: rows seen at once.
        colours: the colours.

    Attributes:
        rows: what is listed.
    """

    def __init__(self, name: str, most: int, colours: Colours) -> None:
        super().__init__()
        self._most = most
        self.rows: tuple[ListRow, ...] = ()
        self.setProperty("role", "rows")  # no frame in the card it lies in
        self.setAccessibleName(name)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._recolour()

    @property
    def current(self) -> ListRow | None:
        """The row where the keyboard is."""
        at = self.currentRow()
        return self.rows[at] if at >= 0 else None

    def show_rows(self, rows: Iterable[ListRow]) -> None:
        """Show other rows, none hide the list; nothing is touched without news.

        The row where the keyboard is keeps it, wherever it comes to stand.
        """
        wanted = tuple(rows)
        if wanted != self.rows:
            before, at = self.current, max(self.currentRow(), 0)
            self.rows = wanted
            names = [row.name for row in wanted]
            if before is not None and before.name not in names[at : at + 1]:
                at = names.index(before.name) if before.name in names else at
            blocked = self.blockSignals(True)
            self._fill()
            self.setCurrentRow(min(at, len(wanted) - 1))
            self.blockSignals(blocked)
        self.setVisible(bool(wanted))
        self.fit()

    def fit(self) -> None:
        """Take the room the first rows need."""
        many = min(self.count(), self._most)
        if not many:
            return
        self.doItemsLayout()
        first = self.visualItemRect(self.item(0)).top()
        last = self.visualItemRect(self.item(many - 1)).bottom()
        height = last - first + 1 + 2 * self.frameWidth() + 2
        if height != self.height():
            self.setFixedHeight(height)

    def _fill(self) -> None:
        while self.count() > len(self.rows):
            self.takeItem(self.count() - 1)
        for at, row in enumerate(self.rows):
            item = self.item(at) if at < self.count() else QListWidgetItem(self)
            item.setText(row.words)
            item.setToolTip(tip(row.tip))
            item.setData(_SPOKEN, row.spoken or row.words)
            item.setIcon(self._icon(row.mark))
            font = item.font()
            if font.bold() is not row.bold:
                font.setBold(row.bold)
                item.setFont(font)

    def _icon(self, mark: Status | bool | None) -> QIcon:
        if mark is None:
            return QIcon()
        if isinstance(mark, bool):
            return box_icon(self._colours.theme, done=mark)
        return mark_icon(mark, self._colours.theme)

    def _recolour(self) -> None:
        """Let the ring of the list alone say where the keyboard is."""
        theme = self._colours.theme
        self.setStyleSheet(
            "QListView::item:selected "
            f"{{ background: {theme.hover}; color: {theme.ink}; }}"
        )
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the words where they now end."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()
