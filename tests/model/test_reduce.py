from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.frame import Comparison
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.rebin import block_size, few_bins
from dqmconsole.model.reduce import (
    combined_lines,
    reduce_comparison,
    reduce_graph,
    reduce_indices,
    reduce_map,
    shows_empty,
)


def a_map(contents: np.ndarray, **more: object) -> Histogram:
    nx, ny = contents.shape[0] - 2, contents.shape[1] - 2
    axes = (Axis(nx, 0.0, float(nx), title="x"), Axis(ny, 0.0, float(ny), title="y"))
    axes = more.pop("axes", axes)  # type: ignore[assignment]
    return Histogram("m", "m", "TH2F", axes, np.asfortranarray(contents), **more)  # type: ignore[arg-type]


def filled(nx: int, ny: int, mean: float = 100.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.poisson(mean, (nx + 2, ny + 2)).astype(np.float32)


def test_what_fits_is_left_alone() -> None:
    histogram = a_map(filled(10, 10))
    assert reduce_map(histogram, 10, 10) is histogram
    line = Histogram("h", "", "TH1F", (Axis(100, 0, 1),), np.zeros(102))
    assert reduce_map(line, 5, 5) is line


def test_blocks_show_their_fullest_cell() -> None:
    contents = np.ones((14, 10), dtype=np.float32)
    contents[4, 7] = 50  # inner cell (3, 6) of 12 x 8
    found = reduce_map(a_map(contents), 4, 4)
    assert [axis.bins for axis in found.axes] == [4, 4]
    assert found.values()[1, 3] == 50
    assert np.count_nonzero(found.values() == 50) == 1
    assert found.axes[0].edges.tolist() == [0, 3, 6, 9, 12]
    assert found.axes[0].variable is None
    assert found.axes[0].title == "x"


def test_flow_bins_are_merged_along_their_edge() -> None:
    contents = np.zeros((8, 8), dtype=np.float32)
    contents[0, 3], contents[7, 7], contents[2, 0] = 5, 6, 7
    found = reduce_map(a_map(contents), 3, 3)
    flow = found.values(flow=True)
    assert flow.shape == (5, 5)
    assert (flow[0, 2], flow[4, 4], flow[1, 0]) == (5, 6, 7)


def test_a_last_smaller_block_keeps_the_axis_true() -> None:
    found = reduce_map(a_map(filled(10, 4)), 4, 4)
    assert found.axes[0].bins == 4
    assert found.axes[0].edges.tolist() == [0, 3, 6, 9, 10]
    assert found.axes[1].bins == 4


def test_variable_bins_and_labels() -> None:
    edges = np.array([0.0, 1, 4, 9, 16, 25, 36])
    labels = ("", "EB", "EE", "", "", "")
    axes = (Axis(6, 0, 36, variable=edges, labels=labels), Axis(2, 0, 2))
    found = reduce_map(a_map(filled(6, 2), axes=axes), 3, 2)
    assert found.axes[0].edges.tolist() == [0, 4, 16, 36]
    assert found.axes[0].labels == ("EB", "EE", "")


def test_a_dead_cell_among_full_ones_stays_visible() -> None:
    contents = filled(30, 30)
    contents[1 + 16, 1 + 7] = 0
    found = reduce_map(a_map(contents), 10, 10)
    assert np.argwhere(found.values() == 0).tolist() == [[5, 2]]


def test_a_dead_cell_stays_visible_in_blocks_of_two() -> None:
    contents = np.full((20, 6), 60.0)
    contents[7, 2] = 0.0
    inner = reduce_map(a_map(np.pad(contents, 1)), 10, 6).values()
    assert inner[3, 2] == 0
    assert (inner == 0).sum() == 1


def test_the_border_of_what_is_filled_stays_filled() -> None:
    contents = np.zeros((40, 12))
    contents[5:31] = 60.0
    inner = reduce_map(a_map(np.pad(contents, 1)), 20, 12).values()
    assert (inner[2:16] == 60).all()
    assert (inner == 0).sum() == 6 * 12


def ring(bins: int, outer: float, inner: float) -> np.ndarray:
    """A ring of filled cells; radii in units of the map's width."""
    at = (np.arange(bins) + 0.5) / bins - 0.5
    radius = np.hypot(at[:, None], at[None, :])
    inside = (radius < outer) & (radius > inner)
    counts = np.random.default_rng(5).poisson(60, inside.shape)
    return np.where(inside, counts, 0).astype(float)


def groups(bins: int, pixels: int) -> np.ndarray:
    """The first bin of each pixel and behind the last, in a smaller picture."""
    return np.append(np.arange(pixels) * bins // pixels, bins)


@pytest.mark.parametrize("bins", [100, 121, 147, 180])
@pytest.mark.parametrize("pixels", [60, 75, 90, 99])
@pytest.mark.parametrize("radii", [(0.48, 0.12), (0.5, 0.2), (0.42, 0.05)])
def test_a_round_border_is_no_dead_cell_and_each_dead_cell_is_seen(
    bins: int, pixels: int, radii: tuple[float, float]
) -> None:
    contents = ring(bins, *radii)
    edges = groups(bins, pixels)
    lines = np.maximum.reduceat(contents, edges[:-1], axis=0)
    filled = np.maximum.reduceat(lines, edges[:-1], axis=1) > 0
    assert not shows_empty(contents, None, filled, edges, edges).any()
    void = np.pad(contents == 0, 1, constant_values=True)
    places = [(i, j) for i in range(3) for j in range(3)]
    near = [void[i : i + bins, j : j + bins] for i, j in places]
    inside = np.argwhere(~np.logical_or.reduce(near))
    for column, row in np.random.default_rng(bins).choice(inside, 8).tolist():
        dead = contents.copy()
        dead[column, row] = 0
        seen = np.argwhere(shows_empty(dead, None, filled, edges, edges)).tolist()
        at = np.searchsorted(edges, (column, row), "right") - 1
        assert seen == [at.tolist()] or not _shares(edges, at)


def _shares(edges: np.ndarray, at: np.ndarray) -> bool:
    return bool((np.diff(edges)[at] > 1).any())


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("at", [0, 41, 43])
def test_dead_regions_of_any_size_are_seen(size: int, at: int) -> None:
    drawn = np.random.default_rng(2).poisson(80, (100, 100))
    contents: np.ndarray = drawn.astype(float)
    contents[at : at + size, 50 : 50 + size] = 0
    found = reduce_map(a_map(np.pad(contents, 1)), 20, 20).values()
    assert 0 < (found == 0).sum() <= 4


def test_an_empty_cell_that_is_no_wonder_does_not_empty_its_block() -> None:
    contents = filled(30, 30, mean=1.0)
    assert (contents == 0).any()
    assert (reduce_map(a_map(contents), 10, 10).values() > 0).all()


def test_a_hot_cell_goes_before_a_dead_one() -> None:
    contents = filled(30, 30)
    contents[1 + 16, 1 + 7] = 0
    contents[1 + 15, 1 + 7] = 1e6
    assert reduce_map(a_map(contents), 10, 10).values()[5, 2] == 1e6


def test_two_hot_cells_and_a_dead_one_among_few_entries_show_hot() -> None:
    contents = np.ones((32, 32), dtype=np.float32)
    contents[1, 1], contents[2, 1], contents[3, 1] = 0, 1e6, 1e6
    assert reduce_map(a_map(contents), 10, 10).values()[0, 0] == 1e6


def test_gaps_that_are_a_pattern_do_not_blank_the_map() -> None:
    contents = filled(30, 30)
    contents[1::3] = 0
    assert (reduce_map(a_map(contents), 10, 10).values() > 0).all()


def test_a_dead_region_is_empty_whatever_surrounds_it() -> None:
    contents = filled(30, 30)
    contents[1:16, 1:16] = 0
    found = reduce_map(a_map(contents), 10, 10).values()
    assert (found[:5, :5] == 0).all()
    assert np.count_nonzero(found == 0) == 25


def test_a_block_half_dead_is_empty_one_with_negative_weights_shows_its_fullest() -> (
    None
):
    contents = filled(20, 20)
    contents[9:11, 9] = 0  # half of a block of 2 x 2 cells
    contents[5, 5], contents[6, 5] = 0, -3
    found = reduce_map(a_map(contents), 10, 10).values()
    assert found[4, 4] == 0
    assert found[2, 2] == contents[5:7, 5:7].max()


def test_a_bin_of_a_profile_that_was_never_filled_is_no_mean_of_zero() -> None:
    entries = np.full((6, 6), 2.0, order="F")
    entries[1, 1] = 0
    profile = a_map(entries * -2.0, bin_entries=entries)
    assert (reduce_map(profile, 2, 2).values() == -2.0).all()


def test_weighted_maps_count_entries_not_weights() -> None:
    contents = np.full((32, 32), 1000.0, dtype=np.float32)
    contents[5, 5] = 0
    few = a_map(contents, sumw2=np.asfortranarray(contents * 1000.0))  # one entry each
    many = a_map(contents, sumw2=np.asfortranarray(contents * 1.0))
    assert (reduce_map(few, 10, 10).values() > 0).all()
    assert np.count_nonzero(reduce_map(many, 10, 10).values() == 0) == 1


def test_a_profile_shows_its_largest_mean_and_its_dead_cell() -> None:
    entries = np.full((32, 32), 50.0)
    sums = entries * 2.0
    sums[4, 4] = 50 * 9.0
    entries[20, 20] = sums[20, 20] = 0
    sums[7:10, 7:10] = -entries[7:10, 7:10]
    profile = a_map(sums, bin_entries=np.asfortranarray(entries))
    found = reduce_map(profile, 10, 10)
    assert found.is_profile
    assert found.values()[1, 1] == 9
    assert found.values()[2, 2] == -1  # a block of negative means is not empty
    assert found.bin_entries is not None
    assert np.argwhere(found.bin_entries[1:-1, 1:-1] == 0).tolist() == [[6, 6]]
    assert (found.variances() == 0).all()


def test_means_whose_square_is_no_number_are_shown() -> None:
    counts = np.ones((14, 10))
    found = reduce_map(a_map(counts * 1e200, bin_entries=counts, sumw2=counts), 4, 4)
    assert (found.values() == 1e200).all()


def test_nan_and_infinity_do_not_hide_the_rest() -> None:
    contents = filled(30, 30)
    contents[1, 1] = np.nan
    contents[4:7, 4:7] = np.nan
    contents[8, 8] = np.inf
    found = reduce_map(a_map(contents), 10, 10).values()
    assert np.isfinite(found[0, 0])
    assert np.isnan(found[1, 1])
    assert np.isinf(found[2, 2])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", [np.float32, np.int16, np.int32, np.int8])
def test_memory_order_and_number_type_make_no_difference(
    order: str, kind: type
) -> None:
    contents = (filled(21, 13) % 100).astype(kind)
    axes = (Axis(21, 0, 1), Axis(13, 0, 1))
    histogram = Histogram("m", "", "TH2", axes, np.array(contents, order=order))  # type: ignore[call-overload]
    found = reduce_map(histogram, 5, 5).values()
    inner = contents[1:-1, 1:-1].astype(float)
    for x in range(5):
        for y in range(5):
            block = inner[5 * x : 5 * x + 5, 3 * y : 3 * y + 3]
            assert found[x, y] in (block.max(), 0)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(-1, 30),
    st.integers(0, 30),
    st.sampled_from([0.0, 0.5, 30.0]),
)
def test_always_fits_and_keeps_the_range(
    nx: int, ny: int, width: int, height: int, mean: float
) -> None:
    found = reduce_map(a_map(filled(nx, ny, mean)), width, height)
    assert found.axes[0].bins <= max(width, 1)
    assert found.axes[1].bins <= max(height, 1)
    assert found.contents.shape == tuple(axis.bins + 2 for axis in found.axes)
    for axis, bins in zip(found.axes, (nx, ny), strict=True):
        assert len(axis.edges) == axis.bins + 1
        assert axis.edges[0] == 0
        assert axis.edges[-1] == bins
        assert (np.diff(axis.edges) > 0).all()


@given(st.integers(1, 10_000), st.integers(1, 500))
def test_block_size(bins: int, pixels: int) -> None:
    step = block_size(bins, pixels)
    assert -(-bins // step) <= pixels
    assert step == 1 or -(-bins // (step - 1)) > pixels


def test_a_comparison_shows_the_largest_deviation_either_way() -> None:
    values = np.ones((9, 9))
    values[0, 0] = 0.2
    values[1, 1] = 1.3
    values[4, 4] = 5.0
    values[6:9, 6:9] = np.nan
    values[0, 8] = np.nan
    found = reduce_comparison(Comparison("ratio", values), 3, 3).values
    assert found[0, 0] == pytest.approx(0.2)
    assert found[1, 1] == pytest.approx(5.0)
    assert np.isnan(found[2, 2])
    assert found[0, 2] == 1
    # in step with the map it lies under
    assert found.shape == reduce_map(a_map(filled(9, 9)), 3, 3).values().shape


def a_graph(x: np.ndarray, y: np.ndarray, **more: object) -> Graph:
    return Graph("g", "", "TGraph", x, y, **more)  # type: ignore[arg-type]


def test_a_graph_that_fits_is_left_alone() -> None:
    graph = a_graph(np.arange(10.0), np.arange(10.0))
    assert reduce_graph(graph, 10) is graph


def test_a_graph_of_many_points_keeps_its_extremes() -> None:
    x = np.linspace(0.0, 1.0, 100_000)
    y = np.sin(30 * x)
    y[54_321], y[12_345] = 50.0, -60.0
    y[7] = np.nan
    errors = (np.full(x.shape, 0.1), np.arange(100_000.0))
    found = reduce_graph(a_graph(x, y, y_errors=errors), 1000)
    assert 200 < len(found.x) <= 1000
    assert found.y.max() == 50.0
    assert found.y.min() == -60.0
    assert (found.x[0], found.x[-1]) == (0.0, 1.0)
    assert (np.diff(found.x) >= 0).all(), "in the order of the file"
    assert found.y_errors is not None
    at = np.flatnonzero(found.y == 50.0)[0]
    assert found.y_errors[1][at] == 54_321


@given(
    st.lists(st.floats(), min_size=5, max_size=60),
    st.integers(1, 8),
)
def test_any_graph_can_be_reduced(values: list[float], most: int) -> None:
    numbers = np.array(values)
    found = reduce_graph(a_graph(numbers, numbers[::-1].copy()), most)
    assert len(found.x) == len(found.y) <= len(numbers)
    if len(numbers) > most:
        assert np.isfinite(found.x).all()


def test_bins_are_summed_where_there_are_too_many() -> None:
    cells = np.arange(12.0)
    made = Histogram("h", "", "TH1D", (Axis(10, 0.0, 10.0),), cells, cells * 2)
    assert few_bins(made, 10) == (made, "")
    found, words = few_bins(made, 4)
    assert words == "bins summed 3:1"
    assert found.axes[0].edges.tolist() == [0.0, 3.0, 6.0, 9.0, 10.0]
    assert found.contents.tolist() == [0, 1 + 2 + 3, 4 + 5 + 6, 7 + 8 + 9, 10, 11]
    assert found.sumw2 is not None
    assert found.sumw2.tolist() == (found.contents * 2).tolist()
    assert found.contents.sum() == cells.sum()


def test_small_numbers_are_summed_to_large_ones() -> None:
    cells = np.full(12, 30_000, np.int16)
    found, _ = few_bins(Histogram("h", "", "TH1S", (Axis(10, 0, 1),), cells), 1)
    assert found.contents.tolist() == [30_000, 300_000, 30_000]


def test_efficiencies_are_averaged_and_means_stay_means() -> None:
    axis = (Axis(5, 0.0, 5.0),)
    shares = np.array([9.0, 0.5, 0.7, 0.9, 0.9, 0.3, 0.2])
    made = Histogram(
        "e", "", "TH1F", axis, shares, shares * 0 + 0.04, efficiency=True,
        shown=(0.0, 1.0),
    )  # fmt: skip
    found, words = few_bins(made, 3)
    assert words == "bins averaged 2:1"
    assert found.values() == pytest.approx([0.6, 0.9, 0.3])
    assert found.variances() == pytest.approx([0.02, 0.02, 0.04])
    assert found.shown == (0.0, 1.0)
    profile = Histogram(
        "p", "", "TProfile", axis, shares, shares, np.array([1.0, 1, 3, 1, 1, 1, 1])
    )
    assert few_bins(profile, 3)[0].values() == pytest.approx([0.3, 0.9, 0.3])


def test_a_sure_deviation_goes_before_a_large_one_that_is_noise() -> None:
    values, errors = np.zeros((7, 4)), np.ones((7, 4))
    values[0, 0], errors[0, 0] = 9.0, 8.0
    values[1, 1], errors[1, 1] = -5.0, 0.5
    values[6, 3] = 2.0  # in a block that is cut short
    found = reduce_comparison(Comparison("difference", values, errors), 3, 2)
    assert found.values.shape == (3, 2)
    assert found.errors is not None
    assert (found.values[0, 0], found.errors[0, 0]) == (-5.0, 0.5)
    assert found.values[2, 1] == 2.0


def test_what_agrees_is_never_sure_and_what_has_no_error_always() -> None:
    values, errors = np.zeros((2, 4)), np.zeros((2, 4))
    values[0, 1], errors[0, 1] = 5.0, 1.0
    values[1, 2], errors[1, 2] = 9.0, 1.0
    values[0, 3], errors[0, 3] = 2.0, np.nan
    found = reduce_comparison(Comparison("difference", values, errors), 1, 2)
    assert found.values.tolist() == [[5.0, 2.0]]


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 12), st.data())
def test_named_cells_lie_in_the_blocks_that_are_named(
    columns: int, rows: int, most: int, data: st.DataObject
) -> None:
    cells = data.draw(st.sets(st.integers(-2, columns * rows + 2), max_size=9))
    named = reduce_indices(np.array(sorted(cells), int), (columns, rows), most, most)
    contents = np.zeros((columns, rows))
    for cell in cells:
        if 0 <= cell < columns * rows:
            contents[divmod(cell, rows)] = 1
    small = reduce_map(a_map(np.pad(contents, 1)), most, most).values()
    assert np.flatnonzero(small.ravel()).tolist() == named.tolist()


@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.integers(0, 2**32 - 1))
def test_lines_are_combined_from_each_edge_to_the_next(
    widths: list[int], seed: int
) -> None:
    edges = np.cumsum([0, *widths])
    cells = np.random.default_rng(seed).normal(size=(int(edges[-1]), 3))
    for how in (np.add, np.fmax, np.fmin):
        found = combined_lines(cells, edges, how)
        wanted = [how.reduce(cells[a:b], axis=0) for a, b in itertools.pairwise(edges)]
        assert np.array_equal(found, wanted)


