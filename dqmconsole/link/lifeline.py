"""What children are told by their parent, and that they end when it dies."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def wake_when_parent_dies() -> None:
    """Have this process woken by SIGCONT when its parent dies (on Linux alone).

    Our children end by themselves when the pipe or socket of their parent ends, but
    a stopped process (Ctrl+Z, a debugger, a frozen group) does not see that. SIGCONT
    rather than SIGKILL: a child that runs takes no notice, so it still ends in order,
    and nothing happens when only the thread that started it ends, at which the kernel
    sends the signal, too. A parent that is dead already has ended pipe or socket.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGCONT), 0, 0, 0)


def told_words() -> list[str] | None:
    """More words of the command line, one a line of standard input, up to an empty one.

    The list of processes does not show them.

    Returns:
        None where standard input ended before: whoever started this process is gone.
    """
    words: list[str] = []
    for line in sys.stdin:
        if line == "\n":
            return words
        words.append(line.removesuffix("\n"))
    return None
