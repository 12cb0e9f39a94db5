"""The tutorial as a person starts it: offscreen, whole, and gone when it is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE, Begun, all_gone, family_of, wait_until

from dqmconsole.app.lesson_runs import PREFIX
from dqmconsole.logbook.book import Book
from dqmconsole.site.site import bundled_site
from dqmconsole.training.records import LessonDone, understood

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
LESSON = "empty-rectangle"
NO_DISPLAY = {
    name: value
    for name, value in os.environ.items()
    if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
}


def tutorial(*words: str, home: Path, **more: str) -> subprocess.Popen[str]:
    """Start the tutorial with a home and a temporary folder of its own."""
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    own = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home / "data"}
    return subprocess.Popen(
        [sys.executable, "-m", "dqmconsole", "tutorial", *words],
        env=NO_DISPLAY | {name: str(path) for name, path in own.items()}
        | {"TMPDIR": str(scratch)} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def there(running: subprocess.Popen[str], folder: Path, glob: str) -> None:
    """Wait until a file is there, of a program that goes on."""

    def is_there() -> bool:
        assert running.poll() is None
        return any(folder.glob(glob))

    wait_until(is_there, f"{folder}/{glob}", 0.002)


def book_of(home: Path) -> Book:
    (path,) = (home / "data" / "dqmconsole").glob("book-*.sqlite")
    return Book.open(f"sqlite:///{path}")


def test_the_course_without_a_display(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    begun = Begun(tmp_path / "begun")
    running = tutorial(
        *("--seconds", "5", "--screenshot", str(picture)),
        home=tmp_path,
        **begun.environment,
    )
    family = family_of(running.pid, 2)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert len(begun.commands("dqmconsole.simulation")) == 1
    assert err.splitlines() == [
        "No window here: no display (DISPLAY and WAYLAND_DISPLAY are not set). "
        "The same window runs offscreen."
    ]
    assert out == f"the picture is {picture}\n"
    assert picture.read_bytes().startswith(PNG)
    assert all_gone(family)
    assert not list((tmp_path / "tmp").iterdir())


def test_a_lesson_begins_at_once_and_its_run_only_once(tmp_path: Path) -> None:
    begun = Begun(tmp_path / "begun")
    running = tutorial(
        *(LESSON, "--trainee", "Ann", "--seconds", "600"),
        *("--screenshot", str(tmp_path / "picture.png")),
        home=tmp_path,
        **begun.environment,
    )
    there(running, tmp_path / "tmp", f"{PREFIX}*/*/*.root*")  # its run is on
    running.terminate()
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert "Traceback" not in err
    (detector,) = begun.commands("dqmconsole.simulation")
    # the list of processes does not say what is wrong
    assert not [word for word in detector if "fed-lost" in word or word == "--seed"]
    opened = book_of(tmp_path)
    try:
        bodies = [understood(each).body for each in opened.read(0).records]
    finally:
        opened.close()
    assert not [each for each in bodies if isinstance(each, LessonDone)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_it_outlives_it(tmp_path: Path, how: signal.Signals) -> None:
    running = tutorial(LESSON, "--trainee", "Ann", "--seconds", "600", home=tmp_path)
    family = family_of(running.pid, 2)
    scratch = tmp_path / "tmp"
    there(running, scratch, f"{PREFIX}*/*/*.root*")
    running.send_signal(how)
    _, err = running.communicate(timeout=PATIENCE)
    assert all_gone(family)
    if how is signal.SIGTERM:
        assert running.returncode == 0, err
        assert [each.name for each in scratch.iterdir()] == ["dqmconsole-tutorial.png"]


def test_an_unknown_lesson_is_named_with_the_nearest(tmp_path: Path) -> None:
    running = tutorial("empty-rectangel", home=tmp_path)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 2
    assert f'did you mean "{LESSON}"' in err


def test_a_lesson_has_its_number(tmp_path: Path) -> None:
    running = tutorial("999", home=tmp_path)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 2
    for path in (bundled_site() / "instructions" / "lessons").glob("*.yaml"):
        assert not path.with_suffix(".md").is_file() or path.stem in err


def test_a_signal_while_it_still_starts_ends_it_in_order(tmp_path: Path) -> None:
    running = tutorial(LESSON, "--trainee", "Ann", "--seconds", "600", home=tmp_path)
    scratch = tmp_path / "tmp"
    there(running, scratch, f"{PREFIX}*/*")  # long before Qt is loaded
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert "Traceback" not in err
    assert not list(scratch.glob(f"{PREFIX}*"))
