"""The elements that are meant by what plots are said to feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.site.globs import any_match

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.layout import Feeds, Layout


class FeedTargets:
    """The paths of all plots, by the names under which they may be fed.

    Args:
        layouts: of the site.
    """

    def __init__(self, layouts: Iterable[Layout]) -> None:
        self._by_layout = {
            layout.layout: frozenset(
                plot.path for page in layout.pages for plot in page.plots
            )
            for layout in layouts
        }
        self._paths = frozenset[str]().union(*self._by_layout.values())
        self._found: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """All plots of the layout of that name, else those that match it as a glob."""
        found = self._by_layout.get(name)
        if found is None:
            found = self._found.get(name)
        if found is None:
            found = frozenset(each for each in self._paths if any_match(each, (name,)))
            self._found[name] = found
        return found

    def of_all(self, feeds: Iterable[Feeds]) -> frozenset[str]:
        """All that a plot feeds."""
        names = [name for each in feeds for name in each.to]
        return frozenset[str]().union(*map(self.of, names))
