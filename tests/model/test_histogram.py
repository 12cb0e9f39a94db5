"""The histogram as a value: what it tells others, and that it cannot be changed."""

from __future__ import annotations

import math
import warnings

import hist
import matplotlib as mpl
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from strategies import PLAIN_CLASSES, axes, histograms
from uhi.typing.plottable import PlottableAxisGeneric, PlottableHistogram
from zoo import close, oracle

from dqmconsole.model.histogram import Axis, Histogram, read_only

mpl.use("Agg")

ERROR_MODES = ("", "s", "i", "g")


def profile(wanted: dict[str, list[float]]) -> Histogram:
    """Make a one-dimensional profile from what ROOT says is in it."""
    kept = {
        name: np.array(wanted[name]) if wanted[name] else None
        for name in ("raw", "sumw2", "bin_entries", "bin_sumw2")
    }
    raw = kept.pop("raw")
    assert raw is not None
    return Histogram(
        name="p",
        title="",
        root_class="TProfile",
        axes=(Axis(len(raw) - 2, 0.0, 1.0),),
        contents=raw,
        error_mode=str(wanted["error_option"]),
        **kept,
    )


@pytest.mark.parametrize("name", [*oracle("profiles")])
def test_the_errors_of_profiles_are_those_of_root(name: str) -> None:
    wanted = oracle("profiles")[name]
    made = profile(wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        close(made.values(flow=True), wanted["contents"])
        close(np.sqrt(made.variances(flow=True)), wanted["errors"])


def test_the_profiles_of_the_zoo_have_every_error_option() -> None:
    found = oracle("profiles").values()
    for weighted in (False, True):
        modes = {p["error_option"] for p in found if bool(p["bin_sumw2"]) is weighted}
        assert modes >= set(ERROR_MODES)


@pytest.mark.parametrize("theme", ["classes", "weights"])
def test_the_errors_of_histograms_are_those_of_root(theme: str) -> None:
    for name, wanted in oracle(theme).items():
        contents = np.array(wanted["contents"])
        sumw2 = np.array(wanted["sumw2"]) if wanted["sumw2"] else None
        made = Histogram(
            name, "", "TH1D", (Axis(len(contents) - 2, 0.0, 1.0),), contents, sumw2
        )
        close(np.sqrt(made.variances(flow=True)), wanted["errors"])


def test_effective_counts() -> None:
    axis = (Axis(2, 0.0, 1.0),)
    contents = np.array([0.0, 6.0, 4.0, 0.0])
    plain = Histogram("h", "", "TH1F", axis, contents)
    assert plain.counts().tolist() == [6.0, 4.0]
    weighted = Histogram("h", "", "TH1F", axis, contents, sumw2=contents * 2)
    assert weighted.counts().tolist() == [3.0, 2.0]
    mean = Histogram("p", "", "TProfile", axis, contents, bin_entries=contents / 2)
    assert mean.counts(flow=True).tolist() == [0.0, 3.0, 2.0, 0.0]
    assert mean.values().tolist() == [2.0, 2.0]


@settings(max_examples=50)
@given(histogram=histograms(odd=False))
def test_it_speaks_uhi(histogram: Histogram) -> None:
    assert isinstance(histogram, PlottableHistogram)
    assert histogram.kind == ("MEAN" if histogram.is_profile else "COUNT")
    inner = tuple(len(axis) for axis in histogram.axes)
    outer = tuple(size + 2 for size in inner)
    for method in (histogram.values, histogram.variances, histogram.counts):
        assert method().shape == inner
        assert method(flow=True).shape == outer
        assert method().dtype == np.float64
        window = method(flow=True)[(slice(1, -1),) * len(inner)]
        np.testing.assert_array_equal(method(), window)
    for axis in histogram.axes:
        assert isinstance(axis, PlottableAxisGeneric)


@given(axis=axes())
def test_an_axis_is_a_sequence_of_its_bins(axis: Axis) -> None:
    assert len([*axis]) == len(axis) == axis.bins
    for index, edge in enumerate(axis):
        if axis.traits.discrete:
            assert edge == axis.labels[index]
        else:
            width = axis.high - axis.low
            np.testing.assert_allclose(
                edge, axis.edges[index : index + 2], rtol=0, atol=1e-12 * width
            )
    for index in (-1, axis.bins):
        with pytest.raises(IndexError, match=f"an axis of {axis.bins} bins"):
            axis[index]
    assert axis == msgspec.structs.replace(axis)
    assert axis != msgspec.structs.replace(axis, title=axis.title + "x")
    assert axis.same_bins(msgspec.structs.replace(axis, title="other"))
    wider = Axis(axis.bins, axis.low, axis.high + (axis.high - axis.low) / 100)
    assert not axis.same_bins(wider)
    assert not axis.same_bins(Axis(axis.bins + 1, axis.low, axis.high))


@settings(max_examples=50)
@given(histogram=histograms(classes=PLAIN_CLASSES, odd=False))
def test_hist_accepts_it(histogram: Histogram) -> None:
    made = hist.Hist(histogram)
    np.testing.assert_array_equal(made.values(), histogram.values())
    if histogram.sumw2 is not None:
        np.testing.assert_array_equal(made.variances(), histogram.variances())
    assert made.label == histogram.title
    for theirs, ours in zip(made.axes, histogram.axes, strict=True):
        assert theirs.label == ours.title or not ours.title
        if theirs.traits.discrete:
            assert tuple(theirs) == ours.labels
        else:
            assert theirs.traits.underflow
            span = ours.high - ours.low
            np.testing.assert_allclose(theirs.edges, ours.edges, atol=1e-12 * span)


def test_hist_accepts_labels_and_profiles() -> None:
    axis = Axis(2, 0.0, 2.0, labels=("a", "b"))
    plain = Histogram("h", "", "TH1D", (axis,), np.array([9.0, 1.0, 2.0, 3.0]))
    made = hist.Hist(plain)
    assert made.values(flow=True).tolist() == [1.0, 2.0, 3.0]
    assert made["a"] == 1.0
    twice = msgspec.structs.replace(plain, axes=(Axis(2, 0.0, 2.0, labels=("a",) * 2),))
    assert hist.Hist(twice).values(flow=True).tolist() == [9.0, 1.0, 2.0, 3.0]
    for name, wanted in oracle("profiles").items():
        if wanted["class"] == "TProfile" and wanted["error_option"] == "":
            ours = profile(wanted)
            theirs = hist.Hist(ours)
            assert theirs.kind == "MEAN"
            np.testing.assert_allclose(theirs.values(), ours.values(), err_msg=name)
            several = ours.counts() > 1
            np.testing.assert_allclose(
                theirs.variances()[several], ours.variances()[several], err_msg=name
            )


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("labels", [(), ("a", "b", "c")])
def test_mplhep_draws_it(dimension: int, labels: tuple[str, ...]) -> None:
    import mplhep
    from matplotlib import pyplot

    axis = Axis(3, 0.0, 3.0, title="x [cm]", labels=labels)
    contents = np.arange(5.0**dimension).reshape((5,) * dimension)
    made = Histogram("h", "", f"TH{dimension}D", (axis,) * dimension, contents)
    figure, plot = pyplot.subplots()
    draw = mplhep.histplot if dimension == 1 else mplhep.hist2dplot
    drawn = draw(made, ax=plot)
    if dimension == 1:
        found = drawn[0].stairs.get_data()
        np.testing.assert_array_equal(found.values, [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(found.edges, [0.0, 1.0, 2.0, 3.0])
    else:
        found = np.asarray(drawn[0].get_array())
        np.testing.assert_array_equal(found, contents[1:-1, 1:-1].T)
    pyplot.close(figure)


@settings(max_examples=25)
@given(histogram=histograms())
def test_nothing_in_it_can_be_changed(histogram: Histogram) -> None:
    for name in Histogram.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(histogram, name, None)
    with pytest.raises(AttributeError):
        histogram.axes[0].bins = 1  # type: ignore[misc]
    for array in (histogram.contents, histogram.sumw2, histogram.bin_entries):
        if array is not None:
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_what_it_hands_out_is_the_receivers_own() -> None:
    contents = read_only(np.arange(4.0))
    made = Histogram("h", "", "TH1D", (Axis(2, 0.0, 1.0),), contents)
    for method in (made.variances, made.counts, made.values):
        found = method(flow=True)
        if found.flags.writeable:
            found[...] = -1.0
    assert made.contents.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert made.nbytes == 32


@given(histogram=histograms())
def test_whatever_it_holds_numpy_has_nothing_to_say(histogram: Histogram) -> None:
    # pytest makes errors of all warnings
    values = histogram.values(flow=True)
    if not histogram.is_profile:
        held = np.asarray(histogram.contents)
        assert all(
            a == b or (math.isnan(a) and math.isnan(b))
            for a, b in zip(values.flat, map(float, held.flat), strict=True)
        )
    for found in (values, histogram.variances(flow=True), histogram.counts(flow=True)):
        assert found.dtype == np.float64
        assert found.shape == histogram.contents.shape


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_effective_entries_of_any_size(size: float) -> None:
    contents = read_only(np.array([0.0, 3.0 * size, np.nan, 1.0]))
    squares = read_only(np.array([0.0, 9.0 * size, 1.0, 0.0]))
    made = Histogram("h", "", "TH1D", (Axis(2, 0.0, 1.0),), contents, squares)
    np.testing.assert_allclose(made.counts(flow=True), [0.0, size, np.nan, 0.0])


def test_signalling_nans_are_nans() -> None:
    bits = np.array([0x7F800001, 0x3F800000, 0xFF800000, 0x7F800001], dtype="u4")
    contents = read_only(bits.view("f4"))
    made = Histogram(
        "h", "", "TH1F", (Axis(2, 0.0, 1.0),), contents, contents, contents
    )
    for found in (made.values(), made.variances(), made.counts()):
        assert len(found) == 2
    plain = msgspec.structs.replace(made, sumw2=None, bin_entries=None)
    np.testing.assert_array_equal(
        plain.values(flow=True), [np.nan, 1.0, -np.inf, np.nan]
    )


def test_edges_that_are_no_numbers_are_no_bins_in_common() -> None:
    regular = Axis(2, math.nan, math.nan)
    variable = Axis(2, 0.0, 3.0, variable=np.array([0.0, 1.0, 3.0]))
    endless = Axis(2, 0.0, math.inf, variable=np.array([0.0, 1.0, math.inf]))
    assert not regular.same_bins(variable)
    assert not variable.same_bins(regular)
    assert not variable.same_bins(endless)
    assert endless.same_bins(endless)
