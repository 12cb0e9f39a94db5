"""The pass mark: what of it was not reached, how often chance decides, and the seal."""

from __future__ import annotations

import html
import math
import random
import statistics
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.html_page import rows
from support.measured_bank import bank
from support.planned import WHO, ledger, site

from dqmconsole.training.course import record_of_completion
from dqmconsole.training.exam_history import past_exams
from dqmconsole.training.item_bank import make_plan, seal_of
from dqmconsole.training.lesson import ExamName, MeasuredRow, PassMark
from dqmconsole.training.passing import (
    FaultShown,
    Reached,
    error_rates,
    pass_chance,
    reached,
    result_lines,
    result_of,
    sensitivities_of,
    shortfalls,
    shown_words,
    still_to_give,
    telling_power,
)
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    ItemLeftOut,
    ItemShown,
)
from dqmconsole.training.report import report
from dqmconsole.training.score import item_score

if TYPE_CHECKING:
    from dqmconsole.model.record import Record

SITE = site(items=40, measured=tuple(bank()))
ION: ExamName = "heavy-ions"
NORMAL = statistics.NormalDist()


def answers(seed: int, *, miss: int = 0, overlook: int = 0, false: int = 0,
            unnamed: int = 0, exam: str = "x") -> list[ItemAnswered]:  # fmt: skip
    """All right, but for so many gross faults, others, false calls and causes."""
    found = []
    left = {"miss": miss, "overlook": overlook, "false": false, "unnamed": unnamed}
    for item in make_plan(SITE, seed).items:
        row = item.choice.row
        assert row is not None
        fault = item.truth == "bad"
        said = "bad" if fault else "good"
        named = item.choice.cause.partition(":")[0] if fault else ""
        if fault and row.band == "gross" and left["miss"]:
            left["miss"] -= 1
            said = "good"
        elif fault and row.band != "gross" and left["overlook"]:
            left["overlook"] -= 1
            said = "good"
        elif fault and left["unnamed"]:
            left["unnamed"] -= 1
            named = "fed-lost"
        elif not fault and left["false"]:
            left["false"] -= 1
            said = "bad"
        found.append(
            ItemAnswered(
                exam, item.number, answer=said,  # type: ignore[arg-type]
                plot="Hcal/Map", seconds=9.0, truth=item.truth, kind=item.choice.kind,
                cause=item.choice.cause + item.choice.times, page=item.page,
                named=named, shows=row.plots, band=row.band if fault else "",
                act="now" if fault else "", strength=row.strength if fault else 0.0,
            )
        )  # fmt: skip
    return found


def sat(
    *sittings: list[ItemAnswered], spent: int = 0, found: float = PassMark().found
) -> tuple[Record, ...]:
    """Sittings that ask for a share of faults, of the last of which some were spent."""
    book = ledger()
    for each in sittings:
        began = book.write(
            WHO, ExamBegan("items", 1, "h", items=len(each), found=found)
        )
        for spare in range(spent if each is sittings[-1] else 0):
            book.write(WHO, ItemShown(began.uid, 3, 100 + spare))
        for one in each:
            book.write(WHO, msgspec.structs.replace(one, exam=began.uid))
        seal = seal_of(SITE, (one.page for one in each))
        book.write(WHO, ExamEnded(began.uid, "items", covered=seal))
    return book.records


NOW = 1e9 + 3600 * 200


def test_two_sittings_without_a_fault_pass() -> None:
    found = result_of(SITE, sat(answers(1), answers(2)), WHO, NOW)
    assert (found.state, found.why) == ("passed", "")
    assert found.until > NOW
    assert found.rates is not None
    assert "89 %" in found.rates.words


def test_one_sitting_decides_nothing() -> None:
    assert result_of(SITE, sat(answers(1)), WHO, NOW).why == "1 of 2 sittings"
    assert result_of(SITE, (), WHO, NOW).state == "open"


