"""The alarm strip: one row a cause, on top of the window, and nothing covers it."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.glossary import NOT_ADOPTED, NOT_ADOPTED_MEANS
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarm_words import (
    answer_words,
    call_words,
    called_words,
    name_means,
    onset_tip,
    plots_words,
    since_words,
    spoken,
    state_notes,
    what_words,
    worst_member,
)
from dqmconsole.shift.alarms import alarm_name
from dqmconsole.ui.fonts import SMALL, TEXT, px, set_fixed, set_text
from dqmconsole.ui.labels import ElidedLabel, set_role, tip
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import (
        QContextMenuEvent,
        QFocusEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
    )

    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.context import Context

MOST = 5  # rows
FEW = 3  # on a low screen
LOW = 880  # px of a window's height, at scale 1, beneath which it is low
ROW = 27  # px of a row, and of the gap behind the last, at scale 1
FRESH = 0.7  # s in which a row that has just come takes no click and no key
READ = 10.0  # s for which a row that somebody chose is being read
RESTS = 60.0  # s without a move after which a pointer says nothing of who reads
NEWS = 60.0  # s for which what came or changed is bold
NARROW = 1500  # px of width beneath which the columns are narrow
WALL_ANSWER = 230  # px of the answer on a wall, at scale 1: nothing shows it whole
SCANT = 1200  # px beneath which the least of them are left out
# What stands at the end must be seen: where it is, and the number of whom to call.
_PLACE = re.compile(r" \([^()]*(\([^()]*\)[^()]*)*\)$")
_NUMBER = re.compile(r", [^,]*$")
_COMES_BACK = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason,
               Qt.FocusReason.ActiveWindowFocusReason)  # fmt: skip
_WIDTHS = {"name": (138, 138, 160), "since": (168, 172, 210), "plots": (0, 70, 92),
           "call": (220, 290, 320), "answer": (166, 166, 166)}  # fmt: skip
"""Of the columns, px at scale 1: scant, narrow, and wide; 0 leaves one out."""


class Reader:
    """Whoever reads some rows, which must not move under their eyes.

    Somebody reads while the pointer is over them and was not left there, while a menu
    is open, and for some seconds after they chose a row.

    Args:
        rows: the widget of the rows.
        clock: unix time, s.
    """

    def __init__(self, rows: QWidget, clock: Callable[[], float]) -> None:
        self._rows, self._clock = rows, clock
        self._chosen_at = -math.inf
        self._pointer, self._moved_at = QPoint(), -math.inf

    def reads(self) -> bool:
        """Tell whether somebody reads now; asked at each look, to see the pointer."""
        now, pointer = self._clock(), QCursor.pos()
        over = self._rows.underMouse()
        if pointer != self._pointer or not over:
            self._pointer, self._moved_at = pointer, now
        over = over and now - self._moved_at < RESTS
        menu = QApplication.activePopupWidget() is not None
        return over or menu or 0 <= now - self._chosen_at < READ

    def note(self) -> None:
        """Note that they chose a row."""
        self._chosen_at = self._clock()


class Places:
    """Which alarms stand in the strip, and where: what is seen keeps its place.

    Attributes:
        ids: by place, "" where none stands.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []

    def look(
        self, rows: Sequence[Standing], room: int, kept: Collection[str] = ()
    ) -> None:
        """Take in how the alarms stand.

        What is gone leaves its place free, and what has none takes a free one. Only an
        alarm that asks takes the place of another one: of the last that matters less.

        Args:
            rows: the alarms, those that matter most first.
            room: number of places.
            kept: the alarms that keep their places in any case.
        """
        order = {each.alarm.id: at for at, each in enumerate(rows)}
        shown = {each.alarm.id for each in rows if each.state != "shelved"}
        found = [each if each in shown else "" for each in self.ids[:room]]
        found += [""] * (room - len(found))
        for each in rows:
            name = each.alarm.id
            if name not in shown or name in found:
                continue
            if "" in found:
                found[found.index("")] = name
                continue
            less = [other for other in found if other not in kept]
            last = max(less, key=order.__getitem__, default="")
            if last and _displaces(each, rows[order[last]], order):
                found[found.index(last)] = name
        self.ids = found

    def settle(self, rows: Sequence[Standing], room: int) -> None:
        """Give the first places to what matters most: somebody acted."""
        shown = [each.alarm.id for each in rows if each.state != "shelved"][:room]
        self.ids = shown + [""] * (room - len(shown))

    def bring(self, name: str) -> None:
        """Give an alarm the last place, if it has none: somebody wants to see it."""
        if self.ids and name not in self.ids:
            at = self.ids.index("") if "" in self.ids else -1
            self.ids[at] = name


