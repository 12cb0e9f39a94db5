"""Pages by name, plots by key, and neighbours."""

from __future__ import annotations

from support.fake_session import (
    DIGIS,
    HCAL,
    TIME,
    hcal,
    site,
)

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.shift.pages import PageName, Pages, owners


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


def test_who_owns_a_subsystem_owns_most_of_its_plots() -> None:
    def page(*paths: str) -> tuple[Page]:
        return (Page("P", tuple(map(Plot, paths))),)

    layouts = (
        Layout("Fibres", page("hodo/a", "hodo/b", "rate"), owner="ann"),
        Layout("Survey", page("hodo/a", "calo/a"), owner="bob"),
        Layout("calo", page("calo/b"), owner="eve"),
    )
    assert owners(site(layouts)) == {
        "Fibres": "ann", "Survey": "bob", "calo": "eve", "hodo": "ann", "": "ann"
    }  # fmt: skip
