"""``instructions/contacts.yaml``: roles, their hours, and whose turn it is."""

from __future__ import annotations

import datetime
import itertools
import re
import zoneinfo
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec

from dqmconsole.model.contacts import WEEKDAYS, Contact, Contacts, Hours, RotaTurn
from dqmconsole.site.calendars import (
    CalendarError,
    CalendarUnreadError,
    turns_when_read,
)
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.instruction_text import ROLE
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rings import rings
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    import yaml

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.calendars import Turns

MAX_ROLES = 500

_PHONE = re.compile(r"[+]?[\d][\d\s()./-]{0,30}|")
_CALENDAR = re.compile(r"[\w][\w .-]*(?:/[\w][\w .-]*){0,3}\.ics")


class RotaEntry(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}
):
    """One turn as it is written, in local time.

    Attributes:
        begin: when it begins ("2026-11-20 07:00").
        until: when it ends, no longer part of it.
        name: the person or desk.
        phone: their number; the role's when left out.
    """

    begin: str
    until: str
    name: str = ""
    phone: str = ""


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One role as it is written.

    Attributes:
        title: what it is called.
        phone: its number.
        hours: when it can be reached ("Mon-Fri 08:00-17:00"); always when left out.
        rota: whose turn it is.
        calendar: or an iCalendar file that says so, beside this file.
        then: the role to turn to when this one does not answer.
        example: its data are made up.
        decides: what whoever has it decides: one line, for the list of who is who.
        call_when: when one speaks to them: likewise.
    """

    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("hours",)

    title: str
    phone: str = ""
    hours: tuple[str, ...] = ()
    rota: tuple[RotaEntry, ...] = ()
    calendar: str = ""
    then: str = ""
    example: bool = False
    decides: str = ""
    call_when: str = ""


class ContactsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roles that are called.

    Attributes:
        roles: each by its id.
        timezone: IANA name of the zone of all hours.
        working_hours: what "in working hours" means ("Mon-Fri 08:00-17:00").
    """

    NOUN: ClassVar[str] = "contacts.yaml"
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("working_hours",)

    roles: dict[str, Role]
    timezone: str = "UTC"
    working_hours: tuple[str, ...] = ()


_LENIENT: dict[type[msgspec.Struct], frozenset[str]] = {
    ContactsFile: frozenset(("timezone", "working_hours"))
}


class ContactsRead(NamedTuple):
    """What the file gave.

    Attributes:
        contacts: the healthy roles.
        places: a role -> where it is written; "role:then" where its next stands,
            "role:phone" where its number does.
        calendars: the calendar files that roles name.
        problems: what was wrong, calendars too.
    """

    contacts: Contacts
    places: dict[str, Place]
    calendars: frozenset[str]
    problems: tuple[Problem, ...]


def read_contacts(
    data: bytes,
    file: str,
    now: float,
    calendar: Callable[[str, Findings], bytes | None],
    turns: Turns = turns_when_read,
) -> ContactsRead:
    """Read the contacts; a broken role is left out.

    Args:
        data: the file's bytes; an empty file names nobody.
        file: its name, as problems say it.
        now: unix time, s; calendars are read around it.
        calendar: gives the bytes of a calendar file by its name relative to
            ``instructions/``; None, with a problem, when that cannot be read.
        turns: gives the turns of a calendar of those bytes.
    """
    findings = Findings(file)
    root = parse(data, findings, "the file is empty; it names the roles (roles: …)")
    if root is None:
        return ContactsRead(Contacts(), {}, frozenset(), findings.problems)
    reading = _ContactsReading(findings, now, calendar, turns)
    contacts = reading.contacts(root)
    return ContactsRead(
        contacts,
        reading.places,
        frozenset(reading.calendars),
        findings.problems + tuple(reading.elsewhere),
    )


