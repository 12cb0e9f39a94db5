from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import psutil
import pytest
from engine.fakes import PATHS, FakeLink, FakeSource, a_map, line, quality

from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.loop import Loop
from dqmconsole.link.pending import Pending
from dqmconsole.model.alarm import Alarm
from dqmconsole.model.frame import (
    Expected,
    Frame,
    NoticeFact,
    OutageFact,
    ProblemsFact,
    ReferenceFact,
    RollupFact,
    RunFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.layout import Layout, Needs, Page, Plot, ReferenceDraw
from dqmconsole.model.message import (
    AskChainTest,
    Browse,
    Children,
    Export,
    Exported,
    Fit,
    Fitted,
    Found,
    Hello,
    Open,
    Override,
    Ping,
    Problems,
    Receipt,
    Search,
    SiteMessage,
    UseOverrides,
    UseReference,
    Watch,
    WatchItem,
)
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.run import Client, LumisectionClock, RunState
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import LastVerdict, Status
from dqmconsole.shift.mailbox import Mailbox
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OCC, TIME, MAP = "Hcal/Digi/Occupancy", "Hcal/Digi/Timing", "Hcal/Digi/Map"
DTS = "DT/Occupancy"
KEY = "Hcal › Digi › " + OCC
SETTINGS = SiteSettings(
    "CMS",
    run_types={"pp_run": "collisions"},
    conditions=msgspec.structs.replace(PATHS, run_type="Info/type"),
)
LAYOUTS = (
    Layout(
        "Hcal",
        (
            Page("Digi", (Plot(OCC), Plot(TIME), Plot(MAP, checks=()))),
            Page("Expert", (Plot("Hcal/Raw/Size"),), audience="expert"),
        ),
    ),
    Layout("DT", (Page("All", (Plot(DTS, run_types=("collisions",)),)),)),
)
EVENTS = "Hcal/EventInfo/processedEvents"


def a_site(**more: object) -> Site:
    base = {"folder": "/site", "hash": "one", "settings": SETTINGS, "layouts": LAYOUTS}
    return Site(**(base | more))  # type: ignore[arg-type]


class Bench:
    """A loop on a fake source, driven by hand."""

    def __init__(self, folder: Path, site: Site | None = None) -> None:
        self.source = FakeSource()
        self.link = FakeLink()
        self.folder = folder
        self.site = site or a_site()
        self.now = 1000.0
        self.ticks = 0.0
        self.per_tick = 0.0
        self.refused = ""
        self.loop = Loop(self.link, self._open, self._clock)
        self.link.incoming.append(Open("fake"))

    def _clock(self) -> float:
        self.ticks += self.per_tick
        return self.ticks

    def _open(self, request: Open) -> SourceContext:
        del request
        if self.refused:
            raise SourceError(self.refused)
        return SourceContext(
            self.source, self.folder, reading=(self.site, {}), clock=self._clock
        )

    def run(self, seconds: float = 0.6) -> list[object]:
        """Step until so much time has passed; what was sent meanwhile."""
        before = len(self.link.sent)
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            self.loop.step(self.now)
        return self.link.sent[before:]

    def say(self, message: object, seconds: float = 0.6) -> list[object]:
        self.link.incoming.append(message)
        return self.run(seconds)

    def watch(
        self, *paths: str, seconds: float = 0.6, **more: object
    ) -> dict[str, Tile]:
        items = tuple(
            WatchItem(f"Hcal › Digi › {path}", path, 40, 30, **more)  # type: ignore[arg-type]
            for path in paths
        )
        return tiles(self.say(Watch(items), seconds))


def frames(sent: list[object]) -> list[Frame]:
    return [message for message in sent if isinstance(message, Frame)]


def tiles(sent: list[object]) -> dict[str, Tile]:
    return {tile.path: tile for frame in frames(sent) for tile in frame.tiles}


def facts(sent: list[object], kind: type) -> list[object]:
    return [
        fact for frame in frames(sent) for fact in frame.facts if isinstance(fact, kind)
    ]


def verdicts(sent: list[object]) -> dict[str, Status]:
    return {fact.key: fact.verdict.status for fact in facts(sent, VerdictFact)}  # type: ignore[attr-defined]


def rollups(sent: list[object]) -> dict[str, tuple[Status, int, int, int]]:
    return {
        fact.name: (
            fact.rollup.status,
            fact.rollup.good,
            fact.rollup.judged,
            fact.rollup.total,
        )  # type: ignore[attr-defined]
        for fact in facts(sent, RollupFact)
    }


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def hcal(bench: Bench, run: int = 7, code: int = 100, **client: object) -> None:
    bench.source.snapshot(
        run,
        "Hcal",
        {
            OCC: line("Occupancy", [1, 2, 3]),
            TIME: line("Timing", [4, 5]),
            MAP: a_map("Map", np.full((100, 60), 50.0)),
            EVENTS: Scalar("processedEvents", 1000),
            "Hcal/Raw/Size": line("Size", [1]),
        },
        {OCC: (quality("Occupancy", code),)},
        **client,
    )


def test_it_says_hello_then_the_site_then_frames(bench: Bench) -> None:
    sent = bench.run(0.1)
    assert [type(message) for message in sent[:3]] == [Hello, SiteMessage, Frame]
    assert sent[1] == SiteMessage(bench.site)
    assert sent[2].site == "one"  # type: ignore[attr-defined]


def test_it_is_silent_before_it_is_asked_to_open(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.link.incoming = []
    assert bench.run(1.1) == []


def test_what_is_being_read_waits_and_is_drawn_when_it_is_there(bench: Bench) -> None:
    hcal(bench)
    bench.source.reading = {OCC, TIME}
    for path, tile in bench.watch(OCC, TIME).items():
        assert tile.picture is None, path
        assert tile.verdict.status is Status.WAITING
        assert tile.verdict.sentence == "is being read"
    bench.source.reading = set()
    sent = bench.run(3.0)
    found = tiles(sent)
    assert found[OCC].verdict.status is Status.GOOD
    assert found[TIME].verdict.status is Status.NOT_CHECKED
    assert all(found[path].picture is not None for path in (OCC, TIME))
    assert verdicts(sent)[KEY] is Status.GOOD


def test_what_could_not_be_read_apart_fails(bench: Bench) -> None:
    hcal(bench)
    bench.source.reading = {TIME}
    bench.watch(TIME)
    bench.source.reading = set()
    bench.source.broken = {TIME: "reading it took more than 5 s"}
    tile = tiles(bench.run(3.0))[TIME]
    assert tile.verdict.status is Status.FAILED
    assert "more than 5 s" in tile.verdict.sentence


def test_what_the_fits_of_a_layout_need_is_imported_before_anything_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[str] = []
    monkeypatch.setattr("dqmconsole.checks.table.import_module", imported.append)
    plots = (Plot(OCC), Plot(TIME, checks=({"fit": None},)))
    layouts = (Layout("Hcal", (Page("Digi", plots),)),)
    bench = Bench(tmp_path, a_site(layouts=layouts))
    bench.loop.step(bench.now)
    assert "scipy.optimize" in imported


def test_a_clock_that_is_set_back_holds_up_no_further_attempt_at_a_source(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    bench.refused = "no such source"
    bench.run(0.1)
    assert "no such source" in str(bench.link.sent)
    bench.now -= 900.0
    bench.refused = ""
    assert any(isinstance(each, SiteMessage) for each in bench.run(0.1))
    bench.now -= 60.0
    looked = []
    assert bench.loop._opened is not None
    bench.loop._opened.renew_site = lambda: looked.append(bench.now)  # type: ignore[assignment,func-returns-value,return-value]
    bench.run(0.1)
    assert looked
    bench.loop.close()


def test_heartbeats_and_no_more_than_ten_frames_a_second(bench: Bench) -> None:
    bench.run(1.0)
    quiet = frames(bench.run(4.0))
    assert 7 <= len(quiet) <= 9
    assert all(not frame.tiles and not frame.facts for frame in quiet)
    busy = 0
    for code in (100, 300) * 20:
        hcal(bench, code=code)
        busy += len(frames(bench.run(0.04)))
    assert busy <= 20  # in 1.6 s: ten with news a second, and heart-beats
    numbers = [frame.sequence for frame in frames(bench.link.sent)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_plot_is_judged_and_rolled_up(bench: Bench) -> None:
    sent = bench.run()
    assert set(verdicts(sent).values()) == {Status.WAITING}
    assert rollups(sent)["Hcal"] == (Status.WAITING, 0, 0, 3)
    hcal(bench)
    sent = bench.run()
    found = verdicts(sent)
    assert found[KEY] is Status.GOOD
    assert found["Hcal › Digi › " + TIME] is Status.NOT_CHECKED
    assert found["Hcal › Expert › Hcal/Raw/Size"] is Status.NOT_CHECKED
    assert rollups(sent)["Hcal"] == (Status.GOOD, 1, 1, 3)  # the expert's plot left out
    assert rollups(sent)["Hcal › Digi"] == (Status.GOOD, 1, 1, 3)
    assert "DT" not in rollups(sent)
    hcal(bench, code=300)
    sent = bench.run()
    assert verdicts(sent) == {KEY: Status.BAD}
    assert rollups(sent)["Hcal › Digi"] == (Status.BAD, 0, 1, 3)
    assert verdicts(bench.run(3.0)) == {}  # only changes are told


def test_since_is_the_lumisection_of_the_change(bench: Bench) -> None:
    hcal(bench, lumisection=10)
    bench.run()
    hcal(bench, lumisection=20)
    bench.run()
    hcal(bench, code=300, lumisection=30)
    (fact,) = facts(bench.run(), VerdictFact)
    assert fact.verdict.since == 30  # type: ignore[attr-defined]
    hcal(bench, code=300, lumisection=40)
    assert not facts(bench.run(), VerdictFact)


def test_a_watch_is_answered_at_once_and_again_each_time(bench: Bench) -> None:
    hcal(bench)
    bench.run()
    found = bench.watch(OCC, TIME, seconds=0.02)
    assert set(found) == {OCC, TIME}
    tile = found[OCC]
    assert tile.picture is not None
    assert tile.picture.data is not None
    assert tile.picture.data.values().tolist() == [1, 2, 3]
    assert tile.verdict.status is Status.GOOD
    assert (tile.run, tile.span, tile.banner) == (7, "LS 1–10", "")
    assert tile.produced == 100.0
    asked = len(bench.source.asked)
    assert set(bench.watch(OCC, TIME, seconds=0.02)) == {OCC, TIME}
    assert len(bench.source.asked) == asked  # from the store
    assert bench.run(3.0)
    assert not tiles(bench.run(2.0))  # nothing changed, nothing is sent


def test_tiles_follow_the_snapshots_with_growing_versions(bench: Bench) -> None:
    hcal(bench)
    first = bench.watch(OCC)[OCC]
    bench.source.snapshot(
        7, "Hcal", {OCC: line("Occupancy", [9, 9, 9])}, lumisection=11
    )
    second = tiles(bench.run())[OCC]
    assert second.version > first.version
    assert second.picture is not None
    assert second.picture.data is not None
    assert second.picture.data.values().tolist() == [9, 9, 9]
    assert second.span == "LS 1–11"


def test_only_what_is_watched_or_judged_is_touched(bench: Bench) -> None:
    hcal(bench)
    bench.source.snapshot(
        7, "Huge", {f"Huge/{at}/h": line("h", [1]) for at in range(50)}
    )
    bench.watch(OCC)
    huge = [path for path in bench.source.asked if path.startswith("Huge")]
    assert huge == ["Huge/EventInfo/runStartTimeStamp"]  # once, for the run header
    assert bench.source.listed == 0


def test_a_run_change(bench: Bench) -> None:
    hcal(bench)
    bench.source.snapshot(7, "DT", {DTS: line("Occupancy", [1])})
    bench.watch(OCC)
    bench.source.told = [RunFact(8, "Run 8 is running")]
    bench.source.snapshot(8, "DT", {DTS: line("Occupancy", [2])})
    sent = bench.run()
    assert facts(sent, RunFact) == [RunFact(8, "Run 8 is running")]
    found = verdicts(sent)
    assert found[KEY] is Status.WAITING
    assert found["DT › All › " + DTS] is Status.NOT_CHECKED
    tile = tiles(sent)[OCC]
    assert (tile.run, tile.verdict.status) == (7, Status.WAITING)
    assert tile.banner == "RUN 7 ENDED, waiting for the final file"
    assert tile.picture is not None  # the last good picture stays
    assert tile.stale_after is None
    # the final file of the old run
    bench.source.states[7] = RunState.FINAL
    hcal(bench, 7, state="waiting", lumisection=99)
    tile = tiles(bench.run())[OCC]
    assert (tile.run, tile.banner, tile.span) == (7, "RUN 7 FINAL", "LS 1–99")
    assert tile.verdict.status is Status.WAITING
    # the subsystem enters by itself
    hcal(bench, 8, lumisection=2)
    sent = bench.run()
    tile = tiles(sent)[OCC]
    assert (tile.run, tile.banner, tile.verdict.status) == (8, "", Status.GOOD)
    assert verdicts(sent)[KEY] is Status.GOOD
    # a late file of run 7 replaces nothing
    hcal(bench, 7, code=300)
    bench.source.served["Hcal"] = bench.source.served["DT"].__class__(
        "Hcal", 8, 2, "live", produced=100.0
    )
    sent = bench.run()
    assert not tiles(sent)
    assert not verdicts(sent)


def test_an_ended_run_keeps_its_verdicts(bench: Bench) -> None:
    hcal(bench, code=300)
    bench.watch(OCC)
    bench.source.states[7] = RunState.ENDED
    hcal(bench, code=300, state="ended")
    sent = bench.run()
    assert verdicts(sent) == {KEY: Status.BAD}  # nothing newer can come
    tile = tiles(sent)[OCC]
    assert tile.banner == "RUN 7 ENDED, waiting for the final file"
    assert tile.verdict.status is Status.BAD
    bench.source.states[7] = RunState.FINAL
    hcal(bench, code=100, state="final")
    tile = tiles(bench.run())[OCC]
    assert (tile.banner, tile.verdict.status) == ("RUN 7 FINAL", Status.GOOD)


def test_a_recording_is_judged_and_says_so(bench: Bench) -> None:
    hcal(bench)
    bench.watch(OCC)
    bench.source.states[7] = RunState.RECORDED
    bench.source.recorded = 100.0
    hcal(bench, state="recorded", period=1.0)
    sent = bench.run(3.0)
    tile = tiles(sent)[OCC]
    assert tile.banner == "RUN 7 RECORDED, without its final file"
    assert (tile.recorded, tile.stale_after) == (True, None)
    assert tile.verdict.status is Status.GOOD
    assert frames(sent)[-1].run.recorded == 100.0


@pytest.mark.parametrize(
    ("code", "status"),
    [(100, Status.FAILED), (300, Status.BAD), (90, Status.NOT_CHECKED)],
)
def test_one_of_two_producers_never_passes_for_the_whole(
    bench: Bench, code: int, status: Status
) -> None:
    hcal(bench, code=code)
    bench.watch(OCC)
    bench.source.shared[OCC] = 2
    client = bench.source.served["Hcal"]
    bench.source.served["Hcal"] = msgspec.structs.replace(client, producers=2)
    sent = bench.run(1.0)
    tile = tiles(sent)[OCC]
    said = "one of 2 producers: half the statistics may be missing"
    assert tile.banner == said
    assert tile.verdict.status is status
    assert (said in tile.verdict.sentence) == (status is Status.FAILED)
    if code == 100:
        assert rollups(sent)["Hcal"][0] is not Status.GOOD
    bench.source.shared.clear()
    bench.source.served["Hcal"] = client
    assert tiles(bench.run(1.0))[OCC].banner == ""


def test_stale_and_back(bench: Bench) -> None:
    hcal(bench)
    bench.watch(OCC)
    live = bench.source.served["Hcal"]
    bench.source.served["Hcal"] = type(live)("Hcal", 7, 10, "frozen", produced=100.0)
    sent = bench.run(1.0)
    assert verdicts(sent)[KEY] is Status.STALE
    assert tiles(sent)[OCC].verdict.status is Status.STALE
    assert tiles(sent)[OCC].picture is not None
    assert rollups(sent)["Hcal"][0] is Status.STALE
    bench.source.served["Hcal"] = live
    assert verdicts(bench.run(1.0))[KEY] is Status.GOOD


@pytest.mark.parametrize(("code", "since"), [(300, 30), (100, 80)])
def test_a_silence_leaves_since_when_a_plot_is_bad(
    bench: Bench, code: int, since: int
) -> None:
    hcal(bench, lumisection=10)
    bench.run()
    hcal(bench, code=300, lumisection=30)
    bench.run()
    silent = type(bench.source.served["Hcal"])("Hcal", 7, 70, "frozen", produced=100.0)
    bench.source.served["Hcal"] = silent
    assert verdicts(bench.run(1.0))[KEY] is Status.STALE
    hcal(bench, code=code, lumisection=80)
    told = facts(bench.run(1.0), VerdictFact)
    assert [fact.verdict.since for fact in told if fact.key == KEY] == [since]  # type: ignore[attr-defined]


def test_a_plot_that_stops_being_judged_keeps_its_last_verdict(bench: Bench) -> None:
    hcal(bench, code=300, lumisection=17, produced=1_795_000_020.0)
    bench.run()
    silent = type(bench.source.served["Hcal"])("Hcal", 7, 70, "frozen", produced=100.0)
    bench.source.served["Hcal"] = silent
    sent = bench.run(1.0)
    (stale,) = [
        fact.verdict
        for fact in facts(sent, VerdictFact)
        if isinstance(fact, VerdictFact) and fact.key == KEY
    ]
    assert stale.last == LastVerdict(Status.BAD, 7, 17, 1_795_000_020.0)
    assert stale.sentence.endswith("; last BAD since LS 17, 11:07 UTC")
    rolled = [
        fact.rollup
        for fact in facts(sent, RollupFact)
        if isinstance(fact, RollupFact) and fact.name == "Hcal"
    ]
    assert rolled[-1].counts[Status.STALE] >= 1
    hcal(bench, code=300, lumisection=80)
    (again,) = [
        fact.verdict
        for fact in facts(bench.run(1.0), VerdictFact)
        if isinstance(fact, VerdictFact) and fact.key == KEY
    ]
    assert (again.since, again.began, again.last) == (17, 1_795_000_020.0, None)
    assert "last" not in again.sentence


def test_a_silent_subsystem_is_told_like_a_bad_plot(bench: Bench) -> None:
    hcal(bench, lumisection=17)
    bench.source.snapshot(7, "L1T", {}, written=bench.now, period=1.0)
    bench.run()
    silent = Client("Hcal", 7, 17, "silent", written=bench.now - 99, period=2.0)
    bench.source.served["Hcal"] = silent
    (fact,) = facts(bench.run(1.0), OutageFact)
    assert isinstance(fact, OutageFact)
    assert (fact.subsystem, fact.state, fact.since) == ("Hcal", "silent", 17)
    assert not facts(bench.run(1.0), OutageFact)


def test_stale_after_of_the_layout_needs_no_event(tmp_path: Path) -> None:
    page = Page("Digi", (Plot(OCC, stale_after=5.0),))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (page,)),)))
    hcal(bench, produced=bench.now)
    assert verdicts(bench.run(4.0))[KEY] is Status.GOOD
    assert verdicts(bench.run(3.0)) == {KEY: Status.STALE}


