"""Run, clients and conditions at one moment, as judging and drawing see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import latest_number, read_conditions
from dqmconsole.engine.evidence import Standing
from dqmconsole.engine.run_info import run_info
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.run import Client, Conditions, RunInfo, RunState
from dqmconsole.rootio.errors import (
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)

if TYPE_CHECKING:
    from dqmconsole.engine.store import Store
    from dqmconsole.model.histogram import Histogram, Scalar
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.sources.source import Source


class Situation(msgspec.Struct, frozen=True, gc=False):
    """One moment of the source.

    Attributes:
        now: unix time, s.
        run: the current run; 0 when there is none.
        state: where it stands.
        previous: the run before it, or 0.
        previous_state: where that stands.
        clients: by subsystem.
        conditions: of the current run.
        started: unix time of its start, s, or None.
        versions: of every subsystem of interest, in the current run.
        recorded: unix time of the newest content, s, of a recording; else None.
    """

    now: float
    run: int = 0
    state: RunState = RunState.RUNNING
    previous: int = 0
    previous_state: RunState = RunState.ENDED
    clients: dict[str, Client] = {}
    conditions: Conditions = Conditions()
    started: float | None = None
    versions: dict[str, int] = {}
    recorded: float | None = None

    def standing(self, subsystem: str) -> Standing:
        """Where run and client of one subsystem stand."""
        return Standing(self.run, self.state, self.clients.get(subsystem))

    def entered(self, subsystem: str) -> bool:
        """Tell whether there is anything of a subsystem in the current run."""
        return self.versions.get(subsystem, 0) > 0

    def signature(self, subsystem: str) -> tuple[object, ...]:
        """Changes whenever a verdict on the subsystem could, by other than time."""
        client = self.clients.get(subsystem)
        told = None
        if client is not None:
            # Not the client's sentence, nor its lag: they tick without news.
            told = (
                *(client.state, client.run, client.producers),
                *(client.events, client.produced),
            )
        return (self.run, self.state, self.versions.get(subsystem, 0), told)

    def header(self) -> RunInfo:
        """The run header."""
        return run_info(
            self.run,
            self.state,
            tuple(self.clients.values()),
            self.conditions,
            self.started,
            self.recorded,
        )


class Observer:
    """Reads situations off a source; conditions only when their files changed.

    Args:
        source: the source.
        store: decodes the elements of the conditions.
        settings: of the site: where conditions stand.
        subsystems: the subsystems whose versions are of interest.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        settings: SiteSettings,
        subsystems: frozenset[str],
    ) -> None:
        self._source = source
        self._store = store
        self._settings = settings
        paths = settings.conditions
        self._watched = {
            subsystem_of(path)
            for path in (
                paths.run_type,
                paths.fill,
                paths.beam_mode,
                paths.beam_energy,
                paths.luminosity,
                paths.integrated,
                paths.pileup,
                paths.magnet,
                paths.dcs,
                paths.feds,
                paths.subsystems,
            )
            if path
        }
        self._subsystems = sorted(subsystems | self._watched)
        self._signature: object = None
        self._conditions = Conditions()
        self._started: tuple[int, float | None] = (0, None)
        self._asked: set[str] = set()

    def look(self, now: float) -> Situation:
        """The situation at `now` (unix time, s)."""
        source = self._source
        run = source.current_run
        clients = {client.subsystem: client for client in source.clients(now)}
        versions = {name: source.version(run, name) for name in self._subsystems}
        previous = max((other for other in source.runs() if other < run), default=0)
        signature = (run, *(versions[name] for name in sorted(self._watched)))
        if signature != self._signature:
            self._signature = signature
            self._conditions = self._read(run, clients)
        if self._started[0] != run:
            self._started = (run, None)
            self._asked.clear()
        if self._started[1] is None:
            self._started = (run, self._start_of(run, clients))
        return Situation(
            now=now,
            run=run,
            state=source.run_state(run),
            previous=previous,
            previous_state=source.run_state(previous) if previous else RunState.ENDED,
            clients=clients,
            conditions=self._conditions,
            started=self._started[1],
            versions=versions,
            recorded=source.recorded,
        )

    def _read(self, run: int, clients: dict[str, Client]) -> Conditions:
        if not run:
            return Conditions()

        def reached(path: str) -> int | None:
            client = clients.get(subsystem_of(path))
            if client is None or client.run != run:
                return None
            return client.lumisection

        return read_conditions(
            lambda path: self._element(run, path), self._settings, reached
        )

    def _start_of(self, run: int, clients: dict[str, Client]) -> float | None:
        path = self._settings.conditions.started
        if not run or not path:
            return None
        for name, client in clients.items():
            if client.run != run or name in self._asked:
                continue
            if not self._source.version(run, name):
                continue
            self._asked.add(name)  # once each: a start does not come later
            number = latest_number(self._element(run, f"{name}/{path}"))
            if number is not None and number > 0:
                return number
        return None

    def _element(self, run: int, path: str) -> Histogram | Scalar | None:
        try:
            return self._store.element(run, path)
        except (NotInFileError, UnreadableClassError, RootFileError, OSError):
            return None
