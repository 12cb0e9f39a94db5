"""The last steps of the start: what is bad now, and the check-list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from dqmconsole.model.moment import clock_words
from dqmconsole.shift import actions
from dqmconsole.shift.bad_now import rows
from dqmconsole.ui.row_list import ListRow, RowList
from dqmconsole.ui.start.card import Card, words_label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QListWidgetItem

    from dqmconsole.shift.checking import Due, DueItem
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

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
        self.list = RowList("What is bad now", MOST, colours)
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
        """Show what is bad."""
        found = rows(self._session)
        self.list.show_rows(
            ListRow(each.key, each.words, each.status, each.words) for each in found
        )
        self._nothing.setVisible(not found)
        shows = "Enter shows the plot · " if found else ""
        self.set_aside(f"{shows}Shift+F4: what happened")

    def _activated(self, item: QListWidgetItem) -> None:
        if key := self.list.rows[self.list.row(item)].name:
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
        self.checked: set[str] = set()
        self.list = RowList("Check-list of the start", MOST, colours)
        self._none = words_label("No check-list", "muted")
        self._none.setText("The site has no check-list for the start of a shift.")
        self.column.addWidget(self.list)
        self.column.addWidget(self._none)
        self.column.addStretch(1)
        # whatever is clicked has become the current row
        self.list.itemClicked.connect(self.press)

    def show_session(self) -> None:
        """Show the list as it stands."""
        if self._session.shift is not None:
            self.checked.clear()  # it is on record, or the book refused it
        found = [self._row(due, each) for due, each in self._items()]
        self.list.show_rows(found)
        self._none.setVisible(not found)
        left = sum(not row.mark for row in found)
        self.set_aside(f"{left} of {len(found)} open, Space checks" if found else "")

    def forget(self) -> None:
        """Another person is there, who has checked nothing."""
        self.checked.clear()
        self.show_session()

    def press(self) -> None:
        """Check the selected item, or take it back."""
        if self.list.current is None:
            return
        name = self.list.current.name
        if self._session.shift is None:
            self.checked ^= {name}
            self._step()
            return
        for due, each in self._items():
            if _name(due, each) == name:
                done = each.done is None
                refused = actions.check(self._session, due, each.item.id, done=done)
                if refused:
                    self.refused.emit(refused)
                else:
                    self._step()
                return

    def _items(self) -> list[tuple[Due, DueItem]]:
        lists = actions.starting(self._session)
        return [(due, each) for due in lists for each in due.items]

    def _row(self, due: Due, each: DueItem) -> ListRow:
        done = each.done is not None or _name(due, each) in self.checked
        words = _item_words(each)
        said = "checked: " if done else "open: "
        return ListRow(_name(due, each), words, done, spoken=said + words)

    def _step(self) -> None:
        """Show what was done; from what is checked go on to the next."""
        self.show_session()
        if self.list.current is not None and self.list.current.mark:
            self.list.setCurrentRow(
                min(self.list.currentRow() + 1, self.list.count() - 1)
            )


def _name(due: Due, each: DueItem) -> str:
    return f"{due.checklist.id}/{each.item.id}"


def _item_words(each: DueItem) -> str:
    words = each.item.text
    if each.done is not None:
        words += f"  ({each.done.who}, {clock_words(each.done.made_at)})"
    if each.unseen:
        words += f" – not opened by you in this run: {', '.join(each.unseen)}"
    return words
