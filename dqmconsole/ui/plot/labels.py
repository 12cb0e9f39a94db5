"""Labels of bins made short, so that those beside one another stay apart."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFontMetrics

    from dqmconsole.ui.plot.axes import AxisView

_PIECES = re.compile(r".*(?:[^\w+−-]|_)")
_CUTS = (
    Qt.TextElideMode.ElideMiddle,
    Qt.TextElideMode.ElideRight,
    Qt.TextElideMode.ElideLeft,
)


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
    return dataclasses.replace(
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
