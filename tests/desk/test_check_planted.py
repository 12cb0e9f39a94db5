"""Mistakes an expert planted in a site: each is said once, at its place, in words."""

from __future__ import annotations

import datetime
import shutil
from typing import TYPE_CHECKING

import pytest
from support.instruction_texts import FILES, make_whole_site

from dqmconsole.desk.check import validate
from dqmconsole.desk.publish import publish
from dqmconsole.model.release import Consent

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
OCC = "instructions/hcal/occupancy.md"
MEN = "permissions: {expert: [expert]}\n"


def said(site: Path, *against: Path) -> list[str]:
    found = validate(site, against, TODAY)
    return [str(each).removeprefix(f"{site}/") for each in found]


def planted(folder: Path, **changes: tuple[str, str]) -> list[str]:
    return said(make_whole_site(folder, **changes))


STEP = "1. Read [the timing](<instruction:hcal/timing#how-to-judge>)."
LINE = (
    "   call hcal-dqm: call now in stable beams, setup; call in working hours otherwise"
)
EMPTY = "{id: start, title: x, phase: end, items: []}"
LINK = "<page:Hcal/Digi occupancy>"

# file, text in it, what stands there instead, place, words
MISTAKES = [
    # A.1 links that are none
    ("occupancy", LINK, "page:Hcal/Digi occupancy",
     f"{OCC}:26:20: ", "write the target in < >: [text](<page:Hcal/Digi occupancy>)"),
    ("occupancy", LINK, "<page:Hcal/Digi occupancy",
     f"{OCC}:26:21: ", "is not read as a link"),
    ("occupancy", "A < B", "see <page:Nope/Nope nope> A < B",
     f"{OCC}:23:8: ", '"page:Nope/Nope nope" is not read as a link'),
    ("occupancy", "<plot:Hcal/TPTask/trend>", "plot:Hcal/No such",
     f"{OCC}:19:35: ", '"plot:Hcal/No such" is not read as a link'),
    # A.5 steps that tell to call, without a line
    *(("occupancy", STEP, f"1. {words}.", f"{OCC}:35:1: advice: ",
       f'tell to call ("{phrase}")')
      for words, phrase in (
          ("Contact the Hcal expert", "Contact the Hcal expert"),
          ("If bad, tell the shift leader", "tell the shift leader"),
          ("Alert the run coordinator", "Alert the run coordinator"),
          ("Look, then inform the shift leader", "inform the shift leader"),
          ("Page the expert", "Page the expert"),
          ("Get hold of the expert", "Get hold of the expert"),
          ("**Call** the shift leader", "Call the shift leader"),
          ("If so call Hcal", "call Hcal"),
          ("Call 70043", "Call 70043"),
          ("Dial 70099", "Dial 70099"),
          ("Notify hcal-dqm", "Notify hcal-dqm"),
      )),
    # A.6 another role in the words than in the line
    ("occupancy", LINE, LINE.replace("hcal-dqm", "dqm-oncall"),
     f"{OCC}:37:1: advice: ", "the step says Call the Hcal DQM on call, its line"),
    # A.7, A.8, A.9 nothing of that name
    ("Hcal", "needs: {events: 100}", "needs: {subsystem: Hcall}",
     "layouts/Hcal.yaml:4:20: advice: ", 'subsystem "Hcall"; did you mean "Hcal"?'),
    ("references", "subsystem: Hcal", "subsystem: Hcall",
     "layouts/references.yaml:8:16: ", "matches nothing of the subsystem"),
    ("references", "- run_type: collisions\n  file", "- subsystem: Hcall\n  file",
     "layouts/references.yaml:1:14: advice: ", 'did you mean "Hcal"?'),
    ("references", "Hcal/DigiTask/*", "Hcal/Nope/*",
     "layouts/references.yaml:8:16: advice: ", '"Hcal/Nope/*", which matches no plot'),
    ("references", "references/collisions.root", "/etc/passwd",
     "layouts/references.yaml:2:9: ", "is not in the site"),
    ("references", "references/collisions.root", "references/../../x.root",
     "layouts/references.yaml:2:9: ", "is not in the site"),
    ("references", "references/collisions.root", "references/colisions.root",
     "layouts/references.yaml:2:9: ", 'did you mean "references/collisions.root"?'),
    ("collisions", "root", "hello", "layouts/references.yaml:2:9: ", "is no ROOT file"),
    ("collisions", "\x10", "\x11", "layouts/references.yaml:2:9: ",
     "ends early: 16 bytes of 17 are there"),
    ("known", "Hcal/DigiTask/*", "Hcal/DigTask/*",
     "layouts/known.yaml:3:11: advice: ", "matches no plot of the site"),
    # A.11, A.12 settings
    ("site", "experiment: Test", "experiment: T\ncomponents: {a: [Hcal], b: [Hcal]}",
     "layouts/site.yaml:2:25: advice: ", "stands in two of them, a and b"),
    ("site", "experiment: Test", "experiment: T\ncomponents: {a: [Hcal], b: []}",
     "layouts/site.yaml:2:25: advice: ", "b covers no layout"),
    ("site", "[no mode, setup,", "[no mode, stable beams,",
     "layouts/site.yaml:3:37: ", 'a second beam mode "stable beams", the first is in'),
    # A.13, A.14, A.15 advice
    ("occupancy", "owner: hcal-dqm", "owner: dqm-oncall",
     f"{OCC}:7:8: advice: ", "hcal-dqm owns the layout Hcal: is that meant?"),
    ("occupancy", "[collisions, cosmics]", "[cosmics]",
     f"{OCC}:12:14: advice: ", "without an instruction in collisions"),
    ("occupancy", "reviewed_on: 2026-11-20", "reviewed_on: 2026-11-01",
     f"{OCC}:14:14: advice: ", "is before written 2026-11-20: was this version"),
    ("occupancy", "review_due: 2027-05-20", "review_due: 2036-05-20",
     f"{OCC}:15:13: advice: ", "is years after reviewed_on"),
    ("occupancy", "title: Digi occupancy", "title: Digis #1 of x",
     f"{OCC}:3:14: advice: ", 'YAML takes "#1 of x by depth" for a comment'),
    ("occupancy", "- A < B", "<<<<<<< HEAD\n- A < B",
     f"{OCC}:23:1: ", "a conflict marker of git"),
    ("Hcal", "owner: hcal-dqm", "<<<<<<< HEAD\nowner: hcal-dqm",
     "layouts/Hcal.yaml:2:1: ", "a conflict marker of git"),
    # B.3 the right line
    ("Hcal", "        instruction: hcal/occupancy\n      - path: Hcal/TP",
     "        instruction: hcal/ocupancy\n      - path: Hcal/TP",
     "layouts/Hcal.yaml:28:22: ", 'did you mean "hcal/occupancy"?'),
    ("Hcal", "owner: hcal-dqm", "owner: hcal-dmq",
     "layouts/Hcal.yaml:2:8: ", 'no role "hcal-dmq"; did you mean "hcal-dqm"?'),
    ("known", "owner: hcal-dqm", "owner: hcal-dmq",
     "layouts/known.yaml:8:10: ", 'no role "hcal-dmq"'),
    ("references", "chosen_on: 2026-05-01", "chosen_on: 2027-05-01",
     "layouts/references.yaml:4:14: advice: ", "is yet to come"),
    ("occupancy", LINE, LINE.replace("hcal-dqm", "hcal-dmq"),
     f"{OCC}:37:1: ", 'no role "hcal-dmq"'),
    ("site", "experiment: Test", "experiment: T\nrecorded: [here, there]",
     "layouts/site.yaml:2:12: advice: ", 'no folder "here"'),
    # B.4, B.5, B.7, B.8 words
    ("checklists", "- id: start", f"- {EMPTY}\n- id: start",
     "instructions/checklists.yaml:2:7: ", 'id "start", the first is in line 1'),
    ("occupancy", "call in working hours otherwise", "call in work hours otherwise",
     f"{OCC}:37:1: ", 'did you mean "call in working hours"?'),
    ("occupancy", "setup; call in working", "setup, call in working",
     f"{OCC}:37:1: ", 'clauses are separated by ";", not ","'),
    ("checklists", "[Hcal/Digi occupancy]", "[Digi occupancy]",
     "instructions/checklists.yaml:7:15: ", 'did you mean "Hcal/Digi occupancy"?'),
    ("contacts", "Europe/Zurich", "Europe/Zürich",
     "instructions/contacts.yaml:1:11: ", 'did you mean "Europe/Zurich"?'),
    ("occupancy", "  page: Digi", "  pages: Digi",
     f"{OCC}:10:3: ", 'applies_to has no key "pages"; did you mean "page"?'),
    ("occupancy", "## How to judge\n", "",
     f"{OCC}:27:1: ", 'the section "## How to judge" is missing; it belongs here'),
    ("contacts", 'phone: "70010"', 'phone: "call me maybe"',
     "instructions/contacts.yaml:15:12: ", 'not "call me maybe"'),
    ("site", "experiment: Test", "experiment: T\npermissions: {publish: [expert]}",
     "layouts/site.yaml:2:15: ", "write ROLE: [accounts]"),
    ("site", "experiment: Test", "experiment: T\npermissions: {publish: [expert]}",
     "layouts/site.yaml:2:15: ", "trainee, shifter, shift-leader, expert"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "words"), MISTAKES)
