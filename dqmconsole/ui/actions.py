"""The commands as Qt actions, hung where their keys work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from dqmconsole.ui.commands import key_words, sheet_groups
from dqmconsole.ui.palette import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QMenuBar, QWidget

    from dqmconsole.ui.command import Command, Place
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.pages import PageName


class Actions(QObject):
    """The commands as Qt actions, hung where their keys work.

    Args:
        context: what carries them out.
        places: the widgets whose focus each place means.
        bar: the menu bar to fill.
        commands: the table of them.

    Signals:
        used: id of a command that was carried out.
    """

    used = Signal(str)

    def __init__(
        self,
        context: Context,
        places: Mapping[Place, QWidget],
        bar: QMenuBar,
        commands: Sequence[Command],
    ) -> None:
        super().__init__(context)
        self._context = context
        self._actions: dict[str, QAction] = {}
        self._commands = tuple(commands)
        menus = {name: bar.addMenu(f"&{name}") for name in sheet_groups(commands)}
        for command in commands:
            action = QAction(command.title, self)
            action.setObjectName(command.id)
            action.setShortcuts([QKeySequence(key) for key in command.keys])
            if command.place != "window":
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(_calling(command, context))
            action.triggered.connect(partial(self._use, command.id))
            places[command.place].addAction(action)
            menus[command.menu].addAction(action)
            self._actions[command.id] = action

    def _use(self, command: str, _checked: bool = False) -> None:
        self.used.emit(command)

    def enable(self) -> None:
        """Enable what makes sense now."""
        for command in self._commands:
            sensible = command.when(self._context) and self._context.allows(command.id)
            self._actions[command.id].setEnabled(sensible)

    def trigger(self, command: str) -> None:
        """Carry a command out by its id."""
        self._actions[command].trigger()

    def entries(
        self, pages: Sequence[PageName], show: Callable[[PageName], None]
    ) -> list[Entry]:
        """What the palette lists: the commands that make sense now, and the pages.

        Args:
            pages: the pages of the site.
            show: shows one.
        """
        self.enable()
        found = [
            Entry(
                f"{command.menu}: {command.title}",
                key_words(command),
                self._actions[command.id].trigger,
            )
            for command in self._commands
            if self._actions[command.id].isEnabled() and command.id != "palette"
        ]
        found += [
            Entry(f"Page: {name.layout} › {name.page}", "", partial(show, name))
            for name in pages
        ]
        return found


def _calling(command: Command, context: Context) -> Callable[[], None]:
    return lambda: command.run(context)
