"""What the tutor goes by: the facts of the session at one look of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.model.layout import ReferenceMode
from dqmconsole.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.layout import Plot
    from dqmconsole.training.lesson import LessonRun


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What is so in this moment, and what was done since the lesson began.

    Attributes:
        now: of a monotonic clock, s: no change of the wall clock reaches the tutor.
        page: "Layout/Page" in view, or "".
        plot: path of the selected plot, or of the one shown alone; or "".
        alone: a plot is shown alone.
        mode: how that plot is compared with its reference, or None.
        used: ids of the commands used since the lesson began, in their order.
        read: ids of the instructions shown in the reader since then.
        records: of the throw-away book, since then, in their order.
        lumisection: of the run header; 0 while not known.
        runs: how many runs were seen since then.
        unit: what stands before the number of a lumisection at this site.
        run_type: of the run header; None while not known.
    """

    now: float
    page: str = ""
    plot: str = ""
    alone: bool = False
    mode: ReferenceMode | None = None
    used: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    records: tuple[Record, ...] = ()
    lumisection: int = 0
    runs: int = 0
    unit: str = "LS"
    run_type: str | None = None


class AnswerKey(msgspec.Struct, frozen=True):
    """What a prepared run shows of its one cause, by that run as it was played.

    Attributes:
        plots: paths of the plots on which it shows, the clearest first; None where
            that is not known.
        region: on the first of these, in its axes' units: x from, x to and, of a map,
            y from, y to; empty where it has no place.
        alike: names of faults that would take the very channels: no map of hits tells
            them apart.
    """

    plots: tuple[str, ...] | None = None
    region: tuple[float, ...] = ()
    alike: tuple[str, ...] = ()


NO_KEY = AnswerKey()


class Runs(Protocol):
    """Runs to train on, as the program's ``app`` provides them; none of it waits."""

    def start(self, run: LessonRun) -> str:
        """Begin a simulated or recorded run; the one before ends.

        Returns:
            The source to open: a folder that fills, or an evidence bundle.

        Raises:
            OSError: it cannot be started.
        """

    def nothing(self) -> str:
        """A folder without a run, from which the site is read all the same.

        What was started ends.

        Raises:
            OSError: it cannot be made.
        """

    def recordings(self) -> str:
        """Folder below which the run that was started may be recorded; "" for none."""

    def gone(self, runs: Iterable[int]) -> tuple[str, ...]:
        """Why recorded runs cannot be played, by number, and where they are named.

        Of those that can be played nothing is said.
        """

    def broke_off(self) -> bool:
        """Whether the run that was started ended by itself: nothing more comes."""

    def prepare(
        self,
        run: LessonRun,
        subsystems: tuple[str, ...],
        plots: Sequence[Plot] = (),
    ) -> str:
        """Begin to write a whole short run of ``run.ahead`` lumisections; its folder.

        An evidence bundle is written already: it is what is opened, and ready at once.

        Args:
            run: what to simulate.
            subsystems: the layouts to write; Info and FED come with them.
            plots: those of which :meth:`key` says whether the run's cause shows.

        Raises:
            OSError: it cannot be started.
        """

    def is_ready(self, folder: str) -> bool | None:
        """Whether a run that is prepared is whole; None when that failed."""

    def plots_of_causes(self, run: LessonRun) -> Mapping[str, frozenset[str]] | None:
        """On which plots each cause of a run shows: its text -> paths.

        None until that is found out, which the first call begins, and where it fails.
        """

    def key(self, folder: str) -> AnswerKey:
        """What a prepared run shows of its cause, on the plots it was prepared with.

        Of a run of several causes, or none, nothing is known, nor of one that is not
        whole, or dropped.
        """

    def reference(self, run: LessonRun) -> str:
        """The file that is opened as reference in place of the site's; "" for none."""

    def drop(self, folder: str) -> None:
        """Remove a prepared run."""

    def stop(self) -> None:
        """End the running one and remove all of them."""
