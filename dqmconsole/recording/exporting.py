"""A recorded run as a ROOT file, and numbers of runs as a Parquet file."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.recording.index import Quantity
from dqmconsole.recording.run_file import NotRecordedError
from dqmconsole.rootio.encode import WRITABLE_CLASSES
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dqmconsole.recording.run_file import RunFile


class NoParquetError(RuntimeError):
    """What writes Parquet files is not installed."""


def export_root(
    file: RunFile, target: Path, lumisection: int | None = None
) -> tuple[str, ...]:
    """Write the plots of a recorded run to a ROOT file, whole or not at all.

    Args:
        file: the record.
        target: the ROOT file, with the tree of a CMS DQM file.
        lumisection: the plots as they stood then; as they stood last when left out.

    Returns:
        Paths that are not in it: of classes that are not written, without a
        subsystem, or not recorded until then.

    Raises:
        UnwritableError: the file would be too large for ROOT.
        DamagedRecordError: what is kept is damaged.
        sqlite3.Error: the record cannot be read.
        OSError: the disk refuses.
    """
    folders: dict[str, list[Histogram | Graph | Scalar]] = {}
    left_out = []

    def add(path: str, element: object) -> None:
        folder = path.rpartition("/")[0]
        writable = isinstance(element, Graph | Scalar) or (
            isinstance(element, Histogram) and element.root_class in WRITABLE_CLASSES
        )
        if folder and writable and isinstance(element, Histogram | Graph | Scalar):
            folders.setdefault(folder, []).append(element)
        else:
            left_out.append(path)

    for path in sorted(file.booked()):
        try:
            add(path, file.cumulative(path, lumisection).histogram)
        except NotRecordedError:
            left_out.append(path)
    if lumisection is None:  # what they were earlier is kept for a while only
        for path, element in file.others().items():
            add(path, element)
    write_dqm(target, file.run, folders)
    return tuple(left_out)


def export_parquet(rows: Iterable[Quantity], target: Path) -> int:
    """Write numbers of runs to a Parquet file, whole or not at all.

    Its columns are those of :class:`~dqmconsole.recording.index.Quantity`.

    Returns:
        How many rows it has.

    Raises:
        NoParquetError: pyarrow is not installed.
        OSError: the disk refuses.
    """
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        message = "Parquet files need pyarrow: pip install 'dqmconsole[parquet]'"
        raise NoParquetError(message) from error
    text, number = arrow.string(), arrow.float64()
    kinds = (text, text, arrow.int64(), number, number, number, text)
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    table = arrow.table(
        {
            name: arrow.array(column, kind)
            for name, column, kind in zip(Quantity._fields, columns, kinds, strict=True)
        }
    )
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        parquet.write_table(table, temporary)
        os.replace(temporary, target)  # noqa: PTH105 - says "atomic" to who reads it
    finally:
        temporary.unlink(missing_ok=True)
    return int(table.num_rows)