def test_needs_follow_the_conditions(tmp_path: Path) -> None:
    plots = (Plot(OCC, run_types=("cosmics",)), Plot(TIME, needs=Needs(events=5000)))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),)))
    hcal(bench, events=10)
    found = verdicts(bench.run())
    assert found[KEY] is Status.GOOD  # the type is not known yet
    assert found["Hcal › Digi › " + TIME] is Status.NOT_APPLICABLE
    bench.source.snapshot(7, "Info", {"Info/type": Scalar("type", "pp_run")})
    sent = bench.run()
    assert verdicts(sent) == {KEY: Status.NOT_APPLICABLE}
    assert frames(sent)[-1].run.conditions.run_type == "collisions"
    hcal(bench, events=6000)
    assert verdicts(bench.run()) == {"Hcal › Digi › " + TIME: Status.NOT_CHECKED}


def test_a_person_overrides_what_the_detector_control_says(tmp_path: Path) -> None:
    plots = (Plot(OCC, needs=Needs(dcs=("HBHEa",))), Plot(TIME))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),)))
    hcal(bench)
    bench.run()

    def said(*overrides: Override, run: int = 7) -> tuple[Status, str]:
        bench.link.incoming.append(UseOverrides(run, overrides))
        told = [each for each in facts(bench.run(), VerdictFact)
                if isinstance(each, VerdictFact) and each.key == KEY]  # fmt: skip
        return told[-1].verdict.status, told[-1].verdict.sentence

    off = Override("HBHEa", False, "HBHEa taken as off by Ada: it hangs")
    status, words = said(off)
    assert status is Status.NOT_APPLICABLE
    assert words.startswith(f"HV off: HBHEa (by hand: {off.words})")
    on = Override("HBHEa", True, "HBHEa taken as on by Ada: the read-out works")
    status, words = said(on)
    assert status is Status.GOOD
    assert words.endswith(f"(by hand: {on.words})")
    status, words = said(off, run=6)  # of a run that is over
    assert status is Status.GOOD
    assert "by hand" not in words


