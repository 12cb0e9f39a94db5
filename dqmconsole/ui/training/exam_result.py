"""The result of an exam or practice: what was reached, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from dqmconsole.training.validity import until_words
from dqmconsole.ui.fonts import sized
from dqmconsole.ui.plot.tile_words import duration_words
from dqmconsole.ui.training.exam_words import (
    ALL_COUNT,
    lost_words,
    mark_cause,
    number,
    points_words,
    sentence,
    sittings_words,
)
from dqmconsole.ui.training.measures import ScoreTable
from dqmconsole.ui.training.training_page import Panel, TrainingPage, push_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.lesson import CauseWords, ExamSettings
    from dqmconsole.model.training import Mark
    from dqmconsole.training.aggregate import Aggregate
    from dqmconsole.training.score import ItemScore
    from dqmconsole.ui.theme import Theme

COLUMNS = ("What went on", "Scored on", "Points", "Why")
ROWS_SEEN = 8  # at the least; the page scrolls where there is no room for them
CAUSE_WIDTH = 230  # px
_SCROLLS: dict[int, int] = {Qt.Key.Key_Up: -60, Qt.Key.Key_Down: 60}  # px
_PASSED = {
    True: "Passed",
    False: "Not passed",
    None: "Neither passed nor failed yet",
}


class ResultPage(TrainingPage):
    """Shows one result; Tab goes to the table and the buttons.

    Args:
        theme: the colours.

    Signals:
        course_wanted: back to the course.
    """

    course_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Result")
        self._theme = theme
        self._tables: list[ScoreTable] = []
        self._parts: list[QWidget] = []
        self.content.addStretch(1)
        self._back = push_button(
            "Back to the course   Return", "Back to the course", self.course_wanted.emit
        )
        self.foot.addWidget(self._back)
        self._back.installEventFilter(self)
        self.said.setProperty("role", "muted")

    def show_items(
        self, who: str, score: ItemScore, every: Aggregate, settings: ExamSettings
    ) -> None:
        """Show the score of the first part.

        Args:
            who: whose it is.
            score: the score of this sitting.
            every: that of all sittings together: on it one passes.
            settings: what was to be reached.
        """
        self._clear(f"Result of the items: {who}")
        whole = every.score
        verdict = Panel(_PASSED[whole.passed])
        verdict.set_aside(sittings_words(every))
        why = sentence(whole.outcome.partition(": ")[2])  # the title says the rest
        held = (sentence(until_words(every.until)),) if whole.passed else ()
        verdict.add_facts((why, *held, ALL_COUNT, whole.claim))
        self._add(verdict)
        several = every.sittings > 1
        if several:
            self._add_score("All your sittings together", whole, settings)
        self._add_score("This sitting", score, settings, lost_words(score))
        if whole.families or whole.harmless:
            title = "By family, all your sittings together" if several else "By family"
            families = Panel(title)
            families.set_aside("few pages each: look at the intervals")
            table = ScoreTable.of_families(whole, self._theme)
            families.column.addWidget(self._table(table))
            self._add(families)
        self.said.show_words(
            "The bars are intervals of 95 %. The console’s verdicts on the same pages "
            "stand beneath yours; here they are the "
            "quality results that the files carry.   ↑ ↓ scroll"
        )

    def show_marks(
        self, title: str, marks: Sequence[Mark], causes: Sequence[CauseWords]
    ) -> None:
        """Show the marks of a scenario or practice.

        Args:
            title: what it was, and whose.
            marks: the marks.
            causes: the table of causes, for their words.
        """
        self._clear(title)
        panel = Panel(points_words(marks))
        panel.set_aside("cause, urgency, call, flag, entry and time")
        if not marks:
            panel.add_facts(("There was nothing to be scored.",))
        else:
            panel.column.addWidget(marks_table(marks, causes))
        self._add(panel, stretch=100)
        self.said.show_words("")

    def focus_first(self) -> None:
        """Give the keyboard to the way back; the table is one Shift+Tab away."""
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Scroll with the arrows, while the button has the keyboard."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _SCROLLS.get(event.key())
            if step is not None:
                bar = self.area.verticalScrollBar()
                bar.setValue(bar.value() + step)
                return True
        return super().eventFilter(watched, event)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for table in self._tables:
            table.set_theme(theme)

    def _clear(self, title: str) -> None:
        self.set_title(title)
        for part in self._parts:
            self.content.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts, self._tables = [], []
        self.area.verticalScrollBar().setValue(0)

    def _add_score(
        self,
        title: str,
        score: ItemScore,
        settings: ExamSettings,
        facts: tuple[str, ...] = (),
    ) -> None:
        panel = Panel(title)
        panel.set_aside(f"{score.hits.of} faults, {score.alarms.of} good pages")
        panel.add_facts(facts)
        table = ScoreTable.of_score(score, settings, self._theme)
        panel.column.addWidget(self._table(table))
        self._add(panel)

    def _add(self, part: QWidget, stretch: int = 0) -> None:
        self._parts.append(part)
        self.content.insertWidget(self.content.count() - 1, part, stretch)

    def _table(self, table: ScoreTable) -> ScoreTable:
        self._tables.append(table)
        return table


def marks_table(marks: Sequence[Mark], causes: Sequence[CauseWords]) -> QTableWidget:
    """The marks of a scenario or practice as a table, as high as it needs."""
    table = QTableWidget(len(marks), len(COLUMNS))
    table.setAccessibleName("Marks")
    table.setHorizontalHeaderLabels(list(COLUMNS))
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setWordWrap(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setTabKeyNavigation(False)
    before = None
    for row, mark in enumerate(marks):
        cause = mark_cause(mark.cause, causes)
        why = mark.words
        if mark.seconds is not None:
            why = f"{duration_words(mark.seconds)}: {why}" if why else (
                duration_words(mark.seconds)
            )  # fmt: skip
        points = f"{number(mark.points)} of {number(mark.of)}"
        if not mark.of:
            points = number(mark.points)
        words = (
            "" if cause == before else cause,
            mark.on,
            points,
            why,
        )
        before = cause
        for column, text in enumerate(words):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignTop)
            if column == 0 and text:
                item.setFont(sized(table.font(), table.font().pointSizeF(), bold=True))
            table.setItem(row, column, item)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    fit = QHeaderView.ResizeMode.ResizeToContents
    header.resizeSection(0, CAUSE_WIDTH)
    for column in range(1, len(COLUMNS) - 1):
        header.setSectionResizeMode(column, fit)
    header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
    table.verticalHeader().setSectionResizeMode(fit)
    table.setMinimumHeight(26 * (min(len(marks), ROWS_SEEN) + 2))
    return table
