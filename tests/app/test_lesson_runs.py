"""Runs of lessons: what the detector is told, what nothing waits for, what is left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psutil
import pytest
from support.waiting import PATIENCE

from dqmconsole.app import lesson_runs
from dqmconsole.app.books import SCRATCH, Books
from dqmconsole.app.cause_plots import plots_of_causes
from dqmconsole.app.lesson_runs import PREFIX, LessonRuns, remove_leavings
from dqmconsole.app.simulation import SimulatedDetector
from dqmconsole.app.tables import site_tables
from dqmconsole.model.layout import Plot, ReferenceDraw
from dqmconsole.site.site import bundled_site, read_site
from dqmconsole.training.facts import NO_KEY, AnswerKey
from dqmconsole.training.lesson import LessonRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.simulation.state.beam import RunType

HOLD = """
import sys
from dqmconsole.app.lesson_runs import LessonRuns
from dqmconsole.training.lesson import LessonRun
from pathlib import Path
runs = LessonRuns(lambda: Path("/"))
print(runs.start(LessonRun()), runs.prepare(LessonRun(), ("Hcal",)), flush=True)
sys.stdin.read()
"""


class Fake:
    """A detector without a process; it ends when `gate` is set."""

    made: ClassVar[list[Fake]]
    gate: ClassVar[threading.Event]

    def __init__(
        self,
        run_type: str,
        speed: float,
        causes: list[str],
        **more: Any,  # noqa: ANN401 - words, numbers and a folder
    ) -> None:
        self.told = (run_type, speed, causes, more["seed"], more["more"])
        self.folder = Path(tempfile.mkdtemp(dir=more["below"]))
        self.recordings = self.folder / "records"
        self.code: int | None = None
        self.asked = self.closed = False
        self.made.append(self)

    def ended(self) -> int | None:
        return self.code

    def said(self) -> str:
        return '{"alike": ["hv-trip"], "plots": ["Hcal/Map"], "region": [1, 2.5]}'

    def ask_to_end(self) -> None:
        self.asked = True

    def close(self) -> None:
        assert self.gate.wait(PATIENCE)
        self.closed = True


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Fake]]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    class Kind(Fake):
        made: ClassVar[list[Fake]] = []
        gate: ClassVar[threading.Event] = threading.Event()

    yield Kind
    Kind.gate.set()


@pytest.fixture
def runs(fakes: type[Fake], tmp_path: Path) -> Iterator[LessonRuns]:
    begin: Any = fakes
    made = LessonRuns(lambda: tmp_path / "site", begin)
    yield made
    fakes.gate.set()
    made.close()
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_the_detector_is_told_the_run(runs: LessonRuns, fakes: type[Fake]) -> None:
    run = LessonRun(
        "cosmics", 5, ("fed-lost:Hcal@6*2", "wrong-reference"), 14, 2.0, run_length=9
    )
    source = runs.start(run)
    (made,) = fakes.made
    assert source == str(made.folder)
    more = ["--ahead", "14", "--lumisections-per-run", "9"]
    assert made.told == ("cosmics", 2.0, ["fed-lost:Hcal@6*2"], 5, more)


def test_the_run_that_was_started_may_be_recorded_while_it_goes_on(
    runs: LessonRuns, fakes: type[Fake]
) -> None:
    assert runs.recordings() == ""
    runs.start(LessonRun())
    assert runs.recordings() == str(fakes.made[-1].recordings)
    runs.stop()
    assert runs.recordings() == ""


def test_the_one_before_ends_and_nobody_waits(
    runs: LessonRuns, fakes: type[Fake]
) -> None:
    runs.start(LessonRun())
    runs.start(LessonRun(seed=2))  # returns although the first one has not ended
    first, second = fakes.made
    assert first.asked
    assert not first.closed
    assert not second.asked


def test_where_there_is_nothing_to_see_no_run_goes_on(
    runs: LessonRuns, fakes: type[Fake]
) -> None:
    runs.start(LessonRun())
    folder = Path(runs.nothing())
    assert list(folder.iterdir()) == []
    assert fakes.made[0].asked
    assert not runs.broke_off()


def test_a_run_that_ends_by_itself_broke_off(
    runs: LessonRuns, fakes: type[Fake]
) -> None:
    assert not runs.broke_off()
    runs.start(LessonRun())
    assert not runs.broke_off()
    fakes.made[0].code = -9
    assert runs.broke_off()
    runs.start(LessonRun())
    assert not runs.broke_off()
    fakes.made[1].code = 1
    runs.start(LessonRun(evidence="hole.dqmevidence"))
    assert not runs.broke_off()


def test_a_prepared_run_is_ready_when_it_is_whole(
    runs: LessonRuns, fakes: type[Fake]
) -> None:
    plots = (
        Plot("Hcal/Map"),
        Plot("Hcal/Line", reference=ReferenceDraw(normalize="area")),
    )
    run = LessonRun(ahead=4, causes=("hv-trip:Hcal@2",))
    folder = runs.prepare(run, ("Hcal", "Info"), plots)
    (made,) = fakes.made
    assert made.told[4] == [
        *("--whole", "4", "--only", "Info,FED,Hcal"),
        *("--first-run", "398201"),
        *("--look", "events:Hcal/Map", "--look", "area:Hcal/Line"),
    ]
    assert runs.is_ready(folder) is False
    assert runs.key(folder) == NO_KEY  # nothing is told before it is whole
    made.code = 0
    assert runs.is_ready(folder) is True
    assert runs.key(folder) == AnswerKey(("Hcal/Map",), (1.0, 2.5), ("hv-trip",))
    made.code = 1
    assert runs.is_ready(folder) is None
    assert runs.key(folder) == NO_KEY
    runs.drop(folder)
    runs.drop(folder)
    assert made.asked
    assert runs.is_ready(folder) is None
    assert runs.key(folder) == NO_KEY


def test_stop_ends_them_all(runs: LessonRuns, fakes: type[Fake]) -> None:
    runs.start(LessonRun())
    runs.prepare(LessonRun(), ())
    runs.stop()
    assert all(each.asked for each in fakes.made)


def test_close_waits_until_all_are_gone(
    runs: LessonRuns, fakes: type[Fake], tmp_path: Path
) -> None:
    runs.start(LessonRun())
    fakes.gate.set()
    runs.close()
    assert fakes.made[0].closed
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_evidence_lies_beside_the_lessons(
    runs: LessonRuns, fakes: type[Fake], tmp_path: Path
) -> None:
    run = LessonRun(evidence="hole.dqmevidence")
    path = str(tmp_path / "site" / "instructions" / "lessons" / "hole.dqmevidence")
    assert runs.start(run) == path
    assert runs.prepare(run, ("Hcal",)) == path
    assert runs.is_ready(path) is True
    assert not fakes.made
    with pytest.raises(OSError, match="beside the lessons"):
        runs.start(LessonRun(evidence="../../../etc/passwd"))


@pytest.mark.parametrize("run_type", ["collisions", "cosmics", "heavy-ions"])
def test_a_wrong_reference_is_of_another_run(
    runs: LessonRuns, run_type: RunType
) -> None:
    assert runs.reference(LessonRun(run_type, causes=("hv-trip@3",))) == ""
    other = Path(runs.reference(LessonRun(run_type, causes=("wrong-reference@1",))))
    assert other.is_file()
    assert other.stem != run_type


def test_what_a_killed_program_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (f"{PREFIX}a", f"{PREFIX}b", "dqmconsole-demo-c")
    left, young, other = (tmp_path / name for name in names)
    for each in (left, young, other):
        each.mkdir()
        (each / "run.root").write_text("x")
        os.utime(each, (0, 0))
    os.utime(young)
    (tmp_path / f"{PREFIX}link").symlink_to(other)
    remove_leavings(tmp_path)
    assert not left.exists()
    assert young.exists()
    assert other.exists()
    assert (other / "run.root").exists()
    monkeypatch.setattr(lesson_runs, "STALE", -1.0)
    remove_leavings(tmp_path)
    assert not young.exists()


def test_throw_away_books_go_with_their_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{SCRATCH}left"
    left.mkdir()
    books = Books(tmp_path / "data")
    mine = books.evidence_folder("DEMO").parent
    for each in (left, mine):
        os.utime(each, (0, 0))
    remove_leavings(tmp_path)
    assert (left.exists(), mine.exists()) == (False, True)
    books.close()
    assert not mine.exists()


def test_the_runs_of_a_program_that_lives_stay(
    runs: LessonRuns, tmp_path: Path
) -> None:
    source = Path(runs.start(LessonRun()))
    os.utime(source.parent, (0, 0))
    remove_leavings(tmp_path)
    assert source.exists()


def test_detectors_end_with_the_program_that_is_killed(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdin is not None
    folders = program.stdout.readline().split()
    assert len(folders) == 2
    children = psutil.Process(program.pid).children(recursive=True)
    assert len(children) == 2
    program.kill()
    program.wait(timeout=PATIENCE)
    program.stdin.close()
    program.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not alive


def test_what_happens_in_a_run_is_told_to_the_detector_alone(tmp_path: Path) -> None:
    with SimulatedDetector(
        "cosmics", 2.0, ["fed-lost:Hcal@2"], seed=77, below=tmp_path,
        more=["--whole", "3", "--only", "Info,FED,Hcal"],
    ) as detector:  # fmt: skip
        line: Any = detector._child.args
        assert detector._child.wait(timeout=PATIENCE) == 0
        assert any("Hcal" in each.name for each in detector.folder.iterdir())
    assert line[line.index("--folder") + 2 :] == ["--untold"]


def test_a_real_run_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runs = LessonRuns(lambda: tmp_path)
    try:
        lost = LessonRun(ahead=3, causes=("hv-trip:SiStrip@2*1#0",))
        clusters = "SiStrip/MechanicalView/{0}/NumberOfClusters_LayerVsPhi__{1}"
        ends = (("TIB", "TIB"), ("TOB", "TOB"), ("TEC/MINUS", "TEC__MINUS"))
        plots = tuple(Plot(clusters.format(*each)) for each in ends)
        folder = runs.prepare(lost, ("SiStrip",), plots)
        prepared: Any = runs._prepared[folder]
        assert isinstance(prepared, SimulatedDetector)
        assert prepared._child.wait(timeout=PATIENCE) == 0
        assert runs.is_ready(folder) is True
        written = {path.name for path in Path(folder).iterdir()}
        assert any("SiStrip" in each for each in written)
        assert not any("Ecal" in each for each in written)
        key = runs.key(folder)
        assert key.alike == ("board-dead", "ring-lost")
        assert key.plots is not None
        assert len(key.plots) == 1
        assert len(key.region) == 4
    finally:
        runs.close()
    assert not list(tmp_path.iterdir())


def test_the_plots_of_causes_are_found_out_beside_it(
    runs: LessonRuns, tmp_path: Path
) -> None:
    for part in ("layouts", "instructions"):
        (tmp_path / "site").mkdir(exist_ok=True)
        (tmp_path / "site" / part).symlink_to(bundled_site() / part)
    causes = ("board-dead:DT@90*4", "prescale@50")
    run = LessonRun(seed=5, causes=causes, ahead=8)
    end = time.monotonic() + PATIENCE
    while (found := runs.plots_of_causes(run)) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert found == plots_of_causes(run, read_site(bundled_site(), site_tables()))
    assert "DT/01-Digi/OccupancySummary_W1" in found["board-dead:DT@90"]
    assert "DT/01-Digi/OccupancySummary_W0" not in found["board-dead:DT@90"]
    assert "L1T/L1TStage2uGT/prescaleFactorSet" in found["prescale@50"]
    # another run: it begins again, and nothing is left of it at the end
    assert runs.plots_of_causes(LessonRun(seed=6, causes=causes)) is None
    child = runs._plots
    assert child is not None
    runs.stop()
    assert child._child.poll() is not None


def test_without_a_site_nothing_is_known_of_plots(runs: LessonRuns) -> None:
    assert runs.plots_of_causes(LessonRun(causes=("no-such-cause",))) is None
