"""The simulated detector, or a recorded run, as a child process that fills a folder."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)
DEMO_RUNS = ("--lumisections-per-run", "2000")  # which bounds what is recorded of one


class DetectorProcess:
    """A child that fills a folder; which is removed with it unless it is to be kept.

    Args:
        module: what runs, as ``python -m`` has it.
        words: for its command line, told it on its standard input.
        keep: the folder, which stays; or None.
        below: folder in which its own is made; the system's temporary one when None.
    """

    def __init__(
        self,
        module: str,
        words: Sequence[str],
        keep: Path | None = None,
        below: Path | None = None,
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
        command = [sys.executable, "-m", module]
        command += ["--folder", str(self.folder), "--untold"]
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - see close
        # its standard input closes with this process, however that ends: it then ends
        self._child = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=self._out,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        # not on the command line: a trainee may look at the list of processes
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._child.poll()

    def said(self) -> str:
        """What it has written to its standard output; nobody else can read that."""
        size = os.fstat(self._out.fileno()).st_size
        return os.pread(self._out.fileno(), size, 0).decode()

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
            _log.warning("the child that fills %s did not end by itself", self.folder)
            self._child.kill()
            self._child.wait()
        for each in (self._scratch, self._runs):
            if each is not None:
                each.cleanup()
        self._out.close()


class SimulatedDetector(DetectorProcess):
    """A running simulation.

    Args:
        run_type: "collisions", "cosmics" or "heavy-ions".
        speed: seconds of the detector per second.
        causes: "NAME@LS" entries of the table of causes.
        keep: folder that keeps every snapshot, or None.
        seed: seed of the simulation; None takes the detector's own.
        below: see :class:`DetectorProcess`.
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
        words = ["--run-type", run_type, "--speed", str(speed)]
        for cause in causes:
            words += ["--cause", cause]
        if seed is not None:
            words += ["--seed", str(seed)]
        if keep is not None:
            words.append("--keep")
        super().__init__("dqmconsole.simulation", [*words, *more], keep, below)


class RecordedDetector(DetectorProcess):
    """A recorded run that is played again, with faults in it.

    Args:
        record: "recorded:FOLDER/RUN".
        site: folder of the site whose run it is.
        causes: "NAME:PATH@UPDATE*SIZE" entries.
        seed: the place of the faults follows from it.
        below: see :class:`DetectorProcess`.
        more: further words for its command line.
    """

    def __init__(
        self,
        record: str,
        site: Path,
        causes: Sequence[str],
        seed: int,
        *,
        below: Path,
        more: Sequence[str],
    ) -> None:
        words = ["--record", record, "--site", str(site), "--seed", str(seed)]
        for cause in causes:
            words += ["--cause", cause]
        super().__init__("dqmconsole.app.injected_run", [*words, *more], None, below)
