"""``python -m dqmconsole.engine FD``: the engine as a process of its own."""

from __future__ import annotations

import functools
import gc
import logging
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

from dqmconsole.checks.table import import_functions
from dqmconsole.engine.changes import GENERIC
from dqmconsole.engine.loop import Loop, serve
from dqmconsole.heap import (
    EVERY,
    bound_heap,
    collect_garbage,
    return_freed_memory,
)
from dqmconsole.link.channel import Channel
from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.escape import escape_tracebacks, log_to_stderr
from dqmconsole.model.message import Down
from dqmconsole.rootio.apart import SHARED
from dqmconsole.site.kinds import CORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.engine.changes import Change
    from dqmconsole.engine.loop import JudgeRecorded
    from dqmconsole.site.kinds import SiteTables

_log = logging.getLogger("dqmconsole.engine")
READ_APART = 0.003  # s to wait for what another process reads, out of a slice
BLOCK = 4 << 20  # bytes; four rows of a map of 300 × 200 take half of it
IDLE = 0.02  # s to wait for a message when there is nothing to do


def main(
    arguments: list[str],
    changes: Mapping[str, Change] = GENERIC,
    tables: SiteTables = CORE,
    what_if: JudgeRecorded | None = None,
) -> int:
    """Run the engine on the socket whose file descriptor is given.

    Args:
        arguments: the file descriptor alone.
        changes: how examples of instructions are drawn, by the name of their cause.
        tables: what features add to a site.
        what_if: as of the loop.

    Returns:
        0 when the console ended the link, 2 when the argument is no socket.
    """
    bound_heap(BLOCK)
    gc.freeze()  # no collection looks through what was imported
    log_to_stderr(logging.INFO, "%(asctime)s engine %(levelname)s %(message)s")
    wake_when_parent_dies()
    SHARED.patience = READ_APART
    # The console ends the engine by the link; Ctrl+C is for the console.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        (descriptor,) = map(int, arguments)
        sock = socket.socket(fileno=descriptor)
    except (ValueError, OSError) as error:
        _log.error("needs the file descriptor of a socket: %s", error)
        return 2
    importing = threading.Thread(target=import_functions, name="functions of checks")
    importing.start()  # else the first check would, in its slice
    channel = Channel(sock, Down, name="console link")
    opener = functools.partial(serve, tables=tables)
    loop = Loop(channel, opener, changes=changes, what_if=what_if, tables=tables)
    returned = time.monotonic()
    try:
        while not channel.closed:
            if loop.step(time.time()):
                continue
            channel.wait(IDLE)
            if time.monotonic() - returned > EVERY:
                collect_garbage()
                return_freed_memory()
                returned = time.monotonic()
    finally:
        loop.close()
        channel.close()
        importing.join()
    return 0


if __name__ == "__main__":
    escape_tracebacks()
    sys.exit(main(sys.argv[1:]))
