"""The next items of an exam: their runs are written while another one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.items import Item, needed_subsystems
from dqmconsole.training.plan import replacement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import Runs
    from dqmconsole.training.items import Plan

AT_ONCE = 3  # items that are written, or wait, while one is shown
PATIENCE = 180.0  # s until a run that is not whole has failed


class Prepared(msgspec.Struct, frozen=True):
    """An item, and what is opened to show it.

    Attributes:
        item: the item.
        source: its run's folder, or its evidence bundle; to be dropped after it.
        since: of the monotonic clock, s: when it was begun.
    """

    item: Item
    source: str
    since: float


class Preparing:
    """Writes items ahead, in the order of the plan; none is given out twice.

    Args:
        site: the site the plan was made of.
        plan: the plan.
        runs: writes the runs.
        spares: number of an item -> the spare that is next for it; 0 when not there.
    """

    def __init__(
        self, site: Site, plan: Plan, runs: Runs, spares: Mapping[int, int]
    ) -> None:
        self._site, self._plan, self._runs = site, plan, runs
        self._spares = dict(spares)
        self._waiting: dict[int, Prepared] = {}

    def fill(self, now: float, done: Collection[int]) -> None:
        """Begin to write the next items, as many as there is room for.

        Args:
            now: of the monotonic clock, s.
            done: numbers that are answered, or shown.

        Raises:
            OSError: one cannot be begun; the next call tries another in its place.
        """
        for number in range(len(self._plan.items)):
            if len(self._waiting) >= AT_ONCE:
                return
            if number in done or number in self._waiting:
                continue
            spare = self._spares.get(number, 0)
            item = replacement(self._plan, self._site, number, spare)
            self._spares[number] = spare + 1
            needed = needed_subsystems(self._site, item)
            source = self._runs.prepare(item.run, needed)
            self._waiting[number] = Prepared(item, source, now)

    def take(self, now: float) -> Prepared | None:
        """The next item; None while it is not ready.

        Args:
            now: of the monotonic clock, s.

        Raises:
            OSError: it cannot be shown; another comes in its place.
        """
        if not self._waiting:
            return None
        number = min(self._waiting)
        first = self._waiting[number]
        ready = self._runs.is_ready(first.source)
        if ready is False and now - first.since <= PATIENCE:
            return None
        del self._waiting[number]
        if not ready:
            self._runs.drop(first.source)
            message = "its run was not written"
            raise OSError(message)
        return first

    def drop(self) -> None:
        """Remove all that waits; it was shown to nobody and comes again."""
        for number, each in self._waiting.items():
            self._spares[number] = each.item.spare
            self._runs.drop(each.source)
        self._waiting.clear()
