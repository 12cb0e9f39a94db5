"""What a source holds: search over all elements of the run, and one folder of it."""

from __future__ import annotations

import heapq
import logging
import time
from typing import TYPE_CHECKING

from dqmconsole.model.message import Children, Found, FoundItem
from dqmconsole.model.problem import Problem
from dqmconsole.model.search import Query, folded
from dqmconsole.rootio.errors import RootFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmconsole.model.histogram import Scalar
    from dqmconsole.model.message import Browse, Search
    from dqmconsole.sources.source import Source

_log = logging.getLogger(__name__)
_CHUNK = 256  # elements between two looks at the clock


class Catalogue:
    """The full list of elements, made once per run when somebody searches.

    It is made again when the run changes, or another client has entered it. Both
    listing and searching stop for breath when the slice is over.

    Args:
        source: the source.
        clock: a monotonic clock, s, for the slices.

    Attributes:
        problems: what kept the list of this run from being whole.
    """

    def __init__(
        self, source: Source, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._source = source
        self._clock = clock
        self._of: object = None
        self._ended_early = False
        self._run = 0
        self._paths: list[str] = []
        self._folded: list[str] = []
        self._kinds: list[str] = []
        self._listing: Iterator[None] | None = None
        self._searches: dict[int, Search] = {}
        self._at = 0
        self._hits: list[tuple[float, int]] = []
        self.problems: tuple[Problem, ...] = ()

    @property
    def pending(self) -> int:
        """Searches still to be answered."""
        return len(self._searches)

    def search(self, search: Search) -> None:
        """Queue a search; a newer one replaces those not yet answered."""
        self._searches = {search.request: search}
        self._at, self._hits = 0, []
        if self._ended_early:
            self._of, self._ended_early = None, False  # listed again

    def work(self, run: int, clients: frozenset[str], until: float) -> list[Found]:
        """List and search until the clock says `until`; what was found.

        Args:
            run: the current run.
            clients: the subsystems that have entered it.
            until: by the clock.
        """
        if not self._searches:
            return []
        if self._of != (run, clients):
            self._of, self._run = (run, clients), run
            self._paths, self._folded, self._kinds = [], [], []
            self._listing = self._list(run)
            self._at, self._hits = 0, []
            self.problems = ()
        while self._listing is not None:
            try:
                next(self._listing)
            except StopIteration:
                self._listing = None
            except (RootFileError, OSError) as error:
                _log.warning("the list of run %d ends early: %s", run, error)
                words = f"the list of elements ends early, searches miss some: {error}"
                self.problems = (Problem(words, self._source.name, kind="source"),)
                self._listing = None
                self._ended_early = True
            if self._clock() >= until:
                return []
        return self._search(until)

    def children(self, run: int, request: Browse) -> Children:
        """What lies in one folder of a run; nothing where it cannot be read."""
        folders: tuple[str, ...] = ()
        items: list[FoundItem] = []
        path = request.folder.strip("/")
        try:
            folder = self._source.folder(run, path)
        except (RootFileError, OSError):
            folder = None  # the source's problems say why
        if folder is not None:
            prefix = f"{path}/" if path else ""
            folders = tuple(sorted(folder.folders))
            items += [
                FoundItem(prefix + name, key.root_class)
                for name, key in folder.elements.items()
            ]
            items += [
                FoundItem(prefix + name, _kind(scalar))
                for name, scalar in folder.scalars.items()
            ]
            items.sort(key=lambda item: item.path)
        return Children(request.request, run, path, folders, tuple(items))

    def _list(self, run: int) -> Iterator[None]:
        for count, entry in enumerate(self._source.entries(run)):
            self._paths.append(entry.path)
            self._folded.append(folded(entry.path))
            self._kinds.append(entry.kind)
            if count % _CHUNK == 0:
                yield

    def _search(self, until: float) -> list[Found]:
        request, search = next(iter(self._searches.items()))
        query = Query.of(search.text)
        while self._at < len(self._folded):
            end = self._at + _CHUNK
            for at, path in enumerate(self._folded[self._at : end], start=self._at):
                if query.may_fit(path):
                    rank = query.rank(self._paths[at])
                    if rank:
                        self._hits.append((-rank, at))
            self._at = end
            if self._clock() >= until and self._at < len(self._folded):
                return []
        del self._searches[request]
        items = tuple(
            FoundItem(self._paths[at], self._kinds[at])
            for _, at in heapq.nsmallest(search.limit, self._hits)
        )
        return [Found(request, self._run, items, len(self._hits))]


def _kind(scalar: Scalar) -> str:
    if isinstance(scalar.value, str):
        return "text"
    return "int" if isinstance(scalar.value, int) else "float"
