"""What is drawn of graphs, stacks, polygons and cubes, live and from evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import FakeLink, FakeSource, a_map, line, quality
from engine.test_evidence import Rig, at_rest, made, reopened, request, same

from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.elements import defect_of
from dqmconsole.engine.loop import Loop
from dqmconsole.engine.pictures import cut_of, few_points, picture_of, summed
from dqmconsole.engine.tiles import compared
from dqmconsole.model.frame import Picture
from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Axis, Histogram, Scalar, read_only
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import Browse, Children, Open, WatchItem
from dqmconsole.model.projection import parse_cut, project
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.site.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.frame import Tile

OBJECTS = Path(__file__).parents[1] / "data" / "objects" / "objects.root"
NAMES = (
    "TGraphAsymmErrors0", "eff0", "eff4", "stack0", "multi1", "poly0", "cube0",
    "mean0", "plane0", "TList1", "TObjArray1",
)  # fmt: skip
PLOTS = tuple(Plot(f"Hcal/{name}") for name in NAMES)
KEYS = {name: f"Hcal › Any › Hcal/{name}" for name in NAMES}
SITE = Site(
    folder="/site",
    hash="one",
    settings=SiteSettings("CMS"),
    layouts=(Layout("Hcal", (Page("Any", PLOTS),)),),
    known=(
        KnownIssue(
            "a dead corner", "Hcal", ("Hcal/cube0",), "hcal", "2030-01-01",
            regions=(Region(x=(0.0, 0.5)),),
        ),
    ),
)  # fmt: skip


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Rig]:
    source = FakeSource()
    with DqmFile(OBJECTS) as file:
        held = {f"Hcal/{name}": file.element(name) for name in NAMES}
    good = {f"Hcal/{name}": (quality(name, 100),) for name in NAMES}
    source.snapshot(7, "Hcal", held, good, period=5.0, produced=1_795_000_000.0)
    link = FakeLink()
    loop = Loop(
        link,
        lambda _: SourceContext(source, tmp_path, reading=(SITE, {})),  # type: ignore[arg-type] # nor files
    )
    link.incoming.append(Open("fake", banner="DEMO"))
    rig = Rig(loop, link)
    rig.run()
    yield rig
    loop.close()


def picture(tile: Tile) -> Picture:
    assert tile.picture is not None
    return tile.picture


def item(name: str, **more: object) -> WatchItem:
    return WatchItem(KEYS[name], f"Hcal/{name}", 300, 200, **more)  # type: ignore[arg-type]


def shown(rig: Rig, name: str, **more: object) -> Picture:
    return picture(rig.watch(item(name, **more))[KEYS[name]])


def a_graph(x: list[float], y: list[float], name: str = "g") -> Graph:
    arrays = (read_only(np.array(x)), read_only(np.array(y)))
    return Graph(name, name, "TGraph", *arrays)


def test_a_graph_and_an_efficiency(live: Rig) -> None:
    found = shown(live, "TGraphAsymmErrors0")
    assert found.data is None
    assert found.whole
    (graph,) = found.graphs
    assert graph.root_class == "TGraphAsymmErrors"
    (graph,) = shown(live, "eff0").graphs
    assert graph.efficiency
    flat = shown(live, "eff4").data
    assert flat is not None
    assert flat.efficiency
    assert flat.dimension == 2


def test_a_stack_is_its_sum_and_its_parts(live: Rig) -> None:
    found = shown(live, "stack0")
    assert found.stacked
    assert found.data is not None
    total = sum(part.values() for part in found.overlays)
    np.testing.assert_array_equal(found.data.values(), total)


def test_collections_draw_what_they_can_and_name_the_rest(live: Rig) -> None:
    assert len(shown(live, "multi1").graphs) == 3
    found = shown(live, "TList1")
    assert found.graphs
    assert found.shown_of == "without TNamed note"


def test_a_collection_has_its_own_title_or_else_its_name() -> None:
    parts = (line("a", [1]), line("b", [2]))
    assert picture_of(Collection("l", "", "TList", parts), ()).title == "l"
    assert picture_of(Collection("s", "All", "THStack", parts, True), ()).title == "All"
    assert picture_of(a_graph([1], [2]), ()).title == ""


def test_evidence_keeps_the_title_of_a_multigraph(live: Rig, tmp_path: Path) -> None:
    title = shown(live, "multi1").title
    assert title not in ("", "multi1")
    path = tmp_path / "a.dqmevidence"
    made(live, request(path, *KEYS.values(), modes={}))
    kept = {each.tile.path: each.element for each in read_bundle(path).plots}
    multi = kept["Hcal/multi1"]
    assert isinstance(multi, Collection)
    assert multi.title == title


def test_polygons(live: Rig) -> None:
    found = shown(live, "poly0").polygons
    assert found is not None
    assert found.starts[-1] == len(found.x)


def test_a_cube_is_shown_by_the_cut_asked_for(live: Rig) -> None:
    with DqmFile(OBJECTS) as file:
        whole = file.element("cube0")
    assert isinstance(whole, Histogram)
    for text in ("", "xz", "z", "zy x=1:2"):
        found = shown(live, "cube0", cut=text)
        cut = parse_cut(text, 3)
        assert found.data is not None
        expected = project(whole, cut)
        np.testing.assert_array_equal(found.data.contents, expected.contents)
        assert "at" in found.shown_of
        # regions are said in x and y
        assert bool(found.known) is (cut.axes == "xy")
    flat = shown(live, "plane0", cut="x y=2:3")
    assert flat.data is not None
    assert flat.data.dimension == 1
    assert flat.shown_of.startswith("x at y ")
    assert shown(live, "plane0").shown_of == ""


def test_a_cut_that_is_none_shows_the_whole_and_says_so(live: Rig) -> None:
    tile = live.watch(item("cube0", cut="qq"))[KEYS["cube0"]]
    assert picture(tile).data is not None
    assert "x–y at all z (not 'qq': " in picture(tile).shown_of
    assert tile.verdict.status is not Status.FAILED
    found = shown(live, "plane0", cut="x y=2:99")
    assert found.data is not None
    assert found.data.dimension == 2
    assert "y has" in found.shown_of


@pytest.mark.parametrize("name", NAMES)
def test_evidence_shows_the_same(live: Rig, tmp_path: Path, name: str) -> None:
    tiles = live.watch(item(name))
    made(live, request(tmp_path / "a.dqmevidence", KEYS[name], modes={}))
    again = reopened(tmp_path / "a.dqmevidence")
    again.run()
    found = again.watch(item(name))
    assert same(at_rest(found[KEYS[name]]), at_rest(tiles[KEYS[name]]))
    for text in ("z", "xz", "x"):
        cut = {"cut": text}
        one, other = shown(live, name, **cut), shown(again, name, **cut)
        if "not '" not in one.shown_of:
            assert same(one, other), text
    again.loop.close()


def test_evidence_keeps_the_element_and_lists_its_class(
    live: Rig, tmp_path: Path
) -> None:
    path = tmp_path / "a.dqmevidence"
    made(live, request(path, *KEYS.values(), modes={}))
    kept = {each.tile.path: each.element for each in read_bundle(path).plots}
    with DqmFile(OBJECTS) as file:
        whole = {name: file.element(name) for name in NAMES}
    for name in ("TGraphAsymmErrors0", "eff0", "eff4", "poly0", "cube0", "mean0"):
        one, other = kept[f"Hcal/{name}"], whole[name]
        assert type(one) is type(other), name
        assert same(one, other), name
    stack = kept["Hcal/stack0"]
    assert isinstance(stack, Collection)
    assert stack.stacked
    again = reopened(path)
    again.run()
    (listed,) = [e for e in again.say(Browse(3, "Hcal")) if isinstance(e, Children)]
    kinds = {each.path: each.kind for each in listed.items}
    assert kinds["Hcal/cube0"] == "TH3F"
    assert kinds["Hcal/poly0"] == "TH2Poly"
    assert kinds["Hcal/eff0"] == "TEfficiency"
    again.loop.close()


# -- alone ---------------------------------------------------------------------------


def test_nothing_to_draw_is_said() -> None:
    found = picture_of(Collection("l", "", "TList", refused=("TF1 fit",) * 5), ())
    words = "TList, nothing of it is drawn: TF1 fit, TF1 fit, TF1 fit and 2 more"
    assert found.text == words
    assert picture_of(Collection("l", "", "TList"), ()).text.endswith("it is empty")
    assert picture_of(Scalar("s", 4), ()).text == "4"


def test_maps_and_stacks_of_other_bins_are_not_piled_up() -> None:
    flat = a_map("m", [[1, 2], [3, 4]])
    held = Collection("s", "", "THStack", (line("a", [1]), line("b", [1, 2])), True)
    found = picture_of(held, ())
    assert not found.stacked
    assert [each.name for each in found.overlays] == ["b"]
    found = picture_of(Collection("l", "", "TList", (flat, line("a", [1]))), ())
    assert found.data is flat
    assert found.shown_of == "without TH1F a"


def test_overlays_that_are_graphs_are_drawn_with_a_graph() -> None:
    one, two = a_graph([1], [2]), a_graph([3], [4])
    assert picture_of(one, (two, None, line("h", [1]))).graphs == (one, two)


def test_many_points_are_reduced_for_a_tile_but_not_for_evidence() -> None:
    many = a_graph(list(range(50_000)), [0.0] * 50_000)
    before = Picture(data=None, graphs=(many,))
    found = few_points(before, WatchItem("k", "p", 300, 200))
    assert len(found.graphs[0].x) <= 4000
    assert not found.whole
    assert few_points(before, WatchItem("k", "p", 0, 0, whole=True)) is before
    assert few_points(before, WatchItem("k", "p", 300, 200, whole=True)) is before


def test_polygons_of_too_many_corners_are_refused_in_words() -> None:
    count = 2_000_001
    numbers = read_only(np.zeros(count))
    huge = Polygons(
        "p", "", "TH2Poly", read_only(np.array([0, count])),
        read_only(np.zeros(1, np.int64)), numbers, numbers, read_only(np.ones(1)),
    )  # fmt: skip
    assert picture_of(huge, ()).text == (
        "1 bins with 2,000,001 corners: too many to draw"
    )


def test_what_is_no_number_is_counted() -> None:
    nan = float("nan")
    assert defect_of(a_graph([1, 2], [3, 4])) == ""
    assert defect_of(a_graph([1, nan], [3, 4])).startswith("1 point holds no number")
    bent = msgspec.structs.replace(
        a_graph([1, 2], [3, 4]), y_errors=(np.array([nan, 1.0]), np.array([nan, nan]))
    )
    assert defect_of(bent).startswith("2 points hold no number")
    held = Collection("l", "", "TList", (line("a", [1]), line("b", [nan])))
    assert defect_of(held) == "in b, 1 bin holds no number (NaN or infinite)"


def test_a_histogram_of_millions_of_bins_is_drawn_with_fewer(tmp_path: Path) -> None:
    bins = 3_000_000
    cells = read_only(np.ones(bins + 2, np.float32))
    wide = Histogram("wide", "", "TH1F", (Axis(bins, 0.0, 3.0),), cells)
    source = FakeSource()
    source.snapshot(7, "Hcal", {"Hcal/wide": wide}, {}, produced=1_795_000_000.0)
    link = FakeLink()
    loop = Loop(
        link,
        lambda _: SourceContext(source, tmp_path, reading=(SITE, {})),  # type: ignore[arg-type] # nor files
    )
    link.incoming.append(Open("fake"))
    rig = Rig(loop, link)
    rig.run()
    for whole, left in ((False, 20_000), (True, 100_000)):
        item = WatchItem("Hcal/wide", "Hcal/wide", 9, 9, whole=whole)
        found = picture(rig.watch(item)["Hcal/wide"])
        assert found.data is not None
        assert found.data.axes[0].bins == left
        assert found.data.contents.sum() == bins + 2
        assert not found.whole
        assert found.shown_of == f"bins summed {bins // left}:1"
    loop.close()


def test_summed_data_are_compared_with_as_many_bins_of_the_reference() -> None:
    bins = 50_000
    made = line("wide", [4.0] * bins)
    before = Picture(
        made, reference=line("wide", [2.0] * bins), overlays=(made,), shown_of="all y"
    )
    few = summed(before, WatchItem("k", "p", 300, 200))
    assert few.shown_of == "all y, bins summed 3:1"
    found = compared(few, "ratio", 1.0).comparison
    assert found is not None
    assert len(found.values) == len(few.overlays[0].values()) == 16_667
    assert set(found.values.tolist()) == {2.0}
    assert summed(before, WatchItem("k", "p", 300, 200, whole=True)) is before
    assert summed(before, WatchItem("k", "p", 0, 0, whole=True)) is before


def test_the_cut_of_a_line_is_the_line() -> None:
    cut, words = cut_of(line("a", [1, 2]), "")
    assert cut is None
    assert words == ""
