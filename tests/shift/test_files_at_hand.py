"""The files of the book at hand: found, lost, and not more than fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.record import StoredFile, file_hash
from dqmconsole.shift import book_files
from dqmconsole.shift.book_files import BookFiles

if TYPE_CHECKING:
    import pytest


def file(letter: bytes) -> StoredFile:
    data = letter * 100
    return StoredFile(file_hash(data), letter.decode(), data)


def test_what_came_is_at_hand_and_what_is_lost_is_known() -> None:
    files = BookFiles()
    one = file(b"a")
    files.put([one], ["0" * 32])
    assert files.get(one.hash) == one
    assert files.get("0" * 32) is None
    assert (files.lost, files.version) == ({"0" * 32}, 2)


def test_what_was_not_used_for_longest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_files, "MOST", 250)
    files = BookFiles()
    one, two, three = file(b"a"), file(b"b"), file(b"c")
    files.put([one, two, two])
    assert files.get(one.hash) == one
    files.put([three])
    assert [files.get(each.hash) for each in (one, two, three)] == [one, None, three]


def test_one_that_is_larger_than_all_is_kept_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(book_files, "MOST", 50)
    files = BookFiles()
    one, two = file(b"a"), file(b"b")
    files.put([one, two])
    assert [files.get(each.hash) for each in (one, two)] == [None, two]
