"""What a person chose to see of a plot."""

from __future__ import annotations

from support import plots
from support.fake_session import TIME, site

from dqmconsole.model.layout import Plot
from dqmconsole.model.site import ConditionPaths
from dqmconsole.shift.pages import Pages
from dqmconsole.ui.live.choices import (
    NORMALIZATIONS,
    ShownChoices,
    is_normalized,
    mode_shown,
    modes_of,
)


def test_one_key_goes_between_ratio_and_pull() -> None:
    choices = ShownChoices()
    place = Pages(site()).plot(TIME)
    for expected in ("ratio", "pull", "ratio"):
        assert choices.next_deviation(place, None) == expected
        choices.modes[TIME] = choices.next_deviation(place, None)
    choices.modes[TIME] = "none"
    assert choices.next_deviation(place, None) == "ratio"


def test_normalisations_go_round_from_the_one_in_force() -> None:
    choices = ShownChoices()
    place = Pages(site()).plot(TIME)
    layout = place.plot.reference.normalize
    seen = [choices.next_normalization(place, None) for _ in NORMALIZATIONS]
    assert sorted(seen) == sorted(NORMALIZATIONS)
    assert seen[-1] == (layout or "none")
    assert choices.normalized == {TIME: seen[-1]}
    tile = plots.tile(plots.curve([1.0]))  # of which the note says how it was scaled
    bare = place._replace(plot=Plot("a/b"), key="a/b")
    assert choices.next_normalization(bare, tile) == "pileup"


def test_only_counts_of_a_run_are_normalised() -> None:
    counts = plots.tile(plots.curve([1.0]))
    assert is_normalized(Plot("a/b"), counts)
    assert not is_normalized(Plot("a/b", accumulates="trend"), counts)
    assert not is_normalized(Plot("a/b"), plots.tile(plots.profile([1.0])))
    assert not is_normalized(Plot("a/b"), None)


def test_choices_are_kept_by_plot() -> None:
    choices = ShownChoices()
    place = Pages(site()).plot(TIME)
    assert choices.next_mode(place, None) == "ratio"
    choices.modes[TIME] = "none"
    assert choices.next_mode(place, None) == "overlay"
    assert mode_shown(place.plot, None, None) == "overlay"
    assert modes_of(None)[0] == "overlay"
    choices.turn_log(TIME, "y")
    draw = choices.drawn(place).plot.draw
    assert draw is not None
    assert draw.y.scale == "log"
    choices.turn_log(TIME, "y")
    assert choices.drawn(place) is place


def test_no_scale_is_offered_that_needs_what_the_site_has_not() -> None:
    choices, place = ShownChoices(), Pages(site()).plot(TIME)
    bare = ConditionPaths()
    assert {choices.next_normalization(place, None, bare) for _ in range(5)} == {
        "area", "none"
    }  # fmt: skip
    some = ConditionPaths(events="E", integrated="L")
    assert {choices.next_normalization(place, None, some) for _ in range(5)} == {
        "events", "lumi", "area", "none"
    }  # fmt: skip
