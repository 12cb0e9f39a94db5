"""The graphics items of a canvas: panes, and what is drawn in them. All are pooled.

A :class:`PaneItems` is one plot: a view box with the axis at its left and the one
beneath it. A :class:`PlotItems` holds those of a canvas and grows on demand; a plot
of one pane never makes a second. What is drawn in a pane is a child of its view box,
in whole pixels from the view box's upper left corner, and made when it is first asked
for: ``pane.item(HistogramItem)``. Whatever belongs to the canvas as a whole (a key,
a colour bar) is ``items.item(KeyItem)``, in the canvas's pixels.

A drawing (:mod:`dqmconsole.ui.plot.drawing`) goes so, in its ``place``::

    for index, pane in enumerate(lay_out(area, look, x, ys)):
        shown = items.pane(index)
        shown.place(pane, look)
        shown.item(MapItem).show_map(...)

The canvas calls ``begin`` before that and ``finish`` behind it. Everything asked for
between them is shown, and everything that was not is hidden and told to forget what it
had, so that nothing of one plot lives on in the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from PySide6.QtCore import QRectF

from dqmconsole.ui.plot.axis_item import AxisItem
from dqmconsole.ui.plot.view_box import ViewBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.look import Look


class PooledItem(Protocol):
    """What an item offers to be pooled; it is made without arguments."""

    def forget(self) -> None:
        """Drop what was drawn; the item is hidden."""

    def setParentItem(self, parent: QGraphicsItem) -> None:
        """Of every QGraphicsItem."""

    def setVisible(self, visible: bool) -> None:
        """Of every QGraphicsItem."""

    def isVisible(self) -> bool:
        """Of every QGraphicsItem."""


Item = TypeVar("Item", bound=PooledItem)


class _Pool:
    """Items by kind and number."""

    def __init__(self, add: Callable[[PooledItem], None]) -> None:
        self._add = add
        self._items: dict[tuple[type, int], PooledItem] = {}
        self._asked: set[tuple[type, int]] = set()

    def begin(self) -> None:
        self._asked.clear()

    def finish(self) -> None:
        for key, item in self._items.items():
            if key not in self._asked and item.isVisible():
                item.setVisible(False)
                item.forget()

    def item(self, kind: type[Item], number: int) -> Item:
        key = (kind, number)
        self._asked.add(key)
        found = self._items.get(key)
        if found is None:
            found = self._items[key] = kind()
            self._add(found)
        else:
            found.setVisible(True)
        return cast("Item", found)


class PaneItems:
    """One plot: a view box, the axis at its left, the axis beneath it.

    Attributes:
        box: the view box.
        left, bottom: the axes.
    """

    def __init__(self, scene: QGraphicsScene) -> None:
        self.box = ViewBox()
        self.left = AxisItem("left", self.box)
        self.bottom = AxisItem("bottom", self.box)
        for each in (self.box, self.left, self.bottom):
            scene.addItem(each)
        self._pool = _Pool(lambda item: item.setParentItem(self.box))

    def place(
        self, pane: Pane, look: Look, *, both: bool = False, y_free: bool = True
    ) -> None:
        """Lie where a pane lies, with its ranges and ticks.

        Args:
            pane: the place, in the canvas's pixels.
            look: fonts and colours.
            both: the wheel zooms y as well as x.
            y_free: a rectangle chooses y, too.
        """
        self.box.setGeometry(QRectF(pane.rect))
        self.box.show_ranges(pane.x.scale, pane.y.scale, both=both, y_free=y_free)
        self.box.set_box_pen(look.selection)
        self.left.place(pane, look)
        self.bottom.place(pane, look)

    def item(self, kind: type[Item], number: int = 0) -> Item:
        """The item of a kind in this pane, made when it is first asked for."""
        return self._pool.item(kind, number)

    def begin(self) -> None:
        """Take note of what is asked for from now on."""
        self._pool.begin()

    def finish(self) -> None:
        """Hide what was not asked for."""
        self._pool.finish()

    def set_visible(self, on: bool) -> None:
        """Show or hide all of it."""
        for each in (self.box, self.left, self.bottom):
            each.setVisible(on)


class PlotItems:
    """All graphics items of one canvas."""

    def __init__(self, scene: QGraphicsScene, made: Callable[[ViewBox], None]) -> None:
        """Begin with none.

        Args:
            scene: the canvas's scene.
            made: told of each view box when it is made.
        """
        self._scene = scene
        self._made = made
        self._panes: list[PaneItems] = []
        self._used = 0
        self._pool = _Pool(lambda item: scene.addItem(cast("QGraphicsItem", item)))

    def begin(self) -> None:
        """Take note of what is asked for from now on."""
        self._used = 0
        self._pool.begin()

    def finish(self) -> None:
        """Hide what was not asked for."""
        for index, pane in enumerate(self._panes):
            used = index < self._used
            if not used:
                pane.begin()
            pane.finish()
            if pane.box.isVisible() != used:
                pane.set_visible(used)
        self._pool.finish()

    def pane(self, index: int) -> PaneItems:
        """The pane of a number, from 0, made when it is first asked for."""
        while len(self._panes) <= index:
            pane = PaneItems(self._scene)
            self._panes.append(pane)
            self._made(pane.box)
        if index >= self._used:
            for fresh in self._panes[self._used : index + 1]:
                fresh.begin()
            self._used = index + 1
        return self._panes[index]

    @property
    def panes(self) -> list[PaneItems]:
        """Those shown now, the data's first."""
        return self._panes[: self._used]

    def item(self, kind: type[Item], number: int = 0) -> Item:
        """The canvas's item of a kind, made when it is first asked for."""
        return self._pool.item(kind, number)
