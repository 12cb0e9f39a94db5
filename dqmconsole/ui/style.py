"""The window's own part of the style sheet: what only this window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.ui.theme import stylesheet

if TYPE_CHECKING:
    from dqmconsole.ui.theme import Theme

_SHEET = """
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
QFrame[role="choice"] {{
    background: {panel}; border: 1px solid {line}; border-radius: 3px;
}}
QFrame[role="choice"]:hover {{ background: {hover}; }}
QFrame[role="choice"]:focus {{ border: 1px solid {selection}; }}
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
QTabWidget::pane {{ border: none; border-top: 1px solid {line}; }}
QTabBar {{ background: {panel}; }}
QTabBar::tab {{ background: {panel}; border: none; padding: 5px 12px; }}
QTabBar::tab:selected {{ border-bottom: 2px solid {selection}; }}
QScrollArea[role="clear"] {{ background: transparent; border: none; }}
QMenuBar {{ background: {ground}; border: none; }}
QStatusBar {{ background: {ground}; }}
QStatusBar::item {{ border: none; }}
QDockWidget::title {{
    background: {ground}; border: none; padding: 1px 4px 3px 4px;
}}
QDockWidget {{ color: {muted}; }}
"""


def window_style(theme: Theme) -> str:
    """Return the whole style sheet: the theme's, and the window's own parts."""
    return stylesheet(theme) + _SHEET.format_map(vars(theme))
