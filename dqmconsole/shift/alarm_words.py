"""An alarm in words: what it is, since when, how it stands, whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from dqmconsole.markdown import plain_line
from dqmconsole.model.cause import URGENCIES, extent_words
from dqmconsole.model.layout import KEY_STEP, layout_of
from dqmconsole.model.record import (
    Acknowledged,
    Call,
    Joined,
    Nuisance,
    Shelved,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted
from dqmconsole.shift.alarms import (
    OF_CONSOLE,
    alarm_name,
    answered_words,
    own_id,
    place_in_book,
    whom_called,
)
from dqmconsole.shift.coverage import coverage_now
from dqmconsole.shift.guidance import how_urgent, step_to_call, ticked
from dqmconsole.shift.on_call import escalation, on_call
from dqmconsole.shift.pages import owners
from dqmconsole.shift.words import clock, whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Alarm, Member
    from dqmconsole.model.cause import Extent, Family
    from dqmconsole.model.instruction import Step, Urgency
    from dqmconsole.model.record import Record
    from dqmconsole.shift.alarms import Standing, State
    from dqmconsole.shift.on_call import OnCall
    from dqmconsole.shift.session import ShiftSession

_Answer = Acknowledged | Shelved | Unshelved | SplitOff | Joined | Nuisance
_SOON: dict[Urgency | None, str] = {
    "call now": "Call now",
    "call at the beam dump": "At the beam dump",
    "call in working hours": "Next day",
    "write only": "Not urgent",
    None: "Not urgent",
}
_WITHOUT_BEAM = "At the end of the run"  # where no beam is known to be dumped
FAMILY_MEANS: dict[Family, str] = {
    "missing": "less is seen than there should be: holes, dead channels, lost data",
    "excess": "more is seen than there should be: hot or noisy channels, errors",
    "shift": "what is measured moved: a mean, a width, a shape, or a share of states",
    "rate": "counts come faster or slower than they should",
    "stale": "nothing new comes, so nothing can be judged",
}
STATE_TITLES: dict[State, str] = {
    "unacknowledged": "Ask for an answer",
    "returned": "Good again, and not acknowledged",
    "withdrawn": "Withdrawn, and not acknowledged",
    "acknowledged": "Acknowledged",
    "shelved": "Shelved",
}
TILE_WORDS: dict[State, str] = {
    "unacknowledged": "",
    "returned": "alarm returned",
    "withdrawn": "alarm withdrawn",
    "acknowledged": "acknowledged",
    "shelved": "shelved",
}
"""What a plot says of the alarm it shows; "" where it asks, as its verdict does."""
_WORST = (Status.BAD, Status.STALE, Status.FAILED, Status.WARNING)


def worst_member(alarm: Alarm) -> Member:
    """The member that is the most urgent, of these the worst, of these the first."""

    def rank(one: Member) -> tuple[int, int, bool]:
        bad = _WORST.index(one.status) if one.status in _WORST else len(_WORST)
        return -URGENCIES.index(one.urgency), bad, not one.confirmed

    return min(alarm.wrong or alarm.members, key=rank)


def what_words(alarm: Alarm) -> str:
    """What is wrong, and where, by the worst member."""
    return member_words(worst_member(alarm), alarm.extent)


def member_words(one: Member, extent: Extent | None) -> str:
    """What is wrong with a member, and where, unless its sentence says just that place.

    Args:
        one: the member.
        extent: the place to say.
    """
    said = extent == one.extent and "(" in one.sentence and not one.part
    if extent is None or said:
        return one.sentence
    return f"{one.sentence} ({extent_words(extent)})"


def alarm_meant(alarm: Alarm, unit: str = "LS") -> str:
    """Which alarm it is, of several with one name: "Hcal missing (ring HB+)".

    Args:
        alarm: the alarm.
        unit: what stands before the number of a lumisection.
    """
    at = alarm.latest if alarm.latest is not None else alarm.earliest
    if alarm.extent is not None:
        where = extent_words(alarm.extent)
    else:
        where = f"since {clock(alarm.began) if at is None else f'{unit} {at}'}"
    return f"{alarm_name(alarm)} ({where})"


def members_words(session: ShiftSession, key: str) -> str:
    """For how many plots what is done about one counts, "" where for it alone."""
    row, many = session.alarm_of(key), len(session.with_one_cause(key))
    if row is None or many < 2 or session.client.blinded:
        return ""
    meant = alarm_meant(row.alarm, session.client.settings.unit)
    return f"Counts for all {many:,} plots of {meant}."


def name_means(alarm: Alarm) -> str:
    """What the last word of an alarm's name says is wrong; "" where none does."""
    if alarm.root in OF_CONSOLE:
        return ""
    return f"“{alarm.family}”: {FAMILY_MEANS[alarm.family]}"


