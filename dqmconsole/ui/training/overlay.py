"""One lesson on the screen: what is state in the bubble, and where the ring points."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from dqmconsole.ui.live.page import GAP
from dqmconsole.ui.text import bring_into_view
from dqmconsole.ui.training.bubble import Bubble
from dqmconsole.ui.training.content import MOST
from dqmconsole.ui.training.ring import THIN, Ring
from dqmconsole.ui.training.targets import target_of, tile_of, widget_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.training.lesson import LessonStep
    from dqmconsole.training.lesson_session import LessonSession
    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Theme


class TutorOverlay(QObject):
    """Ring and bubble of the lesson that goes on.

    Args:
        parts: the parts of the window.
        theme: the colours.
        sheets: gives the sheets that may lie over the window.

    Attributes:
        lesson: what goes on, or None.
        ring, bubble: what points, and what tells.
        second: the thinner ring around the same on the other map of a pair.

    Signals:
        finished: the StepState of a lesson whose steps are all done.
    """

    finished = Signal(object)

    def __init__(
        self, parts: Parts, theme: Theme, sheets: Callable[[], Sequence[QWidget]]
    ) -> None:
        super().__init__(parts.context.window)
        self._parts = parts
        self._sheets = sheets
        self._state: StepState | None = None
        self._tick = ""
        self._greets = False
        self.lesson: LessonSession | None = None
        self.ring = Ring(parts.context.window, theme)
        self.second = Ring(
            parts.context.window, theme, THIN, "Second ring of the tutor"
        )
        self.bubble = Bubble(parts.context.window, theme)
        self._digits = [self._digit(number) for number in range(1, MOST + 1)]
        self.bubble.go_on.connect(self.go_on)
        self.bubble.hint.connect(self.ask_hint)
        self.bubble.answered.connect(self.answer)
        parts.context.window.installEventFilter(self)
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
        state, before = self.lesson.state, self._state
        if state.finished:
            self.finished.emit(state)
            return
        if self._parts.view.has_guest:  # the course page, or the start of a shift
            self._hide()
            return
        self._state = state
        if before is None or before.step is not state.step:
            self._step_in(state, before)
        self._point(state)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.ring.set_theme(theme)
        self.second.set_theme(theme)
        self.bubble.set_theme(theme)
        self.show_state()

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
            self.lesson.go_on()
            self.show_state()

    def ask_hint(self) -> None:
        """Show the next hint."""
        if self.lesson is not None:
            self.bubble.folded = False
            self.lesson.ask_hint()
            self.show_state()

    def answer(self, choice: int) -> None:
        """Answer the question, from 1."""
        state = self._state
        if self.lesson is None or state is None or state.step is None:
            return
        question = state.step.question
        if question is None or state.can_go_on or choice > len(question.choices):
            return
        if choice != question.right:
            self.bubble.content.note_wrong(choice)
        self.lesson.answer(choice)
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
        if state.step.point == "navigator":
            self._parts.navigator.search.clear()  # all of it is meant
        control = widget_of(self._parts, state.step)
        if control is not None:
            bring_into_view(control)
        question = state.step.question
        for number, shortcut in enumerate(self._digits, 1):
            shortcut.setEnabled(
                question is not None and number <= len(question.choices)
            )
        handlers = state.step.done is not None and question is None
        if handlers and self.bubble.has_keyboard:
            self._give_back()  # what is asked for now is done on the page
        self._greets = self._greets and not handlers

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
        self.bubble.lie(here, [sheet.geometry() for sheet in sheets], around, also)
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
        for shortcut in self._digits:
            shortcut.setEnabled(False)
        self._state = None

    def _give_back(self) -> None:
        """Give the keyboard to what is in view."""
        view = self._parts.view
        if view.in_detail:
            view.detail.focus_tile()
        elif view.on_page:
            view.grid.focus_selected()

    def _digit(self, number: int) -> QShortcut:
        shortcut = QShortcut(QKeySequence(str(number)), self._parts.context.window)
        shortcut.activated.connect(partial(self.answer, number))
        shortcut.setEnabled(False)
        return shortcut
