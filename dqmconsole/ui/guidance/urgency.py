"""How soon a step calls, in words and as a mark that needs no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from dqmconsole.shift.on_call import in_working_hours, on_call

if TYPE_CHECKING:
    from dqmconsole.model.contacts import Contacts
    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.shift.on_call import OnCall
    from dqmconsole.ui.theme import Colours

SIDE = 13  # px of a mark


def urgency_words(urgency: Urgency, contacts: Contacts, now: float) -> str:
    """Write how soon to call: "CALL NOW", "call in working hours (now: no)"."""
    if urgency == "call now":
        return "CALL NOW"
    if urgency == "call in working hours":
        yes = in_working_hours(contacts, now)
        return f"call in working hours (now: {'yes' if yes else 'no'})"
    return "write only"


def person_words(person: OnCall) -> str:
    """Write who is on call; made-up numbers are called examples."""
    return f"{person.sentence} [example]" if person.example else person.sentence


def step_words(
    step: Step, beam_mode: str | None, contacts: Contacts, now: float
) -> tuple[Urgency | None, str, str]:
    """How soon a step calls, that in words, and whom; all empty when it calls nobody.

    Args:
        step: the step.
        beam_mode: the beam mode; None when unknown: then the most urgent rule holds.
        contacts: the site's.
        now: unix time, s.
    """
    urgency = step.urgency(beam_mode)
    if urgency is None:
        return None, "", ""
    words = urgency_words(urgency, contacts, now)
    if len({each.urgency for each in step.urgencies}) > 1:
        words += f" in {beam_mode}" if beam_mode else " (beam mode unknown)"
    if urgency == "write only" or not step.role:
        return urgency, words, ""
    return urgency, words, person_words(on_call(contacts, step.role, now))


class UrgencyMark(QWidget):
    """Full diamond: now. Clock: in working hours. Line: write only."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self.update)
        self._urgency: Urgency = "write only"
        self.setFixedSize(SIDE, SIDE + 2)

    def show_urgency(self, urgency: Urgency) -> None:
        """Draw another urgency."""
        self._urgency = urgency
        self.setAccessibleName(urgency)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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
        painter.setBrush(QColor(self._colours.theme.warning))
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
        painter.setPen(QPen(QColor(self._colours.theme.on_warning), 1.6))
        painter.drawLine(middle - QPointF(0, 3), middle + QPointF(0, 1))
        painter.drawPoint(middle + QPointF(0, 3.2))
