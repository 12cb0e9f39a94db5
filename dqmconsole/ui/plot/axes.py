"""Axes: their room, their labels made short, their drawing. Nothing is cut off."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt

from dqmconsole.ui.plot.ticks import AxisTick, number_ticks
from dqmconsole.ui.plot.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFontMetrics, QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale

TICK = 4
GAP = 3
_INSET = 2  # between the outermost text and the canvas's border
_PIECES = re.compile(r".*(?:[^\w+−-]|_)")
_CUTS = (
    Qt.TextElideMode.ElideMiddle,
    Qt.TextElideMode.ElideRight,
    Qt.TextElideMode.ElideLeft,
)
_WIDEST = 0.3  # share of the width that labels at the left may take
_NO_WRAP = Qt.TextFlag.TextDontClip
_CENTRE = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True, eq=False)
class AxisView:
    """What one axis shows.

    Attributes:
        scale: its range.
        title: its title, plain text.
        labels: one per bin, or empty.
        edges: the bins' edges, for the labels; None without labels.
        whole: its bins stand for whole numbers.
    """

    scale: Scale
    title: str = ""
    labels: tuple[str, ...] = ()
    edges: Array | None = None
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Pane:
    """One plotting area with its ticks.

    Attributes:
        rect: the plotting area.
        x, y: its axes.
        x_ticks, y_ticks: ticks; x ticks without text where a pane below has them.
        upright: x labels stand on end.
        x_title, y_title: room of the titles, empty when there is none.
    """

    rect: QRect
    x: AxisView
    y: AxisView
    x_ticks: list[AxisTick]
    y_ticks: list[AxisTick]
    upright: bool = False
    x_title: QRect | None = None
    y_title: QRect | None = None


def lay_out(
    area: QRect,
    look: Look,
    x: AxisView,
    ys: tuple[AxisView, ...],
    shares: tuple[float, ...] = (1.0,),
) -> list[Pane]:
    """Divide `area` into panes above each other that share the x axis.

    Args:
        area: all the room there is.
        look: fonts.
        x: the common x axis, drawn beneath the lowest pane.
        ys: one y axis per pane, from the top.
        shares: the panes' shares of the height.
    """
    metrics = look.metrics
    line = metrics.height()
    top = area.top() + line // 2 + 1
    x = without_prefix(x, metrics, 0.4 * area.height())
    ys = tuple(without_prefix(y, metrics, _WIDEST * area.width()) for y in ys)
    x_title = plain(x.title)
    title_height = line if x_title and area.height() > 6 * line else 0
    room = area.height() - (top - area.top()) - title_height - TICK - GAP
    # more numbers are read no better
    y_counts = [min(max(2, int(room * share / (line * 1.45))), 8) for share in shares]
    y_ticks = [
        _label_ticks(y, metrics, room * share, upright=True)
        if y.labels
        else number_ticks(y.scale, count, whole=y.whole)
        for y, count, share in zip(ys, y_counts, shares, strict=True)
    ]
    widest = max(
        (metrics.horizontalAdvance(t.text) for ts in y_ticks for t in ts), default=0
    )
    widest = min(widest, int(area.width() * _WIDEST))
    titled = any(y.title for y in ys) and area.width() > 13 * line
    left = area.left() + _INSET + widest + TICK + GAP + (line + 3 if titled else 0)
    right = area.right() - max(6, metrics.horizontalAdvance("0") + 2)
    width = max(right - left, 8)
    x_ticks, upright, text_height = _x_ticks(x, metrics, width, room)
    bottom = area.bottom() - title_height - text_height - TICK - 1
    height = max(bottom - top, 8)
    gap = line - 1
    inner = max(height - gap * (len(ys) - 1), 8)
    panes = []
    y_at = float(top)
    for index, (y, share) in enumerate(zip(ys, shares, strict=True)):
        last = index == len(ys) - 1
        rect = QRect(left, round(y_at), width, max(round(inner * share), 4))
        y_at += inner * share + gap
        title = QRect(area.left(), rect.top(), line, rect.height())
        below = QRect(area.left(), area.bottom() - title_height, area.width(), line)
        panes.append(
            Pane(
                rect=rect,
                x=x,
                y=y,
                x_ticks=x_ticks if last else [AxisTick(t.at, "") for t in x_ticks],
                y_ticks=y_ticks[index],
                upright=upright,
                x_title=below if last and title_height else None,
                y_title=title if titled and y.title else None,
            )
        )
    return panes


def paint_axes(painter: QPainter, pane: Pane, look: Look, bounds: QRect) -> None:
    """Draw the axes of a pane; texts are moved inwards to stay within `bounds`."""
    rect = pane.rect
    painter.setFont(look.font)
    painter.setPen(look.muted)
    left, bottom = rect.left() - 1, rect.bottom() + 1
    painter.drawLine(left, rect.top(), left, bottom)
    painter.drawLine(left, bottom, rect.right(), bottom)
    _paint_y_ticks(painter, pane, look, bounds)
    if pane.upright:
        _paint_upright(painter, pane, look, bounds)
    else:
        _paint_x_ticks(painter, pane, look, bounds)
    metrics, line = look.metrics, look.metrics.height()
    if pane.x_title is not None:
        title = QRect(pane.x_title)
        title.setLeft(max(rect.left() - 20, bounds.left()))
        title.setRight(bounds.right())
        words = _elided(metrics, plain(pane.x.title), title.width())
        painter.drawText(title, _CENTRE, words)
    if pane.y_title is not None:
        longest = pane.y_title.height() + line
        words = _elided(metrics, plain(pane.y.title), longest)
        half = metrics.horizontalAdvance(words) // 2 + 1
        middle = pane.y_title.center().y()
        middle = min(max(middle, bounds.top() + half), bounds.bottom() - half)
        painter.save()
        painter.translate(pane.y_title.left(), middle + half)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, 2 * half, pane.y_title.width()), _CENTRE, words)
        painter.restore()


def _paint_y_ticks(painter: QPainter, pane: Pane, look: Look, bounds: QRect) -> None:
    rect, metrics = pane.rect, look.metrics
    left, line = rect.left() - 1, look.metrics.height()
    room = left - TICK - GAP + 1 - bounds.left() - _INSET
    room -= line + 3 if pane.y_title is not None else 0
    lowest_top = bounds.bottom() - line
    before: int | None = None
    texts = cut([tick.text for tick in pane.y_ticks], metrics, room)
    for tick, words in zip(pane.y_ticks, texts, strict=True):
        y = rect.bottom() + 1 - round(tick.at * rect.height())
        painter.drawLine(left - (TICK if tick.text else 2), y, left, y)
        if not tick.text:
            continue
        top = min(max(y - line // 2, bounds.top()), lowest_top)
        if before is not None and before - top < line - 2:
            continue
        before = top
        width = metrics.horizontalAdvance(words)
        at = QPoint(left - TICK - GAP + 1 - width, top + metrics.ascent())
        painter.drawText(at, words)


def _paint_x_ticks(painter: QPainter, pane: Pane, look: Look, bounds: QRect) -> None:
    rect, metrics = pane.rect, look.metrics
    bottom = rect.bottom() + 1
    taken = bounds.left() - 1
    for tick in pane.x_ticks:
        x = rect.left() + round(tick.at * rect.width())
        painter.drawLine(x, bottom, x, bottom + (TICK if tick.text else 2))
        if not tick.text:
            continue
        words = _elided(metrics, tick.text, bounds.width() - 4)
        width = metrics.horizontalAdvance(words)
        start = min(max(x - width // 2, bounds.left() + 1), bounds.right() - width - 1)
        if start <= taken:
            continue
        taken = start + width + 3
        painter.drawText(QPoint(start, bottom + TICK + metrics.ascent()), words)


def _paint_upright(painter: QPainter, pane: Pane, look: Look, bounds: QRect) -> None:
    rect, metrics = pane.rect, look.metrics
    bottom = rect.bottom() + 1
    end = bounds.bottom() if pane.x_title is None else pane.x_title.top()
    room = end - bottom - TICK - 4
    taken = -10_000
    texts = cut([tick.text for tick in pane.x_ticks], metrics, room)
    for tick, words in zip(pane.x_ticks, texts, strict=True):
        x = rect.left() + round(tick.at * rect.width())
        painter.drawLine(x, bottom, x, bottom + (TICK if tick.text else 2))
        if not tick.text or x - taken < metrics.height() - 2:
            continue
        taken = x
        width = metrics.horizontalAdvance(words)
        painter.save()
        painter.translate(x - metrics.height() // 2, bottom + TICK + 3 + width)
        painter.rotate(-90)
        painter.drawText(QPoint(0, metrics.ascent()), words)
        painter.restore()


def _x_ticks(
    x: AxisView, metrics: QFontMetrics, width: int, room: float
) -> tuple[list[AxisTick], bool, int]:
    """Choose ticks of the x axis: texts lying if they fit, else standing."""
    line = metrics.height()
    if not x.labels:
        sample = number_ticks(x.scale, 4, whole=x.whole)
        widest = max(
            (metrics.horizontalAdvance(tick.text) for tick in sample), default=20
        )
        count = min(max(2, int(width / (widest + 1.3 * line))), 16)
        ticks = number_ticks(x.scale, count, whole=x.whole)
        if len(ticks) < 2:  # one number alone is no scale
            ticks = number_ticks(x.scale, count + 2, whole=x.whole)
        return ticks, False, line
    flat = _label_ticks(x, metrics, width, upright=False)
    shown = sum(bool(tick.text) for tick in flat)
    standing = _label_ticks(x, metrics, width, upright=True)
    more = sum(bool(tick.text) for tick in standing)
    if more <= shown or room < 6 * line:
        return flat, False, line
    longest = max(metrics.horizontalAdvance(t.text) for t in standing) + 5
    return standing, True, max(min(longest, int(room * 0.45)), line)


def _label_ticks(
    axis: AxisView, metrics: QFontMetrics, length: float, *, upright: bool
) -> list[AxisTick]:
    """Place labels at the bins' centres, every n-th when they are crowded."""
    edges = axis.edges
    if edges is None:
        return []
    centers = axis.scale.fractions(0.5 * (edges[1:] + edges[:-1]))
    visible = [
        (float(at), label)
        for at, label in zip(centers, axis.labels, strict=False)
        if 0 <= at <= 1 and label
    ]
    if not visible:
        return []
    # of a hundred thousand labels no more can be told apart than there are pixels
    step = max(1, round(len(visible) / max(length, 1.0)))
    visible = [(at, plain(label)) for at, label in visible[::step]]
    if upright:
        need: float = metrics.height()
    else:
        need = max(metrics.horizontalAdvance(label) for _, label in visible) + 6
    every = 1
    if len(visible) > 1:
        apart = (visible[-1][0] - visible[0][0]) * length / (len(visible) - 1)
        while apart * every < need and every < len(visible):
            every += 1
    return [
        AxisTick(at, label if index % every == 0 else "")
        for index, (at, label) in enumerate(visible)
    ]


def _elided(metrics: QFontMetrics, words: str, room: int) -> str:
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
    prefix = _common(min(named), max(named))
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


def _common(first: str, last: str) -> str:
    """What two words begin with, up to the end of a piece; "" when nothing."""
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    found = _PIECES.match(first[:same])
    return found[0] if found is not None else ""
