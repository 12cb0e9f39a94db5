"""Good and bad examples, drawn small: EXAMPLE is written across each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.ui.fonts import sized
from dqmconsole.ui.labels import SMALL, PlainLabel
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import scene_of
from dqmconsole.ui.text import bring_into_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QResizeEvent

    from dqmconsole.model.instruction import Example, ExampleKind
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import DrawnExample
    from dqmconsole.ui.theme import Colours, Theme

DEBOUNCE = 300  # ms a plot must stay selected before its examples are asked for
HEIGHT = 150  # px of a picture
TWO_FROM = 420  # px: there is room for two in a row
STAMP = "EXAMPLE"
KINDS: dict[ExampleKind, str] = {
    "good": "Good",
    "bad": "Bad",
    "harmless": "Harmless",
}


class Stamp(QWidget):
    """EXAMPLE from corner to corner, and a dashed frame: never taken for live data."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write it."""
        painter = QPainter(self)
        paint_stamp(painter, self.rect(), self._colours.theme)
        painter.end()


def paint_stamp(painter: QPainter, place: QRect, theme: Theme) -> None:
    """Write EXAMPLE diagonally over a place, in ink that lets the plot through."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(theme.ink)
    frame = QPen(ink, 1.4, Qt.PenStyle.DashLine)
    painter.setPen(frame)
    painter.drawRect(place.adjusted(1, 1, -2, -2))
    ink.setAlphaF(0.24)
    painter.setPen(ink)
    longest = min(place.width(), place.height() * 2)
    font = sized(painter.font(), max(longest / 15, 8), bold=True)
    painter.setFont(font)
    painter.translate(QPointF(place.center()))
    painter.rotate(-24)
    wide = QRect(-place.width(), -place.height(), 2 * place.width(), 2 * place.height())
    painter.drawText(wide, Qt.AlignmentFlag.AlignCenter, STAMP)
    painter.restore()


class ExamplePicture(QWidget):
    """One drawn example: the tiles' own painter, without zoom or reading.

    Args:
        colours: the colours.
        large: letters as in the detail view.
    """

    def __init__(self, colours: Colours, *, large: bool = False) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._recolour)
        self.canvas = PlotCanvas(colours.theme, self)
        self.canvas.set_large(large)
        self.canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._stamp = Stamp(colours, self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)

    def show_example(self, drawn: DrawnExample, plot: Plot) -> None:
        """Draw an example as its plot is drawn."""
        tile = drawn.tile
        if tile is not None:
            reference = tile.picture.reference if tile.picture is not None else None
            self.canvas.show_scene(scene_of(tile, plot, reference, None))

    def _recolour(self) -> None:
        self.canvas.set_theme(self._colours.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let canvas and stamp fill it."""
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect().adjusted(3, 3, -3, -3))
        self._stamp.setGeometry(self.rect())
        self._stamp.raise_()


class ExampleCell(QWidget):
    """An example with its caption; Enter or a click shows it large.

    Attributes:
        drawn: what came of it, or None.

    Signals:
        opened: it is to be shown large.
        moved: +1 or -1: an arrow asks for the next one.
    """

    opened = Signal()
    moved = Signal(int)

    def __init__(self, example: Example, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self.drawn: DrawnExample | None = None
        # by keyboard they are reached, and so seen, before they are drawn
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture = ExamplePicture(colours)
        self.picture.setFixedHeight(HEIGHT)
        self.picture.hide()
        caption = plain_line(example.caption)
        self._words = f"{KINDS[example.kind]}: {caption}"
        self._caption = PlainLabel("Example", SMALL, words=self._words)
        self._why = PlainLabel("Why the example is not drawn", SMALL, role="muted")
        self.setAccessibleName(f"Example, {self._words}")
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 3, 3, 3)
        column.setSpacing(2)
        column.addWidget(self.picture)
        column.addWidget(self._caption)
        column.addWidget(self._why)
        column.addStretch(1)

    def show_drawn(self, drawn: DrawnExample, plot: Plot) -> None:
        """Show the picture, or why there is none."""
        self.drawn = drawn
        has_picture = drawn.tile is not None
        self.picture.setVisible(has_picture)
        if has_picture:
            self.picture.show_example(drawn, plot)
        self.show_why("" if has_picture else drawn.sentence or "not drawn")

    def show_why(self, words: str) -> None:
        """Say why there is no picture, or that it is on its way."""
        self._why.show_words(words)
        self.setAccessibleDescription(words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the whole of it be seen."""
        super().focusInEvent(event)
        bring_into_view(self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show it large, or move on."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        steps |= {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        elif key in steps:
            self.moved.emit(steps[key])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show it large."""
        if self.drawn is not None and self.drawn.tile is not None:
            self.opened.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring of what has the keyboard."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(self._colours.theme.selection), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
            painter.end()


class ExampleStrip(QWidget):
    """The examples of the selected plot, asked for once somebody can see them.

    Signals:
        wanted: width and height, px, in which they are to be drawn.
        opened: the DrawnExample to be shown large.
    """

    wanted = Signal(int, int)
    opened = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._cells: list[ExampleCell] = []
        self._asks = False
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE)
        self._timer.timeout.connect(self._ask)
        self.setAccessibleName("Examples")

    @property
    def cells(self) -> list[ExampleCell]:
        """The examples, in order."""
        return list(self._cells)

    def show_captions(self, examples: Sequence[Example], *, ask: bool) -> None:
        """Show other examples, not drawn yet.

        Args:
            examples: the instruction's.
            ask: they are to be drawn.
        """
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = [ExampleCell(each, self._colours) for each in examples]
        for at, cell in enumerate(self._cells):
            cell.opened.connect(lambda cell=cell: self._open(cell))
            cell.moved.connect(lambda way, at=at: self._move(at + way))
        self._across = 0
        self._lay()
        self._timer.stop()
        self._asks = ask and bool(self._cells)
        if self._asks:
            self._timer.start()
            self.update()

    def show_drawn(self, drawn: Sequence[DrawnExample], plot: Plot) -> None:
        """Show the pictures; they are in the order of the captions."""
        for cell, each in zip(self._cells, drawn, strict=False):
            cell.show_drawn(each, plot)
        for cell in self._cells[len(drawn) :]:
            cell.show_why("not drawn")

    def show_why(self, words: str) -> None:
        """Say of all why they are not drawn."""
        for cell in self._cells:
            cell.show_why(words)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Note that it is seen: only then are the examples asked for."""
        if self._asks and not self._timer.isActive():
            self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay two in a row where there is room."""
        super().resizeEvent(event)
        self._lay()

    def sizeHint(self) -> QSize:
        """Take the width there is."""
        return QSize(1, super().sizeHint().height())

    def _ask(self) -> None:
        if not self._asks or self.visibleRegion().isEmpty():
            return
        self._asks = False
        self.show_why("is being drawn …")
        across = max(self._across, 1)
        width = max(self.width() // across - 60, 40)
        self.wanted.emit(width, HEIGHT - 40)

    def _lay(self) -> None:
        across = 2 if self.width() >= TWO_FROM else 1
        if across == self._across:
            return
        self._across = across
        for at, cell in enumerate(self._cells):
            self._grid.addWidget(cell, at // across, at % across)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, across - 1)

    def _open(self, cell: ExampleCell) -> None:
        if cell.drawn is not None and cell.drawn.tile is not None:
            self.opened.emit(cell.drawn)

    def _move(self, at: int) -> None:
        if 0 <= at < len(self._cells):
            self._cells[at].setFocus(Qt.FocusReason.OtherFocusReason)
