"""Good runs that differ a little, as files and as records, for tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from support.recorded_site import SHAPE, make_recorded_site, plot, write_run

from dqmconsole.recording.recorder import Item, Recorder, Update

if TYPE_CHECKING:
    from pathlib import Path

GOOD = (110, 111, 112, 113, 114, 115)
LAYOUT = """\
layout: Hcal   # the calorimeter
owner: hcal-dqm
pages:
  - page: One
    audience: expert
    plots:
      - path: "Hcal/Digi/{a,b}"
        checks:
          - kolmogorov: {warn_above: 0.02, bad_above: 0.5}   # by eye
          - mean:
              warn_below: 0.3   # both ends
              warn_above: 0.6
"""


def make_site(folder: Path, spread: float = 0.1) -> Path:
    """The recorded site with a layout of its own and six good runs."""
    make_recorded_site(folder)
    (folder / "layouts/Hcal.yaml").write_text(LAYOUT)
    random = np.random.default_rng(1)
    for run, tilt in zip(GOOD, random.normal(0, spread, len(GOOD)), strict=True):
        write_run(folder / "runs", run, events=100_000, shape=tilted(tilt))
    return folder


def tilted(tilt: float) -> tuple[float, ...]:
    """The shape of the reference, more to one side: of 0.3 by half an RMS or so."""
    return tuple(np.array(SHAPE) * np.exp(tilt * np.linspace(-3, 3, 10)))


def record_good(folder: Path, run: int, *, spread: float, updates: int = 60) -> None:
    """Record 60 updates of 100 s of a run, whose shapes differ by so much."""
    random = np.random.default_rng(run)
    recorder = Recorder(folder, "/dqm")
    whole, total = None, np.zeros(12)
    for at in range(1, updates + 1):
        one = plot("a", tilted(random.normal(0, spread)), 2000)
        total += one.contents
        whole = msgspec.structs.replace(
            one, contents=total.astype("f4"), entries=float(total.sum())
        )
        items = [Item("Hcal/Digi/a", whole), Item("Hcal/Digi/b", whole)]
        recorder.note(run, Update("Hcal", at, 1000.0 + 100 * at, 2000.0 * at), items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
