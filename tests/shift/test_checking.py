"""Check-lists: what is due, what is done, what was not looked at."""

from __future__ import annotations

import pytest

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.record import Check, Record, Seen, ShiftBegan
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.checking import (
    Viewed,
    due,
    pages_seen,
    pages_unseen,
    reminder,
)

RUN = 398214
NOW = 1_795_000_000.0  # 2026-11-18T11:06:40 UTC
HOUR = "2026-11-18T11"
SITE = Site(
    "/s",
    "a",
    SiteSettings("CMS"),
    (
        Layout(
            "Hcal",
            (Page("Digis", ()), Page("Timing", ()), Page("All", (), audience="expert")),
        ),
        Layout("L1T", (Page("Rates", ()),)),
    ),
    checklists=(
        CheckList("start", "Start", "start", (CheckItem("log", "read the log"),)),
        CheckList(
            "round",
            "Round",
            "hourly",
            (
                CheckItem("occ", "look", pages=("Hcal/Digis", "L1T/Rates")),
                CheckItem("cos", "tracks", run_types=("cosmics",)),
            ),
        ),
        CheckList("run", "Run", "run", (CheckItem("beam", "beam spot"),)),
    ),
)


class Book:
    def __init__(self) -> None:
        self.logbook = Logbook()
        self._number = 0

    def put(self, body: object, *, shift: str = "s1", run: int = 0) -> None:
        self._number += 1
        self.logbook.put(
            Record(
                uid=f"u{self._number}",
                made_at=NOW,
                body=body,  # type: ignore[arg-type]
                who="Anna",
                shift=shift,
                run=run,
                number=self._number,
            )
        )


@pytest.fixture
def book() -> Book:
    return Book()


def test_lists_are_due_by_phase(book: Book) -> None:
    found = due(SITE, book.logbook, "s1", RUN, "cosmics", NOW)
    assert [(each.heading, each.turn) for each in found] == [
        ("Start", ""),
        ("Round of 11:00 UTC", HOUR),
        (f"Run of run {RUN}", f"run {RUN}"),
    ]
    assert [each.open for each in found] == [1, 2, 1]


def test_no_run_has_no_list(book: Book) -> None:
    for run in (0, -1):
        found = due(SITE, book.logbook, "s1", run, None, NOW)
        assert [each.checklist.id for each in found] == ["start", "round"]


def test_items_of_other_run_types_are_left_out(book: Book) -> None:
    def items(run_type: str | None) -> list[str]:
        found = due(SITE, book.logbook, "s1", RUN, run_type, NOW)
        return [each.item.id for each in found[1].items]

    assert items("collisions") == ["occ"]
    assert items("cosmics") == ["occ", "cos"]
    assert items(None) == ["occ", "cos"]  # unknown: nothing is left out


def test_a_check_holds_for_its_turn_and_can_be_taken_back(book: Book) -> None:
    book.put(Check("round", "occ", HOUR))
    found = due(SITE, book.logbook, "s1", RUN, "collisions", NOW)
    done = found[1].items[0].done
    assert done is not None
    assert done.who == "Anna"
    # the next hour asks again
    later = due(SITE, book.logbook, "s1", RUN, "collisions", NOW + 3600)
    assert later[1].items[0].done is None
    book.put(Check("round", "occ", HOUR, done=False))
    found = due(SITE, book.logbook, "s1", RUN, "collisions", NOW)
    assert found[1].items[0].done is None


def test_the_start_is_each_shifts_own_and_the_hour_is_everybodys(book: Book) -> None:
    book.put(Check("start", "log"), shift="s0")
    book.put(Check("round", "occ", HOUR), shift="s0")
    found = due(SITE, book.logbook, "s1", RUN, "collisions", NOW)
    assert found[0].items[0].done is None
    assert found[1].items[0].done is not None


