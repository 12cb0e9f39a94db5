"""Sources that packages register: what they give, and what is said when they cannot."""

from __future__ import annotations

import contextlib
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import hist
import numpy as np
import pytest
from support.waiting import PATIENCE, wait_until

from dqmconsole import plugins
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.site import SiteSettings, SourceSettings
from dqmconsole.model.uhi import from_uhi
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.sources import package
from dqmconsole.sources.open import check_source, open_source, settle, source_called
from dqmconsole.sources.package import PackageSource, Update
from dqmconsole.sources.package_process import write_update
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = """
import os, sys, time
from dqmconsole.sources.package import Update

class Counting:
    every = 0.05
    def __init__(self, text):
        self.number = int(text)
    def read(self):
        self.number += 1
        print("what a package prints is for people")
        return Update(self.number // 3, {"Lab/count": self.number, "Lab/no": []})

class Raising(Counting):
    def read(self):
        raise RuntimeError("the server\\nis away")

class Mending(Counting):
    def __init__(self, text):
        super().__init__("3")
        self.path = text
    def read(self):
        if not os.path.exists(self.path):
            raise RuntimeError("the server is away")
        return super().read()

class Otherwise(Counting):
    def read(self):
        return {"Lab/count": 3}

class Hanging(Counting):
    def read(self):
        while True:
            time.sleep(60)

class Crashing(Counting):
    def read(self):
        os.abort()

class Eating(Counting):
    def read(self):
        bytearray(5 << 30)

class Idle(Counting):
    def read(self):
        return None

class Pauseless(Counting):
    every = float("nan")

Nothing = 3
"""
POINTS = {
    name.lower(): EntryPoint(name.lower(), f"lab_readers:{name}", plugins.SOURCES)
    for name in (
        *("Counting", "Raising", "Mending", "Otherwise", "Hanging", "Crashing"),
        *("Eating", "Idle", "Pauseless"),
    )
} | {
    "nowhere": EntryPoint("nowhere", "lab_nowhere:Reader", plugins.SOURCES),
    "x": EntryPoint("x", "lab_readers:Counting", plugins.SOURCES),
}

COUNTS = Histogram("Lab", "", "TH1D", (Axis(1, 0.0, 1.0),), np.zeros(3))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "lab_readers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    points = tuple(POINTS.values())
    monkeypatch.setattr(plugins, "points_of", lambda _group: points)
    monkeypatch.setattr(
        plugins,
        "registered",
        lambda group, load: plugins.usable(group, points, load),
    )
    package.registered_sources.cache_clear()
    yield
    package.registered_sources.cache_clear()


@pytest.mark.usefixtures("installed")
def test_what_is_registered_goes_before_a_file_of_that_name() -> None:
    check_source("counting:3")
    check_source("nowhere:3")  # what is wrong with it is said by the source
    with pytest.raises(SourceError, match=r"^the source x of .* is left out: a name"):
        check_source("x:3")
    with pytest.raises(SourceError, match=r"registers a source labx \(there are: c"):
        check_source("labx:3")
    with pytest.raises(SourceError, match=r"kind foo:// cannot be .*, raising:…"):
        check_source("foo://3")
    settings = SiteSettings(experiment="x", sources=(SourceSettings("counting:3"),))
    assert source_called("", settings, Path("/site")) == "counting:3"
    left = package.registered_sources().left_out
    assert [each.name for each in left] == ["nowhere", "x"]


def test_an_update_is_a_file_and_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    counts = hist.Hist.new.Reg(4, 0, 2, label="x [mm]").Double()
    counts.fill([-1, 0.1, 0.6, 0.6, 5])
    bad = Histogram("y", "", "TH1D", (Axis(3, 0.0, 1.0),), np.zeros(4))
    elements = {
        "Lab/x": counts, "events": np.int32(5), "Lab/on": True, "Lab/mood": "fine",
        "Lab/y": bad, "Lab/z": {}, "a//b": 1, "": 2,
    }  # fmt: skip
    said = write_update(tmp_path, Update(12, elements))
    assert [each.partition(" is left out: ")[0] for each in said] == [
        "Lab/y", "Lab/z", "a//b", "",
    ]  # fmt: skip
    assert "a dict is no histogram, graph, number or text" in said[1]
    (path,) = tmp_path.iterdir()
    assert path.name == "DQM_V0001_R000000012.root.ls00000001"
    file = DqmFile(path)
    found = file.element("Lab/x")
    assert isinstance(found, Histogram)
    assert found.values(flow=True).tolist() == [1, 1, 2, 0, 0, 1]
    assert found.axes[0].title == "x [mm]"
    assert file.element("events") == Scalar("events", 5)
    assert file.element("Lab/on") == Scalar("on", 1)
    file.close()


