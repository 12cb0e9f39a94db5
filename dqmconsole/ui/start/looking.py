"""The last steps of the start: what is bad now, and the check-list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem

from dqmconsole.model.moment import clock_words
from dqmconsole.shift import actions
from dqmconsole.shift.bad_now import rows
from dqmconsole.ui.marks import mark_icon
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.start.rows import Rows, box_icon
from dqmconsole.ui.tips import tip

if TYPE_CHECKING:
    from dqmconsole.shift.bad_now import Row
    from dqmconsole.shift.checking import Due, DueItem
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

_NAME = Qt.ItemDataRole.UserRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
MOST = 8  # rows of a list seen at once


class BadNowCard(Card):
    """What is bad now; Return shows the plot.

    Args:
        session: the shift.
        colours: the colours.

    Signals:
        plot_wanted: key of a plot.
    """

    plot_wanted = Signal(str)

    def __init__(self, session: ShiftSession, colours: Colours) -> None:
        super().__init__(3, "What is bad now")
        self._session = session
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._rows: list[Row] | None = None
        self.list = Rows("What is bad now", MOST, colours)
        self._nothing = words_label("Nothing is bad", "muted")
        self._nothing.setText(
            "No plot is BAD, STALE or WARNING, no problem is open, no run was passed "
            "on."
        )
        self.column.addWidget(self.list)
        self.column.addWidget(self._nothing)
        self.column.addStretch(1)
        self.list.itemActivated.connect(self._activated)

    def show_session(self) -> None:
        """Show what is bad; nothing is touched that did not change."""
        found = rows(self._session)
        if found == self._rows:
            return
        self._rows = found
        at = max(self.list.currentRow(), 0)
        self.list.clear()
        for row in found:
            item = QListWidgetItem(row.words, self.list)
            item.setToolTip(tip(row.words))
            item.setData(_NAME, row.key)
            if row.status is not None:
                item.setIcon(mark_icon(row.status, self._colours.theme))
        self.list.go_to(at)
        self.list.setVisible(bool(found))
        self._nothing.setVisible(not found)
        self.list.fit()
        self.set_aside("Enter shows the plot" if found else "")

    def _recolour(self) -> None:
        self._rows = None
        if self.isVisible():
            self.show_session()

    def _activated(self, item: QListWidgetItem) -> None:
        if key := item.data(_NAME):
            self.plot_wanted.emit(key)


class ChecksCard(Card):
    """The check-list of the start.

    Args:
        session: the shift.
        colours: the colours.

    Attributes:
        checked: "list/item" checked before the shift began: on record with it.

    Signals:
        refused: why something could not be put on record.
    """

    refused = Signal(str)

    def __init__(self, session: ShiftSession, colours: Colours) -> None:
        super().__init__(5, "Check-list of the start")
        self._session = session
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._shown: tuple[object, ...] = ()
        self.checked: set[str] = set()
        self.list = Rows("Check-list of the start", MOST, colours)
        self._none = words_label("No check-list", "muted")
        self._none.setText("The site has no check-list for the start of a shift.")
        self.column.addWidget(self.list)
        self.column.addWidget(self._none)
        self.column.addStretch(1)
        self.list.itemClicked.connect(lambda item: self._press(item.data(_NAME)))

    def show_session(self) -> None:
        """Show the list as it stands; nothing is touched that did not change."""
        if self._session.shift is not None:
            self.checked.clear()  # it is on record, or the book refused it
        lists = actions.starting(self._session)
        shown = (lists, frozenset(self.checked))
        if shown == self._shown:
            return
        self._shown = shown
        at = max(self.list.currentRow(), 0)
        self.list.clear()
        left = 0
        for due in lists:
            for each in due.items:
                name = f"{due.checklist.id}/{each.item.id}"
                done = each.done is not None or name in self.checked
                left += not done
                item = QListWidgetItem(_item_words(each), self.list)
                item.setData(_NAME, name)
                item.setIcon(box_icon(self._colours.theme, done=done))
                said = "checked: " if done else "open: "
                item.setData(_SPOKEN, said + item.text())
        many = self.list.count()
        self.list.go_to(at)
        self.list.setVisible(many > 0)
        self._none.setVisible(not many)
        self.list.fit()
        self.set_aside(f"{left} of {many} open, Space checks" if many else "")

    def _recolour(self) -> None:
        self._shown = ()
        if self.isVisible():
            self.show_session()

    def press(self) -> None:
        """Check the selected item, or take it back."""
        if self.list.currentRow() >= 0:
            self._press(self.list.currentItem().data(_NAME))

    def _press(self, name: str) -> None:
        if self._session.shift is None:
            self.checked ^= {name}
            self._step()
            return
        for due in actions.starting(self._session):
            for each in due.items:
                if f"{due.checklist.id}/{each.item.id}" == name:
                    self._check(due, each)
                    return

    def _check(self, due: Due, each: DueItem) -> None:
        done = each.done is None
        if refused := actions.check(self._session, due, each.item.id, done=done):
            self.refused.emit(refused)
            return
        self._step()

    def _step(self) -> None:
        self.show_session()
        row = self.list.currentRow()
        if row >= 0 and self.list.item(row).data(_SPOKEN).startswith("checked"):
            self.list.go_to(row + 1)


def _item_words(each: DueItem) -> str:
    words = each.item.text
    if each.done is not None:
        words += f"  ({each.done.who}, {clock_words(each.done.made_at)})"
    if each.unseen:
        words += f"  – not opened by you in this run: {', '.join(each.unseen)}"
    return words
