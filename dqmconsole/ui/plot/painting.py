"""A drawing that fails is said in words; it never takes the program down.

Qt cannot pass on a Python exception. One that leaves an override of a graphics item is
pending while Qt looks up the next override, which PySide6 6.11 then releases once too
often: a crash, or messages without end. So every item paints behind :func:`guarded`.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QGraphicsItem, QWidget

_log = logging.getLogger(__name__)
_Paint = TypeVar("_Paint", bound="Callable[..., None]")


class PlotScene(pg.GraphicsScene):
    """A scene that hears of every move of the mouse, and says when an item fails.

    pyqtgraph drops moves that follow one another within 10 ms, so that a quick drag
    counts as a click.

    Attributes:
        broken: an item failed since this was last set to False.
        painting: an item that is not the console's own paints: nothing is cleared.

    Signals:
        failed: the error in words, for the first item that fails. It is emitted while
            Qt paints: connect it queued.
    """

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.broken = self.painting = False

    def clear(self) -> None:
        """Delete all items, but not while one of them paints: Qt goes on with it."""
        if self.painting:
            message = "a drawing must not clear the scene, which is not its own"
            raise RuntimeError(message)
        super().clear()

    def report(self, words: str) -> None:
        """Say that an item failed, unless that is known."""
        if not self.broken:
            self.broken = True
            self.failed.emit(words)

    def _moveEventIsAllowed(self) -> bool:
        return True


def guarded(paint: _Paint) -> _Paint:
    """Let a graphics item's ``paint`` fail: its scene is told, nothing is raised.

    What overflows or is undefined in numpy becomes a gap; that is no news to a log.
    """

    @wraps(paint)
    def safe(item: QGraphicsItem, *given: object) -> None:
        try:
            with np.errstate(all="ignore"):
                paint(item, *given)
        except Exception as error:  # noqa: BLE001 whatever it is, Qt must not see it
            scene = item.scene()
            if isinstance(scene, PlotScene) and not scene.broken:
                _log.info("painting %s", type(item).__name__, exc_info=True)
                scene.report(error_words(error))

    return cast("_Paint", safe)


class PaintedItem(pg.GraphicsObject):
    """An item that is drawn within a rectangle, and pooled.

    It is made without arguments; what it draws is given to it again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()

    def lie(self, bounds: QRectF) -> None:
        """Take another rectangle, in the parent's pixels."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def forget(self) -> None:
        """Drop what was drawn; the item is hidden."""

    def draw(self, painter: QPainter) -> None:
        """Draw it."""

    def boundingRect(self) -> QRectF:
        """All it may draw into."""
        return self._bounds

    @guarded
    def paint(self, painter: QPainter, *_given: object) -> None:
        """Draw it."""
        self.draw(painter)


@contextmanager
def saved(painter: QPainter) -> Iterator[None]:
    """Put the painter's state back behind a block, one that fails included."""
    painter.save()
    try:
        yield
    finally:
        painter.restore()


def error_words(error: BaseException) -> str:
    """Write an exception in one line: "ValueError: no geometry"."""
    words = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
