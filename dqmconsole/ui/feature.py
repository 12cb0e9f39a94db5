"""A feature that the program adds to its window, besides what every window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.ui.command import Command
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.theme import Theme

    MakeFeature = Callable[[Context, Theme], "Feature"]


class Feature:
    """What the window asks of a feature; of itself it does nothing.

    It is made once all parts of the window are in the context, and adds its views
    itself.

    Attributes:
        commands: its rows in the window's table of commands.
    """

    commands: tuple[Command, ...] = ()

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """What Esc closes, the topmost first."""
        return ()

    def look(self, now: float) -> None:
        """Show what changed; once per tick, after the shift's own look.

        Args:
            now: unix time, s.
        """

    def second(self, now: float) -> None:
        """Show what depends on the time; once a second.

        Args:
            now: unix time, s.
        """

    def use(self, command: str) -> None:
        """Note that a command was used, by its id."""

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""

    def leave(self) -> bool:
        """Take Esc, if it is meant; tells whether it was."""
        return False
