"""A known issue drafted from a verdict is read back as what the verdict named."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import plots

from dqmconsole.model.frame import Expected, Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.verdict import Status
from dqmconsole.shift.known_draft import NoDraftError, drafted, regions_of_bins
from dqmconsole.site.known_issues import read_known

NOW = 1_795_795_200.0  # 2026-11-27


def bad(
    data: Histogram | None, bins: list[int] | None, sentence: str = "6 rings empty"
) -> Tile:
    offending = None if bins is None else np.array(bins, dtype=np.int64)
    picture = Picture(data, expected=Expected(offending=offending))
    return plots.tile(picture, Status.BAD, sentence)


def read_back(text: str) -> KnownIssue:
    """What the site reads of a draft, which has no problem of its own."""
    found, _, problems = read_known(text.encode(), "known.yaml")
    assert problems == ()
    (issue,) = found
    return issue


def test_a_draft_is_read_back_whole() -> None:
    data = plots.curve(np.ones(10), 0.0, 1.0)
    issue = read_back(drafted(bad(data, [2, 3, 7]), "hcal-dqm", NOW))
    assert issue == KnownIssue(
        problem="6 rings empty",
        subsystem="Hcal",
        paths=("Hcal/x",),
        owner="hcal-dqm",
        expires="2026-12-11",
        regions=(Region(x=(0.2, 0.4)), Region(x=(0.7, 0.8))),
        channels=3,
        news="anything else in this plot",
    )
    assert issue.shows_in("Hcal/x", 1)


def test_bins_with_labels_are_named_by_them() -> None:
    data = plots.curve(np.ones(3), 0.0, 3.0, labels=("HBM01", 'a "b"', "c: #"))
    issue = read_back(drafted(bad(data, [1, 2]), "hcal-dqm", NOW))
    assert issue.regions == (Region(x_labels=('a "b"', "c: #")),)


def test_cells_of_a_map_are_rectangles_and_nothing_more() -> None:
    y = Axis(3, 0.0, 3.0, labels=("MB1", "MB2", "MB3"))
    data = plots.plane(np.ones((4, 3)), Axis(4, -2.0, 2.0), y)
    cells = [(0, 1), (0, 2), (1, 1), (1, 2), (3, 0)]
    issue = read_back(drafted(bad(data, [i * 3 + j for i, j in cells]), "o", NOW))
    assert issue.regions == (
        Region(x=(-2.0, 0.0), y_labels=("MB2", "MB3")),
        Region(x=(1.0, 2.0), y_labels=("MB1",)),
    )


@given(st.sets(st.integers(0, 19), min_size=1, max_size=12))
def test_regions_hold_just_the_bins(bins: set[int]) -> None:
    data = plots.plane(np.ones((5, 4)))
    regions, about = regions_of_bins(data, np.array(sorted(bins)))
    held = {
        i * 4 + j
        for i in range(5)
        for j in range(4)
        for region in regions
        if region.x[0] < i + 0.5 < region.x[1] and region.y[0] < j + 0.5 < region.y[1]
    }
    assert held == bins
    assert not about


def test_many_scattered_bins_are_one_region_that_says_so() -> None:
    data = plots.plane(np.ones((60, 60)))
    bins = [60 * i + i for i in range(0, 60, 2)]
    text = drafted(bad(data, bins), "o", NOW)
    assert read_back(text).regions == (Region(x=(0.0, 59.0), y=(0.0, 59.0)),)
    assert "make it smaller" in text


def test_a_map_in_fewer_cells_says_that_its_region_is_coarse() -> None:
    tile = bad(plots.plane(np.ones((4, 3))), [0])
    assert tile.picture is not None
    picture = msgspec.structs.replace(tile.picture, whole=False)
    text = drafted(msgspec.structs.replace(tile, picture=picture), "o", NOW)
    assert "of the plot alone it is exact" in text
    assert read_back(text).regions == (Region(x=(0.0, 1.0), y=(0.0, 1.0)),)


@pytest.mark.parametrize("bins", [None, [], [99]])
def test_without_bins_it_says_that_it_is_the_whole_plot(bins: list[int] | None) -> None:
    text = drafted(bad(plots.curve(np.ones(3)), bins), "", NOW)
    assert read_back(text).regions == ()
    assert "whole plot" in text
    assert read_back(text).owner == "owner to be named"


@example("\x00", "\n")
@given(st.text(min_size=1), st.text(alphabet="ab[]*?!\"'\\: é−\x7f\u2028", min_size=1))
def test_any_words_and_any_path_are_read_back(sentence: str, name: str) -> None:
    tile = bad(plots.curve(np.ones(3)), [0], sentence)
    tile = msgspec.structs.replace(tile, path=f"Hcal/{name}")
    issue = read_back(drafted(tile, "o", NOW))
    if sentence.isprintable():
        assert issue.problem == (sentence.strip() or "BAD")
    assert issue.shows_in(f"Hcal/{name}", 1)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e-12, 1e12),
)
def test_any_edges_are_read_back(low: float, width: float) -> None:
    high = low + width
    if not low < high < np.inf:
        return
    axis = Axis(1, low, high, variable=np.array([low, high]))
    data = msgspec.structs.replace(plots.curve([1.0]), axes=(axis,))
    (region,) = read_back(drafted(bad(data, [0]), "o", NOW)).regions
    assert region.x == pytest.approx((low, high), rel=0, abs=2e-6 * (high - low))


def test_what_cannot_be_drafted_says_why() -> None:
    with pytest.raises(NoDraftError, match="no picture"):
        drafted(None, "o", NOW)
    with pytest.raises(NoDraftError, match="LOW STATISTICS"):
        drafted(plots.tile(plots.curve([1.0]), Status.LOW_STATISTICS), "o", NOW)


def test_an_element_of_no_subsystem_has_known_issues_too() -> None:
    alone = msgspec.structs.replace(bad(plots.curve([1.0]), [0]), path="alone")
    known = read_back(drafted(alone, "o", NOW))
    assert (known.subsystem, known.paths) == ("", ("alone",))
