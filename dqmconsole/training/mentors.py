"""Mentors: who may sign what a trainee did."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from dqmconsole.model.permission import role_of

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.observed_records import Signature

MENTORS = ("shift-leader", "expert")
"""Roles of the site's permissions whose people sign observed and shadow shifts."""
UNCHECKED = "Nobody checks who types name and account, and the certificate says so."


def plain_name(name: str) -> str:
    """A name of a person, the same however that one types it.

    Whatever the case, blanks, signs, and the order of the words: "Lovelace, Ada" is
    "Ada Lovelace". An accent counts, whether it is a part of its letter or a sign of
    its own behind it.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold())
    return " ".join(sorted(words))


def is_another(mentor: str, trainee: str) -> bool:
    """Whether two names are of two people, as :func:`plain_name` compares them."""
    return plain_name(mentor) not in {"", plain_name(trainee)}


def is_listed(mentor: str, site: Site) -> bool:
    """Whether the site names somebody among its mentors."""
    return not all(is_another(mentor, each) for each in site.settings.mentors)


def signature_words(
    mentor: str, account: str, role: str, signature: Signature, *, listed: bool | None
) -> str:
    """Who signed, as what, and how that was checked: "signed by Max, expert; …".

    Args:
        mentor: the name.
        account: their account, or "".
        role: what the account was at the site; "" where the site named nobody by it.
        signature: how they signed.
        listed: the site named them among its mentors; None where an earlier version did
            not say.
    """
    words = f"signed by {mentor}"
    if listed:
        words += ", one of the mentors whom the site names"
    by = f"the account {account}" if account else ""
    if role:
        words += f", {role}"
        if signature == "signed-in":
            return f"{words}; {by} was signed in to the shared book"
        words += f" by {by}" if by else ""
        if not signature:
            return f"{words}; how the account was checked is not recorded"
    elif listed is False:
        words += "; the site names nobody who may sign"
    what = "name and account were" if by else "the name was"
    return f"{words}; {what} typed, and nobody checked by whom"


def mentor_refusal(
    site: Site, trainee: Record, mentor: str, account: str, database_role: str = ""
) -> str:
    """Why somebody cannot sign what a trainee did, and who can; "" when they can.

    Args:
        site: its mentors and permissions say who may.
        trainee: a record of the trainee.
        mentor: the name of the person.
        account: their account.
        database_role: the role by which the database of the book knows the account
            that is signed in; "" of a file, which knows no accounts.
    """
    if not plain_name(mentor):
        return "the mentor says their name"
    if not is_another(mentor, trainee.who):
        return f"{trainee.who} is the trainee: somebody else signs"
    mentors, permissions = site.settings.mentors, site.settings.permissions
    if mentors and not is_listed(mentor, site):
        return f"{mentor} is no mentor of this site; who signs: {', '.join(mentors)}"
    if not any(permissions.values()) and not database_role:
        return ""  # the site knows no accounts, and says so on the certificate
    if not account.strip():
        return "the mentor says their account: by it the site knows who may sign"
    if trainee.account and account == trainee.account:
        return f"{account} is the account of the trainee: somebody else signs"
    role = database_role or role_of(account, permissions)
    if role not in MENTORS:
        known = _accounts(site)
        able = f": {known}" if known else ""
        return f"{account} is a {role}; a shift-leader or an expert signs{able}"
    return ""


def who_signs(site: Site) -> str:
    """Who may sign what a trainee did, as a sentence."""
    mentors, known = site.settings.mentors, _accounts(site)
    if mentors:
        by_account = f", by an account of {known}" if known else ""
        return f"Who may sign: {', '.join(mentors)}{by_account}; never the trainee."
    if known:
        return (
            "Who may sign: a shift leader or an expert of the site, by their account "
            f"({known}); never the trainee."
        )
    return (
        "This site names no mentors (mentors: in site.yaml): a shift leader or an "
        "expert signs, and never the trainee."
    )


def account_words(site: Site) -> str:
    """What the account of a mentor is, and what it is for, as a sentence."""
    if site.settings.database.startswith("postgresql"):
        return (
            "The account is the one that is signed in to the shared book, which knows "
            "who may sign: sign in on the course page (F5)."
        )
    if any(site.settings.permissions.values()):
        return (
            "The account is the mentor’s login name: by it the site knows who may "
            f"sign. {UNCHECKED}"
        )
    return (
        "The account is the mentor’s login name, kept beside the signature. This site "
        "lists nobody by it (permissions: in site.yaml): it may stay empty. "
        f"{UNCHECKED}"
    )


def _accounts(site: Site) -> str:
    """The accounts of the people who may sign, by the site's permissions."""
    permissions = site.settings.permissions
    names = {name for each in MENTORS for name in permissions.get(each, ())}
    return ", ".join(sorted(names))


def mentor_role(site: Site, account: str, database_role: str = "") -> str:
    """The role of a mentor's account; "" where the site names nobody."""
    permissions = site.settings.permissions
    if not any(permissions.values()) and not database_role:
        return ""
    return database_role or role_of(account, permissions)
