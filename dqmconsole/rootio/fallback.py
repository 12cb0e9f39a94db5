"""Classes and class versions that are not decoded here, read by uproot.

The one importer of uproot, which never sees the file: it is given a small one, made in
memory, that holds the one object and the file's description of its classes, both
decompressed and capped before. So neither bombs nor cycles of the real file reach
it, and a name with "/" (which uproot would split) is replaced by another of the
same length.

What uproot does with an object takes any time and any memory, and may end the
process: so it is one of its own, ``python -m dqmconsole.rootio.fallback FD``. A request
comes as a MessagePack :class:`~dqmconsole.rootio.apart.Request` in a file in memory,
passed over a socket; the :class:`~dqmconsole.rootio.apart.Answer` goes the same way.
It ends with the socket.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.link.codec import decoder, encoder
from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.rootio.apart import (
    DONE,
    READY,
    Answer,
    Request,
    content_of,
    memory_file,
)
from dqmconsole.rootio.axes import RANGE_SET, shown_bins, time_offset
from dqmconsole.rootio.errors import DamagedError
from dqmconsole.rootio.graphs import lines, y_range
from dqmconsole.rootio.histograms import UNSET, in_unix_time, limit
from dqmconsole.rootio.keys import text

if TYPE_CHECKING:
    import uproot

    from dqmconsole.rootio.keys import Key

# uproot compiles classes from what the file says about them; on bytes that make no
# sense it may fail in any of these ways.
_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
ROOM = 1 << 30  # bytes of memory for reading one object, above what importing takes
_BEGIN = 100
_KEY = struct.Struct(">ihiIHhii")
_SHORT = 254
_FILE = b"f"
_ERROR_MODES = ("", "s", "i", "g")
# The arrays of errors of graphs, lower and upper, along x and y.
_GRAPH_ERRORS: dict[str, tuple[tuple[str, str], ...]] = {
    "TGraph": (),
    "TGraphErrors": (("fEX", "fEX"), ("fEY", "fEY")),
    "TGraphAsymmErrors": (("fEXlow", "fEXhigh"), ("fEYlow", "fEYhigh")),
    "TGraphBentErrors": (("fEXlow", "fEXhigh"), ("fEYlow", "fEYhigh")),
}
_SUMS = {
    1: ("fTsumw", "fTsumw2", "fTsumwx", "fTsumwx2"),
    2: ("fTsumwy", "fTsumwy2", "fTsumwxy"),
    3: ("fTsumwz", "fTsumwz2", "fTsumwxz", "fTsumwyz"),
}


class Fallback:
    """Reads single objects of one file through uproot.

    Args:
        streamers: key and decompressed bytes of the file's class descriptions.
        cells: how many bins a histogram may have, flow bins included.
    """

    def __init__(self, streamers: tuple[Key, bytes], cells: int) -> None:
        self._streamers = streamers
        self._cells = cells

    def read(self, key: Key, data: bytes) -> Histogram | Graph | str:
        """Return the histogram or graph, or why it cannot be read, in words.

        Args:
            key: the object's key in the real file.
            data: the object, decompressed.
        """
        import uproot  # heavy, and hardly ever needed

        try:
            content = small_file(key, data, self._streamers)
            with uproot.open(io.BytesIO(content), use_threads=False) as file:
                (held,) = file.values(recursive=False)
                if key.root_class in _GRAPH_ERRORS:
                    return _graph(held, key)
                return self._histogram(held, key)
        except (uproot.DeserializationError, *_FAILURES) as error:
            words = str(error).strip().partition("\n")[0][:200]
            return f"uproot: {type(error).__name__}: {words}"

    def _histogram(self, held: uproot.Model, key: Key) -> Histogram | str:
        members = held.all_members
        if not {"fXaxis", "fYaxis", "fZaxis", "fNcells"} <= members.keys():
            return "it is not a histogram"
        raw = _array(held)
        dimension = _dimension(held)
        if raw is None or not dimension:
            return "it has no plain array of contents"
        held_axes = [members[f"f{letter}axis"] for letter in "XYZ"]
        # Before any array is made of the axes: they may claim any number of bins.
        cells = 1
        for held_axis in held_axes[:dimension]:
            bins = int(held_axis.member("fNbins"))
            if not 0 < bins <= len(raw) - 2:
                return f"an axis of {bins:,} bins, but only {len(raw):,} contents"
            cells *= bins + 2
        if cells > self._cells:
            return f"{cells:,} cells; at most {self._cells:,} are read"
        if len(raw) != cells:
            return f"{len(raw):,} contents, but the axes make {cells:,}"
        titles = [_text(held_axis.member("fTitle")) for held_axis in held_axes]
        read_axes = [_axis(held_axis) for held_axis in held_axes[:dimension]]
        axes = tuple(axis for axis, _ in read_axes)
        form = tuple(axis.bins + 2 for axis in axes)
        profile = "fBinEntries" in members

        def shaped(name: str) -> Array | None:
            found = np.asarray(members.get(name, ()), dtype=np.float64)
            if not len(found):
                return None
            return read_only(found.reshape(form[::-1]).T)

        sums = [
            float(members.get(name, 0.0))
            for n in range(1, dimension + 1)
            for name in _SUMS[n]
        ]
        if profile:
            last = "yzt"[dimension - 1]
            sums += [float(members.get(f"fTsumw{last}{n}", 0.0)) for n in ("", "2")]
        native = raw.astype(raw.dtype.newbyteorder("="))
        mode = int(members.get("fErrorMode", 0))
        found = Histogram(
            name=key.name,
            title=_text(members["fTitle"]),
            root_class=key.root_class,
            axes=axes,
            contents=read_only(native.reshape(form[::-1]).T),
            sumw2=shaped("fSumw2"),
            bin_entries=shaped("fBinEntries"),
            bin_sumw2=shaped("fBinSumw2"),
            error_mode=_ERROR_MODES[mode],
            entries=float(members["fEntries"]),
            sums=tuple(sums),
            y_title=titles[dimension] if dimension < len(titles) else "",
            shown=(
                limit(float(members.get("fMinimum", UNSET))),
                limit(float(members.get("fMaximum", UNSET))),
            ),
        )
        offsets = tuple(offset for _, offset in read_axes)
        return in_unix_time(found, offsets) if any(offsets) else found


def small_file(key: Key, data: bytes, streamers: tuple[Key, bytes]) -> bytes:
    """Return a ROOT file that holds one object, uncompressed.

    The keys are as long as those of the real file, for references within an object
    count from the start of its key.
    """
    described, description = streamers
    # fBEGIN: the file's own key, its name and title, the root directory, a UUID
    names = _string(_FILE) + _string(b"")
    root_keylen = _KEY.size + len(_string(b"TFile")) + len(names)
    name_bytes = root_keylen + len(names)
    first = _BEGIN + name_bytes + 60
    record, listed = _record(key, data, first)
    info_at = first + len(record)
    info, _ = _record(described, description, info_at)
    keys_at = info_at + len(info)
    head = _key(root_keylen, 4 + len(listed), keys_at, b"TFile", names)
    key_list = head + struct.pack(">i", 1) + listed
    end = keys_at + len(key_list)
    directory = struct.pack(
        ">hIIiiiii", 5, 0, 0, len(key_list), name_bytes, _BEGIN, 0, keys_at
    )
    directory = directory.ljust(60, b"\0")
    own = _key(root_keylen, len(names) + 60, _BEGIN, b"TFile", names)
    start = struct.pack(
        ">4siiiiiiiBiii",
        b"root", 62400, _BEGIN, end, 0, 0, 0, name_bytes, 4, 0, info_at, len(info),
    )  # fmt: skip
    parts = (start.ljust(_BEGIN, b"\0"), own, names, directory, record, info, key_list)
    return b"".join(parts)


def _record(key: Key, data: bytes, at: int) -> tuple[bytes, bytes]:
    """Return a record with a key of the old length, and the key by itself."""
    root_class = key.root_class.encode()
    room = key.keylen - _KEY.size - len(_string(root_class)) - 2
    if room < 1:
        message = f"a key of {key.keylen} bytes for an object of class {key.root_class}"
        raise DamagedError(message)
    # The title takes the room that is left. From 255 bytes on a text has four
    # bytes more in front, which a longer name makes up for where that is short.
    name = b"x"
    title = b" " * (room - 1)
    if room > _SHORT + 5:
        title = title[4:]
    elif room > _SHORT + 1:
        name = b"xxxxx"
        title = title[4:]
    names = _string(name) + _string(title)
    head = _key(key.keylen, len(data), at, root_class, names)
    return head + data, head


def _key(keylen: int, size: int, at: int, root_class: bytes, names: bytes) -> bytes:
    fixed = _KEY.pack(keylen + size, 4, size, 0, keylen, 1, at, _BEGIN)
    return fixed + _string(root_class) + names


def _string(raw: bytes) -> bytes:
    if len(raw) <= _SHORT:
        return bytes([len(raw)]) + raw
    return b"\xff" + struct.pack(">I", len(raw)) + raw


def _parts(held: uproot.Model) -> list[uproot.Model]:
    """Return an object of uproot's and all the base classes within it."""
    found = [held]
    for part in found:
        found.extend(getattr(part, "bases", ()))
    return found


