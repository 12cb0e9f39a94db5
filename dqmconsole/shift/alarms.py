"""How alarms stand: what the engine tells of them, and what the shift answered.

Nothing is kept here. The state of an alarm follows from the alarm and from the records
of the book, so that every console that has both says the same, also after a restart.
What came first is said by the book's numbers, never by a clock, which may jump.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import GROWTH, URGENCIES, joined, most_urgent, overlap
from dqmconsole.model.layout import layout_of
from dqmconsole.model.record import (
    Acknowledged,
    AlarmSeen,
    Call,
    Joined,
    Record,
    Shelved,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Member
    from dqmconsole.model.cause import Extent
    from dqmconsole.model.site import Site

    Answer = TypeVar("Answer", Acknowledged, Shelved, Unshelved)

State = Literal["unacknowledged", "acknowledged", "returned", "withdrawn", "shelved"]
"""What an alarm asks of the shift: "returned" and "withdrawn" are over, and nobody
acknowledged them; once somebody does they are gone."""
STATES: tuple[State, ...] = (
    "unacknowledged", "returned", "withdrawn", "acknowledged", "shelved",
)  # fmt: skip
OF_CONSOLE = {
    "engine": "engine silent",
    "book": "book out of reach",
    "recorder": "recorder down",
    "engine's memory": "engine's memory down",
}
"""What is called otherwise, for the console alone can tell it: root -> name."""
ANSWER_WITHIN = 20 * 60.0  # s in which who was called should answer
LEFT_AFTER = 16 * 3600.0  # s, two shifts: one that is open so long was left
CLOCKS_DIFFER = 60.0  # s by which the clocks of two consoles may


class Standing(msgspec.Struct, frozen=True):
    """An alarm as it stands.

    Attributes:
        alarm: what the engine tells, split and joined as the shift did.
        state: what it asks for.
        by: the record that acknowledged or shelved it last; None: none did.
        carried: somebody acknowledged it in a shift before this one, and nothing was
            news since.
        until: of one that is shelved, unix time, s.
        calls: those about it, oldest first.
        joined: the alarms that were joined into this one, itself first; empty where
            nothing was.
    """

    alarm: Alarm
    state: State
    by: Record | None = None
    carried: bool = False
    until: float | None = None
    calls: tuple[tuple[Record, Call], ...] = ()
    joined: tuple[Alarm, ...] = ()

    @property
    def asks(self) -> bool:
        """It asks for an acknowledgement."""
        return self.state in ("unacknowledged", "returned", "withdrawn")

    @property
    def parts(self) -> tuple[Alarm, ...]:
        """What answers are about: the alarms that were joined, or itself."""
        return self.joined or (self.alarm,)

    def last_call(self, role: str = "") -> tuple[Record, Call] | None:
        """The last call about it since there was news, those nobody took left out.

        Args:
            role: who was called; "" for anybody.
        """
        taken = (
            (record, call)
            for record, call in reversed(self.calls)
            if record.made_at >= self.alarm.news_at
            and call.answered is not False
            and role in ("", call.role)
        )
        return next(taken, None)

    def unanswered_since(self, now: float) -> float | None:
        """Unix time of the last call, s, if nobody answered and that is long ago.

        Whoever answered since there was news has it in hand, whom else one calls.
        """
        heard = (call.answered for record, call in self.calls
                 if record.made_at >= self.alarm.news_at)  # fmt: skip
        if not self.calls or self.calls[-1][1].answered or any(heard):
            return None
        called = self.calls[-1][0].made_at
        return called if now - called >= ANSWER_WITHIN else None


def seen(alarm: Alarm) -> AlarmSeen:
    """An alarm as records name it."""
    return AlarmSeen(
        *(alarm.id, alarm.run, alarm.root, alarm.family, alarm.news),
        *(len(alarm.wrong), alarm.urgency, alarm.extent),
        *(alarm.began, alarm.earliest, alarm.latest),
    )


def returned_since(rows: Iterable[Standing]) -> dict[str, float]:
    """Layouts with alarms that are over and nobody acknowledged -> since when, s."""
    found: dict[str, float] = {}
    for row in rows:
        if row.state != "returned" or row.alarm.returned is None:
            continue
        for key in row.alarm.keys:
            layout = layout_of(key)
            found[layout] = max(found.get(layout, 0.0), row.alarm.returned)
    return found


def alarm_name(alarm: Alarm | AlarmSeen) -> str:
    """What an alarm is called: "Hcal missing"."""
    return OF_CONSOLE.get(alarm.root, f"{alarm.root} {alarm.family}")


def whom_called(call: Call, site: Site | None) -> str:
    """Who was called: a role by its title, and the person if one is known."""
    title = call.role if site is None else site.contacts.title_of(call.role)
    return f"{title} ({call.name})" if call.name else title


def answered_words(call: Call) -> str:
    """Whether who was called answered."""
    if call.answered is None:
        return "no answer yet"
    return "answered" if call.answered else "did not answer"


def waiting_calls(rows: Iterable[Standing], now: float, site: Site | None) -> str:
    """Who was called about alarms and did not answer in time, in words; or ""."""
    words = []
    for row in rows:
        since = row.unanswered_since(now)
        if since is not None:
            whom = whom_called(row.calls[-1][1], site)
            words.append(
                f"{alarm_name(row.alarm)}: {whom} was called "
                f"{int((now - since) // 60)} min ago and has not answered"
            )
    return "; ".join(words)


def refusal_words(record: Record | None, sentence: str) -> str:
    """Why the log did not take a record, and what that means for its alarm."""
    match record and record.body:
        case Acknowledged(alarm=alarm):
            return f"{alarm_name(alarm)} is not acknowledged and asks again: {sentence}"
        case Shelved(alarm=alarm):
            return f"{alarm_name(alarm)} is not shelved and asks again: {sentence}"
    return sentence


def standings(
    alarms: Iterable[Alarm],
    logbook: Logbook,
    now: float,
    gone: Mapping[str, Alarm] | None = None,
) -> tuple[Standing, ...]:
    """How all alarms stand, what asks for an answer first; those that are gone not.

    Args:
        alarms: as the engine tells them.
        logbook: all records.
        now: unix time, s.
        gone: further ones that are known to be gone, by id: records about them are
            about no other.
    """
    given = list(alarms)
    answers = _Answers(logbook, given, gone or {})
    found = []
    for row in _as_split_and_joined(given, logbook, answers):
        one = _standing(row, answers, now)
        if one is not None:
            found.append(one)
    found.sort(key=_order)
    return tuple(found)


def _order(one: Standing) -> tuple[object, ...]:
    alarm = one.alarm
    return (
        *(STATES.index(one.state), -URGENCIES.index(alarm.urgency)),
        *(alarm.began, alarm.id),
    )


def _standing(row: Sequence[_Part], answers: _Answers, now: float) -> Standing | None:
    """How one row stands; None of one that is over and was acknowledged."""
    alarm = _whole(row)
    calls = answers.calls(row)
    parts = tuple(part.alarm for part in row) if len(row) > 1 else ()
    acknowledged = [answers.acknowledged(part) for part in row]
    if alarm.returned is not None:
        over: State = "withdrawn" if alarm.withdrawn else "returned"
        if all(acknowledged):
            return None
        return Standing(alarm, over, calls=calls, joined=parts)
    shelves = [answers.shelf(part, now) for part in row]
    kept = [each for each in shelves if each is not None]
    if len(kept) == len(shelves):
        record, shelved = min(kept, key=lambda each: each[1].until)
        return Standing(
            alarm, "shelved", record, until=shelved.until, calls=calls, joined=parts
        )
    here = [[each for each in some if answers.counts(each)] for some in acknowledged]
    if all(here):
        by = max((some[-1] for some in here), key=place_in_book)
        return Standing(alarm, "acknowledged", by, calls=calls, joined=parts)
    before = None
    if all(acknowledged):
        before = max((some[-1] for some in acknowledged), key=place_in_book)
    return Standing(
        *(alarm, "unacknowledged", before),
        carried=before is not None, calls=calls, joined=parts,
    )  # fmt: skip


# -- shifts ----------------------------------------------------------------------------

_Place = tuple[float, float]
_FIRST: _Place = (-inf, -inf)
_LAST: _Place = (inf, inf)
SHIFTER = ("shifter", "")  # a site without accounts has no other role
ABOVE = ("shift-leader", "expert")  # roles of who has a shift beside the shifter's


def place_in_book(record: Record) -> _Place:
    """Where a record stands in the book; behind all others while it is not saved."""
    return (record.number or inf, record.made_at)


class _Shift(NamedTuple):
    """A shift: its uid ("" where none began), role, place in the book, if it ended."""

    uid: str = ""
    role: str = ""
    began: _Place = _FIRST
    ended: bool = False


def takes_over(role: str, has: str) -> bool:
    """Tell whether whoever begins a shift takes it from who has it, by their roles.

    A shifter does from everybody, a trainee from no shifter, a shift leader or an
    expert from nobody.
    """
    return role in SHIFTER or (role not in ABOVE and has not in SHIFTER)


def _shift_in_force(logbook: Logbook) -> _Shift:
    """The shift that has to know of alarms: the last one that took it over."""
    edges: list[tuple[Record, ShiftBegan | ShiftEnded]] = [
        *logbook.of(ShiftBegan),
        *logbook.of(ShiftEnded),
    ]
    edges.sort(key=lambda each: place_in_book(each[0]))
    found = _Shift()
    for record, body in edges:
        if isinstance(body, ShiftEnded):
            found = found._replace(ended=found.ended or record.shift == found.uid)
        elif not found.uid or found.ended or takes_over(record.role, found.role):
            found = _Shift(record.uid, record.role, place_in_book(record))
    return found


def ended_shifts(logbook: Logbook) -> set[str]:
    """The uids of the shifts that somebody ended."""
    return {record.shift for record, _ in logbook.of(ShiftEnded)}


def open_shifts(logbook: Logbook, now: float) -> tuple[Record, ...]:
    """The records that began the shifts which nobody ended, the one that holds first.

    The holder is the shifter who began last; whoever has another role only where no
    shifter has a shift. One that was left open long ago comes after all of them.

    Args:
        logbook: all records.
        now: unix time, s.
    """
    over = ended_shifts(logbook)
    found = [each for each, _ in logbook.of(ShiftBegan) if each.uid not in over]

    def rank(record: Record) -> tuple[object, ...]:
        lately = now - record.made_at < LEFT_AFTER
        return lately, record.role in SHIFTER, place_in_book(record)

    return tuple(sorted(found, key=rank, reverse=True))


# -- which records are about which alarm -----------------------------------------------

_PART = "+"  # between the id of an alarm and the record that split a part off
_Name = tuple[int, str, str]


class _Part(NamedTuple):
    """An alarm of the engine, or what was split off it.

    Attributes:
        alarm: of its own plots.
        names: by what records name it, "" for all of the alarm, and up to which place
            in the book they do: of what was split off, those of the whole until then.
    """

    alarm: Alarm
    names: tuple[tuple[str, _Place], ...] = (("", _LAST),)


class _Answers:
    """The records about alarms, by what they name.

    Args:
        logbook: all records.
        alarms: all that stand.
        gone: those that are known to be gone, by id: a record about one of them is
            about no other.
    """

    def __init__(
        self, logbook: Logbook, alarms: Iterable[Alarm], gone: Mapping[str, Alarm]
    ) -> None:
        self._shift = _shift_in_force(logbook)
        self._over = ended_shifts(logbook)
        self._alarms: dict[_Name, list[Alarm]] = {}
        for alarm in alarms:
            self._alarms.setdefault(_name(alarm), []).append(alarm)
        self._found: dict[tuple[str, str], frozenset[str]] = {}
        self._gone = gone
        self._past: dict[_Name, list[Alarm]] = {}
        for alarm in gone.values():
            self._past.setdefault(_name(alarm), []).append(alarm)
        self._acknowledged = _by_name(logbook.of(Acknowledged))
        self._shelved = _by_name(logbook.of(Shelved))
        self._unshelved = _by_name(logbook.of(Unshelved))
        self._calls: dict[str, list[tuple[Record, Call]]] = {}
        for record, call in logbook.of(Call):
            if call.alarm:
                self._calls.setdefault(own_id(call.alarm), []).append((record, call))

    def counts(self, record: Record) -> bool:
        """Tell whether an answer is the present shift's, or of one beside it."""
        if record.shift == self._shift.uid:
            return True
        return (
            record.shift not in self._over and place_in_book(record) > self._shift.began
        )

    def acknowledged(self, part: _Part) -> list[Record]:
        """The acknowledgements that still cover it, oldest first."""
        return [
            record
            for record, body in self._acknowledged.get(_name(part.alarm), ())
            if self._covers(record, body.alarm, part)
        ]

    def shelf(self, part: _Part, now: float) -> tuple[Record, Shelved] | None:
        """The record that shelved it, if it is shelved."""
        last: tuple[Record, Shelved] | None = None
        for record, body in self._shelved.get(_name(part.alarm), ()):
            if self.counts(record) and self._covers(record, body.alarm, part):
                last = record, body
        if last is None or last[0].shift in self._over:
            return None
        record, shelved = last
        if not record.made_at - CLOCKS_DIFFER <= now < shelved.until:
            return None
        for taken, unshelved in self._unshelved.get(_name(part.alarm), ()):
            after = place_in_book(taken) >= place_in_book(record)
            if after and self.is_of(taken, unshelved.alarm, part):
                return None
        return last

    def calls(self, row: Iterable[_Part]) -> tuple[tuple[Record, Call], ...]:
        """The calls about a row, oldest first."""
        names = dict.fromkeys(own_id(part.alarm.id) for part in row)
        found = [each for name in names for each in self._calls.get(name, ())]
        if len(names) > 1:
            found.sort(key=lambda each: place_in_book(each[0]))
        return tuple(found)

    def is_of(self, record: Record, body: AlarmSeen, part: _Part) -> bool:
        """Tell whether a record is about an alarm."""
        suffix = _own_and_part(body.id)[1]
        place = place_in_book(record)
        if not any(suffix == each and place < until for each, until in part.names):
            return False
        return own_id(part.alarm.id) in self._ids(record, body)

    def _ids(self, record: Record, body: AlarmSeen) -> frozenset[str]:
        """The ids of the alarms that a record is about.

        Of the engine that named it: the one of its id. Another engine may have named
        the cause otherwise, or another cause so: there it is by run, root, family and
        place, and only if it was there when the record was made, for a cause that came
        later is another one; where several are, the one of its id. One that may have
        been there, as nobody knows since when it is, only where none surely was.
        """
        known = self._found.get((record.uid, body.id))
        if known is not None:
            return known
        name, alike = own_id(body.id), self._alarms.get(_seen_name(body), ())
        found = [each.id for each in alike if each.id == name and _same(body, each)]
        if not found and name not in self._gone:
            every = [*alike, *self._past.get(_seen_name(body), ())]
            every = [each for each in every if overlap(body.extent, each.extent)]
            sure = [each.id for each in every if _was_there(record, body, each)]
            found = sure or [
                each.id
                for each in every
                if each.earliest is None and body.latest is not None
            ]
        ids = frozenset([name] if name in found else found)
        self._found[record.uid, body.id] = ids
        return ids

    def _covers(self, record: Record, body: AlarmSeen, part: _Part) -> bool:
        """Tell whether an alarm is no more than what was answered."""
        alarm = part.alarm
        if not self.is_of(record, body, part):
            return False
        counted = own_id(body.id) == own_id(alarm.id) and _same(body, alarm)
        newer = body.news < alarm.news if counted else _came_again(record, body, alarm)
        return not newer and (
            URGENCIES.index(alarm.urgency) <= URGENCIES.index(body.urgency)
            and len(alarm.wrong) < GROWTH * max(body.plots, 1)
            and not _spread(body.extent, alarm.extent)
        )