def test_each_is_found_at_its_place_in_words(
    tmp_path: Path, name: str, old: str, new: str, place: str, words: str
) -> None:
    found = planted(tmp_path, **{name: (old, new)})
    assert any(each.startswith(place) and words in each for each in found), found
    # nothing else is said of it but what is as true
    assert len(found) <= 2, found


@pytest.mark.parametrize(
    "words",
    [
        "Do not contact the expert",
        "Never call for this",
        "The shift leader decides whom to call",
        "Tell the side of a gap from the map",
        "Compare the page of the shift",
        "Save the page with E and name the shift",
        "See what the experts call drift",
        "Report ring 2, FEDs 800 to 802",
        "Nothing to tell the experts",
        "Put it into contact",
    ],
)
def test_words_that_do_not_tell_to_call_are_left_alone(
    tmp_path: Path, words: str
) -> None:
    assert planted(tmp_path, occupancy=(STEP, f"1. {words}.")) == []


def test_files_that_nothing_reads_are_named(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    here = site / "instructions"
    (here / "checklists.yaml").rename(here / "check-lists.yaml")
    for name in ("contacts.yml", "hcal/timing.md~", "notes.txt", "old.ics"):
        (here / name).write_text("x")
    assert said(site) == [
        f"instructions/{name}: advice: is not read{words} [unread-file]"
        for name, words in (
            ("check-lists.yaml", '; did you mean "checklists.yaml"?'),
            ("contacts.yml", '; did you mean "contacts.yaml"?'),
            ("hcal/timing.md~", ": delete it, or keep it elsewhere"),
            ("notes.txt", ": delete it, or keep it elsewhere"),
            ("old.ics", ": no role of contacts.yaml names this calendar"),
        )
    ]
    (here / "notes").rename(here / "note")
    assert (
        "instructions/note: is not read: notes stand in instructions/notes/ "
        "[misplaced-file]"
    ) in said(site)


def test_many_files_that_nothing_reads_are_summed_up(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    for number in range(30):
        (site / "instructions" / f"{number}.tmp").write_text("x")
    found = said(site)
    assert len(found) == 21
    assert (
        "instructions: advice: 10 more files in it are not read [unread-file]" in found
    )


def released(site: Path) -> None:
    publish(
        site,
        by="A. Expert",
        account="expert",
        why="test",
        confirm=lambda proposal: Consent(proposal.by, proposal.why),
        today=TODAY,
    )


def test_instructions_that_are_gone_after_a_release_are_an_error(
    tmp_path: Path,
) -> None:
    site = make_whole_site(
        tmp_path, site=("experiment: Test\n", f"experiment: T\n{MEN}")
    )
    released(site)
    (site / "instructions").rename(site / "instrucions")
    assert (
        "instructions: release 1 holds 2 instructions, here are none; did you mean "
        '"instrucions"? [instructions-gone]'
    ) in said(site)
    shutil.rmtree(site / "instrucions")
    assert any("was the folder renamed?" in each for each in said(site))


def test_line_ends_alone_want_no_new_version_and_an_old_date_is_advice(
    tmp_path: Path,
) -> None:
    site = make_whole_site(
        tmp_path, site=("experiment: Test\n", f"experiment: T\n{MEN}")
    )
    released(site)
    path = site / OCC
    text = path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert said(site) == []
    path.write_bytes(text.replace(b"\n", b"\r\n").replace(b"0.2 %", b"0.3 %"))
    (found,) = said(site)
    assert found.startswith(f"{OCC}:4:10: changed, but its version is still 2")
    path.write_bytes(text.replace(b"version: 2", b"version: 3"))
    assert said(site) == [
        f"{OCC}:6:10: advice: version 3 has the date of version 2: when was it "
        "written? [old-version-date]"
    ]


def test_beam_modes_that_no_site_names_are_refused_once(tmp_path: Path) -> None:
    modes = "beam_modes: [no mode, setup, stable beams]\n"
    found = planted(tmp_path, site=(modes, ""), occupancy=("in stable", "in stabel"))
    (words,) = found
    assert words.startswith("layouts/site.yaml:1:1: beam_modes is missing: name the ")
    assert '"stable beams" in layouts/Hcal.yaml:16 and 3 more places' in words


def test_a_note_that_supersedes_what_is_about_another_layout(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    layout = "layout: Ecal\npages:\n  - page: P\n    audience: expert\n    plots:\n"
    layout += "      - path: Ecal/a\n        instruction: ecal/a\n"
    (site / "layouts" / "Ecal.yaml").write_text(layout)
    (site / "instructions" / "ecal").mkdir()
    text = FILES["instructions/hcal/timing.md"].replace("hcal/timing", "ecal/a")
    text = text.replace("layout: Hcal", "layout: Ecal").replace("[Experts]", "P")
    (site / "instructions" / "ecal" / "a.md").write_text(text)
    assert said(site) == []
    note = site / "instructions" / "notes" / "boxes.md"
    note.write_text(note.read_text().replace("hcal/occupancy", "ecal/a"))
    assert said(site) == [
        "instructions/notes/boxes.md:9:13: advice: supersedes: ecal/a is about Ecal, "
        "this note about Hcal: is it meant? [supersedes-of-other-layout]"
    ]


def test_an_example_in_a_subsystem_that_no_plot_is_of(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path, Hcal=("{events: 100}", "{subsystem: Hcal}"))
    (site / "layouts" / "Ecal.yaml").write_text(
        "layout: Ecal\npages: [{page: P, audience: expert, plots: [{path: Ecal/a}]}]\n"
    )
    path = site / OCC
    path.write_text(path.read_text().replace("hv-trip:Hcal", "hv-trip:Ecal"))
    assert said(site) == [
        f"{OCC}:30:1: advice: example: hv-trip:Ecal acts on Ecal, and the plots are of "
        "Hcal: nothing will be seen [example-elsewhere]"
    ]


def test_an_example_names_its_subsystem_in_any_case(tmp_path: Path) -> None:
    assert planted(tmp_path, occupancy=("hv-trip:Hcal", "hv-trip:HCAL")) == []


def test_layouts_that_are_not_read_are_named(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    layouts = site / "layouts"
    for folder in ("old", "releases", "pictures", ".git"):
        (layouts / folder).mkdir()
    for name in ("old/Hcal.yaml", "releases/x.yaml", "pictures/a.png", ".git/a.yaml"):
        (layouts / name).write_text("layout: X")
    shutil.copy(layouts / "Hcal.yaml", layouts / "Copy.YAML")
    (layouts / "Other.Yml").write_text("layout: X")
    assert [each for each in said(site) if "releases" not in each] == [
        "layouts/Copy.YAML: is not read: name it .yaml [misplaced-file]",
        "layouts/Other.Yml: is not read: name it .yaml [misplaced-file]",
        "layouts/old: advice: is not read: layouts stand in layouts/, not in folders "
        "there [unread-file]",
    ]


def test_a_calendar_that_is_missing_says_the_nearest(tmp_path: Path) -> None:
    role = ('phone: "70010"', 'phone: "70010"\n    calendar: rotta.ics')
    site = make_whole_site(tmp_path, contacts=role)
    (site / "instructions" / "rota.ics").write_text(EVENT)
    assert said(site)[0].endswith(
        ': the calendar rotta.ics: the file is missing; did you mean "rota.ics"? '
        "[wrong-calendar]"
    )


EVENT = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\n"
    "DTSTAMP:20261101T000000Z\nDTSTART;TZID=Europe/Zurich:20261123T080000\n"
    "DTEND;TZID=Europe/Zurich:20261230T080000\nSUMMARY:A. Expert\nEND:VEVENT\n"
    "END:VCALENDAR\n"
)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("Europe/Zurich", "Mars/Olympus", 7, 'the time zone "Mars/Olympus", which'),
        ("=Europe/Zurich:20261230", "=Europe/Zurich:20261120", 8, "ends before it"),
        ("END:VCALENDAR\n", "", 10, "ends early"),
        ("BEGIN:VCALENDAR", "hello", 1, "is no calendar"),
        ("SUMMARY", "RRULE:FREQ=WEEKLYY\nSUMMARY", 9, "RRULE:FREQ=WEEKLY, or"),
    ],
)
def test_a_calendar_that_is_wrong_is_said_once_in_plain_words(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    role = ('phone: "70010"', 'phone: "70010"\n    calendar: rota.ics')
    site = make_whole_site(tmp_path, contacts=role)
    assert old in EVENT
    (site / "instructions" / "rota.ics").write_text(EVENT.replace(old, new))
    (found,) = said(site)
    assert found.startswith(f"instructions/rota.ics:{line}:1: ")
    assert words in found


def test_a_turn_with_a_phone_needs_no_name(tmp_path: Path) -> None:
    assert (
        planted(tmp_path, contacts=('name: First, phone: "70100"', 'phone: "1"')) == []
    )
