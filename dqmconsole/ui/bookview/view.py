"""The book in its dock: runs and flags, entries, check-lists, hand-over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QTabWidget, QVBoxLayout, QWidget

from dqmconsole.ui.bookview.checklists import ChecklistLeaf
from dqmconsole.ui.bookview.entries import EntriesLeaf
from dqmconsole.ui.bookview.flags import FlagLeaf
from dqmconsole.ui.bookview.handing import HandingLeaf

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from dqmconsole.shift.entries import Written
    from dqmconsole.ui.hands import Hands
    from dqmconsole.ui.theme import Theme

Leaf = Literal["flags", "entries", "checklists", "hand-over"]
LEAVES: tuple[Leaf, ...] = ("flags", "entries", "checklists", "hand-over")
TITLES = ("Runs and flags", "Entries", "Check-lists", "Hand-over")


class BookView(QWidget):
    """The four leaves of the book."""

    def __init__(self, hands: Hands, theme: Theme) -> None:
        super().__init__()
        self._hands = hands
        self._theme = theme
        self.setAccessibleName("Book")
        self.flags = FlagLeaf(hands, theme)
        self.entries = EntriesLeaf(hands, theme, self._correct)
        self.checklists = ChecklistLeaf(hands, theme)
        self.handing = HandingLeaf(hands, theme)
        self._leaves = (self.flags, self.entries, self.checklists, self.handing)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("Leaves of the book")
        self._tabs.tabBar().setAccessibleName("Leaf")
        for leaf, title in zip(self._leaves, TITLES, strict=True):
            self._tabs.addTab(leaf, title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._tabs)
        for key, step in (("Ctrl+Tab", 1), ("Ctrl+Shift+Tab", -1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._turn, step))
        self._tabs.currentChanged.connect(lambda _index: self._turned())
        self._turned()

    def show_leaf(self, leaf: Leaf) -> None:
        """Turn to a leaf, and give it the keyboard."""
        outside = not self._is_used()
        self._tabs.setCurrentIndex(LEAVES.index(leaf))
        self.show_duty(self._hands.clock())
        if leaf == "flags" and outside:
            self.flags.turn_to_view()
        self._leaves[LEAVES.index(leaf)].first_field().setFocus()

    def show_duty(self, now: float) -> None:
        """Show anew what depends on the book and the run; cheap when hidden."""
        if self.isVisible():
            self._leaf().show_duty(now)

    def confirm_flags(self) -> None:
        """Confirm all proposals of the run shown that nothing speaks against."""
        self.flags.confirm()

    def sign_off(self) -> None:
        """Sign the run shown off."""
        self.flags.sign_off()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for leaf in self._leaves:
            leaf.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what changed while it was hidden."""
        super().showEvent(event)
        self.show_duty(self._hands.clock())
        if not self._is_used():
            self.flags.turn_to_view()

    # -- inside ------------------------------------------------------------------

    def _is_used(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _leaf(self) -> FlagLeaf | EntriesLeaf | ChecklistLeaf | HandingLeaf:
        return self._leaves[self._tabs.currentIndex()]

    def _turn(self, step: int) -> None:
        index = (self._tabs.currentIndex() + step) % len(LEAVES)
        self.show_leaf(LEAVES[index])

    def _turned(self) -> None:
        self.setFocusProxy(self._leaf().first_field())
        self.show_duty(self._hands.clock())

    def _correct(self, entry: Written) -> None:
        self._hands.shift_parts.entry.correct(entry)
