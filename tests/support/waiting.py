"""Waiting for a state, never for a time; and what processes a program began."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 120.0  # s, until a test gives up, however busy the machine is
PATIENCE_MS = round(1000 * PATIENCE)  # ms, for what waits in Qt's loop

# imported by every Python as it starts
_NOTE = """\
import os, sys
name = os.path.join({folder!r}, str(os.getpid()))
with open(name + ".part", "w") as file:
    file.write("\\0".join(sys.orig_argv))
os.rename(name + ".part", name)
"""


def wait_until(
    holds: Callable[[], object],
    what: object,
    look: float = 0.01,
    patience: float = PATIENCE,
) -> None:
    """Wait until something holds.

    Args:
        holds: whether it does.
        what: is said when it never does.
        look: s between two looks.
        patience: s until the test gives up.
    """
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(look)


def family_of(pid: int, count: int) -> list[psutil.Process]:
    """The descendants of a process, once there are so many."""
    found: list[psutil.Process] = []

    def are_there() -> bool:
        found[:] = psutil.Process(pid).children(recursive=True)
        return len(found) >= count

    wait_until(are_there, f"{count} descendants", 0.05)
    return found


def stopped(process: psutil.Process) -> None:
    """Stop a process, and wait until it stands still."""
    process.suspend()
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "it stands still")


def all_gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end; waits for it."""
    return not psutil.wait_procs(processes, timeout=PATIENCE)[1]


class Begun:
    """Notes of all Python processes that a program begins, made by themselves.

    Args:
        folder: where the notes go; a new one.

    Attributes:
        environment: what the program is to be started with.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._notes = folder / "notes"
        self._notes.mkdir()
        note = _NOTE.format(folder=str(self._notes))
        (folder / "sitecustomize.py").write_text(note)
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {"PYTHONPATH": os.pathsep.join(paths)}

    def commands(self, module: str) -> list[list[str]]:
        """The command lines of those that ran a module, the program's own too."""
        lines = [
            each.read_text().split("\0")
            for each in self._notes.iterdir()
            if not each.suffix
        ]
        return [line for line in lines if module in line]
