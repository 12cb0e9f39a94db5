"""Tiles of a moment that is over, drawn from the record of its run.

Nothing of it is judged: what was said of a plot then knows who kept the changes of its
status.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.engine.conditions import pileup_between
from dqmconsole.engine.tiles import Tiles, span_of
from dqmconsole.model.compare import Exposure
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.message import RecordedFound
from dqmconsole.model.past import PastMoment, span_words
from dqmconsole.model.pieces import ended
from dqmconsole.model.run import Client, Conditions, RunState, run_words
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.recording.index import kept_conditions
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.recording.run_file import (
    NotRecordedError,
    RunFile,
    run_path,
    why_not_recorded,
)
from dqmconsole.rootio.errors import NotInFileError, RootFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from dqmconsole.engine.jobs import Job
    from dqmconsole.engine.references import References
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.engine.tiles import WatchedPlot
    from dqmconsole.model.frame import Tile
    from dqmconsole.model.graph import Element
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import WatchItem
    from dqmconsole.model.site import Site
    from dqmconsole.recording.recent import Window

NOTHING_RECORDED = "nothing is recorded of this source"
NOT_KNOWN = "no verdict of that moment is known"
_BROKEN = (sqlite3.Error, DamagedRecordError, OSError)


class _Found(NamedTuple):
    """What the record has of an element at a moment.

    Attributes:
        element: it; None where it is not recorded, or cannot be read.
        first, last: lumisections it truly covers.
        at: when the last was made, unix time, s.
        events: events in it, or None.
        fewer: why it covers less than was asked, in words, or "".
        why: why there is none; "" where there is one.
        broken: it is recorded, and cannot be read.
    """

    element: Element | None = None
    first: int = 0
    last: int = 0
    at: float = 0.0
    events: float | None = None
    fewer: str = ""
    why: str = ""
    broken: bool = False


class PastElements:
    """Elements of a recorded run as they stood at a moment, for :class:`Tiles`.

    Args:
        moment: the moment.
        folder: where the runs of the source are recorded, or None.
        former: names that elements had, by their paths.
    """

    def __init__(
        self,
        moment: PastMoment,
        folder: Path | None,
        former: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._moment = moment
        self._former = former
        self._name = f"the record of {run_words(moment.run)}"
        self._folder = folder
        self._file: RunFile | None = None
        self._kept: dict[str, _Found] = {}
        self._why = "" if folder is not None else NOTHING_RECORDED
        self._broken = False
        if folder is None:
            return
        self._why = why_not_recorded(folder, moment.run)
        if self._why:
            return
        try:
            self._file = RunFile.read(run_path(folder, moment.run))
        except _BROKEN as error:
            self._broken = True
            self._why = f"{self._name} cannot be read: {error}"

    def close(self) -> None:
        """Close the record."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> None:
        """Forget what was read; the file stays open."""
        self._kept.clear()

    def conditions(self) -> Conditions:
        """The conditions of the run, as far as they were kept."""
        if self._folder is None:
            return Conditions()
        return kept_conditions(self._folder, self._moment.run)

    def found(self, path: str) -> _Found:
        """What the record has of an element; read once."""
        if path not in self._kept:
            ended(self.read(path))
        return self._kept[path]

    def read(self, path: str) -> Generator[None, None, None]:
        """Read what the record has of an element, piece by piece.

        Until it has ended nothing else is asked of this.
        """
        if path not in self._kept:
            self._kept[path] = yield from self._read(path)

    def version(self, run: int, path: str) -> int:
        """1 where there is something to draw or to complain of; see ``Elements``."""
        found = self.found(path)
        there = found.element is not None or found.broken
        return int(run == self._moment.run and there)

    def element(self, run: int, path: str) -> Element:
        """One element; see ``Elements``."""
        del run
        found = self.found(path)
        if found.broken:
            raise RootFileError(self._name, found.why)
        if found.element is None:
            raise NotInFileError(self._name, path)
        return found.element

    def readable(self, run: int, path: str) -> Element | None:
        """One element, or None; see ``Elements``."""
        return self.found(path).element if run == self._moment.run else None

    def producers(self, run: int, path: str) -> int:
        """One: it was recorded as one."""
        del run, path
        return 1

    def named(self, run: int, path: str) -> str:
        """What the record calls an element: as the layout of then named it."""
        del run
        others = self._former.get(path)
        if self._file is None or not others:
            return path
        with suppress(*_BROKEN):
            return self._file.named(path, others)
        return path

    def _read(self, path: str) -> Generator[None, None, _Found]:
        if self._file is None:
            return _Found(why=self._why, broken=self._broken)
        first, last = self._moment.first, self._moment.last
        path = self.named(self._moment.run, path)
        try:
            other = self._file.other(path, last)
            if other is not None:
                element, made = other
                if first is not None and made.last < first:
                    why = f"it did not change from {first} to {last}"
                    return _Found(why=why)
                return _Found(element, made.first, made.last, made.at)
            window = yield from self._file.read_past(path, last, first)
        except NotRecordedError as error:
            return _Found(why=str(error).removeprefix(f"{path}: "))
        except _BROKEN as error:
            return _Found(why=f"the record cannot be read: {error}", broken=True)
        fewer = ""
        if window.updates < window.asked:
            fewer = f"{window.updates} of {window.asked} updates, {window.ends}"
        return _Found(
            window.histogram,
            window.first,
            window.last,
            window.at,
            window.events,
            fewer,
        )


