"""Looking back: all plots as they are recorded of a moment, links to it, and now again.

Whatever is live goes on meanwhile: alarms, roll-ups, what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from dqmconsole.model.past import PastMoment
from dqmconsole.model.run import run_words
from dqmconsole.model.view_link import (
    SCHEME,
    ViewLink,
    ViewLinkError,
    read_link,
    read_span,
)
from dqmconsole.shift.looking_back import (
    only_added,
    page_of,
    plot_of,
    stepped,
    updates_of,
)
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.message import RecordedFound
    from dqmconsole.shift.client import Changes
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.own_windows import OwnWindow, OwnWindows
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.markdown import Link

    Wish = Callable[[int, Sequence[int]], str]
    """Given a run and where its recorded updates end; gives what is to be said."""

_ABOUT = (
    "A number (178) shows the run as it stood then, a span (120-134) what was added in "
    "it; a link (dqm:…) leads to what was in view where it was copied."
)
_IN_EVIDENCE = "Evidence is of one moment: there is none to go back to."


class LookingBack(QObject):
    """Which moment the plots of all windows are of, and how to get to another.

    What is recorded of a run is asked of the engine; until it answers, wishes wait.

    Args:
        context: what is shown.
        view: the plots.
        windows: those in windows of their own.
    """

    def __init__(
        self, context: Context, view: ConsoleView, windows: OwnWindows
    ) -> None:
        super().__init__(context)
        self._context = context
        self._view = view
        self._client = context.client
        self._found: RecordedFound | None = None
        self._request = self._asked = 0
        self._wishes: list[Callable[[RecordedFound], str]] = []
        self._link: ViewLink | None = None
        context.opened.connect(self._source_opened)
        context.link_wanted.connect(self._follow)
        view.detail.history.moment_wanted.connect(self.open_moment)
        windows.opened.connect(self._own_window_opened)

    @property
    def past(self) -> PastMoment | None:
        """The moment that is looked at; None for now."""
        return self._view.watching.past

    @property
    def run(self) -> int:
        """The run that is looked at; 0 where there is none."""
        past = self.past
        return max(self._client.mailbox.run.run, 0) if past is None else past.run

    # -- what somebody does --------------------------------------------------------

    def step(self, by: int) -> str:
        """Go some recorded updates on, or back; say why that cannot be, or ""."""
        past = self.past
        if past is None and by > 0:
            return "This is now: Ctrl+Left goes back in what is recorded."

        def wish(run: int, ends: Sequence[int]) -> str:
            to = stepped(ends, self.past, run, by)
            if to is None:
                which = "first" if by < 0 else "last"
                end = ends[0] if by < 0 else ends[-1]
                return f"{self._unit} {end} is the {which} recorded: Ctrl+End is now."
            self.look_at(to)
            return ""

        ends = () if self._found is None else updates_of(self._found, ())
        grown = past is None or not ends or (by > 0 and past.last >= ends[-1])
        return self._with_updates(self.run, wish, again=grown, seen=True)

    def turn_added(self) -> str:
        """Show what the update added, or all until then; why not, in words."""

        def wish(run: int, ends: Sequence[int]) -> str:
            self.look_at(only_added(ends, self.past, run))
            return ""

        again = self.past is None
        return self._with_updates(self.run, wish, again=again, seen=True)

    def go_to(self, text: str) -> str:
        """Go where a lumisection, a span or a link leads; say what is wrong, or ""."""
        try:
            if text.strip().lower().startswith(f"{SCHEME}:"):
                return self.open_link(read_link(text))
            first, last = read_span(text)
        except ViewLinkError as error:
            return f"{error}."
        return self._go(PastMoment(self.run, last, first))

    def open_moment(self, moment: PastMoment) -> None:
        """Show a moment, where the record has its run; else all stays as it is."""

        def wish(_run: int, _ends: Sequence[int]) -> str:
            self.look_at(moment)
            return ""

        self._say(self._with_updates(moment.run, wish, again=True))

    def open_run(self, run: int) -> str:
        """Show a recorded run at its end; say why that cannot be, or ""."""

        def wish(_run: int, ends: Sequence[int]) -> str:
            self.look_at(PastMoment(run, ends[-1]))
            return ""

        return self._with_updates(run, wish, again=True)

    def now(self) -> str:
        """Show what is now again; say so where it is."""
        self._wishes.clear()
        if self.past is None:
            return "This is now."
        self.look_at(None)
        return ""

    def look_at(self, past: PastMoment | None) -> None:
        """Show a moment in all windows, now with None."""
        self._view.look_back(past)

    def link(self, active: ConsoleView | OwnWindow) -> ViewLink:
        """A link to what is in view in a window."""
        name, plot = active.place_shown()
        layout, page = name if name is not None else ("", "")
        past, run = self.past, self._client.mailbox.run
        if past is not None:
            return ViewLink(past.run, layout, page, plot, past.last, past.first)
        return ViewLink(self.run, layout, page, plot, run.lumisection or None)

    def copy_link(self, active: ConsoleView | OwnWindow) -> str:
        """Copy a link to what is in view; say so."""
        text = str(self.link(active))
        QGuiApplication.clipboard().setText(text)
        return f"Copied: {text}"

    def open_link(self, link: ViewLink) -> str:
        """Show what a link leads to, once the site is there; what is wrong, or "".

        A link to a page that is not in the site changes nothing.
        """
        client, view = self._client, self._view
        known = client.mailbox.run.run or (link.run and link.last is not None)
        if client.site is None or not known:
            self._link = link
            return ""
        self._link = None
        try:
            name = page_of(link, view.pages)
        except ViewLinkError as error:
            return f"{error}."
        key = plot_of(link, name, view.pages)
        if key:
            view.open_plot(key)
        elif name is not None:
            view.turn_to(name)
        else:
            view.show_overview()
        here = max(client.mailbox.run.run, 0)
        run = link.run or here
        if link.last is not None:
            return self._go(PastMoment(run, link.last, link.first))
        if run != here:
            return self.open_run(run)
        self.now()
        return ""

    # -- what comes ------------------------------------------------------------------

    def look(self, changes: Changes) -> None:
        """Take in what the engine found; open a link that waits for the site."""
        for receipt in changes.refusals:
            if receipt.request == self._request:
                self._request = 0
                self._wishes.clear()
                self._say(receipt.sentence)
        for found in changes.recorded:
            if found.request == self._request:
                self._request, self._found = 0, found
                wishes, self._wishes = self._wishes, []
                for said in dict.fromkeys([wish(found) for wish in wishes]):
                    self._say(said)
        if self._link is not None and (changes.site or changes.run):
            self._say(self.open_link(self._link))

    # -- inside ----------------------------------------------------------------------

    @property
    def _unit(self) -> str:
        return self._client.settings.unit

    def _go(self, moment: PastMoment) -> str:
        def wish(run: int, ends: Sequence[int]) -> str:
            here = self._client.mailbox.run
            reached = here.lumisection if here.run == run else None
            if moment.last > max(ends[-1], reached or 0):
                end = f"{self._unit} {ends[-1]}"
                return f"{run_words(run).capitalize()} is recorded up to {end}."
            self.look_at(moment)
            return ""

        return self._with_updates(moment.run, wish, again=True)

    def _with_updates(
        self, run: int, wish: Wish, *, again: bool, seen: bool = False
    ) -> str:
        """Do what is wished, with what is recorded of a run, now or once that came.

        Args:
            run: the run.
            wish: what is done where anything is recorded.
            again: what is recorded of it may have grown.
            seen: the updates of the plots that somebody sees are meant.
        """

        def do(found: RecordedFound) -> str:
            clients = self._view.watching.subsystems if seen else ()
            if ends := updates_of(found, clients):
                return wish(found.run, ends)
            called = self._client.settings.lumisection
            unsaid = f"no update of {run_words(run)} says of which {called} it is"
            words = found.sentence or unsaid
            return f"{words[:1].upper()}{words[1:]}."

        if self._client.moment is not None:
            return _IN_EVIDENCE
        if not run:
            return "No run is known yet."
        if self._request and self._asked == run:
            self._wishes.append(do)
        elif not again and self._found is not None and self._found.run == run:
            return do(self._found)
        else:
            self._wishes = [do]
            self._asked = run
            self._request = self._client.ask_recorded(run)
        return ""

    def _follow(self, link: Link) -> None:
        if link.kind == "view" and self._context.allows("go-to"):
            self._say(self.go_to(link.target))

    def _own_window_opened(self, window: OwnWindow) -> None:
        if window.key:
            window.detail.history.moment_wanted.connect(self.open_moment)

    def _source_opened(self) -> None:
        self._found, self._request, self._wishes = None, 0, []
        self._link = None

    def _say(self, words: str) -> None:
        if words:
            self._context.say(words)


class GoToSheet(Overlay):
    """Asks for a moment, a span or a link, and goes there.

    Args:
        context: what is shown.
        looking_back: goes there.
    """

    def __init__(self, context: Context, looking_back: LookingBack) -> None:
        super().__init__("Go to", context.window, (560, 170))
        self._context = context
        self._looking_back = looking_back
        self.field = QLineEdit()
        self.field.setPlaceholderText("178   120-134   dqm:…")
        self.field.returnPressed.connect(self.go)
        self.answer = PlainLabel("Go to, answer", role="bad")
        heading = "Go to a moment, a span, or a link"
        column = self.begin_column(heading, "Enter goes there   Esc closes", _ABOUT)
        column.addWidget(self.field)
        column.addWidget(self.answer)
        column.addStretch(1)

    def open(self) -> None:
        """Ask; what was typed last can be typed over."""
        called = self._context.client.settings.lumisection
        self.field.setAccessibleName(f"{called.capitalize()}, span or link")
        self.answer.show_words("")
        super().open()
        self.field.selectAll()

    def go(self) -> None:
        """Go there, or say what is wrong."""
        words = self._looking_back.go_to(self.field.text())
        self.answer.show_words(words)
        if not words:
            self.dismiss()

    def first_field(self) -> QWidget:
        """One types at once."""
        return self.field
