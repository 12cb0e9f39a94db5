"""Whatever befalls the file of waiting records: what it does not hit is written once.

The table: while no console runs, and under a console whose book is away.
"""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.books import Place, record, stored
from support.waiting import PATIENCE

from dqmconsole.logbook import spool as spooling
from dqmconsole.logbook.errors import BookUnreachable
from dqmconsole.logbook.replicate import BookThread
from dqmconsole.logbook.spool import Spool, Waiting
from dqmconsole.model.record import Entry, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.state import BookNews

MANY = 20


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    found.make()
    return found


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "waiting" / "spool.jsonl"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files: what cannot be kept is put there."""
    found = tmp_path / "temporary"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    return found


def records() -> list[Record]:
    return [record(Entry(f"entry {n}", "x" * 300), uid=f"w-{n}") for n in range(MANY)]


class Away:
    """An opener of a book that can be reached only while `there`."""

    def __init__(self, place: Place, *, there: bool = False) -> None:
        self._place = place
        self.there = there

    def __call__(self, _user: str, _password: str) -> Book:
        if not self.there:
            words = "away"
            raise BookUnreachable(words)
        return self._place.open()


@contextmanager
def console(opener: Away, spool: Path) -> Iterator[Callable[..., BookNews]]:
    """A console's thread; gives what waits for something that it says."""
    thread = BookThread(opener, spool)

    def until(done: Callable[[BookNews], object]) -> BookNews:
        end = time.monotonic() + PATIENCE
        while not done(news := thread.take()):
            assert time.monotonic() < end, news
            time.sleep(0.005)
        return news

    until.put = thread.put  # type: ignore[attr-defined] # one object to hand around
    try:
        yield until
    finally:
        thread.close()


def written_by_the_next(place: Place, spool: Path) -> list[str]:
    """The uids of the book once a console has written all that waits."""
    with console(Away(place, there=True), spool) as until:
        until(lambda news: news.state.word == "ready" and not news.state.unsaved)
    book = place.open()
    uids = [each.uid for each in book.read(limit=10**6).records]
    book.close()
    return uids


def left_by_a_console(spool: Path) -> list[Record]:
    kept = records()
    opened = Spool(spool)
    opened.append(Waiting(each, (stored(each.uid.encode()),)) for each in kept)
    opened.close()
    return kept


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_costs_one_record_and_changes_none(
    place: Place, spool: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    kept = left_by_a_console(spool)
    data = bytearray(spool.read_bytes())
    chance = random.Random(seed)
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    spool.write_bytes(data)
    with caplog.at_level(logging.CRITICAL):
        uids = written_by_the_next(place, spool)
    lost = [each.uid for each in kept if each.uid not in uids]
    assert len(lost) <= 2  # two lines, where their end was hit
    assert uids == [each.uid for each in kept if each.uid not in lost]
    book = place.open()
    for each in book.read().records:
        assert each.body == kept[int(each.uid[2:])].body
    book.close()
    if lost:
        broken = spool.with_suffix(".broken").read_bytes()
        assert sum(len(line) for line in broken.splitlines()) > 300 * len(lost)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_of_a_file_that_was_cut_the_rest_is_written(
    place: Place, spool: Path, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    kept = left_by_a_console(spool)
    os.truncate(spool, int(spool.stat().st_size * share))
    whole = spool.read_bytes().count(b"\n")
    with caplog.at_level(logging.CRITICAL):
        uids = written_by_the_next(place, spool)
    assert uids == [each.uid for each in kept[:whole]]


def delete(path: Path) -> None:
    path.unlink()


def delete_the_folder(path: Path) -> None:
    for each in path.parent.iterdir():
        each.unlink()
    path.parent.rmdir()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace(path: Path) -> None:
    (other := path.with_name("other")).write_bytes(b"junk\n" * 1000)
    other.replace(path)


def write_over(path: Path) -> None:
    path.write_bytes(os.urandom(10_000))


@pytest.mark.parametrize(
    "harm", [delete, delete_the_folder, empty, cut, replace, write_over]
)
def test_what_befalls_the_file_under_a_console_costs_nothing(
    place: Place, spool: Path, harm: Callable[[Path], None]
) -> None:
    kept, opener = records(), Away(place)
    with console(opener, spool) as until:
        for each in kept[: MANY // 2]:
            until.put(each)  # type: ignore[attr-defined] # see there
        lines = MANY // 2
        until(lambda _: spool.exists() and spool.read_bytes().count(b"\n") == lines)
        harm(spool)
        for each in kept[MANY // 2 :]:
            until.put(each)  # type: ignore[attr-defined] # see there
        opener.there = True
        until(lambda news: news.state.word == "ready" and not news.state.unsaved)
    book = place.open()
    assert [each.uid for each in book.read().records] == [each.uid for each in kept]
    book.close()


def test_a_full_disk_costs_nothing(
    place: Place, spool: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """The spool's disk is full when the console ends: what waits is put elsewhere."""
    kept = records()
    honest = spooling._append

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spooling, "_append", full)
    with console(Away(place), spool) as until, caplog.at_level(logging.CRITICAL):
        for each in kept:
            until.put(each)  # type: ignore[attr-defined] # see there
        until(lambda news: "No space left" in news.state.sentence)
    assert len(list(temporary.iterdir())) == 1
    monkeypatch.setattr(spooling, "_append", honest)
    assert written_by_the_next(place, spool) == [each.uid for each in kept]


KILLED = """
import sys, time, random
from pathlib import Path
from support.books import Place, record
from dqmconsole.logbook.errors import BookUnreachable
from dqmconsole.model.record import Entry
from dqmconsole.logbook.replicate import BookThread
place, spool, name, seed = Place(sys.argv[1], None), Path(sys.argv[2]), *sys.argv[3:]
chance = random.Random(seed)
reachable = chance.random() < 0.5
def opener(user, password):
    if not reachable:
        raise BookUnreachable("away")
    return place.open()
thread = BookThread(opener, spool)
print("started", flush=True)
for number in range(10**6):
    thread.put(record(Entry("e", "x" * 2000), uid=f"{name}-{number}"))
    for uid in thread.take().saved:
        print(uid, flush=True)
    time.sleep(chance.random() * 0.004)
"""


@pytest.mark.slow
def test_killed_at_fifty_moments_nothing_is_lost_or_doubled(
    place: Place, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of each console an unbroken beginning is kept, with all that was said saved."""
    tests = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": f"{tests}:{tests.parent}"}
    chance = random.Random(5)
    said: list[str] = []
    for number in range(50):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, place.url, spool, f"k{number}", str(number)],
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(chance.random() * 0.4)  # the moment of the kill
        process.kill()
        said += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
    with caplog.at_level(logging.CRITICAL):  # half a line may be told of
        uids = written_by_the_next(place, spool)
    assert set(said) <= set(uids)
    assert len(uids) == len(set(uids))
    for number in range(50):
        mine = [uid for uid in uids if uid.startswith(f"k{number}-")]
        assert mine == [f"k{number}-{each}" for each in range(len(mine))]
    assert len(uids) > 50


def test_a_line_of_an_earlier_version_has_no_checksum(
    place: Place, spool: Path
) -> None:
    spool.parent.mkdir()
    spool.write_bytes(msgspec.json.encode(Waiting(record(uid="old"))) + b"\n")
    assert written_by_the_next(place, spool) == ["old"]
