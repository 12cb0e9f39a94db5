"""Numbers against lumisection: the latest, that at a lumisection, the mean of a run."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.layout import AxisDraw, Draw, Plot
from dqmconsole.model.trend import is_against_lumisection, mean_number, number_at


def line(values: list[float], **more: object) -> Histogram:
    contents = np.array([0, *values, 0], dtype=float)
    axes = (Axis(len(values), 0.5, len(values) + 0.5),)
    more.setdefault("entries", float(len(values)))
    return Histogram("h", "", "TH1F", axes, contents, **more)  # type: ignore[arg-type]


def test_the_mean_leaves_out_lumisections_without_beam_or_content() -> None:
    assert mean_number(line([0, 60, 40, 0, 20, 0])) == 40
    assert mean_number(line([60, 40, np.nan, np.inf])) == 50
    assert mean_number(Scalar("pileup", 33)) == 33


def test_the_mean_ends_where_the_content_does() -> None:
    assert mean_number(line([60, 40, 20, 20]), 2) == 50
    assert mean_number(line([0, 0, 20]), 2) is None  # nobody said anything until then


def test_the_mean_may_begin_later() -> None:
    assert mean_number(line([60, 40, 20, 10]), 3, since=2) == 30
    assert mean_number(line([60, 40, 0]), 3, since=3) is None


def test_lumisections_weigh_as_many_events_as_they_had() -> None:
    pileup, events = line([60, 20, 0]), line([300, 100, 50])
    assert mean_number(pileup, weights=events) == 50
    assert mean_number(pileup, weights=line([0, 0, 0])) == 40
    assert mean_number(pileup, weights=line([300, 100])) == 40  # of other bins
    assert mean_number(pileup, weights=Scalar("n", 3)) == 40


def test_no_beam_is_zero_and_nothing_filled_is_unknown() -> None:
    assert mean_number(line([0, 0, 0])) == 0
    assert mean_number(line([0, 0, 0], entries=0.0)) is None
    assert mean_number(None) is None
    assert mean_number(Scalar("text", "sixty")) is None
    assert mean_number(Scalar("text", "60")) == 60  # some write numbers so
    profile = line([0, 0], bin_entries=np.array([0.0, 5, 5, 0]))
    assert mean_number(profile) == 0


def test_a_profile_gives_its_means() -> None:
    profile = line([600, 200, 0], bin_entries=np.array([0.0, 10, 10, 0, 0]))
    assert mean_number(profile) == 40


def test_what_a_trend_had_reached() -> None:
    integrated = line([10, 20, 30, 0])
    assert number_at(integrated, None) == 30
    assert number_at(integrated, 2) == 20
    assert number_at(integrated, 99) == 30
    assert number_at(integrated, 0) is None
    assert number_at(Scalar("lumi", 2.5), 1) == 2.5


@pytest.mark.parametrize(
    "title",
    ["Lumisection", "LS", "Luminosity section", "Lumi block", "Event LS", "lumi", "LB"],
)
def test_titles_that_say_lumisection(title: str) -> None:
    assert is_against_lumisection(Axis(3, 0, 3, title=title))


@pytest.mark.parametrize("title", ["", "BX", "Luminosity [1e30/cm²s]", "pulse", "φ"])
def test_titles_that_do_not(title: str) -> None:
    assert not is_against_lumisection(Axis(3, 0, 3, title=title))


def test_the_layout_has_the_last_word() -> None:
    ls, other = Axis(3, 0, 3, title="LS"), Axis(3, 0, 3, title="x")
    as_ls = Plot("a/b", draw=Draw(x=AxisDraw(unit="lumisection")))
    as_number = Plot("a/b", draw=Draw(x=AxisDraw(unit="number")))
    assert is_against_lumisection(other, as_ls)
    assert not is_against_lumisection(ls, as_number)
    untitled = Axis(3, 0, 3)
    assert is_against_lumisection(untitled, Plot("a/b", accumulates="trend"))
    assert not is_against_lumisection(untitled, Plot("a/b"))
    assert not is_against_lumisection(other, Plot("a/b", accumulates="trend"))
