"""The instructions and notes as entries of the palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dqmconsole.ui.palette import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.site import Site


def instruction_entries(site: Site | None, show: Callable[[str], None]) -> list[Entry]:
    """Every instruction and note by its title.

    Args:
        site: the site in force, or None.
        show: shows one by its id.
    """
    if site is None:
        return []
    found = [
        Entry(f"Instruction: {each.title}", "", partial(show, each.id))
        for each in site.instructions
    ]
    found += [
        Entry(f"Note: {each.title}", "", partial(show, each.id)) for each in site.notes
    ]
    return found
