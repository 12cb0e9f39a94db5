"""Which plots show what feeds another, as the layouts declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.engine.grouping import Fed
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
        fed: how each path that they feed is wrong when they are.
        above: numbers of those that feed them, directly or by others.
        below: how many they feed so themselves.
    """

    def __init__(self, feeds: tuple[Feeds, ...], targets: FeedTargets) -> None:
        self.keys: list[str] = []
        self.paths: set[str] = set()
        self.fed: dict[str, set[Family]] = {}
        self.above: set[int] = set()
        self.below = 0
        for each in feeds:
            for name in each.to:
                for path in targets.of(name):
                    self.fed.setdefault(path, set()).update(each.families)


def fed_by(site: Site) -> Mapping[str, tuple[Fed, ...]]:
    """What feeds each plot: by its key the plots that show it, the nearest first.

    What feeds both a plot and another that feeds it comes after that other one; else
    what feeds fewer plots is nearer. What feeds a plot by others makes it wrong in the
    ways in which these do. Nothing feeds itself, also where layouts declare a ring.
    """
    targets = FeedTargets(site.layouts)
    declared: dict[tuple[Feeds, ...], _Feeders] = {}
    for layout, page, plot in plots_of(site):
        if plot.feeds:
            group = declared.get(plot.feeds)
            if group is None:
                group = declared[plot.feeds] = _Feeders(plot.feeds, targets)
            group.keys.append(plot_key(layout.layout, page.page, plot.path))
            group.paths.add(plot.path)
    groups = list(declared.values())
    directly: dict[str, set[int]] = {}  # by path
    for number, group in enumerate(groups):
        for path in group.fed.keys() - group.paths:
            directly.setdefault(path, set()).add(number)
    nothing: set[int] = set()
    feeders = [
        nothing.union(*(directly.get(path, nothing) for path in group.paths))
        for group in groups
    ]
    for number, group in enumerate(groups):
        left = [number]
        while left:
            more = feeders[left.pop()] - group.above - {number}
            group.above |= more
            left += more
        for each in group.above:
            groups[each].below += 1
    order = sorted(
        range(len(groups)), key=lambda at: (groups[at].below, len(groups[at].fed))
    )
    ranks = {number: rank for rank, number in enumerate(order)}
    found: dict[str, tuple[Fed, ...]] = {}
    alike: dict[tuple[tuple[int, tuple[Family, ...]], ...], tuple[Fed, ...]] = {}
    for layout, page, plot in plots_of(site):
        how: dict[int, set[Family]] = {}
        for number in directly.get(plot.path, ()):
            for each in (number, *groups[number].above):
                if plot.path not in groups[each].paths:
                    how.setdefault(each, set()).update(groups[number].fed[plot.path])
        if not how:
            continue
        row = tuple(
            (each, tuple(one for one in FAMILIES if one in how[each]))
            for each in sorted(how, key=ranks.__getitem__)
        )
        if row not in alike:
            fed = [Fed(key, ways) for each, ways in row for key in groups[each].keys]
            alike[row] = tuple(fed[:MOST_FEEDERS])
        found[plot_key(layout.layout, page.page, plot.path)] = alike[row]
    return found
