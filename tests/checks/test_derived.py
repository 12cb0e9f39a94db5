"""Inputs that are made of elements."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from dqmconsole.checks.batch import Batch, stacked
from dqmconsole.checks.bins import BinsOutside
from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.derived import InputError, input_of
from dqmconsole.model.histogram import Array, Axis, Histogram
from dqmconsole.model.verdict import Status

OWN = "Ecal/Barrel/hits"


def histogram(
    inner: object, name: str = "h", labels: tuple[str, ...] = ()
) -> Histogram:
    values = np.array(inner, np.float64)
    axes = tuple(
        Axis(size, 0.0, float(size), labels=labels if number == 0 else ())
        for number, size in enumerate(values.shape)
    )
    contents = np.pad(values, 1)
    return Histogram(
        name, "", f"TH{values.ndim}D", axes, contents, entries=float(values.sum())
    )


def test_a_check_says_what_is_made_of_which_elements() -> None:
    found = declared(
        {
            "bins_outside": {"low": 0.9, "high": 1.1},
            "input": {"ratio": ["./seen", "Ecal/all"]},
        }
    )

    assert found.input is not None
    assert found.input.paths(OWN) == ("Ecal/Barrel/seen", "Ecal/all")
    assert found.configuration == (
        "bins_outside: {low: 0.9, high: 1.1}, input: {ratio: [./seen, Ecal/all]}"
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, "an input is one name with what it is made of: ratio: [A, B]"),
        ({"ratios": ["A", "B"]}, "there is no input ratios; there are ratio, eff"),
        ({"ratio": ["A"]}, "it is written as in ratio: [A, B]"),
        ({"ratio": "A/"}, 'ratio: "A/" is no path of an element'),
        ({"sum": ["A"]}, "sum: a sum is made of two elements or more"),
        ({"projection": "q"}, "projection: 'q' names no axes to show; there are"),
        ({"mask": {}}, "mask: no bins are masked"),
        ({"mask": {"x": [0]}}, "mask: bin 0: bins are counted from 1"),
        ({"mask": {"w": [1]}}, "it is written as in mask: {x: [4,"),
    ],
)
def test_what_is_no_input_is_refused(written: dict[str, object], words: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declared({"not_empty": None, "input": written})

    assert str(caught.value).startswith(words)
    assert caught.value.keys == ("not_empty", "input")


def test_a_ratio_has_the_error_of_both_and_no_zeros_below() -> None:
    ratio = input_of({"ratio": "./b"})
    parts = (histogram([10, 20, 30]), histogram([20, 0, 10]))

    found = ratio.derive(parts)

    assert ratio.paths(OWN) == (OWN, "Ecal/Barrel/b")
    assert found.values().tolist() == [0.5, 0.0, 3.0]
    assert found.variances()[0] == pytest.approx(0.5**2 * (1 / 10 + 1 / 20))
    known = ratio.known(parts)
    assert known is not None
    assert known.tolist() == [False, True, False]
    assert found.efficiency


def test_an_efficiency_is_judged_with_binomial_errors() -> None:
    made = input_of({"efficiency": ["P", "T"]})

    found = made.derive((histogram([90, 100, 1]), histogram([100, 100, 2])))

    assert found.values() == pytest.approx([0.9, 1.0, 0.5])
    k, n = np.array([90, 100, 1]), np.array([100, 100, 2])
    variances = (k + 1) * (n - k + 1) / ((n + 2) ** 2 * (n + 3))
    assert found.variances() == pytest.approx(variances)
    check = BinsOutside(low=0.95, high=1.0, bad_above=0, entries=20)
    (result,) = check.judge(Batch(stacked([found]), ("",), np.array([1e3])))
    assert result.status is Status.BAD
    assert result.sentence == "1 of 2 bins outside 0.95 to 1 (bin 1)"


def test_a_projection_sums_the_bins_of_the_other_axis() -> None:
    made = input_of({"projection": "x y=2:3"})

    found = made.derive((histogram([[1, 2, 3], [4, 5, 6]]),))

    assert found.values().tolist() == [5.0, 11.0]
    with pytest.raises(InputError, match="bin 3 of y, which has 2"):
        made.derive((histogram([[1, 2], [3, 4]]),))
    with pytest.raises(InputError, match="y is not summed"):
        made.derive((histogram([1, 2]),))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"x": [1, "3:4"]}, [True, False, True, True]),
        ({"x": ["b"]}, [False, True, False, False]),
        ({"zeros_of": "Z"}, [False, False, True, False]),
        ({"x": [1], "zeros_of": "Z"}, [True, False, True, False]),
        ("Z", [False, False, True, False]),
    ],
)
def test_bins_are_masked(written: object, expected: list[bool]) -> None:
    made = input_of({"mask": written})
    own = histogram([1, 2, 3, 4], labels=("a", "b", "c", "d"))
    parts = (own, histogram([7, 7, 0, 7]))[: len(made.paths(OWN))]

    assert made.derive(parts) is own
    known = made.known(parts)
    assert known is not None
    assert known.tolist() == expected


def test_bins_of_two_axes_are_masked_where_both_name_them() -> None:
    made = input_of({"mask": {"x": [2], "y": ["1:2"]}})

    known = made.known((histogram(np.ones((2, 3))),))

    assert known is not None
    assert known.tolist() == [[False, False, False], [True, True, False]]


def test_bins_that_are_not_there_cannot_be_masked() -> None:
    with pytest.raises(InputError, match="no bin 'q' on an axis of 2 bins"):
        input_of({"mask": {"x": ["q"]}}).derive((histogram([1, 2]),))
    with pytest.raises(InputError, match="of more axes are masked than the 1"):
        input_of({"mask": {"y": [1]}}).derive((histogram([1, 2]),))
    with pytest.raises(InputError, match="z has other bins than h"):
        input_of({"mask": "Z"}).derive((histogram([1, 2]), histogram([1], "z")))


def test_several_are_added_up() -> None:
    made = input_of({"sum": ["A", "B", "C"]})

    found = made.derive([histogram([1, 2])] * 3)

    assert made.paths(OWN) == ("A", "B", "C")
    assert found.values().tolist() == [3.0, 6.0]
    with pytest.raises(InputError, match="counts of the same bins"):
        made.derive((histogram([1, 2]), histogram([1])))


def test_bins_of_other_labels_are_not_added_up() -> None:
    parts = (
        histogram([1, 100], "a", labels=("CRC", "Sync")),
        histogram([50, 2], "b", labels=("Sync", "CRC")),
    )

    with pytest.raises(InputError, match="a and b have other bins: "):
        input_of({"sum": ["A", "B"]}).derive(parts)


@pytest.mark.parametrize("kind", ["ratio", "efficiency"])
def test_elements_of_other_bins_are_not_divided(kind: str) -> None:
    with pytest.raises(InputError, match="a and b have other bins: binning differs"):
        input_of({kind: ["A", "B"]}).derive(
            (histogram([1, 2], "a"), histogram([1, 2, 3], "b"))
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -1.0, 1e300])
def test_what_is_no_number_makes_no_noise(bad: float) -> None:
    odd: Array = np.array([bad, 1.0, 0.0])
    for written in ({"ratio": ["A", "B"]}, {"efficiency": ["A", "B"]}):
        made = input_of(written)
        for parts in (
            (histogram(odd), histogram([1, 1, 1])),
            (histogram([1, 1, 1]), histogram(odd)),
            (histogram(odd), histogram(odd)),
        ):
            found = made.derive(parts)
            assert found.contents.shape == (5,)
            made.known(parts)


def test_an_efficiency_of_means_is_refused() -> None:
    means = msgspec.structs.replace(
        histogram([1, 2]), bin_entries=np.ones(4), sumw2=np.ones(4)
    )
    with pytest.raises(InputError, match="of counts, not of means"):
        input_of({"efficiency": ["A", "B"]}).derive((means, means))
