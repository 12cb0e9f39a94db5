"""The quiet room of the exam: the page alone, few commands, everything put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenuBar, QWidget

if TYPE_CHECKING:
    from dqmconsole.ui.parts import Parts

ALLOWED = frozenset(
    {
        *("select-left", "select-right", "select-up", "select-down"),
        *("detail", "next-plot", "previous-plot", "reference", "log", "reset-zoom"),
        *("theme", "full-screen", "quit"),
    }
)
"""Commands of an item: looking closer at the page, and nothing that leads elsewhere."""


class ExamRoom(QObject):
    """Docks, menus and the foot of the window are put aside, verdicts hidden.

    Attributes:
        entered: the room is quiet now.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.context.window)
        self._parts = parts
        self._aside: list[QWidget] = []
        self.entered = False

    def enter(self) -> None:
        """Make it quiet; nothing when it is."""
        context = self._parts.context
        context.client.set_blinded(True)
        if self.entered:
            return
        self.entered = True
        if context.paused_at is not None:
            context.resume()
        for sheet in self._parts.sheets:
            if sheet.isVisible():
                sheet.dismiss()
        self._aside = [each for each in self._around() if not each.isHidden()]
        for widget in self._aside:
            widget.hide()
        context.only = ALLOWED
        self._tell()

    def leave(self) -> None:
        """Put everything back; verdicts show again with the next source that is opened.

        Until then the last item keeps its secret: nobody learns the truth of an item
        by leaving.
        """
        if not self.entered:
            return
        self.entered = False
        context = self._parts.context
        context.client.end_blinding()
        context.only = None
        for widget in self._aside:
            widget.show()
        self._aside = []
        self._tell()

    def _tell(self) -> None:
        """Other commands are allowed now, pause among them."""
        self._parts.context.sense_changed.emit()
        self._parts.context.paused.emit()

    def _around(self) -> list[QWidget]:
        parts, window = self._parts, self._parts.context.window
        found: list[QWidget] = [*parts.docks.values(), window.statusBar()]
        top = window.menuWidget()
        menus = top.findChild(QMenuBar) if top is not None else None
        if isinstance(menus, QMenuBar):
            found.append(menus)
        return [*found, parts.band]
