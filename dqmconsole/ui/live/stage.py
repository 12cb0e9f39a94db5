"""The stage in the middle of the window: what is on it is drawn, watched, aged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from dqmconsole.shift.liveness import silence
from dqmconsole.ui.live.choices import Choices
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.live.heading import Heading
from dqmconsole.ui.live.page import NO_PLOT, PageGrid

if TYPE_CHECKING:
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.plot.tile import PlotTile
    from dqmconsole.ui.start.welcome import WelcomePage
    from dqmconsole.ui.theme import Theme


class Stage(QWidget):
    """The welcome page, a page of plots, or one plot alone; one of them is seen.

    Attributes:
        heading: the line over pages and plots.
        welcome, grid, detail: the three.
        held: the pictures are held (pause).
        quiet: seconds the engine has been silent, once that is said, else None.

    Signals:
        watch_wanted: other plots are seen; the next look tells the engine.
    """

    watch_wanted = Signal()

    def __init__(
        self,
        client: EngineClient,
        theme: Theme,
        welcome: WelcomePage,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._choices = Choices()
        self._watch_needed = True
        self.held = False
        self.quiet: float | None = None
        self.heading = Heading()
        self.welcome = welcome
        self.grid = PageGrid(theme)
        self.detail = DetailView(theme)
        self._stack = QStackedWidget()
        for widget in (welcome, self.grid, self.detail):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self._stack, 1)
        self.grid.watch_needed.connect(self._need_watch)
        self.detail.watch_needed.connect(self._need_watch)

    @property
    def on_page(self) -> bool:
        """Tell whether a page is shown."""
        return self._stack.currentWidget() is self.grid

    @property
    def in_detail(self) -> bool:
        """Tell whether one plot is shown alone."""
        return self._stack.currentWidget() is self.detail

    def add_guest(self, widget: QWidget) -> None:
        """Take in another widget that can be shown in the middle."""
        self._stack.addWidget(widget)

    def bring_guest(self, widget: QWidget) -> None:
        """Show a widget that was taken in."""
        self._bring(widget)

    @property
    def has_guest(self) -> bool:
        """Tell whether a widget that was taken in is shown."""
        shown = self._stack.currentWidget()
        return shown not in (self.welcome, self.grid, self.detail)

    def forget_pictures(self) -> None:
        """Forget what is drawn: another source is open.

        Its plots may have the keys, runs and versions of the ones before.
        """
        self.grid.show_plots((), 1, "")
        self.detail.tile.assign("", NO_PLOT)

    def forget_choices(self) -> None:
        """Draw everything as its layout says: somebody else begins at this console."""
        self._choices = Choices()

    def selected_tile(self) -> PlotTile | None:
        """The tile that draws the selected plot."""
        if self.in_detail:
            return self.detail.tile
        return self.grid.tile(self.grid.selected) if self.on_page else None

    def shown_widgets(self) -> list[QWidget]:
        """What a picture of the view is made of, top to bottom."""
        if self.on_page:
            return [self.heading, self.grid.sheet()]
        return [self.heading, self.detail.tile] if self.in_detail else [self.welcome]

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.grid.set_theme(theme)
        self.detail.tile.set_theme(theme)

    def set_held(self, held: bool) -> None:
        """Hold the pictures, or show the latest."""
        self.held = held
        if not held:
            self.refresh(None)

    def second(self, now: float) -> None:
        """Write ages anew; say on every tile when the engine is silent.

        Args:
            now: unix time, s.
        """
        if self._client.moment is not None:
            now = self._client.moment  # in an evidence bundle nothing grows older
        quiet = silence(self._client.engine) if self._client.source else None
        if self._client.blinded:
            quiet = None  # one moment is judged: it does not grow stale
        tiles = [*self.grid.tiles, self.detail.tile]
        if quiet is not None or self.quiet is not None:
            for tile in tiles:
                tile.set_engine_silent(quiet)
        self.quiet = quiet
        for tile in tiles:
            tile.tick(now)

    def refresh(self, keys: frozenset[str] | None) -> None:
        """Show the latest pictures: of some plots, or of all with None."""
        if self.in_detail:
            key = self.detail.tile.key
            if keys is None or key in keys:
                mode = self._choices.modes.get(key)
                self.detail.refresh(self._client, mode, held=self.held)
        elif self.on_page:
            self.grid.refresh(self._client, keys, held=self.held)

    def minimumSizeHint(self) -> QSize:
        """Let the docks have their room."""
        return QSize(320, 240)

    def _bring(self, widget: QWidget) -> None:
        """Let one of them be seen."""
        self.heading.setVisible(widget in (self.grid, self.detail))
        self._stack.setCurrentWidget(widget)
        self._need_watch()

    def _watch_if_needed(self) -> None:
        if self._watch_needed:
            self._watch_needed = False
            self._watch()

    def _need_watch(self) -> None:
        self._watch_needed = True
        self.watch_wanted.emit()

    def _watch(self) -> None:
        if self.in_detail:
            key = self.detail.tile.key
            items = self.detail.watch_items(self._choices.modes.get(key))
            self._client.watch(items)
        elif self.on_page:
            self._client.watch(self.grid.watch_items(self._choices.modes))
            # what scrolled into view may be known already
            self.grid.refresh(self._client, None, held=self.held)
