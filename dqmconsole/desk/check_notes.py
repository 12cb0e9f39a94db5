"""Checking short-term notes: expired ones, contradictions, rings."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.desk.check_instructions import as_date, gone
from dqmconsole.desk.finding import problem_at
from dqmconsole.site.agreement import plots_of
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.instruction import Note
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.site.broken import BrokenLayouts
    from dqmconsole.site.findings import Place

    Places = Mapping[str, Place]

SOON = datetime.timedelta(days=7)
LONGEST = datetime.timedelta(days=60)


def check_notes(
    site: Site, places: Places, today: datetime.date, broken: BrokenLayouts
) -> list[Problem]:
    """Find what is wrong with the notes of a site.

    Args:
        site: the site.
        places: of its parts.
        today: the date (UTC) that expiry is judged by; a note holds on its last day.
        broken: the layout files that are broken.
    """
    found: list[Problem] = []
    plots = list(plots_of(site)) if site.notes else []
    for note in site.notes:
        found += _dates(note, places, today)
        if not broken.may_hold(note.applies_to.layout):
            found += gone(note, plots, places)
        found += _foreign(note, site, places)
        found += _unknown(note, site, places)
    found += _contradictions(site, places, today)
    return found + _rings(site, places)


def _dates(note: Note, places: Places, today: datetime.date) -> list[Problem]:
    expires, written = as_date(note.expires), as_date(note.written)
    place = places.get(instruction_key(note.id, "expires"))
    found = []
    if expires is None or written is None:
        return []
    if expires < written:
        words = f"expires {expires} is before written {written}"
        found.append(problem_at(place, words))
    elif expires < today:
        words = f"the note expired on {expires} and is no longer shown: delete it"
        found.append(problem_at(place, words, advice=True))
    elif expires - today <= SOON:
        words = f"the note expires on {expires}: is it still needed after that?"
        found.append(problem_at(place, words, advice=True))
    if expires - written > LONGEST:
        words = (
            f"a note for {(expires - written).days} days: what holds longer than "
            f"{LONGEST.days} belongs into the instruction"
        )
        found.append(problem_at(place, words, advice=True))
    if written > today:
        place = places.get(instruction_key(note.id, "written"))
        found.append(problem_at(place, f"written {written} is yet to come"))
    return found


def _unknown(note: Note, site: Site, places: Places) -> list[Problem]:
    ids = {each.id for each in site.instructions} | {each.id for each in site.notes}
    found = []
    for item, name in enumerate(note.supersedes):
        # A text that is broken has a place and its own problem.
        if name not in ids and instruction_key(name) not in places:
            place = places.get(instruction_key(note.id, f"supersedes[{item}]"))
            hint = did_you_mean(name, ids)
            words = f'supersedes: there is no instruction or note "{name}"{hint}'
            found.append(problem_at(place, words))
    return found


def _foreign(note: Note, site: Site, places: Places) -> list[Problem]:
    """Advice on a note of one layout that supersedes an instruction of another."""
    layouts = {each.id: each.applies_to.layout for each in site.instructions}
    found = []
    for item, name in enumerate(note.supersedes):
        other = layouts.get(name, "")
        if note.applies_to.layout and other and other != note.applies_to.layout:
            place = places.get(instruction_key(note.id, f"supersedes[{item}]"))
            words = (
                f"supersedes: {name} is about {other}, this note about "
                f"{note.applies_to.layout}: is it meant?"
            )
            found.append(problem_at(place, words, advice=True))
    return found


def _contradictions(site: Site, places: Places, today: datetime.date) -> list[Problem]:
    """Notes that hold today and supersede the same text."""
    valid = [
        note for note in site.notes if note.written <= today.isoformat() <= note.expires
    ]
    superseded = {name for note in valid for name in note.supersedes}
    first: dict[str, str] = {}
    found = []
    for note in valid:
        if note.id in superseded:
            continue
        for item, name in enumerate(note.supersedes):
            other = first.setdefault(name, note.id)
            if other != note.id:
                place = places.get(instruction_key(note.id, f"supersedes[{item}]"))
                words = (
                    f"{other} and {note.id} both supersede {name}: which of them "
                    "holds? One must supersede the other"
                )
                found.append(problem_at(place, words, advice=True))
    return found


def _rings(site: Site, places: Places) -> list[Problem]:
    """Notes that supersede each other in a ring, each ring once."""
    notes = {note.id: note for note in site.notes}
    found = []
    done: set[str] = set()
    for start in notes:
        ring = _ring(start, notes)
        if ring and not done.intersection(ring):
            done.update(ring)
            place = places.get(instruction_key(start, "supersedes"))
            words = f"supersedes: a ring: {' → '.join((*ring, start))}"
            found.append(problem_at(place, words))
    return found


def _ring(start: str, notes: Mapping[str, Note]) -> tuple[str, ...]:
    """The shortest way from a note back to itself; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for name in notes[way[-1]].supersedes:
            if name == start:
                return way
            if name in notes and name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
