"""Marks of flags: every flag has its own shape and letter; a proposal is an outline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from dqmconsole.ui.marks import STROKES, placed_in

if TYPE_CHECKING:
    from dqmconsole.model.record import FlagStatus
    from dqmconsole.ui.theme import Theme

SIZE = 14  # px

# EXCLUDED is crossed out; a letter that a verdict has, too, is drawn alike
_LETTERS = {
    "EXCLUDED": (((0, 0), (1, 1)), ((1, 0), (0, 1))),
    "STANDBY": STROKES["S"],
    "BAD": STROKES["B"],
    "NOTSET": STROKES["?"],
}
_TICK = ((0.16, 0.55), (0.4, 0.8), (0.85, 0.22))
_OCTAGON = tuple(
    (0.5 + 0.5 * math.cos(angle), 0.5 + 0.5 * math.sin(angle))
    for angle in (math.pi / 8 + turn * math.pi / 4 for turn in range(8))
)


def paint_flag(
    painter: QPainter, box: QRectF, status: FlagStatus, theme: Theme, *, proposed: bool
) -> None:
    """Draw the mark of a flag into a square.

    GOOD is a tick, BAD an octagon with B, EXCLUDED a square with a cross, STANDBY a
    square with S, NOTSET a ring with a question mark; round a proposal runs a dashed
    frame, and a proposed BAD is not filled.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    inset = box.width() * 0.07
    inner = box.adjusted(inset, inset, -inset, -inset)
    frame = QPen(QColor(theme.muted), box.width() * 0.08)
    if proposed:
        frame.setDashPattern([2.0, 1.6])
    ink, letter = theme.ink, inner.adjusted(*_letter_room(inner))
    painter.setPen(frame)
    if status == "BAD":
        frame.setColor(QColor(theme.bad))
        painter.setPen(frame if proposed else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if proposed else QColor(theme.bad))
        painter.drawPolygon(placed_in(_OCTAGON, inner))
        ink = theme.bad_ink if proposed else theme.on_bad
    elif status in ("EXCLUDED", "STANDBY"):
        painter.drawRect(inner)
    elif status == "NOTSET" or proposed:
        painter.drawEllipse(inner)
    pen = QPen(QColor(ink), box.width() * 0.1)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if status == "GOOD":
        pen.setColor(QColor(theme.muted))
        room = inner.width() * (0.18 if proposed else 0)
        painter.setPen(pen)
        painter.drawPolyline(placed_in(_TICK, inner.adjusted(room, room, -room, -room)))
    painter.setPen(pen)
    for stroke in _LETTERS.get(status, ()):
        painter.drawPolyline(placed_in(stroke, letter))
    painter.restore()


def flag_icon(status: FlagStatus, theme: Theme, *, proposed: bool) -> QIcon:
    """Return the mark of a flag, the same whether its row is selected or not."""
    icon = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(round(SIZE * ratio), round(SIZE * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_flag(painter, QRectF(0, 0, SIZE, SIZE), status, theme, proposed=proposed)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def _letter_room(box: QRectF) -> tuple[float, float, float, float]:
    across, down = box.width() * 0.31, box.height() * 0.26
    return across, down, -across, -down
