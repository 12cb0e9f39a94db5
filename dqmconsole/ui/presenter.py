"""What a look brought, handed to the parts of the window: the one order of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.verdict import Status
from dqmconsole.shift.actions import page_opened
from dqmconsole.shift.alarm_words import TILE_WORDS
from dqmconsole.shift.bad_now import untold
from dqmconsole.shift.coverage import coverage_now
from dqmconsole.shift.liveness import LIVE, PLAYED, liveness
from dqmconsole.shift.pages import Pages
from dqmconsole.shift.session import NOTHING_NEW
from dqmconsole.shift.words import shift_words
from dqmconsole.ui.live.notices import Answers
from dqmconsole.ui.start.welcome import opening_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.pages import PageName
    from dqmconsole.shift.session import ShiftChanges, ShiftSession
    from dqmconsole.ui.feature import FeaturePart
    from dqmconsole.ui.parts import Parts

TOLD_FOR = 300.0  # s its own failures stay at the foot; the list keeps them
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
    """What the shift is to be reminded of, without alarm."""
    words = [session.reminder] if session.reminder else []
    if session.book.word in ("waiting", "refused"):
        words.append(f"The book: {session.book.sentence}")
    else:
        words += [each.sentence for each in session.book.held]
    if session.elog.trouble:
        many = session.elog.waiting
        wait = "records wait" if many > 1 else "record waits"
        words.append(f"{many} {wait} for the elog: {session.elog.trouble}")
    waiting = session.client.mailbox.release_waiting
    if waiting is not None:
        words.append(
            f"Release {waiting.number} by {waiting.by} waits (F3): {waiting.why}"
        )
    return words


def _asking(rows: Sequence[Standing]) -> dict[str, int]:
    """By layout, and by key of a page: how many alarms ask for an answer."""
    found: dict[str, int] = {}
    for row in rows:
        names = set()
        for one in row.alarm.members if row.asks else ():
            layout, *rest = one.key.split(KEY_STEP)
            names |= {layout, KEY_STEP.join((layout, *rest[:1]))}
        for name in names:
            found[name] = found.get(name, 0) + 1
    return found


class Presenter:
    """Hands what came from engine and logbook to the parts that show it.

    Args:
        parts: the parts of the window.
        added: the parts of its features, told after those.
        frame_time: gives the time, s, that frames lately take, or None.
    """

    def __init__(
        self,
        parts: Parts,
        added: Sequence[FeaturePart],
        frame_time: Callable[[], float | None],
    ) -> None:
        self._parts = parts
        self._added = added
        self._context = parts.context
        self._client = parts.context.client
        self._session = parts.context.session
        self._frame_time = frame_time
        self._run = 0
        self._entered: frozenset[str] = frozenset()
        self._guided: str | None = None
        self._told: list[tuple[float, str]] = []
        self._forgets = ""  # what was told of the settings
        self._answers = Answers(parts.notices.say, parts.context.wall_clock)
        context = parts.context
        context.paused.connect(self.show_paused)
        parts.sound.told.connect(self.tell)
        context.opened.connect(self._show_opening)
        context.selection_changed.connect(self._selection_changed)
        context.session_changed.connect(lambda: self.show_session(self._session.now()))
        context.said.connect(self._answers.say)
        context.answered.connect(self._answers.answer)
        context.colours.changed.connect(self._recolour)
        parts.view.turned.connect(parts.strip.page_turned)
        parts.strip.left.connect(lambda: self._show_selected_alarm(parts.strip.current))
        parts.overview.changed.connect(self.show_lately)
        parts.view.turned.connect(self.show_lately)

    # -- looking ------------------------------------------------------------------

    def look(self, now: float, changes: Changes) -> bool:
        """Show what a look brought; what did not change is not touched.

        Args:
            now: unix time, s.
            changes: what came from the engine.

        Returns:
            Whether other commands may make sense now.
        """
        news = self._session.look(now, changes)
        if (news.records or news.state) and self._session.book.word == "ready":
            self._take_up_shift()
        self._look_live(now, changes)
        if news.attention or changes.site:
            self._show_alarms(now)
            self._parts.overview.look(now)
        self._look_shift(now, changes, news)
        parts = self._parts
        parts.sound.look(now)
        parts.chain.look(now)
        parts.header.show_sound(parts.sound.words(now))
        for part in self._added:
            part.look(now, changes, news)
        other = changes.site or changes.run or changes.release
        return bool(other) or news != NOTHING_NEW

    def second(self, now: float) -> None:
        """Show everything that has an age.

        Args:
            now: unix time, s.
        """
        view = self._parts.view
        before = view.quiet
        view.second(now)
        self._parts.windows.second(now)
        self._parts.wall.second(now)
        self._parts.sound.second()
        self._parts.call.second()
        if (before is None) != (view.quiet is None):
            self._show_statuses()
        self.show_state()
        self._show_alarm_rows(now)
        if (trouble := self._context.settings.trouble) != self._forgets:
            self._forgets = trouble
            self.tell(trouble)
        self._show_notices(now)
        self._answers.look(now)
        self.show_session(now)
        self.show_lately()
        for part in self._added:
            part.second(now)

    def _look_live(self, now: float, changes: Changes) -> None:
        parts = self._parts
        parts.view.look(changes)
        if changes.site:
            parts.navigator.tree.show_pages(parts.view.pages)
        parts.windows.look(changes)
        parts.looking_back.look(changes)
        parts.navigator.look(now)
        if changes.found is not None:
            parts.navigator.show_found(changes.found)
        for receipt in changes.refusals:
            parts.navigator.show_refused(receipt)
        for children in changes.children:
            parts.navigator.elements.show_children(children)
        if changes.site or changes.statuses:
            self._show_statuses()
        if changes.run:
            self._look_who_entered()
        if changes.run or changes.site:
            self._show_header()
        listed = changes.problems or changes.notices or changes.references
        if listed or changes.statuses:
            self._show_notices(now)
        if changes.statuses or changes.engine or changes.site:
            self._answers.look(now)
        place = parts.view.selected
        if changes.statuses or (place is not None and place.key in changes.tiles):
            self._show_selection()
        news = changes.history or changes.statuses or changes.run or changes.site
        parts.overview.look(now, news=news)
        parts.header.show_time(now)

    def _look_who_entered(self) -> None:
        """Let the tree of elements follow the run, and every client that enters it."""
        run, elements = self._client.mailbox.run, self._parts.navigator.elements
        entered = frozenset(
            client.subsystem for client in run.clients if client.run == run.run
        )
        if run.run != self._run:
            elements.forget()
        elif entered != self._entered:
            elements.renew()
        self._run, self._entered = run.run, entered

    def _look_shift(self, now: float, changes: Changes, news: ShiftChanges) -> None:
        parts = self._parts
        for drawn in changes.examples:
            parts.guidance.show_examples(drawn)
        for receipt in changes.refusals:
            parts.guidance.show_refused(receipt)
        parts.entry.look(changes)
        if changes.site:
            self._guided = None
            self._show_guidance()
        if news.records or news.state or news.attention or changes.site:
            self.show_session(now)
        for sentence in news.refused:
            self._context.said.emit(f"Not written: {sentence}")
        for sentence in news.lost:
            self.tell(sentence)

    def _take_up_shift(self) -> None:
        session = self._session
        if session.shift is None and (
            session.resume(session.left_open)
            or session.resume(self._context.settings.take_shift())
        ):
            self._answers.say(f"The shift goes on: {shift_words(self._session.shift)}")

    # -- showing ------------------------------------------------------------------

    def show_state(self) -> None:
        """Show the header, the selected plot, and what is being opened."""
        self._show_header()
        self.show_paused()
        self._show_selection()
        view = self._parts.view
        if not (view.on_page or view.in_detail or view.on_overview):
            self._show_welcome()

    def show_paused(self) -> None:
        """Show how long the pictures have been held."""
        since = self._context.paused_at
        held = None if since is None else self._context.wall_clock() - since
        client = self._client
        live = bool(client.source) and client.moment is None
        can_pause = live and self._context.allows("pause")
        self._parts.header.show_paused(held, opened=can_pause)

    def show_session(self, now: float) -> None:
        """Show what follows from the logbook; a page in view counts as opened.

        Args:
            now: unix time, s.
        """
        parts = self._parts
        if parts.view.on_page and parts.view.page is not None:
            self.page_shown(parts.view.page)
        parts.band.show_session(self._session, self._client)
        parts.guidance.show_session(now)
        parts.start.show_session(now)
        parts.logbook.show_session(now)

    def page_shown(self, name: PageName) -> None:
        """Note that a page was opened."""
        run = self._client.mailbox.run.run
        page_opened(self._session, name.path, run)

    def tell(self, words: str) -> None:
        """Say what went wrong in this program itself, and keep it in the list."""
        now = self._context.wall_clock()
        self._told.append((now, words))
        self._show_notices(now)

    def _show_opening(self) -> None:
        """Forget the source before, and say what is being opened."""
        self._run = 0
        self._answers.clear()  # it is of the source before
        self._parts.navigator.tree.show_pages(Pages())
        self._parts.navigator.elements.forget()
        self.show_state()
        self._show_notices(self._context.wall_clock())

    def _show_alarms(self, now: float) -> None:
        """Show how the alarms stand, wherever that is seen."""
        self._show_alarm_rows(now)
        parts, session = self._parts, self._session
        rows = () if self._client.blinded else session.alarms
        words = {
            one.key: TILE_WORDS[row.state]
            for row in reversed(rows)
            for one in row.alarm.members
        }
        parts.view.show_alarms(words)
        for window in parts.windows.open:
            window.show_alarms()
        parts.navigator.tree.show_asking(_asking(rows))
        self._show_notices(now)
        self._show_selected_alarm(parts.strip.current)

    def _show_alarm_rows(self, now: float) -> None:
        self._parts.strip.show_alarms(now)
        if self._parts.alarms.isVisible():
            self._parts.alarms.show_alarms(now)

    def _show_selected_alarm(self, chosen: Standing | None = None) -> None:
        """Select the alarm that the selected plot shows: A is about it.

        Args:
            chosen: the alarm to be selected if the plot shows several.
        """
        place, strip = self._context.selection, self._parts.strip
        if place is None:
            strip.follow(None)
            return
        row = self._session.shown_by(place.key, chosen)
        strip.follow("" if row is None else row.alarm.id)

    def _show_statuses(self) -> None:
        """Mark pages and plots in the navigator."""
        silent = self._parts.view.quiet is not None
        self._parts.navigator.tree.show_statuses(self._client, silent=silent)

    def _show_selection(self) -> None:
        """Show the selected plot in words."""
        view = self._parts.view
        tile = view.selected_tile()
        mark = tile.status() if tile is not None else Status.WAITING
        now = self._context.clock()
        self._parts.panel.show_plot(view.selected, self._client, now, mark)

    def _show_guidance(self) -> None:
        """Show what the site says of the selected plot, where it is another."""
        place = self._context.selection
        key = place.key if place is not None else ""
        if key != self._guided:
            self._guided = key
            self._parts.guidance.show_plot(place)

    def _selection_changed(self) -> None:
        self._show_selection()
        self._show_guidance()
        self._show_selected_alarm()

    def _show_notices(self, now: float) -> None:
        """Show the worst notice at the foot, and all of them in the list."""
        slow = slow_words(self._frame_time())
        waiting = self._parts.sound.for_leader()
        waiting += [each.sentence for each in self._session.unanswered]
        # what is said of the data stands before what is said of this window
        mild = [*slow, *attention_words(self._session)]
        lately = [words for when, words in self._told if now - when < TOLD_FOR]
        loud = [*waiting, *lately]
        rest = untold(self._session)
        self._parts.notices.show_client(self._client, loud, mild, rest)
        loud = [*waiting, *(words for _, words in self._told)]
        self._parts.problems.show_client(self._client, loud, mild, rest)

    def _show_header(self) -> None:
        client, header = self._client, self._parts.header
        header.show_run(client)
        header.show_coverage(coverage_now(client))
        now = self._context.wall_clock()
        run, live = client.mailbox.run, PLAYED if self._context.played else LIVE
        header.show_liveness(liveness(run, client.engine, now, live))

    def _show_welcome(self) -> None:
        welcome = self._parts.welcome
        if self._client.source:
            welcome.show_opening(opening_words(self._client))
        else:
            welcome.show_welcome(self._context.settings.recent)

    def show_lately(self) -> None:
        """Show what happened, where that is shown."""
        overview = self._parts.overview
        if self._parts.timeline.isVisible():
            self._parts.timeline.show_now()
        if self._parts.view.on_overview:
            now = self._context.clock()
            self._parts.lately.show_overview(overview.shown, overview.looks.since, now)

    def _recolour(self) -> None:
        """The look is another: its colours, its scale, or the clock times are in."""
        now = self._session.now()
        self._show_statuses()
        self.show_state()
        self._show_alarm_rows(self._context.clock())
        self.show_session(now)
        self._show_notices(self._context.wall_clock())
