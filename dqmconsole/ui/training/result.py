"""The result of an exam or of practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from dqmconsole.model.words import counted, listed
from dqmconsole.training.item_bank import is_recorded_alone
from dqmconsole.training.lesson import last_of, onset, short_name, split_cause
from dqmconsole.training.passing import (
    MOST_SPENT,
    STATES,
    asked_for,
    how_causes_count,
    left_out_words,
    reached,
    spent_words,
    still_to_give,
)
from dqmconsole.training.score import is_faultless, is_right, item_score
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import px
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.plot.tile_words import duration_words
from dqmconsole.ui.training.finding import cause_words
from dqmconsole.ui.training.pages import PagePanel, TrainingPage
from dqmconsole.ui.training.replay_view import said_of, title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QFocusEvent, QResizeEvent, QWheelEvent

    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.lesson import CauseWords, PassMark
    from dqmconsole.training.passing import Result
    from dqmconsole.training.records import ItemAnswered, Mark
    from dqmconsole.training.score import ItemScore, Rate

MET = {True: "✓", False: "✗"}
_LINE = 60  # px, by which an arrow scrolls
_BESIDE, _BELOW = 14, 6  # px after a column and a row
_FIRST = 190  # px of the first column at most: its words break
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ResultPage(TrainingPage):
    """Shows one result; arrows scroll it, and Return shows the pages of an exam again.

    Signals:
        replay_wanted: every page of the exam is to be shown again, from that on which
            has this index among what was answered.
    """

    replay_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__("Result")
        self.back.installEventFilter(self)
        self._again: QPushButton | None = None
        self.said.setProperty("role", "muted")

    def show_exam(
        self,
        sitting: PastExam,
        site: Site,
        stands: Result,
        mark: PassMark,
    ) -> None:
        """Show the score of an exam.

        Args:
            sitting: the exam.
            site: its causes and plots, for their words.
            stands: how the trainee stands with the exam, over all sittings.
            mark: what is asked for now, so of the next sitting.
        """
        self.clear()
        score = item_score(sitting.answers)
        self.title.set_words(f"Result of the exam: {sitting.record.who}")
        self.add_panel(self._stands(sitting, stands, score, mark))
        facts = []
        if score.timed_out:
            facts.append(
                f"{score.timed_out} not answered (time was over, or you left): each "
                "counts as nothing to report."
            )
        if sitting.spent:
            facts.append(spent_words(sitting.spent))
        if sitting.left_out:
            facts.append(left_out_words(sitting.left_out))
        # of a single family its row would be that of all faults again
        families = score.families if len(score.families) > 1 else ()
        each = [f.name for f in score.families if f.name and not families]
        of = f" ({each[0]})" if each else ""
        many = f"{score.hits.of} faults{of}, {score.alarms.of} good pages"
        rates = PagePanel("Faults and false calls", many, facts)
        rows = [
            _rates("Faults found", score.hits, score.automatic_hits),
            *(
                _rates(f"    {each.name or 'no family'}", each.hits, each.automatic)
                for each in families
            ),
            ("Causes named rightly", *_words(score.causes), ""),
            _rates("False calls", score.alarms, score.automatic_alarms),
        ]
        heads = ("", "You", "Interval of 95 %", "The console")
        rates.column.addWidget(_Table("Rates", heads, rows))
        for name, words in (
            ("How the console counts", _console_words(score)),
            ("How causes count", how_causes_count(recorded=is_recorded_alone(site))),
        ):
            rates.column.addWidget(PlainLabel(name, role="muted", words=words))
        self.add_panel(rates)
        self.add_panel(self._wrong(sitting.answers, site))
        took = "" if score.seconds is None else (
            f"Time to find a fault: {score.seconds:.0f} s, the median.   "
        )  # fmt: skip
        self.said.show_words(f"{took}↑ ↓ scroll")

    def _stands(
        self, sitting: PastExam, stands: Result, score: ItemScore, mark: PassMark
    ) -> PagePanel:
        """Whether it is passed, which marks were reached, and how often that errs."""
        word, why = STATES[stands.state], stands.why
        facts = [f"{why[:1].upper()}{why[1:]}."] if why else []
        panel = PagePanel("The pass mark", word, facts)
        heads, rows = _marks(sitting, stands, score, mark)
        panel.column.addWidget(_Table("Marks of the exam", heads, rows))
        if stands.rates is not None:
            name = "How often chance decides"
            words = stands.rates.words
            panel.column.addWidget(PlainLabel(name, role="muted", words=words))
        button = push_button(
            "See every page again   Return",
            "See every page again",
            lambda: self.replay_wanted.emit(0),
        )
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.installEventFilter(self)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        panel.column.addLayout(row)
        self._again = button
        return panel

    def _wrong(self, answers: Sequence[ItemAnswered], site: Site) -> PagePanel:
        """The items with a wrong verdict, place or cause: what was so, what was said.

        A row leads to its page in the replay.
        """
        ordered = sorted(answers, key=lambda each: each.number)
        wrong = [each for each in ordered if not is_faultless(each)]
        if not wrong:
            none = ("None: every page was judged rightly, and every cause named.",)
            return PagePanel("Judged wrongly", "no page", none)
        kinds = [_kind(each) for each in wrong]
        told = [
            f"{kinds.count(kind)} by {kind}"
            for kind in ("verdict", "plot", "cause")
            if kind in kinds
        ]
        aside = f"{counted(len(wrong), 'page')}: {listed(told)}"
        facts = ("A click on a row, or Tab to it and Enter, shows its page again.",)
        panel = PagePanel("Judged wrongly", aside, facts)
        rows = [
            (
                f"{item.number + 1}",
                item.page.replace("/", " › "),
                kind,
                _true(item, site),
                f"{said_of(item, title_of(site, item))}, {item.seconds:.0f} s",
            )
            for item, kind in zip(wrong, kinds, strict=True)
        ]
        heads = ("No.", "Page", "Wrong by", "What it showed", "You said")
        table = _Table("Items judged wrongly", heads, rows)
        table.let_open(lambda row: self.replay_wanted.emit(ordered.index(wrong[row])))
        panel.column.addWidget(table)
        return panel

    def show_marks(
        self, who: str, marks: Sequence[Mark], causes: Sequence[CauseWords], unit: str
    ) -> None:
        """Show the marks of a practice shift.

        Args:
            who: whose they are.
            marks: the marks.
            causes: the table of causes, for their words.
            unit: what stands before the number of a lumisection.
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
            rows = [_mark(each, causes, unit) for each in marks]
            panel.column.addWidget(_Table("Marks", heads, rows))
        self.add_panel(panel)
        self.said.show_words("")

    def focus_first(self) -> None:
        """Give the keyboard to the replay of an exam, else to the way back."""
        first = self.back if self._again is None else self._again
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let no button take the arrows: they scroll."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._scroll(event.key())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, and show the pages again, wherever the keyboard is."""
        if self._scroll(event.key()):
            return
        if event.key() in _ENTER and self._again is not None:
            self.replay_wanted.emit(0)
            return
        super().keyPressEvent(event)

    def _scroll(self, key: int) -> bool:
        """Scroll by a key; whether it is one that does."""
        bar = self.area.verticalScrollBar()
        page = bar.pageStep()
        steps: dict[int, int] = {
            Qt.Key.Key_Up: -_LINE,
            Qt.Key.Key_Down: _LINE,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: bar.minimum() - bar.value(),
            Qt.Key.Key_End: bar.maximum() - bar.value(),
        }
        if key not in steps:
            return False
        bar.setValue(bar.value() + steps[key])
        return True


