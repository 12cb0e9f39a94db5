"""Where the bubble lies: beside what it explains, never over it, in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 18  # px between the bubble and what it explains; its tail lies in it
EDGE = 12  # px kept free along the window's border


class Spot(NamedTuple):
    """Where the bubble goes.

    Attributes:
        rect: its place.
        side: the side of the target it lies on: "right", "left", "below", "above";
            "" in a corner, without a tail.
        tip: where its tail points to; of no meaning in a corner.
    """

    rect: QRect
    side: str
    tip: QPoint


def place_bubble(
    window: QRect,
    target: QRect,
    sizes: Sequence[QSize],
    others: Sequence[QRect] = (),
    around: QRect | None = None,
) -> Spot:
    """Find the place for the bubble.

    Args:
        window: all the room there is; the bubble never leaves it.
        target: what must not be covered; empty when it points nowhere.
        sizes: the sizes it may have, the best first; none taller than it has to be.
        others: what should not be covered either, where there is room.
        around: what the target is a part of; it is left free where there is room.

    Returns:
        A place beside the target in the best size for which there is room on some
        side; else the corner of the window that covers least of it.
    """
    room = window.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    whole = QRect() if around is None else around
    found: list[tuple[tuple[int, int, int, int, int], Spot]] = []
    for rank, size in enumerate(sizes):
        size = size.boundedTo(room.size())
        spots = _corners(room, target, size)
        if not target.isEmpty():
            spots = [*_beside(room, target, size), *spots]
        if not whole.isEmpty():
            spots = [*_beside(room, whole, size), *spots]
        for order, spot in enumerate(spots):
            covered = _area(spot.rect, target)
            beyond = sum(_area(spot.rect, each) for each in others)
            hidden = _area(spot.rect, whole)
            found.append(((covered, beyond, hidden, rank, order), spot))
    return min(found, key=lambda each: each[0])[1]


def _beside(room: QRect, target: QRect, size: QSize) -> list[Spot]:
    """The places beside the target where a size fits, the side with most room first."""
    wide, high = size.width(), size.height()
    middle = target.center()
    x = min(max(middle.x() - wide // 2, room.left()), room.right() + 1 - wide)
    y = min(max(middle.y() - high // 2, room.top()), room.bottom() + 1 - high)
    left, right = target.left(), target.right()
    top, bottom = target.top(), target.bottom()
    before, over = QPoint(left - GAP - wide, y), QPoint(x, top - GAP - high)
    after, under = QPoint(right + GAP, y), QPoint(x, bottom + GAP)
    sides = (
        (room.right() - right, wide, "right", after, QPoint(right, 0)),
        (left - room.left(), wide, "left", before, QPoint(left, 0)),
        (room.bottom() - bottom, high, "below", under, QPoint(0, bottom)),
        (top - room.top(), high, "above", over, QPoint(0, top)),
    )
    spots = []
    for free, needed, side, corner, tip in sorted(sides, key=lambda each: -each[0]):
        if free < needed + GAP:
            continue
        rect = QRect(corner, size)
        level = rect.intersected(room).center()
        if side in ("right", "left"):
            low, high_end = max(top, rect.top()), min(bottom, rect.bottom())
            at = QPoint(tip.x(), _between(middle.y(), low, high_end, level.y()))
        else:
            low, high_end = max(left, rect.left()), min(right, rect.right())
            at = QPoint(_between(middle.x(), low, high_end, level.x()), tip.y())
        spots.append(Spot(rect, side, at))
    return spots


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
    return [Spot(rect, "", rect.center()) for rect in rects]


def _between(wanted: int, low: int, high: int, other: int) -> int:
    return min(max(wanted, low), high) if low <= high else other


def _area(one: QRect, other: QRect) -> int:
    shared = one.intersected(other)
    return 0 if shared.isEmpty() else shared.width() * shared.height()
