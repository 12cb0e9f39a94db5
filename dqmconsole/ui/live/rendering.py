"""What a look into the session changes on the screen, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.verdict import Status
from dqmconsole.shift.liveness import liveness
from dqmconsole.ui.live.pages import Pages
from dqmconsole.ui.start.welcome import opening_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.arrangement import Parts
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.theme import Theme

SAID_FOR = 6.0  # s an answer stays at the foot, and longer:
LETTERS_READ = 15  # a second for so many letters
TOLD_FOR = 300.0  # s its own failures stay there; the list keeps them
SLOW_FROM = 0.5  # s to paint a frame: what is seen is late by that much


def slow_words(frame_time: float | None) -> list[str]:
    """Say that this very window is slow; nothing while it is not.

    Not the source, nor the engine: else old pictures would be blamed on them.
    """
    if frame_time is None or frame_time < SLOW_FROM:
        return []
    # one digit: a number that ticks would be another notice every second
    seconds = f"{frame_time:.1f}" if frame_time < 1 else f"{frame_time:.0f}"
    return [f"This window is slow: it takes {seconds} s to draw what is new"]


def attention_words(session: ShiftSession) -> list[str]:
    """Write what the shift is to be reminded of, without alarm."""
    words = [session.reminder] if session.reminder else []
    if session.book.word in ("waiting", "refused"):
        words.append(f"The book: {session.book.sentence}")
    else:
        words += [each.sentence for each in session.book.held]
    waiting = session.client.release_waiting
    if waiting is not None:
        words.append(
            f"Release {waiting.number} by {waiting.by} waits (F3): {waiting.why}"
        )
    return words


class Rendering:
    """Carries what came from the engine to the parts that show it.

    Args:
        client: what is shown.
        parts: where.
        context: they know how long the pictures have been held.
        frame_time: gives the time, s, that frames lately take, or None.
    """

    def __init__(
        self,
        client: EngineClient,
        parts: Parts,
        context: Context,
        frame_time: Callable[[], float | None],
    ) -> None:
        self._client = client
        self._parts = parts
        self._context = context
        self._frame_time = frame_time
        self._run = 0
        self._said_until = 0.0
        self._basis: Callable[[], object] | None = None
        self._said_of: object = None
        self._told: list[tuple[float, str]] = []

    def look(self, now: float, changes: Changes) -> None:
        """Show what a look brought; what did not change is not touched.

        Args:
            now: unix time, s.
            changes: what the look brought.
        """
        client, parts = self._client, self._parts
        if changes.site:
            parts.navigator.tree.show_pages(Pages(client.site))
        parts.view.look(changes)
        parts.navigator.look(now)
        if changes.found is not None:
            parts.navigator.show_found(changes.found)
        if changes.refused is not None:
            parts.navigator.show_refused(changes.refused)
        for children in changes.children:
            parts.navigator.show_children(children)
        if changes.site or changes.statuses:
            self.show_statuses()
        if changes.run and client.run.run != self._run:
            self._run = client.run.run
            parts.navigator.elements.forget()
        if changes.run or changes.site:
            self._show_header()
        if changes.problems or changes.notices or changes.statuses:
            self.show_notices(now)
        if changes.statuses or changes.engine or changes.site:
            self._drop_answer(now)
        place = parts.view.selected
        if changes.statuses or (place is not None and place.key in changes.tiles):
            self.show_selection()
        parts.header.hand.show_time(now)

    def second(self, now: float) -> None:
        """Show everything that has an age.

        Args:
            now: unix time, s.
        """
        before = self._parts.view.quiet
        self._parts.view.second(now)
        if (before is None) != (self._parts.view.quiet is None):
            self.show_statuses()
        self.show_state()
        self.show_notices(now)
        self._drop_answer(now)

    def show_state(self) -> None:
        """Show the header, the selected plot, and what is being opened."""
        self._show_header()
        self.show_paused()
        self.show_selection()
        if not (self._parts.view.on_page or self._parts.view.in_detail):
            self._show_welcome()

    def show_opening(self) -> None:
        """Forget the source before, and say what is being opened."""
        self._run = 0
        self._take_answer_away()  # it is of the source before
        self._parts.navigator.tree.show_pages(Pages())
        self._parts.navigator.elements.forget()
        self.show_state()
        self.show_notices(self._context.wall_clock())

    def show_statuses(self) -> None:
        """Mark pages and plots in the navigator."""
        silent = self._parts.view.quiet is not None
        self._parts.navigator.tree.show_statuses(self._client, silent=silent)

    def show_paused(self) -> None:
        """Show how long the pictures have been held."""
        since = self._context.paused_at
        held = None if since is None else self._context.wall_clock() - since
        client = self._client
        live = bool(client.source) and client.moment is None
        can_pause = live and self._context.allows("pause")
        self._parts.header.show_paused(held, opened=can_pause)

    def show_selection(self) -> None:
        """Show the selected plot in words."""
        view = self._parts.view
        tile = view.selected_tile()
        mark = tile.status() if tile is not None else Status.WAITING
        now = self._context.clock()
        self._parts.panel.show_plot(view.selected, self._client, now, mark)

    def show_notices(self, now: float) -> None:
        """Show the worst notice at the foot, and all of them in the list."""
        slow = slow_words(self._frame_time())
        waiting = [each.sentence for each in self._context.session.unanswered]
        mild = attention_words(self._context.session)
        lately = [words for when, words in self._told if now - when < TOLD_FOR]
        loud = [*waiting, *slow, *lately]
        self._parts.notices.show_client(self._client, loud, mild)
        loud = [*waiting, *slow, *(words for _, words in self._told)]
        self._parts.problems.show_client(self._client, loud, mild)

    def say(self, words: str) -> None:
        """Say for a moment what a command did."""
        seconds = SAID_FOR + len(words) / LETTERS_READ
        self._said_until = self._context.wall_clock() + seconds
        self._basis = None
        self._parts.notices.say(words)

    def answer(self, words: str, basis: Callable[[], object]) -> None:
        """Say for a moment what is so; no longer than it is so.

        Args:
            words: the answer.
            basis: gives what the answer follows from; once that is another, the
                answer goes.
        """
        self.say(words)
        self._basis, self._said_of = basis, basis()

    def tell(self, words: str) -> None:
        """Say what went wrong in this program itself, and keep it in the list."""
        now = self._context.wall_clock()
        self._told.append((now, words))
        self.show_notices(now)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in another theme."""
        parts = self._parts
        parts.header.hand.set_theme(theme)
        parts.navigator.tree.set_theme(theme)
        parts.view.set_theme(theme)
        parts.panel.set_theme(theme)
        parts.problems.set_theme(theme)
        parts.notices.set_theme(theme)
        self.show_statuses()
        self.show_selection()

    def _show_header(self) -> None:
        client, header = self._client, self._parts.header
        header.show_run(client)
        now = self._context.wall_clock()
        header.show_liveness(liveness(client.run, client.engine, now))

    def _drop_answer(self, now: float) -> None:
        """Take the answer away that was read, or is no longer true."""
        outlived = self._basis is not None and self._basis() != self._said_of
        if outlived or now >= self._said_until:
            self._take_answer_away()

    def _take_answer_away(self) -> None:
        self._said_until, self._basis = 0.0, None
        self._parts.notices.say("")

    def _show_welcome(self) -> None:
        welcome = self._parts.view.welcome
        if self._client.source:
            welcome.show_opening(opening_words(self._client))
        else:
            welcome.show_welcome(self._context.settings.recent)
