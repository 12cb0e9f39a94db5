"""An element that was renamed, in data and references from before that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.fakes import FakeSource, line, quality

from dqmconsole.engine.context import SourceContext
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import WatchItem
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.frame import Tile

NEW, OLD = "Hcal/Digi/occupancy", "Hcal/Digi/ocupancy"
KEY = f"Hcal › P › {NEW}"


def tile(folder: Path, source: FakeSource) -> Tile:
    """What is drawn of the plot, after it was judged."""
    references = folder / "layouts" / "references"
    references.mkdir(parents=True, exist_ok=True)
    old = line("ocupancy", [1, 2, 3])
    write_dqm(references / "1.root", 1, {"Hcal/Digi": [old]})
    plot = Plot(NEW, formerly=("Hcal/Digi/occ", OLD))
    rule = ReferenceRule("me", "2026-05-01", "good", file="references/1.root")
    site = Site(
        str(folder),
        "abc",
        SiteSettings("Test"),
        (Layout("Hcal", (Page("P", (plot,)),)),),
        (rule,),
    )
    context = SourceContext(source, folder, reading=(site, {}), at_once=True)
    context.watch((WatchItem(KEY, NEW, 300, 200),))
    context.poll(1000.0)
    context.judge(math.inf)
    (drawn,) = context.draw(math.inf)
    context.close()
    return drawn


def test_of_a_source_without_the_new_name_a_former_one_is_taken(
    tmp_path: Path,
) -> None:
    source = FakeSource()
    data = {OLD: line("ocupancy", [1, 2, 3]), "Hcal/Digi/other": line("other", [1])}
    source.snapshot(7, "Hcal", data, {OLD: (quality("ocupancy", 300),)})
    found = tile(tmp_path, source)
    assert found.path == NEW
    assert found.verdict.status is Status.BAD  # as the producer's test of it says
    assert found.picture is not None
    assert found.picture.data is not None
    assert f"as {OLD} in the data" in found.span
    assert found.picture.reference is not None  # by its name of then, too


def test_of_a_source_with_both_the_new_name_holds(tmp_path: Path) -> None:
    source = FakeSource()
    data = {OLD: line("ocupancy", [1, 2, 3]), NEW: line("occupancy", [4, 5, 6])}
    source.snapshot(7, "Hcal", data)
    found = tile(tmp_path, source)
    assert found.picture is not None
    assert found.picture.data is not None
    assert found.picture.data.name == "occupancy"
    assert "in the data" not in found.span


def test_of_a_source_with_neither_the_plot_is_missing(tmp_path: Path) -> None:
    source = FakeSource()
    source.snapshot(7, "Hcal", {"Hcal/Digi/other": line("other", [1])})
    found = tile(tmp_path, source)
    assert found.verdict.status is Status.MISSING
    assert found.picture is None
