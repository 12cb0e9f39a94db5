"""The line under the table in which a flag is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
)

from dqmconsole.model.record import FLAG_STATUSES, Flag
from dqmconsole.ui.bookview.keys import OwnKeys
from dqmconsole.ui.fonts import POINTS, sized

if TYPE_CHECKING:
    from dqmconsole.model.record import FlagStatus
    from dqmconsole.ui.bookview.flag_table import Place

CAUSES = (
    "", "HV", "LV", "readout", "trigger", "timing", "noise", "dead channels",
    "alignment", "calibration", "DCS", "cooling", "not in the run", "beam", "test",
)  # fmt: skip
MOST = 999_999  # lumisections


class FlagEditor(QFrame):
    """Status, lumisections, cause and comment; Return writes, Esc leaves.

    Signals:
        written: component and Flag to be set.
        left: nothing is to be set.
    """

    written = Signal(str, object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._component = ""
        self._before: Flag | None = None
        self.setAccessibleName("Set a flag")
        self._title = QLabel()
        self._title.setAccessibleName("Component to flag")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setFont(sized(self.font(), POINTS, bold=True))
        self.status = QComboBox()
        self.status.setAccessibleName("Flag")
        self.status.addItems(list(FLAG_STATUSES))
        self.first, self.last = QLineEdit(), QLineEdit()
        self.first.setAccessibleName("First lumisection")
        self.last.setAccessibleName("Last lumisection, empty for the run's end")
        self.last.setPlaceholderText("end")
        for field in (self.first, self.last):
            field.setValidator(QIntValidator(1, MOST, field))
            field.setFixedWidth(62)
        self.cause = QComboBox()
        self.cause.setEditable(True)
        self.cause.setAccessibleName("Cause")
        self.cause.addItems(list(CAUSES))
        self.cause.setMinimumWidth(120)
        self.comment = QLineEdit()
        self.comment.setAccessibleName("Comment")
        self.comment.setPlaceholderText("comment")
        self._why = QLabel()
        self._why.setAccessibleName("Why the flag is not set")
        self._why.setProperty("role", "bad")
        hint = QLabel("Enter writes · Esc leaves")
        hint.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget, stretch in (
            (self._title, 0), (self.status, 0), (QLabel("LS"), 0), (self.first, 0),
            (QLabel("–"), 0), (self.last, 0), (QLabel("cause"), 0), (self.cause, 0),
            (self.comment, 1), (hint, 0),
        ):  # fmt: skip
            row.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addLayout(row)
        column.addWidget(self._why)
        self._keys = OwnKeys(
            self,
            {"Return": self._write, "Esc": self.left.emit},
            within=True,
            plain=True,
        )
        self.hide()

    def open(self, place: Place, status: FlagStatus, reached: int) -> None:
        """Begin to set a flag on a stretch.

        What is not good holds on until somebody says otherwise; GOOD, of a run that
        goes on, is said up to the lumisection reached: nobody knows the rest.

        Args:
            place: the stretch.
            status: the flag wanted.
            reached: last lumisection of a run that goes on; 0 of one that is over.
        """
        stretch = place.stretch
        agrees = stretch.flag.status == status
        self._component = place.component
        self._before = stretch.flag if agrees else None
        self._title.setText(place.component)
        self.status.setCurrentText(status)
        first = (
            stretch.flag.first if agrees and stretch.flag.earliest else stretch.first
        )
        last = None if place.proposed_on is not None else stretch.last
        if status == "GOOD" and last is None and reached:
            last = max(reached, first)
        self.first.setText(str(first))
        self.last.setText(str(last or ""))
        self.cause.setCurrentText(stretch.flag.cause if agrees else "")
        self.comment.setText(stretch.flag.comment if agrees else "")
        self.refuse("")
        self.show()
        asks = status in ("BAD", "EXCLUDED", "STANDBY")
        (self.cause if asks else self.comment).setFocus()

    def refuse(self, why: str) -> None:
        """Say why the flag was not set; nothing for ""."""
        self._why.setText(why)
        self._why.setVisible(bool(why))

    def flag(self) -> Flag:
        """The flag as it is written now."""
        first = int(self.first.text() or 1)
        last = int(self.last.text()) if self.last.text() else None
        before = self._before
        status: FlagStatus = FLAG_STATUSES[self.status.currentIndex()]
        kept = before is not None and (before.first, before.status) == (first, status)
        return Flag(
            status,
            first=first,
            last=last,
            cause=self.cause.currentText().strip(),
            comment=self.comment.text().strip(),
            earliest=before.earliest if before is not None and kept else None,
        )

    def _write(self) -> None:
        self.written.emit(self._component, self.flag())
