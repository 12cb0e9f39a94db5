"""From what is seen to what is seen after zooming."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.ui.plot.drawing import ShownRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QRect

    from dqmconsole.ui.plot.axes import Pane

DRAG = 6  # pixels; less is a click


def about(
    view: ShownRange, pane: Pane, at: tuple[float, float], factor: float
) -> ShownRange:
    """Zoom about a point.

    Args:
        view: what is seen.
        pane: of the data.
        at: the point, in fractions of x and of y; y is left alone where it is below 0.
        factor: below 1 zooms in.
    """
    x, y = at
    up = view.y if y < 0 else pane.y.scale.part(*_ends(y, factor))
    return ShownRange(pane.x.scale.part(*_ends(x, factor)), up)


def into(
    view: ShownRange, panes: Sequence[Pane], drag: QRect, *, maps: bool
) -> ShownRange:
    """Zoom into a rectangle; a flat one leaves y, a thin one x, alone.

    Args:
        view: what is seen.
        panes: of the plot, the data's first.
        drag: the rectangle.
        maps: every pane has the data's y axis.
    """
    pane = next((each for each in panes if each.rect.intersects(drag)), None)
    if pane is None:
        return view
    rect = pane.rect
    inside = drag.intersected(rect)
    x, y = view.x, view.y
    if inside.width() >= DRAG:
        left = (inside.left() - rect.left()) / rect.width()
        x = pane.x.scale.part(left, left + inside.width() / rect.width())
    if (maps or pane is panes[0]) and inside.height() >= 2 * DRAG:
        low = (rect.bottom() - inside.bottom()) / rect.height()
        y = pane.y.scale.part(low, low + inside.height() / rect.height())
    return ShownRange(x, y)


def _ends(at: float, factor: float) -> tuple[float, float]:
    return at - at * factor, at + (1 - at) * factor
