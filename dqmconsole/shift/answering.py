"""What the shift answers to alarms, on record; each returns why not, or "".

An answer is to an alarm as the person saw it: what became news since asks again.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import (
    Acknowledged,
    Call,
    ChainTest,
    Joined,
    Missed,
    Nuisance,
    Overridden,
    Shelved,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.run import run_words
from dqmconsole.shift.actions import why_not
from dqmconsole.shift.alarms import seen
from dqmconsole.shift.on_call import zone_of
from dqmconsole.shift.overrides import in_force

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.record import Body, Record
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.session import ShiftSession

SHIFT_LENGTH = 8 * 3600.0  # s, where the site does not say when shifts begin
EARLY = 3600.0  # s before its time a shift may begin
_GONE = "this alarm is over, and somebody acknowledged it"


def acknowledge(session: ShiftSession, row: Standing, comment: str = "") -> str:
    """Acknowledge an alarm, with all that were joined into it."""
    if refused := why_not(session):
        return refused
    now = _as_it_is(session, row)
    if now is None:
        return _GONE
    if now.state == "acknowledged":
        by = now.by.who if now.by is not None else ""
        return f"it is acknowledged already by {by or 'somebody'}"
    for part in row.parts:
        _write(session, part, Acknowledged(seen(part), comment.strip()))
    return ""


def shelve(
    session: ShiftSession, row: Standing, reason: str, until: float | None = None
) -> str:
    """Silence an alarm for some time.

    Args:
        session: the shift.
        row: the alarm.
        reason: why; the next shift reads it.
        until: unix time, s; until the shift ends when left out.
    """
    if refused := why_not_shelve(session, row):
        return refused
    now, end, reason = session.now(), end_of_shift(session), reason.strip()
    until = end if until is None else until
    if not reason:
        return "say why it is shelved"
    if not now < until <= end:
        return f"it can be shelved until {clock_words(end)}, when the shift ends"
    for part in row.parts:
        _write(session, part, Shelved(seen(part), until, reason))
    return ""


def why_not_shelve(session: ShiftSession, row: Standing) -> str:
    """Why an alarm cannot be shelved now, whatever the reason; "" where it can."""
    urgent = row.alarm.urgency == "now"
    if refused := why_not(session, "shelve an urgent alarm" if urgent else "write"):
        return refused
    standing = _as_it_is(session, row)
    if standing is None:
        return _GONE
    over = standing.state in ("returned", "withdrawn")
    return "it is over: acknowledge it" if over else ""


def unshelve(session: ShiftSession, row: Standing) -> str:
    """Let an alarm count again that was shelved."""
    if refused := why_not(session):
        return refused
    now = _as_it_is(session, row)
    if now is None or now.state != "shelved":
        return "it is not shelved"
    for part in row.parts:
        _write(session, part, Unshelved(seen(part)))
    return ""


def split_off(
    session: ShiftSession, row: Standing, plots: Collection[str], comment: str = ""
) -> str:
    """Make an alarm of its own of some plots of an alarm."""
    if refused := why_not(session):
        return refused
    now = _as_it_is(session, row)
    if now is None:
        return _GONE
    off = tuple(one.key for one in now.alarm.members if one.key in plots)
    if not off:
        return "choose the plots that have another cause"
    if len(off) == len(now.alarm.members):
        return "leave a plot in the row that they are split off"
    body = SplitOff(seen(now.parts[0]), off, comment.strip())
    _write(session, now.alarm, body)
    return ""


def join(
    session: ShiftSession, row: Standing, into: Standing, comment: str = ""
) -> str:
    """Show an alarm in the row of another one: they have one cause."""
    if refused := why_not(session):
        return refused
    one, other = _as_it_is(session, row), _as_it_is(session, into)
    if one is None or other is None:
        return _GONE
    if one == other:
        return "choose another alarm to join it with"
    body = Joined(seen(one.parts[0]), seen(other.parts[0]), comment.strip())
    _write(session, one.alarm, body)
    return ""


def nuisance(session: ShiftSession, row: Standing, comment: str = "") -> str:
    """Note that an alarm should not have been; that acknowledges nothing."""
    if refused := why_not(session):
        return refused
    plots = tuple(one.key for one in row.alarm.members)
    _write(session, row.alarm, Nuisance(seen(row.alarm), plots, comment.strip()))
    return ""


def missed(
    session: ShiftSession, plot: str, comment: str = "", run: int | None = None
) -> str:
    """Note a fault that a person found, and no alarm told.

    Args:
        session: the shift.
        plot: key of the plot that shows it; "" where none does.
        comment: what it is.
        run: the run; that of this moment when left out.
    """
    if refused := why_not(session):
        return refused
    comment = comment.strip()
    if not plot and not comment:
        return "say what was missed, or where"
    run = session.client.mailbox.run.run if run is None else run
    session.author.write(Missed(plot, comment), run=run)
    return ""


def chain_test(session: ShiftSession, *, heard: bool, seconds: float | None) -> str:
    """Put on record whether an alarm gets from the engine to a person's ears.

    Args:
        session: the shift.
        heard: a person says that it was heard.
        seconds: from the request to its row in the strip; None: it never came.
    """
    if refused := why_not(session):
        return refused
    session.author.write(ChainTest(heard, seconds))
    return ""


def override(
    session: ShiftSession,
    partitions: tuple[str, ...],
    reason: str,
    until: float | None = None,
    *,
    on: bool,
    of_run: int | None = None,
) -> str:
    """Say that the detector control is wrong; why that is refused, or "".

    Args:
        session: the shift.
        partitions: those that it is wrong of.
        reason: why; the next shift reads it.
        until: unix time, s; until the shift ends when left out.
        on: they are on; else they are off.
        of_run: the run in which they are; the one at hand when left out.
    """
    if refused := why_not(session, "override the detector control"):
        return refused
    now, end, reason = session.now(), end_of_shift(session), reason.strip()
    until = end if until is None else until
    run = session.client.mailbox.run.run
    if run <= 0:
        return "there is no run"
    if of_run not in (None, run):
        return f"{run_words(of_run)} is over, and this is {run_words(run)}: look again"
    if not partitions:
        return "it needs no partition of the detector control"
    if not reason:
        return "say how you know that the detector control is wrong"
    if not now < until <= end:
        return f"it can be said until {clock_words(end)}, when the shift ends"
    session.author.write(Overridden(partitions, on, until, reason), run=run)
    return ""


def take_back(session: ShiftSession, partitions: tuple[str, ...]) -> str:
    """Let count again what the detector control says; why that is refused, or ""."""
    if refused := why_not(session, "override the detector control"):
        return refused
    run = session.client.mailbox.run.run
    said = in_force(session.logbook, run, session.now())
    known = {name for each in said for name in each.partitions}
    back = tuple(each for each in partitions if each in known)
    if not back:
        return "nobody said otherwise than the detector control does"
    session.author.write(Overridden(back), run=run)
    return ""


def call_answered(session: ShiftSession, called: Record, comment: str = "") -> str:
    """Put on record that somebody who was called has answered since."""
    if refused := why_not(session):
        return refused
    call = called.body
    if not isinstance(call, Call):
        return "there is no such call"
    if call.answered:
        return "that they answered is on record already"
    answered = msgspec.structs.replace(call, answered=True, comment=comment.strip())
    session.author.write(
        answered, run=called.run, instruction=called.versions.instruction
    )
    return ""


def end_of_shift(session: ShiftSession) -> float:
    """Unix time at which the shift ends, s, as far as that is known.

    By the times at which shifts begin at this site, else after eight hours. One that
    goes on longer ends when the next one does.
    """
    shift, now, site = session.shift, session.now(), session.site
    began = shift.made_at if shift is not None else now
    times = site.settings.shifts if site is not None else ()
    if times and site is not None:
        begins = _begins(times, site.contacts.timezone, max(began + EARLY, now))
        return min(begins)
    end = began + SHIFT_LENGTH
    while end <= now:
        end += SHIFT_LENGTH
    return end


def _begins(times: Collection[str], timezone: str, after: float) -> list[float]:
    """When shifts begin in the two days after a moment, unix times, s."""
    zone = zone_of(timezone)
    day = datetime.datetime.fromtimestamp(after, zone).date()
    found = [
        datetime.datetime.combine(
            day + datetime.timedelta(days=later),
            datetime.time.fromisoformat(each),
            zone,
        ).timestamp()
        for later in range(3)
        for each in times
    ]
    return [each for each in found if each > after]


def _as_it_is(session: ShiftSession, row: Standing) -> Standing | None:
    """How an alarm stands by now; None of one that is gone."""
    return next(
        (each for each in session.alarms if each.alarm.id == row.alarm.id), None
    )


def _write(session: ShiftSession, alarm: Alarm, body: Body) -> None:
    session.author.write(body, run=alarm.run, subsystem=alarm.root)
