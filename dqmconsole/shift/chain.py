"""The test of the chain of alarms: from the engine to the ears of who has the shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.alarm import chain_test_id
from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import ChainTest
from dqmconsole.shift import actions, answering
from dqmconsole.shift.sounding import why_silent

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.shift.session import ShiftSession

LASTS = 60.0  # s


class AlarmChain:
    """Asks the engine for an alarm that is marked as a test, and follows it.

    It goes the way of all alarms: engine, mailbox, how alarms stand, row, sound. No
    list and no report ever has it.

    Args:
        session: the shift.

    Attributes:
        seconds: from the request to its row; None while it has not come.
    """

    def __init__(self, session: ShiftSession) -> None:
        self._session = session
        self._asked: float | None = None
        self._id = ""
        self.seconds: float | None = None

    @property
    def on(self) -> bool:
        """A test is on: it was asked for, and nobody has answered it yet."""
        return self._asked is not None

    def begin(self) -> str:
        """Ask for the alarm; why that is refused, or ""."""
        refused = why_silent(self._session) or actions.why_not(self._session)
        if refused or self.on:
            return refused
        self._asked, self.seconds = self._session.now(), None
        self._id = chain_test_id(self._session.client.ask_chain_test())
        return ""

    def look(self, now: float) -> str:
        """Take in whether it came; what there is to say, or "".

        Args:
            now: unix time, s.
        """
        if self._asked is None:
            if self._session.tests:  # it came too late
                self._session.client.end_chain_test()
            return ""
        took = now - self._asked
        came = any(row.alarm.id == self._id for row in self._session.tests)
        if came and self.seconds is None:
            self.seconds = max(took, 0.0)
        if 0 <= took < LASTS:
            return ""
        if self.seconds is not None:
            self._end()
            return "nobody said whether the test alarm was heard"
        refused = answering.chain_test(self._session, heard=False, seconds=None)
        self._end()
        return refused or "the test alarm never came: look whether the engine lives"

    def answer(self, *, heard: bool) -> str:
        """Put on record whether it was heard; why that is refused, or ""."""
        if not self.on:
            return "no test of the alarms is on"
        if self.seconds is None:
            return "the test alarm has not come yet"
        seconds = round(self.seconds, 2)
        refused = answering.chain_test(self._session, heard=heard, seconds=seconds)
        self._end()
        return refused

    def _end(self) -> None:
        self._asked = None
        self._session.client.end_chain_test()


def last_test(session: ShiftSession) -> tuple[Record, ChainTest] | None:
    """The last test of this shift that is on record; None where there is none."""
    shift = session.author.signature.shift
    found = [each for each in session.logbook.of(ChainTest) if each[0].shift == shift]
    return found[-1] if found else None


def chain_words(session: ShiftSession) -> tuple[str, bool]:
    """Write what came of the last test of this shift, and whether that is a worry."""
    if why := why_silent(session):
        said = why if session.author.signature.shift else "once the shift has begun"
        return f"{said[:1].upper()}{said[1:]}.", False
    last = last_test(session)
    if last is None:
        return "Not tested in this shift.", False
    record, test = last
    when = clock_words(record.made_at)
    if test.seconds is None:
        return f"{when}: the test alarm never came.", True
    if not test.heard:
        return f"{when}: the test alarm came and was not heard.", True
    return f"{when}: heard, {test.seconds:.1f} s after it was asked for.", False
