"""The run header: what the run, the beam, the stream and the engine are doing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.message import TRAINING
from dqmconsole.model.moment import clock_words
from dqmconsole.model.run import UNNUMBERED, RunState, run_number
from dqmconsole.model.site import (
    CONDITION_NAMES,
    PRESCALE_COLUMN,
    SiteSettings,
)
from dqmconsole.shift.liveness import Liveness
from dqmconsole.shift.overview import daq_words, luminosity_words
from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, px, set_fixed, set_room, set_text
from dqmconsole.ui.labels import ElidedLabel, set_role, tip
from dqmconsole.ui.plot.tile_words import duration_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import HeaderItem, Site
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.coverage import Coverage
    from dqmconsole.shift.feed import EngineState
    from dqmconsole.ui.theme import Colours

UNKNOWN = "–"
WIDE = 1700  # px from which values are written in the larger size
FIELDS = (
    "Run",
    "Type",
    "Lumisection",
    "Fill",
    "Beam",
    "DAQ",
    "Luminosity",
    "Pile-up",
    "Magnet",
    "DQM stream",
    "Engine",
)


TIPS = {"Luminosity": "instantaneous luminosity, in cm⁻² s⁻¹"}
LONG = {"Luminosity": "Luminosity, cm⁻²s⁻¹"}
SHORT = {"Lumisection": "LS", "Pile-up": "PU", "Luminosity": "Lumi"}
_STATES = {
    RunState.ENDED: " ended",
    RunState.FINAL: " final",
    RunState.RECORDED: " recorded",
}
CONDITIONS = {
    "Type": "run_type",
    "Fill": "fill",
    "Beam": "beam_mode",
    "DAQ": "daq_state",
    "Luminosity": "luminosity",
    "Pile-up": "pileup",
    "Magnet": "magnet",
}
"""Fields that show a condition: not there where a site has no such."""
YIELDING = ("DQM stream", "Engine")
LESSER = ("Magnet", "Fill", "DAQ", "Pile-up", "Type", "Luminosity")
"""Left out one after the other where the window is too narrow for the letters."""


def field_words(run: RunInfo, engine: EngineState) -> dict[str, str]:
    """Write every field of the header; what is unknown is "–"."""
    beam = run.conditions
    state = _STATES.get(run.state, "")
    return {
        "Run": f"{run_number(run.run)}{state}" if run.run > 0 else UNKNOWN,
        "Type": beam.run_type or UNKNOWN,
        "Lumisection": _number(run.lumisection),
        "Fill": _number(beam.fill),
        "Beam": _joined(beam.beam_mode, energy_words(beam.beam_energy)),
        "DAQ": daq_words(
            beam.daq_state, beam.dead_time, (beam.scalars or {}).get(PRESCALE_COLUMN)
        )
        or UNKNOWN,
        "Luminosity": luminosity_words(beam.luminosity),
        "Pile-up": UNKNOWN if beam.pileup is None else f"{beam.pileup:.0f}",
        "Magnet": UNKNOWN if beam.magnet is None else f"{beam.magnet:.1f} T",
        "DQM stream": stream_words(run),
        "Engine": engine_words(engine),
    }


def energy_words(energy: float | None) -> str:
    """Write the energy of a beam given in GeV: "6.8 TeV", "450 GeV"; "" for none."""
    if not energy or not math.isfinite(energy):
        return ""
    return f"{energy / 1000:.3g} TeV" if energy >= 1000 else f"{energy:.3g} GeV"


def stream_words(run: RunInfo) -> str:
    """Write the rate of the DQM stream, and whose data are the oldest: how old."""
    rate = None if run.rate is None else rate_words(run.rate)
    if run.lag is None:
        return rate or UNKNOWN
    who = f"slowest {run.slowest}" if run.slowest else "lag"
    lag = f"{who} {duration_words(run.lag)}"
    return f"{rate}, {lag}" if rate else lag


def rate_words(rate: float) -> str:
    """Write a rate in Hz: "2760 Hz", "82 Hz", "0.25 Hz"."""
    return f"{rate:.0f} Hz" if rate >= 100 else f"{rate:.3g} Hz"


def engine_words(engine: EngineState) -> str:
    """Write how the engine is: "live 0.3 s ago", "silent 12 s"."""
    silent = engine.silent_for
    if engine.state == "live":
        return "live" if silent is None else f"live {silent:.1f} s ago"
    if engine.state == "ended" or silent is None:
        return engine.state
    if engine.state == "silent":
        return f"silent {duration_words(silent)}"
    return f"silent {duration_words(silent)}, {engine.state}"


def _names(field: str) -> tuple[str, str]:
    """What stands over a field, where there is room and where not."""
    return LONG.get(field, field), SHORT.get(field, field)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _joined(*parts: str | float | None) -> str:
    return " ".join(str(part) for part in parts if part) or UNKNOWN


class Field(QWidget):
    """One value of the header under its name; it never shrinks, so nothing jumps.

    Args:
        name: what it is called.
        names: what stands over the value, where there is room and where not.
        yields: where room is short, this one's value is cut.
    """

    def __init__(self, name: str, names: tuple[str, str], *, yields: bool) -> None:
        super().__init__()
        self._names = names
        self._short = False
        self._yields = yields
        self.setProperty("role", "clear")
        self.setAccessibleName(name)
        self._name = QLabel(names[0])
        self._name.setProperty("role", "muted")
        set_text(self._name, SMALL)
        self._value = ElidedLabel()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._name)
        self._column.addWidget(self._value)
        self.set_words(UNKNOWN)

    @property
    def words(self) -> str:
        """The value shown, uncut."""
        return self._value.words

    def set_words(self, words: str, *, alarming: bool = False) -> None:
        """Show another value; an alarming one in the warning's colour."""
        if words == self._value.words:
            return
        self._value.set_words(words)
        self.setAccessibleDescription(words)
        set_role(self._value, "warning" if alarming else "")
        self._keep_width()
        self._column.activate()
        self.updateGeometry()

    def set_names(self, names: tuple[str, str]) -> None:
        """Write another name over the value, where there is room and where not."""
        if names != self._names:
            self._names = names
            self._name.setText(names[self._short])

    def set_points(self, points: float, *, short: bool) -> None:
        """Write the value in another size, under the long or short name."""
        self._short = short
        self._name.setText(self._names[short])
        set_text(self._value, points, bold=True)
        self.fit()

    def fit(self) -> None:
        """Take the width that the value has at another scale."""
        self._value.setMinimumWidth(0)
        self._value.fit()
        self._keep_width()

    def _keep_width(self) -> None:
        if self._yields:
            return
        wide, kept = self._value.sizeHint().width(), self._value.minimumWidth()
        # a field that lost its value gives the room back
        if wide > kept or wide < 0.6 * kept:
            self._value.setMinimumWidth(wide)


