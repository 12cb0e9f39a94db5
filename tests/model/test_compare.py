from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.compare import (
    CompareError,
    difference,
    incompatible,
    normalization,
    ratio,
)
from dqmconsole.model.histogram import Axis, Histogram


def one(contents: object, **more: object) -> Histogram:
    array = np.asarray(contents, dtype=np.float64)
    axes = more.pop("axes", None) or tuple(
        Axis(size - 2, 0.0, float(size - 2)) for size in array.shape
    )
    return Histogram("h", "h", "TH1D", axes, array, **more)  # type: ignore[arg-type]


def test_ratio_and_its_error() -> None:
    data = one([9, 4, 100, 9])
    reference = one([9, 16, 25, 9])
    found = ratio(data, reference, scale=2.0)
    assert found.mode == "ratio"
    np.testing.assert_allclose(found.values, [4 / 32, 100 / 50])
    # var = v_d/r^2 + d^2 v_r/r^4 with r scaled by 2 and its variance by 4
    expected = [4 / 32**2 + 16 * 64 / 32**4, 100 / 50**2 + 1e4 * 100 / 50**4]
    np.testing.assert_allclose(np.square(found.errors), expected)
    assert not found.values.flags.writeable


def test_ratio_is_undefined_where_the_reference_is_empty() -> None:
    found = ratio(one([0, 5, 0, 0]), one([0, 0, 2, 0]))
    assert np.isnan(found.values[0])
    assert np.isnan(found.errors[0])
    assert found.values[1] == 0
    assert found.errors[1] == 0  # no data, no variance


def test_difference_in_two_dimensions_keeps_the_orientation() -> None:
    data, reference = np.zeros((4, 5)), np.zeros((4, 5))
    data[1, 3] = 7
    reference[1, 3] = 4
    found = difference(one(data), one(reference), scale=0.5)
    assert found.values.shape == (2, 3)
    assert found.values[0, 2] == 5
    assert found.errors[0, 2] == pytest.approx(np.sqrt(7 + 4 * 0.25))
    assert found.values.sum() == 5


def test_profiles_compare_their_means() -> None:
    data = one(
        [0, 20, 0], bin_entries=np.array([0.0, 10, 0]), sumw2=np.array([0.0, 50, 0])
    )
    other = one(
        [0, 40, 0], bin_entries=np.array([0.0, 10, 0]), sumw2=np.array([0.0, 170, 0])
    )
    found = ratio(data, other)
    assert found.values[0] == pytest.approx(0.5)
    assert found.errors[0] == pytest.approx(np.sqrt(0.1 / 16 + 4 * 0.1 / 256))


floats = st.floats(width=64, allow_nan=True, allow_infinity=True)


@given(
    st.lists(floats, min_size=3, max_size=3),
    st.lists(floats, min_size=3, max_size=3),
    floats,
)
def test_no_content_raises_and_what_is_undefined_is_nan(
    data: list[float], reference: list[float], scale: float
) -> None:
    for compare in (ratio, difference):
        found = compare(one(data), one(reference), scale)
        assert not np.isinf(found.values).any()
        assert not np.isinf(found.errors).any()
        assert np.isnan(found.errors[np.isnan(found.values)]).all()
    scaling = normalization(one(data), one(reference), "area")
    assert np.isfinite(scaling.factor)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (one(np.zeros(5)), "binning differs in x: reference 3 bins, data 2"),
        (one(np.zeros((4, 4))), "the reference has 2 axes, the data 1 axis"),
        (
            one(np.zeros(4), axes=(Axis(2, 0, 3),)),
            "binning differs in x: reference from 0 to 3, data from 0 to 2",
        ),
        (
            one(np.zeros(4), axes=(Axis(2, 0, 2, variable=np.array([0, 0.5, 2.0])),)),
            "binning differs in x: same range, other bin edges",
        ),
        (
            one(np.zeros(4), bin_entries=np.zeros(4)),
            "the reference holds means, the data counts",
        ),
    ],
)
def test_what_differs_is_said(reference: Histogram, said: str) -> None:
    data = one(np.zeros(4), axes=(Axis(2, 0, 2, labels=("EB", "")),))
    assert incompatible(data, reference) == said
    with pytest.raises(CompareError, match=said.split(":")[0]):
        ratio(data, reference)


def test_labels_that_differ_are_told_and_missing_ones_are_not() -> None:
    data = one(np.zeros(4), axes=(Axis(2, 0, 2, labels=("EB", "EE")),))
    without = one(np.zeros(4), axes=(Axis(2, 0, 2),))
    other = one(np.zeros(4), axes=(Axis(2, 0, 2, labels=("EB", "ES")),))
    assert incompatible(data, without) == ""
    assert incompatible(data, other) == (
        "labels differ in x: bin 2 is 'ES' in the reference, 'EE' in the data"
    )


def test_normalisation_by_events_area_and_luminosity() -> None:
    data, reference = one([50, 10, 30, 50]), one([0, 10, 10, 0])
    area = normalization(data, reference, "area")
    assert (area.factor, area.normalize, area.reason) == (2.0, "area", "")
    events = normalization(data, reference, "events", events=(500, 1000))
    assert (events.factor, events.normalize) == (0.5, "events")
    lumi = normalization(data, reference, "lumi", lumi=(3.0, 2.0))
    assert (lumi.factor, lumi.normalize) == (1.5, "lumi")
    assert normalization(data, reference, "none").factor == 1.0


@pytest.mark.parametrize(
    ("how", "events", "said"),
    [
        (
            "events",
            (None, 5),
            "cannot normalise: no EventInfo/processedEvents in run 7",
        ),
        (
            "events",
            (5, None),
            "cannot normalise: no EventInfo/processedEvents in run 3",
        ),
        (
            "events",
            (5, 0),
            "cannot normalise: EventInfo/processedEvents of run 3 is zero",
        ),
        ("events", (np.nan, 5), "no EventInfo/processedEvents in run 7"),
        ("events", (5, -1), "of run 3 is negative"),
        ("lumi", (None, None), "cannot normalise: no integrated luminosity in run 7"),
    ],
)
def test_why_it_cannot_be_normalised(how: str, events: tuple, said: str) -> None:
    found = normalization(
        one([0, 1, 0]),
        one([0, 1, 0]),
        how,  # type: ignore[arg-type]
        events=events,
        where=("run 7", "run 3"),
    )
    assert said in found.reason
    assert (found.factor, found.normalize) == (1.0, "none")


def test_means_efficiencies_and_lumisections_are_never_scaled() -> None:
    plain = one([0, 4, 0])
    profile = one([0, 4, 0], bin_entries=np.ones(3))
    efficiency = one([0, 4, 0], efficiency=True)
    for data, reference, accumulates in (
        (profile, profile, "run"),
        (efficiency, plain, "run"),
        (plain, efficiency, "run"),
        (plain, plain, "lumisection"),
        (plain, plain, "trend"),
        (plain, plain, "latest"),
    ):
        for how in ("area", "events", "lumi"):
            found = normalization(
                data,
                reference,
                how,
                events=(2, 1),
                lumi=(2, 1),
                accumulates=accumulates,  # type: ignore[arg-type]
            )
            assert (found.factor, found.normalize, found.reason) == (1.0, "none", "")


def test_an_empty_reference_is_not_scaled_by_area() -> None:
    found = normalization(one([0, 4, 0]), one([9, 0, 9]), "area")
    assert found.reason == "cannot normalise: contents of the reference is zero"
