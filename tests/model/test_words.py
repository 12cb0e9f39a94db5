from __future__ import annotations

import pytest

from dqmconsole.model.words import listed


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