def _dimension(held: uproot.Model) -> int:
    names = {part.classname for part in _parts(held)}
    return next((n for n in (3, 2, 1) if f"TH{n}" in names), 0)


def _array(held: uproot.Model) -> Array | None:
    for part in _parts(held):
        if part.classname.startswith("TArray"):
            return np.asarray(part)
    return None


def _axis(held: uproot.Model) -> tuple[Axis, float]:
    """An axis as it is in the file, and what must be added to it if it is time, s."""
    bins = int(held.member("fNbins"))
    low, high = float(held.member("fXmin")), float(held.member("fXmax"))
    edges = np.asarray(held.member("fXbins"), dtype=np.float64)
    whole = edges if len(edges) else np.array([low, high])
    if len(edges) not in (0, bins + 1) or not np.isfinite(whole).all():
        message = f"an axis of {bins} bins with {len(edges)} edges"
        raise ValueError(message)
    labels: list[str] = []
    members = held.all_members
    listed = members.get("fLabels")
    if listed is not None:
        labels = [""] * bins
        for label in listed:
            number = int(label.member("@fUniqueID"))
            if 0 < number <= bins:
                labels[number - 1] = _text(label)
    variable = read_only(edges.astype(np.float64)) if len(edges) else None
    time = bool(members.get("fTimeDisplay", False))
    title = _text(held.member("fTitle"))
    axis = Axis(bins, low, high, variable, title, tuple(labels), None, time)
    if int(members.get("@fBits", 0)) & RANGE_SET:
        ends = int(members.get("fFirst", 0)), int(members.get("fLast", 0))
        axis = msgspec.structs.replace(axis, shown=shown_bins(axis, *ends))
    return axis, time_offset(str(members.get("fTimeFormat", ""))) if time else 0.0


