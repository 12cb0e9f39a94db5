"""A recorded run that goes through its updates again, as fast as it is asked to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dqmconsole.model.run import Client, RunState
from dqmconsole.recording.packing import Increment, Stack, total, unpack
from dqmconsole.recording.run_file import NotRecordedError
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.sources.recorded import RecordedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import ClientState
    from dqmconsole.recording.booking import Booking
    from dqmconsole.recording.recent import Step
    from dqmconsole.recording.run_file import Kept, Moment


class RecordedSteps(RecordedRun):
    """The updates of a recorded run, one after the other, as if it were live.

    Each element begins empty with the update after its first, of which nobody knows
    what it added; what has no increments (scalars, graphs) is as it was then.

    Args:
        path: the file.
        change: gets path, increment and lumisection of each increment before it
            counts, and gives it changed; the increment itself when left out.

    Raises:
        SourceError: it cannot be read, or is no record.
    """

    def __init__(
        self,
        path: Path,
        change: Callable[[str, Increment, int], Increment] | None = None,
    ) -> None:
        super().__init__(path)
        super().poll(0.0)
        self._change = change
        self._last = dict(self._others)
        self._sums: dict[str, Increment] = {}
        self._ended: dict[str, list[Moment]] = {}
        self._unpacked: dict[str, tuple[bytes, Stack]] = {}
        self._gained: dict[str, dict[int, Kept]] = {}
        for each in self._booked:
            with suppress(NotRecordedError):  # its client has no update
                if kept := self._file.each_update(each):
                    self._gained[each] = {one.last: one for one in kept}
        self.lumisections: tuple[int, ...] = tuple(
            sorted({at for each in self._gained.values() for at in each})
        )
        self._lumisection = 0
        self._step = 0
        self._news = False

    def go_on(self, lumisection: int) -> float | None:
        """Take in the updates that end with a lumisection.

        Returns:
            When the last of them was made, unix time, s; None where there are none.
        """
        self._lumisection = lumisection
        self._step += 1
        self._news = True
        at = None
        for client, moments in self._moments.items():
            for moment in moments:
                if moment.last == lumisection:
                    self._ended.setdefault(client, []).append(moment)
                    at = moment.at if at is None else max(at, moment.at)
        for path, kept in self._gained.items():
            if lumisection in kept:
                gained = self.increment(path, lumisection)
                before = self._sums.get(path)
                self._sums[path] = gained if before is None else total([before, gained])
        for path in self._last:
            found = self._file.other(path, lumisection)
            if found is not None:
                self._others[path] = found[0]
        return at

    def increment(self, path: str, lumisection: int) -> Increment:
        """What an element gained with the update that ends there, changed or not.

        Raises:
            KeyError: it gained nothing, or nothing whole.
        """
        kept = self._gained[path][lumisection]
        data, stack = self._unpacked.get(path, (b"", None))
        if stack is None or data is not kept.data:
            stack = unpack(kept.data)
            self._unpacked[path] = kept.data, stack
        gained = stack.row(kept.row)
        if self._change is None:
            return gained
        return self._change(path, gained, lumisection)

    def updates(self, path: str) -> tuple[int, ...]:
        """The lumisections with which its updates end, ascending."""
        return tuple(sorted(self._gained.get(path, ())))

    def booking(self, path: str) -> Booking | None:
        """How an element is booked; None where it has no increments."""
        return self._booked.get(path) if path in self._gained else None

    def events(self, path: str, lumisection: int) -> float | None:
        """Events that were processed in an update of an element, or None."""
        client = path.partition("/")[0]
        for moment in self._moments.get(client, ()):
            if moment.last == lumisection:
                return moment.events
        return None

    def poll(self, now: float) -> bool:
        """Each step is news; see :class:`Source`."""
        del now
        news, self._news = self._news, False
        return news

    @property
    def ready(self) -> bool:
        """It was read."""
        return True

    @property
    def recorded(self) -> float | None:
        """It goes on; see :class:`Source`."""
        return None

    def run_state(self, run: int) -> RunState:
        """Running; see :class:`Source`."""
        del run
        return RunState.RUNNING

    def steps(self, run: int, path: str, lumisections: int) -> Sequence[Step]:
        """None: windows begin with the first update."""
        del run, path, lumisections
        return ()

    def version(self, run: int, subsystem: str) -> int:
        """Grow with each update; see :class:`Source`."""
        return self._step if run == self._run and subsystem in self._ended else 0

    def element(self, run: int, path: str) -> Element:
        """One element as it stands now; see :class:`Source`."""
        gained = self._sums.get(path)
        if run == self._run and gained is not None:
            return self._booked[path].filled(gained)
        if run == self._run and path in self._others:
            return self._others[path]
        raise NotInFileError(self.name, path, (*self._sums, *self._others))

    def clients(self, now: float) -> tuple[Client, ...]:
        """Each as it is now; see :class:`Source`."""
        del now
        found = []
        for name, moments in self._ended.items():
            last = moments[-1]
            moved = len(moments) > 1
            state: ClientState = "live" if moved else "unmoved"
            events = [each.events for each in moments]
            counted = [each for each in events if each is not None]
            period = None
            if moved:
                period = (last.at - moments[0].at) / (len(moments) - 1)
            found.append(
                Client(
                    *(name, self._run, last.last, state),
                    produced=last.at,
                    written=last.at,
                    period=period,
                    events=int(sum(counted)) if len(counted) == len(events) else None,
                    content=last.last,
                )
            )
        return tuple(found)
