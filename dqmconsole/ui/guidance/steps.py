"""The steps of an instruction as boxes to tick, each with how soon it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.ui.fonts import SMALL, scale, set_fixed
from dqmconsole.ui.labels import PlainLabel, set_role
from dqmconsole.ui.text import SafeText, bring_into_view
from dqmconsole.ui.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent

    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.ui.markdown import Inks
    from dqmconsole.ui.theme import Colours

SIDE = 13  # px of a mark


class StepMark(NamedTuple):
    """What is shown of a step beside its text.

    Attributes:
        done: somebody ticked it.
        who: who did, and when, or "saving"; "" while it is open.
        urgency: how soon it calls; None when it calls nobody.
        soon: that in words.
        whom: who is on call for it.
        loud: somebody has to be called at once, and was not.
    """

    done: bool = False
    who: str = ""
    urgency: Urgency | None = None
    soon: str = ""
    whom: str = ""
    loud: bool = False


class UrgencyMark(QWidget):
    """Full diamond: now; grey: not now. Clock: later. Line: write only."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.update)
        self._urgency: Urgency = "write only"
        self._loud = True
        set_fixed(self, SIDE, SIDE + 2)

    def show_urgency(self, urgency: Urgency, *, loud: bool = True) -> None:
        """Draw another urgency; what is not loud is not coloured."""
        self._urgency, self._loud = urgency, loud
        self.setAccessibleName(urgency)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale(), scale())
        box = QRectF(0.5, 1.5, SIDE - 1, SIDE - 1)
        if self._urgency == "call now":
            self._paint_now(painter, box)
        else:
            painter.setPen(QPen(QColor(self._colours.theme.muted), 1.4))
            if self._urgency == "write only":
                low = box.bottom() - 2
                painter.drawLine(
                    QPointF(box.left() + 1, low), QPointF(box.right(), low)
                )
            else:
                middle = box.center()
                painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
                painter.drawLine(middle, middle - QPointF(0, 4))
                painter.drawLine(middle, middle + QPointF(3, 0))
        painter.end()

    def _paint_now(self, painter: QPainter, box: QRectF) -> None:
        middle = box.center()
        painter.setPen(Qt.PenStyle.NoPen)
        theme = self._colours.theme
        painter.setBrush(QColor(theme.warning if self._loud else theme.muted))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(middle.x(), box.top()),
                    QPointF(box.right(), middle.y()),
                    QPointF(middle.x(), box.bottom()),
                    QPointF(box.left(), middle.y()),
                ]
            )
        )
        painter.setPen(
            QPen(QColor(theme.on_warning if self._loud else theme.panel), 1.6)
        )
        painter.drawLine(middle - QPointF(0, 3), middle + QPointF(0, 1))
        painter.drawPoint(middle + QPointF(0, 3.2))


def causes_words(step: Step) -> str:
    """The causes that a step is for; "" when it is for any."""
    return f"for {', '.join(step.causes)}" if step.causes else ""


class StepBox(TickBox):
    """The box of a step.

    It follows the book: a click asks, and only a record ticks it.

    Signals:
        moved: +1 or -1: an arrow asks for the next box.
    """

    moved = Signal(int)

    def nextCheckState(self) -> None:
        """Leave it as it is: the book says when it is ticked."""

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


class StepRow(QWidget):
    """One step: box, text, how soon and whom to call, who ticked it."""

    def __init__(self, number: int, step: Step, colours: Colours) -> None:
        super().__init__()
        self._step = step
        self._number = number
        self._words = plain_line(step.text)
        self.box = StepBox(colours)
        self.text = SafeText(f"Text of step {number}")
        self._mark = UrgencyMark(colours)
        self._causes = PlainLabel(f"Causes, step {number}", SMALL, role="muted")
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
        grid.addWidget(self._causes, 1, 1, 1, 2)
        grid.addWidget(self._mark, 2, 1, top)
        grid.addWidget(self._soon, 2, 2)
        grid.addWidget(self._whom, 3, 1, 1, 2)
        grid.addWidget(self._who, 4, 1, 1, 2)
        self._causes.show_words(causes_words(step))

    def show_state(self, state: StepMark, inks: Inks) -> None:
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
        words = (causes_words(self._step), state.soon, state.whom, state.who)
        told = ", ".join(filter(None, words))
        self.box.setAccessibleDescription(told)
        self._mark.setVisible(state.urgency is not None)
        if state.urgency is not None:
            self._mark.show_urgency(state.urgency, loud=state.loud)
        set_role(self._soon, "warning" if state.loud else "muted")
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
    def boxes(self) -> list[StepBox]:
        """The boxes, in order."""
        return [row.box for row in self._rows]

    @property
    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [part for row in self._rows for part in (row.box, row.text)]

    def show_steps(
        self,
        steps: tuple[Step, ...],
        states: Sequence[StepMark],
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
