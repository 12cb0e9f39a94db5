"""Where axes lie: the room they need, their ticks, their labels made short.

Nothing here draws (:mod:`dqmconsole.ui.plot.axis_item` does), and nothing is cut off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRect, Qt

from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.names import common_start, whole_pieces
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.ticks import (
    AxisTick,
    lumisection_ticks,
    number_ticks,
    step_for,
    time_ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QFontMetrics

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.ticks import Clock

TICK = 4
GAP = 3
INSET = 2  # between the outermost text and the canvas's border
_CUTS = (
    Qt.TextElideMode.ElideMiddle,
    Qt.TextElideMode.ElideRight,
    Qt.TextElideMode.ElideLeft,
)
_WIDEST = 0.3  # share of the width that labels at the left may take
_CLOCK_ROOM = 6.5  # lines of height below which there is no clock beneath an axis
_APART = 4  # px between labels that lie side by side
_NARROW = 1e6  # times its width: values for which an axis needs a base
_FEW = 12  # labels that may lie in two lines
_MOST_LEFT = 0.4  # share of the width that is kept free for the sake of a row

Unit = Literal["number", "lumisection", "time"]


@dataclass(frozen=True, eq=False)
class AxisView:
    """What one axis shows.

    Attributes:
        scale: its range.
        title: its title, in TLatex.
        labels: one per bin, or empty.
        edges: the bins' edges, for the labels; None without labels.
        whole: its bins stand for whole numbers.
        unit: what its numbers are; "time" is unix time, s.
        clock: of a lumisection the unix time, s, at which it began, or None.
        first: the number that is written where there is room for one alone.
        base: what its numbers are counted from; the title says it.
    """

    scale: Scale
    title: str = ""
    labels: tuple[str, ...] = ()
    edges: Array | None = None
    whole: bool = False
    unit: Unit = "number"
    clock: Clock | None = None
    first: float | None = None
    base: float = 0.0


@dataclass(frozen=True, eq=False)
class Pane:
    """One plotting area with its ticks.

    Attributes:
        rect: the plotting area.
        bounds: all the room of its axes; their words stay within.
        x, y: its axes.
        x_ticks, y_ticks: ticks; x ticks without text where a pane below has them.
        upright: x labels stand on end.
        x_title, y_title: room of the titles, None when there is none.
        needed: pixels its own y axis needs at the left.
    """

    rect: QRect
    bounds: QRect
    x: AxisView
    y: AxisView
    x_ticks: tuple[AxisTick, ...]
    y_ticks: tuple[AxisTick, ...]
    upright: bool = False
    x_title: QRect | None = None
    y_title: QRect | None = None
    needed: int = 0

    def fractions_at(self, at: QPoint) -> tuple[float, float]:
        """The middle of a pixel of the canvas in fractions of x and y."""
        rect = self.rect
        x = (at.x() + 0.5 - rect.left()) / rect.width()
        return x, (rect.bottom() + 0.5 - at.y()) / rect.height()

    def values_at(self, at: QPoint) -> tuple[float, float]:
        """Values of x and y in the middle of a pixel of the canvas."""
        x, y = self.fractions_at(at)
        return self.x.scale.value(x), self.y.scale.value(y)


def lay_out(
    area: QRect,
    look: Look,
    x: AxisView,
    ys: tuple[AxisView, ...],
    shares: tuple[float, ...] = (1.0,),
    least_left: int = 0,
    titles: QRect | None = None,
) -> list[Pane]:
    """Divide `area` into panes above each other that share the x axis.

    Args:
        area: all the room there is.
        look: fonts.
        x: the common x axis, drawn beneath the lowest pane.
        ys: one y axis per pane, from the top.
        shares: the panes' shares of the height.
        least_left: pixels kept free at the left, so that the plots of one row are
            aligned.
        titles: the room that says whether axes have their titles; None: `area`.
    """
    metrics = look.metrics
    line = metrics.height()
    top = area.top() + line // 2 + 1
    ys = tuple(without_prefix(y, metrics, _WIDEST * area.width()) for y in ys)
    high, wide = (titles or area).height(), (titles or area).width()
    if high > 6 * line:
        x = from_base(x)
    if wide > 13 * line:
        ys = tuple(map(from_base, ys))
    title_height = line if x.title and high > 6 * line else 0
    room = area.height() - (top - area.top()) - title_height - TICK - GAP
    # more numbers are read no better
    y_counts = [min(max(2, int(room * share / (line * 1.45))), 8) for share in shares]
    y_ticks = [
        _label_ticks(y, metrics, room * share, upright=True, beneath=True)
        if y.labels
        else _numbers(y, count)
        for y, count, share in zip(ys, y_counts, shares, strict=True)
    ]
    widest = max(
        (metrics.horizontalAdvance(t.text) for ts in y_ticks for t in ts), default=0
    )
    widest = min(widest, int(area.width() * _WIDEST))
    titled = any(y.title for y in ys) and wide > 13 * line
    needed = INSET + widest + TICK + GAP + (line + 3 if titled else 0)
    left = area.left() + max(needed, min(least_left, int(area.width() * _MOST_LEFT)))
    right = area.right() - max(6, metrics.horizontalAdvance("0") + 2)
    width = max(right - left, 8)
    lying = _lying(x, metrics, width, room)
    if lying is None:
        x = without_prefix(x, metrics, 0.4 * area.height())
        if x.title and not title_height and high > 6 * line:
            title_height, room = line, room - line
        x_ticks, upright, text_height = _x_ticks(x, metrics, width, room)
    else:
        below_too = any(tick.below for tick in lying)
        x_ticks, upright = lying, False
        text_height = 2 * line - 1 if below_too else line
    bottom = area.bottom() - title_height - text_height - TICK - 1
    height = max(bottom - top, 8)
    gap = line - 1
    inner = max(height - gap * (len(ys) - 1), 8)
    bare = tuple(AxisTick(tick.at, "") for tick in x_ticks)
    panes = []
    y_at = float(top)
    for index, (y, share) in enumerate(zip(ys, shares, strict=True)):
        last = index == len(ys) - 1
        rect = QRect(left, round(y_at), width, max(round(inner * share), 4))
        y_at += inner * share + gap
        # beside its own numbers, not where a wider neighbour's would begin
        title = QRect(left - needed, rect.top(), line, rect.height())
        below = QRect(area.left(), area.bottom() - title_height, area.width(), line)
        panes.append(
            Pane(
                rect=rect,
                bounds=area,
                x=x,
                y=y,
                x_ticks=x_ticks if last else bare,
                y_ticks=y_ticks[index],
                upright=upright,
                x_title=below if last and title_height else None,
                y_title=title if titled and y.title else None,
                needed=needed,
            )
        )
    return panes


def _x_ticks(
    x: AxisView, metrics: QFontMetrics, width: int, room: float
) -> tuple[tuple[AxisTick, ...], bool, int]:
    """Choose ticks of the x axis: texts lying if they fit, else standing."""
    line = metrics.height()
    if not x.labels:
        sample = _plain_ticks(x, 4)
        words = [each for tick in sample for each in (tick.text, tick.below) if each]
        widest = max((metrics.horizontalAdvance(each) for each in words), default=20)
        count = min(max(2, int(width / (widest + 1.3 * line))), 16)
        ticks = _plain_ticks(x, count)
        if len(ticks) < 2:  # one number alone is no scale
            ticks = _plain_ticks(x, count + 2)
        if not any(tick.below for tick in ticks):
            return ticks, False, line
        if room < _CLOCK_ROOM * line:
            return tuple(tick._replace(below="") for tick in ticks), False, line
        return ticks, False, 2 * line - 1
    flat = _label_ticks(x, metrics, width, upright=False)
    shown = sum(bool(tick.text) for tick in flat)
    standing = _label_ticks(x, metrics, width, upright=True)
    more = sum(bool(tick.text) for tick in standing)
    if more <= shown or room < 6 * line:
        return flat, False, line
    longest = max(metrics.horizontalAdvance(t.text) for t in standing) + 5
    high = room + (line if x.title else 0)
    return standing, True, max(min(longest, int(high * 0.45)), line)


def _lying(
    x: AxisView, metrics: QFontMetrics, width: int, room: float
) -> tuple[AxisTick, ...] | None:
    """All of a few labels side by side, in one line or two; None: they do not fit."""
    if not x.labels or x.edges is None:
        return None
    centers = x.scale.fractions(0.5 * (x.edges[1:] + x.edges[:-1]))
    seen = [
        (float(at), plain_title(label))
        for at, label in zip(centers[: _FEW + 1], x.labels, strict=False)
        if 0 <= at <= 1 and label
    ]
    if not seen or len(x.labels) > _FEW:
        return None
    lines = [_in_two(label, metrics) for _, label in seen]
    for pairs in ([(label, "") for _, label in seen], lines):
        if pairs is lines and room < _CLOCK_ROOM * metrics.height():
            return None
        wide = [max(map(metrics.horizontalAdvance, pair)) for pair in pairs]
        places = [at * width for at, _ in seen]
        inside = wide[0] / 2 <= places[0] + 20 and wide[-1] / 2 <= width - places[-1]
        apart = [
            after - before - (left + right) / 2
            for before, after, left, right in zip(
                places, places[1:], wide, wide[1:], strict=False
            )
        ]
        if inside and min(apart, default=_APART) >= _APART:
            return tuple(
                AxisTick(at, *pair) for (at, _), pair in zip(seen, pairs, strict=True)
            )
    return None


def _in_two(label: str, metrics: QFontMetrics) -> tuple[str, str]:
    """Break a label between two words so that the longer part is shortest."""
    words = label.split()
    ways = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    if not ways:
        return label, ""
    return min(ways, key=lambda way: max(map(metrics.horizontalAdvance, way)))


def _plain_ticks(x: AxisView, most: int) -> tuple[AxisTick, ...]:
    """Ticks of an axis without labels, in its unit."""
    if x.scale.log:
        return number_ticks(x.scale, most)
    if x.unit == "lumisection":
        return lumisection_ticks(x.scale, most, x.clock)
    if x.unit == "time":
        return time_ticks(x.scale, most)
    return _numbers(x, most)


def _numbers(axis: AxisView, most: int) -> tuple[AxisTick, ...]:
    """Ticks of numbers, counted from the axis's base."""
    scale, base = axis.scale, axis.base
    if base:
        scale = Scale(scale.low - base, scale.high - base)
    return number_ticks(scale, most, whole=axis.whole)


