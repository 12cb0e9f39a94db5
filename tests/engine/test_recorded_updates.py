"""What an engine hands to the recorder: each update, once it was judged."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING
from unittest.mock import Mock

import msgspec
import numpy as np
import pytest
from engine.fakes import PATHS, FakeSource, a_map, line, quality
from support import recorded
from support.recorded import RUN, kept, last_updates
from support.recorded_runs import FILLS, OTHERWISE, make_site, record_runs
from support.recorded_runs import RUN as RECORDED_RUN

from dqmconsole.app.options import source_named
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.histogram import Axis, Scalar
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import AskHistory, HistoryFound, Open, WatchItem
from dqmconsole.model.run import RunState
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import RunFile, run_path, source_folder
from dqmconsole.rootio.write import write_dqm
from dqmconsole.sources.open import open_source
from dqmconsole.sources.recorded import RecordedRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.graph import Element

OCC, TIME, MAP = "Hcal/Digi/Occupancy", "Hcal/Digi/Timing", "Hcal/Digi/Map"
COSMIC = "Hcal/Digi/Cosmics"
SITE = Site(
    folder="/site",
    hash="one",
    settings=SiteSettings(
        "CMS",
        run_types={"pp_run": "collisions"},
        conditions=msgspec.structs.replace(PATHS, run_type="Hcal/Info/type"),
    ),
    layouts=(
        Layout(
            "Hcal",
            (
                Page("Digi", (Plot(OCC), Plot(TIME), Plot(MAP, accumulates="latest"))),
                Page("Cosmics", (Plot(COSMIC, run_types=("cosmics",)),)),
                Page("Info", (Plot("Hcal/Info/type"),)),
            ),
        ),
    ),
)


WINDOWED = msgspec.structs.replace(
    SITE,
    layouts=(Layout("Hcal", (Page("Digi", (Plot(OCC, window="20 LS"), Plot(TIME))),)),),
)


class Engine:
    """A context on a fake source, that records."""

    def __init__(self, folder: Path, site: Site = SITE) -> None:
        self.folder = folder
        self.site = site
        self.source = FakeSource()
        self.now = 1000.0
        self.context = self.opened()

    def opened(self) -> SourceContext:
        recorder = Recorder(self.folder, "/dqm")
        return SourceContext(
            self.source, self.folder, reading=(self.site, {}), recorder=recorder
        )

    def span(self) -> str:
        """What the tile of the first plot is of."""
        key = f"Hcal › Digi › {OCC}"
        self.context.watch((WatchItem(key, OCC, 400, 300),))
        (tile,) = self.context.draw(float("inf"))
        assert tile.picture is not None
        data = tile.picture.data
        assert data is not None
        first, last = tile.span.partition(":")[0].removeprefix("LS ").split("–")
        gained = int(last) - int(first) + 1
        assert data.values().tolist() == [gained, 2 * gained]
        return tile.span

    def update(
        self, at: int, more: Mapping[str, Element] | None = None, **client: object
    ) -> None:
        """An update of Hcal with `at` lumisections in it, judged and recorded."""
        elements: dict[str, Element] = {
            OCC: line("Occupancy", [at, 2 * at]),
            TIME: line("Timing", [3 * at]),
            MAP: a_map("Map", np.full((3, 2), at)),
            COSMIC: line("Cosmics", [at]),
            "Hcal/Digi/elsewhere": line("elsewhere", [at]),
            "Hcal/Info/type": Scalar("type", "pp_run"),
            **(more or {}),
        }
        told: dict[str, object] = {"lumisection": at, "events": 100 * at, "pid": 1}
        self.source.snapshot(RUN, "Hcal", elements, **(told | client))
        self.work()

    def work(self) -> None:
        self.now += 1
        self.context.poll(self.now)
        while self.context.judging.pending:
            self.context.judge(float("inf"))
        self.context.judge(float("inf"))
        recorder = self.recorder
        recorder.drain()

    def reached(self) -> int:
        """The last lumisection of Hcal that is recorded."""
        updates = kept(self.recorder, lambda file: file.moments("Hcal"))
        return updates[-1].last if updates else 0

    @property
    def recorder(self) -> Recorder:
        recording = self.context.recording
        assert recording is not None
        return recording.recorder


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path / "runs")
    yield made
    made.context.close()


def test_each_update_is_recorded_once_it_is_judged(engine: Engine) -> None:
    for at in (1, 2, 3):
        engine.update(at)
    window = kept(engine.recorder, lambda file: last_updates(file, OCC, 2))
    assert window.histogram.values().tolist() == [2, 4]
    assert (window.first, window.last, window.events) == (2, 3, 200)
    latest = kept(engine.recorder, lambda file: last_updates(file, MAP, 2))
    assert (latest.updates, latest.ends) == (1, "emptied")  # filled by its producer
    engine.context.close()
    file = RunFile.read(run_path(engine.folder, RUN))
    try:
        assert set(file.booked()) == {OCC, TIME, MAP}
        assert set(file.others()) == {"Hcal/Info/type"}
        assert [each.last for each in file.moments("Hcal")] == [1, 2, 3]
    finally:
        file.close()


def test_nothing_is_decoded_for_it(engine: Engine) -> None:
    engine.update(1)
    asked = [path for path in engine.source.asked if path.startswith("Hcal/Digi/")]
    assert sorted({path for path in asked if path[-1] != "/"}) == [MAP, OCC, TIME]
    assert asked.count(OCC) == 1


def test_the_pileup_of_a_run_is_recorded_on_whatever_page_it_is(tmp_path: Path) -> None:
    paths = msgspec.structs.replace(PATHS, pileup="Hcal/Info/pileup")
    settings = msgspec.structs.replace(SITE.settings, conditions=paths)
    engine = Engine(tmp_path, msgspec.structs.replace(SITE, settings=settings))
    for at in (1, 2):
        values = [50.0, 40.0 * (at - 1), 0.0]
        pileup = line("pileup", values, axes=(Axis(3, 0.5, 3.5, title="lumisection"),))
        engine.update(at, more={paths.pileup: pileup})
    engine.context.close()
    with closing(RunFile.read(run_path(tmp_path, RUN))) as file:
        recorded = file.cumulative(paths.pileup).histogram
    assert recorded.values().tolist() == [50, 40, 0]


def test_what_checks_alone_name_is_recorded(tmp_path: Path) -> None:
    made_of = {"entries": {"bad_below": 1}, "input": {"ratio": "./elsewhere"}}
    against = {"equal": {}, "against": "DT/Digi/hits"}
    plot = Plot(OCC, window="3 LS", checks=(made_of, against))
    never = Plot(COSMIC, run_types=("cosmics",), checks=(made_of,))
    layout = Layout("Hcal", (Page("Digi", (plot, never)),))
    engine = Engine(tmp_path, msgspec.structs.replace(SITE, layouts=(layout,)))
    for at in (1, 2, 3):
        hits = {"DT/Digi/hits": line("hits", [at]), "DT/Digi/other": line("o", [at])}
        engine.source.snapshot(RUN, "DT", hits, lumisection=at, pid=2)
        engine.update(at, more={"Hcal/Digi/elsewhere": line("elsewhere", [at, at])})
    assert engine.recorder.windows == dict.fromkeys(
        (OCC, "Hcal/Digi/elsewhere", "DT/Digi/hits"), 3
    )
    engine.context.close()
    with closing(RunFile.read(run_path(tmp_path, RUN))) as file:
        assert set(file.booked()) == {OCC, "Hcal/Digi/elsewhere", "DT/Digi/hits"}
        for client, path in (("Hcal", "Hcal/Digi/elsewhere"), ("DT", "DT/Digi/hits")):
            assert [each.last for each in file.moments(client)] == [1, 2, 3]
            window = file.between(path, 2, 3)
            assert (window.updates, window.ends) == (2, "")


def test_another_process_is_a_restart(engine: Engine) -> None:
    engine.update(4)
    engine.update(5)
    engine.update(6, pid=2)
    window = kept(engine.recorder, lambda file: last_updates(file, OCC, 3))
    assert (window.updates, window.ends) == (1, "restart")
    assert window.histogram.values().tolist() == [6, 12]


def test_a_final_file_is_no_restart(engine: Engine) -> None:
    """Its name does not say which process wrote it."""
    engine.update(4)
    engine.update(5)
    engine.update(6, pid=0)
    window = kept(engine.recorder, lambda file: last_updates(file, OCC, 2))
    assert (window.updates, window.events) == (2, 200)
    assert window.histogram.values().tolist() == [2, 4]


def test_what_is_judged_over_several_slices_is_one_update(engine: Engine) -> None:
    engine.update(1)
    engine.source.snapshot(RUN, "Hcal", {OCC: line("Occupancy", [5, 5])}, lumisection=2)
    engine.context.poll(engine.now + 1)
    engine.context.judge(-1.0)  # no time: nothing is judged yet
    engine.recorder.drain()
    assert engine.reached() == 1
    engine.work()
    assert engine.reached() == 2


def judge_in_part(engine: Engine, at: int, run: int = RUN, pid: int = 1) -> None:
    """An update another follows before all its plots are judged: one of them is."""
    elements: dict[str, Element] = {
        OCC: line("Occupancy", [at, 2 * at]),
        TIME: line("Timing", [3 * at]),
    }
    told = {"lumisection": at, "events": 100 * at, "pid": pid}
    engine.source.snapshot(run, "Hcal", elements, **told)  # type: ignore[arg-type]
    engine.now += 1
    engine.context.poll(engine.now)
    key = f"Hcal › Digi › {OCC}"
    engine.context.judging.verdict_now(key, OCC, engine.context.state)
    engine.context.judge(-1.0)  # no time for more
    engine.recorder.drain()


def test_an_update_that_is_not_judged_whole_is_part_of_the_next(engine: Engine) -> None:
    engine.update(1)
    judge_in_part(engine, 2)
    engine.update(3)
    assert engine.context.source_problems() in {None, ()}
    window = kept(engine.recorder, lambda file: last_updates(file, OCC, 2))
    assert (window.first, window.updates) == (1, 2)


def test_a_restart_in_an_update_that_is_not_judged_whole_is_not_lost(
    engine: Engine,
) -> None:
    for at in (1, 2):
        engine.update(at)
    judge_in_part(engine, 3, pid=2)
    for at in (4, 5):  # it counts more than before already
        engine.update(at, pid=2)
    moments = kept(engine.recorder, lambda file: file.moments("Hcal"))
    assert [each.mark for each in moments] == ["", "", "restart", ""]


def test_where_no_update_is_judged_whole_what_was_judged_is_recorded_and_said(
    engine: Engine,
) -> None:
    engine.update(1)
    for at in range(2, 8):
        judge_in_part(engine, at)
    assert engine.reached() == 6
    (problem,) = engine.context.source_problems() or ()
    assert problem.message.startswith("updates of Hcal come faster than its plots are")
    engine.update(8)
    assert engine.context.source_problems() == ()
    for path, entries in ((OCC, 24), (TIME, 24)):
        found = kept(engine.recorder, lambda file, of=path: file.cumulative(of))
        assert found.histogram.entries == entries


def test_what_was_judged_last_of_a_run_is_recorded_though_another_begins(
    engine: Engine,
) -> None:
    engine.update(1)
    judge_in_part(engine, 2)
    judge_in_part(engine, 1, run=RUN + 1)
    assert engine.reached() == 2


def test_what_is_seen_of_the_run_before_disturbs_no_update(engine: Engine) -> None:
    engine.source.snapshot(RUN - 1, "Hcal", {OCC: line("Occupancy", [9, 9])})
    engine.update(1)
    engine.source.snapshot(RUN, "Hcal", {OCC: line("Occupancy", [5, 5])}, lumisection=2)
    engine.context.poll(engine.now + 1)
    engine.context._elements.element(RUN - 1, OCC)
    engine.work()
    assert engine.reached() == 2
    assert not run_path(engine.folder, RUN - 1).exists()


def has_end(engine: Engine, run: int = RUN) -> bool | None:
    with closing(RunFile.read(run_path(engine.folder, run))) as file:
        return file.has_end()


def test_that_a_run_ended_is_kept_where_it_was_seen(engine: Engine) -> None:
    engine.update(1)
    assert has_end(engine) is False
    engine.source.states[RUN] = RunState.ENDED
    engine.work()
    assert has_end(engine) is True
    engine.context.close()


def test_a_run_is_over_where_another_one_begins(engine: Engine) -> None:
    engine.update(1)
    judge_in_part(engine, 1, run=RUN + 1)
    engine.work()
    assert (has_end(engine), has_end(engine, RUN + 1)) == (True, False)


def test_a_source_that_has_no_run_just_now_ends_none(engine: Engine) -> None:
    engine.update(1)
    engine.source.current_run = 0  # its folder is not there for a moment
    engine.work()
    assert has_end(engine) is False
    engine.update(2)
    engine.source.states[RUN] = RunState.ENDED
    engine.work()
    assert has_end(engine) is True


def test_a_run_that_ended_while_nobody_recorded_has_no_end(engine: Engine) -> None:
    engine.update(1)
    engine.context.close()  # as if it were killed: nothing more is written
    engine.context = engine.opened()
    judge_in_part(engine, 1, run=RUN + 1)
    engine.work()
    assert has_end(engine) is False
    source = open_source(f"recorded:{engine.folder}/{RUN}")
    with closing(SourceContext(source, engine.folder, reading=(SITE, {}))) as context:
        context.poll(0.0)
        said = [str(each) for each in context.source_problems() or ()]
        assert said == [
            f"advice: the end of run {RUN} is not in its record, which reaches LS 1: "
            "whoever recorded it ended before the run did, or records it still"
        ]


def test_of_a_record_made_before_ends_were_kept_nothing_is_said(
    engine: Engine,
) -> None:
    engine.update(1)
    engine.context.close()
    with closing(sqlite3.connect(run_path(engine.folder, RUN))) as connection:
        connection.execute("DELETE FROM about WHERE key = 'end'")
        connection.commit()
    assert has_end(engine) is None
    with closing(RecordedRun(run_path(engine.folder, RUN))) as source:
        source.poll(0.0)
        assert source.unfinished_words("LS") == ""


def test_old_content_is_not_recorded(engine: Engine) -> None:
    engine.update(1, state="recorded")
    engine.context.close()
    assert not run_path(engine.folder, RUN).exists()


def test_conditions_are_kept(engine: Engine) -> None:
    engine.update(1)
    engine.context.close()
    index = Index(engine.folder / FILE, reading=True)
    try:
        assert {run: each.run_type for run, each in index.runs().items()} == {
            RUN: "collisions"
        }
    finally:
        index.close()


def test_trouble_is_a_problem_and_said(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    context = SourceContext(
        engine.source,
        tmp_path,
        reading=(SITE, {}),
        recorder=Recorder(tmp_path / "file" / "below", "/dqm"),
    )
    try:
        recording = context.recording
        assert recording is not None
        recording.recorder.drain()
        problems = context.source_problems() or ()
        assert [(each.kind, each.code) for each in problems] == [("source", "recorder")]
        assert "it cannot be seen who records" in str(problems[0])
    finally:
        context.close()
    assert {each.levelname for each in caplog.records} == {"WARNING"}
    caplog.clear()


@pytest.mark.parametrize("lost", ["index", "folder"])
def test_that_recorded_runs_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """To who records nothing, too: else they would be absent."""
    record_runs(tmp_path)
    said = "what is known of runs cannot be read: .*not a database"
    if lost == "index":
        (tmp_path / FILE).write_bytes(b"nothing of the kind " * 100)
    with monkeypatch.context() as patch:
        if lost == "folder":
            said = "recorded runs cannot be listed: .*Permission denied"
            refused = PermissionError(errno.EACCES, "Permission denied")
            patch.setattr(os, "listdir", Mock(side_effect=refused))
        context = SourceContext(
            FakeSource(), tmp_path, reading=(SITE, {}), records=tmp_path
        )
    context.poll(1.0)
    (problem,) = context.source_problems() or ()
    assert re.match(said, problem.message)
    if lost == "folder":
        context.poll(60.0)
        assert context.source_problems() == ()
    context.close()


def test_an_index_that_is_just_being_made_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    context = SourceContext(
        FakeSource(), tmp_path, reading=(SITE, {}), records=tmp_path
    )
    context.poll(1.0)
    assert not context.source_problems()
    context.close()


@pytest.mark.parametrize(
    ("source", "memory", "recordings", "records"),
    [
        ("{folder}", "memory", "runs", True),
        ("{folder}", "", "runs", False),
        ("{folder}", "memory", "", False),
        ("replay:{folder}", "memory", "runs", False),
    ],
)
def test_who_records(
    tmp_path: Path, source: str, memory: str, recordings: str, *, records: bool
) -> None:
    (tmp_path / "dqm").mkdir()
    named = source.format(folder=tmp_path / "dqm")
    context = SourceContext.of(
        Open(
            named,
            memory=str(tmp_path / memory) if memory else "",
            recordings=str(tmp_path / recordings) if recordings else "",
        )
    )
    context.close()
    assert (context.recording is not None) is records
    folder = source_folder(tmp_path / "runs", named)
    assert (folder / "index.db").exists() is records


# -- what the judge and the recorder share -----------------------------------------


def windows(engine: Engine, at: int) -> list[str]:
    now = line("Occupancy", [at, 2 * at])
    found = engine.context.recent.windows(OCC, now, (1, 3, 15))
    longest = found[-1]
    assert longest.histogram.values().tolist() == [
        longest.updates,
        2 * longest.updates,
    ]
    return [each.words for each in found]


def test_what_the_judge_packed_is_not_packed_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.update(1)
    monkeypatch.delattr("dqmconsole.recording.recorder.difference")
    for at in (2, 3):
        engine.update(at)
    assert engine.recorder.trouble == ""
    window = kept(engine.recorder, lambda file: last_updates(file, OCC, 2))
    assert window.histogram.values().tolist() == [2, 4]


def test_windows_go_on_after_a_restart_of_the_engine(engine: Engine) -> None:
    for at in range(1, 9):
        engine.update(at)
    assert windows(engine, 8) == ["LS 8", "LS 6–8", "LS 2–8"]
    engine.context.close()
    engine.context = engine.opened()
    engine.work()  # the same content
    assert engine.context.recent.windows(OCC, line("O", [8, 16]), (1, 3)) == []
    engine.work()  # the recorder has answered
    assert windows(engine, 8) == ["LS 8", "LS 6–8", "LS 2–8"]
    engine.update(9)
    assert windows(engine, 9) == ["LS 9", "LS 7–9", "LS 2–9"]
    stored = kept(engine.recorder, lambda file: last_updates(file, OCC, 9))
    assert (stored.first, stored.last, stored.updates) == (1, 9, 9)


def test_an_update_that_fell_into_a_restart_is_in_the_window(engine: Engine) -> None:
    for at in range(1, 5):
        engine.update(at)
    engine.context.close()
    engine.context = engine.opened()
    engine.update(6)
    engine.work()
    found = engine.context.recent.windows(OCC, line("O", [6, 12]), (1, 3))
    assert [each.words for each in found] == ["LS 5–6", "LS 3–6"]
    assert [each.histogram.values().tolist() for each in found] == [[2, 4], [4, 8]]


def test_a_window_goes_on_after_a_restart_of_the_engine(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "runs", WINDOWED)
    for at in range(1, 31):
        engine.update(at)
    assert engine.span() == "LS 11–30"
    engine.context.close()
    engine.context = engine.opened()
    engine.work()  # the same content
    assert engine.span() == "LS 11–30"
    engine.update(31)
    assert engine.span() == "LS 12–31"
    engine.context.close()
    engine.context = engine.opened()
    engine.update(33)  # one was missed
    assert engine.span() == "LS 1–33: what the last 20 added is not known"
    engine.work()  # the recorder has answered
    assert engine.span() == "LS 14–33"
    engine.context.close()


def test_an_engine_that_does_not_record_reads_the_window(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "runs", WINDOWED)
    for at in range(1, 31):
        engine.update(at)
    first, engine.context = engine.context, engine.opened()
    engine.work()
    assert engine.recorder.holds is False
    assert engine.span() == "LS 11–30"
    engine.context.close()
    first.close()


def test_a_recorded_run_is_judged_as_it_was(tmp_path: Path) -> None:
    """By the producer's results, and by its last lumisections."""
    engine = Engine(tmp_path / "runs", WINDOWED)
    results = {TIME: (quality("Timing", 300, words="4 dead"),)}
    for at in range(1, 31):
        engine.update(at, results=results)
    engine.context.close()
    source = open_source(f"recorded:{engine.folder}/{RUN}")
    engine.context = SourceContext(source, tmp_path, reading=(WINDOWED, {}))
    engine.now += 1
    engine.context.poll(engine.now)
    while engine.context.judging.pending:
        engine.context.judge(float("inf"))
    verdict = engine.context.judging.plots[f"Hcal › Digi › {TIME}"].verdict
    assert verdict is not None
    assert (verdict.status, verdict.sentence) == (Status.BAD, "4 dead")
    assert engine.span() == "LS 11–30"
    conditions = engine.context.state.conditions
    assert conditions.run_type == "collisions", "what says so is not recorded itself"
    engine.context.close()


