"""A source without files, a link without sockets, and a site without YAML."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.run import Client, RunState
from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.dqmfile import Folder
from dqmconsole.rootio.errors import BeingReadError, NotInFileError, RootFileError
from dqmconsole.rootio.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.graph import Element

PATHS = ConditionPaths(
    lumisection="{subsystem}/EventInfo/iLumiSection",
    events="{subsystem}/EventInfo/processedEvents",
    timestamp="{subsystem}/EventInfo/processTimeStamp",
    started="{subsystem}/EventInfo/runStartTimeStamp",
)
FILE = "fake.root"


def line(name: str, values: list[float], **more: object) -> Histogram:
    """A 1-D histogram with empty flow bins."""
    contents = np.array([0.0, *values, 0.0])
    more.setdefault("axes", (Axis(len(values), 0.0, float(len(values))),))
    more.setdefault("entries", float(np.nansum(contents)))
    return Histogram(name, name, "TH1F", contents=contents, **more)


def a_map(name: str, values: object) -> Histogram:
    """A 2-D histogram with empty flow bins."""
    inner = np.asarray(values, dtype=np.float32)
    contents = np.zeros((inner.shape[0] + 2, inner.shape[1] + 2), np.float32, order="F")
    contents[1:-1, 1:-1] = inner
    axes = tuple(Axis(size, 0.0, float(size)) for size in inner.shape)
    return Histogram(name, name, "TH2F", axes, contents)


def quality(name: str, code: int, value: float = 0.9, words: str = "") -> QualityResult:
    """One quality result."""
    return QualityResult(name, "Threshold", code, value, "ContentsYRange", words)


def fake_folder(
    path: str,
    elements: dict[str, Element],
    results: dict[str, tuple[QualityResult, ...]],
) -> Folder | None:
    """The folder of that path, as a file would have it."""
    prefix = f"{path}/" if path else ""
    below = [name.removeprefix(prefix) for name in elements if name.startswith(prefix)]
    if not below:
        return None
    here = {name: elements[prefix + name] for name in below if "/" not in name}
    return Folder(
        path,
        tuple({name.partition("/")[0]: None for name in below if "/" in name}),
        {
            name: Key(name, 1, found.root_class, 0, 0, 0, 0)
            for name, found in here.items()
            if not isinstance(found, Scalar)
        },
        {name: found for name, found in here.items() if isinstance(found, Scalar)},
        {name: results[prefix + name] for name in here if prefix + name in results},
        frozenset(),
    )


class FakeSource:
    """A source whose runs are dictionaries, and that counts what it is asked."""

    def __init__(self) -> None:
        self.name = "fake"
        self.banner = ""
        self.current_run = 0
        self.ready = True
        self.recorded: float | None = None
        self.shared: dict[str, int] = {}
        self.states: dict[int, RunState] = {}
        self.served: dict[str, Client] = {}
        self.elements: dict[int, dict[str, Element]] = {}
        self.results: dict[int, dict[str, tuple[QualityResult, ...]]] = {}
        self.versions: dict[tuple[int, str], int] = {}
        self.told: list[Any] = []
        self.wrong: tuple[Any, ...] = ()
        self.broken: dict[str, str] = {}
        self.reading: set[str] = set()
        self.asked: list[str] = []
        self.listed = 0
        self.changed = False
        self.closed = False

    # -- for tests -----------------------------------------------------------

    def snapshot(
        self,
        run: int,
        subsystem: str,
        elements: Mapping[str, Element],
        results: Mapping[str, tuple[QualityResult, ...]] | None = None,
        **client: object,
    ) -> None:
        """Another snapshot of a subsystem is in use."""
        self.current_run = max(self.current_run, run)
        self.states.setdefault(run, RunState.RUNNING)
        kept = self.elements.setdefault(run, {})
        for path in [path for path in kept if path.startswith(f"{subsystem}/")]:
            del kept[path]
        kept.update(elements)
        self.results.setdefault(run, {}).update(results or {})
        key = (run, subsystem)
        self.versions[key] = self.versions.get(key, 0) + 1
        base: dict[str, Any] = {"state": "live", "lumisection": 10, "produced": 100.0}
        self.served[subsystem] = Client(subsystem, run, **(base | client))
        self.changed = True

    # -- the protocol --------------------------------------------------------

    def poll(self, now: float) -> bool:
        del now
        changed, self.changed = self.changed, False
        return changed

    def runs(self) -> tuple[int, ...]:
        return tuple(sorted(self.elements))

    def run_state(self, run: int) -> RunState:
        return self.states.get(run, RunState.RUNNING)

    def clients(self, now: float) -> tuple[Client, ...]:
        del now
        return tuple(self.served[name] for name in sorted(self.served))

    def version(self, run: int, subsystem: str) -> int:
        return self.versions.get((run, subsystem), 0)

    def folder(self, run: int, path: str) -> Folder | None:
        self.asked.append(f"{path}/")
        if path in self.broken:
            raise RootFileError(FILE, self.broken[path], path)
        return fake_folder(path, self.elements.get(run, {}), self.results.get(run, {}))

    def producers(self, run: int, path: str) -> int:
        del run
        return self.shared.get(path, 1)

    def element(self, run: int, path: str) -> Element:
        self.asked.append(path)
        if path in self.broken:
            raise RootFileError(FILE, self.broken[path], path)
        if path in self.reading:
            raise BeingReadError(FILE, "TH2Poly", path)
        try:
            return self.elements[run][path]
        except KeyError:
            raise NotInFileError(FILE, path, self.elements.get(run, {})) from None

    def entries(self, run: int) -> Iterator[Any]:
        self.listed += 1
        for path, element in self.elements.get(run, {}).items():
            yield SimpleNamespace(path=path, kind=type(element).__name__)

    def facts(self) -> tuple[Any, ...]:
        told, self.told = tuple(self.told), []
        return told

    def problems(self) -> tuple[Any, ...]:
        return self.wrong

    def close(self) -> None:
        self.closed = True


class FakeLink:
    """The engine's end of a link, and what the console would see."""

    def __init__(self) -> None:
        self.incoming: list[Any] = []
        self.sent: list[Any] = []

    def put(self, message: object) -> None:
        self.sent.append(message)

    def receive(self) -> list[Any]:
        incoming, self.incoming = self.incoming, []
        return incoming
