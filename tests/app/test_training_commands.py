"""``dqmconsole training`` and the words of ``tutorial``, without a window."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner
from support.bundles import a_bundle, a_plot, line, write_bundle
from support.instruction_texts import make_whole_site
from support.trainees import Sight
from training.test_import_evidence import written_bundle

from dqmconsole.app import measure_bank, training
from dqmconsole.app.books import book_file
from dqmconsole.app.cli import run
from dqmconsole.app.lesson_named import LessonError, folder_in_force, lesson_named
from dqmconsole.app.lesson_plays import PlayedLesson
from dqmconsole.logbook.book import Book
from dqmconsole.model.record import Record, ShiftBegan, ShiftEnded
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.training import certificate as certificates
from dqmconsole.training.files.import_evidence import take
from dqmconsole.training.lesson import LessonRun, MeasuredRow
from dqmconsole.training.measured import measured_text
from dqmconsole.training.observed_records import CertificateIssued, Tested
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import Finding, LessonDone, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from dqmconsole.training.facts import Facts

NOW = 1_795_000_000.0


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(run, [*map(str, arguments)])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    home = make_whole_site(tmp_path / "site")
    bundle = written_bundle(tmp_path / "hole.dqmevidence")
    take(home, bundle, "bad", "fed-lost", "empty-hole")
    return home


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = book_file("Test", tmp_path / "data" / "dqmconsole")
    path.parent.mkdir(parents=True)
    opened = Book.create(str(path))
    bodies = (
        ("Ann <b>", LessonStepDone("empty-hole", "say", wrong=1)),
        ("Ann <b>", LessonDone("empty-hole", 1, seconds=60.0)),
        ("Bob", ShiftEnded()),
    )
    opened.write(
        [
            Record(f"u{number}", NOW + number, body, who=who, role="expert")
            for number, (who, body) in enumerate(bodies)
        ]
    )
    opened.close()
    return path


@pytest.mark.usefixtures("book")
def test_the_report_goes_to_a_file(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = invoke("training", "report", "--site", site, "-o", out)
    assert result.exit_code == 0, result.output
    text = out.read_text()
    assert "<td>Ann &lt;b&gt;</td>" in text
    assert "Bob" not in text  # a shift is no training
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "data", "hole.dqmevidence", "report.html", "site",
    ]  # fmt: skip


@pytest.mark.usefixtures("book")
def test_the_report_goes_to_the_terminal(site: Path) -> None:
    result = invoke("training", "report", "--site", site, "--since", "2026-11-01")
    assert result.exit_code == 0
    assert result.stdout.startswith("<!DOCTYPE html>")
    assert "since 2026-11-01" in result.stdout


@pytest.mark.usefixtures("book")
def test_a_report_that_cannot_be_written(site: Path, tmp_path: Path) -> None:
    result = invoke(
        "training", "report", "--site", site, "-o", tmp_path / "none" / "r.html"
    )
    assert result.exit_code == 2
    assert "cannot be written: No such file" in result.stderr


@pytest.mark.usefixtures("book")
def test_a_day_that_is_none_is_refused(site: Path) -> None:
    result = invoke("training", "report", "--site", site, "--since", "yesterday")
    assert result.exit_code == 2
    assert "%Y-%m-%d" in result.stderr


def test_no_book_yet(site: Path) -> None:
    result = invoke("training", "report", "--site", site)
    assert result.exit_code == 2
    assert "there is no book yet" in result.stderr


@pytest.mark.usefixtures("book")
def test_the_record_of_completion(site: Path) -> None:
    result = invoke("training", "record", "ann <B>", "--site", site)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("# Record of completion: Ann")


@pytest.mark.usefixtures("book")
def test_an_unknown_trainee_is_named_with_the_nearest(site: Path) -> None:
    result = invoke("training", "record", "Anna <b>", "--site", site)
    assert result.exit_code == 2
    assert 'did you mean "Ann <b>"' in result.stderr
    result = invoke("training", "record", "Zoe", "--site", site)
    assert "; it knows Ann <b>" in result.stderr


def test_evidence_is_taken(site: Path, tmp_path: Path) -> None:
    other = written_bundle(tmp_path / "other.dqmevidence", "Another hole")
    result = invoke("training", "take", other, "--truth", "bad", "--site", site)
    assert "exam.yaml shows another-hole-" in result.stdout
    assert (site / "instructions" / "lessons" / "exam.yaml").is_file()
    again = invoke("training", "take", other, "--truth", "bad", "--site", site)
    assert again.exit_code == 2
    assert "already" in again.stderr


def test_a_lesson_is_found_by_id_and_by_number(site: Path) -> None:
    assert lesson_named(site, "Empty-Hole").id == "empty-hole"
    assert lesson_named(site, "1").id == "empty-hole"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty-hoel", 'did you mean "empty-hole"'),
        ("7", "the lessons are empty-hole"),
        ("exam", "no lesson 'exam'"),
        ("../secret", "no lesson"),
    ],
)
def test_an_unknown_lesson_names_the_nearest(site: Path, name: str, words: str) -> None:
    (site / "instructions" / "lessons" / "exam.yaml").write_text("matter: []\n")
    with pytest.raises(LessonError, match=words):
        lesson_named(site, name)


def test_a_lesson_that_is_not_published_is_said_to_be(
    site: Path, tmp_path: Path
) -> None:
    release = tmp_path / "release"
    shutil.copytree(site, release)
    (site / "instructions" / "lessons" / "draft.yaml").write_text("number: 9\n")
    with pytest.raises(LessonError, match="'Draft' is not published yet"):
        lesson_named(release, "Draft", site)
    with pytest.raises(LessonError, match="no lesson"):
        lesson_named(release, "other", site)


def test_a_broken_lesson_is_said_to_be(site: Path) -> None:
    file = site / "instructions" / "lessons" / "empty-hole.yaml"
    file.write_text(file.read_text().replace("minutes: 3", "minutes: x"))
    with pytest.raises(LessonError, match=r"is broken: .*empty-hole\.yaml:"):
        lesson_named(site, "empty-hole")
    with pytest.raises(LessonError, match="no lesson '1'"):
        lesson_named(site, "1")


def test_a_lesson_without_words_is_broken(site: Path) -> None:
    (site / "instructions" / "lessons" / "empty-hole.md").unlink()
    with pytest.raises(LessonError, match="cannot be read"):
        lesson_named(site, "empty-hole")


def test_a_site_without_lessons(tmp_path: Path) -> None:
    home = make_whole_site(tmp_path / "site")
    assert folder_in_force(home) == home
    with pytest.raises(LessonError, match="no lessons"):
        lesson_named(home, "1")


def test_the_tutorial_of_an_unknown_lesson_ends_with_2(site: Path) -> None:
    result = invoke("tutorial", "empty-hoel", "--site", site)
    assert result.exit_code == 2
    assert 'did you mean "empty-hole"' in result.stderr


def test_a_picture_that_cannot_be_saved_is_said_before(site: Path) -> None:
    result = invoke("tutorial", "--site", site, "--screenshot", "a.txt")
    assert result.exit_code == 2
    assert "no kind of picture" in result.stderr


@pytest.mark.usefixtures("book")
def test_who_has_no_certificate_is_told_why(site: Path) -> None:
    result = invoke("training", "certificate", "ann <B>", "--site", site)
    assert result.exit_code == 2
    assert "no certificate of 'ann <B>': this site has no observed" in result.output


@pytest.mark.usefixtures("book")
def test_who_has_earned_a_certificate_is_told_how_it_comes(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned = CertificateIssued("o", "e", "Test", "Max")
    monkeypatch.setattr(certificates, "certificate", lambda *_: (earned, ""))
    result = invoke("training", "certificate", "ann <B>", "--site", site)
    assert result.exit_code == 2
    assert "no certificate of 'ann <B>': it is earned" in result.output


def test_certificates_are_listed_printed_and_given_to_programs(
    site: Path, book: Path, tmp_path: Path
) -> None:
    result = invoke("training", "certificate", "--site", site)
    assert result.exit_code == 0, result.output
    assert result.output == "No certificate was issued.\n"
    issued = CertificateIssued(
        "o", "e", "Test", "Max", tested=Tested(("Hcal",)), lapse_days=3, shadow_shifts=1
    )
    now = time.time()
    opened = Book.open(str(book))
    for number, (who, body) in enumerate(
        (("Ann <b>", issued), ("Bob", issued), ("Bob", ShiftBegan()))
    ):
        opened.write([Record(f"c{number}", now, body, who=who, role="expert")])
    opened.close()
    result = invoke("training", "certificate", "--site", site)
    first, second = result.output.splitlines()
    assert first.startswith("Ann <b>: valid until ")
    assert "1 of 1 shadow shifts to come" in first
    assert second.startswith("Bob: valid until ")
    result = invoke("training", "certificate", "--site", site, "--json")
    ann, bob = json.loads(result.output)
    assert (ann["who"], ann["state"], ann["last_shift"]) == ("Ann <b>", "valid", None)
    assert bob["last_shift"] > 0
    assert bob["certificate"]["tested"]["layouts"] == ["Hcal"]
    out = tmp_path / "certificate.html"
    result = invoke("training", "certificate", "ann <B>", "--site", site, "-o", out)
    assert result.exit_code == 0, result.output
    assert "Certificate: Ann &lt;b&gt;" in out.read_text()
    result = invoke("training", "certificate", "Bop", "--site", site)
    assert result.exit_code == 2
    assert 'did you mean "Bob"?' in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--record", "empty-hole"], "empty-hole.yaml is there already"),
        (["--record", "hole", "--cause", "fed-lots"], "did you mean"),
        (["--record", "hole", "1"], "not both"),
        (["--cause", "fed-lost:Hcal@6"], "give --record too"),
        (["--record", "A hole"], "is no id"),
        (["--exam", "beam"], "Of recorded runs a site has one exam, whatever their ty"),
        (["--exam", "heavy-ions", "1"], "neither a lesson nor a recording"),
    ],
)
def test_a_recording_that_cannot_be_written_does_not_begin(
    site: Path, words: list[str], said: str
) -> None:
    before = sorted((site / "instructions" / "lessons").iterdir())
    result = invoke("tutorial", *words, "--site", site)
    assert result.exit_code == 2
    assert said in result.stderr
    assert sorted((site / "instructions" / "lessons").iterdir()) == before


def test_the_exam_of_a_site_is_begun_without_a_name_of_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []

    def show(*_words: object, exam: str | None) -> int:
        begun.append(exam)
        return 0

    monkeypatch.setattr(training, "show_tutorial", show)
    assert invoke("tutorial", "--site", site, "--exam").exit_code == 0
    assert invoke("tutorial", "--exam", "heavy-ions", "--site", site).exit_code == 0
    assert begun == ["collisions", "heavy-ions"]


def shown(*looks: Facts, ends: Exception | None = None) -> Callable[..., int]:
    """Stands for the window: somebody does that in it, and closes it."""

    def show(*words: object, **_more: object) -> int:
        recording = words[-1]
        assert isinstance(recording, Recording)
        for facts in looks:
            recording.look(facts)
        if ends is not None:
            raise ends
        return 0

    return show


SAID = Sight().wrote(
    Finding("bad", "Hcal › Digi occupancy › Hcal/DigiTask/Occupancy/depth1", "fed-lost")
)


def test_what_was_recorded_is_written_and_checked_at_the_end(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "show_tutorial", shown(SAID))
    more = ("--cause", "fed-lost:Hcal@6", "--seed", 12, "--trainee", "Ann")
    result = invoke("tutorial", "--record", "hole", *more, "--site", site)
    assert result.exit_code == 0, result.output
    file = site / "instructions" / "lessons" / "hole.yaml"
    assert f"{file} and .md: edit the words" in result.output
    lesson = lesson_named(site, "hole")
    assert lesson.author == "Ann"
    assert lesson.run == LessonRun(seed=12, causes=("fed-lost:Hcal@6",))
    goal = lesson.steps[0].done
    assert goal is not None
    assert goal.finding is not None


def test_of_evidence_every_bad_plot_of_the_page_is_right(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"Hcal/DigiTask/Occupancy/depth{each}" for each in (1, 2, 3)]
    bad, fine = Verdict(Status.BAD, "a hole"), Verdict(Status.GOOD, "as usual")
    plots = [
        msgspec.structs.replace(
            kept := a_plot(line([0, 1, 0]), path=path),
            tile=msgspec.structs.replace(kept.tile, verdict=verdict),
        )
        for path, verdict in zip(paths, (bad, fine, bad), strict=True)
    ]
    bundle = tmp_path / "three.dqmevidence"
    write_bundle(bundle, a_bundle(*plots))
    monkeypatch.setattr(training, "show_tutorial", shown(SAID))
    result = invoke(
        "tutorial", "--record", "hole", "--evidence", bundle, "--site", site
    )
    assert result.exit_code == 0, result.output
    goal = lesson_named(site, "hole").steps[0].done
    assert goal is not None
    assert goal.finding is not None
    assert goal.finding.plots == (paths[0], paths[2])


def test_a_window_that_fails_loses_no_recording(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "show_tutorial", shown(SAID, ends=OSError("gone")))
    invoke("tutorial", "--record", "hole", "--site", site)
    assert lesson_named(site, "hole").steps[0].id == "say"


@pytest.mark.parametrize("broken", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_a_run_that_cannot_be_played_loses_no_recording(
    site: Path, monkeypatch: pytest.MonkeyPatch, broken: BaseException
) -> None:
    def play(*_: object) -> None:
        raise broken

    monkeypatch.setattr(training, "show_tutorial", shown(SAID))
    monkeypatch.setattr(PlayedLesson, "showing", play)
    cause = ("--cause", "fed-lost:Hcal@6")
    result = invoke("tutorial", "--record", "hole", *cause, "--site", site)
    assert lesson_named(site, "hole").steps[0].id == "say"
    if isinstance(broken, KeyboardInterrupt):
        assert result.exit_code == 0
        assert "not looked for: it was broken off" in result.stderr
    else:
        assert result.exception is broken


def test_a_window_in_which_nothing_was_done_writes_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "show_tutorial", shown())
    result = invoke("tutorial", "--record", "hole", "--site", site)
    assert result.exit_code == 1
    assert "nothing was done in the recording" in result.stderr
    assert not (site / "instructions" / "lessons" / "hole.yaml").exists()


def test_a_recording_of_evidence_has_no_causes(site: Path, tmp_path: Path) -> None:
    bundle = written_bundle(tmp_path / "b.dqmevidence")
    more = ("--evidence", bundle, "--cause", "fed-lost", "--site", site)
    result = invoke("tutorial", "--record", "hole", *more)
    assert result.exit_code == 2
    assert "has no causes" in result.stderr


@pytest.mark.parametrize("again", [False, True])
def test_a_line_of_the_measured_bank_that_is_broken_is_named(
    site: Path, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    monkeypatch.setattr(measure_bank, "measure", lambda *_all, **_named: ())
    file = site / "instructions" / "lessons" / "measured.tsv"
    file.write_text(measured_text([MeasuredRow("Ecal/Timing", "cosmics", "nothing")]))
    with file.open("a") as more:
        more.write("broken\n")
    words = ("--site", site, *(["--again"] if again else []))
    result = invoke("training", "measure", *words)
    assert f"{file}:3: it has 1 columns" in result.output
    assert ("--again begins it again" in result.output) != again
    assert (": begun again" in result.output) == again
    assert result.exit_code == 2  # with it, too: the site has no exam to measure
