"""Checks of the contacts: whom nobody can call, and when."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from typing import TYPE_CHECKING

from dqmconsole.site.findings import Place
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import CONTACTS, INSTRUCTIONS, role_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.contacts import Contact
    from dqmconsole.site.rules.context import SiteReading

AHEAD = datetime.timedelta(days=7)
MAX_GAPS = 5  # said of one role
_STEP = 600.0  # s; hours are looked at in this grain
_FILE = f"{INSTRUCTIONS}/{CONTACTS}"


def check_contacts_file(context: SiteReading) -> Iterator[Violation]:
    """Find that there are instructions and no contacts."""
    site = context.site
    # A file that is broken has its own problem.
    broken = any(each.file == _FILE for each in site.problems)
    if site.instructions and not site.contacts.roles and not broken:
        words = "the file is missing: whom do the instructions' roles stand for?"
        yield Violation("no-contacts", Place(_FILE), words)


def check_working_hours(context: SiteReading) -> Iterator[Violation]:
    """Find that steps speak of working hours and the contacts do not."""
    if not context.site.contacts.roles or context.site.contacts.working_hours:
        return
    for instruction in context.site.instructions:
        for step in instruction.steps:
            if any(each.urgency == "call in working hours" for each in step.urgencies):
                words = (
                    f'working_hours is missing; {instruction.id} says "call in '
                    'working hours"'
                )
                yield Violation("no-working-hours", Place(_FILE, 1, 1), words)
                return


def check_phones(context: SiteReading) -> Iterator[Violation]:
    """Find roles without a phone number."""
    for name, contact in context.site.contacts.roles.items():
        number = context.places.get(role_key(name, "phone"))
        has_problem = any(
            number and (each.file, each.line) == (number.file, number.line)
            for each in context.site.problems
        )
        on_turn = any(turn.phone for turn in contact.rota)
        if not contact.phone and not has_problem and not on_turn:
            words = f"{name} has no phone number: how is it called?"
            yield Violation("no-phone", context.places.get(role_key(name)), words)


def check_turns(context: SiteReading) -> Iterator[Violation]:
    """Find times within the next days when a role is nobody's turn."""
    contacts = context.site.contacts
    zone = zoneinfo.ZoneInfo(contacts.timezone)
    midnight = datetime.datetime.combine(context.today, datetime.time(), datetime.UTC)
    now = midnight.timestamp()
    for name, contact in contacts.roles.items():
        for gap in itertools.islice(_gaps(contact, zone, now), MAX_GAPS):
            begin, end = (
                datetime.datetime.fromtimestamp(each, zone).strftime("%a %d %b %H:%M")
                for each in gap
            )
            words = f"nobody has the turn of {name} from {begin} to {end}"
            yield Violation("nobody-on-call", context.places.get(role_key(name)), words)


def _gaps(
    contact: Contact, zone: zoneinfo.ZoneInfo, now: float
) -> Iterator[tuple[float, float]]:
    """Times within the next days, in the role's hours, that no turn covers."""
    if not contact.rota:
        return
    until = now + AHEAD.total_seconds()
    covered = now
    for turn in contact.rota:
        if turn.begin > covered and covered < until:
            gap = (covered, min(turn.begin, until))
            if _in_hours(contact, zone, *gap):
                yield gap
        covered = max(covered, turn.end)
    if covered < until and _in_hours(contact, zone, covered, until):
        yield covered, until


def _in_hours(
    contact: Contact, zone: zoneinfo.ZoneInfo, begin: float, end: float
) -> bool:
    """Tell whether the role can be reached at some time between two moments."""
    if not contact.hours:
        return True
    time = begin
    while time < end:
        local = datetime.datetime.fromtimestamp(time, zone)
        minute = local.hour * 60 + local.minute
        for hours in contact.hours:
            if local.weekday() in hours.days and hours.begin <= minute < hours.end:
                return True
        time += _STEP
    return False
