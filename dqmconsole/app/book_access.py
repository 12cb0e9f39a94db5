"""How the commands open a book: a password is asked for where one is wanted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.books import book_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from dqmconsole.book.book import Book
    from dqmconsole.model.site import Site


def opened(opener: Callable[..., Book], url: str, user: str) -> Book:
    """Open a book; ask for a password where it wants one and somebody is there.

    Ends the command with a sentence when it cannot be opened.
    """
    from dqmconsole.book.errors import BookError, BookSignIn

    try:
        return opener(url, user=user)
    except BookSignIn as error:
        if not sys.stdin.isatty():
            fail(str(error))
        click.echo(str(error), err=True)
    except BookError as error:
        fail(str(error))
    account = user or click.prompt("Account", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    try:
        return opener(url, user=account, password=password)
    except BookError as error:
        fail(str(error))


def site_at(folder: Path | None) -> Site:
    """The site in force in a folder; the bundled one without."""
    from dqmconsole.desk.publish import PublishError, in_force
    from dqmconsole.files.site import bundled_site

    try:
        return in_force(folder or bundled_site())
    except PublishError as error:
        fail(str(error))


def where_is(url: str, site: Site, *, make: bool = False) -> str:
    """The book that is meant; an SQLite file must be there unless it is to be made."""
    where = url or site.settings.database
    if not where:
        path = book_file(site.settings.experiment)
        where = f"sqlite:///{path}"
        if make:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = where.removeprefix("sqlite:///")
    if not make and "://" not in plain and not Path(plain).expanduser().exists():
        fail(f"there is no book yet at {plain}")
    return where


def opened_of(url: str, site: Site, user: str) -> Book:
    """Open the book at a URL, else the site's, else the user's own."""
    from dqmconsole.book.book import Book

    return opened(Book.open, where_is(url, site), user)


def fail(message: str, verb: str = "book") -> NoReturn:
    """End the command of a verb with a sentence, exit code 2."""
    click.echo(f"dqmconsole {verb}: {message}", err=True)
    sys.exit(2)
