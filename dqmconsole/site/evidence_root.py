"""The histograms of an evidence bundle in one ROOT file, exactly.

What ROOT has a class for is written as that class, data where a DQM file has them
(``DQMData/Run N/...``), references below ``Reference/Run N/``, so that any tool of
ROOT's reads them. Of what it has none for, each array is a histogram of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from dqmconsole.link.codec import encoder
from dqmconsole.model.graph import Graph, Polygons
from dqmconsole.model.histogram import (
    Array,
    Axis,
    Histogram,
    QualityResult,
    Scalar,
    read_only,
)
from dqmconsole.rootio.apart import SECONDS, STARTING
from dqmconsole.rootio.encode import WRITABLE_CLASSES, UnwritableError, encode_histogram
from dqmconsole.rootio.errors import UnreadableClassError
from dqmconsole.rootio.file import Limits, RootFile
from dqmconsole.rootio.write import dqm_tree, root_steps

if TYPE_CHECKING:
    from collections.abc import Generator

Element = Histogram | Scalar | QualityResult
_Name = Literal["contents", "sumw2", "bin_entries", "bin_sumw2"]
_ARRAYS: tuple[_Name, ...] = ("contents", "sumw2", "bin_entries", "bin_sumw2")
_LETTERS = {"i1": "C", "i2": "S", "i4": "I", "i8": "L", "f4": "F", "f8": "D"} | {
    "b1": "C", "u1": "S", "u2": "I", "u4": "L", "u8": "L"
}  # fmt: skip
_LONGEST_NAME = 1000  # characters; a key of ROOT's has room for some more
# Between these ROOT can write a time.
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_LATEST = datetime(2057, 12, 31, tzinfo=UTC)


class StoredHistogram(msgspec.Struct, frozen=True):
    """Where the bins of a histogram lie, and all else of it.

    Attributes:
        folder: its directory in the ROOT file.
        histogram: all but its arrays.
        dtypes: name of each array it has -> its number type.
        object: its name in the directory; "" when each array is an object there.
    """

    folder: str
    histogram: Histogram
    dtypes: dict[str, str]
    object: str = ""


class StoredArrays(msgspec.Struct, frozen=True):
    """Where the arrays of a graph, or of polygons, lie: each a histogram of its own.

    Attributes:
        folder: their directory in the ROOT file.
        sizes: name of each -> how many numbers it has; of none there is no object.
    """

    folder: str
    sizes: dict[str, int]


class RootWriting:
    """A ROOT file that is being put together."""

    def __init__(self) -> None:
        self._tree: dict[str, list[Element]] = {}
        self._at: dict[str, Histogram] = {}
        self._folders: set[str] = set()
        self._more = 0

    def data(self, run: int, path: str, element: Histogram) -> StoredHistogram:
        """Put a monitor element in, under its path in its run (0: none)."""
        return self._put(_dqm_folder(run, _folder(path, element)), element)

    def reference(self, run: int, path: str, element: Histogram) -> StoredHistogram:
        """Put a reference in, unscaled."""
        return self._put(f"Reference/Run {run}/{_folder(path, element)}", element)

    def arrays(self, of: str, arrays: dict[str, Array]) -> StoredArrays:
        """Put the arrays of an element in that is no histogram.

        Args:
            of: its name.
            arrays: of one dimension, by name.
        """
        self._more += 1
        folder = f"More/{self._more}"
        self._note(folder)
        self._tree[folder] = [
            _flat(of, name, array) for name, array in arrays.items() if array.size
        ]
        sizes = {name: array.size for name, array in arrays.items()}
        return StoredArrays(folder, sizes)

    def others(
        self,
        like: StoredHistogram | None,
        run: int,
        path: str,
        others: tuple[Element, ...],
    ) -> None:
        """Put scalars and quality results in, for other tools.

        Args:
            like: a histogram beside which they belong, or None.
            run: their run; 0 for none.
            path: of their monitor element.
            others: what is put in.
        """
        folder = _dqm_folder(run, path.rpartition("/")[0])
        if like is not None:
            folder = like.folder
        if self._clashes(f"{folder}/"):
            return
        self._note(folder)
        self._tree.setdefault(folder, []).extend(others)

    def pieces(self, moment: float) -> Generator[None, None, list[bytes]]:
        """The bytes of the file, put together in steps; none where it is empty.

        Args:
            moment: unix time to write into the keys, s.

        Raises:
            UnwritableError: it would be too large.
        """
        if not self._tree:
            return []
        made = min(max(datetime.fromtimestamp(moment, UTC), _EARLIEST), _LATEST)
        return (
            yield from root_steps(
                self._tree, name="data.root", compression="none", made=made
            )
        )

    def _put(self, folder: str, histogram: Histogram) -> StoredHistogram:
        folder = "/".join(part for part in folder.split("/") if part)
        place = f"{folder}/{histogram.name}"
        arrays = {
            name: array
            for name in _ARRAYS
            if (array := getattr(histogram, name)) is not None
        }
        stored = StoredHistogram(
            folder=folder,
            histogram=_without_arrays(histogram),
            dtypes={name: array.dtype.str for name, array in arrays.items()},
            object=histogram.name,
        )
        known = self._at.get(place)
        if known is not None and _equal(known, histogram):
            return stored
        whole = _writable(histogram)
        if whole is None or known is not None or self._clashes(place):
            self._more += 1
            folder = f"More/{self._more}"
            place = f"{folder}/{histogram.name}"
        self._note(folder)
        if whole is not None:
            self._at[place] = histogram
            self._tree.setdefault(folder, []).append(whole)
            return msgspec.structs.replace(stored, folder=folder)
        parts = [_part(histogram, name, array) for name, array in arrays.items()]
        self._tree[folder] = list(parts)
        return msgspec.structs.replace(stored, folder=folder, object="")

    def _note(self, folder: str) -> None:
        while folder:
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]

    def _clashes(self, place: str) -> bool:
        """Tell whether a place is a folder, or one of its folders an element."""
        if place in self._folders:
            return True
        above = place.rpartition("/")[0]
        while above:
            if above in self._at:
                return True
            above = above.rpartition("/")[0]
        return False


class RootReading:
    """The ROOT file of a bundle.

    Args:
        data: its bytes.
        most: bytes of bins that are read from it, over all.

    Raises:
        RootFileError: it is none.
    """

    def __init__(self, data: bytes, most: int) -> None:
        limits = Limits(object_bytes=most, cells=most, keys=100_000)
        # it is read once and whole: nobody asks again
        self._file = RootFile(
            data, name="data.root", limits=limits, patience=STARTING + SECONDS
        )
        walk = self._file.walk(self._file.root)
        self._keys = {each.path: each.listing.objects for each in walk}
        self._read: dict[tuple[str, str], Histogram] = {}
        self._room = most
        self._room_copied = most

    def histogram(self, stored: StoredHistogram) -> Histogram:
        """A histogram as it was stored.

        Raises:
            RootFileError, ValueError: it is not there, damaged, or too large.
        """
        wanted = stored.histogram
        arrays: dict[str, Array] = {}
        axes: tuple[Axis, ...] = ()
        for name, dtype in stored.dtypes.items():
            if name not in _ARRAYS:
                message = f"{wanted.name}: no array is called {name[:40]!r}"
                raise ValueError(message)
            found = self._object(stored.folder, stored.object or name)
            axes = found.axes
            array: Array | None = getattr(found, name if stored.object else "contents")
            if array is None:
                message = f"{wanted.name}: its {name} are missing in data.root"
                raise ValueError(message)
            arrays[name] = self._as(array, dtype)
        if len(axes) != len(wanted.axes) or "contents" not in arrays:
            message = f"{wanted.name}: its bins are missing in data.root"
            raise ValueError(message)
        return msgspec.structs.replace(
            wanted,
            axes=tuple(
                msgspec.structs.replace(axis, variable=found.variable)
                for axis, found in zip(wanted.axes, axes, strict=True)
            ),
            **arrays,
        )

    def arrays(self, stored: StoredArrays) -> dict[str, Array]:
        """Arrays as they were stored, float64.

        Raises:
            RootFileError, ValueError: they are not there, damaged, or too large.
        """
        found: dict[str, Array] = {}
        for name, size in stored.sizes.items():
            held = np.empty(0)
            if size:
                read = self._object(stored.folder, name)
                held = self._as(read.values(), "<f8")
            if held.shape != (size,):
                message = f"data.root has other numbers of {stored.folder}/{name}"
                raise ValueError(message)
            found[name] = read_only(held)
        return found

    def _as(self, array: Array, code: str) -> Array:
        if code[1:] not in _LETTERS:
            message = f"no bins are of the type {code[:40]!r}"
            raise ValueError(message)
        dtype = np.dtype(code)
        if array.dtype == dtype:
            return array
        self._room_copied -= array.size * dtype.itemsize
        if self._room_copied < 0:
            message = "its bins take too much memory"
            raise ValueError(message)
        return array.astype(dtype)

    def _object(self, folder: str, name: str) -> Histogram:
        found = self._read.get((folder, name))
        if found is not None:
            return found
        key = self._keys.get(folder, {}).get(name)
        if key is None or key.root_class not in WRITABLE_CLASSES:
            message = f"data.root has no histogram {folder}/{name}"
            raise ValueError(message)
        self._room -= key.objlen
        if self._room < 0:
            message = "data.root holds too much"
            raise ValueError(message)
        try:
            read = self._file.read(key, f"{folder}/{name}")
        except UnreadableClassError as error:
            raise ValueError(str(error)) from error
        if not isinstance(read, Histogram):
            message = f"data.root has no histogram {folder}/{name}"
            raise TypeError(message)
        self._read[folder, name] = read
        return read


def _folder(path: str, element: Histogram) -> str:
    return path.removesuffix(f"/{element.name}") if "/" in path else ""


def _dqm_folder(run: int, folder: str) -> str:
    """Where a DQM file has a folder of a run."""
    if run <= 0 or not folder.strip("/"):
        return folder
    return next(iter(dqm_tree(run, {folder: ()})))


def _without_arrays(histogram: Histogram) -> Histogram:
    nothing = np.empty(0)
    return msgspec.structs.replace(
        histogram,
        contents=nothing,
        sumw2=None,
        bin_entries=None,
        bin_sumw2=None,
        axes=tuple(
            msgspec.structs.replace(axis, variable=None) for axis in histogram.axes
        ),
    )


def _equal(one: Histogram, other: Histogram) -> bool:
    if one is other:
        return True
    pack = encoder().encode
    return bool(pack(one) == pack(other))


def _writable(histogram: Histogram) -> Histogram | None:
    """The histogram, of the nearest class of ROOT's that keeps its bins, or None."""
    name, dimension = histogram.name, histogram.dimension
    if not name or len(name) > _LONGEST_NAME or "/" in name or "\0" in name:
        return None
    letter = _LETTERS.get(histogram.contents.dtype.str[1:], "D")
    nearest = f"TH{dimension}{letter}"
    if histogram.is_profile:
        nearest = "TProfile" if dimension == 1 else f"TProfile{dimension}D"
    found = histogram
    if histogram.root_class != nearest:
        found = msgspec.structs.replace(histogram, root_class=nearest)
    for each in (found, msgspec.structs.replace(found, sums=())):
        try:
            encode_histogram(each)
        except UnwritableError:
            continue
        return each
    return None