def test_pages_not_opened_in_this_run_are_named(book: Book) -> None:
    book.put(Seen("L1T/Rates"), run=RUN)
    book.put(Seen("Hcal/Digis"), run=RUN - 1)
    found = due(SITE, book.logbook, "s1", RUN, "collisions", NOW)
    assert found[1].items[0].unseen == ("Hcal/Digis",)
    assert pages_seen(book.logbook, RUN) == {"L1T/Rates"}
    assert pages_unseen(SITE, book.logbook, RUN) == ("Hcal/Digis", "Hcal/Timing")


def test_pages_that_cannot_apply_are_not_asked_for(book: Book) -> None:
    cosmics = Page("Tracks", (), run_types=("cosmics",))
    beam = Page("Beam", (Plot("L1T/a"), Plot("L1T/b")))
    mixed = Page("Rates", (Plot("L1T/c", run_types=("cosmics",)),))
    item = CheckItem("occ", "look", pages=("L1T/Tracks", "L1T/Beam"))
    site = Site(
        "/s", "a", SiteSettings("CMS"), (Layout("L1T", (cosmics, beam, mixed)),),
        checklists=(CheckList("round", "Round", "hourly", (item,)),),
    )  # fmt: skip

    def unseen(run_type: str | None, *statuses: Status) -> tuple[str, ...]:
        verdicts = {
            f"L1T › Beam › L1T/{name}": Verdict(status, "")
            for name, status in zip("ab", statuses, strict=False)
        }
        return pages_unseen(site, book.logbook, RUN, run_type, verdicts)

    apart = Status.NOT_APPLICABLE
    assert unseen(None) == ("L1T/Tracks", "L1T/Beam", "L1T/Rates")
    assert unseen("cosmics", Status.GOOD) == ("L1T/Tracks", "L1T/Beam", "L1T/Rates")
    assert unseen("collisions", apart) == ("L1T/Beam",)
    assert unseen("collisions", apart, Status.STALE) == ("L1T/Beam",)
    assert unseen("collisions", apart, apart) == ()
    (found,) = due(site, book.logbook, "s1", RUN, "collisions", NOW)
    assert found.items[0].unseen == ("L1T/Beam",)


def test_an_hourly_list_reminds_a_quarter_into_its_hour(book: Book) -> None:
    def words(now: float) -> str:
        return reminder(due(SITE, book.logbook, "s1", RUN, "collisions", now), now)

    assert words(NOW) == ""  # 11:06
    assert words(NOW + 600) == "Round of 11:00 UTC: 1 of 1 open"
    book.put(Check("round", "occ", HOUR))
    assert words(NOW + 600) == ""


def test_no_check_lists_are_no_trouble(book: Book) -> None:
    bare = Site("/s", "a", SiteSettings("CMS"), ())
    assert due(bare, book.logbook, "s1", RUN, None, NOW) == ()
    assert reminder((), NOW + 1800) == ""


def test_what_this_console_showed_counts_without_a_record(book: Book) -> None:
    """Before the shift began nothing is on record, and yet it was looked at."""
    viewed = Viewed()
    viewed.add(RUN - 1, "Hcal/Digis")
    viewed.add(RUN, "L1T/Rates")
    assert viewed.of(RUN) == {"L1T/Rates"}
    assert viewed.of(RUN - 1) == frozenset()
    found = due(SITE, book.logbook, "s1", RUN, "collisions", NOW, viewed.of(RUN))
    assert found[1].items[0].unseen == ("Hcal/Digis",)
    assert pages_seen(book.logbook, RUN) == frozenset()


def test_a_shift_has_a_quarter_of_an_hour_for_its_first_list(book: Book) -> None:
    lists = due(SITE, book.logbook, "s1", RUN, "collisions", NOW + 1200)
    began = Record("s1", NOW + 1140, ShiftBegan(), who="Anna")
    assert reminder(lists, NOW + 1200) != ""
    assert reminder(lists, NOW + 1200, began) == ""
    assert reminder(lists, NOW + 1140 + 899, began) == ""
    assert reminder(lists, NOW + 1140 + 900, began) != ""
    # a clock that was set back must not silence it
    later = Record("s2", NOW + 90_000, ShiftBegan(), who="Anna")
    assert reminder(lists, NOW + 1200, later) != ""
