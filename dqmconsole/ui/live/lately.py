"""Beside the overview: what happened since somebody looked, what changed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTextOption
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from dqmconsole.model.past import PastMoment
from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted
from dqmconsole.shift.reading import KINDS
from dqmconsole.shift.timeline import FILTERS, offered, shown_kinds, timeline_now
from dqmconsole.shift.words import clock
from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, sized
from dqmconsole.ui.labels import tip
from dqmconsole.ui.marks import paint_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.verdict import Status
    from dqmconsole.shift.lately import Event
    from dqmconsole.shift.overview import Overview
    from dqmconsole.shift.reading import News
    from dqmconsole.ui.context import Context

MOST_NEWS = 8
SLACK = 0.06  # of the width: some fonts are drawn a little wider than measured
_LINE = Qt.ItemDataRole.UserRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class Line(NamedTuple):
    """One line of the list.

    Attributes:
        words: what happened.
        more: more of it, muted.
        clock: when, "" where that is unknown.
        mark: a status; None for a dot.
        heading: it is a heading.
        mine: it is about who looks: its dot has their colour.
        key: the plot that Enter shows, or "".
        moment: as of which it shows it, where the record has that; None: as of now.
        place: run and lumisection that the overview shows, of what is no plot; (0, 0)
            where it has none.
        item: kind and id of what Enter reads, or "".
    """

    words: str
    more: str = ""
    clock: str = ""
    mark: Status | None = None
    heading: bool = False
    mine: bool = False
    key: str = ""
    item: str = ""
    moment: PastMoment | None = None
    place: tuple[int, int] = (0, 0)


class LatelyList(QListWidget):
    """What happened since somebody looked, newest first, and what changed for them.

    Args:
        context: the session, and the theme.
        name: its accessible name.

    Attributes:
        happened: all that did, newest first.
        filter: which of the ``FILTERS`` is shown.
        offered: those that make sense.

    Signals:
        plot_wanted: key of a plot.
        moment_wanted: the PastMoment of which it is wanted, after that.
        news_wanted: somebody wants to read what changed.
        place_wanted: run and lumisection that the overview shall show.
        filtered: other kinds are shown.
    """

    plot_wanted = Signal(str)
    moment_wanted = Signal(object)
    news_wanted = Signal()
    place_wanted = Signal(object, int)
    filtered = Signal()

    def __init__(self, context: Context, name: str = "Since you looked") -> None:
        super().__init__()
        self._context = context
        self._lines: tuple[Line, ...] = ()
        self._made_of: tuple[object, ...] = ()
        self._stamp: tuple[object, ...] = ()
        self.happened: tuple[Event, ...] = ()
        self.filter = 0
        self.offered: tuple[int, ...] = (0,)
        self.setObjectName("FoundList")  # a list without a frame
        self.setAccessibleName(name)
        self.setItemDelegate(_LineDelegate(context))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMinimumWidth(220)
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)
        context.colours.changed.connect(self._restyle)

    def show_overview(
        self, overview: Overview, since: float | None, now: float
    ) -> None:
        """Show what happened.

        Args:
            overview: has it.
            since: unix time, s, until when somebody had looked before, or None.
            now: unix time, s.
        """
        session = self._context.session
        shift = session.shift
        news = session.news(shift.who) if shift is not None else ()
        mail = session.client.mailbox
        stamp = (overview, session.logbook.version, tuple(mail.alarms.values()),
                 tuple(mail.outages.values()))  # fmt: skip
        if stamp != self._stamp:
            self._stamp = stamp
            self.happened = timeline_now(session, overview)
            self.offered = offered(overview)
        happened = shown_kinds(self.happened, self.filter)
        ago = int((now - (since or now)) // 60)
        made_of = (overview, happened, self.filter, since, ago, news)
        if made_of == self._made_of:
            return
        self._made_of = made_of
        name = FILTERS[self.filter][0] if self.filter else ""
        if self.filter:
            news = ()
        lines = tuple(_lines(overview, happened, since, now, news, name))
        if lines == self._lines:
            return
        kept = self.currentRow()
        self._lines = lines
        self.clear()
        for line in lines:
            item = QListWidgetItem(line.words)
            item.setData(_LINE, line)
            told = (line.clock, line.words, line.more)
            item.setData(_SPOKEN, ", ".join(each for each in told if each))
            item.setToolTip(tip(". ".join(each for each in told if each)))
            if line.heading or not line.words:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.addItem(item)
        self.setCurrentRow(min(kept, self.count() - 1))

    def next_filter(self, step: int = 1) -> str:
        """Show other kinds of what happened, and say which."""
        at = self.offered.index(self.filter) if self.filter in self.offered else 0
        self.filter = self.offered[(at + step) % len(self.offered)]
        self._made_of = ()
        self.filtered.emit()
        return f"What happened: {FILTERS[self.filter][0]}."

    @property
    def key(self) -> str:
        """The plot that the row with the keyboard is about, or ""."""
        line: Line | None = self.currentIndex().data(_LINE)
        return "" if line is None else line.key

    @property
    def words(self) -> str:
        """The words of that row, with when and why; "" for none."""
        words: str | None = self.currentIndex().data(_SPOKEN)
        return words or ""

    def open_current(self) -> None:
        """Show what the row with the keyboard is about."""
        if self.currentRow() >= 0:
            self._activated(self.currentItem())

    def _activated(self, item: QListWidgetItem) -> None:
        line = item.data(_LINE)
        if line.key:
            self.plot_wanted.emit(line.key)
            if line.moment is not None:
                self.moment_wanted.emit(line.moment)
        elif line.item:
            self.news_wanted.emit()
        elif line.place[1]:
            self.place_wanted.emit(*line.place)

    def _restyle(self) -> None:
        self.doItemsLayout()
        self.viewport().update()


def _lines(
    overview: Overview,
    happened: Sequence[Event],
    since: float | None,
    now: float,
    news: tuple[News, ...] | None,
    name: str = "",
) -> Iterator[Line]:
    ago = "" if since is None else f", {_ago(now - since)} ago"
    whole = "shift" if len(overview.runs) > 1 else "run"
    words = f"Since you looked{ago}" if ago else f"In this {whole}"
    if not ago and overview.runs and overview.runs[-1].run <= 0:
        words = "So far"
    yield Line(f"{words}: {name}" if name else words, heading=True)
    looked = since is None
    run, last = ((overview.runs[-1].run, overview.runs[-1].last) if overview.runs
                 else (0, 0))  # fmt: skip
    if happened and since is not None and (happened[0].at or 0.0) < since:
        yield Line("", "Nothing new.")
    for each in happened:
        if not looked and since is not None and (each.at or 0.0) < since:
            looked = True
            yield Line("You looked", clock=clock(since), mine=True)
        at = clock(each.at) if each.at is not None else ""
        newest = each.run == run and each.lumisection >= last
        moment = None if newest else PastMoment(each.run, each.lumisection)
        place = each.lumisection
        named = place > 0 and overview.counted
        where = overview.moment(place) if named else ""
        if place > 0 and each.run != run:
            where = f"{run_words(each.run)}, {where}".removeprefix(", ")
        told = " · ".join(part for part in (where, each.sentence) if part)
        yield Line(
            *(each.words, told, at, each.status),
            key=each.key,
            moment=moment if place > 0 else None,
            place=(each.run, place),
        )
    if not happened:
        words = "The verdicts are hidden." if overview.hidden else "Nothing so far."
        if name:
            words = f"Nothing of this kind: {name}. Shift+F7 shows others."
        yield Line("", words)
    if not looked and since is not None and happened:
        yield Line("You looked", clock=clock(since), mine=True)
    if news:
        yield Line("Changed for you", heading=True)
        for new in news[:MOST_NEWS]:
            title, kind = new.item.title, KINDS[new.item.kind]
            if not title.casefold().startswith(kind):
                title = f"{kind.capitalize()}: {title}"
            yield Line(title, new.sentence, item=f"{new.item.kind} {new.item.id}")
        if len(news) > MOST_NEWS:
            more = len(news) - MOST_NEWS
            yield Line(f"and {more} more", "F2 shows them all", item="all")


def _ago(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    if minutes < 90:
        return counted(minutes, "minute")
    hours = round(minutes / 60)
    return counted(hours, "hour")


def _width(option: QStyleOptionViewItem) -> int:
    """The width of a line: the same with a scroll bar beside it and without, px."""
    widget = option.widget
    if not isinstance(widget, QListWidget):
        return 200
    bar = widget.verticalScrollBar().sizeHint().width()
    return widget.width() - 2 * widget.frameWidth() - bar


class _LineDelegate(QStyledItemDelegate):
    """Draws a line: clock, dot or mark, words, and more of them beneath."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the room a line needs in the width of the list."""
        width = _width(option)
        return QSize(width - 2, round(self._laid(option, index, width)[-1].bottom()))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one line."""
        line: Line = index.data(_LINE)
        theme = self._context.theme
        painter.save()
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected and bool(option.state & QStyle.StateFlag.State_HasFocus):
            painter.fillRect(rect, QColor(theme.hover))
        painter.translate(rect.topLeft())
        clock, mark, words, more, _ = self._laid(option, index, _width(option))
        wrapped = QTextOption(_LEFT)
        wrapped.setWrapMode(QTextOption.WrapMode.WordWrap)
        font = option.font
        if line.heading:
            if index.row():
                painter.setPen(QPen(QColor(theme.line), 1))
                y = words.top() - words.left() * 0.75
                painter.drawLine(int(words.left()), int(y), int(words.right()), int(y))
            painter.setFont(sized(font, TITLE, bold=True))
            painter.setPen(QColor(theme.ink))
            painter.drawText(words, line.words, wrapped)
            painter.restore()
            return
        painter.setFont(sized(font, SMALL))
        painter.setPen(QColor(theme.muted))
        painter.drawText(clock, line.clock, QTextOption(_LEFT))
        if line.words:
            if line.mark is not None:
                paint_mark(painter, mark, line.mark, theme)
            else:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.selection if line.mine else theme.muted))
                dot = mark.width() * 0.28
                painter.drawEllipse(mark.center(), dot, dot)
        painter.setFont(sized(font, TEXT, bold=True))
        painter.setPen(QColor(theme.ink))
        painter.drawText(words, line.words, wrapped)
        painter.setFont(sized(font, SMALL))
        painter.setPen(QColor(theme.muted))
        painter.drawText(more, line.more, wrapped)
        painter.restore()

    def _laid(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        width: float,
    ) -> tuple[QRectF, QRectF, QRectF, QRectF, QRectF]:
        """Where clock, mark, words, more, and all of it lie; the top of it at 0."""
        line: Line = index.data(_LINE)
        text = QFontMetricsF(sized(option.font, TEXT, bold=True))
        small = QFontMetricsF(sized(option.font, SMALL))
        grid = text.height() / 2
        wrap = Qt.TextFlag.TextWordWrap
        if line.heading:
            heading = QFontMetricsF(sized(option.font, TITLE, bold=True))
            top = 2.5 * grid if index.row() else grid
            room = QRectF(1.5 * grid, top, width - 3 * grid, 1e4)
            words = heading.boundingRect(room, int(wrap | _LEFT), line.words)
            words.setWidth(room.width())
            end = QRectF(0, 0, width, words.bottom() + grid * 0.75)
            return QRectF(), QRectF(), words, QRectF(), end
        left = 1.5 * grid
        wide = small.horizontalAdvance("00:00") + 2
        top = grid * 0.4
        drop = text.ascent() - small.ascent()
        clock = QRectF(left, top + drop, wide, small.height())
        side = text.height() * 0.82
        mark = QRectF(clock.right() + grid * 0.6, top + (text.height() - side) / 2,
                      side, side)  # fmt: skip
        # what stands alone has no clock to stand under
        at = mark.right() + grid * 0.75 if line.words or line.clock else left
        room = QRectF(at, top, max(width - at - grid, 40), 1e4)
        tight = room.adjusted(0, 0, -SLACK * room.width(), 0)
        bottom = top
        words = QRectF(room)
        if line.words:
            words = text.boundingRect(tight, int(wrap | _LEFT), line.words)
            bottom = words.bottom()
            words.setWidth(room.width())
        more = QRectF()
        if line.more:
            tight.moveTop(bottom)
            more = small.boundingRect(tight, int(wrap | _LEFT), line.more)
            more.setWidth(room.width())
            bottom = more.bottom()
        return clock, mark, words, more, QRectF(0, 0, width, bottom + grid * 0.4)
