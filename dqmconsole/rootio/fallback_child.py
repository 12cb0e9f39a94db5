"""The process that reads through uproot: ``python -m …fallback_child FD``.

What uproot does with an object takes any time and any memory, and may end the
process: so it is this one. A request comes as a MessagePack
:class:`~dqmconsole.rootio.apart.Request` in a
file in memory, passed over a socket; the answer, an :class:`Answer`, goes the same way.
It ends with the socket.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys

from dqmconsole.link.codec import decoder, encoder
from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.rootio.apart import (
    DONE,
    READY,
    Answer,
    Request,
    content_of,
    memory_file,
)
from dqmconsole.rootio.fallback import Fallback

ROOM = 1 << 30  # bytes of memory for reading one object, above what importing takes


def main(arguments: list[str]) -> int:
    """Answer requests on the socket whose descriptor is given, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent
    wake_when_parent_dies()
    sock = socket.socket(fileno=int(arguments[0]))
    take, give = decoder(Request), encoder()
    import uproot  # noqa: F401 - before memory is limited and time is counted

    pages = int(open("/proc/self/statm").read().split()[0])  # noqa: PTH123, SIM115
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sock.send(READY)
        while True:
            _, handles, _, _ = socket.recv_fds(sock, 16, 1)
            if not handles:
                return 0
            answer = _answer(take.decode(content_of(handles[0], most)))
            reply = memory_file(give.encode(answer))
            socket.send_fds(sock, [DONE], [reply])
            os.close(reply)
    except (BrokenPipeError, ConnectionResetError):
        return 0


def _answer(request: Request) -> Answer:
    reader = Fallback((request.described, request.description), request.cells)
    found = reader.read(request.key, request.data)
    return Answer(refusal=found) if isinstance(found, str) else Answer(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
