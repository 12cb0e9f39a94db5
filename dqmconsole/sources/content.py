"""What a DQM file says of itself: the scalars of EventInfo."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.histogram import Scalar
from dqmconsole.rootio.errors import NotInFileError, UnreadableClassError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.rootio.dqmfile import DqmFile


class Content(msgspec.Struct, frozen=True, gc=False):
    """How far the content of a file has come; None where it does not say.

    Attributes:
        lumisection: the last lumisection its producer saw.
        events: events its producer processed.
        timestamp: when its producer last processed, unix time, s.
        started: when the run started, unix time, s.
    """

    lumisection: int | None = None
    events: int | None = None
    timestamp: float | None = None
    started: float | None = None

    def digest(self, run: int) -> str:
        """A hash of how far the content of a run has come; "" where nothing says so."""
        if all(number is None for number in self.progress):
            return ""
        told = msgspec.json.encode((run, *self.progress))
        return hashlib.blake2b(told, digest_size=16).hexdigest()

    @property
    def progress(self) -> tuple[int | None, int | None, float | None]:
        """What must grow while the producer works."""
        return (self.lumisection, self.events, self.timestamp)

    def retimed(self, retime: Callable[[float], float]) -> Content:
        """The same with its times turned by `retime`."""
        return Content(
            lumisection=self.lumisection,
            events=self.events,
            timestamp=None if self.timestamp is None else retime(self.timestamp),
            started=None if self.started is None else retime(self.started),
        )


def read_content(
    file: DqmFile, subsystems: Iterable[str], paths: ConditionPaths
) -> Content:
    """Read how far a file has come, from the first subsystem in it that says so.

    Args:
        file: the file.
        subsystems: the first parts of its paths, in order of preference.
        paths: where it stands, relative to the subsystem (``EventInfo/…``).

    Raises:
        RootFileError: the file cannot be read.
    """
    for subsystem in subsystems:
        numbers = [
            _number(file, f"{subsystem}/{path}") if path else None
            for path in (
                paths.lumisection,
                paths.events,
                paths.timestamp,
                paths.started,
            )
        ]
        if any(number is not None for number in numbers):
            lumisection, events, timestamp, started = numbers
            return Content(
                lumisection=None if lumisection is None else int(lumisection),
                events=None if events is None else int(events),
                timestamp=timestamp if timestamp and timestamp > 0 else None,
                started=started if started and started > 0 else None,
            )
    return Content()


def _number(file: DqmFile, path: str) -> float | None:
    try:
        element = file.element(path)
    except (NotInFileError, UnreadableClassError):
        return None
    if not isinstance(element, Scalar) or isinstance(element.value, str):
        return None
    value = float(element.value)
    return value if math.isfinite(value) else None
