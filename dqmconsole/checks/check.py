"""What every check is: named limits, and a function from rows to results."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.cause import Family
from dqmconsole.model.histogram import Array
from dqmconsole.model.layout import Part
from dqmconsole.model.verdict import JUDGED, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch


GRADES = (*JUDGED, Status.FAILED)  # what a check finds in a number, the worst last
NO_LIMITS = "no limit is set, so that nothing would ever be wrong"


class Result(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a check found in one row.

    Attributes:
        status: GOOD, WARNING or BAD; where it could not judge LOW STATISTICS, NO
            REFERENCE, NOT CHECKED (it means nothing for such a plot) or FAILED.
        sentence: what was found, with numbers, bins and labels; without the span.
        value: the number that decided, or None.
        limits: what it was not to cross, each with its word ("bad above").
        offending: indices of the inner bins that are wrong, int64, flat in C order of
            the axes; or None.
        pulls: how far each inner bin is off, in standard deviations, shape of the
            values; or None.
        low, high: the band the values were expected in, shape of the values; or None.
        p_value: chance of such a value or a worse one in good data, or None.
        gross: half of a region or more is lost, or all: believed sooner than others.
        family: how what is wrong is so, where that is not the check's ``FAMILY``.
    """

    status: Status
    sentence: str
    value: float | None = None
    limits: tuple[tuple[float, str], ...] = ()
    offending: Array | None = None
    pulls: Array | None = None
    low: Array | None = None
    high: Array | None = None
    p_value: float | None = None
    gross: bool = False
    family: Family | None = None


class Example(NamedTuple):
    """A small case that shows what a check does: its documentation, and its test.

    Attributes:
        words: what the case is.
        check: the check with its limits.
        data: contents of the inner bins, by x (by x, then y).
        status: what is found.
        reference: likewise, or None.
        entries: of a profile, bin entries (the data are means); else None.
        exposure: events seen, or None.
        labels: of the bins of x.
        band: means, spreads and number of good runs; or None.
        family: how it is wrong, where that is not the check's ``FAMILY``.
    """

    words: str
    check: Check
    data: tuple[object, ...]
    status: Status
    reference: tuple[object, ...] | None = None
    entries: tuple[object, ...] | None = None
    exposure: float | None = None
    labels: tuple[str, ...] = ()
    band: tuple[tuple[object, ...], tuple[object, ...], int] | None = None
    family: Family | None = None

    @property
    def wrong(self) -> Family | None:
        """How the data are found to be wrong; None where they are not."""
        if self.status not in (Status.WARNING, Status.BAD):
            return None
        return self.family or self.check.FAMILY


