"""From the page a person names to the page there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.site.nearest import nearest

if TYPE_CHECKING:
    from dqmconsole.model.layout import Layout, Page


def page_named(layouts: tuple[Layout, ...], name: str) -> tuple[Layout, Page] | str:
    """The page called "Layout/Page", case ignored, or words that name the nearest."""
    pages = {
        f"{layout.layout}/{page.page}": (layout, page)
        for layout in layouts
        for page in layout.pages
    }
    for known, found in pages.items():
        if known.casefold() == name.casefold():
            return found
    wanted = name.partition("/")[0].casefold()
    for layout in layouts:
        if layout.layout.casefold() == wanted:
            inside = [f"{layout.layout}/{page.page}" for page in layout.pages]
            near = nearest(name, inside, 0.7)
            if near is None:
                listed = ", ".join(page.page for page in layout.pages)
                return f"no page {name!r}; the pages of {layout.layout} are {listed}"
            return f"no page {name!r} in this site; did you mean {near!r}?"
    near = nearest(name, pages)
    if near is not None:
        return f"no page {name!r} in this site; did you mean {near!r}?"
    listed = ", ".join(layout.layout for layout in layouts)
    return f"no page {name!r} in this site; its layouts are {listed or 'none'}"
