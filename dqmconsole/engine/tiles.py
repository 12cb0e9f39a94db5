"""The tiles somebody looks at, built when what they show changed."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.judge import stale_after
from dqmconsole.engine.judging import PLOT_ERRORS
from dqmconsole.engine.known_issues import known_in, regions_of
from dqmconsole.engine.pictures import Drawn, Pictures
from dqmconsole.model.frame import Tile
from dqmconsole.model.layout import Plot, subsystem_of
from dqmconsole.model.message import WatchItem
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Client, RunState
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.states import part_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.engine.judging import Judging
    from dqmconsole.engine.references import References
    from dqmconsole.engine.situation import Situation
    from dqmconsole.engine.store import Store
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.model.site import Site
    from dqmconsole.sources.source import Source

_log = logging.getLogger(__name__)


class _Watched:
    """One watched plot and what was last sent of it."""

    __slots__ = ("drawn", "item", "plot", "reference", "sent", "signature")

    def __init__(self, item: WatchItem, plot: Plot) -> None:
        self.item = item
        self.plot = plot
        self.signature: object = None
        self.drawn: Drawn | None = None
        self.reference: Histogram | None = None
        self.sent = False


class Tiles:
    """Builds the tiles of the current Watch; work is done in slices.

    Args:
        source: where elements come from.
        store: decodes them.
        judging: judges them.
        references: what they are compared with.
        site: where exposures stand, and what is known.
        clock: a monotonic clock, s, for the slices.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        judging: Judging,
        references: References,
        site: Site,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._source = source
        self._judging = judging
        self._site = site
        self._pictures = Pictures(source, store, references, site.settings.conditions)
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._queue: dict[str, _Watched] = {}
        # From the clock, so that an engine that replaces a dead one goes on growing.
        self._version = time.time_ns() // 1_000_000

    @property
    def pending(self) -> int:
        """Tiles still to be looked at."""
        return len(self._queue)

    def watch(self, items: tuple[WatchItem, ...]) -> None:
        """Replace what is watched; every tile of it is sent, with its reference.

        Every one, for the console may have dropped what it had: two Watches that
        follow quickly are merged on the way, and the first is never seen here.
        """
        self._watched = {item.key: _Watched(item, self._plot(item)) for item in items}
        self._queue = dict(self._watched)
        self._judging.forget_loose(frozenset(item.path for item in items))

    @property
    def items(self) -> tuple[WatchItem, ...]:
        """What is watched."""
        return tuple(one.item for one in self._watched.values())

    def continue_from(self, earlier: Tiles) -> None:
        """Watch what another watched, with growing versions (the site changed)."""
        self._version = earlier._version
        self.watch(earlier.items)

    def notice(self, situation: Situation) -> None:
        """Queue all that is watched; what did not change is passed over cheaply."""
        self._pictures.notice(situation)
        self._queue.update(self._watched)

    def renew(self) -> None:
        """Build all that is watched anew: a reference was found."""
        for one in self._watched.values():
            one.signature = None
        self._queue.update(self._watched)

    def work(self, situation: Situation, until: float) -> list[Tile]:
        """Build what changed until the clock says `until`; at least one is tried."""
        tiles = []
        while self._queue:
            one = self._queue.pop(next(iter(self._queue)))
            tile = self._tile(one, situation)
            if tile is not None:
                tiles.append(tile)
            if self._clock() >= until:
                break
        return tiles

    def now(
        self, key: str, path: str, mode: ReferenceMode | None, situation: Situation
    ) -> Tile:
        """One tile with all bins and its reference, whether it is watched or not.

        Args:
            key: the plot's key, or the bare path of any element.
            path: path of the monitor element.
            mode: how its reference is compared; None takes the layout's.
            situation: the moment.
        """
        item = WatchItem(key, path, 0, 0, mode, whole=True)
        tile = self._tile(_Watched(item, self._plot(item)), situation)
        assert tile is not None, "what was never sent is always built"
        return tile

    def _plot(self, item: WatchItem) -> Plot:
        judged = self._judging.plots.get(item.key)
        return Plot(item.path) if judged is None else judged.plot

    def _tile(self, one: _Watched, situation: Situation) -> Tile | None:
        subsystem = subsystem_of(one.plot.path)
        verdict = self._verdict(one, situation)
        run = self._run_shown(subsystem, situation)
        client = situation.clients.get(subsystem)
        if client is not None and client.run != run:
            client = None
        current = run == situation.run
        paths = (one.plot.path, *one.plot.overlay)
        versions = tuple(self._source.version(run, subsystem_of(p)) for p in paths)
        banner = banner_of(run, situation, client)
        producers = self._producers(run, one.plot.path) if versions[0] else 1
        if producers > 1:
            banner = " · ".join(filter(None, (part_words(producers), banner)))
        span = span_of(one.plot, client)
        by_lumi = one.plot.reference.normalize == "lumi"
        times = None if client is None else (client.produced, client.period)
        signature = (
            *(run, versions, verdict, banner, span, times),
            situation.recorded is None,
            situation.conditions.run_type,
            situation.conditions.integrated if by_lumi else None,
        )
        if signature == one.signature:
            return None
        one.signature = signature
        drawn = self._drawn(one, run) if versions[0] else Drawn()
        if drawn.reading:
            one.signature = None
        if drawn.trouble and current:
            self._judging.cannot_be_drawn(one.item.key, drawn.trouble)
        picture = drawn.picture
        if picture is not None:
            new = not one.sent or drawn.reference is not one.reference
            one.sent, one.reference = True, drawn.reference
            picture = msgspec.structs.replace(
                picture,
                reference=picture.reference if new else None,
                reference_is_new=new,
                known=regions_of(known_in(self._site.known, one.plot.path, run)),
            )
        self._version += 1
        produced = None
        if client is not None:
            produced = client.produced
            produced = client.written if produced is None else produced
        return Tile(
            key=one.item.key,
            path=one.plot.path,
            run=run if picture is not None else 0,
            version=self._version,
            verdict=_or_failed(verdict, drawn),
            note=drawn.note,
            picture=picture,
            produced=produced,
            stale_after=stale_after(one.plot, client) if current else None,
            span=span,
            banner=banner if picture is not None else "",
            recorded=situation.recorded is not None,
        )

    def _verdict(self, one: _Watched, situation: Situation) -> Verdict:
        if one.item.key in self._judging.plots:
            return self._judging.verdict_now(one.item.key, situation)
        return self._judging.verdict_of_path(one.plot.path, situation)

    def _producers(self, run: int, path: str) -> int:
        try:
            return self._source.producers(run, path)
        except (RootFileError, OSError):
            return 1  # the verdict says what cannot be read

    def _run_shown(self, subsystem: str, situation: Situation) -> int:
        """The run whose picture stands: the one before, until the new is entered."""
        for run in (situation.run, situation.previous):
            if run and self._source.version(run, subsystem):
                return run
        return 0

    def _drawn(self, one: _Watched, run: int) -> Drawn:
        try:
            return self._pictures.draw(one.plot, one.item, run)
        except PLOT_ERRORS as error:
            _log.exception("drawing %s", one.item.key)
            note = ReferenceNote(sentence=f"cannot be compared: {error}")
            return Drawn(note=note, trouble=str(error))


