"""Pieces of a study in processes of their own, several at a time."""

from __future__ import annotations

import signal
import subprocess
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe, wait
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.study_pieces import Done, Piece, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dqmconsole.desk.study_pieces import Pieces

# Both sides speak MessagePack; a process ends when its pipe does, also when whoever
# started it was killed.


class Jobs:
    """Processes that do pieces of a study.

    Args:
        connections: to each of them.
    """

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections

    def do(self, pieces: Sequence[Piece]) -> Iterator[Done]:
        """Do pieces; what came of them, as it comes.

        Raises:
            StudyError: a process ended by itself.
        """
        waiting, busy = deque(pieces), []
        for each in self._connections:
            if waiting:
                _send(each, waiting.popleft())
                busy.append(each)
        while busy:
            ready = wait(busy)
            for each in [one for one in busy if one in ready]:
                done = _received(each)
                if waiting:
                    _send(each, waiting.popleft())
                else:
                    busy.remove(each)
                yield done


@contextmanager
def jobs(command: Sequence[str], many: int, first: bytes = b"") -> Iterator[Jobs]:
    """So many processes; they are ended at the end.

    Args:
        command: what they are; it gets the number of its end of a pipe as last word,
            and calls :func:`work` with it.
        many: how many.
        first: a message to each, before the pieces.

    Raises:
        StudyError: a process cannot be started, or ended at once.
    """
    processes: list[subprocess.Popen[bytes]] = []
    connections: list[Connection] = []
    try:
        for _ in range(many):
            try:
                own, other = Pipe()
                connections.append(own)
                with other:
                    end = other.fileno()
                    processes.append(
                        subprocess.Popen(
                            [*command, str(end)],
                            stdin=subprocess.DEVNULL,
                            pass_fds=(end,),
                        )
                    )
            except OSError as error:
                which = f"process {len(processes) + 1} of {many}"
                message = f"{which} cannot be started: {error.strerror}"
                raise StudyError(message) from error
            _send_bytes(own, first)
        yield Jobs(connections)
    finally:
        for connection in connections:
            connection.close()
        for process in processes:
            process.terminate()
            process.wait()


def _send(connection: Connection, piece: Piece) -> None:
    _send_bytes(connection, msgspec.msgpack.encode(piece))


def _send_bytes(connection: Connection, message: bytes) -> None:
    try:
        connection.send_bytes(message)
    except OSError as error:
        raise _ended() from error


def _received(connection: Connection) -> Done:
    try:
        return msgspec.msgpack.decode(connection.recv_bytes(), type=Done)
    except (EOFError, OSError) as error:
        raise _ended() from error


def _ended() -> StudyError:
    return StudyError("a process of the study ended by itself; --resume goes on")


def work(end: int, make: Callable[[bytes], Pieces]) -> None:
    """Do pieces until the pipe ends.

    Args:
        end: number of this process's end of the pipe.
        make: gives what does pieces, from the first message.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # with whoever started it, silently
    connection = Connection(end)
    first = connection.recv_bytes()
    pieces: Pieces | None = None
    while True:
        try:
            piece = msgspec.msgpack.decode(connection.recv_bytes(), type=Piece)
        except EOFError:
            return
        try:
            pieces = pieces or make(first)
            done = pieces.do(piece)
        except StudyError as error:
            done = Done(piece, refused=str(error))
        try:
            connection.send_bytes(msgspec.msgpack.encode(done))
        except OSError:
            return
