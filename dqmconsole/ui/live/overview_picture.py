"""How the overview is painted: from its rows, in the size there is.

Good is quiet, stale hatched, out of the run dotted, waiting a line; where nobody looked
there is nothing. In a pixel the worst wins, and what is not good is three pixels wide
at least.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextOption,
)

from dqmconsole.model.moment import zone_words
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status
from dqmconsole.shift.overview import LATEST, Overview, luminosity_words
from dqmconsole.shift.strip import LOUD
from dqmconsole.shift.words import clock
from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, px, sized
from dqmconsole.ui.marks import paint_mark, paint_partly
from dqmconsole.ui.plot.ticks import step_for
from dqmconsole.ui.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.shift.overview import Cell, Condition, Row, RunSpan
    from dqmconsole.shift.strip import Segment
    from dqmconsole.ui.theme import Theme

LEAST_LOUD = 3  # px of what is not good
WORDS_SHARE = 0.36  # of the width, for the words at the end of a row, at most
NAME_SHARE = 0.2  # of the width, for the names at its head, at most
TICK_ROOM = 66  # px between two ticks, at least, at scale 1
_CENTRE = Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | _CENTRE
_MIDDLE = Qt.AlignmentFlag.AlignHCenter | _CENTRE
# how a lumisection looks, the later wins in a pixel
NOTHING, OUT, WAITS, UNJUDGED, PARTLY, GOOD, STALE, WARNING, BAD = range(9)
_LOOKS = {
    Status.GOOD: GOOD,
    Status.BAD: BAD,
    Status.WARNING: WARNING,
    Status.STALE: STALE,
    Status.NOT_APPLICABLE: OUT,
    Status.DISABLED: OUT,
    Status.WAITING: WAITS,
    Status.LOW_STATISTICS: WAITS,
}


class Places(NamedTuple):
    """Where things lie, px, for one size of the widget and one overview."""

    grid: int
    all: float  # width of the widget
    axis: float  # left end
    width: float  # of it
    words: float  # left end of the words
    beam: float  # top of the conditions
    line: float  # height of a condition
    light: float  # top of the numbers by lumisection
    light_height: float  # of all of them
    rows: float  # top of the first row
    row: float  # height of a row
    thick: float  # of it, for the strip
    foot: float  # top of the axis
    height: float  # of everything
    given: bool  # some conditions are known

    def x(self, position: float, length: int) -> float:
        """Where a lumisection begins; `position` counts them from 0."""
        return self.axis + self.width * position / max(length, 1)


class OverviewPicture:
    """What is painted, and where it lies; kept as long as it is the same.

    Attributes:
        shown: the overview.
        font: the widget's, of which all others are sizes.
        size: of the widget, px.
        cell: where the keyboard is, or None where it is elsewhere.
        since: unix time, s, until when somebody had looked before, or None.
    """

    def __init__(self) -> None:
        self.shown = Overview()
        self.font = QFont()
        self.size = QSize(0, 0)
        self.cell: Cell | None = None
        self.since: float | None = None
        self._bars: dict[int, tuple[object, list[tuple[int, list[QRectF]]]]] = {}
        self._placed: tuple[object, Places] | None = None

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint everything; the top of the page is at 0."""
        pen = _Pen(painter, theme, self.font, self.places(), self.shown)
        _paint_head(pen)
        if self.shown.runs:
            _paint_conditions(pen)
            if self.shown.rows:
                self._paint_rows(pen)
            _paint_axis(pen)
            _paint_look(pen, self.since)

    def places(self) -> Places:
        """Where everything lies in the size the widget has."""
        stamp = (self.shown, self.font, self.size, zone_words())
        if self._placed is None or self._placed[0] != stamp:
            self._placed = (stamp, self._lay_out())
        return self._placed[1]

    def _lay_out(self) -> Places:
        text = QFontMetricsF(sized(self.font, TEXT, bold=True))
        small = QFontMetricsF(sized(self.font, SMALL))
        grid = max(6, round(text.height() / 2))
        width = self.size.width()
        names = [row.name for row in self.shown.rows]
        names += [row.name for row in self.shown.conditions]
        names += [trend.name for trend in _trends(self.shown)]
        label = max((text.horizontalAdvance(name) for name in names), default=0)
        under = (_unit_of(self.shown), f"clock ({zone_words()})")
        label = max(label, *map(small.horizontalAdvance, under))
        axis = 2 * grid + 2.5 * grid + min(label, NAME_SHARE * width) + 2 * grid
        loud = QFontMetricsF(sized(self.font, SMALL, bold=True))
        wanted = [
            (loud if row.status is Status.BAD else small).horizontalAdvance(row.words)
            for row in self.shown.rows
        ]
        room = min(max(wanted, default=0) + grid, WORDS_SHARE * width)
        right = width - grid - room
        wide = max(right - 2 * grid - axis, 40.0)
        title = QFontMetricsF(sized(self.font, TITLE, bold=True)).height()
        top = 1.5 * grid + title + grid
        note = small.height() + grid if self.shown.note else 0.0
        trends = len(_trends(self.shown))
        given = bool(self.shown.conditions or trends)
        beam = top + note + (small.height() + grid if given else 0.0)
        line = text.height() + 1
        many = len(self.shown.conditions)
        light = beam + many * (line + grid / 2)
        light_height = 2 * line * trends
        thick = 1.6 * text.height()
        rows = light + light_height + grid * given + small.height() + grid
        foot_height = 2 * small.height() + 1.5 * grid
        left = self.size.height() - rows - foot_height - grid
        least, most = text.height() + 3, 3.4 * text.height()
        each = min(max(left / max(len(self.shown.rows), 1), least), most)
        foot = rows + each * len(self.shown.rows) + grid / 2
        return Places(
            grid, width, axis, wide, right, beam, line, light, light_height, rows, each,
            min(each, max(thick, 0.6 * each)), foot, foot + foot_height, given,
        )  # fmt: skip

    def _paint_rows(self, pen: _Pen) -> None:
        alone = len(self.shown.runs) == 1  # else each run's number stands there
        more = f"verdicts by {self.shown.lumisection}"
        if not self.shown.counted:
            more = f"verdicts of the {LATEST}"
        pen.heading(pen.places.rows, "Subsystems", more if alone else "")
        bars: dict[int, list[QRectF]] = {look: [] for look in range(1, BAD + 1)}
        for number, row in enumerate(self.shown.rows):
            top = pen.places.rows + number * pen.places.row
            box = QRectF(0, top, pen.places.all, pen.places.row)
            _paint_row(pen, box, row, here=self.cell and number == self.cell.row)
            for look, rects in self._row_bars(number, pen.places):
                bars[look] += [rect.translated(0, top) for rect in rects]
        _paint_bars(pen.painter, bars, pen.theme)
        if self.cell is not None:
            _paint_cell(pen, self.cell)

    def _row_bars(self, number: int, places: Places) -> list[tuple[int, list[QRectF]]]:
        """The bars of a row, the top of the row at 0; kept while they are the same."""
        segments = self.shown.rows[number].segments
        stamp = (segments, places, self.shown.runs)
        kept = self._bars.get(number)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _bars(segments, self.shown, places))
            self._bars[number] = kept
        return kept[1]


