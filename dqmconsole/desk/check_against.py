"""Checking a site against a source: what it names must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.desk.listing import Listing, list_source
from dqmconsole.model.layout import plot_key
from dqmconsole.site.globs import any_match
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import known_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dqmconsole.model.known_issue import KnownIssue, Region
    from dqmconsole.model.layout import Layout
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.site.findings import Place

    Places = Mapping[str, Place]

# Looking for the nearest of 20,000 names in one folder takes 0.3 s.
MAX_HINTS = 50
MAX_BESIDE = 8  # names of a folder said in one line

# Conditions that every client publishes in its own folder.
_OF_CLIENTS = ("lumisection", "events", "timestamp", "started")


def list_sources(
    site: Site,
    against: Sequence[Path],
    opener: Callable[[Path], DqmFile] | None,
) -> tuple[Listing, list[Problem]]:
    """List what several sources hold together, and what could not be read of them."""
    paths: set[str] = set()
    words: set[str] = set()
    partitions: set[str] = set()
    labels: dict[str, tuple[tuple[str, ...], ...]] = {}
    problems: list[Problem] = []
    globs = [glob for known in site.known for glob in known.paths if known.regions]
    for source in against:
        listing, troubles = list_source(
            source,
            site.settings.conditions.run_type,
            opener,
            site.settings.conditions.dcs,
            lambda path: any_match(path, globs),
        )
        paths |= listing.paths
        partitions |= listing.partitions
        labels |= listing.labels
        words.add(listing.run_type)
        problems += troubles
    words.discard("")
    name = ", ".join(str(source) for source in against)
    # Sources of several run types leave nothing out.
    run_type = words.pop() if len(words) == 1 else ""
    return Listing(name, paths, run_type, partitions, labels), problems


def check_against(site: Site, listing: Listing, places: Places) -> Iterator[Problem]:
    """Find what the site names and the source does not hold."""
    yield from _conditions(site, listing, places)
    for layout in site.layouts:
        yield from _missing(site, layout, listing, places)
        yield from _no_partitions(layout, listing, places)
    yield from _known_missing(site, listing, places)


def _conditions(site: Site, listing: Listing, places: Places) -> Iterator[Problem]:
    conditions = site.settings.conditions
    for key in conditions.__struct_fields__:
        place = places.get(f"conditions: {key}")
        path = getattr(conditions, key)
        if place is None or not path or path in listing.paths:
            continue
        ends = key in _OF_CLIENTS and f"/{path}"
        if ends and any(each.endswith(ends) for each in listing.paths):
            continue
        near_path = listing.nearest(path)
        hint = f'; did you mean "{near_path}"?' if near_path else _beside(listing, path)
        words = f'conditions: {key}: "{path}" is not in {listing.name}{hint}'
        # A file of few clients may well lack the whole folder.
        folder = path.rpartition("/")[0]
        advice = bool(folder) and listing.beside(path)[0] != folder
        yield problem_at(place, words, advice=advice)


def _missing(
    site: Site, layout: Layout, listing: Listing, places: Places
) -> list[Problem]:
    run_type = site.settings.run_types.get(listing.run_type)
    plots = [
        (page, plot)
        for page in layout.pages
        for plot in page.plots
        if run_type is None or not plot.run_types or run_type in plot.run_types
    ]
    subsystems = {plot.path.split("/", 1)[0] for _, plot in plots}
    if plots and not subsystems & listing.subsystems:
        page, plot = plots[0]
        place = places.get(plot_key(layout.layout, page.page, plot.path))
        words = (
            f"{listing.name} holds no {' or '.join(sorted(subsystems))}: "
            f'"{layout.layout}" ({len(plots)} plots) is not compared with it'
        )
        return [problem_at(place, words, advice=True)]
    found: list[Problem] = []
    for page, plot in plots:
        key = plot_key(layout.layout, page.page, plot.path)
        for path in (plot.path, *plot.overlay):
            if path in listing.paths:
                continue
            near = listing.nearest(path) if len(found) < MAX_HINTS else None
            hint = f'; did you mean "{near}"?' if near else _beside(listing, path)
            words = f'"{path}" is not in {listing.name}{hint}'
            found.append(problem_at(places.get(key), words, key=key))
    return found


def _beside(listing: Listing, path: str) -> str:
    """Some names of the folder a path was looked for in, where none is like it."""
    folder, names = listing.beside(path)
    if not folder or not names:
        return ""
    more = ", …" if len(names) > MAX_BESIDE else ""
    return f"; {folder} holds {', '.join(names[:MAX_BESIDE])}{more}"


def _no_partitions(layout: Layout, listing: Listing, places: Places) -> list[Problem]:
    """Partitions that plots need and the source does not know, each said once."""
    found: dict[str, Problem] = {}
    for page in layout.pages if listing.partitions else ():
        for plot in page.plots:
            for name in plot.needs.dcs if plot.needs else ():
                if name in listing.partitions or name in found:
                    continue
                hint = did_you_mean(name, sorted(listing.partitions))
                words = f'needs: {listing.name} has no DCS partition "{name}"{hint}'
                key = plot_key(layout.layout, page.page, plot.path)
                found[name] = problem_at(places.get(key), words, key=key)
    return list(found.values())


def _known_missing(site: Site, listing: Listing, places: Places) -> Iterator[Problem]:
    """Known problems that show in nothing of the source, or in no part of it."""
    for index, known in enumerate(site.known):
        if known.subsystem not in listing.subsystems:
            continue
        for item, glob in enumerate(known.paths):
            if not any(any_match(path, (glob,)) for path in listing.paths):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    f"matches nothing in {listing.name}"
                )
                place = places.get(known_key(index, f"paths[{item}]"))
                yield problem_at(place, words, advice=True)
        for item, region in enumerate(known.regions):
            for words in _wrong_region(known, region, listing):
                yield problem_at(
                    places.get(known_key(index, f"regions[{item}]")), words
                )


def _wrong_region(known: KnownIssue, region: Region, listing: Listing) -> Iterator[str]:
    """Axes and labels of a region that none of its elements has."""
    shown = {
        path: axes
        for path, axes in listing.labels.items()
        if any_match(path, known.paths)
    }
    if not shown:
        return
    wide = [axes for axes in shown.values() if len(axes) > 1]
    if (region.y is not None or region.y_labels) and not wide:
        yield f"the region has a y, but {min(shown)} has no y axis"
        return
    for axis, key, wanted in (
        (0, "x_labels", region.x_labels),
        (1, "y_labels", region.y_labels),
    ):
        there = {
            label for axes in shown.values() if len(axes) > axis for label in axes[axis]
        }
        for label in wanted:
            if label not in there:
                hint = did_you_mean(label, sorted(there))
                yield f'{key}: {min(shown)} has no label "{label}"{hint}'
