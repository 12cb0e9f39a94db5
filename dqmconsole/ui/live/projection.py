"""A map's projection, or that of a slice of it, as a second plot in the detail view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QWidget

from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.model.projection import Cut, project
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.fonts import px
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.live.readings import nearest_bins
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.overlays import Band
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent, QShowEvent

    from dqmconsole.model.histogram import Axis, Histogram
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.tile import PlotTile
    from dqmconsole.ui.theme import Colours

On = Literal["", "x", "y"]
_NEXT: dict[On, On] = {"": "x", "x": "y", "y": ""}
_OTHER: dict[On, Literal["x", "y"]] = {"x": "y", "y": "x"}
_STEPS = 100  # of a band by keys, from one end of an axis to the other
_FIRST = 10  # a first slice has this share of the bins
_HIGH, _LEAST = 230, 120  # px of the panel's height, at scale 1
_INSET = 2  # px, as the frame of a tile


class Slice(NamedTuple):
    """Bins of an axis that are summed: the first and the last one, from 1."""

    first: int
    last: int

    def is_whole(self, bins: int) -> bool:
        """Tell whether it has all bins of an axis."""
        return self == (1, bins)

    def moved(self, step: int, bins: int) -> Slice:
        """The same number of bins, further on; it stays on the axis.

        All of them move nowhere: a slice is begun in the middle.
        """
        wide = self.last - self.first
        if self.is_whole(bins):
            wide = max(bins // _FIRST, 1) - 1
            first = (bins - wide + 1) // 2
        else:
            first = min(max(self.first + step, 1), bins - wide)
        return Slice(first, first + wide)

    def widened(self, step: int, bins: int) -> Slice:
        """So many bins more at its upper end, else at its lower one; or less."""
        wide = min(max(self.last - self.first + step, 0), bins - 1)
        first = min(self.first, bins - wide)
        return Slice(first, first + wide)


def slice_at(low: float, high: float, axis: Axis) -> Slice:
    """The bins nearest to a stretch of an axis, one at least."""
    found = nearest_bins(axis, (low, high))
    return Slice(found.start + 1, found.stop)


def rebanded(band: Slice, before: Axis, axis: Axis) -> Slice:
    """A band of one axis on an axis of other bins: all of them, or the nearest."""
    if band.is_whole(before.bins):
        return Slice(1, axis.bins)
    edges = before.edges
    return slice_at(float(edges[band.first - 1]), float(edges[band.last]), axis)


def projected(histogram: Histogram, on: Literal["x", "y"], band: Slice) -> Histogram:
    """The bins of a band, summed onto an axis; means are weighted by their entries."""
    return project(histogram, Cut(on, ((_OTHER[on], band.first, band.last),)))


def band_words(axis: Axis, name: str, band: Slice, summed: Axis, other: str) -> str:
    """What is summed: "Projection on iη of iφ 12 to 18 (bins 5–9)".

    Args:
        axis: the axis projected on.
        name: its letter, for where it has no title.
        band: the bins that are summed.
        summed: their axis.
        other: its letter.
    """
    on, of = plain_title(axis.title) or name, plain_title(summed.title) or other
    if band.is_whole(summed.bins):
        return f"Projection on {on} of all {of}"
    if summed.labels:
        ends = [summed.labels[n - 1] or f"bin {n}" for n in band]
        place = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    else:
        edges = summed.edges
        place = f"{short(edges[band.first - 1])} to {short(edges[band.last])}"
    bins = f"bins {band.first}–{band.last}"
    if band.first == band.last:
        bins = f"bin {band.first}"
    return f"Projection on {on} of {of} {place} ({bins})"


class ProjectionPanel(QFrame):
    """The projection of the map that a tile draws; hidden while none is wanted.

    The band on the map says which bins are summed. It is moved, and its edges are, by
    the mouse, and by keys.

    Args:
        tile: draws the map.
        colours: the look in force.

    Attributes:
        on: the axis projected on; "" while there is none.
        band: the bins of the other axis that are summed.
        data: the projection, or None.
        canvas: draws it.

    Signals:
        changed: it shows something else, or nothing.
    """

    changed = Signal()

    def __init__(
        self, tile: PlotTile, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tile = tile
        self._colours = colours
        self._key = ""
        self.on: On = ""
        self.band = Slice(1, 1)
        self.data: Histogram | None = None
        self._bands: dict[On, Slice] = {}
        self._axis: Axis | None = None
        self._region = Band()
        self._region.dragged.connect(self._dragged)
        self._busy = False
        self.setProperty("role", "clear")
        self.setAccessibleName("Projection")
        self._words = ElidedLabel(parent=self)
        self._words.setProperty("role", "muted")
        self._words.setAccessibleName("Projection words")
        self.canvas = PlotCanvas(colours.theme, self)
        self.canvas.read.connect(self._read)
        self.canvas.range_chosen.connect(self._range_chosen)
        self.canvas.placed.connect(self._align)
        tile.canvas.scene_changed.connect(self._look)
        tile.canvas.placed.connect(self._follow)
        colours.changed.connect(self._recolour)
        colours.lent_changed.connect(self._recolour)
        self.hide()

    @property
    def words(self) -> str:
        """What is summed, in words; "" while there is no projection."""
        data, summed = self._tile.canvas.shown.data, self._summed()
        if not self.on or data is None or summed is None:
            return ""
        axis = data.axes[0 if self.on == "x" else 1]
        return band_words(axis, self.on, self.band, summed, _OTHER[self.on])

    # -- what somebody does --------------------------------------------------------

    def turn(self) -> str:
        """No projection, one on x, one on y; why there is none, in words, or ""."""
        refusal = self.refusal()
        self._show_on("" if refusal else _NEXT[self.on])
        return refusal

    def leave(self) -> None:
        """Show none."""
        if self.on:
            self._show_on("")

    def move_band(self, step: int) -> None:
        """Move the slice by steps; where all is summed, begin one."""
        axis = self._summed()
        if axis is not None:
            step *= max(axis.bins // _STEPS, 1)
            self._choose(self.band.moved(step, axis.bins))

    def widen_band(self, step: int) -> None:
        """Sum more bins, or less where `step` is negative."""
        axis = self._summed()
        if axis is not None:
            step *= max(axis.bins // _STEPS, 1)
            self._choose(self.band.widened(step, axis.bins))

    # -- Qt --------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a size at which it can be read."""
        return QSize(px(360), px(_HIGH))

    def minimumSizeHint(self) -> QSize:
        """Return what it needs at least."""
        return QSize(px(120), px(_LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out in another size."""
        super().resizeEvent(event)
        self._align()

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out what was not seen."""
        super().showEvent(event)
        self._align()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of a tile."""
        painter = QPainter(self)
        seen = event.rect() & self.rect().adjusted(_INSET, 0, -_INSET, 0)
        painter.fillRect(seen, QColor(self._colours.theme.tile))
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draw it on any device, its upper left corner at the painter's origin."""
        theme, line = self._colours.theme, self._words.geometry()
        painter.setClipRect(self.rect())
        painter.fillRect(self.rect(), QColor(theme.tile))
        painter.setFont(self._words.font())
        painter.setPen(QColor(theme.muted))
        right = Qt.TextElideMode.ElideRight
        words = painter.fontMetrics().elidedText(self.words, right, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        painter.translate(self.canvas.pos())
        self.canvas.draw(painter)

    # -- what is shown -------------------------------------------------------------

    def refusal(self) -> str:
        """Why there is no projection of what is shown, in words; "" where there is."""
        shown, tile = self._tile.canvas.shown, self._tile.tile
        data = shown.data
        if data is None or data.dimension != 2 or shown.draw.style == "strip":
            return "Only maps have projections."
        if data.efficiency:
            return "Shares cannot be summed: an efficiency has no projection."
        if shown.draw.drawing is not None:
            return "A drawing of the detector has no projection."
        if tile is not None and tile.picture is not None and not tile.picture.whole:
            return "The map is too large to come whole: no projection of it here."
        return ""

    def _summed(self) -> Axis | None:
        """The axis that is summed, while there is a projection."""
        data = self._tile.canvas.shown.data
        if not self.on or data is None or data.dimension != 2:
            return None
        return data.axes[0 if self.on == "y" else 1]

    def _show_on(self, on: On) -> None:
        if self._key != self._tile.key:
            self._bands.clear()
        self.on, self._key = on, self._tile.key
        axis = self._summed()
        if axis is not None:
            self.band = self._bands.get(on, Slice(1, axis.bins))
        self._axis = axis
        self.canvas.clear()
        if not on:
            self._tile.canvas.set_axis_width(0)
        self._draw()
        self.setVisible(bool(on))

    def _choose(self, band: Slice) -> None:
        if band != self.band:
            self.band = self._bands[self.on] = band
            self._draw()

    def _look(self) -> None:
        """Another picture, or another plot, which has no projection yet."""
        if not self.on:
            return
        there = self._tile.canvas.shown.data is not None
        if self._tile.key != self._key or (there and self.refusal()):
            self._show_on("")
            return
        axis, before = self._summed(), self._axis
        if axis is not None and before is not None and not axis.same_bins(before):
            self._bands.clear()  # its bins were joined, or are others
            self.band = rebanded(self.band, before, axis)
        self._axis = axis or before
        self._draw()

    def _draw(self) -> None:
        """Draw the projection of what the tile shows now, and the band."""
        shown, axis, on = self._tile.canvas.shown, self._summed(), self.on
        self.data = None
        if shown.data is None or axis is None or not on:
            self.canvas.show_scene(Scene())
            self._region.take_away()
        else:
            reference, draw = shown.reference, shown.draw
            if reference is not None:
                reference = projected(reference, on, self.band)
            self.data = projected(shown.data, on, self.band)
            along = draw.x if on == "x" else draw.y
            scene = Scene(
                data=self.data,
                draw=Draw(x=along, y=AxisDraw(scale=draw.z.scale)),
                reference=reference,
                scale=shown.scale,
                last=shown.last if on == "x" else None,
                clock=shown.clock if on == "x" else None,
            )
            self.canvas.show_scene(scene)
            self._follow()
        self._words.set_words(self.words)
        self.changed.emit()

    def _read(self, words: str) -> None:
        """Say what lies under the mouse, behind what is shown."""
        self._words.set_words(" · ".join(each for each in (self.words, words) if each))

    def _recolour(self) -> None:
        self.canvas.set_theme(self._colours.theme)
        self.update()
        self._follow()

    # -- beside the map --------------------------------------------------------------

    def _dragged(self, low: float, high: float) -> None:
        """Sum what the band covers that the mouse moves."""
        axis = self._summed()
        if axis is not None:
            self._choose(slice_at(low, high, axis))

    def _follow(self) -> None:
        """The map is laid out otherwise: the band lies elsewhere, and the axis."""
        axis, panes = self._summed(), self._tile.canvas.plot_items.panes
        if axis is None or not panes or self._busy:
            return
        if self._axis is None or axis.bins != self._axis.bins:
            return  # another picture: its band comes with it
        box = panes[0].box
        edges, whole = axis.edges, self.band.is_whole(axis.bins)
        ends = (float(edges[self.band.first - 1]), float(edges[self.band.last]))
        limits = (float(edges[0]), float(edges[-1]))
        self._region.lie(box, ends, limits, across=self.on == "x")
        # of all bins only the edges can be seen and moved: a drag inside still zooms
        colour = QColor(self._colours.theme.selection)
        self._region.set_look(colour, 0 if whole else 50, lines=True, movable=not whole)
        self.canvas.set_grey(self._tile.canvas.grey)
        if self.on == "x":
            self.canvas.show_range(box.x_scale)
        self._align()

    def _range_chosen(self, x: Scale | None) -> None:
        """What is seen of the common axis is seen of the map."""
        if self.on == "x":
            self._tile.canvas.show_range(x)

    def _align(self) -> None:
        """Lie beneath the map so that the common axis is one."""
        if self._busy or not self.on:
            return
        self._busy = True
        try:
            self._lie_beneath()
        finally:
            self._busy = False

    def _lie_beneath(self) -> None:
        line = self._words.sizeHint().height()
        self._words.setGeometry(px(4), 0, self.width() - px(8), line)
        whole = QRect(0, line, self.width(), max(self.height() - line, 1))
        if self.on != "x" or self.canvas.height() != whole.height():
            self.canvas.setGeometry(whole)
        if self.on == "x":
            self._tile.canvas.set_axis_width(self.canvas.axis_width())
        there, here = self._tile.canvas.panes, self.canvas.panes
        if self.on == "x" and there and here:
            at = self._tile.canvas.mapToGlobal(there[0].rect.topLeft())
            left = self.mapFromGlobal(at).x() - here[0].rect.left()
            wider = there[0].rect.width() - here[0].rect.width()
            wide = self.canvas.width() + wider
            self.canvas.setGeometry(left, line, wide, whole.height())
