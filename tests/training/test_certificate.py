"""Certificates: when one is earned, how long it holds, and what it says."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.measured_bank import bank
from support.planned import WHO, bodies, ledger
from support.taught import taught
from training.test_observed_shift import OTHER, PLAN, Watched, a_site, played_right

from dqmconsole.logbook.state import BookState
from dqmconsole.model.moment import clock_words, date_words, moment_words
from dqmconsole.model.record import Record, ShiftBegan, Versions
from dqmconsole.training.certificate import (
    certificate,
    issue,
    record_shadow_shift,
    sign_observed,
    standings,
)
from dqmconsole.training.certificate_page import (
    NO_RATES,
    certificate_page,
    changed_words,
    layout_rows,
    shadow_words,
    signature_words,
)
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.item_bank import make_plan, seal_of
from dqmconsole.training.lesson import ExamName, Lesson, teaching
from dqmconsole.training.mentors import is_another
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedBegan,
    ObservedSigned,
    PageShown,
    ShadowShift,
    Tested,
)
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.passing import result_lines, result_of
from dqmconsole.training.records import (
    KINDS,
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    LessonDone,
    understood,
)
from dqmconsole.training.report import report
from dqmconsole.training.seals import instructions_on

if TYPE_CHECKING:
    from dqmconsole.model.record import Body
    from dqmconsole.model.site import Site
    from dqmconsole.training.certificate import Standing
    from dqmconsole.training.ledger import Ledger

DAY = 86400.0
_PLAIN = a_site()
_EXAM = teaching(_PLAIN).exam
assert _EXAM is not None
_IONS = [msgspec.structs.replace(row, run_type="heavy-ions") for row in bank()]
SITE = taught(
    _PLAIN,
    exam=msgspec.structs.replace(_EXAM, items=40, measured=(*bank(), *_IONS)),
)
AT = 1.8e9
NOW = 1e9 + DAY  # the clock of the ledger begins at 1e9
_UIDS = itertools.count()


def passed_shift(book: Ledger) -> Ledger:
    watched = Watched(book)
    played_right(watched)
    watched.musts()
    ended = watched.shift.ended
    assert ended is not None
    signed = ObservedSigned(ended.observed, "Max", "max", "expert", ended.read_back)
    book.write(WHO, signed)
    return book


def finished_exam(
    book: Ledger,
    *,
    sittings: int = 2,
    wrong: bool = False,
    name: ExamName = "collisions",
    measured_before: bool = False,
) -> Ledger:
    """So many sittings, all right; or with every fault missed."""
    for seed in range(sittings):
        plan = make_plan(SITE, seed, name)
        began = ExamBegan("items", seed, plan.hash, items=len(plan.items), exam=name)
        record = book.write(WHO, began)
        for item in plan.items:
            choice, fault = item.choice, item.truth == "bad"
            assert choice.row is not None
            answered = ItemAnswered(
                record.uid, item.number, answer="good" if wrong else item.truth,
                plot="Hcal/Map", truth=item.truth, cause=choice.cause, page=item.page,
                kind=choice.kind, named=choice.cause.partition(":")[0] if fault else "",
                shows=choice.row.plots, band=choice.row.band if fault else "",
                act="now" if fault else "", measured_before=fault and measured_before,
            )  # fmt: skip
            book.write(WHO, answered)
        seal = seal_of(SITE, (item.page for item in plan.items), name)
        book.write(WHO, ExamEnded(record.uid, "items", covered=seal))
    return book


def test_it_is_earned_by_exam_and_observed_shift() -> None:
    book = ledger()
    assert certificate(SITE, book.records, WHO, NOW) == (
        None, "an observed shift must be passed: none was begun; "
        "the exam must be passed: 0 of 2 sittings",
    )  # fmt: skip
    finished_exam(book)
    passed_shift(book)
    issued, why = certificate(SITE, book.records, WHO, NOW)
    assert why == ""
    assert issued is not None
    assert issued.tested.layouts == ("DT", "Ecal", "Hcal")
    assert issued.tested.causes == ("hv-trip", "t0-drift")
    assert issued.untested.causes == ("board-dead", "fed-lost")
    assert issued.tested.run_types == ("collisions",)
    assert issued.untested.run_types == ("cosmics", "heavy-ions")
    assert (issued.mentor, issued.mentor_role) == ("Max", "expert")
    assert [(each.found, each.faults) for each in issued.sittings] == [(16, 16)] * 2
    assert issued.shown == "All of it was simulated."
    book.write(WHO, issued)
    assert certificate(SITE, book.records, WHO, NOW) == (None, "")  # once


def test_it_says_where_strengths_are_of_older_measurements() -> None:
    for said in (False, True):
        book = finished_exam(ledger(), measured_before=said)
        passed_shift(book)
        issued, _ = certificate(SITE, book.records, WHO, NOW)
        assert issued is not None
        words = [each for each in issued.rates if "of older measurements" in each]
        assert bool(words) == said
        if said:
            assert words[0].startswith("How large 32 of 32 faults are")
            result = result_of(SITE, book.records, WHO, NOW)
            assert f"- {words[0]}" in result_lines(result)


def test_it_says_what_pages_and_runs_were() -> None:
    watched = Watched()
    played_right(watched)
    watched.musts()
    assert watched.shift.ended is not None
    book = finished_exam(ledger())
    began = book.write(WHO, ObservedBegan("beam", "hash"))
    ended = msgspec.structs.replace(
        watched.shift.ended,
        observed=began.uid,
        recorded=7,
        without=("a false alarm",),
        speed=7.0,
    )
    book.write(WHO, ended)
    signed = ObservedSigned(began.uid, "Max", "max", "expert", ended.read_back)
    book.write(WHO, signed)
    issued, why = certificate(SITE, book.records, WHO, NOW)
    assert why == ""
    assert issued is not None
    assert issued.shown == (
        "The exam was simulated; the observed shift was of one recorded run of this "
        "site, with faults put into it."
    )
    assert issued.observed_words == (
        f"90 minutes ({ended.passed} lumisections at speed 7, one in 3.3 s) of "
        "recorded run 7, with faults put into it; without a false alarm"
    )
    assert ended.passed > 200
    (found,) = standings(SITE, [stored(issued, AT)], (), AT)
    page = " ".join(html.unescape(certificate_page(found, "UTC", AT)).split())
    assert "at speed 1, one in 23 s, they are 25 lumisections." in page
    assert "Types of run that were not shown: 2 of 3" in page


def test_which_lessons_were_done_is_said_and_not_asked_for() -> None:
    lessons = tuple(
        Lesson(number, f"Lesson {number}", 1, "dqm", "2026-11-20", 3, "reading", (),
               id=f"l{number}")
        for number in range(1, 6)
    )  # fmt: skip
    there = taught(SITE, lessons=lessons)
    book = passed_shift(finished_exam(ledger()))
    issued, _ = certificate(there, book.records, WHO, NOW)
    assert issued is not None
    assert issued.lessons == (
        "0 of 5 lessons done; not done: Lesson 1, Lesson 2, Lesson 3 and 2 more"
    )
    for each in lessons:
        book.write(WHO, LessonDone(each.id, each.version))
    issued, _ = certificate(there, book.records, WHO, NOW)
    assert issued is not None
    assert issued.lessons == "5 of 5 lessons done"


def test_the_exam_of_heavy_ions_is_on_it_where_it_was_passed() -> None:
    for wrong, tested in ((False, ("collisions", "heavy-ions")), (True, None)):
        book = finished_exam(ledger(), name="heavy-ions", wrong=wrong)
        passed_shift(book)
        issued, why = certificate(SITE, book.records, WHO, NOW)
        assert issued is None  # it does not stand for the exam of collisions
        assert "0 of 2 sittings" in why
        finished_exam(book)
        issued, _ = certificate(SITE, book.records, WHO, NOW)
        assert issued is not None
        assert issued.tested.run_types == (tested or ("collisions",))


def test_what_is_missing_is_said() -> None:
    book = passed_shift(ledger())
    assert certificate(SITE, book.records, WHO, NOW)[1] == (
        "the exam must be passed: 0 of 2 sittings"
    )
    assert certificate(SITE, book.records, "Ben", NOW)[1].endswith("0 of 2 sittings")
    watched = Watched(finished_exam(ledger()))
    missing = certificate(SITE, watched.book.records, WHO, NOW)[1]
    assert missing.startswith("an observed shift must be passed: it goes on: begun ")
    watched.musts()
    assert (
        "not signed by a mentor yet"
        in (certificate(SITE, watched.book.records, WHO, NOW)[1])
    )


def test_one_that_failed_earns_none() -> None:
    book = finished_exam(ledger())
    watched = Watched(book)
    watched.musts()
    (past,) = past_observed(book.records)
    assert past.ended is not None
    signed = ObservedSigned(past.record.uid, "Max", "max", heard=past.ended.read_back)
    book.write(WHO, signed)
    issued, why = certificate(SITE, book.records, WHO, NOW)
    assert issued is None
    assert "not passed (call, flag, hand-over, unanswered)" in why


@pytest.mark.parametrize(
    ("sittings", "wrong", "why"),
    [(0, False, "0 of 2 sittings"), (1, False, "1 of 2 sittings"),
     (2, True, "gross faults that call at once were missed")],
)  # fmt: skip
def test_an_exam_that_is_not_passed_earns_none(
    sittings: int, wrong: bool, why: str
) -> None:
    book = finished_exam(ledger(), sittings=sittings, wrong=wrong)
    book.write(WHO, ExamBegan("items", 3, "plan", items=1))  # it goes on
    issued, missing = certificate(SITE, passed_shift(book).records, WHO, NOW)
    assert issued is None
    assert missing.startswith("the exam must be passed: ")
    assert why in missing


ISSUED = CertificateIssued("o", "e", "CMS", "Max", shadow_shifts=2,
                           shadow_items=("Go along", "Write"))  # fmt: skip


def stored(body: msgspec.Struct, at: float, who: str = WHO) -> Record:
    # the console's clock says nonsense: the book's counts
    versions = Versions("0.2", "abcdef012345", 4)
    uid = f"c{next(_UIDS)}"
    return Record(uid, 5.0, body, who, versions=versions, number=1, stored_at=at)


def standing(*shifts: float, now: float) -> Standing:
    began = [stored(ShiftBegan(), AT + each * DAY) for each in shifts]
    (found,) = standings(SITE, [stored(ISSUED, AT)], began, AT + now * DAY)
    return found


@pytest.mark.parametrize(
    ("shifts", "now", "state"),
    [
        ((), 182.0, "valid"),
        ((), 184.0, "lapsed"),
        ((100.0,), 282.0, "valid"),
        ((100.0,), 284.0, "lapsed"),
        ((100.0, 250.0), 364.0, "valid"),
        ((100.0, 250.0), 366.0, "expired"),
        # a shift before it was issued does not count, nor one after it lapsed
        ((-10.0,), 184.0, "lapsed"),
        ((190.0,), 200.0, "lapsed"),
        ((100.0, 250.0, 360.0), 500.0, "expired"),
    ],
)
def test_how_long_it_holds(shifts: tuple[float, ...], now: float, state: str) -> None:
    found = standing(*shifts, now=now)
    assert found.state == state
    assert bool(found.why) is (state != "valid")


def test_shifts_of_others_and_a_clock_that_is_behind_do_not_keep_it() -> None:
    of_others = [stored(ShiftBegan(), AT + 150 * DAY, "Ben")]
    (found,) = standings(SITE, [stored(ISSUED, AT)], of_others, AT + 184 * DAY)
    assert found.state == "lapsed"
    late = stored(ShadowShift("Max", "max", "2027-01-02"), AT + 400 * DAY, "Ben")
    (found,) = standings(SITE, [stored(ISSUED, AT), late], (), 5.0)
    assert found.state == "lapsed"


@pytest.mark.parametrize(
    "typed",
    ["andré müller", "  André   Müller ", "Müller, André", "Andre\u0301 Müller"],
)
def test_a_shift_counts_however_its_name_was_typed(typed: str) -> None:
    issued = stored(ISSUED, AT, "André Müller")
    began = [stored(ShiftBegan(), AT + 150 * DAY, typed)]
    (found,) = standings(SITE, [issued], began, AT + 184 * DAY)
    assert (found.state, found.last_shift) == ("valid", AT + 150 * DAY)
    assert not is_another(typed, "André Müller")


def test_shadow_shifts_stay_mandatory() -> None:
    records = [stored(ISSUED, AT)]
    (found,) = standings(SITE, records, (), AT)
    assert "2 of 2 shadow shifts to come" in found.words
    assert found.open_items == ("Go along", "Write")
    records.append(
        stored(ShadowShift("Eva", "eva", "2027-01-20", items=("Write",)), AT + DAY)
    )
    (found,) = standings(SITE, records, (), AT + DAY)
    assert "1 of 2 shadow shifts to come" in found.words
    assert found.open_items == ("Go along",)
    records.append(
        stored(ShadowShift("Eva", "eva", "2027-01-21", items=("Write",)), AT + DAY)
    )
    (found,) = standings(SITE, records, (), AT + DAY)
    assert found.words.endswith("; 1 of 2 items of their check-list open")


def test_the_page_says_what_was_tested_and_what_was_not() -> None:
    book = passed_shift(finished_exam(ledger()))
    issued, _ = certificate(SITE, book.records, WHO, NOW)
    assert issued is not None
    shadow = ShadowShift("<Eva>", "eva", "2027-01-20", items=("Go along",))
    records = [stored(issued, AT), stored(shadow, AT + DAY)]
    (found,) = standings(SITE, records, (), AT + DAY)
    text = certificate_page(found, "UTC", AT + DAY)
    page = " ".join(html.unescape(text).split())
    for words in (
        f"Certificate: {WHO}",
        "valid until 2027-07-17",
        "release 4 (site abcdef01, dqmconsole 0.2)",
        "Signed by Max, expert by the account max; how the account was checked is not "
        "recorded",
        "Board dead",
        "All of it was simulated. Of what",
        "<p>Lessons: the site has no lessons. This",
        "heavy-ions",
        "2027-01-20, <Eva>",
        "1 of 2 shadow shifts on record: they stay mandatory. Who led them: names as "
        "typed, and nobody checked by whom.",
        "2001-09-12: 90 minutes",
        "the hand-over is written, and read back to the mentor",
        "false calls: at most 10 % of the good pages",
        "tells the two apart with 89 % power",
        "Asked and scored: whether something is wrong, in which plot, its cause.",
        "Not asked, or not scored, in the exam: how soon to call, whom to call, flags, "
        "the hand-over.",
        "<td>Exam 1, 2001-09-09</td><td>40</td><td>16 of 16</td>",
        "<td>Exam, together</td><td>80</td><td>32 of 32, 100 % (89 to 100 %)</td>",
        "<td>HV trip</td><td>32</td><td>32</td><td>32</td>",
        "<td>Ecal</td><td>Timing (1 of 1)</td>",
        "A fault of which the checks tell: HV trip, in Hcal/Map",
        "A false alarm: Lumi drop, in DT/Map",
        "Faults that were not shown: 2 of 4 (Board dead, FED lost).",
    ):
        assert words in page, words
    assert "<Eva>" not in text
    assert NO_RATES not in page
    (found,) = standings(
        SITE, [stored(msgspec.structs.replace(issued, rates=()), AT)], (), AT
    )
    assert NO_RATES in " ".join(certificate_page(found, "UTC", AT).split())


def test_a_shift_that_was_ended_early_and_a_mentor_by_name_are_said() -> None:
    book = finished_exam(ledger())
    watched = Watched(book)
    played_right(watched)
    watched.shift.end()
    ended = watched.shift.ended
    assert ended is not None
    book.write(WHO, ObservedSigned(ended.observed, "Max", "", heard=ended.read_back))
    (past,) = past_observed(book.records)
    assert past.outcome == "passed after 85 of 90 minutes"
    assert past.words == (
        f"{past.outcome}; signed by Max; the name was typed, and nobody checked by whom"
    )
    for mentors in (("Max",), ("Eva",)):  # whom it names may have changed since
        listed = msgspec.structs.replace(SITE.settings, mentors=mentors)
        site = msgspec.structs.replace(SITE, settings=listed)
        issued, _ = certificate(site, book.records, WHO, NOW)
        assert issued is not None
        assert issued.mentor_listed is ("Max" in mentors)
    assert issued is not None
    issued = msgspec.structs.replace(issued, mentor_listed=True)
    (found,) = standings(SITE, [stored(issued, AT)], (), AT)
    page = " ".join(html.unescape(certificate_page(found, "UTC", AT)).split())
    assert ": 85 of 90 minutes: it was ended before its time" in page
    assert "Signed by Max, one of the mentors whom the site names; the name was" in page
    assert "names nobody who may sign" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"signature": "typed"},
         "; the site names nobody who may sign; the name was typed, and nobody checked "
         "by whom"),
        ({"signature": "typed", "mentor_listed": True, "mentor_account": "max"},
         ", one of the mentors whom the site names; name and account were typed, and "
         "nobody checked by whom"),
        ({"signature": "typed", "mentor_role": "expert", "mentor_account": "max"},
         ", expert by the account max; name and account were typed, and nobody checked "
         "by whom"),
        ({"signature": "signed-in", "mentor_role": "expert", "mentor_account": "max"},
         ", expert; the account max was signed in to the shared book"),
        ({"mentor_role": "expert"},
         ", expert; how the account was checked is not recorded"),
    ],
)  # fmt: skip
def test_how_a_signature_was_checked_is_said(
    given: dict[str, object], words: str
) -> None:
    issued = msgspec.structs.replace(ISSUED, **given)
    assert signature_words(issued) == f"Signed by Max{words}"


def test_what_is_issued_late_counts_from_what_it_rests_on() -> None:
    book = passed_shift(finished_exam(ledger()))
    soon, _ = certificate(SITE, book.records, WHO, NOW)
    assert soon is not None
    assert soon.counts_from == 0.0  # the book has nothing yet: from its own record
    kept = [
        msgspec.structs.replace(each, stored_at=each.made_at, number=at)
        for at, each in enumerate(book.records, 1)
    ]
    late, _ = certificate(SITE, kept, WHO, NOW + 200 * DAY)
    assert late is not None
    (signed,) = (e for e in kept if isinstance(e.body, ObservedSigned))
    assert late.counts_from == signed.stored_at
    (found,) = standings(
        SITE, [*kept, stored(late, NOW + 200 * DAY)], (), NOW + 200 * DAY
    )
    assert found.until == signed.stored_at + 365 * DAY
    assert found.state == "lapsed"  # no shift for half a year
    shift = stored(ShiftBegan(), NOW + 100 * DAY)
    (found,) = standings(
        SITE, [*kept, stored(late, NOW + 200 * DAY)], [shift], NOW + 200 * DAY
    )
    assert found.state == "valid"


def test_a_certificate_of_an_earlier_version_says_what_is_not_recorded() -> None:
    issued = msgspec.structs.replace(
        ISSUED,
        exam_words="40 of 40 items answered; faults found: 16 of 16",
        tested=Tested(("DT", "Hcal"), ("hv-trip", "lumi-drop"), ("collisions",)),
    )
    (found,) = standings(SITE, [stored(issued, AT)], (), AT)
    page = " ".join(html.unescape(certificate_page(found, "UTC", AT)).split())
    assert "Layouts shown, with a fault or without: DT, Hcal." in page
    assert "how often which cause was shown, is not recorded" in page
    assert "<p>40 of 40 items answered; faults found: 16 of 16</p>" in page
    assert "pages with a fault" not in page
    assert "without a fault:" not in page


def test_a_check_list_is_asked_for_only_where_the_site_has_one() -> None:
    book = ledger()
    bare = book.write(WHO, msgspec.structs.replace(ISSUED, shadow_items=()))
    whole = book.write(WHO, ISSUED)
    assert record_shadow_shift(book, SITE, bare, "Max", "max", (), NOW) == ""
    refused = record_shadow_shift(book, SITE, whole, "Max", "max", (), NOW)
    assert refused == "tick what was done in it"
    (shadow,) = bodies(book, ShadowShift)
    assert shadow.signature == "typed"


def test_record_and_report_tell_of_observed_shift_and_certificate() -> None:
    book = passed_shift(finished_exam(ledger()))
    assert issue(book, SITE, WHO, NOW) == ""
    record = record_of_completion(SITE, book.records, WHO, NOW)
    by = "signed by Max, expert by the account max; how the account was checked is not"
    assert f"observed shift: passed; {by} recorded" in record
    assert "certificate issued" in record
    assert "Observed shifts" not in record_of_completion(SITE, book.records, "B", NOW)
    page = " ".join(report(book.records, SITE, NOW).split())
    assert f"<td>passed; {by} recorded</td>" in page
    later = report(book.records, SITE, NOW, since=1e12)
    assert "signed by Max" not in later


def test_a_page_that_was_changed_since_is_named_by_certificate_and_record() -> None:
    book = passed_shift(finished_exam(ledger()))
    later = NOW + 10 * DAY
    assert issue(book, SITE, WHO, later) == ""
    (found,) = standings(SITE, book.records, (), later)
    assert (found.state, found.changed) == ("valid", ())
    hcal, *others = SITE.layouts
    page, *rest = hcal.pages
    page = msgspec.structs.replace(page, description="Other words")
    hcal = msgspec.structs.replace(hcal, pages=(page, *rest))
    site = msgspec.structs.replace(SITE, layouts=(hcal, *others))
    (found,) = standings(site, book.records, (), later)
    assert (found.state, found.changed) == ("valid", ("Hcal/Occupancy",))
    assert found.words.endswith("1 page or instruction changed since")
    words = "<li>Changed since: Hcal/Occupancy. Of the instructions of its exam it is"
    assert words in " ".join(certificate_page(found, "UTC", later).split())
    record = record_of_completion(site, book.records, WHO, later)
    assert "no longer what they were: Hcal/Occupancy" in record
    stays = "A certificate that was issued on it stays valid for its own time"
    assert stays in record
    assert stays not in record_of_completion(SITE, book.records, WHO, later)


def test_what_was_changed_of_every_exam_of_instructions_and_shift_is_named() -> None:
    book = passed_shift(finished_exam(finished_exam(ledger(), name="heavy-ions")))
    records = []
    for each in book.records:  # as they are sealed now
        body = each.body
        if isinstance(body, ExamEnded):
            told = instructions_on(SITE, {"Ecal/Timing"})
            body = msgspec.structs.replace(body, covered=body.covered | told)
        records.append(msgspec.structs.replace(each, body=body))
    issued, _ = certificate(SITE, records, WHO, NOW)
    assert issued is not None
    assert len(issued.exams) == 4
    records.append(stored(issued, NOW))

    def stands(site: Site) -> Standing:
        (found,) = standings(site, records, (), NOW)
        return found

    assert (stands(SITE).changed, stands(SITE).unsealed) == ((), ())
    exam = teaching(SITE).exam
    assert exam is not None
    # a page of the exam of heavy ions alone
    first = next(each for each in exam.measured if each.run_type == "heavy-ions")
    rows = (each for each in exam.measured if each is not first)
    ions = msgspec.structs.replace(exam, measured=tuple(rows))
    assert stands(taught(SITE, exam=ions)).changed == (first.page,)
    told = tuple(
        msgspec.structs.replace(each, hash=f"other {each.hash}")
        for each in SITE.instructions
    )
    other = msgspec.structs.replace(SITE, instructions=told)
    # hcal/map is on a page of the observed shift
    assert stands(other).changed == ("instruction ecal/time", "instruction hcal/map")
    words = changed_words(stands(other))
    assert words == "Changed since: instruction ecal/time, instruction hcal/map."
    (dt,) = (each for each in SITE.layouts if each.layout == "DT")
    page = msgspec.structs.replace(dt.pages[0], description="Other words")
    dt = msgspec.structs.replace(dt, pages=(page,))
    rest = tuple(each for each in SITE.layouts if each.layout != "DT")
    bare = taught(msgspec.structs.replace(SITE, layouts=(*rest, dt)), exam=None)
    assert "DT/Occupancy" in stands(bare).changed


def test_what_was_changed_between_two_sittings_is_named() -> None:
    book = passed_shift(finished_exam(ledger()))
    issued, _ = certificate(SITE, book.records, WHO, NOW)
    assert issued is not None
    told = instructions_on(SITE, {"Ecal/Timing"})
    seals = [dict.fromkeys(told, "1 before"), told]
    records = []
    for each in book.records:
        body = each.body
        if isinstance(body, ExamEnded):
            body = msgspec.structs.replace(body, covered=body.covered | seals.pop(0))
        records.append(msgspec.structs.replace(each, body=body))
    (found,) = standings(SITE, [*records, stored(issued, NOW)], (), NOW)
    assert found.changed == ("instruction ecal/time",)


def test_shadow_shifts_count_for_one_certificate() -> None:
    book = passed_shift(finished_exam(ledger()))
    assert issue(book, SITE, WHO, NOW) == ""
    shadow = ShadowShift("Eva", "eva", "2001-09-20", items=("Go along",))
    book.write(WHO, shadow)

    def stands() -> Standing:
        (found,) = standings(SITE, book.records, (), NOW + 30 * DAY)
        return found

    first = stands()
    assert (first.shadows, first.shadows_before) == ((shadow,), 0)
    # the exam holds still: what is new is the observed shift
    passed_shift(book)
    assert issue(book, SITE, WHO, NOW) == ""
    again = stands()
    assert again.record.uid != first.record.uid
    assert again.issued.exams == first.issued.exams
    assert (again.shadows, again.shadows_before) == ((), 1)
    assert again.open_items == ("Go along",)
    assert "; 2 of 2 shadow shifts to come" in again.words
    (second,) = (e for e in past_observed(book.records)
                 if e.record.uid == again.issued.observed)  # fmt: skip
    assert again.shadows_since == second.record.made_at
    since = date_words(second.record.made_at)
    assert shadow_words(again) == (
        "0 of 2 shadow shifts on record: they stay mandatory. Counted are those since "
        f"{since}, when the first was begun of what this certificate rests on; 1 of "
        "before was made under an earlier one"
    )
    book.write(WHO, shadow)
    assert (stands().shadows, stands().shadows_before) == ((shadow,), 1)
    page = certificate_page(stands(), "UTC", NOW)
    assert page.count("<li>2001-09-20, with Eva: Go along</li>") == 1


def test_certificate_record_and_report_say_alike_how_it_was_signed() -> None:
    watched = Watched(finished_exam(ledger()))
    played_right(watched)
    watched.musts()
    (past,) = past_observed(watched.book.records)
    assert past.ended is not None
    book, heard = watched.book, past.ended.read_back
    assert sign_observed(book, SITE, past, "Max", "max", heard, NOW) == ""
    (issued,) = bodies(book, CertificateIssued)
    words = (
        "igned by Max; the site names nobody who may sign; name and account were "
        "typed, and nobody checked by whom"
    )
    assert signature_words(issued) == f"S{words}"
    assert f"passed; s{words}" in record_of_completion(SITE, book.records, WHO, NOW)
    assert f"passed; s{words}" in " ".join(report(book.records, SITE, NOW).split())


def test_whether_a_mentor_was_listed_is_known_by_the_signature() -> None:
    watched = Watched(finished_exam(ledger()))
    played_right(watched)
    watched.musts()
    ended = watched.shift.ended
    assert ended is not None
    settings = msgspec.structs.replace(SITE.settings, mentors=("Eva",))
    now = msgspec.structs.replace(SITE, settings=settings)
    for listed in (True, False):
        signed = ObservedSigned(ended.observed, "Max", "", heard=ended.read_back,
                                signature="typed", listed=listed)  # fmt: skip
        records = (*watched.book.records, stored(signed, NOW))
        issued, _ = certificate(now, records, WHO, NOW)
        assert issued is not None
        assert issued.mentor_listed is listed


def test_sittings_that_are_not_finished_are_named() -> None:
    book = finished_exam(ledger())
    plan = make_plan(SITE, 9)
    left = book.write(WHO, ExamBegan("items", 9, plan.hash, items=40))
    passed_shift(book)
    issued, _ = certificate(SITE, book.records, WHO, NOW)
    assert issued is not None
    words = (
        f"Not counted: exam begun {moment_words(left.made_at)}, not finished: 0 of 40 "
        "items answered."
    )
    missed = "Exam: gross faults that call at once, missed: 0 of 10."
    assert issued.of_exam == (missed, words)
    (found,) = standings(SITE, [stored(issued, AT)], (), AT)
    assert f"<p>{words}</p>" in certificate_page(found, "UTC", AT)


def test_an_observed_shift_that_was_not_passed_is_named() -> None:
    book = passed_shift(finished_exam(ledger()))
    lost = Watched(book)
    lost.shift.end()
    assert lost.shift.ended is not None
    signed = ObservedSigned(lost.record.uid, "Max", "")
    records = (*book.records, stored(signed, NOW))
    issued, _ = certificate(SITE, records, WHO, NOW)
    assert issued is not None
    assert issued.observed != lost.record.uid
    (words,) = issued.of_shifts
    day = moment_words(lost.record.made_at)
    assert words.startswith(
        f"Not counted: observed shift begun {day}, not passed (call"
    )
    (found,) = standings(SITE, [stored(issued, AT)], (), AT)
    assert words in certificate_page(found, "UTC", AT)


def test_what_was_sat_since_is_named() -> None:
    book = passed_shift(finished_exam(ledger()))
    issued, _ = certificate(SITE, book.records, WHO, NOW)
    assert issued is not None
    begun = ExamBegan("items", 9, "other", items=40)
    other = msgspec.structs.replace(stored(begun, NOW + 20), uid="another")
    records = [*book.records, stored(issued, NOW), other]
    (found,) = standings(SITE, records, (), NOW)
    (words,) = found.later
    assert words.startswith(
        f"exam begun {moment_words(NOW + 20)}, not finished: 0 of 40"
    )
    assert f"Begun since: {words}" in changed_words(found)


def test_of_a_shift_that_may_go_on_it_is_not_said_that_it_broke_off() -> None:
    watched = Watched()
    records = watched.book.records
    (past,) = past_observed(records)
    at = past.record.stored_at or past.record.made_at
    began = f"begun {clock_words(at)}"
    for after, words in (
        (60.0, f"it goes on: {began}"),
        (3600.0, f"it goes on, or it broke off and is spent: {began}"),
        (DAY, f"broken off, and spent: {began}"),
    ):
        assert past.words_at(at + after) == words
        assert words in record_of_completion(SITE, records, WHO, at + after)
        assert f"<td>{words}</td>" in report(records, SITE, at + after).replace(
            "\n", ""
        )


def test_the_report_says_once_how_often_chance_decides() -> None:
    book = finished_exam(ledger())
    others = [
        msgspec.structs.replace(each, who="Ben", uid=f"b{each.uid}", body=_of(each))
        for each in book.records
    ]
    page = report((*book.records, *others), SITE, NOW)
    assert page.count("By the model of signal detection") == 1
    assert page.count("<td>note 1</td>") == 2


def _of(record: Record) -> Body:
    """What a record says, of another's sitting."""
    if isinstance(record.body, ItemAnswered | ExamEnded):
        return msgspec.structs.replace(record.body, exam=f"b{record.body.exam}")
    return record.body


