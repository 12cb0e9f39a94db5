"""The first page: every subsystem by lumisection, under the conditions of the run.

One widget shows the rows of :mod:`dqmconsole.shift.overview`; how they are painted says
:mod:`dqmconsole.ui.live.overview_picture`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from dqmconsole.model.moment import zone_words
from dqmconsole.model.past import PastMoment
from dqmconsole.model.run import run_words
from dqmconsole.shift.alarms import returned_since
from dqmconsole.shift.lately import Looks
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.overview import (
    Cell,
    Folding,
    Overview,
    cell_words,
    luminosity_words,
    moment_words,
)
from dqmconsole.shift.pages import plots_of
from dqmconsole.shift.strip import LOUD, segment_at
from dqmconsole.shift.words import clock
from dqmconsole.ui.labels import tip
from dqmconsole.ui.live.overview_picture import LEAST_LOUD, OverviewPicture

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QFocusEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from dqmconsole.ui.context import Context
    from dqmconsole.ui.theme import Theme

FOLD_EVERY = 0.25  # s
KEEP_LOOK_EVERY = 30.0  # s, well below `AWAY`


class Opened(NamedTuple):
    """What somebody wants to see.

    Attributes:
        layout: the subsystem.
        key: the plot that was worst at the moment asked for, or "".
        words: how the subsystem stood then.
        moment: which one, where it is over: the words say that something else is
            drawn. None: as it is now.
    """

    layout: str
    key: str
    words: str
    moment: PastMoment | None


class OverviewSheet:
    """All of the overview, scrolled away or not, to be drawn on any device."""

    def __init__(self, picture: OverviewPicture, theme: Theme) -> None:
        self._picture = picture
        self._theme = theme

    def width(self) -> int:
        """Pixels."""
        return self._picture.size.width()

    def height(self) -> int:
        """Pixels."""
        whole = math.ceil(self._picture.places().height)
        return max(whole, self._picture.size.height())

    def draw(self, painter: QPainter) -> None:
        """Draw it, its upper left corner at the painter's origin."""
        whole = QRect(0, 0, self.width(), self.height())
        painter.setClipRect(whole)
        painter.fillRect(whole, QColor(self._theme.panel))
        self._picture.paint(painter, self._theme)


