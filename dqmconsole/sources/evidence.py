"""An evidence bundle as a source: its elements, which never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.layout import subsystem_of
from dqmconsole.rootio.dqmfile import FileEntry, Folder
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.rootio.keys import Key
from dqmconsole.site.bundle import BundleError, read_bundle
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.frame import RunFact
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import QualityResult
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import Client, RunState
    from dqmconsole.site.evidence import Bundle

    Elements = dict[str, Element]

BANNER = "EVIDENCE"


class EvidenceFile:
    """A :class:`~dqmconsole.sources.source.Source` on an evidence bundle.

    Args:
        path: the file.

    Attributes:
        bundle: all that is in it.

    Raises:
        SourceError: it is no bundle, is damaged, or was written by a newer program.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.bundle: Bundle = read_bundle(path)
        except BundleError as error:
            raise SourceError(str(error)) from error
        self.name = str(path)
        of = self.bundle.manifest.banner
        # What was simulated or replayed stays so in evidence of it.
        self.banner = f"{BANNER} {of}" if of else BANNER
        self._new = True
        self._elements: dict[int, Elements] = {}
        self._qualities: dict[tuple[int, str], tuple[QualityResult, ...]] = {}
        for kept in self.bundle.plots:
            elements = self._elements.setdefault(kept.tile.run, {})
            if kept.element is not None:
                elements[kept.tile.path] = kept.element
                self._qualities[kept.tile.run, kept.tile.path] = kept.qualities
            if kept.tile.picture is not None:
                pairs = zip(kept.overlays, kept.tile.picture.overlays, strict=False)
                elements |= {
                    path: overlay for path, overlay in pairs if path not in elements
                }
        self._elements.pop(0, None)

    def poll(self, now: float) -> bool:
        """Nothing changes; True the first time."""
        del now
        new, self._new = self._new, False
        return new

    @property
    def ready(self) -> bool:
        """Always."""
        return True

    @property
    def current_run(self) -> int:
        """The run that was current, if a plot shows it, else the newest shown."""
        run = self.bundle.manifest.run.run
        return run if run in self._elements else max(self._elements, default=0)

    def runs(self) -> tuple[int, ...]:
        """The runs that plots show."""
        return tuple(sorted(self._elements))

    def run_state(self, run: int) -> RunState:
        """As it was; see :class:`Source`."""
        del run
        return self.bundle.manifest.run.state

    @property
    def recorded(self) -> float | None:
        """As it was; see :class:`Source`."""
        return self.bundle.manifest.run.recorded

    def clients(self, now: float) -> tuple[Client, ...]:
        """As they were; see :class:`Source`."""
        del now
        return self.bundle.manifest.run.clients

    def version(self, run: int, subsystem: str) -> int:
        """1 for what is there; see :class:`Source`."""
        paths = self._elements.get(run, {})
        return int(any(subsystem_of(path) == subsystem for path in paths))

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder, or None; see :class:`Source`."""
        prefix = f"{path}/" if path else ""
        elements = self._elements.get(run, {})
        below = {
            each.removeprefix(prefix): element
            for each, element in elements.items()
            if each.startswith(prefix)
        }
        if not below:
            return None
        here = {name: each for name, each in below.items() if "/" not in name}
        return Folder(
            path,
            tuple(sorted({name.partition("/")[0] for name in below if "/" in name})),
            {
                name: _key(name, each)
                for name, each in here.items()
                if not isinstance(each, Scalar)
            },
            {name: each for name, each in here.items() if isinstance(each, Scalar)},
            self._qualities_in(run, prefix, here),
            frozenset(
                name
                for name, each in here.items()
                if isinstance(each, Histogram) and each.efficiency
            ),
        )

    def element(self, run: int, path: str) -> Element:
        """One element; see :class:`Source`."""
        elements = self._elements.get(run, {})
        try:
            return elements[path]
        except KeyError:
            raise NotInFileError(self.name, path, elements) from None

    def producers(self, run: int, path: str) -> int:
        """One: what is kept is shown as it was."""
        del run, path
        return 1

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element of a run; see :class:`Source`."""
        for path, element in self._elements.get(run, {}).items():
            key = _key(path.rpartition("/")[2], element)
            yield FileEntry(path, _kind(element), key)

    def facts(self) -> tuple[RunFact, ...]:
        """None: nothing happens in it."""
        return ()

    def problems(self) -> tuple[Problem, ...]:
        """None: a bundle that is not whole is not opened."""
        return ()

    def close(self) -> None:
        """Nothing is open."""

    def _qualities_in(
        self, run: int, prefix: str, names: Mapping[str, object]
    ) -> dict[str, tuple[QualityResult, ...]]:
        found = {name: self._qualities.get((run, prefix + name), ()) for name in names}
        return {name: results for name, results in found.items() if results}


def _key(name: str, element: Element) -> Key:
    kind = "TObjString" if isinstance(element, Scalar) else element.root_class
    return Key(name, 1, kind, 0, 0, 0, 0)


def _kind(element: Element) -> str:
    if not isinstance(element, Scalar):
        return element.root_class
    if isinstance(element.value, str):
        return "text"
    return "int" if isinstance(element.value, int) else "float"
