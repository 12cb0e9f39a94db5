"""Judge an update of 380 plots of sixteen clients: processor, and the longest slice.

Chi2, Kolmogorov and occupancy of the run and its last 1, 3 and 15 updates, 1-D plots
and some maps, each with its reference (``sixteen_files.py``, with few elements that
nobody judges); then the same without checks. The engine's context is asked as its loop
does, in slices of 10 ms: what one takes beyond that, a piece of judging took. Times are
of the processor, of the judging thread alone; what the recorder's thread took is told
apart. Goal: no slice of more than 10 ms.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from pathlib import Path

from frame import keep, options, quantile
from sixteen_files import prepared, put

from dqmconsole.checks.table import import_functions
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.loop import POLL_EVERY, SLICE
from dqmconsole.model.verdict import JUDGED

SETTLED = 17  # updates; from then on the longest window is there


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=25)
    rows = {}
    import_functions()  # as the engine does
    gc.freeze()  # likewise
    for name, checks in (("three checks each", True), ("no checks", False)):
        with tempfile.TemporaryDirectory() as place:
            found = rows[name] = measure(Path(place), given.rounds, checks=checks)
        print(name)
        for what, value in found.items():
            print(f"  {what:44} {value:8.1f}")
    keep(given.json, {"judge_update": rows})


def measure(place: Path, rounds: int, *, checks: bool) -> dict[str, float]:
    """Judge `rounds` updates; ms."""
    files, paths, opened = prepared(place, 0.02, checks=checks)
    context = SourceContext.of(opened)
    plots = sum(map(len, paths.values()))
    judge, others, slices = [], [], {False: [0.0], True: [0.0]}
    try:
        for turn in range(rounds + SETTLED):
            for name, file in files.items():
                put(Path(opened.source), name, turn, file.snapshot(turn))
            began = time.thread_time(), time.process_time()
            while not _is_judged(context, turn):
                started = time.thread_time()
                context.poll(time.time())
                polled = time.thread_time()
                context.judge(time.perf_counter() + SLICE)
                took = time.thread_time() - polled
                slices[turn >= SETTLED].append(took)
                context.take_facts()
                began = began[0] + _idle(context, started), began[1]
            judge.append(time.thread_time() - began[0])
            if context.recording is not None:
                context.recording.recorder.drain()
            others.append(time.process_time() - began[1] - judge[-1])
        judged = [each.verdict for each in context.judging.plots.values()]
        assert all(each is not None and each.status in JUDGED for each in judged)
    finally:
        context.close()
    judge, others = judge[SETTLED:], others[SETTLED:]
    return {
        "plots": plots,
        "an update, p50, ms": statistics.median(judge) * 1e3,
        "an update, p95, ms": quantile(judge, 0.95) * 1e3,
        "the recorder's thread, an update, p50, ms": statistics.median(others) * 1e3,
        "a slice, p99, ms": quantile(slices[True], 0.99) * 1e3,
        "the longest slice, ms": max(slices[True]) * 1e3,
        "the longest slice before, ms": max(slices[False]) * 1e3,
    }


def _idle(context: SourceContext, started: float) -> float:
    """Wait where nothing is to be done; the processor's time that only looking took."""
    if context.judging.pending:
        return 0.0
    time.sleep(POLL_EVERY)
    return time.thread_time() - started


def _is_judged(context: SourceContext, turn: int) -> bool:
    """Tell whether all plots are judged on the files of a turn."""
    clients = context.state.clients.values()
    here = [each.lumisection == turn for each in clients]
    return len(here) == 16 and all(here) and context.settled


if __name__ == "__main__":
    main()
