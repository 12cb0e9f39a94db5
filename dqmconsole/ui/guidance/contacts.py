"""Whom to call about a plot: who is on call now, and who after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import Call
from dqmconsole.shift.guidance import urgent_step
from dqmconsole.shift.on_call import escalation, on_call
from dqmconsole.ui.guidance.urgency import person_words

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Step
    from dqmconsole.model.record import Record
    from dqmconsole.shift.guidance import Guidance
    from dqmconsole.shift.on_call import OnCall
    from dqmconsole.shift.session import ShiftSession


class Callee(NamedTuple):
    """One role to call, with who has it now, and what they can do."""

    role: str
    person: OnCall
    purpose: str = ""

    @property
    def words(self) -> str:
        """All of it on one line."""
        purpose = f" – {self.purpose}" if self.purpose else ""
        return f"{person_words(self.person)}{purpose}"


def callees(session: ShiftSession, guidance: Guidance, first: str = "") -> list[Callee]:
    """Whom to call, one after the other.

    Args:
        session: the shift.
        guidance: of the plot.
        first: role to begin with; else the instruction's first, else the layout's
            owner.
    """
    if session.site is None:
        return []
    contacts, instruction = session.site.contacts, guidance.instruction
    turns = instruction.turns if instruction is not None else ()
    if not first and not turns:
        first = guidance.owner
    purposes = {each.role: each.purpose for each in turns}
    return [
        Callee(role, on_call(contacts, role, session.now()), purposes.get(role, ""))
        for role in escalation(contacts, instruction, first)
    ]


def calling_step(
    session: ShiftSession, guidance: Guidance, role: str = ""
) -> tuple[int, Step] | None:
    """The step to call by now: the first urgent one, else the first that calls.

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
    urgent = urgent_step(instruction, session.client.mailbox.run.conditions)
    for at, step in enumerate(instruction.steps):
        if step is urgent or (urgent is None and step.role):
            return at, step
    return None


def calls_about(session: ShiftSession, key: str, run: int) -> list[tuple[Record, Call]]:
    """The calls of a run about a plot's layout, latest first."""
    layout = key.partition(KEY_STEP)[0]
    return [
        (record, body)
        for record, body in session.logbook.of_run(Call, run)
        if body.about.partition(KEY_STEP)[0] == layout
    ][::-1]


def call_words(session: ShiftSession, record: Record, call: Call) -> str:
    """Write a call: when, whom, by whom, about what, and what came of it."""
    site = session.site
    contact = site.contacts.roles.get(call.role) if site is not None else None
    title = contact.title if contact is not None and contact.title else call.role
    whom = f"{title} ({call.name})" if call.name else title
    parts = [f"{clock_words(record.made_at)}  {whom}"]
    if record.who:
        parts.append(f"called by {record.who}")
    about = call.about.rpartition(KEY_STEP)[2]
    if about:
        parts.append(f"about {about}")
    if call.answered is not None:
        parts.append("answered" if call.answered else "not answered")
    if call.comment:
        parts.append(f"“{call.comment}”")
    if record.uid in session.author.unsaved:
        parts.append("saving")
    return ", ".join(parts)
