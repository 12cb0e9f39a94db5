"""The console of an installation that has neither training nor simulation."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live_folder import write_snapshot
from support.books import record
from support.waiting import PATIENCE, wait_until

from dqmconsole.logbook.book import Book
from dqmconsole.model.record import Entry, RunSeen, ShiftBegan
from dqmconsole.site.ledger import manifest, release_folder
from dqmconsole.training.records import LessonDone

ROOT = Path(__file__).parent.parent.parent
GONE = ("training", "ui/training", "simulation")
PNG = b"\x89PNG\r\n\x1a\n"
CONSOLE = """
import sys
from pathlib import Path
from dqmconsole.app.console import ConsoleOptions, show_console
source, site, picture = sys.argv[1:]
sys.exit(show_console(ConsoleOptions(
    source, site, seconds=6.0, screenshot=Path(picture), size=(1400, 900))))
"""
READ = """
import json, sys
from dqmconsole.logbook.book import Book
book = Book.open(sys.argv[1])
print(json.dumps([[type(each.body).__name__, each.body] if isinstance(each.body, dict)
                  else [type(each.body).__name__, None]
                  for each in book.read().records]))
"""


class Installation:
    """A program without some of its folders, and a home of its own."""

    def __init__(self, program: Path, home: Path) -> None:
        self.folder = program
        self.home = home
        self.home.mkdir()

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        places = dict.fromkeys(
            ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
            str(self.home),
        )
        given = {"PYTHONPATH": str(self.folder), "QT_QPA_PLATFORM": "offscreen"}
        return subprocess.Popen(
            [sys.executable, *words],
            env=os.environ | places | given | more,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        running = self.start(*words)
        out, err = running.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        return running.returncode, out, err

    def command(self, *words: str) -> tuple[int, str, str]:
        return self.run("-m", "dqmconsole", *words)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program that no test changes."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(
        ROOT / "dqmconsole",
        folder / "dqmconsole",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in GONE:
        shutil.rmtree(folder / "dqmconsole" / name)
    for name in ("layouts", "instructions"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def installation(program: Path, tmp_path: Path) -> Installation:
    return Installation(program, tmp_path / "home")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    write_snapshot(folder, 400001, 5, time.time())
    return folder


@pytest.fixture
def site(installation: Installation, tmp_path: Path) -> Path:
    """The bundled site, as somebody took it over."""
    home = tmp_path / "site"
    for name in ("layouts", "instructions"):
        shutil.copytree(installation.folder / name, home / name)
    shutil.rmtree(home / "layouts" / "releases", ignore_errors=True)
    return home


def small(folder: Path, **settings: str) -> Path:
    """A site with one page, and the lessons of the bundled one."""
    layouts = folder / "layouts"
    layouts.mkdir(parents=True)
    lines = {"experiment": "small", "run_types": "{pp_run: collisions}", **settings}
    text = "".join(f"{key}: {value}\n" for key, value in lines.items())
    (layouts / "site.yaml").write_text(text)
    (layouts / "Hcal.yaml").write_text(
        "layout: Hcal\npages:\n  - page: Occupancy\n    plots:\n"
        "      - path: Hcal/Digi/occupancy\n"
    )
    shutil.copytree(
        ROOT / "instructions" / "lessons", folder / "instructions" / "lessons"
    )
    return folder


def test_a_page_becomes_a_picture(
    installation: Installation, data: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "page.png"
    site = small(tmp_path / "small")
    code, _, err = installation.command(
        *("snapshot", str(data), "--page", "Hcal/Occupancy", "--site", str(site)),
        *("-o", str(picture)),
    )
    assert (code, err) == (0, "")
    assert picture.read_bytes().startswith(PNG)


def test_open_shows_a_window_until_it_is_closed(
    installation: Installation, data: Path, tmp_path: Path
) -> None:
    site = small(tmp_path / "small")
    # with a parameter Qt's platform passes for one that has a display
    running = installation.start(
        *("-m", "dqmconsole", "open", str(data), "--site", str(site)),
        QT_QPA_PLATFORM="offscreen:",
    )

    def records() -> bool:
        assert running.poll() is None, running.communicate()
        return any(installation.home.rglob("run-*.sqlite"))

    wait_until(records, "its engine records the run that it shows", 0.05)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, err) == (0, "")


def test_the_bundled_site_is_valid(installation: Installation) -> None:
    code, out, err = installation.command("validate")
    assert code == 0, out + err
    assert "instructions/lessons: advice: holds files that nothing in this " in out


def test_a_release_carries_what_nothing_reads(
    installation: Installation, site: Path
) -> None:
    words = ("publish", "--site", str(site), "--yes", "--by", "A", "--why", "first")
    code, out, err = installation.command(*words)
    assert code == 0, out + err
    lessons = ROOT / "instructions" / "lessons"
    released = release_folder(site, 1) / "instructions" / "lessons"
    there = sorted(lessons.iterdir())
    assert len(there) > 5
    assert [each.name for each in sorted(released.iterdir())] == [
        each.name for each in there
    ]
    for path in there:
        assert (released / path.name).read_bytes() == path.read_bytes()
    # and what changed in them is said, file by file
    changed = site / "instructions" / "lessons" / "exam.yaml"
    changed.write_text(changed.read_text() + "# looked through\n")
    code, out, err = installation.command(*words)
    assert code == 0, out + err
    (change,) = manifest(site, 2).release.changes
    assert (change.kind, change.name) == ("other", "instructions/lessons/exam.yaml")
    assert "Other files\n    instructions/lessons/exam.yaml: the file has" in out


def test_a_log_with_records_of_training_is_shown(
    installation: Installation, data: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    site = small(tmp_path / "small", database=url)
    book = Book.create(url)
    done = LessonDone("first", 1, "abc", 60.0)
    begun = record(ShiftBegan(), account="", role="shifter", who="Ann", uid="s1")
    try:
        for each in (
            begun,
            record(RunSeen("running"), account="", run=400001),
            record(done, account="", who="Tim", role="trainee"),
            record(Entry("A hole in HB"), account="", shift="s1", who="Ann"),
        ):
            book.write((each,))
    finally:
        book.close()
    picture = tmp_path / "console.png"
    code, _, err = installation.run("-c", CONSOLE, str(data), str(site), str(picture))
    assert (code, err) == (0, "")
    assert picture.read_bytes().startswith(PNG)
    code, out, _ = installation.command("book", "report", url, "--site", str(site))
    assert code == 0
    assert "A hole in HB" in out
    code, out, _ = installation.run("-c", READ, url)
    assert code == 0
    kinds = dict(json.loads(out))
    assert set(kinds) >= {"ShiftBegan", "RunSeen", "OtherBody", "Entry"}
    other = kinds["OtherBody"]
    assert (other["type"], other["lesson"], other["seconds"]) == (
        "lesson-done",
        "first",
        60.0,
    )


def test_what_is_not_there_says_so(installation: Installation) -> None:
    for verb, feature in (
        ("tutorial", "training"),
        ("training", "training"),
        ("demo", "simulation"),
    ):
        code, out, err = installation.command(verb)
        assert (code, out) == (2, "")
        assert err == f"dqmconsole {verb}: this installation has no {feature}\n"


def test_the_other_commands_are_there(installation: Installation) -> None:
    code, out, _ = installation.command("--help")
    assert code == 0
    assert "Not here: this installation has no training." in out
    code, out, _ = installation.command("validate", "--schema")
    assert code == 0
    assert json.loads(out)["title"] == "dqmconsole layout"
    code, _, err = installation.command("validate", "--schema", "lesson")
    assert (code, "'lesson' is not one of layout, " in err) == (2, True)
    code, out, _ = installation.command("doctor")
    assert "working copy has no errors" in out
