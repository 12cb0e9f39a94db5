"""The main window: it only puts the parts together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow

from dqmconsole.model.message import TRAINING
from dqmconsole.model.moment import show_local
from dqmconsole.shift.bad_now import worst_page
from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui.actions import Actions
from dqmconsole.ui.cheatsheet import CheatSheet
from dqmconsole.ui.clock import PaintClock
from dqmconsole.ui.commands import (
    COMMANDS,
    acknowledge,
    begin_shift,
    choose_reference_file,
    enter_draft,
    open_alarm,
    sheet_groups,
    shelve,
    show_tab,
    with_features,
)
from dqmconsole.ui.context import Context
from dqmconsole.ui.feature import hint_words
from dqmconsole.ui.fonts import apply_scale, scale, screen_scale
from dqmconsole.ui.geometry import put_on_screen
from dqmconsole.ui.guidance.reader import instruction_entries
from dqmconsole.ui.palette import Palette
from dqmconsole.ui.parts import build_parts, show_dock
from dqmconsole.ui.pictures import take
from dqmconsole.ui.presenter import Presenter
from dqmconsole.ui.theme import DARK, LIGHT, Colours, stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import (
        QCloseEvent,
        QImage,
        QKeyEvent,
        QResizeEvent,
        QShowEvent,
    )

    from dqmconsole.model.view_link import ViewLink
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.feature import Feature
    from dqmconsole.ui.live.overview import Opened
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.palette import PaletteEntry
    from dqmconsole.ui.pictures import Taken
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.theme import Theme

WIDEST_DOCKS = {"navigator": 0.22, "panel": 0.28}  # share of the window, at most
SIZE = (1600, 960)  # px of a window the first time, where the screen has the room


class MainWindow(QMainWindow):
    """Run header, navigator, page, panel and notice bar around one client of an engine.

    Args:
        client: what is rendered; closed with the window.
        settings: what is remembered.
        start_demo: opens the demo in `client`; None where there is none.
        clock: unix time, s.
        theme: the colours to begin with; the remembered ones when left out.
        session: the shift, closed with the window; one without a book when left out.
        features: what is added to the parts of every window.

    Attributes:
        clock: the one timer; it runs while the window is shown, and
            ``clock.tick()`` looks once.
        parts: the parts, complete.
        asks: closing it asks what becomes of a shift that is open.
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
        features: Sequence[Feature] = (),
    ) -> None:
        super().__init__()
        theme = theme or (DARK if settings.theme == DARK.name else LIGHT)
        session = session or ShiftSession(client, lambda _site, _banner: None, clock)
        self._client = client
        self._session = session
        self._settings = settings
        self.asks = True
        self._placed = False
        self._dock_widths: dict[str, tuple[int, float]] = {}  # px given, px wanted
        self.clock = PaintClock(client, clock, self)
        own = self._screen_scale()
        colours = Colours(theme, own * settings.text_size, settings.density)
        colours.changed.connect(self._style)
        self.context = Context(
            self, client, session, settings, colours, clock, start_demo
        )
        self.context.own_scale = own
        show_local(local=settings.local_time)
        self._write_at_scale()
        commands = with_features(features)
        self.parts, bar = build_parts(self.context, hint_words(COMMANDS))
        built = (feature.build(self.parts) for feature in features)
        self._added = [part for part in built if part is not None]
        self._presenter = Presenter(self.parts, self._added, self.clock.frame_time)
        self._actions = Actions(self.parts, commands, bar)
        self._palette = Palette(self._entries, self)
        self._sheet = CheatSheet(lambda: sheet_groups(commands, self.parts), self)
        self.parts.welcome.show_ways(self._actions.ways())
        self._connect()
        head = self.menuWidget()
        assert head is not None
        head.installEventFilter(self)
        self._style()
        self.resize(*SIZE)
        self.restoreGeometry(settings.geometry)
        self.restoreState(settings.arrangement)
        put_on_screen(self)
        self._actions.enable()

    # -- what others ask of it ---------------------------------------------------

    def open_page_named(self, name: str) -> None:
        """Show the page called "Layout/Page", now or when its site has come."""
        self.parts.view.show_page_named(name)

    def open_link(self, link: ViewLink) -> None:
        """Show what a link leads to, now or when its site has come."""
        words = self.parts.looking_back.open_link(link)
        if words:
            self.context.say(words)

    def open_worst_page(self) -> None:
        """Turn to the page with the worst verdicts."""
        view = self.parts.view
        name = worst_page(view.pages.names, self._client.mailbox.rollups)
        if name is not None:
            view.show_page(name)

    def picture(self) -> QImage:
        """A picture of the whole window."""
        return self.grab().toImage()

    def page_picture(self) -> Taken:
        """A picture of the page or plot shown, with source, run and time beneath."""
        return take(self.parts.view.picture, self.context.colours)

    def tell(self, words: str) -> None:
        """Say what went wrong in this program itself."""
        self._presenter.tell(words)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look into the mailbox."""
        super().showEvent(event)
        handle = self.windowHandle()
        if not self._placed:
            self._placed = True
            handle.screenChanged.connect(self._screen_changed)
        if self._client.source and self._client.banner not in ("DEMO", TRAINING):
            self._settings.remember_source(self._client.source)
        self._presenter.show_state()
        if not self._client.source:
            self.parts.welcome.focus_first()
        self.clock.start()

    def end(self) -> None:
        """Close, and do not ask about a shift that is open."""
        self.asks = False
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer a key that nothing took."""
        super().keyPressEvent(event)
        if not event.isAccepted():
            self._actions.refuse(QKeySequence(event.keyCombination()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep an open sheet over the window."""
        super().resizeEvent(event)
        self._place_sheets()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep an open sheet beneath header and alarms, however many these are."""
        if event.type() == QEvent.Type.Resize and watched is self.menuWidget():
            self._place_sheets()
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop looking, remember the arrangement, end the engine.

        With a shift open it is asked first what becomes of it.
        """
        if self.asks and self._session.open_shift:
            event.ignore()
            self.parts.leaving.open()
            return
        self.clock.stop()
        self.parts.wall.leave()
        self.parts.windows.close_all()
        self.parts.sound.close()
        for part in self._added:
            part.close()
        self._settings.leave_shift(self._session.open_shift)
        self._settings.remember_window(self.saveGeometry(), self.saveState())
        self._settings.save()
        super().closeEvent(event)
        self._session.close()
        self._client.close()

    # -- putting together -----------------------------------------------------------

    def _connect(self) -> None:
        context, parts = self.context, self.parts
        view = parts.view
        self.clock.looked.connect(self._look)
        self.clock.second.connect(self._presenter.second)
        view.watch_wanted.connect(self.clock.hurry)
        view.menu_wanted.connect(self._actions.show_plot_menu)
        view.page_shown.connect(self._presenter.page_shown)
        view.page_shown.connect(parts.navigator.tree.show_current)
        parts.header.pause_clicked.connect(context.pause)
        parts.navigator.page_opened.connect(view.turn_to)
        parts.navigator.plot_opened.connect(context.plot_wanted)
        parts.navigator.window_wanted.connect(context.own_window_wanted)
        parts.problems.plot_opened.connect(view.open_plot)
        parts.choices.test_wanted.connect(lambda: context.say(parts.sound.test()))
        parts.start.chain.wanted.connect(lambda: context.say(parts.chain.begin()))
        parts.strip.opened.connect(partial(open_alarm, parts))
        parts.strip.acknowledge_wanted.connect(self._acknowledge)
        parts.strip.shelve_wanted.connect(self._shelve)
        parts.strip.list_wanted.connect(partial(show_dock, parts.docks, "alarms"))
        parts.strip.menu_wanted.connect(self._actions.show_alarm_menu)
        parts.strip.changed.connect(self._actions.enable)
        parts.alarms.plot_opened.connect(view.open_plot)
        parts.alarms.row_opened.connect(partial(open_alarm, parts))
        parts.docks["alarms"].visibilityChanged.connect(self._show_alarm_list)
        parts.references.file_wanted.connect(partial(choose_reference_file, parts))
        parts.notices.clicked.connect(self._show_problems)
        parts.welcome.source_chosen.connect(context.open_source)
        parts.navigator.tree.overview_opened.connect(view.show_overview)
        view.turned.connect(self._turned)
        parts.overview.opened.connect(self._open_moment)
        parts.lately.plot_wanted.connect(view.select_plot)
        parts.lately.moment_wanted.connect(parts.looking_back.open_moment)
        parts.lately.news_wanted.connect(partial(begin_shift, parts))
        parts.start.begun.connect(view.return_to_overview)
        context.correction_wanted.connect(parts.entry.correct)
        context.selection_changed.connect(self._actions.enable)
        context.sense_changed.connect(self._actions.enable)
        context.palette_wanted.connect(self._palette.open)
        context.keys_wanted.connect(self._sheet.open)
        context.leave_wanted.connect(self._leave)
        parts.logbook.flags.signing_wanted.connect(parts.signing.ask)
        parts.signing.signed.connect(parts.logbook.flags.sign)
        self._connect_what_happened()
        parts.draft.entry_wanted.connect(partial(enter_draft, parts))
        parts.leaving.left.connect(self.end)
        parts.leaving.hand_over_wanted.connect(partial(show_tab, parts, "hand-over"))

    def _connect_what_happened(self) -> None:
        parts, view = self.parts, self.parts.view
        self.context.used.connect(lambda _name: parts.timeline.note_use())
        self.context.selection_changed.connect(parts.timeline.note_use)
        parts.lately.place_wanted.connect(self._open_place)
        parts.lately.filtered.connect(self._presenter.show_lately)
        listed = parts.timeline.list
        listed.plot_wanted.connect(view.select_plot)
        listed.moment_wanted.connect(parts.looking_back.open_moment)
        listed.news_wanted.connect(partial(begin_shift, parts))
        listed.place_wanted.connect(self._open_place)
        parts.silenced.plot_wanted.connect(view.open_plot)
        parts.coverage.plot_wanted.connect(view.open_plot)
        parts.header.coverage_clicked.connect(parts.coverage.open)

    def _look(self, now: float, changes: Changes) -> None:
        if self._presenter.look(now, changes):
            self._actions.enable()
        if changes.site or changes.engine:
            # of what is simulated the source is a folder that will be gone
            source = self._client.banner or self._client.source
            self.setWindowTitle(f"{source} – dqmconsole" if source else "dqmconsole")

    # -- what people do ------------------------------------------------------------

    def _acknowledge(self, row: Standing) -> None:
        self.context.say(acknowledge(self.parts, row))

    def _shelve(self, row: Standing) -> None:
        if refused := shelve(self.parts, row):
            self.context.say(refused)

    def _show_alarm_list(self, visible: bool) -> None:
        if visible:
            self.parts.alarms.show_alarms(self.context.clock())

    def _show_problems(self) -> None:
        words = self.parts.notices.words
        for each in self._session.unanswered:
            if each.sentence == words:
                self.parts.view.select_plot(each.key)
                return
        show_dock(self.parts.docks, "problems")

    def _turned(self) -> None:
        view, tree = self.parts.view, self.parts.navigator.tree
        if view.on_overview:
            tree.show_overview()
        elif view.on_page:
            tree.show_current(view.page)

    def _open_moment(self, wanted: Opened) -> None:
        """Show the page of a subsystem, with the plot that was worst at a moment."""
        view = self.parts.view
        page = view.pages.plot(wanted.key).page if wanted.key else None
        if page is None:
            page = worst_page(
                [name for name in view.pages.names if name.layout == wanted.layout],
                self._client.mailbox.rollups,
            )
        if page is not None:
            view.turn_to(page, wanted.key)
            if wanted.moment is not None:
                view.heading.show_moment(wanted.words)
                self.parts.looking_back.open_moment(wanted.moment)
            else:
                self.parts.looking_back.now()
                # said of this page: not to be read beside another
                self.context.answered.emit(wanted.words, lambda: view.page)

    def _open_place(self, run: int, lumisection: int) -> None:
        """Show a lumisection in the overview."""
        self.parts.view.show_overview()
        self.parts.overview.go_to_lumisection(run, lumisection)

    def _style(self) -> None:
        colours = self.context.colours
        grown = colours.scale / scale()
        self._write_at_scale()
        if grown != 1:
            self._widen_docks(grown)
        self.setStyleSheet(stylesheet(colours.theme, colours.scale, colours.room))
        self.parts.welcome.make_room()
        self._place_sheets()

    def _widen_docks(self, share: float) -> None:
        """Give the docks at the sides as much more room as their words take.

        Not so much that nothing is left for the page; smaller letters give it back.
        """
        for name, most in WIDEST_DOCKS.items():
            dock = self.parts.docks[name]
            if dock.isVisible() and not dock.isFloating():
                before = self._dock_widths.get(name, (0, 0.0))
                wanted = before[1] if dock.width() == before[0] else dock.width()
                wanted *= share
                given = round(min(wanted, self.width() * most))
                self._dock_widths[name] = (given, wanted)
                self.resizeDocks([dock], [given], Qt.Orientation.Horizontal)

    def _write_at_scale(self) -> None:
        """Bring text to the scale; what lies in windows, once it is there, too."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        colours = self.context.colours
        apply_scale(app, colours.scale, colours.room, (self,))

    def _screen_changed(self) -> None:
        """Take over the scale of another screen, and be whole on it."""
        if not self.parts.wall.on:
            self.context.rescale(self._screen_scale())
            put_on_screen(self)

    def _screen_scale(self) -> float:
        screen = self.screen()
        room = screen.availableGeometry()
        return screen_scale(
            room.width(),
            room.height(),
            screen.physicalDotsPerInch(),
            screen.logicalDotsPerInch(),
        )

    def _overlays(self) -> list[Overlay]:
        """All sheets over the window, the one that was raised last first."""
        added = [sheet for part in self._added for sheet in part.sheets]
        sheets = [self._palette, self._sheet, *added, *self.parts.sheets]
        heights = {each: at for at, each in enumerate(self.children())}
        return sorted(sheets, key=lambda each: -heights.get(each, -1))

    def _place_sheets(self) -> None:
        """Lay open sheets where there is room for them now."""
        for sheet in self._overlays():
            if sheet.isVisible():
                sheet.replace()

    def _leave(self) -> None:
        for overlay in self._overlays():
            if overlay.isVisible():
                overlay.dismiss()
                return
        if self.parts.wall.leave():
            return
        if self.parts.logbook.leave() or any(part.leave() for part in self._added):
            return
        self.parts.view.back()

    def _entries(self) -> list[PaletteEntry]:
        view = self.parts.view
        found = self._actions.entries(view.pages.names, view.turn_to)
        show = self.parts.reader.show_instruction
        return found + instruction_entries(self._client.site, show)
