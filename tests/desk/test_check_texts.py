"""What validate says of instructions, notes and contacts."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.instruction_texts import FILES, NOTE, TIMING, make_whole_site

from dqmconsole.app.tables import site_tables
from dqmconsole.desk.check import validate
from dqmconsole.desk.publish import publish
from dqmconsole.model.release import Consent
from dqmconsole.site.ledger import current_number
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.problem import Problem

TODAY = datetime.date(2026, 11, 25)


def check(site: Path, today: datetime.date = TODAY) -> list[Problem]:
    return list(validate(site, today=today, tables=site_tables()))


def said(site: Path, today: datetime.date = TODAY) -> list[str]:
    return [str(each).removeprefix(f"{site}/") for each in check(site, today)]


def test_a_whole_site_has_nothing_to_say(tmp_path: Path) -> None:
    assert said(make_whole_site(tmp_path)) == []


def test_the_bundled_site_has_no_errors_and_every_shift_plot_its_instruction() -> None:
    found = validate(bundled_site(), tables=site_tables())
    assert [str(each) for each in found if each.severity == "error"] == []


# file, text in it, what stands there instead, place of the problem, words
PLANTED = [
    ("Hcal", "    audience: shift\n    instruction: hcal/occupancy\n", "",
     "layouts/Hcal.yaml:27:15: ", 'the shift plot "Hcal/TPTask/trend" has no inst'),
    ("Hcal", "    instruction: hcal/timing\n", "",
     "instructions/hcal/timing.md:2:5: ", 'says "instruction: hcal/timing"'),
    ("occupancy", "Hcal/TPTask/trend]", "Hcal/TPTask/trend, Hcal/Gone/*]",
     "instructions/hcal/occupancy.md:11:64: ", '"Hcal/Gone/*" matches no plot'),
    ("timing", "  page: [Experts]", '  plots: ["Hcal/*"]',
     "instructions/hcal/timing.md:10:10: advice: ", "two instructions for"),
    ("occupancy", "reviewed_on: 2026-11-20", "reviewed_on: 2026-12-01",
     "instructions/hcal/occupancy.md:14:14: ", "yet to come"),
    ("occupancy", "written: 2026-11-20", "written: 2026-12-01",
     "instructions/hcal/occupancy.md:6:10: ", "yet to come"),
    ("occupancy", "review_due: 2027-05-20", "review_due: 2026-11-19",
     "instructions/hcal/occupancy.md:15:13: ", "is before reviewed_on"),
    ("occupancy", "review_due: 2027-05-20", "review_due: 2026-11-24",
     "instructions/hcal/occupancy.md:15:13: advice: ", "hcal-dqm must review it"),
    ("occupancy", "bad hv-trip:Hcal:", "bad hv-tripp:Hcal:",
     "instructions/hcal/occupancy.md:30:1: ", "did you mean 'hv-trip'"),
    ("occupancy", "bad hv-trip:Hcal:", "bad hv-trip:Hcla:",
     "instructions/hcal/occupancy.md:30:1: ", "did you mean 'Hcal'"),
    ("occupancy", "bad hv-trip:Hcal:", "bad client-frozen:Hcal:",
     "instructions/hcal/occupancy.md:30:1: ", "changes no histogram"),
    ("occupancy", "bad hv-trip:Hcal:", "bad lumi-drop:",
     "instructions/hcal/occupancy.md:30:1: ", "lumi-drop is harmless, not bad"),
    ("occupancy", "harmless lumi-drop:", "harmless lumi-drop:Hcal:",
     "instructions/hcal/occupancy.md:31:1: ", "acts on the whole detector"),
    ("boxes", "expires: 2026-12-20", "expires: 2026-11-24",
     "instructions/notes/boxes.md:6:10: advice: ", "expired on 2026-11-24"),
    ("boxes", "expires: 2026-12-20", "expires: 2026-12-01",
     "instructions/notes/boxes.md:6:10: advice: ", "expires on 2026-12-01"),
    ("boxes", "expires: 2026-12-20", "expires: 2026-11-19",
     "instructions/notes/boxes.md:6:10: ", "is before written"),
    ("boxes", "expires: 2026-12-20", "expires: 2027-11-20",
     "instructions/notes/boxes.md:6:10: advice: ", "a note for 365 days"),
    ("boxes", "written: 2026-11-20", "written: 2026-11-26",
     "instructions/notes/boxes.md:5:10: ", "yet to come"),
    ("boxes", "supersedes: hcal/occupancy", "supersedes: hcal/ocupancy",
     "instructions/notes/boxes.md:9:13: ", 'did you mean "hcal/occupancy"'),
    ("boxes", "supersedes: hcal/occupancy", "supersedes: [notes/boxes]",
     "instructions/notes/boxes.md:9:13: ", "a ring: notes/boxes → notes/boxes"),
    ("boxes", "page: Digi occupancy}", "plots: [Hcal/Gone]}",
     "instructions/notes/boxes.md:8:36: ", '"Hcal/Gone" matches no plot'),
    ("occupancy", "[collisions, cosmics]", "[heavy-ions]",
     "instructions/hcal/occupancy.md:12:14: ", "it never holds"),
    ("contacts", 'phone: "70010"', "then: ''",
     "instructions/contacts.yaml:13:3: advice: ", "dqm-oncall has no phone number"),
    ("contacts", "working_hours: Mon-Fri 08:00-18:00", "working_hours: []",
     "instructions/contacts.yaml:1:1: advice: ", "working_hours is missing"),
    ("contacts", "2026-11-27 08:00, until: 2026-12", "2026-11-28 20:00, until: 2026-12",
     "instructions/contacts.yaml:4:3: advice: ",
     "nobody has the turn of hcal-dqm from Fri 27 Nov 08:00 to Sat 28 Nov 20:00"),
    ("contacts", "until: 2026-12-18", "until: 2026-11-30",
     "instructions/contacts.yaml:4:3: advice: ", "from Mon 30 Nov 08:00"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "words"), PLANTED)
def test_each_mistake_is_found_at_its_place(
    tmp_path: Path, name: str, old: str, new: str, place: str, words: str
) -> None:
    found = said(make_whole_site(tmp_path, **{name: (old, new)}))
    assert any(each.startswith(place) and words in each for each in found), found


def test_all_mistakes_at_once_are_all_found(tmp_path: Path) -> None:
    """One site with many mistakes in each file: none hides another."""
    site = make_whole_site(tmp_path)
    texts = dict(FILES)
    used: set[tuple[str, str]] = set()
    expected = []
    for name, old, new, place, words in PLANTED:
        file = next(each for each in texts if each.split("/")[-1].startswith(name))
        keeps_lines = old.count("\n") == new.count("\n")
        if not keeps_lines or (file, old) in used or old not in texts[file]:
            continue
        # these change what the others find
        if "ring" in words or (name, words) == ("boxes", "yet to come"):
            continue
        used.add((file, old))
        texts[file] = texts[file].replace(old, new, 1)
        expected.append((place, words))
    assert len(expected) > 8
    for file, text in texts.items():
        (site / file).write_text(text, encoding="utf-8")
    found = said(site)
    for place, words in expected:
        assert any(each.startswith(place) and words in each for each in found), (
            place,
            words,
            found,
        )


def test_a_gap_outside_the_hours_of_a_role_is_none(tmp_path: Path) -> None:
    # the role is not to be reached from Friday 20:00 to Saturday 22:00
    old = "2026-11-27 08:00, name: First"
    later = ("2026-11-27 08:00, until: 2026-12", "2026-11-28 22:00, until: 2026-12")
    site = make_whole_site(tmp_path, contacts=later)
    contacts = site / "instructions" / "contacts.yaml"
    contacts.write_text(contacts.read_text().replace(old, old.replace("08:", "20:")))
    text = contacts.read_text()
    assert "2026-11-27 20:00" in text
    assert [each for each in said(site) if "nobody has" in each] == []


def test_contacts_that_are_missing_are_an_error(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    (site / "instructions" / "contacts.yaml").unlink()
    (found,) = said(site)
    assert found.startswith("instructions/contacts.yaml: the file is missing")


def note(site: Path, name: str, supersedes: str) -> None:
    text = NOTE.replace("notes/boxes", f"notes/{name}")
    text = text.replace("supersedes: hcal/occupancy", f"supersedes: {supersedes}")
    (site / "instructions" / "notes" / f"{name}.md").write_text(text)


def test_two_notes_that_supersede_the_same_contradict_each_other(
    tmp_path: Path,
) -> None:
    site = make_whole_site(tmp_path)
    note(site, "other", "[hcal/timing, hcal/occupancy]")
    (found,) = said(site)
    assert found.startswith("instructions/notes/other.md:9:27: advice: ")
    assert "notes/boxes and notes/other both supersede hcal/occupancy" in found
    # unless one supersedes the other
    note(site, "other", "[hcal/occupancy, notes/boxes]")
    assert said(site) == []
    # or has expired
    note(site, "other", "hcal/occupancy")
    path = site / "instructions" / "notes" / "other.md"
    path.write_text(path.read_text().replace("2026-12-20", "2026-11-23"))
    assert ["both" in each for each in said(site)] == [False]


def test_a_ring_of_notes_is_one_error(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    note(site, "one", "notes/two")
    note(site, "two", "notes/three")
    note(site, "three", "notes/one")
    (found,) = [each for each in check(site) if "ring" in each.message]
    assert found.severity == "error"
    assert "notes/one → notes/two → notes/three → notes/one" in found.message or (
        "notes/one" in found.message
    )


def test_an_instruction_of_another_folder_is_advice(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path, Hcal=("hcal/timing", "hcl/timing"))
    (site / "instructions" / "hcl").mkdir()
    (site / "instructions" / "hcal" / "timing.md").unlink()
    text = TIMING.replace("hcal/timing", "hcl/timing")
    (site / "instructions" / "hcl" / "timing.md").write_text(text)
    found = [each for each in said(site) if "advice" in each]
    assert found == [
        "instructions/hcl/timing.md:9:11: advice: an instruction for hcal stands in "
        "the folder hcal/, not hcl/ [wrong-folder]"
    ]


def published(site: Path) -> None:
    publish(
        site,
        by="A. Expert",
        account="expert",
        why="test",
        confirm=lambda proposal: Consent(proposal.by, proposal.why),
        today=TODAY,
    )
    assert current_number(site) == 1


def test_versions_are_compared_with_the_release_in_force(tmp_path: Path) -> None:
    site = make_whole_site(
        tmp_path,
        site=("experiment: Test", "experiment: T\npermissions: {expert: [expert]}"),
    )
    published(site)
    assert said(site) == []
    path = site / "instructions" / "hcal" / "occupancy.md"
    text = path.read_text()
    path.write_text(text.replace("0.2 %", "0.3 %"))
    (found,) = said(site)
    assert found.startswith("instructions/hcal/occupancy.md:4:10: ")
    text = text.replace("written: 2026-11-20", "written: 2026-11-21")
    text = text.replace("reviewed_on: 2026-11-20", "reviewed_on: 2026-11-21")
    path.write_text(text.replace("0.2 %", "0.3 %").replace("version: 2", "version: 3"))
    assert said(site) == []
    path.write_text(text.replace("version: 2", "version: 1"))
    (found,) = said(site)
    assert found.startswith("instructions/hcal/occupancy.md:4:10: ")
    (site / "layouts" / "releases" / "CURRENT").write_text("nonsense")
    (found,) = said(site)
    assert found.startswith("layouts/releases: the ledger cannot be read")
