"""One lesson on the screen: what the bubble says, and where the ring points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from dqmconsole.training.lesson import teaching
from dqmconsole.ui.guidance.terms import TermTips
from dqmconsole.ui.live.page import GAP
from dqmconsole.ui.overlay import is_covered
from dqmconsole.ui.text import bring_into_view
from dqmconsole.ui.training.bubble import Bubble
from dqmconsole.ui.training.finding import cause_words, urgency_words
from dqmconsole.ui.training.targets import (
    seen,
    target_of,
    tile_of,
    to_avoid,
    widget_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import LessonStep
    from dqmconsole.training.lesson_session import LessonSession
    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Colours

WIDTH = 3  # px
THIN = 2  # px; of the ring around the same on another map
ROOM = 4  # px between what is pointed at and the ring
RADIUS = 6.0
_HALO = 1  # px of the ground on both sides: maps have the ring's own colours
_FRAME = WIDTH + 4  # px of the mask: the line with its smoothed edges and corners


class Ring(QWidget):
    """A rounded frame in the colour of the training; it takes no click.

    Only its frame is part of it (a mask): what is drawn inside costs nothing more.

    Args:
        window: the window it lies over at first.
        colours: the colours.
        width: of its line, px.
        name: what it is called.
    """

    def __init__(
        self,
        window: QWidget,
        colours: Colours,
        width: float = WIDTH,
        name: str = "Ring of the tutor",
    ) -> None:
        super().__init__(window)
        self._width = width
        self._colours = colours
        colours.changed.connect(self.update)
        self.setProperty("role", "clear")
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def point(self, window: QWidget, target: QRect) -> None:
        """Lie around a place in a window (a floating dock is one of its own).

        Args:
            window: the window.
            target: the place in it; an empty one hides the ring.
        """
        if target.isEmpty():
            self.hide()
            return
        if self.parentWidget() is not window:
            self.setParent(window)
        outer = target.adjusted(-ROOM, -ROOM, ROOM, ROOM).intersected(window.rect())
        if outer != self.geometry():
            self.setGeometry(outer)
            inside = self.rect().adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
            self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))
        if not self.isVisible():
            self.show()
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half = self._width / 2 + _HALO
        box = QRectF(self.rect()).adjusted(half, half, -half, -half)
        theme = self._colours.theme
        halo, line = QColor(theme.tile), QColor(theme.training)
        for colour, width in ((halo, self._width + 2 * _HALO), (line, self._width)):
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.end()


class TutorOverlay(QObject):
    """Ring and bubble of the lesson that goes on.

    Args:
        parts: the parts of the window.
        sheets: gives the sheets that may lie over the window.
        taught: the site whose lessons they are.

    Attributes:
        lesson: what goes on, or None.
        ring, bubble: what points, and what has the words.
        second: the thinner ring around the same on the other map of a pair.

    Signals:
        finished: the StepState of a lesson whose steps are all done.
    """

    finished = Signal(object)

    def __init__(
        self,
        parts: Parts,
        sheets: Callable[[], Sequence[QWidget]],
        taught: Callable[[], Site | None],
    ) -> None:
        window, colours = parts.context.window, parts.context.colours
        super().__init__(window)
        self._parts = parts
        self._sheets = sheets
        self._taught = taught
        self._state: StepState | None = None
        self._tick = ""
        self._greets = False
        self.lesson: LessonSession | None = None
        self.ring = Ring(window, colours)
        self.second = Ring(window, colours, THIN, "Second ring of the tutor")
        self.bubble = Bubble(window, colours)
        self.bubble.go_on.connect(self.go_on)
        TermTips(parts.context.client, self).explain(self.bubble)
        self.bubble.hint.connect(self.ask_hint)
        self.bubble.answered.connect(self.answer)
        colours.changed.connect(self.show_state)
        window.installEventFilter(self)
        self._brought = False
        self._settled = QTimer(self, singleShot=True, interval=0)
        self._settled.timeout.connect(self._follow)
        grid = parts.view.grid
        grid.viewport().installEventFilter(self)
        grid.verticalScrollBar().valueChanged.connect(self._settled.start)

    def turn_to(self, lesson: LessonSession | None) -> None:
        """Tell another lesson, or none."""
        self.lesson, self._state, self._tick = lesson, None, ""
        self.bubble.folded = False
        self._greets = lesson is not None
        if lesson is None:
            self._hide()

    def show_state(self) -> None:
        """Show what is shown now; a step that is done gives way to the next."""
        if self.lesson is None or not self._parts.context.window.isVisible():
            return  # of what is not seen nothing is known where it lies
        state, before = self.lesson.tutor.state, self._state
        if state.finished:
            self.finished.emit(state)
            return
        if self._parts.view.has_guest and not self._parts.start.isVisible():
            self._hide()  # the course page is shown
            return
        if before is not None and self._uses(before, state):
            state = before  # it goes on once that is closed
        self._state = state
        if before is None or before.step is not state.step:
            self._step_in(state, before)
        elif state.said != before.said:
            self.bubble.folded = False  # an answer is seen
            if state.can_go_on:  # where it is not told by the next step
                self._tick = self._why_right(state).strip()
        self._point(state)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size at once: the bubble must never be cut.

        What lies in the window has its new place only after that.
        """
        if event.type() is QEvent.Type.Resize and self._state is not None:
            self._settled.start()
            if watched is self._parts.context.window:
                self.show_state()
        return super().eventFilter(watched, event)

    # -- what people do ------------------------------------------------------------

    def go_on(self) -> None:
        """Leave a step that was read."""
        if self.lesson is not None and self.bubble.isVisible():
            self.lesson.tutor.go_on()
            self.show_state()

    def ask_hint(self) -> None:
        """Show the next hint."""
        if self.lesson is not None:
            self.bubble.folded = False
            self.lesson.tutor.ask_hint()
            self.show_state()

    def asks(self, choice: int) -> bool:
        """Whether a question is told that has this choice, from 1."""
        step = self._state.step if self._state is not None else None
        question = step.question if step is not None else None
        return question is not None and choice <= len(question.choices)

    def answer(self, choice: int) -> None:
        """Answer the question, from 1."""
        if self.lesson is not None:
            self.lesson.tutor.answer(choice)
            self.show_state()

    def turn_bubble(self) -> None:
        """Give the bubble the keyboard; when it has it, fold it and give it back."""
        if self.lesson is None:
            return
        if self.bubble.has_keyboard:
            self.bubble.folded = True
            self._give_back()
        else:
            self.bubble.take_keyboard()
        self.show_state()

    # -- inside --------------------------------------------------------------------

    def _step_in(self, state: StepState, before: StepState | None) -> None:
        """A new step: unfold, bring its control into view, mind the keyboard."""
        assert state.step is not None
        self.bubble.folded = False
        self._tick, self._brought = "", False
        if before is not None and before.step is not None:
            self._tick = f"✓ Done: {before.step.title}"
            self._tick += self._why_right(before)
        if state.step.point == "navigator":
            self._parts.navigator.search.clear()  # all of it is meant
        control = widget_of(self._parts, state.step)
        if control is not None:
            bring_into_view(control)
        on_page = not state.can_go_on and state.step.question is None
        if on_page and self.bubble.has_keyboard:
            self._give_back()  # what is asked for now is done there
        self._greets = self._greets and not on_page
        self._parts.context.sense_changed.emit()

    def _uses(self, before: StepState, state: StepState) -> bool:
        """Tell whether the sheet is still open whose command a step asked for."""
        step = before.step
        goal = step.done if step is not None and step is not state.step else None
        asked = goal is not None and bool(goal.used)
        return asked and is_covered(self._parts.context.window)

    def _why_right(self, state: StepState) -> str:
        """What the right finding means that a step asked for; "" of any other step."""
        step = state.step
        if step is None or step.done is None or self.lesson is None:
            return ""
        found, goal = self.lesson.tutor.found(step), step.done.finding
        if found is None or goal is None:
            return ""
        causes = teaching(self._taught()).causes
        meant = [each for each in causes if each.name == found.cause]
        said = [f"{cause_words(each)}." for each in meant] or ["Right."]
        soon = urgency_words(self._taught()).get(found.urgency, found.urgency)
        said.append(
            f"{soon}: right, too." if goal.urgency else "How soon to call is not asked."
        )
        return f"\n{' '.join(said)}"

    def _point(self, state: StepState) -> None:
        """Lay ring and bubble where they belong now."""
        assert state.step is not None
        parts = self._parts
        self._bring(state.step)
        target = target_of(parts, state.step)
        self.bubble.show_state(state, self._tick, target.how)
        sheets = [sheet for sheet in self._sheets() if sheet.isVisible()]
        # a floating dock is another window: the bubble cannot cover what is in it
        is_here = target.window is parts.context.window
        here, around, also = QRect(), QRect(), QRect()
        if is_here:
            here, around, also = target.rect, target.around, target.also
        tile = parts.view.selected_tile()
        if also.isEmpty() and around.isEmpty() and tile is not None:
            also = seen(tile).rect  # the words may be about the plot that is looked at
        if parts.start.isVisible():  # what is filled in there is left free
            around = seen(parts.start).rect
        lying = [sheet.geometry() for sheet in sheets]
        self.bubble.lie(here, lying, around, also, to_avoid(parts, state.step))
        window = target.window or parts.context.window
        self.ring.point(window, target.rect)
        self.second.point(window, target.also)
        if self._greets and self.bubble.isVisible():
            self._greets = False
            self.bubble.take_keyboard()  # nothing else is there yet to have it

    def _bring(self, step: LessonStep) -> None:
        """Bring the plot of a step into view, once; then it is the trainee's page."""
        tile = None if self._brought else tile_of(self._parts, step)
        if tile is None or not tile.isVisible():
            return
        self._brought = True
        grid = self._parts.view.grid
        if tile in grid.tiles:
            grid.ensureWidgetVisible(tile, 0, GAP)

    def _follow(self) -> None:
        """Lie where things lie now that the window is laid out."""
        if self._state is not None:
            self.show_state()

    def _hide(self) -> None:
        self.ring.hide()
        self.second.hide()
        self.bubble.hide()
        if self._state is not None:
            self._state = None
            self._parts.context.sense_changed.emit()

    def _give_back(self) -> None:
        """Give the keyboard to what is in view."""
        view = self._parts.view
        if view.in_detail:
            view.detail.focus_tile()
        elif view.on_page:
            view.grid.focus_selected()
        elif self._parts.start.isVisible():
            self._parts.start.open()