def _or_failed(verdict: Verdict, drawn: Drawn) -> Verdict:
    """Nothing that cannot be drawn, or not yet, stands as good."""
    if drawn.reading and verdict.status in (Status.GOOD, Status.NOT_CHECKED):
        return msgspec.structs.replace(
            verdict, status=Status.WAITING, sentence="is being read"
        )
    if not drawn.trouble or verdict.status not in (Status.GOOD, Status.NOT_CHECKED):
        return verdict
    return msgspec.structs.replace(
        verdict, status=Status.FAILED, sentence=f"cannot be drawn: {drawn.trouble}"
    )


def banner_of(run: int, situation: Situation, client: Client | None) -> str:
    """What stands over a picture of a run that is over; "" while it goes on.

    Args:
        run: the run the picture is of.
        situation: the current run.
        client: the client, when it serves that run.
    """
    if run <= 0:  # none, or a file that knows no runs
        return ""
    word = "" if client is None else client.state
    current = run == situation.run
    state = situation.state if current else situation.previous_state
    if word == "final" or state is RunState.FINAL:
        return f"RUN {run} FINAL"
    if word == "recorded" or state is RunState.RECORDED:
        return f"RUN {run} RECORDED, without its final file"
    if word == "ended" or state is RunState.ENDED or not current:
        return f"RUN {run} ENDED, waiting for the final file"
    return ""


def span_of(plot: Plot, client: Client | None) -> str:
    """The integration window in words, "LS 1–417"; "" when it is not known."""
    if client is None or client.lumisection is None:
        return ""
    last = client.lumisection
    match plot.accumulates:
        case "lumisection":
            return f"LS {last}"
        case "latest":
            return f"latest, LS {last}"
        case "trend":
            return f"trend, LS 1–{last}"
        case _:
            return f"LS 1–{last}"
