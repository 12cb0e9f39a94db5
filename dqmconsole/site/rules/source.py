"""Checks of a site against a source: what it names must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.site import OF_CLIENTS, places_of
from dqmconsole.site.globs import any_match, matches_any
from dqmconsole.site.known_issues import known_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.checks import checked_paths
from dqmconsole.site.rules.context import Violation, once
from dqmconsole.site.rules.renames import find_renames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.known_issue import KnownIssue, Region
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.site.findings import Place
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.renames import Rename
    from dqmconsole.site.rules.source_paths import SourcePaths

# Looking for the nearest of 20,000 names in one folder takes 0.3 s.
MAX_HINTS = 50
MAX_BESIDE = 8  # names of a folder said in one line


def check_conditions(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find conditions of ``site.yaml`` that the source does not hold."""
    for said, key, path, place in _conditions(context):
        if path in source.paths or path in context.renamed:
            continue
        if key in OF_CLIENTS:
            wanted = [places_of(path, each) for each in sorted(source.subsystems)]
            if any(not source.paths.isdisjoint(each) for each in wanted):
                continue
            path = wanted[0][0] if wanted else path
        near_path = source.nearest(path)
        hint = f'; did you mean "{near_path}"?' if near_path else _beside(source, path)
        words = f'{said}: "{path}" is not in {source.name}{hint}'
        # A file of few clients may well lack the whole folder.
        folder = path.rpartition("/")[0]
        far = bool(folder) and source.beside(path)[0] != folder
        yield Violation(
            "condition-not-here" if far else "unknown-condition", place, words
        )
    settings, word = context.site.settings, source.run_type
    conditions = settings.conditions
    if word and settings.type_of(word) is None:
        at = context.places.get("run_types")
        hint = did_you_mean(word, (*settings.run_types, *settings.types))
        words = (
            f'{source.name} is a run of "{word}" ({conditions.run_type}), which is '
            f"none of {', '.join(settings.types)}{hint}"
        )
        yield Violation("unknown-run-type", at, words)


def _conditions(context: SiteReading) -> Iterator[tuple[str, str, str, Place]]:
    """What ``site.yaml`` names by path: what it is called, its key, path, place."""
    conditions = context.site.settings.conditions
    named = {key: getattr(conditions, key) for key in conditions.__struct_fields__}
    scalars = named.pop("scalars")
    named |= {f"scalars: {key}": path for key, path in scalars.items()}
    written = {
        f"conditions: {key}": (key, path, f"conditions: {key.partition(':')[0]}")
        for key, path in named.items()
    } | {
        f"header: {each.label}": ("", each.show, f"header: {each.show}")
        for each in context.site.settings.shown
        if each.show not in named.values()
    }
    for said, (key, path, at) in written.items():
        place = context.places.get(at)
        if place is not None and path:
            yield said, key, path, place