def _displaces(one: Standing, other: Standing, order: Mapping[str, int]) -> bool:
    """Tell whether an alarm without a place is worth that of another one."""
    alike = (one.state, one.alarm.urgency) == (other.state, other.alarm.urgency)
    before = order[one.alarm.id] < order[other.alarm.id]
    return one.asks and before and not alike


class RowWords(NamedTuple):
    """What a row says.

    Attributes:
        name: what the alarm is called: its root and its family.
        what: what is wrong and where, and how it stands.
        since, plots: since when, and how many.
        soon, person: how soon to call, and whom; or when who was called.
        answer: who acknowledged it, or "" while it asks.
        status: of the worst member, or GOOD once it returned.
        loud: it asks, and somebody has to act at once.
        asks: it asks for an answer.
        urgent: somebody has to act, sooner or later.
        about: all of it, for the tooltip.
        means: what the last word of its name says.
        is_news: it came, grew or returned just now.
        called: who is to be called was.
    """

    name: str
    what: str
    since: str
    plots: str
    soon: str
    person: str
    answer: str
    status: Status
    loud: bool
    asks: bool
    urgent: bool
    about: str
    means: str = ""
    is_news: bool = False
    called: bool = False


def row_words(
    session: ShiftSession, row: Standing, rows: Sequence[Standing], now: float
) -> RowWords:
    """What the row of an alarm says.

    Args:
        session: the shift.
        row: the alarm.
        rows: all alarms.
        now: unix time, s.
    """
    alarm, run = row.alarm, session.client.mailbox.run.run
    unit = session.client.settings.unit
    notes = state_notes(row, rows, run, now, unit)
    call, called = call_words(session, alarm), called_words(session, row, rows, now)
    over = alarm.returned is not None
    answer = answer_words(row, now)
    said = " · ".join([*notes, what_words(alarm)])
    said = said[:1].upper() + said[1:] if notes else said
    onset, calls = onset_tip(alarm, unit), ": ".join(filter(None, call))
    made = "" if called is None else ": ".join(called)
    shown = called or call
    changed = max(alarm.news_at, alarm.returned or alarm.news_at)
    is_news = row.asks and 0 <= now - changed < NEWS
    means = name_means(alarm)
    adopted = NOT_ADOPTED_MEANS if NOT_ADOPTED in said else ""
    bold = "Bold: it came or changed within the last minute." if is_news else ""
    about = "\n".join(
        filter(
            None,
            [alarm_name(alarm), means, said, adopted, onset, made, calls, answer, bold],
        )
    )
    return RowWords(
        name=alarm_name(alarm),
        what=said,
        since=since_words(alarm, run, now, unit),
        plots=plots_words(alarm),
        soon="" if over else shown.soon,
        person="" if over else shown.person,
        answer=answer,
        status=Status.GOOD if over else worst_member(alarm).status,
        loud=row.asks and not over and alarm.urgency == "now",
        called=called is not None,
        asks=row.asks,
        urgent=bool(alarm.urgency),
        about=about,
        means=means,
        is_news=is_news,
    )