# -- how a number went -------------------------------------------------------------


def history_of(context: SourceContext, *wanted: object) -> HistoryFound:
    context.find_history(AskHistory(5, *wanted))  # type: ignore[arg-type]
    steps = 0
    while True:
        steps += 1
        for answer in context.answers(-1.0):  # one piece at a time
            assert isinstance(answer, HistoryFound)
            assert steps > 1
            return answer


def test_the_history_of_a_number_along_the_run(engine: Engine) -> None:
    for at in (1, 2, 4, 8):
        engine.update(at)
    found = history_of(engine.context, OCC, "entries")
    assert (found.request, found.run, found.sentence) == (5, RUN, "")
    assert [each.value for each in found.updates] == [3, 3, 6, 12]
    assert [(each.first, each.last) for each in found.updates][1:] == [
        *((2, 2), (3, 4), (5, 8)),
    ]
    assert found.updates[2].error == pytest.approx(6**0.5)
    of_bin = history_of(engine.context, OCC, "bin", (2,))
    assert [each.value for each in of_bin.updates] == [2, 2, 4, 8]
    mean = history_of(engine.context, OCC, "mean")  # it keeps none of the sums
    assert [each.value for each in mean.updates] == [None] * 4


def test_the_history_of_a_number_over_runs(engine: Engine) -> None:
    engine.update(3)
    engine.context.close()
    engine.context = engine.opened()
    engine.source.current_run = RUN
    found = history_of(engine.context, OCC, "entries")
    assert [(each.run, each.value) for each in found.runs] == [(RUN, 9)]


