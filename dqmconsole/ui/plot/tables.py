"""Values that are no distribution, drawn as a table (style "table")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.table_item import TableItem
from dqmconsole.ui.plot.tabular import Table, table_of

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QRect

    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.drawing import ShownRange
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems

_EMPTY = Table(("",), ())


class Tables:
    """The drawing of labelled bins, latest values or scalars as rows."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._table = _EMPTY
        self._item: TableItem | None = None

    def take(self, scene: Scene) -> None:
        """Take new data."""
        self._scene = scene
        self._table = table_of(
            scene.data, scene.overlays, scene.scalars, scene.expected, scene.names
        )

    def place(
        self,
        items: PlotItems,
        area: QRect,
        look: Look,
        _view: ShownRange,
        *,
        ratio: float,  # noqa: ARG002 of every drawing
        least_left: int,  # noqa: ARG002
    ) -> bool:
        """Lay out in `area`."""
        items.begin()
        self._item = items.item(TableItem)
        self._item.show_table(self._table, area.adjusted(2, 2, -2, -2), look)
        items.finish()
        return True

    def panes(self) -> list[Pane]:
        """None: it has no axes."""
        return []

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
