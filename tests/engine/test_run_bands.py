"""Recorded good runs are what later ones are measured by, without being asked."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import PATHS, FakeLink, FakeSource, line

from dqmconsole.engine import run_bands
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.loop import Loop
from dqmconsole.engine.reference_runs import RunRecords
from dqmconsole.engine.run_bands import RunBands
from dqmconsole.model.frame import FalseAlarmsFact, Frame
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import Open, SignedOff
from dqmconsole.model.reference import LastGoodRuns, ReferenceRule
from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import FalseAlarms, RunQuality
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.rootio.errors import BeingReadError, NotInFileError

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.reference import ReferenceNote

PATH = "Hcal/Digi/Occupancy"
KEY = "Hcal › Digi › " + PATH
SITE_PATHS = msgspec.structs.replace(PATHS, run_type="Hcal/EventInfo/type")
SHAPE = np.array([300.0, 500, 900, 1000, 900, 500, 300, 100])


def record_runs(folder: Path, *runs: int, run_type: str = "collisions") -> None:
    """Good runs whose fourth bin differs by a tenth, and the others hardly."""
    recorder = Recorder(folder, "/dqm")
    for run in runs:
        shape = SHAPE.copy()
        shape[3] *= 1.0 + 0.1 * (-1) ** run
        events = 1000 * (1 + run % 3)
        contents = list(np.rint(shape * events / 1000))
        recorder.note_conditions(run, Conditions(run_type=run_type, pileup=40.0 + run))
        items = [Item(PATH, line("Occupancy", contents))]
        recorder.note(run, Update("Hcal", 9, 10.0 * run, events), items)
        recorder.drain()
    recorder.note_quality([RunQuality(run, "Hcal", True, at=1.0) for run in runs])
    recorder.drain()
    recorder.close()
    assert recorder.trouble == ""


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five good runs of collisions, recorded."""
    folder = tmp_path_factory.mktemp("five")
    record_runs(folder, 1, 2, 3, 4, 5)
    return folder


