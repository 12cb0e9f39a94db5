"""The pages of a site as the window walks through them; no Qt here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import Plot, page_key, plot_key, subsystem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.layout import Page
    from dqmconsole.model.site import Site


class PageName(NamedTuple):
    """A page by the names people gave it: they survive a reload of the site."""

    layout: str
    page: str

    @property
    def key(self) -> str:
        """The name by which roll-ups speak of it."""
        return page_key(self.layout, self.page)

    @property
    def path(self) -> str:
        """As people write it in links, options and records: "Layout/Page"."""
        return f"{self.layout}/{self.page}"

    @property
    def title(self) -> str:
        """As it stands over the page and in sentences: "Layout › Page"."""
        return f"{self.layout} › {self.page}"


class PlotPlace(NamedTuple):
    """A plot and the page it stands on; page None for an element of no page."""

    key: str
    plot: Plot
    page: PageName | None


def plots_of(
    site: Site | None, audience: str = ""
) -> Iterator[tuple[str, PageName, Plot]]:
    """The plots of a site, page by page, each with its key and its page.

    Args:
        site: the site; None has none.
        audience: of the pages that count, "shift" or "expert"; "" for all.
    """
    for layout in site.layouts if site is not None else ():
        for page in layout.pages:
            if audience in ("", page.audience):
                name = PageName(layout.layout, page.page)
                for plot in page.plots:
                    yield plot_key(*name, plot.path), name, plot


def owners(site: Site) -> dict[str, str]:
    """The owner of each layout, and of each subsystem: who has most of its plots."""
    plots: dict[str, Counter[str]] = {}
    for _, (layout, _), plot in plots_of(site):
        plots.setdefault(subsystem_of(plot.path), Counter())[layout] += 1
    found = {each.layout: each.owner for each in site.layouts}
    others = {
        name: found[layouts.most_common(1)[0][0]] for name, layouts in plots.items()
    }
    return others | found


class Pages:
    """Every page and plot of a site, by name and key.

    Args:
        site: the site, or None while there is none.

    Attributes:
        names: all pages in the order of the site.
    """

    def __init__(self, site: Site | None = None) -> None:
        self._pages: dict[PageName, Page] = {}
        self._titles: dict[str, str] = {}
        self._about: dict[str, str] = {}
        for layout in site.layouts if site else ():
            self._titles[layout.layout] = layout.title
            self._about[layout.layout] = layout.description
            for page in layout.pages:
                self._pages[PageName(layout.layout, page.page)] = page
        self._plots = {
            key: PlotPlace(key, plot, name) for key, name, plot in plots_of(site)
        }
        self._by_path: dict[str, str] = {}
        for key, place in self._plots.items():
            self._by_path.setdefault(place.plot.path, key)
        self.names: Sequence[PageName] = tuple(self._pages)

    def title(self, layout: str) -> str:
        """What a layout is called, with how far it is."""
        return self._titles.get(layout, layout)

    def about(self, layout: str) -> str:
        """The description of a layout; "" where the site has none."""
        return self._about.get(layout, "")

    def page(self, name: PageName) -> Page | None:
        """The page of that name, or None."""
        return self._pages.get(name)

    def plots(self, name: PageName) -> tuple[PlotPlace, ...]:
        """The plots of a page in its order; none of an unknown page."""
        page = self._pages.get(name)
        if page is None:
            return ()
        keys = (plot_key(name.layout, name.page, plot.path) for plot in page.plots)
        return tuple(self._plots[key] for key in dict.fromkeys(keys))

    def plot(self, key: str) -> PlotPlace:
        """The plot of that key; any other key is the bare path of an element."""
        place = self._plots.get(key)
        return place or PlotPlace(key, Plot(path=key), None)

    def keys(self) -> Sequence[str]:
        """Keys of all plots, page by page."""
        return tuple(self._plots)

    def key_of(self, path: str) -> str:
        """The key of the first plot that shows an element, else the path itself."""
        return self._by_path.get(path, path)

    def neighbour(self, name: PageName | None, step: int) -> PageName | None:
        """The page `step` further on, round the end; the first one for None."""
        if not self.names:
            return None
        if name not in self._pages:
            return self.names[0]
        at = self.names.index(name)
        return self.names[(at + step) % len(self.names)]

    def nearest(self, name: PageName | None) -> PageName | None:
        """The page itself, else the first of its layout, else the first of all."""
        if name in self._pages:
            return name
        if name is not None:
            for other in self.names:
                if other.layout == name.layout:
                    return other
        return self.names[0] if self.names else None
