"""Projections and slices: what is drawn of a histogram that has more axes than a plot.

A cut says which axes are shown and which bins of the others are summed: "xy", "xz z",
"x y=3:5". Sums as in ROOT's ``TH2::ProjectionX``, ``TH3::Project3D`` and, of profiles,
``TProfile2D::ProfileX``: means are weighted by the entries of their bins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.sums import statistics, with_arrays

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis, Histogram

LETTERS = "xyz"
_RANGE = re.compile(r"([a-z])=(\d{1,9})(?::(\d{1,9}))?", re.ASCII)


class CutError(ValueError):
    """A text that is no cut of a histogram; says what could be meant."""


class Cut(msgspec.Struct, frozen=True):
    """Which axes are shown, and which bins of the others are summed.

    Attributes:
        axes: the axes shown, as "x", "xy", "zx": the first along x.
        ranges: of an axis not shown, the first and last bin that count, from 1; an
            axis that is not named counts whole, its flow bins included.
    """

    axes: str
    ranges: tuple[tuple[str, int, int], ...] = ()


def parse_cut(text: str, dimension: int) -> Cut:
    """Read a cut of a histogram of so many axes ("" is the one drawn by itself).

    Raises:
        CutError: it is none.
    """
    known = LETTERS[:dimension]
    words = text.split()
    if not words:
        return Cut(known[:2])
    axes, *rest = words
    if not set(axes) <= set(known) or not 1 <= len(set(axes)) == len(axes) <= 2:
        examples = {1: "x", 2: "xy, x, y", 3: "xy, xz, yz, x, y, z"}[dimension]
        message = f"{axes[:20]!r} names no axes to show; there are {examples}"
        raise CutError(message)
    ranges: dict[str, tuple[str, int, int]] = {}
    for word in rest:
        found = _RANGE.fullmatch(word)
        if found is None:
            message = f"{word[:20]!r} is no range of bins; one is like z=3:5 or z=4"
            raise CutError(message)
        letter, first = found[1], int(found[2])
        last = int(found[3] or first)
        others = [each for each in known if each not in axes]
        if letter not in others:
            there = ", ".join(others) or "none"
            message = f"{letter} is not summed; axes that are not shown: {there}"
            raise CutError(message)
        if not 1 <= first <= last:
            message = f"bins {first} to {last} of {letter}; they are counted from 1"
            raise CutError(message)
        ranges[letter] = (letter, first, last)
    return Cut(axes, tuple(ranges[letter] for letter in sorted(ranges)))


def is_whole(histogram: Histogram, cut: Cut) -> bool:
    """Tell whether a cut shows the histogram as it is."""
    return cut.axes == LETTERS[: histogram.dimension]


@np.errstate(over="ignore", invalid="ignore")
def project(histogram: Histogram, cut: Cut) -> Histogram:
    """The histogram of the axes shown, float64, its flow bins those of these axes.

    Entries are the histogram's when all bins count, else what the bins say: the sum of
    contents, or of weighted fills the effective number. Statistics are those of the
    bins, as in ROOT.

    Raises:
        CutError: a range lies outside of its axis.
    """
    if is_whole(histogram, cut):
        return histogram
    known = LETTERS[: histogram.dimension]
    taken = [slice(None)] * histogram.dimension
    for letter, first, last in cut.ranges:
        number = known.index(letter)
        bins = histogram.axes[number].bins
        if last > bins:
            message = f"bin {last} of {letter}, which has {bins:,}"
            raise CutError(message)
        taken[number] = slice(first, last + 1)
    summed = tuple(n for n, letter in enumerate(known) if letter not in cut.axes)
    left = [letter for letter in known if letter in cut.axes]
    order = [left.index(letter) for letter in cut.axes]

    def reduced(array: Array) -> Array:
        found: Array = array[tuple(taken)].sum(axis=summed, dtype=np.float64)
        return found.transpose(order)

    dimension = len(cut.axes)
    count = f"TH{dimension}D"
    mean = "TProfile" if dimension == 1 else "TProfile2D"
    falls = dimension == 1 and histogram.dimension == 2
    found = with_arrays(
        histogram,
        reduced,
        root_class=mean if histogram.is_profile else count,
        axes=tuple(histogram.axes[known.index(letter)] for letter in cut.axes),
        sums=(),
        y_title=histogram.y_title if falls or histogram.is_profile else "",
        shown=histogram.shown if histogram.is_profile else (None, None),
    )
    return msgspec.structs.replace(
        found,
        entries=_entries(found) if cut.ranges else histogram.entries,
        sums=statistics(found),
    )


def describe(histogram: Histogram, cut: Cut) -> str:
    """What a cut shows, in words: "x–y at z 3 to 5"; "" for the whole."""
    if is_whole(histogram, cut):
        return ""
    known = LETTERS[: histogram.dimension]
    words = []
    ranges = {letter: (first, last) for letter, first, last in cut.ranges}
    for number, letter in enumerate(known):
        if letter in cut.axes:
            continue
        if letter not in ranges:
            words.append(f"all {letter}")
            continue
        words.append(f"{letter} {_place(histogram.axes[number], *ranges[letter])}")
    return f"{'–'.join(cut.axes)} at {', '.join(words)}"


def _place(axis: Axis, first: int, last: int) -> str:
    if axis.labels:
        ends = [axis.labels[n - 1] or f"bin {n}" for n in (first, last)]
        return ends[0] if first == last else f"{ends[0]} to {ends[1]}"
    edges = axis.edges
    return f"{edges[first - 1]:g} to {edges[last]:g}"


def _entries(found: Histogram) -> float:
    if found.bin_entries is not None:
        return float(found.bin_entries.sum())
    total = float(found.contents.sum())
    if found.sumw2 is None:
        return float(np.floor(total + 0.5))
    squares = float(found.sumw2.sum())
    return total * total / squares if squares else 0.0
