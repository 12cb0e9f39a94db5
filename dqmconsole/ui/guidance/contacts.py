"""Whom to call about a plot and how soon, and the calls made about it; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import layout_of, path_of
from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import Call
from dqmconsole.shift import actions
from dqmconsole.shift.alarm_words import call_urgency
from dqmconsole.shift.alarms import alarm_name, answered_words, whom_called
from dqmconsole.shift.guidance import step_to_call, ticked
from dqmconsole.shift.on_call import escalation, in_working_hours, on_call
from dqmconsole.shift.phone_words import said_words

if TYPE_CHECKING:
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.contacts import Contacts
    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.model.record import Record
    from dqmconsole.shift.guidance import Guidance
    from dqmconsole.shift.on_call import OnCall
    from dqmconsole.shift.session import ShiftSession


class Callee(NamedTuple):
    """Who has a role to call now, and what they can do."""

    person: OnCall
    purpose: str = ""

    @property
    def words(self) -> str:
        """All of it on one line."""
        purpose = f" – {self.purpose}" if self.purpose else ""
        return f"{person_words(self.person)}{purpose}"


def person_words(person: OnCall) -> str:
    """Who is on call; made-up numbers are called examples."""
    return f"{person.sentence} [example]" if person.example else person.sentence


def urgency_words(urgency: Urgency, contacts: Contacts, now: float) -> str:
    """How soon to call: "CALL NOW", "call at the beam dump"."""
    if urgency == "call now":
        return "CALL NOW"
    if urgency == "call in working hours":
        yes = in_working_hours(contacts, now)
        return f"call in working hours (now: {'yes' if yes else 'no'})"
    return urgency


def step_words(
    step: Step, beam_mode: str | None, contacts: Contacts, now: float
) -> tuple[Urgency | None, str, str]:
    """How soon a step calls, that in words, and whom; all empty when it calls nobody.

    Args:
        step: the step.
        beam_mode: the beam mode; None when unknown: then the most urgent rule holds.
        contacts: the site's.
        now: unix time, s.
    """
    urgency = step.urgency(beam_mode)
    if urgency is None:
        return None, "", ""
    words = urgency_words(urgency, contacts, now)
    if len({each.urgency for each in step.urgencies}) > 1:
        words += f" in {beam_mode}" if beam_mode else " (beam mode not known yet)"
    if urgency == "write only" or not step.role:
        return urgency, words, ""
    return urgency, words, person_words(on_call(contacts, step.role, now))


def how_soon(
    session: ShiftSession, key: str, step: Step | None
) -> tuple[Urgency | None, str]:
    """How soon to call about a plot, and that in words; "" where nothing says it.

    Args:
        session: the shift.
        key: the plot.
        step: by which to call.
    """
    if session.site is None:
        return None, ""
    mode = session.client.mailbox.run.conditions.beam_mode
    contacts, now = session.site.contacts, session.now()
    alarm = standing_alarm(session, key)
    urgency = call_urgency(session, key, step, alarm)
    if step is not None and urgency == step.urgency(mode):
        return urgency, step_words(step, mode, contacts, now)[1]
    if alarm is None:
        return None, ""
    if urgency is None:
        words = f"not urgent: its alarm asks for no call ({alarm_name(alarm)})"
        return None, words if step is not None else ""
    words = urgency_words(urgency, contacts, now)
    return urgency, f"{words}, as its alarm asks ({alarm_name(alarm)})"


def standing_alarm(session: ShiftSession, key: str) -> Alarm | None:
    """The alarm that a plot shows and that is not over; None where there is none."""
    row = None if session.client.blinded else session.alarm_of(key)
    return row.alarm if row is not None and row.alarm.returned is None else None


def soon_now(
    session: ShiftSession, guidance: Guidance, key: str
) -> tuple[Urgency | None, str] | None:
    """How soon to call about the alarm that a plot shows, as :func:`how_soon`.

    None where it shows none: what its steps say is then for the day it is bad.
    """
    if standing_alarm(session, key) is None:
        return None
    found = calling_step(session, guidance)
    return how_soon(session, key, found[1] if found is not None else None)


def callees(session: ShiftSession, guidance: Guidance) -> list[Callee]:
    """Whom to call, one after the other.

    First whom the step to call by now names; where none calls, the instruction's first,
    else the layout's owner.

    Args:
        session: the shift.
        guidance: of the plot.
    """
    if session.site is None:
        return []
    contacts, instruction = session.site.contacts, guidance.instruction
    turns = instruction.turns if instruction is not None else ()
    step = calling_step(session, guidance)
    first = step[1].role if step is not None else "" if turns else guidance.owner
    purposes = {each.role: each.purpose for each in turns}
    return [
        Callee(on_call(contacts, role, session.now()), purposes.get(role, ""))
        for role in escalation(contacts, instruction, first)
    ]


def calling_step(
    session: ShiftSession, guidance: Guidance, role: str = ""
) -> tuple[int, Step] | None:
    """The step to call by now, and its place; see :func:`step_to_call`.

    Args:
        session: whose conditions hold.
        guidance: of the plot.
        role: who was called: a step that names them goes first.
    """
    instruction = guidance.instruction
    if instruction is None:
        return None
    for at, step in enumerate(instruction.steps):
        if role and step.role == role:
            return at, step
    given = session.client.mailbox.run.conditions
    found = step_to_call(instruction, given, guidance.cause)
    return None if found is None else (instruction.steps.index(found), found)


def calls_about(session: ShiftSession, key: str) -> list[str]:
    """The calls of this run about a plot's layout in words, latest first."""
    run = session.client.mailbox.run.run
    return [
        _call_words(session, record, body)
        for record, body in reversed(session.logbook.of_run(Call, run))
        if layout_of(body.about) == layout_of(key)
    ]


