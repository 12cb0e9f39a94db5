"""The measurement, with a small real simulation: what is larger is stronger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.bundled import read_bundled
from support.taught import taught

from dqmconsole.app import measure_bank
from dqmconsole.app.measure_bank import Candidate, Effort, PageMeasurement, candidates
from dqmconsole.app.tables import site_tables
from dqmconsole.site.site import bundled_site
from dqmconsole.training.files.measured_on import measured_otherwise, stamps
from dqmconsole.training.lesson import (
    CauseWords,
    ItemSource,
    MeasuredPage,
    MeasuredRow,
    teaching,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = "Ecal/Energy and status"


@pytest.mark.slow
def test_what_is_larger_is_stronger_and_what_is_nothing_is_out() -> None:
    page = PageMeasurement(
        read_bundled(),
        bundled_site(),
        site_tables(),
        PAGE,
        "collisions",
        Effort(1, 1, 5),
    )
    faults = [Candidate("fault", f"gain-drift:Ecal*{n}#0") for n in (1, 20, 50)]
    rows = page.rows([*faults, Candidate("harmless", "emittance-scan*5#0")])
    nothing, tiny, some, much, scan = rows
    assert (nothing.kind, nothing.trials, nothing.bad) == ("nothing", 5, 0)
    assert tiny.out == "it can hardly be seen"
    assert 2 < some.strength < much.strength
    assert (some.out, much.out, much.bad) == ("", "", 1)
    assert any("spectrum" in path for path in much.plots)
    assert scan.looks_wrong


def test_what_was_measured_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = read_bundled()
    asked: list[str] = []

    def rows(one: PageMeasurement, _of: Sequence[Candidate]) -> list[MeasuredRow]:
        asked.append(one.page)
        if len(asked) == 3:
            message = "the disk is full"
            raise OSError(message)
        return [MeasuredRow(one.page, one.run_type, "nothing", trials=1)]

    monkeypatch.setattr(PageMeasurement, "rows", rows)
    kept: list[MeasuredRow] = []

    def measure() -> None:
        def keep(rows: Sequence[MeasuredRow]) -> None:
            kept[:] = rows

        measure_bank.measure(
            site, bundled_site(), site_tables(), Effort(), tuple(kept), keep,
            lambda _done, _all: None,
        )  # fmt: skip

    with pytest.raises(OSError, match="disk is full"):
        measure()
    before = list(kept)
    assert len(before) == 2
    measure()
    assert kept[:2] == before
    assert len({each.of for each in before}) == 2  # each page its own
    assert [e.measured_page for e in kept] == measure_bank.pages(site)


def test_one_type_of_run_is_measured_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    site = read_bundled()
    monkeypatch.setattr(
        PageMeasurement,
        "rows",
        lambda one, _of: [MeasuredRow(one.page, one.run_type, "nothing", trials=2)],
    )
    kept: list[Sequence[MeasuredRow]] = []
    old = [MeasuredRow(PAGE, "collisions", "nothing", trials=1)]
    measure_bank.measure(
        site, bundled_site(), site_tables(), Effort(), old, kept.append,
        lambda _done, _all: None, run_type="heavy-ions",
    )  # fmt: skip
    first, *rest = kept[-1]
    assert first == old[0]
    assert {each.run_type for each in rest} == {"heavy-ions"}
    assert len(rest) == len(measure_bank.pages(site, "heavy-ions")) > 12
    assert "Castor/Occupancy and energy" in {each.page for each in rest}


def test_candidates_have_every_size_in_so_many_places() -> None:
    site = read_bundled()
    found = list(candidates(site, PAGE, "collisions", 2))
    causes = {each.cause for each in found if each.kind == "fault"}
    assert {"gain-drift:Ecal*40#0", "gain-drift:Ecal*3#1"} <= causes
    assert not any("#1" in each.cause for each in found if each.kind == "harmless")
    assert len(causes) == 2 * 6


RECORDED = ItemSource(
    (PAGE,), "dead-block:Ecal/Map", (30.0,), recorded=(398214,), updates=120
)


def test_pages_of_recorded_runs_are_measured_apart() -> None:
    site = read_bundled()
    exam = teaching(site).exam
    assert exam is not None
    good = msgspec.structs.replace(RECORDED, pages=("Ecal/Elsewhere",), cause="")
    matter = (*exam.matter, RECORDED, good)
    causes = (*teaching(site).causes, *_put())
    more = taught(
        site, causes=causes, exam=msgspec.structs.replace(exam, matter=matter)
    )
    recorded = MeasuredPage(PAGE, "collisions", recorded=True)
    assert measure_bank.pages(more) == [*measure_bank.pages(site), recorded]
    assert list(candidates(more, PAGE, "collisions", 2)) == list(
        candidates(site, PAGE, "collisions", 2)
    )


def _put() -> list[CauseWords]:
    return [CauseWords("dead-block", "fault", "readout", "", acts_on="plot")]


def test_rows_stay_until_their_page_is_measured_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = read_bundled()
    monkeypatch.setattr(
        PageMeasurement,
        "rows",
        lambda one, _of: [MeasuredRow(one.page, one.run_type, "nothing", trials=2)],
    )
    old = [
        MeasuredRow(each.page, each.run_type, "nothing", trials=1)
        for each in measure_bank.pages(site)
    ]
    kept: list[Sequence[MeasuredRow]] = []
    measure_bank.measure(
        site, bundled_site(), site_tables(), Effort(), old, kept.append,
        lambda _done, _all: None, again=True,
    )  # fmt: skip
    for number, rows in enumerate(kept, 1):
        assert sum(each.trials == 2 for each in rows) == number
        assert {e.measured_page for e in rows} == set(measure_bank.pages(site))
        assert len(rows) == len(old)
        assert {bool(each.of) for each in rows if each.trials == 2} == {True}
    assert len(kept) == len(old)
    now = stamps(bundled_site(), site, teaching(site).matter)
    assert measured_otherwise(kept[-1], now) == ()
    assert len(measured_otherwise(old, now)) == len(old)
