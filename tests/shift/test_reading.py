"""What changed since somebody's last shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import NOW, site
from support.instructed import (
    OCCUPANCY,
    instructed_site,
    instruction,
    short_note,
    timing,
)

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.record import Read, Record, ShiftBegan, file_hash, hash_of
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.shift import reading

if TYPE_CHECKING:
    from dqmconsole.model.site import Site

DAY = 86_400.0
RULE = ReferenceRule(
    "hcal-dqm", "2026-11-01", "last fill", run=397951, subsystem="Hcal"
)
RELEASE = Release(
    4, "Eva", "eva", "new thresholds", NOW, "0.1", "f" * 16,
    (SiteChange("layout", "Hcal › Timing", "Hcal › Timing has three columns"),),
)  # fmt: skip


def read(kind: str, name: str, version: int, hash: str, who: str = "Ada") -> Record:
    body = Read(kind, name, version, hash)
    return Record(f"{kind}{name}{version}{hash}{who}", NOW, body, who=who)


def news(
    now: Site, then: Site, *records: Record, who: str = "Ada"
) -> tuple[reading.News, ...]:
    logbook = Logbook()
    for record in records:
        logbook.put(record)
    return reading.news(
        reading.items(now, NOW), logbook, who, reading.items(then, NOW - DAY)
    )


def test_everything_that_people_read_is_an_item() -> None:
    made = msgspec.structs.replace(
        instructed_site(notes=(short_note(),)), references=(RULE,), release=RELEASE
    )
    found = reading.items(made, NOW)
    assert {kind for kind, _ in found} == {
        "instruction", "note", "known", "reference", "release",
    }  # fmt: skip
    assert found["release", "4"].text == (
        "Published by Eva, because: new thresholds\n\n- Hcal › Timing has three columns"
    )
    assert found["note", "notes/hcal-boxes"].text.endswith("valid until 2026-11-30.")
    assert "because: last fill" in found["reference", "Hcal"].text


def test_a_note_counts_from_its_day_to_its_last() -> None:
    made = instructed_site(notes=(short_note(),))
    name = ("note", "notes/hcal-boxes")
    assert name in reading.items(made, NOW)
    assert name not in reading.items(made, NOW - 10 * DAY)
    assert name not in reading.items(made, NOW + 20 * DAY)


def test_nothing_is_new_while_nothing_changed() -> None:
    assert news(instructed_site(), instructed_site()) == ()


def test_another_version_says_which_was_read() -> None:
    newer = instruction(version=4, text="## What it shows\nElse.")
    now = instructed_site(instructions=(newer, timing()))
    (found,) = news(now, instructed_site())
    assert found.sentence == "version 4; you read version 3"
    assert (found.item.id, found.before) == (OCCUPANCY, 3)
    then = reading.items(instructed_site(), NOW)
    assert found.before_hash == then["instruction", OCCUPANCY].hash


def test_a_text_that_changed_under_its_version_is_news_too() -> None:
    now = instructed_site(instructions=(instruction(text="else"), timing()))
    (found,) = news(now, instructed_site())
    assert found.sentence == "this instruction changed"


def test_what_was_acknowledged_is_no_news_until_it_changes_again() -> None:
    newer = instruction(version=4, text="four")
    now = instructed_site(instructions=(newer, timing()))
    item = reading.items(now, NOW)["instruction", OCCUPANCY]
    acknowledged = read("instruction", OCCUPANCY, 4, item.hash)
    assert news(now, instructed_site(), acknowledged) == ()
    assert len(news(now, instructed_site(), acknowledged, who="Ben")) == 1
    newest = instructed_site(
        instructions=(instruction(version=5, text="five"), timing())
    )
    (again,) = news(newest, instructed_site(), acknowledged)
    assert again.sentence == "version 5; you read version 4"
    assert again.before_hash == item.hash


def test_what_is_gone_is_told_once() -> None:
    now = instructed_site(instructions=(instruction(),))
    (found,) = news(now, instructed_site())
    assert (found.gone, found.sentence) == (True, "this instruction is gone")
    assert found.item.text == timing().text
    assert news(now, instructed_site(), read("instruction", "hcal/timing", 1, "")) == ()


def test_a_note_that_ran_out_no_longer_holds() -> None:
    (found,) = news(instructed_site(), instructed_site(notes=(short_note(),)))
    assert (found.gone, found.sentence) == (True, "this note no longer holds")


def test_a_release_says_of_what_each_change_is() -> None:
    change = SiteChange("instruction", "hcal/timing", "version 2 → 3; 14 words")
    release = msgspec.structs.replace(RELEASE, changes=(*RELEASE.changes, change))
    now = msgspec.structs.replace(instructed_site(), release=release)
    lines = reading.items(now, NOW)["release", "4"].text.splitlines()
    assert lines[-2:] == [
        "- Hcal › Timing has three columns",
        "- hcal/timing: version 2 → 3; 14 words",
    ]


def test_releases_are_news_and_older_ones_are_not_gone() -> None:
    now = msgspec.structs.replace(instructed_site(), release=RELEASE)
    (first,) = news(now, instructed_site())
    assert (first.item.kind, first.sentence) == ("release", "it is new to you")
    third = msgspec.structs.replace(RELEASE, number=3)
    then = msgspec.structs.replace(instructed_site(), release=third)
    (second,) = news(now, then)
    assert second.sentence == "you last read release 3"
    assert news(now, then, read("release", "4", 4, second.item.hash)) == ()
    # what was read under a version of the program that had other hashes was read
    former = hash_of(second.item.text.encode())
    assert news(now, then, read("release", "4", 4, former)) == ()


def test_releases_stand_first_then_notes_then_instructions() -> None:
    now = msgspec.structs.replace(
        instructed_site(notes=(short_note(),)), release=RELEASE, references=(RULE,)
    )
    kinds = [each.item.kind for each in news(now, site())]
    assert kinds == ["release", "note", "instruction", "instruction", "reference"]


def test_a_damaged_baseline_makes_everything_news() -> None:
    assert reading.read_baseline(b"\xff{") == {}
    found = reading.items(instructed_site(), NOW)
    kept = reading.baseline(found)
    assert reading.read_baseline(kept.data) == found
    assert kept.hash == file_hash(kept.data)


def test_the_names_of_the_book_newest_first_each_once() -> None:
    logbook = Logbook()
    for number, who in enumerate(("Ada", "Ben", "Ada", "", "Cem"), 1):
        logbook.put(Record(f"s{number}", NOW, ShiftBegan(), who=who, number=number))
    assert reading.people(logbook) == ("Cem", "Ada", "Ben")
