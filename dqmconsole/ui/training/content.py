"""What stands in the bubble, and how high it is in a given width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import plain_line
from dqmconsole.ui.fonts import SMALL, TEXT, px, scale, set_fixed, set_text
from dqmconsole.ui.labels import PlainLabel, one_line, set_role
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.theme import Colours

_SIDE = 16  # px left and right
_TOP, _FOOT = 12, 10
_GAP = 9  # px between its parts
_BAR = 10  # px kept for the scroll bar
MOST = 5
_KEY_WIDTH = 42  # px of the number, with the mark of a choice that was made
_ROW_GAP = 4
_ROW_SIDE = 8  # px left and right in a row
_DOT_STEP = 13  # px from dot to dot
_DOT_RADIUS = 4.0


class ChoiceRow(QFrame):
    """One choice: its number, which is its key, and its words.

    It is marked while the mouse moves over it; not where a new question came to lie
    under a mouse that rests, nor, as by Qt, once the bubble moved away from the mouse.

    Signals:
        chosen: its number.
    """

    chosen = Signal(int)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.setProperty("role", "choice")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._key = QLabel(str(number))
        self._key.setProperty("role", "key")
        self._key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_fixed(self._key, width=_KEY_WIDTH)
        self.words = PlainLabel(f"Choice {number}")
        row = QHBoxLayout(self)
        row.setContentsMargins(_ROW_SIDE, 3, _ROW_SIDE, 3)
        row.setSpacing(_ROW_SIDE)
        row.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def show_choice(self, words: str, mark: str) -> None:
        """Show what it says.

        Args:
            words: the choice.
            mark: "✗" of one that was wrong, "✓" of the right one, else "".
        """
        self.words.show_words(words)
        self._key.setText(f"{mark} {self.number}" if mark else str(self.number))
        set_role(self.words, "muted" if mark == "✗" else "")
        said = {"✗": ", wrong", "✓": ", right"}.get(mark, "")
        self.setAccessibleName(f"Answer {self.number}: {words}{said}")
        set_role(self, "choice")

    def event(self, event: QEvent) -> bool:
        """Mark it while the mouse moves over it."""
        if event.type() is QEvent.Type.HoverMove:
            set_role(self, "pointed choice")
        elif event.type() is QEvent.Type.HoverLeave:
            set_role(self, "choice")
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose it with Return or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.number)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it with a click."""
        self.chosen.emit(self.number)
        event.accept()


class QuestionChoices(QWidget):
    """All choices of a question; hidden while there are none.

    Signals:
        chosen: number of a choice, from 1.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.rows = [ChoiceRow(number) for number in range(1, MOST + 1)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_ROW_GAP)
        for row in self.rows:
            row.chosen.connect(self.chosen)
            column.addWidget(row)
        self.hide()

    def show_choices(
        self, choices: Sequence[str], wrong: Collection[int], right: int
    ) -> None:
        """Show the choices of a question.

        Args:
            choices: Markdown of one line each.
            wrong: numbers of those that were tried, from 1.
            right: number of the right one once it was found; else 0.
        """
        self.setVisible(bool(choices))
        for row in self.rows:
            shown = row.number <= len(choices)
            row.setVisible(shown)
            if shown:
                mark = "✗" if row.number in wrong else ""
                mark = "✓" if row.number == right else mark
                row.show_choice(plain_line(choices[row.number - 1]), mark)
                row.updateGeometry()  # else its old height is known until an event


class Dots(QWidget):
    """A dot for each step: full when done, ringed when shown now."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.update)
        self._done: tuple[bool, ...] = ()
        self._number = 0
        self.setProperty("role", "clear")
        self.setAccessibleName("Progress")

    def show_steps(self, done: Sequence[bool], number: int) -> None:
        """Show which steps are done, and which is told, from 1."""
        if (self._done, self._number) == (tuple(done), number):
            return
        self._done, self._number = tuple(done), number
        self.setAccessibleDescription(f"{sum(done)} of {len(done)} steps done")
        set_fixed(self, _DOT_STEP * len(done) + 2, _DOT_STEP + 1)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale(), scale())
        theme = self._colours.theme
        violet = QColor(theme.training)
        for at, done in enumerate(self._done, 1):
            shown = at == self._number
            painter.setPen(QPen(violet, 2.0 if shown else 1.0))
            painter.setBrush(violet if done else QColor(theme.tile))
            middle = QPointF(_DOT_STEP * (at - 0.5) + 1, (_DOT_STEP + 1) / 2)
            radius = _DOT_RADIUS + 0.5 if shown else _DOT_RADIUS - 0.5
            painter.drawEllipse(middle, radius, radius)
        painter.end()


