"""One command of the window; :mod:`dqmconsole.ui.commands` has the table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from dqmconsole.ui import handlers

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.ui.context import Context

Place = Literal["window", "page", "detail"]


class Command(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: its name for tests and help.
        menu: the menu it stands in.
        title: its words.
        keys: its keys, the first one shown; none when empty.
        run: what it does.
        when: tells whether it makes sense now.
        place: where its keys work: in the whole window, or only while the page
            grid or the detail view has the keyboard.
        hint: its word on the foot of the window; "" keeps it off.
        welcome: its words on the welcome page; "" keeps it off.
    """

    id: str
    menu: str
    title: str
    keys: tuple[str, ...]
    run: Callable[[Context], None]
    when: Callable[[Context], bool] = handlers.always
    place: Place = "window"
    hint: str = ""
    welcome: str = ""