def test_runs_in_which_a_plot_is_booked_otherwise_are_told(tmp_path: Path) -> None:
    record_runs(tmp_path)
    context = SourceContext.of(Open(f"recorded:{tmp_path}/{RECORDED_RUN}"))
    try:
        context.poll(1000.0)
        found = history_of(context, recorded.PATH, "entries")
    finally:
        context.close()
    told = {each.run: each.booked_otherwise for each in found.runs}
    assert told == {run: run == OTHERWISE for run in FILLS}
    assert found.conditions[OTHERWISE].fill == 10411


@pytest.mark.parametrize(
    ("path", "wanted", "words"),
    [
        ("Hcal/Digi/elsewhere", ("entries",), "Hcal/Digi/elsewhere is not recorded"),
        (OCC, ("bin", (99,)), "has no bin (99,)"),
        (OCC, ("entries", (), 99), "run 99 is not recorded"),
    ],
)
def test_why_there_is_no_history(
    engine: Engine, path: str, wanted: tuple[object, ...], words: str
) -> None:
    engine.update(1)
    found = history_of(engine.context, path, *wanted)
    assert found.updates == ()
    assert words in found.sentence


def test_where_nothing_is_recorded_the_last_updates_have_a_history(
    engine: Engine,
) -> None:
    context = SourceContext(engine.source, engine.folder, reading=(SITE, {}))
    try:
        for at in (1, 2, 4):
            engine.update(at)
            context.poll(engine.now)
            context.judge(float("inf"))
        found = history_of(context, OCC, "entries")
        assert [each.value for each in found.updates] == [3, 6]
        assert [(each.first, each.last) for each in found.updates] == [(2, 2), (3, 4)]
        of_bin = history_of(context, OCC, "bin", (1,))
        assert [each.value for each in of_bin.updates] == [1, 2]
        for wanted in (("bin", (9,)), ("entries", (), 99)):
            nothing = history_of(context, OCC, *wanted)
            assert nothing.updates == ()
            assert nothing.sentence == "nothing is recorded of this source"
    finally:
        context.close()


