"""Values that are no distribution, drawn as a table (style "table")."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPolygon

from dqmconsole.ui.plot.painting import PaintedItem
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tabular import Table, table_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems
    from dqmconsole.ui.plot.tabular import TableRow

_EMPTY = Table(("",), ())


class Tables:
    """The drawing of labelled bins, latest values or scalars as rows."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._table = _EMPTY
        self._item: TableItem | None = None
        self.panes: list[Pane] = []  # it has no axes

    def take(self, scene: Scene) -> None:
        """Take new data."""
        self._scene = scene
        self._table = table_of(
            scene.data, scene.overlays, scene.scalars, scene.expected, scene.names
        )

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out."""
        self._item = items.item(TableItem)
        self._item.show_table(self._table, at.area.adjusted(2, 2, -2, -2), at.look)
        return True

    def remark(self) -> str:
        """What to write where there is no row, else ""."""
        return "" if self._table.rows else "no values"

    def note(self) -> str:
        """What else must be said, else ""."""
        return ""

    def read(self, at: QPoint) -> str:
        """The row at a point, in words; "" outside."""
        row = None if self._item is None else self._item.row_at(at)
        if row is None:
            return ""
        words = f"{row.name}: {', '.join(row.values)} {row.unit}".strip()
        limit = f" · limit {row.limit}" if row.limit else ""
        return f"{words}{limit}{f' · {row.off}' if row.off else ''}"


_PAD = 10  # px between columns
_ROOMIEST = 2.5  # lines of writing that a row may take
_MARK = 9  # px; of a row that is off its limit
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TableItem(PaintedItem):
    """Rows of values, in pixels of the canvas.

    A row that is off its limit has a triangle, or a square, before its name, its limit
    with the word for how it is off, and a line at its side: none of it by colour alone.
    Where there is no room for all rows, those come first.
    """

    def __init__(self) -> None:
        super().__init__()
        self._table: Table | None = None
        self._area = QRect()
        self._look: Look | None = None

    def show_table(self, table: Table, area: QRect, look: Look) -> None:
        """Show a table in `area`."""
        self.lie(area.toRectF())
        self._table, self._area = table, QRect(area)
        self._look = _sized_look(table, self._area, look)
        self.update()

    def forget(self) -> None:
        """Drop what was drawn."""
        self._table = self._look = None

    def row_at(self, at: QPoint) -> TableRow | None:
        """The row under a point of the canvas."""
        if self._table is None or self._look is None:
            return None
        rows, _ = self._shown(self._table, self._look)
        height = self._height(self._look)
        index = (at.y() - self._top(self._table, self._look)) // height
        inside = self._area.contains(at) and 0 <= index < len(rows)
        return rows[index] if inside else None

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        table, look = self._table, self._look
        if table is None or look is None:
            return
        rows, left_out = self._shown(table, look)
        height, top = self._height(look), self._top(table, look)
        bold = QFont(look.font)
        bold.setBold(True)
        widths = _widths(table, look, bold, self._area.width())
        painter.setFont(look.font)
        if _headed(table):
            self._paint_heading(painter, table, look, widths)
        for index, row in enumerate(rows):
            place = QRect(
                self._area.left(), top + index * height, self._area.width(), height
            )
            _paint_row(painter, row, place, look, bold, widths)
        if left_out:
            painter.setPen(look.muted)
            place = QRect(self._area)
            place.setTop(top + len(rows) * height)
            words = f"and {left_out} more rows"
            painter.drawText(place.adjusted(_PAD, 0, 0, 0), _LEFT, words)

    # -- inside ------------------------------------------------------------------

    def _paint_heading(
        self, painter: QPainter, table: Table, look: Look, widths: list[int]
    ) -> None:
        height = self._height(look)
        painter.setPen(look.muted)
        left, top = self._area.left(), self._area.top()
        x = left + widths[0]
        for name, wide in zip(table.columns, widths[1:], strict=False):
            words = look.metrics.elidedText(name, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QRect(x, top, wide, height), _RIGHT, words)
            x += wide + _PAD
        painter.setPen(look.line)
        line = top + height - 1
        painter.drawLine(left, line, self._area.right(), line)

    def _height(self, look: Look) -> int:
        """Of a row: roomy where there are few."""
        line = look.metrics.height()
        table = self._table
        count = max(len(table.rows) + _headed(table), 1) if table is not None else 1
        return min(max(self._area.height() // count, line + 1), int(_ROOMIEST * line))

    def _top(self, table: Table, look: Look) -> int:
        """Where the first row begins."""
        return self._area.top() + self._height(look) * _headed(table)

    def _shown(self, table: Table, look: Look) -> tuple[list[TableRow], int]:
        """The rows there is room for, and how many are left out."""
        height = self._height(look)
        room = max((self._area.height() // height) - _headed(table), 1)
        rows = list(table.rows)
        if len(rows) <= room and not table.left_out:
            return rows, 0
        rows.sort(key=lambda row: not row.off)
        kept = rows[: max(room - 1, 1)]
        return kept, table.left_out + len(rows) - len(kept)


def _sized_look(table: Table, area: QRect, look: Look) -> Look:
    """The look with larger letters, up to twice as large, where there is room."""
    rows = max(len(table.rows) + _headed(table), 1)
    for factor in (2.0, 1.75, 1.5, 1.25):
        font = QFont(look.font)
        font.setPointSizeF(look.font.pointSizeF() * factor)
        metrics = QFontMetrics(font)
        larger = dataclasses.replace(look, font=font, metrics=metrics)
        bold = QFont(font)
        bold.setBold(True)
        wanted = _wanted(table, larger, bold)
        fits = sum(wanted) + _between(wanted) <= area.width()
        if fits and rows * (metrics.height() + 8) <= area.height():
            return larger
    return look


def _headed(table: Table) -> int:
    """1 where the columns have names, else 0."""
    return int(any(table.columns))


def _widths(table: Table, look: Look, bold: QFont, room: int) -> list[int]:
    """Widths of name, each value, unit, limit; names give way first."""
    name, *rest = _wanted(table, look, bold)
    apart = _between([name, *rest])
    return [max(min(name, room - sum(rest) - apart), room // 4), *rest]


def _between(widths: list[int]) -> int:
    """Pixels between the columns, of unit and limit only where there are any."""
    *values, unit, limit = widths[1:]
    return _PAD * len(values) + (6 if unit else 0) + (_PAD if limit else 0)


def _wanted(table: Table, look: Look, bold: QFont) -> list[int]:
    """Widths that name, each value, unit and limit would have."""
    metrics, strong = look.metrics, QFontMetrics(bold)
    rows = table.rows

    def widest(texts: list[str]) -> int:
        return max((strong.horizontalAdvance(each) for each in texts), default=0)

    values = [
        max(
            widest([row.values[at] for row in rows if at < len(row.values)]),
            metrics.horizontalAdvance(name) + 1,  # a width is rounded, and cut at it
        )
        for at, name in enumerate(table.columns)
    ]
    unit = max((metrics.horizontalAdvance(row.unit) for row in rows), default=0)
    limit = widest([_limit_text(row) for row in rows])
    name = widest([row.name for row in rows]) + _MARK + 2 * _PAD
    return [name, *values, unit, limit]


def _limit_text(row: TableRow) -> str:
    if row.off and row.limit:
        return f"{row.off} limit: {row.limit}" if row.off != "bad" else row.limit
    return row.off or row.limit


def _paint_row(
    painter: QPainter,
    row: TableRow,
    place: QRect,
    look: Look,
    bold: QFont,
    widths: list[int],
) -> None:
    off = bool(row.off)
    ink = look.muted.color() if look.grey else look.ink.color()
    loud = look.muted.color() if look.grey else QColor(look.theme.bad_ink)
    left = place.left()
    if off:
        side = QRect(left, place.top() + 1, 3, place.height() - 2)
        painter.fillRect(side, loud)
        _paint_mark(painter, row.off, place, loud)
    painter.setFont(bold if off else look.font)
    painter.setPen(ink)
    start = left + _PAD + (_MARK + 4 if off else 0)
    room = widths[0] - (start - left)
    metrics = QFontMetrics(bold) if off else look.metrics
    name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, max(room, 8))
    painter.drawText(QRect(start, place.top(), room, place.height()), _LEFT, name)
    x = left + widths[0]
    for text, wide in zip(row.values, widths[1:-2], strict=False):
        painter.drawText(QRect(x, place.top(), wide, place.height()), _RIGHT, text)
        x += wide + _PAD
    painter.setFont(look.font)
    painter.setPen(look.muted)
    x -= _PAD - 4
    unit = QRect(x, place.top(), widths[-2] + 2, place.height())
    painter.drawText(unit, _LEFT, row.unit)
    x += widths[-2] + _PAD
    if off:
        painter.setPen(loud)
        painter.setFont(bold)
    rest = max(place.right() - x, 0)
    metrics = QFontMetrics(painter.font())
    words = metrics.elidedText(_limit_text(row), Qt.TextElideMode.ElideRight, rest)
    painter.drawText(QRect(x, place.top(), rest, place.height()), _LEFT, words)
    painter.setFont(look.font)


def _paint_mark(painter: QPainter, off: str, place: QRect, colour: QColor) -> None:
    """Draw a triangle that points to the side of the limit it is on, or a square."""
    x = place.left() + _PAD - 2
    y = place.center().y() - _MARK // 2 + 1
    middle, end = x + _MARK // 2, y + _MARK - 2
    if off == "above":
        corners = [(x, end), (x + _MARK - 1, end), (middle, y)]
    elif off == "below":
        corners = [(x, y), (x + _MARK - 1, y), (middle, end)]
    else:
        corners = [(x, y), (x + 7, y), (x + 7, y + 7), (x, y + 7)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygon([QPoint(*corner) for corner in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
