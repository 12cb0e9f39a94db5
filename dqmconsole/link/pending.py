"""What waits to be sent: the latest tile of each plot, every fact.

So a stalled console neither makes the engine wait nor lose a fact: pictures may be
skipped, facts may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.frame import (
    FalseAlarmsFact,
    Frame,
    NoticeFact,
    OutageFact,
    ProblemsFact,
    ReferenceFact,
    ReleaseFact,
    RollupFact,
    RunFact,
    RunsFact,
    VerdictFact,
)
from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.message import Hello, Ping, Problems, SiteMessage, Watch

if TYPE_CHECKING:
    from dqmconsole.model.frame import Fact, Tile
    from dqmconsole.model.message import Down, Up

# Of these only the newest matters: each says all there is to say.
_LATEST_WINS = (Watch, Ping, Problems)
# What frames say after one of these must not be merged with what they said before.
_BARRIERS = (Hello, SiteMessage)


class Pending:
    """Messages that wait, merged as they come. Not locked: its owner locks.

    Order is kept among the messages that are queued; frames merge into one,
    which keeps the place of the first frame that still waits.
    """

    def __init__(self) -> None:
        self._messages: list[Up | Down] = []
        self._frame_at: int | None = None
        self._frame: Frame | None = None
        self._tiles: dict[str, Tile] = {}
        self._facts: dict[tuple[str, str], Fact] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._messages)

    def put(self, message: Up | Down) -> None:
        """Add a message, merging it with what waits."""
        if isinstance(message, Frame):
            self._merge(message)
            return
        if isinstance(message, _BARRIERS):
            self._seal()
        if isinstance(message, _LATEST_WINS):
            for at, waiting in enumerate(self._messages):
                if type(waiting) is type(message):
                    self._messages[at] = message
                    return
        self._messages.append(message)

    def take(self) -> list[Up | Down]:
        """Everything that waits, in order; nothing waits afterwards."""
        self._seal()
        messages = self._messages
        self._messages = []
        return messages

    def _seal(self) -> None:
        if self._frame is None or self._frame_at is None:
            return
        self._messages[self._frame_at] = msgspec.structs.replace(
            self._frame,
            tiles=tuple(self._tiles.values()),
            facts=tuple(self._facts.values()),
        )
        self._frame_at = None
        self._frame = None
        self._tiles = {}
        self._facts = {}

    def _merge(self, frame: Frame) -> None:
        if self._frame_at is None:
            self._frame_at = len(self._messages)
            self._messages.append(frame)
        self._frame = frame
        for tile in frame.tiles:
            self._tiles[tile.key] = _keeping_reference(self._tiles.get(tile.key), tile)
        for fact in frame.facts:
            name = self._name_of(fact)
            self._facts.pop(name, None)  # a newer word also takes the later place
            self._facts[name] = fact

    def _name_of(self, fact: Fact) -> tuple[str, str]:
        match fact:
            case RollupFact(name=name):
                return ("rollup", name)
            case NoticeFact(name=name):
                return ("notice", name)
            case ProblemsFact(kind=kind):
                return ("problems", kind)
            case ReleaseFact():
                return ("release", "")
            case ReferenceFact():
                return ("reference", "")
            case RunsFact():
                return ("runs", "")
            case FalseAlarmsFact():
                return ("false alarms", "")
            case Alarm(id=name):
                return ("alarm", name)
            case (
                VerdictFact()
                | RunFact()
                | OutageFact()
                | TransitionFact()
                | LumisectionsFact()
            ):
                self._count += 1
                return ("fact", str(self._count))


def _keeping_reference(waiting: Tile | None, tile: Tile) -> Tile:
    """The newer tile, with a reference that the one it replaces was to bring."""
    if waiting is None or waiting.picture is None or tile.picture is None:
        return tile
    if not waiting.picture.reference_is_new or tile.picture.reference_is_new:
        return tile
    picture = msgspec.structs.replace(
        tile.picture, reference=waiting.picture.reference, reference_is_new=True
    )
    return msgspec.structs.replace(tile, picture=picture)
