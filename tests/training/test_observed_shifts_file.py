"""The file of the observed shifts: each mistake is said where it is written."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.lesson_texts import make_lesson_site

from dqmconsole.desk.check import validate
from dqmconsole.site.site import read_site
from dqmconsole.training.files.kind import TABLES, LessonFiles, observed_schema
from dqmconsole.training.files.observed_shifts import read_observed
from dqmconsole.training.lesson import Teaching, encoded, onset, teaching
from dqmconsole.training.observed_shift import causes_of, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

TODAY = datetime.date(2026, 11, 25)
FILE = "instructions/lessons/observed-shifts.yaml"
TEXT = """\
shifts:
  - id: morning
    run: {run_type: collisions, seed: 4, ahead: 12, speed: 1}
    faults:
      - cause: "fed-lost:Hcal@60"
        found_by: checks
        plots: [Hcal/DigiTask/Occupancy/depth1]
        call: [hcal-dqm]
        component: hcal
      - cause: "hot-channel:Hcal@120*60"
        found_by: eye
        plots: [Hcal/DigiTask/Occupancy/depth2]
        call: [hcal-dqm]
    false_alarm: {cause: "lumi-drop@90", plots: [DT/Map/depth3]}
    known: DT/Map/depth4
    unanswered: hcal-dqm
shadow_shifts: 2
shadow_items: [Go along]
"""


def read(folder: Path, *changes: tuple[str, str]) -> Site:
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    make_lesson_site(folder)
    (folder / "layouts" / "DT.yaml").write_text(LAYOUT)
    (folder / "layouts" / "CSC.yaml").write_text(CSC)
    known = folder / "layouts" / "known.yaml"
    known.write_text(known.read_text() + KNOWN)
    (folder / FILE).write_text(text)
    return read_site(folder, TABLES)


def test_a_healthy_file_is_read_whole(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert [str(each) for each in found.problems] == []
    observed = teaching(found).observed
    assert observed is not None
    (shift,) = observed.shifts
    assert (shift.id, shift.minutes, observed.shadow_shifts) == ("morning", 90.0, 2)
    assert shift.faults[1].component == ""
    assert [each.id for each in teaching(found).lessons] == ["first", "rectangle"]


@pytest.mark.parametrize(
    ("change", "mistaken"),
    [((), False), ((("known: DT", "known: Nowhere"),), True), (((TEXT, "- x"),), True)],
)
def test_that_no_shift_can_be_used_is_known_by_what_the_file_gave(
    tmp_path: Path, change: tuple[tuple[str, str], ...], *, mistaken: bool
) -> None:
    found = read(tmp_path, *change)
    assert teaching(found).observed_mistaken is mistaken
    assert (teaching(found).observed is None) is mistaken
    (tmp_path / FILE).unlink()
    assert not teaching(read_site(tmp_path, TABLES)).observed_mistaken


FAULT = 'cause: "fed-lost:Hcal@60"'
ALARM = 'cause: "lumi-drop@90"'

LAYOUT = """\
layout: DT
owner: hcal-dqm
description: Drift tubes
pages:
  - page: Map
    plots:
      - path: DT/Map/depth3
        description: Digis
      - path: DT/Map/depth4
        description: Digis
"""
KNOWN = """\
- problem: A dead chamber
  subsystem: DT
  paths: [DT/Map/depth4]
  owner: hcal-dqm
  expires: 2026-12-31
"""
TAIL = TEXT[TEXT.index("call: [hcal-dqm]\n    false") : TEXT.index("shadow_shifts")]

CSC = LAYOUT.replace("DT", "CSC").replace("Drift tubes", "Strip chambers")
HANDED = """\
    unanswered: hcal-dqm
    hand_over:
      who: Maja
      open: [{what: a hole, called: hcal-dqm, awaits: a reset, plot: CSC/Map/depth3}]
      known: [DT/Map/depth4]
      requests: [Call me first]
    handed_on: {cause: "hv-trip:CSC@3*4", plots: [CSC/Map/depth3]}