@pytest.fixture
def runs(five: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(five, tmp_path / "runs")
    return tmp_path / "runs"


class Scene:
    """A run of collisions in view, beside recorded ones."""

    def __init__(self, folder: Path, *rules: ReferenceRule, run: int = 99) -> None:
        plot = Plot(PATH, checks=({"run_band": {"relative": 0.02}},))
        layout = Layout("Hcal", (Page("Digi", (plot,)),))
        settings = SiteSettings(
            "x", conditions=SITE_PATHS, run_types={"collisions": "collisions"}
        )
        site = Site(str(folder), "s", settings, (layout,), rules)
        self.source, self.run = FakeSource(), run
        self.context = SourceContext(
            self.source, folder, reading=(site, {}), records=folder
        )
        self.now = 1000.0

    def verdict(
        self, *, bin_3: float = 1.0, bin_1: float = 1.0, counted: bool = False
    ) -> Verdict:
        self.now += 10.0
        shape = SHAPE.copy()
        shape[[3, 1]] *= (bin_3, bin_1)
        elements: dict[str, Element] = {
            PATH: line("Occupancy", list(np.rint(2 * shape))),
            SITE_PATHS.run_type: Scalar("type", "collisions"),
        }
        if counted:
            elements["Hcal/EventInfo/processedEvents"] = Scalar("processedEvents", 2000)
        self.source.snapshot(
            self.run,
            "Hcal",
            elements,
            events=2000,
            lumisection=int(self.now / 10),
            produced=self.now,
        )
        for _ in range(3):
            self.context.poll(self.now)
            while self.context.pending:
                self.context.judge(float("inf"))
            self.now += 2.5
        verdict = self.context.judging.plots[KEY].verdict
        assert verdict is not None
        return verdict

    def note(self) -> ReferenceNote:
        _, note = self.context._references.plain(PATH, "collisions")
        return note


def rule(**more: object) -> ReferenceRule:
    return ReferenceRule("A. Shifter", "2026-05-01", "as ever", **more)  # type: ignore[arg-type]


def test_five_good_runs_are_the_band_without_a_rule(five: Path) -> None:
    scene = Scene(five)
    assert scene.verdict(bin_3=1.1).status is Status.GOOD  # as good runs differ
    found = scene.verdict(bin_1=1.6)
    assert found.status is Status.BAD
    assert "unlike 5 good runs: " in found.sentence
    note = scene.note()
    assert (note.run, note.others, note.good) == (5, (4, 3, 2, 1), True)
    scene.context.close()


@pytest.mark.parametrize("events", [1, 10**9])
@pytest.mark.parametrize("newest", [False, True])
def test_a_good_run_whose_events_were_counted_wrongly_hides_nothing(
    runs: Path, events: int, *, newest: bool
) -> None:
    recorder = Recorder(runs, "/dqm")
    recorder.note_conditions(6, Conditions(run_type="collisions"))
    items = [Item(PATH, line("Occupancy", list(SHAPE)))]
    recorder.note(6, Update("Hcal", 9, 60.0, events), items)
    recorder.drain()
    recorder.note_quality([RunQuality(6, "Hcal", True, at=1.0)])
    recorder.close()
    if not newest:
        record_runs(runs, 7)
    for counted in (False, True):  # by area, too, where its own events are not known
        scene = Scene(runs)
        assert scene.verdict(counted=counted).status is Status.GOOD
        assert scene.verdict(counted=counted, bin_1=0.0).status is Status.BAD
        assert 6 not in (scene.note().run, *scene.note().others)
        scene.context.close()


def test_of_four_good_runs_none_is_taken_unasked_nor_the_run_itself(
    five: Path,
) -> None:
    scene = Scene(five, run=5)
    assert scene.verdict(bin_1=1.6).status is Status.NO_REFERENCE
    assert scene.note().sentence == "no reference is chosen for collisions"
    scene.context.close()


def test_a_rule_that_asks_for_good_runs_takes_fewer_of_its_conditions(
    tmp_path: Path,
) -> None:
    record_runs(tmp_path, 1, 2, 3, 4)
    record_runs(tmp_path, 6, 7, run_type="cosmics")
    scene = Scene(tmp_path, rule(good_runs=LastGoodRuns(2), run_type="collisions"))
    found = scene.verdict(bin_1=4.0)
    assert found.status in (Status.BAD, Status.WARNING)
    assert "2 good runs, so few that" in found.sentence
    note = scene.note()
    assert (note.run, note.others, note.why) == (4, (3,), "as ever")
    bands = scene.context._bands
    when = {"pileup": [41, 42]}
    asked = ("Hcal", "collisions", 99, LastGoodRuns(9), when)
    assert bands.chosen(*asked) == (2, 1)
    assert bands.chosen("Hcal", None, 99) == ()
    assert bands.chosen("Ecal", "collisions", 99) == ()
    scene.context.close()


def test_a_rule_for_which_no_run_is_good_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rule(good_runs=LastGoodRuns(20)))
    assert scene.verdict().status is Status.NO_REFERENCE
    words = "no other run of collisions is recorded as good for Hcal"
    assert words in scene.note().sentence
    scene.context.close()


def test_a_run_that_becomes_good_is_read_while_the_band_before_holds(
    runs: Path,
) -> None:
    bands = RunBands(RunRecords(runs), clock=lambda: 0.0)
    assert bands.poll(1.0)
    asked = (PATH, 99, bands.chosen("Hcal", "collisions", 99), "events")
    with pytest.raises(BeingReadError):
        bands.of(*asked)
    steps = 0
    while bands.pending:
        bands.work(PATHS, -1.0)
        steps += 1
    assert steps > 15  # five runs and their exposures are read, then compared
    assert bands.waiting  # to be told: whoever settles now never hears of it
    assert bands.poll(2.0)
    assert not bands.waiting
    found = bands.of(*asked)
    assert found.runs == (5, 4, 3, 2, 1)
    assert found.band is not None
    # 2000, 3000, 1000 … events: at the exposure of run 5
    assert found.band.mean[0, 1] == pytest.approx(1500)
    assert found.nbytes == found.reference.nbytes + 2 * 4 * 8  # in single precision
    record_runs(runs, 6)
    assert not bands.poll(3.0)
    assert bands.poll(9.0)
    newer = (PATH, 99, bands.chosen("Hcal", "collisions", 99), "events")
    assert newer[2] == (6, 5, 4, 3, 2, 1)
    assert bands.of(*newer) is found
    bands.work(PATHS, np.inf)
    assert bands.of(*newer).runs == newer[2]
    other = ("Hcal/Digi/Other", *newer[1:])
    with pytest.raises(BeingReadError):
        bands.of(*other)
    bands.work(PATHS, np.inf)
    with pytest.raises(NotInFileError):
        bands.of(*other)
    bands.close()


