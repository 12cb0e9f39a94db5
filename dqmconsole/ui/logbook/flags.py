"""Runs and flags: what is proposed, what was decided, the sign-off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.past import span_words
from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted
from dqmconsole.shift import actions, words
from dqmconsole.shift.flags import (
    begins,
    components,
    is_signed_off,
    last_to_flag,
    left_before,
    lumisections_of,
    pending_sign_off,
    reached_in,
    timelines,
    without_cause,
)
from dqmconsole.shift.signing import gate
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.logbook.flag_editor import FlagEditor
from dqmconsole.ui.logbook.flag_table import FlagTable, RunList

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from dqmconsole.model.record import Flag, FlagStatus
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.ui.context import Context

HINT = (
    "G GOOD · B BAD · X EXCLUDED · S STANDBY · U not set · Enter history · "
    "Shift+P pass on · Ctrl+Enter confirm · Ctrl+Shift+Enter sign off · Esc page"
)
NARROW = 1500  # px of the whole, below which the runs give way to the flags
RUNS_WIDTH = (380, 600)  # px of the runs, narrow and wide
GIVE = "give one (B)"


class FlagTab(QWidget):
    """Runs at the left, the flags of one of them at the right.

    Signals:
        signing_wanted: a run, and the Gate that says what is open of it.
    """

    signing_wanted = Signal(object, object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self.runs = RunList(context.colours)
        self.table = FlagTable(context.colours)
        self.editor = FlagEditor()
        self._heading = ElidedLabel()
        self._heading.setAccessibleName("Run shown")
        self._state = QLabel()
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setAccessibleName("State of the run")
        self._hint = ElidedLabel()
        self._hint.setProperty("role", "muted")
        self._hint.set_words(HINT)
        head = QHBoxLayout()
        head.setContentsMargins(6, 2, 6, 2)
        head.addWidget(self._heading, 1)
        head.addSpacing(16)
        head.addWidget(self._state)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.editor)
        foot = QHBoxLayout()
        foot.setContentsMargins(6, 0, 6, 2)
        foot.addWidget(self._hint)
        column.addLayout(foot)
        self._split = split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.runs)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        self._narrow: bool | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        self.runs.chosen.connect(lambda _run: self._show_run())
        self.editor.written.connect(self._set)

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.table

    def show_session(self, now: float) -> None:
        """Show runs and flags as they stand.

        A new run is turned to by itself, unless somebody is at work in here or has
        chosen another run than the newest; a dead one is not.
        """
        newest, chosen = self.runs.newest(), self.runs.run()
        self.runs.show_session(self._session, now)
        follows = chosen in (0, newest) and not self._is_used()
        if follows and self.runs.newest() > chosen:
            self.runs.choose(str(self.runs.newest()))
        self._show_run()

    def turn_to_view(self) -> None:
        """Select the component of what is in view, where the site names one."""
        layout = _layout_in_view(self._context)
        for component, layouts in components(self._session.site).items():
            if layout in layouts:
                self.table.choose_component(component)
                return

    def confirm(self) -> None:
        """Confirm what nothing speaks against; what is left is said and selected."""
        run = self.runs.run()
        many, left = actions.confirm(
            self._session, run, self._context.client.mailbox.run
        )
        self._refresh()
        done = f"{counted(many, 'flag')} of {run_words(run)} confirmed"
        if bare := without_cause(self._lines(run)):
            left = "; ".join(filter(None, (left, f"{bare} without a cause: {GIVE}")))
        if many and left:
            self._answer(f"{done}; {left}", run)
        elif many:
            self._context.say(f"{done}.")
        else:
            self._answer(
                left or f"nothing of {run_words(run)} waits to be confirmed", run
            )
        if left and self.table.choose_open():
            self.table.setFocus()

    def sign_off(self) -> None:
        """Sign the run off; what is open is asked about first."""
        run = self.runs.run()
        over = bool(lumisections_of(self._session.logbook, run))
        open_ = over and is_signed_off(self._session.logbook, run) is None
        found = gate(self._session, run) if open_ else None
        may = not actions.why_not(self._session, "sign off")
        if may and found is not None and found.open and not self._waits(run):
            self.table.choose_open()
            self.table.setFocus()
            self.signing_wanted.emit(run, found)
            return
        self.sign(run)

    def sign(self, run: int, reason: str = "") -> None:
        """Sign a run off, for a reason where something grave is open."""
        refused = actions.sign_off(self._session, run, reason)
        self._refresh()
        if not refused:
            bare = without_cause(self._lines(run))
            more = f"; {bare} without a cause" if bare else ""
            self._context.say(f"The sign-off of {run_words(run)} is being saved{more}.")
            return
        waiting = self._waiting(run)
        self._answer(f"{refused}; {waiting}" if waiting else refused, run)
        self.table.choose_open()
        self.table.setFocus()

    def _waits(self, run: int) -> bool:
        return pending_sign_off(self._session.logbook, run) is not None

    def pass_on(self) -> None:
        """Leave the sign-off of the run to the next shift."""
        run = self.runs.run()
        refused = actions.pass_on(self._session, run)
        self._refresh()
        self._context.say(
            refused or f"The sign-off of {run_words(run)} passes to the next shift."
        )

    def edit(self, status: FlagStatus) -> None:
        """Begin to set a flag on the stretch that is selected."""
        place, run = self.table.place(), self.runs.run()
        if refused := actions.why_not(self._session, "confirm flags"):
            self._context.say(refused)
        elif place is not None:
            reached = reached_in(
                self._session.logbook, run, self._context.client.mailbox.run
            )
            on = place.proposed_on is not None
            last = last_to_flag(place.stretch, status, reached, to_end=on)
            settings = self._context.client.settings
            self.editor.open(place, status, run, last, settings)

    def toggle_history(self) -> None:
        """Open or close the history of the component that is selected."""
        self.table.toggle_history()
        self._show_run()
        self.table.show_history()

    def leave(self) -> bool:
        """Leave the flag that is being set; from a history go to its component.

        Returns:
            Whether there was one.
        """
        if has_keyboard(self.editor):
            self._leave_editor()
            return True
        place = self.table.place()
        if not self.table.hasFocus() or not self.table.close_history():
            return False
        self._show_run()
        if place is not None:
            self.table.choose(f"{place.component}/{place.stretch.first}")
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out again where it became narrow, or wide."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            wanted = RUNS_WIDTH[0 if narrow else 1]
            self.runs.set_narrow(narrow)
            self._split.setSizes([wanted, max(self.width() - wanted, 1)])

    # -- inside ------------------------------------------------------------------

    def _lines(self, run: int) -> dict[str, tuple[Stretch, ...]]:
        return timelines(self._session.logbook, run, components(self._session.site))

    def _waiting(self, run: int) -> str:
        """What run waits for its sign-off, while the one shown goes on; or ""."""
        if lumisections_of(self._session.logbook, run):
            return ""
        for other in map(int, self.runs.names()):
            seen = words.run_seen(self._session, other)
            signed = is_signed_off(self._session.logbook, other) is not None
            if other != run and seen is not None and seen.significant and not signed:
                return (
                    f"{run_words(other)} waits for its sign-off: choose it in the list"
                )
        return ""

    def _is_used(self) -> bool:
        return self.editor.isVisible() or has_keyboard(self)

    def _show_run(self) -> None:
        run = self.runs.run()
        seen = words.run_seen(self._session, run)
        self.table.show_run(self._session, run)
        if not run:
            listed = self.runs.names()
            nothing = "No run was seen yet."
            if listed:
                nothing = "No run is chosen."
            elif self._session.shift is None:
                nothing = "Runs are noted from the beginning of a shift (F2)."
            self._heading.set_words(nothing)
            self._state.setText("")
            return
        many = words.lumisections(self._session, run, seen)
        parts = (
            run_words(run).capitalize(),
            words.kind(seen),
            counted(many, self._session.client.settings.lumisection) if many else "",
            words.significance(seen),
            words.beam(seen),
        )
        self._heading.set_words(" · ".join(each for each in parts if each))
        self._state.setText(words.state(self._session, run, seen))

    def _refresh(self) -> None:
        self.show_session(self._session.now())

    def _set(self, run: int, component: str, flag: Flag) -> None:
        refused = actions.set_flag(self._session, run, component, flag)
        if refused:
            self.editor.refuse(refused)
            return
        self._leave_editor()
        self._refresh()
        self.table.choose(self.table.heir(f"{component}/{begins(flag)}"))
        if left := self._left(run, component, flag):
            find = partial(self._left, run, component, flag)
            self._context.answered.emit(left, find)

    def _left(self, run: int, component: str, flag: Flag) -> str:
        """Say what a flag leaves proposed before it; "" for nothing."""
        before = left_before(self._lines(run).get(component, ()), flag)
        if before is None:
            return ""
        unit = self._context.client.settings.unit
        where = span_words(before.first, begins(flag) - 1, unit)
        return (
            f"{component}: {where} is still proposed {flag.status}, for nobody saw "
            "when it began: set that, too (B, G)"
        )

    def _leave_editor(self) -> None:
        self.table.setFocus()  # first: what hides gives the keyboard to any plot
        self.editor.hide()

    def _answer(self, sentence: str, run: int) -> None:
        """Say how the flags of a run stand, for as long as they stand so."""
        said = sentence[:1].upper() + sentence[1:]
        self._context.answered.emit(said, partial(self._lines, run))


def _layout_in_view(context: Context) -> str:
    """The layout of the plot selected, else of the page; of a bare element its name."""
    place = context.selection
    page = context.page if place is None else place.page
    if page is not None:
        return page.layout
    return subsystem_of(place.plot.path) if place is not None else ""
