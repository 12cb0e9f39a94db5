"""Elements: increments, trends that grow, statistics, distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.sums import statistics
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation import shapes
from dqmconsole.simulation.elements import (
    LUMISECTIONS,
    BookedElements,
    Element,
    MonitorElement,
    flat_bins,
)
from dqmconsole.simulation.lumisection import all_hits
from dqmconsole.simulation.reference import SEED, write_reference
from dqmconsole.simulation.rows import hit_map
from dqmconsole.simulation.state.channels import Geometry, geometry

if TYPE_CHECKING:
    from pathlib import Path

X = Axis(4, 0.0, 4.0, title="x")
Y = Axis(3, 0.0, 3.0, title="y")


def small() -> Geometry:
    x, y = (each.ravel() for each in np.meshgrid(np.arange(4), np.arange(3)))
    return geometry({"x": x, "y": y}, np.full(12, 2.0), known=x == 0)


def test_flat_bins_put_what_is_off_the_axis_into_flow_bins() -> None:
    found = flat_bins((X,), np.array([-1.0, 0.0, 3.9, 4.0, 99.0]))
    assert found.tolist() == [0, 1, 4, 5, 5]
    found = flat_bins((X, Y), np.array([0.5]), np.array([2.5]))
    assert np.unravel_index(found[0], (6, 5)) == (1, 3)


def test_hits_projections_and_cells_agree() -> None:
    built = small()
    row = built.coordinates["y"] == 0
    book = BookedElements(
        [
            hit_map(built, "Toy/map", "", (X, Y), ("x", "y"), all_hits),
            hit_map(built, "Toy/x", "", (X,), ("x",), all_hits),
            hit_map(built, "Toy/half", "", (X,), ("x",), all_hits, select=row),
        ]
    )
    hits = np.arange(12)
    for path in ("Toy/map", "Toy/x", "Toy/half"):
        book[path].add_hits(hits)
    plane, along, half = (book[f"Toy/{name}"].frozen() for name in ("map", "x", "half"))
    assert plane.entries == along.entries == 66
    assert np.array_equal(plane.values().sum(axis=1), along.values())
    assert half.values().tolist() == [0, 1, 2, 3]
    bins = book["Toy/map"].element.bins
    assert bins is not None
    assert bins.cells.size == 12
    assert np.unravel_index(bins.known, (6, 5))[0].tolist() == [1] * 3


def test_a_trend_grows_and_keeps_its_past() -> None:
    trend = MonitorElement(
        Element("Toy/trend", "", (LUMISECTIONS,), accumulates="trend")
    )
    trend.set_at(1, 5.0, 0.5)
    trend.set_at(150, 7.0, 0.5)
    found = trend.frozen()
    assert found.axes[0].bins == 240
    assert found.axes[0].edges[150] == 150.5
    assert (found.contents[1], found.contents[150]) == (5, 7)
    assert found.sumw2 is not None
    assert found.sumw2[150] == 0.25
    flags = MonitorElement(
        Element("Toy/flags", "", (LUMISECTIONS, Y), root_class="TH2F", empty=-1.0)
    )
    flags.set_column(61, np.array([1.0, 0.0, -1.0]))
    assert flags.frozen().values()[60].tolist() == [1, 0, -1]
    assert (flags.frozen().values()[61:] == -1).all()
    trend.reset()
    assert trend.frozen().axes[0].bins == 60


def test_a_path_is_booked_once() -> None:
    element = Element("Toy/x", "", (X,))
    with pytest.raises(ValueError, match="Toy/x is booked twice"):
        BookedElements([element, element])


def test_statistics_are_those_of_the_bins() -> None:
    line = MonitorElement(Element("Toy/x", "", (X,)))
    line.add(np.array([1, 2, 3, 4]))
    assert line.frozen().sums == (10, 10, 25, 72.5)
    plane = MonitorElement(Element("Toy/xy", "", (X, Y), root_class="TH2F"))
    plane.add(np.outer([1, 0, 0, 2], [0, 1, 0]))
    # sumw, sumw2, x, x2, y, y2, xy
    assert plane.frozen().sums == (3, 3, 7.5, 24.75, 4.5, 6.75, 11.25)
    profile = MonitorElement(Element("Toy/p", "", (X,), root_class="TProfile"))
    profile.add_means(
        np.array([1, 4]),
        np.array([2, 2]),
        np.array([10.0, 20.0]),
        np.array([60.0, 250.0]),
    )
    assert profile.frozen().sums == (4, 4, 8, 25, 30, 310)
    assert profile.frozen().values().tolist() == [5, 0, 0, 10]
    assert len(statistics(profile.frozen())) == 6


def test_shapes_are_probabilities() -> None:
    axis = Axis(80, 0.0, 200.0)
    for chance in (
        shapes.gaussian(axis, 50, 20),
        shapes.exponential(axis, 30, 5),
        shapes.power(axis, 2.5, 4),
        shapes.landau(axis, 60, 10),
        shapes.poissonian(Axis(30, -0.5, 29.5), 6.0),
        shapes.poissonian(axis, 80.0),
    ):
        assert (chance >= -1e-12).all()
        assert chance.sum() == pytest.approx(1, abs=1e-6)
    peak = axis.centers[np.argmax(shapes.landau(axis, 60, 10)[1:-1])]
    assert peak == pytest.approx(60, abs=2.5)
    poisson = shapes.poissonian(Axis(30, -0.5, 29.5), 6.0)[1:-1]
    assert poisson @ np.arange(30) == pytest.approx(6.0, abs=1e-6)
    curve = shapes.turn_on(np.array([0.0, 30.0, 90.0]), 30.0, 5.0, 0.98)
    assert curve == pytest.approx([0.0, 0.49, 0.98], abs=1e-6)


def test_draws_keep_their_totals() -> None:
    rng = np.random.default_rng(1)
    axis = Axis(50, -25.0, 25.0)
    assert shapes.spread(rng, 1234, shapes.gaussian(axis, 0, 5)).sum() == 1234
    assert shapes.spread(rng, 0, shapes.gaussian(axis, 0, 5)).sum() == 0
    counts = np.array([1000, 0, 3000])
    found = shapes.times(rng, axis, counts, np.array([-3.0, 0.0, 5.0]), 2.0)
    assert found.sum() == 4000
    assert found[1:-1] @ axis.centers / 4000 == pytest.approx(3.0, abs=0.2)
    sums, squares = shapes.mean_times(rng, counts, np.array([-3.0, 0.0, 5.0]), 2.0)
    assert sums[1] == squares[1] == 0
    assert sums[2] / 3000 == pytest.approx(5.0, abs=0.2)
    assert squares[2] / 3000 - 25 == pytest.approx(4.0, abs=2.0)


def test_a_reference_is_the_same_each_time_and_small(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "cosmics.root", tmp_path / "b" / "cosmics.root"
    write_reference(first, "cosmics")
    write_reference(second, "cosmics")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size <= 2_000_000
    with DqmFile(first) as file:
        seed = file.element("Info/ProvInfo/seed")
        assert isinstance(seed, Scalar)
        assert seed.value == SEED
        events = file.element("Hcal/EventInfo/processedEvents")
        assert isinstance(events, Scalar)
        assert int(events.value) > 1000
        assert isinstance(
            file.element("Hcal/DigiTask/Occupancy/depth/depth1"), Histogram
        )
