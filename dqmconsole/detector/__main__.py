"""``python -m dqmconsole.detector``: the simulated detector as a process."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from dqmconsole.detector.registry import all_subsystems
from dqmconsole.detector.run import Options, Stop, Waiting, run
from dqmconsole.detector.simulation import FIRST_RUN
from dqmconsole.detector.table.cause import CauseError
from dqmconsole.detector.table.causes import TABLE, aimed, parse_cause
from dqmconsole.model.layout import RUN_TYPES


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="python -m dqmconsole.detector",
        description=(
            "A SIMULATED detector: it writes DQM ROOT files, snapshot by snapshot, "
            "as a CMS-like experiment would. None of its data are real. It stops on "
            "SIGTERM, and when the other end of a pipe on its standard input closes."
        ),
        epilog="Causes: "
        + "; ".join(
            f"{cause.name} ({cause.kind}): {cause.description}" for cause in TABLE
        ),
    )
    add = found.add_argument
    add("--folder", type=Path, required=True, help="where the files go")
    add("--run-type", choices=RUN_TYPES, default="collisions")
    add("--speed", type=float, default=1.0, help="detector seconds per second")
    add("--seed", type=int, default=1, help="everything random follows from it")
    add(
        "--cause", action="append", default=[], metavar="NAME[:SUBSYSTEM]@LS",
        help="a fault or harmless event and the lumisection it begins in; repeatable",
    )  # fmt: skip
    add("--keep", action="store_true", help="keep older snapshots, for a replay")
    add("--first-run", type=int, default=FIRST_RUN)
    add("--lumisections-per-run", type=int, default=0, help="0: one endless run")
    add("--snapshot-every", type=int, default=1, help="lumisections (CMS: 15)")
    add("--runs", type=int, default=0, help="stop after so many runs; 0: never")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; 0 when that was clean, 2 on a wrong argument."""
    logging.basicConfig(level=logging.WARNING, format="detector: %(message)s")
    wanted = parser()
    given = wanted.parse_args(arguments)
    if given.speed <= 0 or given.snapshot_every < 1:
        wanted.error("--speed and --snapshot-every must be above 0")
    try:
        names = [each.name for each in all_subsystems()]
        causes = tuple(aimed(parse_cause(text), names) for text in given.cause)
    except CauseError as problem:
        wanted.error(str(problem))
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
    )
    waiting = Waiting()
    try:
        run(options, waiting.until)
    except Stop:
        pass
    except (CauseError, OSError) as problem:
        sys.stderr.write(f"detector: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
