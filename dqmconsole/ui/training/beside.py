"""A sheet that asks about the selected plot, and lies beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize

from dqmconsole.ui.fonts import px
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.training.bars import HEIGHT
from dqmconsole.ui.training.bubble import place_bubble
from dqmconsole.ui.training.targets import seen

if TYPE_CHECKING:
    from dqmconsole.ui.parts import Parts

LOWER = ((640, 470), (520, 440), (440, 420), (380, 400), (760, 300), (560, 270))
"""Width and height in px at scale 1 of what it takes where less room is left."""


class BesideSheet(Overlay):
    """A sheet beside the selected plot, which is looked at while it is answered.

    Where no place is left beside it, the page is scrolled so that there is one; over a
    plot that fills the window it lies in the corner that hides least of it. While it is
    open it stays where it is, unless that comes to lie over the plot, as when a row of
    alarms moves the page.

    Args:
        name: its accessible name.
        parts: the parts of the window.
        size: the most it takes, width and height in px at scale 1.
    """

    def __init__(self, name: str, parts: Parts, size: tuple[int, int]) -> None:
        super().__init__(name, parts.context.window, size)
        self._parts = parts

    def open(self) -> None:
        """Show it beside the plot, and give it the keyboard."""
        plot = self._plot()
        if not plot.isEmpty() and self._lie(plot, *self.room()).intersects(plot):
            self._scroll()
        super().open()

    def place(self, width: int, height: int) -> QRect:
        """Where it lies: beside the selected plot; in the middle without one.

        Args:
            width: the most it takes, px.
            height: the same.
        """
        plot, here = self._plot(), self.geometry()
        if plot.isEmpty():
            return super().place(width, height)
        lies = self.isVisible() and self._parts.context.window.rect().contains(here)
        if lies and not here.intersects(plot):
            return here
        return self._lie(plot, width, height)

    def _lie(self, plot: QRect, width: int, height: int) -> QRect:
        window = self._parts.context.window.rect().adjusted(0, px(HEIGHT), 0, 0)
        sizes = [QSize(width, height)]
        sizes += [QSize(min(px(w), width), min(px(h), height)) for w, h in LOWER]
        return place_bubble(window, plot, sizes).rect

    def _plot(self) -> QRect:
        """Where the selected plot is seen in the window; empty without one."""
        tile = self._parts.view.selected_tile()
        return QRect() if tile is None else seen(tile).rect

    def _scroll(self) -> None:
        """Bring the selected plot as high as the page can be scrolled."""
        grid, tile = self._parts.view.grid, self._parts.view.selected_tile()
        if tile is not None and tile in grid.tiles:
            bar = grid.verticalScrollBar()
            at = tile.mapTo(grid.viewport(), tile.rect().topLeft()).y()
            bar.setValue(bar.value() + at)
