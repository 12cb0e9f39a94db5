"""Good and bad examples, small and large: EXAMPLE is written across each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import plain_line
from dqmconsole.model.run import run_words
from dqmconsole.ui.fonts import SMALL, TITLE
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import scene_of
from dqmconsole.ui.text import bring_into_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QResizeEvent

    from dqmconsole.model.instruction import Example, ExampleKind, Instruction
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import DrawnExample, Examples, Receipt
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.theme import Colours, Theme

DEBOUNCE = 300  # ms a plot must stay selected before its examples are asked for
HEIGHT = 150  # px of a picture
TWO_FROM = 420  # px: there is room for two in a row
KEPT = 12  # plots whose drawn examples are kept for the way back
STAMP = "EXAMPLE"
KINDS: dict[ExampleKind, str] = {
    "good": "Good",
    "bad": "Bad",
    "harmless": "Harmless",
}
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
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
    font = QFont(painter.font())
    font.setPixelSize(max(round(longest / 9.5), 11))  # of the picture, at any scale
    font.setBold(True)
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
        clicked: the mouse was pressed on it.
    """

    clicked = Signal()

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show it large."""
        self.clicked.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring of what has the keyboard."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(self._colours.theme.selection), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
            painter.end()


class ExampleSheet(Overlay):
    """An example as large as the detail view; EXAMPLE across it, Esc closes."""

    def __init__(self, window: QWidget, colours: Colours) -> None:
        super().__init__("Example, large", window, (860, 620))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = PlainLabel("Title of the example", TITLE, bold=True)
        self._origin = PlainLabel("What the example is made of", SMALL, role="muted")
        leave = one_line("How to leave", "Esc closes")
        self._picture = ExamplePicture(colours, large=True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addLayout(head)
        column.addWidget(self._picture, 1)
        column.addWidget(self._origin)

    def show_example(self, drawn: DrawnExample, plot: Plot) -> None:
        """Show an example, and open the sheet."""
        self._title.show_words(f"{KINDS[drawn.kind]}: {plain_line(drawn.caption)}")
        run = drawn.tile.run if drawn.tile is not None else 0
        of = run_words(run) if run else "no run number"
        cause = f"with the cause {drawn.cause}" if drawn.cause else "as it is"
        self._origin.show_words(
            f"An example, not data of this run: the plot's reference ({of}), {cause}."
        )
        self._picture.show_example(drawn, plot)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.dismiss()
        else:
            super().keyPressEvent(event)


class ExampleStrip(QWidget):
    """The examples of the selected plot, drawn by the engine once they are seen.

    Args:
        context: the client that is asked, and the window.
        drafts: it shows those of instructions as they are edited.

    Attributes:
        cells: the examples, in order.
        sheet: one of them, large.
    """

    def __init__(self, context: Context, *, drafts: bool = False) -> None:
        super().__init__()
        self._client = context.client
        self._drafts = drafts
        self._colours = context.colours
        self.cells: list[ExampleCell] = []
        self.sheet = ExampleSheet(context.window, context.colours)
        self._place: PlotPlace | None = None
        self._instruction: Instruction | None = None
        self._shown: tuple[object, ...] = ()
        self._request = 0
        self._kept: dict[tuple[object, ...], tuple[DrawnExample, ...]] = {}
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

    def show_instruction(self, place: PlotPlace, found: Instruction) -> None:
        """Show the examples of a plot's instruction, drawn as soon as they are seen."""
        site, run = self._client.site, self._client.mailbox.run
        shown = (
            place.key,
            found.id,
            found.examples if self._drafts else found.hash,
            site.hash if site is not None else "",
            run.conditions.run_type,
            run.run,  # each may have another reference
        )
        if shown == self._shown:
            return
        self._shown, self._request = shown, 0
        self._place, self._instruction = place, found
        kept = self._kept.get(shown)
        self._show_captions(found.examples)
        self._timer.stop()
        self._asks = kept is None and bool(self.cells)
        if kept is not None:
            self._show_drawn(kept, place.plot)
        elif self._asks:
            self._timer.start()
            self.update()

    def show_examples(self, drawn: Examples) -> None:
        """Show what the engine has drawn, when it is of this plot."""
        if drawn.request != self._request or self._place is None:
            return
        self._kept[self._shown] = drawn.items
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        self._show_drawn(drawn.items, self._place.plot)

    def show_refused(self, receipt: Receipt) -> None:
        """Say why the examples were not drawn, when it was they."""
        if receipt.request == self._request:
            self._show_why(f"not drawn: {receipt.sentence}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the example that has the keyboard large, or move on from it."""
        at = next((at for at, each in enumerate(self.cells) if each.hasFocus()), -1)
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and at >= 0:
            self._open(self.cells[at])
        elif key in STEPS and at >= 0:
            wanted = at + STEPS[key]
            if 0 <= wanted < len(self.cells):
                self.cells[wanted].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

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

    # -- inside --------------------------------------------------------------------

    def _show_captions(self, examples: Sequence[Example]) -> None:
        for cell in self.cells:
            cell.hide()
            cell.deleteLater()
        self.cells = [ExampleCell(each, self._colours) for each in examples]
        for cell in self.cells:
            cell.clicked.connect(partial(self._open, cell))
        self._across = 0
        self._lay()

    def _show_drawn(self, drawn: Sequence[DrawnExample], plot: Plot) -> None:
        """Show the pictures; they are in the order of the captions."""
        for cell, each in zip(self.cells, drawn, strict=False):
            cell.show_drawn(each, plot)
        for cell in self.cells[len(drawn) :]:
            cell.show_why("not drawn")

    def _show_why(self, words: str) -> None:
        for cell in self.cells:
            cell.show_why(words)

    def _ask(self) -> None:
        place, found = self._place, self._instruction
        if not self._asks or place is None or found is None:
            return
        if self.visibleRegion().isEmpty():
            return
        self._asks = False
        self._show_why("is being drawn …")
        ratio = self.devicePixelRatioF()
        width = max(self.width() // max(self._across, 1) - 60, 40)
        self._request = self._client.draw_examples(
            place.key,
            found.id,
            round(width * ratio),
            round((HEIGHT - 40) * ratio),
            found.examples if self._drafts else None,
        )

    def _lay(self) -> None:
        across = 2 if self.width() >= TWO_FROM else 1
        if across == self._across:
            return
        self._across = across
        for at, cell in enumerate(self.cells):
            self._grid.addWidget(cell, at // across, at % across)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, across - 1)

    def _open(self, cell: ExampleCell) -> None:
        drawn = cell.drawn
        if drawn is not None and drawn.tile is not None and self._place is not None:
            self.sheet.show_example(drawn, self._place.plot)
