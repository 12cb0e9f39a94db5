"""The list of alarms: all of them by state, with their plots, calls and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
)

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted
from dqmconsole.shift.alarm_words import (
    STATE_TITLES,
    history_words,
    no_alarm_words,
    spoken,
    steps_words,
)
from dqmconsole.shift.alarms import STATES
from dqmconsole.ui.fonts import emphasised, px
from dqmconsole.ui.labels import tip
from dqmconsole.ui.live.alarm_strip import Reader, row_words
from dqmconsole.ui.marks import mark_icon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dqmconsole.model.alarm import Alarm, Member
    from dqmconsole.shift.alarms import Standing, State
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.alarm_strip import RowWords

COLUMNS = ("Alarm", "What it is", "Since", "Plots", "Whom to call", "Answer")
_WIDTHS = (190, 0, 190, 80, 300, 210)  # px at scale 1; the one of 0 takes the rest
NEW = "New"  # what came while somebody read
MOST_LISTED = 500  # plots of an alarm
_ID = Qt.ItemDataRole.UserRole  # of a row: its alarm
_KEY = Qt.ItemDataRole.UserRole + 1  # of a member: its plot
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole


class _Inside(NamedTuple):
    """What an open row lists: plots, and lines that follow from `asked`."""

    members: tuple[Member, ...] = ()
    asked: tuple[object, ...] = ()
    lines: tuple[str, ...] = ()


class AlarmList(QTreeWidget):
    """All alarms by state; each opens to its plots, its calls and what was answered.

    While somebody reads no row moves: what is new comes at the foot, what is gone is
    greyed. All come in order once nobody does.

    Args:
        context: the session, and the theme.
        title_of: gives what the plot of a key is called.

    Signals:
        plot_opened: key of a plot.
        row_opened: the Standing whose plot is to be shown.
    """

    plot_opened = Signal(str)
    row_opened = Signal(object)

    def __init__(self, context: Context, title_of: Callable[[str], str]) -> None:
        super().__init__()
        self._context = context
        self._title_of = title_of
        self._rows: dict[str, Standing] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._order: dict[State, list[str]] = {}
        self._shown: dict[str, tuple[Status, RowWords]] = {}
        self._inside: dict[str, _Inside] = {}  # of rows that are open
        self._held = False  # rows are not in order, for somebody reads
        self.setObjectName("AlarmList")
        self.setAccessibleName("All alarms by state")
        self.setColumnCount(len(COLUMNS))
        self.setHeaderLabels(COLUMNS)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the place is at the end
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setExpandsOnDoubleClick(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._groups = {state: self._group(STATE_TITLES[state]) for state in STATES}
        self._new = self._group(NEW)
        self._none = QTreeWidgetItem(self)
        self._none.setFirstColumnSpanned(True)
        self.itemActivated.connect(self._activated)
        self.itemExpanded.connect(self._expanded)
        self._reader = Reader(self.viewport(), context.wall_clock)
        self.currentItemChanged.connect(self._reader.note)
        self.itemPressed.connect(self._reader.note)
        self.verticalScrollBar().valueChanged.connect(self._show_in_sight)
        context.colours.changed.connect(self._restyle)
        context.opened.connect(self._forget)
        self._restyle()

    # -- what is chosen ----------------------------------------------------------------

    @property
    def current(self) -> Standing | None:
        """The alarm whose row, or one of whose plots, has the keyboard; or None."""
        item = self.currentItem()
        return None if item is None else self._rows.get(self._name(item))

    @property
    def chosen(self) -> list[Standing]:
        """The alarms whose rows are selected, from the top."""
        names = [each.data(0, _ID) for each in self._from_top() if each.isSelected()]
        return [self._rows[each] for each in names if each in self._rows]

    @property
    def chosen_plots(self) -> list[str]:
        """Keys of the selected plots of the alarm that has the keyboard."""
        row = self.currentItem()
        name = "" if row is None else self._name(row)
        return [
            each.data(0, _KEY)
            for each in self.selectedItems()
            if each.data(0, _KEY) is not None and self._name(each) == name
        ]

    def open_current(self) -> None:
        """Show the plot that the row with the keyboard is about."""
        item = self.currentItem()
        if item is not None:
            self._activated(item)

    @property
    def words(self) -> str:
        """What the row with the keyboard says."""
        item = self.currentItem()
        return (item.data(0, _SPOKEN) or item.text(0)) if item is not None else ""

    # -- showing -----------------------------------------------------------------------

    def show_alarms(self, now: float) -> None:
        """Show how the alarms stand; only what changed is touched.

        What only grows older is worded again where it is in sight: of 300 rows all
        would be worded every second.

        Args:
            now: unix time, s.
        """
        session = self._context.session
        hidden = session.client.blinded
        rows = () if hidden else session.alarms
        before, self._rows = self._rows, {each.alarm.id: each for each in rows}
        order: dict[State, list[str]] = {state: [] for state in STATES}
        for row in rows:
            order[row.state].append(row.alarm.id)
        is_read = self._reader.reads() and not hidden and any(self._order.values())
        if self._held or order != self._order:
            self._held = is_read
            if self._held:
                self._keep_places()
            else:
                self._arrange(order)
        seen = self._in_sight()
        for row in rows:
            name = row.alarm.id
            worded = name in self._shown and before.get(name) == row
            if not worded or name in seen or self._items[name].isExpanded():
                self._show_row(row, now)
        self._none.setHidden(bool(rows))
        if not rows:
            self._show_none(now)

    def _show_none(self, now: float) -> None:
        """Say that there is no alarm, since when, and how much could raise one."""
        session = self._context.session
        words = no_alarm_words(session, now)
        if words != self._none.text(0):
            self._none.setText(0, words)
            self._none.setToolTip(0, tip(words))

    def _show_in_sight(self) -> None:
        """Word the rows again that came into sight."""
        now = self._context.clock()
        for name in self._in_sight() & self._rows.keys():
            self._show_row(self._rows[name], now)

    def _in_sight(self) -> set[str]:
        """Ids of the alarms whose rows are in sight."""
        found, foot = set(), self.viewport().height()
        item = self.itemAt(0, 0)
        while item is not None and self.visualItemRect(item).top() < foot:
            found.add(self._name(item))
            item = self.itemBelow(item)
        return found - {""}

    def _keep_places(self) -> None:
        """List what is new at the foot, and grey what is gone: no row moves."""
        blocked = self.blockSignals(True)
        new = [name for name in self._rows if name not in self._items]
        self._new.addChildren([self._item(name) for name in new])
        many = self._new.childCount()
        self._new.setText(0, f"{NEW} ({many})")
        self._new.setHidden(not many)
        self._new.setFirstColumnSpanned(True)
        self._new.setExpanded(True)
        for name in self._items:
            self._show_whether_gone(name)
        self.blockSignals(blocked)

    def _show_whether_gone(self, name: str) -> None:
        """Grey the row of an alarm that is gone, with all in it, and no other."""
        item, gone = self._items[name], name not in self._rows
        if gone is item.isDisabled():
            return
        item.setDisabled(gone)
        self._ink(item)
        if gone:
            item.setText(len(COLUMNS) - 1, "over")
            self._shown.pop(name, None)

    def _ink(self, item: QTreeWidgetItem) -> None:
        """Write the row of an alarm that is gone, and all in it, in grey."""
        gone = item.isDisabled()
        ink = QBrush(QColor(self._context.theme.muted)) if gone else None
        inside = [item.child(at) for at in range(item.childCount())]
        for each in filter(None, (item, *inside)):
            for column in range(len(COLUMNS)):
                each.setData(column, Qt.ItemDataRole.ForegroundRole, ink)

    def _arrange(self, order: dict[State, list[str]]) -> None:
        """Let each row stand where it belongs; what was open or chosen stays so."""
        current, chosen = self.currentItem(), self.selectedItems()
        bar = self.verticalScrollBar()
        at, blocked = bar.value(), self.blockSignals(True)
        open_now = {name for name, item in self._items.items() if item.isExpanded()}
        for group in (*self._groups.values(), self._new):
            group.takeChildren()
        self._new.setHidden(True)
        for name in [each for each in self._items if each not in self._rows]:
            gone = self._items.pop(name)
            inside = [gone.child(place) for place in range(gone.childCount())]
            chosen = [each for each in chosen if each not in (gone, *inside)]
            if current in (gone, *inside):
                current = None
            self._shown.pop(name, None)
            self._inside.pop(name, None)
        for name in self._items:
            self._show_whether_gone(name)
        for state, names in order.items():
            group = self._groups[state]
            group.setText(0, f"{STATE_TITLES[state]} ({len(names)})")
            group.setHidden(not names)
            group.addChildren([self._item(name) for name in names])
            group.setFirstColumnSpanned(True)
            group.setExpanded(True)
        for name in open_now & self._items.keys():
            self._items[name].setExpanded(True)
        if current is not None:
            self.setCurrentItem(current)
        for each in chosen:
            each.setSelected(True)
        bar.setValue(at)
        self.blockSignals(blocked)
        self._order = order

    def _item(self, name: str) -> QTreeWidgetItem:
        if name not in self._items:
            item = QTreeWidgetItem()
            item.setData(0, _ID, name)
            item.setChildIndicatorPolicy(
                QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator
            )
            self._items[name] = item
        return self._items[name]

    def _show_row(self, row: Standing, now: float) -> None:
        name, rows = row.alarm.id, self._context.session.alarms
        item = self._items[name]
        words = row_words(self._context.session, row, rows, now)
        before = self._shown.get(name)
        if before is None or before[1] != words:
            self._shown[name] = (words.status, words)
            if before is None or before[0] is not words.status:
                item.setIcon(0, mark_icon(words.status, self._context.theme))
            if item.font(1).bold() is not words.is_news:
                item.setFont(1, emphasised() if words.is_news else self.font())
            call = ": ".join(filter(None, (words.soon, words.person)))
            cells = (words.name, words.what, words.since, words.plots, call,
                     words.answer)  # fmt: skip
            for column, cell in enumerate(cells):
                if item.text(column) != cell:
                    item.setText(column, cell)
                    about = "" if column else f"\n{words.means}"
                    item.setToolTip(column, tip(f"{cell}{about}".rstrip()))
            item.setData(0, _SPOKEN, ", ".join(spoken(row, cells[1:])))
        if item.isExpanded():
            self._fill(item, row)

    def _fill(self, item: QTreeWidgetItem, row: Standing) -> None:
        """List plots, calls and answers of an open row, where anything is new."""
        name, members = row.alarm.id, _listed(row.alarm)
        version = self._context.session.logbook.version
        asked = (row.alarm.news_words, row.parts, row.calls, version)
        before = self._inside.get(name, _Inside())
        lines = before.lines if asked == before.asked else tuple(self._said(row))
        self._inside[name] = _Inside(members, asked, lines)
        with QSignalBlocker(self):  # that the keyboard moves is nobody's choice
            if [one.key for one in members] != [one.key for one in before.members]:
                self._fill_again(item, name, members, lines)
                return
            for at, (one, old) in enumerate(zip(members, before.members, strict=True)):
                if one != old and (child := item.child(at)) is not None:
                    self._write(child, one)
            if lines != before.lines:
                while item.childCount() > len(members):
                    item.takeChild(item.childCount() - 1)
                _add_lines(item, lines)

    def _fill_again(
        self,
        item: QTreeWidgetItem,
        name: str,
        members: Sequence[Member],
        lines: Sequence[str],
    ) -> None:
        """List other plots; what has the keyboard, or is chosen, stays so."""
        current = self.currentItem()
        at = item.indexOfChild(current) if current is not None else -1
        chosen = {each.data(0, _KEY) for each in self.selectedItems()
                  if self._name(each) == name}  # fmt: skip
        item.takeChildren()
        children = [QTreeWidgetItem() for _ in members]
        for child, one in zip(children, members, strict=True):
            self._write(child, one)
        item.addChildren(children)
        _add_lines(item, lines)
        if at >= 0:
            again = item.child(min(at, item.childCount() - 1))
            self.setCurrentItem(again if again is not None else item)
        for child in children:
            if child.data(0, _KEY) in chosen:
                child.setSelected(True)

    def _said(self, row: Standing) -> Iterator[str]:
        alarm = row.alarm
        if (more := len(alarm.members) - len(_listed(alarm))) > 0:
            yield f"and {counted(more, 'more plot')}"
        if alarm.news_words:
            yield f"News: {alarm.news_words}"
        if alarm.returned is None:
            yield from steps_words(self._context.session, alarm)
        yield from history_words(self._context.session, row)

    def _write(self, item: QTreeWidgetItem, one: Member) -> None:
        """Write the row of a plot."""
        title = plain_title(self._title_of(one.key)) if KEY_STEP in one.key else one.key
        sentence = one.sentence if one.confirmed else f"not judged now: {one.sentence}"
        if one.status is Status.GOOD:
            sentence = f"good again; it was: {one.sentence}"
        item.setText(0, title or "the whole source")
        item.setText(1, sentence)
        item.setToolTip(0, tip(one.key))
        item.setToolTip(1, tip(sentence))
        item.setIcon(0, mark_icon(one.status, self._context.theme))
        item.setData(0, _KEY, one.key)
        item.setData(0, _SPOKEN, f"{title}, {one.status}: {sentence}")

    # -- inside ------------------------------------------------------------------------

    def _group(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [title])
        item.setFont(0, emphasised())
        item.setFirstColumnSpanned(True)
        item.setExpanded(True)
        item.setHidden(True)
        return item

    def _name(self, item: QTreeWidgetItem) -> str:
        """Id of the alarm that an item belongs to, or ""."""
        name = item.data(0, _ID)
        parent = item.parent()
        if name is None and parent is not None:
            name = parent.data(0, _ID)
        return name or ""

    def _from_top(self) -> Iterator[QTreeWidgetItem]:
        for group in (*self._groups.values(), self._new):
            for at in range(group.childCount()):
                item = group.child(at)
                if item is not None:
                    yield item

    def _activated(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        key, row = item.data(0, _KEY), self._rows.get(self._name(item))
        if key is not None and KEY_STEP in key:
            self.plot_opened.emit(key)
        elif row is not None:
            self.row_opened.emit(row)

    def _expanded(self, item: QTreeWidgetItem) -> None:
        row = self._rows.get(item.data(0, _ID) or "")
        if row is not None:
            self._fill(item, row)

    def _forget(self) -> None:
        """Keep no row for somebody who reads: another source is open."""
        self._order = {}

    def _restyle(self) -> None:
        self._shown, self._inside = {}, {}
        for item in self._items.values():
            self._ink(item)
        for column, width in enumerate(_WIDTHS):
            if width:
                self.setColumnWidth(column, px(width))


def _listed(alarm: Alarm) -> tuple[Member, ...]:
    """The plots of an alarm that are listed: of very many those that are wrong."""
    if len(alarm.members) <= MOST_LISTED:
        return alarm.members
    return (alarm.wrong or alarm.members)[:MOST_LISTED]


def _add_lines(item: QTreeWidgetItem, lines: Sequence[str]) -> None:
    for words in lines:
        line = QTreeWidgetItem(item)
        line.setText(1, words)  # as wide as it gets, and not spanned: that takes long
        line.setToolTip(1, tip(words))
        line.setData(0, _SPOKEN, words)
