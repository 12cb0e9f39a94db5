"""Pages by name, plots by key, neighbours, and where abnormal plots are."""

from __future__ import annotations

from support.fake_session import (
    DEPTH1,
    DIGIS,
    GOOD,
    HCAL,
    HOLE,
    LATE,
    RUN,
    TIME,
    hcal,
    live_session,
    site,
)

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.verdict import LastVerdict, Status, Verdict
from dqmconsole.shift.abnormal import (
    first_abnormal,
    next_abnormal,
    summary_words,
    worst_page,
)
from dqmconsole.shift.pages import PageName, Pages
from dqmconsole.ui.live.choices import Choices, mode_shown, modes_of


def test_neighbours_go_round() -> None:
    pages = Pages(site([hcal()]))
    assert [name.page for name in pages.names] == [
        "Run summary",
        DIGIS,
        "Timing",
        "Channels",
    ]
    assert pages.neighbour(pages.names[-1], 1) == pages.names[0]
    assert pages.neighbour(pages.names[0], -1) == pages.names[-1]
    assert pages.neighbour(None, 1) == pages.names[0]
    assert Pages().neighbour(None, 1) is None


def test_a_page_that_is_gone_gives_way_to_its_layout() -> None:
    pages = Pages(site())
    assert pages.nearest(PageName(HCAL, "gone")) == PageName(HCAL, "Run summary")
    assert pages.nearest(PageName("gone", "gone")) == pages.names[0]
    assert Pages().nearest(PageName(HCAL, DIGIS)) is None


def test_any_path_is_a_plot() -> None:
    place = Pages(site()).plot("Hcal/unknown")
    assert (place.key, place.plot.path, place.page) == (
        "Hcal/unknown",
        "Hcal/unknown",
        None,
    )
    assert Pages(site()).key_of("Hcal/DigiTask/Timing/HE") == TIME
    assert Pages(site()).key_of("Hcal/unknown") == "Hcal/unknown"


def test_bad_comes_before_warning() -> None:
    keys = ["a", "b", "c"]
    assert first_abnormal(keys, {"a": GOOD, "b": LATE, "c": HOLE}) == "c"
    assert first_abnormal(keys, {"a": GOOD, "b": LATE}) == "b"
    assert first_abnormal(keys, {"a": GOOD}) == ""


def test_next_abnormal_visits_all_and_returns() -> None:
    client = live_session()
    pages = Pages(client.site)
    assert next_abnormal(pages, "", client.mailbox.verdicts, {}) == DEPTH1
    assert next_abnormal(pages, DEPTH1, client.mailbox.verdicts, {}) == TIME
    assert next_abnormal(pages, TIME, client.mailbox.verdicts, {}) == DEPTH1
    assert next_abnormal(pages, "", {}, {}) == ""


def test_the_worst_page_has_most_that_is_bad() -> None:
    client = live_session()
    names = Pages(client.site).names
    assert worst_page(names, client.mailbox.rollups) == PageName(HCAL, DIGIS)
    assert worst_page(names, {}) == names[0]
    assert worst_page((), {}) is None


def test_the_summary_counts() -> None:
    client = live_session()
    keys = [place.key for place in Pages(client.site).plots(PageName(HCAL, DIGIS))]
    assert summary_words(keys, client) == "5 plots, 1 bad, 1 warning"
    assert summary_words([], client) == "0 plots"


def test_choices_are_kept_by_plot() -> None:
    choices = Choices()
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


def test_a_quiet_subsystem_is_one_stop_between_bad_and_warning() -> None:
    client = live_session()
    pages = Pages(client.site)
    last = LastVerdict(Status.BAD, RUN, 17)
    silent = Verdict(Status.STALE, "source silent", last=last)
    keys = [key for key in pages.keys() if key.startswith("DT ")]  # noqa: SIM118
    for key in keys:
        client.put_verdict(key, silent)
    fact = OutageFact("DT", "silent", "DT is silent", RUN)
    outages = {"DT": fact}
    around = [""]
    for _ in range(4):
        around.append(
            next_abnormal(pages, around[-1], client.mailbox.verdicts, outages)
        )
    assert around[1:] == [DEPTH1, keys[0], TIME, DEPTH1]


def test_a_source_that_says_nothing_at_all_is_reached_too() -> None:
    pages = Pages(site())
    fact = OutageFact("", "missing", "no file of any subsystem", RUN)
    assert next_abnormal(pages, "", {}, {"": fact}) == pages.keys()[0]
