"""Sheets of rows, each of which opens the plot it is about: silenced, not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QLabel, QVBoxLayout

from dqmconsole.shift.coverage import coverage_now
from dqmconsole.shift.silenced import silenced_now
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.row_table import Row, RowTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.ui.context import Context

SIZE = (1180, 560)
SILENT = (
    "All that is not judged or not heard by somebody's choice or by a failure. "
    "What has expired stands first. It enters the hand-over."
)


class RowSheet(Overlay):
    """A table over the window; Return, or a double click, shows the plot of a row.

    Args:
        name: its accessible name, and its heading.
        headings: of the columns.
        least: column -> px it has at least, at scale 1; one column is left out and
            takes the rest.
        context: what it works with.

    Attributes:
        table: the rows.

    Signals:
        plot_wanted: key of a plot.
    """

    plot_wanted = Signal(str)
    shrinks = True
    keeps_letters = True

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        least: dict[int, int],
        context: Context,
    ) -> None:
        super().__init__(name, context.window, SIZE)
        self.context = context
        self._keys: dict[str, str] = {}
        self._least = least
        title = QLabel(name)
        set_text(title, TITLE, bold=True)
        self._about = PlainLabel(f"{name}: about", role="muted")
        keys = QLabel("Enter shows the plot · Esc closes")
        keys.setProperty("role", "muted")
        self.table = RowTable(name, headings, context.colours, primary=(0, 1))
        self.table.activated.connect(lambda _index: self.open_row())
        header = self.table.header()
        header.setStretchLastSection(False)
        rest = next(at for at in range(len(headings)) if at not in least)
        header.setSectionResizeMode(rest, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self._about)
        column.addWidget(self.table, 1)
        column.addWidget(keys, 0, Qt.AlignmentFlag.AlignRight)

    def show_words(self, about: str, rows: Sequence[tuple[Row, str]]) -> None:
        """Show rows, each with the plot that it opens, or ""."""
        self._about.show_words(about)
        self._keys = {row.name: key for row, key in rows}
        self.table.show_rows([row for row, _ in rows])
        self.table.fit(self._least)
        if rows and not self.table.current():
            self.table.choose(rows[0][0].name)

    def open_row(self) -> str:
        """Show the plot of the row that is selected; why not, or ""."""
        key = self._keys.get(self.table.current(), "")
        if not key:
            return "This row is about no single plot."
        self.dismiss()
        self.plot_wanted.emit(key)
        return ""

    def open(self) -> None:
        """Show what holds now."""
        self.show_now()
        super().open()

    def show_now(self) -> None:
        """Show what holds now."""

    def first_field(self) -> RowTable:
        """What has the keyboard first."""
        return self.table


class SilencedSheet(RowSheet):
    """What is silent, with owner and expiry."""

    def __init__(self, context: Context) -> None:
        headings = ("How", "What", "Why", "Owner", "Since, UTC", "Until, UTC")
        least = {0: 90, 1: 200, 3: 70, 4: 80, 5: 80}
        super().__init__("Silenced", headings, least, context)

    def show_now(self) -> None:
        """Show what is silent now."""
        rows = []
        for at, each in enumerate(silenced_now(self.context.session)):
            until = f"expired {each.until}".rstrip() if each.expired else each.until
            cells = (each.kind, each.what, each.why, each.owner or "–",
                     each.since or "–", until or "no end")  # fmt: skip
            row = Row(f"{at}/{each.what}", cells, bold=each.expired)
            rows.append((row, each.keys[0] if each.keys else ""))
        self.show_words(SILENT if rows else "Nothing is silent.", rows)


class CoverageSheet(RowSheet):
    """What is not judged, and why."""

    def __init__(self, context: Context) -> None:
        headings = ("Status", "Layout", "Plots", "Why")
        super().__init__("Coverage", headings, {0: 120, 1: 110, 2: 60}, context)

    def show_now(self) -> None:
        """Show what is not judged now."""
        found = coverage_now(self.context.client)
        rows = [
            (Row(f"down {at}", ("DOWN", "", "", words), bold=True), "")
            for at, words in enumerate(found.down)
        ]
        for each in found.rest:
            cells = (str(each.status), each.layout, str(len(each.keys)), each.why)
            name = f"{each.layout}/{each.status}"
            rows.append((Row(name, cells), each.keys[0]))
        about = f"{found.sentence} on the pages of the shift."
        if not rows:
            about += " Nothing that means something now is left out."
        self.show_words(about, rows)