class Content(QWidget):
    """Title, words, choices, what was said, hints, keys and progress.

    Attributes:
        choices: the choices of a question.
        version: grows with everything that may change its height.
        spoken: all of it in words, for a reader of the screen.

    Signals:
        followed: the Link somebody chose; it leads as those of instructions do.
    """

    followed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._shown: tuple[object, ...] = ()
        self._top = ("", "")
        self._heights: dict[int, int] = {}
        self.version = 0
        self.spoken = ""
        self.setProperty("role", "clear")
        self._tick = PlainLabel("Step done", SMALL, bold=True)
        self._title = PlainLabel("Step", TEXT, bold=True)
        self._text = SafeText("Words of the step")
        self.choices = QuestionChoices()
        self._said = SafeText("What is said of it")
        self._hints = SafeText("Hints")
        for text in (self._text, self._said, self._hints):
            text.followed.connect(self.followed)
        self._how = PlainLabel("How to see it", SMALL, role="muted")
        self._parts: tuple[SafeText | PlainLabel | QuestionChoices, ...] = (
            self._tick, self._title, self._said, self._text, self.choices, self._hints,
            self._how,
        )  # fmt: skip
        self._next = one_line("Next hint", " ")
        self._keys = PlainLabel("Keys of the bubble", SMALL, role="muted")
        self.dots = Dots(colours)
        self._lay_out()

    def show_state(self, state: StepState, tick: str, how: str, *, here: bool) -> None:
        """Show what is told.

        Args:
            state: what is told.
            tick: what was just done, in words, or "".
            how: how what is pointed at comes into view, or "".
            here: the bubble has the keyboard.
        """
        self._next.setText(_hint_words(state))
        shown = (
            state.step,
            state.hints,
            state.said,
            state.mark,
            state.tried,
            state.can_go_on,
            state.done,
            tick,
            how,
        )
        if shown == self._shown or state.step is None:
            return
        self._shown = shown
        theme = self._colours.theme
        step, inks = state.step, inks_of(theme)
        if (step.id, state.said) != self._top:  # an answer is seen at once
            self._top = (step.id, state.said)
            self._scroll.verticalScrollBar().setValue(0)
        self._tick.show_words(tick)
        self._title.show_words(step.title)
        self._text.show_markdown(step.text, inks)
        self._text.setVisible(bool(step.text.strip()))
        question = step.question
        choices = question.choices if question is not None else ()
        right = question.right if question is not None and state.can_go_on else 0
        self.choices.show_choices(choices, state.tried, right)
        said = f"{state.mark} {_plain(state.said)}".strip()
        self._said.show_markdown(f"**{said}**", inks)
        self._said.setVisible(bool(state.said))
        hints = "\n\n".join(f"*Hint:* {hint.strip()}" for hint in state.hints)
        self._hints.show_markdown(hints, inks_of(theme, dim=True))
        self._hints.setVisible(bool(hints))
        self._how.show_words(how)
        self.dots.show_steps(state.done, state.number)
        self.show_keys(state, here=here)
        self._changed()
        listed = [f"{at}: {each}." for at, each in enumerate(choices, 1)]
        words = [f"{step.title}:", said, step.text, *listed, hints, how]
        self.spoken = " ".join(" ".join(words).replace("*", "").split())

    def show_keys(self, state: StepState, *, here: bool) -> None:
        """Say the keys that work now."""
        words = _key_words(state, here=here)
        if words != self._keys.text():
            self._keys.show_words(words)
            self._changed()

    def set_folded(self, *, on: bool) -> None:
        """Show the title alone, or everything."""
        if self._scroll.isHidden() != on:
            self._scroll.setVisible(not on)
            self._folded.setVisible(on)
        self._folded.setText(self._title.text())
        self._folded.setAccessibleDescription(self._title.text())

    # -- its height ----------------------------------------------------------------

    def height_for(self, width: int) -> int:
        """The height, px, that everything takes in a width."""
        if width not in self._heights:
            inside = width - 2 * px(_SIDE) - px(_BAR)
            heights = [
                _height_of(part, inside) for part in self._parts if not part.isHidden()
            ]
            total = sum(heights) + px(_GAP) * max(len(heights) - 1, 0)
            self._heights[width] = total + self._frame_height(width)
        return self._heights[width]

    def height_folded(self) -> int:
        """The height, px, of the title and the keys."""
        return self._title.fontMetrics().height() + self._frame_height(px(300))

    def _frame_height(self, width: int) -> int:
        keys = self._keys.heightForWidth(width - 2 * px(_SIDE))
        frame = px(_TOP + _FOOT + _GAP + 4)
        return frame + self.dots.height() + max(keys, 0)

    # -- inside --------------------------------------------------------------------

    def _recolour(self) -> None:
        self._shown = ()  # what is shown next is written again
        self._changed()

    def _changed(self) -> None:
        self._heights.clear()
        self.version += 1

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setProperty("role", "clear")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, _BAR, 0)
        column.setSpacing(_GAP)
        for part in self._parts:
            column.addWidget(part)
        column.addStretch(1)
        set_role(self._tick, "violet")
        self._scroll = QScrollArea()
        self._scroll.setProperty("role", "clear")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        self._scroll.viewport().setProperty("role", "clear")
        self._folded = one_line("Step, folded", " ")
        set_role(self._folded, "")
        set_text(self._folded, TEXT, bold=True)
        self._folded.hide()
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._next)
        foot.addStretch(1)
        foot.addWidget(self.dots)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(_SIDE, _TOP, _SIDE, _FOOT)
        outer.setSpacing(0)
        outer.addWidget(self._folded)
        outer.addWidget(self._scroll, 1)
        outer.addSpacing(_GAP)
        outer.addLayout(foot)
        outer.addSpacing(4)
        outer.addWidget(self._keys)


