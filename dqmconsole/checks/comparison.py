"""Checks of all bins against the reference: equal, chi2, Kolmogorov distance."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from msgspec.structs import replace

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
    limits_below,
)
from dqmconsole.checks.limits import (
    entry_weights,
    is_lost,
    lost_result,
    moved,
    without_reference,
    worse,
)
from dqmconsole.checks.root_statistics import (
    Sides,
    chi2_test,
    kolmogorov_test,
    residuals,
    row_sums,
)
from dqmconsole.checks.sentences import number, percent, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

UNCOMPARABLE = Result(
    Status.FAILED, "it cannot be compared: some bins are not numbers (NaN or infinite)"
)
_FAR = 5.0  # standard deviations: bins that are named


def sides_of(batch: Batch, data: Rows, reference: Rows) -> Sides:
    """The inner bins of both, those that are not judged empty on both sides."""
    judged = None if batch.known is None else flat(batch.judged)

    def bins(array: Array) -> Array:
        found = flat(inner(array))
        return found if judged is None else np.where(judged, found, 0.0)

    return Sides(
        bins(data.contents),
        bins(reference.contents),
        None if data.sumw2 is None else bins(data.sumw2),
        None if reference.sumw2 is None else bins(reference.sumw2),
    )


@quiet
def not_comparable(batch: Batch, sides: Sides, entries: float) -> dict[int, Result]:
    """Results of the rows that cannot be compared, by row.

    Args:
        batch: the rows.
        sides: their bins.
        entries: that must be expected, or be there.
    """
    assert batch.scale is not None
    found: dict[int, Result] = {}
    there = batch.has_reference
    filled = _entries(sides.data, sides.data_squares)
    held = _entries(sides.reference, sides.reference_squares)
    expected = row_sums(sides.reference) * batch.scale / entry_weights(batch)
    known = np.ones_like(there) if batch.by_area is None else ~batch.by_area
    lost = is_lost(filled, expected) & (filled < entries) & known
    few = (filled <= 0) | ~((filled >= entries) | ((expected >= entries) & known))
    for row in np.flatnonzero(~there | ~(held > 0) | lost | few).tolist():
        now, awaited = float(filled[row]), float(expected[row])
        if not there[row]:
            found[row] = without_reference(batch)
        elif np.isnan(now) or np.isnan(awaited):
            found[row] = UNCOMPARABLE
        elif not held[row] > 0:
            found[row] = Result(Status.NO_REFERENCE, "its reference is empty")
        elif lost[row]:
            found[row] = lost_result(now, awaited)
        else:
            words = f"{number(now)} entries where {number(awaited)} are expected"
            words += f", {number(entries)} needed"
            found[row] = Result(Status.LOW_STATISTICS, words)
    return found


def _entries(contents: Array, squares: Array | None) -> Array:
    """Effective entries of each row; of what has no errors its sum."""
    total = row_sums(contents)
    if squares is None:
        return total
    spread = row_sums(squares)
    found: Array = np.where(spread > 0, total * np.abs(total) / spread, total)
    return found


def alike(values: Array, digits: int) -> tuple[list[float], set[float]]:
    """Values rounded to so many digits, and each of them once.

    Rows that are good are many and say much the same: each sentence is made once.
    """
    rounded = (np.round(values, digits) + 0.0).tolist()  # no "-0"
    return rounded, set(rounded)


def allowed(
    warn: float | None,
    bad: float | None,
    status: Status = Status.GOOD,
    shown: Callable[[float], str] = "{:g}".format,
) -> str:
    """The limit that was crossed, or is crossed first, in words; "" without any."""
    given = [each for each in (warn, bad) if each is not None]
    if status is Status.BAD and bad is not None:
        given = [bad]
    if not given:
        return ""
    most = min(given)
    return f", at most {shown(most)} allowed" if most else ", none allowed"


class Equal(Check, frozen=True):
    """Each bin holds what the reference holds, as for data against an emulator.

    Like CMS's Comp2RefEqual. It compares the run with the reference times its scale.

    Attributes:
        absolute: a difference up to this is none, in the unit of the values.
        relative: likewise, as a share of the reference.
        warn_above, bad_above: more bins than this that differ.
    """

    NAME: ClassVar[str] = "equal"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = True
    INCREMENTS: ClassVar[bool] = False

    absolute: float = 0.0
    relative: float = 0.0
    warn_above: float | None = None
    bad_above: float | None = 0.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        there = batch.has_reference.tolist()
        data, wanted = flat(batch.data.values()), flat(batch.scaled_reference())
        judged = flat(batch.judged)
        slack = self.absolute + self.relative * np.abs(wanted)
        differ = judged & ~(np.abs(data - wanted) <= slack)
        many = differ.sum(axis=1)
        filled = (judged & ((data != 0) | (wanted != 0))).any(axis=1).tolist()
        limits = limits_above(self.warn_above, self.bad_above)
        statuses = grade(many, self.warn_above, self.bad_above)
        bins = judged.sum(axis=1).tolist()
        found = []
        for row, (status, wrong) in enumerate(
            zip(statuses, many.tolist(), strict=True)
        ):
            if not there[row]:
                found.append(without_reference(batch))
                continue
            if not filled[row]:
                words = "both are empty: there is nothing to compare"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"equal to the reference in {counted(bins[row], 'bin')}"
            at, family = None, None
            if wrong:
                at = np.flatnonzero(differ[row])
                family = moved(batch.data, row, data[row, at] - wanted[row, at])
                words = f"{wrong:,} of {counted(bins[row], 'bin')} differ: "
                words += places_of(batch.data.axes[row], at)
            result = Result(status, words, float(wrong), limits, at, family=family)
            found.append(result)
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        same = (1, 5, 0, 2)
        return (
            Example("the same", cls(), same, Status.GOOD, reference=same),
            Example(
                "one differs",
                cls(),
                (1, 5, 1, 2),
                Status.BAD,
                reference=same,
                family="excess",
            ),
            Example(
                "nearly the same",
                cls(relative=0.3),
                (1, 6, 0, 2),
                Status.GOOD,
                reference=same,
            ),
            Example(
                "one may differ",
                cls(warn_above=0, bad_above=1),
                (1, 5, 1, 2),
                Status.WARNING,
                reference=same,
                family="excess",
            ),
            Example("no reference", cls(), same, Status.NO_REFERENCE),
            Example(
                "both empty", cls(), (0, 0), Status.LOW_STATISTICS, reference=(0, 0)
            ),
        )


class _Named(NamedTuple):
    """A row in full: its number in words, the place, bins that are off, their pulls."""

    words: str
    place: str
    far: Array | None = None
    pulls: Array | None = None


class _Tested(NamedTuple):
    """What a test of shapes found, one number a row, and rows in full."""

    values: Array
    p: Array
    named: Callable[[list[int]], Iterator[_Named]]


class _Shape(Check, frozen=True):
    """What the checks of a shape by ROOT's tests share."""

    REFERENCE: ClassVar[bool] = True
    PROFILES: ClassVar[bool] = False
    TOGETHER: ClassVar[bool] = True
    _WORDS: ClassVar[str]
    _DIGITS: ClassVar[int]
    _NO_NUMBER: ClassVar[str]

    warn_above: float | None = None
    bad_above: float | None = None
    chance: float = 1e-5
    warn_p_below: float | None = None
    bad_p_below: float | None = None
    entries: float = 100.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        sides = sides_of(batch, batch.data, batch.reference)
        if sides.data.shape[1] < 2:
            words = "it has one bin, and so no shape"
            return [Result(Status.NOT_CHECKED, words)] * len(batch.data)
        test = self._tested(batch, sides)
        statuses = self._graded(test)
        limits = limits_above(self.warn_above, self.bad_above)
        if not limits:
            limits = limits_below(self.warn_p_below, self.bad_p_below)
        may = allowed(self.warn_above, self.bad_above)
        keys, once = alike(test.values, self._DIGITS)
        said = {key: self._WORDS.format(key) + may for key in once}
        found = list(
            map(
                Result,
                statuses,
                [said[key] for key in keys],
                test.values.tolist(),
                repeat(limits),
                *repeat(repeat(None), 4),
                test.p.tolist(),
            )
        )
        skipped = not_comparable(batch, sides, self.entries)
        odd = [row for row in self._odd(statuses, test.values) if row not in skipped]
        for row, named in zip(odd, test.named(odd), strict=True):
            found[row] = self._in_full(found[row], named)
        for row, result in skipped.items():
            found[row] = result
        return found

    def _tested(self, batch: Batch, sides: Sides) -> _Tested:
        raise NotImplementedError

    def _graded(self, test: _Tested) -> list[Status]:
        """By the value where good data have it by little chance, and by that chance."""
        likely = (test.p > self.chance) & ~np.isnan(test.values)
        sure = np.where(likely, -np.inf, test.values)
        statuses = grade(sure, self.warn_above, self.bad_above)
        if self.warn_p_below is None and self.bad_p_below is None:
            return statuses
        by_chance = grade(test.p, self.warn_p_below, self.bad_p_below, below=True)
        return [worse(*pair) for pair in zip(statuses, by_chance, strict=True)]

    def _odd(self, statuses: list[Status], values: Array) -> list[int]:
        """Rows told in full: not good, or good only since it may be chance."""
        given = [each for each in (self.warn_above, self.bad_above) if each is not None]
        by_chance = (values > min(given, default=np.inf)).tolist()
        return [
            row
            for row, (status, likely) in enumerate(
                zip(statuses, by_chance, strict=True)
            )
            if likely or status is not Status.GOOD
        ]

    def _in_full(self, result: Result, named: _Named) -> Result:
        if result.status is Status.FAILED:
            return Result(Status.FAILED, self._NO_NUMBER)
        p = result.p_value or 0.0
        words = named.words + allowed(self.warn_above, self.bad_above, result.status)
        words += f", p = {number(p, 2)}" if p else ", p below 1e-15"
        if p > self.chance:
            words += ": it may be chance with so few"
        if result.status is Status.GOOD:
            return replace(result, sentence=words)
        return replace(
            result,
            sentence=words + named.place,
            offending=named.far,
            pulls=named.pulls,
        )

    @classmethod
    def _bounds(cls, shape: tuple[float, ...]) -> tuple[Example, ...]:
        """Cases in which there is nothing of a shape, too little, or a map of it."""
        nothing, one = (0, 0, 0, 0), (5000,)
        hole, even = ((1000, 0), (1000, 1000)), ((900, 900), (900, 900))
        return (
            Example(
                "empty", cls(), nothing, Status.BAD, reference=shape, family="missing"
            ),
            Example("too few", cls(), (2, 9), Status.LOW_STATISTICS, reference=(4, 9)),
            Example("no reference", cls(), shape, Status.NO_REFERENCE),
            Example("one bin", cls(), one, Status.NOT_CHECKED, reference=one),
            Example("a map with a hole", cls(), hole, Status.BAD, reference=even),
        )


