"""Runs of lessons and exams of which nothing is simulated."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dqmconsole.training.facts import NO_KEY, AnswerKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.layout import Plot
    from dqmconsole.training.lesson import LessonRun


class FakeRuns:
    """The face of ``training.facts.Runs``; what is wanted is there at once.

    Attributes:
        refused: what is said of a run that is started or prepared; "" for nothing.
        lost: number of a recorded run that is gone -> what is said of it.
        ready: what is said of all that is prepared.
        broken: the run that was started broke off.
        started: runs, oldest first.
        folders: what is prepared now -> its run.
        subsystems: what was prepared -> the layouts it was prepared with.
        looked_at: what was prepared -> paths of the plots it was prepared with.
        most: so many were prepared at a time.
        stopped: how often all was stopped.
        shown: the plots on which the causes of what was started show.
        shows: what a run that is prepared shows of its cause.
    """

    def __init__(self) -> None:
        self.refused = ""
        self.lost: dict[int, str] = {}
        self.ready: bool | None = True
        self.broken = False
        self.started: list[LessonRun] = []
        self.folders: dict[str, LessonRun] = {}
        self.subsystems: dict[str, tuple[str, ...]] = {}
        self.looked_at: dict[str, tuple[str, ...]] = {}
        self.most = 0
        self.stopped = 0
        self.shown: Mapping[str, frozenset[str]] | None = None
        self.shows: Callable[[LessonRun], AnswerKey] = lambda _: NO_KEY
        self._numbers = itertools.count(1)

    def start(self, run: LessonRun) -> str:
        self._refuse()
        self.started.append(run)
        return run.evidence or f"/runs/{len(self.started)}"

    def nothing(self) -> str:
        self._refuse()
        return "/nothing"

    def prepare(
        self,
        run: LessonRun,
        subsystems: tuple[str, ...],
        plots: Sequence[Plot] = (),
    ) -> str:
        self._refuse()
        folder = f"/prepared/{next(self._numbers)}{run.evidence}"
        self.folders[folder] = run
        self.subsystems[folder] = subsystems
        self.looked_at[folder] = tuple(each.path for each in plots)
        self.most = max(self.most, len(self.folders))
        return folder

    def gone(self, runs: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.lost[each] for each in runs if each in self.lost)

    def recordings(self) -> str:
        return f"/records/{len(self.started)}"

    def broke_off(self) -> bool:
        return self.broken

    def is_ready(self, folder: str) -> bool | None:
        assert folder in self.folders
        return self.ready

    def plots_of_causes(self, run: LessonRun) -> Mapping[str, frozenset[str]] | None:
        return self.shown if run in self.started else None

    def key(self, folder: str) -> AnswerKey:
        return self.shows(self.folders[folder]) if folder in self.folders else NO_KEY

    def reference(self, run: LessonRun) -> str:
        wrong = any(each.startswith("wrong-reference") for each in run.causes)
        return "/other.root" if wrong else ""

    def drop(self, folder: str) -> None:
        del self.folders[folder]  # once

    def stop(self) -> None:
        self.stopped += 1
        self.folders.clear()

    def _refuse(self) -> None:
        if self.refused:
            raise OSError(self.refused)
