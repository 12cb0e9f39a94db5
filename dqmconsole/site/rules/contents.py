"""What plots show of the sources that a site is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.trend import is_against_lumisection
from dqmconsole.model.words import counted, listed
from dqmconsole.site.rules.context import Violation, once
from dqmconsole.site.rules.source_paths import in_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import Shape, SourcePaths

MAX_NAMED = 5
_AXES = "xyz"
_TABLES = ("table", "strip")  # which have no axis of values

Ends = tuple[float | None, float | None]


def check_contents(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find plots that are always empty, differ between sources, or are cut."""
    run_type = context.site.settings.run_types.get(source.run_type)
    plots = [
        each
        for each in context.plots
        if run_type is None or run_type in (each[2].run_types or (run_type,))
    ]
    for find in (_empty, _binning, _overlays, _references, _hidden):
        found = []
        for layout, page, plot in plots:
            key = plot_key(layout.layout, page.page, plot.path)
            place = context.places.get(key)
            for code, words in find(plot, context, source):
                found.append(Violation(code, place, words, key))
        yield from once(found)


def _empty(
    plot: Plot, _: SiteReading, source: SourcePaths
) -> Iterator[tuple[str, str]]:
    those = source.contents.get(plot.path, ())
    # of errors, say: whoever tests that there are none expects it to be empty
    expected = source.tested.get(source.former.get(plot.path, plot.path), False)
    if those and all(each.empty for each in those) and not expected:
        yield (
            "always-empty",
            f"{plot.path} is empty in {in_all([each.source for each in those])}",
        )


def _binning(
    plot: Plot, _: SiteReading, source: SourcePaths
) -> Iterator[tuple[str, str]]:
    those = source.contents.get(plot.path, ())
    for first, each in ((those[0], each) for each in those[1:]):
        same_kind = each.shape.kind == first.shape.kind
        if same_kind and _same_bins(plot, first.shape, each.shape):
            continue
        words = (
            f"{plot.path} has {first.shape.said(each.shape)} in {first.source}, and "
            f"{each.shape.said(first.shape)} in {each.source}"
        )
        yield "binning-differs", words
        return


def _overlays(
    plot: Plot, _: SiteReading, source: SourcePaths
) -> Iterator[tuple[str, str]]:
    shape = source.shapes.get(plot.path)
    for path in plot.overlay:
        other = source.shapes.get(path)
        if shape is None or other is None or not (shape.axes and other.axes):
            continue
        if not _same_bins(plot, shape, other):
            words = (
                f"overlay: {path} has {other.said(shape)}, and {plot.path} "
                f"{shape.said(other)}"
            )
            yield "overlay-bins", words


def _references(
    plot: Plot, context: SiteReading, source: SourcePaths
) -> Iterator[tuple[str, str]]:
    shape = source.shapes.get(plot.path)
    if shape is None or not shape.axes or plot.reference.mode == "none":
        return
    for at, shapes in source.references.items():
        other = shapes.get(plot.path)
        if other is not None and not _same_bins(plot, shape, other):
            words = (
                f"{plot.path} has {shape.said(other)}, and {other.said(shape)} in its "
                f"reference {context.site.references[at].called}"
            )
            yield "reference-bins", words
            return


def _same_bins(plot: Plot, one: Shape, other: Shape) -> bool:
    """Tell whether bins are the same, but for an axis that grows with the run."""
    grows = bool(one.axes) and is_against_lumisection(one.axes[0], plot)
    return one.same_bins(other, slice(1 if grows else 0, None))


def ranges_of(plot: Plot) -> dict[str, Ends]:
    """The ranges that a plot is drawn in, by axis; of those that are said."""
    if plot.draw is None:
        return {}
    axes = {"x": plot.draw.x, "y": plot.draw.y, "z": plot.draw.z}
    if plot.draw.style in _TABLES:
        axes = {"x": plot.draw.x}
    return {name: each.range for name, each in axes.items() if each.range is not None}


class _Seen(NamedTuple):
    """Where on one axis data are.

    Attributes:
        at: of every filled bin or point, its place on the axis.
        noun: what it is.
    """

    at: Array
    noun: str


def _hidden(
    plot: Plot, _: SiteReading, source: SourcePaths
) -> Iterator[tuple[str, str]]:
    for name, (low, high) in ranges_of(plot).items():
        for content in source.contents.get(plot.path, ()):
            if content.element is None:
                continue
            seen = _seen(content.element, name)
            if seen is None or not seen.at.size:
                continue
            outside = np.zeros(seen.at.shape, dtype=bool)
            if low is not None:
                outside |= seen.at < low
            # of shares what lies beyond the end is as expected
            expected = name == "z" and plot.draw is not None and plot.draw.palette
            if high is not None and expected != "shares":
                outside |= seen.at > high
            # the colours of a map say themselves what is beyond them
            if name == "z" and not outside.all():
                continue
            if hidden := int(outside.sum()):
                least, most = (f"{each:g}" for each in (seen.at.min(), seen.at.max()))
                words = (
                    f"draw: {name}: range [{_end(low)}, {_end(high)}] hides {hidden} "
                    f"of {counted(seen.at.size, seen.noun)} of {plot.path} in "
                    f"{content.source}, which reach from {least} to {most}"
                )
                yield "range-hides-data", words
                break


def _end(value: float | None) -> str:
    return "null" if value is None else f"{value:g}"


def _seen(element: Histogram | Graph, name: str) -> _Seen | None:
    """Where data are on an axis; None where the element has no such axis."""
    index = _AXES.index(name)
    if not isinstance(element, Histogram):
        points = {"x": element.x, "y": element.y}.get(name)
        if points is None:
            return None
        return _Seen(points[np.isfinite(points)], "point")
    filled = element.counts() != 0
    if index < element.dimension:
        others = tuple(at for at in range(element.dimension) if at != index)
        return _Seen(element.axes[index].centers[filled.any(axis=others)], "filled bin")
    if index == element.dimension:
        values = element.values()[filled]
        return _Seen(values[np.isfinite(values)], "filled bin")
    return None


def check_quality_shown(
    context: SiteReading, source: SourcePaths
) -> Iterator[Violation]:
    """Find elements with results of the producer's tests that no page shows."""
    shown = {*context.site_paths, *source.former.values()}
    places: dict[str, tuple[Layout, Page, Plot]] = {}
    for layout, page, plot in context.plots:
        places.setdefault(subsystem_of(plot.path), (layout, page, plot))
    by_subsystem: dict[str, list[str]] = {}
    for path in sorted(source.tested.keys() - shown):
        by_subsystem.setdefault(subsystem_of(path), []).append(path)
    for name, paths in by_subsystem.items():
        if name not in places:
            continue  # of a subsystem that the site does not show
        place = context.places.get(places[name][0].layout)
        words = (
            f"{counted(len(paths), 'element')} of {name} with quality results of the "
            f"producer {'is' if len(paths) == 1 else 'are'} on no page: "
            f"{listed(tuple(paths), MAX_NAMED)}"
        )
        yield Violation("quality-not-shown", place, words)
