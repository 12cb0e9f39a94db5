"""``dqmconsole book``: make a book, look at one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from dqmconsole.book.book import Book
    from dqmconsole.book.questions import BookInfo

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole book info
  dqmconsole book create postgresql://dqm_owner@dbserver/dqm
"""


def default_url() -> str:
    """The book where no other is named: an SQLite file among the user's data."""
    return str(Path(platformdirs.user_data_dir("dqmconsole")) / "book.sqlite")


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
    from dqmconsole.book.book import Book

    book = _opened(Book.create, url, user)
    try:
        _show(_info(book))
    finally:
        book.close()


@book_command.command("info")
@click.argument("url", default="")
@click.option("--user", default="", help="Account of the database.")
def info_command(url: str, user: str) -> None:
    """Tell what the book at URL holds, and who has which role in it.

    Without URL it is the book among your own data.
    """
    from dqmconsole.book.book import Book

    where = url or default_url()
    if "://" not in where and not Path(where).expanduser().exists():
        _fail(f"there is no book yet at {where}; `dqmconsole book create` makes it")
    book = _opened(Book.open, where, user)
    try:
        _show(_info(book))
    finally:
        book.close()


def _opened(opener: Callable[..., Book], url: str, user: str) -> Book:
    """Open a book; ask for a password where it wants one and somebody is there."""
    from dqmconsole.book.errors import BookError, BookSignIn

    try:
        return opener(url, user=user)
    except BookSignIn as error:
        if not sys.stdin.isatty():
            _fail(str(error))
        click.echo(str(error), err=True)
    except BookError as error:
        _fail(str(error))
    account = user or click.prompt("Account", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    try:
        return opener(url, user=account, password=password)
    except BookError as error:
        _fail(str(error))


def _info(book: Book) -> BookInfo:
    from dqmconsole.book.errors import BookError

    try:
        return book.info()
    except BookError as error:
        _fail(str(error))


def _show(info: BookInfo) -> None:
    click.echo(f"{info.name}, schema {info.schema}")
    last = ""
    if info.stored_at is not None:
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(info.stored_at))
        last = f", the last of {at}"
    click.echo(f"{info.records} records{last}")
    click.echo(f"{info.files} files, {info.releases} releases")
    click.echo(f"you: {info.account}{f', {info.role}' if info.role else ''}")
    for account, role in info.members:
        click.echo(f"  {account}: {role}")


def _fail(message: str) -> NoReturn:
    click.echo(f"dqmconsole book: {message}", err=True)
    sys.exit(2)
