"""How a question to a server is ended from another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any


class Wire:
    """The connection of the question that is under way; any thread can end it.

    Attributes:
        was_cut: the latest question was ended so.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._since: float | None = None
        self._for_good = False
        self.was_cut = False

    def __enter__(self) -> Wire:
        with self._lock:
            self._since = time.monotonic()
            self.was_cut = False
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._since = self._socket = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Learn of the connection, as httpcore's ``trace`` extension tells it."""
        if event not in {
            "connection.connect_tcp.complete",
            "connection.start_tls.complete",
        }:
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._for_good:
                self._shut()

    def cut_if_longer_than(self, seconds: float) -> None:
        """End a question that takes too long."""
        with self._lock:
            late = self._since is not None and time.monotonic() - self._since > seconds
        if late:
            self.cut()

    def cut(self, *, for_good: bool = False) -> None:
        """End the question that is under way; `for_good` every later one too."""
        with self._lock:
            self._for_good |= for_good
            self._shut()

    def _shut(self) -> None:
        if self._socket is None:
            return
        self.was_cut = True
        with contextlib.suppress(OSError):  # the server may be quicker
            self._socket.shutdown(socket.SHUT_RDWR)
