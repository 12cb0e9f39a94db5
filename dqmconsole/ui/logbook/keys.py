"""Keys that a part of the book takes for itself, before the window's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMMANDING = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class OwnKeys(QObject):
    """Takes keys for a widget, or for everything in it, while it has the keyboard.

    The window's commands have single letters as keys; Qt asks the widget with the
    keyboard first whether it wants a key for itself (ShortcutOverride).

    Args:
        widget: what has the keys.
        keys: key ("Ctrl+Return") -> what it does.
        within: the children's keys, too.
        plain: no letter or digit reaches the window's commands.
    """

    def __init__(
        self,
        widget: QWidget,
        keys: Mapping[str, Callable[[], object]],
        *,
        within: bool = False,
        plain: bool = False,
    ) -> None:
        super().__init__(widget)
        self._keys = dict(keys)
        self._plain = plain
        widget.installEventFilter(self)
        for child in widget.findChildren(QWidget) if within else ():
            if child.window() is widget.window():  # the list of a combo box is not
                child.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say which keys are wanted, and do what they do."""
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        do = self._keys.get(_chord(event.keyCombination()))
        if event.type() == QEvent.Type.ShortcutOverride:
            if do is not None or (self._plain and _is_plain(event)):
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and do is not None:
            do()
            return True
        return super().eventFilter(watched, event)


def _chord(pressed: QKeyCombination) -> str:
    """Write what was pressed: "Ctrl+Return"; Enter of the number pad is Return."""
    key = pressed.key()
    if key == Qt.Key.Key_Enter:
        key = Qt.Key.Key_Return
    held = pressed.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(held, key)).toString()


def _is_plain(event: QKeyEvent) -> bool:
    return (
        not event.modifiers() & _COMMANDING
        and event.text().isprintable()
        and bool(event.text())
    )