class SecondHand(QWidget):
    """A clock's second-hand, drawn by the paint loop: when it stops, so has this."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self.update)
        self._step = 0
        set_fixed(self, 24, 24)
        self.setAccessibleName("Second hand")
        self.setToolTip("It turns as long as this window draws.")
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def show_time(self, now: float) -> None:
        """Move on; five steps a second."""
        step = int(now * 5) % 300
        if step != self._step:
            self._step = step
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw dial and hand."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(QColor(self._colours.theme.muted), 1.2))
        painter.drawEllipse(box)
        turn = math.tau * self._step / 300
        length = box.width() / 2 - 2
        tip = box.center() + QPointF(math.sin(turn), -math.cos(turn)) * length
        painter.setPen(QPen(QColor(self._colours.theme.ink), 1.6))
        painter.drawLine(QLineF(box.center(), tip))
        painter.end()


class RunHeader(QFrame):
    """The line on top of every view.

    Signals:
        pause_clicked: the button that holds and releases the pictures.
        coverage_clicked: how much is judged; somebody wants to know what is not.
    """

    pause_clicked = Signal()
    coverage_clicked = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName("Run header")
        self._points = 0.0
        self._opened = self._bare = False
        colours.changed.connect(self._rescaled)
        self._fields = {
            name: Field(name, _names(name), yields=name in YIELDING) for name in FIELDS
        }
        self._settings = SiteSettings("")
        self._absent: set[str] = set()
        self._shown: dict[HeaderItem, Field] = {}
        self._fields["DQM stream"].setToolTip(
            "events a second; the client whose data are oldest, and how old"
        )
        self._coverage = Field("Judged", ("Judged", "Judged"), yields=False)
        self._coverage.setCursor(Qt.CursorShape.PointingHandCursor)
        self._coverage.hide()
        self._banner = QLabel()
        self._banner.setProperty("role", "banner")
        self._banner.setAccessibleName("Banner")
        self._banner.hide()
        self._sound = QLabel()
        self._sound.setProperty("role", "banner")
        self._sound.setAccessibleName("Sound of alarms")
        self._sound.hide()
        self._unpaused = Liveness("WAITING", alarming=False)
        self._paused_for: float | None = None
        self._live = QLabel(self._unpaused.words)
        self._live.setAccessibleName("Live or paused")
        self._pause = QToolButton()
        self._pause.setAccessibleName("Pause or resume")
        self._pause.setToolTip("P")
        self._pause.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pause.clicked.connect(self.pause_clicked)
        self.hand = SecondHand(colours)
        self._time = QLabel()
        self._time.setProperty("role", "muted")
        self._time.setAccessibleName("Clock of the header")
        self._time.setToolTip("The time of day; in which zone is a setting (Ctrl+,)")
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._row = QHBoxLayout()
        self._lines.addLayout(self._row)
        for field in self._fields.values():
            self._row.addWidget(field)
        self._row.addWidget(self._coverage)
        self._row.addStretch(1)
        for widget in (
            self._sound, self._banner, self._live, self._pause, self._time, self.hand
        ):  # fmt: skip
            self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        # a long word must never force the window wider than the screen
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fit(0)

    def take_in(self, band: QWidget) -> None:
        """Take in the line of the shift, under the fields."""
        self._lines.addWidget(band)

    def show_time(self, now: float) -> None:
        """Move the clock on.

        Args:
            now: unix time, s.
        """
        self.hand.show_time(now)
        words = clock_words(now)
        if words != self._time.text():
            self._time.setText(words)

    def show_run(self, client: EngineClient) -> None:
        """Write the fields from what the client knows."""
        engine = client.engine
        words = field_words(client.mailbox.run, engine)
        if not client.source:
            words["Engine"] = UNKNOWN  # nothing is open: none is missed
        numberless = client.mailbox.run.run == UNNUMBERED
        self._name_fields(client.site, words, numberless=numberless)
        well = engine.state in ("live", "starting") or not client.source
        self._show_items(client)
        for name, field in self._fields.items():
            alarming = name == "Engine" and not well
            field.set_words(words[name], alarming=alarming)
        slowest = {
            producer.subsystem: producer for producer in client.mailbox.run.clients
        }
        producer = slowest.get(client.mailbox.run.slowest)
        if producer is not None and producer.sentence:
            self._fields["DQM stream"].setToolTip(
                tip(
                    f"{producer.subsystem} has the oldest data: {producer.sentence}\n"
                    "The time is how old they are."
                )
            )
        self._fields["Engine"].setToolTip(tip(engine.sentence))
        self._banner.setVisible(bool(client.banner))
        self._banner.setText(client.banner)
        training = client.banner == TRAINING
        set_role(self._banner, "training" if training else "banner")

    def _show_items(self, client: EngineClient) -> None:
        """Write the scalars that the site shows, each after the conditions."""
        items = client.site.settings.shown if client.site is not None else ()
        if items != (*self._shown,):
            for field in self._shown.values():
                self._row.removeWidget(field)
                field.deleteLater()
            names = {each: (each.label, each.label) for each in items}
            self._shown = {
                each: Field(each.label, names[each], yields=False) for each in items
            }
            before = self._row.indexOf(self._fields["DQM stream"])
            for at, field in enumerate(self._shown.values()):
                field.set_points(self._points, short=self._points != TITLE)
                self._row.insertWidget(before + at, field)
            self._leave_out(self.width())
        values = client.mailbox.run.conditions.shown or {}
        for item, field in self._shown.items():
            said = item.words(values.get(item.show))
            field.set_words(said or UNKNOWN)
            known = "" if said else "not known: "
            field.setToolTip(tip(f"{known}{item.show} (header in site.yaml)"))

    def _name_fields(
        self, site: Site | None, words: Mapping[str, str], *, numberless: bool
    ) -> None:
        """Call the fields what the site calls them; leave out what it has not."""
        # until the next source's site is read, fields are called as before
        self._settings = settings = site.settings if site else self._settings
        paths = settings.conditions
        called = settings.lumisection.capitalize()
        short = settings.unit if settings.unit == "LS" else called
        self._fields["Lumisection"].set_names((called, short))
        absent = set()
        for name, condition in CONDITIONS.items():
            given = settings.name_of(condition)
            if given != CONDITION_NAMES[condition]:
                self._fields[name].set_names((given, given))
            else:
                self._fields[name].set_names(_names(name))
            path = getattr(paths, condition)
            self._fields[name].setToolTip(
                tip(f"not known: {path} (conditions: {condition} in site.yaml)")
                if path and words[name] == UNKNOWN
                else TIPS.get(name, "")
            )
            path = path or (condition == "beam_mode" and paths.beam_energy)
            path = path or (condition == "daq_state" and paths.dead_time)
            if not path and words[name] == UNKNOWN:
                absent.add(name)
        unsaid = site is not None and not paths.lumisection
        if unsaid and words["Lumisection"] == UNKNOWN:
            absent.add("Lumisection")
        if words["Run"] == UNKNOWN and numberless:
            absent.add("Run")
        if absent != self._absent:
            self._absent = absent
            for name in (*CONDITIONS, "Run", "Lumisection"):
                self._fields[name].setVisible(name not in absent)
            self._leave_out(self.width())

    def show_coverage(self, found: Coverage) -> None:
        """Say how much is judged; loudly where the program is to blame."""
        self._coverage.setVisible(bool(found.applicable or found.down))
        self._coverage.set_words(found.words, alarming=bool(found.down))
        self._lines.activate()  # a longer number is not drawn cut until it comes
        self._coverage.setToolTip(tip(f"{found.sentence}. Shift+F6 says why."))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say what is not judged, where how much is judged was clicked."""
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        if self._coverage.isVisible() and self._coverage.geometry().contains(at):
            self.coverage_clicked.emit()

    def show_sound(self, words: str) -> None:
        """Say why alarms are not heard; "" while they are."""
        if words != self._sound.text():
            self._sound.setText(words)
            self._sound.setVisible(bool(words))
            self._leave_out(self.width())

    def show_liveness(self, found: Liveness) -> None:
        """Say whether the data are live."""
        self._unpaused = found
        self._write_live()

    def show_paused(self, seconds: float | None, *, opened: bool) -> None:
        """Say how long the pictures have been held; None: they are not.

        Args:
            seconds: how long.
            opened: something is open at all.
        """
        self._live.setVisible(opened)
        self._opened = opened
        self._pause.setVisible(opened and not self._bare)
        self._paused_for = seconds
        self._write_live()

    def leave_button_out(self, *, leave: bool) -> None:
        """Show no button, on a wall; or show it."""
        self._bare = leave
        self._pause.setVisible(self._opened and not leave)

    def _write_live(self) -> None:
        words, alarming, recorded = self._unpaused
        if self._paused_for is not None:
            words, alarming = f"PAUSED {duration_words(self._paused_for)}", True
        if words == self._live.text():
            return
        # the role first: the room for its margins is taken with the words
        set_role(self._live, "warning" if alarming else "banner" if recorded else "")
        self._live.setText(words)
        self._name_button()

    def _name_button(self) -> None:
        paused = self._paused_for is not None
        key = " (P)" if self._points == TITLE else ""
        self._pause.setText(("Resume" if paused else "Pause") + key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write larger where there is room."""
        super().resizeEvent(event)
        self._fit(self.width())

    def _rescaled(self) -> None:
        for field in (*self._fields.values(), *self._shown.values(), self._coverage):
            field.fit()
        self._fit(self.width())

    def _fit(self, width: int) -> None:
        wide = width >= px(WIDE)
        points, gap = (TITLE, 24) if wide else (TEXT, 8)
        if points != self._points:
            self._points = points
            set_room(self._row, (12, 4, 12, 4), gap)
            every = (*self._fields.values(), *self._shown.values(), self._coverage)
            for field in every:
                field.set_points(points, short=not wide)
            for label in (self._live, self._sound):
                set_text(label, points, bold=True)
            set_text(self._time, points)
            self._name_button()
        self._leave_out(width)

    def _leave_out(self, width: int) -> None:
        """Leave out what matters least where the room is too short for all fields."""
        lesser = [self._fields[name] for name in LESSER if name not in self._absent]
        lesser += reversed(self._shown.values())
        for field in lesser:
            field.show()
        for at, field in enumerate(lesser):
            self._row.invalidate()
            # the first two go before a longer one is cut
            row = self._row
            wanted = row.sizeHint() if at < 2 else row.minimumSize()
            if width <= 0 or wanted.width() <= width:
                break
            field.hide()
