"""What is at hand: records in order, by kind and run; entries; files."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.logbook import view
from dqmconsole.logbook.view import BookFiles, Logbook, written
from dqmconsole.model.record import (
    Call,
    ElogSent,
    Entry,
    Flag,
    Record,
    Settled,
    StoredFile,
    file_hash,
)

if TYPE_CHECKING:
    import pytest


def entry(uid: str, *, number: int = 0, run: int = 0) -> Record:
    return Record(uid, 1.0, Entry(uid), run=run, number=number)


def uids(logbook: Logbook) -> list[str]:
    return [record.uid for record, _ in logbook.of(Entry)]


def test_saved_ones_stand_in_the_order_of_the_book_unsaved_ones_behind() -> None:
    logbook = Logbook()
    logbook.put(entry("mine"))
    logbook.put(entry("second", number=2))
    logbook.put(entry("mine too"))
    logbook.put(entry("first", number=1))
    assert uids(logbook) == ["first", "second", "mine", "mine too"]
    logbook.put(entry("mine too", number=3))
    assert uids(logbook) == ["first", "second", "mine too", "mine"]
    assert len(logbook) == 4


def test_what_is_saved_is_not_replaced_by_what_is_not() -> None:
    logbook = Logbook()
    logbook.put(entry("one", number=7))
    logbook.put(entry("one"))
    found = logbook.get("one")
    assert found is not None
    assert found.number == 7


def test_records_are_found_by_kind_and_run() -> None:
    logbook = Logbook()
    logbook.put(entry("one", run=5))
    logbook.put(Record("flag", 1.0, Flag("GOOD"), run=5))
    logbook.put(Record("call", 1.0, Call("hcal-dqm"), run=6))
    assert [record.uid for record, _ in logbook.of_run(Entry, 5)] == ["one"]
    assert logbook.of_run(Entry, 6) == []
    assert (logbook.runs(Entry), logbook.runs(Call)) == ([5], [6])


def test_a_record_that_changed_its_run_is_found_in_one() -> None:
    logbook = Logbook()
    logbook.put(entry("one", run=5))
    logbook.put(entry("one", run=6, number=1))
    assert logbook.of_run(Entry, 5) == []
    assert len(logbook.of_run(Entry, 6)) == 1
    assert logbook.runs(Entry) == [6]


def test_what_was_asked_for_before_is_not_given_again_after_a_change() -> None:
    logbook = Logbook()
    logbook.put(entry("one", run=5))
    logbook.of(Entry).clear()  # a caller's own list
    assert [uids(logbook), len(logbook.of_run(Entry, 5))] == [["one"], 1]
    logbook.put(entry("two", run=5))
    assert [uids(logbook), len(logbook.of_run(Entry, 5))] == [["one", "two"], 2]
    logbook.put(entry("two", run=6, number=1))
    assert [uids(logbook), len(logbook.of_run(Entry, 5))] == [["two", "one"], 1]
    logbook.drop("one")
    assert [uids(logbook), logbook.of_run(Entry, 5)] == [["two"], []]


def test_what_was_refused_is_gone() -> None:
    logbook = Logbook()
    logbook.put(entry("one", run=5))
    before = logbook.version
    logbook.drop("one")
    logbook.drop("never there")
    assert (len(logbook), uids(logbook), logbook.runs(Entry)) == (0, [], [])
    assert logbook.version == before + 1


@given(st.permutations(range(1, 9)), st.permutations(range(1, 9)))
def test_the_order_of_arrival_does_not_matter(one: list[int], other: list[int]) -> None:
    books = (Logbook(), Logbook())
    for logbook, numbers in zip(books, (one, other), strict=True):
        for number in numbers:
            logbook.put(entry(f"uid {number}", number=number, run=number % 3))
    assert uids(books[0]) == uids(books[1])
    for run in range(3):
        assert books[0].of_run(Entry, run) == books[1].of_run(Entry, run)


def test_every_change_grows_the_version() -> None:
    logbook = Logbook()
    versions = [logbook.version]
    for number in range(1, 4):
        logbook.put(entry(str(number), number=number))
        versions.append(logbook.version)
    assert all(a < b for a, b in itertools.pairwise(versions))


# -- entries --


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
    # a correction is to be sent again
    (found,) = written(
        book(Entry("one"), ElogSent("u1", 42), Entry("1", corrects="u1"))
    )
    assert found.sent is None


# -- files --


def file(letter: bytes) -> StoredFile:
    data = letter * 100
    return StoredFile(file_hash(data), letter.decode(), data)


def test_what_came_is_at_hand_and_what_is_lost_is_known() -> None:
    files = BookFiles()
    one = file(b"a")
    files.put([one], ["0" * 32])
    assert files.get(one.hash) == one
    assert files.get("0" * 32) is None
    assert (files.lost, files.version) == ({"0" * 32}, 2)


def test_what_was_not_used_for_longest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MOST_OF_FILES", 250)
    files = BookFiles()
    one, two, three = file(b"a"), file(b"b"), file(b"c")
    files.put([one, two, two])
    assert files.get(one.hash) == one
    files.put([three])
    assert [files.get(each.hash) for each in (one, two, three)] == [one, None, three]


def test_one_that_is_larger_than_all_is_kept_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "MOST_OF_FILES", 50)
    files = BookFiles()
    one, two = file(b"a"), file(b"b")
    files.put([one, two])
    assert [files.get(each.hash) for each in (one, two)] == [None, two]
