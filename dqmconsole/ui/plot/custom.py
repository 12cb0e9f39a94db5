"""Drawings that an installed package registered: found, called, and held in check.

Whatever such a drawing does, the page lives on. One that is missing, raises, returns no
item or takes longer than :data:`LONGEST` is switched off for its tile: the plot is
drawn in the usual way, and the tile says why. One that does not end is cut off after
:data:`CUT_OFF`, unless it hangs within a library, outside of Python: there nothing can
stop it in the process it runs in, so a drawing must not wait for anything.
"""

from __future__ import annotations

import logging
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsItem

from dqmconsole.model.known_bins import known_bins
from dqmconsole.plugins import DRAWINGS, cut_off, using
from dqmconsole.ui.plot.cells import colour_indices
from dqmconsole.ui.plot.colour_bar import ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale, with_ends
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.maps import Maps, colours_of
from dqmconsole.ui.plot.painting import PaintedItem, PlotScene, error_words, saved
from dqmconsole.ui.plot.palettes import lookup_table
from dqmconsole.ui.plot.plane import never_filled
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems

_log = logging.getLogger(__name__)

_MARGIN = 8  # px round the drawing
LONGEST = 0.2  # s, for making the item as for painting it
CUT_OFF = 2.0  # s, after which it does not go on
_clock = time.perf_counter
_SURVIVED: set[tuple[str, str]] = set()  # drawings that were made, painted here
_ANY = BaseException  # one that leaves the program would take all with it


@dataclass(frozen=True, eq=False)
class DrawingValues:
    """What a drawing gets.

    Attributes:
        histogram: the data, of one or two dimensions.
        values: contents of the bins, shape (n,) or (nx, ny); NaN where nothing is.
        colours: the colour of each bin as a map would have it, uint32 0xAARRGGBB, same
            shape; the bar of these colours stands beside the drawing.
        ground, ink, muted, line: colours of the theme, ``#RRGGBB``.
        known: bins of known issues, to be hatched, bool, same shape; None without any.
    """

    histogram: Histogram
    values: Array
    colours: Array
    ground: str
    ink: str
    muted: str
    line: str
    known: Array | None = None


class DrawingError(Exception):
    """A drawing that cannot be used; says why."""


def registered(name: str) -> Callable[[DrawingValues], object]:
    """Return the function that is registered under a name.

    Raises:
        DrawingError: there is none, or it cannot be used.
    """
    # packages are looked at when one draws: the console starts without
    from dqmconsole.ui.plot.registered import (
        BUNDLED,
        bundled_drawing,
        registered_drawings,
    )

    if name in BUNDLED:
        return bundled_drawing(name)
    installed = registered_drawings()
    if name in installed.usable:
        return installed.usable[name]
    why = installed.why_left_out(name)
    known = ", ".join(sorted((*BUNDLED, *installed.usable)))
    raise DrawingError(why or f"no drawing {name!r} is installed; there are: {known}")


def made(name: str, values: DrawingValues) -> QGraphicsItem:
    """Let a drawing make its item.

    Raises:
        DrawingError: it could not, or it took too long.
    """
    function = registered(name)
    began = _clock()
    try:
        with _survived(name, "made"), cut_off(CUT_OFF):
            item = function(values)
        rect = QRectF(item.boundingRect()) if isinstance(item, QGraphicsItem) else None
    except _ANY as error:
        _log.info("drawing %s", name, exc_info=True)
        message = f"drawing {name!r} failed: {error_words(error)}"
        raise DrawingError(message) from error
    took = _clock() - began
    if rect is None or not isinstance(item, QGraphicsItem):
        message = f"drawing {name!r} returned {type(item).__name__}, no item"
        raise DrawingError(message)
    bounds = (rect.x(), rect.y(), rect.width(), rect.height())
    if not all(map(math.isfinite, bounds)):
        message = f"drawing {name!r} returned an item without bounds: {bounds}"
        raise DrawingError(message)
    if rect.isEmpty():
        message = f"drawing {name!r} returned an item of no size"
        raise DrawingError(message)
    if took > LONGEST:
        raise DrawingError(_slow(name, took))
    return item


@contextmanager
def _survived(name: str, what: str) -> Iterator[None]:
    """Leave word, the first time here, of a drawing that may end this process."""
    if (name, what) in _SURVIVED:
        yield
        return
    with using(DRAWINGS, name):
        yield
    _SURVIVED.add((name, what))


