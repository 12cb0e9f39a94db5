"""The steps of an instruction as boxes to tick, each with how soon it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.ui.guidance.urgency import UrgencyMark
from dqmconsole.ui.labels import SMALL, PlainLabel, set_role
from dqmconsole.ui.text import SafeText, bring_into_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent

    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.ui.markdown import Inks
    from dqmconsole.ui.theme import Colours

BOX = 18  # px


class StepState(NamedTuple):
    """What is shown of a step beside its text.

    Attributes:
        done: somebody ticked it.
        who: who did, and when, or "saving"; "" while it is open.
        urgency: how soon it calls; None when it calls nobody.
        soon: that in words.
        whom: who is on call for it.
    """

    done: bool = False
    who: str = ""
    urgency: Urgency | None = None
    soon: str = ""
    whom: str = ""


class TickBox(QAbstractButton):
    """A box to tick with Space; the theme's colours, a ring while it has the keyboard.

    It follows the book: a click asks, and only a record ticks it.

    Signals:
        moved: +1 or -1: an arrow asks for the next box.
    """

    moved = Signal(int)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.update)
        self.setCheckable(True)
        self.setFixedSize(BOX, BOX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def nextCheckState(self) -> None:
        """Leave it as it is: the book says when it is ticked."""

    def sizeHint(self) -> QSize:
        """Its size."""
        return QSize(BOX, BOX)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the whole step be seen."""
        super().focusInEvent(event)
        bring_into_view(self.parentWidget() or self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move among the boxes with the arrows."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw box, tick and ring."""
        theme, painter = self._colours.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setPen(
            QPen(QColor(theme.selection if ring else theme.muted), 2 if ring else 1)
        )
        painter.setBrush(QColor(theme.tile))
        painter.drawRoundedRect(QRectF(1.5, 1.5, BOX - 3, BOX - 3), 2, 2)
        if self.isChecked():
            pen = QPen(QColor(theme.ink), 2.2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            points = ((0.26, 0.53), (0.43, 0.7), (0.75, 0.3))
            painter.drawPolyline(
                QPolygonF([QPointF(x * BOX, y * BOX) for x, y in points])
            )
        painter.end()


class StepRow(QWidget):
    """One step: box, text, how soon and whom to call, who ticked it."""

    def __init__(self, number: int, step: Step, colours: Colours) -> None:
        super().__init__()
        self._step = step
        self._number = number
        self._words = plain_line(step.text)
        self.box = TickBox(colours)
        self.text = SafeText(f"Text of step {number}")
        self._mark = UrgencyMark(colours)
        self._soon = PlainLabel(f"How soon, step {number}", SMALL)
        self._whom = PlainLabel(f"Whom, step {number}", SMALL, role="muted")
        self._who = PlainLabel(f"Who ticked step {number}", SMALL, role="muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(7)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.box, 0, 0, top)
        grid.addWidget(self.text, 0, 1, 1, 2)
        grid.addWidget(self._mark, 1, 1, top)
        grid.addWidget(self._soon, 1, 2)
        grid.addWidget(self._whom, 2, 1, 1, 2)
        grid.addWidget(self._who, 3, 1, 1, 2)

    def show_state(self, state: StepState, inks: Inks) -> None:
        """Show what is new of the step.

        Args:
            state: what to show.
            inks: colours of its text.
        """
        # several steps make one list: the number belongs to the text
        self.text.show_markdown(f"{self._number}\\. {self._step.text}", inks)
        if self.box.isChecked() != state.done:
            self.box.setChecked(state.done)
        self.box.setAccessibleName(f"Step {self._number}: {self._words}")
        told = ", ".join(each for each in (state.soon, state.whom, state.who) if each)
        self.box.setAccessibleDescription(told)
        self._mark.setVisible(state.urgency is not None)
        loud = state.urgency == "call now" and not state.done
        if state.urgency is not None:
            self._mark.show_urgency(state.urgency)
        set_role(self._soon, "warning" if loud else "muted")
        self._soon.show_words(state.soon)
        self._whom.show_words(state.whom)
        self._who.show_words(state.who)


class StepList(QWidget):
    """All steps of an instruction.

    Signals:
        toggled: index of a step somebody wants to tick, or to take the tick back.
        followed: the Link somebody chose.
    """

    toggled = Signal(int)
    followed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._steps: tuple[Step, ...] | None = None
        self._rows: list[StepRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    @property
    def boxes(self) -> list[TickBox]:
        """The boxes, in order."""
        return [row.box for row in self._rows]

    @property
    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [part for row in self._rows for part in (row.box, row.text)]

    def show_steps(
        self,
        steps: tuple[Step, ...],
        states: Sequence[StepState],
        inks: Inks,
    ) -> None:
        """Show steps, and what is new of them.

        Args:
            steps: the steps.
            states: what to show of each.
            inks: colours of their text.
        """
        if steps != self._steps:
            self._build(steps)
        for row, state in zip(self._rows, states, strict=True):
            row.show_state(state, inks)

    def first_open(self) -> int | None:
        """Index of the first step that is not ticked, or None."""
        return next(
            (at for at, box in enumerate(self.boxes) if not box.isChecked()), None
        )

    def _build(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for at, step in enumerate(steps):
            row = StepRow(at + 1, step, self._colours)
            row.box.clicked.connect(lambda _on=False, at=at: self.toggled.emit(at))
            row.box.moved.connect(lambda way, at=at: self._move(at + way))
            row.text.followed.connect(self.followed)
            self._column.addWidget(row)
            self._rows.append(row)

    def _move(self, at: int) -> None:
        if 0 <= at < len(self._rows):
            self._rows[at].box.setFocus(Qt.FocusReason.OtherFocusReason)
