"""What the log says of a record in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dqmconsole.model.record import Entry, Record
from dqmconsole.shift.words import when

MADE = 1_780_000_000.0  # 20:26:40 UTC


@pytest.mark.parametrize(
    ("stored_at", "words"),
    [
        (MADE + 30, "20:26"),
        (MADE + 7200, "20:26, stored 22:26"),
        (MADE - 7200, "20:26, stored 18:26"),
        (0.0, "20:26"),
    ],
)
def test_a_record_stored_at_quite_another_time_says_so(
    stored_at: float, words: str
) -> None:
    session = SimpleNamespace(author=SimpleNamespace(unsaved={}), now=lambda: MADE + 10)
    each = Record("e", MADE, Entry("e"), number=1, stored_at=stored_at)
    assert when(each, session) == words  # type: ignore[arg-type] # all that it asks
