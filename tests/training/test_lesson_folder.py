"""The folder of lessons as a part of the site: what is broken is left out, in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.lesson_texts import EXAM, FIRST, FIRST_WORDS, RECTANGLE, make_lesson_site
from training.test_import_evidence import written_bundle

from dqmconsole.engine.loop import serve
from dqmconsole.link.codec import decoder, encoder
from dqmconsole.model.message import Open, SiteMessage, Up
from dqmconsole.simulation.table.causes import CAUSES
from dqmconsole.site.site import (
    bundled_site,
    read_site,
    read_site_with_places,
    site_changed,
    site_stamp,
)
from dqmconsole.training.files.kind import TABLES, causes
from dqmconsole.training.files.lessons import lesson_key
from dqmconsole.training.lesson import Teaching, teaching

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site

RECT = "instructions/lessons/rectangle.yaml"


def read(folder: Path) -> Site:
    return read_site(folder, TABLES)


def told(site: Site) -> list[str]:
    return [str(each) for each in site.problems]


def test_a_course_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    site, places = read_site_with_places(make_lesson_site(tmp_path), tables=TABLES)
    assert told(site) == []
    taught = teaching(site)
    assert [each.id for each in taught.lessons] == ["first", "rectangle"]
    assert taught.exam is not None
    assert taught.exam.items == 120
    assert {each.name for each in taught.causes} == {each.name for each in CAUSES}
    place = places[lesson_key("rectangle", "version")]
    assert (place.file, place.line) == (RECT, 3)


def test_it_reaches_the_console_as_it_was_read(tmp_path: Path) -> None:
    site = read(make_lesson_site(tmp_path))
    wire = encoder().encode(SiteMessage(site))
    back = decoder(Up).decode(wire)
    assert isinstance(back, SiteMessage)
    assert back.site == site


def test_the_bundled_lessons_are_sound() -> None:
    site = read(bundled_site())
    assert [each for each in told(site) if "lessons" in each] == []


def test_a_site_without_lessons_has_none(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path)
    for path in (site / "instructions" / "lessons").iterdir():
        path.unlink()
    found = read(site)
    assert (told(found), teaching(found).lessons, teaching(found).exam) == (
        [],
        (),
        None,
    )
    (site / "instructions" / "lessons").rmdir()
    found = read(site)
    assert (told(found), teaching(found).lessons, teaching(found).exam) == (
        [],
        (),
        None,
    )


def test_the_hash_and_the_stamp_follow_every_file(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path)
    folder = site / "instructions" / "lessons"
    (folder / "kept.dqmevidence").write_bytes(b"PK")
    for path in sorted(folder.iterdir()):
        before, stamp = read(site).hash, site_stamp(site)
        path.write_bytes(path.read_bytes() + b"\n")
        assert site_changed(site, stamp)
        assert read(site).hash != before


@pytest.mark.parametrize(
    ("name", "old", "new", "start"),
    [
        ("rectangle.yaml", "number: 2", "number: x", f"{RECT}:1:9: number is"),
        ("rectangle.yaml", "number: 2", "number: [", f"{RECT}:3:8: syntax error"),
        ("rectangle.md", "## see", "## sea",
         'instructions/lessons/rectangle.md:1:1: the lesson has no step "sea"'),
        ("rectangle.yaml", "number: 2", "number: 1",
         f'{RECT}:1:9: a second lesson 1, the first is "first"; it is left out '
         "(number 2 is free)"),
    ],
)  # fmt: skip
def test_a_broken_lesson_is_left_out_and_the_rest_stays(
    tmp_path: Path, name: str, old: str, new: str, start: str
) -> None:
    site = read(make_lesson_site(tmp_path, (name, old, new)))
    assert [each.id for each in teaching(site).lessons] == ["first"]
    assert teaching(site).exam is not None
    assert told(site)[0].startswith(start)


def test_odd_things_in_the_folder(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path / "site")
    folder = site / "instructions" / "lessons"
    (tmp_path / "secret.yaml").write_text(FIRST)
    (tmp_path / "secret.dqmevidence").write_bytes(b"PK")
    (folder / "leak.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "leak.md").write_text(FIRST_WORDS)
    (folder / "leak.dqmevidence").symlink_to(tmp_path / "secret.dqmevidence")
    (folder / "here.dqmevidence").write_bytes(b"PK")
    (folder / "alone.yaml").write_text(FIRST)
    (folder / "words.md").write_text(FIRST_WORDS)
    (folder / "firrst.md").write_text(FIRST_WORDS)
    (folder / "old.yml").write_text(FIRST)
    (folder / "notes.txt").write_text("words")
    (folder / "README.md").write_text("words")
    (folder / ".#first.yaml").write_text("an editor's own")
    (folder / "big.yaml").write_bytes(b"a" * (300 << 10))
    (folder / "big.md").write_text(FIRST_WORDS)
    (folder / "binary.yaml").write_bytes(b"\x89PNG\0\0")
    (folder / "binary.md").write_text(FIRST_WORDS)
    (folder / "folder.yaml").mkdir()
    (folder / "folder.md").mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (folder / "pipe.md").write_text(FIRST_WORDS)
    (folder / os.fsdecode(b"\xff.yaml")).write_text(FIRST)
    (folder / os.fsdecode(b"\xff.md")).write_text(FIRST_WORDS)
    (site / "instructions" / "Lesson").mkdir()
    found = read(site)
    assert encoder().encode(SiteMessage(found))
    assert [each.id for each in teaching(found).lessons] == ["first", "rectangle"]
    lines = [each.removeprefix("instructions/") for each in told(found)]
    for start in (
        "lessons/leak.yaml: a link that leads out of the site is not followed",
        "lessons/leak.dqmevidence: is no file of the site",
        "lessons/alone.md: the file is missing",
        "lessons/words.md: no lesson words.yaml stands beside it",
        'lessons/firrst.md: no lesson firrst.yaml stands beside it; did you mean "firs',
        "lessons/old.yml: is not read: name it .yaml",
        "lessons/notes.txt: advice: is not read",
        "lessons/big.yaml: is larger than 256 kB",
        "lessons/binary.yaml: is a binary file, not a YAML text",
        "lessons/folder.yaml: is not a file",
        "lessons/folder.md: is not a file",
        "lessons/pipe.yaml: is not a file",
        'lessons/\ufffd.yaml:1:1: "\ufffd": a lesson\'s file has lower-case',
        "Lesson: is not read: lessons stand in instructions/lessons/",
    ):
        assert sum(line.startswith(start) for line in lines) == 1, (start, lines)
    assert not any(word in line for line in lines for word in ("README", ".#", "here."))


def test_a_whole_folder_outside_the_site_is_not_read(tmp_path: Path) -> None:
    make_lesson_site(tmp_path / "other")
    site = make_lesson_site(tmp_path / "site")
    folder = site / "instructions" / "lessons"
    folder.rename(tmp_path / "gone")
    folder.symlink_to(tmp_path / "gone")
    found = read(site)
    assert (teaching(found).lessons, teaching(found).exam) == ((), None)
    (line,) = told(found)
    assert line == (
        "instructions/lessons: a link that leads out of the site is not followed "
        "[link-out-of-site]"
    )
    folder.unlink()
    folder.write_text("a file")
    assert told(read(site)) == [
        "instructions/lessons: cannot be listed: Not a directory [unreadable-file]"
    ]


# text in the lesson, what stands there instead, line, words
DISAGREEMENTS = [
    ("requires: [first]", "requires: [frist]", 8, 'no lesson "frist"; did you mean "f'),
    ("requires: [first]", "requires: [rectangle]", 8, "rectangle → rectangle"),
    ("covers: [hcal/occupancy, Hcal]", "covers: [hcal/ocupancy]", 9,
     'called "hcal/ocupancy"; did you mean "hcal/occupancy"'),
    ("fed-lost:Hcal@6", "fed-lst:Hcal@6", 10, "did you mean 'fed-lost'"),
    ("fed-lost:Hcal@6", "fed-lost:Hcl@6", 10, "did you mean 'Hcal'"),
    ("fed-lost:Hcal@6", "fed-lost Hcal", 10, "not of the form"),
    ("fed-lost:Hcal@6", "lumi-drop:Hcal@6", 10, "acts on the whole detector"),
    ("run_length: 20}", "run_length: 17}", 37, "18 never comes"),
    ("run_length: 20}", "run_length: 0}", 38, "its run never ends"),
    ("run_length: 20}", "run_length: 0}", 38, "so there are no 2 runs"),
    ('{seed: 5, causes: ["fed-lost:Hcal@6"], ahead: 14, speed: 10, run_length: 20}',
     "{evidence: gone.dqmevidence}", 10, 'no file "gone.dqmevidence"'),
    ('{seed: 5, causes: ["fed-lost:Hcal@6"], ahead: 14, speed: 10, run_length: 20}',
     "{evidence: gone.dqmevidence}", 38, "one moment; so it is never signed off"),
    ('{seed: 5, causes: ["fed-lost:Hcal@6"], ahead: 14, speed: 10, run_length: 20}',
     "{evidence: gone.dqmevidence}", 37, "one moment: no lumisection comes"),
    ("run: {seed", "run: {run_type: heavy-ions, seed", 14,
     "is not shown in heavy-ions"),
    ("run: {seed", "run: {run_type: heavy-ions, seed", 15,
     "shows nothing in heavy-ions"),
    ("run: {seed", "run: {run_type: cosmics, seed", 15, "that is shown in cosmics"),
    ("page Hcal/Digi occupancy", "page Hcal/Digi ocupancy", 14,
     'no page "Hcal/Digi ocupancy"; did you mean "Hcal/Digi occupancy"'),
    ("plot Hcal/DigiTask/Occupancy/depth1\n", "plot Hcal/DigiTask/Occupancy/depth9\n",
     18, 'no plot "Hcal/DigiTask/Occupancy/depth9"; did you mean'),
    ("done: {page: Hcal/Digi occupancy", "done: {page: Hcal/Digi", 15,
     'no page "Hcal/Digi"'),
    ("done: {page: Hcal/Digi occupancy", "done: {page: Hcal/Experts", 15,
     'the page "Hcal/Experts" has no plot'),
    ('plot: "Hcal/DigiTask/Occupancy/depth1"', "plot: Hcal/DigiTask/Occupancy/depht1",
     15, 'matches no plot of the site; did you mean "Hcal/DigiTask/Occupancy/depth1"'),
    ('plot: "Hcal/DigiTask/*"', 'plot: "Ecal/*"', 20, '"Ecal/*" matches no plot'),
    ("(<page:Hcal/Digi occupancy>)", "(<page:Hcal/Digi ocupancy>)", 25,
     'the site has no page "Hcal/Digi ocupancy"'),
    ("causes: [fed-lost]", "causes: [fed-lsot]", 30, "did you mean 'fed-lost'"),
    ("causes: [fed-lost]", "causes: [hv-trip]", 30,
     "hv-trip is not in the lesson's run, which has fed-lost"),
    ("causes: [fed-lost]", "causes: [lumi-drop]", 30, "is harmless, and the verdict"),
    ("verdict: bad", "verdict: good", 30, "fed-lost is a fault, and the verdict good"),
    ('causes: ["fed-lost:Hcal@6"]', "causes: [lumi-drop]", 30, "it has no fault"),
    ("plot: Hcal/*, urgency", "plot: Hcall/*, urgency", 30, '"Hcall/*" matches no'),
    ("call: hcal-dqm", "call: hcal-dmq", 32, 'no role "hcal-dmq"; did you mean'),
    ("component: hcal", "component: hcall", 33, 'component "hcall"; did you mean "hc'),
    ("read: hcal/timing", "read: hcal/timings", 34,
     'no instruction "hcal/timings"; did'),
    ("instruction: hcal/occupancy", "instruction: hcal/occ", 35,
     'no instruction "hcal/o'),
    ("instruction: hcal/occupancy", "instruction: notes/boxes", 35, "is a note"),
    ("first: [1, 9]", "first: [21, 22]", 33, "its runs end after lumisection 20"),
    ("step: 1}", "step: 9}", 35, '"hcal/occupancy" has 3 steps, not 9'),
    ("{read: hcal/timing}", "{shift: hand-over read}", 34,
     "the lesson has no hand_over"),
    ("steps:", "hand_over: {who: Maja}\nsteps:", 11, "it hands nothing over"),
    ("steps:", "hand_over: {who: Maja, open: [{what: a, called: hcal-dmq, awaits: b}]}"
     "\nsteps:", 11, 'called: contacts.yaml has no role "hcal-dmq"; did you mean'),
    ('entry: {plot: "Hcal/*"}', 'entry: {plot: "x"}', 36, '"x" matches no plot'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), DISAGREEMENTS)
def test_what_cannot_be_played_is_left_out_and_said(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    change = ("rectangle.yaml", old, new)
    site = read(make_lesson_site(tmp_path, change))
    said = [(each.file, each.line, each.message) for each in site.problems]
    assert any(
        (file, at) == (RECT, line) and words in message for file, at, message in said
    ), said
    assert all(each.severity == "error" for each in site.problems)
    # a link that leads nowhere stops nobody
    stays = ["first", "rectangle"] if "(<page" in old else ["first"]
    assert [each.id for each in teaching(site).lessons] == stays


def test_lessons_that_require_each_other_are_one_problem(tmp_path: Path) -> None:
    change = ("first.yaml", "minutes: 3", "minutes: 3\nrequires: [rectangle]")
    site = read(make_lesson_site(tmp_path, change))
    assert teaching(site).lessons == ()
    (line,) = told(site)
    assert line == (
        "instructions/lessons/first.yaml:7:11: requires: lessons that wait for each "
        "other: first → rectangle → first [lesson]"
    )


def test_a_run_that_a_cause_ends_has_a_second_one(tmp_path: Path) -> None:
    both = '["fed-lost:Hcal@6", "stop-start@18"]'
    changes = (
        ("rectangle.yaml", '["fed-lost:Hcal@6"]', both),
        ("rectangle.yaml", ", run_length: 20", ""),
    )
    assert told(read(make_lesson_site(tmp_path / "a", *changes))) == []
    # who is out from the start ends no run, and a pause ends none
    for number, other in enumerate(("subsystem-out@1", "daq-pause@9")):
        change = ("rectangle.yaml", '["fed-lost:Hcal@6"]', both.replace(
            "stop-start@18", other))  # fmt: skip
        site = read(make_lesson_site(tmp_path / str(number), change, changes[1]))
        assert len(site.problems) == 2


def test_what_a_broken_layout_may_hold_is_no_mistake_of_the_lesson(
    tmp_path: Path,
) -> None:
    site = read(make_lesson_site(tmp_path, Hcal=("layout: Hcal", "layuot: Hcal")))
    assert (teaching(site).lessons, teaching(site).exam) == ((), None)
    of_lessons = [each for each in site.problems if "lessons" in each.file]
    assert {each.severity for each in of_lessons} == {"advice"}
    assert any("is left out until the layout" in each.message for each in of_lessons)
    assert not any("no page" in each.message for each in of_lessons)


def test_a_subsystem_that_a_broken_layout_may_hold_is_no_mistake(
    tmp_path: Path,
) -> None:
    change = ("rectangle.yaml", "fed-lost:Hcal@6", "fed-lost:Ecal@6")
    site = make_lesson_site(tmp_path, change)
    (site / "layouts" / "Ecal.yaml").write_text("layout: Ecal\npages: [{page: x}]\n")
    found = [each for each in told(read(site)) if "rectangle" in each]
    # the goals of the lesson are judged without it
    assert [each for each in found if "no subsystem" in each] == []
    (site / "layouts" / "Ecal.yaml").unlink()
    found = [each for each in told(read(site)) if "rectangle" in each]
    assert any("no subsystem 'Ecal'" in each for each in found)


# text in the exam, what stands there instead, line, words
MATTER = [
    ("[Hcal/Digi occupancy], cause: lumi-drop", "[Hcal/Digi], cause: lumi-drop", 7,
     'no page "Hcal/Digi"; did you mean'),
    ("cause: lumi-drop", "cause: lumi-drpo", 7, "did you mean 'lumi-drop'"),
    ("cause: lumi-drop", "cause: hv-trip:Ecl", 7, "no subsystem 'Ecl'"),
    ("cause: lumi-drop", "run_types: [heavy-ions]", 7, "shows nothing in heavy-ions"),
    ("cause: lumi-drop", "evidence: gone.dqmevidence, truth: bad", 7, "no file"),
    ("sizes: [2, 1]", "sizes: [2, 1e9]", 4, "sizes: "),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MATTER)
def test_matter_that_cannot_be_shown_is_left_out(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    site = read(make_lesson_site(tmp_path, ("exam.yaml", old, new)))
    (problem,) = site.problems
    assert (problem.line, problem.severity) == (line, "error")
    assert words in problem.message
    assert teaching(site).exam is not None
    assert len(teaching(site).exam.matter) == 4


def test_practice_is_handed_no_fault_that_is_not_in_its_run(tmp_path: Path) -> None:
    text = (
        "hand_over: {who: Maja, requests: [a], open: [{what: a, called: hcal-dqm, "
        "awaits: b}]}\nmatter:"
    )
    found = read(make_lesson_site(tmp_path, ("exam.yaml", "matter:", text)))
    (problem,) = found.problems
    assert "the faults of a practice are drawn each time" in problem.message
    exam = teaching(found).exam
    assert exam is not None
    assert exam.hand_over is None


def test_an_exam_in_which_nothing_is_ever_wrong_is_none(tmp_path: Path) -> None:
    harmless = [line for line in EXAM.splitlines() if ":Hcal" not in line]
    site = make_lesson_site(tmp_path, ("exam.yaml", EXAM, "\n".join(harmless) + "\n"))
    found = read(site)
    assert teaching(found).exam is None
    assert "advice: no exam yet: no item could have a fault" in told(found)[0]


def test_a_lesson_can_show_an_evidence_bundle(tmp_path: Path) -> None:
    text = RECTANGLE[: RECTANGLE.index("  - {id: late")]
    run = text[text.index("run: ") : text.index("steps:")]
    text = text.replace(run, "run: {evidence: kept.dqmevidence}\n")
    words = ("rectangle.md", "## late\n\nWait.\n\n## end\n\nSign off.\n\n", "")
    site = make_lesson_site(tmp_path, ("rectangle.yaml", RECTANGLE, text), words)
    bundle = site / "instructions" / "lessons" / "kept.dqmevidence"
    bundle.write_bytes(b"PK")
    found = read(site)
    assert told(found) == []
    assert teaching(found).lessons[1].run.evidence == "kept.dqmevidence"


def test_in_a_bundle_there_is_the_table_to_choose_a_cause_of(tmp_path: Path) -> None:
    path = written_bundle(tmp_path / "kept.dqmevidence")
    context = serve(Open(str(path)), TABLES)
    try:
        assert teaching(context.site) == Teaching(causes=causes())
    finally:
        context.close()
