"""A log that an earlier version wrote (schema 4) is raised with all that it holds.

What is in it is read in ``tests/stored``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.books import Place, record, stored

from dqmconsole.logbook import steps
from dqmconsole.logbook.errors import BookAbsent, BookRefused
from dqmconsole.model.record import AlarmSeen, Entry, Shelved, SignOff

if TYPE_CHECKING:
    from support.postgres import Cluster

DATA = Path(__file__).parent.parent / "data" / "stored" / "data"


@pytest.fixture(params=["sqlite", "postgresql"])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A book as it was left."""
    if request.param == "sqlite":
        path = tmp_path / "book.sqlite"
        shutil.copyfile(DATA / "book-stored-experiment.sqlite", path)
        return Place(f"sqlite:///{path}", None)
    cluster: Cluster = request.getfixturevalue("cluster")
    place = Place(cluster.database(), cluster)
    place.sql((DATA / "postgresql.sql").read_text("utf-8"))
    return place


def test_an_earlier_book_is_raised_with_every_row_as_it_was(earlier: Place) -> None:
    tables = ("records", "files", "releases")
    assert earlier.sql("SELECT version FROM dqmconsole.book") == [(4,)]
    before = [earlier.sql(f"SELECT * FROM dqmconsole.{each}") for each in tables]
    if earlier.shared:
        words = rf"is of schema 4, this program needs {steps.VERSION}: its owner"
        with pytest.raises(BookAbsent, match=words):
            earlier.open("sue_shifter")
        earlier.make()
    book = earlier.open("sue_shifter")
    assert book.info().schema == steps.VERSION
    book.close()
    after = [earlier.sql(f"SELECT * FROM dqmconsole.{each}") for each in tables]
    assert after == before


def test_what_an_earlier_book_says_still_binds(earlier: Place) -> None:
    earlier.make()
    sue = earlier.open("sue_shifter")
    last = sue.read().records[-1].number
    with pytest.raises(BookRefused, match="run 398213 is signed off already by Sue"):
        sue.write([record(SignOff(), "sue_shifter", run=398213)])
    urgent = AlarmSeen("7/Hcal/missing/1", 7, "Hcal", "missing", urgency="now")
    with pytest.raises(BookRefused, match="a shifter cannot shelve an alarm that is"):
        sue.write([record(Shelved(urgent, 2e9, "known"), "sue_shifter")])
    fresh = stored(b"fresh")
    entry = Entry("new", evidence=fresh.hash)
    (new,) = sue.write([record(entry, "sue_shifter")], [fresh])
    assert sue.read(last).records == (new,)
    assert sue.file(fresh.hash) == fresh
    sue.close()
