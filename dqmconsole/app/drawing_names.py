"""Whether the drawings that layouts name are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import plot_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.ui.plot.registered import drawing_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.site.rules.context import SiteReading


def check_drawings(context: SiteReading) -> Iterator[Violation]:
    """Find drawings that no package here registers, each name once a layout."""
    said: set[tuple[str, str]] = set()
    known = drawing_names()
    for layout, page, plot in context.plots:
        name = plot.draw.drawing if plot.draw else None
        if name is None or name in known or (layout.layout, name) in said:
            continue
        said.add((layout.layout, name))
        hint = did_you_mean(name, known) or f"; there are {', '.join(sorted(known))}"
        words = f'no drawing "{name}" is installed here{hint}'
        key = plot_key(layout.layout, page.page, plot.path)
        yield Violation("unknown-drawing", context.places.get(key), words, key)


DRAWING_RULES = (
    (check_drawings, (
        Rule("unknown-drawing", "advice",
             "A plot names a drawing that no installed package registers, so that it "
             "is drawn as usual. Example: drawing: hodoscop for hodoscope."),
    )),
)  # fmt: skip
"""For ``validate``."""
