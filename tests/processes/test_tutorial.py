"""The tutorial as a person starts it: offscreen, whole, and gone when it is over."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

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


def tutorial(*words: str, home: Path) -> subprocess.Popen[str]:
    """Start the tutorial with a home and a temporary folder of its own."""
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    own = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home / "data"}
    return subprocess.Popen(
        [sys.executable, "-m", "dqmconsole", "tutorial", *words],
        env=NO_DISPLAY | {name: str(path) for name, path in own.items()}
        | {"TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def family_of(process: subprocess.Popen[str], count: int) -> list[psutil.Process]:
    """Its descendants, once there are so many."""
    begun = time.monotonic()
    while True:
        family = psutil.Process(process.pid).children(recursive=True)
        if len(family) >= count:
            return family
        assert time.monotonic() - begun < 30.0
        time.sleep(0.05)


def detectors(family: list[psutil.Process]) -> list[list[str]]:
    """The command lines of the simulated detectors among some processes."""
    return [line for each in family
            if "dqmconsole.simulation" in (line := each.cmdline())]  # fmt: skip


def book_of(home: Path) -> Book:
    (path,) = (home / "data" / "dqmconsole").glob("book-*.sqlite")
    return Book.open(f"sqlite:///{path}")


def test_the_course_without_a_display(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    running = tutorial("--seconds", "5", "--screenshot", str(picture), home=tmp_path)
    family = family_of(running, 2)
    assert len(detectors(family)) == 1
    out, err = running.communicate(timeout=90)
    assert running.returncode == 0, err
    assert err.splitlines() == [
        "No window here: no display (DISPLAY and WAYLAND_DISPLAY are not set). "
        "The same window runs offscreen."
    ]
    assert out == f"the picture is {picture}\n"
    assert picture.read_bytes().startswith(PNG)
    _, left = psutil.wait_procs(family, timeout=5.0)
    assert not left
    assert not list((tmp_path / "tmp").iterdir())


def test_a_lesson_begins_at_once_and_its_run_only_once(tmp_path: Path) -> None:
    running = tutorial(
        *(LESSON, "--trainee", "Ann", "--seconds", "5"),
        *("--screenshot", str(tmp_path / "picture.png")),
        home=tmp_path,
    )
    seen: dict[int, list[str]] = {}
    while running.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in psutil.Process(running.pid).children():
                seen[each.pid] = each.cmdline()
        time.sleep(0.05)
    _, err = running.communicate(timeout=90)
    assert running.returncode == 0, err
    assert "Traceback" not in err
    begun = [line for line in seen.values() if "dqmconsole.simulation" in line]
    assert len(begun) == 1, begun
    # the list of processes does not say what is wrong
    assert not [word for word in begun[0] if "fed-lost" in word or word == "--seed"]
    opened = book_of(tmp_path)
    try:
        bodies = [understood(each).body for each in opened.read(0).records]
    finally:
        opened.close()
    assert not [each for each in bodies if isinstance(each, LessonDone)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_it_outlives_it(tmp_path: Path, how: signal.Signals) -> None:
    running = tutorial(LESSON, "--trainee", "Ann", "--seconds", "60", home=tmp_path)
    family = family_of(running, 2)
    scratch = tmp_path / "tmp"
    begun = time.monotonic()
    while not list(scratch.glob(f"{PREFIX}*/*/*.root*")):
        assert time.monotonic() - begun < 60.0
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(how)
    _, err = running.communicate(timeout=60)
    _, left = psutil.wait_procs(family, timeout=10.0)
    assert not left
    if how is signal.SIGTERM:
        assert running.returncode == 0, err
        assert [each.name for each in scratch.iterdir()] == ["dqmconsole-tutorial.png"]


def test_an_unknown_lesson_is_named_with_the_nearest(tmp_path: Path) -> None:
    running = tutorial("empty-rectangel", home=tmp_path)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 2
    assert f'did you mean "{LESSON}"' in err


def test_a_lesson_has_its_number(tmp_path: Path) -> None:
    running = tutorial("999", home=tmp_path)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 2
    for path in (bundled_site() / "instructions" / "lessons").glob("*.yaml"):
        assert path.stem == "exam" or path.stem in err


def test_a_signal_while_it_still_starts_ends_it_in_order(tmp_path: Path) -> None:
    running = tutorial(LESSON, "--trainee", "Ann", "--seconds", "60", home=tmp_path)
    scratch = tmp_path / "tmp"
    begun = time.monotonic()
    while not list(scratch.glob(f"{PREFIX}*/*")):  # long before Qt is loaded
        assert time.monotonic() - begun < 60.0
        assert running.poll() is None
        time.sleep(0.002)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert "Traceback" not in err
    assert not list(scratch.glob(f"{PREFIX}*"))
