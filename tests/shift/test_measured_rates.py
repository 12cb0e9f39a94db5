"""How often checks go off in good data, in words that a shifter reads."""

from __future__ import annotations

import pytest
from scipy import stats

from dqmconsole.model.run_quality import FalseAlarms, digest_of, surely_below
from dqmconsole.model.verdict import CheckResult, Status
from dqmconsole.shift.false_alarms import (
    NOT_MEASURED,
    by_plot,
    false_alarm_words,
    page_words,
)

MEAN = CheckResult("mean", Status.GOOD, "as ever", configuration="mean: {}")


def measured(alarms: int, hours: float, limits: str = "mean: {}") -> FalseAlarms:
    return FalseAlarms("Hcal/a", "mean", "cosmics", digest_of(limits), alarms, hours, 6)


def test_the_limits_are_those_of_poisson() -> None:
    for alarms in (0, 1, 7, 400):
        exact = stats.chi2.ppf(0.95, 2 * (alarms + 1)) / 2
        assert surely_below(alarms) == pytest.approx(exact, rel=1e-6)


def test_a_check_says_its_rate_and_whose_limits_it_is_of() -> None:
    words = false_alarm_words(MEAN, [measured(0, 36)], "cosmics")
    assert words == "0 false alarms in 36\u00a0h of good runs; < 0.083/h at 95\u00a0%"
    words = false_alarm_words(MEAN, [measured(1, 36)], "cosmics")
    assert words.startswith("1 false alarm in 36\u00a0h")
    other = measured(0, 36, "mean: {warn_above: 3}")
    words = false_alarm_words(MEAN, [other], "cosmics")
    assert words == "false alarms: measured with other limits"
    assert false_alarm_words(MEAN, [measured(0, 36)], "collisions") == NOT_MEASURED
    assert false_alarm_words(MEAN, [], None) == NOT_MEASURED


def test_a_page_adds_up_its_checks() -> None:
    checks = {"Hcal/a": [MEAN], "Hcal/b": [MEAN]}
    quiet = by_plot([measured(0, 36)])
    assert page_words(checks, {}, "cosmics") == ""
    words = page_words(checks, quiet, "cosmics")
    assert words == "this page: < 0.083/h; 1 check not measured"
    loud = by_plot([measured(2, 50)])
    assert page_words({"Hcal/a": [MEAN]}, loud, "cosmics") == "this page: 0.04/h"