def test_missing_is_a_problem_of_the_layout_once_per_plot(tmp_path: Path) -> None:
    plots = (Plot("Hcal/Digi/Ocupancy"), Plot(TIME, overlay=("Hcal/Digi/Tming",)))
    own = Problem("unknown key", "layouts/x.yaml", 3, 4)
    site = a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),), problems=(own,))
    bench = Bench(tmp_path, site)
    hcal(bench)
    sent = bench.run()
    found = facts(sent, ProblemsFact)
    problems = found[-1].problems  # type: ignore[attr-defined]
    assert problems[0] == own
    assert [problem.message for problem in problems[1:]] == [
        "not in this run: Hcal/Digi/Ocupancy; nearest is Hcal/Digi/Occupancy",
        "overlay not in this run: Hcal/Digi/Tming",
    ]
    assert {problem.kind for problem in problems} == {"layout"}
    hcal(bench)
    assert not facts(bench.run(), ProblemsFact)


def test_maps_are_reduced_to_the_tile_unless_whole(bench: Bench) -> None:
    hcal(bench)
    bench.run()
    picture = bench.watch(MAP)[MAP].picture
    assert picture is not None
    assert picture.data is not None
    assert not picture.whole
    assert [axis.bins for axis in picture.data.axes] == [34, 30]
    picture = bench.watch(MAP, whole=True)[MAP].picture
    assert picture is not None
    assert picture.data is not None
    assert picture.whole
    assert [axis.bins for axis in picture.data.axes] == [100, 60]


