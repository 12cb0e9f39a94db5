"""A rota kept in an iCalendar file (RFC 5545), read by a child that can be abandoned.

``python -m dqmconsole.site.calendars`` is that child: a rule may repeat on a day that
never comes, and the libraries look for it until the year 9999; a few kilobytes can keep
them busy for hours. So the steps are counted, and what takes too many is refused.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zoneinfo
from typing import IO, TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from dqmconsole.model.contacts import RotaTurn
from dqmconsole.model.escape import escape_tracebacks
from dqmconsole.site.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Turns = Callable[[bytes, ZoneInfo, float], tuple[RotaTurn, ...]]
    _Key = tuple[bytes, str]

BEFORE = 1  # days before now from which turns are taken
AFTER = 60  # days after now until which they are
MAX_TURNS = 2000
MAX_EVENTS = 2000
MAX_REPEATS = 100  # events that repeat; each is stepped through from its start
EARLIEST = 1990

_TEL = re.compile(r"tel:\s*([+\d][\d\s()./-]{1,30})", re.IGNORECASE)
_CONTENT = re.compile(r"[A-Za-z0-9-]+[;:]|[ \t]")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")
_RULES = ("RRULE", "EXRULE")
_TIMES = ("DTSTART", "DTEND", "DURATION", "EXDATE", "RDATE", "RECURRENCE-ID")
_LONGEST_NAME = 100


class CalendarError(ValueError):
    """A calendar that cannot be read; says why in words.

    Attributes:
        line: the line that is wrong, from 1; 0 when it is not one.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def read_calendar(data: bytes, zone: ZoneInfo, now: float) -> tuple[RotaTurn, ...]:
    """Read the turns of a calendar, from a day before to sixty days after `now`.

    The event's summary is the name, a ``tel:`` in its location, contact or
    description the phone. Times without a zone are local to `zone`.

    Args:
        data: the file's bytes.
        zone: the contacts' time zone.
        now: unix time, s.

    Raises:
        CalendarError: it is no calendar, or asks for more than is read.
    """
    import icalendar
    import recurring_ical_events

    begin = datetime.datetime.fromtimestamp(now, datetime.UTC)
    until = begin + datetime.timedelta(days=AFTER)
    begin -= datetime.timedelta(days=BEFORE)
    # Both libraries let what a broken event holds end in errors of many kinds.
    try:
        calendar: Any = icalendar.Calendar.from_ical(data)
        if calendar.name != "VCALENDAR":
            _refuse("is no calendar: it begins with BEGIN:VCALENDAR")
        _check_size(calendar, data)
        _check_times(calendar, data, zone)
        found = recurring_ical_events.of(calendar).between(begin, until)
        turns = [_turn(each, zone) for each in found[: MAX_TURNS + 1]]
    except CalendarError:
        raise
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
    ) as error:
        raise _in_words(error, data) from error
    if len(turns) > MAX_TURNS:
        _refuse(f"gives more than {MAX_TURNS} turns in {BEFORE + AFTER} days")
    return tuple(
        sorted(
            (turn for turn in turns if turn is not None),
            key=lambda turn: (turn.begin, turn.end, turn.name),
        )
    )


def _refuse(message: str, line: int = 0) -> NoReturn:
    raise CalendarError(message, line)


def _in_words(error: Exception, data: bytes) -> CalendarError:
    """What a library's error means for whoever wrote the calendar."""
    lines = data.decode("utf-8-sig", "replace").rstrip().splitlines()
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        return CalendarError("is no calendar: it begins with BEGIN:VCALENDAR", 1)
    for number, line in enumerate(lines, 1):
        if not _CONTENT.match(line) and line.strip():
            message = f'"{line[:40]}" is no line of a calendar: NAME:VALUE'
            return CalendarError(message, number)
    if lines[-1].strip().upper() != "END:VCALENDAR":
        message = "ends early: its last line is END:VCALENDAR"
        return CalendarError(message, len(lines))
    message = f"an event of it cannot be read ({' '.join(str(error).split())[:120]})"
    return CalendarError(message)


