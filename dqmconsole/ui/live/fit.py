"""A function fitted to what the detail view shows: its curve, and what came of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from dqmconsole.model.fit import FUNCTIONS
from dqmconsole.ui.buttons import sign_button, tool_button
from dqmconsole.ui.labels import PlainLabel, set_role
from dqmconsole.ui.plot.fit_curve import FitCurve
from dqmconsole.ui.plot.reading import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.fit import FitFunction, FitParameter, FitResult
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.plot.canvas import PlotCanvas
    from dqmconsole.ui.plot.view_box import ViewBox
    from dqmconsole.ui.theme import Colours

_NO_CURVE = ("table", "strip")  # styles without axes to draw a curve on


class Subject(NamedTuple):
    """What would be fitted now.

    Attributes:
        name: of plot and projection; another name is another plot.
        key: the plot's key.
        path: of its monitor element.
        canvas: what draws it.
        data: its bins; None where there are none, or where they did not all come.
        span: what the bins are of, in words ("LS 1 to 417").
        within: the range of x to fit in, in its unit; None: what is seen of x.
    """

    name: str
    key: str
    path: str
    canvas: PlotCanvas
    data: Histogram | None
    span: str
    within: tuple[float, float] | None = None


class _Done(NamedTuple):
    """A fit, and what it was made of."""

    result: FitResult
    data: Histogram | None
    span: str


class FitPanel(QFrame):
    """The choice of a function, and the fit of it.

    A fit belongs to one plot, and to the bins it was made of: newer ones make it old,
    which is said, and another plot takes it away.

    Args:
        subject: gives what would be fitted now.
        client: asks the engine.
        colours: the look in force.

    Attributes:
        result: the fit, or None.
        old: it was made of other bins than those that are shown.

    Signals:
        changed: functions are offered, or no more.
    """

    changed = Signal()

    def __init__(
        self,
        subject: Callable[[], Subject],
        client: EngineClient,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._subject = subject
        self._client = client
        self._colours = colours
        self._curve = FitCurve()
        self._box: ViewBox | None = None
        self._name = ""
        self._function: FitFunction | None = None
        self._waiting: tuple[int, Histogram | None, str] | None = None
        self._done: _Done | None = None
        self.old = False
        self.setProperty("role", "clear")
        self.setAccessibleName("Fit")
        self._buttons = {name: self._button(name) for name in FUNCTIONS}
        away = "Take the fit away"
        close = sign_button("×", away, f"{away} (Shift+Y)", self.leave)
        head = QLabel("Fit (Y)")
        head.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (head, *self._buttons.values()):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(close)
        self._result = PlainLabel("Fit result", bold=True)
        self._state = PlainLabel("Fit state", role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._result)
        column.addWidget(self._state)
        colours.changed.connect(self._show_curve)
        colours.lent_changed.connect(self._show_curve)
        self.hide()

    @property
    def result(self) -> FitResult | None:
        """The fit, or None."""
        return None if self._done is None else self._done.result

    @property
    def fits(self) -> bool:
        """Tell whether there is something of one axis to be fitted."""
        shown = self._subject().canvas.shown
        there = shown.data is not None or bool(shown.graphs)
        return there and (shown.data is None or shown.data.dimension == 1)

    # -- what somebody does --------------------------------------------------------

    def begin(self) -> None:
        """Offer the functions; where one was fitted, fit it again."""
        if self._function is not None and not self.isHidden():
            self.fit(self._function)
            return
        self._name = self._subject().name
        self._offer(on=True)
        self._say(f"Choose a function: Alt+1 to Alt+{len(FUNCTIONS)}")

    def fit(self, function: FitFunction) -> None:
        """Have a function fitted to what is shown, in the range that is chosen."""
        subject = self._subject()
        self._forget()
        self._name, self._function = subject.name, function
        for name, button in self._buttons.items():
            button.setChecked(name == function)
        self._offer(on=True)
        within = subject.within or visible_range(subject.canvas, subject.data)
        request = self._client.fit(
            subject.key, subject.path, function, within, data=subject.data
        )
        self._waiting = (request, subject.data, subject.span)
        self._say(f"Fitting {function} …")

    def leave(self) -> None:
        """Take the fit away, and the choice of functions."""
        self._forget()
        self._function, self._name = None, ""
        for button in self._buttons.values():
            button.setChecked(False)
        self._offer(on=False)

    # -- what comes ------------------------------------------------------------------

    def look(self, changes: Changes) -> None:
        """Take in what the engine answers."""
        if self._waiting is None:
            return
        request, data, span = self._waiting
        for receipt in changes.refusals:
            if receipt.request == request:
                self._waiting = None
                said = receipt.sentence
                self._say(said[:1].upper() + said[1:], role="warning")
        for fitted in changes.fits:
            if fitted.request == request:
                self._waiting = None
                self._done = _Done(fitted.result, data, span)
                self.look_at_plot()

    def look_at_plot(self) -> None:
        """Something else is shown: the fit is old, or gone with its plot."""
        if not self._name:
            return
        subject = self._subject()
        if subject.name != self._name:
            self.leave()
            return
        shown = subject.canvas.shown
        if shown.data is not None and shown.data.dimension != 1:
            self.leave()  # it became a map
            return
        if self._done is None:
            return
        if shown.data is None and (shown.graphs or shown.polygons is not None):
            self.leave()
            return
        if shown.data is not None:
            same = _same(self._done.data, subject.data)
            if self._done.data is None:  # they stayed with the engine
                same = self._done.span == subject.span
            self.old = not same
        self._show_curve()
        self._show_words()

    # -- inside ----------------------------------------------------------------------

    def _offer(self, *, on: bool) -> None:
        self.setVisible(on)
        self.changed.emit()

    def _forget(self) -> None:
        self._waiting = self._done = None
        self.old = False
        if self._box is not None:
            self._box.removeItem(self._curve)
            self._box = None
        self._result.show_words("")

    def _show_curve(self) -> None:
        """Draw the curve where the axes of the plot are."""
        if self._done is None:
            return
        canvas = self._subject().canvas
        draw, panes = canvas.shown.draw, canvas.plot_items.panes
        if not panes or draw.style in _NO_CURVE or draw.drawing is not None:
            return  # where there is no picture now, its view box is hidden
        box = panes[0].box
        if box is not self._box:
            if self._box is not None:
                self._box.removeItem(self._curve)
            box.addItem(self._curve, ignoreBounds=True)
            self._box = box
        result = self._done.result
        self._curve.show_curve(result.x, result.y, self._colours.theme, old=self.old)

    def _show_words(self) -> None:
        assert self._done is not None
        result, span = self._done.result, self._done.span
        self._result.show_words(result_words(result))
        if self.old:
            of = span or "other bins"
            words = f"Old: a fit of {of}, no longer what is shown. Y fits again"
            self._say(words, role="warning")
            return
        words = "; ".join(each for each in (span, result.sentence) if each)
        self._say(f"Converged: {words}")

    def _say(self, words: str, role: str = "muted") -> None:
        set_role(self._state, role)
        self._state.show_words(words)

    def _button(self, function: FitFunction) -> QToolButton:
        name = f"Fit {function}"
        tip = f"{name} (Alt+{FUNCTIONS.index(function) + 1})"
        button = tool_button(function, name, tip, lambda: self.fit(function))
        button.setCheckable(True)
        return button


def visible_range(
    canvas: PlotCanvas, data: Histogram | None
) -> tuple[float, float] | None:
    """What is seen of x, in its unit; None where that is all of the data."""
    if not canvas.panes:
        return None
    scale = canvas.panes[0].x.scale
    if data is not None and data.dimension == 1:
        edges = data.axes[0].edges
        if scale.low <= edges[0] and edges[-1] <= scale.high:
            return None
    return (float(scale.low), float(scale.high))  # a scale may hold numpy's numbers


def result_words(result: FitResult) -> str:
    """Parameters with their errors, chi2 and probability, on one line."""
    words = [parameter_words(each) for each in result.parameters]
    words.append(f"χ²/ndf {short(result.chi2)}/{result.ndf}")
    if result.probability is not None:
        words.append(f"p {result.probability:.2g}")
    return "   ".join(words)


def parameter_words(parameter: FitParameter) -> str:
    """One parameter: "Mean 91.19 ± 0.02", as many digits as the error allows."""
    value, error = parameter.value, parameter.error
    if not (math.isfinite(error) and error > 0):
        return f"{parameter.name} {short(value, 6)} ± {short(error)}"
    digits = 1 - math.floor(math.log10(error))  # two of the error's
    largest = max(abs(value), error)
    if digits > 6 or largest >= 1e7:
        most = max(math.floor(math.log10(largest)) + digits, 1)
        words = f"{value:.{most}e} ± {error:.1e}"
    else:
        value, error = round(value, digits), round(error, digits)
        digits = max(digits, 0)
        words = f"{value:.{digits}f} ± {error:.{digits}f}"
    return f"{parameter.name} {words}".replace("-", "\N{MINUS SIGN}")


def _same(one: Histogram | None, other: Histogram | None) -> bool:
    """Tell whether two have the same bins with the same contents."""
    if one is other or one is None or other is None:
        return one is other
    if len(one.axes) != len(other.axes):
        return False
    axes = all(a.same_bins(b) for a, b in zip(one.axes, other.axes, strict=True))
    return axes and np.array_equal(one.contents, other.contents, equal_nan=True)
