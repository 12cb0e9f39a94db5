"""The bar that says which colour means which number.

pyqtgraph's ColorBarItem costs 21 ms each; this one is an image of a few pixels and
its numbers. What is beyond an end has a cap there, which stands apart and is there only
while some cell of the map needs it: in the colour for what is out of range, or, of what
is still within the slack of a range that moves in steps, in the bar's last colour.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor

from dqmconsole.ui.plot.deviation import FULL_PULL, strength_of
from dqmconsole.ui.plot.map_item import as_image
from dqmconsole.ui.plot.painting import PaintedItem, saved
from dqmconsole.ui.plot.palettes import COLOURS, OVER, UNDER
from dqmconsole.ui.plot.ticks import AxisTick, number_ticks
from dqmconsole.ui.plot.title import paint_title, title_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QImage, QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.colour_scale import ColourScale
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale

BAR = 9
CAP = 5  # px; of what is out of range
_APART = 2  # px between cap and bar
_LEFT = 6
_TICK = 3


@dataclass(frozen=True, eq=False)
class ColourBar:
    """A colour bar and the room it needs.

    Attributes:
        scale: what the colours mean.
        title: what they count, in TLatex; "" when there is no room for it.
        ticks: its numbers.
        width: pixels it has, with a gap at its left; those of other bars beside it.
        own: pixels it needs.
        under, over: some cell is out of range at that end.
        below, above: some cell has the last colour of that end, and is beyond it.
        banded: the middle of the range is neutral: pulls.
    """

    scale: Scale
    title: str
    ticks: tuple[AxisTick, ...]
    width: int
    own: int
    under: bool = False
    over: bool = False
    below: bool = False
    above: bool = False
    banded: bool = False

    def with_ends(self, values: Sequence[Array], colours: ColourScale) -> ColourBar:
        """The same bar, with what of some cells is beyond its ends.

        Args:
            values: of the cells, NaN where nothing is.
            colours: their range.
        """
        # on a logarithmic scale 0 and below have no place
        least = max(colours.under, 1e-300) if self.scale.log else colours.under
        under = any(bool((each < least).any()) for each in values)
        over = any(bool((each > colours.over).any()) for each in values)
        low, high = self.scale.low, self.scale.high
        # what is stored in single precision is not beyond
        near = 1e-6 * (low if self.scale.log else high - low)
        below = any(bool((each < low - near).any()) for each in values)
        near = 1e-6 * (high if self.scale.log else high - low)
        above = any(bool((each > high + near).any()) for each in values)
        return dataclasses.replace(
            self, under=under, over=over, below=below, above=above
        )


def bars_for(
    wanted: list[tuple[Scale, str]], look: Look, areas: list[QRect]
) -> list[ColourBar]:
    """Plan the bars of maps, scale and title each, that have all of their areas.

    All are as wide as the widest: the same place is looked for in each map.
    """
    planned = [
        _bar_for(scale, title, look, area)
        for (scale, title), area in zip(wanted, areas, strict=True)
    ]
    widest = max(bar.width for bar in planned)
    return [dataclasses.replace(bar, width=widest) for bar in planned]


class ColourBarItem(PaintedItem):
    """The bar beside a map, in pixels of the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: ColourBar | None = None
        self._rect = QRect()
        self._room = QRect()
        self._table: Array | None = None
        self._look: Look | None = None
        self._image: QImage | None = None

    def show_bar(
        self,
        bar: ColourBar,
        rect: QRect,
        bounds: QRect,
        table: Array,
        look: Look,
    ) -> None:
        """Show a bar.

        Args:
            bar: what it says.
            rect: where, as high as the map.
            bounds: all the room of map and bar; words stay within.
            table: the colours.
            look: fonts and colours.
        """
        same = table is self._table and rect.size() == self._rect.size()
        before = self._bar
        if not same or before is None or before.banded != bar.banded:
            self._image = None
        self._bar, self._rect, self._room = bar, QRect(rect), QRect(bounds)
        own = QRect(rect.left(), bounds.top(), rect.width(), bounds.height())
        self.lie(own.toRectF())
        self._table, self._look = table, look
        # together with the canvas's own update of the map: one paint event for both
        for view in self.scene().views():
            view.viewport().update(self.boundingRect().toAlignedRect())

    def forget(self) -> None:
        """Drop what was drawn."""
        self._bar = self._table = self._look = self._image = None

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        bar, look, table, rect = self._bar, self._look, self._table, self._rect
        if bar is None or look is None or table is None:
            return
        room = rect.adjusted(0, CAP + _APART, 0, -CAP - _APART)
        height = max(room.height(), 2)
        if self._image is None:
            rows = table[_bar_indices(height, banded=bar.banded)]
            self._image = as_image(np.repeat(rows[:, None], BAR, axis=1))
        left = rect.left() + _LEFT
        painter.drawImage(QPoint(left, room.top()), self._image)
        for out, beyond, place, last, top in (
            (bar.over, bar.above, OVER, COLOURS - 1, rect.top()),
            (bar.under, bar.below, UNDER, 0, rect.bottom() - CAP + 1),
        ):
            if out or beyond:
                colour = QColor.fromRgb(int(table[place if out else last]))
                painter.fillRect(QRect(left, top, BAR, CAP), colour)
        painter.setPen(look.muted)
        painter.setFont(look.font)
        self._paint_numbers(painter, bar, look, room, height)
        if bar.title:
            self._paint_title(painter, bar, look)

    def _paint_numbers(
        self, painter: QPainter, bar: ColourBar, look: Look, room: QRect, height: int
    ) -> None:
        metrics = look.metrics
        right = room.left() + _LEFT + BAR
        line, area = metrics.height(), self._room
        before = area.bottom() + line
        for tick in bar.ticks:
            y = room.bottom() - round(tick.at * (height - 1))
            painter.drawLine(right, y, right + _TICK - 1, y)
            top = min(max(y - line // 2, area.top()), area.bottom() - line)
            if not tick.text or before - top < line - 2:
                continue
            before = top
            at = QPoint(right + _TICK + 2, top + metrics.ascent())
            painter.drawText(at, tick.text)

    def _paint_title(self, painter: QPainter, bar: ColourBar, look: Look) -> None:
        rect, line = self._rect, look.metrics.height()
        width = min(title_width(bar.title, look.font), rect.height()) + 2
        with saved(painter):
            # beside its own numbers: farther off it would be the next map's
            painter.translate(
                rect.left() + bar.own - 1 - line, rect.center().y() + width // 2
            )
            painter.rotate(-90)
            room = QRectF(0, 0, width, line)
            centre = Qt.AlignmentFlag.AlignHCenter
            paint_title(painter, room, bar.title, look.font, centre)


def _bar_indices(height: int, *, banded: bool) -> Array:
    """The place in the table of each row of a bar, from the top."""
    at = np.linspace(1.0, 0.0, height)
    if banded:
        from_middle = 2.0 * at - 1.0
        at = 0.5 + 0.5 * from_middle * strength_of(FULL_PULL * from_middle)
    found: Array = np.rint(at * (COLOURS - 1)).astype(np.int64)
    return found


def _bar_for(scale: Scale, title: str, look: Look, area: QRect) -> ColourBar:
    metrics = look.metrics
    line = metrics.height()
    most = min(max(2, int(area.height() / (line * 3))), 8)
    ticks = _about_one(scale, most) or number_ticks(scale, most)
    widest = max((metrics.horizontalAdvance(tick.text) for tick in ticks), default=0)
    # in steps, so that a digit more or less does not move the map
    step = 2 * metrics.horizontalAdvance("0")
    widest = -(-widest // step) * step
    shown = title if area.width() > 20 * line else ""
    titled = line + 3 if shown else 0
    width = _LEFT + BAR + _TICK + 2 + widest + titled + 1
    return ColourBar(scale, shown, ticks, width, width)


def _about_one(scale: Scale, most: int) -> tuple[AxisTick, ...]:
    """Ticks of a logarithmic range of ratios about 1; none of any other range."""
    if not scale.log or scale.high > 5 or abs(math.log(scale.low * scale.high)) > 1e-9:
        return ()
    steps = (1.5, 2.0, 3.0, 5.0) if most > 4 else (2.0, 5.0)
    above = [step for step in steps if step <= scale.high * (1 + 1e-9)]
    values = [*(1 / step for step in reversed(above)), 1.0, *above]
    return tuple(AxisTick(scale.fraction(each), f"{each:.2g}") for each in values)
