"""The console's side of the link: it starts the engine, watches it, restarts it.

An engine that dies, or says nothing for ten seconds, is ended and started again: what
it did then is to blame, unless the process itself was stopped from outside. It starts
with a pause that doubles each time it does not last. What was opened and watched
is told to the new one. An evidence bundle that ends every engine is given up.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.link.channel import Channel
from dqmconsole.link.codec import why_unsendable
from dqmconsole.model.frame import Frame
from dqmconsole.model.message import (
    EVIDENCE_SUFFIX,
    WORKING_COPY,
    EngineEnded,
    Open,
    Ping,
    SiteMessage,
    Up,
    UseReference,
    Watch,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.message import Down

_log = logging.getLogger(__name__)
ENGINE_MODULE = "dqmconsole.engine"
SAID_AFTER = 2.0  # s of silence, until it is said
RESTARTED_AFTER = 10.0  # s of silence, until the engine is taken for hung
STARTING_FOR = 20.0  # s it may take until its first word, and what is known of a run
LASTING = 30.0  # s it must have run for the pause to begin again from the least
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # s before the next start
OWN_STALL = 2.0  # s between two looks: then it was the console that stood still
PING_EVERY = 1.0  # s
LAST_WORDS = 0.5  # s in which a process whose link closed is expected to have ended
CRASHES = frozenset(
    (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL)
)  # a fault of its own ended it
MOST_STARTS = 3  # of engines that end over one evidence bundle, which never changes


class EngineState(msgspec.Struct, frozen=True, gc=False):
    """How the engine is.

    Attributes:
        state: live while it was heard lately, else what is the matter.
        sentence: the state in words.
        silent_for: seconds since its last word; None while the first engine of a source
            starts, and what was never said is not missed.
    """

    state: Literal["starting", "live", "silent", "restarting", "ended"]
    sentence: str
    silent_for: float | None = None


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
        self._closed_at: float | None = None  # when its link was first seen closed

    @property
    def alive(self) -> bool:
        """Tell whether the process runs and its link is open, or closed just now."""
        if self._child.poll() is not None:
            return False
        if not self.channel.closed:
            return True
        # the system closes the link of a killed process before it says how it died
        if self._closed_at is None:
            self._closed_at = time.monotonic()
        return time.monotonic() - self._closed_at < LAST_WORDS

    @property
    def stopped(self) -> bool:
        """Tell whether the whole process was stopped from outside, where Linux says."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(errors="replace")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[:1] in (["T"], ["t"])

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._child.poll()
        if code is None:
            return self.channel.trouble or "the link to it is closed"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    @property
    def died(self) -> Literal["crashed", "killed"] | None:
        """Whether a fault of its own ended it, or what it ran did, or SIGKILL.

        That may be of a person, or of the system for want of memory.
        """
        code = self._child.poll()
        if code == -signal.SIGKILL:
            return "killed"
        crashed = code is not None and (code >= 0 or -code in CRASHES)
        return "crashed" if crashed else None

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


class _Spare:
    """An engine that reads what may be opened next, and serves it then.

    One that cannot be started, or died, is none: the next open starts another.

    Args:
        request: what it reads.
        start: starts an engine.

    Attributes:
        said: what it has said of it, but heart-beats.
    """

    def __init__(self, request: Open, start: Callable[[], EngineProcess]) -> None:
        self._request = request
        self._engine: EngineProcess | None = None
        self._pinged = 0.0
        self.said: list[Up | Down] = []
        if why_unsendable(request):
            return
        try:
            self._engine = start()
        except OSError:
            _log.warning("nothing is read ahead: no engine starts", exc_info=True)
        else:
            self._engine.channel.put(request)

    def reads(self, request: Open) -> bool:
        """Tell whether it is for just that, whenever it was asked to."""
        opened = request.opened
        return request == msgspec.structs.replace(self._request, opened=opened)

    def look(self, now: float) -> None:
        """Hear what it says, and let it know that the console is there."""
        if self._engine is None:
            return
        self.said += filter(_is_news, self._engine.channel.receive())
        if now - self._pinged >= PING_EVERY:
            self._pinged = now
            self._engine.channel.put(Ping(sent=now))

    def engine_for(self, request: Open) -> EngineProcess | None:
        """The engine, to serve that; None where it is ended, for it cannot."""
        if self._engine is not None and self._engine.alive and self.reads(request):
            return self._engine
        self.end()
        return None

    def end(self) -> None:
        """End it at once: nobody saw what it read, and the window does not wait."""
        if self._engine is not None:
            self._engine.kill()


