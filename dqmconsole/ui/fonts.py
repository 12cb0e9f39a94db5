"""One face, three sizes, and one scale that moves text, marks and room together.

The face is the one that comes with the program, so that a page looks the same in
every control room; a machine's own is taken only where that is missing. The scale in
force is the application's font: its size is ``TEXT * scale()``. Sizes in points and
pixels are written in the code as they are at scale 1.

- A label: ``set_text(label, TITLE, bold=True)``; it is written again by itself.
- Room around and between: written plainly into layouts, and scaled by `apply_scale`;
  the style sheet likewise. What is laid out after that: `scale_room`.
- A size that is fixed: ``set_fixed(widget, width, height)``.
- What paints itself: ``sized(font, SMALL)`` and ``px(14)``. Fonts that are kept are
  made again on ``Colours.changed``, which comes after the application's font is
  another; a cache of fonts has `scale` in its key.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication, QLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE = 13.0  # pt: titles, and the values of the header where there is room
TEXT = 10.0  # pt: everything else
SMALL = 8.5  # pt: what is secondary
STEPS = (0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""The scales that Ctrl +/- steps through, each times that of the screen."""
LEAST_SCREEN = (1366, 768)
"""Pixels that the window wants at scale 1: a screen's own scale leaves it these."""

_OTHERS = ("Source Sans 3", "Noto Sans", "DejaVu Sans")
_FACES = ("Regular", "Bold", "It", "BoldIt")
_PLAUSIBLE = (60, 300)  # dots per inch; screens that know nothing of themselves say 0
# properties: what the code asked for, at scale 1
_TEXT, _FIXED, _ROOM = "asked text", "asked size", "asked room"


def load_fonts(app: QApplication) -> str:
    """Give `app` the shipped face at scale 1, and return its family.

    Its digits have equal width, where Qt can (6.7 and later). Where the face is not
    installed the system's takes its place; "" when there is no font at all.
    """
    family = _load_shipped() or _other(app)
    font = QFont(family) if family else app.font()
    font.setPointSizeF(TEXT)
    app.setFont(tabular(font))
    return family


def scale() -> float:
    """The scale in force."""
    return QApplication.font().pointSizeF() / TEXT


def px(pixels: float) -> int:
    """Pixels at the scale in force, of so many at scale 1."""
    return round(pixels * scale())


def screen_scale(width: int, height: int, dpi: float, counted: float = 96.0) -> float:
    """The scale at which text on a screen has the size it has on paper.

    Never less than 1, and never so large that the window would not fit.

    Args:
        width: of the room on the screen, px.
        height: the same.
        dpi: dots per inch, as the screen says; where that cannot be, it is taken for
            one as high as a sheet of paper (a little more than 27 cm at 1080 px).
        counted: dots per inch from which Qt reckons a point.
    """
    least, most = _PLAUSIBLE
    wanted = dpi / counted if least <= dpi <= most else height / 1080
    room = min(width / LEAST_SCREEN[0], height / LEAST_SCREEN[1])
    return max(1.0, round(min(wanted, room, 2.0) * 20) / 20)


def stepped(factor: float, step: int) -> float:
    """The scale `step` further on in `STEPS`; its ends are not passed."""
    nearest = min(range(len(STEPS)), key=lambda at: abs(STEPS[at] - factor))
    return STEPS[min(max(nearest + step, 0), len(STEPS) - 1)]


def tabular(font: QFont) -> QFont:
    """Return `font` with digits of equal width, as far as it has them."""
    copy = QFont(font)
    copy.setFeature(QFont.Tag.fromString("tnum"), 1)
    return copy


def sized(font: QFont, points: float, *, bold: bool = False) -> QFont:
    """Return `font` in another weight, and of so many points at scale 1."""
    copy = QFont(font)
    copy.setPointSizeF(points * scale())
    copy.setBold(bold)
    return copy


def emphasised() -> QFont:
    """What makes an item of a list bold; its size and face are those of the list."""
    font = QFont()
    font.setBold(True)
    return font


def set_text(widget: QWidget, points: float, *, bold: bool = False) -> None:
    """Write a widget in one of the three sizes, at every scale.

    Args:
        widget: the widget.
        points: `TITLE`, `TEXT` or `SMALL`.
        bold: whether it is bold.
    """
    widget.setProperty(_TEXT, [points, bold])
    widget.setFont(sized(widget.font(), points, bold=bold))


def set_fixed(widget: QWidget, width: int = 0, height: int = 0) -> None:
    """Give a widget a size in pixels that follows the scale.

    Args:
        widget: the widget.
        width: px at scale 1; 0 leaves it free.
        height: the same.
    """
    widget.setProperty(_FIXED, [width, height])
    if width:
        widget.setFixedWidth(px(width))
    if height:
        widget.setFixedHeight(px(height))


def apply_scale(
    app: QApplication, factor: float, density: float, windows: Iterable[QWidget]
) -> None:
    """Put a scale in force.

    Args:
        app: the application.
        factor: the scale; all text is written at it.
        density: room around and between, as a share of what it is at this scale.
        windows: in these, layouts give room at it.
    """
    if abs(scale() - factor) > 0.001:
        font = QFont(app.font())
        font.setPointSizeF(TEXT * factor)
        app.setFont(font)
        for widget in app.allWidgets():
            asked = widget.property(_TEXT)
            if asked is not None:
                set_text(widget, asked[0], bold=asked[1])
            fixed = widget.property(_FIXED)
            if fixed is not None:
                set_fixed(widget, *fixed)
    for window in windows:
        follow_scale(window, density)


def set_room(layout: QLayout, sides: tuple[int, int, int, int], spacing: int) -> None:
    """Give a layout other room, px at scale 1, at the scale in force."""
    layout.setProperty(_ROOM, [*sides, spacing])
    layout.setContentsMargins(*map(px, sides))
    layout.setSpacing(px(spacing))


def follow_scale(window: QWidget, density: float) -> None:
    """Write a window at the scale in force, and give room at it.

    Args:
        window: one that was never shown does not hear of the application's font.
        density: as in `apply_scale`.
    """
    font = QApplication.font()
    if window.font().pointSizeF() != font.pointSizeF():
        window.setFont(font)
    scale_room(window, density)


def scale_room(widget: QWidget, density: float = 1.0) -> None:
    """Give every layout in a widget its room at the scale in force.

    Each keeps, as a property, the room that the code gave it.
    """
    share = scale() * density
    if share == 1 and widget.property(_ROOM) is None:
        return  # as the code gave it, and never otherwise
    widget.setProperty(_ROOM, True)
    for layout in widget.findChildren(QLayout):
        room = layout.property(_ROOM)
        if room is None:
            if share == 1:
                continue
            margins = layout.contentsMargins()
            sides = (margins.left(), margins.top(), margins.right(), margins.bottom())
            room = [*sides, layout.spacing()]
            layout.setProperty(_ROOM, room)
        layout.setContentsMargins(*(round(side * share) for side in room[:4]))
        if room[4] >= 0:
            layout.setSpacing(round(room[4] * share))


def _other(app: QApplication) -> str:
    families = QFontDatabase.families()
    default = QFontInfo(app.font()).family()
    return next((name for name in _OTHERS if name in families), default)


def _load_shipped() -> str:
    found = importlib.util.find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        return ""
    family = ""
    folder = Path(found.origin).parent / "files"
    for face in _FACES:
        number = QFontDatabase.addApplicationFont(
            str(folder / f"SourceSansPro-{face}.ttf")
        )
        names = QFontDatabase.applicationFontFamilies(number)
        family = family or next(iter(names), "")
    return family
