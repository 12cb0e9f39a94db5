"""Intervals drawn: the trainee's and, beneath, that of the console's verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dqmconsole.ui.fonts import sized, tabular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.ui.theme import Theme

LANE = 16  # px of one interval
FOOT = 17  # px of the numbers on the scale
SIDE = 24  # px kept free at both ends, for the numbers there
DOT = 4.5


class Interval(NamedTuple):
    """A value with its interval of 95 %."""

    value: float
    low: float
    high: float


class Scale(NamedTuple):
    """What the bars are drawn on.

    Attributes:
        low, high: its ends.
        ticks: value and words of each number under it.
        limit: what must be reached or not be passed, or None.
        zero: a value that divides the scale (guessing), or None.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    limit: float | None = None
    zero: float | None = None


SHARES = Scale(0.0, 1.0, ((0.0, "0"), (0.5, "50\u00a0%"), (1.0, "100\u00a0%")))


class IntervalBars(QWidget):
    """One or two intervals on a scale.

    Args:
        name: its accessible name; its accessible description says it in words.
        theme: the colours.
        scale: what they are drawn on.
        mine: the trainee's; None draws none.
        automatic: of the console's verdicts, hollow; None draws none.
        words: both in words.
    """

    def __init__(
        self,
        name: str,
        theme: Theme,
        scale: Scale,
        mine: Interval | None,
        automatic: Interval | None = None,
        words: str = "",
    ) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._lanes: Sequence[tuple[Interval | None, bool]] = [(mine, True)]
        if automatic is not None:
            self._lanes = [(mine, True), (automatic, False)]
        self.setProperty("role", "clear")
        self.setAccessibleName(name)
        self.setAccessibleDescription(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(tabular(sized(self.font(), 8)))

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the lanes, and for the numbers where there are any."""
        foot = FOOT if self._scale.ticks else 0
        return QSize(320, LANE * len(self._lanes) + foot)

    def minimumSizeHint(self) -> QSize:
        """It can be narrow, not low."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scale, limit and intervals."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lanes = LANE * len(self._lanes)
        self._draw_scale(painter, lanes)
        for at, (interval, mine) in enumerate(self._lanes):
            if interval is not None:
                self._draw(painter, interval, LANE * (at + 0.5), mine=mine)
        painter.end()

    def _draw_scale(self, painter: QPainter, lanes: int) -> None:
        theme, scale = self._theme, self._scale
        ground = QRectF(SIDE, 1, self.width() - 2 * SIDE, lanes - 2)
        painter.fillRect(ground, QColor(theme.tile))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(ground)
        marks = [value for value, _ in scale.ticks]
        for value in marks:
            x = self._x(value)
            painter.drawLine(QPointF(x, 1), QPointF(x, lanes + 2))
        painter.setPen(QColor(theme.muted))
        for value, words in scale.ticks:
            place = QRectF(self._x(value) - 40, lanes + 1, 80, FOOT - 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, words)
        if scale.zero is not None:
            painter.setPen(QPen(QColor(theme.muted), 1))
            x = self._x(scale.zero)
            painter.drawLine(QPointF(x, 1), QPointF(x, lanes - 1))
        if scale.limit is not None:
            painter.setPen(QPen(QColor(theme.ink), 1.2, Qt.PenStyle.DashLine))
            x = self._x(scale.limit)
            painter.drawLine(QPointF(x, 0), QPointF(x, lanes))

    def _draw(
        self, painter: QPainter, interval: Interval, y: float, *, mine: bool
    ) -> None:
        theme = self._theme
        ink = QColor(theme.edge if mine else theme.muted)
        low, high = self._x(interval.low), self._x(interval.high)
        painter.setPen(QPen(ink, 3.0 if mine else 1.4))
        painter.drawLine(QPointF(low, y), QPointF(high, y))
        if not mine:
            for x in (low, high):
                painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 3))
        painter.setPen(QPen(ink, 1.6))
        painter.setBrush(QColor(theme.ink if mine else theme.tile))
        painter.drawEllipse(QPointF(self._x(interval.value), y), DOT, DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _x(self, value: float) -> float:
        scale = self._scale
        share = (value - scale.low) / (scale.high - scale.low)
        return SIDE + min(max(share, 0.0), 1.0) * (self.width() - 2 * SIDE)
