"""The engine's loop: the inbox, the source, tiles, verdicts, and frames, in slices."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole import __version__
from dqmconsole.engine.bundle_view import BundleView
from dqmconsole.engine.changes import GENERIC
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.jobs import Jobs
from dqmconsole.engine.outages import Notices
from dqmconsole.model.alarm import chain_test_alarm
from dqmconsole.model.frame import Frame, ProblemsFact
from dqmconsole.model.message import (
    AddWords,
    AskChainTest,
    AskForm,
    AskHistory,
    AskRecorded,
    AskUnsaved,
    Browse,
    DrawExamples,
    EditLayout,
    Export,
    Fit,
    Hello,
    MakeEvidence,
    Open,
    Ping,
    Problems,
    Receipt,
    Search,
    SignedOff,
    SiteMessage,
    TakeUp,
    UseOverrides,
    UseReference,
    Watch,
    WhatIf,
)
from dqmconsole.model.paths import with_home
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import SiteSettings
from dqmconsole.site.bundle import is_bundle
from dqmconsole.site.kinds import CORE
from dqmconsole.site.site import bundled_site
from dqmconsole.sources.evidence import EvidenceFile
from dqmconsole.sources.open import open_source
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from dqmconsole.engine.changes import Change
    from dqmconsole.engine.editing import Editing
    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.frame import Fact, Tile
    from dqmconsole.model.message import Down, Up
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables

    EngineContext = SourceContext | BundleView
    JudgeRecorded = Callable[[WhatIf, Site, str, Path | None], Job]
    Asked = (
        Search | Browse | DrawExamples | MakeEvidence | AddWords | Fit | Export
        | AskHistory | AskRecorded
    )  # fmt: skip

    class EngineLink(Protocol):
        """The engine's end of the link."""

        def put(self, message: Up | Down) -> None:
            """Send a message; never waits."""

        def receive(self) -> list[Up | Down]:
            """All messages that have come in; never waits."""


_log = logging.getLogger(__name__)
SLICE = 0.010  # s of work between two looks into the inbox
FRAME_EVERY = 0.1  # s, at least, between frames that nobody asked for
HELD = 0.1  # s for which a page's first tiles wait for the rest of it
HEARTBEAT = 0.5  # s, at most, between frames
POLL_EVERY = 0.02  # s between two looks at the source
REVIEW_AFTER = 0.5  # s without an edit, until the rules of the site are looked at
SITE_EVERY = 1.0  # s between two looks at the site's files
REOPEN_EVERY = 2.0  # s between two attempts at a source that cannot be opened
SILENT_AFTER = 10.0  # s without a ping
AGAIN_EVERY = 60.0  # s between two lines on the same silence
_STALL = 2.0  # s between two looks: then it was the engine that stood still


class Watchdog:
    """Says in the log when the console does not answer, and when it does again."""

    def __init__(self) -> None:
        self._heard: float | None = None
        self._looked: float | None = None
        self._silent_since: float | None = None
        self._say_at = 0.0

    def heard(self, now: float) -> None:
        """The console gave a sign of life at `now` (unix time, s)."""
        if self._silent_since is not None:
            silent = now - self._silent_since
            _log.warning("the console answers again after %.0f s", silent)
            self._silent_since = None
        self._heard = now

    def look(self, now: float) -> None:
        """Say when the console has been silent for too long."""
        looked, self._looked = self._looked, now
        if self._heard is None:
            return
        if looked is not None and not 0 <= now - looked < _STALL:
            # This process was stopped, or the clock was set: pings may still be
            # on their way, so the console gets its time again.
            self._heard = max(self._heard, now - SILENT_AFTER / 2)
        silent = now - self._heard
        if silent <= SILENT_AFTER:
            return
        if self._silent_since is None:
            self._silent_since = self._heard
            self._say_at = now
        if now >= self._say_at:
            self._say_at = now + AGAIN_EVERY
            _log.warning(
                "the console does not answer for %.0f s", now - self._silent_since
            )


