"""Two consoles on one log: what one answers to an alarm is seen by the other."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.books import ROLES, Place
from support.fake_session import RUN, FakeSession, run_info
from support.instructed import instructed_site
from support.postgres import PASSWORD
from support.waiting import wait_until

from dqmconsole.logbook.book import Book
from dqmconsole.logbook.replicate import BookThread
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.record import Shelved
from dqmconsole.model.verdict import Status
from dqmconsole.shift import answering
from dqmconsole.shift.alarms import Standing, seen
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.site import Site

PLOT = Member("Hcal › Page › Hcal/a", Status.BAD, "12 % dead", "missing", "now")
ALARM = Alarm(
    *(f"{RUN}/Hcal/missing/1", RUN, "Hcal", "missing", (PLOT,), 1000.0, 1000.0),
    urgency="now",
)


class Console:
    """A console of an account, with one alarm.

    Attributes:
        refused: why the log did not take something.
    """

    def __init__(self, place: Place, account: str, folder: Path) -> None:
        site = instructed_site()
        permissions = {role: (name,) for name, role in ROLES.items()}
        settings = msgspec.structs.replace(site.settings, permissions=permissions)
        self.client = FakeSession(msgspec.structs.replace(site, settings=settings))
        self.client.put_run(run_info())
        self.client.mailbox.alarms[ALARM.id] = ALARM
        self.refused: list[str] = []

        def book(user: str, _password: str) -> Book:
            return Book.open(place.url, user=user, password=PASSWORD)

        def opened(_site: Site, _banner: str) -> BookThread:
            spool = folder / f"{account}.spool"
            return BookThread(book, spool, account, user=account)

        self.session = ShiftSession(self.client, opened, time.time, account, account)
        self.until(lambda: self.session.book.word == "ready", "the log is open")
        assert self.session.begin(account) == ""

    @property
    def row(self) -> Standing:
        """The alarm as it stands here."""
        news = self.session.look(time.time(), self.client.take())
        self.refused += news.refused
        return next(one for one in self.session.alarms if one.alarm.id == ALARM.id)

    def until(self, holds: object, what: str) -> None:
        """Look until something holds."""
        assert callable(holds)
        wait_until(lambda: (self.row, holds())[1], what)

    def shows(self, state: str) -> None:
        """Look until the alarm stands so."""
        self.until(lambda: self.row.state == state, state)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A log in a file, or in a database."""
    url = f"sqlite:///{tmp_path}/book.sqlite"
    cluster = None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        url = cluster.database()
    found = Place(url, cluster)
    found.make()
    return found


@contextmanager
def two(place: Place, folder: Path) -> Iterator[tuple[Console, Console]]:
    """A shifter's console, and a shift leader's."""
    consoles: list[Console] = []
    try:
        consoles.append(Console(place, "sue_shifter", folder))
        consoles.append(Console(place, "leo_leader", folder))
        yield consoles[0], consoles[1]
    finally:
        for each in consoles:
            each.session.close()


def test_what_one_console_answers_the_other_shows(place: Place, tmp_path: Path) -> None:
    with two(place, tmp_path) as (sue, leo):
        leo.shows("unacknowledged")
        assert answering.acknowledge(sue.session, sue.row) == ""
        leo.shows("acknowledged")
        by = leo.row.by
        assert by is not None
        assert by.who == "sue_shifter"
        assert answering.shelve(leo.session, leo.row, "known to Eva") == ""
        sue.shows("shelved")
        assert answering.unshelve(sue.session, sue.row) == ""
        leo.shows("acknowledged")


def test_what_the_database_does_not_take_asks_again(
    place: Place, tmp_path: Path
) -> None:
    """Whoever goes past the program does not silence what only a leader may."""
    with two(place, tmp_path) as (sue, leo):
        refused = answering.shelve(sue.session, sue.row, "too loud")
        assert refused.startswith("a shifter cannot shelve an alarm that is to be")
        body = Shelved(seen(ALARM), time.time() + 600, "too loud")
        sue.session.author.write(body, run=RUN)
        sue.shows("shelved")
        sue.until(lambda: sue.refused, "it is refused")
        assert sue.refused == [
            "Hcal missing is not shelved and asks again: a shifter cannot shelve an "
            "alarm that is to be answered now; a shift-leader or an expert can"
        ]
        sue.shows("unacknowledged")
        leo.shows("unacknowledged")


def test_what_a_locked_log_does_not_take_yet_is_kept_and_the_lock_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.shift.console_alarms.HELD", 0.0)
    place = Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    place.make()
    with two(place, tmp_path) as (sue, leo):
        sue.until(lambda: not sue.session.author.unsaved, "all is saved")
        leo.until(lambda: not leo.session.author.unsaved, "all is saved")
        locked = sqlite3.connect(place.path, isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        assert answering.acknowledge(sue.session, sue.row) == ""
        sue.until(lambda: "book" in roots(sue), "the lock is told")
        assert sue.row.state == "acknowledged"
        assert leo.row.state == "unacknowledged"
        locked.execute("COMMIT")
        locked.close()
        leo.shows("acknowledged")
        sue.until(lambda: not sue.session.author.unsaved, "it is saved")


def roots(console: Console) -> set[str]:
    """What has an alarm at a console."""
    return {one.alarm.root for one in console.session.alarms}