def _same(body: AlarmSeen, alarm: Alarm) -> bool:
    """Tell whether the engine that tells an alarm is the one that named it."""
    return body.began in (alarm.began, 0.0)


def _came_again(record: Record, body: AlarmSeen, alarm: Alarm) -> bool:
    """Tell whether an alarm of another engine came again since it was answered."""
    if not body.plots:  # it was over
        return alarm.returned is None
    before = alarm.returned_before
    return before is not None and record.made_at < before


def _was_there(record: Record, body: AlarmSeen, alarm: Alarm) -> bool:
    """Tell whether an alarm of another engine was there when a cause was answered."""
    first, last = body.earliest, body.latest
    at_once = first is not None and first == alarm.earliest
    if last is not None and alarm.earliest is not None:
        at_once |= alarm.earliest <= last
    return at_once or record.made_at >= alarm.began


def _spread(before: Extent | None, now: Extent | None) -> bool:
    """Tell whether something is in another place now, or in half as many more."""
    if before is None or now is None or before == now:
        return False
    alike = before.names == now.names  # else their numbers say nothing
    grew = alike and now.size >= GROWTH * max(before.size, 1)
    return grew or not overlap(before, now)


def _by_name(
    records: Iterable[tuple[Record, Answer]],
) -> dict[_Name, list[tuple[Record, Answer]]]:
    found: dict[_Name, list[tuple[Record, Answer]]] = {}
    for record, body in records:
        found.setdefault(_seen_name(body.alarm), []).append((record, body))
    return found


