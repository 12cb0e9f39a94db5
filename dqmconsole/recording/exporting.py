"""A run as a ROOT file, and numbers of runs as a Parquet file."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.index import Quantity, quantities
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.recording.run_file import NotRecordedError
from dqmconsole.rootio.encode import WRITABLE_CLASSES
from dqmconsole.rootio.write import write_dqm
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.recording.run_file import RunFile, Window


class NoParquetError(RuntimeError):
    """What writes Parquet files is not installed."""


def recorded_elements(
    file: RunFile,
    wanted: Callable[[str], bool],
    until: int | None = None,
    span: tuple[int, int] | None = None,
) -> Iterator[tuple[str, Window | Element | Exception]]:
    """The plots of a recorded run, by path; of one that is not there, why.

    Args:
        file: the record.
        wanted: whether a path is asked for.
        until: as they stood at the end of this lumisection; last when left out.
        span: what they gained from one lumisection to another, both within.

    Raises:
        DamagedRecordError: what is kept is damaged.
        sqlite3.Error: the record cannot be read.
    """
    for path in filter(wanted, sorted(file.booked())):
        try:
            if span is None:
                found = file.cumulative(path, until)
            else:
                found = file.between(path, *span)
        except (NotRecordedError, DamagedRecordError) as error:
            yield path, error
        else:
            yield path, found
    if until is None and span is None:  # earlier ones are kept for a while only
        for path, other in file.others().items():
            if other.element is not None and wanted(path):
                yield path, other.element


def export_root(
    run: int, elements: Iterable[tuple[str, Element]], target: Path
) -> dict[str, str]:
    """Write elements to a ROOT file, whole or not at all.

    Args:
        run: their run.
        elements: they, by path.
        target: the ROOT file, with the tree of a CMS DQM file.

    Returns:
        Paths that are not in it, and why: of classes that are not written, or without
        a subsystem.

    Raises:
        UnwritableError: the file would be too large for ROOT.
        OSError: the disk refuses.
    """
    folders: dict[str, list[Histogram | Graph | Scalar]] = {}
    left_out = {}
    for path, element in elements:
        folder = path.rpartition("/")[0]
        if not folder:
            left_out[path] = "it is in no folder"
        elif isinstance(element, Graph | Scalar) or (
            isinstance(element, Histogram) and element.root_class in WRITABLE_CLASSES
        ):
            folders.setdefault(folder, []).append(element)
        else:
            left_out[path] = f"a {element.root_class} is not written"
    write_dqm(target, run, folders)
    return left_out


def numbers(run: int, elements: Iterable[tuple[str, Element]]) -> Iterator[Quantity]:
    """The numbers of the histograms among some elements, as the index has them."""
    for path, element in elements:
        if isinstance(element, Histogram):
            yield from quantities(path, run, element, Booking.of(element).digest)


def parquet_library() -> tuple[Any, Any]:
    """What writes Parquet files.

    Raises:
        NoParquetError: pyarrow is not installed.
    """
    try:
        return (
            importlib.import_module("pyarrow"),
            importlib.import_module("pyarrow.parquet"),
        )
    except ImportError as error:
        message = "Parquet files need pyarrow: pip install 'dqmconsole[parquet]'"
        raise NoParquetError(message) from error


def export_parquet(rows: Iterable[Quantity], target: Path) -> int:
    """Write numbers of runs to a Parquet file, whole or not at all.

    Its columns are those of :class:`~dqmconsole.recording.index.Quantity`.

    Returns:
        How many rows it has.

    Raises:
        NoParquetError: pyarrow is not installed.
        OSError: the disk refuses.
    """
    arrow, parquet = parquet_library()
    text, number = arrow.string(), arrow.float64()
    kinds = (text, text, arrow.int64(), number, number, number, text)
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    table = arrow.table(
        {
            name: arrow.array(column, kind)
            for name, column, kind in zip(Quantity._fields, columns, kinds, strict=True)
        }
    )
    with replacing(target) as part:
        parquet.write_table(table, part)
    return int(table.num_rows)