def from_base(axis: AxisView) -> AxisView:
    """Count from a round number where an axis is very narrow for its values.

    Their numbers would differ in the eighth digit or later; that number goes into the
    title instead.
    """
    low, high = axis.scale.low, axis.scale.high
    span = high - low
    numbers = axis.unit == "number" and not axis.labels and not axis.scale.log
    if not numbers or max(abs(low), abs(high)) < _NARROW * span:
        return axis
    step = 10.0 ** (math.floor(math.log10(span)) + 2)
    base = math.floor(low / step) * step
    words = f"({base:.15g} + …)".replace("-", "−")
    return replace(axis, base=base, title=f"{axis.title} {words}".strip())


def _label_ticks(
    axis: AxisView,
    metrics: QFontMetrics,
    length: float,
    *,
    upright: bool,
    beneath: bool = False,
) -> tuple[AxisTick, ...]:
    """Place labels at the bins' centres, every n-th when they are crowded.

    Args:
        axis: with labels.
        metrics: of their letters.
        length: of the axis, px.
        upright: of a label its height counts, not its width.
        beneath: they lie one beneath the other, as of rows.
    """
    edges = axis.edges
    if edges is None:
        return ()
    centers = axis.scale.fractions(0.5 * (edges[1:] + edges[:-1]))
    visible = [
        (float(at), label)
        for at, label in zip(centers, axis.labels, strict=False)
        if 0 <= at <= 1 and label
    ]
    if not visible:
        return ()
    # of a hundred thousand labels no more can be told apart than there are pixels
    step = max(1, int(len(visible) / max(4.0 * length, 1.0)))
    visible = [(at, plain_title(label)) for at, label in visible[::step]]
    if upright:
        need: float = metrics.height()
        if beneath and not _are_numbers([label for _, label in visible]):
            need = letters_high(metrics)
    else:
        need = max(metrics.horizontalAdvance(label) for _, label in visible) + 6
    every = 1
    if len(visible) > 1:
        apart = (visible[-1][0] - visible[0][0]) * length / (len(visible) - 1)
        while apart * every < need and every < len(visible):
            every += 1
    if every > 1 and _are_numbers([label for _, label in visible]):
        return _round_labels(visible, need / length)
    return tuple(
        AxisTick(at, label if index % every == 0 else "")
        for index, (at, label) in enumerate(visible)
    )


