"""What a window takes in beside its own parts: commands, and a part of its own.

The window gets its features as an argument; it knows none of them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.session import ShiftChanges
    from dqmconsole.ui.live.detail import DetailView
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts


def always(parts: Parts) -> bool:  # noqa: ARG001 - one face for all conditions
    """At all times."""
    return True


class Scope(NamedTuple):
    """Where the keys of a command work: while the keyboard is in one of its widgets.

    Attributes:
        name: its name.
        widgets: gives the widgets; what lies in them counts.
        when: tells whether its commands can make sense now.
        whole: the widgets are windows; docks that float count as well.
    """

    name: str
    widgets: Callable[[Parts], Sequence[QWidget]]
    when: Callable[[Parts], bool] = always
    whole: bool = False


WINDOW = Scope("window", lambda parts: (parts.context.window,), whole=True)


def always_fits(detail: DetailView) -> bool:  # noqa: ARG001 - one face for all of them
    """For every plot."""
    return True


class Tool(NamedTuple):
    """What makes a command a tool on a plot: it has a button under every plot alone.

    Attributes:
        word: on the button.
        on: tells whether it is on, of what is switched on and off; the button is then
            drawn pressed. Else None.
        fits: tells whether it is for the plot shown; where not there is no button.
        zooms: it is about what is seen of the plot: it stands in the last row.
    """

    word: str
    on: Callable[[DetailView], bool] | None = None
    fits: Callable[[DetailView], bool] = always_fits
    zooms: bool = False


class Command(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: its name for tests and help.
        menu: the menu it stands in.
        title: its words.
        keys: its keys, the first one shown; none when empty.
        run: what it does; words that it gives are said.
        when: tells whether it makes sense now, beside what its scope says.
        scope: where its keys work.
        hint: its word on the foot of the window; "" keeps it off.
        welcome: words of its button on the welcome page; "" for none.
        repeats: its key, held down, does it again and again.
        tool: its button under a plot shown alone; None for none.
        condition: it is nowhere where the site does not name this one; "" for none.
    """

    id: str
    menu: str
    title: str
    keys: tuple[str, ...]
    run: Callable[[Parts], object]
    when: Callable[[Parts], bool] = always
    scope: Scope = WINDOW
    hint: str = ""
    welcome: str = ""
    repeats: bool = True
    tool: Tool | None = None
    condition: str = ""

    def is_offered(self, parts: Parts) -> bool:
        """Tell whether it is for this site at all."""
        client = parts.context.client
        return not self.condition or client.has_condition(self.condition)

    def makes_sense(self, parts: Parts) -> bool:
        """Tell whether it makes sense now."""
        offered = self.is_offered(parts)
        return offered and self.scope.when(parts) and self.when(parts)


def hint_words(commands: Sequence[Command]) -> list[str]:
    """Write the hints at the foot of the window: "R reference"."""
    return [
        f"{'Enter' if command.keys[0] == 'Return' else command.keys[0]} {command.hint}"
        for command in commands
        if command.hint
    ]


class FeaturePart(Protocol):
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

    def build(self, parts: Parts) -> FeaturePart | None:
        """Build the part, once all parts of the window are there.

        Args:
            parts: the parts of the window.

        Returns:
            The part; None where there are only commands.
        """
