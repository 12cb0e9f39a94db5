"""What a window takes in beside its own parts: commands, and a part of its own.

The window gets its features as an argument; it knows none of them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.session import ShiftChanges
    from dqmconsole.ui.command import Command
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts


class Part(Protocol):
    """What a feature puts into one window."""

    @property
    def sheets(self) -> Sequence[Overlay]:
        """Its sheets over the window, the topmost first; Esc closes one."""

    def look(self, now: float, changes: Changes, news: ShiftChanges) -> None:
        """Show what a look brought, after the window's own parts.

        Args:
            now: unix time, s.
            changes: what came from the engine.
            news: what came from the logbook.
        """

    def second(self, now: float) -> None:
        """Show everything that has an age.

        Args:
            now: unix time, s.
        """

    def leave(self) -> bool:
        """Leave what has the keyboard, before the window goes back to the page.

        Returns:
            Whether Esc meant that.
        """

    def close(self) -> None:
        """Put everything back; the window then remembers how it is arranged."""


class Feature(Protocol):
    """What is added to a window: its commands, and the part they work on.

    Attributes:
        commands: they stand in one menu, before "View".
    """

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands, each with an id of its own."""

    def build(self, parts: Parts) -> Part | None:
        """Build the part, once all parts of the window are there.

        Args:
            parts: the parts of the window.

        Returns:
            The part; None where there are only commands.
        """
