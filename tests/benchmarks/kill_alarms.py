"""``kill -9`` of what alarms and answers go through, while faults come and go.

Two consoles, each with an engine of its own, look at one simulated detector and share
one book on PostgreSQL; a person acknowledges at both. At random moments the engine that
holds the lease, the other engine, a console or the database is killed. Once all go on,
what both consoles tell is compared with what they told before: alarms that are lost,
plots that are wrong in two rows, onsets that moved, news counted back, answers that
were in the book and do not hold, and how long it took until an engine had the lease and
both consoles were ready and agreed. Any loss, any takeover over 10 s, and an
acknowledgement that the other console, while both are ready, has after more than 2 s
fails (exit 1).

    python tests/benchmarks/kill_alarms.py [--kills 50] [--seed 1] [--apart] [--json F]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.alarm_consoles import Detector, write_site
from support.books import Place
from support.postgres import Cluster, programs

from dqmconsole.model.cause import GROWTH, Extent, overlap
from dqmconsole.model.record import AlarmSeen
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.run_file import source_folder

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parent.parent
WITHIN = 10.0  # s, until another engine has the lease
ANSWERED = 2.0  # s, until the other console has an acknowledgement
SETTLED = 3.0  # s after which the onset of an alarm is the same at both
BUSY = 6.0  # s
GIVES_UP = 90.0  # s, until it is taken that something never comes
FAULTS = ("hv-trip:Hcal*4", "hv-trip:RPC*4", "fed-lost:RPC*2", "fed-lost:Hcal*2")
KINDS = ("lease holder", "other engine", "console", "PostgreSQL")
ACCOUNTS = ("sue_shifter", "leo_leader")


class Child:
    """A console process, started again whenever it was killed."""

    def __init__(self, number: int, *words: object) -> None:
        self._words = [str(number), *map(str, words)]
        self.start()

    def start(self) -> None:
        """Start it."""
        self.said: dict[str, Any] = {}
        script = TESTS / "support" / "alarm_consoles.py"
        self._process = subprocess.Popen(
            [sys.executable, str(script), *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        )
        threading.Thread(
            target=self._listen, args=(self._process,), daemon=True
        ).start()

    def acknowledge(self) -> None:
        """Have the first alarm that asks acknowledged."""
        assert self._process.stdin is not None
        self._process.stdin.write("acknowledge\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it, and start another one."""
        self._process.kill()
        self._process.wait()
        self.start()

    def end(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if process is self._process:
                self.said = json.loads(line)


class Scene:
    """Detector, database and consoles."""

    def __init__(self, folder: Path, cluster: Cluster, asked: Any) -> None:  # noqa: ANN401
        self.cluster, self.dice = cluster, random.Random(asked.seed)
        place = Place(cluster.database(), cluster)
        place.make()
        site, data = write_site(folder / "site"), folder / "data"
        self.detector = Detector(data, asked.every)
        self.detector.look()
        states = [folder / (f"state{n}" if asked.apart else "state") for n in (0, 1)]
        self.indices = {source_folder(each / "runs", str(data)) / FILE
                        for each in states}  # fmt: skip
        self._source = str(data)
        self.consoles = [
            Child(n, data, site, place.url, ACCOUNTS[n], states[n], folder)
            for n in (0, 1)
        ]
        self._strike_at = self.detector.lumisection + 6
        self._answer_at, self._killed_at = 0.0, 0
        self._killed: set[int] = set()
        self._known: set[str] = set()  # the answers that are not timed any more
        self._first: dict[str, float] = {}  # when one console had an answer
        self.seen_after: list[float] = []  # s, until the other had it
        self.waited, self._says_at = "", 0.0  # for what, last

    def go_on(self, until: Callable[[], object], patience: float = GIVES_UP) -> float:
        """Let everything go on until something holds; s that took, inf for never.

        After BUSY s nothing more is answered, so that all can agree.
        """
        began = time.monotonic()
        while not until():
            if time.monotonic() - began > patience:
                return float("inf")
            self.detector.look()
            self._look_at_answers()
            if self.detector.lumisection >= self._strike_at:
                self.detector.strike(self.dice.choice(FAULTS), self.dice.randint(5, 14))
                self._strike_at += self.dice.randint(10, 25)
            busy = time.monotonic() - began < BUSY
            if busy and time.monotonic() >= self._answer_at:
                self._answer_at = time.monotonic() + self.dice.uniform(0.5, 4.0)
                console = self.dice.choice(self.consoles)
                if console.said.get("ready"):
                    console.acknowledge()
            time.sleep(0.01)
        return time.monotonic() - began

    def _look_at_answers(self) -> None:
        """See how long answers take from one console to the other."""
        now = time.monotonic()
        one, other = (set(each.said.get("answered", ())) for each in self.consoles)
        if not all(each.said.get("ready") for each in self.consoles):
            self._first = {}  # what was on its way is not timed
            self._known |= one | other
            return
        for uid in (one & other) - self._known:
            self.seen_after.append(now - self._first.pop(uid, now))
        self._known |= one & other
        for uid in (one ^ other) - self._known:
            self._first.setdefault(uid, now)

    def holders(self) -> set[int]:
        """The processes that hold a lease."""
        found = set()
        for path in self.indices:
            try:
                index = Index(path, reading=True)
                holder = index.holder(self._source)
                index.close()
            except sqlite3.Error:
                continue
            if holder:
                found.add(int(holder.split()[1]))
        return found

    def engines(self) -> set[int]:
        """The engines that live, as their consoles say."""
        pids = {each.said.get("engine", 0) for each in self.consoles}
        return {pid for pid in pids if pid and Path(f"/proc/{pid}").exists()}

    def held(self) -> bool:
        """An engine that lives has each lease."""
        living = self.engines() - self._killed
        return len(self.holders() & living) == len(self.indices)

    def agreed(self) -> bool:
        """Both have seen new data, and tell the same of alarms and answers."""
        waits = self._waits_for()
        self.waited = waits or self.waited
        if waits and time.monotonic() > self._says_at:
            self._says_at = time.monotonic() + 10.0
            print(f"      waits for {waits}", flush=True)
        return not waits

    def _waits_for(self) -> str:
        """What is not there yet."""
        for number, console in enumerate(self.consoles):
            if not console.said.get("ready"):
                return f"console {number}: {console.said.get('why', 'starts')}"
            if (console.said["run"] or 0) < self._killed_at + 2:
                return f"console {number} sees new data"
        if not self.held():
            return "the lease"
        one, other = (each.said for each in self.consoles)
        parts = ["answered", "told", "rows"]
        if len(self.indices) > 1:
            parts = ["answered"]
        for part in parts:
            for name in sorted(one[part].keys() | other[part].keys()):
                mine, theirs = one[part].get(name), other[part].get(name)
                if _decided(mine) != _decided(theirs):
                    told = [each["told"].get(name) for each in (one, other)]
                    return f"the same {part}, {name}: {mine} {theirs} of {told}"
        return ""

    def kill(self, kind: str) -> None:
        """Kill something."""
        self._killed_at = self.detector.lumisection
        if kind == "console":
            self.dice.choice(self.consoles).kill()
        elif kind == "PostgreSQL":
            path = Path(self.cluster.socket) / "data" / "postmaster.pid"
            os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
            self.go_on(lambda: False, 2.0)
            starting = threading.Thread(target=self._start_database)
            starting.start()
            self.go_on(lambda: not starting.is_alive())
        else:
            holders, engines = self.holders(), self.engines()
            wanted = engines & holders if kind == "lease holder" else engines - holders
            for pid in [*wanted][:1] or [*engines][:1]:
                os.kill(pid, signal.SIGKILL)
                self._killed.add(pid)

    def _start_database(self) -> None:
        for _ in range(20):  # what it left goes on for a moment
            try:
                self.cluster.start()
            except subprocess.CalledProcessError:
                time.sleep(0.5)
            else:
                return


def _decided(told: Any) -> Any:  # noqa: ANN401 - as it was said
    """What is not seen by each engine itself, of what is told of an alarm."""
    alarm = isinstance(told, dict) and "onset" in told
    return [told["onset"], told["news"]] if alarm else told


def _merged(consoles: list[Child]) -> dict[str, Any]:
    """What both told, as it was agreed."""
    one, other = (each.said for each in consoles)
    return {
        "at": time.time(),
        "told": [one["told"], other["told"]],
        "rows": [one["rows"], other["rows"]],
        "answered": {**one["answered"], **other["answered"]},
    }


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    """What became of alarms and answers that should not have."""
    found: dict[str, list[str]] = {name: [] for name in COUNTED}
    for number in (0, 1):
        was, now = before["told"][number], after["told"][number]
        found["lost"] += [name for name in was if name not in now]
        found["moved"] += [
            f"{name}: {was[name]['onset']} → {now[name]['onset']}"
            for name in was
            if name in now and was[name]["onset"][0] < before["at"] - SETTLED
            if _moved(was[name]["onset"], now[name]["onset"])
        ]
        found["news"] += [
            name
            for name in was
            if name in now
            if now[name]["news"]
            < min(each[name]["news"] for each in before["told"] if name in each)
        ]
        wrong = Counter(key for each in now.values() for key in each["wrong"])
        found["doubled"] += [key for key, many in wrong.items() if many > 1]
        rows, new = before["rows"][number], after["rows"][number]
        for name, (state, uid) in rows.items():
            if state != "acknowledged" or name not in now:
                continue
            same = now[name]["news"] == was.get(name, now[name])["news"]
            same = same and not _grew(before["answered"].get(uid), now[name])
            asks = new.get(name, ["gone", ""])[0] == "unacknowledged"
            if same and asks:
                found["answers"].append(f"{name} by {uid}")
    found["answers"] += [uid for uid in before["answered"]
                         if uid not in after["answered"]]  # fmt: skip
    return found


def _grew(answer: Any, told: Any) -> bool:  # noqa: ANN401 - as they were said
    """Tell whether an alarm is more than it was when it was answered."""
    if answer is None:
        return False
    seen = msgspec.convert(answer, AlarmSeen)
    extent = msgspec.convert(told["extent"], Extent | None)
    more = len(told["wrong"]) >= GROWTH * max(seen.plots, 1)
    if seen.extent is None or extent is None:
        return more
    alike = seen.extent.names == extent.names
    more |= alike and extent.size >= GROWTH * seen.extent.size
    return more or not overlap(seen.extent, extent)


COUNTED = ("lost", "doubled", "moved", "news", "answers")


def _moved(before: list[Any], now: list[Any]) -> bool:
    """Tell whether an onset is another; plots that join make its interval smaller."""
    began, first, last = before
    earlier = first is not None and (now[1] is None or now[1] < first)
    later = last is not None and (now[2] is None or now[2] > last)
    return bool(began != now[0] or earlier or later)


def main() -> int:
    """Run it; 0 when nothing was lost, doubled or moved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=0.6, help="s a lumisection")
    parser.add_argument("--apart", action="store_true", help="engines share nothing")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    cluster = Cluster(programs() or Path("/nowhere"))
    cluster.make()
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            scene = Scene(Path(scratch), cluster, asked)
            try:
                return _rounds(scene, asked)
            finally:
                for console in scene.consoles:
                    console.end()
    finally:
        cluster.remove()


def _rounds(scene: Scene, asked: argparse.Namespace) -> int:
    print(f"SIMULATED; ready after {scene.go_on(scene.agreed):.1f} s", flush=True)
    kinds = [KINDS[n % len(KINDS)] for n in range(asked.kills)]
    scene.dice.shuffle(kinds)
    results: list[dict[str, Any]] = []
    for number, kind in enumerate(kinds, 1):
        scene.go_on(lambda: False, scene.dice.uniform(0.5, 4.0))
        before = _merged(scene.consoles)
        scene.kill(kind)
        held = scene.go_on(scene.held)
        agreed = held + scene.go_on(scene.agreed)
        after = _merged(scene.consoles)
        found = compare(before, after) if agreed < float("inf") else {"never": [kind]}
        alarms = len(after["told"][0])
        results.append({"kind": kind, "held": held, "agreed": agreed, "alarms": alarms,
                        "answers": len(after["answered"]), **found})  # fmt: skip
        words = "; ".join(f"{name}: {each}" for name, each in found.items() if each)
        words += f" last waited for {scene.waited}" if agreed > WITHIN else ""
        print(f"{number:3d} {kind:13} lease {held:5.1f} s, agreed {agreed:5.1f} s, "
              f"{alarms} alarms, {len(after['answered'])} answers  {words}",
              flush=True)  # fmt: skip
    if asked.json is not None:
        asked.json.write_text(json.dumps(results, indent=1))
    bad = 0
    print(f"\n{'killed':13} kills  lease max  agreed median/max  "
          + "  ".join(COUNTED) + "  never")  # fmt: skip
    for kind in KINDS:
        some = [each for each in results if each["kind"] == kind]
        if not some:
            continue
        held = max(each["held"] for each in some)
        times = sorted(each["agreed"] for each in some)
        counts = [sum(len(each.get(name, ())) for each in some)
                  for name in (*COUNTED, "never")]  # fmt: skip
        bad += sum(counts) + (kind == "lease holder" and held > WITHIN)
        print(f"{kind:13} {len(some):5d} {held:9.1f}  {times[len(times) // 2]:7.1f} /"
              f" {times[-1]:6.1f}   {counts}")  # fmt: skip
    seen = sorted(scene.seen_after) or [0.0]
    print(f"an acknowledgement at the other console: median {seen[len(seen) // 2]:.2f},"
          f" at most {seen[-1]:.2f} s of {len(scene.seen_after)}")  # fmt: skip
    return int(bad > 0 or seen[-1] > ANSWERED)


if __name__ == "__main__":
    sys.exit(main())