def reference_bench(tmp_path: Path) -> Bench:
    rules = (ReferenceRule("A", "2026-01-01", "good", run=5, subsystem="Hcal"),)
    bench = Bench(tmp_path, a_site(references=rules))
    hcal(bench, 5, code=100, state="final")
    bench.source.elements[5][EVENTS] = Scalar("processedEvents", 500)
    bench.source.snapshot(7, "Info", {"Info/type": Scalar("type", "pp_run")})
    hcal(bench, 7)
    bench.run()
    return bench


def test_a_reference_is_sent_once_per_watch_and_when_it_changes(tmp_path: Path) -> None:
    bench = reference_bench(tmp_path)
    tile = bench.watch(OCC)[OCC]
    assert tile.picture is not None
    assert tile.picture.reference_is_new
    assert tile.picture.reference is not None
    assert (tile.note.run, tile.note.normalize, tile.note.scale) == (5, "events", 2.0)
    bench.source.elements[7][OCC] = line("Occupancy", [2, 2, 2])
    hcal(bench, 7)
    tile = tiles(bench.run())[OCC]
    assert tile.picture is not None
    assert (tile.picture.reference_is_new, tile.picture.reference) == (False, None)
    tile = bench.watch(OCC)[OCC]
    assert tile.picture is not None
    assert tile.picture.reference_is_new
    # another reference: sent by itself
    bench.source.elements[5][OCC] = line("Occupancy", [8, 8, 8])
    bench.source.versions[(5, "Hcal")] += 1
    hcal(bench, 7)
    tile = tiles(bench.run())[OCC]
    assert tile.picture is not None
    assert tile.picture.reference_is_new
    # none any more
    del bench.source.elements[5][OCC]
    bench.source.versions[(5, "Hcal")] += 1
    hcal(bench, 7)
    tile = tiles(bench.run())[OCC]
    assert tile.picture is not None
    assert (tile.picture.reference_is_new, tile.picture.reference) == (True, None)
    assert tile.note.sentence == "not in the reference (run 5)"


def test_a_reference_arrives_though_a_newer_picture_overtakes_it(
    tmp_path: Path,
) -> None:
    bench = reference_bench(tmp_path)
    bench.watch(OCC)
    hcal(bench, 7)
    bench.run(0.02)  # news: what comes within a tenth of a second waits
    bench.source.elements[5][OCC] = line("Occupancy", [8, 8, 8])
    bench.source.versions[(5, "Hcal")] += 1
    hcal(bench, 7)
    sent = bench.run(0.02)
    hcal(bench, 7)
    sent += bench.run(0.2)
    outbox = Pending()
    for message in sent:
        outbox.put(message)
    pictures = [tile.picture for frame in frames(outbox.take()) for tile in frame.tiles]
    assert [each is not None and each.reference_is_new for each in pictures] == [True]


def test_a_reference_arrives_though_a_tile_without_a_picture_overtakes_it(
    tmp_path: Path,
) -> None:
    bench = reference_bench(tmp_path)
    sent = bench.say(Watch((WatchItem(KEY, OCC, 40, 30),)))
    bench.source.reading.add(OCC)
    hcal(bench, 7)
    sent += bench.run()
    bench.source.reading.clear()
    hcal(bench, 7)
    sent += bench.run(3.0)
    outbox, mailbox = Pending(), Mailbox()
    for message in sent:
        outbox.put(message)
    for frame in frames(outbox.take()):
        mailbox.put(frame)
    picture = mailbox.tiles[KEY].picture
    assert picture is not None
    assert (picture.data is not None, KEY in mailbox.references) == (True, True)


def test_ratio_of_a_map_is_computed_on_all_bins_then_reduced(tmp_path: Path) -> None:
    bench = reference_bench(tmp_path)
    values = np.full((100, 60), 100.0)
    values[10, 10] = 25.0
    bench.source.elements[7][MAP] = a_map("Map", values)
    bench.source.versions[(7, "Hcal")] += 1
    picture = bench.watch(MAP, mode="ratio")[MAP].picture
    assert picture is not None
    assert picture.comparison is not None
    assert picture.data is not None
    assert picture.comparison.values.shape == picture.data.values().shape
    # data 100 against 2 x 50; the dead-ish cell is not averaged away
    assert picture.comparison.values[3, 5] == pytest.approx(0.25)
    assert np.count_nonzero(picture.comparison.values != 1) == 1
    assert picture.reference is not None
    assert picture.reference.values().shape == picture.data.values().shape
    none = bench.watch(MAP, mode="none")[MAP]
    assert none.picture is not None
    assert (none.picture.reference, none.note.run) == (None, 0)


