"""The messages between engine and console; later work adds to the list."""

from __future__ import annotations

import msgspec

from dqmconsole.model.frame import Frame
from dqmconsole.model.layout import ReferenceMode
from dqmconsole.model.problem import Problem
from dqmconsole.model.site import Site


class Hello(msgspec.Struct, frozen=True, tag="hello", gc=False):
    """The engine's first word.

    Attributes:
        version: version of the program it runs.
        pid: its process.
        source: the source as a person would name it.
        banner: "DEMO", "REPLAY", ... when the data are not the detector's, else "".
    """

    version: str
    pid: int
    source: str
    banner: str = ""


class SiteMessage(msgspec.Struct, frozen=True, tag="site", gc=False):
    """The site, at the start and whenever it changed."""

    site: Site


class FoundItem(msgspec.Struct, frozen=True, gc=False):
    """One monitor element of the source: its path, kind and entries (or None)."""

    path: str
    kind: str
    entries: float | None = None


class Found(msgspec.Struct, frozen=True, tag="found", gc=False):
    """Answer to Search: the first `limit` elements and how many there are."""

    request: int
    run: int
    items: tuple[FoundItem, ...]
    total: int


class Children(msgspec.Struct, frozen=True, tag="children", gc=False):
    """Answer to Browse: what lies in one folder of the source."""

    request: int
    run: int
    folder: str
    folders: tuple[str, ...]
    items: tuple[FoundItem, ...]


class Receipt(msgspec.Struct, frozen=True, tag="receipt", gc=False):
    """A request was done, or refused with a reason."""

    request: int
    done: bool
    sentence: str = ""


class Problems(msgspec.Struct, frozen=True, tag="problems", gc=False):
    """Problems that belong to no frame (the engine could not start its source)."""

    problems: tuple[Problem, ...]


class Open(msgspec.Struct, frozen=True, tag="open", gc=False):
    """The console's first word: what to open.

    Attributes:
        source: file, folder, or "replay:FOLDER".
        site: folder of the site; "" for the bundled one.
        reference: a ROOT file that overrides all rules, or "".
        banner: "DEMO", "REPLAY" or "".
        speed: for a replay: seconds of the run per second.
    """

    source: str
    site: str = ""
    reference: str = ""
    banner: str = ""
    speed: float = 1.0


class WatchItem(msgspec.Struct, frozen=True, gc=False):
    """One plot somebody looks at.

    Attributes:
        key: the plot's key, or the bare path of any element.
        path: path of the monitor element.
        width, height: pixels of the plotting area, for maps.
        mode: how the reference is compared; None takes the layout's.
        whole: send a map with every bin (the detail view).
    """

    key: str
    path: str
    width: int
    height: int
    mode: ReferenceMode | None = None
    whole: bool = False


class Watch(msgspec.Struct, frozen=True, tag="watch", gc=False):
    """All that is visible now; replaces the Watch before. Answered at once."""

    items: tuple[WatchItem, ...]


class Search(msgspec.Struct, frozen=True, tag="search", gc=False):
    """Find elements whose path contains all words of `text`, case ignored."""

    request: int
    text: str
    limit: int = 200


class Browse(msgspec.Struct, frozen=True, tag="browse", gc=False):
    """List one folder ("" for the top) of the current run."""

    request: int
    folder: str


class Ping(msgspec.Struct, frozen=True, tag="ping", gc=False):
    """The console's heart-beat."""

    sent: float


Up = Hello | SiteMessage | Frame | Found | Children | Receipt | Problems
Down = Open | Watch | Search | Browse | Ping
