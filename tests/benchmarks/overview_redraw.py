"""Redraw the overview: 16 subsystems by 2,000 lumisections, and the frame around them.

Three cases, each in a window of 1366 by 768 pixels and each frame painted whole: the
last lumisection grows by one; the keyboard moves by one row; and, far worse than any
run, every lumisection of every subsystem is another status. Folding the facts into rows
and painting are told apart. The contender is a stock `QTableWidget` of 16 rows and as
many columns as lumisections, as wide as it shows, repainted.

    python tests/benchmarks/overview_redraw.py [--frames N] [--json FILE]
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec
from frame import keep, options, quantile
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem
from support.consoles import Console
from support.fake_session import HCAL, NOW, OTHERS, RUN, live_session, run_info
from support.overview_scene import keys_of

from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.run import Client
from dqmconsole.model.verdict import Status
from dqmconsole.ui.fonts import load_fonts

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.fake_session import FakeSession

LUMISECTIONS = 2000
LENGTH = 23.3
EVERY = (Status.GOOD, Status.WARNING, Status.BAD, Status.STALE)


def grown(client: FakeSession, last: int) -> None:
    """The run has come so far."""
    clients = tuple(Client(name, RUN, last, "live") for name in (HCAL, *OTHERS))
    info = run_info(RUN, last)
    client.put_run(msgspec.structs.replace(info, clients=clients))
    at = NOW - (LUMISECTIONS - last) * LENGTH
    client.put_history(
        LumisectionsFact(RUN, last, last, at, True, "stable beams", 24, 24, (),
                         2e4 - last, 3.8)
    )  # fmt: skip


def session(*, wild: bool) -> FakeSession:
    """A run of 2,000 lumisections: a dozen changes each, or one in every one."""
    client = live_session()
    for last in range(1, LUMISECTIONS + 1):
        grown(client, last)
    facts = []
    for number, name in enumerate((HCAL, *OTHERS)):
        keys = keys_of(client.site, name)
        facts += [fact(key, Status.GOOD, 3) for key in keys]
        step = 1 if wild else 150
        statuses = itertools.cycle(EVERY if wild else (Status.BAD, Status.GOOD))
        for last in range(20 + 7 * number, LUMISECTIONS, step):
            facts.append(fact(keys[0], next(statuses), last))
    client.put_history(*facts)
    return client


def fact(key: str, status: Status, last: int) -> TransitionFact:
    at = NOW - (LUMISECTIONS - last) * LENGTH
    return TransitionFact(key, RUN, status, at, last, "why")


def timed(frames: int, prepare: Callable[[int], None], paint: Callable[[], None]) -> (
    tuple[list[float], list[float]]
):  # fmt: skip
    """Times of preparing and of painting, ms; the first two are not counted."""
    made, painted = [], []
    for number in range(frames + 2):
        began = time.perf_counter()
        prepare(number)
        between = time.perf_counter()
        paint()
        ended = time.perf_counter()
        made.append(1000 * (between - began))
        painted.append(1000 * (ended - between))
    return made[2:], painted[2:]


def ours(frames: int, *, wild: bool) -> dict[str, float]:
    """Fold and paint the overview."""
    client = session(wild=wild)
    folder = Path(tempfile.mkdtemp())
    console = Console(client, folder / "c.ini", size=(1366, 768), overview=True)
    console.wait(1)
    page = console.window.parts.overview
    view = page.viewport()
    image = QImage(view.size(), QImage.Format.Format_RGB32)

    def grow(number: int) -> None:
        grown(client, LUMISECTIONS + number + 1)
        client.take()
        page.look(console.now + number + 1)

    def move(number: int) -> None:
        page.step(0, 1 if number % 16 else -15)

    found = {}
    for name, prepare in (("a lumisection more", grow), ("a row further", move)):
        made, painted = timed(frames, prepare, lambda: view.render(image))
        found[f"{name}: painting"] = statistics.median(painted)
        found[f"{name}: painting, p99"] = quantile(painted, 0.99)
        found[f"{name}: before it"] = statistics.median(made)
    console.close()
    return found


def stock(frames: int) -> dict[str, float]:
    """Repaint a table of as many cells."""
    table = QTableWidget(16, LUMISECTIONS)
    table.resize(1366, 768)
    table.horizontalHeader().setMinimumSectionSize(1)
    for column in range(LUMISECTIONS):
        table.setColumnWidth(column, 1)
        for row in range(16):
            item = QTableWidgetItem()
            item.setBackground(QColor("#9DB2C4"))
            table.setItem(row, column, item)
    table.setShowGrid(False)
    view = table.viewport()
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    _, painted = timed(frames, lambda _: None, lambda: view.render(image))
    return {"QTableWidget, the columns it shows": statistics.median(painted)}


def main() -> None:
    given = options(__doc__, frames=60)
    app = QApplication([])
    load_fonts(app)
    result = {
        "a usual run": ours(given.frames, wild=False),
        "every lumisection another status": ours(given.frames, wild=True),
        "stock": stock(given.frames),
    }
    for case, figures in result.items():
        print(f"{case}, ms:")
        for name, value in figures.items():
            print(f"  {name:<36} {value:7.2f}")
    keep(given.json, result)


if __name__ == "__main__":
    main()