def since_words(alarm: Alarm, run: int, now: float, unit: str = "LS") -> str:
    """Since when: "since LS 41 · 03:28 · 14 min"; of one that is over, until when.

    Of another run the clock stands first, for what comes last may be cut.

    Args:
        alarm: the alarm.
        run: the run at hand; that of the alarm is named if it is another.
        now: unix time, s.
        unit: what stands before the number of a lumisection.
    """
    at = alarm.latest if alarm.latest is not None else alarm.earliest
    where = [] if alarm.run == run or alarm.run <= 0 else [run_words(alarm.run)]
    where += [] if at is None else [f"{unit} {at}"]
    began = clock(alarm.began, now)
    if alarm.returned is not None:
        until = clock(alarm.returned, now)
        return " · ".join(filter(None, [" ".join(where), f"{began}–{until}"]))
    lasts = [began, minutes_words(now - alarm.began)]
    place = " ".join(where)
    parts = [place, *lasts] if alarm.run == run else [*lasts, place]
    return "since " + " · ".join(filter(None, parts))


def onset_tip(alarm: Alarm, unit: str = "LS") -> str:
    """Between which lumisections it began: it was good last, and seen bad first."""
    first, last = alarm.earliest, alarm.latest
    if first is None or last is None or first == last:
        return ""
    of = run_words(alarm.run, " of ")
    return f"It began between {unit} {first} and {unit} {last}{of}."


def no_alarm_words(session: ShiftSession, now: float) -> str:
    """That there is no alarm, since when, and how much is judged: what could raise one.

    Args:
        session: the shift.
        now: unix time, s.
    """
    client = session.client
    if client.blinded:
        return "The alarms are hidden."
    if not client.source:
        return "No alarm: no source is open."
    over = [
        each for each in client.mailbox.alarms.values() if each.returned is not None
    ]
    last = max(over, key=lambda each: each.returned or 0.0, default=None)
    run, since = client.mailbox.run, ""
    if last is not None:
        since = f" since {clock(last.returned, now)}, when {alarm_name(last)} was over"
    elif run.run > 0:
        began = f" at {clock(run.started, now)}" if run.started is not None else ""
        since = f" since {run_words(run.run)} began{began}"
    return f"No alarm{since} · {coverage_now(client).sentence}"


def minutes_words(seconds: float) -> str:
    """A duration to the minute: "14 min", "2 h 5 min"."""
    minutes = int(max(seconds, 0) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} min"


def plots_words(alarm: Alarm) -> str:
    """How many plots show it: "7 plots", of these not good any more "5 of 7 plots".

    A subsystem that gives nothing new is no plot.
    """
    many = sum(KEY_STEP in one.key for one in alarm.members)
    wrong = sum(KEY_STEP in one.key for one in alarm.wrong)
    if not many:
        return ""
    if wrong and wrong < many:
        return f"{wrong:,} of {counted(many, 'plot')}"
    return counted(many, "plot")


