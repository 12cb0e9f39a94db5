"""The bundled observed shifts, played: what the console finds of them, and misses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from dqmconsole.desk.judge_source import judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.site_releases import SiteReleases
from dqmconsole.model.alarm import Alarm
from dqmconsole.model.layout import layout_of, path_of, subsystem_of
from dqmconsole.model.verdict import Status
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.table.causes import aimed, parse_cause
from dqmconsole.site.site import bundled_site
from dqmconsole.training.files.observed_shifts import read_observed
from dqmconsole.training.lesson import ObservedPlan, PlannedFault, onset
from dqmconsole.training.observed_musts import CALL_WITHIN
from dqmconsole.training.observed_shift import causes_of, run_of
from dqmconsole.training.truth import LUMISECTION

FILE = "instructions/lessons/observed-shifts.yaml"
ALWAYS = {"Info", "FED"}
BEFORE = 20  # lumisections judged before a cause begins: the longest window is 15
TOLD = {Status.BAD, Status.WARNING}


def plans() -> tuple[ObservedPlan, ...]:
    """The bundled observed shifts."""
    read = read_observed((Path(bundled_site()) / FILE).read_bytes(), FILE)
    assert read.settings is not None
    return read.settings.shifts


class Played:
    """The run of a plan, judged for the ten minutes after one of its causes.

    Attributes:
        before, after: key of a plot -> its worst verdict that told something, before
            the cause began and within the ten minutes.
        rows: subsystems of the alarms that were new within the ten minutes.
    """

    def __init__(self, plan: ObservedPlan, cause: str) -> None:
        names = [each.name for each in all_subsystems()]
        causes = tuple(aimed(parse_cause(each), names) for each in run_of(plan).causes)
        only = {aimed(parse_cause(cause), names).target, *ALWAYS} - {""}
        begins = onset(cause)
        within = int(CALL_WITHIN * plan.run.speed / LUMISECTION)
        simulation = Simulation(
            plan.run.run_type, plan.run.seed,
            tuple(each for each in causes if each.target in only),
            only=only, tested=False,
        )  # fmt: skip
        detector = SteppedDetector(simulation, 1, lumisections=begins + within)
        self.before: dict[str, Status] = {}
        self.after: dict[str, Status] = {}
        self.rows: set[str] = set()
        releases = SiteReleases(bundled_site())
        reading = releases.open()
        releases.close()
        with closing(
            SourceContext(detector.source, bundled_site(), "", reading)
        ) as context:
            for now in detector.steps():
                if now is None or detector.elapsed < begins - BEFORE:
                    continue
                judge_at(context, now)
                came = detector.elapsed >= begins
                found = self.after if came else self.before
                for key, plot in context.judging.plots.items():
                    verdict = plot.verdict
                    if verdict is None or verdict.status not in TOLD:
                        continue
                    if found.get(key) is not Status.BAD:
                        found[key] = verdict.status
                rows = {e.root for e in context.take_facts() if isinstance(e, Alarm)}
                self.rows |= rows if came else set()


CASES = [(plan, fault) for plan in plans() for fault in plan.faults]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "fault"), CASES, ids=[f"{p.id}-{f.cause}" for p, f in CASES]
)
def test_the_checks_find_what_they_are_to_find_and_miss_the_rest(
    plan: ObservedPlan, fault: PlannedFault
) -> None:
    played = Played(plan, fault.cause)
    layouts = {subsystem_of(each) for each in fault.plots}
    before = {key for key in played.before if layout_of(key) in layouts}
    if fault.found_by == "checks":
        bad = {path_of(key) for key, each in played.after.items()
               if each is Status.BAD}  # fmt: skip
        assert bad.intersection(fault.plots)
        assert played.rows
        assert not any(path_of(key) in fault.plots for key in before)
    else:
        assert not before
        assert not {key for key in played.after if layout_of(key) in layouts}
        assert not played.rows.intersection(layouts)


@pytest.mark.slow
@pytest.mark.parametrize("plan", plans(), ids=lambda each: each.id)
def test_the_console_tells_of_the_false_alarm(plan: ObservedPlan) -> None:
    alarm = plan.false_alarm
    assert alarm is not None
    played = Played(plan, alarm.cause)
    told = {path_of(key) for key in played.after}
    assert told.intersection(alarm.plots)
    assert not {path_of(key) for key in played.before}.intersection(alarm.plots)
    assert {subsystem_of(each) for each in alarm.plots} & played.rows


@pytest.mark.slow
@pytest.mark.parametrize("plan", plans(), ids=lambda each: each.id)
def test_what_the_hand_over_says_is_open_is_seen_from_the_start(
    plan: ObservedPlan,
) -> None:
    assert plan.hand_over is not None
    assert plan.handed_on is not None
    played = Played(plan, plan.handed_on.cause)
    bad = {path_of(key) for key, each in played.after.items() if each is Status.BAD}
    assert bad == set(plan.handed_on.plots)  # else a call about it is a false alarm
    assert bad.intersection(each.plot for each in plan.hand_over.open)


def test_a_second_attempt_has_another_shift() -> None:
    every = plans()
    assert len(every) >= 2
    assert len({each.run.seed for each in every}) == len(every)
    assert len({causes_of(each) for each in every}) == len(every)
    for each in every:
        assert {fault.found_by for fault in each.faults} == {"checks", "eye"}
        assert each.minutes == 90