class Unanswered(NamedTuple):
    """A call that nobody answered: when, unix time in s, and about which layout."""

    at: float
    layout: str


def unanswered_calls(session: ShiftSession) -> dict[str, Unanswered]:
    """Who did not answer when last called in this run and shift, whatever it was about.

    Returns:
        By role; the latest call last.
    """
    run, shift = session.client.mailbox.run.run, session.author.signature.shift
    found: dict[str, Unanswered] = {}
    for record, body in session.logbook.of_run(Call, run):
        if record.shift == shift:
            found.pop(body.role, None)
            if body.answered is False:
                found[body.role] = Unanswered(record.made_at, layout_of(body.about))
    return found


def record_call(
    session: ShiftSession,
    guidance: Guidance,
    key: str,
    callee: Callee,
    answered: bool | None,
    comment: str,
    said: tuple[str, ...] = (),
) -> tuple[bool, str]:
    """Put a call on record, and tick the step that asks for it.

    A call that nobody took ticks nothing, nor one where writing was asked for.

    Args:
        session: the shift.
        guidance: of the plot.
        key: the plot.
        callee: who was called.
        answered: whether they answered; None: that was not said.
        comment: what was said.
        said: what the caller noted to have said; of a call that nobody took nothing.

    Returns:
        Whether it is on record, and what to say of it.
    """
    info, role = session.client.mailbox.run, callee.person.role
    instruction, run = guidance.instruction, info.run
    refused = actions.call(
        session,
        role,
        key,
        run,
        instruction=instruction,
        answered=answered,
        comment=comment,
        said=said if answered else (),
    )
    if refused:
        return False, f"Not recorded: {refused}"
    name = f" ({callee.person.name})" if callee.person.name else ""
    words = f"Call to {callee.person.title}{name} recorded"
    found = calling_step(session, guidance, role)
    if found is None or instruction is None or answered is False:
        return True, words
    at, step = found
    asks = step.urgency(info.conditions.beam_mode) not in (None, "write only")
    plots = session.with_one_cause(key)
    waits = at not in ticked(session.logbook, instruction, plots, run)
    if asks and waits and not actions.tick(session, instruction, at, key, run):
        words += f", step {at + 1} ticked"
    return True, words


def _call_words(session: ShiftSession, record: Record, call: Call) -> str:
    """When, whom, by whom, about what, and what came of it."""
    whom = whom_called(call, session.site)
    parts = [f"{clock_words(record.made_at)}  {whom}"]
    if record.who:
        parts.append(f"called by {record.who}")
    about = path_of(call.about)
    if about:
        parts.append(f"about {about}")
    parts.append(answered_words(call))
    if call.comment:
        parts.append(f"“{call.comment}”")
    if call.said:
        parts.append(said_words(call))
    if record.uid in session.author.unsaved:
        parts.append("saving")
    return ", ".join(parts)
