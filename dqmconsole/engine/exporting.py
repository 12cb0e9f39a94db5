"""A plot with all its bins: as a CSV, ROOT or UHI JSON file, or as text.

All is done in pieces, in the loop; but what goes before the first piece of a file is
done in a thread: numpy and zlib take a second for ten million bins, and let others
work meanwhile. Python's own loops do not, and would hold up all else from a thread.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.message import Exported, Receipt
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.write import root_bytes
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from dqmconsole.model.frame import Picture, Tile
    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.model.message import Export, Up

MOST_ROWS = 4_000_000  # bins as text, flow bins included
MOST_COPIED = 100_000  # of them for the clipboard: no spreadsheet takes more
_ROWS = 500  # a piece
_BYTES = 1 << 20  # likewise
_WAIT = 0.002  # s of a slice, to wait for the thread


def exporting(
    request: Export, tile_of: Callable[[], Tile]
) -> Generator[None, None, Up]:
    """Write a plot to a file, whole or not at all, or as text; ends with the answer.

    Args:
        request: the plot, the form and the file.
        tile_of: gives its tile with all bins and what it is compared with.
    """
    yield
    tile = tile_of()
    picture = tile.picture
    if picture is None or picture.data is None:
        words = "not exported: the plot has no bins now"
        return Receipt(request.request, False, words)
    data, others = picture.data, compared_with(picture, tile.note.scale)
    if request.form == "text":
        return (yield from _text(request, data, others))
    target = Path(request.target)
    try:
        size = yield from _write(target, _pieces(request, data, others))
    except (UnwritableError, ValueError) as error:
        return Receipt(request.request, False, f"not exported: {error}")
    except OSError as error:
        why = error.strerror or str(error)
        return Receipt(request.request, False, f"not exported: {target}: {why}")
    return Exported(request.request, str(target), size)


def _write(
    target: Path, pieces: Iterator[bytes | memoryview]
) -> Generator[None, None, int]:
    """Write a file, whole or not at all; its size in bytes."""
    # outside, so that nothing is left where the wait for the thread is cut short
    with ThreadPoolExecutor(1, "export") as thread, replacing(target) as part:
        with part.open("wb") as file:
            first = thread.submit(next, pieces, b"")
            while not first.done():
                wait((first,), _WAIT)
                yield
            for piece in itertools.chain((first.result(),), pieces):
                file.write(piece)
                yield
        size = part.stat().st_size
    return size


def compared_with(picture: Picture, scale: float) -> Iterator[tuple[str, Histogram]]:
    """What the data are drawn with, each as it is drawn, under a name of its own.

    Runs that cannot be drawn are left out.

    Args:
        picture: with all bins.
        scale: of its reference.

    Yields:
        "reference", then of the further runs "run_398005", or else "file_2", and
        histograms of these names: "…_run_398005".
    """
    if picture.reference is not None:
        yield "reference", scaled(picture.reference, scale, "reference")
    known = set()
    for number, each in enumerate(picture.beside, 1):
        if each.histogram is not None:
            run = each.note.run
            name = f"run_{run}" if run and run not in known else f"file_{number}"
            known.add(run)
            yield name, scaled(each.histogram, each.note.scale, name)


@np.errstate(over="ignore", invalid="ignore")
def scaled(reference: Histogram, scale: float, name: str) -> Histogram:
    """A reference as it is drawn: contents times `scale`, as "…_name"."""
    found = msgspec.structs.replace(reference, name=f"{reference.name}_{name}")
    if scale == 1.0 or reference.is_profile:
        return found
    kept = reference.variances(flow=True)
    squared = scale * scale  # scale**2 raises where that is no number
    contents = np.asarray(reference.contents, np.float64) * scale
    sums = list(reference.sums)
    sums = [each * (squared if at == 1 else scale) for at, each in enumerate(sums)]
    return msgspec.structs.replace(
        found,
        root_class=f"TH{reference.dimension}D",  # no integers any more
        contents=contents,
        sumw2=kept * squared,
        sums=tuple(sums),
    )


def csv_rows(
    data: Histogram, others: Iterable[tuple[str, Histogram]]
) -> Iterator[list[object]]:
    """Head and rows of a table: a row a bin, flow bins included, x slowest.

    Columns: lower and upper edge along each axis (infinite for flow bins), its label
    where the axis has any, value, error, a profile's entries, and value and error of
    all that :func:`compared_with` gives, under its names.
    """
    names = "xyz"[: data.dimension]
    head: list[object] = []
    edges, labels = [], []
    for name, axis in zip(names, data.axes, strict=True):
        head += [f"{name}_low", f"{name}_high"]
        head += [f"{name}_label"] if axis.labels else []
        edges.append(np.concatenate(([-np.inf], axis.edges, [np.inf])))
        labels.append(("underflow", *axis.labels, "overflow") if axis.labels else None)
    columns = [data.values(flow=True), np.sqrt(data.variances(flow=True))]
    head += ["value", "error"]
    if data.bin_entries is not None:
        head.append("entries")
        columns.append(np.asarray(data.bin_entries, np.float64))
    for name, other in others:
        if other.contents.shape != data.contents.shape:
            message = f"the {name} has other bins"
            raise ValueError(message)
        head += [name, f"{name}_error"]
        columns += [other.values(flow=True), np.sqrt(other.variances(flow=True))]
    yield head
    cells = itertools.product(*map(range, data.contents.shape))
    for cell, numbers in zip(cells, _numbers(columns), strict=True):
        row: list[object] = []
        for at, along, named in zip(cell, edges, labels, strict=True):
            row += [float(along[at]), float(along[at + 1])]
            row += [named[at]] if named is not None else []
        row += numbers
        yield row


def _numbers(columns: list[Array]) -> Iterator[tuple[float, ...]]:
    """What the columns hold, cell by cell, the last axis fastest."""
    flat = [column.ravel() for column in columns]
    for start in range(0, flat[0].size, _ROWS):
        some = (each[start : start + _ROWS].tolist() for each in flat)
        yield from zip(*some, strict=True)


def uhi_json(*histograms: Histogram) -> Iterator[str]:
    """Histograms by name, as UHI's serialization has it, one JSON object in pieces.

    https://uhi.readthedocs.io/en/latest/serialization.html; what has no number is
    NaN, as Python reads and writes it.
    """
    return _json({each.name: each._to_uhi_() for each in histograms})


def _json(value: object) -> Iterator[str]:
    """A value as JSON, in pieces of not too many numbers."""
    if isinstance(value, dict):
        before = "{"
        for key, held in value.items():
            yield f"{before}{json.dumps(key)}: "
            yield from _json(held)
            before = ", "
        yield "}" if value else "{}"
    elif isinstance(value, np.ndarray) and value.ndim > 1 and len(value):
        before = "["
        for row in value:
            yield before
            yield from _json(row)
            before = ", "
        yield "]"
    elif isinstance(value, np.ndarray) and value.size > _ROWS:
        before = "["
        for start in range(0, value.size, _ROWS):
            yield before + json.dumps(value[start : start + _ROWS].tolist())[1:-1]
            before = ", "
        yield "]"
    else:
        yield json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    message = f"a {type(value).__name__} has no place in JSON"
    raise TypeError(message)


def _pieces(
    request: Export, data: Histogram, others: Iterable[tuple[str, Histogram]]
) -> Iterator[bytes | memoryview]:
    if request.form == "root":
        made = [data, *(each for _, each in others)]
        folder = request.path.rpartition("/")[0]
        whole = memoryview(root_bytes({folder: made}, name=Path(request.target).name))
        for start in range(0, len(whole), _BYTES):
            yield whole[start : start + _BYTES]
        return
    if data.contents.size > MOST_ROWS:
        message = (
            f"{data.contents.size:,} bins; at most {MOST_ROWS:,} are written as text: "
            "take the ROOT file"
        )
        raise ValueError(message)
    if request.form == "uhi":
        for piece in uhi_json(data, *(each for _, each in others)):
            yield piece.encode()
        return
    for table in _tables(data, others, ","):
        yield table.encode()


def _tables(
    data: Histogram, others: Iterable[tuple[str, Histogram]], between: str
) -> Iterator[str]:
    """Head and rows in pieces of text, the columns parted by a comma or a tab."""
    rows = csv_rows(data, others)
    while piece := list(itertools.islice(rows, _ROWS)):
        text = io.StringIO()
        csv.writer(text, delimiter=between, lineterminator="\n").writerows(piece)
        yield text.getvalue()


def _text(
    request: Export, data: Histogram, others: Iterable[tuple[str, Histogram]]
) -> Generator[None, None, Up]:
    if data.contents.size > MOST_COPIED:
        words = (
            f"{data.contents.size:,} bins; at most {MOST_COPIED:,} are copied: "
            "export them to a file"
        )
        return Receipt(request.request, False, words)
    tables = []
    try:
        for table in _tables(data, others, "\t"):
            tables.append(table)
            yield
    except ValueError as error:
        return Receipt(request.request, False, f"not copied: {error}")
    text = "".join(tables)
    return Exported(request.request, "", len(text), text)