def _planned_words(cause: str, causes: Sequence[CauseWords], unit: str) -> str:
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
    return f"{words}, from {unit} {onset(cause)}{last}"


def _rates(name: str, mine: Rate, automatic: Rate) -> tuple[str, str, str, str]:
    return name, *_words(mine), _words(automatic)[0] if automatic.of else ""


def _words(rate: Rate) -> tuple[str, str]:
    """A rate, and its interval."""
    return rate.words.partition(" (")[0], rate.interval_words


def _console_words(score: ItemScore) -> str:
    """What counts as found by the console, and what of it was WARNING alone."""
    words = (
        "How the console counts: a page counts as found, or as a false call, when the "
        "console called a plot of it BAD. WARNING alone does not count"
    )
    if score.automatic_warned:
        words += f": so it was with {counted(score.automatic_warned, 'fault')} more"
    return f"{words}."


def _marks(
    sitting: PastExam, stands: Result, score: ItemScore, mark: PassMark
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Of each part of the pass mark: this sitting, all that count, the next one.

    Returns:
        Heads and rows of a table.
    """
    heads = ["", "Asked for", "This sitting"]
    columns = [_reached(score, stands.mark)]
    if stands.score is not None and mark.sittings > 1:
        heads.append(f"The last {mark.sittings}")
        columns.append(_reached(stands.score, stands.mark))
    last = stands.sittings[-1].record.uid if stands.sittings else ""
    counts = sitting.record.uid == last and sitting.spent <= MOST_SPENT
    if mark.sittings == 2 and counts and stands.state != "passed":
        heads.append("The next needs")
        columns.append(_still_to_give(score, mark))
    rows = [
        (asked.what, asked.limit, *(column[at] for column in columns))
        for at, asked in enumerate(asked_for(stands.mark))
    ]
    return tuple(heads), rows


def _reached(score: ItemScore, mark: PassMark) -> Sequence[str]:
    """What was reached of each part of the pass mark, each with its sign."""
    said = (
        score.missed_words,
        _words(score.hits)[0],
        _words(score.alarms)[0],
        _words(score.causes)[0],
    )
    signs = (
        MET[right] if many else "–"
        for right, many in zip(reached(score, mark), _counted(score), strict=True)
    )
    return [f"{sign} {words}" for sign, words in zip(signs, said, strict=True)]


def _still_to_give(score: ItemScore, mark: PassMark) -> list[str]:
    """What the next sitting must give; of what nothing was counted yet, the limit."""
    return [
        words if many else f"{asked.limit}{asked.of}"
        for words, many, asked in zip(
            still_to_give(score, mark), _counted(score), asked_for(mark), strict=True
        )
    ]


def _counted(score: ItemScore) -> tuple[int, int, int, int]:
    """Of how many each part of the pass mark is a share."""
    return score.gross_now, score.hits.of, score.alarms.of, score.causes.of


def _kind(item: ItemAnswered) -> str:
    """By what an item is wrong."""
    if is_right(item):
        return "cause"
    both = item.truth == item.answer == "bad"
    return "plot" if both else "verdict"


def _true(item: ItemAnswered, site: Site) -> str:
    """What an item showed, and where: "HV trip (Hcal), in Depth 1"."""
    name, target = split_cause(item.cause)
    if not name:
        return "Nothing happened"
    names = [short_name(each) for each in (name, *item.alike)]
    words = " or ".join(names) + (f" ({target})" if target else "")
    if item.truth == "good":
        return f"{words}: harmless"
    where = title_of(site, item, item.shows[0]) if item.shows else ""
    return f"{words}, in {where}" if where else words


def _mark(
    mark: Mark, causes: Sequence[CauseWords], unit: str
) -> tuple[str, str, str, str]:
    took = "" if mark.seconds is None else duration_words(mark.seconds)
    cause = _planned_words(mark.cause, causes, unit) or "Besides"
    return cause, mark.on, f"{mark.points:g} of {mark.of:g}", mark.words or took


class _Table(QTableWidget):
    """Rows of words, read only, as high as they are; the last column takes the rest.

    Args:
        name: its accessible name.
        heads: words over the columns.
        rows: as many words each.
    """

    def __init__(
        self, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> None:
        super().__init__(len(rows), len(heads))
        self._open_row: Callable[[int], None] | None = None
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(list(heads))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for row, words in enumerate(rows):
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignTop)
                self.setItem(row, column, item)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        fit = QHeaderView.ResizeMode.ResizeToContents
        for column in range(len(heads) - 1):
            header.setSectionResizeMode(column, fit)
        header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(fit)
        self.verticalHeader().sectionResized.connect(lambda *_: self.updateGeometry())

    def let_open(self, open_row: Callable[[int], None]) -> None:
        """Let a click on a row, or Return on it, open something, by its index."""
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setTabKeyNavigation(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.cellClicked.connect(lambda row, _column: open_row(row))
        self._open_row = open_row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the row with the keyboard."""
        if event.key() in _ENTER and self._open_row and self.currentRow() >= 0:
            self._open_row(self.currentRow())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Go to the first row, where none was gone to."""
        super().focusInEvent(event)
        if self.currentRow() < 0:
            self.setCurrentCell(0, 0)

    def sizeHintForColumn(self, column: int) -> int:
        """With room before the next."""
        hint = super().sizeHintForColumn(column) + px(_BESIDE)
        return hint if column else min(hint, px(_FIRST))

    def sizeHintForRow(self, row: int) -> int:
        """With room below."""
        return super().sizeHintForRow(row) + px(_BELOW)

    def sizeHint(self) -> QSize:
        """As high as head and rows."""
        head = self.horizontalHeader().sizeHint().height()
        rows = self.verticalHeader().length()
        return QSize(200, head + rows + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        """Not less: the page scrolls."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the words again, and be as high as they are then."""
        super().resizeEvent(event)
        self.resizeRowsToContents()
        self.updateGeometry()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()
