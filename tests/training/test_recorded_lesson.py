"""From a recording to a lesson of the site: written, read again, played to its end."""

from __future__ import annotations

import datetime
import glob
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.lesson_texts import make_lesson_site
from support.trainees import Sight

from dqmconsole.model.layout import Layout, plot_key
from dqmconsole.model.record import Call, Entry, Flag, HandOver, ShiftBegan, Tick
from dqmconsole.site.site import read_site
from dqmconsole.training.files.import_evidence import EvidenceError
from dqmconsole.training.files.lessons import read_lesson
from dqmconsole.training.files.recorded_lesson import (
    check_recording,
    with_all_plots,
    write_lesson,
)
from dqmconsole.training.lesson import LessonRun
from dqmconsole.training.lesson_draft import STAYED
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import Finding
from dqmconsole.training.tutor import Tutor

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.training.facts import Facts
    from dqmconsole.training.lesson import Lesson

TODAY = datetime.date(2026, 11, 26)
PAGE = "Hcal/Digi occupancy"
PATH = "Hcal/DigiTask/Occupancy/depth1"
KEY = plot_key("Hcal", "Digi occupancy", PATH)
RUN = LessonRun(seed=5, causes=("fed-lost:Hcal@20",))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_lesson_site(tmp_path / "site")


def a_shift(sight: Sight) -> list[Facts]:
    """Everything that can be recorded, look by look."""
    return [
        sight.wrote(ShiftBegan()),
        sight.shows(page=PAGE, plot="Hcal/first"),
        sight.shows(now=sight.facts.now + STAYED + 1),
        sight.shows(plot="Hcal/other"),
        sight.shows(now=sight.facts.now + STAYED + 1),
        sight.shows(plot=PATH),
        sight.wrote(Finding("bad", KEY, "fed-lost", "call now", 25)),
        sight.shows(read=frozenset({"hcal/digi-occupancy"})),
        sight.wrote(Tick("hcal/digi-occupancy", 3, 0, KEY)),
        sight.wrote(Call("hcal-oncall")),
        sight.wrote(Entry("A hole", plots=(KEY,), evidence="e1")),
        sight.wrote(Flag("BAD", 20, cause="readout"), subsystem="hcal", run=7),
        sight.wrote(HandOver("Night", "All is said.")),
    ]


def recorded(
    looks: list[Facts], name: str = "my-hole", run: LessonRun = RUN
) -> Recording:
    recording = Recording(name, run)
    for facts in looks:
        recording.look(facts)
    return recording


def lesson_of(file: Path) -> Lesson:
    words = file.with_suffix(".md").read_bytes()
    read = read_lesson(file.read_bytes(), words, file.stem)
    assert read.problems == ()
    assert read.value is not None
    return read.value


def test_what_is_written_is_read_again_and_played_to_its_end(home: Path) -> None:
    recording = recorded(looks := a_shift(Sight()))
    written = write_lesson(home, recording, "Ann", TODAY)
    assert written.file == home / "instructions" / "lessons" / "my-hole.yaml"
    lesson = lesson_of(written.file)
    assert [each.id for each in lesson.steps] == [
        "begin", "open", "look", "say", "read", "tick", "call", "write", "flag",
        "hand-over",
    ]  # fmt: skip
    assert [each.done for each in lesson.steps] == [e.done for e in recording.steps]
    assert [each.text for each in lesson.steps] == [e.text for e in recording.steps]
    assert (lesson.run, lesson.author, lesson.written) == (RUN, "Ann", "2026-11-26")
    assert (lesson.number, lesson.title, lesson.minutes) == (3, "My hole", 1)
    assert set(lesson.covers) >= {"Hcal", "hcal/digi-occupancy"}
    assert "fed lost" in lesson.debrief
    tutor = Tutor(lesson, 0.0)
    for facts in looks[:-1]:
        while tutor.look(facts).can_go_on:
            tutor.go_on()
        assert not tutor.is_over
    tutor.look(looks[-1])
    assert tutor.is_over


def test_the_steps_are_not_done_by_somebody_who_does_nothing(home: Path) -> None:
    written = write_lesson(home, recorded(a_shift(Sight())), "Ann", TODAY)
    tutor = Tutor(lesson_of(written.file), 0.0)
    assert not any(tutor.look(Sight().facts).done)


