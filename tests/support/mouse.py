"""The mouse as Qt tells of it: turns of the wheel, drags and moves; menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.plot.canvas import PlotCanvas

NONE, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


def wheel(canvas: PlotCanvas, at: QPoint, turned: int) -> bool:
    """Turn the wheel, 120 a notch, away from oneself where it is positive.

    Returns:
        Whether the plot takes it; else it goes to what holds the plot.
    """
    event = QWheelEvent(
        QPointF(at), QPointF(canvas.mapToGlobal(at)), QPoint(), QPoint(0, turned),
        NONE, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), event)
    return event.isAccepted()


def move(canvas: PlotCanvas, at: QPoint, held: Qt.MouseButton = NONE) -> None:
    """Move the mouse, with a button held or none."""
    _send(canvas, QEvent.Type.MouseMove, at, NONE, held)


def drag(
    canvas: PlotCanvas, start: QPoint, stop: QPoint, button: Qt.MouseButton = LEFT
) -> None:
    """Press a button, move the mouse and let go."""
    move(canvas, start)
    _send(canvas, QEvent.Type.MouseButtonPress, start, button, button)
    move(canvas, (start + stop) / 2, button)
    move(canvas, stop, button)
    _send(canvas, QEvent.Type.MouseButtonRelease, stop, button, NONE)


def click(canvas: PlotCanvas, at: QPoint, button: Qt.MouseButton = LEFT) -> None:
    """Press and let go of a button."""
    _send(canvas, QEvent.Type.MouseButtonPress, at, button, button)
    _send(canvas, QEvent.Type.MouseButtonRelease, at, button, NONE)


def menu(widget: QWidget, at: QPoint) -> QMenu | None:
    """Open the menu at a place of a widget; None where it has none."""
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)
    )
    QApplication.sendEvent(widget, event)
    found = QApplication.activePopupWidget()
    assert found is None or isinstance(found, QMenu)
    return found


def pixel(canvas: PlotCanvas, x: float, y: float) -> QPoint:
    """Where values lie in the first pane of a canvas."""
    pane = canvas.panes[0]
    across = pane.x.scale.fraction(x) * pane.rect.width()
    up = pane.y.scale.fraction(y) * pane.rect.height()
    left = round(pane.rect.left() + across)
    return QPoint(left, round(pane.rect.bottom() + 1 - up))


def _send(
    canvas: PlotCanvas,
    kind: QEvent.Type,
    at: QPoint,
    button: Qt.MouseButton,
    held: Qt.MouseButton,
) -> None:
    where, globally = QPointF(at), QPointF(canvas.mapToGlobal(at))
    event = QMouseEvent(
        kind, where, globally, button, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(canvas.viewport(), event)
