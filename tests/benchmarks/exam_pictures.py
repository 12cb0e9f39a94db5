"""Items of an exam as pictures, for readers who look at nothing else.

Every item of a plan is prepared by its own simulated run and painted by the real
window, veiled as in the exam. The pictures are numbered; what is right stands apart,
in a file for whoever marks the readers' answers. Run:
``python tests/benchmarks/exam_pictures.py FOLDER [--seed N] [--items 40] [--first 0]``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from dqmconsole.app.application import qt_application
from dqmconsole.app.lesson_runs import LessonRuns
from dqmconsole.model.training import TRAINING
from dqmconsole.shift.client import EngineClient
from dqmconsole.site.site import bundled_site, read_site
from dqmconsole.training.items import needed_subsystems
from dqmconsole.training.plan import make_plan
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.window import MainWindow

PATIENCE = 20.0  # s for one item
SETTLE = 0.5  # s after the last tile came


def main() -> int:
    """Write the pictures and the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--truth", type=Path, help="file for what is right")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    application = qt_application()
    site = read_site(bundled_site())
    plan = make_plan(site, given.seed)
    runs = LessonRuns(bundled_site)
    client = EngineClient()
    window = MainWindow(client, Settings(None), start_demo=None, clock=time.time)
    window.resize(1600, 960)
    window.show()
    window.clock.stop()
    for dock in window.context.docks.values():
        dock.hide()
    truth = []
    try:
        for item in plan.items[given.first : given.first + given.items]:
            folder = runs.prepare(item.run, needed_subsystems(site, item))
            while runs.is_ready(folder) is False:
                time.sleep(0.05)
            client.set_blinded(True)
            client.open(folder, reference=runs.reference(item.run), banner=TRAINING)
            window.view.source_opened()
            window.view.forget_pictures()
            window.open_page_named(item.page)
            painted = _until_painted(window)
            name = f"item-{item.number + 1:03d}.png"
            window.picture().save(str(given.folder / name))
            truth.append(
                {
                    "picture": name, "truth": item.truth, "kind": item.kind,
                    "cause": item.cause, "page": item.page, "seed": item.run.seed,
                    "causes": item.run.causes, "ahead": item.run.ahead,
                    "run_type": item.run.run_type, "painted": painted,
                    "automatic": _automatic(window, client),
                }
            )  # fmt: skip
            runs.drop(folder)
            print(name, "painted" if painted else "NOT WHOLE", flush=True)
    finally:
        window.close()
        client.close()
        runs.close()
        window.deleteLater()
        application.processEvents()
    where = given.truth or given.folder.with_suffix(".truth.json")
    where.write_text(json.dumps(truth, indent=1))
    return 0


def _until_painted(window: MainWindow) -> bool:
    """Let the window run until every tile in view has its picture; whether it had."""
    loop = QEventLoop()
    begun, settled = time.monotonic(), 0.0

    def look() -> None:
        nonlocal settled
        window.clock.tick()
        now = time.monotonic()
        tiles = [each for each in window.view.grid.visible_tiles() if each.key]
        whole = bool(tiles) and all(
            each.tile is not None and each.tile.picture is not None for each in tiles
        )
        settled = (settled or now) if whole else 0.0
        if (settled and now - settled > SETTLE) or now - begun > PATIENCE:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    timer.stop()
    return bool(settled)


def _automatic(window: MainWindow, client: EngineClient) -> str:
    statuses = [
        verdict.status.value
        for tile in window.view.grid.tiles
        if (verdict := client.judged(tile.key)) is not None
    ]
    return "bad" if "BAD" in statuses else "good"


if __name__ == "__main__":
    sys.exit(main())
