"""``kill -9`` of the engine at random moments, where nothing is recorded.

A folder is judged with plots half of whose bins stay empty, some from the start and
some from a lumisection on, so that the run so far still is good. Every change of their
status that the client tells is printed; that one is GOOD after it was BAD is counted,
and fails (exit 1).

    python tests/benchmarks/kill_engine.py [--kills 30] [--defaults]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from wide_site import CHECKS, FIRST, Snapshots, empty_half, is_planted, write_wide_site

from dqmconsole.model.frame import Frame, VerdictFact
from dqmconsole.model.verdict import Status
from dqmconsole.shift import feed as module
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.feed import Feed

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.message import Down, Up

PLOTS = 24
EVERY = 0.3  # s between two snapshots
LATE = FIRST + 25  # lumisection from which the late fault shows
BEGINS = 8.0  # s until the first kill: the late fault was seen


def is_late(number: int) -> bool:
    """Tell whether half of the bins of a plot are no longer filled from LATE on."""
    return number % 20 == 7


class Faulty(Snapshots):
    """Snapshots in which another fault begins in mid-run."""

    def _more(self, plots: int, lumisections: int) -> Array:
        found = super()._more(plots, lumisections)
        for number in filter(is_late, range(plots)):
            if self.lumisection >= LATE:
                empty_half(found[number])
        return found


class Told(Feed):
    """What comes from engines; prints and counts what they tell of faulty plots."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: set[str] = set()
        self.wrong = 0
        self._last: dict[str, Status] = {}

    def take(self) -> list[Up | Down]:
        """What has come in."""
        came = super().take()
        frames = (each for each in came if isinstance(each, Frame))
        for fact in (fact for frame in frames for fact in frame.facts):
            if isinstance(fact, VerdictFact):
                self._look(fact)
        return came

    def _look(self, fact: VerdictFact) -> None:
        number, verdict = int(fact.key.rpartition("plot")[2]), fact.verdict
        before, status = self._last.get(fact.key), verdict.status
        if status is before or not (is_planted(number) or is_late(number)):
            return
        self._last[fact.key] = status
        if status is Status.BAD:
            self.bad.add(fact.key)
        wrong = status is Status.GOOD and fact.key in self.bad
        self.wrong += wrong
        change = f"plot{number:03d} {before or '–'} → {status} since {verdict.since}"
        said = f"{change}: {verdict.sentence[:100]}{' *** WRONG' if wrong else ''}"
        print(f"{time.strftime('%X')} engine {self.pid} {said}", flush=True)


def main() -> int:
    """Run it; 0 when nothing was told GOOD that was BAD."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=4.0, help="s between kills")
    parser.add_argument("--defaults", action="store_true", help="adopted, no others")
    asked = parser.parse_args()
    quick = patch.object(module, "PAUSES", (0.2,))  # engines do not last on purpose
    with tempfile.TemporaryDirectory() as scratch, quick:
        feed = Told()
        _kill(Path(scratch), feed, asked)
    print(f"{asked.kills} kills; GOOD after BAD: {feed.wrong}")
    return int(feed.wrong > 0)


def _kill(folder: Path, feed: Told, asked: argparse.Namespace) -> None:
    site, data = write_wide_site(folder, PLOTS)
    if asked.defaults:
        layout = site / "layouts" / "Wide.yaml"
        layout.write_text(layout.read_text().replace(CHECKS, "defaults"))
    snapshots, dice = Faulty(data, PLOTS), random.Random(asked.seed)
    client = EngineClient(feed, memory=str(folder / "state"))
    client.open(str(data), site=str(site))
    renew_at, kill_at, kills = 0.0, time.monotonic() + BEGINS, 0
    while kills < asked.kills or time.monotonic() < kill_at:
        client.take()
        now = time.monotonic()
        if now >= renew_at:
            snapshots.renew()
            renew_at = now + EVERY
        if now >= kill_at and feed.pid and kills < asked.kills:
            os.kill(feed.pid, signal.SIGKILL)
            kills += 1
            print(f"{time.strftime('%X')} engine {feed.pid} is killed", flush=True)
            kill_at = now + 1.0 + dice.random() * asked.longest
        time.sleep(0.01)
    client.close()


if __name__ == "__main__":
    sys.exit(main())