def test_each_part_of_the_mark_stands_alone_and_says_what_is_still_to_come() -> None:
    mark = PassMark()

    def found(**wrong: int) -> tuple[Reached, tuple[str, ...]]:
        score = item_score(answers(1, **wrong))
        return reached(score, mark), still_to_give(score, mark)

    score = item_score(answers(1))
    faults, goods = score.hits.of, score.alarms.of
    most = math.floor(0.1 * 2 * goods)
    needed = math.ceil(0.8 * 2 * faults)
    hits = math.ceil(0.7 * 2 * faults)
    met, give = found()
    assert met == (True, True, True, True)
    assert give == (
        "at most 0",
        f"at least {hits - faults} of {faults}",
        f"at most {most} of {goods}",
        f"{needed - faults} of {faults}, if as many are found",
    )
    met, give = found(miss=1)
    assert met == (False, True, True, True)
    assert give[0] == "cannot make up for it"
    met, give = found(overlook=5)
    assert met == (True, False, True, True)
    assert give[1] == f"at least {hits - faults + 5} of {faults}"
    assert found(overlook=10)[1][1] == "cannot make up for it"
    met, give = found(false=3)
    assert met == (True, True, False, True)
    assert give[2] == f"at most {most - 3} of {goods}"
    assert found(false=most + 1)[1][2] == "cannot make up for it"
    met, give = found(unnamed=5)
    assert met == (True, True, True, False)
    assert give[3] == f"{needed - faults + 5} of {faults}, if as many are found"
    assert found(unnamed=9)[1][3] == "cannot make up for it"


def test_who_gives_what_was_asked_of_the_next_sitting_passes() -> None:
    mark, first = PassMark(), answers(1, unnamed=5, false=3)
    _, _, calls, causes = still_to_give(item_score(first), mark)
    allowed = int(calls.split()[2])
    spare = item_score(answers(2)).hits.of - int(causes.split()[0])

    def state(unnamed: int, false: int) -> str:
        second = answers(2, unnamed=unnamed, false=false)
        return result_of(SITE, sat(first, second), WHO, NOW).state

    assert state(spare, allowed) == "passed"
    assert state(spare + 1, allowed) == "not passed"
    assert state(spare, allowed + 1) == "not passed"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"miss": 1}, "1 of 10 gross faults that call at once were missed"),
        ({"overlook": 10}, "faults found: 22 of 32, 69 % (51 to 82 %) (at least 70 %)"),
        ({"false": 5}, "false calls: 5 of 48"),
        ({"unnamed": 7}, "causes named rightly: 25 of 32"),
    ],
)
def test_what_was_not_reached_is_said(wrong: dict[str, int], words: str) -> None:
    found = result_of(SITE, sat(answers(1, **wrong), answers(2)), WHO, NOW)
    assert found.state == "not passed"
    assert words in found.why


@pytest.mark.parametrize("wrong", [{"overlook": 9}, {"false": 4}, {"unnamed": 6}])
def test_what_the_mark_allows_passes(wrong: dict[str, int]) -> None:
    found = result_of(SITE, sat(answers(1, **wrong), answers(2)), WHO, NOW)
    assert found.state == "passed"


def test_the_wrong_plot_is_a_miss() -> None:
    elsewhere = [msgspec.structs.replace(e, plot="Hcal/Fed") for e in answers(1)]
    score = item_score(elsewhere)
    assert score.hits.count == 0
    assert score.missed_now == score.gross_now > 0
    assert shortfalls(score, PassMark())


@pytest.mark.parametrize(("spent", "state"), [(4, "passed"), (5, "open")])
def test_a_sitting_of_which_many_pages_were_spent_decides_nothing(
    spent: int, state: str
) -> None:
    found = result_of(SITE, sat(answers(1), answers(2), spent=spent), WHO, NOW)
    assert (found.state, found.spent) == (state, spent)
    assert f"{spent} pages shown and not finished (a crash)" in "".join(
        result_lines(found)
    )
    assert ("5 pages were shown and not finished (4 may be)" in found.why) == (
        state == "open"
    )


def test_a_pass_outlives_what_does_not_concern_its_items() -> None:
    records = sat(answers(1), answers(2))
    other = msgspec.structs.replace(
        SITE,
        instructions=(),
        layouts=tuple(
            msgspec.structs.replace(each, description="new words")
            for each in SITE.layouts
        ),
    )
    assert result_of(other, records, WHO, NOW).state == "passed"
    assert result_of(SITE, records, WHO, NOW + 400 * 86400).state == "over"


