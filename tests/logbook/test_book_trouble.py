"""Older and newer books, damage, locks, a full disk, a database that dies."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event
from support.books import Place, insert, record, stored
from support.postgres import PASSWORD

from dqmconsole.logbook import steps, trouble
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.connect import connect
from dqmconsole.logbook.connect import place as read_place
from dqmconsole.logbook.errors import (
    BookAbsent,
    BookBroken,
    BookError,
    BookLocked,
    BookTooNew,
    BookUnreachable,
)
from dqmconsole.logbook.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection
    from support.postgres import Cluster


def older(place: Place, version: int) -> None:
    """Make a book as the program of an earlier schema did, with a record."""
    engine = connect(read_place(place.url, "owner"), PASSWORD)
    steps.make(engine, upto=version)
    engine.dispose()
    body = '{"type":"entry","title":"from before"}'
    given = {"uid": "'old'", "subsystem": "'Hcal'", "who": "'Sue'"}
    place.sql(insert("entry", "postgres", body=body, **given))


@pytest.mark.parametrize("version", range(1, steps.VERSION))
def test_an_older_book_is_raised_with_what_it_holds(place: Place, version: int) -> None:
    older(place, version)
    if place.shared:
        with pytest.raises(
            BookAbsent, match=rf"schema {version}, .* needs {steps.VERSION}.*owner"
        ):
            place.open("owner")
    raised = place.create()
    raised.close()
    book = place.open()
    (old,) = book.read().records
    assert (old.uid, old.subsystem, old.number) == ("old", "Hcal", 1)
    (new,) = book.write([record()])
    assert new.number > old.number
    assert book.releases("cms") == ()
    assert book.info().schema == steps.VERSION
    book.close()


def test_a_step_that_fails_leaves_the_book_as_it_was(place: Place) -> None:
    older(place, 1)
    place.sql("CREATE TABLE dqmconsole.releases (other integer)")
    with pytest.raises(BookError):
        place.create()
    assert place.sql("SELECT version FROM dqmconsole.book") == [(1,)]
    place.sql("DROP TABLE dqmconsole.releases")
    place.make()
    assert place.sql("SELECT version FROM dqmconsole.book") == [(steps.VERSION,)]


def test_the_tables_are_those_the_program_knows(place: Place) -> None:
    place.make()
    schema = "dqmconsole" if place.shared else None
    engine = connect(read_place(place.url, "owner"), PASSWORD)
    from sqlalchemy import inspect

    found = inspect(engine)
    for table in metadata.tables.values():
        names = [column["name"] for column in found.get_columns(table.name, schema)]
        assert sorted(names) == sorted(column.name for column in table.columns)
    engine.dispose()


def test_a_newer_book_is_refused_and_left_alone(place: Place) -> None:
    place.make()
    running = place.open()
    running.write([record()])
    place.sql("UPDATE dqmconsole.book SET version = 70")
    words = rf"schema 70, this program knows up to {steps.VERSION}: upgrade"
    with pytest.raises(BookTooNew, match=words):
        place.open()
    with pytest.raises(BookTooNew, match=words):
        place.create()
    # raised under a console that runs: it may read, no longer write
    with pytest.raises(BookTooNew, match=words):
        running.write([record()])
    assert len(running.read().records) == 1
    running.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.sqlite"


def test_foreign_and_damaged_files_are_left_alone(path: Path) -> None:
    path.write_bytes(b"shopping list\n" * 500)
    before = path.read_bytes()
    with pytest.raises(BookBroken, match="is not a book"):
        Book.open(str(path), user="leo_leader")
    assert path.read_bytes() == before
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as link:
        link.exec_driver_sql("CREATE TABLE shop (id integer)")
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(BookBroken, match=r"holds something else \(shop\)"):
        Book.open(str(path), user="leo_leader")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("where", ["start", "header", "middle", "cut"])
def test_a_damaged_book_is_said(path: Path, where: str) -> None:
    book = Book.open(str(path), user="leo_leader")
    book.write([record() for _ in range(500)])
    book.close()
    whole = path.read_bytes()
    damaged = {
        "start": b"\0" * 50 + whole[50:],
        "header": whole[:16] + b"\xa5" * 84 + whole[100:],
        "middle": whole[:4096] + b"\xa5" * (len(whole) - 4096),
        "cut": whole[: len(whole) // 2],
    }[where]
    path.write_bytes(damaged)

    def use() -> None:
        book = Book.open(str(path), user="leo_leader")
        try:
            book.read()
        finally:
            book.close()

    with pytest.raises(BookBroken, match=r"damaged|not a book"):
        use()
    assert path.read_bytes() == damaged


def test_a_lock_of_another_process_is_said_and_passes(place: Place) -> None:
    place.make()
    book = place.open()
    hold = (
        "import sys\n"
        "from support.books import Place\n"
        "from sqlalchemy import text\n"
        "from dqmconsole.logbook.connect import connect, place\n"
        "from support.postgres import PASSWORD\n"
        "engine = connect(place(sys.argv[1], 'owner'), PASSWORD)\n"
        "with engine.execution_options(writes=True).begin() as link:\n"
        "    if engine.dialect.name != 'sqlite':\n"
        "        link.execute(text('SELECT dqmconsole.write_alone()'))\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with program(hold, place.url) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BookLocked, match="locked"):
            book.write([record()])
        assert book.read().records == ()
        holder.stdin.close()
        holder.wait(30)
    assert len(book.write([record()])) == 1
    book.close()


@contextlib.contextmanager
def program(code: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    tests = Path(__file__).parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{tests}:{tests.parent}"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "dqm", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:  # only root may, and not in every container
        pytest.skip(f"no disk to be full: {mounted.stderr.strip()}")
    try:
        book = Book.open(f"{disk}/book.sqlite", user="leo_leader")
        kept = book.write([record()])
        with pytest.raises(BookUnreachable, match="the disk is full"):
            book.write([record()], [stored(os.urandom(2_000_000))])
        assert book.read().records == kept
        book.write([record()])
        book.close()
        again = Book.open(f"{disk}/book.sqlite", user="leo_leader")
        assert len(again.read().records) == 2
        again.close()
        (disk / "filler").write_bytes(b"")
        with contextlib.suppress(OSError), (disk / "filler").open("wb", 0) as file:
            while file.write(b"\0" * 4096):
                pass
        with pytest.raises(BookUnreachable, match=r"disk is full|cannot be"):
            Book.open(f"{disk}/other.sqlite")
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("SQLITE_FULL", BookUnreachable, "the disk is full"),
        ("SQLITE_READONLY", BookUnreachable, "read-only"),
        ("SQLITE_IOERR_WRITE", BookUnreachable, "cannot be read or written"),
        ("SQLITE_BUSY_SNAPSHOT", BookLocked, "locked by another program"),
        ("SQLITE_CORRUPT_VTAB", BookBroken, "damaged"),
    ],
)
def test_what_sqlite_says(code: str, kind: type[BookError], words: str) -> None:
    import sqlite3

    error = sqlite3.OperationalError("said")
    error.sqlite_errorcode = getattr(sqlite3, code)
    translated = trouble.of_sqlite(error, "the book b")
    assert type(translated) is kind
    assert words in str(translated)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BookUnreachable, match="cannot be made: "):
        Book.open(f"{tmp_path}/file/book.sqlite")


def test_a_database_that_dies_and_comes_back(cluster: Cluster) -> None:
    place = Place(cluster.database(), cluster)
    place.make()
    book = place.open()
    (first,) = book.write([record()])
    cluster.stop("immediate")
    try:
        lost = record()
        with pytest.raises(BookUnreachable, match=r"cannot be reached|was lost"):
            book.write([lost])
        with pytest.raises(BookUnreachable):
            place.open()
    finally:
        cluster.start()
    (second,) = book.write([lost])
    # killed between two writes: the connection is opened again by itself
    cluster.stop("immediate")
    cluster.start()
    (third,) = book.write([record()])
    assert book.write([lost]) == (second,)
    assert book.read().records == (first, second, third)
    book.close()


def test_a_large_file_has_the_time_that_a_slow_network_takes_for_it(
    cluster: Cluster,
) -> None:
    """Else it would be tried for ever, and everything behind it would wait."""
    place = Place(cluster.database(), cluster)
    place.make()
    book = place.open()
    patience: list[tuple[str, str]] = []

    def look(link: Connection, _cursor: object, statement: str, *_: object) -> None:
        raw = link.connection.driver_connection
        assert raw is not None
        ((words,),) = raw.execute("SHOW statement_timeout").fetchall()
        patience.append((" ".join(statement.split()), words))

    def given(start: str) -> set[str]:
        return {words for each, words in patience if each.startswith(start)}

    event.listen(book._database.engine, "before_cursor_execute", look)
    large = stored(bytes(3_000_000))
    book.write([record()], [large, stored(b"small")])
    assert given("INSERT INTO files") == {"11s"}
    assert book.file(large.hash) == large
    assert given("SELECT files.hash, files.name, files.data") == {"11s"}
    assert book.file("0" * 32) is None
    # and only that
    patience.clear()
    book.write([record()])
    assert given("INSERT INTO records") == {"5s"}
    book.close()


def test_a_connection_killed_in_mid_write_writes_once(cluster: Cluster) -> None:
    """The server ends the session while the write waits for the lock."""
    import threading

    place = Place(cluster.database(), cluster)
    place.make()
    book = place.open()
    each = record()
    written: list[object] = []
    writer = threading.Thread(target=lambda: written.extend(book.write([each])))
    with place.session("postgres") as holder:
        holder.execute(b"SELECT dqmconsole.write_alone()")
        writer.start()
        waiting = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
            f"datname = '{place.database}' AND wait_event = 'relation'"
        )
        ended: list[object] = []
        while not ended and writer.is_alive():
            ended = cluster.sql("postgres", waiting)
    writer.join()
    assert ended == [(True,)]
    assert len(written) == 1
    assert len(book.read().records) == 1
    book.close()


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BookError, match=r"pip install 'dqmconsole\[postgresql\]'"):
        Book.open("postgresql://host/dqm")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(BookUnreachable, match="cannot be reached"):
        Book.open("postgresql://me@127.0.0.1:1/dqm")
