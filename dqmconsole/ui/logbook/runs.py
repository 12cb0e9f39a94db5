"""The runs of the book, newest first, with where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHeaderView

from dqmconsole.shift import words
from dqmconsole.shift.runs import recent
from dqmconsole.ui.logbook.rows import Row, RowTable

if TYPE_CHECKING:
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

HEADINGS = ("Run", "State", "Type", "LS", "Times, UTC")
IN_HEADING = (2, 3)
LEAST = {0: 56, 2: 60, 3: 40, 4: 80}  # px by column


class RunList(RowTable):
    """Recent runs.

    Signals:
        chosen: number of the run that is selected.
    """

    chosen = Signal(int)

    def __init__(self, colours: Colours) -> None:
        super().__init__("Runs", HEADINGS, colours, primary=(0, 1))
        self._stamp: tuple[object, ...] = ()
        self._dead = 0
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.currentItemChanged.connect(self._moved)

    def show_session(self, session: ShiftSession, now: float) -> None:
        """Show the runs as they stand."""
        stamp = words.stamp(session, now)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        rows = []
        self._dead = 0
        for run in recent(session.logbook):
            seen = words.run_seen(session, run)
            running = seen is not None and seen.phase == "running"
            if running and words.dead_since(session, run) is not None:
                self._dead = run
            many = words.lumisections(session, run, seen)
            cells = (
                str(run),
                words.state(session, run, seen),
                seen.run_type if seen is not None else "",
                str(many or "…"),
                words.span(seen, now),
            )
            rows.append(Row(str(run), cells, bold=True))
        self.show_rows(rows)
        self.fit(LEAST)

    def set_narrow(self, narrow: bool) -> None:
        """Leave out what the heading of the run shown says anyway."""
        for column in IN_HEADING:
            self.setColumnHidden(column, narrow)

    def run(self) -> int:
        """The run that is selected; 0 when there is none."""
        return int(self.current() or 0)

    def newest(self) -> int:
        """The newest run listed that is not dead; 0 when there is none."""
        return next((run for run in map(int, self.names()) if run != self._dead), 0)

    def _choose_near(self, index: int) -> None:  # noqa: ARG002 - the base has a place
        """Choose the newest run that is not dead, or none."""
        self.choose(str(self.newest()))

    def _moved(self) -> None:
        if self.run():
            self.chosen.emit(self.run())
