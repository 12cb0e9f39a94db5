"""The middle of the window: welcome, a page, or one plot, and what is selected."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.message import TRAINING
from dqmconsole.model.reference import ByHand
from dqmconsole.model.run import run_number, run_words
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.bad_now import first_abnormal, summary_words
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.pages import PageName, Pages, PlotPlace
from dqmconsole.shift.reference_choice import beside_name, previous_of_fill
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.labels import ElidedLabel, PlainLabel
from dqmconsole.ui.live.choices import (
    ShownChoices,
    is_normalized,
    no_reference,
    value_axis,
)
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.live.page import LINKED, NO_PLOT, PageGrid
from dqmconsole.ui.live.watching import Watching
from dqmconsole.ui.overlay import is_covered
from dqmconsole.ui.pictures import Grabbed, Picture, Shown, caption
from dqmconsole.ui.plot.tile_words import NORMALIZED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QContextMenuEvent

    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.model.message import ExportForm
    from dqmconsole.model.past import PastMoment
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.choices import AxisName
    from dqmconsole.ui.live.overview import OverviewPage
    from dqmconsole.ui.plot.tile import PlotTile


class PageHeading(QWidget):
    """Title at the left, summary at the right; the title gives way.

    Beneath it stands which moment was asked for, where it is not the one drawn.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        set_text(self._title, TITLE, bold=True)
        self._title.setAccessibleName("Page")
        self._summary = ElidedLabel()
        self._summary.setProperty("role", "muted")
        self._summary.setAccessibleName("Page summary")
        self._moment = PlainLabel("Moment asked for")
        self._past = PlainLabel("Looking back", role="banner")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2, 2, 4, 5)
        self._column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(16)
        self._column.addLayout(row)
        self._column.addWidget(self._past)
        self._column.addWidget(self._moment)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._summary, 0, Qt.AlignmentFlag.AlignBottom)

    @property
    def title(self) -> str:
        """The title, uncut."""
        return self._title.words

    @property
    def summary(self) -> str:
        """The summary, uncut."""
        return self._summary.words

    def show_words(
        self, title: str, keys: Sequence[str], client: EngineClient, *, linked: bool
    ) -> None:
        """Write other words; whether the plots are of the past, too.

        Args:
            title: the title.
            keys: of the plots that the summary is of.
            client: where their verdicts are.
            linked: they are zoomed alike.
        """
        self._title.set_words(title)
        summary, past = summary_words(keys, client), client.mailbox.past
        if past is not None and summary:
            summary = f"now: {summary}"
        self._past.show_words(past_words(past, client) if past is not None else "")
        self._summary.set_words(f"{LINKED} · {summary}" if linked else summary)
        self._column.activate()  # longer words are not drawn cut until it comes

    def show_moment(self, words: str) -> None:
        """Say which moment was asked for; nothing for ""."""
        self._moment.show_words(words)


def _holder(window: QWidget) -> QWidget | None:
    """What has the keyboard in a window, or None, of which Qt's stubs do not know."""
    return window.focusWidget()


def past_words(past: PastMoment, client: EngineClient) -> str:
    """Say over the plots that they are of the past, and which key leads to now."""
    run = client.mailbox.run
    now = "Live goes on: Ctrl+End shows it."
    if run.recorded is not None:
        now = f"Ctrl+End shows {run_words(run.run)} at its end."
    return f"LOOKING BACK: {past.words(client.settings.unit)}, as recorded. {now}"


def title_words(place: PlotPlace) -> str:
    """What a plot is called over it alone: "Hcal › Digi occupancy › Depth 1"."""
    return " › ".join([*(place.page or ()), place.plot.title or place.plot.path])


