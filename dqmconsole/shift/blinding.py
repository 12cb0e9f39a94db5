"""Blinding: what is seen while the console keeps its judgement to itself.

Whoever asks a person to judge a page turns it on. All that the console says by itself
of good and bad is taken out of the messages as they come in: verdicts and how they
became what they are, roll-ups, outages, notices, what became of clients and files, and
the age of the data. Pictures, references, known regions and conditions stay, for they
are what is judged. Behind it everything is kept as it was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.frame import (
    FalseAlarmsFact,
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
from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import Rollup, Status, Verdict
from dqmconsole.shift.mailbox import Mailbox

if TYPE_CHECKING:
    from dqmconsole.model.frame import Fact, Frame, Tile
    from dqmconsole.model.problem import ProblemKind
    from dqmconsole.model.run import Client, RunInfo

HIDDEN = "the verdict is hidden"
NO_PICTURE = "there is no picture; why is hidden"
_OF_DATA: tuple[ProblemKind, ...] = ("source",)


def blinded_verdict(verdict: Verdict) -> Verdict:
    """A verdict that says nothing but how many known issues lie in the plot."""
    return Verdict(Status.NOT_CHECKED, HIDDEN, known=verdict.known)


def blinded_rollup(rollup: Rollup) -> Rollup:
    """A roll-up of as many plots, none of them judged."""
    total = sum(rollup.counts.values())
    counts = {Status.NOT_CHECKED: total} if total else {}
    return Rollup(Status.NOT_CHECKED, 0, 0, total, counts)


def blinded_tile(tile: Tile) -> Tile:
    """A tile without verdict and without age; it counts as another version."""
    verdict, picture = blinded_verdict(tile.verdict), tile.picture
    if picture is None:
        verdict = msgspec.structs.replace(verdict, sentence=NO_PICTURE)
    elif picture.expected is not None:
        picture = msgspec.structs.replace(picture, expected=None)
    return msgspec.structs.replace(
        tile,
        version=-1 - tile.version,  # else a tile drawn before would not be drawn again
        verdict=verdict,
        picture=picture,
        produced=None,
        stale_after=None,
        banner="" if tile.past is None else tile.banner,
        defect="",
    )


def blinded_run(run: RunInfo) -> RunInfo:
    """A run header that says nothing of how its clients and their data are doing."""
    return msgspec.structs.replace(
        run,
        state=RunState.RUNNING,
        lag=None,
        slowest="",
        clients=tuple(_blinded_client(each) for each in run.clients),
    )


def blinded_frame(frame: Frame) -> Frame:
    """A frame without any judgement."""
    facts = (_blinded_fact(fact) for fact in frame.facts)
    return msgspec.structs.replace(
        frame,
        run=blinded_run(frame.run),
        tiles=tuple(blinded_tile(tile) for tile in frame.tiles),
        facts=tuple(fact for fact in facts if fact is not None),
    )


class BlindedMailbox(Mailbox):
    """What is seen of a mailbox with the verdicts hidden; both are given what comes.

    Args:
        behind: the mailbox that keeps everything as it was said.
    """

    def __init__(self, behind: Mailbox) -> None:
        super().__init__()
        self._behind = behind
        self.run = blinded_run(behind.run)
        self.past = behind.past
        self.tiles = {key: blinded_tile(tile) for key, tile in behind.tiles.items()}
        self.references = dict(behind.references)
        self.by_hand = behind.by_hand
        self.runs_at_hand = behind.runs_at_hand
        self.recorded = behind.recorded
        self.verdicts = {
            key: blinded_verdict(each) for key, each in behind.verdicts.items()
        }
        self.rollups = {
            name: blinded_rollup(each) for name, each in behind.rollups.items()
        }
        for told in behind.history.lumisections():
            self.history.put_lumisections(told)
        self.problems = {
            kind: problems
            for kind, problems in behind.problems.items()
            if kind not in _OF_DATA
        }

    def judged(self, key: str) -> Verdict | None:
        """The true verdict on a plot."""
        return self._behind.judged(key)

    def put_history(self, history: History) -> None:
        """Take in the conditions of the runs, and nothing of their verdicts."""
        super().put_history(History(lumisections=history.lumisections))

    def _put_tile(self, tile: Tile) -> None:
        """Take a tile in as it is: also the verdict of then is hidden."""
        super()._put_tile(tile)
        self.tiles[tile.key] = tile

    def put(self, frame: Frame) -> frozenset[str]:
        """Take a frame in without its judgements; the keys of changed tiles."""
        return super().put(blinded_frame(frame))


def _blinded_client(client: Client) -> Client:
    return msgspec.structs.replace(
        client,
        state="live",
        sentence="",
        produced=None,
        period=None,
        rate=None,
        lag=None,
        content=None,
    )


def _blinded_fact(fact: Fact) -> Fact | None:
    match fact:
        case VerdictFact(verdict=verdict):
            return msgspec.structs.replace(fact, verdict=blinded_verdict(verdict))
        case RollupFact(rollup=rollup):
            return msgspec.structs.replace(fact, rollup=blinded_rollup(rollup))
        case ProblemsFact(kind=kind):
            return None if kind in _OF_DATA else fact
        case LumisectionsFact() | ReferenceFact() | RunsFact() | FalseAlarmsFact():
            return fact
        case NoticeFact() | OutageFact() | RunFact() | ReleaseFact() | TransitionFact():
            return None
        case Alarm():
            return None