class _Pen(NamedTuple):
    """What is painted with, and what."""

    painter: QPainter
    theme: Theme
    font: QFont
    places: Places
    shown: Overview

    def write(
        self,
        box: QRectF,
        words: str,
        colour: str = "",
        points: float = SMALL,
        *,
        bold: bool = False,
        align: Qt.AlignmentFlag = _LEFT,
    ) -> None:
        """Write words on one line, cut where they are too long; muted ones."""
        self.painter.setFont(sized(self.font, points, bold=bold))
        self.painter.setPen(QColor(colour or self.theme.muted))
        metrics, right = self.painter.fontMetrics(), Qt.TextElideMode.ElideRight
        cut = metrics.elidedText(words, right, int(box.width()))
        self.painter.drawText(box, align, cut)

    def write_lines(self, box: QRectF, words: str) -> None:
        """Write muted words from the top of a box down, broken over lines."""
        self.painter.setFont(sized(self.font, TEXT))
        self.painter.setPen(QColor(self.theme.muted))
        wrapped = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        wrapped.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        whole = QRectF(box.left(), box.top(), box.width(), px(600))
        self.painter.drawText(whole, words, wrapped)

    def line(self, points: float = SMALL, *, bold: bool = False) -> float:
        """The height of a line of words, px."""
        return QFontMetricsF(sized(self.font, points, bold=bold)).height()

    def x(self, position: float) -> float:
        """Where a lumisection begins; `position` counts them from 0."""
        return self.places.x(position, self.shown.length)

    def heading(self, bottom: float, words: str, more: str = "") -> None:
        """Write a heading over some rows."""
        places, height = self.places, self.line(bold=True)
        box = QRectF(2 * places.grid, bottom - places.grid / 2 - height, places.axis,
                     height)  # fmt: skip
        self.write(box, words, bold=True)
        box.moveLeft(places.axis)
        box.setWidth(places.width)
        self.write(box, more)

    def name(
        self, top: float, height: float, words: str, *, bold: bool = False
    ) -> None:
        """Write the name at the head of a row."""
        left = 4.5 * self.places.grid
        box = QRectF(left, top, self.places.axis - left - self.places.grid, height)
        self.write(box, words, self.theme.ink, TEXT, bold=bold)

    def end(self, top: float, height: float) -> QRectF:
        """The room at the end of a row."""
        places = self.places
        return QRectF(places.words, top, places.all - places.words - places.grid,
                      height)  # fmt: skip


