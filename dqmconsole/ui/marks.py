"""Status marks: every status has its own shape and letter, legible without colour."""

from __future__ import annotations

import math
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from dqmconsole.model.glossary import NOT_ADOPTED, NOT_ADOPTED_MEANS
from dqmconsole.model.verdict import Status
from dqmconsole.ui.fonts import px, set_fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.ui.theme import Colours, Theme

LETTERS: Mapping[Status, str] = MappingProxyType(
    {
        Status.GOOD: "✓",
        Status.WARNING: "W",
        Status.BAD: "B",
        Status.NOT_CHECKED: "?",
        Status.WAITING: "…",
        Status.LOW_STATISTICS: "L",
        Status.NOT_APPLICABLE: "–",
        Status.NO_REFERENCE: "N",
        Status.STALE: "S",
        Status.MISSING: "M",
        Status.DISABLED: "D",
        Status.FAILED: "F",
    }
)

# Strokes in a unit square, y down: letters drawn as lines stay crisp at 14 px,
# on any machine, with any font.
STROKES: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]] = MappingProxyType(
    {
        "W": (((0, 0), (0.25, 1), (0.5, 0.25), (0.75, 1), (1, 0)),),
        "B": (
            ((0.1, 0), (0.1, 1), (0.75, 1), (0.95, 0.78), (0.75, 0.5), (0.1, 0.5)),
            ((0.1, 0), (0.7, 0), (0.88, 0.24), (0.7, 0.5)),
        ),
        "?": (
            ((0.1, 0.2), (0.3, 0), (0.7, 0), (0.9, 0.2), (0.5, 0.55), (0.5, 0.68)),
            ((0.5, 0.93), (0.5, 1.0)),
        ),
        "…": (
            ((-0.1, 0.8), (0.0, 0.8)),
            ((0.45, 0.8), (0.55, 0.8)),
            ((1.0, 0.8), (1.1, 0.8)),
        ),
        "L": (((0.15, 0), (0.15, 1), (0.9, 1)),),
        "–": (((0, 0.5), (1, 0.5)),),
        "N": (((0.05, 1), (0.05, 0), (0.95, 1), (0.95, 0)),),
        "S": (
            (
                (0.92, 0.12),
                (0.7, 0),
                (0.28, 0),
                (0.08, 0.22),
                (0.28, 0.47),
                (0.72, 0.53),
                (0.92, 0.78),
                (0.72, 1),
                (0.28, 1),
                (0.06, 0.88),
            ),
        ),
        "M": (((0, 1), (0, 0), (0.5, 0.7), (1, 0), (1, 1)),),
        "D": (
            (
                (0.1, 0),
                (0.1, 1),
                (0.6, 1),
                (0.95, 0.65),
                (0.95, 0.35),
                (0.6, 0),
                (0.1, 0),
            ),
        ),
        "F": (((0.15, 1), (0.15, 0), (0.9, 0)), ((0.15, 0.48), (0.72, 0.48))),
    }
)


