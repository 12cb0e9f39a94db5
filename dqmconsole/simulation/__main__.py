"""``python -m dqmconsole.simulation``: the simulated detector as a process."""

from __future__ import annotations

import argparse
import difflib
import logging
import sys
from collections import defaultdict
from pathlib import Path
from typing import get_args

import msgspec

from dqmconsole.link.lifeline import told_words, wake_when_parent_dies
from dqmconsole.model.escape import escape_tracebacks, escaped, log_to_stderr
from dqmconsole.model.layout import Normalization
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.run import Options, SimulationClock, Stop, run, write_whole
from dqmconsole.simulation.shown import LEAST_CHANGED, PlayedRun
from dqmconsole.simulation.simulation import FIRST_RUN
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import CAUSES, aimed, parse_cause
from dqmconsole.simulation.table.same_parts import with_the_same_parts

MOST_AHEAD = 2000
"""Lumisections that may be taken at once: a fill has no more."""


class CauseReport(msgspec.Struct, frozen=True):
    """What a whole run with one cause tells of it, as JSON on the standard output.

    Attributes:
        alike: names of the faults that would take the very channels.
        plots: paths of the elements asked for on which it shows, the clearest first;
            None of what acts on no element, or where none was asked for.
        region: on the first of these, in its axes' units; empty where it has no place.
    """

    alike: tuple[str, ...] = ()
    plots: tuple[str, ...] | None = None
    region: tuple[float, ...] = ()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="python -m dqmconsole.simulation",
        description=(
            "A SIMULATED detector: it writes DQM ROOT files, snapshot by snapshot, "
            "as a CMS-like experiment would. None of its data are real. It stops on "
            "SIGTERM, and when the other end of a pipe on its standard input closes."
        ),
        epilog="Causes: "
        + "; ".join(
            f"{cause.name} ({cause.kind}): {cause.description}" for cause in CAUSES
        ),
    )
    add = found.add_argument
    add("--folder", type=Path, required=True, help="where the files go")
    add("--run-type", choices=RUN_TYPES, default="collisions")
    add("--speed", type=float, default=1.0, help="detector seconds per second")
    add("--seed", type=int, default=1, help="everything random follows from it")
    add(
        "--cause", action="append", default=[],
        metavar="NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE][#PLACE]",
        help="a fault or harmless event, the lumisection it begins in, how much, and "
        "the number of its place; repeatable",
    )  # fmt: skip
    add("--keep", action="store_true", help="keep older snapshots, for a replay")
    add("--first-run", type=int, default=FIRST_RUN)
    add("--lumisections-per-run", type=int, default=0, help="0: one endless run")
    add("--snapshot-every", type=int, default=1, help="lumisections (CMS: 15)")
    add("--only", default="", metavar="A,B", help="these subsystems; all when left out")
    add(
        "--ahead", type=int, default=0, metavar="N",
        help="lumisections that are over at the start, files and all",
    )  # fmt: skip
    add(
        "--whole", type=int, default=0, metavar="N",
        help="write what is there after N lumisections, tell of its one cause on the "
        "standard output, as JSON, and end",
    )  # fmt: skip
    add(
        "--look", action="append", default=[], metavar="HOW:PATH",
        help="of a whole run: an element of which is told whether its cause shows on "
        "it, and how its reference is scaled; repeatable",
    )  # fmt: skip
    add("--runs", type=int, default=0, help="stop after so many runs; 0: never")
    add(
        "--untold", action="store_true",
        help="read further words of this line from standard input, one a line, up to "
        "an empty one: the list of processes does not show them",
    )  # fmt: skip
    return found


def _subsystems(written: str) -> tuple[str, ...]:
    """The subsystems of "A,B", in their order; all for "".

    Raises:
        ValueError: one does not exist; names the nearest.
    """
    names = [each.name for each in all_subsystems()]
    if not written:
        return tuple(names)
    by_fold = {name.casefold(): name for name in names}
    chosen = set()
    for each in written.split(","):
        name = by_fold.get(each.strip().casefold())
        if name is None:
            near = difflib.get_close_matches(each.strip(), names, 1, 0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {names}"
            message = f"--only: no subsystem {each.strip()!r}; {hint}"
            raise ValueError(message)
        chosen.add(name)
    return tuple(name for name in names if name in chosen)


def _scaled(looked_at: list[str]) -> dict[str, set[Normalization]]:
    """The elements of "HOW:PATH" entries, with how each is scaled.

    Raises:
        ValueError: one is scaled as nothing is.
    """
    found: dict[str, set[Normalization]] = defaultdict(set)
    for each in looked_at:
        how, _, path = each.partition(":")
        known = [name for name in get_args(Normalization) if name == how]
        if not known:
            there = ", ".join(get_args(Normalization))
            message = f"--look {each}: it is HOW:PATH with HOW one of {there}"
            raise ValueError(message)
        found[path].update(known)
    return found


def report_of_cause(
    options: Options, lumisections: int, scaled: dict[str, set[Normalization]]
) -> CauseReport:
    """What a whole run tells of its cause; nothing where it has none, or several."""
    if len(options.causes) != 1:
        return CauseReport()
    (cause,) = options.causes
    alike = with_the_same_parts(cause, options.run_type, options.seed)
    if not scaled or cause.acts_on not in {"state", "stream"}:
        return CauseReport(alike)
    played = PlayedRun(
        options.run_type, options.seed, (cause,), {lumisections}, scaled, options.only,
        changed=LEAST_CHANGED,
    )  # fmt: skip
    traces = played.traces(cause)
    region = traces[0].region if traces else ()
    return CauseReport(alike, tuple(each.path for each in traces), region)


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; 0 when that was clean, 2 on a wrong argument."""
    log_to_stderr(logging.WARNING, "simulation: %(message)s")
    wanted = parser()
    given = wanted.parse_args(arguments)
    if given.untold:
        wake_when_parent_dies()
        more = told_words()
        if more is None:  # whoever started this is gone
            return 0
        line = sys.argv[1:] if arguments is None else arguments
        given = wanted.parse_args([*line, *more])
    if given.speed <= 0 or given.snapshot_every < 1:
        wanted.error("--speed and --snapshot-every must be above 0")
    if not (0 <= given.ahead <= MOST_AHEAD and 0 <= given.whole <= MOST_AHEAD):
        wanted.error(f"--ahead and --whole are 0 to {MOST_AHEAD} lumisections")
    try:
        only = _subsystems(given.only)
        causes = tuple(aimed(parse_cause(text), only) for text in given.cause)
        scaled = _scaled(given.look)
    except ValueError as problem:
        wanted.error(escaped(str(problem)))
    options = Options(
        folder=given.folder,
        run_type=given.run_type,
        speed=given.speed,
        seed=given.seed,
        causes=causes,
        keep=given.keep,
        first_run=given.first_run,
        lumisections_per_run=given.lumisections_per_run,
        snapshot_every=given.snapshot_every,
        runs=given.runs,
        ahead=given.ahead,
        only=only,
    )
    clock = SimulationClock()
    try:
        if given.whole:
            write_whole(options, given.whole, clock.until)
            found = report_of_cause(options, given.whole, scaled)
            sys.stdout.write(msgspec.json.encode(found).decode())
        else:
            run(options, clock.until)
    except Stop:
        pass
    except (CauseError, OSError) as problem:
        sys.stderr.write(escaped(f"simulation: {problem}\n"))
        return 1
    return 0


if __name__ == "__main__":
    escape_tracebacks()
    sys.exit(main())
