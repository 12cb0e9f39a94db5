"""What the commands work with: the parts of the window, and what spans them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dqmconsole.ui.pictures import caption, picture_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.arrangement import Parts
    from dqmconsole.ui.live.navigator import Navigator
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.shift_parts import ShiftParts
    from dqmconsole.ui.theme import Theme


class Context(QObject):
    """Everything a command may touch; ``ui.handlers`` holds what they do with it.

    Args:
        window: the window.
        client: the session.
        session: the shift at this console.
        view: the middle of the window.
        navigator: the navigator.
        docks: "navigator", "panel", "problems" and "book".
        settings: what is remembered.
        demo: starts the demo, or None where there is none.
        clock: unix time, s.

    Attributes:
        paused_at: unix time since when the pictures are held, or None.
        wall_clock: unix time, s, whatever is shown.
        theme: the theme in force.
        parts: the parts of the window.
        shift_parts: the parts that show the shift.
        only: ids of the commands that are allowed; None for all of them.

    Signals:
        paused: the pictures are held, or live again.
        opened: another source is being opened.
        theme_wanted: somebody wants the other theme.
        palette_wanted, keys_wanted, leave_wanted: overlays to open or to leave.
        said: what a command did, in words for the foot of the window.
        answered: what is so, in words likewise, and a function that gives what they
            follow from: once that is another, they go.
        sense_changed: other commands may make sense now.
    """

    paused = Signal()
    opened = Signal()
    theme_wanted = Signal()
    palette_wanted = Signal()
    keys_wanted = Signal()
    leave_wanted = Signal()
    said = Signal(str)
    answered = Signal(str, object)
    sense_changed = Signal()

    def __init__(
        self,
        window: QMainWindow,
        client: EngineClient,
        session: ShiftSession,
        view: ConsoleView,
        navigator: Navigator,
        docks: dict[str, QDockWidget],
        settings: Settings,
        demo: Callable[[], None] | None,
        clock: Callable[[], float],
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.client = client
        self.session = session
        self.view = view
        self.navigator = navigator
        self.docks = docks
        self.settings = settings
        self.demo = demo
        self.wall_clock = clock
        self.theme = theme
        self.paused_at: float | None = None
        self.parts: Parts
        self.shift_parts: ShiftParts
        self.only: frozenset[str] | None = None

    def allows(self, command: str) -> bool:
        """Tell whether a command is allowed now; a feature may leave only a few."""
        return self.only is None or command in self.only

    def clock(self) -> float:
        """Unix time, s; of an evidence bundle the moment it was made."""
        moment = self.client.moment
        return self.wall_clock() if moment is None else moment

    def open_source(self, source: str) -> None:
        """Open a source by its name; nothing for ""."""
        if not source:
            return
        self.settings.remember_source(source)
        self.client.open(source)
        self.begin_anew()

    def start_demo(self) -> None:
        """Start the demo, where there is one."""
        if self.demo is not None:
            self.demo()
            self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the source before: another one was opened."""
        self.resume()
        self.view.forget_pictures()
        self.view.source_opened()
        self.opened.emit()

    def pause(self) -> None:
        """Hold the pictures, or let them go on."""
        if self.paused_at is None:
            self.paused_at = self.wall_clock()
            self.view.set_held(True)
            self.paused.emit()
        else:
            self.resume()

    def resume(self) -> None:
        """Let the pictures go on, with the latest."""
        self.paused_at = None
        self.view.set_held(False)
        self.paused.emit()

    def toggle(self, name: str) -> None:
        """Show or hide a dock; the keyboard goes where it is, or to the page."""
        dock = self.docks[name]
        dock.setVisible(not dock.isVisible())
        if dock.isVisible():
            dock.widget().setFocus()
        else:
            self.view.back()

    def shown_picture(self) -> QImage:
        """A picture of the page or plot shown, with a line of when and what."""
        return self._picture(self.view.shown_widgets())

    def plot_picture(self) -> QImage | None:
        """A picture of the selected plot, or None."""
        tile = self.view.selected_tile()
        return None if tile is None else self._picture([tile])

    def _picture(self, widgets: list[QWidget]) -> QImage:
        return picture_of(widgets, caption(self.client, self.clock()), self.theme)
