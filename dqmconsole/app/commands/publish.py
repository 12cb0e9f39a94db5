"""``dqmconsole publish``: a site's changes come into force, or an earlier release."""

from __future__ import annotations

import os
import pwd
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.book.book import Book
    from dqmconsole.desk.publish import Consent, Proposal, Register
    from dqmconsole.model.release import Release

_KINDS = {
    "layout": "Layouts",
    "instruction": "Instructions",
    "note": "Short-term notes",
    "reference": "References",
    "known": "Known problems",
    "contacts": "Contacts",
    "settings": "Settings",
}
REFUSED, TROUBLE = 1, 2


@click.command("publish")
@click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of the site.",
)
@click.option("--why", default="", metavar="TEXT", help="The reason; asked for.")
@click.option("--by", default="", metavar="NAME", help="Who publishes; asked for.")
@click.option(
    "--against",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="SOURCE",
    help="A ROOT file or folder of DQM files that must hold every plot; repeatable.",
)
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
def publish_command(
    site: Path | None,
    why: str,
    by: str,
    against: tuple[Path, ...],
    rollback: int | None,
    user: str,
    *,
    yes: bool,
    listed: bool,
) -> None:
    """Publish a site: layouts, instructions, references, contacts, all together.

    Checks it, shows what changes, asks who and why, and writes the next release into
    the site's ledger, layouts/releases. Consoles announce it and switch when their
    shifters agree. Exits with 1 when it is refused, with 2 when disk or database fail.
    """
    from dqmconsole.book.errors import BookError
    from dqmconsole.desk import publish as desk
    from dqmconsole.files.site import bundled_site

    home = site or bundled_site()
    if listed:
        _list(home)
        return
    asking = sys.stdin.isatty() and not yes
    if not asking and not yes:
        _end("there is no terminal to ask at: give --yes, --why and --by", TROUBLE)
    if yes and not (why.strip() and by.strip()):
        _end("--yes asks nothing: give --why and --by", TROUBLE)
    account = pwd.getpwuid(os.getuid()).pw_name
    confirm = _asked if asking else _agreed
    book: Book | None = None
    try:
        if refusal := desk.why_unwritable(home):
            _end(refusal, REFUSED)
        book, register = _register(home, user, asking=asking)
        if rollback is not None:
            release = desk.rollback(
                home, rollback, by, account, why, confirm=confirm, register=register
            )
        else:
            release = desk.publish(
                home,
                by,
                account,
                why,
                confirm=confirm,
                against=against,
                register=register,
            )
    except desk.PublishError as error:
        for problem in error.problems:
            click.echo(str(problem))
        refused = isinstance(error, desk.PublishRefused)
        _end(str(error), REFUSED if refused else TROUBLE)
    except BookError as error:
        _end(f"{error}; nothing was published", TROUBLE)
    finally:
        if book is not None:
            book.close()
    click.echo(f"Release {release.number} is in force: {_described(release)}")


def _end(words: str, code: int) -> None:
    click.echo(f"Error: {words}", err=True)
    sys.exit(code)


def _register(
    home: Path, user: str, *, asking: bool
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
    from dqmconsole.book.book import Book
    from dqmconsole.book.errors import BookError, BookSignIn

    try:
        book = Book.open(settings.database, user=user)
    except BookSignIn as error:
        if not asking:
            raise
        click.echo(str(error))
        user = user or click.prompt("Account of the database")
        password = click.prompt("Password", hide_input=True)
        book = Book.open(settings.database, user=user, password=password)
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

    return book, Register(entered, enter, role)


def _agreed(proposal: Proposal) -> Consent | None:
    from dqmconsole.desk.publish import Consent

    _show(proposal, click.echo)
    return Consent(proposal.by, proposal.why)


def _asked(proposal: Proposal) -> Consent | None:
    from dqmconsole.desk.publish import Consent

    _show(proposal, click.echo)
    by = proposal.by or click.prompt("Who publishes")
    why = proposal.why or click.prompt("Why")
    if not click.confirm(f"Publish release {proposal.number}?", default=False):
        return None
    return Consent(by, why)


def _show(proposal: Proposal, say: Callable[[str], object]) -> None:
    for problem in proposal.advice:
        say(str(problem))
    for remark in proposal.remarks:
        say(f"Note: {remark}.")
    what = f"as release {proposal.again} again" if proposal.again else "changes"
    say(f"Release {proposal.number} {what}:")
    for kind, title in _KINDS.items():
        changes = [each for each in proposal.changes if each.kind == kind]
        if changes:
            say(f"  {title}")
        for change in changes:
            say(f"    {change.name}: {change.sentence}")


def _list(home: Path) -> None:
    from dqmconsole.files.ledger import LedgerError, current_number, releases

    try:
        current = current_number(home)
    except LedgerError as error:
        _end(str(error), TROUBLE)
    for release in releases(home):
        mark = "*" if release.number == current else " "
        click.echo(f"{mark} {release.number:4}  {_described(release)}")


def _described(release: Release) -> str:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(release.at))
    again = f" (release {release.again} again)" if release.again else ""
    who = release.by
    if release.account and release.account != release.by:
        who += f" as {release.account}"
    return f"{when}, {who}: {release.why}{again}"
