"""A finished run, taken as a recorded run: one file, several, and what is refused."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.recorded_ground import LINE, MAP, Daq, in_folders, make_site

from dqmconsole.desk import finished_run
from dqmconsole.desk.finished_run import UPDATES, TakenRun, take_finished_run
from dqmconsole.desk.injections import LEAST_UPDATES, plot_that_counts
from dqmconsole.desk.recorded_good import known_runs
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.history import HistoryPoint
from dqmconsole.recording.recorder import Recorder
from dqmconsole.recording.run_file import RunFile, run_path
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.write import write_root
from dqmconsole.shift.number_history import of_the_run
from dqmconsole.sources.recorded import FINISHED, to_play
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError

RUN = 7


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_site(tmp_path / "site")


def _written(folder: Path, many: int, updates: int = 6) -> list[Path]:
    """So many files of a run, one after the other, each with so many updates more."""
    folder.mkdir()
    daq, made = Daq(), []
    for number in range(1, many + 1):
        for _ in range(updates):
            held = daq.update(1000.0)
        made.append(folder / f"part{number}.root")
        write_root(made[-1], in_folders(held))
    return made


def _steps(home: Path) -> RecordedSteps:
    return RecordedSteps(run_path(home / "runs" / FINISHED, RUN))


def _held(steps: RecordedSteps, path: str) -> Histogram:
    found = steps.element(RUN, path)
    assert isinstance(found, Histogram)
    return found


def test_the_one_file_of_a_run_comes_evenly(home: Path, tmp_path: Path) -> None:
    (file,) = _written(tmp_path / "data", 1)
    taken = take_finished_run(file, home, home / "runs", RUN)
    assert taken == TakenRun(RUN, 1, UPDATES, UPDATES)
    with closing(_steps(home)) as steps:
        assert len(steps.lumisections) == UPDATES
        assert steps.conditions().run_type == "beam"
        for at in steps.lumisections[: UPDATES // 2]:
            steps.go_on(at)
        half = _held(steps, MAP)
        for at in steps.lumisections[UPDATES // 2 :]:
            steps.go_on(at)
        whole = _held(steps, MAP)
        assert np.array_equal(half.contents, np.round(half.contents))
        share = half.contents.sum() / whole.contents.sum()
        assert abs(share - 0.5) < 0.05  # sqrt(12 * 10 * 60 * 6) = 208 of 43,200
        assert half.entries == pytest.approx(whole.entries / 2)
        events = [steps.events(MAP, at) for at in steps.lumisections]
        assert events == pytest.approx([6000 / UPDATES] * UPDATES)
        assert plot_that_counts(steps, LINE) is not None
    again = take_finished_run(file, home, home / "runs", RUN)
    assert again == TakenRun(RUN)


def test_files_come_in_their_order(home: Path, tmp_path: Path) -> None:
    files = _written(tmp_path / "data", LEAST_UPDATES, 1)
    assert files[-1].name == "part12.root"  # after part2
    taken = take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    assert taken == TakenRun(RUN, LEAST_UPDATES, LEAST_UPDATES, 1)
    daq = Daq()
    with closing(_steps(home)) as steps:
        for at in steps.lumisections:
            steps.go_on(at)
            expected = daq.update(0.0)[LINE]
            assert isinstance(expected, Histogram)
            assert np.array_equal(_held(steps, LINE).contents, expected.contents)
    # as its plots count, and the history of their numbers
    with closing(RunFile.read(run_path(home / "runs" / FINISHED, RUN))) as record:
        points = [
            HistoryPoint(RUN, 1.0, None, each.first, each.last)
            for each in record.moments("Calo")
        ]
    counted = [each.last for each in of_the_run(points)]
    assert counted == list(range(1, LEAST_UPDATES + 1))


def test_more_files_than_can_be_open_at_once_are_read(
    home: Path, tmp_path: Path
) -> None:
    _written(tmp_path / "data", 80, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path(os.devnull).open() as next_one:
        few = next_one.fileno() + 40
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    try:
        taken = take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert taken == TakenRun(RUN, 80, 80, 1)


def test_of_files_of_several_runs_one_is_taken(home: Path, tmp_path: Path) -> None:
    _written(tmp_path / "data", 2)
    settings = home / "layouts/site.yaml"
    source = f'sources: [{{folder: {tmp_path}/data, files: "part{{run}}.root"}}]'
    settings.write_text(f"{settings.read_text()}{source}\n")
    with pytest.raises(SourceError, match="files of several runs, 1, 2: give --run"):
        take_finished_run(tmp_path / "data", home, home / "runs")
    taken = take_finished_run(tmp_path / "data", home, home / "runs", 2)
    assert taken == TakenRun(2, 1, UPDATES, UPDATES)


def test_a_few_files_are_spread_each(home: Path, tmp_path: Path) -> None:
    _written(tmp_path / "data", 3)
    taken = take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    assert taken == TakenRun(RUN, 3, UPDATES, UPDATES // 3)
    daq = Daq()
    for _ in range(6):
        first = daq.update(0.0)[LINE]
    assert isinstance(first, Histogram)
    with closing(_steps(home)) as steps:
        for at in steps.lumisections[: UPDATES // 3]:
            steps.go_on(at)
        assert np.array_equal(_held(steps, LINE).contents, first.contents)


def test_what_is_no_count_is_there_from_the_start(home: Path, tmp_path: Path) -> None:
    _is_trend(home)
    (file,) = _written(tmp_path / "data", 1)
    take_finished_run(file, home, home / "runs", RUN)
    with closing(_steps(home)) as steps:
        steps.go_on(steps.lumisections[0])
        first = _held(steps, MAP).contents
        for at in steps.lumisections[1:]:
            steps.go_on(at)
        assert np.array_equal(_held(steps, MAP).contents, first)
        assert first.sum() > 0


def _is_trend(home: Path) -> None:
    layout = home / "layouts/calo.yaml"
    trend = f"path: {MAP}, accumulates: trend"
    layout.write_text(layout.read_text().replace(f"path: {MAP}", trend))


def _rewritten(file: Path, path: str, element: Histogram) -> None:
    """Write a file of the run again, with another element in it."""
    with closing(DqmFile(file)) as written:
        held = {
            each: written.element(each)
            for each in (LINE, MAP, "Calo/Info/type", "Calo/Info/events")
        }
    write_root(file, in_folders({**held, path: element}))


def test_a_trend_of_many_files_comes_as_they_say(home: Path, tmp_path: Path) -> None:
    _is_trend(home)
    files = _written(tmp_path / "data", LEAST_UPDATES, 1)
    take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    daq = Daq()
    with closing(_steps(home)) as steps:
        # as axes of a run count that begins with the first of its files
        assert steps.lumisections == tuple(range(1, len(files) + 1))
        for at in steps.lumisections:
            steps.go_on(at)
            expected = daq.update(0.0)[MAP]
            assert isinstance(expected, Histogram)
            assert np.array_equal(_held(steps, MAP).contents, expected.contents)


def test_a_trend_of_a_few_files_does_not_run_ahead(home: Path, tmp_path: Path) -> None:
    _is_trend(home)
    _written(tmp_path / "data", 3)
    take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    daq = Daq()
    held = [daq.update(0.0)[MAP] for _ in range(18)]
    seen = []
    with closing(_steps(home)) as steps:
        for at in steps.lumisections:
            steps.go_on(at)
            seen.append(_held(steps, MAP).contents.sum())
    sums = [float(each.contents.sum()) for each in (held[5], held[11], held[17])]
    assert seen == [sums[0]] * 15 + [sums[1]] * 8 + [sums[2]]


def test_a_plot_of_the_latest_value_is_there_from_the_start(
    home: Path, tmp_path: Path
) -> None:
    _is_trend(home)
    files = _written(tmp_path / "data", LEAST_UPDATES, 1)
    with closing(DqmFile(files[0])) as first:
        low = first.element(MAP)
    assert isinstance(low, Histogram)
    _rewritten(files[5], MAP, low)
    take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    with closing(DqmFile(files[-1])) as final:
        last = final.element(MAP)
    assert isinstance(last, Histogram)
    with closing(_steps(home)) as steps:
        for at in steps.lumisections:
            steps.go_on(at)
            assert np.array_equal(_held(steps, MAP).contents, last.contents)


def test_files_that_are_no_snapshots_are_refused(home: Path, tmp_path: Path) -> None:
    one, two = _written(tmp_path / "data", 2)
    one.rename(tmp_path / "data/later.root")
    two.rename(tmp_path / "data/earlier.root")
    with pytest.raises(SourceError, match=r"holds less in later.root than in earlier"):
        take_finished_run(tmp_path / "data", home, home / "runs", RUN)
    assert not run_path(home / "runs" / FINISHED, RUN).exists()


@pytest.mark.parametrize("broken", [KeyboardInterrupt(), None])
def test_nothing_is_left_of_a_run_that_is_recorded_in_part(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: BaseException | None,
) -> None:
    (file,) = _written(tmp_path / "data", 1)
    drains = itertools.count()
    whole = Recorder.drain

    def drain(recorder: Recorder) -> None:
        whole(recorder)
        if next(drains) >= UPDATES // 2:
            recorder.trouble = "the disk is full"
            if broken is not None:
                raise broken

    monkeypatch.setattr(Recorder, "drain", drain)
    with pytest.raises(SourceError if broken is None else KeyboardInterrupt):
        take_finished_run(file, home, home / "runs", RUN)
    monkeypatch.undo()
    assert not list((home / "runs" / FINISHED).glob("run-*"))
    assert known_runs(home / "runs", unsaid=True) == ()
    again = take_finished_run(file, home, home / "runs", RUN)
    assert again == TakenRun(RUN, 1, UPDATES, UPDATES)


@pytest.mark.parametrize("updates", [LEAST_UPDATES - 1, LEAST_UPDATES])
def test_a_run_is_taken_unless_a_console_has_its_updates(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: int
) -> None:
    """Who opens the file in a console leaves a record of it, of one update."""
    (file,) = _written(tmp_path / "data", 1)
    runs = home / "runs"
    with monkeypatch.context() as shorter:
        shorter.setattr(finished_run, "UPDATES", updates)
        take_finished_run(file, home, runs, RUN)
    (runs / FINISHED).rename(runs / "console")
    shutil.copytree(runs / "console", runs / "another")
    if updates == LEAST_UPDATES:
        with pytest.raises(SourceError, match="recorded already, with its updates"):
            take_finished_run(file, home, runs, RUN)
        with pytest.raises(SourceError, match="recorded of 2 sources"):
            to_play(RUN, runs)
    else:
        assert take_finished_run(file, home, runs, RUN).updates == UPDATES
        assert to_play(RUN, runs) == f"recorded:{run_path(runs / FINISHED, RUN)}"


@pytest.mark.parametrize(("kind", "bins"), [("TH1D", 31), ("TProfile", 30)])
def test_a_plot_that_was_booked_otherwise_is_refused(
    home: Path, tmp_path: Path, kind: str, bins: int
) -> None:
    _, late = _written(tmp_path / "data", 2)
    counts = np.full(bins + 2, 1e6)
    weights = counts if kind == "TProfile" else None
    other = Histogram(
        *("hits", "", kind, (Axis(bins, 0.0, float(bins)),), counts),
        entries=1.0, bin_entries=weights, sumw2=weights,
    )  # fmt: skip
    write_root(late, in_folders({LINE: other}))
    with pytest.raises(SourceError, match="hits is booked otherwise in part2"):
        take_finished_run(tmp_path / "data", home, home / "runs", RUN)


def test_a_file_without_a_number_wants_one(home: Path, tmp_path: Path) -> None:
    (file,) = _written(tmp_path / "data", 1)
    with pytest.raises(SourceError, match="give --run"):
        take_finished_run(file, home, home / "runs")
    settings = home / "layouts/site.yaml"
    source = f'sources: [{{folder: {file.parent}, files: "part{{run}}.root"}}]'
    settings.write_text(f"{settings.read_text()}{source}\n")
    assert take_finished_run(file, home, home / "runs").run == 1  # of part1.root
    strange = tmp_path / "other.root"
    write_root(strange, in_folders({"X/a": Scalar("a", 1)}))
    with pytest.raises(SourceError, match="no plot of the site's layouts"):
        take_finished_run(strange, home, home / "runs", RUN)
