"""Contacts: roles, when they can be reached, and whose turn it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 10  # roles in one line
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Hours(msgspec.Struct, frozen=True):
    """Hours of a week in the contacts' time zone.

    Attributes:
        days: weekdays, 0 for Monday.
        begin, end: minutes since midnight; `end` may be 1440 (24:00).
    """

    days: tuple[int, ...]
    begin: int
    end: int


class RotaTurn(msgspec.Struct, frozen=True):
    """Whose turn it is from one moment to another.

    Attributes:
        begin, end: unix times, s; `end` is no longer part of it.
        name: the person or desk; "" when only the phone is known.
        phone: their number; "" takes the role's.
    """

    begin: float
    end: float
    name: str = ""
    phone: str = ""


class Contact(msgspec.Struct, frozen=True):
    """One role.

    Attributes:
        role: its id.
        title: what it is called.
        phone: its number.
        hours: when it can be reached; always when empty.
        rota: whose turn it is, by begin; from the file or an iCalendar.
        then: role to turn to when this one does not answer; "" ends the line.
        example: its data are made up (the bundled site's).
        decides: what whoever has it decides, one line; "" of most roles.
        call_when: when one speaks to them, one line.
    """

    role: str
    title: str
    phone: str = ""
    hours: tuple[Hours, ...] = ()
    rota: tuple[RotaTurn, ...] = ()
    then: str = ""
    example: bool = False
    decides: str = ""
    call_when: str = ""


class Contacts(msgspec.Struct, frozen=True):
    """``instructions/contacts.yaml``.

    Attributes:
        timezone: IANA name of the zone of all hours.
        working_hours: what "in working hours" means.
        roles: by role id.
    """

    timezone: str = "UTC"
    working_hours: tuple[Hours, ...] = ()
    roles: dict[str, Contact] = {}

    def title_of(self, role: str) -> str:
        """What a role is called; its id where nobody says that."""
        known = self.roles.get(role)
        return (known.title if known is not None else "") or role

    def line(self, roles: Iterable[str]) -> tuple[str, ...]:
        """The roles to call one after the other.

        Returns:
            Each of `roles` once, in their order; then as the contact of the last one
            goes on.
        """
        found = list(dict.fromkeys(roles))
        while found and len(found) < _LONGEST:
            contact = self.roles.get(found[-1])
            if contact is None or not contact.then or contact.then in found:
                break
            found.append(contact.then)
        return tuple(found)


def new_contacts(role: str, title: str, schema: str = "") -> str:
    """The file of contacts with one role, to be filled in.

    Args:
        role: its name, as layouts and instructions have it as their owner.
        title: what it is called.
        schema: the schema that the file is checked by in an editor, where there is one.
    """
    line = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    return f"""\
{line}# Whom to call: give each role its phone, or the role to call next (then:).
timezone: UTC
working_hours: Mon-Fri 08:00-18:00
roles:
  {role}: {{title: {json.dumps(title, ensure_ascii=False)}}}
"""
