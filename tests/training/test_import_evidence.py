"""From a bundle to an item of the exam or a lesson: what it writes, what it refuses."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import yaml
from support.bundles import write_bundle
from support.instruction_texts import make_whole_site

from dqmconsole.desk.check import validate
from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.site.bundle import FORMAT
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest
from dqmconsole.site.site import read_site
from dqmconsole.training.files.import_evidence import EvidenceError, take
from dqmconsole.training.files.kind import TABLES
from dqmconsole.training.files.lessons import read_lesson
from dqmconsole.training.lesson import FindingGoal, ItemSource, teaching

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 26)
OCC = "Hcal/DigiTask/Occupancy/depth1"
PAGE = "Hcal/Digi occupancy"
EXAM = """\
# the exam of this site
items: 40  # fewer than usual
matter:
  - {pages: [Hcal/Digi occupancy], cause: "fed-lost:Hcal"}   # easy
"""


def written_bundle(
    path: Path,
    title: str = "A hole: HB",
    words: str = "a hole",
    plots: tuple[str, ...] = (OCC,),
    **run: str,
) -> Path:
    data = Histogram(
        "occ", "occ", "TH1F", (Axis(3, 0.0, 3.0),), np.arange(5.0), entries=6.0
    )
    layout, page = PAGE.split("/")
    keys = tuple(plot_key(layout, page, each) for each in plots)
    verdict = Verdict(Status.BAD, "a hole")
    kept = tuple(
        KeptPlot(Tile(key, path_, 7, 1, verdict, picture=Picture(data)), "overlay")
        for key, path_ in zip(keys, plots, strict=True)
    )
    shown = Page(page, tuple(Plot(each) for each in plots))
    site = Site("", "one", SiteSettings("T"), (Layout(layout, (shown,)),))
    manifest = Manifest(
        format=FORMAT,
        program="0.2",
        title=title,
        words=words,
        by="Ann",
        made_at=1.8e9,
        keys=keys,
        run=RunInfo(7, conditions=msgspec.convert(run, Conditions)),
    )
    write_bundle(path, Bundle(manifest, kept, site))
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_whole_site(tmp_path / "site")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return written_bundle(tmp_path / "any name.dqmevidence")


def files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file()
    }


def test_an_item_is_added_and_the_rest_stays(home: Path, bundle: Path) -> None:
    lessons = home / "instructions" / "lessons"
    lessons.mkdir()
    (lessons / "exam.yaml").write_text(EXAM)
    before = validate(home, tables=TABLES)
    taken = take(home, bundle, "bad", "fed-lost:Hcal", today=TODAY)
    assert taken.evidence.parent == lessons
    assert taken.evidence.name.startswith("a-hole-hb-")
    assert taken.evidence.read_bytes() == bundle.read_bytes()
    text = taken.file.read_text()
    assert text.startswith(EXAM)
    matter = msgspec.convert(yaml.safe_load(text)["matter"], list[ItemSource])
    assert matter[-1] == ItemSource(
        (PAGE,), "fed-lost:Hcal", evidence=taken.evidence.name, truth="bad"
    )
    assert set(taken.problems) <= set(before)


def test_the_first_item_begins_the_file(home: Path, tmp_path: Path) -> None:
    cosmic = written_bundle(tmp_path / "b.dqmevidence", "", run_type="cosmics")
    taken = take(home, cosmic, "good")
    (item,) = yaml.safe_load(taken.file.read_text())["matter"]
    assert item["run_types"] == ["cosmics"]
    assert item["truth"] == "good"
    assert item["evidence"].startswith("evidence-")


def test_the_same_evidence_is_no_second_item(home: Path, bundle: Path) -> None:
    take(home, bundle, "bad")
    before = files(home)
    with pytest.raises(EvidenceError, match="already"):
        take(home, bundle, "good")
    assert files(home) == before


def test_of_several_plots_none_is_pointed_at(home: Path, tmp_path: Path) -> None:
    path = written_bundle(tmp_path / "two.dqmevidence", plots=(OCC, f"{OCC}2"))
    taken = take(home, path, "bad", "fed-lost", "empty-hole", today=TODAY)
    assert f'point: "page {PAGE}"' in taken.file.read_text()


def test_a_lesson_is_begun(home: Path, bundle: Path) -> None:
    taken = take(home, bundle, "bad", "fed-lost", "empty-hole", today=TODAY)
    data, words = (taken.file.read_bytes(),
                   taken.file.with_suffix(".md").read_bytes())  # fmt: skip
    read = read_lesson(data, words, "empty-hole")
    assert read.problems == ()
    lesson = read.value
    assert lesson is not None
    assert lesson.title == "A hole: HB"
    assert lesson.written == "2026-11-26"
    assert lesson.run.evidence == taken.evidence.name
    (step,) = lesson.steps
    assert step.id == "say"
    assert step.point == f"plot {OCC}"
    assert step.done is not None
    assert step.done.finding == FindingGoal("bad", ("fed-lost",))
    assert PAGE in step.text
    assert "> a hole" in lesson.debrief
    assert taken.problems == ()


def test_a_second_step_of_that_lesson(home: Path, bundle: Path) -> None:
    taken = take(home, bundle, "bad", "", "hole", today=TODAY)
    again = take(home, bundle, "bad", "fed-lost", "hole", "name-it", today=TODAY)
    assert again.evidence == taken.evidence
    read = read_lesson(
        taken.file.read_bytes(), taken.file.with_suffix(".md").read_bytes(), "hole"
    )
    assert read.value is not None
    assert [each.id for each in read.value.steps] == ["say", "name-it"]
    assert "> a hole" in read.value.debrief
    with pytest.raises(EvidenceError, match="another --step"):
        take(home, bundle, "bad", "", "hole", "name-it")


def test_a_lesson_of_other_evidence_is_left_alone(
    home: Path, bundle: Path, tmp_path: Path
) -> None:
    take(home, bundle, "bad", "", "hole")
    other = written_bundle(tmp_path / "c.dqmevidence", "Another")
    before = files(home)
    with pytest.raises(EvidenceError, match="lesson of its own"):
        take(home, other, "bad", "", "hole", "more")
    assert files(home) == before


def test_lessons_are_numbered_on(home: Path, bundle: Path, tmp_path: Path) -> None:
    take(home, bundle, "bad", "", "hole")
    other = written_bundle(tmp_path / "c.dqmevidence", "Another")
    taken = take(home, other, "good", "", "no-hole")
    assert yaml.safe_load(taken.file.read_text())["number"] == 2


def test_hostile_words_stay_words(home: Path, tmp_path: Path) -> None:
    evil = written_bundle(
        tmp_path / "e.dqmevidence",
        'x"\n  - {evil: "yes"} # \u202e',
        "## say\n\n### Hint\n\n<script>",
    )
    taken = take(home, evil, "bad", "", "evil")
    found = yaml.safe_load(taken.file.read_text())
    assert found["title"] == 'x" - {evil: "yes"} #'
    assert len(found["steps"]) == 1
    said = taken.file.with_suffix(".md").read_text()
    assert [line for line in said.splitlines() if line.startswith("#")] == [
        "## say",
        "## debrief",
    ]


@pytest.mark.parametrize(
    ("truth", "cause", "lesson", "step", "words"),
    [
        ("bad", "fed-lots", "", "", 'did you mean "fed-lost"'),
        ("bad", "hv-on", "", "", "harmless"),
        ("good", "fed-lost", "", "", "a fault"),
        ("bad", "", "", "say", "which lesson"),
        ("bad", "", "../evil", "", "no id"),
        ("bad", "", "Hole", "", "no id"),
        ("bad", "", "exam", "", "exam's file"),
    ],
)
def test_wrong_names_change_nothing(
    home: Path, bundle: Path, truth: str, cause: str, lesson: str, step: str, words: str
) -> None:
    before = files(home)
    with pytest.raises(EvidenceError, match=words):
        take(home, bundle, truth, cause, lesson, step)  # type: ignore[arg-type]
    assert files(home) == before


def test_what_is_no_bundle_changes_nothing(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.dqmevidence"
    path.write_bytes(b"nothing")
    before = files(home)
    with pytest.raises(EvidenceError, match="no evidence bundle"):
        take(home, path, "bad")
    assert files(home) == before


def test_an_exam_that_is_no_yaml_changes_nothing(home: Path, bundle: Path) -> None:
    lessons = home / "instructions" / "lessons"
    lessons.mkdir()
    (lessons / "exam.yaml").write_text("matter: [\n")
    before = files(home)
    with pytest.raises(EvidenceError, match=r"exam\.yaml: line"):
        take(home, bundle, "bad")
    assert files(home) == before


def test_no_site_is_refused_in_the_words_of_publish(
    tmp_path: Path, bundle: Path
) -> None:
    with pytest.raises(EvidenceError, match="is no site"):
        take(tmp_path, bundle, "bad")


def test_a_folder_that_cannot_be_written(
    home: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, before, access = home / "instructions", files(home), os.access

    def may(path: Path, mode: int) -> bool:  # root may write whatever a folder's mode
        return path != closed and access(path, mode)

    monkeypatch.setattr(os, "access", may)
    with pytest.raises(EvidenceError, match="instructions cannot be written by this"):
        take(home, bundle, "bad")
    assert files(home) == before


def test_a_page_the_site_does_not_have_is_told(home: Path, bundle: Path) -> None:
    layout = home / "layouts" / "Hcal.yaml"
    layout.write_text(layout.read_text().replace("Digi occupancy", "Digis"))
    taken = take(home, bundle, "bad")
    assert any("Digi occupancy" in each.message for each in taken.problems)


def test_evidence_of_another_experiment_has_the_causes_of_its_own_site(
    tmp_path: Path,
) -> None:
    home = make_whole_site(
        tmp_path / "site",
        site=("experiment: ", "causes: [pump-stopped]\nexperiment: "),
        occupancy=(
            "   call hcal-dqm: call now",
            "   for: pump-stopped, fed-lost\n   call hcal-dqm: call now",
        ),
    )
    spills = written_bundle(tmp_path / "b.dqmevidence", "Spills", run_type="spills")
    item = take(home, spills, "bad", "pump-stopped", today=TODAY)
    lesson = take(home, spills, "bad", "dead-block", "first", today=TODAY)
    wrong = [e for e in (*item.problems, *lesson.problems) if e.severity == "error"]
    assert wrong == []
    (found,) = yaml.safe_load(item.file.read_text())["matter"]
    assert "run_types" not in found  # its own kind of run, which no exam is of

    site = read_site(home, tables=TABLES)
    offered = [each.name for each in teaching(site).causes]
    assert offered == [*INJECTIONS, "pump-stopped", "fed-lost"]
    with pytest.raises(EvidenceError, match='did you mean "pump-stopped"'):
        take(home, spills, "bad", "pump-stoped", "second")
