"""Observed shifts of recorded runs: whether what is planned is so once it is played."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.app.injected_run import PLACES, InjectedRun, InjectedRunError
from dqmconsole.app.options import recordings
from dqmconsole.app.recorded_items import RecordedPlots, When, plots_of_run
from dqmconsole.desk.injection_table import parse_injection
from dqmconsole.desk.judge_source import JudgeError, judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.known_issue import issues_in
from dqmconsole.model.layout import layout_of, path_of
from dqmconsole.model.verdict import Status
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.site.site import recordings_folder
from dqmconsole.sources.recorded import RECORDED, recorded_path, to_play
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError
from dqmconsole.training.files.lessons import lesson_key
from dqmconsole.training.files.observed_shifts import OBSERVED, wrong_parts
from dqmconsole.training.files.scene import LessonScene
from dqmconsole.training.lesson import onset, teaching
from dqmconsole.training.observed_musts import CALL_WITHIN, layouts_of, other_plots
from dqmconsole.training.observed_shift import last_lumisection, run_of
from dqmconsole.training.truth import LUMISECTION, lumisections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.run import Client
    from dqmconsole.model.site import Site
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.lesson import ObservedPlan, PlannedFault

    Said = Iterator[tuple[str, str]]  # the part of a shift, and the words

LOOKED_AT_AFTER = 10.0  # s after an update
BEGAN = 1e9  # unix time, s, of a run that is played for nobody
_NEVER = 10**9  # a lumisection that does not come
_BROKEN = (DamagedRecordError, sqlite3.Error)


def check_recorded_shifts(context: SiteReading) -> Iterator[Violation]:
    """Find observed shifts of recorded runs that are not as they are planned.

    A run whose shift is sound so far is judged by the site from its start to its end.
    """
    observed = teaching(context.site).observed
    read = context.texts.kinds.get("lesson")
    if observed is None or read is None or read.value.observed is None:
        return
    for at, plan in enumerate(read.value.observed.shifts):
        if not plan.run.recorded or plan not in observed.shifts:
            continue  # something else is wrong with it, which is said
        for part, words in _wrong(plan, context):
            key = f"shifts[{at}].{part}"
            while lesson_key(OBSERVED, key) not in context.places:
                key = key.rpartition(".")[0]
            place = context.places[lesson_key(OBSERVED, key)]
            yield Violation("recorded-shift", place, words)


SHIFT_RULES = (
    (check_recorded_shifts, (
        Rule("recorded-shift", "error",
             "An observed shift is of a recorded run that is gone or shorter than it "
             "says, or what it plans is not so when the run is played: a fault leaves "
             "no trace, the checks find what they are to miss, or miss what they are "
             "to find, the false alarm is not there, or the console calls more BAD "
             "than is planned. Example: found_by: checks on a plot without a check."),
    )),
)  # fmt: skip
"""For ``validate``; it takes as long as the console needs to judge the run."""


class PacedSteps(RecordedSteps):
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
    """The run of a plan, judged update by update, from where the shift begins.

    Args:
        plan: of the shift.
        path: of the record.
        context: the site that judges.

    Attributes:
        told: path of a plot -> the updates in which it was BAD or WARNING.
        bad: path -> those in which it was BAD.
        layouts: path -> the layouts in which it was.

    Raises:
        SourceError, InjectedRunError, JudgeError, OSError: it cannot be played.
        DamagedRecordError, sqlite3.Error: the record is damaged.
    """

    def __init__(self, plan: ObservedPlan, path: Path, context: SiteReading) -> None:
        self.told: dict[str, list[int]] = defaultdict(list)
        self.bad: dict[str, list[int]] = defaultdict(list)
        self.layouts: dict[str, set[str]] = defaultdict(set)
        faults = [parse_injection(each) for each in run_of(plan).causes]
        site, place = context.site, plan.run.seed % PLACES
        paths = site.settings.conditions
        run = InjectedRun(path, paths, faults, place, PacedSteps)
        source = run.source
        assert isinstance(source, PacedSteps)
        source.period = LUMISECTION / plan.run.speed
        after = min(LOOKED_AT_AFTER, source.period / 2)
        reading = (site, context.places)
        with closing(SourceContext(source, context.folder, "", reading)) as judged:
            for update in range(1, last_lumisection(plan) + 1):
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
            self.layouts[path].add(layout_of(key))
            for found in (self.told, self.bad):
                if found is self.told or verdict.status is Status.BAD:
                    found[path].append(update)


def _wrong(plan: ObservedPlan, context: SiteReading) -> Said:
    """The parts of a shift that are wrong, and why; it is played if none is so far."""
    site, run = context.site, plan.run.recorded
    named = {path for each in plan.faults for path in each.plots}
    if plan.handed_on is not None:
        named.update(plan.handed_on.plots)
    plots = plots_of_run(run, context.folder, site, named)
    if isinstance(plots, str):
        yield "run.recorded", f"recorded: run {run} is gone: {plots}"
        return
    wrong = list(_wrong_in_record(plan, plots))
    if not wrong:
        scene = LessonScene(site, context.texts, context.broken)
        every = wrong_parts(plan, plots.run_type, scene, site)
        wrong = [each for each in every if each[1]]
    if not wrong:
        wrong = list(_wrong_as_played(plan, context))
    yield from wrong


def _wrong_in_record(plan: ObservedPlan, plots: RecordedPlots) -> Said:
    """What can be said without playing it."""
    run = plan.run
    if plots.updates < run.updates:
        yield "run.updates", f"updates: run {run.recorded} has {plots.updates}"
        return
    within = lumisections(CALL_WITHIN, run.speed)
    causes = {f"faults[{at}]": each.cause for at, each in enumerate(plan.faults)}
    if plan.handed_on is not None:
        causes["handed_on"] = plan.handed_on.cause
    for part, text in causes.items():
        put = parse_injection(text)
        if put.path not in plots.plots:
            why = plots.left_out.get(put.path, "it stands on no page for shifts")
            words = f'"{put.path}" cannot be used of run {run.recorded}: {why}'
            yield f"{part}.cause", f"cause: {words}"
            continue
        begins = max(put.update, 1)
        last = max(begins, run.ahead) + within
        when = When(begins - 1, last - begins + 1, (run.seed % PLACES,))
        if why := plots.why_unseen(put.fault, put.path, put.size, when):
            yield f"{part}.cause", f"cause: {put.path}: {why}"


def _wrong_as_played(plan: ObservedPlan, context: SiteReading) -> Said:
    """What is not so when the run is played and judged."""
    run, site = plan.run, context.site
    root = recordings_folder(site.settings, context.folder, recordings())
    try:
        path = recorded_path(to_play(run.recorded, root).removeprefix(RECORDED))
        played = PlayedShift(plan, path, context)
    except (SourceError, InjectedRunError, JudgeError, OSError, *_BROKEN) as error:
        yield "run.recorded", f"recorded: run {run.recorded} cannot be played: {error}"
        return
    within = lumisections(CALL_WITHIN, run.speed)
    for at, fault in enumerate(plan.faults):
        for key, words in _wrong_fault(fault, played, within):
            yield f"faults[{at}].{key}", words
    alarm, shown = plan.false_alarm, "the console tells of"
    if alarm is not None:
        begins, plots = onset(alarm.cause), ", ".join(alarm.plots)
        if early := played.first(played.told, alarm.plots, 0, begins - 1):
            words = f"cause: {shown} {plots} in update {early} already"
            yield "false_alarm.cause", words
        elif not played.first(played.told, alarm.plots, begins, begins + within):
            words = f"cause: {shown} nothing in {plots} from update {begins} to"
            yield "false_alarm.cause", f"{words} {begins + within}"
    yield from _unplanned(plan, played, site)


def _wrong_fault(fault: PlannedFault, played: PlayedShift, within: int) -> Said:
    """Whether the checks find a fault, or miss it, as it is planned."""
    begins, path = onset(fault.cause), ", ".join(fault.plots)
    if early := played.first(played.told, fault.plots, 0, begins - 1):
        words = f"cause: the console tells of {path} in update {early}, before it"
        yield "cause", f"{words} comes: take another plot, or another run"
        return
    last = begins + within
    if fault.found_by == "checks":
        if not played.first(played.bad, fault.plots, begins, last):
            words = f"no check says BAD of {path} from update {begins} to {last}"
            yield "found_by", f"found_by: {words}: only an eye finds it"
    elif found := played.first(played.told, fault.plots, begins, last):
        words = f"the checks find it in {path}, in update {found}"
        yield "found_by", f"found_by: {words}: an eye would not be needed"


def _unplanned(plan: ObservedPlan, played: PlayedShift, site: Site) -> Said:
    """Plots that are BAD in the shift by themselves, of which nothing is planned."""
    planned = {path for each in plan.faults for path in each.plots}
    planned |= {path for each in plan.faults for path in other_plots(plan, each)}
    begun: dict[str, int] = {}
    for each in plan.faults:
        for layout in layouts_of(plan, each.plots, site):
            begun[layout] = min(onset(each.cause), begun.get(layout, _NEVER))
    for path, updates in sorted(played.bad.items()):
        if path in planned or issues_in(site.known, path, 0):
            continue
        # once a fault is in its layout a call from it is about that
        since = min(begun.get(each, _NEVER) for each in played.layouts[path])
        own = [at for at in updates if at < since]
        if own:
            words = f"recorded: run {plan.run.recorded} has {path} BAD by itself, from"
            words += f" update {own[0]} on: a call about it would be a false one. Name"
            yield "run.recorded", f"{words} it as false_alarm, or take another run"
