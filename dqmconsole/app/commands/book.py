"""``dqmconsole book``: make a book, look at one, write it to files and back."""

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
from dqmconsole.app.books import console_name
from dqmconsole.app.options import output_option, site_folder_option, user_option
from dqmconsole.app.output import fail, say, write_out
from dqmconsole.logbook.author import login_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.questions import BookInfo
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.record import Record, RunSeen
    from dqmconsole.model.site import Site
    from dqmconsole.shift.flag_import import Claim

MOST_READ = 100_000_000  # bytes of a file that is imported

Shape = Literal["registry", "online"]

url_argument = click.argument("url", default="")
shape_option = click.option(
    "--format",
    "shape",
    type=click.Choice(["registry", "online"]),
    default="registry",
    show_default=True,
    help="Run Registry's shape, or flags by lumisection alone.",
)

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole book info
  dqmconsole book create postgresql://dqm_owner@dbserver/dqm
"""


@click.group("book", epilog=_EXAMPLES)
def book_command() -> None:
    """The book of the shift: runs, flags, entries, hand-overs, in a database."""


@book_command.command("create")
@click.argument("url")
@click.option("--user", default="", help="Account of the database, its owner.")
def create_command(url: str, user: str) -> None:
    """Make the book at URL, or raise an older one; what is in it stays.

    URL is postgresql://[user@]host/database, or the path of an SQLite file. On
    PostgreSQL the account must own the database; the group roles dqm_trainee,
    dqm_shifter, dqm_leader and dqm_expert are made if it may make roles. Then give
    each person's account one of them: GRANT dqm_shifter TO name. A password is asked
    for, or read from ~/.pgpass; it never stands in the URL.
    """
    from dqmconsole.logbook.book import Book

    book = opened(Book.create, url, user)
    try:
        _show(_info(book))
    finally:
        book.close()


@book_command.command("info")
@click.argument("url", default="")
@site_folder_option
@user_option
def info_command(url: str, site: Path | None, user: str) -> None:
    """Tell what the book at URL holds, and who has which role in it.

    Without URL it is the site's book, or your own.
    """
    book = opened_of(url, site_at(site), user)
    try:
        _show(_info(book))
    finally:
        book.close()


@book_command.command("export")
@url_argument
@shape_option
@click.option("--run", "runs", type=int, multiple=True, help="Only this run; again.")
@output_option("File to write; the terminal when left out.")
@site_folder_option
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


@book_command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@url_argument
@shape_option
@site_folder_option
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
            role=role or role_of(login_name(), found.settings.permissions),
            console=console_name(),
            versions=Versions(__version__, found.hash),
        )
        planned = plan(_logbook(book), claims, seen, template, found.settings)
        book.write(planned.records)
    except BookError as error:
        fail(f"{error}; nothing was imported")
    finally:
        book.close()
    for words in planned.left:
        say(words)
    many = len(planned.records)
    say(f"{many} record{'s' if many != 1 else ''} entered", err=True)


@book_command.command("report")
@url_argument
@click.option(
    "--shift", default="", help="Uid of the shift; the last one if not given."
)
@output_option(
    "File: .html for a page with pictures, .md for Markdown; the terminal if not given."
)
@site_folder_option
@user_option
def report_command(
    url: str, shift: str, output: Path | None, site: Path | None, user: str
) -> None:
    """Draft the hand-over of a shift from the book at URL.

    What is BAD just now only a console knows: the report says so.
    """
    from dqmconsole.shift.documents import addresses_of
    from dqmconsole.shift.report import draft, html

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


@book_command.command("alarms")
@url_argument
@click.option(
    "--week", default="", help="As 2026-W48; the last whole one if not given."
)
@click.option(
    "--kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="File in which an engine keeps alarms; again. Those of this user and of the"
    " site's recorded runs if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@output_option("File to write; the terminal when left out.")
@site_folder_option
@user_option
def alarms_command(
    url: str,
    week: str,
    kept: tuple[Path, ...],
    output: Path | None,
    site: Path | None,
    user: str,
    *,
    as_json: bool,
) -> None:
    """Report the alarms of a week by owner, against EEMUA 191.

    How many in ten minutes, which chatter, which stood longer than a day, which were a
    nuisance, and which faults were missed. Engines keep alarms for 14 days.
    """
    import msgspec

    from dqmconsole.shift.weekly import markdown, weekly

    found = site_at(site)
    book = opened_of(url, found, user)
    try:
        logbook = _logbook(book)
    finally:
        book.close()
    try:
        report = weekly(_kept_alarms(kept, found), logbook, found, week, time.time())
    except ValueError:
        fail(f"{week} is no week: write it as 2026-W48")
    if as_json:
        data = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    else:
        data = markdown(report, found).encode("utf-8", "replace")
    write_out(data, output, "book")


def _kept_alarms(files: Iterable[Path], site: Site) -> list[Alarm]:
    """The alarms in the files, or in those that are known; each once."""
    import platformdirs

    from dqmconsole.app.options import recordings
    from dqmconsole.engine.memory import FILE, kept_alarms
    from dqmconsole.site.site import recordings_folder

    if not (wanted := list(files)):
        own = recordings()
        folder = Path(site.home or site.folder)
        roots = {own, recordings_folder(site.settings, folder, own)}
        wanted = [Path(platformdirs.user_state_dir("dqmconsole")) / FILE]
        wanted += [each for root in roots for each in root.glob(f"*/{FILE}")]
        wanted = [each for each in wanted if each.exists()]
    found: dict[str, Alarm] = {}
    for file in wanted:
        try:
            found |= {each.id: each for each in kept_alarms(file)}
        except OSError as error:
            fail(str(error))
    if not wanted:
        say("dqmconsole book: no engine kept alarms here", err=True)
    return list(found.values())


def _info(book: Book) -> BookInfo:
    from dqmconsole.logbook.errors import BookError

    try:
        return book.info()
    except BookError as error:
        fail(str(error))


def _show(info: BookInfo) -> None:
    say(f"{info.name}, schema {info.schema}")
    last = ""
    if info.stored_at is not None:
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(info.stored_at))
        last = f", the last of {at}"
    say(f"{info.records} records{last}")
    say(f"{info.files} files, {info.releases} releases")
    say(f"you: {info.account}{f', {info.role}' if info.role else ''}")
    for member, role in info.members:
        say(f"  {member}: {role}")


def _logbook(book: Book) -> Logbook:
    from dqmconsole.logbook.view import Logbook

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
        many = len(error.problems)
        mistakes = f"{many} mistake{'s' if many > 1 else ''}"
        fail(f"{mistakes} in {file}; nothing was imported")


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
