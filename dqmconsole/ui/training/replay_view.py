"""The replay of an exam in the window: the page, a ring on the plot, what was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.training.lesson import LessonStep, split_cause, teaching
from dqmconsole.training.score import is_named, is_right
from dqmconsole.training.truth import keys_on, right_step
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.training.bars import SlimBar
from dqmconsole.ui.training.causes import short_name
from dqmconsole.ui.training.finding import cause_words
from dqmconsole.ui.training.overlay import Ring
from dqmconsole.ui.training.pages import sentence
from dqmconsole.ui.training.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent

    from dqmconsole.model.site import Site
    from dqmconsole.training.records import ItemAnswered
    from dqmconsole.training.replay import Replay
    from dqmconsole.ui.parts import Parts

SAID = {"bad": "something is wrong", "good": "nothing to report", "": "nothing in time"}


class AnswerCard(QFrame):
    """What a page was, what was said of it and what is asked for; a ring on the plot.

    Args:
        parts: the window's parts.
        name: of the ring.
    """

    def __init__(self, parts: Parts, name: str) -> None:
        super().__init__()
        self._parts = parts
        self._ring = Ring(parts.context.window, parts.context.colours, name=name)
        self.setProperty("role", "panel")
        self.setAccessibleName("What this page was")
        self._was = PlainLabel("What it showed", bold=True, words=" ")
        self._said = PlainLabel("What you said", words=" ")
        self._asked = PlainLabel("What the instruction asks for", words=" ")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(3)
        for label in (self._was, self._said, self._asked):
            column.addWidget(label)
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the ring away with it."""
        super().hideEvent(event)
        self._ring.hide()

    def show_answer(self, answer: ItemAnswered, words: str) -> None:
        """Show what an item was and what was said of it.

        Args:
            answer: the answer.
            words: in place of what is asked for, until :meth:`show_page`.
        """
        site = self._parts.context.client.site
        self._was.show_words(f"{right_words(answer)} {shown_words(answer, site)}")
        self._said.show_words(said_words(answer, self._title_of(answer.plot)))
        self._asked.show_words(words)
        self.show()

    def show_page(self, answer: ItemAnswered, site: Site) -> None:
        """The page is in view: say what is asked for there, and point at the plot."""
        conditions = self._parts.context.client.mailbox.run.conditions
        run_type, beam = conditions.run_type or "", conditions.beam_mode or ""
        self._asked.show_words(step_words(answer, site, run_type, beam))
        if not answer.shows or answer.truth != "bad":
            self._ring.hide()
            return
        step = LessonStep(
            "replay", "", point=f"plot {answer.shows[0]}", region=answer.region
        )
        target = target_of(self._parts, step)
        if isinstance(target.window, QWidget):
            self._ring.point(target.window, target.rect)
        else:
            self._ring.hide()

    def hide_ring(self) -> None:
        """Point at nothing."""
        self._ring.hide()

    def _title_of(self, path: str) -> str:
        pages = self._parts.view.pages
        plot = pages.plot(pages.key_of(path)).plot if path else None
        return (plot.title or plot.path) if plot is not None else ""