class _ContactsReading:
    """One reading of the file."""

    def __init__(
        self,
        findings: Findings,
        now: float,
        calendar: Callable[[str, Findings], bytes | None],
        turns: Turns,
    ) -> None:
        self.places: dict[str, Place] = {}
        self.elsewhere: list[Problem] = []
        self.calendars: set[str] = set()
        self._findings = findings
        self._decoder = Decoder(findings, droppable=(Role,), lenient=_LENIENT)
        self._now = now
        self._calendar = calendar
        self._turns = turns
        self._zone = zoneinfo.ZoneInfo("UTC")

    def contacts(self, root: yaml.Node) -> Contacts:
        """The whole file."""
        written = self._decoder.struct(root, ContactsFile)
        if written is None:
            return Contacts()
        if not self._find_zone(written.timezone):
            near = did_you_mean(written.timezone, zoneinfo.available_timezones())
            words = f'"{written.timezone}" is no time zone; UTC is taken{near}'
            if not near:
                words += ": an IANA name such as Europe/Zurich"
            self._decoder.complain(words, written, "timezone", code="unknown-time-zone")
        hours = self._hours(written, "working_hours")
        self._names(written)
        roles = {
            name: self._role(name, role)
            for name, role in written.roles.items()
            if name in self.places
        }
        self._chains(roles)
        return Contacts(self._zone.key, hours, roles)

    def _find_zone(self, name: str) -> bool:
        try:
            self._zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return False
        return True

    def _names(self, written: ContactsFile) -> None:
        """Say where the roles are written; complain of names that are none."""
        nodes = self._decoder.names(written, "roles")
        for name, node in itertools.islice(nodes.items(), MAX_ROLES):
            if re.fullmatch(ROLE, name):
                self.places[name] = self._findings.place(node)
            else:
                words = "a role is called by lower-case letters, digits and -"
                self._findings.add(words, node, code="wrong-name")
        if len(nodes) > MAX_ROLES:
            words = f"has more than {MAX_ROLES} roles"
            self._decoder.complain(words, written, "roles", code="too-large")

    def _role(self, name: str, role: Role) -> Contact:
        self.places[f"{name}:then"] = self._decoder.place(role, "then")
        self.places[f"{name}:phone"] = self._decoder.place(role, "phone")
        if not role.title.strip():
            self._decoder.complain(
                "the role has an empty title", role, "title", code="empty-name"
            )
        written = [(self._turn(each), item) for item, each in enumerate(role.rota)]
        rota: list[tuple[RotaTurn, int | None]] = [
            (turn, item) for turn, item in written if turn is not None
        ]
        if role.rota and role.calendar:
            words = "a role has a rota or a calendar, not both; both are read"
            self._decoder.complain(words, role, "calendar", code="rota-and-calendar")
        if role.calendar:
            rota += [(turn, None) for turn in self._from_calendar(role)]
        rota.sort(key=lambda each: (each[0].begin, each[0].end))
        self._overlaps(role, rota)
        return Contact(
            role=name,
            title=role.title.strip() or name,
            phone=self._phone(role),
            hours=self._hours(role, "hours"),
            rota=tuple(turn for turn, _ in rota),
            then=role.then,
            example=role.example,
            decides=self._decoder.line(role, "decides") or "",
            call_when=self._decoder.line(role, "call_when") or "",
        )

    def _phone(self, written: Role | RotaEntry) -> str:
        """The number of a role or turn; "", with a problem, where it is none."""
        if _PHONE.fullmatch(written.phone) is not None:
            return written.phone
        words = f'a phone number has digits, blanks and +()./-, not "{written.phone}"'
        self._decoder.complain(words, written, "phone", code="wrong-phone")
        return ""

    def _hours(self, value: ContactsFile | Role, key: str) -> tuple[Hours, ...]:
        found: list[Hours] = []
        for item, text in enumerate(getattr(value, key)):
            try:
                found += parse_hours(text)
            except ValueError as error:
                self._decoder.complain(str(error), value, key, item, code="wrong-time")
        return tuple(found)

    def _turn(self, written: RotaEntry) -> RotaTurn | None:
        times: list[float] = []
        for key, text in (("from", written.begin), ("until", written.until)):
            try:
                time, advice = parse_local(text, self._zone)
            except ValueError as error:
                self._decoder.complain(str(error), written, key, code="wrong-time")
                return None
            if advice:
                node = self._decoder.node(written, key)
                self._findings.add(advice, node, code="clock-change")
            times.append(time)
        begin, end = times
        if end <= begin:
            words = f"the turn ends at {written.until}, before it begins"
            self._decoder.complain(words, written, "until", code="wrong-range")
            return None
        if not written.name.strip() and not written.phone:
            self._decoder.complain(
                "the turn has neither name nor phone", written, code="nameless-turn"
            )
            return None
        return RotaTurn(begin, end, written.name.strip(), self._phone(written))

    def _from_calendar(self, role: Role) -> tuple[RotaTurn, ...]:
        name = role.calendar
        if not _CALENDAR.fullmatch(name) or ".." in name:
            words = f'a calendar is a file NAME.ics below instructions/, not "{name}"'
            self._decoder.complain(words, role, "calendar", code="wrong-calendar")
            return ()
        self.calendars.add(name)
        findings = Findings(f"instructions/{name}")
        data = self._calendar(name, findings)
        turns: tuple[RotaTurn, ...] = ()
        if data is not None:
            try:
                turns = self._turns(data, self._zone, self._now)
            except CalendarError as error:
                place = Place(findings.file, error.line, 1 if error.line else 0)
                findings.add(str(error), place, code="wrong-calendar")
            except CalendarUnreadError:
                words = "is being read: who is on call by it is not known yet"
                findings.add(words, code="calendar-being-read")
            else:
                if not turns:
                    words = f"the calendar {name} has no turn in the next weeks"
                    node = self._decoder.node(role, "calendar")
                    self._findings.add(words, node, code="empty-calendar")
        if data is None and findings.problems:
            words = f"the calendar {name}: {findings.problems[0].message}"
            self._decoder.complain(words, role, "calendar", code="wrong-calendar")
        else:
            self.elsewhere += findings.problems
        return turns

    def _overlaps(
        self, role: Role, rota: Sequence[tuple[RotaTurn, int | None]]
    ) -> None:
        """Complain of the first turns that overlap.

        Args:
            role: whose turns they are.
            rota: by their beginnings, each with its place in the role's rota; None
                for one of the calendar.
        """
        for (earlier, _), (later, item) in itertools.pairwise(rota):
            if later.begin < earlier.end:
                first = earlier.name or earlier.phone
                second = later.name or later.phone
                words = f"the turns of {first} and {second} overlap: who is on call?"
                key = "rota" if role.rota else "calendar"
                self._decoder.complain(words, role, key, item, code="overlapping-turns")
                return

    def _chains(self, roles: dict[str, Contact]) -> None:
        """Complain of a next role that does not exist, and of rings."""
        for name, contact in roles.items():
            if contact.then and contact.then not in self.places:
                hint = did_you_mean(contact.then, roles)
                words = f'then: no role is called "{contact.then}"{hint}'
                place = self.places[f"{name}:then"]
                self._findings.add(words, place, code="unknown-next-role")
        for ring in rings({name: (each.then,) for name, each in roles.items()}):
            words = f"then: a ring: {' → '.join((*ring, ring[0]))}"
            place = self.places[f"{ring[0]}:then"]
            self._findings.add(words, place, code="ring-of-roles")


