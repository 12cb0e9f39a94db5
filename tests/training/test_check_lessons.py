"""What validate says of lessons and the exam."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner
from support.lesson_texts import EXAM, RECTANGLE, make_lesson_site
from training.test_import_evidence import written_bundle

from dqmconsole.app.commands.validate import validate_command
from dqmconsole.desk.check import validate
from dqmconsole.desk.publish import PublishRefused, in_force, publish
from dqmconsole.model.release import Consent
from dqmconsole.site.ledger import current_number, manifests, release_folder
from dqmconsole.site.site import bundled_site, read_site
from dqmconsole.site.staging import survey
from dqmconsole.training.files.kind import TABLES
from dqmconsole.training.files.measured_on import stamps
from dqmconsole.training.lesson import MeasuredRow, teaching
from dqmconsole.training.measured import measured_text

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
RECT = "instructions/lessons/rectangle"
TEST = "instructions/lessons/exam"
RUN = '{seed: 5, causes: ["fed-lost:Hcal@6"], ahead: 14, speed: 10, run_length: 20}'
MEN = ("experiment: Test", "experiment: Test\npermissions: {expert: [expert]}")


def said(site: Path) -> list[str]:
    found = validate(site, today=TODAY, tables=TABLES)
    return [str(each).removeprefix(f"{site}/") for each in found]


def test_a_whole_course_has_nothing_to_say(tmp_path: Path) -> None:
    assert said(make_lesson_site(tmp_path)) == []


def test_in_a_newer_format_no_lesson_is_read(tmp_path: Path) -> None:
    newer = ("experiment: Test", "experiment: Test\nformat: 99")
    (problem,) = said(make_lesson_site(tmp_path, site=newer))
    assert "format" in problem


def test_the_bundled_course_has_no_errors() -> None:
    found = validate(bundled_site(), tables=TABLES)
    assert [str(each) for each in found if each.severity == "error"] == []


# file, text in it, what stands there instead, place, words
PLANTED = [
    # what the reading of the site says is said here too
    ("rectangle.yaml", "covers: [hcal/occupancy, Hcal]", "covers: [Hcall]",
     f"{RECT}.yaml:9:10: ", 'did you mean "Hcal"'),
    ("rectangle.yaml", "causes: [fed-lost]", "causes: [hv-trip]",
     f"{RECT}.yaml:30:45: ", "hv-trip is not in the lesson's run"),
    ("rectangle.md", "## see", "## sea",
     f"{RECT}.md:1:1: ", 'did you mean "see"'),
    ("exam.yaml", "cause: lumi-drop", "cause: lumi-drpo",
     f"{TEST}.yaml:7:43: ", "did you mean 'lumi-drop'"),
    # what makes no sense
    ("rectangle.yaml", "written: 2026-11-20", "written: 2026-12-01",
     f"{RECT}.yaml:5:10: ", "yet to come"),
    ("rectangle.yaml", "covers: [hcal/occupancy, Hcal]\n", "",
     f"{RECT}.yaml:1:1: advice: ", "it covers nothing"),
    ("first.yaml", "number: 1", "number: 7",
     f"{RECT}.yaml:8:12: advice: ", '"first" is lesson 7, and comes later'),
    ("rectangle.yaml", "fed-lost:Hcal@6", "fed-lost:Hcal@900",
     f"{RECT}.yaml:10:25: advice: ", "begins in lumisection 900; after 6 minutes"),
    ("first.md", "Look around.", "Look around.\n\n### Hint\n\nThere.",
     "instructions/lessons/first.md:1:1: advice: ", "nobody waits for the hints"),
    ("rectangle.yaml", "lumisection: 18", "lumisection: 14",
     f"{RECT}.yaml:37:49: advice: ", "lumisection 14 is over when the lesson begins"),
    ("rectangle.yaml", "lumisection: 18", "lumisection: 900",
     f"{RECT}.yaml:37:49: advice: ", "900 comes late: after 6 minutes the run is at"),
    ("rectangle.yaml", "first: [1, 9]", "first: [5, 9]",
     f"{RECT}.yaml:33:", "and the console proposes the flag from 1"),
    ("rectangle.yaml", ", first: [1, 9], causes: [readout]}}}", "}}}",
     f"{RECT}.yaml:33:42: advice: ", "a BAD flag without its cause passes"),
    ("rectangle.yaml", ", first: [1, 9], causes: [readout]}}}", "}}}",
     f"{RECT}.yaml:33:42: advice: ", "a flag from any lumisection passes; it is bad"),
    ("rectangle.yaml", "first: [1, 9]", "first: [1, 12]",
     f"{RECT}.yaml:33:", "bad from lumisection 6 on, and 1 to 12 is not within 5"),
    ("rectangle.yaml", "first: [1, 9]", "first: [7, 9]",
     f"{RECT}.yaml:33:", "bad from lumisection 6 on, and 7 to 9 is not within 5"),
    ("rectangle.yaml", "fed-lost:Hcal@6", "fed-lost:Hcal@6-12",
     f"{RECT}.yaml:33:42: advice: ", "to the run's end passes; it is over after 12"),
    ("rectangle.yaml", "settled: true, runs: 2, flag: {component: hcal, status: BAD, "
     "first: [1, 9], causes: [readout]}", "settled: true, runs: 2",
     f"{RECT}.yaml:38:47: advice: ", "whatever flags are in force then are signed off"),
    ("rectangle.yaml", 'entry: {plot: "Hcal/*"}', "entry: {plot: Hcal/RawTask/*}",
     f"{RECT}.yaml:36:52: advice: ", "on pages for experts only"),
    ("rectangle.yaml", "urgency: call now", "urgency: nobody",
     f"{RECT}.yaml:30:79: advice: ", "nobody is told: is that meant?"),
    ("rectangle.yaml", "verdict: bad, causes: [fed-lost]", "verdict: good",
     f"{RECT}.yaml:30:60: advice: ", "nothing is wrong, and call now"),
    ("rectangle.yaml", "fed-lost:Hcal@6", "lumi-drop@6\", \"board-dead:Hcal@6",
     f"{RECT}.yaml:30:45: ", "which has board-dead, lumi-drop"),
    # the exam
    ("exam.yaml", "cause: lumi-drop", "cause: tests-stopped",
     f"{TEST}.yaml:7:43: ", "shows on no plot: it is for lessons"),
    ("exam.yaml", "  - {pages: [Hcal/Digi occupancy], cause: lumi-drop}\n", "",
     f"{TEST}.yaml:4:3: advice: ", "no harmless event is in it"),
    ("exam.yaml", "[Hcal/Digi occupancy], cause: lumi", "[Hcal/Experts], cause: lumi",
     f"{TEST}.yaml:7:14: advice: ", 'no fault is ever shown on "Hcal/Experts"'),
    ("exam.yaml", "minutes: 20", "least_faults: 100",
     f"{TEST}.yaml:2:1: advice: ", '"least_faults" is no longer used'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "words"), PLANTED)
def test_each_mistake_is_found_at_its_place(
    tmp_path: Path, name: str, old: str, new: str, place: str, words: str
) -> None:
    found = said(make_lesson_site(tmp_path, (name, old, new)))
    assert any(each.startswith(place) and words in each for each in found), found


def test_a_broken_lesson_is_checked_all_the_same(tmp_path: Path) -> None:
    """One mistake of form hides none of sense."""
    changes = (
        ("rectangle.yaml", "number: 2", "number: x"),
        ("rectangle.yaml", "causes: [fed-lost]", "causes: [hv-tripp]"),
        ("rectangle.yaml", "lumisection: 18", "lumisection: 14"),
        ("rectangle.md", "## see", "## sea"),
    )
    found = said(make_lesson_site(tmp_path, *changes))
    for place in (":1:9: number", ":30:45: causes", ":37:49: advice", ".md:1:1: the"):
        assert any(place in each for each in found), (place, found)


def test_a_flag_of_what_no_fault_touches_is_advice(tmp_path: Path) -> None:
    site = make_lesson_site(
        tmp_path,
        site=("experiment: Test", "experiment: Test\ncomponents: {hcal: [], info: []}"),
    )
    found = [each for each in said(site) if RECT in each]
    assert found == [
        f"{RECT}.yaml:{place}: advice: the faults of the run act on Hcal: is hcal BAD? "
        "[lesson-advice]"
        for place in ("33:54", "38:80")  # flagged, and signed off
    ]


def test_a_call_that_no_instruction_names_is_advice(tmp_path: Path) -> None:
    change = ("rectangle.yaml", "call: hcal-dqm", "call: porter")
    site = make_lesson_site(
        tmp_path,
        change,
        contacts=("roles:\n", "roles:\n  porter: {title: P, phone: '1'}\n"),
    )
    (found,) = said(site)
    assert found == (
        f"{RECT}.yaml:32:59: advice: no instruction of this lesson names porter: who "
        "could know? [lesson-advice]"
    )


def test_a_lesson_that_calls_otherwise_than_the_instruction_is_advice(
    tmp_path: Path,
) -> None:
    change = ("rectangle.yaml", "urgency: call now", "urgency: write only")
    (found,) = said(make_lesson_site(tmp_path, change))
    assert found.startswith(f"{RECT}.yaml:30:")
    assert "advice: urgency: write only: of fed-lost, step 2 of" in found
    assert '"hcal/occupancy" says call now [lesson-advice]' in found


def test_an_evidence_bundle_must_be_one(tmp_path: Path) -> None:
    site = make_lesson_site(
        tmp_path,
        ("exam.yaml", "cause: lumi-drop", "evidence: kept.dqmevidence, truth: good"),
        ("first.yaml", "minutes: 3", "minutes: 3\nrun: {evidence: kept.dqmevidence}"),
    )
    (site / "instructions" / "lessons" / "kept.dqmevidence").write_bytes(b"nonsense")
    found = said(site)
    for place in (f"{TEST}.yaml:7:46: ", "instructions/lessons/first.yaml:7:17: "):
        words = f"{place}evidence: no evidence bundle"
        assert any(each.startswith(words) for each in found), found


def test_an_evidence_bundle_must_show_what_is_named(tmp_path: Path) -> None:
    look = "point: page Hcal/Experts, done: {page: Hcal/Digi occupancy}"
    site = make_lesson_site(
        tmp_path / "site",
        ("exam.yaml", "cause: lumi-drop", "evidence: kept.dqmevidence, truth: good"),
        ("first.yaml", "minutes: 3", "minutes: 3\nrun: {evidence: kept.dqmevidence}"),
        ("first.yaml", "title: Look}", f"title: Look, {look}}}"),
    )
    written_bundle(site / "instructions" / "lessons" / "kept.dqmevidence")
    found = said(site)
    assert not any(each.startswith(TEST) and "does not show" in each for each in found)
    errors = [each for each in found if each.endswith("[lesson]")]
    assert [each for each in errors if "first.yaml" in each] == [
        "instructions/lessons/first.yaml:11:36: the evidence bundle does not show the "
        'page "Hcal/Experts" [lesson]'
    ]


def test_the_command_prints_the_schemas() -> None:
    for what in ("lesson", "exam"):
        found = CliRunner().invoke(validate_command, ["--schema", what])
        assert (found.exit_code, f"dqmconsole {what}" in found.stdout) == (0, True)


def published(site: Path) -> None:
    number = current_number(site) if (site / "layouts" / "releases").exists() else 0
    publish(
        site, by="A. Expert", account="expert", why="test",
        confirm=lambda proposal: Consent(proposal.by, proposal.why), today=TODAY,
        tables=TABLES,
    )  # fmt: skip
    assert current_number(site) == number + 1


def test_a_release_holds_the_lessons_and_says_what_changed(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    bundle = site / "instructions" / "lessons" / "kept.dqmevidence"
    bundle.write_bytes(b"PK")
    published(site)
    first = manifests(site)[-1]
    assert first.versions["lessons/rectangle"] == 3
    lessons = [each for each in first.release.changes if each.kind == "lesson"]
    assert [f"{each.name}: {each.sentence}" for each in lessons] == [
        "lessons: published for the first time: 2 lessons: First steps, An empty "
        "rectangle",
        "exam: published for the first time: 120 items in 20 min",
    ]
    old = release_folder(site, 1)
    assert (old / "instructions" / "lessons" / "kept.dqmevidence").is_file()
    assert read_site(old, TABLES).parts == read_site(site, TABLES).parts
    # changed under the same version
    path = site / f"{RECT}.md"
    path.write_text(path.read_text().replace("Press r.", "Press the key r."))
    (problem,) = said(site)
    assert problem == (
        f"{RECT}.yaml:3:10: changed, but its version is still 3, which release 1 "
        "published: raise it [same-version]"
    )
    with pytest.raises(PublishRefused):
        published(site)
    yaml = site / f"{RECT}.yaml"
    text = yaml.read_text()
    yaml.write_text(text.replace("version: 3", "version: 2"))
    assert "its version goes back from 3, in release 1, to 2" in said(site)[0]
    yaml.write_text(text.replace("version: 3", "version: 4"))
    assert "version 4 has the date of version 3" in said(site)[0]
    yaml.write_text(text.replace("version: 3", "version: 4").replace("11-20", "11-21"))
    (site / f"{TEST}.yaml").write_text(EXAM.replace("minutes: 20", "minutes: 15"))
    bundle.write_bytes(b"PK2")
    assert said(site) == []
    published(site)
    changes = manifests(site)[-1].release.changes
    assert [f"{each.kind} {each.name}: {each.sentence}" for each in changes] == [
        'lesson rectangle: version 3 → 4; step compare: text: "Press r." → "Press the '
        'key r."; written: "2026-11-20" → "2026-11-21"',
        "lesson exam: minutes: 20.0 → 15.0",
    ]


def test_a_release_holds_the_measured_bank(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    page = "Hcal/Digi occupancy"
    rows = [MeasuredRow(page, "collisions", "fault", "fed-lost:Hcal*2#0", 3, 12, 9.0)]
    (site / "instructions/lessons/measured.tsv").write_text(measured_text(rows))
    published(site)
    exam = teaching(in_force(site, TABLES)).exam
    assert exam is not None
    assert exam.measured == tuple(rows)
    # a bank that is measured again is a change
    rows.append(MeasuredRow(page, "collisions", "nothing", trials=12))
    (site / "instructions/lessons/measured.tsv").write_text(measured_text(rows))
    published(site)
    changes = manifests(site)[-1].release.changes
    assert [each.sentence for each in changes] == ["2 measured rows, not as before"]


def test_a_measured_bank_that_is_broken_is_named_with_its_line(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    path = site / "instructions/lessons/measured.tsv"
    path.write_text(measured_text([]) + "Hcal/Digi occupancy\tcosmic\n")
    assert any("measured.tsv:2:1: it has 2 columns" in e for e in said(site))
    path.write_bytes(b"\xff\xfe")
    assert any("measured.tsv: is no text" in each for each in said(site))
    exam = teaching(read_site(site, TABLES)).exam
    assert exam is not None
    assert exam.measured_unread


def test_a_page_of_which_no_fault_is_in_the_exam_is_said_where_it_is_written(
    tmp_path: Path,
) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    page, why = "Hcal/Digi occupancy", "it can hardly be seen"
    row = MeasuredRow(page, "collisions", "fault", "fed-lost:Hcal*2#0", 3, 12, 0.5)
    out = msgspec.structs.replace(row, cause="fed-lost:Hcal*1#0", out=why)
    path = site / "instructions/lessons/measured.tsv"
    path.write_text(measured_text([row, out]))
    assert not any("no fault on" in each for each in said(site))
    path.write_text(measured_text([msgspec.structs.replace(row, out=why), out]))
    (words,) = [each for each in said(site) if "no fault on" in each]
    assert f"exam.yaml:4:14: advice: no fault on {page} is in an exam: {why}" in words


def test_an_exam_of_heavy_ions_that_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    page = "Hcal/Digi occupancy"
    rows = [MeasuredRow(page, "heavy-ions", "fault", "fed-lost:Hcal*2#0", 3, 12, 60.0)]
    (site / "instructions/lessons/measured.tsv").write_text(measured_text(rows))
    assert any("no exam of heavy-ions" in each for each in said(site))


def test_a_bank_that_was_measured_on_something_else_is_said(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    path = site / "instructions/lessons/measured.tsv"
    page = "Hcal/Digi occupancy"
    row = MeasuredRow(page, "collisions", "fault", "fed-lost:Hcal*2#0", 3, 12, 9.0)
    again = "dqmconsole training measure --again"

    def of_the_bank() -> list[str]:
        return [each for each in said(site) if "measured.tsv" in each]

    # as files were written before there were stamps
    lines = measured_text([row]).splitlines()
    path.write_text("".join(each.rpartition("\t")[0] + "\n" for each in lines))
    (words,) = of_the_bank()
    assert (
        "measured.tsv:1:1: advice: it is not noted on what 1 of the bank's 1 page was"
        in words
    )
    assert "[lesson-advice]" in words
    assert again in words
    read = read_site(site, TABLES)
    matter = teaching(read).matter
    now = stamps(site, read, matter)
    stamped = msgspec.structs.replace(row, of=now[row.measured_page])
    path.write_text(measured_text([stamped]))
    assert of_the_bank() == []
    path.write_text(measured_text([msgspec.structs.replace(row, of="0123456789ab")]))
    (words,) = of_the_bank()
    assert "1 of the bank's 1 page was measured on another simulation" in words
    assert again in words


def test_rows_of_pages_that_are_gone_are_said(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    rows = [MeasuredRow("Hcal/Gone", "collisions", "nothing", trials=12)]
    (site / "instructions/lessons/measured.tsv").write_text(measured_text(rows))
    assert any("1 measured row of pages that are not in it" in e for e in said(site))
    exam = teaching(read_site(site, TABLES)).exam
    assert exam is not None
    assert exam.measured == ()


def test_line_ends_are_no_change(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    published(site)
    for path in (site / f"{RECT}.md", site / f"{RECT}.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert said(site) == []


def test_bundles_alone_are_a_change_too(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path, site=MEN)
    bundle = site / "instructions" / "lessons" / "kept.dqmevidence"
    bundle.write_bytes(b"PK")
    assert f"{bundle.relative_to(site)}" in survey(site)
    published(site)
    bundle.write_bytes(b"PK2")
    published(site)
    (change,) = manifests(site)[-1].release.changes
    assert (change.kind, change.sentence) == ("lesson", "the file has other content")
    assert RECTANGLE in (site / f"{RECT}.yaml").read_text()


@pytest.mark.parametrize(
    ("plot", "told"), [(", plot: Hcal/DigiTask/Occupancy/depth1", False), ("", True)]
)
def test_what_the_shift_before_called_about_is_rightly_told_to_nobody(
    tmp_path: Path, plot: str, *, told: bool
) -> None:
    quiet = ("rectangle.yaml", "urgency: call now", "urgency: nobody")
    problem = f"{{what: a hole, called: hcal-dqm, awaits: a reset{plot}}}"
    handed = f"hand_over: {{who: Maja, open: [{problem}]}}\nsteps:"
    made = make_lesson_site(tmp_path, quiet, ("rectangle.yaml", "steps:", handed))
    assert any("nobody is told" in each for each in said(made)) is told
