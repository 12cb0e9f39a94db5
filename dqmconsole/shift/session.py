"""The session: what the console knows, and what it asks of the engine."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.frame import (
    Frame,
    NoticeFact,
    ProblemsFact,
    RollupFact,
    VerdictFact,
)
from dqmconsole.model.message import (
    Browse,
    Children,
    Found,
    Hello,
    Open,
    Problems,
    Receipt,
    Search,
    SiteMessage,
    Watch,
)
from dqmconsole.shift.feed import EngineState, Feed
from dqmconsole.shift.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.frame import RunFact, Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.message import Down, Up, WatchItem
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Rollup, Verdict


class Changes(msgspec.Struct, frozen=True):
    """What one look into the mailbox brought.

    Attributes:
        tiles: keys of plots with a newer tile.
        statuses: some verdict or roll-up changed.
        run: the run header was renewed.
        site: another site, or another version of it, is in force.
        problems, notices: those lists changed.
        found, children: answers to search and browse, if any came.
        refused: the last request that was refused, if any was.
        engine: the engine's state changed.
    """

    tiles: frozenset[str] = frozenset()
    statuses: bool = False
    run: bool = False
    site: bool = False
    problems: bool = False
    notices: bool = False
    found: Found | None = None
    children: tuple[Children, ...] = ()
    refused: Receipt | None = None
    engine: bool = False


class Session:
    """One console on one source.

    Args:
        feed: where messages come from and go to.
    """

    def __init__(self, feed: Feed | None = None) -> None:
        self._feed = feed or Feed()
        self._mailbox = Mailbox()
        self._requests = itertools.count(1)
        self.site: Site | None = None
        self.source = ""
        self.banner = ""
        self.engine = EngineState("ended", "nothing is open")

    @property
    def run(self) -> RunInfo:
        """The run header, as last said."""
        return self._mailbox.run

    @property
    def tiles(self) -> Mapping[str, Tile]:
        """The latest tile of each watched plot, by key."""
        return self._mailbox.tiles

    @property
    def references(self) -> Mapping[str, Histogram]:
        """The unscaled reference of each watched plot that has one, by key."""
        return self._mailbox.references

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict on every plot of the site, by key."""
        return self._mailbox.verdicts

    @property
    def rollups(self) -> Mapping[str, Rollup]:
        """Roll-ups by layout name and by ``layout.page_key``."""
        return self._mailbox.rollups

    @property
    def problems(self) -> Mapping[str, tuple[Problem, ...]]:
        """Problems by kind."""
        return self._mailbox.problems

    @property
    def notices(self) -> Mapping[str, NoticeFact]:
        """Notices that stand, by name."""
        return self._mailbox.notices

    @property
    def run_facts(self) -> Sequence[RunFact]:
        """What happened to runs and clients, oldest first."""
        return self._mailbox.run_facts

    def open(
        self,
        source: str,
        *,
        site: str = "",
        reference: str = "",
        banner: str = "",
        speed: float = 1.0,
    ) -> None:
        """Open a source: a file, a folder, or "replay:FOLDER"."""
        self._mailbox = Mailbox()
        self.site = None
        self.source = source
        self.banner = banner
        self._feed.open(
            Open(
                source=source,
                site=site,
                reference=reference,
                banner=banner,
                speed=speed,
            )
        )
        self.engine = self._feed.state()

    def take(self) -> Changes:
        """Drain the mailbox; call it once per tick of the clock."""
        changes = [self._put(message) for message in self._feed.take()]
        before, self.engine = self.engine, self._feed.state()
        found = [change.found for change in changes if change.found is not None]
        refused = [change.refused for change in changes if change.refused is not None]
        return Changes(
            tiles=frozenset().union(*(change.tiles for change in changes)),
            statuses=any(change.statuses for change in changes),
            run=any(change.run for change in changes),
            site=any(change.site for change in changes),
            problems=any(change.problems for change in changes),
            notices=any(change.notices for change in changes),
            found=found[-1] if found else None,
            children=tuple(answer for change in changes for answer in change.children),
            refused=refused[-1] if refused else None,
            engine=self.engine != before,
        )

    def watch(self, items: Sequence[WatchItem]) -> None:
        """Say which plots are visible now; replaces what was said before."""
        self._mailbox.keep_only(frozenset(item.key for item in items))
        self._send(Watch(items=tuple(items)))

    def search(self, text: str, limit: int = 200) -> int:
        """Search the source's elements; the number its Found will carry."""
        request = next(self._requests)
        self._send(Search(request=request, text=text, limit=limit))
        return request

    def browse(self, folder: str) -> int:
        """List one folder of the source; the number its Children will carry."""
        request = next(self._requests)
        self._send(Browse(request=request, folder=folder))
        return request

    def close(self) -> None:
        """End the engine in order."""
        self._feed.close()

    def _send(self, message: Down) -> None:
        self._feed.put(message)

    def _put(self, message: Up | Down) -> Changes:
        match message:
            case Frame():
                tiles = self._mailbox.put(message)
                kinds = {type(fact) for fact in message.facts}
                return Changes(
                    tiles=tiles,
                    run=True,
                    statuses=bool(kinds & {VerdictFact, RollupFact}),
                    problems=ProblemsFact in kinds,
                    notices=NoticeFact in kinds,
                )
            case SiteMessage(site=site):
                self.site = site
                self._mailbox.forget_statuses()
                self._mailbox.problems["layout"] = site.problems
                return Changes(site=True, statuses=True, problems=True)
            case Hello():
                self.source = message.source or self.source
                self.banner = message.banner or self.banner
                # A source that could not be opened before, or an engine that
                # died, said things that no longer hold.
                self._mailbox.notices.clear()
                self._mailbox.problems.pop("engine", None)
                return Changes(run=True, notices=True, problems=True)
            case Problems(problems=problems):
                self._mailbox.problems["engine"] = problems
                return Changes(problems=True)
            case Found():
                return Changes(found=message)
            case Children():
                return Changes(children=(message,))
            case Receipt(done=False):
                return Changes(refused=message)
        return Changes()
