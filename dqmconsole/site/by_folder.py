"""Pages for elements that no layout shows: one for each of their folders."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.rootio.file import INSTEAD
from dqmconsole.site.layouts import wrong_path

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MOST = 12  # plots on a page
SCALARS = ("int", "float", "text")
_DIGITS = re.compile(r"(\d{1,18})")  # Python refuses to read thousands of digits
_COLUMNS = ((1, 1), (4, 2), (9, 3))  # up to so many plots: so many columns
_MOST_COLUMNS = 4


def layouts_by_folder(kinds: Mapping[str, str], name: str) -> tuple[Layout, ...]:
    """A layout for each first folder, with a page for each folder below it.

    Numbers and words are no plots, nor are trees and whatever else nobody can draw, and
    what no layout can name; folders with more plots than fit a page have several pages.

    Args:
        kinds: path of each element -> its ROOT class, or "int", "float", "text".
        name: of the layout of what lies in no folder.
    """
    folders: dict[str, dict[str, list[Plot]]] = {}
    for path in sorted(kinds, key=in_order):
        is_plot = kinds[path] not in SCALARS and kinds[path] not in INSTEAD
        if is_plot and not wrong_path(path):
            folder = path.rpartition("/")[0]
            first, _, rest = folder.partition("/")
            pages = folders.setdefault(layout_name(first or name), {})
            page = layout_name(rest or first or name)
            pages.setdefault(page, []).append(Plot(path))
    return tuple(
        Layout(
            first,
            tuple(
                each
                for name, plots in pages.items()
                for each in _pages(name, plots, pages.keys())
            ),
        )
        for first, pages in folders.items()
    )


def undrawn(kinds: Mapping[str, str]) -> tuple[str, ...]:
    """What nobody can draw, with what to write in its place."""
    return tuple(
        f"{path}: a {kind}, {INSTEAD[kind]}"
        for path, kind in sorted(kinds.items())
        if kind in INSTEAD
    )


def in_order(path: str) -> list[tuple[str, int]]:
    """The order of paths as people count: depth2 before depth10."""
    pieces = _DIGITS.split(path)
    return [
        (text.casefold(), int(number or 0))
        for text, number in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    ]


def layout_name(text: str) -> str:
    """A text as the name of a layout or page."""
    return " ".join(text.replace("›", ">").split()) or "?"


def _pages(name: str, plots: Sequence[Plot], folders: Collection[str]) -> list[Page]:
    """The pages of a folder, evenly filled; none has the name of another folder."""
    names = (
        title
        for number in itertools.count(1)
        if (title := f"{name} ({number})") not in folders
    )
    many = -(-len(plots) // MOST)
    each = -(-len(plots) // many)
    found = []
    for at in range(many):
        some = tuple(plots[at * each : (at + 1) * each])
        title = next(names) if many > 1 else name
        found.append(Page(title, some, columns=_columns(len(some))))
    return found


def _columns(many: int) -> int:
    return next((columns for most, columns in _COLUMNS if many <= most), _MOST_COLUMNS)
