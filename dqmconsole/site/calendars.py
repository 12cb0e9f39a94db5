"""Calendars read by children that can be abandoned, so that none holds anybody up."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING

import msgspec

from dqmconsole.site.calendar import CalendarError
from dqmconsole.site.calendar_child import Expanded

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from dqmconsole.model.contacts import RotaTurn

    Turns = Callable[[bytes, ZoneInfo, float], tuple[RotaTurn, ...]]
    _Key = tuple[bytes, str]

PATIENCE = 60.0  # s until a child is given up; the steps it takes end it before
AT_ONCE = 2  # children
DAY = 86_400  # s after which a calendar is read again
_COMMAND = (sys.executable, "-m", "dqmconsole.site.calendar_child")
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
