"""What the loop serves: a source judged by a site, or an evidence bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dqmconsole.engine.bundle_view import BundleView
from dqmconsole.engine.context import SourceContext
from dqmconsole.site.bundle import is_bundle
from dqmconsole.site.kinds import CORE
from dqmconsole.sources.evidence import EvidenceFile
from dqmconsole.sources.open import open_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.engine.catalogue import Catalogue
    from dqmconsole.engine.changes import Change
    from dqmconsole.model.frame import Fact, Tile
    from dqmconsole.model.message import (
        AddWords,
        Browse,
        Children,
        DrawExamples,
        Found,
        MakeEvidence,
        Open,
        Up,
        WatchItem,
    )
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables

    class Named(Protocol):
        """A source as the console names it."""

        name: str
        banner: str

    class EngineContext(Protocol):
        """What an engine works on; see :class:`context.SourceContext`."""

        site: Site
        catalogue: Catalogue
        moment: float | None

        @property
        def source(self) -> Named:
            """The source."""

        @property
        def pending(self) -> int:
            """Pieces of work that wait."""

        @property
        def drawing(self) -> bool:
            """Tell whether watched plots are still to be looked at."""

        def watch(self, items: tuple[WatchItem, ...]) -> None:
            """Replace what is watched."""

        def header(self) -> RunInfo:
            """The run header."""

        def poll(self, now: float) -> None:
            """Take in what is new."""

        def draw(self, until: float) -> list[Tile]:
            """Draw the watched plots that changed."""

        def judge(self, until: float) -> None:
            """Judge what is queued."""

        def find(self, until: float) -> list[Found]:
            """Search."""

        def children(self, request: Browse) -> Children:
            """What lies in one folder."""

        def draw_examples(
            self, request: DrawExamples, changes: Mapping[str, Change]
        ) -> None:
            """Draw the examples of an instruction."""

        def make_evidence(self, request: MakeEvidence, now: float, banner: str) -> None:
            """Gather what is in view, and write it."""

        def add_words(self, request: AddWords) -> None:
            """Put the shifter's words into a bundle made before."""

        def answers(self, until: float) -> list[Up]:
            """Go on with what was asked for; what is done."""

        def take_facts(self) -> list[Fact]:
            """What happened since the last call."""

        def source_problems(self) -> tuple[Problem, ...] | None:
            """The problems of the source when they changed."""

        def renew_site(self) -> bool:
            """Tell whether the site was read again."""

        def take_up(self, number: int) -> bool:
            """Read another release of the site."""

        def close(self) -> None:
            """Close all files."""


def bundle_stamp(request: Open) -> tuple[int, int, int] | None:
    """Inode, size and mtime (ns) of an evidence bundle that is to be opened.

    One that was refused is refused again until they change. None for other sources.
    """
    path = Path(request.source).expanduser()
    if not is_bundle(path):
        return None
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def serve(request: Open, tables: SiteTables = CORE) -> EngineContext:
    """Open what the console asks for.

    Args:
        request: the source, and the site that judges it.
        tables: what features add to a site.

    Raises:
        SourceError: the text names no source, or a bundle that cannot be read.
        OSError: it cannot be reached.
    """
    if is_bundle(Path(request.source)):
        source = open_source(request.source)
        if isinstance(source, EvidenceFile):
            return BundleView(source, parts={e.name: e.blank for e in tables.kinds})
        source.close()  # a folder of such a name
    return SourceContext.of(request, tables)
