"""What validate says of lessons whose runs are played."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.trainees import Sight

from dqmconsole.app.lesson_plays import PLAYED_RULES, shown_in
from dqmconsole.desk.check import validate
from dqmconsole.model.layout import plot_key
from dqmconsole.site.kinds import SiteTables
from dqmconsole.site.site import bundled_site, read_site
from dqmconsole.training.files.kind import TABLES
from dqmconsole.training.lesson import LessonRun
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.problem import Problem

BOARDS, ENTRY, WHOLE = "boards-and-rings", "entry-and-hand-over", "whole-shift"
W1 = "          - DT/01-Digi/OccupancySummary_W1\n"
PLAYED = SiteTables(TABLES.kinds, PLAYED_RULES)


def said(site: Path) -> list[Problem]:
    found = validate(site, tables=PLAYED)
    return [each for each in found if each.code == "unseen-cause"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The bundled site, without lessons."""
    home = tmp_path / "site"
    for part in ("layouts", "instructions"):
        shutil.copytree(bundled_site() / part, home / part)
    for path in (home / "instructions" / "lessons").iterdir():
        path.unlink()
    return home


def keep(site: Path, name: str, old: str = "", new: str = "") -> str:
    """Keep one lesson, with a change; its text."""
    lessons = site / "instructions" / "lessons"
    shutil.copy(bundled_site() / "instructions/lessons" / f"{name}.md", lessons)
    text = (bundled_site() / "instructions/lessons" / f"{name}.yaml").read_text()
    assert old in text
    text = text.replace(old, new, 1)
    # what comes before it is not there
    text = "\n".join(
        each for each in text.splitlines() if not each.startswith("requires:")
    )
    (lessons / f"{name}.yaml").write_text(text)
    return text


def line_of(text: str, words: str) -> int:
    return next(at for at, each in enumerate(text.splitlines(), 1) if words in each)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        # of the healthy wheel next to it
        (W1.replace("W1", "W0"), '"DT/01-Digi/OccupancySummary_W0"; board-dead:DT '),
        # another subsystem
        ("          - FED/FEDIntegrity_EvF/FedFatal\n", "FedFatal"),
        ('          - "DT/*"\n', 'is 28 plots, and nothing of it is seen on "DT/01-'),
    ],
)
def test_a_plot_that_shows_nothing_of_the_cause_is_an_error(
    site: Path, new: str, words: str
) -> None:
    text = keep(site, BOARDS, W1, new)
    (problem,) = said(site)
    assert problem.severity == "error"
    assert problem.file.endswith(f"{BOARDS}.yaml")
    assert (problem.line, problem.column) == (line_of(text, new.strip()), 13)
    assert words in problem.message
    # what shows it instead
    assert "board-dead:DT shows on" in problem.message
    assert '"DT/01-Digi/OccupancySummary_W1"' in problem.message.partition("shows")[2]


def test_a_finding_names_its_plots(site: Path) -> None:
    lines = "        plot:\n" + W1
    text = keep(site, BOARDS)
    at = text.index(lines)
    end = text.index("        urgency", at)
    keep(site, BOARDS, text[at:end], "")
    (problem,) = said(site)
    assert "no plot is named" in problem.message
    assert '"DT/01-Digi/OccupancySummary_W1"' in problem.message


def test_an_entry_is_about_a_plot_that_shows_what_happens(site: Path) -> None:
    digis = '"Ecal/EBOccupancyTask/EBOT digi occupancy*"'
    keep(site, ENTRY, digis, '"Ecal/EBTimingTask/*"')
    (problem,) = said(site)
    assert "what happens in the run shows on" in problem.message


def test_a_cause_that_begins_too_late_is_seen_nowhere(site: Path) -> None:
    keep(site, WHOLE, "hv-trip:DT@22", "hv-trip:DT@61")
    found = said(site)
    assert any("is seen on no plot of the site" in each.message for each in found)


@pytest.mark.slow
def test_the_bundled_lessons_ask_for_what_can_be_seen() -> None:
    assert said(bundled_site()) == []


def test_a_finding_that_was_recorded_is_right_wherever_its_cause_shows() -> None:
    depth = "Hcal/DigiTask/Occupancy/depth/depth"
    recording = Recording("hole", LessonRun(seed=12, causes=("fed-lost:Hcal@6",)))
    said = Finding("bad", plot_key("Hcal", "Digi occupancy", f"{depth}1"), "fed-lost")
    recording.look(Sight().wrote(said))
    goal = recording.steps[-1].done
    assert goal is not None
    assert goal.finding is not None
    home = bundled_site()
    there = shown_in(home, read_site(home), recording)(goal.finding)
    assert {f"{depth}1", f"{depth}4"} <= set(there)
    assert "DT/01-Digi/OccupancySummary_W0" not in there