def test_the_book_gives_back_what_was_written() -> None:
    book = passed_shift(finished_exam(ledger()))
    issued, _ = certificate(SITE, book.records, WHO, NOW)
    assert issued is not None
    book.write(WHO, issued)
    book.write(WHO, ShadowShift("Max", "max", "2027-01-20", items=("Go along",)))
    kinds = set()
    for each in book.records:
        wire = msgspec.json.encode(each)
        back = understood(msgspec.json.decode(wire, type=Record))
        assert back == each
        kinds.add(type(back.body))
    assert len(kinds & set(KINDS.values())) >= 7
    assert OTHER.id != PLAN.id


def test_an_exam_of_long_ago_does_not_count() -> None:
    book = finished_exam(passed_shift(ledger()))
    observed = teaching(SITE).observed
    assert observed is not None
    site = taught(SITE, observed=msgspec.structs.replace(observed, valid_days=500))
    assert certificate(site, book.records, WHO, NOW)[0] is not None
    late = NOW + 400 * DAY
    assert certificate(site, book.records, WHO, late) == (
        None, "the exam must be passed: it held until 2002-09-13",
    )  # fmt: skip


def test_an_observed_shift_of_long_ago_does_not_count() -> None:
    book = passed_shift(ledger())
    site = taught(SITE, exam=None)
    assert certificate(site, book.records, WHO, NOW + 364 * DAY)[0] is not None
    words = "an observed shift must be passed: the last one held until 2002-09-09"
    assert certificate(site, book.records, WHO, NOW + 366 * DAY) == (None, words)
    # a console's clock that is behind
    late = stored(ShiftBegan(), 1e9 + 400 * DAY, "Ben")
    assert certificate(site, (*book.records, late), WHO, NOW) == (None, words)


