"""Run, clients and conditions of a source at one moment, for judging and drawing."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import read_conditions, unknown_type
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.run import (
    Client,
    Conditions,
    LumisectionClock,
    RunInfo,
    RunState,
)
from dqmconsole.model.site import places_of
from dqmconsole.model.trend import latest_number
from dqmconsole.sources.recorded import RecordedRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.engine.elements import Elements
    from dqmconsole.model.graph import Element
    from dqmconsole.model.message import UseOverrides
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.sources.source import Source


class SourceState(msgspec.Struct, frozen=True, gc=False):
    """Where a source stands at one moment.

    Attributes:
        now: unix time, s.
        run: the current run; 0 when there is none.
        run_state: where it stands.
        previous: the run before it, or 0.
        previous_state: where that stands.
        clients: by subsystem.
        conditions: of the current run.
        started: unix time of its start, s, or None.
        versions: of every subsystem of interest, in the current run.
        recorded: unix time of the newest content, s, of a recording; else None.
        clock: when the lumisections of the current run were, or None.
        awaits_type: it runs, and nothing has said yet of what type it is.
    """

    now: float
    run: int = 0
    run_state: RunState = RunState.RUNNING
    previous: int = 0
    previous_state: RunState = RunState.ENDED
    clients: dict[str, Client] = {}
    conditions: Conditions = Conditions()
    started: float | None = None
    versions: dict[str, int] = {}
    recorded: float | None = None
    clock: LumisectionClock | None = None
    awaits_type: bool = False

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
        return (self.run, self.run_state, self.versions.get(subsystem, 0), told)

    def client_of(self, path: str) -> Client | None:
        """The client of an element, if it is in the current run."""
        client = self.clients.get(subsystem_of(path))
        return client if client is not None and client.run == self.run else None

    @property
    def reached(self) -> int | None:
        """The highest lumisection any client has reached in the current run."""
        reached = (client.lumisection for client in self._here)
        return max((each for each in reached if each is not None), default=None)

    @property
    def _here(self) -> list[Client]:
        """The clients of the main source that are in the current run."""
        clients = self.clients.values()
        return [each for each in clients if each.run == self.run and not each.stream]

    def header(self) -> RunInfo:
        """The run header.

        The **rate** is the median over the live clients: all read the same stream of
        events, so that a sum would count each event many times and the slowest
        would be that client's trouble, which the **lag** is for: the largest among the
        live clients, with the client that has it. All this is of the main source.
        """
        clients = tuple(self.clients.values())
        live = [client for client in self._here if client.state == "live"]
        rates = [client.rate for client in live if client.rate is not None]
        late = [client for client in live if client.lag is not None]
        slowest = max(late, key=lambda client: client.lag or 0.0, default=None)
        return RunInfo(
            run=self.run,
            state=self.run_state,
            lumisection=self.reached,
            started=self.started,
            conditions=self.conditions,
            rate=median(rates) if rates else None,
            lag=None if slowest is None else slowest.lag,
            slowest="" if slowest is None else slowest.subsystem,
            clients=clients,
            recorded=self.recorded,
            clock=self.clock,
        )


def overridden(state: SourceState, said: UseOverrides) -> SourceState:
    """A state in which partitions are what a person says, in the run it is said of."""
    if not said.overrides or said.run != state.run:
        return state
    given = state.conditions
    dcs = {each.partition: each.on for each in said.overrides}
    words = {each.partition: each.words for each in said.overrides}
    given = msgspec.structs.replace(given, dcs=(given.dcs or {}) | dcs, by_hand=words)
    return msgspec.structs.replace(state, conditions=given)


class Observer:
    """Reads the state of a source; conditions only when their files changed.

    Args:
        source: the source.
        elements: those of the conditions are read from it.
        settings: of the site: where conditions stand.
        subsystems: the subsystems whose versions are of interest.

    Attributes:
        unknown_type: the producer's word for the type of the run, where it is none of
            the site's; else "".
    """

    def __init__(
        self,
        source: Source,
        elements: Elements,
        settings: SiteSettings,
        subsystems: frozenset[str],
    ) -> None:
        self._source = source
        self._elements = elements
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
                paths.daq_state,
                paths.dead_time,
                *paths.scalars.values(),
                *(each.show for each in settings.shown),
            )
            if path
        }
        self._subsystems = sorted(subsystems | self._watched)
        self._signature: object = None
        self._conditions = Conditions()
        self.unknown_type = ""
        self._type: tuple[int, str | None] = (0, None)  # of a run
        self._started: tuple[int, float | None] = (0, None)
        self._asked: set[str] = set()

    def observe(self, now: float) -> SourceState:
        """The source at `now` (unix time, s)."""
        source = self._source
        run = source.current_run
        clients = {client.subsystem: client for client in source.clients(now)}
        versions = {name: source.version(run, name) for name in self._subsystems}
        previous = max((other for other in source.runs() if other < run), default=0)
        signature = (run, *(versions[name] for name in sorted(self._watched)))
        if signature != self._signature:
            self._signature = signature
            self._conditions = self._with_type(run, self._read(run, clients))
        if self._started[0] != run:
            self._started = (run, None)
            self._asked.clear()
        if self._started[1] is None:
            self._started = (run, self._start_of(run, clients))
        run_state = source.run_state(run)
        return SourceState(
            now=now,
            run=run,
            run_state=run_state,
            previous=previous,
            previous_state=source.run_state(previous) if previous else RunState.ENDED,
            clients=clients,
            conditions=self._conditions,
            started=self._started[1],
            versions=versions,
            recorded=source.recorded,
            clock=lumisection_clock(
                self._started[1],
                [e for e in clients.values() if e.run == run and not e.stream],
                self._settings.lumisection_length,
            ),
            awaits_type=bool(self._settings.conditions.run_type)
            and self._conditions.run_type is None
            and not self.unknown_type
            and run_state is RunState.RUNNING
            and source.recorded is None,
        )

    def _with_type(self, run: int, found: Conditions) -> Conditions:
        """Conditions with the type that the run had before, where nothing says one."""
        if found.run_type is not None or self.unknown_type:
            self._type = (run, found.run_type)
        elif self._type[0] == run:
            return msgspec.structs.replace(found, run_type=self._type[1])
        return found

    def _read(self, run: int, clients: dict[str, Client]) -> Conditions:
        self.unknown_type = ""
        if not run:
            return Conditions()

        def reached(path: str) -> int | None:
            client = clients.get(subsystem_of(path))
            if client is None or client.run != run:
                return None
            return client.lumisection

        def read(path: str) -> Element | None:
            return self._elements.readable(run, path)

        found = read_conditions(read, self._settings, reached)
        self.unknown_type = unknown_type(read, self._settings)
        if not isinstance(self._source, RecordedRun):
            return found
        # elements that no layout shows are not recorded, what they said is
        kept = msgspec.structs.asdict(self._source.conditions())
        known = msgspec.structs.asdict(found)
        known = {name: each for name, each in known.items() if each not in (None, "")}
        return Conditions(**(kept | known))

    def _start_of(self, run: int, clients: dict[str, Client]) -> float | None:
        path = self._settings.conditions.started
        if not run or not path:
            return None
        for name, client in clients.items():
            if client.run != run or client.stream or name in self._asked:
                continue
            if not self._source.version(run, name):
                continue
            self._asked.add(name)  # once each: a start does not come later
            for place in places_of(path, name):
                number = latest_number(self._elements.readable(run, place))
                if number is not None and number > 0:
                    return number
        return None


def lumisection_clock(
    started: float | None, clients: Iterable[Client], length: float | None = None
) -> LumisectionClock | None:
    """When the lumisections of a run were; None where that cannot be told.

    Without a length it is measured: from the start to the content of the client that
    has come farthest. Without a start, that follows from the length likewise.

    Args:
        started: of the run, unix time, s, or None.
        clients: those that are in it.
        length: of a lumisection, s, as the site has it; None or 0: it does not.
    """
    reached = [
        (client.content, client.produced)
        for client in clients
        if client.content is not None
        and client.content > 0
        and client.produced is not None
    ]
    last, at = max(reached, default=(0, 0.0))
    if length is not None and not length > 0:
        length = None
    if started is None and length is not None and last:
        started = at - last * length
    elif length is None and started is not None and last and at > started:
        # to the hundredth: the clock does not tremble with every file
        length = round((at - started) / last, 2)
    if started is None or not length:
        return None
    return LumisectionClock(started, length)
