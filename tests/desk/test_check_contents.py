"""What validate says of what sources hold: empty, of other bins, cut, not shown."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.desk.check import validate
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram, QualityResult
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
LAYOUT = """\
layout: Hcal
pages:
  - page: P
    audience: expert
    plots:
      - {path: Hcal/line, overlay: [Hcal/other], draw: {x: {range: [0, 8]}}}
      - {path: "Hcal/part{1..2}"}
      - {path: Hcal/map, draw: {z: {range: [0, 5]}}}
      - {path: Hcal/trend, accumulates: trend}
defaults: {reference: {normalize: area}}
"""


def histogram(name: str, *axes: Axis, fill: float = 1.0, at: int = -2) -> Histogram:
    contents = np.zeros(tuple(axis.bins + 2 for axis in axes), dtype=np.float32)
    contents[1:at] = fill
    return Histogram(
        name=name,
        title=name,
        root_class="TH2F" if len(axes) > 1 else "TH1F",
        axes=axes,
        contents=contents,
        entries=float(contents.sum()),
    )


TEN = Axis(10, 0.0, 10.0)
GOOD = {
    "line": histogram("line", TEN, at=9),
    "other": histogram("other", TEN),
    "part1": histogram("part1", TEN),
    "part2": histogram("part2", TEN),
    "map": histogram("map", TEN, TEN),
    "trend": histogram("trend", Axis(60, 0.5, 60.5, title="Lumisection")),
}


def written(folder: Path, run: int, **changed: Histogram) -> Path:
    file = folder / f"DQM_V0001_Hcal_R{run:09d}.root"
    write_dqm(file, run, {"Hcal": [*(GOOD | changed).values()]})
    return file


def said(
    folder: Path,
    sources: Sequence[Path],
    layout: str = LAYOUT,
    rules: str = "",
    site: str = "experiment: x\n",
) -> list[str]:
    layouts = folder / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(site)
    (layouts / "Hcal.yaml").write_text(layout)
    if rules:
        (layouts / "references.yaml").write_text(rules)
    found = [str(each) for each in validate(folder / "site", sources, TODAY)]
    return [
        each.replace(f"{folder}/site/layouts/", "").replace(f"{folder}/", "")
        for each in found
        if "no-progress" not in each
    ]


def test_a_site_that_fits_two_sources(tmp_path: Path) -> None:
    longer = histogram("trend", Axis(120, 0.5, 120.5, title="Lumisection"))
    two = [written(tmp_path, 1), written(tmp_path, 2, trend=longer)]
    assert said(tmp_path, two) == []


NAME = "DQM_V0001_Hcal_R00000000"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"part2": histogram("part2", TEN, fill=0)},
         f"Hcal.yaml:7:16: advice: Hcal/part2 is empty in {NAME}1.root [always-empty]"),
        ({"other": histogram("other", Axis(5, 0.0, 10.0))},
         "Hcal.yaml:6:16: advice: overlay: Hcal/other has 5 bins, and Hcal/line 10 "
         "bins [overlay-bins]"),
        ({"other": histogram("other", Axis(10, 0.0, 20.0))},
         "Hcal.yaml:6:16: advice: overlay: Hcal/other has 10 bins (0 to 20), and "
         "Hcal/line 10 bins (0 to 10) [overlay-bins]"),
        ({"line": histogram("line", TEN, at=-1)},
         "Hcal.yaml:6:16: advice: draw: x: range [0, 8] hides 2 of 10 filled bins of "
         f"Hcal/line in {NAME}1.root, which reach from 0.5 to 9.5 [range-hides-data]"),
        ({"map": histogram("map", TEN, TEN, fill=7)},
         "Hcal.yaml:8:16: advice: draw: z: range [0, 5] hides 90 of 90 filled bins of "
         f"Hcal/map in {NAME}1.root, which reach from 7 to 7 [range-hides-data]"),
    ],
)  # fmt: skip
def test_what_one_source_shows(
    tmp_path: Path, changed: dict[str, Histogram], words: str
) -> None:
    assert said(tmp_path, [written(tmp_path, 1, **changed)]) == [words]


def test_what_differs_between_sources(tmp_path: Path) -> None:
    two = [
        written(tmp_path, 1, part1=histogram("part1", TEN, fill=0)),
        written(tmp_path, 2, part1=histogram("part1", Axis(9, 0.0, 9.0), fill=0)),
    ]
    assert said(tmp_path, two) == [
        "Hcal.yaml:7:16: advice: Hcal/part1 is empty in both sources [always-empty]",
        f"Hcal.yaml:7:16: advice: Hcal/part1 has 10 bins in {NAME}1.root, and 9 bins "
        f"in {NAME}2.root [binning-differs]",
    ]
    again = tmp_path / "again"
    part = msgspec.structs.replace(GOOD["part1"], contents=np.ones(12, np.float32))
    one = [two[0], written(tmp_path, 3, part1=part)]
    assert said(again, one) == []  # empty in one of them alone


def test_a_reference_of_other_bins(tmp_path: Path) -> None:
    folder = tmp_path / "references"
    folder.mkdir()
    written(folder, 7, line=histogram("line", Axis(5, 0.0, 10.0)))
    rule = (
        f"- file: {folder / 'DQM_V0001_Hcal_R000000007.root'}\n"
        "  chosen_by: Ann\n  chosen_on: 2026-11-01\n  why: smooth\n"
    )
    found = said(tmp_path, [written(tmp_path, 1)], rules=rule)
    (words,) = [each for each in found if "reference-bins" in each]
    assert "Hcal/line has 10 bins, and 5 bins in its reference" in words


def test_a_reference_run_of_other_bins(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    written(folder, 7, line=histogram("line", Axis(5, 0.0, 10.0)))
    rule = "- run: 7\n  chosen_by: Ann\n  chosen_on: 2026-11-01\n  why: smooth\n"
    site = f"experiment: x\nrecorded: [{folder}]\n"
    found = said(tmp_path, [written(tmp_path, 8)], rules=rule, site=site)
    (words,) = [each for each in found if "reference-bins" in each]
    assert "Hcal/line has 10 bins, and 5 bins in its reference run 7" in words


def test_what_its_producer_wants_empty_may_be(tmp_path: Path) -> None:
    empty = histogram("part2", TEN, fill=0)
    for run, code in ((1, 100), (2, 200)):
        folder = tmp_path / str(run)
        folder.mkdir()
        result = QualityResult("part2", "noErrors", code, 1.0, "Errors", "")
        file = folder / f"DQM_V0001_Hcal_R{run:09d}.root"
        write_dqm(file, run, {"Hcal": [*(GOOD | {"part2": empty}).values(), result]})
        found = [each for each in said(folder, [file]) if "always-empty" in each]
        assert len(found) == (code != 100), found


def test_elements_that_were_tested_and_are_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "DQM_V0001_Hcal_R000000001.root"
    result = QualityResult("noise", "meanNear", 100, 1.0, "MeanWithinExpected", "")
    noise = histogram("noise", TEN)
    write_dqm(file, 1, {"Hcal": [*GOOD.values(), noise, result]})
    (words,) = said(tmp_path, [file])
    assert words == (
        "Hcal.yaml:1:9: advice: 1 element of Hcal with quality results of the producer "
        "is on no page: Hcal/noise [quality-not-shown]"
    )


def test_points_of_a_graph_beyond_a_range(tmp_path: Path) -> None:
    file = tmp_path / "DQM_V0001_Hcal_R000000001.root"
    x = np.array([1.0, 2.0, 30.0])
    graph = Graph("line", "line", "TGraph", x, x)
    write_dqm(file, 1, {"Hcal": [*(GOOD | {"line": graph}).values()]})
    found = said(tmp_path, [file])
    (words,) = [each for each in found if "range-hides-data" in each]
    assert "hides 1 of 3 points of Hcal/line" in words


def test_a_former_name_is_taken_and_said(tmp_path: Path) -> None:
    layout = LAYOUT.replace(
        "{path: Hcal/line,", "{path: Hcal/new, formerly: [Hcal/line],"
    )
    cut = histogram("line", TEN, at=-1)
    assert said(tmp_path, [written(tmp_path, 1, line=cut)], layout) == [
        f'Hcal.yaml:6:16: advice: "Hcal/new" is in {NAME}1.root as "Hcal/line", as it '
        "was called [former-name]",
        "Hcal.yaml:6:16: advice: draw: x: range [0, 8] hides 2 of 10 filled bins of "
        f"Hcal/new in {NAME}1.root, which reach from 0.5 to 9.5 [range-hides-data]",
    ]


LONG = "Energies of all hits in the outer forward part"


@pytest.mark.parametrize(
    ("columns", "title", "span", "words"),
    [
        (3, LONG, "[1, 1]", f'the title "{LONG}" has 46 letters, and on a screen of '
         "1366×768 its tile has room for some 24"),
        (2, LONG, "[1, 1]", ""),
        (3, LONG, "[2, 1]", ""),
        (3, "Energies", "[1, 1]", ""),
        (3, "", "[1, 1]", ""),  # the producer's is "line"
    ],
)  # fmt: skip
def test_titles_that_are_cut_on_a_small_screen(
    tmp_path: Path, columns: int, title: str, span: str, words: str
) -> None:
    layout = LAYOUT.replace(
        "    plots:", f"    columns: {columns}\n    plots:"
    ).replace("draw: {x: {range: [0, 8]}}", f'title: "{title}", span: {span}')
    found = said(tmp_path, [written(tmp_path, 1)], layout)
    assert len(found) == bool(words), found
    assert all(words in each and "[title-too-long]" in each for each in found)


@pytest.mark.parametrize(
    ("columns", "title", "words"),
    [
        (4, LONG, "are 176 pixels wide, 4 beside each other, and 1 title cut: take"),
        (5, "Energies", "are 139 pixels wide, 5 beside each other: take fewer"),
        (6, "Energies", "are 139 pixels wide, 5 beside"),  # there are never six
    ],
)
def test_tiles_that_are_narrow_on_a_small_screen(
    tmp_path: Path, columns: int, title: str, words: str
) -> None:
    layout = LAYOUT.replace(
        "    plots:", f"    columns: {columns}\n    plots:"
    ).replace("draw: {x: {range: [0, 8]}}", f'title: "{title}"')
    (found,) = said(tmp_path, [written(tmp_path, 1)], layout)
    assert found.startswith("Hcal.yaml:3:11: advice: on a screen of 1366×768 the tiles")
    assert words in found
    assert found.endswith("[narrow-tiles]")


def test_a_page_that_is_mostly_below_the_edge(tmp_path: Path) -> None:
    line = "      - {path: Hcal/map, draw"
    many = "".join(
        f"      - {{path: Hcal/part{n}, span: [2, 3]}}\n" for n in range(3, 9)
    )
    layout = LAYOUT.replace(line, many + line)
    parts = {f"part{n}": histogram(f"part{n}", TEN) for n in range(3, 9)}
    layout = layout.replace("audience: expert", "audience: expert\n    columns: 6")
    found = said(tmp_path, [written(tmp_path, 1, **parts)], layout)
    assert [each for each in found if "narrow-tiles" not in each] == [
        "Hcal.yaml:3:11: advice: on a screen of 1366×768 the page has 5 columns, not "
        "6, and 9 rows, of which 3 are seen: make two pages of it [page-too-full]"
    ]
