"""Entries as they stand: corrected, settled, sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.record import ElogSent, Entry, Record, Settled
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.entries import written
from dqmconsole.shift.evidence import KEPT, VerdictHistory, read_stored, stored
from dqmconsole.shift.logbook import Logbook

if TYPE_CHECKING:
    from pathlib import Path


def book(*bodies: Entry | Settled | ElogSent) -> Logbook:
    logbook = Logbook()
    for number, body in enumerate(bodies, 1):
        logbook.put(Record(f"u{number}", float(number), body, number=number))
    return logbook


def test_newest_first() -> None:
    found = written(book(Entry("one"), Entry("two")))
    assert [each.body.title for each in found] == ["two", "one"]


def test_a_corrected_entry_stands_once() -> None:
    found = written(
        book(
            Entry("one"),
            Entry("two"),
            Entry("one, better", corrects="u1"),
            Entry("one, best", corrects="u3"),
        )
    )
    assert [each.body.title for each in found] == ["two", "one, best"]
    assert (found[1].first.uid, found[1].record.uid) == ("u1", "u4")


def test_a_correction_of_nothing_known_stands_alone() -> None:
    (found,) = written(book(Entry("lost", corrects="elsewhere")))
    assert found.first is found.record


def test_a_problem_is_open_until_settled_through_any_of_its_records() -> None:
    one, fix = Entry("one", problem=True), Entry("1", problem=True, corrects="u1")
    assert written(book(one, fix))[0].is_open
    for uid in ("u1", "u2"):
        (found,) = written(book(one, fix, Settled(uid)))
        assert not found.is_open
        assert found.settled is not None
    (plain,) = written(book(Entry("one"), Settled("u1")))
    assert plain.settled is None


def test_sent_to_the_elog() -> None:
    (found,) = written(book(Entry("one", elog=True), ElogSent("u1", 42)))
    assert found.sent == ElogSent("u1", 42)
    # a correction is to be sent anew
    (found,) = written(
        book(Entry("one"), ElogSent("u1", 42), Entry("1", corrects="u1"))
    )
    assert found.sent is None


def test_the_history_of_verdicts_holds_their_changes() -> None:
    history = VerdictHistory()
    good, bad = Verdict(Status.GOOD, "fine"), Verdict(Status.BAD, "dead")
    history.look(1.0, 7, {"a": good, "b": good})
    history.look(2.0, 7, {"a": Verdict(Status.GOOD, "other words"), "b": bad})
    history.look(3.0, 8, {"a": good})
    assert [(each.at, each.run) for each in history.of(["a"])] == [(1.0, 7), (3.0, 8)]
    both = history.of(["a", "b", "nowhere"])
    assert [each.at for each in both] == [1.0, 1.0, 2.0, 3.0]
    for number in range(100):
        history.look(10.0 + number, 8, {"a": bad if number % 2 else good})
    assert len(history.of(["a"])) == KEPT


def test_bytes_are_kept_under_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "bundle.dqmevidence"
    file.write_bytes(b"abc")
    kept = read_stored(str(file))
    assert (kept.name, kept.data) == ("bundle.dqmevidence", b"abc")
    assert kept.hash == stored(b"abc", "x").hash
    assert len(kept.hash) == 64