def _seen_name(body: AlarmSeen) -> _Name:
    return body.run, body.root, body.family


def _name(alarm: Alarm) -> _Name:
    return alarm.run, alarm.root, alarm.family


def own_id(name: str) -> str:
    """The id that the engine gave, of an alarm or of what was split off it."""
    return _own_and_part(name)[0]


def _own_and_part(name: str) -> tuple[str, str]:
    """The id that the engine gave, and what names the part ("+UID", or "").

    Only behind the last slash: what stands before is the root, which may have any name.
    """
    before, slash, last = name.rpartition("/")
    number, sign, uid = last.partition(_PART)
    return f"{before}{slash}{number}", f"{sign}{uid}"


# -- what the shift made of the rows ---------------------------------------------------


def _as_split_and_joined(
    alarms: Iterable[Alarm], logbook: Logbook, answers: _Answers
) -> list[list[_Part]]:
    """The rows: which alarms, or parts of alarms, are shown as one."""
    rows = [[_Part(alarm)] for alarm in alarms]
    changes: list[tuple[Record, SplitOff | Joined]] = [
        *logbook.of(SplitOff),
        *logbook.of(Joined),
    ]
    changes.sort(key=lambda each: place_in_book(each[0]))
    names = {_name(part.alarm) for row in rows for part in row} if changes else set()
    for record, body in changes:
        if _seen_name(body.alarm) not in names:
            continue
        row = _named(rows, record, body.alarm, answers)
        if row is None:
            continue
        if isinstance(body, SplitOff):
            kept, off = _split(row, record, frozenset(body.plots))
            if kept and off:
                at = rows.index(row)
                rows[at : at + 1] = [kept, off]
            continue
        others = [each for each in rows if each is not row]
        into = _named(others, record, body.into, answers)
        if into is not None:
            into += row
            rows = others
    return rows


