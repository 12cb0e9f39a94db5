"""The detector's elements and known channels against the bundled layouts."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support.batches import rows_of, seen
from support.bundled import read_bundled

from dqmconsole.checks.declared import declared
from dqmconsole.engine.conditions import read_conditions
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.model.when import why_not
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import RUN_TYPES, RunType
from dqmconsole.simulation.state.parts import FED_COUNT, FEDS
from dqmconsole.site.globs import any_match
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from dqmconsole.model.known_issue import KnownIssue, Region
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.elements import Element

CONDITIONS = ("Info/LhcInfo/pileup", "L1T/L1TStage2uGT/prescaleFactorSet")
"""Trends that say which reference is for a run."""


@pytest.fixture(scope="module")
def site() -> Site:
    return read_bundled()


def written(run_type: RunType) -> tuple[set[str], set[str]]:
    """Paths of all elements, and of those with a quality result."""
    simulation = Simulation(run_type, 1)
    simulation.step()
    paths, judged = set(), set()
    for client in simulation.clients.values():
        for folder, items in client.contents(0.0).items():
            for item in items:
                into = judged if isinstance(item, QualityResult) else paths
                into.add(f"{folder}/{item.name}")
    return paths, judged


@pytest.mark.parametrize("run_type", RUN_TYPES)
def test_every_plot_has_its_element(run_type: RunType, site: Site) -> None:
    paths, judged = written(run_type)
    names = {each.name for each in all_subsystems()}
    plots = [
        plot
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if not plot.run_types or run_type in plot.run_types
        if not page.run_types or run_type in page.run_types
        if not layout.run_types or run_type in layout.run_types
        if layout.layout in names
    ]
    assert [plot.path for plot in plots if plot.path not in paths] == []
    assert [o for plot in plots for o in plot.overlay if o not in paths] == []
    share = np.mean([plot.path in judged for plot in plots])
    assert share > 0.7, "most shift plots have a quality result"


def test_the_bundled_site_has_no_problems(site: Site) -> None:
    assert [str(problem) for problem in site.problems] == []


def test_every_subsystem_has_shift_plots_with_words(site: Site) -> None:
    layouts = {layout.layout: layout for layout in site.layouts}
    for each in all_subsystems():
        plots = [
            plot
            for page in layouts[each.name].pages
            if page.audience == "shift"
            for plot in page.plots
        ]
        assert len(plots) >= 3
        assert all(plot.title and plot.description for plot in plots)


def bins_within(axis: Axis, span: tuple[float, float] | None) -> np.ndarray:
    """bool per bin, flow bins included (never inside)."""
    inside = np.zeros(axis.bins + 2, bool)
    low, high = span if span is not None else (-np.inf, np.inf)
    inside[1:-1] = (axis.centers >= low) & (axis.centers <= high)
    return inside


def bins_named(axis: Axis, labels: tuple[str, ...]) -> np.ndarray:
    inside = np.zeros(axis.bins + 2, bool)
    inside[1:-1] = [label in labels for label in axis.labels]
    return inside


def cells_of(region: Region, element: Element) -> np.ndarray:
    """bool per cell of the element, flow bins included."""
    axes = element.axes
    along = [
        bins_named(axes[0], region.x_labels)
        if region.x_labels
        else bins_within(axes[0], region.x)
    ]
    if len(axes) > 1:
        along.append(
            bins_named(axes[1], region.y_labels)
            if region.y_labels
            else bins_within(axes[1], region.y)
        )
        return np.outer(*along)
    return along[0]


SUMMED_UP = (
    "DT/01-Digi/OccupancyGlbSummary",
    "DT/02-Segments/SegmentGlbSummary",
    "RPC/AllHits/SummaryHistograms/Occupancy_for_Barrel",
    "RPC/AllHits/SummaryHistograms/Occupancy_for_Endcap",
)
"""Maps whose cells are dim where a part of what they sum up is known to be off."""


@pytest.mark.parametrize(
    "name", [each.name for each in all_subsystems() if each.geometry is not None]
)
def test_known_channels_agree_with_the_layouts(name: str, site: Site) -> None:
    subsystem = next(each for each in all_subsystems() if each.name == name)
    assert subsystem.geometry is not None
    built = subsystem.geometry("collisions")
    entries: list[KnownIssue] = [each for each in site.known if each.subsystem == name]
    assert entries, f"known.yaml says nothing of {name}"
    covered = np.zeros(built.size, bool)
    matched = set()
    for element in subsystem.rows("collisions", built):
        bins = element.bins
        if bins is None:
            continue
        known = built.known[bins.channels]
        expected = np.zeros(element.shape, bool)
        expected.flat[bins.known] = True
        mine = [
            entry
            for entry in entries
            if any(fnmatch.fnmatchcase(element.path, glob) for glob in entry.paths)
        ]
        matched |= {id(entry) for entry in mine}
        said = np.zeros(element.shape, bool)
        for entry in mine:
            whole = np.zeros(element.shape, bool)
            for region in entry.regions:
                whole |= cells_of(region, element)
            said |= whole
            covered[bins.channels[known]] |= whole.ravel()[bins.flat[known]]
        exists = np.zeros(element.shape, bool)
        exists.flat[bins.flat] = True
        if element.path in SUMMED_UP:
            touched = np.zeros(element.shape, bool)
            touched.flat[bins.flat[known]] = True
            assert not (said & exists & ~touched).any(), element.path
        else:
            assert np.array_equal(said & exists, expected), element.path
    assert matched == {id(entry) for entry in entries}, "an entry matches no element"
    assert np.array_equal(covered, built.known), "known channels nobody tells of"
    told = {entry.problem: entry.channels for entry in entries}
    assert sum(told.values()) == built.known.sum()


def test_conditions_are_where_the_site_says(site: Site) -> None:
    paths, _ = written("collisions")
    conditions = site.settings.conditions
    for field in ("run_type", "fill", "beam_mode", "beam_energy", "luminosity",
                  "integrated", "pileup", "magnet", "dcs", "feds"):  # fmt: skip
        assert getattr(conditions, field) in paths
    assert site.settings.beam_modes[10] == "stable beams"


def test_dcs_needs_name_rows_of_the_map(site: Site) -> None:
    simulation = Simulation("collisions", 1, only=["Info"])
    simulation.step()
    items = simulation.clients["Info"].contents(0.0)["Info/EventInfo"]
    dcs = next(item for item in items if item.name == "reportSummaryMap")
    assert isinstance(dcs, Histogram)
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                for needs in (layout.needs, page.needs, plot.needs):
                    if needs is not None:
                        assert set(needs.dcs) <= set(dcs.axes[1].labels)
                        assert set(needs.beam) <= set(site.settings.beam_modes)


def test_drivers_of_a_subsystem_out_of_the_run_are_no_gap(site: Site) -> None:
    (plot,) = (
        plot
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.path.endswith("/FedEntries")
    )
    gaps = declared(plot.written_checks[0])
    heights = np.zeros((3, FED_COUNT))
    for identifiers in FEDS.values():
        heights[:, identifiers.start : identifiers.stop] = 1000.0
    nobody = heights[0] == 0
    hcal = FEDS["Hcal"]
    heights[1, hcal.start : hcal.stop] = 0.0
    heights[2, hcal.start] = 0.0
    entries = Histogram("FedEntries", "", "TH1F", (Axis(FED_COUNT, 0, 1),), heights[0])
    assert gaps.input is not None
    known = gaps.input.known([entries])
    assert np.array_equal(known, nobody)

    batch = msgspec.structs.replace(seen(rows_of(heights)), known=np.stack([known] * 3))
    found = gaps.check.judge(batch)

    everything, out, lost = (each.status for each in found)
    assert everything is out is Status.GOOD
    assert lost is Status.WARNING


@pytest.mark.parametrize("run_type", RUN_TYPES)
def test_the_bundled_references_hold_the_shift_plots(
    run_type: RunType, site: Site
) -> None:
    path = bundled_site() / "layouts" / "references" / f"{run_type}.root"
    assert path.stat().st_size <= 2_000_000
    with DqmFile(path) as file:
        there = {entry.path for entry in file.entries()}
        seed = file.element("Info/ProvInfo/seed")
    assert isinstance(seed, Scalar)
    rules = [rule for rule in site.references if rule.run_type == run_type]
    assert any(str(seed.value) in rule.why for rule in rules)
    paths, _ = written(run_type)
    missing = [
        plot.path
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.accumulates in (None, "run") and plot.reference.mode != "none"
        if plot.path in paths and plot.path not in there
    ]
    assert not missing, (
        "run: python -m dqmconsole.simulation.reference layouts/references"
    )


def test_a_reference_of_later_in_a_fill_holds_all_that_it_is_for(site: Site) -> None:
    """It is in the conditions that it is for, and small."""
    later = [rule for rule in site.references if rule.when]
    plots = [
        plot
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.accumulates_over == "run"
        if not plot.run_types or "collisions" in plot.run_types
    ]
    assert later
    for rule in later:
        path = bundled_site() / "layouts" / str(rule.file)
        assert path.stat().st_size <= 300_000
        with DqmFile(path) as file:
            there = {entry.path for entry in file.entries()}
            read = {each: file.element(each) for each in CONDITIONS if each in there}
            its = read_conditions(read.get, site.settings)
        assert not why_not(rule.when, its)[0]
        matched = {each.path for each in plots if any_match(each.path, rule.histograms)}
        assert matched
        assert matched <= there
