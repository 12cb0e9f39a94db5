"""Which plots show what feeds another, as the layouts declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.engine.grouping import SUBSYSTEM, Fed
from dqmconsole.model.cause import FAMILIES
from dqmconsole.model.layout import plot_key
from dqmconsole.site.feeds import FeedTargets
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.cause import Family
    from dqmconsole.model.layout import Feeds
    from dqmconsole.model.site import Site

MOST_FEEDERS = 64  # of one plot that are looked at, the nearest


class _Feeders:
    """The plots that declare the same.

    Attributes:
        keys: of the plots, in the site's order.
        paths: of the plots.
        unjudged: those that have no checks on purpose.
        fed: how each path that they feed is wrong when they are.
        above: numbers of those that feed the unjudged, directly or by others.
    """

    def __init__(self, feeds: tuple[Feeds, ...], targets: FeedTargets) -> None:
        self.keys: list[str] = []
        self.paths: set[str] = set()
        self.unjudged: set[str] = set()
        self.fed: dict[str, set[Family]] = {}
        self.above: set[int] = set()
        for each in feeds:
            for name in each.to:
                for path in targets.of(name):
                    self.fed.setdefault(path, set()).update(each.families)


def fed_by(site: Site) -> Mapping[str, tuple[Fed, ...]]:
    """What feeds each plot: by its key the plots that show it, the nearest first.

    What feeds fewer plots is nearer. What feeds a plot by others counts where these are
    not judged, and then makes it wrong in the ways in which they do: where they are
    judged, either they are good, and it is not the cause, or the plot is in their row,
    which is that of what feeds them. Nothing feeds itself, not even by a ring.
    """
    targets = FeedTargets(site.layouts)
    declared: dict[tuple[Feeds, ...], _Feeders] = {}
    naming: set[str] = set()  # plots that name subsystems
    for layout, page, plot in plots_of(site):
        if SUBSYSTEM in plot.axes.values():
            naming.add(plot_key(layout.layout, page.page, plot.path))
        if plot.feeds:
            group = declared.get(plot.feeds)
            if group is None:
                group = declared[plot.feeds] = _Feeders(plot.feeds, targets)
            group.keys.append(plot_key(layout.layout, page.page, plot.path))
            group.paths.add(plot.path)
            if plot.checks == ():
                group.unjudged.add(plot.path)
    groups = sorted(declared.values(), key=lambda group: len(group.fed))
    directly: dict[str, set[int]] = {}  # by path
    for number, group in enumerate(groups):
        for path in group.fed.keys() - group.paths:
            directly.setdefault(path, set()).add(number)
    nothing: set[int] = set()
    feeders = [
        nothing.union(*(directly.get(path, nothing) for path in group.unjudged))
        for group in groups
    ]
    for number, group in enumerate(groups):
        left = [number]
        while left:
            more = feeders[left.pop()] - group.above - {number}
            group.above |= more
            left += more
    found: dict[str, tuple[Fed, ...]] = {}
    alike: dict[tuple[tuple[int, tuple[Family, ...]], ...], tuple[Fed, ...]] = {}
    for layout, page, plot in plots_of(site):
        how: dict[int, set[Family]] = {}
        for number in sorted(directly.get(plot.path, ()))[:MOST_FEEDERS]:
            for each in (number, *groups[number].above):
                if plot.path not in groups[each].paths:
                    how.setdefault(each, set()).update(groups[number].fed[plot.path])
        if not how:
            continue
        row = tuple(
            (each, tuple(one for one in FAMILIES if one in how[each]))
            for each in sorted(how)
        )
        if row not in alike:
            fed = [
                Fed(key, ways, key in naming)
                for each, ways in row
                for key in groups[each].keys
            ]
            alike[row] = tuple(fed[:MOST_FEEDERS])
        found[plot_key(layout.layout, page.page, plot.path)] = alike[row]
    return found