def state_notes(
    row: Standing, rows: Sequence[Standing], run: int, now: float, unit: str = "LS"
) -> list[str]:
    """What is to be known of how an alarm stands, the most important first.

    Args:
        row: the alarm.
        rows: all alarms.
        run: the run at hand.
        now: unix time, s.
        unit: what stands before the number of a lumisection.
    """
    alarm, found = row.alarm, []
    since = row.unanswered_since(now)
    if since is not None:
        found.append(f"no answer for {minutes_words(now - since)}")
    if alarm.withdrawn:
        found.append(f"withdrawn by {alarm.withdrawn}")
    elif alarm.returned is not None:
        found.append(f"returned at {clock(alarm.returned, now)}")
    if alarm.unconfirmed:
        seen = ""
        if alarm.seen is not None and alarm.seen[0] != run:
            seen = " in this run"
        elif alarm.seen is not None and alarm.seen[1] is not None:
            seen = f" since {unit} {alarm.seen[1]}"
        found.append(f"not confirmed{seen}")
    if row.carried:
        found.append("carried over from the shift before")
    if alarm.news_words and row.state == "unacknowledged":
        found.append(f"new: {alarm.news_words}")
    if alarm.chattering:
        found.append("chattering")
    if alarm.perhaps_with:
        found.append(f"perhaps with {_named(alarm.perhaps_with, rows)}")
    if row.joined:
        found.append(f"{len(row.joined)} alarms joined")
    return found


def _named(name: str, rows: Sequence[Standing]) -> str:
    """What the alarm of an id is called, also where it is gone."""
    for row in rows:
        if row.alarm.id == name:
            return alarm_name(row.alarm)
    parts = name.split("/")
    return f"{'/'.join(parts[1:-2])} {parts[-2]}" if len(parts) > 3 else name


def answer_words(row: Standing, now: float) -> str:
    """Who acknowledged or shelved an alarm, and when; "" while it asks."""
    if row.by is None or row.asks:
        return ""
    at, who = clock(row.by.made_at, now), whose(row.by)
    if row.state == "shelved":
        until = "" if row.until is None else f" until {clock(row.until, now)}"
        return f"shelved{until}, {who}"
    return f"acknowledged {at}, {who}"


class CallWords(NamedTuple):
    """How soon to call about an alarm, and whom; or when that was done, and who it was.

    The second is "" where nobody is named.
    """

    soon: str
    person: str


def call_words(session: ShiftSession, alarm: Alarm) -> CallWords:
    """How soon to call, and whom: by the instruction of the worst member."""
    found, key = person_to_call(session, alarm), worst_member(alarm).key
    guidance = session.guidance(key)
    given = session.client.mailbox.run.conditions
    step = step_to_call(guidance.instruction, given, guidance.cause)
    urgency = call_urgency(session, key, step, alarm)
    soon = _SOON[urgency]
    beam = session.site and session.site.settings.conditions.beam_mode
    if urgency == "call at the beam dump" and not beam:
        soon = _WITHOUT_BEAM
    if found is None:
        return CallWords(soon, "")
    phone = f", {found.phone}" if found.phone else ", no number is known"
    example = " [example]" if found.example else ""
    return CallWords(soon, f"{found.title}{phone}{example}")


def called_words(
    session: ShiftSession, row: Standing, rows: Sequence[Standing], now: float
) -> CallWords | None:
    """When whom was called about an alarm since there was news of it; None: nobody was.

    A call about another alarm counts if it was to whom this one asks to call: about a
    plot of the same layout, since there was news of this one; or about the alarm that
    this one is perhaps with. Then that is said.

    Args:
        session: the shift.
        row: the alarm.
        rows: all alarms.
        now: unix time, s.
    """
    found, about = row.last_call(), ""
    if found is None:
        found = _called_beside(session, row, rows)
        if found is None:
            return None
        name = found[1].alarm
        about = _named(name, rows) if name else layout_of(found[1].about)
    record, call = found
    said = [whom_called(call, session.site)]
    said += ["no answer yet"] if call.answered is None else []
    said += [f"about {about}"] if about else []
    return CallWords(f"Called {clock(record.made_at, now)}", ", ".join(said))


def _called_beside(
    session: ShiftSession, row: Standing, rows: Sequence[Standing]
) -> tuple[Record, Call] | None:
    """The last call to whom an alarm asks to call that was about another one."""
    person = person_to_call(session, row.alarm)
    if person is None:
        return None
    other = (each for each in rows if each.alarm.id == row.alarm.perhaps_with)
    found = [each.last_call(person.role) for each in other]
    layouts = {layout_of(one.key) for one in row.alarm.wrong}
    found += [
        (record, call)
        for record, call in session.logbook.of(Call)
        if call.role == person.role
        and call.answered is not False
        and record.made_at >= row.alarm.news_at
        and layout_of(call.about) in layouts
    ]
    made = [each for each in found if each is not None]
    return max(made, key=lambda each: each[0].made_at, default=None)