def test_a_pass_holds_when_the_same_was_measured_again() -> None:
    rows = [msgspec.structs.replace(each, of="0123456789ab") for each in bank()]
    records = sat(answers(1), answers(2))
    again = site(items=40, measured=tuple(rows))
    assert result_of(again, records, WHO, NOW).state == "passed"


@pytest.mark.parametrize("what", ["page", "rows", "gone"])
def test_a_pass_ends_with_its_items(what: str) -> None:
    records = sat(answers(1), answers(2))
    if what == "rows":
        rows = [each for each in bank() if each.page != "DT/Occupancy"]
        rows.append(MeasuredRow("DT/Occupancy", "collisions", "nothing"))
        changed = site(items=40, measured=tuple(rows))
    else:
        layouts = [each for each in SITE.layouts if each.layout != "DT"]
        dt = next(each for each in SITE.layouts if each.layout == "DT")
        page = msgspec.structs.replace(dt.pages[0], columns=1)
        if what == "page":
            layouts.append(msgspec.structs.replace(dt, pages=(page,)))
        changed = msgspec.structs.replace(SITE, layouts=tuple(layouts))
    found = result_of(changed, records, WHO, NOW)
    assert found.state == "over"
    assert found.why.endswith(": DT/Occupancy")


def test_a_page_that_was_changed_between_two_sittings_ends_a_pass() -> None:
    records, before = list(sat(answers(1), answers(2))), {"page DT/Occupancy": "before"}
    at = next(n for n, e in enumerate(records) if isinstance(e.body, ExamEnded))
    ended = records[at].body
    assert isinstance(ended, ExamEnded)
    older = msgspec.structs.replace(ended, covered=ended.covered | before)
    records[at] = msgspec.structs.replace(records[at], body=older)
    found = result_of(SITE, records, WHO, NOW)
    assert found.state == "over"
    assert found.why.endswith(": DT/Occupancy")


def test_sittings_that_were_not_measured_do_not_count() -> None:
    old = [msgspec.structs.replace(each, band="") for each in answers(1)]
    assert result_of(SITE, sat(old, answers(2)), WHO, NOW).state == "open"


# -- error rates ---------------------------------------------------------------------


def test_the_power_is_that_of_the_published_variance() -> None:
    # by hand: var(d') of 1.5 is 0.1008, of 2.5 0.1480, with 32 faults and 48 goods
    by_hand = NORMAL.cdf((1 - 1.6449 * math.sqrt(0.1008)) / math.sqrt(0.1480))
    assert telling_power(1.5, 2.5, 32, 48) == pytest.approx(by_hand, abs=2e-3)
    assert telling_power(1.5, 2.5, 32, 48) == pytest.approx(0.89, abs=0.01)


FAULTS = [
    *(FaultShown(strength, is_now=True) for strength in (70.0, 90.0, 120.0) * 2),
    *(FaultShown(strength, is_now=False) for strength in (66.0, 3000.0) * 2),
    *(FaultShown(strength, is_now=False) for strength in (30.0, 35.0, 41.0, 50.0) * 3),
    *(FaultShown(strength, is_now=False) for strength in (3.0, 6.0, 12.0, 20.0, 28.0)),
    *(FaultShown(strength, is_now=False) for strength in (4.0, 9.0, 15.0, 23.0, 29.0)),
]
"""Of two sittings of forty items, of which 48 are good."""
NOW_ONES = [each.is_now for each in FAULTS]


