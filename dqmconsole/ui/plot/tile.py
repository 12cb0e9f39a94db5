"""A tile: one plot with its status, age, reference, span and verdict in words.

The tile paints its own frame, header and foot, and holds one
:class:`~dqmconsole.ui.plot.canvas.PlotCanvas`; it costs nothing until its data change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolTip, QWidget

from dqmconsole.model.layout import Plot
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.verdict import Status
from dqmconsole.ui.labels import tip
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import scene_of
from dqmconsole.ui.plot.tile_face import TileFace
from dqmconsole.ui.plot.tile_words import Freshness, meta_words, sentence_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.ui.plot.scene import Scene
    from dqmconsole.ui.theme import Colours


_MARK_DETAIL = 4.0  # pixels of its mark a pixel, where it is drawn for paper


class PlotTile(QFrame):
    """One plot of a page.

    Tiles are pooled: `assign` gives a tile another plot.

    Mouse: the wheel zooms x about the pointer (on a page in the selected plot alone), a
    drag zooms into a rectangle, the middle button moves the plot and by a click shows
    all; a double click opens.

    Attributes:
        key: the plot's key; "" before `assign`.
        tile: the tile shown last, or None.
        unit: what stands before the number of a lumisection.

    Signals:
        selected: key; the tile was clicked or got the focus.
        opened: key; by a double click.
        needs_pixels: the plotting area changed its size.
        axis_width_changed: the y axis needs another width.
    """

    selected = Signal(str)
    opened = Signal(str)
    needs_pixels = Signal()
    axis_width_changed = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = ""
        self.tile: Tile | None = None
        self.unit = "LS"
        self._plot = Plot(path="")
        self._reference: Histogram | None = None
        self._now: Status | None = None
        self._mode: ReferenceMode | None = None
        self._freshness = Freshness()
        self._large = self._pulls = False
        self._shown: tuple[object, ...] = ()
        self._colours = colours
        self._face = TileFace(colours.theme, self.font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)
        self.canvas = PlotCanvas(colours.theme, self)
        self.canvas.read.connect(self._show_readout)
        self.canvas.pressed.connect(self._select)
        self.canvas.double_clicked.connect(self._open)
        self.canvas.zoom_changed.connect(self._write)
        self.canvas.axis_width_changed.connect(self.axis_width_changed)
        self.canvas.failed.connect(self._write)
        colours.changed.connect(self._recolour)
        colours.lent_changed.connect(self._recolour)

    # -- what it shows -----------------------------------------------------

    def assign(self, key: str, plot: Plot) -> None:
        """Take another plot: forget picture, zoom and mode of the one before."""
        if key == self.key and plot == self._plot:
            return
        if key != self.key:
            self._face.alarm = ""
        self.key, self._plot = key, plot
        self.tile = self._reference = self._mode = None
        self._shown = ()
        self._freshness.stale = False
        self._face.clear(plot.title or plot.path.rsplit("/", 1)[-1])
        self.canvas.clear(key)
        self.canvas.set_grey(False)
        self.setAccessibleName(plain_title(self._face.title))
        self.setAccessibleDescription("no picture yet")
        self._place_canvas()
        self.update()

    def show_tile(
        self, tile: Tile, reference: Histogram | None, now: Status | None = None
    ) -> None:
        """Draw a tile.

        Args:
            tile: the tile.
            reference: unscaled, or None.
            now: how the plot stands now, where the tile is of the past, else None.
        """
        then = tile.verdict if tile.past is not None else None
        shown = (tile.key, tile.run, tile.version, tile.past, then, now)
        if shown == self._shown and reference is self._reference:
            return
        self._shown, self._now = shown, now
        self.tile, self._reference = tile, reference
        if not self._plot.title and tile.picture is not None:
            picture = tile.picture
            found = [each for each in (picture.data, picture.polygons) if each]
            # of several graphs the first one's title is not that of all
            titles = [each.title for each in found or picture.graphs]
            titles = [picture.title] if picture.title else titles
            if len(titles) == 1 and plain_title(titles[0]):
                self._face.title = titles[0]
        if self._face.banner != tile.banner:
            self._face.banner = tile.banner
            self._place_canvas()
        self._show_scene()
        self._write()

    def tick(self, now: float) -> None:
        """Write how old the data are at `now`, unix time, s."""
        if self.tile is None:
            return
        if self._freshness.look(self.tile, now):
            self._write()
        words = self._freshness.words(self.tile)
        if words != self._face.age:
            self._face.age = words
            self.update(self._face.header(self.size()))

    def set_engine_silent(self, seconds: float | None) -> None:
        """Note how long the engine has been silent, s; None: it lives.

        The next `tick` says so.
        """
        self._freshness.silent = seconds

    def set_selected(self, on: bool) -> None:
        """Draw the selection's ring, or not; the wheel is for the selected plot alone.

        One that scrolls the page would zoom what comes to lie under the pointer.
        """
        self.canvas.wheel_zooms = on
        if on != self._face.selected:
            self._face.selected = on
            self.update()

    def set_alarm(self, words: str) -> None:
        """Say how the alarm stands that the plot shows; "" where it asks, or is none.

        What is taken care of looks different from what asks.
        """
        if words != self._face.alarm:
            self._face.alarm = words
            self._describe()
            self.update()

    def _recolour(self) -> None:
        self._face.theme = self._colours.theme
        self._face.set_size(self.font(), large=self._large)
        self._place_canvas()
        self.canvas.set_theme(self._colours.theme)
        self.update()

    def set_mode(self, mode: ReferenceMode | None) -> None:
        """Compare with the reference so; None takes the layout's mode."""
        if mode != self._mode:
            self._mode = mode
            self._show_scene()
            self._write()

    def set_pulls(self, on: bool) -> None:
        """Draw how far each bin is off in a strip beneath, where that is known."""
        if on != self._pulls:
            self._pulls = on
            self._show_scene()

    def set_large(self, on: bool) -> None:
        """Draw as the detail view does: larger letters, the statistics box."""
        self._large = on
        self._face.set_size(self.font(), large=on)
        self.canvas.set_large(on)
        self._place_canvas()
        self._write()
        self.update()

    @property
    def meta(self) -> str:
        """Its reference and what it accumulates, in words."""
        return self._face.meta

    def picture(self) -> QImage:
        """Return the tile as it looks."""
        return self.grab().toImage()

    def draw(self, painter: QPainter) -> None:
        """Draw it on any device, its upper left corner at the painter's origin.

        Without the ring of what is selected, which is a matter of the screen.
        """
        painter.setClipRect(self.rect())
        selected, self._face.selected = self._face.selected, False
        self._face.paint(painter, self.size(), self.rect(), _MARK_DETAIL)
        self._face.selected = selected
        painter.save()
        painter.translate(self.canvas.pos())
        self.canvas.draw(painter)
        painter.restore()
        painter.setClipRect(self.rect())

    def plot_pixels(self) -> tuple[int, int]:
        """Width and height of the plotting area in device pixels."""
        width, height = self.canvas.plot_pixels()
        ratio = self.devicePixelRatioF()
        return (max(1, round(width * ratio)), max(1, round(height * ratio)))

    @property
    def shows_states(self) -> bool:
        """It is drawn as rows of states."""
        return self._plot.draw is not None and self._plot.draw.style == "strip"

    def axis_width(self) -> int:
        """Pixels its y axis needs; 0 without a plot."""
        return self.canvas.axis_width()

    def set_axis_width(self, pixels: int) -> None:
        """Keep so many pixels free for the y axis, as its neighbours do."""
        self.canvas.set_axis_width(pixels)

    def status(self) -> Status:
        """The status it shows: STALE in place of a verdict on data gone stale.

        Nothing that cannot be drawn stands as good.
        """
        if self.tile is None:
            return Status.WAITING
        status = self._freshness.status(self.tile)
        failed = self.canvas.failure and status in (Status.GOOD, Status.NOT_CHECKED)
        return Status.FAILED if failed else status

    # -- Qt ------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a size at which everything can be read."""
        return QSize(360, 260)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the canvas in the new size."""
        super().resizeEvent(event)
        self._place_canvas()
        self.needs_pixels.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, header, banner and foot."""
        painter = QPainter(self)
        self._face.paint(painter, self.size(), event.rect(), self.devicePixelRatioF())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select on a click."""
        super().mousePressEvent(event)
        self._select()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open on a double click."""
        self._open()
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select what has the keyboard."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._select()

    def event(self, event: QEvent) -> bool:
        """Show in a tooltip what is too long for its line."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self._tooltip(event.pos().y())
            if words:
                QToolTip.showText(event.globalPos(), tip(words), self)
                return True
        return super().event(event)

    # -- inside --------------------------------------------------------------

    def _select(self) -> None:
        if self.key:
            self.selected.emit(self.key)

    def _open(self) -> None:
        if self.key:
            self.opened.emit(self.key)

    def show_prepared(self, prepare: Callable[[Scene], Scene] | None) -> None:
        """Draw what a tool makes of each scene; None draws scenes as they are."""
        self.canvas.prepare = prepare
        self._show_scene()
        self._write()

    def _show_scene(self) -> None:
        if self.tile is not None:
            scene = scene_of(
                self.tile, self._plot, self._reference, self._mode, pulls=self._pulls
            )
            self.canvas.show_scene(scene)

    def _write(self) -> None:
        """Write all words that follow from the tile, and repaint them if new."""
        if self.tile is None:
            return
        status = self.status()
        # what is out of place must not frighten by its colours
        self.canvas.set_grey(status in (Status.STALE, Status.NOT_APPLICABLE))
        scene, zoomed = self.canvas.shown, self.canvas.zoomed
        self._face.status = status
        self._face.adopted = self.tile.verdict.adopted
        self._face.alert = status is Status.STALE or self._freshness.silent is not None
        self._face.meta = meta_words(
            self.tile, scene, zoomed=zoomed, large=self._large,
            within=self.canvas.chosen_ranges if self._large else (),
            overtops=self.canvas.overtops, trouble=self.canvas.trouble,
        )  # fmt: skip
        self._face.sample = (
            scene.reference is not None and scene.reference.dimension == 1
        )
        self._face.by_hand = self.tile.note.by_hand and scene.mode != "none"
        self._face.sentence = sentence_words(self.tile, status, self._now, self.unit)
        self._describe()
        if self._face.wrap(self.size()):
            self._place_canvas()
            self.needs_pixels.emit()
            self.update()
        self.update(self._face.changed(self.size()))

    def _describe(self) -> None:
        """Say in words what the tile shows."""
        if self.tile is None:
            return
        status = ", ".join(filter(None, (str(self.status()), self._face.alarm)))
        sentence = self._face.sentence or self.tile.verdict.sentence
        words = " · ".join(filter(None, (self.canvas.failure, sentence)))
        self.setAccessibleName(plain_title(self._face.title))
        self.setAccessibleDescription(f"{status}: {words}" if words else status)

    def _show_readout(self, words: str) -> None:
        if words != self._face.readout:
            self._face.readout = words
            self.update(self._face.foot(self.size()))

    def _place_canvas(self) -> None:
        self._face.wrap(self.size())
        self.canvas.setGeometry(self._face.canvas(self.size()))

    def _tooltip(self, y: int) -> str:
        """What stands in the line at height `y`, whole."""
        if self.tile is None:
            return ""
        about = (self._plot.description, self.tile.path)
        return self._face.words_at(self.size(), y, about)
