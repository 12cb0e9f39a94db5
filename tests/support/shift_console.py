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

from dqmconsole.model.record import Entry, Flag
from dqmconsole.shift import deeds
from dqmconsole.shift.book_thread import BookThread, open_at
from dqmconsole.shift.duty import Duty
from dqmconsole.shift.flags import components, timelines
from dqmconsole.shift.session import Session
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
        duty: the shift.
        many: how many of each.
        seed: of pace and flags.
    """

    def __init__(self, duty: Duty, many: int, seed: int) -> None:
        self._duty = duty
        self._left = many
        self._dice = random.Random(seed)
        self._seed = seed
        self._told: set[str] = set()
        self._next = 0.0
        self.going = False

    def look(self) -> None:
        """Write when it is time; tell what was saved or seen since the last look."""
        duty = self._duty
        now = time.time()
        if self.going and self._left > 0 and now >= self._next:
            self._next = now + self._dice.uniform(0.05, 0.3)
            self._left -= 1
            self._write()
        for kind in (Flag, Entry):
            for record, body in duty.logbook.of(kind):
                if record.number and record.uid not in self._told:
                    if isinstance(body, Flag) and body.proposed:
                        continue
                    self._told.add(record.uid)
                    say(
                        seen=record.uid,
                        at=now,
                        made=record.made_at,
                        number=record.number,
                        mine=record.console == duty.pen.writing.console,
                    )

    def _write(self) -> None:
        duty, run = self._duty, self._duty.session.run.run
        names = sorted(components(duty.site))
        flag = Flag(
            self._dice.choice(STATUSES),  # type: ignore[arg-type]
            first=self._dice.randint(1, 10),
            last=self._dice.randint(10, 20),
            cause=f"console {self._seed}",
            comment=f"flag {self._left}",
        )
        refused = deeds.set_flag(duty, run, self._dice.choice(names), flag)
        entry = Entry(f"Entry {self._left} of console {self._seed}")
        refused = refused or deeds.enter(duty, entry, run)
        if refused:
            say(refused=refused)

    def state(self) -> object:
        """What this console holds to be true: flags by range, and entries."""
        duty, run = self._duty, self._duty.session.run.run
        lines = timelines(duty.logbook, run, components(duty.site))
        flags = {
            name: [
                (each.first, each.last, each.flag.status, each.flag.cause,
                 each.flag.comment)
                for each in line
            ]
            for name, line in lines.items()
        }  # fmt: skip
        entries = [(record.uid, body.title) for record, body in duty.logbook.of(Entry)]
        return [sorted(flags.items()), entries]


def main() -> None:
    """Run one console."""
    folder, site, url, user, spool, writes, seed = sys.argv[1:8]
    password = os.environ.get("BOOK_PASSWORD", "")
    application = QApplication(sys.argv[:1])
    session = Session()
    duty = Duty(
        session,
        lambda _site, _banner: BookThread(open_at(url), Path(spool), seed),
        time.time,
        user,
        f"console:{seed}",
    )
    window = MainWindow(
        session, Settings(None), start_demo=None, clock=time.time, duty=duty
    )
    session.open(folder, site=site)
    window.show()
    writer = Writer(duty, int(writes), int(seed))
    asked: list[bool] = []

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "go":
                writer.going = True
            if line.strip() == "state":
                asked.append(True)
        asked.append(False)

    def look() -> None:
        if duty.book.asks and password:
            duty.sign_in(user, password)
        if duty.book.word == "ready" and not duty.pen.writing.shift:
            if session.run.run > 0:
                duty.begin(f"Shifter {seed}", "A. Leader")
                say(ready=seed)
            return
        writer.look()
        while asked:
            if not asked.pop(0):
                application.quit()
                return
            say(state=writer.state(), unsaved=len(duty.pen.unsaved))

    ear = threading.Thread(target=listen, name="stdin", daemon=True)
    ear.start()
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    application.exec()
    timer.stop()
    window.end()
    duty.close()
    session.close()
    window.deleteLater()
    application.processEvents()
    say(closed=seed)


if __name__ == "__main__":
    main()
