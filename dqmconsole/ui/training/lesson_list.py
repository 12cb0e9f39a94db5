"""The list of lessons, and what is to be known of the one selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from dqmconsole.ui.fonts import sized
from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from dqmconsole.training.course import Standing
    from dqmconsole.ui.theme import Theme

COLUMNS = ("", "Lesson", "Time", "State")
STATES = {
    "new": "new",
    "begun": "begun",
    "done": "✓ done",
    "refresher": "refresher",
}


class LessonList(QTreeWidget):
    """One line for each lesson; Return begins it, or goes on with it.

    Signals:
        chosen: somebody wants to begin the lesson.
        turned: another line is selected.
    """

    chosen = Signal()
    turned = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._standings: tuple[Standing, ...] = ()
        self.setAccessibleName("Lessons")
        self.setObjectName("LessonList")
        self.setProperty("role", "roomy")
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(COLUMNS))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        for column in (0, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.itemActivated.connect(lambda _item, _column: self.chosen.emit())
        self.currentItemChanged.connect(lambda _now, _before: self.turned.emit())

    @property
    def current(self) -> Standing | None:
        """The lesson selected, and where it stands."""
        item = self.currentItem()
        at = -1 if item is None else self.indexOfTopLevelItem(item)
        return self._standings[at] if 0 <= at < len(self._standings) else None

    def show_standings(self, standings: Sequence[Standing]) -> None:
        """Show where all lessons stand; what is selected stays so."""
        if tuple(standings) == self._standings:
            return
        before = self.current
        self._standings = tuple(standings)
        self.blockSignals(True)
        self.clear()
        for each in self._standings:
            lesson = each.lesson
            words = [str(lesson.number), lesson.title, f"{lesson.minutes} min\u2003",
                     state_words(each)]  # fmt: skip
            item = QTreeWidgetItem(self, words)
            item.setTextAlignment(0, Qt.AlignmentFlag.AlignRight)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            item.setFont(1, sized(self.font(), 10, bold=each.state == "refresher"))
            spoken = f"Lesson {lesson.number}, {lesson.title}, {state_words(each)}"
            item.setToolTip(1, tip(lesson.title))
            item.setData(1, Qt.ItemDataRole.AccessibleTextRole, spoken)
        self._ink()
        self._share()
        self.blockSignals(False)
        if before is not None:
            self.select(before.lesson.id)
        self.turned.emit()

    def select(self, lesson: str) -> None:
        """Select a lesson by its id, if it is there."""
        for at, each in enumerate(self._standings):
            item = self.topLevelItem(at)
            if each.lesson.id == lesson and item is not None:
                self.setCurrentItem(item)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._ink()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the titles the room they need."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Leave out the time where a title would be cut; it is said beside the list."""
        header = self.header()
        needed = sum(
            max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            for column in range(len(COLUMNS))
        )
        self.setColumnHidden(2, needed > self.viewport().width())

    def _ink(self) -> None:
        muted, warning = QColor(self._theme.muted), QColor(self._theme.warning_ink)
        for at, each in enumerate(self._standings):
            item = self.topLevelItem(at)
            if item is None:
                continue
            for column in (0, 2):
                item.setForeground(column, QBrush(muted))
            wanted = warning if each.state == "refresher" else QColor(self._theme.ink)
            item.setForeground(3, QBrush(wanted))


def _minutes_words(seconds: float) -> str:
    """Write a time that was needed: "4 min 20 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def _many_words(number: int, one: str, many: str) -> str:
    """Write a number of things: "no hint", "1 hint", "2 hints"."""
    if not number:
        return f"no {one}"
    return f"{number} {one if number == 1 else many}"


def well_words(standing: Standing) -> str:
    """Say how a lesson went: its time, hints and wrong answers."""
    hints = _many_words(standing.hints, "hint", "hints")
    wrong = _many_words(standing.wrong, "wrong answer", "wrong answers")
    return f"{_minutes_words(standing.seconds)}, {hints}, {wrong}"


def state_words(standing: Standing) -> str:
    """Write the state of a lesson: "new", "begun 3/7", "✓ done", "refresher"."""
    words = STATES[standing.state]
    if standing.state == "begun":
        return f"{words} {standing.steps_done}/{len(standing.lesson.steps)}"
    return words
