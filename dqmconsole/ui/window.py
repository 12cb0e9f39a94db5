"""The main window: it only puts the parts together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from dqmconsole.model.message import TRAINING
from dqmconsole.shift.session import NOTHING_NEW, ShiftSession
from dqmconsole.ui.actions import Actions
from dqmconsole.ui.arrangement import Parts, arrange, arrange_book
from dqmconsole.ui.cheatsheet import CheatSheet
from dqmconsole.ui.clock import PaintClock
from dqmconsole.ui.commands import (
    hint_words,
    key_words,
    sheet_groups,
    with_features,
)
from dqmconsole.ui.context import Context
from dqmconsole.ui.guidance.entries import instruction_entries
from dqmconsole.ui.live.abnormal import worst_page
from dqmconsole.ui.live.header import RunHeader
from dqmconsole.ui.live.navigator import Navigator
from dqmconsole.ui.live.notices import NoticeBar
from dqmconsole.ui.live.panel import PlotPanel
from dqmconsole.ui.live.problems import ProblemList
from dqmconsole.ui.live.rendering import Rendering
from dqmconsole.ui.live.view import ConsoleView
from dqmconsole.ui.palette import Palette
from dqmconsole.ui.shift_parts import ShiftParts
from dqmconsole.ui.start.welcome import WelcomePage
from dqmconsole.ui.start.words import shift_words
from dqmconsole.ui.style import window_style
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QImage, QShowEvent

    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.feature import MakeFeature
    from dqmconsole.ui.live.pages import PageName
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.palette import Entry
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.theme import Theme


class MainWindow(QMainWindow):
    """Run header, navigator, page, panel and notice bar around one session.

    Args:
        client: what is rendered; closed with the window.
        settings: what is remembered.
        start_demo: opens the demo in `client`; None where there is none.
        clock: unix time, s.
        theme: the colours to begin with; the remembered ones when left out.
        session: the shift, closed with the window; one without a book when left out.
        features: makes what this window has besides what every window has.

    Attributes:
        clock: the one timer; it runs while the window is shown, and
            ``clock.tick()`` looks once.
        view: the middle of the window.
        asks: closing it asks what becomes of a shift that is open.
        context: what commands work with.
    """

    def __init__(
        self,
        client: EngineClient,
        settings: Settings,
        *,
        start_demo: Callable[[], None] | None,
        clock: Callable[[], float],
        theme: Theme | None = None,
        session: ShiftSession | None = None,
        features: Sequence[MakeFeature] = (),
    ) -> None:
        super().__init__()
        theme = theme or (DARK if settings.theme == DARK.name else LIGHT)
        self._session = session or ShiftSession(
            client, lambda _site, _banner: None, clock
        )
        self._client = client
        self._settings = settings
        self.asks = True
        self.clock = PaintClock(client, clock, self)
        welcome = WelcomePage(with_demo=start_demo is not None)
        self.view = ConsoleView(client, theme, welcome)
        self._parts = Parts(
            header=RunHeader(theme),
            navigator=Navigator(client, theme),
            view=self.view,
            panel=PlotPanel(theme),
            problems=ProblemList(theme),
            notices=NoticeBar(theme, hint_words()),
        )
        bar, docks = arrange(self, self._parts)
        self.context = Context(
            self,
            client,
            self._session,
            self.view,
            self._parts.navigator,
            docks,
            settings,
            start_demo,
            clock,
            theme,
        )
        self.context.parts = self._parts
        self._shift = ShiftParts(self.context, theme)
        self.context.shift_parts = self._shift
        docks["book"] = arrange_book(self, self._shift.book)
        self.view.add_guest(self._shift.begin)
        self._parts.panel.take_in(self._shift.guidance)
        self._parts.header.take_in(self._shift.band)
        self._features = [make(self.context, theme) for make in features]
        commands = with_features(
            command for feature in self._features for command in feature.commands
        )
        self._rendering = Rendering(
            client, self._parts, self.context, self.clock.frame_time
        )
        self._actions = Actions(
            self.context,
            {"window": self, "page": self.view.grid, "detail": self.view.detail},
            bar,
            commands,
        )
        self._palette = Palette(self._entries, self)
        self._sheet = CheatSheet(sheet_groups(commands), self)
        self._connect(welcome)
        for command in commands:
            if command.welcome:
                pressed = partial(self.carry_out, command.id)
                welcome.add_button(command.welcome, key_words(command), pressed)
        self.set_theme(theme)
        self.resize(QSize(1600, 960).boundedTo(self.screen().availableSize()))
        self.restoreGeometry(settings.geometry)
        self.restoreState(settings.arrangement)
        self._actions.enable()

    # -- what others ask of it ---------------------------------------------------

    def open_page_named(self, name: str) -> None:
        """Show the page called "Layout/Page", now or when its site has come."""
        self.view.wish_page(name)

    def carry_out(self, command: str) -> None:
        """Carry a command out by its id, if it makes sense now."""
        self._actions.trigger(command)

    def open_worst_page(self) -> None:
        """Turn to the page with the worst verdicts."""
        name = worst_page(self.view.pages.names, self._client.mailbox.rollups)
        if name is not None:
            self.view.show_page(name)

    def picture(self) -> QImage:
        """A picture of the whole window."""
        return self.grab().toImage()

    def page_picture(self) -> QImage:
        """A picture of the page or plot shown, with source, run and time beneath."""
        return self.context.shown_picture()

    def tell(self, words: str) -> None:
        """Say what went wrong in this program itself."""
        self._rendering.tell(words)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in another theme."""
        self.context.theme = theme
        self.setStyleSheet(window_style(theme))
        self._rendering.set_theme(theme)
        self._shift.set_theme(theme)
        for feature in self._features:
            feature.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look into the session."""
        super().showEvent(event)
        if self._client.source and self._client.banner not in ("DEMO", TRAINING):
            self._settings.remember_source(self._client.source)
        self._rendering.show_state()
        if not self._client.source:
            self.view.welcome.focus_first()
        self.clock.start()

    def end(self) -> None:
        """Close, and do not ask about a shift that is open."""
        self.asks = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop looking, remember the arrangement, end the engine.

        With a shift open it is asked first what becomes of it.
        """
        if self.asks and self._session.open_shift:
            event.ignore()
            self._shift.leaving.open()
            return
        self.clock.stop()
        self._shift.entry.finish()
        if self._session.open_shift:
            self._settings.open_shift = self._session.open_shift
        self._settings.remember_window(self.saveGeometry(), self.saveState())
        self._settings.save()
        super().closeEvent(event)
        self._session.close()
        self._client.close()

    # -- putting together -----------------------------------------------------------

    def _connect(self, welcome: WelcomePage) -> None:
        context, view, parts = self.context, self.view, self._parts
        self.clock.looked.connect(self._look)
        self.view.watch_wanted.connect(self.clock.hurry)
        self.clock.second.connect(self._rendering.second)
        self.clock.second.connect(self._shift.second)
        view.page_shown.connect(self._shift.page_shown)
        self._shift.guidance.page_wanted.connect(view.wish_page)
        self._shift.guidance.plot_wanted.connect(self._open_plot)
        parts.header.pause_clicked.connect(context.pause)
        parts.navigator.page_opened.connect(self._open_page)
        parts.navigator.plot_opened.connect(self._open_plot)
        parts.problems.plot_opened.connect(view.open_plot)
        parts.notices.clicked.connect(self._show_problems)
        welcome.source_chosen.connect(context.open_source)
        welcome.file_wanted.connect(lambda: self._actions.trigger("open-file"))
        welcome.folder_wanted.connect(lambda: self._actions.trigger("open-folder"))
        welcome.demo_wanted.connect(context.start_demo)
        context.sense_changed.connect(self._actions.enable)
        for feature in self._features:
            self.clock.second.connect(feature.second)
            self._actions.used.connect(feature.use)
        view.moved.connect(self._moved)
        view.page_shown.connect(parts.navigator.tree.show_current)
        context.paused.connect(self._rendering.show_paused)
        context.opened.connect(self._rendering.show_opening)
        context.theme_wanted.connect(self._switch_theme)
        context.palette_wanted.connect(self._palette.open)
        context.keys_wanted.connect(self._sheet.open)
        context.leave_wanted.connect(self._leave)
        self._shift.leaving.left_open.connect(self.end)
        self._shift.leaving.ended.connect(self._end_shift)
        self._shift.leaving.hand_over_wanted.connect(
            lambda: self._actions.trigger("hand-over")
        )
        context.said.connect(self._rendering.say)
        context.answered.connect(self._rendering.answer)

    def _look(self, now: float, changes: Changes) -> None:
        news = self._session.look(now, changes)
        if (news.records or news.state) and self._session.book.word == "ready":
            self._take_up_shift()
        self._rendering.look(now, changes)
        self._shift.look(now, changes, news)
        for feature in self._features:
            feature.look(now)
        if changes.site or changes.run or changes.release or news != NOTHING_NEW:
            self._actions.enable()
        if changes.site or changes.engine:
            # of what is simulated the source is a folder that will be gone
            source = self._client.banner or self._client.source
            self.setWindowTitle(f"{source} – dqmconsole" if source else "dqmconsole")

    # -- what people do ------------------------------------------------------------

    def _open_page(self, name: PageName) -> None:
        self.view.show_page(name)
        self.view.grid.focus_selected()

    def _open_plot(self, key: str) -> None:
        self.view.open_plot(self.view.pages.key_of(key))

    def _show_problems(self) -> None:
        words = self._parts.notices.words
        for each in self._session.unanswered:
            if each.sentence == words:
                self.view.select_plot(each.key)
                return
        self.context.docks["problems"].show()

    def _moved(self) -> None:
        self._rendering.show_selection()
        self._shift.show_selection()
        self._actions.enable()

    def _take_up_shift(self) -> None:
        if self._session.resume(self._settings.open_shift):
            self._rendering.say(
                f"The shift goes on: {shift_words(self._session.shift)}"
            )

    def _end_shift(self) -> None:
        refused = self._session.end()
        if refused:
            self._rendering.say(refused)
        else:
            self.end()

    def _switch_theme(self) -> None:
        theme = LIGHT if self.context.theme is DARK else DARK
        self._settings.theme = theme.name
        self.set_theme(theme)

    def _leave(self) -> None:
        overlays: tuple[Palette | CheatSheet | Overlay, ...]
        added = (sheet for feature in self._features for sheet in feature.sheets)
        overlays = (self._palette, self._sheet, *added, *self._shift.sheets)
        for overlay in overlays:
            if overlay.isVisible():
                overlay.dismiss()
                return
        if not any(feature.leave() for feature in self._features):
            self.view.back()

    def _entries(self) -> list[Entry]:
        found = self._actions.entries(self.view.pages.names, self._open_page)
        show = self._shift.reader.show_instruction
        return found + instruction_entries(self._client.site, show)
