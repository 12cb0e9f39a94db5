"""The result of an exam or of practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from dqmconsole.training.lesson import onset, split_cause
from dqmconsole.ui.plot.tile_words import duration_words
from dqmconsole.ui.training.finding import cause_words
from dqmconsole.ui.training.pages import PagePanel, TrainingPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.lesson import CauseWords
    from dqmconsole.training.records import ItemAnswered, Mark
    from dqmconsole.training.score import ItemScore, Rate

ROWS_SEEN = 8  # at the least; the page scrolls where there is no room for them
_SCROLLS: dict[int, int] = {Qt.Key.Key_Up: -60, Qt.Key.Key_Down: 60}  # px


class ResultPage(TrainingPage):
    """Shows one result; Tab goes to the tables and the button."""

    def __init__(self) -> None:
        super().__init__("Result", "Back to the course   Return")
        self.back.installEventFilter(self)
        self.said.setProperty("role", "muted")

    def show_exam(
        self, who: str, score: ItemScore, spent: int, causes: Sequence[CauseWords]
    ) -> None:
        """Show the score of an exam.

        Args:
            who: whose it is.
            score: of its answered items.
            spent: items that were shown and not finished.
            causes: the table of causes, for their words.
        """
        self.clear()
        self.title.set_words(f"Result of the exam: {who}")
        facts = []
        if score.timed_out:
            facts.append(
                f"{score.timed_out} not answered in time: each counts as nothing to "
                "report."
            )
        if spent:
            facts.append(
                f"{spent} shown and not finished (a crash, or the exam was left): "
                "others took their place, and they do not count."
            )
        counted = f"{score.hits.of} faults, {score.alarms.of} good pages"
        rates = PagePanel("Faults and false alarms", counted, facts)
        rows = [
            _rates("Faults found", score.hits, score.automatic_hits),
            *(
                _rates(f"    {each.name or 'no family'}", each.hits, each.automatic)
                for each in score.families
            ),
            _rates("False alarms", score.alarms, score.automatic_alarms),
        ]
        heads = ("", "You", "Interval of 95 %", "The console")
        rates.column.addWidget(_table("Rates", heads, rows))
        self.add_panel(rates)
        none = () if score.wrong else ("None: every page was judged rightly.",)
        wrong = PagePanel("Judged wrongly", f"{len(score.wrong)} pages", none)
        if score.wrong:
            missed = [_missed(each, causes) for each in score.wrong]
            heads = ("Page", "What it showed", "You said", "After")
            wrong.column.addWidget(_table("Items judged wrongly", heads, missed))
        self.add_panel(wrong)
        took = "" if score.seconds is None else (
            f"Time to find a fault: {score.seconds:.0f} s, the median.   "
        )  # fmt: skip
        self.said.show_words(f"{took}↑ ↓ scroll")

    def show_marks(
        self, who: str, marks: Sequence[Mark], causes: Sequence[CauseWords]
    ) -> None:
        """Show the marks of a practice shift.

        Args:
            who: whose they are.
            marks: the marks.
            causes: the table of causes, for their words.
        """
        self.clear()
        self.title.set_words(f"Result of the practice: {who}")
        got, of = sum(each.points for each in marks), sum(each.of for each in marks)
        panel = PagePanel(
            f"{got:g} of {of:g} points",
            "cause, urgency, call, flag, entry and time",
            () if marks else ("There was nothing to be scored.",),
        )
        if marks:
            heads = ("What went on", "Scored on", "Points", "Why")
            rows = [_mark(each, causes) for each in marks]
            panel.column.addWidget(_table("Marks", heads, rows))
        self.add_panel(panel, stretch=100)
        self.said.show_words("")

    def focus_first(self) -> None:
        """Give the keyboard to the way back; the tables are one Shift+Tab away."""
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Scroll with the arrows, while the button has the keyboard."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _SCROLLS.get(event.key())
            if step is not None:
                bar = self.area.verticalScrollBar()
                bar.setValue(bar.value() + step)
                return True
        return super().eventFilter(watched, event)


def _planned_words(cause: str, causes: Sequence[CauseWords]) -> str:
    """A cause of a plan in words: "High-voltage trip (Hcal), from LS 6"; "" of ""."""
    if not cause:
        return ""
    name, where = split_cause(cause)
    known = next((each for each in causes if each.name == name), None)
    words = name.replace("-", " ").capitalize()
    if known is not None:
        words = cause_words(known)
    if where:
        words += f" ({where})"
    return f"{words}, from LS {onset(cause)}" if "@" in cause else words


def _rates(name: str, mine: Rate, automatic: Rate) -> tuple[str, str, str, str]:
    words, interval = mine.words.partition(" (")[0], mine.interval_words
    return name, words, interval, automatic.words.partition(" (")[0]


def _missed(
    item: ItemAnswered, causes: Sequence[CauseWords]
) -> tuple[str, str, str, str]:
    said = {"bad": "something is wrong", "good": "nothing to report"}
    return (
        item.page,
        _planned_words(item.cause, causes) or "Nothing happened",
        said.get(item.answer, "nothing, in time"),
        f"{item.seconds:.0f} s",
    )


def _mark(mark: Mark, causes: Sequence[CauseWords]) -> tuple[str, str, str, str]:
    why = mark.words
    if mark.seconds is not None:
        why = ": ".join(each for each in (duration_words(mark.seconds), why) if each)
    cause = _planned_words(mark.cause, causes) or "Besides"
    return cause, mark.on, f"{mark.points:g} of {mark.of:g}", why


def _table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> QTableWidget:
    """Rows of words, read only; the last column takes the room that is left."""
    table = QTableWidget(len(rows), len(heads))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(heads))
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setWordWrap(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setTabKeyNavigation(False)
    for row, words in enumerate(rows):
        for column, text in enumerate(words):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignTop)
            table.setItem(row, column, item)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    fit = QHeaderView.ResizeMode.ResizeToContents
    for column in range(len(heads) - 1):
        header.setSectionResizeMode(column, fit)
    header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
    table.verticalHeader().setSectionResizeMode(fit)
    table.setMinimumHeight(26 * (min(len(rows), ROWS_SEEN) + 2))
    return table
