"""The engine watches the console, as the console watches the engine."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)
SILENT_AFTER = 10.0  # s without a ping
AGAIN_EVERY = 60.0  # s between two lines on the same silence
_STALL = 2.0  # s between two looks: then it was the engine that stood still


class Watchdog:
    """Says in the log when the console does not answer, and when it does again."""

    def __init__(self) -> None:
        self._heard: float | None = None
        self._looked: float | None = None
        self._silent_since: float | None = None
        self._say_at = 0.0

    def heard(self, now: float) -> None:
        """The console gave a sign of life at `now` (unix time, s)."""
        if self._silent_since is not None:
            silent = now - self._silent_since
            _log.warning("the console answers again after %.0f s", silent)
            self._silent_since = None
        self._heard = now

    def look(self, now: float) -> None:
        """Say when the console has been silent for too long."""
        looked, self._looked = self._looked, now
        if self._heard is None:
            return
        if looked is not None and not 0 <= now - looked < _STALL:
            # This process was stopped, or the clock was set: pings may still be
            # on their way, so the console gets its time again.
            self._heard = max(self._heard, now - SILENT_AFTER / 2)
        silent = now - self._heard
        if silent <= SILENT_AFTER:
            return
        if self._silent_since is None:
            self._silent_since = self._heard
            self._say_at = now
        if now >= self._say_at:
            self._say_at = now + AGAIN_EVERY
            _log.warning(
                "the console does not answer for %.0f s", now - self._silent_since
            )
