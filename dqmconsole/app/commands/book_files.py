"""``dqmconsole book export``, ``import`` and ``report``: the book to files and back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from dqmconsole.app.book_access import (
    opened,
    opened_of,
    records_of,
    site_at,
    where_is,
)
from dqmconsole.app.books import account, console_name
from dqmconsole.app.options import user_option
from dqmconsole.app.output import fail, say, write_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.logbook.book import Book
    from dqmconsole.model.record import Record, RunSeen
    from dqmconsole.model.site import Site
    from dqmconsole.shift.flag_import import Claim
    from dqmconsole.shift.logbook import Logbook

MOST_READ = 100_000_000  # bytes of a file that is imported

Shape = Literal["registry", "online"]

url_argument = click.argument("url", default="")
site_option = click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of the site, for its components and book; the bundled one if not "
    "given.",
)
shape_option = click.option(
    "--format",
    "shape",
    type=click.Choice(["registry", "online"]),
    default="registry",
    show_default=True,
    help="Run Registry's shape, or flags by lumisection alone.",
)


@click.command("export")
@url_argument
@shape_option
@click.option("--run", "runs", type=int, multiple=True, help="Only this run; again.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File to write; the terminal when left out.",
)
@site_option
@user_option
def export_command(
    url: str,
    shape: Shape,
    runs: tuple[int, ...],
    output: Path | None,
    site: Path | None,
    user: str,
) -> None:
    """Write runs and flags of the book at URL as JSON.

    Without URL it is the site's book, or your own. What is only proposed is given as
    NOTSET: a proposal is no flag.
    """
    from dqmconsole.shift.flags import components
    from dqmconsole.shift.online_flags import encoded, online_flags
    from dqmconsole.shift.registry import run_registry

    found = site_at(site)
    book = opened_of(url, found, user)
    try:
        logbook = _logbook(book)
    finally:
        book.close()
    known = _runs(logbook)
    if unknown := sorted(set(runs) - set(known)):
        named = ", ".join(map(str, unknown))
        fail(f"{book.name} knows nothing of run {named}")
    wanted = runs or known
    names = list(components(found))
    data = (
        run_registry(logbook, names, wanted)
        if shape == "registry"
        else encoded(online_flags(logbook, names, wanted))
    )
    write_out(data, output, "book")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@url_argument
@shape_option
@site_option
@user_option
def import_command(
    file: Path, url: str, shape: Shape, site: Path | None, user: str
) -> None:
    """Enter the flags of FILE into the book at URL, all or none.

    Only what is not set in the book, or only proposed, is set; a signed-off run and
    what a person set stay, and it is said where the file differs. The same file again
    changes nothing. Exits with 2 when FILE is not sound: then nothing is entered.
    """
    from dqmconsole import __version__
    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.errors import BookError
    from dqmconsole.model.permission import role_of
    from dqmconsole.model.record import Record, ShiftEnded, Versions
    from dqmconsole.shift.flag_import import plan

    found = site_at(site)
    claims, seen = _read(file, shape, found)
    book = opened(Book.open, where_is(url, found, make=True), user)
    try:
        name, role = book.who()
        template = Record(
            uid="",
            made_at=time.time(),
            body=ShiftEnded(),
            account=name,
            role=role or role_of(account(), found.settings.permissions),
            console=console_name(),
            versions=Versions(__version__, found.hash),
        )
        planned = plan(_logbook(book), claims, seen, template)
        book.write(planned.records)
    except BookError as error:
        fail(f"{error}; nothing was imported")
    finally:
        book.close()
    for words in planned.left:
        say(words)
    say(f"{len(planned.records)} records entered", err=True)


@click.command("report")
@url_argument
@click.option(
    "--shift", default="", help="Uid of the shift; the last one if not given."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File: .html for a page with pictures, .md for Markdown; the terminal if not "
    "given.",
)
@site_option
@user_option
def report_command(
    url: str, shift: str, output: Path | None, site: Path | None, user: str
) -> None:
    """Draft the hand-over of a shift from the book at URL.

    What is BAD just now only a console knows: the report says so.
    """
    from dqmconsole.shift.report import addresses_of, draft, html

    found = site_at(site)
    book = opened_of(url, found, user)
    try:
        logbook = _logbook(book)
        record = _shift(logbook, shift)
        text = draft(logbook, found, record, {}, time.time())
        if output is None or output.suffix.lower() not in {".html", ".htm"}:
            write_out(text.encode("utf-8", "replace"), output, "book")
            return
        pictures = _pictures(book, logbook, record)
    finally:
        book.close()
    page = html(text, f"Hand-over of {record.who}", addresses_of(pictures))
    write_out(page.encode("utf-8", "replace"), output, "book")


def _logbook(book: Book) -> Logbook:
    from dqmconsole.shift.logbook import Logbook

    logbook = Logbook()
    for record in records_of(book):
        logbook.put(record)
    return logbook


def _runs(logbook: Logbook) -> list[int]:
    from dqmconsole.model.record import Flag, RunSeen

    found = {*logbook.runs(RunSeen), *logbook.runs(Flag)}
    return sorted(run for run in found if run > 0)


def _read(
    file: Path, shape: Shape, site: Site
) -> tuple[tuple[Claim, ...], dict[int, RunSeen]]:
    from dqmconsole.shift.flag_import import ImportTrouble
    from dqmconsole.shift.flags import components
    from dqmconsole.shift.online_flags import decoded
    from dqmconsole.shift.registry import read_registry

    names = list(components(site))
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_READ + 1)
        if len(data) > MOST_READ:
            fail(f"{file} is larger than {MOST_READ // 1_000_000} MB: no such file")
        if shape == "online":
            return decoded(data, names), {}
        return read_registry(data, names)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    except ImportTrouble as error:
        for problem in error.problems:
            say(f"{file}: {problem}")
        fail(f"{len(error.problems)} mistakes in {file}; nothing was imported")


def _shift(logbook: Logbook, uid: str) -> Record:
    from dqmconsole.model.record import ShiftBegan

    shifts = [record for record, _ in logbook.of(ShiftBegan)]
    found = [each for each in shifts if not uid or each.uid == uid]
    if not found:
        fail(f"the book has no shift {uid}" if uid else "the book has no shift yet")
    return found[-1]


def _pictures(book: Book, logbook: Logbook, shift: Record) -> dict[str, bytes]:
    from dqmconsole.logbook.errors import BookError
    from dqmconsole.model.record import Entry

    wanted: Iterable[str] = {
        body.picture
        for record, body in logbook.of(Entry)
        if record.shift == shift.uid and body.picture
    }
    found = {}
    for name in sorted(wanted):
        try:
            kept = book.file(name)
        except BookError as error:
            say(f"dqmconsole book: {error}", err=True)
            continue
        if kept is not None:
            found[name] = kept.data
    return found
