"""The line under the table in which a flag is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
)

from dqmconsole.model.record import FLAG_STATUSES, Flag
from dqmconsole.model.run import run_words
from dqmconsole.shift.flags import began_in, causes
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.keyboard import keep_letter

if TYPE_CHECKING:
    from dqmconsole.model.record import FlagStatus
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.ui.logbook.flag_table import FlagStretch

_NUMBER = QRegularExpression("[1-9][0-9]{0,5}")  # of a lumisection


class FlagEditor(QFrame):
    """Status, lumisections, cause and comment; Return writes, Esc leaves.

    Signals:
        written: run, component and Flag to be set.
    """

    written = Signal(object, str, object)  # a run may be longer than an int

    def __init__(self) -> None:
        super().__init__()
        self._component = ""
        self._run = 0
        self._began: tuple[int, int] | None = None
        self._before: FlagStatus | None = None
        self.setAccessibleName("Set a flag")
        self._title = QLabel()
        self._title.setAccessibleName("Component to flag")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        set_text(self._title, TITLE, bold=True)
        self.status = QComboBox()
        self.status.setAccessibleName("Flag")
        self.status.addItems(list(FLAG_STATUSES))
        self.first, self.last = QLineEdit(), QLineEdit()
        self._name_ends("")
        self.last.setPlaceholderText("end")
        for field in (self.first, self.last):
            # digits alone: a QIntValidator lets "+" and "1,000" pass as well
            field.setValidator(QRegularExpressionValidator(_NUMBER, field))
            field.setFixedWidth(62)
        self.cause = QComboBox()
        self.cause.setEditable(True)
        self.cause.setAccessibleName("Cause")
        self.cause.setMinimumWidth(120)
        self.comment = QLineEdit()
        self.comment.setAccessibleName("Comment")
        self.comment.setPlaceholderText("comment")
        self._why = QLabel()
        self._why.setAccessibleName("Why the flag is not set")
        self._why.setProperty("role", "bad")
        self._unit = QLabel()
        self._later = QLabel()
        self._later.setAccessibleName("Where it may have begun")
        self._lay_out()
        self.status.currentTextChanged.connect(lambda _status: self._write_title())
        self.hide()

    def open(
        self,
        place: FlagStretch,
        status: FlagStatus,
        run: int,
        last: int | None,
        settings: SiteSettings,
    ) -> None:
        """Begin to set a flag on a stretch.

        Args:
            place: the stretch.
            status: the flag wanted.
            run: its run.
            last: the lumisection up to which it is to hold; None for the run's end.
            settings: of the site: its words.
        """
        stretch = place.stretch
        self.cause.clear()
        self.cause.addItems(causes(settings))
        self._unit.setText(settings.unit)
        self._name_ends(f" {settings.lumisection}")
        agrees = stretch.flag.status == status
        self._component, self._run = place.component, run
        self._began = began_in(stretch)
        self._before = status if agrees else None
        self.status.setCurrentText(status)
        self._write_title()
        self.first.setText(str(stretch.first))
        self.last.setText(str(last or ""))
        self.cause.setCurrentText(stretch.flag.cause if agrees else "")
        self.comment.setText(stretch.flag.comment if agrees else "")
        self.comment.setCursorPosition(0)
        self._later.setVisible(self._began is not None)
        if self._began is not None:
            low, high = self._began
            self._later.setText(
                f"began somewhere in {low}–{high} · Alt+E from {settings.unit} {high}"
            )
        self.refuse("")
        self.show()
        asks = status in ("BAD", "EXCLUDED", "STANDBY")
        (self.cause if asks else self.comment).setFocus()
        if (written := self.cause.lineEdit()) is not None:
            written.selectAll()  # what is typed replaces what was proposed

    def start_later(self) -> None:
        """Begin at the later end of where it may have begun; again: at the earlier."""
        if self._began is None:
            return
        low, high = self._began
        self.first.setText(str(low if self.first.text() == str(high) else high))

    def refuse(self, why: str) -> None:
        """Say why the flag was not set; nothing for ""."""
        self._why.setText(why)
        self._why.setVisible(bool(why))

    def write(self) -> None:
        """Ask for the flag to be set as it is written now."""
        self.written.emit(self._run, self._component, self.flag())

    def event(self, event: QEvent) -> bool:
        """Keep letters from the window's commands."""
        return keep_letter(event) or super().event(event)

    def flag(self) -> Flag:
        """The flag as it is written now."""
        first = int(self.first.text() or 1)
        last = int(self.last.text()) if self.last.text() else None
        status: FlagStatus = FLAG_STATUSES[self.status.currentIndex()]
        began, earliest = self._began, None
        stands = status == self._before and status != "GOOD"
        if began is not None and first == began[0] and stands:
            # left as it stands, where it began is as open as it was
            earliest, first = began
        return Flag(
            status,
            first=first,
            last=last,
            cause=self.cause.currentText().strip(),
            comment=self.comment.text().strip(),
            earliest=earliest,
        )

    # -- inside ------------------------------------------------------------------

    def _name_ends(self, called: str) -> None:
        self.first.setAccessibleName(f"First{called}")
        self.last.setAccessibleName(f"Last{called}, empty for the run's end")

    def _lay_out(self) -> None:
        hint = QLabel("Enter writes · Esc leaves")
        hint.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget, stretch in (
            (self.status, 0), (self._unit, 0), (self.first, 0),
            (QLabel("–"), 0), (self.last, 0), (QLabel("cause"), 0), (self.cause, 0),
            (self.comment, 1),
        ):  # fmt: skip
            row.addWidget(widget, stretch)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addSpacing(16)
        head.addWidget(self._later)
        head.addStretch(1)
        head.addWidget(hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self._why)

    def _write_title(self) -> None:
        status = self.status.currentText()
        self._title.setText(f"{self._component}, {run_words(self._run)}: {status}")
