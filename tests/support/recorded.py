"""Runs that were recorded, for tests."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar, read_only
from dqmconsole.model.pieces import ended
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import RunFile, run_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.model.history import NumberOf
    from dqmconsole.recording.run_file import Series, Window

T = TypeVar("T")
RUN = 7
PATH = "Hcal/Digi/occupancy"
MAP = "Hcal/Digi/map"


def kept(recorder: Recorder, question: Callable[[RunFile], T]) -> T:
    """What the record of the run says, be it still written or not."""
    with closing(RunFile.read(run_path(recorder.folder, RUN))) as file:
        return question(file)


def last_updates(file: RunFile, path: str, updates: int) -> Window:
    """What a plot gained in so many last updates of the client "Hcal"."""
    some = file.moments("Hcal")[-updates:]
    return file.between(path, some[0].first, some[-1].last)


def history(
    file: RunFile, path: str, of: NumberOf, bins: tuple[int, ...] = ()
) -> Series:
    """One number of a plot along the run."""
    return ended(file.read_history(path, of, bins))


def plot(*contents: float, name: str = "occupancy", dtype: str = "f4") -> Histogram:
    """A histogram of one dimension with these contents, flow bins empty."""
    cells = np.array([0.0, *contents, 0.0], dtype)
    total = float(cells.sum())
    return Histogram(
        name=name,
        title="Occupancy",
        root_class="TH1F",
        axes=(Axis(len(contents), 0.0, 1.0),),
        contents=read_only(cells),
        entries=total,
        sums=(total, total, total / 2, total / 3),
    )


def large_map(counts: int, *, bins: tuple[int, int] = (80, 70)) -> Histogram:
    """A map with so many counts in its first bin, and one in each diagonal bin."""
    cells = np.zeros((bins[0] + 2, bins[1] + 2), "f4", order="F")
    cells[1, 1] = counts
    cells[2 : bins[1], 2 : bins[1]] += counts * np.eye(bins[1] - 2, dtype="f4")
    total = float(cells.sum())
    return Histogram(
        name="map",
        title="Map",
        root_class="TH2F",
        axes=(Axis(bins[0], 0.0, 1.0), Axis(bins[1], 0.0, 1.0)),
        contents=read_only(cells),
        entries=total,
        sums=(total,) * 7,
    )


def record(folder: Path, updates: int, *, run: int = RUN, source: str = "/dqm") -> None:
    """Record a run of one client: a plot, a map and two scalars."""
    recorder = Recorder(folder, source)
    for at in range(1, updates + 1):
        update = Update("Hcal", at, 1000.0 + at, 10.0 * at)
        items = [
            Item(PATH, plot(at, 2 * at)),
            Item(MAP, large_map(at)),
            Item("Hcal/EventInfo/lumisection", Scalar("lumisection", at)),
            Item("Hcal/EventInfo/run type", Scalar("run type", "cosmics")),
        ]
        recorder.note(run, update, items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
