"""The process that reads a calendar: ``python -m dqmconsole.site.calendar_child``.

A rule may repeat on a day that never comes, and the libraries look for it until the
year 9999; a few kilobytes can keep them busy for hours. So the steps are counted, and
what takes too many ends with a sentence.
"""

from __future__ import annotations

import resource
import signal
import sys
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from dqmconsole.model.contacts import RotaTurn
from dqmconsole.model.escape import escape_tracebacks
from dqmconsole.site.calendar import CalendarError, read_calendar

if TYPE_CHECKING:
    from types import FrameType

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
