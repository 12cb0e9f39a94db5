"""Observed shifts of recorded runs: played, and what is wrong said where it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner
from support.exam_ground import exam_text, measured, right, sat
from support.planned import WHO, bodies, ledger
from support.recorded_shift import (
    AHEAD,
    FALSE_ALARM_STEP,
    FILE,
    HITS,
    RUN,
    SHIFT,
    TOWERS,
    TRIGGER,
    WIRES,
    make_shift_site,
)
from support.taught import taught as with_lessons

from dqmconsole.app.cli import run
from dqmconsole.app.tables import site_tables
from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import Body, Call, Flag, HandOver, Record, ShiftBegan
from dqmconsole.site.ledger import has_ledger
from dqmconsole.site.site import read_site
from dqmconsole.training.certificate import (
    record_shadow_shift,
    sign_observed,
    standings,
)
from dqmconsole.training.certificate_page import (
    layout_rows,
    shift_lines,
    untested_lines,
)
from dqmconsole.training.facts import Facts
from dqmconsole.training.lesson import ObservedSettings, teaching
from dqmconsole.training.observed_musts import read_back_must
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedBegan,
    ObservedSigned,
)
from dqmconsole.training.observed_shift import (
    ObservedShift,
    past_observed,
    plan_hash,
)
from dqmconsole.training.truth import LUMISECTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.testing import Result

    from dqmconsole.model.site import Site
    from dqmconsole.training.certificate import Standing
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.observed_shift import PastObserved


BY_CHECKS_AND_EYE = SHIFT[SHIFT.index("found_by: checks") : SHIFT.index("eye") + 3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shift_site(tmp_path_factory.mktemp("shift") / "site")


def _validated(site: Path, old: str = "", new: str = "") -> Result:
    assert old in SHIFT, old
    (site / FILE).write_text(SHIFT.replace(old, new, 1))
    return CliRunner().invoke(run, ["validate", "--site", str(site)])


def _validated_with(site: Path, file: Path, old: str, new: str) -> Result:
    """What is said of the site while a file of it is another."""
    text = file.read_text()
    assert old in text, old
    file.write_text(text.replace(old, new))
    try:
        return _validated(site)
    finally:
        file.write_text(text)


def test_a_shift_that_is_as_it_is_planned_has_no_mistake(site: Path) -> None:
    result = _validated(site)
    assert result.exit_code == 0, result.output


def test_a_run_that_the_exam_has_too_is_said_where_the_shift_names_it(
    site: Path,
) -> None:
    exam = site / "instructions/lessons/exam.yaml"
    item = f'pages: [Calorimeter/Hits], cause: "loss:{HITS}", updates: 40'
    exam.write_text(f"matter:\n  - {{{item}, recorded: [{RUN}]}}\n")
    try:
        result = _validated(site)
    finally:
        exam.unlink()
    assert result.exit_code == 0, result.output  # advice
    words = f"{FILE}:3:21: advice: recorded: run {RUN} is in exam.yaml, too: who saw it"
    assert words in result.output


def test_a_run_that_is_gone_is_said_beside_any_other_mistake(site: Path) -> None:
    for old, new, words in (
        ("known: Beam/pads", "known: Beam/trigger", "no known issue"),
        ("unanswered: calo-oncall", "unanswered: nobody", "no fault calls"),
    ):
        text = SHIFT.replace(f"recorded: {RUN}", "recorded: 8").replace(old, new)
        result = _validated(site, SHIFT, text)
        assert words in result.output
        assert f"{FILE}:3:21: recorded: run 8 is gone" in result.output
    few = SHIFT.replace("updates: 40", "updates: 99")
    result = _validated(site, SHIFT, few.replace("known: Beam/pads", "known: Beam/x"))
    assert f"{FILE}:3:34: updates: run 31 has 40" in result.output


@pytest.mark.parametrize(
    ("missing", "words"),
    [("    known: Beam/pads\n", 'lacks its "known"'),
     ("    unanswered: calo-oncall\n", 'lacks its "unanswered"'),
     ("        found_by: checks\n", 'lacks its "found_by"')],
)  # fmt: skip
def test_what_is_missing_hides_nothing_that_is_wrong(
    site: Path, missing: str, words: str
) -> None:
    def validated(*changes: tuple[str, str]) -> list[str]:
        text = SHIFT.replace(missing, "", 1)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        lines = _validated(site, SHIFT, text).output.splitlines()
        return [each.partition("[")[0] for each in lines if FILE in each]

    names = (
        ("component: calorimeter", "component: calorimetre"),
        ("[Beam/trigger]", "[Beam/triger]"),
        ("minutes: 14", "minutes: 9"),
    )
    said = validated((f"recorded: {RUN}", "recorded: 8"), *names)
    for each in (
        words,
        ": recorded: run 8 is gone: ",
        'has none called "calorimetre"; did you mean "calorimeter"?',
        'the site has no plot "Beam/triger"; did you mean "Beam/trigger"?',
        "minutes: 9 are too few: 10 are left to call about a fault",
        "shifts: it cannot be played as it is written",
    ):
        assert len([line for line in said if each in line]) == 1, said
    assert len(said) == 6
    # what the record tells is told, too
    faint = (f"dead-block:{TOWERS}@12*30", f"loss:{TOWERS}@12*0.01")
    said = validated(faint, ("updates: 40", "updates: 99"), names[0])
    assert any("loss of 0.01 % of the entries leaves no" in each for each in said)
    assert any("updates: run 31 has 40" in each for each in said)


HANDED_ON = f"""\
    unanswered: calo-oncall
    hand_over:
      who: Maja
      open: [{{what: a hole, called: beam-oncall, awaits: a reset, plot: {WIRES}}}]
    handed_on: {{cause: "dead-block:{WIRES}@2*30"}}
