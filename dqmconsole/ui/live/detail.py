"""One plot alone, large: the whole map, statistics, and the comparison's switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.run import run_words
from dqmconsole.ui.buttons import tool_button
from dqmconsole.ui.fonts import px
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.live.choices import (
    MODES_1D,
    is_log,
    is_map,
    mode_shown,
    modes_of,
    no_reference,
    value_axis,
)
from dqmconsole.ui.live.fit import FitPanel, Subject
from dqmconsole.ui.live.history import HistoryPanel
from dqmconsole.ui.live.page import Tiles, show_latest, watch_item
from dqmconsole.ui.live.projection import ProjectionPanel
from dqmconsole.ui.live.tools import LimitsLine, PlotTools, ToolBar, limits_from
from dqmconsole.ui.plot.scene import pulls_of
from dqmconsole.ui.plot.tile import PlotTile

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.model.message import WatchItem
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.live.choices import AxisName, ShownChoices
    from dqmconsole.ui.theme import Colours


_ROOMY = 800  # px, at scale 1, from which map, projection and history have room


class _Hint(ElidedLabel):
    """Words that are whole, or not there."""

    def fit(self) -> None:
        """Show them where they have room."""
        self.setText(self.words if self.sizeHint().width() <= self.width() else "")


class DetailView(QFrame):
    """One plot, large.

    Attributes:
        place: the plot shown, or None.
        tile: the tile that draws it.
        projection: of a map, beneath it or at its side.
        fit: of a function, beneath both.
        history: of a number, beneath the plot.
        tools: what is done to the plot shown.
        limits: a line to type limits into, while it is open.
        bar: a button for each tool; see :mod:`dqmconsole.ui.live.tools`.
        zooms: those of the tools that change what is seen of the plot.
        pulls: the strip of pulls is drawn, of what has any.

    Signals:
        mode_chosen: key of the plot, and the comparison clicked.
        watch_needed: another plot or another size.
        kind_changed: other tools are for what is drawn now.
    """

    mode_chosen = Signal(str, str)
    watch_needed = Signal()
    kind_changed = Signal()

    def __init__(
        self, colours: Colours, client: EngineClient, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.place: PlotPlace | None = None
        self._mode: ReferenceMode | None = None
        self.setProperty("role", "clear")
        self.tile = PlotTile(colours, self)
        self.tile.set_large(True)
        self.pulls = True
        self.tile.set_pulls(True)
        self.tile.needs_pixels.connect(self.watch_needed)
        self._plots = QWidget()
        self.projection = ProjectionPanel(self.tile, colours, self._plots)
        self.fit = FitPanel(self._subject, client, colours, self)
        self.tile.canvas.scene_changed.connect(self.fit.look_at_plot)
        self.projection.changed.connect(self.fit.look_at_plot)
        self.projection.changed.connect(self._lay_plots)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._plots)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addWidget(self.tile, 5)
        self._row.addWidget(self.projection, 3)
        self.tools = PlotTools(self.tile, colours)
        self.limits = LimitsLine()
        self.limits.given.connect(self._set_limits)
        self.bar, self.zooms = ToolBar(), ToolBar("Tools of the view")
        self.history = HistoryPanel(self.tile, self.tools, client, colours, self)
        for tool in (self.tools, self.fit, self.projection, self.history):
            tool.changed.connect(self.refresh_bars)
        self._compare = QLabel("Reference (R)")
        self._compare.setProperty("role", "muted")
        self._buttons: dict[ReferenceMode, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._plots, 1)
        column.addWidget(self.history)
        column.addWidget(self.fit)
        column.addWidget(self.limits)
        column.addWidget(self.bar)
        column.addLayout(self._last_row())

    def show_plot(self, place: PlotPlace, mode: ReferenceMode | None) -> None:
        """Show another plot, or the same one drawn otherwise.

        Nothing that was done to the plot before holds for another.
        """
        if place.key != self.tile.key:
            self.limits.hide()
            self.history.leave()
            self.tools.forget()
        self.place = place
        self.tile.assign(place.key, place.plot)
        self.show_mode(mode)
        self.watch_needed.emit()

    def forget(self) -> None:
        """Take back all that was done to the plot here."""
        self.limits.hide()
        self.history.leave()
        self.tools.forget()
        self.tile.show_prepared(None)
        self.projection.leave()
        self.fit.leave()

    def show_mode(self, mode: ReferenceMode | None) -> None:
        """Compare so; None takes the layout's way."""
        assert self.place is not None
        self._mode = mode
        shown = mode_shown(self.place.plot, self.tile.tile, mode)
        # maps are not laid over one another: alone they stand beside their reference
        self.tile.set_mode(shown if is_map(self.tile.tile) else mode)
        none = no_reference(self.tile.tile)
        self._compare.setText(none or "Reference (R)")
        sensible = () if none else modes_of(self.tile.tile)
        for name, button in self._buttons.items():
            button.setVisible(name in sensible)
            button.setChecked(name == shown)
        self.refresh_bars()

    def refresh(self, client: EngineClient, *, held: bool) -> None:
        """Show what is new in the mailbox; only an empty tile while held."""
        first, before = self.tile.tile is None, self._kind()
        if show_latest(self.tile, client, held=held):
            if first or self._kind() != before:
                self.show_mode(self._mode)
            if self._kind() != before:
                self.kind_changed.emit()

    def refresh_bars(self) -> None:
        """Show which tools are on, and those alone that are for the plot shown."""
        for bar in (self.bar, self.zooms):
            bar.refresh()

    def drawn(self) -> Tiles:
        """The plot, and its projection, for a picture."""
        return Tiles(self._plots, (self.tile, self.projection))

    def look(self, changes: Changes) -> None:
        """Take in what was asked for here."""
        self.fit.look(changes)
        self.history.look(changes)

    def watch_items(self, choices: ShownChoices) -> list[WatchItem]:
        """What the engine is to send: this plot, whole.

        Args:
            choices: how it is compared and scaled by hand.
        """
        if self.place is None:
            return []
        return [watch_item(self.tile, self.place.plot.path, choices, whole=True)]

    def log(self, axis: AxisName | None = None) -> bool:
        """Tell whether an axis is logarithmic; None means that of the values."""
        if self.place is None:
            return False
        return is_log(self.place.plot, axis or value_axis(self.tile.tile))

    def turn_pulls(self) -> str:
        """Draw the strip of pulls beneath the plot, or not; say where there is none."""
        if not self.has_pulls:
            compared = self.tile.canvas.given.comparison
            if compared is not None and compared.mode == "pull":
                return "The pulls are what is compared now (Ctrl+R)."
            if is_map(self.tile.tile):
                return "Of a map the pulls are a map of their own (Ctrl+R)."
            return "No check of this plot measures its bins one by one."
        self.pulls = not self.pulls
        self.tile.set_pulls(self.pulls)
        self.refresh_bars()
        return ""

    @property
    def has_pulls(self) -> bool:
        """Whether there is something to draw in the strip of pulls."""
        tile, shown = self.tile.tile, self.tile.canvas.given
        found = None if tile is None or tile.picture is None else pulls_of(tile.picture)
        compared = shown.comparison is not None and shown.comparison.mode == "pull"
        return found is not None and found.ndim == 1 and not compared

    def ask_limits(self) -> None:
        """Ask for the limits of the values, of a map those of its colours."""
        self.limits.ask(self.tools.limits)

    def _set_limits(self, text: str) -> None:
        try:
            limits = limits_from(text)
        except ValueError as error:
            self.limits.answer(str(error))
            return
        self.tools.set_limits(limits)
        self.limits.hide()
        self.focus_tile()

    def leave(self) -> bool:
        """Close the line of limits; tell whether it was open."""
        if self.limits.isHidden():
            return False
        self.limits.hide()
        self.focus_tile()
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay a second plot where there is more room."""
        super().resizeEvent(event)
        self._lay_plots()

    def _kind(self) -> tuple[object, ...]:
        """What tools go by in a plot."""
        shown, data = self.tile.canvas.shown, self.tools.data
        axes = () if data is None else tuple(bool(axis.labels) for axis in data.axes)
        bare = shown.polygons is None
        return axes, bool(shown.graphs), bare, shown.joined, self.has_pulls

    def _lay_plots(self) -> None:
        """What has the map's x axis lies beneath it; another where there is room."""
        ways = QBoxLayout.Direction
        beside = self.projection.on == "y" and self.width() >= self.height()
        self._row.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        beneath = bool(self.projection.on) and not beside
        self.history.set_low(on=beneath and self.height() < px(_ROOMY))

    def focus_tile(self) -> None:
        """Give the keyboard to the plot."""
        self.tile.setFocus(Qt.FocusReason.OtherFocusReason)

    def _subject(self) -> Subject:
        """What would be fitted now: the projection, where there is one."""
        key, tile, canvas = self.tile.key, self.tile.tile, self.tile.canvas
        path = self.place.plot.path if self.place is not None else ""
        span = "" if tile is None else (tile.span or run_words(tile.run))
        if self.projection.on:
            shown, words = self.projection, self.projection.words
            name = f"{key} {shown.on}"
            span = ", ".join(
                each for each in (span, words[:1].lower() + words[1:]) if each
            )
            return Subject(name, key, path, shown.canvas, shown.data, span)
        data = canvas.shown.data
        picture = None if tile is None else tile.picture
        if picture is None or not picture.whole:
            data = None
        lines = self.tools.ranges if self.tools.shown == "lines" else ()
        within = lines[0] if len(lines) == 1 else None
        return Subject(key, key, path, canvas, data, span, within)

    def _last_row(self) -> QHBoxLayout:
        """The comparisons, the tools of the view, and keys where there is room."""
        bar = QHBoxLayout()
        bar.setContentsMargins(2, 0, 2, 2)
        bar.setSpacing(4)
        bar.addWidget(self._compare)
        for mode in MODES_1D:
            self._buttons[mode] = self._button(mode)
            bar.addWidget(self._buttons[mode])
        bar.addSpacing(8)
        bar.addWidget(self.zooms)
        keys = _Hint()
        keys.set_words("Esc back   ← → plots")
        keys.setProperty("role", "muted")
        keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # buttons go before words
        keys.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        bar.addWidget(keys, 1)
        return bar

    def _button(self, mode: ReferenceMode) -> QToolButton:
        button = tool_button(
            mode,
            f"Reference: {mode}",
            "",
            lambda: self.mode_chosen.emit(self.tile.key, mode),
        )
        button.setCheckable(True)
        return button
