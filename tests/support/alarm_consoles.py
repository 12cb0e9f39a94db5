"""Consoles without a window, each with an engine, at one detector and one book."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from support.postgres import PASSWORD

from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.model.record import Acknowledged
from dqmconsole.shift import feed
from dqmconsole.shift.answering import acknowledge
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.session import ShiftSession
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import aimed, parse_cause
from dqmconsole.simulation.writer import FolderWriter
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.shift.alarms import Standing

SUBSYSTEMS = ("Info", "Hcal", "RPC")
SAYS_EVERY = 0.5  # s, what has not changed
SIGNS_IN_EVERY = 3.0  # s, while the book asks who it is


def write_site(folder: Path) -> Path:
    """The bundled site, of a few subsystems only."""
    bundled = bundled_site()
    layouts = folder / "layouts"
    layouts.mkdir(parents=True)
    for path in (bundled / "layouts").glob("*.yaml"):
        number, _, name = path.stem.partition("-")
        if not number.isdigit() or name in SUBSYSTEMS:
            shutil.copy(path, layouts / path.name)
    (layouts / "references").symlink_to(bundled / "layouts" / "references")
    (folder / "instructions").symlink_to(bundled / "instructions")
    return folder


class Detector:
    """The simulated detector, stepped by whoever looks; what is wrong comes and goes.

    Args:
        folder: where its files go.
        every: s between two lumisections.
        seed: everything random follows from it.
    """

    def __init__(self, folder: Path, every: float = 0.5, seed: int = 7) -> None:
        self.folder, self.every = folder, every
        self._simulation = Simulation("collisions", seed, only=SUBSYSTEMS)
        self._writer = FolderWriter(folder)
        self._started, self._next = time.time(), 0.0

    @property
    def lumisection(self) -> int:
        """The last one that was written."""
        return self._simulation.state.lumisection

    def strike(self, cause: str, lasting: int | None = None) -> None:
        """Let something be wrong from the next lumisection on.

        Args:
            cause: "NAME:SUBSYSTEM*SIZE".
            lasting: lumisections; None: until the end.
        """
        parsed = aimed(parse_cause(cause), SUBSYSTEMS)
        onset = self._simulation.state.elapsed + 1
        struck = msgspec.structs.replace(parsed, onset=onset, duration=lasting)
        self._simulation.causes += (struck,)

    def look(self) -> None:
        """Go on, if it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.every
        self._simulation.step(time.time())
        for client in self._simulation.clients.values():
            if self._simulation.state.clients[client.subsystem.name].writes:
                self._writer.snapshot(self._simulation, client, self._started)

    def next_run(self) -> None:
        """End the run, and begin the next."""
        for client in self._simulation.clients.values():
            self._writer.final(self._simulation, client, self._started)
        self._simulation.next_run()
        self._started = time.time()


class Console:
    """A console without a window, with an engine of its own and the shared book.

    Args:
        number: of the console.
        folder, site: what its engine reads.
        url, account: of the book.
        state: what its engine keeps stands here.
        scratch: its spool stands here.
    """

    def __init__(
        self, number: int, folder: Path, site: Path, url: str, account: str,
        state: Path, scratch: Path,
    ) -> None:  # fmt: skip
        self.number, self._account = number, account
        self._asked = 0.0
        self._feed = feed.Feed()
        self.client = EngineClient(self._feed, str(state), str(state / "runs"))
        spool = scratch / f"spool{number}.jsonl"
        self.session = ShiftSession(
            self.client,
            lambda _site, _banner: BookThread(open_at(url), spool, str(number)),
            time.time,
            account,
            f"console:{number}",
        )
        self.client.open(str(folder), site=str(site))

    def look(self) -> None:
        """Take in what came, as the window's clock does."""
        self.session.look(time.time(), self.client.take())
        if self.session.book.asks and time.monotonic() - self._asked > SIGNS_IN_EVERY:
            self._asked = time.monotonic()
            self.session.sign_in(self._account, PASSWORD)

    @property
    def engine(self) -> int:
        """The process of its engine; 0 while none runs."""
        return self._feed.pid

    @property
    def ready(self) -> bool:
        """The engine lives, and the book can be written."""
        live = self.client.engine.state == "live"
        return live and self.session.book.word == "ready"

    def row(self, name: str) -> Standing | None:
        """The row of an alarm, by its id."""
        rows = self.session.alarms
        return next((row for row in rows if row.alarm.id == name), None)

    def close(self) -> None:
        """End all of it."""
        self.session.close()
        self.client.close()


# -- a console as a process of its own -----------------------------------------------


def _as_told(alarm: Alarm) -> dict[str, Any]:
    return {
        "onset": [alarm.began, alarm.earliest, alarm.latest],
        "news": alarm.news,
        "returned": alarm.returned is not None,
        "wrong": sorted(one.key for one in alarm.wrong),
        "extent": msgspec.to_builtins(alarm.extent),
    }


def _news_of(console: Console) -> dict[str, Any]:
    """What a console shows now."""
    session = console.session
    told = console.client.mailbox.alarms
    rows = {
        row.alarm.id: [row.state, "" if row.by is None else row.by.uid]
        for row in session.alarms
        if row.alarm.id in told
    }
    answered = {
        record.uid: msgspec.to_builtins(body.alarm)
        for record, body in session.logbook.of(Acknowledged)
        if record.number
    }
    return {
        "ready": console.ready and bool(session.author.signature.shift),
        "why": f"engine {console.client.engine.sentence}, log {session.book.word}"
        f" {session.book.sentence}, shift {session.author.signature.shift}",
        "engine": console.engine,
        "run": console.client.mailbox.run.lumisection,
        "rows": rows,
        "told": {each.id: _as_told(each) for each in told.values()},
        "answered": answered,
    }


def main() -> None:
    """Run one console: words on standard input, what it shows on standard output."""
    number, folder, site, url, account, state, scratch = sys.argv[1:8]
    console = Console(
        int(number), Path(folder), Path(site), url, account, Path(state), Path(scratch)
    )
    begun = Path(scratch) / f"shift{number}"
    words: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            words.put(line.strip())
        words.put("end")

    threading.Thread(target=listen, name="words", daemon=True).start()
    said, told_at = "", 0.0
    session = console.session
    while True:
        console.look()
        if session.book.word == "ready" and not session.author.signature.shift:
            uid = begun.read_text() if begun.exists() else ""
            if not session.resume(uid):
                session.begin(account)
            begun.write_text(session.open_shift)
        with contextlib.suppress(queue.Empty):
            word = words.get_nowait()
            if word == "end":
                break
            for row in session.alarms:
                if row.asks and row.alarm.id in console.client.mailbox.alarms:
                    acknowledge(session, row)
                    break
        line = json.dumps(_news_of(console))
        if line != said or time.monotonic() - told_at > SAYS_EVERY:
            said, told_at = line, time.monotonic()
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        time.sleep(0.02)
    console.close()


if __name__ == "__main__":
    feed.PAUSES = (0.2,) * 6  # engines do not last on purpose
    main()
