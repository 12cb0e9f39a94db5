"""The runs, and the flags of one: a row for every stretch of every component."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHeaderView

from dqmconsole.model.run import run_number
from dqmconsole.shift import words
from dqmconsole.shift.flags import Stretch, begins, components, history, timelines
from dqmconsole.shift.runs import recent
from dqmconsole.ui.row_table import Row, RowTable

if TYPE_CHECKING:
    from dqmconsole.model.record import Flag, Record
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

RUN_HEADINGS = ("Run", "State", "Type", "LS", "Times, UTC")
RUN_LEAST = {0: 56, 2: 60, 3: 40, 4: 80}  # px by column
STATE = 1
IN_HEADING = (2, 3)  # columns of a run that the heading of the run shown says anyway
HEADINGS = ("Component", "Flag", "Lumisections", "Cause", "Comment", "Who", "UTC")
LEAST = {0: 60, 1: 70, 2: 70, 3: 50, 5: 40, 6: 40}  # px by column
COMMENT = 4


class RunList(RowTable):
    """Recent runs.

    Signals:
        chosen: number of the run that is selected.
    """

    chosen = Signal(object)  # its number: the book takes longer ones than an int

    def __init__(self, colours: Colours) -> None:
        super().__init__("Runs", RUN_HEADINGS, colours, primary=(0, 1))
        self._stamp: tuple[object, ...] = ()
        self._dead = 0
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        self.moved.connect(self._tell)

    def show_session(self, session: ShiftSession, now: float) -> None:
        """Show the runs as they stand."""
        stamp = words.stamp(session, now)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self.name_column(3, session.client.settings.unit)
        rows = []
        self._dead = 0
        for run in recent(session.logbook):
            seen = words.run_seen(session, run)
            running = seen is not None and seen.phase == "running"
            if running and words.dead_since(session, run) is not None:
                self._dead = run
            many = words.lumisections(session, run, seen)
            cells = (
                run_number(run),
                words.state(session, run, seen),
                seen.run_type if seen is not None else "",
                str(many or "…"),
                words.span(seen, now),
            )
            rows.append(Row(str(run), cells, bold=True))
        self.show_rows(rows)
        self.fit(RUN_LEAST)

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

    def instead(self, name: str, number: int) -> str:  # noqa: ARG002 - as others
        """The newest run that is not dead, or none."""
        return str(self.newest())

    def _tell(self) -> None:
        if self.run():
            self.chosen.emit(self.run())


class FlagStretch(NamedTuple):
    """A stretch of a component, as a row of the table shows it.

    Attributes:
        component: its name.
        stretch: the stretch.
        proposed_on: first lumisection from which the console proposes the same flag
            until the run's end, behind what was decided; None where it does not.
    """

    component: str
    stretch: Stretch
    proposed_on: int | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether something of it is to be decided."""
        return self.stretch.is_open or self.proposed_on is not None


