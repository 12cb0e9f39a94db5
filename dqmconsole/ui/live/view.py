"""The middle of the window: welcome, a page, or one plot, and what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QWidget

from dqmconsole.ui.live.abnormal import first_abnormal, summary_words
from dqmconsole.ui.live.pages import PageName, Pages, PlotPlace
from dqmconsole.ui.live.stage import Stage
from dqmconsole.ui.plot.tile_words import last_lumisection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.start.welcome import WelcomePage
    from dqmconsole.ui.theme import Theme


class ConsoleView(Stage):
    """What is looked at. Pages, plots and the selection live by their names.

    Attributes:
        pages: the pages of the site.
        page: the page shown or returned to, or None.

    Signals:
        moved: another page, plot or selection; commands may be enabled or not now.
        page_shown: the PageName of another page.
    """

    moved = Signal()
    page_shown = Signal(object)

    def __init__(
        self,
        client: EngineClient,
        theme: Theme,
        welcome: WelcomePage,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, theme, welcome, parent)
        self._selections: dict[PageName, str] = {}
        self._wish = ""
        self.pages = Pages()
        self.page: PageName | None = None
        self.grid.selection_changed.connect(self._selection_changed)
        self.grid.opened.connect(self.open_plot)
        self.detail.mode_chosen.connect(self.set_mode)
        self.show_welcome()

    # -- what is shown --------------------------------------------------------

    @property
    def selected(self) -> PlotPlace | None:
        """The selected plot: of the page, or the one shown alone."""
        if self.in_detail:
            return self.detail.place
        if not self.on_page or not self.grid.selected:
            return None
        return self.pages.plot(self.grid.selected)

    @property
    def modes(self) -> Mapping[str, ReferenceMode]:
        """The comparisons chosen by hand, by key; others are as their layouts say."""
        return self._choices.modes

    def bring_guest(self, widget: QWidget) -> None:
        """Show a widget that was taken in; no plot is selected then."""
        super().bring_guest(widget)
        self._changed_place()

    # -- going about -----------------------------------------------------------

    def show_welcome(self) -> None:
        """Show the welcome page."""
        self._bring(self.welcome)
        self._changed_place()

    def source_opened(self) -> None:
        """Forget the site of the source before."""
        self.pages = Pages()
        self.show_welcome()

    def wish_page(self, name: str) -> None:
        """Show the page called "Layout/Page", case ignored, as soon as there is one."""
        self._wish = name.casefold()
        self._grant_wish()

    def show_page(self, name: PageName, key: str = "") -> None:
        """Show a page, with `key` or the plot selected there before selected."""
        page = self.pages.page(name)
        if page is None:
            return
        news = name != self.page
        self.page = name
        places = [self._choices.drawn(place) for place in self.pages.plots(name)]
        keys = [place.key for place in places]
        wanted = key or self._selections.get(name, "")
        if wanted not in keys:
            wanted = first_abnormal(keys, self._client.verdicts)
        self._bring(self.grid)
        self.grid.show_plots(places, page.columns, wanted)
        self.grid.setAccessibleName(f"{name.layout} › {name.page}")
        for tile in self.grid.tiles:
            tile.set_mode(self._choices.modes.get(tile.key))
            tile.set_engine_silent(self.quiet)
        self.grid.refresh(self._client, None, held=self.held)
        if news:
            self.page_shown.emit(name)
        self._changed_place()

    def step_page(self, step: int) -> None:
        """Show the page `step` further on."""
        name = self.pages.neighbour(self.page, step)
        if name is not None:
            self.show_page(name)
            self.grid.focus_selected()

    def open_plot(self, key: str) -> None:
        """Show one plot alone; any path of the source that is no plot's key, too."""
        place = self._choices.drawn(self.pages.plot(key))
        if place.page is not None and (place.page != self.page or not self.on_page):
            self.show_page(place.page, key)
        self._bring(self.detail)
        mode = self._choices.modes.get(key)
        self.detail.show_plot(place, mode)
        self.detail.tile.set_engine_silent(self.quiet)
        self.detail.refresh(self._client, mode, held=self.held)
        self.detail.focus_tile()
        self._changed_place()

    def select_plot(self, key: str) -> None:
        """Show the page a plot stands on, with the plot selected."""
        page = self.pages.plot(key).page
        if page is not None:
            self.show_page(page, key)
            self.grid.focus_selected()

    def step_plot(self, step: int) -> None:
        """In the detail view: show the plot `step` further on its page."""
        place = self.detail.place
        if place is None or place.page is None:
            return
        keys = [other.key for other in self.pages.plots(place.page)]
        if place.key in keys:
            self.open_plot(keys[(keys.index(place.key) + step) % len(keys)])

    def back(self) -> None:
        """From one plot to its page; on a page: give it the keyboard."""
        if not self.on_page and self.page is not None:
            self.show_page(self.page)
        if self.on_page:
            self.grid.focus_selected()

    # -- how it is drawn --------------------------------------------------------

    def cycle_mode(self) -> None:
        """Compare the selected plot with its reference in the next way."""
        place, tile = self.selected, self.selected_tile()
        if place is not None and tile is not None:
            self.set_mode(self._choices.next_mode(place, tile.tile))

    def set_mode(self, mode: ReferenceMode) -> None:
        """Compare the selected plot with its reference so."""
        place, tile = self.selected, self.selected_tile()
        if place is None or tile is None:
            return
        self._choices.choose(place.key, mode)
        tile.set_mode(mode)
        if self.in_detail:
            self.detail.show_mode(mode)
        self._need_watch()

    def toggle_log(self) -> None:
        """Draw the selected plot's values (y; of a map z) in a logarithm, or not."""
        place, tile = self.selected, self.selected_tile()
        if place is None or tile is None:
            return
        shown, reference = tile.tile, self._client.references.get(place.key)
        self._choices.turn_log(place.key, shown)
        drawn = self._choices.drawn(self.pages.plot(place.key))
        if self.in_detail:
            self.detail.place = drawn
        tile.assign(drawn.key, drawn.plot)
        tile.set_mode(self._choices.modes.get(place.key))
        tile.set_engine_silent(self.quiet)
        if shown is not None:
            last = last_lumisection(shown, self._client.run.clients)
            tile.show_tile(shown, reference, last)

    # -- what comes in -----------------------------------------------------------

    def look(self, changes: Changes) -> None:
        """Show what a look into the session brought, and watch what is visible."""
        if changes.site:
            self._site_came()
        if changes.tiles:
            self.refresh(changes.tiles)
        if changes.statuses or changes.tiles:
            self._write_heading()
        self._watch_if_needed()

    # -- inside -----------------------------------------------------------------

    def _site_came(self) -> None:
        self.pages = Pages(self._client.site)
        place = self.detail.place if self.in_detail else None
        name = self.pages.nearest(self.page)
        if self.has_guest:
            self.page = name  # a shift that begins is not interrupted
        elif name is not None:
            self.show_page(name)
        elif place is None:
            self.show_welcome()
        if place is not None:
            gone = place.page is not None and self.pages.plot(place.key).page is None
            if not gone:
                self.open_plot(place.key)
        self._grant_wish()
        holder = QApplication.focusWidget()
        if self.on_page and (holder is None or not holder.isVisible()):
            self.grid.focus_selected()

    def _grant_wish(self) -> None:
        for name in self.pages.names:
            if self._wish and f"{name.layout}/{name.page}".casefold() == self._wish:
                self._wish = ""
                self.show_page(name)

    def _selection_changed(self, key: str) -> None:
        if self.page is not None:
            self._selections[self.page] = key
        self.moved.emit()

    def _changed_place(self) -> None:
        self._write_heading()
        self.moved.emit()

    def _write_heading(self) -> None:
        place = self.detail.place
        if self.on_page and self.page is not None:
            title = f"{self.page.layout} › {self.page.page}"
            keys = [tile.key for tile in self.grid.tiles]
        elif self.in_detail and place is not None:
            where = [*place.page] if place.page else []
            title = " › ".join([*where, place.plot.title or place.plot.path])
            keys = [place.key]
        else:
            return
        self.heading.show_words(title, summary_words(keys, self._client))
