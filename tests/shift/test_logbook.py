"""The logbook: order, replacement, runs, and what is dropped."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.record import Call, Entry, Flag, Record
from dqmconsole.shift.logbook import Logbook


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
