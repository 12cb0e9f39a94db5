"""Pictures of a moment that is over, from the record of its run."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from engine.fakes import PATHS as CONDITIONS
from engine.fakes import FakeSource, a_map, line
from support.recorded import MAP, PATH, RUN, plot, record

from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.number_history import history_job
from dqmconsole.model.histogram import Axis, Scalar
from dqmconsole.model.layout import Layout, Page, Plot, ReferenceDraw, plot_key
from dqmconsole.model.message import (
    AskHistory,
    AskRecorded,
    Export,
    Exported,
    HistoryFound,
    MakeEvidence,
    Open,
    Receipt,
    RecordedFound,
    UseReference,
    WatchItem,
)
from dqmconsole.model.past import PastMoment
from dqmconsole.model.pieces import ended
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.recording.index import FILE
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.message import Up

SCALAR = "Hcal/EventInfo/lumisection"
PILEUP = "Info/LhcInfo/pileup"
PATHS = (PATH, MAP, SCALAR, "Hcal/Digi/never")
SITE = Site(
    folder="/site",
    hash="one",
    settings=SiteSettings("CMS"),
    layouts=(Layout("Hcal", (Page("Digi", tuple(map(Plot, PATHS))),)),),
)
KEYS = {path: plot_key("Hcal", "Digi", path) for path in PATHS}
ITEMS = tuple(WatchItem(key, path, 300, 200) for path, key in KEYS.items())


class Engine:
    """A live run, and the record of it (or of another)."""

    def __init__(
        self,
        folder: Path,
        site: Site = SITE,
        reference: str = "",
        *,
        records: bool = True,
    ) -> None:
        self.source = FakeSource()
        self.context = SourceContext(
            self.source,
            folder,
            reference,
            reading=(site, {}),
            records=folder if records else None,
        )
        self.live(RUN)

    def live(self, run: int) -> None:
        """Another snapshot, of what nobody recorded."""
        self.source.snapshot(
            run, "Hcal", {PATH: line("occupancy", [900, 1]), MAP: a_map("map", [[9]])}
        )
        self.context.poll(1e9)

    def past(self, moment: PastMoment | None) -> dict[str, Tile]:
        """What is drawn of a moment, one plot a slice."""
        self.context.watch(ITEMS, moment)
        found: dict[str, Tile] = {}
        while self.context.drawing:
            for tile in (*self.context.draw(-1.0), *self.context.draw_past(-1.0)):
                found[tile.path] = tile
        return found

    def answer(self) -> Up:
        while True:
            for each in self.context.answers(-1.0):
                return each


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    record(tmp_path, 9)
    made = Engine(tmp_path)
    yield made
    made.context.close()


def values(tile: Tile) -> list[float]:
    assert tile.picture is not None
    assert tile.picture.data is not None
    return [float(each) for each in tile.picture.data.values()]


def test_a_run_as_it_stood(engine: Engine) -> None:
    moment = PastMoment(RUN, 4)
    tiles = engine.past(moment)
    assert values(tiles[PATH]) == [4, 8]
    assert {tile.past for tile in tiles.values()} == {moment}
    assert tiles[PATH].banner == f"LS 1–4 of run {RUN}, recorded"
    assert tiles[PATH].recorded
    assert tiles[PATH].produced == 1004.0
    assert tiles[PATH].stale_after is None
    picture = tiles[SCALAR].picture
    assert picture is not None
    assert picture.text == "4"
    assert tiles[MAP].picture is not None


def test_an_element_that_was_renamed_since_is_drawn_by_its_name_of_then(
    tmp_path: Path,
) -> None:
    record(tmp_path, 9)
    new = "Hcal/Digi/renamed"
    pages = (Page("Digi", (Plot(new, formerly=("Hcal/Digi/x", PATH)),)),)
    engine = Engine(tmp_path, msgspec.structs.replace(SITE, layouts=(
        Layout("Hcal", pages),
    )))  # fmt: skip
    engine.context.watch(
        (WatchItem(plot_key("Hcal", "Digi", new), new, 300, 200),), PastMoment(RUN, 4)
    )
    (tile,) = engine.context.draw_past(1e9)
    assert (tile.path, values(tile)) == (new, [4, 8])
    engine.context.find_history(AskHistory(1, new, "entries", run=RUN))
    found = engine.answer()
    assert isinstance(found, HistoryFound)
    assert found.sentence == ""
    assert [each.last for each in found.updates] == list(range(1, 10))
    assert [each.run for each in found.runs] == [RUN]
    engine.context.close()


def test_an_index_of_runs_that_cannot_be_seen_is_said_beside_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, 3)
    real = Path.stat

    def refuse(path: Path, **options: bool) -> os.stat_result:
        if path.name == FILE:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    request = AskHistory(1, PATH, "entries", run=RUN)
    found = ended(history_job(request, RUN, tmp_path))
    assert isinstance(found, HistoryFound)
    assert "the index of runs cannot be read" in found.sentence
    assert "Stale" in found.sentence
    assert [each.last for each in found.updates] == [1, 2, 3]


def test_what_a_span_added(engine: Engine) -> None:
    tile = engine.past(PastMoment(RUN, 6, 4))[PATH]
    assert values(tile) == [3, 6]
    assert tile.banner == f"added in LS 4–6 of run {RUN}, recorded"
    assert tile.span == "LS 4–6"


def test_no_past_picture_has_a_verdict_of_now(engine: Engine) -> None:
    while engine.context.judging.pending:
        engine.context.judge(float("inf"))
    tiles = engine.past(PastMoment(RUN, 4))
    assert {tile.verdict.status for tile in tiles.values()} == {Status.NOT_CHECKED}
    assert tiles[PATH].verdict.sentence == "no verdict of that moment is known"
    now = engine.past(None)
    assert values(now[PATH]) == [900, 1]
    assert now[PATH].past is None


def test_what_is_not_recorded_says_so(engine: Engine) -> None:
    never = "Hcal/Digi/never"
    tiles = engine.past(PastMoment(RUN, 4))
    assert tiles[never].picture is None
    assert tiles[never].verdict.sentence == f"{never} is not recorded"
    assert "not in the record" in tiles[never].banner
    early = engine.past(PastMoment(RUN, 0))[PATH]
    assert early.picture is None
    assert early.verdict.sentence == "nothing was recorded until 0"
    outside = engine.past(PastMoment(RUN, 99, 50))
    assert outside[PATH].verdict.sentence == "no update within 50 to 99"
    assert outside[SCALAR].picture is None
    other = engine.past(PastMoment(RUN + 1, 4))[PATH]
    assert other.picture is None
    assert other.verdict.sentence == f"run {RUN + 1} is not recorded"


def test_nothing_is_recorded(tmp_path: Path) -> None:
    engine = Engine(tmp_path, records=False)
    tile = engine.past(PastMoment(RUN, 4))[PATH]
    assert tile.picture is None
    assert tile.verdict.sentence == "nothing is recorded of this source"
    engine.context.close()


def test_a_damaged_record_is_never_a_live_picture(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "run-8.sqlite").write_bytes(b"no database" * 100)
    tile = engine.past(PastMoment(8, 4))[PATH]
    assert tile.picture is None
    assert tile.verdict.status is Status.FAILED
    assert "the record of run 8 cannot be read" in tile.verdict.sentence


def test_a_run_change_keeps_the_past(engine: Engine) -> None:
    moment = PastMoment(RUN, 4)
    engine.past(moment)
    engine.live(RUN + 1)
    assert not engine.context.drawing, "nothing of it changed"
    tile = engine.past(moment)[PATH]
    assert (tile.run, values(tile)) == (RUN, [4, 8])


def test_numbers_and_evidence_while_looking_back(
    engine: Engine, tmp_path: Path
) -> None:
    engine.past(PastMoment(RUN, 4))
    engine.context.export(Export(1, KEYS[PATH], PATH, "text", ""))
    text = engine.answer()
    assert isinstance(text, Exported)
    assert "900" not in text.text
    target = str(tmp_path / "one.dqmevidence")
    engine.context.make_evidence(
        MakeEvidence(2, target, "", "Hcal/Digi", tuple(KEYS.values()), b""), 1e9, ""
    )
    refused = engine.answer()
    assert isinstance(refused, Receipt)
    assert "is of the past" in refused.sentence


def test_what_comes_between_two_pieces_loses_nothing(engine: Engine) -> None:
    moment = PastMoment(RUN, 9)
    engine.context.watch(ITEMS, moment)
    found: dict[str, Tile] = {}
    while engine.context.drawing:
        for tile in engine.context.draw_past(-1.0):
            found[tile.path] = tile
        if len(found) == 1:  # the second one is being read
            assert engine.context.draw_past(-1.0) == []
            engine.context.export(Export(1, KEYS[PATH], PATH, "text", ""))
            engine.answer()
            engine.context.find_recorded(AskRecorded(2, RUN))
            assert isinstance(engine.answer(), RecordedFound)
    assert found.keys() == set(PATHS)
    engine.context.watch(ITEMS[:1], moment)
    assert engine.context.draw_past(-1.0) == []
    engine.context.watch(ITEMS, PastMoment(RUN, 4))  # while that is being read
    (tile, *_) = engine.context.draw_past(float("inf"))
    assert values(tile) == [4, 8]


@pytest.mark.parametrize(
    ("run", "updates", "sentence"),
    [
        (RUN, {"Hcal": tuple(range(1, 10))}, ""),
        (RUN + 1, {}, f"run {RUN + 1} is not recorded"),
    ],
)
def test_which_updates_are_recorded(
    engine: Engine, run: int, updates: dict[str, tuple[int, ...]], sentence: str
) -> None:
    engine.context.find_recorded(AskRecorded(5, run))
    assert engine.answer() == RecordedFound(5, run, updates, sentence)


def test_a_recorded_run_goes_back_the_same_way(tmp_path: Path) -> None:
    record(tmp_path, 9)
    record(tmp_path, 3, run=RUN - 1)
    context = SourceContext.of(Open(f"recorded:{tmp_path}/{RUN}"))
    try:
        context.poll(1e9)
        drawn = {}
        for run, last in ((RUN, 4), (RUN - 1, 2)):
            context.watch((WatchItem(PATH, PATH, 300, 200),), PastMoment(run, last))
            (tile,) = context.draw_past(float("inf"))
            drawn[run] = (tile.run, values(tile))
    finally:
        context.close()
    assert drawn == {RUN: (RUN, [4, 8]), RUN - 1: (RUN - 1, [2, 4])}


def test_another_reference_and_another_site_draw_the_past_again(engine: Engine) -> None:
    moment = PastMoment(RUN, 4)
    engine.past(moment)
    engine.context.use_reference(UseReference(run=6))
    (first, *_) = engine.context.draw_past(float("inf"))
    assert first.past == moment
    assert not engine.context.drawing
    assert engine.context.draw(float("inf")) == []


def test_a_smaller_span_than_was_asked_says_so(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    for at, pid_changed in ((1, False), (2, False), (3, True), (4, False)):
        update = Update("Hcal", at, 1000.0 + at, 10.0, restarted=pid_changed)
        held = at - 2 if at > 2 else at
        recorder.note(RUN, update, [Item(PATH, plot(held, 2 * held))])
        recorder.drain()
    recorder.close()
    engine = Engine(tmp_path)
    tile = engine.past(PastMoment(RUN, 4, 2))[PATH]
    engine.context.close()
    assert values(tile) == [2, 4]
    assert tile.banner == (
        f"added in LS 3–4 of run {RUN}, recorded · 2 of 3 updates, restart"
    )


def test_a_span_is_scaled_by_its_own_events_and_pile_up(tmp_path: Path) -> None:
    recorder, pileups = Recorder(tmp_path, "/dqm"), [50.0, 40.0, 30.0]
    for at in (1, 2, 3):
        update = Update("Hcal", at, 1000.0 + at, 100.0 * at)
        recorder.note(RUN, update, [Item(PATH, plot(at, 2 * at))])
        seen = [*pileups[:at], *[0.0] * (3 - at)]
        trend = line("pileup", seen, axes=(Axis(3, 0.5, 3.5),))
        if at != 2:  # its updates need not be those of the plot
            update = msgspec.structs.replace(update, client="Info")
            recorder.note(RUN, update, [Item(PILEUP, trend)])
        recorder.drain()
    recorder.close()
    folders = {
        "Hcal/Digi": [plot(1, 2)],
        "Hcal/EventInfo": [Scalar("processedEvents", 50)],
        "Info/LhcInfo": [line("pileup", [35.0])],
    }
    write_dqm(tmp_path / "reference.root", 1, folders)
    conditions = msgspec.structs.replace(CONDITIONS, pileup=PILEUP)
    scaled = Plot(PATH, reference=ReferenceDraw("overlay", "pileup"))
    site = msgspec.structs.replace(
        SITE,
        settings=SiteSettings("CMS", conditions=conditions),
        layouts=(Layout("Hcal", (Page("Digi", (scaled,)),)),),
    )
    engine = Engine(tmp_path, site, str(tmp_path / "reference.root"))
    note = engine.past(PastMoment(RUN, 3, 2))[PATH].note
    engine.context.close()
    assert (note.normalize, note.sentence) == ("pileup", "")
    assert note.scale == pytest.approx(200 / 50)  # 35 in both
