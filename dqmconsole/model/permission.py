"""Who may do what: roles of people, actions, and refusals that say who can."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Role = Literal["trainee", "shifter", "shift-leader", "expert"]
ROLES: tuple[Role, ...] = ("trainee", "shifter", "shift-leader", "expert")

Action = Literal[
    "write", "confirm flags", "sign off", "change a signed-off flag",
    "judge whether a run counts", "hand over",
    "take up a release in stable beams", "publish", "promote a reference",
    "shelve an urgent alarm", "override the detector control",
]  # fmt: skip

Permissions = Mapping[str, tuple[str, ...]]  # action -> the roles that may

# The program's own table. A database of the log has one beside it, of what it enforces
# (``logbook.rules``); where a console is connected, that one counts.
MAY: Permissions = MappingProxyType({
    "write": ("trainee", "shifter", "shift-leader", "expert"),
    "confirm flags": ("shifter", "shift-leader", "expert"),
    "sign off": ("shifter", "shift-leader", "expert"),
    "change a signed-off flag": ("shift-leader", "expert"),
    "judge whether a run counts": ("shifter", "shift-leader", "expert"),
    "hand over": ("shifter", "shift-leader", "expert"),
    "take up a release in stable beams": ("shift-leader", "expert"),
    "publish": ("shift-leader", "expert"),
    "promote a reference": ("expert",),
    "shelve an urgent alarm": ("shift-leader", "expert"),
    "override the detector control": ("shift-leader", "expert"),
})  # fmt: skip
_WORDS: dict[str, str] = {
    "write": "write into the book",
    "confirm flags": "set or confirm flags",
    "sign off": "sign off a run",
    "change a signed-off flag": "change a flag of a run that is signed off",
    "judge whether a run counts": "judge whether a run counts",
    "hand over": "give the report to the next shift",
    "take up a release in stable beams": "take up a release while data are taken",
    "publish": "publish a release",
    "promote a reference": "promote a reference",
    "shelve an urgent alarm": "shelve an alarm that is to be answered now",
    "override the detector control": "say that the detector control is wrong",
}


def may(role: str, action: str, table: Permissions = MAY) -> bool:
    """Tell whether a role may do something.

    Args:
        role: the role; "" for none.
        action: what is to be done.
        table: action -> the roles that may.
    """
    return role in table[action]


def refusal(role: str, action: str, table: Permissions = MAY) -> str:
    """Say why a role may not do something, and who can; "" when it may.

    Args:
        role: the role; "" for none.
        action: what is to be done.
        table: action -> the roles that may.
    """
    if may(role, action, table):
        return ""
    roles = (each for each in ROLES if may(each, action, table))
    able = " or ".join(f"a {each}" if each != "expert" else "an expert"
                       for each in roles)  # fmt: skip
    named = f"a {role}" if role in ROLES and role != "expert" else role or "nobody"
    return f"{named} cannot {_WORDS.get(action, action)}; {able or 'nobody'} can"


def role_of(account: str, permissions: Mapping[str, tuple[str, ...]]) -> Role:
    """The role of an account: the highest that names it, else "shifter".

    Args:
        account: name of the account.
        permissions: role -> account names; ``site.yaml``'s.
    """
    for role in reversed(ROLES):
        if account in permissions.get(role, ()):
            return role
    return "shifter"
