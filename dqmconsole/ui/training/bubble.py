"""The bubble: what the tutor tells, beside what it explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from dqmconsole.ui.training.band import HEIGHT
from dqmconsole.ui.training.content import Content
from dqmconsole.ui.training.placing import EDGE, place_bubble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent
    from PySide6.QtWidgets import QMainWindow

    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.theme import Theme
    from dqmconsole.ui.training.placing import Spot

TAIL = EDGE  # px around the bubble, in which its tail is drawn
_HALF = 11  # px, half the foot of the tail
_LINE = 2.0
_RADIUS = 8.0
WIDTHS = (440, 380, 320, 560, 280)  # px, the best first
SQUAT = ((380, 240), (300, 180), (260, 150))  # px; its words scroll then
_FOLDED = 300  # px wide, with its title alone


class Bubble(QWidget):
    """Title, words, choices, hints and keys of the step that is state.

    It takes the keyboard only when it is asked to; then Return goes on, H gives a
    hint, 1 to 5 answer. Folded it shows its title alone.

    Args:
        window: the window it lies over.
        theme: the colours.

    Signals:
        go_on, hint: keys of the bubble.
        answered: number of a choice.
    """

    go_on = Signal()
    hint = Signal()
    answered = Signal(int)

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._over = window
        self._theme = theme
        self._state: StepState | None = None
        self._spot: Spot | None = None
        self._asked: tuple[object, ...] = ()
        self.folded = False
        self.setProperty("role", "clear")
        self.setAccessibleName("Tutor")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = Content(theme)
        self.content.setParent(self)
        self.content.choices.chosen.connect(self.answered)
        self.hide()

    @property
    def body(self) -> QRect:
        """The bubble without the room of its tail, in the window."""
        return self.geometry().adjusted(TAIL, TAIL, -TAIL, -TAIL)

    @property
    def has_keyboard(self) -> bool:
        """Tell whether the keyboard is in it."""
        holder = QApplication.focusWidget()
        return holder is self or (holder is not None and self.isAncestorOf(holder))

    def show_state(self, state: StepState, tick: str, how: str) -> None:
        """Show what is shown; nothing is touched that is shown already.

        Args:
            state: what is state.
            tick: what was just done, in words, or "".
            how: how what is pointed at comes into view, or "".
        """
        self._state = state
        self.content.show_state(state, tick, how, here=self.has_keyboard)
        self.setAccessibleDescription(self.content.spoken)

    def lie(
        self,
        target: QRect,
        sheets: Sequence[QRect] = (),
        around: QRect | None = None,
        also: QRect | None = None,
    ) -> None:
        """Lie beside a place in the window, never over it, and be seen.

        Args:
            target: what is explained; empty when that cannot be seen.
            sheets: what lies over the window; where no room is left beside them the
                bubble is hidden, rather than seen in part.
            around: what the target is a part of, to be left free where possible.
            also: a second place that is explained.
        """
        window = self._room()
        content = self.content.version
        asked = (window, target, tuple(sheets), content, self.folded, around, also)
        if asked == self._asked and self.isVisible():
            return
        self._asked = asked
        others = sheets if also is None else (*sheets, also)
        spot = place_bubble(window, target, self._sizes(), others, around)
        if any(spot.rect.intersects(sheet) for sheet in sheets):
            self.hide()
            return
        self._spot = spot
        self.content.set_folded(on=self.folded)
        self.setGeometry(spot.rect.adjusted(-TAIL, -TAIL, TAIL, TAIL))
        self.content.setGeometry(self.rect().adjusted(TAIL, TAIL, -TAIL, -TAIL))
        self.update()
        if not self.isVisible():
            self.show()
            self.raise_()

    def take_keyboard(self) -> None:
        """Give it the keyboard, unfolded."""
        self.folded = False
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say_keys()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.content.set_theme(theme)
        if self._state is not None and self.isVisible():
            self._say_keys()
        self.update()

    # -- Qt ------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep its own keys from the commands of the window."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._does(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, or ask for a hint."""
        if not self._does(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_H:
            self.hint.emit()
        else:
            self.go_on.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say the keys that work here."""
        self._say_keys()
        self.update()
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say the keys that work from everywhere."""
        self._say_keys()
        self.update()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bubble and its tail."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(TAIL, TAIL, -TAIL, -TAIL)
        half = _LINE / 2
        shape = QPainterPath()
        shape.addRoundedRect(box.adjusted(half, half, -half, -half), _RADIUS, _RADIUS)
        tail = self._tail(box)
        if tail is not None:
            shape = shape.united(tail)
        painter.setBrush(QColor(self._theme.tile))
        width = _LINE + (1.0 if self.has_keyboard else 0.0)
        painter.setPen(QPen(QColor(self._theme.training), width))
        painter.drawPath(shape)
        painter.end()

    # -- inside --------------------------------------------------------------------

    def _does(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        keys = (Qt.Key.Key_H, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return event.key() in keys

    def _say_keys(self) -> None:
        if self._state is not None:
            self.content.show_keys(self._state, here=self.has_keyboard)

    def _room(self) -> QRect:
        """The window without the band on top and the notices at its foot."""
        foot = self._over.statusBar().height() - EDGE
        return self._over.rect().adjusted(0, HEIGHT - EDGE // 2, 0, -foot)

    def _sizes(self) -> list[QSize]:
        if self.folded:
            return [QSize(_FOLDED, self.content.height_folded())]
        most = self._room().height() - 2 * EDGE
        sizes = []
        for width in WIDTHS:
            height = self.content.height_for(width)
            sizes.append(QSize(width, min(height, most)))
        tall = self.content.height_for(WIDTHS[0])
        sizes += [QSize(wide, high) for wide, high in SQUAT if high < tall]
        return sizes

    def _tail(self, box: QRectF) -> QPainterPath | None:
        """The tail, in own pixels; None in a corner, and for a target that is small."""
        spot = self._spot
        if spot is None or not spot.side:
            return None
        tip = QPointF(spot.tip - self.geometry().topLeft())
        margin = _RADIUS + _HALF
        x = min(max(tip.x(), box.left() + margin), box.right() - margin)
        y = min(max(tip.y(), box.top() + margin), box.bottom() - margin)
        along = {
            "right": (QPointF(box.left() + 2, y), QPointF(0, _HALF)),
            "left": (QPointF(box.right() - 2, y), QPointF(0, _HALF)),
            "below": (QPointF(x, box.top() + 2), QPointF(_HALF, 0)),
            "above": (QPointF(x, box.bottom() - 2), QPointF(_HALF, 0)),
        }
        foot, half = along[spot.side]
        end = {
            "right": QPointF(box.left() - TAIL + 1, y),
            "left": QPointF(box.right() + TAIL - 1, y),
            "below": QPointF(x, box.top() - TAIL + 1),
            "above": QPointF(x, box.bottom() + TAIL - 1),
        }[spot.side]
        path = QPainterPath()
        path.moveTo(foot - half)
        path.lineTo(end)
        path.lineTo(foot + half)
        path.closeSubpath()
        return path
