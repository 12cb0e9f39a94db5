"""Mentors: who may sign what a trainee did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.permission import role_of

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

MENTORS = ("shift-leader", "expert")
"""Roles of the site's permissions whose people sign observed and shadow shifts."""


def is_another(mentor: str, trainee: str) -> bool:
    """Whether two names are of two people, whatever their case and spaces."""
    return _plain(mentor) not in {"", _plain(trainee)}


def mentor_refusal(
    site: Site, trainee: Record, mentor: str, account: str, database_role: str = ""
) -> str:
    """Why somebody cannot sign what a trainee did, and who can; "" when they can.

    Args:
        site: its permissions say who may.
        trainee: a record of the trainee.
        mentor: the name of the person.
        account: their account.
        database_role: the role by which the database of the book knows the account
            that is signed in; "" of a file, which knows no accounts.
    """
    if not _plain(mentor):
        return "the mentor says their name"
    if not is_another(mentor, trainee.who):
        return f"{trainee.who} is the trainee: somebody else signs"
    permissions = site.settings.permissions
    if not any(permissions.values()) and not database_role:
        return ""  # the site names nobody, and says so on the certificate
    if not account.strip():
        return "the mentor says their account: by it the site knows who may sign"
    if trainee.account and account == trainee.account:
        return f"{account} is the account of the trainee: somebody else signs"
    role = database_role or role_of(account, permissions)
    if role not in MENTORS:
        known = sorted({name for each in MENTORS for name in permissions.get(each, ())})
        able = f": {', '.join(known)}" if known else ""
        return f"{account} is a {role}; a shift-leader or an expert signs{able}"
    return ""


def mentor_role(site: Site, account: str, database_role: str = "") -> str:
    """The role of a mentor's account; "" where the site names nobody."""
    permissions = site.settings.permissions
    if not any(permissions.values()) and not database_role:
        return ""
    return database_role or role_of(account, permissions)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