class Chi2PerDegree(_Shape, frozen=True):
    """The shape is that of the reference: chi2 per degree of freedom, and its chance.

    Like ATLAS's Chi2Test_Chi2_per_NDF, Chi2Test_Prob, Chi2Test_2D and ALICE's
    ObjectComparatorChi2; the numbers are those of ROOT's ``TH1::Chi2Test`` (see
    :func:`chi2_test`). Normalisation does not matter.

    Attributes:
        warn_above, bad_above: chi2 per degree of freedom.
        chance: what good data exceed with a greater probability is not called wrong.
        warn_p_below, bad_p_below: p-value.
        entries: that must be expected (reference times scale), or be there.
    """

    NAME: ClassVar[str] = "chi2"
    _WORDS: ClassVar[str] = "chi2 {:g} per degree of freedom"
    _DIGITS: ClassVar[int] = 2
    _NO_NUMBER: ClassVar[str] = "bins hold something and have no error on either side"

    warn_above: float | None = 3.0
    bad_above: float | None = 4.0

    @quiet
    def _tested(self, batch: Batch, sides: Sides) -> _Tested:
        test = chi2_test(sides)
        values = np.where(test.ndf > 0, test.chi2 / test.ndf, test.chi2)
        shape = inner(batch.data.contents).shape[1:]

        def named(rows: list[int]) -> Iterator[_Named]:
            off = residuals(sides.rows(np.array(rows, np.int64)))
            for row, pulls in zip(rows, off, strict=True):
                far = np.flatnonzero(np.abs(pulls) > _FAR)
                if not far.size:
                    far = np.array([int(np.abs(pulls).argmax())])
                words = f"chi2 {number(float(values[row]), 3)} per degree of freedom "
                words += f"({number(float(test.chi2[row]))} of {int(test.ndf[row]):,})"
                place = f"; farthest off at {places_of(batch.data.axes[row], far)}"
                yield _Named(words, place, far, pulls.reshape(shape))

        return _Tested(values, np.where(test.ndf > 0, test.p, 1.0), named)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        shape = (400, 900, 400, 100)
        return (
            Example("alike", cls(), (40, 95, 41, 8), Status.GOOD, reference=shape),
            Example("shifted", cls(), (10, 40, 90, 40), Status.BAD, reference=shape),
            Example(
                "a little off",
                cls(warn_above=3, bad_above=40),
                (80, 90, 30, 25),
                Status.WARNING,
                reference=shape,
            ),
            *cls._bounds(shape),
        )


