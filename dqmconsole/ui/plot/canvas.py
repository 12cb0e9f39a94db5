"""The plotting area of a tile: shows a scene, zooms, and reads bins.

A :class:`PlotCanvas` is one pyqtgraph view with the graphics items of
:mod:`dqmconsole.ui.plot.pane`, placed in whole pixels by the drawing of the scene
(curves or maps). It alone decides which ranges are shown: those the data ask for,
which move in steps, or those the shifter chose. Where only the data are new, only the
inside of the panes is painted; tests/benchmarks/redraw.py measures it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QAbstractTextDocumentLayout, QTextDocument
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QLabel,
    QSizePolicy,
    QStyleOptionGraphicsItem,
)

from dqmconsole.model.verdict import Status
from dqmconsole.ui.fonts import scale
from dqmconsole.ui.plot.axes import Pane
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.custom import CustomDrawing
from dqmconsole.ui.plot.drawing import Placement, ShownRange, is_trend
from dqmconsole.ui.plot.look import Look, look_of
from dqmconsole.ui.plot.maps import Maps
from dqmconsole.ui.plot.notes import NOTHING, NoteItem, Notes, statistics_box
from dqmconsole.ui.plot.painting import PlotScene, error_words
from dqmconsole.ui.plot.pane import PlotItems
from dqmconsole.ui.plot.polygon_map import PolygonMap
from dqmconsole.ui.plot.reading import statistics_in_view
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QContextMenuEvent,
        QMouseEvent,
        QPainter,
        QPaintEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.plot.drawing import Drawing
    from dqmconsole.ui.plot.maps import Arrangement
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.view_box import ViewBox
    from dqmconsole.ui.theme import Theme

_log = logging.getLogger(__name__)
_MOST_FREE = 0.6  # share of the height that is kept for the box of statistics
_REMEMBERED = 100  # zooms that can be undone
_Flag = QGraphicsView.OptimizationFlag


class _Hidden(NamedTuple):
    """What a box of statistics hides.

    Attributes:
        left, right: bins and points behind it, stood it in that upper corner.
        share: of the pane's height that it takes.
    """

    left: int
    right: int
    share: float


def _share(box: QRect, pane: QRect) -> float:
    """How much of a pane's height a box at its top takes."""
    return (box.bottom() + 4 - pane.top()) / pane.height()


