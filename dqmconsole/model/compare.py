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


class CompareError(ValueError):
    """Two histograms that cannot be set against each other; says why."""


class Scaling(msgspec.Struct, frozen=True, gc=False):
    """How a reference is scaled before it is compared.

    Attributes:
        factor: multiply the reference's contents by this.
        normalize: what was really done ("none" where scaling means nothing).
        reason: why the scaling asked for is impossible, else "". Then `factor`
            is 1 and `normalize` is "none": the caller says so and compares nothing.
    """

    factor: float = 1.0
    normalize: Normalization = "none"
    reason: str = ""


def normalization(
    data: Histogram,
    reference: Histogram,
    how: Normalization,
    *,
    events: tuple[float | None, float | None] = (None, None),
    lumi: tuple[float | None, float | None] = (None, None),
    accumulates: str = "run",
    where: tuple[str, str] = ("this run", "the reference"),
) -> Scaling:
    """The factor that brings the reference to the data's exposure.

    Means and efficiencies need no scaling and get none. Neither do elements
    that do not accumulate over the run (one lumisection, the latest value, a
    trend against lumisection): the events, luminosity or area of a whole run
    say nothing about one lumisection (cmssw#16263, #20923).

    Args:
        data: the data.
        reference: the reference; bins that differ are the caller's to refuse.
        how: "events" (processed by the client), "area" (of the bins within the
            axes), "lumi" (integrated luminosity) or "none".
        events: events processed of (data, reference); None where unknown.
        lumi: integrated luminosity of (data, reference), same unit.
        accumulates: what the element accumulates over (``Plot.accumulates``).
        where: what to call (data, reference) in the reason.
    """
    means = data.is_profile or data.efficiency
    means = means or reference.is_profile or reference.efficiency
    if how == "none" or means or accumulates != "run":
        return Scaling()
    if how == "area":
        return _quotient(_area(data), _area(reference), how, "contents", where)
    if how == "events":
        return _quotient(*events, how, "EventInfo/processedEvents", where)
    return _quotient(*lumi, how, "integrated luminosity", where)


def _quotient(
    data: float | None,
    reference: float | None,
    how: Normalization,
    thing: str,
    where: tuple[str, str],
) -> Scaling:
    for amount, place in ((data, where[0]), (reference, where[1])):
        if amount is None or not math.isfinite(amount):
            return Scaling(reason=f"cannot normalise: no {thing} in {place}")
        if amount < 0:
            reason = f"cannot normalise: {thing} of {place} is negative ({amount:g})"
            return Scaling(reason=reason)
    assert data is not None
    if not reference:
        reason = f"cannot normalise: {thing} of {where[1]} is zero"
        return Scaling(reason=reason)
    factor = data / reference
    if not math.isfinite(factor):
        reason = f"cannot normalise: {thing} of {where[1]} is next to nothing"
        return Scaling(reason=reason)
    return Scaling(factor=factor, normalize=how)


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

    The variance is the sum of both. Not finite input gives NaN.

    Raises:
        CompareError: the bins differ (see :func:`incompatible`).
    """

    def subtract(d: Array, vd: Array, r: Array, vr: Array) -> tuple[Array, Array]:
        return d - r, vd + vr

    return _compare(data, reference, scale, subtract, "difference")


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
    values[lost] = np.nan
    errors[lost | ~np.isfinite(errors)] = np.nan
    return Comparison(
        mode=mode,
        values=read_only(values),
        errors=read_only(errors),
    )
