"""``dqmconsole publish``: a site's changes come into force, or an earlier release."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from dqmconsole.app.options import account_of_process, against_option, site_folder
from dqmconsole.app.output import say
from dqmconsole.model.release import (
    Account,
    Consent,
    Listed,
    NotPublished,
    Proposal,
    Published,
    SignIn,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import NoReturn

    from dqmconsole.desk.publish import Register
    from dqmconsole.logbook.book import Book
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.release import Release

A = TypeVar("A", Account, Consent)
REFUSED, USAGE, TROUBLE = 1, 2, 3  # exit codes; README and --help say them


@click.command("publish")
@site_folder("--list alone takes the bundled one when left out")
@click.option("--why", default="", metavar="TEXT", help="The reason; asked for.")
@click.option("--by", default="", metavar="NAME", help="Who publishes; asked for.")
@against_option
@click.option(
    "--rollback",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="Put release N in force again, as the next release.",
)
@click.option("--user", default="", help="Account of a shared database.")
@click.option("--yes", is_flag=True, help="Do not ask; needs --why and --by.")
@click.option("--list", "listed", is_flag=True, help="List the releases instead.")
@click.option(
    "--json",
    "in_json",
    is_flag=True,
    help="Say all as lines of JSON; without --yes it takes the answer as such a line.",
)
def publish_command(
    site: Path | None,
    why: str,
    by: str,
    against: tuple[str, ...],
    rollback: int | None,
    user: str,
    *,
    yes: bool,
    listed: bool,
    in_json: bool,
) -> None:
    """Publish a site: layouts, instructions, references, contacts, all together.

    Checks it, shows what changes, asks who and why, and writes the next release into
    the site's ledger, layouts/releases. Consoles announce it and switch when their
    shifters agree.

    Exit codes: 0 done; 1 refused, by the site's errors, its permissions, the person
    who was asked, or for somebody else is publishing; 2 a wrong command line; 3 the
    disk or the database fails.
    """
    from dqmconsole.site.site import bundled_site

    home = site or bundled_site()
    if listed:
        _list(home, in_json=in_json)
        return
    if rollback is not None and against:
        words = (
            "--against is for what is published: with --rollback an earlier release "
            "comes back as it was"
        )
        _end(words, USAGE)
    if site is None:
        words = (
            "name the site with --site DIR: the one that comes with the program "
            f"({home}) is not published unasked; to have one of your own, copy its "
            "layouts/ and instructions/ and use --site"
        )
        _end(words, REFUSED)
    asking = sys.stdin.isatty() and not yes
    talk: _Terminal | _Lines = _Lines(asks=not yes) if in_json else _Terminal(asking)
    if not asking and not yes and not in_json:
        _end("there is no terminal to ask at: give --yes, --why and --by", USAGE)
    if yes and not (why.strip() and by.strip()):
        _end("--yes asks nothing: give --why and --by", USAGE)
    before = _number(home)
    told: list[str] = []
    try:
        release = _published(home, rollback, (by, why), against, user, talk, told)
    except (click.Abort, KeyboardInterrupt):
        say("", err=True)
        after = _number(home)
        done = "nothing was published"
        if after != before:
            done = f"release {after} is in force already"
        _end(f"stopped; {done}", REFUSED)
    talk.published(release, told)


def _number(home: Path) -> int:
    """Number of the release in force; 0 where none is, or it is lost."""
    from dqmconsole.site.ledger import LedgerError, current_number

    try:
        return current_number(home)
    except LedgerError:
        return 0


def _published(
    home: Path,
    rollback: int | None,
    given: tuple[str, str],
    against: tuple[str, ...],
    user: str,
    talk: _Terminal | _Lines,
    told: list[str],
) -> Release:
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk import publish as desk
    from dqmconsole.logbook.errors import BookError

    by, why = given
    account = account_of_process()
    book: Book | None = None
    # an earlier release was in force before, and the runs of a site lie beside none
    tables = site_tables(recorded=rollback is None)
    try:
        if refusal := desk.why_unwritable(home):
            talk.refused(refusal, REFUSED)
        book, register = _register(home, user, talk)
        if rollback is not None:
            return desk.rollback(
                home,
                rollback,
                by,
                account,
                why,
                confirm=talk.confirm,
                register=register,
                tables=tables,
                tell=told.append,
            )
        return desk.publish(
            home,
            by,
            account,
            why,
            confirm=talk.confirm,
            against=against,
            register=register,
            tables=tables,
            tell=told.append,
        )
    except desk.PublishError as error:
        refused = isinstance(error, desk.PublishRefused)
        talk.refused(str(error), REFUSED if refused else TROUBLE, error.problems)
    except BookError as error:
        talk.refused(f"{error}; nothing was published", TROUBLE)
    finally:
        if book is not None:
            book.close()


def _end(words: str, code: int) -> NoReturn:
    say(f"Error: {words}", err=True)
    sys.exit(code)


def _register(
    home: Path, user: str, talk: _Terminal | _Lines
) -> tuple[Book | None, Register | None]:
    """The database that the site in force names, opened; None where it names none.

    Raises:
        BookError: it cannot be opened.
    """
    from dqmconsole.desk.publish import Register, in_force
    from dqmconsole.model.permission import role_of

    settings = in_force(home).settings
    if not settings.database:
        return None, None
    # The database's library takes its time to load, and most sites have none.
    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.errors import BookError, BookSignIn

    try:
        book = Book.open(settings.database, user=user)
    except BookSignIn as error:
        given = talk.sign_in(str(error), user)
        if given is None:
            raise
        book = Book.open(settings.database, user=given.user, password=given.password)
    name = settings.experiment
    try:
        entered = book.releases(name)
    except BookError:
        book.close()
        raise
    account, role = book.who()
    local = role or role_of(account, settings.permissions)
    if not any(settings.permissions.values()):
        local = role or "expert"  # whoever can write the site may

    def enter(release: Release) -> None:
        book.publish(release, name, local)

    return book, Register(entered, enter, role, book.permissions)


class _Terminal:
    """Talks to a person.

    Args:
        asks: who and why, and whether it is to be; else what was given holds.
    """

    def __init__(self, asks: bool) -> None:
        self._asks = asks

    def sign_in(self, why: str, user: str) -> Account | None:
        """Ask for an account of the database; None where nobody can be asked."""
        if not self._asks:
            return None
        say(why)
        user = user or click.prompt("Account of the database")
        return Account(user, click.prompt("Password", hide_input=True))

    def confirm(self, proposal: Proposal) -> Consent | None:
        """Show what would be published, and ask."""
        self._show(proposal)
        if not self._asks:
            return Consent(proposal.by, proposal.why)
        by = proposal.by or click.prompt("Who publishes")
        why = proposal.why or click.prompt("Why")
        if not click.confirm(f"Publish release {proposal.number}?", default=False):
            return None
        return Consent(by, why)

    def published(self, release: Release, told: Sequence[str]) -> None:
        """Say what is in force."""
        for words in told:
            say(f"Note: {words}.", err=True)
        say(f"Release {release.number} is in force: {_described(release)}")

    def refused(
        self, words: str, code: int, problems: Sequence[Problem] = ()
    ) -> NoReturn:
        """Say why nothing is published, and end."""
        for problem in problems:
            say(str(problem))
        _end(words, code)

    def _show(self, proposal: Proposal) -> None:
        from dqmconsole.shift.words import grouped

        for problem in proposal.advice:
            say(str(problem))
        for remark in proposal.remarks:
            say(f"Note: {remark}.")
        if proposal.tag:
            say(f"Its tag in git: {proposal.tag}")
        what = f"as release {proposal.again} again" if proposal.again else "changes"
        say(f"Release {proposal.number} {what}:")
        for title, changes in grouped(proposal.changes).items():
            say(f"  {title}")
            for change in changes:
                say(f"    {change.name}: {change.sentence}")


class _Lines:
    """Talks to a program, each thing a line of JSON.

    Args:
        asks: the answer is a line of the standard input; else what was given holds.
    """

    def __init__(self, *, asks: bool) -> None:
        self._asks = asks

    def sign_in(self, why: str, user: str) -> Account | None:
        """Ask for an account of the database; no answer is none."""
        del user
        if not self._asks:
            return None
        self._write(SignIn(why))
        return self._answer(Account)

    def confirm(self, proposal: Proposal) -> Consent | None:
        """Give what would be published; no answer is a refusal."""
        self._write(proposal)
        if not self._asks:
            return Consent(proposal.by, proposal.why)
        return self._answer(Consent)

    def published(self, release: Release, told: Sequence[str]) -> None:
        """Give what is in force."""
        self._write(Published(release, tuple(told)))

    def refused(
        self, words: str, code: int, problems: Sequence[Problem] = ()
    ) -> NoReturn:
        """Give why nothing is published, and end."""
        self._write(NotPublished(words, tuple(problems)))
        sys.exit(code)

    def _answer(self, kind: type[A]) -> A | None:
        line = sys.stdin.readline()
        try:
            return msgspec.json.decode(line, type=kind) if line.strip() else None
        except msgspec.MsgspecError as error:
            self.refused(f"the answer cannot be read: {error}", USAGE)

    def _write(self, said: SignIn | Proposal | Published | NotPublished) -> None:
        say(msgspec.json.encode(said).decode())
        sys.stdout.flush()


def _list(home: Path, *, in_json: bool) -> None:
    from dqmconsole.site.ledger import (
        LedgerError,
        current_number,
        has_ledger,
        manifest,
        never_in_force,
        release_numbers,
    )

    current, trouble = 0, ""
    if has_ledger(home):
        try:
            current = current_number(home)
        except LedgerError as error:
            trouble = str(error)
    elif not in_json:
        say("nothing was published yet")
    never = never_in_force(home)
    for number in release_numbers(home):
        release, broken = None, ""
        try:
            release = manifest(home, number).release
        except LedgerError as error:
            broken = str(error)
        each = Listed(number, release, number == current, number in never, broken)
        say(msgspec.json.encode(each).decode() if in_json else _line(each))
    if trouble:
        _end(trouble, TROUBLE)


def _line(each: Listed) -> str:
    words = f"cannot be read: {each.trouble}"
    if each.release is not None:
        words = _described(each.release)
    if each.never:
        words += " (never in force)"
    return f"{'*' if each.current else ' '} {each.number:4}  {words}"


def _described(release: Release) -> str:
    from dqmconsole.desk.publish import one_line

    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(release.at))
    again = f" (release {release.again} again)" if release.again else ""
    who = release.by
    if release.account and release.account != release.by:
        who += f" as {release.account}"
    commit = f" (commit {release.commit[:10]})" if release.commit else ""
    if release.dirty:
        commit = commit.replace(")", ", with changes)")
    # Whoever wrote the file, a release is one line.
    return one_line(f"{when}, {who}: {release.why}{again}{commit}")
