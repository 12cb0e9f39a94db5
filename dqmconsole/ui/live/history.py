"""How a number of the plot went, beneath the plot alone: in this run, and over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from dqmconsole.model.frame import Expected
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.model.past import PastMoment
from dqmconsole.model.run import run_number
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted
from dqmconsole.shift.number_history import (
    NAMES,
    QUANTITIES,
    UPDATE,
    are_placed,
    by_lumisection,
    limits_of,
    newest,
    of_the_run,
    over_runs,
    per_lumisection,
    run_words,
)
from dqmconsole.ui.buttons import sign_button, tool_button
from dqmconsole.ui.fonts import set_fixed
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.reading import bin_at, bin_words
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.history import HistoryPoint, NumberOf
    from dqmconsole.model.message import HistoryFound
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.shift.number_history import OverRuns
    from dqmconsole.ui.live.tools import PlotTools
    from dqmconsole.ui.plot.tile import PlotTile
    from dqmconsole.ui.theme import Colours

HEIGHT, LOW = 190, 130  # px of the plots, at scale 1; where room is short
_NO_BINS = "Only what is drawn by its bins has a history."
_NOT_WHOLE = "Not all bins of the plot came: no history of one."


class HistoryPanel(QFrame):
    """How a number of the plot that a tile draws went; hidden while none is wanted.

    It belongs to one plot; another takes it away.

    Args:
        tile: draws the plot.
        tools: of the plot: the crosshair says which bin.
        client: asks the engine.
        colours: the look in force.

    Attributes:
        on: the number, or "".
        along: draws it by lumisection.
        over: draws it over runs.
        run: the run that was chosen there; 0 for none.

    Signals:
        changed: another number is shown, or none.
        compare_wanted: somebody wants to compare with the run that was chosen.
        moment_wanted: the PastMoment of an update that was double-clicked.
    """

    changed = Signal()
    compare_wanted = Signal()
    moment_wanted = Signal(object)

    def __init__(
        self,
        tile: PlotTile,
        tools: PlotTools,
        client: EngineClient,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tile, self._tools, self._client = tile, tools, client
        self._colours = colours
        self.on: NumberOf | Literal[""] = ""
        self._crosses = False  # the crosshair was laid over the plot for this
        self._asked: tuple[object, ...] = ()
        self._waiting = 0
        self._found: HistoryFound | None = None
        self._said = ""
        self.run = 0
        self.setProperty("role", "clear")
        self.setAccessibleName("History")
        head = QLabel("History (⇧H)")
        head.setProperty("role", "muted")
        self._buttons = {name: self._button(name) for name in QUANTITIES}
        away = "Take the history away"
        close = sign_button("×", away, f"{away} (Ctrl+Shift+H)", self.leave)
        self._words = ElidedLabel()
        self._words.setProperty("role", "muted")
        self._words.setAccessibleName("History words")
        row = QHBoxLayout()
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(4)
        for widget in (head, *self._buttons.values()):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self._words, 1)
        row.addWidget(close)
        plots = self._plots()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addLayout(plots)
        self.set_low(on=False)
        colours.changed.connect(self._recolour)
        colours.lent_changed.connect(self._recolour)
        self.hide()

    @property
    def words(self) -> str:
        """What is shown, or why nothing is."""
        return self._said

    # -- what somebody does --------------------------------------------------------

    def turn(self) -> str:
        """The history of entries, mean, RMS, a bin, none; why there is none, or ""."""
        names: tuple[NumberOf | Literal[""], ...] = (*QUANTITIES, "")
        at = names.index(self.on) + 1 if self.on else 0
        return self.show_number(names[at])

    def show_number(self, number: NumberOf | Literal[""]) -> str:
        """Show how a number went; say why it is not to be had, or ""."""
        data = self._tile.canvas.given.data
        if number and data is None:
            self.leave()
            return _NO_BINS
        if number == "bin" and self._tools.shown != "crosshair":
            self._tools.toggle("crosshair")
            self._crosses = True
        elif number != "bin" and self._crosses:
            self._crosses = False
            if self._tools.shown == "crosshair":
                self._tools.toggle("crosshair")
        self.on = number
        self._asked, self._found, self._waiting = (), None, 0
        self.run = self.run if number else 0
        for name, button in self._buttons.items():
            button.setChecked(name == number)
        for canvas in (self.along, self.over):
            canvas.clear()
            canvas.setVisible(bool(number) and canvas.isVisible())
        self.setVisible(bool(number))
        self._draw()
        self._ask()
        self.changed.emit()
        return ""

    def leave(self) -> None:
        """Show none."""
        if self.on:
            self.show_number("")

    @property
    def has_runs(self) -> bool:
        """There are runs to choose from."""
        return self._found is not None and bool(newest(self._found.runs))

    def step_run(self, step: int) -> str:
        """Choose the run before or after; from none the newest. Say which."""
        runs = [] if self._found is None else newest(self._found.runs)
        if not runs:
            return "There is no history over runs."
        numbers = [each.run for each in runs]
        at = numbers.index(self.run) + step if self.run in numbers else len(runs) - 1
        self._choose_run(runs[min(max(at, 0), len(runs) - 1)])
        return f"{self._said}."

    def set_low(self, *, on: bool) -> None:
        """Draw it less high, or as it is."""
        for canvas in (self.along, self.over):
            set_fixed(canvas, height=LOW if on else HEIGHT)

    # -- what comes ------------------------------------------------------------------

    def look(self, changes: Changes) -> None:
        """Take in what the engine answers; ask again where that is old."""
        if not self.on:
            return
        for receipt in changes.refusals:
            if receipt.request == self._waiting:
                self._waiting = 0
                self._refuse(receipt.sentence)
        for found in changes.histories:
            if found.request == self._waiting:
                self._waiting, self._found = 0, found
                self._draw()
        self._ask()

    # -- inside ----------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask for what is wanted now, once the answer before has come."""
        tile = self._tile.tile
        if not self.on or tile is None or self._waiting:
            return
        bins = self._bins() if self.on == "bin" else ()
        wanted = (self.on, bins, tile.run, tile.version)
        if wanted == self._asked:
            return
        self._asked = wanted
        if bins is None:
            self._refuse(_NOT_WHOLE)
            return
        run = max(tile.run, 0)
        self._waiting = self._client.ask_history(tile.path, self.on, bins, run)
        if self._found is None:
            self._say("asking the record …")

    def _bins(self) -> tuple[int, ...] | None:
        """The bin of the crosshair, from 0, the underflow, one number an axis."""
        tile, data = self._tile.tile, self._tile.canvas.given.data
        picture = None if tile is None else tile.picture
        whole = picture is not None and picture.whole and not picture.shown_of
        if data is None or not whole or len(self._tools.at) != data.dimension:
            return None
        found = [
            bin_at(value, axis.edges)
            for axis, value in zip(data.axes, self._tools.at, strict=True)
        ]
        if any(each is None for each in found):
            return None
        return tuple(each + 1 for each in found if each is not None)

    def _draw(self) -> None:
        """Draw what was found."""
        found, given = self._found, self._tile.canvas.given
        if found is None:
            self._say("")
            return
        name = self._name(found)
        title = "content" if found.quantity == "bin" else name
        means = given.data is not None and given.data.is_profile
        sums = found.quantity == "entries" or (found.quantity == "bin" and not means)
        each, called = title, self._client.settings.lumisection
        updates = of_the_run(found.updates)
        many = sum(each.value is not None for each in updates)
        if sums and are_placed(updates):
            each, updates = f"{title} per {called}", tuple(per_lumisection(updates))
        elif sums:
            each = f"{title} per {UPDATE}"
        along = by_lumisection(updates, called, each)
        over = over_runs(found.runs, title, self.run)
        self._show(self.along, along, given)
        self._show(self.over, None if over is None else over.data, over=over)
        self.along.setVisible(along is not None)
        self.over.setVisible(over is not None)
        if along is None:
            self._say(
                found.sentence
                or f"no update of run {run_number(found.run)} has a number"
            )
            return
        words = f"{name}: run {run_number(found.run)}, {counted(many, 'update')}"
        if are_placed(updates):  # the record may be behind the run
            words += (
                f" up to {self._client.settings.unit} {max(e.last for e in updates)}"
            )
        words += f"; {counted(len(found.runs), 'run')}" if found.runs else ""
        chosen = next((each for each in found.runs if each.run == self.run), None)
        if chosen is not None:
            keys = "Ctrl+Shift+R: compare with it, Ctrl+Shift+G: look back at it"
            words = f"{self._run_words(chosen)} ({keys})"
        self._say("; ".join(filter(None, (words, found.sentence))))

    def _show(
        self,
        canvas: PlotCanvas,
        data: Histogram | None,
        given: Scene | None = None,
        over: OverRuns | None = None,
    ) -> None:
        if data is None or not self.on:
            canvas.show_scene(Scene())
            return
        tile = self._tile.tile
        verdict = tile.verdict if tile is not None else None
        limits = limits_of(verdict, self.on, run=given is None)
        placed = given is not None and data.axes[0].title != UPDATE
        canvas.show_scene(
            Scene(
                data=data,
                draw=Draw(
                    style="points",
                    x=AxisDraw(unit="lumisection" if placed or over else "number"),
                    stats=False,
                ),
                graphs=() if over is None else over.marked,
                expected=Expected(limits=limits),
                clock=given.clock if placed and given is not None else None,
            )
        )

    def _name(self, found: HistoryFound) -> str:
        """The number in words: "mean of time [ns]", "content at TS 0.5 to 0.6"."""
        data = self._tile.canvas.given.data
        axes = data.axes if data is not None else ()
        if found.quantity == "entries":
            return NAMES["entries"]
        if found.quantity != "bin":
            title = plain_title(axes[0].title) if axes else ""
            return f"{NAMES[found.quantity]} of {title or 'x'}"
        names = [
            f"{plain_title(axis.title)} {bin_words(axis, axis.edges, index - 1)}"
            for axis, index in zip(axes, found.bins, strict=False)
            if 0 < index <= axis.bins
        ]
        return f"content at {', '.join(names).strip() or 'the bin'}"

    def _choose(self, lumisection: float) -> None:
        """Ask for the run as it stood after the update at a lumisection."""
        found = self._found
        for each in found.updates if found is not None else ():
            if each.first - 0.5 <= lumisection < each.last + 0.5 and each.last > 0:
                self.moment_wanted.emit(PastMoment(each.run, each.last))
                return

    def _refuse(self, words: str) -> None:
        """Say why there is nothing, in the place of what was there."""
        self._found = None
        for canvas in (self.along, self.over):
            canvas.hide()
        self._say(words)

    def _read(self, words: str) -> None:
        """Say what lies under the mouse, in the place of what is shown."""
        self._words.set_words(words or self._said)

    def _read_over(self, words: str) -> None:
        """Say which run lies nearest to the mouse."""
        point = self._pointed() if words else None
        self._read("" if point is None else self._run_words(point))

    def _pointed(self) -> HistoryPoint | None:
        """The run that lies nearest to the mouse."""
        x, runs = self.over.pointed_x, self._found.runs if self._found else ()
        if x is None or not newest(runs):
            return None
        return min(newest(runs), key=lambda each: abs(each.run - x))

    def _choose_run(self, point: HistoryPoint | None) -> None:
        if point is not None:
            self.run = point.run
            self._draw()

    def _run_words(self, point: HistoryPoint) -> str:
        assert self._found is not None
        conditions = self._found.conditions.get(point.run)
        return run_words(point, conditions, self._client.settings)

    def _say(self, words: str) -> None:
        self._said = words[:1].upper() + words[1:]
        self._words.set_words(self._said)

    def _recolour(self) -> None:
        for canvas in (self.along, self.over):
            canvas.set_theme(self._colours.theme)

    def _plots(self) -> QHBoxLayout:
        """The two plots, one beside the other."""
        self.along, self.over = (
            PlotCanvas(self._colours.theme, self) for _ in range(2)
        )
        self.along.setAccessibleName("History in this run")
        self.over.setAccessibleName("History over runs")
        plots = QHBoxLayout()
        plots.setSpacing(8)
        for canvas, share in ((self.along, 3), (self.over, 2)):
            canvas.hide()  # until there is something to draw
            plots.addWidget(canvas, share)
        self.along.read.connect(self._read)
        self.along.value_chosen.connect(self._choose)
        self.over.read.connect(self._read_over)
        self.over.pressed.connect(lambda: self._choose_run(self._pointed()))
        self.over.double_clicked.connect(self.compare_wanted)
        return plots

    def _button(self, name: NumberOf) -> QToolButton:
        words = NAMES[name]
        tip = f"History of the {words} (Shift+H: the next)"
        button = tool_button(
            words, f"History of {words}", tip, lambda: self.show_number(name)
        )
        button.setCheckable(True)
        return button
