"""Where ticks stand on an axis, and what they say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dqmconsole.ui.plot.scale import Scale

_STEPS = (1.0, 2.0, 5.0, 10.0)
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class AxisTick(NamedTuple):
    """A tick: fraction of the axis and text, "" for a minor one."""

    at: float
    text: str


def number_ticks(scale: Scale, most: int, *, whole: bool = False) -> list[AxisTick]:
    """Return at most about `most` ticks with round numbers.

    Linear axes step by 1, 2 or 5 times a power of ten; from 10,000 on numbers
    are shortened by k, M, G, T. Logarithmic axes of a decade or more tick at
    powers of ten, with minor ticks at 2 to 9.

    Args:
        scale: the range.
        most: how many there is room for.
        whole: only whole numbers mean something on a linear axis.
    """
    if scale.log and scale.high / scale.low >= 10:
        return _log_ticks(scale, most)
    return _linear_ticks(scale, max(most, 2), whole=whole)


def step_for(span: float, most: int) -> float:
    """Return the round step that gives at most `most` intervals over `span`."""
    raw = span / max(most, 1)
    if not raw > 0 or not math.isfinite(raw):
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next((step * power for step in _STEPS if step * power >= raw * 0.999), raw)


def _linear_ticks(scale: Scale, most: int, *, whole: bool) -> list[AxisTick]:
    step = step_for(scale.high - scale.low, most)
    step = max(step, 1.0) if whole else step
    first = math.ceil(scale.low / step - 1e-9)
    last = math.floor(scale.high / step + 1e-9)
    if last - first > 4 * most:
        return []
    values = [index * step for index in range(first, last + 1)]
    return [
        AxisTick(scale.fraction(value), _text(value, step, values)) for value in values
    ]


def _text(value: float, step: float, values: list[float]) -> str:
    largest = max(abs(values[0]), abs(values[-1]))
    if value == 0:
        return "0"
    if largest < 1e-4 or largest >= 1e15:
        power = math.floor(math.log10(largest))
        digits = max(0, power - math.floor(math.log10(step) + 1e-9))
        mantissa = f"{value / 10.0**power:.{min(digits, 12)}f}"
        return f"{mantissa}·10{str(power).translate(_SUPERSCRIPTS)}"
    factor, unit = 1.0, ""
    if largest >= 1e4:
        factor, unit = next(pair for pair in _UNITS if largest >= pair[0])
    decimals = max(0, -math.floor(math.log10(step / factor) + 1e-9))
    return f"{value / factor:.{min(decimals, 15)}f}{unit}".replace("-", "−")


def _log_ticks(scale: Scale, most: int) -> list[AxisTick]:
    first = math.floor(math.log10(scale.low))
    last = math.ceil(math.log10(scale.high))
    inside = math.floor(math.log10(scale.high)) - math.ceil(math.log10(scale.low))
    every = max(1, math.ceil(inside / max(most, 1)))
    ticks = []
    for power in range(first, last + 1):
        if every > 3 and power % every:
            continue
        value = 10.0 ** min(max(power, -300), 300)
        if scale.low <= value <= scale.high:
            text = _power_text(power) if power % every == 0 else ""
            ticks.append(AxisTick(scale.fraction(value), text))
        if every == 1:
            ticks += [
                AxisTick(scale.fraction(times * value), "")
                for times in range(2, 10)
                if scale.low <= times * value <= scale.high
            ]
    return ticks


def _power_text(power: int) -> str:
    if -2 <= power <= 3:
        return f"{10.0**power:g}"
    return f"10{str(power).translate(_SUPERSCRIPTS)}"
