"""The bundled observed shifts, played: what the console finds of them, and misses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from dqmconsole.desk.judge_source import judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.site_releases import SiteReleases
from dqmconsole.model.layout import layout_of, path_of, subsystem_of
from dqmconsole.model.verdict import Status
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.table.causes import aimed, parse_cause
from dqmconsole.site.site import bundled_site
from dqmconsole.training.files.observed_shifts import read_observed
from dqmconsole.training.lesson import ObservedPlan, onset
from dqmconsole.training.observed_shift import CALL_WITHIN, causes_of
from dqmconsole.training.truth import LUMISECTION

FILE = "instructions/lessons/observed-shifts.yaml"
ALWAYS = {"Info", "FED", "L1T", "HLT"}
TOLD = {Status.BAD, Status.WARNING}


def plans() -> tuple[ObservedPlan, ...]:
    """The bundled observed shifts."""
    read = read_observed((Path(bundled_site()) / FILE).read_bytes(), FILE)
    assert read.settings is not None
    return read.settings.shifts


def played(plan: ObservedPlan, until: int) -> dict[str, dict[int, Status]]:
    """Judge a plan's run after each lumisection.

    Returns:
        Key of a plot -> lumisections in which it was BAD or WARNING, with that.
    """
    names = [each.name for each in all_subsystems()]
    causes = tuple(aimed(parse_cause(each), names) for each in causes_of(plan))
    only = {each.target for each in causes} | ALWAYS
    simulation = Simulation(
        plan.run.run_type, plan.run.seed, causes, only=only, tested=False
    )
    detector = SteppedDetector(simulation, 1, lumisections=until)
    releases = SiteReleases(bundled_site())
    reading = releases.open()
    releases.close()
    found: dict[str, dict[int, Status]] = {}
    with closing(
        SourceContext(detector.source, bundled_site(), "", reading)
    ) as context:
        for now in detector.steps():
            assert now is not None
            judge_at(context, now)
            for key, plot in context.judging.plots.items():
                verdict = plot.verdict
                if verdict is not None and verdict.status in TOLD:
                    found.setdefault(key, {})[detector.elapsed] = verdict.status
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("plan", plans(), ids=lambda each: each.id)
def test_the_checks_find_what_they_are_to_find_and_miss_the_rest(
    plan: ObservedPlan,
) -> None:
    minutes = int(CALL_WITHIN * plan.run.speed / LUMISECTION)
    told = played(plan, max(map(onset, causes_of(plan))) + minutes)
    for fault in plan.faults:
        begins = onset(fault.cause)
        window = range(begins, begins + minutes)
        if fault.found_by == "checks":
            bad = {
                at
                for key, seen in told.items()
                if path_of(key) in fault.plots
                for at, status in seen.items()
                if status is Status.BAD
            }
            assert bad, fault.cause
            assert min(bad) in window, fault.cause
        else:
            layouts = {subsystem_of(each) for each in fault.plots}
            said = {
                key: sorted(seen)
                for key, seen in told.items()
                if layout_of(key) in layouts and set(seen) & set(window)
            }
            assert not said, fault.cause
    begins = onset(plan.false_alarm.cause)
    rang = [
        key
        for key, seen in told.items()
        if path_of(key) in plan.false_alarm.plots
        and set(seen) & set(range(begins, begins + minutes))
    ]
    assert rang, plan.false_alarm.cause


def test_a_second_attempt_has_another_shift() -> None:
    every = plans()
    assert len(every) >= 2
    assert len({each.run.seed for each in every}) == len(every)
    assert len({causes_of(each) for each in every}) == len(every)
    for each in every:
        assert {fault.found_by for fault in each.faults} == {"checks", "eye"}
        assert each.minutes == 90
