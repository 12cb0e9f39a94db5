"""The checks behind a verdict, worst first: one that bears it out is open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTextOption
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from dqmconsole.model.verdict import Status
from dqmconsole.shift.check_results import (
    RUN_SO_FAR,
    detail_lines,
    head_words,
    name_words,
    number_words,
    worst_first,
)
from dqmconsole.shift.false_alarms import false_alarm_words
from dqmconsole.ui.fonts import SMALL, TEXT, sized
from dqmconsole.ui.marks import paint_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFont, QResizeEvent

    from dqmconsole.model.run_quality import FalseAlarms
    from dqmconsole.model.verdict import CheckResult, Verdict
    from dqmconsole.ui.theme import Colours, Theme

_CHECK = Qt.ItemDataRole.UserRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_LOUD = (Status.BAD, Status.WARNING)
_WRAP = int(Qt.TextFlag.TextWrapAnywhere | Qt.TextFlag.TextWordWrap)


class CheckList(QListWidget):
    """The checks of the selected plot, as high as they are; none hide it.

    Args:
        colours: the look in force.

    Attributes:
        checks: those listed, worst first.
        configured: the configuration in force is shown of what is open.
    """

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.checks: tuple[CheckResult, ...] = ()
        self.configured = False
        self._colours = colours
        self._key = self._said = ""
        self._judged = RUN_SO_FAR
        self._rates: dict[tuple[str, ...], str] = {}
        self._opened: CheckResult | None = None
        self._decided: CheckResult | None = None
        self._turned: dict[tuple[str, ...], bool] = {}
        self.setProperty("role", "rows")
        self.setAccessibleName("Checks of the plot")
        self.setItemDelegate(_CheckDelegate(self, colours))
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(off)
        self.setVerticalScrollBarPolicy(off)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.itemClicked.connect(lambda _item: self.fold())
        colours.changed.connect(self._refill)
        self.hide()

    def show_verdict(
        self,
        key: str,
        verdict: Verdict | None,
        measured: Sequence[FalseAlarms] | None = None,
        run_type: str | None = None,
        judged: str = RUN_SO_FAR,
    ) -> None:
        """Show the checks of a plot; the same again leave everything as it is.

        Args:
            key: the plot; what was folded by hand is forgotten with it.
            verdict: on it, or None.
            measured: how often its checks went off in good runs; None says nothing.
            run_type: of the run in view.
            judged: what is judged of the plot where a check names no span, in words.
        """
        shown = () if verdict is None else worst_first(verdict.checks)
        said = "" if verdict is None else verdict.sentence
        rates = {
            _identity(each): false_alarm_words(each, measured, run_type)
            for each in shown
            if measured is not None
        }
        before = (self._key, self.checks, self._said, self._rates, self._judged)
        if (key, shown, said, rates, judged) == before:
            return
        self._rates, self._judged = rates, judged
        if key != self._key:
            self._turned.clear()
            self.setCurrentRow(-1)
        self._key, self.checks, self._said = key, shown, said
        self._decided = verdict.checks[0] if verdict and verdict.checks else None
        status = None if verdict is None else verdict.status
        deciding = (each for each in shown if each.counts and each.status is status)
        self._opened = next(deciding, None)
        self._refill()

    def is_open(self, check: CheckResult) -> bool:
        """Whether a check is shown in full."""
        return self._turned.get(_identity(check), check is self._opened)

    def lines(self, check: CheckResult) -> list[str]:
        """A check in full, line by line."""
        rate = self._rates.get(_identity(check), "")
        return detail_lines(
            check,
            said=self._said,
            decided=check is self._decided,
            judged=self._judged,
            configured=self.configured,
            measured=rate,
        )

    # -- what commands do ----------------------------------------------------------

    @property
    def current(self) -> CheckResult | None:
        """The check where the keyboard is, else the first."""
        at = max(self.currentRow(), 0)
        return self.checks[at] if at < len(self.checks) else None

    def fold(self) -> None:
        """Open the check where the keyboard is, or fold it."""
        check = self.current
        if check is not None:
            self._turned[_identity(check)] = not self.is_open(check)
            self._refill()

    def turn_configuration(self) -> str:
        """Show the configuration in force of the current check and of what is open."""
        if not self.checks:
            return "No check judged this plot."
        self.configured = not self.configured
        check = self.current
        if self.configured and check is not None:
            self._turned[_identity(check)] = True
        self._refill()
        return ""

    def words(self) -> str:
        """The current check in full with its configuration; "" where there is none."""
        check = self.current
        if check is None:
            return ""
        rate = self._rates.get(_identity(check), "")
        lines = detail_lines(check, judged=self._judged, configured=True, measured=rate)
        return "\n".join(lines)

    # -- Qt ------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the room all rows need."""
        rows = range(self.count())
        high = sum(self.sizeHintForRow(row) for row in rows)
        return QSize(200, high + 2 * self.frameWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the words where they now end."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    # -- inside --------------------------------------------------------------------

    def _refill(self) -> None:
        kept: tuple[str, ...] = ()
        if self.currentRow() >= 0:
            kept = _identity(self.currentItem().data(_CHECK))
        while self.count() > len(self.checks):
            self.takeItem(self.count() - 1)
        for at, check in enumerate(self.checks):
            item = self.item(at) if at < self.count() else QListWidgetItem()
            item.setData(_CHECK, check)
            is_open = self.is_open(check)
            lines = self.lines(check) if is_open else [head_words(check)]
            state = "" if is_open else ", folded"
            item.setData(_SPOKEN, f"{check.status}{state}: {'. '.join(lines)}")
            if at >= self.count():
                self.addItem(item)  # laid out from then on, so its check stands in it
        names = [_identity(check) for check in self.checks]
        self.setCurrentRow(names.index(kept) if kept in names else 0)
        self.setVisible(bool(self.checks))
        self._fit()

    def _fit(self) -> None:
        self.doItemsLayout()
        height = self.sizeHint().height()
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        self.viewport().update()


class _CheckDelegate(QStyledItemDelegate):
    """Draws a check: its mark, its name, and what else is said of it, muted."""

    def __init__(self, checks: CheckList, colours: Colours) -> None:
        super().__init__(checks)
        self._checks, self._colours = checks, colours

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the height of all lines."""
        width = self._checks.viewport().width()
        check: CheckResult = index.data(_CHECK)
        parts = self._laid(option.font, check, width)
        low = parts[-1][0].bottom() if parts else 0.0
        return QSize(width, math.ceil(low + _grid(option.font) * 0.6))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw it."""
        theme: Theme = self._colours.theme
        check: CheckResult = index.data(_CHECK)
        painter.save()
        painter.setClipRect(option.rect)
        focused = QStyle.StateFlag.State_HasFocus
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected and bool(option.state & focused):
            painter.fillRect(option.rect, QColor(theme.hover))
        painter.translate(option.rect.topLeft())
        parts = self._laid(option.font, check, option.rect.width())
        metrics = QFontMetricsF(sized(option.font, TEXT, bold=True))
        side = metrics.height() * 0.82
        top = parts[0][0].top() + (metrics.height() - side) / 2
        adopted = check.origin != "default"
        mark = QRectF(2, top, side, side)
        paint_mark(painter, mark, check.status, theme, adopted=adopted)
        wrapped = QTextOption(_LEFT)
        wrapped.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        for place, words, font, colour in parts:
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(place, words, wrapped)
        painter.restore()

    def _laid(
        self, font: QFont, check: CheckResult, width: float
    ) -> Sequence[tuple[QRectF, str, QFont, str]]:
        """Where which words stand, in which font and colour; the top of it at 0."""
        theme, grid = self._colours.theme, _grid(font)
        text, small = sized(font, TEXT), sized(font, SMALL)
        bold = sized(font, TEXT, bold=True)
        left = QFontMetricsF(bold).height() * 0.82 + grid
        room = max(width - left - 4, 40.0)
        if not self._checks.is_open(check):
            words = head_words(check)
            metrics = QFontMetricsF(text)
            # a hair less: what is drawn in just its own width would be broken
            cut = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room - 2)
            place = QRectF(left, grid * 0.3, room, metrics.height())
            ink = theme.ink if check.status in _LOUD else theme.muted
            return [(place, cut, text, ink)]
        parts = [(name_words(check), bold, theme.ink)]
        number = number_words(check)
        if number:
            parts.append((number, text, _ink(check, theme)))
        first, *rest = self._checks.lines(check)[1:]  # the name stands above
        parts.append((first, text, theme.ink))
        parts += [(line, small, theme.muted) for line in rest]
        if self._checks.configured:
            parts[-1] = (rest[-1], small, theme.ink)
        found, top = [], grid * 0.3
        for words, its_font, colour in parts:
            metrics = QFontMetricsF(its_font)
            high = metrics.boundingRect(QRectF(0, 0, room, 1e4), _WRAP, words).height()
            found.append((QRectF(left, top, room, high), words, its_font, colour))
            top += high
        return found


def _identity(check: CheckResult) -> tuple[str, ...]:
    """By what a check is found again, whatever it finds and over which span."""
    return check.check, check.origin, check.configuration


def _ink(check: CheckResult, theme: Theme) -> str:
    inks = {Status.BAD: theme.bad_ink, Status.WARNING: theme.warning_ink}
    return inks.get(check.status, theme.ink)


def _grid(font: QFont) -> float:
    return QFontMetricsF(sized(font, TEXT)).height() / 2
