"""Requests that take longer than a slice, done piece by piece, one after the other."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from dqmconsole.model.message import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from dqmconsole.model.message import Up

    Job = Generator[None, None, Up]


def refused(request: int, sentence: str) -> Job:
    """A job that is none: the answer says why."""
    yield
    return Receipt(request, False, sentence)


class Jobs:
    """Jobs that wait or are at work; each ends with its answer.

    Args:
        clock: a monotonic clock, s, for the slices.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._queue: deque[Job] = deque()

    @property
    def pending(self) -> int:
        """Jobs still to be answered."""
        return len(self._queue)

    def add(self, job: Job) -> None:
        """Queue a job; what can go wrong in it, it answers itself."""
        self._queue.append(job)

    def work(self, until: float) -> list[Up]:
        """Go on until the clock says `until`, by at least one piece; the answers."""
        answers: list[Up] = []
        while self._queue:
            try:
                next(self._queue[0])
            except StopIteration as end:
                self._queue.popleft()
                answers.append(end.value)
            if self._clock() >= until:
                break
        return answers

    def close(self) -> None:
        """Give up what is not done; nothing half written is left."""
        while self._queue:
            self._queue.popleft().close()
