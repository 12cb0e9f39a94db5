"""A whole shift by keyboard, on a real engine, real files and a real book.

As a script it is one console in a process of its own that says which records were
saved: ``python whole_shift.py FOLDER SITE URL USER SPOOL RUN``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from support.hcal_data import RUN, write_data
from support.keyboard import CTRL, RETURN, SHIFT, Keyboard
from support.waiting import PATIENCE

from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    Record,
    RunSeen,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift import reading
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.session import ShiftSession
from dqmconsole.shift.signing import gate
from dqmconsole.site.site import read_site
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.theme import DARK, LIGHT
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.logbook.book import Book

WHO = "Ada Shifter"


class WholeShift(Keyboard):
    """One console and the hands on its keyboard.

    Args:
        folder: where this writes data, as the DQM client would.
        site: folder of the site.
        url: of the book.
        user: account of the database; "" for a file.
        spool: where records wait for the book.
        tell: is told every record of this console once the book has it.
        shots: folder for pictures of each stage in both themes, or None.
        run: number of the run that appears.
        who: the shifter.
    """

    def __init__(
        self,
        folder: Path,
        site: Path,
        url: str,
        user: str,
        spool: Path,
        tell: Callable[[Record], None],
        shots: Path | None = None,
        run: int = RUN,
        who: str = WHO,
    ) -> None:
        self._run = run
        self._who = who
        self._folder = folder
        self._tell = tell
        self._user = user
        self._shots = shots
        self._told: set[str] = set()
        self.client = EngineClient()
        self.session = ShiftSession(
            self.client,
            lambda _site, _banner: BookThread(open_at(url), spool, user=user),
            time.time,
            user or "dqmshift",
            f"here:{os.getpid()}",
        )
        self.session.evidence_folder = spool.parent / "evidence"
        self.window = MainWindow(
            self.client,
            Settings(None),
            start_demo=None,
            clock=time.time,
            theme=LIGHT,
            session=self.session,
        )
        self.window.resize(1600, 960)
        self.client.open(str(folder), site=str(site))
        self.window.show()
        self.window.activateWindow()

    # -- the shift, stage by stage ---------------------------------------------------

    def play(self) -> None:
        """From the start of the shift to the hand-over."""
        for stage in (
            self.begin,
            self.a_run_appears,
            self.a_plot_is_bad,
            self.the_instruction_is_followed,
            self.an_entry_with_evidence,
            self.the_run_ends,
            self.flags_and_sign_off,
            self.hand_over,
        ):
            stage()
            self.look(0.1)
            self.shoot(stage.__name__)
        self.until(lambda: not self.session.author.unsaved, "everything is saved")

    def begin(self) -> None:
        """The start of the shift, with two changed instructions to read."""
        password = os.environ.get("BOOK_PASSWORD", "")
        if password:
            self.until(lambda: self.session.book.asks, "the book asks for an account")
            self.session.sign_in(self._user, password)
        self.until(lambda: self.session.book.word == "ready", "the book is open")
        self.press(Qt.Key.Key_F2)
        self.type(self._who)
        self.press(RETURN)
        self.type("Leo Leader")
        self.until(
            lambda: self.window.parts.start.news.list.count(), "the changes are known"
        )
        self.tab_to("What changed")
        self.shoot("changes")
        self.press(Qt.Key.Key_Space)
        self.press(Qt.Key.Key_Space)
        self.press(RETURN, CTRL)
        self.until(lambda: self.mine(Read, 2), "the shift has begun")
        self.press(Qt.Key.Key_Escape)

    def a_run_appears(self) -> None:
        """Data come; the run stands in the book by itself."""
        self.data(3)
        self.until(lambda: self.mine(RunSeen), "the run stands in the book")
        self.until(lambda: self.mine(Flag), "a flag is proposed")

    def a_plot_is_bad(self) -> None:
        """A plot turns BAD; N goes there."""
        self.data(5, bad=True)
        self.until(
            lambda: Status.BAD in {each.status for each in self.verdicts()},
            "a plot is BAD",
        )
        self.press("n")
        self.until(
            lambda: "BAD" in self.words("Selected plot"), "the panel says that it is"
        )

    def the_instruction_is_followed(self) -> None:
        """The steps are ticked, somebody is called."""
        self.press("i")
        assert self.focus() == "Instruction", self.focus()
        self.shoot("instruction")
        self.press(Qt.Key.Key_Escape)
        self.press("t")
        self.press("c")
        self.press(RETURN)
        self.shoot("call")
        self.press(Qt.Key.Key_Right)  # they answered
        self.press(RETURN)
        self.press("t")
        self.until(
            lambda: self.mine(Tick, 2) and self.mine(Call),
            "ticks and the call are in the book",
        )

    def an_entry_with_evidence(self) -> None:
        """E takes the evidence; the words follow."""
        self.press("e")
        self.type(" three towers are empty, the expert resets them")
        self.until(
            lambda: self.words("Evidence").startswith("The evidence is taken"),
            "the evidence is taken",
        )
        self.shoot("entry")
        self.press(RETURN, CTRL)
        self.until(lambda: self.mine(Entry), "the entry is in the book")

    def the_run_ends(self) -> None:
        """The last data and the final file come."""
        self.data(8, bad=True)
        self.data(9, bad=True, final=True)
        self.until(
            lambda: any(body.phase == "ended" for body in self.bodies(RunSeen)),
            "the book knows that the run is over",
        )

    def flags_and_sign_off(self) -> None:
        """What is proposed is confirmed, and the run signed off."""
        self.press("f")
        assert self.focus() == "Flags", self.focus()
        self.press(RETURN, CTRL)  # what is GOOD; the rest is set by hand
        self.press("b")
        self.type("three towers are dead")
        self.press(RETURN)
        self.until(
            lambda: any(not body.proposed for body in self.bodies(Flag)),
            "the flags are confirmed",
        )
        self.shoot("flags")
        self.press(RETURN, CTRL | SHIFT)
        if self.focus() == "Reason to sign off":
            # A run of a console that was killed is as short, and signed off with this.
            self.type("the console of the other run was lost")
            self.press(RETURN, CTRL)
        self.until(lambda: self.mine(SignOff), "the run is signed off")

    def hand_over(self) -> None:
        """The report is drafted, edited and given."""
        self.press("h")
        assert self.focus() == "Draft the hand-over", self.focus()
        self.press(RETURN)
        self.press(Qt.Key.Key_End, CTRL)
        self.type(" watch the three towers")
        self.shoot("report")
        self.press(RETURN, CTRL)
        self.until(lambda: self.mine(HandOver), "the report is given")

    def data(self, lumisection: int, *, bad: bool = False, final: bool = False) -> None:
        """Write data as the client would."""
        write_data(
            self._folder, lumisection, time.time(), bad=bad, final=final, run=self._run
        )

    # -- hands and eyes --------------------------------------------------------------

    def look(self, seconds: float) -> None:
        """Let time pass and say what was saved in it."""
        end = time.monotonic() + seconds
        while True:
            QApplication.processEvents()
            self.tell()
            if time.monotonic() >= end:
                return
            time.sleep(0.005)

    def tell(self) -> None:
        """Tell of every record of this console that the book has."""
        me = self.session.author.signature.console
        for kind in (
            ShiftBegan, Read, RunSeen, Flag, Tick, Call, Entry, SignOff, HandOver,
        ):  # fmt: skip
            for record, _ in self.session.logbook.of(kind):
                if record.number and record.uid not in self._told:
                    self._told.add(record.uid)
                    if record.console == me:
                        self._tell(record)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Look until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, (
                f"never: {what}; in {self.focus()}; {self.session.book};"
                f" {gate(self.session, self._run)}"
            )
            self.look(0.02)

    def mine(self, kind: type, many: int = 1) -> bool:
        """Whether the book has so many records of a kind that this console wrote."""
        me = self.session.author.signature.console
        found = [
            record
            for record, _ in self.session.logbook.of(kind)
            if record.number and record.console == me
        ]
        return len(found) >= many

    def bodies(self, kind: type) -> list[object]:
        """What the book says of a kind, about this run."""
        found = self.session.logbook.of_run(kind, self._run)
        return [body for record, body in found if record.number]

    def verdicts(self) -> list[object]:
        """The verdicts of this moment."""
        return list(self.client.mailbox.verdicts.values())

    def live(self) -> None:
        """Look for a moment after each key."""
        self.look(0.03)

    def shoot(self, name: str) -> None:
        """Save the window in both themes, where pictures are wanted."""
        if self._shots is None:
            return
        for theme in (DARK, LIGHT):
            self.window.context.colours.change(theme)
            self.look(0.15)
            self.window.grab().save(str(self._shots / f"{name}-{theme.name}.png"))

    def close(self) -> None:
        """Close the window, and with it everything."""
        self.window.end()
        self.session.close()
        self.client.close()
        self.window.deleteLater()
        QApplication.processEvents()


def had_a_shift(book: Book, who: str, old_site: Path, account: str = "") -> None:
    """Write that somebody began a shift with everything of a site read."""
    when = time.time() - 90_000.0
    kept = reading.baseline(reading.items(read_site(old_site), when))
    common = {"who": who, "role": "shifter", "account": account}
    book.write(
        [
            Record(f"earlier of {who}", when, ShiftBegan("Leo"), **common),  # type: ignore[arg-type]
            Record(
                f"read by {who}", when, Read(reading.ALL, "", hash=kept.hash), **common
            ),  # type: ignore[arg-type]
        ],
        [kept],
    )


def main() -> None:
    """Play the shift in this process."""
    folder, site, url, user, spool, run = sys.argv[1:7]
    application = QApplication(sys.argv[:1])

    def tell(record: Record) -> None:
        said = {"saved": record.uid, "number": record.number}
        said["hash"] = getattr(record.body, "evidence", "")
        said["body"] = msgspec.json.encode(record.body).decode()
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    shift = WholeShift(
        Path(folder), Path(site), url, user, Path(spool), tell,
        run=int(run), who=f"{WHO} {run}",
    )  # fmt: skip
    sys.stdout.write(json.dumps({"begun": os.getpid()}) + "\n")
    sys.stdout.flush()
    try:
        shift.play()
        sys.stdout.write(json.dumps({"played": int(run)}) + "\n")
        sys.stdout.flush()
    finally:
        shift.close()
        del application


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
