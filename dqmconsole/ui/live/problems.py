"""The list of notices and problems: what is wrong, where, and what is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from dqmconsole.model.verdict import Status
from dqmconsole.ui.fonts import emphasised
from dqmconsole.ui.labels import tip
from dqmconsole.ui.live.notices import notices_of
from dqmconsole.ui.marks import mark_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.shift.bad_now import Untold
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.theme import Colours

KINDS = {
    "engine": "The program",
    "source": "The data source",
    "layout": "Layouts and other texts of the site",
}
RUN_FACTS = 20  # the latest ones
_KEY = Qt.ItemDataRole.UserRole
_MARKS = {
    "bad": Status.BAD,
    "warning": Status.WARNING,
    "error": Status.WARNING,
}


class ProblemLine(NamedTuple):
    """One line of the list: how much it matters, its words, the key of its plot."""

    severity: str
    words: str
    key: str = ""


class ProblemList(QTreeWidget):
    """Notices, problems by kind, and what the runs did; never in anyone's way.

    Signals:
        plot_opened: key of the plot a problem belongs to.
    """

    plot_opened = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self._fill)
        self._shown: dict[str, list[ProblemLine]] = {}
        self.setObjectName("ProblemList")
        self.setAccessibleName("Problems")
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setWordWrap(True)
        self.itemActivated.connect(self._activated)

    def show_client(
        self,
        client: EngineClient,
        told: Sequence[str] = (),
        mild: Sequence[str] = (),
        untold: Untold | None = None,
    ) -> None:
        """Show everything the client knows; nothing is touched when nothing is new.

        Args:
            client: what the engine says.
            told: what this program has to say, loudly.
            mild: what it has to remind of.
            untold: what no alarm tells of; None: all of it.
        """
        groups: dict[str, list[ProblemLine]] = {
            "Notices": [
                ProblemLine(each.severity, each.sentence)
                for each in notices_of(client, told, mild, untold)
                if each.severity != "info"
            ]
        }
        for kind, title in KINDS.items():
            groups[title] = [
                ProblemLine(each.severity, str(each), each.key)
                for each in client.mailbox.problems.get(kind, ())
            ]
        facts = client.mailbox.run_facts[: -RUN_FACTS - 1 : -1]
        groups["Runs"] = [ProblemLine("info", each.sentence) for each in facts]
        groups = {title: lines for title, lines in groups.items() if lines}
        if groups != self._shown:
            self._shown = groups
            self._fill()

    def count(self) -> int:
        """Number of notices and problems listed."""
        return sum(len(rows) for title, rows in self._shown.items() if title != "Runs")

    @property
    def key(self) -> str:
        """Key of the plot that the current row is about; "" for none."""
        item = self.currentItem()
        return (item.data(0, _KEY) or "") if item is not None else ""

    @property
    def words(self) -> str:
        """The words of the current row."""
        item = self.currentItem()
        return item.text(0) if item is not None else ""

    def _fill(self) -> None:
        bar = self.verticalScrollBar()
        at = bar.value()
        self.clear()
        for title, rows in self._shown.items():
            top = QTreeWidgetItem(self, [f"{title} ({len(rows)})"])
            top.setFont(0, emphasised())
            for severity, words, key in rows:
                item = QTreeWidgetItem(top, [words])
                item.setToolTip(0, tip(words))
                item.setData(0, _KEY, key)
                if severity in _MARKS:
                    item.setIcon(0, mark_icon(_MARKS[severity], self._colours.theme))
            top.setExpanded(True)
        if not self._shown:
            QTreeWidgetItem(self, ["No problems."])
        bar.setValue(at)

    def _activated(self, item: QTreeWidgetItem) -> None:
        key = item.data(0, _KEY)
        if key:
            self.plot_opened.emit(key)
