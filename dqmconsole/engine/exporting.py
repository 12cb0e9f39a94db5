"""A plot with all its bins: as a CSV, ROOT or UHI JSON file, or as text."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dqmconsole.model.message import Exported, Receipt
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.write import root_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.message import Export, Up

MOST_ROWS = 4_000_000  # bins as text, flow bins included
MOST_COPIED = 100_000  # of them for the clipboard: no spreadsheet takes more
_ROWS = 2_000  # a piece


def exporting(
    request: Export, tile_of: Callable[[], Tile]
) -> Generator[None, None, Up]:
    """Write a plot to a file, whole or not at all, or as text; ends with the answer.

    Args:
        request: the plot, the form and the file.
        tile_of: gives its tile with all bins and its reference.
    """
    yield
    tile = tile_of()
    picture = tile.picture
    if picture is None or picture.data is None:
        words = "not exported: the plot has no bins now"
        return Receipt(request.request, False, words)
    data, reference = picture.data, picture.reference
    scaled = None if reference is None else scaled_reference(reference, tile.note.scale)
    if request.form == "text":
        return (yield from _text(request, data, scaled))
    target = Path(request.target)
    try:
        size = yield from _write(target, _pieces(request, data, scaled))
    except (UnwritableError, ValueError) as error:
        return Receipt(request.request, False, f"not exported: {error}")
    except OSError as error:
        why = error.strerror or str(error)
        return Receipt(request.request, False, f"not exported: {target}: {why}")
    return Exported(request.request, str(target), size)


def _write(target: Path, pieces: Iterator[bytes]) -> Generator[None, None, int]:
    """Write a file, whole or not at all; its size in bytes."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                yield
        os.replace(temporary, target)  # noqa: PTH105 - says "atomic" to who reads it
        return target.stat().st_size
    finally:  # also when it is given up; where none could be made, none can be taken
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


@np.errstate(over="ignore", invalid="ignore")
def scaled_reference(reference: Histogram, scale: float) -> Histogram:
    """The reference as it is drawn: contents times `scale`, as "…_reference"."""
    found = msgspec.structs.replace(reference, name=f"{reference.name}_reference")
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


def csv_rows(data: Histogram, reference: Histogram | None) -> Iterator[list[object]]:
    """Head and rows of a table: a row a bin, flow bins included, x slowest.

    Columns: lower and upper edge along each axis (infinite for flow bins), its label
    where the axis has any, value, error, a profile's entries, and of the scaled
    reference value and error.
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
    if reference is not None:
        same = reference.contents.shape == data.contents.shape
        if not same:
            message = "the reference has other bins"
            raise ValueError(message)
        head += ["reference", "reference_error"]
        columns += [
            reference.values(flow=True),
            np.sqrt(reference.variances(flow=True)),
        ]
    yield head
    for cell in itertools.product(*map(range, data.contents.shape)):
        row: list[object] = []
        for at, along, named in zip(cell, edges, labels, strict=True):
            row += [float(along[at]), float(along[at + 1])]
            row += [named[at]] if named is not None else []
        row += [float(column[cell]) for column in columns]
        yield row


def uhi_json(data: Histogram, reference: Histogram | None) -> str:
    """Both by name, as UHI's serialization has it, one JSON object.

    https://uhi.readthedocs.io/en/latest/serialization.html; what has no number is
    NaN, as Python reads and writes it.
    """
    kept: dict[str, Any] = {data.name: data._to_uhi_()}
    if reference is not None:
        kept[reference.name] = reference._to_uhi_()
    return json.dumps(kept, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    message = f"a {type(value).__name__} has no place in JSON"
    raise TypeError(message)


def _pieces(
    request: Export, data: Histogram, reference: Histogram | None
) -> Iterator[bytes]:
    if request.form == "root":
        made = [data] if reference is None else [data, reference]
        folder = request.path.rpartition("/")[0]
        yield root_bytes({folder: made}, name=Path(request.target).name)
        return
    if data.contents.size > MOST_ROWS:
        message = (
            f"{data.contents.size:,} bins; at most {MOST_ROWS:,} are written as text: "
            "take the ROOT file"
        )
        raise ValueError(message)
    if request.form == "uhi":
        yield uhi_json(data, reference).encode()
        return
    for table in _tables(data, reference, ","):
        yield table.encode()


def _tables(
    data: Histogram, reference: Histogram | None, between: str
) -> Iterator[str]:
    """Head and rows in pieces of text, the columns parted by a comma or a tab."""
    rows = csv_rows(data, reference)
    while piece := list(itertools.islice(rows, _ROWS)):
        text = io.StringIO()
        csv.writer(text, delimiter=between, lineterminator="\n").writerows(piece)
        yield text.getvalue()


def _text(
    request: Export, data: Histogram, reference: Histogram | None
) -> Generator[None, None, Up]:
    if data.contents.size > MOST_COPIED:
        words = (
            f"{data.contents.size:,} bins; at most {MOST_COPIED:,} are copied: "
            "export them to a file"
        )
        return Receipt(request.request, False, words)
    tables = []
    try:
        for table in _tables(data, reference, "\t"):
            tables.append(table)
            yield
    except ValueError as error:
        return Receipt(request.request, False, f"not copied: {error}")
    text = "".join(tables)
    return Exported(request.request, "", len(text), text)
