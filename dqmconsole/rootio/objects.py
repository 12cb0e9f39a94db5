"""What is no single histogram, from bytes: graphs, efficiencies, polygons, collections.

Layouts as in ROOT's ``hist/hist/inc`` and ``core/cont/inc``; the versions are those of
ROOT 5 and 6. Objects within objects are decoded where they stand, each time they are
pointed to; how much that may be is bounded by the bytes there are.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.graph import Collection, Element, Graph, Polygons
from dqmconsole.model.histogram import Histogram, read_only
from dqmconsole.rootio.buffer import LISTS, Buffer, Pointed
from dqmconsole.rootio.efficiencies import (
    StoredEfficiency,
    efficiency_of,
    read_efficiency,
)
from dqmconsole.rootio.errors import DamagedError, UnknownLayoutError
from dqmconsole.rootio.graphs import (
    GRAPHS,
    Frame,
    frame_of,
    framed,
    read_graph,
    titles_in,
    y_range,
)
from dqmconsole.rootio.histograms import HISTOGRAMS, limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.histogram import Array
    from dqmconsole.rootio.buffer import Item
    from dqmconsole.rootio.histograms import HistogramReader

    Part = Histogram | Graph

_STACKS = frozenset({"TMultiGraph", "THStack"})
OBJECTS = GRAPHS | LISTS | _STACKS | {"TEfficiency", "TH2Poly"}
"""The classes that are decoded here, beside histograms."""
_PARTS = GRAPHS | HISTOGRAMS | {"TEfficiency"}
_DAMAGE = (DamagedError, struct.error, IndexError, ValueError, OverflowError)
_DEEPEST = 4  # lists within lists
_MOST_PARTS = 200  # drawn of one collection
_MOST_REFUSED = 50  # named of what cannot be drawn
_BYTES_EACH = 4  # decoded at most, for each byte of the object
_OVERFLOWS = 9  # of a TH2Poly: what lies outside, in nine directions
_AXIS_VERSIONS = (6, 7, 8, 9, 10)
_UNNAMED = "Graph"  # the name that ROOT gives a graph without one


class ObjectReader:
    """Decodes objects of the classes in :data:`OBJECTS`.

    Args:
        histograms: decodes the histograms in them.
        cells: how many numbers one of them may have.
    """

    __slots__ = ("_cells", "_histograms")

    def __init__(self, histograms: HistogramReader, cells: int) -> None:
        self._histograms = histograms
        self._cells = cells

    def read(
        self, data: bytes, root_class: str, name: str, shift: int
    ) -> Graph | Histogram | Polygons | Collection:
        """Decode one object.

        Args:
            data: the object, decompressed.
            root_class: its class, one of :data:`OBJECTS`.
            name: name of the element (the file's key, not the object's own name).
            shift: length of the object's key: references count from its start.

        Raises:
            DamagedError: the bytes make no sense.
            UnknownLayoutError: a class version that is not known here.
            struct.error, IndexError, ValueError: the bytes end too early.
        """
        reading = _Reading(self._histograms, data, shift, self._cells)
        whole = Pointed(root_class, 0, len(data))
        found = reading.element(whole, 0)
        if isinstance(found, Histogram | Graph | Polygons | Collection):
            return msgspec.structs.replace(found, name=name)
        raise UnknownLayoutError

    def counts(
        self, data: bytes, shift: int
    ) -> tuple[StoredEfficiency, Histogram, Histogram]:
        """A TEfficiency as it is stored, what passed and what was tried.

        Raises:
            As :meth:`read`.
        """
        reading = _Reading(self._histograms, data, shift, self._cells)
        return reading.counts(Pointed("TEfficiency", 0, len(data)))


class _Gathered:
    """What was found in a collection so far."""

    __slots__ = ("more", "parts", "refused", "unnamed")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.refused: list[str] = []
        self.more = self.unnamed = 0

    def add(self, part: Part) -> None:
        if len(self.parts) < _MOST_PARTS:
            self.parts.append(part)
        else:
            self.more += 1

    def refuse(self, what: str) -> None:
        if len(self.refused) < _MOST_REFUSED:
            self.refused.append(what)
        else:
            self.unnamed += 1

    def words(self) -> tuple[str, ...]:
        """What cannot be drawn, with how much else there is."""
        words = list(self.refused)
        if self.unnamed:
            words.append(f"{self.unnamed:,} more objects that cannot be drawn")
        if self.more:
            words.append(f"{self.more:,} more plots than the {_MOST_PARTS} drawn")
        return tuple(words)


class _Reading:
    """One object of a file while it is decoded."""

    def __init__(
        self, histograms: HistogramReader, data: bytes, shift: int, cells: int
    ) -> None:
        self._histograms = histograms
        self._data = data
        self._shift = shift
        self._cells = cells
        self._left = _BYTES_EACH * len(data) + (1 << 16)

    def element(self, what: Pointed, depth: int) -> Element | None:
        """An object; None where its class is not known here."""
        root_class = what.root_class
        if root_class in HISTOGRAMS:
            return self._spend(self._histogram(what))
        if root_class in GRAPHS:
            return self._spend(self._graph(what))
        if root_class == "TEfficiency":
            return self._spend(self._efficiency(what))
        if root_class == "TH2Poly" and not what.start:  # no part of anything
            return self._polygons(what)
        if root_class in LISTS or root_class in _STACKS:
            if depth >= _DEEPEST:
                return None
            return self._collection(what, depth)
        return None

    def _spend(self, part: Part) -> Part:
        self._left -= part.nbytes
        if self._left < 0:
            message = "it holds the same objects many times"
            raise DamagedError(message)
        return part

    def _buffer(self, what: Pointed) -> Buffer:
        return Buffer(self._data, self._shift, what.start)

    def _own_name(self, what: Pointed) -> str:
        buffer = self._buffer(what)
        buffer.skip(self._histograms.before_name(what.root_class))
        return buffer.named().name

    def _histogram(self, what: Pointed, *, as_stored: bool = False) -> Histogram:
        return self._histograms.read(
            self._data,
            what.root_class,
            self._own_name(what),
            self._shift,
            start=what.start,
            stop=what.stop,
            as_stored=as_stored,
        )

    def _graph(self, what: Pointed, option: str = "") -> Graph:
        buffer = self._buffer(what)
        graph, frame = read_graph(buffer, what.root_class, option)
        buffer.finish(what.stop)
        return graph if frame is None else framed(graph, self._frame(frame))

    def _frame(self, what: Pointed) -> Frame:
        """The axes in which something is drawn; nothing where they cannot be read."""
        if what.root_class not in HISTOGRAMS:
            return Frame()
        try:
            held = self._histogram(what, as_stored=True)
        except (UnknownLayoutError, *_DAMAGE):
            # of an older version; or with axes that are no numbers, as ROOT makes one
            # around points that are none
            return Frame(*self._titles(what))
        self._spend(held)
        frame = frame_of(held)
        if frame.x_time:  # the points count from where the axis does
            offset = self._histogram(what).axes[0].low - held.axes[0].low
            frame = msgspec.structs.replace(frame, offset=offset)
        return frame

    def _titles(self, what: Pointed) -> tuple[str, str]:
        """The titles of the axes of a histogram, whatever else is wrong with it."""
        buffer = self._buffer(what)
        found = []
        try:
            buffer.skip(self._histograms.before_name(what.root_class))
            buffer.named()
            for _ in range(3):  # how lines, areas and markers look
                buffer.skip_counted()
            buffer.i32()
            for _ in range(2):
                end = buffer.begin(*_AXIS_VERSIONS)
                found.append(buffer.named().title)
                buffer.at = end
        except (UnknownLayoutError, *_DAMAGE):
            return "", ""
        return found[0], found[1]

    def _efficiency(self, what: Pointed) -> Graph | Histogram:
        return efficiency_of(*self.counts(what))

    def counts(self, what: Pointed) -> tuple[StoredEfficiency, Histogram, Histogram]:
        """An efficiency as it is stored, what passed and what was tried."""
        buffer = self._buffer(what)
        stored = read_efficiency(buffer)
        buffer.finish(what.stop)
        both = []
        for pointed in (stored.passed, stored.total):
            if pointed.root_class not in HISTOGRAMS:
                raise UnknownLayoutError
            both.append(self._histogram(pointed))
        return stored, both[0], both[1]

    def _collection(self, what: Pointed, depth: int) -> Collection:
        gathered = _Gathered()
        buffer = self._buffer(what)
        if what.root_class in LISTS:
            items = buffer.items(what.root_class)
            buffer.finish(what.stop)
            self._gather(items, depth, gathered)
            return Collection(
                "", "", what.root_class, tuple(gathered.parts), False, gathered.words()
            )
        end = buffer.begin(2)
        named = buffer.named()
        held = buffer.pointer()
        graphs = what.root_class == "TMultiGraph"
        if graphs:
            buffer.pointer()  # its functions
        frame = buffer.pointer()
        highest, lowest = buffer.f64(), buffer.f64()
        buffer.finish(end)
        if end != what.stop:
            message = "the sizes in the object do not add up"
            raise DamagedError(message)
        if held is not None:
            if held.root_class not in LISTS:
                raise UnknownLayoutError
            within = self._buffer(held)
            items = within.items(held.root_class)
            within.finish(held.stop)
            self._gather(items, depth, gathered)
        title, x_title, y_title = titles_in(named.title)
        axes = Frame(x_title, y_title) if frame is None else self._frame(frame)
        parts = [_in_frame(part, axes, (lowest, highest)) for part in gathered.parts]
        return Collection(
            named.name,
            title,
            what.root_class,
            tuple(parts),
            not graphs,
            gathered.words(),
        )

    def _gather(self, items: Iterable[Item], depth: int, gathered: _Gathered) -> None:
        for held, option in items:
            found: Element | None
            if len(gathered.parts) >= _MOST_PARTS and held.root_class in _PARTS:
                gathered.more += 1  # not even decoded: there may be very many
                continue
            try:
                if held.root_class in GRAPHS:
                    found = self._spend(self._graph(held, option))
                else:
                    found = self.element(held, depth + 1)
            except UnknownLayoutError:
                gathered.refuse(f"{held.root_class} of an unknown version")
                continue
            if isinstance(found, Collection):
                for part in found.parts:
                    gathered.add(part)
                for words in found.refused:
                    gathered.refuse(words)
            elif isinstance(found, Histogram | Graph):
                gathered.add(found)
            else:
                gathered.refuse(self._called(held, found))

    def _called(self, held: Pointed, found: Element | None) -> str:
        """What is refused, with its name where it has one."""
        if found is not None:
            return f"{held.root_class} {found.name}".rstrip()
        buffer = self._buffer(held)
        try:
            if held.root_class == "TObjString":
                buffer.begin(1)
                buffer.object_bits()
                name = buffer.string()
            else:
                if held.root_class != "TNamed":
                    buffer.skip(6)
                name = buffer.named().name
        except (UnknownLayoutError, *_DAMAGE):
            name = ""  # a class that does not begin with its name
        return f"{held.root_class} {name[:80]}".rstrip()

    def _polygons(self, what: Pointed) -> Polygons:
        poly = self._histograms.read_poly(self._data, self._shift)
        buffer = Buffer(self._data, self._shift, poly.end)
        buffer.skip(8 * _OVERFLOWS)
        buffer.skip(8)  # its grid, in which it looks for bins
        grid = buffer.i32()
        buffer.skip_counted()
        buffer.skip(16)
        for _ in range(2):
            if buffer.u8():
                buffer.skip(max(grid, 0))
        buffer.skip(1)
        held = buffer.pointer()
        buffer.finish(what.stop)
        items: list[Item] = []
        if held is not None:
            if held.root_class not in LISTS:
                raise UnknownLayoutError
            items = self._buffer(held).items(held.root_class)
        count = len(items)
        if poly.sumw2 is not None and len(poly.sumw2) < count + _OVERFLOWS:
            message = f"squared errors of {len(poly.sumw2):,} bins for {count:,}"
            raise DamagedError(message)
        contents = np.zeros(count)
        labels: list[str] = []
        rings: list[Graph] = []
        owners: list[int] = []
        for number, (bin_held, _) in enumerate(items):
            content, shapes, label = self._bin(bin_held)
            contents[number] = content
            labels.append(label)
            rings += shapes
            owners += [number] * len(shapes)
        starts = np.zeros(len(rings) + 1, np.int64)
        np.cumsum([len(ring.x) for ring in rings], out=starts[1:])
        sumw2 = None
        if poly.sumw2 is not None:
            sumw2 = read_only(poly.sumw2[_OVERFLOWS : _OVERFLOWS + count].copy())
        return Polygons(
            "",
            poly.title,
            "TH2Poly",
            read_only(starts),
            read_only(np.array(owners, np.int64)),
            _joined([ring.x for ring in rings]),
            _joined([ring.y for ring in rings]),
            read_only(contents),
            sumw2,
            tuple(labels) if any(labels) else (),
            poly.entries,
            *poly.titles,
        )

    def _bin(self, held: Pointed) -> tuple[float, list[Graph], str]:
        """Content, rings and name of a bin of a TH2Poly."""
        if held.root_class != "TH2PolyBin":
            raise UnknownLayoutError
        buffer = self._buffer(held)
        end = buffer.begin(1)
        buffer.object_bits()
        buffer.skip(5)  # whether it changed, and its number
        shape = buffer.pointer()
        buffer.skip(8)  # its area
        content = buffer.f64()
        buffer.skip(32)
        buffer.finish(end)
        if shape is None:
            return content, [], ""
        found = self.element(shape, _DEEPEST - 1)
        if isinstance(found, Graph):
            rings = [found]
        elif isinstance(found, Collection):
            rings = [part for part in found.parts if isinstance(part, Graph)]
        else:
            raise UnknownLayoutError
        name = found.name
        return content, rings, "" if name == _UNNAMED else name


def _joined(arrays: list[Array]) -> Array:
    return read_only(np.concatenate(arrays) if arrays else np.empty(0))


def _in_frame(part: Part, frame: Frame, limits: tuple[float, float]) -> Part:
    """A part with what it does not say itself from the whole it belongs to."""
    if isinstance(part, Graph):
        offset = 0.0 if part.x_time else frame.offset
        y_shown = y_range(*limits)
        return framed(
            part, msgspec.structs.replace(frame, y_shown=y_shown, offset=offset)
        )
    first = part.axes[0]
    axis = msgspec.structs.replace(
        first,
        title=first.title or frame.x_title,
        shown=first.shown or frame.x_shown,
    )
    shown = part.shown
    if shown == (None, None):
        shown = (limit(limits[0]), limit(limits[1]))
    return msgspec.structs.replace(
        part,
        axes=(axis, *part.axes[1:]),
        y_title=part.y_title or frame.y_title,
        shown=shown,
    )