class ReplayView:
    """Shows an exam again; the verdicts of the console are shown now, too.

    Args:
        parts: the window's parts.
        leave: goes back to the result.

    Attributes:
        bar: over the page: which item, and the ways on, back and out.
        card: under it: what it showed, what was said, what the instruction asks.
    """

    def __init__(self, parts: Parts, leave: Callable[[], None]) -> None:
        self._parts = parts
        self._replay: Replay | None = None
        self._shown: tuple[object, ...] = ()
        self.bar = SlimBar("Replay", parts.context.colours)
        self.bar.add_button("Before: Ctrl+PgUp", "The page before", lambda: self.go(-1))
        self.bar.add_button("Next: Ctrl+PgDown", "The next page", lambda: self.go(1))
        self.bar.add_button("To the result: Esc", "Back to the result", leave)
        self.card = AnswerCard(parts, "Ring of the replay")

    @property
    def goes_on(self) -> bool:
        """A replay is shown."""
        return self._replay is not None

    def end(self) -> None:
        """Take bar, card and ring away; nothing when they are."""
        if self._replay is None:
            return
        self._replay = None
        self.bar.hide()
        self.card.hide()

    def go(self, by: int) -> None:
        """Go some items on, or back."""
        if self._replay is not None:
            self._replay.go(by)
            self.look(self._replay)

    def look(self, replay: Replay) -> None:
        """Show the item in view; once per look, after its own."""
        self._replay = replay
        answer, client = replay.shown.answer, self._parts.context.client
        site = client.site
        shown = replay.at, replay.state, site is None
        if shown != self._shown or self.bar.isHidden():
            self._shown = shown
            self.bar.show()
            self._write(replay, answer)
        many = len(replay.items)
        share = (replay.at + 1) / many
        self.bar.show_state(f"Page {replay.at + 1} of {many}", "", share)
        if replay.state != "showing" or site is None:
            self.card.hide_ring()
            return
        self._bring(answer)
        self.card.show_page(answer, site)

    # -- inside ------------------------------------------------------------------------

    def _write(self, replay: Replay, answer: ItemAnswered) -> None:
        words = " "
        if replay.state == "preparing":
            words = "The page is being prepared …"
        elif replay.state == "failed":
            words = f"It cannot be shown again: {sentence(replay.said)}"
        self.card.show_answer(answer, words)

    def _bring(self, answer: ItemAnswered) -> None:
        """Show the page, with the plot on which it shows selected."""
        view = self._parts.view
        name = next((n for n in view.pages.names if n.path == answer.page), None)
        if name is None or (view.on_page and view.page == name):
            return
        if view.in_detail and view.page == name:
            return
        places = view.pages.plots(name)
        first = next((p for p in places if p.plot.path in answer.shows[:1]), None)
        chosen = first or (places[0] if places else None)
        view.show_page(name, chosen.key if chosen is not None else "")


def right_words(answer: ItemAnswered) -> str:
    """Whether an item was judged rightly, in words."""
    if not is_right(answer):
        if answer.truth == "bad" and answer.answer == "bad":
            return "Not right: it does not show in that plot."
        return "Missed." if answer.truth == "bad" else "A false call."
    if answer.truth == "good":
        return "Right."
    if not is_named(answer):
        return "Found, but the cause is another."
    other = answer.named in answer.alike
    return "Right: what you named is not to be told from it." if other else "Right."


def shown_words(answer: ItemAnswered, site: Site | None) -> str:
    """What an item showed: "HV trip in Hcal (gross): the voltage of …"."""
    name, target = split_cause(answer.cause)
    if not name:
        return "Nothing happened."
    known = {each.name: each for each in teaching(site).causes}
    about = f": {cause_words(known[name])}" if name in known else ""
    where = f" in {target}" if target else ""
    band = f" ({answer.band})" if answer.band else ""
    if answer.truth == "good":
        return f"It was harmless: {short_name(name)}{where}{about}."
    return f"{short_name(name)}{where}{band}{about}."


def said_words(answer: ItemAnswered, title: str) -> str:
    """What was said of an item: "You said: something is wrong in Depth 1, HV trip"."""
    words = f"You said: {SAID[answer.answer]}"
    if answer.answer == "bad":
        words += f" in {title}" if title else ""
        words += f", {short_name(answer.named)}" if answer.named else ", no cause named"
    if answer.urgency:
        words += f"; {answer.urgency}"
    console = {"bad": "BAD", "good": "GOOD"}.get(answer.automatic, "nothing")
    return f"{words}. The console said {console} of the page. {answer.seconds:.0f} s."


def step_words(answer: ItemAnswered, site: Site, run_type: str, beam: str) -> str:
    """What the instruction in force asks for, in words."""
    if answer.truth != "bad":
        return "Nobody is called."
    keys = keys_on(site, answer.page, answer.shows)
    cause, _ = split_cause(answer.cause)
    found = right_step(site, keys, cause, run_type, beam)
    if found is None:
        return "No instruction holds for it."
    if not found.step:
        return f"The instruction {found.instruction} calls nobody."
    instruction = next(e for e in site.instructions if e.id == found.instruction)
    text = plain_line(instruction.steps[found.step - 1].text)
    return f"{found.instruction}, step {found.step}, {found.urgency}: {text}"
