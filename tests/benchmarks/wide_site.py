"""A site with one subsystem and pages of plain plots, for the benchmarks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

RUN = 398214
SITE = """\
experiment: benchmark
run_types: {pp_run: collisions}
conditions:
  run_type: Wide/EventInfo/runType
  lumisection: "{subsystem}/EventInfo/iLumiSection"
  events: "{subsystem}/EventInfo/processedEvents"
  timestamp: "{subsystem}/EventInfo/processTimeStamp"
  started: "{subsystem}/EventInfo/runStartTimeStamp"
"""
RULES = """\
- file: references/collisions.root
  chosen_by: benchmark
  chosen_on: 2026-01-01
  why: it is there
"""


def plots_of(plots: int, scale: float, seed: int, bins: int = 100) -> list[Histogram]:
    """`plots` histograms of a falling shape, Poisson, of `bins` bins each."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(plots):
        shape = 1000 * scale * np.exp(-np.linspace(0, 3, bins + 2))
        counts = rng.poisson(shape).astype(np.float32)
        found.append(
            Histogram(
                name=f"plot{number:03d}",
                title=f"Plot {number}",
                root_class="TH1F",
                axes=(Axis(bins, 0.0, 10.0, title="charge [fC]"),),
                contents=counts,
                entries=float(counts.sum()),
                y_title="hits",
            )
        )
    return found


def event_info(events: int, lumisection: int) -> list[Scalar]:
    """What a client says of itself."""
    now = time.time()
    return [
        Scalar("iRun", RUN),
        Scalar("iLumiSection", lumisection),
        Scalar("processedEvents", events),
        Scalar("processTimeStamp", now),
        Scalar("runStartTimeStamp", now - 100),
        Scalar("runType", "pp_run"),
    ]


def write_snapshot(
    folder: Path, plots: int, lumisection: int, extra: int = 0, bins: int = 100
) -> Path:
    """One snapshot: the watched plots, and `extra` elements nobody watches."""
    path = folder / (
        f"DQM_V0001_Wide_R{RUN:09d}.root.ls{lumisection:08d}_hosthere_pid00000007"
    )
    folders: dict[str, list[Histogram | Scalar]] = {
        "Wide/Watched": [*plots_of(plots, lumisection, lumisection, bins)],
        "Wide/EventInfo": [*event_info(1000 * lumisection, lumisection)],
    }
    unwatched = plots_of(50, 1.0, 7, 20)
    for number in range(extra // 50):
        folders[f"Wide/Rest/folder{number:04d}"] = [*unwatched]
    write_dqm(path, RUN, folders)
    for older in folder.glob("DQM_V0001_Wide_R*.root.ls*"):
        if older != path:
            older.unlink()
    return path


def write_wide_site(
    folder: Path, plots: int, pages: int = 1, extra: int = 0
) -> tuple[Path, Path]:
    """Write the site and a first snapshot; (site, folder of the source)."""
    layouts = folder / "site" / "layouts"
    (layouts / "references").mkdir(parents=True)
    (folder / "site" / "instructions").mkdir()
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "references.yaml").write_text(RULES)
    lines = ["layout: Wide", "pages:"]
    for page in range(1, pages + 1):
        lines += [f"  - page: Page {page}", "    columns: 6", "    plots:"]
        for number in range(plots):
            index = (page - 1) * plots + number
            lines.append(f"      - path: Wide/Watched/plot{index:03d}")
    (layouts / "Wide.yaml").write_text("\n".join(lines) + "\n")
    write_dqm(
        layouts / "references" / "collisions.root",
        RUN - 100,
        {
            "Wide/Watched": [*plots_of(plots * pages, 50.0, 1)],
            "Wide/EventInfo": [*event_info(50_000, 50)],
        },
    )
    data = folder / "data"
    data.mkdir()
    write_snapshot(data, plots * pages, 1, extra)
    return folder / "site", data


def renew_for_ever(folder: Path, plots: int, extra: int, every: float) -> None:
    """Write snapshot after snapshot until the parent is gone (for a child process)."""
    parent = os.getppid()
    lumisection = 2
    while os.getppid() == parent:
        begun = time.monotonic()
        write_snapshot(folder, plots, lumisection, extra)
        lumisection += 1
        time.sleep(max(0.0, every - (time.monotonic() - begun)))
