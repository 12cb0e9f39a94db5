"""Which plots show what feeds another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.engine.feeds import MOST_FEEDERS, fed_by
from dqmconsole.engine.grouping import Fed
from dqmconsole.model.layout import Feeds, Layout, Page, Plot, plot_key
from dqmconsole.model.site import Site, SiteSettings

if TYPE_CHECKING:
    from dqmconsole.model.cause import Family
    from dqmconsole.model.layout import Checks

USUAL: tuple[Family, ...] = ("missing", "rate", "stale")


def plot(path: str, *feeds: str | Feeds) -> Plot:
    """A plot that feeds some names, in the usual ways."""
    declared = (Feeds((one,)) if isinstance(one, str) else one for one in feeds)
    return Plot(path, feeds=tuple(declared))


def unjudged(one: Plot) -> Plot:
    """A plot that has no checks on purpose."""
    return msgspec.structs.replace(one, checks=())


def site(**layouts: tuple[Plot, ...]) -> Site:
    """Layouts of one page each."""
    return Site(
        folder="",
        hash="",
        settings=SiteSettings(experiment="x"),
        layouts=tuple(
            Layout(name, (Page("Page", plots),)) for name, plots in layouts.items()
        ),
    )


def key(path: str) -> str:
    """A plot of a layout that is called like its subsystem."""
    return plot_key(path.partition("/")[0], "Page", path)


def fed(found: Site, path: str) -> list[str]:
    """What feeds a plot, the nearest first."""
    return [each.key for each in fed_by(found).get(key(path), ())]


def test_a_layout_or_a_path_is_fed() -> None:
    found = site(
        FED=(plot("FED/hcal", "Hcal"), plot("FED/ecal", "Ecal/barrel*")),
        Hcal=(plot("Hcal/map"), plot("Hcal/rate")),
        Ecal=(plot("Ecal/barrel map"), plot("Ecal/endcap map")),
    )
    assert fed(found, "Hcal/map") == fed(found, "Hcal/rate") == [key("FED/hcal")]
    assert fed(found, "Ecal/barrel map") == [key("FED/ecal")]
    assert fed(found, "Ecal/endcap map") == fed(found, "FED/hcal") == []
    assert fed_by(found)[key("Hcal/map")] == (Fed(key("FED/hcal"), USUAL),)


@pytest.mark.parametrize(("checks", "through"), [((), True), (None, False)])
def test_what_feeds_by_others_counts_where_these_are_not_judged(
    checks: Checks, through: bool
) -> None:
    rate = plot("L1T/rate", Feeds(("Hcal",), ("rate", "missing")))
    found = site(
        Beam=(plot("Beam/luminosity", Feeds(("L1T", "HLT"), ("shift",))),),
        L1T=(msgspec.structs.replace(rate, checks=checks),),
        Hcal=(plot("Hcal/map"),),
        HLT=(plot("HLT/rate"),),
    )
    above = fed_by(found)
    assert above[key("L1T/rate")] == (Fed(key("Beam/luminosity"), ("shift",)),)
    nearest = Fed(key("L1T/rate"), ("missing", "rate"))
    farther = Fed(key("Beam/luminosity"), ("missing", "rate"))
    assert above[key("Hcal/map")] == ((nearest, farther) if through else (nearest,))


def test_the_one_that_feeds_less_is_nearer() -> None:
    all_of_it = ("FED", "Hcal", "Ecal")
    found = site(
        Info=(plot("Info/daq", Feeds(all_of_it)),),
        FED=(plot("FED/hcal", "Hcal"),),
        Hcal=(plot("Hcal/status", "Hcal/map"), plot("Hcal/map")),
        Ecal=(plot("Ecal/map"),),
    )
    nearest = [key("Hcal/status"), key("FED/hcal"), key("Info/daq")]
    assert fed(found, "Hcal/map") == nearest
    assert fed(found, "Hcal/status") == nearest[1:]


def test_nothing_feeds_itself_and_rings_end() -> None:
    found = site(
        A=(unjudged(plot("A/one", "B", "A/*")), plot("A/two")),
        B=(unjudged(plot("B/one", "C")),),
        C=(unjudged(plot("C/one", "A")),),
    )
    above = fed_by(found)
    assert {each.key for each in above[key("B/one")]} == {key("A/one"), key("C/one")}
    assert set(fed(found, "A/two")) == {key("C/one"), key("B/one"), key("A/one")}
    for name, each in above.items():
        assert name not in {one.key for one in each}
        assert len({one.key for one in each}) == len(each)


def test_a_family_of_plots_feeds_none_of_its_own() -> None:
    wheels = tuple(plot(f"DT/wheel{each}", "DT") for each in range(3))
    found = site(DT=(*wheels, plot("DT/map")))
    assert fed(found, "DT/wheel1") == []
    assert fed(found, "DT/map") == [key(each.path) for each in wheels]


def test_one_that_feeds_nothing_or_stands_on_two_pages() -> None:
    twice = Layout("A", (Page("Page", (plot("A/one", "B", "gone/*"),)),))
    again = Layout("A2", (Page("Page", (plot("A/one"),)),))
    other = Layout("B", (Page("Page", (plot("B/one", "A/one"),)),))
    found = fed_by(
        Site("", "", SiteSettings(experiment="x"), layouts=(twice, again, other))
    )
    assert [each.key for each in found[plot_key("B", "Page", "B/one")]] == [
        plot_key("A", "Page", "A/one")
    ]
    assert plot_key("A2", "Page", "A/one") in found
    assert fed_by(site(A=(plot("A/one"),))) == {}


def test_of_very_many_the_nearest_are_kept() -> None:
    many = tuple(plot(f"FED/{each}", "Hcal") for each in range(3000))
    fine = tuple(plot(f"Hcal/{each}") for each in range(3000))
    found = fed_by(site(FED=many, Hcal=fine))
    assert {len(each) for each in found.values()} == {MOST_FEEDERS}


def test_what_names_subsystems_along_an_axis_is_known_as_such() -> None:
    shares = msgspec.structs.replace(
        plot("FED/shares", "Hcal"), axes={"x": "subsystem"}
    )
    found = site(FED=(shares, plot("FED/number", "Hcal")), Hcal=(plot("Hcal/map"),))
    above = fed_by(found)[key("Hcal/map")]
    assert {each.key: each.names_it for each in above} == {
        key("FED/shares"): True,
        key("FED/number"): False,
    }
