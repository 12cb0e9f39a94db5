"""What the judge decodes of each update, gathered by client for the recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import RunState
from dqmconsole.recording.recorder import Item, Update
from dqmconsole.site.rules.checks import checked_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Histogram, QualityResult
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.run import Client, Conditions
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.recording.recent import Gained
    from dqmconsole.recording.recorder import Recorder

# updates of a client, one after the other, not all plots of which were judged
BEHIND = 3


class _Gathered:
    """A snapshot of a client while its plots are being judged.

    Conditions are read of it before anybody has seen what update it is.
    """

    def __init__(self, run: int, version: int) -> None:
        self.snapshot = (run, version)
        self.update: Update | None = None
        self.items: dict[str, Item] = {}


class Recording:
    """Hands each update to the recorder once its plots were judged.

    Nothing is decoded for it, but what checks of another client's plots name: a plot
    that is not judged in this run is not recorded. An update that another follows
    before that becomes one with it; where updates always come sooner, what was judged
    of each is recorded, and that is said.

    Args:
        recorder: the recorder; closed with this.
        readable: gives an element, or None: run, path.
        qualities: gives the producer's quality results of an element: run, path.
    """

    def __init__(
        self,
        recorder: Recorder,
        readable: Callable[[int, str], Element | None],
        qualities: Callable[[int, str], tuple[QualityResult, ...]],
    ) -> None:
        self.recorder = recorder
        self._readable = readable
        self._qualities = qualities
        self._elsewhere: dict[str, dict[str, None]] = {}
        self._accumulates: dict[str, bool] = {}
        self._gathered: dict[str, _Gathered] = {}
        self._behind: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._processes: dict[str, tuple[int, str, int]] = {}
        self._restarted: set[str] = set()  # since their last update that was recorded
        self._conditions: tuple[int, Conditions] | None = None
        self._run = 0
        self._noticed = 0  # the run of the last update, until it is over

    def lay_out(self, plots: Collection[Plot], paths: ConditionPaths) -> None:
        """Record these plots from now on, and what else is needed to judge them.

        Args:
            plots: the plots of the site; with the elements that their checks name.
            paths: where conditions stand. Without the trends of luminosity and pile-up
                a recorded run could be compared with no other by what it saw.
        """
        plots = tuple(plots)
        seen = (paths.integrated, paths.pileup, paths.events_by_lumisection)
        self._accumulates = {path: False for path in seen if path}
        self._elsewhere = {}
        windows: dict[str, int] = {}
        for plot in plots:
            for path in (plot.path, *checked_paths(plot)):
                self._accumulates[path] = plot.accumulates_over == "run"
                if plot.window_lumisections is not None:
                    asked = (windows.get(path, 0), plot.window_lumisections)
                    windows[path] = max(asked)
                if subsystem_of(path) != subsystem_of(plot.path):
                    self._elsewhere.setdefault(subsystem_of(path), {})[path] = None
        for plot in plots:  # what a plot says of its own element goes before
            self._accumulates[plot.path] = plot.accumulates_over == "run"
        self.recorder.windows = windows

    @property
    def elsewhere(self) -> frozenset[str]:
        """The clients of which checks of another's plots name elements."""
        return frozenset(self._elsewhere)

    def notice(self, state: SourceState) -> None:
        """Begin an update of each client whose content is another."""
        if state.run and self._noticed not in (0, state.run):
            self._end()  # a source that has no run just now may have it again
        self._run = state.run
        if state.run and self._conditions != (state.run, state.conditions):
            self._conditions = (state.run, state.conditions)
            self.recorder.note_conditions(state.run, state.conditions)
        for name, client in state.clients.items():
            version = state.versions.get(name, 0)
            if client.run != state.run or client.state == "recorded" or not version:
                continue
            if self._seen.get(name) == (state.run, version):
                continue
            self._seen[name] = (state.run, version)
            self._noticed = state.run
            process = (state.run, client.host, client.pid)
            before = self._processes.get(name)
            if not client.pid and before is not None and before[0] == state.run:
                process = before  # a final file does not name who wrote it
            self._processes[name] = process
            gathered = self._of(name, state.run, version)
            restarted = before is not None and before[0] == state.run
            restarted = restarted and before != process
            if restarted:
                self._restarted.add(name)
            gathered.update = _update_of(
                client, state.now, restarted=name in self._restarted
            )
        if state.run and self._noticed and state.run_state is not RunState.RUNNING:
            self._end()

    def take(self, run: int, path: str, version: int, element: Element) -> None:
        """Take in an element of a snapshot, as it was decoded."""
        name, accumulates = subsystem_of(path), self._accumulates.get(path)
        if accumulates is None or run < self._run:
            return
        if self._seen.get(name) == (run, version) and name not in self._gathered:
            return  # it is with the recorder; the next update covers this too
        found = self._qualities(run, path)
        item = Item(path, element, accumulates, qualities=found)
        self._of(name, run, version).items[path] = item

    def take_gained(self, path: str, histogram: Histogram, gained: Gained) -> None:
        """Take in what an element gained, so that nobody computes it again."""
        gathered = self._gathered.get(subsystem_of(path))
        item = None if gathered is None else gathered.items.get(path)
        if gathered is not None and item is not None and item.element is histogram:
            gathered.items[path] = item._replace(gained=gained)

    def work(self, waiting: Callable[[str], bool]) -> None:
        """Hand over the updates all of whose plots were judged.

        Args:
            waiting: tells whether plots of a subsystem are still to be judged.
        """
        for name, gathered in list(self._gathered.items()):
            if gathered.update is not None and not waiting(name):
                self._behind.pop(name, None)
                for path in self._elsewhere.get(name, ()):
                    self._readable(gathered.snapshot[0], path)  # comes by `take`
                self._note(name)

    def problems(self) -> tuple[Problem, ...]:
        """What is not recorded, or not as it should be."""
        words = [
            f"updates of {name} come faster than its plots are judged: of each only "
            "the plots that were judged are recorded"
            for name, many in self._behind.items()
            if many >= BEHIND and self.recorder.holds is not False
        ]
        found = tuple(Problem(each, kind="source") for each in words)
        if self.recorder.trouble:
            trouble = Problem(self.recorder.trouble, kind="source", code="recorder")
            found = (trouble, *found)
        return found

    def close(self) -> None:
        """Hand over what was gathered, and write what waits."""
        for name in list(self._gathered):
            self._note(name)
        self.recorder.close()

    def _end(self) -> None:
        """The run of which updates came is over."""
        self.recorder.note_end(self._noticed)
        self._noticed = 0

    def _of(self, name: str, run: int, version: int) -> _Gathered:
        """What is gathered of a snapshot; of an older one not all was judged."""
        gathered = self._gathered.get(name)
        if gathered is None or gathered.snapshot != (run, version):
            if gathered is not None and gathered.update is not None:
                self._behind[name] = self._behind.get(name, 0) + 1
                # else the next covers what the one before had
                if self._behind[name] >= BEHIND or gathered.snapshot[0] != run:
                    self._note(name)
            gathered = self._gathered[name] = _Gathered(run, version)
        return gathered

    def _note(self, name: str) -> None:
        gathered = self._gathered.pop(name)
        if gathered.items and gathered.update is not None:
            self._restarted.discard(name)
            run, _ = gathered.snapshot
            self.recorder.note(run, gathered.update, gathered.items.values())


def _update_of(client: Client, now: float, *, restarted: bool) -> Update:
    times = (client.produced, client.written, now)
    return Update(
        client.subsystem,
        client.reached or 0,
        next(each for each in times if each is not None),
        client.events,
        restarted,
    )
