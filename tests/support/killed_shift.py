"""A console that plays a whole shift and is killed in the middle of it."""

from __future__ import annotations

import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.books import Place
from support.hcal_data import RUN, write_site
from support.postgres import PASSWORD
from support.waiting import PATIENCE
from support.whole_shift import WHO, had_a_shift

from dqmconsole.logbook.book import Book
from dqmconsole.model.record import is_hash_of

if TYPE_CHECKING:
    from support.postgres import Cluster

CONSOLE = Path(__file__).with_name("whole_shift.py")
ACCOUNT = "sue_shifter"


@dataclass
class Scene:
    """A site, a book in which each shifter had a shift before, and room for data."""

    folder: Path
    place: Place
    site: Path
    runs: int = 0

    @classmethod
    def at(cls, folder: Path, cluster: Cluster | None) -> Scene:
        place = Place(f"sqlite:///{folder}/book.sqlite", None)
        if cluster is not None:
            place = Place(cluster.database(), cluster)
        place.make()
        write_site(folder / "old", version=1)
        return cls(folder, place, write_site(folder / "site", version=2))

    def book(self) -> Book:
        """Open the book as the shifter does."""
        if self.place.shared:
            return self.place.open(ACCOUNT)
        return Book.open(self.place.url)

    def start(self) -> subprocess.Popen[bytes]:
        """Start a console on a run of its own, in the same book, with one spool."""
        self.runs += 1
        book = self.book()
        account = ACCOUNT if self.place.shared else ""
        who = f"{WHO} {RUN + self.runs}"
        had_a_shift(book, who, self.folder / "old", account)
        book.close()
        data = self.folder / f"data{self.runs}"
        data.mkdir()
        environment = dict(os.environ)
        tests = CONSOLE.parent.parent
        environment["PYTHONPATH"] = f"{tests}:{tests.parent}"
        user = ""
        if self.place.shared:
            user, environment["BOOK_PASSWORD"] = ACCOUNT, PASSWORD
        spool = self.folder / "spool" / "waiting.jsonl"
        arguments = (data, self.site, self.place.url, user, spool, RUN + self.runs)
        with self.complaints().open("wb") as complaints:
            return subprocess.Popen(
                [sys.executable, str(CONSOLE), *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment,
                start_new_session=True,
            )

    def complaints(self) -> Path:
        """What the last console that was started wrote to stderr."""
        return self.folder / f"console{self.runs}.txt"


@dataclass
class Round:
    """One console's life: what it said was saved, how long it lived, how it ended."""

    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    lived: float = 0.0
    played: bool = False
    lost: list[str] = field(default_factory=list)


def one_round(scene: Scene, after: float | None) -> Round:
    """Play, and kill the console `after` so many seconds from its first word.

    Args:
        scene: where.
        after: s; None lets it play to its end.
    """
    found = Round()
    console = scene.start()
    assert console.stdout is not None
    began = 0.0
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(console.stdout, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if began and after is not None and now - began >= after:
                console.send_signal(signal.SIGKILL)
            if selector.select(0.01):
                chunk = os.read(console.stdout.fileno(), 1 << 16)
                if not chunk:
                    break
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    said = json.loads(line)
                    began = began or ("begun" in said and time.monotonic()) or 0.0
                    found.played |= "played" in said
                    if "saved" in said:
                        found.saved[said["saved"]] = said
    console.stdout.close()
    console.wait(timeout=PATIENCE)
    found.lived = time.monotonic() - began
    found.lost = lost(scene, found)
    return found


def lost(scene: Scene, found: Round) -> list[str]:
    """What was confirmed and is not in the book as it was said, with its evidence."""
    book = scene.book()
    try:
        kept, after = {}, 0
        while True:
            leaf = book.read(after)
            kept |= {record.uid: record for record in leaf.records}
            after = leaf.last
            if not leaf.full:
                break
        missing = []
        for uid, said in found.saved.items():
            record = kept.get(uid)
            if record is None or record.number != said["number"]:
                missing.append(uid)
                continue
            if said["hash"]:
                file = book.file(said["hash"])
                if file is None or not is_hash_of(said["hash"], file.data):
                    missing.append(f"evidence of {uid}")
        numbers = [record.number for record in kept.values()]
        if len(set(numbers)) != len(numbers):
            missing.append("a number stands twice")
        return missing
    finally:
        book.close()


def moments(rounds: int, longest: float, seed: int) -> list[float]:
    """Random moments of a shift, s, one in each equal part of it, shuffled."""
    dice = random.Random(seed)
    found = [(part + dice.random()) * longest / rounds for part in range(rounds)]
    dice.shuffle(found)
    return found
