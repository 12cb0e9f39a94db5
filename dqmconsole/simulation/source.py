"""The simulated clients as a source without files, stepped without real time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dqmconsole.model.histogram import QualityResult, Scalar
from dqmconsole.model.run import Client, RunState
from dqmconsole.rootio.dqmfile import Folder
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import ClientState
    from dqmconsole.simulation.client import StoredItem
    from dqmconsole.simulation.simulation import Simulation

STARTED = 1_790_000_000.0  # unix time of the first lumisection, s
WRITTEN_AFTER = 5.0  # s after the end of a lumisection
LOOKED_AT_AFTER = 10.0  # s after it
LATE = 10.0  # s by which files that come late are written, and looked at, after others


class SimulatedSource:
    """The simulated clients as a source, without files.

    A client is live as soon as its content was seen to move, and frozen when it writes
    and its content stands still, as those of a folder are. What the producer's tests
    find is left out.

    Args:
        simulation: stepped by whoever reads it.
        every: lumisections between two snapshots.
    """

    def __init__(self, simulation: Simulation, every: int) -> None:
        self.name, self.banner = "simulation", ""
        self._simulation = simulation
        self._every = every
        self._run, self._state = 0, RunState.RUNNING
        self._elements: dict[str, dict[str, Element]] = {}
        self._folders: dict[str, Folder] = {}
        self._clients: dict[str, Client] = {}
        self._moved: set[str] = set()  # clients, in any run
        self._versions: Counter[tuple[int, str]] = Counter()
        self._news = False

    def take(
        self,
        started: float,
        now: float,
        *,
        final: bool,
        clients: Collection[str] | None = None,
    ) -> None:
        """Take in what clients write now.

        Args:
            started: unix time of the run's start, s.
            now: unix time, s.
            final: these are the final files of the run.
            clients: their names; all when None.
        """
        state = self._simulation.state
        if state.run != self._run:
            self._elements, self._folders, self._clients = {}, {}, {}
            self._run = state.run
        self._state = RunState.FINAL if final else RunState.RUNNING
        self._news = True
        for name, client in self._simulation.clients.items():
            if clients is not None and name not in clients:
                continue
            process = state.clients[name]
            if process.writes or final:
                self._read(name, client.contents(started))
            elif name not in self._clients:
                continue
            before = self._clients.get(name)
            seen, processed = client.lumisection, client.processed
            if not process.writes and before is not None and not final:
                continue
            moved = before is not None and before.content != seen
            live: ClientState = "live" if moved else "frozen"
            if before is None:  # of a run that follows another, its content is another
                live = "live" if name in self._moved else "unmoved"
            if moved:
                self._moved.add(name)
            since = None if before is None else before.since
            if before is not None and processed < (before.events or 0):
                since = (before.content or 0) + 1
            self._clients[name] = Client(
                *(name, self._run, state.lumisection),
                "final" if final else live,
                produced=client.seen_at,
                written=now,
                period=self._every * LUMISECTION_SECONDS,
                events=processed,
                host=process.host,
                pid=process.pid,
                content=seen,
                since=since,
            )

    def _read(self, name: str, contents: dict[str, list[StoredItem]]) -> None:
        for path, items in contents.items():
            kept: dict[str, Element] = {
                each.name: each for each in items if not isinstance(each, QualityResult)
            }
            self._elements[path] = kept
            objects: Any = {k: None for k, v in kept.items() if not _is_scalar(v)}
            scalars: Any = {k: v for k, v in kept.items() if _is_scalar(v)}
            self._folders[path] = Folder(path, (), objects, scalars, {}, frozenset())
        for top in {name, *(path.partition("/")[0] for path in contents)}:
            self._versions[self._run, top] += 1

    def paths(self) -> list[str]:
        """The paths of all elements."""
        return [
            f"{folder}/{name}"
            for folder, kept in self._elements.items()
            for name in kept
        ]

    def poll(self, now: float) -> bool:
        """Tell whether anything was taken in; see the sources."""
        del now
        news, self._news = self._news, False
        return news

    @property
    def ready(self) -> bool:
        """It always is."""
        return True

    @property
    def current_run(self) -> int:
        """The run."""
        return self._run

    def runs(self) -> tuple[int, ...]:
        """The one run."""
        return (self._run,) if self._run else ()

    def run_state(self, run: int) -> RunState:
        """Running, or final."""
        del run
        return self._state

    @property
    def recorded(self) -> float | None:
        """It is no recording."""
        return None

    def clients(self, now: float) -> tuple[Client, ...]:
        """Every client, by name."""
        del now
        return tuple(self._clients[name] for name in sorted(self._clients))

    def version(self, run: int, subsystem: str) -> int:
        """Grow with each snapshot."""
        return self._versions[run, subsystem]

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder, or None."""
        return self._folders.get(path.strip("/")) if run == self._run else None

    def element(self, run: int, path: str) -> Element:
        """One element.

        Raises:
            NotInFileError: it is not there.
        """
        if run == self._run:
            for at in [at for at, sign in enumerate(path) if sign == "/"][::-1]:
                found = self._elements.get(path[:at], {}).get(path[at + 1 :])
                if found is not None:
                    return found
        raise NotInFileError(self.name, path)

    def producers(self, run: int, path: str) -> int:
        """One each."""
        del run, path
        return 1

    def entries(self, run: int) -> Iterator[Any]:
        """None: nobody lists it."""
        del run
        return iter(())

    def facts(self) -> tuple[Any, ...]:
        """None."""
        return ()

    def problems(self) -> tuple[Any, ...]:
        """None."""
        return ()

    def close(self) -> None:
        """There is nothing to close."""


def _is_scalar(item: object) -> bool:
    return isinstance(item, Scalar)


class SteppedDetector:
    """A simulated detector that goes from update to update as fast as it is asked to.

    Args:
        simulation: the detector.
        every: lumisections between two updates.
        run_length: lumisections of the next run, asked for at the start of each; 0: it
            ends by its causes alone.
        lumisections: after which it ends, over all runs; 0: never.
        late: clients whose files come after those of others, asked for at each update
            but the last of a run.

    Attributes:
        source: what its clients write.
    """

    def __init__(
        self,
        simulation: Simulation,
        every: int,
        run_length: Callable[[], int] = lambda: 0,
        lumisections: int = 0,
        late: Callable[[], set[str]] = set,
    ) -> None:
        self.simulation = simulation
        self.source = SimulatedSource(simulation, every)
        self.lumisections = lumisections
        self._every, self._run_length, self._late = every, run_length, late

    @property
    def elapsed(self) -> int:
        """Lumisections since it began, over all runs."""
        return self.simulation.state.elapsed

    def steps(self) -> Iterator[float | None]:
        """One lumisection after the other.

        Yields:
            When an update, or what of it came late, is looked at, unix time, s; None
            after other lumisections.
        """
        now = began = STARTED
        state, length = self.simulation.state, self._run_length()
        while not self.lumisections or state.elapsed < self.lumisections:
            now += LUMISECTION_SECONDS
            self.simulation.step(now)
            ends = state.run_ends or state.lumisection == length
            if not (ends or state.lumisection % self._every == 0):
                yield None
                continue
            late = self._late() if not ends else set()
            first = self.simulation.clients.keys() - late
            self.source.take(began, now + WRITTEN_AFTER, final=ends, clients=first)
            yield now + LOOKED_AT_AFTER
            if late:
                self.source.take(
                    began, now + WRITTEN_AFTER + LATE, final=False, clients=late
                )
                yield now + LOOKED_AT_AFTER + LATE
            if ends:
                now += state.gap
                began, length = now, self._run_length()
                self.simulation.next_run()
