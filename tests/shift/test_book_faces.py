"""The book without a database and the thread of the book: the shift sees the same."""

from __future__ import annotations

import inspect
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.books import record, stored
from support.fake_book import FakeWriter
from support.waiting import PATIENCE

from dqmconsole.app import console
from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.model.record import Entry
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.session import BookWriter, ShiftSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmconsole.logbook.state import BookNews

METHODS = [name for name in vars(BookWriter) if not name.startswith("_")]


@contextmanager
def opened(face: str, folder: Path) -> Iterator[BookWriter]:
    writer: BookWriter = FakeWriter()
    if face == "thread":
        url = f"sqlite:///{folder / 'b.sqlite'}"
        writer = BookThread(open_at(url), None, user="leo_leader")
    try:
        yield writer
    finally:
        writer.close()


def until(writer: BookWriter, seen: list[BookNews], done: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, seen
        time.sleep(0.005)
        seen.append(writer.take())


@pytest.mark.parametrize("name", METHODS)
def test_both_have_the_methods_that_the_shift_calls(name: str) -> None:
    """The type checker does not read the tests, so this looks at the arguments."""
    faces = [
        [
            each.kind
            for each in inspect.signature(getattr(face, name)).parameters.values()
        ]
        for face in (BookThread, FakeWriter)
    ]
    assert faces[0] == faces[1]


@pytest.mark.parametrize("face", ["fake", "thread"])
def test_what_is_put_is_saved_and_given_with_its_number(
    face: str, tmp_path: Path
) -> None:
    one, other = record(), record()
    with opened(face, tmp_path) as writer:
        writer.put(one)
        writer.put(other)
        seen: list[BookNews] = []
        until(writer, seen, lambda: sum(len(each.records) for each in seen) == 2)
        until(writer, seen, lambda: sum(len(each.saved) for each in seen) == 2)
    assert [r.number for each in seen for r in each.records] == [1, 2]
    assert [r.uid for each in seen for r in each.records] == [one.uid, other.uid]
    assert {uid for each in seen for uid in each.saved} == {one.uid, other.uid}


def test_what_is_lost_at_the_end_is_said_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer = FakeWriter()
    writer.lost = "2 records are neither here nor there"
    session = ShiftSession(EngineClient(), lambda _site, _banner: writer, time.time)
    session._writer = writer
    session.close()  # the window does
    console._say([session.close(), ""])
    assert capsys.readouterr().err == f"{writer.lost}\n"
    assert writer.closed == 1


@pytest.mark.parametrize("face", ["fake", "thread"])
def test_a_file_comes_or_is_said_to_be_missing(face: str, tmp_path: Path) -> None:
    bundle = stored(b"bundle")
    with opened(face, tmp_path) as writer:
        writer.put(record(Entry("e", evidence=bundle.hash)), [bundle])
        writer.fetch(bundle.hash)
        writer.fetch("0" * 32)
        seen: list[BookNews] = []
        until(writer, seen, lambda: any(each.missing for each in seen))
        until(writer, seen, lambda: any(each.files for each in seen))
    assert [each.files for each in seen if each.files] == [(bundle,)]
    assert {name for each in seen for name in each.missing} == {"0" * 32}
