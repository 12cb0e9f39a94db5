"""What of a site goes into an evidence bundle, and what stays at home."""

from __future__ import annotations

from typing import Any

from dqmconsole.engine.excerpt import excerpt
from dqmconsole.model.checklist import CheckList
from dqmconsole.model.contacts import Contact, Contacts, RotaTurn
from dqmconsole.model.instruction import AppliesTo, Instruction, Note, Step, Turn
from dqmconsole.model.layout import Layout, Page, Plot, ReferenceDraw, plot_key
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.site import ElogSettings, Site, SiteSettings

OCC, TIME = "Hcal/Digi/occ", "Hcal/Digi/time"
NOON = 1_795_003_200.0  # 2026-11-18, UTC


def instruction(name: str, *roles: str) -> Instruction:
    return Instruction(
        name, name, 2, "me", "2026-11-01", "hcal-dqm", AppliesTo("Hcal"), "", "",
        "", "", (), (Step("call", "dcs"), Step("look")),
        tuple(Turn(role) for role in roles), "", "",
    )  # fmt: skip


def note(name: str, expires: str, **applies: Any) -> Note:  # noqa: ANN401 - fields
    return Note(
        name, name, "me", "2026-11-01", expires, "dqm-oncall", AppliesTo(**applies),
        "text", "",
    )  # fmt: skip


SITE = Site(
    folder="/home/me/site",
    hash="one",
    home="/home/me/site",
    settings=SiteSettings(
        "CMS",
        sources=("/dqm",),
        database="postgresql://me@desk/book",
        elog=ElogSettings("https://elog.example.org/DQM/"),
        permissions={"expert": ("me",)},
        beam_modes=("no beam",),
    ),
    layouts=(
        Layout(
            "Hcal",
            (
                Page(
                    "Digi",
                    (
                        Plot(
                            OCC,
                            instruction="hcal/occ",
                            reference=ReferenceDraw("overlay", "events"),
                        ),
                        Plot(TIME, instruction="hcal/time"),
                    ),
                    description="digis",
                ),
            ),
            owner="hcal-dqm",
        ),
        Layout("DT", (Page("All", (Plot("DT/all"),)),), owner="dt-dqm"),
    ),
    references=(ReferenceRule("me", "2026-11-01", "why", file="a.root"),),
    instructions=(
        instruction("hcal/occ", "hcal-dqm", "shift-leader"),
        instruction("hcal/time", "nobody"),
    ),
    notes=(
        note("notes/now", "2026-11-18", plots=("Hcal/Digi/*",)),
        note("notes/over", "2026-11-17", plots=("Hcal/Digi/*",)),
        note("notes/elsewhere", "2027-01-01", layout="DT"),
    ),
    contacts=Contacts(
        "Europe/Zurich",
        roles={
            role: Contact(role, role, rota=rota, then=then)
            for role, then, rota in (
                ("dt-dqm", "", ()),
                ("hcal-dqm", "experts", (RotaTurn(0, NOON), RotaTurn(NOON, NOON + 9))),
                ("experts", "hcal-dqm", ()),
                ("shift-leader", "", ()),
                ("dqm-oncall", "", ()),
                ("dcs", "", ()),
            )
        },
    ),
    checklists=(CheckList("start", "Start", "start", ()),),
)
KEY = plot_key("Hcal", "Digi", OCC)


def test_it_has_what_its_plots_rest_on_and_no_more() -> None:
    found = excerpt(SITE, {KEY: (OCC, 7)}, {KEY: "ratio"}, NOON)
    (layout,) = found.layouts
    (page,) = layout.pages
    assert (page.page, page.description) == ("Digi", "digis")
    (plot,) = page.plots
    assert plot.path == OCC
    assert plot.reference == ReferenceDraw("ratio", "events")  # as in the view
    assert [each.id for each in found.instructions] == ["hcal/occ"]
    assert [each.id for each in found.notes] == ["notes/now"]
    roles = found.contacts.roles
    assert set(roles) == {"hcal-dqm", "experts", "shift-leader", "dqm-oncall", "dcs"}
    assert roles["hcal-dqm"].rota == (RotaTurn(NOON, NOON + 9),)  # whose turn it was
    assert found.contacts.timezone == "Europe/Zurich"
    assert found.hash == "one"


def test_folders_database_and_accounts_stay_at_home() -> None:
    found = excerpt(SITE, {KEY: (OCC, 7)}, {}, NOON)
    settings = found.settings
    assert (found.folder, found.home) == ("", "")
    assert (settings.database, settings.elog, settings.sources) == ("", None, ())
    assert settings.permissions == {}
    assert settings.beam_modes == ("no beam",)
    assert (found.references, found.checklists) == ((), ())


def test_a_plot_on_no_page_gets_one() -> None:
    found = excerpt(SITE, {"DT/loose": ("DT/loose", 7)}, {"DT/loose": "none"}, NOON)
    (layout,) = found.layouts
    assert layout.layout == "Evidence"
    assert layout.pages[0].plots == (
        Plot("DT/loose", reference=ReferenceDraw("none", None)),
    )