def _paint_head(pen: _Pen) -> None:
    grid, many = pen.places.grid, len(pen.shown.runs)
    words = "The run so far" if many < 2 else f"The shift so far, {many} runs"
    if many == 1 and pen.shown.runs[0].run <= 0:
        words = "So far"
    height = pen.line(TITLE, bold=True)
    box = QRectF(2 * grid, 1.5 * grid, pen.places.all - 4 * grid, height)
    pen.write(box, words if many else "No run yet", pen.theme.ink, TITLE, bold=True)
    box.moveTop(1.5 * grid + height + grid / 2)
    if many:
        pen.write(box, pen.shown.note)
    else:
        pen.write_lines(box, pen.shown.note)


def _paint_conditions(pen: _Pen) -> None:
    if not pen.places.given:
        return
    places = pen.places
    pen.heading(places.beam, "Conditions")
    for number, row in enumerate(pen.shown.conditions):
        top = places.beam + number * (places.line + places.grid / 2)
        pen.name(top, places.line, row.name)
        for span, segments in zip(pen.shown.runs, row.segments, strict=True):
            for each in segments:
                if each.words:
                    _paint_condition(pen, top, span, each)
    trends = _trends(pen.shown)
    for number, trend in enumerate(trends):
        height = places.light_height / len(trends)
        _paint_trend(pen, trend, places.light + number * height, height)


def _paint_condition(pen: _Pen, top: float, span: RunSpan, each: Condition) -> None:
    left, right = pen.x(span.offset + each.first - 1), pen.x(span.offset + each.last)
    box = QRectF(left, top, max(right - left, 1.0), pen.places.line)
    theme, grid = pen.theme, pen.places.grid
    colour = {
        "on": blend(theme.fill, theme.panel, 0.3),
        "partly": blend(theme.warning, theme.panel, 0.8),
        "off": QColor(theme.line),
        "other": blend(theme.line, theme.panel, 0.3),
    }[each.kind]
    pen.painter.fillRect(box, colour)
    if box.width() > 2:  # neighbours are told apart
        edge = QRectF(box.right() - 1, top, 1, box.height())
        pen.painter.fillRect(edge, QColor(theme.panel))
    metrics = QFontMetricsF(sized(pen.font, SMALL))
    if metrics.horizontalAdvance(each.words) <= box.width() - grid:
        pen.write(box.adjusted(grid * 0.75, 0, 0, 0), each.words, theme.ink)


class _Trend(NamedTuple):
    """A number by lumisection: its name, its values run by run, one in words."""

    name: str
    values: tuple[tuple[float | None, ...], ...]
    words: Callable[[float], str]


def _trends(shown: Overview) -> list[_Trend]:
    found = [_Trend(each.item.label, each.values, each.item.words)
             for each in shown.numbers]  # fmt: skip
    if shown.luminosity:
        name, values = shown.luminosity_name, shown.luminosity
        light = _Trend(name, values, lambda now: f"{luminosity_words(now)} cm⁻²s⁻¹")
        found.insert(0, light)
    return found


