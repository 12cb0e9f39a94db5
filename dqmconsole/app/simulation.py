"""The simulated detector as a child process that fills a folder."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)
DEMO_RUNS = ("--lumisections-per-run", "2000")  # which bounds what is recorded of one


class SimulatedDetector:
    """A running simulation; its folder is removed with it unless it is to be kept.

    Args:
        run_type: "collisions", "cosmics" or "heavy-ions".
        speed: seconds of the detector per second.
        causes: "NAME@LS" entries of the table of causes.
        keep: folder that keeps every snapshot, or None.
        seed: seed of the simulation; None takes the detector's own.
        below: folder in which its own is made; the system's temporary one when None.
        more: further words for its command line.
    """

    def __init__(
        self,
        run_type: str,
        speed: float,
        causes: Sequence[str] = (),
        keep: Path | None = None,
        seed: int | None = None,
        *,
        below: Path | None = None,
        more: Sequence[str] = (),
    ) -> None:
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._runs: tempfile.TemporaryDirectory[str] | None = None
        self._below = below
        if keep is None:
            self._scratch = tempfile.TemporaryDirectory(
                prefix="dqmconsole-demo-", ignore_cleanup_errors=True, dir=below
            )
            self.folder = Path(self._scratch.name)
        else:
            self.folder = keep
            keep.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "dqmconsole.simulation"]
        command += ["--folder", str(self.folder), "--untold"]
        # not on the command line: a trainee may look at the list of processes
        words = ["--run-type", run_type, "--speed", str(speed)]
        for cause in causes:
            words += ["--cause", cause]
        if seed is not None:
            words += ["--seed", str(seed)]
        if keep is not None:
            words.append("--keep")
        words += more
        # its standard input closes with this process, however that ends: it then ends
        self._child = subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, start_new_session=True
        )
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died at once: `ended` says so
            self._child.stdin.write(
                "".join(f"{word}\n" for word in (*words, "")).encode()
            )

    @property
    def recordings(self) -> Path:
        """Where consoles may record its runs: a folder that is removed with it."""
        if self._runs is None:
            self._runs = tempfile.TemporaryDirectory(
                prefix="dqmconsole-demo-runs-",
                ignore_cleanup_errors=True,
                dir=self._below,
            )
        return Path(self._runs.name)

    def __enter__(self) -> SimulatedDetector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._child.poll()

    def ask_to_end(self) -> None:
        """Ask it to end; does not wait for it."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        self._child.terminate()

    def close(self) -> None:
        """End it, and remove its folder unless that is to be kept."""
        self.ask_to_end()
        try:
            self._child.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            _log.warning("the simulated detector did not end by itself")
            self._child.kill()
            self._child.wait()
        for each in (self._scratch, self._runs):
            if each is not None:
                each.cleanup()
