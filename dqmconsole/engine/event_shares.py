"""Which clients get fewer of a run's events than they usually do, beside the others."""

from __future__ import annotations

import math
from collections import deque
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.run import Client

LESS = 0.03  # of what is usual: fewer than that are missing
GROSS = 0.1  # likewise, from which on somebody has to act
OTHERS = 2  # clients at least that it is set against
EVENTS = 1000.0  # that these must have got in between
USUAL = 2  # updates that show what is usual
SIGMAS = 5.0  # by which a share of the events scatters at most
_KEPT = 60  # updates


class Missing(NamedTuple):
    """A client that gets fewer events than usual.

    Attributes:
        share: of what is usual, 0 to 1.
        since: the first lumisection in which they may have been missing.
        until: the last that was looked at.
    """

    share: float
    since: int
    until: int


class _Seen:
    """What one client counted, and its shares of the events while all was well."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}  # lumisection -> events of the run so far
        self.process: object = None  # which counted them
        self.shares: deque[float] = deque(maxlen=_KEPT)
        self.looked = 0  # at which lumisection
        self.good_until = 0


class EventShares:
    """Sets what clients counted against the others, in the same lumisections.

    Clients may read streams of their own: what counts is that a share falls.
    """

    def __init__(self) -> None:
        self._run = 0
        self._seen: dict[str, _Seen] = {}
        self._missing: dict[str, Missing] = {}

    def look(self, run: int, clients: Mapping[str, Client]) -> Mapping[str, Missing]:
        """The clients that get fewer events than usual, by subsystem.

        Args:
            run: the current one.
            clients: by subsystem.
        """
        if run != self._run:
            self._run, self._seen, self._missing = run, {}, {}
        for name, client in clients.items():
            if client.run == run:
                self._note(name, client)
        for name in self._seen:
            self._judge(name)
        return self._missing

    def _note(self, name: str, client: Client) -> None:
        seen, reached = self._seen.setdefault(name, _Seen()), client.reached
        if client.events is None or reached is None:
            return
        last, process = max(seen.counts, default=0), (client.host, client.pid)
        fewer = reached < last or client.events < seen.counts.get(last, 0)
        if fewer or process != seen.process:  # it was restarted
            seen.counts, seen.process = {}, process
        seen.counts[reached] = client.events
        if len(seen.counts) > _KEPT:
            del seen.counts[min(seen.counts)]

    def _judge(self, name: str) -> None:
        seen = self._seen[name]
        others = self._others(name)
        both = [
            at
            for at in sorted(seen.counts)
            if sum(at in each for each in others) >= OTHERS
        ][-2:]
        if len(both) < 2 or both[1] <= seen.looked:
            return
        first, last = both
        gained = [
            each[last] - each[first] for each in others if {first, last} <= each.keys()
        ]
        usual = median(gained) if len(gained) >= OTHERS else 0.0
        if usual < EVENTS:
            return
        seen.looked = last
        mine = seen.counts[last] - seen.counts[first]
        if len(seen.shares) >= USUAL:
            expected = median(seen.shares) * usual
            left = mine / max(expected, 1e-9)
            less = _by_chance(expected, max(mine, *gained), len(seen.shares))
            if left < 1 - max(LESS, less):
                since = seen.good_until + 1
                self._missing[name] = Missing(left, since, last)
                return
        self._missing.pop(name, None)
        seen.shares.append(mine / usual)
        seen.good_until = first  # the last update may hold the onset

    def _others(self, name: str) -> list[dict[int, int]]:
        """What a client is set against: not those that get fewer themselves."""
        steady = [
            seen.counts
            for other, seen in self._seen.items()
            if other != name and other not in self._missing
        ]
        if len(steady) < OTHERS and name in self._missing:
            return [seen.counts for other, seen in self._seen.items() if other != name]
        return steady


def _by_chance(expected: float, every: float, shown: int) -> float:
    """By how much the events of a client may be fewer by chance, relative.

    Args:
        expected: events that it gets of them.
        every: that there were at least. Who gets them all scatters not at all.
        shown: updates that showed what is usual.
    """
    part = min(expected / every, 1.0)
    return SIGMAS * math.sqrt((1 - part) / max(expected, 1.0) * (1 + 1 / shown))