class HostItem(PaintedItem):
    """Holds a drawing's item in its room, and takes it away when it fails to paint.

    Attributes:
        trouble: why it was taken away, or "".
    """

    _failing = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.trouble = ""
        self._item: QGraphicsItem | None = None
        self._renew: Callable[[], None] | None = None
        # not from within a paint event
        self._failing.connect(self._give_up, Qt.ConnectionType.QueuedConnection)

    def show_item(
        self,
        name: str,
        item: QGraphicsItem,
        area: QRect,
        renew: Callable[[], None],
    ) -> None:
        """Fit an item into `area`, in pixels of the canvas, its y axis upwards.

        Args:
            name: of the drawing, for what is said of it.
            item: it has a bounding rectangle of some size.
            area: its room.
            renew: called when the item was taken away: draw in another way.

        Raises:
            DrawingError: the item is in another scene, of another plot perhaps.
        """
        self.forget()
        if item.scene() not in (None, self.scene()):
            message = f"drawing {name!r} returned an item that is drawn elsewhere"
            raise DrawingError(message)
        self._renew = renew
        self.lie(area.toRectF())
        self._item = item
        rect = QRectF(item.boundingRect())
        self._watch(name, item, rect)
        scale = min(area.width() / rect.width(), area.height() / rect.height())
        middle = area.toRectF().center()
        place = QTransform.fromTranslate(middle.x(), middle.y())
        place.scale(scale, -scale)
        place.translate(-rect.center().x(), -rect.center().y())
        item.setTransform(place)
        item.setParentItem(self)

    def forget(self) -> None:
        """Let go of the item."""
        item, self._item, self.trouble = self._item, None, ""
        if item is not None:
            item.setParentItem(None)  # type: ignore[arg-type]  # as Qt documents it
            scene = item.scene()
            if scene is not None:
                scene.removeItem(item)

    # -- inside ------------------------------------------------------------------

    def _watch(self, name: str, item: QGraphicsItem, rect: QRectF) -> None:
        """Put a guard before what Qt calls of the item: Qt cannot pass on an error."""
        for child in item.childItems():
            self._watch(name, child, QRectF(child.boundingRect()))
        paint = item.paint

        def watched(
            painter: QPainter,
            option: QStyleOptionGraphicsItem,
            widget: QWidget | None = None,
        ) -> None:
            if self._item is None or self.trouble:
                return
            began = _clock()
            try:
                with (
                    saved(painter),
                    np.errstate(all="ignore"),
                    self._uncleared(),
                    _survived(name, "painted"),
                    cut_off(CUT_OFF),
                ):
                    paint(painter, option, widget)
            except _ANY as error:
                self._fail(f"drawing {name!r} failed: {error_words(error)}")
            took = _clock() - began
            if took > LONGEST:
                self._fail(_slow(name, took))

        vars(item).update(paint=watched, boundingRect=lambda: QRectF(rect))

    @contextmanager
    def _uncleared(self) -> Iterator[None]:
        """Keep the scene from being cleared: its other items are the canvas's."""
        scene = self.scene()
        if not isinstance(scene, PlotScene):
            yield
            return
        scene.painting = True
        try:
            yield
        finally:
            scene.painting = False

    def _fail(self, words: str) -> None:
        _log.info("%s", words, exc_info=True)
        self.trouble = words
        self._failing.emit(words)

    def _give_up(self, words: str) -> None:
        if self._item is not None and self.trouble == words:
            self.forget()
            self.trouble = words
            if self._renew is not None:
                self._renew()


def _slow(name: str, took: float) -> str:
    return f"drawing {name!r} took {took:.1f} s, more than {LONGEST:g} s: switched off"


class CustomDrawing:
    """The drawing named by a layout, until it fails: from then on the usual one.

    Attributes:
        trouble: why the drawing is not there, or "".
    """

    def __init__(self, renew: Callable[[], None], tell: Callable[[], None]) -> None:
        """Begin without data.

        Args:
            renew: called when the drawing failed after it was placed.
            tell: called when there is `trouble`.
        """
        self._renew, self._tell = renew, tell
        self._scene = Scene()
        self._usual: Curves | Maps | None = None
        self._values: Array = np.empty(0)
        self._colours: ColourScale | None = None
        self._host: HostItem | None = None
        self.trouble = ""
        self._name = ""

    def take(self, scene: Scene) -> None:
        """Take new data."""
        assert scene.data is not None
        assert scene.draw.drawing is not None
        if scene.draw.drawing != self._name:
            self._name, self.trouble, self._host = scene.draw.drawing, "", None
            self._usual = None
        self._scene = scene
        if self._host is not None and self._host.trouble:
            self.trouble = self._host.trouble
        if self.trouble:
            self._take_usual()
            return
        values = scene.data.values()
        if values.ndim > 2:
            self._fail(f"drawing {self._name!r} is of one or two dimensions")
            return
        empty = never_filled(scene.data, values) | ~np.isfinite(values)
        self._values = np.where(empty, np.nan, values)
        self._colours = colours_of(scene, self._values, self._colours)

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Let the drawing make an item of these data, and fit it into its room."""
        if self._host is not None and self._host.trouble:
            self._fail(self._host.trouble)
        if self._usual is None:
            try:
                self._show(items, at.area, at.look)
            except DrawingError as error:
                self._fail(str(error))
            else:
                return True
        assert self._usual is not None
        return self._usual.place(items, at)

    @property
    def panes(self) -> list[Pane]:
        """Those of the usual drawing; its own has no axes."""
        return [] if self._usual is None else self._usual.panes

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if self._usual is not None:
            return self._usual.remark()
        return "no entries" if bool(np.isnan(self._values).all()) else ""

    def note(self) -> str:
        """What else must be said of the values, by the usual drawing."""
        return "" if self._usual is None else self._usual.note()

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words: of the usual drawing."""
        return "" if self._usual is None else self._usual.read(at)

    # -- inside --------------------------------------------------------------------

    def _fail(self, words: str) -> None:
        """From now on draw as usual, and say why."""
        self.trouble, self._host = words, None
        self._take_usual()
        self._tell()

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
        ends = (scene.limits, draw.z.range, scene.data.shown)
        colours = with_ends(self._colours, *ends)
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
                known_bins(scene.data.axes, scene.known),
            ),
        )
        title = draw.z.title_or(scene.data.y_title)
        bar = bars_for([(colours.scale, title)], look, [area])[0]
        room = area.adjusted(_MARGIN, _MARGIN, -bar.width - _MARGIN, -_MARGIN)
        self._host = items.item(HostItem)
        self._host.show_item(self._name, item, room, self._renew)
        place = QRect(room)
        place.setLeft(room.right() + _MARGIN)
        place.setWidth(bar.width)
        shown = bar.with_ends([self._values], colours)
        items.item(ColourBarItem).show_bar(shown, place, area, table, look)
