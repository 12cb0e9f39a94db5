"""Where the keyboard is, and letters that stay where they are typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

_COMMANDING = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


def keep_letter(event: QEvent) -> bool:
    """Keep a letter or digit from the window's commands; tell whether it was one.

    Qt asks what has the keyboard, and then what holds that, whether it wants a key for
    itself (ShortcutOverride); fields of text do, buttons and lists do not.
    """
    kept = (
        event.type() is QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and not event.modifiers() & _COMMANDING
        and event.text().isprintable()
        and bool(event.text())
    )
    if kept:
        event.accept()
    return kept


def has_keyboard(widget: QWidget) -> bool:
    """Tell whether the keyboard is in a widget that is seen."""
    focus = QApplication.focusWidget()
    return widget.isVisible() and focus is not None and widget.isAncestorOf(focus)
