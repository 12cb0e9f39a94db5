"""Observed shifts of recorded runs: whether what is planned is so once it is played."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.app.injected_run import (
    PLACES,
    InjectedRun,
    InjectedRunError,
    PlayedSteps,
)
from dqmconsole.app.recorded_items import (
    RecordedPlots,
    When,
    bad_plots,
    plots_of_run,
    record_of,
)
from dqmconsole.desk.injection_table import InjectionError, parse_injection
from dqmconsole.desk.injections import LOOKED_AT_AFTER
from dqmconsole.desk.judge_source import JudgeError, judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.known_issue import issues_in
from dqmconsole.model.layout import path_of
from dqmconsole.model.verdict import Status
from dqmconsole.recording.run_file import BROKEN_RECORD
from dqmconsole.site.kinds import CORE
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.sources.source import SourceError
from dqmconsole.training.files.lessons import lesson_key
from dqmconsole.training.files.observed_shifts import (
    OBSERVED,
    has_possible_pace,
    wrong_parts,
)
from dqmconsole.training.files.scene import LessonScene
from dqmconsole.training.files.sound import EXAM
from dqmconsole.training.lesson import onset, teaching
from dqmconsole.training.observed_musts import CALL_WITHIN, other_plots
from dqmconsole.training.observed_shift import causes_of, run_of
from dqmconsole.training.truth import LUMISECTION, lumisections

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.run import Client
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.lesson import ObservedPlan, PlannedAlarm, PlannedFault

    Said = Iterator[tuple[str, str]]  # the part of a shift, and the words

BEGAN = 1e9  # unix time, s, of a run that is played for nobody


def check_recorded_shifts(context: SiteReading) -> Iterator[Violation]:
    """Find observed shifts of recorded runs that are not as they are planned.

    A run whose shift is sound so far is judged as it is recorded, at its end, and with
    its faults, update by update, on the plots of the plan.
    """
    observed = teaching(context.site).observed
    read = context.texts.kinds.get("lesson")
    if read is None or read.value.observed is None:
        return
    kept = observed.shifts if observed is not None else ()
    for at, plan in enumerate(read.value.observed.shifts):
        if plan.run.recorded <= 0:
            continue
        # of others something else is wrong, which is said
        is_sound = plan in kept and at not in read.value.observed_drafts
        for part, words in _wrong(plan, context, is_sound=is_sound):
            place = _place(f"shifts[{at}].{part}", context)
            yield Violation("recorded-shift", place, words)


def check_shared_runs(context: SiteReading) -> Iterator[Violation]:
    """Find recorded runs that a trainee sees before the observed shift of them."""
    read = context.texts.kinds.get("lesson")
    if read is None or read.value.observed is None or read.value.exam is None:
        return
    seen = {run for each in read.value.exam.matter for run in each.recorded}
    for at, plan in enumerate(read.value.observed.shifts):
        run = plan.run.recorded
        if run in seen:
            place = _place(f"shifts[{at}].run.recorded", context)
            words = f"recorded: run {run} is in {EXAM}.yaml, too: who saw it in exam or"
            words += " practice knows it. Take another run for the one or the other"
            yield Violation("shared-run", place, words)


def _place(part: str, context: SiteReading) -> Place:
    """Where a part of the observed shifts is written, or what it is a part of."""
    while lesson_key(OBSERVED, part) not in context.places:
        part = part.rpartition(".")[0]
    return context.places[lesson_key(OBSERVED, part)]


SHIFT_RULES = (
    (check_shared_runs, (
        Rule("shared-run", "advice",
             "An observed shift is of a recorded run that exam and practice show, too: "
             "a trainee has seen it before. Example: recorded: 398214 in "
             "observed-shifts.yaml, and recorded: [398214] in exam.yaml."),
    )),
    (check_recorded_shifts, (
        Rule("recorded-shift", "error",
             "An observed shift is of a recorded run that is gone or shorter than it "
             "says, or what it plans is not so when the run is played: a fault leaves "
             "no trace, the checks find what they are to miss, or miss what they are "
             "to find, the false alarm is not there, or the console calls more BAD "
             "than is planned. Example: found_by: checks on a plot without a check."),
    )),
)  # fmt: skip
"""For ``validate``; to play a shift of ninety minutes takes some seconds."""


class PacedSteps(PlayedSteps):
    """The updates of a recorded run as lumisections that come at an even pace.

    Attributes:
        period: s between two of them.
    """

    period = LUMISECTION

    def now(self, update: int) -> float:
        """When an update comes, unix time, s."""
        return BEGAN + update * self.period

    def clients(self, now: float) -> tuple[Client, ...]:
        """Each as it is now; see :class:`Source`."""
        number = {each: at for at, each in enumerate(self.lumisections, 1)}
        found = []
        for each in super().clients(now):
            assert each.lumisection is not None
            update = number[each.lumisection]
            at = self.now(update)
            found.append(
                msgspec.structs.replace(
                    each, lumisection=update, content=update, produced=at, written=at,
                    period=None if each.period is None else self.period,
                )
            )  # fmt: skip
        return tuple(found)


class PlayedShift:
    """The run of a plan, judged update by update, on the plots of the plan.

    Args:
        plan: of the shift.
        path: of the record.
        context: the site that judges.

    Attributes:
        told: path of a plot -> the updates in which it was BAD or WARNING, from where
            the shift begins until ten minutes after the last thing happened in it.
        bad: path -> those in which it was BAD.

    Raises:
        SourceError, InjectedRunError, JudgeError, OSError: it cannot be played.
        DamagedRecordError, sqlite3.Error: the record is damaged.
    """

    def __init__(self, plan: ObservedPlan, path: Path, context: SiteReading) -> None:
        self.told: dict[str, list[int]] = defaultdict(list)
        self.bad: dict[str, list[int]] = defaultdict(list)
        faults = [parse_injection(each) for each in run_of(plan).causes]
        settings, place = context.site.settings, plan.run.seed % PLACES
        paths, word = settings.conditions, settings.lumisection
        run = InjectedRun(path, paths, faults, place, PacedSteps, word)
        source = run.source
        assert isinstance(source, PacedSteps)
        source.period = LUMISECTION / plan.run.speed
        after = min(LOOKED_AT_AFTER, source.period / 2)
        reading = (_with_plots(context.site, planned_plots(plan)), context.places)
        last = onset(causes_of(plan)[-1]) + within(plan)
        with closing(SourceContext(source, context.folder, "", reading)) as judged:
            for update in range(1, min(last, run.updates) + 1):
                run.go_on()
                if update >= plan.run.ahead - 1:
                    judge_at(judged, source.now(update) + after)
                    self._note(judged, update)

    def first(
        self, found: Mapping[str, list[int]], paths: Iterable[str], begin: int, end: int
    ) -> int:
        """The first update, from one to another, in which any of some plots was so."""
        every = (at for path in paths for at in found.get(path, ()))
        return min((at for at in every if begin <= at <= end), default=0)

    def _note(self, judged: SourceContext, update: int) -> None:
        for key, plot in judged.judging.plots.items():
            verdict, path = plot.verdict, path_of(key)
            if verdict is None or verdict.status not in {Status.BAD, Status.WARNING}:
                continue
            self.told[path].append(update)
            if verdict.status is Status.BAD:
                self.bad[path].append(update)


def planned_plots(plan: ObservedPlan) -> frozenset[str]:
    """Paths of the plots on which anything of a plan is to be seen."""
    others = (path for each in plan.faults for path in other_plots(plan, each))
    return frozenset(others).union(*(each.plots for each in plan.faults))


def within(plan: ObservedPlan) -> int:
    """Updates of a plan's run in which one has to call."""
    return lumisections(CALL_WITHIN, plan.run.speed)


