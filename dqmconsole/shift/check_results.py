"""What the checks of a plot found, in the words and the order a shifter reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dqmconsole.model.verdict import JUDGED, WORST_FIRST, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.layout import Plot
    from dqmconsole.model.verdict import CheckResult, Verdict

GOOD_NOW = "good now"
RUN_SO_FAR = "the run so far"

_WORDS = {  # of the others the name itself is plain
    "beta_binomial": "beta-binomial pull",
    "chi2": "χ²",
    "deviation": "deviation from the reference",
    "equal": "equal to the reference",
    "flow": "under- and overflow",
    "kolmogorov": "Kolmogorov",
    "rms": "RMS",
    "run_band": "band of good runs",
}
_ORIGINS = {
    "layout": "asked for by the layout",
    "default": "default of this kind of plot, not adopted by its owner: at most a "
    "WARNING, which never rings",
    "producer": "quality test of the producer",
}
_ASIDE = "shown alone: the layout does not count it"
_MEANINGS = {
    Status.NOT_CHECKED: "Nothing judges this plot: look at it yourself.",
    Status.NO_REFERENCE: "There is nothing to compare with: neither good nor bad.",
    Status.LOW_STATISTICS: "Too little data to judge yet: neither good nor bad.",
    Status.FAILED: "The check failed, not the detector: the data are not judged.",
}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def worst_first(checks: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Checks by what they found; of equals those of the layout, else in order.

    What does not count comes last.

    A check of the layout has limits and a sentence of its own; of a producer's test
    that decided, the verdict's sentence has said all but its number.
    """

    def order(check: CheckResult) -> tuple[bool, int, bool]:
        place = WORST_FIRST.index(check.status)
        return not check.counts, place, check.origin != "layout"

    return tuple(sorted(checks, key=order))


def name_words(check: CheckResult) -> str:
    """The name of a check in words; that of a producer's test stays as it is."""
    if check.origin == "producer":
        return check.check
    return _WORDS.get(check.check, check.check.replace("_", " "))


def number_words(check: CheckResult, *, all_limits: bool = True) -> str:
    """The number of a check against its limits: "3.1 %, bad above 3 %"; or "".

    Args:
        check: what a check found.
        all_limits: else only the limit that fits what was found.
    """
    limits = check.limits
    if not all_limits:
        start = "bad" if check.status is Status.BAD else "warn"
        crossed = [each for each in limits if each[1].startswith(start)]
        limits = tuple(crossed[:1] or limits[:1])
    parts = []
    per, after = (100.0, " %") if check.share else (1.0, "")
    limits = tuple((per * value, words) for value, words in limits)
    if check.value is not None:
        found = _number(per * check.value, [value for value, _ in limits]) + after
        # what a producer's number counts it alone knows, but for its range
        best = check.origin == "producer" and not limits
        parts.append(f"result {found} (1 is best)" if best else found)
    parts += [f"{words} {_number(value)}{after}".strip() for value, words in limits]
    return ", ".join(parts)


def p_value_words(p: float | None) -> str:
    """What a p-value means: "p = 2·10⁻⁵: … in 1 of 50,000 good plots"; or ""."""
    if p is None or not 0.0 <= p <= 1.0:
        return ""
    chance = "by chance alone as bad or worse in"
    if p < 1e-12:
        shown = "p < 10⁻¹²"
    elif p < 0.001:
        digits, exponent = f"{p:.1e}".split("e")
        power = f"10{str(int(exponent)).translate(_SUPERSCRIPT)}"
        digits = digits.removesuffix(".0")
        shown = f"p = {power if digits == '1' else f'{digits}·{power}'}"
    else:
        shown = f"p = {p:.2g}"
    if p >= 0.1:
        often = f"{math.floor(100 * p + 0.5)} of 100"
    elif p >= 1e-6:
        often = f"1 of {float(f'{1 / p:.2g}'):,.0f}"
    else:  # no model of good data is right to so many digits
        often = "less than 1 of a million"
    return f"{shown}: {chance} {often} good plots"