def test_updates_replace_each_other_and_old_runs_go(tmp_path: Path) -> None:
    for run in (1, 2, 3, 4):
        write_update(tmp_path, Update(run, {"Lab/n": 1}))
        write_update(tmp_path, Update(run, {"Lab/n": 2}))
    write_update(tmp_path, Update(4, {"Lab/n": 3}, lumisection=70))
    write_update(tmp_path, Update(4, {"Lab/n": 3}, final=True))
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "DQM_V0001_R000000002.root.ls00000002",
        "DQM_V0001_R000000003.root.ls00000002",
        "DQM_V0001_R000000004.root",
    ]


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (Update(0, {}), "the run is 0, not 1 to 999999999"),
        (Update(10**30, {}), "the run is 1000"),
        (Update("7", {}), "the run is '7'"),  # type: ignore[arg-type]
        (Update(7, {}, lumisection=-1), "the lumisection is -1"),
        (Update(7, {"Lab": COUNTS, "Lab/x": 1}), "both an element and a folder"),
    ],
)
def test_what_cannot_be_a_file_is_refused(
    update: Update, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        write_update(tmp_path, update)
    assert list(tmp_path.iterdir()) == []


def test_histograms_of_other_libraries_keep_bins_errors_and_labels() -> None:
    weighted = hist.Hist.new.Var([0, 1, 3], label="x").StrCat(["a", "b"]).Weight()
    weighted.fill([0.5, 2, 2, 9], ["a", "b", "b", "a"], weight=[1, 2, 3, 4])
    found = from_uhi("w", weighted)
    assert (found.root_class, found.dimension) == ("TH2D", 2)
    assert found.axes[1].labels == ("a", "b")
    np.testing.assert_array_equal(found.values(), weighted.values())
    np.testing.assert_array_equal(found.variances(), weighted.variances())
    assert found.values(flow=True)[3, 1] == 4

    mean = hist.Hist.new.Reg(2, 0, 2).Mean()
    mean.fill([0.5, 0.5, 0.7, 1.5], sample=[1, 2, 4, 5])
    found = from_uhi("m", mean)
    assert found.kind == "MEAN"
    np.testing.assert_allclose(found.values()[0], mean.values()[0])
    np.testing.assert_allclose(found.variances()[0], mean.variances()[0])

    ours = Histogram("h", "t", "TH1D", (Axis(2, 0.0, 1.0, title="x"),), np.arange(4.0))
    again = from_uhi("h", ours)
    assert (again.axes, again.title) == (ours.axes, "t")
    assert again.values(flow=True).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="COUNT histograms of 4 axes"):
        from_uhi("h", hist.Hist(*[hist.axis.Regular(1, 0, 1, name=n) for n in "abcd"]))


def waited(source: PackageSource, words: str) -> str:
    """What is said of it, once these words are among that."""
    said = ""

    def holds() -> bool:
        nonlocal said
        source.poll(time.time())
        said = "; ".join(str(each) for each in source.problems())
        return words in said

    wait_until(holds, f"{words!r} is said")
    return said


def wait_for_run(source: PackageSource, run: int) -> None:
    def holds() -> bool:
        source.poll(time.time())
        return source.current_run >= run

    wait_until(holds, f"run {run}")


def opened(text: str) -> PackageSource:
    source = open_source(text)
    assert isinstance(source, PackageSource)
    return source


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_a_reader_is_a_source_like_any_folder() -> None:
    source = opened("counting:10")
    try:
        settle(source, PATIENCE)
        run = source.current_run
        assert run >= 3
        waited(source, "no is left out: a list is no histogram")
        wait_for_run(source, run + 2)
        found = source.element(source.current_run, "Lab/count")
        assert isinstance(found, Scalar)
        assert int(found.value) // 3 == source.current_run
        assert source.name == "counting:10"
        assert {each.file for each in source.problems()} == {"counting:10"}
        folder = source._root
        assert folder.is_dir()
    finally:
        source.close()
    assert not folder.exists()


WRONG = {
    "counting:x": "ValueError: invalid literal for int() with base 10: 'x'",
    "raising:1": "RuntimeError: the server is away",
    "otherwise:1": "read gave dict, no Update",
    "nowhere:1": "it cannot be imported: ModuleNotFoundError",
    "eating:1": "MemoryError",
    "idle:1": "has given nothing yet",
    "pauseless:1": "ValueError: its every is nan, not seconds up to 86400",
    "crashing:1": "its process was ended (SIGABRT); it is started again",
    "hanging:1": "its process was ended (it did not answer within ",
}


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_what_is_wrong_with_a_reader_is_said_by_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources: dict[str, PackageSource] = {}
    with contextlib.ExitStack() as stack:
        for text in WRONG:  # all begin at once
            longest = 1 if text.startswith("hanging") else round(PATIENCE)
            monkeypatch.setattr(package, "LONGEST", longest)
            sources[text] = opened(text)
            stack.callback(sources[text].close)
            sources[text].poll(time.time())
        for text, source in sources.items():
            said = waited(source, WRONG[text]).replace("advice: ", "")
            assert said.startswith(f"{text}: the source {text.partition(':')[0]} of ")
            assert source.ready
            assert source.current_run == 0


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_a_reader_that_works_again_is_shown_again(
    tmp_path: Path,
) -> None:
    source = opened(f"mending:{tmp_path}/up")
    try:
        waited(source, "the server is away")
        (tmp_path / "up").touch()
        wait_for_run(source, 1)
        assert not any("away" in str(each) for each in source.problems())
    finally:
        source.close()