class PlotCanvas(pg.GraphicsView):
    """Draws one plot.

    Attributes:
        shown: what it draws (`scene` is Qt's).
        given: the same before a tool changed it.
        prepare: what a tool makes of each scene, or None.
        plot_items: its graphics items, for tools that add their own.
        failure: why the picture cannot be drawn, in words, or "".
        wheel_zooms: the wheel is for the plot; else for what it lies in.

    Signals:
        read: what lies under the mouse, in words; "" when it leaves.
        pressed: a click.
        double_clicked: a double click.
        value_chosen: x where that was, of a plot that has such an axis.
        zoom_changed: another range is chosen, or none; whether the plot is zoomed now.
        placed: items have their places; what tools add takes its own.
        range_chosen: the x range (a Scale, None for the whole) that the shifter chose
            here; other plots of the page may follow by `show_range`.
        axis_width_changed: the y axis needs another width (`axis_width`).
        failed: the picture cannot be drawn (`failure`), or only in the usual way
            (`trouble`).
        scene_changed: it shows another scene, or none.
    """

    read = Signal(str)
    pressed = Signal()
    double_clicked = Signal()
    value_chosen = Signal(float)
    zoom_changed = Signal(bool)
    range_chosen = Signal(object)
    axis_width_changed = Signal()
    failed = Signal()
    placed = Signal()
    scene_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.tile)
        self._theme = theme
        self._grey = False
        self._large = False
        self.shown = self.given = Scene()
        self.failure = ""
        self.wheel_zooms = True
        self.prepare: Callable[[Scene], Scene] | None = None
        self._foot = 0
        self._drawing: Drawing | None = None
        self._subject = ""
        self._arranged: dict[str, Arrangement] = {}  # by subject
        self._view = ShownRange()
        self._before: list[ShownRange] = []
        self._gesture = ""
        self._least_left = 0
        self._needed = 0
        self._stale = self._whole = True
        self._placed = self.size()
        self._hover: QPoint | None = None
        self._note_item: NoteItem | None = None
        self._hidden: _Hidden | None = None
        self.setCentralItem(None)
        self.scene().deleteLater()
        self.sceneObj = self._plot_scene = PlotScene(self)
        self.setScene(self._plot_scene)
        # not from within a paint event
        queued = Qt.ConnectionType.QueuedConnection
        self._plot_scene.failed.connect(self._give_up, queued)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.plot_items = PlotItems(self.scene(), self._join)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setOptimizationFlags(
            _Flag.DontAdjustForAntialiasing | _Flag.DontSavePainterState
        )
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    @property
    def zoomed(self) -> bool:
        """Tell whether the shifter chose the range of an axis."""
        return self._view.x is not None or self._view.y is not None

    @property
    def trouble(self) -> str:
        """Why a package's drawing is not there, in words, or ""."""
        drawing = self._drawing
        return drawing.trouble if isinstance(drawing, CustomDrawing) else ""

    @property
    def overtops(self) -> bool:
        """Tell whether data in sight, or a further run, are higher than the view."""
        return isinstance(self._drawing, Curves) and self._drawing.overtop(self._view)

    @property
    def grey(self) -> bool:
        """Tell whether it is drawn as stale data are."""
        return self._grey

    @property
    def chosen_x(self) -> Scale | None:
        """The range of x that the shifter chose; None where the data say it."""
        return self._view.x

    @property
    def chosen_ranges(self) -> tuple[tuple[float, float] | None, ...]:
        """Lowest and highest value chosen for x and y; None leaves it to the data."""
        return tuple(
            None if each is None else (each.low, each.high)
            for each in (self._view.x, self._view.y)
        )

    @property
    def panes(self) -> list[Pane]:
        """The panes as they lie at its present size, the data's first.

        A pane has its `rect` in the canvas's pixels, and the scales of its axes
        (``pane.x.scale.fraction(value)``).
        """
        self._place()
        return self._drawing.panes if self._drawing is not None else []

    def show_scene(self, scene: Scene) -> None:
        """Draw another scene; the zoom stays. One that fails is said in words."""
        self.shown = self.given = scene
        self.failure, self._plot_scene.broken = "", False
        before = self._drawing
        try:
            with np.errstate(all="ignore"):
                if self.prepare is not None:
                    self.shown = self.prepare(scene)
                self._take(self.shown)
        except Exception as error:  # noqa: BLE001 the rest of the page lives on
            self._fail(error)
        self._refresh(whole=self._drawing is not before)
        self.scene_changed.emit()
        if self._hover is not None:
            self.read.emit(self._words_at(self._hover))

    def clear(self, subject: str = "") -> None:
        """Forget picture, ranges and zoom; the room for the y axis stays.

        Args:
            subject: what is drawn next, by the key of a plot: when it comes again, its
                maps stand as they stood before.
        """
        self._subject = subject
        self.shown = self.given = Scene()
        self.failure, self._plot_scene.broken = "", False
        self._drawing = None
        self._needed = 0
        self._before.clear()
        self._gesture = ""
        self._set_view(ShownRange())
        self._refresh()
        self.scene_changed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.setBackground(theme.tile)
        self._refresh()

    def set_large(self, on: bool) -> None:
        """Draw with larger letters and the statistics box."""
        if on != self._large:
            self._large = on
            self._refresh()

    def set_grey(self, on: bool) -> None:
        """Draw stale data without their colour."""
        if on != self._grey:
            self._grey = on
            self._refresh()

    def draw(self, painter: QPainter) -> None:
        """Draw it on any device, its upper left corner at the painter's origin.

        Item by item, and with each its clip: Qt's SVG does not take a clip back where
        the painter is restored, so that ``QGraphicsView.render`` loses the axes. The
        clip of the whole canvas stays.
        """
        self._place()
        base, whole = painter.transform(), self.rect()
        painter.setClipRect(whole)
        painter.fillRect(whole, self.backgroundBrush())
        option = QStyleOptionGraphicsItem()
        # Without an index a scene's items() are sorted only where a place is asked for.
        seen = self.mapToScene(whole).boundingRect()
        mode = Qt.ItemSelectionMode.IntersectsItemBoundingRect
        for item in self.scene().items(seen, mode, Qt.SortOrder.AscendingOrder):
            if not item.isVisible():
                continue
            painter.setTransform(base)
            painter.setClipRect(_clip(item, QRectF(whole)))
            painter.save()
            painter.setOpacity(item.effectiveOpacity())
            painter.setTransform(item.deviceTransform(self.viewportTransform()), True)
            option.exposedRect = item.boundingRect()
            item.paint(painter, option, None)
            painter.restore()
        painter.setTransform(base)
        painter.setClipRect(whole)
        for label in self.findChildren(QLabel):
            if not label.isHidden():
                _write_label(painter, label)

    # -- ranges --------------------------------------------------------------------

    def reset_zoom(self) -> None:
        """Show the whole range again."""
        self._choose(ShownRange())

    def undo_zoom(self) -> bool:
        """Show what was seen before the last zoom; tell whether there was one."""
        if not self._before:
            return False
        self._gesture = ""
        view = self._before.pop()
        moved = view.x != self._view.x
        self._set_view(view)
        if moved:
            self.range_chosen.emit(view.x)
        return True

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle, of curves x alone; a factor below 1 zooms in."""
        pane = self._pane()
        if pane is not None:
            low, high = 0.5 - 0.5 * factor, 0.5 + 0.5 * factor
            y = self._view.y
            if self._zooms_y:
                y = pane.y.scale.part(low, high)
            self._choose(ShownRange(pane.x.scale.part(low, high), y))

    def pan_by(self, share: float, up: float = 0.0) -> None:
        """Move x, and y where a person chose its range or a map is shown.

        Args:
            share: of what is seen, to the right.
            up: of what is seen, upwards.
        """
        pane = self._pane()
        if pane is None:
            return
        x, y = self._view.x, self._view.y
        if share:
            x = pane.x.scale.part(share, 1 + share)
        if up and (y is not None or self._zooms_y):
            y = pane.y.scale.part(up, 1 + up)
        self._choose(ShownRange(x, y))

    def show_range(self, x: Scale | None) -> None:
        """Show an x range that was chosen elsewhere; None shows the whole."""
        self._set_view(ShownRange(x, self._view.y if x is not None else None))

    # -- room ----------------------------------------------------------------------

    def set_foot(self, pixels: int) -> None:
        """Keep so many pixels free beneath the plot."""
        if pixels != self._foot:
            self._foot = pixels
            self._refresh()

    def plot_pixels(self) -> tuple[int, int]:
        """Width and height of the data's plotting area, in pixels."""
        pane = self._pane()
        if pane is None:
            return (max(self.width() - 60, 1), max(self.height() - 40, 1))
        return (max(pane.rect.width(), 1), max(pane.rect.height(), 1))

    def axis_width(self) -> int:
        """Pixels its y axis needs at the left; 0 without a plot."""
        return max((pane.needed for pane in self.panes), default=0)

    def set_axis_width(self, pixels: int) -> None:
        """Keep so many pixels free at the left: the plots of a row are aligned."""
        if pixels != self._least_left:
            self._least_left = pixels
            self._refresh()

    # -- Qt ------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the scene."""
        self._place()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out in the new size."""
        super().resizeEvent(event)
        if hasattr(self, "plot_items"):  # pyqtgraph asks for it before there are any
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out what was not seen."""
        super().showEvent(event)
        self._place()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click; drags go to the item under the mouse."""
        self.pressed.emit()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read bins."""
        self._hover = event.position().toPoint()
        self.read.emit(self._words_at(self._hover))
        super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to open the plot."""
        self.double_clicked.emit()
        for pane in self.panes[:1]:
            self.value_chosen.emit(pane.values_at(event.position().toPoint())[0])
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        super().leaveEvent(event)
        self._hover = None
        self.read.emit("")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, or leave the wheel to what holds the plot."""
        if self.wheel_zooms:
            super().wheelEvent(event)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to what holds the plot, unless an item has its own."""
        event.ignore()
        super().contextMenuEvent(event)

    # -- inside --------------------------------------------------------------------

    @property
    def _zooms_y(self) -> bool:
        """Tell whether keys zoom y as well as x, as the wheel does: of a map."""
        return any(pane.box.both for pane in self.plot_items.panes[:1])

    def _join(self, box: ViewBox) -> None:
        """Listen to a new view box."""
        box.ranges_chosen.connect(self._chosen)
        box.whole_wanted.connect(self.reset_zoom)

    def _chosen(self, x: Scale | None, y: Scale | None, gesture: str) -> None:
        view = ShownRange(x or self._view.x, y or self._view.y)
        goes_on = gesture == "pan" or gesture == self._gesture == "wheel"
        self._choose(view, remember=not goes_on)
        self._gesture = gesture

    def _choose(self, view: ShownRange, *, remember: bool = True) -> None:
        """Show the ranges that the shifter chose, and tell of them."""
        self._gesture = ""
        if view == self._view:
            return
        if remember:
            self._before = [*self._before[-_REMEMBERED + 1 :], self._view]
        moved = view.x != self._view.x
        self._set_view(view)
        if moved:
            self.range_chosen.emit(view.x)

    def _set_view(self, view: ShownRange) -> None:
        if view == self._view:
            return
        self._view = view
        self._refresh()
        self.zoom_changed.emit(self.zoomed)

    def _refresh(self, *, whole: bool = True) -> None:
        """Something is new: lay it out if it is seen, else when it will be.

        Args:
            whole: all of it, not only the data.
        """
        self._stale, self._whole = True, self._whole or whole
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        """Give every item its place and what it draws, if anything is new."""
        if self.closed or (not self._stale and self.size() == self._placed):
            return  # pyqtgraph's close() deletes all items
        if self._whole or self.size() != self._placed:
            # before any item changes: each scene would else have the window painted
            # for itself, and twice what other canvases show
            self.scene().update()
        self._stale = self._whole = False
        self._placed = self.size()
        look, area = self._look(), self.rect().adjusted(0, 0, 0, -self._foot)
        try:
            with np.errstate(all="ignore"):
                whole, panes = self._lay_out(look, area)
        except Exception as error:  # noqa: BLE001 the rest of the page lives on
            self._fail(error)
            whole, panes = self._lay_out(look, area)
        if whole:
            self.viewport().update()
            needed = max((pane.needed for pane in panes), default=0)
            if needed != self._needed:
                self._needed = needed
                self.axis_width_changed.emit()
        else:
            for pane in panes:
                self.viewport().update(pane.rect)
        self.placed.emit()

    def _lay_out(self, look: Look, area: QRect) -> tuple[bool, list[Pane]]:
        """Lay out the drawing; tell whether axes are new, and give the panes."""
        whole, panes = True, list[Pane]()
        self.plot_items.begin()
        if self._drawing is not None:
            ratio = self.devicePixelRatioF()
            at = Placement(area, look, self._view, ratio, self._least_left)
            whole = self._drawing.place(self.plot_items, at)
            if isinstance(self._drawing, Maps) and self._subject:
                self._arranged[self._subject] = self._drawing.arranged
            self._hidden = self._hidden_by_box(look)
            if isinstance(self._drawing, Curves) and self._make_room(self._drawing):
                whole = self._drawing.place(self.plot_items, at) or whole
                self._hidden = self._hidden_by_box(look)
            panes = self._drawing.panes
        self.plot_items.finish()
        self._write(self._notes(), look, panes[0].rect if panes else area)
        return whole, panes

    def _take(self, scene: Scene) -> None:
        kind = _kind(scene)
        if kind is None:
            self._drawing = None
            return
        if not isinstance(self._drawing, kind):
            self._drawing = (
                CustomDrawing(self._refresh, self.failed.emit)
                if kind is CustomDrawing
                else kind()
            )
            if isinstance(self._drawing, Maps):
                self._drawing.arranged = self._arranged.get(self._subject, "")
        self._drawing.take(scene)

    def _give_up(self, words: str) -> None:
        """An item failed to paint: say so, unless there is a new picture by now."""
        if self._plot_scene.broken and not self.failure:
            self._say(words)
            self._refresh()

    def _fail(self, error: Exception) -> None:
        _log.info("drawing %s", type(self._drawing).__name__, exc_info=True)
        self._say(error_words(error))

    def _say(self, words: str) -> None:
        self.failure, self._drawing = f"cannot be drawn: {words}", None
        self.failed.emit()

    def _write(self, notes: Notes, look: Look, place: QRect) -> None:
        """Write what is to be said over the plot, or in its place."""
        item = self._note_item
        if notes == NOTHING:
            if item is not None and item.isVisible():
                item.hide()
                item.forget()
            return
        if item is None:
            item = self._note_item = NoteItem()
            self.scene().addItem(item)
        item.show_notes(notes, look, place)
        item.show()

    def _statistics(self) -> tuple[tuple[str, str], ...]:
        """What stands in the box of statistics; of trends nothing.

        In one line where the plot is low: what is higher would hide the data.
        """
        scene, data = self.shown, self.shown.data
        wanted = self._large or scene.draw.stats
        if not wanted or data is None or is_trend(scene):
            return ()
        lines = tuple(statistics_in_view(data, self.chosen_ranges[:1]))
        drawing, look = self._drawing, self._look()
        if not isinstance(drawing, Curves) or not drawing.panes:
            return lines
        pane = drawing.panes[0].rect
        box = statistics_box(pane, look, lines, left=True)
        if box is not None and _share(box, pane) <= _MOST_FREE:
            return lines
        line = (("", " · ".join(f"{name} {value}" for name, value in lines)),)
        fits = statistics_box(pane, look, line, left=True) is not None
        return line if fits else lines

    def _hidden_by_box(self, look: Look) -> _Hidden | None:
        """What the box of statistics hides; None where there is no box."""
        drawing, lines = self._drawing, self._statistics()
        if not lines or not isinstance(drawing, Curves) or not drawing.panes:
            return None
        pane = drawing.panes[0].rect
        left = statistics_box(pane, look, lines, left=True)
        right = statistics_box(pane, look, lines, left=False)
        if left is None or right is None:
            return None
        share = _share(left, pane)
        return _Hidden(drawing.hidden(left), drawing.hidden(right), share)

    def _make_room(self, drawing: Curves) -> bool:
        """Keep room for the box of statistics where it hides data in both corners.

        What is kept stays, so that the range does not move to and fro.

        Returns:
            Whether the drawing must be placed again.
        """
        hidden, share = self._hidden, 0.0
        if hidden is not None and self._view.y is None and hidden.share <= _MOST_FREE:
            needed = drawing.free > 0 or min(hidden.left, hidden.right) > 0
            share = hidden.share if needed else 0.0
        return share != drawing.free and drawing.keep_free(share)

    def _notes(self) -> Notes:
        scene = self.shown
        if self.failure:
            return Notes(heading=str(Status.FAILED), words=self.failure)
        if self._drawing is None:
            return Notes(text=scene.text, heading=scene.heading, words=scene.words)
        remark, note = self._drawing.remark(), self._drawing.note()
        lines: tuple[tuple[str, str], ...] = ()
        left = True
        if isinstance(self._drawing, Curves) and scene.data is not None:
            lines, hidden = self._statistics(), self._hidden
            left = bool(lines or note) and self._drawing.leans_right()
            if hidden is not None and hidden.left != hidden.right:
                left = hidden.left < hidden.right
        return Notes(remark=remark, note=note, statistics=lines, left=left)

    def _look(self) -> Look:
        family = self.font().family()
        return look_of(self._theme, family, scale(), grey=self._grey, large=self._large)

    @property
    def pointed_x(self) -> float | None:
        """Where on the x axis the mouse is; None where it is on no plot."""
        pane = self._pane()
        if pane is None or self._hover is None or not pane.rect.contains(self._hover):
            return None
        return pane.x.scale.value(pane.fractions_at(self._hover)[0])

    def _pane(self) -> Pane | None:
        return next(iter(self.panes), None)

    def _words_at(self, at: QPoint) -> str:
        self._place()
        if self._drawing is None:
            return ""
        try:
            with np.errstate(all="ignore"):
                return self._drawing.read(at)
        except Exception as error:  # noqa: BLE001 the rest of the page lives on
            self._fail(error)
            self._refresh()
            return ""


def _write_label(painter: QPainter, label: QLabel) -> None:
    """Write what stands in a label over the canvas, where it stands."""
    label.ensurePolished()
    words, inside = QTextDocument(), label.contentsRect()
    words.setDocumentMargin(label.margin())
    words.setDefaultFont(label.font())
    words.setHtml(label.text())
    words.setTextWidth(inside.width())
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette = label.palette()
    painter.save()
    painter.translate(label.pos() + inside.topLeft())
    words.documentLayout().draw(painter, context)
    painter.restore()


def _clip(item: QGraphicsItem, whole: QRectF) -> QRectF:
    """Where an item may draw: within those that clip what lies in them."""
    place, around = whole, cast("QGraphicsItem | None", item.parentItem())
    while around is not None:
        if around.flags() & QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape:
            place = place & around.mapRectToScene(around.shape().boundingRect())
        around = cast("QGraphicsItem | None", around.parentItem())
    return place


def _kind(scene: Scene) -> type[Drawing] | None:
    """The drawing of a scene; None where there is nothing to draw but words."""
    data, draw = scene.data, scene.draw
    if draw.style == "table" and (data is not None or scene.scalars):
        return Tables
    if data is not None and draw.drawing is not None:
        return CustomDrawing
    if scene.polygons is not None:
        return PolygonMap
    if data is not None and (data.dimension > 1 or draw.style == "strip"):
        return Maps
    if data is not None or scene.graphs:
        return Curves
    return None
