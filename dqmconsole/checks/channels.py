"""Checks of single cells or channels: dead ones and noisy ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.batch import flat, quiet
from dqmconsole.checks.cells import (
    COMPARED,
    CellCheck,
    Cells,
    cells_of,
    entries_per_unit,
    existing_cells,
    pulls_of,
    set_against,
    unlikely,
)
from dqmconsole.checks.check import Example, Result, grade, limits_above
from dqmconsole.checks.deviations import li_ma
from dqmconsole.checks.limits import wrong_shares
from dqmconsole.checks.sentences import number, places_of
from dqmconsole.model.histogram import read_only
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array

_NONE = read_only(np.zeros(0, np.int64))
_SURE = 14.0  # -log of the chance: 1e-6
_BEYOND = 5.0  # standard deviations, by the counts of both
_GROSS_RING = 8  # cells; half of a smaller ring is not gross


class DeadChannels(CellCheck, frozen=True):
    """Cells that are newly dead, of channels (1-D) or maps.

    As CMS's DeadChannel, ATLAS's BinsDiffFromStripMedian and ALICE's dead channel maps,
    but that a cell is set against what is expected in it. Cells that are dead in the
    reference too are not counted. A ring that is empty as a whole is set against the
    reference, else against the rings beside it (at most two such in a row), at an edge
    against the ring at the other: where both are empty neither is there. A row that is
    wholly empty where the reference expects 25 entries or more is BAD. Of profiles
    the entries of the bins count, not their means.

    Attributes:
        warn_above, bad_above: share of the cells that are newly dead.
        dead: a cell with less than this part of what is expected is dead, where chance
            does so once in a million at most.
        against: what is expected is the median of the filled cells of the same ring,
            or of those within `reach` bins along each axis, or the reference, scaled,
            or what the run held before its last updates ("before"): what is new in it.
        ring: cells with the same bin on this axis are a ring; none: all are one.
        reach: neighbours on each side, in bins.
        expected: entries that must be expected in a typical cell.
        noun: what the cells are.
    """

    NAME: ClassVar[str] = "dead_channels"
    FAMILY = "missing"
    TOGETHER: ClassVar[bool] = True
    SHARES: ClassVar[bool] = True

    warn_above: float | None = 0.002
    bad_above: float | None = 0.01
    dead: float = 0.25

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        batch = set_against(batch, self)
        cells = existing_cells(batch, self, self.dead)
        dead = self._dead(cells)
        number_dead, number_judged = dead.sum(1), cells.judged.sum(1)
        share = number_dead / np.maximum(number_judged, 1)
        statuses = grade(share, self.warn_above, self.bad_above)
        unjudged = self.unjudged(batch, cells, statuses, self.lost(batch, cells))
        gross = (2 * number_dead >= np.maximum(number_judged, 1)) | _half_a_ring(
            dead, cells.enough, cells.ring
        )
        pulls = pulls_of(cells, batch)
        limits = limits_above(self.warn_above, self.bad_above)
        found = []
        for row, (result, status) in enumerate(zip(unjudged, statuses, strict=True)):
            if result is not None:
                found.append(result)
                continue
            words = f"{number_dead[row]:,} of {number_judged[row]:,} {self.noun} dead"
            bins = np.flatnonzero(dead[row]) if number_dead[row] else _NONE
            if bins.size:
                words += f" ({places_of(batch.data.axes[row], bins)})"
            found.append(
                Result(
                    status,
                    words,
                    float(share[row]),
                    limits,
                    bins,
                    pulls[row],
                    gross=bool(gross[row]) and bins.size > 0,
                )
            )
        return found

    def _dead(self, cells: Cells) -> Array:
        """The cells that hold less than the part that is allowed, and not by chance."""
        dead = cells.judged & (cells.values < self.dead * cells.expected)
        if not dead.any():
            return dead
        # a ring of few entries is not known to be even
        few = list(self.too_few(cells))
        dead[few] &= cells.enough[few]
        entries = np.broadcast_to(cells.entries[:, None], dead.shape)[dead]
        held, needed = cells.values[dead] * entries, cells.expected[dead] * entries
        dead[dead] = unlikely(held, needed) >= _SURE
        return dead

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        yield from wrong_shares(self, "warn_above", "bad_above")
        if not 0 < self.dead <= 1:
            yield "dead", "what is dead has between 0 and 1 of what is expected"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        line, many = cls(ring="none"), (100,) * 9
        strict = cls(warn_above=0.0, bad_above=0.2)
        rings = ((90,) * 6, (80,) * 6, (0,) * 6, (60,) * 6, (50,) * 6)
        near = cls(against="neighbours", reach=2)
        against = cls(against="reference")
        return (
            Example("even channels", line, many, Status.GOOD),
            Example("one of ten is empty", line, (*many, 0), Status.BAD),
            Example("one of ten, allowed", strict, (*many, 0), Status.WARNING),
            Example("few entries", line, (3, 4, 0, 2), Status.LOW_STATISTICS),
            Example("a whole ring is empty", cls(), rings, Status.BAD),
            Example(
                "it follows its neighbours",
                near,
                (20, 40, 80, 160, 320, 640),
                Status.GOOD,
            ),
            Example("among neighbours", near, (30, 40, 0, 50, 60, 70), Status.BAD),
            Example(
                "dead in the reference too",
                against,
                (50, 60, 0, 70),
                Status.GOOD,
                reference=(50, 60, 0, 70),
            ),
            Example(
                "newly dead",
                against,
                (50, 60, 0, 70),
                Status.BAD,
                reference=(50, 60, 90, 70),
            ),
            Example(
                "all is empty", against, (0,) * 4, Status.BAD, reference=(9, 9, 9, 9)
            ),
            Example("no reference", against, (50, 60), Status.NO_REFERENCE),
        )


class NoisyChannels(CellCheck, frozen=True):
    """Cells that hold far more than is expected, of channels (1-D) or maps.

    As CMS's NoisyChannel, but against the median, which the noisy cells do not move.
    A ring that is noisy as a whole (five times those beside it and that at the other
    side, and the reference's) is set against these.
    Where less is expected than is needed to judge, a cell is noisy that holds so many
    times what is needed. A reference of few counts may hold too little by chance: a
    cell is noisy where it holds more by 5 standard deviations, too, by Li and Ma.

    Attributes:
        warn_above, bad_above: number of noisy cells.
        times: a cell with more than so many times what is expected is noisy.
        against, ring, reach, expected, noun: as of ``dead_channels``.
    """

    NAME: ClassVar[str] = "noisy_channels"
    FAMILY = "excess"
    TOGETHER: ClassVar[bool] = True

    warn_above: float | None = 0.0
    bad_above: float | None = 5.0
    times: float = 5.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        batch = set_against(batch, self)
        cells = cells_of(batch, self, filled=False)
        least = self.expected / cells.entries[:, None]
        level = np.fmax(cells.expected, least)
        noisy = cells.judged & (cells.values > self.times * level)
        noisy &= self._sure(batch, cells, noisy)
        many = noisy.sum(1)
        statuses = grade(many.astype(np.float64), self.warn_above, self.bad_above)
        judged = cells.judged.sum(1)
        ratio = np.where(noisy, cells.values / level, 0.0)
        loudest = ratio.argmax(1)
        pulls = pulls_of(cells, batch)
        limits = limits_above(self.warn_above, self.bad_above)
        unjudged = self.unjudged(batch, cells, statuses, {})
        found = []
        for row, (result, status) in enumerate(zip(unjudged, statuses, strict=True)):
            if result is not None:
                found.append(result)
                continue
            words = f"{many[row]:,} of {judged[row]:,} {self.noun} noisy"
            bins = np.flatnonzero(noisy[row]) if many[row] else _NONE
            if bins.size:
                worst = int(loudest[row])
                place = places_of(batch.data.axes[row], np.array([worst]), ", ")
                words += f"; {place} has {number(float(cells.values[row, worst]))}"
                than = self.level_of(batch)
                if cells.by_others[row, worst]:
                    than = "the rings beside it"
                if cells.enough[row, worst]:
                    times = number(float(ratio[row, worst]), 3)
                    words += f", {times} times {than}"
                else:
                    words += f" where fewer than {number(self.expected)} are expected"
            value = float(many[row])
            found.append(Result(status, words, value, limits, bins, pulls[row]))
        return found

    def _sure(self, batch: Batch, cells: Cells, noisy: Array) -> Array:
        """Those of some cells that hold more than a low reference leaves to chance."""
        reference = batch.reference
        if self.against not in COMPARED or reference is None or batch.scale is None:
            return noisy
        fills = cells.entries[:, None]
        was = np.abs(flat(reference.weights()) * entries_per_unit(reference)[:, None])
        alpha = np.where(was > 0, cells.expected * fills / was, batch.scale[:, None])
        counts = np.abs(cells.values * fills), was, alpha
        held, off, alpha = (np.broadcast_to(e, noisy.shape)[noisy] for e in counts)
        sure = noisy.copy()
        sure[noisy] = li_ma(held, off, alpha) > _BEYOND
        return sure

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if not self.times > 1:
            yield "times", "what is noisy has more than 1 times what is expected"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        line, many = cls(ring="none"), (100,) * 9
        strict, ring = cls(ring="none", bad_above=0.0), ((90, 80, 90, 4000),) * 2
        against = cls(against="reference", bad_above=0.0)
        return (
            Example("even channels", line, many, Status.GOOD),
            Example("one is noisy", line, (*many, 4000), Status.WARNING),
            Example("none is allowed", strict, (*many, 4000), Status.BAD),
            Example("one in each ring", cls(), ring, Status.WARNING),
            Example("noise alone", strict, (0, 1, 4000, *(0,) * 9), Status.BAD),
            Example("few entries", line, (3, 4, 0, 2), Status.LOW_STATISTICS),
            Example(
                "as loud as the reference",
                against,
                (50, 900, 70),
                Status.GOOD,
                reference=(50, 900, 70),
            ),
            Example(
                "louder than the reference",
                against,
                (50, 900, 70),
                Status.BAD,
                reference=(50, 90, 70),
            ),
            Example("no reference", against, (50, 60), Status.NO_REFERENCE),
        )


def _half_a_ring(dead: Array, enough: Array, ring: Array) -> Array:
    """Rows with a ring of which half or more is dead, ``(n,)``."""
    if not dead.any():
        return np.zeros(len(dead), bool)
    starts = int(ring.max(initial=0)) + 1
    which = np.arange(len(dead))[:, None] * starts + ring
    lost = np.bincount(which[dead], minlength=len(dead) * starts)
    many = np.bincount(which[enough], minlength=len(dead) * starts)
    half = (many >= _GROSS_RING) & (2 * lost >= many)
    found: Array = half.reshape(len(dead), starts).sum(1) > 0
    return found
