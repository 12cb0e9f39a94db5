"""The replay of an exam: every page again, with what it showed and what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.training.exam import key_of, prepare
from dqmconsole.training.facts import NO_KEY
from dqmconsole.training.item_bank import Item, replacement
from dqmconsole.training.records import ItemAnswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import AnswerKey, Facts, Runs
    from dqmconsole.training.item_bank import Plan
    from dqmconsole.training.lesson import LessonRun

AHEAD = 2  # items that are written, the one in view among them
BEHIND = 1  # items before it whose runs are kept
PATIENCE = 180.0  # s until a run that is not whole has failed


class Replayed(msgspec.Struct, frozen=True):
    """An item as it was shown, and how it was answered."""

    item: Item
    answer: ItemAnswered


class Replay:
    """Shows the items of an exam that is over, in their order, back and forth.

    Args:
        site: the site the plan was made of.
        plan: the plan of the exam.
        answers: what was answered, each item once.
        runs: prepares the items' runs.
        show: opens a source with the run it shows.
        close: closes what is open; no run is removed before.
        shown: number and spare of the items that were shown, in their order.
        at: index of the item that is shown first.

    Attributes:
        site: as given.
        items: the items.
        at: index of the one in view.
        state: "preparing", "showing" or "failed".
        said: why it failed, or "".
        drawn: all of the one in view is on the screen; the window says so.
        key: what the run of the one in view shows, as it is played now.
    """

    def __init__(
        self,
        site: Site,
        plan: Plan,
        answers: Iterable[ItemAnswered],
        runs: Runs,
        show: Callable[[str, LessonRun], None],
        close: Callable[[], None],
        shown: Sequence[tuple[int, int]] = (),
        at: int = 0,
    ) -> None:
        self.site, self._runs = site, runs
        self._show, self._close = show, close
        self.items = tuple(
            Replayed(
                replacement(
                    plan,
                    site,
                    each.number,
                    each.spare,
                    _before(shown, (each.number, each.spare)),
                ),
                each,
            )
            for each in sorted(answers, key=lambda each: each.number)
        )
        self.at = at
        self.state: Literal["preparing", "showing", "failed"] = "preparing"
        self.said = ""
        self.drawn = False
        self.key: AnswerKey = NO_KEY
        self._sources: dict[int, str] = {}
        self._refused: dict[int, str] = {}  # what was not begun in this visit: why
        self._since = -1.0

    @property
    def shown(self) -> Replayed:
        """The item in view."""
        return self.items[self.at]

    @property
    def coming(self) -> tuple[str, LessonRun] | None:
        """Source and run of the next item, once it is whole and this one is drawn."""
        source = self._sources.get(self.at + 1)
        if not self.drawn or source is None or not self._runs.is_ready(source):
            return None
        return source, self.items[self.at + 1].item.run

    def go(self, by: int) -> None:
        """Go some items on, or back; nothing beyond the ends."""
        to = min(max(self.at + by, 0), len(self.items) - 1)
        if to == self.at:
            return
        self.at, self.state, self.said, self._since = to, "preparing", "", -1.0
        self.drawn, self.key = False, NO_KEY
        self._close()
        self._refused.clear()
        kept = range(to - BEHIND, to + AHEAD)
        for number, source in list(self._sources.items()):
            # what was not written is tried again where it is seen
            if number not in kept or self._runs.is_ready(source) is None:
                self._runs.drop(self._sources.pop(number))

    def look(self, facts: Facts) -> None:
        """Prepare the item and the next; show it once its run is whole."""
        if self.state == "failed":
            return
        for number in range(self.at, min(self.at + AHEAD, len(self.items))):
            if number in self._sources or number in self._refused:
                continue
            try:
                item = self.items[number].item
                self._sources[number] = prepare(self._runs, self.site, item)
            except OSError as error:
                self._refused[number] = str(error)
        if self.at in self._refused:
            self.state, self.said = "failed", self._refused[self.at]
            return
        if self.state == "showing":
            return
        if self._since < 0:
            self._since = facts.now
        source = self._sources[self.at]
        ready = self._runs.is_ready(source)
        if ready:
            self.state = "showing"
            self.key = key_of(self._runs, source, self.shown.item)
            self._show(source, self.shown.item.run)
        elif ready is None or facts.now - self._since > PATIENCE:
            self.state, self.said = "failed", "its run was not written"

    def leave(self) -> None:
        """End it."""
        self._close()
        for source in self._sources.values():
            self._runs.drop(source)
        self._sources.clear()


def _before(
    shown: Sequence[tuple[int, int]], item: tuple[int, int]
) -> Sequence[tuple[int, int]]:
    """What was shown before an item; all of one that was not shown."""
    return shown[: shown.index(item)] if item in shown else shown
