"""Reading the files that real ROOT wrote (tests/data, made by make_zoo.py)."""

from __future__ import annotations

import base64
import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import (
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.rootio.file import RootFile

DATA = Path(__file__).parents[1] / "data"


def oracle(theme: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        gzip.decompress((DATA / f"{theme}.json.gz").read_bytes())
    )
    return found


def elements(theme: str) -> dict[str, Any]:
    with DqmFile(DATA / f"{theme}.root") as file:
        return {entry.path: file.element(entry.path) for entry in file.entries()}


def assert_as_root_read_it(found: Histogram, said: dict[str, Any]) -> None:
    assert found.root_class == said["class"]
    assert found.title == said["title"]
    assert found.entries == said["entries"]
    assert found.y_title == said["y_title"] or found.dimension == 3
    contents = found.values(flow=True).T.ravel()
    np.testing.assert_array_equal(contents, np.array(said["contents"], dtype=float))
    for axis, expected in zip(found.axes, said["axes"], strict=True):
        assert axis.bins == expected["bins"]
        assert axis.title == expected["title"]
        assert (axis.low, axis.high) == (expected["low"], expected["high"])
        assert (axis.variable is not None) == expected["variable"]
        np.testing.assert_allclose(axis.edges, expected["edges"], rtol=1e-14)
        assert list(axis.labels) == list(expected["labels"])
    for array in (found.contents, found.sumw2, found.bin_entries, found.bin_sumw2):
        assert array is None or not array.flags.writeable


@pytest.mark.parametrize("compression", ["none", "zlib", "lzma", "lz4", "zstd"])
def test_every_compression(compression: str) -> None:
    said = oracle(compression)
    found = elements(compression)
    assert found.pop("i") == Scalar("i", 1)
    assert found.keys() == said.keys() - {"<i>i=1</i>"}
    for path, element in found.items():
        assert isinstance(element, Histogram)
        assert_as_root_read_it(element, said[path])


@pytest.mark.parametrize("letter", "CSIFDL")
def test_numbers_keep_the_type_of_the_file(letter: str) -> None:
    kinds = {"C": "i1", "S": "i2", "I": "i4", "L": "i8", "F": "f4", "D": "f8"}
    with DqmFile(DATA / "classes.root") as file:
        found = file.element(f"h1{letter}")
    assert isinstance(found, Histogram)
    assert found.contents.dtype == np.dtype(kinds[letter])
    assert found.contents.dtype.isnative


def test_the_highest_cycle_wins() -> None:
    with DqmFile(DATA / "cycles.root") as file:
        found = file.element("again")
        assert [entry.path for entry in file.entries()].count("again") == 1
    assert isinstance(found, Histogram)
    assert found.title == "cycle 3"


def test_names_with_a_slash_are_found() -> None:
    said = oracle("names")
    with DqmFile(DATA / "names.root") as file:
        for path in ("a/b", "a/b/c", "folder with space/µ/a/b"):
            found = file.element(path)
            assert isinstance(found, Histogram)
            assert found.title == said[path]["title"]
            assert found.name == path.removeprefix("folder with space/µ/")


@pytest.mark.parametrize("path", ["named"])
def test_a_class_nobody_can_read_is_named(path: str) -> None:
    said = oracle("odd")[path]["class"]
    with DqmFile(DATA / "odd.root") as file:
        with pytest.raises(UnreadableClassError) as caught:
            file.element(path)
        healthy = file.element("healthy")
    assert caught.value.root_class == said
    assert caught.value.where == path
    assert said in str(caught.value)
    assert "odd.root" in str(caught.value)
    assert isinstance(healthy, Histogram)


def test_a_class_that_only_uproot_knows() -> None:
    with DqmFile(DATA / "odd.root") as file:
        cube = file.element("cube")
    assert isinstance(cube, Histogram)
    assert cube.is_profile
    assert cube.dimension == 3
    assert cube.bin_entries is not None
    assert cube.bin_entries.sum() > 0


def test_the_cms_tree() -> None:
    with DqmFile(DATA / "dqm.root") as file:
        assert file.run == 355555
        assert file.runs == (355555,)
        top = file.folder("")
        assert top is not None
        assert set(top.folders) == {"Hcal", "Ecal"}
        hcal = file.folder("Hcal")
        assert hcal is not None
        assert set(hcal.folders) == {"EventInfo", "DigiTask"}
        info = file.folder("Hcal/EventInfo")
        assert info is not None
        assert info.scalars["iRun"] == Scalar("iRun", 355555)
        assert info.scalars["reportSummary"].value == 0.98765432100000003
        assert info.scalars["workingDir"].value == "/home/Hcal"
        assert file.element("Hcal/EventInfo/iRun") == Scalar("iRun", 355555)
        plots = file.folder("/Hcal/DigiTask/Occupancy/")
        assert plots is not None
        assert set(plots.elements) == {"depth1", "rate", "timing"}
        assert plots.efficiencies == {"rate"}
        (result,) = plots.qualities["rate"]
        assert (result.name, result.test, result.code) == ("rate", "Range", 300)
        assert (result.result, result.algorithm) == (0.25, "ContentsXRange")
        assert result.message == "3 of 4: too low"
        rate = file.element("Hcal/DigiTask/Occupancy/rate")
        assert isinstance(rate, Histogram)
        assert rate.efficiency
        depth = file.element("Hcal/DigiTask/Occupancy/depth1")
        assert isinstance(depth, Histogram)
        assert not depth.efficiency
        assert file.folder("Hcal/Nowhere") is None
        kinds = {entry.path: entry.kind for entry in file.entries()}
    assert kinds["Hcal/EventInfo/iRun"] == "int"
    assert kinds["Ecal/EventInfo/reportSummary"] == "float"
    assert kinds["Ecal/EventInfo/workingDir"] == "text"
    assert kinds["Ecal/DigiTask/Occupancy/depth1"].startswith("T")
    assert len(kinds) == 2 * 9


def test_a_file_that_holds_nothing_asked_for_says_what_is_near() -> None:
    with DqmFile(DATA / "dqm.root") as file:
        with pytest.raises(NotInFileError) as caught:
            file.element("Hcal/DigiTask/Occupancy/depth2")
        with pytest.raises(
            KeyError, match="did you mean Hcal/DigiTask/Occupancy/depth1"
        ):
            file.element("Hcal/DigiTsk/Occupancy/depth2")
        with pytest.raises(NotInFileError):
            file.element("/".join(["x"] * 5000))
        with pytest.raises(NotInFileError):
            file.element("")
    assert caught.value.nearest[0] == "Hcal/DigiTask/Occupancy/depth1"


def test_a_run_that_is_not_in_the_file() -> None:
    with pytest.raises(NotInFileError, match="Run 355555"):
        DqmFile(DATA / "dqm.root", run=355556)


def test_scalars_and_their_oddities() -> None:
    with DqmFile(DATA / "scalars.root") as file:
        info = file.folder("info")
        assert info is not None
        free = file.element("info/free text")
        unclosed = file.element("info/<unclosed>i=1")
    assert file.run is None
    assert info.scalars["iRun"].value == 355555
    assert info.scalars["minus"].value == -(2**63)
    assert info.scalars["not a number"].value == "many"
    assert info.scalars["tenth"].value == 0.1
    assert info.scalars["inf"].value == -math.inf
    texts = [info.scalars[f"text{n}"].value for n in range(8)]
    assert texts[0] == "a: b: c"
    assert texts[1] == "ends in </x>"
    assert texts[3] == "a/b;1 <b>bold</b>"
    assert texts[4] == "Überschuß 10 µm ✓"
    assert texts[5] == ""
    assert texts[6] == "two\nlines\tand a tab"
    assert texts[7] == "x" * 400
    assert info.efficiencies == {"efficient"}
    assert [r.message for r in info.qualities["plot"]][:2] == [
        "a: b: c",
        "ends in </x>",
    ]
    assert free == Scalar("free text", "free text")
    assert unclosed == Scalar("<unclosed>i=1", "<unclosed>i=1")


def test_buffered_fills_are_filled_in() -> None:
    said = oracle("buffers")
    with DqmFile(DATA / "buffers.root") as file:
        for path, expected in said.items():
            if path == "limits":
                continue
            found = file.element(path)
            assert isinstance(found, Histogram)
            assert_as_root_read_it(found, expected)
            np.testing.assert_allclose(
                found.sums, expected["stats"], rtol=1e-12, atol=1e-12
            )


def test_equal_axes_are_shared() -> None:
    with RootFile(DATA / "dqm.root") as file:
        keys = [
            key
            for walked in file.walk(file.root)
            for key in walked.listing.objects.values()
            if key.name == "depth1"
        ]
        first, second = (file.read(key) for key in keys)
    assert isinstance(first, Histogram)
    assert isinstance(second, Histogram)
    assert first.axes[0] is second.axes[0]


def test_stored_bytes_tell_equal_objects() -> None:
    with RootFile(DATA / "dqm.root") as one, RootFile(DATA / "dqm.root") as other:
        for walked in one.walk(one.root):
            for key in walked.listing.objects.values():
                assert one.stored(key) == other.stored(key)


def test_positions_of_64_bits(tmp_path: Path) -> None:
    held = oracle("big")
    path = tmp_path / "big.root"
    with path.open("wb") as file:
        for at, piece in held["pieces"]:
            file.seek(at)
            file.write(base64.b64decode(piece))
    assert path.stat().st_size > 2_000_000_000
    with DqmFile(path) as opened:
        paths = {entry.path for entry in opened.entries()}
        assert {"near"} < paths
        for name in paths & held["oracle"].keys():
            found = opened.element(name)
            if isinstance(found, Histogram):
                assert_as_root_read_it(found, held["oracle"][name])
    path.unlink()


def test_reading_from_bytes_is_the_same() -> None:
    content = (DATA / "classes.root").read_bytes()
    with (
        DqmFile(content, name="memory") as held,
        DqmFile(DATA / "classes.root") as file,
    ):
        assert held.path == "memory"
        assert held.unchanged()
        paths = [entry.path for entry in held.entries()]
        assert paths == [entry.path for entry in file.entries()]
        for path in paths:
            one, other = held.element(path), file.element(path)
            assert isinstance(one, Histogram)
            assert isinstance(other, Histogram)
            assert one.axes == other.axes
            np.testing.assert_array_equal(one.contents, other.contents)


def test_limits_on_cells() -> None:
    from dqmconsole.rootio.file import Limits

    with (
        DqmFile(DATA / "classes.root", limits=Limits(cells=20)) as file,
        pytest.raises(RootFileError, match="cells"),
    ):
        file.element("h3F")
