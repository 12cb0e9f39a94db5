"""Whether what was begun goes on, at whatever console, by what the book has of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dqmconsole.model.moment import date_words, utc_clock_words, utc_moment_words

NEWS_EVERY = 300.0  # s of an observed shift after which the book hears that it goes on
QUIET = 3 * NEWS_EVERY  # s without an entry, after which it may have broken off
LATE = 600.0
"""Seconds by which it may end behind its time: until its run is in view none passes."""


class Begun(NamedTuple):
    """What was begun and has no end in the book; unix times, s.

    Attributes:
        began: it began.
        last: the last entry about it came; as `began` where there is none.
        ends: it is over at the latest, had it gone on from there without a rest.
    """

    began: float
    last: float
    ends: float

    @property
    def words(self) -> str:
        """When it began, and its last entry came, in UTC: a certificate keeps it."""
        words = f"begun {utc_clock_words(self.began)}"
        if self.last <= self.began:
            return words
        same_day = date_words(self.last) == date_words(self.began)
        last = utc_clock_words(self.last) if same_day else utc_moment_words(self.last)
        return f"{words}, its last entry {last}"


def state_at(begun: Begun, now: float) -> Literal["goes on", "quiet", "over"]:
    """How it stands at a unix time, s.

    Returns:
        "quiet" while its time is not over, and nothing came of it for long: it goes on
        at a console that does not reach the book, or it broke off.
    """
    if now > begun.ends + LATE:
        return "over"
    return "goes on" if now - begun.last <= QUIET else "quiet"
