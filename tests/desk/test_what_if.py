"""What another limit would have said of recorded runs, on real files and records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.good_runs import GOOD, make_site, record_good

from dqmconsole.desk.what_if import what_if
from dqmconsole.model.message import Receipt, WhatIf, WhatIfFound
from dqmconsole.recording.run_file import source_folder
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def asked(
    home: Path, then: dict[str, Any], now: dict[str, Any] | None = None
) -> WhatIfFound | Receipt:
    site = read_site(home)
    (layout,) = (each for each in site.layouts if each.layout == "Hcal")
    plot = layout.pages[0].plots[0]
    records = source_folder(home / "records", "/dqm")
    job = what_if(WhatIf(4, plot, then, now), site, str(home / "runs"), records)
    answers: list[object] = []

    def to_the_end() -> Iterator[None]:
        answers.append((yield from job))

    assert [*to_the_end()]
    (found,) = answers
    assert isinstance(found, WhatIfFound | Receipt)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_site(tmp_path_factory.mktemp("site"))
    records = source_folder(folder / "records", "/dqm")
    for run in GOOD[:3]:
        record_good(records, run, spread=0.1, updates=6)
    return folder


def test_the_runs_are_told_as_they_are_and_as_they_would_be(home: Path) -> None:
    now = {"mean": {"warn_below": -99, "warn_above": 99}}
    then = {"mean": {"warn_below": 98, "bad_below": 97, "warn_above": 99}}
    found = asked(home, then, now)
    assert isinstance(found, WhatIfFound)
    assert [each.run for each in found.runs] == [112, 111, 110]
    for each in found.runs:
        assert (each.now, each.then) == ("GOOD", "BAD")
        assert each.alarms_then > each.alarms_now == 0
        assert each.good is None
        assert each.hours == pytest.approx(600 / 3600)
        assert each.sentence


def test_a_check_that_is_new_has_no_now(home: Path) -> None:
    found = asked(home, {"not_empty": None})
    assert isinstance(found, WhatIfFound)
    assert {(each.now, each.then) for each in found.runs} == {(None, "GOOD")}


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ({"nonsense": {}}, "no check nonsense"),
        ({"mean": {"warn_above": "x"}}, "mean"),
        ({"mean": {"warn_above": 1}, "against": "A/b"}, "other elements"),
    ],
)
def test_what_cannot_be_said_is_refused(
    home: Path, then: dict[str, Any], words: str
) -> None:
    found = asked(home, then)
    assert isinstance(found, Receipt)
    assert words in found.sentence


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    found = asked(make_site(tmp_path), {"not_empty": None})
    assert isinstance(found, Receipt)
    assert found.sentence == "no run of this source is recorded"
