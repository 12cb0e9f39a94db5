"""Who is on call now, whom to turn to next, and how soon a step wants a call."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.contacts import Contacts, Hours
    from dqmconsole.model.instruction import Instruction


class OnCall(msgspec.Struct, frozen=True):
    """Who holds a role at a moment.

    Attributes:
        role: the role's id.
        title: what it is called.
        name: the person or desk of this turn, or "".
        phone: the number, or "".
        reachable: the moment lies in the role's hours.
        sentence: all of it in words.
        example: the data are made up.
    """

    role: str
    title: str
    name: str
    phone: str
    reachable: bool
    sentence: str
    example: bool = False


def on_call(contacts: Contacts, role: str, now: float) -> OnCall:
    """Who holds a role.

    Args:
        contacts: the site's.
        role: the role's id; one that does not exist is answered in words.
        now: unix time, s.
    """
    contact = contacts.roles.get(role)
    if contact is None:
        words = f"{role}: no such role in the contacts"
        return OnCall(role, role, "", "", False, words)
    turn = next((each for each in contact.rota if each.begin <= now < each.end), None)
    name = turn.name if turn else ""
    phone = (turn.phone if turn else "") or contact.phone
    reachable = not contact.hours or within(contact.hours, contacts.timezone, now)
    words = contact.title or role
    if name:
        words += f": {name}"
    words += f", {phone}" if phone else ", no number is known"
    if contact.rota and turn is None:
        words += " (nobody stands in the rota now)"
    if not reachable:
        words += " (outside their hours)"
    return OnCall(
        role, contact.title or role, name, phone, reachable, words, contact.example
    )


def zone_of(timezone: str) -> datetime.tzinfo:
    """A time zone by its IANA name; UTC for one that does not exist."""
    try:
        return zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC


def within(hours: Iterable[Hours], timezone: str, now: float) -> bool:
    """Tell whether a moment lies in some hours of the week, in their time zone."""
    there = datetime.datetime.fromtimestamp(now, zone_of(timezone))
    minute = there.hour * 60 + there.minute
    return any(
        there.weekday() in each.days and each.begin <= minute < each.end
        for each in hours
    )


def in_working_hours(contacts: Contacts, now: float) -> bool:
    """Tell whether "in working hours" is now; always when the site says nothing."""
    hours = contacts.working_hours
    return not hours or within(hours, contacts.timezone, now)


def escalation(
    contacts: Contacts, instruction: Instruction | None, first: str
) -> tuple[str, ...]:
    """The roles to call, one after the other.

    Args:
        contacts: the site's.
        instruction: its "Whom to call" goes first.
        first: the role to begin with: a step's, or a layout's owner.

    Returns:
        Each role once: `first`, then the instruction's, then as the last role's
        contact goes on.
    """
    turns = instruction.turns if instruction is not None else ()
    return contacts.line(filter(None, (first, *(each.role for each in turns))))