class ConsoleView(QWidget):
    """What is looked at. Pages, plots and the selection live by their names.

    Args:
        context: what is rendered, and where the selection is noted.
        welcome: what is seen while nothing is open.
        overview: what is seen first once something is.

    Attributes:
        heading: the line over pages and plots.
        overview: the detector by lumisection.
        grid: a page of plots.
        detail: one plot alone.
        pages: the pages of the site.
        page: the page shown or returned to, or None.
        quiet: seconds the engine has been silent, once that is said, else None.
        choices: how plots are drawn by hand, other than their layouts say.
        watching: what the engine is told to send, to all windows.
        alarms: how the alarms of plots stand that do not ask, in words by key.

    Signals:
        page_shown: the PageName of another page.
        turned: the middle shows another widget.
        watch_wanted: other plots are seen; the next look tells the engine.
        looked_back: the plots are of another moment, or of now again.
        chosen: key of a plot that is to be drawn otherwise from now on.
        menu_wanted: where on the screen, and in which widget, somebody wants the menu
            of the selected plot.
    """

    page_shown = Signal(object)
    chosen = Signal(str)
    menu_wanted = Signal(QPoint, QWidget)
    turned = Signal()
    watch_wanted = Signal()
    looked_back = Signal()

    def __init__(
        self, context: Context, welcome: QWidget, overview: OverviewPage
    ) -> None:
        super().__init__()
        self._exports: set[int] = set()
        self._context = context
        self._client = context.client
        self.choices = ShownChoices()
        self.watching = Watching(context.client)
        self.alarms: Mapping[str, str] = {}
        self._selections: dict[PageName, str] = {}
        self._page_wanted = ""
        self._by_hand = ""
        self._watch_needed = True
        self.pages = Pages()
        self.page: PageName | None = None
        self.quiet: float | None = None
        self.heading = PageHeading()
        self._welcome = welcome
        self.overview = overview
        self._home: QWidget = overview  # where Esc leads from what was taken in
        self.grid = PageGrid(context.colours)
        self.detail = DetailView(context.colours, context.client)
        self._stack = QStackedWidget()
        for widget in (welcome, overview, self.grid, self.detail):
            self._stack.addWidget(widget)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.heading)
        self._column.addWidget(self._stack, 1)
        self._bars = 0
        self.grid.watch_needed.connect(self._need_watch)
        self.detail.watch_needed.connect(self._need_watch)
        self.grid.selection_changed.connect(self._selection_changed)
        self.grid.opened.connect(self.open_plot)
        self.grid.linked_changed.connect(self._write_heading)
        self.detail.mode_chosen.connect(self.choose_mode)
        self.detail.kind_changed.connect(context.sense_changed)
        context.paused.connect(self._paused)
        context.opened.connect(self._source_opened)
        context.page_wanted.connect(self._page_asked)
        context.plot_wanted.connect(self._plot_asked)
        context.selection_wanted.connect(self.select_plot)
        self.bring_guest(self._welcome)

    # -- what is shown --------------------------------------------------------

    @property
    def on_page(self) -> bool:
        """Tell whether a page is shown."""
        return self._stack.currentWidget() is self.grid

    @property
    def on_overview(self) -> bool:
        """Tell whether the overview is shown."""
        return self._stack.currentWidget() is self.overview

    @property
    def in_detail(self) -> bool:
        """Tell whether one plot is shown alone."""
        return self._stack.currentWidget() is self.detail

    @property
    def has_guest(self) -> bool:
        """Tell whether a widget that was taken in is shown."""
        shown = self._stack.currentWidget()
        own = (self._welcome, self.overview, self.grid, self.detail)
        return shown not in own

    @property
    def selected(self) -> PlotPlace | None:
        """The selected plot: of the page, or the one shown alone."""
        if self.in_detail:
            return self.detail.place
        if not self.on_page or not self.grid.selected:
            return None
        return self.pages.plot(self.grid.selected)

    def drawn(self, key: str) -> PlotPlace:
        """The plot of a key as it is to be drawn: as its layout says, or as chosen."""
        return self.choices.drawn(self.pages.plot(key))

    def selected_tile(self) -> PlotTile | None:
        """The tile that draws the selected plot."""
        if self.in_detail:
            return self.detail.tile
        return self.grid.tile(self.grid.selected) if self.on_page else None

    def place_shown(self) -> tuple[PageName | None, str]:
        """The page that is looked at, and the path of a plot alone, or ""."""
        if self.in_detail and self.detail.place is not None:
            return self.detail.place.page, self.detail.place.plot.path
        return (self.page if self.on_page else None), ""

    def shown(self) -> Shown:
        """What is looked at now, with a picture of it."""
        place, name = self.selected, self.page
        keys = tuple(tile.key for tile in self.grid.tiles)
        if self.in_detail and place is not None:
            keys, name = (place.key,), place.page
        return self.seen(self.heading.title, name, place, keys, self.picture())

    def seen(
        self,
        heading: str,
        page: PageName | None,
        place: PlotPlace | None,
        keys: Sequence[str],
        picture: Picture,
    ) -> Shown:
        """What is looked at in one window, with what was chosen by hand for it."""
        modes = {key: mode for key, mode in self.choices.modes.items() if key in keys}
        scaled = self.choices.normalized.items()
        normalized = {key: how for key, how in scaled if key in keys}
        return Shown(
            heading, page, place, tuple(keys), modes, picture.image(), normalized
        )

    def picture(self) -> Picture:
        """A picture of the page or plot shown, with a line of when and what."""
        theme, words = self._context.theme, (self.caption(),)
        if self.on_page or self.in_detail:
            plots = self.grid.drawn() if self.on_page else self.detail.drawn()
            return Picture(
                plots, theme, self.heading.title, self.heading.summary, words
            )
        if self.on_overview:
            return Picture(self.overview.sheet(), theme, words=words)
        return Picture(Grabbed(self._welcome), theme, words=words)

    def plot_picture(self, tile: PlotTile) -> Picture:
        """A picture of one plot, with lines of what, when and against which."""
        title = title_words(self.pages.plot(tile.key))
        words = (title, tile.accessibleDescription(), tile.meta, self.caption())
        return Picture(tile, self._context.theme, words=tuple(filter(None, words)))

    def caption(self) -> str:
        """The line beneath a picture of what is seen now."""
        context = self._context
        return caption(self._client, context.clock(), played=context.played)

    # -- what others put in ------------------------------------------------------

    def add_guest(self, widget: QWidget) -> None:
        """Take in another widget that can be shown in the middle."""
        self._stack.addWidget(widget)

    def bring_guest(self, widget: QWidget) -> None:
        """Show a widget that was taken in; no plot is selected then."""
        self._bring(widget)
        self._changed_place()

    def add_bar(self, bar: QWidget) -> None:
        """Lay a bar over the heading, under the bars that lie there."""
        self._column.insertWidget(self._bars, bar)
        self._bars += 1

    # -- turning to something ----------------------------------------------------

    def look_back(self, past: PastMoment | None) -> None:
        """Show all plots as they are recorded of a moment; as they are now with None.

        In all windows.
        """
        self.watching.look_back(past)
        self.heading.show_moment("")  # what is drawn is what was asked for
        self.refresh(None)
        self._write_heading()
        self._context.sense_changed.emit()
        self.looked_back.emit()

    def turn_to(self, name: PageName, key: str = "") -> None:
        """Show a page, and give the keyboard to its selected plot.

        Args:
            name: of the page.
            key: the plot to select; the one selected there before when left out.
        """
        self.show_page(name, key)
        self.grid.focus_selected()

    def show_overview(self) -> None:
        """Show the detector by lumisection, and give it the keyboard."""
        self._bring_overview()
        self.overview.setFocus(Qt.FocusReason.OtherFocusReason)

    def return_to_overview(self) -> None:
        """Let Esc lead to the overview from what was taken in."""
        self._home = self.overview

    def show_page_named(self, name: str) -> None:
        """Show the page called "Layout/Page", case ignored, as soon as there is one."""
        self._page_wanted = name.casefold()
        self._show_wanted()

    def show_page(self, name: PageName, key: str = "") -> None:
        """Show a page, with `key` or the plot selected there before selected."""
        if self.pages.page(name) is None:
            return
        news = name != self.page
        if news:
            self.heading.show_moment("")
        self.page = name
        self._bring(self.grid)
        self.fill(self.grid, name, key or self._selections.get(name, ""))
        self.grid.setAccessibleName(name.title)
        self.grid.refresh(self._client, None, held=self._held)
        if news:
            self.page_shown.emit(name)
        self._changed_place()

    def fill(self, grid: PageGrid, name: PageName, wanted: str) -> None:
        """Show the plots of a page in a grid, of whichever window, as they are chosen.

        Args:
            grid: the grid.
            name: of the page; one that is not in the site has no plots.
            wanted: key of the plot to select; of none of them, the first not good.
        """
        page = self.pages.page(name)
        places = [self.choices.drawn(place) for place in self.pages.plots(name)]
        keys = [place.key for place in places]
        if wanted not in keys:
            wanted = first_abnormal(keys, self._client.mailbox.verdicts)
        grid.show_plots(places, page.columns if page else 1, wanted)
        for tile in grid.tiles:
            tile.set_mode(self.choices.modes.get(tile.key))
            tile.set_engine_silent(self.quiet)
            tile.set_alarm(self.alarms.get(tile.key, ""))

    def step_page(self, step: int) -> None:
        """Show the page `step` further on; from the overview on, where one was."""
        if self.on_overview and self.page is not None and step > 0:
            step -= 1
        name = self.pages.neighbour(self.page, step)
        if name is not None:
            self.turn_to(name)

    def open_plot(self, key: str, *, keyboard: bool = True) -> None:
        """Show one plot alone; any path of the source that is no plot's key, too.

        Args:
            key: of the plot, or the path.
            keyboard: give it the keyboard, too.
        """
        place = self.choices.drawn(self.pages.plot(key))
        if place.page is not None and (place.page != self.page or not self.on_page):
            self.show_page(place.page, key)
        self._bring(self.detail)
        self.detail.show_plot(place, self.choices.modes.get(key))
        self.detail.tile.set_engine_silent(self.quiet)
        self.detail.tile.set_alarm(self.alarms.get(key, ""))
        self.detail.refresh(self._client, held=self._held)
        if keyboard:
            self.detail.focus_tile()
        self._changed_place()

    def select_plot(self, key: str) -> None:
        """Show the page a plot stands on, with the plot selected."""
        page = self.pages.plot(key).page
        if page is not None:
            self.turn_to(page, key)

    def step_plot(self, step: int) -> None:
        """In the detail view: show the plot `step` further on its page."""
        place = self.detail.place
        if place is None or place.page is None:
            return
        keys = [other.key for other in self.pages.plots(place.page)]
        if place.key in keys:
            self.open_plot(keys[(keys.index(place.key) + step) % len(keys)])

    def back(self) -> None:
        """From one plot or the overview to the page; on a page: give it the keyboard.

        From what was taken in, back to page or overview, whichever was shown before.
        """
        if self.has_guest and self._home is self.overview and self.pages.names:
            self.show_overview()
            return
        if self.in_detail and self.detail.leave():
            return
        if not self.on_page and self.page is not None:
            self.show_page(self.page)
        if self.on_page:
            self.grid.focus_selected()

    def forget_pictures(self) -> None:
        """Forget what is drawn: another source is open.

        Its plots may have the keys, runs and versions of the ones before.
        """
        self.grid.show_plots((), 1, "")
        self.detail.tile.assign("", NO_PLOT)

    def way_back(self) -> Callable[[], None]:
        """What shows again what is shown now."""
        shown, page = self._stack.currentWidget(), self.page
        place = self.selected
        key = place.key if place is not None else ""

        def show_again() -> None:
            if page is not None:
                self.show_page(page, key)
            if shown is self.overview and self.pages.names:
                self.show_overview()
            elif shown is self.detail and key:
                self.open_plot(key)
            elif shown is None or shown in (self.grid, self.detail):
                self.back()
            else:
                self.bring_guest(shown)

        return show_again

    # -- how it is drawn --------------------------------------------------------

    def forget_choices(self) -> None:
        """Draw everything as its layout says: somebody else begins at this console."""
        self.choices = ShownChoices()
        self.detail.tools.forget()
        if self._client.mailbox.by_hand.sentence:
            self._client.use_reference()

    def draw_as_layout(self, key: str) -> None:
        """Draw a plot as its layout says, in all windows."""
        self.choices.forget(key)
        own = self._tile_of(key)
        if own is not None:
            self._draw_again(own)
            if self.in_detail:
                self.detail.show_mode(None)
        self._need_watch()
        self.chosen.emit(key)

    def cycle_mode(self, tile: PlotTile) -> str:
        """Compare a tile's plot with its reference in the next way, in all windows.

        Returns:
            Why there is none, in words; else "".
        """
        if no_reference(tile.tile):
            return f"{no_reference(tile.tile)}."
        place = self.drawn(tile.key)
        self.choose_mode(tile.key, self.choices.next_mode(place, tile.tile))
        return ""

    def cycle_deviation(self, tile: PlotTile) -> str:
        """Show a plot's ratio to its reference, or how many σ it is off; as above."""
        if no_reference(tile.tile):
            return f"{no_reference(tile.tile)}."
        place = self.drawn(tile.key)
        self.choose_mode(tile.key, self.choices.next_deviation(place, tile.tile))
        return ""

    def cycle_normalization(self, tile: PlotTile) -> str:
        """Scale the reference of a tile's plot otherwise; say how, or why not."""
        place = self.drawn(tile.key)
        if self._client.moment is not None:
            return "A bundle keeps its references as they were scaled."
        if no_reference(tile.tile):
            return f"{no_reference(tile.tile)}."
        if not is_normalized(place.plot, tile.tile):
            return "Its reference is not scaled: it holds no counts of a run."
        how = self.choices.next_normalization(
            place, tile.tile, self._client.settings.conditions
        )
        self._need_watch()
        self.chosen.emit(tile.key)
        return f"Reference {NORMALIZED[how]}."

    def compare_with(self, key: str, run: int) -> str:
        """Compare one plot with a run, in all windows, for this session; say so."""
        self.choices.references[key] = run
        self._need_watch()
        self.chosen.emit(key)
        title = plain_title(self.pages.plot(key).plot.title) or key
        words = f"{title}: reference run {run_number(run)}"
        return f"{words}, by hand (Alt+R: the site's again)."

    def compare_all_with(self, run: int = 0, file: str = "") -> None:
        """Compare all plots with a run or a file; what came of it is said later."""
        self._forget_references()
        self._client.use_reference(run, file)

    def compare_as_site(self) -> str:
        """Compare all plots as the site's rules say."""
        chosen = self.choices.references or self.choices.beside
        if not chosen and not self._client.mailbox.by_hand.sentence:
            return "The site's references hold: none was chosen by hand."
        self.choices.beside = ()
        self._forget_references()
        self._client.use_reference()
        return "The site's references hold again."

    def draw_beside(self, run: int = 0, file: str = "") -> str:
        """Draw all plots with a further run or file, or no more; say which are drawn.

        For this session; it goes before no reference, and changes no verdict.
        """
        added = self.choices.turn_beside(ByHand(0 if file else run, file))
        self._need_watch()
        names = [beside_name(*each) for each in self.choices.beside]
        if not names:
            return "No further run is drawn."
        again = "Alt+A in the list of runs takes one away, Alt+R all"
        return f"Drawn with {listed(names)}, by hand{f' ({again})' if added else ''}."

    def compare_with_previous(self) -> str:
        """Compare all plots with the run before of the same fill, or as the site says.

        Returns:
            Why there is no such run, or that the site's references hold again; else
            "": what came of it is said later.
        """
        box = self._client.mailbox
        run, why = previous_of_fill(self._client, self._context.session.logbook)
        if not run:
            return why
        if box.by_hand.run == run and not box.by_hand.file:
            return self.compare_as_site()
        self.compare_all_with(run)
        return ""

    def _say_by_hand(self) -> None:
        """Say what came of a reference for all plots, once."""
        hand = self._client.mailbox.by_hand
        before, self._by_hand = self._by_hand, hand.sentence
        if not hand.sentence or hand.sentence == before:
            return
        name = PurePath(hand.file).name or run_words(hand.run)
        found = f"All plots: reference {name}, by hand (Alt+R: the site's again)."
        self._context.say(found if hand.found else hand.sentence)

    def _forget_references(self) -> None:
        chosen = list(self.choices.references)
        self.choices.references.clear()
        self._need_watch()
        for key in chosen:
            self.chosen.emit(key)

    def choose_mode(self, key: str, mode: ReferenceMode) -> None:
        """Compare a plot with its reference so, in whichever window it is seen."""
        self.choices.modes[key] = mode
        tile = self._tile_of(key)
        if tile is not None:
            tile.set_mode(mode)
            if self.in_detail:
                self.detail.show_mode(mode)
        self._need_watch()
        self.chosen.emit(key)

    def export_plot(self, place: PlotPlace, form: ExportForm, target: str) -> None:
        """Write the numbers of a plot; how that went is said later.

        Args:
            place: the plot.
            form: CSV, ROOT, UHI's JSON, or text for the clipboard.
            target: the file; "" for the clipboard.
        """
        request = self._client.export(place.key, place.plot.path, form, target)
        self._exports.add(request)

    def _look_exported(self, changes: Changes) -> None:
        for made in changes.exports:
            self._exports.discard(made.request)
            if made.path:
                self._context.say(f"Numbers written: {made.path}")
            else:
                QGuiApplication.clipboard().setText(made.text)
                bins = counted(made.text.count("\n") - 1, "bin")
                self._context.say(f"Numbers copied: {bins}, for a spreadsheet.")
        for receipt in changes.refusals:
            if receipt.request in self._exports:
                self._exports.discard(receipt.request)
                self._context.say(f"Not written: {receipt.sentence}")

    def toggle_log(self, tile: PlotTile, axis: AxisName | None = None) -> None:
        """Draw an axis of a tile's plot in a logarithm, or not.

        Args:
            tile: the tile, of any window.
            axis: its axis; None takes that of the values (y; of a map z).
        """
        key = tile.key
        self.choices.turn_log(key, axis or value_axis(tile.tile))
        own = self._tile_of(key)
        if own is not None:
            self._draw_again(own)
        self.chosen.emit(key)

    def _draw_again(self, tile: PlotTile) -> None:
        """Draw a tile of this window as it is chosen, with the data it has."""
        drawn, shown = self.drawn(tile.key), tile.tile
        reference = self._client.mailbox.references.get(tile.key)
        if tile is self.detail.tile:
            self.detail.place = drawn
        tile.assign(drawn.key, drawn.plot)
        tile.set_mode(self.choices.modes.get(tile.key))
        tile.set_engine_silent(self.quiet)
        if shown is not None:
            tile.show_tile(shown, reference)

    def _tile_of(self, key: str) -> PlotTile | None:
        """The tile of this window that shows a plot, or None."""
        if self.in_detail:
            return self.detail.tile if self.detail.tile.key == key else None
        return self.grid.tile(key)

    # -- what comes in -----------------------------------------------------------

    def look(self, changes: Changes) -> None:
        """Show what a look into the mailbox brought, and watch what is visible."""
        self._look_exported(changes)
        self.detail.look(changes)
        if changes.site:
            self._site_came()
        past = self.watching.past is not None
        if past and (changes.statuses or changes.history):
            self.refresh(None)  # it says what is now, too
        elif changes.tiles:
            self.refresh(changes.tiles)
        if changes.statuses or changes.tiles:
            self._write_heading()
        if changes.references:
            self._say_by_hand()
        self._watch_if_needed()

    def show_alarms(self, words: Mapping[str, str]) -> None:
        """Say on every tile how its alarm stands, where it does not ask."""
        self.alarms = words
        for tile in (*self.grid.tiles, self.detail.tile):
            tile.set_alarm(words.get(tile.key, ""))

    def second(self, now: float) -> None:
        """Show the ages of the data; say on every tile when the engine is silent.

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
                self.detail.refresh(self._client, held=self._held)
        elif self.on_page:
            self.grid.refresh(self._client, keys, held=self._held)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select the plot under the mouse, and ask for its menu."""
        if self.on_page:
            self.grid.select_at(event.globalPos())
        if self.selected is not None:
            shown = self._stack.currentWidget()
            self.menu_wanted.emit(event.globalPos(), shown)

    def minimumSizeHint(self) -> QSize:
        """Let the docks have their room."""
        return QSize(320, 240)

    # -- inside -----------------------------------------------------------------

    @property
    def _held(self) -> bool:
        return self._context.paused_at is not None

    @property
    def _page_first(self) -> bool:
        """Tell whether a page is seen first: lessons and exams are about one."""
        return self._client.blinded or self._client.banner == TRAINING

    def _paused(self) -> None:
        if not self._held:
            self.refresh(None)

    def _page_asked(self, name: str) -> None:
        self.show_page_named(name)
        self.back()

    def _plot_asked(self, key: str) -> None:
        self.open_plot(self.pages.key_of(key))

    def _source_opened(self) -> None:
        self.forget_pictures()
        self.watching.past = None
        self.choices.references.clear()
        self.choices.beside = ()
        self._by_hand = ""
        self.pages = Pages()
        self._home = self.overview
        self.bring_guest(self._welcome)

    def _bring(self, widget: QWidget) -> None:
        """Let one of them be seen."""
        of_plots = widget in (self.grid, self.detail)
        self.heading.setVisible(of_plots)
        if not of_plots:
            self.heading.show_moment("")
        self._stack.setCurrentWidget(widget)
        if widget in (self.overview, self.grid):
            self._home = widget
        self.turned.emit()
        self._need_watch()

    def _bring_overview(self) -> None:
        self._bring(self.overview)
        self.overview.look(self._context.clock())
        self._changed_place()

    def _need_watch(self) -> None:
        self._watch_needed = True
        self.watch_wanted.emit()

    def _watch_if_needed(self) -> None:
        if not self._watch_needed:
            return
        self._watch_needed = False
        if self.in_detail:
            self.watching.want(self, self.detail.watch_items(self.choices))
        elif self.on_overview:
            self.watching.want(self, ())
        elif self.on_page:
            self.watching.want(self, self.grid.watch_items(self.choices))
            # what scrolled into view may be known already
            self.grid.refresh(self._client, None, held=self._held)

    def _site_came(self) -> None:
        # nobody asked for it: letters typed into a sheet are not to become commands
        had = _holder(self.window())
        elsewhere = had is not None and had.isVisible() and not self.isAncestorOf(had)
        self.pages = Pages(self._client.site)
        place = self.detail.place if self.in_detail else None
        name = self.pages.nearest(self.page)
        if self.has_guest or self.on_overview:
            self.page = name  # a shift that begins is not interrupted
        elif name is not None and (self.on_page or self._page_first):
            self.show_page(name)
        elif name is not None and place is None:
            self.page = name
            self._bring_overview()
            typing = isinstance(QApplication.focusWidget(), QLineEdit)
            if not typing and not is_covered(self.window()):
                self.overview.setFocus(Qt.FocusReason.OtherFocusReason)
        elif place is None:
            self.bring_guest(self._welcome)
        if place is not None:
            gone = place.page is not None and self.pages.plot(place.key).page is None
            if not gone:
                self.open_plot(place.key, keyboard=not elsewhere)
        self._show_wanted()
        holder = QApplication.focusWidget()
        if holder is None or not holder.isVisible():
            if self.on_page:
                self.grid.focus_selected()
            elif self.on_overview:
                self.overview.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_wanted(self) -> None:
        for name in self.pages.names:
            if name.path.casefold() == self._page_wanted:
                self._page_wanted = ""
                self.show_page(name)

    def _selection_changed(self, key: str) -> None:
        if self.page is not None:
            self._selections[self.page] = key
        self._context.select(self.selected, self.page)

    def _changed_place(self) -> None:
        self._write_heading()
        self._context.select(self.selected, self.page)

    def _write_heading(self) -> None:
        place = self.detail.place
        if self.on_page and self.page is not None:
            title = self.page.title
            keys = [tile.key for tile in self.grid.tiles]
        elif self.in_detail and place is not None:
            title = title_words(place)
            keys = [place.key]
        else:
            return
        linked = self.on_page and self.grid.linked
        self.heading.show_words(title, keys, self._client, linked=linked)
