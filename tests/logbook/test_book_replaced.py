"""The file of a book is deleted, replaced or written over while it is open."""

from __future__ import annotations

import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from support.books import record

from dqmconsole.logbook import same_file
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookReplaced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = "was taken away or replaced while it was open"


def delete(path: Path) -> None:
    for each in path.parent.glob("book.sqlite*"):
        each.unlink()


def delete_the_file_alone(path: Path) -> None:
    path.unlink()


def delete_the_log(path: Path) -> None:
    path.with_name("book.sqlite-wal").unlink()


def rename_junk_over_it(path: Path) -> None:
    junk = path.with_name("junk")
    junk.write_bytes(os.urandom(50_000))
    junk.replace(path)


def write_junk_into_it(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def empty_it(path: Path) -> None:
    os.truncate(path, 0)


def copy_of(path: Path) -> Path:
    copy = path.with_name("copy")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    target.close()
    source.close()
    return copy


HARM = [
    delete,
    delete_the_file_alone,
    delete_the_log,
    rename_junk_over_it,
    write_junk_into_it,
    empty_it,
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.sqlite"


@pytest.mark.parametrize("harm", HARM)
def test_no_receipt_is_given_for_a_file_that_is_gone(
    path: Path, harm: Callable[[Path], None]
) -> None:
    book = Book.open(str(path), user="leo_leader")
    book.write([record()])
    harm(path)
    with pytest.raises(BookReplaced, match=WORDS):
        book.write([record()])
    with pytest.raises(BookReplaced, match=WORDS):
        book.read()
    book.close()


def test_a_file_that_goes_in_mid_write_gives_no_receipt(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book.open(str(path), user="leo_leader")
    book.write([record()])
    honest = Book._lock

    def slow(self: Book, connection: object) -> None:
        honest(self, connection)
        delete(path)

    monkeypatch.setattr(Book, "_lock", slow)
    with pytest.raises(BookReplaced, match=WORDS):
        book.write([record()])
    book.close()


@pytest.mark.parametrize("how", [os.replace, shutil.copyfile])
def test_an_older_copy_put_in_its_place_is_seen(
    path: Path, how: Callable[[Path, Path], object]
) -> None:
    book = Book.open(str(path), user="leo_leader")
    book.write([record()])
    book.close()
    copy = copy_of(path)
    book = Book.open(str(path), user="leo_leader")
    book.write([record() for _ in range(20)])
    link = sqlite3.connect(path)
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as it happens now and then
    link.close()
    assert len(book.read().records) == 21
    how(copy, path)
    with pytest.raises(BookReplaced, match=WORDS):
        book.write([record()])
    book.close()
    again = Book.open(str(path), user="leo_leader")
    assert len(again.read().records) == 1
    again.close()


def test_what_sqlite_and_others_do_is_no_alarm(path: Path) -> None:
    one, other = (
        Book.open(str(path), user="leo_leader"),
        Book.open(str(path), user="leo_leader"),
    )
    for _ in range(3):
        one.write([record() for _ in range(40)])
        other.write([record()])
        link = sqlite3.connect(path)
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        link.close()
    other.close()
    assert len(one.read().records) == 123
    one.write([record()])
    one.close()
    assert same_file._held == {}


def test_a_file_that_was_moved_takes_all_with_it(path: Path) -> None:
    book = Book.open(str(path), user="leo_leader")
    written = book.write([record() for _ in range(5)])
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(BookReplaced):
        book.read()
    # another book may be made there: the old log is not taken for the new file's
    fresh = Book.open(str(path), user="leo_leader")
    assert fresh.read().records == ()
    fresh.write([record()])
    book.close()
    fresh.write([record()])
    fresh.close()
    moved = Book.open(str(path.with_name("elsewhere")), user="leo_leader")
    assert moved.read().records == written
    moved.close()
