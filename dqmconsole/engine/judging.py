"""All plots of a site, judged whenever something they rest on changed."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import starmap
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.defaults import PERSIST
from dqmconsole.engine.checking import Found, Steady, held
from dqmconsole.engine.elements import PLOT_ERRORS, Inspection
from dqmconsole.engine.extents import parts_in
from dqmconsole.engine.judge import judge, not_judged
from dqmconsole.engine.memory import Onset, after
from dqmconsole.engine.plot_checks import PlotChecks, is_over
from dqmconsole.model.cause import LOCAL
from dqmconsole.model.frame import Expected, RollupFact, VerdictFact
from dqmconsole.model.history import TransitionFact
from dqmconsole.model.known_issue import issues_in
from dqmconsole.model.layout import (
    Layout,
    Page,
    Plot,
    page_key,
    plot_key,
    subsystem_of,
)
from dqmconsole.model.pieces import ended
from dqmconsole.model.problem import Problem
from dqmconsole.model.verdict import (
    JUDGED,
    WORST_FIRST,
    Status,
    Verdict,
    by_default,
    last_words,
    roll_up,
)
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from dqmconsole.engine.asking import Asking
    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.memory import Memory
    from dqmconsole.engine.quarantine import Quarantine
    from dqmconsole.engine.references import References
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.cause import Extent, Family
    from dqmconsole.model.histogram import Axis
    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import CheckResult, LastVerdict, Rollup
    from dqmconsole.recording.recent import Recalled, Recent
    from dqmconsole.site.findings import Place

_log = logging.getLogger(__name__)
_AGAIN_AFTER = 1.0  # s: plots whose verdict depends on time, or could not be read
_MOST = 4  # plots that are judged side by side
_TOGETHER = 32 << 10  # bytes of their bins, at most
# of these it is kept why: they ask something of a person
_TOLD = (Status.BAD, Status.WARNING, Status.STALE, Status.MISSING, Status.FAILED)
_WRONG = (Status.BAD, Status.WARNING)
_HALF = 0.5  # of what a producer's test passes, where no more is left the loss is gross
_LOOSE = Layout("", (Page("", ()),))  # for elements that are on no page


class JudgedPlot:
    """One plot on one page, with its latest verdict."""

    def __init__(self, layout: Layout, page: Page, plot: Plot) -> None:
        self.key = plot_key(layout.layout, page.page, plot.path)
        self.layout = layout.layout
        self.page = page_key(layout.layout, page.page)
        self.shift = page.audience == "shift"
        self.isolated = layout.commissioning
        self.plot = plot
        self.subsystem = subsystem_of(plot.path)
        self.inspected = Inspection()
        self.looked: tuple[int, int] | None = None
        self.verdict: Verdict | None = None
        self.expected: Expected | None = None
        self.parts: tuple[Extent, ...] = ()  # of what is wrong, that lie apart
        self.otherwise: Otherwise | None = None
        self.run = 0
        self.onset: Onset | None = None
        self.braces = ""  # names those that are written with it in one line
        self.inherited = False  # the onset is that of an engine before this one
        self.announced: _Announced | None = None


class Otherwise(NamedTuple):
    """How a plot is wrong the other way, too: too little of it, or too much.

    Attributes:
        result: of the worst of the checks that found it.
        extent: where.
        parts: of that, that lie apart.
    """

    result: CheckResult
    extent: Extent
    parts: tuple[Extent, ...]


class _Announced:
    """What holds of the producer's tests of a plot, over the updates of a run."""

    def __init__(self, run: int, status: Status | None) -> None:
        self.run = run
        self.step: object = None
        self.before = self.now = Steady(status)

    def look(
        self, step: object, worst: CheckResult, persist: int | None, *, at_once: bool
    ) -> Status:
        """What may be announced of them.

        Args:
            step: changes with every update.
            worst: what they found, judged.
            persist: updates in a row that must agree, if the layout says so.
            at_once: nothing newer can come.
        """
        if step != self.step:
            self.step, self.before = step, self.now
        lost = worst.family == "missing" and worst.status is Status.BAD
        half = worst.value is not None and worst.value <= _HALF
        found = Found(worst, gross=lost and half)
        need = PERSIST if persist is None else persist
        self.now, said = held(self.before, found, need, at_once=at_once)
        return said.result.status


