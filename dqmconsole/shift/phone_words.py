"""What to say on the phone about a plot, as far as the console knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import layout_of
from dqmconsole.model.run import run_words
from dqmconsole.shift.alarm_words import (
    member_words,
    onset_tip,
    since_words,
    what_words,
    worst_member,
)
from dqmconsole.shift.overview import luminosity_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.model.record import Call
    from dqmconsole.model.run import Conditions
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.shift.session import ShiftSession

SAID = ("run", "what and where", "since when", "read back")
"""What a caller can note to have said, in the order in which it is said; the last: what
was answered was read back to them."""
OWN_WORDS = "… (in your own words)"
READ_BACK = (
    "Repeat what they say, and ask the name. Note name, time and what is awaited."
)
_ASKS = {
    "call now": "Please look at it now.",
    "call at the beam dump": "It can wait until the beam dump.",
    "call in working hours": "It can wait until working hours.",
    "write only": "Nothing is urgent: I only write it down.",
}


class PhoneLine(NamedTuple):
    """A sentence of a call, and what it is about."""

    about: str
    words: str


def phone_lines(
    session: ShiftSession,
    place: PlotPlace,
    urgency: Urgency | None,
    sooner: Sequence[Step] = (),
) -> tuple[PhoneLine, ...]:
    """What to say in a call about a plot, sentence by sentence.

    What the console does not know, or does not tell at the moment, is left to the
    caller's own words.

    Args:
        session: the shift.
        place: the plot.
        urgency: how soon its instruction wants the call; None where it does not say.
        sooner: the steps that want it sooner, each for its causes.
    """
    row = None if session.client.blinded else session.alarm_of(place.key)
    alarm = row.alarm if row is not None and row.alarm.returned is None else None
    who = session.author.signature.who or "… (your name)"
    mode = session.client.mailbox.run.conditions.beam_mode
    asks = _ASKS.get(urgency or "", "Can you look at it?")
    for step in sooner:
        ask = _ASKS[step.urgency(mode) or "call now"]
        asks += f" If it is {' or '.join(step.causes)}: {ask[:1].lower()}{ask[1:]}"
    return (
        PhoneLine("Who", f"This is {who}, DQM shift."),
        PhoneLine("Run", _run(session)),
        PhoneLine("What, where", _what(place, alarm)),
        PhoneLine("Since", _since(session, alarm)),
        PhoneLine("Looked at", _looked_at(session, place)),
        PhoneLine("I ask", f"{asks} What do I do until then?"),
        PhoneLine("At the end", READ_BACK),
    )


def said_words(call: Call) -> str:
    """What the caller noted to have said, and not; "" where nothing was noted."""
    if not call.said:
        return ""
    left = [each for each in SAID if each not in call.said]
    words = f"said, by the caller's own note: {', '.join(call.said)}"
    return f"{words}; not noted: {', '.join(left)}" if left else words


def _run(session: ShiftSession) -> str:
    info, settings = session.client.mailbox.run, session.client.settings
    given = info.conditions
    if info.run <= 0:
        return "No run is going on."
    parts = [run_words(info.run)]
    if given.run_type:
        parts.append(given.run_type)
    if info.lumisection is not None:
        parts.append(f"{settings.lumisection} {info.lumisection}")
    if given.beam_mode:
        parts.append(given.beam_mode)
    elif settings.conditions.beam_mode:
        parts.append("beam mode … (not known here: look it up)")
    words = f"{', '.join(parts)}."
    return words[:1].upper() + words[1:]


def _what(place: PlotPlace, alarm: Alarm | None) -> str:
    title = place.plot.title or place.plot.path
    seen = f"{layout_of(place.key)}, {title}" if place.page is not None else title
    if alarm is None:
        return f"{seen}: {OWN_WORDS}"
    own = next((one for one in alarm.wrong if one.key == place.key), None)
    if own is None or own == worst_member(alarm):
        return f"{seen}: {what_words(alarm)}"
    return f"{seen}: {member_words(own, own.extent)}"


def _since(session: ShiftSession, alarm: Alarm | None) -> str:
    if alarm is None:
        return f"since {OWN_WORDS}"
    unit, run = session.client.settings.unit, session.client.mailbox.run.run
    words = since_words(alarm, run, session.now(), unit)
    between = onset_tip(alarm, unit)
    return f"{words}. {between}" if between else words


def _looked_at(session: ShiftSession, place: PlotPlace) -> str:
    """What is to be looked at before a call, as the console knows it."""
    mail = session.client.mailbox
    found = [_voltage(place, mail.run.conditions)]
    luminosity = mail.run.conditions.luminosity
    if luminosity is not None:
        found.append(f"luminosity {luminosity_words(luminosity)}")
    tile = mail.tiles.get(place.key)
    if tile is not None and tile.note.run:
        found.append(f"reference {run_words(tile.note.run)}")
    words = "; ".join(filter(None, found))
    return f"{words} (say only what you looked at)" if words else OWN_WORDS


def _voltage(place: PlotPlace, given: Conditions) -> str:
    """How the partitions stand that the plot needs."""
    needs = place.plot.needs
    if needs is None or not needs.dcs or given.dcs is None:
        return ""
    off = [each for each in needs.dcs if given.dcs.get(each) is False]
    unknown = [each for each in needs.dcs if each not in given.dcs]
    if off:
        return f"detector control: {', '.join(off)} off"
    if unknown:
        return f"detector control: {', '.join(unknown)} not known"
    return f"detector control: {', '.join(needs.dcs)} on"
