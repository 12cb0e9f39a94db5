"""``dqmconsole book``: make a book, look at one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from dqmconsole.app.book_access import opened, opened_of, site_at
from dqmconsole.app.commands.book_files import (
    export_command,
    import_command,
    report_command,
    site_option,
)
from dqmconsole.app.options import user_option
from dqmconsole.app.output import fail, say

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.questions import BookInfo

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole book info
  dqmconsole book create postgresql://dqm_owner@dbserver/dqm
"""


@click.group("book", epilog=_EXAMPLES)
def book_command() -> None:
    """The book of the shift: runs, flags, entries, hand-overs, in a database."""


book_command.add_command(export_command)
book_command.add_command(import_command)
book_command.add_command(report_command)


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
@site_option
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
    for account, role in info.members:
        say(f"  {account}: {role}")
