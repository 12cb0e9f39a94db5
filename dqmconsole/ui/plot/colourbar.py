"""The bar that says which colour means which number."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage

from dqmconsole.ui.plot.ticks import AxisTick, number_ticks
from dqmconsole.ui.plot.words import plain

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale

BAR = 9
_LEFT = 6
_TICK = 3


@dataclass(frozen=True, eq=False)
class Bar:
    """A colour bar and the room it needs.

    Attributes:
        scale: what the colours mean.
        ticks: its numbers.
        title: what they count; "" when there is no room for it.
        width: pixels it needs, with a gap at its left.
    """

    scale: Scale
    ticks: list[AxisTick]
    title: str
    width: int


def bars_for(
    wanted: list[tuple[Scale, str]], look: Look, areas: list[QRect]
) -> list[Bar]:
    """Plan the bars of maps, scale and title each, that have all of their areas.

    All are as wide as the widest: the same place is looked for in each map.
    """
    planned = [
        _bar_for(scale, title, look, area)
        for (scale, title), area in zip(wanted, areas, strict=True)
    ]
    widest = max(bar.width for bar in planned)
    return [dataclasses.replace(bar, width=widest) for bar in planned]


def paint_bar(
    painter: QPainter, rect: QRect, bar: Bar, table: Array, look: Look, area: QRect
) -> None:
    """Draw a bar into `rect`, as high as the map; numbers stay within `area`."""
    metrics = look.metrics
    height = max(rect.height(), 2)
    rows = table[np.linspace(255, 0, height).astype(int)]
    pixels = np.ascontiguousarray(np.repeat(rows[:, None], BAR, axis=1))
    image = QImage(pixels.data, BAR, height, 4 * BAR, QImage.Format.Format_RGB32)
    painter.drawImage(QPoint(rect.left() + _LEFT, rect.top()), image.copy())
    painter.setPen(look.muted)
    painter.setFont(look.font)
    right = rect.left() + _LEFT + BAR
    line = metrics.height()
    before = area.bottom() + line
    for tick in bar.ticks:
        y = rect.bottom() - round(tick.at * (height - 1))
        painter.drawLine(right, y, right + _TICK - 1, y)
        top = min(max(y - line // 2, area.top()), area.bottom() - line)
        if not tick.text or before - top < line - 2:
            continue
        before = top
        at = QPoint(right + _TICK + 2, top + metrics.ascent())
        painter.drawText(at, tick.text)
    if bar.title:
        words = metrics.elidedText(bar.title, Qt.TextElideMode.ElideRight, height)
        width = metrics.horizontalAdvance(words) + 2
        painter.save()
        painter.translate(rect.right() - line, rect.center().y() + width // 2)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, width, line), Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()


def _bar_for(scale: Scale, title: str, look: Look, area: QRect) -> Bar:
    metrics = look.metrics
    line = metrics.height()
    ticks = number_ticks(scale, min(max(2, int(area.height() / (line * 3))), 8))
    widest = max((metrics.horizontalAdvance(tick.text) for tick in ticks), default=0)
    shown = plain(title) if area.width() > 20 * line else ""
    titled = line + 3 if shown else 0
    width = _LEFT + BAR + _TICK + 2 + widest + titled + 1
    return Bar(scale, ticks, shown, width)
