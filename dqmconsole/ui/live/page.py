"""A page of plots: a grid with spans, drawn by a pool of tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from dqmconsole.model.layout import Plot
from dqmconsole.model.message import WatchItem
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.fonts import px
from dqmconsole.ui.plot.tile import PlotTile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter, QResizeEvent

    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.live.choices import ShownChoices
    from dqmconsole.ui.live.projection import ProjectionPanel
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.scene import Scene
    from dqmconsole.ui.theme import Colours

GAP = 8  # px between tiles, at scale 1
MIN_WIDTH = 136  # px of a tile, at scale 1
MIN_HEIGHT = 160
_SPARE = 40
NO_PLOT = Plot(path="")
LINKED = "zoom linked (⇧Z)"


class Cell(NamedTuple):
    """Where a plot lies in the grid: first column and row, columns and rows."""

    column: int
    row: int
    columns: int
    rows: int


def place_cells(spans: Sequence[tuple[int, int]], columns: int) -> list[Cell]:
    """Lay plots into a grid row by row, each in the first place it fits.

    Args:
        spans: columns and rows of each plot, in the page's order; wider ones than
            the grid are cut to it.
        columns: columns of the grid, at least 1.

    Returns:
        One cell per plot; none overlap.
    """
    taken: set[tuple[int, int]] = set()
    cells = []
    for wanted, rows in spans:
        wide = min(max(wanted, 1), columns)
        high = max(rows, 1)
        row = 0
        while True:
            column = _free_column(taken, row, wide, high, columns)
            if column is not None:
                break
            row += 1
        taken.update((column + x, row + y) for x in range(wide) for y in range(high))
        cells.append(Cell(column, row, wide, high))
    return cells


def columns_of_last_row(cells: Sequence[Cell], rows: int) -> int:
    """Columns the last row takes from the left; 0 where it cannot be told apart.

    It cannot where a plot reaches into it from above.
    """
    last = [cell for cell in cells if cell.row + cell.rows == rows]
    if any(cell.rows > 1 for cell in last):
        return 0
    return max(cell.column + cell.columns for cell in last)


def show_latest(tile: PlotTile, client: EngineClient, *, held: bool) -> bool:
    """Show the latest picture of a tile's plot.

    Args:
        tile: the tile.
        client: where the pictures are.
        held: pictures are held (pause): only an empty tile is filled. What is of the
            past stands still by itself: that comes and goes.

    Returns:
        Whether there was one to show.
    """
    latest = client.mailbox.tiles.get(tile.key)
    if latest is None:
        return False
    shown = tile.tile
    if held and shown is not None and latest.past is None and shown.past is None:
        return False
    now = client.mailbox.verdicts.get(tile.key)
    tile.unit = client.settings.unit
    tile.show_tile(
        latest,
        client.mailbox.references.get(tile.key),
        now.status if now is not None and latest.past is not None else None,
    )
    return True


def watch_item(
    tile: PlotTile, path: str, choices: ShownChoices, *, whole: bool = False
) -> WatchItem:
    """What the engine is to send for a tile.

    Args:
        tile: the tile.
        path: of its monitor element.
        choices: how it is compared and scaled by hand.
        whole: of a map every cell, not only as many as the tile has pixels.
    """
    width, height = tile.plot_pixels()
    return WatchItem(
        key=tile.key,
        path=path,
        width=width,
        height=height,
        mode=choices.modes.get(tile.key),
        whole=whole,
        normalize=choices.normalized.get(tile.key),
        reference=choices.references.get(tile.key, 0),
        beside=choices.beside,
        states=tile.shows_states,
    )


def _free_column(
    taken: set[tuple[int, int]], row: int, wide: int, high: int, columns: int
) -> int | None:
    for column in range(columns - wide + 1):
        if not any(
            (column + x, row + y) in taken for x in range(wide) for y in range(high)
        ):
            return column
    return None


def step_from(cells: Sequence[Cell], at: int, dx: int, dy: int) -> int:
    """The cell beside cell `at` in a direction; `at` itself at the border.

    Left and right run on into the row before or after, as reading does.
    """
    here = cells[at]
    if dx:
        order = sorted(range(len(cells)), key=lambda i: (cells[i].row, cells[i].column))
        found = order.index(at) + dx
        return order[found] if 0 <= found < len(order) else at
    edge = here.row + here.rows if dy > 0 else here.row - 1
    row_wise = [
        index
        for index, cell in enumerate(cells)
        if (cell.row >= edge if dy > 0 else cell.row + cell.rows - 1 <= edge)
    ]
    middle = here.column + here.columns / 2

    def distance(index: int) -> tuple[float, float]:
        cell = cells[index]
        away = cell.row - edge if dy > 0 else edge - (cell.row + cell.rows - 1)
        return (away, abs(cell.column + cell.columns / 2 - middle))

    return min(row_wise, key=distance, default=at)


class Tiles(NamedTuple):
    """Plots that lie in a widget, scrolled away or not, for a picture."""

    inside: QWidget
    plots: Sequence[PlotTile | ProjectionPanel]

    def width(self) -> int:
        """Pixels."""
        return self.inside.width()

    def height(self) -> int:
        """Pixels."""
        return self.inside.height()

    def draw(self, painter: QPainter) -> None:
        """Draw them on any device, the widget's upper left corner at its origin."""
        for plot in self.plots:
            if not plot.isHidden():
                painter.save()
                painter.translate(plot.mapTo(self.inside, QPoint(0, 0)))
                plot.draw(painter)
                painter.restore()


