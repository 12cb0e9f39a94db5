"""The entries of the book, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.logbook.view import Written, written
from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.model.words import counted
from dqmconsole.shift import actions, words
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.logbook.entry_details import EntryDetails
from dqmconsole.ui.row_table import Row, RowTable
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.context import Context

HEADINGS = (
    "At, UTC", "Who", "Title", "Plot or page", "Verdict", "Problem", "Evidence", "Elog"
)  # fmt: skip
WIDTHS = (84, 110, 0, 210, 76, 130, 190, 100)
TITLE = 2
HIDDEN = (3, 6)  # while an entry is shown in whole
TITLE_WIDTH = 420  # px at most, of a problem that is being settled
HINT = (
    "E new · Enter opens · M correct · Shift+S settle the problem · "
    "Shift+O evidence to a file"
)


class SettleLine(QFrame):
    """Asks why a problem is no longer open; Return settles it, Esc does not.

    It stays, with its words, until whoever hears of them hides it.

    Signals:
        settled: uid and title of the entry, and the reason.
    """

    settled = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._uid = self._entry = ""
        self.setAccessibleName("Settle a problem")
        self._title = ElidedLabel()
        self._title.setAccessibleName("Problem to settle")
        self._title.setMaximumWidth(TITLE_WIDTH)
        self.why = QLineEdit()
        self.why.setAccessibleName("Why it is settled")
        self.why.setPlaceholderText("how it was solved, or by whom")
        hint = QLabel("Enter settles · Esc does not")
        hint.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.addWidget(self._title)
        row.addWidget(self.why, 1)
        row.addWidget(hint)
        self.why.returnPressed.connect(self._settle)
        self.hide()

    def open(self, uid: str, title: str) -> None:
        """Ask for the reason.

        Args:
            uid: of the entry.
            title: of the entry.
        """
        self._uid, self._entry = uid, title
        self._title.set_words(f"Settle “{title}”:")
        self.why.clear()
        self.show()
        self.why.setFocus()

    def _settle(self) -> None:
        self.settled.emit(self._uid, self._entry, self.why.text().strip())


class EntriesTab(QWidget):
    """A table of entries; Return opens one beside it.

    Args:
        context: what it works with.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._entries: dict[str, Written] = {}
        self._wanted: set[str] = set()
        self._stamp: tuple[object, ...] = ()
        self.table = RowTable("Entries", HEADINGS, context.colours, primary=(0, TITLE))
        header = self.table.header()
        header.setStretchLastSection(False)
        for index, width in enumerate(WIDTHS):
            header.resizeSection(index, width)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        self.details = EntryDetails(context.colours)
        self.details.followed.connect(context.link_wanted)
        self.details.hide()
        self._hint = ElidedLabel()
        self._hint.setProperty("role", "muted")
        self._hint.setContentsMargins(6, 0, 6, 2)
        self._hint.setAccessibleName("Entries, how many")
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self.details)
        split.setSizes([900, 700])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(split, 1)
        column.addWidget(self._hint)
        self.settling = SettleLine()
        column.insertWidget(1, self.settling)
        self.settling.settled.connect(self._write_settled)
        self.table.moved.connect(self._show_details)
        self.table.doubleClicked.connect(lambda *_: self.toggle())

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.table

    def show_session(self, now: float) -> None:
        """Show the entries as they stand."""
        stamp = words.stamp(self._context.session, now)
        if stamp != self._stamp:
            self._stamp = stamp
            self._show_entries()
        self._show_details()
        self._write_wanted()

    def toggle(self) -> None:
        """Show the entry that is selected in whole, or not."""
        self.details.setVisible(not self.details.isVisible())
        for column in HIDDEN:
            self.table.setColumnHidden(column, self.details.isVisible())
        self._show_details()

    def correct(self) -> None:
        """Correct the entry that is selected."""
        entry = self._chosen()
        if entry is not None:
            self._context.correction_wanted.emit(entry)

    def settle(self) -> None:
        """Ask why the problem of the entry that is selected is none any more."""
        entry = self._chosen()
        if entry is None:
            return
        if not entry.is_open:
            self._context.say("this entry is no open problem")
            return
        if refused := actions.why_not(self._context.session):
            self._context.say(refused)
            return
        self.settling.open(entry.first.uid, entry.body.title)

    def export(self) -> None:
        """Write the evidence of the entry that is selected to a file."""
        entry = self._chosen()
        if entry is None or not entry.body.evidence:
            self._context.say("this entry has no evidence")
            return
        self._wanted.add(entry.body.evidence)
        self._write_wanted()

    def leave(self) -> bool:
        """Leave the line in which a problem is settled; tell whether it was open."""
        if not has_keyboard(self.settling):
            return False
        self.table.setFocus()  # first: what hides gives the keyboard to any plot
        self.settling.hide()
        return True

    # -- inside ------------------------------------------------------------------

    def _show_entries(self) -> None:
        found = written(self._context.session.logbook)
        self._entries = {each.first.uid: each for each in found}
        self.table.show_rows([self._row(uid, e) for uid, e in self._entries.items()])
        problems = sum(each.is_open for each in found)
        entries = counted(len(found), "entry", "entries")
        open_ones = counted(problems, "open problem")
        self._hint.set_words(f"{entries}, {open_ones} · {HINT}")

    def _row(self, uid: str, entry: Written) -> Row:
        session, body = self._context.session, entry.body
        where = body.page.replace("/", " › ", 1)
        if len(body.plots) == 1:
            where = KEY_STEP.join(body.plots[0].split(KEY_STEP)[1:])
            where = where.replace("/", "/\u200b")
        corrected = "" if entry.first is entry.record else " (corrected)"
        problem = ""
        if entry.settled is not None:
            problem = f"settled {words.when(entry.settled, session)}"
        elif body.problem:
            problem = "OPEN"
        cells = (
            words.when(entry.record, session),
            words.whose(entry.record),
            f"{body.title}{corrected}",
            where,
            body.status,
            problem,
            body.evidence_name,
            elog_words(entry),
        )
        return Row(uid, cells, muted=entry.settled is not None)

    def _chosen(self) -> Written | None:
        return self._entries.get(self.table.current())

    def _show_details(self) -> None:
        entry = self._chosen()
        if entry is None or self.details.isHidden():
            return
        session = self._context.session
        self.details.show_entry(entry, session, open_command(entry, session))

    def _write_settled(self, uid: str, title: str, why: str) -> None:
        refused = actions.settle(self._context.session, uid, why)
        self._context.say(refused or f"settled: {title}")
        if not refused:
            self.table.setFocus()  # first: what hides gives the keyboard to any plot
            self.settling.hide()
        self.show_session(self._context.session.now())

    def _write_wanted(self) -> None:
        """Write the bundles that were asked for, as soon as the book gave them."""
        session = self._context.session
        for name in sorted(self._wanted):
            entry = next(
                (e for e in self._entries.values() if e.body.evidence == name), None
            )
            kept = session.file(name)
            if entry is None or kept is None:
                continue
            self._wanted.discard(name)
            target = bundle_path(entry, session)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with replacing(target) as part:
                    part.write_bytes(kept.data)
            except OSError as error:
                self._context.say(f"not written: {error}")
                continue
            command = f"dqmconsole open {target}"
            QGuiApplication.clipboard().setText(command)
            self._context.say(f"evidence written; copied: {command}")
            self._show_details()


def elog_words(entry: Written) -> str:
    """How an entry stands with the elog."""
    if entry.sent is not None:
        return f"sent #{entry.sent.number}" if entry.sent.number else "sent"
    return "waiting" if entry.body.elog else ""


def bundle_path(entry: Written, session: ShiftSession) -> Path:
    """Where the evidence bundle of an entry lies, or would lie, on the disk."""
    name = Path(entry.body.evidence_name).name or f"evidence{EVIDENCE_SUFFIX}"
    return session.evidence_folder / name


def open_command(entry: Written, session: ShiftSession) -> str:
    """How the evidence of an entry is opened; "" when it has none."""
    if not entry.body.evidence:
        return ""
    path = bundle_path(entry, session)
    if path.is_file():
        return f"dqmconsole open {path}"
    return f"{path.name} is in the book; Shift+O writes it to a file"