DAY = 24 * 60  # minutes

_FORM = re.compile(r"([\w,\s-]+?)\s+(\d\d):(\d\d)\s*[-–]\s*(\d\d):(\d\d)")
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)")


def parse_hours(text: str) -> tuple[Hours, ...]:
    """Read "Mon-Fri 08:00-18:00" or "Sat,Sun 22:00-06:00".

    Hours that pass midnight become two: the rest belongs to the next days.

    Raises:
        ValueError: it is not of that form; says what is.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        message = f'hours are such as "Mon-Fri 08:00-18:00", not "{text}"'
        raise ValueError(message)
    begin = _minutes(form[2], form[3], text)
    end = _minutes(form[4], form[5], text)
    days = _days(form[1])
    if begin in (end, DAY):
        message = f'"{text}" is no time at all; a whole day is 00:00-24:00'
        raise ValueError(message)
    if begin < end:
        return (Hours(days, begin, end),)
    late = Hours(days, begin, DAY)
    if not end:
        return (late,)
    return late, Hours(tuple(sorted((day + 1) % 7 for day in days)), 0, end)


def parse_local(text: str, zone: ZoneInfo) -> tuple[float, str]:
    """Read a local time "2026-11-23 08:00".

    Returns:
        The unix time, s, and a word of advice where the clock is put forward or back
        just then, else "": a time that does not exist is taken an hour later, of one
        that comes twice the earlier.

    Raises:
        ValueError: it is no such time.
    """
    form = _LOCAL.fullmatch(text.strip())
    message = f'a time is such as 2026-11-23 08:00, not "{text}"'
    if form is None:
        raise ValueError(message)
    try:
        date = datetime.date.fromisoformat(form[1])
        time = datetime.time(int(form[2]), int(form[3]))
        local = datetime.datetime.combine(date, time, zone)
        stamp = local.timestamp()
        again = datetime.datetime.fromtimestamp(stamp, zone)
        later = local.replace(fold=1).timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(message) from error
    if again.replace(tzinfo=None) != local.replace(tzinfo=None):
        words = (
            f"{text} does not exist, the clock is put forward: {again:%H:%M} is meant"
        )
        return stamp, words
    if later != stamp:
        return stamp, f"{text} comes twice, the clock is put back: the first is meant"
    return stamp, ""


def _minutes(hour: str, minute: str, text: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY:
        message = f'"{text}": a time of day is 00:00 to 24:00'
        raise ValueError(message)
    return found


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        begin = _weekday(first)
        end = _weekday(last) if dash else begin
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return tuple(sorted(found))


def _weekday(word: str) -> int:
    if word not in WEEKDAYS:
        hint = did_you_mean(word, WEEKDAYS)
        message = f'no weekday is called "{word}"{hint or "; Mon to Sun"}'
        raise ValueError(message)
    return WEEKDAYS.index(word)
