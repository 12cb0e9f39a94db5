"""References scaled as the bundled layouts say, on a run whose pile-up falls by three.

All is well in that run, so that data over scaled reference is near 1 everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from engine.fakes import FakeSource
from support.bundled import read_bundled

from dqmconsole.engine.conditions import exposure
from dqmconsole.engine.reference_runs import RecordedRuns, ReferenceRuns
from dqmconsole.engine.references import Measured, References, base_folder
from dqmconsole.model.compare import is_scaled
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import Normalization, Plot, subsystem_of
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import parse_cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.site import Site

LUMISECTIONS = 15
DROPS = {1: 0.36, 6: 0.76}
"""Lumisection in which the pile-up falls -> what events alone would leave at most."""

STREAM = (
    "Info",
    "HLT",
    "L1T",
    "Hcal",
    "Ecal",
    "DT",
    "CSC",
    "RPC",
    "PixelPhase1",
    "SiStrip",
)
ENOUGH = 2000.0  # counts, so that fluctuations stay far below what is looked for
NEAR = 0.05


@pytest.fixture(scope="module", params=DROPS)
def drop(request: pytest.FixtureRequest) -> int:
    """The lumisection in which the pile-up falls."""
    return int(request.param)


@pytest.fixture(scope="module")
def elements(drop: int) -> dict[str, object]:
    """Every element after a run that has a third of the pile-up from then on."""
    cause = parse_cause(f"lumi-drop@{drop}*3")
    simulation = Simulation("collisions", 20261127, (cause,), only=STREAM)
    for _ in range(LUMISECTIONS):
        simulation.step()
    return {
        f"{folder}/{item.name}": item
        for client in simulation.clients.values()
        for folder, items in client.contents(0.0).items()
        for item in items
        if isinstance(item, Histogram) or not hasattr(item, "code")
    }


class Compared(NamedTuple):
    """Of one plot: data over its reference, scaled so, and scaled by events alone."""

    how: Normalization
    near_one: float
    by_events: float


@pytest.fixture(scope="module")
def compared(elements: dict[str, object]) -> Iterator[dict[str, Compared]]:
    site = read_bundled()
    runs = ReferenceRuns(FakeSource(), base_folder(site), RecordedRuns([]))
    start_of_fill = base_folder(site) / "references" / "collisions.root"
    references = References(site, runs, str(start_of_fill))
    found = {}
    for path, plot in scaled_plots(site, elements):
        data = elements[path]
        assert isinstance(data, Histogram)
        how = plot.reference.normalize
        assert how is not None
        ratios = []
        for each in (how, "events"):
            paths, subsystem = site.settings.conditions, subsystem_of(path)
            seen = exposure(elements.get, paths, subsystem)  # type: ignore[arg-type]
            measured = Measured(data, path, each, seen)
            reference, note = references.scaled(measured, "collisions")
            assert reference is not None
            assert (note.normalize, note.sentence) == (each, "")
            ratios.append(data.values().sum() / reference.values().sum() / note.scale)
        found[path] = Compared(how, *map(float, ratios))
    yield found
    references.close()


def scaled_plots(site: Site, elements: dict[str, object]) -> Iterator[tuple[str, Plot]]:
    """The plots of counts of a run that are scaled by what the run has seen."""
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                data = elements.get(plot.path)
                if (
                    isinstance(data, Histogram)
                    and is_scaled(data, plot.accumulates_over)
                    and plot.reference.normalize in ("pileup", "events")
                    and data.values().sum() >= ENOUGH
                ):
                    yield plot.path, plot


def test_data_over_the_scaled_reference_is_near_one(
    compared: dict[str, Compared],
) -> None:
    far = {p: c for p, c in compared.items() if abs(c.near_one - 1) > NEAR}
    assert not far
    assert len(compared) > 60


def test_events_alone_would_leave_every_map_of_hits_blue(
    compared: dict[str, Compared], drop: int
) -> None:
    hits = [each for each in compared.values() if each.how == "pileup"]
    assert len(hits) > 40
    assert all(each.by_events < DROPS[drop] for each in hits)


def test_what_counts_events_is_scaled_by_events(compared: dict[str, Compared]) -> None:
    events = {path for path, each in compared.items() if each.how == "events"}
    assert "SiStrip/ReadoutView/FED/nFEDErrors" in events
    assert "HLT/FourVector/PathsSummary/HLT_Pass_Any" in events