class Judging:
    """Verdicts and roll-ups of every plot; work is done in slices.

    Args:
        elements: what is judged.
        references: what plots are compared with.
        site: its layouts and known issues.
        places: where its plots are written, by key.
        clock: a monotonic clock, s, for the slices.
        memory: keeps onsets across restarts, or None.
        quarantine: knows the checks that do not end.
        recent: keeps what the last updates added.
        at_once: what checks find holds, be it seen in one update alone.

    Attributes:
        plots: all of them, by key.
        changes: grows with every verdict that changed.
    """

    def __init__(
        self,
        elements: Elements,
        references: References,
        site: Site,
        places: Mapping[str, Place],
        clock: Callable[[], float],
        memory: Memory | None,
        quarantine: Quarantine,
        recent: Recent,
        *,
        at_once: bool = False,
    ) -> None:
        self._elements = elements
        self._checks = PlotChecks(
            elements, references, site, quarantine, recent, at_once=at_once
        )
        self._site = site
        self._places = places
        self._clock = clock
        self.plots: dict[str, JudgedPlot] = {
            one.key: one for one in starmap(JudgedPlot, plots_of(site))
        }
        self._by_subsystem: dict[str, list[JudgedPlot]] = {}
        self._by_page: dict[str, list[JudgedPlot]] = {}
        self._by_layout: dict[str, list[JudgedPlot]] = {}
        for one in self.plots.values():
            self._by_subsystem.setdefault(one.subsystem, []).append(one)
            self._by_page.setdefault(one.page, []).append(one)
            if one.shift:
                self._by_layout.setdefault(one.layout, []).append(one)
        self.isolated: set[str] = {
            name
            for name, plots in self._by_subsystem.items()
            if all(one.isolated for one in plots)
        }
        written = Counter(places[key] for key in self.plots if key in places)
        for key, one in self.plots.items():
            place = places.get(key)
            if place is not None and written[place] > 1:
                one.braces = f"{place.file}:{place.line}:{place.column}"
        self.changes = 0
        self._memory = memory
        if memory is not None:
            for one in self.plots.values():
                one.onset = memory.onsets.get(one.key)
                one.inherited = one.onset is not None
        self._loose: dict[str, JudgedPlot] = {}
        self._at_once = at_once
        self._known: tuple[int, dict[str, tuple[KnownIssue, ...]]] = (0, {})
        self._queue: dict[str, JudgedPlot] = {}
        # those at the moment, still queued, and what is left to do of them
        self._beside: list[JudgedPlot] = []
        self._pieces: Generator[None, None, list[None]] | None = None
        self._signatures: dict[str, object] = {}
        self._conditions: object = None
        self._again_at = 0.0
        self._dirty: dict[str, None] = {}
        self._rollups: dict[str, Rollup] = {}
        self._facts: list[VerdictFact | TransitionFact] = []
        self._missing: dict[str, tuple[Problem, ...]] = {}
        self._missing_told: tuple[Problem, ...] | None = None

    def continue_from(self, earlier: Judging) -> None:
        """Take over since when statuses hold: a site read again changes no plot."""
        self._checks.continue_from(earlier._checks)
        for key, one in self.plots.items():
            if key in earlier.plots:
                one.onset = earlier.plots[key].onset
                one.inherited = earlier.plots[key].inherited
                one.announced = earlier.plots[key].announced

    def renew(self, *, lacking: bool = False) -> None:
        """Judge plots again: their references are others, or were found.

        Args:
            lacking: only those that lacked one are compared again.
        """
        self._checks.renew(lacking=lacking)
        self._signatures.clear()

    def recall(self, recalled: Recalled) -> None:
        """Let windows go on from what was recorded before this engine came."""
        self._checks.recall(recalled)
        self._signatures.clear()

    def say_again(self, site: Site) -> None:
        """Say all verdicts, roll-ups and problems again: the site is sent again.

        Args:
            site: with the same plots; other problems.
        """
        self._site = site
        judged = [one for one in self.plots.values() if one.verdict is not None]
        self._facts = [
            VerdictFact(one.key, one.run, one.verdict)
            for one in judged
            if one.verdict is not None
        ]
        self._rollups, self._missing_told = {}, None
        self._dirty = dict.fromkeys((*self._by_page, *self._by_layout))

    @property
    def subsystems(self) -> frozenset[str]:
        """The subsystems whose plots are judged."""
        return frozenset(self._by_subsystem)

    def applies(self, subsystem: str) -> bool:
        """Tell whether some plot of a subsystem means something in this run."""
        plots = self._by_subsystem.get(subsystem, [])
        return not plots or any(
            one.verdict is None or one.verdict.status is not Status.NOT_APPLICABLE
            for one in plots
        )

    @property
    def pending(self) -> int:
        """Plots still to be judged."""
        return len(self._queue)

    def waits(self, subsystem: str) -> bool:
        """Tell whether plots of a subsystem are still to be judged."""
        plots = self._by_subsystem.get(subsystem, ())
        return any(one.key in self._queue for one in plots)

    def notice(self, state: SourceState) -> None:
        """Queue the plots whose verdict may have changed."""
        everything = state.conditions != self._conditions
        self._conditions = state.conditions
        again = state.now >= self._again_at
        if again:
            self._again_at = state.now + _AGAIN_AFTER
        for key in self._checks.awaiting(state):
            if key in self.plots:
                self._queue[key] = self.plots[key]
        for subsystem, plots in self._by_subsystem.items():
            signature = state.signature(subsystem)
            if everything or self._signatures.get(subsystem) != signature:
                self._signatures[subsystem] = signature
                self._queue.update((one.key, one) for one in plots)
            elif again:
                self._queue.update(
                    (one.key, one)
                    for one in plots
                    if one.plot.stale_after is not None
                    or one.inspected.trouble
                    or one.inspected.reading
                )

    def work(self, state: SourceState, until: float) -> None:
        """Judge what is queued until the clock says `until`."""
        now, took = self._clock(), 0.0
        while self._queue and now + took < until:
            self._go_on(next(iter(self._queue.values())), state)
            before, now = now, self._clock()
            took = max(took, now - before)  # as long as the next may take

    def work_for(self, key: str, state: SourceState, until: float) -> bool:
        """Judge one plot before all others, until the clock says `until`.

        One piece of it at least; returns whether it is judged and time is left.
        """
        while key in self._queue:
            self._go_on(self._queue[key], state)
            if self._clock() >= until:
                return False
        return True

    def finish(self, until: float = inf) -> bool:
        """Judge to its end what was begun: what it rests on is about to change.

        Until the clock says `until`; returns whether nothing is left of it.
        """
        while self._pieces is not None:
            self._take_piece(self._pieces)
            if self._clock() >= until:
                break
        return self._pieces is None

    def verdict_now(self, key: str, path: str, state: SourceState) -> Verdict:
        """The verdict on one plot as it is now; judged first if it must be.

        Args:
            key: the plot. Of an element that is on no page the verdict is told to
                nobody else.
            path: path of its element.
            state: run, clients and conditions.
        """
        one = self.plots.get(key)
        if one is None:
            one = self._loose.get(path)
            if one is None:
                page = _LOOSE.pages[0]
                one = self._loose[path] = JudgedPlot(_LOOSE, page, Plot(path))
            asking = self._checks.ask([self._safe_verdict(one, state)], [path])
            (verdict,) = ended(asking)
            return verdict
        if one.verdict is None:
            self._queue[key] = one
        while key in self._queue:
            self._go_on(one, state)
        assert one.verdict is not None
        return one.verdict

    def cannot_be_drawn(self, key: str, why: str) -> None:
        """A plot turned out to be unreadable when it was drawn: judge it again."""
        one = self.plots.get(key)
        if one is not None and one.inspected.defect != why:
            one.inspected = msgspec.structs.replace(one.inspected, defect=why)
            self._queue[key] = one

    def forget_loose(self, paths: frozenset[str]) -> None:
        """Forget elements that are on no page, but for these."""
        on_pages = {one.plot.path for one in self.plots.values()}
        for path in [each for each in self._loose if each not in paths]:
            one = self._loose.pop(path)
            if path not in on_pages:
                self._checks.forget(one.key, path)

    def take_facts(self) -> list[VerdictFact | TransitionFact | RollupFact]:
        """The verdicts and roll-ups that changed since the last call."""
        facts: list[VerdictFact | TransitionFact | RollupFact] = list(self._facts)
        self._facts = []
        dirty, self._dirty = self._dirty, {}
        for name in dirty:
            plots = self._by_page.get(name) or self._by_layout.get(name) or []
            # What was not judged yet waits: a half-judged page must not look done.
            rollup = roll_up(
                (
                    one.verdict.status if one.verdict else Status.WAITING
                    for one in plots
                ),
                by_default(one.verdict for one in plots),
            )
            if self._rollups.get(name) != rollup:
                self._rollups[name] = rollup
                facts.append(RollupFact(name, rollup))
        return facts

    def take_problems(self) -> tuple[Problem, ...] | None:
        """The problems of the layouts, whole, when they changed, else None."""
        if self._queue:
            return None
        found = self._site.problems + tuple(
            problem for key in sorted(self._missing) for problem in self._missing[key]
        )
        if found == self._missing_told:
            return None
        self._missing_told = found
        return found

    def _go_on(self, one: JudgedPlot, state: SourceState) -> None:
        """Judge a piece: of what was begun, else of this plot."""
        self._take_piece(self._pieces or self._begin(one, state))

    def _take_piece(self, pieces: Generator[None, None, list[None]]) -> None:
        try:
            next(pieces)
        except StopIteration:
            self._pieces = None
            for each in self._beside:
                self._queue.pop(each.key, None)

    def _begin(
        self, one: JudgedPlot, state: SourceState
    ) -> Generator[None, None, list[None]]:
        """Judge a plot, and with it some of its page that are queued, if all are small.

        What they ask the same check is asked at once.
        """
        some, room = [one], _TOGETHER - self._checks.nbytes(one.key)
        for other in self._by_page[one.page] if room > 0 else ():
            if other.key in self._queue and other is not one:
                room -= self._checks.nbytes(other.key)
                if room < 0 or len(some) == _MOST:
                    break
                some.append(other)
        self._beside = some
        self._pieces = self._checks.ask(
            [self._judge(each, state) for each in some],
            [each.plot.path for each in some],
        )
        return self._pieces

    def _judge(self, one: JudgedPlot, state: SourceState) -> Asking[None]:
        run = state.run
        verdict = yield from self._safe_verdict(one, state)
        self._note_missing(one, verdict)
        verdict = self._dated(one, verdict, state)
        if one.verdict is not None and one.run == run and verdict == one.verdict:
            return
        one.verdict, one.run = verdict, run
        self.changes += 1
        self._facts.append(VerdictFact(one.key, run, verdict))
        self._dirty[one.page] = None
        if one.shift:
            self._dirty[one.layout] = None

    def _dated(self, one: JudgedPlot, verdict: Verdict, state: SourceState) -> Verdict:
        """The verdict with its onset, and with what was judged before if it is not.

        The time of a judged status is that of its data, as its lumisection is.
        """
        client = state.client_of(one.plot.path)
        since, began = None, state.now
        if client is not None:
            since = client.lumisection
            if verdict.status in JUDGED:
                times = (client.produced, client.written, began)
                began = next(each for each in times if each is not None)
        onset = after(one.onset, Onset(state.run, verdict.status, since, began))
        if onset != one.onset:
            one.onset = onset
            self._tell(one, onset, verdict, state, since)
        words = last_words(onset.last, state.run, self._site.settings.unit)
        return msgspec.structs.replace(
            verdict,
            since=onset.since,
            began=onset.began,
            last=onset.last,
            sentence=f"{verdict.sentence}; {words}" if words else verdict.sentence,
        )

    def _tell(
        self,
        one: JudgedPlot,
        onset: Onset,
        verdict: Verdict,
        state: SourceState,
        reached: int | None,
    ) -> None:
        """Tell and keep that a plot's status became another."""
        fact = TransitionFact(
            one.key,
            onset.run,
            onset.status,
            state.now,
            state.reached if reached is None else reached,
            verdict.sentence if onset.status in _TOLD else "",
        )
        self._facts.append(fact)
        if self._memory is not None:
            self._memory.note(one.key, onset, fact)

    def _safe_verdict(self, one: JudgedPlot, state: SourceState) -> Asking[Verdict]:
        try:
            return (yield from self._verdict(one, state))
        except PLOT_ERRORS as error:
            _log.exception("judging %s", one.key)
            return Verdict(Status.FAILED, f"could not be judged: {error}")

    def _verdict(self, one: JudgedPlot, state: SourceState) -> Asking[Verdict]:
        run = state.run
        version = state.versions.get(one.subsystem, 0)
        if not version:
            one.inspected, one.looked = Inspection(), None
        elif (
            one.looked != (run, version)
            or one.inspected.trouble
            or one.inspected.reading
        ):
            one.inspected = self._elements.inspect(run, one.plot, one.inspected)
            one.looked = (run, version)
        path = one.plot.path
        inspected = self._elements.of_one_producer(run, path, one.inspected)
        known = self._known_in(path, run)
        one.expected = None
        excused = not_judged(one.plot, inspected, state)
        if excused is not None:
            if excused.status is Status.NOT_APPLICABLE:
                self._checks.interrupt(one.key, one.plot, state)
            return msgspec.structs.replace(excused, known=len(known))
        left = self._checks.settling(one.key, one.plot, state)
        if left:
            updates = "update" if left == 1 else f"{left} updates"
            words = f"its needs hold again; judged after the next {updates}"
            return Verdict(Status.NOT_APPLICABLE, words, known=len(known))
        was_worse = one.inherited and _was_worse(one.onset, run)
        found = yield from self._checks.of(
            one.key, one.plot, state, known, was_worse=was_worse
        )
        one.inherited = one.inherited and not self._checks.goes_on(one.key, path)
        results = tuple(each.result for each in found)
        verdict = judge(one.plot, inspected, state, len(known), results)
        unsure = self._checks.unsure(one.key)
        if unsure and verdict.status is Status.GOOD:
            low = Status.LOW_STATISTICS
            verdict = msgspec.structs.replace(verdict, status=low, sentence=unsure)
        shown = _shown_of(verdict, found)
        one.expected = None if shown is None else shown.expected
        one.parts, one.otherwise = (), None
        if one.plot.axes and verdict.status in _WRONG:
            extent, one.parts = _parts_of(one.plot, verdict, shown, found)
            if extent is not None:
                one.otherwise = _otherwise(one.plot, verdict, found)
            verdict = msgspec.structs.replace(verdict, extent=extent)
        announced = self._announced(one, verdict, state)
        if announced is not verdict.status:
            verdict = msgspec.structs.replace(verdict, held=announced)
        return verdict

    def _announced(
        self, one: JudgedPlot, verdict: Verdict, state: SourceState
    ) -> Status:
        """What holds of a verdict; the checks of the layout wait by themselves."""
        counted = [
            each
            for each in verdict.checks
            if each.origin == "producer" and each.counts and each.status in JUDGED
        ]
        if verdict.status not in JUDGED or not counted:
            return verdict.status
        if one.announced is None or one.announced.run != state.run:
            last = _last_judged(one.onset, state.run)
            one.announced = _Announced(state.run, None if last is None else last.status)
        said = one.announced.look(
            state.versions.get(one.subsystem, 0),
            min(counted, key=lambda each: WORST_FIRST.index(each.status)),
            one.plot.quality_persist,
            at_once=self._at_once or is_over(state, state.client_of(one.plot.path)),
        )
        own = [each.status for each in verdict.checks if each.origin != "producer"]
        known = [each for each in (said, *own) if each in JUDGED]
        return max(known, key=JUDGED.index, default=said)

    def _known_in(self, path: str, run: int) -> tuple[KnownIssue, ...]:
        if self._known[0] != run:
            self._known = (run, {})
        known = self._known[1]
        if path not in known:
            known[path] = issues_in(self._site.known, path, run)
        return known[path]

    @property
    def checks(self) -> PlotChecks:
        """The checks of the plots: they know what is judged and drawn of each."""
        return self._checks

    def expected(self, key: str, path: str) -> Expected | None:
        """What the latest verdict on a plot measured against, or None.

        Args:
            key: the plot.
            path: of its element.
        """
        one = self.plots.get(key) or self._loose.get(path)
        return None if one is None else one.expected

    def _note_missing(self, one: JudgedPlot, verdict: Verdict) -> None:
        lost = one.inspected.lost
        messages = []
        if verdict.status is Status.MISSING:
            messages.append(verdict.sentence)
        if verdict.status not in (Status.MISSING, Status.NOT_APPLICABLE):
            messages += [f"overlay not in this run: {path}" for path in lost]
        if not messages:
            self._missing.pop(one.key, None)
            return
        found = self._places.get(one.key)
        where = (found.file, found.line, found.column) if found else ("", 0, 0)
        self._missing[one.key] = tuple(
            Problem(message, *where, "advice", "layout", one.key)
            for message in messages
        )


