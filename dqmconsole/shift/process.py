"""The engine as a child process, at the other end of a socket pair."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys

from dqmconsole.link.channel import Channel
from dqmconsole.model.message import Up

_log = logging.getLogger(__name__)
ENGINE_MODULE = "dqmconsole.engine"


class EngineProcess:
    """A running engine and the link to it.

    It is started in its own session (never forked from a process with Qt and
    threads), so that a Ctrl+C meant for the console does not kill it, and that
    its whole group can be ended.
    """

    def __init__(self, module: str = ENGINE_MODULE) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.channel = Channel(ours, Up, name="engine link")
        self.pid = self._child.pid

    @property
    def alive(self) -> bool:
        """Tell whether the process runs and its link is open."""
        return self._child.poll() is None and not self.channel.closed

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._child.poll()
        if code is None:
            return self.channel.trouble or "the link to it is closed"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def close(self, patience: float = 2.0) -> None:
        """End it: by closing the link, after `patience` seconds by SIGKILL."""
        self.channel.close()
        try:
            self._child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            _log.warning("the engine %d did not end by itself", self.pid)
        self.kill()

    def kill(self) -> None:
        """End it and all it started at once, and leave no zombie."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            _log.debug("the engine's group is gone already")
        self.channel.close()
        try:
            # a moment is enough for all but uninterruptible sleep, and the window waits
            self._child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            _log.exception("the engine %d cannot be killed (hung mount?)", self.pid)