def _named(
    rows: Iterable[list[_Part]], record: Record, body: AlarmSeen, answers: _Answers
) -> list[_Part] | None:
    for row in rows:
        if any(answers.is_of(record, body, part) for part in row):
            return row
    return None


def _split(
    row: Iterable[_Part], record: Record, plots: frozenset[str]
) -> tuple[list[_Part], list[_Part]]:
    """What a row keeps and what is split off it, of each alarm in it."""
    kept, off = [], []
    for part in row:
        alarm, gone = part.alarm, part.alarm.keys & plots
        if gone and gone != alarm.keys:
            stays = tuple(one for one in alarm.members if one.key not in gone)
            kept.append(part._replace(alarm=_with(alarm, alarm.id, stays)))
            goes = tuple(one for one in alarm.members if one.key in gone)
            suffix, place = f"{_PART}{record.uid}", place_in_book(record)
            names = [(name, min(until, place)) for name, until in part.names]
            name = own_id(alarm.id) + suffix
            off.append(
                _Part(_with(alarm, name, goes), (*names, (suffix, _LAST))),
            )
        else:
            (off if gone else kept).append(part)
    return kept, off


def _whole(row: Sequence[_Part]) -> Alarm:
    """The alarm that a row is shown as: the first one, with the members of all."""
    first = row[0].alarm
    if len(row) == 1:
        return first
    alarms = [part.alarm for part in row]
    members: dict[str, Member] = {}
    for one in (one for alarm in alarms for one in alarm.members):
        other = members.get(one.key)
        if other is None or other.status is Status.GOOD:
            members[one.key] = one
        elif one.status is not Status.GOOD:  # in another part of the plot
            extent = joined(other.extent, one.extent)
            members[one.key] = msgspec.structs.replace(one, extent=extent)
    newest = max(alarms, key=lambda each: each.news_at)
    returned = [each.returned for each in alarms if each.returned is not None]
    found = msgspec.structs.replace(
        first,
        began=min(each.began for each in alarms),
        news=sum(each.news for each in alarms),
        news_at=newest.news_at,
        news_words=newest.news_words,
        returned=max(returned) if len(returned) == len(alarms) else None,
        withdrawn=first.withdrawn if all(each.withdrawn for each in alarms) else "",
        chattering=any(each.chattering for each in alarms),
    )
    return _with(found, found.id, tuple(members.values()))


def _with(alarm: Alarm, name: str, members: tuple[Member, ...]) -> Alarm:
    """An alarm of other members."""
    changed = msgspec.structs.replace(alarm, id=name, members=members)
    wrong = changed.wrong
    extent = None
    for one in wrong or changed.members:
        extent = joined(extent, one.extent)
    returned = alarm.returned
    if not wrong and returned is None:
        returned = alarm.news_at
    return msgspec.structs.replace(
        changed,
        extent=extent,
        urgency=most_urgent(one.urgency for one in wrong or changed.members),
        returned=None if wrong else returned,
        unconfirmed=bool(wrong) and not any(one.confirmed for one in wrong),
    )
