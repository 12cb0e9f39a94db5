"""Monitor elements as the engine has them: decoded once, and inspected for the judge.

Judging needs the folder's list of keys only; the histogram itself is decoded just
where a test calls it good, for what holds no number must not pass as good.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.graph import Collection, Graph
from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.model.layout import subsystem_of
from dqmconsole.rootio.errors import (
    BeingReadError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.sources.clients import part_words
from dqmconsole.sources.open_files import SeveralProducersError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Plot
    from dqmconsole.rootio.dqmfile import Folder
    from dqmconsole.sources.source import Source

OK_CODE = 100  # of a quality result, as CMS has it (DQMDefinitions.h)
KEPT_BYTES = 128 << 20
NOT_READ = (NotInFileError, UnreadableClassError, RootFileError, OSError)
# What a bug or a freak of the data may raise while one plot is judged or drawn:
# that plot says so, the rest goes on.
PLOT_ERRORS = (
    *(ValueError, KeyError, ArithmeticError, IndexError, TypeError),
    MemoryError,  # it is too large for this machine
)
_SCALAR_BYTES = 200
_NEAREST = 3


class Inspection(msgspec.Struct, frozen=True, gc=False):
    """What the source has of one plot's element at one moment.

    Attributes:
        found: the element is in the latest snapshot; None when nobody could look
            (the client has not entered the run, its file is unreadable).
        nearest: the nearest paths there are, when it was not found.
        results: the producer's quality results for it.
        defect: why its content cannot be trusted ("3 bins hold no number"), "".
        trouble: why its folder could not be read, "" when it could.
        lost: overlays that are not in the snapshot.
        reading: another process is reading its content: to be looked at again.
    """

    found: bool | None = None
    nearest: tuple[str, ...] = ()
    results: tuple[QualityResult, ...] = ()
    defect: str = ""
    trouble: str = ""
    lost: tuple[str, ...] = ()
    reading: bool = False


class Elements:
    """Elements of a source by (run, path), each decoded once per snapshot.

    Args:
        source: where they come from.
        room: bytes of bins kept; the longest unused go first.
        decoded: is told of each element that was decoded: run, path, version, it.
    """

    def __init__(
        self,
        source: Source,
        room: int = KEPT_BYTES,
        decoded: Callable[[int, str, int, Element], None] | None = None,
    ) -> None:
        self._source = source
        self._room = room
        self._decoded = decoded
        self._former: Mapping[str, tuple[str, ...]] = {}
        self._names: dict[tuple[int, str], tuple[int, str]] = {}
        self._kept: OrderedDict[tuple[int, str], tuple[int, Element]] = OrderedDict()
        self._missing: dict[tuple[int, str], int] = {}
        self._bytes = 0

    def use_names(self, plots: Iterable[Plot]) -> None:
        """Take elements by the names that they had, where the source knows no other."""
        self._former = {plot.path: plot.formerly for plot in plots if plot.formerly}
        self._names.clear()

    def named(self, run: int, path: str) -> str:
        """What the source calls an element: its path, or a name that it had."""
        others = self._former.get(path)
        if others is None or not run:
            return path
        version = self.version(run, path)
        kept = self._names.get((run, path))
        if kept is None or kept[0] != version:
            names = (each for each in (path, *others) if self._has(run, each))
            kept = self._names[run, path] = (version, next(names, path))
        return kept[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the bins held."""
        return self._bytes

    def version(self, run: int, path: str) -> int:
        """Grow whenever another snapshot of a path is in use; 0: there is none."""
        return self._source.version(run, subsystem_of(path))

    def element(self, run: int, path: str) -> Element:
        """One element of the latest snapshot; see ``Source.element``."""
        version = self.version(run, path)
        key = (run, path)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            self._kept.move_to_end(key)
            return kept[1]
        element = self._source.element(run, self.named(run, path))
        self._drop(key)
        self._kept[key] = (version, element)
        self._bytes += _size(element)
        if self._decoded is not None:
            self._decoded(run, path, version, element)
        while self._bytes > self._room and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))
        return element

    def readable(self, run: int, path: str) -> Element | None:
        """One element of the latest snapshot; None where it cannot be read.

        That one is not there is found but once in each snapshot: it costs much.
        """
        key, version = (run, path), self.version(run, path)
        if self._missing.get(key) == version:
            return None
        try:
            return self.element(run, path)
        except NotInFileError:
            self._missing[key] = version
        except NOT_READ:
            pass
        return None

    def keep_runs(self, runs: tuple[int, ...]) -> None:
        """Drop the elements of all other runs."""
        for key in [key for key in self._kept if key[0] not in runs]:
            self._drop(key)
        self._missing = {
            key: version for key, version in self._missing.items() if key[0] in runs
        }
        self._names = {
            key: named for key, named in self._names.items() if key[0] in runs
        }

    def producers(self, run: int, path: str) -> int:
        """How many write an element at once; 1 where that cannot be read."""
        try:
            return self._source.producers(run, self.named(run, path))
        except (RootFileError, OSError):
            return 1  # the verdict says what cannot be read

    def qualities(self, run: int, path: str) -> tuple[QualityResult, ...]:
        """The producer's quality results of an element, as far as they can be read."""
        folder, _, name = self.named(run, path).rpartition("/")
        try:
            found = self._source.folder(run, folder) if run else None
        except NOT_READ:
            return ()
        return () if found is None else tuple(found.qualities.get(name, ()))

    def inspect(self, run: int, plot: Plot, earlier: Inspection) -> Inspection:
        """See what the source has of a plot.

        Args:
            run: the run.
            plot: the plot.
            earlier: what was seen the last time: looking for the nearest paths costs
                a thousand times what finding an element does, and is not repeated.
        """
        try:
            folder, name = self._home(run, self.named(run, plot.path))
            lost = tuple(path for path in plot.overlay if not self._has(run, path))
            if folder is None:
                nearest = earlier.nearest or self._nearest(run, plot.path)
                return Inspection(found=False, nearest=nearest, lost=lost)
        except (RootFileError, OSError) as error:
            return Inspection(trouble=reason_of(error))
        results = folder.qualities.get(name, ())
        defect = ""
        if any(result.code == OK_CODE for result in results):
            try:
                defect = defect_of(self.element(run, plot.path))
            except BeingReadError:
                return Inspection(found=True, results=results, lost=lost, reading=True)
            except NOT_READ as error:
                defect = f"it cannot be read ({reason_of(error)})"
        return Inspection(found=True, results=results, defect=defect, lost=lost)

    def of_one_producer(self, run: int, path: str, inspected: Inspection) -> Inspection:
        """The same, with a defect where several write the element: nobody saw all."""
        if not inspected.found or inspected.defect:
            return inspected
        try:
            producers = self._source.producers(run, self.named(run, path))
        except (RootFileError, OSError) as error:
            return Inspection(trouble=reason_of(error))
        if producers < 2:
            return inspected
        defect = f"it is of {part_words(producers)}"
        try:
            self.element(run, path)
        except SeveralProducersError as error:
            defect = error.what
        except NOT_READ:
            pass  # the verdict says it
        return msgspec.structs.replace(inspected, defect=defect)

    def _home(self, run: int, path: str) -> tuple[Folder | None, str]:
        """The folder of an element and its name there; names may contain "/"."""
        cut = len(path)
        while cut > 0:
            cut = path.rfind("/", 0, cut)
            folder = self._source.folder(run, path[: max(cut, 0)])
            if folder is None:
                continue
            name = path[cut + 1 :]
            if name in folder.elements or name in folder.scalars:
                return folder, name
        return None, ""

    def _has(self, run: int, path: str) -> bool:
        try:
            return self._home(run, path)[0] is not None
        except (RootFileError, OSError):
            return True  # whatever it is, the layout is not to blame

    def _nearest(self, run: int, path: str) -> tuple[str, ...]:
        try:
            self._source.element(run, path)
        except NotInFileError as error:
            return tuple(error.nearest[:_NEAREST])
        except (RootFileError, OSError):
            return ()
        return ()

    def _drop(self, key: tuple[int, str]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= _size(kept[1])


def reason_of(error: Exception) -> str:
    """Why something cannot be read, without its place: the tile knows that."""
    if isinstance(error, RootFileError):
        return error.what
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def defect_of(element: Element) -> str:
    """Say which contents are no number (NaN or infinite); "" when all are.

    Of a collection, those of the first part that has any.
    """
    if isinstance(element, Scalar):
        if isinstance(element.value, float) and not np.isfinite(element.value):
            return f"its value is no number ({element.value})"
        return ""
    if isinstance(element, Collection):
        found = ((part.name, defect_of(part)) for part in element.parts)
        return next((f"in {name}, {words}" for name, words in found if words), "")
    if isinstance(element, Graph):
        arrays = (element.x, element.y, *(element.x_errors or ()))
        arrays += element.y_errors or ()
        lost = max(map(_not_finite, arrays))
        if lost:
            points = "1 point holds" if lost == 1 else f"{lost:,} points hold"
            return f"{points} no number (NaN or infinite)"
        return ""
    parts: tuple[Array | None, ...] = (element.contents, element.sumw2)
    if isinstance(element, Histogram):
        parts += (element.bin_entries, element.bin_sumw2)
    lost = max((_not_finite(part) for part in parts if part is not None), default=0)
    if lost:
        bins = "1 bin holds" if lost == 1 else f"{lost:,} bins hold"
        return f"{bins} no number (NaN or infinite)"
    return ""


def _not_finite(array: Array) -> int:
    if array.dtype.kind != "f":
        return 0
    # One sum is enough for all; only when it is odd is each bin looked at.
    with np.errstate(all="ignore"):
        total = array.sum(dtype=np.float64)
    if np.isfinite(total):
        return 0
    return int(array.size - np.count_nonzero(np.isfinite(array)))


def _size(element: Element) -> int:
    return _SCALAR_BYTES if isinstance(element, Scalar) else element.nbytes
