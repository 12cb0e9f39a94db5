"""A site's main source and a stream beside it, in real folders, in one engine."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dqmconsole.app.cli import run as dqmconsole
from dqmconsole.app.options import source_named
from dqmconsole.desk.doctor import examine
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.file_pattern import FilePattern
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.message import Open, WatchItem
from dqmconsole.model.site import ConditionPaths
from dqmconsole.model.verdict import Status
from dqmconsole.recording.run_file import recorded_runs, source_folder
from dqmconsole.rootio.write import write_root
from dqmconsole.sources.combined import CombinedSource, Stream, StreamPlan
from dqmconsole.sources.folder import DqmFolder, Files
from dqmconsole.sources.recorded import RECORDED
from dqmconsole.sources.scanner import DirectScanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmconsole.model.verdict import Verdict
    from dqmconsole.rootio.write import Element

PERIOD = 10.0  # s
PATHS = ConditionPaths(lumisection="{subsystem}/ls", events="{subsystem}/events")
SITE = """\
experiment: Beam test
conditions: {lumisection: "{subsystem}/ls", events: "{subsystem}/events"}
sources:
  - {folder: ../main, files: "run_{run}.root", name: main}
  - {folder: ../calib, files: "calib_{run}.root", name: calib, layouts: [Calib]}
