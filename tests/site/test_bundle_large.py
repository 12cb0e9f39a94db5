"""Evidence of large maps: in small steps, and with nothing left lying about."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.bundles import FINE, OCC, a_bundle, a_plot, line, same, write_bundle

from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.site import bundle as bundle_module
from dqmconsole.site.bundle import read_bundle, reading, writing
from dqmconsole.site.evidence import KeptPlot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.dqmevidence"


def a_map(bins: int, name: str) -> Histogram:
    rng = np.random.default_rng(bins)
    cells = rng.random((bins + 2, bins + 2)).astype(np.float32)
    axis = Axis(bins, 0.0, 1.0)
    return Histogram(name, "m", "TH2F", (axis, axis), cells)


def map_plot(bins: int, name: str) -> KeptPlot:
    path = f"Hcal/Digi/{name}"
    picture = Picture(a_map(bins, name))
    tile = Tile(f"Hcal › Digi › {path}", path, 7, 1, FINE, picture=picture)
    return KeptPlot(tile, "overlay", reference=a_map(bins, name))


def test_large_maps_go_in_small_steps_and_come_back_whole(path: Path) -> None:
    plots = (
        map_plot(900, "a"),
        a_plot(line([0, 1, 0])),
        map_plot(900, "b"),
        map_plot(20, "c"),
    )
    job = writing(path, a_bundle(*plots))
    longest = steps = last = 0
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    for _ in job:
        steps += 1
        size = half.stat().st_size
        longest, last = max(longest, size - last), size
    # what is buffered comes with the next chunk
    assert longest <= 4 * (256 << 10)
    assert steps > sum(kept.nbytes for kept in plots) // (256 << 10)
    steps = sum(1 for _ in reading(path))
    assert steps > sum(kept.nbytes for kept in plots) // (256 << 10)
    found = read_bundle(path)
    assert same(found.plots, plots)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(path.with_name("out"))
    with DqmFile(path.with_name("out") / "data.root") as file:
        paths = {entry.path for entry in file.entries()}
    assert paths == {OCC, "Hcal/Digi/a", "Hcal/Digi/b", "Hcal/Digi/c"}


def test_halves_that_dead_processes_left_are_removed(path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead = child.pid

    def left(name: str, age: float) -> Path:
        half = path.with_name(name)
        half.write_bytes(b"half")
        os.utime(half, (time.time() - age,) * 2)
        return half

    gone = left(f".b.dqmevidence.{dead}.tmp", 100.0)
    kept = [
        left(f".young.dqmevidence.{dead}.tmp", 1.0),
        left(f".alive.dqmevidence.{os.getppid()}.tmp", 100.0),
        left(f".notes.txt.{dead}.tmp", 100.0),
        left(f"b.dqmevidence.{dead}.tmp", 100.0),
        left(".c.dqmevidence.x.tmp", 100.0),
    ]
    write_bundle(path, a_bundle())
    assert not gone.exists()
    assert all(each.exists() for each in kept)


def test_a_full_disk_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(bundle_module.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_bundle(path, a_bundle())
    assert not list(path.parent.iterdir())
