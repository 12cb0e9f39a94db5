from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.compare import (
    CompareError,
    Exposure,
    Looked,
    Scaling,
    difference,
    incompatible,
    normalization,
    pull,
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


def test_means_of_nothing_are_not_alike() -> None:
    counts = np.array([0.0, 10, 10, 0, 0, 0])
    squares = np.array([0.0, 50, 50, 0, 0, 0])
    data = one([0, 20, 20, 0, 0, 0], bin_entries=counts, sumw2=squares)
    fewer = np.array([0.0, 10, 0, 10, 0, 0])
    other = one([0, 20, 0, 20, 0, 0], bin_entries=fewer, sumw2=squares)
    # a bin that only one side has stays: it went dead, or came back
    np.testing.assert_array_equal(difference(data, other).values, [0, 2, -2, np.nan])


floats = st.floats(width=64, allow_nan=True, allow_infinity=True)


@given(
    st.lists(floats, min_size=3, max_size=3),
    st.lists(floats, min_size=3, max_size=3),
    floats,
)
def test_no_content_raises_and_what_is_undefined_is_nan(
    data: list[float], reference: list[float], scale: float
) -> None:
    deviation = pull(one(data), one(reference), scale)
    assert not np.isinf(deviation.values).any()
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
    in_part = one(np.zeros(4), axes=(Axis(2, 0, 2, labels=("EB", "")),))
    assert incompatible(data, in_part) == incompatible(in_part, data) == ""
    assert incompatible(data, other) == (
        "labels differ in x: bin 2 is 'ES' in the reference, 'EE' in the data"
    )


EVENTS = "Hcal/Info/events"
LOOKED = Looked(events=EVENTS, lumi="", pileup="Info/PileUp")


def scaling(how: str, mine: Exposure, its: Exposure, **more: object) -> Scaling:
    """Of two entries to one, so that area gives a factor of 2."""
    more.setdefault("data", one([50, 10, 30, 50]))
    more.setdefault("reference", one([0, 10, 10, 0]))
    return normalization(
        how=how,
        seen=(mine, its),
        looked=LOOKED,
        where=("run 7", "run 3"),
        **more,  # type: ignore[arg-type]
    )


def test_normalisation_by_events_area_and_luminosity() -> None:
    nothing = Exposure()
    area = scaling("area", nothing, nothing)
    assert (area.factor, area.normalize, area.reason) == (2.0, "area", "")
    events = scaling("events", Exposure(events=500), Exposure(events=1000))
    assert (events.factor, events.normalize) == (0.5, "events")
    lumi = scaling("lumi", Exposure(lumi=3.0), Exposure(lumi=2.0))
    assert (lumi.factor, lumi.normalize) == (1.5, "lumi")
    assert scaling("none", nothing, nothing) == Scaling()


def test_hits_grow_with_events_and_with_pile_up() -> None:
    found = scaling(
        "pileup", Exposure(events=900, pileup=20), Exposure(events=300, pileup=60)
    )
    assert (found.normalize, found.reason) == ("pileup", "")
    assert found.factor == pytest.approx(3 / 3)


def test_one_side_below_one_interaction_counts_as_one() -> None:
    mine, its = Exposure(events=900, pileup=0.5), Exposure(events=300, pileup=30)
    found = scaling("pileup", mine, its)
    assert (found.factor, found.normalize) == (pytest.approx(3 / 30), "pileup")
    found = scaling("pileup", its, mine)
    assert (found.factor, found.normalize) == (pytest.approx(30 / 3), "pileup")


@pytest.mark.parametrize("pileups", [(0.0, 0.0), (0.005, 0.002), (0.0, 1.0)])
def test_an_event_that_was_recorded_holds_one_interaction(
    pileups: tuple[float, float],
) -> None:
    # ions, cosmics: hits per event do not follow the interactions per crossing
    mine, its = (Exposure(events=900, pileup=each) for each in pileups)
    found = scaling("pileup", mine, msgspec.structs.replace(its, events=300))
    assert (found.factor, found.normalize, found.reason) == (3.0, "events", "")


KNOWN = Exposure(events=5, pileup=30)


@pytest.mark.parametrize(
    ("how", "mine", "its", "said"),
    [
        ("events", Exposure(), KNOWN, f"no events at {EVENTS} in run 7"),
        ("events", KNOWN, Exposure(), f"no events at {EVENTS} in run 3"),
        ("events", Exposure(np.nan), KNOWN, f"no events at {EVENTS} in run 7"),
        ("events", KNOWN, Exposure(0), f"events at {EVENTS} of run 3 is zero"),
        (
            "events",
            KNOWN,
            Exposure(-1),
            f"events at {EVENTS} of run 3 is negative (-1)",
        ),
        ("pileup", KNOWN, Exposure(5), "no pile-up at Info/PileUp in run 3"),
        ("pileup", Exposure(5), KNOWN, "no pile-up at Info/PileUp in run 7"),
        (
            "events",
            Exposure(1e300),
            Exposure(1e-300),
            f"events at {EVENTS} of run 3 is next to nothing",
        ),
        (
            "lumi",
            KNOWN,
            KNOWN,
            "no integrated luminosity (site.yaml names no path of it) in run 7",
        ),
    ],
)
def test_what_cannot_be_normalised_is_scaled_by_area_and_says_so(
    how: str, mine: Exposure, its: Exposure, said: str
) -> None:
    found = scaling(how, mine, its)
    assert found.reason == f"{said}: scaled by area"
    assert (found.factor, found.normalize) == (2.0, "area")


def test_where_area_is_impossible_too_nothing_is_scaled() -> None:
    empty = one([9, 0, 0, 9])
    found = scaling("pileup", KNOWN, Exposure(5), reference=empty)
    assert found.reason == (
        "no pile-up at Info/PileUp in run 3, and contents of run 3 is zero: not scaled"
    )
    assert (found.factor, found.normalize) == (1.0, "none")
    found = scaling("area", KNOWN, KNOWN, reference=empty)
    assert found.reason == "contents of run 3 is zero: not scaled"


def test_means_efficiencies_and_lumisections_are_never_scaled() -> None:
    plain = one([0, 4, 0])
    profile = one([0, 4, 0], bin_entries=np.ones(3))
    efficiency = one([0, 4, 0], efficiency=True)
    mine, its = Exposure(2, 2, 2), Exposure(1, 1, 1)
    for data, reference, accumulates in (
        (profile, profile, "run"),
        (efficiency, plain, "run"),
        (plain, efficiency, "run"),
        (plain, plain, "lumisection"),
        (plain, plain, "trend"),
        (plain, plain, "latest"),
    ):
        for how in ("area", "events", "pileup", "lumi"):
            found = scaling(
                how,
                mine,
                its,
                data=data,
                reference=reference,
                accumulates=accumulates,
            )
            assert found == Scaling()


def test_a_pull_counts_standard_deviations() -> None:
    data = one([9, 4, 100, 0, 9])
    reference = one([9, 16, 25, 0, 9])
    found = pull(data, reference, scale=2.0)
    assert found.mode == "pull"
    assert found.errors is None
    # (d - s r) / sqrt(v_d + s^2 v_r)
    expected = [(4 - 32) / np.sqrt(4 + 4 * 16), (100 - 50) / np.sqrt(100 + 4 * 25)]
    np.testing.assert_allclose(found.values[:2], expected)
    assert np.isnan(found.values[2])  # nothing was filled on either side
    assert not found.values.flags.writeable


def test_a_pull_sees_what_died_and_what_came() -> None:
    found = pull(one([0, 0, 25, 0]), one([0, 25, 0, 0]))
    np.testing.assert_allclose(found.values, [-5, 5])


def test_pulls_of_healthy_counts_are_normally_distributed() -> None:
    random = np.random.default_rng(1)
    data = one([0, *random.poisson(400, 5000), 0])
    reference = one([0, *random.poisson(1600, 5000), 0])
    values = pull(data, reference, scale=0.25).values
    assert abs(values.mean()) < 0.05
    assert values.std() == pytest.approx(1.0, abs=0.05)


def test_pulls_of_bins_that_differ_are_refused() -> None:
    with pytest.raises(CompareError, match="binning differs"):
        pull(one(np.zeros(4)), one(np.zeros(5)))