class OverviewPage(QAbstractScrollArea):
    """The detector by lumisection.

    Args:
        context: what is shown, and the theme.

    Attributes:
        shown: the overview that is painted.
        looks: when somebody looked at it before.

    Signals:
        opened: an Opened: the page of a subsystem, with a plot.
        changed: another overview is painted, or somebody looked.
    """

    opened = Signal(object)
    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._folding = Folding()
        self._cell = Cell(0, 0)
        self._follows = True  # the cell stays at the end of the run
        self._moved = False  # until then it is in the row that is worst
        self._stale = True
        self._folded_at = 0.0
        self._picture = OverviewPicture()
        self.shown = Overview()
        self.looks = Looks()
        self._looker = ("", "")  # person and source
        self._look_kept = 0.0  # unix time, s
        self.setAccessibleName("Overview")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)
        self.verticalScrollBar().setSingleStep(24)
        context.colours.changed.connect(self._restyle)
        context.opened.connect(self._forget)

    # -- what is shown --------------------------------------------------------------

    def look(self, now: float, *, news: bool = True) -> None:
        """Show what is known now, where it is seen; held while pictures are.

        Args:
            now: unix time, s.
            news: something came since the last look.
        """
        self._stale |= news
        waits = 0 <= now - self._folded_at < FOLD_EVERY
        held = self._context.paused_at is not None
        if self.isVisible() and self._stale and not waits and not held:
            self._fold(now)

    def _fold(self, now: float) -> None:
        self._stale, self._folded_at = False, now
        client, session = self._context.client, self._context.session
        shift = session.shift
        found = self._folding.look(
            client.site,
            client.mailbox,
            since=shift.made_at if shift is not None else None,
            hidden=client.blinded,
            silent=self._silent,
            returned=returned_since(session.alarms),
        )
        if not found.runs and self._context.no_run:
            found = msgspec.structs.replace(found, note=self._context.no_run)
        self._show(found)

    @property
    def _silent(self) -> bool:
        client = self._context.client
        return client.moment is None and silence(client.engine) is not None

    def _show(self, overview: Overview) -> None:
        if overview == self.shown:
            return
        self.shown = overview
        last = max(overview.length - 1, 0)
        at = last if self._follows else min(self._cell.position, last)
        row = min(self._cell.row, max(len(overview.rows) - 1, 0))
        if not self._moved:
            worst = _worst_row(overview)
            rows = overview.rows
            if rows and rows[row].status is not rows[worst].status:
                row = worst
        self._cell = Cell(row, at)
        self._lay_scroll()
        self._describe()
        self.viewport().update()
        self.changed.emit()

    def note_look(self, now: float) -> None:
        """Note that somebody looks at it, at `now` (unix time, s)."""
        before, client = self.looks.since, self._context.client
        shift, settings = self._context.session.shift, self._context.settings
        looker = (shift.who if shift is not None else "", client.source)
        # what is simulated comes from another folder each time
        kept = bool(client.source) and not client.banner
        if looker != self._looker:
            self._looker, self._look_kept = looker, 0.0
            self.looks = Looks(settings.looked(*looker) if kept else None)
        self.looks.note(now)
        if kept and abs(now - self._look_kept) >= KEEP_LOOK_EVERY:
            self._look_kept = now
            settings.remember_look(*looker, now)
        if self.looks.since != before:
            self.viewport().update()
            self.changed.emit()

    def _forget(self) -> None:
        self.looks, self._looker = Looks(), ("", "")
        self._folding = Folding()
        self._cell, self._follows, self._stale = Cell(0, 0), True, True
        self._moved = False
        self._show(Overview())

    def _restyle(self) -> None:
        self._lay_scroll()
        self.viewport().update()

    def sheet(self) -> OverviewSheet:
        """All of it as it is shown now, for a picture."""
        self._lay_scroll()
        self._picture.cell = None
        self._picture.since = self.looks.since
        return OverviewSheet(self._picture, self._context.theme)

    # -- where one is ---------------------------------------------------------------

    @property
    def cell(self) -> Cell:
        """The cell where the keyboard is."""
        return self._cell

    def step(self, across: int, down: int) -> None:
        """Move the cell over rows and lumisections.

        Args:
            across: steps to the right, each a lumisection, or as many as can be told
                apart.
            down: steps down.
        """
        places = self._picture.places()
        wide = places.width / max(self.shown.length, 1)
        by = max(1, round(LEAST_LOUD / wide)) if wide > 0 else 1
        self._go(self._cell.row + down, self._cell.position + across * by)

    def step_change(self, direction: int) -> None:
        """Move the cell to where the row became something else before, or next."""
        if not self.shown.rows:
            return
        row = self.shown.rows[self._cell.row]
        starts = [
            span.offset + each.first - 1
            for span, segments in zip(self.shown.runs, row.segments, strict=True)
            for each in segments
        ]
        here = self._cell.position
        if direction > 0:
            found = next((at for at in starts if at > here), self.shown.length - 1)
        else:
            found = next((at for at in reversed(starts) if at < here), 0)
        self._go(self._cell.row, found)

    def go_to_end(self, *, last: bool) -> None:
        """Move the cell to the first or the last lumisection."""
        self._go(self._cell.row, self.shown.length - 1 if last else 0)

    def go_to_lumisection(self, run: int, lumisection: int) -> None:
        """Move the cell to a lumisection of a run, where it is shown."""
        for span in self.shown.runs:
            if span.run == run:
                at = min(max(lumisection, 1), span.last)
                self._go(self._cell.row, span.offset + at - 1)

    def go_to(self, point: QPoint) -> bool:
        """Move the cell to a point of the viewport; tell whether there is one."""
        cell = self._cell_at(point)
        if cell is not None:
            self._go(*cell)
        return cell is not None

    def open_cell(self) -> None:
        """Ask for the page of the row, with the worst plot of that moment."""
        rows = self.shown.rows
        if not rows:
            return
        at, lumisection = self.shown.place_of(self._cell.position)
        row, cell = rows[self._cell.row], self._cell
        segment = segment_at(row.segments[at], lumisection)
        past = cell.position < self.shown.length - 1
        if not past and segment.status is None:
            # its data are a little behind the others': now is the last that is known
            known = [each for each in row.segments[at] if each.status is not None]
            segment = known[-1] if known else segment
            cell = Cell(cell.row, self.shown.runs[at].offset + segment.last - 1)
        words, moment = self.cell_words(cell), None
        if past:
            words = moment_words(self.shown, cell, self._title_of)
            moment = PastMoment(self.shown.runs[at].run, lumisection)
        self.opened.emit(Opened(row.name, segment.key, words, moment))

    def cell_words(self, cell: Cell | None = None) -> str:
        """What a cell says; the one where the keyboard is when left out."""
        if not self.shown.rows:
            return self.shown.note
        return cell_words(self.shown, cell or self._cell, self._title_of)

    def _go(self, row: int, position: int) -> None:
        self._context_looked()
        rows, length = len(self.shown.rows), self.shown.length
        if not rows or not length:
            return
        self._cell = Cell(min(max(row, 0), rows - 1), min(max(position, 0), length - 1))
        self._follows = self._cell.position == length - 1
        self._moved = True
        self._describe()
        self._scroll_to_cell()
        self.viewport().update()

    def _context_looked(self) -> None:
        self.note_look(self._context.wall_clock())

    def _title_of(self, key: str) -> str:
        plots = plots_of(self._context.client.site)
        found = (plot.title or plot.path for each, _, plot in plots if each == key)
        return next(found, key)

    def _describe(self) -> None:
        """Say to those who hear it where the keyboard is."""
        words = self.cell_words()
        if self.shown.rows:
            row = self.shown.rows[self._cell.row]
            words = f"{words}. Now: {row.words}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    # -- events ----------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        """Say in words what the mouse is over."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(event.pos())
            QToolTip.showText(event.globalPos(), tip(words), self.viewport())
            return True
        if event.type() is QEvent.Type.MouseMove:
            over = self._cell_at(event.position().toPoint())  # type: ignore[attr-defined]
            shape = Qt.CursorShape.PointingHandCursor
            self.viewport().setCursor(
                shape if over is not None else Qt.CursorShape.ArrowCursor
            )
        return super().viewportEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what a cell stands for."""
        super().mouseReleaseEvent(event)
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._go(*cell)
            self.open_cell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self._context_looked()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it is elsewhere."""
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay it out again."""
        super().resizeEvent(event)
        self._lay_scroll()

    def minimumSizeHint(self) -> QSize:
        """Let the docks have their room."""
        return QSize(320, 200)

    def words_at(self, point: QPoint) -> str:
        """What lies at a point of the viewport, in words; "" for nothing."""
        cell = self._cell_at(point)
        if cell is not None:
            row = self.shown.rows[cell.row]
            now = f"Now: {row.words}"
            if row.sentence and row.sentence not in now:
                now += f"\n{row.sentence}"
            over = self._picture.places().words <= point.x()
            return now if over else f"{self.cell_words(cell)}\n{now}"
        return self._condition_words(point)

    def _condition_words(self, point: QPoint) -> str:
        places, shown = self._picture.places(), self.shown
        y = point.y() + self.verticalScrollBar().value()
        if not shown.runs or not places.axis <= point.x() < places.axis + places.width:
            return ""
        position = int((point.x() - places.axis) / places.width * shown.length)
        at, lumisection = shown.place_of(position)
        span = shown.runs[at]
        told = [shown.moment(lumisection)]
        if span.run > 0:
            told[0] = f"{run_words(span.run).capitalize()}, {told[0]}"
        when = span.time_of(lumisection)
        if when is not None:
            told[0] += f", {clock(when)} {zone_words()}"
        for row in shown.conditions:
            segment = next(each for each in row.segments[at]
                           if each.first <= lumisection <= each.last)  # fmt: skip
            told.append(f"{row.name}: {segment.words or 'not known'}")
        for each in shown.numbers:
            number = each.item.words(each.values[at][lumisection - 1])
            told.append(f"{each.item.label}: {number or 'not known'}")
        if shown.luminosity:
            value = shown.luminosity[at][lumisection - 1]
            told.append(f"{shown.luminosity_name}: {luminosity_words(value)} cm⁻²s⁻¹")
        inside = places.beam <= y < places.rows or y >= places.foot
        return "\n".join(told) if inside else ""

    def _cell_at(self, point: QPoint) -> Cell | None:
        places, shown = self._picture.places(), self.shown
        y = point.y() + self.verticalScrollBar().value()
        row = int((y - places.rows) // places.row)
        if not shown.rows or not 0 <= row < len(shown.rows):
            return None
        x = (point.x() - places.axis) / places.width
        last = shown.length - 1
        return Cell(row, min(max(int(x * shown.length), 0), last) if x < 1 else last)

    # -- where things lie ------------------------------------------------------------

    def _lay_scroll(self) -> None:
        self._picture.shown, self._picture.font = self.shown, self.font()
        self._picture.size = self.viewport().size()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setRange(0, max(0, round(self._picture.places().height) - height))

    def _scroll_to_cell(self) -> None:
        places, bar = self._picture.places(), self.verticalScrollBar()
        top = places.rows + self._cell.row * places.row
        if top - bar.value() < 0 or self._cell.row == 0:
            bar.setValue(0 if self._cell.row == 0 else round(top))
        elif top + places.row - bar.value() > self.viewport().height():
            bar.setValue(round(top + places.row - self.viewport().height()))
        if self._cell.row == len(self.shown.rows) - 1:
            bar.setValue(bar.maximum())

    # -- painting --------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything from the rows."""
        painter = QPainter(self.viewport())
        theme = self._context.theme
        painter.fillRect(self.viewport().rect(), QColor(theme.panel))
        painter.translate(0, -self.verticalScrollBar().value())
        self._picture.cell = self._cell if self.hasFocus() else None
        self._picture.since = self.looks.since
        self._picture.paint(painter, theme)
        painter.end()


def _worst_row(overview: Overview) -> int:
    """Where the keyboard begins: the first row that is worst, else the first."""
    for status in LOUD:
        for number, row in enumerate(overview.rows):
            if row.status is status:
                return number
    return 0
