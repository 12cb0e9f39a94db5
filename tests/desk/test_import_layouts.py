"""Layouts of other programs as layouts of a site that validates clean."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest

from dqmconsole.desk import import_layouts as module
from dqmconsole.desk.check import validate
from dqmconsole.desk.import_layouts import (
    Imported,
    ImportLayoutsError,
    files_of,
    import_layouts,
    total,
)
from dqmconsole.model.layout import AxisDraw, Draw, ReferenceDraw
from dqmconsole.site.cms_layouts import MAX_BYTES, read_cms
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.layout import Layout, Page
    from dqmconsole.site.foreign import Sheets

TODAY = datetime.date(2026, 5, 1)

SHIFT = """\
def shown(i, p, *rows): i["00 Shift/Hcal/" + p] = DQMItem(layout=rows)
shown(dqmitems, "00 Summary",
  [{"path": "Hcal/a", "description": "Digis. <a href=https://x.ch/d>Details</a>",
    "draw": {"withref": "yes"}}, {"path": "Hcal/b", "draw": {"withref": "no"}}],
  [{"path": "Hcal/c", "overlays": ["Hcal/b"]}])
shown(dqmitems, "01 Alone", [{"path": "Hcal/d", "description": "Digis."}])
"""
EXPERT = """\
def shown(i, p, *rows): i["Hcal/Layouts/" + p] = DQMItem(layout=rows)
for depth in range(1, 13):
    shown(dqmitems, "Depth/depth%d" % depth, [{"path": "Hcal/d/depth%d" % depth,
      "description": "Digis by channel.",
      "draw": {"drawopts": "COLZ", "ztype": "log", "xmax": "50"}}])
shown(dqmitems, "Depth/both", ["Hcal/x", None], ["Hcal/y", "Hcal/x"])
shown(dqmitems, "00 Summary", ["Hcal/s"])
"""


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are read in this process; the child has tests of its own."""

    def read(files: Sequence[Path]) -> Iterator[Sheets]:
        for file in files:
            yield read_cms(file.read_bytes(), str(file))

    monkeypatch.setattr(module, "read_files", read)


def bring(folder: Path, out: Path | None, **options: object) -> Imported:
    found = files_of([folder], "cms")
    return import_layouts(found, "cms", out, today=TODAY, **options)  # type: ignore[arg-type]


@pytest.fixture
def cms(tmp_path: Path) -> Path:
    folder = tmp_path / "cms"
    folder.mkdir()
    (folder / "hcal-layouts.py").write_text(EXPERT)
    (folder / "shift_hcal_layout.py").write_text(SHIFT)
    return folder


def layout_of(site: Path, name: str = "Hcal") -> Layout:
    return next(each for each in read_site(site).layouts if each.layout == name)


def page_of(layout: Layout, name: str) -> Page:
    return next(each for each in layout.pages if each.page == name)