def _with_plots(site: Site, paths: Collection[str]) -> Site:
    """A site with some of its plots alone."""
    replace = msgspec.structs.replace
    layouts = tuple(
        replace(
            layout,
            pages=tuple(
                replace(page, plots=tuple(e for e in page.plots if e.path in paths))
                for page in layout.pages
            ),
        )
        for layout in site.layouts
    )
    return replace(site, layouts=layouts)


def _wrong(plan: ObservedPlan, context: SiteReading, *, is_sound: bool) -> Said:
    """The parts of a shift that are wrong, and why.

    Args:
        plan: of the shift.
        context: the site.
        is_sound: nothing else is wrong with it: it is played if nothing is here.
    """
    site, run = context.site, plan.run.recorded
    named = {path for each in plan.faults for path in each.plots}
    if plan.handed_on is not None:
        named.update(plan.handed_on.plots)
    plots = plots_of_run(run, context.folder, site, named)
    if isinstance(plots, str):
        yield "run.recorded", f"recorded: run {run} is gone: {plots}"
        return
    wrong = list(_wrong_in_record(plan, plots, site))
    scene = LessonScene(site, context.texts, context.broken)
    said = set(wrong_parts(plan, None, scene, site))  # before its type was known
    by_type = wrong_parts(plan, plots.run_type, scene, site)
    wrong += [each for each in by_type if each[1] and each not in said]
    if is_sound and not wrong:
        wrong = list(_wrong_as_played(plan, context))
    yield from wrong


