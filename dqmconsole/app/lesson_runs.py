"""The runs of lessons and exams: child processes that nothing waits for."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.app.books import SCRATCH
from dqmconsole.app.cause_plots import CausePlots
from dqmconsole.app.options import record_to_play
from dqmconsole.app.simulation import RecordedDetector, SimulatedDetector
from dqmconsole.model.layout import DEFAULT_NORMALIZE
from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.training.facts import NO_KEY, AnswerKey
from dqmconsole.training.lesson import split_cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.app.simulation import DetectorProcess
    from dqmconsole.model.layout import Plot
    from dqmconsole.training.lesson import LessonRun

LESSONS = "instructions/lessons"  # folder of a site
PREFIX = "dqmconsole-lessons-"
STALE = 60.0  # s after which what a program that was killed left is removed
FIRST_RUN, MANY_RUNS = 398_200, 400  # numbers of runs that are shown as items
ALWAYS = ("Info", "FED")  # no page is judged without the run and the readout
WRONG_REFERENCE = "wrong-reference"  # a cause of the table; it acts on the console
_OTHER = {"collisions": "cosmics", "cosmics": "collisions", "heavy-ions": "collisions"}


class LessonRuns:
    """Implements ``training.facts.Runs``; ``close()`` at the end.

    What is not needed any more is asked to end at once; a thread waits for it, and
    removes its folder. A detector ends by itself when this program dies, and the next
    program removes the folders.

    Args:
        site_folder: the folder whose lessons are taught, for their evidence bundles.
        begin: begins a detector.
        home: the site's own folder, beside which its runs are recorded; "" for that of
            the bundled one.
        play: begins a recorded run.
    """

    def __init__(
        self,
        site_folder: Callable[[], Path],
        begin: Callable[..., DetectorProcess] = SimulatedDetector,
        home: str = "",
        play: Callable[..., DetectorProcess] = RecordedDetector,
    ) -> None:
        self._site_folder = site_folder
        self._begin = begin
        self._home = home
        self._play = play
        self._root: Path | None = None
        self._lock = -1
        self._running: DetectorProcess | None = None
        self._prepared: dict[str, DetectorProcess] = {}
        self._plots: CausePlots | None = None
        self._ending: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, run: LessonRun) -> str:
        """Begin a simulated or recorded run; the one before ends.

        Returns:
            The source to open: a folder that fills, or an evidence bundle.

        Raises:
            OSError: it cannot be started, or is recorded no more, or the bundle lies
                outside the lessons.
        """
        if run.evidence:
            source = self._evidence(run.evidence)
            self._retire_running()
            return source
        more = ["--ahead", str(run.ahead)]
        if run.recorded:
            more += ["--speed", str(run.speed)]
        elif run.run_length:
            more += ["--lumisections-per-run", str(run.run_length)]
        begun = self._detector(run, more)
        self._retire_running()
        self._running = begun
        return str(begun.folder)

    def nothing(self) -> str:
        """A folder without a run, from which the site is read all the same.

        What was started ends.

        Raises:
            OSError: it cannot be made.
        """
        self._retire_running()
        return tempfile.mkdtemp(prefix="nothing-", dir=self._below())

    def gone(self, runs: Iterable[int]) -> tuple[str, ...]:
        """Why recorded runs cannot be played, by number, and where they are named.

        Of those that can be played nothing is said.
        """
        asked = tuple(runs)
        if not asked:
            return ()
        # loads YAML, which no simulated run needs
        from dqmconsole.app.gone_runs import why_gone

        folder = self._site_folder()
        found = (why_gone(each, self._home, folder) for each in asked)
        return tuple(filter(None, found))

    def recordings(self) -> str:
        """Folder below which the run that was started may be recorded; it goes with it.

        "" of a bundle of evidence.
        """
        return "" if self._running is None else str(self._running.recordings)

    def broke_off(self) -> bool:
        """Whether the run that was started ended by itself: nothing more comes."""
        return self._running is not None and self._running.ended() is not None

    def prepare(
        self,
        run: LessonRun,
        subsystems: tuple[str, ...],
        plots: Sequence[Plot] = (),
    ) -> str:
        """Begin to write a whole short run of ``run.ahead`` lumisections; its folder.

        Args:
            run: what to simulate.
            subsystems: the layouts to write; Info and FED come with them.
            plots: those of which :meth:`key` says whether the run's cause shows.

        Raises:
            OSError: it cannot be started, or is recorded no more, or the bundle lies
                outside the lessons.
        """
        if run.evidence:
            return self._evidence(run.evidence)
        more = ["--whole", str(run.ahead)]
        if not run.recorded:
            only = dict.fromkeys((*ALWAYS, *subsystems))
            more += ["--only", ",".join(only)]
            # else the number would tell the runs that were stopped and started
            more += ["--first-run", str(FIRST_RUN + run.seed % MANY_RUNS)]
            for each in plots if run.causes else ():
                how = each.reference.normalize or DEFAULT_NORMALIZE
                more += ["--look", f"{how}:{each.path}"]
        begun = self._detector(run, more)
        self._prepared[str(begun.folder)] = begun
        return str(begun.folder)

    def is_ready(self, folder: str) -> bool | None:
        """Whether a run that is prepared is whole; None when that failed."""
        begun = self._prepared.get(folder)
        if begun is None:  # a bundle, which is whole, or a run that was dropped
            return True if folder.endswith(EVIDENCE_SUFFIX) else None
        code = begun.ended()
        if code is None:
            return False
        return True if code == 0 else None

    def drop(self, folder: str) -> None:
        """Remove a prepared run."""
        begun = self._prepared.pop(folder, None)
        if begun is not None:
            self._retire(begun)

    def reference(self, run: LessonRun) -> str:
        """The file that is opened as reference in place of the site's; "" for none."""
        if not any(map(_acts_on_console, run.causes)):
            return ""
        # loads YAML, which no other lesson needs
        from dqmconsole.site.site import bundled_site

        name = f"{_OTHER[run.run_type]}.root"
        return str(bundled_site() / "layouts" / "references" / name)

    def plots_of_causes(self, run: LessonRun) -> Mapping[str, frozenset[str]] | None:
        """On which plots each cause of a run shows: its text -> paths.

        None until that is found out, which the first call begins, and where it fails.
        Of a recorded run none is looked for: its faults name their plots.
        """
        if run.recorded:
            return {}
        if self._plots is None or self._plots.run != run:
            self._end_plots()
            self._plots = CausePlots(run, self._site_folder())
        return self._plots.found()

    def key(self, folder: str) -> AnswerKey:
        """What a prepared run shows of its cause, on the plots it was prepared with.

        The process that writes the run says it, once the run is whole.
        """
        begun = self._prepared.get(folder)
        if begun is None or begun.ended() != 0 or not (said := begun.said()):
            return NO_KEY
        return msgspec.json.decode(said, type=AnswerKey)

    def stop(self) -> None:
        """End the running one and remove all of them."""
        self._end_plots()
        self._retire_running()
        for folder in tuple(self._prepared):
            self.drop(folder)

    def close(self) -> None:
        """End all, and wait until nothing is left of them."""
        self.stop()
        if self._thread is not None:
            self._ending.put(None)
            self._thread.join()
            self._thread = None
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            os.close(self._lock)
            self._root = None

    # -- inside ------------------------------------------------------------------------

    def _detector(self, run: LessonRun, more: list[str]) -> DetectorProcess:
        if run.recorded:
            return self._recorded(run, more)
        causes = [each for each in run.causes if not _acts_on_console(each)]
        return self._begin(
            run.run_type,
            run.speed,
            causes,
            seed=run.seed,
            below=self._below(),
            more=more,
        )

    def _recorded(self, run: LessonRun, more: list[str]) -> DetectorProcess:
        # loads YAML, which no simulated run needs
        from dqmconsole.app.gone_runs import gone_words
        from dqmconsole.sources.source import SourceError

        try:
            record = record_to_play(run.recorded, self._home)
        except SourceError as error:
            words = gone_words(run.recorded, str(error), self._site_folder())
            raise OSError(words) from error
        return self._play(
            record,
            self._site_folder(),
            run.causes,
            run.seed,
            below=self._below(),
            more=more,
        )

    def _evidence(self, name: str) -> str:
        folder = self._site_folder() / LESSONS
        path = Path(os.path.normpath(folder / name))
        if not path.is_relative_to(folder):
            message = f"{name}: an evidence bundle lies beside the lessons, in {folder}"
            raise OSError(message)
        return str(path)

    def _below(self) -> Path:
        """The folder of all runs of this program, held by a lock while it lives."""
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._lock = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._ending.put(remove_leavings)
            self._thread = threading.Thread(
                target=self._end_all, name="lesson runs", daemon=True
            )
            self._thread.start()
        return self._root

    def _end_plots(self) -> None:
        found, self._plots = self._plots, None
        if found is not None:
            found.close()

    def _retire_running(self) -> None:
        begun, self._running = self._running, None
        if begun is not None:
            self._retire(begun)

    def _retire(self, begun: DetectorProcess) -> None:
        begun.ask_to_end()
        self._ending.put(begun.close)

    def _end_all(self) -> None:
        while (end := self._ending.get()) is not None:
            end()


def remove_leavings(folder: Path | None = None) -> None:
    """Remove runs and throw-away books of programs of this account that were killed.

    Args:
        folder: where to look; the system's temporary folder when None.
    """
    root = folder or Path(tempfile.gettempdir())
    for path in (*root.glob(f"{PREFIX}*"), *root.glob(f"{SCRATCH}*")):
        with contextlib.suppress(OSError), _locked(path) as fd:
            told = os.fstat(fd)
            if told.st_uid == os.getuid() and time.time() - told.st_mtime > STALE:
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A folder whose program is gone.

    Raises:
        OSError: the program is there (it holds the lock), or this is no folder.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield fd
    finally:
        os.close(fd)


def _acts_on_console(cause: str) -> bool:
    """Tell whether a cause acts on the console, so that the detector has no part."""
    return split_cause(cause)[0] == WRONG_REFERENCE