class PastTiles(Tiles):
    """Draws watched plots as they stood at a recorded moment.

    Args:
        moment: the moment.
        folder: where the runs of the source are recorded, or None.
        state: of the current run, from which a moment of that has its conditions.
        references: what they are compared with.
        site: what is known, and where exposures stand.
        plots: the plots of its pages by key.

    Attributes:
        moment: the same.
    """

    def __init__(
        self,
        moment: PastMoment,
        folder: Path | None,
        state: SourceState,
        references: References,
        site: Site,
        plots: Mapping[str, Plot],
    ) -> None:
        self.moment = moment
        self._at: tuple[WatchedPlot, Generator[None, None, Tile]] | None = None
        former = {each.path: each.formerly for each in plots.values()}
        self._past = PastElements(moment, folder, former)
        # trends by lumisection are read as they stood, for a span, too
        self._stood = self._past
        if moment.first is not None:
            stood = PastMoment(moment.run, moment.last)
            self._stood = PastElements(stood, folder, former)
        super().__init__(self._past, references, site, plots)
        if state.run != moment.run:
            conditions = self._past.conditions()
            state = msgspec.structs.replace(state, conditions=conditions, clock=None)
        self._state = msgspec.structs.replace(
            state,
            run=moment.run,
            run_state=RunState.RECORDED,
            previous=0,
            clients={},
            recorded=state.now,
        )
        self.notice(self._state)

    def close(self) -> None:
        """Close the record."""
        self._put_back()
        self._past.close()
        self._stood.close()

    @property
    def pending(self) -> int:
        """Watched plots still to be drawn."""
        return super().pending + (self._at is not None)

    def work(self) -> Tile | None:
        """Go on by one piece; the tile, where that was the last one of it."""
        if self._at is None:
            one = self.first()
            if one is None:
                return None
            self.done(one)
            self._at = one, self._drawing(one)
        try:
            next(self._at[1])
        except StopIteration as end:
            self._at = None
            found: Tile = end.value
            return found
        return None

    def watch(self, items: tuple[WatchItem, ...]) -> None:
        """Replace what is watched; every tile of it is sent, with its reference."""
        self._put_back()
        super().watch(items)

    def tile(self, one: WatchedPlot) -> Tile:
        """Draw one plot at once, or say in its tile why there is nothing of it."""
        self._put_back()
        return ended(self._drawing(one))

    def _put_back(self) -> None:
        """Begin with the plot that is being drawn again, later."""
        if self._at is not None:
            (one, drawing), self._at = self._at, None
            drawing.close()
            self._queue.setdefault(one.item.key, one)

    def _drawing(self, one: WatchedPlot) -> Generator[None, None, Tile]:
        """Draw one plot, in pieces, each of which leaves the record as it is."""
        self._past.forget()
        self._stood.forget()
        for path in (one.plot.path, *one.plot.overlay):
            yield from self._past.read(path)
        return self._drawn(one)

    def _drawn(self, one: WatchedPlot) -> Tile:
        """The tile of a plot that was read."""
        moment, plot = self.moment, one.plot
        found, name = self._past.found(plot.path), subsystem_of(plot.path)
        last = found.last or None
        client = Client(name, moment.run, last, "recorded", produced=found.at)
        there = found.element is not None
        state = msgspec.structs.replace(
            self._state, clients={name: client} if there else {}
        )
        verdict = Verdict(Status.NOT_CHECKED, found.why or NOT_KNOWN)
        one.signature = None
        tile = self.draw(one, state, verdict)
        assert tile is not None, "what has no signature is drawn"
        span = span_of(plot, client, self._unit) if there else ""
        if there and plot.accumulates_over == "run":
            span = span_words(found.first, found.last, self._unit)
        banner = f"{moment.words(self._unit)}: not in the record"
        if there:
            added = "" if moment.first is None else "added in "
            banner = f"{added}{span} of {run_words(moment.run)}, recorded"
        said = filter(None, (banner, found.fewer))
        return msgspec.structs.replace(
            tile, banner=" · ".join(said), span=span, stale_after=None, past=moment
        )

    def _exposure(
        self, one: WatchedPlot, run: int, last: int | None, window: Window | None
    ) -> Exposure:
        """What the data of a plot had seen by then, or in a span."""
        found = self._past.found(one.plot.path)
        if self.moment.first is not None:
            read = partial(self._stood.readable, run)
            pileup = pileup_between(read, self._paths, found.first, found.last)
            return Exposure(events=found.events, pileup=pileup)
        seen = super()._exposure(one, run, last, window)
        if seen.events is None and one.plot.accumulates_over == "run":
            seen = msgspec.structs.replace(seen, events=found.events)
        return seen


def recorded_job(request: int, run: int, folder: Path | None) -> Job:
    """Read which updates of a run are recorded, in slices; ends with the answer.

    Args:
        request: number of the request.
        run: the run.
        folder: where the runs of the source are recorded, or None.
    """
    yield
    updates: dict[str, tuple[int, ...]] = {}
    said = NOTHING_RECORDED if folder is None else why_not_recorded(folder, run)
    if folder is not None and not said:
        said = f"nothing is recorded of {run_words(run)} yet"
        try:
            with closing(RunFile.read(run_path(folder, run))) as file:
                for client in file.clients():
                    moments = file.moments(client)
                    updates[client] = tuple(each.last for each in moments)
                    yield
        except _BROKEN as error:
            updates = {}
            said = f"the record of {run_words(run)} cannot be read: {error}"
    return RecordedFound(request, run, updates, "" if updates else said)
