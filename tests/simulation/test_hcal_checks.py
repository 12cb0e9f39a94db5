"""The checks that the bundled layout has for Hcal: quiet on good runs alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support.bundled import read_bundled

from dqmconsole.checks.batch import Batch, stacked
from dqmconsole.checks.declared import declared
from dqmconsole.desk.check import validate
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.known_bins import known_bins
from dqmconsole.model.known_issue import issues_in, regions_of
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.run import Options, write_whole
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.simulation.table.causes import parse_cause
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.layout import Plot
    from dqmconsole.simulation.state.beam import RunType

SITE = read_bundled()
PLOTS = {
    plot.path: plot
    for layout, _, plot in plots_of(SITE)
    if layout.layout == "Hcal" and isinstance(plot.checks, tuple)
}
LUMISECTIONS = 7
ONSET = 4  # the last good lumisection


def increased(now: Histogram, before: Histogram) -> Histogram:
    """What was filled since."""
    names = ("contents", "sumw2", "bin_entries", "bin_sumw2")
    arrays = {
        name: getattr(now, name) - np.asarray(getattr(before, name), np.float64)
        for name in names
        if getattr(now, name) is not None
    }
    entries = now.entries - before.entries
    return msgspec.structs.replace(now, entries=entries, **arrays)


def histograms(simulation: Simulation) -> dict[str, Histogram]:
    """Hcal's elements with checks, as they are now, in arrays of their own."""
    found = {}
    for folder, items in simulation.clients["Hcal"].contents(0.0).items():
        for item in items:
            path = f"{folder}/{item.name}"
            if isinstance(item, Histogram) and path in PLOTS:
                arrays = {
                    name: np.array(getattr(item, name), np.float64)
                    for name in ("contents", "sumw2", "bin_entries", "bin_sumw2")
                    if getattr(item, name) is not None
                }
                found[path] = msgspec.structs.replace(item, **arrays)
    return found


def judged(
    plot: Plot, data: Histogram, reference: Histogram | None, run_type: RunType
) -> list[tuple[Status, str]]:
    assert isinstance(plot.checks, tuple)
    regions = regions_of(issues_in(SITE.known, plot.path, 398214))
    known = known_bins(data.axes, regions) if regions else None
    found = []
    for one in map(declared, plot.written_checks.values()):
        if run_type not in (one.options.run_types or RUN_TYPES):
            continue
        scale = 0.0 if reference is None else data.entries / reference.entries
        (result,) = one.check.judge(
            Batch(
                stacked([data]),
                ("",),
                np.array([1000.0]),
                reference=None if reference is None else stacked([reference]),
                scale=None if reference is None else np.array([scale]),
                known=None if known is None else known[None],
            )
        )
        found.append((result.status, result.sentence))
    return found


def run(run_type: RunType, fault: str = "") -> dict[str, list[tuple[Status, str]]]:
    """What the checks find in the run, and in the lumisections since the onset."""
    causes = (parse_cause(f"{fault}@{ONSET + 1}"),) if fault else ()
    simulation = Simulation(run_type, 5, causes, only=("Hcal", "Info"))
    before: dict[str, Histogram] = {}
    for number in range(1, LUMISECTIONS + 1):
        simulation.step(number * 23.0)
        if number == ONSET:
            before = histograms(simulation)
    file_path = bundled_site() / f"layouts/references/{run_type}.root"
    with contextlib.closing(DqmFile(file_path)) as file:
        there = {entry.path for entry in file.entries()}
        elements = {path: file.element(path) for path in there & PLOTS.keys()}
    found = {}
    for path, now in histograms(simulation).items():
        reference = elements.get(path)
        against = reference if isinstance(reference, Histogram) else None
        whole = judged(PLOTS[path], now, against, run_type)
        since = PLOTS[path].accumulates_over == "run"
        last = increased(now, before[path]) if since else now
        found[path] = whole + judged(PLOTS[path], last, against, run_type)
    return found


def wrong(found: dict[str, list[tuple[Status, str]]]) -> dict[str, str]:
    return {
        path: sentence
        for path, results in found.items()
        for status, sentence in results
        if status not in (Status.GOOD, Status.LOW_STATISTICS)
    }


@pytest.mark.parametrize("run_type", RUN_TYPES)
def test_good_runs_are_quiet(run_type: RunType) -> None:
    found = run(run_type)
    assert found.keys() == PLOTS.keys()
    assert wrong(found) == {}


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        ("hv-trip:Hcal", "Hcal/DigiTask/Occupancy/depth/depth1"),
        ("board-dead:Hcal", "Hcal/DigiTask/Occupancy/depth/depth1"),
        ("fed-lost:Hcal", "Hcal/RawTask/SummaryvsLS/SummaryvsLS"),
        ("hot-channel:Hcal", "Hcal/DigiTask/Occupancy/depth/depth2"),
        ("t0-drift:Hcal", "Hcal/DigiTask/TimingCut/SubdetPM/HBM"),
    ],
)
def test_faults_are_found_within_three_lumisections(fault: str, where: str) -> None:
    assert where in wrong(run("collisions", fault))


def test_the_checks_fit_what_the_detector_writes(tmp_path: Path) -> None:
    write_whole(Options(tmp_path, only=("Hcal", "Info", "FED")), 2)
    found = validate(bundled_site(), (tmp_path,))
    codes = {"check-not-for-plot", "off-the-axis", "other-bins", "unknown-element"}
    assert [str(each) for each in found if each.code in codes] == []
