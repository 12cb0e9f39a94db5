"""Pens, brushes and fonts of a theme, made once and shared by all plots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPen

from dqmconsole.ui.fonts import SMALL, TEXT, TITLE

if TYPE_CHECKING:
    from dqmconsole.ui.theme import Theme


@dataclass(frozen=True, eq=False)
class Look:
    """What plots are drawn with.

    All pens are one pixel wide: a pen of two costs twice the time (measured), and
    an alpha fill three times.

    Attributes:
        theme: the colours.
        grey: the data are stale: draw without their colour.
        font: of tick labels and titles.
        metrics: its metrics.
        big: font of a status or scalar in the middle of the plot.
        fill, edge, reference, muted, ink, line: what they say.
        selection: pen of the rectangle that is drawn to zoom.
        overlays: pens of further elements, told apart by colour and dash.
        hatch: brush over known regions.
        band: brush over the range that was expected.
        limit: pen of what was not to be crossed.
        bad: pen of the first bad lumisection.
        mark: brush of marks on offending and infinite bins.
        ground: brush of the plot's ground.
    """

    theme: Theme
    grey: bool
    font: QFont
    metrics: QFontMetrics
    big: QFont
    fill: QBrush
    edge: QPen
    reference: QPen
    muted: QPen
    ink: QPen
    line: QPen
    selection: QPen
    overlays: tuple[QPen, ...]
    hatch: QBrush
    band: QBrush
    limit: QPen
    bad: QPen
    mark: QBrush
    ground: QBrush


_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
)


@lru_cache(maxsize=32)
def look_of(
    theme: Theme, family: str, scale: float, *, grey: bool, large: bool
) -> Look:
    """Return the pens, brushes and fonts of a theme at the scale in force.

    Args:
        theme: the colours.
        family: of the letters.
        scale: the scale in force; looks are kept for each.
        grey: the data are stale.
        large: as the detail view draws.
    """
    font, big = QFont(family), QFont(family)
    font.setPointSizeF((TEXT if large else SMALL) * scale)
    big.setPointSizeF(TITLE * scale)
    fill = theme.line if grey else theme.fill
    edge = theme.muted if grey else theme.edge
    reference = theme.muted if grey else theme.reference
    colours = (theme.muted,) if grey else theme.overlays
    overlays = []
    for colour, dash in zip(cycle(colours), _DASHES, strict=False):
        pen = QPen(QColor(colour))
        pen.setStyle(dash)
        overlays.append(pen)
    loud = QColor(theme.muted if grey else theme.bad)
    band = QColor(theme.selection if not grey else theme.muted)
    band.setAlpha(60)
    limit = QPen(QColor(theme.muted))
    limit.setStyle(Qt.PenStyle.DashLine)
    return Look(
        theme=theme,
        grey=grey,
        font=font,
        metrics=QFontMetrics(font),
        big=big,
        fill=QBrush(QColor(fill)),
        edge=QPen(QColor(edge)),
        reference=QPen(QColor(reference)),
        muted=QPen(QColor(theme.muted)),
        ink=QPen(QColor(theme.ink)),
        line=QPen(QColor(theme.line)),
        selection=QPen(QColor(theme.selection)),
        overlays=tuple(overlays),
        hatch=QBrush(QColor(theme.hatch), Qt.BrushStyle.BDiagPattern),
        band=QBrush(band),
        limit=limit,
        bad=QPen(loud),
        mark=QBrush(loud),
        ground=QBrush(QColor(theme.tile)),
    )
