"""Drawn examples, as a console asks for them, and all of the bundled site's."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import PATHS, FakeLink, FakeSource, a_map
from support.bundled import read_bundled

from dqmconsole.app.example_changes import EXAMPLE_CHANGES
from dqmconsole.engine.changes import GENERIC
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.examples import draw_example, drawing
from dqmconsole.engine.loop import Loop
from dqmconsole.engine.reference_runs import RecordedRuns, ReferenceRuns
from dqmconsole.engine.references import References, base_folder
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.instruction import AppliesTo, Example, Instruction
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.layout import Layout, Page, Plot, ReferenceDraw
from dqmconsole.model.message import DrawExamples, Examples, Open, Receipt
from dqmconsole.model.reference import ReferenceNote, ReferenceRule
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path


MAP = "Hcal/DigiTask/Occupancy/depth/depth1"
OWN = "TPC/clusters"
CHANGES = {**GENERIC, **EXAMPLE_CHANGES}
BOXES = (Region((-28, -17), (55, 62)),)
EXAMPLES = (
    Example("good", "Even but for **two** [towers](<page:Hcal/Summary>)."),
    Example("bad", "A gap.", "Dead region"),
    Example("harmless", "All of it less.", "scaled:Hcal"),
    Example("bad", "Nothing to see.", "a-cable-was-cut:Hcal"),
)
INSTRUCTION = Instruction(
    "hcal/digi", "Digis", 1, "hcal-dqm", "2026-11-25", "hcal-dqm", AppliesTo("Hcal"),
    "2026-11-25", "2027-05-25", "", "", EXAMPLES, (), (), "", "abc",
)  # fmt: skip
SITE = Site(
    folder="",
    hash="one",
    settings=SiteSettings(
        "CMS",
        run_types={"pp_run": "collisions"},
        conditions=msgspec.structs.replace(PATHS, run_type="Info/type"),
    ),
    layouts=(
        Layout(
            "Hcal",
            (Page("Digi", (Plot(MAP, reference=ReferenceDraw("ratio", "events")),)),),
        ),
    ),
    known=(
        KnownIssue("two boxes", "Hcal", (MAP,), "hcal-dqm", "2027-06-30", BOXES),
        KnownIssue("over", "Hcal", (MAP,), "hcal-dqm", "2027-06-30", last_run=5),
        KnownIssue("else", "Hcal", (OWN,), "hcal-dqm", "2027-06-30"),
    ),
    references=(
        ReferenceRule(
            "me",
            "2026-11-25",
            "",
            file="references/collisions.root",
            run_type="collisions",
        ),
    ),
    instructions=(INSTRUCTION,),
)


def answer(
    path: str,
    instruction: str = "hcal/digi",
    run_type: str = "pp_run",
    examples: tuple[Example, ...] | None = None,
) -> Examples | Receipt:
    site = Site(
        str(bundled_site()), "one", SITE.settings, SITE.layouts, SITE.references,
        known=SITE.known, instructions=SITE.instructions,
    )  # fmt: skip
    source = FakeSource()
    live = a_map("depth1", np.full((85, 72), 7.0))  # never to be seen in an example
    source.snapshot(7, "Hcal", {MAP: live})
    source.snapshot(7, "Info", {"Info/type": Scalar("type", run_type)})
    link = FakeLink()
    loop = Loop(
        link, lambda _: SourceContext(source, bundled_site(), reading=(site, {}))
    )  # type: ignore[arg-type]
    link.incoming.append(Open("fake"))
    try:
        for step in range(3):
            loop.step(1000.0 + 0.1 * step)
        key = f"Hcal › Digi › {path}"
        link.incoming.append(DrawExamples(9, key, instruction, 40, 30, examples))
        for step in range(20):
            loop.step(1001.0 + 0.1 * step)
    finally:
        loop.close()
    (found,) = [each for each in link.sent if isinstance(each, Examples | Receipt)]
    assert found.request == 9
    return found


def test_each_example_is_drawn_on_the_reference() -> None:
    found = answer(MAP)
    assert isinstance(found, Examples)
    assert [(each.kind, each.cause) for each in found.items] == [
        (each.kind, each.cause) for each in EXAMPLES
    ]
    good, bad, less, unknown = found.items
    for item in (good, bad, less):
        tile = item.tile
        assert tile is not None
        assert item.sentence == ""
        assert tile.banner == "EXAMPLE"
        assert tile.verdict.status is Status.NOT_CHECKED
        assert (tile.run, tile.note.run, tile.note.scale) == (398102, 398102, 1.0)
        assert (tile.produced, tile.stale_after) == (None, None)
        picture = tile.picture
        assert picture is not None
        assert picture.data is not None
        assert picture.reference is not None
        assert picture.reference_is_new
        assert not picture.whole
        assert picture.known == BOXES
        assert picture.data.axes[0].bins <= 40
        assert picture.data.axes[1].bins <= 30
        assert picture.comparison is not None  # as the layout compares it
        shown = np.array_equal(picture.data.values(), picture.reference.values())
        assert shown == (item.kind == "good")
        assert not (picture.data.values() == 7.0).all()
    assert good.tile is not None
    assert good.tile.verdict.sentence == "Even but for two towers."
    assert good.caption == EXAMPLES[0].caption
    assert unknown.tile is None
    assert (
        unknown.sentence
        == "not drawn: no picture of 'a-cable-was-cut:Hcal' can be made"
    )


@pytest.mark.parametrize("normalize", ["pileup", "events"])
def test_less_beam_is_taken_out_of_a_ratio_that_goes_by_pileup(normalize: str) -> None:
    plot = Plot(MAP, reference=ReferenceDraw("ratio", normalize))  # type: ignore[arg-type]
    layouts = (Layout("Hcal", (Page("Digi", (plot,)),)),)
    site = msgspec.structs.replace(SITE, layouts=layouts)
    given = (
        Example("harmless", "less", "lumi-drop"),
        Example("harmless", "off", "hv-on:Hcal"),
        Example("bad", "a driver", "fed-lost:Hcal", region=(0, 2)),
    )
    reference = a_map("depth1", np.full((85, 72), 900.0))
    request = DrawExamples(9, f"Hcal › Digi › {MAP}", "hcal/digi", 85, 72, given)
    work = drawing(request, site, lambda _: (reference, ReferenceNote(1)), CHANGES)
    while True:
        try:
            next(work)
        except StopIteration as end:
            found = end.value
            break
    ratios = [each.tile.picture.comparison.values for each in found.items]
    followed = 1.0 if normalize == "pileup" else 1 / 3
    assert ratios[0] == pytest.approx(followed)
    assert ratios[1] == pytest.approx(0.002, abs=0.001)
    assert set(np.unique(ratios[2])) == {0.0, 1.0}


def test_without_a_reference_there_is_none() -> None:
    found = answer(OWN)
    assert isinstance(found, Examples)
    assert [item.tile for item in found.items] == [None] * 4
    assert all("no reference to draw it on" in item.sentence for item in found.items)
    found = answer(MAP, run_type="tpc_laser")
    assert isinstance(found, Examples)
    assert "no reference to draw it on" in found.items[0].sentence


def test_an_instruction_that_is_not_there_is_refused() -> None:
    found = answer(MAP, "hcal/digu")
    assert found == Receipt(9, False, "the site has no instruction 'hcal/digu'")


def test_examples_of_an_instruction_that_is_edited_are_drawn() -> None:
    found = answer(MAP, "hcal/new", examples=EXAMPLES[:1])
    assert isinstance(found, Examples)
    (one,) = found.items
    assert one.tile is not None
    assert one.caption == EXAMPLES[0].caption


def test_an_engine_without_a_source_refuses(tmp_path: Path) -> None:
    link = FakeLink()
    loop = Loop(link)
    link.incoming += [DrawExamples(3, "a", "b", 1, 1)]
    loop.step(1.0)
    assert link.sent == [Receipt(3, False, "no source is open")]
    assert not list(tmp_path.iterdir())


# -- the bundled site ------------------------------------------------------------


@functools.cache
def bundled() -> tuple[Site, References]:
    site = read_bundled()
    origins = ReferenceRuns(FakeSource(), base_folder(site), RecordedRuns(()))
    references = References(site, origins)
    references.notice(1, Conditions(pileup=56.0, scalars={"prescale_column": 1.0}))
    return site, references


def cases() -> list[tuple[str, str]]:
    return [
        (each.id, example.cause)
        for each in read_bundled().instructions
        for example in each.examples
        if example.cause
    ]


def first_reference(instruction: Instruction) -> tuple[str, Histogram] | None:
    """The first plot that names it and has a reference, with that."""
    site, references = bundled()
    plots = [
        plot
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.instruction == instruction.id
    ]
    assert plots, f"no plot has the instruction {instruction.id}"
    for plot, run_type in itertools.product(plots, RUN_TYPES):
        if not instruction.applies_to.holds(run_type, None):
            continue
        if plot.run_types and run_type not in plot.run_types:
            continue
        found, _ = references.plain(plot.path, run_type)
        if found is not None:
            return plot.path, found
    return None


@pytest.mark.parametrize(("name", "cause"), cases())
def test_every_cause_that_is_to_be_drawn_shows(name: str, cause: str) -> None:
    site, _ = bundled()
    (instruction,) = [each for each in site.instructions if each.id == name]
    found = first_reference(instruction)
    assert found is not None, "none of its plots has a reference to draw it on"
    path, reference = found
    (example,) = [each for each in instruction.examples if each.cause == cause]
    drawn = draw_example(reference, path, example, CHANGES)
    assert not isinstance(drawn, str), drawn
    assert not np.array_equal(drawn.values(), reference.values())