@pytest.mark.parametrize("overall", [1.5, 2.5])
def test_the_chance_to_pass_is_what_simulated_trainees_have(overall: float) -> None:
    mark, rng = PassMark(), random.Random(5)
    seen = sensitivities_of([each.strength for each in FAULTS], overall)
    best = 0.0
    for criterion in (1.2, 1.4, 1.6, 1.8, 2.0):
        passed = 0
        for _ in range(2000):
            false = sum(rng.gauss(0, 1) > criterion for _ in range(48))
            hits = [rng.gauss(each, 1) > criterion for each in seen]
            missed = sum(
                is_now and not hit for is_now, hit in zip(NOW_ONES, hits, strict=True)
            )
            passed += false <= 4 and missed == 0 and sum(hits) >= 23
        best = max(best, passed / 2000)
    assert pass_chance(seen, NOW_ONES, 48, mark) == pytest.approx(best, abs=0.04)


@pytest.mark.parametrize("overall", [1.5, 2.5])
def test_what_is_twice_as_strong_is_seen_twice_as_well(overall: float) -> None:
    seen = sensitivities_of([each.strength for each in FAULTS], overall)
    by = {each / fault.strength for each, fault in zip(seen, FAULTS, strict=True)}
    assert max(by) == pytest.approx(min(by))
    hits = statistics.fmean(NORMAL.cdf(each - overall / 2) for each in seen)
    assert hits == pytest.approx(NORMAL.cdf(overall / 2))  # by it one is of that d'
    assert sensitivities_of([20.0] * 9, overall) == pytest.approx([overall] * 9)


def test_who_reports_gross_faults_alone_does_not_pass_and_who_sees_well_does() -> None:
    rates = error_rates(FAULTS, 48, PassMark())
    assert rates.gross_alone < 0.005
    assert rates.weak < 0.2 < 0.98 < rates.strong
    # where no share is asked for, as before
    asked_nothing = error_rates(FAULTS, 48, PassMark(found=0.0))
    assert asked_nothing.gross_alone > 0.99
    assert asked_nothing.weak > 4 * rates.weak
    # it costs who should pass nothing, however hard the gross ones are
    assert rates.strong_alike == pytest.approx(asked_nothing.strong_alike, abs=0.01)


def test_a_mark_that_lets_one_be_missed_is_easier() -> None:
    seen = [1.5] * len(FAULTS)
    strict = pass_chance(seen, NOW_ONES, 48, PassMark(found=0.0))
    # by hand: at most 4 of 48 false, and none of 6 missed, at the best criterion
    assert strict == pytest.approx(0.0192, abs=1e-4)
    assert pass_chance(seen, NOW_ONES, 48, PassMark(found=0.0, missed=1)) > 4 * strict


@pytest.mark.parametrize("sittings", [2, 3])
def test_the_words_say_what_the_error_rates_rest_on(sittings: int) -> None:
    words = error_rates(FAULTS, 48, PassMark(sittings=sittings)).words
    assert (
        "gross faults alone, and guesses of all else, passes with less than 1 " in words
    )
    assert "How easily each fault is seen goes by its measured strength" in words
    assert f"Only the last {sittings} sittings count, however many were sat" in words


# -- a mark that asks for more than it did ---------------------------------------------


def test_a_pass_of_before_stays_one_and_the_next_sitting_is_asked_for_more() -> None:
    first = answers(1, overlook=10), answers(2, overlook=10)
    before = sat(*first, found=0.0)
    found = result_of(SITE, before, WHO, NOW)
    assert (found.state, found.mark.found) == ("passed", 0.0)
    assert result_of(SITE, sat(*first), WHO, NOW).state == "not passed"
    mixed = (*before, *sat(answers(3, overlook=10)))
    found = result_of(SITE, mixed, WHO, NOW)
    assert (found.state, found.mark.found) == ("not passed", 0.7)


def test_who_sat_under_a_stricter_mark_has_what_is_asked_for_now() -> None:
    records = sat(answers(1), answers(2), found=0.9)
    assert result_of(SITE, records, WHO, NOW).mark.found == 0.7


def test_sittings_without_strengths_go_by_the_least_of_each_band() -> None:
    found = result_of(SITE, sat(answers(1), answers(2)), WHO, NOW).rates
    old = [
        [msgspec.structs.replace(each, strength=0.0) for each in answers(seed)]
        for seed in (1, 2)
    ]
    less = result_of(SITE, sat(*old), WHO, NOW).rates
    assert found is not None
    assert less is not None
    assert less.gross_alone < 0.005
    assert less.weak != found.weak
    assert less.strong_alike == found.strong_alike


