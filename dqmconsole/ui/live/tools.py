"""Tools on a plot shown alone: what they do to it, and their bar of buttons.

A command gets a button by its row in :data:`dqmconsole.ui.commands.COMMANDS`, made
with `_tool`, which gives it a word for the button, and says whether it is on and
which plots it is for::

    _tool("lines", "Two lines, and what lies between", "J",
          lambda detail: detail.tools.toggle("lines"), "Lines",
          on=lambda detail: detail.tools.shown == "lines")

`run`, `on` and `fits` get the :class:`~dqmconsole.ui.live.detail.DetailView` that has
the keyboard. Nothing of what they do is kept when another plot is shown.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolBar,
    QToolButton,
    QWidget,
)

from dqmconsole.model.compare import difference, pull, ratio
from dqmconsole.model.rebin import rebinned
from dqmconsole.ui.live.readings import (
    between,
    bins_of,
    crossed,
    highest,
    moved_bin,
    moved_edges,
    nearest_edges,
)
from dqmconsole.ui.plot.overlays import Overlays
from dqmconsole.ui.plot.reading import bin_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.frame import Expected
    from dqmconsole.model.histogram import Axis, Histogram
    from dqmconsole.ui.live.readings import Reading
    from dqmconsole.ui.plot.overlays import Ranges
    from dqmconsole.ui.plot.scene import Scene
    from dqmconsole.ui.plot.tile import PlotTile
    from dqmconsole.ui.theme import Colours, Theme

Limits = tuple[float | None, float | None]

FACTORS = (1, 2, 4, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
_LINES = "Lines: Alt and arrows move both, with Shift the right one."
_RECTANGLE = "Rectangle: Alt and arrows move it, with Shift its upper right corner."
_CROSSHAIR = "Crosshair: Alt and arrows step from bin to bin; it follows the mouse."
_MANY = 1_000_000  # cells: more are added up only when the mouse lets go
_LEAST_BINS = 2  # of an axis whose bins are joined
_COMPARED = {"ratio": ratio, "difference": difference, "pull": pull}


# -- bins taken together ----------------------------------------------------------


def joining_refused(data: Histogram | None) -> str:
    """Say why the bins of a plot are not taken together; "" where they can be."""
    if data is None:
        return "There are no bins to join here."
    if data.efficiency:
        return "Shares cannot be added: their bins are not joined."
    if all(axis.labels for axis in data.axes):
        return "Bins with names are not joined."
    return ""


def factors_of(data: Histogram) -> tuple[int, ...]:
    """The numbers of bins that can be joined into one, 1 first, each to some effect."""
    found = [1]
    for factor in FACTORS:
        if axis_factors(data, factor) != axis_factors(data, found[-1]):
            found.append(factor)
    return tuple(found)


def axis_factors(data: Histogram, factor: int) -> tuple[int, ...]:
    """How many bins of each axis are taken together where `factor` are wanted.

    The largest number up to it that divides the axis' bins and leaves two at least;
    bins with names stay as they are.
    """
    return tuple(
        max(
            each
            for each in FACTORS
            if each == 1
            or (
                each <= factor
                and not axis.labels
                and axis.bins % each == 0
                and axis.bins // each >= _LEAST_BINS
            )
        )
        for axis in data.axes
    )


def joined_words(data: Histogram, factors: Sequence[int]) -> str:
    """Write how many bins of which axis are taken together, and which are not.

    Args:
        data: the histogram before.
        factors: one an axis.
    """
    if max(factors) == 1:
        return "Bins as they are."
    if len(set(factors)) == 1:
        return f"{factors[0]} bins joined."
    axes = tuple(zip("xyz", data.axes, factors, strict=False))
    joined = [f"{factor} bins of {name}" for name, _, factor in axes if factor > 1]
    words = f"{' and '.join(joined)} joined"
    for name, axis, factor in axes:
        if factor == 1 and not axis.labels:
            words += f"; the {axis.bins} bins of {name} cannot be divided evenly"
    return f"{words}."


@np.errstate(all="ignore")
def joined_scene(scene: Scene, factor: int) -> Scene:
    """A scene with bins taken together, as `axis_factors` has it.

    Data, overlays and reference alike; the comparison is made from the joined bins.
    What a verdict expected of single bins is left out.
    """
    data = bins_of(scene)
    if data is None or joining_refused(data):
        return scene
    factors = axis_factors(data, factor)
    if max(factors) == 1:
        return scene
    joined = rebinned(data, factors)
    reference, compared = scene.reference, scene.comparison
    if reference is not None:
        reference = rebinned(reference, factors)
        if compared is not None:
            compared = _COMPARED[compared.mode](joined, reference, scene.scale)
    runs = [
        dataclasses.replace(each, histogram=rebinned(each.histogram, factors))
        for each in scene.runs
    ]
    return dataclasses.replace(
        scene,
        data=joined,
        runs=tuple(
            dataclasses.replace(
                each,
                comparison=each.comparison
                and _COMPARED[each.comparison.mode](joined, each.histogram, each.scale),
            )
            for each in runs
        ),
        overlays=tuple(
            rebinned(each, factors) if each.dimension == data.dimension else each
            for each in scene.overlays
        ),
        reference=reference,
        comparison=compared if reference is not None else None,
        expected=_joined_expected(scene.expected, data, factors),
        pulls=None,
        joined=factors,
    )


def _joined_expected(
    expected: Expected | None, data: Histogram, factors: tuple[int, ...]
) -> Expected | None:
    if expected is None:
        return None
    offending = expected.offending
    if offending is not None:
        shape = tuple(axis.bins for axis in data.axes)
        at = np.unravel_index(offending, shape)
        small = tuple(n // f for n, f in zip(shape, factors, strict=True))
        places = tuple(i // f for i, f in zip(at, factors, strict=True))
        offending = np.unique(np.ravel_multi_index(places, small))
    limits = expected.limits if data.is_profile else ()
    return msgspec.structs.replace(
        expected, low=None, high=None, limits=limits, offending=offending, pulls=None
    )


# -- limits ------------------------------------------------------------------------


def limits_from(text: str) -> Limits | None:
    """Read limits: "low high", of which "auto" or "-" leaves one to the data.

    Returns:
        None for "auto" and for nothing: both are left to the data.

    Raises:
        ValueError: with words for people.
    """
    parts = text.replace(",", ".").replace(";", " ").split()
    if not parts or parts == ["auto"]:
        return None
    if len(parts) != 2:
        message = "Two numbers are needed, the lower limit first, or auto."
        raise ValueError(message)
    low, high = (_limit(part) for part in parts)
    if low is None and high is None:
        return None
    if low is not None and high is not None and low >= high:
        message = f"{parts[0]} is not below {parts[1]}."
        raise ValueError(message)
    return low, high


def _limit(part: str) -> float | None:
    if part in ("auto", "-", "\N{MINUS SIGN}"):
        return None
    try:
        value = float(part.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f"“{part}” is not a number."
        raise ValueError(message)
    return value


class ReadingsLabel(QLabel):
    """A table of numbers beneath a plot.

    Attributes:
        words: the same in sentences, for those who hear them.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAccessibleName("Readings")
        self.setMargin(2)

    def show_reading(self, reading: Reading, theme: Theme) -> None:
        """Show other numbers, in the colours of a theme."""
        self.setText(reading.html(theme.ink, theme.muted))
        if reading.words() != self.words:
            self.words = reading.words()
            self.setAccessibleDescription(self.words)
            said = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(said)


