"""A whole console in a process of its own, with a shift; says what is saved and seen.

Run as a script: ``python shift_console.py FOLDER SITE URL USER SPOOL WRITES SEED``.
It reads ``go`` from its standard input before it writes, and ends when that closes.
Each line of its standard output is a JSON object.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.model.record import Entry, Flag
from dqmconsole.shift import actions
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.flags import components, timelines
from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.window import MainWindow

STATUSES = ("GOOD", "BAD", "EXCLUDED", "STANDBY")


def say(**words: object) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Writer:
    """Writes flags and entries at its own pace, as a shifter's keys would.

    Args:
        session: the shift.
        many: how many of each.
        seed: of pace and flags.
    """

    def __init__(self, session: ShiftSession, many: int, seed: int) -> None:
        self._session = session
        self._left = many
        self._dice = random.Random(seed)
        self._seed = seed
        self._told: set[str] = set()
        self._next = 0.0
        self.going = False

    def look(self) -> None:
        """Write when it is time; tell what was saved or seen since the last look."""
        session = self._session
        now = time.time()
        if self.going and self._left > 0 and now >= self._next:
            self._next = now + self._dice.uniform(0.05, 0.3)
            self._left -= 1
            self._write()
        for kind in (Flag, Entry):
            for record, body in session.logbook.of(kind):
                if record.number and record.uid not in self._told:
                    if isinstance(body, Flag) and body.proposed:
                        continue
                    self._told.add(record.uid)
                    say(
                        seen=record.uid,
                        at=now,
                        made=record.made_at,
                        number=record.number,
                        mine=record.console == session.author.signature.console,
                    )

    def _write(self) -> None:
        session, run = self._session, self._session.client.mailbox.run.run
        names = sorted(components(session.site))
        flag = Flag(
            self._dice.choice(STATUSES),  # type: ignore[arg-type]
            first=self._dice.randint(1, 10),
            last=self._dice.randint(10, 20),
            cause=f"console {self._seed}",
            comment=f"flag {self._left}",
        )
        refused = actions.set_flag(session, run, self._dice.choice(names), flag)
        entry = Entry(f"Entry {self._left} of console {self._seed}")
        refused = refused or actions.enter(session, entry, run)
        if refused:
            say(refused=refused)

    def state(self) -> object:
        """What this console holds to be true: flags by range, and entries."""
        session, run = self._session, self._session.client.mailbox.run.run
        lines = timelines(session.logbook, run, components(session.site))
        flags = {
            name: [
                (each.first, each.last, each.flag.status, each.flag.cause,
                 each.flag.comment)
                for each in line
            ]
            for name, line in lines.items()
        }  # fmt: skip
        entries = [
            (record.uid, body.title) for record, body in session.logbook.of(Entry)
        ]
        return [sorted(flags.items()), entries]


def main() -> None:
    """Run one console."""
    folder, site, url, user, spool, writes, seed = sys.argv[1:8]
    password = os.environ.get("BOOK_PASSWORD", "")
    application = QApplication(sys.argv[:1])
    client = EngineClient()
    session = ShiftSession(
        client,
        lambda _site, _banner: BookThread(open_at(url), Path(spool), seed),
        time.time,
        user,
        f"console:{seed}",
    )
    window = MainWindow(
        client, Settings(None), start_demo=None, clock=time.time, session=session
    )
    client.open(folder, site=site)
    window.show()
    writer = Writer(session, int(writes), int(seed))
    asked: list[bool] = []

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "go":
                writer.going = True
            if line.strip() == "state":
                asked.append(True)
        asked.append(False)

    def look() -> None:
        if session.book.asks and password:
            session.sign_in(user, password)
        if session.book.word == "ready" and not session.author.signature.shift:
            if client.mailbox.run.run > 0:
                session.begin(f"Shifter {seed}", "A. Leader")
                say(ready=seed)
            return
        writer.look()
        while asked:
            if not asked.pop(0):
                window.asks = False  # quitting closes the windows, which may refuse
                application.quit()
                return
            say(state=writer.state(), unsaved=len(session.author.unsaved))

    ear = threading.Thread(target=listen, name="stdin", daemon=True)
    ear.start()
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    application.exec()
    timer.stop()
    window.end()
    session.close()
    client.close()
    window.deleteLater()
    application.processEvents()
    say(closed=seed)


if __name__ == "__main__":
    main()