def test_overlay_mode_of_the_layout_and_known_regions(tmp_path: Path) -> None:
    region = Region(x=(0.0, 1.0))
    known = (
        KnownIssue("dead card", "Hcal", (OCC,), "hcal", "2030-01-01", (region,)),
        KnownIssue("gone", "Hcal", (OCC,), "hcal", "2030-01-01", last_run=6),
    )
    plot = Plot(OCC, overlay=(TIME,), reference=ReferenceDraw("difference", "none"))
    layouts = (Layout("Hcal", (Page("Digi", (plot,)),)),)
    rules = (ReferenceRule("A", "2026-01-01", "good", run=5),)
    bench = Bench(tmp_path, a_site(layouts=layouts, known=known, references=rules))
    hcal(bench, 5)
    bench.source.snapshot(7, "Info", {"Info/type": Scalar("type", "pp_run")})
    hcal(bench, 7)
    tile = bench.watch(OCC)[OCC]
    assert tile.verdict.known == 1
    assert tile.picture is not None
    assert tile.picture.known == (region,)
    assert [overlay.name for overlay in tile.picture.overlays] == ["Timing"]
    assert tile.picture.comparison is not None
    assert tile.picture.comparison.mode == "difference"
    assert tile.picture.comparison.values.tolist() == [0, 0, 0]


def test_any_element_can_be_watched_by_its_path(bench: Bench) -> None:
    hcal(bench)
    bench.run()
    items = tuple(
        WatchItem(path, path, 10, 10) for path in (OCC, EVENTS, "Hcal/No/Such")
    )
    sent = bench.say(Watch(items))
    found = tiles(sent)
    assert found[OCC].verdict.status is Status.GOOD
    assert found[EVENTS].picture is not None
    assert found[EVENTS].picture.text == "1000"
    assert found["Hcal/No/Such"].verdict.status is Status.MISSING
    assert found["Hcal/No/Such"].picture is None
    assert not facts(sent, VerdictFact)


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(bench: Bench) -> None:
    hcal(bench)
    bench.source.broken[OCC] = "a corrupt key"
    bench.source.broken[TIME] = "a corrupt key"
    found = bench.watch(OCC, TIME, MAP)
    assert found[OCC].verdict.status is Status.FAILED
    assert "a corrupt key" in found[OCC].verdict.sentence
    assert found[TIME].verdict.status is Status.FAILED
    assert found[MAP].picture is not None
    bench.source.broken["Hcal/Digi"] = "a corrupt list"
    hcal(bench)
    assert verdicts(bench.run())[KEY] is Status.STALE
    bench.source.broken.clear()
    assert verdicts(bench.run(2.0))[KEY] is Status.GOOD  # tried again by itself


def test_an_error_in_judging_one_plot_fails_that_plot(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    hcal(bench)
    bench.source.results[7][OCC] = ("no result",)  # type: ignore[assignment]

    with caplog.at_level(logging.CRITICAL):
        del bench.source.results[7][OCC]
        original = bench.source.folder

        def odd(run: int, path: str) -> object:
            if path == "Hcal/Raw":
                message = "a freak"
                raise TypeError(message)
            return original(run, path)

        bench.source.folder = odd  # type: ignore[method-assign, assignment]
        found = verdicts(bench.run())
    assert found["Hcal › Expert › Hcal/Raw/Size"] is Status.FAILED
    assert found[KEY] is Status.NOT_CHECKED


def test_nan_is_never_good(bench: Bench) -> None:
    hcal(bench)
    bench.source.elements[7][OCC] = line("Occupancy", [1, float("nan"), 3])
    tile = bench.watch(OCC)[OCC]
    assert tile.verdict.status is Status.FAILED
    assert "1 bin holds no number" in tile.verdict.sentence


def test_search_lists_once_and_answers(bench: Bench) -> None:
    hcal(bench)
    bench.run()
    (found,) = [m for m in bench.say(Search(4, "DIGI hcal")) if isinstance(m, Found)]
    assert {item.path for item in found.items} == {OCC, TIME, MAP}
    assert (found.request, found.run, found.total) == (4, 7, 3)
    (found,) = [m for m in bench.say(Search(5, "", 2)) if isinstance(m, Found)]
    assert (len(found.items), found.total) == (2, 5)
    assert bench.source.listed == 1
    hcal(bench, 8)
    bench.say(Search(6, "occ"))
    assert bench.source.listed == 2


def test_search_works_in_slices(bench: Bench) -> None:
    many = {f"Big/{at % 7}/h{at}": line("h", [1]) for at in range(3000)}
    bench.source.snapshot(7, "Big", many)
    bench.run()
    bench.per_tick = 0.006  # two looks at the clock fill a slice
    bench.link.incoming.append(Search(1, "h2999"))
    steps = 0
    while not any(isinstance(m, Found) for m in bench.link.sent):
        bench.now += 0.02
        bench.loop.step(bench.now)
        steps += 1
    assert steps > 5
    (found,) = [m for m in bench.link.sent if isinstance(m, Found)]
    assert [item.path for item in found.items] == ["Big/3/h2999"]


def test_judging_works_in_slices_and_tiles_go_first(tmp_path: Path) -> None:
    plots = tuple(Plot(f"Hcal/Digi/h{at}") for at in range(200))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),)))
    bench.source.snapshot(7, "Hcal", {plot.path: line("h", [1]) for plot in plots})
    bench.per_tick = 0.001
    bench.link.incoming.append(
        Watch((WatchItem("Hcal › Digi › Hcal/Digi/h150", "Hcal/Digi/h150", 9, 9),))
    )
    first = bench.run(0.04)
    assert len(tiles(first)) == 1
    assert len(verdicts(first)) < 20
    assert len(verdicts(bench.run(3.0))) > 150


def test_plots_side_by_side_are_judged_over_several_slices_of_one_snapshot(
    tmp_path: Path,
) -> None:
    paths = [f"Hcal/Digi/h{at}" for at in range(4)]
    page = Page("Digi", tuple(map(Plot, paths)))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (page,)),)))
    bench.run()

    def snapshot(code: int) -> None:
        qualities = {each: (quality("h", code),) for each in paths}
        bench.source.snapshot(
            7, "Hcal", {each: line("h", [1, 2]) for each in paths}, qualities
        )

    snapshot(200)
    bench.run()
    for begun, code, status in ((100, 300, Status.BAD), (300, 100, Status.GOOD)):
        snapshot(begun)
        bench.per_tick = 0.006  # two looks at the clock fill a slice
        before = len(bench.link.sent)
        for _ in range(2):
            bench.now += 0.02
            bench.loop.step(bench.now)
            assert bench.loop._opened is not None
            assert bench.loop._opened.pending == 4  # they were begun
        snapshot(code)  # while they are being judged
        bench.run()
        assert verdicts(bench.link.sent[before:]) == dict.fromkeys(
            (f"Hcal › Digi › {each}" for each in paths), status
        )
        bench.per_tick = 0.0


def test_a_picture_does_not_wait_for_facts_to_grow_old(bench: Bench) -> None:
    hcal(bench)
    bench.watch(OCC)
    bench.source.snapshot(7, "DT", {DTS: line("Occupancy", [1])})
    assert facts(bench.run(0.02), VerdictFact)
    hcal(bench, code=300)
    assert list(tiles(bench.run(0.02))) == [OCC]