def letters_high(metrics: QFontMetrics) -> int:
    """Height, px, that words need beneath others: a line has room for accents, too."""
    return metrics.capHeight() + metrics.descent() + 1


def _are_numbers(labels: Sequence[str]) -> bool:
    """Tell whether labels are rising whole numbers."""
    if not all(label.isdecimal() for label in labels):
        return False
    numbers = [int(label) for label in labels]
    return sorted(set(numbers)) == numbers


def _round_labels(
    named: Sequence[tuple[float, str]], need: float
) -> tuple[AxisTick, ...]:
    """Of names that are numbers show round ones, as an axis of numbers would.

    Args:
        named: fraction of the axis and name of each, from its low end.
        need: fraction of the axis that a name takes.
    """
    numbers = [int(label) for _, label in named]
    span = max(numbers) - min(numbers)
    most = len(named)
    while True:
        step = max(int(step_for(span, most)), 1)
        kept = [number % step == 0 for number in numbers]
        places = [at for (at, _), keep in zip(named, kept, strict=True) if keep]
        crowded = any(b - a < need for a, b in pairwise(places))
        if not crowded or most == 1:
            break
        most -= 1
    return tuple(
        AxisTick(at, label if keep else "")
        for (at, label), keep in zip(named, kept, strict=True)
    )


