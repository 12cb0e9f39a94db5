"""Check-lists that are due, and the pages that nobody opened in this run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QSplitter, QVBoxLayout, QWidget

from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted
from dqmconsole.shift import actions, words
from dqmconsole.shift.checking import due, pages_unseen
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.row_table import Row, RowTable

if TYPE_CHECKING:
    from dqmconsole.shift.checking import Due, DueItem
    from dqmconsole.ui.context import Context


class DueRow(NamedTuple):
    """What a row is of: an item that is due, and the page that the row names, or ""."""

    turn: Due
    item: DueItem
    page: str = ""


class ChecklistTab(QWidget):
    """Due lists at the left, pages not opened at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._due: dict[str, DueRow] = {}
        headings = ("To check", "Checked by", "At, UTC")
        self.lists = RowTable("Check-lists", headings, context.colours)
        self.pages = RowTable("Pages not opened", (), context.colours)
        header = self.lists.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 150)
        header.resizeSection(2, 90)
        self._left, self._right = ElidedLabel(), ElidedLabel()
        self._left.setAccessibleName("Check-lists due")
        self._right.setAccessibleName("Pages not opened, how many")
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(_under(self._left, self.lists))
        split.addWidget(_under(self._right, self.pages))
        split.setSizes([1000, 500])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        self.pages.doubleClicked.connect(lambda *_: self.open_page())
        self.lists.doubleClicked.connect(lambda *_: self.check())

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.lists

    def show_session(self, now: float) -> None:
        """Show what is due and what was not looked at."""
        self._show_lists(now)
        self._show_pages()

    def check(self) -> None:
        """Check the item that is selected, or take it back."""
        found = self._due.get(self.lists.current())
        if found is None:
            return
        turn, item, _ = found
        session = self._context.session
        refused = actions.check(session, turn, item.item.id, done=item.done is None)
        if refused:
            self._context.say(refused)
        self.show_session(session.now())

    def open_page_of_item(self) -> None:
        """Open the page that the selected item asks for."""
        found = self._due.get(self.lists.current())
        if found is None:
            return
        pages = (found.page, *found.item.unseen, *found.item.item.pages)
        if page := next(filter(None, pages), ""):
            self._open(page)

    def open_page(self) -> None:
        """Open the page that is selected among those not opened."""
        if name := self.pages.current():
            self._open(name)

    # -- inside ------------------------------------------------------------------

    def _show_lists(self, now: float) -> None:
        lists = self._lists(now)
        self._due = {}
        self.lists.show_rows([row for each in lists for row in self._rows(each)])
        waiting = sum(each.open for each in lists)
        total = sum(len(each.items) for each in lists)
        said = f"{waiting} of {total} open · Space checks · Enter opens the page"
        if self._context.session.shift is None:
            said = "Nobody has the shift at this console: nothing is due (F2 begins)."
        elif not lists:
            said = "The site has no check-lists that are due now."
        self._left.set_words(said)

    def _show_pages(self) -> None:
        session, mailbox = self._context.session, self._context.client.mailbox
        run = mailbox.run.run
        unseen: tuple[str, ...] = ()
        if run > 0 and session.site is not None:
            kind = mailbox.run.conditions.run_type
            unseen = pages_unseen(
                session.site, session.logbook, run, kind, mailbox.verdicts
            )
        self.pages.show_rows([Row(name, (_page(name),)) for name in unseen])
        pages = counted(len(unseen), "page")
        said = f"{pages} not opened in {run_words(run)} · Enter opens one"
        if run <= 0:
            said = "No run goes on."
        elif session.shift is None:
            said += " (noted on shift only)"
        elif not unseen:
            said = f"Every page was opened in {run_words(run)}."
        self._right.set_words(said)

    def _lists(self, now: float) -> tuple[Due, ...]:
        """What is due this moment: the duty's own list is up to a second old."""
        session, info = self._context.session, self._context.client.mailbox.run
        if session.site is None or session.shift is None:
            return ()
        shift, run_type = session.author.signature.shift, info.conditions.run_type
        viewed = session.viewed.of(info.run)
        return due(
            session.site, session.logbook, shift, info.run, run_type, now, viewed
        )

    def _rows(self, turn: Due) -> list[Row]:
        session = self._context.session
        name = f"{turn.checklist.id}/{turn.turn}"
        done = len(turn.items) - turn.open
        heading = f"{turn.heading} – {done} of {len(turn.items)} done"
        rows = [Row(name, (heading,), bold=True)]
        for item in turn.items:
            one = f"{name}/{item.item.id}"
            self._due[one] = DueRow(turn, item)
            box = "☐" if item.done is None else "☑"
            text = words.plain(item.item.text)
            below = []
            for page in item.unseen if item.done is None else ():
                self._due[f"{one}/{page}"] = DueRow(turn, item, page)
                missed = f"not opened: {_page(page)}"
                below.append(Row(f"{one}/{page}", (missed,), muted=True))
            rows.append(
                Row(
                    one,
                    (
                        f"{box}  {text}",
                        words.whose(item.done),
                        words.when(item.done, session),
                    ),
                    muted=item.done is not None,
                    below=tuple(below),
                )
            )
        return rows

    def _open(self, name: str) -> None:
        self._context.page_wanted.emit(name)
        self.show_session(self._context.session.now())


def _under(label: QWidget, table: QWidget) -> QWidget:
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 4, 0, 0)
    column.setSpacing(4)
    label.setContentsMargins(6, 0, 6, 0)
    column.addWidget(label)
    column.addWidget(table, 1)
    return both


def _page(name: str) -> str:
    return name.replace("/", " › ", 1)