def call_urgency(
    session: ShiftSession, key: str, step: Step | None, alarm: Alarm | None
) -> Urgency | None:
    """How soon to call about a plot, see :func:`~dqmconsole.shift.guidance.how_urgent`.

    Args:
        session: the shift.
        key: the plot, or what gives nothing to judge.
        step: by which to call.
        alarm: that it shows; None where it shows none.
    """
    mode = session.client.mailbox.run.conditions.beam_mode
    cause = session.guidance(key).cause
    if alarm is None:
        return how_urgent(step, mode, "", cause)
    own = next((each for each in alarm.members if each.key == key), None)
    status = (own or worst_member(alarm)).status
    heard = session.guide.asks_alarm(key)
    return how_urgent(step, mode, alarm.urgency, cause, status, asks_alarm=heard)


def person_to_call(session: ShiftSession, alarm: Alarm) -> OnCall | None:
    """Who is called first about an alarm; None where the site names nobody."""
    site = session.site
    if site is None:
        return None
    guidance = session.guidance(worst_member(alarm).key)
    found, first = guidance.instruction, guidance.owner
    given = session.client.mailbox.run.conditions
    step = step_to_call(found, given, guidance.cause)
    if step is not None:
        first = step.role
    elif found is not None:
        first = "" if found.turns else guidance.owner
    elif not first:
        first = owners(site).get(alarm.root, "")
    roles = escalation(site.contacts, found, first)
    return on_call(site.contacts, roles[0], session.now()) if roles else None


def steps_words(session: ShiftSession, alarm: Alarm) -> list[str]:
    """What to do about an alarm, step by step; who has done a step, for all members."""
    key = worst_member(alarm).key
    found = session.guidance(key).instruction
    if found is None:
        return []
    plots = session.with_one_cause(key) | alarm.keys
    run = session.client.mailbox.run.run
    done, words = ticked(session.logbook, found, plots, run), []
    for at, step in enumerate(found.steps):
        record, said = done.get(at), plain_line(step.text)
        who = "" if record is None else f" (✓ {whose(record)})"
        words.append(f"Step {at + 1}: {said}{who}")
    return words


def history_words(session: ShiftSession, row: Standing) -> list[str]:
    """What was answered to an alarm, and who was called about it, oldest first."""
    logbook, now = session.logbook, session.now()
    names = {own_id(part.id) for part in row.parts}
    found = [
        (record, answer_record_words(body, now))
        for record, body in answers(logbook)
        if own_id(body.alarm.id) in names
    ]
    for record, call in row.calls:
        said = f": {call.comment}" if call.comment else ""
        whom = whom_called(call, session.site)
        words = f"called {whom}, {answered_words(call)}{said}"
        found.append((record, words))
    found.sort(key=lambda each: place_in_book(each[0]))
    return [
        f"{clock(record.made_at, now)} {whose(record)} {words}"
        for record, words in found
    ]


def answers(logbook: Logbook) -> list[tuple[Record, _Answer]]:
    """All that was answered to alarms, in the order of the log kind by kind."""
    return [each for kind in get_args(_Answer) for each in logbook.of(kind)]


def answer_record_words(body: _Answer, now: float) -> str:
    """What somebody did to an alarm, as their name goes on: "acknowledged it: …"."""
    match body:
        case Acknowledged():
            words, said = "acknowledged it", body.comment
        case Shelved():
            words, said = f"shelved it until {clock(body.until, now)}", body.reason
        case Unshelved():
            words, said = "took it from the shelf", ""
        case SplitOff():
            words = f"split {counted(len(body.plots), 'plot')} off it"
            said = body.comment
        case Joined():
            words, said = f"joined it into {alarm_name(body.into)}", body.comment
        case Nuisance():
            words, said = "called it a nuisance", body.comment
    return f"{words}: {said}" if said else words


def spoken(row: Standing, words: Iterable[str]) -> Iterator[str]:
    """A row as a screen reader says it: its name and state, then its words."""
    yield alarm_name(row.alarm)
    yield "asks for an answer" if row.asks else row.state
    yield from filter(None, words)