def test_a_record_that_is_damaged_has_no_history(engine: Engine) -> None:
    engine.update(1)
    (engine.folder / "run-9.sqlite").write_bytes(b"no database" * 100)
    found = history_of(engine.context, OCC, "entries", (), 9)
    assert found.updates == ()
    assert "the record of run 9 cannot be read" in found.sentence


def test_a_recorded_run_has_its_history(engine: Engine) -> None:
    engine.update(1)
    engine.update(2)
    engine.context.close()
    context = SourceContext.of(Open(f"recorded:{engine.folder}/{RUN}"))
    try:
        context.poll(engine.now)
        found = history_of(context, OCC, "entries")
    finally:
        context.close()
    assert [each.value for each in found.updates] == [3, 3]


def opened_and_closed(tmp_path: Path, banner: str) -> str:
    """A source on a site that says where runs are recorded; its name."""
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (tmp_path / "site" / "instructions").mkdir()
    (layouts / "site.yaml").write_text("experiment: one\nrecordings: ../shared\n")
    (tmp_path / "dqm").mkdir()
    named = str(tmp_path / "dqm")
    context = SourceContext.of(
        Open(
            named,
            site=str(tmp_path / "site"),
            banner=banner,
            memory=str(tmp_path / "memory"),
            recordings=str(tmp_path / "own"),
        )
    )
    context.close()
    return named


