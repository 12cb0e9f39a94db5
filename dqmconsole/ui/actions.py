"""The commands as Qt actions, hung where their keys work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QMenu,
)

from dqmconsole.ui.commands import ALARM_MENU, PLOT_MENU, key_words
from dqmconsole.ui.feature import WINDOW
from dqmconsole.ui.live.overview import OverviewPage
from dqmconsole.ui.palette import PaletteEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QMenuBar, QWidget

    from dqmconsole.shift.pages import PageName
    from dqmconsole.ui.feature import Command
    from dqmconsole.ui.live.detail import DetailView
    from dqmconsole.ui.live.own_windows import OwnWindow
    from dqmconsole.ui.parts import Parts


def _moves(command: Command) -> bool:
    """Tell whether it moves something bit by bit: the mouse drags that instead."""
    arrows = ("+Left", "+Right", "+Up", "+Down")
    return any(key.endswith(arrows) for key in command.keys)


class Actions(QObject):
    """The commands as Qt actions, hung where their keys work.

    Args:
        parts: what they work on.
        commands: all of the window.
        bar: the menu bar to fill.
    """

    def __init__(
        self, parts: Parts, commands: Sequence[Command], bar: QMenuBar
    ) -> None:
        super().__init__(parts.context)
        self._parts = parts
        self._commands = tuple(commands)
        self._actions: dict[str, QAction] = {}
        menus: dict[str, QMenu] = {}
        for command in commands:
            if command.menu not in menus:
                menus[command.menu] = bar.addMenu(f"&{command.menu}")
            action = QAction(command.title, self)
            action.setObjectName(command.id)
            action.setShortcuts([QKeySequence(key) for key in command.keys])
            action.setAutoRepeat(command.repeats)
            if not command.scope.whole:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(partial(self._run, command))
            for widget in command.scope.widgets(parts):
                widget.addAction(action)
            menus[command.menu].addAction(action)
            self._actions[command.id] = action
        self._offer_menus()
        self._fill(parts.view.detail)
        parts.windows.opened.connect(self._hang)
        self._scoped = [each for each in commands if each.scope is not WINDOW]
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    def enable(self) -> None:
        """Enable what makes sense now."""
        self._enable(self._commands)

    def refuse(self, keys: QKeySequence) -> None:
        """Say of keys that nobody took whose they are, when that has no use here."""
        for command in self._commands:
            action = self._actions[command.id]
            known = command.scope.whole and keys in action.shortcuts()
            if known and not action.isEnabled() and command.is_offered(self._parts):
                written = keys.toString(QKeySequence.SequenceFormat.NativeText)
                why = "has no use here"
                windows = self._parts.windows
                if command.scope.name == "tools" and windows.grid is not None:
                    why = "is for a plot alone (Enter)"
                words = f"{written} {why}: {command.title}"
                self._parts.context.said.emit(words)
                return

    def show_plot_menu(self, at: QPoint, where: QWidget) -> None:
        """Show what can be done with the selected plot, at a place on the screen.

        Args:
            at: the place, px.
            where: page or plot alone, in whichever window.
        """
        plot = [
            each.id
            for each in self._commands
            if each.menu == "Plot" and not _moves(each)
        ]
        self._show_menu(at, where, (plot, *PLOT_MENU))

    def show_alarm_menu(self, at: QPoint) -> None:
        """Show what can be done with the selected alarm, at a place on the screen."""
        self._show_menu(at, self._parts.strip, ALARM_MENU)

    def _show_menu(
        self, at: QPoint, where: QWidget, groups: Sequence[Sequence[str]]
    ) -> None:
        """Show those commands that work in a widget, and make sense."""
        self.enable()
        menu = QMenu(where.window())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        commands = {each.id: each for each in self._commands}
        for ids in groups:
            for command in (commands[each] for each in ids):
                action = self._actions[command.id]
                if action.isEnabled() and self._works(command, where):
                    menu.addAction(action)
            menu.addSeparator()
        menu.popup(at)

    def _works(self, command: Command, where: QWidget) -> bool:
        """Tell whether the keys of a command work in a widget."""
        widgets = command.scope.widgets(self._parts)
        return any(each is where or each.isAncestorOf(where) for each in widgets)

    def _offer_menus(self) -> None:
        """Give every list, table and tree a menu of the commands that are its own."""
        own: dict[QAbstractScrollArea, list[str]] = {}
        for command in self._commands:
            for widget in command.scope.widgets(self._parts):
                if isinstance(widget, QAbstractItemView | OverviewPage):
                    own.setdefault(widget, []).append(command.id)
        for widget, ids in own.items():
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(
                partial(self._row_menu, widget, ids)
            )

    def _row_menu(
        self, widget: QAbstractScrollArea, ids: Sequence[str], at: QPoint
    ) -> None:
        """Go to the row under the mouse, and offer what can be done with it."""
        widget.setFocus(Qt.FocusReason.MouseFocusReason)
        if isinstance(widget, QAbstractItemView):
            if not widget.indexAt(at).isValid():
                return
            widget.setCurrentIndex(widget.indexAt(at))
        elif isinstance(widget, OverviewPage) and not widget.go_to(at):
            return
        self._show_menu(widget.viewport().mapToGlobal(at), widget, (ids,))

    def _hang(self, window: OwnWindow) -> None:
        """Let what is done to plots, and to such windows, work in one that is new."""
        for command in self._commands:
            for widget in command.scope.widgets(self._parts):
                if widget is window or window.isAncestorOf(widget):
                    widget.addAction(self._actions[command.id])
        window.menu_wanted.connect(self.show_plot_menu)
        if window.key:
            self._fill(window.detail)

    def _fill(self, detail: DetailView) -> None:
        """Give a plot alone a button for each tool."""
        for command in self._commands:
            tool = command.tool
            if tool is None:
                continue
            keys = key_words(command)
            bar = detail.zooms if tool.zooms else detail.bar
            bar.add_tool(
                tool.word,
                f"{command.title} ({keys})" if keys else command.title,
                self._actions[command.id].trigger,
                on=partial(tool.on, detail) if tool.on is not None else None,
                fits=partial(self._fits, command, detail),
            )
        detail.refresh_bars()

    def _fits(self, command: Command, detail: DetailView) -> bool:
        """Tell whether a tool is for the plot shown, and allowed."""
        tool = command.tool
        allowed = self._parts.context.allows(command.id)
        return tool is not None and allowed and tool.fits(detail)

    def _enable(self, commands: Sequence[Command]) -> None:
        allows = self._parts.context.allows
        for command in commands:
            sensible = command.makes_sense(self._parts) and allows(command.id)
            self._actions[command.id].setEnabled(sensible)
            if command.condition:
                offered = command.is_offered(self._parts)
                self._actions[command.id].setVisible(offered)

    def _focus_changed(self) -> None:
        """Enable what makes sense where the keyboard has come."""
        self._enable(self._scoped)

    def ways(self) -> list[PaletteEntry]:
        """What the welcome page offers."""
        return [
            PaletteEntry(
                command.welcome,
                key_words(command),
                self._actions[command.id].trigger,
            )
            for command in self._commands
            if command.welcome and command.makes_sense(self._parts)
        ]

    def entries(
        self, pages: Sequence[PageName], show: Callable[[PageName], None]
    ) -> list[PaletteEntry]:
        """What the palette lists: the commands that make sense now, and the pages.

        Args:
            pages: the pages of the site.
            show: shows one.
        """
        self.enable()
        found = [
            PaletteEntry(
                f"{command.menu}: {command.title}",
                key_words(command),
                self._actions[command.id].trigger,
            )
            for command in self._commands
            if self._actions[command.id].isEnabled() and command.id != "palette"
        ]
        found += [
            PaletteEntry(f"Page: {name.title}", "", partial(show, name))
            for name in pages
        ]
        return found

    def _run(self, command: Command, _checked: bool = False) -> None:
        said = command.run(self._parts)
        if isinstance(said, str) and said:
            self._parts.context.say(said)
        self._parts.context.used.emit(command.id)
