"""Answers to people at the foot of the window: how long they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.ui.live.notices import NoticeBar

SAID_FOR = 6.0  # s an answer stays at the foot, and longer:
LETTERS_READ = 15  # a second for so many letters


class Answers:
    """Lets an answer stand until it was read, and no longer than it is true.

    Args:
        bar: where it stands.
        clock: unix time, s.
    """

    def __init__(self, bar: NoticeBar, clock: Callable[[], float]) -> None:
        self._bar = bar
        self._clock = clock
        self._until = 0.0
        self._basis: Callable[[], object] | None = None
        self._said_of: object = None

    def say(self, words: str) -> None:
        """Say for a moment what a command did."""
        self._until = self._clock() + SAID_FOR + len(words) / LETTERS_READ
        self._basis = None
        self._bar.say(words)

    def answer(self, words: str, basis: Callable[[], object]) -> None:
        """Say for a moment what is so; no longer than it is so.

        Args:
            words: the answer.
            basis: gives what the answer follows from; once that is another, the
                answer goes.
        """
        self.say(words)
        self._basis, self._said_of = basis, basis()

    def look(self, now: float) -> None:
        """Take the answer away that was read, or is no longer true.

        Args:
            now: unix time, s.
        """
        outlived = self._basis is not None and self._basis() != self._said_of
        if outlived or now >= self._until:
            self.clear()

    def clear(self) -> None:
        """Take the answer away."""
        self._until, self._basis = 0.0, None
        self._bar.say("")