def test_the_rest_of_a_page_follows_as_soon_as_it_is_drawn(tmp_path: Path) -> None:
    plots = tuple(Plot(f"Hcal/Digi/h{at}") for at in range(8))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),)))
    bench.source.snapshot(7, "Hcal", {plot.path: line("h", [1]) for plot in plots})
    bench.watch(*(plot.path for plot in plots))
    bench.source.snapshot(7, "Hcal", {plot.path: line("h", [2]) for plot in plots})
    bench.per_tick = 0.02  # one plot a slice, or a piece of judging some
    sent = bench.run(0.4)
    assert 1 < len(frames(sent)) < len(plots) == len(tiles(sent))


def test_browse(bench: Bench) -> None:
    hcal(bench)
    bench.run()
    (top,) = [m for m in bench.say(Browse(1, "")) if isinstance(m, Children)]
    assert (top.folders, top.items) == (("Hcal",), ())
    (digi,) = [m for m in bench.say(Browse(2, "Hcal/Digi")) if isinstance(m, Children)]
    assert [item.path for item in digi.items] == [MAP, OCC, TIME]
    assert [item.kind for item in digi.items] == ["TH2F", "TH1F", "TH1F"]
    (none,) = [m for m in bench.say(Browse(3, "No/Such")) if isinstance(m, Children)]
    assert (none.folders, none.items) == ((), ())


def test_a_changed_site_is_read_sent_and_judged(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hcal(bench)
    version = bench.watch(OCC)[OCC].version
    other = a_site(
        hash="two",
        layouts=(Layout("Hcal", (Page("Digi", (Plot(OCC, title="Other"),)),)),),
    )
    monkeypatch.setattr(
        "dqmconsole.engine.site_releases.read_working_copy", lambda *_: (other, {})
    )
    assert not [m for m in bench.run(2.0) if isinstance(m, SiteMessage)]
    (bench.folder / "layouts").mkdir()
    (bench.folder / "layouts" / "hcal.yaml").write_text("layout: Hcal\n")
    sent = bench.run(1.5)
    assert [m for m in sent if isinstance(m, SiteMessage)] == [SiteMessage(other)]
    assert verdicts(sent) == {KEY: Status.GOOD}  # all are told again
    assert tiles(sent)[OCC].version > version
    assert frames(sent)[-1].site == "two"


def test_a_site_read_again_leaves_since_when_a_plot_is_bad(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hcal(bench, lumisection=10)
    bench.run()
    hcal(bench, code=300, lumisection=30)
    bench.run()
    hcal(bench, code=300, lumisection=80)
    bench.run()
    other = a_site(hash="two", layouts=(Layout("Hcal", (Page("Digi", (Plot(OCC),)),)),))
    monkeypatch.setattr(
        "dqmconsole.engine.site_releases.read_working_copy", lambda *_: (other, {})
    )
    (bench.folder / "layouts").mkdir()
    (bench.folder / "layouts" / "hcal.yaml").write_text("layout: Hcal\n")
    (fact,) = facts(bench.run(1.5), VerdictFact)
    assert fact.verdict.since == 30  # type: ignore[attr-defined]
    hcal(bench, lumisection=90)
    (fact,) = facts(bench.run(), VerdictFact)
    assert fact.verdict.since == 90  # type: ignore[attr-defined]


def test_problems_of_the_source_and_the_notice(bench: Bench) -> None:
    bench.run()
    hangs = Problem("the folder does not answer", "/data", kind="source")
    broken = Problem("cut short", "/data/DQM_V0001_DT_R000000007.root", kind="source")
    bench.source.wrong = (hangs, broken)
    sent = bench.run()
    assert facts(sent, ProblemsFact) == [ProblemsFact("source", (hangs, broken))]
    assert facts(sent, NoticeFact) == [
        NoticeFact("folder", "/data: the folder does not answer", "bad"),
        NoticeFact("files", f"{broken.file}: cut short", "warning"),
    ]
    bench.source.wrong = ()
    sent = bench.run()
    assert facts(sent, NoticeFact) == [
        NoticeFact("folder", "", "info"),
        NoticeFact("files", "", "info"),
    ]


def test_a_source_that_cannot_be_opened_is_tried_again(bench: Bench) -> None:
    bench.refused = "no such file; did you mean x.root?"
    bench.link.incoming.append(Search(3, "x"))
    sent = bench.run(1.5)
    (problems,) = [m for m in sent if isinstance(m, Problems)]
    assert problems.problems[0].message == bench.refused
    assert Receipt(3, False, "no source is open") in sent
    assert [fact.name for fact in facts(sent, NoticeFact)] == ["source"]  # type: ignore[attr-defined]
    assert frames(sent)
    bench.refused = ""
    hcal(bench)
    sent = bench.run(3.0)
    assert [m for m in sent if isinstance(m, Hello)]
    assert NoticeFact("source", "", "info") in facts(sent, NoticeFact)
    assert verdicts(sent)[KEY] is Status.GOOD


def test_the_console_that_does_not_answer_is_told_of(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        bench.say(Ping(0.0), 2.0)
    assert not caplog.messages
    bench.run(12.5)
    assert caplog.messages == ["the console does not answer for 10 s"]
    bench.run(30.0)
    assert len(caplog.messages) == 1
    bench.say(Ping(0.0), 0.1)
    assert caplog.messages[1] == "the console answers again after 44 s"
    caplog.clear()  # they were expected
    for handler in caplog.records:
        assert handler.levelno < logging.WARNING


def test_an_engine_that_was_stopped_gives_the_console_its_time(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.say(Ping(0.0), 1.0)
    bench.now += 100.0
    bench.run(3.0)
    assert not caplog.messages


def test_a_source_that_fails_is_a_problem_and_no_end(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    hcal(bench)
    bench.watch(OCC)
    well = bench.source.poll

    def failing(now: float) -> bool:
        del now
        message = "Stale file handle"
        raise OSError(message)

    bench.source.poll = failing  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL):
        sent = bench.run(2.0)
    (fact,) = facts(sent, ProblemsFact)
    assert "the source fails: Stale file handle" in fact.problems[0].message  # type: ignore[attr-defined]
    assert frames(sent)
    bench.source.poll = well  # type: ignore[method-assign]
    hcal(bench, code=300)
    sent = bench.run()
    assert facts(sent, ProblemsFact) == [ProblemsFact("source", ())]
    assert verdicts(sent)[KEY] is Status.BAD


def test_what_a_source_had_grows_old_while_it_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page("Digi", (Plot(OCC, stale_after=60.0),))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (page,)),)))
    hcal(bench, produced=bench.now)
    assert verdicts(bench.run())[KEY] is Status.GOOD

    def failing(now: float) -> bool:
        del now
        message = "Stale file handle"
        raise OSError(message)

    bench.source.poll = failing  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL):
        sent = bench.run(70.0)
    assert verdicts(sent)[KEY] is Status.STALE


def test_closing_closes_the_source(bench: Bench) -> None:
    bench.run()
    bench.loop.close()
    assert bench.source.closed


def test_opening_another_source_closes_the_first(bench: Bench) -> None:
    bench.run()
    first = bench.source
    bench.source = FakeSource()
    hcal(bench)
    sent = bench.say(Open("other"))
    assert first.closed
    assert [type(m) for m in sent if not isinstance(m, Frame)] == [Hello, SiteMessage]
    assert verdicts(sent)[KEY] is Status.GOOD


