"""The parts of the window that show the shift, and what changes on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.shift.actions import page_opened
from dqmconsole.ui.guidance.call import CallSheet
from dqmconsole.ui.guidance.reader import InstructionReader
from dqmconsole.ui.guidance.view import GuidanceView
from dqmconsole.ui.logbook.entry import EntrySheet
from dqmconsole.ui.logbook.view import LogbookView
from dqmconsole.ui.start.band import ShiftBand
from dqmconsole.ui.start.leaving import OpenShiftSheet
from dqmconsole.ui.start.release import ReleaseSheet
from dqmconsole.ui.start.view import StartView

if TYPE_CHECKING:
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.session import ShiftChanges
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.pages import PageName
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.theme import Theme


class ShiftParts:
    """Everything of the window that shows the shift.

    Args:
        context: what the parts work with.
        theme: the colours.

    Attributes:
        band: the line under the run header.
        begin: the page on which a shift begins.
        guidance: instruction of the selected plot.
        book: the book.
        call, reader, release, entry, leaving: sheets over the window.
    """

    def __init__(self, context: Context, theme: Theme) -> None:
        self._context = context
        self._selected: str | None = None
        self.band = ShiftBand(theme)
        self.begin = StartView(context, theme)
        self.guidance = GuidanceView(context, theme)
        self.book = LogbookView(context, theme)
        self.call = CallSheet(context)
        self.reader = InstructionReader(context)
        self.release = ReleaseSheet(context)
        self.entry = EntrySheet(context)
        self.leaving = OpenShiftSheet(context)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window."""
        return (self.leaving, self.call, self.reader, self.release, self.entry)

    def look(self, now: float, changes: Changes, news: ShiftChanges) -> None:
        """Show what a look brought.

        Args:
            now: unix time, s.
            changes: what came from the engine.
            news: what came from the book.
        """
        for drawn in changes.examples:
            self.guidance.show_examples(drawn)
        for receipt in changes.refusals:
            self.guidance.show_refused(receipt)
        self.entry.look(changes)
        if changes.site:
            self._selected = None
            self.show_selection()
        if news.records or news.state or news.attention or changes.site:
            self.show_session(now)
        for sentence in news.refused:
            self._context.said.emit(f"Not written: {sentence}")

    def second(self, now: float) -> None:
        """Show everything that has an age; a page in view counts as opened."""
        view = self._context.view
        if view.on_page and view.page is not None:
            self.page_shown(view.page)
        self.band.show_session(self._context.session, self._context.client)
        self.guidance.show_session(now)
        self.begin.show_session(now)
        self.book.show_session(now)

    def show_session(self, now: float) -> None:
        """Show anew what depends on the book."""
        self.second(now)

    def show_selection(self) -> None:
        """Show what the site says of the selected plot."""
        place = self._context.view.selected
        key = place.key if place is not None else ""
        if key != self._selected:
            self._selected = key
            self.guidance.show_plot(place)

    def page_shown(self, name: PageName) -> None:
        """Note that a page was opened."""
        run = self._context.client.run.run
        page_opened(self._context.session, f"{name.layout}/{name.page}", run)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in another theme."""
        for part in (self.band, self.begin, self.guidance, self.book):
            part.set_theme(theme)
        for sheet in self.sheets:
            sheet.set_theme(theme)
