"""Where bins lie in the detector, as a layout names it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import axes

from dqmconsole.engine.extents import Letter, extent_in
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