class LimitsLine(QWidget):
    """A line to type the limits of a plot's values into.

    Signals:
        given: the text, by Enter.
    """

    given = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.field = _Field()
        self.field.setAccessibleName("Limits of the values")
        self.field.setPlaceholderText("low high, or auto")
        self._answer = QLabel()
        self._answer.setAccessibleName("Limits, answer")
        self._answer.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.addWidget(QLabel("Limits of the values"))
        row.addWidget(self.field)
        row.addWidget(self._answer, 1)
        self.field.returnPressed.connect(lambda: self.given.emit(self.field.text()))
        self.hide()

    def ask(self, limits: Limits | None) -> None:
        """Be seen, with the limits in force, and take the keyboard."""
        ends = ("auto" if end is None else f"{end:.15g}" for end in limits or ())
        self.field.setText(" ".join(ends))
        self.answer("Enter sets them, Esc closes")
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def answer(self, words: str) -> None:
        """Say what is wrong with them, or what can be done."""
        self._answer.setText(words)


class _Field(QLineEdit):
    """A field that keeps the keys that mean something to the window."""

    def event(self, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in keys
        ):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, following: bool) -> bool:
        """Let Tab go on to the second number; the keyboard stays until Enter or Esc."""
        words = self.text()
        if following and self.hasSelectedText():
            self.setCursorPosition(len(words))
        elif following and words and not words.endswith(" "):
            self.insert(" ")
        return True


