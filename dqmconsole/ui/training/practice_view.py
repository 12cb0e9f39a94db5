"""Practice in the window: a bar with the time left, and the feedback on a finding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from dqmconsole.markdown import as_written, plain_line
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TEXT
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.live.panel import verdict_words
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.training.bars import GAP, SlimBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.practice import Feedback, Practice
    from dqmconsole.ui.markdown import Link
    from dqmconsole.ui.parts import Parts

STRIPE = 4  # px


def feedback_markdown(feedback: Feedback, parts: Parts) -> str:
    """Write what a finding was worth, with links to plot and instruction.

    Args:
        feedback: of the practice.
        parts: they know the plot, its verdict and its instruction.
    """
    said_of = [as_written(feedback.words.removeprefix("Right: "))]
    if feedback.plot:
        place = parts.view.pages.plot(feedback.plot)
        title = place.plot.title or place.plot.path
        where = f"{place.page.title}, " if place.page else ""
        link = f"[{as_written(where + title)}](<plot:{place.plot.path}>)"
        said_of.append(f"To be seen in {link}.")
        client = parts.context.client
        verdict = client.mailbox.judged(feedback.plot)
        if verdict is not None and verdict.sentence not in feedback.words:
            heading, why = verdict_words(verdict, client.settings.unit)
            said_of[-1] += f" **{heading}.** {as_written(why)}"
    step = _step(feedback, parts)
    if feedback.instruction:
        where = f"[{feedback.instruction}](<instruction:{feedback.instruction}>)"
        number = f", step {feedback.step}" if feedback.step else ""
        said = f": {as_written(step)}" if step else "."
        said_of.append(f"The instruction {where}{number}{said}")
    return "\n\n".join(said_of)


class FeedbackCard(Overlay):
    """Lies under the bar and pushes the page down; it covers nothing, Esc closes it."""

    def __init__(self, parts: Parts) -> None:
        super().__init__("Feedback", parts.context.window, (0, 0))
        self._parts = parts
        parts.context.colours.changed.connect(self._write)
        self._feedback: Feedback | None = None
        self.setProperty("role", "panel")
        self.setStyleSheet(f"FeedbackCard {{ margin-bottom: {GAP}px; }}")
        self._title = PlainLabel("Right or wrong", TEXT, bold=True, words=" ")
        self._text = SafeText("What was said of the finding")
        self._text.followed.connect(self._follow)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(one_line("Keys of the feedback", "F4 to the links"))
        head.addWidget(push_button("Close: Esc", "Close the feedback", self.dismiss))
        column = QVBoxLayout(self)
        column.setContentsMargins(14 + STRIPE, 6, 8, 10)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._text)

    def show_feedback(self, feedback: Feedback) -> None:
        """Show what a finding was worth; the keyboard stays where it is."""
        self._feedback = feedback
        self._write()
        self.show()
        self._parts.context.sense_changed.emit()

    def take_keyboard(self) -> None:
        """Give its first link the keyboard."""
        self._text.setFocus(Qt.FocusReason.TabFocusReason)

    def dismiss(self) -> None:
        """Hide it; the keyboard goes back to the page if it was here."""
        here = has_keyboard(self)
        super().dismiss()
        self._parts.context.sense_changed.emit()
        if here and self._parts.view.on_page:
            self._parts.view.grid.focus_selected()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the stripe of the training at its side."""
        super().paintEvent(event)
        painter = QPainter(self)
        violet = QColor(self._parts.context.theme.training)
        painter.fillRect(QRect(0, 0, STRIPE, self.height() - GAP), violet)
        painter.end()

    def _write(self) -> None:
        if self._feedback is None:
            return
        self._title.show_words("Right" if self._feedback.right else "Not right")
        inks = inks_of(self._parts.context.theme)
        self._text.show_markdown(feedback_markdown(self._feedback, self._parts), inks)
        self.update()

    def _follow(self, link: Link) -> None:
        feedback = self._feedback
        if link.kind == "plot" and feedback is not None:
            known = self._parts.view.pages.plot(feedback.plot)
            wanted = self._parts.view.pages.key_of(link.target)
            same = known.plot.path == link.target
            self._parts.view.select_plot(known.key if same else wanted)
        else:
            self._parts.context.link_wanted.emit(link)


class PracticeView:
    """Shows the time of a practice shift, and the feedback.

    Args:
        parts: the window's parts.
        find: asks what is wrong with the selected plot.
        leave: asks whether to end it.

    Attributes:
        bar: the bar over the page.
        card: the latest feedback, under the bar.
    """

    def __init__(
        self, parts: Parts, find: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        self._parts = parts
        self._practice: Practice | None = None
        self._whole = 1.0
        self._shown = 0
        self.bar = SlimBar("Practice shift", parts.context.colours)
        self.bar.add_button("Say what is wrong: V", "Say what is wrong", find)
        self.bar.add_button("End: Shift+Esc", "End it", leave)
        self.card = FeedbackCard(parts)

    def end(self) -> None:
        """Take bar and feedback away; nothing when they are."""
        if self._practice is None:
            return
        self._practice = None
        self.bar.hide()
        self.card.dismiss()

    def look(self, practice: Practice) -> None:
        """Show how far it has come; once per look, after its own."""
        if practice is not self._practice:
            self._practice = practice
            self._whole, self._shown = max(practice.left, 1.0), 0
            self.bar.show()
            self._parts.view.forget_pictures()
        share = practice.left / self._whole
        what = "Practice"
        if practice.run_is_over:
            what = "Practice: the run is over, nothing more comes"
        self.bar.show_state(what, left_words(practice.left), share)
        if len(practice.feedback) > self._shown:
            self._shown = len(practice.feedback)
            self.card.show_feedback(practice.feedback[-1])


def left_words(seconds: float) -> str:
    """How long it still lasts: "12 min left"."""
    if seconds >= 90:
        return f"{math.ceil(seconds / 60)} min left"
    return f"{math.ceil(max(seconds, 0.0))} s left"


def _step(feedback: Feedback, parts: Parts) -> str:
    """The words of the instruction's step."""
    site = parts.context.client.site
    for instruction in site.instructions if site is not None else ():
        if instruction.id == feedback.instruction:
            steps = instruction.steps
            if 0 < feedback.step <= len(steps):
                return plain_line(steps[feedback.step - 1].text)
    return ""
