"""A whole shift by keyboard alone, on a real engine, real files and a real book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.hcal_data import RUN, write_site
from support.whole_shift import WHO, WholeShift, had_a_shift

from dqmconsole.logbook.book import Book
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    Record,
    RunSeen,
    SignOff,
    Tick,
)
from dqmconsole.shift.flags import begins
from dqmconsole.site.bundle import read_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_from_the_start_of_the_shift_to_the_hand_over(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/book.sqlite"
    book = Book.open(url)
    had_a_shift(book, WHO, write_site(tmp_path / "old", version=1))
    data = tmp_path / "data"
    data.mkdir()
    told: list[Record] = []
    site = write_site(tmp_path / "site", version=2)
    spool = tmp_path / "spool" / "waiting.jsonl"
    shift = WholeShift(data, site, url, "", spool, told.append)
    try:
        shift.play()
    finally:
        shift.close()
    kept = {record.uid: record for record in book.read().records}
    book.close()
    assert all(kept[record.uid] == record for record in told)
    bodies = [record.body for record in told]

    def of(kind: type) -> list[Record]:
        return [record for record in told if isinstance(record.body, kind)]

    read = [body for body in bodies if isinstance(body, Read)]
    assert {(body.id, body.version) for body in read} == {
        ("hcal/occupancy", 2),
        ("hcal/charge", 2),
    }
    runs = [body for body in bodies if isinstance(body, RunSeen)]
    assert [body.phase for body in runs] == ["running", "ended"]
    assert (runs[-1].lumisections, runs[-1].significant) == (9, True)
    assert runs[-1].run_class == "Collisions26"
    (call,) = of(Call)
    assert isinstance(call.body, Call)
    assert (call.body.role, call.body.phone) == ("hcal-dqm", "70001")
    assert call.versions.instruction == "hcal/occupancy@2"
    steps = [record.body.step for record in of(Tick) if isinstance(record.body, Tick)]
    assert steps == [0, 1]
    (entry,) = of(Entry)
    assert isinstance(entry.body, Entry)
    assert entry.body.evidence
    (bundle,) = (spool.parent / "evidence").glob("*.dqmevidence")
    evidence = read_bundle(bundle)
    assert "three towers are empty" in evidence.manifest.words
    assert evidence.manifest.run.run == RUN
    flags = [
        record.body
        for record in of(Flag)
        if isinstance(record.body, Flag) and not record.body.proposed
    ]
    assert [(each.status, begins(each), each.last) for each in flags] == [
        ("GOOD", 1, 3),
        ("BAD", 4, 9),
    ]
    assert [record.run for record in of(SignOff)] == [RUN]
    (report,) = of(HandOver)
    assert isinstance(report.body, HandOver)
    assert "watch the three towers" in report.body.text
    assert "never opened" not in report.body.text
    who = {
        record.who for record in told if isinstance(record.body, Tick | Call | Entry)
    }
    assert who == {WHO}
    assert all(record.versions.site for record in told)
