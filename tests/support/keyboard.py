"""Hands on the keyboard of a window, and eyes that read it by accessible names."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from dqmconsole.ui.window import MainWindow

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
RETURN = Qt.Key.Key_Return
ESC = Qt.Key.Key_Escape


class Keyboard:
    """Somebody at a window who has its keyboard and nothing else."""

    window: MainWindow
    _last: WeakValueDictionary[str, QWidget] | None = None

    def live(self) -> None:
        """Let the window live for a moment, after each key."""
        QApplication.processEvents()

    def press(
        self, key: Qt.Key | str, modifiers: Qt.KeyboardModifier = NONE, times: int = 1
    ) -> None:
        """Press a key where the keyboard is."""
        for _ in range(times):
            target = QApplication.focusWidget() or self.window
            QTest.keyClick(target, key, modifiers)  # type: ignore[call-overload]
        self.live()

    def type(self, words: str) -> None:
        """Type words where the keyboard is, faster than the window is painted."""
        QTest.keyClicks(QApplication.focusWidget() or self.window, words)
        self.live()

    def tab_to(self, name: str, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press Tab until something of that accessible name has the keyboard."""
        for _ in range(25):
            if self.focus() == name:
                return
            self.press(Qt.Key.Key_Tab, modifiers)
        message = f"Tab never comes to {name}"
        raise AssertionError(message)

    def focus(self) -> str:
        """Accessible name of what has the keyboard."""
        widget = QApplication.focusWidget()
        return widget.accessibleName() if widget is not None else ""

    def seen(self, name: str) -> QWidget | None:
        """The visible widget of that accessible name.

        What was seen last is looked at first: a window has more than a thousand, and
        who waits looks hundreds of times.
        """
        if self._last is None:
            self._last = WeakValueDictionary()
        last = self._last.get(name)
        if last is not None and isValid(last) and _is_seen(last, name):
            return last
        for widget in self.window.findChildren(QWidget):
            if _is_seen(widget, name):
                self._last[name] = widget
                return widget
        return None

    def words(self, name: str) -> str:
        """What the visible widget of that name says, uncut; "" when there is none."""
        found = self.seen(name)
        if found is None:
            return ""
        if isinstance(found, QLabel):
            return getattr(found, "words", "") or found.text()
        return found.accessibleDescription()


def _is_seen(widget: QWidget, name: str) -> bool:
    return widget.accessibleName() == name and widget.isVisible()