def _wrong_in_record(plan: ObservedPlan, plots: RecordedPlots, site: Site) -> Said:
    """What can be said without playing it."""
    run = plan.run
    if plots.updates < run.updates:
        yield "run.updates", f"updates: run {run.recorded} has {plots.updates}"
    there = {plot.path for *_, plot in plots_of(site)}
    causes = {f"faults[{at}]": each.cause for at, each in enumerate(plan.faults)}
    if plan.handed_on is not None:
        causes["handed_on"] = plan.handed_on.cause
    for part, text in causes.items():
        try:
            put = parse_injection(text)
        except InjectionError:
            continue  # which is said, as is a plot that is none of the site
        if put.path not in there:
            continue
        if put.path not in plots.plots:
            why = plots.left_out.get(put.path, "it stands on no page for shifts")
            words = f'"{put.path}" cannot be used of run {run.recorded}: {why}'
            yield f"{part}.cause", f"cause: {words}"
            continue
        if put.update > plots.updates or not has_possible_pace(run):
            continue
        begins = max(put.update, 1)
        last = max(begins, run.ahead) + within(plan)
        place = run.seed % PLACES if put.place is None else put.place
        when = When(begins - 1, last - begins + 1, (place,))
        if why := plots.why_unseen(put.fault, put.path, put.size, when):
            yield f"{part}.cause", f"cause: {put.path}: {why}"


def _wrong_as_played(plan: ObservedPlan, context: SiteReading) -> Said:
    """What is not so when the run is played and judged."""
    run, site = plan.run.recorded, context.site
    try:
        path = record_of(run, context.folder, site)
        bad = bad_plots(run, context.folder, CORE)
        played = PlayedShift(plan, path, context)
    except (
        SourceError,
        InjectedRunError,
        JudgeError,
        OSError,
        *BROKEN_RECORD,
    ) as error:
        yield "run.recorded", f"recorded: run {run} cannot be played: {error}"
        return
    for at, fault in enumerate(plan.faults):
        last = onset(fault.cause) + within(plan)
        for key, words in _wrong_fault(fault, played, last):
            yield f"faults[{at}].{key}", words
    if plan.false_alarm is not None:
        last = onset(plan.false_alarm.cause) + within(plan)
        for words in _wrong_alarm(plan.false_alarm, played, last):
            yield "false_alarm.cause", f"cause: {words}"
    for each in bad:
        if each.path in planned_plots(plan) or issues_in(site.known, each.path, 0):
            continue
        words = f"run {run} is not good: {each.path} is BAD at its end"
        words += f" ({each.verdict.sentence}). A call about it would be a false one"
        yield (
            "run.recorded",
            f"recorded: {words}: name it as false_alarm, or take another",
        )


def _wrong_alarm(alarm: PlannedAlarm, played: PlayedShift, last: int) -> Iterator[str]:
    """Whether the console tells of a false alarm when it is to."""
    begins, plots = onset(alarm.cause), ", ".join(alarm.plots)
    if early := played.first(played.told, alarm.plots, 0, begins - 1):
        yield f"the console tells of {plots} in update {early} already"
    elif not played.first(played.told, alarm.plots, begins, last):
        yield f"the console tells of nothing in {plots} from update {begins} to {last}"


def _wrong_fault(fault: PlannedFault, played: PlayedShift, last: int) -> Said:
    """Whether the checks find a fault, or miss it, as it is planned."""
    begins, path = onset(fault.cause), ", ".join(fault.plots)
    if early := played.first(played.told, fault.plots, 0, begins - 1):
        words = f"cause: the console tells of {path} in update {early}, before it"
        yield "cause", f"{words} comes: take another plot, or another run"
        return
    if fault.found_by == "checks":
        if not played.first(played.bad, fault.plots, begins, last):
            words = f"no check says BAD of {path} from update {begins} to {last}"
            yield "found_by", f"found_by: {words}: only an eye finds it"
    elif found := played.first(played.told, fault.plots, begins, last):
        words = f"the checks find it in {path}, in update {found}"
        yield "found_by", f"found_by: {words}: an eye would not be needed"
