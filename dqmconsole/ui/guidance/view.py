"""The instruction of the selected plot, in the panel."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dqmconsole.model.moment import clock_words
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions
from dqmconsole.shift.alarm_words import members_words
from dqmconsole.shift.guidance import Guidance, ticked
from dqmconsole.shift.pages import Pages
from dqmconsole.ui.guidance.contacts import (
    callees,
    calls_about,
    soon_now,
    step_words,
)
from dqmconsole.ui.guidance.examples import ExampleStrip
from dqmconsole.ui.guidance.head import InstructionHead
from dqmconsole.ui.guidance.sections import NoteList, Section, WhomToCall
from dqmconsole.ui.guidance.steps import StepList, StepMark
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.text import SafeText, bring_into_view

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.message import Examples, Receipt
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.shift.reading import News
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.markdown import Link

AS_WRITTEN = ("shows", "judge", "examples", "steps", "whom")
_RIGHT = 6  # px kept free at the right edge
WHEN_BAD = ("steps", "whom", "shows", "judge", "examples")


class GuidanceView(QWidget):
    """Notes, instruction with its steps, examples, and whom to call.

    Args:
        context: session, shift and view.
        drafts: it shows instructions as they are edited: nothing of them is done.

    Attributes:
        whom: whom to call about the plot.
        example: one of its examples, large.
    """

    def __init__(self, context: Context, *, drafts: bool = False) -> None:
        super().__init__()
        self._context = context
        self._place: PlotPlace | None = None
        self._draft: Guidance | None = None
        self._guidance = Guidance(None)
        self._is_urgent = True
        self._changed: News | None = None
        self._order: tuple[str, ...] = ()
        self._stops: list[QWidget] = []
        self._notes = NoteList(context.colours)
        self._head = InstructionHead(context.colours)
        self._shows = SafeText("What it shows")
        self._judge = SafeText("How to judge")
        self._steps = StepList(context.colours)
        self._examples = ExampleStrip(context, drafts=drafts)
        self.example = self._examples.sheet
        self.whom = WhomToCall()
        self._sections = {
            "shows": Section("What it shows", self._shows),
            "judge": Section("How to judge", self._judge),
            "examples": Section("Good and bad examples", self._examples),
            "steps": Section("If it is bad", self._steps),
            "whom": Section("Whom to call", self.whom),
        }
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, _RIGHT, 0)
        self._column.setSpacing(12)
        self._column.addWidget(self._notes)
        self._column.addWidget(self._head)
        self._arrange(AS_WRITTEN)
        self._head.difference_wanted.connect(self.toggle_difference)
        self._head.read.connect(self._acknowledge)
        if not drafts:
            self._steps.toggled.connect(self._toggle)
            context.link_wanted.connect(self.follow)
        for text in (self._notes, self._shows, self._judge, self._steps):
            # the manual and what looks back follow theirs, too
            text.followed.connect(context.link_wanted)
        context.colours.changed.connect(self._show_again)
        self.show_plot(None)

    # -- what is shown -------------------------------------------------------------

    def show_plot(self, place: PlotPlace | None) -> None:
        """Show what the site says of a plot; None: of none."""
        self._place = place
        self._head.hide_difference()
        self.setVisible(place is not None)
        if place is None:
            return
        self.show_session(self._context.clock())

    def show_draft(self, place: PlotPlace, found: Instruction, owner: str) -> None:
        """Show an instruction as it is edited.

        Args:
            place: the plot that it is shown beside.
            found: it.
            owner: role that owns the layout.
        """
        self._place, self._draft = place, Guidance(found, owner=owner)
        self.show_session(self._context.clock())

    def show_session(self, now: float) -> None:
        """Show again what depends on the book and the time."""
        place, session = self._place, self._context.session
        if place is None or session.site is None:  # between two sources
            return
        draft = self._draft
        self._guidance = guidance = draft or session.guidance(place.key)
        found = guidance.instruction
        known = found is not None and draft is None
        self._changed = self._change_of(found) if found and known else None
        self._notes.show_notes(guidance.notes)
        self._head.show_guidance(guidance, self._changed, now)
        if self._changed is not None and self._head.waits:
            self._show_difference(self._changed)
        for name, section in self._sections.items():
            section.setVisible(name == "whom" or bool(found and getattr(found, name)))
        now_asked = None if draft else soon_now(session, guidance, place.key)
        soon = "" if now_asked is None else now_asked[1]
        soon = soon[:1].upper() + soon[1:]
        notes = filter(None, (soon, members_words(session, place.key)))
        self._sections["steps"].show_note("\n".join(notes))
        no_steps = found is None or not found.steps
        self._sections["whom"].show_note(soon if no_steps else "")
        self._is_urgent = now_asked is None or now_asked[0] == "call now"
        if found is not None:
            self._show_instruction(found, now)
        people = [each.words for each in callees(session, guidance)]
        calls = calls_about(session, place.key)
        self.whom.show_people(people, calls[0] if calls else "")
        verdict = session.client.mailbox.verdicts.get(place.key)
        bad = verdict is not None and verdict.status in (Status.BAD, Status.STALE)
        self._arrange(WHEN_BAD if bad and draft is None else AS_WRITTEN)
        self._order_tabs()

    def show_examples(self, drawn: Examples) -> None:
        """Show the examples that the engine has drawn."""
        self._examples.show_examples(drawn)

    def show_refused(self, receipt: Receipt) -> None:
        """Say why the examples were not drawn, when it was they."""
        self._examples.show_refused(receipt)

    # -- what is done --------------------------------------------------------------

    def focus_instruction(self) -> None:
        """Give the instruction the keyboard."""
        self._head.setFocus(Qt.FocusReason.OtherFocusReason)

    def tick_next(self) -> None:
        """Tick the first step that is open."""
        at = self._steps.first_open()
        if self._guidance.instruction is None or at is None:
            self._context.said.emit("All steps of the instruction are ticked")
            return
        self._toggle(at)
        bring_into_view(self._steps.boxes[at].parentWidget() or self._steps)

    def follow(self, link: Link) -> None:
        """Go where a link leads; to a view leads what looks back."""
        context, target = self._context, link.target
        if link.kind in ("page", "plot") and context.only is not None:
            self._follow_here(link)
        elif link.kind == "page":
            names = Pages(context.client.site).names
            if not any(name.path.casefold() == target.casefold() for name in names):
                context.said.emit(f"There is no page {target}")
                return
            context.page_wanted.emit(target)
        elif link.kind == "plot":
            context.plot_wanted.emit(target)
        elif link.kind == "instruction":
            name = f"{target}#{link.section}" if link.section else target
            context.instruction_wanted.emit(name)
        elif link.kind == "web":
            QDesktopServices.openUrl(QUrl(target))

    # -- inside --------------------------------------------------------------------

    def _follow_here(self, link: Link) -> None:
        """Select the plot that a link leads to, where no other page may be seen."""
        context = self._context
        page = context.page
        places = Pages(context.client.site).plots(page) if page is not None else ()
        wanted = link.target if link.kind == "plot" else ""
        keys = [each.key for each in places if wanted in (each.key, each.plot.path)]
        if keys:
            context.selection_wanted.emit(keys[0])
        else:
            context.said.emit("Only this page can be seen now")

    def _change_of(self, found: Instruction) -> News | None:
        """How an instruction differs from what the person on shift last read."""
        session = self._context.session
        who = session.author.signature.who
        news = session.news(who) if who else None
        wanted = ("instruction", found.id)
        return next(
            (
                each
                for each in news or ()
                if (each.item.kind, each.item.id) == wanted and not each.gone
            ),
            None,
        )

    def _show_instruction(self, found: Instruction, now: float) -> None:
        inks = inks_of(self._context.theme, dim=bool(self._guidance.sentence))
        self._shows.show_markdown(found.shows, inks)
        self._judge.show_markdown(found.judge, inks)
        self._steps.show_steps(found.steps, self._step_states(found, now), inks)
        if self._place is not None:
            self._examples.show_instruction(self._place, found)

    def _step_states(self, found: Instruction, now: float) -> list[StepMark]:
        assert self._place is not None
        session = self._context.session
        info, site = session.client.mailbox.run, session.site
        assert site is not None
        plots = session.with_one_cause(self._place.key)
        done = ticked(session.logbook, found, plots, info.run)
        states = []
        for at, step in enumerate(found.steps):
            mode = info.conditions.beam_mode
            urgency, soon, whom = step_words(step, mode, site.contacts, now)
            record, who = done.get(at), ""
            if record is not None:
                saving = record.uid in session.author.unsaved
                when = clock_words(record.made_at)
                who = "saving" if saving else f"✓ {record.who}, {when}"
            loud = urgency == "call now" and self._is_urgent and record is None
            states.append(StepMark(record is not None, who, urgency, soon, whom, loud))
        return states

    def _toggle(self, at: int) -> None:
        found, place = self._guidance.instruction, self._place
        session = self._context.session
        if found is None or place is None:
            return
        done = not self._steps.boxes[at].isChecked()
        run = session.client.mailbox.run.run
        refused = actions.tick(session, found, at, place.key, run, done=done)
        if refused:
            self._context.said.emit(f"Not ticked: {refused}")
        self._show_again()

    def toggle_difference(self) -> None:
        """Show or hide what changed since the shifter last read the instruction."""
        if self._changed is None or not self._changed.before_hash:
            self._context.said.emit(self._no_difference_words())
            return
        if self._head.shows_difference or self._head.waits:
            self._head.hide_difference()
            return
        self._show_difference(self._changed)
        bring_into_view(self._head)

    def _no_difference_words(self) -> str:
        session, found = self._context.session, self._guidance.instruction
        who = session.author.signature.who
        if self._place is None or found is None:
            return "The selected plot has no instruction"
        if self._changed is not None:
            return "No difference: the instruction is new, you have not read it yet"
        if not who:
            return "No difference: nobody has the shift, so nobody has read it (F2)"
        if session.news(who) is None:
            return "What you read of the instruction is still being looked up"
        return f"Nothing changed in it since you read version {found.version}"

    def _show_difference(self, changed: News) -> None:
        session = self._context.session
        before = actions.text_read(session, session.author.signature.who, changed)
        self._head.show_difference(before, changed.item.text)

    def _acknowledge(self) -> None:
        if self._changed is None:
            return
        refused = actions.acknowledge(self._context.session, self._changed)
        if refused:
            self._context.said.emit(f"Not on record: {refused}")
        self._head.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_again()

    def _show_again(self) -> None:
        self.show_session(self._context.clock())

    def _arrange(self, order: tuple[str, ...]) -> None:
        if order == self._order:
            return
        self._order = order
        for name in order:  # whatever stood there is moved
            self._column.addWidget(self._sections[name])

    def _order_tabs(self) -> None:
        """Let Tab go down the column; what was built last would come last."""
        inside: dict[str, list[QWidget]] = {
            "shows": [self._shows],
            "judge": [self._judge],
            "examples": list(self._examples.cells),
            "steps": self._steps.stops,
        }
        stops = [*self._notes.stops, *self._head.stops]
        for name in self._order:
            stops += inside.get(name, [])
        if stops != self._stops:
            self._stops = stops
            for before, after in pairwise(stops):
                QWidget.setTabOrder(before, after)