@pytest.mark.parametrize(
    "state",
    [
        BookState("waiting"),
        BookState("opening"),
        BookState("refused", account="max", role="expert"),
        BookState("closed", account="max", role="expert"),
        BookState("ready", account="max"),
    ],
)
def test_nobody_signs_while_a_shared_book_is_not_at_hand(state: BookState) -> None:
    settings = msgspec.structs.replace(SITE.settings, database="postgresql://dqm/book")
    shared = msgspec.structs.replace(SITE, settings=settings)
    book = ledger()
    watched = Watched(book)
    played_right(watched)
    watched.musts()
    (past,) = past_observed(book.records)
    book.state = state
    words = "the shared book is not at hand"
    refused = sign_observed(book, shared, past, "Max", "max", (), NOW)
    assert refused.startswith(words)
    refused = record_shadow_shift(book, shared, past.record, "Max", "max", ("x",), NOW)
    assert refused.startswith(words)
    assert bodies(book, ObservedSigned) == []


def test_a_shared_book_takes_nobody_s_word_for_an_account() -> None:
    book = finished_exam(ledger())
    watched = Watched(book)
    played_right(watched)
    watched.musts()
    (past,) = past_observed(book.records)
    assert past.ended is not None
    heard = past.ended.read_back

    def signed(account: str) -> str:
        return sign_observed(book, SITE, past, "Max", account, heard, NOW)

    book.state = BookState("ready", account="ada", role="trainee")
    assert signed("max") == "the book is signed in as ada: sign in as max"
    assert signed("ada").startswith("ada is a trainee; a shift-leader or an expert")
    refused = record_shadow_shift(book, SITE, past.record, "Max", "max", ("x",), NOW)
    assert refused == "the book is signed in as ada: sign in as max"
    book.state = BookState("ready", account="max", role="expert")
    assert signed("max") == ""
    (past,) = past_observed(book.records)
    assert past.signed is not None
    assert past.signed[1].role == "expert"
    assert signed("max") == "it is signed already"
    (issued,) = bodies(book, CertificateIssued)
    assert (issued.mentor_role, issued.signature) == ("expert", "signed-in")


def test_what_is_not_over_is_not_signed() -> None:
    watched = Watched()
    (past,) = past_observed(watched.book.records)
    refused = sign_observed(watched.book, SITE, past, "Max", "max", (), NOW)
    assert refused == "it is not over"


def test_of_a_layout_it_is_said_of_how_many_faults_the_plots_are_not_known() -> None:
    known = PageShown("Hcal/Digis", ("Map",), 2, faults=2, found=1, unknown=1)
    old = PageShown("DT/Digis", (), 3, faults=2, unknown=2)
    good = PageShown("Ecal/Digis", (), 1, goods=1)
    issued = msgspec.structs.replace(ISSUED, pages=(old, good, known))
    plots = {row[0]: row[2] for row in layout_rows(issued)}
    assert plots["Hcal"] == "Map (1 of 2); not recorded of 1 fault"
    assert plots["DT"] == "not recorded of 2 faults"
    assert plots["Ecal"] == "none"