def _height_of(part: SafeText | PlainLabel | QuestionChoices, width: int) -> int:
    if isinstance(part, SafeText):
        document = part.document()
        before = document.textWidth()
        document.setTextWidth(width)
        height = math.ceil(document.size().height()) + 1
        document.setTextWidth(before)
        return height
    return part.heightForWidth(width)


def _plain(words: str) -> str:
    """What is said, on one paragraph, so that it can be set in bold."""
    return " ".join(words.split()).replace("**", "")


def _hint_words(state: StepState) -> str:
    """Say when the next hint comes: "hint in 40 s", or ""."""
    if state.next_hint is None:
        return ""
    return f"hint in {state.next_hint:.0f} s"


def _key_words(state: StepState, *, here: bool) -> str:
    """The keys of a step.

    Args:
        state: the step.
        here: the bubble has the keyboard.
    """
    step, keys = state.step, []
    if step is None:
        return ""
    if state.can_go_on:
        keys.append("F7 or Enter go on" if here else "F7 go on")
    elif step.question is not None:
        keys.append(f"1–{len(step.question.choices)} answer")
    if state.more_hints:
        keys.append("H hint" if here else "F6 hint")
    keys.append("F4 fold" if here else "F4 to this bubble")
    if here:
        keys.append("Esc leave")
    return "   ".join(keys)