def test_a_recording_that_breaks_off_has_what_was_done_until_then(home: Path) -> None:
    recording = recorded((looks := a_shift(Sight()))[:7])
    recording.leave()
    for facts in looks[7:]:
        recording.look(facts)
    lesson = lesson_of(write_lesson(home, recording, "Ann", TODAY).file)
    assert [each.id for each in lesson.steps] == ["begin", "open", "look", "say"]


def test_a_lesson_that_is_there_is_never_overwritten(home: Path) -> None:
    folder = home / "instructions" / "lessons"
    before = (folder / "first.yaml").read_bytes()
    with pytest.raises(EvidenceError, match=r"first\.yaml is there already"):
        check_recording(home, "first", ())
    # somebody else wrote it while it was recorded
    written = write_lesson(home, recorded(a_shift(Sight()), "first"), "Ann", TODAY)
    assert written.file == folder / "first-2.yaml"
    assert (folder / "first.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "causes", "words"),
    [
        ("My Hole", (), "is no id"),
        ("exam", (), "is the exam's file"),
        ("observed-shifts", (), "it is no lesson"),
        ("hole", ("fed-lots:Hcal@6",), "fed-lost"),
        ("hole", ("fed-lost:Hcla",), "Hcal"),
    ],
)
def test_what_cannot_be_recorded_is_said_at_once(
    home: Path, name: str, causes: tuple[str, ...], words: str
) -> None:
    with pytest.raises(EvidenceError, match=words):
        check_recording(home, name, causes)


def test_a_lesson_in_which_nobody_says_anything_is_said_where_it_is(home: Path) -> None:
    sight = Sight()
    looks = [
        sight.shows(page=PAGE),
        sight.shows(now=sight.facts.now + STAYED + 1),
    ]
    written = write_lesson(home, recorded(looks), "Ann", TODAY)
    (said,) = [each for each in written.problems if "nobody has to say" in str(each)]
    assert (said.file, said.line, said.severity) == (str(written.file), 11, "advice")
    with_finding = write_lesson(home, recorded(a_shift(Sight())), "Ann", TODAY)
    assert not [e for e in with_finding.problems if "nobody has to say" in str(e)]


def test_of_nothing_no_lesson_is_written(home: Path) -> None:
    with pytest.raises(EvidenceError, match="nothing was done"):
        write_lesson(home, Recording("my-hole", RUN), "Ann", TODAY)
    assert not (home / "instructions" / "lessons" / "my-hole.yaml").exists()


def test_a_finding_is_right_on_every_plot_of_its_page_that_shows_it(home: Path) -> None:
    other = "Hcal/DigiTask/Occupancy/depth2"
    there = {PATH, other, "Hcal/RawTask/BadQuality"}  # the last is on another page
    recording = recorded(a_shift(Sight()))
    site = read_site(home)
    steps = [with_all_plots(e, lambda _finding: there, site) for e in recording.steps]
    written = write_lesson(home, recording, "Ann", TODAY, steps)
    (say,) = [e for e in lesson_of(written.file).steps if e.id == "say"]
    assert say.done is not None
    assert say.done.finding is not None
    assert say.done.finding.plots == (PATH, other)
    assert f"It shows in `{other}` as well" in say.text


def test_the_text_names_a_plot_as_it_is_called(home: Path) -> None:
    site, other = read_site(home), "Hcal/DigiTask/Occupancy/depth[2]"
    layouts = msgspec.json.decode(
        msgspec.json.encode(site.layouts).replace(b"depth2", b"depth[2]"),
        type=tuple[Layout, ...],
    )
    site = msgspec.structs.replace(site, layouts=layouts)
    steps = [
        with_all_plots(each, lambda _finding: {other}, site)
        for each in recorded(a_shift(Sight())).steps
    ]
    (say,) = [each for each in steps if each.id == "say"]
    assert say.done is not None
    assert say.done.finding is not None
    assert say.done.finding.plots == (PATH, glob.escape(other))
    assert f"It shows in `{other}` as well" in say.text


def test_what_the_site_does_not_have_is_said_with_its_line(home: Path) -> None:
    sight = Sight()
    looks = [
        sight.wrote(Finding("bad", plot_key("Hcal", "X", "Hcal/gone"), "fed-lost"))
    ]
    written = write_lesson(home, recorded(looks), "Ann", TODAY)
    lines = [str(each) for each in written.problems]
    assert any("my-hole.yaml:" in each and "Hcal/gone" in each for each in lines)
