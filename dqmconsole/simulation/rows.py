"""The rows of a subsystem's table: each function makes one element of a usual kind.

A row says where the element is, its axes, what fills it, and what tests it. Of the
arguments that most rows have, ``select`` is a bool per channel: those that the
element sees, all when None; ``test`` is its quality test, none when None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.elements import (
    LUMISECTIONS,
    Element,
    FillSpecification,
    MonitorElement,
    flat_bins,
)
from dqmconsole.simulation.shapes import flat, spread, times

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.simulation.lumisection import Filled, Lumisection
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.channels import Geometry

Value = float | tuple[float, float | None] | None
"""A value, a value with its error, or None: nothing to set."""

FLAG_VALUES = "1 good, 0 bad, -1 not judged"


def channel_bins(
    built: Geometry,
    axes: tuple[Axis, ...],
    coordinates: tuple[str, ...],
    select: Array | None = None,
) -> FillSpecification:
    """The bin that each channel fills, by its coordinates.

    Args:
        built: the channels.
        axes: of the element, uniform bins.
        coordinates: name of a coordinate of the channels, per axis.
        select: bool per channel; see the module.
    """
    where = (built.coordinates[each].astype(float) for each in coordinates)
    return FillSpecification.of(flat_bins(axes, *where), axes, built.known, select)


def hit_map(
    built: Geometry,
    path: str,
    title: str,
    axes: tuple[Axis, ...],
    coordinates: tuple[str, ...],
    hits: Filled,
    *,
    select: Array | None = None,
    y_title: str = "",
    test: QualityTest | None = None,
) -> Element:
    """Hits binned by coordinates of the channels (TH1F, TH2F).

    Args:
        built: the channels.
        path: of the element.
        title: of the element.
        axes: one or two, uniform bins.
        coordinates: name of a coordinate of the channels, per axis.
        hits: gives the hits of each channel, shape (channels,).
        select: bool per channel; see the module.
        y_title: title of the ordinate or colour scale.
        test: its quality test.
    """
    return Element(
        path,
        title,
        axes,
        lambda now, element: element.add_hits(hits(now)),
        root_class=f"TH{len(axes)}F",
        bins=channel_bins(built, axes, coordinates, select),
        y_title=y_title,
        test=test,
    )


def mean_map(
    built: Geometry,
    path: str,
    title: str,
    axes: tuple[Axis, ...],
    coordinates: tuple[str, ...],
    fills: Filled,
    sums: Callable[[Lumisection], tuple[Array, Array]],
    *,
    select: Array | None = None,
    y_title: str = "Time [ns]",
    efficiency: bool = False,
    test: QualityTest | None = None,
) -> Element:
    """A profile by coordinates of the channels.

    Args:
        built: the channels.
        path: of the element.
        title: of the element.
        axes: one or two, uniform bins.
        coordinates: name of a coordinate of the channels, per axis.
        fills: gives the number of fills of each channel, shape (channels,).
        sums: gives the sums of y and of y squared of each channel, shapes (channels,).
        select: bool per channel; see the module.
        y_title: title of the mean, with its unit.
        efficiency: never normalise it.
        test: its quality test.
    """
    return Element(
        path,
        title,
        axes,
        lambda now, element: element.add_hit_means(fills(now), *sums(now)),
        root_class="TProfile" if len(axes) == 1 else "TProfile2D",
        bins=channel_bins(built, axes, coordinates, select),
        y_title=y_title,
        efficiency=efficiency,
        test=test,
    )


def distribution(
    path: str,
    title: str,
    axes: tuple[Axis, ...],
    counts: Filled,
    *,
    y_title: str = "Events",
    test: QualityTest | None = None,
) -> Element:
    """Counts per bin (TH1F, TH2F).

    Args:
        path: of the element.
        title: of the element.
        axes: one or two.
        counts: gives what is added, shaped as the inner bins or with the flow bins.
        y_title: title of the ordinate or colour scale.
        test: its quality test.
    """
    return Element(
        path,
        title,
        axes,
        lambda now, element: element.add(counts(now)),
        root_class=f"TH{len(axes)}F",
        y_title=y_title,
        test=test,
    )


def spread_hits(hits: Filled, chance: Array, select: Array | None = None) -> Filled:
    """Counts per bin of the hits of many channels.

    Args:
        hits: gives the hits of each channel, shape (channels,).
        chance: probability of each bin, with or without flow bins.
        select: bool per channel; see the module.
    """

    def counts(now: Lumisection) -> Array:
        found = hits(now) if select is None else hits(now)[select]
        return spread(now.rng, float(found.sum()), chance)

    return counts


def hit_times(
    axis: Axis,
    hits: Filled,
    sigma: float,
    select: Array | None = None,
    noise: Filled | None = None,
) -> Filled:
    """Counts per bin, with flow bins, of the times of many channels' hits.

    Args:
        axis: time, ns.
        hits: gives the hits of each channel that particles left, shape (channels,).
        sigma: spread of the hits of one channel, ns.
        select: bool per channel; see the module.
        noise: gives those of noise, which come at any time; none when None.
    """

    def counts(now: Lumisection) -> Array:
        found, t0 = hits(now), now.t0
        if select is not None:
            found, t0 = found[select], t0[select]
        counts = times(now.rng, axis, found, t0, sigma)
        if noise is not None:
            beside = noise(now) if select is None else noise(now)[select]
            counts = counts + spread(now.rng, float(beside.sum()), flat(axis))
        return counts

    return counts


def spread_events(chance: Array) -> Filled:
    """Counts per bin of all events, by the probability of each bin."""
    return lambda now: spread(now.rng, now.events, chance)


def hits_per_event(
    path: str,
    title: str,
    *,
    select: Array | None = None,
    y_title: str,
    test: QualityTest | None = None,
) -> Element:
    """A profile of hits per event against lumisection.

    Args:
        path: of the element.
        title: of the element.
        select: bool per channel; see the module.
        y_title: title of the mean.
        test: its quality test.
    """

    def fill(now: Lumisection, element: MonitorElement) -> None:
        if now.events:
            hits = now.hits if select is None else now.hits[select]
            mean = float(hits.sum()) / now.events
            element.add_trend(now.number, now.events, mean, mean**0.5)

    return Element(
        path,
        title,
        (LUMISECTIONS,),
        fill,
        root_class="TProfile",
        accumulates="trend",
        y_title=y_title,
        test=test,
    )


def trend(
    path: str,
    title: str,
    y_title: str,
    value: Callable[[Lumisection], Value],
    test: QualityTest | None = None,
) -> Element:
    """One value per lumisection (TH1F).

    Args:
        path: of the element.
        title: of the element.
        y_title: title of the value, with its unit.
        value: gives it.
        test: its quality test.
    """

    def fill(now: Lumisection, element: MonitorElement) -> None:
        found = value(now)
        if isinstance(found, tuple):
            element.set_at(now.number, *found)
        elif found is not None:
            element.set_at(now.number, found)

    return Element(
        path, title, (LUMISECTIONS,), fill, accumulates="trend", y_title=y_title,
        test=test,
    )  # fmt: skip


def flags(
    path: str,
    title: str,
    rows: Axis,
    column: Callable[[Lumisection], Array | None],
    *,
    y_title: str = FLAG_VALUES,
    test: QualityTest | None = None,
) -> Element:
    """A map of flags, lumisection against rows (TH2F), -1 where nothing is set.

    Args:
        path: of the element.
        title: of the element.
        rows: the y axis, one bin per row.
        column: gives the flags of the lumisection, shape (rows,); None sets nothing.
        y_title: title of the colour scale.
        test: its quality test.
    """

    def fill(now: Lumisection, element: MonitorElement) -> None:
        found = column(now)
        if found is not None:
            element.set_column(now.number, found)

    return Element(
        path,
        title,
        (LUMISECTIONS, rows),
        fill,
        root_class="TH2F",
        accumulates="trend",
        y_title=y_title,
        empty=-1.0,
        test=test,
    )


def latest(
    path: str,
    title: str,
    axes: tuple[Axis, ...],
    values: Callable[[Lumisection], Array | None],
    *,
    y_title: str = "",
    efficiency: bool = False,
    entries: Callable[[Array], float] = lambda values: float(values.size),
    test: QualityTest | None = None,
) -> Element:
    """The values of the latest lumisection alone (TH1F, TH2F).

    Args:
        path: of the element.
        title: of the element.
        axes: one or two.
        values: gives them, shaped as the inner bins; None leaves those before.
        y_title: title of the ordinate or colour scale.
        efficiency: never normalise it.
        entries: gives the number of entries of such values.
        test: its quality test.
    """

    def fill(now: Lumisection, element: MonitorElement) -> None:
        found = values(now)
        if found is not None:
            element.reset()
            element.add(found)
            element.entries = entries(found)

    return Element(
        path,
        title,
        axes,
        fill,
        root_class=f"TH{len(axes)}F",
        accumulates="latest",
        y_title=y_title,
        efficiency=efficiency,
        test=test,
    )


def inner_bins(axes: tuple[Axis, ...]) -> Array:
    """Flat indices of all inner bins (flow bins counted, C order)."""
    inner = np.zeros(tuple(axis.bins + 2 for axis in axes), bool)
    inner[(slice(1, -1),) * len(axes)] = True
    return np.flatnonzero(inner)
