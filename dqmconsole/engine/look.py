"""A look at one element or one folder of a source: what the judge and a browser need.

Judging needs the folder's list of keys only; the histogram itself is decoded just
where a test calls it good, for what holds no number must not pass as good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.evidence import Evidence, defect_of, reason_of
from dqmconsole.engine.judge import OK_CODE
from dqmconsole.model.message import Browse, Children, FoundItem
from dqmconsole.rootio.errors import (
    BeingReadError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.sources.states import part_words

if TYPE_CHECKING:
    from dqmconsole.engine.store import Store
    from dqmconsole.model.histogram import Scalar
    from dqmconsole.model.layout import Plot
    from dqmconsole.rootio.dqmfile import Folder
    from dqmconsole.sources.source import Source

_NEAREST = 3


def look(
    source: Source, store: Store, run: int, plot: Plot, earlier: Evidence
) -> Evidence:
    """See what a source has of a plot.

    Args:
        source: the source.
        store: decodes its elements.
        run: the run.
        plot: the plot.
        earlier: what was seen the last time: looking for the nearest paths costs
            a thousand times what finding an element does, and is not repeated.
    """
    try:
        folder, name = _home(source, run, plot.path)
        lost = tuple(path for path in plot.overlay if not _has(source, run, path))
        if folder is None:
            nearest = earlier.nearest or _nearest(source, run, plot.path)
            return Evidence(found=False, nearest=nearest, lost=lost)
    except (RootFileError, OSError) as error:
        return Evidence(trouble=reason_of(error))
    results = folder.qualities.get(name, ())
    defect = ""
    if any(result.code == OK_CODE for result in results):
        try:
            defect = defect_of(store.element(run, plot.path))
        except BeingReadError:
            return Evidence(found=True, results=results, lost=lost, reading=True)
        except (UnreadableClassError, RootFileError, NotInFileError, OSError) as error:
            defect = f"it cannot be read ({reason_of(error)})"
    return Evidence(found=True, results=results, defect=defect, lost=lost)


def of_one_producer(
    source: Source, run: int, path: str, evidence: Evidence
) -> Evidence:
    """The evidence, with a defect where several write the element: nobody saw all."""
    if not evidence.found or evidence.defect:
        return evidence
    try:
        producers = source.producers(run, path)
    except (RootFileError, OSError) as error:
        return Evidence(trouble=reason_of(error))
    if producers < 2:
        return evidence
    defect = f"it is of {part_words(producers)}"
    return msgspec.structs.replace(evidence, defect=defect)


def children(source: Source, run: int, request: Browse) -> Children:
    """What lies in one folder of a run; nothing where it cannot be read."""
    folders: tuple[str, ...] = ()
    items: list[FoundItem] = []
    path = request.folder.strip("/")
    try:
        folder = source.folder(run, path)
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


def _kind(scalar: Scalar) -> str:
    if isinstance(scalar.value, str):
        return "text"
    return "int" if isinstance(scalar.value, int) else "float"


def _home(source: Source, run: int, path: str) -> tuple[Folder | None, str]:
    """The folder that holds an element and its name there; names may contain "/"."""
    cut = len(path)
    while cut > 0:
        cut = path.rfind("/", 0, cut)
        folder = source.folder(run, path[: max(cut, 0)])
        if folder is None:
            continue
        name = path[cut + 1 :]
        if name in folder.elements or name in folder.scalars:
            return folder, name
    return None, ""


def _has(source: Source, run: int, path: str) -> bool:
    try:
        return _home(source, run, path)[0] is not None
    except (RootFileError, OSError):
        return True  # whatever it is, the layout is not to blame


def _nearest(source: Source, run: int, path: str) -> tuple[str, ...]:
    try:
        source.element(run, path)
    except NotInFileError as error:
        return tuple(error.nearest[:_NEAREST])
    except (RootFileError, OSError):
        return ()
    return ()
