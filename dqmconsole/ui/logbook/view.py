"""The book in its dock: runs and flags, entries, check-lists, hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.logbook.checklists import ChecklistTab
from dqmconsole.ui.logbook.entries import EntriesTab
from dqmconsole.ui.logbook.flags import FlagTab
from dqmconsole.ui.logbook.handing import HandOverTab

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from dqmconsole.ui.context import Context

LogbookTab = Literal["flags", "entries", "checklists", "hand-over"]
TAB_NAMES: tuple[LogbookTab, ...] = ("flags", "entries", "checklists", "hand-over")
NARROWEST = 480  # px
TITLES = ("Runs and flags", "Entries", "Check-lists", "Hand-over")


class LogbookView(QWidget):
    """The four tabs of the book."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setAccessibleName("Book")
        self.flags = FlagTab(context)
        self.entries = EntriesTab(context)
        self.checklists = ChecklistTab(context)
        self.handing = HandOverTab(context)
        self._pages = (self.flags, self.entries, self.checklists, self.handing)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("What the tabs show")
        self._tabs.tabBar().setAccessibleName("Tabs of the book")
        for tab, title in zip(self._pages, TITLES, strict=True):
            self._tabs.addTab(tab, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._tabs)
        self._tabs.currentChanged.connect(lambda _index: self._turned())
        self._turned()

    def show_tab(self, tab: LogbookTab) -> None:
        """Turn to a tab, and give it the keyboard."""
        outside = not has_keyboard(self)
        self._tabs.setCurrentIndex(TAB_NAMES.index(tab))
        self.show_session(self._context.clock())
        if tab == "flags" and outside:
            self.flags.turn_to_view()
        self._pages[TAB_NAMES.index(tab)].first_field().setFocus()

    def show_session(self, now: float) -> None:
        """Show again what depends on the book and the run; cheap when hidden."""
        if self.isVisible():
            self._tab().show_session(now)

    def confirm_flags(self) -> None:
        """Confirm all proposals of the run shown that nothing speaks against."""
        self.flags.confirm()

    def sign_off(self) -> None:
        """Sign the run shown off."""
        self.flags.sign_off()

    def turn(self, step: int) -> None:
        """Turn `step` tabs on, round the end."""
        index = (self._tabs.currentIndex() + step) % len(TAB_NAMES)
        self.show_tab(TAB_NAMES[index])

    def leave(self) -> bool:
        """Leave what is being written in a line of a tab, or a history.

        Returns:
            Whether there was something to leave.
        """
        if not has_keyboard(self):
            return False
        return self.flags.leave() or self.entries.leave()

    def minimumSizeHint(self) -> QSize:
        """Never so wide that the window would not fit a small screen."""
        least = super().minimumSizeHint()
        return QSize(min(least.width(), NARROWEST), least.height())

    def showEvent(self, event: QShowEvent) -> None:
        """Show what changed while it was hidden."""
        super().showEvent(event)
        self.show_session(self._context.clock())
        if not has_keyboard(self):
            self.flags.turn_to_view()

    # -- inside ------------------------------------------------------------------

    def _tab(self) -> FlagTab | EntriesTab | ChecklistTab | HandOverTab:
        return self._pages[self._tabs.currentIndex()]

    def _turned(self) -> None:
        self.setFocusProxy(self._tab().first_field())
        self.show_session(self._context.clock())
