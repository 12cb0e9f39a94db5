"""Whether a shift or a sitting without an end goes on is said by what the book has."""

from __future__ import annotations

import msgspec
import pytest
from support.planned import WHO

from dqmconsole.model.record import Record
from dqmconsole.training.exam_history import past_exams
from dqmconsole.training.going_on import LATE, QUIET, Begun, state_at
from dqmconsole.training.observed_records import (
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
)
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.records import ExamBegan, ItemAnswered, ItemShown

TWO = 1.8e9 - 1.8e9 % 86400 + 14 * 3600  # 14:00 of some day
MINUTE = 60.0
BEGAN = ObservedBegan("morning", "h", 90.0)


def at(minutes: float, body: msgspec.Struct, uid: str = "") -> Record:
    """A record that the book stored so many minutes after two, from any console."""
    stored = TWO + minutes * MINUTE
    # the clock of the console that made it says nonsense
    return Record(uid or f"r{minutes:g}", 5.0, body, WHO, number=1, stored_at=stored)


@pytest.mark.parametrize(
    ("last", "ends", "now", "state"),
    [
        (0.0, 90.0, 1.0, "goes on"),
        (40.0, 90.0, 44.0, "goes on"),
        (40.0, 90.0, 56.0, "quiet"),  # longer than any console says nothing
        (40.0, 90.0, 99.0, "quiet"),  # the run came late into view
        (40.0, 90.0, 101.0, "over"),
        (95.0, 90.0, 99.0, "goes on"),
        (95.0, 90.0, 101.0, "over"),
        (40.0, 90.0, 30.0, "goes on"),  # this clock is behind
    ],
)
def test_by_the_last_entry_and_the_planned_end(
    last: float, ends: float, now: float, state: str
) -> None:
    assert (QUIET, LATE) == (15 * MINUTE, 10 * MINUTE)
    begun = Begun(TWO, TWO + last * MINUTE, TWO + ends * MINUTE)
    assert state_at(begun, TWO + now * MINUTE) == state


@pytest.mark.parametrize(
    ("records", "now", "words"),
    [
        ([at(2, BEGAN, "o")], 4, "it goes on: begun 14:02 UTC"),
        ([at(2, BEGAN, "o"), at(41, ObservedAt("o", 37 * MINUTE))], 44,
         "it goes on: begun 14:02 UTC, its last entry 14:41 UTC"),
        ([at(2, BEGAN, "o"), at(41, ObservedAt("o", 37 * MINUTE))], 90,
         "it goes on, or it broke off and is spent: begun 14:02 UTC, its last entry "
         "14:41 UTC"),
        # 53 of its 90 minutes are left at 14:41
        ([at(2, BEGAN, "o"), at(41, ObservedAt("o", 37 * MINUTE))], 103,
         "it goes on, or it broke off and is spent: begun 14:02 UTC, its last entry "
         "14:41 UTC"),
        ([at(2, BEGAN, "o"), at(41, ObservedAt("o", 37 * MINUTE))], 105,
         "broken off, and spent: begun 14:02 UTC, its last entry 14:41 UTC"),
        # one that its console rested in the middle of
        ([at(2, BEGAN, "o"), at(410, ObservedAt("o", 37 * MINUTE))], 412,
         "it goes on: begun 14:02 UTC, its last entry 20:50 UTC"),
        ([at(2, BEGAN, "o"), at(41, ObservedAt("o", 37 * MINUTE, left=True))], 42,
         "broken off, and spent: begun 14:02 UTC, its last entry 14:41 UTC"),
        # an earlier version said neither how long it is nor that it goes on
        ([at(2, ObservedBegan("morning", "h"), "o")], 90,
         "it goes on, or it broke off and is spent: begun 14:02 UTC"),
        ([at(2, ObservedBegan("morning", "h"), "o")], 500,
         "broken off, and spent: begun 14:02 UTC"),
        ([at(2, BEGAN, "o"), at(95, ObservedEnded("o", ()))], 96,
         "over, and not signed by a mentor yet"),
    ],
)  # fmt: skip
def test_an_observed_shift_that_goes_on_elsewhere_is_not_broken_off(
    records: list[Record], now: float, words: str
) -> None:
    (past,) = past_observed(records)
    assert past.words_at(TWO + now * MINUTE) == words


def test_what_another_says_of_it_does_not_count() -> None:
    other = msgspec.structs.replace(at(100, ObservedAt("o", 60.0)), who="Ben")
    (past,) = past_observed([at(2, BEGAN, "o"), other])
    assert past.last is None


SAT = [
    at(2, ExamBegan("items", 7, "p", items=40), "e"),
    at(3, ItemShown("e", 0)),
    at(5, ItemAnswered("e", 0, answer="good", truth="good", seconds=2 * MINUTE)),
]


@pytest.mark.parametrize(
    ("records", "now", "words"),
    [
        (SAT[:1], 3, ("it goes on, or it was left", "begun 14:02 UTC")),
        (SAT[:2], 4, ("it goes on", "begun 14:02 UTC, its last entry 14:03 UTC")),
        # a page may be looked at as long as there is time for the items
        (SAT[:2], 62, ("it goes on, or it was left",
         "begun 14:02 UTC, its last entry 14:03 UTC")),
        (SAT[:2], 74, ("not finished", "begun 14:02 UTC, its last entry 14:03 UTC")),
        (SAT, 6, ("it goes on, or it was left",
         "begun 14:02 UTC, its last entry 14:05 UTC")),
        (SAT, 16, ("not finished", "begun 14:02 UTC, its last entry 14:05 UTC")),
        ([*SAT, at(6, ItemShown("e", 1))], 16,
         ("it goes on", "begun 14:02 UTC, its last entry 14:06 UTC")),
        ([*SAT, at(1506, ItemShown("e", 1))], 3000,
         ("not finished", "begun 14:02 UTC, its last entry 2027-01-16 15:06 UTC")),
    ],
)  # fmt: skip
def test_a_sitting_that_goes_on_elsewhere_is_not_called_unfinished(
    records: list[Record], now: float, words: tuple[str, str]
) -> None:
    (past,) = past_exams(records)
    assert past.stands(TWO + now * MINUTE, 60.0) == words
