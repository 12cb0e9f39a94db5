"""Words in the plot: a scalar's value, why there is no picture, statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.ui.plot.look import Look

_CENTRE = Qt.AlignmentFlag.AlignCenter
_WRAP = Qt.TextFlag.TextWordWrap


def paint_text(painter: QPainter, area: QRect, look: Look, text: str) -> None:
    """Write a scalar's value, as large as fits, down to where it must wrap."""
    room = area.adjusted(8, 4, -8, -4)
    font = QFont(look.big)
    for points in (36.0, 28.0, 22.0, 18.0, 14.0, 11.0, 9.0):
        font.setPointSizeF(points)
        flags = int(_CENTRE) | int(_WRAP)
        needed = QFontMetrics(font).boundingRect(room, flags, text)
        if needed.width() <= room.width() and needed.height() <= room.height() * 0.7:
            break
    painter.setFont(font)
    painter.setPen(look.muted if look.grey else look.ink)
    painter.drawText(room, int(_CENTRE) | int(_WRAP), text)


def paint_notice(
    painter: QPainter, area: QRect, look: Look, heading: str, words: str
) -> None:
    """Say calmly why there is no picture."""
    room = area.adjusted(10, 4, -10, -4)
    big, small = QFontMetrics(look.big), look.metrics
    needed = small.boundingRect(room, int(_CENTRE) | int(_WRAP), words)
    height = big.height() + 4 + min(needed.height(), room.height() - big.height())
    top = room.top() + max((room.height() - height) // 2, 0)
    painter.setPen(look.muted)
    painter.setFont(look.big)
    painter.drawText(
        QRect(room.left(), top, room.width(), big.height()), _CENTRE, heading
    )
    painter.setFont(look.font)
    below = QRect(room.left(), top + big.height() + 4, room.width(), 0)
    below.setBottom(room.bottom())
    flags = int(Qt.AlignmentFlag.AlignHCenter) | int(_WRAP)
    painter.drawText(below, flags, words)


def paint_remark(painter: QPainter, pane: QRect, look: Look, words: str) -> None:
    """Write over a plot in which nothing can be seen, on a ground of its own."""
    painter.setFont(look.font)
    painter.setPen(look.muted)
    needed = painter.boundingRect(pane, _CENTRE, words).adjusted(-4, -1, 4, 1)
    # known regions are hatched all the same
    painter.fillRect(needed.intersected(pane), look.ground)
    painter.drawText(pane, _CENTRE, words)


def paint_statistics(
    painter: QPainter,
    pane: QRect,
    look: Look,
    lines: list[tuple[str, str]],
    *,
    left: bool,
) -> None:
    """Draw the statistics box in an upper corner of a pane, if it fits."""
    metrics = look.metrics
    names = max(metrics.horizontalAdvance(name) for name, _ in lines)
    values = max(metrics.horizontalAdvance(value) for _, value in lines)
    width, height = names + values + 28, metrics.height() * len(lines) + 8
    if width > pane.width() // 2 or height > pane.height() * 0.8:
        return
    start = pane.left() + 4 if left else pane.right() - width - 4
    box = QRect(start, pane.top() + 4, width, height)
    painter.fillRect(box, look.ground)
    painter.setPen(look.line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    painter.setFont(look.font)
    inside = box.adjusted(8, 4, -8, 0)
    for index, (name, value) in enumerate(lines):
        row = QRect(
            inside.left(), inside.top() + index * metrics.height(), inside.width(),
            metrics.height(),
        )  # fmt: skip
        painter.setPen(look.muted)
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(look.ink)
        painter.drawText(row, Qt.AlignmentFlag.AlignRight, value)
