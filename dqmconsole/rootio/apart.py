"""Objects read through uproot by a child process that can be killed."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import socket
import subprocess
import sys
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.link.codec import LinkError, decoder, encoder
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram
from dqmconsole.rootio.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

SECONDS = 5.0  # for one object
STARTING = 60.0  # s until the child must be there
_MOST_BYTES = 1 << 30
_ANSWERS = 16  # answers kept until they are fetched
_QUARANTINED = 4096  # objects that are not tried again
_FAREWELL = 0.5  # s a killed child is given to vanish

_AGAIN_AFTER = 5.0  # s until another is started after one that did not get ready
READY = b"ready"
DONE = b"done"

COMMAND = (sys.executable, "-m", "dqmconsole.rootio.fallback")


class Request(msgspec.Struct, frozen=True, gc=False):
    """One object to read.

    Attributes:
        key: its key in the real file.
        data: the object, decompressed.
        described: key of the file's description of its classes.
        description: that description, decompressed.
        cells: how many bins a histogram may have, flow bins included.
    """

    key: Key
    data: bytes
    described: Key
    description: bytes
    cells: int


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What came of it: a histogram, a graph, or in words why there is neither."""

    histogram: Histogram | None = None
    graph: Graph | None = None
    refusal: str = ""


def memory_file(content: bytes) -> int:
    """A file in memory with that content; its descriptor is the caller's to close."""
    handle = os.memfd_create("dqmconsole")
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    return handle


def content_of(handle: int, most: int) -> bytes:
    """The content of a file in memory, which is closed.

    Raises:
        ValueError: it has more than `most` bytes.
    """
    with os.fdopen(handle, "rb") as file:
        size = os.fstat(handle).st_size
        if size > most:
            message = f"{size:,} bytes; at most {most:,} are taken"
            raise ValueError(message)
        return os.pread(file.fileno(), size, 0)


class ReaderApart:
    """One child process that reads objects, one at a time.

    It is started when it is first needed. One that takes too long, or dies, is
    replaced, and the object that it died of is not tried again.

    Args:
        patience: seconds that :meth:`read` may wait; more than one object needs
            where the caller has nothing else to do, next to none in an engine.
        command: how to start the child, for tests.
        seconds: how long one object may take.
    """

    def __init__(
        self,
        patience: float = STARTING + SECONDS,
        command: tuple[str, ...] = COMMAND,
        seconds: float = SECONDS,
    ) -> None:
        self.patience = patience
        self._command = command
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready = False
        self._until = 0.0
        self._start_at = 0.0
        self._asked: Hashable = None
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._quarantined: OrderedDict[Hashable, Answer] = OrderedDict()
        self._encode = encoder().encode
        self._decode = decoder(Answer).decode

    @property
    def pid(self) -> int:
        """The child at work, or 0."""
        return self._child.pid if self._child else 0

    def read(
        self,
        mark: Hashable,
        request: Callable[[], Request],
        patience: float | None = None,
    ) -> Answer | None:
        """The answer, or None while it is being read: ask again then.

        Args:
            mark: what tells the object, its file's content included, from others.
            request: makes the request when the child is free for it.
            patience: seconds to wait at most; :attr:`patience` when left out.
        """
        until = time.monotonic() + (self.patience if patience is None else patience)
        while True:
            self._take_in()
            found = self._answers.pop(mark, None) or self._quarantined.get(mark)
            if found is not None:
                return found
            if self._socket is None:
                if time.monotonic() < self._start_at:
                    return Answer(refusal="the process that would read it fails")
                try:
                    self._start()
                except OSError as error:
                    return Answer(refusal=f"no process can be started: {error}")
            if self._ready and self._asked is None:
                self._ask(mark, request())
            left = until - time.monotonic()
            if left <= 0 or self._socket is None:
                return None
            # in pieces, for the child has a time limit of its own
            select.select([self._socket], [], [], min(left, 0.1))

    def close(self) -> None:
        """End the child."""
        self._end()
        self._answers.clear()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._child = subprocess.Popen(
                    [*self._command, str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        self._socket = ours
        self._ready, self._asked = False, None
        self._until = time.monotonic() + STARTING

    def _ask(self, mark: Hashable, request: Request) -> None:
        assert self._socket is not None
        handle = memory_file(self._encode(request))
        try:
            socket.send_fds(self._socket, [b"read"], [handle])
        except OSError:  # it died while it was idle: the next look starts another
            self._end()
            return
        finally:
            os.close(handle)
        self._asked = mark
        self._until = time.monotonic() + self._seconds

    def _take_in(self) -> None:
        """Take what the child sent; see whether it died, or takes too long."""
        if self._socket is None:
            return
        late = (self._asked is not None or not self._ready) and (
            time.monotonic() > self._until
        )
        try:
            word, handles, _, _ = socket.recv_fds(self._socket, 16, 1)
        except BlockingIOError:
            if late:
                self._give_up(f"reading it took more than {self._seconds:g} s")
            return
        except ConnectionResetError:
            word, handles = b"", []
        if word == READY:
            self._ready = True
        elif not handles:
            self._give_up("reading it ended the process that did")
        elif self._asked is not None:
            try:
                answer = self._decode(content_of(handles[0], _MOST_BYTES))
            except (msgspec.MsgspecError, LinkError, ValueError, OSError) as error:
                self._give_up(f"its answer makes no sense: {error}")
                return
            self._answers[self._asked] = answer
            self._asked = None
            while len(self._answers) > _ANSWERS:
                self._answers.popitem(last=False)

    def _give_up(self, why: str) -> None:
        """Kill the child; what it was at is not tried again."""
        if self._asked is not None:
            words = f"{why}: not tried again until the file changes"
            self._quarantined[self._asked] = Answer(refusal=words)
            while len(self._quarantined) > _QUARANTINED:
                self._quarantined.popitem(last=False)
        if not self._ready:
            self._start_at = time.monotonic() + _AGAIN_AFTER
        self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if self._socket is not None:
            self._socket.close()
        self._socket, self._asked, self._ready = None, None, False
        if child is not None:
            child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_FAREWELL)


SHARED = ReaderApart()
"""The one reader of this process; an engine sets its patience."""
atexit.register(SHARED.close)
