"""What several producers filled, added up, is what one would have filled."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.sources.merging import NotAddedError, added_up, adds_up, efficiencies

OBJECTS = Path(__file__).parents[1] / "data" / "objects" / "objects.root"
AXIS = Axis(4, 0.0, 4.0)
Fill = tuple[int, int, int]  # bin, value, weight


def plain(fills: list[Fill], *, weighted: bool = True) -> Histogram:
    contents, squares = np.zeros(6), np.zeros(6)
    for where, _, weight in fills:
        contents[where] += weight
        squares[where] += weight**2
    sums = tuple(float(sum(w * b**power for b, _, w in fills)) for power in (0, 1, 2))
    kept = squares if weighted else None
    return Histogram(
        "h", "H", "TH1F", (AXIS,), contents, kept, entries=len(fills), sums=sums
    )


def profile(fills: list[Fill], *, weighted: bool = True) -> Histogram:
    arrays = np.zeros((4, 6))
    for where, value, weight in fills:
        arrays[:, where] += (weight * value, weight * value**2, weight, weight**2)
    sums, squares, weights, weight_squares = arrays
    return Histogram(
        *("p", "P", "TProfile", (AXIS,), sums, squares, weights),
        weight_squares if weighted else None,
        entries=len(fills),
    )


_fills = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(1, 9)), max_size=20
)


@settings(max_examples=40)
@given(st.lists(_fills, min_size=1, max_size=4))
def test_parts_are_the_whole(parts: list[list[Fill]]) -> None:
    every = [fill for part in parts for fill in part]
    for make in (plain, profile):
        total, whole = added_up([make(part) for part in parts]), make(every)
        assert isinstance(total, Histogram)
        for name in ("contents", "sumw2", "bin_entries", "bin_sumw2"):
            found, expected = getattr(total, name), getattr(whole, name)
            assert (found is None) == (expected is None)
            assert expected is None or np.array_equal(found, expected)
        assert np.allclose(total.variances(), whole.variances())
        assert (total.entries, total.sums) == (whole.entries, whole.sums)


def test_weights_are_kept_where_only_one_has_them() -> None:
    one, two = [(1, 3, 1), (1, 5, 1)], [(1, 4, 3)]
    total = added_up([plain(one, weighted=False), plain(two)])
    assert isinstance(total, Histogram)
    assert total.sumw2 is not None
    assert (total.contents[1], total.sumw2[1]) == (5.0, 11.0)
    total = added_up([profile(one, weighted=False), profile(two)])
    assert isinstance(total, Histogram)
    assert total.bin_sumw2 is not None
    assert (total.values()[0], total.bin_sumw2[1]) == (4.0, 11.0)


def test_statistics_that_one_lacks_are_none_of_the_sum() -> None:
    part = plain([(1, 1, 1)])
    total = added_up([part, msgspec.structs.replace(part, sums=())])
    assert isinstance(total, Histogram)
    assert total.sums == ()
    assert total.contents.sum() == 2


def test_counts_of_many_producers_do_not_overflow() -> None:
    full = msgspec.structs.replace(
        plain([]), root_class="TH1C", contents=np.full(6, 127, np.int8), sumw2=None
    )
    total = added_up([full] * 3)
    assert isinstance(total, Histogram)
    assert (total.contents[1], total.root_class) == (381.0, "TH1D")


def test_all_that_root_writes_added_to_itself() -> None:
    with closing(DqmFile(OBJECTS)) as file:
        for entry in list(file.entries()):
            if entry.path[-1] not in "01":
                continue  # intervals that take long
            element = file.element(entry.path)
            if entry.kind == "TEfficiency":
                counts = file.counts(entry.key)
                both = efficiencies([counts, counts])
                assert isinstance(element, Graph | Histogram)
                assert both.entries == 2 * (element.entries or 0)
            elif not adds_up(element):
                assert isinstance(element, Graph | Collection)
                with pytest.raises(NotAddedError):
                    added_up([Scalar("x", 1), element])
            else:
                total = added_up([element, element])
                assert isinstance(total, Histogram | Polygons | Collection)
                if not isinstance(total, Collection):
                    assert not isinstance(element, Collection | Scalar | Graph)
                    assert np.array_equal(total.contents, 2.0 * element.contents)
                    assert total.entries == 2 * element.entries


def test_an_efficiency_is_of_all_that_was_tried() -> None:
    with closing(DqmFile(OBJECTS)) as file:
        key = next(e.key for e in file.entries() if e.kind == "TEfficiency")
        stored, passed, tried = file.counts(key)
    none = msgspec.structs.replace(passed, contents=np.zeros_like(passed.contents))
    alone = efficiencies([(stored, passed, tried)])
    halved = efficiencies([(stored, passed, tried), (stored, none, tried)])
    assert isinstance(alone, Graph)
    assert isinstance(halved, Graph)
    assert halved.y == pytest.approx(alone.y / 2, abs=0.02)


DIFFERENT = [
    (plain([]), profile([]), "one is a TH1F, another a TProfile"),
    (plain([]), Scalar("x", 1), "one is a number, another is none"),
    (
        plain([]),
        msgspec.structs.replace(plain([]), axes=(Axis(4, 0.0, 5.0),)),
        "their x axes differ: 4 bins from 0 to 4, and 4 from 0 to 5",
    ),
    (
        plain([]),
        msgspec.structs.replace(
            plain([]), axes=(Axis(4, 0.0, 4.0, labels=("a", "b", "c", "d")),)
        ),
        "the labels of their x axes differ",
    ),
]


@pytest.mark.parametrize(("one", "other", "words"), DIFFERENT)
def test_what_does_not_add_up_says_why(
    one: Histogram, other: Histogram | Scalar, words: str
) -> None:
    with pytest.raises(NotAddedError, match=words):
        added_up([one, other])
