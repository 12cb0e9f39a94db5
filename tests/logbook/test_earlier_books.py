"""Books that the last version with schema 4 wrote: raised with all that they hold.

``tests/data/book_schema4.sqlite`` and ``.sql`` (pg_dump) were written by that version.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.books import Place, record, stored

from dqmconsole.logbook import steps
from dqmconsole.logbook.errors import BookAbsent, BookRefused
from dqmconsole.model.record import Entry, Flag, HandOver, Read, SignOff, hash_of

if TYPE_CHECKING:
    from support.postgres import Cluster

DATA = Path(__file__).parent.parent / "data"
TABLES = ("records", "files", "releases")
KINDS = ["shift-began", "read", "run", "flag", "flag", "flag", "entry", "tick", "call",
         "check", "seen", "sign-off", "passed-on", "settled", "elog-sent", "hand-over",
         "took-up", "shift-ended"]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A book as it was left."""
    if request.param == "sqlite":
        shutil.copyfile(DATA / "book_schema4.sqlite", tmp_path / "book.sqlite")
        return Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    cluster: Cluster = request.getfixturevalue("cluster")
    place = Place(cluster.database(), cluster)
    place.sql((DATA / "book_schema4.sql").read_text("utf-8"))
    return place


def rows(place: Place) -> list[list[Any]]:
    return [place.sql(f"SELECT * FROM dqmconsole.{table}") for table in TABLES]


def test_an_earlier_book_is_raised_with_every_row_as_it_was(earlier: Place) -> None:
    assert earlier.sql("SELECT version FROM dqmconsole.book") == [(4,)]
    before = rows(earlier)
    if earlier.shared:
        words = rf"is of schema 4, this program needs {steps.VERSION}: its owner"
        with pytest.raises(BookAbsent, match=words):
            earlier.open("sue_shifter")
        earlier.make()
    book = earlier.open("sue_shifter")
    assert book.info().schema == steps.VERSION
    assert rows(earlier) == before
    leaf = book.read()
    assert [each.uid for each in leaf.records] == [f"old-{n}" for n in range(1, 19)]
    assert leaf.skipped == 0
    assert [each.body.__struct_config__.tag for each in leaf.records] == KINDS
    entry, read = leaf.records[6].body, leaf.records[1].body
    assert isinstance(entry, Entry)
    assert isinstance(read, Read)
    evidence, text = book.file(entry.evidence), book.file(read.hash)
    assert evidence is not None
    assert text is not None
    assert evidence.data == b"an evidence bundle"
    assert evidence.hash == hash_of(evidence.data)
    assert text.data.decode() == "Occupancy: look for holes. Ω"
    assert isinstance(leaf.records[15].body, HandOver)
    (release,) = book.releases("cms")
    assert release.why == "new limits"
    book.close()


def test_what_an_earlier_book_says_still_binds(earlier: Place) -> None:
    earlier.make()
    sue = earlier.open("sue_shifter")
    with pytest.raises(BookRefused, match="run 398213 is signed off already by Sue"):
        sue.write([record(SignOff(), "sue_shifter", run=398213)])
    with pytest.raises(BookRefused, match="a flag of a run that is signed off"):
        sue.write([record(Flag("BAD"), "sue_shifter", run=398213)])
    fresh = stored(b"fresh")
    entry = Entry("new", evidence=fresh.hash)
    (new,) = sue.write([record(entry, "sue_shifter")], [fresh])
    assert new.number > 18
    assert sue.read(18).records == (new,)
    assert sue.file(fresh.hash) == fresh
    sue.close()
