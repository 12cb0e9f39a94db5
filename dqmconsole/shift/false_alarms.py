"""How often the checks go off in good data, as it was measured, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.run_quality import digest_of, surely_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.run_quality import FalseAlarms
    from dqmconsole.model.verdict import CheckResult

NOT_MEASURED = "false alarms: not measured"


def by_plot(rows: Iterable[FalseAlarms]) -> dict[str, tuple[FalseAlarms, ...]]:
    """What was measured, by the path of the plot."""
    found: dict[str, tuple[FalseAlarms, ...]] = {}
    for each in rows:
        found[each.path] = (*found.get(each.path, ()), each)
    return found


def false_alarm_words(
    check: CheckResult, measured: Sequence[FalseAlarms], run_type: str | None
) -> str:
    """How often a check goes off in good runs; "" for a test of the producer.

    Args:
        check: with its configuration in force.
        measured: of its plot.
        run_type: of the run in view.
    """
    if check.origin == "producer":
        return ""
    of_it = _of_type([each for each in measured if each.check == check.check], run_type)
    own = _in_force(check, of_it)
    if own is not None:
        return rate_words(own.alarms, own.hours)
    return "false alarms: measured with other limits" if of_it else NOT_MEASURED


def page_words(
    checks: Mapping[str, Sequence[CheckResult]],
    measured: Mapping[str, Sequence[FalseAlarms]],
    run_type: str | None,
) -> str:
    """The rate of all checks of a page: "this page: 0.04/h"; or "".

    Args:
        checks: in force, by the path of the plot.
        measured: by the path of the plot.
        run_type: of the run in view.
    """
    found, lacking = [], 0
    for path, own in checks.items():
        of_it = _of_type(measured.get(path, ()), run_type)
        for check in own:
            if check.origin != "producer":
                one = _in_force(check, of_it)
                lacking += one is None
                found += [] if one is None else [one]
    if not found:
        return ""
    hours = min(each.hours for each in found)
    alarms = sum(each.alarms for each in found)
    if not hours > 0:
        return ""
    rate = sum(each.alarms / each.hours for each in found)
    shown = _rate(rate) if alarms else f"< {_rate(surely_below(0) / hours)}"
    words = f"this page: {shown}/h"
    noun = "check" if lacking == 1 else "checks"
    return f"{words}; {lacking} {noun} not measured" if lacking else words


def rate_words(alarms: int, hours: float) -> str:
    """Alarms in some time: "0 false alarms in 36 h of good runs; < 0.083/h at 95 %"."""
    noun = "false alarm" if alarms == 1 else "false alarms"
    if not hours > 0:
        return f"{alarms} {noun} in good runs of unknown length"
    most = _rate(surely_below(alarms) / hours)
    words = f"{alarms} {noun} in {hours:.3g}\u00a0h of good runs"
    return f"{words}; < {most}/h at 95\u00a0%"


def _in_force(
    check: CheckResult, measured: Sequence[FalseAlarms]
) -> FalseAlarms | None:
    digest = digest_of(check.configuration)
    own = (
        each
        for each in measured
        if (each.check, each.configuration) == (check.check, digest)
    )
    return next(own, None)


def _of_type(
    measured: Iterable[FalseAlarms], run_type: str | None
) -> list[FalseAlarms]:
    """Those of runs of a type, or of a type that nobody knew."""
    return [each for each in measured if each.run_type in ("", run_type)]


def _rate(rate: float) -> str:
    return f"{rate:.2g}"