def bundle_stamp(request: Open) -> tuple[int, int, int] | None:
    """Inode, size and mtime (ns) of an evidence bundle that is to be opened.

    One that was refused is refused again until they change. None for other sources.
    """
    path = with_home(request.source)
    if not is_bundle(path):
        return None
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def serve(request: Open, tables: SiteTables = CORE) -> EngineContext:
    """Open what the console asks for.

    Args:
        request: the source, and the site that judges it.
        tables: what features add to a site.

    Raises:
        SourceError: the text names no source, or a bundle that cannot be read.
        OSError: it cannot be reached.
    """
    if is_bundle(Path(request.source)):
        source = open_source(request.source)
        if isinstance(source, EvidenceFile):
            return BundleView(source, parts={e.name: e.blank for e in tables.kinds})
        source.close()  # a folder of such a name
    return SourceContext.of(request, tables)


class Loop:
    """One engine: what :meth:`step` does again and again.

    Args:
        link: its end of the link.
        opener: opens source and site as an :class:`Open` asks.
        clock: a monotonic clock, s, for slices and the load.
        changes: how examples are drawn, by the name of their cause.
        what_if: judges recorded runs by another check, given the site, the source and
            the folder of its records; None: nobody does.
        tables: what features add to a site.
    """

    def __init__(
        self,
        link: EngineLink,
        opener: Callable[[Open], EngineContext] = serve,
        clock: Callable[[], float] = time.perf_counter,
        changes: Mapping[str, Change] = GENERIC,
        what_if: JudgeRecorded | None = None,
        tables: SiteTables = CORE,
    ) -> None:
        self._link = link
        self._changes = changes
        self._opener = opener
        self._clock = clock
        self._opened: EngineContext | None = None
        self._request: Open | None = None
        self._greeted = False
        self._reopen_at = 0.0
        self._refused: object = None  # the bundle as it was when it was refused
        self._site_at = 0.0
        self._poll_at = 0.0
        self._watch: Watch | None = None
        self._watchdog = Watchdog()
        self._notices = Notices()
        self._tiles: list[Tile] = []
        self._facts: list[Fact] = []
        self._sequence = 0
        self._sent_at = 0.0
        self._sent_clock = clock()
        self._worked = 0.0
        self._editing: Editing | None = None
        self._edits = Jobs(clock)
        self._what_if = what_if
        self._recorded = Jobs(clock)
        self._asked_what_if = 0
        self._edits_at = 0.0
        self._tables = tables
        self._review_at = 0.0  # once nobody has edited for a moment
        self._answer = False
        self._held_since = 0.0
        self._news_at = self._tiles_at = 0.0  # when such a frame went out last
        self._partly = False  # that had a part of a page alone

    def step(self, now: float) -> bool:
        """Do one slice of work.

        Args:
            now: unix time, s.

        Returns:
            Whether more work waits; if not, wait for a message before the next.
        """
        began = self._clock()
        self._take_in(now)
        self._watchdog.look(now)
        if self._opened is None and self._request is not None:
            # an expert does not wait for a source that is not there
            waits = 0 < self._reopen_at - now <= REOPEN_EVERY  # the clock may be set
            if not waits and not self._edits.pending:
                self._open(now)
        elif self._opened is not None:
            self._work(self._opened, now, began + SLICE)
        self._go_on_editing(now)
        self._worked += self._clock() - began
        self._send(now)
        pending = 0 if self._opened is None else self._opened.pending
        pending += self._edits.pending + self._recorded.pending + self._reviews(now)
        return pending > 0

    def close(self) -> None:
        """Close the source and all files."""
        self._edits.close()
        self._recorded.close()
        if self._editing is not None:
            self._editing.close()
            self._editing = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    # -- what comes in -------------------------------------------------------

    def _take_in(self, now: float) -> None:
        for message in self._link.receive():
            match message:
                case Open():
                    self.close()
                    self._request = message
                    self._greeted = False
                    self._reopen_at = 0.0
                    self._refused = None
                    self._watchdog.heard(now)
                case Ping():
                    self._watchdog.heard(now)
                case Watch():
                    self._watch = message
                    if self._opened is not None:
                        self._opened.watch(message.items, message.past)
                        self._answer = True
                case Search() | Browse() | DrawExamples() | MakeEvidence() | AddWords():
                    self._ask(message, now)
                case Fit() | Export() | AskHistory() | AskRecorded():
                    self._ask(message, now)
                case EditLayout() | AskForm() | AskUnsaved():
                    self._edit(message)
                    if isinstance(message, EditLayout):
                        self._review_at = now + REVIEW_AFTER
                case WhatIf():
                    self._ask_what_if(message)
                case AskChainTest():
                    run = self._opened.header().run if self._opened else 0
                    self._facts.append(chain_test_alarm(message.request, run, now))
                case TakeUp():
                    self._take_up(message)
                case UseReference():
                    self._use_reference(message)
                case UseOverrides():
                    if self._opened is not None:
                        self._opened.use_overrides(message)
                case SignedOff():
                    if self._opened is not None:
                        self._opened.keep_quality(message.runs)
                case _:
                    _log.warning("a %s is nothing for an engine", type(message))

    def _ask(self, message: Asked, now: float) -> None:
        opened = self._opened
        if opened is None:
            receipt = Receipt(message.request, False, "no source is open")
            self._link.put(receipt)
            return
        match message:
            case Search():
                opened.catalogue.search(message)
            case Browse():
                self._link.put(opened.children(message))
            case DrawExamples():
                opened.draw_examples(message, self._changes)
            case MakeEvidence():
                opened.make_evidence(message, now, self._banner())
            case AddWords():
                opened.add_words(message)
            case Fit():
                opened.fit(message)
            case Export():
                opened.export(message)
            case AskHistory():
                opened.find_history(message)
            case AskRecorded():
                opened.find_recorded(message)

    def _edit(self, message: EditLayout | AskForm | AskUnsaved) -> None:
        """Queue what is asked of the editor: it needs a site, and no source."""
        if self._request is None:
            self._link.put(Receipt(message.request, False, "no site is open"))
            return
        if self._editing is None:
            # not when an engine starts, for hardly any has an editor
            from dqmconsole.engine.editing import Editing

            asked = self._request
            home = Path(asked.site) if asked.site else bundled_site()
            journals = Path(asked.memory) / "unsaved" if asked.memory else None
            settings = self._opened.site.settings if self._opened else SiteSettings("")
            self._editing = Editing(home, journals, settings, self._tables)
        if isinstance(message, EditLayout):
            self._edits.add(self._editing.edit(message))
        elif isinstance(message, AskForm):
            self._edits.add(self._editing.ask_form(message))
        else:
            self._edits.add(self._editing.ask_unsaved(message))

    def _ask_what_if(self, message: WhatIf) -> None:
        """Begin with what another check would have said; with the latest alone."""
        if self._recorded.pending:
            self._recorded.close()
            words = "another limit was asked for"
            self._link.put(Receipt(self._asked_what_if, False, words))
        opened = self._opened
        if self._what_if is None or not isinstance(opened, SourceContext):
            words = "there are no recorded runs here"
            self._link.put(Receipt(message.request, False, words))
            return
        assert self._request is not None
        self._asked_what_if = message.request
        source = self._request.source
        job = self._what_if(message, opened.site, source, opened.records)
        self._recorded.add(job)

    def _take_up(self, message: TakeUp) -> None:
        if self._opened is None:
            if self._request is not None:
                self._request = msgspec.structs.replace(
                    self._request, release=message.release
                )
        elif self._opened.take_up(message.release):
            self._link.put(SiteMessage(self._opened.site))

    def _use_reference(self, message: UseReference) -> None:
        if self._request is not None:  # also of what cannot be opened yet
            self._request = msgspec.structs.replace(
                self._request,
                reference_run=message.run,
                reference_file=message.file,
            )
        if self._opened is not None:
            self._opened.use_reference(message)

    def _open(self, now: float) -> None:
        assert self._request is not None
        stamp = bundle_stamp(self._request)
        if stamp is not None and stamp == self._refused:
            self._reopen_at = now + REOPEN_EVERY
            return
        try:
            opened = self._opener(self._request)
        except (SourceError, OSError) as error:
            self._reopen_at = now + REOPEN_EVERY
            self._refused = stamp
            if not self._greeted:
                self._hello(self._request.source, self._request.banner)
            problem = Problem(str(error), self._request.source, kind="source")
            self._link.put(Problems((problem,)))
            self._facts += self._notices.cannot_open(str(error))
            return
        self._opened = opened
        self._site_at = now + SITE_EVERY
        self._poll_at = 0.0
        self._facts += self._notices.opened()
        self._hello(opened.source.name, self._banner(), opened.moment)
        self._link.put(SiteMessage(opened.site))
        if self._watch is not None:
            opened.watch(self._watch.items, self._watch.past)
            self._answer = True

    def _hello(self, source: str, banner: str, moment: float | None = None) -> None:
        self._greeted = True
        self._link.put(Hello(__version__, os.getpid(), source, banner, moment))

    def _banner(self) -> str:
        assert self._request is not None
        given = self._request.banner
        return given or (self._opened.source.banner if self._opened else "")

    # -- work ----------------------------------------------------------------

    def _work(self, opened: EngineContext, now: float, until: float) -> None:
        waits = 0 < self._site_at - now <= SITE_EVERY
        looks = not waits and not self._edits.pending
        if looks or opened.chooses_site:
            self._site_at = now + SITE_EVERY
            if opened.renew_site():
                self._link.put(SiteMessage(opened.site))
            if opened.reads_otherwise:
                self.close()  # the next step opens it
                return
        due = now >= self._poll_at or now < self._poll_at - 1.0  # or the clock was set
        if due and opened.can_be_polled(until):
            self._poll_at = now + POLL_EVERY
            opened.poll(now)
        self._tiles += opened.draw(until)
        opened.judge(until)
        self._tiles += opened.draw_past(until)
        for answer in (*opened.find(until), *opened.answers(until)):
            self._link.put(answer)
        self._facts += opened.take_facts()
        problems = opened.source_problems()
        if problems is not None:
            self._facts.append(ProblemsFact("source", problems))
            self._facts += self._notices.of(problems)

    def _go_on_editing(self, now: float) -> None:
        """Go on with what is asked of the editor; look what others do to its files."""
        until = self._clock() + SLICE
        for answer in (*self._edits.work(until), *self._recorded.work(until)):
            self._link.put(answer)
        if self._editing is not None and not 0 <= now - self._edits_at < SITE_EVERY:
            self._edits_at = now
            for told in self._editing.look():
                self._link.put(told)
        if self._editing is not None and self._reviews(now):
            for told in self._editing.review():
                self._link.put(told)

    def _reviews(self, now: float) -> bool:
        """Whether what is edited is to be compared with the rules of the site."""
        editing = self._editing
        if editing is None or self._edits.pending or not editing.reviews:
            return False
        return not 0 < self._review_at - now <= REVIEW_AFTER

    # -- what goes out -------------------------------------------------------

    def _send(self, now: float) -> None:
        if self._request is None:
            return  # its first word is Hello
        age = now - self._sent_at
        news = bool(self._tiles or self._facts)
        drawing = self._opened is not None and self._opened.drawing
        if not self._tiles:
            self._held_since = now
        held = drawing and 0 <= now - self._held_since < HELD
        answered = self._answer and not drawing
        due = age < 0 or (age >= HEARTBEAT and not held)
        # Paced against the last news, so that a heart-beat holds nothing up; tiles
        # against the last tiles, for while plots are judged there are always facts.
        before = self._tiles_at if self._tiles else self._news_at
        whole = self._partly and bool(self._tiles) and not drawing
        due |= news and not held and (whole or not 0 <= now - before < FRAME_EVERY)
        if not (due or (answered and news)):
            return
        if answered:
            self._answer = False
        self._sequence += 1
        ticked = self._clock()
        elapsed = ticked - self._sent_clock
        opened = self._opened
        self._link.put(
            Frame(
                sequence=self._sequence,
                sent=now,
                site="" if opened is None else opened.site.hash,
                run=RunInfo() if opened is None else opened.header(),
                tiles=tuple(self._tiles),
                facts=tuple(self._facts),
                busy=min(1.0, self._worked / elapsed) if elapsed > 0 else 0.0,
            )
        )
        if news:
            self._news_at = now
        if self._tiles:
            self._tiles_at, self._partly = now, drawing
        self._tiles, self._facts = [], []
        self._sent_at, self._sent_clock, self._worked = now, ticked, 0.0