def _line_of(data: bytes, event: int, key: str = "") -> int:
    """The line of a key of an event, else that on which the event begins; from 1.

    Args:
        data: the calendar.
        event: its number among the events, from 0.
        key: the key; the first, where it has several.
    """
    depth = events = begin = ours = 0
    for line, name, value in _content(data):
        if name == "BEGIN":
            depth += 1
            events += value == "VEVENT"
            if value == "VEVENT" and events == event + 1:
                begin, ours = line, depth
        elif name == "END":
            depth -= 1
            if depth < ours:
                break
        elif begin and depth == ours and name == key:  # not of an alarm in it
            return line
    return begin


def _content(data: bytes) -> Iterator[tuple[int, str, str]]:
    """The lines of a calendar, unfolded: number, name, and how the value begins."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").split("\n"), 1):
        text = line.rstrip("\r")
        if text.startswith((" ", "\t")) and lines:
            first, before = lines[-1]
            if len(before) < _LONGEST_NAME:
                lines[-1] = (first, before + text[1:])
        elif text:
            lines.append((number, text))
    for number, text in lines:
        head, _, value = text.partition(":")
        yield number, head.partition(";")[0].upper(), value.strip().upper()


def _check_times(calendar: Any, data: bytes, zone: ZoneInfo) -> None:  # noqa: ANN401 - untyped library
    """Refuse events in unknown zones, and events that end before they begin."""
    for number, event in enumerate(calendar.walk("VEVENT")):
        name = _text(event, "SUMMARY")
        times = [event.get(key) for key in ("DTSTART", "DTEND")]
        for key, each in zip(("DTSTART", "DTEND"), times, strict=True):
            written = getattr(each, "params", {}).get("TZID", "")
            known = getattr(getattr(each, "dt", None), "tzinfo", None) is not None
            if written and not known:
                hint = did_you_mean(written, zoneinfo.available_timezones())
                _refuse(
                    f'the event "{name}" is in the time zone "{written}", which is '
                    f"not known{hint or ': write an IANA name such as Europe/Zurich'}",
                    _line_of(data, number, key),
                )
        if all(hasattr(each, "dt") for each in times):
            begin, end = (_moment(each.dt, zone) for each in times)
            if end < begin:
                line = _line_of(data, number, "DTEND")
                _refuse(f'the event "{name}" ends before it begins', line)


def _check_size(calendar: Any, data: bytes) -> None:  # noqa: ANN401 - untyped library
    """Refuse what cannot be read, or would be stepped through for minutes."""
    events = list(calendar.walk("VEVENT"))
    if len(events) > MAX_EVENTS:
        _refuse(f"holds more than {MAX_EVENTS} events")
    repeats = 0
    for number, event in enumerate(events):
        name = _text(event, "SUMMARY")
        _refuse_unread(event, name, data, number)
        for key, rule in _rules(event):
            repeats += 1
            frequency = str((rule.get("FREQ") or [""])[0]).upper()
            intervals = rule.get("INTERVAL") or [1]
            fine = any(rule.get(each) for each in _FINE) or min(intervals) < 1
            if frequency not in _FREQUENCIES or fine:
                _refuse(
                    f'the event "{name}" repeats otherwise than daily, weekly, monthly '
                    "or yearly",
                    _line_of(data, number, key),
                )
            if _moment(event["DTSTART"].dt, None).year < EARLIEST:
                line = _line_of(data, number, "DTSTART")
                _refuse(f'"{name}" begins before {EARLIEST}', line)
    if repeats > MAX_REPEATS:
        _refuse(f"holds more than {MAX_REPEATS} events that repeat")


def _refuse_unread(
    event: Any,  # noqa: ANN401 - the same
    name: str,
    data: bytes,
    number: int,
) -> None:
    """Refuse an event without a begin, and one whose times cannot be read."""
    if event.get("DTSTART") is None:
        _refuse(f'the event "{name}" lacks its DTSTART', _line_of(data, number))
    for key, why in event.errors:
        line = _line_of(data, number, key or "")
        if key in _RULES:
            _refuse(
                f'the event "{name}" repeats in a way that cannot be read: '
                "RRULE:FREQ=WEEKLY, or DAILY, MONTHLY, YEARLY",
                line,
            )
        if key in _TIMES:
            _refuse(f'the {key} of the event "{name}" cannot be read ({why})', line)


def _rules(event: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - the same
    for name in _RULES:
        rules = event.get(name, [])
        for each in rules if isinstance(rules, list) else [rules]:
            yield name, each


def _turn(event: Any, zone: ZoneInfo) -> RotaTurn | None:  # noqa: ANN401 - the same
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    begin = _moment(event["DTSTART"].dt, zone).timestamp()
    end = _moment(event["DTEND"].dt, zone).timestamp()
    if end <= begin:
        return None
    phone = ""
    for key in ("LOCATION", "CONTACT", "DESCRIPTION"):
        if (found := _TEL.search(_text(event, key))) and not phone:
            phone = found[1].strip()
    return RotaTurn(begin, end, _text(event, "SUMMARY"), phone)


def _text(event: Any, key: str) -> str:  # noqa: ANN401 - the same
    found = event.get(key, "")
    said = " ".join(map(str, found)) if isinstance(found, list) else str(found)
    plain = "".join(each if each.isprintable() else " " for each in said)
    return " ".join(plain.split())[:200]


def _moment(
    found: datetime.date | datetime.datetime, zone: ZoneInfo | None
) -> datetime.datetime:
    if not isinstance(found, datetime.datetime):
        found = datetime.datetime.combine(found, datetime.time())
    return found.replace(tzinfo=zone) if found.tzinfo is None else found


MOST_STEPS = 9_000_000
"""Calls that reading a calendar may take; 2,000 single events take 7,000,000."""
MOST_MEMORY = 1 << 30
"""Bytes of address space of the process."""


class Expanded(msgspec.Struct, frozen=True):
    """What became of a calendar.

    Attributes:
        turns: whose turn it is around now; empty when it is refused.
        refused: why it is; "" when it is not.
        line: the line that is wrong, from 1; 0 when it is not one.
    """

    turns: tuple[RotaTurn, ...] = ()
    refused: str = ""
    line: int = 0


class _TooManyStepsError(BaseException):
    """Not for the libraries, which take what an event raises for a broken event."""


def expand(data: bytes, zone: ZoneInfo, now: float) -> Expanded:
    """Read the turns of a calendar in at most :data:`MOST_STEPS` calls.

    Args:
        data: the file's bytes.
        zone: the contacts' time zone.
        now: unix time, s.
    """
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        del frame, event, argument
        steps += 1
        if steps > MOST_STEPS:
            raise _TooManyStepsError

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return Expanded(read_calendar(data, zone, now))
    except CalendarError as error:
        return Expanded(refused=str(error), line=error.line)
    except _TooManyStepsError:
        words = (
            "takes too long to read: does an event repeat on a day that never comes, "
            "or for very many years?"
        )
    except (MemoryError, RecursionError):
        words = "takes too much memory to read"
    finally:
        sys.setprofile(before)
    return Expanded(refused=words)


PATIENCE = 60.0  # s until a child is given up; the steps it takes end it before
AT_ONCE = 2  # children
DAY = 86_400  # s after which a calendar is read again
_COMMAND = (sys.executable, "-m", "dqmconsole.site.calendars")
_FAILED = "cannot be read: the process that read it ended without an answer"
_TOO_LONG = f"cannot be read in {PATIENCE:.0f} s"


class CalendarUnreadError(Exception):
    """A calendar that is still being read."""


class _Child:
    """One child at work on one calendar."""

    def __init__(
        self, command: tuple[str, ...], data: bytes, zone: ZoneInfo, now: float
    ) -> None:
        # Files, for a pipe that nobody empties would hold somebody up.
        self._answer: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - kept open
        try:
            with tempfile.TemporaryFile() as given:
                given.write(data)
                given.seek(0)
                self._process = subprocess.Popen(
                    [*command, zone.key, repr(now)], stdin=given, stdout=self._answer
                )
        except OSError:
            self._answer.close()
            raise

    def done(self) -> bool:
        """Tell whether it ended."""
        return self._process.poll() is not None

    def wait(self, patience: float) -> bool:
        """Wait for its end; tell whether it came."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        return self.done()

    def answer(self) -> Expanded:
        """What it found, once it ended."""
        try:
            self._answer.seek(0)
            return msgspec.json.decode(self._answer.read(), type=Expanded)
        except msgspec.MsgspecError:
            return Expanded(refused=_FAILED)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        self._answer.close()


