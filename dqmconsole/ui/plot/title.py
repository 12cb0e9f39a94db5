"""Titles in ROOT's TLatex, drawn: raised, lowered, italic and bold runs of text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF

from dqmconsole.model.tlatex import Run, plain_title, title_runs

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter


_UNIT = re.compile(r"\s*\[[^\[\]]+\]\s*$")
_RIGHT, _CENTRE = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter


class _Placed(NamedTuple):
    """A run where it stands: x and y, px, from the start of the line of writing."""

    x: float
    y: float
    font: QFont
    text: str


class TitleLayout:
    """A title laid out in a font, to be drawn again and again.

    Args:
        title: in TLatex.
        font: of the letters on the line; scripts are smaller.

    Attributes:
        width: px.
        height: px of a line, from the font.
    """

    def __init__(self, title: str, font: QFont) -> None:
        metrics = QFontMetrics(font)
        self.height = metrics.height()
        self._ascent = metrics.ascent()
        self._placed: list[_Placed] = []
        self.width = 0.0
        for run in title_runs(title):
            run_font = _font_of(run, font)
            rise = run.rise * metrics.ascent()
            self._placed.append(_Placed(self.width, -rise, run_font, run.text))
            self.width += QFontMetricsF(run_font).horizontalAdvance(run.text)

    def paint(self, painter: QPainter, left: float, top: float) -> None:
        """Draw it with the painter's pen; its line of writing is that of its font."""
        kept = painter.font()
        baseline = top + self._ascent
        for placed in self._placed:
            painter.setFont(placed.font)
            painter.drawText(QPointF(left + placed.x, baseline + placed.y), placed.text)
        painter.setFont(kept)


def paint_title(
    painter: QPainter,
    area: QRectF,
    title: str,
    font: QFont,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw a title within an area, in the middle of its height.

    One that is too wide is drawn as plain text with "…" at its end, before its unit.

    Args:
        painter: has the pen to draw with.
        area: where.
        title: in TLatex.
        font: of its letters.
        alignment: left, centre or right.
    """
    room = area.toRect()
    layout = None if _is_plain(title) else title_layout(title, font)
    if layout is None or layout.width > area.width():
        kept = painter.font()
        painter.setFont(font)
        words = elided_title(plain_title(title), QFontMetrics(font), room.width())
        painter.drawText(room, alignment | Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(kept)
        return
    left = area.left()
    if alignment & _RIGHT:
        left = area.right() - layout.width
    elif alignment & _CENTRE:
        left = area.center().x() - layout.width / 2
    # in whole pixels letters are sharper
    top = room.top() + (room.height() - layout.height + 1) // 2
    layout.paint(painter, round(left), top)


def elided_title(words: str, metrics: QFontMetrics, room: int) -> str:
    """Cut a title where it is too long: its name, not the unit at its end."""
    cut = Qt.TextElideMode.ElideRight
    unit = _UNIT.search(words)
    if unit is None or metrics.horizontalAdvance(words) <= room:
        return metrics.elidedText(words, cut, room)
    wide = metrics.horizontalAdvance(unit[0])
    name = metrics.elidedText(words[: unit.start()], cut, room - wide)
    if len(name) > 1:
        return name + unit[0]
    return metrics.elidedText(unit[0].strip(), cut, room)


def title_width(title: str, font: QFont) -> int:
    """Pixels that a title takes."""
    if _is_plain(title):
        return QFontMetrics(font).horizontalAdvance(plain_title(title))
    return round(title_layout(title, font).width)


@lru_cache(maxsize=512)
def _is_plain(title: str) -> bool:
    """Tell whether a title is one piece of text, which Qt draws in half the time."""
    if not any(mark in title for mark in "#^_{@}"):
        return True
    runs = title_runs(title)
    return len(runs) == 1 and runs[0] == Run(runs[0].text)


def title_layout(title: str, font: QFont) -> TitleLayout:
    """The layout of a title; those used lately are kept."""
    return _kept_layout(title, font.toString())


@lru_cache(maxsize=512)
def _kept_layout(title: str, description: str) -> TitleLayout:
    font = QFont()
    font.fromString(description)
    return TitleLayout(title, font)


def _font_of(run: Run, font: QFont) -> QFont:
    found = QFont(font)
    if font.pixelSize() > 0:
        found.setPixelSize(max(1, round(font.pixelSize() * run.size)))
    else:
        found.setPointSizeF(max(1.0, font.pointSizeF() * run.size))
    found.setBold(font.bold() != run.bold)
    found.setItalic(font.italic() != run.italic)
    return found