def arrays_of(element: Graph | Polygons) -> dict[str, Array]:
    """The arrays of a graph, or of polygons, by the names they are stored under."""
    if isinstance(element, Graph):
        found = {"x": element.x, "y": element.y}
        for letter, errors in (("x", element.x_errors), ("y", element.y_errors)):
            if errors is not None:
                found |= {f"{letter}_down": errors[0], f"{letter}_up": errors[1]}
        return found
    found = {"starts": element.starts, "bins": element.bins, "x": element.x}
    found |= {"y": element.y, "contents": element.contents}
    return found | ({} if element.sumw2 is None else {"sumw2": element.sumw2})


def graph_with(graph: Graph, arrays: dict[str, Array]) -> Graph:
    """A graph with its arrays.

    Raises:
        KeyError: one is missing.
    """

    def pair(letter: str) -> tuple[Array, Array] | None:
        if f"{letter}_down" not in arrays:
            return None
        return arrays[f"{letter}_down"], arrays[f"{letter}_up"]

    return msgspec.structs.replace(
        graph,
        x=arrays["x"],
        y=arrays["y"],
        x_errors=pair("x"),
        y_errors=pair("y"),
    )


def polygons_with(polygons: Polygons, arrays: dict[str, Array]) -> Polygons:
    """Polygons with their arrays.

    Raises:
        KeyError: one is missing.
    """
    return msgspec.structs.replace(
        polygons,
        starts=read_only(arrays["starts"].astype(np.int64)),
        bins=read_only(arrays["bins"].astype(np.int64)),
        x=arrays["x"],
        y=arrays["y"],
        contents=arrays["contents"],
        sumw2=arrays.get("sumw2"),
    )


def _flat(of: str, name: str, array: Array) -> Histogram:
    cells = np.concatenate(([0.0], array.astype(np.float64), [0.0]))
    axis = Axis(array.size, 0.0, float(array.size))
    return Histogram(name, of, "TH1D", (axis,), read_only(cells))


def _part(histogram: Histogram, name: str, array: Array) -> Histogram:
    letter = _LETTERS.get(array.dtype.str[1:], "D")
    root_class = f"TH{len(histogram.axes)}{letter}"
    axes = tuple(
        msgspec.structs.replace(axis, title="", labels=()) for axis in histogram.axes
    )
    return Histogram(name, histogram.name, root_class, axes, array)
