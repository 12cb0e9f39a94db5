"""Whether pages can be read on a small screen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted
from dqmconsole.site.rules.context import Violation, once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.layout import Plot
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import SourcePaths

SCREEN = "1366×768"
VIEW = (730, 567)
"""Pixels of a page on that screen, beside navigator and panel."""
TILE = (136, 160)
"""Pixels that a tile has at least: a page has fewer columns, or is scrolled."""
READABLE = 216
"""Pixels of a tile in which axes and title can be read without the plot alone."""
GAP = 8
BESIDE_TITLE = 89
"""Pixels of a tile's head that are its edges, its mark and its age."""
LETTER = 6.0
"""Pixels of a letter of a title, on average."""
SCREENS = 2  # that a page may be scrolled over
_SLACK = 1.1  # titles are not all of average letters


def check_pages(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find pages of very many rows, narrow tiles, and titles that are cut."""
    fitting = (VIEW[0] + GAP) // (TILE[0] + GAP)
    seen = (VIEW[1] + GAP) // (TILE[1] + GAP)
    cut = []
    for layout in context.site.layouts:
        for page in layout.pages:
            columns = min(page.columns, fitting)
            cells = sum(_columns(plot, columns) * plot.span[1] for plot in page.plots)
            rows = math.ceil(cells / columns)
            if rows > SCREENS * seen:
                fewer = f", not {page.columns}" if columns < page.columns else ""
                words = (
                    f"on a screen of {SCREEN} the page has {columns} columns{fewer}, "
                    f"and {rows} rows, of which {seen} are seen: make two pages of it"
                )
                key = page_key(layout.layout, page.page)
                yield Violation("page-too-full", context.places.get(key), words)
            found = []
            for plot in page.plots:
                if words := _cut_title(plot, columns, source):
                    key = plot_key(layout.layout, page.page, plot.path)
                    place = context.places.get(key)
                    found.append(Violation("title-too-long", place, words, key))
            width = (VIEW[0] + GAP) // columns - GAP
            if width >= READABLE:
                cut += found
                continue
            # with fewer columns, titles have more room
            said = f", and {counted(len(found), 'title')} cut" if found else ""
            words = (
                f"on a screen of {SCREEN} the tiles of the page are {width} pixels "
                f"wide, {columns} beside each other{said}: take fewer columns"
            )
            key = page_key(layout.layout, page.page)
            yield Violation("narrow-tiles", context.places.get(key), words)
    yield from once(cut)


def _columns(plot: Plot, columns: int) -> int:
    return min(plot.span[0], columns)


def _cut_title(plot: Plot, columns: int, source: SourcePaths) -> str:
    """How a title is too long for its tile; "" where it is not."""
    contents = source.contents.get(plot.path, ())
    producers = next((each.title for each in contents if each.title), "")
    title = plain_title(plot.title or producers)
    across = _columns(plot, columns)
    width = across * ((VIEW[0] + GAP) / columns) - GAP
    room = int((width - BESIDE_TITLE) / LETTER)
    if len(title) <= room * _SLACK:
        return ""
    whose = "" if plot.title else "producer's "
    return (
        f'the {whose}title "{title}" has {len(title)} letters, and on a screen of '
        f"{SCREEN} its tile has room for some {room}"
    )