def _paint_trend(pen: _Pen, trend: _Trend, above: float, room: float) -> None:
    painter, places, shown = pen.painter, pen.places, pen.shown
    bottom = above + room
    pen.name(above, places.line, trend.name)
    painter.setPen(QPen(QColor(pen.theme.line), 1))
    painter.drawLine(QLineF(places.axis, bottom, places.axis + places.width, bottom))
    values = np.array([v for run in trend.values for v in run], np.float64)
    known = np.isfinite(values)
    if not known.any():
        return
    top = max(float(np.max(values, where=known, initial=0.0)), 0.0)
    low = min(float(np.min(values, where=known, initial=0.0)), 0.0)
    x = places.axis + places.width * (np.arange(len(values)) + 0.5) / len(values)
    height = room - places.grid
    y = bottom - height * (values - low) / (top - low if top > low else 1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(pen.theme.edge), 1.6))
    for first, end in _stretches(known, shown.runs):
        line = create_qpolygonf(max(end - first, 2))
        points = ndarray_from_qpolygonf(line)
        points[:, 0], points[:, 1] = x[first:end], y[first:end]
        if end - first == 1:
            points[1, 0] += 1
        painter.drawPolyline(line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    box = pen.end(above, pen.line())
    began, now = values[known][[0, -1]].tolist()
    pen.write(box, trend.words(now), pen.theme.ink)
    if began != now:
        pen.write(box.translated(0, box.height()), f"from {trend.words(began)}")


def _stretches(known: Array, runs: Sequence[RunSpan]) -> Iterator[list[int]]:
    """Where values are known without a gap within a run: first, and behind the last."""
    for span in runs:
        part = known[span.offset : span.offset + span.last]
        edges = np.flatnonzero(np.diff(part, prepend=False, append=False))
        yield from (edges.reshape(-1, 2) + span.offset).tolist()


def _paint_row(pen: _Pen, box: QRectF, row: Row, *, here: object) -> None:
    """Paint all of a row but its strip.

    Args:
        pen: paints it.
        box: where it lies.
        row: the row.
        here: the keyboard is in it.
    """
    painter, theme, grid = pen.painter, pen.theme, pen.places.grid
    inner = box.adjusted(grid, 0.5, -grid / 2, -0.5)
    if row.status is Status.BAD:
        painter.fillRect(inner, blend(theme.bad, theme.panel, 0.88))
    elif row.returned:
        edge = QRectF(inner.x(), inner.y(), grid / 2, inner.height())
        painter.fillRect(edge, QColor(theme.bad))
    if here:
        painter.setPen(QPen(QColor(theme.selection), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inner)
    side = min(pen.line(TEXT), box.height() - 2)
    mark = QRectF(2 * grid, box.center().y() - side / 2, side, side)
    if row.partly:
        paint_partly(painter, mark, theme)
    else:
        paint_mark(painter, mark, row.status, theme, adopted=row.adopted)
    pen.name(box.y(), box.height(), row.name, bold=row.status in LOUD)
    colour = {
        Status.BAD: theme.bad_ink,
        Status.WARNING: theme.warning_ink,
        Status.STALE: theme.ink,
    }.get(row.status, theme.ink if row.returned else "")
    place = pen.end(box.y(), box.height())
    pen.write(place, row.words, colour, bold=row.status is Status.BAD)


def _paint_cell(pen: _Pen, cell: Cell) -> None:
    places = pen.places
    wide = max(places.width / max(pen.shown.length, 1), LEAST_LOUD)
    top = places.rows + cell.row * places.row
    left = min(pen.x(cell.position), places.axis + places.width - wide)
    pen.painter.setBrush(Qt.BrushStyle.NoBrush)
    pen.painter.setPen(QPen(QColor(pen.theme.ink), 1.5))
    pen.painter.drawRect(QRectF(left - 1, top + 1.5, wide + 2, places.row - 3))


def _unit_of(shown: Overview) -> str:
    """What the axis counts."""
    return shown.lumisection if shown.counted else "update"


def _paint_axis(pen: _Pen) -> None:
    painter, places, muted = pen.painter, pen.places, QColor(pen.theme.muted)
    line, high, left = places.foot, pen.line(), 4.5 * places.grid
    painter.setPen(QPen(muted, 1))
    painter.drawLine(QLineF(places.axis, line, places.axis + places.width, line))
    box = QRectF(left, line + places.grid / 2, places.axis - left, high)
    pen.write(box, _unit_of(pen.shown))
    pen.write(box.translated(0, high), f"clock ({zone_words()})")
    per = places.width / max(pen.shown.length, 1)
    step = max(round(step_for(px(TICK_ROOM) / per, 1)), 1)
    for span in pen.shown.runs:
        begins = pen.x(span.offset)
        if span.offset:
            painter.setPen(QPen(muted, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(begins, places.beam, begins, line))
        if len(pen.shown.runs) > 1:
            wide = pen.x(span.offset + span.last) - begins - places.grid
            top = places.rows - places.grid / 2 - high
            pen.write(QRectF(begins + 3, top, wide, high), run_words(span.run))
        for number in range(step, span.last + 1, step):
            x = pen.x(span.offset + number - 0.5)
            painter.setPen(QPen(muted, 1))
            painter.drawLine(QLineF(x, line, x, line + places.grid / 2))
            box = QRectF(x - 60, line + places.grid / 2, 120, high)
            told = str(number) if pen.shown.counted else "latest"
            pen.write(box, told, align=_MIDDLE)
            when = span.time_of(number)
            if when is not None:
                pen.write(box.translated(0, high), clock(when), align=_MIDDLE)


def _paint_look(pen: _Pen, since: float | None) -> None:
    """Paint a line where somebody looked last."""
    position = None if since is None else pen.shown.position_at(since)
    if since is None or position is None:
        return
    x, places = pen.x(position), pen.places
    metrics = QFontMetricsF(sized(pen.font, SMALL, bold=True))
    words = f"you looked last, {clock(since)}"
    wide, gap = metrics.horizontalAdvance(words) + 4, places.grid / 2
    under = places.beam if places.given else places.rows
    box = QRectF(x + gap, under - gap - metrics.height(), wide, metrics.height())
    if box.right() > places.all:
        box.moveRight(x - gap)
    pen.write(box, words, pen.theme.selection, bold=True)
    dashes = QPen(QColor(pen.theme.selection), 1.5)
    dashes.setDashPattern([3, 3])
    pen.painter.setPen(dashes)
    pen.painter.drawLine(QLineF(x, box.top(), x, places.foot))


def _bars(
    runs: Sequence[Sequence[Segment]], overview: Overview, places: Places
) -> list[tuple[int, list[QRectF]]]:
    """What is drawn of a row: look by look rectangles, the top of the row at 0."""
    wide, length = max(int(places.width), 1), overview.length
    unset = 255
    pixels = np.full(wide, unset, np.uint8)
    per = wide / max(length, 1)
    loud: list[tuple[int, int, int]] = []
    for span, segments in zip(overview.runs, runs, strict=True):
        for each in segments:
            look = _look_of(each)
            first = int((span.offset + each.first - 1) * per)
            last = min(max(int((span.offset + each.last) * per), first + 1), wide)
            if look >= STALE:
                loud.append((look, first, max(last, first + LEAST_LOUD)))
                look = NOTHING
            # the least sure wins in a pixel that several share
            head = min(pixels[first], look)
            pixels[first:last] = look
            pixels[first] = head
    for look, first, last in sorted(loud):
        begins, ends = min(first, max(wide - LEAST_LOUD, 0)), min(last, wide)
        pixels[begins:ends] = look
    found: dict[int, list[QRectF]] = {}
    edges = [0, *(np.flatnonzero(np.diff(pixels)) + 1).tolist(), wide]
    for at, end in pairwise(edges):
        look = int(pixels[at])
        if look not in (NOTHING, unset):
            share = {GOOD: 0.55, PARTLY: 0.22, BAD: 0.8, WARNING: 0.8}.get(look, 0.55)
            high = round(places.thick * share)
            top = round((places.row - high) / 2)
            box = QRectF(places.axis + at, top, end - at, high)
            found.setdefault(look, []).append(box)
    return sorted(found.items())


def _look_of(segment: Segment) -> int:
    if segment.status is None:
        return NOTHING
    if segment.partly:
        return PARTLY
    return _LOOKS.get(segment.status, UNJUDGED)


def _paint_bars(painter: QPainter, bars: dict[int, list[QRectF]], theme: Theme) -> None:
    """Paint all bars of one look at once."""
    painter.setPen(Qt.PenStyle.NoPen)
    fills = {
        GOOD: blend(theme.fill, theme.panel, 0.3),
        PARTLY: blend(theme.fill, theme.panel, 0.3),
        WARNING: QColor(theme.warning),
        BAD: QColor(theme.bad),
    }
    for look, colour in fills.items():
        painter.setBrush(colour)
        painter.drawRects(bars[look])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for look, style in ((WAITS, Qt.PenStyle.SolidLine), (OUT, Qt.PenStyle.DotLine)):
        line = QColor(theme.line if look == WAITS else theme.muted)
        painter.setPen(QPen(line, 1.5, style))
        painter.drawLines(
            [QLineF(r.left(), r.center().y(), r.right(), r.center().y())
             for r in bars[look]]
        )  # fmt: skip
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawRects([rect.adjusted(0, 0, -1, -1) for rect in bars[UNJUDGED]])
    for rect in bars[STALE]:
        painter.fillRect(rect, QColor(theme.tile))
        painter.fillRect(rect, QBrush(QColor(theme.hatch), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(QColor(theme.muted), 1))
    painter.drawRects([rect.adjusted(0, 0, -1, -1) for rect in bars[STALE]])