"""
LAYOUT = """\
layout: %s
pages: [{page: All, plots: [{path: %s/adc, checks: [{mean: {bad_above: 9}}]}]}]
"""


def write(
    folder: Path, name: str, run: int, step: int, at: float | None = None
) -> None:
    axis = Axis(2, 0.0, 2.0)
    counts = np.array([0.0, 50.0, 50.0, 0.0]) * step
    adc = Histogram(
        *("adc", "", "TH1D", (axis,), counts), entries=100.0 * step, sums=(1.0,) * 4
    )
    beside = folder.parent / "unfinished.root"
    told: list[Element] = [adc, Scalar("ls", step), Scalar("events", 100 * step)]
    write_root(beside, {name: told})
    if at is not None:
        os.utime(beside, (at, at))
    prefix = "run" if folder.name == "main" else folder.name
    beside.rename(folder / f"{prefix}_{run:06d}.root")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    for name in ("Hodo", "Calib"):
        (layouts / f"{name}.yaml").write_text(LAYOUT % (name, name))
    for name in ("main", "calib"):
        (tmp_path / name).mkdir()
    return tmp_path / "site"


def judged(context: SourceContext, now: float) -> dict[str, Verdict | None]:
    """Look once; the verdicts, by layout."""
    context.poll(now)
    context.judge(math.inf)
    return {one.layout: one.verdict for one in context.judging.plots.values()}


def status(verdict: Verdict | None) -> Status | None:
    return None if verdict is None else verdict.status


def direct(folder: Path, pattern: str) -> DqmFolder:
    files = Files(FilePattern(pattern))
    scanner = DirectScanner.of(folder, files.pattern)
    return DqmFolder(folder, PATHS, files=files, scanner=scanner, opened=0.0)


def with_stream(home: Path, main: Path, calib: Path) -> SourceContext:
    """A source with a stream, Calib, beside it; each is a folder."""
    plan = StreamPlan("calib", str(calib), None, frozenset({"Calib"}))
    source = CombinedSource(
        direct(main, "run_{run}.root"),
        [Stream(plan, lambda: direct(calib, "calib_{run}.root"))],
    )
    return SourceContext(source, home, at_once=True)


def test_a_stream_that_stops_is_out_alone(home: Path, tmp_path: Path) -> None:
    main, calib = tmp_path / "main", tmp_path / "calib"
    context = with_stream(home, main, calib)
    facts = []
    for step in range(1, 13):
        now = PERIOD * step
        write(main, "Hodo", 5, step, now)
        if step <= 4:
            write(calib, "Calib", 5, 2 * step, now)
        for at in (0.1, 0.7):
            verdicts = judged(context, now + at)
        facts += context.take_facts()
        assert context.header().lumisection == step
        if step == 4:
            assert set(map(status, verdicts.values())) == {Status.GOOD}
    assert status(verdicts["Hodo"]) is Status.GOOD
    assert status(verdicts["Calib"]) is Status.STALE
    outages = [each for each in facts if isinstance(each, OutageFact)]
    assert {each.subsystem for each in outages} == {"Calib"}
    context.close()


def test_a_picture_of_a_stream_that_is_elsewhere_says_so(
    home: Path, tmp_path: Path
) -> None:
    main, calib = tmp_path / "main", tmp_path / "calib"
    context = with_stream(home, main, calib)
    context.watch((WatchItem("Calib/adc", "Calib/adc", 300, 200),))
    tiles = []
    for step, run in enumerate((5, 9, 5), 1):
        write(main, "Hodo", 5, step, PERIOD * step)
        write(calib, "Calib", run, step, PERIOD * step)
        for at in (0.1, 0.7):
            judged(context, PERIOD * step + at)
        tiles.append(context.draw(math.inf)[-1])
    assert [tile.run for tile in tiles if tile.picture is not None] == [5, 5, 5]
    assert [tile.banner for tile in tiles] == [
        "", "OLD: its source, calib, is in run 9", ""
    ]  # fmt: skip
    context.close()


@pytest.fixture
def context(home: Path, tmp_path: Path) -> Iterator[SourceContext]:
    made = SourceContext.of(
        Open(
            source=source_named("", str(home)),
            site=str(home),
            memory=str(tmp_path / "memory"),
            recordings=str(tmp_path / "runs"),
        )
    )
    yield made
    made.close()


@pytest.mark.slow
def test_two_folders_of_which_one_stops(
    context: SourceContext, home: Path, tmp_path: Path
) -> None:
    main, calib = tmp_path / "main", tmp_path / "calib"
    step = 0

    def goes_on(until: Callable[[], object], *, run: int = 5, stops: bool) -> None:
        """Write and look until something holds, each step once the last was seen."""
        nonlocal step
        for _ in range(3000):
            client = context.state.clients.get("Hodo")
            if not step or (client is not None and client.lumisection == step):
                step += 1
                if not stops:
                    write(calib, "Calib", run, step)
                write(main, "Hodo", run, step)
            time.sleep(0.02)
            verdicts.update(judged(context, time.time()))
            if until():
                return
        pytest.fail(f"never came: {context.state}")

    verdicts: dict[str, Verdict | None] = {}
    goes_on(lambda: set(map(status, verdicts.values())) == {Status.GOOD}, stops=False)
    goes_on(lambda: status(verdicts["Calib"]) is Status.STALE, stops=True)
    goes_on(lambda: status(verdicts["Hodo"]) is Status.GOOD, stops=True)
    assert status(verdicts["Calib"]) is Status.STALE
    goes_on(lambda: context.state.run == 6, run=6, stops=True)
    assert status(verdicts["Calib"]) is Status.WAITING
    assert "calib, is in run 5" in context.state.clients["Calib"].sentence
    yaml = home / "layouts" / "site.yaml"
    yaml.write_text(SITE.replace("name: calib", "nmae: calib"))
    said = [(context.renew_site(), context.reads_otherwise)]
    yaml.write_text(SITE.replace("calib_{run}", "c_{run}"))
    said.append((context.renew_site(), context.reads_otherwise))
    assert said == [(True, False), (True, True)]
    context.close()
    kept = source_folder(tmp_path / "runs", f"{main}//run_{{run}}.root")
    assert 5 in recorded_runs(kept)
    listed = CliRunner().invoke(dqmconsole, ["ls", f"{RECORDED}{kept}/5"]).output
    assert "Hodo/adc" in listed
    assert "Calib/adc" in listed


@pytest.mark.slow
def test_commands_name_each_source(home: Path, tmp_path: Path) -> None:
    write(tmp_path / "main", "Hodo", 5, 1)
    write(tmp_path / "calib", "Calib", 4, 1)

    def said(*arguments: str) -> str:
        words = [*arguments, "--site", str(home)]
        return CliRunner().invoke(dqmconsole, words).output

    main = f"source {tmp_path}/main: run 5\n"
    calib = (
        f"source calib (Calib), {tmp_path}/calib//calib_{{run}}.root: run 4, which is "
        "not shown\n"
    )
    listed, checked = said("ls"), said("check")
    assert main in listed
    assert calib in listed
    assert "Hodo/adc" in listed
    assert "Calib/adc" not in listed
    assert main in checked
    assert calib in checked
    assert "waiting for Calib to enter run 5: its source, calib, is in run 4" in checked
    assert "Calib/adc" in said("ls", "calib")
    found = [each.sentence for each in examine(home) if each.area == "source"]
    assert [each.partition(":")[0] for each in found] == [
        "main (main)", "calib (feeds Calib)"
    ]  # fmt: skip
    (tmp_path / "calib").rename(tmp_path / "away")
    assert "calib//calib_{run}.root: nothing that can be read" in said("check")