def test_a_site_that_validates_clean(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    done = bring(cms, out)
    assert (done.files, done.layouts, done.cells, done.failed) == (2, 16, 20, 0)
    assert done.losses == {"empty place": 1, "same plot twice": 1}
    assert [str(each) for each in done.details] == [
        f"{cms}/hcal-layouts.py:6: empty place: 1 empty place: the plots beside are "
        "wider",
        f"{cms}/hcal-layouts.py:6: same plot twice: one plot twice on a page: the "
        "second is on a page behind it",
    ]
    problems = validate(out, today=TODAY)
    assert [each.code for each in problems] == ["no-phone"]
    layout = layout_of(out)
    assert [(each.page, each.audience, each.columns) for each in layout.pages] == [
        ("00 Summary", "shift", 2),
        ("01 Alone", "shift", 1),
        ("00 Summary (expert)", "expert", 1),
        ("Depth/both", "expert", 2),
        ("Depth/both (2)", "expert", 2),
        ("Depth", "expert", 3),
    ]
    text = (out / "layouts/Hcal.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=layout.schema.json\n")
    assert json.loads((out / "layouts/layout.schema.json").read_text())["$defs"]
    assert text.count("- path:") == 9
    assert '- path: "Hcal/d/depth{1..12}"\n        title: "depth{1..12}"\n' in text


def test_rows_options_references_and_overlays_are_kept(
    cms: Path, tmp_path: Path
) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    layout = layout_of(out)
    a, b, c = page_of(layout, "00 Summary").plots
    assert [(each.path, each.span) for each in (a, b, c)] == [
        ("Hcal/a", (1, 1)),
        ("Hcal/b", (1, 1)),
        ("Hcal/c", (2, 1)),
    ]
    assert a.reference == ReferenceDraw("overlay", "area")
    assert b.reference == ReferenceDraw("none", "area")
    assert c.overlay == ("Hcal/b",)
    x, y = page_of(layout, "Depth/both").plots
    assert (x.span, y.span) == ((2, 1), (1, 1))
    depth = page_of(layout, "Depth").plots
    assert [each.path for each in depth] == [f"Hcal/d/depth{i}" for i in range(1, 13)]
    assert depth[0].draw == Draw(
        style="map", x=AxisDraw(range=(None, 50)), z=AxisDraw("log")
    )
    assert depth[0].description == "Digis by channel."
    assert depth[0].instruction is None


def test_descriptions_begin_instructions(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    done = bring(cms, out)
    assert done.instructions == 3
    found = {each.id: each for each in read_site(out).instructions}
    assert {name: each.shows for name, each in found.items()} == {
        "hcal/a": "Digis. [Details](<https://x.ch/d>)",
        "hcal/00-summary": "The layout that was imported does not say.",
        "hcal/d": "Digis.",
    }
    assert "(shift_hcal_layout.py, line 2)" in found["hcal/a"].judge
    assert (found["hcal/a"].review_due, found["hcal/a"].owner) == (
        "2026-10-28",
        "dqm-oncall",
    )
    plots = page_of(layout_of(out), "00 Summary").plots
    assert [each.instruction for each in plots] == [
        "hcal/a",
        "hcal/00-summary",
        "hcal/00-summary",
    ]


def test_flavours_and_workspaces_are_layouts_of_their_own(tmp_path: Path) -> None:
    for file, name in (
        ("ecal_T0_layouts.py", "Ecal/Layouts/00/a"),
        ("tk_relval-layouts.py", "DataLayouts/Tk/b"),
        ("ctpps-layouts.py", "CTPPS/TrackingStrip/Layouts/c"),
        ("x-layouts.py", "P5 Cosmics"),
    ):
        (tmp_path / file).write_text(f"dqmitems[{name!r}] = DQMItem([['x/y']])\n")
    done = bring(tmp_path, tmp_path / "site")
    assert [each.layout for each in done.written] == [
        "CTPPS",
        "DataLayouts-relval",
        "Ecal-offline",
        "P5-Cosmics",
    ]
    assert layout_of(tmp_path / "site", "CTPPS").pages[0].page == "TrackingStrip/c"


def test_an_existing_layout_keeps_its_name(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    before = (out / "layouts/Hcal.yaml").read_bytes()
    (cms / "hcal-layouts.py").write_text(EXPERT.replace("Hcal/s", "Hcal/s2"))
    done = bring(cms, out)
    assert [(each.layout, each.file, each.how) for each in done.written] == [
        ("Hcal-2", "layouts/Hcal-2.yaml", "new")
    ]
    assert (out / "layouts/Hcal.yaml").read_bytes() == before
    assert [each.replace("\u203a", ">") for each in done.changes][:2] == [
        "Hcal-2 beside Hcal > 00 Summary (expert): 1 plot added: Hcal/s2",
        "Hcal-2 beside Hcal > 00 Summary (expert): 1 plot removed: Hcal/s",
    ]
    assert not [each for each in validate(out, today=TODAY) if each.severity == "error"]


def test_a_new_name_is_none_that_is_brought_in(tmp_path: Path) -> None:
    cms, out = tmp_path / "cms", tmp_path / "site"
    cms.mkdir()
    row = '["Hcal/a"]'
    (cms / "a.py").write_text(f'dqmitems["Hcal/A"] = DQMItem(layout=[{row}])\n')
    bring(cms, out)
    (cms / "b.py").write_text(f'dqmitems["Hcal-2/A"] = DQMItem(layout=[{row}])\n')
    done = bring(cms, out)
    assert [each.layout for each in done.written] == ["Hcal-2", "Hcal-2-2"]
    assert [
        each for each in validate(out, today=TODAY) if each.severity == "error"
    ] == []


def test_an_existing_layout_is_replaced(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    (out / "layouts/Hcal.yaml").rename(out / "layouts/10-ours.yaml")
    ours = out / "instructions/hcal/a.md"
    ours.write_text(ours.read_text().replace("Digis.", "All digis, by us."))
    shift = SHIFT.replace("Hcal/d", "Hcal/d2").replace("Digis. <a", "Hits. <a")
    (cms / "shift_hcal_layout.py").write_text(shift)
    (cms / "hcal-layouts.py").write_text(EXPERT.replace("Hcal/s", "Hcal/s2"))
    done = bring(cms, out, existing="replace")
    assert [(each.file, each.how) for each in done.written] == [
        ("layouts/10-ours.yaml", "replaced")
    ]
    assert done.instructions == 0  # what ours say stays, others say so
    assert "All digis, by us." in ours.read_text()
    plots = page_of(layout_of(out), "00 Summary").plots
    assert plots[0].instruction == "hcal/a"
    assert done.losses["empty place"] == 1
    assert not [each for each in validate(out, today=TODAY) if each.severity == "error"]
    plots = page_of(layout_of(out), "00 Summary (expert)").plots
    assert [each.path for each in plots] == ["Hcal/s2"]


def test_what_an_existing_layout_lacks_is_added(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    file = out / "layouts/Hcal.yaml"
    mine = file.read_text().replace("owner:", "# ours, kept\nowner:")
    file.write_text(mine)
    more = EXPERT + 'shown(dqmitems, "New/n", ["Hcal/n"])\n'
    (cms / "hcal-layouts.py").write_text(more.replace("Hcal/y", "Hcal/z"))
    (cms / "shift_hcal_layout.py").unlink()
    done = bring(cms, out, existing="merge")
    assert [(each.pages, each.plots, each.how) for each in done.written] == [
        (1, 2, "merged")
    ]
    now = file.read_text()
    added = [line for line in now.splitlines() if line not in mine.splitlines()]
    assert added == ["      - path: Hcal/z", "  - page: New/n", "      - path: Hcal/n"]
    assert "# ours, kept" in now
    assert bring(cms, out, existing="merge").changes == ()
    assert file.read_text() == now


def test_instructions_have_the_owner_of_their_layout(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    contacts = out / "instructions/contacts.yaml"
    roles = "  ecal-dqm: {title: Ecal}\n  us: {title: Us}\n"
    contacts.write_text(contacts.read_text() + roles)
    file = out / "layouts/Hcal.yaml"
    file.write_text(file.read_text().replace("owner: dqm-oncall", "owner: us"))
    (cms / "shift_hcal_layout.py").write_text(
        SHIFT.replace("Alone", "New").replace("Digis.", "Hits.")
        + SHIFT.replace("Hcal", "Ecal")
    )
    bring(cms, out, existing="merge")
    owners = {each.id: each.owner for each in read_site(out).instructions}
    assert (owners["hcal/d"], owners["hcal/d-2"]) == ("dqm-oncall", "us")
    assert {owners["ecal/a"], layout_of(out, "Ecal").owner} == {"ecal-dqm"}


def test_a_file_that_takes_nothing_more_stays(cms: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    file = out / "layouts/Hcal.yaml"
    file.write_text("layout: Hcal\npages: [{page: A, plots: [{path: Hcal/a}]}]\n")
    done = bring(cms, out, existing="merge")
    assert [each.layout for each in done.written] == ["Hcal-2"]
    assert done.losses["merge"] == 1
    assert "page: A" in file.read_text()


def test_plots_that_another_page_has_by_an_anchor_get_no_more(
    cms: Path, tmp_path: Path
) -> None:
    out = tmp_path / "site"
    bring(cms, out)
    file = out / "layouts/Hcal.yaml"
    text = (
        'layout: Hcal\npages:\n  - page: "New/n"\n    audience: expert\n'
        "    plots: &ours\n      - path: Hcal/a\n  - page: B\n    plots: *ours\n"
    )
    file.write_text(text)
    (cms / "shift_hcal_layout.py").unlink()
    more = 'shown(dqmitems, "New/n", ["Hcal/n"])\n'
    (cms / "hcal-layouts.py").write_text(EXPERT + more)
    done = bring(cms, out, existing="merge")
    assert [(each.layout, each.how) for each in done.written] == [("Hcal-2", "new")]
    said = [str(each) for each in done.details if each.kind == "merge"]
    assert len(said) == 1
    assert 'the page "B" would have other plots than before' in said[0]
    assert file.read_text() == text


def test_a_layout_that_is_too_large_is_said_and_the_rest_comes(
    cms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cms / "csc-layouts.py").write_text("dqmitems['CSC/x'] = DQMItem([['CSC/a']])\n")
    monkeypatch.setattr(module, "MAX_BYTES", 300)
    done = bring(cms, tmp_path / "site")
    assert [each.layout for each in done.written] == ["CSC"]
    assert (done.failed, done.losses["not written"], done.instructions) == (1, 1, 0)
    assert not list((tmp_path / "site").rglob("hcal*"))


def test_without_a_site_nothing_is_written(cms: Path) -> None:
    before = sorted(cms.parent.rglob("*"))
    done = bring(cms, None)
    assert [each.layout for each in done.written] == ["Hcal"]
    assert sorted(cms.parent.rglob("*")) == before
    assert total(done) == (
        "2 files: 16 layouts with 20 plots; 2 things not as they were"
    )


def test_odd_names_and_paths(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "dqmitems['site/Layouts/a\\u203ab'] = DQMItem([['/A//b/ ', 'A/b'], "
        f"['{'x' * 1999}']])\n"
        "dqmitems[''] = DQMItem([['A/{1..2}', 'A/{a,b}c\\\\d']])\n"
        "dqmitems['Tab\\tSign/x'] = DQMItem([['A/\\x00\\x1b[31m']])\n"
        "dqmitems['Wide/x'] = DQMItem([['A/%d' % i for i in range(9)]])\n"
    )
    done = bring(tmp_path, tmp_path / "site")
    assert set(done.losses) == {"path", "columns", "same plot twice"}
    assert validate(tmp_path / "site", today=TODAY) == ()
    assert [each.file for each in done.written] == [
        "layouts/CMS.yaml",
        "layouts/Tab-Sign.yaml",
        "layouts/Wide.yaml",
        "layouts/site-layout.yaml",
    ]
    found = read_site(tmp_path / "site")
    paths = {plot.path for page in found.layouts[0].pages for plot in page.plots}
    assert paths == {"A/{1..2}", "A/{a,b}c\\d"}


def test_names_that_fit_no_file_and_a_plot_a_hundred_times(tmp_path: Path) -> None:
    (tmp_path / "a<b>`_.py").write_text(
        f"dqmitems['00 Shift/{'x' * 999}/{'y' * 999}'] = DQMItem([['A/a'], ['A/b']])\n"
        "rows = list()\n"
        "for i in range(300): rows.append(['A/a'])\n"
        "dqmitems['Same/x'] = DQMItem(rows)\n"
    )
    done = bring(tmp_path, tmp_path / "site")
    assert done.failed == 0
    assert [(each.pages, each.plots) for each in done.written] == [(300, 300), (1, 2)]
    problems = validate(tmp_path / "site", today=TODAY)
    assert [each.code for each in problems] == ["no-phone"]


def test_files_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "qcg.json").write_text(
        json.dumps(
            {"name": "TPC", "tabs": [{"name": "main", "columns": 2, "objects": [
                {"name": "qc/TPC/MO/a", "x": 0, "y": 0, "w": 2, "h": 1,
                 "options": ["colz", "lcolor"]}]}]}
        )
    )  # fmt: skip
    out = tmp_path / "site"
    done = import_layouts([tmp_path / "qcg.json"], "qcg", out, today=TODAY)
    assert (done.layouts, done.cells, done.losses) == (1, 1, {"draw option": 1})
    (page,) = layout_of(out, "TPC").pages
    assert (page.page, page.columns, page.plots[0].span) == ("main", 2, (2, 1))
    assert not [each for each in validate(out, today=TODAY) if each.severity == "error"]
    gone = import_layouts([tmp_path / "gone.json"], "jsroot", None, today=TODAY)
    assert (gone.layouts, gone.failed) == (0, 1)


def test_a_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(ImportLayoutsError, match=r"no file \*\.py"):
        files_of([tmp_path], "cms")


@pytest.mark.slow
def test_hostile_files_beside_a_good_one(
    cms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    mark = tmp_path / "mark"
    (cms / "a.py").write_text(f"import os\nos.system('touch {mark}')\n")
    (cms / "b.py").write_text("x = " + "(" * 99_999)
    (cms / "c.py").write_bytes(b"#" * (MAX_BYTES + 1))
    (cms / "d.py").symlink_to("/dev/zero")
    done = bring(cms, tmp_path / "site")
    assert (done.files, done.layouts, done.failed) == (6, 16, 5)
    assert not mark.exists()
