"""What is measured of a page: its plots as they are drawn, and what is said of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.desk.judge_source import JudgeError, judge_source
from dqmconsole.model.layout import split_page
from dqmconsole.model.message import WORKING_COPY
from dqmconsole.training.exam import automatic_answer
from dqmconsole.training.item_bank import LUMISECTIONS
from dqmconsole.training.strength import ACROSS, Picture, merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.model.layout import Page, Plot
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.training.lesson import Answer
    from dqmconsole.training.strength import Change


def picture(data: Histogram, plot: Plot, events: float) -> Picture:
    """A histogram as it is drawn, of counts for one event.

    Args:
        data: the histogram.
        plot: how it is drawn.
        events: by which counts are divided; 0 where they are not.
    """
    values = np.nan_to_num(np.asarray(data.values(), np.float64))
    for axis in range(values.ndim):
        many = _together(_cut(data, plot, axis))
        values = np.moveaxis(values, axis, 0)[: _cut(data, plot, axis)]
        values = np.moveaxis(merged(values, many, axes=1), 0, axis)
    counts = not data.is_profile and plot.accumulates in (None, "run") and events > 0
    per = 1 / events if counts else 0.0
    draw = plot.draw
    scale = None
    if draw is not None:
        scale = draw.y.scale if data.dimension == 1 else draw.z.scale
    return Picture(values * per if counts else values, per, scale == "log")


def cell_edges(data: Histogram, plot: Plot) -> tuple[Array, ...]:
    """Edges of the cells of a picture, per axis."""
    return tuple(_edges(data, plot, axis) for axis in range(data.dimension))


def region(edges: Sequence[Array], changes: Sequence[Change]) -> tuple[float, ...]:
    """About where the change of a plot is largest, if the trials agree on it.

    Args:
        edges: of the cells of its pictures, per axis.
        changes: of each trial.

    Returns:
        In units of its axes: x from, x to and, of a map, y from, y to; or nothing.
    """
    found: list[float] = []
    for axis, each in enumerate(edges):
        low = min(change.cell[axis][0] for change in changes)
        high = max(change.cell[axis][1] for change in changes)
        if high - low > max(2, 0.5 * (len(each) - 1)):
            return ()
        found += [float(each[low]), float(each[min(high, len(each) - 1)])]
    return tuple(found)


def said_of(page: str, folder: str, home: Path, tables: SiteTables) -> Answer:
    """What the console says of a page of a run by the site's working copy.

    Args:
        page: "Layout/Page".
        folder: with the files of the run.
        home: the site's folder.
        tables: what features add to it.

    Raises:
        OSError: the run cannot be judged.
    """
    layout, name = split_page(page)
    try:
        found = judge_source(
            folder, home, layout=layout, release=WORKING_COPY, tables=tables
        )
    except JudgeError as error:
        raise OSError(str(error)) from error
    return automatic_answer(each.verdict for each in found.plots if each.page == name)


def page_named(site: Site, name: str) -> Page:
    """The page "Layout/Page" of a site that has it."""
    layout, page = split_page(name)
    return next(
        each
        for one in site.layouts
        if one.layout == layout
        for each in one.pages
        if each.page == page
    )


def seed_of(*words: str) -> int:
    """A seed that follows from some words."""
    digest = hashlib.sha256("\n".join(words).encode()).digest()
    return 1 + int.from_bytes(digest[:4], "big") % (2**31 - 1)


def _together(bins: int) -> int:
    """How many bins of an axis one cell of a picture is."""
    return -(-bins // ACROSS)


def _cut(data: Histogram, plot: Plot, axis: int) -> int:
    """Bins of an axis that are drawn: one of lumisections ends with the run."""
    bins = data.axes[axis].bins
    if axis == 0 and plot.accumulates == "trend":
        return min(bins, LUMISECTIONS + 1)
    return bins


def _edges(data: Histogram, plot: Plot, axis: int) -> Array:
    bins = _cut(data, plot, axis)
    edges = data.axes[axis].edges[: bins + 1]
    return np.append(edges[:-1][:: _together(bins)], edges[-1])
