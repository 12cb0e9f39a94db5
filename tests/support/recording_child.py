"""A process that records until it is killed; says each update that it has kept."""

from __future__ import annotations

import sys
from pathlib import Path

from support.recorded import MAP, PATH, RUN, large_map, plot

from dqmconsole.recording.recorder import Item, Recorder, Update


def main(folder: str, start: int) -> None:
    """Record from update `start` on."""
    recorder = Recorder(Path(folder), "/dqm")
    at = start
    while True:
        items = [Item(PATH, plot(at, 2 * at)), Item(MAP, large_map(at, bins=(70, 60)))]
        recorder.note(RUN, Update("Hcal", at, 1000.0 + at, 10.0 * at), items)
        recorder.drain()
        if recorder.trouble:
            sys.exit(recorder.trouble)
        if recorder.holds and not recorder.waiting:
            sys.stdout.write(f"{at}\n")
            sys.stdout.flush()
            at += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
