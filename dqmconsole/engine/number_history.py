"""How a number of a plot went: along the run by updates, and over the runs recorded."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from dqmconsole.engine.conditions import without_parts
from dqmconsole.model.history import HistoryPoint
from dqmconsole.model.message import HistoryFound
from dqmconsole.model.run import run_words
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.packing import DamagedRecordError, numbers, unpack
from dqmconsole.recording.run_file import (
    NotRecordedError,
    RunFile,
    run_path,
    why_not_recorded,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.message import AskHistory
    from dqmconsole.model.run import Conditions
    from dqmconsole.recording.recent import Step
    from dqmconsole.recording.run_file import Series

NOT_RECORDED = "nothing is recorded of this source"


def history_job(
    request: AskHistory,
    run: int,
    folder: Path | None,
    steps: Sequence[Step] = (),
    former: tuple[str, ...] = (),
) -> Job:
    """Read the history of a number, in slices; ends with the answer.

    Args:
        request: the plot and the number.
        run: the run along which it is read.
        folder: where the runs of the source are recorded, or None.
        steps: the last updates of the plot in that run, where nothing is recorded.
        former: names that its element had, in runs that have none of its path's.
    """
    yield
    updates: tuple[HistoryPoint, ...] = ()
    runs: tuple[HistoryPoint, ...] = ()
    conditions: dict[int, Conditions] = {}
    said = ""
    if folder is None:
        updates = tuple(_points(request, run, steps))
        said = "" if updates else NOT_RECORDED
    if folder is not None:
        try:
            said = why_not_recorded(folder, run)
            if not said:
                updates = yield from _along(request, run, run_path(folder, run), former)
        except NotRecordedError as error:
            said = str(error)
        except (sqlite3.Error, OSError, DamagedRecordError) as error:
            said = f"the record of {run_words(run)} cannot be read: {error}"
        yield
        try:
            runs, conditions = _over_runs(request, run, folder / FILE, former)
        except (sqlite3.Error, OSError) as error:
            said = said or f"the index of runs cannot be read: {error}"
    return HistoryFound(
        request=request.request,
        path=request.path,
        quantity=request.quantity,
        bins=request.bins,
        run=run,
        updates=updates,
        runs=runs,
        conditions=conditions,
        sentence=said,
    )


def _along(
    request: AskHistory, run: int, path: Path, former: tuple[str, ...]
) -> Generator[None, None, tuple[HistoryPoint, ...]]:
    with closing(RunFile.read(path)) as file:
        series: Series = yield from file.read_history(
            file.named(request.path, former), request.quantity, request.bins
        )
    columns = (series.first, series.last, series.at, series.values, series.errors)
    return tuple(
        HistoryPoint(run, _number(value), _number(error), first, last, at)
        for first, last, at, value, error in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )


def _points(
    request: AskHistory, run: int, steps: Iterable[Step]
) -> Iterator[HistoryPoint]:
    for step in steps:
        stack = unpack(step.data)
        inside = len(request.bins) == len(stack.shape) and all(
            0 <= at < size for at, size in zip(request.bins, stack.shape, strict=True)
        )
        if request.quantity == "bin" and not inside:
            return
        (value,), (error,) = numbers(stack, request.quantity, request.bins, stack.shape)
        yield HistoryPoint(
            run,
            _number(float(value)),
            _number(float(error)),
            step.first or 0,
            step.last or 0,
        )


def _over_runs(
    request: AskHistory, run: int, path: Path, former: tuple[str, ...]
) -> tuple[tuple[HistoryPoint, ...], dict[int, Conditions]]:
    """The number in each run, and the conditions of those that are still recorded.

    A plot is booked as usual where it is as in the run at hand, else in the newest.
    """
    if request.quantity == "bin" or not path.exists():
        return (), {}  # of bins nothing is kept over runs
    with closing(Index(path, reading=True)) as index:
        of_runs = {
            row.run: row
            for name in (*reversed(former), request.path)
            for row in index.trend(name, request.quantity)
        }
        rows = [row for _, row in sorted(of_runs.items())]
        kept = index.runs() if rows else {}
    digests = {row.run: row.digest for row in rows}
    usual = digests.get(run, rows[-1].digest if rows else "")
    points = tuple(
        HistoryPoint(
            row.run, row.value, row.error, booked_otherwise=row.digest != usual
        )
        for row in rows
    )
    plain = {
        number: without_parts(each)
        for number, each in kept.items()
        if number in digests
    }
    return points, plain


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
