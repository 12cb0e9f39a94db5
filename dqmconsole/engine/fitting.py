"""Functions fitted to the bins of a histogram, in a child process.

``python -m dqmconsole.engine.fitting``: a length (4 bytes, big-endian) and a
MessagePack :class:`FitTask` on its standard input give a length and a
:class:`FitAnswer` on its standard output, until the input ends. scipy takes half a
second to import, and a fit takes as long as it takes: an engine's slices do not.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.checks.fitting import FitAnswer, FitTask, fitted
from dqmconsole.engine.pictures import WHOLE_BINS
from dqmconsole.link.codec import LinkError, decoder, encoder
from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.message import Fitted, Receipt
from dqmconsole.model.rebin import few_bins

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import BinaryIO

    from dqmconsole.model.fit import FitFunction, FitMethod
    from dqmconsole.model.frame import Picture, Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.message import Fit, Up

SECONDS = 10.0  # for one fit, the start of the process included
COMMAND = (sys.executable, "-m", "dqmconsole.engine.fitting")
_WAIT = 0.002  # s of a slice, to wait for the child
_UNWANTED = "another fit was asked for"


def task_of(
    histogram: Histogram,
    function: FitFunction,
    within: tuple[float, float] | None,
    method: FitMethod | None = None,
) -> FitTask | str:
    """The bins of a histogram that are to be fitted, or why it cannot be.

    Args:
        histogram: of one axis.
        function: the function.
        within: the range, in the unit of x; None: all bins.
        method: None chooses by the contents.
    """
    if histogram.dimension != 1:
        return "cannot be fitted: it is a map; fit a projection or a slice of it"
    histogram, _ = few_bins(histogram, WHOLE_BINS)  # as it is drawn
    (axis,) = histogram.axes
    if axis.traits.discrete:
        return "cannot be fitted: its bins have names, not numbers"
    centers, edges = axis.centers, axis.edges
    chosen = np.ones(axis.bins, bool)
    if within is not None:
        chosen = (centers >= min(within)) & (centers <= max(within))
    if not chosen.any():
        return "cannot be fitted: no bin has its centre in the range"
    if not centers[0] < centers[-1] and axis.bins > 1:
        return "cannot be fitted: its bins have no width"
    values, variances = histogram.values(), histogram.variances()
    counts = not histogram.is_profile and bool(
        histogram.sumw2 is None or np.array_equal(values, variances)
    )
    with np.errstate(all="ignore"):
        whole = counts and bool(np.all(values[chosen] == np.round(values[chosen])))
        whole = whole and bool(np.all(values[chosen] >= 0))
        errors = np.sqrt(variances)
    used = np.flatnonzero(chosen)
    return FitTask(
        function=function,
        x=centers[chosen],
        y=values[chosen],
        errors=errors[chosen],
        edges=(float(edges[used[0]]), float(edges[used[-1] + 1])),
        counts=whole,
        method=method,
    )


# -- the child process ---------------------------------------------------------------


class FitProcess:
    """The child that fits: started when it is first needed, killed when it is late.

    Args:
        command: how to start it.
        seconds: how long a fit may take.

    Attributes:
        newest: the request that was asked for last.
    """

    def __init__(
        self, command: tuple[str, ...] = COMMAND, seconds: float = SECONDS
    ) -> None:
        self._command = command
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self.newest: int | None = None

    def fit(
        self, task: FitTask, wanted: Callable[[], bool] = lambda: True
    ) -> Generator[None, None, FitAnswer]:
        """Have a task fitted, looking after it a few milliseconds at a time.

        One after the other: the next one begins when the one before has ended.

        Args:
            task: what is to be fitted.
            wanted: tells whether anybody still waits for it.
        """
        if not wanted():  # the child may be idle, for the one that is
            return FitAnswer(refusal=f"not fitted: {_UNWANTED}")
        until = time.monotonic() + self._seconds
        answer: FitAnswer | None = None
        why = ""
        try:
            for answer in self._exchange(task):
                if answer is not None:
                    return answer
                if time.monotonic() > until:
                    why = f"it took more than {self._seconds:g} s"
                elif not wanted():
                    why = _UNWANTED
                if why:
                    break
                yield
        except (EOFError, OSError) as error:
            why = f"the process that fits ends: {error}"
        except (msgspec.MsgspecError, LinkError) as error:
            why = f"no sense in the answer: {error}"
        finally:
            if answer is None:  # what it is at must not answer the next one
                self.close()
        return FitAnswer(refusal=f"not fitted: {why}")

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def _exchange(self, task: FitTask) -> Generator[FitAnswer | None, None, None]:
        """Hand the child a task: None while it is at it, then its answer."""
        child = self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        rest = memoryview(_framed(encoder().encode(task)))
        while rest:
            try:
                rest = rest[os.write(child.stdin.fileno(), rest) :]
            except BlockingIOError:
                select.select([], [child.stdin], [], _WAIT)
            yield None
        found, size = bytearray(), 4
        while len(found) < size:
            try:
                piece = os.read(child.stdout.fileno(), size - len(found))
            except BlockingIOError:
                select.select([child.stdout], [], [], _WAIT)
                yield None
                continue
            if not piece:
                message = "it gave no answer"
                raise EOFError(message)
            found += piece
            if size == len(found) == 4:
                size += int.from_bytes(found, "big")
        yield decoder(FitAnswer).decode(found[4:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            # bytes go straight to the pipes: what a buffer holds back comes twice
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None
                os.set_blocking(pipe.fileno(), False)
        return self._child


def fit_job(
    request: Fit, tile_of: Callable[[], Tile], process: FitProcess
) -> Generator[None, None, Up]:
    """Fit what a plot shows in the detail view; ends with the answer.

    One that is asked for later ends it: who looks at another plot waits for that.

    Args:
        request: the plot, the function and the range.
        tile_of: gives its tile with all bins, where they did not come with the request.
        process: fits.
    """
    process.newest = request.request
    return _fit(request, tile_of, process)


def _fit(
    request: Fit, tile_of: Callable[[], Tile], process: FitProcess
) -> Generator[None, None, Up]:
    yield
    data, run = request.data, 0
    if data is None:
        tile = tile_of()
        if tile.picture is None or tile.picture.data is None:
            words = f"cannot be fitted: {_what_it_has(tile.picture)}"
            return Receipt(request.request, False, words)
        data, run = tile.picture.data, tile.run
    task = task_of(data, request.function, request.within, request.method)
    if isinstance(task, str):
        return Receipt(request.request, False, task)
    answer = yield from process.fit(task, lambda: process.newest == request.request)
    if answer.result is None:
        return Receipt(request.request, False, answer.refusal)
    return Fitted(request.request, request.key, run, answer.result)


def _what_it_has(picture: Picture | None) -> str:
    """Why there are no bins to fit."""
    if picture is not None and picture.graphs:
        return "it is a graph; only histograms and profiles are"
    return "the plot has no bins now"


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def main() -> int:
    """Fit what comes in until there is no more."""
    wake_when_parent_dies()
    # LAPACK complains on stdout: a line of it must not stand before an answer
    take, give = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (task := _next(take)) is not None:
        try:
            answer = fitted(task)
        except ArithmeticError:
            words = "its numbers are too large or too small to compute with"
            answer = FitAnswer(refusal=f"cannot be fitted: {words}")
        except ValueError as error:  # LinAlgError is one
            answer = FitAnswer(refusal=f"cannot be fitted: {error}")
        give.write(_framed(encoder().encode(answer)))
        give.flush()
    return 0


def _next(take: BinaryIO) -> FitTask | None:
    head = take.read(4)
    if len(head) < 4:
        return None
    found: FitTask = decoder(FitTask).decode(take.read(int.from_bytes(head, "big")))
    return found


if __name__ == "__main__":
    sys.exit(main())