def test_a_clock_set_back_stops_nothing(bench: Bench) -> None:
    hcal(bench)
    bench.watch(OCC)
    bench.now -= 3600.0
    hcal(bench, code=300)
    assert verdicts(bench.run())[KEY] is Status.BAD


def test_memory_of_decoded_elements_is_bounded() -> None:
    from dqmconsole.engine.elements import Elements

    source = FakeSource()
    paths = [f"Hcal/h{at}" for at in range(20)]
    source.snapshot(7, "Hcal", {path: line("h", [0.0] * 1000) for path in paths})
    kept = Elements(source, room=50_000)
    for path in paths:
        kept.element(7, path)
    assert kept.nbytes <= 50_000
    kept.keep_runs((8,))
    assert kept.nbytes == 0


TREND = "Hcal/Digi/Trend"


def trend(values: list[float], title: str = "Lumisection") -> Histogram:
    axes = (Axis(len(values), 0.5, len(values) + 0.5, title=title),)
    return line("Trend", values, axes=axes)


def test_a_frozen_plot_says_until_when_its_content_goes(bench: Bench) -> None:
    hcal(bench, lumisection=12, content=2, state="frozen")
    assert bench.watch(OCC)[OCC].span == "LS 1–2"


def test_an_axis_of_lumisections_ends_with_the_content_and_has_a_clock(
    bench: Bench,
) -> None:
    bench.source.snapshot(
        7,
        "Hcal",
        {
            TREND: trend([3, 4, 0, 0]),
            OCC: line("Occupancy", [1]),
            "Hcal/EventInfo/runStartTimeStamp": Scalar("t", 1000.0),
        },
        {TREND: (quality("Trend", 300),)},
        lumisection=2,
        content=2,
        produced=1046.0,
    )
    found = bench.watch(TREND, OCC)
    tile = found[TREND]
    assert (tile.last, tile.clock) == (2, LumisectionClock(1000.0, 23.0))
    assert frames(bench.link.sent)[-1].run.clock == tile.clock
    assert tile.picture is not None
    assert tile.picture.expected is None  # on no page: nobody judges it
    plain = found[OCC]
    assert (plain.last, plain.clock) == (None, None)


def test_the_first_bad_lumisection_goes_with_the_picture(tmp_path: Path) -> None:
    plots = (Plot(TREND), Plot(OCC))
    bench = Bench(tmp_path, a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),)))
    for code, last in ((100, 2), (300, 3), (300, 4)):
        bench.source.snapshot(
            7,
            "Hcal",
            {TREND: trend([3.0] * last), OCC: line("Occupancy", [1])},
            {
                TREND: (quality("Trend", code),),
                OCC: (quality("Occupancy", code),),
            },
            lumisection=last,
            content=last,
        )
        bench.run()
    found = bench.watch(TREND, OCC)
    pictures = [found[path].picture for path in (TREND, OCC)]
    assert [each.expected for each in pictures if each] == [
        Expected(first_bad=3),
        None,  # its axis counts no lumisections
    ]


def test_bins_without_a_number_are_counted_though_nobody_judges(bench: Bench) -> None:
    hcal(bench)
    bench.source.elements[7][TIME] = line("Timing", [np.nan, np.inf, 5])
    tile = bench.watch(TIME)[TIME]
    assert tile.verdict.status is Status.NOT_CHECKED
    assert tile.defect == "2 bins hold no number (NaN or infinite)"
    assert bench.watch(OCC)[OCC].defect == ""


def piled(tmp_path: Path) -> Bench:
    """Hcal and its reference, and where the pile-up of both stands."""
    paths = msgspec.structs.replace(
        PATHS, run_type="Info/type", pileup="Info/mu", integrated="Info/lumi"
    )
    plots = (
        Plot(OCC, reference=ReferenceDraw("ratio", "pileup")),
        Plot(MAP, reference=ReferenceDraw("pull", "pileup")),
    )
    bench = Bench(
        tmp_path,
        a_site(
            settings=msgspec.structs.replace(SETTINGS, conditions=paths),
            layouts=(Layout("Hcal", (Page("Digi", plots),)),),
            references=(ReferenceRule("A", "2026-01-01", "quiet", run=3),),
        ),
    )
    for run, events, pileup in ((3, 1000, [60.0, 60.0]), (7, 600, [20.0, 20.0])):
        scale = events * pileup[0] / 60_000
        bench.source.snapshot(
            run,
            "Hcal",
            {
                OCC: line("Occupancy", [1000 * scale, 2000 * scale]),
                MAP: a_map("Map", np.full((100, 60), 50.0 * scale)),
                EVENTS: Scalar("n", events),
            },
        )
        bench.source.snapshot(
            run,
            "Info",
            {"Info/type": Scalar("t", "pp_run"), "Info/mu": trend(pileup)},
        )
    return bench


def test_a_reference_follows_events_and_pile_up(tmp_path: Path) -> None:
    bench = piled(tmp_path)
    found = bench.watch(OCC, MAP)
    for tile in found.values():
        assert (tile.note.normalize, tile.note.sentence) == ("pileup", "")
        assert tile.note.scale == pytest.approx(0.2)
        assert tile.picture is not None
        assert tile.picture.comparison is not None
        expected = 1.0 if tile.path == OCC else 0.0
        np.testing.assert_allclose(tile.picture.comparison.values, expected, atol=1e-6)
    (tile,) = bench.watch(OCC, normalize="events").values()
    assert (tile.note.normalize, tile.note.scale) == ("events", 0.6)
    assert tile.note.sentence == "reference at pile-up 60, this run 20"
    (tile,) = bench.watch(OCC, normalize="lumi").values()
    assert tile.note.normalize == "area"
    assert tile.note.sentence == (
        "no integrated luminosity at Info/lumi in this run: scaled by area; "
        "reference at pile-up 60, this run 20"
    )


BY_HAND = (
    "all plots are shown with run 5, chosen by hand; verdicts stay with the site's "
    "references"
)


def test_a_run_is_used_as_reference_by_hand_and_the_rules_again(
    tmp_path: Path,
) -> None:
    bench = piled(tmp_path)
    bench.source.snapshot(
        5, "Hcal", {OCC: line("Occupancy", [1, 1]), EVENTS: Scalar("n", 6)}
    )
    assert bench.watch(OCC)[OCC].note.run == 3
    sent = bench.say(UseReference(run=5))
    assert facts(sent, ReferenceFact) == [ReferenceFact(5, "", BY_HAND, found=True)]
    tile = tiles(sent)[OCC]
    assert (tile.note.run, tile.note.by_hand) == (5, True)
    assert tile.picture is not None
    assert tile.picture.reference is not None
    assert tile.picture.reference.values().tolist() == [1, 1]
    bench.source.snapshot(7, "Hcal", {OCC: line("Occupancy", [5, 5])})
    assert tiles(bench.run())[OCC].note.run == 5, "it stays"
    sent = bench.say(UseReference())
    assert facts(sent, ReferenceFact) == [ReferenceFact()]
    assert tiles(sent)[OCC].note.run == 3