def _text(held: object) -> str:
    """A string of uproot's, in which bytes that are not UTF-8 are surrogates."""
    return text(str(held).encode("utf-8", "surrogateescape"))


def _graph(held: uproot.Model, key: Key) -> Graph | str:
    members = held.all_members
    count = int(members["fNpoints"])

    def array(name: str) -> Array:
        found = np.asarray(members[name], dtype=np.float64)
        if found.shape != (count,):
            message = f"{found.size:,} numbers for the {count:,} points"
            raise ValueError(message)
        return read_only(found)

    pairs = [
        (read_only(np.abs(array(low))), read_only(np.abs(array(high))))
        for low, high in _GRAPH_ERRORS[key.root_class]
    ]
    return Graph(
        key.name,
        _text(members["fTitle"]),
        key.root_class,
        array("fX"),
        array("fY"),
        pairs[0] if pairs else None,
        pairs[1] if pairs else None,
        y_shown=y_range(float(members["fMinimum"]), float(members["fMaximum"])),
        line=lines("", key.root_class),
    )


def main(arguments: list[str]) -> int:
    """Answer requests on the socket whose descriptor is given, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent
    wake_when_parent_dies()
    sock = socket.socket(fileno=int(arguments[0]))
    take, give = decoder(Request), encoder()
    import uproot  # noqa: F401 - before memory is limited and time is counted

    pages = int(open("/proc/self/statm").read().split()[0])  # noqa: PTH123, SIM115
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sock.send(READY)
        while True:
            _, handles, _, _ = socket.recv_fds(sock, 16, 1)
            if not handles:
                return 0
            answer = _answer(take.decode(content_of(handles[0], most)))
            reply = memory_file(give.encode(answer))
            socket.send_fds(sock, [DONE], [reply])
            os.close(reply)
    except (BrokenPipeError, ConnectionResetError):
        return 0


def _answer(request: Request) -> Answer:
    reader = Fallback((request.described, request.description), request.cells)
    found = reader.read(request.key, request.data)
    if isinstance(found, str):
        return Answer(refusal=found)
    if isinstance(found, Graph):
        return Answer(graph=found)
    return Answer(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