class Feed:
    """What comes from the engine, whichever engine runs just now.

    Args:
        start: starts an engine.
        clock: a monotonic clock, s.
    """

    def __init__(
        self,
        start: Callable[[], EngineProcess] = EngineProcess,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start
        self._clock = clock
        self._engine: EngineProcess | None = None
        self._spare: _Spare | None = None  # serves what is opened next
        self._said_before: list[Up | Down] = []  # by the engine, before it served
        self._open: Open | None = None
        self._watch: Watch | None = None
        self._began = 0.0
        self._heard = 0.0
        self._spoke = False
        self._told = False  # something of a run has come
        self._stopped = False  # it was seen to be, since it was last heard
        self._looked = clock()
        self._pinged = 0.0
        self._failures = 0
        self._restart_at: float | None = None
        self._why = ""

    @property
    def pid(self) -> int:
        """Process of the engine; 0 when none runs."""
        return self._engine.pid if self._engine else 0

    def open(self, request: Open) -> None:
        """Open a source; another engine serves it, the one before is ended.

        None is started for a request that cannot be sent: each would end over it.
        """
        self.close_source()
        spare, self._spare = self._spare, None
        ready = spare.engine_for(request) if spare is not None else None
        self._open = request
        self._watch = None
        self._failures = 0
        self._heard = self._clock()
        self._why = ""
        if why := why_unsendable(request):
            self._why = f"not started for what is to be opened: {why}"
            return
        self._begin(self._heard, ready)
        if spare is not None and ready is not None:
            self._said_before = spare.said

    def open_ahead(self, request: Open) -> None:
        """Let an engine read what is opened next, while this one serves.

        Where something else is opened then, it was for nothing. Where it is done
        already, nothing is.
        """
        if self._spare is None or not self._spare.reads(request):
            self.end_ahead()
            self._spare = _Spare(request, self._start)

    def end_ahead(self) -> None:
        """End what reads ahead: that is not opened any more."""
        if self._spare is not None:
            self._spare.end()
            self._spare = None

    def put(self, message: Down) -> None:
        """Send a message; every later engine knows what is watched and compared."""
        if isinstance(message, Watch):
            self._watch = message
        if isinstance(message, UseReference) and self._open is not None:
            self._open = msgspec.structs.replace(
                self._open,
                reference_run=message.run,
                reference_file=message.file,
            )
        if self._engine is not None and self._engine.alive:
            self._engine.channel.put(message)

    def take(self) -> list[Up | Down]:
        """What has come in; also watches the engine. Call it often."""
        now = self._clock()
        stalled = now - self._looked > OWN_STALL
        self._looked = now
        if self._spare is not None:
            self._spare.look(now)
        if self._engine is None:
            if self._restart_at is not None and now >= self._restart_at:
                self._begin(now)
            return []
        messages = self._said_before + self._engine.channel.receive()
        self._said_before = []
        self._keep_release(messages)
        if messages:
            self._heard = now
            self._spoke = True
            self._told = self._told or any(map(_tells_of_run, messages))
            self._stopped = False
        elif stalled:
            self._heard = max(self._heard, now - SAID_AFTER / 2)
        elif now - self._heard > SAID_AFTER:
            self._stopped |= self._engine.stopped
        if now - self._pinged >= PING_EVERY:
            self._pinged = now
            self._engine.channel.put(Ping(sent=now))
        known = self._told or (self._spoke and self._failures > 0)
        patience = RESTARTED_AFTER if known else STARTING_FOR
        if not messages and not self._engine.alive:
            how, at = self._engine.died, time.time()
            before = None if how is None else EngineEnded(how, at, self._engine.pid)
            self._give_up(now, self._engine.ending(), before)
        elif now - self._heard > patience:
            words = f"said nothing for {now - self._heard:.0f} s"
            words += ": it was stopped from outside" if self._stopped else ""
            hung = EngineEnded("hung", time.time(), self._engine.pid)
            self._give_up(now, words, None if self._stopped else hung)
        return messages

    def state(self) -> EngineState:
        """How the engine is now."""
        if self._open is None:
            return EngineState("ended", "nothing is open")
        now = self._clock()
        silent = now - self._heard
        if self._engine is None and self._restart_at is None:
            return EngineState("ended", f"engine {self._why}", silent)
        if self._engine is None:
            wait = max(0.0, (self._restart_at or now) - now)
            return EngineState(
                "restarting",
                f"engine {self._why}; starts again in {wait:.0f} s",
                silent,
            )
        if not self._failures and self._starts(now, silent):
            words = f"engine is starting, which takes {STARTING_FOR:.0f} s at most"
            return EngineState("starting", words)
        if not self._spoke:
            again = f" again: {self._why}" if self._why else ""
            return EngineState("starting", f"engine is starting{again}", silent)
        if silent > SAID_AFTER:
            return EngineState("silent", f"engine silent for {silent:.0f} s", silent)
        return EngineState("live", f"live {silent:.1f} s ago", silent)

    def close_source(self) -> None:
        """Have nothing open: its engine ends; what reads ahead goes on.

        One that reads what is over keeps nothing: the window does not wait for it.
        """
        over = self._open is not None and self._open.recorded
        self._open = None
        self._restart_at = None
        if self._engine is not None:
            if over:
                self._engine.kill()
            else:
                self._engine.close()
            self._engine = None

    def close(self) -> None:
        """End the engine; nothing of it is left."""
        self.end_ahead()
        self.close_source()

    def _starts(self, now: float, silent: float) -> bool:
        """Whether it is silent because it reads for the first time what it opened."""
        young = not self._told and now - self._began <= STARTING_FOR
        return young and (not self._spoke or silent > SAID_AFTER)

    def _keep_release(self, messages: list[Up | Down]) -> None:
        """A later engine reads the release this one read, whatever is current then."""
        for message in messages:
            if isinstance(message, SiteMessage) and self._open is not None:
                release = message.site.release
                number = WORKING_COPY if release is None else release.number
                self._open = msgspec.structs.replace(self._open, release=number)

    def _begin(self, now: float, ready: EngineProcess | None = None) -> None:
        """Let an engine serve what is open.

        Args:
            now: of the clock, s.
            ready: one that has opened it already; None to start one.
        """
        assert self._open is not None
        self._restart_at = None
        self._began = now
        self._spoke = self._told = self._stopped = False
        self._heard = now
        self._said_before = []
        try:
            self._engine = ready or self._start()
        except OSError as error:
            self._give_up(now, f"cannot be started: {error}")
            return
        self._pinged = now
        if ready is None:
            self._engine.channel.put(self._open)
        if self._watch is not None:
            self._engine.channel.put(self._watch)

    def _give_up(self, now: float, why: str, before: EngineEnded | None = None) -> None:
        if self._open is not None:
            self._open = msgspec.structs.replace(self._open, before=before)
        if self._engine is not None:
            self._engine.kill()
            self._engine = None
        if self._spoke and now - self._began > LASTING:
            self._failures = 0
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._why = why
        source = self._open.source if self._open is not None else ""
        if source.lower().endswith(EVIDENCE_SUFFIX) and self._failures >= MOST_STARTS:
            self._why = f"{why}, {self._failures} times over {source}: it is given up"
            self._restart_at = None
            return
        self._restart_at = now + pause


def _tells_of_run(message: Up | Down) -> bool:
    """Whether a message has anything of a run; a mere heart-beat has not."""
    if not isinstance(message, Frame):
        return False
    return bool(message.tiles or message.facts or message.run.run)


def _is_news(message: Up | Down) -> bool:
    """Whether a message is more than a heart-beat."""
    return not isinstance(message, Frame) or bool(message.tiles or message.facts)
