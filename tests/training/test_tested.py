"""What a certificate says was tested: the faults that were shown, and nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import WHO, site
from support.taught import taught

from dqmconsole.model.moment import show_local
from dqmconsole.model.record import Record
from dqmconsole.training.exam_history import PastExam
from dqmconsole.training.lesson import CauseWords, teaching
from dqmconsole.training.observed_records import (
    CauseShown,
    InShift,
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
    PageShown,
    SittingShown,
)
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.records import ExamBegan, ExamEnded, ItemAnswered
from dqmconsole.training.tested import (
    causes_shown,
    in_shift,
    kinds_words,
    limits,
    other_shifts,
    others_words,
    pace_words,
    pages_of,
    pages_shown,
    pages_unshown,
    sitting_shown,
    speed_words,
    types_known,
    with_faults,
    without_faults,
)

if TYPE_CHECKING:
    from dqmconsole.training.lesson import Judgement

SITE = site()
HCAL, ECAL, DT = "Hcal/Occupancy", "Ecal/Timing", "DT/Occupancy"
SHIFT = ObservedEnded(
    "o", (), run_type="collisions", speed=1.0,
    events=(
        InShift("fault", "fed-lost", ("Ecal/Time",), "checks"),
        InShift("false alarm", "lumi-drop", ("DT/Map",)),
        InShift("known issue", plots=("Hcal/Fed",)),
    ),
)  # fmt: skip


def fault(
    page: str = HCAL,
    cause: str = "hv-trip:Hcal*4#0",
    plot: str = "Hcal/Map",
    **given: object,
) -> ItemAnswered:
    """One that was found and named, unless it is said otherwise."""
    named = cause.partition(":")[0]
    found = ItemAnswered(
        "e", 0, answer="bad", plot=plot, truth="bad", kind="fault", cause=cause,
        page=page, named=named, shows=(plot,), band="clear",
    )  # fmt: skip
    return msgspec.structs.replace(found, **given)


def good(page: str, cause: str = "", answer: Judgement = "good") -> ItemAnswered:
    kind = "harmless" if cause else "nothing"
    return ItemAnswered(
        "e", 0, answer=answer, truth="good", kind=kind, cause=cause, page=page
    )


def sitting(*answers: ItemAnswered) -> PastExam:
    began = ExamBegan("items", 1, "hash", items=len(answers))
    record = Record("e", 7.0, began, WHO, number=1, stored_at=9.0)
    return PastExam(record, began, answers, ExamEnded("e", "items"))


EXAM = sitting(
    fault(),
    fault(named="fed-lost"),
    fault(cause="board-dead:Hcal", answer="good", plot=""),
    good(HCAL),
    good(ECAL, "lumi-drop"),
    good(ECAL, "lumi-drop", "bad"),
    good(DT),
)


def test_what_is_counted_of_a_sitting() -> None:
    assert sitting_shown(EXAM) == SittingShown("exam", 9.0, 3, 2, 1, 4, 1)


def test_each_cause_is_counted_and_the_harmless_apart() -> None:
    assert causes_shown([EXAM, EXAM]) == (
        CauseShown("board-dead", 2, 0, 0),
        CauseShown("hv-trip", 4, 4, 2),
        CauseShown("lumi-drop", 4, 2, harmless=True),
    )


def test_a_page_names_the_plots_with_a_fault_and_no_other() -> None:
    dt, ecal, hcal = pages_shown(SITE, [EXAM])
    assert hcal == PageShown(HCAL, ("Hcal/Map",), 1, 3, 2, 1, 0, (0,))
    assert ecal == PageShown(ECAL, (), 1, goods=2, called=1, runs=(0,))
    assert (dt.plots, dt.faults, dt.goods) == ((), 0, 1)
    assert pages_of(SITE) == {"Hcal": 2, "Ecal": 1, "DT": 1}
    # of records of earlier versions it is not known on which plots a fault showed
    (page,) = pages_shown(SITE, [sitting(fault(shows=()))])
    assert (page.plots, page.unknown) == ((), 1)


def test_in_a_recorded_run_a_fault_is_in_the_plot_into_which_it_was_put() -> None:
    shown = fault(cause="loss:Hcal/Map*30", shows=("Hcal/Fed",), recorded=31)
    (page,) = pages_shown(SITE, [sitting(shown)])
    assert (page.plots, page.runs) == (("Hcal/Map",), (31,))


def test_a_healthy_page_a_false_alarm_and_a_known_issue_test_nothing() -> None:
    there = with_faults(SITE, SHIFT, [EXAM])
    assert there.layouts == ("Ecal", "Hcal")  # DT had a good page and the false alarm
    assert there.causes == ("board-dead", "fed-lost", "hv-trip")
    assert there.run_types == ("collisions",)
    rest = without_faults(SITE, there, SHIFT)
    assert rest.layouts == ("DT",)
    assert rest.causes == ("t0-drift",)  # what is harmless is no fault
    assert with_faults(SITE, SHIFT, []).layouts == ("Ecal",)


def test_of_an_observed_shift_of_an_earlier_version_nothing_is_made_up() -> None:
    before = msgspec.structs.replace(
        SHIFT, events=(), plots=("DT/Map",), causes=("lumi-drop",)
    )
    assert with_faults(SITE, before, [EXAM]).layouts == ("Hcal",)
    assert any("is not recorded" in each for each in limits(SITE, before, [EXAM]))
    assert not any("is not recorded" in each for each in limits(SITE, SHIFT, [EXAM]))


def put(page: str, path: str, run: int, **given: object) -> ItemAnswered:
    return fault(page, f"loss:{path}*30", path, recorded=run, **given)


def played(run: int, *paths: str) -> ObservedEnded:
    """An observed shift of a recorded run, with faults in some plots."""
    events = [InShift("fault", "frozen", (path,), "checks") for path in paths]
    return ObservedEnded(
        *("o", ()),
        run_type="beam",
        recorded=run,
        events=tuple(events),
        speed=1.0,
    )


@pytest.mark.parametrize(
    ("exam", "shift", "said", "unsaid"),
    [
        ([put(HCAL, "Hcal/Map", 31)], played(31, "Hcal/Map"),
         ("exam and of the observed shift were on one page, Hcal/Occupancy.",
          "into one recorded run, 31.", "Exam and observed shift both used recorded "
          "run 31", "All faults were generic shapes"), ("Of which type",)),
        ([put(HCAL, "Hcal/Map", 31)], played(40, "DT/Map"),
         ("All faults of the exam were on one page, Hcal/Occupancy.",
          "into one recorded run, 31.", "Of which type recorded run 31 was is not"),
         ("both used", "and of the observed shift were")),
        ([put(HCAL, "Hcal/Map", 31), put("Hcal/Readout/by FED", "Hcal/Fed", 32)],
         played(40, "DT/Map"), ("were in one layout, Hcal.",),
         ("one page", "into one recorded run")),
        ([put(HCAL, "Hcal/Map", 31), put(DT, "DT/Map", 32)], played(32, "DT/Map"),
         ("both used recorded run 32",), ("one page", "one layout", "one recorded")),
        ([fault(), fault(DT, "hv-trip:DT", "DT/Map")], SHIFT,
         ("Of 3 harmless events that can look wrong the exam "
          "showed 0."), ("generic", "recorded", "one page", "single")),
        ([], played(31, "Hcal/Map", "Hcal/Map"),
         ("All faults were on one page, Hcal/Occupancy.", "generic shapes"),
         ("The exam",)),
    ],
)  # fmt: skip
def test_how_narrow_it_was_is_said(
    exam: list[ItemAnswered],
    shift: ObservedEnded,
    said: tuple[str, ...],
    unsaid: tuple[str, ...],
) -> None:
    words = " ".join(limits(SITE, shift, [sitting(*exam)] if exam else []))
    for each in said:
        assert each in words
    for each in unsaid:
        assert each not in words


def test_causes_that_the_site_names_itself_were_not_tested_by_generic_faults() -> None:
    settings = msgspec.structs.replace(SITE.settings, causes=("pump-stopped",))
    there = msgspec.structs.replace(SITE, settings=settings)
    words = " ".join(limits(there, played(31, "Hcal/Map"), []))
    assert "None was of the causes that the site itself names (Pump stopped)." in words


def test_a_word_of_the_site_for_a_false_alarm_is_no_fault_that_was_not_shown() -> None:
    own = ("pump-stopped", "beam-steered", "frozen")
    settings = msgspec.structs.replace(SITE.settings, causes=own)
    causes = (
        CauseWords("frozen", "fault", "too little", "It stands.", acts_on="plot"),
        *(CauseWords(each, "fault", "this site", each) for each in own[:2]),
    )
    there = taught(msgspec.structs.replace(SITE, settings=settings), causes=causes)
    shift = played(31, "Hcal/Map")
    alarm = InShift("false alarm", "beam-steered", ("DT/Map",))
    shift = msgspec.structs.replace(shift, events=(*shift.events, alarm))
    found = without_faults(there, with_faults(there, shift, []), shift)
    assert found.causes == ("pump-stopped",)
    words = " ".join(limits(there, shift, []))
    assert "None was of the causes that the site itself names (Pump stopped)." in words


def test_how_fast_the_run_went_by_is_said() -> None:
    quick = msgspec.structs.replace(played(31, "Hcal/Map"), speed=7.0, passed=239)
    assert pace_words(SITE, quick) == "239 lumisections at speed 7, one in 3.3 s"
    (words,) = (each for each in limits(SITE, quick, []) if "at speed 7" in each)
    assert words == (
        "The run of the observed shift went by at speed 7, one lumisection in 3.3 s: "
        "the 10 minutes in which to call were 180 lumisections of it; at speed 1, one "
        "in 23 s, they are 25 lumisections."
    )
    assert speed_words(SITE, 7.0, over=False) == (
        "at speed 7, one lumisection in 3.3 s: the 10 minutes in which to call are 180 "
        "lumisections of it; at speed 1, one in 23 s, they are 25 lumisections"
    )
    assert not any("at speed" in e for e in limits(SITE, played(31, "Hcal/Map"), []))
    before = msgspec.structs.replace(quick, speed=0.0)
    words = "How fast the run of the observed shift went by is not recorded"
    assert any(each.startswith(words) for each in limits(SITE, before, []))


def test_of_a_site_with_one_type_of_run_it_is_known_which_was_shown() -> None:
    exam = [sitting(put(HCAL, "Hcal/Map", 31))]
    for types, said in ((("beam",), False), (("beam", "pedestal"), True)):
        own = {each: each for each in types}
        settings = msgspec.structs.replace(SITE.settings, run_types=own)
        there = taught(msgspec.structs.replace(SITE, settings=settings))
        words = " ".join(limits(there, played(40, "DT/Map"), exam))
        assert ("Of which type recorded run 31 was is not" in words) is said
        typed = [sitting(put(HCAL, "Hcal/Map", 31, run_type="beam"))]
        assert "Of which type" not in " ".join(
            limits(there, played(40, "DT/Map"), typed)
        )


def test_the_type_of_a_recorded_run_of_the_exam_is_known_by_its_answers() -> None:
    exam = [
        sitting(
            put(HCAL, "Hcal/Map", 31, run_type="pedestal"),
            put(HCAL, "Hcal/Map", 32),
        )
    ]
    shift = played(40, "DT/Map")
    assert with_faults(SITE, shift, exam).run_types == ("beam", "pedestal")
    assert not types_known(shift, exam)  # of 32 nobody said
    assert types_known(played(32, "DT/Map"), exam)
    said = [e for e in limits(SITE, shift, exam) if e.startswith("Of which type")]
    assert said == ["Of which type recorded run 32 was is not recorded."]


def test_causes_that_counted_under_another_name_are_told() -> None:
    other = put(HCAL, "Hcal/Map", 31, named="frozen", alike=("frozen",))
    same = put(HCAL, "Hcal/Map", 31)
    words = " ".join(limits(SITE, played(31), [sitting(other, same)]))
    assert "Of 2 causes that count as named rightly 1 had another name" in words
    words = " ".join(limits(SITE, played(31), [sitting(same)]))
    assert "another name" not in words


def test_sittings_that_do_not_count_are_named() -> None:
    begun = msgspec.structs.replace(EXAM, ended=None, answers=EXAM.answers[:2])
    finished, unfinished = others_words(SITE, (EXAM, begun))
    assert finished == (
        "exam begun 1970-01-01 00:00 UTC, 2 of 3 faults found, 1 of 4 good pages "
        "called bad"
    )
    assert unfinished.startswith(
        "exam begun 1970-01-01 00:00 UTC, not finished: 2 of 7 items answered; its "
        "items were changed since"
    )


def test_times_that_a_certificate_keeps_are_in_utc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    show_local(local=True)
    try:
        (sat,) = others_words(SITE, (EXAM,))
        began = Record("o", 0.0, ObservedBegan("morning", "h", 90.0), who=WHO)
        news = Record("n", 40 * 60.0, ObservedAt("o", 2400.0), who=WHO)
        (seen,) = other_shifts(past_observed([began, news]), 45 * 60.0)
    finally:
        show_local(local=False)
        monkeypatch.undo()
        time.tzset()
    assert sat.startswith("exam begun 1970-01-01 00:00 UTC, ")
    assert seen == (
        "observed shift begun 1970-01-01 00:00 UTC, it goes on: begun 00:00 UTC, its "
        "last entry 00:40 UTC"
    )


def test_pages_that_the_exam_never_showed_are_named() -> None:
    every = set(pages_unshown(SITE, ()))
    assert {HCAL, ECAL, DT} <= every
    assert every - set(pages_unshown(SITE, [EXAM])) == {HCAL, ECAL, DT}
    assert every - set(pages_unshown(SITE, [sitting(good(DT))])) == {DT}


def test_a_shift_that_took_nothing_over_says_so() -> None:
    without = msgspec.structs.replace(
        SHIFT, without=("a hand-over of the shift before",)
    )
    words = "No shift before handed anything on to the observed shift"
    assert any(each.startswith(words) for each in limits(SITE, without, []))
    assert not any(each.startswith(words) for each in limits(SITE, SHIFT, []))


def test_plots_are_named_by_their_titles() -> None:
    hcal, *others = SITE.layouts
    page = msgspec.structs.replace(
        hcal.pages[0],
        plots=(msgspec.structs.replace(hcal.pages[0].plots[0], title="Map"),),
    )
    first = msgspec.structs.replace(hcal, pages=(page,))
    there = msgspec.structs.replace(SITE, layouts=(first, *others))
    (shown,) = pages_shown(there, [sitting(fault())])
    assert shown.plots == ("Map",)
    event = InShift("known issue", plots=("Hcal/Map", "DT/Map"))
    ended = msgspec.structs.replace(SHIFT, events=(event,))
    assert in_shift(ended, there)[0].plots == ("Hcal › Map", "DT/Map")


def test_what_nobody_looked_at_is_noted_where_it_stands() -> None:
    handed = InShift("handed on", "fed-lost", ("Ecal/Time",))
    ended = msgspec.structs.replace(
        SHIFT, events=(*SHIFT.events, handed), unread=True, unopened=(ECAL,)
    )
    fault, alarm, known, last = in_shift(ended, SITE)
    assert (alarm.note, known.note) == ("", "")
    assert fault.note == "no page with it was opened"
    assert last.note == f"its hand-over was not marked as read; {fault.note}"


def test_what_was_simulated_and_what_was_recorded_is_said() -> None:
    simulated, recorded = sitting(fault()), sitting(put(HCAL, "Hcal/Map", 31))
    assert kinds_words(SHIFT, [simulated]) == "All of it was simulated."
    assert kinds_words(SHIFT, [recorded]).endswith("the observed shift was simulated.")
    assert kinds_words(played(31), [recorded]) == (
        "All of it was of one recorded run of this site, with faults put into it."
    )
    assert "recorded runs of this site" in kinds_words(played(32), [recorded])


def test_a_site_of_recorded_runs_has_its_own_types_of_run() -> None:
    observed = teaching(SITE).observed
    assert observed is None
    settings = msgspec.structs.replace(
        SITE.settings, run_types={"beam": "beam", "pedestal": "pedestal"}
    )
    there = taught(msgspec.structs.replace(SITE, settings=settings))
    shift = played(31, "Hcal/Map")
    found = without_faults(there, with_faults(there, shift, []), shift)
    assert found.run_types == ("pedestal",)
