"""The commands as Qt actions, hung where their keys work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu

from dqmconsole.ui.commands import OWN_WINDOW, PAGES, PLOT, TOOLS, key_words
from dqmconsole.ui.feature import WINDOW
from dqmconsole.ui.palette import PaletteEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QMenuBar

    from dqmconsole.shift.pages import PageName
    from dqmconsole.ui.feature import Command
    from dqmconsole.ui.live.detail import DetailView
    from dqmconsole.ui.live.own_windows import OwnWindow
    from dqmconsole.ui.parts import Parts


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
            if command.scope is not WINDOW:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(partial(self._run, command))
            for widget in command.scope.widgets(parts):
                widget.addAction(action)
            menus[command.menu].addAction(action)
            self._actions[command.id] = action
        self._fill(parts.view.detail)
        parts.windows.opened.connect(self._hang)
        self._scoped = [each for each in commands if each.scope is not WINDOW]
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    def enable(self) -> None:
        """Enable what makes sense now."""
        self._enable(self._commands)

    def show_menu(self, at: QPoint, title: str = "Plot") -> None:
        """Show what can be done with the selected plot, at a place on the screen.

        Args:
            at: the place, px.
            title: the menu whose commands are offered, as far as they make sense.
        """
        self.enable()
        menu = QMenu(self._parts.windows.current or self._parts.context.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = (
            [each.id for each in self._commands if each.menu == title],
            ["own-plot", "own-page"],
            ["save-plot", "copy-plot"],
        )
        for ids in groups:
            shown = [self._actions[each] for each in ids]
            menu.addActions([action for action in shown if action.isEnabled()])
            menu.addSeparator()
        menu.popup(at)

    def _hang(self, window: OwnWindow) -> None:
        """Let what is done to plots, and to such windows, work in one that is new."""
        for command in self._commands:
            action, scope = self._actions[command.id], command.scope
            of_plots = command.menu == "Plot" and scope in (WINDOW, PLOT)
            if scope is OWN_WINDOW or of_plots:
                window.addAction(action)
            elif scope is TOOLS:
                window.detail.addAction(action)
            elif scope is PAGES:
                window.grid.addAction(action)
        self._fill(window.detail)

    def _fill(self, detail: DetailView) -> None:
        """Give a plot alone a button for each tool."""
        for command in self._commands:
            tool = command.tool
            if tool is None:
                continue
            keys = key_words(command)
            detail.bar.add_tool(
                tool.word,
                f"{command.title} ({keys})" if keys else command.title,
                self._actions[command.id].trigger,
                on=partial(tool.on, detail) if tool.on is not None else None,
                fits=partial(self._fits, command, detail),
            )
        detail.bar.refresh()

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
            PaletteEntry(f"Page: {name.layout} › {name.page}", "", partial(show, name))
            for name in pages
        ]
        return found

    def _run(self, command: Command, _checked: bool = False) -> None:
        command.run(self._parts)
        self._parts.context.used.emit(command.id)
