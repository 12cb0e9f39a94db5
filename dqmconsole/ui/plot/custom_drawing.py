"""A plot that an installed package draws; the usual drawing where that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.colour_bar import ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale, next_scale, with_ends
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.custom import DrawingError, DrawingValues, HostItem, made
from dqmconsole.ui.plot.maps import Maps
from dqmconsole.ui.plot.palettes import OVER, UNDER, lookup_table
from dqmconsole.ui.plot.plane import never_filled
from dqmconsole.ui.plot.raster import colour_indices
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint, QRect

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.drawing import ShownRange
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems

_MARGIN = 8  # px round the drawing


class CustomDrawing:
    """The drawing named by a layout, until it fails: from then on the usual one."""

    def __init__(self, renew: Callable[[], None]) -> None:
        """Begin without data.

        Args:
            renew: called when the drawing failed after it was placed.
        """
        self._renew = renew
        self._scene = Scene()
        self._usual: Curves | Maps | None = None
        self._values: Array = np.empty(0)
        self._colours: ColourScale | None = None
        self._host: HostItem | None = None
        self._trouble = ""
        self._name = ""

    def take(self, scene: Scene) -> None:
        """Take new data."""
        assert scene.data is not None
        assert scene.draw.drawing is not None
        if scene.draw.drawing != self._name:
            self._name, self._trouble, self._host = scene.draw.drawing, "", None
            self._usual = None
        self._scene = scene
        if self._host is not None and self._host.trouble:
            self._trouble = self._host.trouble
        if self._trouble:
            self._take_usual()
            return
        values = scene.data.values()
        if values.ndim > 2:
            self._fail(f"drawing {self._name!r} is of one or two dimensions")
            return
        empty = never_filled(scene.data, values) | ~np.isfinite(values)
        self._values = np.where(empty, np.nan, values)
        self._colours = next_scale(
            self._colours,
            self._values,
            log=scene.draw.z.scale == "log",
            grows=scene.grows and not scene.data.is_profile,
            from_zero=not scene.data.is_profile,
        )

    def place(
        self,
        items: PlotItems,
        area: QRect,
        look: Look,
        view: ShownRange,
        *,
        ratio: float,
        least_left: int,
    ) -> bool:
        """Let the drawing make its item anew and fit it into `area`."""
        if self._host is not None and self._host.trouble:
            self._fail(self._host.trouble)
        if self._usual is None:
            try:
                self._show(items, area, look)
            except DrawingError as error:
                self._fail(str(error))
            else:
                return True
        assert self._usual is not None
        return self._usual.place(
            items, area, look, view, ratio=ratio, least_left=least_left
        )

    def panes(self) -> list[Pane]:
        """Those of the usual drawing; its own has no axes."""
        return [] if self._usual is None else self._usual.panes()

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if self._usual is not None:
            return self._usual.remark()
        return "no entries" if bool(np.isnan(self._values).all()) else ""

    def note(self) -> str:
        """What else must be said: why the drawing is not there."""
        usual = "" if self._usual is None else self._usual.note()
        return " · ".join(part for part in (self._trouble, usual) if part)

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words: of the usual drawing."""
        return "" if self._usual is None else self._usual.read(at)

    # -- inside --------------------------------------------------------------------

    def _fail(self, words: str) -> None:
        """From now on draw as usual, and say why."""
        self._trouble, self._host = words, None
        self._take_usual()

    def _take_usual(self) -> None:
        assert self._scene.data is not None
        if self._usual is None:
            self._usual = Curves() if self._scene.data.dimension == 1 else Maps()
        self._usual.take(self._scene)

    def _show(self, items: PlotItems, area: QRect, look: Look) -> None:
        """Show the drawing.

        Raises:
            DrawingError: it failed.
        """
        scene = self._scene
        assert scene.data is not None
        assert self._colours is not None
        draw, theme = scene.draw, look.theme
        colours = with_ends(self._colours, draw.z.range, scene.data.shown)
        palette = "stale" if look.grey else draw.palette or "cividis"
        table = lookup_table(palette, theme.tile)
        indices = colour_indices(self._values, colours)
        item = made(
            self._name,
            DrawingValues(
                scene.data,
                self._values,
                table[indices],
                theme.tile,
                theme.muted if look.grey else theme.ink,
                theme.muted,
                theme.line,
            ),
        )
        title = scene.data.y_title if draw.z.title is None else draw.z.title
        bar = bars_for([(colours.scale, title)], look, [area])[0]
        room = area.adjusted(_MARGIN, _MARGIN, -bar.width - _MARGIN, -_MARGIN)
        items.begin()
        self._host = items.item(HostItem)
        self._host.show_item(self._name, item, room, self._renew)
        under, over = bool((indices == UNDER).any()), bool((indices == OVER).any())
        place = room.adjusted(0, 0, 0, 0)
        place.setLeft(room.right() + _MARGIN)
        place.setWidth(bar.width)
        shown = bar.with_ends(under=under, over=over)
        items.item(ColourBarItem).show_bar(shown, place, area, table, look)
        items.finish()
