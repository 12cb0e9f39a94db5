"""Where and when a known problem shows, and whose plot an element is."""

from __future__ import annotations

import pytest

from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.layout import subsystem_of

KNOWN = KnownIssue(
    "noisy", "Hcal", ("Hcal/*",), "hcal", "2026-12-01", first_run=10, last_run=20
)


@pytest.mark.parametrize(
    ("path", "run", "shows"),
    [
        ("Hcal/a/b", 10, True),
        ("Hcal/a/b", 20, True),
        ("Hcal/a/b", 9, False),
        ("Hcal/a/b", 21, False),
        ("Hcal/a/b", 0, True),  # no run yet: said rather than kept quiet
        ("Ecal/a/b", 15, False),
        ("hcal/a/b", 15, False),
    ],
)
def test_a_known_problem_shows_in_its_elements_and_runs(
    path: str, run: int, shows: bool
) -> None:
    assert KNOWN.shows_in(path, run) is shows


def test_the_subsystem_is_the_first_part_of_a_path() -> None:
    assert subsystem_of("Hcal/DigiTask/depth1") == "Hcal"
    assert subsystem_of("an element of no folder") == ""
