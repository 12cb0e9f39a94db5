"""The result of an exam or of practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
)

from dqmconsole.training.lesson import last_of, onset, split_cause
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.plot.tile_words import duration_words
from dqmconsole.ui.training.finding import cause_words
from dqmconsole.ui.training.pages import PagePanel, TrainingPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.lesson import CauseWords
    from dqmconsole.training.passing import Result
    from dqmconsole.training.records import ItemAnswered, Mark
    from dqmconsole.training.score import ItemScore, Rate

STATES = {
    "passed": "passed",
    "not passed": "not passed",
    "open": "not decided yet",
    "over": "passed once, and no longer valid",
}
ROWS_SEEN = 8  # at the least; the page scrolls where there is no room for them
_SCROLLS: dict[int, int] = {Qt.Key.Key_Up: -60, Qt.Key.Key_Down: 60}  # px


class ResultPage(TrainingPage):
    """Shows one result; Tab goes to the tables and the buttons.

    Signals:
        replay_wanted: every page of the exam is to be shown again.
    """

    replay_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Result")
        self.back.installEventFilter(self)
        self._again: QPushButton | None = None
        self.said.setProperty("role", "muted")

    def show_exam(
        self,
        who: str,
        score: ItemScore,
        spent: int,
        causes: Sequence[CauseWords],
        stands: Result,
    ) -> None:
        """Show the score of an exam.

        Args:
            who: whose it is.
            score: of its answered items.
            spent: items that were shown and not finished.
            causes: the table of causes, for their words.
            stands: how the trainee stands with the exam, over all sittings.
        """
        self.clear()
        self.title.set_words(f"Result of the exam: {who}")
        self.add_panel(self._stands(stands))
        facts = []
        if score.timed_out:
            facts.append(
                f"{score.timed_out} not answered (time was over, or you left): each "
                "counts as nothing to report."
            )
        if spent:
            facts.append(
                f"{spent} shown and not finished (a crash): "
                "others took their place, and they do not count."
            )
        counted = f"{score.hits.of} faults, {score.alarms.of} good pages"
        rates = PagePanel("Faults and false calls", counted, facts)
        rows = [
            _rates("Faults found", score.hits, score.automatic_hits),
            *(
                _rates(f"    {each.name or 'no family'}", each.hits, each.automatic)
                for each in score.families
            ),
            ("Causes named rightly", *_words(score.causes), ""),
            _rates("False calls", score.alarms, score.automatic_alarms),
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

    def _stands(self, stands: Result) -> PagePanel:
        """Whether it is passed, why not, and how often chance decides that."""
        word, why = STATES[stands.state], stands.why
        facts = [f"{why[:1].upper()}{why[1:]}."] if why else []
        if stands.rates is not None:
            facts.append(stands.rates.words)
        panel = PagePanel("The pass mark", word, facts)
        button = push_button(
            "See every page again   Return",
            "See every page again",
            self.replay_wanted.emit,
        )
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        panel.column.addLayout(row)
        self._again = button
        return panel

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
        self._again = None
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
        """Give the keyboard to the replay of an exam, else to the way back."""
        first = self.back if self._again is None else self._again
        first.setFocus(Qt.FocusReason.OtherFocusReason)

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
    """A cause of a plan: "High-voltage trip (Hcal), from LS 6 to 9"; "" of ""."""
    if not cause:
        return ""
    name, where = split_cause(cause)
    known = next((each for each in causes if each.name == name), None)
    words = name.replace("-", " ").capitalize()
    if known is not None:
        words = cause_words(known)
    if where:
        words += f" ({where})"
    if "@" not in cause:
        return words
    last = f" to {last_of(cause)}" if last_of(cause) else ""
    return f"{words}, from LS {onset(cause)}{last}"


def _rates(name: str, mine: Rate, automatic: Rate) -> tuple[str, str, str, str]:
    return name, *_words(mine), _words(automatic)[0]


def _words(rate: Rate) -> tuple[str, str]:
    """A rate, and its interval."""
    return rate.words.partition(" (")[0], rate.interval_words


def _missed(
    item: ItemAnswered, causes: Sequence[CauseWords]
) -> tuple[str, str, str, str]:
    wrong = "something is wrong"
    if item.truth == "bad":
        wrong += ", in another plot"
    said = {"bad": wrong, "good": "nothing to report"}
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
