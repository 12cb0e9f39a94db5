"""What all features of a window share: client, shift, theme, selection, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dqmconsole.model.moment import show_local, zone_words
from dqmconsole.ui.fonts import stepped
from dqmconsole.ui.theme import DARK, DENSITIES, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow

    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PageName, PlotPlace
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.theme import Colours, Density, Theme


class Context(QObject):
    """What every feature knows; a feature asks another one by a signal of it.

    Args:
        window: the window; sheets lie over it.
        client: what is rendered.
        session: the shift at this console.
        settings: what is remembered.
        colours: the look in force.
        clock: unix time, s.
        start_demo: opens the demo in `client`; None where there is none.

    Attributes:
        wall_clock: unix time, s, whatever is shown.
        own_scale: the scale before anybody chose one: of the screen, and of a wall.
        paused_at: unix time since when the pictures are held, or None.
        selection: the selected plot, or None.
        page: the page shown or returned to, or None.
        only: ids of the commands that are allowed; None for all of them.
        played: a training plays a recorded run: what comes of it is not live.
        no_run: what the overview says where no run is awaited; "" where one is.
        phone_outcome: tells of a role in training whether they answer the phone, and
            in words what happens; None where it is a real phone.

    Signals:
        paused: the pictures are held, or live again.
        opened: another source is being opened.
        selection_changed: another page, plot or selection.
        session_changed: what follows from the logbook is to be shown again.
        sense_changed: other commands may make sense now.
        used: id of a command that was carried out.
        said: what a command did, in words for the foot of the window.
        answered: what is so, in words likewise, and a function that gives what they
            follow from: once that is another, they go.
        page_wanted: "Layout/Page" to show, and to give the keyboard.
        plot_wanted: path of a monitor element, or key of a plot, to show alone.
        selection_wanted: key of a plot to select on its page.
        link_wanted: a Link to follow.
        instruction_wanted: id of an instruction or note to read; "id#section" too.
        correction_wanted: the Written entry to correct.
        palette_wanted, keys_wanted: an overlay to open.
        own_window_wanted: PageName or key of a plot, to show in a window of its own.
        leave_wanted: leave what lies on top.
    """

    paused = Signal()
    opened = Signal()
    selection_changed = Signal()
    session_changed = Signal()
    sense_changed = Signal()
    used = Signal(str)
    said = Signal(str)
    answered = Signal(str, object)
    page_wanted = Signal(str)
    plot_wanted = Signal(str)
    selection_wanted = Signal(str)
    link_wanted = Signal(object)
    instruction_wanted = Signal(str)
    correction_wanted = Signal(object)
    palette_wanted = Signal()
    keys_wanted = Signal()
    own_window_wanted = Signal(object)
    leave_wanted = Signal()

    def __init__(
        self,
        window: QMainWindow,
        client: EngineClient,
        session: ShiftSession,
        settings: Settings,
        colours: Colours,
        clock: Callable[[], float],
        start_demo: Callable[[], None] | None,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.client = client
        self.session = session
        self.settings = settings
        self.colours = colours
        self.wall_clock = clock
        self.start_demo = start_demo
        self.paused_at: float | None = None
        self.selection: PlotPlace | None = None
        self.page: PageName | None = None
        self.only: frozenset[str] | None = None
        self.played = False
        self.no_run = ""
        self.phone_outcome: Callable[[str], tuple[bool, str]] | None = None
        self.own_scale = 1.0

    @property
    def theme(self) -> Theme:
        """The theme in force; ``colours.changed`` says when it is another."""
        return self.colours.theme

    def switch_theme(self) -> None:
        """Light or dark, from now on."""
        self.choose_theme(LIGHT if self.theme is DARK else DARK)

    def choose_theme(self, theme: Theme) -> None:
        """Have these colours from now on."""
        self.settings.theme = theme.name
        self.colours.change(theme)

    def choose_text_size(self, factor: float) -> None:
        """Write in another size from now on: a share of the screen's own."""
        self.settings.text_size = factor
        self.rescale(self.own_scale)
        self.say(f"text at {factor:.0%}")

    def step_text_size(self, step: int) -> None:
        """Write larger or smaller from now on."""
        self.choose_text_size(stepped(self.settings.text_size, step))

    def rescale(self, own: float) -> None:
        """Take over the scale of another screen; the size chosen is a share of it."""
        self.own_scale = own
        self.colours.rescale(own * self.settings.text_size)

    def choose_density(self, density: Density) -> None:
        """Leave so much room around and between from now on."""
        self.settings.density = density
        self.colours.pack(density)
        self.say(f"the window is {density}")

    def switch_density(self) -> None:
        """The other density from now on."""
        first, second = DENSITIES
        self.choose_density(second if self.settings.density == first else first)

    def choose_clock(self, *, local: bool) -> None:
        """Show times by this machine's clock from now on, or in UTC."""
        self.settings.local_time = local
        show_local(local=local)
        self.colours.changed.emit()
        said = f"this machine's clock, {zone_words()}" if local else "UTC"
        self.say(f"times are in {said}; what is stored and reported stays in UTC")

    def switch_sound(self) -> None:
        """Let alarms sound from now on, or not."""
        self.settings.sound = not self.settings.sound
        on = "on" if self.settings.sound else "off"
        self.say(f"sound of alarms is {on}")

    def switch_notifications(self) -> None:
        """Let the desktop show urgent alarms from now on, or not."""
        self.settings.notify = not self.settings.notify
        on = "shows" if self.settings.notify else "does not show"
        self.say(f"the desktop {on} alarms while another window is in use")

    def allows(self, command: str) -> bool:
        """Tell whether a command is allowed now; a feature may leave only a few."""
        return self.only is None or command in self.only

    def clock(self) -> float:
        """Unix time, s; of an evidence bundle the moment it was made."""
        moment = self.client.moment
        return self.wall_clock() if moment is None else moment

    def say(self, sentence: str) -> None:
        """Say what a command did, or why it did not, with a capital at its head."""
        self.said.emit(sentence[:1].upper() + sentence[1:])

    def select(self, place: PlotPlace | None, page: PageName | None) -> None:
        """Note what is selected now, and the page shown or returned to."""
        self.selection, self.page = place, page
        self.selection_changed.emit()

    def open_source(self, source: str) -> None:
        """Open a source by its name; nothing for ""."""
        if not source:
            return
        self.settings.remember_source(source)
        self.client.open(source)
        self.forget_source()

    def open_demo(self) -> None:
        """Start the demo, where there is one."""
        if self.start_demo is not None:
            self.start_demo()
            self.forget_source()

    def forget_source(self) -> None:
        """Forget the source before: another one was opened."""
        self.resume()
        self.opened.emit()

    def pause(self) -> None:
        """Hold the pictures, or let them go on."""
        if self.paused_at is None:
            self.paused_at = self.wall_clock()
            self.paused.emit()
        else:
            self.resume()

    def resume(self) -> None:
        """Let the pictures go on, with the latest."""
        self.paused_at = None
        self.paused.emit()
