"""The process that scans a folder and may hang in it: ``python -m …scan_child``.

A thread stuck in ``stat`` on a dead mount cannot be joined; a process can be
killed, or where even that fails, forgotten. It writes length-prefixed MessagePack
of :class:`~dqmconsole.sources.scan.FolderListing` to its standard output: at once what
changed, else an empty one as heart-beat. Its standard input is its life-line: at
its end the process ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

import msgspec

from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.escape import escape_tracebacks
from dqmconsole.sources.scan import FolderListing, Scan

PAUSE = 0.1  # seconds between two looks
HEART_BEAT = 0.5  # seconds between two messages at most, while stat answers
_SHARE = 0.1  # of its time the scanner works at most, in a folder of many files


def main(arguments: list[str]) -> int:
    """Scan ``arguments[0]`` until the parent is gone; ``--tree`` for a repository."""
    wake_when_parent_dies()
    # Ctrl-C is for the parent, whose group this process shares: who kills the
    # engine's group kills its scanner too, be it stopped or not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, tree = arguments[0], "--tree" in arguments[1:]
    scan = Scan(folder, tree=tree)
    encode = msgspec.msgpack.Encoder().encode
    silent_since = -1.0
    said = FolderListing()
    pause = 0.0
    while True:
        readable, _, _ = select.select([0], [], [], pause)
        if readable and not os.read(0, 1):
            return 0
        begun = time.monotonic()
        found = scan.look()
        ended = time.monotonic()
        news = found.changed or found.gone or found.whole or found.error != said.error
        if news or ended - silent_since >= HEART_BEAT:
            try:
                _write(encode(found))
            except BrokenPipeError:
                return 0
            said, silent_since = found, ended
        pause = max(PAUSE, (ended - begun) * (1 / _SHARE - 1))


def _write(body: bytes) -> None:
    rest = memoryview(len(body).to_bytes(4, "big") + body)
    while rest:
        rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    escape_tracebacks()
    sys.exit(main(sys.argv[1:]))
