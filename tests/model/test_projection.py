"""Projections and slices; ``tests/rootio/test_objects.py`` holds them to ROOT's."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histograms

from dqmconsole.model.histogram import Axis, Histogram, read_only
from dqmconsole.model.projection import Cut, CutError, describe, parse_cut, project

CLASSES = ("TH2F", "TH2D", "TH3F", "TH3I", "TProfile2D")


def cube(**more: object) -> Histogram:
    axes = (
        Axis(2, 0.0, 2.0, title="x"),
        Axis(3, 0.0, 3.0, title="y", labels=("a", "", "c")),
        Axis(4, 0.0, 8.0, title="z"),
    )
    cells = np.arange(4 * 5 * 6, dtype=np.float32).reshape((4, 5, 6), order="F")
    made = Histogram("c", "cube", "TH3F", axes, read_only(cells), entries=99.0)
    return msgspec.structs.replace(made, **more)


def test_a_cut_is_read() -> None:
    assert parse_cut("", 3) == Cut("xy")
    assert parse_cut("", 2) == Cut("xy")
    assert parse_cut("", 1) == Cut("x")
    assert parse_cut("z", 3) == Cut("z")
    assert parse_cut("zx  y=2", 3) == Cut("zx", (("y", 2, 2),))
    assert parse_cut("x z=1:4 y=2:3", 3) == Cut("x", (("y", 2, 3), ("z", 1, 4)))


@pytest.mark.parametrize(
    ("text", "dimension", "words"),
    [
        ("w", 3, "'w' names no axes to show; there are xy, xz"),
        ("xx", 3, "names no axes"),
        ("xyz", 3, "names no axes"),
        ("z", 2, "'z' names no axes to show; there are xy, x, y"),
        ("xy z", 3, "'z' is no range of bins; one is like z=3:5"),
        ("xy z=", 3, "no range of bins"),
        ("xy z=5:3", 3, "counted from 1"),
        ("xy z=0:3", 3, "counted from 1"),
        ("xy x=1:2", 3, "x is not summed; axes that are not shown: z"),
        ("xy z=\uff11", 3, "no range of bins"),
    ],
)
def test_what_is_no_cut_says_what_could_be_meant(
    text: str, dimension: int, words: str
) -> None:
    with pytest.raises(CutError, match=words):
        parse_cut(text, dimension)


@given(st.text(alphabet="xyzw=:0123456789 é", max_size=20), st.integers(1, 3))
def test_any_text_is_a_cut_or_refused(text: str, dimension: int) -> None:
    try:
        cut = parse_cut(text, dimension)
    except CutError:
        return
    assert set(cut.axes) <= set("xyz"[:dimension])
    assert all(letter not in cut.axes for letter, _, _ in cut.ranges)


def test_a_slice_sums_its_bins_and_keeps_the_flow_of_what_is_shown() -> None:
    whole = cube()
    found = project(whole, parse_cut("xz y=2:3", 3))
    assert found.root_class == "TH2D"
    assert found.contents.shape == (4, 6)
    expected = whole.contents[:, 2:4, :].sum(axis=1)
    np.testing.assert_array_equal(found.contents, expected)
    assert [axis.title for axis in found.axes] == ["x", "z"]
    assert found.contents.flags.f_contiguous
    assert not found.contents.flags.writeable
    turned = project(whole, parse_cut("zx y=2:3", 3))
    np.testing.assert_array_equal(turned.contents, expected.T)
    assert [axis.title for axis in turned.axes] == ["z", "x"]


def test_all_bins_keep_the_entries() -> None:
    whole = cube()
    assert project(whole, parse_cut("z", 3)).entries == 99.0
    part = project(whole, parse_cut("z x=1", 3))
    assert part.entries == pytest.approx(whole.contents[1].sum())


def test_a_slice_counts_the_effective_entries_of_weighted_fills() -> None:
    weighted = cube()
    squares = read_only(np.full(weighted.contents.shape, 2.0))
    weighted = msgspec.structs.replace(weighted, sumw2=squares)
    part = project(weighted, parse_cut("z x=1", 3))
    assert part.entries == pytest.approx(weighted.contents[1].sum() ** 2 / 60)
    empty = msgspec.structs.replace(weighted, sumw2=read_only(squares * 0))
    assert project(empty, parse_cut("z x=1", 3)).entries == 0
    # halves are rounded, as ROOT does; what is no number stays none
    halves = cube(contents=read_only(np.full((4, 5, 6), 0.05)))
    assert project(halves, parse_cut("z x=1", 3)).entries == 2
    infinite = cube(contents=read_only(np.full((4, 5, 6), np.inf)))
    assert project(infinite, parse_cut("z x=1", 3)).entries == np.inf


def test_the_whole_is_left_alone() -> None:
    flat = project(cube(), parse_cut("xy", 3))
    assert project(flat, parse_cut("xy", 2)) is flat
    assert describe(flat, parse_cut("", 2)) == ""


def test_a_range_beyond_the_axis_is_refused() -> None:
    with pytest.raises(CutError, match="bin 5 of z, which has 4"):
        project(cube(), parse_cut("xy z=2:5", 3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x–y at all z"),
        ("xz", "x–z at all y"),
        ("xy z=2:3", "x–y at z 2 to 6"),
        ("x y=1:3 z=1", "x at y a to c, z 0 to 2"),
        ("x y=2", "x at y bin 2, all z"),
    ],
)
def test_what_is_shown_in_words(text: str, words: str) -> None:
    assert describe(cube(), parse_cut(text, 3)) == words


@given(histograms(classes=CLASSES, odd=False), st.sampled_from("xy"))
def test_nothing_is_lost(histogram: Histogram, axis: str) -> None:
    found = project(histogram, parse_cut(axis, histogram.dimension))
    total = histogram.contents.sum(dtype=np.float64)
    size = np.abs(histogram.contents.astype(np.float64)).sum()
    assert found.contents.sum() == pytest.approx(total, abs=1e-9 * max(size, 1.0))
    assert found.is_profile is histogram.is_profile
    assert found.axes == (histogram.axes["xyz".index(axis)],)
    if histogram.bin_entries is not None:
        assert found.bin_entries is not None
        assert found.bin_entries.sum() == pytest.approx(histogram.bin_entries.sum())


def test_means_are_weighted_by_entries() -> None:
    axes = (Axis(1, 0.0, 1.0), Axis(2, 0.0, 2.0))
    entries = np.zeros((3, 4), order="F")
    sums = np.zeros((3, 4), order="F")
    entries[1, 1:3] = (9, 1)
    sums[1, 1:3] = (9 * 10.0, 1 * 20.0)
    made = Histogram("p", "", "TProfile2D", axes, sums, sums**2, entries)
    found = project(made, parse_cut("x", 2))
    assert found.root_class == "TProfile"
    assert found.values().tolist() == [11.0]
