from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.recorded_ground import LINE, MAP, RUN, UPDATES, make_ground
from support.waiting import wait_until

from dqmconsole.app import injected_run
from dqmconsole.app.injected_run import (
    PLACES,
    InjectedRun,
    InjectedRunError,
    stretch_start,
    write_whole,
)
from dqmconsole.app.simulation import RecordedDetector
from dqmconsole.desk.injection_table import (
    INJECTIONS,
    InjectionError,
    parse_injection,
)
from dqmconsole.desk.judge_source import judge_at, judge_source
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.message import Open
from dqmconsole.model.site import ConditionPaths
from dqmconsole.model.verdict import Status
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import run_path
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.run import Stop
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.site.site import read_settings_of
from dqmconsole.sources.open import settle

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_ground(tmp_path_factory.mktemp("ground") / "site")


def _played(site: Path, folder: Path, *causes: str, updates: int = UPDATES) -> DqmFile:
    """The last file of a whole run."""
    folder.mkdir(exist_ok=True)
    words = ["--folder", str(folder), "--record", f"{site}/runs/{RUN}"]
    words += ["--site", str(site), "--whole", str(updates), "--seed", "5"]
    for each in causes:
        words += ["--cause", each]
    assert injected_run.main(words) == 0
    return DqmFile(max(folder.glob("*.root*")))


def _contents(file: DqmFile, path: str) -> Array:
    element = file.element(path)
    assert isinstance(element, Histogram)
    return element.contents


def test_counts_are_changed_where_a_fault_is_and_nowhere_else(
    site: Path, tmp_path: Path
) -> None:
    good = _played(site, tmp_path / "good")
    bad = _played(site, tmp_path / "bad", f"dead-block:{MAP}@10*10")

    assert (_contents(good, LINE) == _contents(bad, LINE)).all()
    before, after = _contents(good, MAP), _contents(bad, MAP)
    changed = before != after
    assert 8 <= np.count_nonzero(changed) <= 16
    # of 24 updates it got nine
    lost = after[changed].sum() / before[changed].sum()
    assert lost == pytest.approx(9 / 24, abs=0.05)
    element = bad.element(MAP)
    assert isinstance(element, Histogram)
    assert element.entries == after.sum()
    good.close()
    bad.close()


def test_the_console_judges_a_whole_run_by_its_checks(tmp_path: Path) -> None:
    site = make_ground(tmp_path / "site")
    layout = site / "layouts/calo.yaml"
    checked = f"{LINE}, checks: [{{entries: {{bad_above: 10}}, persist: 3}}]}}"
    layout.write_text(layout.read_text().replace(f"{LINE}}}", checked))
    _played(site, tmp_path / "run", f"hot-cell:{MAP}@2*40").close()
    found = judge_source(str(tmp_path / "run"), site)
    said = {each.path: each.verdict for each in found.plots}
    assert said[LINE].status is Status.BAD, said[LINE].sentence
    assert {each.status for each in said.values()}.isdisjoint({Status.STALE})
    # nor does the window wait for updates that will not come
    now = time.time()
    shown = Open(str(tmp_path / "run"), site=str(site), recorded=True, opened=now)
    with closing(SourceContext.of(shown)) as context:
        settle(context.source, 30.0)
        judge_at(context, now)
        (line,) = (e for e in context.judging.plots.values() if e.plot.path == LINE)
    assert line.verdict is not None
    assert line.verdict.status is Status.BAD, line.verdict.sentence


def test_of_one_run_another_stretch_is_shown_for_each_seed(
    site: Path, tmp_path: Path
) -> None:
    starts = [stretch_start(seed, UPDATES, 14) for seed in range(0, 200, PLACES)]
    assert set(starts) == set(range(UPDATES - 14 + 1))
    assert stretch_start(12345, 12, 12) == stretch_start(12345, 12, 20) == 0
    path, conditions = run_path(site / "runs", RUN), ConditionPaths()
    with (
        closing(InjectedRun(path, conditions)) as run,
        closing(InjectedRun(path, conditions)) as late,
    ):
        late.pass_over(4)
        assert late.updates == UPDATES - 4
        write_whole(late, tmp_path, 14)
        for _ in range(4):
            run.go_on()
        before = _map_of(run)
        for _ in range(14):
            run.go_on()
        assert (_map_of(late) == _map_of(run) - before).all()
        assert late.lumisections == run.lumisections[4:]


def _map_of(run: InjectedRun) -> Array:
    return _contents_of(run, MAP)


