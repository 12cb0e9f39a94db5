"""Where the keyboard is, and letters that stay where they are typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMenuBar, QWidget

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


class MenuBar(QMenuBar):
    """Menus that are gone through by keyboard: plain keys are theirs meanwhile.

    Qt takes a command of a menu for one of the menu bar's, wherever in the window its
    key works: Down and Enter would run one, or be ambiguous, and open no menu.
    """

    def event(self, event: QEvent) -> bool:
        """Keep plain keys from the window's commands."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not event.modifiers() & _COMMANDING
        ):
            event.accept()
            return True
        return super().event(event)


def has_keyboard(widget: QWidget) -> bool:
    """Tell whether the keyboard is in a widget that is seen."""
    focus = QApplication.focusWidget()
    return widget.isVisible() and focus is not None and widget.isAncestorOf(focus)