class KolmogorovDistance(_Shape, frozen=True):
    """The shape is that of the reference: greatest distance of the cumulated shapes.

    Like ATLAS's KolmogorovTest_MaxDist and KolmogorovTest_Prob, ALICE's
    ObjectComparatorKolmogorov and CMS's Comp2RefKolmogorov; the numbers are those of
    ROOT's ``KolmogorovTest`` (see :func:`kolmogorov_test`). The distance is the share
    of the entries that lie elsewhere, at least.

    Attributes:
        warn_above, bad_above: distance, 0 to 1.
        chance: what good data exceed with a greater probability is not called wrong.
        warn_p_below, bad_p_below: p-value (of binned data a little too great).
        entries: that must be expected (reference times scale), or be there.
    """

    NAME: ClassVar[str] = "kolmogorov"
    _WORDS: ClassVar[str] = "Kolmogorov distance {:g}"
    _DIGITS: ClassVar[int] = 3
    _NO_NUMBER: ClassVar[str] = (
        "it has no distance: some bins are not numbers, or have no errors"
    )

    warn_above: float | None = 0.05
    bad_above: float | None = 0.10
    entries: float = 1000.0

    def _tested(self, batch: Batch, sides: Sides) -> _Tested:
        test = kolmogorov_test(sides, inner(batch.data.contents).shape[1:])

        def named(rows: list[int]) -> Iterator[_Named]:
            for row in rows:
                axes, at = batch.data.axes[row], test.at[row : row + 1]
                words = f"Kolmogorov distance {number(float(test.distance[row]), 3)}"
                place = ""
                if len(axes) == 1:
                    now, before = (
                        each[row, : at[0] + 1].sum() / each[row].sum()
                        for each in (sides.data, sides.reference)
                    )
                    place = f"; {percent(round(now, 3))} up to {places_of(axes, at)}"
                    place += f", {percent(round(before, 3))} in the reference"
                yield _Named(words, place)

        return _Tested(test.distance, test.p, named)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        for name in ("warn_above", "bad_above"):
            limit = getattr(self, name)
            if limit is not None and limit > 1:
                yield (
                    name,
                    "no distance is above 1, so that nothing is ever wrong",
                )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        shape = (4000, 9000, 4000, 1000)
        return (
            Example("alike", cls(), (405, 890, 410, 95), Status.GOOD, reference=shape),
            Example("shifted", cls(), (10, 400, 900, 400), Status.BAD, reference=shape),
            Example(
                "a little off",
                cls(),
                (5400, 8900, 3900, 900),
                Status.WARNING,
                reference=shape,
            ),
            *cls._bounds(shape),
        )
