"""The face of a tile around its plot: frame, header, banner, foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.verdict import Status
from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, px, sized
from dqmconsole.ui.marks import mark_image
from dqmconsole.ui.plot.title import paint_title

if TYPE_CHECKING:
    from dqmconsole.ui.theme import Theme

RING = 2
BORDER = 2
PADDING = 6
_EDGE = RING + BORDER
_ROOMY = 210  # px; a lower tile needs its height for the plot
_HIGH, _NARROW = 240, 260
"""px: a tile as high, and narrower, has two lines for what is said, whatever that is:
the plots of a row lie on one line then."""
_FRACTIONS = 2  # px that words may be wider than they are measured, in whole ones
_SAMPLE = 14  # px of the reference's line in the foot
_TITLED = 190  # px from which there is room for more than the title
_TITLE = 60  # px that a title has beside the age
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class TileFace:
    """The words of a tile, where they stand, and their drawing.

    The outermost `RING` pixels show the selection, the next `BORDER` the status.

    Attributes:
        theme: the colours.
        status: what mark and border show.
        adopted: the owner chose what judged; else a WARNING looks quieter.
        selected: whether the ring is drawn.
        title, age, banner, meta, sentence: the words, from the top; the title is in
            TLatex.
        readout: what lies under the mouse; stands in the place of `meta`.
        alert: the age is no longer a matter of course: it stands out.
        sample: `meta` begins with a piece of the reference's line, as a key.
        by_hand: the reference was chosen by hand: a ring on that line, or alone.
        alarm: how the alarm stands that the plot shows, in words; "" where it asks for
            an answer, or there is none.
    """

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.theme = theme
        self.status = Status.WAITING
        self.adopted = True
        self.selected = False
        self.alert = False
        self.sample = self.by_hand = False
        self.title = self.age = self.banner = ""
        self.meta = self.sentence = self.readout = self.alarm = ""
        self._drawn: tuple[object, ...] = ()
        self._wrapped = self._meta_wrapped = False
        self._broken_at = 0  # px wide
        self.set_size(font, large=False)

    def set_size(self, font: QFont, *, large: bool) -> None:
        """Take the fonts of a tile on a page, or those of the detail view."""
        self._mark = px(20 if large else 14)
        self._bold = sized(font, TITLE if large else TEXT, bold=True)
        self._small = sized(font, TEXT if large else SMALL)
        self._small_metrics = QFontMetrics(self._small)
        self._header_height = QFontMetrics(self._bold).height() + 5
        self._line = self._small_metrics.height() + 1

    def clear(self, title: str) -> None:
        """Forget all words but a new title."""
        self.title, self.status, self.alert = title, Status.WAITING, False
        self.adopted = True
        self.age = self.banner = self.meta = self.sentence = self.readout = ""
        self._drawn = ()
        self._wrapped = self._meta_wrapped = False
        self.sample = self.by_hand = False

    def wrap(self, size: QSize) -> bool:
        """Give a second line to what needs one; tell if that is new.

        What is wrong keeps it until nothing is wrong any more, and what the picture is
        of for as long as the tile shows the plot in that width, so that the plot does
        not jump whenever a number in the words gets longer.
        """
        before = self._wrapped, self._meta_wrapped
        if size.width() != self._broken_at:
            self._broken_at = size.width()
            self._wrapped = self._meta_wrapped = False
        roomy = size.height() >= px(_ROOMY)
        loud = self.status in (Status.BAD, Status.WARNING)
        width = self.header(size).width()
        kept = self._wrapped or self._too_long(self.sentence, width)
        upright = size.height() >= px(_HIGH) and size.width() < px(_NARROW)
        self._wrapped = upright or (loud and roomy and kept)
        beside = width - self._sample_room()
        self._meta_wrapped = roomy and (
            self._meta_wrapped or self._too_long(self.meta, beside)
        )
        return before != (self._wrapped, self._meta_wrapped)

    def changed(self, size: QSize) -> QRect:
        """Return what must be painted again since this was last asked."""
        head = (self.title, self.status, self.adopted, self.alert, self.banner)
        drawn, self._drawn = self._drawn, (head, *self._foot_words())
        if drawn == self._drawn:
            return QRect()
        if drawn and drawn[0] == head:
            return self.foot(size)
        return QRect(QPoint(0, 0), size)

    def _foot_words(self) -> tuple[object, ...]:
        return self.meta, self.sentence, self.sample, self.by_hand

    def header(self, size: QSize) -> QRect:
        """Where mark, title and age stand."""
        width = max(size.width() - 2 * (_EDGE + PADDING), 1)
        return QRect(_EDGE + PADDING, _EDGE + 1, width, self._header_height)

    def foot(self, size: QSize) -> QRect:
        """Where reference and span, and the verdict, stand."""
        height = self._foot_lines(size) * self._line + 3
        header = self.header(size)
        top = size.height() - _EDGE - height - 1
        return QRect(header.x(), top, header.width(), height)

    def canvas(self, size: QSize) -> QRect:
        """Where the plot lies."""
        header = self.header(size)
        top = header.bottom() + 1 + self._banner_height()
        height = max(self.foot(size).top() - top, 1)
        return QRect(header.x() - 2, top, header.width() + 4, height)

    def words_at(self, size: QSize, y: int, about: tuple[str, ...]) -> str:
        """Return, whole, what stands at height `y`; `about` belongs to the title."""
        lines: tuple[str, ...] = ()
        if y <= self.header(size).bottom():
            lines = (plain_title(self.title), *about)
        elif y >= self.foot(size).top():
            lines = (self.sentence, self.meta)
        elif y < self.canvas(size).top():
            lines = (self.banner,)
        return "\n".join(line for line in lines if line)

    def age_in(self, room: int) -> str:
        """The age, or its first word, or "": where it is long the title goes first."""
        tries = (self.age, self.age.partition(" ")[0])
        advance = self._small_metrics.horizontalAdvance
        fits = (each for each in tries if room - advance(each) >= px(_TITLE))
        return next(fits, tries[1] if self.alert else "")

    def paint(
        self, painter: QPainter, size: QSize, region: QRect, ratio: float
    ) -> None:
        """Draw what lies in `region`; `ratio` is device pixels per pixel."""
        inside = QRect(QPoint(0, 0), size).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        if inside.contains(region):
            painter.fillRect(region, QColor(self.theme.tile))
        else:
            self._paint_frame(painter, size)
        if region.intersects(self.header(size)):
            self._paint_header(painter, self.header(size), ratio)
        if self.banner:
            self._paint_banner(painter, self.header(size))
        if region.intersects(self.foot(size)):
            self._paint_foot(painter, size)

    def _too_long(self, words: str, width: int) -> bool:
        return self._small_metrics.horizontalAdvance(words) > width - _FRACTIONS

    def _sample_room(self) -> int:
        """The room that the reference's line takes before the words."""
        return _SAMPLE + 4 if self.sample or self.by_hand else 0

    def _banner_height(self) -> int:
        return self._line + 3 if self.banner else 0

    def _foot_lines(self, size: QSize) -> int:
        lines = 2 if size.height() >= 150 else 1
        return lines + self._wrapped + self._meta_wrapped

    def _paint_frame(self, painter: QPainter, size: QSize) -> None:
        theme = self.theme
        outer = QRect(0, 0, size.width(), size.height())
        ring = theme.selection if self.selected else theme.ground
        painter.fillRect(outer, QColor(ring))
        inner = outer.adjusted(RING, RING, -RING, -RING)
        border, width = theme.line, 1
        if self.status is Status.BAD:
            border, width = theme.bad, BORDER
        elif self.status is Status.WARNING:
            border, width = theme.warning, BORDER if self.adopted else 1
        if self.alarm:  # it is taken care of: it must not look like what asks
            width = 1
        painter.fillRect(inner, QColor(border))
        inside = inner.adjusted(width, width, -width, -width)
        painter.fillRect(inside, QColor(theme.tile))

    def _paint_header(self, painter: QPainter, header: QRect, ratio: float) -> None:
        theme, size = self.theme, self._mark
        mark = mark_image(self.status, theme, size, ratio, adopted=self.adopted)
        at = QPoint(header.x(), header.center().y() - size // 2)
        painter.drawImage(at, mark)
        left, right = header.x() + size + 5, header.right()
        age = self.age_in(right - left)
        if age:
            painter.setFont(self._small)
            painter.setPen(QColor(theme.ink if self.alert else theme.muted))
            width = self._small_metrics.horizontalAdvance(age)
            place = QRect(right - width, header.y(), width + 1, header.height())
            painter.drawText(place, _MIDDLE, age)
            right -= width + 8
        if self.alarm and right - left > px(_TITLED):
            painter.setFont(self._small)
            painter.setPen(QColor(theme.muted))
            width = self._small_metrics.horizontalAdvance(self.alarm)
            place = QRect(right - width, header.y(), width + 1, header.height())
            painter.drawText(place, _MIDDLE, self.alarm)
            right -= width + 8
        place = QRect(left, header.y(), max(right - left, 0), header.height())
        if place.width() >= 8:
            painter.setPen(QColor(theme.ink))
            paint_title(painter, place.toRectF(), self.title, self._bold)

    def _paint_banner(self, painter: QPainter, header: QRect) -> None:
        place = QRect(
            header.x(), header.bottom() + 1, header.width(), self._banner_height() - 2
        )
        painter.fillRect(place, QColor(self.theme.hover))
        inside = place.adjusted(6, 0, -6, 0)
        _write(painter, inside, self.banner, self._small, self.theme.ink)

    def _paint_foot(self, painter: QPainter, size: QSize) -> None:
        theme, foot = self.theme, self.foot(size)
        lines = self._foot_lines(size)
        place = QRect(foot.x(), foot.y(), foot.width(), self._line)
        if lines > 1 or self.readout:
            words = self.readout or self.meta
            colour = theme.ink if self.readout else theme.muted
            beside = QRect(place)
            if self._sample_room() and not self.readout:
                self._paint_sample(painter, place)
                beside.setLeft(place.left() + self._sample_room())
            rest = ""
            if self._meta_wrapped:
                words, rest = _broken(words, self._small_metrics, beside.width())
            _write(painter, beside, words, self._small, colour)
            if self._meta_wrapped:
                place.translate(0, self._line)
                _write(painter, place, rest, self._small, colour)
            place.translate(0, self._line)
        if lines > 1 or not self.readout:
            loud = self.status in (Status.BAD, Status.WARNING)
            colour = theme.ink if loud else theme.muted
            first, rest = self.sentence, ""
            if self._wrapped:
                first, rest = _broken(first, self._small_metrics, place.width())
            _write(painter, place, first, self._small, colour)
            place.translate(0, self._line)
            _write(painter, place, rest, self._small, colour)

    def _paint_sample(self, painter: QPainter, place: QRect) -> None:
        """The reference's line; with a ring where the reference was chosen by hand."""
        colour = QColor(self.theme.muted if self.alert else self.theme.reference)
        painter.setPen(colour)
        y = place.center().y() + 1
        if self.sample:
            painter.drawLine(place.left(), y, place.left() + _SAMPLE - 1, y)
        if not self.by_hand:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(QColor(self.theme.tile))
        painter.drawEllipse(QPointF(place.left() + _SAMPLE / 2, y + 0.5), 3.5, 3.5)
        painter.restore()


def _broken(words: str, metrics: QFontMetrics, width: int) -> tuple[str, str]:
    """Break a sentence behind the last word that fits."""
    width -= _FRACTIONS
    if metrics.horizontalAdvance(words) <= width:
        return words, ""
    end = len(words)
    while end > 0 and metrics.horizontalAdvance(words[:end]) > width:
        end = words.rfind(" ", 0, end)
    return (words, "") if end <= 0 else (words[:end], words[end + 1 :])


def _write(
    painter: QPainter, place: QRect, words: str, font: QFont, colour: str
) -> None:
    """Write one line, elided where it is too long."""
    if not words or place.width() < 8:
        return
    painter.setFont(font)
    painter.setPen(QColor(colour))
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, _MIDDLE, shown)