class PageGrid(QScrollArea):
    """The plots of one page. Its tiles are pooled: pages reuse them.

    Attributes:
        selected: key of the selected plot, or "".
        linked: plots with the same x axis follow the zoom of one; until another page
            is shown.

    Signals:
        linked_changed: they do, or no more.
        selection_changed: key of the plot selected now.
        opened: key of a plot to be shown alone.
        watch_needed: other plots are visible, or in another size.
    """

    selection_changed = Signal(str)
    opened = Signal(str)
    watch_needed = Signal()
    linked_changed = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self.linked = False
        self._columns = 1
        self._spans: list[tuple[int, int]] = []
        self._cells: list[Cell] = []
        self._paths: dict[str, str] = {}
        self._pool: list[PlotTile] = []
        self._used = 0
        self._fitted = False
        self._aligning = self._unaligned = False
        self.selected = ""
        self.setObjectName("PageGrid")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sheet = QWidget()
        self.setWidget(self._sheet)
        self.verticalScrollBar().valueChanged.connect(self.watch_needed)
        colours.changed.connect(self._place)

    @property
    def tiles(self) -> Sequence[PlotTile]:
        """The tiles of this page, in its order."""
        return self._pool[: self._used]

    def visible_tiles(self) -> list[PlotTile]:
        """Those of them that can be seen without scrolling."""
        seen = QRect(0, self.verticalScrollBar().value(), 1, self.viewport().height())
        return [
            tile
            for tile in self.tiles
            if tile.y() <= seen.bottom() and tile.y() + tile.height() > seen.top()
        ]

    def show_plots(
        self, plots: Sequence[PlotPlace], columns: int, selected: str
    ) -> None:
        """Show other plots; tiles are made only when the pool is too small.

        Args:
            plots: the plots in their order.
            columns: columns of the grid, fewer where they would be too narrow.
            selected: key of the plot to select; the first when it is none of them.
        """
        while len(self._pool) < len(plots):
            self._pool.append(self._new_tile())
        if self.linked and [each.key for each in plots] != [t.key for t in self.tiles]:
            self.linked = False
        self._columns = max(columns, 1)
        self._spans = [place.plot.span for place in plots]
        self._paths = {place.key: place.plot.path for place in plots}
        self._used = len(plots)
        for tile, place in zip(self._pool, plots, strict=False):
            tile.assign(place.key, place.plot)
        for tile in self._pool[self._used :]:
            tile.assign("", NO_PLOT)
            tile.hide()
        self._place()
        for tile in self.tiles:
            tile.show()
        keys = [place.key for place in plots]
        self.select(selected if selected in keys else (keys[0] if keys else ""))
        self.watch_needed.emit()

    def select(self, key: str) -> None:
        """Select a plot of the page by its key and bring it into view."""
        news = key != self.selected
        self.selected = key
        for tile in self.tiles:
            tile.set_selected(tile.key == key)
            if tile.key == key:
                self.ensureWidgetVisible(tile, 0, self._gap)
        if news:
            self.selection_changed.emit(key)

    def select_at(self, at: QPoint) -> None:
        """Select the plot at a place of the screen, if one lies there."""
        under = self.childAt(self.mapFromGlobal(at))
        for tile in self.tiles:
            if under is not None and (under is tile or tile.isAncestorOf(under)):
                self.select(tile.key)

    def focus_selected(self) -> None:
        """Give the keyboard to the selected tile."""
        tile = self.tile(self.selected)
        (tile or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def tile(self, key: str) -> PlotTile | None:
        """The tile of a plot of this page, or None."""
        return next((tile for tile in self.tiles if tile.key == key), None)

    def span(self, key: str) -> tuple[int, int]:
        """Columns and rows that a plot of this page takes; 1 and 1 of any other."""
        for tile, cell in zip(self.tiles, self._cells, strict=False):
            if tile.key == key:
                return cell.columns, cell.rows
        return 1, 1

    def step(self, dx: int, dy: int) -> None:
        """Move the selection to the neighbour in a direction."""
        keys = [tile.key for tile in self.tiles]
        if self.selected in keys:
            found = step_from(self._cells, keys.index(self.selected), dx, dy)
            self.select(keys[found])
            self.focus_selected()

    def refresh(
        self, client: EngineClient, keys: frozenset[str] | None, *, held: bool
    ) -> None:
        """Show what is new in the mailbox.

        Args:
            client: where the tiles are.
            keys: keys of plots that changed; None for all.
            held: pictures are held (pause): only empty tiles are filled.
        """
        self._aligning = True  # once, when all of them have their pictures
        for tile in self.visible_tiles():
            if keys is None or tile.key in keys:
                show_latest(tile, client, held=held)
        self._aligning = False
        if self._unaligned:
            self._align()

    def watch_items(self, choices: ShownChoices) -> list[WatchItem]:
        """What the engine is to send: the visible plots at their sizes.

        Args:
            choices: how they are compared and scaled by hand.
        """
        return [
            watch_item(tile, self._paths[tile.key], choices)
            for tile in self.visible_tiles()
        ]

    def toggle_linked(self) -> str:
        """Zoom all plots with the same x axis alike, or not; say which.

        They take the zoom of the selected plot at once, if it is zoomed.
        """
        self.linked = not self.linked
        chosen = self.tile(self.selected)
        if self.linked and chosen is not None:
            x = chosen.canvas.chosen_x
            if x is not None:
                self._follow(chosen, x)
        self.linked_changed.emit()
        if self.linked:
            return "Plots of this page with the same x axis are zoomed alike."
        return "Each plot is zoomed alone."

    def drawn(self) -> Tiles:
        """The whole page, scrolled away parts included, for a picture."""
        return Tiles(self._sheet, self.tiles)

    def set_fitted(self, *, fitted: bool) -> None:
        """Show the whole page, however low its tiles become; or scroll."""
        self._fitted = fitted
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the tiles."""
        super().resizeEvent(event)
        self._place()

    def _new_tile(self) -> PlotTile:
        tile = PlotTile(self._colours, self._sheet)
        tile.set_selected(False)
        tile.selected.connect(self.select)
        tile.opened.connect(self.opened)
        tile.needs_pixels.connect(self.watch_needed)
        tile.axis_width_changed.connect(self._align)
        tile.canvas.range_chosen.connect(lambda x: self._range_chosen(tile, x))
        return tile

    def _range_chosen(self, chosen: PlotTile, x: Scale | None) -> None:
        if self.linked:
            self._follow(chosen, x)

    def _follow(self, chosen: PlotTile, x: Scale | None) -> None:
        """Let the plots with the same x axis show the range of one."""
        for tile in self.tiles:
            if tile is not chosen and same_x(chosen.canvas.shown, tile.canvas.shown):
                tile.canvas.show_range(x)

    def _align(self) -> None:
        """Let the plots of each row begin at the same distance from their tiles."""
        self._unaligned = self._aligning
        if self._aligning:
            return
        self._aligning = True
        rows: dict[int, list[PlotTile]] = {}
        for tile, cell in zip(self.tiles, self._cells, strict=False):
            rows.setdefault(cell.row, []).append(tile)
        for row in rows.values():
            needs = [tile.axis_width() for tile in row]
            width = common_width(needs)
            for tile, need in zip(row, needs, strict=True):
                if need:  # else it waits for its picture, likely of the same width
                    tile.set_axis_width(width)
        self._aligning = self._unaligned = False

    def _place(self) -> None:
        if not self._used:
            self._sheet.resize(self.viewport().size())
            return
        view = self.viewport()
        columns = self._fitting(view.width())
        self._cells = place_cells(self._spans, columns)
        rows = max(cell.row + cell.rows for cell in self._cells)
        gap = self._gap
        height = max(view.height(), rows * (px(MIN_HEIGHT) + gap) - gap)
        if self._fitted:
            height = view.height()
        self._sheet.resize(view.width(), height)
        filled = columns_of_last_row(self._cells, rows)
        for tile, cell in zip(self.tiles, self._cells, strict=True):
            # a last row that is not full shares its room out: no empty stretch
            across = filled if cell.row == rows - 1 and filled else columns
            left = _edge(cell.column, across, view.width(), gap)
            right = _edge(cell.column + cell.columns, across, view.width(), gap) - gap
            top = _edge(cell.row, rows, height, gap)
            bottom = _edge(cell.row + cell.rows, rows, height, gap) - gap
            tile.setGeometry(left, top, right - left, bottom - top)

    def _fitting(self, width: int) -> int:
        """Columns that leave every tile its least width."""
        if self._fitted:
            return self._columns
        least = px(MIN_WIDTH) + self._gap
        return max(min(self._columns, (width + self._gap) // least), 1)

    @property
    def _gap(self) -> int:
        return round(px(GAP) * self._colours.room)


def same_x(one: Scene, other: Scene) -> bool:
    """Tell whether two plots have the same x axis: range, title, labels and scale."""
    if one.data is None or other.data is None:
        return False
    x, y = one.data.axes[0], other.data.axes[0]
    titles = [
        plain_title(scene.draw.x.title_or(axis.title))
        for scene, axis in ((one, x), (other, y))
    ]
    return (
        (x.low, x.high, x.labels) == (y.low, y.high, y.labels)
        and titles[0].casefold() == titles[1].casefold()
        and one.draw.x.scale == other.draw.x.scale
    )


def common_width(needs: Sequence[int]) -> int:
    """The width that the y axes of one row take.

    Args:
        needs: what each needs, px; 0 where there is no axis.

    Returns:
        The widest need that costs none of the others more than `_SPARE` px: beside
        one with long names the others keep their room.
    """
    known = [need for need in needs if need]
    least = min(known, default=0)
    return max((need for need in known if need <= least + px(_SPARE)), default=0)


def _edge(index: int, count: int, length: int, gap: int) -> int:
    """Where cell `index` of `count` begins along `length`, gaps shared evenly."""
    return round(index * (length + gap) / count)
