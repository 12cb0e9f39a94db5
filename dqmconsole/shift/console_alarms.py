"""Alarms that only the console can tell: what tells all others is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import Extent
from dqmconsole.model.verdict import Status
from dqmconsole.shift.liveness import silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.logbook.state import BookState
    from dqmconsole.model.cause import Urgency
    from dqmconsole.shift.client import EngineClient

HELD = 5.0  # s for which something is down before it is an alarm
DOWN = {"recorder": "recorder", "memory": "engine's memory"}
"""Codes of the problems that are alarms, and the roots of these."""
_ENGINE = "engine"
_BOOK = "book"


class ConsoleAlarms:
    """Follows the engine of a console, its book and what records.

    Args:
        console: "host:process": another console's engine is another cause.
    """

    def __init__(self, console: str) -> None:
        self._place = Extent(("console",), ((console,),))
        self._console = console
        self._source = ""
        self._since: dict[str, float] = {}
        self._alarms: dict[str, Alarm] = {}

    def look(
        self, client: EngineClient, book: BookState, now: float
    ) -> tuple[Alarm, ...]:
        """The alarms of this moment, those that returned among them.

        Args:
            client: of the engine.
            book: how the book is.
            now: unix time, s.
        """
        if client.source != self._source:
            self._source = client.source
            self._since, self._alarms = {}, {}
        down = _down(client, book)
        quiet = silence(client.engine) or 0.0
        for root, sentence in down.items():
            began = now - quiet if root == _ENGINE else now
            # not later than now, should the clock be set back
            self._since[root] = since = min(self._since.get(root, now), began)
            if now - since >= HELD:
                self._tell(root, sentence, since, client.mailbox.run.run, now)
        for root, alarm in self._alarms.items():
            if root not in down and alarm.returned is None:
                (one,) = alarm.members
                good = msgspec.structs.replace(one, status=Status.GOOD)
                self._alarms[root] = msgspec.structs.replace(
                    alarm, members=(good,), returned=now
                )
        for root in [each for each in self._since if each not in down]:
            del self._since[root]
        return tuple(self._alarms.values())

    def _tell(
        self, root: str, sentence: str, since: float, run: int, now: float
    ) -> None:
        """Say that something is down."""
        urgency: Urgency = "now" if root == _ENGINE else "next-day"
        member = Member(
            *("", Status.STALE, sentence, "stale", urgency),
            extent=self._place,
        )
        known = self._alarms.get(root)
        if known is None:
            self._alarms[root] = Alarm(
                id=f"{run}/{root}/stale/{self._console}/{int(since)}",
                run=run,
                root=root,
                family="stale",
                members=(member,),
                began=since,
                news_at=now,
                urgency=urgency,
                extent=self._place,
            )
        elif known.returned is not None:
            self._alarms[root] = msgspec.structs.replace(
                known,
                members=(member,),
                returned=None,
                news=known.news + 1,
                news_at=now,
                news_words="again",
            )
        elif known.members != (member,):
            self._alarms[root] = msgspec.structs.replace(known, members=(member,))


def _down(client: EngineClient, book: BookState) -> Mapping[str, str]:
    """What is down, and why: root -> sentence."""
    found = {}
    engine = client.engine
    past = client.recorded or client.mailbox.run.recorded is not None
    past = past or client.moment is not None
    lives = engine.state in ("live", "starting") and silence(engine) is None
    if client.source and not past and not lives:
        found[_ENGINE] = "the engine says nothing: no plot is judged until it does"
        if engine.state == "ended":
            found[_ENGINE] = f"the {engine.sentence}: no plot is judged"
    for problem in client.mailbox.problems.get("source", ()):
        root = DOWN.get(problem.code)
        if root is not None and root not in found:
            found[root] = problem.message
    if book.word in ("waiting", "refused"):
        found[_BOOK] = f"nothing gets into it: {book.sentence}"
    return found