"""
BEFORE = "    unanswered: hcal-dqm\n"


def test_a_hand_over_and_what_it_hands_on_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, (BEFORE, HANDED))
    assert [str(each) for each in found.problems] == []
    observed = teaching(found).observed
    assert observed is not None
    (shift,) = observed.shifts
    assert shift.hand_over is not None
    assert shift.hand_over.open[0].called == "hcal-dqm"
    assert run_of(shift).causes[0] == "hv-trip:CSC@3*4"
    # the causes that the shift is judged by are those that begin in it
    assert "hv-trip:CSC@3*4" not in causes_of(shift)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("called: hcal-dqm", "called: hcal-dmq", 19, 'did you mean "hcal-dqm"?'),
        ("plot: CSC/Map/depth3", "plot: CSC/Map/depth33", 19, "did you mean"),
        ("awaits: a reset, ", "", 19, "awaits"),
        ("what: a hole", "what: ' '", 19, "what: one line of at most 240"),
        ("known: [DT/Map/depth4]", "known: [DT/Map/depth3]", 20,
         'no known issue of known.yaml shows in "DT/Map/depth3"; did you'),
        ("who: Maja", "who: ' '", 18, "nobody gave it"),
        ("[Call me first]", "[Call me first, '']", 21, "requests: one line"),
        ("@3*4", "@13*4", 22, "begins in the shift, not before it (ahead: 12)"),
        ("hv-trip:CSC", "lumi-drop", 22, "lumi-drop is harmless"),
        ("plots: [CSC/Map/depth3]", "plots: [CSC/Map/depth4]", 22,
         "none of them is that of an open problem"),
        ("plots: [CSC/Map/depth3]", "plots: [CSC/Map/depth3, DT/Map/depth4]", 22,
         "is in DT, where something else happens"),
    ],
)  # fmt: skip
def test_a_wrong_hand_over_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in HANDED
    found = read(tmp_path, (BEFORE, HANDED.replace(old, new, 1)))
    assert teaching(found).observed is None
    said = [each for each in found.problems if words in each.message]
    assert [(each.file, each.line) for each in said] == [(FILE, line)]


# text, what stands there instead, line, words
MISTAKES = [
    (FAULT, 'cause: "fed-lots:Hcal@60"', 5, "did you mean 'fed-lost'?"),
    (FAULT, 'cause: "fed-lost:Hcla@60"', 5, "no subsystem 'Hcla'; did you mean"),
    (FAULT, 'cause: "fed-lost:Hcal@400"', 5,
     "begins when the shift is over: after 90 minutes the run is at 243"),
    (FAULT, 'cause: "fed-lost:Hcal@230"', 5,
     "less than 10 minutes to call somebody: lumisection 218 is the latest"),
    (FAULT, 'cause: "loss:Hcal@60"', 5, "loss is put into recorded runs: run: {rec"),
    (f"    false_alarm: {{{ALARM}, plots: [DT/Map/depth3]}}\n", "", 2,
     "false_alarm: what looks like a fault"),
    (FAULT, 'cause: "fed-lost:Hcal"', 5, "begins before the shift does (ahead: 12)"),
    (FAULT, 'cause: "lumi-drop@60"', 5, "lumi-drop is harmless: it is no fault"),
    (FAULT, 'cause: "noise-burst:Hcal@60"', 5, "is over after 4 lumisections"),
    (FAULT, 'cause: "fed-lost:Hcal@60-90"', 5, "is over after 31 lumisections"),
    (FAULT, 'cause: "tests-stopped:Hcal@60"', 5, "shows on no plot"),
    (FAULT, 'cause: "wrong-reference@60"', 5, "does not begin in the middle of a run"),
    ("depth1]", "depth11]", 7, 'no plot "Hcal/DigiTask/Occupancy/depth11"; did you'),
    ("[Hcal/DigiTask/Occupancy/depth1]", "[Ecal/Nothing]", 7, 'no plot "Ecal/Nothing"'),
    ("[Hcal/DigiTask/Occupancy/depth1]", "[]", 7, "plots: it names none"),
    ("call: [hcal-dqm]", "call: [hcal-dmq]", 8, 'did you mean "hcal-dqm"?'),
    ("call: [hcal-dqm]", "call: []", 8, "call: it names none"),
    ("call: [hcal-dqm]", "call: [hcal-dqm, dqm-oncall]", 8,
     "hcal-dqm does not answer, and is called alone"),
    ("call: [hcal-dqm]", "call: [dqm-oncall]", 8,
     "call: dqm-oncall; for fed-lost hcal/occupancy, step 2, calls hcal-dqm"),
    ("component: hcal", "component: hcall", 9, 'did you mean "hcal"?'),
    ("component: hcal", "component: dt", 9,
     "component: dt covers DT, and the plots of this fault are in Hcal: take hcal"),
    ("        component: hcal\n", "", 5, "at least one has a component"),
    ("found_by: checks", "found_by: eye", 5, "at least one that the checks find"),
    (ALARM, 'cause: "fed-lost:Hcal@90"', 14, "fed-lost of 1 drivers is a true alarm"),
    (ALARM, 'cause: "hot-channel:Hcal@90-95*2"', 14, "in an observed shift stays"),
    (ALARM, 'cause: "hot-channel:Hcal@90*20"', 14,
     "is a true alarm; a harmless event is none, or one below 10 times its rate"),
    (ALARM, 'cause: "hot-channel:Hcal@900*2"', 14, "begins when the shift is over"),
    ("known: DT/Map/depth4", "known: DT/Map/depth3", 15,
     'no known issue of known.yaml shows in "DT/Map/depth3"'),
    ("known: DT/Map/depth4", "known: Hcal/DigiTask/Occupancy/depth4", 15,
     'known: "Hcal/DigiTask/Occupancy/depth4" is in Hcal, where a fault is'),
    ("[DT/Map/depth3]", "[Hcal/DigiTask/Occupancy/depth3]", 14,
     'plots: "Hcal/DigiTask/Occupancy/depth3" is in Hcal, where a fault is'),
    ("known: DT/Map/depth4", "known: DT/depth4", 15, "no plot"),
    ("unanswered: hcal-dqm", "unanswered: hcal-dmq", 16, 'did you mean "hcal-dqm"?'),
    (TAIL, TAIL.replace("hcal-dqm", "dqm-oncall"), 16,
     "contacts.yaml names nobody after dqm-oncall (then)"),
    ("speed: 1}", "speed: 1, causes: [lumi-drop]}", 3, "follows from its faults alone"),
    ("speed: 1}", "speed: 0}", 3, "speed 0.1 to 100"),
    ("run_type: collisions", "run_type: colisions", 3, 'did you mean "collisions"'),
    ("run_type: collisions", "run_type: cosmics", 7, "is not shown in cosmics"),
    ("id: morning", "id: The morning", 2, "id: lower-case letters"),
    ("unanswered: hcal-dqm", "unanswered: hcal-dqm\n    minutes: 0", 17, "from 1 to"),
    ("unanswered", "unanwsered", 16, 'did you mean "unanswered"'),
    ("shadow_shifts: 2", "shadow_shifts: -1", 17, "shadow_shifts is from 0 to 100"),
    ("[Go along]", "['']", 18, "each is one line"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES)
def test_each_mistake_is_found_in_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    found = read(tmp_path, (old, new))
    problems = [each for each in found.problems if each.file == FILE]
    assert any(each.line == line and words in each.message for each in problems), [
        str(each) for each in problems
    ]
    assert all(each.severity == "error" for each in problems)
    assert teaching(found).observed is None
    # the rest of the site is not harmed
    assert [each.id for each in teaching(found).lessons] == ["first", "rectangle"]
    assert teaching(found).exam is not None


def test_one_mistake_hides_no_other(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ("unanswered: hcal-dqm", "unanswered: nobody"),
        ("component: hcal", "component: hcall"),
        ("depth1]", "depth11]"),
        ("shadow_shifts: 2", "shadow_shifts: -1"),
    )
    said = {each.line: each.message for each in found.problems if each.file == FILE}
    assert 'unanswered: no fault calls "nobody"' in said[16]
    assert 'did you mean "hcal"?' in said[9]
    assert 'no plot "Hcal/DigiTask/Occupancy/depth11"' in said[7]
    assert "shadow_shifts is from 0" in said[17]
    assert teaching(found).observed is None


ALL_WRONG = (
    ("component: hcal", "component: hcall"),
    ("depth1]", "depth11]"),
    ("[DT/Map/depth3]", "[DT/Map/depth33]"),
    ("unanswered: hcal-dqm", "unanswered: hcal-dqm\n    minutes: 900"),
)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    known: DT/Map/depth4\n", "", 2, 'lacks its "known"'),
        ("known: DT", "knwon: DT", 15, 'no key "knwon"; did you mean "known"?'),
        ("    run: {run_type: collisions, seed: 4, ahead: 12, speed: 1}\n", "", 2,
         'lacks its "run"'),
        ("speed: 1", "speed: slow", 3, 'speed is a number, not "slow"'),
        ("        found_by: checks\n", "", 5, 'lacks its "found_by"'),
        (ALARM, "cuase: a", 14, 'no key "cuase"; did you mean "cause"?'),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_be_read_hides_nothing(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    wrong = [each for each in ALL_WRONG if each[0] not in old]
    expected = {
        "component: hcal": 'did you mean "hcal"?',
        "depth1]": 'no plot "Hcal/DigiTask/Occupancy/depth11"',
        "[DT/Map/depth3]": 'no plot "DT/Map/depth33"',
        "unanswered: hcal-dqm": "minutes is from 1 to 480, not 900",
    }
    found = read(tmp_path, *wrong, (old, new))
    said = [each for each in found.problems if each.file == FILE]
    # each once, and nothing that would follow from what is missing
    for each in (words, *(expected[was] for was, _ in wrong)):
        assert len([e for e in said if each in e.message]) == 1, [*map(str, said)]
    assert [e.line for e in said if words in e.message] == [line]
    (last,) = (e for e in said if "it cannot be played as it is written" in e.message)
    assert last.line == 2
    assert len(said) == len(wrong) + 2, [*map(str, said)]
    assert teaching(found).observed is None


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("known: DT/Map/depth4", "known: [4]", 15, "known is text, not a list"),
        ("known: DT/Map/depth4", "known: DT/Map/depth4\n    known: a", 16,
         '"known" stands here twice'),
        ("    unanswered: hcal-dqm\n", "", 2, 'lacks its "unanswered"'),
        ("  - id: morning\n    run", "  - run", 2, 'lacks its "id"'),
        ("run_type: collisions", "run_type: 5", 3, 'run_type cannot be "5", only'),
        ("        call: [hcal-dqm]\n", "", 5, 'lacks its "call"'),
        ("found_by: checks", "found_by: check", 6, 'did you mean "checks"?'),
        ("shadow_shifts: 2", "shadow_shifts: two", 17, "is a whole number, not"),
        ("speed: 1", "speed: 1, recorded: x", 3, "recorded is a whole number, not"),
        ("    faults:", "    fautls:", 4, 'did you mean "faults"?'),
        ("        component: hcal\n", "        comopnent: hcal\n", 9,
         'no key "comopnent"; did you mean "component"?'),
    ],
)  # fmt: skip
def test_of_what_cannot_be_read_nothing_else_is_said(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in TEXT
    found = read_observed(TEXT.replace(old, new, 1).encode(), FILE)
    assert [each.line for each in found.problems] == [line], found.problems
    assert words in found.problems[0].message
    assert found.settings is not None  # to be checked
    assert found.drafts == {0}


def test_shifts_that_cannot_be_played_are_not_said_to_be_missing(
    tmp_path: Path,
) -> None:
    second = TEXT[TEXT.index("  - id") : TEXT.index("shadow_shifts")]
    second = second.replace("morning", "evening").replace("fed-lost:Hcal", "fedlost")
    first = ("    unanswered: hcal-dqm\n", "")
    found = read(tmp_path, first, ("shadow_shifts", f"{second}shadow_shifts"))
    said = [each.message for each in found.problems if each.file == FILE]
    assert "shifts: none of the 2 can be played as it is written" in said
    assert not any("is left" in each or "there is none" in each for each in said)
    (none,) = (e for e in read_observed(b"shifts: []", FILE).problems)
    assert none.message == "shifts: there is none"


def test_too_short_a_shift_says_how_long_it_has_to_be(tmp_path: Path) -> None:
    short = ("unanswered: hcal-dqm", "unanswered: hcal-dqm\n    minutes: 9")
    problems = read(tmp_path, short).problems
    (said,) = (each for each in problems if "minutes: 9 are too few" in each.message)
    assert said.line == 17
    assert said.message.endswith("which begins after the shift does: 11 or more")
    assert not any("is the latest" in each.message for each in problems)


RECORDED = """\
shifts:
  - id: beam
    run: {recorded: 7, updates: 250, ahead: 12, speed: 1}
    faults:
      - cause: "dead-block:Hcal/DigiTask/Occupancy/depth1@60*30"
        found_by: checks
        call: [hcal-dqm]
        component: hcal
      - cause: "hot-cell:Hcal/DigiTask/Occupancy/depth2@120*60"
        found_by: eye
        call: [hcal-dqm]
    false_alarm: {cause: "beam-steered@90", plots: [DT/Map/depth3]}
    known: DT/Map/depth4
    unanswered: hcal-dqm
    hand_over:
      who: Maja
      open: [{what: a hole, called: hcal-dqm, awaits: a reset, plot: CSC/Map/depth3}]
    handed_on: {cause: "dead-block:CSC/Map/depth3@3*10"}
