"""Checks of the short-term notes: expired ones, contradictions, rings."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import as_date
from dqmconsole.site.rings import rings
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.instruction import Note
    from dqmconsole.site.rules.context import SiteReading

SOON = datetime.timedelta(days=7)
LONGEST = datetime.timedelta(days=60)


def check_note_dates(context: SiteReading) -> Iterator[Violation]:
    """Find notes that expired, soon will, or hold for very long."""
    for note in context.drafts.notes:
        yield from _dates(note, context)


def _dates(note: Note, context: SiteReading) -> Iterator[Violation]:
    expires, written = as_date(note.expires), as_date(note.written)
    place = context.places.get(instruction_key(note.id, "expires"))
    if expires is None or written is None:
        return
    if expires < written:
        words = f"expires {expires} is before written {written}"
        yield Violation("note-expires-before-written", place, words)
    elif expires < context.today:
        words = f"the note expired on {expires} and is no longer shown: delete it"
        yield Violation("note-expired", place, words)
    elif expires - context.today <= SOON:
        words = f"the note expires on {expires}: is it still needed after that?"
        yield Violation("note-expires-soon", place, words)
    if expires - written > LONGEST:
        words = (
            f"a note for {(expires - written).days} days: what holds longer than "
            f"{LONGEST.days} belongs into the instruction"
        )
        yield Violation("long-note", place, words)
    if written > context.today:
        place = context.places.get(instruction_key(note.id, "written"))
        words = f"written {written} is yet to come"
        yield Violation("note-date-to-come", place, words)


def check_superseded(context: SiteReading) -> Iterator[Violation]:
    """Find notes that supersede what is not there, or is of another layout."""
    instructions, notes = context.drafts.instructions, context.drafts.notes
    layouts = {each.id: each.applies_to.layout for each in instructions}
    ids = layouts.keys() | {each.id for each in notes}
    for note in notes:
        about = note.applies_to.layout
        for item, name in enumerate(note.supersedes):
            place = context.places.get(instruction_key(note.id, f"supersedes[{item}]"))
            other = layouts.get(name, "")
            if about and other and other != about:
                words = (
                    f"supersedes: {name} is about {other}, this note about {about}: "
                    "is it meant?"
                )
                yield Violation("supersedes-of-other-layout", place, words)
            # A text that is broken has a place and its own problem.
            if name not in ids and instruction_key(name) not in context.places:
                hint = did_you_mean(name, ids)
                words = f'supersedes: there is no instruction or note "{name}"{hint}'
                yield Violation("supersedes-nothing", place, words)


def check_contradictions(context: SiteReading) -> Iterator[Violation]:
    """Find notes that hold today and supersede the same text."""
    today = context.today.isoformat()
    valid = [
        note for note in context.drafts.notes if note.written <= today <= note.expires
    ]
    superseded = {name for note in valid for name in note.supersedes}
    first: dict[str, str] = {}
    for note in valid:
        if note.id in superseded:
            continue
        for item, name in enumerate(note.supersedes):
            other = first.setdefault(name, note.id)
            if other != note.id:
                key = instruction_key(note.id, f"supersedes[{item}]")
                words = (
                    f"{other} and {note.id} both supersede {name}: which of them "
                    "holds? One must supersede the other"
                )
                yield Violation("notes-contradict", context.places.get(key), words)


def check_rings(context: SiteReading) -> Iterator[Violation]:
    """Find notes that supersede each other in a ring, each ring once."""
    supersedes = {note.id: note.supersedes for note in context.drafts.notes}
    for ring in rings(supersedes):
        place = context.places.get(instruction_key(ring[0], "supersedes"))
        words = f"supersedes: a ring: {' → '.join((*ring, ring[0]))}"
        yield Violation("ring-of-notes", place, words)
