"""What the checks of plots found in the sources that a site is compared with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.site.rules.checks import all_checks
from dqmconsole.site.rules.context import Violation, once
from dqmconsole.site.rules.source_paths import in_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.verdict import CheckResult
    from dqmconsole.site.rules.checks import Checked
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import SourcePaths

_OF_BINS = "bins_"  # how the names of checks begin whose value is a number of bins


def check_judged(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find checks that go off in every source, in none, or judge none."""
    found = []
    for checked in all_checks(context):
        results = [
            (name, result)
            for name, of_plot in source.judged.get(checked.key, ())
            for result in of_plot
            if result.configuration == checked.one.configuration
            and result.check == checked.one.check.NAME
            # of the last updates a file alone knows nothing
            and not result.span
        ]
        if results and (said := _said(checked, results, source)):
            code, words = said
            found.append(Violation(code, checked.place(context), words, checked.key))
    yield from once(found)


def _said(
    checked: Checked, results: list[tuple[str, CheckResult]], source: SourcePaths
) -> tuple[str, str] | None:
    """The rule that a check breaks, and how; None where it breaks none."""
    name, path = checked.one.check.NAME, checked.plot.path
    judged = [each for each in results if each[1].status in JUDGED]
    sentence = (judged or results)[0][1].sentence
    if not judged:
        where = in_all([each for each, _ in results])
        status = results[0][1].status
        words = f"{name} judges nothing in {where}: {path} is {status}: {sentence}"
        return "check-never-judges", words
    where = in_all([each for each, _ in judged])
    if all(result.status is not Status.GOOD for _, result in judged):
        words = f"{name} goes off in {where}: {path} is {judged[0][1].status}: "
        return "check-always-fires", words + sentence
    most = _most(checked, source)
    limits = judged[0][1].limits
    if most is not None and limits and all(_is_beyond(each, most) for each in limits):
        said = ", ".join(f"{word} {limit:g}" for limit, word in limits)
        what = "a share is at most 1" if checked.one.check.in_shares else (
            f"{path} has {most:g} bins"
        )  # fmt: skip
        return "check-never-fires", f"{name} can never go off: {said}, and {what}"
    return None


def _most(checked: Checked, source: SourcePaths) -> float | None:
    """The largest value that a check can find; None where that is not known."""
    check = checked.one.check
    if check.in_shares:
        return 1.0
    shape = source.shapes.get(checked.plot.path)
    if shape is None or checked.one.input or not check.NAME.startswith(_OF_BINS):
        return None
    if not hasattr(check, "share"):
        return None
    return float(math.prod(axis.bins for axis in shape.axes))


def _is_beyond(limit: tuple[float, str], most: float) -> bool:
    """Tell whether no value from 0 to the largest one is beyond a limit."""
    number, word = limit
    return number >= most if word.endswith("above") else number <= 0