"""


def read_recorded(folder: Path, old: str = "", new: str = "") -> Site:
    assert old in RECORDED
    read(folder)
    (folder / FILE).write_text(RECORDED.replace(old, new, 1))
    return read_site(folder, TABLES)


def test_a_shift_of_a_recorded_run_is_read(tmp_path: Path) -> None:
    found = read_recorded(tmp_path)
    assert [str(each) for each in found.problems] == []
    observed = teaching(found).observed
    assert observed is not None
    (shift,) = observed.shifts
    # a fault shows on the plot into which it is put
    assert shift.faults[1].plots == ("Hcal/DigiTask/Occupancy/depth2",)
    assert shift.handed_on is not None
    assert shift.handed_on.plots == ("CSC/Map/depth3",)
    # nothing harmless is put into it
    assert run_of(shift).causes == (
        "dead-block:CSC/Map/depth3@3*10",
        "dead-block:Hcal/DigiTask/Occupancy/depth1@60*30",
        "hot-cell:Hcal/DigiTask/Occupancy/depth2@120*60",
    )
    assert [onset(each) for each in causes_of(shift)] == [60, 90, 120]
    assert "dead-block" in {each.name for each in teaching(found).causes}


def test_a_recorded_run_may_have_no_false_alarm(tmp_path: Path) -> None:
    line = RECORDED[RECORDED.index("    false_alarm") : RECORDED.index("    known")]
    observed = teaching(read_recorded(tmp_path, line)).observed
    assert observed is not None
    assert observed.shifts[0].false_alarm is None


DEPTH1 = "Hcal/DigiTask/Occupancy/depth1"
RUN = "recorded: 7, updates: 250"
# text, what stands there instead, line, words
RECORDED_MISTAKES = [
    ("dead-block:Hcal", "dead-blok:Hcal", 5, 'did you mean "dead-block"?'),
    ("dead-block:Hcal", "fed-lost:Hcal", 5, "put into recorded runs"),
    (f"{DEPTH1}@60*30", f"{DEPTH1}@60*300", 5, "cannot be"),
    (f"{DEPTH1}@60*30", f"{DEPTH1}@60-90*30", 5, "PATH_OF_A_PLOT@UPDATE*SIZE"),
    (DEPTH1, "Hcal/DigiTask/Occupancy/depth11", 5, "the site has no plot"),
    ("@60*30", "@6*30", 5, "(ahead: 12): say its update, from 13 to 218, behind an @"),
    ("@60*30", "@400*30", 5, "after 90 minutes the run is at 243"),
    ("@60*30", "@230*30", 5, "update 218 is the latest"),
    ("depth2@120", "depth1@120", 5, "something else of the shift is in"),
    ("found_by: checks", f"found_by: checks\n        plots: [{DEPTH1}]", 7,
     "plots: leave it out"),
    ("call: [hcal-dqm]", "call: [dqm-oncall]", 7, "calls hcal-dqm"),
    ("updates: 250", "updates: 200", 3,
     "200 of the recorded run are too few: 90 minutes at speed 1 need 243; at speed "
     "0.81 these are enough"),
    ("updates: 250", "updates: 12", 3, "90 minutes at speed 1 need 243"),
    (RUN, "updates: 250", 3, "updates are those of a recorded run"),
    (RUN, "recorded: -7, updates: 250", 3, "-7 is no number of a run"),
    (RUN, f"{RUN}, run_type: collisions", 3, "a recorded run has its own"),
    (RUN, "recorded: 7", 3, "updates: say how many of the run can be played: 90 min"),
    ("beam-steered@90", "beam-steered", 12, "begins before the shift does"),
    ("beam-steered@90", "beam steered@90", 12, "is not WORD@UPDATE"),
    ("beam-steered@90", "beam-steered@90*3", 12, "is not WORD@UPDATE"),
    ("beam-steered@90", "hot-cell:DT/Map/depth3@90", 12, "by itself, as in beam-"),
    ("[DT/Map/depth3]", "[DT/Map/depth33]", 12, "no plot"),
    ("[DT/Map/depth3]", "[]", 12, "plots: it names none"),
    ("DT/Map/depth4", "DT/Map/depth3", 13, "no known issue of known.yaml"),
    ("CSC/Map/depth3@3*10", "CSC/Map/depth4@3*10", 18, "is not that of an open"),
    ("CSC/Map/depth3@3*10", "CSC/Map/depth3@13*10", 18, "begins in the shift"),
]  # fmt: skip


def test_a_seed_from_which_nothing_follows_is_refused(tmp_path: Path) -> None:
    # it says where a fault is, as long as that is not written
    assert read_recorded(tmp_path / "a", RUN, f"{RUN}, seed: 3").problems == ()
    text = RECORDED.replace(RUN, f"{RUN}, seed: 3")
    for size in ("@60*30", "@120*60", "@3*10"):
        text = text.replace(size, f"{size}#1")
    read(tmp_path / "b")
    (tmp_path / "b" / FILE).write_text(text)
    found = read_site(tmp_path / "b", TABLES)
    said = {each.line: each.message for each in found.problems}
    assert said[3] == "seed: nothing of a recorded run follows from it: leave it out"


@pytest.mark.parametrize(("old", "new", "line", "words"), RECORDED_MISTAKES)
def test_each_mistake_of_a_recorded_shift_is_found_in_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    found = read_recorded(tmp_path, old, new)
    problems = [each for each in found.problems if each.file == FILE]
    assert any(each.line == line and words in each.message for each in problems), [
        str(each) for each in problems
    ]
    assert teaching(found).observed is None


def checked(site: Path) -> list[Problem]:
    """What validate says of the file."""
    found = validate(site, today=TODAY, tables=TABLES)
    return [each for each in found if each.file.endswith(FILE)]


def test_what_finds_nothing_to_act_on_is_said_before_the_shift(tmp_path: Path) -> None:
    site = tmp_path / "site"
    read(site)
    assert not [e for e in checked(site) if e.code]
    text = TEXT.replace("hot-channel:Hcal@120*60", "path-dead:Hcal@120")
    # one before it that names what is not there moves no place
    first = TEXT[TEXT.index("  - id") : TEXT.index("shadow_shifts")]
    first = first.replace("morning", "evening").replace("depth1]", "depth11]")
    (site / FILE).write_text(text.replace("shifts:\n", f"shifts:\n{first}", 1))
    found = [e for e in checked(site) if e.code]
    words = "cause: path-dead: 'Hcal' has nothing it could act on; it acts on L1T"
    assert [(each.line, each.message) for each in found][1:] == [(25, words)]
    assert found[0].line == 7


def test_what_a_broken_layout_explains_is_no_mistake_of_the_shift(
    tmp_path: Path,
) -> None:
    read(tmp_path)
    layout = tmp_path / "layouts" / "Hcal.yaml"
    layout.write_text("layout: Hcal\npages: [")
    found = read_site(tmp_path, TABLES)
    assert teaching(found).observed is None
    mine = [each for each in found.problems if each.file == FILE]
    assert [
        (each.severity, each.message) for each in mine if "left out" in each.message
    ]
    assert not [e for e in mine if "has no plot" in e.message]


def test_the_other_shifts_stay(tmp_path: Path) -> None:
    second = TEXT[TEXT.index("  - id") : TEXT.index("shadow_shifts")]
    second = second.replace("morning", "evening").replace("fed-lost:Hcal", "fedlost")
    found = read(tmp_path, ("shadow_shifts", f"{second}shadow_shifts"))
    observed = teaching(found).observed
    assert observed is not None
    assert [each.id for each in observed.shifts] == ["morning"]


@pytest.mark.parametrize(
    "text", ["", "[]", "shifts: []", "shifts: 5", "shifts", "\t", "a: &a [*a]", "{"]
)
def test_what_is_no_such_file_is_said(text: str) -> None:
    found = read_observed(text.encode(), FILE)
    assert found.settings is None
    assert found.problems


def test_a_release_says_how_many_there_are_and_not_what_happens(tmp_path: Path) -> None:
    observed = teaching(read(tmp_path)).observed
    with_, without = encoded(Teaching(observed=observed)), encoded(Teaching())
    (first,) = LessonFiles().first(with_)
    assert first.sentence == (
        "published for the first time: 1 observed shift, 2 shadow shifts"
    )
    (added,) = LessonFiles().changes(without, with_)
    (gone,) = LessonFiles().changes(with_, without)
    assert (added.sentence, gone.sentence) == (
        "now 1 observed shift, 2 shadow shifts", "removed",
    )  # fmt: skip
    assert "fed-lost" not in added.sentence


def test_the_schema_names_every_key() -> None:
    schema = observed_schema()
    for key in ("shifts", "found_by", "false_alarm", "unanswered", "lapse_days"):
        assert f'"{key}"' in schema