def _contents_of(run: InjectedRun, path: str) -> Array:
    element = run.source.element(RUN, path)
    assert isinstance(element, Histogram)
    return np.array(element.contents, np.float64)


def test_a_fault_is_in_the_place_that_is_written(site: Path, tmp_path: Path) -> None:
    places: list[int] = []
    for number in (0, 1, 0):
        folder = tmp_path / f"{number}{len(places)}"
        with closing(_played(site, folder, f"hot-cell:{MAP}@1*60#{number}")) as file:
            places.append(int(_contents(file, MAP).argmax()))
    assert places[0] == places[2] != places[1]
    assert parse_injection(f"hot-cell:{MAP}*60#3").place == 3
    assert parse_injection(f"hot-cell:{MAP}*60").place is None
    with pytest.raises(InjectionError, match="is not"):
        parse_injection(f"hot-cell:{MAP}#3*60")


TREND, BY_NUMBER = "Calo/by_ls", "Calo/by_number"


def _trend(name: str, title: str, reached: range) -> Histogram:
    """A plot in which lumisection n has 100 n entries."""
    contents = np.zeros(102, np.float32)
    contents[list(reached)] = [100 * each for each in reached]
    axis = Axis(100, 0.5, 100.5, title=title)
    total = float(contents.sum())
    return Histogram(name, name, "TH1F", (axis,), contents, entries=total)


@pytest.mark.parametrize(
    ("step", "word", "title"), [(1, "lumisection", "LS"), (1, "spill", "Spill number"),
                                (2, "lumisection", "LS")],
)  # fmt: skip
def test_axes_of_lumisections_count_as_the_header_does(
    tmp_path: Path, step: int, word: str, title: str
) -> None:
    first = 41
    recorder = Recorder(tmp_path, "/daq")
    for at in range(first, first + 15 * step, step):
        reached = range(first, at + 1)
        held = (_trend("by_ls", title, reached), _trend("by_number", "layer", reached))
        items = [Item(f"Calo/{each.name}", each) for each in held]
        recorder.note(RUN, Update("Calo", at, 1000.0 + 20 * at, 1000.0 * at), items)
        recorder.drain()
    recorder.close()
    run = InjectedRun(run_path(tmp_path, RUN), ConditionPaths(), word=word)
    with closing(run):
        run.pass_over(2)
        for _ in range(5):
            run.go_on()
        counts, others = _contents_of(run, TREND), _contents_of(run, BY_NUMBER)
    # the first of 15 is what all others are counted from, two more are passed over
    shown = range(first + 2 * step + 1, first + 7 * step + 1)
    assert np.flatnonzero(others).tolist() == list(shown)
    if step == 1:
        assert np.flatnonzero(counts).tolist() == [1, 2, 3, 4, 5]
        assert counts[5] == others[shown[-1]] == 100 * shown[-1]
    else:  # one update is not one lumisection: nothing is made up
        assert (counts == others).all()


class Over:
    """A clock by which the first wait ends the run."""

    def until(self, _moment: float) -> None:
        raise Stop


def test_what_is_over_at_the_start_was_written_one_after_the_other(
    site: Path, tmp_path: Path
) -> None:
    words = ["--folder", str(tmp_path), "--record", f"{site}/runs/{RUN}"]
    given = injected_run.parser().parse_args([*words, "--ahead", "6", "--speed", "2"])
    conditions = read_settings_of(site).settings.conditions
    run = InjectedRun(run_path(site / "runs", RUN), conditions)
    with closing(run), pytest.raises(Stop):
        injected_run.play(run, given, Over())  # type: ignore[arg-type]
    first, last = sorted(tmp_path.glob("*.root*"))
    apart = last.stat().st_mtime - first.stat().st_mtime
    assert apart > 0.9 * LUMISECTION_SECONDS / 2
    # the file says its name as it is
    assert last.name.encode() + b"\0" in last.read_bytes()[:400]