def test_a_state_that_is_off_is_seen_among_many_that_are_on() -> None:
    states = np.ones((6, 42), dtype=np.float32)
    states[2, 31] = 0.0  # inner cell (1, 30) of 4 x 40
    states[3, 1:11] = -1.0  # ten that are not known
    states[4, 2] = -1.0
    found = reduce_map(a_map(states), 4, 8, states=True)
    assert [axis.bins for axis in found.axes] == [4, 8]
    assert np.argwhere(found.values() == 0).tolist() == [[1, 6]]
    assert np.argwhere(found.values() < 0).tolist() == [[2, 0], [2, 1]]
    assert np.count_nonzero(found.values() == 1) == 29
    assert reduce_map(a_map(states), 4, 40, states=True).axes[1].bins == 40


def test_states_of_a_profile_are_known_where_it_was_filled() -> None:
    counts = np.full((4, 12), 3.0, dtype=np.float32)
    counts[1, 1:6] = 0.0
    states = 3.0 * np.ones((4, 12), dtype=np.float32)
    states[2, 9] = 0.0
    states[counts == 0] = 0.0
    profile = a_map(states, bin_entries=np.asfortranarray(counts))
    found = reduce_map(profile, 2, 2, states=True)
    assert found.counts().tolist() == [[0.0, 1.0], [1.0, 1.0]]
    assert found.values()[1].tolist() == [1.0, 0.0]