def head_words(check: CheckResult) -> str:
    """A check on one line: its name, and its number or else what it found."""
    found = number_words(check, all_limits=False) or check.sentence or check.status
    span = f" · {check.span}" if check.span else ""
    aside = "" if check.counts else " (not counted)"
    whose = "producer's " if check.origin == "producer" else ""
    return f"{whose}{name_words(check)}{aside}: {found}{span}"


def detail_lines(
    check: CheckResult,
    *,
    said: str = "",
    decided: bool = True,
    judged: str = RUN_SO_FAR,
    configured: bool = False,
    measured: str = "",
) -> list[str]:
    """A check in full, line by line.

    Args:
        check: what it found.
        said: the sentence of the verdict, which need not be written twice.
        decided: the verdict is this check's.
        judged: what is judged of the plot where no span is named, in words.
        configured: its configuration, too.
        measured: how often it goes off in good data, in words.
    """
    number = number_words(check)
    lines = [f"{name_words(check)}: {number}" if number else name_words(check)]
    sentence = "" if check.sentence in said else check.sentence
    span = check.span or ("" if check.origin == "producer" else judged)
    if check.span and check.span in sentence:
        span = ""  # it is said there
    if span and not sentence and check.sentence and not decided:
        span = f"the same in {span}"  # of which the verdict does not speak
    lines.append(": ".join(filter(None, (span, sentence))))
    lines.append(p_value_words(check.p_value))
    origin = _ORIGINS[check.origin]
    lines.append(origin if check.counts else f"{origin}, {_ASIDE}")
    lines.append(measured)
    if configured:
        lines.append(configuration_words(check))
    return [line for line in lines if line]


def configuration_words(check: CheckResult) -> str:
    """The configuration of a check in force, on one line."""
    return check.configuration or "no configuration is known"


def unjudged_words(verdict: Verdict | None, plot: Plot) -> str:
    """What it means that a plot was not judged; "" where nothing is to be said."""
    if plot.checks == () and (verdict is None or not verdict.checks):
        return "No check on purpose: the layout says “checks: []”."
    return "" if verdict is None else _MEANINGS.get(verdict.status, "")


def bad_before(verdict: Verdict) -> CheckResult | None:
    """What is off in the run so far of a plot that is GOOD now; None if nothing is."""
    if verdict.status is not Status.GOOD:
        return None
    so_far = (each for each in verdict.checks if each.counts and not each.span)
    off = (each for each in so_far if each.status in (Status.BAD, Status.WARNING))
    return next(iter(worst_first(off)), None)


def disagreement_words(verdict: Verdict | None) -> str:
    """What to make of it that the producer's tests say other than the checks; or ""."""
    if verdict is None:
        return ""
    judged = [each for each in verdict.checks if each.counts and each.status in JUDGED]
    producers = [each.status for each in judged if each.origin == "producer"]
    own = [each.status for each in judged if each.origin != "producer"]
    if not producers or not own:
        return ""
    produced, checked = (min(each, key=WORST_FIRST.index) for each in (producers, own))
    if produced is Status.GOOD and Status.GOOD not in (checked, verdict.status):
        return (
            f"The producer's tests say GOOD, the console's checks {checked}: look at "
            "the plot, and of which part of the run the tests judged it."
        )
    if checked is Status.GOOD and produced is not Status.GOOD:
        return f"The producer's tests alone say {produced}; the console's checks GOOD."
    return ""


def _number(value: float, others: Iterable[float] = ()) -> str:
    """A number in three digits, or as many as tell it from its limits."""
    if math.isnan(value):
        return "not a number"
    for digits in range(3, 12):
        words = f"{value:.{digits}g}"
        near = (each for each in others if f"{each:.{digits}g}" == words)
        if all(each == value for each in near):
            break
    if 1e4 <= abs(value) < 1e9:
        words = f"{value:,.0f}"
    return words.replace("-", "−").replace("inf", "∞")
