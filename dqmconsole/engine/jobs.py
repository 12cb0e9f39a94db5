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
    Preparation = Generator[None, None, Job]


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
        self._first: deque[Preparation] = deque()

    @property
    def pending(self) -> int:
        """Jobs still to be answered."""
        return len(self._first) + len(self._queue)

    def add(self, job: Job) -> None:
        """Queue a job; what can go wrong in it, it answers itself."""
        self._queue.append(job)

    def prepare(self, preparation: Preparation) -> None:
        """Begin at once with what goes before all jobs; it ends with a job."""
        self._first.append(preparation)
        if len(self._first) == 1:
            self._go_on_preparing()

    def work(self, until: float) -> list[Up]:
        """Go on until the clock says `until`, by at least one piece; the answers."""
        answers: list[Up] = []
        while self.pending:
            if self._first:
                self._go_on_preparing()
            else:
                answers += self._go_on()
            if self._clock() >= until:
                break
        return answers

    def close(self) -> None:
        """Give up what is not done; nothing half written is left."""
        for waiting in (self._first, self._queue):
            while waiting:
                waiting.popleft().close()

    def _go_on_preparing(self) -> None:
        try:
            next(self._first[0])
        except StopIteration as end:
            self._first.popleft()
            self._queue.append(end.value)

    def _go_on(self) -> list[Up]:
        try:
            next(self._queue[0])
        except StopIteration as end:
            self._queue.popleft()
            return [end.value]
        return []