@pytest.mark.parametrize("closed", [False, True])
def test_a_long_run_is_read_piece_by_piece(tmp_path: Path, *, closed: bool) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    recorder.note_conditions(1, Conditions(run_type="collisions"))
    for at in range(1, 9):
        items = [Item(PATH, line("Occupancy", list(at * SHAPE)))]
        recorder.note(1, Update("Hcal", at, 10.0 * at, 1000 * at), items)
    recorder.close()
    records = RunRecords(tmp_path)
    bands = RunBands(records, clock=lambda: 0.0)
    with pytest.raises(BeingReadError):
        bands.of(PATH, 7, (1,), "events")
    slices = 0
    while bands.pending:
        bands.work(PATHS, -1.0)
        slices += 1
        if closed and slices == 4:
            records.close()  # it is opened again, and read again
    assert slices >= 8
    found = bands.of(PATH, 7, (1,), "events")
    assert list(found.reference.values()) == list(8 * SHAPE)
    bands.close()
    records.close()


def test_a_run_that_is_forgotten_while_the_index_is_read_is_not_chosen(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Index.runs
    monkeypatch.setattr(
        Index, "runs", lambda index: {run: whole(index)[run] for run in (1, 2, 4, 5)}
    )
    bands = RunBands(RunRecords(runs))
    assert bands.poll(1.0)
    assert bands.chosen("Hcal", "collisions", 99) == (5, 4, 2, 1)


def test_the_pileup_with_which_a_run_ended_is_not_its_mean(five: Path) -> None:
    bands = RunBands(RunRecords(five))
    bands.poll(1.0)
    seen = bands.exposure(5, PATHS, "Hcal")
    assert (seen.events, seen.pileup) == (3000, None)


def test_no_more_plots_are_kept_than_there_is_room_for(
    five: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bands = RunBands(RunRecords(five))
    bands.poll(1.0)
    runs = bands.chosen("Hcal", "collisions", 99)

    def there(template: float) -> bool:
        try:
            bands.of(PATH, 99, runs, "events", template)
        except BeingReadError:
            return False
        return True

    assert not there(0.5)
    bands.work(PATHS, np.inf)
    one = bands.of(PATH, 99, runs, "events", 0.5).nbytes
    monkeypatch.setattr(run_bands, "_KEPT_BYTES", 2 * one)
    for template in (0.6, 0.7, 0.8):
        assert not there(template)
        bands.work(PATHS, np.inf)
    assert [there(each) for each in (0.8, 0.7, 0.6, 0.5)] == [True, True, False, False]
    bands.close()


def test_runs_that_have_a_former_name_of_an_element_alone_are_in_its_band(
    five: Path,
) -> None:
    bands, new = RunBands(RunRecords(five)), "Hcal/Digi/NewOccupancy"
    bands.poll(1.0)
    runs = bands.chosen("Hcal", "collisions", 99)
    former = ("Hcal/Digi/Never", PATH)
    for names in ((), former):
        with pytest.raises(BeingReadError):
            bands.of(new, 99, runs, "events", None, names)
    bands.work(PATHS, np.inf)
    assert bands.of(new, 99, runs, "events", None, former).runs == runs
    with pytest.raises(NotInFileError):
        bands.of(new, 99, runs, "events")
    bands.close()


def test_a_template_follows_the_runs_in_their_order(five: Path) -> None:
    bands = RunBands(RunRecords(five), clock=lambda: 0.0)
    bands.poll(1.0)
    runs = bands.chosen("Hcal", "collisions", 99)
    for template in (None, 0.5):
        with pytest.raises(BeingReadError):
            bands.of(PATH, 99, runs, "events", template)
    bands.work(PATHS, np.inf)
    alike = bands.of(PATH, 99, runs, "events").band
    found = bands.of(PATH, 99, runs, "events", 0.5)
    assert found.by_area
    assert alike is not None
    assert found.band is not None
    assert found.band.mean.sum() == pytest.approx(1.0)
    assert found.band.runs[0] < alike.runs[0] == 5
    # run 5, where bin 3 is low, counts for most
    shares = alike.mean / alike.mean.sum()
    assert found.band.mean[0, 3] < shares[0, 3]
    bands.close()


def test_runs_that_are_not_good_change_nothing(runs: Path) -> None:
    with closing(Index(runs / FILE)) as index:
        rows = [RunQuality(run, "Hcal", False, at=2.0) for run in range(1, 6)]
        index.keep_good(rows)
    scene = Scene(runs)
    assert scene.verdict(bin_1=1.6).status is Status.NO_REFERENCE
    assert not scene.context._bands.pending
    scene.context.close()


def test_what_is_measured_and_signed_off_goes_between_console_and_record(
    tmp_path: Path,
) -> None:
    record_runs(tmp_path, 1)
    recorder = Recorder(tmp_path, "/dqm")
    site = Site(str(tmp_path), "s", SiteSettings("x", conditions=PATHS), ())
    context = SourceContext(
        FakeSource(), tmp_path, reading=(site, {}), recorder=recorder
    )
    link = FakeLink()
    loop = Loop(link, opener=lambda _request: context)
    said = RunQuality(1, "Hcal", False, ((2, 3),), "Ada", 9.0)
    link.incoming = [Open("fake", "")]
    loop.step(1000.0)
    link.incoming = [SignedOff((said,))]
    loop.step(1001.0)
    recorder.drain()
    counted = FalseAlarms(PATH, "mean", "", "a1", 0, 9.0, 5, 1.0)
    with closing(Index(tmp_path / FILE)) as index:
        assert index.good_runs() == [said]
        index.keep_false_alarms([counted])
    loop.step(1010.0)
    loop.step(1011.0)
    facts = [
        fact for each in link.sent if isinstance(each, Frame) for fact in each.facts
    ]
    assert FalseAlarmsFact((counted,)) in facts
    loop.close()


def test_good_runs_that_cannot_be_used_are_left_out(
    runs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(runs, "/dqm")
    lost = line("Occupancy", [*SHAPE[:-1], np.nan])
    recorder.note_conditions(6, Conditions(run_type="collisions"))
    recorder.note(6, Update("Hcal", 9, 60.0, 1000), [Item(PATH, lost)])
    recorder.note_quality([RunQuality(6, "Hcal", True, at=1.0)])
    recorder.close()
    (runs / "run-3.sqlite").write_bytes(b"no record")
    bands = RunBands(RunRecords(runs), clock=lambda: 0.0)
    bands.poll(1.0)
    asked = (PATH, 99, bands.chosen("Hcal", "collisions", 99), "events")
    assert asked[2] == (6, 5, 4, 3, 2, 1)
    with pytest.raises(BeingReadError):
        bands.of(*asked)
    bands.work(PATHS, np.inf)
    assert bands.of(*asked).runs == (5, 4, 2, 1)
    (said,) = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert "a good run is left out: " in said
    (problem,) = bands.problems()
    assert problem.message.startswith("the good run 3 is left out: ")
    assert "run-3.sqlite: file is not a database" in problem.message
    scene = Scene(runs)
    assert scene.verdict(bin_3=1.1).status is Status.GOOD
    note = scene.note()
    assert (note.run, note.others, note.scale) == (5, (4, 2, 1), 1.0)
    caplog.clear()
    scene.context.close()
    bands.close()