# -- all of them on one plot -------------------------------------------------------


class PlotTools(QObject):
    """What is done to one plot alone; nothing of it is kept for another.

    Args:
        tile: the plot.
        colours: the look in force.

    Attributes:
        shown: what lies over the plot: "lines" (of a map a rectangle), "crosshair"
            or "".
        ranges: of the lines, low and high on each axis.
        at: of the crosshair, the value on each axis.
        limits: of the values, or None.
        reading: the numbers read off, or None.

    Signals:
        changed: one of them is another.
    """

    changed = Signal()

    def __init__(self, tile: PlotTile, colours: Colours) -> None:
        super().__init__(tile)
        self._tile, self._canvas, self._colours = tile, tile.canvas, colours
        self._overlays: Overlays | None = None
        self._label: ReadingsLabel | None = None
        self._shape: tuple[object, ...] = ()
        self._needed = 0
        self._syncing = False
        self._factor = 1  # wanted: what is joined of it depends on the bins
        self.shown: Literal["", "lines", "crosshair"] = ""
        self.ranges: Ranges = ()
        self.at: tuple[float, ...] = ()
        self.limits: Limits | None = None
        self.reading: Reading | None = None
        self._canvas.placed.connect(self._sync)
        colours.changed.connect(self._recolour)
        colours.lent_changed.connect(self._recolour)

    @property
    def data(self) -> Histogram | None:
        """The histogram that is drawn, as it is drawn; None where there is none."""
        return bins_of(self._canvas.shown)

    @property
    def joined(self) -> int:
        """So many bins are taken together, of the axis where they are most."""
        return max(self._canvas.shown.joined, default=1)

    def forget(self) -> None:
        """Take everything back: another plot is shown."""
        self.shown, self.ranges, self.at = "", (), ()
        self._factor, self.limits = 1, None
        self._canvas.prepare = None
        self._sync()
        self.changed.emit()

    def toggle(self, what: Literal["lines", "crosshair"]) -> str:
        """Lay lines or crosshair over the plot, in the place of the other, or not.

        Returns:
            How they are moved, or why there are none; "" when they are taken away.
        """
        data, words = self.data, ""
        if self.shown == what:
            self.shown = ""
        elif data is None:
            return "There are no bins to read here."
        elif what == "crosshair":
            self.shown, words = what, _CROSSHAIR
            self.at = tuple(highest(self._canvas.shown, self._seen(data)))
        else:
            self.shown, words = what, _LINES if data.dimension == 1 else _RECTANGLE
            self.ranges = self._middle(data)
        self._sync()
        self.changed.emit()
        return words

    def move(self, across: int, up: int = 0) -> None:
        """Move crosshair, lines or rectangle by so many bins."""
        data = self.data
        if data is None or not self.shown:
            return
        steps = (across, up)[: data.dimension]
        if self.shown == "crosshair":
            self.at = tuple(map(moved_bin, data.axes, self.at, steps))
            self._sync()
        else:
            self._move_edges(data, steps, steps)

    def stretch(self, across: int, up: int = 0) -> None:
        """Move the right line by so many bins; of a rectangle the upper edge, too."""
        data = self.data
        if data is not None and self.shown == "lines":
            still = (0,) * data.dimension
            self._move_edges(data, still, (across, up)[: data.dimension])

    def join(self, step: int) -> str:
        """Take more bins together, or fewer.

        Args:
            step: 1 for the next larger number of bins that divides an axis, −1 back.

        Returns:
            What is done now, or why nothing is.
        """
        data = bins_of(self._canvas.given)
        refused = joining_refused(data)
        if refused or data is None:
            return refused
        factors = factors_of(data)
        at = sum(factor <= self._factor for factor in factors) - 1
        if at + step >= len(factors):
            return "No larger number of bins divides an axis evenly."
        self._factor = factors[max(at + step, 0)]
        self._prepare()
        return joined_words(data, axis_factors(data, self._factor))

    def set_limits(self, limits: Limits | None) -> None:
        """Draw values (of a map the colours) between limits; None: as the data ask."""
        self.limits = limits
        self._prepare()

    # -- inside --------------------------------------------------------------------

    def _prepare(self) -> None:
        plain = self._factor == 1 and self.limits is None
        self._tile.show_prepared(None if plain else self._prepared)
        self._sync()
        self.changed.emit()

    def _prepared(self, scene: Scene) -> Scene:
        """What is drawn of a scene."""
        if self.limits is not None:
            scene = dataclasses.replace(scene, limits=self.limits)
        return joined_scene(scene, self._factor)

    def _seen(self, data: Histogram) -> Sequence[tuple[float, float] | None]:
        """What is seen of each axis."""
        panes = self._canvas.panes
        if not panes:
            return [None] * data.dimension
        scales = (panes[0].x.scale, panes[0].y.scale)[: data.dimension]
        return [(scale.low, scale.high) for scale in scales]

    def _middle(self, data: Histogram) -> Ranges:
        """The middle half of what is seen, along each axis."""
        panes = self._canvas.panes
        if not panes:
            return tuple((axis.low, axis.high) for axis in data.axes)
        scales = (panes[0].x.scale, panes[0].y.scale)
        return tuple(
            nearest_edges(axis, (scale.value(0.25), scale.value(0.75)))
            for axis, scale in zip(data.axes, scales, strict=False)
        )

    def _move_edges(
        self, data: Histogram, low: Sequence[int], high: Sequence[int]
    ) -> None:
        self.ranges = tuple(map(moved_edges, data.axes, self.ranges, low, high))
        self._sync()

    def _dragged(self, ranges: Ranges, done: bool) -> None:
        data = self.data
        if data is None or len(ranges) != data.dimension:
            return
        self.ranges = _snapped(data.axes, ranges)
        if done:
            self._sync()
        elif data.contents.size < _MANY:
            self._write()

    def _pointed(self, x: float, y: float) -> None:
        data = self.data
        if data is None or self.shown != "crosshair":
            return
        at = (x, y)[: data.dimension]
        at = tuple(moved_bin(axis, v, 0) for axis, v in zip(data.axes, at, strict=True))
        if at != self.at:
            self.at = at
            self._sync()

    def _sync(self) -> None:
        """Bring everything to its place, and write what is read off."""
        if self._syncing:
            return
        self._syncing = True
        try:
            data = self.data
            if not self.shown or data is None or not self._canvas.panes:
                if self._overlays is not None:
                    self._overlays.hide()
            else:
                self._place(data, self._made_overlays())
            self._write()
        finally:
            self._syncing = False

    def _place(self, data: Histogram, overlays: Overlays) -> None:
        if self.shown == "crosshair":
            if len(self.at) != data.dimension:
                self.at = tuple(highest(self._canvas.shown, self._seen(data)))
            self.at = tuple(
                moved_bin(axis, value, 0)
                for axis, value in zip(data.axes, self.at, strict=True)
            )
            overlays.show_cross(self.at[0], self._height(data))
            return
        if len(self.ranges) != data.dimension:
            self.ranges = self._middle(data)
        self.ranges = _snapped(data.axes, self.ranges)
        if len(self.ranges) == 1:
            overlays.show_lines(self.ranges[0])
        else:
            overlays.show_rectangle(self.ranges[0], self.ranges[1])

    def _height(self, data: Histogram) -> float:
        """Where the level line of the crosshair lies."""
        if data.dimension > 1:
            return self.at[1]
        axis = data.axes[0]
        return float(data.values()[bin_at(self.at[0], axis.edges) or 0])

    def _write(self) -> None:
        """Write beneath the plot what is read off it."""
        scene, found = self._canvas.shown, None
        if self.shown == "lines":
            found = between(scene, self.ranges)
        elif self.shown == "crosshair":
            found = crossed(scene, self.at)
        self.reading = found
        if found is None:
            if self._label is not None and not self._label.isHidden():
                self._label.hide()
            self._canvas.set_foot(0)
            return
        if self._label is None:
            self._label = ReadingsLabel(self._canvas)
        label = self._label
        label.show_reading(found, self._colours.theme)
        shape = (len(found.rows), bool(found.heading), label.font().key())
        if shape != self._shape:  # a table laid out takes 5 ms
            self._shape, self._needed = shape, label.sizeHint().height()
        height = min(self._needed, self._canvas.height() // 2)
        if label.isHidden():
            label.show()
        self._canvas.set_foot(height)
        room = self._canvas.rect()
        label.setGeometry(0, room.height() - height, room.width(), height)

    def _made_overlays(self) -> Overlays:
        if self._overlays is None:
            self._overlays = Overlays(self._canvas, self._colours.theme)
            self._overlays.dragged.connect(self._dragged)
            self._overlays.pointed.connect(self._pointed)
        return self._overlays

    def _recolour(self) -> None:
        if self._overlays is not None:
            self._overlays.set_theme(self._colours.theme)
        self._shape = ()
        self._sync()


def _snapped(axes: Sequence[Axis], ranges: Ranges) -> Ranges:
    return tuple(map(nearest_edges, axes, ranges))


# -- the bar -----------------------------------------------------------------------


class _Button(NamedTuple):
    action: QAction
    on: Callable[[], bool] | None
    fits: Callable[[], bool]


class ToolBar(QToolBar):
    """A button for each tool; what finds no room is in a menu at its end.

    Args:
        name: its accessible name.
    """

    def __init__(self, name: str = "Tools") -> None:
        super().__init__()
        self._buttons: list[_Button] = []
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setAccessibleName(name)
        more = self.findChild(QToolButton)  # Qt's, for what finds no room
        if more is not None:
            more.setIcon(QIcon())
            more.setText("»")
            more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            more.setStyleSheet("padding: 0; border: none")
            more.setAccessibleName("More tools")
            more.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def add_tool(
        self,
        word: str,
        title: str,
        run: Callable[[], object],
        *,
        on: Callable[[], bool] | None,
        fits: Callable[[], bool],
    ) -> None:
        """Add a button.

        Args:
            word: on it.
            title: what it does, in words.
            run: does it.
            on: whether it is drawn pressed; None where it does something once.
            fits: whether it is for the plot shown.
        """
        action = QAction(word, self)
        action.setToolTip(title)
        action.setCheckable(on is not None)
        action.triggered.connect(lambda _checked: self._run(run))
        self.addAction(action)
        button = self.widgetForAction(action)
        button.setAccessibleName(title)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._buttons.append(_Button(action, on, fits))

    def refresh(self) -> None:
        """Show which tools are on, and those alone that are for the plot shown."""
        for action, on, fits in self._buttons:
            action.setVisible(fits())
            if on is not None:
                action.setChecked(on())

    def _run(self, run: Callable[[], object]) -> None:
        run()
        self.refresh()
