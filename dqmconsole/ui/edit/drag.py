"""The mouse on the page that is edited: plots are dragged, and elements onto it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from dqmconsole.ui.fonts import px
from dqmconsole.ui.live.browse import dragged_element

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from PySide6.QtGui import (
        QDragEnterEvent,
        QDragMoveEvent,
        QDropEvent,
        QMouseEvent,
        QPaintEvent,
    )

    from dqmconsole.ui.edit.view import EditView
    from dqmconsole.ui.theme import Colours

    Side = Literal["before", "on", "after"]

HANDLE = 14  # px of the corner that is dragged, at scale 1
_TINT = 28  # alpha over plots of which several are selected
_SELECTS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Drop(NamedTuple):
    """Where something is dropped.

    Attributes:
        key: of the plot there; "" on a page without any.
        side: before or behind it, or on it: both change places.
    """

    key: str
    side: Side


class DragLayer(QWidget):
    """Lies over the plots of a page and takes the mouse for them.

    Args:
        view: the page.
        colours: the look in force.
        families: gives the keys of the plots of each entry that stands for several.

    Signals:
        moved: key of a plot, and the Drop it is dragged to.
        spanned: key of a plot, and the columns and rows its corner is dragged to;
            again and again, until it is let go.
        let_go: the corner was let go.
        added: path of an element that was dragged here, and the Drop.
    """

    moved = Signal(str, object)
    spanned = Signal(str, int, int)
    let_go = Signal()
    added = Signal(str, object)

    def __init__(
        self,
        view: EditView,
        colours: Colours,
        families: Callable[[], Sequence[Sequence[str]]],
    ) -> None:
        grid = view.grid
        super().__init__(grid.viewport())
        self._view = view
        self._grid = grid
        self._colours = colours
        self._families = families
        self._pressed: tuple[QPoint, str] | None = None
        self._cell: tuple[QPoint, float, float] | None = None  # origin, px of 1 × 1
        self._last = (0, 0)
        self._drop: Drop | None = None
        self.setAccessibleName("Places on the page")
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        grid.viewport().installEventFilter(self)
        view.chosen_changed.connect(self.update)
        self._cover()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the plots, whatever their size."""
        if event.type() == QEvent.Type.Resize:
            self._cover()
        return super().eventFilter(watched, event)

    def place(self, key: str) -> QRect:
        """Where a plot lies in this; an empty rectangle for no plot."""
        tile = self._grid.tile(key)
        if tile is None:
            return QRect()
        return QRect(tile.mapTo(self._grid.viewport(), QPoint(0, 0)), tile.size())

    # -- plots -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a plot, or several, or take its corner."""
        at = event.position().toPoint()
        key = self._key_at(at)
        if event.button() != Qt.MouseButton.LeftButton or not key:
            event.ignore()
            return
        held = event.modifiers()
        corner = key == self._grid.selected and self._corner().contains(at)
        if held & Qt.KeyboardModifier.ShiftModifier:
            self._view.choose_to(key)
        elif held & Qt.KeyboardModifier.ControlModifier:
            self._view.choose_also(key)
        elif not self._several(key):
            self._view.choose((), key)
        self._grid.focus_selected()
        if held & _SELECTS:
            return
        self._pressed = at, key
        self._cell = None
        if corner:
            columns, rows = self._grid.span(key)
            here, gap = self.place(key), px(8)
            self._last = columns, rows
            self._cell = (
                here.topLeft(),
                (here.width() + gap) / columns,
                (here.height() + gap) / rows,
            )
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where the plot would go, or how large it would be."""
        at = event.position().toPoint()
        if self._pressed is None:
            over = self._corner().contains(at)
            self.setCursor(
                Qt.CursorShape.SizeFDiagCursor if over else Qt.CursorShape.ArrowCursor
            )
            return
        start, key = self._pressed
        if self._cell is not None:
            origin, wide, high = self._cell
            span = (
                min(max(round((at.x() - origin.x()) / wide), 1), 6),
                min(max(round((at.y() - origin.y()) / high), 1), 6),
            )
            if span != self._last:
                self._last = span
                self.spanned.emit(key, *span)
        elif (at - start).manhattanLength() >= QApplication.startDragDistance():
            several = self._several(key)
            drop = self._drop_at(at, swaps=not several)
            moved = self._view.chosen if several else (key,)
            self._show_drop(None if drop is None or drop.key in moved else drop)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; of several that were not dragged, the one is selected."""
        pressed, drop, corner = self._pressed, self._drop, self._cell
        self._pressed = self._cell = None
        self._show_drop(None)
        if corner is not None:
            self.let_go.emit()
        elif pressed is not None and drop is not None:
            self.moved.emit(pressed[1], drop)
        elif pressed is not None and self._several(pressed[1]):
            here = event.position().toPoint() - pressed[0]
            if here.manhattanLength() < QApplication.startDragDistance():
                self._view.choose((), pressed[1])

    # -- elements from elsewhere ---------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take elements alone."""
        if dragged_element(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the element would go."""
        self._show_drop(self._drop_at(event.position().toPoint(), swaps=False))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QEvent) -> None:
        """Show it no more."""
        del event
        self._show_drop(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the element."""
        path = dragged_element(event.mimeData())
        drop = self._drop_at(event.position().toPoint(), swaps=False)
        self._show_drop(None)
        if path:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.added.emit(path, drop or Drop("", "after"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is selected, families, and where something is dropped."""
        del event
        painter = QPainter(self)
        colour = QColor(self._colours.theme.selection)
        chosen = self._view.chosen
        for keys in self._families():
            self._paint_family(painter, keys, chosen)
        if chosen != (self._grid.selected,):
            tint = QColor(colour)
            tint.setAlpha(_TINT)
            painter.setPen(QPen(colour, px(3)))
            for key in chosen:
                here = self.place(key)
                painter.fillRect(here, tint)
                painter.drawRect(here.adjusted(1, 1, -2, -2))
        corner = self._corner()
        if not corner.isEmpty():
            painter.setPen(QPen(colour, px(2)))
            for inset in (3, 7):
                painter.drawLine(
                    corner.right() - px(2), corner.top() + px(inset),
                    corner.left() + px(inset), corner.bottom() - px(2),
                )  # fmt: skip
        if self._drop is None:
            return
        here = self.place(self._drop.key)
        if self._drop.side == "on":
            painter.setPen(QPen(colour, px(4)))
            painter.drawRect(here.adjusted(2, 2, -2, -2))
            return
        before = self._drop.side == "before"
        x = here.left() - px(5) if before else here.right() + px(2)
        painter.fillRect(max(0, x), here.top(), px(4), here.height(), colour)

    # -- inside --------------------------------------------------------------------

    def _several(self, key: str) -> bool:
        """Whether a plot is one of several that are selected."""
        chosen = self._view.chosen
        return len(chosen) > 1 and key in chosen

    def _paint_family(
        self, painter: QPainter, keys: Sequence[str], chosen: Collection[str]
    ) -> None:
        """Chain the plots of one entry together."""
        theme = self._colours.theme
        on = any(key in chosen for key in keys)
        colour = QColor(theme.selection if on else theme.muted)
        link, wide, low = px(5), px(8), px(36)  # beneath the title
        places = [self.place(key) for key in keys]
        painter.setPen(QPen(colour, px(1), Qt.PenStyle.DashLine))
        for here in places:
            painter.drawRect(here.adjusted(0, 0, -1, -1))
        for here, there in itertools.pairwise(places):
            y = here.top() + low
            if here.right() < there.left() and there.top() <= y <= there.bottom():
                ends = [(here.right() - px(3), there.left() + px(3), y)]
            else:  # the row ends, the next begins
                ends = [
                    (here.right() - wide, here.right(), y),
                    (there.left(), there.left() + wide, there.top() + low),
                ]
            for left, right, height in ends:
                painter.fillRect(left, height, right - left, link, colour)

    def _cover(self) -> None:
        self.setGeometry(self._grid.viewport().rect())
        self.raise_()

    def _show_drop(self, drop: Drop | None) -> None:
        if drop != self._drop:
            self._drop = drop
            self.update()

    def _key_at(self, at: QPoint) -> str:
        for tile in self._grid.tiles:
            if self.place(tile.key).contains(at):
                return tile.key
        return ""

    def _drop_at(self, at: QPoint, *, swaps: bool) -> Drop | None:
        """Where something dropped at a place goes; None on an empty page."""
        keys = [tile.key for tile in self._grid.tiles]
        if not keys:
            return None
        key = min(
            keys, key=lambda one: (self.place(one).center() - at).manhattanLength()
        )
        key = self._key_at(at) or key
        here = self.place(key)
        share = (at.x() - here.left()) / max(here.width(), 1)
        if swaps and here.contains(at) and 0.3 < share < 0.7:
            return Drop(key, "on")
        return Drop(key, "before" if share < 0.5 else "after")

    def _corner(self) -> QRect:
        here = self.place(self._grid.selected)
        if here.isEmpty():
            return here
        size = px(HANDLE)
        return QRect(here.right() - size, here.bottom() - size, size, size)
