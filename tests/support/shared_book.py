"""Several consoles on one book, writing at once: what each saved and saw, and when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSOLE = Path(__file__).with_name("shift_console.py")


@dataclass
class Heard:
    """What one console said.

    Attributes:
        made: uid -> when it was written (unix time, s), of its own records.
        seen: uid -> when it was seen saved.
        numbers: uid -> its place in the book.
        twice: uids that were seen more than once.
    """

    made: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    unsaved: int = -1
    ready: bool = False
    closed: bool = False


class SharingConsole:
    """One console process and what it says."""

    def __init__(
        self, folder: Path, site: Path, url: str, user: str, password: str,
        spool: Path, writes: int, seed: int,
    ) -> None:  # fmt: skip
        self.heard = Heard()
        environment = dict(os.environ, BOOK_PASSWORD=password)
        tests = CONSOLE.parent.parent
        environment["PYTHONPATH"] = f"{tests}:{tests.parent}"
        arguments = (folder, site, url, user, spool, writes, seed)
        self._child = subprocess.Popen(
            [sys.executable, str(CONSOLE), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._ear = threading.Thread(target=self._listen, name=f"console {seed}")
        self._ear.start()

    def tell(self, word: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(f"{word}\n")
        self._child.stdin.flush()

    def end(self) -> int:
        """Let it end by itself; its exit code."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            code = self._child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        self._ear.join(10)
        assert self._child.stdout is not None
        self._child.stdout.close()
        return code

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            said = json.loads(line)
            heard = self.heard
            if "seen" in said:
                uid = said["seen"]
                if uid in heard.seen:
                    heard.twice.append(uid)
                heard.seen[uid] = said["at"]
                heard.numbers[uid] = said["number"]
                if said["mine"]:
                    heard.made[uid] = said["made"]
            heard.ready |= "ready" in said
            heard.closed |= "closed" in said
            if "refused" in said:
                heard.refused.append(said["refused"])
            if "state" in said:
                heard.states.append(said["state"])
                heard.unsaved = said["unsaved"]


def share(consoles: Sequence[SharingConsole], writes: int) -> None:
    """Let all write at once, and wait until each has seen everything."""
    every = [each.heard for each in consoles]
    wait_until(lambda: all(each.ready for each in every), "all have a shift", 0.05)
    for console in consoles:
        console.tell("go")
    wanted = 2 * writes * len(consoles)
    wait_until(
        lambda: all(len(each.seen) >= wanted for each in every),
        f"each has seen {wanted} records",
        0.05,
    )
    for console in consoles:
        console.tell("state")
    wait_until(lambda: all(each.states for each in every), "each said its state", 0.05)


def delays(consoles: Sequence[SharingConsole]) -> list[float]:
    """From the moment a record is made until the last console has seen it, s each."""
    every = [each.heard for each in consoles]
    made = {uid: at for each in every for uid, at in each.made.items()}
    return sorted(
        max(each.seen[uid] for each in every) - at for uid, at in made.items()
    )
