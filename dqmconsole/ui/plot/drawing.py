"""What every kind of plot offers its canvas, and how all of them choose ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dqmconsole.ui.plot.scale import Scale, sane
from dqmconsole.ui.plot.ticks import step_for

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, QRect

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.layout import AxisDraw
    from dqmconsole.ui.plot.axes import Pane, Unit
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems
    from dqmconsole.ui.plot.scene import Scene


@dataclass(frozen=True)
class ShownRange:
    """The ranges the shifter chose by zooming; None leaves an axis to the data."""

    x: Scale | None = None
    y: Scale | None = None


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a drawing lies, and how it looks there.

    Attributes:
        area: all the room there is, in the canvas's pixels.
        look: fonts and colours.
        view: the ranges that the shifter chose.
        ratio: device pixels per pixel.
        least_left: pixels to keep free at the left (see `lay_out`).
    """

    area: QRect
    look: Look
    view: ShownRange
    ratio: float
    least_left: int

    @property
    def key(self) -> tuple[object, ...]:
        """The same where nothing of it is new."""
        size = self.area.getRect()
        return (size, self.look, self.view, self.ratio, self.least_left)


class Drawing(Protocol):
    """One kind of plot: curves or maps.

    It keeps what its next range depends on and nothing else; a canvas that is cleared
    makes a new one. The graphics items are the canvas's, and pooled.
    """

    @property
    def panes(self) -> list[Pane]:
        """The panes as last placed, the data's first."""

    def take(self, scene: Scene) -> None:
        """Take new data; ranges move only in steps."""

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out and hand the canvas's items what they draw.

        Returns:
            Whether anything but the inside of the panes must be painted again.
        """

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""

    def note(self) -> str:
        """What else must be said of the values ("2 bins not a number"), else ""."""

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
    """The range of all bins of an axis, or as the file asks; what a layout fixes.

    On a log scale bins at and below 0 are left out.
    """
    log = draw.scale == "log"
    low, high = axis.shown or (axis.low, axis.high)
    if log and low <= 0:
        edges = axis.edges[axis.edges > 0]
        low = float(edges[0]) if edges.size else 0.1
    return fixed(sane(low, high, log=log), draw)


def ending_with_run(scale: Scale, last: int, edges: Array, filled: Array) -> Scale:
    """Let an axis of lumisections end with the run, by steps, not where it was booked.

    It would else move with each picture.

    Args:
        scale: the range of all its bins; a logarithmic one stays.
        last: the last lumisection of the run.
        edges: the n + 1 edges of the bins.
        filled: which bins hold something, rising.
    """
    if scale.log:
        return scale
    end = float(edges[filled[-1] + 1]) if filled.size else scale.low
    end = max(end, float(last))
    step = max(step_for(end - scale.low, 40), 1.0)
    end = scale.low + step * math.ceil((end - scale.low) / step)
    return sane(scale.low, min(max(end, scale.low + step), scale.high))


def is_trend(scene: Scene) -> bool:
    """Tell whether a histogram of one dimension is a trend along lumisections."""
    data = scene.data
    if data is None or data.dimension != 1:
        return False
    return scene.trend or axis_unit(data.axes[0], scene.draw.x) == "lumisection"


def axis_unit(axis: Axis, draw: AxisDraw) -> Unit:
    """What the numbers of an axis are: as a layout says, else by file and title."""
    if draw.unit is not None:
        return draw.unit
    if axis.time:
        return "time"
    title = (draw.title or axis.title).casefold().strip()
    named = title.startswith("lumi") or title.split(" ", 1)[0] == "ls"
    return "lumisection" if named and not axis.labels else "number"