# -- where it is told ----------------------------------------------------------------


def test_report_and_certificate_state_the_result_and_its_error_rates() -> None:
    records = sat(answers(1), answers(2))
    certificate = record_of_completion(SITE, records, WHO, NOW)
    assert "- **Passed**, until " in certificate
    assert "not tested were a whole shift" in certificate
    for text in (certificate, report(records, SITE, NOW)):
        assert "tells the two apart with 89 % power" in html.unescape(text)
    missed = sat(answers(1, miss=1), answers(2))
    text = record_of_completion(SITE, missed, WHO, NOW)
    assert "- **Not passed**: 1 of 10 gross faults" in text


def test_the_report_tells_the_hit_rate_by_size() -> None:
    page = report(sat(answers(1, miss=2), answers(2)), SITE, NOW)
    by_size = {row[0]: row[1] for row in rows(page, "Faults by size")[1:]}
    assert set(by_size) == {"gross", "clear", "subtle"}
    assert by_size["gross"].startswith("8 of 10")
    assert by_size["subtle"].startswith("10 of 10")


def test_sittings_of_heavy_ions_are_counted_apart() -> None:
    ions = [
        msgspec.structs.replace(each, body=msgspec.structs.replace(body, exam=ION))
        if isinstance(body := each.body, ExamBegan)
        else each
        for each in sat(answers(1, miss=1), answers(2))
    ]
    assert result_of(SITE, ions, WHO, NOW).why == "0 of 2 sittings"
    failed = result_of(SITE, ions, WHO, NOW, ION)
    assert (failed.state, len(failed.sittings)) == ("not passed", 2)
    both = [*ions, *sat(answers(3), answers(4))]
    assert result_of(SITE, both, WHO, NOW).state == "passed"
    assert result_of(SITE, both, WHO, NOW, ION).state == "not passed"
    record = record_of_completion(SITE, both, WHO, NOW)
    assert "## The exam of heavy ions" in record
    assert ", exam of heavy ions: 40 of 40" in record
    *passed, note = rows(report(both, SITE, NOW), "Passed")
    assert note[0].startswith("Note 1. By the model of signal detection")
    assert [each[1:3] for each in passed[1:]] == [
        ["exam", "passed"],
        ["exam of heavy ions", "not passed"],
    ]


def test_what_was_shown_is_said_of_simulated_and_of_recorded_runs() -> None:
    simulated = past_exams(sat(answers(1)))
    assert shown_words(simulated) == "single simulated pages"
    recorded = past_exams(
        sat([
            msgspec.structs.replace(each, recorded=7 + each.number % 2)
            for each in answers(1)
        ])
    )  # fmt: skip
    words = shown_words(recorded)
    assert words.startswith("single pages of recorded runs 7, 8 of this site with fau")
    assert shown_words((*simulated, *recorded)) == f"single simulated pages and {words}"


def test_where_no_gross_fault_calls_at_once_nobody_passes_not_even_by_chance() -> None:
    quiet = [msgspec.structs.replace(each, act="") for each in answers(1)]
    found = result_of(SITE, sat(quiet, quiet), WHO, NOW)
    assert found.state == "not passed"
    assert found.why.endswith("so that none could be missed")
    assert found.rates is None


def test_pages_that_were_left_out_are_said_and_no_fault_of_the_trainee() -> None:
    book = ledger()
    for _ in range(2):
        began = book.write(WHO, ExamBegan("items", 1, "h", items=40))
        for number in range(3):
            book.write(WHO, ItemLeftOut(began.uid, number, why="it shows nothing"))
        for one in answers(1):
            book.write(WHO, msgspec.structs.replace(one, exam=began.uid))
        seal = seal_of(SITE, (each.page for each in answers(1)))
        book.write(WHO, ExamEnded(began.uid, "items", covered=seal))
    found = result_of(SITE, book.records, WHO, NOW)
    assert (found.state, found.left_out, found.spent) == ("passed", 6, 0)
    assert any(
        each.startswith("- 6 pages were left out") for each in result_lines(found)
    )
