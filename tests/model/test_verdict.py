"""Statuses in words, and rolled up."""

from __future__ import annotations

import pytest

from dqmconsole.model.verdict import (
    LastVerdict,
    Status,
    Verdict,
    by_default,
    last_words,
    onset_words,
    roll_up,
)

AT = 1_795_000_020.0  # 2026-11-18 11:07 UTC


@pytest.mark.parametrize(
    ("since", "began", "words"),
    [
        (8, AT, "since LS 8, 11:07 UTC"),
        (8, None, "since LS 8"),
        (None, AT, "since 11:07 UTC"),
        (None, None, ""),
    ],
)
def test_an_onset_is_a_lumisection_and_a_time(
    since: int | None, began: float | None, words: str
) -> None:
    assert onset_words(since, began) == words


def test_what_a_plot_was_before_is_said_with_its_onset() -> None:
    last = LastVerdict(Status.BAD, 7, 17, AT)
    assert last_words(last) == "last BAD since LS 17, 11:07 UTC"
    assert last_words(last, 7) == last_words(last)
    assert last_words(last, 8) == "last BAD in run 7 since LS 17, 11:07 UTC"
    assert last_words(LastVerdict(Status.GOOD, 7)) == "last GOOD"
    assert last_words(last, unit="spill").startswith("last BAD since spill 17, ")
    assert last_words(None) == ""


def test_a_roll_up_counts_the_new_status_and_names_what_was_bad() -> None:
    rollup = roll_up([Status.GOOD, Status.STALE])
    assert rollup.counts == {Status.GOOD: 1, Status.STALE: 1}


def test_a_warning_that_nobody_adopted_is_counted_and_hides_no_other() -> None:
    default = Verdict(Status.WARNING, "late", adopted=False)
    asked_for = Verdict(Status.WARNING, "late")
    good = Verdict(Status.GOOD, "like the reference", adopted=False)

    def rolled(*verdicts: Verdict) -> tuple[Status, int, bool]:
        found = roll_up(
            [each.status for each in verdicts], by_default=by_default(verdicts)
        )
        return found.status, found.by_default, found.adopted

    assert rolled(default, good) == (Status.WARNING, 1, False)
    assert rolled(default, asked_for) == (Status.WARNING, 1, True)
    assert rolled(default, Verdict(Status.BAD, "empty")) == (Status.BAD, 1, True)
    assert rolled(good) == (Status.GOOD, 0, True)
    assert by_default([None]) == 0
