"""Checks of the layouts against all that is known of the elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.site.rules.context import Context


def check_needed_subsystems(context: Context) -> Iterator[Found]:
    """Find subsystems that plots need and nothing is of, each said once.

    Where a source is there, a name that it lacks and that is like another of it is
    an error.
    """
    said: set[str] = set()
    for layout, page, plot in context.plots:
        name = plot.needs.subsystem if plot.needs else None
        if name is None or name in said or not context.lacks(name):
            continue
        said.add(name)
        key = plot_key(layout.layout, page.page, plot.path)
        above = (key, page_key(layout.layout, page.page), layout.layout)
        written = (context.places.get(f"{each}#subsystem") for each in above)
        place = next((each for each in written if each), context.places.get(key))
        hint = did_you_mean(name, context.subsystems)
        words = f'needs: nothing is of the subsystem "{name}"{hint}'
        mistyped = context.source is not None and hint
        code = "mistyped-subsystem" if mistyped else "unknown-subsystem"
        yield Found(code, place, words, key)
