"""What every kind of plot offers its canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dqmconsole.ui.plot.scale import Scale, sane

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Axis
    from dqmconsole.model.layout import AxisDraw
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scene import Scene


@dataclass(frozen=True)
class ShownRange:
    """The ranges the shifter chose by zooming; None leaves an axis to the data."""

    x: Scale | None = None
    y: Scale | None = None


class Drawing(Protocol):
    """One kind of plot: curves or maps."""

    def take(self, scene: Scene) -> None:
        """Take new data; ranges move only in steps."""

    def prepare(self, area: QRect, look: Look, view: ShownRange, ratio: float) -> None:
        """Lay out the panes in `area`, as `paint` does."""

    def paint(
        self, painter: QPainter, area: QRect, look: Look, view: ShownRange, ratio: float
    ) -> None:
        """Draw everything into `area`; `ratio` is device pixels per pixel."""

    def panes(self) -> list[Pane]:
        """The panes as last painted or prepared, the data's first."""

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words; "" outside."""


def fixed(scale: Scale, axis: AxisDraw) -> Scale:
    """Put the ends that a layout fixes into a range."""
    if axis.range is None:
        return scale
    low = scale.low if axis.range[0] is None else axis.range[0]
    high = scale.high if axis.range[1] is None else axis.range[1]
    return sane(low, high, log=scale.log)


def above(
    span: tuple[float, float] | None, axis: AxisDraw
) -> tuple[float, float] | None:
    """What a range must hold above the lower end that a layout fixes.

    Headroom is a share of what is seen, and that begins there.
    """
    low = axis.range[0] if axis.range is not None else None
    if span is None or low is None or axis.scale == "log":
        return span
    return (low, max(low, span[1]))


def counts_whole(axis: Axis) -> bool:
    """Tell whether each bin of an axis stands for one whole number, its middle."""
    return (
        axis.variable is None
        and axis.high - axis.low == axis.bins
        and (axis.low - 0.5).is_integer()
    )


def axis_scale(axis: Axis, draw: AxisDraw) -> Scale:
    """The range of all bins of an axis, and the ends that a layout fixes.

    On a log scale bins at and below 0 are left out.
    """
    log, low = draw.scale == "log", axis.low
    if log and low <= 0:
        edges = axis.edges[axis.edges > 0]
        low = float(edges[0]) if edges.size else 0.1
    return fixed(sane(low, axis.high, log=log), draw)
