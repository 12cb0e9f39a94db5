"""Whether the drawings that layouts name are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import plot_key
from dqmconsole.plugins import DRAWINGS, harm_of
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.ui.plot.registered import BUNDLED, drawing_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.site.rules.context import SiteReading


def check_drawings(context: SiteReading) -> Iterator[Violation]:
    """Find drawings that are not registered here, or left out, once a layout each."""
    said: set[tuple[str, str]] = set()
    known = drawing_names()
    for layout, page, plot in context.plots:
        name = plot.draw.drawing if plot.draw else None
        if name is None or name in BUNDLED or (layout.layout, name) in said:
            continue
        words = harm_of(DRAWINGS, name)
        if name in known and not words:
            continue
        said.add((layout.layout, name))
        if not words:
            hint = did_you_mean(name, known)
            hint = hint or f"; there are {', '.join(sorted(known))}"
            words = f'no drawing "{name}" is installed here{hint}'
        key = plot_key(layout.layout, page.page, plot.path)
        yield Violation("unknown-drawing", context.places.get(key), words, key)


DRAWING_RULES = (
    (check_drawings, (
        Rule("unknown-drawing", "advice",
             "A plot names a drawing that no installed package registers, or that is "
             "left out, so that it is drawn as usual. Example: drawing: hodoscop for "
             "hodoscope."),
    )),
)  # fmt: skip
"""For ``validate``."""
