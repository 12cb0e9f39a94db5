"""The look of the console: its colours, light and dark, its scale, its style sheet.

After ISA-101: calm grey ground, muted data, saturated colour for the abnormal
only. No status rests on colour alone; :mod:`dqmconsole.ui.marks` draws the shapes.
The drawing's muted inks reach only 4.0 to 4.5:1 on ground and panel; they are
darker (lighter) here so that every text has 4.5:1 on every surface it lies on
(WCAG 2.1, success criterion 1.4.3).
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from collections.abc import Iterator

Density = Literal["comfortable", "compact"]
DENSITIES: tuple[Density, ...] = get_args(Density)
ROOM: dict[Density, float] = {"comfortable": 1.0, "compact": 0.6}


@dataclass(frozen=True)
class Theme:
    """Colours as ``#RRGGBB``.

    Attributes:
        name: "light" or "dark".
        ground: behind everything.
        panel: header, navigator, docks.
        tile: a plot's own ground; also the colour of empty cells.
        ink: text.
        muted: secondary text and axes.
        line: frames and separators.
        fill: data, filled.
        edge: outline of the data.
        reference: outline of the reference.
        selection: the ring around what is selected.
        warning: amber of borders and marks; not for text (see `warning_ink`).
        bad: red of borders and marks; not for text (see `bad_ink`).
        warning_ink: amber dark (light) enough to be read.
        bad_ink: red dark (light) enough to be read.
        on_warning: text on `warning`.
        on_bad: text on `bad`.
        training: violet of the TRAINING band; used for nothing else.
        on_training: text on `training`.
        hatch: lines over known regions.
        hover: behind what the mouse is over.
        overlays: outlines of further elements on the same axes, told apart by
            dash as well.
    """

    name: str
    ground: str
    panel: str
    tile: str
    ink: str
    muted: str
    line: str
    fill: str
    edge: str
    reference: str
    selection: str
    warning: str
    bad: str
    warning_ink: str
    bad_ink: str
    on_warning: str
    on_bad: str
    training: str
    on_training: str
    hatch: str
    hover: str
    overlays: tuple[str, ...]


LIGHT = Theme(
    name="light",
    ground="#E6E8EA",
    panel="#F2F3F4",
    tile="#FBFBFB",
    ink="#1F2A33",
    muted="#5A6670",
    line="#C5CBD0",
    fill="#9DB2C4",
    edge="#4F6B82",
    reference="#1F2A33",
    selection="#2F6DA8",
    warning="#E69F00",
    bad="#C8371B",
    warning_ink="#845600",
    bad_ink="#B52F15",
    on_warning="#1F2A33",
    on_bad="#FFFFFF",
    training="#6B3FA0",
    on_training="#FFFFFF",
    hatch="#66727C",
    hover="#DDE2E6",
    overlays=("#2A7F7A", "#7A6A2A", "#A0527A"),
)

DARK = Theme(
    name="dark",
    ground="#23282D",
    panel="#2B3137",
    tile="#1D2126",
    ink="#DDE3E8",
    muted="#9BA7B1",
    line="#3C454D",
    fill="#5C7488",
    edge="#8FADC6",
    reference="#E8EDF1",
    selection="#5AA2E0",
    warning="#F0B429",
    bad="#F0603A",
    warning_ink="#F0B429",
    bad_ink="#F5815F",
    on_warning="#1D2126",
    on_bad="#14171A",
    training="#B79AF0",
    on_training="#1D2126",
    hatch="#8D99A3",
    hover="#363E46",
    overlays=("#6CC4BC", "#C9B668", "#DC93B6"),
)

PAPER = replace(LIGHT, ground="#FFFFFF", panel="#FFFFFF", tile="#FFFFFF")
"""For what is printed."""

_SHEET = """
* {{ outline: none; }}
QWidget {{ color: {ink}; background: {ground}; }}
QMainWindow::separator {{ background: {ground}; width: 8px; height: 8px; }}
QMainWindow::separator:hover {{ background: {line}; }}
QLabel, QCheckBox, QRadioButton {{ background: transparent; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="bad"] {{ color: {bad_ink}; font-weight: bold; }}
QLabel[role="warning"] {{ color: {warning_ink}; font-weight: bold; }}
QFrame[role="panel"] {{ background: {panel}; border: none; border-radius: 4px; }}
QFrame[role="training"] {{ background: {training}; border: none; }}
QFrame[role="training"] QLabel {{ color: {on_training}; font-weight: bold; }}
QDockWidget > QWidget {{ background: {panel}; }}
QTreeView, QListView, QTableView, QTextBrowser, QPlainTextEdit, QTextEdit {{
    background: {panel}; alternate-background-color: {panel};
    border: 1px solid {line};
    selection-background-color: {selection}; selection-color: {tile};
}}
QTreeView, QListView, QTableView {{ icon-size: 14px; }}
QTreeView::item, QListView::item {{ padding: 2px 0; border: none; }}
QTreeView::item:hover, QListView::item:hover {{ background: {hover}; }}
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {{
    background: {selection}; color: {tile};
}}
QTreeView::branch {{ background: {panel}; }}
QTreeView::branch:selected {{ background: {selection}; }}
QHeaderView::section {{
    background: {panel}; color: {muted}; border: none;
    border-bottom: 1px solid {line}; padding: 4px 8px;
}}
QLineEdit {{
    background: {tile}; border: 1px solid {line}; border-radius: 3px;
    padding: 4px 8px; selection-background-color: {selection};
    selection-color: {tile}; placeholder-text-color: {muted};
}}
QLineEdit:focus, QTreeView:focus, QListView:focus, QTableView:focus,
QTextBrowser:focus, QPlainTextEdit:focus, QTextEdit:focus {{
    border: 1px solid {selection};
}}
QPushButton, QToolButton, QComboBox {{
    background: {panel}; border: 1px solid {line}; border-radius: 3px;
    padding: 4px 12px;
}}
QToolButton {{ padding: 4px 8px; }}
QPushButton[role="row"] {{ background: {tile}; padding: 1px 7px; }}
QPushButton[role="row"]:hover {{ background: {hover}; }}
QToolButton[role="sign"] {{
    background: transparent; border: none; color: {muted}; padding: 0 6px;
}}
QToolButton[role="sign"]:hover {{ background: {hover}; color: {ink}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {selection}; }}
QPushButton:hover, QToolButton:hover, QComboBox:hover {{ background: {hover}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus {{
    border: 1px solid {selection};
}}
QPushButton:checked, QToolButton:checked {{
    background: {hover}; border: 1px solid {muted};
}}
QPushButton:disabled, QToolButton:disabled {{ color: {muted}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url({arrow}); width: 10px; height: 10px; }}
QComboBox QAbstractItemView {{
    background: {tile}; border: 1px solid {line};
    selection-background-color: {selection}; selection-color: {tile};
}}
QMenuBar {{ background: {ground}; border: none; }}
QMenuBar::item {{ background: transparent; padding: 4px 8px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {tile}; border: 1px solid {line}; padding: 4px 0; }}
QMenu::item {{ padding: 4px 24px 4px 16px; background: transparent; }}
QMenu::item:selected {{ background: {selection}; color: {tile}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolTip {{
    background: {tile}; color: {ink}; border: 1px solid {muted}; padding: 4px 8px;
}}
QToolBar {{ background: transparent; border: none; padding: 0; spacing: 4px; }}
QToolBar QToolButton {{ padding: 3px 6px; }}
QStatusBar {{ background: {ground}; color: {muted}; }}
QStatusBar::item {{ border: none; }}
QTabBar {{ background: {panel}; }}
QTabBar::tab {{
    background: {panel}; color: {muted}; border: none; padding: 4px 12px;
}}
QTabBar::tab:selected {{
    background: {panel}; color: {ink}; border-bottom: 2px solid {selection};
}}
QTabBar::scroller {{ width: 48px; }}
QTabBar QToolButton {{ padding: 0; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {line}; }}
QScrollArea {{ border: none; background: {ground}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {line}; border-radius: 4px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {ground}; }}
QProgressBar {{
    background: {tile}; border: 1px solid {line}; border-radius: 3px;
    text-align: center;
}}
QProgressBar::chunk {{ background: {fill}; }}
*[role="clear"] {{ background: transparent; }}
QFrame[role="overlay"] {{
    background: {tile}; border: 1px solid {muted}; border-radius: 4px;
}}
QFrame[role="overlay"] QTreeWidget {{ background: {tile}; border: none; }}
QFrame[role="overlay"] QScrollArea, QFrame[role="overlay"] QWidget[role="sheet"] {{
    background: {tile}; border: none;
}}
QLabel[role="banner"] {{
    background: {ink}; color: {panel}; padding: 3px 8px; font-weight: bold;
    border-radius: 3px;
}}
QLabel[role="training"] {{
    background: {training}; color: {on_training}; padding: 3px 8px; font-weight: bold;
    border-radius: 3px;
}}
QLabel[role="violet"] {{ color: {training}; }}
QFrame[role="choice"], QFrame[role="pointed choice"] {{
    background: {panel}; border: 1px solid {line}; border-radius: 3px;
}}
QFrame[role="pointed choice"] {{ background: {hover}; }}
QFrame[role="choice"]:focus, QFrame[role="pointed choice"]:focus {{
    border: 1px solid {selection};
}}
QLabel[role="key"] {{
    background: {panel}; border: 1px solid {line}; border-radius: 3px;
    padding: 1px 5px;
}}
QLabel[role="group"] {{ color: {muted}; font-weight: bold; }}
QDockWidget QTreeView::item:selected, QDockWidget QListView::item:selected,
QDockWidget QTreeView::branch:selected {{ background: {hover}; color: {ink}; }}
#NavigatorTree, #ElementTree, #FoundList {{ border: none; }}
#NavigatorTree:focus, #ElementTree:focus, #FoundList:focus {{ border: none; }}
QTreeView[role="roomy"]::item {{ padding: 5px 2px; }}
QListView[role="rows"] {{ background: transparent; border: 1px solid transparent; }}
QListView[role="rows"]:focus {{ border: 1px solid {selection}; }}
QScrollArea[role="clear"] {{ background: transparent; border: none; }}
"""


class Colours(QObject):
    """The look in force: what draws reads it, and hears when it is another.

    Args:
        theme: the theme to begin with.
        scale: of text, marks and room; see :mod:`dqmconsole.ui.fonts`.
        density: how much room there is around and between.

    Attributes:
        theme, scale, density: what is in force.

    Signals:
        changed: one of them is another; the application's font is by then at the
            scale, for the window listens first.
        lent_changed: plots are to be drawn in another theme, for a picture of them,
            or in their own again; nothing else is.
    """

    changed = Signal()
    lent_changed = Signal()

    def __init__(
        self, theme: Theme, scale: float = 1.0, density: Density = "comfortable"
    ) -> None:
        super().__init__()
        self.theme = theme
        self.scale = scale
        self.density = density

    @property
    def room(self) -> float:
        """Room around and between, as a share of what it is when comfortable."""
        return ROOM[self.density]

    def change(self, theme: Theme) -> None:
        """Put another theme in force."""
        self.theme = theme
        self.changed.emit()

    @contextmanager
    def lent(self, theme: Theme) -> Iterator[None]:
        """Draw plots in another theme for as long as a picture is made of them."""
        own, self.theme = self.theme, theme
        self.lent_changed.emit()
        try:
            yield
        finally:
            self.theme = own
            self.lent_changed.emit()

    def rescale(self, scale: float) -> None:
        """Put another scale in force."""
        if scale != self.scale:
            self.scale = scale
            self.changed.emit()

    def pack(self, density: Density) -> None:
        """Put another density in force."""
        if density != self.density:
            self.density = density
            self.changed.emit()


_ARROW = Path(__file__).with_name("down.png")  # grey: it is seen on both grounds
_PIXELS = re.compile(r"\b(\d+)px")
_AROUND = re.compile(r"(?:padding|margin)[^:;]*:[^;]*;")


@cache
def blend(colour: str, other: str, share: float) -> QColor:
    """A colour with a share of another one in it: none at 0, nothing else at 1."""
    one, two = QColor(colour), QColor(other)
    mixed = (
        round(a + (b - a) * share)
        for a, b in (
            (one.red(), two.red()),
            (one.green(), two.green()),
            (one.blue(), two.blue()),
        )
    )
    return QColor(*mixed)


def stylesheet(theme: Theme, scale: float = 1.0, room: float = 1.0) -> str:
    """Return the style sheet of a whole window.

    Widgets choose a part of it by the dynamic property ``role``: a QFrame "panel",
    a QLabel "muted" … Its lines are one pixel wide at every scale.

    Args:
        theme: the colours.
        scale: all its other pixels are multiplied by.
        room: its paddings and margins are multiplied by, too.
    """

    def scaled(share: float, text: str) -> str:
        def times(found: re.Match[str]) -> str:
            pixels = int(found[1])
            return f"{pixels if pixels <= 1 else max(round(pixels * share), 1)}px"

        return _PIXELS.sub(times, text)

    sheet = _SHEET.format_map({**vars(theme), "arrow": _ARROW.as_posix()})
    pieces, done = [], 0
    for around in _AROUND.finditer(sheet):
        pieces.append(scaled(scale, sheet[done : around.start()]))
        pieces.append(scaled(scale * room, around[0]))
        done = around.end()
    pieces.append(scaled(scale, sheet[done:]))
    return "".join(pieces)