def _was_worse(onset: Onset | None, run: int) -> bool:
    """Tell whether a plot was judged BAD or WARNING last, in this run.

    An engine that starts says of each plot that there is no run yet.
    """
    last = _last_judged(onset, run)
    return last is not None and last.status in _WRONG


def _last_judged(onset: Onset | None, run: int) -> Onset | LastVerdict | None:
    """What a plot was judged to be last, in this run; or None."""
    last = onset if onset is None or onset.status in JUDGED else onset.last
    return None if last is None or last.run != run else last


def _shown_of(verdict: Verdict, found: Iterable[Found]) -> Found | None:
    """The check that decided, of which it is shown what it measured against.

    Where a test of the producer decided, which has no bins to show, it is the worst of
    the checks beside it.
    """
    own = [each for each in verdict.checks if each.origin != "producer"]
    if own and own[0] is not verdict.checks[0]:
        own.sort(key=lambda each: WORST_FIRST.index(each.status))
    decided = own[0] if own else None
    return next((each for each in found if each.result is decided), None)


def _parts_of(
    plot: Plot, verdict: Verdict, shown: Found | None, found: Sequence[Found]
) -> tuple[Extent | None, tuple[Extent, ...]]:
    """Where bins are at fault, as the layout names places, and what lies apart.

    None where that is unknown. A check beside the producer's test that decided tells
    it if it finds the same. What milder checks find of the same kind is wrong, too.
    """
    if shown is None or shown.place is None:
        return None, ()
    family = verdict.checks[0].family
    if shown.result.family != family:
        return None, ()
    return _places_of(plot, family, shown.place.axes, found)


def _otherwise(
    plot: Plot, verdict: Verdict, found: Sequence[Found]
) -> Otherwise | None:
    """How a plot with too much, or too little, is wrong the other way, if it is."""
    family = verdict.checks[0].family
    others = [
        each
        for each in found
        if family in LOCAL and each.result.family in LOCAL
        if each.result.family != family and each.place is not None
        if each.result.status in _WRONG and each.result.counts
    ]
    if not others:
        return None
    worst = min(others, key=lambda each: WORST_FIRST.index(each.result.status))
    assert worst.place is not None
    extent, parts = _places_of(plot, worst.result.family, worst.place.axes, others)
    return None if extent is None else Otherwise(worst.result, extent, parts)


def _places_of(
    plot: Plot, family: Family | None, axes: tuple[Axis, ...], found: Sequence[Found]
) -> tuple[Extent | None, tuple[Extent, ...]]:
    """Where checks find one way of being wrong, and what of that lies apart.

    What milder checks find is wrong, too; where that leaves the places scattered, and
    those of the worst alone would not be, these are where it is.
    """
    alike = [
        each
        for each in found
        if each.place is not None
        if each.result.status in _WRONG and each.result.family == family
    ]
    where = _together(plot, axes, alike)
    bad = [each for each in alike if each.result.status is Status.BAD]
    if where[0] is not None and where[0].scattered and 0 < len(bad) < len(alike):
        worst = _together(plot, axes, bad)
        if worst[0] is not None and not worst[0].scattered:
            return worst
    return where


def _together(
    plot: Plot, axes: tuple[Axis, ...], found: Sequence[Found]
) -> tuple[Extent | None, tuple[Extent, ...]]:
    """Where checks that find one way of being wrong do so, as :func:`_places_of`."""
    places = [each.place for each in found if each.place is not None]
    bins, which = np.unique(
        np.concatenate([each.bins for each in places]), return_inverse=True
    )
    every = np.concatenate([each.values for each in places])
    values, left = None, None
    if found[0].result.family == "excess":
        values = np.zeros(bins.size)
        np.maximum.at(values, which, every)
    elif found[0].result.family == "missing":
        left = np.full(bins.size, np.inf)
        np.minimum.at(left, which, every)
    broad = any(each.broad for each in places)
    firm = all(each.firm for each in places)
    return parts_in(
        plot.axes, axes, bins, plot.part, values, left, broad=broad, firm=firm
    )
