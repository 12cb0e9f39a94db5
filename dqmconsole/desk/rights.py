"""Who may publish, and promote a reference with it; and who can instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.permission import ROLES, may, refusal, role_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.permission import Action

PROMOTE: Action = "promote a reference"


def publishing_role(
    permissions: Mapping[str, tuple[str, ...]], account: str, known: str
) -> str:
    """The role of an account; "" where the site gives roles to nobody.

    Args:
        permissions: of the site in force.
        account: the account.
        known: the role that a shared database gives it, which it holds us to; or "".
    """
    if known:
        return known
    if not any(permissions.get(each) for each in ROLES):
        return ""
    return role_of(account, permissions)


def why_not(
    role: str,
    action: Action,
    account: str,
    permissions: Mapping[str, tuple[str, ...]],
) -> str:
    """Why an account may not do something, with the names of those who can; or ""."""
    no = refusal(role, action)
    if not no:
        return ""
    able = {
        name
        for each in ROLES
        if may(each, action)
        for name in permissions.get(each, ())
    }
    names = f" ({', '.join(sorted(able))})" if able else ""
    return f"the account {account}: {no}{names}"
