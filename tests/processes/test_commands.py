"""The commands as processes: ended from outside, their output closed or full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from support.waiting import PATIENCE, all_gone, wait_until

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "dqmconsole"]
HELD = ("dqmconsole.app.engine", "dqmconsole.sources.scan")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folders = {"TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path)}
    (tmp_path / "tmp").mkdir()
    return {**os.environ, **folders, "QT_QPA_PLATFORM": "offscreen"}


def start_demo(tmp_path: Path, environment: dict[str, str]) -> psutil.Popen:
    log = (tmp_path / "log").open("w")
    picture = str(tmp_path / "demo.png")
    with log:
        demo = psutil.Popen(
            [*COMMAND, "demo", "--seconds", "600", "--screenshot", picture],
            env=environment,
            stdout=log,
            stderr=log,
        )

    def is_up() -> bool:
        assert demo.poll() is None, (tmp_path / "log").read_text()
        words: list[str] = []
        for child in demo.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                words += child.cmdline()
        return {*HELD, "dqmconsole.simulation"} <= set(words)

    wait_until(is_up, "detector, engine and scanner", 0.05)
    return demo


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_ended_from_outside_leaves_nothing(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    demo = start_demo(tmp_path, environment)
    family = demo.children(recursive=True)
    demo.send_signal(number)
    assert demo.wait(timeout=PATIENCE) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert all_gone(family)
    assert not list((tmp_path / "tmp").glob("dqmconsole-demo-*"))


def test_a_stopped_engine_takes_its_stopped_scanner_with_it(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    demo = start_demo(tmp_path, environment)
    family = demo.children(recursive=True)
    for child in family:
        # one that has ended by itself meanwhile is a zombie, and has no command line
        with contextlib.suppress(psutil.NoSuchProcess):
            # a stat that looks for a mount is none of them, nor what is to become one
            words, parent = child.cmdline(), child.parent()
            became = parent is not None and words != parent.cmdline()
            if became and any(each in words for each in HELD):
                child.suspend()
    demo.terminate()
    assert demo.wait(timeout=PATIENCE) == 0
    try:
        assert all_gone(family)
    finally:
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def test_an_unknown_page_ends_a_timed_demo_with_words(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    timed = ["--seconds", "600", "--screenshot", str(tmp_path / "demo.png")]
    done = subprocess.run(
        [*COMMAND, "demo", *timed, "--page", "Hcal/Digi occupanc"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "did you mean 'Hcal/Digi occupancy'?" in done.stderr


def test_a_full_disk_under_ls_is_one_line(
    folder: Path, environment: dict[str, str]
) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*COMMAND, "ls", str(folder)],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr
