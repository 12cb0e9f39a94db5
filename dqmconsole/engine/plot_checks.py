"""The checks of every plot: what they are given, and what holds of what they find."""

from __future__ import annotations

from contextlib import suppress
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
import numpy as np

from dqmconsole.checks.check import why_not
from dqmconsole.checks.declared import DeclarationError, Declared, declared
from dqmconsole.checks.defaults import PERSIST, apart, defaults_for
from dqmconsole.checks.derived import InputError
from dqmconsole.engine.asking import answering
from dqmconsole.engine.checking import (
    Against,
    Found,
    Origin,
    Steady,
    Subject,
    failed,
    held,
    judged,
    judged_by_each,
)
from dqmconsole.engine.comparisons import Comparisons, grows
from dqmconsole.engine.elements import NOT_READ, defect_of
from dqmconsole.engine.exposures import Exposures
from dqmconsole.engine.inputs import Inputs, NotNowError, snapshot_of
from dqmconsole.engine.judge import STRUCTURAL, unmet
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.known_bins import known_bins
from dqmconsole.model.known_issue import regions_of
from dqmconsole.model.layout import DEFAULT_NORMALIZE, CheckOptions, subsystem_of
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import JUDGED, CheckResult, Status
from dqmconsole.model.when import value_of
from dqmconsole.recording.recent import KEPT, Recent, Snapshot
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from contextlib import AbstractContextManager

    from dqmconsole.checks.check import Check
    from dqmconsole.engine.asking import Asking
    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.quarantine import Quarantine
    from dqmconsole.engine.references import References
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.graph import Element
    from dqmconsole.model.known_issue import KnownIssue, Region
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.run import Client
    from dqmconsole.model.site import Site
    from dqmconsole.recording.recent import Recalled, Window

T = TypeVar("T")
# Share of a run's events that may have been seen while conditions were lost: so many
# shift no shape by more than half of the Kolmogorov distance at which defaults warn.
_NEGLIGIBLE = 0.05
_LARGE = 1 << 30  # bytes
PILEUP_LATE = 15  # lumisections that an update may hold, and its client lag behind
TYPE_COMES_IN = 3  # updates; of a run whose type is not known by then all is judged
_OVER = ("ended", "final", "recorded")
_NO_PILEUP = "the pile-up of its last lumisections is not known yet"
_TURNED = "it is compared with another reference since this update, not yet with it"


class Item(NamedTuple):
    """A check of a plot, or why what the layout writes is none.

    Attributes:
        name: what the layout calls it.
        declared: the check, or None.
        origin: who asked for it.
        persist: updates in a row that must agree.
        trouble: why it is none, or "".
        by_kind: it is one of the plot's kind.
    """

    name: str
    declared: Declared | None
    origin: Origin
    persist: int = 1
    trouble: str = ""
    by_kind: bool = False


class _Kept:
    """What is kept of one plot from one judgement to the next."""

    def __init__(self) -> None:
        self.signature: object = None
        self.written: object = None
        self.items: tuple[Item, ...] = ()
        self.lacking = self.unknown = False
        self.found: tuple[Found, ...] = ()
        self.step: object = None
        self.updates: frozenset[int] = frozenset()  # of the windows that are judged
        self.before: dict[str, Steady] = {}
        self.steady: dict[str, Steady] = {}
        self.nbytes = _LARGE
        self.begin(0)

    def begin(self, run: int) -> None:
        """Another run: nothing is known of it."""
        self.run = run
        self.steady = {}
        self.judged = 0  # updates that were judged
        self.interrupted = False
        self.after = 0  # the number of the last update in which needs did not hold
        self.lost = False  # since it was judged last, conditions were
        self.events: float | None = 0.0  # when it was judged last
        self.outside = 0.0  # events seen while conditions were lost
        self.settling: int | None = None  # updates since needs hold again
        self.reached = 0  # the lumisection in which its needs were looked at last
        self.seen = 0  # the version of which that was counted
        self.window: tuple[object, Window | None] = (None, None)
        # the update that waits for the pile-up of its last lumisection, and of which
        # one that was known
        self.awaits: tuple[tuple[int, int], tuple[int | None, int | None]] | None
        self.awaits = None
        self.rule: tuple[int | None] | None = None  # that it is compared by
        self.turned = 0  # the number of the update since which that is another

    def note_events(self, events: float | None) -> None:
        """It is judged now; what passed while conditions were lost is counted."""
        if self.lost:
            passed = np.inf
            if events is not None and self.events is not None:
                passed = max(events - self.events, 0.0)
            self.outside += passed
        self.lost, self.events = False, events


class _Case:
    """One plot at one moment, while it is judged; what is dear is made once."""

    def __init__(
        self,
        key: str,
        plot: Plot,
        element: Element,
        state: SourceState,
        snapshot: Snapshot,
        kept: _Kept,
        regions: tuple[Region, ...],
    ) -> None:
        self.key = key
        self.plot = plot
        self.element = element
        self.state = state
        self.snapshot = snapshot
        self.kept = kept
        self.regions = regions
        self.window: Window | None = None
        self.defect = defect_of(element)
        self.subject: Subject | None = None
        self.comparisons: tuple[Against, ...] = ()


class PlotChecks:
    """Runs the checks of plots, each once for each snapshot.

    Args:
        elements: what is judged.
        references: what it is compared with.
        site: where exposures stand, and what is known.
        quarantine: knows the checks that do not end.
        recent: keeps what the last updates added.
        at_once: what is found holds, be it seen in one update alone.
    """

    def __init__(
        self,
        elements: Elements,
        references: References,
        site: Site,
        quarantine: Quarantine,
        recent: Recent,
        *,
        at_once: bool = False,
    ) -> None:
        self._quarantine = quarantine
        self._elements = elements
        self._references = references
        self._site = site
        self._recent = recent
        for _, _, plot in plots_of(site):
            if plot.window_lumisections is not None:
                for path in (plot.path, *plot.overlay):
                    self._recent.keep(path, plot.window_lumisections)
        self._kept: dict[str, _Kept] = {}
        self._inputs = Inputs(elements, self._recent)
        self._exposures = Exposures(elements, site.settings.conditions)
        self._comparisons = Comparisons(elements, references, self._exposures, site)
        # of a run: the lumisection that who tells it has seen -> the pile-up
        self._pileups: tuple[int, dict[int | None, float]] = (0, {})
        self._generation = 0
        self._at_once = at_once

    def continue_from(self, earlier: PlotChecks) -> None:
        """Take over what was kept of plots."""
        self._kept = earlier._kept
        self._generation = earlier._generation + 1

    def renew(self, *, lacking: bool = False) -> None:
        """Plots are to be judged again, for their references may be others.

        Args:
            lacking: only those that lacked one.
        """
        if not lacking:
            self._generation += 1
            return
        for kept in self._kept.values():
            if kept.lacking:
                kept.signature = None

    def goes_on(self, key: str, path: str) -> bool:
        """Tell whether as many of a plot's last updates are known as it is judged by.

        A shorter window may be good, or hold too little, where a longer one is not.

        Args:
            key: the plot.
            path: of its element.
        """
        kept = self._kept.get(key)
        judged = () if kept is None else kept.updates
        return self._recent.knows(path, max(judged, default=1))

    def unsure(self, key: str) -> str:
        """Why a plot that was worse is not known to be good, whoever says so; or "".

        That checks by default cannot judge yet makes no verdict, else.
        """
        kept = self._kept.get(key)
        if kept is None or not kept.unknown:
            return ""
        return next(
            (
                each.result.sentence
                for each in kept.found
                if each.result.status is Status.LOW_STATISTICS
                and each.result.check not in STRUCTURAL
            ),
            "",
        )

    def recall(self, recalled: Recalled) -> None:
        """Let windows go on from what was recorded before this engine came."""
        if self._recent.recall(recalled):
            self.renew()

    def interrupt(self, key: str, plot: Plot, state: SourceState) -> None:
        """The needs of a plot do not hold: what is filled now is never judged.

        Neither is the update in which they hold again, nor those of its settling time.
        """
        kept = self._kept_of(key, state.run)
        kept.interrupted, kept.settling = True, 0
        kept.seen = state.versions.get(subsystem_of(plot.path), 0)
        client = state.client_of(plot.path)
        kept.reached = (client.reached if client is not None else None) or kept.reached
        if plot.needs is not None and unmet(plot.needs, state.conditions):
            kept.lost = True

    def settling(self, key: str, plot: Plot, state: SourceState) -> int:
        """Updates that must still pass before a plot is judged whose needs hold."""
        kept = self._kept_of(key, state.run)
        self._note_missed(kept, plot, state)
        settle = 0 if plot.needs is None else plot.needs.settle
        if not settle or kept.settling is None:
            return 0
        version = state.versions.get(subsystem_of(plot.path), 0)
        if version != kept.seen:
            kept.seen = version
            kept.settling += 1
        # the first holds what was filled before
        left = settle + 2 - kept.settling
        if left <= 0 or is_over(state, state.client_of(plot.path)):
            kept.settling = None
            return 0
        if left == 1:
            with suppress(*NOT_READ):  # the next update adds to this one
                element = self._elements.element(state.run, plot.path)
                kept.after = self._take(
                    plot, element, snapshot_of(plot.path, state, self._elements)
                )
                kept.interrupted = False
        return left

    def _note_missed(self, kept: _Kept, plot: Plot, state: SourceState) -> None:
        """Note that partitions were off and came on again since it was looked at last.

        No update showed that: their history says it.
        """
        client = state.client_of(plot.path)
        reached = None if client is None else client.reached
        if plot.needs is None or reached is None:
            return
        history = state.conditions.dcs_since or {}
        on_since = max((history.get(each, 0) for each in plot.needs.dcs), default=0)
        if kept.reached + 1 < on_since <= reached:
            kept.interrupted, kept.settling, kept.lost = True, 0, True
            kept.seen = 0  # with this update they hold again
        kept.reached = reached

    def nbytes(self, key: str) -> int:
        """Bytes of a plot's bins; of one that was not judged yet, more than any has."""
        kept = self._kept.get(key)
        return _LARGE if kept is None else kept.nbytes

    def ask(
        self, askings: Sequence[Asking[T]], paths: Sequence[str]
    ) -> Generator[None, None, list[T]]:
        """Let plots of these paths ask their checks, side by side, piece by piece."""

        def noted(check: Check, at: int) -> AbstractContextManager[None]:
            return self._quarantine.noted(check.NAME, paths[at])

        return answering(askings, noted)

    def of(
        self,
        key: str,
        plot: Plot,
        state: SourceState,
        known: tuple[KnownIssue, ...],
        *,
        was_worse: bool = False,
    ) -> Asking[tuple[Found, ...]]:
        """What the checks of a plot find in it as it is now.

        Args:
            key: the plot, or its bare path.
            plot: the plot; its element was found.
            state: run, clients and conditions, at one moment.
            known: the known issues that show in its element.
            was_worse: an engine before this one found it BAD or WARNING in this run,
                by updates that this one may not know: then the run so far, in which
                they are few, makes it no better.
        """
        if plot.checks == () and plot.window is None:
            return ()
        kept = self._kept_of(key, state.run)
        run, client = state.run, state.client_of(plot.path)
        snapshot = snapshot_of(plot.path, state, self._elements)
        version = snapshot.version
        regions = regions_of(known)
        if kept.written is not plot.checks:
            kept.written = plot.checks
            kept.items = tuple(map(_item, plot.written_checks.values()))
        conditions = state.conditions
        limits = tuple(
            value_of(conditions, each.declared.condition)
            for each in kept.items
            if each.declared is not None and each.declared.condition
        )
        over = self._at_once or is_over(state, client)
        signature = (
            *(run, version, self._generation, regions, plot),
            *(conditions.run_type, over, None if client is None else client.events),
            limits,
        )
        if signature == kept.signature:
            return kept.found
        if self._waits(kept, plot, snapshot, state, over=over):
            return kept.found
        kept.signature = signature
        try:
            element = self._elements.element(run, plot.path)
        except NOT_READ:
            kept.signature, kept.found = None, ()
            return ()  # the verdict says it, or the tile
        step = (run, version)
        if step != kept.step:
            kept.step, kept.before = step, kept.steady
            kept.judged += 1
        case = _Case(key, plot, element, state, snapshot, kept, regions)
        found = yield from self._found(case)
        adds_up = plot.accumulates_over == "run"
        kept.unknown = was_worse and adds_up and not over
        kept.unknown = kept.unknown and not self.goes_on(key, plot.path)
        if kept.unknown:
            found = [(item, _not_known(each)) for item, each in found]
        kept.nbytes = element.nbytes if isinstance(element, Histogram) else 0
        kept.lacking = any(each.reference is None for each in case.comparisons)
        steady: dict[str, Steady] = {}
        said = []
        for item, each in found:
            name = each.result.check
            if not item.by_kind:  # limits of those follow conditions
                name += f" {each.result.configuration}"
            before = kept.before.get(name, Steady())
            steady[name], now = held(before, each, item.persist, at_once=over)
            said.append(now)
        kept.steady, kept.found = steady, tuple(said)
        return kept.found

    def window(
        self, key: str, plot: Plot, state: SourceState, run: int
    ) -> Window | None:
        """What is judged and drawn of a plot that has a window; None: all of the run.

        The run so far, where it is no longer than the window, and while it is not
        known what its last lumisections added.

        Args:
            key: the plot, or its bare path.
            plot: the plot.
            state: run, clients and conditions, at one moment.
            run: the run it is drawn of: the current one, or the one before.
        """
        asked = plot.window_lumisections
        if asked is None:
            return None
        kept = self._kept_of(key, state.run)
        version = self._elements.version(run, plot.path)
        made = (run, version, self._generation, kept.after, asked)
        if made == kept.window[0]:
            return kept.window[1]
        if run != state.run:
            last = kept.window[0]
            same = isinstance(last, tuple) and last[:2] == made[:2]
            return kept.window[1] if same else None
        element = self._elements.readable(run, plot.path)
        if not isinstance(element, Histogram):
            return None
        snapshot = snapshot_of(plot.path, state, self._elements)
        self._take(plot, element, snapshot)
        for path in plot.overlay:
            over = self._elements.readable(run, path)
            if isinstance(over, Histogram):
                self._recent.take(path, over, snapshot_of(path, state, self._elements))
        found, reached = None, snapshot.lumisection
        if kept.after or reached is None or reached > asked:
            found = self._recent.last(plot.path, element, asked, kept.after)
        if found is not None:
            found = found._replace(unit=self._site.settings.unit)
            found = self._exposures.with_pileup(found, run)
        kept.window = (made, found)
        return found

    def overlay(self, key: str, path: str, whole: Histogram) -> Histogram | None:
        """An overlay in the span that is drawn of a plot; None where it is not known.

        Args:
            key: the plot, whose window was asked for.
            path: of the overlay.
            whole: the overlay in all of the run.
        """
        window = self._kept[key].window[1]
        return whole if window is None else self._inputs.gained(path, whole, window)

    def _take(self, plot: Plot, element: Element, snapshot: Snapshot) -> int:
        """Take in what an update added; the number of that, or 0.

        Of what does not accumulate over the run nothing is.
        """
        if isinstance(element, Histogram) and plot.accumulates_over == "run":
            return self._recent.take(plot.path, element, snapshot)
        return 0

    def _kept_of(self, key: str, run: int) -> _Kept:
        kept = self._kept.setdefault(key, _Kept())
        if kept.run != run:
            kept.begin(run)
        return kept

    def forget(self, key: str, path: str) -> None:
        """Forget an element that is on no page, and nobody looks at any more."""
        self._kept.pop(key, None)
        self._recent.forget(path)

    # -- one plot ------------------------------------------------------------

    def _found(self, case: _Case) -> Asking[list[tuple[Item, Found]]]:
        """What each check of a plot finds."""
        element, plot, kept = case.element, case.plot, case.kept
        kept.note_events(case.snapshot.events)
        number = self._take(plot, element, case.snapshot)
        if kept.interrupted:
            # the update in which the needs hold again is not whole
            same = case.snapshot.version == kept.seen
            kept.interrupted, kept.after = False, number + 1 if same else number
        turned = number > 0 and self._turns(case, number)
        case.window = self.window(case.key, plot, case.state, case.snapshot.run)
        if case.window is not None:
            case.element = case.window.histogram
        if turned:
            not_yet = CheckResult("reference", Status.LOW_STATISTICS, _TURNED)
            return [(Item("reference", None, "layout"), Found(not_yet))]
        items = (*(self._by_kind(case) if plot.by_kind else ()), *kept.items)
        kept.updates = frozenset(
            many
            for item in items
            if item.declared is not None and item.declared.check.INCREMENTS
            for many in item.declared.options.updates
        )
        every: list[tuple[Item, Found]] = []
        left: list[Item] = []
        for item in items:
            said = ""
            if item.declared is not None:
                at, said = item.declared.at(case.state.conditions)
                item = item._replace(declared=at)
            found = yield from self._one(item, case)
            if found is None:
                continue
            if item.by_kind and self._never_judges(found.result, case):
                shown = msgspec.structs.replace(found.result, counts=False)
                found = found._replace(result=shown)
            else:
                left.append(item)
            every.append((item, _also_said(found, said)))
        if plot.by_kind and case.comparisons:
            why = _why_unjudged(case.comparisons, left, plot)
            if why is not None:
                every.append((Item(why.check, None, why.origin), Found(why)))
        return every

    def _turns(self, case: _Case, number: int) -> bool:
        """Tell whether another rule has held since this update for a plot's window.

        What was filled before it is compared with nothing any more, nor is the update
        itself, in which both rules held.
        """
        plot, kept = case.plot, case.kept
        if plot.window_lumisections is None:
            return False
        rule = (self._references.rule(plot.path, case.state.conditions.run_type),)
        if kept.rule not in (None, rule):
            kept.turned = number
        kept.rule = rule
        if kept.turned == number:
            kept.after = number - 1
            return True
        kept.after = max(kept.after, kept.turned)
        return False

    def _one(self, item: Item, case: _Case) -> Asking[Found | None]:
        """What one check finds; None where it is not asked."""
        one, element, plot = item.declared, case.element, case.plot
        if one is None:
            return Found(CheckResult(item.name, Status.FAILED, item.trouble))
        wanted, run_type = one.options.run_types, case.state.conditions.run_type
        if wanted and run_type is not None and run_type not in wanted:
            return None
        if wanted and case.state.awaits_type and case.kept.judged <= TYPE_COMES_IN:
            types = " or ".join(wanted)
            words = f"{item.name} is for {types}; the run type is not known yet"
            return Found(CheckResult(item.name, Status.NOT_CHECKED, words))
        if not isinstance(element, Histogram):
            return _not_for(item, "judges histograms alone")
        reason = "" if one.input is not None else _why_not(one.check, element)
        if reason:
            return _not_for(item, reason)
        why = self._quarantine.why(item.name, plot.path)
        if why:
            return failed(one, why, item.origin)
        if case.defect and one.check.FINITE:
            by_layout = item.origin == "layout"
            why = f"not judged: {case.defect}"
            return failed(one, why, item.origin) if by_layout else None
        subject = self._subject(case, element)
        if one.options.against is not None:
            against = self._inputs.against(
                one.options.against, plot, element, case.state, case.window
            )
        else:
            against = self._comparison(case, element)
        if one.input is None and one.options.against is None:
            by_each = judged_by_each(one, subject, case.comparisons, item.origin)
            return (yield from by_each)
        if one.input is None:
            return (yield from judged(one, subject, against, item.origin))
        try:
            made = self._inputs.derived(
                one.input, plot, subject, case.state, case.window
            )
            reason = _why_not(one.check, made.data)
            if reason:
                return _not_for(item, reason)
            against = self._comparisons.derived(
                one.input, plot, made.data, case.state, against
            )
        except NotNowError as error:
            words = f"not judged: {error}"
            return Found(CheckResult(item.name, Status.NOT_CHECKED, words))
        except InputError as error:
            words = f"its input cannot be made: {error}"
            return Found(CheckResult(item.name, Status.FAILED, words))
        found = yield from judged(one, made, against, item.origin)
        if made.data.contents.shape != element.contents.shape:
            found = found._replace(expected=None)  # of bins that are not drawn
        if made.data.axes != element.axes:
            found = found._replace(place=None)
        return found

    def _by_kind(self, case: _Case) -> tuple[Item, ...]:
        """The checks of a plot by its kind."""
        if not isinstance(case.element, Histogram):
            return ()
        origin = _origin(case.plot)
        against = self._comparison(case, case.element)
        reference, band = against.reference, against.band
        runs = sum(each.reference is not None for each in case.comparisons)
        runs = runs if band is None else len(band.runs)
        found = defaults_for(
            case.element, case.plot, reference, runs, self._apart(case, reference)
        )
        return tuple(
            Item(each.check.NAME, each, origin, PERSIST, by_kind=True) for each in found
        )

    def _never_judges(self, result: CheckResult, case: _Case) -> bool:
        """Tell whether a check by kind lacks what its site has none of.

        Without an event count nobody knows how much there should be, in any run.
        """
        if result.status is not Status.NO_REFERENCE or not case.comparisons:
            return False
        how = case.plot.reference.normalize or DEFAULT_NORMALIZE
        conditions = self._site.settings.conditions
        known = {"events": conditions.events, "pileup": conditions.events}
        known |= {"lumi": conditions.integrated, "none": how}
        scaled = case.comparisons[0].note.normalize == "area"
        return scaled and not known.get(how)

    def _apart(self, case: _Case, reference: Histogram | None) -> float:
        """How far the pile-up of the last updates was from that of the reference.

        Of the last one, and of means of as many as windows hold: a scan of two updates
        has few of the entries of fifteen.
        """
        pileup, run = case.state.conditions.pileup, case.snapshot.run
        if pileup is not None:
            if self._pileups[0] != run:
                self._pileups = (run, {})
            told = self._pileups[1]
            told[self._pileup_known(case.state)[1]] = pileup
            if len(told) > KEPT:
                del told[next(iter(told))]
        if reference is None or pileup is None:
            return 0.0
        of = self._references.pileup(case.plot.path, case.state.conditions.run_type)
        last = list(self._pileups[1].values())
        means = (fmean(last[-many:]) for many in CheckOptions().updates)
        return max(apart(each, of) for each in means)

    def _subject(self, case: _Case, data: Histogram) -> Subject:
        if case.subject is None:
            windows = [
                each._replace(unit=self._site.settings.unit)
                for each in self._recent.windows(
                    case.plot.path, data, case.kept.updates, case.kept.after
                )
            ]
            if case.window is not None:  # what lies before it is not judged
                most = case.window.updates
                windows = [each for each in windows if each.updates < most]
            known = known_bins(data.axes, case.regions) if case.regions else None
            events = case.snapshot.events
            whole = case.kept.outside <= _NEGLIGIBLE * (events or 0.0)
            pileup = None
            how = case.plot.reference.normalize or DEFAULT_NORMALIZE
            if how == "pileup" and windows:
                seen = self._exposures.of(case.plot.path, how, case.state, case.window)
                pileup, run = seen.pileup, case.snapshot.run
                windows = [self._exposures.with_pileup(each, run) for each in windows]
            span = ""
            if case.window is not None:  # its needs held in all of it
                events, whole, span = case.window.events, True, case.window.words
            case.subject = Subject(
                *(data, tuple(windows), events, known, pileup, whole, span),
                grows=grows(case.plot),
            )
        return case.subject

    def _waits(
        self,
        kept: _Kept,
        plot: Plot,
        snapshot: Snapshot,
        state: SourceState,
        *,
        over: bool,
    ) -> bool:
        """Tell whether a plot is judged once the pile-up of its newest data is known.

        Another client gives that, often a little later, and what it gave before may be
        that of another luminosity, or of no beam. Where it has not come by the next
        update the plot is judged by what was known last.
        """
        how = plot.reference.normalize or DEFAULT_NORMALIZE
        last, step = snapshot.lumisection, (snapshot.run, snapshot.version)
        begun = isinstance(kept.step, tuple) and kept.step[0] == snapshot.run
        awaited, kept.awaits = kept.awaits, None
        if how != "pileup" or over or last is None:
            return False
        told, seen = self._pileup_known(state)
        if told is not None and told >= last:
            return False
        # where none is told later in a run, as in cosmics, there is none to wait for
        seen = seen if told is not None or not begun else None
        late = seen is not None and seen < last <= seen + PILEUP_LATE
        if told is not None and begun:
            late = late or last <= told + PILEUP_LATE
        if not late or (awaited is not None and awaited[0] != step):
            return False
        kept.awaits = step, (told, seen)
        if not begun:
            not_yet = CheckResult("reference", Status.LOW_STATISTICS, _NO_PILEUP)
            kept.found = (Found(not_yet),)
        return True

    def awaiting(self, state: SourceState) -> list[str]:
        """The plots that waited for the pile-up, of which more is known now."""
        known = self._pileup_known(state)
        return [
            key
            for key, kept in self._kept.items()
            if kept.awaits is not None and kept.awaits[1] != known
        ]

    def _pileup_known(self, state: SourceState) -> tuple[int | None, int | None]:
        """The last lumisection of which there is a pile-up, and that its client saw."""
        path = self._site.settings.conditions.pileup
        client = state.client_of(path) if path else None
        told = self._exposures.pileup_until(state.run)
        return told, None if client is None else client.reached

    def _comparison(self, case: _Case, data: Histogram) -> Against:
        """The first of the plot's references that is there."""
        if not case.comparisons:
            case.comparisons = self._comparisons.of(
                case.plot, data, case.state, case.window
            )
        there = (each for each in case.comparisons if each.reference is not None)
        return next(there, case.comparisons[0])


def _not_known(found: Found) -> Found:
    """What a check found, where it would be good without the last updates."""
    if found.result.status is not Status.GOOD:
        return found
    words = f"what the last updates added is not known: {found.result.sentence}"
    status = Status.LOW_STATISTICS
    said = msgspec.structs.replace(found.result, status=status, sentence=words)
    return found._replace(result=said)


def _why_unjudged(
    comparisons: Sequence[Against], items: Sequence[Item], plot: Plot
) -> CheckResult | None:
    """What is said where nothing is left that judges a plot by its kind; or None."""
    note, origin = comparisons[0].note, _origin(plot)
    lost = all(each.reference is None for each in comparisons)
    if lost and (note.chosen_by or note.sentence.startswith("no reference: ")):
        words = note.sentence
        return CheckResult("reference", Status.NO_REFERENCE, words, origin=origin)
    if origin == "default" or any(each.name not in STRUCTURAL for each in items):
        return None
    words = "no more is checked than that it holds numbers"
    words += f"; {note.sentence}" if lost and note.sentence else ""
    return CheckResult("defaults", Status.NOT_CHECKED, words, origin=origin)


def _origin(plot: Plot) -> Origin:
    """Who asks for the checks by a plot's kind: nobody until its owner adopts them."""
    return "default" if plot.checks is None else "layout"


def _item(written: dict[str, object]) -> Item:
    try:
        found = declared(written)
    except DeclarationError as error:
        name = error.keys[0] if error.keys else ", ".join(map(str, written))
        return Item(name, None, "layout", trouble=f"{name} does not judge: {error}")
    return Item(found.check.NAME, found, "layout", found.options.persist)


def _why_not(check: Check, data: Histogram) -> str:
    return why_not(check, data.dimension, is_profile=data.is_profile)


def _not_for(item: Item, why: str) -> Found:
    """What is said for a check that means nothing for the plot."""
    words = f"{item.name} means nothing here: it {why}"
    return Found(CheckResult(item.name, Status.NOT_CHECKED, words))


def _also_said(found: Found, said: str) -> Found:
    """What a check found, with what is to be said of its limits."""
    if not said or found.result.status not in JUDGED:
        return found
    words = f"{found.result.sentence} ({said})"
    return found._replace(result=msgspec.structs.replace(found.result, sentence=words))


def is_over(state: SourceState, client: Client | None) -> bool:
    """Tell whether nothing newer can come of a client: what is found then holds."""
    if state.run_state is not RunState.RUNNING:
        return True
    return client is not None and client.state in _OVER
