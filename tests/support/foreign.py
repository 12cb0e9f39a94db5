"""Files of an experiment without quality results, as its own programs write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array

DEAD_LINE, DEAD_MAP = "Tracker/hits_per_wire", "Calo/towers"
QUIET = (
    "Tracker/residual",
    "Tracker/multiplicity",
    "Calo/energy",
    "Calo/channel_map",
    "Calo/mean_time",
    "Trigger/by_kind",
    "Trigger/empty_so_far",
    "Trigger/states",
)


def write_site(home: Path, layout: str) -> Path:
    """A site of one layout, "Calo"; returns its folder."""
    layouts = home / "layouts"
    layouts.mkdir(parents=True)
    (home / "instructions").mkdir()
    (layouts / "site.yaml").write_text("experiment: a small one\n")
    (layouts / "Calo.yaml").write_text(layout)
    return home


def write_foreign(
    path: Path,
    events: int,
    seed: int,
    *,
    dead: bool = False,
    run: int = 7,
    empty: str = "",
) -> Path:
    """A run of a small experiment; with dead regions in one line and one map.

    Args:
        path: the file.
        events: how many were seen.
        seed: of what is drawn.
        dead: wires 40 to 49 of 96, and towers 10 to 13 by 5 to 8 of 30 by 20 give
            nothing.
        run: its number.
        empty: an element that nothing is filled into.
    """
    draw = np.random.default_rng(seed)
    wires = np.full(96, 2.0) * (1 + 0.3 * np.sin(np.arange(96) / 7))
    towers = np.outer(np.linspace(1.5, 0.4, 30), np.ones(20)) * 0.5
    wires, towers = draw.poisson(wires * events), draw.poisson(towers * events)
    if dead:
        wires[40:50] = 0
        towers[10:14, 5:9] = 0
    times = draw.poisson(40.0, 16).astype(float)
    elements = {
        DEAD_LINE: _line(DEAD_LINE, wires, Axis(96, 0.0, 96.0, title="wire")),
        DEAD_MAP: _map(DEAD_MAP, towers),
        QUIET[0]: _drawn(QUIET[0], draw.normal(0, 1, 5 * events), -5, 5),
        QUIET[1]: _drawn(QUIET[1], draw.poisson(6, events) + 0.5, 0, 50),
        QUIET[2]: _drawn(QUIET[2], draw.exponential(8, 20 * events), 0, 100),
        QUIET[3]: _map(QUIET[3], draw.poisson(0.02 * events, (40, 25))),
        QUIET[4]: _profile(QUIET[4], times, draw.normal(3, 1, 16) / 20 + 3),
        QUIET[5]: _line(
            QUIET[5],
            draw.multinomial(events, (0.6, 0.3, 0.09, 0.01)),
            Axis(4, 0.0, 4.0, labels=("electron", "muon", "jet", "random")),
        ),
        QUIET[6]: _line(QUIET[6], np.zeros(20), Axis(20, 0.0, 20.0)),
        QUIET[7]: _map(QUIET[7], np.ones((4, 3)), entries=400),
    }
    if empty:
        one = elements[empty]
        elements[empty] = msgspec.structs.replace(
            one, contents=np.zeros_like(one.contents), entries=0.0
        )
    folders: dict[str, list[Histogram]] = {}
    for place, element in elements.items():
        folders.setdefault(place.rpartition("/")[0], []).append(element)
    write_dqm(path, run, folders)
    return path


def _line(path: str, values: Array, axis: Axis) -> Histogram:
    contents = np.pad(np.asarray(values, np.float32), 1)
    name = path.rpartition("/")[2]
    total = float(contents.sum())
    return Histogram(name, name, "TH1F", (axis,), contents, entries=total)


def _drawn(path: str, values: Array, low: float, high: float) -> Histogram:
    counts, _ = np.histogram(values, 50, (low, high))
    return _line(path, counts, Axis(50, low, high))


def _map(path: str, values: Array, entries: float | None = None) -> Histogram:
    contents = np.zeros(tuple(each + 2 for each in values.shape), np.float32, order="F")
    contents[1:-1, 1:-1] = values
    name = path.rpartition("/")[2]
    axes = tuple(Axis(each, 0.0, float(each)) for each in values.shape)
    total = float(contents.sum()) if entries is None else entries
    return Histogram(name, name, "TH2F", axes, contents, entries=total)


def _profile(path: str, entries: Array, means: Array) -> Histogram:
    weights = np.pad(entries, 1)
    sums = np.pad(entries * means, 1)
    squares = np.pad(entries * (means**2 + 1), 1)
    name = path.rpartition("/")[2]
    return Histogram(
        name,
        name,
        "TProfile",
        (Axis(len(entries), 0.0, float(len(entries))),),
        sums,
        sumw2=squares,
        bin_entries=weights,
        entries=float(entries.sum()),
    )