class AlarmRow(QFrame):
    """One place of the strip; empty while no alarm stands in it.

    Attributes:
        words: what it says; None while it is empty.
        name: id of the alarm that stands there, or "".
        bare: it has no buttons.

    Signals:
        pressed, opened: the row was clicked; to be selected, and its plot shown.
        acknowledged, shelved: its buttons.
    """

    pressed = Signal()
    opened = Signal()
    acknowledged = Signal()
    shelved = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.words: RowWords | None = None
        self.name = ""
        self.bare = False
        self.selected = self.focused = False
        self.setProperty("role", "clear")
        self._mark = MarkLabel(context.colours, 15)
        self._name, self._what = _fixed(), ElidedLabel(end=_PLACE, first=0.2)
        self._since, self._plots, self._soon = _fixed(), _fixed(), _fixed()
        self._person = ElidedLabel(end=_NUMBER)
        self._answer = ElidedLabel()
        self._acknowledge = _button("Acknowledge", self.acknowledged, 100)
        self._shelve = _button("Shelve", self.shelved, 60)
        set_text(self._name, TEXT, bold=True)
        set_text(self._soon, TEXT, bold=True)
        set_text(self._answer, SMALL)
        self._answer.setAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self._call, self._end = QWidget(), QWidget()
        for widget in (self._call, self._end):
            widget.setProperty("role", "clear")
        calls, ends = QHBoxLayout(self._call), QHBoxLayout(self._end)
        for inner in (calls, ends):
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(5)
        calls.addWidget(self._soon)
        calls.addWidget(self._person)
        ends.addWidget(self._answer, 1)
        ends.addWidget(self._acknowledge)
        ends.addWidget(self._shelve)
        ends.addStretch(0)  # the buttons of all rows stand in columns
        for wide in (self._person, self._answer, self._what):
            wide.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 6, 0)
        line.setSpacing(8)
        line.addWidget(self._mark)
        line.addWidget(self._name)
        line.addWidget(self._what, 1)
        for widget in (self._since, self._plots, self._call, self._end):
            line.addWidget(widget)
        self._columns = {
            "name": self._name, "since": self._since, "plots": self._plots,
            "call": self._call, "answer": self._end,
        }  # fmt: skip
        self.clear()

    def clear(self) -> None:
        """Let no alarm stand here."""
        self.words = None
        self.setAccessibleName("")
        self.setAccessibleDescription("")
        self.setToolTip("")
        for each in self.findChildren(QWidget):
            each.setVisible(False)
        self.update()

    def show_words(self, words: RowWords, description: str) -> None:
        """Let an alarm stand here; nothing is touched when nothing is new."""
        if words == self.words:
            return
        self.words = words
        self.setAccessibleName(f"Alarm {words.name}")
        self.setAccessibleDescription(description)
        self.setToolTip(tip(words.about))
        self._mark.setVisible(True)
        self._what.setVisible(True)
        for each in self._columns.values():
            each.setVisible(True)
        self._mark.set_status(words.status)
        role = "" if words.asks else "muted"
        colon = ":" if words.soon and words.person else ""
        for label, said in (
            (self._name, words.name), (self._what, words.what),
            (self._since, words.since), (self._plots, words.plots),
            (self._soon, f"{words.soon}{colon}"), (self._person, words.person),
            (self._answer, words.answer or "not acknowledged"),
        ):  # fmt: skip
            label.set_words(said)
            set_role(label, role)
        if self._what.font().bold() is not words.is_news:
            set_text(self._what, TEXT, bold=words.is_news)
        to_call = words.urgent and not words.called
        loud = words.loud and not words.called
        set_role(self._soon, "bad" if loud else role if to_call else "muted")
        self._soon.setVisible(bool(words.soon))
        self._soon.setFixedWidth(self._soon.sizeHint().width())
        self._person.setVisible(True)
        self._show_buttons(words)
        self._acknowledge.setAccessibleName(f"Acknowledge {words.name}")
        self._shelve.setAccessibleName(f"Shelve {words.name}")
        self.update()

    def leave_buttons_out(self, *, leave: bool) -> None:
        """Show no buttons, or show them again."""
        self.bare = leave
        if self.words is not None:
            self._show_buttons(self.words)

    def _show_buttons(self, words: RowWords) -> None:
        """Show the buttons, or how it is answered in their place."""
        buttons = words.asks and not self.bare
        self._answer.setVisible(not buttons)
        self._acknowledge.setVisible(buttons)
        self._shelve.setVisible(buttons and words.status is not Status.GOOD)

    def set_selected(self, *, selected: bool, focused: bool) -> None:
        """Draw the ring of what is selected, a strong one where the keyboard is."""
        if (selected, focused) != (self.selected, self.focused):
            self.selected, self.focused = selected, focused
            self._acknowledge.setText("Acknowledge  A" if selected else "Acknowledge")
            self.update()

    def fit(self, width: int) -> None:
        """Give the columns the widths that there is room for, in px."""
        at = sum(width >= px(each) for each in (SCANT, NARROW))
        for name, widget in self._columns.items():
            room = px(_WIDTHS[name][at])
            if name == "answer" and self.bare:
                # else the tint says that nobody acknowledged it
                room = px(WALL_ANSWER) if at else 0
            widget.setFixedWidth(room)
        self._soon.setFixedWidth(self._soon.sizeHint().width())
        self.setFixedHeight(px(ROW))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select on a click, and show the worst plot."""
        super().mousePressEvent(event)
        event.accept()
        if self.words is not None and event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()
            self.opened.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select the row before its menu comes."""
        if self.words is not None:
            self.pressed.emit()
        super().contextMenuEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground: tinted where somebody has to act, and how it stands."""
        if self.words is None:
            return
        painter, theme = QPainter(self), self._context.theme
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        edge, tint = theme.line, 0.0
        if self.words.asks:
            edge = theme.ink
            if self.words.status is Status.BAD or self.words.loud:
                edge, tint = theme.bad, 0.12
            elif self.words.status is Status.WARNING:
                edge = theme.warning
        painter.fillRect(box, blend(theme.panel, theme.bad, tint))
        painter.fillRect(QRectF(box.x(), box.y(), px(4), box.height()), QColor(edge))
        if self.selected:
            width = 2.0 if self.focused else 1.0
            painter.setPen(QPen(QColor(theme.selection), width))
            painter.drawRect(box.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        painter.end()


def _fixed() -> ElidedLabel:
    label = ElidedLabel()
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def _button(words: str, signal: SignalInstance, width: int) -> QPushButton:
    button = QPushButton(words)
    button.setProperty("role", "row")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(signal)
    set_text(button, SMALL)
    set_fixed(button, width)
    return button


class AlarmStrip(QFrame):
    """The alarms that matter most, one row a cause; which are more, the list says.

    It is not there while there is no alarm, and has one height from the first one on
    until a page is turned, or N pressed, without any. A row keeps its place until then,
    and after a turned page as long as somebody reads; only an alarm that asks takes
    the place of one that matters less, and never that of the row under the pointer or
    of the selected one.

    Args:
        context: the session, and the theme.

    Attributes:
        selected: id of the alarm that keys are about; "" for none.
        watched: somebody watches the run; else none of its alarms is shown.

    Signals:
        opened: a Standing whose plot is to be shown.
        acknowledge_wanted, shelve_wanted: a Standing, by a button of its row.
        list_wanted: all alarms are to be shown.
        menu_wanted: where on the screen somebody wants the menu of the selected row.
        changed: another alarm is selected.
        left: the keyboard went elsewhere in the window.
    """

    opened = Signal(object)
    acknowledge_wanted = Signal(object)
    shelve_wanted = Signal(object)
    list_wanted = Signal()
    menu_wanted = Signal(object)
    changed = Signal()
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._places = Places()
        self._all: tuple[Standing, ...] = ()
        self._rows: dict[str, Standing] = {}
        self._came = [0.0] * MOST  # by place: since when its alarm stands there
        self._chosen_at = 0.0  # when the selection went to another row by itself
        self._reader = Reader(self, context.wall_clock)
        self._turned = False  # a page was, and the rows are not in order since
        self._begun = False
        self._follows = False  # what is selected is what a plot on the screen shows
        self._wall_room = 0  # rows on a wall; 0 at a desk
        self.selected = ""
        self.watched = True
        self.setProperty("role", "panel")
        self.setObjectName("AlarmStrip")
        self.setAccessibleName("Alarms")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._lines: list[AlarmRow] = []
        for at in range(MOST):
            line = AlarmRow(context)
            line.pressed.connect(partial(self._pressed, at))
            line.opened.connect(partial(self._ask, at, self.opened))
            line.acknowledged.connect(partial(self._ask, at, self.acknowledge_wanted))
            line.shelved.connect(partial(self._ask, at, self.shelve_wanted))
            self._lines.append(line)
            column.addWidget(line)
        self._more = QToolButton()
        self._more.setProperty("role", "sign")
        self._more.setAccessibleName("All alarms")
        self._more.setToolTip("All alarms, with their plots and answers (Shift+N)")
        self._more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._more.clicked.connect(self.list_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 4, 2)
        row.setSpacing(4)
        row.addLayout(column, 1)
        row.addWidget(self._more)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        context.colours.changed.connect(self._fit)
        self.hide()

    # -- what it shows -------------------------------------------------------------

    @property
    def current(self) -> Standing | None:
        """The alarm that keys are about, or None."""
        return self._rows.get(self.selected)

    @property
    def names(self) -> list[str]:
        """Ids of the alarms that are seen, by place; "" where none stands."""
        return list(self._places.ids)

    @property
    def shown_rows(self) -> list[QWidget]:
        """The rows in which an alarm stands."""
        return [line for line in self._lines if line.name and line.isVisible()]

    @property
    def room(self) -> int:
        """How many rows it has."""
        if self._wall_room:
            return self._wall_room
        return FEW if self.window().height() < px(LOW) else MOST

    def is_fresh(self) -> bool:
        """Tell whether another alarm was selected just now, and not by a person."""
        return self._just_now(self._chosen_at)

    def show_alarms(self, now: float) -> None:
        """Show how the alarms stand.

        Args:
            now: unix time, s.
        """
        session = self._context.session
        hidden = session.client.blinded or not self.watched
        self._all = () if hidden else session.alarms
        self._rows = {
            each.alarm.id: each for each in self._all if each.state != "shelved"
        }
        if self._wall_room:
            self._wall_room = max(self._wall_room, self._wanted())
        self._places.look(self._all, self.room, self._kept())
        if self.selected not in self._rows:
            self._choose_by_itself()
        if self._begun and hidden:
            self._end()
        elif not self._begun and self._rows:
            self._begun = True
            self._fit()
            self.show()
        self._show(now)
        if not self._reader.reads() and self._turned:
            self.settle()

    def page_turned(self) -> None:
        """Put the rows in order, as soon as nobody reads them."""
        self._turned = self._reader.reads()
        if not self._turned:
            self.settle()

    def settle(self) -> None:
        """Give the first places to what matters most; go where there is no alarm."""
        self._turned = False
        if self._begun and not self._rows:
            self._end()
        if self._wall_room:
            self._wall_room = self._wanted()
        before = self.names
        self._places.settle(self._all, self.room)
        if self.selected:
            self._places.bring(self.selected)
        if before != self._places.ids:
            self._show(self._context.clock())

    def put_on_wall(self, *, on: bool) -> None:
        """Have no buttons and, until a page is turned, no more rows than it needs.

        Or be again as at a desk.
        """
        self._wall_room = self._wanted() if on else 0
        for line in self._lines:
            line.leave_buttons_out(leave=on)
        self._fit()
        self._places.settle(self._all, self.room)
        self._show(self._context.clock())

    def select(self, name: str) -> None:
        """Select an alarm by its id, and bring it into sight; not one on the shelf."""
        if name not in self._rows or name == self.selected:
            return
        self.selected = name
        self._places.bring(name)
        self._show(self._context.clock())
        self.changed.emit()

    def follow(self, name: str | None) -> None:
        """Select the alarm that a plot on the screen shows, while keys are about that.

        Args:
            name: id of the alarm; "" where the plot shows none, or one on the shelf;
                None where no plot is selected.
        """
        self._follows = name is not None
        if self.hasFocus():
            return
        if name in self._rows:
            self.select(name or "")
        elif (self._follows and self.selected) or not (self._follows or self.selected):
            self._choose_by_itself()
            self._show(self._context.clock())

    def step(self, by: int) -> None:
        """Select the row above or below."""
        shown = [each for each in self._places.ids if each]
        if shown:
            self._reader.note()
            at = shown.index(self.selected) if self.selected in shown else -1
            self.select(shown[min(max(at + by, 0), len(shown) - 1)])

    def open_current(self) -> None:
        """Show the plot of the selected row."""
        if self.current is not None:
            self.opened.emit(self.current)

    # -- Qt --------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the columns the widths that there is room for."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw where the keyboard is, and have something selected."""
        super().focusInEvent(event)
        if not self.selected:
            self._choose_by_itself()
        self._show_selection()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Draw that it is elsewhere."""
        super().focusOutEvent(event)
        self._show_selection()
        if event.reason() not in _COMES_BACK:
            self.left.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the selected row."""
        if self.current is not None:
            self.menu_wanted.emit(event.globalPos())

    def minimumSizeHint(self) -> QSize:
        """Return little width: words give way."""
        return QSize(px(320), self._height)

    # -- inside ------------------------------------------------------------------------

    def _kept(self) -> set[str]:
        """Ids of the alarms that somebody looks at."""
        pointed = {line.name for line in self._lines if line.underMouse()}
        return pointed | {self.selected}

    @property
    def _height(self) -> int:
        """Its height with all its rows, px."""
        return self.room * px(ROW) + 4

    def _wanted(self) -> int:
        """How many rows it takes to show all, as far as there may be so many."""
        return min(max(len(self._rows), 1), MOST)

    def _end(self) -> None:
        """Be there no more, until there is an alarm again."""
        self._begun = False
        self.hide()

    def _choose_by_itself(self) -> None:
        """Select what asks, of what is seen: what was selected is gone.

        Nothing while keys are about a plot on the screen.
        """
        shown = [self._rows[each] for each in self._places.ids if each]
        if self._follows and not self.hasFocus():
            shown = []
        chosen = [each for each in shown if each.asks] or shown
        before = self.selected
        self.selected = chosen[0].alarm.id if chosen else ""
        if before and self.selected:
            self._chosen_at = self._context.wall_clock()
        if before != self.selected:
            self.changed.emit()

    def _show(self, now: float) -> None:
        if not self._begun:
            return
        session, room = self._context.session, self.room
        if self.minimumHeight() != self._height:
            self._fit()  # the window is of another height
        ids = [*self._places.ids[:room], *[""] * (MOST - room)]
        for at, (line, name) in enumerate(zip(self._lines, ids, strict=True)):
            line.setVisible(at < room)
            if line.name != name:
                line.name, self._came[at] = name, self._context.wall_clock()
            row = self._rows.get(name)
            if row is None:
                if line.words is not None:
                    line.clear()
                continue
            words = row_words(session, row, self._all, now)
            said = (words.what, words.since, words.plots, words.soon, words.person,
                    words.answer)  # fmt: skip
            line.show_words(words, ", ".join(spoken(row, said)))
        self._show_selection()
        self._show_more(sum(map(bool, ids)))

    def _show_selection(self) -> None:
        described = "none is selected" if self._rows else "no alarm"
        for line in self._lines:
            chosen = bool(line.name) and line.name == self.selected
            line.set_selected(selected=chosen, focused=chosen and self.hasFocus())
            if chosen:
                described = line.accessibleDescription()
        if self.accessibleDescription() != described:
            self.setAccessibleDescription(described)

    def _show_more(self, seen: int) -> None:
        more, shelved = len(self._rows) - seen, len(self._all) - len(self._rows)
        said = [f"+{more} more"] if more else []
        said += [f"{shelved} shelved"] if shelved else []
        said += [] if self._all else ["no alarm"]
        words = "\n".join(said if self._wall_room else [*said, "⇧N lists all"])
        if words != self._more.text():
            self._more.setText(words)
            self._more.setAccessibleDescription(", ".join(said))

    def _pressed(self, at: int) -> None:
        self._reader.note()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.select(self._lines[at].name)

    def _ask(self, at: int, signal: SignalInstance) -> None:
        """Pass on what somebody wants of a row, unless it has just come there."""
        row = self._rows.get(self._lines[at].name)
        if row is not None and not self._just_now(self._came[at]):
            self._reader.note()
            self.select(row.alarm.id)
            signal.emit(row)

    def _just_now(self, when: float) -> bool:
        return 0 <= self._context.wall_clock() - when < FRESH

    def _fit(self) -> None:
        for line in self._lines:
            line.fit(self.width())
        self._more.setFixedWidth(px(86))
        self.setFixedHeight(self._height)