class Check(Part, frozen=True):
    """A quality test with its limits; made from what a layout says of it.

    Limits are named in pairs, ``warn_…`` and ``bad_…``, and end in ``below`` where less
    is worse; None switches one off. :meth:`wrong` knows them by these names.

    What is not finite is never good: rows with NaN or infinite bins are not given to
    checks at all, but for those that look for them.

    Attributes:
        NAME: what layouts call it.
        FAMILY: how the data are wrong that it finds, unless a result says otherwise.
        DIMENSIONS: how many axes it can judge.
        REFERENCE: it compares with a reference.
        INCREMENTS: it judges the last updates, too, where a plot accumulates over the
            run; else the run alone.
        PROFILES: it can judge profiles, too.
        FINITE: rows with NaN or infinite bins are kept from it.
        TOGETHER: rows of several plots are judged at once sooner than one plot after
            the other; of the program's own checks alone.
        SHARES: value and limits of its results are shares (0 to 1); or the option, and
            its value, with which they are.
    """

    NAME: ClassVar[str]
    FAMILY: ClassVar[Family] = "shift"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2)
    REFERENCE: ClassVar[bool] = False
    INCREMENTS: ClassVar[bool] = True
    PROFILES: ClassVar[bool] = True
    FINITE: ClassVar[bool] = True
    TOGETHER: ClassVar[bool] = False
    SHARES: ClassVar[bool | tuple[str, object]] = False

    @property
    def in_shares(self) -> bool:
        """Value and limits of its results are shares (0 to 1), to be read in %."""
        if isinstance(self.SHARES, bool):
            return self.SHARES
        option, meant = self.SHARES
        return bool(getattr(self, option) == meant)

    def judge(self, batch: Batch) -> list[Result]:
        """One result a row; pure.

        Args:
            batch: rows of one shape, of dimensions and kinds the check can judge.
        """
        raise NotImplementedError

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Name each limit that cannot be meant, and say why; "" for all of them."""
        of = {name: getattr(self, name) for name in self.__struct_fields__}
        limits = {
            name: value
            for name, value in of.items()
            if name.startswith(("warn_", "bad_")) or isinstance(value, dict)
        }
        for name, value in of.items():
            if isinstance(value, float) and math.isnan(value):
                yield name, "is no number"
            if name.startswith("bad_"):
                warn = of.get(name.replace("bad", "warn", 1))
                yield from wrong_order(warn, value, name, below=name.endswith("below"))
        low, high = of.get("low"), of.get("high")
        if low is not None and high is not None and low > high:
            yield "low", "is above high"
        if limits and all(value in (None, {}) for value in limits.values()):
            yield "", f"{NO_LIMITS}: give {' or '.join(limits)}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases that are good, a warning, bad, and too few to judge."""
        raise NotImplementedError


def why_not(check: Check, dimension: int, *, is_profile: bool) -> str:
    """Why a check means nothing for such a histogram; "" where it does."""
    if dimension not in check.DIMENSIONS:
        *some, last = map(str, check.DIMENSIONS)
        axes = f"{', '.join(some)} or {last}" if some else last
        noun = "axis" if axes == "1" else "axes"
        return f"judges plots of {axes} {noun}, not of {dimension}"
    if is_profile and not check.PROFILES:
        return "judges counts, not a profile's means"
    return ""


def grade(
    values: Array,
    warn: Array | float | None,
    bad: Array | float | None,
    *,
    below: bool = False,
) -> list[Status]:
    """The status of each value; NaN is FAILED, never good.

    Args:
        values: shape ``(n,)``.
        warn: what is beyond this is a WARNING, of all or ``(n,)``; None: nothing is.
        bad: what is beyond this is BAD, likewise; None: nothing is.
        below: smaller is worse.
    """
    sign = -1.0 if below else 1.0
    at = sign * np.asarray(values, np.float64)
    status = np.where(np.isnan(at), 3, 0)
    if warn is not None:
        status = np.where((at > sign * warn) & (status == 0), 1, status)
    if bad is not None:
        status = np.where((at > sign * bad) & (status != 3), 2, status)
    return [GRADES[each] for each in status.tolist()]


def limits_above(
    warn: float | None, bad: float | None
) -> tuple[tuple[float, str], ...]:
    """Two upper limits as results say them."""
    both = ((warn, "warning above"), (bad, "bad above"))
    return tuple((limit, word) for limit, word in both if limit is not None)


def limits_below(
    warn: float | None, bad: float | None
) -> tuple[tuple[float, str], ...]:
    """Two lower limits as results say them."""
    both = ((warn, "warning below"), (bad, "bad below"))
    return tuple((limit, word) for limit, word in both if limit is not None)


def wrong_order(
    warn: float | None, bad: float | None, name: str, *, below: bool = False
) -> Iterator[tuple[str, str]]:
    """Name a pair of limits that stand in the wrong order.

    Args:
        warn: one limit.
        bad: the other.
        name: of that which is too near, as layouts call it.
        below: smaller is worse.
    """
    if warn is None or bad is None:
        return
    if (bad > warn) if below else (bad < warn):
        beyond = "above" if below else "below"
        yield name, f"it is {beyond} the limit of a warning, so that all are BAD"