def turns_when_read(
    data: bytes, zone: ZoneInfo, now: float, command: tuple[str, ...] = _COMMAND
) -> tuple[RotaTurn, ...]:
    """Read the turns of a calendar and wait for them, a minute at most.

    Args:
        data: the file's bytes.
        zone: the contacts' time zone.
        now: unix time, s.
        command: starts the child, for tests.

    Raises:
        CalendarError: it cannot be read.
    """
    try:
        child = _Child(command, data, zone, now)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise CalendarError(message) from error
    try:
        found = child.answer() if child.wait(PATIENCE) else _late()
    finally:
        child.close()
    return _turns(found)


class Calendars:
    """Calendars read beside everything else.

    Args:
        command: starts a child, for tests.
        clock: a monotonic clock, s.
    """

    def __init__(
        self,
        command: tuple[str, ...] = _COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._clock = clock
        self._waiting: dict[_Key, tuple[bytes, ZoneInfo, float]] = {}
        self._children: dict[_Key, tuple[_Child, float, float]] = {}
        self._found: dict[_Key, tuple[Expanded, float]] = {}
        self._news = False

    def turns(self, data: bytes, zone: ZoneInfo, now: float) -> tuple[RotaTurn, ...]:
        """The turns of a calendar, where it was read; else begin to read it.

        One that was read a day ago is read again, and stands until that is done.

        Args:
            data: the file's bytes.
            zone: the contacts' time zone.
            now: unix time, s.

        Raises:
            CalendarError: it cannot be read.
            CalendarUnreadError: it is being read.
        """
        key = hashlib.blake2b(data, digest_size=16).digest(), zone.key
        found, at = self._found.get(key, (None, 0.0))
        if found is None or abs(now - at) > DAY:
            if key not in self._children:
                self._waiting[key] = (data, zone, now)
            self._go_on()
        if found is None:
            raise CalendarUnreadError
        return _turns(found)

    def poll(self) -> bool:
        """Look after the children; tell whether another calendar was read."""
        for key, (child, begun, now) in list(self._children.items()):
            late = self._clock() - begun > PATIENCE
            if not child.done() and not late:
                continue
            self._end(key, child.answer() if child.done() else _late(), now)
        self._go_on()
        news, self._news = self._news, False
        return news

    def close(self) -> None:
        """End the children."""
        self._waiting.clear()
        for child, _, _ in self._children.values():
            child.close()
        self._children.clear()

    def _go_on(self) -> None:
        while self._waiting and len(self._children) < AT_ONCE:
            key = next(iter(self._waiting))
            data, zone, now = self._waiting.pop(key)
            try:
                child = _Child(self._command, data, zone, now)
            except OSError as error:
                words = f"cannot be read: {error.strerror or error}"
                self._found[key] = (Expanded(refused=words), now)
                self._news = True
            else:
                self._children[key] = (child, self._clock(), now)

    def _end(self, key: _Key, found: Expanded, now: float) -> None:
        self._children.pop(key)[0].close()
        self._found[key] = (found, now)
        self._news = True


def _late() -> Expanded:
    return Expanded(refused=_TOO_LONG)


def _turns(found: Expanded) -> tuple[RotaTurn, ...]:
    if found.refused:
        raise CalendarError(found.refused, found.line)
    return found.turns


def main(arguments: list[str]) -> NoReturn:
    """Read standard input as a calendar; write :class:`Expanded` as JSON.

    Args:
        arguments: name of the time zone, unix time in s.
    """
    # Ctrl-C is for the parent, which ends this process when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    found = expand(sys.stdin.buffer.read(), ZoneInfo(arguments[0]), float(arguments[1]))
    sys.stdout.buffer.write(msgspec.json.encode(found))
    sys.exit(0)


if __name__ == "__main__":
    escape_tracebacks()
    main(sys.argv[1:])
