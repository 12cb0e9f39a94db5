"""The parts of the window that show the shift, and what changes on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.shift.deeds import page_opened
from dqmconsole.ui.begin.band import ShiftBand
from dqmconsole.ui.begin.leaving import OpenShiftSheet
from dqmconsole.ui.begin.release import ReleaseSheet
from dqmconsole.ui.begin.view import BeginView
from dqmconsole.ui.bookview.entry import EntrySheet
from dqmconsole.ui.bookview.view import BookView
from dqmconsole.ui.guidance.call import CallSheet
from dqmconsole.ui.guidance.reader import InstructionReader
from dqmconsole.ui.guidance.view import GuidanceView

if TYPE_CHECKING:
    from dqmconsole.shift.duty import DutyChanges
    from dqmconsole.shift.session import Changes
    from dqmconsole.ui.hands import Hands
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.pages import PageName
    from dqmconsole.ui.theme import Theme


class ShiftParts:
    """Everything of the window that shows the shift.

    Args:
        hands: what the parts work with.
        theme: the colours.

    Attributes:
        band: the line under the run header.
        begin: the page on which a shift begins.
        guidance: instruction of the selected plot.
        book: the book.
        call, reader, release, entry, leaving: sheets over the window.
    """

    def __init__(self, hands: Hands, theme: Theme) -> None:
        self._hands = hands
        self._selected: str | None = None
        self.band = ShiftBand(theme)
        self.begin = BeginView(hands, theme)
        self.guidance = GuidanceView(hands, theme)
        self.book = BookView(hands, theme)
        self.call = CallSheet(hands)
        self.reader = InstructionReader(hands)
        self.release = ReleaseSheet(hands)
        self.entry = EntrySheet(hands)
        self.leaving = OpenShiftSheet(hands)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window."""
        return (self.leaving, self.call, self.reader, self.release, self.entry)

    def look(self, now: float, changes: Changes, news: DutyChanges) -> None:
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
            self.show_duty(now)
        for sentence in news.refused:
            self._hands.said.emit(f"Not written: {sentence}")

    def second(self, now: float) -> None:
        """Show everything that has an age; a page in view counts as opened."""
        view = self._hands.view
        if view.on_page and view.page is not None:
            self.page_shown(view.page)
        self.band.show_duty(self._hands.duty, self._hands.session)
        self.guidance.show_duty(now)
        self.begin.show_duty(now)
        self.book.show_duty(now)

    def show_duty(self, now: float) -> None:
        """Show anew what depends on the book."""
        self.second(now)

    def show_selection(self) -> None:
        """Show what the site says of the selected plot."""
        place = self._hands.view.selected
        key = place.key if place is not None else ""
        if key != self._selected:
            self._selected = key
            self.guidance.show_plot(place)

    def page_shown(self, name: PageName) -> None:
        """Note that a page was opened."""
        run = self._hands.session.run.run
        page_opened(self._hands.duty, f"{name.layout}/{name.page}", run)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in another theme."""
        for part in (self.band, self.begin, self.guidance, self.book):
            part.set_theme(theme)
        for sheet in self.sheets:
            sheet.set_theme(theme)