def test_nothing_is_left_of_what_the_disk_refuses(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        message = "refused"
        raise OSError(message)

    conditions = read_settings_of(site).settings.conditions
    with closing(InjectedRun(run_path(site / "runs", RUN), conditions)) as run:
        run.go_on()
        monkeypatch.setattr(os, "utime", refuse)
        with pytest.raises(OSError, match="refused"):
            run.write(tmp_path, 1.0, written=2.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", sorted(INJECTIONS))
def test_each_fault_is_put_into_its_plot_alone(
    site: Path, tmp_path: Path, fault: str
) -> None:
    good = _played(site, tmp_path / "good")
    bad = _played(site, tmp_path / "bad", f"{fault}:{LINE}@2")

    assert (_contents(good, MAP) == _contents(bad, MAP)).all()
    assert (_contents(good, LINE) != _contents(bad, LINE)).any()
    good.close()
    bad.close()


def test_a_frozen_plot_stands_still_while_the_rest_goes_on(
    site: Path, tmp_path: Path
) -> None:
    early = _played(site, tmp_path / "early", updates=9)
    frozen = _played(site, tmp_path / "frozen", f"frozen:{LINE}@10")

    assert (_contents(early, LINE) == _contents(frozen, LINE)).all()
    assert (_contents(early, MAP).sum() < _contents(frozen, MAP).sum()).all()
    early.close()
    frozen.close()


@pytest.mark.parametrize("plots_alone", [False, True])
def test_the_conditions_are_of_now_and_of_what_was_played(
    tmp_path: Path, *, plots_alone: bool
) -> None:
    site = make_ground(tmp_path / "site", plots_alone=plots_alone)
    before = time.time()
    file = _played(site, tmp_path / "run", updates=10)

    def value(name: str) -> float:
        scalar = file.element(f"Calo/Info/{name}")
        assert isinstance(scalar, Scalar)
        assert not isinstance(scalar.value, str)
        return scalar.value

    assert before <= value("time") <= time.time()
    assert value("started") < before
    assert (value("events"), value("spill")) == (10_000, 10)
    field = file.element("Magnet/field")
    assert isinstance(field, Scalar)
    assert field.value == 1.5
    kind = file.element("Calo/Info/type")
    assert isinstance(kind, Scalar)
    assert kind.value == "beam"
    file.close()


@pytest.mark.slow
def test_a_run_fills_its_folder_and_ends_with_its_program(
    site: Path, tmp_path: Path
) -> None:
    record = f"recorded:{site}/runs/{RUN}"
    words = ["--ahead", "4", "--speed", "100"]
    child = RecordedDetector(record, site, (), 1, below=tmp_path, more=words)
    wait_until(lambda: any(child.folder.glob("*ls00000006*")), "six updates")
    assert child.ended() is None
    final = child.folder / f"DQM_V0001_R{RUN:09d}.root"
    wait_until(final.exists, "the final file")
    assert child.ended() is None  # the run is over, and stays in view
    child.close()
    # SIGTERM may come when its interpreter is ending already, and heeds none
    assert child.ended() in {0, -signal.SIGTERM}
    assert not child.folder.exists()


@pytest.mark.slow
def test_it_ends_when_its_parent_dies(site: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dqmconsole.app.injected_run"]
    command += ["--folder", str(tmp_path), "--untold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        words = ("--record", f"{site}/runs/{RUN}", "--site", str(site), "--ahead", "3")
        child.stdin.write("".join(f"{each}\n" for each in (*words, "")).encode())
        child.stdin.flush()
        wait_until(lambda: any(tmp_path.glob("*.root*")), "a file")
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(20) == 0


def test_what_cannot_be_played_is_said(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--folder", str(tmp_path), "--site", str(site), "--whole", "3", "--record"]
    assert injected_run.main([*words, f"{site}/runs/8"]) == 1
    assert "run 8 is not recorded" in capsys.readouterr().err
    cause = ["--cause", "dead-block:Calo/gone@2"]
    assert injected_run.main([*words, f"{site}/runs/{RUN}", *cause]) == 1
    assert "Calo/gone does not count" in capsys.readouterr().err
    with pytest.raises(InjectedRunError, match="does not count"):
        InjectedRun(
            run_path(site / "runs", RUN),
            ConditionPaths(),
            [parse_injection("loss:Calo/Info/spill@2")],
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dead-blok:Calo/hits@2", 'did you mean "dead-block"'),
        ("hv-trip:Hcal@2", "there are dead-block, hot-cell"),
        ("loss@2", "is not"),
        ("loss:Calo/hits@soon", "is not"),
        ("loss:Calo/hits@2*120", "cannot be"),
        ("loss:Calo/hits@2*0", "cannot be"),
        ("hot-cell:Calo/hits@2*1e999", "cannot be"),
        ("hot-cell:Calo/hits*1e", "no size"),
    ],
)
def test_a_fault_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(InjectionError, match=message):
        parse_injection(text)


def test_a_path_may_hold_a_colon() -> None:
    found = parse_injection("hot-cell:Calo/a: b@12*60")
    assert (found.path, found.update, found.size) == ("Calo/a: b", 12, 60.0)


def test_the_site_of_the_run_names_its_conditions(site: Path) -> None:
    assert read_settings_of(site).settings.conditions.events == "Calo/Info/events"
