"""Buttons: those that Return presses, and those for the mouse alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton

if TYPE_CHECKING:
    from collections.abc import Callable


def push_button(words: str, name: str, pressed: Callable[[], object]) -> QPushButton:
    """A button that Return presses, too.

    Args:
        words: what it says.
        name: its accessible name.
        pressed: what it does.
    """
    button = QPushButton(words)
    button.setAccessibleName(name)
    button.setAutoDefault(True)
    button.clicked.connect(lambda: pressed())
    return button


def tool_button(
    words: str, name: str, tip: str, pressed: Callable[[], object]
) -> QToolButton:
    """A small button for the mouse; the keyboard has a command for it.

    Args:
        words: what it says.
        name: its accessible name.
        tip: what is said where the mouse rests on it.
        pressed: what it does.
    """
    button = QToolButton()
    button.setText(words)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(lambda: pressed())
    return button


def sign_button(
    sign: str, name: str, tip: str, pressed: Callable[[], object]
) -> QToolButton:
    """A :func:`tool_button` of one sign, without a frame."""
    button = tool_button(sign, name, tip, pressed)
    button.setProperty("role", "sign")
    return button
