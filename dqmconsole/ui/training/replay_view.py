"""The replay of an exam in the window: the page, a ring on the plot, what was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.model.layout import plot_key, split_page
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted
from dqmconsole.shift.pages import Pages
from dqmconsole.training.lesson import (
    EVERYWHERE,
    LessonStep,
    short_name,
    split_cause,
    teaching,
)
from dqmconsole.training.score import is_named, is_right
from dqmconsole.training.truth import keys_on, right_step
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.training.bars import SlimBar
from dqmconsole.ui.training.cover import PageCover
from dqmconsole.ui.training.finding import cause_words
from dqmconsole.ui.training.overlay import Ring
from dqmconsole.ui.training.pages import sentence
from dqmconsole.ui.training.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent

    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import AnswerKey
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

    def show_answer(
        self, answer: ItemAnswered, site: Site | None, since: str = ""
    ) -> None:
        """Show what an item was and what was said of it.

        What is asked for stands there from :meth:`show_page` on.

        Args:
            answer: the answer.
            site: the site it is of.
            since: what is otherwise on the page than when it was answered, or "".
        """
        was = f"{right_words(answer)} {shown_words(answer, site)} {since}"
        self._was.show_words(was.rstrip())
        self._said.show_words(said_words(answer, title_of(site, answer)))
        self._asked.show_words(" ")
        self._ring.hide()
        self.show()

    def show_page(self, answer: ItemAnswered, site: Site) -> None:
        """The page is in view: say what is asked for there, and point at the plot."""
        conditions = self._parts.context.client.mailbox.run.conditions
        run_type, beam = conditions.run_type or "", conditions.beam_mode or ""
        self._asked.show_words(step_words(answer, site, run_type, beam))
        if not answer.shows or answer.truth != "bad":
            self._ring.hide()
            return
        everywhere = split_cause(answer.cause)[0] in EVERYWHERE
        region = () if everywhere else answer.region
        step = LessonStep("replay", "", point=f"plot {answer.shows[0]}", region=region)
        target = target_of(self._parts, step)
        if isinstance(target.window, QWidget):
            self._ring.point(target.window, target.rect)
        else:
            self._ring.hide()


class ReplayView:
    """Shows an exam again; the verdicts of the console are shown now, too.

    A sheet covers the page until all of it is drawn.

    Args:
        parts: the window's parts.
        leave: goes back to the result.
        monotonic: s.

    Attributes:
        bar: over the page: which item, and the ways on, back and out.
        card: under it: what it showed, what was said, what the instruction asks.
    """

    def __init__(
        self,
        parts: Parts,
        leave: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._parts = parts
        self._replay: Replay | None = None
        self._shown: tuple[object, ...] = ()
        self.bar = SlimBar("Replay", parts.context.colours)
        self.bar.add_button("Before: Ctrl+PgUp", "The page before", lambda: self.go(-1))
        self.bar.add_button("Next: Ctrl+PgDown", "The next page", lambda: self.go(1))
        self.bar.add_button("To the result: Esc", "Back to the result", leave)
        self.card = AnswerCard(parts, "Ring of the replay")
        self._cover = PageCover(parts, self.card, monotonic)

    @property
    def goes_on(self) -> bool:
        """A replay is shown."""
        return self._replay is not None

    def end(self) -> None:
        """Take bar, card and ring away; nothing when they are."""
        if self._replay is None:
            return
        self._replay, self._shown = None, ()
        self.bar.hide()
        self.card.hide()
        self._forget()
        self._cover.sheet.hide()

    def go(self, by: int) -> None:
        """Go some items on, or back."""
        if self._replay is not None:
            self._replay.go(by)
            self.look(self._replay)

    def look(self, replay: Replay) -> None:
        """Show the item in view; once per look, after its own."""
        if replay is not self._replay:
            self._replay = replay
            self._parts.context.sense_changed.emit()  # one can go on from now on
        answer, client = replay.shown.answer, self._parts.context.client
        now = as_shown_now(answer, replay.key)
        if (replay, replay.at, replay.state) != self._shown:
            self._shown = replay, replay.at, replay.state
            self._cover.renew()
            self.bar.show()
            since = changed_words(answer, now, replay.site)
            self.card.show_answer(answer, replay.site, since)
            if replay.state == "preparing":
                self._forget()
        many = len(replay.items)
        name = f"Page {replay.at + 1} of {many}"
        self.bar.show_state(name, "", (replay.at + 1) / many)
        if replay.state == "showing" and client.site is not None:
            if not replay.drawn:  # from then on one may look at others, too
                self._bring(now)
            replay.drawn = self._cover.reveal()
        if not replay.drawn or client.site is None:
            self._cover.sheet.cover(f"{name} {self._why_not(replay)}")
            return
        self.card.show_page(now, client.site)

    # -- inside ------------------------------------------------------------------------

    def _forget(self) -> None:
        """Clear what is shown of the source that was closed."""
        self._cover.sheet.cover(" ")  # first: it takes the keyboard from the plots
        self._parts.context.forget_source()

    def _why_not(self, replay: Replay) -> str:
        """Why the item cannot be seen, after its name."""
        if replay.state == "failed":
            return f"cannot be shown again: {replay.said}."
        client, words = self._parts.context.client, "is being prepared …"
        if client.source and client.engine.state in ("silent", "restarting", "ended"):
            words += f"\n{sentence(client.engine.sentence)}"
        return words

    def _bring(self, answer: ItemAnswered) -> None:
        """Show the page, with the plot selected that the card is about."""
        view = self._parts.view
        name = next((n for n in view.pages.names if n.path == answer.page), None)
        if name is None:
            return
        layout, page = split_page(answer.page)
        keys = [place.key for place in view.pages.plots(name)]
        wanted = plot_key(layout, page, plot_of(answer))
        self._cover.bring(name, wanted if wanted in keys else "".join(keys[:1]))


def as_shown_now(answer: ItemAnswered, key: AnswerKey) -> ItemAnswered:
    """An answer with plots and place as the replayed run shows them, where known."""
    if answer.truth != "bad" or key.plots is None:
        return answer
    return msgspec.structs.replace(answer, shows=key.plots, region=key.region)


def changed_words(answer: ItemAnswered, now: ItemAnswered, site: Site | None) -> str:
    """What the replayed run shows elsewhere than the one that was judged, or ""."""
    if not answer.shows or not set(answer.shows).isdisjoint(now.shows):
        return ""
    judged = title_of(site, answer, answer.shows[0])
    words = "The simulation has changed since this exam: the run shows it "
    words += f"in {title_of(site, now, now.shows[0])}" if now.shows else "nowhere"
    return f"{words} now, and it was judged by {judged}."


def plot_of(answer: ItemAnswered) -> str:
    """Path of the plot that an answer is about; "" of none.

    Of a fault one on which it shows: that which was pointed at, or the clearest.
    """
    if answer.truth != "bad" or answer.plot in answer.shows:
        return answer.plot
    return answer.shows[0] if answer.shows else answer.plot


def title_of(site: Site | None, answer: ItemAnswered, path: str | None = None) -> str:
    """Title of a plot of the page of an answer; "" of none.

    Args:
        site: has the page.
        answer: the answer.
        path: of the plot; None: of that which was pointed at.
    """
    path = answer.plot if path is None else path
    if not path:
        return ""
    plot = Pages(site).plot(plot_key(*split_page(answer.page), path)).plot
    return plain_title(plot.title) or path


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
    words = f"You said: {said_of(answer, title)}"
    if answer.urgency:
        words += f"; {answer.urgency}"
    return f"{words}. {console_words(answer)} {answer.seconds:.0f} s."


def said_of(answer: ItemAnswered, title: str) -> str:
    """What was said: "something is wrong in Depth 1, HV trip"."""
    words = SAID[answer.answer]
    if answer.answer == "bad":
        words += f" in {title}" if title else ""
        words += f", {short_name(answer.named)}" if answer.named else ", no cause named"
    return words


def console_words(answer: ItemAnswered) -> str:
    """What the console's own verdicts said of the page, as a sentence."""
    if answer.automatic == "bad":
        return "The console called a plot of it BAD."
    if not answer.automatic:
        return "The console judged nothing of it."
    if not answer.warned:
        return "The console called nothing BAD."
    plots = counted(answer.warned, "plot")
    return f"The console called nothing BAD: {plots} WARNING, which is not counted."


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
