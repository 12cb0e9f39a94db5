"""Calling somebody: whom, and a call on record once it is confirmed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import plain_line
from dqmconsole.model.layout import layout_of
from dqmconsole.model.moment import clock_words
from dqmconsole.shift import actions
from dqmconsole.shift.alarm_words import members_words
from dqmconsole.shift.guidance import Guidance, sooner_steps
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import SMALL, TITLE, px
from dqmconsole.ui.guidance.contacts import (
    callees,
    calling_step,
    calls_about,
    how_soon,
    person_words,
    record_call,
    step_words,
    unanswered_calls,
)
from dqmconsole.ui.guidance.phone import PhoneWords, SaidBoxes
from dqmconsole.ui.guidance.steps import UrgencyMark
from dqmconsole.ui.labels import PlainLabel, one_line, set_role
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from PySide6.QtGui import QKeyEvent

    from dqmconsole.model.instruction import Step
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.guidance.contacts import Callee

WAYS = "↑ ↓ choose   Enter asks whether you called   Esc closes"
CONFIRMING = (
    "← → or Tab choose   Space ticks   Enter does it   Esc closes, nothing is recorded"
)
ASKING = 330  # px of height, while it is asked whether they answered
CALLS = 3  # earlier calls shown


class CallSheet(Overlay):
    """Whom to call about the selected plot, in the order of escalation.

    Arrows choose, Return asks whether they were called and whether they answered; in
    training, where nobody can be called, it says whether they did. The keyboard is on
    the way back then: no stray key puts a call on record.
    """

    keeps_letters = True

    def __init__(self, context: Context) -> None:
        super().__init__("Call", context.window, (720, 500))
        self._context = context
        self._place: PlotPlace | None = None
        self._guidance = Guidance(None)
        self._people: list[Callee] = []
        self._offered = -1  # the row that nobody chose
        self._title = PlainLabel("What the call is about", TITLE, bold=True)
        self._mark = UrgencyMark(context.colours)
        self._soon = PlainLabel("How soon to call", bold=True)
        self._step = PlainLabel("Step that calls", SMALL, role="muted")
        self._sooner = PlainLabel("Which causes call sooner", SMALL, role="warning")
        self._members = PlainLabel("For which plots it counts", SMALL, role="muted")
        self._list = QListWidget()
        self._list.setAccessibleName("Whom to call")
        self._list.setWordWrap(True)
        self._list.itemDoubleClicked.connect(lambda _item: self._ask())
        self._phone = PhoneWords()
        self._said_boxes = SaidBoxes(context.colours)
        self._question = PlainLabel("Whether they were called", bold=True)
        self._comment = QLineEdit()
        self._comment.setAccessibleName("What was said")
        self._comment.setPlaceholderText(
            "Name, time, and what they said and do next (may stay empty)"
        )
        self._back = push_button("Not called: back", "Not called", self._go_back)
        self._answers = {
            answered: push_button(
                f"Record: {words.lower()}", words, partial(self._record, answered)
            )
            for words, answered in (("They answered", True), ("Nobody answered", False))
        }
        self._confirming = QFrame()
        self._confirming.setProperty("role", "clear")
        self._button = push_button("I called them (Enter)", "I called them", self._ask)
        self._keys = one_line("How to leave", WAYS)
        self._said = PlainLabel("Why the call is not recorded", bold=True)
        self._earlier = PlainLabel("Earlier calls", SMALL, role="muted")
        self._lay_out()
        context.colours.changed.connect(self._recolour)

    def first_field(self) -> QWidget:
        """The list has the keyboard first."""
        return self._list

    def room(self) -> tuple[int, int]:
        """The question takes less than the list; earlier calls take more of either."""
        width, height = super().room()
        if self._confirming.isVisibleTo(self):
            height = px(ASKING)
        return width, max(height, self.heightForWidth(width))

    def open(self) -> None:
        """Show whom to call about the selected plot."""
        place = self._context.selection
        if place is None:
            return
        session = self._context.session
        self._place = place
        self._comment.clear()
        self._said_boxes.clear()
        self._turn(confirming=False)
        self._show_state()
        self._show_people()
        title = place.plot.title or place.plot.path
        self._title.show_words(f"Call about {title}")
        refused = actions.why_not(session)
        self._said.show_words(f"Not recorded: {refused}" if refused else "")
        calls = calls_about(session, place.key)[:CALLS]
        words = "\n".join(["Earlier calls about this layout in this run:", *calls])
        self._earlier.show_words(words if calls else "")
        super().open()
        self.replace()  # only what is shown knows how much room it takes

    def second(self) -> None:
        """Follow verdict, alarm and beam while it is open; whom was chosen stays so."""
        if not self.isVisible():
            return
        self._show_state()
        if self._confirming.isHidden() and self._whom() != self._people:
            at = self._list.currentRow()
            moved = self._people and at not in (-1, self._offered)
            self._show_people(self._people[at].person.role if moved else "")

    def confirm_next(self) -> None:
        """Ask at once whether whoever is next was called."""
        self.open()
        if self.isVisible():
            self._ask()

    def _recolour(self) -> None:
        if self.isVisible():
            self._show_step()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask about who is chosen on Return; a call is recorded by its button alone."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self._confirming.isHidden():
            self._ask()

    # -- inside --------------------------------------------------------------------

    def _show_state(self) -> None:
        """Show what holds now of the plot that it is about."""
        session, place = self._context.session, self._place
        assert place is not None
        self._guidance = session.guidance(place.key)
        self._show_step()
        self._members.show_words(members_words(session, place.key))

    def _whom(self) -> list[Callee]:
        session = self._context.session
        return callees(session, self._guidance)

    def _show_step(self) -> None:
        """Show how soon to call and by which step, and what to say of it."""
        session, place = self._context.session, self._place
        if place is None:
            return
        found = calling_step(session, self._guidance)
        step = found[1] if found is not None else None
        urgency, soon = how_soon(session, place.key, step)
        self._mark.setVisible(urgency is not None)
        if urgency is not None:
            self._mark.show_urgency(urgency)
        set_role(self._soon, "warning" if urgency == "call now" else "muted")
        why = self._guidance.sentence or "no step of its instruction calls"
        self._soon.show_words(
            soon
            or f"No urgency is written for this plot: {why}. The owner of the layout "
            "comes first."
        )
        words = "No step calls: the owner of the layout comes first." if soon else ""
        if found is not None:
            words = f"Step {found[0] + 1}: {plain_line(found[1].text)}"
        mode = session.client.mailbox.run.conditions.beam_mode
        sooner = sooner_steps(self._guidance, mode, urgency)
        self._step.show_words(words)
        self._sooner.show_words("\n".join(self._sooner_words(sooner, mode)))
        self._phone.show_call(session, place, urgency, sooner)

    def _sooner_words(self, steps: Iterable[Step], mode: str | None) -> Iterator[str]:
        """What calls sooner than is said while the cause is unknown, line by line."""
        session, instruction = self._context.session, self._guidance.instruction
        if session.site is None or instruction is None:
            return
        for each in steps:
            soon = step_words(each, mode, session.site.contacts, session.now())[1]
            at = instruction.steps.index(each) + 1
            yield f"If it is {' or '.join(each.causes)}: {soon} (step {at})"

    def _show_people(self, chosen: str = "") -> None:
        """List whom to call.

        Args:
            chosen: the role that was chosen; else who is waited for, else who comes
                after the one that did not answer, else the first.
        """
        session, place = self._context.session, self._place
        layout = layout_of(place.key) if place is not None else ""
        self._people = self._whom()
        silent = unanswered_calls(session)
        self._list.clear()
        for at, each in enumerate(self._people, 1):
            reach = "can be reached"
            if (call := silent.get(each.person.role)) is not None:
                reach = f"did not answer, {clock_words(call.at)}"
                if call.layout not in ("", layout):
                    reach += f" (about {call.layout})"
            elif not each.person.reachable:
                reach = "cannot be reached: outside their hours"
            words = each.words.replace(" (outside their hours)", "")
            self._list.addItem(f"{at}. {words}\n     {reach}")
        self._button.setEnabled(bool(self._people))
        if not self._people:
            self._list.addItem("The site names nobody for this plot.")
        waiting = [
            each.role for each in session.unanswered if layout_of(each.key) == layout
        ]
        roles = [each.person.role for each in self._people]
        # about something else they are called again
        here = [role for role, call in silent.items() if call.layout == layout]
        after = _after(roles, here)
        wanted = next(
            (each for each in (chosen, *waiting[:1], after) if each in roles), ""
        )
        row = roles.index(wanted) if wanted else 0
        self._offered = -1 if chosen and wanted == chosen else row
        self._list.setCurrentRow(row)

    def _ask(self) -> None:
        """Ask whether who is chosen was called, and whether they answered."""
        at, place = self._list.currentRow(), self._place
        if place is None or not 0 <= at < len(self._people):
            return
        who = person_words(self._people[at].person)
        title = place.plot.title or place.plot.path
        came, words = None, f"Did you call {who}, about {title}?"
        if self._context.phone_outcome is not None:
            came, happens = self._context.phone_outcome(self._people[at].person.role)
            words = f"You call {who}, about {title}. {happens}"
        for answered, button in self._answers.items():
            button.setVisible(came is None or answered == came)
        self._question.show_words(words)
        self._turn(confirming=True)
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back(self) -> None:
        self._turn(confirming=False)
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self, *, confirming: bool) -> None:
        """Show the question in place of the list, or the list."""
        self._confirming.setVisible(confirming)
        self._list.setVisible(not confirming)
        self._phone.setVisible(not confirming)
        self._button.setVisible(not confirming)
        self._keys.setText(CONFIRMING if confirming else WAYS)
        self.replace()

    def _record(self, answered: bool) -> None:
        at, place, session = self._list.currentRow(), self._place, self._context.session
        if place is None or not 0 <= at < len(self._people):
            return
        done, words = record_call(
            session,
            self._guidance,
            place.key,
            self._people[at],
            answered,
            self._comment.text().strip(),
            self._said_boxes.said,
        )
        if not done:
            self._said.show_words(words)
            return
        self.dismiss()
        self._context.said.emit(words)
        self._context.session_changed.emit()

    def _lay_out(self) -> None:
        how = QHBoxLayout()
        how.setSpacing(6)
        how.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        how.addWidget(self._soon, 1)
        answers = QHBoxLayout()
        answers.addWidget(self._back)
        answers.addStretch(1)
        for button in self._answers.values():
            answers.addWidget(button)
        confirming = QVBoxLayout(self._confirming)
        confirming.setContentsMargins(0, 0, 0, 0)
        confirming.setSpacing(8)
        confirming.addWidget(self._question)
        confirming.addWidget(self._said_boxes)
        confirming.addWidget(self._comment)
        confirming.addLayout(answers)
        confirming.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self._keys)
        foot.addStretch(1)
        foot.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._members)
        column.addLayout(how)
        column.addWidget(self._step)
        column.addWidget(self._sooner)
        column.addWidget(self._list, 1)
        column.addWidget(self._phone)
        column.addWidget(self._confirming, 1)
        column.addWidget(self._said)
        column.addWidget(self._earlier)
        column.addLayout(foot)


def _after(roles: Sequence[str], silent: Collection[str]) -> str:
    """Who comes after the role that did not answer last; "" where there is none.

    Args:
        roles: whom to call, one after the other.
        silent: the roles that did not answer, the latest last.
    """
    last = next(reversed(tuple(silent)), "")
    rest = roles[roles.index(last) + 1 :] if last in roles else ()
    return next((each for each in rest if each not in silent), "")
