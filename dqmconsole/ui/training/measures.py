"""The measures of a score as rows: name, intervals drawn, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from dqmconsole.training.score import Z95
from dqmconsole.ui.fonts import sized
from dqmconsole.ui.guidance.labels import PlainLabel
from dqmconsole.ui.training.exam_words import (
    criterion_words,
    d_prime_words,
    percent,
    rate_words,
)
from dqmconsole.ui.training.intervals import SHARES, Interval, IntervalBars, Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.lesson import ExamSettings
    from dqmconsole.training.score import GroupScore, ItemScore, Rate, Sensitivity
    from dqmconsole.ui.theme import Theme

D_PRIME = Scale(
    -1.0, 5.0, ((-1.0, "−1"), *((float(at), f"{at}") for at in range(6))), zero=0.0
)
CRITERION = Scale(
    -2.0,
    2.0,
    ((-2.0, "−2"), (-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2")),
    zero=0.0,
)
BARE = Scale(0.0, 1.0)


class Measure(NamedTuple):
    """One row.

    Attributes:
        name: what is measured.
        means: what that is, in a few words, or "".
        scale: what it is drawn on.
        mine, automatic: the trainee's, and that of the console's verdicts.
        words, automatic_words: both in words; the second may be "".
    """

    name: str
    means: str
    scale: Scale
    mine: Interval | None
    words: str
    automatic: Interval | None = None
    automatic_words: str = ""


class ScoreTable(QWidget):
    """Measures one below the other.

    Args:
        measures: the rows.
        theme: the colours.
    """

    def __init__(self, measures: Sequence[Measure], theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self._bars: list[IntervalBars] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setHorizontalSpacing(22)
        grid.setVerticalSpacing(9)
        for row, measure in enumerate(measures):
            grid.addWidget(self._name(measure), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(
                self._drawn(measure, theme), row, 1, Qt.AlignmentFlag.AlignTop
            )
            grid.addWidget(self._words(measure), row, 2, Qt.AlignmentFlag.AlignTop)
        for column, stretch in enumerate((5, 7, 8)):
            grid.setColumnStretch(column, stretch)

    @classmethod
    def of_score(
        cls, score: ItemScore, settings: ExamSettings, theme: Theme
    ) -> ScoreTable:
        """Both rates, sensitivity and criterion, beside those of the console."""
        hits = SHARES._replace(limit=settings.hit_rate)
        alarms = SHARES._replace(limit=settings.false_alarms)
        mine, automatic = score.sensitivity, score.automatic
        rows = [
            Measure(
                "Faults found",
                f"wanted: at least {percent(settings.hit_rate)}",
                hits,
                _rate(score.hits),
                rate_words(score.hits),
                _rate(score.automatic_hits),
                rate_words(score.automatic_hits),
            ),
            Measure(
                "False alarms",
                f"allowed: at most {percent(settings.false_alarms)}",
                alarms,
                _rate(score.alarms),
                rate_words(score.alarms),
                _rate(score.automatic_alarms),
                rate_words(score.automatic_alarms),
            ),
            Measure(
                "Sensitivity d\u2032",
                "how well faults are told from good pages; 0 is guessing",
                D_PRIME,
                _d_prime(mine),
                d_prime_words(mine),
                _d_prime(automatic),
                d_prime_words(automatic),
            ),
            Measure(
                "Criterion c",
                "below 0: says “wrong” readily; above 0: seldom",
                CRITERION,
                _criterion(mine),
                criterion_words(mine),
                _criterion(automatic),
                criterion_words(automatic),
            ),
        ]
        table = cls(rows, theme)
        table.add_line("Time to find a fault", _time_words(score))
        return table

    @classmethod
    def of_families(cls, score: ItemScore, theme: Theme) -> ScoreTable:
        """The families of faults, then the harmless ones."""
        rows = [_family(each, "faults found") for each in score.families]
        rows += [_family(each, "false alarms; harmless") for each in score.harmless]
        return cls(rows, theme)

    def add_line(self, name: str, words: str) -> None:
        """Add a row of words alone."""
        grid = self.layout()
        assert isinstance(grid, QGridLayout)
        row = grid.rowCount()
        grid.addWidget(_bold(name), row, 0)
        grid.addWidget(PlainLabel(f"{name}: in words", words=words), row, 2)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for bars in self._bars:
            bars.set_theme(theme)

    def _name(self, measure: Measure) -> QWidget:
        return _column(
            _bold(measure.name),
            PlainLabel(f"{measure.name}: what it is", 8.5, role="muted",
                       words=measure.means),
        )  # fmt: skip

    def _drawn(self, measure: Measure, theme: Theme) -> IntervalBars:
        words = measure.words
        if measure.automatic_words:
            words = f"you: {words}; console: {measure.automatic_words}"
        bars = IntervalBars(
            measure.name, theme, measure.scale, measure.mine, measure.automatic, words
        )
        self._bars.append(bars)
        return bars

    def _words(self, measure: Measure) -> QWidget:
        name = f"{measure.name}: in words"
        if not measure.automatic_words:
            return PlainLabel(name, words=measure.words)
        return _column(
            PlainLabel(name, words=f"You: {measure.words}"),
            PlainLabel(f"{measure.name}: console", role="muted",
                       words=f"Console: {measure.automatic_words}"),
        )  # fmt: skip


def _bold(name: str) -> QLabel:
    label = PlainLabel(name, bold=True, words=name)
    label.setFont(sized(label.font(), 9.5, bold=True))
    return label


def _column(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    holder.setProperty("role", "clear")
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    return holder


def _rate(rate: Rate) -> Interval | None:
    value = rate.value
    return None if value is None else Interval(value, rate.low, rate.high)


def _d_prime(found: Sensitivity | None) -> Interval | None:
    return None if found is None else Interval(found.d_prime, *found.interval)


def _criterion(found: Sensitivity | None) -> Interval | None:
    if found is None:
        return None
    width = Z95 * found.criterion_error
    return Interval(found.criterion, found.criterion - width, found.criterion + width)


def _family(group: GroupScore, what: str) -> Measure:
    words = rate_words(group.said_bad)
    if group.seconds is not None:
        words += f", in {group.seconds:.0f} s"
    name = group.name or "no family"
    name = f"{name[:1].upper()}{name[1:]}"
    return Measure(name, what, BARE, _rate(group.said_bad), words)


def _time_words(score: ItemScore) -> str:
    if score.seconds is None:
        return "no fault was found"
    return f"{score.seconds:.0f} s, the median of the faults found"
