"""Sentences about a shift and its log: runs, flags, records, releases."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dqmconsole.markdown import plain_line
from dqmconsole.model.moment import clock_words, day_words, shown, zone_words
from dqmconsole.model.record import HandOver, Read, ShiftBegan
from dqmconsole.model.release import OTHER
from dqmconsole.model.words import counted
from dqmconsole.shift.flags import (
    began_in,
    components,
    is_signed_off,
    passed_on,
    pending_sign_off,
    spoken_against,
    timelines,
)
from dqmconsole.shift.reading import HAND_OVER
from dqmconsole.shift.runs import latest, recent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.record import Flag, Record, RunSeen
    from dqmconsole.model.release import Release, SiteChange
    from dqmconsole.model.run import RunInfo
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.shift.session import ShiftSession


GROUPS = {
    "instruction": "Instructions",
    "note": "Short-term notes",
    "layout": "Layouts",
    "reference": "References",
    "known": "Known problems",
    "contacts": "Contacts",
    "settings": "Settings of the site",
    OTHER: "Other files",
}
APART = 600.0  # s from a record's own time to its storing that are worth a word


def stamp(session: ShiftSession, now: float) -> tuple[object, ...]:
    """All that the tables of the book follow from: while it is the same, so are they.

    To fold a year of entries again every second takes longer than a frame may.
    """
    run = session.client.mailbox.run
    today = shown(now)
    day = None if today is None else today.date()
    return (
        session.logbook,
        session.logbook.version,
        frozenset(session.author.unsaved),
        session.guide,  # each site has its own
        session.no_data_since,
        _unmoved(run),
        (run.run, run.lumisection, day, zone_words()),
    )


def clock(moment: float | None, now: float | None = None) -> str:
    """A time of day in the zone shown: "14:02"; with the day where it is not today's.

    What stands over or behind it names the zone.
    """
    at = shown(moment) if moment else None
    if at is None:
        return "…"
    today = None if now is None else shown(now)
    if today is None or at.date() == today.date():
        return f"{at:%H:%M}"
    return f"{at:%d %b %H:%M}"


def when(record: Record | None, session: ShiftSession) -> str:
    """When a record was made, or that it is being saved.

    When it was made its console said; where the database stored it at quite another
    time, that is said too.
    """
    if record is None:
        return ""
    if record.uid in session.author.unsaved:
        return "saving"
    made = clock(record.made_at, session.now())
    if record.stored_at and abs(record.stored_at - record.made_at) > APART:
        return f"{made}, stored {clock(record.stored_at, session.now())}"
    return made


def whose(record: Record | None) -> str:
    """Who made a record."""
    return "" if record is None else record.who or "console"


plain = lru_cache(maxsize=512)(plain_line)  # every item of the check-lists, each second


# -- runs --------------------------------------------------------------------------


def run_seen(session: ShiftSession, run: int) -> RunSeen | None:
    """What is known of a run."""
    return latest(session.logbook, run)


def lumisections(session: ShiftSession, run: int, seen: RunSeen | None) -> int:
    """The lumisections of a run; of the current one those reached."""
    current = session.client.mailbox.run
    reached = (current.lumisection or 0) if current.run == run else 0
    return max(reached, seen.lumisections if seen else 0)


def dead_since(session: ShiftSession, run: int) -> float | None:
    """Unix time of the last data, s, of a run that nobody ended; None if it goes on."""
    return session.no_data_since if session.client.mailbox.run.run == run else None


def span(seen: RunSeen | None, now: float) -> str:
    """The times of a run: "14:02–16:40"."""
    if seen is None:
        return ""
    began = clock(seen.started, now)
    return f"{began}–" if seen.phase == "running" else f"{began}–{clock(seen.ended)}"


def kind(seen: RunSeen | None) -> str:
    """The type and class of a run."""
    if seen is None:
        return ""
    return " · ".join(each for each in (seen.run_type, seen.run_class) if each)


def beam(seen: RunSeen | None) -> str:
    """The beam of a run."""
    if seen is None:
        return ""
    energy = f"{seen.beam_energy:g} GeV" if seen.beam_energy else ""
    fill = f"fill {seen.fill}" if seen.fill else ""
    return " · ".join(each for each in (seen.beam_mode, energy, fill) if each)


def significance(seen: RunSeen | None) -> str:
    """Whether a run counts, and why not; "" while that is open."""
    if seen is None or seen.significant is None:
        return ""
    return "significant" if seen.significant else f"not significant: {seen.why}"


def open_words(lines: Sequence[tuple[Stretch, ...]]) -> str:
    """How many components are open: "2 not set, 12 proposed, 1 disputed"."""
    flags = [[each.flag for each in line] for line in lines]
    unset = [any(flag.status == "NOTSET" for flag in line) for line in flags]
    proposed = [any(flag.proposed for flag in line) for line in flags]
    counts = {
        "not set": sum(unset),
        "proposed": sum(p and not u for p, u in zip(proposed, unset, strict=True)),
        "disputed": sum(any(flag.disputed for flag in line) for line in flags),
    }
    return ", ".join(f"{many} {word}" for word, many in counts.items() if many)


def state(session: ShiftSession, run: int, seen: RunSeen | None) -> str:
    """Where a run stands on its way to the sign-off."""
    signed = is_signed_off(session.logbook, run)
    if signed is not None:
        return f"signed off by {whose(signed)}, {when(signed, session)}"
    if pending_sign_off(session.logbook, run) is not None:
        return "its sign-off waits until the log has it"
    lines = timelines(session.logbook, run, components(session.site))
    left = open_words(list(lines.values()))
    if seen is None or seen.phase == "running":
        goes = _going(session, run)
        return f"{goes}, {left}" if left else f"{goes}, all set"
    if seen.significant is False:
        return "closed: not significant"
    passed = passed_on(session.logbook, run)
    if passed is not None:
        by = f"passed on by {whose(passed)}"
        return f"{by}, {left}" if left else by
    return left or "all set, not signed off"


def _unmoved(run: RunInfo) -> bool:
    """Nothing of a run was seen to move: it may be over, for all that is known."""
    return {each.state for each in run.clients if each.run == run.run} == {"unmoved"}


def _going(session: ShiftSession, run: int) -> str:
    """How a run goes on that nobody ended."""
    since = dead_since(session, run)
    if since is not None:
        return f"no data since {clock(since, session.now())}"
    newest = max(recent(session.logbook, 1), default=run)
    now = session.client.mailbox.run
    if run == now.run and _unmoved(now):
        return "not seen to go on"
    unseen = run < newest and run != now.run
    return "end not seen" if unseen else "running"


# -- flags -------------------------------------------------------------------------


def flag_word(flag: Flag) -> str:
    """A flag: "BAD", "GOOD, proposed"."""
    return f"{flag.status}, proposed" if flag.proposed else flag.status


def range_words(stretch: Stretch, unit: str, proposed_on: int | None = None) -> str:
    """Its lumisections: "from LS 118 (began in 118–121)".

    Args:
        stretch: the stretch.
        unit: what stands before the number of a lumisection.
        proposed_on: from where the same is proposed on, or None.
    """
    began = began_in(stretch)
    last = "" if stretch.last is None else str(stretch.last)
    words = f"{stretch.first}–{last}"
    if str(stretch.first) == last:
        words = last
    if began is not None:
        words = words if last else f"from {unit} {stretch.first}"
        words += f" (began in {began[0]}–{began[1]})"
    if proposed_on is not None:
        words += f", {proposed_on}– proposed"
    return words


def comment_words(stretch: Stretch, said: Sequence[tuple[Record, Flag]] = ()) -> str:
    """What was said of a flag, and what speaks against it."""
    flag = stretch.flag
    parts = [flag.comment] if flag.comment else []
    if flag.disputed:
        parts.append(f"disputed: {flag.disputed}")
    against = spoken_against(said, stretch)
    if against is not None:
        since = f" since {against.first}" if against.first > 1 else ""
        why = against.comment or against.cause
        parts.append(f"the console sees {against.status}{since}: {why}".rstrip(": "))
    return "; ".join(parts)


# -- shift and releases ----------------------------------------------------------


def shift_words(record: Record | None) -> str:
    """Who has the shift: "Anna (shifter), leader Ben, since 07:02 UTC"."""
    if record is None:
        return "Nobody has the shift (F2)"
    body = record.body
    leader = body.leader if isinstance(body, ShiftBegan) else ""
    led = f", leader {leader}" if leader else ""
    who = f"{record.who} ({record.role or 'shifter'})"
    return f"{who}{led}, since {clock_words(record.made_at)}"


def book_words(session: ShiftSession, banner: str) -> tuple[str, bool]:
    """How the book is, and whether that is a worry.

    Args:
        session: the shift.
        banner: what is not the detector's goes into a book that is thrown away.
    """
    state = session.book
    unsaved = max(state.unsaved, len(session.author.unsaved))
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
    """What whoever has the shift has not read: the hand-over, and changes."""
    shift = session.shift
    if shift is None:
        return ""
    record = newest_hand_over(session)
    unread = record is not None and not was_read(session, shift, record.uid)
    said = ["hand-over unread"] if unread else []
    if news := session.news(shift.who):
        said.append(f"{counted(len(news), 'change')} unread")
    return f"{', '.join(said)} (F2)" if said else ""


def was_read(session: ShiftSession, shift: Record, uid: str) -> bool:
    """Tell whether it is on record that whoever has the shift read a hand-over."""
    if isinstance(shift.body, ShiftBegan) and shift.body.read == uid:
        return True
    return any(
        record.who == shift.who and body.kind == HAND_OVER and body.id == uid
        for record, body in session.logbook.of(Read)
    )


def newest_hand_over(session: ShiftSession) -> Record | None:
    """The newest hand-over that was not given in the shift that goes on."""
    own = session.author.signature.shift
    found = [
        record
        for record, _ in session.logbook.of(HandOver)
        if not own or record.shift != own
    ]
    return found[-1] if found else None


def checklist_words(session: ShiftSession) -> str:
    """How many check-lists are open; those of the shift's end wait for it."""
    left = sum(each.open > 0 and each.checklist.phase != "end" for each in session.due)
    return f"{counted(left, 'check-list')} open (K)" if left else ""


def release_words(client: EngineClient) -> tuple[str, bool]:
    """Which release is in force and which waits; True: nothing is published."""
    site, waiting = client.site, client.mailbox.release_waiting
    if site is None:
        return "", False
    here = f"Release {site.release.number}" if site.release else "UNPUBLISHED"
    waits = f"Release {waiting.number} waits (F3)" if waiting else ""
    return ", ".join(filter(None, (here, waits))), site.release is None


def published_words(release: Release) -> str:
    """Who published a release, when and why."""
    by = release.by
    if release.account and release.account != release.by:
        by += f" (account {release.account})"
    again = f" It brings release {release.again} back." if release.again else ""
    why = release.why.rstrip(".")
    return f"Published by {by}, {day_words(release.at)}, because: {why}.{again}"


def grouped(changes: Iterable[SiteChange]) -> dict[str, list[SiteChange]]:
    """Changes of a release by kind, in words, instructions first.

    A kind that a feature brings is called by its name.
    """
    found: dict[str, list[SiteChange]] = {title: [] for title in GROUPS.values()}
    for each in changes:
        found.setdefault(
            GROUPS.get(each.kind, f"{each.kind.capitalize()}s"), []
        ).append(each)
    return {title: kept for title, kept in found.items() if kept}
