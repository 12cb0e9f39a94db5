"""Checking contacts: a file that is missing, and turns that nobody has."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.site.findings import Place
from dqmconsole.site.texts import CONTACTS, role_key
from dqmconsole.site.texts_folder import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.contacts import Contact
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

AHEAD = datetime.timedelta(days=7)
MAX_GAPS = 5  # said of one role
_STEP = 600.0  # s; hours are looked at in this grain


def check_contacts(
    site: Site, places: Mapping[str, Place], now: float
) -> list[Problem]:
    """Find roles that cannot be called, or whose turn nobody has in the next days.

    Args:
        site: the site.
        places: of its parts.
        now: unix time, s.
    """
    if not site.contacts.roles:
        file = f"{INSTRUCTIONS}/{CONTACTS}"
        # A file that is broken has its own problem.
        if not site.instructions or any(each.file == file for each in site.problems):
            return []
        words = "the file is missing: whom do the instructions' roles stand for?"
        return [problem_at(Place(file), words)]
    found = _working_hours(site)
    zone = zoneinfo.ZoneInfo(site.contacts.timezone)
    for name, contact in site.contacts.roles.items():
        place = places.get(role_key(name))
        number = places.get(role_key(name, "phone"))
        has_problem = any(
            number and (each.file, each.line) == (number.file, number.line)
            for each in site.problems
        )
        if (
            not contact.phone
            and not has_problem
            and not any(turn.phone for turn in contact.rota)
        ):
            words = f"{name} has no phone number: how is it called?"
            found.append(problem_at(place, words, advice=True))
        for gap in itertools.islice(_gaps(contact, zone, now), MAX_GAPS):
            begin, end = (
                datetime.datetime.fromtimestamp(each, zone).strftime("%a %d %b %H:%M")
                for each in gap
            )
            words = f"nobody has the turn of {name} from {begin} to {end}"
            found.append(problem_at(place, words, advice=True))
    return found


def _working_hours(site: Site) -> list[Problem]:
    """Advice when steps speak of working hours and the contacts do not."""
    if site.contacts.working_hours:
        return []
    for instruction in site.instructions:
        for step in instruction.steps:
            if any(each.urgency == "call in working hours" for each in step.urgencies):
                words = (
                    f'working_hours is missing; {instruction.id} says "call in '
                    'working hours"'
                )
                place = Place(f"{INSTRUCTIONS}/{CONTACTS}", 1, 1)
                return [problem_at(place, words, advice=True)]
    return []


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
