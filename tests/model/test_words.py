from __future__ import annotations

import pytest

from dqmconsole.model.words import counted, listed


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A, B"),
        (["A", "B", "C"], "A, B and 1 more"),
        (["A", "B", "C", "D", "E"], "A, B and 3 more"),
    ],
)
def test_the_first_names_are_listed_and_the_others_counted(
    names: list[str], said: str
) -> None:
    assert listed(names, 2) == said


def test_things_are_counted_in_one_way() -> None:
    assert counted(1, "bin") == "1 bin"
    assert counted(0, "entry", "entries") == "0 entries"
    assert counted(12000, "bin") == "12,000 bins"
