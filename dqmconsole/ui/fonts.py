"""Fonts: the system's where there are any, else the shipped Source Sans Pro."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_WANTED = ("Noto Sans", "Source Sans 3", "Source Sans Pro", "DejaVu Sans")
_FACES = ("Regular", "Bold", "It", "Semibold")
POINTS = 9.5


def load_fonts(app: QApplication, *, shipped: bool = False) -> str:
    """Give `app` a font that can be read, and return its family.

    Args:
        app: the application; its font is set, with digits of equal width where
            the font and Qt can (Qt 6.7 and later).
        shipped: take the shipped font even where the system has others, so that
            pictures are the same on every machine.

    Returns:
        The family in use; "" when there is no font at all.
    """
    families = QFontDatabase.families()
    if shipped or not _readable(families):
        family = _load_shipped()
    else:
        default = QFontInfo(app.font()).family()
        found = [name for name in _WANTED if name in families]
        family = default if default in families else (found or families)[0]
    font = QFont(family) if family else app.font()
    font.setPointSizeF(POINTS)
    app.setFont(tabular(font))
    return family


def tabular(font: QFont) -> QFont:
    """Return `font` with digits of equal width, as far as it has them."""
    copy = QFont(font)
    copy.setFeature(QFont.Tag.fromString("tnum"), 1)
    return copy


def sized(font: QFont, points: float, *, bold: bool = False) -> QFont:
    """Return `font` in another size (points) and weight."""
    copy = QFont(font)
    copy.setPointSizeF(points)
    copy.setBold(bold)
    return copy


def _readable(families: list[str]) -> bool:
    """Tell whether the system has a font with letters of different widths."""
    if not families:
        return False
    metrics = QFontMetricsF(QFont(families[0]))
    return metrics.horizontalAdvance("DQM run 1") > 0


def _load_shipped() -> str:
    found = importlib.util.find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        return ""
    family = ""
    folder = Path(found.origin).parent / "files"
    for face in _FACES:
        for path in sorted(folder.glob(f"*-{face}.[ot]tf")):
            number = QFontDatabase.addApplicationFont(str(path))
            names = QFontDatabase.applicationFontFamilies(number)
            if names and not family:
                family = names[0]
    return family
