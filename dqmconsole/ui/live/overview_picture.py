"""How the overview is painted: from its rows, in the size there is.

Good is quiet, stale hatched, out of the run dotted, waiting a line; where nobody looked
there is nothing. In a pixel the worst wins, and what is not good is three pixels wide
at least.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QPolygonF,
)

from dqmconsole.model.moment import shown, zone_words
from dqmconsole.model.verdict import Status
from dqmconsole.shift.overview import Overview
from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, px, sized
from dqmconsole.ui.live.header import luminosity_words
from dqmconsole.ui.marks import paint_mark, paint_partly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.shift.overview import Cell, Condition
    from dqmconsole.shift.strip import Segment
    from dqmconsole.ui.theme import Theme

LEAST_LOUD = 3  # px of what is not good
WORDS_SHARE = 0.36  # of the width, for the words at the end of a row, at most
TICK_ROOM = 66  # px between two ticks, at least, at scale 1
_STEPS = (1, 2, 5)
_CENTRE = Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | _CENTRE
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
    axis: float  # left end
    width: float  # of it
    words: float  # left end of the words
    beam: float  # top of the conditions
    line: float  # height of a condition
    light: float  # top of the luminosity
    light_height: float
    rows: float  # top of the first row
    row: float  # height of a row
    foot: float  # top of the axis
    height: float  # of everything

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
        places = self.places()
        self._paint_head(painter, places, theme)
        if self.shown.runs:
            self._paint_conditions(painter, places, theme)
            self._paint_rows(painter, places, theme)
            self._paint_axis(painter, places, theme)
            self._paint_look(painter, places, theme)

    def _font(self, points: float, *, bold: bool = False) -> QFont:
        return sized(self.font, points, bold=bold)

    def places(self) -> Places:
        """Where everything lies in the size the widget has."""
        stamp = (self.shown, self.font, self.size)
        if self._placed is None or self._placed[0] != stamp:
            self._placed = (stamp, self._lay_out())
        return self._placed[1]

    def _lay_out(self) -> Places:
        text = QFontMetricsF(self._font(TEXT, bold=True))
        small = QFontMetricsF(self._font(SMALL))
        grid = max(6, round(text.height() / 2))
        width = self.size.width()
        names = [row.name for row in self.shown.rows]
        names += [row.name for row in self.shown.conditions]
        names += ["Luminosity"]
        label = max((text.horizontalAdvance(name) for name in names), default=0)
        axis = 2 * grid + 2.5 * grid + label + 2 * grid
        loud = QFontMetricsF(self._font(SMALL, bold=True))
        wanted = [
            (loud if row.status is Status.BAD else small).horizontalAdvance(row.words)
            for row in self.shown.rows
        ]
        room = min(max(wanted, default=0) + grid, WORDS_SHARE * width)
        right = width - grid - room
        wide = max(right - 2 * grid - axis, 40.0)
        title = QFontMetricsF(self._font(TITLE, bold=True)).height()
        top = 1.5 * grid + title + grid
        note = small.height() + grid if self.shown.note else 0.0
        beam = top + note + small.height() + grid
        line = text.height() + 1
        many = len(self.shown.conditions)
        light = beam + many * (line + grid / 2)
        light_height = 2 * line if self.shown.luminosity else 0.0
        rows = light + light_height + grid + small.height() + grid
        foot_height = 2 * small.height() + 1.5 * grid
        left = self.size.height() - rows - foot_height - grid
        least, most = text.height() + 3, 2.8 * text.height()
        each = min(max(left / max(len(self.shown.rows), 1), least), most)
        foot = rows + each * len(self.shown.rows) + grid / 2
        return Places(
            grid, axis, wide, right, beam, line, light, light_height, rows, each, foot,
            foot + foot_height,
        )  # fmt: skip

    def _paint_head(self, painter: QPainter, places: Places, theme: Theme) -> None:
        grid = places.grid
        painter.setPen(QColor(theme.ink))
        painter.setFont(self._font(TITLE, bold=True))
        title = QFontMetricsF(painter.font()).height()
        many = len(self.shown.runs)
        words = "The run so far" if many < 2 else f"The shift so far, {many} runs"
        if not self.shown.runs:
            words = "No run yet"
        box = QRectF(2 * grid, 1.5 * grid, self.size.width() - 4 * grid, title)
        painter.drawText(box, _LEFT, words)
        if self.shown.note:
            painter.setFont(self._font(SMALL))
            painter.setPen(QColor(theme.muted))
            box.moveTop(1.5 * grid + title + grid / 2)
            _write(painter, box, self.shown.note)

    def _heading(
        self, painter: QPainter, places: Places, theme: Theme, bottom: float,
        words: str, more: str = "",
    ) -> None:  # fmt: skip
        """A heading over some rows."""
        painter.setPen(QColor(theme.muted))
        painter.setFont(self._font(SMALL, bold=True))
        height = QFontMetricsF(painter.font()).height()
        top = bottom - places.grid / 2 - height
        box = QRectF(2 * places.grid, top, places.axis, height)
        painter.drawText(box, _LEFT, words)
        painter.setFont(self._font(SMALL))
        painter.drawText(QRectF(places.axis, top, places.width, height), _LEFT, more)

    def _paint_conditions(
        self, painter: QPainter, places: Places, theme: Theme
    ) -> None:
        if not self.shown.conditions and not self.shown.luminosity:
            return
        self._heading(painter, places, theme, places.beam, "Conditions")
        for number, row in enumerate(self.shown.conditions):
            top = places.beam + number * (places.line + places.grid / 2)
            box = QRectF(places.axis, top, places.width, places.line)
            self._name(painter, places, theme, box, row.name)
            for at, segments in enumerate(row.segments):
                for each in segments:
                    self._paint_condition(painter, places, theme, box, at, each)
        if self.shown.luminosity:
            self._paint_luminosity(painter, places, theme)

    def _name(
        self, painter: QPainter, places: Places, theme: Theme, box: QRectF, name: str
    ) -> None:
        painter.setFont(self._font(TEXT))
        painter.setPen(QColor(theme.ink))
        left = 4.5 * places.grid
        place = QRectF(left, box.y(), places.axis - left - places.grid, box.height())
        _write(painter, place, name)

    def _paint_condition(
        self, painter: QPainter, places: Places, theme: Theme, box: QRectF, at: int,
        each: Condition,
    ) -> None:  # fmt: skip
        if not each.words:
            return
        offset, length = self.shown.runs[at].offset, self.shown.length
        left = places.x(offset + each.first - 1, length)
        right = places.x(offset + each.last, length)
        rect = QRectF(left, box.y(), max(right - left, 1.0), box.height())
        colour = {
            "on": _blend(theme.fill, theme.panel, 0.3),
            "partly": _blend(theme.warning, theme.panel, 0.8),
            "off": QColor(theme.line),
            "other": _blend(theme.line, theme.panel, 0.3),
        }[each.kind]
        painter.fillRect(rect, colour)
        if rect.width() > 2:  # neighbours are told apart
            painter.fillRect(QRectF(rect.right() - 1, rect.y(), 1, rect.height()),
                             QColor(theme.panel))  # fmt: skip
        painter.setFont(self._font(SMALL))
        room = rect.width() - places.grid
        if QFontMetricsF(painter.font()).horizontalAdvance(each.words) <= room:
            painter.setPen(QColor(theme.ink))
            painter.drawText(
                rect.adjusted(places.grid * 0.75, 0, 0, 0), _LEFT, each.words
            )

    def _paint_luminosity(
        self, painter: QPainter, places: Places, theme: Theme
    ) -> None:
        box = QRectF(places.axis, places.light, places.width, places.light_height)
        name = QRectF(box.x(), box.y(), box.width(), places.line)
        self._name(painter, places, theme, name, "Luminosity")
        known = [v for run in self.shown.luminosity for v in run if v is not None]
        top = max(known, default=0.0)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.edge), 1.6))
        height = box.height() - places.grid
        for span, values in zip(self.shown.runs, self.shown.luminosity, strict=True):
            for has, group in groupby(
                enumerate(values), lambda pair: pair[1] is not None
            ):
                if not has:
                    continue
                points = [
                    QPointF(
                        places.x(span.offset + number + 0.5, self.shown.length),
                        box.bottom() - (height * value / top if top > 0 else 0.0),
                    )
                    for number, value in group
                    if value is not None
                ]
                if len(points) == 1:
                    points.append(points[0] + QPointF(1, 0))
                painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._font(SMALL))
        small = QFontMetricsF(painter.font()).height()
        place = QRectF(places.words, box.y(), self._words_room(places), small)
        painter.setPen(QColor(theme.ink))
        _write(painter, place, f"{luminosity_words(known[-1])} cm⁻²s⁻¹")
        painter.setPen(QColor(theme.muted))
        _write(
            painter, place.translated(0, small), f"from {luminosity_words(known[0])}"
        )

    def _words_room(self, places: Places) -> float:
        return self.size.width() - places.words - places.grid

    def _paint_rows(self, painter: QPainter, places: Places, theme: Theme) -> None:
        rows = self.shown.rows
        if not rows:
            return
        alone = len(self.shown.runs) == 1  # else each run's number stands there
        more = "verdicts by lumisection" if alone else ""
        self._heading(painter, places, theme, places.rows, "Subsystems", more)
        bars: dict[int, list[QRectF]] = {look: [] for look in range(1, BAD + 1)}
        for number in range(len(rows)):
            box = QRectF(0, places.rows + number * places.row,
                         self.size.width(), places.row)  # fmt: skip
            self._paint_row_ground(painter, places, theme, box, number)
            for look, rects in self._row_bars(number, places):
                bars[look] += [rect.translated(0, box.y()) for rect in rects]
            self._paint_row_words(painter, places, theme, box, number)
        _paint_bars(painter, bars, theme)
        self._paint_cell(painter, places, theme)

    def _paint_row_ground(
        self, painter: QPainter, places: Places, theme: Theme, box: QRectF, number: int
    ) -> None:
        inner = box.adjusted(places.grid, 0.5, -places.grid / 2, -0.5)
        if self.shown.rows[number].status is Status.BAD:
            painter.fillRect(inner, _blend(theme.bad, theme.panel, 0.88))
        if self.cell is not None and number == self.cell.row:
            painter.setPen(QPen(QColor(theme.selection), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(inner)

    def _paint_row_words(
        self, painter: QPainter, places: Places, theme: Theme, box: QRectF, number: int
    ) -> None:
        row, grid = self.shown.rows[number], places.grid
        side = min(QFontMetricsF(self._font(TEXT)).height(), box.height() - 2)
        mark = QRectF(2 * grid, box.center().y() - side / 2, side, side)
        if row.partly:
            paint_partly(painter, mark, theme)
        else:
            paint_mark(painter, mark, row.status, theme)
        loud = row.status in (Status.BAD, Status.WARNING, Status.STALE)
        painter.setFont(self._font(TEXT, bold=loud))
        painter.setPen(QColor(theme.ink))
        left = 4.5 * grid
        _write(painter, QRectF(left, box.y(), places.axis - left - grid, box.height()),
               row.name)  # fmt: skip
        colour = {
            Status.BAD: theme.bad_ink,
            Status.WARNING: theme.warning_ink,
            Status.STALE: theme.ink,
        }.get(row.status, theme.muted)
        painter.setPen(QColor(colour))
        painter.setFont(self._font(SMALL, bold=row.status is Status.BAD))
        place = QRectF(places.words, box.y(), self._words_room(places), box.height())
        _write(painter, place, row.words)

    def _row_bars(self, number: int, places: Places) -> list[tuple[int, list[QRectF]]]:
        """The bars of a row, the top of the row at 0; kept while they are the same."""
        segments = self.shown.rows[number].segments
        stamp = (segments, places.axis, places.width, places.row, self.shown.runs)
        kept = self._bars.get(number)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _bars(segments, self.shown, places))
            self._bars[number] = kept
        return kept[1]

    def _paint_cell(self, painter: QPainter, places: Places, theme: Theme) -> None:
        if self.cell is None:
            return
        x = places.x(self.cell.position, self.shown.length)
        wide = max(places.width / max(self.shown.length, 1), LEAST_LOUD)
        top = places.rows + self.cell.row * places.row
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.ink), 1.5))
        left = min(x, places.axis + places.width - wide)
        painter.drawRect(QRectF(left - 1, top + 1.5, wide + 2, places.row - 3))

    def _paint_axis(self, painter: QPainter, places: Places, theme: Theme) -> None:
        small = QFontMetricsF(self._font(SMALL))
        painter.setFont(self._font(SMALL))
        line = places.foot
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QLineF(places.axis, line, places.axis + places.width, line))
        left = 4.5 * places.grid
        name = QRectF(left, line + places.grid / 2, places.axis - left, small.height())
        painter.drawText(name, _LEFT, "lumisection")
        painter.drawText(
            name.translated(0, small.height()), _LEFT, f"clock ({zone_words()})"
        )
        length = self.shown.length
        for span in self.shown.runs:
            begins = places.x(span.offset, length)
            if span.offset:
                painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QLineF(begins, places.beam, begins, line))
            painter.setPen(QPen(QColor(theme.muted), 1))
            if len(self.shown.runs) > 1:
                ends = places.x(span.offset + span.last, length)
                top = places.rows - places.grid / 2 - small.height()
                wide = ends - begins - places.grid
                box = QRectF(begins + 3, top, wide, small.height())
                _write(painter, box, f"run {span.run}")
            step = _tick_step(places.width / max(length, 1), px(TICK_ROOM))
            for number in range(step, span.last + 1, step):
                x = places.x(span.offset + number - 0.5, length)
                painter.drawLine(QLineF(x, line, x, line + places.grid / 2))
                box = QRectF(x - 60, line + places.grid / 2, 120, small.height())
                centre = Qt.AlignmentFlag.AlignHCenter | _CENTRE
                painter.drawText(box, centre, str(number))
                when = span.time_of(number)
                if when is not None:
                    box.translate(0, small.height())
                    painter.drawText(box, centre, clock(when))

    def _paint_look(self, painter: QPainter, places: Places, theme: Theme) -> None:
        since = self.since
        position = None if since is None else self.shown.position_at(since)
        if since is None or position is None:
            return
        x = places.x(position, self.shown.length)
        painter.setFont(self._font(SMALL, bold=True))
        metrics = QFontMetricsF(painter.font())
        words = f"you looked last, {clock(since)}"
        wide = metrics.horizontalAdvance(words) + 4
        top = places.beam - places.grid / 2 - metrics.height()
        left = x + places.grid / 2
        if left + wide > self.size.width():
            left = x - wide - places.grid / 2
        pen = QPen(QColor(theme.selection), 1.5)
        painter.setPen(pen)
        painter.drawText(QRectF(left, top, wide, metrics.height()), _LEFT, words)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QLineF(x, top, x, places.foot))


def _bars(
    runs: Sequence[Sequence[Segment]], overview: Overview, places: Places
) -> list[tuple[int, list[QRectF]]]:
    """What is drawn of a row: look by look rectangles, the top of the row at 0."""
    wide, length = max(int(places.width), 1), overview.length
    unset = 255
    pixels = bytearray([unset]) * wide
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
            pixels[first:last] = bytes([look]) * (last - first)
            pixels[first] = head
    for look, first, last in sorted(loud):
        begins, ends = min(first, max(wide - LEAST_LOUD, 0)), min(last, wide)
        pixels[begins:ends] = bytes([look]) * (ends - begins)
    found: dict[int, list[QRectF]] = {}
    at = 0
    for look, group in groupby(pixels):
        many = len(list(group))
        if look not in (NOTHING, unset):
            share = {GOOD: 0.55, PARTLY: 0.22, BAD: 0.8, WARNING: 0.8}.get(look, 0.55)
            high = round(places.row * share)
            top = round((places.row - high) / 2)
            found.setdefault(look, []).append(QRectF(places.axis + at, top, many, high))
        at += many
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
        GOOD: _blend(theme.fill, theme.panel, 0.3),
        PARTLY: _blend(theme.fill, theme.panel, 0.3),
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


def _tick_step(per: float, room: float) -> int:
    """Lumisections between two ticks that need so much room, px."""
    for step in _steps():
        if step * per >= room:
            return step
    return 1


def _steps() -> Iterator[int]:
    for power in range(6):
        for each in _STEPS:
            yield each * 10**power


def _write(painter: QPainter, box: QRectF, words: str) -> None:
    """Write words on one line, cut where they are too long."""
    metrics = painter.fontMetrics()
    right = Qt.TextElideMode.ElideRight
    painter.drawText(box, _LEFT, metrics.elidedText(words, right, int(box.width())))


def _blend(colour: str, ground: str, share: float) -> QColor:
    """A colour with so much of its ground in it."""
    one, other = QColor(colour), QColor(ground)
    return QColor(
        *(
            round(a * (1 - share) + b * share)
            for a, b in (
                (one.red(), other.red()),
                (one.green(), other.green()),
                (one.blue(), other.blue()),
            )
        )
    )


def clock(when: float) -> str:
    """Write a unix time, s, as a time of day."""
    there = shown(when)
    return f"{there:%H:%M}" if there is not None else "…"
