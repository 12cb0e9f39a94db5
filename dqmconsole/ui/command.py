"""One command of the window; :mod:`dqmconsole.ui.commands` has the table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.parts import Parts


class Scope(NamedTuple):
    """Where the keys of a command work: while the keyboard is in one of its widgets.

    Attributes:
        name: its name.
        widgets: gives the widgets; what lies in them counts.
    """

    name: str
    widgets: Callable[[Parts], Sequence[QWidget]]


WINDOW = Scope("window", lambda parts: (parts.context.window,))


def always(parts: Parts) -> bool:  # noqa: ARG001 - one face for all conditions
    """At all times."""
    return True


class Command(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: its name for tests and help.
        menu: the menu it stands in.
        title: its words.
        keys: its keys, the first one shown; none when empty.
        run: what it does.
        when: tells whether it makes sense now.
        scope: where its keys work.
        hint: its word on the foot of the window; "" keeps it off.
        welcome: words of its button on the welcome page; "" for none.
    """

    id: str
    menu: str
    title: str
    keys: tuple[str, ...]
    run: Callable[[Parts], None]
    when: Callable[[Parts], bool] = always
    scope: Scope = WINDOW
    hint: str = ""
    welcome: str = ""
