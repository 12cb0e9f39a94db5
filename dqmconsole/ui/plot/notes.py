"""Words in the plot: a scalar's value, why there is no picture, statistics, remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics

from dqmconsole.ui.plot.painting import PaintedItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from dqmconsole.ui.plot.look import Look

_CENTRE = Qt.AlignmentFlag.AlignCenter
_WRAP = Qt.TextFlag.TextWordWrap


@dataclass(frozen=True)
class Notes:
    """The words on one canvas.

    Attributes:
        text: a scalar's value, instead of a plot.
        heading, words: why there is no picture, instead of a plot.
        remark: why nothing can be seen in the plot.
        note: what else must be said of the plot's values.
        statistics: names and values of the box of statistics; () for none.
        left: note and box stand at the left.
    """

    text: str = ""
    heading: str = ""
    words: str = ""
    remark: str = ""
    note: str = ""
    statistics: tuple[tuple[str, str], ...] = ()
    left: bool = False


NOTHING = Notes()


class NoteItem(PaintedItem):
    """Writes a canvas's notes over its plot, or in the place of one."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(10.0)
        self._place = QRect()
        self._notes = NOTHING
        self._look: Look | None = None

    def show_notes(self, notes: Notes, look: Look, place: QRect) -> None:
        """Write something else.

        Args:
            notes: the words.
            look: fonts and colours.
            place: the pane they are about, or the canvas.
        """
        self.lie(place.toRectF())
        self.update()
        self._notes, self._look, self._place = notes, look, place

    def forget(self) -> None:
        """Drop what was written."""
        self._notes, self._look = NOTHING, None

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        notes, look, place = self._notes, self._look, self._place
        if look is None:
            return
        if notes.text:
            paint_text(painter, place, look, notes.text)
        elif notes.heading:
            paint_notice(painter, place, look, notes.heading, notes.words)
        if notes.remark:
            paint_remark(painter, place, look, notes.remark)
        if notes.note:
            # beside the box of statistics, not beneath it
            left = notes.left != bool(notes.statistics)
            paint_note(painter, place, look, notes.note, left=left)
        if notes.statistics:
            lines = notes.statistics
            paint_statistics(painter, place, look, lines, left=notes.left)


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


def paint_note(
    painter: QPainter, pane: QRect, look: Look, words: str, *, left: bool
) -> None:
    """Say in an upper corner of a plot what its curves cannot."""
    metrics = look.metrics
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, pane.width() - 8)
    wide = metrics.horizontalAdvance(shown)
    start = pane.left() + 2 if left else pane.right() - wide - 5
    box = QRect(start, pane.top() + 9, wide + 4, metrics.height())
    painter.fillRect(box.intersected(pane), look.ground)
    painter.setFont(look.font)
    painter.setPen(look.muted)
    painter.drawText(box.left() + 2, box.top() + metrics.ascent(), shown)


def statistics_box(
    pane: QRect, look: Look, lines: Sequence[tuple[str, str]], *, left: bool
) -> QRect | None:
    """Where the statistics stand in an upper corner of a pane; None: no room."""
    metrics = look.metrics
    names = max(metrics.horizontalAdvance(name) for name, _ in lines)
    values = max(metrics.horizontalAdvance(value) for _, value in lines)
    width, height = names + values + 28, metrics.height() * len(lines) + 8
    most = pane.width() // 2 if len(lines) > 1 else pane.width() - 8
    if width > most or height > pane.height() * 0.8:
        return None
    start = pane.left() + 4 if left else pane.right() - width - 4
    return QRect(start, pane.top() + 4, width, height)


def paint_statistics(
    painter: QPainter,
    pane: QRect,
    look: Look,
    lines: Sequence[tuple[str, str]],
    *,
    left: bool,
) -> None:
    """Draw the statistics box in an upper corner of a pane, if it fits."""
    metrics, box = look.metrics, statistics_box(pane, look, lines, left=left)
    if box is None:
        return
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
