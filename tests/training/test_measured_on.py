"""What a row of the bank was measured on: what changes its stamp, and what does not."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import site

from dqmconsole.model.reference import ReferenceRule
from dqmconsole.training.files.measured_on import (
    UNHASHED,
    code_hash,
    measured_otherwise,
    stamps,
)
from dqmconsole.training.lesson import ItemSource, MeasuredPage, MeasuredRow

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site

ITEM = ItemSource(("Hcal/Map",), "fed-lost:Hcal", (4.0, 2.0), ("collisions", "cosmics"))
OTHER = ItemSource(("Ecal/Map",), "hv-trip:Ecal")
COLLISIONS = MeasuredPage("Hcal/Map", "collisions")
COSMICS = MeasuredPage("Hcal/Map", "cosmics")
CODE = """'''What it is.'''

# why
def struck(seed):
    return seed % 7
"""
MADE_BY = """
import sys
import dqmconsole.simulation.run
print("\\n".join(e for e in sys.modules if e.startswith("dqmconsole.simulation.")))
"""


@pytest.fixture
def made(tmp_path: Path) -> Site:
    (tmp_path / "layouts").mkdir()
    for name in ("collisions", "cosmics"):
        (tmp_path / "layouts" / f"{name}.root").write_text(name)
    rules = tuple(
        ReferenceRule("hcal-dqm", "2026-11-01", "good", f"{each}.root", run_type=each)
        for each in ("collisions", "cosmics")
    )
    return msgspec.structs.replace(site(), references=rules)


def test_a_stamp_is_of_what_its_page_is_measured_on(tmp_path: Path, made: Site) -> None:
    before = stamps(tmp_path, made, [ITEM, OTHER])
    assert set(before) == {
        COLLISIONS, COSMICS, MeasuredPage("Ecal/Map", "collisions"),
    }  # fmt: skip
    assert stamps(tmp_path, made, [OTHER, ITEM]) == before

    def changed(*matter: ItemSource) -> set[MeasuredPage]:
        now = stamps(tmp_path, made, matter)
        return {each for each in before if before[each] != now[each]}

    sizes = msgspec.structs.replace(ITEM, sizes=(4.0, 1.0))
    assert changed(sizes, OTHER) == {COLLISIONS, COSMICS}
    (tmp_path / "layouts" / "cosmics.root").write_text("another run")
    assert changed(ITEM, OTHER) == {COSMICS}
    (tmp_path / "layouts" / "cosmics.root").unlink()  # said elsewhere
    assert changed(ITEM, OTHER) == {COSMICS}


def test_of_recorded_runs_it_is_of_what_their_page_is_judged_by(
    tmp_path: Path, made: Site
) -> None:
    page = next(f"{e.layout}/{e.pages[0].page}" for e in made.layouts)
    item = ItemSource(
        (page,), "shift:Hcal/Map", sizes=(1.0,), recorded=(7,), updates=40
    )
    here = MeasuredPage(page, item.run_types[0], recorded=True)

    def stamp(**changes: object) -> str:
        first, *others = made.layouts
        plots = [msgspec.structs.replace(e, **changes) for e in first.pages[0].plots]
        shown = msgspec.structs.replace(first.pages[0], plots=tuple(plots))
        layout = msgspec.structs.replace(first, pages=(shown, *first.pages[1:]))
        other = msgspec.structs.replace(made, layouts=(layout, *others))
        return stamps(tmp_path, other, [item])[here]

    assert stamp(description="other words", title="A title") == stamp()
    assert stamp(checks=({"entries": {"bad_above": 7}},)) != stamp()
    assert stamp(accumulates="trend") != stamp()


def test_rows_of_something_else_are_found(tmp_path: Path, made: Site) -> None:
    now = stamps(tmp_path, made, [ITEM])
    rows = [
        MeasuredRow("Hcal/Map", "collisions", "nothing", of=now[COLLISIONS]),
        MeasuredRow("Hcal/Map", "cosmics", "nothing", of=now[COLLISIONS]),
        MeasuredRow("Hcal/Map", "heavy-ions", "nothing"),
    ]
    assert measured_otherwise(rows, now) == (
        COSMICS, MeasuredPage("Hcal/Map", "heavy-ions"),
    )  # fmt: skip


def test_code_counts_and_what_is_said_of_it_does_not(tmp_path: Path) -> None:
    code = CODE.replace("'''", '"""')
    path = tmp_path / "targets.py"
    path.write_text(code)
    before = code_hash(tmp_path)
    said = (
        ("# why", "# since 2027"),
        ("What it is", 'What\n"it" is'),
        ("\n\n", "\n"),
    )
    for old, new in said:
        path.write_text(code.replace(old, new))
        assert code_hash(tmp_path) == before, old
    (tmp_path / "shown.py").write_text("def shown(): ...")
    path.write_text(code)
    assert code_hash(tmp_path) == before
    path.write_text(code.replace("% 7", "% 8"))
    assert code_hash(tmp_path) != before


def test_nothing_that_makes_a_run_is_left_out_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MADE_BY], check=True, capture_output=True, text=True
    )
    loaded = {f"{each.rpartition('.')[2]}.py" for each in done.stdout.split()}
    assert "targets.py" in loaded
    assert not loaded & UNHASHED
