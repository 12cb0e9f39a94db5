"""A site with one subsystem and pages of plain plots, for the benchmarks.

Each plot has a reference and, unless a benchmark leaves them out, three checks: chi2,
Kolmogorov and occupancy, of the run and of its last 1, 3 and 15 updates. In every 20th
plot half of the bins stay empty: by each check it is BAD, the others are GOOD.
"""

from __future__ import annotations

import os
import time
from struct import pack
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import dqm_tree, root_bytes, write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.verdict import Verdict

RUN = 398214
FIRST = 101  # lumisection of the first snapshot; all have three digits
EVENTS = 1000  # in a lumisection
CHECKS = "[{chi2: }, {kolmogorov: }, {dead_channels: {against: reference}}]"
CHECKED = ("chi2", "kolmogorov", "dead_channels")
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
_UNWATCHED = 50  # in a folder


def is_planted(number: int) -> bool:
    """Tell whether half of the bins of a plot stay empty."""
    return number % 20 == 3


def empty_half(contents: Array) -> None:
    """Empty half of the bins of x, in place."""
    bins = len(contents) - 2
    contents[1 + 3 * bins // 10 : 1 + 8 * bins // 10] = 0


def as_planted(verdict: Verdict | None, *, planted: bool, checks: bool = True) -> bool:
    """Tell whether each check finds what is in a plot."""
    if verdict is None:
        return False
    found = [each.status for each in verdict.checks if each.check in CHECKED]
    expected = Status.BAD if planted else Status.GOOD
    return found == [expected] * (len(CHECKED) if checks else 0)


def wrong_verdicts(verdicts: dict[str, Verdict], plots: int, *, checks: bool) -> int:
    """How many plots of the site are not judged as they are."""
    right = sum(
        as_planted(
            verdict, planted=is_planted(int(key.rpartition("plot")[2])), checks=checks
        )
        for key, verdict in verdicts.items()
    )
    return plots - right


def filled(
    plots: int, lumisections: int, random: np.random.Generator, bins: int = 100
) -> Array:
    """Contents of plots of a falling shape, Poisson, ``(plots, bins + 2)``."""
    shape = EVENTS * lumisections * np.exp(-np.linspace(0, 3, bins + 2))
    return random.poisson(shape, (plots, bins + 2)).astype(np.float32)


def plots_of(contents: Array) -> list[Histogram]:
    """A histogram of each row."""
    bins = contents.shape[1] - 2
    return [
        Histogram(
            name=f"plot{number:03d}",
            title=f"Plot {number}",
            root_class="TH1F",
            axes=(Axis(bins, 0.0, 10.0, title="charge [fC]"),),
            contents=row,
            entries=float(row.sum()),
            y_title="hits",
        )
        for number, row in enumerate(contents)
    ]


def event_info(lumisection: int) -> list[Scalar]:
    """What a client says of itself; each text is as long in all snapshots."""
    now = int(time.time())
    return [
        Scalar("iRun", RUN),
        Scalar("iLumiSection", lumisection),
        Scalar("processedEvents", EVENTS * lumisection),
        Scalar("processTimeStamp", now),
        Scalar("runStartTimeStamp", now - 100),
        Scalar("runType", "pp_run"),
    ]


class Snapshots:
    """Writes one snapshot after the other of plots that are filled on.

    Beside them lie `extra` elements nobody watches. The bytes are made once, without
    compression; what is another in each snapshot keeps its place. Two of the same
    arguments write the same.
    """

    def __init__(self, folder: Path, plots: int, extra: int = 0) -> None:
        self.lumisection = FIRST
        self._folder = folder
        self._random = np.random.default_rng(1)
        self._contents = self._more(plots, FIRST)
        made = plots_of(self._contents)
        folders: dict[str, list[Histogram | Scalar]] = {
            "Wide/Watched": [*made],
            "Wide/EventInfo": [*event_info(FIRST)],
        }
        unwatched = plots_of(filled(_UNWATCHED, 1, self._random, 20))
        for number in range(extra // _UNWATCHED):
            folders[f"Wide/Rest/folder{number:04d}"] = [*unwatched]
        tree = dqm_tree(RUN, folders)
        self._data = bytearray(root_bytes(tree, name="Wide.root", compression="none"))
        self._texts = {
            name: self._all_of(f"<{name}>i=".encode())
            for name in ("iLumiSection", "processedEvents", "processTimeStamp")
        }
        self._places = []
        at = 0
        for plot in made:
            at = self._data.index(plot.contents.astype(">f4").tobytes(), at)
            entries = self._data.rindex(pack(">d", plot.entries), 0, at)
            self._places.append((at, entries))
        self._path: Path | None = None

    def write(self) -> Path:
        """Put the snapshot in place as CMS does: write, rename, delete the older."""
        name = f"DQM_V0001_Wide_R{RUN:09d}.root.ls{self.lumisection:08d}_hosthere"
        path = self._folder / f"{name}_pid00000007"
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_bytes(self._data)
        temporary.replace(path)
        for older in self._folder.glob("DQM_V0001_Wide_R*.root.ls*"):
            if older != path:
                older.unlink()
        return path

    def renew(self) -> Path:
        """Fill the plots for a lumisection more, and write."""
        self.lumisection += 1
        self._contents += self._more(len(self._contents), 1)
        for (at, entries), row in zip(self._places, self._contents, strict=True):
            self._put(at, row.astype(">f4").tobytes())
            self._put(entries, pack(">d", float(row.sum())))
        for scalar in event_info(self.lumisection):
            for at in self._texts.get(scalar.name, ()):
                self._put(at, f"{scalar.value}".encode())
        return self.write()

    def _more(self, plots: int, lumisections: int) -> Array:
        found = filled(plots, lumisections, self._random)
        for number in filter(is_planted, range(plots)):
            empty_half(found[number])
        return found

    def _put(self, at: int, data: bytes) -> None:
        self._data[at : at + len(data)] = data

    def _all_of(self, words: bytes) -> list[int]:
        """Where what follows some words begins."""
        found, at = [], self._data.find(words)
        while at >= 0:
            found.append(at + len(words))
            at = self._data.find(words, at + 1)
        return found


def write_wide_site(
    folder: Path, plots: int, pages: int = 1, extra: int = 0, *, checks: bool = True
) -> tuple[Path, Path]:
    """Write the site and a first snapshot; (site, folder of the source)."""
    layouts = folder / "site" / "layouts"
    (layouts / "references").mkdir(parents=True)
    (folder / "site" / "instructions").mkdir()
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "references.yaml").write_text(RULES)
    lines = [
        "layout: Wide",
        f"defaults: {{checks: {CHECKS if checks else []}, stale_after: 60}}",
    ]
    lines.append("pages:")
    for page in range(1, pages + 1):
        lines += [f"  - page: Page {page}", "    columns: 6", "    plots:"]
        for number in range(plots):
            index = (page - 1) * plots + number
            lines.append(f"      - path: Wide/Watched/plot{index:03d}")
    (layouts / "Wide.yaml").write_text("\n".join(lines) + "\n")
    random = np.random.default_rng(2)
    write_dqm(
        layouts / "references" / "collisions.root",
        RUN - 100,
        {
            "Wide/Watched": [*plots_of(filled(plots * pages, 500, random))],
            "Wide/EventInfo": [*event_info(500)],
        },
    )
    data = folder / "data"
    data.mkdir()
    Snapshots(data, plots * pages, extra).write()
    return folder / "site", data


def renew_for_ever(folder: Path, plots: int, extra: int, every: float) -> None:
    """Write snapshot after snapshot until the parent is gone (for a child process)."""
    parent = os.getppid()
    snapshots = Snapshots(folder, plots, extra)
    while os.getppid() == parent:
        begun = time.monotonic()
        snapshots.renew()
        time.sleep(max(0.0, every - (time.monotonic() - begun)))
