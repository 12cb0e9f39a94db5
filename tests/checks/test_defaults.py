"""Which checks a plot gets whose layout names none."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from dqmconsole.checks.batch import Batch, stacked
from dqmconsole.checks.defaults import Kind, apart, defaults_for, kind_of
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import AxisDraw, Draw, Plot
from dqmconsole.model.verdict import Status

PATH = "Hcal/Digi/h"
COUNTS = np.array([4.0, 9.0, 3.0])


def histogram(values: object = COUNTS, **more: object) -> Histogram:
    inner = np.asarray(values, np.float64)
    base = {
        "name": "h",
        "title": "h",
        "root_class": "TH1F",
        "axes": tuple(Axis(size, 0.0, float(size)) for size in inner.shape),
        "contents": np.pad(inner, 1),
        "entries": float(inner.sum()),
    }
    return Histogram(**(base | more))  # type: ignore[arg-type]


def with_axis(**more: object) -> Histogram:
    return histogram(axes=(Axis(3, 0.0, 3.0, **more),))  # type: ignore[arg-type]


MEANS = histogram(bin_entries=np.pad(COUNTS, 1), sumw2=np.pad(COUNTS**2, 1))


@pytest.mark.parametrize(
    ("element", "plot", "kind"),
    [
        (histogram(), {}, Kind.DISTRIBUTION),
        (with_axis(labels=("a", "b", "c")), {}, Kind.CATEGORIES),
        (histogram(np.full((3, 2), 7.0)), {}, Kind.MAP),
        (histogram(np.ones((3, 2)), entries=50.0), {}, Kind.STATES),
        (histogram(np.ones((3, 2))), {}, Kind.MAP),
        (histogram(), {"draw": Draw(style="strip")}, Kind.STATES),
        (MEANS, {}, Kind.SHARES),
        (histogram(efficiency=True), {}, Kind.SHARES),
        (histogram(COUNTS / 10, title="Trigger efficiency"), {}, Kind.SHARES),
        (histogram(COUNTS * 10, title="Efficiency [%]"), {}, Kind.SHARES),
        (histogram(COUNTS, title="Occupancy summary"), {}, Kind.CHANNELS),
        (histogram(np.full((3, 2), 7.0), title="Summary"), {}, Kind.MAP),
        (histogram([0.5, 0.25, 1.0]), {}, Kind.VALUES),
        (histogram([-4.0, 2.0, 3.0]), {}, Kind.VALUES),
        (histogram(np.full((2, 2, 2), 7.0)), {}, Kind.OTHER),
        (with_axis(title="wire"), {}, Kind.CHANNELS),
        (with_axis(title="Size [pixels]"), {}, Kind.DISTRIBUTION),
        (histogram(title="Wire time"), {}, Kind.DISTRIBUTION),
        (histogram(name="FEDFatal"), {}, Kind.ERRORS),
        (histogram(np.full((3, 2), 7.0), title="Errors by FED"), {}, Kind.ERRORS),
        (with_axis(title="iφ"), {}, Kind.CHANNELS),
        (histogram(title="Digi occupancy"), {}, Kind.CHANNELS),
        (with_axis(title="Lumisection"), {}, Kind.TREND),
        (histogram(), {"accumulates": "trend"}, Kind.TREND),
        (histogram(), {"draw": Draw(x=AxisDraw(unit="lumisection"))}, Kind.TREND),
        (histogram(), {"accumulates": "latest"}, Kind.LATEST),
    ],
)
def test_the_kind_of_a_plot(
    element: Histogram, plot: dict[str, object], kind: Kind
) -> None:
    assert kind_of(element, Plot(PATH, **plot)) is kind  # type: ignore[arg-type]


def names(element: Histogram, reference: Histogram | None = None) -> list[str]:
    return [each.check.NAME for each in defaults_for(element, Plot(PATH), reference)]


def test_without_a_reference_little_is_judged() -> None:
    assert names(histogram()) == ["no_bad_numbers"]
    assert names(histogram(np.full((3, 2), 7.0))) == ["no_bad_numbers", "holes"]


def test_with_a_reference_shapes_means_and_holes_are() -> None:
    element = histogram()
    shapes = ["kolmogorov", "mean", "rms", "holes", "flow"]
    assert names(element, element) == ["no_bad_numbers", "entries", *shapes]
    channels = with_axis(title="channel")
    of_channels = ["entries", "kolmogorov", "holes", "noisy_channels", "flow"]
    assert names(channels, channels) == ["no_bad_numbers", *of_channels]
    found = names(MEANS, MEANS)
    assert found == ["no_bad_numbers", "bins_against_reference"]


def test_the_least_deviation_of_means_goes_by_the_largest_of_the_reference() -> None:
    large = msgspec.structs.replace(MEANS, contents=MEANS.contents * 200)
    (_, one) = defaults_for(MEANS, Plot(PATH), MEANS)
    (_, two) = defaults_for(MEANS, Plot(PATH), large)
    least = [msgspec.structs.asdict(each.check)["absolute"] for each in (one, two)]
    assert least == [pytest.approx(0.1), pytest.approx(20.0)]


def test_states_and_values_that_were_set_are_left_alone() -> None:
    for element in (
        histogram([0.5, 0.25, 1.0]),
        histogram(np.ones((3, 2)), entries=50.0),
    ):
        assert names(element, element) == ["no_bad_numbers"]


def test_how_good_runs_differ_is_looked_at_from_five_on() -> None:
    element = histogram()
    found = [
        [each.check.NAME for each in defaults_for(element, Plot(PATH), element, runs)]
        for runs in (4, 5)
    ]
    assert ["run_band" in each for each in found] == [False, True]


def test_a_tail_that_moves_with_pile_up_is_no_hole() -> None:
    def below(element: Histogram) -> float:
        found = defaults_for(element, Plot(PATH), element)
        (holes,) = (each.check for each in found if each.check.NAME == "holes")
        return float(msgspec.structs.asdict(holes)["below"])

    assert below(histogram()) == pytest.approx(0.1)
    assert below(with_axis(title="wire")) == pytest.approx(0.5)


def test_with_fewer_than_five_good_runs_limits_double() -> None:
    element = histogram()
    limits = []
    for runs in (1, 5):
        amount, shape = defaults_for(element, Plot(PATH), element, runs)[1:3]
        percent = msgspec.structs.asdict(amount.check)["warn_percent"]
        distance = msgspec.structs.asdict(shape.check)["warn_above"]
        limits.append((percent, distance))
    assert limits == [(60.0, pytest.approx(0.2)), (30.0, pytest.approx(0.1))]


@pytest.mark.parametrize("left", [0.9, 0.2])
def test_a_distribution_that_loses_most_of_its_entries_is_not_good(left: float) -> None:
    """Its shape is as ever: only what was expected of so many events tells."""
    rng = np.random.default_rng(9)
    shape = 4000 * np.exp(-0.5 * np.linspace(-3, 3, 60) ** 2)
    reference = histogram(rng.poisson(10 * shape))
    data = stacked([histogram(rng.poisson(left * shape))])
    batch = Batch(
        data,
        ("",),
        np.array([1000.0]),
        reference=stacked([reference]),
        scale=np.array([0.1]),
    )
    found = defaults_for(reference, Plot(PATH), reference)
    wrong = {
        each.check.NAME
        for each in found
        if each.check.judge(batch)[0].status is not Status.GOOD
    }
    assert wrong == (set() if left > 0.5 else {"entries"})


def test_shares_that_were_set_have_no_increments() -> None:
    shares = histogram([0.5, 0.25, 1.0], title="Trigger efficiency")
    for element, updates in ((MEANS, (1, 3, 15)), (shares, ())):
        found = defaults_for(element, Plot(PATH), element, 5)[1:]
        assert {each.options.updates for each in found} == {updates}
        assert len(found) == 2


@pytest.mark.parametrize(
    ("pileup", "of_reference", "far"),
    [
        (56.0, 55.0, 0.0),
        (49.0, 55.0, 0.1),
        (18.0, 55.0, 1.1),
        (0.002, 0.005, 0.0),
        (None, 55.0, 0.0),
        (55.0, None, 0.0),
        (float("nan"), 55.0, 0.0),
    ],
)
def test_pileup_is_apart_in_steps(
    pileup: float | None, of_reference: float | None, far: float
) -> None:
    assert apart(pileup, of_reference) == far


def limits(far: float) -> dict[str, float | None]:
    element = histogram()
    checks = defaults_for(element, Plot(PATH), element, apart=far)
    found = {each.check.NAME: each.check for each in checks}
    return {name: getattr(check, "warn_above", None) for name, check in found.items()}


def test_shapes_are_compared_less_strictly_at_another_pileup_and_then_not() -> None:
    assert limits(0.0)["kolmogorov"] == 0.2
    assert limits(0.2)["kolmogorov"] == 0.6
    assert "holes" in limits(0.0)
    assert "holes" not in limits(0.1)
    assert set(limits(0.4)) == {"no_bad_numbers"}


def test_channels_are_compared_at_any_pileup() -> None:
    channels = with_axis(title="channel")
    checks = defaults_for(channels, Plot(PATH), channels, apart=1.0)
    found = [each.check.NAME for each in checks][1:]
    assert found == ["kolmogorov", "holes", "noisy_channels", "flow"]


def test_a_category_that_is_empty_is_named() -> None:
    bits = with_axis(labels=("a", "b", "c"))
    now = msgspec.structs.replace(bits, contents=np.array([0, 400.0, 0, 300, 0]))
    was = msgspec.structs.replace(bits, contents=np.array([0, 410.0, 80, 290, 0]))
    batch = Batch(
        stacked([now]), ("",), np.array([500.0]), stacked([was]), np.array([1.0])
    )
    found = [each.check.judge(batch)[0] for each in defaults_for(now, Plot(PATH), was)]
    (wrong,) = (each for each in found if each.status is not Status.GOOD)
    assert wrong.sentence == "1 of 3 categories dead (b)"


def test_a_trend_is_set_against_its_own_past() -> None:
    trend = with_axis(title="Lumisection")
    for reference in (None, trend):
        assert names(trend, reference) == ["no_bad_numbers", "step"]


def test_latest_values_are_no_counts_but_what_was_filled_is() -> None:
    latest = Plot(PATH, accumulates="latest")

    def counts(element: Histogram) -> object:
        band = defaults_for(element, latest, element, 6)[-1].check
        return msgspec.structs.asdict(band)["counts"]

    assert counts(histogram()) is True
    assert counts(histogram([1500.0, 1520.0], entries=1.0)) is False


def test_no_errors_are_good_and_many_are_not() -> None:
    reference = histogram([4.0, 300.0, 0.0], name="Errors")
    (_, check) = defaults_for(reference, Plot(PATH), reference)
    rows = stacked(
        [
            histogram(values, name="Errors")
            for values in ([0.0, 0.0, 0.0], [4.0, 0.0, 60.0], [4.0, 300.0, 9.0])
        ]
    )
    judged = Batch(
        rows, ("",) * 3, np.full(3, 500.0), stacked([reference] * 3), np.ones(3)
    )
    found = check.check.judge(judged)
    assert [each.status for each in found] == ["GOOD", "WARNING", "GOOD"]


def test_a_profile_that_gets_nothing_any_more_is_empty() -> None:
    """Its own fills do not say how many there should be; events do."""
    frozen = msgspec.structs.replace(
        MEANS,
        **{
            name: np.zeros_like(getattr(MEANS, name))
            for name in ("contents", "bin_entries", "sumw2")
        },
    )
    batch = Batch(
        stacked([frozen]), ("",), np.array([500.0]), stacked([MEANS]), np.array([9.0])
    )
    (_, check) = defaults_for(frozen, Plot(PATH), MEANS)
    (found,) = check.check.judge(batch)
    assert found.sentence == "it is empty where 144 are expected"
