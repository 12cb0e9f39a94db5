"""How the commands open a book: a password is asked for where one is wanted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dqmconsole.app.books import book_file
from dqmconsole.app.output import fail, say
from dqmconsole.model.paths import with_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmconsole.logbook.book import Book
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site


def opened(
    opener: Callable[..., Book], url: str, user: str, verb: str = "book"
) -> Book:
    """Open a book; ask for a password where it wants one and somebody is there.

    Ends the command of a verb with a sentence when it cannot be opened.
    """
    from dqmconsole.logbook.errors import BookError, BookSignIn

    try:
        return opener(url, user=user)
    except BookSignIn as error:
        if not sys.stdin.isatty():
            fail(str(error), verb)
        say(str(error), err=True)
    except BookError as error:
        fail(str(error), verb)
    account = user or click.prompt("Account", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    try:
        return opener(url, user=account, password=password)
    except BookError as error:
        fail(str(error), verb)


def site_at(folder: Path | None, verb: str = "book") -> Site:
    """The site in force in a folder, or the bundled one; with what features add."""
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.publish import PublishError, in_force
    from dqmconsole.site.site import bundled_site

    try:
        return in_force(folder or bundled_site(), site_tables())
    except PublishError as error:
        fail(str(error), verb)


def where_is(url: str, site: Site, verb: str = "book", *, make: bool = False) -> str:
    """The book that is meant; an SQLite file must be there unless it is to be made."""
    where = url or site.settings.database
    if not where:
        path = book_file(site.settings.experiment)
        where = f"sqlite:///{path}"
        if make:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = where.removeprefix("sqlite:///")
    if not make and "://" not in plain and not with_home(plain).exists():
        fail(f"there is no book yet at {plain}", verb)
    return where


def opened_of(url: str, site: Site, user: str, verb: str = "book") -> Book:
    """Open the book at a URL, else the site's, else the user's own."""
    from dqmconsole.logbook.book import Book

    return opened(Book.open, where_is(url, site, verb), user, verb)


def records_of(book: Book, verb: str = "book") -> Iterator[Record]:
    """All records of a book in its order; says on stderr what cannot be read.

    Ends the command of a verb with a sentence when the book fails.
    """
    from dqmconsole.logbook.errors import BookError

    after, skipped = 0, 0
    while True:
        try:
            batch = book.read(after)
        except BookError as error:
            fail(str(error), verb)
        yield from batch.records
        after, skipped = batch.last, skipped + batch.skipped
        if not batch.full:
            break
    if skipped:
        words = f"{skipped} records are of a newer program and were left out"
        say(f"dqmconsole {verb}: {words}", err=True)
