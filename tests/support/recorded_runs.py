"""A console on a real engine, in this process, that shows a recorded run of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from engine.fakes import FakeLink
from support.fake_session import NOW, FakeFeed, FakeSession
from support.recorded import MAP, PATH

from dqmconsole.engine.loop import Loop
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.message import Ping
from dqmconsole.model.run import Conditions
from dqmconsole.recording.recorder import Item, Recorder, Update

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dqmconsole.model.message import Down, Open, Up

RUN = 398009
_STEPS = 6  # of the engine at each look, of 0.2 s
FILLS = {398001: 10411, 398004: 10412, 398005: 10412, RUN: 10412}
OTHERWISE = 398001  # the run in which the plot has other bins
SITE = """\
experiment: Test
lumisection: spill
conditions: {fill: Hcal/Info/fill, events: "{subsystem}/Info/events"}
header: {fill: Store}
"""
LAYOUT = f"""\
layout: Hcal
owner: hcal-dqm
description: A detector
pages:
  - page: Digi
    audience: shift
    plots: [{{path: {PATH}}}, {{path: {MAP}}}]
"""
REFERENCES = """\
- {run: 398004, chosen_by: A. Shifter, chosen_on: 2026-05-01, why: quiet}
"""


class LoopFeed(FakeFeed):
    """The way to an engine in this process; it works whenever somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self._engine = FakeLink()
        self._loop = Loop(self._engine)
        self._now = NOW

    def open(self, request: Open) -> None:
        super().open(request)
        self._engine.incoming.append(request)

    def put(self, message: Down) -> None:
        super().put(message)
        self._engine.incoming.append(message)

    def take(self) -> list[Up | Down]:
        self._engine.incoming.append(Ping(self._now))
        for _ in range(_STEPS):
            self._now += 0.2
            self._loop.step(self._now)
        sent, self._engine.sent = self._engine.sent, []
        return sent

    def close(self) -> None:
        super().close()
        self._loop.close()


class RecordedSession(FakeSession):
    """The client of an engine in this process, which shows the newest run."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.feed = self._feed = LoopFeed()
        self.open(f"recorded:{folder}/runs/{RUN}", site=str(folder))


def make_site(folder: Path) -> None:
    """A site of one page, whose rule names a run that is only recorded."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "instructions").mkdir()
    for name, text in (
        ("site.yaml", SITE), ("hcal.yaml", LAYOUT), ("references.yaml", REFERENCES)
    ):  # fmt: skip
        (folder / "layouts" / name).write_text(text)


def record_runs(folder: Path, fills: Iterable[tuple[int, int]] = FILLS.items()) -> None:
    """Record runs, each with its fill: a plot, a map and what they were taken in."""
    recorder = Recorder(folder, "/dqm")
    for run, fill in fills:
        recorder.note_conditions(run, Conditions(run_type="cosmics", fill=fill))
        for at in (1, 2):
            update = Update("Hcal", at, NOW - 1000 + at, 100.0 * at)
            items = [
                Item(PATH, curve(run, 50 * at)),
                Item(MAP, a_map(run, at)),
                Item("Hcal/Info/fill", Scalar("fill", fill)),
                Item("Hcal/Info/events", Scalar("events", 100 * at)),
            ]
            recorder.note(run, update, items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""


def curve(run: int, entries: int) -> Histogram:
    """A peak, at another place in each run; of other bins in one of them."""
    bins = 20 if run == OTHERWISE else 30
    axis = Axis(bins, 0.0, 30.0, title="time [ns]")
    place = 12 + run % 5
    inner = np.exp(-0.5 * ((axis.centers - place) / 4) ** 2) * entries
    return _filled("occupancy", "TH1F", (axis,), np.round(inner))


def a_map(run: int, at: int) -> Histogram:
    """A map with a slope, another one in each run."""
    axes = (Axis(12, 0.0, 12.0, title="i#eta"), Axis(8, 0.0, 8.0, title="i#phi"))
    x, y = np.meshgrid(axes[0].centers, axes[1].centers, indexing="ij")
    return _filled("map", "TH2F", axes, np.round(at * (20 + x * (run % 5) + y)))


def _filled(
    name: str, kind: str, axes: tuple[Axis, ...], inner: np.ndarray
) -> Histogram:
    cells = np.zeros(tuple(axis.bins + 2 for axis in axes), np.float32, order="F")
    cells[(slice(1, -1),) * len(axes)] = inner
    w, x = inner.sum(), axes[0].centers
    along = inner if inner.ndim == 1 else inner.sum(axis=1)
    sums: tuple[float, ...] = (w, w, (along * x).sum(), (along * x * x).sum())
    if len(axes) == 2:
        y = axes[1].centers
        across = inner.sum(axis=0)
        xy = (inner * np.outer(x, y)).sum()
        sums = (*sums, (across * y).sum(), (across * y * y).sum(), xy)
    return Histogram(
        name, name, kind, axes, cells, entries=float(w), sums=tuple(map(float, sums))
    )
