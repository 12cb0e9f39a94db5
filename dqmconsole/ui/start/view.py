"""The start of the shift: who has it, what was handed over, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.record import HandOver
from dqmconsole.shift import actions
from dqmconsole.shift.chain import last_test
from dqmconsole.shift.sounding import why_silent
from dqmconsole.shift.words import shift_words
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.start.chain import ChainCard
from dqmconsole.ui.start.hand_over import HandOverCard
from dqmconsole.ui.start.looking import BadNowCard, ChecksCard
from dqmconsole.ui.start.news import NewsCard
from dqmconsole.ui.start.who import WhoCard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QResizeEvent

    from dqmconsole.ui.context import Context

WIDE = 1000  # px from which there are two columns
GAP = 8


class StartView(QWidget):
    """The page on which a shift begins; shown in the middle of the window.

    Args:
        context: what it works with.
        dock: takes the height that it needs: put aside while it is shown.

    Attributes:
        news: what changed.
        checks: the check-list of the start.
        chain: the test of the alarms.

    Signals:
        begun: the shift has begun.
        people_wanted: somebody asks who is who.
    """

    begun = Signal()
    people_wanted = Signal()

    def __init__(self, context: Context, dock: QDockWidget) -> None:
        super().__init__()
        self._context = context
        session = self._session = context.session
        self.setAccessibleName("Start of the shift")
        self._dock = dock
        self._dock_waits = False
        self._whose = ""  # whoever was named when the keyboard left their name
        self._who = WhoCard(session)
        self._hand_over = HandOverCard(session, context.colours)
        self.news = NewsCard(session, context.colours)
        self._bad = BadNowCard(session, context.colours)
        self.checks = ChecksCard(session, context.colours)
        self.chain = ChainCard(session)
        self._waits = words_label("Release that waits")
        self._said = words_label("Beginning", "muted")
        self._button = QPushButton()
        self._lay_out()
        self._who.named.connect(self._named)
        self._who.people_wanted.connect(self.people_wanted)
        self._who.leader.textChanged.connect(self._say)
        self._hand_over.read.clicked.connect(self._say)
        self._bad.plot_wanted.connect(context.selection_wanted)
        self._button.clicked.connect(self._press)
        self._hand_over.refused.connect(context.said)
        self.news.refused.connect(context.said)
        self.checks.refused.connect(context.said)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def open(self) -> None:
        """Show it with what is true now, and give it the keyboard."""
        self._put_aside()
        self._show()
        if self._session.shift is None:
            self._who.name.setFocus(Qt.FocusReason.OtherFocusReason)
            self._who.name.selectAll()
        elif self._hand_over.unread:
            self._hand_over.read.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self.news.focus_first():
            listed = self.checks.list
            first = listed if listed.isVisible() else self._button
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_session(self, _now: float) -> None:
        """Show again what depends on book, run and time; cheap when hidden."""
        if self.isVisible():
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay it out in two columns where there is room."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        self._columns.setDirection(
            QBoxLayout.Direction.LeftToRight
            if wide
            else QBoxLayout.Direction.TopToBottom
        )

    def hideEvent(self, event: QHideEvent) -> None:
        """Bring back what was put aside; not when the whole window goes."""
        super().hideEvent(event)
        if self._dock_waits and self.window().isVisible():
            self._dock_waits = False
            self._dock.show()

    # -- what is done --------------------------------------------------------------

    def _put_aside(self) -> None:
        if self._dock.isVisible():
            self._dock_waits = True
            self._dock.hide()

    def _press(self) -> None:
        if self._session.shift is None:
            self.begin()
        else:
            self._give_away()

    def begin(self) -> None:
        """Begin the shift as the page says."""
        refused = actions.begin(
            self._session,
            self._who.who,
            self._who.leader.text(),
            read=self._hand_over.read_uid,
            acknowledged=self.news.acknowledged,
            checked=sorted(self.checks.checked),
        )
        if refused:
            self._context.said.emit(f"The shift has not begun: {refused}")
            self._who.name.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._context.said.emit(
            f"The shift has begun: {shift_words(self._session.shift)}"
        )
        self.begun.emit()
        self._show()
        if not self.news.focus_first():
            self.checks.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give_away(self) -> None:
        if refused := self._session.end():
            self._context.said.emit(refused)
            return
        self._context.said.emit("The shift is given away")
        self._who.name.clear()
        self._who.leader.clear()
        self._show()
        self._who.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _named(self) -> None:
        if self._whose not in ("", self._who.who):
            # another person has read and checked nothing; who ticked before they said
            # their name keeps it
            self._whose = ""
            self._hand_over.forget()
            self.checks.forget()
        self._who.show_session()
        self.news.show_session(self._who.who)
        self._share()
        self._say()

    # -- what is shown -------------------------------------------------------------

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        """Scroll to the whole step that the keyboard came to."""
        if before is self._who.name and now is not None:
            self._whose = self._who.who
        if now is None or not self.isVisible() or not self._scroll.isAncestorOf(now):
            return
        card: QWidget | None = now
        while card is not None and not isinstance(card, Card):
            card = card.parentWidget()
        if card is not None:
            self._scroll.ensureWidgetVisible(card, 0, 0)
        self._scroll.ensureWidgetVisible(now, 0, GAP)

    def _show(self) -> None:
        shift = self._session.shift
        self._who.show_session()
        self._hand_over.show_session()
        self.news.show_session(shift.who if shift is not None else self._who.who)
        self._bad.show_session()
        self.checks.show_session()
        self.chain.show_session()
        waiting = self._session.client.mailbox.release_waiting
        self._waits.setVisible(waiting is not None)
        if waiting is not None:
            self._waits.setText(
                f"Release {waiting.number} by {waiting.by} waits (F3): {waiting.why}"
            )
        self._share()
        self._say()

    def _share(self) -> None:
        """Give the height of a column to its text, where there is one to read."""
        for column, card, text in self._texts:
            column.setStretchFactor(card, 0 if text.isHidden() else 100)

    def _say(self) -> None:
        """Write the foot: what the button does, and what is still to be read."""
        session, unread = self._session, self.news.unread
        left = []
        if self._hand_over.unread:
            left.append("the hand-over is not marked as read")
        if unread:
            many = "change is" if unread == 1 else "changes are"
            left.append(f"{unread} {many} unread")
        if session.shift is None:
            self._name_button("Begin the shift", "   Ctrl+Enter")
            if left:
                left[-1] += " (the line under the run header keeps saying so)"
            if not self._who.leader.text().strip():
                left.insert(0, "no shift leader named")
            words = "What you have read goes on record as the shift begins."
            self._said.setText(_sentence(left or [words]))
            if not self._who.who:
                self._said.setText("First: your name.")
            return
        self._name_button("Give the shift away", "")
        given = any(
            record.shift == session.author.signature.shift
            for record, _ in session.logbook.of(HandOver)
        )
        if not why_silent(session) and last_test(session) is None:
            left.append("whether alarms are heard was not tested")
        words = "You have the shift."
        if left:
            words += f" {_sentence(left)}"
        self._said.setText(words if given else f"{words} It has no hand-over yet (H).")

    def _name_button(self, name: str, key: str) -> None:
        self._button.setText(name + key)
        self._button.setAccessibleName(name)

    def _lay_out(self) -> None:
        title = QLabel("Start of the shift")
        set_text(title, TITLE, bold=True)
        head = QHBoxLayout()
        head.setContentsMargins(2, 2, 4, 5)
        head.setSpacing(16)
        head.addWidget(title)
        head.addWidget(self._waits, 1)
        inner = QWidget()
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, inner)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(GAP)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, cards in (
            (left, (self._who, self._hand_over, self._bad)),
            (right, (self.news, self.checks, self.chain)),
        ):
            column.setSpacing(GAP)
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)  # takes what no text needs: no card stands half empty
        self._texts: tuple[tuple[QVBoxLayout, Card, QWidget], ...] = (
            (left, self._hand_over, self._hand_over.text),
            (right, self.news, self.news.text),
        )
        self._columns.addLayout(left, 5)
        self._columns.addLayout(right, 6)
        scroll = self._scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        foot = QHBoxLayout()
        foot.setContentsMargins(2, 6, 4, 4)
        foot.setSpacing(16)
        foot.addWidget(self._said, 1)
        foot.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addLayout(foot)


def _sentence(parts: Sequence[str]) -> str:
    words = "; ".join(parts).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."
