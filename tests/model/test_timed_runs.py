"""A run that has a time for its number is called by that time."""

from __future__ import annotations

from dqmconsole.model.reference import (
    ReferenceNote,
    ReferenceRule,
    good_runs_words,
    range_words,
)

RUN = 20261128055959
WORDS = "2026-11-28 05:59:59"


def test_in_the_words_of_references() -> None:
    rule = ReferenceRule("A", "2026-11-28", "good", run=RUN, valid_from=RUN)
    assert rule.called == f"run {WORDS}"
    assert range_words(rule) == f"runs from {WORDS}"
    assert good_runs_words(ReferenceNote(run=RUN, others=(7,))) == (
        f"2 good runs: {WORDS} …"
    )
