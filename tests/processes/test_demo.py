"""The demo as a person starts it: offscreen everywhere, in a window where X is."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from support.waiting import PATIENCE, all_gone, family_of, stopped, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
NO_DISPLAY = {
    name: value
    for name, value in os.environ.items()
    if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
}


def demo(*words: str, home: Path, **more: str) -> subprocess.Popen[str]:
    """Start the demo with a home of its own, so that it remembers nothing of ours."""
    return subprocess.Popen(
        [sys.executable, "-m", "dqmconsole", "demo", *words],
        env=NO_DISPLAY | {"HOME": str(home), "XDG_CONFIG_HOME": str(home)} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_display_it_says_so_and_leaves_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    for seconds in (6, 24, 96):  # until the fault is seen, however slow the machine
        running = demo(
            *("--seconds", str(seconds), "--screenshot", str(picture)),
            *("--speed", "60", "--fault", "hv-trip:Hcal@2"),
            home=tmp_path,
        )
        family = family_of(running.pid, 3)
        out, err = running.communicate(timeout=seconds + PATIENCE)
        assert running.returncode == 0, err
        assert all_gone(family)
        if "BAD: Hcal" in out:
            break
    assert "no display" in err
    assert "Traceback" not in err
    assert picture.read_bytes().startswith(PNG)
    assert picture.stat().st_size > 30_000
    assert "DEMO: run 398214, collisions" in out
    for name in ("Info", "SiStrip", "CTPPS"):
        assert name in out
    assert "BAD: Hcal" in out


def test_its_runs_are_recorded_as_long_as_it_lasts(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = demo("--speed", "60", home=tmp_path, TMPDIR=str(temporary))
    try:
        wait_until(
            lambda: list(temporary.glob("dqmconsole-demo-runs-*/*/run-*.sqlite")),
            "a run is recorded",
        )
    finally:
        running.terminate()
        running.communicate(timeout=PATIENCE)
    assert not list(temporary.glob("dqmconsole-demo-*"))
    assert not list(tmp_path.rglob("run-*.sqlite"))


def test_an_unknown_fault_is_named_with_the_nearest(tmp_path: Path) -> None:
    running = demo("--fault", "hv-tripp@2", home=tmp_path)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 2
    assert "hv-trip" in err


@pytest.fixture
def display() -> Iterator[str]:
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed: no window was tried")
    receive, send = os.pipe()
    running = subprocess.Popen(
        [server, "-displayfd", str(send), "-screen", "0", "1280x800x24"],
        pass_fds=(send,),
        stderr=subprocess.DEVNULL,
    )
    os.close(send)
    with os.fdopen(receive) as words:
        name = f":{words.readline().strip()}"
    yield name
    running.terminate()
    running.wait(timeout=PATIENCE)


def test_it_shows_a_real_window(display: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    running = demo(
        *("--seconds", "1", "--screenshot", str(picture)),
        home=tmp_path,
        DISPLAY=display,
    )
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert "No window" not in err
    assert picture.read_bytes().startswith(PNG)


STARTER = """
import sys, time
from pathlib import Path
from dqmconsole.app.simulation import SimulatedDetector
detector = SimulatedDetector("cosmics", 100.0, keep=Path(sys.argv[1]))
while not list(detector.folder.glob("DQM_*")):
    time.sleep(0.05)
print(detector._child.pid, flush=True)
time.sleep(600)
"""


def test_a_detector_that_is_stopped_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent.stdout:
        detector = psutil.Process(int(parent.stdout.readline()))
    try:
        stopped(detector)
        parent.kill()
        parent.wait()
        assert all_gone([detector])
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            detector.kill()