class FlagTable(RowTable):
    """Stretches by component; Return opens the history of one."""

    def __init__(self, colours: Colours) -> None:
        super().__init__(
            "Flags", HEADINGS, colours, mark_column=1, primary=(0, 1, 2, 4)
        )
        self._places: dict[str, FlagStretch] = {}
        self._opened: set[str] = set()
        self._run = 0
        self._stamp: tuple[object, ...] = ()
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(COMMENT, QHeaderView.ResizeMode.Stretch)

    def show_run(self, session: ShiftSession, run: int) -> None:
        """Show the flags of a run; nothing for 0."""
        if run != self._run:
            self._run, self._opened = run, set()
            self.forget()
        stamp = (*words.stamp(session, session.now()), run, frozenset(self._opened))
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._places = {}
        called = session.client.settings.lumisection
        self.name_column(2, f"{called.capitalize()}s")
        rows: list[Row] = []
        covered = components(session.site) if run else {}
        for component, line in timelines(session.logbook, run, covered).items():
            said = history(session.logbook, run, component)
            for number, place in enumerate(_joined(component, line)):
                stretch = place.stretch
                name = f"{component}/{stretch.first}"
                self._places[name] = place
                below: tuple[Row, ...] = ()
                if number == 0 and component in self._opened:
                    below = _history_rows(name, said, session)
                shown = _flag_row(
                    name,
                    component if number == 0 else "",
                    stretch,
                    session,
                    comment=words.comment_words(stretch, said),
                    proposed_on=place.proposed_on,
                )
                rows.append(shown._replace(below=below))
        self.show_rows(rows)
        self.fit(LEAST)

    def heir(self, name: str) -> str:
        """The stretch of the same component that holds where one is gone."""
        component, _, first = name.partition("#")[0].rpartition("/")
        mine = [
            (place.stretch.first, other)
            for other, place in self._places.items()
            if place.component == component
        ]
        before = [each for each in mine if first and each[0] <= int(first)]
        return max(before)[1] if before else min(mine, default=(0, ""))[1]

    def instead(self, name: str, number: int) -> str:
        """The heir of a stretch that is gone, else the row in its place."""
        return self.heir(name) or super().instead(name, number)

    def choose_component(self, component: str) -> None:
        """Select a component: what is proposed BAD of it, or else to be decided.

        What is selected of it already stays so, unless something is proposed BAD.
        """
        mine = [
            name for name, each in self._places.items() if each.component == component
        ]
        waiting = [name for name in mine if self._places[name].is_open]
        bad = [
            name for name in waiting if self._places[name].stretch.flag.status == "BAD"
        ]
        here = self.place()
        stays = here is not None and here.component == component
        if bad and self.current() not in bad:
            self.choose(bad[-1])
        elif mine and not stays:
            self.choose(waiting[0] if waiting else mine[-1])

    def place(self) -> FlagStretch | None:
        """The stretch that is selected; of a line of the history its component's."""
        name = self.current()
        return self._places.get(name) or self._places.get(name.partition("#")[0])

    def toggle_history(self) -> None:
        """Open or close the history of the component that is selected."""
        place = self.place()
        if place is not None:
            self._opened ^= {place.component}

    def close_history(self) -> bool:
        """Close the history of the component selected; tell whether it was open."""
        place = self.place()
        if place is None or place.component not in self._opened:
            return False
        self._opened.discard(place.component)
        return True

    def show_history(self) -> None:
        """Bring the history of the component that is selected into view."""
        index, model = self.currentIndex(), self.model()
        last = model.rowCount(index) - 1 if index.isValid() else -1
        if last >= 0:
            self.scrollTo(model.index(last, 0, index))
            self.scrollTo(index)

    def choose_open(self) -> str:
        """Select the first stretch to decide, disputed and unset ones before others.

        Returns:
            Its component; "" when nothing is open.
        """
        waiting = [name for name, each in self._places.items() if each.is_open]
        hard = [name for name in waiting if _is_hard(self._places[name].stretch)]
        for name in (*hard, *waiting):
            if self.choose(name):
                return self._places[name].component
        return ""


def _joined(component: str, line: tuple[Stretch, ...]) -> tuple[FlagStretch, ...]:
    """The stretches of a component; a proposal that only goes on stands in its row."""
    places = [FlagStretch(component, each) for each in line]
    if len(places) < 2:
        return tuple(places)
    before, last = line[-2:]
    same = before.flag.status == last.flag.status and not before.is_open
    if same and last.flag.proposed and not last.flag.disputed:
        places[-2:] = [FlagStretch(component, before, last.first)]
    return tuple(places)


def _is_hard(stretch: Stretch) -> bool:
    return stretch.flag.status == "NOTSET" or bool(stretch.flag.disputed)


def _flag_row(
    name: str,
    component: str,
    stretch: Stretch,
    session: ShiftSession,
    *,
    comment: str,
    proposed_on: int | None = None,
) -> Row:
    """A stretch as a row.

    Args:
        name: of the row.
        component: what stands in its first cell.
        stretch: the stretch.
        session: whether its record is saved yet.
        comment: what was said of it.
        proposed_on: lumisection from where the same is proposed on, or None.
    """
    flag, record = stretch.flag, stretch.record
    cells = (
        component,
        words.flag_word(flag),
        words.range_words(stretch, session.client.settings.unit, proposed_on),
        flag.cause,
        comment,
        words.whose(record),
        words.when(record, session),
    )
    return Row(name, cells, mark=(flag.status, flag.proposed))


def _history_rows(
    name: str, said: tuple[tuple[Record, Flag], ...], session: ShiftSession
) -> tuple[Row, ...]:
    rows = []
    for record, flag in reversed(said):
        stretch = Stretch(begins(flag), flag.last, flag, record)
        comment = words.comment_words(stretch)
        one = f"{name}#{record.uid}"
        row = _flag_row(one, "", stretch, session, comment=comment)
        rows.append(row._replace(muted=True))
    return tuple(rows) or (Row(f"{name}#", ("", "nothing was said"), muted=True),)