def test_what_is_not_real_is_recorded_apart(tmp_path: Path) -> None:
    named = opened_and_closed(tmp_path, "DEMO")
    assert (source_folder(tmp_path / "own", named) / "index.db").exists()
    assert (tmp_path / "memory" / "onsets.sqlite").exists()
    assert not (tmp_path / "shared").exists()


def test_a_site_may_say_where_all_consoles_of_a_machine_record(tmp_path: Path) -> None:
    named = opened_and_closed(tmp_path, "")
    folder = source_folder(tmp_path / "shared", named)
    assert (folder / "index.db").exists()
    assert (folder / "onsets.sqlite").exists()  # of all, as its writer is
    assert not (tmp_path / "own").exists()
    recorder = Recorder(folder, named)
    recorder.note(RUN, Update("Hcal", 1, 1.0), [Item(OCC, line("O", [1.0]))])
    recorder.close()
    found = source_named(f"recorded:{RUN}", str(tmp_path / "site"))
    assert found == f"recorded:{tmp_path}/site/../shared/{folder.name}/run-{RUN}.sqlite"
    assert source_named(named, str(tmp_path / "site")) == named


def test_the_source_calls_a_lumisection_as_the_site_does(tmp_path: Path) -> None:
    make_site(tmp_path)
    file = tmp_path / "DQM_V0001_Hcal_R000000007.root.ls00000003"
    write_dqm(file, 7, {"Hcal/Digi": [line("occupancy", [1])]})
    context = SourceContext.of(Open(str(file), site=str(tmp_path)))
    now = time.time()
    context.poll(now)
    write_dqm(file, 7, {"Hcal/Digi": [line("occupancy", [1, 2])]})
    context.poll(now + 1)
    assert "at spill 3" in context.state.clients["Hcal"].sentence
    context.close()
