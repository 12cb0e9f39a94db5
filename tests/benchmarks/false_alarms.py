"""Count what the bundled site says of good running, and what it finds of each fault.

The simulated detector is stepped without real time; every few lumisections its
clients' elements are handed to the engine's own `SourceContext`, which judges them
with the bundled layouts and references. What the producer's tests find is kept from
the engine and counted apart.

``hours`` counts good running: verdicts that change to WARNING or BAD and back, by plot,
check and who asked for it, those of adopted checks (which may sound) apart; and of the
looks at plots that apply, how many were judged, with what kept the others from it.
``causes`` lets each cause of the simulator's table happen, one at a time, and says what
finds it, and after how many updates. Parts that are done are passed over, so that both
can be stopped and started again, a part of an hour or two at a time; ``table`` prints
what is there.

    python tests/benchmarks/false_alarms.py hours --seed 101 [--type T] [--hours H]
        [--first N] [--parts N] [--every LS] [--run-length LS] --json FILE
    python tests/benchmarks/false_alarms.py causes --seed 301 [--cause NAME] --json FILE
    python tests/benchmarks/false_alarms.py table --json FILE [--also FILE ...]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from dqmconsole.desk.judge_source import judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.layout import RUN_TYPES
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import TABLE, find
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.layout import RunType
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.simulation.table.cause import Cause

PER_HOUR = 3600 / LUMISECTION_SECONDS
WRONG = (Status.WARNING, Status.BAD)
ONSET, AFTER = 19, 20  # lumisections: of a cause, and those that are looked at after it
BESIDE = {"Info", "FED", "L1T", "HLT"}  # judged with the subsystem that a cause strikes
COLUMN_EVERY = 400  # lumisections of a fill after which the prescale column moves
KEPT = 3  # sentences of each plot and check in the table
NOT_APPLIED = (Status.NOT_APPLICABLE, Status.WAITING, Status.DISABLED)


class Change(NamedTuple):
    """A plot's verdict became another.

    Attributes:
        elapsed: lumisections since the start of the simulation.
        plot: its key.
        before, after: GOOD, WARNING or BAD.
        verdict: the new verdict.
    """

    elapsed: int
    plot: str
    before: Status
    after: Status
    verdict: Verdict


class Bench:
    """A simulated detector, judged by the bundled site.

    Args:
        simulation: the detector.
        every: lumisections between two updates.
        run_length: lumisections of a run.
        reference: a file that goes before the rules of the site, or "".
    """

    def __init__(
        self, simulation: Simulation, every: int, run_length: int, reference: str = ""
    ) -> None:
        self.simulation = simulation
        self.detector = SteppedDetector(simulation, every, lambda: run_length)
        self.source = self.detector.source
        self.context = SourceContext(self.source, bundled_site(), reference)
        self.updates = 0
        self.judging = 0.0
        self.standing: dict[str, Status] = {}
        self.statuses: dict[str, Status] = {}
        self.sentences: dict[str, str] = {}

    def go_on(self) -> Iterator[list[Change]]:
        """One lumisection after the other; the changes after each update."""
        for now in self.detector.steps():
            yield [] if now is None else self._judge(now)

    def _judge(self, now: float) -> list[Change]:
        self.updates += 1
        start = time.process_time()
        judge_at(self.context, now)
        self.context.take_facts()
        self.judging += time.process_time() - start
        changes = []
        for key, one in self.context.judging.plots.items():
            verdict = one.verdict
            if verdict is None:
                continue
            self.statuses[key] = verdict.status
            self.sentences[key] = verdict.sentence
            if verdict.status not in JUDGED:
                continue
            before = self.standing.get(key, Status.GOOD)
            self.standing[key] = verdict.status
            if verdict.status is not before:
                elapsed = self.simulation.state.elapsed
                changes.append(Change(elapsed, key, before, verdict.status, verdict))
        return changes


def count_hours(
    run_type: RunType, seed: int, first: int, hours: float, every: int, run_length: int
) -> dict[str, Any]:
    """Good running: what changed, and what stood.

    Args:
        run_type: collisions, cosmics or heavy-ions.
        seed: of the simulation.
        first: lumisection of the fill it begins in.
        hours: how long.
        every: lumisections between two updates.
        run_length: lumisections of a run.
    """
    start = time.process_time()
    simulation = Simulation(run_type, seed)
    simulation.state.beam.age = first
    bench = Bench(simulation, every, run_length)
    changes: dict[tuple[str, ...], Counter[str]] = {}
    sentences: dict[tuple[str, ...], list[str]] = {}
    stood: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    unjudged: dict[str, Counter[str]] = {}
    why: dict[str, str] = {}
    produced_before: dict[str, Status] = {}
    produced: Counter[str] = Counter()
    deciding: dict[str, tuple[str, ...]] = {}
    updates, steps = 0, bench.go_on()
    for _ in range(round(hours * PER_HOUR)):
        age = simulation.state.beam.age
        simulation.state.trigger.usual_column = _column(run_type, age)
        found = next(steps)
        for each in found:
            key = deciding.get(each.plot, ("", "", "", "default"))
            if each.after in WRONG:
                key = deciding[each.plot] = _who(each)
                run, ls = simulation.state.run, simulation.state.lumisection
                said = f"run {run} LS {ls} (LS {age} of the fill), {each.after}"
                texts = sentences.setdefault(key, [])
                texts.append(f"{said}: {each.verdict.sentence}")
            sort = f"{each.before} to {each.after}"
            changes.setdefault(key, Counter())[sort] += 1
        if bench.updates > updates:
            updates = bench.updates
            for plot, status in bench.statuses.items():
                statuses[status.value] += 1
                if status in WRONG:
                    stood[plot] += 1
                elif status not in (*JUDGED, *NOT_APPLIED):
                    unjudged.setdefault(plot, Counter())[status.value] += 1
                    why[plot] = bench.sentences[plot]
            for path, status in bench.source.produced.items():
                before = produced_before.get(path, Status.GOOD)
                if status is not before:
                    produced[path] += 1
            produced_before = dict(bench.source.produced)
    bench.context.close()
    return {
        "hours": hours,
        "every": every,
        "updates": bench.updates,
        "changes": [
            {"plot": key[0], "check": key[1], "origin": key[2],
             "adopted": key[3] == "adopted", "changes": dict(many),
             "sentences": sentences.get(key, [])}
            for key, many in changes.items()
        ],
        "stood": dict(stood),
        "statuses": dict(statuses),
        "unjudged": {
            plot: {"looks": dict(looks), "last": why[plot]}
            for plot, looks in unjudged.items()
        },
        "produced": dict(produced),
        "seconds": time.process_time() - start,
        "judging": bench.judging,
    }  # fmt: skip


def _column(run_type: RunType, age: int) -> int:
    """The prescale column, which follows the luminosity through a fill."""
    if run_type != "collisions":
        return 3
    return min(3, age // COLUMN_EVERY % 5)


def _who(change: Change) -> tuple[str, ...]:
    own = change.verdict.checks[0] if change.verdict.checks else None
    origin = "" if own is None else own.origin
    adopted = "adopted" if change.verdict.adopted else "default"
    return (change.plot, change.verdict.test, origin, adopted)


def look_for(cause: Cause, run_type: RunType, seed: int, every: int) -> dict[str, Any]:
    """Let a cause happen, and say what finds it.

    Args:
        cause: at its full size.
        run_type: collisions, cosmics or heavy-ions.
        seed: of the simulation.
        every: lumisections between two updates.
    """
    start = time.process_time()
    onset = ONSET if not cause.before else AFTER
    happens = msgspec.structs.replace(cause, onset=onset)
    causes = (happens,) if cause.acts_on != "session" else ()
    only = {cause.target, *BESIDE} if cause.target else None
    simulation = Simulation(run_type, seed, causes, only=only)
    reference = ""
    if cause.acts_on == "session":
        other = "cosmics" if run_type != "cosmics" else "collisions"
        reference = str(bundled_site() / "layouts" / "references" / f"{other}.root")
    bench = Bench(simulation, every, 0, reference)
    founds: dict[str, list[dict[str, Any]]] = {"default": [], "layout": []}
    produced: list[dict[str, Any]] = []
    known: set[str] = set()
    stale: int | None = None
    steps, before = bench.go_on(), 0
    begins = 1 if cause.before or cause.acts_on == "session" else onset
    struck = ""
    for _ in range(onset + AFTER - 1):
        changes = next(steps)
        elapsed = simulation.state.elapsed
        if not struck and elapsed >= begins and cause.acts_on == "state":
            struck = _struck(simulation, simulation.causes[0].target)
        updates = (elapsed - begins) // every + 1
        for each in changes:
            if each.after not in WRONG or each.before is Status.BAD:
                continue
            if elapsed < begins:
                before += 1
                continue
            plot, test, origin, _ = _who(each)
            founds["layout" if origin == "layout" else "default"].append(
                {"updates": updates, "plot": plot, "check": test,
                 "status": each.after.value, "sentence": each.verdict.sentence}
            )  # fmt: skip
        wrong = {p for p, s in bench.source.produced.items() if s in WRONG}
        if elapsed >= begins:
            produced += [{"updates": updates, "plot": p} for p in sorted(wrong - known)]
            if stale is None and Status.STALE in bench.statuses.values():
                stale = updates
        known |= wrong
    bench.context.close()
    target = simulation.causes[0].target if simulation.causes else ""
    return {
        "kind": cause.kind,
        "target": target,
        "struck": struck,
        "before": before,
        "default": founds["default"],
        "layout": founds["layout"],
        "produced": produced,
        "stale": stale,
        "seconds": time.process_time() - start,
    }


def _struck(simulation: Simulation, target: str) -> str:
    """Where a cause struck: the ranges of the coordinates of what it changed."""
    channels = simulation.state.channels.get(target)
    if channels is None:
        return ""
    built = channels.built
    usual = np.where(built.known, 0.0, built.rate)
    now = channels.rates(simulation.state.feds)
    hit = ~np.isclose(now, usual) | (channels.early > 0)
    if not hit.any():
        return "all channels" if np.any(channels.t0 != built.t0) else ""
    ranges = [f"{int(hit.sum())} channels"]
    for name, values in built.coordinates.items():
        chosen = np.unique(values[hit])
        words = (
            f"{chosen[0]:g}..{chosen[-1]:g}" if chosen.size > 1 else f"{chosen[0]:g}"
        )
        ranges.append(f"{name} {words}")
    return ", ".join(ranges)


def print_table(kept: dict[str, Any]) -> None:
    """What good running said, by run type, and what was found of each cause."""
    say = sys.stdout.write
    for every in sorted({each["every"] for each in kept["hours"].values()}):
        for run_type in RUN_TYPES:
            parts = [
                each
                for name, each in kept["hours"].items()
                if name.startswith(f"{run_type} ") and each["every"] == every
            ]
            if parts:
                _print_hours(f"{run_type}, every {every} LS", parts)
    for name, each in kept["causes"].items():
        first = [
            min((one["updates"] for one in each[who]), default=None)
            for who in ("default", "layout", "produced")
        ]
        many = [
            len({one["plot"] for one in each[who]}) for who in ("default", "layout")
        ]
        say(f"{name:34} {each['kind']:9} default {first[0]} ({many[0]}) ")
        say(f"layout {first[1]} ({many[1]}) producer {first[2]} stale {each['stale']} ")
        say(f"before {each['before']}; {each['struck']}\n")
        own = sorted(each["default"] + each["layout"], key=lambda one: one["updates"])
        for one in own[:KEPT]:
            say(f"    {one['updates']} {one['plot']}: {one['sentence'][:170]}\n")


def _print_hours(title: str, parts: list[dict[str, Any]]) -> None:
    say = sys.stdout.write
    hours = sum(each["hours"] for each in parts)
    updates = sum(each["updates"] for each in parts)
    total, adopted = 0, 0
    rows: dict[tuple[str, str, str], tuple[int, list[str]]] = {}
    for part in parts:
        for each in part["changes"]:
            many = sum(each["changes"].values())
            total += many
            adopted += many if each["adopted"] else 0
            key = (each["plot"], each["check"], each["origin"])
            was, texts = rows.get(key, (0, []))
            rows[key] = (was + many, texts + each["sentences"])
    stood: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    produced: Counter[str] = Counter()
    for part in parts:
        stood.update(part["stood"])
        statuses.update(part["statuses"])
        produced.update(part["produced"])
    say(f"\n{title}: {hours:g} h, {updates} updates; changes {total} ")
    say(f"({total / hours:.2f}/h), adopted {adopted} ({adopted / hours:.2f}/h); ")
    say(f"standing {sum(stood.values()) / max(updates, 1):.2f} plots; ")
    say(f"producer's {sum(produced.values()) / hours:.2f}/h; ")
    say(f"{dict(statuses)}\n")
    _print_coverage(parts)
    for key, (many, texts) in sorted(rows.items(), key=lambda one: -one[1][0])[:40]:
        say(f"  {many:4} {' | '.join(key)}\n")
        for text in texts[:KEPT]:
            say(f"        {text[:230]}\n")


def _print_coverage(parts: list[dict[str, Any]]) -> None:
    """Of the looks at plots that apply, how many were judged, part by part."""
    say = sys.stdout.write
    unjudged: Counter[tuple[str, str]] = Counter()
    why: dict[str, str] = {}
    shares = []
    for part in parts:
        looks = Counter(part["statuses"])
        applied = sum(looks.values()) - sum(looks[each.value] for each in NOT_APPLIED)
        judged = sum(looks[each.value] for each in JUDGED)
        shares.append((judged, applied))
        for plot, each in part.get("unjudged", {}).items():
            why[plot] = each["last"]
            for status, many in each["looks"].items():
                unjudged[plot, status] += many
    judged, applied = map(sum, zip(*shares, strict=True))
    along = ", ".join(f"{one / max(of, 1):.1%}" for one, of in shares)
    say(f"  judged {judged / max(applied, 1):.1%} of {applied} looks that apply; ")
    say(f"along the fill {along}\n")
    for (plot, status), many in unjudged.most_common(40):
        say(f"    {many / max(applied, 1):6.2%} {status} {plot}: {why[plot][:120]}\n")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("hours", "causes", "table"))
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--type", choices=RUN_TYPES)
    parser.add_argument("--hours", type=float, default=6.0, help="of each part")
    parser.add_argument("--parts", type=int, default=4, help="each further in the fill")
    parser.add_argument("--first", type=int, default=0, help="part")
    parser.add_argument("--every", type=int, default=10, help="LS between updates")
    parser.add_argument("--run-length", type=int, default=180, help="LS of a run")
    parser.add_argument("--cause", action="append")
    parser.add_argument("--targets", type=int, default=1, help="of each cause")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="of a table")
    return parser.parse_args()


def main() -> None:
    wanted = options()
    kept: dict[str, Any] = {"hours": {}, "causes": {}}
    if wanted.json.exists():
        kept = json.loads(wanted.json.read_text())
    types = (wanted.type,) if wanted.type else RUN_TYPES

    def keep(kind: str, name: str, found: dict[str, Any]) -> None:
        kept[kind][name] = found
        wanted.json.write_text(json.dumps(kept, indent=1) + "\n")
        sys.stdout.write(f"{name}: {found['seconds']:.0f} s\n")
        sys.stdout.flush()

    if wanted.what == "hours":
        for part in range(wanted.first, wanted.first + wanted.parts):
            for run_type in types:
                name = f"{run_type} {wanted.seed + part} {wanted.every}"
                if name not in kept["hours"]:
                    first = round(part * wanted.hours * PER_HOUR)
                    found = count_hours(
                        *(run_type, wanted.seed + part, first),
                        *(wanted.hours, wanted.every, wanted.run_length),
                    )
                    keep("hours", name, found)
    elif wanted.what == "causes":
        chosen = [find(each) for each in wanted.cause] if wanted.cause else TABLE
        for cause in chosen:
            for target in cause.targets[: wanted.targets] or ("",):
                name = f"{cause.name}:{target} {types[0]} {wanted.seed}"
                if name not in kept["causes"]:
                    aimed = msgspec.structs.replace(cause, target=target)
                    found = look_for(aimed, types[0], wanted.seed, wanted.every)
                    keep("causes", name, found)
    else:
        for file in wanted.also:
            more = json.loads(file.read_text())
            kept["hours"].update(more["hours"])
            kept["causes"].update(more["causes"])
        print_table(kept)


if __name__ == "__main__":
    main()