def paint_mark(
    painter: QPainter,
    rect: QRectF,
    status: Status,
    theme: Theme,
    *,
    adopted: bool = True,
) -> None:
    """Draw a status mark, as large as fits `rect`, centred in it.

    A WARNING by default, which the owner of the plot did not adopt, is an outline.
    """
    side = min(rect.width(), rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if status is Status.GOOD:
        _paint_tick(painter, box, theme)
    elif status is Status.WARNING:
        _paint_triangle(painter, box, theme, filled=adopted)
    elif status is Status.BAD:
        _paint_octagon(painter, box, theme)
    else:
        _paint_ring(painter, box, LETTERS[status], theme)
    painter.restore()


def paint_partly(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Draw the mark of what is good as far as it was judged: a tick in a ring.

    It is of the rings, as all that nobody judged: never a plain tick.
    """
    side = min(rect.width(), rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(_pen(theme.muted, side * 0.08))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = side * 0.06
    painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
    painter.setPen(_pen(theme.muted, side * 0.1))
    tick = ((0.29, 0.53), (0.45, 0.68), (0.72, 0.34))
    painter.drawPolyline(placed_in(tick, box))
    painter.restore()


@lru_cache(maxsize=256)
def mark_image(
    status: Status,
    theme: Theme,
    size: int,
    ratio: float,
    *,
    partly: bool = False,
    adopted: bool = True,
) -> QImage:
    """Return a mark of `size` logical pixels for a screen of that pixel ratio.

    What is good is a tick in a ring where of several plots not all were judged
    (`partly`), a WARNING that nobody adopted an outline. An image and no pixmap: what
    is kept here may outlive the QApplication.
    """
    side = round(size * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    box = QRectF(0, 0, size, size)
    if partly and status is Status.GOOD:
        paint_partly(painter, box, theme)
    else:
        paint_mark(painter, box, status, theme, adopted=adopted)
    painter.end()
    return image


def mark_icon(
    status: Status,
    theme: Theme,
    size: int = 14,
    *,
    partly: bool = False,
    adopted: bool = True,
) -> QIcon:
    """Return a mark as an icon, the same whether its row is selected or not.

    Args:
        status: the status.
        theme: the colours.
        size: px at scale 1.
        partly: of several plots not all were judged.
        adopted: the owner chose what judged.
    """
    icon, size = QIcon(), px(size)
    for ratio in (1.0, 2.0):
        image = mark_image(status, theme, size, ratio, partly=partly, adopted=adopted)
        pixmap = QPixmap.fromImage(image)
        icon.addPixmap(pixmap, QIcon.Mode.Normal)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def box_icon(theme: Theme, *, done: bool, size: int = 14) -> QIcon:
    """Return a box of `size` pixels, at scale 1, that is ticked or not, as an icon."""
    icon, size = QIcon(), px(size)
    for ratio in (1, 2):
        pixmap = QPixmap(size * ratio, size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.muted), 1.2))
        painter.setBrush(QColor(theme.tile))
        painter.drawRoundedRect(QRectF(1, 1, size - 2, size - 2), 2, 2)
        if done:
            paint_mark(painter, QRectF(2, 2, size - 4, size - 4), Status.GOOD, theme)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


class MarkLabel(QWidget):
    """A status mark as a widget; its accessible name is the status.

    Attributes:
        status: the status shown.
        adopted: the owner chose what judged.
    """

    def __init__(
        self, colours: Colours, size: int = 14, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self.update)
        self._size = size
        self.status, self.adopted = Status.NOT_CHECKED, True
        set_fixed(self, size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.set_status(Status.NOT_CHECKED)

    def set_status(self, status: Status, *, adopted: bool = True) -> None:
        """Show another status."""
        self.status, self.adopted = status, adopted
        words = str(status) if adopted else f"{status}, {NOT_ADOPTED}"
        self.setAccessibleName(words)
        self.setToolTip(words if adopted else f"{words}: {NOT_ADOPTED_MEANS}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the mark's own size."""
        return QSize(px(self._size), px(self._size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        theme, box = self._colours.theme, QRectF(self.rect())
        paint_mark(painter, box, self.status, theme, adopted=self.adopted)
        painter.end()


def _paint_tick(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(_pen(theme.muted, box.width() * 0.11))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(placed_in(((0.16, 0.55), (0.4, 0.8), (0.85, 0.22)), box))


def _paint_triangle(
    painter: QPainter, box: QRectF, theme: Theme, *, filled: bool
) -> None:
    painter.setPen(_pen(theme.warning, box.width() * 0.08))
    painter.setBrush(QColor(theme.warning) if filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(placed_in(((0.5, 0.05), (0.96, 0.93), (0.04, 0.93)), box))
    ink = theme.on_warning if filled else theme.warning_ink
    _paint_letter(painter, box, "W", QRectF(0.29, 0.5, 0.42, 0.32), ink)


def _paint_octagon(painter: QPainter, box: QRectF, theme: Theme) -> None:
    corners = tuple(
        (0.5 + 0.51 * math.cos(angle), 0.5 + 0.51 * math.sin(angle))
        for angle in (math.pi / 8 + turn * math.pi / 4 for turn in range(8))
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.bad))
    painter.drawPolygon(placed_in(corners, box))
    _paint_letter(painter, box, "B", QRectF(0.34, 0.24, 0.34, 0.52), theme.on_bad)


def _paint_ring(painter: QPainter, box: QRectF, letter: str, theme: Theme) -> None:
    painter.setPen(_pen(theme.muted, box.width() * 0.08))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = box.width() * 0.06
    painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
    place = QRectF(0.35, 0.28, 0.3, 0.44)
    if letter in "MN…":
        place = QRectF(0.31, 0.3, 0.38, 0.4)
    _paint_letter(painter, box, letter, place, theme.ink)


def _paint_letter(
    painter: QPainter, box: QRectF, letter: str, place: QRectF, colour: str
) -> None:
    inner = QRectF(
        box.x() + place.x() * box.width(),
        box.y() + place.y() * box.height(),
        place.width() * box.width(),
        place.height() * box.height(),
    )
    painter.setPen(_pen(colour, box.width() * 0.095))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke in STROKES[letter]:
        painter.drawPolyline(placed_in(stroke, inner))


def placed_in(points: tuple[tuple[float, float], ...], box: QRectF) -> QPolygonF:
    """Points that are shares of a box, in it."""
    return QPolygonF(
        [
            QPointF(box.x() + x * box.width(), box.y() + y * box.height())
            for x, y in points
        ]
    )


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
