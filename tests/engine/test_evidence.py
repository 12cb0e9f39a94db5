"""Evidence taken from an engine, and shown again where nothing else is."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import PATHS, FakeLink, FakeSource, a_map, line, quality
from engine.test_loop import facts, frames

from dqmconsole.engine import bundling, loop
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.loop import Loop
from dqmconsole.model.frame import NoticeFact, RollupFact, VerdictFact
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.layout import Layout, Page, Plot, ReferenceDraw
from dqmconsole.model.message import (
    Browse,
    Children,
    EvidenceMade,
    Found,
    Hello,
    MakeEvidence,
    Open,
    PastVerdict,
    Ping,
    Problems,
    Receipt,
    Search,
    SiteMessage,
    Watch,
    WatchItem,
)
from dqmconsole.model.record import Versions
from dqmconsole.model.reference import ByHand, ReferenceRule
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.file import RootFile
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from dqmconsole.model.frame import Tile
    from dqmconsole.site.bundle import WrittenBundle
    from dqmconsole.site.evidence import Bundle

OCC, MAP, GONE = "Hcal/Digi/Occupancy", "Hcal/Digi/Map", "Hcal/Digi/Gone"
TEXT, OVER, LOOSE = "Hcal/Info/state", "Hcal/Digi/Over", "Hcal/Raw/Size"
PLOTS = (
    Plot(OCC, overlay=(OVER,), reference=ReferenceDraw("ratio", "events")),
    Plot(MAP, reference=ReferenceDraw("difference", "events")),
    Plot(TEXT),
    Plot(GONE),
)
KEYS = tuple(f"Hcal › Digi › {plot.path}" for plot in PLOTS)
RULE = ReferenceRule("hcal", "2026-11-01", "quiet", file="reference.root")
SITE = Site(
    folder="/site",
    hash="one",
    settings=SiteSettings(
        "CMS",
        database="postgresql://desk/book",
        run_types={"pp_run": "collisions"},
        conditions=msgspec.structs.replace(PATHS, run_type="Info/type"),
    ),
    layouts=(
        Layout("Hcal", (Page("Digi", PLOTS, columns=2), Page("Other", (Plot(OCC),)))),
        Layout("DT", (Page("All", (Plot("DT/All"),)),)),
    ),
    references=(RULE,),
    known=(
        KnownIssue(
            "two dead rows", "Hcal", (MAP,), "hcal-dqm", "2030-01-01",
            regions=(Region(x=(1.0, 2.0)),),
        ),
        KnownIssue("elsewhere", "DT", ("DT/*",), "dt-dqm", "2030-01-01"),
    ),
)  # fmt: skip


class Rig:
    """A loop on whatever it is asked to open, driven by hand."""

    def __init__(self, loop: Loop, link: FakeLink) -> None:
        self.loop, self.link = loop, link
        self.now = 1_795_000_000.0

    def run(self, seconds: float = 0.6) -> list[object]:
        before = len(self.link.sent)
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            self.loop.step(self.now)
        return self.link.sent[before:]

    def say(self, message: object) -> list[object]:
        self.link.incoming.append(message)
        return self.run()

    def watch(self, *items: WatchItem) -> dict[str, Tile]:
        sent = self.say(Watch(items))
        return {tile.key: tile for frame in frames(sent) for tile in frame.tiles}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "site"
    (folder / "layouts").mkdir(parents=True)
    rng = np.random.default_rng(1)
    cells = rng.poisson(50, (100, 60))
    write_dqm(
        folder / "layouts" / "reference.root",
        3,
        {
            "Hcal/Digi": [line("Occupancy", [4, 5, 6]), a_map("Map", cells * 2)],
            "Hcal/EventInfo": [Scalar("processedEvents", 500)],
        },
    )
    source = FakeSource()
    source.snapshot(
        7,
        "Hcal",
        {
            OCC: line("Occupancy", [1, 2, 3]),
            OVER: line("Over", [2, 2, 2]),
            MAP: a_map("Map", cells),
            TEXT: Scalar("state", "ready"),
            LOOSE: line("Size", [7]),
            "Hcal/EventInfo/processedEvents": Scalar("processedEvents", 1000),
        },
        {OCC: (quality("Occupancy", 300, 0.2, "a hole"),)},
        period=5.0,
        produced=1_795_000_000.0,
    )
    source.snapshot(7, "Info", {"Info/type": Scalar("type", "pp_run")})
    site = msgspec.structs.replace(SITE, folder=str(folder))
    link = FakeLink()
    loop = Loop(link, lambda _: SourceContext(source, folder, reading=(site, {})))  # type: ignore[arg-type]
    link.incoming.append(Open("fake", banner="DEMO"))
    rig = Rig(loop, link)
    rig.run()
    yield rig
    loop.close()


def request(path: Path, *keys: str, **more: object) -> MakeEvidence:
    base: dict[str, object] = {
        "request": 5,
        "target": str(path),
        "title": "A hole",
        "page": "Hcal/Digi",
        "keys": keys or KEYS,
        "picture": b"\x89PNG not really",
        "words": "looks like a board",
        "by": "A. Shifter",
    }
    return MakeEvidence(**(base | more))  # type: ignore[arg-type]


def made(rig: Rig, wanted: MakeEvidence) -> EvidenceMade:
    (answer,) = [each for each in rig.say(wanted) if isinstance(each, EvidenceMade)]
    return answer


def reopened(path: Path) -> Rig:
    link = FakeLink()
    link.incoming.append(Open(str(path)))
    return Rig(Loop(link), link)


def same(one: object, other: object) -> bool:
    """Bit by bit, arrays, their types and all."""
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and one.shape == other.shape
            and np.ascontiguousarray(one).tobytes()
            == np.ascontiguousarray(other).tobytes()
        )
    if isinstance(one, msgspec.Struct):
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name))
            for name in one.__struct_fields__
        )
    if isinstance(one, tuple):
        return (
            isinstance(other, tuple)
            and len(one) == len(other)
            and all(map(same, one, other))
        )
    return one == other


def at_rest(tile: Tile) -> Tile:
    """The tile without what is the link's: its number and when it turns stale.

    And without what the verdict was measured against, which bundles do not keep.
    """
    picture = tile.picture
    if picture is not None:
        picture = msgspec.structs.replace(picture, expected=None)
    return msgspec.structs.replace(tile, picture=picture, version=0, stale_after=None)


def items(**more: object) -> tuple[WatchItem, ...]:
    return tuple(
        WatchItem(key, plot.path, 40, 30, **more)  # type: ignore[arg-type]
        for key, plot in zip(KEYS, PLOTS, strict=True)
    )


@pytest.mark.parametrize("mode", [None, "overlay", "ratio", "none", "side-by-side"])
@pytest.mark.parametrize("whole", [False, True])
def test_every_tile_is_what_it_was_in_every_mode(
    live: Rig, tmp_path: Path, mode: str | None, whole: bool
) -> None:
    other = tmp_path / "other.root"
    write_dqm(other, 5, {"Hcal/Digi": [line("Occupancy", [1, 3, 5])]})
    beside = (ByHand(file=str(other)), ByHand(run=99))
    live.watch(*items(beside=beside))
    made(live, request(tmp_path / "a.dqmevidence"))
    shown = live.watch(*items(mode=mode, whole=whole, beside=beside))
    again = reopened(tmp_path / "a.dqmevidence")
    again.run()
    found = again.watch(*items(mode=mode, whole=whole))
    drawn = found[KEYS[0]].picture
    assert drawn is not None
    assert [each.histogram is not None for each in drawn.beside] == (
        [] if mode == "none" else [True, False]
    )
    assert set(found) == set(shown) == set(KEYS)
    for key in KEYS:
        assert same(at_rest(found[key]), at_rest(shown[key])), key
    assert found[KEYS[0]].verdict.status is Status.BAD
    assert found[KEYS[1]].picture.known  # type: ignore[union-attr]
    assert found[KEYS[2]].picture.text == "ready"  # type: ignore[union-attr]
    assert found[KEYS[3]].verdict.status is Status.MISSING


def test_the_modes_of_the_view_become_the_layouts(live: Rig, tmp_path: Path) -> None:
    modes = {KEYS[0]: "none", KEYS[1]: "ratio"}
    watched = [
        WatchItem(key, plot.path, 40, 30, modes.get(key))  # type: ignore[arg-type]
        for key, plot in zip(KEYS, PLOTS, strict=True)
    ]
    shown = live.watch(*watched)
    made(live, request(tmp_path / "a.dqmevidence", modes=modes))
    again = reopened(tmp_path / "a.dqmevidence")
    again.run()
    found = again.watch(*items())
    for key in KEYS:
        assert same(at_rest(found[key]), at_rest(shown[key])), key
    # and what the view hid is there all the same
    (item,) = [item for item in items(mode="ratio") if item.key == KEYS[0]]
    assert same(at_rest(again.watch(item)[KEYS[0]]), at_rest(live.watch(item)[KEYS[0]]))


def test_all_else_is_as_it_was(live: Rig, tmp_path: Path) -> None:
    before = frames(live.link.sent)[-1].run
    assert live.watch(*items())[KEYS[0]].stale_after is not None
    history = (PastVerdict(1.0, KEYS[0], 7, Verdict(Status.GOOD, "fine")),)
    versions = Versions("0.2", "one", 4, "hcal/digi@2")
    wanted = request(tmp_path / "a.dqmevidence", history=history, versions=versions)
    answer = made(live, wanted)
    assert answer.size == (tmp_path / "a.dqmevidence").stat().st_size
    again = reopened(tmp_path / "a.dqmevidence")
    sent = again.run()
    hello, site = sent[:2]
    assert isinstance(hello, Hello)
    assert hello.banner == "EVIDENCE DEMO"  # what was simulated stays so
    assert hello.moment == pytest.approx(live.now, abs=1.0)
    assert isinstance(site, SiteMessage)
    (layout,) = site.site.layouts
    assert [page.page for page in layout.pages] == ["Digi"]
    assert layout.pages[0].columns == 2
    assert [plot.path for plot in layout.pages[0].plots] == [p.path for p in PLOTS]
    assert [each.problem for each in site.site.known] == ["two dead rows"]
    assert site.site.settings.database == ""  # nobody else's business
    assert site.site.folder == ""
    assert frames(sent)[-1].run == before
    assert before.run == 7
    assert {fact.key for fact in facts(sent, VerdictFact)} == set(KEYS)  # type: ignore[attr-defined]
    rolled = {fact.name: fact.rollup for fact in facts(sent, RollupFact)}  # type: ignore[attr-defined]
    assert rolled["Hcal › Digi"].status is rolled["Hcal"].status is Status.BAD
    (notice,) = facts(sent, NoticeFact)
    assert "looks like a board" in notice.sentence  # type: ignore[attr-defined]
    manifest = read_bundle(tmp_path / "a.dqmevidence").manifest
    assert (manifest.history, manifest.versions) == (history, versions)
    # a day later nothing has turned stale
    again.now += 86_400
    sent = again.run(2.0)
    assert frames(sent)
    assert not facts(sent, VerdictFact)
    tiles = again.watch(*items())
    assert all(tile.stale_after is None for tile in tiles.values())
    assert tiles[KEYS[0]].verdict.status is Status.BAD


def test_it_can_be_searched_and_browsed(live: Rig, tmp_path: Path) -> None:
    made(live, request(tmp_path / "a.dqmevidence"))
    again = reopened(tmp_path / "a.dqmevidence")
    again.run()
    (found,) = [e for e in again.say(Search(1, "occ")) if isinstance(e, Found)]
    assert [item.path for item in found.items] == [OCC]
    (listed,) = [e for e in again.say(Browse(2, "")) if isinstance(e, Children)]
    assert listed.folders == ("Hcal",)
    (listed,) = [
        e for e in again.say(Browse(3, "Hcal/Digi")) if isinstance(e, Children)
    ]
    assert [item.path for item in listed.items] == [MAP, OCC, OVER]
    # the navigator asks for the bare path
    tile = again.watch(WatchItem(OCC, OCC, 40, 30))[OCC]
    assert tile.verdict.status is Status.BAD
    nowhere = again.watch(WatchItem("DT/x", "DT/x", 40, 30))["DT/x"]
    assert nowhere.verdict.sentence == "not in this evidence bundle"


def test_a_plot_that_is_on_no_page(live: Rig, tmp_path: Path) -> None:
    shown = live.watch(WatchItem(LOOSE, LOOSE, 40, 30))[LOOSE]
    made(live, request(tmp_path / "a.dqmevidence", LOOSE, page=""))
    again = reopened(tmp_path / "a.dqmevidence")
    (site,) = [each.site for each in again.run() if isinstance(each, SiteMessage)]
    assert [layout.layout for layout in site.layouts] == ["Evidence"]
    found = again.watch(
        WatchItem(LOOSE, LOOSE, 40, 30),
        WatchItem(f"Evidence › Plots › {LOOSE}", LOOSE, 40, 30),
    )
    assert len(found) == 2
    assert same(at_rest(found[LOOSE]), at_rest(shown))


def test_the_plain_files_are_for_other_tools(live: Rig, tmp_path: Path) -> None:
    made(live, request(tmp_path / "a.dqmevidence"))
    with zipfile.ZipFile(tmp_path / "a.dqmevidence") as archive:
        archive.extractall(tmp_path / "out")
    data = DqmFile(tmp_path / "out" / "data.root")
    assert data.run == 7
    occupancy = data.element(OCC)
    assert isinstance(occupancy, Histogram)
    assert occupancy.values().tolist() == [1, 2, 3]
    assert data.element(TEXT) == Scalar("state", "ready")
    digi = data.folder("Hcal/Digi")
    assert digi is not None
    assert digi.qualities["Occupancy"][0].message == "a hole"
    data.close()
    with RootFile(tmp_path / "out" / "data.root") as file:
        place = dict(file.walk(file.root))
        key = place["Reference/Run 3/Hcal/Digi"].objects["Occupancy"]
        plain = file.read(key)
    assert isinstance(plain, Histogram)
    assert plain.values().tolist() == [4, 5, 6]  # unscaled
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    tiles = [each["plot"]["tile"] for each in manifest["plots"]]
    assert [each["key"] for each in tiles] == list(KEYS)
    assert tiles[0]["verdict"]["status"] == "BAD"
    assert manifest["plots"][0]["plot"]["note"]["scale"] == 2.0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "data.root",
        "manifest.json",
        "picture.png",
    ]


def test_a_target_that_cannot_be_written_is_refused_in_words(
    live: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    del caplog
    for target, word in (
        (tmp_path / "nowhere" / "a.dqmevidence", "No such file"),
        (tmp_path / "a.zip", "does not end in .dqmevidence"),
    ):
        sent = live.say(request(target))
        (refused,) = [each for each in sent if isinstance(each, Receipt)]
        assert (refused.request, refused.done) == (5, False)
        assert word in refused.sentence
        assert not target.exists()
    sent = live.say(request(tmp_path / "a.dqmevidence", keys=()))
    (refused,) = [each for each in sent if isinstance(each, Receipt)]
    assert "no plot is in view" in refused.sentence
    assert frames(live.run(1.0))  # it lives


def test_a_large_page_is_taken_piece_by_piece(
    live: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(live, request(tmp_path / "a.dqmevidence"))
    monkeypatch.setattr(bundling, "_PIECE", 1)
    before = live.link.sent[:]
    made(live, request(tmp_path / "b.dqmevidence"))
    one, other = (read_bundle(tmp_path / f"{name}.dqmevidence") for name in "ab")
    assert [at_rest(kept.tile).key for kept in other.plots] == list(KEYS)
    for kept, again in zip(one.plots, other.plots, strict=True):
        assert same(at_rest(kept.tile), at_rest(again.tile))
    assert frames(live.link.sent[len(before) :])  # it went on speaking


def test_what_is_too_much_is_refused_in_words(
    live: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "LARGEST_MEMBER", 40_000)
    sent = live.say(request(tmp_path / "a.dqmevidence"))
    (refused,) = [each for each in sent if isinstance(each, Receipt)]
    assert refused.sentence.startswith("no evidence made: its bins have more than")
    assert "the first 1 of 4 fit" in refused.sentence
    assert not [path for path in tmp_path.iterdir() if "dqmevidence" in path.name]


def test_evidence_of_evidence_is_refused(live: Rig, tmp_path: Path) -> None:
    made(live, request(tmp_path / "a.dqmevidence"))
    again = reopened(tmp_path / "a.dqmevidence")
    again.run()
    sent = again.say(request(tmp_path / "b.dqmevidence"))
    (refused,) = [each for each in sent if isinstance(each, Receipt)]
    assert "copy its file" in refused.sentence


def test_half_a_bundle_is_given_up_when_another_source_is_opened(
    live: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bundling.writing

    def for_ever(path: Path, bundle: Bundle) -> Generator[None, None, WrittenBundle]:
        steps = real(path, bundle)
        try:
            next(steps)
            while True:
                yield
        finally:
            steps.close()

    monkeypatch.setattr(bundling, "writing", for_ever)
    target = tmp_path / "a.dqmevidence"
    live.link.incoming.append(request(target))
    live.loop.step(live.now)
    assert [path for path in tmp_path.iterdir() if "dqmevidence" in path.name]
    live.loop.close()
    assert not [path for path in tmp_path.iterdir() if "dqmevidence" in path.name]


@pytest.mark.parametrize("damage", ["cut", "empty", "alien"])
def test_a_broken_bundle_is_a_clear_message(
    live: Rig, tmp_path: Path, damage: str
) -> None:
    target = tmp_path / "a.dqmevidence"
    made(live, request(target))
    whole = target.read_bytes()
    target.write_bytes({"cut": whole[:-900], "empty": b"", "alien": b"root"}[damage])
    sent = reopened(target).run()
    (problems,) = [each for each in sent if isinstance(each, Problems)]
    assert "evidence bundle" in problems.problems[0].message
    assert str(target) in problems.problems[0].message


def test_no_bundle_there(tmp_path: Path) -> None:
    sent = reopened(tmp_path / "a.dqmevidence").run()
    (problems,) = [each for each in sent if isinstance(each, Problems)]
    assert "there is no such file" in problems.problems[0].message


def test_a_bundle_that_is_refused_is_read_again_only_when_it_changed(
    live: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.dqmevidence"
    made(live, request(path))
    good = path.read_bytes()
    path.write_bytes(b"no bundle")
    opened: list[str] = []
    real = loop.open_source

    def counted(text: str) -> object:
        opened.append(text)
        return real(text)

    monkeypatch.setattr(loop, "open_source", counted)
    again = reopened(path)
    sent = again.run(8.0)
    assert len(opened) == 1
    (problems,) = [each for each in sent if isinstance(each, Problems)]
    assert "no evidence bundle" in problems.problems[0].message
    assert frames(again.say(Ping(sent=0.0)))  # it lives, and says so
    path.write_bytes(good)
    assert [each for each in again.run(5.0) if isinstance(each, SiteMessage)]
