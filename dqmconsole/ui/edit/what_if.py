"""What a limit that is being typed would have said of recorded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from dqmconsole.model.words import counted
from dqmconsole.ui.edit.form import check_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import WhatIfRun
    from dqmconsole.shift.client import Changes
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.edit.form import FormPane, Row

WAIT = 300  # ms that a hand rests before recorded runs are judged
_WHEN = ("now", "then")


class LimitTrial:
    """Tries a limit on recorded runs as soon as the hand rests, and says what came.

    Args:
        context: of the window.
        form: in which the limit is typed.
        first_plot: gives the first of the selected plots, or None.
    """

    def __init__(
        self, context: Context, form: FormPane, first_plot: Callable[[], Plot | None]
    ) -> None:
        self._client = context.client
        self._form = form
        self._first_plot = first_plot
        self._limit: tuple[Row, object] | None = None
        self._asked = 0
        self._timer = QTimer(form)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self._ask)
        form.typing.connect(self._typed)

    def stop(self) -> None:
        """What was typed is taken back: it is not asked about."""
        self._timer.stop()
        self._limit = None

    def look(self, changes: Changes) -> None:
        """Take in what the engine answered."""
        if self._limit is None:
            return
        row, _ = self._limit
        for each in changes.what_ifs:
            if each.request == self._asked:
                of = "The first of them: " if row.others else ""
                self._form.show_note(row.key, of + what_if_words(each.runs))
        for refused in changes.refusals:
            if refused.request == self._asked:
                self._form.show_note(row.key, refused.sentence)

    def _typed(self, row: Row, value: object) -> None:
        self._limit = (row, value)
        if row.item != -1 and self._first_plot() is not None:
            self._timer.start()

    def _ask(self) -> None:
        plot = self._first_plot()
        if self._limit is None or plot is None:
            return
        row, value = self._limit
        self._form.show_note(row.key, "asking the recorded runs …")
        self._asked = self._client.what_if(
            plot, check_with(row, value), row.checks[row.item]
        )


def what_if_words(runs: Sequence[WhatIfRun]) -> str:
    """Say what another limit would have said over the recorded runs."""
    judged = [each for each in runs if each.now is not None or each.then is not None]
    if not judged:
        return "No recorded run was judged by this."
    good = [each for each in judged if each.good]
    hours = sum(each.hours for each in judged)
    span = f"{hours:.3g} h" if hours >= 1 else f"{hours * 60:.2g} min"
    words = f"{counted(len(judged), 'recorded run')}, {span}: {_goes_off(judged)}"
    return f"{words}; good ones: {_goes_off(good)}" if good else words


def _goes_off(runs: Sequence[WhatIfRun]) -> str:
    now = sum(each.alarms_now for each in runs)
    then = sum(each.alarms_then for each in runs)
    bad = [sum(getattr(each, when) == "BAD" for each in runs) for when in _WHEN]
    words = f", BAD in {bad[0]} → {bad[1]} runs" if any(bad) else ""
    return f"goes off {now} → {then} times{words}"
