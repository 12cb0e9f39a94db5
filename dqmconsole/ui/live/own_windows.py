"""Pages and plots in windows of their own, beside the main one, and as live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from dqmconsole.shift.pages import PageName
from dqmconsole.ui.fonts import follow_scale, px
from dqmconsole.ui.geometry import put_on_screen
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.live.page import NO_PLOT, PageGrid
from dqmconsole.ui.live.view import PageHeading, title_words
from dqmconsole.ui.pictures import Picture, Shown
from dqmconsole.ui.theme import stylesheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QCloseEvent, QContextMenuEvent

    from dqmconsole.model.message import WatchItem
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.plot.tile import PlotTile

SIZE = (900, 640)  # px of a new one at scale 1
OFFSET = 32  # px between new ones
PAGE, PLOT = "page", "plot"


def name_of(target: PageName | str) -> str:
    """By what a window is remembered: the page or plot that it shows."""
    return (
        f"{PAGE} {target.key}" if isinstance(target, PageName) else f"{PLOT} {target}"
    )


class OwnWindow(QWidget):
    """One page, or one plot, in a window of its own.

    Args:
        context: what is rendered, and how it looks.
        view: the middle of the main window: what is chosen there holds here too.
        target: the page, or the key of the plot.

    Attributes:
        target: the same.
        plots: what shows it: a page's plots, or the plot alone.

    Signals:
        watch_needed: other plots are seen here.
        menu_wanted: where on the screen, and in which widget, somebody wants the menu
            of the selected plot.
        closed: it was closed.
    """

    watch_needed = Signal()
    menu_wanted = Signal(QPoint, QWidget)
    closed = Signal()

    def __init__(
        self, context: Context, view: ConsoleView, target: PageName | str
    ) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._context = context
        self._view = view
        self.target = target
        self.heading = PageHeading()
        self.plots: PageGrid | DetailView
        if isinstance(target, PageName):
            self.plots = PageGrid(context.colours, self)
            self.plots.linked_changed.connect(self._write_heading)
            self.plots.opened.connect(self.open_in_console)
        else:
            self.plots = DetailView(context.colours, context.client, self)
            self.plots.mode_chosen.connect(view.choose_mode)
            self.plots.kind_changed.connect(context.sense_changed)
        self.plots.watch_needed.connect(self.watch_needed)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.plots, 1)
        context.colours.changed.connect(self._style)
        self._style()
        self.show_target()

    @property
    def key(self) -> str:
        """Key of the plot shown alone; "" of a page."""
        return "" if isinstance(self.target, PageName) else self.target

    @property
    def grid(self) -> PageGrid:
        """The plots of a page; there is none where a plot is shown alone."""
        assert isinstance(self.plots, PageGrid)
        return self.plots

    @property
    def detail(self) -> DetailView:
        """The plot alone; there is none where a page is shown."""
        assert isinstance(self.plots, DetailView)
        return self.plots

    @property
    def tiles(self) -> Sequence[PlotTile]:
        """The tiles shown here."""
        return [self.detail.tile] if self.key else self.grid.tiles

    @property
    def keys(self) -> Sequence[str]:
        """Keys of the plots shown here."""
        return [self.key] if self.key else [tile.key for tile in self.grid.tiles]

    @property
    def selected(self) -> PlotPlace | None:
        """The selected plot: of the page, or the one shown alone."""
        key = self.key or self.grid.selected
        return self._view.drawn(key) if key else None

    def selected_tile(self) -> PlotTile | None:
        """The tile that draws it."""
        return self.detail.tile if self.key else self.grid.tile(self.grid.selected)

    def picture(self) -> Picture:
        """A picture of the page or plot, with a line of when and what."""
        drawn, theme = self.plots.drawn(), self._context.theme
        title, summary = self.heading.title, self.heading.summary
        return Picture(drawn, theme, title, summary, (self._view.caption(),))

    def shown(self) -> Shown:
        """What is looked at here now, with a picture of it."""
        place, name = self.selected, None
        if isinstance(self.target, PageName):
            name = self.target
        elif place is not None:
            name = place.page
        return self._view.seen(
            self.heading.title, name, place, self.keys, self.picture()
        )

    def show_target(self) -> None:
        """Show page or plot as the site has it now, and as it is chosen."""
        view = self._view
        if isinstance(self.target, PageName):
            view.fill(self.grid, self.target, self.grid.selected)
        else:
            self.detail.show_plot(
                view.drawn(self.target), view.choices.modes.get(self.target)
            )
        self.set_quiet(view.quiet)
        self.show_alarms()
        self.refresh(None)
        self._write_heading()
        self.watch_needed.emit()

    def forget_pictures(self) -> None:
        """Forget what is drawn: another source is open."""
        if self.key:
            self.detail.tile.assign("", NO_PLOT)
        else:
            self.grid.show_plots((), 1, "")

    def watch_items(self) -> list[WatchItem]:
        """What the engine is to send: what is seen of it."""
        if not self.isVisible() or self.isMinimized():
            return []
        return self.plots.watch_items(self._view.choices)

    def refresh(self, keys: frozenset[str] | None) -> None:
        """Show the latest pictures: of some plots, or of all with None."""
        held = self._context.paused_at is not None
        client = self._context.client
        if isinstance(self.target, PageName):
            self.grid.refresh(client, keys, held=held)
        elif keys is None or self.target in keys:
            self.detail.refresh(client, held=held)

    def place_shown(self) -> tuple[PageName | None, str]:
        """The page that is looked at here, and the path of a plot alone, or ""."""
        if isinstance(self.target, PageName):
            return self.target, ""
        place = self._view.drawn(self.target)
        return place.page, place.plot.path

    def show_moment(self) -> None:
        """Show that the plots are of another moment, or of now again."""
        self.refresh(None)
        self._write_heading()

    def look(self, changes: Changes) -> None:
        """Show what a look into the session brought."""
        if self.key:
            self.detail.look(changes)
        past = self._view.watching.past is not None
        if past and (changes.statuses or changes.history):
            self.refresh(None)  # it says what is now, too
        elif changes.tiles:
            self.refresh(changes.tiles)
        if changes.statuses or changes.tiles:
            self._write_heading()

    def second(self, now: float, quiet: float | None) -> None:
        """Show the ages of the data, and that the engine is silent.

        Args:
            now: unix time, s.
            quiet: seconds the engine has been silent, once that is said, else None.
        """
        self.set_quiet(quiet)
        for tile in self.tiles:
            tile.tick(now)

    def show_alarms(self) -> None:
        """Say on every tile how its alarm stands, where it does not ask."""
        for tile in self.tiles:
            tile.set_alarm(self._view.alarms.get(tile.key, ""))

    def set_quiet(self, seconds: float | None) -> None:
        """Say on every tile how long the engine is silent."""
        for tile in self.tiles:
            tile.set_engine_silent(seconds)

    def open_in_console(self, key: str = "") -> None:
        """Show a plot in the main window: the one selected here when left out."""
        key = key or self.key or self.grid.selected
        if key:
            self._context.window.activateWindow()
            self._context.plot_wanted.emit(key)

    def leave(self) -> None:
        """Close what is open in it; from the whole screen back; else close it."""
        if self.key and self.detail.leave():
            return
        if self.isFullScreen():
            self.showNormal()
        else:
            self.close()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select the plot under the mouse, and ask for its menu."""
        if not self.key:
            self.grid.select_at(event.globalPos())
        if self.selected is not None:
            self.menu_wanted.emit(event.globalPos(), self.plots)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell, so that it is watched no more."""
        super().closeEvent(event)
        self.closed.emit()

    # -- inside --------------------------------------------------------------------

    def _style(self) -> None:
        colours = self._context.colours
        follow_scale(self, colours.room)
        self.setStyleSheet(stylesheet(colours.theme, colours.scale, colours.room))

    def _write_heading(self) -> None:
        if isinstance(self.target, PageName):
            title = self.target.title
            linked = self.grid.linked
            if not self.keys:
                title += ": not in this site"
        else:
            title = title_words(self._view.drawn(self.target))
            linked = False
        self.heading.show_words(title, self.keys, self._context.client, linked=linked)
        self.setWindowTitle(title)
        self.setAccessibleName(f"Own window: {title}")


class OwnWindows(QObject):
    """All windows beside the main one.

    Args:
        context: what is rendered.
        view: the middle of the main window.

    Attributes:
        open: the windows, the oldest first.

    Signals:
        opened: an OwnWindow that is new: commands are to work in it.
    """

    opened = Signal(object)

    def __init__(self, context: Context, view: ConsoleView) -> None:
        super().__init__(context)
        self._context = context
        self._view = view
        self._needed: set[OwnWindow] = set()
        self._wanted = tuple(context.settings.windows)
        self.open: list[OwnWindow] = []
        context.own_window_wanted.connect(self._asked)
        context.opened.connect(self._source_opened)
        context.paused.connect(self._paused)
        view.chosen.connect(self._chosen)
        view.looked_back.connect(self._looked_back)

    @property
    def current(self) -> OwnWindow | None:
        """The one that has the keyboard, or None."""
        active = QApplication.activeWindow()
        return active if isinstance(active, OwnWindow) else None

    @property
    def active(self) -> ConsoleView | OwnWindow:
        """Where the selected plot is that keys are about: here, or the main window."""
        return self.current or self._view

    @property
    def detail(self) -> DetailView | None:
        """The plot alone that has the keyboard, here or in the main window; or None."""
        if self.current is not None:
            return self.current.detail if self.current.key else None
        return self._view.detail if self._view.in_detail else None

    @property
    def tile(self) -> PlotTile | None:
        """The plot that has the keyboard: alone, or selected on a page; or None."""
        return self.active.selected_tile()

    @property
    def grid(self) -> PageGrid | None:
        """The page that has the keyboard, here or in the main window; or None."""
        if self.current is not None:
            return None if self.current.key else self.current.grid
        return self._view.grid if self._view.on_page else None

    def show_window(self, target: PageName | str) -> OwnWindow:
        """Show a page or plot in a window of its own: the one it has, or a new one."""
        for window in self.open:
            if window.target == target:
                window.showNormal() if window.isMinimized() else window.show()
                window.activateWindow()
                return window
        window = OwnWindow(self._context, self._view, target)
        main = self._context.window.geometry()
        shift = px(OFFSET) * (len(self.open) + 1)
        window.setGeometry(main.x() + shift, main.y() + shift, px(SIZE[0]), px(SIZE[1]))
        window.restoreGeometry(self._context.settings.place(name_of(target)))
        put_on_screen(window)
        self.open.append(window)
        window.watch_needed.connect(lambda: self._need_watch(window))
        window.closed.connect(lambda: self._closed(window))
        self.opened.emit(window)
        window.show()
        window.activateWindow()
        self._need_watch(window)
        self._focus(window)
        return window

    def show_selected(self) -> None:
        """Show the selected plot of the main window in one of its own."""
        place = self._view.selected
        if place is not None:
            self.show_window(place.key)

    def show_page(self) -> None:
        """Show the page of the main window in one of its own."""
        if self._view.page is not None:
            self.show_window(self._view.page)

    def look(self, changes: Changes) -> None:
        """Show what a look brought; watch what is seen; after the main window."""
        if changes.site:
            self._site_came()
        for window in self.open:
            window.look(changes)
        needed, self._needed = self._needed, set()
        for window in self.open:
            if window in needed:
                self._view.watching.want(window, window.watch_items())
                window.refresh(None)  # what scrolled into view may be known already

    def second(self, now: float) -> None:
        """Show the ages of the data.

        Args:
            now: unix time, s.
        """
        if not self._allowed:
            for window in list(self.open):
                window.close()  # an exam shows what is asked about, and nothing else
        if self._context.client.moment is not None:
            now = self._context.client.moment
        for window in self.open:
            window.second(now, self._view.quiet)

    def close_all(self) -> None:
        """Close all of them with the main window, and remember which there were."""
        settings = self._context.settings
        open_now = [name_of(window.target) for window in self.open]
        settings.windows = open_now or self._wanted
        for window in list(self.open):
            window.close()

    # -- inside --------------------------------------------------------------------

    @property
    def _allowed(self) -> bool:
        return self._context.allows("own-page")

    def _asked(self, target: PageName | str) -> None:
        if self._allowed:
            self.show_window(target)

    def _need_watch(self, window: OwnWindow) -> None:
        self._needed.add(window)
        self._view.watch_wanted.emit()

    def _closed(self, window: OwnWindow) -> None:
        if window not in self.open:
            return
        geometry = window.saveGeometry()
        self._context.settings.remember_place(name_of(window.target), geometry)
        self.open.remove(window)
        self._needed.discard(window)
        self._view.watching.forget(window)
        window.deleteLater()
        self._context.window.activateWindow()
        self._context.sense_changed.emit()

    def _site_came(self) -> None:
        """Show everything as the new site has it; open again what was open."""
        for window in self.open:
            window.show_target()
        wanted, self._wanted = self._wanted, ()
        known: list[PageName | str] = [*self._view.pages.names]
        known += self._view.pages.keys()
        targets = {name_of(each): each for each in known} if wanted else {}
        for name in wanted:
            if name in targets and self._allowed:
                self.show_window(targets[name])
        if wanted:
            self._context.window.activateWindow()

    def _source_opened(self) -> None:
        for window in self.open:
            window.forget_pictures()

    def _paused(self) -> None:
        if self._context.paused_at is None:
            for window in self.open:
                window.refresh(None)

    def _looked_back(self) -> None:
        for window in self.open:
            window.show_moment()

    def _chosen(self, key: str) -> None:
        """Draw a plot otherwise here too, wherever that was chosen."""
        for window in self.open:
            if key in window.keys:
                window.show_target()

    def _focus(self, window: OwnWindow) -> None:
        if window.key:
            window.detail.focus_tile()
        else:
            window.grid.focus_selected()