def check_paths(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find plots and overlays that the source does not hold, or nobody can draw."""
    first: dict[str, tuple[Place | None, str]] = {
        path: (place, "") for *_, path, place in _conditions(context)
    }
    for layout in context.site.layouts:
        plots = _compared(layout, context, source)
        for page, plot in plots:
            key = plot_key(layout.layout, page.page, plot.path)
            for path in named_paths(plot):
                first.setdefault(path, (context.places.get(key), key))
        if _is_elsewhere(plots, source):
            if not all(plot.path in context.renamed for _, plot in plots):
                yield _not_compared(layout, plots, context, source)
            continue
        yield from _missing(layout, plots, context, source)
        yield from once(_former(layout, plots, context, source))
    for each in context.renames:
        place, key = first.get(next(iter(each.paths)), (None, ""))
        yield Violation("renamed-in-data", place, each.said(source.name), key)


def _is_elsewhere(plots: list[tuple[Page, Plot]], source: SourcePaths) -> bool:
    """Tell whether the source has nothing of the subsystems of any plot."""
    subsystems = {plot.path.split("/", 1)[0] for _, plot in plots}
    return bool(plots) and not subsystems & source.subsystems


def _not_compared(
    layout: Layout,
    plots: list[tuple[Page, Plot]],
    context: SiteReading,
    source: SourcePaths,
) -> Violation:
    page, plot = plots[0]
    place = context.places.get(plot_key(layout.layout, page.page, plot.path))
    names = sorted({plot.path.split("/", 1)[0] for _, plot in plots})
    words = (
        f"{source.name} holds no {' or '.join(names)}: "
        f'"{layout.layout}" ({len(plots)} plots) is not compared with it'
    )
    return Violation("layout-not-compared", place, words)


def renames_in(context: SiteReading, source: SourcePaths) -> tuple[Rename, ...]:
    """Find renames that explain what a site names and the source lacks.

    Of a layout whose subsystems the source does not have, one that explains all.
    """
    named = [path for *_, path, _ in _conditions(context)]
    elsewhere = []
    for layout in context.site.layouts:
        plots = _compared(layout, context, source)
        paths = [path for _, plot in plots for path in named_paths(plot)]
        if _is_elsewhere(plots, source):
            elsewhere.append(dict.fromkeys(paths))
        else:
            named += paths
    missing = (
        path
        for path in named
        if path not in source.paths and subsystem_of(path) in source.subsystems
    )
    found = find_renames(missing, source, context.site_paths)
    for paths_of_one in elsewhere:
        more = find_renames(paths_of_one, source, context.site_paths)
        if len(more) == 1 and more[0].paths.keys() == paths_of_one.keys():
            found += more
    return found


def named_paths(plot: Plot) -> tuple[str, ...]:
    """The elements that a plot names: its own, overlays, those of its checks."""
    return tuple(dict.fromkeys((plot.path, *plot.overlay, *checked_paths(plot))))


def _compared(
    layout: Layout, context: SiteReading, source: SourcePaths
) -> list[tuple[Page, Plot]]:
    """The plots of a layout that runs of the source's type have."""
    run_type = context.site.settings.type_of(source.run_type)
    return [
        (page, plot)
        for page in layout.pages
        for plot in page.plots
        if run_type is None or not plot.run_types or run_type in plot.run_types
    ]


def _missing(
    layout: Layout,
    plots: list[tuple[Page, Plot]],
    context: SiteReading,
    source: SourcePaths,
) -> Iterator[Violation]:
    renamed = context.renamed
    hints = 0
    for page, plot in plots:
        key = plot_key(layout.layout, page.page, plot.path)
        for path in (plot.path, *plot.overlay):
            if why := source.unreadable.get(path):
                words = f'"{path}" cannot be drawn: {why}'
                yield Violation(
                    "element-not-drawn", context.places.get(key), words, key
                )
            if path in source.paths or path in renamed:
                continue
            near = source.nearest(path) if hints < MAX_HINTS else None
            hints += 1
            hint = f'; did you mean "{near}"?' if near else _beside(source, path)
            words = f'"{path}" is not in {source.name}{hint}'
            yield Violation("path-not-in-data", context.places.get(key), words, key)


def _former(
    layout: Layout,
    plots: list[tuple[Page, Plot]],
    context: SiteReading,
    source: SourcePaths,
) -> Iterator[Violation]:
    for page, plot in plots:
        if name := source.former.get(plot.path):
            key = plot_key(layout.layout, page.page, plot.path)
            words = f'"{plot.path}" is in {source.name} as "{name}", as it was called'
            yield Violation("former-name", context.places.get(key), words, key)


def _beside(source: SourcePaths, path: str) -> str:
    """Some names of the folder a path was looked for in, where none is like it."""
    folder, names = source.beside(path)
    if not folder or not names:
        return ""
    more = ", …" if len(names) > MAX_BESIDE else ""
    return f"; {folder} holds {', '.join(names[:MAX_BESIDE])}{more}"


def check_partitions(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find partitions that plots need and the source lacks, once for each layout."""
    said: set[tuple[str, str]] = set()
    for layout, page, plot in context.plots if source.partitions else ():
        for name in plot.needs.dcs if plot.needs else ():
            if name in source.partitions or (layout.layout, name) in said:
                continue
            said.add((layout.layout, name))
            hint = did_you_mean(name, sorted(source.partitions))
            words = f'needs: {source.name} has no DCS partition "{name}"{hint}'
            key = plot_key(layout.layout, page.page, plot.path)
            yield Violation("unknown-partition", context.places.get(key), words, key)


def check_known_in_data(
    context: SiteReading, source: SourcePaths
) -> Iterator[Violation]:
    """Find known issues that show in nothing of the source, or in no part of it."""
    for index, known in enumerate(context.site.known):
        if known.subsystem and known.subsystem not in source.subsystems:
            continue
        for item, glob in enumerate(known.paths):
            if not matches_any(glob, source.paths):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    f"matches nothing in {source.name}"
                )
                place = context.places.get(known_key(index, f"paths[{item}]"))
                yield Violation("known-not-in-data", place, words)
        for item, region in enumerate(known.regions):
            for words in _wrong_region(known, region, source):
                place = context.places.get(known_key(index, f"regions[{item}]"))
                yield Violation("unknown-region", place, words)


def _wrong_region(
    known: KnownIssue, region: Region, source: SourcePaths
) -> Iterator[str]:
    """Axes and labels of a region that none of its elements has."""
    shown = {
        path: axes
        for path, axes in source.labels.items()
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