"""


def test_what_the_shift_before_called_about_is_in_the_run(site: Path) -> None:
    before, wires = "    unanswered: calo-oncall\n", f"{WIRES}@2*30"
    result = _validated(site, before, HANDED_ON)
    assert result.exit_code == 0, result.output
    faint = HANDED_ON.replace(f"dead-block:{wires}", f"loss:{WIRES}@2*0.01")
    result = _validated(site, before, faint)
    assert "loss of 0.01 % of the entries leaves no visible trace" in result.output


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (f"recorded: {RUN}", "recorded: 8", 3, "recorded: run 8 is gone"),
        ("updates: 40", "updates: 99", 3, "updates: run 31 has 40"),
        (f"dead-block:{TOWERS}@12*30", f"loss:{TOWERS}@12*0.01", 10,
         "loss of 0.01 % of the entries leaves no visible trace"),
        (f"dead-block:{TOWERS}", "dead-block:Beam/trigger", 10,
         "something else of the shift is in"),
        # no reference is drawn over a map
        (f"dead-block:{TOWERS}@12*30", f"frozen:{TOWERS}@12", 10, "no reference is"),
        (f"frozen:{HITS}@7", f"dead-block:{HITS}@7*30", 7,
         f"no check says BAD of {HITS} from update 7 to 32: only an eye finds it"),
        (f"dead-block:{TOWERS}@12*30", f"frozen:{HITS}@12", 10, "something else"),
        ("beam-steered@9", "beam-steered@11", 13,
         "the console tells of Beam/trigger in update 9 already"),
        ("[Beam/trigger]", "[Beam/pads]", 3,
         "recorded: run 31 is not good: Beam/trigger is BAD at its end (1"),
        ("known: Beam/pads", "known: Beam/trigger", 14, "no known issue"),
        ("call: [calo-oncall]", "call: [beam-oncall]", 8, "calls calo-oncall"),
        (BY_CHECKS_AND_EYE, BY_CHECKS_AND_EYE.replace("eye", "?").replace(
            "checks", "eye").replace("?", "checks"), 7,
         f"the checks find it in {HITS}, in update 7: an eye would not be needed"),
    ],
)  # fmt: skip
def test_what_is_not_so_is_said_where_it_is_written(
    site: Path, old: str, new: str, line: int, words: str
) -> None:
    result = _validated(site, old, new)
    assert result.exit_code == 1, result.output
    said = [each for each in result.output.splitlines() if f"{FILE}:{line}:" in each]
    assert any(words in each for each in said), result.output


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "words"),
    [
        ("beam", "bad_above: 4000", "bad_above: 400000", 13,
         "the console tells of nothing in Beam/trigger from update 9 to 34"),
        ("calo", "audience: shift", "audience: expert", 6, "no page for shifts"),
        ("calo", "run_types: [beam]", "run_types: [pedestal]", 6,
         "is not shown in beam"),
    ],
)  # fmt: skip
def test_what_the_layouts_keep_from_being_so_is_said(
    site: Path, file: str, old: str, new: str, line: int, words: str
) -> None:
    result = _validated_with(site, site / "layouts" / f"{file}.yaml", old, new)
    said = [each for each in result.output.splitlines() if f"{FILE}:{line}:" in each]
    assert any(words in each for each in said), result.output


def test_a_false_alarm_about_which_one_is_to_call_is_refused(site: Path) -> None:
    instruction = site / "instructions/beamline/counters.md"
    result = _validated_with(site, instruction, FALSE_ALARM_STEP, "")
    assert result.exit_code == 1
    assert f"{FILE}:13:" in result.output
    assert (
        "for beam-steered beamline/counters, step 1, calls beam-oncall now: give it a "
        "step for: beam-steered that is “write only”"
    ) in result.output


@pytest.mark.parametrize("urgency", ["write only", "call in working hours"])
def test_a_fault_about_which_one_is_not_to_call_at_once_is_refused(
    site: Path, urgency: str
) -> None:
    file = site / "instructions/calorimeter/hits.md"
    result = _validated_with(site, file, "oncall: call now", f"oncall: {urgency}")
    assert result.exit_code == 1, result.output
    for line, cause in ((6, "frozen"), (10, "dead-block")):
        words = (
            f"cause: for {cause} calorimeter/hits, step 1, says “{urgency}”, and who "
            "takes the shift is to call within 10 minutes: give it a step for: "
            f"{cause} that is “call now”"
        )
        assert f"{FILE}:{line}:" in result.output
        assert words in result.output


ALARM = "alarm: now, consequence: The data of the run are lost."


def test_the_alarm_of_a_layout_asks_for_the_call_too(site: Path) -> None:
    file, layout = (
        site / "instructions/calorimeter/hits.md",
        site / "layouts/calo.yaml",
    )
    before = layout.read_text()
    for title in ("Hits by layer", "Towers"):
        text = layout.read_text()
        layout.write_text(text.replace(f"title: {title}", f"title: {title}, {ALARM}"))
    try:
        result = _validated_with(site, file, "oncall: call now", "oncall: write only")
    finally:
        layout.write_text(before)
    assert result.exit_code == 0, result.output


def test_a_false_alarm_for_which_the_layout_asks_to_call_is_refused(
    site: Path,
) -> None:
    file = site / "instructions/beamline/counters.md"
    before, layout = file.read_text(), site / "layouts/beam.yaml"
    later = before.replace(FALSE_ALARM_STEP, "")
    file.write_text(later.replace("oncall: call now", "oncall: call in working hours"))
    try:
        assert _validated(site).exit_code == 0
        result = _validated_with(
            site, layout, "title: Triggers", f"title: Triggers, {ALARM}"
        )
    finally:
        file.write_text(before)
    assert result.exit_code == 1, result.output
    assert f"{FILE}:13:" in result.output
    assert "step 1, calls beam-oncall now" in result.output


def _published(site: Path, *words: str) -> Result:
    given = ("--yes", "--by", "Ann", "--why", "because", *words)
    return CliRunner().invoke(run, ["publish", "--site", str(site), *given])


def test_a_run_that_is_gone_or_bad_is_not_published(site: Path) -> None:
    exam = site / "instructions/lessons/exam.yaml"
    item = f'pages: [Calorimeter/Hits], cause: "loss:{HITS}", updates: 40'
    exam.write_text(f"matter:\n  - {{{item}, recorded: [8]}}\n")
    (site / FILE).write_text(SHIFT.replace("[Beam/trigger]", "[Beam/pads]"))
    try:
        result = _published(site)
    finally:
        exam.unlink()
    assert result.exit_code == 1, result.output
    assert "recorded: run 8 is gone" in result.output
    assert "recorded: run 31 is not good" in result.output
    assert not has_ledger(site)


def test_a_release_that_was_in_force_comes_back_without_its_runs(
    site: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(site, tmp_path / "site"))
    for text in (SHIFT, SHIFT.replace("Go along", "Come along")):
        (home / FILE).write_text(text)
        published = _published(home)
        assert published.exit_code == 0, published.output
    result = _published(home, "--rollback", "1")
    assert result.exit_code == 0, result.output
    assert "is gone" not in result.output


def test_the_folder_of_the_site_needs_no_option(site: Path) -> None:
    def said(*words: object) -> Result:
        return CliRunner().invoke(run, ["validate", *map(str, words)])

    _validated(site, "updates: 40", "updates: 99")
    assert f"{FILE}:3:" in said(site).output
    assert said(site).output == said("--site", site).output
    for part in ("layouts", "layouts/site.yaml"):
        refused = said(site / part)
        assert refused.exit_code == 2
        assert f"is a part of a site; did you mean {site}?" in refused.output
    assert "name one of them" in said(site, "--site", site).output


def test_the_rule_is_explained() -> None:
    words = ["validate", "--explain", "recorded-shift"]
    assert "no trace" in CliRunner().invoke(run, words).output


# -- a trainee at such a site ----------------------------------------------------------

MINUTE = 60.0
HITS_KEY = plot_key("Calorimeter", "Hits", HITS)
TOWERS_KEY = plot_key("Calorimeter", "Hits", TOWERS)
TRIGGER_KEY = plot_key("Beamline", "Counters", TRIGGER)
ENDS = 14 * MINUTE
FIRST, SECOND = (each * LUMISECTION for each in (7 - AHEAD, 12 - AHEAD))
SILENT = Call("calo-oncall", about=HITS_KEY, answered=False)
NEXT = Call("coordinator", about=HITS_KEY, answered=True)
AGAIN = Call("calo-oncall", about=TOWERS_KEY, answered=False)
BAD = Flag("BAD", 7, cause="frozen")
HANDED = HandOver("Morning", "the calorimeter is BAD")
Done = tuple[float, Body, str]
RIGHT: tuple[Done, ...] = (
    (FIRST + 60, SILENT, ""),
    (FIRST + 70, NEXT, ""),
    (FIRST + 80, BAD, "calorimeter"),
    (SECOND + 100, AGAIN, ""),
    (SECOND + 110, msgspec.structs.replace(NEXT, about=TOWERS_KEY), ""),
    (ENDS - 100, HANDED, ""),
)


@pytest.fixture(scope="module")
def taught(site: Path) -> Site:
    (site / FILE).write_text(SHIFT)
    return read_site(site, tables=site_tables())


def _ended(taught: Site, did: Sequence[Done], ends: float, book: Ledger) -> None:
    """Let a trainee do what is given, s of the shift -> what, of which component."""
    observed = teaching(taught).observed
    assert observed is not None
    (plan,) = observed.shifts
    began = book.write(WHO, ObservedBegan(plan.id, plan_hash(plan)))
    shift = ObservedShift(taught, book, plan, began)
    records: tuple[Record, ...] = ()
    left = list(did)
    for step in range(int(ends) + 1):
        while left and left[0][0] <= step:
            _, body, component = left.pop(0)
            uid = f"t{len(records)}"
            records += (Record(uid, 1.0, body, WHO, run=RUN, subsystem=component),)
        came = AHEAD + int(step / LUMISECTION)
        shift.look(Facts(float(step), records=records, lumisection=came,
                         run_type="beam"))  # fmt: skip
    shift.end()


def _past(taught: Site, did: Sequence[Done], ends: float = ENDS) -> PastObserved:
    book = ledger()
    _ended(taught, did, ends, book)
    (past,) = past_observed(book.records)
    return past


def test_who_does_all_right_has_a_certificate(taught: Site) -> None:
    book = ledger()
    _ended(taught, RIGHT, ENDS, book)
    (past,) = past_observed(book.records)
    ended = past.ended
    assert ended is not None
    assert [each for each in ended.musts if not each.passed] == []
    said = " ".join(each.asked for each in ended.musts)
    assert "Frozen in Calorimeter › Hits by layer since spill 7: Calorimeter on" in said
    assert "calorimeter is BAD from spill 7 on" in said
    assert ended.done[0] == (
        "spill 9, 2 min 10 s: called Calorimeter on call about Calorimeter › Hits by "
        "layer, not answered"
    )
    assert ended.read_back[0].startswith("calorimeter is BAD since about spill 7 (Fro")
    assert ended.read_back[1].startswith("something is wrong in Calorimeter since abou")
    signed = sign_observed(
        book, taught, past, "Max", "max", ended.read_back, 1e9 + 86400
    )
    assert signed == ""
    (issued,) = bodies(book, CertificateIssued)
    assert issued.observed_words == (
        f"14 minutes (36 spills at speed 1, one in 23 s) of recorded run {RUN}, with "
        "faults put into it; without a hand-over of the shift before"
    )
    assert issued.shown == (
        "All of it was of one recorded run of this site, with faults put into it."
    )
    # the false alarm and the known issue were in the beam line, and no fault
    assert issued.tested.layouts == ("Calorimeter",)
    assert issued.tested.causes == ("dead-block", "frozen")
    assert issued.untested.layouts == ("Beamline",)
    # nor is a word of the site for what is harmless a fault that was not shown
    assert issued.untested.causes == ("hot-cell", "loss", "shift")
    unseen = " (no page with it was opened)"  # nor was anything else
    assert [each.removesuffix(unseen) for each in shift_lines(issued)[1:]] == [
        "A fault of which the checks tell: Frozen, in Calorimeter › Hits by layer",
        "A fault that only an eye finds: Dead block, in Calorimeter › Towers",
        "A false alarm: Beam steered, in Beamline › Triggers",
        "A known issue: Beamline › Pads",
    ]
    assert all(each.endswith(unseen) for each in shift_lines(issued)[1:])
    limits = " ".join(issued.limits)
    assert "All faults were on one page, Calorimeter/Hits." in limits
    assert "the causes that the site itself names" not in limits
    assert "No shift before handed anything on to the observed shift" in limits
    assert (issued.tested.run_types, issued.untested.run_types) == (
        ("beam",), ("pedestal",)
    )  # fmt: skip


def test_at_such_a_site_it_lapses_and_asks_for_shadow_shifts_too(taught: Site) -> None:
    book = ledger()
    _ended(taught, RIGHT, ENDS, book)
    (past,) = past_observed(book.records)
    assert past.ended is not None
    sign_observed(book, taught, past, "Max", "max", past.ended.read_back, 1e9)
    day = 86400.0
    at = 1e9 + day

    def stands(now: float, *shifts: Record) -> Standing:
        (found,) = standings(taught, book.records, shifts, now)
        return found

    first = stands(at)
    assert (first.issued.valid_days, first.issued.lapse_days) == (365, 183)
    assert first.words.endswith("2 of 2 shadow shifts to come")
    assert first.open_items == ("Go along",)
    assert stands(at + 190 * day).state == "lapsed"
    # a shift of the real log, not that of the training
    taken = Record("s", at + 100 * day, ShiftBegan(), WHO)
    assert stands(at + 190 * day, taken).state == "valid"
    assert stands(at + 370 * day, taken).state == "lapsed"
    shadow = "Max", "max", ("Go along",), at
    assert record_shadow_shift(book, taught, first.record, *shadow) == ""
    second = stands(at)
    assert second.words.endswith("1 of 2 shadow shifts to come")
    assert second.open_items == ()


def test_an_exam_and_a_shift_of_recorded_runs_make_a_certificate(
    tmp_path: Path,
) -> None:
    home = make_shift_site(tmp_path / "site")
    matter = (
        f'pages: [Calorimeter/Hits], cause: "{fault}:{TOWERS}", recorded: [{RUN}], '
        "updates: 40"
        for fault in ("hot-cell", "dead-block")
    )
    (home / FILE).with_name("exam.yaml").write_text(exam_text(*matter))
    done = measured(home)
    assert done.exit_code == 0, done.output
    taught = read_site(home, tables=site_tables())
    book = sat(taught, right)
    _ended(taught, RIGHT, ENDS, book)
    (past,) = past_observed(book.records)
    assert past.ended is not None
    heard = past.ended.read_back
    assert sign_observed(book, taught, past, "Max", "max", heard, 1e9 + 86400) == ""
    (issued,) = bodies(book, CertificateIssued)
    assert issued.exam
    assert issued.shown == (
        "All of it was of one recorded run of this site, with faults put into it."
    )
    assert issued.tested.causes == ("dead-block", "frozen", "hot-cell")
    assert issued.tested.run_types == ("beam",)
    (shown,) = (each for each in issued.limits if each.startswith("The exam showed "))
    assert f"pages of the recorded run {RUN} of this site with faults put" in shown
    said = " ".join((*issued.rates, *issued.rules, *issued.limits))
    assert "simulated" not in said
    assert f"Exam and observed shift both used recorded run {RUN}" in said
    assert "exam and of the observed shift were on one page, Calorimeter/Hits" in said
    (page,) = issued.pages
    assert (page.plots, page.of, page.runs) == (("Towers",), 2, (RUN,))
    assert (page.faults, page.found, page.goods, page.called) == (8, 8, 12, 0)
    for each in issued.causes:
        assert 0 < each.shown == each.found == each.named
    assert sum(each.shown for each in issued.causes) == 8
    said = untested_lines(issued)
    assert "Types of run that were not shown: 1 of 2 (pedestal)." in said
    assert not [each for each in said if "not known" in each or "not recorded" in each]
    heads, row = layout_rows(issued)
    assert dict(zip(heads, row, strict=True)) == {
        "layout": "Calorimeter",
        "pages with a fault, of those for shifts": "Hits (1 of 1)",
        "plots with a fault, of those shown": "Towers (1 of 2)",
        "faults found": "8 of 8",
        "good pages left alone": "12 of 12",
        "runs": str(RUN),
    }


def test_what_was_not_in_it_is_said(taught: Site) -> None:
    (plan,) = teaching(taught).observed.shifts  # type: ignore[union-attr]
    without = msgspec.structs.replace(plan, false_alarm=None)
    settings = ObservedSettings((without,))
    book = ledger()
    _ended(with_lessons(taught, observed=settings), RIGHT, ENDS, book)
    (past,) = past_observed(book.records)
    assert past.ended is not None
    sign_observed(book, taught, past, "Max", "max", past.ended.read_back, 1e9 + 86400)
    (issued,) = bodies(book, CertificateIssued)
    assert issued.observed_words.endswith(
        "faults put into it; without a false alarm, a hand-over of the shift before"
    )
    assert "A false alarm" not in " ".join(shift_lines(issued))


def test_a_call_and_what_it_came_to_are_one_line(taught: Site) -> None:
    rings = Call("calo-oncall", about=HITS_KEY)
    ask = Call("coordinator", about=HITS_KEY)
    before = ((FIRST + 50, rings, ""), (FIRST + 65, ask, ""))
    past = _past(taught, after(*before))
    assert past.ended is not None
    assert [each.done for each in past.ended.musts if not each.passed] == []
    calls = [each for each in past.ended.done if "called" in each]
    assert calls[:2] == [
        "spill 9, 2 min 00 s: called Calorimeter on call about Calorimeter › Hits by "
        "layer, not answered",
        "spill 9, 2 min 15 s: called Run coordinator about Calorimeter › Hits by "
        "layer, answered",
    ]
    assert len(calls) == 4
    # said long after it rang, it was another call
    late = _past(taught, after((FIRST + 200, rings, ""), (FIRST + 320, NEXT, "")))
    assert late.ended is not None
    assert len([each for each in late.ended.done if "called" in each]) == 6


def without(*gone: Body) -> tuple[Done, ...]:
    return tuple(each for each in RIGHT if each[1] not in gone)


def after(*more: Done) -> tuple[Done, ...]:
    return tuple(sorted((*RIGHT, *more), key=lambda each: each[0]))


@pytest.mark.parametrize(
    ("did", "fails", "words"),
    [
        (without(AGAIN), "call", "nobody was called about it"),
        (without(NEXT), "unanswered", "nobody else was called about it"),
        (without(BAD), "flag", "calorimeter is nowhere BAD"),
        (after((SECOND + 200, Call("beam-oncall", about=TRIGGER_KEY), "")),
         "false calls", "about Beamline › Triggers, which is harmless (Beam steered)"),
        (after((SECOND + 200, Call("beam-oncall", about=TOWERS_KEY), "")),
         "false calls", "about Calorimeter › Towers"),
        (after((FIRST - 30, AGAIN, "")), "false calls", "in spill 5"),
        (after((SECOND + 200, Flag("BAD", 9, cause="beam"), "beamline")),
         "false flags", "beamline from 9"),
        (after((SECOND + 200, Flag("BAD", 11, cause="late"), "calorimeter"),
               (SECOND + 201, Flag("GOOD", 1, 10), "calorimeter")),
         "flag", "calorimeter is BAD from 11"),
        (without(HANDED), "hand-over", "no hand-over was written"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_each_must_that_is_broken_fails_it(
    taught: Site, did: Sequence[Done], fails: str, words: str
) -> None:
    past = _past(taught, did)
    assert past.ended is not None
    signed = ObservedSigned(past.record.uid, "Max", "max", heard=past.ended.read_back)
    musts = (*past.ended.musts, read_back_must(past.ended, signed))
    assert {each.on for each in musts if not each.passed} == {fails}
    assert words in " ".join(each.done for each in musts if not each.passed)


def test_who_ends_it_too_early_has_not_passed(taught: Site) -> None:
    past = _past(taught, RIGHT[:-1], SECOND + 500)
    assert past.ended is not None
    assert [each.on for each in past.ended.musts if not each.passed] == ["length"]
