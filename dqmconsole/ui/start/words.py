"""The words of the start of a shift: who has it, the book, releases; no Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.moment import clock_words, utc
from dqmconsole.model.record import HandOver, Read, ShiftBegan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.record import Record
    from dqmconsole.model.release import Release, SiteChange
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.reading import Kind
    from dqmconsole.shift.session import ShiftSession

KINDS: dict[Kind, str] = {
    "release": "Release",
    "note": "Note",
    "instruction": "Instruction",
    "reference": "Reference",
    "known": "Known problem",
}
GROUPS = {
    "instruction": "Instructions",
    "note": "Short-term notes",
    "layout": "Layouts",
    "reference": "References",
    "known": "Known problems",
    "contacts": "Contacts",
    "lesson": "Lessons",
    "settings": "Settings of the site",
}


def day_words(moment: float) -> str:
    """Write a day and time: "24 Nov 2026, 07:02 UTC"."""
    there = utc(moment)
    return f"{there:%d %b %Y, %H:%M} UTC" if there is not None else "an unknown time"


def shift_words(record: Record | None) -> str:
    """Write who has the shift: "Anna (shifter), leader Ben, since 07:02 UTC"."""
    if record is None:
        return "Nobody has the shift (F2)"
    body = record.body
    leader = body.leader if isinstance(body, ShiftBegan) else ""
    led = f", leader {leader}" if leader else ""
    who = f"{record.who} ({record.role or 'shifter'})"
    return f"{who}{led}, since {clock_words(record.made_at)}"


def book_words(session: ShiftSession, banner: str) -> tuple[str, bool]:
    """Write how the book is, and whether that is a worry.

    Args:
        session: the shift.
        banner: what is not the detector's goes into a book that is thrown away.
    """
    state = session.book
    unsaved = max(state.unsaved, len(session.pen.unsaved))
    if state.word == "waiting":
        kept = f" ({unsaved} kept here)" if unsaved else ""
        return f"book waiting{kept}: {state.sentence}", True
    if state.word == "refused":
        return f"book refused: {state.sentence}", True
    if state.word == "closed":
        return "no book", False
    if state.word == "opening":
        return "opening the book …", False
    held = sum(each.many for each in state.held)
    if unsaved > held:
        return f"saving {unsaved - held} …", False
    if held:
        return f"book: {'; '.join(each.sentence for each in state.held)}", True
    return (f"throw-away book ({banner})" if banner else "book saved"), False


def unread_words(session: ShiftSession) -> str:
    """Write what whoever has the shift has not read: the hand-over, and changes."""
    shift = session.shift
    if shift is None:
        return ""
    record = newest_hand_over(session)
    unread = record is not None and not was_read(session, shift, record.uid)
    said = ["hand-over unread"] if unread else []
    if news := session.news(shift.who):
        said.append(f"{len(news)} {'change' if len(news) == 1 else 'changes'} unread")
    return f"{', '.join(said)} (F2)" if said else ""


def was_read(session: ShiftSession, shift: Record, uid: str) -> bool:
    """Tell whether it is on record that whoever has the shift read a hand-over."""
    if isinstance(shift.body, ShiftBegan) and shift.body.read == uid:
        return True
    return any(
        record.who == shift.who and body.kind == "hand-over" and body.id == uid
        for record, body in session.logbook.of(Read)
    )


def newest_hand_over(session: ShiftSession) -> Record | None:
    """The newest hand-over that was not given in the shift that goes on."""
    own = session.pen.writing.shift
    found = [
        record
        for record, _ in session.logbook.of(HandOver)
        if not own or record.shift != own
    ]
    return found[-1] if found else None


def checklist_words(session: ShiftSession) -> str:
    """Write how many check-lists are open; those of the shift's end wait for it."""
    many = sum(each.open > 0 and each.checklist.phase != "end" for each in session.due)
    if not many:
        return ""
    return f"{many} {'check-list' if many == 1 else 'check-lists'} open (K)"


def release_words(client: EngineClient) -> tuple[str, bool]:
    """Write which release is in force and which waits; True: nothing is published."""
    site, waiting = client.site, client.release_waiting
    if site is None:
        return "", False
    here = f"Release {site.release.number}" if site.release else "UNPUBLISHED"
    waits = f"Release {waiting.number} waits (F3)" if waiting else ""
    return ", ".join(filter(None, (here, waits))), site.release is None


def published_words(release: Release) -> str:
    """Write who published a release, when and why."""
    by = release.by
    if release.account and release.account != release.by:
        by += f" (account {release.account})"
    again = f" It brings release {release.again} back." if release.again else ""
    why = release.why.rstrip(".")
    return f"Published by {by}, {day_words(release.at)}, because: {why}.{again}"


def grouped(changes: Iterable[SiteChange]) -> dict[str, list[SiteChange]]:
    """Changes of a release by kind, in words, instructions first."""
    found: dict[str, list[SiteChange]] = {title: [] for title in GROUPS.values()}
    for each in changes:
        found.setdefault(GROUPS.get(each.kind, each.kind), []).append(each)
    return {title: kept for title, kept in found.items() if kept}
