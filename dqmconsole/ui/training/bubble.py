"""The bubble: what the tutor says, beside what it explains, never over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dqmconsole.ui.fonts import px
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.training.bars import HEIGHT
from dqmconsole.ui.training.content import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent
    from PySide6.QtWidgets import QMainWindow

    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.theme import Colours

GAP = 18  # px between the bubble and what it explains; its tail lies in it
NEAR = 3 * GAP  # px; farther away its tail would point at what lies between
EDGE = 12  # px kept free along the window's border
TAIL = EDGE  # px around the bubble, in which its tail is drawn
_HALF = 11  # px, half the foot of the tail
_LINE = 2.0
_RADIUS = 8.0
WIDTHS = (440, 380, 320, 560, 280)  # px, the best first
LOW_SIZES = ((380, 240), (300, 180), (260, 150))  # px; its words scroll then
_FOLDED = 300  # px wide, with its title alone
SCROLLS = 4.0  # what words that scroll weigh, as much as an Obstacle of that weight


class Obstacle(NamedTuple):
    """What is rather not covered.

    Attributes:
        rect: its place.
        weight: how bad it is to cover all of it, beside others.
    """

    rect: QRect
    weight: float


class Spot(NamedTuple):
    """Where the bubble goes.

    Attributes:
        rect: its place.
        side: the side of the target it lies on: "right", "left", "below", "above";
            "" in a corner, without a tail.
    """

    rect: QRect
    side: str


class Bubble(QWidget):
    """Title, words, choices, hints and keys of the step that is told.

    It takes the keyboard only when it is asked to; then Return goes on, H gives a
    hint, 1 to 5 answer. Folded it shows its title alone.

    Args:
        window: the window it lies over.
        colours: the colours.

    Signals:
        go_on, hint: keys of the bubble.
        answered: number of a choice.
    """

    go_on = Signal()
    hint = Signal()
    answered = Signal(int)

    def __init__(self, window: QMainWindow, colours: Colours) -> None:
        super().__init__(window)
        self._over = window
        self._colours = colours
        colours.changed.connect(self.update)
        self._state: StepState | None = None
        self._spot: Spot | None = None
        self._aim = QPoint()
        self._asked: tuple[object, ...] = ()
        self._burden = 0
        self.folded = False
        self.setProperty("role", "clear")
        self.setAccessibleName("Tutor")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = Content(colours)
        self.content.setParent(self)
        self.content.choices.chosen.connect(self.answered)
        self.hide()

    @property
    def body(self) -> QRect:
        """The bubble without the room of its tail, in the window."""
        return self.geometry().adjusted(TAIL, TAIL, -TAIL, -TAIL)

    @property
    def has_tail(self) -> bool:
        """Tell whether it points at what it explains."""
        return self._spot is not None and bool(self._spot.side)

    @property
    def has_keyboard(self) -> bool:
        """Tell whether the keyboard is in it."""
        return self.hasFocus() or has_keyboard(self)

    def show_state(self, state: StepState, tick: str, how: str) -> None:
        """Show what is shown; nothing is touched that is shown already.

        Args:
            state: what is told.
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
        avoid: Sequence[Obstacle] = (),
    ) -> None:
        """Lie beside a place in the window, never over it, and be seen.

        Args:
            target: what is explained; empty when that cannot be seen.
            sheets: what lies over the window; where no room is left beside them the
                bubble is hidden, rather than seen in part.
            around: what the target is a part of, to be left free where possible.
            also: a second place that is explained.
            avoid: what is rather not covered; it stays where it is while it does not
                cover more of that.
        """
        window = self._room()
        content = self.content.version
        asked = (window, target, tuple(sheets), content, self.folded, around, also)
        lies = asked == self._asked and self.isVisible()
        if lies and _burden(self.body, avoid) <= self._burden:
            return
        self._asked = asked
        others = sheets if also is None else (*sheets, also)
        sizes, scrolling_sizes = self._sizes()
        spot = place_bubble(
            window, target, sizes, others, around, avoid, scrolling_sizes
        )
        if any(spot.rect.intersects(sheet) for sheet in sheets):
            self.hide()
            return
        if target.isEmpty() or _distance(spot.rect, target) > NEAR:
            spot = spot._replace(side="")
        self._spot, self._aim = spot, target.center()
        self._burden = _burden(spot.rect, avoid)
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
        painter.setBrush(QColor(self._colours.theme.tile))
        width = _LINE + (1.0 if self.has_keyboard else 0.0)
        painter.setPen(QPen(QColor(self._colours.theme.training), width))
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
        return self._over.rect().adjusted(0, px(HEIGHT) - EDGE // 2, 0, -foot)

    def _sizes(self) -> tuple[list[QSize], int]:
        """The sizes it may have, the best first, and in how many the words scroll."""
        if self.folded:
            return [QSize(px(_FOLDED), self.content.height_folded())], 0
        most = self._room().height() - 2 * EDGE
        sizes = []
        for width in map(px, WIDTHS):
            height = self.content.height_for(width)
            sizes.append(QSize(width, min(height, most)))
        tall = self.content.height_for(px(WIDTHS[0]))
        low = [QSize(px(wide), px(high)) for wide, high in LOW_SIZES]
        low = [size for size in low if size.height() < tall]
        return [*sizes, *low], len(low)

    def _tail(self, box: QRectF) -> QPainterPath | None:
        """The tail, in own pixels; None in a corner, and for a target that is small."""
        spot = self._spot
        if spot is None or not self.has_tail:
            return None
        aim, room = self._aim - self.geometry().topLeft(), _RADIUS + _HALF
        x = min(max(aim.x(), box.left() + room), box.right() - room)
        y = min(max(aim.y(), box.top() + room), box.bottom() - room)
        tip, foot = {
            "right": (QPointF(box.left() - TAIL + 1, y), QPointF(box.left() + 2, y)),
            "left": (QPointF(box.right() + TAIL - 1, y), QPointF(box.right() - 2, y)),
            "below": (QPointF(x, box.top() - TAIL + 1), QPointF(x, box.top() + 2)),
            "above": (
                QPointF(x, box.bottom() + TAIL - 1),
                QPointF(x, box.bottom() - 2),
            ),
        }[spot.side]
        upright = spot.side in ("below", "above")
        half = QPointF(_HALF, 0) if upright else QPointF(0, _HALF)
        path = QPainterPath(foot - half)
        path.lineTo(tip)
        path.lineTo(foot + half)
        path.closeSubpath()
        return path


def place_bubble(
    window: QRect,
    target: QRect,
    sizes: Sequence[QSize],
    others: Sequence[QRect] = (),
    around: QRect | None = None,
    avoid: Sequence[Obstacle] = (),
    scrolling_sizes: int = 0,
) -> Spot:
    """Find the place for the bubble.

    Args:
        window: all the room there is; the bubble never leaves it.
        target: what must not be covered; empty when it points nowhere.
        sizes: the sizes it may have, the best first; none taller than it has to be.
        others: what should not be covered either, where there is room.
        around: what the target is a part of; it is left free where there is room.
        avoid: what is rather not covered, each by its weight.
        scrolling_sizes: in how many sizes, the last ones, its words scroll.

    Returns:
        A place beside the target in the best size for which there is room on some
        side, where it covers least of what is to be avoided; else the place along the
        window's border that covers least.
    """
    room = window.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    whole = QRect() if around is None else around
    found: list[tuple[tuple[int, ...], Spot]] = []
    for rank, size in enumerate(sizes):
        scrolls = round(2 * SCROLLS) if rank >= len(sizes) - scrolling_sizes else 0
        size = size.boundedTo(room.size())
        spots = _corners(room, target, size)
        if not target.isEmpty() and avoid:
            spots = [*_aside(room, target, size), *spots]
        if not target.isEmpty():
            spots = [*_beside(room, target, size), *spots]
        if not whole.isEmpty():
            spots = [*_beside(room, whole, size), *spots]
        for order, spot in enumerate(spots):
            covered = _area(spot.rect, target)
            beyond = sum(_area(spot.rect, each) for each in others)
            hidden = _area(spot.rect, whole)
            burden = _burden(spot.rect, avoid) + scrolls
            apart = int(not spot.side)
            cost = (covered, beyond, hidden, burden, apart, rank, order)
            found.append((cost, spot))
    return min(found, key=lambda each: each[0])[1]


def _beside(room: QRect, target: QRect, size: QSize) -> list[Spot]:
    """The places beside the target where a size fits, the side with most room first."""
    wide, high = size.width(), size.height()
    x = _within(target.center().x() - wide // 2, room.left(), room.right() + 1 - wide)
    y = _within(target.center().y() - high // 2, room.top(), room.bottom() + 1 - high)
    sides = [
        (room.right() - target.right(), wide, "right", target.right() + GAP, y),
        (target.left() - room.left(), wide, "left", target.left() - GAP - wide, y),
        (room.bottom() - target.bottom(), high, "below", x, target.bottom() + GAP),
        (target.top() - room.top(), high, "above", x, target.top() - GAP - high),
    ]
    return [
        Spot(QRect(QPoint(left, top), size), side)
        for free, needed, side, left, top in sorted(sides, key=lambda each: -each[0])
        if free >= needed + GAP
    ]


def _aside(room: QRect, target: QRect, size: QSize) -> list[Spot]:
    """The places at the left and right border of the window, as high as the target."""
    y = target.center().y() - size.height() // 2
    y = _within(y, room.top(), room.bottom() + 1 - size.height())
    left = QRect(QPoint(room.left(), y), size)
    right = QRect(QPoint(room.right() + 1 - size.width(), y), size)
    return [
        Spot(left, "left" if left.right() + GAP <= target.left() else ""),
        Spot(right, "right" if right.left() - GAP >= target.right() else ""),
    ]


def _distance(rect: QRect, other: QRect) -> int:
    """How far two places lie apart, px, along the axis where they do most."""
    across = max(other.left() - rect.right(), rect.left() - other.right())
    down = max(other.top() - rect.bottom(), rect.top() - other.bottom())
    return max(across, down, 0)


def _corners(room: QRect, target: QRect, size: QSize) -> list[Spot]:
    """The corners of the window, the one farthest away from the target first."""
    right, bottom = room.right() + 1 - size.width(), room.bottom() + 1 - size.height()
    corners = [
        QPoint(right, bottom),
        QPoint(room.left(), bottom),
        QPoint(right, room.top()),
        QPoint(room.left(), room.top()),
    ]
    rects = [QRect(corner, size) for corner in corners]
    if not target.isEmpty():
        middle = target.center()
        rects.sort(key=lambda rect: -(rect.center() - middle).manhattanLength())
    return [Spot(rect, "") for rect in rects]


def _burden(rect: QRect, avoid: Sequence[Obstacle]) -> int:
    """How much of what is to be avoided a place covers: twice the weight for all of it.

    Less than half of something that weighs 1 is nothing.
    """
    shares = (
        each.weight * _area(rect, each.rect) / _area(each.rect, each.rect)
        for each in avoid
        if not each.rect.isEmpty()
    )
    return int(2 * sum(shares))


def _within(wanted: int, low: int, high: int) -> int:
    return min(max(wanted, low), high)


def _area(one: QRect, other: QRect) -> int:
    shared = one.intersected(other)
    return 0 if shared.isEmpty() else shared.width() * shared.height()