@pytest.mark.parametrize(("combine", "status"), [("any", "GOOD"), ("worst", "BAD")])
def test_of_several_references_the_worst_or_any_good_one_counts(
    tmp_path: Path, combine: str, status: str
) -> None:
    plot = Plot(
        OCC, checks=({"equal": {}},), reference=ReferenceDraw("overlay", "none")
    )
    rule = ReferenceRule("A", "2026-01-01", "two", runs=(4, 3), combine=combine)  # type: ignore[arg-type]
    site = a_site(
        layouts=(Layout("Hcal", (Page("Digi", (plot,)),)),), references=(rule,)
    )
    bench = Bench(tmp_path, site)
    for run, values in ((3, [10, 20]), (4, [20, 10]), (7, [10, 20])):
        bench.source.snapshot(run, "Hcal", {OCC: line("Occupancy", values)})
        bench.run()
    tile = bench.watch(OCC)[OCC]
    (found,) = tile.verdict.checks
    assert (str(found.status), tile.note.run, tile.note.others) == (status, 4, (3,))
    which = {"any": "against run 3, the best", "worst": "against run 4, the worst"}
    assert f"{which[combine]} of 2 references" in found.sentence


def test_what_is_chosen_by_hand_changes_no_verdict(tmp_path: Path) -> None:
    plot = Plot(
        OCC, checks=({"equal": {}},), reference=ReferenceDraw("overlay", "none")
    )
    rule = ReferenceRule("A", "2026-01-01", "one", run=3)
    site = a_site(
        layouts=(Layout("Hcal", (Page("Digi", (plot,)),)),), references=(rule,)
    )
    bench = Bench(tmp_path, site)
    for run, values in ((3, [10, 20]), (5, [20, 10]), (7, [10, 20])):
        bench.source.snapshot(run, "Hcal", {OCC: line("Occupancy", values)})
    assert bench.watch(OCC)[OCC].verdict.status is Status.GOOD
    tile = tiles(bench.say(UseReference(run=5)))[OCC]
    assert (tile.note.run, tile.verdict.status) == (5, Status.GOOD)
    (tile,) = bench.watch(OCC, reference=5).values()
    assert (tile.note.run, tile.verdict.status) == (5, Status.GOOD)


def test_one_plot_is_compared_with_a_run_by_hand(tmp_path: Path) -> None:
    bench = piled(tmp_path)
    bench.source.snapshot(
        5,
        "Hcal",
        {OCC: line("Occupancy", [1, 1]), MAP: a_map("Map", np.ones((100, 60)))},
    )
    found = bench.say(
        Watch(
            (
                WatchItem(f"Hcal › Digi › {OCC}", OCC, 40, 30, reference=5),
                WatchItem(f"Hcal › Digi › {MAP}", MAP, 40, 30),
            )
        )
    )
    assert {path: tile.note.run for path, tile in tiles(found).items()} == {
        OCC: 5,
        MAP: 3,
    }


def test_another_pile_up_scales_the_reference_again(tmp_path: Path) -> None:
    bench = piled(tmp_path)
    bench.watch(OCC)
    bench.source.snapshot(
        7, "Info", {"Info/type": Scalar("t", "pp_run"), "Info/mu": trend([20, 10])}
    )
    (tile,) = tiles(bench.run()).values()
    assert tile.note.scale == pytest.approx(0.6 * 15 / 60)
    bench.run(2.0)
    asked = len([path for path in bench.source.asked if path == "Info/lumi"])
    assert asked <= 3  # what is not there is not looked for again and again


# -- fits and exports ------------------------------------------------------------------


def answered(bench: Bench, message: Fit | Export) -> object:
    """What the engine answers, however long that takes."""
    sent = bench.say(message, 0.02)
    while True:
        for each in sent:
            if isinstance(each, Fitted | Exported | Receipt):
                return each
        sent = bench.run(0.02)


@pytest.fixture
def fitting(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    straight = line("Occupancy", [10.0, 20.0, 30.0, 40.0, 50.0])
    points = Graph("Timing", "", "TGraph", np.arange(3.0), np.arange(3.0))
    bench.source.snapshot(
        1, "Hcal", {OCC: straight, TIME: points, MAP: a_map("Map", np.eye(3))}
    )
    bench.run()
    yield bench
    bench.loop.close()


@pytest.mark.slow
def test_a_plot_is_fitted_by_a_child_that_ends_with_the_source(fitting: Bench) -> None:
    found = answered(fitting, Fit(7, KEY, OCC, "pol1", within=(1.0, 5.0)))
    assert isinstance(found, Fitted)
    assert (found.request, found.key, found.run) == (7, KEY, 1)
    offset, slope = (each.value for each in found.result.parameters)
    assert (offset, slope) == (pytest.approx(5.0, abs=1e-6), pytest.approx(10.0))
    assert (found.result.low, found.result.high) == (1.0, 5.0)
    children = psutil.Process().children()
    assert [each.cmdline()[-1] for each in children] == ["dqmconsole.engine.fitting"]
    fitting.say(Open("fake"))
    assert psutil.Process().children() == []


@pytest.mark.slow
def test_bins_that_come_with_the_request_are_fitted(fitting: Bench) -> None:
    seen = line("seen", [4.0, 4.0, 4.0])
    found = answered(fitting, Fit(8, KEY, MAP, "pol0", data=seen))
    assert isinstance(found, Fitted)
    assert found.run == 0
    assert found.result.parameters[0].value == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("path", "words"),
    [(MAP, "it is a map"), (TIME, "it is a graph"), (DTS, "no bins now")],
)
def test_what_cannot_be_fitted_is_said(fitting: Bench, path: str, words: str) -> None:
    found = answered(fitting, Fit(9, path, path, "gaus"))
    assert isinstance(found, Receipt)
    assert (found.request, found.done) == (9, False)
    assert words in found.sentence


def test_a_plot_is_exported(fitting: Bench, tmp_path: Path) -> None:
    target = tmp_path / "occupancy.csv"
    found = answered(fitting, Export(3, KEY, OCC, "csv", str(target)))
    assert isinstance(found, Exported)
    assert (found.request, found.path) == (3, str(target))
    assert target.stat().st_size == found.size
    assert "50" in target.read_text()
    refused = answered(fitting, Export(4, KEY, OCC, "csv", str(tmp_path / "no/such")))
    assert isinstance(refused, Receipt)
    assert (refused.request, refused.done) == (4, False)


def test_the_way_of_alarms_is_tested_with_and_without_a_source(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.refused = "no such folder"
    bench.link.incoming.append(AskChainTest(3))
    frames = [each for each in bench.run() if isinstance(each, Frame)]
    [alarm] = [
        each for frame in frames for each in frame.facts if isinstance(each, Alarm)
    ]
    assert (alarm.id, alarm.test, alarm.urgency) == ("test/3", True, "now")
    box = Mailbox()
    for frame in frames:
        box.put(frame)
    assert box.alarms == {}
    assert set(box.tests) == {"test/3"}
