"""Our reader and writer against real ROOT, bin by bin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from strategies import histograms
from zoo import (
    THEMES,
    ask_root,
    assert_as_root,
    grow_big,
    needs_root,
    oracle,
    path_of,
)

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import RootFileError, UnreadableClassError
from dqmconsole.rootio.write import write_root

if TYPE_CHECKING:
    from pathlib import Path

# A fill buffer on an axis whose limits ROOT has yet to choose: refused, in words.
LEFT_TO_ROOT = {("buffers", "limits")}
_CMS = re.compile(r"DQMData/Run \d+/([^/]+)/Run summary/(.*)")


def me_path(place: str) -> str:
    """Path of the element that lies at `place` in the file."""
    return _CMS.sub(r"\1/\2", place)


def assert_file_as_root(file: DqmFile, expected: dict[str, dict[str, Any]]) -> int:
    compared = 0
    for place, wanted in expected.items():
        if "contents" not in wanted:
            continue
        found = file.element(me_path(place))
        assert isinstance(found, Histogram), place
        try:
            assert_as_root(found, wanted)
        except AssertionError as error:
            error.add_note(place)
            raise
        compared += 1
    return compared


@pytest.mark.parametrize("theme", THEMES)
def test_every_histogram_of_the_zoo_is_read_as_root_reads_it(theme: str) -> None:
    expected = oracle(theme)
    with DqmFile(path_of(theme)) as file:
        for _, place in (pair for pair in LEFT_TO_ROOT if pair[0] == theme):
            del expected[place]
        compared = assert_file_as_root(file, expected)
    assert compared == sum("contents" in wanted for wanted in expected.values())
    assert compared


def test_the_zoo_is_whole() -> None:
    assert len(THEMES) == 16
    classes = {wanted["class"] for theme in THEMES for wanted in oracle(theme).values()}
    numbers = {f"TH{n}{letter}" for n in (1, 2, 3) for letter in "CSIFDL"}
    assert classes >= numbers | {"TProfile", "TProfile2D", "TObjString"}


@pytest.mark.parametrize("theme", THEMES)
def test_the_list_of_a_file_has_every_object_once(theme: str) -> None:
    expected = oracle(theme)
    objects = {
        me_path(place)
        for place, wanted in expected.items()
        if wanted["class"] != "TObjString"
    }
    with DqmFile(path_of(theme)) as file:
        listed = [
            entry.path
            for entry in file.entries()
            if entry.kind not in ("int", "float", "text")
        ]
    assert sorted(listed) == sorted(objects)


def test_what_nobody_can_read_is_named_with_what_one_can_do() -> None:
    with (
        DqmFile(path_of("odd")) as file,
        pytest.raises(UnreadableClassError, match=r"class TNamed.*TObjString"),
    ):
        file.element("named")


def test_a_buffer_without_limits_is_refused_in_words() -> None:
    with (
        DqmFile(path_of("buffers")) as file,
        pytest.raises(RootFileError, match="buffered"),
    ):
        file.element("limits")


def test_the_highest_cycle_is_read() -> None:
    with DqmFile(path_of("cycles")) as file:
        for place in ("again", "inner/again"):
            found = file.element(place)
            assert isinstance(found, Histogram)
            assert found.title == "cycle 3"


def test_scalars_of_the_zoo() -> None:
    texts = [
        wanted["text"]
        for place, wanted in oracle("scalars").items()
        if wanted["class"] == "TObjString"
    ]
    with DqmFile(path_of("scalars")) as file:
        folder = file.folder("info")
        assert folder is not None
        assert folder.scalars["iRun"].value == 355555
        assert folder.scalars["minus"].value == -(1 << 63)
        assert folder.scalars["tenth"].value == 0.1
        assert folder.scalars["inf"].value == -float("inf")
        assert folder.efficiencies == {"efficient"}
        found = file.element("info/efficient")
        assert isinstance(found, Histogram)
        assert found.efficiency
        for number in range(8):
            name = f"text{number}"
            [text] = [text for text in texts if text.startswith(f"<{name}>")]
            whole = text.removeprefix(f"<{name}>s=").removesuffix(f"</{name}>")
            assert folder.scalars[name].value == whole
            [text] = [text for text in texts if text.startswith(f"<plot.test{number}>")]
            [result] = [
                result
                for result in folder.qualities["plot"]
                if result.test == f"test{number}"
            ]
            assert result.code == (100, 200, 300, 70)[number % 4]
            assert result.result == number / 7
            assert text.endswith(f":{result.message}</plot.test{number}>")


def test_a_file_with_64_bit_positions(tmp_path: Path) -> None:
    path = tmp_path / "big.root"
    expected = grow_big(path)
    assert path.stat().st_size > 2_000_000_000
    with DqmFile(path) as file:
        assert assert_file_as_root(file, expected) == 3
        found = file.element("far/away/i")
        assert isinstance(found, Scalar)
        assert found.value == 64


@pytest.mark.slow
@needs_root
def test_root_reads_our_copy_of_the_zoo_as_its_own(tmp_path: Path) -> None:
    folders: dict[str, list[Histogram]] = {}
    expected: list[tuple[str, dict[str, Any]]] = []
    for theme in THEMES:
        with DqmFile(path_of(theme)) as file:
            for place, wanted in oracle(theme).items():
                # what was in a fill buffer is summed up in another order by us
                if "contents" not in wanted or theme == "buffers":
                    continue
                found = file.element(me_path(place))
                assert isinstance(found, Histogram)
                if found.axes[0].time:  # it counts from another moment than before
                    continue
                folders[f"{len(expected)}"] = [found]
                expected.append((place, wanted))
    path = tmp_path / "copy.root"
    write_root(path, folders)
    again = [
        wanted for wanted in ask_root(path).values() if wanted["class"] != "TObjString"
    ]
    assert len(again) == len(expected)
    for ours, (place, theirs) in zip(again, expected, strict=True):
        # an object's own name may differ from its key's; we keep the latter
        wanted = theirs | {"name": ours["name"]}
        # nan differs from itself, but not from its words
        assert repr(ours) == repr(wanted), place


@pytest.mark.slow
@needs_root
def test_root_reads_what_we_write(tmp_path: Path) -> None:
    made: list[Histogram] = []

    @settings(max_examples=80, deadline=None, database=None)
    @given(histogram=histograms(odd=False))
    def collect(histogram: Histogram) -> None:
        made.append(histogram)

    collect()
    path = tmp_path / "written.root"
    write_root(path, {f"f{number}": [h] for number, h in enumerate(made)})
    found = {
        int(place.partition("/")[0][1:]): wanted
        for place, wanted in ask_root(path).items()
        if "contents" in wanted
    }
    assert len(found) == len(made) >= 80
    for number, histogram in enumerate(made):
        assert_as_root(histogram, found[number])