def elided(metrics: QFontMetrics, words: str, room: int) -> str:
    """Cut words at their end where they are too long."""
    if metrics.horizontalAdvance(words) <= room:
        return words
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)


def without_prefix(axis: AxisView, metrics: QFontMetrics, room: float) -> AxisView:
    """Move what all labels begin with into the title, where one is too long.

    Args:
        axis: with labels or without.
        metrics: of their font.
        room: pixels there are for the longest label.
    """
    named = [label for label in axis.labels if label]
    if len(named) < 2:
        return axis
    prefix = whole_pieces(common_start((min(named), max(named))))
    longest = max(named, key=len)
    if not prefix or prefix in named or metrics.horizontalAdvance(longest) <= room:
        return axis
    return replace(
        axis,
        title=f"{axis.title} ({prefix}…)".strip(),
        labels=tuple(label.removeprefix(prefix) for label in axis.labels),
    )


def cut(words: Sequence[str], metrics: QFontMetrics, room: int) -> list[str]:
    """Elide what is too long, where it leaves the most words unlike one another."""
    if all(metrics.horizontalAdvance(each) <= room for each in words):
        return list(words)
    ways = [[metrics.elidedText(each, how, room) for each in words] for how in _CUTS]
    return max(ways, key=lambda way: len(set(way)))
