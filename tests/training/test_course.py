"""Where the lessons stand for a person, and when they want a refresher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.instructed import OCCUPANCY, instructed_site, instruction, timing
from support.taught import taught
from support.trainees import ADA, BEN, lesson, reading, record_of

from dqmconsole.training.course import (
    covered,
    next_lesson,
    people,
    record_of_completion,
    standings,
    steps_done,
)
from dqmconsole.training.lesson import ExamSettings, ItemSource
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    LessonDone,
    LessonStepDone,
    Mark,
)

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.course import Standing
    from dqmconsole.training.lesson import Lesson

NOW = 1.8e9
DAY = 86400.0
DONE_AT = NOW - 364 * DAY  # what is done then holds for another day
FIRST = lesson(
    reading("a"), reading("b"), id="first", covers=("hcal/digi-*",), title="First"
)
SECOND = lesson(
    reading("a"), number=2, id="second", requires=("first",), covers=("Hcal",),
    title="Second",
)  # fmt: skip


def site_with(*lessons: Lesson, **changes: object) -> Site:
    return taught(instructed_site(), lessons=lessons or (FIRST, SECOND), **changes)


def done(of: Lesson, site: Site, who: str = ADA, **changes: object) -> Record:
    stored_at = changes.pop("stored_at", DONE_AT)
    body = LessonDone(of.id, of.version, of.hash, 300.0, 2, 1, covered(of.covers, site))
    return record_of(msgspec.structs.replace(body, **changes), who, stored_at=stored_at)


def step(of: Lesson, name: str, who: str = ADA, hash_: str = "") -> Record:
    return record_of(LessonStepDone(of.id, name, hash_ or of.hash, 10.0, 1, 2), who)


def first_of(site: Site, *records: Record, who: str = ADA, at: float = NOW) -> Standing:
    return standings(site, records, who, at)[0]


def test_a_lesson_is_new_then_begun_then_done() -> None:
    site = site_with()
    new = first_of(site)
    assert (new.state, new.steps_done) == ("new", 0)
    begun = first_of(site, step(FIRST, "a"))
    assert (begun.state, begun.steps_done) == ("begun", 1)
    assert (begun.seconds, begun.hints, begun.wrong) == (10.0, 1, 2)
    over = first_of(site, step(FIRST, "a"), step(FIRST, "b"), done(FIRST, site))
    assert (over.state, over.steps_done, over.why) == ("done", 2, "")
    assert (over.seconds, over.hints, over.wrong) == (300.0, 2, 1)
    assert over.until == NOW + DAY


def test_two_people_on_one_machine_are_two_records() -> None:
    site = site_with()
    records = (done(FIRST, site, BEN), step(FIRST, "a", ADA))
    assert first_of(site, *records, who=ADA).state == "begun"
    assert first_of(site, *records, who=BEN).state == "done"
    assert first_of(site, *records, who="Eve").state == "new"
    assert people(records) == (ADA, BEN)
    assert "First" in record_of_completion(site, records, BEN, NOW)
    assert "Nothing yet" in record_of_completion(site, records, ADA, NOW)


def test_steps_of_another_text_or_of_a_finished_round_are_not_done() -> None:
    site = site_with()
    records = [step(FIRST, "a"), done(FIRST, site), step(FIRST, "b")]
    assert set(steps_done(FIRST, records, ADA)) == {"b"}
    records = [step(FIRST, "a", hash_="l0"), step(FIRST, "gone"), step(SECOND, "b")]
    assert steps_done(FIRST, records, ADA) == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"instructions": (instruction(version=4, hash="i4"), timing())},
            f"instruction {OCCUPANCY} changed",
        ),
        ({"instructions": (timing(),)}, f"instruction {OCCUPANCY} is gone"),
        (
            {"instructions": (instruction(), instruction(id="hcal/digi-sizes"))},
            "instruction hcal/digi-sizes is new",
        ),
        (
            {"lessons": (msgspec.structs.replace(FIRST, version=2), SECOND)},
            "the lesson has version 2, not 1",
        ),
    ],
)
def test_what_changed_wants_a_refresher_of_just_that(
    change: dict[str, object], why: str
) -> None:
    site = site_with()
    records = (done(FIRST, site), done(SECOND, site))
    change_it = taught if "lessons" in change else msgspec.structs.replace
    first, second = standings(change_it(site, **change), records, ADA, NOW)
    assert (first.state, first.why, first.steps_done) == ("refresher", why, 0)
    assert second.state == "done"


def test_a_changed_layout_wants_a_refresher() -> None:
    site = site_with()
    records = (done(FIRST, site), done(SECOND, site))
    layouts = tuple(
        msgspec.structs.replace(each, owner="somebody else")
        if each.layout == "Hcal"
        else each
        for each in site.layouts
    )
    after = msgspec.structs.replace(site, layouts=layouts)
    first, second = standings(after, records, ADA, NOW)
    assert first.state == "done"
    assert (second.state, second.why) == ("refresher", "layout Hcal changed")


def test_what_is_not_covered_may_change() -> None:
    site = site_with()
    records = (done(FIRST, site), done(SECOND, site))
    after = msgspec.structs.replace(
        site, hash="a9", instructions=(instruction(), instruction(id="ecal/a"))
    )
    assert {each.state for each in standings(after, records, ADA, NOW)} == {"done"}


def test_a_lesson_holds_until_its_day() -> None:
    site = site_with()
    record = done(FIRST, site)
    assert first_of(site, record, at=NOW + DAY).state == "done"
    over = first_of(site, record, at=NOW + DAY + 1)
    assert (over.state, over.why) == ("refresher", "it held until 2027-01-16")
    unsaved = first_of(site, done(FIRST, site, stored_at=0.0))
    assert (unsaved.state, unsaved.until) == ("done", 0.0)


def test_a_clock_that_was_ahead_gains_nothing() -> None:
    site = site_with()
    assert first_of(site, done(FIRST, site, stored_at=NOW)).state == "done"
    ahead = done(FIRST, site, stored_at=NOW + 2 * DAY)
    found = first_of(site, ahead)
    assert (found.state, found.why) == (
        "refresher", "it would hold until 2028-01-17: a clock was wrong",
    )  # fmt: skip


def test_the_console_s_clock_gains_nothing() -> None:
    site = site_with()
    record = done(FIRST, site)
    for made_at in (0.0, NOW - 900 * DAY, NOW + 900 * DAY):
        told = msgspec.structs.replace(record, made_at=made_at)
        assert first_of(site, told).until == NOW + DAY
    # it is over, and the clock of this console is set back: the book knows better
    later = done(SECOND, site, BEN, stored_at=NOW + 5 * DAY)
    found = first_of(site, record, later, at=NOW - 1)
    assert (found.state, found.why) == ("refresher", "it held until 2027-01-16")
    said = record_of_completion(site, (record, later), ADA, NOW - 1)
    assert "**1. First**: it held until 2027-01-16" in said
    # and set back so far that it would hold too long
    assert first_of(site, record, at=NOW - 366 * DAY).state == "refresher"


def test_a_refresher_that_is_begun_goes_on() -> None:
    site = site_with()
    records = (done(FIRST, site, version=0), step(FIRST, "a"))
    again = first_of(site, *records)
    assert (again.state, again.steps_done) == ("refresher", 1)
    assert first_of(site, *records, done(FIRST, site)).state == "done"


def test_the_days_come_from_the_site() -> None:
    matter = (ItemSource(("Hcal/Digi occupancy",)),)
    site = site_with(exam=ExamSettings(matter, valid_days=30))
    record = done(FIRST, site, stored_at=NOW)
    assert first_of(site, record).until == NOW + 30 * DAY
    assert first_of(site_with(), record).until == NOW + 365 * DAY


def test_the_next_lesson_waits_for_what_it_requires() -> None:
    site = site_with(SECOND, FIRST)
    now = (site, (), ADA, NOW)
    assert next_lesson(standings(*now)) == FIRST
    assert next_lesson(standings(site, (done(FIRST, site),), ADA, NOW)) == SECOND
    stale = (done(FIRST, site, version=0),)
    assert next_lesson(standings(site, stale, ADA, NOW)) == SECOND
    stale += (done(SECOND, site),)
    assert next_lesson(standings(site, stale, ADA, NOW)) == FIRST
    everything = (done(FIRST, site), done(SECOND, site))
    assert next_lesson(standings(site, everything, ADA, NOW)) is None


def test_lessons_that_wait_for_each_other_do_not_end_the_course() -> None:
    ring = msgspec.structs.replace(FIRST, requires=("second",))
    site = site_with(ring, SECOND)
    assert next_lesson(standings(site, (), ADA, NOW)) == ring


def test_the_record_of_completion_says_what_on_which_versions_until_when() -> None:
    third = lesson(reading("a"), number=3, id="third", title="A *third*")
    site = site_with(FIRST, SECOND, third)
    records = (done(FIRST, site), done(SECOND, site, version=7))
    said = record_of_completion(site, records, ADA, NOW)
    assert "# Record of completion: Ada Trainee" in said
    mastered, _, rest = said.partition("## Wants a refresher")
    assert "**1. First** (version 1)" in mastered
    assert "holds until 2027-01-16" in mastered
    assert f"instruction {OCCUPANCY}, version 3 (i3)" in mastered
    refresher, _, rest = rest.partition("## Not done yet")
    assert "**2. Second**: the lesson has version 1, not 7" in refresher
    assert "3. A \\*third\\*" in rest
    assert "Exams" not in said


def test_what_the_log_does_not_have_yet_holds_from_then_on() -> None:
    site = site_with()
    record = done(FIRST, site, stored_at=0.0)
    said = record_of_completion(site, (record,), ADA, NOW)
    assert "holds from the moment at which the book has it" in said


def test_exams_and_practice_stand_in_the_record_of_their_own_person() -> None:
    site = site_with()
    marks = (Mark("hv-trip:Hcal@6", "found", 1, 1), Mark("", "call", 0.5, 2))
    begun = record_of(ExamBegan("practice", 1, "p"), ADA, stored_at=NOW)
    left = record_of(ExamBegan("practice", 2, "p"), ADA, stored_at=NOW)
    other = record_of(ExamBegan("items", 3, "p", items=40), BEN, stored_at=NOW)
    ended = record_of(ExamEnded(begun.uid, "practice", marks), ADA, stored_at=NOW)
    records = (begun, left, other, ended)
    said = record_of_completion(site, records, ADA, NOW)
    exams = said.partition("Exams and practice")[2]
    assert "1.5 of 3 points" in exams
    assert "not finished" in exams
    assert "of 40 items" not in said
    assert "of 40 items" in record_of_completion(site, records, BEN, NOW)


@pytest.mark.parametrize("stored_at", [1e300, float("inf"), -1.0])
def test_a_strange_day_breaks_nothing(stored_at: float) -> None:
    site = site_with()
    record = done(FIRST, site, stored_at=stored_at)
    said = record_of_completion(site, (record,), ADA, NOW)
    assert "First" in said
