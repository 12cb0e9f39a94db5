"""Calling somebody: one key, and it is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import plain_line
from dqmconsole.model.layout import layout_of
from dqmconsole.shift import actions
from dqmconsole.shift.alarm_words import members_words
from dqmconsole.shift.guidance import Guidance
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import SMALL, TITLE
from dqmconsole.ui.guidance.contacts import (
    callees,
    calling_step,
    calls_about,
    record_call,
    step_words,
)
from dqmconsole.ui.guidance.steps import UrgencyMark
from dqmconsole.ui.labels import PlainLabel, one_line, set_role
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.guidance.contacts import Callee

ANSWERS: dict[str, bool | None] = {
    "not said": None,
    "yes, they answered": True,
    "no, they did not": False,
}
CALLS = 3  # earlier calls shown


class CallSheet(Overlay):
    """Whom to call about the selected plot, in the order of escalation.

    Arrows choose, Return puts the call on record and closes the sheet.
    """

    def __init__(self, context: Context) -> None:
        super().__init__("Call", context.window, (660, 470))
        self._context = context
        self._place: PlotPlace | None = None
        self._guidance = Guidance(None)
        self._people: list[Callee] = []
        self._title = PlainLabel("What the call is about", TITLE, bold=True)
        self._mark = UrgencyMark(context.colours)
        self._soon = PlainLabel("How soon to call", bold=True)
        self._step = PlainLabel("Step that calls", SMALL, role="muted")
        self._members = PlainLabel("For which plots it counts", SMALL, role="muted")
        self._list = QListWidget()
        self._list.setAccessibleName("Whom to call")
        self._list.setWordWrap(True)
        self._list.itemDoubleClicked.connect(lambda _item: self._record())
        self._comment = QLineEdit()
        self._comment.setAccessibleName("What was said")
        self._comment.setPlaceholderText("What was said (may stay empty)")
        self._answered = QComboBox()
        self._answered.setAccessibleName("Answered")
        self._answered.addItems(list(ANSWERS))
        self._button = push_button(
            "Record the call (Enter)", "Record the call", self._record
        )
        self._said = PlainLabel("Why the call is not recorded", bold=True)
        self._earlier = PlainLabel("Earlier calls", SMALL, role="muted")
        self._lay_out()
        context.colours.changed.connect(self._recolour)

    def first_field(self) -> QWidget:
        """The list has the keyboard first."""
        return self._list

    def open(self) -> None:
        """Show whom to call about the selected plot."""
        place = self._context.selection
        if place is None:
            return
        session = self._context.session
        self._place = place
        self._guidance = session.guidance(place.key)
        self._comment.clear()
        self._answered.setCurrentIndex(0)
        self._show_step()
        self._show_people()
        title = place.plot.title or place.plot.path
        self._title.show_words(f"Call about {title}")
        self._members.show_words(members_words(session, place.key))
        refused = actions.why_not(session)
        self._said.show_words(f"Not recorded: {refused}" if refused else "")
        calls = calls_about(session, place.key)[:CALLS]
        words = "\n".join(["Earlier calls about this layout in this run:", *calls])
        self._earlier.show_words(words if calls else "")
        super().open()

    def record_next(self) -> None:
        """Put the call to whoever is next on record at once; stay open if refused."""
        self.open()
        if self.isVisible():
            self._record()

    def _recolour(self) -> None:
        if self.isVisible():
            self._show_step()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Record on Return, whatever has the keyboard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._record()
        else:
            super().keyPressEvent(event)

    # -- inside --------------------------------------------------------------------

    def _show_step(self) -> None:
        session = self._context.session
        found, site = calling_step(session, self._guidance), session.site
        self._mark.setVisible(found is not None)
        if found is None or site is None:
            set_role(self._soon, "muted")
            words = self._guidance.sentence or "no step of its instruction calls"
            self._soon.show_words(
                f"No urgency is written for this plot: {words}. The owner of the "
                "layout comes first."
            )
            self._step.show_words("")
            return
        at, step = found
        mode = session.client.mailbox.run.conditions.beam_mode
        urgency, soon, _ = step_words(step, mode, site.contacts, session.now())
        if urgency is not None:
            self._mark.show_urgency(urgency)
        set_role(self._soon, "warning" if urgency == "call now" else "muted")
        self._soon.show_words(soon)
        self._step.show_words(f"Step {at + 1}: {plain_line(step.text)}")

    def _show_people(self) -> None:
        session, place = self._context.session, self._place
        found = calling_step(session, self._guidance)
        self._people = callees(session, self._guidance, found[1].role if found else "")
        self._list.clear()
        for at, each in enumerate(self._people, 1):
            reach = "can be reached" if each.person.reachable else "cannot be reached"
            words = each.words.replace(" (outside their hours)", "")
            self._list.addItem(
                f"{at}. {words}\n     {reach}"
                + ("" if each.person.reachable else ": outside their hours")
            )
        self._button.setEnabled(bool(self._people))
        if not self._people:
            self._list.addItem("The site names nobody for this plot.")
        waiting = [
            each.role
            for each in session.unanswered
            if place is not None and layout_of(each.key) == layout_of(place.key)
        ]
        roles = [each.person.role for each in self._people]
        at = roles.index(waiting[0]) if waiting and waiting[0] in roles else 0
        self._list.setCurrentRow(at)

    def _record(self) -> None:
        at, place, session = self._list.currentRow(), self._place, self._context.session
        if place is None or not 0 <= at < len(self._people):
            return
        done, words = record_call(
            session,
            self._guidance,
            place.key,
            self._people[at],
            ANSWERS[self._answered.currentText()],
            self._comment.text().strip(),
        )
        if not done:
            self._said.show_words(words)
            return
        self.dismiss()
        self._context.said.emit(words)
        self._context.session_changed.emit()

    def _lay_out(self) -> None:
        keys = "↑ ↓ choose   Enter records   Esc closes"
        leave = one_line("How to leave", keys)
        how = QHBoxLayout()
        how.setSpacing(6)
        how.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        how.addWidget(self._soon, 1)
        answer = QHBoxLayout()
        answered = one_line("Label of the answer", "Answered:")
        answer.addWidget(answered)
        answer.addWidget(self._answered)
        answer.addWidget(self._comment, 1)
        foot = QHBoxLayout()
        foot.addWidget(leave)
        foot.addStretch(1)
        foot.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._members)
        column.addLayout(how)
        column.addWidget(self._step)
        column.addWidget(self._list, 1)
        column.addLayout(answer)
        column.addWidget(self._said)
        column.addWidget(self._earlier)
        column.addLayout(foot)
