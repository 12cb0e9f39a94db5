"""Increments and their bytes: exact there and back, and damage is told."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histograms

from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.model.sums import ARRAYS
from dqmconsole.recording.booking import Booking
from dqmconsole.recording.packing import (
    DamagedRecordError,
    Increment,
    OtherBinsError,
    began_again,
    difference,
    pack,
    same_booking,
    total,
    total_packed,
    unpack,
    whole,
)


def counts(*cells: float, dtype: str = "f4") -> Histogram:
    held = np.array(cells, dtype)
    size = float(np.sum(held, dtype=np.float64))
    return Histogram(
        *("h", "title", "TH1F", (Axis(len(cells) - 2, 0.0, 1.0),)),
        contents=read_only(held),
        entries=size,
        sums=(size, size, size, size),
    )


def bits(array: Array | None) -> object:
    return None if array is None else (array.dtype.str, array.tobytes("F"))


def assert_same_bits(one: Increment, other: Increment) -> None:
    for name in ARRAYS:
        assert bits(getattr(one, name)) == bits(getattr(other, name)), name
    numbers = [np.array((each.entries, *each.sums)).tobytes() for each in (one, other)]
    assert numbers[0] == numbers[1]


@given(histograms())
def test_an_increment_is_unpacked_bit_for_bit(histogram: Histogram) -> None:
    increment = whole(histogram)
    assert_same_bits(unpack(pack([increment])).row(0), increment)


@given(histograms(), st.integers(2, 5))
def test_each_of_several_is_unpacked_bit_for_bit(
    histogram: Histogram, number: int
) -> None:
    first = whole(histogram)
    rows = [difference(histogram, histogram), *[first] * number]
    stack = unpack(pack(rows))
    assert len(stack) == number + 1
    for at, row in enumerate(rows):
        assert_same_bits(stack.row(at), row)


@given(histograms())
def test_a_histogram_comes_back_from_its_booking(histogram: Histogram) -> None:
    booking = Booking.from_bytes(Booking.of(histogram).to_bytes())
    assert booking.digest == Booking.of(histogram).digest
    back = booking.filled(unpack(pack([whole(histogram)])).row(0))
    assert back.axes == histogram.axes
    assert back.root_class == histogram.root_class
    for name in ("name", "title", "error_mode", "entries", "sums", "efficiency"):
        assert getattr(back, name) == getattr(histogram, name)
    for name in ARRAYS:
        one, other = getattr(back, name), getattr(histogram, name)
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@given(
    st.lists(
        st.lists(st.integers(0, 1 << 30), min_size=5, max_size=5),
        min_size=1,
        max_size=9,
    ),
    st.data(),
)
def test_the_sum_of_counts_is_the_difference_of_the_snapshots(
    steps: list[list[int]], data: st.DataObject
) -> None:
    snapshots = [counts(0, 0, 0, 0, 0, dtype="i8")]
    for step in steps:
        held = snapshots[-1].contents + np.array(step)
        snapshots.append(counts(*held, dtype="i8"))
    rows = [difference(after, before) for before, after in pairwise(snapshots)]
    start = data.draw(st.integers(0, len(rows) - 1))
    stop = data.draw(st.integers(start + 1, len(rows)))
    expected = difference(snapshots[stop], snapshots[start])
    for found in (
        unpack(pack(rows)).total(start, stop),
        total(rows[start:stop]),
        total_packed([pack([row]) for row in rows[start:stop]]),
    ):
        np.testing.assert_array_equal(found.contents, expected.contents)
        assert (found.entries, found.sums) == (expected.entries, expected.sums)


@pytest.mark.parametrize(
    ("cells", "width"),
    [
        ((0, 255, 3), "u1"),
        ((0, 256, 3), "u2"),
        ((0, 1 << 16, 3), "u4"),
        ((0, -1, 3), "i1"),
        ((0, -129, 3), "i2"),
        ((0, 0.5, 3), "f4"),
        ((0, float("nan"), 3), "f4"),
        ((0, float("inf"), 3), "f4"),
        ((0, -0.0, 3), "f4"),
        ((0, 1 << 40, 3), "f4"),
        ((0, 0.1, 3), "f8"),
        ((0, (1 << 40) + 1, 3), "f8"),
    ],
)
def test_an_array_is_as_wide_as_its_values(
    cells: tuple[float, ...], width: str
) -> None:
    stack = unpack(pack([whole(counts(*cells, dtype="f8"))]))
    assert stack.arrays["contents"].dtype.str[1:] == width


def test_sums_of_squares_that_are_the_contents_take_no_room() -> None:
    rng = np.random.default_rng(1)
    plain = counts(*rng.poisson(99.0, 4000))
    weighted = msgspec.structs.replace(
        plain, sumw2=read_only(plain.contents.astype("f8"))
    )
    one, other = pack([whole(plain)]), pack([whole(weighted)])
    assert len(other) <= len(one) + 4
    assert_same_bits(unpack(other).row(0), whole(weighted))


def test_a_histogram_that_was_emptied_is_told_apart() -> None:
    before, after = counts(0, 9, 9, 0), counts(0, 2, 1, 0)
    assert began_again(after, before)
    assert not began_again(before, after)
    assert not began_again(before, before)
    uncounted = [msgspec.structs.replace(each, entries=0.0) for each in (after, before)]
    assert began_again(*uncounted)


def test_other_bins_are_not_summed() -> None:
    three, two = counts(0, 1, 2, 3, 0), counts(0, 1, 2, 0)
    assert not same_booking(three, two)
    with pytest.raises(OtherBinsError):
        pack([whole(three), whole(two)])
    with pytest.raises(OtherBinsError):
        total([whole(three), whole(two)])
    with pytest.raises(OtherBinsError):
        total_packed([pack([whole(three)]), pack([whole(two)])])
    moved = msgspec.structs.replace(two, axes=(Axis(2, 0.0, 2.0),))
    assert not same_booking(two, moved)
    one, other = (
        msgspec.structs.replace(two, axes=(Axis(2, 0.0, 1.0, labels=labels),))
        for labels in (("HB", ""), ("HE", ""))
    )
    assert not same_booking(one, other)
    assert same_booking(two, one)


@given(st.data())
def test_damaged_bytes_raise_a_named_error(data: st.DataObject) -> None:
    rng = np.random.default_rng(2)
    size = data.draw(st.sampled_from([4, 4000]))  # plain, and compressed
    packed = bytearray(pack([whole(counts(*rng.poisson(3.0, size)))]))
    at = data.draw(st.integers(0, len(packed) - 1))
    if data.draw(st.booleans()):
        packed[at] ^= data.draw(st.integers(1, 255))
    else:
        del packed[at:]
    with pytest.raises(DamagedRecordError):
        unpack(bytes(packed))


@given(st.binary(max_size=200))
def test_a_damaged_booking_raises_a_named_error(data: bytes) -> None:
    with pytest.raises(DamagedRecordError):
        Booking.from_bytes(data)


def test_titles_that_name_the_lumisection_are_one_booking() -> None:
    one = counts(0, 1, 0)
    other = msgspec.structs.replace(one, title="LS 2", shown=(0.0, 5.0))
    assert Booking.of(one).digest == Booking.of(other).digest
    weighted = msgspec.structs.replace(one, sumw2=one.contents)
    assert Booking.of(one).digest != Booking.of(weighted).digest


def test_a_sum_that_the_class_cannot_hold_becomes_doubles() -> None:
    small = counts(0, 100, 0, dtype="i1")
    small = msgspec.structs.replace(small, root_class="TH1C")
    booking = Booking.of(small)
    assert booking.filled(whole(small)).root_class == "TH1C"
    found = booking.filled(total([whole(small), whole(small)]))
    assert (found.root_class, found.contents.dtype.str[1:]) == ("TH1D", "f8")
    assert found.contents.tolist() == [0, 200, 0]
