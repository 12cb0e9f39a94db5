"""Data against a reference; numpy alone.

Nothing here raises on what a histogram may hold: NaN, infinite, negative or zero
contents give NaN where a number would be a lie.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.frame import Comparison
from dqmconsole.model.histogram import Histogram, read_only
from dqmconsole.model.layout import Normalization

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.frame import ComparisonMode
    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.reference import ReferenceNote


class CompareError(ValueError):
    """Two histograms that cannot be set against each other; says why."""


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """How much one side has seen; None where nobody knows.

    Attributes:
        events: events its client processed.
        lumi: integrated luminosity, in the site's unit.
        pileup: mean interactions per crossing in the lumisections it has seen.
    """

    events: float | None = None
    lumi: float | None = None
    pileup: float | None = None


class Looked(msgspec.Struct, frozen=True, gc=False):
    """The paths at which exposures were looked for; "" where the site names none."""

    events: str = ""
    lumi: str = ""
    pileup: str = ""


_NOT_KNOWN = (Exposure(), Exposure())
_NOWHERE = Looked()


class Scaling(msgspec.Struct, frozen=True, gc=False):
    """How a reference is scaled before it is compared.

    Attributes:
        factor: multiply the reference's contents by this.
        normalize: what was really done ("none" where scaling means nothing).
        reason: why it is not the scaling that was asked for, and what was done
            instead; "" when it is.
    """

    factor: float = 1.0
    normalize: Normalization = "none"
    reason: str = ""

    def noted(self, note: ReferenceNote) -> ReferenceNote:
        """The note of a reference that is scaled so; the reason is its sentence."""
        return msgspec.structs.replace(
            note,
            normalize=self.normalize,
            scale=self.factor,
            sentence=self.reason,
            unscaled=bool(self.reason) and self.normalize == "none",
        )


class _CannotError(ValueError):
    """A scaling that is impossible; says why."""


def is_scaled(histogram: Histogram, accumulates: str = "run") -> bool:
    """Tell whether normalising means anything: counts that grow with the run.

    Means and efficiencies need no scaling (cmssw#20923). Neither do elements that do
    not accumulate over the run (one lumisection, the latest value, a trend against
    lumisection): the events or luminosity of a whole run say nothing about one
    lumisection; see :func:`scaled_as`.

    Args:
        histogram: data or reference.
        accumulates: what the element accumulates over (``Plot.accumulates``).
    """
    counts = not (histogram.is_profile or histogram.efficiency)
    return counts and accumulates == "run"


def scaled_as(how: Normalization, accumulates: str) -> tuple[Normalization, str]:
    """How a plot is set against whole runs, and as accumulating over what.

    One lumisection by its shape: by area, as if it were a run.
    """
    return ("area", "run") if accumulates == "lumisection" else (how, accumulates)


def normalization(
    data: Histogram,
    reference: Histogram,
    how: Normalization,
    *,
    seen: tuple[Exposure, Exposure] = _NOT_KNOWN,
    looked: Looked = _NOWHERE,
    accumulates: str = "run",
    where: tuple[str, str] = ("this run", "the reference"),
) -> Scaling:
    """The factor that brings the reference to the data's exposure.

    "pileup" scales by events times interactions per event: what counts hits, digis,
    clusters or tracks grows with both. An event that was recorded holds one
    interaction at least, so that below one (ions, cosmics) the events alone count.

    What cannot be normalised as asked is scaled to equal area, and where that is
    impossible, too, not at all; the reason says so.

    Args:
        data: the data.
        reference: the reference; bins that differ are the caller's to refuse.
        how: "events" (processed by the client), "pileup" (events times pile-up),
            "area" (of the bins within the axes), "lumi" (integrated luminosity) or
            "none".
        seen: the exposures of (data, reference), in the same units.
        looked: where those were looked for.
        accumulates: what the element accumulates over; see :func:`is_scaled`.
        where: what to call (data, reference) in the reason.
    """
    scaled = is_scaled(data, accumulates) and is_scaled(reference, accumulates)
    if how == "none" or not scaled:
        return Scaling()
    try:
        return _scaling(data, reference, how, seen, looked, where)
    except _CannotError as error:
        reason = str(error)
    if how != "area":
        try:
            by_area = _scaling(data, reference, "area", seen, looked, where)
        except _CannotError as error:
            reason = f"{reason}, and {error}"
        else:
            return msgspec.structs.replace(by_area, reason=f"{reason}: scaled by area")
    return Scaling(reason=f"{reason}: not scaled")


def _scaling(
    data: Histogram,
    reference: Histogram,
    how: Normalization,
    seen: tuple[Exposure, Exposure],
    looked: Looked,
    where: tuple[str, str],
) -> Scaling:
    """The scaling asked for.

    Raises:
        _CannotError: it is impossible.
    """
    mine, its = seen
    match how:
        case "area":
            factor = _quotient((_area(data), _area(reference)), "contents", where)
        case "lumi":
            words = _named("integrated luminosity", looked.lumi)
            factor = _quotient((mine.lumi, its.lumi), words, where)
        case _:
            words = _named("events", looked.events)
            factor = _quotient((mine.events, its.events), words, where)
    if how == "pileup":
        words = _named("pile-up", looked.pileup)
        pileups = (
            _known(mine.pileup, words, where[0]),
            _known(its.pileup, words, where[1]),
        )
        if max(pileups) <= 1:
            return Scaling(factor, "events")
        factor *= max(pileups[0], 1.0) / max(pileups[1], 1.0)
    return Scaling(factor, how)


def _named(thing: str, path: str) -> str:
    return f"{thing} at {path}" if path else f"{thing} (site.yaml names no path of it)"


def _quotient(
    amounts: tuple[float | None, float | None], thing: str, where: tuple[str, str]
) -> float:
    data = _known(amounts[0], thing, where[0])
    reference = _known(amounts[1], thing, where[1])
    if not reference:
        message = f"{thing} of {where[1]} is zero"
        raise _CannotError(message)
    factor = data / reference
    if not math.isfinite(factor):
        message = f"{thing} of {where[1]} is next to nothing"
        raise _CannotError(message)
    return factor


def _known(amount: float | None, thing: str, place: str) -> float:
    if amount is None or not math.isfinite(amount):
        message = f"no {thing} in {place}"
        raise _CannotError(message)
    if amount < 0:
        message = f"{thing} of {place} is negative ({amount:g})"
        raise _CannotError(message)
    return amount


def _area(histogram: Histogram) -> float:
    values = histogram.values()
    with np.errstate(all="ignore"):
        return float(values[np.isfinite(values)].sum())


def incompatible(data: Histogram, reference: Histogram) -> str:
    """Say in words why bins cannot be set against each other; "" when they can.

    Labels count only where both sides have them; bins of an axis that carry
    other labels hold other things, however equal their number.
    """
    if data.dimension != reference.dimension:
        return (
            f"the reference has {_axes(reference.dimension)}, "
            f"the data {_axes(data.dimension)}"
        )
    if data.is_profile != reference.is_profile:
        words = {True: "means", False: "counts"}
        return (
            f"the reference holds {words[reference.is_profile]}, "
            f"the data {words[data.is_profile]}"
        )
    for name, mine, other in zip("xyz", data.axes, reference.axes, strict=False):
        said = _axis_differs(name, mine, other)
        if said:
            return said
    return ""


def _axes(number: int) -> str:
    return "1 axis" if number == 1 else f"{number} axes"


def _axis_differs(name: str, data: Axis, reference: Axis) -> str:
    if data.bins != reference.bins:
        return (
            f"binning differs in {name}: reference {reference.bins} bins, "
            f"data {data.bins}"
        )
    if not data.same_bins(reference):
        if (reference.low, reference.high) == (data.low, data.high):
            return f"binning differs in {name}: same range, other bin edges"
        return (
            f"binning differs in {name}: reference from {reference.low:g} to "
            f"{reference.high:g}, data from {data.low:g} to {data.high:g}"
        )
    if data.labels == reference.labels:
        return ""  # as nearly always, and the console asks at every redraw
    for at, (mine, other) in enumerate(
        zip(data.labels, reference.labels, strict=False), start=1
    ):
        if mine and other and mine != other:
            return (
                f"labels differ in {name}: bin {at} is {other!r} in the reference, "
                f"{mine!r} in the data"
            )
    return ""


def ratio(data: Histogram, reference: Histogram, scale: float = 1.0) -> Comparison:
    """Data over the scaled reference, bin by bin, flow bins left out.

    The variance is that of independent bins, to first order:
    ``v_d / r^2 + d^2 v_r / r^4``. Where the scaled reference is zero or
    anything is not finite, value and error are NaN.

    Raises:
        CompareError: the bins differ (see :func:`incompatible`).
    """

    def divide(d: Array, vd: Array, r: Array, vr: Array) -> tuple[Array, Array]:
        r[r == 0] = np.nan
        values = d / r
        return values, (vd + values**2 * vr) / r**2

    return _compare(data, reference, scale, divide, "ratio")


def difference(data: Histogram, reference: Histogram, scale: float = 1.0) -> Comparison:
    """Data minus the scaled reference, bin by bin, flow bins left out.

    The variance is the sum of both. Not finite input gives NaN, and so do bins of
    profiles that were filled on neither side.

    Raises:
        CompareError: the bins differ (see :func:`incompatible`).
    """

    def subtract(d: Array, vd: Array, r: Array, vr: Array) -> tuple[Array, Array]:
        return d - r, vd + vr

    return _compare(data, reference, scale, subtract, "difference")


def pull(data: Histogram, reference: Histogram, scale: float = 1.0) -> Comparison:
    """Data minus the scaled reference in standard deviations, bin by bin.

    ``(d - s r) / sqrt(v_d + s^2 v_r)``, flow bins left out, as ROOT's ``TRatioPlot``
    draws it with option "diffsig" (https://root.cern/doc/master/classTRatioPlot.html).
    NaN where the variance is zero (nothing was filled on either side) or anything is
    not finite. It has no errors: each of its values has one of 1.

    Raises:
        CompareError: the bins differ (see :func:`incompatible`).
    """

    def reduce(d: Array, vd: Array, r: Array, vr: Array) -> tuple[Array, Array]:
        variance = vd + vr
        variance[variance == 0] = np.nan
        return (d - r) / np.sqrt(variance), np.ones_like(d)

    found = _compare(data, reference, scale, reduce, "pull")
    return msgspec.structs.replace(found, errors=None)


def _compare(
    data: Histogram,
    reference: Histogram,
    scale: float,
    combine: Callable[[Array, Array, Array, Array], tuple[Array, Array]],
    mode: ComparisonMode,
) -> Comparison:
    said = incompatible(data, reference)
    if said:
        raise CompareError(said)
    with np.errstate(all="ignore"):
        expected = reference.values() * scale
        spread = reference.variances() * (scale * scale)
        values, variances = combine(data.values(), data.variances(), expected, spread)
        errors = np.sqrt(variances)
    lost = ~np.isfinite(values)
    if data.is_profile and reference.is_profile:
        # where nothing was filled on either side there are no means to be alike
        lost |= (data.counts() == 0) & (reference.counts() == 0)
    values[lost] = np.nan
    errors[lost | ~np.isfinite(errors)] = np.nan
    return Comparison(
        mode=mode,
        values=read_only(values),
        errors=read_only(errors),
    )
