"""Checks of regions: holes and hot clusters, of maps and of channels in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from dqmconsole.checks.batch import flat, quiet
from dqmconsole.checks.cells import (
    COMPARED,
    Against,
    CellCheck,
    Cells,
    cells_of,
    entries_per_unit,
    existing_cells,
    pulls_of,
    set_against,
    times_log,
    unlikely,
)
from dqmconsole.checks.check import Example, Result, grade, limits_above
from dqmconsole.checks.limits import wrong_shares
from dqmconsole.checks.sentences import number, percent, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array

_GROSS = 0.25  # of the cells; a region of so many is believed at once
# Regions of k cells in the plane, connected by their edges, are at most 4.65**k a cell
# (Klarner and Rivest, "A procedure for improving the upper bound for the number of
# n-ominoes", Can. J. Math. 25 (1973) 585); in a line one.
_REGIONS = {1: 1.0, 2: 4.65}


class Regions(NamedTuple):
    """Connected regions of cells that are off, in all rows.

    Attributes:
        label: region of each cell, ``(n, cells)``, 0 for none.
        row: of each region, from the second on; the first stands for none.
        size: cells of each.
        share: those of the cells of its row.
        ratio: what is in it, in parts of what is expected.
        p_value: chance that good data have such a region or a worse one anywhere.
    """

    label: Array
    row: Array
    size: Array
    share: Array
    ratio: Array
    p_value: Array


class _RegionCheck(CellCheck, frozen=True):
    """What holes and hot clusters share."""

    SHARES: ClassVar[bool] = True

    warn_above: float | None = 0.01
    bad_above: float | None = 0.05
    against: Against = "reference"
    reach: int = 8
    chance: float = 1e-6

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        yield from wrong_shares(self, "warn_above", "bad_above")
        if not 0 < self.chance < 1:
            yield "chance", "a chance is between 0 and 1"

    def _found(
        self,
        batch: Batch,
        cells: Cells,
        off: Array,
        what: str,
        lost: Mapping[int, Result],
    ) -> list[Result]:
        """One result a row.

        Args:
            batch: the rows.
            cells: what is expected.
            off: cells that are off, ``(n, cells)``.
            what: a region of them, in words.
            lost: what is said of rows of which all is lost.
        """
        regions = _regions(batch, cells, off, self)
        real = (regions.p_value < self.chance) & (regions.size > 0)
        largest = np.zeros(len(batch.data), np.int64)
        # by size, so that the last one that is put down is the largest
        order = np.argsort(regions.size, kind="stable")
        order = order[real[order]]
        largest[regions.row[order]] = order
        share = regions.share[largest]
        statuses = grade(share, self.warn_above, self.bad_above)
        beyond = [
            each for each in (self.warn_above, self.bad_above) if each is not None
        ]
        shown = real & (regions.share > min(beyond, default=np.inf))
        limits = limits_above(self.warn_above, self.bad_above)
        pulls = pulls_of(cells, batch)
        unjudged = self.unjudged(batch, cells, statuses, lost)
        found = []
        for row, (reason, status) in enumerate(zip(unjudged, statuses, strict=True)):
            if reason is not None:
                found.append(reason)
                continue
            words, bins, chance = f"no {what}", np.zeros(0, np.int64), None
            if status is not Status.GOOD:
                one = largest[row]
                words = self._words(batch, regions, row, int(one), what)
                labels = regions.label[row]
                bins = np.flatnonzero(shown[labels])
                more = len(np.unique(labels[bins])) - 1
                words += f"; {counted(more, 'region')} more" if more > 0 else ""
                chance = float(regions.p_value[one])
            value, gross = float(share[row]), bool(share[row] >= _GROSS)
            found.append(
                Result(
                    status,
                    words,
                    value,
                    limits,
                    bins,
                    pulls[row],
                    p_value=chance,
                    gross=gross,
                )
            )
        return found

    def _words(
        self, batch: Batch, regions: Regions, row: int, one: int, what: str
    ) -> str:
        bins = np.flatnonzero(regions.label[row] == one)
        place = places_of(batch.data.axes[row], bins)
        ratio = float(regions.ratio[one])
        level = self.level_of(batch)
        held = f"{percent(round(ratio, 2))} of {level}"
        if not np.isfinite(ratio):
            held = "nothing expected there"
        elif not ratio:
            held = f"empty, unlike {level}"
        elif ratio >= 2:
            held = f"{number(ratio, 3)} times {level}"
        of_all = percent(round(float(regions.share[one]), 3))
        words = (
            f"a {what} of {counted(bins.size, self.noun.removesuffix('s'), self.noun)}"
        )
        return f"{words}, {of_all} of all ({place}): {held}"


class Holes(_RegionCheck, frozen=True):
    """Connected regions that hold less than half of what is expected.

    As ATLAS's OccupancyHoleFinder, but that a region counts only where chance does not
    make it: its Poisson probability (against a reference that of two counts; Chernoff's
    bound of either) times the number of connected regions of its size and smaller.
    Cells that are dead in the reference too are left out.

    Attributes:
        warn_above, bad_above: share of the cells in the largest such region.
        below: cells with less than this part of what is expected form regions.
        chance: that good data have such a region anywhere; below it is real.
        against, ring, reach, expected, noun: as of ``dead_channels``.
    """

    NAME: ClassVar[str] = "holes"
    FAMILY = "missing"

    below: float = 0.5

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        batch = set_against(batch, self)
        cells = existing_cells(batch, self, self.below)
        low = cells.judged & (cells.values < self.below * cells.expected)
        lost = self.lost(batch, cells)
        return self._found(batch, cells, low, "hole", lost)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if not 0 < self.below < 1:
            yield "below", "a hole has between 0 and 1 of what is expected"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        even, few = ((100,) * 10,) * 10, ((2,) * 10,) * 10
        hole = tuple(
            tuple(10 if 3 < x < 7 and y < 3 else 100 for y in range(10))
            for x in range(10)
        )
        small = ((100,) * 10,) * 9 + ((0, 0, *(100,) * 8),)
        below_none = ((100,) * 10,) * 9 + ((-1e4,) * 10,)
        return (
            Example("as the reference", cls(), even, Status.GOOD, reference=even),
            Example("nine cells of hundred", cls(), hole, Status.BAD, reference=even),
            Example("two of hundred", cls(), small, Status.WARNING, reference=even),
            Example("less than none", cls(), below_none, Status.BAD, reference=even),
            Example("an old hole", cls(), hole, Status.GOOD, reference=hole),
            Example("against its rings", cls(against="ring"), hole, Status.BAD),
            Example("a line", cls(), (90, 9, 7, 90), Status.BAD, reference=(90,) * 4),
            Example("few", cls(), few, Status.LOW_STATISTICS, reference=few),
            Example("no reference", cls(), even, Status.NO_REFERENCE),
        )


class HotClusters(_RegionCheck, frozen=True):
    """Connected regions that hold more than twice of what is expected.

    As ATLAS's MDTCluster; chance as of ``holes``.

    Attributes:
        warn_above, bad_above: share of the cells in the largest such region.
        above: cells with more than so many times what is expected form regions.
        chance: that good data have such a region anywhere; below it is real.
        against, ring, reach, expected, noun: as of ``dead_channels``.
    """

    NAME: ClassVar[str] = "hot_clusters"
    FAMILY = "excess"

    warn_above: float | None = 0.002
    bad_above: float | None = 0.01
    above: float = 2.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        batch = set_against(batch, self)
        cells = cells_of(batch, self, filled=False)
        hot = cells.judged & (cells.values > self.above * cells.expected)
        if self.against != "reference":  # where nothing is filled nothing is known
            hot &= cells.expected > 0
        return self._found(batch, cells, hot, "hot cluster", {})

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if not self.above > 1:
            yield "above", "what is hot has more than 1 times what is expected"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        even, few = ((100,) * 10,) * 10, ((2,) * 10,) * 10
        hot = tuple(
            tuple(300 if 3 < x < 7 and y < 3 else 100 for y in range(10))
            for x in range(10)
        )
        one = ((100,) * 10,) * 9 + ((300, *(100,) * 9),)
        return (
            Example("as the reference", cls(), even, Status.GOOD, reference=even),
            Example("nine cells of hundred", cls(), hot, Status.BAD, reference=even),
            Example("one of hundred", cls(), one, Status.WARNING, reference=even),
            Example("an old cluster", cls(), hot, Status.GOOD, reference=hot),
            Example("few", cls(), few, Status.LOW_STATISTICS, reference=few),
            Example("no reference", cls(), even, Status.NO_REFERENCE),
        )


def _regions(batch: Batch, cells: Cells, off: Array, check: CellCheck) -> Regions:
    """Connected regions of the cells that are off."""
    from scipy.ndimage import generate_binary_structure
    from scipy.ndimage import label as labelled

    dimensions = batch.data.dimension
    beside = generate_binary_structure(dimensions, 1)
    apart = np.zeros((3, *beside.shape), bool)  # rows do not touch one another
    apart[1] = beside
    labels, many = labelled(off.reshape(batch.judged.shape), apart)
    label = flat(labels)
    at = label.ravel()

    def summed(cells_: Array) -> Array:
        chosen = at > 0
        found: Array = np.bincount(at[chosen], cells_.ravel()[chosen], many + 1)
        return found

    size = np.bincount(at, minlength=many + 1)
    size[0] = 0
    row = np.zeros(many + 1, np.int64)
    row[at] = np.repeat(np.arange(len(label)), label.shape[1])
    entries = cells.entries[:, None]
    held = summed(cells.values * entries)
    expected = summed(cells.expected * entries)
    judged = cells.judged.sum(1)
    counted = np.maximum(held, 0.0)  # fewer than none are as unlikely as none
    log_chance = unlikely(counted, expected)
    if check.against in COMPARED and batch.reference is not None:
        counts = np.maximum(flat(batch.reference.weights()), 0.0)
        counts = counts * entries_per_unit(batch.reference)[:, None]
        per_count = batch.scale * cells.entries / entries_per_unit(batch.reference)
        log_chance = _unlike(counted, summed(counts), per_count[row])
    # size and smaller: the sum of 1 / (k (k + 1)) over all k is 1
    places = np.log(np.maximum(judged[row], 1)) + np.log(np.maximum(size, 1))
    places += np.log(size + 1.0) + size * np.log(_REGIONS[dimensions])
    return Regions(
        label,
        row,
        size,
        size / np.maximum(judged[row], 1),
        held / expected,
        np.exp(np.minimum(places - log_chance, 0.0)),
    )


def _unlike(held: Array, reference: Array, scale: Array) -> Array:
    """Chernoff's bound of -log(chance) of so many counts or worse beside others.

    Args:
        held: counts.
        reference: those of the reference.
        scale: expected counts for each of the reference.
    """
    both = held + reference
    ours = times_log(held, held * (1 + scale) / (both * scale))
    theirs = times_log(reference, reference * (1 + scale) / both)
    found: Array = ours + theirs
    return found
