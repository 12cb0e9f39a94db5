"""Where ticks stand on an axis, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.moment import utc

if TYPE_CHECKING:
    from dqmconsole.ui.plot.scale import Scale

Clock = Callable[[float], float | None]
"""The unix time, s, at which a lumisection began, or None where it is unknown."""

# s: what people count time in
_TIMES = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600),
    *(43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000),
)
_STEPS = (1.0, 2.0, 5.0, 10.0)
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class AxisTick(NamedTuple):
    """A tick.

    Attributes:
        at: fraction of the axis.
        text: what it says, "" for a minor one.
        below: what stands in a second line beneath: the clock.
    """

    at: float
    text: str
    below: str = ""


@lru_cache(maxsize=1024)
def number_ticks(
    scale: Scale, most: int, *, whole: bool = False
) -> tuple[AxisTick, ...]:
    """Return at most about `most` ticks with round numbers.

    Linear axes step by 1, 2 or 5 times a power of ten; from 10,000 on numbers
    are shortened by k, M, G, T. Logarithmic axes of a decade or more tick at
    powers of ten, with minor ticks at 2 to 9; beyond 0.01 to 1000 all are powers.

    Args:
        scale: the range.
        most: how many there is room for.
        whole: only whole numbers mean something on a linear axis.
    """
    if scale.log and scale.high / scale.low >= 10:
        return tuple(_log_ticks(scale, most))
    return tuple(_linear_ticks(scale, max(most, 2), whole=whole))


def lumisection_ticks(
    scale: Scale, most: int, clock: Clock | None
) -> tuple[AxisTick, ...]:
    """Return ticks at whole lumisections, with the time of day beneath.

    They are names rather than amounts (as runs are): each is written out.

    Args:
        scale: the range.
        most: how many there is room for.
        clock: the unix time, s, at which a lumisection began; None where unknown.
    """
    ticks = [
        tick._replace(text=tick.text and f"{round(scale.value(tick.at))}")
        for tick in number_ticks(scale, most, whole=True)
    ]
    if clock is None:
        return tuple(ticks)
    found = []
    for tick in ticks:
        when = clock(scale.value(tick.at)) if tick.text else None
        found.append(tick._replace(below=_time_text(when, "%H:%M")))
    return tuple(found)


def time_ticks(scale: Scale, most: int) -> tuple[AxisTick, ...]:
    """Return ticks at round times (UTC) of a linear axis in unix time, s.

    Beneath them stands the day where it is another one than before.
    """
    span = scale.high - scale.low
    fitting = [step for step in _TIMES if span / step <= max(most, 2)]
    if not fitting or span < 2:
        return number_ticks(scale, most)
    step = fitting[0]
    pattern = "%H:%M:%S" if step < 60 else "%H:%M"
    if step >= 86_400:
        pattern = "%d %b" if step < 31_536_000 else "%Y"
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    ticks, day = [], ""
    for index in range(first, last + 1):
        when = float(index * step)
        today = _time_text(when, "%d %b %Y") if step < 86_400 else ""
        below, day = ("" if today == day else today), today
        text = _time_text(when, pattern)
        ticks.append(AxisTick(scale.fraction(when), text, below))
    return tuple(ticks)


def _time_text(when: float | None, pattern: str) -> str:
    there = None if when is None else utc(when)
    return "" if there is None else there.strftime(pattern)


def power_of_ten(power: int) -> str:
    """Write a power of ten: "10⁸"."""
    return f"10{str(power).translate(_SUPERSCRIPTS)}"


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
        return f"{mantissa}·{power_of_ten(power)}"
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
    seen = [power for power in range(first, last + 1) if power % every == 0]
    seen = [power for power in seen if scale.low <= _power(power) <= scale.high]
    plain = not seen or (seen[0] >= -2 and seen[-1] <= 3)
    ticks = []
    for power in range(first, last + 1):
        if every > 3 and power % every:
            continue
        value = _power(power)
        if scale.low <= value <= scale.high:
            text = _power_text(power, plain=plain) if power % every == 0 else ""
            ticks.append(AxisTick(scale.fraction(value), text))
        if every == 1:
            ticks += [
                AxisTick(scale.fraction(times * value), "")
                for times in range(2, 10)
                if scale.low <= times * value <= scale.high
            ]
    return ticks


def _power(power: int) -> float:
    return float(10.0 ** min(max(power, -300), 300))


def _power_text(power: int, *, plain: bool) -> str:
    if plain or power in (0, 1):
        return f"{10.0**power:g}"
    return power_of_ten(power)
