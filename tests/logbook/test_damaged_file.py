"""A file that was cut, emptied or has flipped bytes: said, not written, still shown."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from support.books import record, stored
from support.waiting import PATIENCE

from dqmconsole.desk.doctor import book_file
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.damage import damage, readable
from dqmconsole.logbook.errors import BookBroken, BookReplaced
from dqmconsole.logbook.replicate import BookThread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.logbook.state import BookNews


def opened(path: Path) -> Book:
    return Book.open(str(path), user="leo_leader")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A book of 300 records, and evidence behind them."""
    path = tmp_path / "book.sqlite"
    book = opened(path)
    book.write(
        [record(uid=f"u-{n}", who="the middle" * (n == 150)) for n in range(300)]
    )
    book.write([record(uid="evidence")], [stored(os.urandom(1_000_000))])
    book.close()
    return path


def as_killed(path: Path) -> None:
    """Leave the file as a console that was killed leaves it: with a log beside it."""
    book = opened(path)
    book.write([record(uid="late")])
    for side in ("", "-wal"):
        shutil.copy(f"{path}{side}", f"{path}.copy{side}")
    book.close()
    for side in ("", "-wal"):
        shutil.move(f"{path}.copy{side}", f"{path}{side}")


def seen_by_a_console(
    path: Path, done: Callable[[BookNews], bool]
) -> tuple[list[str], BookNews]:
    """The records that a console showed until what it says is so."""
    thread = BookThread(lambda _u, _p: opened(path), None)
    try:
        end, uids = time.monotonic() + PATIENCE, []
        while True:
            news = thread.take()
            uids += [each.uid for each in news.records]
            if done(news):
                return uids, news
            assert news.state.word != "ready", "a damaged book is none"
            assert time.monotonic() < end, news
            time.sleep(0.01)
    finally:
        thread.close()


@pytest.mark.parametrize("log", [False, True])
def test_a_file_cut_in_half_is_no_ready_book(path: Path, log: bool) -> None:
    if log:
        as_killed(path)
    os.truncate(path, path.stat().st_size // 2)
    before = path.read_bytes()
    uids, news = seen_by_a_console(path, lambda news: news.state.word == "refused")
    count = 302 if log else 301
    assert len(uids) == count
    assert "is damaged" in news.state.sentence
    words = f"{count} records of it can still be read and are shown."
    assert words in news.state.sentence
    assert path.read_bytes() == before
    (finding,) = book_file(path)
    assert finding.level == "error"
    assert finding.sentence.startswith(f"the book {path} is damaged: ")


def test_of_a_log_whose_file_was_emptied_nothing_is_thrown_away(path: Path) -> None:
    as_killed(path)
    os.truncate(path, 0)
    log = path.with_name("book.sqlite-wal")
    before = log.read_bytes()
    with pytest.raises(BookBroken, match="cut off after 0 bytes, for its log is not"):
        opened(path)
    assert log.read_bytes() == before
    assert path.stat().st_size == 0


def test_what_lies_before_and_behind_the_damage_is_read(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(b"the middle") // 4096 * 4096)
        file.write(b"\xa5" * 4096)
    assert "ok" not in damage(path, thorough=True)
    uids = [each.uid for each in readable(path)]
    assert 200 < len(uids) < 301
    assert uids[0] == "u-0"
    assert uids[-1] == "evidence"
    (finding,) = book_file(path)
    assert finding.level == "error"


def test_a_file_that_is_cut_while_it_is_open(path: Path) -> None:
    book = opened(path)
    book.read()
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises((BookReplaced, BookBroken)):
        book.write([record()])
    book.close()


def test_a_sound_file_is_whole(path: Path) -> None:
    assert damage(path) == damage(path, thorough=True) == ""
    as_killed(path)
    assert damage(path) == damage(path, thorough=True) == ""
    (finding,) = book_file(path)
    assert (finding.level, finding.sentence) == ("ok", f"the book {path} is whole")
    assert list(book_file(path.with_name("none"))) == []
