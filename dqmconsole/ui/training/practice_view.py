"""Practice in the window: a bar with the time left, and the feedback on a finding."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import plain_line
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.live.panel import verdict_words
from dqmconsole.ui.markdown import Inks
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.training.slim_bar import GAP, SlimBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.practice import Feedback, Practice
    from dqmconsole.ui.markdown import Link
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Theme

END_KEY = "Shift+Esc"
STRIPE = 4  # px
_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~-])")


def feedback_markdown(feedback: Feedback, parts: Parts) -> str:
    """Write what a finding was worth, with links to plot and instruction.

    Args:
        feedback: of the practice.
        parts: they know the plot, its verdict and its instruction.
    """
    said_of = [escaped(feedback.words.removeprefix("Right: "))]
    if feedback.plot:
        place = parts.view.pages.plot(feedback.plot)
        title = place.plot.title or place.plot.path
        where = f"{place.page.layout} › {place.page.page}, " if place.page else ""
        link = f"[{escaped(where + title)}](<plot:{place.plot.path}>)"
        said_of.append(f"To be seen in {link}.")
        verdict = parts.context.client.mailbox.judged(feedback.plot)
        if verdict is not None and verdict.sentence not in feedback.words:
            heading, why = verdict_words(verdict)
            said_of[-1] += f" **{heading}.** {escaped(why)}"
    step = _step(feedback, parts)
    if feedback.instruction:
        where = f"[{feedback.instruction}](<instruction:{feedback.instruction}>)"
        number = f", step {feedback.step}" if feedback.step else ""
        said = f": {escaped(step)}" if step else "."
        said_of.append(f"The instruction {where}{number}{said}")
    return "\n\n".join(said_of)


def escaped(words: str) -> str:
    """Words that Markdown writes as they are."""
    return _SIGNS.sub(r"\\\1", words)


class FeedbackCard(Overlay):
    """Lies under the bar and pushes the page down; it covers nothing, Esc closes it."""

    def __init__(self, parts: Parts, theme: Theme) -> None:
        super().__init__("Feedback", parts.context.window, (0, 0))
        self._parts, self._theme = parts, theme
        self._feedback: Feedback | None = None
        self.setProperty("role", "panel")
        self.setStyleSheet(f"FeedbackCard {{ margin-bottom: {GAP}px; }}")
        self._title = PlainLabel("Right or wrong", 11, bold=True, words=" ")
        self._text = SafeText("What was said of the finding")
        self._text.followed.connect(self._follow)
        self._close = QPushButton("Close: Esc")
        self._close.setAccessibleName("Close the feedback")
        self._close.setAutoDefault(True)
        self._close.clicked.connect(self.dismiss)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(one_line("Keys of the feedback", "F4 to the links"))
        head.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(14 + STRIPE, 6, 8, 10)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._text)
        self._to_links = QShortcut(QKeySequence("F4"), parts.context.window)
        self._to_links.activated.connect(self._take_keyboard)
        self._to_links.setEnabled(False)

    def show_feedback(self, feedback: Feedback) -> None:
        """Show what a finding was worth; the keyboard stays where it is."""
        self._feedback = feedback
        self._write()
        self._to_links.setEnabled(True)
        self.show()

    def dismiss(self) -> None:
        """Hide it; the keyboard goes back to the page if it was here."""
        holder = QApplication.focusWidget()
        here = holder is not None and self.isAncestorOf(holder)
        self._to_links.setEnabled(False)
        super().dismiss()
        if here and self._parts.view.on_page:
            self._parts.view.grid.focus_selected()

    def first_field(self) -> QWidget:
        """The text with its links."""
        return self._text

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        if self._feedback is not None:
            self._write()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the stripe of the training at its side."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(
            QRect(0, 0, STRIPE, self.height() - GAP), QColor(self._theme.training)
        )
        painter.end()

    def _take_keyboard(self) -> None:
        self._text.setFocus(Qt.FocusReason.TabFocusReason)  # to the first link

    def _write(self) -> None:
        assert self._feedback is not None
        self._title.show_words("Right" if self._feedback.right else "Not right")
        inks = Inks(self._theme.ink, self._theme.selection)
        self._text.show_markdown(feedback_markdown(self._feedback, self._parts), inks)

    def _follow(self, link: Link) -> None:
        feedback = self._feedback
        if link.kind == "plot" and feedback is not None:
            known = self._parts.view.pages.plot(feedback.plot)
            wanted = self._parts.view.pages.key_of(link.target)
            same = known.plot.path == link.target
            self._parts.view.select_plot(known.key if same else wanted)
        elif link.kind == "page":
            self._parts.view.show_page_named(link.target)
        elif link.kind == "instruction":
            self._parts.reader.show_instruction(link.target)


class PracticeView(QObject):
    """Shows the time of a practice shift, and the feedback.

    Args:
        parts: the window's parts.
        theme: the colours.
        find: asks what is wrong with the selected plot.

    Attributes:
        bar: the bar over the page.
        card: the latest feedback, under the bar.

    Signals:
        leave_wanted: somebody wants to end it.
    """

    leave_wanted = Signal()

    def __init__(self, parts: Parts, theme: Theme, find: Callable[[], None]) -> None:
        super().__init__(parts.context.window)
        self._parts = parts
        self._practice: Practice | None = None
        self._whole = 1.0
        self._shown = 0
        self.bar = SlimBar("Simulated shift", theme)
        self.bar.show_words("Practice")
        self.bar.add_button("Say what is wrong: V", "Say what is wrong", find)
        self.bar.add_button(f"End: {END_KEY}", "End it", self.leave_wanted.emit)
        self.card = FeedbackCard(parts, theme)
        self._key = QShortcut(QKeySequence(END_KEY), parts.context.window)
        self._key.activated.connect(self.leave_wanted)
        self._key.setEnabled(False)

    def end(self) -> None:
        """Take bar and feedback away; nothing when they are."""
        if self._practice is None:
            return
        self._practice = None
        self._key.setEnabled(False)
        self.bar.hide()
        self.card.dismiss()

    def look(self, practice: Practice) -> None:
        """Show how far it has come; once per look, after its own."""
        if practice is not self._practice:
            self._practice = practice
            self._whole, self._shown = max(practice.left, 1.0), 0
            self._key.setEnabled(True)
            self.bar.show()
            self._parts.view.forget_pictures()
        self.bar.show_time(left_words(practice.left), practice.left / self._whole)
        if len(practice.feedback) > self._shown:
            self._shown = len(practice.feedback)
            self.card.show_feedback(practice.feedback[-1])

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.bar.set_theme(theme)
        self.card.set_theme(theme)


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
