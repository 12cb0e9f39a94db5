"""Checks of other packages are imported in a process of their own first.

What hangs, exits or crashes while it is imported would end each engine and command
alike. So a class is tried in a child, which ends by itself, unless its last import went
well; what came of it is kept for that version of its package. Before it is imported
here the mark is taken away, and put back after: where it is missing, an import did not
end, and the next process tries again apart.

A process of its own: ``python -m dqmconsole.checks.trial NAME VALUE GROUP``.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PATIENCE = 10  # s that importing may take; less than a console waits for its engine
TRIED = 86  # exit code of a child that came to its end
TRYING = "DQMCONSOLE_TRYING"  # in the environment of such a child
_AGAIN = "it is tried again by dqmconsole doctor, and when its version is another"


class Trials:
    """What came of importing the checks of other packages.

    Args:
        folder: where that is kept; made when missing. The user's own when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = Path(platformdirs.user_state_dir("dqmconsole")) / "checks"
        self._folder = folder or own

    def failed(self, points: Iterable[EntryPoint]) -> dict[Path, str]:
        """Which cannot be imported without harm, and why, by their marks.

        Those whose last import is not known to have gone well are tried, all at once.
        """
        found, running = {}, {}
        for point in points:
            mark = self.mark(point)
            try:
                why = mark.read_text(errors="replace")
            except OSError:
                with suppress(OSError):  # none can be started: as without a trial
                    running[mark] = _started(point)
                continue
            if why:
                found[mark] = why
        latest = time.monotonic() + PATIENCE + 1  # it ends itself earlier
        for mark, child in running.items():
            if why := _ending(child, latest):
                found[mark] = f"{why}; {_AGAIN}"
                self._keep(mark, found[mark])
        return found

    @contextmanager
    def importing(self, point: EntryPoint) -> Iterator[None]:
        """Note that one is imported here, and that this ended, be it by an error."""
        mark = self.mark(point)
        with suppress(OSError):
            mark.unlink()
        try:
            yield
        except Exception:
            self._keep(mark, "")
            raise
        self._keep(mark, "")

    def forget(self) -> None:
        """Try all of them again, each before it is imported next."""
        for mark in self._folder.glob("*.txt"):
            with suppress(OSError):
                mark.unlink()

    def mark(self, point: EntryPoint) -> Path:
        """The file of one: empty where it can be imported, else it says why not."""
        of = () if point.dist is None else (point.dist.name, point.dist.version)
        words = "\n".join((sys.prefix, point.name, point.value, *of))
        digest = hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]
        return self._folder / f"{digest}.txt"

    def _keep(self, mark: Path, words: str) -> None:
        with suppress(OSError):  # it is tried each time
            mark.parent.mkdir(parents=True, exist_ok=True)
            written = mark.with_suffix(f".{os.getpid()}")
            written.write_text(words)
            written.replace(mark)


def _started(point: EntryPoint) -> subprocess.Popen[bytes]:
    words = ("-P", "-m", __name__, point.name, point.value, point.group)
    found_here = os.pathsep.join(sys.path)
    return subprocess.Popen(
        [sys.executable, *words],
        env=os.environ | {TRYING: "1", "PYTHONPATH": found_here},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _ending(child: subprocess.Popen[bytes], latest: float) -> str:
    """Why a child did not come to its end; "" if it did."""
    try:
        code = child.wait(max(latest - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        code = -signal.SIGALRM
    if code == TRIED:
        return ""
    if code == -signal.SIGALRM:
        return f"importing it does not end ({PATIENCE} s)"
    how = signal.Signals(-code).name if code < 0 else f"code {code}"
    return f"importing it ends the process ({how})"


def _try(point: EntryPoint) -> None:
    """Import one and make its examples; this process ends with it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    with suppress(Exception, SystemExit):  # said by whoever imports it next
        point.load().examples()
    os._exit(TRIED)  # not what it wants to do at exit


if __name__ == "__main__":
    _try(EntryPoint(*sys.argv[1:]))
