"""Where bins lie in the detector, as a layout names it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import axes

from dqmconsole.engine.extents import Letter, extent_in, parts_in
from dqmconsole.model.cause import MOST_CELLS, Extent, extent_of
from dqmconsole.model.histogram import Axis

WHEELS = Axis(5, -2.5, 2.5)
SECTORS = Axis(12, 0.5, 12.5)
BOTH: dict[Letter, str] = {"x": "wheel", "y": "sector"}
NAMES: list[dict[Letter, str]] = [BOTH, {"x": "a"}, {"y": "b"}, {"y": "b", "x": "a"}]


def cells(extent: Extent | None) -> list[tuple[str, ...]]:
    assert extent is not None
    return list(extent.cells)


def names_of(axis: Axis) -> list[str]:
    """What each bin of an axis is called."""
    return [
        cells(extent_in({"x": "name"}, (axis,), np.array([each])))[0][0]
        for each in range(axis.bins)
    ]


def test_bins_of_a_map_are_places() -> None:
    found = extent_in(BOTH, (WHEELS, SECTORS), np.array([2, 3, 12]))
    places = (("-1", "1"), ("-2", "3"), ("-2", "4"))
    assert found == Extent(("wheel", "sector"), places)


def test_what_has_no_name_is_left_out() -> None:
    bins = np.array([2, 3, 12])
    of_x = extent_in({"x": "wheel"}, (WHEELS, SECTORS), bins)
    of_y = extent_in({"y": "sector"}, (WHEELS, SECTORS), bins)
    assert of_x == Extent(("wheel",), (("-1",), ("-2",)))
    assert of_y == Extent(("sector",), (("1",), ("3",), ("4",)))
    assert extent_in(BOTH, (WHEELS,), np.array([0])) == Extent(("wheel",), (("-2",),))
    assert extent_in({"y": "sector"}, (WHEELS,), np.array([0])) is None
    assert extent_in({}, (WHEELS, SECTORS), bins) is None
    assert extent_in(BOTH, (WHEELS, SECTORS), bins[:0]) is None
    third = (Axis(2, 0.0, 2.0), WHEELS, SECTORS)
    assert cells(extent_in({"y": "wheel"}, third, np.array([59, 60]))) == [
        ("-2",),
        ("2",),
    ]


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        (SECTORS, list(map(str, range(1, 13)))),
        (Axis(3, 0.0, 3.0), ["0", "1", "2"]),
        (Axis(3, -1.0, 2.0), ["-1", "0", "1"]),
        (Axis(2, 0.0, 1e6), ["250000", "750000"]),
        (Axis(3, -0.3, 0.3), ["-0.2", "0", "0.2"]),
        (Axis(2, 0.0, 2.0, labels=("B+1", "")), ["B+1", "1"]),
        (Axis(2, 0.0, 3.0, variable=np.array([0.0, 1.0, 3.0])), ["0", "2"]),
        (Axis(1, 1_234_567.5, 1_234_568.5), ["1234568"]),
    ],
)
def test_a_bin_has_its_label_or_else_its_centre(axis: Axis, names: list[str]) -> None:
    assert names_of(axis) == names


@given(st.data(), st.lists(axes(), min_size=1, max_size=3))
def test_places_are_those_of_all_bins(data: st.DataObject, of: list[Axis]) -> None:
    names = data.draw(st.sampled_from(NAMES))
    shape = tuple(axis.bins for axis in of)
    many = int(np.prod(shape))
    bins = data.draw(st.lists(st.integers(0, many - 1), min_size=1))
    letters: tuple[Letter, Letter] = ("x", "y")
    named = [(at, each) for at, each in enumerate(letters[: len(of)]) if each in names]
    found = extent_in(names, of, np.array(bins))
    if not named:
        assert found is None
        return
    words = [names_of(axis) for axis in of]
    every = [np.unravel_index(each, shape) for each in bins]
    assert found == extent_of(
        tuple(names[each] for _, each in named),
        [tuple(words[at][where[at]] for at, _ in named) for where in every],
    )


def test_of_very_many_places_the_first_are_listed() -> None:
    every = (Axis(100, -50.0, 50.0), Axis(72, 0.5, 72.5))
    found = extent_in(BOTH, every, np.arange(7200))
    assert found is not None
    assert (len(found.cells), found.more, found.size) == (MOST_CELLS, 6944, 7200)
    assert list(found.cells) == sorted(found.cells)


MAP = (Axis(40, 0.5, 40.5), SECTORS)


def parts_of(
    *regions: tuple[range, range], axes: tuple[Axis, ...] = MAP
) -> tuple[Extent | None, list[set[tuple[str, ...]]]]:
    """Where some rectangles of a map are, and which of their cells lie apart."""
    bins = [x * axes[1].bins + y for xs, ys in regions for x in xs for y in ys]
    whole, parts = parts_in(BOTH, axes, np.array(sorted(bins)))
    assert whole is not None
    assert whole.cells == extent_of(whole.names, whole.cells).cells
    return whole, [set(each.cells) for each in parts]


def named(xs: range, ys: range) -> set[tuple[str, ...]]:
    """The cells of a rectangle of the map."""
    return {(str(x + 1), str(y + 1)) for x in xs for y in ys}


def test_regions_that_do_not_touch_are_parts_the_largest_first() -> None:
    small, large = (range(2, 5), range(2, 4)), (range(20, 24), range(6, 9))
    whole, parts = parts_of(small, large)
    assert parts == [named(*large), named(*small)]
    assert whole is not None
    assert whole.size == 18
    assert not whole.scattered
    assert parts_of(large)[1] == []
    corner = (range(24, 26), range(9, 11))
    assert parts_of(large, corner)[1] == []  # they touch


def test_what_is_broad_has_no_parts() -> None:
    bins = np.array([2 * 12 + 3, 2 * 12 + 4, 3 * 12 + 3, 30 * 12, 30 * 12 + 1, 31 * 12])
    assert len(parts_in(BOTH, MAP, bins)[1]) == 2
    whole, parts = parts_in(BOTH, MAP, bins, broad=True)
    assert whole is not None
    assert (whole.size, whole.scattered, parts) == (6, True, ())


def test_a_bin_between_divides_no_fine_axis() -> None:
    one, other = (range(10, 13), range(2, 4)), (range(14, 17), range(2, 4))
    assert parts_of(one, other)[1] == []
    near, far = (range(10, 13), range(2, 4)), (range(10, 12), range(5, 8))
    assert len(parts_of(near, far)[1]) == 2  # of 12 sectors each counts


def test_what_lies_at_both_ends_of_an_axis_may_touch() -> None:
    first, last = (range(10, 13), range(1)), (range(10, 12), range(11, 12))
    assert parts_of(first, last)[1] == []
    ends = (range(2), range(2, 4)), (range(38, 40), range(4, 6))
    assert parts_of(*ends)[1] == []
    few = (Axis(5, -2.5, 2.5), SECTORS)
    ends = (range(1), range(1, 5)), (range(4, 5), range(5, 9))
    assert len(parts_of(*ends, axes=few)[1]) == 2  # these five are no circle


def test_what_is_small_beside_a_part_belongs_to_the_nearest() -> None:
    region, speck = (range(20, 24), range(2, 6)), (range(2, 5), range(8, 9))
    assert parts_of(region, speck)[1] == []
    also = (range(2, 5), range(4, 6))
    found = parts_of(region, also, speck)[1]
    assert found == [named(*region), named(*also) | named(*speck)]


def test_the_nearest_part_may_lie_beyond_the_end_of_an_axis() -> None:
    left, right = (range(3), range(2, 6)), (range(22, 25), range(2, 6))
    speck = (range(37, 38), range(2, 3))  # 3 from the left one, round the axis
    assert parts_of(left, right, speck)[1] == [
        named(*left) | named(*speck),
        named(*right),
    ]
    few = (Axis(7, 0.5, 7.5), Axis(60, 0.5, 60.5))  # seven are no circle
    low, high = (range(2), range(20, 24)), (range(3, 5), range(26, 31))
    speck = (range(6, 7), range(22, 23))
    assert parts_of(low, high, speck, axes=few)[1] == [
        named(*high) | named(*speck),
        named(*low),
    ]


def test_a_cell_that_is_much_hotter_than_a_block_beside_it_is_a_part() -> None:
    block, cell = (range(2, 6), range(2, 6)), (range(20, 21), range(8, 9))
    bins = [x * 12 + y for xs, ys in (block, cell) for x in xs for y in ys]

    def parts(hot: float) -> list[set[tuple[str, ...]]]:
        values = np.array([*[10.0] * 16, hot])
        found = parts_in(BOTH, MAP, np.array(bins), values=values)[1]
        return [set(each.cells) for each in found]

    assert parts(100.0) == [named(*block), named(*cell)]
    assert parts(40.0) == []  # it may be of the block
    assert parts_in(BOTH, MAP, np.array(bins))[1] == ()  # how hot it is is not known
    endless = np.array([*[1e308] * 16, np.inf])
    assert len(parts_in(BOTH, MAP, np.array(bins), values=endless)[1]) == 2
    unknown = np.array([*[1.0] * 16, np.nan])
    assert parts_in(BOTH, MAP, np.array(bins), values=unknown)[1] == ()
    opposite = (range(2, 7), range(3, 5)), (range(30, 35), range(3, 5))  # of one sector
    bins = [x * 12 + y for xs, ys in (*opposite, cell) for x in xs for y in ys]
    values = np.array([*[10.0] * 20, 100.0])
    found = parts_in(BOTH, MAP, np.array(bins), values=values)[1]
    assert [each.size for each in found] == [20, 1]


def test_two_hot_bins_of_a_map_are_two_parts_where_neither_is_by_chance() -> None:
    bins, values = np.array([2 * 12 + 3, 20 * 12 + 6]), np.array([7.0, 300.0])
    whole, parts = parts_in(BOTH, MAP, bins, values=values)
    assert whole is not None
    assert (whole.scattered, parts) == (True, ())
    whole, parts = parts_in(BOTH, MAP, bins, values=values, firm=True)
    assert whole is not None
    assert not whole.scattered
    assert [each.cells for each in parts] == [(("3", "4"),), (("21", "7"),)]
    third, more = np.append(bins, 35 * 12), np.append(values, 8.0)
    for chosen, of_them in ((third, more), (bins, None)):  # dead ones lie anywhere
        whole, parts = parts_in(BOTH, MAP, chosen, values=of_them, firm=True)
        assert whole is not None
        assert (whole.scattered, parts) == (True, ())
    for labels, many in (("abcdefgh", 2), ("", 0)):
        axis = Axis(8, 0.5, 8.5, labels=tuple(labels))
        _, parts = parts_in(
            {"x": "algorithm"}, (axis,), np.array([1, 6]), values=values, firm=True
        )
        assert len(parts) == many


def test_bins_are_in_the_part_that_the_plot_shows() -> None:
    one, other = (range(2, 5), range(2, 4)), (range(20, 24), range(6, 9))
    bins = [x * 12 + y for xs, ys in (one, other) for x in xs for y in ys]
    whole, parts = parts_in(BOTH, MAP, np.array(sorted(bins)), "barrel")
    assert whole is not None
    assert [each.part for each in (whole, *parts)] == ["barrel"] * 3


def test_regions_of_one_sector_are_one() -> None:
    here, opposite = (range(2, 7), range(3, 5)), (range(30, 35), range(3, 5))
    assert parts_of(here, opposite)[1] == []
    sectors = (range(2, 7), range(1, 4)), (range(2, 7), range(8, 11))
    assert parts_of(*sectors)[1] == [named(*each) for each in sectors]  # of one half


def test_many_parts_are_one_that_is_scattered() -> None:
    four = [(range(n, n + 3), range(n % 9, n % 9 + 1)) for n in (1, 12, 23, 34)]
    whole, parts = parts_of(*four)
    assert parts == []
    assert whole is not None
    assert whole.scattered
    specks = [(range(n, n + 1), range(n % 9, n % 9 + 1)) for n in (1, 12)]
    whole, parts = parts_of(*specks)  # too few bins to say
    assert parts == []
    assert whole is not None
    assert whole.scattered


def test_parts_of_many_bins_or_among_many_specks_are_of_chance() -> None:
    left, right = (range(2, 10), range(1, 8)), (range(20, 30), range(1, 11))
    assert len(parts_of(left, right)[1]) == 2
    wide = (range(19, 31), range(1, 11))  # of 480 bins with the other 176
    whole, parts = parts_of(left, wide)
    assert parts == []
    assert whole is not None
    assert whole.scattered
    specks = [(range(n, n + 1), range(10, 11)) for n in (2, 6, 12, 16)]
    also = (range(20, 24), range(2, 6))
    assert len(parts_of(left, also, *specks)[1]) == 2
    more = (range(36, 37), range(10, 11))
    whole, parts = parts_of(left, also, *specks, more)
    assert parts == []
    assert whole is not None
    assert whole.scattered


def degrees_of(*regions: tuple[range, range, float]) -> list[set[tuple[str, ...]]]:
    """Parts of rectangles of a map that have so much of what is expected."""
    left = {
        x * SECTORS.bins + y: share for xs, ys, share in regions for x in xs for y in ys
    }
    bins = sorted(left)
    shares = np.array([left[each] for each in bins])
    return [
        set(each.cells) for each in parts_in(BOTH, MAP, np.array(bins), left=shares)[1]
    ]


def test_what_is_dead_and_what_is_weak_are_two_parts_though_they_touch() -> None:
    dead, weak = (range(5, 8), range(2, 4)), (range(8, 28), range(1, 11))
    assert len(dead[0]) * len(dead[1]) + 200 > 480 / 3  # too many to lie apart
    assert degrees_of((*dead, 0.0), (*weak, 0.4)) == [named(*weak), named(*dead)]
    assert degrees_of((*dead, 0.4), (*weak, 0.4)) == []
    assert degrees_of((*dead, 0.0), (*weak, 0.1)) == []  # dead by chance not quite


def test_the_edge_of_what_is_dead_is_no_part_of_its_own() -> None:
    dead, edge = (range(5, 8), range(2, 10)), (range(8, 9), range(1, 11))
    assert degrees_of((*dead, 0.0), (*edge, 0.5)) == []
    far = (range(20, 22), range(2, 4))
    assert degrees_of((*dead, 0.0), (*edge, 0.5), (*far, 0.5)) == []
    more = (range(20, 26), range(2, 10))
    assert degrees_of((*dead, 0.0), (*edge, 0.5), (*more, 0.5)) == [
        named(*more) | named(*edge), named(*dead),
    ]  # fmt: skip


def test_channels_that_die_and_weaken_everywhere_are_one() -> None:
    dead = [(range(x, x + 1), range(3, 4), 0.0) for x in range(0, 40, 4)]
    weak = [(range(x, x + 1), range(8, 9), 0.5) for x in range(0, 40, 4)]
    assert degrees_of(*dead, *weak) == []
    blocks = [(range(x, x + 2), range(2, 4), 0.0) for x in (1, 10, 20, 30)]
    assert degrees_of(*blocks, (range(14, 17), range(8, 11), 0.5)) == []
    few = (range(30, 31), range(2, 4), 0.5)
    assert len(degrees_of(*blocks[:2], few)) == 2  # the blocks


def test_what_has_no_place_has_no_parts() -> None:
    assert parts_in({}, MAP, np.array([3, 200])) == (None, ())
    assert parts_in(BOTH, MAP, np.array([], np.int64)) == (None, ())


@given(st.sets(st.integers(0, 40 * 12 - 1), min_size=1, max_size=60))
def test_parts_are_all_there_is_and_each_bin_is_in_one(bins: set[int]) -> None:
    chosen = np.array(sorted(bins))
    whole, parts = parts_in(BOTH, MAP, chosen)
    plain = extent_in(BOTH, MAP, chosen)
    assert plain is not None
    assert whole is not None
    assert whole.cells == plain.cells
    assert len(parts) != 1
    found = [cell for each in parts for cell in each.cells]
    assert not parts or sorted(found) == sorted(plain.cells)
    assert [each.size for each in parts] == sorted(
        (each.size for each in parts), reverse=True
    )
