"""What has come from the engine, merged: latest picture per plot, every fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.run import RunInfo
from dqmconsole.shift.false_alarms import by_plot
from dqmconsole.shift.looking_back import awaited, judged_then
from dqmconsole.shift.run_history import RunHistory

if TYPE_CHECKING:
    from dqmconsole.model.frame import Fact, Frame, Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.history import History
    from dqmconsole.model.past import PastMoment
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.release import Release
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.run_quality import FalseAlarms
    from dqmconsole.model.verdict import Rollup, Verdict

KEPT_RUN_FACTS = 200  # a week of runs; older ones are in the engine's log


class Mailbox:
    """The latest of everything the engine said.

    Attributes:
        run: the run header.
        past: the moment that the tiles are of; None: now. Everything else is of now.
        tiles: by plot key; only what is or was just watched.
        references: the reference of a watched plot, unscaled.
        verdicts, rollups: of all plots, pages and layouts.
        problems: by kind.
        notices: by name.
        alarms: by id, all that this engine or one before it told.
        tests: by id, alarms that only test the way that alarms take.
        outages: by subsystem, "" for the whole source.
        run_facts: the last ones, oldest first.
        release_waiting: the release in force where another one is read, or None.
        by_hand: what all plots are compared with for this session.
        runs_at_hand: runs that they could be compared with, ascending.
        recorded: conditions of those that were recorded.
        false_alarms: how often checks went off in good runs, by path of the plot.
        history: how the last runs came to be what they are.
    """

    def __init__(self) -> None:
        self.run = RunInfo()
        self.past: PastMoment | None = None
        self.tiles: dict[str, Tile] = {}
        self.references: dict[str, Histogram] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.rollups: dict[str, Rollup] = {}
        self.problems: dict[str, tuple[Problem, ...]] = {}
        self.notices: dict[str, NoticeFact] = {}
        self.alarms: dict[str, Alarm] = {}
        self.tests: dict[str, Alarm] = {}
        self.outages: dict[str, OutageFact] = {}
        self.run_facts: list[RunFact] = []
        self.release_waiting: Release | None = None
        self.by_hand = ReferenceFact()
        self.runs_at_hand: tuple[int, ...] = ()
        self.recorded: dict[int, Conditions] = {}
        self.false_alarms: dict[str, tuple[FalseAlarms, ...]] = {}
        self.history = RunHistory()

    def all_problems(self) -> list[Problem]:
        """The problems of all kinds."""
        return [each for kind in self.problems.values() for each in kind]

    def judged(self, key: str) -> Verdict | None:
        """The verdict on a plot: that on the picture which is shown, where one is.

        Of what is shown of the past: the verdict of now.
        """
        tile = self.tiles.get(key) if self.past is None else None
        return tile.verdict if tile is not None else self.verdicts.get(key)

    def look_back(self, past: PastMoment | None, unit: str) -> frozenset[str]:
        """Have the tiles of a moment from now on, or of now again with None.

        Until they come others stand there that say so: no picture is of another time
        than it says.

        Args:
            past: the moment; None for now.
            unit: what stands before the number of a lumisection.

        Returns:
            Keys of the tiles that changed.
        """
        if past == self.past:
            return frozenset()
        self.past = past
        self.tiles = {
            key: awaited(tile, past, unit) for key, tile in self.tiles.items()
        }
        return frozenset(self.tiles)

    def keep_only(self, keys: frozenset[str]) -> None:
        """Forget pictures of plots that nobody watches any more."""
        for kept in (self.tiles, self.references):
            for key in [key for key in kept if key not in keys]:
                del kept[key]

    def put_site(self, problems: tuple[Problem, ...]) -> None:
        """Take in that another site is in force: verdicts are said again.

        Args:
            problems: of its texts.
        """
        self.verdicts.clear()
        self.rollups.clear()
        self.problems["layout"] = problems

    def put_hello(self) -> None:
        """Take in that another engine speaks.

        A source that could not be opened before, or an engine that died, said things
        that no longer hold.
        """
        self.notices.clear()
        self.outages.clear()
        self.alarms.clear()
        self.tests.clear()
        self.release_waiting = None
        self.by_hand = ReferenceFact()
        self.runs_at_hand, self.recorded = (), {}
        self.false_alarms = {}
        for kind in ("engine", "source"):
            self.problems.pop(kind, None)

    def put_history(self, history: History) -> None:
        """Take in what an engine kept of the source."""
        for each in history.transitions:
            self.history.put_transition(each)
        for told in history.lumisections:
            self.history.put_lumisections(told)
        for alarm in history.alarms:
            self.alarms.setdefault(alarm.id, alarm)
        for key, tile in self.tiles.items():
            self.tiles[key] = judged_then(tile, self.history)

    def put(self, frame: Frame) -> frozenset[str]:
        """Take a frame in; the keys of the tiles that changed."""
        self.run = frame.run
        tiles = [tile for tile in frame.tiles if tile.past == self.past]
        for tile in tiles:
            self._put_tile(tile)
        for fact in frame.facts:
            self._put_fact(fact)
        return frozenset(tile.key for tile in tiles)

    def _put_tile(self, tile: Tile) -> None:
        self.tiles[tile.key] = judged_then(tile, self.history)
        if tile.picture is None or not tile.picture.reference_is_new:
            return
        if tile.picture.reference is None:
            self.references.pop(tile.key, None)
        else:
            self.references[tile.key] = tile.picture.reference

    def _put_fact(self, fact: Fact) -> None:
        match fact:
            case VerdictFact():
                self.verdicts[fact.key] = fact.verdict
            case RollupFact():
                self.rollups[fact.name] = fact.rollup
            case RunFact():
                self.run_facts.append(fact)
                del self.run_facts[:-KEPT_RUN_FACTS]
            case NoticeFact():
                self.notices.pop(fact.name, None)
                if fact.sentence:
                    self.notices[fact.name] = fact
            case OutageFact():
                self.outages.pop(fact.subsystem, None)
                if fact.sentence:
                    self.outages[fact.subsystem] = fact
            case ProblemsFact():
                self.problems[fact.kind] = fact.problems
            case ReleaseFact():
                self.release_waiting = fact.release
            case ReferenceFact():
                self.by_hand = fact
            case RunsFact():
                self.runs_at_hand = fact.runs
                self.recorded = fact.conditions
            case FalseAlarmsFact():
                self.false_alarms = by_plot(fact.rows)
            case TransitionFact():
                self.history.put_transition(fact)
            case LumisectionsFact():
                self.history.put_lumisections(fact)
            case Alarm():
                (self.tests if fact.test else self.alarms)[fact.id] = fact
