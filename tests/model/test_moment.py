from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest

from dqmconsole.model.moment import (
    clock_words,
    date_words,
    day_words,
    moment_words,
    show_local,
    time_of_day,
    utc_clock_words,
    utc_moment_words,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Chicago")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_time_of_day_is_the_same_on_every_machine() -> None:
    assert time_of_day(1_700_000_000.0) == "22:13:20 UTC"
    assert date_words(1_700_000_000.0) == "2023-11-14"


@pytest.mark.usefixtures("elsewhere")
def test_a_console_may_show_its_own_clock_and_names_it() -> None:
    when = 1_700_000_000.0  # in winter
    assert clock_words(when) == "22:13 UTC"
    assert zone_words() == "UTC"
    show_local(local=True)
    try:
        assert clock_words(when) == "16:13 CST"
        assert moment_words(1_700_010_000.0) == "2023-11-14 19:00 CST"
        assert day_words(when) == "14 Nov 2023, 16:13 CST"
        assert zone_words() in ("CST", "CDT")
        # what is stored, and what the engine says, stays
        assert time_of_day(when) == "22:13:20 UTC"
        assert date_words(1_700_010_000.0) == "2023-11-15"
        assert utc_clock_words(when) == "22:13 UTC"
        assert utc_moment_words(1_700_010_000.0) == "2023-11-15 01:00 UTC"
        assert clock_words(math.nan) == "an unknown time"
    finally:
        show_local(local=False)


@pytest.mark.parametrize("when", [None, math.nan, math.inf, 1e300, -1e300])
def test_what_is_no_time_is_said_to_be_unknown(when: float | None) -> None:
    assert time_of_day(when) == "an unknown time"


@pytest.mark.parametrize("when", [math.nan, math.inf, 1e300, -1e300])
def test_what_is_no_time_has_no_day(when: float) -> None:
    assert date_words(when) == "an unknown day"
