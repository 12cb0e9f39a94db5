"""What a person chose to see of a plot."""

from __future__ import annotations

from support.fake_session import TIME, site

from dqmconsole.shift.pages import Pages
from dqmconsole.ui.live.choices import ShownChoices, mode_shown, modes_of


def test_choices_are_kept_by_plot() -> None:
    choices = ShownChoices()
    place = Pages(site()).plot(TIME)
    assert choices.next_mode(place, None) == "ratio"
    choices.choose(TIME, "none")
    assert choices.next_mode(place, None) == "overlay"
    assert mode_shown(place.plot, None, None) == "overlay"
    assert modes_of(None)[0] == "overlay"
    choices.turn_log(TIME, None)
    draw = choices.drawn(place).plot.draw
    assert draw is not None
    assert draw.y.scale == "log"
    choices.turn_log(TIME, None)
    assert choices.drawn(place) is place
